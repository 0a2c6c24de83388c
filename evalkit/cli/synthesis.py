"""``evalkit synthesize`` and ``evalkit demo``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from evalkit.cli.options import FOLDER, Day, Session, common
from evalkit.cli.showing import progress_bar, say, show_files, show_findings, table, translate


@click.command()
@click.option("--out", required=True, type=FOLDER, help="Folder for the files.")
@click.option(
    "--as-of", type=Day(), help="Day on which registered measurements are due. Default: today."
)
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="[MEASURE=]METRIC",
    help="Metric instead of what the rule chooses, of one measure or all. May be repeated.",
)
@common
def synthesize(
    session: Session, out: Path, as_of: dt.date | None, metrics: tuple[str, ...]
) -> None:
    """Make the effect table, moederbestand, figures, report and R script of all projects."""
    from evalkit.workspace.synthesis import write

    t, lang = translate(session.lang), session.lang
    with session.open() as workspace, progress_bar() as bar:
        task = bar.add_task(t("Projects"), total=len(workspace.store.projects()))
        found, files = write(
            workspace, out, lang, lambda _: bar.advance(task), as_of=as_of, metrics=metrics
        )
    show_findings(found.findings, lang)
    table(
        (t("Measure"), t("Selection"), "k", t("Estimate"), t("95% CI")),
        [
            (
                p.measure,
                p.selection,
                p.k,
                f"{p.estimate:+.3f}",
                f"{p.ci_low:+.3f} … {p.ci_high:+.3f}",
            )
            for p in found.pooled
        ],
        title=t("Pooled estimates"),
    )
    show_files(files, lang)


@click.command()
@click.option("--out", type=FOLDER, default=Path("evalkit-demo"), help="Folder for everything.")
@common
def demo(session: Session, out: Path) -> None:
    """Play a whole grant round on real data, in a folder of its own."""
    from evalkit.workspace.demo import play

    t, lang = translate(session.lang), session.lang
    with progress_bar() as bar:
        task = bar.add_task(t("Grant round"), total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        files = play(out, lang, say=say, advance=advance)
    show_files(files, lang)
