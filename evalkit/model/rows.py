"""Rows of one model, kept column by column: a table of any length in little room.

An effect size as an object takes some 3,000 bytes, and a programme can have hundreds of thousands.
Here numbers are kept as numbers, and of all else each value once; a row is made when it is asked
for, and is gone when nobody holds it.
"""

from __future__ import annotations

import copy
import math
import typing
from array import array
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import eq
from typing import Annotated, Any, Generic, TypeVar, cast, overload

from pydantic import SkipValidation

from evalkit.model.base import Model, computed

M = TypeVar("M", bound=Model)

Table = Annotated[Sequence[M], SkipValidation]
"""A field for rows: a tuple, or ``Rows`` where there can be very many."""


class _Numbers:
    """A column of numbers; NaN stands for what is missing."""

    def __init__(self) -> None:
        self.cells = array("d")

    def extend(self, values: list[float | None]) -> None:
        numbers = [math.nan if value is None else value for value in values]
        if sum(map(math.isfinite, numbers)) + values.count(None) < len(values):
            raise ValueError("a number of a row must be finite")
        self.cells.extend(numbers)

    def put(self, place: int, value: float | None) -> None:
        self.extend([value])
        self.cells[place] = self.cells.pop()

    def join(self, other: Any) -> None:
        self.cells.extend(other.cells)

    def values(self, start: int, stop: int) -> list[float | None]:
        return [None if cell != cell else cell for cell in self.cells[start:stop]]

    def of(self, places: Sequence[int]) -> list[float | None]:
        found = map(self.cells.__getitem__, places)
        return [None if cell != cell else cell for cell in found]


class _Words:
    """A column of anything else: its different values, and for each row which one."""

    def __init__(self) -> None:
        self.cells = array("I")
        self.known: list[Any] = []
        self.codes: dict[Any, int] = {}

    def extend(self, values: list[Any]) -> None:
        self.cells.extend(self._codes(values))

    def put(self, place: int, value: Any) -> None:
        (self.cells[place],) = self._codes([value])

    def join(self, other: Any) -> None:
        codes = self._codes(other.known)
        self.cells.extend(map(codes.__getitem__, other.cells))

    def values(self, start: int, stop: int) -> list[Any]:
        return list(map(self.known.__getitem__, self.cells[start:stop]))

    def of(self, places: Sequence[int]) -> list[Any]:
        return [self.known[code] for code in map(self.cells.__getitem__, places)]

    def _codes(self, values: list[Any]) -> list[int]:
        keys = values
        if dict in set(map(type, values)):
            keys = [tuple(value.items()) for value in values]
        known = self.codes
        for key, value in zip(keys, values, strict=True):
            if key not in known:
                known[key] = len(self.known)
                self.known.append(value)
        return list(map(known.__getitem__, keys))


class Rows(Sequence[M], Generic[M]):
    """A sequence of rows that can only grow.

    Args:
        model: what each row is; its fields are numbers, or values that can be hashed.
        rows: the first rows.
    """

    def __init__(self, model: type[M], rows: Iterable[M] = ()) -> None:
        self.model = model
        self._names = tuple(model.model_fields)
        self._columns = [_column(field.annotation) for field in model.model_fields.values()]
        self.extend(rows)

    def extend(self, rows: Iterable[M]) -> None:
        """Add rows.

        Raises:
            ValueError: a number is not finite.
        """
        said = [row.__dict__ for row in rows]
        for name, column in zip(self._names, self._columns, strict=True):
            column.extend([values[name] for values in said])

    def join(self, other: Rows[M]) -> None:
        """Add the rows of another: much faster than one by one."""
        for mine, its in zip(self._columns, other._columns, strict=True):
            mine.join(its)

    def changed(self, name: str, cells: Mapping[int, Any]) -> Rows[M]:
        """The same rows with another value of one field in these places.

        All else is kept once for both: neither may grow any more.
        """
        column = copy.deepcopy(self._columns[self._names.index(name)])
        for place, value in cells.items():
            column.put(place, value)
        return self._with({name: column})

    def without(self, names: Iterable[str]) -> Rows[M]:
        """The same rows with nothing in these fields; neither may grow any more."""
        empty = {}
        for name in names:
            empty[name] = _column(self.model.model_fields[name].annotation)
            empty[name].extend([None] * len(self))
        return self._with(empty)

    def _with(self, columns: Mapping[str, _Numbers | _Words]) -> Rows[M]:
        other: Rows[M] = Rows(self.model)
        pairs = zip(self._names, self._columns, strict=True)
        other._columns = [columns.get(name, column) for name, column in pairs]
        return other

    def column(self, name: str, start: int = 0, stop: int | None = None) -> list[Any]:
        """The values of one field, of all rows or of those from ``start`` up to ``stop``."""
        last = len(self) if stop is None else stop
        return self._columns[self._names.index(name)].values(start, last)

    def take(self, places: Iterable[int]) -> list[M]:
        """The rows in these places."""
        given = list(places)
        cells = (column.of(given) for column in self._columns)
        return [
            computed(self.model, zip(self._names, row, strict=True))
            for row in zip(*cells, strict=True)
        ]

    def cells(self, name: str, places: Sequence[int]) -> list[Any]:
        """The values of one field of the rows in these places."""
        column = self._columns[self._names.index(name)]
        if isinstance(places, range):
            return column.values(places.start, places.stop)
        return column.of(places)

    def __len__(self) -> int:
        return len(self._columns[0].cells)

    def __iter__(self) -> Iterator[M]:
        for start in range(0, len(self), AT_ONCE):
            cells = (column.values(start, start + AT_ONCE) for column in self._columns)
            for row in zip(*cells, strict=True):
                yield computed(self.model, zip(self._names, row, strict=True))

    @overload
    def __getitem__(self, at: int) -> M: ...
    @overload
    def __getitem__(self, at: slice) -> list[M]: ...
    def __getitem__(self, at: int | slice) -> M | list[M]:
        if isinstance(at, slice):
            return self.take(range(*at.indices(len(self))))
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        return self.take([at])[0]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Rows) and other.model is self.model:
            return all(self.column(name) == other.column(name) for name in self._names)
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]


