"""`evalkit calendar`: show and replace the school holidays, and plan around them."""

from __future__ import annotations

from pathlib import Path

import pytest
from icalendar import Calendar

from tests.workspace import rounds

from .conftest import Run

OWN = """\
title: {nl: Vakanties van het fonds, en: Holidays of the fund}
years:
  - school_year: 2025/2026
    source: school guide
    holidays:
      - {name: {nl: zomer, en: summer}, starts: 2026-07-04, ends: 2026-08-16, regions: [north]}
      - {name: {nl: brugdag, en: day between}, starts: 2026-05-15, ends: 2026-05-15}
"""
WRONG = """\
title: {nl: Fout, en: Wrong}
years:
  - school_year: 2025-2026
    source: school guide
    holidays:
      - {name: {nl: a, en: a}, starts: 2026-08-16, ends: 2026-07-04}
      - {name: {nl: b, en: b}, starts: 2026-05-15, ends: 2026-05-15, regions: [oost]}
"""


@pytest.fixture
def work(run: Run, tmp_path: Path) -> Path:
    assert run("init", tmp_path / "werk").code == 0
    return tmp_path / "werk"


def test_it_shows_the_shipped_holidays_without_a_workspace(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EVALKIT_WORKSPACE", raising=False)
    shown = run("calendar", "show", "--school-year", "2026/2027")
    assert shown.code == 0
    assert "2027-07-10" in shown.out
    assert "2028" not in shown.out
    [year] = run("calendar", "show", "--school-year", "2026-2027", "--json").json()["years"]
    assert year["school_year"] == "2026-2027"
    assert len(run("calendar", "show", "--json").json()["years"]) == 7


@pytest.mark.parametrize(
    ("year", "problem"), [("2026", "'2026'"), ("2026-2028", "'2026-2028'"), ("1999-2000", "1999")]
)
def test_a_year_that_is_not_there_is_one_line(
    run: Run, work: Path, year: str, problem: str
) -> None:
    done = run("-w", work, "calendar", "show", "--school-year", year, "--lang", "en")
    assert done.code == 1
    assert problem in done.err
    assert done.err.count("\n") == 1


def test_a_funder_replaces_the_holidays(run: Run, work: Path, tmp_path: Path) -> None:
    file = rounds.written(tmp_path, "vakanties.yaml", OWN)
    done = run("-w", work, "calendar", "import", file, "--lang", "en")
    assert (done.code, done.err) == (0, "")
    assert "2025-2026" in done.out
    shown = run("-w", work, "calendar", "show", "--json").json()
    assert [year["school_year"] for year in shown["years"]] == ["2025-2026"]
    assert "day between" in run("-w", work, "calendar", "show", "--lang", "en").out


def test_a_file_with_mistakes_is_refused_with_all_of_them(
    run: Run, work: Path, tmp_path: Path
) -> None:
    before = run("-w", work, "calendar", "show", "--json").json()
    file = rounds.written(tmp_path, "vakanties.yaml", WRONG)
    done = run("-w", work, "calendar", "import", file, "--lang", "en")
    assert done.code == 2
    assert "model.dates_turned" in done.err
    assert "vakanties.yaml · line 6 " in done.err
    assert "file.value_choice" in done.err
    assert "vakanties.yaml · line 7 " in done.err
    assert run("-w", work, "calendar", "show", "--json").json() == before
    assert run("-w", work, "calendar", "import", tmp_path / "weg.yaml").code == 1


def test_a_damaged_file_in_the_workspace_is_named_with_its_line(run: Run, work: Path) -> None:
    (work / "holidays.yaml").write_text(WRONG, encoding="utf-8")
    done = run("-w", work, "calendar", "show", "--lang", "en")
    assert done.code == 2
    assert "holidays.yaml · line 6 " in done.err


def test_designs_follow_the_holidays_in_use(run: Run, work: Path, tmp_path: Path) -> None:
    """The school year of the example ends on 3 July 2026, and so does its last window."""
    protocol = rounds.written(tmp_path, "protocol.yaml", rounds.PROTOCOL)
    project = rounds.written(tmp_path, "project.yaml", rounds.project_text() + "region: north\n")
    assert run("-w", work, "protocol", "add", protocol).code == 0
    assert run("-w", work, "project", "add", project).code == 0

    def windows() -> dict[str, tuple[str, int]]:
        done = run("-w", work, "design", "units-oost", "--out", tmp_path / "uit")
        assert done.code == 0, done.err
        read = Calendar.from_ical((tmp_path / "uit" / "calendar.ics").read_bytes())
        return {
            str(event["summary"]).split(" – ")[0]: (
                event.decoded("dtend").isoformat(), int(event["sequence"])
            )
            for event in read.walk("VEVENT")
        }  # fmt: skip

    shipped = windows()
    assert windows() == shipped
    rounds.written(tmp_path, "leeg.yaml", OWN.replace("2026-07-04", "2026-06-20"))
    assert run("-w", work, "calendar", "import", tmp_path / "leeg.yaml").code == 0
    own = windows()
    assert shipped["Nameting"] == ("2026-07-04", 0)
    assert own["Nameting"] == ("2026-06-20", 1)
    assert (tmp_path / "uit" / "schedule.csv").read_text(encoding="utf-8").count("2026-06-19")
