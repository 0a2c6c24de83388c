"""A delivery as a data package, loose and zipped; and the package evalkit writes itself."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import frictionless
import pytest

from evalkit.collect.checks import check_delivery
from evalkit.collect.data_package import read_data_package, write_data_package
from evalkit.collect.delivery import Delivery
from evalkit.collect.package import read_package
from evalkit.model.design import Design

from .filling import pupil

RESOURCE: dict[str, Any] = {
    "name": "leerlingen", "path": "data/leerlingen.csv", "wave": "baseline",
    "respondent": "pupil", "grain": "unit", "taken_from": "2026-06-10",
}  # fmt: skip


def described(design: Design, **change: Any) -> dict[str, Any]:
    return {
        "name": "slimfit", "project": design.project.id, "design_hash": design.hash,
        "resources": [RESOURCE | change],
    }  # fmt: skip


def csv(*rows: dict[str, Any]) -> str:
    names = list(rows[0])
    lines = [";".join(names), *(";".join(str(row[n]) for n in names) for row in rows)]
    return "\n".join(lines)


def loose(folder: Path, package: Any, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    path = folder / "datapackage.json"
    path.write_text(json.dumps(package), "utf-8")
    return path


def zipped(folder: Path, package: Any, files: dict[str, str]) -> Path:
    path = folder / "levering.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("levering/datapackage.json", json.dumps(package))
        for name, text in files.items():
            archive.writestr(f"levering/{name}", text)
    return path


both = pytest.mark.parametrize("packed", [loose, zipped], ids=["loose", "zipped"])
Packed = Callable[[Path, Any, dict[str, str]], Path]


def codes(delivery: Delivery) -> list[str]:
    return [finding.code for finding in delivery.findings]


@both
def test_its_rows_are_read_and_a_wrong_cell_is_found(
    design: Design, tmp_path: Path, packed: Packed
) -> None:
    rows = (pupil(), pupil(unit="p2", core__language=99))
    names = [{k.replace("__", "."): v for k, v in row.items()} for row in rows]
    path = packed(tmp_path, described(design), {"data/leerlingen.csv": csv(*names)})
    delivery = read_data_package(path)
    assert (delivery.project, delivery.design_hash, codes(delivery)) == (
        design.project.id, design.hash, [],
    )  # fmt: skip
    assert str(delivery.parts[0].taken_from) == "2026-06-10"
    (finding,) = check_delivery(delivery, design)[0].findings
    assert (finding.code, finding.place.file, finding.place.row) == (
        "intake.out_of_bounds", "data/leerlingen.csv", 3,
    )  # fmt: skip


@both
@pytest.mark.parametrize(
    "path", ["../buiten.csv", "/etc/hostname", "C:\\x.csv", "file:///x.csv", "..\\x.csv"]
)
def test_nothing_outside_the_package_is_read(
    design: Design, tmp_path: Path, packed: Packed, path: str
) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "buiten.csv").write_text(csv(pupil()), "utf-8")
    delivery = read_data_package(packed(inside, described(design, path=path), {}))
    assert codes(delivery) == ["intake.resource_outside"]
    assert delivery.parts == ()


def test_a_link_that_leads_out_is_not_followed(design: Design, tmp_path: Path) -> None:
    (tmp_path / "buiten.csv").write_text(csv(pupil()), "utf-8")
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "link.csv").symlink_to(tmp_path / "buiten.csv")
    delivery = read_data_package(loose(inside, described(design, path="link.csv"), {}))
    assert codes(delivery) == ["intake.resource_outside"]


@both
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"path": "weg.csv"}, ["file.missing"]),
        ({"path": None}, ["file.key_missing"]),
        ({"wave": None, "respondent": None}, ["file.key_missing", "file.key_missing"]),
        ({"respondent": "buurman"}, ["file.value_choice"]),
        ({"grain": "fijn"}, ["file.value_choice"]),
    ],
)
def test_what_is_wrong_in_the_descriptor_is_said(
    design: Design, tmp_path: Path, packed: Packed, change: dict[str, Any], expected: list[str]
) -> None:
    delivery = read_data_package(packed(tmp_path, described(design, **change), {}))
    assert codes(delivery) == expected


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ([], "file.value_type"),
        ({"project": "x", "design_hash": "y"}, "file.value_type"),
        ({"project": "x", "design_hash": "y", "resources": [3]}, "file.value_type"),
        ({"resources": [RESOURCE]}, "file.key_missing"),
    ],
)
def test_what_is_no_package_is_said(tmp_path: Path, package: Any, expected: str) -> None:
    assert expected in codes(read_data_package(loose(tmp_path, package, {})))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04onzin", b"geen zip"])
def test_what_is_no_zip_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    assert codes(read_data_package(path)) == ["intake.unreadable"]


def test_a_package_written_is_valid_and_read_back_the_same(design: Design, tmp_path: Path) -> None:
    raw = {
        "project": design.project.id, "design_hash": design.hash,
        "parts": [{"wave": "baseline", "respondent": "pupil", "taken_from": "2026-06-10",
                   "rows": [pupil(), pupil(unit="p2")]}],
    }  # fmt: skip
    (tmp_path / "pakket.json").write_text(json.dumps(raw), "utf-8")
    delivered = read_package(tmp_path / "pakket.json")
    first = check_delivery(delivered, design)[0]
    parts = [replace(delivered.parts[0], frame=first.frame)]
    for name, content in write_data_package(design, parts, licence="geen").items():
        (tmp_path / name).write_bytes(content)
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])
    again = read_data_package(tmp_path / "datapackage.json")
    assert codes(again) == []
    second = check_delivery(again, design)[0]
    assert second.frame.equals(first.frame)
