"""The states of a submission, what happened to it, and who did it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import EvalkitError
from evalkit.model.submission import Grain, Submission
from evalkit.model.vocabulary import Respondent, SubmissionStatus, SubmissionStep
from evalkit.store import Store

from . import builders

STATUS = SubmissionStatus
DRAFT, SUBMITTED, ACCEPTED = STATUS.draft, STATUS.submitted, STATUS.accepted


def add(
    store: Store,
    status: STATUS = ACCEPTED,
    shift: float = 0.0,
    by: str | None = "school",
    **changes: Any,
) -> Submission:
    given = builders.submission(status=status, **changes)
    (kept,) = store.add_submissions([(given, builders.frame(3, shift))], by=by)
    return kept


def state(store: Store, id: str) -> STATUS:
    found = store.submission(id)
    assert found is not None
    return found.status


def life(store: Store, id: str) -> list[tuple[str, str | None]]:
    return [(event.step.value, event.by) for event in store.submission_events(id)]


def refused(code: str) -> Any:
    return pytest.raises(EvalkitError, check=lambda error: error.finding.code == code)


def test_a_draft_counts_for_nothing_until_it_is_submitted(store: Store) -> None:
    draft = add(store, DRAFT)
    assert store.submissions() == (draft,)
    assert store.submissions(accepted_only=True) == ()
    assert not draft.counted
    add(store, shift=1.0, schools=("05KO",), wave="post")  # Nothing is in the way of others.
    later = builders.DAY + dt.timedelta(days=9)
    kept = store.submit(draft.model_copy(update={"status": ACCEPTED, "received": later}), by="head")
    assert (kept.id, kept.status, kept.received) == (draft.id, ACCEPTED, later)
    assert kept.blob == draft.blob
    assert kept in store.submissions(accepted_only=True)
    assert store.submission(kept.id) == kept
    assert life(store, kept.id) == [("draft", "school"), ("accepted", "head")]
    with Store.open(store.folder) as again:
        assert again.submission(kept.id) == kept


def test_what_is_submitted_waits_for_the_funder(store: Store) -> None:
    waiting = add(store, SUBMITTED)
    assert store.submissions(accepted_only=True) == ()
    kept = store.accept(waiting.id, by="funder")
    assert kept == waiting.model_copy(update={"status": ACCEPTED})
    assert store.submissions(accepted_only=True) == (kept,)
    assert life(store, kept.id) == [("submitted", "school"), ("accepted", "funder")]
    with refused("intake.already_there"):
        add(store, shift=1.0)


def test_what_is_returned_does_not_count_and_is_not_in_the_way(store: Store) -> None:
    waiting = add(store, SUBMITTED)
    back = store.send_back(waiting.id, "De tweede groep ontbreekt.", by="funder")
    assert back.status is STATUS.returned
    (_, event) = store.submission_events(waiting.id)
    assert (event.step, event.reason) == (SubmissionStep.returned, "De tweede groep ontbreekt.")
    assert event.at == builders.NOW
    again = add(store, SUBMITTED)  # The very same may be sent again.
    assert store.accept(again.id).status is ACCEPTED
    assert state(store, waiting.id) is STATUS.returned


@pytest.mark.parametrize(
    ("status", "allowed"),
    [(DRAFT, "submit"), (SUBMITTED, "accept, return"), (ACCEPTED, ""), (STATUS.returned, "")],
)
def test_each_step_needs_its_state(store: Store, status: STATUS, allowed: str) -> None:
    found = add(store, SUBMITTED if status is STATUS.returned else status)
    if status is STATUS.returned:
        found = store.send_back(found.id, "Nee.")
    done = found.model_copy(update={"status": ACCEPTED})
    for name, action in (
        ("submit", lambda: store.submit(done)),
        ("accept", lambda: store.accept(found.id)),
        ("return", lambda: store.send_back(found.id, "Nee.")),
    ):
        if name not in allowed:
            before = life(store, found.id)
            with refused("submission.state"):
                action()
            assert (state(store, found.id), life(store, found.id)) == (status, before)


def test_of_what_is_not_there_nothing_can_be_done(store: Store) -> None:
    for action in (
        lambda: store.accept("north/baseline/pupil/1"),
        lambda: store.send_back("x", "Nee."),
        lambda: store.submit(builders.submission()),
    ):
        with refused("submission.unknown"):
            action()
    assert store.submission_events("x") == ()


def test_a_correction_waits_and_supersedes_when_it_is_accepted(store: Store) -> None:
    first = add(store)
    second = add(store, SUBMITTED, 1.0, supersedes=(first.id,), reason="Verwisseld.")
    assert state(store, first.id) is ACCEPTED
    store.accept(second.id, by="funder")
    assert state(store, first.id) is STATUS.superseded
    last = store.submission_events(first.id)[-1]
    assert (last.step.value, last.by, last.reason, last.other) == (
        "superseded", "funder", "Verwisseld.", second.id,
    )  # fmt: skip


def test_of_two_corrections_that_wait_the_second_is_overtaken(store: Store) -> None:
    first = add(store, schools=("05KO", "06AB01"))
    both = {"supersedes": (first.id,), "reason": "Fout."}
    one = add(store, SUBMITTED, 1.0, **both)
    other = add(store, SUBMITTED, 2.0, **both, measures=("core.workload", "iio.language", "iio.x"))
    assert state(store, one.id) is STATUS.lapsed  # The newer one covers it.
    third = add(store, SUBMITTED, 3.0, **both)
    store.accept(third.id)
    with refused("submission.overtaken"):
        store.accept(other.id)
    assert state(store, other.id) is SUBMITTED


def test_two_that_wait_for_the_same_cannot_both_be_accepted(store: Store) -> None:
    one = add(store, SUBMITTED, measures=("core.workload", "iio.language"))
    other = add(store, SUBMITTED, 1.0, measures=("core.workload", "iio.x"))
    store.accept(one.id)
    with refused("intake.already_there"):
        store.accept(other.id)
    assert store.submissions(accepted_only=True) == (store.submission(one.id),)


def test_a_newer_draft_takes_the_place_of_what_it_covers(store: Store) -> None:
    narrow = add(store, DRAFT, schools=("05KO",))
    other = add(store, DRAFT, 1.0, schools=("06AB01",), measures=("iio.x",))
    teachers = add(store, DRAFT, 1.0, respondent=Respondent.teacher)
    totals = add(store, DRAFT, 1.0, grain=Grain.aggregate)
    wide = add(store, DRAFT, 2.0)
    assert state(store, narrow.id) is STATUS.lapsed
    assert store.submission_events(narrow.id)[-1].other == wide.id
    for untouched in (other, teachers, totals):
        assert state(store, untouched.id) is DRAFT
    final = add(store, ACCEPTED, 3.0)
    assert state(store, wide.id) is STATUS.lapsed
    assert final.supersedes == ()
    assert store.rows(wide).equals(builders.frame(3, 2.0))


def test_a_draft_does_not_put_aside_what_was_submitted(store: Store) -> None:
    waiting = add(store, SUBMITTED)
    add(store, DRAFT, 1.0)
    assert state(store, waiting.id) is SUBMITTED
    add(store, SUBMITTED, 2.0)
    assert state(store, waiting.id) is STATUS.lapsed


@pytest.mark.parametrize(
    ("first", "second", "twice"),
    [
        (DRAFT, DRAFT, False), (SUBMITTED, SUBMITTED, False), (SUBMITTED, DRAFT, False),
        (ACCEPTED, DRAFT, False), (ACCEPTED, SUBMITTED, False), (DRAFT, SUBMITTED, True),
        (DRAFT, ACCEPTED, True), (SUBMITTED, ACCEPTED, True),
    ],
)  # fmt: skip
def test_the_very_same_does_not_come_to_wait_twice(
    store: Store, first: STATUS, second: STATUS, twice: bool
) -> None:
    there = add(store, first)
    if twice:
        add(store, second)
        assert state(store, there.id) is STATUS.lapsed
    else:
        with refused("intake.already_there"):
            add(store, second)
        assert store.submissions() == (there,)
        add(store, second, 1.0, taken_to=builders.DAY, schools=("07XX",))  # Other rows may.


@pytest.mark.parametrize("status", [STATUS.superseded, STATUS.returned, STATUS.lapsed])
def test_nothing_begins_in_the_middle_of_its_life(store: Store, status: STATUS) -> None:
    with pytest.raises(ValueError, match="does not begin"):
        add(store, status)
    assert store.submissions() == ()


@pytest.mark.parametrize("status", [DRAFT, SUBMITTED])
def test_only_what_was_accepted_can_be_superseded(store: Store, status: STATUS) -> None:
    waiting = add(store, status)
    with pytest.raises(ValueError, match="cannot supersede"):
        add(store, ACCEPTED, 1.0, supersedes=(waiting.id,), reason="Fout.")


def test_what_is_sent_again_is_noted(store: Store) -> None:
    first = add(store)
    assert store.add_submissions([], by="secretary", recognised=[first.id]) == ()
    store.note_export(first.id, by="researcher")
    assert store.submissions() == (first,)
    assert life(store, first.id) == [
        ("accepted", "school"), ("recognised", "secretary"), ("exported", "researcher"),
    ]  # fmt: skip


def test_files_that_were_refused_are_listed_in_order(store: Store) -> None:
    one = store.add_returned(builders.returned_file(by="secretaris"))
    unknown = store.add_returned(builders.returned_file(project=None))
    two = store.add_returned(builders.returned_file())
    assert [f.id for f in (one, unknown, two)] == [
        "north/returned/1", "-/returned/1", "north/returned/2",
    ]  # fmt: skip
    assert store.returned_files() == (one, unknown, two)
    assert store.returned_files("north") == (one, two)
    assert one.at == builders.NOW
    assert one.findings[0].code == "intake.empty"
    assert store.submissions() == ()


def test_submissions_of_before_events_were_accepted(folder: Path) -> None:
    with builders.of_revision("0002", folder) as old:
        old.save_project(builders.project())
        old.save_design(builders.design())
        second = builders.recorded_before_events(
            old, 2, supersedes=("north/baseline/pupil/1",), reason="Fout."
        )
        first = builders.recorded_before_events(old, 1, superseded_by=2)
    with Store.open(folder, clock=lambda: builders.NOW) as store:
        assert store.submissions(accepted_only=True) == (second,)
        assert state(store, first.id) is STATUS.superseded
        accepted, superseded = store.submission_events(first.id)
        assert (accepted.step.value, accepted.by) == ("accepted", None)
        assert accepted.at == builders.NOW + dt.timedelta(days=1)
        assert (superseded.step.value, superseded.other) == ("superseded", second.id)
        assert superseded.at == builders.NOW + dt.timedelta(days=2)
        third = add(store, shift=1.0, supersedes=(second.id,), reason="Nog eens.")
        assert third.id == "north/baseline/pupil/3"
        assert store.submissions(accepted_only=True) == (third,)
