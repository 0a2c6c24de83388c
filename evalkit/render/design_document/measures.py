"""The measures, each with what it asks."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.model.measure import Measure
from evalkit.model.vocabulary import Kind
from evalkit.render.blocks import Block, Bullets, Heading, Paragraph, literal
from evalkit.render.design_document.words import Words
from evalkit.render.wording import capital


def measures(words: Words) -> Iterator[Block]:
    """All measures by kind: what each is, its scale, its items."""
    t, lang = words.t, words.lang
    yield Heading(1, t("Measures and their questions"))
    for kind in Kind:
        found = [m for m in words.design.measures if m.kind is kind]
        if found:
            yield Heading(2, capital(kind.label.to(lang)))
        for measure in found:
            yield from _measure(measure, words)


def _measure(measure: Measure, words: Words) -> Iterator[Block]:
    t, lang, design = words.t, words.lang, words.design
    yield Heading(3, capital(measure.label.to(lang)))
    yield Paragraph(words.said(measure.description))
    entries = [entry for entry in design.schedule if entry.measure == measure.id]
    facts = [
        f"`{measure.name}`",
        literal(measure.source.label.to(lang)),
        literal(_scale(measure, words)),
    ]
    when = [design.wave(entry.wave).label.to(lang) for entry in entries]
    if when:
        facts.append(literal(words.some(dict.fromkeys(when), 3)))
    yield Paragraph(" · ".join(facts))
    tests = [
        f"{e.instrument} ({design.wave(e.wave).label.to(lang)})" for e in entries if e.instrument
    ]
    if tests:
        yield Paragraph(t("Test: {tests}").format(tests=literal("; ".join(tests))))
    if measure.items:
        choices = measure.scale.choices
        answers = " · ".join(f"{_signed(c.value)} = {c.label.to(lang)}" for c in choices)
        yield Paragraph(t("Answers: {answers}").format(answers=literal(answers)))
        yield Bullets(tuple(words.said(item.text) for item in measure.items), ordered=True)


def _scale(measure: Measure, words: Words) -> str:
    scale, lang, t = measure.scale, words.lang, words.t
    parts = [scale.type.label.to(lang)]
    if scale.minimum is not None and scale.maximum is not None:
        low, high = _signed(scale.minimum), _signed(scale.maximum)
        parts.append(t("{low} to {high}").format(low=low, high=high))
    if scale.unit:
        parts.append(scale.unit.to(lang))
    parts.append(scale.better.label.to(lang))
    if not scale.shared_across_waves:
        parts.append(t("different tests per moment: gains are not compared"))
    return ", ".join(parts)


def _signed(value: float | str) -> str:
    """A number with a real minus sign; a word as it is."""
    return value if isinstance(value, str) else f"{value:g}".replace("-", "−")
