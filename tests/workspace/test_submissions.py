"""The life of a submission: kept, submitted, looked at, corrected, exported; nothing twice."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import multiprocessing
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from evalkit.collect.data_package import DESCRIPTOR
from evalkit.errors import EvalkitError, FindingsError
from evalkit.model.design import Design
from evalkit.model.submission import Submission
from evalkit.model.vocabulary import SubmissionStatus
from evalkit.workspace import backups, portfolio, submissions, synthesis
from evalkit.workspace.intake import Request, Result, collect
from evalkit.workspace.storing import needs_review
from evalkit.workspace.submission_difference import difference
from evalkit.workspace.workspace import Workspace

from . import rounds
from .rounds import AFTER, BASELINE, BEFORE, POST, codes

STATUS = SubmissionStatus
MEASURES = ("fonds.absence", "fonds.score")


@pytest.fixture
def reviewing(workspace: Workspace, tmp_path: Path) -> Design:
    """The design of a project whose scheme looks at deliveries first."""
    text = rounds.PROTOCOL.replace('"1.0"', '"1.1"', 1) + "review: true\n"
    rounds.add_protocol(workspace, tmp_path, text)
    return rounds.designed(workspace, tmp_path)


def deliver(
    workspace: Workspace, design: Design, folder: Path, rows: Any = None, **request: Any
) -> Result:
    return rounds.deliver(
        workspace, design, {BASELINE: rows or rounds.pupils("baseline")}, folder, **request
    )


def changed(**values: Any) -> list[dict[str, Any]]:
    rows = rounds.pupils("baseline")
    rows[0] |= values
    return rows


def delivered(workspace: Workspace, day: dt.date = rounds.TODAY) -> tuple[str, ...]:
    (row,) = (row for row in portfolio.status(workspace, day) if row.wave == "baseline")
    return tuple(row.delivered)


def statuses(workspace: Workspace) -> list[str]:
    return [s.status.value for s in workspace.store.submissions()]


def code_of(action: Callable[[], object]) -> list[str]:
    with pytest.raises((EvalkitError, FindingsError)) as caught:
        action()
    error = caught.value
    return codes(error.findings) if isinstance(error, FindingsError) else [error.finding.code]


# Drafts


def test_a_draft_counts_once_it_is_submitted(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    (draft,) = deliver(workspace, design, tmp_path, draft=True, by="secretaris").stored
    assert draft.status is STATUS.draft
    assert delivered(workspace) == ()
    later = rounds.TODAY.replace(day=20)
    done = submissions.submit(workspace, draft.id, by="directeur", received_on=later)
    assert done.findings == ()
    assert done.submission == draft.model_copy(
        update={"status": STATUS.accepted, "received": later}
    )
    assert workspace.store.submissions(accepted_only=True) == (done.submission,)
    events = submissions.show(workspace, draft.id).events
    assert [(e.step.value, e.by) for e in events] == [
        ("draft", "secretaris"), ("accepted", "directeur"),
    ]  # fmt: skip
    assert delivered(workspace) == ()  # It came in later.
    assert delivered(workspace, later) == ("fonds.score", "fonds.absence")


def test_a_draft_with_errors_is_nobodys_business(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    wrong = changed(**{"fonds.score": 999})
    assert "intake.out_of_bounds" in code_of(
        lambda: deliver(workspace, design, tmp_path, wrong, draft=True)
    )
    assert submissions.listed(workspace) == ()


def test_a_newer_draft_replaces_an_older_one_freely(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    deliver(workspace, design, tmp_path, draft=True)
    again = deliver(workspace, design, tmp_path, draft=True)
    assert (again.stored, codes(again.findings)) == ((), ["submission.same_waiting"])
    deliver(workspace, design, tmp_path, changed(**{"fonds.score": 12}), draft=True)
    assert statuses(workspace) == ["lapsed", "draft"]
    deliver(workspace, design, tmp_path)
    assert statuses(workspace) == ["lapsed", "lapsed", "accepted"]


def test_a_draft_that_replaces_what_was_accepted_needs_a_reason_later(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    (first,) = deliver(workspace, design, tmp_path).stored
    result = deliver(workspace, design, tmp_path, changed(**{"fonds.score": 12}), draft=True)
    (draft,) = result.stored
    assert "submission.draft_replaces" in codes(result.findings)
    assert code_of(lambda: submissions.submit(workspace, draft.id)) == ["intake.already_there"]
    assert statuses(workspace) == ["accepted", "draft"]
    done = submissions.submit(workspace, draft.id, reason="Verwisseld.").submission
    assert (done.supersedes, done.reason) == ((first.id,), "Verwisseld.")
    assert statuses(workspace) == ["superseded", "accepted"]
    assert code_of(lambda: submissions.submit(workspace, draft.id)) == ["submission.state"]


def test_a_draft_of_what_was_accepted_in_the_meantime_is_recognised(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = rounds.pupils("baseline")
    north = [row for row in rows if row["school"] == "05KO"]
    (draft,) = deliver(workspace, design, tmp_path, draft=True).stored
    deliver(workspace, design, tmp_path, north)
    wide = code_of(lambda: submissions.submit(workspace, draft.id))
    assert wide == ["intake.already_there"]
    result = deliver(workspace, design, tmp_path, north, draft=True)
    assert (result.stored, codes(result.findings)) == ((), ["intake.same_data"])


# What the funder looks at


def test_a_scheme_may_look_at_deliveries_first(
    workspace: Workspace, reviewing: Design, tmp_path: Path
) -> None:
    assert needs_review(workspace, reviewing.protocol)
    result = deliver(workspace, reviewing, tmp_path, by="secretaris")
    (waiting,) = result.stored
    assert waiting.status is STATUS.submitted
    assert "submission.waits" in codes(result.findings)
    assert workspace.store.submissions(accepted_only=True) == ()
    assert delivered(workspace) == ()
    again = deliver(workspace, reviewing, tmp_path)
    assert (again.stored, codes(again.findings)) == ((), ["submission.same_waiting"])
    assert submissions.accept(workspace, waiting.id, by="fonds").status is STATUS.accepted
    assert delivered(workspace) == ("fonds.score", "fonds.absence")


def test_a_delivery_that_is_returned_may_come_again(
    workspace: Workspace, reviewing: Design, tmp_path: Path
) -> None:
    (first,) = deliver(workspace, reviewing, tmp_path).stored
    submissions.send_back(workspace, first.id, "De tweede groep ontbreekt.", by="fonds")
    (second,) = deliver(workspace, reviewing, tmp_path).stored
    submissions.accept(workspace, second.id)
    assert statuses(workspace) == ["returned", "accepted"]
    events = submissions.show(workspace, first.id).events
    assert events[-1].reason == "De tweede groep ontbreekt."


def test_nothing_is_returned_without_a_reason(
    workspace: Workspace, reviewing: Design, tmp_path: Path
) -> None:
    (waiting,) = deliver(workspace, reviewing, tmp_path).stored
    for reason in ("", " \n"):
        back = partial(submissions.send_back, workspace, waiting.id, reason)
        assert code_of(back) == ["submission.reason_needed"]
    assert statuses(workspace) == ["submitted"]
    submissions.send_back(workspace, waiting.id, "\udcffNee\x1b[31m.", by="\udcff\x1b[2Jfonds")
    (*_, event) = submissions.show(workspace, waiting.id).events
    assert (event.reason, event.by) == ("\ufffdNee[31m.", "\ufffd[2Jfonds")


def test_a_draft_under_such_a_scheme_is_submitted_and_then_accepted(
    workspace: Workspace, reviewing: Design, tmp_path: Path
) -> None:
    (draft,) = deliver(workspace, reviewing, tmp_path, draft=True).stored
    done = submissions.submit(workspace, draft.id)
    assert done.submission.status is STATUS.submitted
    assert codes(done.findings) == ["submission.waits"]
    assert submissions.accept(workspace, draft.id).status is STATUS.accepted


def test_a_scheme_that_builds_on_such_a_scheme_does_so_too(
    workspace: Workspace, reviewing: Design, tmp_path: Path
) -> None:
    text = (
        'id: fonds-kind\nversion: "1.0"\nextends: fonds-klein\ntitle: {nl: a, en: a}\n'
        "description: {nl: a, en: a}\n"
    )
    rounds.add_protocol(workspace, tmp_path, text)
    assert needs_review(workspace, "fonds-kind")
    assert not needs_review(workspace, "iio-slimfit-large")
    with pytest.raises(FindingsError) as caught:
        rounds.add_protocol(workspace, tmp_path, text + "review: false\n")
    assert codes(caught.value.findings) == ["protocol.core_looser"]


def test_who_does_it_is_a_short_line(workspace: Workspace, design: Design, tmp_path: Path) -> None:
    (kept,) = deliver(workspace, design, tmp_path, by="  het \n secretariaat ").stored
    assert submissions.listed(workspace)[0].by == "het secretariaat"
    long = "x" * 81
    assert code_of(lambda: deliver(workspace, design, tmp_path, by=long)) == ["submission.by_long"]
    out = tmp_path / "uit"
    assert code_of(lambda: submissions.export(workspace, kept.id, out, by=long)) == [
        "submission.by_long"
    ]
    assert not out.exists()


# Files that are refused


def test_a_refused_file_is_recorded_and_its_data_are_not(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = changed(**{"fonds.score": 999})
    rows[1]["unit"] = rows[2]["unit"] = "leerling-77"
    with pytest.raises(FindingsError) as caught:
        deliver(workspace, design, tmp_path, rows, by="secretaris")
    (file,) = workspace.store.returned_files("units-oost")
    assert file.findings == caught.value.findings
    assert file.errors == sum(f.is_error for f in file.findings)
    assert (file.by, file.received, file.design_hash) == (
        "secretaris", rounds.TODAY, design.hash,
    )  # fmt: skip
    assert file.file_name == "package.json"
    (entry,) = submissions.listed(workspace, project="units-oost", state=STATUS.returned)
    assert (entry.id, entry.errors) == (file.id, file.errors)
    assert submissions.show(workspace, file.id).returned == file
    assert not list(workspace.store.vault.folder.rglob("*.parquet"))
    database = (workspace.path / "evalkit.sqlite").read_bytes()
    log = workspace.path / "evalkit.sqlite-wal"
    assert b"leerling-77" not in database + (log.read_bytes() if log.exists() else b"")


def test_a_file_of_an_unknown_project_is_recorded_without_one(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    path = rounds.written(tmp_path, "stuk.json", "{")
    code_of(lambda: collect(workspace, Request(path)))
    code_of(lambda: collect(workspace, Request(path, project="units-oost")))
    code_of(lambda: collect(workspace, Request(path, project="bestaat-niet")))
    assert [f.id for f in workspace.store.returned_files()] == [
        "-/returned/1", "units-oost/returned/1", "-/returned/2",
    ]  # fmt: skip


def test_a_correction_without_a_reason_is_a_refused_file(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    deliver(workspace, design, tmp_path)
    rows = changed(**{"fonds.score": 12})
    said = code_of(lambda: deliver(workspace, design, tmp_path, rows))
    assert (said[0], set(said[1:])) == ("intake.already_there", {"intake.measure_missing"})
    assert [e.status.value for e in submissions.listed(workspace)] == ["accepted", "returned"]


def test_the_list_is_of_a_project_a_moment_and_a_state(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, design, rounds.both_waves(), tmp_path)
    deliver(workspace, design, tmp_path, changed(**{"fonds.score": 12}), reason="Fout.")

    def ids(**wanted: Any) -> list[str]:
        return [e.id.removeprefix("units-oost/") for e in submissions.listed(workspace, **wanted)]

    assert ids() == ["baseline/pupil/1", "post/pupil/1", "baseline/pupil/2"]
    assert ids(wave="post") == ["post/pupil/1"]
    assert ids(state=STATUS.accepted) == ["post/pupil/1", "baseline/pupil/2"]
    assert ids(state=STATUS.superseded, project="units-oost") == ["baseline/pupil/1"]
    assert code_of(lambda: submissions.listed(workspace, project="west")) == ["project.unknown"]
    assert code_of(lambda: submissions.show(workspace, "west")) == ["submission.unknown"]


# What differs


def two(workspace: Workspace, design: Design, folder: Path, rows: Any) -> tuple[str, str]:
    (one,) = deliver(workspace, design, folder).stored
    (other,) = deliver(workspace, design, folder, rows, draft=True).stored
    return one.id, other.id


def test_what_a_correction_changed_is_told_per_measure(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = rounds.pupils("baseline")
    rows[0]["fonds.score"] = 12.5
    rows[1] |= {"fonds.score": 13, "fonds.absence": None}
    rows[2]["class"] = "05KO-z"
    gone = rows.pop()
    rows.append(gone | {"unit": "nieuw1"})
    ids = two(workspace, design, tmp_path, rows)
    found = difference(workspace, *ids)
    assert (found.rows_before, found.rows_after) == (len(rows), len(rows))
    assert (len(found.added), len(found.removed)) == (1, 1)
    counts = {m.measure: (m.changed, m.filled, m.emptied) for m in found.measures}
    assert counts == {"fonds.score": (2, 0, 0), "fonds.absence": (0, 0, 1), "class": (1, 0, 0)}
    changed_to = {(c.column, c.after) for c in found.changed if c.column != "class"}
    assert changed_to == {
        ("fonds.score", 12.5), ("fonds.score", 13.0), ("fonds.absence", None),
    }  # fmt: skip
    shown = json.dumps([c._asdict() for c in found.changed] + list(found.added))
    assert "nieuw1" not in shown
    assert "05KO-z" not in shown
    back = difference(workspace, *reversed(ids))
    assert (back.added, back.removed) == (found.removed, found.added)
    assert {m.measure: m.filled for m in back.measures}["fonds.absence"] == 1


def test_the_same_differs_in_nothing(workspace: Workspace, design: Design, tmp_path: Path) -> None:
    (one,) = deliver(workspace, design, tmp_path).stored
    assert difference(workspace, one.id, one.id).is_empty


def test_a_measure_that_came_and_totals_are_compared_too(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = rounds.pupils("baseline", measures=("fonds.score",))
    ids = two(workspace, design, tmp_path, rows)
    (measure,) = difference(workspace, *ids).measures
    assert (measure.measure, measure.emptied) == ("fonds.absence", len(rows))

    def totals(mean: float) -> list[dict[str, Any]]:
        same = {"school": "05KO", "arm": "intervention", "n": 20, "sd": 3}
        return [same | {"measure": m, "mean": mean if m == MEASURES[1] else 9} for m in MEASURES]

    (one,) = rounds.deliver(
        workspace, design, {"post|pupil|aggregate": totals(50)}, tmp_path
    ).stored
    (other,) = rounds.deliver(
        workspace, design, {"post|pupil|aggregate": totals(51)}, tmp_path, draft=True
    ).stored
    (cell,) = difference(workspace, one.id, other.id).changed
    assert (cell.measure, cell.column, cell.before, cell.after) == ("fonds.score", "mean", 50, 51)
    strange = code_of(lambda: difference(workspace, one.id, ids[0]))
    assert strange == ["submission.not_comparable"]


def test_rows_kept_under_their_codes_are_shown_under_pseudonyms(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    import pandas as pd

    (kept,) = deliver(workspace, design, tmp_path).stored
    (workspace.path / "keys" / "units-oost.key").unlink()
    plain = pd.DataFrame(
        {"school": ["05KO"], "class": ["5a"], "unit": ["pupil7"], "arm": ["intervention"],
         "fonds.score": [1.0]}
    )  # fmt: skip
    bare = kept.model_copy(update={"key": None, "wave": "post", "measures": ("fonds.score",)})
    with Workspace.create(tmp_path / "oud") as old:
        old.store.save_project(design.project)
        old.store.save_design(design)
        first, second = (
            old.store.add_submissions(
                [(bare.model_copy(update={"schools": (brin,)}), plain.assign(**{"fonds.score": n}))]
            )[0]
            for brin, n in (("05KO", 1.0), ("12AB01", 2.0))
        )
        found = difference(old, first.id, second.id)
    assert len(found.changed) == 1
    assert "pupil7" not in str(found)


# Export


def test_an_export_holds_rows_description_and_history(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = rounds.pupils("baseline")
    (kept,) = deliver(workspace, design, tmp_path, rows, by="secretaris").stored
    out = tmp_path / "uit" / "diep"
    written = submissions.export(workspace, kept.id, out, by="onderzoeker")
    assert {w.path.name for w in written} == {
        DESCRIPTOR, "baseline-pupil-unit.csv", "submission.json",
    }  # fmt: skip
    table = list(csv.DictReader(io.StringIO((out / "baseline-pupil-unit.csv").read_text("utf-8"))))
    assert [float(row["fonds.score"]) for row in table] == [row["fonds.score"] for row in rows]
    assert not {row["unit"] for row in rows} & {row["unit"] for row in table}
    known = json.loads((out / "submission.json").read_text("utf-8"))
    assert Submission.model_validate(known["submission"]) == kept
    assert [(e["step"], e["by"]) for e in known["events"]] == [
        ("accepted", "secretaris"), ("exported", "onderzoeker"),
    ]  # fmt: skip
    package = json.loads((out / DESCRIPTOR).read_text("utf-8"))
    assert (package["design_hash"], package["submission"]) == (design.hash, kept.id)


# Backup


def test_a_restored_workspace_gives_the_same_synthesis(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, design, rounds.both_waves(), tmp_path)
    backups.make(workspace, tmp_path / "kopie.zip")
    backups.restore(tmp_path / "kopie.zip", tmp_path / "terug")
    synthesis.write(workspace, tmp_path / "een", "nl")
    with Workspace.open(tmp_path / "terug", today=rounds.TODAY) as restored:
        synthesis.write(restored, tmp_path / "twee", "nl")
    one, other = (
        {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*.*")}
        for name in ("een", "twee")
    )
    assert one == other
    assert len(one) > 5


def test_without_its_key_a_restored_workspace_says_so_and_makes_no_new_one(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    deliver(workspace, design, tmp_path)
    backups.make(workspace, tmp_path / "zonder.zip")
    backups.make(workspace, tmp_path / "met.zip", with_keys=True)
    for name, expected in (("zonder", ["workspace.key_lost"]), ("met", [])):
        backups.restore(tmp_path / f"{name}.zip", tmp_path / name)
        with Workspace.open(tmp_path / name, today=rounds.TODAY) as restored:
            again = partial(
                rounds.deliver, restored, design, {POST: rounds.pupils("post")}, tmp_path
            )
            if expected:
                assert code_of(again) == expected
                assert not (restored.path / "keys").exists()
            else:
                assert again().stored


# At the same moment

_FORK = multiprocessing.get_context("forkserver")
_FORK.set_forkserver_preload(["evalkit.workspace.intake", "evalkit.plugin.registry", "pandas"])


def collect_at_once(line: Connection, folder: Path, request: Request) -> None:
    """Wait for the word, then deliver; tell what came of it."""
    with Workspace.open(folder, today=rounds.TODAY) as opened:
        assert opened.plugins
        line.send("ready")
        line.recv()
        try:
            result = collect(opened, request)
            line.send(([s.id for s in result.stored], codes(result.findings)))
        except FindingsError as error:
            line.send(([], codes(error.findings)))


@pytest.mark.parametrize("draft", [False, True])
def test_what_comes_in_between_looking_and_storing_is_recognised(
    workspace: Workspace,
    design: Design,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    draft: bool,
) -> None:
    plain = workspace.store.add_submissions

    def after_another(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr(workspace.store, "add_submissions", plain)
        with Workspace.open(workspace.path, today=rounds.TODAY) as other:
            vars(other)["plugins"] = workspace.plugins
            assert deliver(other, design, tmp_path, draft=draft).stored
        return plain(*arguments, **options)

    monkeypatch.setattr(workspace.store, "add_submissions", after_another)
    result = deliver(workspace, design, tmp_path, draft=draft)
    assert result.stored == ()
    assert codes(result.findings) == ["submission.same_waiting" if draft else "intake.same_data"]
    (kept,) = workspace.store.submissions()
    steps = [e.step.value for e in workspace.store.submission_events(kept.id)]
    assert steps == ["draft" if draft else "accepted", "recognised"]


@pytest.mark.parametrize("draft", [False, True])
@pytest.mark.parametrize("same", [True, False])
def test_two_people_deliver_at_the_same_moment(
    workspace: Workspace, design: Design, tmp_path: Path, draft: bool, same: bool
) -> None:
    """Of the same file one is stored and the other recognised; of two files one is refused."""
    others = rounds.pupils("baseline") if same else changed(**{"fonds.score": 12})
    lines = []
    for number, rows in enumerate((rounds.pupils("baseline"), others)):
        path = rounds.package_of(
            design,
            {BASELINE: rows},
            {"baseline": BEFORE, "post": AFTER},
            tmp_path,
            f"{number}.json",
        )
        ours, theirs = _FORK.Pipe()
        arguments = (theirs, workspace.path, Request(path, draft=draft))
        process = _FORK.Process(target=collect_at_once, args=arguments, daemon=True)
        process.start()
        theirs.close()
        lines.append((process, ours))
    for _, line in lines:
        assert line.poll(60)
        assert line.recv() == "ready"
    for _, line in lines:
        line.send("go")
    said = []
    for process, line in lines:
        assert line.poll(60)
        said.append(line.recv())
        process.join(20)
    stored = [id for ids, _ in said for id in ids]
    found = {code for _, told in said for code in told if not code.startswith("intake.measure")}
    if same:
        assert stored == ["units-oost/baseline/pupil/1"]
        assert found == {"submission.same_waiting" if draft else "intake.same_data"}
    elif draft:
        assert len(stored) == 2
        assert sorted(statuses(workspace)) == ["draft", "lapsed"]
    else:
        assert stored == ["units-oost/baseline/pupil/1"]
        assert found == {"intake.already_there"}
        assert len(workspace.store.returned_files()) == 1
    assert len(workspace.store.submissions(accepted_only=True)) == (0 if draft else 1)
