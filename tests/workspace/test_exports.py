"""What anyone may see, and what researchers get: told apart, and logged before it is given."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import io
import itertools
import logging
import os
import re
import shutil
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from pypdf import PdfReader

from evalkit.collect.pseudonyms import fingerprint
from evalkit.errors import EvalkitError, FindingsError
from evalkit.model.export import UnitRow
from evalkit.plugin.registry import Registry
from evalkit.store.backup import make_backup, restore_backup
from evalkit.synthesis.public import LEFT_OUT, PUBLIC, public_view
from evalkit.synthesis.tables import TABLES, column_types
from evalkit.workspace import exports
from evalkit.workspace.cycles import add_card, add_cycle
from evalkit.workspace.exports import handed_out, write_public, write_research
from evalkit.workspace.files import write_all
from evalkit.workspace.keys import kept_rows
from evalkit.workspace.outputs import Published, table_files
from evalkit.workspace.synthesis import synthesize, write
from evalkit.workspace.unit_rows import write_units
from evalkit.workspace.workspace import Workspace
from tests.store.builders import NOW
from tests.store.points import Points

from . import rounds
from .test_cycles_and_cards import WHOLE
from .test_publishing import small

OWN_WORDS = "Zwaluwnest"
"""What schools wrote, wherever they can write something."""

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
WHY = {"reason": "Promotieonderzoek naar werkdruk", "by": "onderzoekscoördinator"}
ITEMS = tuple(f"core.collaboration.i{i}" for i in (1, 2, 3))

MORE = f"""\
goals:
  - {{id: lezen, text: "{OWN_WORDS} leest", levels: [{", ".join([f"{OWN_WORDS} x"] * 5)}]}}
instruments:
  - {{measure: fonds.score, wave: post, name: {OWN_WORDS}toets, minimum: 0, maximum: 100}}
