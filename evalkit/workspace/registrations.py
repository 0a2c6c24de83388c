"""Registered designs: frozen, amended with a reason, and held side by side."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from evalkit.collect.wording import date_text
from evalkit.design.difference import difference, measurement_difference
from evalkit.errors import EvalkitError, FindingsError, finding
from evalkit.library.yaml_file import read_text
from evalkit.model.change import Change
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.hashing import short, stored_hash
from evalkit.model.registration import RegisteredRow, Registration
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import SubmissionStatus
from evalkit.store import Holdings
from evalkit.synthesis.registered import Collected, Frozen, registered_rows
from evalkit.workspace import designs
from evalkit.workspace.files import Written, write_all
from evalkit.workspace.workspace import Workspace

SHORTEST = 4
"""Characters of a hash that are enough to ask for a design."""

_SHOWN = 8
_LONGEST = 60
_KINDS = {
    "added": Text(nl="erbij", en="added"),
    "removed": Text(nl="vervalt", en="removed"),
}


class DesignVersion(NamedTuple):
    """One design of a project: whether it holds, as what it was registered, what came in."""

    hash: str
    made: dt.date
    current: bool
    registrations: tuple[Registration, ...]
    accepted: int
    superseded: int


class Comparison(NamedTuple):
    """Two designs and what differs between them."""

    before: Design
    after: Design
    changes: tuple[Change, ...]


class Registered(NamedTuple):
    """A design with its registration, whether that is new, and remarks on it."""

    design: Design
    registration: Registration
    new: bool
    findings: tuple[Finding, ...]


def write_and_register(
    workspace: Workspace,
    project: str,
    out: Path,
    reason: str | None = None,
    by: str | None = None,
    language: Lang | None = None,
) -> tuple[Registered, tuple[Written, ...]]:
    """Register the design as :func:`register` does, and write its documents into ``out``.

    They are in ``language``, by default that of the scheme.

    Raises:
        EvalkitError: there is no such project.
        FindingsError: the design has errors, or it changed and there is no reason. Nothing is
            stored or written.
    """
    done = register(workspace, project, reason, by)
    return done, write_all(out, designs.documents(workspace, done.design, language))


def register(
    workspace: Workspace, project: str, reason: str | None = None, by: str | None = None
) -> Registered:
    """Make the design and freeze it under today's date; if it is registered, nothing changes.

    Args:
        workspace: the workspace.
        project: id of the project.
        reason: why it differs from what was registered before.
        by: role of who registers.

    Raises:
        EvalkitError: there is no such project.
        FindingsError: the design has errors, or it changed and there is no reason. Nothing is
            stored.
    """
    draft = designs.draft(workspace, project)
    known = workspace.store.registrations(project)
    same = bool(known) and known[-1].design_hash == draft.hash
    reason = (reason or "").strip() or None
    if known and not same and not reason:
        raise FindingsError([_reason_needed(workspace, known[-1], draft)])
    design = designs.keep(workspace, draft)
    if same:
        return Registered(design, known[-1], False, ())
    registration = Registration(
        project=project,
        version=len(known) + 1,
        design_hash=design.hash,
        date=workspace.today,
        reason=reason,
        registered_by=(by or "").strip() or None,
        plugins=design.plugins,
    )
    kept = workspace.store.add_registration(registration)
    return Registered(design, kept, True, _late(workspace, design, kept))


def _late(workspace: Workspace, design: Design, registration: Registration) -> tuple[Finding, ...]:
    """A remark on a registration that comes after what it should come before.

    An amendment may follow on data; what it changes after them is told beside the design.
    """
    came = workspace.store.submissions(registration.project, accepted_only=True)
    if came and registration.version == 1:
        first = date_text(min(submission.received for submission in came))
        return (finding("design.registered_after_data", Place(), received=first),)
    if registration.date >= design.project.start:
        start = date_text(design.project.start)
        return (finding("design.registered_after_start", Place(key="start"), start=start),)
    return ()


def _reason_needed(workspace: Workspace, last: Registration, draft: Design) -> Finding:
    earlier = workspace.store.design(last.design_hash)
    changes = difference(earlier, draft) if earlier else ()
    return finding(
        "design.reason_needed",
        Place(key=last.project),
        project=last.project,
        version=last.version,
        count=len(changes),
        changes=Text(nl=_listed(changes, "nl"), en=_listed(changes, "en")),
    )


def _listed(changes: tuple[Change, ...], lang: Lang) -> str:
    """The first few changes in one line, the important ones if there are any."""
    important = [c for c in changes if c.weight == "important"] or list(changes)
    shown = [change_line(change, lang) for change in important[:_SHOWN]]
    if len(changes) > len(shown):
        shown.append("…")
    return "; ".join(shown) or "–"


def change_line(change: Change, lang: Lang) -> str:
    """One change in a line: ``nameting: sluit 30-06-2028 → 15-07-2028``."""
    sides = [_shortened(side.to(lang)) for side in (change.before, change.after) if side]
    text = f"{change.what.to(lang)} {' → '.join(sides)}"
    return text if change.kind == "changed" else f"{text} ({_KINDS[change.kind].to(lang)})"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def latest(workspace: Workspace, project: str) -> Registration | None:
    """The newest registration of a project."""
    known = workspace.store.registrations(project)
    return known[-1] if known else None


def changes_since(workspace: Workspace, design: Design) -> tuple[Change, ...]:
    """What differs between a design and what its project registered last; nothing if neither."""
    last = latest(workspace, design.project.id)
    earlier = workspace.store.design(last.design_hash) if last else None
    return difference(earlier, design) if earlier else ()


def versions(workspace: Workspace, project: str) -> tuple[DesignVersion, ...]:
    """All designs of a project, oldest first.

    Raises:
        EvalkitError: there is no such project.
    """
    store, id = workspace.store, workspace.project(project).id
    current = store.current_design(id)
    registrations = store.registrations(id)
    submissions = [s for s in store.submissions(id) if s.counted]
    accepted = {s.id for s in submissions if s.status is SubmissionStatus.accepted}
    found = []
    for hash, made in store.design_days(id).items():
        under = [s.id for s in submissions if s.design_hash == hash]
        kept = sum(name in accepted for name in under)
        found.append(
            DesignVersion(
                hash=hash,
                made=made,
                current=current is not None and current.hash == hash,
                registrations=tuple(r for r in registrations if r.design_hash == hash),
                accepted=kept,
                superseded=len(under) - kept,
            )
        )
    return tuple(found)


def compare(workspace: Workspace, before: str, after: str) -> Comparison:
    """Two designs side by side, each named as ``find`` takes it.

    Raises:
        EvalkitError: there is no such design, or more than one.
    """
    one, other = find(workspace, before), find(workspace, after)
    return Comparison(one, other, difference(one, other))


def find(workspace: Workspace, what: str) -> Design:
    """The design that someone means.

    Args:
        workspace: the workspace.
        what: a project (its current design), a project with a registered version
            (``rekenteam@1``), the first characters of a hash, or a JSON file of a design.

    Raises:
        EvalkitError: there is no such design, or more than one.
    """
    if what.lower().endswith(".json"):
        return _read(Path(what))
    project, at, version = what.partition("@")
    if at:
        return _registered(workspace, project, version)
    if workspace.store.project(what) is not None:
        return workspace.current_design(what)
    if not re.fullmatch(r"[0-9a-f]{1,64}", what):
        raise EvalkitError("design.unknown", what=what)
    if len(what) < SHORTEST:
        raise EvalkitError("design.hash_short", what=what, shortest=SHORTEST)
    hashes = workspace.store.find_designs(what)
    if len(hashes) > 1:
        listed = ", ".join(short(hash) for hash in hashes)
        raise EvalkitError("design.ambiguous", what=what, found=listed)
    design = workspace.store.design(hashes[0]) if hashes else None
    if design is None:
        raise EvalkitError("design.unknown", what=what)
    return design


def registered_against_reported(
    held: Holdings, day: dt.date
) -> tuple[tuple[RegisteredRow, ...], tuple[Design, ...]]:
    """What a project said it would measure, if it registered that, against what came in.

    What is missing is due once its window has closed on ``day``.

    Returns:
        One row per measure and wave, and the designs that were registered.
    """
    pairs = ((one, held.designs.get(one.design_hash)) for one in held.registrations)
    frozen = [Frozen(one, design) for one, design in pairs if design]
    if not frozen or held.design is None:
        return (), ()
    rows = registered_rows(frozen, held.design, _collected(held), day, _differs)
    return rows, tuple(one.design for one in frozen)


def _collected(held: Holdings) -> dict[tuple[str, str], Collected]:
    """What was accepted of a project, by measure and wave; of several, the last one's design."""
    found: dict[tuple[str, str], Collected] = {}
    for submission in held.submissions:
        design = held.designs[submission.design_hash]
        for measure in submission.measures:
            key = (measure, submission.wave)
            first = found[key].received if key in found else submission.received
            found[key] = Collected(design, min(first, submission.received))
    return found


