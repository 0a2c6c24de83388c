"""What differs between two submissions: rows that came or went, cells that changed."""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple

import pandas as pd

from evalkit.collect.pseudonyms import KEY_BYTES, pseudonymised
from evalkit.errors import EvalkitError
from evalkit.model.design import Design
from evalkit.model.submission import Grain, Submission
from evalkit.workspace.keys import has_codes, kept_rows, known_key
from evalkit.workspace.submissions import found
from evalkit.workspace.workspace import Workspace

_WHO = {Grain.unit: ("school", "arm", "unit"), Grain.aggregate: ("school", "arm", "measure")}
"""Columns that say what a row is about."""

_PERSON = ("school", "unit")

Key = dict[str, str | None]
Value = str | float | int | bool | None


class CellChange(NamedTuple):
    """One cell that differs."""

    row: Key
    measure: str | None
    """None for a column that is no measure's, such as the class."""
    column: str
    before: Value
    after: Value


class MeasureChange(NamedTuple):
    """How much of a measure differs."""

    measure: str
    changed: int
    """Cells with another value."""
    filled: int
    """Cells that were empty."""
    emptied: int
    """Cells that are empty now."""


class Difference(NamedTuple):
    """What differs between two submissions."""

    before: str
    after: str
    rows_before: int
    rows_after: int
    added: tuple[Key, ...]
    removed: tuple[Key, ...]
    measures: tuple[MeasureChange, ...]
    changed: tuple[CellChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether they hold the same."""
        return not (self.added or self.removed or self.changed)


def difference(workspace: Workspace, before: str, after: str) -> Difference:
    """What differs between two submissions of the same project, wave, respondent and grain.

    Codes of persons and classes are pseudonyms.

    Raises:
        EvalkitError: there is no such submission, or they are not of the same kind.
    """
    old, new = found(workspace, before), found(workspace, after)
    kinds = [(s.project, s.wave, s.respondent, s.grain) for s in (old, new)]
    if kinds[0] != kinds[1]:
        raise EvalkitError("submission.not_comparable", before=before, after=after)
    design = workspace.store.design(new.design_hash)
    assert design is not None  # the store keeps no submission without its design
    spare = secrets.token_bytes(KEY_BYTES)
    left, right = (_named(_shown(workspace, s, spare), s.grain) for s in (old, new))
    changed = _cells(left, right, new.grain, design)
    return Difference(
        before=before,
        after=after,
        rows_before=len(left),
        rows_after=len(right),
        added=_keys(right.index.difference(left.index, sort=False), right),
        removed=_keys(left.index.difference(right.index, sort=False), left),
        measures=_counted(changed),
        changed=changed,
    )


def _shown(workspace: Workspace, submission: Submission, spare: bytes) -> pd.DataFrame:
    """The rows as they may be shown: with pseudonyms, for once only if the project has no key."""
    rows = kept_rows(workspace, submission)
    if not has_codes(submission) or known_key(workspace, submission.project) is not None:
        return rows
    return pseudonymised(rows, spare, submission.respondent)


def _named(rows: pd.DataFrame, grain: Grain) -> pd.DataFrame:
    """The rows by what each is about; a number tells apart those that say the same of that."""
    has_units = "unit" in rows and not rows["unit"].isna().all()
    names = _PERSON if grain is Grain.unit and has_units else _WHO[grain]
    columns = [name for name in names if name in rows]
    who = rows[columns].astype(object).where(rows[columns].notna(), None)
    again = who.groupby(columns, dropna=False, sort=False).cumcount()
    index = pd.MultiIndex.from_arrays([*(who[name] for name in columns), again])
    index.names = [*columns, None]
    return rows.set_index(index)


def _keys(index: pd.Index[Any], rows: pd.DataFrame) -> tuple[Key, ...]:
    return tuple(dict(zip(_names(rows), key, strict=False)) for key in index)


def _names(rows: pd.DataFrame) -> list[str]:
    return [str(name) for name in rows.index.names if name is not None]


def _cells(
    left: pd.DataFrame, right: pd.DataFrame, grain: Grain, design: Design
) -> tuple[CellChange, ...]:
    names = _names(right)
    owners = {column: m.id for m in design.measures for column in (m.id, *m.columns)}
    both = right.index.intersection(left.index, sort=False)
    one, other = left.loc[both], right.loc[both]
    found: list[CellChange] = []
    for column in dict.fromkeys((*one.columns, *other.columns)):
        if column in names:
            continue
        old, new = _values(one, column), _values(other, column)
        differs = [i for i, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]]
        for i in differs:
            key = dict(zip(names, both[i], strict=False))
            measure = key.get("measure") if grain is Grain.aggregate else owners.get(column)
            found.append(CellChange(key, measure, column, old[i], new[i]))
    return tuple(found)


def _values(rows: pd.DataFrame, column: str) -> list[Value]:
    if column not in rows:
        return [None] * len(rows)
    cells = rows[column].astype(object)
    return list(cells.where(cells.notna(), None))


def _counted(changed: tuple[CellChange, ...]) -> tuple[MeasureChange, ...]:
    counts: dict[str, list[int]] = {}
    for cell in changed:
        kind = 1 if cell.before is None else 2 if cell.after is None else 0
        counts.setdefault(cell.measure or cell.column, [0, 0, 0])[kind] += 1
    return tuple(MeasureChange(name, *numbers) for name, numbers in sorted(counts.items()))
