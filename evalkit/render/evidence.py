"""The evidence of a programme: which aspect was aimed at, what was measured, what came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from evalkit.language import translator
from evalkit.library.vocabularies import vocabularies
from evalkit.model.effect import ALL, EffectSize
from evalkit.model.reference import ReferenceCard
from evalkit.model.rows import picked
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang
from evalkit.model.vocabulary import GoalReached, WaveKind
from evalkit.render.drawing import Drawing
from evalkit.render.evidence_map import Direction, Evidence, evidence_map
from evalkit.render.picture import Picture

_Z = 1.959963984540054  # 97.5% quantile of the standard normal


def evidence_pictures(found: Synthesis, lang: Lang) -> Iterator[Picture]:
    """The outcomes of the projects by the aspects they are aimed at; none without aspects."""
    t = translator(lang)
    aspects = {card.project: card.aspects for card in found.cards}
    known: dict[tuple[str, str, Direction, int], Evidence] = {}  # Many are alike.
    evidence = []
    for row in _last(found.effects):
        for aspect in aspects.get(row.project, ()):
            one = aspect, row.measure, _direction(row), row.ladder_rung
            if one not in known:
                name = vocabularies().label("aspects", aspect).to(lang)
                label = found.measures[row.measure].label.to(lang)
                known[one] = Evidence(name, label, *one[2:])
            evidence.append(known[one])
    yield from _picture(evidence, t("Outcome"), lang)


def reference_evidence(cards: Sequence[ReferenceCard], lang: Lang) -> Iterator[Picture]:
    """Published interventions by aspect and by how far their goals were reached.

    Where the source leaves open which of a few degrees holds, there is a verdict only if all agree,
    and where it says none there is none. Of the rungs that are possible the lowest is taken.
    """
    t = translator(lang)
    evidence = []
    for card in cards:
        degrees = sorted(card.codes("goal_reached"), key=tuple(GoalReached).index)
        name = " / ".join(d.label.to(lang) for d in degrees) or t("unknown")
        rung = min(card.codes("rungs"), default=None)
        for aspect in sorted(card.codes("aspects")):
            label = vocabularies().label("aspects", aspect).to(lang)
            evidence.append((degrees, Evidence(label, name, _reached(degrees), rung)))
    last = len(GoalReached)
    order = tuple(GoalReached).index
    evidence.sort(key=lambda pair: order(pair[0][0]) if pair[0] else last)
    rows = sorted((one for _, one in evidence), key=lambda one: one.row)
    columns = list(dict.fromkeys(one.column for _, one in evidence))
    shown = sorted(rows, key=lambda one: columns.index(one.column))
    yield from _picture(shown, t("Goals reached"), lang)


def _picture(evidence: Sequence[Evidence], columns: str, lang: Lang) -> Iterator[Picture]:
    if not evidence:
        return
    t = translator(lang)
    totals = Counter((one.row, one.column) for one in evidence)
    most = max(totals.items(), key=lambda pair: pair[1])
    alt = t("Evidence map. Aspects: {rows}; outcomes: {columns}. Most in {row} and {column}: {n}.")
    alt = alt.format(
        rows=len({one.row for one in evidence}),
        columns=len({one.column for one in evidence}),
        row=most[0][0],
        column=most[0][1],
        n=most[1],
    )

    def draw() -> Drawing:
        return evidence_map(evidence, t("Aspect"), columns, language=lang)

    caption = t("Evidence map: what was aimed at, what was measured and what came out")
    yield Picture("evidence_map", "evidence-map", caption, alt, draw)


def _last(effects: Sequence[EffectSize]) -> list[EffectSize]:
    """Of each project and measure one row about everyone: the first after the project ended."""
    order = (WaveKind.post, WaveKind.follow_up, WaveKind.interim)
    found: dict[tuple[str, str], EffectSize] = {}
    names = ("project", "measure", "subgroup", "wave_kind", "yi", "vi", "ladder_rung")
    for row in picked(effects, names):
        if row.subgroup != ALL or row.wave_kind not in order:
            continue
        before = found.get((row.project, row.measure))
        if before is None or order.index(row.wave_kind) < order.index(before.wave_kind):
            found[row.project, row.measure] = row
    return list(found.values())


def _direction(row: EffectSize) -> Direction:
    """Where the 95% interval of the effect lies; unknown where it is not compared."""
    if row.yi is None or row.vi is None:
        return "unknown"
    half = _Z * row.vi**0.5
    if row.yi - half > 0:
        return "better"
    return "worse" if row.yi + half < 0 else "unclear"


def _reached(degrees: Sequence[GoalReached]) -> Direction:
    if not degrees:
        return "unknown"
    if all(d in (GoalReached.fully, GoalReached.largely) for d in degrees):
        return "better"
    return "worse" if all(d is GoalReached.not_at_all for d in degrees) else "unclear"
