import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.render.blocks import (
    Bullets,
    Column,
    Figure,
    Heading,
    PageBreak,
    Paragraph,
    Span,
    Stats,
    Table,
    clean,
    inline,
    literal,
    prepared,
)

from .sample import SQUARE, document


def test_markup_gives_spans() -> None:
    assert inline("a **b** *c* `d*` ***e***") == (
        Span("a "),
        Span("b", bold=True),
        Span(" "),
        Span("c", italic=True),
        Span(" "),
        Span("d*", code=True),
        Span(" "),
        Span("e", bold=True, italic=True),
    )


def test_markup_nests() -> None:
    assert inline("**a *b* c**") == (
        Span("a ", bold=True),
        Span("b", bold=True, italic=True),
        Span(" c", bold=True),
    )


@pytest.mark.parametrize("text", ["p < 0,05*", "2 * 3 * 4", "**open", "a ` b", "*", "****", "* a*"])
def test_markers_without_partner_stay(text: str) -> None:
    assert inline(text) == (Span(text),)


def test_backslash_takes_the_meaning_away() -> None:
    assert inline(r"\*a\* \`b\` \\") == (Span(r"*a* `b` \ ".rstrip()),)


@given(st.text(st.sampled_from("*`\\ ab\n")))
def test_literal_text_is_shown_as_it_is(text: str) -> None:
    assert "".join(span.text for span in inline(literal(text))) == text
    assert not any(span.bold or span.italic or span.code for span in inline(literal(text)))


def test_markup_takes_linear_time() -> None:
    assert inline("*a " * 50_000) == (Span("*a " * 50_000),)


def test_clean_drops_what_no_page_can_show() -> None:
    assert clean("e\u0301\r\na\tb\x00\x1b\ud800\ufffe\u2028c") == "é\na b\ufffd\ufffd\nc"


def test_headings_descend_one_level_at_a_time() -> None:
    ready = prepared(document(Heading(3, "a"), Heading(3, "b"), Heading(1, "c"), Heading(3, "d")))
    assert [block.level for block in ready.blocks if isinstance(block, Heading)] == [1, 2, 1, 2]


def test_page_breaks_and_blanks_that_would_leave_an_empty_page_go() -> None:
    blocks = (PageBreak(), Paragraph(" "), Paragraph("a"), PageBreak(), Bullets(("",)), PageBreak())
    assert prepared(document(*blocks)).blocks == (Paragraph("a"),)


def test_wrong_blocks_are_refused() -> None:
    with pytest.raises(ValueError, match="level"):
        Heading(4, "a")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="row 1: 1 cells for 2 columns"):
        Table((Column("a"), Column("b")), (("x",),), "t")
    with pytest.raises(ValueError, match="no columns"):
        Table((), (), "t")
    with pytest.raises(ValueError, match="width"):
        Column("a", width=0)
    with pytest.raises(ValueError, match="tiles"):
        Stats(())
    with pytest.raises(ValueError, match="alt"):
        Figure(SQUARE, "c", " ")
    with pytest.raises(ValueError, match="width"):
        Figure(SQUARE, "c", "a", width=1.5)
    with pytest.raises(ValueError, match="title"):
        document(title=" ")