"""
CARD = f"""\
project: een
goal_reached: somewhat
phase: sustaining
aspects: [time, culture]
support_structure: {OWN_WORDS} hielp
promoting_factors: {{time: "", leadership: "{OWN_WORDS} leidde"}}
hindering_factors: {{workload: "{OWN_WORDS} vol"}}
summary: {OWN_WORDS} is klaar
"""


def with_own_words(text: str) -> str:
    """A project or cycle in which every text holds the words of the school."""
    words = r"title|description|theory|text|check|leadership|time|resources|label|aim|prediction"
    return re.sub(rf"({words}|done|findings|reason): (\"?)([A-Za-z])", rf"\1: \2{OWN_WORDS} \3",
                  text)  # fmt: skip


def teachers(wave: str, shift: int) -> list[dict[str, Any]]:
    rows = []
    for brin, roles in rounds.THREE_SCHOOLS.items():
        for role, i in itertools.product(roles.split(", "), range(8)):
            answers = (1 + (i + shift) % 4, 1 + (i * 3) % 4, 1 + (i * i) % 4)
            rows.append(
                {"school": brin, "arm": role, "unit": f"juf{role[:1]}{i}"}
                | dict(zip(ITEMS, answers, strict=True))
            )
    return rows


def played(folder: Path, start: Path, plugins: Registry, higher: float = 0.0) -> Path:
    """A workspace with two projects; in the first, everything that can be written is."""
    shutil.copytree(start, folder / "map")
    with Workspace.open(folder / "map", today=rounds.TODAY) as workspace:
        vars(workspace)["plugins"] = plugins
        for name, more in (("een", MORE), ("twee", "")):
            text = with_own_words(rounds.project_text(name, more=more))
            made = rounds.designed(workspace, folder, text)
            rows = rounds.both_waves(seed=len(name))
            for row in itertools.chain(*rows.values()):
                row["fonds.score"] = round(row["fonds.score"] + higher, 3)
            if name == "een":
                rows |= {
                    f"{wave}|teacher|unit": teachers(wave, shift)
                    for wave, shift in (("baseline", 0), ("post", 1))
                }
                rows["post|school|unit"] = [
                    {
                        "school": brin,
                        "arm": roles.split(", ")[0],
                        "core.class_size": 25,
                        "core.own_goals.lezen": 1,
                        "core.shortcomings": f"{OWN_WORDS} was ziek",
                    }
                    for brin, roles in rounds.THREE_SCHOOLS.items()
                ]
            done = rounds.deliver(workspace, made, rows, folder)
            assert done.stored, rounds.codes(done.findings)
        add_card(workspace, rounds.written(folder, "kaart.yaml", CARD))
        cycle = WHOLE.replace("units-oost", "een").replace("{number}", "1")
        add_cycle(workspace, rounds.written(folder, "cyclus.yaml", with_own_words(cycle)))
    return folder / "map"


@dataclasses.dataclass(frozen=True)
class Made:
    """One workspace, and what was made of it for each audience."""

    work: Path
    inside: Path
    public: Path
    research: Path


def opened(path: Path, plugins: Registry) -> Workspace:
    workspace = Workspace.open(path, today=rounds.TODAY)
    vars(workspace)["plugins"] = plugins
    return workspace


@pytest.fixture(scope="module")
def made(first_day: Path, plugins: Registry, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("voor wie")
    work = played(folder, first_day, plugins)
    with opened(work, plugins) as workspace:
        write(workspace, folder / "binnen", "nl")
        write_public(workspace, folder / "openbaar", "nl")
        write_research(workspace, folder / "onderzoek", "nl", key=KEY, **WHY)
    return Made(work, folder / "binnen", folder / "openbaar", folder / "onderzoek")


@pytest.fixture
def workspace_again(made: Made, plugins: Registry, tmp_path: Path) -> Workspace:
    """A copy of the workspace, to write in."""
    shutil.copytree(made.work, tmp_path / "kopie")
    return opened(tmp_path / "kopie", plugins)


@functools.cache
def said_in(path: Path) -> str:
    """All text of a file, whatever its format; figures are read as SVG alone."""
    if path.parent.name == "figures" and path.suffix != ".svg":
        return ""
    content = path.read_bytes()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "\n".join(book.read(name).decode("utf-8") for name in book.namelist())
    if path.suffix == ".parquet":
        return pd.read_parquet(io.BytesIO(content)).to_csv()
    if path.suffix == ".pdf":
        reader = PdfReader(io.BytesIO(content))
        pages = [page.extract_text() for page in reader.pages]
        return "\n".join([*pages, str(reader.metadata)]).replace("\n", " ")
    return content.decode("utf-8", "replace")


def files(folder: Path) -> dict[str, Path]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in found}


def saying(folder: Path, *words: str) -> set[str]:
    """The files that say any of these words."""
    return {
        name for name, path in files(folder).items() if any(word in said_in(path) for word in words)
    }


def read(folder: Path, table: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{table}.csv", keep_default_na=False, na_values=[""])


def valid(folder: Path) -> set[str]:
    """The tables of a folder, all of which conform to what its data package says of them."""
    from frictionless import Package, system, validate

    logging.getLogger("frictionless").setLevel(logging.ERROR)
    with system.use_context(trusted=True):
        report = validate(str(folder / "datapackage.json"))
        assert report.valid, report.flatten(["type", "title", "note"])
        package = Package(str(folder / "datapackage.json"))
    return {resource.name for resource in package.resources}


# For anyone


def test_nothing_a_school_wrote_and_no_school_is_in_the_public_folder(made: Made) -> None:
    words = (OWN_WORDS, *rounds.THREE_SCHOOLS)
    inside = saying(made.inside, *words)
    assert inside >= {"moederbestand.csv", "goals.csv", "synthesis.xlsx", "report.html",
                      "report.pdf", "parquet/factors.parquet", "wwc-outcomes.csv"}  # fmt: skip
    assert saying(made.public, *words) == set()
    assert not [name for name in files(made.public) if "change-" in name]


def test_the_public_tables_are_described_and_whole(made: Made) -> None:
    assert valid(made.public) == set(PUBLIC)
    assert set(TABLES) - set(PUBLIC) == {"process", "goals", "lasting"}
    codebook = read(made.public, "codebook")
    for name, left_out in LEFT_OUT.items():
        columns = list(read(made.public, name).columns)
        assert columns == list(codebook[codebook["table"] == name]["column"])
        assert not set(columns) & set(left_out)
        assert set(left_out) <= set(TABLES[name].model_fields)
        same = read(made.inside, name)
        assert len(same) >= len(read(made.public, name))
    cards = read(made.public, "moederbestand").set_index("project")
    assert cards.loc["een", "promoting_factors"] == "leadership; time"
    assert cards.loc["een", "aspects"] == "time; culture"


def test_the_pools_are_those_of_the_whole_which_is_named(made: Made) -> None:
    for name in ("pooled", "goals-pooled", "factor-counts", "sensitivity"):
        own, whole = (folder / f"{name}.csv" for folder in (made.public, made.inside))
        assert own.read_bytes() == whole.read_bytes()
    package = (made.inside / "datapackage.json").read_text("utf-8")
    stamp = re.search(r'"version": "([0-9a-f]{64})"', package)
    assert stamp
    assert saying(made.public, stamp[1]) >= {"datapackage.json", "report.html"}
    report = said_in(made.public / "report.html").lower()
    assert "determinanten van verduurzaming" in report
    assert "ondersteuningsstructuur" not in report  # It is left out, not unknown.


def test_what_is_public_does_not_depend_on_the_raw_scale(
    made: Made, first_day: Path, plugins: Registry, tmp_path: Path
) -> None:
    """Every score nine points higher: no mean of a school can be had from what stays the same."""
    work = played(tmp_path, first_day, plugins, higher=9.0)
    with opened(work, plugins) as workspace:
        found = synthesize(workspace)
    for name, view, tables in (("openbaar", public_view(found), PUBLIC), ("binnen", found, TABLES)):
        (tmp_path / name).mkdir()
        table_files(view, tmp_path / name, tables)
    for name in PUBLIC:
        one, other = read(made.public, name), read(tmp_path / "openbaar", name)
        pd.testing.assert_frame_equal(one, other, rtol=1e-6, atol=1e-6)
    means = [read(folder, "effects")["mean_t"] for folder in (made.inside, tmp_path / "binnen")]
    assert ((means[1] - means[0]).round(6) == 9).any()


def test_no_public_file_depends_on_a_small_group(
    first_day: Path, plugins: Registry, tmp_path: Path
) -> None:
    """The attack of test_publishing on the public folder: other persons, values and numbers."""

    def of(persons: int, higher: float) -> dict[str, bytes]:
        folder = tmp_path / f"{persons}"
        shutil.copytree(first_day, folder / "map")
        schools = {"05KO": "intervention", "12AB01": "comparison"}
        with opened(folder / "map", plugins) as workspace:
            for number, name in enumerate(("een", "twee")):
                text = rounds.project_text(name, schools=schools)
                rows = rounds.pupils("post", schools=schools, seed=number)
                if name == "twee":
                    rows = small(rows, persons, higher)
                rounds.deliver(
                    workspace, rounds.designed(workspace, folder, text), {rounds.POST: rows}, folder
                )
            if persons > 4:
                found = public_view(synthesize(workspace))
                (folder / "uit").mkdir()
                write_all(folder / "uit", table_files(found, folder, PUBLIC).files)
                return {name: path.read_bytes() for name, path in files(folder / "uit").items()}
            write_public(workspace, folder / "uit", "nl")
        return {name: path.read_bytes() for name, path in files(folder / "uit").items()}

    first, other = of(3, 0.0), of(4, 7.0)
    assert [name for name in first if first[name] != other.get(name)] == []
    assert of(6, 0.0)["wwc-findings.csv"] != first["wwc-findings.csv"]
    findings = pd.read_csv(io.BytesIO(first["wwc-findings.csv"])).set_index("project")
    hidden = findings.loc["twee"]
    assert hidden["suppressed"].all()
    assert hidden[["n_t", "n_c", "effect", "se", "t", "df", "p"]].isna().all(axis=None)


# For researchers


def test_the_rows_are_all_there_under_other_names(made: Made, plugins: Registry) -> None:
    units = read(made.research, "units")
    assert list(units.columns) == list(column_types(UnitRow, {}))
    stored: set[str] = set()
    count = 0
    with opened(made.work, plugins) as workspace:
        for submission in workspace.store.submissions(accepted_only=True):
            rows = kept_rows(workspace, submission)
            stored |= {str(v) for c in ("unit", "class") if c in rows for v in rows[c].dropna()}
            measured = [c for c in rows if c not in ("school", "class", "subject", "unit", "arm")]
            count += int(
                rows[[c for c in measured if c != "core.shortcomings"]].notna().sum().sum()
            )
    assert len(units) == count
    given = {str(v) for c in ("school", "class", "unit") for v in units[c].dropna()}
    assert not given & (stored | set(rounds.THREE_SCHOOLS))
    assert all(re.fullmatch(r"[a-z2-7]{16}", name) for name in given)
    assert set(units["item"].dropna()) == {"i1", "i2", "i3", "lezen"}
    assert units.loc[units["measure"] == "fonds.score", "value"].notna().all()


def test_waves_of_a_person_can_be_linked_and_schools_over_projects(made: Made) -> None:
    units = read(made.research, "units")
    scores = units[(units["measure"] == "fonds.score") & (units["project"] == "een")]
    wide = scores.pivot(index=["school", "arm", "unit"], columns="wave", values="value")
    assert wide.notna().all(axis=None)
    raw = {
        wave: [row["fonds.score"] for row in rounds.pupils(wave, seed=3)]
        for wave in ("baseline", "post")
    }
    assert sorted(wide.itertuples(index=False, name=None)) == sorted(
        zip(raw["baseline"], raw["post"], strict=True)
    )
    schools = units.groupby("project")["school"].unique()
    assert set(schools["een"]) == set(schools["twee"])
    persons = units.groupby("project")["unit"].unique()
    assert not set(persons["een"]) & set(persons["twee"]) - {float("nan")}


def test_reliability_is_that_of_the_rows(made: Made) -> None:
    outcomes = read(made.inside, "wwc-outcomes").set_index(["project", "measure", "wave"])
    found = outcomes.loc["een", "core.collaboration", "post"]
    units = read(made.research, "units")
    of_items = units[(units["measure"] == "core.collaboration") & (units["wave"] == "post")].dropna(
        subset=["item"]
    )
    answers = of_items.pivot(index=["school", "arm", "unit"], columns="item", values="value")
    answers["i3"] *= -1  # It is worded the other way round.
    matrix = answers.cov().to_numpy()
    alpha = 3 / 2 * (1 - matrix.trace() / matrix.sum())
    assert (found["alpha"], found["alpha_n"]) == (pytest.approx(alpha), len(answers))
    assert (found["items"], found["days_after_end"] < 40) == (3, True)
    assert pd.isna(outcomes.loc["een", "fonds.score", "post"]["alpha"])


def test_no_school_is_named_beside_the_rows(made: Made) -> None:
    """Means per school beside its BRIN would tell which pseudonym is which."""
    assert saying(made.inside, *rounds.THREE_SCHOOLS)
    assert saying(made.research, *rounds.THREE_SCHOOLS) == set()


def test_what_persons_and_schools_wrote_is_not_among_the_rows(made: Made) -> None:
    units = read(made.research, "units")
    assert "core.shortcomings" not in set(units["measure"])
    assert not units.apply(lambda column: column.astype(str).str.contains(OWN_WORDS)).any(axis=None)


def test_it_is_a_valid_data_package_with_the_rows_in_it(made: Made) -> None:
    assert valid(made.research) == {*TABLES, "units"}
    words = read(made.research, "codebook").set_index(["table", "column"])
    assert list(words.loc["units"].index) == list(column_types(UnitRow, {}))
    typed = pd.read_parquet(made.research / "parquet" / "units.parquet")
    plain = read(made.research, "units")
    assert typed["value"].tolist() == pytest.approx(plain["value"].tolist(), nan_ok=True)
    assert typed["unit"].dropna().tolist() == plain["unit"].dropna().tolist()
    crate = (made.research / "ro-crate-metadata.json").read_text("utf-8")
    assert hashlib.sha256((made.research / "units.csv").read_bytes()).hexdigest() in crate


def test_one_key_gives_the_same_bytes_and_two_exports_cannot_be_joined(
    made: Made, plugins: Registry, tmp_path: Path
) -> None:
    with opened(made.work, plugins) as workspace:
        for name, key in (("een", KEY), ("twee", OTHER_KEY)):
            (tmp_path / name).mkdir()
            write_units(workspace, key, tmp_path / name)
    for name, path in files(tmp_path / "een").items():
        assert path.read_bytes() == (made.research / name).read_bytes()
    one, other = (read(tmp_path / name, "units") for name in ("een", "twee"))
    for column in ("school", "class", "unit"):
        assert not set(one[column].dropna()) & set(other[column].dropna())
    assert one["value"].tolist() != other["value"].tolist()  # The order tells nothing either.
    assert sorted(one["value"].dropna()) == sorted(other["value"].dropna())


def test_every_export_has_a_key_of_its_own(
    workspace_again: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(exports, "report_files", lambda *_: {})
    keys = set()
    with workspace_again as workspace:
        for name in ("een", "twee"):
            _, export, _ = write_research(workspace, tmp_path / name, "nl", **WHY)
            keys.add(export.key)
        assert [e.number for e in exports.exports(workspace)] == [1, 2, 3]
    assert len(keys | {fingerprint(KEY)}) == 3
    assert not saying(tmp_path, KEY.hex())


def test_it_is_logged_with_what_was_handed_out(made: Made, plugins: Registry) -> None:
    with opened(made.work, plugins) as workspace:
        (export,) = exports.exports(workspace)
        events = {s: workspace.store.submission_events(s) for s in export.submissions}
    assert (export.number, export.reason, export.by) == (1, WHY["reason"], WHY["by"])
    assert export.projects == ("een", "twee")
    assert export.key == fingerprint(KEY)
    assert export.rows == len(read(made.research, "units"))
    hashes = {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in files(made.research).items()
    }
    assert export.hash == handed_out(hashes)
    assert len(events) == 7
    for steps in events.values():
        assert [(e.step.value, e.by) for e in steps][-1] == ("exported", WHY["by"])
    assert not list(made.work.glob(".*"))


@pytest.fixture
def quick(workspace_again: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The same, with a synthesis that is made once and a report that is short."""
    found = synthesize(workspace_again)
    monkeypatch.setattr(
        exports, "brought_together", lambda *_: SimpleNamespace(whole=lambda: found)
    )
    monkeypatch.setattr(exports, "report_files", lambda *_: {"report.html": b"<p>"})
    tables = Published(found, {"codebook.csv": b"table"})
    monkeypatch.setattr(exports, "table_files", lambda *_, **__: tables)
    return workspace_again


