"""The figures of a synthesis: what they say, that they can be read, and that they stay the same."""

from __future__ import annotations

import os
import re
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from evalkit.library.reference import reference_base
from evalkit.model.vocabulary import ArmRole
from evalkit.render.changes import Change, changes
from evalkit.render.evidence import reference_evidence
from evalkit.render.evidence_map import Evidence, evidence_map
from evalkit.render.factor_diagram import (
    FactorBar,
    factor_diagram,
    published_factors,
    reference_factors,
)
from evalkit.render.funnel import FunnelPoint, funnel, mirrored
from evalkit.render.picture import Picture
from evalkit.render.pictures import pictures
from evalkit.synthesis.pooling import pool, trim_and_fill

from .programmes import LONG, Drawn, made, recorded
from .test_figures import assert_apart

GOLDEN = Path(__file__).parent / "golden"
EVERY = {"forest", "funnel", "cumulative", "influence", "change", "evidence_map", "factors"}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    return recorded(monkeypatch)


def of_kind(kind: str, k: int, lang: Any = "en", **options: Any) -> list[Picture]:
    return [one for one in pictures(made(k, **options), lang) if one.kind == kind]


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize(("k", "named"), [(1, LONG), (3, "P"), (12, LONG), (60, LONG)])
def test_texts_stay_apart_and_inside(k: int, named: str, lang: Any, drawn: Drawn) -> None:
    for picture in pictures(made(k, named=named), lang):
        drawn.clear()
        assert picture.draw("svg").startswith(b"<?xml")
        assert_apart(drawn)
        assert picture.caption
        assert picture.alt


def test_there_is_a_figure_only_where_there_is_something_to_see() -> None:
    assert pictures(made(0), "nl") == ()
    assert {p.kind for p in pictures(made(12), "nl")} == EVERY
    one = {p.kind for p in pictures(made(1), "nl")}
    assert one == {"forest", "change", "evidence_map", "factors"}
    nothing_compared = {p.kind for p in pictures(made(5, compared=False), "nl")}
    assert nothing_compared == {"evidence_map", "factors"}
    bare = made(5, compared=False).model_copy(update={"cards": ()})
    assert pictures(bare, "nl") == ()


def test_names_are_unique() -> None:
    names = [p.name for p in pictures(made(60), "en")]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9_-]+", name) for name in names)


@pytest.mark.parametrize("kind", sorted(EVERY))
def test_formats_and_determinism(kind: str) -> None:
    for file_format, start in (("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")):
        once, twice = (of_kind(kind, 4)[0].draw(file_format) for _ in range(2))  # type: ignore[arg-type]
        assert once == twice
        assert once.startswith(start)
        other = of_kind(kind, 5)[0].draw(file_format)  # type: ignore[arg-type]
        assert other != once
    assert PdfReader(BytesIO(of_kind(kind, 4)[0].draw("pdf"))).pages[0].extract_text().strip()
    with Image.open(BytesIO(of_kind(kind, 4)[0].draw("png"))) as picture:
        assert picture.width == pytest.approx(470 / 72 * 200, abs=1)


def outline(svg: bytes) -> str:
    """The picture without the shapes of letters, which belong to the typeface."""
    text = re.sub(r"<defs>.*?</defs>", "", svg.decode(), flags=re.S)
    text = re.sub(r"<use [^>]*>", "", text)
    return text.replace("><", ">\n<")


@pytest.mark.parametrize("kind", sorted(EVERY))
def test_goldens(kind: str) -> None:
    path = GOLDEN / f"{kind}.svg"
    found = outline(of_kind(kind, 4)[0].draw("svg"))
    if os.environ.get("EVALKIT_UPDATE_GOLDEN"):
        path.write_text(found, "utf-8")
    assert found == path.read_text("utf-8")


# --- what they say -----------------------------------------------------------------------------


def test_a_funnel_shows_every_project_and_what_trim_and_fill_adds(drawn: Drawn) -> None:
    found = made(12)
    filled = next(row for row in found.programme.sensitivity if row.check == "trim_and_fill")
    picture = next(p for p in pictures(found, "en") if p.kind == "funnel")
    assert filled.missing
    assert f"Projects: 12; added by trim and fill: {filled.missing}." in picture.alt
    picture.draw("svg")
    assert "mirror image that trim and fill adds" in [text for text, *_ in drawn]
    assert "cannot tell chance" not in picture.caption
    assert "cannot tell chance" in of_kind("funnel", 5)[0].caption


