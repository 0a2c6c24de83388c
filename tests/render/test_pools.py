"""Pools that differ in scale, and intervals and ratios that need words of their own."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.model.effect import EffectSize, PooledEstimate
from evalkit.model.measure import Scale
from evalkit.model.rows import Rows
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Text
from evalkit.model.vocabulary import Kind, NotPooled, Respondent, ScaleType, WaveKind
from evalkit.render.blocks import Figure, Heading
from evalkit.render.picture import Picture
from evalkit.render.pictures import pictures
from evalkit.render.report import sentences
from evalkit.render.wording import number
from evalkit.synthesis.pooling import pool

from .programmes import Drawn, recorded
from .reports import (
    CLIMATE,
    MEASURES,
    SCORE,
    STAYED,
    WAVE,
    WORKLOAD,
    SimpleNamespace,
    design,
    effect,
    measure,
    put_together,
    report,
    synthesis,
)
from .test_report import said, tables

MORE = (0.31, -0.12, 0.44, 0.09, 0.27, -0.05, 0.18, 0.36, 0.02, 0.21, 0.4, -0.2)
SECOND = "SMD_ML_WITHIN"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    return recorded(monkeypatch)


def programme_of(rows: list[EffectSize], **changes: Any) -> Synthesis:
    return put_together(rows, [design(row.project, n, **changes) for n, row in enumerate(rows)])


def alike(values: tuple[float, ...] = MORE, measure: str = SCORE, **changes: Any) -> Synthesis:
    """One estimate of each project; changes by name, or by number of the project."""
    return programme_of(
        [effect(f"p{n:02}", measure, y, 0.02 + n / 1e4, **changes) for n, y in enumerate(values)]
    )


def apart(**changes: Any) -> Synthesis:
    """Twelve estimates of which the last four differ as given, and one that has none."""
    rows = [
        effect(f"p{n:02}", SCORE, y, 0.02 + n / 1e4, **(changes if n >= 8 else {}))
        for n, y in enumerate(MORE)
    ]
    rows.append(effect("p12", SCORE, None, None, not_pooled_because=NotPooled.too_few))
    return programme_of(rows)


# --- one figure for each pool ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metric": SECOND}, ("Hedges' g", "g within classes or schools")),
        ({"measure_version": "2.0"}, ("version 1.0", "version 2.0")),
    ],
)
def test_each_pool_has_its_own_figures(
    changes: dict[str, str], words: tuple[str, str], drawn: Drawn
) -> None:
    found = apart(**changes)
    every = [p for p in pictures(found, "en") if p.measure == SCORE]
    assert len({p.name for p in every}) == len({p.caption for p in every}) == len(every)
    for kind in ("forest", "funnel", "cumulative", "influence"):
        shown = [p.caption for p in every if p.kind == kind]
        assert [word in caption for word, caption in zip(words, shown, strict=True)] == [True] * 2
    forests = [p for p in every if p.kind == "forest"]
    texts = [_texts(picture, drawn) for picture in forests]
    for n, value in enumerate(MORE):
        inside = [text for text in texts if f"Project {n + 1}" in text]
        assert len(inside) == 1, n
        assert number(value, "en") in inside[0]
    assert [NotPooled.too_few.label.en in text for text in texts] == [True, False]
    assert not any(NotPooled.no_post.label.en in text for text in texts)


def _texts(picture: Picture, drawn: Drawn) -> list[str]:
    drawn.clear()
    picture.draw("svg")
    return [text for text, *_ in drawn]


def test_the_report_says_why_a_measure_has_two_pools() -> None:
    document = report(apart(metric=SECOND), "en", drawn=True)
    text = said(document)
    assert "There are 2 pooled estimates here, each with its own figures" in text
    assert "numbers on different scales have no common average" in text
    figures = [b.caption for b in document.blocks if isinstance(b, Figure)]
    assert sum("effect per project" in caption for caption in figures) == 2
    assert "Test score (Hedges' g)" in text
    assert "Test score (g within classes or schools)" in text
    effects = tables(document)["Effects on test score"]
    assert effects.columns[1].label == "Metric"
    assert {row[1] for row in effects.rows} >= {"SMD", SECOND}
    versions = said(report(apart(measure_version="2.0"), "en"))
    assert "the measure has versions that are not declared compatible" in versions


def test_one_pool_is_named_as_before() -> None:
    names = [p.name for p in pictures(alike(), "en") if p.kind == "forest"]
    assert names == ["forest-fonds-score-post"]


def test_a_row_that_counts_is_never_said_to_have_no_values(drawn: Drawn) -> None:
    found = alike()
    (forest,) = (p for p in pictures(found, "nl") if p.kind == "forest")
    assert not any(reason.label.nl in _texts(forest, drawn) for reason in NotPooled)


def test_a_yes_or_no_measure_has_a_cox_index() -> None:
    text = said(report(alike(measure=STAYED, metric="COX"), "en", drawn=True))
    assert "Cox index" in text
    assert "(Hedges' g, k" not in text
    both = put_together(
        [effect(f"p{n}", STAYED, 0.1, 0.02, metric=("COX", "SMD")[n % 2]) for n in range(4)],
        [design(f"p{n}", n) for n in range(4)],
    )
    assert "Hedges' g and Cox index" in said(report(both, "en"))


# --- intervals that are too narrow -------------------------------------------------------------

NARROW = (-0.09, -0.07, -0.12, -0.14)


@pytest.mark.parametrize("values", [NARROW, MORE, (0.1, 0.9, -0.4), (0.2,)])
def test_an_interval_is_narrow_beside_one_common_effect(values: tuple[float, ...]) -> None:
    (own,) = (p for p in alike(values).pooled if p.selection == "all")
    if len(values) == 1:
        assert (own.narrow, own.fixed_low, own.fixed_high) == (False, None, None)
        return
    common = pool(values, [0.02 + n / 1e4 for n in range(len(values))], "FE", "z")
    assert (own.fixed_low, own.fixed_high) == (common.ci_low, common.ci_high)
    assert own.narrow is (values is NARROW)


def test_words_go_by_the_wider_interval() -> None:
    found = alike(NARROW)
    (own,) = found.pooled
    assert own.ci_high < 0 < (own.fixed_high or 0)
    text = said(report(found, "en"))
    assert "the intervention group did worse" not in text.lower()
    assert "that interval is too narrow" in text
    wide = f"[{number(own.fixed_low, 'en')}, {number(own.fixed_high, 'en')}]"
    assert text.count(wide) >= 3  # In short, beside the estimate, and below the table.
    shown = tables(report(found, "en"))["Pooled estimates"]
    assert shown.rows[0][3].endswith(" *")  # type: ignore[union-attr]
    assert "**The conclusion changes**" not in text
    (forest,) = (p for p in pictures(found, "en") if p.kind == "forest")
    assert "too narrow to go by" in forest.caption


def test_estimates_that_are_all_the_same_carry_no_conclusion() -> None:
    found = programme_of([effect(f"p{n}", SCORE, -0.3, 0.001) for n in range(4)])
    text = said(report(found, "en"))
    assert "no interval can be trusted" in text
    for words in ("group did worse", "group did better", "confidence the average", "conclusion s"):
        assert words not in text, words
    assert "The data do not tell" in text


def test_an_interval_that_is_wide_enough_is_left_alone() -> None:
    assert "too narrow" not in said(report(alike(), "en", drawn=True))


# --- ratios ------------------------------------------------------------------------------------


def ratio(estimate: float, measure: str, family: str = "lnRR") -> tuple[str, PooledEstimate]:
    metric = {"lnRR": "ROM", "lnRisk": "RR", "lnOR": "OR"}[family]
    spread = (-0.02, 0.0, 0.02)
    found = programme_of(
        [effect(f"p{n}", measure, estimate + spread[n % 3], 4e-4, metric=metric) for n in range(6)]
    )
    return said(report(found, "en")), found.pooled[0]


@pytest.mark.parametrize(("measure", "way"), [(SCORE, "lower"), (WORKLOAD, "higher")])
def test_a_ratio_is_said_in_per_cent_of_the_measure_itself(measure: str, way: str) -> None:
    text, own = ratio(-0.25, measure)
    turned = -1 if measure == WORKLOAD else 1
    value = 100 * (math.exp(turned * own.estimate) - 1)
    assert f"the average was {abs(value):.0f} per cent {way} in the intervention group" in text
    ends = sorted(100 * (math.exp(turned * end) - 1) for end in sentences.reliable(own))
    low, high = (f"{end:+.0f}%".replace("-", "−") for end in ends)
    assert f"(95 per cent interval: {low} to {high})" in text
    assert f"{abs(value):.0f}% {way} [" in text  # In short.
    assert f"{own.estimate:+.2f}".replace("-", "−") in text  # The tables keep the logarithm.


def test_a_small_ratio_keeps_a_decimal() -> None:
    assert "the average was 3.0 per cent higher" in ratio(math.log(1.03), SCORE)[0]


def test_an_odds_ratio_is_not_made_into_per_cent() -> None:
    assert "In per cent" not in ratio(0.4, STAYED, "lnOR")[0]
    assert "no percentage points" in ratio(0.4, STAYED, "lnRisk")[0]


# --- numbers -----------------------------------------------------------------------------------


@given(st.floats(-1, 1), st.integers(0, 3), st.booleans(), st.sampled_from(("nl", "en")))
def test_zero_has_no_sign(value: float, digits: int, sign: bool, lang: Any) -> None:
    text = number(value, lang, digits, sign=sign)
    zero = not text.strip("+−0.,")
    assert not (zero and text[0] in "+−")
    assert float(text.replace(",", ".").replace("−", "-")) == round(value, digits)


def test_text_and_figure_round_alike(drawn: Drawn) -> None:
    found = alike(tuple(n / 1000 - 0.05 for n in range(5, 100, 10)))
    (forest,) = (p for p in pictures(found, "nl") if p.kind == "forest")
    texts = _texts(forest, drawn)
    for row in found.effects:
        assert number(row.yi, "nl") in texts


# --- asymmetry, interim results, size ----------------------------------------------------------


@pytest.mark.parametrize(("k", "weak"), [(12, True), (24, False)])
def test_a_test_of_asymmetry_on_few_projects_proves_nothing(k: int, weak: bool) -> None:
    values = tuple(0.2 + 0.3 * math.sin(7 * n) for n in range(k))
    found = alike(values)
    slope = next(row for row in found.programme.sensitivity if row.check == "egger")
    assert slope.p >= 0.1
    assert (f"with {k} projects the test often misses" in said(report(found, "en"))) is weak


def with_interim() -> Synthesis:
    interim = SimpleNamespace(
        id="halfway", kind=WaveKind.interim, label=Text(nl="halverwege", en="halfway")
    )
    rows = []
    for n, y in enumerate(MORE):
        early = {"wave": "halfway", "wave_kind": WaveKind.interim, "pooled": False}
        rows.append(effect(f"p{n}", SCORE, y, 0.02, not_pooled_because=NotPooled.interim, **early))
        rows.append(effect(f"p{n}", SCORE, y, 0.02))
    return put_together(rows, [design(f"p{n}", n, waves=(interim, WAVE)) for n in range(12)])


def test_interim_results_come_last_and_are_not_counted() -> None:
    document = report(with_interim(), "en")
    headings = [b.text for b in document.blocks if isinstance(b, Heading)]
    start = headings.index("Results per measure")
    assert [h for h in headings[start : start + 6] if "est score" in h or "nterim" in h] == [
        "Test score", "Interim results", "Test score (halfway)",
    ]  # fmt: skip
    text = said(document)
    assert "the 12 contrasts from after the projects ended; 12 interim ones are not" in text
    assert "No result can be taken together here." not in text


def test_the_report_never_makes_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """There can be hundreds of thousands; those of one measure and wave at a time are few."""
    found = synthesis(45)
    kept = found.model_copy(update={"effects": Rows(EffectSize, found.effects)})
    plain = said(report(found, "en"))

    def all_of_them(self: Any) -> None:
        raise AssertionError("every row was made")

    monkeypatch.setattr(Rows, "__iter__", all_of_them)
    assert said(report(kept, "en")) == plain
    assert {p.name for p in pictures(kept, "en")} == {p.name for p in pictures(found, "en")}


def test_the_scale_of_a_process_measure_is_told_once() -> None:
    one = measure(
        CLIMATE, "overleg", "meetings", kind=Kind.process, respondent=Respondent.teacher,
        scale=Scale(type=ScaleType.interval, unit=Text(nl="uur per week", en="hours a week")),
    )  # fmt: skip
    found = synthesis(6)
    for its in found.designs:
        its.measures = (*MEASURES[:-1], one)
    assert said(report(found, "en")).count("meetings: hours a week.") == 1
