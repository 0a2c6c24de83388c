import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from evalkit.render.blocks import (
    Block,
    Bullets,
    Callout,
    Column,
    Document,
    Figure,
    Heading,
    KeyValues,
    PageBreak,
    Paragraph,
    Question,
    Questions,
    Stat,
    Stats,
    Table,
)
from evalkit.render.figures import forest, timeline
from evalkit.render.flowing import Para
from evalkit.render.grids import column_widths
from evalkit.render.pdf import to_pdf
from evalkit.render.typography import register_fonts, style

from .sample import (
    ENTRIES,
    FOREST_LABELS,
    LABELS,
    MILESTONES,
    POOLED,
    ROWS,
    SQUARE,
    document,
    every_block,
    schedule,
    squeezed,
    visible_texts,
)

LONG_TOKEN = "sha256:" + "0123456789abcdef" * 40
HOSTILE = f"<script>alert('x')</script> & &amp; 100 % %s {{}} {{{{ 7*7 }}}} $x$ {LONG_TOKEN}"


def pages(source: Document) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(to_pdf(source))).pages]


def without_furniture(page: str) -> str:
    return re.sub(r"Pagina\s*\d+\s*van\s*\d+", "", page)


def assert_whole(source: Document, found: str) -> None:
    """Cells side by side mix when they are cut, so characters are counted."""
    lost = Counter(squeezed("".join(visible_texts(source)))) - Counter(found)
    assert not lost


def test_every_text_is_in_the_pdf() -> None:
    source = every_block(rows=40)
    found = squeezed("".join(pages(source)))
    missing = [text for text in visible_texts(source) if squeezed(text) not in found]
    assert not missing


def test_no_page_is_empty() -> None:
    source = document(
        PageBreak(),
        Heading(1, "a"),
        PageBreak(),
        PageBreak(),
        schedule(25),
        Heading(1, "b"),
        Figure(SQUARE, "c", "alt"),
        PageBreak(),
    )
    for text in pages(source):
        assert len(squeezed(without_furniture(text))) > 40


@pytest.mark.parametrize("lines", range(34, 42))
def test_a_break_after_a_full_page_leaves_no_empty_page(lines: int) -> None:
    blocks = [Paragraph(f"regel {n}") for n in range(lines)]
    source = document(*blocks, PageBreak(), KeyValues((("a", "b"),)), PageBreak(), *blocks)
    for text in pages(source)[1:]:
        assert len(squeezed(without_furniture(text))) > len("EvaluatieontwerpStichtingVoorbeeld")


WORDS = ("de", "leraar", "onderwijsinnovatie", "core.pupils_per_fte_long", "12,5%", "§")


