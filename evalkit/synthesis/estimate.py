"""What comes out of a contrast: an estimate with its formula, or a reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

from evalkit.model.vocabulary import Note

Metric = Literal[
    "SMD",
    "SMD_CLUSTER",
    "SMD_ADJUSTED",
    "DPPC2",
    "SMD_ML",
    "SMD_ML_WITHIN",
    "ROM",
    "MD",
    "COX",
    "OR",
    "RR",
    "RD",
    "SMCR",
    "SMCC",
    "RD_CHANGE",
    "GAS",
]
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

    @property
    def cited(self) -> str:
        """The formula with its source, as a row of a table names it."""
        return f"{self.key}: {self.text} [{self.citation}]"


class Effect(NamedTuple):
    """The bare outcome of one formula.

    ``yi`` in the units of its formula (pooled SDs for a standardised difference, natural logs for
    a ratio), ``vi`` its sampling variance, ``df`` the degrees of freedom behind the standard
    deviation, ``sd`` the standardiser in units of the measure; the last two are None where there
    is none.
    """

    yi: float
    vi: float
    df: float | None
    sd: float | None


class Estimate(NamedTuple):
    """One contrast of one measure, positive when the intervention did better.

    ``yi`` and ``vi`` are in the units of the metric (SDs, natural logs, proportions, points).
    Counts are the units and clusters the estimate rests on; ``events_t`` and ``events_c`` are those
    with a yes after, None for other measures; ``n_c`` is 0 for a single group, ``clusters_t`` and
    ``clusters_c`` are None for an arm without clusters. ``icc`` is the intraclass correlation of
    the posttest; ``icc_residual`` that of what the pretest leaves over (regression residuals, or
    gains for DPPC2 and SMCR), None where there are no matched pretests. The variance is inflated
    with ``icc_residual`` when there is one and with ``icc`` otherwise. ``r`` is the pooled
    within-arm correlation of pretest and posttest. Means and SDs are those the formula used, in
    units of the measure and before any turning of the sign; ``sd_pooled`` is the standardiser
    (pretest SD for DPPC2 and SMCR). ``asked`` says that the metric was asked for.
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
    events_t: int | None = None
    events_c: int | None = None
    asked: bool = False
    notes: tuple[Note, ...] = ()

    @property
    def allows_for_pretest(self) -> bool:
        """Whether the pretest is in the estimate."""
        return self.pre_mean_t is not None

    def noted(self, *notes: Note) -> Estimate:
        """The same with more notes."""
        return self._replace(notes=tuple(dict.fromkeys((*self.notes, *notes))))


