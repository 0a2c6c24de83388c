"""How fast pooling is, beside PyMARE and metafor where this machine has them.

    python benchmarks/pooling.py

Prints a table; ends with 1 if evalkit is slower than PyMARE at any size, the three-level model is
not ten times as fast as metafor, or the time grows faster than the number of estimates. The data
are simulated with a fixed seed. Times are the best of several runs, without starting Python or R.
PyMARE gives no Knapp-Hartung interval: its time is that of the REML fit with its own standard
errors.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.synthesis.pooling import pool, pool_levels

SIZES = (20, 1_000, 100_000)
EFFECTS, STUDIES = 1_334, 195

R_PROGRAM = """
suppressWarnings(suppressMessages(library(metafor)))
d <- read.csv(commandArgs(trailingOnly = TRUE)[1])
best <- Inf
for (i in 1:3) best <- min(best, system.time(
  r <- rma.mv(yi, vi, random = ~ 1 | study / effect, data = d, sparse = TRUE))["elapsed"])
cat(best, sprintf("%.8f", c(r$beta, r$sigma2)), "\\n")
"""

Row = tuple[str, str, float, float | None]


def seconds(run: Callable[[], Any], least: float = 0.5) -> float:
    """The best time of one run, of at least three and for at least that many seconds."""
    best, runs, begun = float("inf"), 0, time.perf_counter()
    while runs < 3 or time.perf_counter() - begun < least:
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
        runs += 1
    return best


def studies(k: int) -> tuple[Any, Any]:
    """k independent estimates with their variances."""
    rng = np.random.default_rng(k)
    v = rng.uniform(0.01, 0.2, k)
    return rng.normal(0.3, np.sqrt(v + 0.05)), v


def pymare_fit(y: Any, v: Any) -> Callable[[], Any] | None:
    """The same fit by PyMARE, if it is installed."""
    try:
        from pymare import Dataset
        from pymare.estimators import VarianceBasedLikelihoodEstimator
    except ImportError:
        return None
    data = Dataset(y, v)

    def run() -> Any:
        return (
            VarianceBasedLikelihoodEstimator(method="REML")
            .fit_dataset(data)
            .summary()
            .get_fe_stats()
        )

    return run


def independent() -> list[Row]:
    """REML with Knapp-Hartung, from few estimates to many."""
    rows: list[Row] = []
    for k in SIZES:
        y, v = studies(k)
        other = pymare_fit(y, v)
        theirs = None if other is None else seconds(other)
        rows.append(
            (f"REML, Knapp-Hartung, k = {k:,}", "PyMARE", seconds(partial(pool, y, v)), theirs)
        )
    return rows


def three_levels() -> Row:
    """Effects in studies, with CR2 on our side."""
    rng = np.random.default_rng(1334)
    study = np.concatenate([np.arange(STUDIES), rng.integers(0, STUDIES, EFFECTS - STUDIES)])
    v = rng.uniform(0.01, 0.2, EFFECTS)
    y = 0.3 + rng.normal(0, 0.3, STUDIES)[study] + rng.normal(0, np.sqrt(v + 0.04))
    ours = seconds(lambda: pool_levels(y, v, study))
    found = pool_levels(y, v, study)
    theirs = None
    program = shutil.which("Rscript")
    if program:
        with tempfile.TemporaryDirectory() as folder:
            data, script = Path(folder) / "data.csv", Path(folder) / "time.R"
            rows = zip(study.tolist(), range(EFFECTS), y.tolist(), v.tolist(), strict=True)
            lines = ["study,effect,yi,vi", *(",".join(map(repr, row)) for row in rows)]
            data.write_text("\n".join(lines) + "\n", encoding="utf-8")
            script.write_text(R_PROGRAM, encoding="utf-8")
            done = subprocess.run(
                [program, str(script), str(data)], capture_output=True, text=True, check=False
            )
        if done.returncode == 0:
            theirs, *numbers = (float(word) for word in done.stdout.split())
            ours_found = [found.coefficients[0].estimate, *found.sigma2]
            if not np.allclose(numbers, ours_found, rtol=1e-3, atol=1e-4):
                print(f"metafor finds {numbers}, evalkit {ours_found}")
    name = f"three levels, {EFFECTS:,} effects in {STUDIES} studies"
    return name, "metafor rma.mv (sparse)", ours, theirs


FASTER = (1.0, 1.0, 1.0, 10.0)
"""How many times as fast as the other each row must be at least."""
MOST_GROWTH = 1.5
"""Time per estimate at the largest size, beside that at the size before."""


def main() -> int:
    """Print the table; 1 if a limit is broken."""
    print(f"{'':<48}{'evalkit':>12}  {'other':<26}{'time':>12}{'ratio':>9}")
    rows = [*independent(), three_levels()]
    for name, other, ours, theirs in rows:
        shown = "not here" if theirs is None else f"{1000 * theirs:.2f} ms"
        ratio = "" if theirs is None else f"{theirs / ours:.1f}×"
        print(f"{name:<48}{1000 * ours:>9.2f} ms  {other:<26}{shown:>12}{ratio:>9}")
    each = [1e6 * row[2] / k for row, k in zip(rows, SIZES, strict=False)]
    print("per estimate: " + ", ".join(f"{us:.3f} µs" for us in each))
    broken = [
        f"{name}: not {least:.0f} times as fast as {other}"
        for (name, other, ours, theirs), least in zip(rows, FASTER, strict=True)
        if theirs is not None and theirs < least * ours
    ]
    if each[-1] > MOST_GROWTH * each[-2]:
        broken.append("the time grows faster than the number of estimates")
    print("; ".join(broken) or "no limit is broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
