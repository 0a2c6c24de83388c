"""What comes out of a contrast: an estimate with its formula, or a reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Metric = Literal["SMD", "SMD_CLUSTER", "SMD_ADJUSTED", "DPPC2", "SMCR", "ROM"]
Source = Literal["rows", "default"]
Better = Literal["higher", "lower"]
Reason = Literal[
    "no_post",
    "no_intervention",
    "single_group",
    "too_few",
    "too_few_clusters",
    "no_sd",
    "no_variance",
    "nonpositive_mean",
]


@dataclass(frozen=True)
class Formula:
    """A formula as used here: stable key, source, and the formula in plain text."""

    key: str
    citation: str
    text: str


@dataclass(frozen=True)
class Effect:
    """The bare outcome of one formula.

    ``yi`` in pooled SD units (natural log units for ROM), ``vi`` its sampling variance, ``df`` the
    degrees of freedom behind the standard deviation (None for ROM), ``sd`` the standardiser in
    units of the measure (None for ROM).
    """

    yi: float
    vi: float
    df: float | None
    sd: float | None


@dataclass(frozen=True)
class Estimate:
    """One contrast of one measure, positive when the intervention did better.

    ``yi`` and ``vi`` are in SD units (natural log units for ROM). Counts are the units and
    clusters the estimate rests on; ``n_c`` is 0 for a single group, ``clusters_t`` and
    ``clusters_c`` are None for an arm without clusters. ``icc`` is the intraclass correlation of
    the posttest; ``icc_residual`` that of what the pretest leaves over (regression residuals, or
    gains for DPPC2 and SMCR), None where there are no matched pretests. The variance is inflated
    with ``icc_residual`` when there is one and with ``icc`` otherwise. ``r`` is the pooled
    within-arm correlation of pretest and posttest. Means and SDs are those the formula used, in
    units of the measure and before any turning of the sign; ``sd_pooled`` is the standardiser
    (pretest SD for DPPC2 and SMCR).
    """

    yi: float
    vi: float
    metric: Metric
    formula: str
    df: float | None
    n_t: int
    n_c: int
    clusters_t: int | None = None
    clusters_c: int | None = None
    icc: float | None = None
    icc_source: Source | None = None
    icc_residual: float | None = None
    r: float | None = None
    r_source: Source | None = None
    r_squared: float | None = None
    post_mean_t: float | None = None
    post_sd_t: float | None = None
    post_mean_c: float | None = None
    post_sd_c: float | None = None
    pre_mean_t: float | None = None
    pre_sd_t: float | None = None
    pre_mean_c: float | None = None
    pre_sd_c: float | None = None
    sd_pooled: float | None = None


@dataclass(frozen=True)
class NotEstimable:
    """Why a contrast has no estimate, as a stable code.

    ``no_post``: no posttest values; ``no_intervention``: none in the intervention arm;
    ``single_group``: none in the comparison arm and no pretest on the same scale; ``too_few``: an
    arm under 2 units (a single group under 3); ``too_few_clusters``: no degrees of freedom left
    for the SD; ``no_sd``: aggregates without a single SD; ``no_variance``: an SD or a sampling
    variance of zero; ``nonpositive_mean``: a ratio of means needs both above 0.
    """

    reason: Reason


_HEDGES = "Hedges (1981), J. Educ. Stat. 6, 107-128; variance as metafor escalc SMD, vtype LS"
_BOTH = "Hedges (2007), J. Educ. Behav. Stat. 32, 341-370; df: WWC Handbook 5.0 (2022), E.21"
_ONE = "Hedges & Citkowicz (2015), Behav. Res. Methods 47, 1295-1308"
_WWC = "WWC Procedures and Standards Handbook 5.0 (2022), appendix E"
_MORRIS = "Morris (2008), Organ. Res. Methods 11, 364-386, eq. 8; variance as metafor's analysis"
_BECKER = "Becker (1988), Br. J. Math. Stat. Psychol. 41, 257-278; variance as metafor escalc SMCR"
_ROM = "Hedges, Gurevitch & Curtis (1999), Ecology 80, 1150-1156"
_DEFF = "design effect: Kish (1965), Survey Sampling, with the size-weighted mean cluster size"

_SIZE = "n = nC*sum(n_j^2 in T)/(nT*N) + nT*sum(n_j^2 in C)/(nC*N)"
_DF_BOTH = (
    "gamma = 1 - 2(n-1)icc/(N-2); "
    "h = (N-2)^2 gamma^2 / [(N-2)(1-icc)^2 + (N-2n)(n icc^2 + 2 icc(1-icc))]"
)
_DF_ONE = (
    "u units in the arm without clusters, k = N-u; gamma = 1 - (u+n-2)icc/(N-2); "
    "h = (N-2)^2 gamma^2 / [(N-2)(1-icc)^2 + (k-n)(n icc^2 + 2 icc(1-icc))]"
)
_V1 = "v1 = (SE of b / S)^2 from the regression without clusters"
_INFLATE_BOTH = "1 + (n-1)icc_residual"
_INFLATE_ONE = "1 + (n*u/N - 1)icc_residual"

_ALL = (
    Formula(
        "smd",
        _HEDGES,
        "g = J(N-2) * (mT - mC)/S; v = 1/nT + 1/nC + g^2/(2N); S the pooled posttest SD",
    ),
    Formula(
        "smd_cluster_both",
        _BOTH,
        "g = J(h) * sqrt(gamma) * (mT - mC)/S; v = (1/nT + 1/nC)(1 + (n-1)icc) + g^2/(2h); "
        f"{_DF_BOTH}; {_SIZE}",
    ),
    Formula(
        "smd_cluster_one",
        _ONE,
        "g = J(h) * sqrt(gamma) * (mT - mC)/S; v = (1/nT + 1/nC)(1 + (n*u/N - 1)icc) + g^2/(2h); "
        f"{_DF_ONE}; n = sum(n_j^2)/k",
    ),
    Formula(
        "smd_adjusted",
        _WWC,
        "g = J(N-2) * b/S; v = v1 + g^2/(2(N-2)); b from post on pre and arm with one slope, S the "
        f"pooled posttest SD; {_V1} = (1-R^2)(N-2)/(N-3) * (1/nT + 1/nC + (pre gap)^2/SSpre)",
    ),
    Formula(
        "smd_adjusted_cluster_both",
        f"{_WWC}; {_BOTH}",
        f"g = J(h) * sqrt(gamma) * b/S; v = v1 * ({_INFLATE_BOTH}) + g^2/(2h); {_V1}; "
        f"{_DF_BOTH}; {_SIZE}; icc_residual of the regression residuals",
    ),
    Formula(
        "smd_adjusted_cluster_one",
        f"{_WWC}; {_ONE}",
        f"g = J(h) * sqrt(gamma) * b/S; v = v1 * ({_INFLATE_ONE}) + g^2/(2h); {_V1}; "
        f"{_DF_ONE}; n = sum(n_j^2)/k; icc_residual of the regression residuals",
    ),
    Formula(
        "smd_did",
        _WWC,
        "g = g_post - g_pre, each over its own pooled SD; "
        "v = 2(1-r)(1/nT + 1/nC) + g^2/(2(N-2)); nT and nC the smaller of the two waves",
    ),
    Formula(
        "smd_did_cluster_both",
        f"{_WWC}; {_BOTH}",
        "g = g_post - g_pre, each J(h) * sqrt(gamma) * (mT - mC)/S; "
        f"v = 2(1-r)(1/nT + 1/nC)(1 + (n-1)icc) + g^2/(2h); {_DF_BOTH}; {_SIZE}",
    ),
    Formula(
        "smd_did_cluster_one",
        f"{_WWC}; {_ONE}",
        "g = g_post - g_pre, each J(h) * sqrt(gamma) * (mT - mC)/S; "
        "v = 2(1-r)(1/nT + 1/nC)(1 + (n*u/N - 1)icc) + g^2/(2h); "
        f"{_DF_ONE}; n = sum(n_j^2)/k",
    ),
    Formula(
        "dppc2",
        _MORRIS,
        "g = J(N-2) * [(postT - preT) - (postC - preC)]/S; "
        "v = 2(1-r)(1/nT + 1/nC) + g^2/(2N); S the pooled pretest SD",
    ),
    Formula(
        "dppc2_cluster",
        f"{_MORRIS}; {_DEFF}",
        "g = J(N-2) * [(postT - preT) - (postC - preC)]/S; v inflated by the design effect: "
        "v = [2(1-r)(1/nT + 1/nC) + g^2/(2N)](1 + (n-1)icc), the icc that of the gains where "
        f"pupils are matched and of the posttest otherwise; {_SIZE}",
    ),
    Formula(
        "smcr",
        _BECKER,
        "g = J(n-1) * (post - pre)/SDpre; v = 2(1-r)/n + g^2/(2n)",
    ),
    Formula(
        "smcr_cluster",
        f"{_BECKER}; {_DEFF}",
        "g = J(N-1) * (post - pre)/SDpre; v inflated by the design effect: "
        "v = [2(1-r)/N + g^2/(2N)](1 + (n-1)icc), n = sum(n_j^2)/N, the icc that of the gains "
        "where pupils are matched and of the posttest otherwise",
    ),
    Formula("rom", _ROM, "ln(mT/mC); v = SDT^2/(nT mT^2) + SDC^2/(nC mC^2); no bias correction"),
    Formula(
        "rom_cluster",
        f"{_ROM}; {_DEFF}",
        "ln(mT/mC); each arm's term of v inflated by its own design effect: "
        "v = SDT^2/(nT mT^2)(1 + (n_T-1)icc) + SDC^2/(nC mC^2)(1 + (n_C-1)icc), "
        "n_T = sum(n_j^2)/nT in the arm, n_C likewise, 1 for an arm without clusters",
    ),
)

FORMULAS: Mapping[str, Formula] = MappingProxyType({f.key: f for f in _ALL})
"""Every formula that an ``Estimate`` can name, by key."""
