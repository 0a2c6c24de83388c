from __future__ import annotations

import datetime as dt
import hashlib
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from evalkit.store import DamagedError, MissingError, Vault

from .builders import frame

WHOLE = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
COLUMNS: dict[str, st.SearchStrategy[object]] = {
    "Int64": st.none() | WHOLE,
    "int64": WHOLE,
    "float64": st.floats(allow_nan=True),
    "str": st.none() | TEXT,
    "string": st.none() | TEXT,
    "object": st.none() | TEXT,
    "boolean": st.none() | st.booleans(),
    "bool": st.booleans(),
}


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(0, 8))
    kinds = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=5))
    names = draw(st.lists(TEXT, min_size=len(kinds), max_size=len(kinds), unique=True))
    return pd.DataFrame(
        {
            name: pd.Series(draw(st.lists(COLUMNS[kind], min_size=rows, max_size=rows)), dtype=kind)
            for name, kind in zip(names, kinds, strict=True)
        }
    )


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(frame=frames())
def test_rows_come_back_as_they_were(vault: Vault, frame: pd.DataFrame) -> None:
    hash = vault.put(frame)
    back = vault.get(hash)
    assert_frame_equal(back, frame, check_column_type=False)
    assert vault.put(back) == hash
    assert vault.put(frame.copy(deep=True)) == hash


def test_hash_does_not_depend_on_how_the_frame_was_made(vault: Vault) -> None:
    whole = frame(6)
    hash = vault.put(whole)
    parts = pd.concat([whole.iloc[:2], whole.iloc[2:]])
    assert vault.put(parts) == hash
    assert vault.put(whole.set_axis([9, 8, 7, 6, 5, 4])) == hash
    noted = whole.copy()
    noted.attrs["source"] = "elsewhere"
    noted.columns.name = "variable"
    assert vault.put(noted) == hash
    assert vault.put(whole.iloc[::-1]) != hash
    assert vault.put(whole.rename(columns={"unit": "eenheid"})) != hash


def test_numbers_in_an_object_column_stay_whole(vault: Vault) -> None:
    odd = pd.DataFrame({"n": pd.Series([2**53 + 1, None], dtype=object)})
    back = vault.get(vault.put(odd))
    assert back["n"].tolist() == [2**53 + 1, None]


@pytest.mark.parametrize(
    "odd",
    [
        pd.DataFrame({"a": pd.Series(["x", 1], dtype=object)}),
        pd.DataFrame({"a": pd.Series([True, 1], dtype=object)}),
        pd.DataFrame({"a": pd.Series([2**70], dtype=object)}),
        pd.DataFrame({"a": pd.Series([1j])}),
        pd.DataFrame({"a": pd.Series(["\ud800"], dtype=object)}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame({0: [1]}),
        pd.DataFrame(index=[0, 1]),
    ],
    ids=["mixed", "bool and int", "huge", "complex", "surrogate", "double", "number", "no column"],
)
def test_rows_that_would_change_are_refused(vault: Vault, odd: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="cannot be kept"):
        vault.put(odd)
    assert not vault.folder.exists()


def test_files_lie_under_the_hash_of_their_content(vault: Vault) -> None:
    hash = vault.put(frame())
    path = vault.folder / hash[:2] / f"{hash}.parquet"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == hash
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert_frame_equal(pd.read_parquet(path), frame())


def test_a_file_comes_back_as_it_came_in(vault: Vault) -> None:
    data = bytes(range(256)) * 3
    hash = vault.put_bytes(data)
    assert hash == hashlib.sha256(data).hexdigest()
    assert vault.get_bytes(hash) == data
    assert vault.put_bytes(data) == hash
    assert vault.get_bytes(vault.put_bytes(b"")) == b""


def test_what_is_there_is_not_written_again(vault: Vault) -> None:
    hash = vault.put(frame())
    path = vault.folder / hash[:2] / f"{hash}.parquet"
    os.utime(path, (1, 1))
    assert vault.put(frame()) == hash
    assert path.stat().st_mtime == 1


def test_damage_is_seen_and_mended_by_putting_again(vault: Vault) -> None:
    hash = vault.put(frame())
    path = vault.folder / hash[:2] / f"{hash}.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedError) as caught:
        vault.get(hash)
    assert caught.value.path == path
    vault.put(frame())
    assert_frame_equal(vault.get(hash), frame())


def test_what_is_not_there_is_missing(vault: Vault) -> None:
    with pytest.raises(MissingError) as caught:
        vault.get("0" * 64)
    assert caught.value.path.name == "0" * 64 + ".parquet"
    hash = vault.put(frame())
    with pytest.raises(MissingError):
        vault.get_bytes(hash)


@pytest.mark.parametrize("hash", ["", "../../etc/passwd", "0" * 63, "A" * 64, "0" * 64 + "\n"])
def test_only_a_hash_is_looked_up(vault: Vault, hash: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        vault.get(hash)


def test_sweep_removes_old_temporary_files_alone(vault: Vault) -> None:
    assert vault.sweep() == 0
    hash = vault.put(frame())
    shard = vault.folder / hash[:2]
    old, young = shard / f".{hash}.1.tmp", shard / f".{hash}.2.tmp"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    assert vault.sweep() == 1
    assert young.exists()
    assert vault.sweep(older_than=dt.timedelta(0)) == 1
    assert [p.name for p in shard.iterdir()] == [f"{hash}.parquet"]
    assert_frame_equal(vault.get(hash), frame())


def test_a_failed_write_leaves_nothing(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        vault.put_bytes(b"data")
    assert [p for p in vault.folder.rglob("*") if p.is_file()] == []


def test_floats_keep_every_bit(vault: Vault) -> None:
    values = np.array([0.1, -0.0, 5e-324, np.inf, -np.inf, 1 / 3])
    back = vault.get(vault.put(pd.DataFrame({"x": values})))
    assert back["x"].to_numpy().tobytes() == values.tobytes()
