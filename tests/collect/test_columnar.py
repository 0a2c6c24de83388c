"""A large table gets the findings that the same table gets when it is small."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from evalkit.collect import columnar_cells, columnar_whole
from evalkit.collect.checks import check_part
from evalkit.collect.columnar_checks import Surveyed, check_parquet
from evalkit.collect.delivery import Checked, Origin, Part, Taken
from evalkit.errors import EvalkitError
from evalkit.model.design import Design
from evalkit.model.measure import Item, Scale
from evalkit.model.project import Arm, GroupSize, School
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import ArmRole, Respondent, ScaleType

from .designs import AGREEMENT, BOTH, build_design, entry, measure, text

DAY = dt.date(2026, 6, 10)
TAKEN = Taken(DAY, DAY)
ITEMS = tuple(f"core.climate.i{number}" for number in range(1, 7))


def rich_design() -> Design:
    """More of what a large table can hold: unbounded, fractions, percentages, a questionnaire."""
    plain = build_design()
    more = (
        measure("core.hours", text("Uren"), text("Uren."), Respondent.pupil,
                Scale(type=ScaleType.count_)),
        measure("core.share", text("Deel"), text("Deel."), Respondent.pupil,
                Scale(type=ScaleType.interval, minimum=0, maximum=1)),
        measure("core.percent", text("Percentiel"), text("Percentiel."), Respondent.pupil,
                Scale(type=ScaleType.interval, minimum=0, maximum=100)),
        measure("core.grade", text("Cijfer"), text("Cijfer."), Respondent.pupil,
                Scale(type=ScaleType.interval, minimum=1, maximum=10)),
        measure("core.note", text("Notitie"), text("Notitie."), Respondent.pupil,
                Scale(type=ScaleType.text)),
        measure("core.climate", text("Klimaat"), text("Klimaat."), Respondent.pupil,
                Scale(type=ScaleType.ordinal, minimum=1, maximum=5, choices=AGREEMENT),
                scoring="mean",
                items=tuple(
                    Item(id=name.rsplit(".", 1)[1], text=text(name), reverse=number in (2, 5))
                    for number, name in enumerate(ITEMS)
                )),
    )  # fmt: skip
    size = GroupSize(pupils=50, classes=8)
    arms = tuple(Arm(role=a.role, label=a.label, size=size) for a in plain.project.arms)
    schools = (*plain.project.schools, School(brin="30AA", arms=BOTH))
    project = plain.project.model_copy(update={"arms": arms, "schools": schools})
    schedule = (*plain.schedule, *(entry("baseline", m) for m in more))
    measures = (*plain.measures, *more)
    return plain.model_copy(update={"project": project, "measures": measures, "schedule": schedule})


DESIGN = rich_design()


def small(path: Path, design: Design = DESIGN) -> Checked:
    raw = pd.read_parquet(path)
    raw = raw.astype(object).where(raw.notna(), None)
    origin = Origin(path.name, np.arange(1, len(raw) + 1))
    part = Part("baseline", Respondent.pupil, Grain.unit, raw, origin, TAKEN)
    return check_part(part, design)


def large(path: Path, design: Design = DESIGN) -> Surveyed:
    return check_parquet(path, design, "baseline", Respondent.pupil, TAKEN)


def same(frame: pd.DataFrame, design: Design = DESIGN) -> Surveyed:
    """Both ways; they say the same, word for word."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        frame.to_parquet(path)
        one, other = large(path, design), small(path, design)
    assert [f.model_dump() for f in one.findings] == [f.model_dump() for f in other.findings]
    assert (one.measures, one.schools) == (other.measures, other.schools)
    assert one.rows == len(frame)
    return one


def codes(found: Surveyed) -> set[str]:
    return {finding.code for finding in found.findings}


