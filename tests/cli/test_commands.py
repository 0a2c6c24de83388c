"""The terminal: exit codes, one-line errors, JSON, languages, and where the workspace is."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import jsonschema
import pytest
import yaml

from evalkit import __version__
from evalkit.cli.main import cli, main
from evalkit.library.shipped import shipped
from evalkit.workspace import portfolio
from tests.workspace import rounds

from .conftest import Run


def commands(
    group: click.Group = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """All commands with the words that call them."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands())
READING = [
    words for words, command in COMMANDS.items() if any("--json" in p.opts for p in command.params)
]


def named(words: tuple[str, ...]) -> str:
    return " ".join(words)


# Help


@pytest.mark.parametrize("words", [(), *COMMANDS], ids=lambda words: named(words) or "evalkit")
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_has_help(run: Run, words: tuple[str, ...], option: str) -> None:
    done = run(*words, option)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Usage: evalkit")
    if words:
        assert "--lang" in done.out


def test_every_command_is_in_the_help(run: Run) -> None:
    listed = run("--help").out
    assert all(f"  {words[0]} " in listed for words in COMMANDS)


def test_the_version(run: Run) -> None:
    assert run("--version").out == f"evalkit, version {__version__}\n"


def test_help_answers_at_once() -> None:
    """At most 0.3 s more than Python itself: the best of several, taken in turn."""
    script = Path(sys.executable).with_name("evalkit")
    ours = [str(script)] if script.exists() else [sys.executable, "-m", "evalkit"]

    def seconds(command: list[str]) -> float:
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        return time.perf_counter() - start

    for attempt in range(3):  # A busy machine may slow a run of them down.
        more = [
            seconds([*ours, "--help"]) - seconds([sys.executable, "-c", "pass"]) for _ in range(5)
        ]
        if statistics.median(more) <= 0.3:
            return
        time.sleep(attempt)
    pytest.fail(f"evalkit --help takes {statistics.median(more):.2f} s more than python")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from evalkit.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'pandas', 'numpy', 'pydantic', 'sqlalchemy', 'rich', 'yaml', 'matplotlib'}\n"
        "sys.exit(','.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# Exit codes and one-line errors

NOWHERE = "/nergens/te/vinden"


@pytest.mark.parametrize(
    "words",
    [
        ("-w", NOWHERE, "project", "list"),
        ("project", "list", "-w", NOWHERE),
        ("-w", NOWHERE, "protocol", "list"),
        ("-w", "{work}", "project", "show", "west"),
        ("-w", "{work}", "project", "add", "weg.yaml"),
        ("-w", "{work}", "design", "west", "--out", "{out}"),
        ("-w", "{work}", "collect", "weg.xlsx"),
        ("-w", "{work}", "cycle", "show", "units-oost", "7"),
        ("-w", "{work}", "cycle", "list", "--project", "west"),
        ("-w", "{work}", "card", "show", "units-nieuw"),
        ("init", "{work}"),
        ("protocol", "show", "west"),
        ("protocol", "check", "weg.yaml"),
        ("demo", "--out", "{work}"),
    ],
    ids=named,
)
def test_an_expected_problem_is_one_line_and_exit_1(
    run: Run, played: Path, work: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    places = {"work": work, "played": played, "out": tmp_path / "uit"}
    done = run(*(word.format(**places) for word in words))
    assert done.code == 1
    assert done.out == ""
    assert done.err.startswith("evalkit: ")
    assert done.err.count("\n") == 1
    assert not (tmp_path / "uit").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("project",),
        ("project", "add"),
        ("design", "units-oost"),
        ("--lang", "de", "plugins"),
        ("collect", "x.csv", "--taken-on", "31-12-2025"),
        ("status", "--as-of", "morgen"),
        ("cycle", "show", "a", "een"),
        ("protocol", "schema", "nonsense"),
        ("protocol", "check", "{played}"),
        ("init", "{played}/project.yaml"),
    ],
    ids=named,
)
def test_a_wrong_command_line_is_exit_2_without_a_traceback(
    run: Run, played: Path, words: tuple[str, ...]
) -> None:
    done = run(*(word.format(played=played) for word in words))
    assert done.code == 2
    assert "Usage: evalkit" in done.out + done.err
    assert "Traceback" not in done.err


