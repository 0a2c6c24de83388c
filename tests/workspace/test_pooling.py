"""Whatever stands in a file, it is pooled or refused with findings."""

from __future__ import annotations

import csv
import json
import math
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import EvalkitError, FindingsError
from evalkit.workspace.comparability import Columns
from evalkit.workspace.pooling import Request, pool_file
from tests.synthesis.frames import repeatable

numbers = st.one_of(
    st.floats(-3, 3).map(repr),
    st.sampled_from(["0,2", "0.1", "1e-8", "5e3", "0", "-1", "", "NA", "x", "1.000,5", "1e400"]),
)
variances = st.one_of(
    st.floats(1e-4, 3).map(repr),
    st.sampled_from(["0,2", "0.1", "1e-8", "5e3", "0", "-1", "", "1e-320", "9" * 400]),
)
labels = st.sampled_from(["a", "b", "c", "1", "2", "", "é"])
rows = st.lists(st.tuples(numbers, variances, labels, labels, numbers), max_size=10)
sound = st.lists(
    st.tuples(
        st.floats(-3, 3).map(repr), st.floats(1e-4, 3).map(repr), labels, labels, st.just("2001")
    ),
    min_size=1,
    max_size=12,
)


@repeatable
@given(
    st.one_of(rows, sound),
    st.lists(st.sampled_from(["c", "w", "m", "factor(m)", "factor(c)"]), max_size=2),
    st.sampled_from([(None, None), ("c", None), ("c", "w"), (None, "w")]),
    st.sampled_from(["REML", "ML", "DL", "PM", "FE"]),
    st.sampled_from([None, "knha", "z"]),
    st.sampled_from([None, 0.6, -0.3, 0.0, 1.0, math.nan]),
    st.booleans(),
)
def test_any_file(table, moderators, levels, method, test, rho, thorough):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, delimiter=";").writerows([("y", "v", "c", "w", "m"), *table])
        columns = Columns("y", "v", tuple(moderators), *levels, "m" if thorough else None)
        request = Request(path, columns, method, test, rho, 0.9, thorough)
        try:
            found = pool_file(request)
        except (FindingsError, EvalkitError):
            return
    json.dumps(found.json(), allow_nan=False)
    assert found.k <= len(table)
    for one in (*found.coefficients, *(found.cr2 or ())):
        assert math.isfinite(one.estimate)
        assert one.se >= 0
        assert one.ci_low <= one.estimate <= one.ci_high
        assert 0 <= one.p <= 1