AT_ONCE = 2_000
"""Rows whose cells are looked up together."""

Columns = dict[str, list[Any]]
"""Some rows column by column."""


class Portions(Iterable[M], Generic[M]):
    """Rows that follow from others, made by column, some at a time, when they are asked for.

    Args:
        model: what each row is.
        make: gives the columns of some rows at a time, all fields of the model in any order.
        of: what it makes them of.
    """

    def __init__(self, model: type[M], make: Callable[..., Iterable[Columns]], *of: Any) -> None:
        self.model = model
        self._make = make
        self._of = of

    def parts(self) -> Iterable[Columns]:
        """The columns of some rows at a time."""
        return self._make(*self._of)

    def __iter__(self) -> Iterator[M]:
        for cells in self.parts():
            for row in zip(*cells.values(), strict=True):
                yield computed(self.model, zip(cells, row, strict=True))


def _column(annotation: Any) -> _Numbers | _Words:
    parts = {part for part in typing.get_args(annotation) if part is not type(None)}
    return _Numbers() if annotation is float or parts == {float} else _Words()


def without(rows: Sequence[M], names: Sequence[str]) -> Sequence[M]:
    """The rows with nothing in these fields."""
    if isinstance(rows, Rows):
        return rows.without(names)
    nothing = dict.fromkeys(names)
    return tuple(row.model_copy(update=nothing) for row in rows)


def take(rows: Sequence[M], places: Iterable[int]) -> list[M]:
    """The rows in these places."""
    return rows.take(places) if isinstance(rows, Rows) else [rows[place] for place in places]


def picked(
    rows: Sequence[M], names: Sequence[str], places: Sequence[int] | None = None
) -> Iterator[M]:
    """Rows one by one with these fields alone, which is much faster than with all.

    They are said to be of the model, though any other field of them fails.

    Args:
        rows: the rows.
        names: the fields.
        places: those that are wanted, in this order; by default all.
    """
    kind = namedtuple("kind", names)  # type: ignore[misc]
    for cells in by_column(rows, names, places):
        yield from cast(Iterator[M], map(kind._make, zip(*cells.values(), strict=True)))


def by_column(
    rows: Sequence[M], names: Sequence[str], places: Sequence[int] | None = None
) -> Iterator[Columns]:
    """These fields of some rows at a time, column by column; the arguments as for ``picked``."""
    for start in range(0, len(rows if places is None else places), AT_ONCE):
        stop = start + AT_ONCE
        if isinstance(rows, Rows):
            some = range(start, min(stop, len(rows))) if places is None else places[start:stop]
            yield {name: rows.cells(name, some) for name in names}
        else:
            whole = rows[start:stop] if places is None else take(rows, places[start:stop])
            yield {name: [getattr(row, name) for row in whole] for name in names}


def transposed(names: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> Iterator[Columns]:
    """Some rows at a time, column by column, of rows that hold these fields in this order."""
    while some := list(islice(rows, AT_ONCE)):
        yield dict(zip(names, map(list, zip(*some, strict=True)), strict=True))


def values(rows: Sequence[Model], name: str) -> list[Any]:
    """The values of one field of all rows."""
    return rows.column(name) if isinstance(rows, Rows) else [getattr(row, name) for row in rows]
