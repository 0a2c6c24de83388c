from __future__ import annotations

from typing import Any

import pytest
from pandas.testing import assert_frame_equal

from evalkit.errors import EvalkitError, finding
from evalkit.model.finding import Place
from evalkit.model.submission import Grain, Submission
from evalkit.model.vocabulary import BaselineStatus, Respondent, SubmissionStatus
from evalkit.store import MissingError, Store

from . import builders


def add(store: Store, **changes: Any) -> Submission:
    (kept,) = store.add_submissions([(builders.submission(**changes), builders.frame())])
    return kept


def test_a_batch_gets_ids_rows_and_blobs(store: Store) -> None:
    kept = store.add_submissions(
        [
            (builders.submission(schools=("05KO",)), builders.frame(3)),
            (builders.submission(schools=("06AB01",)), builders.frame(4, 0.5)),
            (builders.submission(respondent=Respondent.school), builders.frame(1)),
        ]
    )
    assert [item.id for item in kept] == [
        "north/baseline/pupil/1",
        "north/baseline/pupil/2",
        "north/baseline/school/1",
    ]
    assert [item.rows for item in kept] == [3, 4, 1]
    assert store.submissions() == kept
    assert_frame_equal(store.rows(kept[1]), builders.frame(4, 0.5))
    assert store.vault.put(builders.frame(4, 0.5)) == kept[1].blob


def test_all_of_a_submission_comes_back(store: Store) -> None:
    remark = finding("intake.empty", Place(file="werkboek één.xlsx", sheet="Leerlingen", row=3))
    kept = add(store, baseline=BaselineStatus.late, findings=(remark,), grain=Grain.aggregate)
    assert store.submission(kept.id) == kept
    assert kept.findings == (remark,)
    assert store.submission("north/baseline/pupil/9") is None


def test_submissions_by_project_wave_and_file(store: Store) -> None:
    store.save_design(builders.design(builders.project("south"), hash="s1"))
    baseline = add(store, file_hash="f1")
    post = add(store, wave="post", file_hash="f2")
    south = add(store, project="south", design_hash="s1", file_hash="f1")
    assert store.submissions() == (baseline, post, south)
    assert store.submissions("north") == (baseline, post)
    assert store.submissions("north", "post") == (post,)
    assert store.submissions(wave="baseline") == (baseline, south)
    assert store.find_file("f1") == (baseline, south)
    assert store.find_file("f3") == ()


def test_a_correction_supersedes_and_both_remain(store: Store) -> None:
    first = add(store)
    second = add(store, supersedes=(first.id,), reason="Kolom verwisseld.")
    assert second.id == "north/baseline/pupil/2"
    old = store.submission(first.id)
    assert old == first.model_copy(update={"status": SubmissionStatus.superseded})
    assert store.submissions() == (old, second)
    assert store.submissions(accepted_only=True) == (second,)
    assert_frame_equal(store.rows(first), builders.frame())
    third = add(store, supersedes=(second.id,), reason="Nog eens.")
    assert store.submissions("north", "baseline", accepted_only=True) == (third,)


def test_one_correction_may_replace_several(store: Store) -> None:
    one, two = add(store, schools=("05KO",)), add(store, schools=("06AB01",))
    both = add(store, supersedes=(one.id, two.id), reason="Samen.")
    assert store.submissions(accepted_only=True) == (both,)


@pytest.mark.parametrize(
    "changes",
    [
        {"schools": ("06AB01",), "measures": ("core.workload",)},
        {"schools": ("05KO", "07XX"), "measures": ("iio.language", "iio.other")},
    ],
)
def test_the_same_measure_of_the_same_school_is_frozen(
    store: Store, changes: dict[str, Any]
) -> None:
    first = add(store)
    with pytest.raises(EvalkitError) as caught:
        add(store, **changes)
    assert caught.value.finding.code == "intake.already_there"
    assert first.id in caught.value.finding.wrong.en
    assert "leerlingen" in caught.value.finding.wrong.nl
    assert store.submissions() == (first,)


@pytest.mark.parametrize(
    "changes",
    [
        {"schools": ("07XX",)},
        {"measures": ("iio.other",)},
        {"wave": "post"},
        {"respondent": Respondent.teacher},
        {"grain": Grain.aggregate},
        {"schools": ()},
        {"measures": ()},
    ],
)
def test_other_data_stand_beside_it(store: Store, changes: dict[str, Any]) -> None:
    add(store)
    add(store, **changes)
    assert len(store.submissions(accepted_only=True)) == 2


def test_superseding_one_does_not_excuse_another(store: Store) -> None:
    one, two = add(store, schools=("05KO",)), add(store, schools=("06AB01",))
    with pytest.raises(EvalkitError) as caught:
        add(store, supersedes=(one.id,), reason="Te veel.")
    assert two.id in caught.value.finding.wrong.en
    assert store.submissions(accepted_only=True) == (one, two)


def test_a_second_correction_of_the_same_is_refused(store: Store) -> None:
    first = add(store)
    second = add(store, supersedes=(first.id,), reason="Een.")
    with pytest.raises(EvalkitError) as caught:
        add(store, supersedes=(first.id,), reason="Twee.")
    assert second.id in caught.value.finding.wrong.en
    with pytest.raises(ValueError, match="superseded already"):
        add(store, supersedes=(first.id,), reason="Twee.", schools=("07XX",))
    assert store.submissions(accepted_only=True) == (second,)


def test_a_batch_is_recorded_wholly_or_not(store: Store) -> None:
    first = add(store, schools=("06AB01",))
    with pytest.raises(EvalkitError):
        store.add_submissions(
            [
                (builders.submission(respondent=Respondent.teacher), builders.frame(2)),
                (builders.submission(), builders.frame(3)),
            ]
        )
    assert store.submissions() == (first,)
    add(store, respondent=Respondent.teacher)


def test_a_batch_may_not_conflict_with_itself(store: Store) -> None:
    with pytest.raises(EvalkitError) as caught:
        store.add_submissions([(builders.submission(), builders.frame(n)) for n in (1, 2)])
    assert caught.value.finding.code == "intake.already_there"
    assert store.submissions() == ()


def test_an_empty_batch_is_nothing(store: Store) -> None:
    assert store.add_submissions([]) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"design_hash": "unknown"},
        {"project": "south"},
        {"supersedes": ("north/baseline/pupil/7",)},
        {"supersedes": ("north/baseline/teacher/1",)},
    ],
    ids=["no design", "design of another", "nothing", "other respondent"],
)
def test_what_it_names_must_be_there(store: Store, changes: dict[str, Any]) -> None:
    teacher = add(store, respondent=Respondent.teacher)
    with pytest.raises(ValueError, match=r"no design|cannot supersede"):
        add(store, **changes)
    assert store.submissions(accepted_only=True) == (teacher,)


def test_lost_rows_are_said_to_be_missing(store: Store) -> None:
    kept = add(store)
    for path in store.vault.folder.rglob("*.parquet"):
        path.unlink()
    with pytest.raises(MissingError):
        store.rows(kept)


def test_many_schools_and_measures(store: Store) -> None:
    schools = tuple(f"{n:02d}XY{m:02d}" for n in range(20) for m in range(10))
    measures = tuple(f"core.m{n}" for n in range(60))
    kept = add(store, schools=schools, measures=measures)
    with pytest.raises(EvalkitError):
        add(store, schools=schools[-1:], measures=measures[-1:])
    again = add(store, schools=schools, measures=measures, supersedes=(kept.id,), reason="Weer.")
    assert store.submissions(accepted_only=True) == (again,)