@pytest.mark.parametrize("seed", range(6))
def test_mirror_images_lie_around_the_pool_of_what_was_not_trimmed(seed: int) -> None:
    found = made(14, seed=seed)
    y, v = ([float(getattr(row, name)) for row in found.effects] for name in ("yi", "vi"))
    filled = trim_and_fill(y, v)
    row = next(r for r in found.programme.sensitivity if r.check == "trim_and_fill")
    points = [FunnelPoint(a, b**0.5) for a, b in zip(y, v, strict=True)]
    added = mirrored(points, row)
    assert len(added) == filled.missing
    if not added:
        return
    sign = 1 if filled.side == "left" else -1
    kept = sorted(zip(y, v, strict=True), key=lambda pair: sign * pair[0])[: 14 - len(added)]
    centre = pool([a for a, _ in kept], [b for _, b in kept], "REML", "z").estimate
    sources = sorted(points, key=lambda p: sign * p.estimate)[-len(added) :]
    for one, source in zip(added, sources, strict=True):
        assert one.se == source.se
        assert (one.estimate + source.estimate) / 2 == pytest.approx(centre, abs=1e-6)


def test_cumulative_and_influence_say_the_numbers_of_the_tables(drawn: Drawn) -> None:
    found = made(12)
    for kind, check in (("cumulative", "cumulative"), ("influence", "without")):
        drawn.clear()
        next(p for p in pictures(found, "en") if p.kind == kind).draw("svg")
        said = Counter(text for text, *_ in drawn)
        rows = [row for row in found.programme.sensitivity if row.check == check]
        assert len(rows) > 2
        wanted = Counter(f"{row.estimate:.2f}".replace("-", "−") for row in rows)
        assert wanted <= said
    drawn.clear()
    of_kind("influence", 60)[0].draw("svg")
    assert sum("distance" in text for text, *_ in drawn) == 20
    assert "20" in of_kind("influence", 60)[0].caption


def test_all_schools_are_on_some_sheet(drawn: Drawn) -> None:
    sheets = of_kind("change", 60)
    assert len(sheets) == 3
    for sheet in sheets:
        sheet.draw("svg")
    said = " ".join(text for text, *_ in drawn)
    assert all(f"Project {n}: 00A" in said for n in range(1, 61))


def test_before_and_after_as_each_language_writes_it(drawn: Drawn) -> None:
    changes([Change("school", ArmRole.comparison, 2.5, 3.25)], "x", language="nl")
    said = [text for text, *_ in drawn]
    assert "2,50 → 3,25" in said
    assert not [text for text in said if "interventi" in text]


def test_an_evidence_map_counts_projects(drawn: Drawn) -> None:
    evidence = [Evidence("time", "reading", "better", 3)] * 7
    evidence += [Evidence("time", "reading", "worse", 1), Evidence("time", "sums", "unknown")]
    evidence_map(evidence, "Aspect", "Outcome", language="en")
    said = [text for text, *_ in drawn]
    assert Counter(said)["1"] == 2
    assert "7" in said
    assert {"better", "worse"} <= set(said)
    assert not [text for text in said if "cannot be told" in text]


def test_an_evidence_map_of_many_outcomes_goes_on_below(drawn: Drawn) -> None:
    ways = ("better", "unclear", "worse", "unknown")
    evidence = [
        Evidence(f"aspect {n % 17}", f"arbeidsproductiviteit {n % 40}", ways[n % 4], n % 6)  # type: ignore[arg-type]
        for n in range(4000)
    ]
    evidence_map(evidence, "Aspect", "Uitkomst", language="nl")
    assert_apart(drawn)
    assert "AN" in [text for text, *_ in drawn]  # the fortieth letter


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_reference_moederbestand_can_be_drawn(lang: Any, drawn: Drawn) -> None:
    cards = reference_base().cards
    found = (
        *reference_evidence(cards, lang),
        *reference_factors(cards, lang),
        *published_factors(lang),
    )
    assert [p.kind for p in found] == ["evidence_map", "factors", "factors"]
    for picture in found:
        drawn.clear()
        picture.draw("svg")
        assert_apart(drawn)
    label = {"nl": "leiderschap", "en": "leadership"}[lang]
    said = [text for text, *_ in drawn]
    assert {label, "12"} <= set(said)  # overview 15: leadership promotes in twelve


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        funnel([], 0.1, "x", language="nl")
    with pytest.raises(ValueError, match="at least one"):
        evidence_map([], "a", "b", language="nl")
    with pytest.raises(ValueError, match="at least one"):
        factor_diagram([FactorBar("a", "b", 0, 0)], "x", "y", language="nl")
    with pytest.raises(ValueError, match="at least one"):
        changes([], "x", language="nl")
