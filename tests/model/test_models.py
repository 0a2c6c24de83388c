"""What holds for every model: frozen, strict, described; and what each refuses."""

from __future__ import annotations

import datetime as dt
import enum
import inspect
import json
import math
import pkgutil
from importlib import import_module
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

import evalkit
import evalkit.model
from evalkit.collect.mapping import Mapping
from evalkit.collect.package import Package
from evalkit.library.vocabularies import Vocabularies
from evalkit.model import vocabulary
from evalkit.model.card import CARD_GROUPS, Card
from evalkit.model.cycle import Cycle, Point
from evalkit.model.finding import Place
from evalkit.model.hashing import content_hash, short
from evalkit.model.invalid import InvalidError
from evalkit.model.measure import NO_YES, Item, Measure, Scale
from evalkit.model.project import Arm, Goal, Instrument, Project, School
from evalkit.model.protocol import Analysis, Moment, Privacy, Wave
from evalkit.model.text import Text
from evalkit.model.vocabulary import RUNG_LABELS, ScaleType, Term, WaveKind

repeatable = settings(derandomize=True, database=None, deadline=None)


def public_models() -> list[type[BaseModel]]:
    """All models reachable from the model rooms, the files people write and the public names."""
    roots: list[Any] = [Mapping, Package, Vocabularies]
    for info in pkgutil.iter_modules(evalkit.model.__path__):
        room = import_module(f"evalkit.model.{info.name}")
        roots += [thing for _, thing in inspect.getmembers(room, inspect.isclass)]
    roots += [getattr(evalkit, name) for name in evalkit.__all__]
    seen: dict[type[BaseModel], None] = {}
    todo = [root for root in roots if inspect.isclass(root) and issubclass(root, BaseModel)]
    while todo:
        model = todo.pop()
        if model in (BaseModel, *seen):
            continue
        seen[model] = None
        for field in model.model_fields.values():
            todo += models_in(field.annotation)
    return sorted(seen, key=lambda model: (model.__module__, model.__name__))


def models_in(annotation: Any) -> list[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in models_in(argument)]


MODELS = public_models()


def test_the_walk_finds_the_words_of_the_field() -> None:
    names = {model.__name__ for model in MODELS}
    words = {"Measure", "Protocol", "Wave", "ProjectType", "Project", "Design", "Submission"}
    assert words | {"Cycle", "Goal", "Card", "EffectSize", "Finding"} <= names


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_says_what_it_is(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert field.description, f"{model.__name__}.{name}"
        assert field.description.strip() == field.description
        assert field.description.endswith("."), f"{model.__name__}.{name}"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_is_frozen_and_knows_its_keys(model: type[BaseModel]) -> None:
    assert model.model_config.get("frozen") is True
    assert model.model_config.get("extra") == "forbid"


def test_nothing_can_be_changed_or_added() -> None:
    place = Place(file="a.yaml")
    with pytest.raises(ValidationError):
        place.line = 3
    with pytest.raises(ValidationError):
        Place.model_validate({"file": "a.yaml", "lien": 3})


TERMS = [
    term
    for _, term in inspect.getmembers(vocabulary, inspect.isclass)
    if issubclass(term, Term) and term is not Term
]


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.__name__)
def test_every_term_has_its_own_label_in_both_languages(term: type[Term]) -> None:
    assert isinstance(term, enum.EnumType)
    for lang in ("nl", "en"):
        labels = [member.label.to(lang) for member in term]
        assert all(labels)
        assert len(set(labels)) == len(labels)


def test_the_ladder_has_six_rungs_in_words() -> None:
    assert sorted(RUNG_LABELS) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("missing", ["nl", "en"])
def test_a_text_needs_both_languages(missing: str) -> None:
    both = {"nl": "nulmeting", "en": "baseline"}
    assert Text(**both).to("nl") == "nulmeting"
    assert Text(**both).to("en") == "baseline"
    with pytest.raises(ValidationError):
        Text.model_validate({k: v for k, v in both.items() if k != missing})
    with pytest.raises(ValidationError):
        Text.model_validate(both | {missing: "   "})


def test_a_place_reads_as_a_person_would_say_it() -> None:
    place = Place(file="werkboek.xlsx", sheet="Leerlingen", row=14, column="C (Taal)")
    assert place.to("nl") == "werkboek.xlsx · Leerlingen · rij 14 · kolom C (Taal)"
    assert place.to("en") == "werkboek.xlsx · Leerlingen · row 14 · column C (Taal)"
    assert Place().to("nl") == ""


# Content hashes

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
).filter(lambda value: "\\ud" not in json.dumps(value))


@repeatable
@given(plain)
def test_the_order_of_keys_does_not_change_a_hash(value: Any) -> None:
    def turned(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: turned(part[key]) for key in reversed(part)}
        return [turned(inner) for inner in part] if isinstance(part, list) else part

    assert content_hash(turned(value)) == content_hash(value)


