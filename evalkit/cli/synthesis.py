"""``evalkit synthesize`` and ``evalkit demo``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.cli.options import BY, FOLDER, Day, Session, common
from evalkit.cli.showing import progress_bar, say, show_files, show_findings, table, translate

if TYPE_CHECKING:
    from evalkit.model.effect import PooledEstimate
    from evalkit.model.text import Lang


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
@click.option("--public", is_flag=True, help="For anyone: only what may be published.")
@click.option(
    "--research",
    is_flag=True,
    help="For researchers: rows of persons too. Needs --reason and --by.",
)
@click.option("--reason", metavar="TEXT", help="Why rows of persons are handed out.")
@BY
@common
def synthesize(
    session: Session,
    out: Path,
    as_of: dt.date | None,
    metrics: tuple[str, ...],
    public: bool,
    research: bool,
    reason: str | None,
    by: str | None,
) -> None:
    """Make the effect table, moederbestand, figures, report and R script of all projects.

    As it is, the output is for the people who run the programme: small groups are withheld, but it
    holds what schools wrote and their means. With --public it is for anyone, without these. With
    --research it is for researchers who may have rows of persons: under pseudonyms that are made
    anew for each export, with --reason and --by, which go into the log (evalkit exports list).
    """
    from evalkit.workspace.exports import Options, write_public, write_research
    from evalkit.workspace.sharing import cores
    from evalkit.workspace.synthesis import write

    if public and research:
        raise click.UsageError("Give --public or --research, not both: they are for others.")
    if reason is not None and not research:
        raise click.UsageError("--reason goes with --research.")
    t, lang, export = translate(session.lang), session.lang, None
    options = Options(as_of, metrics, cores())
    with session.open() as workspace, progress_bar() as bar:
        task = bar.add_task(t("Projects"), total=len(workspace.store.projects()))

        def advance(_: str) -> None:
            bar.advance(task)

        if public:
            found, files = write_public(workspace, out, lang, advance, options)
        elif research:
            found, export, files = write_research(
                workspace,
                out,
                lang,
                reason=reason,
                by=by,
                progress=advance,
                options=options,
            )
        else:
            found, files = write(workspace, out, lang, advance, None, *options)
    show_findings(found.findings, lang)
    show_pools(found.pooled, lang)
    show_files(files, lang)
    if export is not None:
        text = t("Logged as export {number}: {rows} rows of {count} projects, hash {hash}.")
        values = {"number": export.number, "rows": export.rows, "count": len(export.projects)}
        say(text.format(**values, hash=export.hash))


def show_pools(pools: Sequence[PooledEstimate], lang: Lang) -> None:
    """The pooled estimates, by measure and moment; those that differ in scale can be told apart."""
    from evalkit.render.pools import scale_name
    from evalkit.render.wording import number

    def said(value: float) -> str:
        return number(value, lang, 3, sign=True).replace("\u2212", "-")

    t = translate(lang)
    selections = {"all": t("all"), "equivalent": t("equivalent")}
    versions = len({(p.measure, p.measure_version) for p in pools}) > len(
        {p.measure for p in pools}
    )
    rows = [
        (
            f"{p.measure} {p.measure_version}" if versions else p.measure,
            p.wave,
            scale_name(p.family, lang, p.metrics),
            selections[p.selection],
            p.k,
            said(p.estimate),
            f"{said(p.ci_low)} … {said(p.ci_high)}" + (" *" if p.narrow else ""),
        )
        for p in sorted(
            pools, key=lambda p: (p.measure, p.wave, p.measure_version, p.family, p.selection)
        )
    ]
    named = (t("Measure"), t("Moment"), t("Scale"), t("Selection"), "k", t("Estimate"), t("95% CI"))
    table(named, rows, title=t("Pooled estimates"))
    if any(p.narrow for p in pools):
        why = t("*: too narrow, for the projects agree more than expected by chance.")
        say(why + " " + t("With one common effect: fixed_low and fixed_high in pooled.csv."))


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
