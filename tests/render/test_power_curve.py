"""The power curve: what is written beside it, and that it can be drawn for any plan."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.model.design import Power
from evalkit.model.vocabulary import AssignmentLevel, Respondent
from evalkit.render.canvas import Canvas, text_width
from evalkit.render.picture import encoded
from evalkit.render.power_curve import power_curve

CURVE = tuple((n, round(2.9 * (0.36 / n) ** 0.5, 3)) for n in range(4, 60))


def power(**changes: Any) -> Power:
    values = {
        "measures": ("core.workload",), "respondent": Respondent.pupil, "schools": (6, 9),
        "clusters": (12, 20), "cluster": AssignmentLevel.class_, "units": (300, 480), "icc": 0.2,
        "pretest_correlation": 0.5, "mdes": 0.451, "target": 0.3, "needed_clusters": 34,
        "needed_units": 829, "curve": CURVE, "formula": "x",
    }  # fmt: skip
    return Power.model_validate(values | changes)


PLANS = {
    "classes": power(),
    "schools": power(cluster=AssignmentLevel.school),
    "persons": power(clusters=None, cluster=None, units=(30, 40), needed_clusters=None),
    "single group": power(clusters=(12, 0), units=(300, 0)),
    "no target": power(target=None, needed_clusters=None, needed_units=None),
    "out of reach": power(target=0.001, needed_clusters=None, needed_units=None),
    "nothing to test": power(mdes=None, clusters=(1, 1)),
    "very many": power(
        clusters=None, units=(40_000, 90_000), mdes=0.02,
        curve=tuple((n, 2.9 * (2 / n) ** 0.5) for n in range(20, 200_000, 5_000)),
    ),
    "very few": power(clusters=(2, 2), mdes=9.4, curve=((2, 9.4), (3, 2.1))),
}  # fmt: skip

Drawn = list[tuple[str, float, float, float, float]]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Every text drawn: text, left, top, right, bottom."""
    texts: Drawn = []
    original = Canvas.text

    def text(self, at, text, size, *, face="regular", align="left", **look):  # type: ignore[no-untyped-def]
        width = text_width(text, size, face)
        left = at[0] - {"left": 0, "center": width / 2, "right": width}[align]
        texts.append((text, left, at[1] - 0.72 * size, left + width, at[1] + 0.2 * size))
        original(self, at, text, size, face=face, align=align, **look)

    monkeypatch.setattr(Canvas, "text", text)
    return texts


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_texts_stay_apart_and_inside(name: str, language: Any, drawn: Drawn) -> None:
    power_curve(PLANS[name], language=language)
    for index, (one, left, top, right, bottom) in enumerate(drawn):
        assert left >= -0.5, one
        assert right <= 470.5, one
        for other, left2, top2, right2, bottom2 in drawn[index + 1 :]:
            apart = right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top
            assert apart, f"{one!r} and {other!r} overlap"


def test_it_says_plan_target_and_what_the_target_asks(drawn: Drawn) -> None:
    power_curve(PLANS["classes"], language="en")
    said = [text for text, *_ in drawn]
    assert "Number of classes in each arm" in said
    assert "this plan: 12 and 20 (comparison), which can show 0.46 SD" in said
    assert "the effect the scheme expects: 0.30 SD; asks 34 in each arm" in said


@pytest.mark.parametrize(
    ("name", "axis", "not_said"),
    [
        ("schools", "Number of schools in each arm", "classes"),
        ("persons", "Number of pupils in each arm", "classes"),
        ("single group", "Number of classes", "comparison"),
        ("no target", "Number of classes in each arm", "expects"),
        ("out of reach", "Number of classes in each arm", "asks"),
        ("nothing to test", "Number of classes in each arm", "which can show"),
    ],
)
def test_it_says_nothing_that_does_not_hold(
    name: str, axis: str, not_said: str, drawn: Drawn
) -> None:
    power_curve(PLANS[name], language="en")
    said = [text for text, *_ in drawn]
    assert axis in said
    assert not [text for text in said if not_said in text]


def test_numbers_follow_the_language(drawn: Drawn) -> None:
    power_curve(PLANS["classes"], language="nl")
    assert any("0,46 SD" in text for text, *_ in drawn)


@pytest.mark.parametrize("file_format", ["svg", "pdf", "png"])
def test_the_same_plan_gives_the_same_bytes(file_format: Any) -> None:
    plans = (power(), power(), power(mdes=0.5))
    one, two, other = (encoded(power_curve(p, language="nl"), file_format) for p in plans)
    assert one == two
    assert one != other


def test_one_point_is_no_curve() -> None:
    with pytest.raises(ValueError, match="two points"):
        power_curve(power(curve=CURVE[:1]), language="nl")


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_the_axis_of_effects_starts_at_nought(plan: Power, drawn: Drawn) -> None:
    power_curve(plan, language="en")
    left = [text for text, _, _, right, _ in drawn if right < 34]
    assert float(left[0]) == 0
