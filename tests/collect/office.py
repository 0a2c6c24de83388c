"""LibreOffice, as a school has it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


class Office:
    """Opens a file and saves it as something else."""

    def __init__(self, program: str, profile: Path) -> None:
        self._start = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless"]

    def saved_as(self, kind: str, path: Path, folder: Path) -> Path:
        folder.mkdir(exist_ok=True)
        filters = {"xlsx": "xlsx:Calc MS Excel 2007 XML", "ods": "ods:calc8"}
        command = [*self._start, "--convert-to", filters.get(kind, kind), "--outdir", str(folder)]
        subprocess.run([*command, str(path)], check=True, capture_output=True, timeout=180)
        made = folder / f"{path.stem}.{kind}"
        assert made.is_file()
        return made


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The test is skipped where there is none."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice")
    return Office(program, tmp_path_factory.mktemp("office"))