def _differs(before: Design, after: Design, measure: str, wave: str) -> Text | None:
    changes = measurement_difference(before, after, measure, wave)
    if not changes:
        return None
    return Text(
        nl="; ".join(change_line(change, "nl") for change in changes),
        en="; ".join(change_line(change, "en") for change in changes),
    )


def _registered(workspace: Workspace, project: str, version: str) -> Design:
    known = {
        str(r.version): r for r in workspace.store.registrations(workspace.project(project).id)
    }
    design = workspace.store.design(known[version].design_hash) if version in known else None
    if design is None:
        listed = ", ".join(known) or "—"
        raise EvalkitError("design.version_unknown", project=project, version=version, known=listed)
    return design


def _no_design(kind: str, where: str) -> Text:
    """Why a file is no design, by the kind of what is wrong first and its key."""
    if kind == "json_invalid":
        return Text(nl="het is geen volledige JSON", en="it is no complete JSON")
    if not where:
        return Text(nl="het is geen JSON-object", en="it is no JSON object")
    if kind == "missing":
        return Text(nl=f"'{where}' ontbreekt", en=f"'{where}' is missing")
    if kind == "extra_forbidden":
        return Text(nl=f"'{where}' hoort er niet in", en=f"'{where}' does not belong in it")
    return Text(
        nl=f"'{where}' heeft niet de goede vorm", en=f"'{where}' does not have the right form"
    )


def _read(path: Path) -> Design:
    text = read_text(path)
    try:
        design = Design.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        place = Place(file=path.name, key=where or None)
        detail = _no_design(first["type"], where)
        raise EvalkitError("design.unreadable", place, path=path.name, detail=detail) from None
    found = stored_hash(json.loads(text))
    if found != design.hash:
        place = Place(file=path.name, key="hash")
        raise EvalkitError(
            "design.tampered",
            place,
            path=path.name,
            hash=short(design.hash),
            found=short(found),
        )
    return design
