"""Pool the estimates of a file: with moderators, in levels, with checks on the result."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evalkit.errors import FindingsError, finding, refuse_errors
from evalkit.model.finding import Finding, Place
from evalkit.workspace.comparability import EVERYTHING_SOUND, Columns, Wanted
from evalkit.workspace.pooling_data import Estimates, read_estimates

if TYPE_CHECKING:
    from evalkit.synthesis.pooling import (
        Coefficient,
        Influence,
        Method,
        Multilevel,
        Omnibus,
        Regression,
        Test,
        TrimFill,
        UpTo,
        WithoutCluster,
    )
    from evalkit.synthesis.pooling.linear import Floats

MOST_LEFT_OUT = 2_000
"""Estimates above which leaving out each in turn takes too long to wait for."""


@dataclass(frozen=True)
class Request:
    """What is asked of a file. Without ``test``: knha for random effects of single estimates, else
    z."""

    file: Path
    columns: Columns
    method: Method = "REML"
    test: Test | None = None
    rho: float | None = None
    level: float = 0.95
    sensitivity: bool = False
    wanted: Wanted = EVERYTHING_SOUND


@dataclass(frozen=True)
class Sensitivity:
    """Checks on the pool, each None where it does not apply.

    ``influence`` goes with ``rows`` (of the file), ``without_cluster`` names clusters itself.
    """

    rows: tuple[int, ...] = ()
    influence: tuple[Influence, ...] | None = None
    egger: Coefficient | None = None
    trimfill: TrimFill | None = None
    without_cluster: tuple[WithoutCluster, ...] | None = None


@dataclass(frozen=True)
class PooledFile:
    """What came of it. What does not apply is None.

    ``estimate`` to ``p`` are of the one coefficient, None with moderators. ``levels`` and
    ``sigma2`` are of clusters and of inner units, ``cr2`` holds the coefficients with
    cluster-robust tests.
    """

    file: str
    columns: Columns
    kind: Literal["fixed", "random", "levels", "correlated"]
    k: int
    method: str
    test: str
    level: float
    rho: float | None
    estimate: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    p: float | None
    tau2: float | None
    tau2_ci: tuple[float, float] | None
    i2: float | None
    q: float
    q_df: int
    q_p: float
    pi_low: float | None
    pi_high: float | None
    sigma2: tuple[float, float] | None
    i2_levels: tuple[float, float] | None
    levels: tuple[int, int] | None
    cr2: tuple[Coefficient, ...] | None
    coefficients: tuple[Coefficient, ...]
    moderators: Omnibus | None
    references: dict[str, str]
    r2: float | None
    log_likelihood: float
    sensitivity: Sensitivity | None
    cumulative: tuple[UpTo, ...] | None
    findings: tuple[Finding, ...]

    def json(self) -> dict[str, Any]:
        """All of it as plain data; infinite statistics, of a standard error of 0, are None."""
        plain = {f.name: _plain(getattr(self, f.name)) for f in fields(self)}
        checks = self.sensitivity
        if checks and checks.influence:
            plain["sensitivity"]["influence"] = [
                {"row": row, **_plain(one)}
                for row, one in zip(checks.rows, checks.influence, strict=True)
            ]
        if checks:
            del plain["sensitivity"]["rows"]
        return plain


def pool_file(request: Request) -> PooledFile:
    """Pool the estimates of a file.

    Raises:
        EvalkitError: the file cannot be read as a table.
        FindingsError: all that is wrong with the request and the file.
    """
    asked = tuple(_asked(request))
    try:
        data = read_estimates(request.file, request.columns, request.wanted)
    except FindingsError as error:
        raise FindingsError((*asked, *error.findings)) from None
    found = refuse_errors((*asked, *data.findings, *_fits(request, data)))
    values = _levels(request, data) if data.cluster else _single(request, data)
    checks, remarks = _sensitivity(request, data, values["test"])
    grown, more = _cumulative(request, data, values["test"])
    return PooledFile(
        file=data.file,
        columns=request.columns,
        method=request.method,
        level=request.level,
        rho=request.rho,
        references={m.name: m.reference for m in data.moderators if m.reference is not None},
        sensitivity=checks,
        cumulative=grown,
        findings=(*found, *remarks, *more, *_narrow(request, data, values)),
        **values,
    )


def _asked(request: Request) -> Iterator[Finding]:
    """Findings on the request itself."""
    columns = request.columns
    if not 0 < request.level < 1:
        yield finding("pool.level", value=request.level)
    if request.rho is not None and not -1 < request.rho < 1:
        yield finding("pool.rho", value=request.rho, low=-1)
    if columns.cluster is None:
        for option, given in (("--within", columns.within), ("--rho", request.rho)):
            if given is not None:
                yield finding("pool.needs_cluster", option=option)
        if request.method == "FE" and request.test == "knha":
            yield finding("pool.knha_fixed")
        return
    if request.method in ("DL", "PM"):
        yield finding("pool.method_levels", method=request.method)
    if request.test == "knha":
        yield finding("pool.knha_levels")


def _fits(request: Request, data: Estimates) -> Iterator[Finding]:
    """Findings on what the file holds, against what is asked."""
    from evalkit.synthesis.pooling import follows
    from evalkit.synthesis.pooling.linear import LARGEST, WIDEST

    place = Place(file=data.file)
    variance = place.model_copy(update={"column": request.columns.variance})
    if data.v.max() / WIDEST > data.v.min():
        low, high = (f"{value:.3g}" for value in (data.v.min(), data.v.max()))
        yield finding("pool.variances_apart", variance, low=low, high=high)
    elif abs(data.y).max() / LARGEST > math.sqrt(data.v.min()):
        yield finding("pool.too_large", place, column=request.columns.estimate)
    x, terms = _matrix(data)
    p = 1 if x is None else x.shape[1]
    if p > 1 and p >= data.k:
        yield finding("pool.too_few", place, coefficients=p, count=data.k)
    elif x is not None and (double := follows(x)):
        yield finding("pool.collinear", place, terms=", ".join(terms[i] for i in double))
    if data.cluster:
        yield from _fitting_clusters(request, data)


def _fitting_clusters(request: Request, data: Estimates) -> Iterator[Finding]:
    from evalkit.synthesis.pooling import lowest_rho
    from evalkit.synthesis.pooling.blocks import blocks
    from evalkit.synthesis.pooling.robust import LARGEST_CLUSTER

    assert data.cluster is not None
    place = Place(file=data.file, column=request.columns.cluster)
    groups = blocks(data.cluster, data.within)
    largest = int(groups.sizes.max())
    if groups.j < 2:
        yield finding("pool.one_cluster", place, column=request.columns.cluster)
    elif request.method != "FE" and len(groups.inner_starts) == groups.j:
        yield finding("pool.one_unit", place, column=request.columns.cluster)
    if largest > LARGEST_CLUSTER:
        yield finding("pool.cluster_large", place, count=largest, limit=LARGEST_CLUSTER)
    low = lowest_rho(largest)
    if request.rho is not None and -1 < request.rho <= low:
        yield finding("pool.rho", place, value=request.rho, low=f"{low:.3g}")


def _matrix(data: Estimates) -> tuple[Floats | None, tuple[str, ...]]:
    from evalkit.synthesis.pooling import INTERCEPT
    from evalkit.synthesis.pooling.moderators import model_matrix

    return model_matrix(data.k, data.moderators) if data.moderators else (None, (INTERCEPT,))


def _single(request: Request, data: Estimates) -> dict[str, Any]:
    """The values of a model of independent estimates."""
    from evalkit.synthesis.pooling import pool, profile_tau2, regress

    x, terms = _matrix(data)
    fixed = request.method == "FE"
    # One estimate keeps its own interval, which is normal.
    test = "z" if data.k == 1 else request.test or ("z" if fixed else "knha")
    found = regress(data.y, data.v, x, terms, request.method, test, request.level)
    reach: tuple[float | None, float | None] = (None, None)
    if x is None:
        whole = pool(data.y, data.v, request.method, test, request.level)
        reach = (whole.pi_low, whole.pi_high)
    return {
        **_common(found),
        "kind": "fixed" if fixed else "random",
        "test": test,
        "tau2": found.tau2,
        "tau2_ci": None if fixed else profile_tau2(data.y, data.v, x, request.level),
        "pi_low": reach[0],
        "pi_high": reach[1],
        "sigma2": None,
        "i2_levels": None,
        "levels": None,
        "cr2": None,
        "r2": found.r2,
    }


def _narrow(request: Request, data: Estimates, values: dict[str, Any]) -> Iterator[Finding]:
    """A remark if an interval is narrower than another that it should hold.

    A prediction interval, as few clusters make the robust one of the mean wide. An interval of
    Knapp and Hartung, beside that of one common effect: then estimates lie closer together than
    chance allows, and it says too much (Jackson, Law, Rücker & Schwarzer 2017, Stat. Med. 36).
    """
    from evalkit.synthesis.pooling import pool

    robust = values["cr2"]
    if robust and len(robust) == 1 and values["pi_low"] is not None:
        (mean,) = robust
        if values["pi_high"] - values["pi_low"] < mean.ci_high - mean.ci_low:
            low, high = (f"{bound:+.3f}" for bound in (mean.ci_low, mean.ci_high))
            yield finding("pool.prediction_narrow", low=low, high=high)
    if values["kind"] != "random" or values["test"] != "knha" or values["estimate"] is None:
        return
    fixed = pool(data.y, data.v, "FE", "z", request.level)
    if values["ci_high"] - values["ci_low"] < fixed.ci_high - fixed.ci_low:
        low, high = (f"{bound:+.3f}" for bound in (fixed.ci_low, fixed.ci_high))
        yield finding("pool.knha_narrow", low=low, high=high)


def _levels(request: Request, data: Estimates) -> dict[str, Any]:
    """The values of a model of estimates in clusters."""
    from evalkit.synthesis.pooling import pool_levels

    assert data.cluster is not None
    assert request.method in ("REML", "ML", "FE")
    x, terms = _matrix(data)
    found = pool_levels(
        data.y,
        data.v,
        data.cluster,
        data.within,
        x=x,
        terms=terms,
        rho=request.rho or 0.0,
        method=request.method,
        level=request.level,
    )
    fixed = request.method == "FE"
    return {
        **_common(found),
        "kind": "fixed" if fixed else "correlated" if request.rho else "levels",
        "test": "z",
        "tau2": None,
        "tau2_ci": None,
        "pi_low": found.pi_low,
        "pi_high": found.pi_high,
        "sigma2": None if fixed else found.sigma2,
        "i2_levels": found.i2_levels,
        "levels": found.levels,
        "cr2": found.robust,
        "r2": None,
    }


def _common(found: Regression | Multilevel) -> dict[str, Any]:
    """What both kinds of models have; estimate and interval only without moderators."""
    alone = found.coefficients[0] if len(found.coefficients) == 1 else None
    names = ("estimate", "se", "ci_low", "ci_high", "p")
    shared = ("k", "i2", "q", "q_df", "q_p", "coefficients", "moderators", "log_likelihood")
    return {
        **{name: None if alone is None else getattr(alone, name) for name in names},
        **{name: getattr(found, name) for name in shared},
    }


def _sensitivity(
    request: Request, data: Estimates, test: Test
) -> tuple[Sensitivity | None, tuple[Finding, ...]]:
    """The checks that are asked for and possible, and remarks on those that are not."""
    from evalkit.synthesis import pooling

    if not request.sensitivity:
        return None, ()
    if data.moderators:
        return None, (finding("pool.sensitivity_moderators"),)
    if data.cluster:
        if len(set(data.cluster)) > MOST_LEFT_OUT:
            return None, (finding("pool.sensitivity_large", limit=MOST_LEFT_OUT),)
        assert request.method in ("REML", "ML", "FE")
        without = pooling.without_clusters(
            data.y,
            data.v,
            data.cluster,
            data.within,
            rho=request.rho or 0.0,
            method=request.method,
            level=request.level,
        )
        return Sensitivity(without_cluster=without), ()
    if data.k < 3:
        return None, (finding("pool.sensitivity_few", count=data.k),)
    model = (data.y, data.v, request.method, test, request.level)
    remarks: list[Finding] = []
    influences = egger = trimfill = None
    if data.k <= MOST_LEFT_OUT:
        influences = pooling.influence(*model)
    else:
        remarks.append(finding("pool.sensitivity_large", limit=MOST_LEFT_OUT))
    try:
        egger = pooling.egger(data.y, data.v, request.level)
        trimfill = pooling.trim_and_fill(*model)
    except ValueError:  # all of one precision, or it goes to and fro
        remarks.append(finding("pool.asymmetry"))
    return Sensitivity(data.rows, influences, egger, trimfill), tuple(remarks)


def _cumulative(
    request: Request, data: Estimates, test: Test
) -> tuple[tuple[UpTo, ...] | None, tuple[Finding, ...]]:
    """Pools up to each year, for independent estimates without moderators."""
    from evalkit.synthesis.pooling import cumulative

    if data.year is None:
        return None, ()
    if data.moderators or data.cluster:
        return None, (finding("pool.cumulative"),)
    return cumulative(data.y, data.v, data.year, request.method, test, request.level), ()


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "__dataclass_fields__"):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items() if name != "weights"}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
