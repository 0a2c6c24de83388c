"""The part of a synthesis report that holds what was registered against what was reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evalkit.language import translator
from evalkit.model.registration import RegisteredRow, Reported
from evalkit.model.rows import picked, values
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang
from evalkit.render.blocks import Block, Column, Heading, Paragraph, Table
from evalkit.render.wording import day


def registered_against_reported(found: Synthesis, lang: Lang, most: int) -> Iterator[Block]:
    """Counts per project, and the rows that deviate: changed, added, mandatory but not measured.

    Of more projects than ``most`` there are counts over projects alone.
    """
    t = translator(lang)
    yield Heading(2, t("Registered and reported"))
    if not found.registered:
        yield Paragraph(t("No design was registered: what was left out or added cannot be told."))
        return
    registered = set(values(found.registered, "project"))
    if len(registered) > most:
        yield _totals(found, lang)
        return
    titles = {d.project.id: d.project.title for d in (*found.earlier, *found.designs)}
    yield _counts(found, titles, lang)
    without = [d.project.title for d in found.designs if d.project.id not in registered]
    if without:
        yield Paragraph(t("Not registered: {projects}.").format(projects=", ".join(without)))
    rows = [row for row in found.registered if _deviates(row)]
    if rows:
        yield _deviations(found, titles, rows, lang)
    else:
        yield Paragraph(t("What was due was reported as registered."))


def _deviates(row: RegisteredRow) -> bool:
    missing = row.status is Reported.not_measured and (row.mandatory or row.predicted)
    return missing or row.status in (Reported.changed, Reported.added)


def _totals(found: Synthesis, lang: Lang) -> Table:
    t = translator(lang)
    counts: dict[Reported, Counter[str]] = {}
    for row in picked(found.registered, ("status", "project")):
        counts.setdefault(row.status, Counter())[row.project] += 1
    rows = [(status, counts.get(status, Counter())) for status in Reported]
    return Table(
        columns=(
            Column(t("Status"), width=3),
            Column(t("Measurements"), "right"),
            Column(t("Projects"), "right"),
        ),
        rows=tuple(
            (status.label.to(lang), str(projects.total()), str(len(projects)))
            for status, projects in rows
        ),
        caption=t("Measurements against the registered designs"),
        note=t("A measurement is one measure in one wave. All of them are in registered.csv."),
    )


def _counts(found: Synthesis, titles: dict[str, str], lang: Lang) -> Table:
    t = translator(lang)
    counts: dict[str, Counter[Reported]] = {}
    newest: dict[str, RegisteredRow] = {}
    for row in found.registered:
        counts.setdefault(row.project, Counter())[row.status] += 1
        known = newest.setdefault(row.project, row)
        if row.registration > known.registration:
            newest[row.project] = row
    return Table(
        columns=(
            Column(t("Project"), width=2.2),
            Column(t("Registered"), width=1.5),
            Column(t("As registered"), "right", 1),
            Column(t("Changed"), "right", 0.9),
            Column(t("Added"), "right", 0.9),
            Column(t("Not measured"), "right", 1),
            Column(t("Not due"), "right", 0.9),
        ),
        rows=tuple(
            (
                titles[project],
                f"{newest[project].registration} ({day(newest[project].registered_on, lang)})",
                *(
                    str(count[status])
                    for status in (
                        Reported.reported,
                        Reported.changed,
                        Reported.added,
                        Reported.not_measured,
                        Reported.not_due,
                    )
                ),
            )
            for project, count in counts.items()
        ),
        caption=t("Measurements per project, against the registered design"),
        note=t("A measurement is one measure in one wave. All of them are in registered.csv."),
    )


def _deviations(
    found: Synthesis, titles: dict[str, str], rows: list[RegisteredRow], lang: Lang
) -> Table:
    t, measures = translator(lang), found.measures
    waves = {
        (d.project.id, w.id): w.label.to(lang)
        for d in (*found.earlier, *found.designs)
        for w in d.waves
    }
    return Table(
        columns=(
            Column(t("Project"), width=1.8),
            Column(t("Measure"), width=1.8),
            Column(t("Moment"), width=1.2),
            Column(t("Predicted"), width=0.9),
            Column(t("Status"), width=1.6),
            Column(t("What differs"), width=2.2),
        ),
        rows=tuple(
            (
                titles[row.project],
                measures[row.measure].label.to(lang),
                waves[row.project, row.wave],
                t("yes") if row.predicted else None,
                row.status.label.to(lang),
                row.detail.to(lang) if row.detail else None,
            )
            for row in rows
        ),
        caption=t("Where the reports deviate from what was registered"),
        note=t("What was neither mandatory nor predicted and was not measured is left out here."),
    )
