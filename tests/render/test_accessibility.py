"""The pages of evalkit in a browser: WCAG 2.1 AA, keyboard, narrow screens."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from unicodedata import normalize

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from evalkit.design.burden import typical_burden
from evalkit.library.protocols import Offer, resolve_protocol, shipped_protocols
from evalkit.model.design import Design
from evalkit.model.text import Lang
from evalkit.plugin.registry import load_plugins
from evalkit.render.design_document import design_document
from evalkit.render.html import to_html
from evalkit.render.protocol_document import protocol_document
from evalkit.workspace.synthesis import write
from evalkit.workspace.workspace import Workspace
from tests.workspace import rounds

from . import reports
from .designs import EXAMPLES, LANGUAGES, example_designs, filled, told_in
from .sample import every_block, squeezed, visible_texts

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
NARROW = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 900}
OVERFLOWS = "document.documentElement.scrollWidth > window.innerWidth"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Design]:
    return example_designs(tmp_path_factory.mktemp("ontwerpen"))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    yield opened
    opened.close()


def assert_accessible(page: Page, html: str, *, both: bool = False) -> None:
    """No violation, and nothing runs off a wide or a narrow screen.

    What is laid out differs with the width, hardly anything else: most pages are looked at narrow.
    """
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.set_content(html)
        if both or size is NARROW:
            found = Axe().run(page, options=WCAG)
            assert found.violations_count == 0, found.generate_report()
        assert not page.evaluate(OVERFLOWS)
    assert page.get_attribute("html", "lang") in LANGUAGES
    assert [page.locator(f"body {name}").count() for name in ("main", "h1")] == [1, 1]


@pytest.mark.parametrize(
    ("project", "language"), [("leeskringen", "en"), *((name, "nl") for name in EXAMPLES)]
)
def test_a_design_reaches_wcag_aa(
    page: Page, made: dict[str, Design], project: str, language: Lang
) -> None:
    assert_accessible(page, to_html(design_document(told_in(made[project], language))))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_design_with_every_part_reaches_wcag_aa(
    page: Page, made: dict[str, Design], language: Lang
) -> None:
    design = filled(made["economie-havo"])
    assert_accessible(page, to_html(design_document(told_in(design, language))))


def test_every_kind_of_block_reaches_wcag_aa(page: Page) -> None:
    assert_accessible(page, to_html(every_block()), both=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_synthesis_report_reaches_wcag_aa(page: Page, tmp_path: Path, language: Lang) -> None:
    with Workspace.create(tmp_path / "werk", today=rounds.TODAY) as workspace:
        rounds.add_protocol(workspace, tmp_path)
        for number, name in enumerate(("een", "twee")):
            design = rounds.designed(workspace, tmp_path, rounds.project_text(name))
            rounds.deliver(workspace, design, rounds.both_waves(seed=number), tmp_path)
        write(workspace, tmp_path / "uit", language)
    assert_accessible(page, (tmp_path / "uit" / "report.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("projects", [12, 45])
def test_a_report_with_every_part_reaches_wcag_aa(page: Page, projects: int) -> None:
    found = reports.synthesis(projects, measures=(reports.SCORE, reports.STAYED))
    assert_accessible(page, to_html(reports.report(found, "nl", drawn=True)), both=projects == 12)


@pytest.mark.parametrize(
    ("protocol", "language"),
    [("lof", "en"), *((name, "nl") for name in sorted(shipped_protocols()))],
)
def test_a_protocol_reaches_wcag_aa(page: Page, protocol: str, language: Lang) -> None:
    plugins, files = load_plugins(), shipped_protocols()
    offer = Offer(plugins.measures, tuple(plugins.types))
    resolved, _ = resolve_protocol(files[protocol], files, offer)
    assert resolved
    types = {type.id: type.label for type in plugins.types.values()}
    annex = protocol_document(resolved, typical_burden(resolved), types, language)
    assert_accessible(page, to_html(annex))


def test_axe_would_find_a_barrier(page: Page) -> None:
    """The tests above can fail: grey on grey, without a language."""
    page.set_content(
        '<main><h1>Een kop</h1><p style="color: #bbb; background: #ccc">Tekst.</p></main>'
    )
    found = {violation["id"] for violation in Axe().run(page, options=WCAG).response["violations"]}
    assert {"color-contrast", "html-has-lang"} <= found


def test_the_first_tab_stop_skips_to_the_content(page: Page, made: dict[str, Design]) -> None:
    page.set_content(to_html(design_document(made["leeskringen"])))
    page.keyboard.press("Tab")
    skip = page.locator("a.skip")
    assert skip.evaluate("link => link === document.activeElement")
    assert (skip.bounding_box() or {"y": -1})["y"] >= 0  # It comes into sight.
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_a_wide_table_is_scrolled_by_keyboard(page: Page, made: dict[str, Design]) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.set_content(to_html(design_document(made["slimfit-public"])))
    tables = page.locator(".scroll")
    wide = [
        table
        for table in tables.all()
        if table.evaluate("box => box.scrollWidth > box.clientWidth")
    ]
    assert wide
    wide[0].focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")


def test_a_printed_page_has_room_to_write(page: Page, made: dict[str, Design]) -> None:
    page.set_content(to_html(design_document(made["leeskringen"])))
    open_ones = page.locator(".questions .open").first
    before = open_ones.bounding_box()
    page.emulate_media(media="print")
    after = open_ones.bounding_box()
    assert before
    assert after
    assert after["height"] > before["height"]
    assert not page.locator(".contents").is_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_printed_summary_is_one_page(page: Page, made: dict[str, Design], language: Lang) -> None:
    document = design_document(told_in(made["slimfit-public"], language))
    page.set_content(to_html(document))
    pages = PdfReader(BytesIO(page.pdf(format="A4", prefer_css_page_size=True))).pages
    printed = [squeezed(normalize("NFKC", sheet.extract_text())) for sheet in pages[:3]]
    said = [squeezed(normalize("NFKC", text)) for text in visible_texts(document.summary)]
    assert [text for text in said if text not in printed[1]] == []
    assert squeezed(document.blocks[0].text) in printed[2]  # type: ignore[union-attr]