@pytest.mark.parametrize(
    ("why", "missing"),
    [
        ({"reason": None, "by": None}, ["synthesis.reason_needed", "synthesis.by_needed"]),
        ({"reason": " \n ", "by": "coach"}, ["synthesis.reason_needed"]),
        ({"reason": "Onderzoek", "by": " "}, ["synthesis.by_needed"]),
    ],
)
def test_who_and_why_are_asked_at_once(
    quick: Workspace, tmp_path: Path, why: dict[str, str | None], missing: list[str]
) -> None:
    with quick as workspace, pytest.raises(FindingsError) as caught:
        write_research(workspace, tmp_path / "uit", "nl", **why)
    assert rounds.codes(caught.value.findings) == missing
    with opened(quick.path, quick.plugins) as workspace:
        assert len(exports.exports(workspace)) == 1
    assert not (tmp_path / "uit").exists()


Writing = Callable[..., Any]


@pytest.mark.parametrize(("writing", "why"), [(write_public, {}), (write_research, WHY)])
def test_a_folder_with_other_files_is_refused(
    quick: Workspace, tmp_path: Path, writing: Writing, why: dict[str, str]
) -> None:
    rounds.written(tmp_path, "goals.csv", "van een eerdere keer")
    with quick as workspace, pytest.raises(EvalkitError) as caught:
        writing(workspace, tmp_path, "nl", **why)
    assert caught.value.finding.code == "synthesis.out_used"


