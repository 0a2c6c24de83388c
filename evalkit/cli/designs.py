"""``evalkit design``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.cli.options import FOLDER, Session, common, reading
from evalkit.cli.showing import print_json, say, show_files, show_findings, table, translate

if TYPE_CHECKING:
    from evalkit.model.change import Change
    from evalkit.model.design import Design
    from evalkit.model.registration import Registration
    from evalkit.model.text import Lang
    from evalkit.workspace.registrations import DesignVersion, Registered


class _MakesByDefault(click.Group):
    """A group whose ``make`` may be left out: ``evalkit design PROJECT --out DIR``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = (*self.commands, *ctx.help_option_names)
        return super().parse_args(ctx, args if args and args[0] in own else ["make", *args])


@click.group(cls=_MakesByDefault)
def design() -> None:
    """Evaluation designs: make, register, list, show and compare them.

    Without a subcommand it makes: evalkit design PROJECT --out DIR. A project that is called like
    a subcommand is made with: evalkit design make PROJECT --out DIR.
    """


@design.command()
@click.argument("project")
@click.option("--out", required=True, type=FOLDER, help="Folder for the documents.")
@click.option("--register", is_flag=True, help="Freeze the design under its hash and today's date.")
@click.option("--reason", metavar="TEXT", help="Why a registered design changed.")
@click.option("--by", metavar="ROLE", help="Role of who registers it; no name.")
@click.option(
    "--language",
    "written_in",
    type=click.Choice(["nl", "en"]),
    help="Language of the documents; default: the scheme's own.",
)
@common
def make(
    session: Session,
    project: str,
    out: Path,
    register: bool,
    reason: str | None,
    by: str | None,
    written_in: Lang | None,
) -> None:
    """Make the evaluation design of PROJECT, with the documents and the workbook.

    With --register it is frozen: a later change is a new version, which needs a --reason. In each
    --language it is the same design, with the same hash.
    """
    from evalkit.workspace import designs, registrations

    if not register and (reason or by):
        raise click.UsageError("--reason and --by go with --register.")
    with session.open() as workspace:
        if register:
            done, files = registrations.write_and_register(
                workspace, project, out, reason, by, written_in
            )
            made, findings = done.design, done.findings
        else:
            made, files = designs.write(workspace, project, out, written_in)
            findings = ()
            last = registrations.latest(workspace, project)
            changes = registrations.changes_since(workspace, made)
    show_findings((*made.findings, *findings), session.lang)
    _say_made(session, made)
    if register:
        _say_registered(session, done)
    elif last:
        _say_registration(session, last, len(changes))
    show_files(files, session.lang)


def _say_made(session: Session, made: Design) -> None:
    t = translate(session.lang)
    text = t("Design {hash}: {waves} moments, {measures} measures, expected rung {rung}.")
    say(
        text.format(
            hash=made.hash[:12],
            waves=len(made.waves),
            measures=len(made.measures),
            rung=made.expected_rung,
        )
    )


def _say_registered(session: Session, done: Registered) -> None:
    t, registration = translate(session.lang), done.registration
    text = (
        t("Registered as version {version} on {date}.")
        if done.new
        else t("It was registered already, as version {version} on {date}; nothing changed since.")
    )
    say(text.format(version=registration.version, date=registration.date))


def _say_registration(session: Session, last: Registration, changes: int) -> None:
    """How a design stands to what was registered."""
    t = translate(session.lang)
    if not changes:
        text = t("Registered as version {version} on {date}.")
        say(text.format(version=last.version, date=last.date))
        return
    text = t(
        "It differs from what was registered as version {version} on {date} (changes: {changes})."
    )
    say(text.format(version=last.version, date=last.date, changes=changes))
    text = t("See: evalkit design diff {name} {project}")
    say("  " + text.format(name=last.name, project=last.project))
    text = t("Register the change: evalkit design {project} --out DIR --register --reason TEXT")
    say("  " + text.format(project=last.project))


