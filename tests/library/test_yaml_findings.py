"""Every wrong file gives all its findings at once, each with line, key and code."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from evalkit.errors import EvalkitError, FindingsError
from evalkit.library.yaml_file import YamlSource, parse_model, read_model
from evalkit.model.cycle import Cycle
from evalkit.model.project import Project
from evalkit.model.protocol import Protocol

HEAD = """\
id: fund
version: "1.0"
title: {nl: Regeling, en: Scheme}
description: {nl: Voor scholen, en: For schools}
extends: basisset
"""

WRONG: dict[str, tuple[str, list[tuple[str, int | None, str | None]]]] = {
    "empty": ("", [("file.not_a_mapping", 1, None)]),
    "a list": ("- a\n- b\n", [("file.not_a_mapping", 1, None)]),
    "open bracket": ("id: [a\nversion: 1\n", [("file.yaml", 2, None)]),
    "tab": ("\tid: a\n", [("file.yaml", 1, None)]),
    "two documents": (HEAD + "---\nid: b\n", [("file.yaml", 6, None)]),
    "control character": ("id: a\ntitle: \x07\n", [("file.yaml", 2, None)]),
    "impossible date": (
        HEAD + "valid_from: 2026-02-30\ncolour: red\n",
        [("file.no_such_day", 6, "valid_from"), ("file.key_unknown", 7, "colour")],
    ),
    "tag that does not fit": (HEAD + 'x: !!bool "perhaps"\n', [("file.yaml", 6, None)]),
    "tag of Python": ("id: !!python/name:os.system\n", [("file.yaml", 1, None)]),
    "refers to itself": ("id: &a [*a]\n", [("file.yaml", None, None)]),
    "nested without end": ("[" * 2000, [("file.yaml", None, None)]),
    "list as key": ("? [a]\n: b\n", [("file.yaml", 1, None)]),
    "key twice": (HEAD + "id: again\n", [("file.duplicate_key", 6, "id")]),
    "key twice, deep": (
        HEAD + "privacy:\n  suppression_threshold: 5\n  suppression_threshold: 9\n",
        [("file.duplicate_key", 8, "suppression_threshold")],
    ),
    "unknown key": (HEAD + "colour: red\n", [("file.key_unknown", 6, "colour")]),
    "unknown key, deep": (
        HEAD + "cadence:\n  cycles_per_year: 2\n  per_month: 1\n",
        [("file.key_unknown", 8, "cadence.per_month")],
    ),
    "version is a number": (
        HEAD.replace('"1.0"', "1.0"),
        [("file.value_type", 2, "version")],
    ),
    "text in one language": (
        HEAD.replace(", en: Scheme", ""),
        [("file.key_missing", 3, "title.en")],
    ),
    "empty text": (
        HEAD.replace("nl: Regeling", "nl: ' '"),
        [("file.value_type", 3, "title.nl")],
    ),
    "text instead of two": (
        HEAD.replace("{nl: Regeling, en: Scheme}", "Regeling"),
        [("file.value_type", 3, "title")],
    ),
    "upper case id": (HEAD.replace("id: fund", "id: Fund"), [("file.value_type", 1, "id")]),
    "unknown choice": (HEAD + "variant: huge\n", [("file.value_choice", 6, "variant")]),
    "below the lowest": (
        HEAD + "privacy: {suppression_threshold: 1}\n",
        [("file.value_type", 6, "privacy.suppression_threshold")],
    ),
    "no number": (
        HEAD + "analysis:\n  icc_attitude: .nan\n",
        [("file.value_type", 7, "analysis.icc_attitude")],
    ),
    "wave closes before it opens": (
        HEAD
        + dedent("""\
            waves:
              - id: halfway
                kind: interim
                label: {nl: tussenmeting, en: interim measurement}
                opens: {anchor: start, days: 200}
                closes: {anchor: start, days: 100}
            """),
        [("model.window", 7, "waves[0]")],
    ),
    "many things at once": (
        dedent("""\
            id: fund
            title: {nl: Regeling}
            description: {nl: Voor scholen, en: For schools}
            extends: basisset
            variant: huge
            requires:
              - measure: core.workload
                waves: [baseline, post]
              - measure: workload
                waves: post
            cadence:
              cycles_per_year: often
            colour: red
            """),
        [
            ("file.key_missing", 1, "version"),
            ("file.key_missing", 2, "title.en"),
            ("file.value_choice", 5, "variant"),
            ("file.value_type", 9, "requires[1].measure"),
            ("file.value_type", 10, "requires[1].waves"),
            ("file.value_type", 12, "cadence.cycles_per_year"),
            ("file.key_unknown", 13, "colour"),
        ],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_file_gives_all_findings_with_their_place(name: str) -> None:
    text, expected = WRONG[name]
    model, findings = parse_model(text, Protocol, "fund.yaml")
    assert model is None
    found = [(f.code, f.place.line, f.place.key) for f in findings]
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert all(f.place.file == "fund.yaml" for f in findings)
    assert all(f.is_error for f in findings)


def test_a_right_file_gives_the_model_and_no_finding() -> None:
    model, findings = parse_model(HEAD, Protocol, "fund.yaml")
    assert findings == ()
    assert model is not None
    assert model.id == "fund"


def test_an_unknown_key_gets_the_nearest_known_key_first() -> None:
    _, findings = parse_model(HEAD + "extend: basisset\n", Protocol, "fund.yaml")
    assert "Possible here: extends (did you mean this?)," in findings[0].remedy.en


def test_findings_of_a_project_name_the_cross_check_that_failed() -> None:
    text = dedent("""\
        id: school-1
        title: Units
        protocol: basisset
        type: iio.slimfit
        sector: po
        nature: renewal
        board: "1234"
        start: 2026-08-01
        end: 2026-02-30
        arms: [{role: intervention, label: units}]
        comparison: single_group
        schools: [{brin: 00A}]
        """)
    _, findings = parse_model(text, Project, "project.yaml")
    assert [(f.code, f.place.line, f.place.key) for f in findings] == [
        ("model.board", 7, "board"),
        ("file.no_such_day", 9, "end"),  # a day that does not exist
        ("model.brin", 12, "schools[0].brin"),
    ]


def test_read_model_raises_with_all_findings(tmp_path: Path) -> None:
    path = tmp_path / "cycle.yaml"
    path.write_text("number: one\n", encoding="utf-8")
    with pytest.raises(FindingsError) as caught:
        read_model(path, Cycle)
    assert {f.place.file for f in caught.value.findings} == {"cycle.yaml"}
    assert len(caught.value.findings) > 1


def test_a_file_that_is_not_there_or_not_text_is_one_plain_problem(tmp_path: Path) -> None:
    with pytest.raises(EvalkitError) as missing:
        read_model(tmp_path / "none.yaml", Protocol)
    assert missing.value.finding.code == "file.missing"
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EvalkitError) as unreadable:
        read_model(binary, Protocol)
    assert unreadable.value.finding.code == "file.unreadable"
    assert "codec" not in unreadable.value.finding.wrong.nl
    assert "geen tekst in UTF-8" in unreadable.value.finding.wrong.nl
    with pytest.raises(EvalkitError) as folder:
        read_model(tmp_path, Protocol)
    assert "het is een map" in folder.value.finding.wrong.nl


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(4 * 10**9)  # Takes no room on the disk.
    with pytest.raises(EvalkitError) as caught:
        read_model(path, Protocol)
    assert caught.value.finding.code == "file.too_large"


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "fund.yaml"
    path.write_text(HEAD, encoding="utf-8-sig")
    assert read_model(path, Protocol).id == "fund"


def test_the_place_of_a_key_that_is_not_there_is_that_of_the_key_above() -> None:
    source, _ = YamlSource.parse(HEAD + "privacy:\n  suppression_threshold: 5\n", "f.yaml")
    assert source is not None
    assert source.place(("privacy", "other", 3)).line == 6
    assert source.place(("nowhere",)).line == 1


def test_what_is_missing_is_told_in_dutch_without_english() -> None:
    _, findings = parse_model("id: school-1\ntitle: Units\n", Project, "project.yaml")
    [start] = [f for f in findings if f.place.key == "start"]
    assert start.remedy.en == "Add: start — First day of the subsidised activities."
    assert start.remedy.nl == "Voeg toe: start — wat daar hoort, staat in docs/files.md"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("2026-02-30", "that month has 28 days"),
        ("2028-02-30", "that month has 29 days"),
        ("2026-13-01", "there are twelve months"),
        ("2026-00-10", "there are twelve months"),
        ("2026-04-00", "that month has 30 days"),
    ],
)
def test_a_day_that_does_not_exist_is_told_why(value: str, why: str) -> None:
    _, findings = parse_model(HEAD + f"valid_from: {value}\n", Protocol, "fund.yaml")
    [found] = findings
    assert found.code == "file.no_such_day"
    assert why in found.wrong.en


def test_a_problem_of_yaml_that_is_rare_is_told_around_the_words_of_its_reader() -> None:
    [found] = parse_model("id: *nowhere\n", Protocol, "fund.yaml")[1]
    assert found.wrong.nl != found.wrong.en
    assert "de lezer meldt" in found.wrong.nl
