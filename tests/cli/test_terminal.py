"""On a real terminal: lines stand above the progress bar, whole."""

from __future__ import annotations

import os
import pty
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
