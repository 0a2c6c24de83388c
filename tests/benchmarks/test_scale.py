"""The benchmark of large tables runs, and compares what is the same."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "scale.py"


@pytest.fixture(scope="module")
def scale() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("benchmarks_scale", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def files(scale: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("rows")
    paths = [folder / "one.parquet", folder / "two.parquet"]
    for number, path in enumerate(paths):
        scale.make(path, 20_000, seed=number / 4)
    return paths


def test_the_same_totals(scale: ModuleType, files: list[Path]) -> None:
    ours, theirs = scale.totals(files), scale.bare_totals(files)
    assert ours == theirs
    assert ours[0] == 2 * len(scale.SCHOOLS) * 2 * len(scale.NUMBERS)


def test_rows_in_order_pass_both(scale: ModuleType, files: list[Path]) -> None:
    rows, codes = scale.check(files)
    assert (rows, set(codes) - {"intake.straight", "intake.throughout"}) == (20_000, set())
    wrong = dict(zip(*scale.bare_check(files), strict=True))
    assert {name for name, count in wrong.items() if count} <= {"straight"}


def test_rows_that_are_wrong_pass_neither(
    scale: ModuleType, files: list[Path], tmp_path: Path
) -> None:
    import pandas as pd

    frame = pd.read_parquet(files[0])
    frame.loc[5, "core.test"] = 99
    frame.loc[6, "school"] = "99ZZ"
    frame.loc[[8, 108], ["school", "unit"]] = ["08AB", "p8"]
    frame.loc[9, "unit"] = "123456782"
    frame.loc[10, "core.hours"] = 5_000
    path = tmp_path / "wrong.parquet"
    frame.to_parquet(path)
    _, codes = scale.check([path])
    assert {"intake.out_of_bounds", "intake.school_unknown", "intake.personal_number"} <= set(codes)
    assert "intake.outliers" in codes
    wrong = dict(zip(*scale.bare_check([path]), strict=True))
    for name in ("core.test", "school unknown", "unit twice", "unit personal", "outliers"):
        assert wrong[name] == 1, name


def test_a_limit_that_is_broken_is_told(scale: ModuleType) -> None:
    fast, slow = scale.Run(1.0, 100.0, [1]), scale.Run(4.0, 600.0, [1])
    small = scale.Line(scale.STEADY, fast, fast, fast, fast)
    assert scale.broken([small]) == []
    large = scale.Line(10 * scale.STEADY, slow, fast, slow, fast)
    assert [words.split(":")[0] for words in scale.broken([small, large])] == [
        "checks",
        "totals",
        "megabytes",
    ]
    other = scale.Line(100, fast, fast, fast, fast._replace(answer=[2]))
    assert len(scale.broken([other])) == 1