def pupils(count: int = 60, seed: int = 1) -> pd.DataFrame:
    """Rows in which nothing is wrong."""
    rng = np.random.default_rng(seed)
    school = np.array(["05KO", "12AB01", "27XY", "30AA"])[np.arange(count) % 4]
    role = np.where(np.arange(count) % 3 == 0, "intervention", "comparison")
    arm = np.select([school == "12AB01", school == "27XY"], ["intervention", "comparison"], role)
    mood = rng.integers(1, 6, count)
    answers = {
        name: np.clip((6 - mood if number in (2, 5) else mood) + rng.integers(-1, 2, count), 1, 5)
        for number, name in enumerate(ITEMS)
    }
    return pd.DataFrame(
        {
            "school": school,
            "class": [f"{n % 2 + 1}a" for n in range(count)],
            "unit": [f"p{n}" for n in range(count)],
            "arm": arm,
            "core.language": rng.integers(0, 59, count).astype(float),
            "core.absence": rng.integers(0, 20, count),
            "core.feedback": rng.integers(1, 6, count),
            "core.support": rng.choice(["none", "in_class", "buiten de klas"], count),
            "core.hours": rng.integers(10, 40, count),
            "core.share": rng.random(count).round(3),
            "core.percent": (rng.random(count) * 100).round(2),
            "core.grade": (1 + rng.random(count) * 9).round(1),
            "core.note": rng.choice(["ging goed", "-", "onrustig"], count),
            **answers,
        }
    )


def test_sound_rows() -> None:
    assert codes(same(pupils())) <= {"intake.straight", "intake.fewer_than_planned"}


MISTAKES: dict[str, tuple[list[Any], list[str]]] = {
    "school": (["99ZZ", "", None, "05ko", " 12AB01 "], ["intake.school_unknown"]),
    "class": ([None, "  ", "2026-05-01"], ["intake.required"]),
    "unit": ([None, "p7", "p7 ", "p 8", "p  8"], ["intake.duplicate_unit", "intake.required"]),
    "arm": (["both", None, "comparison"], ["intake.not_a_choice"]),
    "core.language": ([99.0, -1.0, float("nan"), float("inf"), None], ["intake.out_of_bounds"]),
    "core.absence": ([21.0, 2.5, None], ["intake.not_whole", "intake.out_of_bounds"]),
    "core.feedback": ([9.0, 1.5, None], ["intake.not_a_choice", "intake.not_whole"]),
    "core.support": (["nvt", "soms", "In de klas, bij de les"], ["intake.not_a_choice"]),
    "core.hours": ([5000.0, -3.0, None], ["intake.outliers", "intake.too_low"]),
    "core.grade": ([65.0, 7.5, 11.5], ["intake.comma_lost", "intake.out_of_bounds"]),
    "core.note": (["bel juf Anna", "a@b.nl", "06-12345678", "x1"], ["intake.text_personal"]),
    ITEMS[0]: ([7.0, None, 2.5], ["intake.not_a_choice"]),
}


def with_mistakes(column: str, frame: pd.DataFrame) -> pd.DataFrame:
    frame[column] = frame[column].astype(object)
    for number, value in enumerate(MISTAKES[column][0] * 4):
        frame.loc[3 * number + 1, column] = value
    if isinstance(frame[column].iloc[0], int | float | np.number):
        frame[column] = frame[column].astype(float)
    return frame


@pytest.mark.parametrize("column", MISTAKES)
def test_wrong_cells(column: str) -> None:
    assert set(MISTAKES[column][1]) <= codes(same(with_mistakes(column, pupils())))


def test_wrong_cells_of_text() -> None:
    frame = pupils()
    for column in MISTAKES:
        frame = with_mistakes(column, frame)
    texts = frame.astype(object).map(lambda cell: None if cell is None else f"{cell}")
    assert len(codes(same(texts))) > 10


def test_more_than_can_be_shown() -> None:
    frame = pupils(400)
    frame.loc[10:300, "core.language"] = 70.0
    frame.loc[200:390, "unit"] = "p1"
    frame.loc[50:180, "school"] = None
    found = same(frame)
    assert sum(f.code == "intake.more" for f in found.findings) >= 3


def _shifted(frame: pd.DataFrame) -> None:
    frame["core.feedback"] -= 1


def _shifted_questions(frame: pd.DataFrame) -> None:
    frame[list(ITEMS)] = frame[list(ITEMS)].clip(upper=4) - 1