def any_block(random: Random) -> Block:
    def text(most: int) -> str:
        return " ".join(random.choice(WORDS) for _ in range(random.randint(1, most)))

    size = random.choice([3, 30, 300])
    columns = random.randint(1, 7)
    looks = tuple(
        Column(text(3), random.choice(["left", "right"]), random.choice([0.2, 1, 3]))
        for _ in range(columns)
    )
    rows = tuple(
        tuple(random.choice([None, text(3), text(8), text(size // 3)]) for _ in range(columns))
        for _ in range(random.choice([0, 1, 3, 30]))
    )
    return random.choice(
        [
            Heading(random.choice([1, 2, 3]), text(random.choice([3, 60]))),
            Paragraph(text(size)),
            Bullets(tuple(text(size // 3) for _ in range(random.randint(1, 9)))),
            KeyValues(tuple((text(5), text(size)) for _ in range(random.randint(1, 8)))),
            Callout("warning", text(4), text(size)),
            Stats(tuple(Stat(text(2), text(size)) for _ in range(random.randint(1, 4)))),
            Figure(SQUARE, text(size), "alt", random.choice([0.3, 1.0])),
            Table(looks, rows, text(10), text(20)),
            PageBreak(),
        ]
    )


@pytest.mark.parametrize("seed", range(12))
def test_blocks_in_any_order_are_whole(seed: int) -> None:
    random = Random(seed)
    source = document(*(any_block(random) for _ in range(7)))
    texts = [without_furniture(text) for text in pages(source)]
    assert_whole(source, squeezed("".join(texts)))
    for text in texts:
        assert len(squeezed(text)) > len("EvaluatieontwerpStichtingVoorbeeld")


def test_cover_alone_is_one_page() -> None:
    assert len(pages(document())) == 1


def test_pages_are_numbered_from_the_second() -> None:
    texts = pages(every_block(rows=60))
    for number, text in enumerate(texts[1:], start=2):
        assert f"Pagina {number} van {len(texts)}" in text
        assert "SlimFit · ontwerp 3f9a1c7e" in text
    assert "Pagina" not in texts[0]


def test_contents_and_bookmarks_name_the_right_pages() -> None:
    blocks: list[Block] = []
    for number in range(1, 40):
        level: Any = 1 if number % 3 == 1 else 2
        blocks += [Heading(level, f"Kop nummer {number}"), Paragraph("tekst " * 150)]
    reader = PdfReader(BytesIO(to_pdf(document(*blocks))))
    contents = "".join(page.extract_text(extraction_mode="layout") for page in reader.pages[1:3])
    texts = [page.extract_text() for page in reader.pages]
    outline: list[Any] = []

    def walk(items: list[Any]) -> None:
        for item in items:
            walk(item) if isinstance(item, list) else outline.append(item)

    walk(reader.outline)
    assert len(outline) == 39
    for entry in outline:
        page = (reader.get_destination_page_number(entry) or 0) + 1
        assert re.search(rf"{entry.title}[ .\n]*{page}\b", contents), entry.title
        assert f"{entry.title}\n" in texts[page - 1]
    links = [a for page in reader.pages[1:3] for a in page.get("/Annots", [])]
    assert len(links) >= 39


def test_metadata() -> None:
    reader = PdfReader(BytesIO(to_pdf(every_block())))
    assert reader.metadata is not None
    assert reader.metadata.title == "Evaluatieontwerp · Kwantitatieve variant"
    assert reader.metadata.author == "Stichting Voorbeeld"
    assert reader.trailer["/Root"]["/Lang"] == "nl"  # type: ignore[index]


def test_every_letter_is_in_an_embedded_font() -> None:
    fonts: set[str] = set()

    def visit(text: str, _: Any, __: Any, font: Any, ___: Any) -> None:
        if text.strip():
            fonts.add(font["/BaseFont"])

    for page in PdfReader(BytesIO(to_pdf(every_block()))).pages:
        page.extract_text(visitor_text=visit)
    assert len(fonts) >= 4
    assert all("+DejaVu" in font for font in fonts)


def test_long_table_repeats_its_header() -> None:
    texts = pages(document(Heading(1, "Schema"), schedule(90)))
    with_rows = [text for text in texts if "core.pupils" in text]
    assert len(with_rows) >= 3
    for text in with_rows:
        assert "Maat" in text
        assert "Minuten" in text
        # No row, the last ones included, stands alone under a repeated header.
        assert text.count("core.pupils") >= 2


def test_heading_is_never_the_last_on_a_page() -> None:
    for filler in range(20, 42, 2):
        blocks = [Paragraph(f"regel {n}") for n in range(filler)]
        source = document(*blocks, Heading(1, "De kop"), Heading(2, "Onderkop"), schedule(20))
        for text in pages(source)[1:]:
            if "Onderkop\n" in text and "Inhoud" not in text:
                assert "core.pupils_per_fte_0" in squeezed(text.split("Onderkop\n")[1])


def hostile_document(text: str) -> Document:
    return document(
        Heading(1, text),
        Heading(2, "b"),
        Paragraph(text),
        Bullets((text, "c")),
        KeyValues(((text, text), ("k", None))),
        Callout("info", text, text),
        Stats((Stat(text, text), Stat("1", "d"))),
        Table((Column(text), Column("n", "right")), ((text, None), ("x", text)), text, text),
        Figure(SQUARE, text, "alt"),
        title=f"T {text}",
        subtitle=text,
        author=text,
        identity=((text, text),),
        footer=text,
    )


def test_hostile_text_is_neither_obeyed_nor_cut() -> None:
    source = hostile_document(HOSTILE.replace("*", ""))
    found = squeezed("".join(pages(source)))
    # The footer has one line; every other text is there to the last character.
    assert_whole(replace(source, footer=""), found)
    assert found.count(squeezed(LONG_TOKEN)) >= 8
    assert "<script>alert('x')</script>&&amp;100%%s{}" in found
    assert "&lt;" not in found


def test_cells_longer_than_a_page_go_on_over_pages() -> None:
    text = " ".join(f"woord{n}" for n in range(1500))
    columns = (Column("Kort"), Column("Lang"))
    rows = (("a", text), ("b", "kort"), ("c", text))
    found = squeezed(
        "".join(pages(document(Table(columns, rows, "t"), Callout("info", "t", text))))
    )
    for n in (0, 700, 1499):
        assert len(re.findall(rf"woord{n}(?!\d)", found)) >= 3


def test_header_longer_than_a_page_does_not_crash() -> None:
    table = Table((Column("kop " * 3000), Column("b")), (("a", "b"),) * 3, "t")
    assert len(pages(document(table))) > 1


def test_narrow_columns_are_widened_to_their_longest_word() -> None:
    register_fonts()
    table = Table(
        (Column("Verantwoordelijkheid", width=0.1), Column("b", width=5)), (("a", "b c d"),), "t"
    )
    widths = column_widths(table, 460)
    assert widths[0] > 90
    assert sum(widths) == pytest.approx(460)
    crowded = Table(tuple(Column("x" * 30) for _ in range(12)), (), "t")
    assert sum(column_widths(crowded, 460)) == pytest.approx(460)


@pytest.mark.parametrize("markup", ["E-klas & PAL-student", "E-klas &amp; <b>PAL</b>-student"])
def test_a_hyphen_at_the_end_of_a_line_stays_whatever_the_width(markup: str) -> None:
    register_fonts()
    para = Para(markup, style(7.9, 11))
    for width in (70, 70, 400, 60, 45, 70, 400):
        _, height = para.wrap(width, 1_000)
        assert height == Para(markup, style(7.9, 11)).wrap(width, 1_000)[1]
    sheet = Canvas(out := BytesIO())
    sheet._doctemplate = SimpleNamespace(total=1)
    para.drawOn(sheet, 0, 400)
    sheet.save()
    assert PdfReader(out).pages[0].extract_text().strip() == "E-klas & PAL-student"


def test_words_of_a_figure_can_be_searched() -> None:
    line = timeline(ENTRIES, MILESTONES, language="nl")
    found = squeezed("".join(pages(document(Figure(line, "t", "a")))))
    assert all(squeezed(entry.label) in found for entry in ENTRIES)


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(ANY_TEXT)
def test_no_text_crashes_the_pdf(text: str) -> None:
    assert to_pdf(hostile_document(text)).startswith(b"%PDF")


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler is not installed")
def test_nothing_runs_into_the_margins(tmp_path: Path) -> None:
    source = hostile_document(HOSTILE)
    figures = (
        Figure(timeline(ENTRIES, MILESTONES, language="nl"), "t", "a"),
        Figure(forest(ROWS, POOLED, FOREST_LABELS, language="nl"), "f", "a"),
    )
    blocks = (*source.blocks, *figures, *every_block(rows=40).blocks)
    (tmp_path / "d.pdf").write_bytes(to_pdf(document(*blocks, title=HOSTILE, footer=HOSTILE)))
    command = ["pdftoppm", "-r", "36", "-gray", "-png", "d.pdf", "page"]
    subprocess.run(command, cwd=tmp_path, check=True)
    pictures = sorted(tmp_path.glob("page*.png"))
    assert len(pictures) > 5
    for path in pictures:
        with Image.open(path) as picture:
            dark = picture.point(lambda value: 255 if value < 235 else 0)
            left, top, right, bottom = dark.getbbox() or (0, 0, 0, 0)
            margin = 36 * 10 / 25.4
            assert left > margin
            assert top > margin
            assert right < picture.width - margin
            assert bottom < picture.height - margin


def test_labels_come_from_the_document() -> None:
    assert "Inhoud" in pages(every_block())[2]
    assert LABELS.figure + " 1" in "".join(pages(every_block()))


@pytest.mark.parametrize("lines", [1, 12, 40, 200])
def test_a_summary_is_one_page_however_long(lines: int) -> None:
    summary = (
        Heading(1, "Op één pagina"),
        schedule(lines),
        Bullets(tuple(f"Regel {n}" for n in range(lines))),
    )
    found = pages(document(Heading(1, "Later"), summary=summary))
    assert len(found) == 3
    assert squeezed(f"Regel {lines - 1}") in squeezed(found[1])
    assert "Inhoud" in found[2]
    assert "Later" in found[2]


def test_a_question_without_an_answer_leaves_lines_to_write_on() -> None:
    def length(answer: str | None) -> int:
        items = tuple(Question(f"Vraag {n}?", answer) for n in range(40))
        return len(pages(document(Questions(items, "Beantwoord", "Aan de school"))))

    assert length(None) > length("Ja.")
