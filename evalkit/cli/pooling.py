"""``evalkit pool``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evalkit.cli.options import FILE, Session, reading
from evalkit.cli.showing import print_json, say, show_findings, table, translate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evalkit.language import Translate
    from evalkit.synthesis.pooling import Coefficient
    from evalkit.workspace.pooling import PooledFile, Sensitivity

METHODS = ("REML", "ML", "DL", "PM", "FE")


@click.command()
@click.argument("file", type=FILE)
@click.option("--estimate", required=True, metavar="COL", help="Column with the estimates.")
@click.option("--variance", required=True, metavar="COL", help="Column with their variances.")
@click.option(
    "--method",
    type=click.Choice(METHODS, case_sensitive=False),
    default="REML",
    help="Estimator of the variance between studies; FE: fixed effect. Default: REML.",
)
@click.option(
    "--test",
    type=click.Choice(["knha", "z"]),
    help="Knapp-Hartung or z. Default: knha; z for FE and with --cluster.",
)
@click.option(
    "--moderator",
    "moderators",
    metavar="COL",
    multiple=True,
    help="What may explain differences; may be repeated. factor(COL): numbers as groups.",
)
@click.option("--cluster", metavar="COL", help="Which estimates belong together: outer level.")
@click.option("--within", metavar="COL", help="Inner level in it. Default: each row.")
@click.option("--rho", type=float, help="Known correlation of sampling errors in a cluster.")
@click.option("--year", metavar="COL", help="Pool again up to each year.")
@click.option("--level", type=float, default=0.95, help="Of the intervals. Default: 0.95.")
@click.option("--sensitivity", is_flag=True, help="Leave out each in turn, Egger, trim and fill.")
@click.option(
    "--subset",
    metavar="COL=VALUE",
    multiple=True,
    help="Only rows with this value; may be repeated, for more values or columns.",
)
@click.option("--all", "all_rows", is_flag=True, help="Also rows with pooled = false.")
@click.option("--mixed", is_flag=True, help="Pool although scales, measures or waves differ.")
@reading
def pool(session: Session, file: Path, **options: Any) -> None:
    """Pool the estimates in FILE (CSV): one row is one estimate with its variance.

    Rows without a value in a column that is used are left out and named. What cannot be compared
    is refused: columns metric, measure and wave, where FILE has them, say what an estimate is of.
    FILE may also be a workbook, of which the first sheet with values counts, SPSS or Parquet.
    """
    from evalkit.workspace.comparability import Columns, Wanted
    from evalkit.workspace.pooling import Request, pool_file

    names = ("estimate", "variance", "moderators", "cluster", "within", "year")
    columns = Columns(**{name: options.pop(name) for name in names})
    wanted = Wanted(**{name: options.pop(name) for name in ("subset", "mixed", "all_rows")})
    found = pool_file(Request(file, columns, wanted=wanted, **options))
    if session.as_json:
        print_json(found.json())
        return
    t = translate(session.lang)
    _show_model(found, t)
    _show_coefficients(found, t)
    _show_spread(found, t)
    if found.sensitivity:
        _show_sensitivity(found.sensitivity, found.level, t)
    if found.cumulative:
        _show_cumulative(found, t)
    show_findings(found.findings, session.lang)


def _show_model(found: PooledFile, t: Translate) -> None:
    """What was pooled, and in plain words by what model."""
    columns = found.columns
    one, more = (
        t("{file}: 1 estimate ({estimate}, variance {variance})"),
        t("{file}: {k} estimates ({estimate}, variance {variance})"),
    )
    counted = one if found.k == 1 else more
    say(
        counted.format(
            file=found.file, k=found.k, estimate=columns.estimate, variance=columns.variance
        )
    )
    sentences = {
        "one": t("There is one estimate: nothing is pooled, and the interval is its own."),
        "fixed": t(
            "Fixed effect (FE): one true effect is taken to lie behind all estimates; "
            "the interval says nothing about other settings."
        ),
        "random": t(
            "Random effects ({method}): true effects are taken to differ between studies; "
            "the estimate is their mean."
        ),
        "regression": t(
            "Meta-regression ({method}): true effects are taken to differ between studies, in part "
            "along with the moderators."
        ),
        "levels": t(
            "Three-level model ({method}): true effects are taken to differ between the {outer} "
            "clusters of {cluster}, and between the {inner} units within them."
        ),
        "correlated": t(
            "Correlated and hierarchical effects ({method}): true effects are taken to differ "
            "between the {outer} clusters of {cluster} and between the {inner} units within them; "
            "sampling errors within a cluster correlate {rho}."
        ),
    }
    outer, inner = found.levels or (None, None)
    regression = found.kind == "random" and found.moderators
    kind = "one" if found.k == 1 else "regression" if regression else found.kind
    say(
        sentences[kind].format(
            method=found.method, outer=outer, inner=inner, cluster=columns.cluster, rho=found.rho
        )
    )
    if found.moderators:
        say(t("A coefficient is the difference in effect that goes with one unit more."))
    for name, level in found.references.items():
        text = t("Coefficients of {name} compare with: {level}.")
        say(text.format(name=name, level=level))


def _show_coefficients(found: PooledFile, t: Translate) -> None:
    titles = {"knha": t("Tests: Knapp-Hartung (t)"), "z": t("Tests: normal (z)")}
    _coefficient_table(found.coefficients, found.level, titles[found.test], t)
    if found.cr2:
        title = t("Cluster-robust tests (CR2, Satterthwaite); go by these with few clusters")
        _coefficient_table(found.cr2, found.level, title, t)


def _coefficient_table(rows: Iterable[Coefficient], level: float, title: str, t: Translate) -> None:
    rows = tuple(rows)
    names = {"intrcpt": t("Estimate") if len(rows) == 1 else t("Intercept")}
    table(
        ("", t("Estimate"), t("SE"), "t" if rows[0].df else "z", "df", "p", _interval(level, t)),
        [
            (
                names.get(row.term, row.term),
                f"{row.estimate:+.3f}",
                f"{row.se:.3f}",
                f"{row.stat:.2f}",
                "" if row.df is None else f"{row.df:.4g}",
                _p(row.p),
                _range(row.ci_low, row.ci_high),
            )
            for row in rows
        ],
        title=title,
    )


def _show_spread(found: PooledFile, t: Translate) -> None:
    """How much the effects differ, and what a new study may show."""
    rows: list[tuple[str, str]] = []
    percent = f"{100 * found.level:g}%"
    if found.tau2 is not None and found.kind != "fixed":
        value = f"{found.tau2:.4g}"
        if found.tau2_ci:
            low, high = found.tau2_ci
            value += f"  ({percent}: {low:.4g} … {high:.4g})"
        rows.append((t("Variance between studies (τ²)"), value))
    if found.sigma2:
        shares = found.i2_levels or (0.0, 0.0)
        labels = (t("Variance between clusters (σ²)"), t("Variance within clusters (σ²)"))
        rows += [
            (label, f"{sigma2:.4g}  (I² {share:.1f}%)")
            for label, sigma2, share in zip(labels, found.sigma2, shares, strict=True)
        ]
    if found.i2 is not None:
        rows.append((t("Share of variation that is not chance (I²)"), f"{found.i2:.1f}%"))
    rows.append(
        (t("Test of heterogeneity (Q)"), f"{found.q:.2f}, df {found.q_df}, p {_p(found.q_p)}")
    )
    if found.r2 is not None:
        rows.append((t("Explained by the moderators (R²)"), f"{found.r2:.1f}%"))
    if found.moderators:
        test = found.moderators
        name = "χ²" if test.df2 is None else "F"
        df = f"{test.df}" if test.df2 is None else f"{test.df}, {test.df2}"
        rows.append(
            (t("Test of all moderators"), f"{name} {test.stat:.2f}, df {df}, p {_p(test.p)}")
        )
    if found.pi_low is not None and found.pi_high is not None:
        label = t("Likely true effect of a new study ({percent} prediction interval)")
        rows.append((label.format(percent=percent), _range(found.pi_low, found.pi_high)))
    table((t("Differences between effects"), ""), rows)


def _show_sensitivity(checks: Sensitivity, level: float, t: Translate) -> None:
    headers = (t("Estimate"), _interval(level, t))
    if checks.influence:
        table(
            (t("Without row"), *headers, "τ²", t("Weight"), t("Cook's distance"), ""),
            [
                (
                    row,
                    f"{one.without.estimate:+.3f}",
                    _range(one.without.ci_low, one.without.ci_high),
                    "" if one.without.tau2 is None else f"{one.without.tau2:.4g}",
                    f"{100 * one.hat:.1f}%",
                    "" if one.cook is None else f"{one.cook:.2f}",
                    t("influential") if one.influential else "",
                )
                for row, one in zip(checks.rows, checks.influence, strict=True)
            ],
            title=t("Each estimate left out in turn"),
        )
    if checks.without_cluster:
        table(
            (t("Without cluster"), "k", *headers),
            [
                (one.cluster, one.k, f"{one.estimate:+.3f}", _range(one.ci_low, one.ci_high))
                for one in checks.without_cluster
            ],
            title=t("Each cluster left out in turn (robust intervals)"),
        )
    if checks.egger:
        one = checks.egger
        text = t(
            "Egger: the estimate changes by {slope} per unit of standard error "
            "(t {stat}, df {df}, p {p})."
        )
        say(
            text.format(
                slope=f"{one.estimate:+.3f}", stat=f"{one.stat:.2f}", df=one.df, p=_p(one.p)
            )
        )
    if checks.trimfill:
        sides = {"left": t("left"), "right": t("right")}
        fill = checks.trimfill
        text = t(
            "Trim and fill: studies that seem to be missing on the {side}: {missing}; with them "
            "the estimate is {estimate} ({interval})."
        )
        say(
            text.format(
                missing=fill.missing,
                side=sides[fill.side],
                estimate=f"{fill.filled.estimate:+.3f}",
                interval=_range(fill.filled.ci_low, fill.filled.ci_high),
            )
        )
        say(t("That is a check, not a correction: asymmetry may have other causes."))


def _show_cumulative(found: PooledFile, t: Translate) -> None:
    table(
        (t("Up to"), "k", t("Estimate"), _interval(found.level, t), "τ²"),
        [
            (
                f"{one.year:g}",
                one.pooled.k,
                f"{one.pooled.estimate:+.3f}",
                _range(one.pooled.ci_low, one.pooled.ci_high),
                "" if one.pooled.tau2 is None else f"{one.pooled.tau2:.4g}",
            )
            for one in found.cumulative or ()
        ],
        title=t("Cumulative by year"),
    )


def _interval(level: float, t: Translate) -> str:
    return t("{percent} CI").format(percent=f"{100 * level:g}%")


def _range(low: float, high: float) -> str:
    return f"{low:+.3f} … {high:+.3f}"


def _p(value: float) -> str:
    return "<.001" if value < 0.001 else f"{value:.3f}"
