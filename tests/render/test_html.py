import json
import os
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from evalkit.render import palette
from evalkit.render.blocks import Figure, Heading, clean
from evalkit.render.canvas import Canvas
from evalkit.render.figures import forest, timeline
from evalkit.render.html import to_html

from .sample import (
    ENTRIES,
    FOREST_LABELS,
    MILESTONES,
    POOLED,
    ROWS,
    SQUARE,
    document,
    every_block,
    squeezed,
    visible_texts,
)
from .test_pdf import HOSTILE, LONG_TOKEN, hostile_document

GOLDEN = Path(__file__).parent / "golden" / "document.html"
VOID = {"meta", "br", "hr", "img", "input", "link"}


class Balance(HTMLParser):
    """Fails on a tag that is not closed where it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(text: str) -> Any:
    balance = Balance()
    balance.feed(text)
    balance.close()
    assert not balance.open
    return lxml_html.document_fromstring(text)


def with_figures() -> str:
    line = timeline(ENTRIES, MILESTONES, language="nl")
    plot = forest(ROWS, POOLED, FOREST_LABELS, language="nl")
    source = every_block(line)
    blocks = (
        *source.blocks,
        Figure(SQUARE, "Vlak", "Een vlak"),
        Figure(plot, "Effect", 'Drie "projecten" & een som'),
    )
    return to_html(document(*blocks, Figure(line, "Nog eens", "De tijdlijn")))


def test_every_text_is_in_the_page() -> None:
    source = every_block()
    found = squeezed(parsed(to_html(source)).text_content())
    missing = [text for text in visible_texts(source) if squeezed(text) not in found]
    assert not missing


def test_structure_is_accessible() -> None:
    page = parsed(with_figures())
    assert page.get("lang") == "nl"
    assert page.findtext(".//title") == "Evaluatieontwerp · Kwantitatieve variant"
    assert [len(page.findall(f".//{tag}")) for tag in ("h1", "main", "nav", "footer")] == [1] * 4
    levels = [int(h.tag[1]) for h in page.xpath("//h1|//h2|//h3|//h4")]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    first = page.xpath("//body//a")[0]
    assert first.get("href") == "#content"


def test_every_reference_has_a_target() -> None:
    text = with_figures()
    page = parsed(text)
    ids = set(page.xpath("//@id"))
    names = page.xpath("//@aria-labelledby") + page.xpath("//@aria-describedby")
    links = [link.removeprefix("#") for link in page.xpath("//@href")]
    inside = re.findall(r"url\(#([^)]+)\)", text)
    assert names
    assert not inside
    assert {*names, *links} <= ids


def test_tables_and_pictures_say_what_they_are() -> None:
    page = parsed(with_figures())
    for table in page.findall(".//table"):
        assert table.find("caption").text_content().startswith("Tabel ")
        assert all(cell.get("scope") == "col" for cell in table.findall("thead//th"))
        assert all(row[0].get("scope") == "row" for row in table.findall("tbody/tr"))
    pictures = page.xpath("//*[local-name()='svg']")
    assert [p.get("role") for p in pictures] == ["img"] * 4
    alts = [p.xpath("./*[local-name()='title']")[0].text for p in pictures]
    assert alts == ["Drie balken", "Een vlak", 'Drie "projecten" & een som', "De tijdlijn"]


def test_contents_link_to_the_headings() -> None:
    page = parsed(to_html(every_block()))
    links = page.xpath("//nav//a")
    sections = ["Op één pagina", "Samenvatting", "Wat de school doet", "Planning", "Tijdlijn"]
    assert [a.text for a in links] == sections
    for link in links:
        assert page.get_element_by_id(link.get("href")[1:]).text == link.text


def test_without_headings_there_are_no_contents() -> None:
    assert "<nav" not in to_html(document())


def test_page_is_self_contained() -> None:
    text = with_figures()
    assert "<script" not in text
    assert "@import" not in text
    assert not re.findall(r"https?://[^\"' ]+", text)


def test_hostile_text_is_neither_obeyed_nor_cut() -> None:
    text = to_html(hostile_document(HOSTILE.replace("*", "")))
    page = parsed(text)
    assert not page.findall(".//script")
    assert text.count(LONG_TOKEN) >= 18
    assert squeezed("<script>alert('x')</script> & &amp; 100 %") in squeezed(page.text_content())
    assert "{{ 77 }}" in text


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_no_text_crashes_or_leaves_the_page(text: str) -> None:
    source = document(Heading(1, f"a {text}"), title=f"t {text}")
    page = parsed(to_html(source))
    expected = squeezed(clean(f"a {text}"))
    assert squeezed(page.find(".//h2[@id='section-1']").text_content()) == expected


def test_metadata_cannot_leave_its_element() -> None:
    content = {"name": "</script><b>&", "identifier": "sha256:0"}
    page = parsed(to_html(document(metadata=json.dumps(content))))
    (script,) = page.findall(".//script")
    assert script.get("type") == "application/ld+json"
    assert json.loads(script.text) == content
    assert not page.findall(".//b")


def test_golden() -> None:
    text = to_html(every_block())
    if os.environ.get("EVALKIT_UPDATE_GOLDEN") == "1":
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_words_of_a_picture_cannot_leave_it() -> None:
    canvas = Canvas(300)
    canvas.text((0, 10), '<script>alert("x")</script>]]>', 8)
    text = to_html(document(Figure(canvas.drawing(20), "c", '"><script>alert(1)</script>')))
    assert not parsed(text).findall(".//script")
    assert "alert(" not in "".join(parsed(text).xpath("//@*"))


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((color, palette.PAPER) for color in (palette.INK, palette.MUTED, palette.ACCENT)),
        *((color, palette.BAND) for color in (palette.INK, palette.MUTED, palette.ACCENT)),
        *((palette.PAPER, tone) for tone in (palette.ACCENT, palette.ACCENT_MID, palette.MUTED)),
        *((color, tint) for color, tint, _ in palette.CALLOUTS.values()),
        *((palette.INK, tint) for _, tint, _ in palette.CALLOUTS.values()),
        (palette.ACCENT, palette.ACCENT_TINT),
        (palette.WARNING, palette.PAPER),
        (palette.SUCCESS, palette.PAPER),
    ],
)
def test_contrast_reaches_wcag_aa(text: str, ground: str) -> None:
    low, high = sorted((luminance(text), luminance(ground)))
    assert (high + 0.05) / (low + 0.05) >= 4.5
