"""Own goals of projects, and what makes change last."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.model.goals import LastingRow, PooledGoals
from evalkit.model.vocabulary import ArmRole
from evalkit.render.blocks import Block, Bullets, Column, Heading, Paragraph, Table, literal
from evalkit.render.report.context import Context
from evalkit.render.wording import capital, interval, number


def own_goals(context: Context) -> Iterator[Block]:
    """How far projects were with goals of their own; each counts once, however small."""
    t, lang, rows = context.t, context.lang, context.found.goals_pooled
    if not rows:
        return
    yield Heading(1, t("Own goals"))
    yield Paragraph(
        t(
            "Schools set goals of their own and rate them from −2 to +2; the T-score is 50 if all came out as expected (Kiresuk & Sherman 1968). There is no comparison group: it says whether goals were reached, not why."
        )
    )
    whole = [row for row in rows if row.by == "all"]
    yield Bullets(
        tuple(
            f"**{literal(_moment(context, row))}**: "
            + literal(row.text_nl if lang == "nl" else row.text_en)
            for row in whole
        )
    )
    yield _goals_table(context, [row for row in rows if row.about == "level"])


def _moment(context: Context, row: PooledGoals) -> str:
    return capital(context.moments.get(row.wave, row.wave))


def _goals_table(context: Context, rows: list[PooledGoals]) -> Table:
    t, lang = context.t, context.lang
    types = {id: type.label.to(lang) for id, type in context.types.items()}
    variants = {d.variant.value: d.variant.label.to(lang) for d in context.found.designs}
    names = {"all": t("all projects"), **types, **variants}
    once = t("Each project counts once. The change since the baseline is in goals-pooled.csv.")
    goals = t("Per goal: goals.csv.")
    return Table(
        columns=(
            Column(t("Moment"), width=1.6),
            Column(t("Projects"), width=2.4),
            Column("k", "right", 0.5),
            Column(t("Mean T-score"), "right", 1.1),
            Column(t("95% CI"), "right", 1.4),
        ),
        rows=tuple(
            (
                _moment(context, row),
                names.get(row.value, row.value),
                str(row.k),
                number(row.mean_t, lang, 1),
                interval(row.ci_low, row.ci_high, lang, 1)
                if row.ci_low is not None and row.ci_high is not None
                else None,
            )
            for row in rows
        ),
        caption=t("Attainment of own goals"),
        note=f"{once} {goals}" if context.found.goals else once,
    )


def what_lasts(context: Context) -> Iterator[Block]:
    """Determinants and indicators of lasting change, over projects."""
    t = context.t
    rows = [row for row in context.found.lasting if row.arm is ArmRole.intervention]
    if not rows:
        return
    yield Heading(1, t("What lasts"))
    yield Paragraph(
        t(
            "Conditions and signs of lasting introduction, in the last measurement that a project delivered. Each is also on the digital card, if the project states it there."
        )
    )
    last: dict[tuple[str, str, str], LastingRow] = {}
    for row in rows:  # in the order of the waves
        last[row.project, row.variable, f"{row.code} {row.item}"] = row
    sets: dict[tuple[str, str], list[LastingRow]] = {}
    for row in last.values():
        sets.setdefault((row.variable, row.code), []).append(row)
    yield _lasting_table(context, sets)


def _lasting_table(context: Context, sets: dict[tuple[str, str], list[LastingRow]]) -> Table:
    t, lang = context.t, context.lang
    kinds = {"determinants": t("condition"), "indicators": t("sign")}
    shown = []
    for (variable, _), rows in sets.items():
        means = [row.mean for row in rows if row.mean is not None]
        scale = {(row.minimum, row.maximum) for row in rows}
        low, high = scale.pop() if len(scale) == 1 else (None, None)
        shown.append(
            (
                rows[0].label.to(lang),
                kinds.get(variable, variable),
                str(len({row.project for row in rows})),
                str(len({row.project for row in rows if row.on_card})),
                number(min(means, default=None), lang, 1),
                number(max(means, default=None), lang, 1),
                f"{number(low, lang, 0)}–{number(high, lang, 0)}"
                if low is not None and high is not None
                else None,
            )
        )
    return Table(
        columns=(
            Column(t("What"), width=2.8),
            Column(t("Kind"), width=1.1),
            Column(t("Projects"), "right", 0.9),
            Column(t("On the card"), "right", 0.9),
            Column(t("Lowest mean"), "right", 0.9),
            Column(t("Highest mean"), "right", 0.9),
            Column(t("Scale"), "right", 0.8),
        ),
        rows=tuple(shown),
        caption=t("Conditions and signs of lasting introduction"),
        note=t(
            "Groups below the protocol's threshold are counted without their mean. Per project: lasting.csv."
        ),
    )
