"""The effect table: rows for every outcome of every project, and the metrics asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from evalkit.collect.columns import has_numbers
from evalkit.design.ladder import reached_rung
from evalkit.errors import FindingsError, finding
from evalkit.model.design import Design
from evalkit.model.effect import EffectSize
from evalkit.model.finding import Finding, Place
from evalkit.model.vocabulary import Kind, Note, WaveKind
from evalkit.synthesis.choices import ON_REQUEST
from evalkit.synthesis.effects import Delivered, effect_rows
from evalkit.synthesis.publishing import published_effects, smallest_published
from evalkit.workspace.measurements import Measurements
from evalkit.workspace.workspace import Workspace

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


def effect_table(
    workspace: Workspace, data: Measurements, asked: Asked = BY_RULE
) -> list[EffectSize]:
    """Rows for each outcome and side effect in each wave after the baseline.

    As they may be published: without the numbers of small groups.
    """
    rows: list[EffectSize] = []
    card = workspace.store.card(data.design.project.id)
    for design, wave, entry in data.measured():
        if wave.kind is WaveKind.baseline or not has_numbers(entry):
            continue
        if design.measure(entry.measure).kind not in (Kind.outcome, Kind.side_effect):
            continue
        post = data.values(entry.measure, wave.id)
        if post is None:
            continue
        under = workspace.store.design(post.design_hash.split()[-1]) or design
        as_asked = {e.measure: e for e in under.entries(wave.id)}.get(entry.measure, entry)
        pre, baseline = data.baseline(entry.measure)
        delivered = Delivered(
            design=under,
            entry=as_asked,
            post=post,
            pre=pre,
            baseline=baseline,
            plugin=_plugin(under),
            conduct=data.conduct(entry.measure, under.wave(wave.id)),
            phase=card.phase if card else None,
            registered=_registered(workspace, data, under, entry.measure, wave.id),
        )
        metric = asked.get(entry.measure, asked.get(""))
        rows += effect_rows(delivered, reached_rung, metric)
    designs = (data.design, *data.earlier)
    own_goals = {m.id for d in designs for m in d.measures if m.scoring == "attainment"}
    return published_effects(rows, smallest_published(designs), own_goals)


def _registered(
    workspace: Workspace, data: Measurements, design: Design, measure: str, wave: str
) -> bool | None:
    """Whether what a design predicts was registered by the day the first data of a wave came in.

    None if the project registered nothing.
    """
    known = workspace.store.registrations(design.project.id)
    came = [s.received for s in data.submissions if s.wave == wave and measure in s.measures]
    if not known or not came:
        return None
    frozen = ((one.date, workspace.store.design(one.design_hash)) for one in known)
    days = [d for d, f in frozen if f and f.project.predictions == design.project.predictions]
    return bool(days) and min(days) <= min(came)


def impossible(effects: Iterable[EffectSize], asked: Asked) -> tuple[Finding, ...]:
    """A remark for each request that some rows could not meet."""
    found = []
    rows = tuple(effects)
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
