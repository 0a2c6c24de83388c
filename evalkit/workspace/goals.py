"""Own goals, and determinants and indicators of lasting change, of one project wave by wave."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.library.card_words import labels
from evalkit.model.card import Card
from evalkit.model.goals import GoalRow, LastingRow
from evalkit.synthesis.process import describe_process
from evalkit.synthesis.publishing import published_process
from evalkit.workspace.measurements import Measurements

LASTING = {"core.determinants": "determinants", "core.sustainability": "indicators"}
"""Measures whose statements each stand for one determinant or indicator."""


def goal_rows(data: Measurements) -> Iterator[GoalRow]:
    """The level of each own goal in each wave, with the T-score of all goals together.

    Own goals are about the project itself: no person can be known from them.
    """
    for design, wave, _, measure in data.measured():
        scored = data.values(measure.id, wave.id) if measure.scoring == "attainment" else None
        if scored is None or scored.grain != "unit" or scored.frame["value"].isna().all():
            continue
        for item in measure.items:
            rated = data.item_values(measure.id, item.id, wave.id)
            if rated is None or rated.frame["value"].isna().all():
                continue
            levels = rated.frame["value"].dropna()
            yield GoalRow(
                project=design.project.id,
                project_type=design.type.id,
                variant=design.variant,
                wave=wave.id,
                wave_kind=wave.kind,
                goal=item.id,
                text=item.text.to(design.language),
                weight=item.weight,
                schools=len(levels),
                level=float(levels.mean()),
                t_score=float(scored.frame["value"].mean()),
            )


def lasting_rows(data: Measurements, card: Card) -> Iterator[LastingRow]:
    """The mean answer to each statement on what makes change last, in each wave and arm.

    Small groups have no numbers, as in the table of process measures. If one statement of a
    measure has none, the others have none either: with the score it would follow from them.
    """
    for design, wave, entry, measure in data.measured():
        variable = LASTING.get(entry.measure)
        if variable is None:
            continue
        known = labels(variable)
        rows: list[LastingRow] = []
        for item in measure.items:
            code = max((c for c in known if item.id.startswith(c)), key=len, default=None)
            values = data.item_values(measure.id, item.id, wave.id)
            if code is None or values is None:
                continue
            rows += (
                LastingRow(
                    project=design.project.id,
                    project_type=design.type.id,
                    wave=wave.id,
                    wave_kind=wave.kind,
                    arm=row.arm,
                    variable=variable,
                    code=code,
                    label=known[code],
                    item=item.id,
                    n=row.n,
                    mean=row.mean,
                    minimum=entry.scale.minimum,
                    maximum=entry.scale.maximum,
                    suppressed=row.suppressed,
                    on_card=code in getattr(card, variable),
                )
                for row in published_process(describe_process(design, measure, wave.id, values))
            )
        small = {row.arm for row in rows if row.suppressed}
        hidden = {"n": None, "mean": None, "suppressed": True}
        yield from (row.model_copy(update=hidden) if row.arm in small else row for row in rows)
