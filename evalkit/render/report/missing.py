"""What is missing: mandatory measures, what was registered, projects without data."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.model.standing import NoResult, Owed, ProjectStanding
from evalkit.render.blocks import Block, Column, Heading, Paragraph, Table
from evalkit.render.registered_against_reported import registered_against_reported
from evalkit.render.report.context import MOST_PROJECTS, Context
from evalkit.render.wording import capital, day

_MOST = 40


def what_is_missing(context: Context) -> Iterator[Block]:
    """What should have come in by the day of the report and did not."""
    t = context.t
    yield Heading(1, t("What is missing"))
    yield from _mandatory(context)
    yield from _silent(context)
    yield from registered_against_reported(context.found, context.lang, MOST_PROJECTS)


def _mandatory(context: Context) -> Iterator[Block]:
    t, lang = context.t, context.lang
    standings = context.found.standings
    if not standings:
        return
    yield Heading(2, t("Mandatory measures that were not delivered"))
    due = [(s, owed) for s in standings for owed in s.owed if owed.closes < context.day]
    later = sum(owed.closes >= context.day for s in standings for owed in s.owed)
    if later:
        text = t("Not due yet on {day}: {n} mandatory measurements.")
        yield Paragraph(text.format(day=day(context.day, lang), n=later))
    if not due:
        yield Paragraph(t("Everything mandatory that was due came in."))
        return
    groups: dict[tuple[str, str], list[tuple[ProjectStanding, Owed]]] = {}
    for standing, owed in due:
        groups.setdefault((owed.measure, owed.wave), []).append((standing, owed))
    ordered = sorted(groups.values(), key=lambda group: -len(group))
    note = t("Due: the last day to measure it has passed.")
    if len(ordered) > _MOST:
        most = t("The {n} that are missing most often, of {all}.")
        note = f"{most.format(n=_MOST, all=len(ordered))} {note}"
    yield Table(
        columns=(
            Column(t("Measure"), width=3),
            Column(t("Moment"), width=2),
            Column(t("Projects"), "right"),
        ),
        rows=tuple(
            (
                capital(group[0][1].label.to(lang)),
                group[0][1].wave_label.to(lang),
                str(len({standing.project for standing, _ in group})),
            )
            for group in ordered[:_MOST]
        ),
        caption=t("Mandatory measures that were due and did not come in"),
        note=note,
    )


def _silent(context: Context) -> Iterator[Block]:
    t, lang = context.t, context.lang
    silent = [s for s in context.found.standings if not s.delivered]
    if not silent:
        return
    yield Heading(2, t("Projects without data"))
    without = sum(not s.designed for s in silent)
    text = t("Awarded projects without data: {n}; of these without a design: {without}.")
    yield Paragraph(text.format(n=len(silent), without=without))
    if len(silent) > MOST_PROJECTS:
        return
    yield Table(
        columns=(Column(t("Project"), width=3), Column(t("Why"), width=2)),
        rows=tuple(
            (s.title, (NoResult.no_data if s.designed else NoResult.no_design).label.to(lang))
            for s in silent
        ),
        caption=t("Projects without data"),
    )
