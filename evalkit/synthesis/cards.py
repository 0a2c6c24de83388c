"""Digital cards: filled from what is known of a project, completed by its card file."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.model.card import Card
from evalkit.model.design import Design
from evalkit.model.effect import ALL, EffectSize
from evalkit.model.text import Lang
from evalkit.model.vocabulary import Kind, WaveKind
from evalkit.synthesis.choices import FAMILIES


def project_card(
    design: Design,
    effects: Sequence[EffectSize],
    own: Card | None,
    earlier: Sequence[Design] = (),
) -> Card:
    """The card of one project.

    What the project's own card file says goes first; what it leaves open comes from the project,
    its type and its results. The rung is the highest that a result of the project reached, an
    interim one only where there is no other; the card file sets it only where there are no results.

    Args:
        design: the project's design.
        effects: its rows of the effect table.
        own: what its card file says, if there is one.
        earlier: its other designs that data came in under, for what the design has dropped.
    """
    effects = [row for row in effects if row.subgroup == ALL]
    final = [row for row in effects if row.wave_kind is not WaveKind.interim]
    lang, defaults, project = design.language, design.type.card, design.project
    planned = {(e.measure, e.wave): d for d in (*reversed(earlier), design) for e in d.schedule}
    outcomes = [m.label.to(lang) for m in design.measures if m.kind is Kind.outcome]
    known = Card(
        project=project.id,
        school_type=project.sector,
        intervention=project.description or design.type.description.to(lang),
        aspects=defaults.aspects,
        core_activities=defaults.core_activities and defaults.core_activities.to(lang),
        target_groups=defaults.target_groups,
        levels=defaults.levels,
        outcome_measures="; ".join(outcomes) or None,
        outcomes="; ".join(_outcome(planned[r.measure, r.wave], r, lang) for r in effects) or None,
        ladder_rung=max((row.ladder_rung for row in final or effects), default=None),
    )
    if own is None:
        return known
    said = {k: v for k, v in own.model_dump().items() if v not in (None, (), {})}
    if known.ladder_rung is not None:
        said.pop("ladder_rung", None)
    return Card.model_validate({**known.model_dump(), **said})


def _outcome(design: Design, row: EffectSize, lang: Lang) -> str:
    """One result in a few words: ``Taal (nameting): g = −0,12 [−0,31; +0,07], trede 4``.

    With its own rung, as the card's position is that of the best result.
    """
    wave = design.wave(row.wave).label.to(lang)
    name = f"{design.measure(row.measure).label.to(lang)} ({wave})"
    if row.metric == "GAS":
        return f"{name}: T = {row.mean_t:.0f}"
    if row.yi is None or row.vi is None:
        return name if row.mean_t is None else f"{name}: {_number(row.mean_t, 1, lang).lstrip('+')}"
    half = 1.959963984540054 * row.vi**0.5
    scale = "Cox" if row.metric == "COX" else FAMILIES.get(row.metric or "", row.metric)
    low, high = (_number(end, 2, lang) for end in (row.yi - half, row.yi + half))
    mark = ";" if lang == "nl" else ","
    rung = f"{'trede' if lang == 'nl' else 'rung'} {row.ladder_rung}"
    return f"{name}: {scale} = {_number(row.yi, 2, lang)} [{low}{mark} {high}], {rung}"


def _number(value: float, digits: int, lang: Lang) -> str:
    """A number with its sign, as the language writes it; what rounds to zero has none."""
    rounded = round(value, digits) + 0.0
    text = f"{rounded:+.{digits}f}" if rounded else f"{0:.{digits}f}"
    text = text.replace("-", "\u2212")
    return text.replace(".", ",") if lang == "nl" else text
