"""``evalkit effects``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.cli.options import FILE, Session, reading
from evalkit.cli.showing import print_json, say, show_files, show_findings, table, translate

if TYPE_CHECKING:
    from evalkit.language import Translate
    from evalkit.workspace.effects import SummaryEffects

MOST_SHOWN = 100
"""Rows in a table on the terminal."""

MOST_CARRIED = 2
"""Columns of the file itself in that table, such as the name of a study."""


def _as_csv(_: click.Context, __: click.Parameter, out: Path | None) -> Path | None:
    if out is not None and out.suffix.lower() != ".csv":
        raise click.BadParameter(f"'{out.name}' does not end in .csv, and only CSV is written")
    return out


@click.command()
@click.argument("file", type=FILE)
@click.option("--out", type=FILE, callback=_as_csv, help="CSV file for the rows.")
@reading
def effects(session: Session, file: Path, out: Path | None) -> None:
    """Compute effect sizes from summary statistics, as papers print them.

    FILE is a CSV with a column metric (SMD, SMD_CLUSTER, DPPC2, SMCR, SMCC, MD, ROM, RR, OR, RD,
    COX or ZCOR) and the figures it needs. The same rows come back with yi, vi and formula. It may
    also be a workbook, of which the first sheet with values counts, SPSS or Parquet.
    """
    from evalkit.workspace.effects import effects_of, write_effects

    t, lang = translate(session.lang), session.lang
    found = effects_of(file)
    written = write_effects(found, file, out) if out else None
    show_findings(found.findings, lang, stderr=True)
    if session.as_json:
        print_json(found.rows)
    elif written:
        say(t("Rows: {count}.").format(count=len(found.table)))
        show_files([written], lang)
    else:
        _show(found, t)


def _show(found: SummaryEffects, t: Translate) -> None:
    carried = found.carried[:MOST_CARRIED]
    rows = found.rows
    table(
        (*carried, t("Metric"), "yi", "vi", t("95% CI"), t("Formula")),
        [
            (
                *(row[name] for name in carried),
                row["metric"],
                f"{row['yi']:+.4f}",
                f"{row['vi']:.5f}",
                _interval(row["yi"], row["vi"]),
                row["formula"].split(":")[0],
            )
            for row in rows[:MOST_SHOWN]
        ],
    )
    if len(rows) > MOST_SHOWN:
        text = t("Rows: {count}; the first {shown} are shown. --out FILE writes them all.")
        say(text.format(count=len(rows), shown=MOST_SHOWN))


def _interval(yi: float, vi: float) -> str:
    """The normal interval of one estimate."""
    from statistics import NormalDist

    half: float = NormalDist().inv_cdf(0.975) * vi**0.5
    return f"{yi - half:+.3f} … {yi + half:+.3f}"
