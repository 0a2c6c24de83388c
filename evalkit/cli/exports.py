"""``evalkit exports``."""

from __future__ import annotations

import click

from evalkit.cli.options import Session, reading
from evalkit.cli.showing import print_json, say, table, translate


@click.group()
def exports() -> None:
    """What rows of persons were handed to researchers."""


@exports.command("list")
@reading
def list_(session: Session) -> None:
    """List all exports for research: when, who, why, and the hash of what was handed out."""
    from evalkit.model.hashing import short
    from evalkit.workspace.exports import exports as all_exports

    t = translate(session.lang)
    with session.open() as workspace:
        found = all_exports(workspace)
    if session.as_json:
        print_json({"exports": found})
        return
    if not found:
        say(t("Nothing was exported for research."))
        return
    headers = (
        t("Export"), t("When (UTC)"), t("By"), t("Reason"), t("Projects"), t("Rows"), t("Hash"),
    )  # fmt: skip
    table(
        headers,
        [
            (
                one.number,
                f"{one.at:%Y-%m-%d %H:%M}",
                one.by,
                one.reason,
                len(one.projects),
                one.rows,
                short(one.hash),
            )
            for one in found
        ],
    )
