import math
from datetime import date, timedelta
from io import BytesIO
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from evalkit.render import palette
from evalkit.render.canvas import Canvas, text_width, wrapped
from evalkit.render.drawing import Line, Words
from evalkit.render.figures import (
    Band,
    ForestPooled,
    ForestRow,
    Milestone,
    TimelineEntry,
    forest,
    forest_parts,
    timeline,
)
from evalkit.render.picture import encoded
from evalkit.render.plotting import ticks
from evalkit.render.svg import to_svg
from evalkit.render.vectors import to_pdf_sheet

from .sample import ENTRIES, FOREST_LABELS, MILESTONES, POOLED, ROWS


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float, float, float, float]]:
    """Every text a figure draws: text, left, top, right, bottom."""
    texts: list[tuple[str, float, float, float, float]] = []
    original = Canvas.text

    def text(self, at, text, size, *, face="regular", align="left", **look):  # type: ignore[no-untyped-def]
        width = text_width(text, size, face)
        left = at[0] - {"left": 0, "center": width / 2, "right": width}[align]
        texts.append((text, left, at[1] - 0.72 * size, left + width, at[1] + 0.2 * size))
        original(self, at, text, size, face=face, align=align, **look)

    monkeypatch.setattr(Canvas, "text", text)
    return texts


def assert_apart(texts: list[tuple[str, float, float, float, float]]) -> None:
    for index, (one, left, top, right, bottom) in enumerate(texts):
        assert left >= -0.5, one
        assert right <= 470.5, one
        for other, left2, top2, right2, bottom2 in texts[index + 1 :]:
            apart = right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top
            assert apart, f"{one!r} and {other!r} overlap"


def test_timeline_texts_stay_apart(drawn: list[tuple[str, float, float, float, float]]) -> None:
    timeline(ENTRIES, MILESTONES, language="nl")
    assert_apart(drawn)
    assert {"Nulmeting", "Start project", "2025", "mrt", "PDCA-cycli"} <= {t[0] for t in drawn}


@pytest.mark.parametrize("first", [date(2025, 12, 1), date(2025, 10, 1), date(2026, 1, 1)])
def test_a_timeline_names_its_first_year_however_short(
    drawn: list[tuple[str, float, float, float, float]], first: date
) -> None:
    timeline([TimelineEntry("a", "b", first, date(2036, 6, 1))], language="nl")
    assert_apart(drawn)
    named = {text for text, *_ in drawn}
    assert str(first.year) in named
    assert {str(year) for year in range(first.year + 2, 2036)} <= named


def test_crowded_timeline_texts_stay_apart(
    drawn: list[tuple[str, float, float, float, float]],
) -> None:
    start = date(2024, 11, 20)
    entries = [
        TimelineEntry(f"Baan met een lange naam {n % 3}", f"Een lang verhaal over meting {n}", a, a)
        for n, a in enumerate(start + timedelta(days=17 * n) for n in range(24))
    ]
    milestones = [Milestone(f"Mijlpaal {n}", start + timedelta(days=9 * n)) for n in range(9)]
    timeline(entries, milestones, language="nl")
    assert_apart(drawn)


@pytest.mark.parametrize("days", [0, 40, 300, 800, 3000, 9000])
def test_timeline_of_any_length(
    days: int, drawn: list[tuple[str, float, float, float, float]]
) -> None:
    start = date(2025, 12, 15)
    end = start + timedelta(days=days)
    timeline([TimelineEntry("a", "b", start, end)], [Milestone("Einde", end)], language="en")
    assert_apart(drawn)


def test_months_follow_the_language() -> None:
    pictures = {language: timeline(ENTRIES, language=language) for language in ("nl", "en")}  # type: ignore[arg-type]
    assert b'"mrt"' in to_svg(pictures["nl"])
    assert b'"Mar"' in to_svg(pictures["en"])


def test_bands_are_shaded_and_named_where_they_are_in_sight() -> None:
    entry = TimelineEntry("a", "b", date(2026, 6, 8), date(2026, 9, 11))
    plain = to_svg(timeline([entry], language="nl"))
    summer = Band(date(2026, 7, 4), date(2026, 8, 16))
    beyond = Band(date(2030, 7, 6), date(2030, 8, 18))
    shaded = to_svg(timeline([entry], (), [summer, beyond], language="nl", band_label="vakantie"))
    colour = palette.SHADE.encode()
    assert (plain.count(colour), shaded.count(colour)) == (0, 2)  # the band, and its name's sign
    assert b'"vakantie"' in shaded
    unseen = timeline([entry], (), [beyond], language="nl", band_label="vakantie")
    assert to_svg(unseen) == plain


def test_timeline_refuses_what_it_cannot_draw() -> None:
    with pytest.raises(ValueError, match="at least one"):
        timeline([], language="nl")
    with pytest.raises(ValueError, match="before it starts"):
        TimelineEntry("a", "b", date(2026, 1, 2), date(2026, 1, 1))


def test_forest_texts_stay_apart(drawn: list[tuple[str, float, float, float, float]]) -> None:
    forest(ROWS, POOLED, FOREST_LABELS, language="nl")
    assert_apart(drawn)


def test_forest_says_the_numbers(drawn: list[tuple[str, float, float, float, float]]) -> None:
    forest(ROWS, POOLED, FOREST_LABELS, language="nl")
    texts = [text for text, *_ in drawn]
    for expected in (
        *("0,12", "[−0,09;", "0,33]", "31,2%"),
        *("[−0,75;", "1,12]", "niet gepoold: geen vergelijkingsgroep"),
        "k = 3 · τ² = 0,004 · I² = 31%",
    ):
        assert expected in texts


