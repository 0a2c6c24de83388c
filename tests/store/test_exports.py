"""The log of what was handed to researchers: added to, and otherwise left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from evalkit.model.export import Export
from evalkit.store import Store

from . import builders


def export(**changes: Any) -> Export:
    values: dict[str, Any] = {
        "at": builders.NOW.replace(year=2001),
        "by": "coach",
        "reason": "Promotieonderzoek",
        "projects": ("north",),
        "submissions": (),
        "rows": 3,
        "hash": "a" * 64,
        "tables": "b" * 64,
        "key": "0123456789abcdef",
        "evalkit": "0.1",
    }
    return Export(**values | changes)


def test_exports_are_numbered_and_dated_as_they_come(store: Store) -> None:
    first = store.add_export(export())
    second = store.add_export(export(reason="Nog een keer", number=1))
    assert (first.number, second.number) == (1, 2)
    assert first.at == builders.NOW
    assert store.exports() == (first, second)
    with Store.open(store.folder) as again:
        assert again.exports() == (first, second)


def test_each_submission_tells_that_it_was_exported(store: Store) -> None:
    (kept,) = store.add_submissions([(builders.submission(), builders.frame())])
    store.add_export(export(submissions=(kept.id,)))
    last = store.submission_events(kept.id)[-1]
    assert (last.step, last.by) == ("exported", "coach")
    assert store.submissions(accepted_only=True) == (kept,)


def test_many_submissions_fit_in_one_entry(store: Store) -> None:
    batch = [(builders.submission(wave=f"wave{i}"), builders.frame()) for i in range(520)]
    ids = tuple(kept.id for kept in store.add_submissions(batch))
    logged = store.add_export(export(submissions=ids))
    assert store.exports() == (logged,)
    assert store.submission_events(ids[-1])[-1].step == "exported"


def test_of_what_is_not_there_nothing_is_logged(store: Store) -> None:
    (kept,) = store.add_submissions([(builders.submission(), builders.frame())])
    with pytest.raises(ValueError, match="not stored"):
        store.add_export(export(submissions=(kept.id, "north/weg/pupil/1")))
    assert store.exports() == ()
    assert [event.step for event in store.submission_events(kept.id)] == ["accepted"]


@pytest.mark.parametrize("changes", [{"by": ""}, {"reason": " "}, {"hash": "x"}, {"by": "x" * 81}])
def test_who_why_and_what_are_needed(changes: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        export(**changes)


def test_a_workspace_of_before_the_log_gets_one(folder: Path) -> None:
    builders.of_revision("0003", folder).close()
    with Store.open(folder) as store:
        assert store.exports() == ()
        logged = store.add_export(export())
        assert store.exports() == (logged,)