def _percentages(frame: pd.DataFrame) -> None:
    frame["core.share"] *= 100


def _fractions(frame: pd.DataFrame) -> None:
    frame["core.percent"] /= 100


def _turned(frame: pd.DataFrame) -> None:
    frame[ITEMS[0]] = 6 - frame[ITEMS[0]]


def _straight(frame: pd.DataFrame) -> None:
    frame.loc[3:9, list(ITEMS)] = 4


def _alike(frame: pd.DataFrame) -> None:
    for row in (8, 12, 40):
        frame.loc[row, frame.columns[4:]] = frame.loc[4, frame.columns[4:]]
        frame.loc[row, "school"] = frame.loc[4, "school"]


def _scores(frame: pd.DataFrame) -> None:
    frame["core.climate"] = 3.0


def _more(frame: pd.DataFrame) -> None:
    frame["class"] = [f"c{n}" for n in range(len(frame))]


WHOLES = {
    "intake.coded_lower": (_shifted, _shifted_questions),
    "intake.percentages": (_percentages,),
    "intake.fractions": (_fractions,),
    "intake.turned": (_turned,),
    "intake.straight": (_straight,),
    "intake.alike": (_alike,),
    "intake.score_apart": (_scores,),
    "intake.more_than_planned": (_more,),
}


@pytest.mark.parametrize(
    ("code", "change"), [(code, change) for code, changes in WHOLES.items() for change in changes]
)
def test_the_table_as_a_whole(code: str, change: Any) -> None:
    frame = pupils(120)
    change(frame)
    assert code in codes(same(frame))
    if change in (_shifted_questions, _percentages, _turned):
        same(frame.astype(str))


PERSONAL: dict[str, tuple[str, list[str], str]] = {
    "numbers as codes": ("unit", ["123456782", "p2"], "intake.personal_number"),
    "names as codes": ("unit", ["Sanne", "Daan", "Emma", "p1"], "intake.names"),
    "one full name": ("unit", ["Vries, J. de", *(f"p{n}" for n in range(50))], "intake.names"),
    "addresses as codes": ("unit", ["a@school.nl", "p1"], "intake.emails"),
    "births as codes": ("unit", ["2015-03-04", "p1", "p2"], "intake.birth_dates"),
    "classes of addresses": ("class", ["juf@school.nl"], "intake.emails"),
    "an extra column": ("voornaam", ["Sanne", "Daan"], "intake.names"),
    "extra births": ("iets", ["04-05-2015", "12-11-2014"], "intake.birth_dates"),
    "an answer": ("core.note", ["123456782"], "intake.personal_number"),
}


@pytest.mark.parametrize("name", PERSONAL)
def test_what_is_personal(name: str) -> None:
    column, values, code = PERSONAL[name]
    frame = pupils(60)
    frame[column] = [values[n % len(values)] for n in range(60)]
    assert code in codes(same(frame))


@pytest.mark.parametrize("dropped", ["arm", "class", "unit", "school", "core.language", ITEMS[3]])
def test_columns_that_are_not_there(dropped: str) -> None:
    same(pupils().drop(columns=dropped))


def test_other_headers_and_types() -> None:
    frame = pupils().rename(columns={"school": "School (BRIN)", "core.absence": "Verzuim"})
    frame["class"] = np.arange(60) % 2
    frame["unit"] = np.arange(60).astype(float)
    frame["leeg"] = None
    frame['"; DROP VIEW rows; --'] = 1
    same(frame)


cells = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "-", "nvt", "7,5", "1 234", "65", "0", "1", "p3", "4,0", "12 mei"]),
    st.sampled_from(["05KO", "intervention", "99ZZ", "helemaal mee eens", "geen", "1e5", "x@y.nl"]),
    st.integers(-2, 70).map(str),
    st.text(max_size=6),
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 18), cells), min_size=1, max_size=40),
    st.sampled_from([5_000, 8]),
)
@example([(24, 2, "\x18"), (3, 1, "a \x18\u200e b"), (4, 2, "\ufeff")], 5_000)
def test_any_cells(changes: list[tuple[int, int, str | None]], few: int) -> None:
    frame = pupils(40).astype(object).map(str)
    for row, column, value in changes:
        frame.iloc[row, column] = value
    with pytest.MonkeyPatch.context() as patch:
        # As columns with many different values are read.
        patch.setattr(columnar_cells, "FEW_VALUES", few)
        patch.setattr(columnar_whole, "_AT_ONCE", 15)
        same(frame)


