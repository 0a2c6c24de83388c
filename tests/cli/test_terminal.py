"""On a real terminal: lines stand above the progress bar, whole."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

SCRIPT = """\
import time
from evalkit.cli.showing import progress_bar, say
with progress_bar() as bar:
    task = bar.add_task("Bezig", total=3)
    for number in range(3):
        time.sleep(0.15)
        say(f"regel {number} " + "x" * 200)
        bar.advance(task)
say("klaar")
"""


def on_a_terminal(script: str) -> str:
    """What a program writes to a terminal, control sequences and all."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    program = subprocess.Popen(
        [sys.executable, "-c", script], stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    written = b""
    try:
        while part := os.read(ours, 65536):
            written += part
    except OSError:  # the other end is closed
        pass
    finally:
        os.close(ours)
    assert program.wait() == 0, written.decode()
    return written.decode()


def test_the_bar_is_wiped_before_a_line_is_printed() -> None:
    written = on_a_terminal(SCRIPT)
    assert "Bezig" in written
    for number in range(3):
        line = f"regel {number} " + "x" * 200
        before, found, _ = written.partition(line)
        assert found, f"{line[:8]} is cut"
        since_the_bar = before.rpartition("━")[2]
        assert "\x1b[2K" in since_the_bar
    assert written.rstrip().endswith("klaar")


FINDINGS = """\
from evalkit.cli.showing import show_findings
from evalkit.errors import finding
from evalkit.model.finding import Place

place = {"file": "school 05KO ingevuld.xlsx", "sheet": "Leerlingen nameting"}
show_findings(
    [
        finding("intake.out_of_bounds", Place(**place, row=14, column="F (taalscore)"),
                value="73", minimum="0", maximum="58"),
        finding("intake.measure_missing", Place(**place), measure="Werkdruk", arms=""),
    ],
    "nl",
)
"""


def test_findings_are_a_table_of_the_width_of_the_terminal() -> None:
    written = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", on_a_terminal(FINDINGS))
    lines = [line.rstrip() for line in written.splitlines()]
    assert max(map(len, lines)) <= 80
    heads = next(line for line in lines if "Wat er niet klopt" in line)
    assert lines[0].strip() == "school 05KO ingevuld.xlsx · Leerlingen nameting"
    assert len(re.split(r"\s{2,}", heads.strip())) == 3
    assert any(line.startswith(" rij 14") for line in lines)
    assert any(line.startswith(" intake.out_of_bounds") for line in lines)
    assert any(line.startswith(" intake.measure_missing") for line in lines)


def test_in_a_pipe_each_finding_can_be_searched() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FINDINGS], capture_output=True, check=True, text=True
    )
    first = next(line for line in done.stdout.splitlines() if "rij 14" in line)
    assert first.endswith("73 ligt buiten 0 tot en met 58.")
