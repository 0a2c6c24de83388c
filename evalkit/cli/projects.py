"""``evalkit project``."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.cli.options import FILE, Session, common, reading
from evalkit.cli.showing import print_json, say, show_findings, table, translate


@click.group()
def project() -> None:
    """Grants: who does what, when, and against what it is compared."""


@project.command()
@click.argument("file", type=FILE)
@common
def add(session: Session, file: Path) -> None:
    """Add a project from its file, or bring it up to date."""
    from evalkit.workspace.designs import add_project

    t = translate(session.lang)
    with session.open() as workspace:
        added, changed, findings = add_project(workspace, file)
    show_findings(findings, session.lang)
    text = t("Stored project {id}.") if changed else t("Project {id} was stored already.")
    say(text.format(id=added.id))
    say(t("Next: evalkit design {id} --out DIR").format(id=added.id))


@project.command("list")
@reading
def list_(session: Session) -> None:
    """List the projects."""
    t = translate(session.lang)
    with session.open() as workspace:
        found = workspace.store.projects()
        designed = {p.id: workspace.store.current_design(p.id) for p in found}
    if session.as_json:
        print_json(found)
        return
    table(
        (t("Project"), t("Title"), t("Project type"), t("Schools"), t("Period"), t("Design")),
        [
            (
                p.id,
                p.title,
                p.type,
                len(p.schools),
                f"{p.start} – {p.end}",
                made.hash[:12] if (made := designed[p.id]) else t("none yet"),
            )
            for p in found
        ],
    )


@project.command()
@click.argument("id")
@reading
def show(session: Session, id: str) -> None:
    """Show a project."""
    t, lang = translate(session.lang), session.lang
    with session.open() as workspace:
        found = workspace.project(id)
        submissions = workspace.store.submissions(project=id)
        design = workspace.store.current_design(id)
        registrations = workspace.store.registrations(id)
    if session.as_json:
        print_json({"project": found, "submissions": submissions, "registrations": registrations})
        return
    say(f"{found.title} ({found.id})")
    say(f"{found.type} · {found.protocol} · {found.start} – {found.end}")
    count = t("{count} schools").format(count=len(found.schools))
    say(f"{found.comparison.label.to(lang)} · {count}")
    if registrations:
        last = registrations[-1]
        text = t("Registered as version {version} on {date}.")
        same = design is not None and design.hash == last.design_hash
        more = "" if same else " " + t("The current design differs from it.")
        say(text.format(version=last.version, date=last.date) + more)
    elif design:
        say(t("The design is not registered."))
    labels = {wave.id: wave.label.to(lang) for wave in design.waves} if design else {}
    if submissions:
        table(
            (t("Submission"), t("Moment"), t("From whom"), t("Rows"), t("Received"), t("Status")),
            [
                (
                    s.id,
                    labels.get(s.wave, s.wave),
                    s.respondent.label.to(lang),
                    s.rows,
                    s.received,
                    s.status.label.to(lang),
                )
                for s in submissions
            ],
        )