def wrong_project(folder: Path) -> Path:
    text = rounds.project_text(more="scenario: klein\nfeatures: {unit_sise: 80}")
    return rounds.written(folder, "fout.yaml", text)


def test_findings_with_errors_are_shown_all_at_once_and_exit_2(
    run: Run, work: Path, tmp_path: Path
) -> None:
    done = run("-w", work, "project", "add", wrong_project(tmp_path))
    assert (done.code, done.out) == (2, "")
    for part in ("fout.yaml · line 23", "fout.yaml · line 24", "project.scenario_unknown",
                 "project.feature_unknown"):  # fmt: skip
        assert part in done.err
    assert (
        run("-w", work, "project", "show", "units-oost", "--json").json()["project"]["features"]
        == {}
    )


def test_findings_come_as_json_where_json_is_asked(run: Run, work: Path, tmp_path: Path) -> None:
    csv = rounds.written(tmp_path, "fout.csv", "school,unit,fonds.score\n05KO,a,x\n05KO,a,101\n")
    words = ("-w", work, "collect", csv, "--project", "units-oost", "--wave", "post",
             "--taken-on", rounds.AFTER)  # fmt: skip
    done = run(*words, "--json")
    assert (done.code, done.err) == (2, "")
    found = done.json()["findings"]
    places = {(f["code"], f["place"]["row"], f["place"]["column"]) for f in found}
    assert ("intake.not_a_number", 2, "fonds.score") in places
    assert ("intake.out_of_bounds", 3, "fonds.score") in places
    assert ("intake.duplicate_unit", 3, "unit") in places
    assert all(f["wrong"]["nl"] and f["remedy"]["en"] for f in found)
    assert run(*words).code == 2


