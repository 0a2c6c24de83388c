"""What a school and a funder find in the document of a design."""

from __future__ import annotations

import datetime as dt
import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html
from pypdf import PdfReader

from evalkit.model.design import Design
from evalkit.model.project import Prediction
from evalkit.model.text import Lang
from evalkit.model.vocabulary import AssignmentLevel, Comparison, Region, Respondent, WaveKind
from evalkit.render.blocks import Block, Document, Figure, Heading, Questions, Table
from evalkit.render.design_document import design_document
from evalkit.render.design_document.burden import cell
from evalkit.render.design_document.comparison import claims
from evalkit.render.design_document.power import against_target, in_words, place
from evalkit.render.design_document.words import Words
from evalkit.render.html import to_html
from evalkit.render.pdf import to_pdf
from evalkit.render.wording import dated, source

from .designs import EXAMPLES, LANGUAGES, both, example_designs, filled, power, told_in
from .sample import squeezed, visible_texts


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Design]:
    return example_designs(tmp_path_factory.mktemp("ontwerpen"))


@pytest.fixture(scope="module")
def english(made: dict[str, Design]) -> Design:
    return told_in(filled(made["leeskringen"]), "en")


def reader(document: Document) -> PdfReader:
    return PdfReader(BytesIO(to_pdf(document)))


def text_of(*blocks: Block) -> str:
    return "\n".join(visible_texts(tuple(blocks)))


def part(document: Document, title: str) -> tuple[Block, ...]:
    """The blocks under a heading of the first or second level."""
    blocks = [*document.summary, *document.blocks]
    (start,) = (
        n for n, block in enumerate(blocks) if isinstance(block, Heading) and block.text == title
    )
    level = blocks[start].level  # type: ignore[union-attr]
    ends = (
        n
        for n, block in enumerate(blocks[start + 1 :], start + 1)
        if isinstance(block, Heading) and block.level <= level
    )
    return tuple(blocks[start : next(ends, len(blocks))])


def assert_summary_is_page_two(document: Document) -> None:
    pages = [squeezed(page.extract_text()) for page in reader(document).pages[:3]]
    assert squeezed(document.summary[0].text) in pages[1]  # type: ignore[union-attr]
    missing = [t for t in visible_texts(document.summary) if squeezed(t) not in pages[1]]
    assert not missing
    assert squeezed(document.labels.contents) in pages[2]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("project", EXAMPLES)