def test_forest_numbers_follow_the_language() -> None:
    picture = to_svg(forest(ROWS, POOLED, FOREST_LABELS, language="en"))
    assert b"0.12" in picture
    assert "[−0.09,".encode() in picture


def test_forest_with_groups_long_names_and_extreme_intervals(
    drawn: list[tuple[str, float, float, float, float]],
) -> None:
    rows = [
        ForestRow("Een school met een naam die niet ophoudt " * 2, 0.1, -0.2, 0.4, 0.5, group="po"),
        ForestRow("b", 0.2, -40.0, 55.0, 0.01, group="po"),
        ForestRow("c", -0.3, -0.5, -0.1, 0.49, "n = 12 " * 9, group="vo"),
        ForestRow("d", group="vo", excluded="omdat de meting te laat kwam " * 5),
    ]
    forest(rows, None, FOREST_LABELS, language="nl")
    assert_apart(drawn)


@pytest.mark.parametrize("sign", [-1, 1])
def test_forest_far_from_zero(
    sign: int, drawn: list[tuple[str, float, float, float, float]]
) -> None:
    ends = sorted((sign * 12.0, sign * 13.0))
    row = ForestRow("a", sign * 12.5, *ends, 1.0)
    forest([row], ForestPooled("p", sign * 12.5, *ends, 1, 0, 0), FOREST_LABELS, language="nl")
    assert_apart(drawn)


@given(st.integers(1, 70), st.integers(1, 4), st.booleans())
def test_a_tall_forest_is_parts_that_each_can_be_read(rows: int, groups: int, whole: bool) -> None:
    shown = [
        ForestRow(
            f"p{n:02}", 0.1, -0.2, 0.4 + n / 50, 1 / rows, "trede 3", f"g{n * groups // rows}"
        )
        for n in range(rows)
    ]
    pooled = POOLED if whole else None
    parts = forest_parts(shown, pooled, FOREST_LABELS, 400, language="nl")
    assert all(part.height <= 400 for part in parts)
    words = [[mark for mark in part.marks if isinstance(mark, Words)] for part in parts]
    texts = [" ".join(word.text for word in of_part) for of_part in words]
    assert all(FOREST_LABELS.study in text and FOREST_LABELS.axis in text for text in texts)
    for row in shown:
        (at,) = (place for place, text in enumerate(texts) if row.label in text.split())
        assert row.group in texts[at].split()
    said = [POOLED.label in text for text in texts]
    assert said == [False] * (len(parts) - 1) + [whole]
    lines = (mark for part in parts for mark in part.marks if isinstance(mark, Line))
    assert len({line.points[0][0] for line in lines if line.dashes}) == 1  # The same axis in each.


def test_forest_of_excluded_rows_only() -> None:
    assert forest([ROWS[3]], None, FOREST_LABELS, language="nl").marks


def test_forest_refuses_what_it_cannot_draw() -> None:
    with pytest.raises(ValueError, match="at least one"):
        forest([], None, FOREST_LABELS, language="nl")
    with pytest.raises(ValueError, match="finite"):
        ForestRow("a", 0.1, None, 0.2)
    with pytest.raises(ValueError, match="finite"):
        ForestRow("a", float("nan"), 0.0, 0.2)
    with pytest.raises(ValueError, match="outside"):
        ForestRow("a", 0.5, 0.0, 0.2)
    with pytest.raises(ValueError, match="share"):
        ForestRow("a", 0.1, 0.0, 0.2, weight=31.2)


def test_formats() -> None:
    line = timeline(ENTRIES, language="nl")
    assert ElementTree.fromstring(encoded(line, "svg")).tag.endswith("svg")
    pdf = PdfReader(BytesIO(encoded(line, "pdf")))
    assert "Nulmeting" in pdf.pages[0].extract_text()
    with Image.open(BytesIO(encoded(line, "png"))) as picture:
        assert picture.width == pytest.approx(470 / 72 * 200, abs=1)


def test_user_settings_change_nothing() -> None:
    import matplotlib

    line = timeline(ENTRIES, language="nl")
    before = encoded(line, "png")
    with matplotlib.rc_context({"lines.antialiased": False, "figure.dpi": 300, "font.size": 99}):
        assert encoded(line, "png") == before
        assert matplotlib.rcParams["figure.dpi"] == 300


@settings(deadline=None, max_examples=25)
@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_no_text_crashes_a_figure(text: str) -> None:
    entry = TimelineEntry(text, text, date(2025, 1, 1), date(2025, 5, 1))
    row = ForestRow(text, 0.1, 0.0, 0.2, 1.0, text, text)
    line = timeline([entry], [Milestone(text, entry.end)], language="nl")
    for picture in (line, forest([row], None, FOREST_LABELS, language="nl")):
        ElementTree.fromstring(to_svg(picture))
        to_pdf_sheet(picture)


@given(st.text(st.characters(exclude_categories=()), max_size=200))
@settings(deadline=None)
def test_wrapped_lines_fit(text: str) -> None:
    assert all(text_width(line, 8) <= 60 for line in wrapped(text, 60, 8))


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4), st.sampled_from([5, 6, 10]), st.booleans())
@settings(deadline=None)
def test_ticks_are_those_of_matplotlib(low: float, span: float, count: int, whole: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    high = low + (span := 1.00731 * span)
    # With fewer whole numbers in sight matplotlib gives fractions.
    assume(not whole or math.floor(high) > math.ceil(low))
    locator = MaxNLocator(nbins=count, integer=whole, steps=[1, 2, 2.5, 5, 10])
    found = (ticks(low, high, count, whole=whole), locator.tick_values(low, high))
    # At the ends it is a matter of rounding whether a tick is within the range.
    room = 1e-6 * span
    ours, theirs = ([v for v in values if low + room < v < high - room] for values in found)
    assert ours == pytest.approx(theirs, abs=room)