def test_an_unexpected_mistake_gives_a_traceback(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr(portfolio, "status", broken)
    with pytest.raises(ZeroDivisionError):
        main(["-w", str(work), "status"])


def test_stopping_is_no_traceback(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(portfolio, "status", stopped)
    with pytest.raises(SystemExit) as caught:
        main(["-w", str(work), "status"])
    assert caught.value.code == 130


def test_a_damaged_vault_is_one_line(run: Run, work: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(work, tmp_path / "kopie")
    for path in (copy / "vault").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"kapot")
    done = run("-w", copy, "synthesize", "--out", tmp_path / "uit")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "vault" in done.err
    assert not (tmp_path / "uit").exists()


def test_a_damaged_database_is_one_line(run: Run, tmp_path: Path) -> None:
    run("init", tmp_path / "map")
    (tmp_path / "map" / "evalkit.sqlite").write_bytes(b"geen database" * 99)
    done = run("-w", tmp_path / "map", "status")
    assert (done.code, done.err.count("\n")) == (1, 1)


# JSON

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "status": ("--as-of", "2025-06-10"),
    "mapping suggest": ("{played}/leerlingen.csv", "--project", "units-oost", "--wave", "post"),
    "protocol show": ("fonds-klein",),
    "protocol diff": ("basisset", "fonds-klein"),
    "protocol check": ("{played}/protocol.yaml",),
    "type show": ("iio.slimfit",),
    "measure show": ("core.workload",),
    "project show": ("units-oost",),
    "totals": ("units-oost",),
    "design list": ("units-oost",),
    "design show": ("units-oost",),
    "design diff": ("{played}/ontwerp/design.json", "units-oost"),
    "collect": ("{played}/ontwerp/ingevuld.xlsx", "--received-on", "2026-07-10"),
    "submission show": ("units-oost/baseline/pupil/1",),
    "submission diff": ("units-oost/baseline/pupil/1", "units-oost/baseline/pupil/1"),
    "backup": ("--check", "{played}/kopie.zip"),
    "cycle show": ("units-oost", "1"),
    "card show": ("units-oost",),
    "cards select": ("--where", "rung >= 3 and phase is known"),
    "reference show": ("slimfit",),
    "effects": ("{played}/papers.csv",),
    "pool": ("{played}/schattingen.csv", "--estimate", "g", "--variance", "v"),
}


@pytest.mark.parametrize("words", READING, ids=named)
def test_every_reading_command_speaks_json(
    run: Run, played: Path, work: Path, words: tuple[str, ...]
) -> None:
    arguments = [word.format(played=played) for word in ARGUMENTS.get(named(words), ())]
    done = run("-w", work, *words, *arguments, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json()
    assert "NaN" not in done.out
    dutch = run("-w", work, *words, *arguments, "--json", "--lang", "nl")
    assert dutch.out == done.out  # For machines the language makes no difference.
    shown = run("-w", work, *words, *arguments)
    assert shown.code == 0
    with pytest.raises(json.JSONDecodeError):
        json.loads(shown.out)


def test_the_json_holds_what_is_asked(run: Run, played: Path, work: Path) -> None:
    def asked(*words: object) -> object:
        return run("-w", work, *words, "--json").json()

    assert "fonds-klein" in [p["id"] for p in asked("protocol", "list")]
    resolved = asked("protocol", "show", "fonds-klein")
    assert [line.split("@")[0] for line in resolved["lineage"]] == ["basisset", "fonds-klein"]
    assert asked("protocol", "check", played / "protocol.yaml")["ok"] is True
    assert [p["id"] for p in asked("project", "list")] == ["units-nieuw", "units-oost"]
    shown = asked("project", "show", "units-oost")
    assert [s["wave"] for s in shown["submissions"]] == ["baseline", "post"]
    assert shown["submissions"][0]["baseline"] == "proven"
    assert {"datateams", "iio", "lof"} <= {p["name"] for p in asked("plugins")["plugins"]}
    assert asked("plugins")["findings"] == []
    (cycle,) = asked("cycle", "list")
    assert cycle == asked("cycle", "show", "units-oost", 1)
    assert len(cycle["verdict"]) == 5
    assert asked("card", "show", "units-oost")["goal_reached"] == "somewhat"
    status = asked("status", "--as-of", rounds.TODAY)
    stand = {row["wave"]: row["status"] for row in status["waves"]}
    assert (stand["baseline"], stand["post"]) == ("late", "partial")
    assert status["without_design"] == ["units-nieuw"]
    again = asked("collect", played / "ontwerp" / "ingevuld.xlsx")
    assert again["stored"] == []
    assert {f["code"] for f in again["findings"]} == {"intake.same_data"}


def test_status_tells_by_its_exit_code_whether_anything_is_overdue(
    run: Run, work: Path, tmp_path: Path
) -> None:
    asked = ("-w", work, "status", "--project", "units-oost")
    assert run(*asked, "--as-of", "2025-06-10").code == 0
    table, calendar = tmp_path / "uit" / "stand.csv", tmp_path / "stand.ics"
    late = run(*asked, "--as-of", rounds.TODAY, "--csv", table, "--ics", calendar)
    assert (late.code, late.err) == (3, "")
    assert "late: 1" in late.out
    assert table.read_text(encoding="utf-8").startswith("as_of,project,title,wave,")
    assert calendar.read_bytes().startswith(b"BEGIN:VCALENDAR")
    shown = run(*asked, "--as-of", rounds.TODAY, "--state", "late", "--json")
    assert {row["status"] for row in shown.json()["waves"]} == {"late"}
    assert (shown.code, shown.json()["overdue"], shown.json()["summary"]["late"]) == (3, True, 1)
    names = run(*asked, "--as-of", rounds.TODAY, "--missing").out
    assert len(names) > len(late.out)


def test_status_fits_a_terminal_of_80_columns(
    run: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rich.console import Console

    narrow = Console(width=80, highlight=False, force_terminal=False)
    monkeypatch.setattr("evalkit.cli.showing.console", lambda **_: narrow)
    shown = run("-w", work, "status", "--as-of", rounds.TODAY, "--lang", "nl").out
    head = next(line for line in shown.splitlines() if "Uiterlijk" in line)
    assert len(head) <= 80
    assert "Basisset" in shown


# Languages


@pytest.mark.parametrize(
    ("before", "after", "environment", "dutch"),
    [
        ((), (), {}, False),
        (("--lang", "nl"), (), {}, True),
        ((), ("--lang", "nl"), {}, True),
        ((), ("--lang=nl",), {}, True),
        (("--lang", "en"), (), {"LANG": "nl_NL.UTF-8"}, False),
        ((), ("--lang", "en"), {"LANG": "nl_NL.UTF-8"}, False),
        ((), (), {"LANG": "nl_NL.UTF-8"}, True),
        ((), (), {"LANG": "nl_BE"}, True),
        ((), (), {"LANG": "en_US.UTF-8", "LC_ALL": "nl_NL.UTF-8"}, True),
        ((), (), {"LANG": "nl_NL.UTF-8", "LC_ALL": "C.UTF-8"}, False),
        ((), (), {"LANG": "en_US.UTF-8", "LANGUAGE": "nl:en"}, True),
        ((), (), {"LANG": ""}, False),
        ((), (), {"LANG": "de_DE.UTF-8"}, False),
    ],
)
def test_the_language_is_that_asked_for_else_that_of_the_locale(
    run: Run, work: Path, monkeypatch: pytest.MonkeyPatch,
    before: tuple[str, ...], after: tuple[str, ...], environment: dict[str, str], dutch: bool,
) -> None:  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    shown = run(*before, "protocol", "show", "basisset", *after).out
    assert ("nulmeting" in shown or "Basisset evaluatie" in shown) is dutch
    assert ("Base set for the evaluation" in shown) is not dutch
    problem = run(*before, "protocol", "show", "west", *after).err
    assert ("Er is geen protocol" in problem) is dutch


def test_what_the_terminal_itself_says_is_dutch_too(run: Run, work: Path) -> None:
    shown = run("-w", work, "status", "--as-of", rounds.TODAY, "--lang", "nl").out
    assert "nulmeting" in shown
    assert "te laat" in shown
    assert "Still missing" not in shown
    assert "interventiegroep" not in shown


# Where the workspace is


def test_the_workspace_is_named_before_or_after_the_command(run: Run, work: Path) -> None:
    for words in (
        ("-w", work, "project", "list"),
        ("project", "list", "-w", work),
        ("--workspace", work, "project", "list"),
        ("-w", NOWHERE, "project", "list", "--workspace", work),
    ):
        assert "units-oost" in run(*words).out


def test_else_it_is_that_of_the_environment_else_this_folder(
    run: Run, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("project", "list").code == 1
    monkeypatch.setenv("EVALKIT_WORKSPACE", str(work))
    assert "units-oost" in run("project", "list").out
    assert run("-w", NOWHERE, "project", "list").code == 1
    monkeypatch.setenv("EVALKIT_WORKSPACE", NOWHERE)
    assert run("project", "list").code == 1
    assert run("protocol", "list").code == 1  # One that was named must be there.
    monkeypatch.delenv("EVALKIT_WORKSPACE")
    assert run("protocol", "list").code == 0
    monkeypatch.chdir(work)
    assert "units-oost" in run("project", "list").out
    assert "fonds-klein" in run("protocol", "list").out


def test_init_makes_the_workspace_that_was_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for words, folder in (
        (("init", "een"), "een"),
        (("-w", "twee", "init"), "twee"),
        (("init", "drie/diep"), "drie/diep"),
        (("init",), "."),
    ):
        done = run(*words)
        assert done.code == 0
        assert (tmp_path / folder / "evalkit.sqlite").is_file()
        assert run("-w", folder, "project", "list", "--json").json() == []


# Whole commands


def test_a_project_from_file_to_documents(run: Run, tmp_path: Path) -> None:
    work = tmp_path / "werk"
    project = rounds.project_text(protocol="iio-slimfit-large")
    path = rounds.written(tmp_path, "project.yaml", project)
    assert run("init", work).code == 0
    first = run("-w", work, "project", "add", path)
    again = run("-w", work, "project", "add", path)
    assert (first.code, again.code) == (0, 0)
    assert first.out != again.out
    done = run("-w", work, "design", "units-oost", "--out", tmp_path / "uit")
    assert done.code == 0
    for name in ("design.pdf", "design.html", "design.json", "workbook.xlsx"):
        assert str(tmp_path / "uit" / name) in done.out
        assert (tmp_path / "uit" / name).stat().st_size > 1000


def test_what_is_handed_to_researchers_is_asked_for_and_listed(
    run: Run, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evalkit.workspace import exports

    monkeypatch.setattr(exports, "report_files", lambda *_: {})
    copy, out = shutil.copytree(work, tmp_path / "kopie"), tmp_path / "uit"
    words = ("-w", copy, "synthesize", "--out", out)
    both = run(*words, "--public", "--research")
    assert (both.code, "not both" in both.err) == (2, True)
    assert run(*words, "--public", "--reason", "Onderzoek").code == 2
    missing = run(*words, "--research", "--lang", "nl")
    assert (missing.code, missing.out) == (2, "")
    for code in ("synthesis.reason_needed", "synthesis.by_needed"):
        assert code in missing.err
    assert not out.exists()
    assert run("-w", copy, "exports", "list", "--json").json() == {"exports": []}
    done = run(*words, "--research", "--reason", "Promotieonderzoek", "--by", "coach")
    assert (done.code, done.err) == (0, "")
    (export,) = run("-w", copy, "exports", "list", "--json").json()["exports"]
    assert (export["reason"], export["by"], export["number"]) == ("Promotieonderzoek", "coach", 1)
    assert export["hash"] in done.out
    assert export["projects"] == ["units-oost"]
    shown = run("-w", copy, "exports", "list").out
    assert "Promotieonderzoek" in shown
    assert (out / "units.csv").is_file()
    again = run(*words, "--public")
    assert (again.code, again.err.count("\n")) == (1, 1)


def test_a_correction_needs_its_reason(run: Run, work: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(work, tmp_path / "kopie")
    csv = rounds.csv_of(rounds.pupils("post", seed=8), tmp_path)
    words = ("-w", copy, "collect", csv, "--project", "units-oost", "--wave", "post",
             "--taken-on", rounds.AFTER, "--received-on", rounds.TODAY, "--json")  # fmt: skip
    refused = run(*words)
    assert refused.code == 2
    errors = [f["code"] for f in refused.json()["findings"] if f["severity"] == "error"]
    assert errors == ["intake.already_there"]
    done = run(*words, "--reason", "Verkeerde kolom")
    assert done.code == 0
    (stored,) = done.json()["stored"]
    assert stored["supersedes"] == ["units-oost/post/pupil/1"]
    assert stored["reason"] == "Verkeerde kolom"


def test_a_synthesis_lists_its_files(run: Run, work: Path, tmp_path: Path) -> None:
    done = run("-w", work, "synthesize", "--out", tmp_path / "uit")
    assert done.code == 0
    for path in (tmp_path / "uit").rglob("*"):
        whole = f"{path.parent}{os.sep} " in done.out  # A full folder is one line.
        assert path.is_dir() or whole or str(path) in done.out
    assert "fonds.score" in done.out


# Protocols


def test_checking_a_protocol_says_all_that_is_wrong_with_its_line(run: Run, tmp_path: Path) -> None:
    text = (
        "id: fonds-fout\n"
        'version: "1.0"\n'
        "extends: basisset\n"
        "title: {nl: Fout, en: Wrong}\n"
        "description: {nl: Fout., en: Wrong.}\n"
        "project_types: [iio.nonsense]\n"
        "privacy: {suppression_threshold: 3}\n"
        "requires:\n"
        "  - {measure: core.workload, waves: [post]}\n"
        "  - {measure: core.nonsense, waves: [post]}\n"
        "  - {measure: core.job_satisfaction, waves: [baseline, post], mandatory: false}\n"
    )
    path = rounds.written(tmp_path, "fout.yaml", text)
    done = run("protocol", "check", path, "--json")
    assert (done.code, done.json()["ok"]) == (2, False)
    found = {(f["code"], f["place"]["line"]) for f in done.json()["findings"]}
    assert found == {
        ("protocol.type_unknown", 6),
        ("protocol.core_looser", 7),
        ("protocol.core_fewer_waves", 9),
        ("protocol.measure_unknown", 10),
        ("protocol.core_optional", 11),
    }
    shown = run("protocol", "check", path)
    assert shown.code == 2
    for code, line in found:
        assert f"[{code}]" in shown.out
        assert f"line {line}" in shown.out
    assert "core.workload" in shown.out


@pytest.mark.parametrize("content", ["", "- een\n", "id: [\n", "id: basisset\n", "\t\n"])
def test_a_file_that_is_no_protocol_is_exit_2(run: Run, tmp_path: Path, content: str) -> None:
    path = rounds.written(tmp_path, "fout.yaml", content)
    done = run("protocol", "check", path, "--json")
    assert done.code == 2
    assert done.json()["findings"]


SHIPPED_FILES = {
    "protocol": [shipped("protocols", f"{id}.yaml") for id in ("basisset", "iio-slimfit-large")],
    **{
        kind: sorted(shipped("examples", "grant-round", folder).glob("*.yaml"))
        for kind, folder in (("project", "projects"), ("cycle", "cycles"), ("card", "cards"))
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", list(SHIPPED_FILES))
def test_the_schemas_fit_the_files_that_ship(run: Run, kind: str) -> None:
    schema = run("protocol", "schema", kind).json()
    validator = jsonschema.Draft202012Validator
    validator.check_schema(schema)
    assert SHIPPED_FILES[kind]
    for path in SHIPPED_FILES[kind]:
        # An editor sees dates as text.
        plain = json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str))
        validator(schema).validate(plain)
        with pytest.raises(jsonschema.ValidationError):
            validator(schema).validate(plain | {"nonsense": 1})
        with pytest.raises(jsonschema.ValidationError):
            validator(schema).validate({k: v for k, v in plain.items() if k != next(iter(plain))})


def test_the_schema_of_a_protocol_is_the_default(run: Run) -> None:
    assert run("protocol", "schema").out == run("protocol", "schema", "protocol").out


# As a process


def test_it_runs_as_a_process_in_a_bare_surrounding(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("evalkit")
    command = [str(script)] if script.exists() else [sys.executable, "-m", "evalkit"]
    surrounding = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C"}

    def process(*words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*command, *words], cwd=tmp_path, env=surrounding, capture_output=True, check=False
        )

    assert process("init", "werk").returncode == 0
    listed = process("-w", "werk", "protocol", "list", "--lang", "nl")
    assert (listed.returncode, listed.stderr) == (0, b"")
    assert "Basisset" in listed.stdout.decode("utf-8")
    refused = process("-w", "weg", "project", "list")
    assert refused.returncode == 1
    assert refused.stderr.startswith(b"evalkit: ")
    assert refused.stderr.count(b"\n") == 1
