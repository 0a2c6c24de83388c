"""How well the values of a column fit what a design asks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from evalkit.collect.columns import ColumnSpec, Role
from evalkit.collect.parsing import numbers, without_marks
from evalkit.collect.spelling import option_key
from evalkit.collect.suggestion.names import closest, words
from evalkit.library.column_words import column_words
from evalkit.model.text import Text
from evalkit.model.vocabulary import ArmRole

MOST_VALUES = 60
"""Different values of a column that a mapping spells out."""

_BRIN = re.compile(r"[0-9]{2}[A-Z]{2}([0-9]{2})?")
_LONGEST_CODE = 40
_LONGEST_CLASS = 30
_RARE = 0.35
"""A number that stands for no value is not what most cells hold."""


@dataclass(frozen=True)
class Fit:
    """How well values fit."""

    share: float
    """Share of the cells with a value that can be read, 0 to 1."""
    why: Text | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    """Values that the mapping has to translate."""
    open: tuple[str, ...] = ()
    """Values of which nobody but the school knows what they mean."""


NOTHING = Fit(0.7, Text(nl="de kolom is leeg", en="the column is empty"))


def fit(cells: pd.Series[str], spec: ColumnSpec, labels: Mapping[str, str]) -> Fit:
    """How well the cells of a column fit a column of the design.

    Args:
        cells: Canonical text.
        spec: The column of the design.
        labels: What the file says its codes mean.
    """
    filled = without_marks(cells).dropna()
    if filled.empty:
        return NOTHING
    counts = filled.value_counts()
    if spec.role is Role.school:
        return _school(counts, spec, labels)
    if spec.role is Role.arm:
        return _arm(counts, spec, labels)
    if spec.role is Role.unit:
        return _unit(filled)
    if spec.role is Role.class_:
        return _class(counts, len(filled))
    if spec.kind == "choice":
        return _choice(counts, spec, labels)
    if spec.kind == "number":
        return _number(counts, spec)
    return _text(counts)


def _share(counts: pd.Series[int], fitting: Iterable[str]) -> float:
    wanted = set(fitting)
    return float(counts[[value in wanted for value in counts.index]].sum() / counts.sum())


def _named(values: Iterable[str], labels: Mapping[str, str]) -> dict[str, str]:
    """Value to what it says: its label, or else itself."""
    return {value: labels.get(value, value) for value in values}


def _school(counts: pd.Series[int], spec: ColumnSpec, labels: Mapping[str, str]) -> Fit:
    lookup = spec.lookup
    said = _named(map(str, counts.index), labels)
    direct = [value for value, text in said.items() if option_key(text) in lookup]
    values = {}
    for value, text in said.items():
        plain = re.sub(r"[\W_]+", "", text).upper()
        main = option_key(plain[:4])
        if value not in direct and _BRIN.fullmatch(plain):
            target = lookup.get(option_key(plain), lookup.get(main))
            if target is not None:
                values[value] = str(target)
    share = _share(counts, [*direct, *values])
    if share >= 0.98:
        why = Text(nl="de waarden zijn scholen van het project",
                   en="its values are schools of the project")  # fmt: skip
        return Fit(share, why, values)
    left = [value for value in said if value not in direct and value not in values]
    brins = [str(option.value) for option in spec.options]
    if len(brins) == 1 and len(said) == 1:
        why = Text(nl="één school in het bestand en in het project",
                   en="one school in the file and in the project")  # fmt: skip
        return Fit(0.9, why, {left[0]: brins[0]})
    why = Text(nl="zeg bij 'values' welke school elke waarde is",
               en="say under 'values' which school each value is")  # fmt: skip
    if len(said) > max(MOST_VALUES, len(brins)):
        return Fit(0.2, why)
    return Fit(max(share, 0.45), why, values, tuple(left))


def _arm(counts: pd.Series[int], spec: ColumnSpec, labels: Mapping[str, str]) -> Fit:
    lookup, listed = spec.lookup, _arm_words()
    known = {str(option.value) for option in spec.options}
    values: dict[str, str] = {}
    direct, left = [], []
    for value, text in _named(map(str, counts.index), labels).items():
        role = listed.get("".join(words(text)))
        if option_key(text) in lookup:
            direct.append(value)
        elif role in known:
            values[value] = str(role)
        else:
            left.append(value)
    if not left:
        why = Text(nl="de waarden zijn de groepen van het project",
                   en="its values are the groups of the project")  # fmt: skip
        return Fit(1.0, why, values)
    why = Text(nl="zeg bij 'values' welke groep elke waarde is",
               en="say under 'values' which group each value is")  # fmt: skip
    if len(counts) > 4:
        return Fit(0.2, why)
    return Fit(max(_share(counts, [*direct, *values]), 0.5), why, values, tuple(left))


def _arm_words() -> dict[str, str]:
    return {
        "".join(words(word)): role.value
        for role, said in column_words().arms.items()
        for word in said
    }


def yes_and_no(cells: pd.Series[str]) -> dict[str, str] | None:
    """Values that say yes and no, as the groups of the comparison; none if they do not."""
    found = list(dict.fromkeys(cells.dropna()))
    said = {value: "".join(words(value)) or value for value in found}
    yes = [v for v, text in said.items() if text in column_words().yes]
    no = [v for v, text in said.items() if text in column_words().no]
    if len(found) != 2 or len(yes) != 1 or len(no) != 1:
        return None
    return {yes[0]: ArmRole.intervention.value, no[0]: ArmRole.comparison.value}


def _unit(filled: pd.Series[str]) -> Fit:
    short = filled.str.len().max() <= _LONGEST_CODE
    decimal = filled.str.contains(r"[0-9][.,][0-9]", regex=True).mean() > 0.5
    share = filled.nunique() / len(filled)
    if not short or decimal:
        return Fit(0.1)
    if share < 0.98:
        why = Text(nl="codes komen vaker voor", en="codes occur more than once")
        return Fit(0.75 if share > 0.2 else 0.3, why)
    return Fit(1.0, Text(nl="elke rij heeft een eigen code", en="each row has a code of its own"))


def _class(counts: pd.Series[int], rows: int) -> Fit:
    longest = max(len(str(value)) for value in counts.index)
    decimal = sum("," in str(v) or "." in str(v) for v in counts.index) > len(counts) / 2
    if longest > _LONGEST_CLASS or decimal or (rows > 10 and len(counts) > rows / 2):
        return Fit(0.3)
    return Fit(1.0, Text(nl="een paar namen, steeds herhaald", en="a few names, repeated"))


def _choice(counts: pd.Series[int], spec: ColumnSpec, labels: Mapping[str, str]) -> Fit:
    lookup = spec.lookup
    allowed = {float(o.value) for o in spec.options if not isinstance(o.value, str)}
    said = _named(map(str, counts.index), labels)
    as_number = dict(zip(said, _numbers(said), strict=True))
    fitting, values, left = [], {}, []
    shown = {option.label.to(lang): option for option in spec.options for lang in ("nl", "en")}
    for value, text in said.items():
        if as_number[value] in allowed or {option_key(value), option_key(text)} & set(lookup):
            fitting.append(value)
        elif value in column_words().missing and counts[value] < _RARE * counts.sum():
            values[value] = ""
        elif name := closest(text, shown):
            chosen = shown[name].value
            values[value] = chosen if isinstance(chosen, str) else f"{chosen:.10g}"
        else:
            left.append(value)
    if len(left) > MOST_VALUES:
        return Fit(0.1)
    share = _share(counts, [*fitting, *values])
    why = None
    if share >= 0.98 and spec.role is Role.subject:
        why = Text(nl="de waarden zijn vakken van het project",
                   en="its values are subjects of the project")  # fmt: skip
    elif share >= 0.98:
        why = Text(nl="de waarden zijn antwoorden van de schaal",
                   en="its values are answers of the scale")  # fmt: skip
    elif share and spec.role is not Role.subject:
        why = Text(nl=f"{share:.0%} van de waarden zijn antwoorden van de schaal",
                   en=f"{share:.0%} of its values are answers of the scale")  # fmt: skip
    return Fit(share, why, values, tuple(left))


def _numbers(texts: Iterable[str]) -> list[float]:
    return [float(value) for value in numbers(pd.Series(list(texts), dtype=object))[0]]


def _number(counts: pd.Series[int], spec: ColumnSpec) -> Fit:
    found = dict(zip(map(str, counts.index), _numbers(map(str, counts.index)), strict=True))

    def fits(value: float) -> bool:
        low = spec.minimum is None or value >= spec.minimum
        high = spec.maximum is None or value <= spec.maximum
        return low and high and (not spec.whole or value == int(value))

    fitting = [text for text, value in found.items() if value == value and fits(value)]
    values = {
        text: ""
        for text, value in found.items()
        if text not in fitting
        and text in column_words().missing
        and counts[text] < _RARE * counts.sum()
    }
    share = _share(counts, [*fitting, *values])
    bounded = spec.minimum is not None or spec.maximum is not None
    if share >= 0.98 and bounded:
        why = Text(nl="de waarden passen bij de schaal", en="its values fit the scale")
    elif share >= 0.98:
        why = Text(nl="de waarden zijn getallen", en="its values are numbers")
    else:
        why = Text(nl=f"{share:.0%} van de waarden past bij de schaal",
                   en=f"{share:.0%} of its values fit the scale")  # fmt: skip
    return Fit(share, why, values)


def _text(counts: pd.Series[int]) -> Fit:
    numeric = sum(value == value for value in _numbers(map(str, counts.index)))
    return Fit(0.3 if numeric > len(counts) / 2 else 0.95)
