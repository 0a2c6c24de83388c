"""Damaged files of every kind: findings, never a traceback, and soon."""

from __future__ import annotations

import datetime as dt
import json
import random
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.collect.checks import check_delivery
from evalkit.collect.data_package import read_data_package
from evalkit.collect.delivery import Delivery
from evalkit.collect.marking import mark, meta_of
from evalkit.collect.package import read_package
from evalkit.collect.tables import read_table
from evalkit.collect.timing import check_dates
from evalkit.collect.workbook_reading import read_workbook
from evalkit.errors import EvalkitError
from evalkit.model.design import Design
from evalkit.model.finding import Finding
from evalkit.model.safe_text import printable

from .filling import PUPILS, TAKEN, date_taken, fill, opened, pupil
from .mutating import (
    Parts,
    flipped,
    mutated_text,
    mutated_tree,
    mutated_workbook,
    parts_of,
    spliced,
    zipped,
)
from .test_tables import LINES, read

WORKBOOKS, OTHERS, MARKED = 320, 120, 24
"""How many of each; counts of thousands were run while this was made."""

_MOST_SECONDS = 10
"""For one file, on a machine that is busy with the other tests."""

soon = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def bases(workbook: bytes) -> tuple[Parts, Parts]:
    """The workbook as evalkit writes it, and filled in and saved by another program."""
    book = opened(workbook)
    fill(book[PUPILS], [pupil(unit=f"p{i}", core__language=30 + i) for i in range(6)])
    date_taken(book, "baseline", TAKEN)
    target = BytesIO()
    book.save(target)
    return parts_of(workbook), parts_of(target.getvalue())


def found_in(delivery: Delivery, design: Design) -> list[Finding]:
    """All that is found in it, which can be shown."""
    found = list(delivery.findings)
    for part, checked in zip(delivery.parts, check_delivery(delivery, design), strict=True):
        found += [*checked.findings, *check_dates(part, design, dt.date(2026, 7, 1))]
    for finding in found:
        shown = f"{finding.place.to('nl')}{finding.wrong.nl}{finding.remedy.en}"
        assert printable(shown) == shown
    return found


def within_time(seeds: Iterable[int], one: Callable[[int], object]) -> None:
    for seed in seeds:
        start = time.process_time()
        try:
            one(seed)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
        assert time.process_time() - start < _MOST_SECONDS, f"seed {seed}"


@pytest.mark.parametrize("block", range(4))
def test_a_damaged_workbook_gives_findings(
    block: int, bases: tuple[Parts, Parts], design: Design, tmp_path: Path
) -> None:
    path = tmp_path / "boek.xlsx"
    outcomes = set()

    def one(seed: int) -> None:
        path.write_bytes(mutated_workbook(bases[seed % 4 > 0], seed))
        delivery = read_workbook(path)
        found = found_in(delivery, design)
        assert found or delivery.parts
        outcomes.add(found[0].code if found else "")

    size = WORKBOOKS // 4
    within_time(range(block * size, (block + 1) * size), one)
    # Not all for one reason: the damage reaches past the door.
    assert len(outcomes) > 3


def test_a_marked_copy_of_a_damaged_workbook(
    bases: tuple[Parts, Parts], design: Design, tmp_path: Path
) -> None:
    path = tmp_path / "boek.xlsx"
    marked = 0

    def one(seed: int) -> None:
        nonlocal marked
        path.write_bytes(mutated_workbook(bases[1], seed))
        found = found_in(read_workbook(path), design)
        meta_of(path)
        with suppress(EvalkitError):
            opened(mark(path, found, "nl")).close()
            marked += 1

    within_time(range(5_000, 5_000 + MARKED), one)
    assert marked


def package(design: Design) -> dict[str, Any]:
    rows = [pupil(unit=f"p{i}") for i in range(4)]
    part = {
        "wave": "baseline", "respondent": "pupil", "grain": "unit",
        "taken_from": "2026-06-10", "taken_to": "2026-06-11", "rows": rows,
    }  # fmt: skip
    return {"project": design.project.id, "design_hash": design.hash, "parts": [part]}