@settings(max_examples=6, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 39),
            st.integers(4, 6),
            st.one_of(st.none(), st.floats(-5, 80), st.integers(-3, 70).map(float)),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_any_numbers(changes: list[tuple[int, int, float | None]]) -> None:
    frame = pupils(40).astype({"core.absence": float, "core.feedback": float})
    for row, column, value in changes:
        frame.iloc[row, column] = float("nan") if value is None else value
    same(frame)


@given(st.lists(st.integers(0, 30).map(float) | st.floats(0, 1e6), min_size=1, max_size=60))
@settings(max_examples=25, deadline=None)
def test_median(values: list[float]) -> None:
    from evalkit.collect.columnar import opened

    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "rows.parquet"
        pd.DataFrame({"x": values}).to_parquet(path)
        patch.setattr(columnar_whole, "_PICKED", 3)
        patch.setattr(columnar_whole, "_BINS", 4)
        with opened(path) as rows:
            rows.read(["x"])
            assert columnar_whole.median(rows, "c0", 1) == pytest.approx(np.median(values))


def test_a_file_that_is_no_parquet(tmp_path: Path) -> None:
    path = tmp_path / "rows [1]*.parquet"
    path.write_bytes(b"PAR1 no")
    with pytest.raises(EvalkitError) as raised:
        large(path)
    assert raised.value.finding.code == "intake.unreadable"
    assert str(tmp_path) not in raised.value.finding.wrong.en


def test_a_name_that_could_be_a_pattern(tmp_path: Path) -> None:
    for name in ("a*.parquet", "ab.parquet"):
        pupils(60 if "*" in name else 8).to_parquet(tmp_path / name)
    assert large(tmp_path / "a*.parquet").rows == 60


def test_rows_are_numbered_as_asked(tmp_path: Path) -> None:
    frame = pupils()
    frame.loc[4, "core.language"] = 99.0
    frame.to_parquet(tmp_path / "rows.parquet")
    found = check_parquet(
        tmp_path / "rows.parquet", DESIGN, "baseline", Respondent.pupil, TAKEN, first_row=2
    )
    places = [f.place.row for f in found.findings if f.code == "intake.out_of_bounds"]
    assert places == [6]


def test_an_unknown_wave(tmp_path: Path) -> None:
    pupils().to_parquet(tmp_path / "rows.parquet")
    found = check_parquet(tmp_path / "rows.parquet", DESIGN, "nooit", Respondent.pupil)
    assert codes(found) == {"intake.wave_unknown"}
    assert not found.is_acceptable


def test_rows_without_any_value_are_no_rows(tmp_path: Path) -> None:
    frame = pupils().astype(object)
    frame.loc[[2, 5], :] = None
    frame.to_parquet(tmp_path / "rows.parquet")
    found = large(tmp_path / "rows.parquet")
    assert found.rows == 58
    assert "intake.required" not in codes(found)


def limited(*measures: str) -> Design:
    """The rich design with measures that only the intervention group is asked."""
    schedule = tuple(
        e.model_copy(update={"arms": (ArmRole.intervention,)}) if e.measure in measures else e
        for e in DESIGN.schedule
    )
    return DESIGN.model_copy(update={"schedule": schedule})


def test_values_of_a_group_that_is_not_asked() -> None:
    frame = pupils()
    frame.loc[frame.index[:3], "core.absence"] = None
    found = same(frame, limited("core.absence", "core.climate"))
    told = [f for f in found.findings if f.code == "intake.arm_not_asked"]
    assert len(told) == 2
    assert all("vergelijkingsgroep" in f.wrong.nl and f.severity == "warning" for f in told)
    assert "intake.arm_not_asked" not in codes(same(frame.drop(columns=["arm"])))
