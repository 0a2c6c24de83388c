"""The page with findings: what to do is in sight, and how serious it is does not hang on colour."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from evalkit.errors import finding
from evalkit.model.finding import Place
from evalkit.model.text import Lang
from evalkit.render.blocks import Column, Table
from evalkit.render.findings_document import Sent, findings_document
from evalkit.render.html import to_html

SHEET = Place(file="leerlingen.xlsx", sheet="Leerlingen nulmeting")
FINDINGS = (
    finding("intake.hidden_rows", SHEET, count=2, first=4),
    finding("intake.measure_missing", SHEET, measure="werkdruk"),
    finding(
        "intake.not_a_number",
        SHEET.model_copy(update={"row": 9, "column": "E (Taalvaardigheid)"}),
        value="zes",
    ),
)
SENT = Sent("leerlingen.xlsx", "Oost", "1 juni 2026", False, "Bureau van het fonds")


def html(lang: Lang = "nl") -> str:
    return to_html(findings_document(SENT, FINDINGS, lang))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    yield opened
    opened.close()


def test_each_kind_has_a_sign_and_a_word() -> None:
    kinds = re.findall(r'<tr role="row" class="(\w+)">.*?hidden="true">(.)</span> (\w+)</td>',
                       html(), re.DOTALL)  # fmt: skip
    assert [(tone, word) for tone, _, word in kinds] == [
        ("error", "fout"), ("warning", "waarschuwing"), ("info", "opmerking"),
    ]  # fmt: skip
    assert len({sign for _, sign, _ in kinds}) == 3


def test_the_code_stands_with_what_is_wrong() -> None:
    assert "&#39;zes&#39; is geen getal.\n[intake.not_a_number]" in html()


def test_on_a_wide_screen_the_remedy_has_most_of_the_room(page: Page) -> None:
    page.set_viewport_size({"width": 1100, "height": 800})
    page.set_content(html())
    widths = page.eval_on_selector_all(
        "thead th", "cells => cells.map(cell => cell.getBoundingClientRect().width)"
    )
    assert max(widths) == widths[-1]
    assert sum(widths[2:]) > 0.6 * sum(widths)
    heights = page.eval_on_selector_all(
        "tbody td:last-child", "cells => cells.map(cell => cell.getClientRects()[0].height)"
    )
    assert max(heights) < 130


@pytest.mark.parametrize("width", [320, 400, 700])
def test_on_a_narrow_screen_nothing_is_out_of_sight(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.set_content(html())
    rights = page.eval_on_selector_all(
        "tbody td, tbody th", "cells => cells.map(cell => cell.getBoundingClientRect().right)"
    )
    assert max(rights) <= width
    assert not page.evaluate(
        "[...document.querySelectorAll('.scroll')].some(e => e.scrollWidth > e.clientWidth)"
    )
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, found.generate_report()


def test_a_tone_for_every_row() -> None:
    with pytest.raises(ValueError, match="1 tones for 2 rows"):
        Table((Column("a"),), (("x",), ("y",)), "b", tones=("error",))
