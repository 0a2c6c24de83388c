"""What the values of a column mean: by the mapping, by the file's own labels, by the design."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from evalkit.collect.columns import ColumnSpec, Role
from evalkit.collect.parsing import by_value
from evalkit.collect.spelling import option_key
from evalkit.collect.veil import quoted, veiled
from evalkit.errors import finding
from evalkit.model.finding import Finding, Place
from evalkit.model.text import Text


class Meaning(NamedTuple):
    """A column with its values replaced, and what stood out in doing so."""

    cells: pd.Series[Any]
    turned: tuple[tuple[str, str], ...] = ()
    """Codes that mean another code in the design, with that code."""
    unclear: tuple[str, ...] = ()
    """Codes without a label beside such codes: nobody knows which way they go."""


def read_values(
    cells: pd.Series[Any],
    values: Mapping[str, str],
    labels: Mapping[str, str],
    spec: ColumnSpec | None,
) -> Meaning:
    """The values of a column as the design writes them; what nothing is said of stays as it was.

    Args:
        cells: Canonical text.
        values: What the mapping says: value, or label of a code, to value in the design.
        labels: What the file says: code to label.
        spec: The column in the design.
    """
    if not values and not labels:
        return Meaning(cells)
    said = {option_key(source): target for source, target in values.items()}
    by_label = {code: label for code, label in labels.items() if option_key(code) not in said}
    lookup = dict(said)
    turned = []
    for code, label in by_label.items():
        meant = said.get(option_key(label), _in_design(label, spec))
        if meant is None:
            continue
        lookup[option_key(code)] = meant
        if option_key(label) not in said and _is_other_option(code, meant, spec):
            turned.append((code, meant))
    unclear = _unclear(cells, lookup, spec) if turned else ()
    return Meaning(_replaced(cells, lookup), tuple(turned), unclear)


def told(meaning: Meaning, place: Place, header: str, target: str) -> Iterator[Finding]:
    """What is to be said of codes whose labels say otherwise than the design."""
    values = {"column": veiled(header)}
    if meaning.unclear:
        unclear = [quoted(code) for code in meaning.unclear]
        listed = Text(
            nl=", ".join(c if isinstance(c, str) else c.nl for c in unclear),
            en=", ".join(c if isinstance(c, str) else c.en for c in unclear),
        )
        yield finding("intake.labels_partly", place, codes=listed, target=target, **values)
    elif meaning.turned:
        codes = ", ".join(f"{code} → {meant}" for code, meant in meaning.turned)
        yield finding("intake.labels_decide", place, codes=codes, **values)


def _in_design(label: str, spec: ColumnSpec | None) -> str | None:
    """The value in the design that a label stands for, if it stands for one."""
    if spec is None or spec.role is Role.unit:
        return None
    if spec.options:
        value = spec.lookup.get(option_key(label))
        return None if value is None else _text(value)
    return label if spec.kind == "text" else None


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"


def _is_other_option(code: str, meant: str, spec: ColumnSpec | None) -> bool:
    """Whether the design knows the code itself, as something else."""
    if spec is None or not spec.options:
        return False
    own = spec.lookup.get(option_key(code))
    return own is not None and _text(own) != meant


def _unclear(
    cells: pd.Series[Any], lookup: Mapping[str, str], spec: ColumnSpec | None
) -> tuple[str, ...]:
    """Codes in the cells that the design knows but of which the file does not say the label."""
    known = spec.lookup if spec else {}
    found = cells.dropna().unique()
    return tuple(
        code for code in found if option_key(code) not in lookup and option_key(code) in known
    )


def _replaced(cells: pd.Series[Any], lookup: Mapping[str, str]) -> pd.Series[Any]:
    if not lookup:
        return cells

    def read(values: pd.Series[Any]) -> pd.Series[Any]:
        found = [_found(value, lookup) for value in values]
        return pd.Series(found, index=values.index, dtype=object)

    return by_value(cells, read, None).astype(object)


def _found(value: str, lookup: Mapping[str, str]) -> str | None:
    target = lookup.get(option_key(value))
    return value if target is None else target or None
