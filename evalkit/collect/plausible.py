"""What can be so, but hardly is: mixed-up scales, thoughtless answers, copies, outliers.

Each of these looks at whole columns. Given only some rows of a file they say nothing sound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.collect.columns import ColumnSpec, Role, has_numbers, scale_bounds
from evalkit.collect.parsing import may_be_thousands, numbers
from evalkit.collect.remarks import Remarks
from evalkit.collect.scoring import turned
from evalkit.collect.wording import number_text
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import Direction, Respondent

Texts = Mapping[str, "pd.Series[Any]"]

ENOUGH = 10
"""Values without which nothing is said of a scale."""

_FEW = 3
"""Values over a scale below which each is reported by itself."""

GRADES = 20.0
"""Highest value of a scale on which a whole number ten or a hundred times too high lost its comma.

On a longer one (a test score of 0 to 58) almost any value would fit when divided.
"""

_SHIFTED = 0.05
"""Share of the answers that must be one below the scale for it to be coded one lower."""

ITEMS = 5
"""Questions of a questionnaire on which one answer throughout is remarked on."""

THROUGHOUT = 8
"""Questions on one scale, of whichever measures, on which one answer throughout is remarked on.

Of persons who answered two questionnaires of 7 questions together as they do, about 1 in 100 give
one answer to all; to 9 questions of three, 2 in 1000 (``tests/collect/test_thoughtless.py``)."""

ALIKE = 8
"""Values that must be equal for two persons to be remarked on as the same."""

TELLING = 11
"""What these must tell together: a measured number counts for ``NUMBER``, an answer for 1.

