"""The effect table: rows for every outcome of every project, and the metrics asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from evalkit.collect.columns import has_numbers
from evalkit.design.ladder import reached_rung, withheld_rung
from evalkit.errors import FindingsError, finding
from evalkit.model.design import Design, PlannedWave, ScheduleEntry
from evalkit.model.effect import EffectSize
from evalkit.model.finding import Finding, Place
from evalkit.model.vocabulary import Kind, Note, WaveKind
from evalkit.synthesis.choices import ON_REQUEST
from evalkit.synthesis.effects import Delivered, effect_rows
from evalkit.synthesis.publishing import published_effects, smallest_published
from evalkit.synthesis.relation import relation_row
from evalkit.workspace.measurements import Measurements

Asked = Mapping[str, str]
"""The metric that is asked for per measure; under an empty name the one for all others."""

BY_RULE: Asked = {}
_OPTION = "--metric"


def asked_metrics(wanted: Iterable[str], designs: Sequence[Design]) -> Asked:
    """What ``--metric`` says: ``METRIC`` or ``measure=METRIC``, each measure once.

    Args:
        wanted: the values of the option.
        designs: the designs whose measures can be named.

    Raises:
        FindingsError: a metric or measure is unknown, or two metrics are asked for one measure.
    """
    known = sorted({m.id for d in designs for m in d.measures})
    found: dict[str, str] = {}
    errors = []
    place = Place(key=_OPTION)
    for text in wanted:
        measure, _, name = text.rpartition("=")
        measure, metric = measure.strip(), name.strip().upper()
        if metric not in ON_REQUEST:
            listed = ", ".join(ON_REQUEST)
            errors.append(
                finding("synthesis.metric_unknown", place, metric=name.strip(), known=listed)
            )
        elif measure and measure not in known:
            listed = ", ".join(known)
            errors.append(finding("synthesis.metric_measure", place, measure=measure, known=listed))
        elif found.setdefault(measure, metric) != metric:
            errors.append(
                finding("synthesis.metric_twice", place, first=found[measure], metric=metric)
            )
    if errors:
        raise FindingsError(errors)
    return found


def effect_table(data: Measurements, asked: Asked = BY_RULE) -> list[EffectSize]:
    """Rows for each outcome and side effect in each wave after the baseline.

    As they may be published: without the numbers of small groups.
    """
    rows: list[EffectSize] = []
    for design, wave, entry, measure in data.measured():
        if measure.kind not in (Kind.outcome, Kind.side_effect):
            continue
        delivered = _delivered(data, design, wave, entry)
        if delivered is not None:
            metric = asked.get(entry.measure, asked.get(""))
            rows += effect_rows(delivered, reached_rung, metric)
    designs = (data.design, *data.earlier)
    own_goals = {m.id for d in designs for m in d.measures if m.scoring == "attainment"}
    return published_effects(rows, smallest_published(designs), withheld_rung, own_goals)


def relations(data: Measurements) -> list[EffectSize]:
    """Rows for each two measures that the project predicted to go together, in each wave after."""
    predicted = {(p.measure, p.goes_with) for p in data.design.project.predictions if p.goes_with}
    came = {}
    if predicted:
        wanted = {measure for pair in predicted for measure in pair}
        for design, wave, entry, _ in data.measured():
            if entry.measure in wanted:
                found = _delivered(data, design, wave, entry)
                came[entry.measure, wave.id] = found
    rows = (
        relation_row(one, other, reached_rung)
        for (measure, wave), one in came.items()
        for first, second in sorted(predicted, key=str)
        if measure == first and one and (other := came.get((second or "", wave)))
    )
    return [row for row in rows if row]


def _delivered(
    data: Measurements, design: Design, wave: PlannedWave, entry: ScheduleEntry
) -> Delivered | None:
    """What came in of a measure in a wave after the baseline, if anything that has numbers."""
    if wave.kind is WaveKind.baseline or not has_numbers(entry):
        return None
    post = data.values(entry.measure, wave.id)
    if post is None:
        return None
    under = data.held.designs.get(post.design_hash.split()[-1], design)
    as_asked = data.entry(under.hash, entry.measure, wave.id) or entry
    pre, baseline = data.baseline(entry.measure)
    card = data.held.card
    return Delivered(
        design=under,
        entry=as_asked,
        post=post,
        pre=pre,
        baseline=baseline,
        plugin=_plugin(under),
        conduct=data.conduct(entry.measure, under.wave(wave.id)),
        phase=card.phase if card else None,
        registered=_registered(data, under, entry.measure, wave.id),
    )


def _registered(data: Measurements, design: Design, measure: str, wave: str) -> bool | None:
    """Whether what a design predicts was registered by the day the first data of a wave came in.

    None if the project registered nothing.
    """
    known = data.held.registrations
    if not known:
        return None
    came = [s.received for s in data.submissions if s.wave == wave and measure in s.measures]
    if not came:
        return None
    frozen = ((one.date, data.held.designs.get(one.design_hash)) for one in known)
    days = [d for d, f in frozen if f and f.project.predictions == design.project.predictions]
    return bool(days) and min(days) <= min(came)


def impossible(effects: Iterable[EffectSize], asked: Asked) -> tuple[Finding, ...]:
    """A remark for each request that some rows could not meet."""
    found = []
    rows = tuple(effects) if asked else ()
    for measure, metric in asked.items():
        own = [
            row
            for row in rows
            if row.metric and (row.measure == measure if measure else row.measure not in asked)
        ]
        missed = sum(Note.asked_impossible in row.notes for row in own)
        if missed:
            place = Place(key=_OPTION)
            values = {"metric": metric, "count": missed, "all": len(own)}
            found.append(finding("synthesis.metric_impossible", place, **values))
    return tuple(found)


def _plugin(design: Design) -> str | None:
    """Name and version of the plugin that brought the project type of a design."""
    owners = (name for name in design.plugins if design.type.id.startswith(f"{name}."))
    name = max(owners, key=len, default=None)
    return f"{name} {design.plugins[name]}" if name else None