class NotEstimable(NamedTuple):
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
_GIBBONS = (
    "Gibbons, Hedeker & Davis (1993), J. Educ. Stat. 18, 271-279; variance as metafor escalc SMCC"
)
_TABLE = "Fleiss & Berlin (2009), in Handbook of Research Synthesis, 2nd ed., 237-253"
_COX = "WWC Procedures and Standards Handbook 5.0 (2022), appendix E; Cox (1970)"
_COX_VAR = "variance: Sanchez-Meca et al. (2003), Psychol. Methods 8, 448-467"
_FISHER = "Fisher (1921), Metron 1, 3-32; as metafor escalc ZCOR"
_HEDGES_ML = (
    "Hedges (2007), J. Educ. Behav. Stat. 32, 341-370; Xiao, Kasim & Higgins (2016), Int. J. Educ. "
    "Res. 77, 1-14; variances: REML, Patterson & Thompson (1971), Biometrika 58, 545-554"
)
_STRATA = (
    "weights and variance of a linear combination of group means; Hedges (2007), J. Educ. Behav. "
    "Stat. 32, 341-370; df: Satterthwaite (1946), Biometrics Bull. 2, 110-114"
)
_AGRESTI = "Agresti (2013), Categorical Data Analysis, 3rd ed., ch. 11"
_KIRESUK = "Kiresuk & Sherman (1968), Community Ment. Health J. 4, 443-453"
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
_EQUAL = "clusters of an arm taken as equally large"
_CELLS = (
    "a and b events and non-events in T, c and d in C; 1/2 is added to all four where one is 0 "
    "(nT = a + b and nC = c + d after that)"
)
_ARM_SIZE = "n_T = sum(n_j^2)/nT in the arm, n_C likewise"
_GAIN = "SDgain^2 = SDpre^2 + SDpost^2 - 2 r SDpre SDpost per arm"
_ML = (
    "b from post on arm (and pre, where it is used), with a random intercept per cluster; sB and "
    "sW from the same model without the pretest"
)
_WEIGHTS = (
    "a_g = n_g/(units of all treated groups) for a treated group, minus the sum of those of the "
    "treated groups it serves for a control"
)
_PAIRS = (
    "D = sum a_g z_g over groups (a subject in a school); v = (s_z/S)^2 sum a_g^2 "
    f"(1 + (n_g-1)icc_z)/n_g + g^2/(2h); {_WEIGHTS}; SDs pooled within arm and subject; gamma and "
    "h for as many strata"
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
        "smd_cluster_both_equal",
        _BOTH,
        "g = J(h) * sqrt(gamma) * (mT - mC)/S; v = (1/nT + 1/nC)(1 + (n-1)icc) + g^2/(2h); "
        f"{_DF_BOTH}; n = (nC*nT/clustersT + nT*nC/clustersC)/N, {_EQUAL}",
    ),
    Formula(
        "smd_cluster_one_equal",
        _ONE,
        "g = J(h) * sqrt(gamma) * (mT - mC)/S; v = (1/nT + 1/nC)(1 + (n*u/N - 1)icc) + g^2/(2h); "
        f"{_DF_ONE}; n = k/clusters, {_EQUAL}",
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
    Formula(
        "smcc",
        _GIBBONS,
        "g = J(n-1) * (post - pre)/SDchange; v = 1/n + g^2/(2n); "
        "SDchange = sqrt(SDpre^2 + SDpost^2 - 2 r SDpre SDpost)",
    ),
    Formula("md", "as metafor escalc MD, vtype LS", "mT - mC; v = SDT^2/nT + SDC^2/nC"),
    Formula("rom", _ROM, "ln(mT/mC); v = SDT^2/(nT mT^2) + SDC^2/(nC mC^2); no bias correction"),
    Formula(
        "rom_cluster",
        f"{_ROM}; {_DEFF}",
        "ln(mT/mC); each arm's term of v inflated by its own design effect: "
        "v = SDT^2/(nT mT^2)(1 + (n_T-1)icc) + SDC^2/(nC mC^2)(1 + (n_C-1)icc), "
        "n_T = sum(n_j^2)/nT in the arm, n_C likewise, 1 for an arm without clusters",
    ),
    Formula(
        "log_rr",
        f"{_TABLE}; as metafor escalc RR",
        f"ln((a/nT)/(c/nC)); v = 1/a - 1/nT + 1/c - 1/nC; {_CELLS}",
    ),
    Formula(
        "log_or",
        f"{_TABLE}; as metafor escalc OR",
        f"ln(ad/(bc)); v = 1/a + 1/b + 1/c + 1/d; {_CELLS}",
    ),
    Formula(
        "rd",
        f"{_TABLE}; as metafor escalc RD",
        f"a/nT - c/nC; v = ab/nT^3 + cd/nC^3; {_CELLS}",
    ),
    Formula(
        "cox",
        f"{_COX}; {_COX_VAR}",
        "d = J(N-2) * ln(ad/(bc))/1.65; v = (J(N-2)/1.65)^2 * (1/a + 1/b + 1/c + 1/d); "
        f"{_CELLS}; N before that",
    ),
    Formula(
        "cox_cluster",
        f"{_COX}; {_COX_VAR}; {_DEFF}",
        "d = J(N-2) * ln(ad/(bc))/1.65; v = (J(N-2)/1.65)^2 * [(1/a + 1/b)(1 + (n_T-1)icc) + "
        f"(1/c + 1/d)(1 + (n_C-1)icc)]; {_ARM_SIZE}; {_CELLS}; N before that",
    ),
    Formula(
        "cox_did",
        f"{_WWC}; {_COX_VAR}",
        "d = d_post - d_pre, each J(N-2) * ln(ad/(bc))/1.65; "
        f"v = v_post + v_pre - 2 r sqrt(v_post v_pre); {_CELLS}",
    ),
    Formula(
        "cox_did_cluster",
        f"{_WWC}; {_COX_VAR}; {_DEFF}",
        "d = d_post - d_pre, each J(N-2) * ln(ad/(bc))/1.65; v inflated by the design effect: "
        "v = [v_post + v_pre - 2 r sqrt(v_post v_pre)](1 + (n-1)icc), the icc that of the changes "
        f"where persons are matched and of the posttest otherwise; {_SIZE}; {_CELLS}",
    ),
    Formula(
        "log_rr_cluster",
        f"{_TABLE}; {_DEFF}",
        "ln((a/nT)/(c/nC)); v = (1/a - 1/nT)(1 + (n_T-1)icc) + (1/c - 1/nC)(1 + (n_C-1)icc); "
        f"{_ARM_SIZE}; {_CELLS}",
    ),
    Formula(
        "log_or_cluster",
        f"{_TABLE}; {_DEFF}",
        "ln(ad/(bc)); v = (1/a + 1/b)(1 + (n_T-1)icc) + (1/c + 1/d)(1 + (n_C-1)icc); "
        f"{_ARM_SIZE}; {_CELLS}",
    ),
    Formula(
        "rd_cluster",
        f"{_TABLE}; {_DEFF}",
        "a/nT - c/nC; v = ab/nT^3 (1 + (n_T-1)icc) + cd/nC^3 (1 + (n_C-1)icc); "
        f"{_ARM_SIZE}; {_CELLS}",
    ),
    Formula(
        "rd_change",
        _AGRESTI,
        "p_post - p_pre; v = [p1 q1 + p0 q0 - 2 r sqrt(p1 q1 p0 q0)]/n, 1 after and 0 before",
    ),
    Formula(
        "rd_change_cluster",
        f"{_AGRESTI}; {_DEFF}",
        "p_post - p_pre; v inflated by the design effect: "
        "v = [p1 q1 + p0 q0 - 2 r sqrt(p1 q1 p0 q0)]/N * (1 + (n-1)icc), n = sum(n_j^2)/N, the icc "
        "that of the changes where persons are matched and of the posttest otherwise",
    ),
    Formula(
        "smcc_cluster",
        f"{_GIBBONS}; {_DEFF}",
        "g = J(N-1) * (post - pre)/SDchange; v inflated by the design effect: "
        "v = [1/N + g^2/(2N)](1 + (n-1)icc), n = sum(n_j^2)/N, the icc that of the gains where "
        "pupils are matched and of the posttest otherwise; "
        "SDchange = sqrt(SDpre^2 + SDpost^2 - 2 r SDpre SDpost)",
    ),
    Formula(
        "md_cluster",
        f"as metafor escalc MD, vtype LS; {_DEFF}",
        "mT - mC; v = SDT^2/nT (1 + (n_T-1)icc) + SDC^2/nC (1 + (n_C-1)icc); " + _ARM_SIZE,
    ),
    Formula(
        "md_gain",
        "as metafor escalc MD, vtype LS, of the gains",
        f"(postT - preT) - (postC - preC); {_GAIN}; v = SDgainT^2/nT + SDgainC^2/nC",
    ),
    Formula(
        "md_gain_cluster",
        f"as metafor escalc MD, vtype LS, of the gains; {_DEFF}",
        f"(postT - preT) - (postC - preC); {_GAIN}; "
        f"v = SDgainT^2/nT (1 + (n_T-1)icc) + SDgainC^2/nC (1 + (n_C-1)icc); {_ARM_SIZE}; the icc "
        "that of the gains where pupils are matched and of the posttest otherwise",
    ),
    Formula(
        "smd_ml_total",
        _HEDGES_ML,
        f"g = J(h) * b/sqrt(sB^2 + sW^2); v = SE(b)^2/(sB^2 + sW^2) + g^2/(2h); {_ML}; {_DF_BOTH}; "
        f"icc = sB^2/(sB^2 + sW^2); {_SIZE}",
    ),
    Formula(
        "smd_ml_within",
        _HEDGES_ML,
        f"g = J(N-M) * b/sW; v = SE(b)^2/sW^2 + g^2/(2(N-M)), M clusters; {_ML}",
    ),
    Formula(
        "smd_pairs",
        _STRATA,
        f"g = J(h) * sqrt(gamma) * D/S; {_PAIRS}; z the posttest, S its SD",
    ),
    Formula(
        "smd_adjusted_pairs",
        f"{_WWC}; {_STRATA}",
        f"g = J(h) * sqrt(gamma) * D/S; {_PAIRS} + (sum a_g pre_g)^2/SSpre * (s_z/S)^2; "
        "z = post - slope * pre, the slope within arm and subject; S the posttest SD",
    ),
    Formula(
        "dppc2_pairs",
        f"{_MORRIS}; {_STRATA}",
        f"g = J(h) * sqrt(gamma) * D/S; {_PAIRS}; z the gain, S the pretest SD",
    ),
    Formula(
        "rom_pairs",
        f"{_ROM}; {_STRATA}",
        f"sum a_g ln(m_g); v = sum a_g^2 (S/m_g)^2 (1 + (n_g-1)icc)/n_g; {_WEIGHTS}; S the SD "
        "within arm and subject",
    ),
    Formula(
        "gas",
        _KIRESUK,
        "T - 50, T the mean T-score of goal attainment; v = 10^2/n, the SD for which the score is "
        "scaled",
    ),
    Formula("zcor", _FISHER, "z = artanh(r); v = 1/(n-3)"),
)

FORMULAS: Mapping[str, Formula] = MappingProxyType({f.key: f for f in _ALL})
"""Every formula that an ``Estimate`` or a row of summary statistics can name, by key."""