def descriptor(design: Design) -> dict[str, Any]:
    about = {"wave": "baseline", "respondent": "pupil", "grain": "unit"}
    resource = {"name": "a", "path": "a.csv", "taken_from": "2026-06-10", **about}
    return {"project": design.project.id, "design_hash": design.hash, "resources": [resource]}


def test_a_damaged_csv_gives_findings(design: Design, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"

    def one(seed: int) -> None:
        encoding = random.Random(seed).choice(("utf-8", "cp1252", "utf-16"))
        path.write_bytes(mutated_text(LINES.encode(encoding), seed))
        found_in(read(path, design), design)

    within_time(range(OTHERS), one)


def test_a_damaged_package_gives_findings(design: Design, tmp_path: Path) -> None:
    path, whole = tmp_path / "a.json", package(design)

    def one(seed: int) -> None:
        content = json.dumps(mutated_tree(whole, random.Random(seed))).encode()
        path.write_bytes(content if seed % 4 else mutated_text(content, seed))
        found_in(read_package(path), design)

    within_time(range(OTHERS), one)


def test_a_damaged_data_package_gives_findings(design: Design, tmp_path: Path) -> None:
    path, whole = tmp_path / "a.zip", descriptor(design)

    def one(seed: int) -> None:
        content = json.dumps(mutated_tree(whole, random.Random(seed))).encode()
        lines = mutated_text(LINES.encode(), seed) if seed % 2 else LINES.encode()
        zip = zipped({"datapackage.json": content, "a.csv": lines})
        path.write_bytes(zip if seed % 4 else mutated_text(zip, seed))
        found_in(read_data_package(path), design)

    within_time(range(OTHERS), one)


@soon
@given(content=st.binary(max_size=2_000))
@pytest.mark.parametrize("name", ["a.xlsx", "a.csv", "a.json", "a.zip", "datapackage.json"])
def test_no_bytes_at_all_give_a_traceback(
    name: str, content: bytes, design: Design, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    readers = {".xlsx": read_workbook, ".json": read_package, ".zip": read_data_package}
    if name == "datapackage.json":
        delivery = read_data_package(path)
    elif path.suffix == ".csv":
        delivery = read(path, design)
    else:
        delivery = readers[path.suffix](path)
    assert found_in(delivery, design) or delivery.parts


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@soon
@given(rows=st.lists(st.dictionaries(st.sampled_from([*pupil(), "x"]), json_values), max_size=5))
def test_any_values_in_a_package_give_findings(
    rows: list[dict[str, Any]], design: Design, tmp_path: Path
) -> None:
    whole = package(design)
    whole["parts"][0]["rows"] = rows
    path = tmp_path / "a.json"
    path.write_text(json.dumps(whole))
    found_in(read_package(path), design)


EXPORT = {"school": ["05KO"] * 6, "unit": [f"p{i}" for i in range(6)], "taal": range(6)}


def exported(folder: Path, suffix: str) -> bytes:
    import pandas as pd
    import pyreadstat

    path = folder / f"heel{suffix}"
    frame = pd.DataFrame(EXPORT)
    if suffix == ".parquet":
        frame.to_parquet(path)
    else:
        pyreadstat.write_sav(frame, path, variable_value_labels={"taal": {1: "een"}})
    return path.read_bytes()


@pytest.mark.parametrize(("suffix", "count"), [(".parquet", 60), (".sav", 4)])
def test_a_damaged_export_gives_a_finding(suffix: str, count: int, tmp_path: Path) -> None:
    whole, path = exported(tmp_path, suffix), tmp_path / f"a{suffix}"

    def one(seed: int) -> None:
        dice = random.Random(seed)
        path.write_bytes(dice.choice((flipped, spliced))(whole, dice))
        with suppress(EvalkitError):
            read_table(path)

    within_time(range(count), one)


def test_a_parser_that_breaks_down_takes_nothing_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On some damaged files the C library behind it ends its process."""
    path = tmp_path / "a.sav"
    path.write_bytes(exported(tmp_path, ".sav"))
    assert len(read_table(path).frame) == 6
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(EvalkitError) as caught:
        read_table(path)
    assert caught.value.finding.code == "intake.unreadable"