def test_without_rows_of_persons_there_is_nothing_to_hand_out(
    workspace: Workspace, tmp_path: Path
) -> None:
    made = rounds.designed(workspace, tmp_path, rounds.project_text(assignment="school"))
    totals = [
        {"school": brin, "arm": role, "measure": "fonds.score", "n": 30, "mean": 50 + i, "sd": 8}
        for i, (brin, roles) in enumerate(rounds.THREE_SCHOOLS.items())
        for role in roles.split(", ")
    ]
    assert rounds.deliver(workspace, made, {"post|pupil|aggregate": totals}, tmp_path).stored
    with pytest.raises(EvalkitError) as caught:
        write_research(workspace, tmp_path / "uit", "nl", **WHY)
    assert caught.value.finding.code == "synthesis.no_units"
    assert exports.exports(workspace) == ()
    assert not (tmp_path / "uit").exists()


def test_killed_at_any_moment_nothing_is_out_that_is_not_in_the_log(
    quick: Workspace, tmp_path: Path
) -> None:
    with quick as workspace, Points().watching() as points:
        write_research(workspace, tmp_path / "geteld", "nl", **WHY)
    logged, outcomes = 2, set()
    for moment in range(1, points.count + 1, max(1, points.count // 16)):
        out = tmp_path / str(moment)
        child = os.fork()
        if child == 0:
            try:
                with (
                    opened(quick.path, quick.plugins) as workspace,
                    Points(moment, lambda: os.kill(os.getpid(), signal.SIGKILL)).watching(),
                ):
                    write_research(workspace, out, "nl", **WHY)
            finally:
                os._exit(1)
        os.waitpid(child, 0)
        with opened(quick.path, quick.plugins) as workspace:
            now = len(exports.exports(workspace))
        given = [name for name in files(out) if not Path(name).name.startswith(".")]
        outcomes.add((now > logged, bool(given)))
        logged = now
    assert (False, True) not in outcomes
    assert outcomes >= {(False, False), (True, True)}


def test_the_log_is_in_a_backup_and_comes_back(
    made: Made, plugins: Registry, tmp_path: Path
) -> None:
    with opened(made.work, plugins) as workspace:
        logged = exports.exports(workspace)
        make_backup(
            workspace.store, tmp_path / "kopie.zip", made_at=NOW, evalkit="0", with_keys=False
        )
    restore_backup(tmp_path / "kopie.zip", tmp_path / "terug")
    with opened(tmp_path / "terug", plugins) as workspace:
        assert exports.exports(workspace) == logged
        assert len(logged) == 1
