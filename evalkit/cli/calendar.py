"""``evalkit calendar``."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.cli.options import FILE, Session, common, reading
from evalkit.cli.showing import print_json, say, table, translate


@click.group()
def calendar() -> None:
    """School holidays, around which measuring is planned."""


@calendar.command("show")
@click.option("--school-year", metavar="YEAR", help="One school year: 2026-2027.")
@reading
def show(session: Session, school_year: str | None) -> None:
    """Show the school holidays, by region."""
    from evalkit.model.vocabulary import Region
    from evalkit.workspace.holidays import holidays_of

    t, lang = translate(session.lang), session.lang
    workspace = session.open_if_any()
    try:
        found, own = holidays_of(workspace, school_year)
    finally:
        if workspace:
            workspace.close()
    if session.as_json:
        print_json(found)
        return
    words = {"fixed": t("fixed"), "advised": t("advice"), "public": t("public holiday")}
    say(found.title.to(lang) + (" " + t("(this workspace's own file)") if own else ""))
    table(
        (t("School year"), t("Holiday"), t("From"), t("Until"), t("Region"), t("Days set")),
        [
            (
                year.school_year,
                holiday.name.to(lang),
                holiday.starts,
                holiday.ends,
                t("all")
                if set(holiday.regions) == set(Region)
                else ", ".join(region.label.to(lang) for region in holiday.regions),
                words[holiday.status],
            )
            for year in found.years
            for holiday in year.holidays
        ],
    )


@calendar.command("import")
@click.argument("file", type=FILE)
@common
def import_(session: Session, file: Path) -> None:
    """Plan around the school holidays in FILE from now on."""
    from evalkit.workspace.holidays import import_holidays

    t = translate(session.lang)
    with session.open() as workspace:
        holidays = import_holidays(workspace, file)
    years = ", ".join(year.school_year for year in holidays.years)
    say(t("Holidays in use for {years}.").format(years=years))
    say(t("A design follows them when it is made anew: evalkit design ID --out DIR"))
