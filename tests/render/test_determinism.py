import hashlib
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import hashlib
from render.sample import ENTRIES, FOREST_LABELS, MILESTONES, POOLED, ROWS, every_block
from evalkit.render.figures import forest, timeline
from evalkit.render.html import to_html
from evalkit.render.pdf import to_pdf
from evalkit.render.picture import encoded

for kind in ("svg", "pdf", "png"):
    line = encoded(timeline(ENTRIES, MILESTONES, language="nl"), kind)
    plot = encoded(forest(ROWS, POOLED, FOREST_LABELS, language="nl"), kind)
    print(kind, hashlib.sha256(line).hexdigest(), hashlib.sha256(plot).hexdigest())
document = every_block(timeline(ENTRIES, MILESTONES, language="nl"), rows=50)
print("document.pdf", hashlib.sha256(to_pdf(document)).hexdigest())
print("again", to_pdf(document) == to_pdf(document), to_html(document) == to_html(document))
print("document.html", hashlib.sha256(to_html(document).encode()).hexdigest())
"""


def run(seed: str) -> str:
    environment = os.environ | {
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "TZ": "Asia/Tokyo" if seed == "1" else "Europe/Amsterdam",
    }
    command = [sys.executable, "-W", "error", "-c", SCRIPT]
    result = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert not result.stderr
    return result.stdout


def test_two_processes_give_the_same_bytes() -> None:
    first, second = run("1"), run("2")
    assert first == second
    assert "again True True" in first
    assert len({line.split()[1] for line in first.splitlines()}) == 6


def test_different_documents_differ() -> None:
    from evalkit.render.pdf import to_pdf

    from .sample import every_block

    digests = {hashlib.sha256(to_pdf(every_block(rows=rows))).hexdigest() for rows in (3, 4)}
    assert len(digests) == 2
