"""``evalkit protocol new``, ``check``, ``diff`` and ``document`` as a funder types them."""

from __future__ import annotations

import os
import select
import signal
import sys
from pathlib import Path

import pytest

from tests.workspace import rounds

from .conftest import Run

NEEDED = ("--id", "leesfonds", "--title-nl", "Leesfonds", "--title-en", "Reading fund")


# New


def test_without_a_terminal_it_names_the_options_that_are_missing(run: Run, tmp_path: Path) -> None:
    for words in ((), ("--yes",), ("--title-nl", "Leesfonds")):
        done = run("protocol", "new", tmp_path / "p.yaml", *words)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
        assert "--id" in done.err
        assert "--title-en" in done.err
        assert ("--title-nl" in done.err) is ("--title-nl" not in words)
    assert not (tmp_path / "p.yaml").exists()


def test_options_make_a_file_and_the_next_command_works(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    words = (*NEEDED, "--type", "iio.slimfit", "--measure", "iio.language", "--measure",
             "iio.arithmetic", "--variant", "large", "--comparison-required", "--cycles", "3",
             "--threshold", "10", "--language", "en")  # fmt: skip
    done = run("protocol", "new", path, *words)
    assert (done.code, done.err) == (0, "")
    assert "30 measures of the basisset, which cannot be dropped, and 2 more" in done.out
    assert done.out.endswith(f"Next: evalkit protocol check {path}\n")
    assert run("protocol", "check", path).code == 0
    again = run("protocol", "new", path, *NEEDED)
    assert (again.code, again.err.count("\n")) == (1, 1)
    assert "exists already" in again.err


def test_wrong_options_are_told_all_at_once(run: Run, tmp_path: Path) -> None:
    words = ("--id", "Lees", "--title-nl", "a", "--title-en", "b", "--cycles", "0")
    done = run("protocol", "new", tmp_path / "p.yaml", *words)
    assert (done.code, done.out) == (2, "")
    assert "--id" in done.err
    assert "--cycles" in done.err
    nowhere = run("protocol", "new", tmp_path / "geen" / "p.yaml", *NEEDED)
    assert (nowhere.code, nowhere.err.count("\n")) == (1, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
@pytest.mark.parametrize(("locale", "yes"), [("nl_NL.UTF-8", "ja"), ("C.UTF-8", "yes")])
def test_on_a_terminal_it_asks_until_it_understands(tmp_path: Path, locale: str, yes: str) -> None:
    answers = [
        "",  # A name is needed.
        "Lezen mét plezier",
        "Reading for fun",
        "Lezen met",  # No id.
        "",  # The id the name suggests.
        "",
        "",
        "en",
        "99",  # Not on the list.
        "1, iio.slimfit",
        "groot",  # No variant.
        "large",
        yes,
        "1",  # Fewer than the basisset asks.
        "3",
        "",
        yes,
        "Helpdesk, 030 1234567",
        "iio.language",
    ]
    screen, code = play(answers, locale, "protocol", "new", str(tmp_path / "p.yaml"))
    assert code == 0, screen
    text = (tmp_path / "p.yaml").read_text(encoding="utf-8")
    for line in (
        "id: lezen-met-plezier",
        '  nl: "Lezen mét plezier"',
        '  en: "Reading for fun"',
        "language: en",
        "project_types: [datateams.team, iio.slimfit]",
        "variant: large",
        "comparison_required: true",
        "cadence: {cycles_per_year: 3}",
        "privacy: {suppression_threshold: 5}",
        "review: true",
        'contact: "Helpdesk, 030 1234567"',
        "  - {measure: iio.language, waves: [baseline, post]}",
    ):
        assert f"\n{line}\n" in text
    assert f"protocol check {tmp_path / 'p.yaml'}" in screen


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
def test_what_may_be_left_out_is_left_out(tmp_path: Path) -> None:
    answers = ["Rust", "", "", "", "", "", "", "", "", "", "", "", "-", ""]
    screen, code = play(answers, "C.UTF-8", "protocol", "new", str(tmp_path / "p.yaml"))
    assert code == 0, screen
    text = (tmp_path / "p.yaml").read_text(encoding="utf-8")
    assert "\n#contact: " in text
    assert "\n#review: true\n" in text


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
def test_what_an_option_said_is_not_asked(tmp_path: Path) -> None:
    words = ("protocol", "new", str(tmp_path / "p.yaml"), *NEEDED, "--yes")
    screen, code = play([], "C.UTF-8", *words)
    assert code == 0
    assert "?" not in screen
    assert (tmp_path / "p.yaml").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
def test_stopping_halfway_writes_nothing(tmp_path: Path) -> None:
    words = ("protocol", "new", str(tmp_path / "p.yaml"))
    screen, code = play(["Leesfonds", "\x03"], "C.UTF-8", *words)
    assert code == 130, screen
    assert "Traceback" not in screen
    assert not (tmp_path / "p.yaml").exists()


def play(answers: list[str], locale: str, *words: str) -> tuple[str, int]:
    """Answer each question of a command on a pseudo-terminal: its screen and exit code."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover - the command
        os.environ["LANG"] = locale
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ignored where the tests run in background.
        os.execv(sys.executable, [sys.executable, "-m", "evalkit", *words])
    screen = b""
    waiting = list(answers)
    while True:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, screen.decode()
        try:
            more = os.read(terminal, 65536)
        except OSError:  # The command has ended.
            break
        if not more:
            break
        screen += more
        if waiting and screen.endswith(b": "):
            os.write(terminal, waiting.pop(0).encode() + b"\n")
    os.close(terminal)
    status = os.waitpid(pid, 0)[1]
    return screen.decode().replace("\r\n", "\n"), os.waitstatus_to_exitcode(status)


# Check

HEAD = """\
id: leesfonds
version: "1.0"
extends: basisset
title: {nl: Leesfonds, en: Reading fund}
description: {nl: Voor lezen., en: For reading.}
"""

WAVE = """\
  - id: %s
    kind: %s
    label: {nl: a, en: a}
    opens: {anchor: start, days: %d}
    closes: {anchor: start, days: %d}
"""

UNUSED = rounds.PROTOCOL[: rounds.PROTOCOL.index("requires:")].replace("fonds-klein", "leesfonds")

MISTAKES: dict[str, tuple[str, int, str, str]] = {
    "misspelt key": (HEAD + "compairson_required: true\n", 6, "file.key_unknown",
                     "comparison_required (did you mean this?)"),
    "misspelt key, deep": (HEAD + "requires:\n  - {mesure: iio.language, waves: [post]}\n", 7,
                           "file.key_unknown", "measure (did you mean this?)"),
    "misspelt value": (HEAD + "variant: larg\n", 6, "file.value_choice",
                       "large (did you mean this?)"),
    "word for a number": (HEAD + "cadence: {cycles_per_year: twee}\n", 6, "file.value_type",
                          "a whole number"),
    "no list": (HEAD + "requires:\n  - {measure: iio.language, waves: post}\n", 7,
                "file.value_type", "a list"),
    "version without quotes": (HEAD.replace('"1.0"', "1.0"), 2, "file.value_type", "quotes"),
    "text in one language": (HEAD.replace(", en: Reading fund", ""), 4, "file.key_missing",
                             "The text in English"),
    "text without languages": (HEAD.replace("{nl: Leesfonds, en: Reading fund}", "Leesfonds"), 4,
                               "file.value_type", "{nl: …, en: …}"),
    "id with capitals": (HEAD.replace("leesfonds", "Lees Fonds"), 1, "file.value_type",
                         "lower case"),
    "unknown measure": (HEAD + "requires:\n  - {measure: iio.langauge, waves: [post]}\n", 7,
                        "protocol.measure_unknown", "iio.language (did you mean this?)"),
    "unknown wave": (HEAD + "requires:\n  - {measure: iio.language, waves: [pots]}\n", 7,
                     "protocol.wave_unknown", "post (did you mean this?)"),
    "unknown type": (HEAD + "project_types: [iio.slimfitt]\n", 6, "protocol.type_unknown",
                     "iio.slimfit (did you mean this?)"),
    "unknown parent": (HEAD.replace("basisset", "basiset"), 3, "protocol.unknown",
                       "basisset (did you mean this?)"),
    "extends itself": (HEAD.replace("basisset", "leesfonds"), 3, "protocol.circular", "basisset"),
    "no parent": (HEAD.replace("extends: basisset\n", ""), 1, "protocol.not_on_basisset",
                  "extends: basisset"),
    "key twice": (HEAD + "variant: small\nvariant: large\n", 7, "file.duplicate_key", "Keep one"),
    "measure twice": (HEAD + "requires:\n" + 2 * "  - {measure: iio.language, waves: [post]}\n", 8,
                      "protocol.double", "Keep one"),
    "core removed": (HEAD + "exclude: [core.workload]\n", 6, "protocol.core_removed",
                     "never remove"),
    "looser": (HEAD + "privacy: {suppression_threshold: 3}\n", 6, "protocol.core_looser",
               "at least 5"),
    "baseline after the start": (HEAD + "waves:\n" + WAVE % ("nul", "baseline", -3, 5), 7,
                                 "model.baseline_after_start", "days: -1"),
    "window turned round": (HEAD + "waves:\n" + WAVE % ("mid", "interim", 30, 5), 7,
                            "model.window", "Swap"),
    "tab": (HEAD + "cadence:\n\tcycles_per_year: 3\n", 7, "file.yaml", "indentation"),
    "open bracket": (HEAD + "requires:\n  - {measure: iio.language, waves: [post}\n", 7,
                     "file.yaml", "indentation"),
    "colon in a text": (HEAD.replace("{nl: Leesfonds, en: Reading fund}",
                                     "\n  nl: Fonds: lezen\n  en: Fund"), 5, "file.yaml", "colons"),
    "measure never required": (UNUSED, 10, "protocol.measure_unused", "requires"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_remedy(run: Run, tmp_path: Path, name: str) -> None:
    text, line, code, remedy = MISTAKES[name]
    path = rounds.written(tmp_path, "p.yaml", text)
    done = run("protocol", "check", path)
    warning = code == "protocol.measure_unused"
    assert (done.code, done.err) == (0 if warning else 2, "")
    lines = done.out.splitlines()
    told = next(i for i, said in enumerate(lines) if said.endswith(f"[{code}]"))
    assert f"p.yaml · line {line}" in lines[told - 1]
    assert remedy in lines[told]
    found = run("protocol", "check", path, "--json").json()
    assert found["ok"] is warning
    assert (found["burden"] is not None) is warning
    assert (code, line) in {(f["code"], f["place"]["line"]) for f in found["findings"]}


def test_mistakes_of_every_kind_are_told_together(run: Run, tmp_path: Path) -> None:
    text = HEAD.replace("title:", "titel:") + (
        "variant: larg\n"
        "privacy: {suppression_threshold: 3}\n"
        "requires:\n"
        "  - {measure: iio.langauge, waves: [pots]}\n"
        "  - {measure: core.workload, waves: [post], mandatory: false}\n"
    )
    path = rounds.written(tmp_path, "p.yaml", text)
    found = run("protocol", "check", path, "--json").json()["findings"]
    assert {(f["place"]["line"], f["code"]) for f in found} == {
        (4, "file.key_unknown"),
        (6, "file.value_choice"),
        (7, "protocol.core_looser"),
        (9, "protocol.measure_unknown"),
        (9, "protocol.wave_unknown"),
        (10, "protocol.core_optional"),
        (10, "protocol.core_fewer_waves"),
    }


def test_the_check_says_what_measuring_costs(run: Run, played: Path) -> None:
    shown = run("protocol", "check", played / "protocol.yaml").out
    assert "fonds-klein 1.0 is in order" in shown
    assert "1 school, 2 years, 4 classes, 100 pupils, 10 teachers" in shown
    assert "before the start" in shown
    assert "Hours of a school in its heaviest school year: " in shown
    assert "test score (fonds.score)" in shown  # Of the five most expensive.
    assert "The scheme sets no ceiling." in shown
    found = run("protocol", "check", played / "protocol.yaml", "--json").json()
    assert found["burden"]["costly"][0]["measure"] == "fonds.score"


# Diff


def test_differences_are_told_in_words(run: Run, work: Path) -> None:
    done = run("-w", work, "protocol", "diff", "basisset", "fonds-klein")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Base set for the evaluation of school development (basisset 2.0) →")
    assert "\nadded: measure 'test score' (fonds.score)\n    is: pupils; baseline, post" in done.out
    assert "+80 minutes per pupil over the whole project" in done.out
    found = run("-w", work, "protocol", "diff", "basisset", "fonds-klein", "--json").json()
    assert found["after"] == {"id": "fonds-klein", "version": "1.0"}
    assert len(found["changes"]) == done.out.count("\n\n")
    assert (
        "maat 'toetsscore'"
        in run("-w", work, "protocol", "diff", "basisset", "fonds-klein", "--lang", "nl").out
    )


def test_a_comparison_that_is_required_now_says_what_follows(
    run: Run, work: Path, tmp_path: Path
) -> None:
    text = rounds.PROTOCOL.replace("variant: large", "variant: large\ncomparison_required: true")
    strict = rounds.written(tmp_path, "streng.yaml", text.replace("fonds-klein", "fonds-streng"))
    done = run("-w", work, "protocol", "diff", "fonds-klein", strict)
    assert "    → a project without a comparison group is refused\n" in done.out


def test_a_file_without_differences_says_so(run: Run, work: Path, played: Path) -> None:
    done = run("-w", work, "protocol", "diff", "fonds-klein", played / "protocol.yaml")
    assert done.code == 0
    assert done.out.endswith("They ask the same.\n")


@pytest.mark.parametrize("other", ["west", "weg.yaml"])
def test_a_protocol_that_is_not_there_is_one_line(run: Run, tmp_path: Path, other: str) -> None:
    for words in (("diff", "lof", other), ("document", other, "--out", tmp_path / "uit")):
        done = run("protocol", *words)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert not (tmp_path / "uit").exists()


# Document


def test_the_annex_comes_as_pdf_and_html(run: Run, tmp_path: Path) -> None:
    done = run("protocol", "document", "lof", "--out", tmp_path / "uit", "--language", "en")
    assert (done.code, done.err) == (0, "")
    assert sorted(p.name for p in (tmp_path / "uit").iterdir()) == ["protocol.html", "protocol.pdf"]
    html = (tmp_path / "uit" / "protocol.html").read_text(encoding="utf-8")
    assert '<html lang="en"' in html
    wrong = rounds.written(tmp_path, "p.yaml", HEAD + "colour: red\n")
    refused = run("protocol", "document", wrong, "--out", tmp_path / "fout")
    assert refused.code == 2
    assert not (tmp_path / "fout").exists()
