"""``evalkit protocol``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.cli.options import FILE, Session, common, reading
from evalkit.cli.protocol_new import new
from evalkit.cli.protocol_tools import check, diff, document
from evalkit.cli.showing import print_json, say, show_findings, table, translate

if TYPE_CHECKING:
    from evalkit.model.protocol import Requirement


@click.group()
def protocol() -> None:
    """What a funder requires."""


@protocol.command("list")
@reading
def list_(session: Session) -> None:
    """List the protocols: those that ship with evalkit, and the workspace's own."""
    t = translate(session.lang)
    found = session.protocols().all()
    if session.as_json:
        print_json(found)
        return
    table(
        (t("Protocol"), t("Version"), t("Title"), t("Builds on"), t("Measures")),
        [
            (
                p.id,
                p.version,
                p.title.to(session.lang),
                " → ".join(p.lineage[:-1]) or "—",
                len(p.measures),
            )
            for p in found
        ],
    )


@protocol.command()
@click.argument("id")
@reading
def show(session: Session, id: str) -> None:
    """Show a protocol with everything it inherits."""
    t, lang = translate(session.lang), session.lang
    found = session.protocols().get(id)
    if session.as_json:
        print_json(found)
        return
    say(f"{found.title.to(lang)} ({found.id} {found.version})")
    say(found.description.to(lang))
    say(t("Builds on: {line}").format(line=" → ".join(found.lineage)))
    measures = {m.id: m for m in found.measures}
    table(
        (
            t("Measure"),
            t("Name"),
            t("From whom"),
            t("Moments"),
            t("Mandatory"),
            t("Only for"),
            t("Asked by"),
        ),
        [
            (
                r.measure,
                measures[r.measure].label.to(lang),
                measures[r.measure].respondent.label.to(lang),
                ", ".join(r.waves),
                t("yes") if r.mandatory else t("no"),
                _only_for(r),
                found.owners[r.measure],
            )
            for r in found.requires
        ],
    )
    say(t("Locked core: {hash}").format(hash=found.core_hash))


def _only_for(requirement: Requirement) -> str:
    """Variant and nature a requirement is limited to, if it is."""
    words: list[str] = []
    for kinds in (requirement.variants, requirement.natures):
        words += [k.value for k in kinds] if len(kinds) == 1 else []
    return ", ".join(words)


@protocol.command()
@click.argument("file", type=FILE)
@common
def add(session: Session, file: Path) -> None:
    """Add a protocol file of your own to the workspace."""
    from evalkit.workspace.protocols import add_protocol

    t = translate(session.lang)
    with session.open() as workspace:
        resolved, findings = add_protocol(workspace, file)
    show_findings(findings, session.lang)
    say(t("Added protocol {id} {version}.").format(id=resolved.id, version=resolved.version))


@protocol.command()
@click.argument(
    "kind", default="protocol", type=click.Choice(["protocol", "project", "cycle", "card"])
)
@common
def schema(session: Session, kind: str) -> None:
    """Print the JSON Schema of a kind of file, for an editor."""
    from evalkit.library.schemas import file_schema

    print_json(file_schema(kind))


for tool in (new, check, diff, document):
    protocol.add_command(tool)