Of a hundred pupils of one school with a test score and 7 answers, two are equal by chance in 1 of
10 schools; with 13 answers in 1 of 60."""

NUMBER = 4
"""Answers that a measured number tells as much as."""

AGAINST = -0.3
"""Correlation with the other questions below which a question seems to be turned round."""

PERSONS = 30
"""Persons without which no correlation is looked at."""

FAR = 5.0
"""Distance from the median in robust standard deviations (1.4826 MAD) of an outlier."""

NORMAL = 1.4826
"""Median absolute deviation to standard deviation, for normal values (Rousseeuw & Croux 1993)."""

ROUNDED = 0.051
"""Room for rounding between a score that was given and that of its items."""


# Scales, before the cells are judged


def without_mixups(
    specs: Sequence[ColumnSpec], texts: Texts, remarks: Remarks
) -> dict[str, pd.Series[Any]]:
    """The columns, without the cells of a scale that was mixed up as a whole.

    Reported once for the column or questionnaire: answers coded from one below the scale (0 to 4
    instead of 1 to 5), percentages where fractions are asked, and grades ten times too high. What
    is left is judged cell by cell.
    """
    kept = dict(texts)
    rated: dict[str, list[ColumnSpec]] = {}
    for spec in specs:
        if spec.measure is None or spec.name not in texts:
            continue
        if spec.options and isinstance(spec.options[0].value, float):
            rated.setdefault(spec.measure.id, []).append(spec)
        elif spec.kind == "number" and (spec.minimum, spec.maximum) == (0.0, 1.0):
            kept[spec.name] = _without_percentages(spec, texts[spec.name], remarks)
        elif (ends := ends_of_tens(spec)) is not None:
            kept[spec.name] = _without_tens(spec, ends, texts[spec.name], remarks)
    for columns in rated.values():
        kept |= _without_shift(columns, texts, remarks)
    return kept


def _without_shift(
    specs: Sequence[ColumnSpec], texts: Texts, remarks: Remarks
) -> dict[str, pd.Series[Any]]:
    """The columns of one measure without the answers that are one below its scale."""
    low, high = (end(float(o.value) for o in specs[0].options) for end in (min, max))
    read = {spec.name: numbers(texts[spec.name])[0] for spec in specs}
    values = pd.concat(list(read.values())).dropna()
    below = values == low - 1
    shifted = (
        len(values) >= ENOUGH
        and below.mean() >= _SHIFTED
        and not (values == high).any()
        and values.between(low - 1, high).all()
        and bool((values % 1 == 0).all())
    )
    if not shifted:
        return {}
    measure = specs[0].measure
    assert measure is not None
    remarks.whole(
        "intake.coded_lower",
        specs[0].name,
        measure=measure.label,
        lowest=number_text(low - 1),
        highest=number_text(high - 1),
        minimum=number_text(low),
        maximum=number_text(high),
    )
    return {name: texts[name].mask(read[name] == low - 1, None) for name in read}


def _without_percentages(
    spec: ColumnSpec, text: pd.Series[Any], remarks: Remarks
) -> pd.Series[Any]:
    values, _ = numbers(text)
    present = values.dropna()
    over = (values > 1) & (values <= 100)
    if present.empty or not present.between(0, 100).all() or over.sum() * 2 < len(present):
        return text
    remarks.whole("intake.percentages", spec.name, column=remarks.header(spec.name))
    return text.mask(over, None)


def ends_of_tens(spec: ColumnSpec) -> tuple[float, float] | None:
    """The ends of a scale of grades, which people also write without the comma: 65 for 6,5."""
    if spec.kind != "number" or spec.whole or spec.minimum is None or spec.maximum is None:
        return None
    return (spec.minimum, spec.maximum) if 1 < spec.maximum <= GRADES else None


def _without_tens(
    spec: ColumnSpec, ends: tuple[float, float], text: pd.Series[Any], remarks: Remarks
) -> pd.Series[Any]:
    values, _ = numbers(text)
    low, high = ends
    present = values.dropna()
    over = (values > high) & (values <= 10 * high)
    few = over.sum() < _FEW or over.sum() * 2 < len(present)
    if few or not present.between(10 * low, 10 * high).all():
        return text
    remarks.whole(
        "intake.times_ten",
        spec.name,
        column=remarks.header(spec.name),
        minimum=number_text(low),
        maximum=number_text(high),
    )
    return text.mask(over, None)


# Values, once they are numbers


def check_plausible(
    frame: pd.DataFrame, specs: Sequence[ColumnSpec], texts: Texts, remarks: Remarks
) -> None:
    """Report what is possible in each cell but hardly as a whole.

    Args:
        frame: Typed unit rows: a column for each spec that came in.
        specs: The columns of the form.
        texts: The cells as they came; a column without any was not delivered.
    """
    here = [spec for spec in specs if spec.name in texts and spec.measure is not None]
    for spec in here:
        if spec.kind == "number":
            _check_thousands(texts[spec.name], spec, remarks)
            _check_fractions(frame[spec.name], spec, remarks)
            _check_outliers(frame[spec.name], spec, remarks)
    asked: dict[str, list[ColumnSpec]] = {}
    for spec in here:
        if spec.role is Role.item and spec.measure:
            asked.setdefault(spec.measure.id, []).append(spec)
    already = _check_throughout(frame, here, remarks)
    for columns in asked.values():
        _check_straight(frame, columns, already, remarks)
        _check_turned(frame, columns, remarks)
    _check_alike(frame, [s for s in here if s.role in (Role.item, Role.value)], remarks)


def is_high_of_schools(spec: ColumnSpec) -> bool:
    """Whether a column holds percentages of schools that are better when higher."""
    measure, entry = spec.measure, spec.entry
    by_school = measure is not None and measure.respondent is Respondent.school
    return by_school and entry is not None and entry.scale.better is Direction.higher


def takes_thousands(spec: ColumnSpec) -> bool:
    """Whether a column may hold numbers over a thousand, and broken ones too."""
    return not spec.whole and (spec.maximum is None or spec.maximum >= 1_000)


def _check_thousands(text: pd.Series[Any], spec: ColumnSpec, remarks: Remarks) -> None:
    """Report ``1.234`` in a column of text that may hold 1234 as well."""
    if not takes_thousands(spec):
        return
    raw = remarks.part.frame[remarks.sources.get(spec.name, spec.name)]
    written = text.where(raw.map(lambda cell: isinstance(cell, str)).astype(bool), None)
    found = may_be_thousands(written)
    remarks.shared("intake.thousands", spec.name, found, column=remarks.header(spec.name))


def _check_fractions(values: pd.Series[float], spec: ColumnSpec, remarks: Remarks) -> None:
    """Report a column of a scale up to 100 that holds fractions of 1 alone.

    Of schools, which are few, one is enough: of what should be high, less than 1 in 100 is none.
    """
    present = values.dropna()
    if (spec.minimum, spec.maximum) != (0.0, 100.0) or present.empty:
        return
    many = len(present) >= ENOUGH and (present % 1 != 0).mean() >= 0.5
    few = is_high_of_schools(spec) and present.min() > 0 and present.max() < 1
    if present.between(0, 1).all() and (many or few):
        remarks.whole("intake.fractions", spec.name, column=remarks.header(spec.name))


def _check_outliers(values: pd.Series[float], spec: ColumnSpec, remarks: Remarks) -> None:
    """Report values far from the others where no upper bound keeps mistakes out."""
    present = values.dropna()
    if spec.maximum is not None or len(present) < ENOUGH:
        return
    median = float(present.median())
    spread = NORMAL * float((present - median).abs().median())
    if spread > 0:
        far = ((values - median).abs() > FAR * spread).fillna(False)
        named = {"column": remarks.header(spec.name), "median": rounded(median)}
        remarks.shared("intake.outliers", spec.name, far, **named)


def on_one_scale(specs: Iterable[ColumnSpec]) -> list[list[ColumnSpec]]:
    """The questions of a form that have the same scale, where there are enough of them."""
    found: dict[tuple[float | None, float | None], list[ColumnSpec]] = {}
    for spec in specs:
        asked = spec.role is Role.item and spec.measure and spec.measure.scoring == "mean"
        if asked and spec.entry and has_numbers(spec.entry):
            found.setdefault(scale_bounds(spec.entry.scale), []).append(spec)
    return [group for group in found.values() if len(group) >= THROUGHOUT]


def _check_throughout(
    frame: pd.DataFrame, specs: Sequence[ColumnSpec], remarks: Remarks
) -> NDArray[np.bool_]:
    """Report persons who gave one answer to all questions of a form; returns where they are."""
    anywhere = np.zeros(len(frame), dtype=bool)
    for group in on_one_scale(specs):
        answers = frame[[spec.name for spec in group]].to_numpy(dtype=float)
        given = ~np.isnan(answers)
        low = np.where(given, answers, np.inf).min(axis=1)
        high = np.where(given, answers, -np.inf).max(axis=1)
        enough = given.sum(axis=1) >= THROUGHOUT
        same = enough & (low == high)
        remarks.shared(
            "intake.throughout",
            group[0].name,
            pd.Series(same, index=frame.index),
            share=f"{same.sum() / max(enough.sum(), 1):.0%}",
            questions=len(group),
            first=group[0].label,
            last=group[-1].label,
        )
        anywhere |= same
    return anywhere


def _check_straight(
    frame: pd.DataFrame,
    specs: Sequence[ColumnSpec],
    already: NDArray[np.bool_],
    remarks: Remarks,
) -> None:
    """Report persons who gave one answer throughout, to questions that contradict each other.

    The middle of the scale is no contradiction. Of whom it is said already, it is not repeated.
    """
    measure, entry = specs[0].measure, specs[0].entry
    assert measure is not None
    assert entry is not None
    names = [spec.name for spec in specs]
    reverse = {i.reverse for n, i in zip(measure.columns, measure.items, strict=True) if n in names}
    if len(names) < ITEMS or len(reverse) < 2:
        return
    answers = frame[names].to_numpy(dtype=float)
    whole = ~np.isnan(answers).any(axis=1)
    low, high = scale_bounds(entry.scale)
    middle = None if low is None or high is None else (low + high) / 2
    same = whole & (answers == answers[:, :1]).all(axis=1) & (answers[:, 0] != middle) & ~already
    share = same.sum() / whole.sum() if whole.any() else 0.0
    remarks.shared(
        "intake.straight",
        names[0],
        pd.Series(same, index=frame.index),
        measure=measure.label,
        share=f"{share:.0%}",
        questions=len(names),
    )


def _check_turned(frame: pd.DataFrame, specs: Sequence[ColumnSpec], remarks: Remarks) -> None:
    """Report questions that go against the others, once the reverse ones are turned."""
    measure, entry = specs[0].measure, specs[0].entry
    assert measure is not None
    assert entry is not None
    names = [spec.name for spec in specs]
    if len(names) < 3 or measure.scoring != "mean":
        return
    answers = turned(frame[names], measure, entry).dropna()
    spread = answers.std()
    if len(answers) < PERSONS or not (spread > 0).all():
        return
    total = answers.sum(axis=1)
    against = {
        name: r
        for name in names
        if (r := float(answers[name].corr(total - answers[name]))) < AGAINST
    }
    # Where half of the questions go against the other half nobody can tell which are wrong.
    for spec in specs:
        if spec.name in against and 2 * len(against) < len(names):
            shown = rounded(against[spec.name])
            remarks.whole("intake.turned", spec.name, question=spec.label, r=shown)


def _check_alike(frame: pd.DataFrame, specs: Sequence[ColumnSpec], remarks: Remarks) -> None:
    """Report persons of one school who are equal in all their values, and have enough of them.

    Persons who gave one answer to everything are left out: those are alike by nature.
    """
    names = [spec.name for spec in specs]
    if len(names) < ALIKE or "unit" not in frame:
        return
    codes = np.column_stack([pd.factorize(frame[name])[0] for name in names])
    answered = (codes >= 0).sum(axis=1)
    telling = (codes >= 0) @ np.array([worth(spec) for spec in specs])
    school = pd.factorize(frame["school"])[0]
    able = (answered >= ALIKE) & (telling >= TELLING) & (school >= 0) & _varies(frame, names)
    keys = pd.DataFrame(codes).assign(school=school)[able]
    again = pd.util.hash_pandas_object(keys, index=False).duplicated()
    wrong = again.reindex(range(len(frame)), fill_value=False).set_axis(frame.index)
    remarks.shared("intake.alike", "unit", wrong, values=ALIKE)


def worth(spec: ColumnSpec) -> int:
    """What a value of a column tells, in answers to a question."""
    return NUMBER if spec.kind == "number" else 1


def _varies(frame: pd.DataFrame, names: Sequence[str]) -> NDArray[np.bool_]:
    """Where a row holds different numbers."""
    numeric = [name for name in names if pd.api.types.is_numeric_dtype(frame[name])]
    values = frame[numeric].to_numpy(dtype=float)
    low = np.where(np.isnan(values), np.inf, values).min(axis=1, initial=np.inf)
    high = np.where(np.isnan(values), -np.inf, values).max(axis=1, initial=-np.inf)
    different: NDArray[np.bool_] = low < high
    return different


def check_scores(
    given: pd.Series[float], scored: pd.Series[float], spec: ColumnSpec, remarks: Remarks
) -> None:
    """Report scores that were delivered and are not those of the items beside them."""
    apart = ((given - scored).abs() > ROUNDED).fillna(False)
    remarks.shared("intake.score_apart", spec.name, apart, measure=spec.label)


def rounded(value: float) -> Text:
    """A number in three digits, for a text."""

    def to(lang: Lang) -> str:
        text = f"{value:.3g}"
        return text.replace(".", ",") if lang == "nl" else text

    return Text(nl=to("nl"), en=to("en"))
