"""A synthesis for two audiences: anyone, and researchers who may have rows of persons.

What is given to researchers is logged before it is given, so that nothing leaves unlogged.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from evalkit import __version__
from evalkit.collect.pseudonyms import KEY_BYTES, fingerprint
from evalkit.errors import EvalkitError, FindingsError, finding
from evalkit.model.export import Export, UnitRow
from evalkit.model.finding import Place
from evalkit.model.hashing import short
from evalkit.model.safe_text import printable
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang, Text
from evalkit.store.archive import scratch_beside
from evalkit.store.durable import TEMPORARY
from evalkit.synthesis.public import PUBLIC, public_view
from evalkit.synthesis.tables import TABLES
from evalkit.workspace.files import Written, measured, write_all
from evalkit.workspace.outputs import by_column, table_files, with_crate
from evalkit.workspace.storing import signed
from evalkit.workspace.synthesis import Progress, brought_together, report_files, synthesize
from evalkit.workspace.table_writing import written_ahead
from evalkit.workspace.unit_rows import CSV, PARQUET, write_units
from evalkit.workspace.workspace import Workspace

_PUBLIC = Text(
    nl="Dit is het openbare deel van synthese {hash}: zonder wat scholen zelf schreven en zonder "
    "gemiddelden, want die kunnen van één school zijn. Projecten heten hier naar hun code.",
    en="This is the public part of synthesis {hash}: without what schools wrote themselves, and "
    "without means, as these can be of one school. Projects are called by their id here.",
)
_RESEARCH = Text(
    nl="Dit is een export voor onderzoek, met gegevens per persoon onder pseudoniemen; figuren per "
    "school zijn weggelaten. Hij staat in het logboek en is niet om door te geven.",
    en="This is an export for research, with data per person under pseudonyms; figures per school "
    "are left out. It is in the log and is not to be passed on.",
)
_SCRATCH = "export"
_STALE = dt.timedelta(hours=1)


class Options(NamedTuple):
    """What any synthesis can be asked."""

    as_of: dt.date | None = None
    metrics: Sequence[str] = ()
    processes: int = 1


def write_public(
    workspace: Workspace,
    out: Path,
    lang: Lang,
    progress: Progress = lambda _: None,
    options: Options = Options(),  # noqa: B008  # immutable
) -> tuple[Synthesis, tuple[Written, ...]]:
    """Synthesise, write what anyone may see into ``out``, empty or not there, and give the whole.

    Raises:
        EvalkitError: no results came in yet, or the folder is not empty.
        FindingsError: a metric that is asked for is unknown, or its measure.
    """
    _refuse_used(out)
    found = public_view(synthesize(workspace, progress, *options))
    day = options.as_of or workspace.today
    notice = _PUBLIC.to(lang).format(hash=short(found.hash))
    note = _PUBLIC.en.format(hash=found.hash)
    out.mkdir(parents=True, exist_ok=True)
    with scratch_beside(out, _SCRATCH) as scratch:
        with written_ahead(by_column(found), scratch, options.processes, PUBLIC) as ahead:
            tables = table_files(found, scratch, PUBLIC, note=note, ahead=ahead).files
        files = {**tables, **report_files(found, lang, day, notice)}
        return found, write_all(out, with_crate(found, files, day))


def write_research(
    workspace: Workspace,
    out: Path,
    lang: Lang,
    *,
    reason: str | None,
    by: str | None,
    progress: Progress = lambda _: None,
    options: Options = Options(),  # noqa: B008  # immutable
    key: bytes | None = None,
) -> tuple[Synthesis, Export, tuple[Written, ...]]:
    """Synthesise, log who gets rows of persons and why, and write all into ``out``.

    Args:
        workspace: the workspace.
        out: the folder, which is empty or not there.
        lang: language of the report and figures.
        reason: why the rows are given out.
        by: role of who does it.
        progress: called with the id of each project when it is done.
        options: what else is asked.
        key: the key of the pseudonyms; by default a new one, which is kept nowhere.

    Raises:
        EvalkitError: no results came in yet, none of them per person, or the folder is not empty.
        FindingsError: no reason or role, or a metric that is asked for is unknown.
    """
    said, role = _accountable(reason, by)
    _refuse_used(out)
    _remove_stale(workspace.path)
    key = key or secrets.token_bytes(KEY_BYTES)
    bare = brought_together(workspace, progress, *options).whole()
    # Means per school and their BRIN would tell which pseudonym is which school.
    bare = bare.model_copy(update={"changes": ()})
    with scratch_beside(workspace.path, _SCRATCH) as scratch:
        units = write_units(workspace, key, scratch)
        if not units.rows:
            raise EvalkitError("synthesis.no_units")
        with written_ahead(by_column(bare), scratch, options.processes) as ahead:
            found, files = table_files(
                bare,
                scratch,
                TABLES,
                beside={"units": UnitRow},
                note=_RESEARCH.en,
                ahead=ahead,
            )
        files = {CSV: scratch / CSV, PARQUET: scratch / PARQUET, **files}
        day = options.as_of or workspace.today
        files |= report_files(found, lang, day, _RESEARCH.to(lang))
        files = with_crate(found, files, day)
        hashes = {name: measured(content)[0] for name, content in files.items()}
        export = workspace.store.add_export(
            Export(
                at=dt.datetime.now(dt.UTC),
                by=role,
                reason=said,
                projects=units.projects,
                submissions=units.submissions,
                rows=units.rows,
                hash=handed_out(hashes),
                tables=found.hash,
                key=fingerprint(key),
                evalkit=__version__,
            )
        )
        return found, export, write_all(out, files)


def handed_out(hashes: Mapping[str, str]) -> str:
    """One hash of files: that of what ``sha256sum`` prints of them, sorted by name.

    Args:
        hashes: the SHA-256 of each file, by name.
    """
    lines = (f"{hashes[name]}  {name}\n" for name in sorted(hashes))
    return hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()


def exports(workspace: Workspace) -> tuple[Export, ...]:
    """All exports of rows of persons, in the order they were logged."""
    return workspace.store.exports()


def _accountable(reason: str | None, by: str | None) -> tuple[str, str]:
    """Why, and who.

    Raises:
        EvalkitError: the role is too long.
        FindingsError: either is missing.
    """
    said, role = " ".join(printable(reason or "").split()), signed(by)
    missing = []
    if not said:
        missing.append(finding("synthesis.reason_needed", Place(key="--reason")))
    if not role:
        missing.append(finding("synthesis.by_needed", Place(key="--by")))
    if missing or role is None:
        raise FindingsError(missing)
    return said, role


def _refuse_used(out: Path) -> None:
    """Refuse a folder with something in it: that could be what this audience may not have."""
    if out.is_dir() and any(out.iterdir()):
        raise EvalkitError("synthesis.out_used", path=out)


def _remove_stale(folder: Path) -> None:
    """Remove what an export left that died before it was done."""
    limit = time.time() - _STALE.total_seconds()
    for left in folder.glob(f".{_SCRATCH}.*{TEMPORARY}"):
        if left.is_dir() and left.stat().st_mtime <= limit:
            shutil.rmtree(left, ignore_errors=True)