def test_the_summary_for_the_school_is_one_page(
    made: dict[str, Design], project: str, language: Lang
) -> None:
    assert_summary_is_page_two(design_document(told_in(made[project], language)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summary_stays_one_page_when_everything_is_filled(
    made: dict[str, Design], language: Lang
) -> None:
    design = filled(made["slimfit-public"], protocol_title=both("Een lange naam " * 12))
    assert_summary_is_page_two(design_document(told_in(design, language)))


def test_the_summary_says_what_when_cost_and_what_for(english: Design) -> None:
    said = text_of(*design_document(english).summary)
    baseline = english.waves[0]
    for expected in (
        Words(english).window(baseline),
        "before the start on 1 Oct 2026",
        "4 short PDCA cycles",
        "1 Sept 2027",
        "37 min × 72 = 44 h",
        "€1,234",
        "Rung 3 of 5",
        "0.35 SD",
        "+1: doe iets aan voorspelling.",
        english.hash[:12],
        english.protocol_title.en,
    ):
        assert expected in said, expected


def test_follow_ups_take_one_line(english: Design) -> None:
    (agenda,) = (
        block
        for block in part(design_document(english), "What do we do, and when?")
        if isinstance(block, Table)
    )
    told = [row[1] or "" for row in agenda.rows]
    follow_ups = [wave for wave in english.waves if wave.kind is WaveKind.follow_up]
    for wave in follow_ups:
        count = len(Words(english).asked(wave))
        assert any("ollow-up" in text and f"(measures: {count})" in text for text in told), told
    assert sum("ollow-up" in text for text in told) < len(follow_ups)


def test_summary_and_schedule_count_the_same_measures(made: dict[str, Design]) -> None:
    for design in (told_in(d, "en") for d in made.values()):
        document = design_document(design)
        tables = [b for b in part(document, "Schedule") if isinstance(b, Table)]
        (moments,) = (b for b in tables if b.caption == "Measurement moments")
        at = [column.label for column in moments.columns].index("Measures")
        counts = {row[1]: row[at] for row in moments.rows}
        said = text_of(*document.summary)
        for wave in design.waves:
            assert f"(measures: {counts[wave.label.en]})" in said, wave.id


def test_sources_are_told_in_the_language() -> None:
    assert source("004, overzicht 8, trede 0", "nl") == "004, overzicht 8, trede 0"
    assert source("004, overzicht 8, trede 0", "en") == "004, overview 8, rung 0"
    assert source("004, aanbeveling III (nulmeting)", "en") == "004, recommendation III (baseline)"


def test_the_highest_rung_needs_no_lift(english: Design) -> None:
    sharp = {"power": (power(Respondent.pupil, mdes=0.2),)}
    top = english.model_copy(update={"expected_rung": 5, **sharp})
    assert "take every measurement on time" in text_of(*design_document(top).summary)
    assert "+1" not in text_of(*design_document(top).summary)


def test_a_plan_that_sees_only_large_effects_is_told_so(english: Design) -> None:
    top = english.model_copy(update={"expected_rung": 5})
    assert "only a large effect" in text_of(*design_document(top).summary)


def test_every_planned_measurement_is_in_the_schedule(made: dict[str, Design]) -> None:
    for design in (told_in(design, "en") for design in made.values()):
        tables = [
            block
            for block in part(design_document(design), "What is measured at each moment")
            if isinstance(block, Table) and block.columns[0].label == "Measure"
        ]
        marked = 0
        for table in tables:
            head = [column.label for column in table.columns]
            assert head[:3] == ["Measure", "Groups", "Asked by"]
            marked += sum(cell is not None for row in table.rows[:-1] for cell in row[3:])
        assert marked == len(design.schedule)


def test_the_schedule_has_days_deadlines_and_reference_dates(english: Design) -> None:
    entry = english.schedule[0].model_copy(update={"reference_date": english.waves[0].opens})
    design = english.model_copy(update={"schedule": (entry, *english.schedule[1:])})
    said = text_of(*part(design_document(design), "Schedule"))
    for expected in ("School days", "13", "Rapport 3", "1 Sept 2030", "Reference date"):
        assert expected in said
    assert Words(design).measure(entry.measure) in said


def test_every_rule_is_there_with_its_lift_and_source(english: Design) -> None:
    said = text_of(*part(design_document(english), "What this evaluation can show"))
    for rule in (rule for step in english.ladder for rule in step.rules):
        assert f"{'✓' if rule.met else '✗'} {rule.reason.en}" in said
        assert rule.lift is None or rule.lift.en in said
        assert rule.source in said


def test_a_comparison_says_what_it_can_and_cannot_say(english: Design) -> None:
    for language in LANGUAGES:
        words = Words(told_in(english, language))
        said = [claim for kind in Comparison for claim in claims(kind, words)]
        assert len(set(said)) == 2 * len(Comparison)
    can, cannot = claims(english.project.comparison, Words(english))
    shown = text_of(*part(design_document(english), "Comparison"))
    for expected in (can, cannot, "Een nieuwe methode.", "Gelijk in beide.", "600 pupils"):
        assert expected in shown


def test_what_is_missing_is_asked_for(made: dict[str, Design]) -> None:
    design = told_in(made["leeskringen"], "en")
    project = design.project.model_copy(update={"alternatives": ()})
    design = design.model_copy(update={"project": project})
    assert "No other explanations are named yet" in text_of(*design_document(design).blocks)


def test_predictions_name_measure_and_direction(english: Design) -> None:
    (table,) = (
        block
        for block in part(design_document(english), "What is expected, said beforehand")
        if isinstance(block, Table)
    )
    measure = english.measures[0].label.en
    assert table.rows == (
        ("De scores stijgen.", measure, "goes up"),
        ("De rest blijft gelijk.", None, None),
    )


def test_the_words_of_a_project_are_no_markup(english: Design) -> None:
    texts = {"title": "A *b* `c`", "description": "**x** & <y>", "theory": "`z`"}
    texts["predictions"] = (Prediction(text="*p* stijgt"),)  # type: ignore[assignment]
    project = english.project.model_copy(update=texts)
    said = text_of(*design_document(english.model_copy(update={"project": project})).blocks)
    assert "**x** & <y>" in said
    assert "`z`" in said
    assert "*p* stijgt" in said


SUM = re.compile(r"((?:[\d.]+ min × [\d]+(?: \+ )?)+) = ([\d.]+) h")


@pytest.mark.parametrize("project", EXAMPLES)
def test_every_sum_on_the_page_of_the_school_is_right(
    made: dict[str, Design], project: str
) -> None:
    said = text_of(*design_document(told_in(made[project], "en")).summary)
    sums = SUM.findall(said)
    assert sums
    for terms, hours in sums:
        found = sum(
            float(n) * int(persons) for n, persons in re.findall(r"([\d.]+) min × (\d+)", terms)
        )
        assert found / 60 == pytest.approx(float(hours), abs=0.06 if "." in hours else 0.5)


def test_the_page_of_an_earlier_design_shows_no_sum_that_is_wrong(english: Design) -> None:
    words = Words(english)
    part = english.yearly_burden[0].model_copy(
        update={"minutes": 12, "persons": 13, "hours": 2.0, "spent": ()}
    )
    assert cell(part, words) == "2.0 h"
    known = part.model_copy(update={"spent": ((8, 13), (4, 4))})
    assert cell(known, words) == "8 min × 13 + 4 min × 4 = 2.0 h"


def test_days_in_remarks_and_answers_are_written_as_elsewhere(made: dict[str, Design]) -> None:
    assert dated("van 14-09-2026 tot 2026-11-02, in 2026-2027", "nl") == (
        "van 14 sep 2026 tot 2 nov 2026, in 2026-2027"
    )
    assert dated("on 2026-02-30", "en") == "on 2026-02-30"
    for design in made.values():
        said = text_of(*design_document(design).blocks, *design_document(design).summary)
        assert not re.search(r"\b\d{2}-\d{2}-\d{4}\b|\b\d{4}-\d{2}-\d{2}\b", said)


def test_the_page_of_the_school_shows_first_what_is_predicted(english: Design) -> None:
    kinds = ("core.a", "core.b", "core.c")
    powers = tuple(
        power(Respondent.pupil, measures=(id,), mdes=0.3 + n / 10) for n, id in enumerate(kinds)
    )
    project = english.project.model_copy(
        update={"predictions": (Prediction(text="Het stijgt.", measure="core.c"),)}
    )
    design = english.model_copy(update={"power": powers, "project": project})
    said = text_of(*design_document(design).summary)
    assert "0.50 SD" in said
    assert said.index("0.50 SD") < said.index("0.30 SD")
    assert "0.40 SD" not in said


def test_what_a_school_reads_has_names_and_no_keys(made: dict[str, Design]) -> None:
    design = told_in(made["slimfit-public"], "en")
    plain = Words(design).plainly(both("Beschrijf het doel (description) (kort) (arms, size)."))
    assert plain == "Beschrijf het doel (kort)."
    schedule = text_of(*part(design_document(design), "Schedule"))
    assert "iio.slimfit" not in schedule
    assert design.type.label.en in schedule


def test_open_questions_show_the_id_to_answer_them_by(english: Design) -> None:
    said = text_of(*part(design_document(english), "Checklist"))
    assert "What will the results be used for, and by whom? [purpose]" in said


def test_open_questions_are_set_apart(english: Design) -> None:
    (questions,) = (
        block
        for block in part(design_document(english), "Checklist")
        if isinstance(block, Questions)
    )
    assert len(questions.items) == len(english.checklist)
    page = lxml_html.document_fromstring(to_html(design_document(english)))
    open_ones = [item for item in english.checklist if item.answer is None]
    shown = page.xpath("//dl[@class='questions']/div[@class='open']")
    assert len(shown) == len(open_ones) > 0
    assert all("For the school" in block.text_content() for block in shown)


@pytest.mark.parametrize(("effect", "rank"), [(0, 50), (0.35, 64), (1, 84), (9, 100)])
def test_an_effect_as_a_place_among_a_hundred(effect: float, rank: int) -> None:
    assert place(effect) == rank  # Cohen (1988), table 2.2.1: U3.


def test_power_in_plain_words(english: Design) -> None:
    words = Words(english)
    said = in_words(power(Respondent.pupil), words)
    assert "0.35 SD or more shows in 80 of 100 evaluations" in said
    assert "place 64" in said
    assert "no effect can be tested" in in_words(power(Respondent.pupil, mdes=None), words)
    assert "71 schools in each group" in against_target(power(Respondent.pupil), words)
    for cluster, name in (
        (AssignmentLevel.class_, "classes"),
        (AssignmentLevel.subject, "subjects"),
    ):
        part = power(Respondent.pupil, cluster=cluster)
        assert f"71 {name}" in against_target(part, words)
    single = power(
        Respondent.pupil, units=(400, 0), clusters=None, needed_clusters=None, needed_units=900
    )
    assert against_target(single, words).endswith(" pupils in the group.")
    assert "can show that" in against_target(power(Respondent.pupil, mdes=0.2), words)
    assert against_target(power(Respondent.pupil, target=None), words) == ""


def test_power_has_a_figure_where_there_is_a_curve(english: Design) -> None:
    def figures(design: Design) -> int:
        blocks = part(design_document(design), "How small an effect can be seen")
        return sum(isinstance(block, Figure) for block in blocks)

    flat = english.model_copy(update={"power": (power(Respondent.pupil, curve=()),)})
    assert (figures(english), figures(flat)) == (2, 0)


def test_costs_add_up(english: Design) -> None:
    said = text_of(*part(design_document(english), "What it costs"))
    hours = sum(part.hours or 0 for part in english.yearly_burden)
    costs = sum(part.cost or 0 for part in english.yearly_burden)
    assert f"{hours:.0f}" in said
    assert f"€{round(costs):,}" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_machines_read_which_design_it_is(made: dict[str, Design], language: Lang) -> None:
    design = told_in(made["slimfit-public"], language)
    document = design_document(design)
    page = lxml_html.document_fromstring(to_html(document))
    (script,) = page.xpath("//script[@type='application/ld+json']")
    found: dict[str, Any] = json.loads(script.text)
    assert found["identifier"] == f"sha256:{design.hash}"
    assert {f"{design.protocol}@{design.protocol_version}", *design.lineage} <= {
        *found["isBasedOn"]
    }
    assert page.get("lang") == language
    pdf = reader(document)
    assert pdf.metadata is not None
    assert design.project.title in str(pdf.metadata.title)
    assert pdf.metadata.author == "evalkit"
    assert pdf.metadata.subject == design.project.title
    assert design.hash in str(pdf.metadata.get("/Keywords"))
    assert pdf.trailer["/Root"]["/Lang"] == language
    assert pdf.outline


def test_the_whole_hash_is_in_the_appendix(english: Design) -> None:
    pages = [squeezed(page.extract_text()) for page in reader(design_document(english)).pages]
    assert english.hash in pages[-1]
    assert english.core_hash in pages[-1]
    assert english.hash not in "".join(pages[:-1])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("project", EXAMPLES)
def test_no_page_is_empty(made: dict[str, Design], project: str, language: Lang) -> None:
    document = design_document(told_in(made[project], language))
    figure = document.labels.figure
    for page in reader(document).pages:
        said = page.extract_text()  # Of a figure its caption alone.
        assert len(re.findall(r"\w+", said)) > 30 or f"{figure} " in said


def test_the_same_design_gives_the_same_bytes(made: dict[str, Design]) -> None:
    first, again = (design_document(filled(made["economie-havo"])) for _ in range(2))
    assert to_pdf(first) == to_pdf(again)
    assert to_html(first) == to_html(again)


def test_a_design_without_options_is_a_document_too(
    made: dict[str, Design], tmp_path: Path
) -> None:
    bare = filled(
        made["leeskringen"],
        **dict.fromkeys(
            ("yearly_burden", "costly", "power", "deadlines", "checklist", "cycles", "findings"), ()
        ),
    )
    assert len(reader(design_document(told_in(bare, "en"))).pages) > 5


def test_without_a_region_it_says_which_holidays_were_left_out(english: Design) -> None:
    for region, told in ((None, True), (Region.north, False)):
        project = english.project.model_copy(update={"region": region})
        known = english.model_copy(
            update={"project": project, "holidays_until": dt.date(2040, 7, 31)}
        )
        tables = [
            block
            for block in part(design_document(known), "Schedule")
            if isinstance(block, Table) and block.note.startswith("School days")
        ]
        assert tables
        assert ("only holidays that all regions share" in tables[0].note) == told