@design.command("list")
@click.argument("project")
@reading
def list_(session: Session, project: str) -> None:
    """List the designs of PROJECT: which were registered, and what came in under each."""
    from evalkit.workspace.registrations import versions

    with session.open() as workspace:
        found = versions(workspace, project)
    if session.as_json:
        print_json(found)
        return
    t = translate(session.lang)
    table(
        (t("Design"), t("Made"), t("Registered"), t("Why"), t("Current"), t("Submissions")),
        [_version_row(version, session.lang) for version in found],
    )
    if not found:
        text = t("{project} has no design yet: evalkit design {project} --out DIR")
        say(text.format(project=project))


def _version_row(version: DesignVersion, lang: Lang) -> tuple[object, ...]:
    t = translate(lang)
    count = str(version.accepted)
    if version.superseded:
        count += " " + t("(+ {count} superseded)").format(count=version.superseded)
    return (
        version.hash[:12],
        version.made,
        "\n".join(f"{r.version} ({r.date})" for r in version.registrations) or t("no"),
        "\n".join(r.reason or "" for r in version.registrations),
        t("yes") if version.current else "",
        count,
    )


@design.command()
@click.argument("design", metavar="DESIGN")
@reading
def show(session: Session, design: str) -> None:
    """Show a design: of a PROJECT, as registered (PROJECT@1), by its hash, or from a JSON file."""
    from evalkit.workspace.amendments import plugin_findings
    from evalkit.workspace.registrations import find

    t, lang = translate(session.lang), session.lang
    with session.open() as workspace:
        found = find(workspace, design)
        known = workspace.store.registrations(found.project.id)
        plugin_remarks = plugin_findings(workspace, found)
    registered = [r for r in known if r.design_hash == found.hash]
    if session.as_json:
        print_json({"design": found, "registrations": registered, "plugins": plugin_remarks})
        return
    say(f"{found.project.title} ({found.project.id}) · {found.hash}")
    say(f"{found.type.label.to(lang)} · {found.protocol} {found.protocol_version}")
    for one in registered:
        text = t("Registered as version {version} on {date}.")
        say(text.format(version=one.version, date=one.date) + (f" {one.reason}" * bool(one.reason)))
    _say_made(session, found)
    table(
        (t("Moment"), t("Opens"), t("Closes"), t("Measures")),
        [(w.label.to(lang), w.opens, w.closes, len(found.entries(w.id))) for w in found.waves],
    )
    plugins = ", ".join(f"{name} {version}" for name, version in found.plugins.items())
    say(t("Plugins: {names}").format(names=plugins or "—"))
    # What was said when it was made holds no more: the plugins may be others by now.
    made = [f for f in found.findings if f.code not in {p.code for p in plugin_remarks}]
    show_findings((*made, *plugin_remarks), lang)


@design.command()
@click.argument("before")
@click.argument("after")
@click.option("--all", "everything", is_flag=True, help="Show the minor changes too.")
@reading
def diff(session: Session, before: str, after: str, everything: bool) -> None:
    """Show what changes from design BEFORE to design AFTER.

    Each is a project (its current design), a registered version (PROJECT@1), the first characters
    of a hash (at least four), or a JSON file.
    """
    from evalkit.workspace.registrations import compare

    with session.open() as workspace:
        found = compare(workspace, before, after)
    if session.as_json:
        pair = {"before": found.before.hash, "after": found.after.hash}
        print_json({**pair, "changes": found.changes})
        return
    t = translate(session.lang)
    say(f"{found.before.project.id} {found.before.hash[:12]} → {found.after.hash[:12]}")
    shown = [c for c in found.changes if everything or c.weight == "important"]
    if not found.changes:
        say(t("These designs are the same."))
    if shown:
        _show_changes(session, shown)
    if len(shown) < len(found.changes):
        count = len(found.changes) - len(shown)
        say(
            t("Minor changes that are not shown: {count}. Show them with --all.").format(
                count=count
            )
        )


def _show_changes(session: Session, changes: Sequence[Change]) -> None:
    t, lang = translate(session.lang), session.lang
    kinds = {"added": t("added"), "removed": t("removed"), "changed": t("changed")}
    table(
        (t("Change"), t("What"), t("Before"), t("After")),
        [
            (
                kinds[c.kind],
                c.what.to(lang),
                c.before.to(lang) if c.before else "",
                c.after.to(lang) if c.after else "",
            )
            for c in changes
        ],
    )