def test_the_hash_is_that_of_canonical_json_in_utf_8() -> None:
    import hashlib

    content = {"z": [1, 2.5, None, True], "a": "zoë – 日本"}
    canonical = '{"a":"zoë – 日本","z":[1,2.5,null,true]}'.encode()
    assert content_hash(content) == hashlib.sha256(canonical).hexdigest()
    assert short(content_hash(content)) == content_hash(content)[:12]


@repeatable
@given(st.lists(st.integers(), min_size=2, max_size=4, unique=True))
def test_the_order_of_a_list_counts(values: list[int]) -> None:
    assert content_hash(values) != content_hash(values[::-1])


@pytest.mark.parametrize(
    ("one", "other"), [(1, "1"), (None, ""), ({}, []), (True, 1), ({"a": 1}, {"a": 2})]
)
def test_other_content_has_another_hash(one: Any, other: Any) -> None:
    assert content_hash(one) != content_hash(other)


# What hangs together

LABEL = Text(nl="maat", en="measure")
MEASURE: dict[str, Any] = {
    "id": "fonds.maat", "label": LABEL, "description": LABEL, "kind": "outcome", "level": "micro",
    "respondent": "pupil", "source": "survey", "minutes": 1,
    "scale": Scale(type=ScaleType.interval),
}  # fmt: skip
ITEM = Item(id="i1", text=LABEL)


def project(**changes: Any) -> Project:
    values: dict[str, Any] = {
        "id": "noord", "title": "Noord", "protocol": "basisset", "type": "iio.slimfit",
        "sector": "po", "nature": "renewal", "start": "2026-08-01", "end": "2027-07-31",
        "arms": [{"role": "intervention", "label": "units"}], "comparison": "single_group",
        "schools": [{"brin": "05KO"}],
    }  # fmt: skip
    return Project.model_validate(values | changes)


TWO = [{"role": "intervention", "label": "units"}, {"role": "comparison", "label": "klassen"}]


def refused(make: Any, *arguments: Any, **values: Any) -> str:
    """The code of the catalogue under which a model refuses the values."""
    with pytest.raises(ValidationError) as caught:
        make(*arguments, **values)
    causes = [detail.get("ctx", {}).get("error") for detail in caught.value.errors()]
    codes = [cause.code for cause in causes if isinstance(cause, InvalidError)]
    return codes[0] if codes else caught.value.errors()[0]["type"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"start": "2027-07-31"}, "model.dates"),
        ({"end": "2026-07-31"}, "model.dates"),
        ({"arms": [TWO[1]], "comparison": "matched"}, "model.arms"),
        ({"arms": [TWO[0], TWO[0]]}, "model.arms"),
        ({"arms": TWO}, "model.comparison_arms"),
        ({"comparison": "randomised"}, "model.comparison_arms"),
        ({"schools": [{"brin": "05KO"}, {"brin": "05 ko"}]}, "model.schools_double"),
        ({"schools": [{"brin": "05KO", "arms": ["comparison"]}]}, "model.schools_arm"),
        ({"schools": [{"brin": "5KO"}]}, "model.brin"),
        ({"board": "123"}, "model.board"),
        ({"schools": []}, "too_short"),
        ({"end": "9999-12-31"}, "less_than_equal"),
        ({"start": "0026-08-01"}, "greater_than_equal"),
        ({"features": {"unit_size": math.nan}}, "finite_number"),
        ({"id": "Noord"}, "string_pattern_mismatch"),
    ],
)
def test_a_project_hangs_together(changes: dict[str, Any], code: str) -> None:
    assert refused(project, **changes) == code


def test_a_sound_project_is_accepted() -> None:
    made = project(arms=TWO, comparison="matched", schools=[{"brin": "05ko"}])
    assert made.has_comparison
    assert not project().has_comparison
    assert made.schools == (School(brin="05KO"),)
    assert made.arms[0] == Arm(role="intervention", label="units")


@pytest.mark.parametrize(
    ("make", "values", "code"),
    [
        (Scale, {"type": "interval", "minimum": 5, "maximum": 5}, "model.bounds"),
        (Scale, {"type": "interval", "minimum": math.inf}, "finite_number"),
        (Instrument, {"measure": "a.b", "wave": "post", "name": "t", "minimum": 9, "maximum": 1},
         "model.bounds"),
        (Measure, MEASURE | {"scoring": "mean"}, "model.items_scoring"),
        (Measure, MEASURE | {"items": (ITEM,)}, "model.items_scoring"),
        (Measure, MEASURE | {"scoring": "mean", "items": (ITEM, ITEM)}, "model.items_double"),
        (Measure, MEASURE | {"id": "workload"}, "string_pattern_mismatch"),
        (Measure, MEASURE | {"version": "1"}, "string_pattern_mismatch"),
        (Measure, MEASURE | {"minutes": -1}, "greater_than_equal"),
        (Goal, {"id": "g", "text": "x", "levels": ("a", "b", "c", "d")}, "model.goal_levels"),
        (Goal, {"id": "g", "text": "x", "weight": 0, "levels": tuple("abcde")}, "greater_than"),
        (Privacy, {"suppression_threshold": 1}, "greater_than_equal"),
        (Analysis, {"icc_attitude": 1}, "less_than"),
        (Moment, {"anchor": "end", "days": 10**7}, "less_than_equal"),
        (Point, {"date": "2026-09-14", "value": math.nan}, "finite_number"),
        (Card, {"project": "noord", "ladder_rung": 6}, "less_than_equal"),
    ],
)  # fmt: skip
def test_values_that_cannot_be_are_refused(make: Any, values: dict[str, Any], code: str) -> None:
    assert refused(make, **values) == code


