"""Pooling of estimates: fixed and random effects, moderators, levels, robust errors, sensitivity.

``linear`` holds the model all share, ``tau2`` the estimators of the variance between studies,
``heterogeneity`` what follows from it, ``regression`` the models of independent estimates,
``multilevel`` those of estimates in clusters (``blocks``: their covariance), ``robust`` the
standard errors that do not lean on the working model, ``influence``, ``asymmetry`` and
``cumulative`` the checks on a result.
"""

from evalkit.synthesis.pooling.asymmetry import TrimFill, egger, trim_and_fill
from evalkit.synthesis.pooling.cumulative import UpTo, cumulative
from evalkit.synthesis.pooling.influence import (
    Influence,
    WithoutCluster,
    influence,
    without_clusters,
)
from evalkit.synthesis.pooling.linear import Coefficient, follows
from evalkit.synthesis.pooling.multilevel import (
    LEVEL_METHODS,
    LevelMethod,
    Multilevel,
    lowest_rho,
    pool_levels,
)
from evalkit.synthesis.pooling.regression import (
    INTERCEPT,
    Omnibus,
    Pooled,
    Regression,
    Test,
    pool,
    profile_tau2,
    regress,
)
from evalkit.synthesis.pooling.tau2 import METHODS, Method

__all__ = [
    "INTERCEPT",
    "LEVEL_METHODS",
    "METHODS",
    "Coefficient",
    "Influence",
    "LevelMethod",
    "Method",
    "Multilevel",
    "Omnibus",
    "Pooled",
    "Regression",
    "Test",
    "TrimFill",
    "UpTo",
    "WithoutCluster",
    "cumulative",
    "egger",
    "follows",
    "influence",
    "lowest_rho",
    "pool",
    "pool_levels",
    "profile_tau2",
    "regress",
    "trim_and_fill",
    "without_clusters",
]
