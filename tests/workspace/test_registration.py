"""Designs that are registered, amended with a reason, and held against what came in."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import EvalkitError, FindingsError
from evalkit.model.design import Design
from evalkit.model.hashing import stored_hash
from evalkit.model.registration import RegisteredRow
from evalkit.model.synthesis import Synthesis
from evalkit.plugin.registry import Registry, Source, load_plugins
from evalkit.workspace import designs, portfolio, registrations
from evalkit.workspace.registrations import Registered, compare, find, versions
from evalkit.workspace.synthesis import synthesize, write
from evalkit.workspace.workspace import Workspace

from . import rounds
from .rounds import BASELINE, POST, START

SCORE, ABSENCE, CLIMATE = "fonds.score", "fonds.absence", "fonds.climate"
LATER = START + dt.timedelta(days=14)
EARLY = dt.date(2025, 6, 2)
PREDICTED = 'predictions: [{text: "Beter.", measure: fonds.score, direction: higher}]'


def registered(workspace: Workspace, reason: str | None = None) -> Registered:
    return registrations.register(workspace, "units-oost", reason)


def changed(workspace: Workspace, folder: Path, **options: Any) -> Design:
    return rounds.designed(workspace, folder, rounds.project_text(**options))


def predicting(text: str = PREDICTED, **options: Any) -> str:
    return re.sub(r"(?m)^predictions:.*(\n(?: +|-).*)*$", text, rounds.project_text(**options))


def newer_protocol(workspace: Workspace, folder: Path, *replace: tuple[str, str]) -> None:
    """The fund brings out version 1.1 of its protocol."""
    text = rounds.PROTOCOL.replace('version: "1.0"\nextends', 'version: "1.1"\nextends')
    for old, new in replace:
        assert text.count(old) == 1
        text = text.replace(old, new)
    rounds.add_protocol(workspace, folder, text)


WITHOUT_ABSENCE = ("  - {measure: fonds.absence, waves: [baseline, post]}\n", "")


# Registering


def test_registering_freezes_the_design_with_its_day_and_plugins(
    workspace: Workspace, design: Design
) -> None:
    done = registered(workspace)
    assert done.new
    assert (done.registration.version, done.registration.reason) == (1, None)
    assert done.registration.design_hash == design.hash
    assert done.registration.date == rounds.TODAY
    assert done.registration.plugins == design.plugins
    again = registered(workspace, "Zomaar")
    assert (again.new, again.registration) == (False, done.registration)
    assert workspace.store.registrations("units-oost") == (done.registration,)


def test_a_changed_design_needs_a_reason_and_without_one_nothing_happens(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    registered(workspace)
    text = rounds.written(tmp_path, "nieuw.yaml", rounds.project_text(start=LATER))
    designs.add_project(workspace, text)
    for reason in (None, "", "  "):
        with pytest.raises(FindingsError) as caught:
            registrations.write_and_register(workspace, "units-oost", tmp_path / "b", reason)
        (wrong,) = caught.value.findings
        assert wrong.code == "design.reason_needed"
        assert "start van het project 01-09-2025 → 15-09-2025" in wrong.wrong.nl
        assert "start of the project 2025-09-01 → 2025-09-15" in wrong.wrong.en
    assert not (tmp_path / "b").exists()
    current = workspace.store.current_design("units-oost")
    assert current is not None
    assert current.hash == design.hash
    assert len(workspace.store.registrations("units-oost")) == 1

    done = registered(workspace, "De verbouwing liep uit.")
    assert (done.new, done.registration.version) == (True, 2)
    assert done.registration.reason == "De verbouwing liep uit."
    assert [len(v.registrations) for v in versions(workspace, "units-oost")] == [1, 1]


def test_going_back_to_an_earlier_design_is_an_amendment_too(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    registered(workspace)
    changed(workspace, tmp_path, start=LATER)
    registered(workspace, "Later.")
    changed(workspace, tmp_path)
    third = registered(workspace, "Toch niet later.").registration
    assert (third.version, third.design_hash) == (3, design.hash)
    (first, second) = versions(workspace, "units-oost")
    assert [r.version for r in first.registrations] == [1, 3]
    assert (first.current, second.current) == (True, False)


def test_a_registration_that_comes_late_says_so(workspace: Workspace, design: Design) -> None:
    done = registered(workspace)
    assert rounds.codes(done.findings) == ["design.registered_after_start"]


def test_an_amendment_after_the_start_says_so_too(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    workspace.today = START - dt.timedelta(days=1)
    assert registered(workspace).findings == ()
    workspace.today = START + dt.timedelta(days=3)
    text = rounds.project_text().replace("breed team.", "breed team in elke bouw.", 1)
    rounds.designed(workspace, tmp_path, text)
    amended = registered(workspace, "Beter beschreven.")
    assert [(f.code, f.severity) for f in amended.findings] == [
        ("design.registered_after_start", "warning")
    ]


def test_predictions_registered_after_the_data_reach_no_test(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    parts = {BASELINE: rounds.pupils("baseline"), POST: rounds.pupils("post")}
    workspace.today = design.wave("post").closes
    rounds.deliver(workspace, design, parts, tmp_path)
    assert all("reached.4.registered" not in r.rung_limits for r in synthesize(workspace).effects)
    workspace.today += dt.timedelta(days=1)
    registered(workspace)
    late = synthesize(workspace).effects
    assert late
    assert all("reached.4.registered" in row.rung_limits for row in late)


def test_a_registration_after_the_data_says_so(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, design, {BASELINE: rounds.pupils("baseline")}, tmp_path)
    done = registered(workspace)
    assert rounds.codes(done.findings) == ["design.registered_after_data"]
    rows = synthesize(workspace).registered
    (row,) = (r for r in rows if (r.measure, r.wave) == (SCORE, "baseline"))
    assert (row.status, row.detail) == ("reported", None)  # on the very day


# Finding and comparing


def test_a_design_is_found_by_project_version_hash_and_file(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    registrations.write_and_register(workspace, "units-oost", tmp_path / "uit")
    later = changed(workspace, tmp_path, start=LATER)
    file = str(tmp_path / "uit" / "design.json")
    for what, hash in (
        ("units-oost", later.hash),
        ("units-oost@1", design.hash),
        (design.hash, design.hash),
        (later.hash[:12], later.hash),
        (file, design.hash),
    ):
        assert find(workspace, what).hash == hash
    found = compare(workspace, "units-oost@1", "units-oost")
    assert (found.before.hash, found.after.hash) == (design.hash, later.hash)
    assert found.changes
    assert compare(workspace, file, design.hash[:8]).changes == ()


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("west", "design.unknown"),
        ("ffffff", "design.unknown"),
        ("f" * 70, "design.unknown"),
        ("", "design.unknown"),
        ("abc", "design.hash_short"),
        ("units-oost@1", "design.version_unknown"),
        ("units-oost@", "design.version_unknown"),
        ("units-oost@een", "design.version_unknown"),
        ("west@1", "project.unknown"),
        ("weg.json", "file.missing"),
    ],
)
def test_what_is_no_design_is_said(
    workspace: Workspace, design: Design, what: str, code: str
) -> None:
    with pytest.raises(EvalkitError) as caught:
        find(workspace, what)
    assert caught.value.finding.code == code


@pytest.mark.parametrize("content", ["", "{", "[]", '{"hash": "x"}', "null"])
def test_a_file_that_is_no_design_is_said(
    workspace: Workspace, tmp_path: Path, content: str
) -> None:
    path = rounds.written(tmp_path, "vreemd.json", content)
    with pytest.raises(EvalkitError) as caught:
        find(workspace, str(path))
    assert caught.value.finding.code == "design.unreadable"
    said = caught.value.finding.wrong
    for words in (said.nl.split(), said.en.split()):
        assert not {"Field", "Invalid", "Input", "EOF"} & set(words)
    assert said.nl != said.en


def test_a_start_that_several_designs_share_is_ambiguous(
    workspace: Workspace, design: Design
) -> None:
    twin = design.model_copy(update={"hash": design.hash[:10] + "0" * 54})
    workspace.store.save_design(twin)
    with pytest.raises(EvalkitError) as caught:
        find(workspace, design.hash[:6])
    assert caught.value.finding.code == "design.ambiguous"
    assert design.hash[:12] in caught.value.finding.wrong.nl


# Content that was changed behind the hash


def test_an_edited_file_of_a_design_is_refused_and_a_whole_one_read(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    text = design.model_dump_json(indent=2)
    whole = rounds.written(tmp_path, "heel.json", text)
    assert find(workspace, str(whole)) == design
    old = f'"title":{json.dumps(design.project.title, ensure_ascii=False)}'.replace(":", ": ")
    assert old in text
    edited = rounds.written(tmp_path, "bewerkt.json", text.replace(old, '"title": "Mooier"', 1))
    with pytest.raises(EvalkitError) as caught:
        find(workspace, str(edited))
    assert caught.value.finding.code == "design.tampered"
    assert caught.value.finding.place.file == "bewerkt.json"


def test_a_file_of_an_earlier_evalkit_keeps_its_hash(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    """It lacks fields that were added since, so that the model writes it otherwise."""
    content = design.model_dump(mode="json")
    del content["holidays_until"]
    content["hash"] = stored_hash(content)
    path = rounds.written(tmp_path, "oud.json", json.dumps(content))
    assert find(workspace, str(path)).hash == content["hash"]


def test_a_design_that_was_edited_in_the_store_is_not_shown(
    workspace: Workspace, design: Design
) -> None:
    registered(workspace)
    with sqlite3.connect(workspace.path / "evalkit.sqlite") as database:
        database.execute("UPDATE design SET content = replace(content, ?, 'Mooier')",
                         (design.project.title,))  # fmt: skip
    database.close()
    for load in (
        lambda: find(workspace, "units-oost@1"),
        lambda: find(workspace, design.hash),
        lambda: compare(workspace, "units-oost", "units-oost@1"),
        lambda: synthesize(workspace),
    ):
        with pytest.raises(EvalkitError) as caught:
            load()
        assert caught.value.finding.code == "design.altered"
        assert design.hash[:12] in caught.value.finding.wrong.nl


# Amendments


def test_a_start_moved_past_an_accepted_baseline_is_remarked(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    data = {BASELINE: rounds.pupils("baseline")}
    rounds.deliver(workspace, design, data, tmp_path, {"baseline": START})  # late
    moved = changed(workspace, tmp_path, start=LATER)
    assert "design.baseline_moved" in rounds.codes(moved.findings)
    (submission,) = workspace.store.submissions("units-oost")
    assert (submission.baseline, submission.design_hash) == ("late", design.hash)


def test_a_start_that_stays_on_one_side_of_the_baseline_is_not(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, design, {BASELINE: rounds.pupils("baseline")}, tmp_path)
    moved = changed(workspace, tmp_path, start=LATER)
    assert "design.baseline_moved" not in rounds.codes(moved.findings)


def test_predictions_changed_after_data_are_remarked(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, design, {BASELINE: rounds.pupils("baseline")}, tmp_path)
    before = rounds.designed(workspace, tmp_path, predicting())
    [said] = [f for f in before.findings if f.code.startswith("design.predictions_after")]
    assert (said.code, said.severity) == ("design.predictions_after_baseline", "info")
    rounds.deliver(workspace, before, {POST: rounds.pupils("post")}, tmp_path)
    after = rounds.designed(workspace, tmp_path, predicting("predictions: [Minder verzuim.]"))
    assert "design.predictions_after_data" in rounds.codes(after.findings)
    assert "design.predictions_after_baseline" not in rounds.codes(after.findings)


def test_the_remark_stands_until_the_registered_predictions_are_back(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    """Held against what was registered, not against the design of yesterday."""
    registered(workspace)
    rounds.deliver(workspace, design, rounds.both_waves(), tmp_path)
    rounds.designed(workspace, tmp_path, predicting())
    after = rounds.designed(workspace, tmp_path, predicting(end=dt.date(2026, 7, 4)))
    assert "design.predictions_after_data" in rounds.codes(after.findings)
    assert "design.predictions_after_data" not in rounds.codes(
        changed(workspace, tmp_path).findings
    )


def test_before_registration_and_data_a_design_may_change_freely(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    newer_protocol(workspace, tmp_path, WITHOUT_ABSENCE)
    made = rounds.designed(workspace, tmp_path, predicting(start=LATER))
    assert not {
        "design.measure_dropped", "design.predictions_after_data", "design.baseline_moved"
    } & set(rounds.codes(made.findings))  # fmt: skip


def test_a_measure_that_is_dropped_after_registration_is_remarked(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    registered(workspace)
    newer_protocol(workspace, tmp_path, WITHOUT_ABSENCE)
    made = designs.make(workspace, "units-oost")
    (remark,) = (f for f in made.findings if f.code == "design.measure_dropped")
    assert "verzuim" in remark.wrong.nl
    assert "nulmeting, nameting" in remark.wrong.nl


# Data stay under the design they came in under


def test_data_stay_under_their_design_and_so_does_a_workbook_made_from_it(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, design, {BASELINE: rounds.pupils("baseline")}, tmp_path)
    newer = changed(workspace, tmp_path, end=dt.date(2026, 7, 4))
    late = rounds.deliver(workspace, design, {POST: rounds.pupils("post")}, tmp_path)
    assert "intake.design_older" in rounds.codes(late.findings)
    hashes = {s.wave: s.design_hash for s in workspace.store.submissions("units-oost")}
    assert hashes == {"baseline": design.hash, "post": design.hash}
    assert newer.hash != design.hash
    old, new = versions(workspace, "units-oost")
    assert (old.accepted, new.accepted, old.current, new.current) == (2, 0, False, True)


def test_a_measure_that_a_newer_design_drops_stays_in_every_table(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    registered(workspace)
    rounds.deliver(workspace, design, rounds.both_waves(), tmp_path)
    before = synthesize(workspace)
    newer_protocol(workspace, tmp_path, WITHOUT_ABSENCE)
    assert ABSENCE not in {m.id for m in designs.make(workspace, "units-oost").measures}
    after, _ = write(workspace, tmp_path / "synthese", "nl")
    kept = {row.measure: row for row in after.effects}
    assert set(kept) == {row.measure for row in before.effects} == {SCORE, ABSENCE}
    (earlier,) = (row for row in before.effects if row.measure == ABSENCE)
    assert kept[ABSENCE].model_dump(exclude={"rung_limits"}) == earlier.model_dump(
        exclude={"rung_limits"}
    )
    assert {p.measure for p in after.pooled} == {p.measure for p in before.pooled}
    assert "verzuim" in (after.cards[0].outcomes or "")
    row = row_of(after, ABSENCE, "post")
    assert row.status == "reported"
    assert row.detail
    assert row.detail.en == "not in the current design"


# Registered against reported


def row_of(found: Synthesis, measure: str, wave: str) -> RegisteredRow:
    (row,) = (r for r in found.registered if (r.measure, r.wave) == (measure, wave))
    return row


def test_without_a_registration_there_is_nothing_to_hold_it_against(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, design, rounds.both_waves(), tmp_path)
    found, _ = write(workspace, tmp_path / "uit", "nl")
    assert found.registered == ()
    header = (tmp_path / "uit" / "registered.csv").read_text("utf-8").splitlines()
    assert header == [",".join(RegisteredRow.model_fields)]
    assert "registered.csv" not in report_text(tmp_path / "uit")


def report_text(folder: Path) -> str:
    return (folder / "report.html").read_text("utf-8")


def at(workspace: Workspace, day: dt.date) -> Workspace:
    workspace.today = day
    return workspace


def test_each_measurement_says_what_became_of_it(workspace: Workspace, tmp_path: Path) -> None:
    at(workspace, EARLY)
    first = rounds.designed(workspace, tmp_path, predicting())
    registered(workspace)
    at(workspace, rounds.TODAY)
    post = rounds.pupils("post", measures=(SCORE,))
    climate = [{"school": brin, CLIMATE: 50} for brin in rounds.THREE_SCHOOLS]
    parts = {BASELINE: rounds.pupils("baseline"), POST: post, "post|school|unit": climate}
    rounds.deliver(workspace, first, parts, tmp_path)
    found, _ = write(workspace, tmp_path / "uit", "nl")

    for measure, wave, status, mandatory, predicted in (
        (SCORE, "baseline", "reported", True, True),
        (SCORE, "post", "reported", True, True),
        (ABSENCE, "baseline", "reported", True, False),
        (ABSENCE, "post", "not_due", True, False),
        (CLIMATE, "baseline", "not_measured", False, False),
        (CLIMATE, "post", "reported", False, False),
        ("core.workload", "baseline", "not_measured", True, False),
    ):
        row = row_of(found, measure, wave)
        said = (row.status, row.mandatory, row.predicted)
        assert said == (status, mandatory, predicted), (measure, wave)
        assert (row.registration, row.registered_on) == (1, EARLY)
        assert row.design_hash == first.hash
    asked = {(e.measure, e.wave) for e in first.schedule}
    assert {(r.measure, r.wave) for r in found.registered} == asked
    later = synthesize(workspace, as_of=dt.date(2027, 1, 4))
    assert row_of(later, ABSENCE, "post").status == "not_measured"
    assert later.model_copy(update={"registered": found.registered, "hash": found.hash}) == found

    written = (tmp_path / "uit" / "registered.csv").read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(written)))
    assert list(rows[0]) == list(RegisteredRow.model_fields)
    assert {row["registered_on"] for row in rows} == {EARLY.isoformat()}
    codebook = (tmp_path / "uit" / "codebook.csv").read_text("utf-8")
    assert "registered,status,string" in codebook
    assert "werkdruk" in report_text(tmp_path / "uit")


def test_what_changed_since_it_was_registered_is_told(workspace: Workspace, tmp_path: Path) -> None:
    at(workspace, EARLY)
    rounds.designed(workspace, tmp_path)
    registered(workspace)
    newer_protocol(
        workspace,
        tmp_path,
        ("    scale: {type: interval, minimum: 0, maximum: 100, better: lower}",
         "    scale: {type: interval, minimum: 0, maximum: 200, better: lower}"),
    )  # fmt: skip
    test = '{measure: fonds.score, wave: post, name: "Toets B", minimum: 0, maximum: 90}'
    more = f"instruments: [{test}]"
    newer = changed(workspace, tmp_path, more=more)
    at(workspace, rounds.TODAY)
    rounds.deliver(workspace, newer, rounds.both_waves(), tmp_path)
    found = synthesize(workspace)
    score, absence = row_of(found, SCORE, "post"), row_of(found, ABSENCE, "post")
    assert (score.status, absence.status) == ("changed", "changed")
    assert score.detail
    assert "Toets B" in score.detail.nl
    assert "100 → 90" in score.detail.nl
    assert absence.detail
    assert "maximum 100 → 200" in absence.detail.en
    assert row_of(found, SCORE, "baseline").status in ("reported", "changed")

    # Registered before the next data come in, the same change is what was registered.
    registered(workspace, "Een andere toets.")
    assert row_of(synthesize(workspace), "core.workload", "post").registration == 2
    assert row_of(synthesize(workspace), SCORE, "post").registration == 2


def test_what_an_amendment_dropped_is_told_with_its_reason(
    workspace: Workspace, tmp_path: Path
) -> None:
    at(workspace, EARLY)
    first = rounds.designed(workspace, tmp_path)
    registered(workspace)
    at(workspace, rounds.TODAY)
    rows = {BASELINE: rounds.pupils("baseline", measures=(SCORE,))}
    rounds.deliver(workspace, first, rows, tmp_path)
    newer_protocol(workspace, tmp_path, WITHOUT_ABSENCE)
    designs.make(workspace, "units-oost")
    assert row_of(synthesize(workspace), ABSENCE, "post").status == "not_due"
    registered(workspace, "Verzuim is niet te krijgen.")
    row = row_of(synthesize(workspace), ABSENCE, "post")
    assert (row.status, row.mandatory, row.registration) == ("not_measured", True, 2)
    assert row.detail
    assert row.detail.nl.startswith("vervallen in versie 2: Verzuim is niet te krijgen.")


def test_what_was_never_registered_is_added(workspace: Workspace, tmp_path: Path) -> None:
    at(workspace, EARLY)
    newer_protocol(workspace, tmp_path, WITHOUT_ABSENCE)
    rounds.designed(workspace, tmp_path)
    registered(workspace)
    full = rounds.PROTOCOL.replace('version: "1.0"\nextends', 'version: "1.2"\nextends')
    rounds.add_protocol(workspace, tmp_path, full)
    newer = designs.make(workspace, "units-oost")
    at(workspace, rounds.TODAY)
    rounds.deliver(workspace, newer, {BASELINE: rounds.pupils("baseline")}, tmp_path)
    planned = row_of(synthesize(workspace), ABSENCE, "post")
    assert planned.status == "added"
    assert planned.detail
    assert planned.detail.en == "no data yet"
    rounds.deliver(workspace, newer, {POST: rounds.pupils("post")}, tmp_path)
    came = row_of(synthesize(workspace), ABSENCE, "post")
    said = (came.status, came.mandatory, came.registration, came.detail)
    assert said == ("added", False, 1, None)


# Plugins that changed or went


def with_plugins(workspace: Workspace, *, version: str | None = None, without: str = "") -> None:
    """The workspace on a machine with iio in another version, or without a plugin."""
    from importlib.metadata import entry_points

    sources = {
        point.name: Source(point.load, point.dist.version if point.dist else "0")
        for point in entry_points(group="evalkit")
        if point.name != without
    }
    if version:
        sources["iio"] = Source(sources["iio"].load, version)
    vars(workspace)["plugins"] = Registry(sources)


def test_an_older_plugin_is_told_wherever_the_design_is_used(
    workspace: Workspace, tmp_path: Path
) -> None:
    with_plugins(workspace, version="1.10")
    made = rounds.designed(workspace, tmp_path)
    assert made.plugins["iio"] == "1.10"
    with_plugins(workspace, version="1.9")
    done = rounds.deliver(workspace, made, rounds.both_waves(), tmp_path)
    assert "design.plugin_older" in rounds.codes(done.findings)
    assert rounds.codes(synthesize(workspace).findings) == ["design.plugin_older"]
    again = designs.make(workspace, "units-oost")
    (remark,) = (f for f in again.findings if f.code == "design.plugin_older")
    assert "1.10" in remark.wrong.nl
    assert "1.9" in remark.wrong.nl


@pytest.mark.parametrize(
    ("made", "installed", "older"),
    [("2.0", "2.0rc1", True), ("2.0", "2.0.0", False), ("2.0.post1", "2.0", True),
     ("2024.1", "zomaar", False)],
)  # fmt: skip
def test_versions_are_held_side_by_side_as_packaging_does(
    workspace: Workspace, tmp_path: Path, made: str, installed: str, older: bool
) -> None:
    with_plugins(workspace, version=made)
    design = rounds.designed(workspace, tmp_path)
    with_plugins(workspace, version=installed)
    assert bool(portfolio.plugin_remarks(workspace, design.project.id)) is older


def test_a_newer_plugin_is_fine(workspace: Workspace, tmp_path: Path) -> None:
    with_plugins(workspace, version="1.9")
    made = rounds.designed(workspace, tmp_path)
    with_plugins(workspace, version="1.10")
    done = rounds.deliver(workspace, made, rounds.both_waves(), tmp_path)
    assert "design.plugin_older" not in rounds.codes(done.findings)
    assert synthesize(workspace).findings == ()


def test_without_the_plugin_stored_designs_go_on_and_it_is_said(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    with_plugins(workspace, without="iio")
    with pytest.raises(FindingsError) as caught:
        designs.make(workspace, "units-oost")
    assert "protocol.type_unknown" in rounds.codes(caught.value.findings)
    done = rounds.deliver(workspace, design, rounds.both_waves(), tmp_path)
    assert len(done.stored) == 2
    assert "design.plugin_missing" in rounds.codes(done.findings)
    assert rounds.codes(portfolio.plugin_remarks(workspace)) == ["design.plugin_missing"]
    assert {row.wave for row in portfolio.status(workspace)} == {w.id for w in design.waves}
    found, _ = write(workspace, tmp_path / "uit", "nl")
    assert rounds.codes(found.findings) == ["design.plugin_missing"]
    assert {row.plugin for row in found.effects} == {f"iio {design.plugins['iio']}"}
    vars(workspace)["plugins"] = load_plugins()
    whole = synthesize(workspace)
    assert whole.effects == found.effects


def test_days_that_do_not_exist_and_odd_schools_are_findings_with_their_line(
    workspace: Workspace, tmp_path: Path
) -> None:
    text = rounds.project_text().replace("start: 2025-09-01", "start: 2025-02-30")
    text = text.replace("brin: 05KO", "brin: 5KO")
    with pytest.raises(FindingsError) as caught:
        designs.add_project(workspace, rounds.written(tmp_path, "fout.yaml", text))
    found = {(finding.code, finding.place.key) for finding in caught.value.findings}
    assert found == {("file.no_such_day", "start"), ("model.brin", "schools[0].brin")}


def test_documents_say_whether_and_why_the_design_is_registered(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    def shown(folder: str) -> str:
        return (tmp_path / folder / "design.html").read_text("utf-8")

    designs.write(workspace, "units-oost", tmp_path / "a", "en")
    assert "not registered yet" in shown("a")
    done, _ = registrations.write_and_register(
        workspace, "units-oost", tmp_path / "b", by="projectleider", language="en"
    )
    assert done.design.hash == design.hash
    day = f"{rounds.TODAY:%-d %b %Y}"
    assert f"version 1, on {day}" in shown("b")
    assert "projectleider" in shown("b")
    designs.write(workspace, "units-oost", tmp_path / "c", "en")
    assert f"version 1, on {day}" in shown("c")
    changed(workspace, tmp_path, end=dt.date(2026, 7, 4))
    designs.write(workspace, "units-oost", tmp_path / "d", "en")
    assert "not registered yet" in shown("d")
    registrations.write_and_register(
        workspace, "units-oost", tmp_path / "e", "Een dag langer.", language="en"
    )
    assert "version 2, on" in shown("e")
    assert "Een dag langer." in shown("e")


def test_documents_in_the_other_language_are_of_the_same_design(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    made, files = designs.write(workspace, "units-oost", tmp_path / "en", "en")
    designs.write(workspace, "units-oost", tmp_path / "nl")
    assert made == design
    assert {file.path.name for file in files} >= {"design.pdf", "schedule.csv", "calendar.ics"}

    def content(language: str, name: str) -> bytes:
        return (tmp_path / language / name).read_bytes()

    for name in ("design.json", "submission.schema.json"):
        assert content("nl", name) == content("en", name)
    assert b'<html lang="en"' in content("en", "design.html")
    assert b'<html lang="nl"' in content("nl", "design.html")
    assert design.hash.encode() in content("en", "design.html")
    for name in ("schedule.csv", "calendar.ics", "workbook.xlsx"):
        assert content("nl", name) != content("en", name)
