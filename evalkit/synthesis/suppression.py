"""Small cells of a table, and every other cell that they could be recomputed from.

Two steps, as in statistical disclosure control (Hundepool et al. 2012, Statistical Disclosure
Control, ch. 4): *primary* suppression hides the cells that may not be shown; *complementary*
suppression hides others, so that no hidden one follows from totals that are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

SUPPRESSED = "suppressed"
"""The column that says of each cell whether it is hidden; not whether it is small itself."""

DOMINANCE = 0.10
"""A total may not let the second largest contributor come within this share of the largest."""

_SLACK = 1e-6  # Room for rounding in a linear programme.

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Structure:
    """How the cells of a table hang together: one row is one cell.

    ``totals`` names, for each column of ``keys`` that the table adds up over, the value of the
    rows that hold the total. ``values`` are hidden together with the count.
    """

    keys: tuple[str, ...]
    totals: Mapping[str, object] = field(default_factory=dict)
    count: str = "n"
    yes: str | None = None
    """Of the units, how many said yes or have the feature: a share is published of them."""
    values: tuple[str, ...] = ("mean", "sd")
    dominated: str | None = None
    """Column that is true where one contributor makes up nearly all of the cell."""


def suppress(table: pd.DataFrame, structure: Structure, threshold: npt.ArrayLike) -> pd.DataFrame:
    """The table with small cells, and those that would give them away, emptied.

    Afterwards the count of any hidden cell can be anything within a range of at least
    ``threshold``, for someone who knows all that is shown and that a hidden count is at least 1.
    That holds where totals are shown. Where there are none, a hidden count is below its threshold,
    and nothing tells more.

    Args:
        table: one row per cell, with the columns of ``structure``.
        structure: how the cells hang together.
        threshold: the smallest count that may be shown; one for all rows, or one per row.

    Returns:
        A copy with None in the count, yes and values of hidden cells, and ``suppressed``.

    Raises:
        ValueError: two rows have the same keys, or parts add up to more than their total.
    """
    if table.duplicated(list(structure.keys)).any():
        raise ValueError("two rows of the table have the same keys")
    cells = _Cells.of(table, structure, np.broadcast_to(np.asarray(threshold), len(table)))
    cells.protect()
    hidden = cells.hidden[: len(table)]
    found = table.assign(**{SUPPRESSED: hidden})
    emptied = (structure.count, *((structure.yes,) if structure.yes else ()), *structure.values)
    for column in emptied:
        known = found[column].astype(object)
        found[column] = known.where(known.notna() & ~hidden, None)
    return found


def primary(table: pd.DataFrame, structure: Structure, threshold: npt.ArrayLike) -> Booleans:
    """Which cells may not be shown by themselves.

    Those with fewer units than the threshold; of a share, those in which fewer units than that
    say yes, or say no; and those that one contributor dominates. A count of zero is shown.
    """
    least = np.broadcast_to(np.asarray(threshold), len(table))
    n = table[structure.count].to_numpy(dtype=float)
    hidden: Booleans = is_small(n, least)
    if structure.yes is not None:
        yes = table[structure.yes].to_numpy(dtype=float)
        hidden = hidden | is_small(yes, least) | is_small(n - yes, least)
    if structure.dominated is not None:
        hidden = hidden | table[structure.dominated].to_numpy(dtype=bool)
    return hidden


def is_told(n: int, yes: int | None, least: int) -> bool:
    """Whether a cell of which nothing adds up to another may be shown, as ``primary`` decides."""
    counts = (n,) if yes is None else (n, yes, n - yes)
    return not any(0 < count < least for count in counts)


def is_small(counts: npt.ArrayLike, threshold: npt.ArrayLike) -> Booleans:
    """Whether counts are above zero and below the threshold."""
    given = np.asarray(counts)
    return np.asarray((given > 0) & (given < threshold), dtype=bool)


def is_dominated(values: npt.ArrayLike) -> bool:
    """Whether the second largest contributor could estimate the largest from the total.

    The p% rule with p = 10: what the others add is less than 10% of the largest (Hundepool et al.
    2012, § 4.2.2). Only for amounts, which are never negative.
    """
    given = np.sort(np.asarray(values, dtype=float))[::-1]
    if len(given) < 2 or given[-1] < 0 or given[0] == 0:
        return False
    return bool(given[2:].sum() < DOMINANCE * given[0])


@dataclass
class _Line:
    """A total that is shown and the cells that add up to it."""

    total: int
    parts: Integers

    @property
    def members(self) -> Integers:
        return np.append(self.parts, self.total)


class _Cells:
    """The counts of a table, which of them are hidden, and the lines they add up in."""

    def __init__(
        self, n: Integers, yes: Integers | None, hidden: Booleans, least: Integers
    ) -> None:
        self.n = n
        self.yes = yes
        self.hidden = hidden
        self.least = least
        self.lines: list[_Line] = []
        self._lines_of: dict[int, list[_Line]] = {}

    @classmethod
    def of(cls, table: pd.DataFrame, structure: Structure, least: Integers) -> _Cells:
        hidden = primary(table, structure, least)
        n = table[structure.count].fillna(0).to_numpy(dtype=np.int64)
        yes = None
        if structure.yes is not None:
            yes = table[structure.yes].fillna(0).to_numpy(dtype=np.int64)
        found = cls(n, yes, hidden.copy(), least.astype(np.int64))
        for column, mark in structure.totals.items():
            found._add_lines(table, [k for k in structure.keys if k != column], column, mark)
        return found

    def _add_lines(self, table: pd.DataFrame, others: list[str], column: str, mark: object) -> None:
        is_total = (table[column] == mark).to_numpy()
        if not others:
            groups = [np.arange(len(table))]
        else:
            ids = table.groupby(others, sort=False, dropna=False).ngroup().to_numpy()
            order = np.argsort(ids, kind="stable")
            groups = np.split(order, np.flatnonzero(np.diff(ids[order])) + 1)
        for group in groups:
            totals, parts = group[is_total[group]], group[~is_total[group]]
            if len(totals) and len(parts):
                self.lines.append(_Line(int(totals[0]), self._whole(int(totals[0]), parts)))

    def _whole(self, total: int, parts: Integers) -> Integers:
        """The parts, with what the table does not list as one more that is not shown."""
        rest = int(self.n[total] - self.n[parts].sum())
        rest_yes = 0 if self.yes is None else int(self.yes[total] - self.yes[parts].sum())
        if rest < 0 or rest_yes < 0 or rest_yes > rest:
            raise ValueError("parts of the table add up to more than their total")
        if rest == 0:
            return parts
        self.n = np.append(self.n, rest)
        self.hidden = np.append(self.hidden, True)
        self.least = np.append(self.least, self.least[total])
        if self.yes is not None:
            self.yes = np.append(self.yes, rest_yes)
        return np.append(parts, len(self.n) - 1)

    # Protecting

    def protect(self) -> None:
        """Hide more cells until no hidden one can be narrowed down."""
        checks = [_Check(self.n, 1.0, np.ones_like(self.hidden), self.least)]
        if self.yes is not None:
            no = self.n - self.yes
            by_share = is_small(self.yes, self.least) | is_small(no, self.least)
            checks += [_Check(counts, 0.0, by_share, self.least) for counts in (self.yes, no)]
        while True:
            while sum(self._mend(line) for line in self.lines):
                pass
            exposed = self._exposed(checks)
            before = self.hidden.copy()
            for cell in exposed:
                near = self._near({cell})
                if (self.hidden[near] == before[near]).all():  # Else it has got more room.
                    self._hide_near(cell)
            if (self.hidden == before).all():
                return

    def _mend(self, line: _Line) -> bool:
        """Hide cells of a line until what its total tells of the hidden ones may be shown."""
        changed = False
        while self._tells(line):
            shown = line.parts[~self.hidden[line.parts] & (self.n[line.parts] > 0)]
            first = shown[np.argmin(self.n[shown])] if len(shown) else line.total
            self.hidden[first] = changed = True
        return changed

    def _tells(self, line: _Line) -> bool:
        """Whether a line alone tells too much: what is hidden in it, taken together, is small."""
        inside = line.parts[self.hidden[line.parts]]
        if self.hidden[line.total]:
            return not len(inside)
        if not len(inside):
            return False
        least = self.least[line.members].max()
        if (self.n[inside] - 1).sum() < least:
            return True
        if self.yes is None:
            return False
        yes, all_of_them = self.yes[inside].sum(), self.n[inside].sum()
        return bool(is_small(yes, least) or is_small(all_of_them - yes, least))

    def _exposed(self, checks: Sequence[_Check]) -> list[int]:
        """Hidden cells that several lines together narrow down too far."""
        found: dict[int, None] = {}
        for variables, relations in self._blocks():
            for check in checks:
                found.update(dict.fromkeys(check.narrow(variables, relations)))
        return list(found)

    def _blocks(self) -> Iterator[tuple[Integers, Any]]:
        """Hidden cells that share lines, with those lines as equations, where more than one."""
        rows, columns, signs = [], [], []
        for number, line in enumerate(self.lines):
            inside = line.members[self.hidden[line.members]]
            rows += [number] * len(inside)
            columns += inside.tolist()
            signs += np.where(inside == line.total, -1.0, 1.0).tolist()
        if not rows:
            return
        size = len(self.lines) + len(self.n)
        links = csr_array(
            (np.ones(len(rows)), (rows, np.add(columns, len(self.lines)))), shape=(size, size)
        )
        _, label = connected_components(links, directed=False)
        matrix = csr_array((signs, (rows, columns)), shape=(len(self.lines), len(self.n)))
        line_labels, cell_labels = label[: len(self.lines)], label[len(self.lines) :]
        for block in np.unique(line_labels[rows]):
            inside = np.flatnonzero(line_labels == block)
            if len(inside) > 1:  # What one line tells is settled already.
                variables = np.flatnonzero(cell_labels == block)
                yield variables, matrix[inside][:, variables]

    def _hide_near(self, cell: int) -> None:
        """Hide the smallest cell that is shown in a line of this one, or else of its neighbours."""
        reach = [cell]
        while True:
            near = self._near(set(reach))
            shown = [i for i in near if not self.hidden[i] and self.n[i] > 0]
            if shown or len(near) <= len(reach):
                break
            reach = near
        if shown:
            self.hidden[min(shown, key=lambda i: (self.n[i], i))] = True

    def _near(self, cells: set[int]) -> list[int]:
        """All cells of the lines that hold any of these."""
        if not self._lines_of:
            for line in self.lines:
                for i in line.members:
                    self._lines_of.setdefault(int(i), []).append(line)
        lines = (line for i in cells for line in self._lines_of.get(i, ()))
        return sorted({int(i) for line in lines for i in line.members})


class _Check:
    """Whether counts of hidden cells can be told from sums, and what is known of that so far.

    A solution stays one when more is hidden; so what was found stays found.
    """

    def __init__(self, known: Integers, lowest: float, asked: Booleans, enough: Integers) -> None:
        self.known = known.astype(float)
        self.lowest = lowest
        self.asked = asked & (known > 0)
        self.enough = enough.astype(float)
        self.low, self.high = self.known.copy(), self.known.copy()

    def narrow(self, variables: Integers, relations: Any) -> list[int]:
        """The cells of a block whose count lies within less than the threshold.

        Args:
            variables: the hidden cells of the block.
            relations: the equations between them, one row each.
        """
        sums = relations @ self.known[variables]
        random = np.random.default_rng(len(variables))
        while True:  # Many cells at once, near what they are.
            unsure = self._unsure(variables)
            if not len(unsure):
                return []
            aim = np.where(
                np.isin(variables, unsure), random.choice((-1.0, 1.0), len(variables)), 0
            )
            room = 2 * self.enough[variables]
            least = np.maximum(self.lowest, self.known[variables] - room)
            box = np.column_stack((least, self.known[variables] + room))
            self._learn(variables, relations, sums, aim, box)
            self._learn(variables, relations, sums, -aim, box)
            if len(self._unsure(variables)) > 0.8 * len(unsure):
                break
        for cell in self._unsure(variables):  # Each for itself, as far as it goes.
            for sign in (1.0, -1.0):
                if self.high[cell] - self.low[cell] < self.enough[cell]:
                    aim = np.where(variables == cell, sign, 0.0)
                    self._learn(variables, relations, sums, aim, (self.lowest, None))
        return [int(cell) for cell in self._unsure(variables)]

    def _unsure(self, variables: Integers) -> Integers:
        short = self.high[variables] - self.low[variables] < self.enough[variables] - _SLACK
        found: Integers = variables[self.asked[variables] & short]
        return found

    def _learn(
        self, variables: Integers, relations: Any, sums: Numbers, aim: Numbers, bounds: Any
    ) -> None:
        found = linprog(aim, A_eq=relations, b_eq=sums, bounds=bounds, method="highs")
        if found.status == 3:  # Unbounded: only where one cell is aimed at.
            self.high[variables[aim != 0]] = np.inf
            return
        if found.x is None:
            raise RuntimeError(f"no answer from the linear programme: {found.message}")
        self.low[variables] = np.minimum(self.low[variables], found.x)
        self.high[variables] = np.maximum(self.high[variables], found.x)
