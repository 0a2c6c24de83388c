"""The synthesis report: what it says in words is what its numbers say."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit import __version__
from evalkit.language import translator
from evalkit.model.effect import PooledEstimate
from evalkit.model.synthesis import Synthesis
from evalkit.model.vocabulary import (
    BaselineStatus,
    ChosenBy,
    Comparison,
    NotPooled,
    Verdict,
)
from evalkit.render.blocks import Bullets, Document, Figure, Heading, Table
from evalkit.render.html import to_html
from evalkit.render.pdf import to_pdf
from evalkit.render.report import sentences
from evalkit.render.report.context import MOST_PROJECTS, Context
from evalkit.render.report.results import made_of
from evalkit.render.report.sentences import FEW
from evalkit.render.wording import number

from .reports import DAY, SCORE, STAYED, WORKLOAD, design, effect, put_together, report, synthesis
from .sample import visible_texts

LANGUAGES = ("nl", "en")
VERDICTS = {
    "better": "the intervention group did better",
    "worse": "the intervention group did worse",
    "unclear": "the data do not tell whether the intervention helped or harmed",
}


def pooled(measure: str = SCORE, k: int = 6, **changes: Any) -> PooledEstimate:
    values: dict[str, Any] = {
        "measure": measure, "measure_version": "1.0", "wave": "post", "family": "g",
        "selection": "all", "k": k, "projects": tuple(f"p{n}" for n in range(k)),
        "method": "REML", "test": "knha", "estimate": 0.1, "se": 0.05, "ci_low": 0.0,
        "ci_high": 0.2, "p": 0.05, "df": 5, "tau2": 0.01, "i2": 20.0, "q": 5.0, "q_p": 0.4,
        "pi_low": -0.1, "pi_high": 0.3,
    }  # fmt: skip
    return PooledEstimate(**(values | changes))


def said(document: Document) -> str:
    """Everything a reader sees, in one text."""
    return "\n".join(visible_texts((document.summary, document.blocks)))


def tables(document: Document) -> dict[str, Table]:
    return {block.caption: block for block in document.blocks if isinstance(block, Table)}


def of(k: int, lang: Any = "en", **options: Any) -> Document:
    return report(synthesis(k, **options), lang)


def sentences_of(p: PooledEstimate, rows: list[Any], lang: Any) -> str:
    found = put_together(rows, [design(r.project, n) for n, r in enumerate(rows)])
    return "\n".join(sentences.sentences(Context(found, (), lang, DAY), p, rows))


# --- words and numbers -------------------------------------------------------------------------

BOUNDS = st.floats(-2, 2, allow_nan=False).map(lambda value: round(value, 3))


@given(BOUNDS, BOUNDS, BOUNDS, st.integers(1, 12), st.sampled_from(LANGUAGES))
@settings(max_examples=200)
def test_the_direction_is_that_of_the_interval(
    first: float, second: float, third: float, k: int, lang: Any
) -> None:
    t = translator(lang)
    low, estimate, high = sorted((first, second, third))
    p = pooled(k=k, estimate=estimate, ci_low=low, ci_high=high)
    rows = [effect(project, SCORE, 0.1, 0.01) for project in p.projects]
    text = sentences_of(p, rows, lang)
    right = "better" if low > 0 else "worse" if high < 0 else "unclear"
    capitals = {name: t(words)[0].upper() + t(words)[1:] for name, words in VERDICTS.items()}
    assert [name for name, words in capitals.items() if words in text] == [right]
    assert number(estimate, lang, sign=True) in text
    assert text.count("**" + t("Caution") + "**") <= 1
    line = sentences.result(p, "x", lang, "n")
    assert [name for name, words in VERDICTS.items() if t(words) in line] == [right]
    assert f"k = {k}" in line
    within = sentences.interval_in_words(p, lang)
    zero = t(
        "With 95 per cent confidence the average effect lies between {low} and {high}. "
        "Zero lies within: no effect at all fits the data too. "
        "That is not the same as proof of no effect."
    )
    assert (within[-30:] == zero[-30:]) is (low <= 0 <= high)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("k", "warned"), [(1, True), (2, True), (FEW - 1, True), (FEW, False)])
def test_few_projects_are_warned_of(k: int, warned: bool, lang: Any) -> None:
    p = pooled(k=k)
    text = sentences.how_sure(p, [effect(i, SCORE, 0.1, 0.01) for i in p.projects], lang)
    one = translator(lang)("**Caution**: with one project nothing is taken together.")
    few = translator(lang)(
        "**Caution**: with fewer than five projects an average is a first indication; "
        "one more project can turn it."
    )
    assert (one in text, few in text) == (k == 1, warned and k > 1)


def test_how_sure_counts_what_the_pool_rests_on() -> None:
    rows = [
        effect("a", SCORE, 0.1, 0.01, ladder_rung=2, baseline=BaselineStatus.late),
        effect("b", SCORE, 0.1, 0.01, ladder_rung=5, comparison=Comparison.randomised),
        effect("c", SCORE, 0.1, 0.01, ladder_rung=4, baseline_verdict=Verdict.fails),
    ]
    assert sentences.how_sure(pooled(k=7), rows, "en").startswith(
        "How sure: projects 7; with a baseline from before the start 2; of these with comparable "
        "groups 1; with groups drawn by lot 1; rung of the effect ladder 2–5."
    )


@given(st.floats(-1, 1), st.floats(0, 0.5), st.floats(0, 0.5), st.sampled_from(LANGUAGES))
@settings(max_examples=100)
def test_a_prediction_interval_says_whether_zero_lies_within(
    middle: float, below: float, above: float, lang: Any
) -> None:
    t, low, high = translator(lang), middle - below, middle + above
    text = sentences.differences(pooled(pi_low=low, pi_high=high), lang)
    within = t(
        "In a next project the effect may be anything between {low} and {high} "
        "(95 per cent prediction interval). "
        "Zero lies within: what holds on average need not hold in every project."
    )
    assert (within.partition("{")[0] in text) is (low <= 0 <= high)
    assert number(low, lang, sign=True) in text
    assert number(high, lang, sign=True) in text


def test_without_a_prediction_interval_it_says_so() -> None:
    text = sentences.differences(pooled(k=2, pi_low=None, pi_high=None, i2=None), "en")
    assert text.endswith("a prediction interval asks three projects.")
    assert "{" not in text
    assert "from one" in sentences.differences(pooled(k=1), "en")


@pytest.mark.parametrize(
    ("estimate", "size"),
    [(0.01, "small"), (0.049, "small"), (0.05, "medium"), (0.199, "medium"), (0.2, "large")],
)
def test_kraft_draws_the_line_where_kraft_does(estimate: float, size: str) -> None:
    p = pooled(estimate=estimate, ci_low=-0.1, ci_high=0.5)
    text = sentences.kraft(p, "en")
    assert f"this estimate is {size}: below 0.05 is small, from 0.20 on large." in text
    assert "The interval runs from no gain to large." in text


@pytest.mark.parametrize(
    ("measure", "family", "estimate", "named"),
    [
        (SCORE, "g", 0.1, True), (SCORE, "g", -0.1, False), (SCORE, "lnRR", 0.1, False),
        (WORKLOAD, "g", 0.1, False), (STAYED, "RD", 0.1, False),
    ],
)  # fmt: skip
def test_kraft_is_for_achievement_of_pupils(
    measure: str, family: str, estimate: float, named: bool
) -> None:
    p = pooled(measure, family=family, estimate=estimate, ci_low=-0.3, ci_high=0.3)
    rows = [effect(project, measure, 0.1, 0.01) for project in p.projects]
    assert ("Kraft" in sentences_of(p, rows, "en")) is named


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(0.25, 0.4, "lies above"), (-0.1, 0.15, "lies below"), (0.1, 0.3, "lies within the interval")],
)
def test_the_effect_that_the_scheme_expects(low: float, high: float, words: str) -> None:
    p = pooled(estimate=(low + high) / 2, ci_low=low, ci_high=high)
    text = sentences_of(p, [effect(project, SCORE, 0.1, 0.01) for project in p.projects], "en")
    (line,) = (line for line in text.split("\n") if "expects 0.20 SD" in line)
    assert words in line


@pytest.mark.parametrize(
    ("estimate", "words"),
    [(0.054, "5 more had"), (-0.12, "12 fewer had"), (0.004, "as many had")],
)
def test_of_a_hundred(estimate: float, words: str) -> None:
    p = pooled(STAYED, family="RD", estimate=estimate, ci_low=estimate - 0.1, ci_high=0.2)
    rows = [effect(project, STAYED, estimate, 0.01) for project in p.projects]
    (line,) = (line for line in sentences_of(p, rows, "en").split("\n") if "every 100" in line)
    assert words in line
    low = f"{100 * (estimate - 0.1):+.0f}".replace("-", "−")
    assert f"(95 per cent interval: {low} to +20)." in line


def test_a_standardised_difference_is_never_made_into_people() -> None:
    text = said(of(12, measures=(SCORE, WORKLOAD)))
    assert "every 100" not in text
    assert "every 100" in said(of(12))
    cox = pooled(STAYED, family="RD")
    rows = [effect(project, STAYED, 0.1, 0.01, metric="COX") for project in cox.projects]
    assert "every 100" not in sentences_of(cox, rows, "en")


def test_lower_is_better_is_said_where_it_holds() -> None:
    words = "lower is better, so an effect above zero"
    assert said(of(6, measures=(WORKLOAD,))).count(words) == 1
    assert words not in said(of(6, measures=(SCORE,)))


# --- what is there -----------------------------------------------------------------------------


def nothing_compared(k: int) -> Synthesis:
    found = synthesis(k)
    rows = [
        effect(row.project, row.measure, None, None, not_pooled_because=NotPooled.single_group)
        for row in found.effects
    ]
    return put_together(rows, list(found.designs))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("empty", [True, False])
def test_nothing_is_said_of_what_is_not_there(empty: bool, lang: Any) -> None:
    found = put_together([], list(synthesis(3).designs)) if empty else nothing_compared(3)
    document = report(found, lang)
    text, t = said(document), translator(lang)
    for words in VERDICTS.values():
        assert t(words) not in text.lower()
    assert "k = " not in text
    assert not any(isinstance(block, Bullets) for block in document.summary)
    assert t("Pooled estimates") not in tables(document)
    assert "None" not in text


def test_parts_come_in_order() -> None:
    headings = [
        block.text
        for block in (*of(6).summary, *of(6).blocks)
        if isinstance(block, Heading) and block.level == 1
    ]
    assert headings == [
        "In short", "The question", "The sample", "Quality of the evidence",
        "Results per measure", "Across measures", "Process and conditions", "Own goals",
        "Factors that promoted and hindered", "Shortcomings", "What is missing",
        "Method and provenance", "Digital cards",
    ]  # fmt: skip


def test_every_figure_of_a_measure_stands_in_its_part_once() -> None:
    document = report(synthesis(10, measures=(SCORE,)), "en", drawn=True)
    captions = [block.caption for block in document.blocks if isinstance(block, Figure)]
    assert len(captions) == len(set(captions)) == 8
    assert captions[0].startswith("From awarded projects")
    assert all(caption.startswith("test score: ") for caption in captions[1:6])


def test_quality_counts_add_up() -> None:
    found = synthesis(14)
    shown = tables(report(found, "en"))
    for caption in (
        "Rung of the effect ladder reached", "Comparison designs", "First measurement",
        "Difference between the groups at the start (What Works Clearinghouse)",
        "Attrition since the first measurement",
    ):  # fmt: skip
        assert sum(int(row[1] or 0) for row in shown[caption].rows) == len(found.effects)
    by_rung = {
        row[0][:1]: row[1:] for row in shown["Rung of the effect ladder reached"].rows if row[0]
    }
    for rung in {row.ladder_rung for row in found.effects}:
        own = [row for row in found.effects if row.ladder_rung == rung]
        assert by_rung[str(rung)] == (str(len(own)), str(len({row.project for row in own})))


def test_a_small_group_shows_no_numbers() -> None:
    document = report(synthesis(10), "en")
    table = tables(document)["Effects on test score"]
    hidden = [row for row in table.rows if row[3] == "<"]
    assert [row[0] for row in hidden] == ["Project 10"]
    assert [row[1:6] for row in hidden] == [(None, None, "<", None, None)]
    process = tables(document)["Process measures per project and group"]
    withheld = [row for row in process.rows if row[4] == "<"]
    assert withheld
    assert {row[5:] for row in withheld} == {("–", "–")}
    assert "Withheld because a group is small: 3 results and 2 process measures." in said(document)


def named(document: Document, title: str) -> set[str]:
    """The tables that have a row of a project."""
    return {
        name for name, table in tables(document).items() if any(r[0] == title for r in table.rows)
    }


def test_of_many_projects_it_gives_counts() -> None:
    found, few = synthesis(MOST_PROJECTS + 1), synthesis(MOST_PROJECTS)
    text = said(report(found, "en"))
    assert "With 41 projects the tables of single projects are left out" in text
    assert "moederbestand.csv, one row for each project" in text
    assert named(report(found, "en"), "Project 2") == set()
    assert len(named(report(few, "en"), "Project 2")) == 5
    assert len(report(found, "en").blocks) < len(report(few, "en").blocks)


def test_the_report_does_not_grow_with_the_programme() -> None:
    sizes = [len(said(report(synthesis(k, measures=(SCORE,)), "en"))) for k in (50, 200)]
    assert sizes[1] < 1.1 * sizes[0]


# --- shortcomings and what is missing ----------------------------------------------------------


def test_shortcomings_are_those_of_this_synthesis() -> None:
    rows = [
        effect(f"p{n}", SCORE, 0.1, 0.01, metric="DPPC2" if n else "SMD", icc_source="default",
               rung_limits=("reached.5.attrition",) if n == 1 else (),
               chosen_by=ChosenBy.asked if n == 2 else ChosenBy.rule)
        for n in range(3)
    ]  # fmt: skip
    rows.append(effect("p3", SCORE, None, None, not_pooled_because=NotPooled.single_group))
    designs = [design(f"p{n}", n) for n in range(4)]
    text = said(report(put_together(rows, designs, silent=1), "en"))
    for words in (
        "In no project were the groups drawn by lot",
        "Awarded projects that are in no pooled estimate: 2 of 5.",
        "Of 4 contrasts 4 have a baseline from before the start.",
        "In 1 contrasts attrition is too high",
        "Of 3 contrasts attrition is not known",
        "left out of the pooled estimates: 1.",
        "Pooled estimates of fewer than five projects: 1 of 1.",
        "All pooled estimates are on one scale (Hedges' g)",
        "different metrics are taken together: 1 of 1.",
        "A researcher chose the metric of 1 results",
        "In 3 of 3 pooled results a correlation is assumed",
    ):
        assert words in text, words
    assert "Withheld because" not in text.replace("Withheld because a group is small: 0", "")
    designs[0].project.comparison = Comparison.randomised
    text = said(report(put_together(rows, designs), "en"))
    assert "In 1 of 4 projects the groups were drawn by lot." in text


def test_what_is_due_depends_on_the_day() -> None:
    found = synthesis(3, silent=4)
    due = tables(report(found, "en"))["Mandatory measures that were due and did not come in"]
    assert due.rows == (("Test score", "afterwards", "2"),)
    early = report(found, "en", day=dt.date(2026, 7, 3))
    assert "Not due yet on 3 Jul 2026: 2 mandatory measurements." in said(early)
    assert "Everything mandatory that was due came in." in said(early)
    silent = tables(early)["Projects without data"]
    assert [row[1] for row in silent.rows] == ["no design yet", "nothing delivered"] * 2


# --- provenance --------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_how_to_cite(lang: Any) -> None:
    document = report(synthesis(4), lang, day=dt.date(2027, 1, 4))
    line = next(text for text in said(document).split("\n") if "(2027)" in text)
    scheme = {"nl": "Fonds *voor* scholen", "en": "Fund *for* schools"}[lang]
    for part in (scheme, f"evalkit {__version__}", "SHA-256 3f9a1c7e"):
        assert part in line
    assert line.startswith("evalkit")


def test_the_same_synthesis_gives_the_same_bytes() -> None:
    once, again = (report(synthesis(4, measures=(SCORE,)), "nl", drawn=True) for _ in range(2))
    assert to_html(once) == to_html(again)
    assert to_pdf(once) == to_pdf(again)


def test_titles_are_shown_as_they_are() -> None:
    """What comes from outside is no markup."""
    found = synthesis(4)
    for one in found.designs:
        one.project.title = "*** `x` \\ **vet** <b>"
    text = said(report(found, "en"))
    assert "*** `x` \\ **vet** <b>" in text
    assert "Fund *for* schools" in text


def _changing(document: Document) -> Iterator[str]:
    for text in said(document).split("\n"):
        if "The conclusion" in text:
            yield text


def test_checks_say_when_the_conclusion_hangs_on_one_project() -> None:
    rows = [effect(f"p{n}", SCORE, 1.0 if n == 0 else 0.08, 0.004 + n / 1e4) for n in range(8)]
    designs = [design(f"p{n}", n) for n in range(8)]
    found = put_together(rows, designs)
    own = found.pooled[0]
    side = sentences.side(own.ci_low, own.ci_high)
    without = [row for row in found.programme.sensitivity if row.check == "without"]
    turned = [row for row in without if sentences.side(row.ci_low, row.ci_high) != side]
    lines = list(_changing(report(found, "en")))
    assert any("Without one project" in line for line in lines)
    (line,) = (line for line in lines if "Without one project" in line)
    assert ("The conclusion changes" in line) is bool(turned)
    for row in turned[:5]:
        assert found.design(row.about).project.title in line


def test_rows_of_a_pool_are_those_that_made_it() -> None:
    found = synthesis(15)
    context = Context(found, (), "en", DAY)
    for pool in context.pools:
        rows = made_of(pool, context.rows(pool.measure, pool.wave))
        assert sorted(row.project for row in rows) == sorted(pool.projects)
        assert len(rows) == pool.k


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_placeholder_is_left_open(lang: Any) -> None:
    for k in (0, 1, 4, 12, 50):
        found = synthesis(k) if k else put_together([], list(synthesis(2).designs))
        text = said(report(found, lang))
        assert not re.search(r"\{\w+\}", text)
        assert "None" not in text