def wave(kind: str, opens: tuple[str, int], closes: tuple[str, int]) -> Wave:
    return Wave.model_validate(
        {"id": "w", "kind": kind, "label": LABEL,
         "opens": {"anchor": opens[0], "days": opens[1]},
         "closes": {"anchor": closes[0], "days": closes[1]}}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "opens", "closes", "code"),
    [
        ("baseline", ("start", -30), ("start", 0), "model.baseline_after_start"),
        ("baseline", ("start", -30), ("end", -400), "model.baseline_after_start"),
        ("baseline", ("start", -1), ("start", -30), "model.window"),
        ("post", ("end", 30), ("end", 29), "model.window"),
    ],
)
def test_a_wave_is_a_window_and_a_baseline_closes_before_the_start(
    kind: str, opens: tuple[str, int], closes: tuple[str, int], code: str
) -> None:
    assert refused(wave, kind, opens, closes) == code


def test_a_wave_of_one_day_will_do() -> None:
    assert wave("baseline", ("start", -1), ("start", -1)).kind is WaveKind.baseline


PLAN = {"made_on": "2026-09-01", "aim": "Meer rust."}
DO = {"starts": "2026-09-02", "ends": "2026-09-30", "done": "Geprobeerd."}
CHECK = {"findings": "Het werkt."}
ACT = {"decision": "adopt", "reason": "Het werkt."}


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"check": CHECK}, "model.cycle_order"),
        ({"do": DO, "act": ACT}, "model.cycle_order"),
        ({"do": DO | {"ends": "2026-09-01"}}, "model.dates"),
    ],
)
def test_the_parts_of_a_cycle_come_in_order(parts: dict[str, Any], code: str) -> None:
    values = {"project": "noord", "number": 1, "title": "Rust", "plan": PLAN}
    assert refused(Cycle, **values, **parts) == code


def test_measures_name_their_columns_and_order_their_versions() -> None:
    single = Measure.model_validate(MEASURE)
    survey = Measure.model_validate(
        MEASURE | {"scoring": "mean", "items": (ITEM, Item(id="i2", text=LABEL))}
    )
    assert single.columns == ("fonds.maat",)
    assert survey.columns == ("fonds.maat.i1", "fonds.maat.i2")
    assert single.name == "fonds.maat@1.0"
    newer = Measure.model_validate(MEASURE | {"version": "1.10"})
    older = Measure.model_validate(MEASURE | {"version": "1.9.3"})
    assert newer.version_parts > older.version_parts


@pytest.mark.parametrize("kind", list(ScaleType), ids=str)
def test_choices_and_texts_have_no_mean(kind: ScaleType) -> None:
    assert Scale(type=kind).is_numeric == (kind.value not in ("nominal", "text"))


def test_the_card_has_its_eighteen_variables_and_its_position() -> None:
    grouped = [name for names in CARD_GROUPS.values() for name in names]
    numbered = [
        int(field.description.split(".")[0])
        for field in Card.model_fields.values()
        if field.description and field.description[0].isdigit()
    ]
    assert numbered == list(range(1, 19))
    assert sorted(grouped) == sorted(set(Card.model_fields) - {"project"})


@repeatable
@given(st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)), st.integers(-3000, 3000))
def test_a_moment_counts_calendar_days(day: dt.date, days: int) -> None:
    end = day + dt.timedelta(days=400)
    assert (Moment(anchor="start", days=days).on(day, end) - day).days == days
    assert (Moment(anchor="end", days=days).on(day, end) - end).days == days


def test_a_yes_or_no_scale_has_two_answers_of_its_own() -> None:
    scale = Scale(type=ScaleType.binary)
    assert (scale.minimum, scale.maximum, scale.is_numeric) == (0, 1, True)
    assert [(c.value, c.label.nl) for c in scale.choices] == [(0, "nee"), (1, "ja")]
    assert Scale.model_validate(scale.model_dump()) == scale
    assert Scale.model_validate_json(scale.model_dump_json()) == scale


@pytest.mark.parametrize("wrong", [{"minimum": 1}, {"maximum": 5}, {"choices": [NO_YES[0]]}])
def test_a_yes_or_no_scale_has_no_other_values(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"model\.binary"):
        Scale.model_validate({"type": "binary"} | wrong)
