"""Results come in: stored whole or not at all, once, and never overwritten."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from evalkit.errors import EvalkitError, FindingsError
from evalkit.model.design import Design
from evalkit.model.finding import Finding
from evalkit.model.submission import Submission
from evalkit.model.vocabulary import BaselineStatus, SubmissionStatus
from evalkit.workspace import designs
from evalkit.workspace.intake import Request, collect
from evalkit.workspace.workspace import Workspace

from . import rounds
from .rounds import AFTER, BASELINE, BEFORE, POST, START, codes

MEASURES = ("fonds.absence", "fonds.score")


def refused(workspace: Workspace, request: Request) -> list[Finding]:
    """The errors for which a file is refused; nothing is stored."""
    before = workspace.store.submissions()
    with pytest.raises((FindingsError, EvalkitError)) as caught:
        collect(workspace, request)
    assert workspace.store.submissions() == before
    error = caught.value
    found = error.findings if isinstance(error, FindingsError) else (error.finding,)
    return [f for f in found if f.is_error]


def ids(submissions: Any) -> list[str]:
    return [s.id for s in submissions]


def values(workspace: Workspace, submission: Submission, measure: str) -> list[float]:
    return workspace.store.rows(submission)[measure].tolist()


# Three ways in


def test_a_workbook_of_the_design_comes_back_whole(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    folder = tmp_path / "ontwerp"
    designs.write(workspace, design.project.id, folder)
    rows = rounds.both_waves()
    taken = {"baseline": (BEFORE, dt.date(2025, 8, 29)), "post": AFTER}
    path = rounds.fill(folder / "workbook.xlsx", rows, taken)
    result = collect(workspace, Request(path))
    assert ids(result.stored) == ["units-oost/baseline/pupil/1", "units-oost/post/pupil/1"]
    before, after = result.stored
    assert (before.taken_from, before.taken_to) == (BEFORE, dt.date(2025, 8, 29))
    assert (after.taken_from, after.taken_to) == (AFTER, AFTER)
    assert (before.baseline, after.baseline) == (BaselineStatus.proven, None)
    for submission, key in ((before, BASELINE), (after, POST)):
        assert submission.measures == MEASURES
        assert submission.schools == ("05KO", "12AB01", "27XY")
        assert submission.rows == len(rows[key])
        assert submission.design_hash == design.hash
        assert submission.received == rounds.TODAY
        assert submission.status is SubmissionStatus.accepted
        assert submission.file_name == "ingevuld.xlsx"
        for measure in MEASURES:
            assert values(workspace, submission, measure) == [r[measure] for r in rows[key]]
    assert {f.code for f in result.findings} == {"intake.measure_missing"}
    assert all(f.severity == "warning" for f in result.findings)


def test_csv_and_json_and_workbook_say_the_same(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = rounds.pupils("baseline")
    csv = rounds.csv_of(rows, tmp_path)
    request = Request(csv, project="units-oost", wave="baseline", taken_on=BEFORE)
    (stored,) = collect(workspace, request).stored
    package = rounds.package_of(design, {BASELINE: rows}, {"baseline": BEFORE}, tmp_path)
    again = collect(workspace, Request(package))
    assert (again.stored, codes(again.findings)) == ((), ["intake.same_data"])
    assert stored.id in again.findings[0].wrong.nl
    book = rounds.fill(rounds.workbook_of(design, tmp_path), {BASELINE: rows}, {"baseline": BEFORE})
    again = collect(workspace, Request(book))
    assert (again.stored, codes(again.findings)) == ((), ["intake.same_data"])


def test_a_schools_own_export_is_read_through_a_mapping(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    mapping = rounds.written(
        tmp_path, "mapping.yaml",
        "project: units-oost\nwave: post\nrespondent: pupil\ntaken_on: 2026-06-10\n"
        "columns: {school: Vestiging, class: Groep, unit: Nr, arm: Unit, fonds.score: Cijfer}\n"
        "values: {arm: {'1': intervention, '0': comparison}}\n",
    )  # fmt: skip
    export = rounds.written(
        tmp_path, "export.csv",
        "Vestiging;Groep;Nr;Unit;Cijfer\n05ko;5a;1;1;61,5\n12AB01;5b;2;0;58\n27XY;6;3;0;\n",
    )  # fmt: skip
    (stored,) = collect(workspace, Request(export, mapping=mapping)).stored
    assert (stored.wave, stored.measures) == ("post", ("fonds.score",))
    assert stored.taken_from == AFTER
    rows = workspace.store.rows(stored)
    assert rows["arm"].tolist() == ["intervention", "comparison", "comparison"]
    assert rows["fonds.score"].tolist()[:2] == [61.5, 58.0]


def test_mapping_with_all_errors_at_their_line(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    mapping = rounds.written(tmp_path, "mapping.yaml", "respondent: leerling\ncolums: {}\n")
    export = rounds.written(tmp_path, "export.csv", "a;b\n1;2\n")
    found = refused(workspace, Request(export, mapping=mapping))
    assert {(f.code, f.place.file, f.place.line) for f in found} == {
        ("file.value_choice", "mapping.yaml", 1),
        ("file.key_unknown", "mapping.yaml", 2),
    }


# All or nothing


def test_one_wrong_cell_in_one_wave_stores_nothing_of_either(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = {BASELINE: rounds.pupils("baseline"), POST: rounds.pupils("post")}
    rows[POST][3]["fonds.score"] = "zestig"
    rows[POST][5]["fonds.absence"] = 101
    rows[BASELINE][0]["school"] = "99ZZ"
    book = rounds.fill(
        rounds.workbook_of(design, tmp_path), rows, {"baseline": BEFORE, "post": AFTER}
    )
    found = refused(workspace, Request(book))
    places = {(f.code, f.place.sheet, f.place.row) for f in found}
    assert {code for code, _, _ in places} == {
        "intake.not_a_number", "intake.out_of_bounds", "intake.school_unknown",
    }  # fmt: skip
    assert len({sheet for _, sheet, _ in places}) == 2
    assert all(row for _, _, row in places)
    rows[POST][3]["fonds.score"], rows[POST][5]["fonds.absence"] = 60, 10
    rows[BASELINE][0]["school"] = "05KO"
    book = rounds.fill(
        rounds.workbook_of(design, tmp_path), rows, {"baseline": BEFORE, "post": AFTER}
    )
    assert len(collect(workspace, Request(book)).stored) == 2


def test_a_conflict_in_one_wave_stores_nothing_of_the_other(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, design, {BASELINE: rounds.pupils("baseline")}, tmp_path)
    changed = {BASELINE: rounds.pupils("baseline", seed=2), POST: rounds.pupils("post")}
    path = rounds.package_of(design, changed, {"baseline": BEFORE, "post": AFTER}, tmp_path)
    assert codes(refused(workspace, Request(path))) == ["intake.already_there"]


def test_personal_numbers_never_enter(workspace: Workspace, design: Design, tmp_path: Path) -> None:
    rows = rounds.pupils("post")[:3]
    for row, number in zip(rows, ("111222333", "123456782", "100000009"), strict=True):
        row["unit"] = number
    path = rounds.package_of(design, {POST: rows}, {"post": AFTER}, tmp_path)
    found = refused(workspace, Request(path))
    assert codes(found) == ["intake.personal_number"]
    assert not any("111222333" in text for f in found for text in (f.wrong.nl, f.remedy.nl))
    vault = workspace.path / "vault"
    assert not [p for p in vault.rglob("*") if p.is_file()]


# What the file does not say


def test_a_csv_must_be_told_where_it_belongs(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    csv = rounds.csv_of(rounds.pupils("post"), tmp_path)
    known = {"project": "units-oost", "wave": "post", "taken_on": AFTER}
    expected = {
        "project": "intake.project_needed",
        "wave": "intake.wave_needed",
        "taken_on": "intake.taken_missing",
    }
    for left_out, code in expected.items():
        said = {key: value for key, value in known.items() if key != left_out}
        assert codes(refused(workspace, Request(csv, **said))) == [code]
    assert len(collect(workspace, Request(csv, **known)).stored) == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"project": "west"}, "intake.other_project"),
        ({"wave": "pots"}, "intake.wave_unknown"),
        ({"wave": "post"}, "intake.other_wave"),
        ({"received_on": dt.date(2025, 8, 1)}, "intake.taken_future"),
    ],
)
def test_what_is_said_must_agree_with_the_file(
    workspace: Workspace, design: Design, tmp_path: Path, said: dict[str, Any], code: str
) -> None:
    rows = {BASELINE: rounds.pupils("baseline")}
    path = rounds.package_of(design, rows, {"baseline": BEFORE}, tmp_path)
    assert codes(refused(workspace, Request(path, **said))) == [code]


def test_one_wave_of_a_file_can_be_taken_alone(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    result = rounds.deliver(workspace, design, rounds.both_waves(), tmp_path, wave="post")
    assert ids(result.stored) == ["units-oost/post/pupil/1"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.ods", b"PK", "intake.save_as"),
        ("a", b"x", "intake.unknown_kind"),
        ("a.xlsx", b"geen zip", "intake.unreadable"),
        ("a.xlsx", b"", "intake.unreadable"),
        ("a.json", b"", "intake.unreadable"),
        ("a.json", b"[]", "file.value_type"),
        ("a.json", b"{}", "file.key_missing"),
        ("a.csv", b"", "intake.empty"),
        ("a.csv", b"school,unit,fonds.score\n", "intake.empty"),
        ("a.csv", b"\xff\xfe\x00", "intake.respondent_needed"),
    ],
)
def test_a_file_that_holds_no_results_is_refused(
    workspace: Workspace, design: Design, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    request = Request(path, project="units-oost", wave="post", taken_on=AFTER)
    assert code in codes(refused(workspace, request))


@pytest.mark.parametrize("name", ["niets.xlsx", "."])
def test_what_is_no_file_is_refused(workspace: Workspace, tmp_path: Path, name: str) -> None:
    assert codes(refused(workspace, Request(tmp_path / name))) == ["file.missing"]


def test_an_empty_workbook_is_refused(workspace: Workspace, design: Design, tmp_path: Path) -> None:
    path = rounds.workbook_of(design, tmp_path)
    assert codes(refused(workspace, Request(path))) == ["intake.empty"]


def test_somebody_elses_workbook_is_refused(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "school"
    book.save(tmp_path / "eigen.xlsx")
    assert codes(refused(workspace, Request(tmp_path / "eigen.xlsx"))) == ["intake.not_ours"]


def test_a_workbook_whose_project_was_wiped_out_is_refused(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = {BASELINE: rounds.pupils("baseline")}
    path = rounds.fill(rounds.workbook_of(design, tmp_path), rows, {"baseline": BEFORE})
    book = openpyxl.load_workbook(path)
    for row in book["evalkit"].iter_rows():
        if row[0].value == "project":
            row[1].value = None
    book.save(path)
    assert codes(refused(workspace, Request(path))) == ["intake.not_ours"]


def test_results_need_a_design(workspace: Workspace, tmp_path: Path) -> None:
    path = rounds.written(tmp_path, "project.yaml", rounds.project_text())
    designs.add_project(workspace, path)
    csv = rounds.csv_of(rounds.pupils("post"), tmp_path)
    said = {"project": "units-oost", "wave": "post", "taken_on": AFTER}
    assert codes(refused(workspace, Request(csv, **said))) == ["design.none"]


def test_a_measure_that_is_not_asked_then_is_left_out_with_a_warning(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = [row | {"core.hours": 12} for row in rounds.pupils("baseline")]
    result = rounds.deliver(workspace, design, {BASELINE: rows}, tmp_path)
    assert "intake.column_unknown" in codes(result.findings)
    assert result.stored[0].measures == MEASURES


def test_a_wave_that_is_not_scheduled_is_refused(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = {"follow_up_9|pupil|unit": rounds.pupils("post")}
    path = rounds.package_of(design, rows, {"follow_up_9": AFTER}, tmp_path)
    assert codes(refused(workspace, Request(path))) == ["intake.wave_unknown"]


# The same again


def test_the_same_package_again_is_recognised_and_needs_no_reason(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    first = rounds.deliver(workspace, design, rounds.both_waves(), tmp_path)
    for _ in range(2):
        again = rounds.deliver(workspace, design, rounds.both_waves(), tmp_path)
        assert again.stored == ()
        assert codes(again.findings) == ["intake.same_data"] * 2
    assert workspace.store.submissions() == first.stored


def test_a_workbook_that_was_only_saved_again_is_recognised(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = {BASELINE: rounds.pupils("baseline")}
    path = rounds.fill(rounds.workbook_of(design, tmp_path), rows, {"baseline": BEFORE})
    collect(workspace, Request(path))
    book = openpyxl.load_workbook(path)
    book.properties.creator = "Een ander programma"
    book.save(tmp_path / "opnieuw.xlsx")
    assert (tmp_path / "opnieuw.xlsx").read_bytes() != path.read_bytes()
    again = collect(workspace, Request(tmp_path / "opnieuw.xlsx"))
    assert (again.stored, codes(again.findings)) == ((), ["intake.same_data"])


def test_a_workbook_that_was_filled_in_further_adds_only_what_is_new(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    empty = rounds.workbook_of(design, tmp_path)
    first = rounds.fill(
        empty, {BASELINE: rounds.pupils("baseline")}, {"baseline": BEFORE}, "een.xlsx"
    )
    (baseline,) = collect(workspace, Request(first)).stored
    second = rounds.fill(
        empty, rounds.both_waves(), {"baseline": BEFORE, "post": AFTER}, "twee.xlsx"
    )
    result = collect(workspace, Request(second))
    assert ids(result.stored) == ["units-oost/post/pupil/1"]
    assert codes(result.findings).count("intake.same_data") == 1
    assert "intake.already_there" not in codes(result.findings)
    kept = workspace.store.submissions(wave="baseline")
    assert kept == (baseline,)


def test_rows_without_any_value_are_recognised_again(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = {POST: rounds.pupils("post", measures=())}
    first = rounds.deliver(workspace, design, rows, tmp_path)
    assert first.stored[0].measures == ()
    again = rounds.deliver(workspace, design, rows, tmp_path)
    assert (again.stored, codes(again.findings)) == ((), ["intake.same_data"])
    filled = rounds.deliver(workspace, design, {POST: rounds.pupils("post")}, tmp_path)
    assert filled.stored[0].measures == MEASURES


# Corrections


def corrected(seed: int = 1, **changes: Any) -> list[dict[str, Any]]:
    rows = rounds.pupils("baseline", seed=seed)
    rows[0] |= changes or {"fonds.score": 77}
    return rows


def test_other_data_need_a_reason(workspace: Workspace, design: Design, tmp_path: Path) -> None:
    rounds.deliver(workspace, design, {BASELINE: rounds.pupils("baseline")}, tmp_path)
    path = rounds.package_of(design, {BASELINE: corrected()}, {"baseline": BEFORE}, tmp_path)
    found = refused(workspace, Request(path))
    assert codes(found) == ["intake.already_there"]
    assert "units-oost/baseline/pupil/1" in found[0].wrong.nl
    later = rounds.package_of(
        design, {BASELINE: rounds.pupils("baseline")}, {"baseline": dt.date(2025, 8, 21)}, tmp_path
    )
    assert codes(refused(workspace, Request(later))) == ["intake.already_there"]


def test_a_correction_with_a_reason_supersedes_and_both_remain(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = rounds.pupils("baseline")
    (first,) = rounds.deliver(workspace, design, {BASELINE: rows}, tmp_path).stored
    result = rounds.deliver(
        workspace, design, {BASELINE: corrected()}, tmp_path, reason="Typefout bij leerling i0"
    )
    (second,) = result.stored
    assert second.supersedes == (first.id,)
    assert second.reason == "Typefout bij leerling i0"
    old, new = workspace.store.submissions()
    assert (old.id, old.status) == (first.id, SubmissionStatus.superseded)
    assert (new.id, new.status) == (second.id, SubmissionStatus.accepted)
    assert values(workspace, old, "fonds.score") == [row["fonds.score"] for row in rows]
    assert values(workspace, new, "fonds.score")[0] == 77
    assert workspace.store.submissions(accepted_only=True) == (new,)
    # The correction itself again is recognised; going back to the first is a correction too.
    again = rounds.deliver(workspace, design, {BASELINE: corrected()}, tmp_path)
    assert codes(again.findings) == ["intake.same_data"]
    path = rounds.package_of(design, {BASELINE: rows}, {"baseline": BEFORE}, tmp_path)
    assert codes(refused(workspace, Request(path))) == ["intake.already_there"]


def test_a_reason_without_anything_to_correct_is_not_kept(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = {BASELINE: rounds.pupils("baseline")}
    (first,) = rounds.deliver(workspace, design, rows, tmp_path, reason="zomaar").stored
    assert (first.supersedes, first.reason) == ((), None)


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ({"schools": {"05KO": "intervention"}}, ["12AB01", "27XY"]),
        ({"measures": ("fonds.score",)}, ["fonds.absence"]),
        (
            {"schools": {"05KO": "intervention"}, "measures": ("fonds.score",)},
            ["12AB01", "27XY", "fonds.absence"],
        ),
    ],
)
def test_an_incomplete_correction_is_refused_naming_what_is_missing(
    workspace: Workspace, design: Design, tmp_path: Path, options: Any, missing: list[str]
) -> None:
    rounds.deliver(workspace, design, {BASELINE: rounds.pupils("baseline")}, tmp_path)
    rows = {BASELINE: rounds.pupils("baseline", seed=9, **options)}
    path = rounds.package_of(design, rows, {"baseline": BEFORE}, tmp_path)
    found = refused(workspace, Request(path, reason="Nieuwe gegevens"))
    assert codes(found) == ["intake.correction_incomplete"]
    for name in ("05KO", "12AB01", "27XY", "fonds.absence", "fonds.score"):
        assert (name in found[0].wrong.en) == (name in missing)


def test_a_correction_may_replace_two_deliveries_at_once(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    for school in list(rounds.THREE_SCHOOLS.items())[:2]:
        rows = {BASELINE: rounds.pupils("baseline", schools=dict([school]))}
        rounds.deliver(workspace, design, rows, tmp_path)
    (one,) = rounds.deliver(
        workspace, design, {BASELINE: corrected()}, tmp_path, reason="Alles opnieuw"
    ).stored
    assert one.supersedes == ("units-oost/baseline/pupil/1", "units-oost/baseline/pupil/2")
    assert workspace.store.submissions(accepted_only=True) == (one,)


# Baselines


@pytest.mark.parametrize(
    ("day", "status", "code"),
    [
        (dt.date(2025, 8, 29), BaselineStatus.proven, None),  # the Friday before
        (START, BaselineStatus.late, "intake.baseline_late"),
        (dt.date(2025, 9, 30), BaselineStatus.late, "intake.baseline_late"),
        (dt.date(2025, 3, 1), BaselineStatus.proven, "intake.taken_outside"),
    ],
)
def test_a_baseline_is_one_if_it_was_taken_before_the_start(
    workspace: Workspace, design: Design, tmp_path: Path,
    day: dt.date, status: BaselineStatus, code: str | None,
) -> None:  # fmt: skip
    result = rounds.deliver(
        workspace, design, {BASELINE: rounds.pupils("baseline")}, tmp_path, {"baseline": day}
    )
    (stored,) = result.stored
    assert stored.baseline is status
    about_dates = {"intake.baseline_late", "intake.taken_outside"} & set(codes(result.findings))
    assert about_dates == ({code} if code else set())
    assert about_dates <= set(codes(stored.findings))  # The warning stays beside the data.


def test_a_baseline_that_ran_into_the_project_is_late(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = {BASELINE: rounds.pupils("baseline")}
    book = rounds.fill(
        rounds.workbook_of(design, tmp_path), rows, {"baseline": (BEFORE, dt.date(2025, 9, 2))}
    )
    (stored,) = collect(workspace, Request(book)).stored
    assert stored.baseline is BaselineStatus.late


def test_dates_the_wrong_way_round_are_refused(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = {BASELINE: rounds.pupils("baseline")}
    book = rounds.fill(
        rounds.workbook_of(design, tmp_path), rows, {"baseline": (BEFORE, dt.date(2025, 8, 1))}
    )
    assert codes(refused(workspace, Request(book))) == ["intake.taken_reversed"]


# Separate deliveries


def test_schools_and_measures_may_come_separately(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    for school in rounds.THREE_SCHOOLS.items():
        rows = {POST: rounds.pupils("post", schools=dict([school]), measures=("fonds.score",))}
        rounds.deliver(workspace, design, rows, tmp_path)
    rows = {POST: rounds.pupils("post", measures=("fonds.absence",))}
    rounds.deliver(workspace, design, rows, tmp_path)
    kept = workspace.store.submissions(accepted_only=True)
    assert ids(kept) == [f"units-oost/post/pupil/{n}" for n in (1, 2, 3, 4)]
    assert [(s.schools, s.measures) for s in kept] == [
        (("05KO",), ("fonds.score",)),
        (("12AB01",), ("fonds.score",)),
        (("27XY",), ("fonds.score",)),
        (("05KO", "12AB01", "27XY"), ("fonds.absence",)),
    ]


# Designs that change


def test_data_stay_under_the_design_they_were_collected_under(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    old_book = rounds.workbook_of(design, tmp_path)
    rounds.deliver(workspace, design, {BASELINE: rounds.pupils("baseline")}, tmp_path)
    newer = rounds.designed(
        workspace, tmp_path, rounds.project_text(more="features: {unit_size: 80}")
    )
    (baseline,) = workspace.store.submissions()
    assert baseline.design_hash == design.hash
    # The old workbook may still come in; the remark stays beside the data.
    path = rounds.fill(old_book, {POST: rounds.pupils("post")}, {"post": AFTER})
    result = collect(workspace, Request(path))
    assert result.stored[0].design_hash == design.hash
    assert codes(result.findings)[0] == "intake.design_older"
    assert "intake.design_older" in codes(result.stored[0].findings)
    assert result.findings[0].severity == "warning"
    # What comes in a file without a design's name was collected under the current one.
    csv = rounds.csv_of([{"school": "05KO", "arm": "intervention", "core.reach": 80}], tmp_path)
    said = {"project": "units-oost", "wave": "post", "taken_on": AFTER}
    assert collect(workspace, Request(csv, **said)).stored[0].design_hash == newer.hash


def test_a_design_this_workspace_does_not_know_is_refused(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    strange = design.model_copy(update={"hash": "f" * 64})
    rows = {BASELINE: rounds.pupils("baseline")}
    path = rounds.package_of(strange, rows, {"baseline": BEFORE}, tmp_path)
    assert codes(refused(workspace, Request(path))) == ["intake.design_unknown"]
    other = rounds.designed(workspace, tmp_path, rounds.project_text("units-west"))
    borrowed = design.model_copy(update={"hash": other.hash})
    path = rounds.package_of(borrowed, rows, {"baseline": BEFORE}, tmp_path)
    assert codes(refused(workspace, Request(path))) == ["intake.design_unknown"]


def test_the_file_itself_is_not_kept(workspace: Workspace, design: Design, tmp_path: Path) -> None:
    rows = [row | {"hobby": "Jansen en Jansen lezen"} for row in rounds.pupils("post")]
    rounds.deliver(workspace, design, {POST: rows}, tmp_path)
    for path in workspace.path.rglob("*"):
        if path.is_file():
            assert b"Jansen" not in path.read_bytes()
