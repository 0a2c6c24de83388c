"""``evalkit protocol check``, ``diff`` and ``document``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.cli.options import FILE, FOLDER, Session, common, reading
from evalkit.cli.showing import (
    print_json,
    say,
    show_files,
    show_findings,
    table,
    translate,
)

if TYPE_CHECKING:
    from evalkit.model.change import Change
    from evalkit.model.design import TypicalBurden
    from evalkit.model.protocol import ResolvedProtocol
    from evalkit.model.text import Lang


@click.command()
@click.argument("file", type=FILE)
@reading
def check(session: Session, file: Path) -> int:
    """Check a protocol file: everything that is wrong in it, at once.

    Of a file that is right it tells what measuring costs a project as the scheme expects it. Exit
    code 0 if it can be used, 2 if not.
    """
    from evalkit.workspace.protocols import burden_of

    t = translate(session.lang)
    resolved, findings = session.protocols().check(file)
    burden = burden_of(resolved) if resolved else None
    if session.as_json:
        print_json({"ok": resolved is not None, "findings": findings, "burden": burden})
        return 0 if resolved else 2
    show_findings(findings, session.lang)
    if resolved is None or burden is None:
        return 2
    text = t("{id} {version} is in order: {count} measures, {core} of them the locked core.")
    say(
        text.format(
            id=resolved.id,
            version=resolved.version,
            count=len(resolved.measures),
            core=len(resolved.core),
        )
    )
    _show_burden(resolved, burden, session.lang)
    return 0


def _show_burden(protocol: ResolvedProtocol, burden: TypicalBurden, lang: Lang) -> None:
    """What measuring costs a typical project: per respondent and year, in hours, and for what."""
    from evalkit.library.protocol_wording import ceiling, number, project_year, typical

    t = translate(lang)
    say()
    size = typical(protocol.burden.typical).to(lang)
    say(t("What measuring costs a project as expected ({size}):").format(size=size))
    table(
        (t("School year"), t("From whom"), t("Minutes each"), t("Persons"), t("Hours together")),
        [
            (
                project_year(year.school_year).to(lang),
                year.respondent.label.to(lang),
                number(year.minutes).to(lang),
                year.persons,
                None if year.hours is None else number(round(year.hours, 1)).to(lang),
            )
            for year in burden.yearly
        ],
    )
    hours = number(round(burden.hours_per_school_year, 1)).to(lang)
    say(t("Hours of a school in its heaviest school year: {hours}.").format(hours=hours))
    most = ceiling(protocol.burden)
    say(
        t("Ceiling of the scheme: {most}.").format(most=most.to(lang))
        if most
        else t("The scheme sets no ceiling.")
    )
    if burden.cost is not None:
        euros = number(round(burden.cost)).to(lang)
        text = t("Hours at the rates of the scheme, whole project: {euros} euros.")
        say(text.format(euros=euros))
    labels = {measure.id: measure.label.to(lang) for measure in protocol.measures}
    table(
        (t("Most expensive measures"), t("Minutes each, in all"), t("Hours together")),
        [
            (
                f"{labels[cost.measure]} ({cost.measure})",
                number(cost.minutes).to(lang),
                None if cost.hours is None else number(round(cost.hours, 1)).to(lang),
            )
            for cost in burden.costly
        ],
    )


@click.command()
@click.argument("before")
@click.argument("after")
@reading
def diff(session: Session, before: str, after: str) -> None:
    """Show what differs between two protocols, in readable words.

    BEFORE and AFTER are ids of protocols or files; all that each inherits is compared.
    """
    from evalkit.workspace.protocols import compare

    t, lang = translate(session.lang), session.lang
    old, new, changes = compare(session.protocols(), before, after)
    if session.as_json:
        names = [{"id": p.id, "version": p.version} for p in (old, new)]
        print_json({"before": names[0], "after": names[1], "changes": changes})
        return
    say(
        f"{old.title.to(lang)} ({old.id} {old.version}) → "
        f"{new.title.to(lang)} ({new.id} {new.version})"
    )
    if not changes:
        say(t("They ask the same."))
    for change in changes:
        _show_change(change, lang)


def _show_change(change: Change, lang: Lang) -> None:
    """One difference: what it is about, how that was and is, and what follows from it."""
    t = translate(lang)
    kinds = {"added": t("added"), "removed": t("removed"), "changed": t("changed")}
    say()
    say(f"{kinds[change.kind]}: {change.what.to(lang)}")
    if change.before:
        say("    " + t("was: {text}").format(text=change.before.to(lang)))
    if change.after:
        say("    " + t("is: {text}").format(text=change.after.to(lang)))
    if change.consequence:
        say(f"    → {change.consequence.to(lang)}")


@click.command()
@click.argument("protocol")
@click.option("--out", required=True, type=FOLDER, help="Folder for the documents.")
@click.option(
    "--language", "written_in", type=click.Choice(["nl", "en"]), help="Default: the protocol's own."
)
@common
def document(session: Session, protocol: str, out: Path, written_in: Lang | None) -> None:
    """Write what PROTOCOL (an id or a file) asks, as an annex of a grant call: PDF and HTML."""
    from evalkit.plugin.registry import load_plugins
    from evalkit.workspace.protocols import write_document

    plugins = load_plugins()
    files = write_document(session.protocols(plugins), plugins, protocol, out, written_in)
    show_files(files, session.lang)
