"""The flow of projects: its counts add up, and the picture and its alt text say the same."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.model.standing import NoResult, ProjectStanding
from evalkit.model.synthesis import Synthesis
from evalkit.model.vocabulary import BaselineStatus, NotPooled, WaveKind
from evalkit.render.flow import Flow, flow, flow_pictures, lost_line, step_names

from .programmes import LONG, Drawn, recorded
from .reports import SCORE, effect, synthesis
from .test_figures import assert_apart
from .test_figures_synthesis import outline

GOLDEN = Path(__file__).parent / "golden" / "flow.svg"
LANGUAGES = ("nl", "en")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    return recorded(monkeypatch)


@st.composite
def programmes(draw: Any) -> Synthesis:
    """Projects with any mix of design, data, waves, reasons and subgroups."""
    standings, effects = [], []
    for n in range(draw(st.integers(1, 12))):
        name = f"p{n}"
        designed = draw(st.booleans())
        delivered = designed and draw(st.booleans())
        standings.append(
            ProjectStanding(
                project=name, title=name, designed=designed, delivered=delivered,
                baseline=draw(st.sampled_from(list(BaselineStatus))),
            )
        )  # fmt: skip
        for _ in range(draw(st.integers(0, 4)) if delivered else 0):
            pooled = draw(st.booleans())
            kinds = [WaveKind.post, WaveKind.follow_up, WaveKind.interim]
            kind = WaveKind.post if pooled else draw(st.sampled_from(kinds))
            why = NotPooled.interim if kind is WaveKind.interim else None
            why = why or draw(st.sampled_from(list(NotPooled)))
            effects.append(
                effect(
                    name, SCORE, 0.1, 0.01, pooled=pooled, wave_kind=kind,
                    not_pooled_because=None if pooled else why,
                    subgroup=draw(st.sampled_from(["all", "all", "subject:x"])),
                )
            )  # fmt: skip
    return Synthesis.model_construct(
        standings=tuple(standings), effects=tuple(effects), awarded=len(standings)
    )


def counts(counted: Flow) -> list[int]:
    return [len(step.projects) for step in counted.steps]


@given(programmes())
@settings(max_examples=150)
def test_counts_add_up(found: Synthesis) -> None:
    counted = flow(found)
    assert not counted.awarded.lost
    assert len(counted.awarded.projects) == found.awarded
    for before, step in zip(counted.steps, counted.steps[1:], strict=False):
        assert set(step.projects) <= set(before.projects)
        assert len(before.projects) - len(step.projects) == sum(step.lost.values())
        assert all(step.lost.values())
    for step in counted.steps:
        assert sum(step.baselines.values()) == len(step.projects)
    assert counted.usable.projects == tuple(
        s.project
        for s in found.standings
        if any(r.project == s.project and r.pooled and r.subgroup == "all" for r in found.effects)
    )


@given(programmes(), st.sampled_from(LANGUAGES))
@settings(max_examples=50)
def test_the_alt_text_says_the_same_counts(found: Synthesis, lang: Any) -> None:
    (picture,) = flow_pictures(found, lang)
    at = 0
    for name, step in zip(step_names(lang), flow(found).steps, strict=True):
        assert lost_line(step, lang) in picture.alt
        said = re.search(rf"{name[1:]}: (\d+)", picture.alt[at:])
        assert said
        assert int(said[1]) == len(step.projects)
        at += said.end()


def test_each_project_falls_out_for_its_own_reason() -> None:
    def standing(name: str, **changes: Any) -> ProjectStanding:
        values = {"designed": True, "delivered": True, "baseline": BaselineStatus.proven}
        return ProjectStanding(project=name, title=name, **(values | changes))

    def row(name: str, why: NotPooled | None = None, **changes: Any) -> Any:
        return effect(name, SCORE, 0.1, 0.01, pooled=not why, not_pooled_because=why, **changes)

    found = Synthesis.model_construct(
        standings=(
            standing("a", designed=False, delivered=False), standing("b", delivered=False),
            standing("c"), standing("d"), standing("e"), standing("f"), standing("g"),
        ),
        effects=(
            row("d", NotPooled.interim, wave_kind=WaveKind.interim),
            row("e", NotPooled.no_post),
            row("f", NotPooled.too_few), row("f", NotPooled.small_group),
            row("f", NotPooled.small_group),
            row("g", NotPooled.single_group), row("g"),
        ),
    )  # fmt: skip
    counted = flow(found)
    assert counts(counted) == [7, 5, 2, 1]
    assert counted.delivered.lost == {NoResult.no_design: 1, NoResult.no_data: 1}
    after = {NoResult.no_outcome: 1, NotPooled.interim: 1, NotPooled.no_post: 1}
    assert counted.afterwards.lost == after
    assert counted.usable.lost == {NotPooled.small_group: 1}
    assert counted.usable.projects == ("g",)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("k", "silent"), [(1, 0), (9, 3), (4000, 1000)])
def test_texts_stay_apart_and_inside(k: int, silent: int, lang: Any, drawn: Drawn) -> None:
    found = small(k, silent)
    (picture,) = flow_pictures(found, lang)
    drawn.clear()
    assert picture.draw("svg").startswith(b"<?xml")
    assert_apart(drawn)
    said = [text for text, *_ in drawn]
    assert {str(n) for n in counts(flow(found))} <= set(said)


def small(k: int, silent: int) -> Synthesis:
    """The rows of the flow alone, of any number of projects and every reason."""
    few = synthesis(min(k, 20), silent=3 if silent else 0)
    reasons = list(NotPooled)
    names = [f"p{n}" for n in range(k + silent)]
    return few.model_copy(
        update={
            "standings": tuple(
                ProjectStanding(
                    project=name, title=LONG, designed=n < k or bool(n % 2), delivered=n < k,
                    baseline=list(BaselineStatus)[n % 3],
                )
                for n, name in enumerate(names)
            ),
            "effects": tuple(
                effect(name, SCORE, 0.1, 0.01, pooled=not n % 2,
                       not_pooled_because=reasons[n % len(reasons)] if n % 2 else None)
                for n, name in enumerate(names[:k])
            ),
        }
    )  # fmt: skip


@pytest.mark.parametrize("file_format", ["svg", "pdf", "png"])
def test_the_same_projects_give_the_same_bytes(file_format: Any) -> None:
    once, again, other = (
        next(flow_pictures(synthesis(k), "nl")).draw(file_format) for k in (5, 5, 6)
    )
    assert once == again
    assert once != other


def test_golden() -> None:
    found = outline(next(flow_pictures(synthesis(10, silent=4), "en")).draw("svg"))
    if os.environ.get("EVALKIT_UPDATE_GOLDEN"):
        GOLDEN.write_text(found, "utf-8")
    assert found == GOLDEN.read_text("utf-8")


def test_there_is_none_without_projects() -> None:
    bare = synthesis(3).model_copy(update={"standings": ()})
    assert list(flow_pictures(bare, "nl")) == []
