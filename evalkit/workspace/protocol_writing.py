"""A new protocol: from a funder's choices to a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.errors import EvalkitError, FindingsError, finding, refuse_errors
from evalkit.library.nearest import nearest_first
from evalkit.library.protocols import ProtocolFile, resolve_protocol
from evalkit.library.yaml_file import parse_model
from evalkit.model.finding import Finding, Place
from evalkit.model.measure import Measure
from evalkit.model.project_type import ProjectType
from evalkit.model.protocol import BASISSET, Requirement, ResolvedProtocol
from evalkit.model.protocol_draft import ProtocolDraft
from evalkit.plugin.registry import Registry
from evalkit.workspace.protocols import Protocols

_OPTIONS = {
    "id": "--id",
    "title": "--title-nl, --title-en",
    "project_types": "--type",
    "variant": "--variant",
    "comparison_required": "--comparison-required",
    "cycles": "--cycles",
    "cadence": "--cycles",
    "threshold": "--threshold",
    "privacy": "--threshold",
    "review": "--review",
    "contact": "--contact",
    "measures": "--measure",
    "requires": "--measure",
    "language": "--language",
}
"""The option that says what stands under a key."""


class Choices(NamedTuple):
    """What a new protocol can choose from."""

    types: tuple[ProjectType, ...]
    measures: tuple[Measure, ...]
    """Measures that can be required in addition: the plugins', and the basisset's."""
    basisset: ResolvedProtocol


def choices(protocols: Protocols, plugins: Registry) -> Choices:
    """What a new protocol can choose from, in the order of their ids."""
    basisset = protocols.get(BASISSET)
    measures = (*plugins.measures.values(), *basisset.measures)
    return Choices(
        tuple(plugins.types[id] for id in sorted(plugins.types)),
        tuple(sorted(measures, key=lambda measure: measure.id)),
        basisset,
    )


def make_draft(values: Mapping[str, Any], unknown: Iterable[Finding] = ()) -> ProtocolDraft:
    """The draft that options or answers amount to.

    Args:
        values: what was chosen.
        unknown: what :func:`unknown_choices` found in them, to be told with the rest.

    Raises:
        FindingsError: all that is wrong, each with the option that says it.
    """
    draft, findings = parse_model(json.dumps(values), ProtocolDraft, "")
    unknown = tuple(unknown)
    if draft is None or unknown:
        # Of a measure or type that is misspelt, what is known says more than the form of an id.
        said = {one.place for one in unknown}
        wrong = (one for one in map(_at_option, findings) if one.place not in said)
        raise FindingsError((*wrong, *unknown))
    return draft


def _at_option(remark: Finding) -> Finding:
    key = re.split(r"[.\[]", remark.place.key or "")[0]
    return remark.model_copy(update={"place": Place(key=_OPTIONS.get(key, key or None))})


def new_protocol(
    protocols: Protocols, plugins: Registry, path: Path, draft: ProtocolDraft
) -> ResolvedProtocol:
    """Write a new protocol, and return it resolved. The file passes ``protocol check``.

    Raises:
        EvalkitError: there is a file under that name already.
        FindingsError: the draft asks what is not there or not allowed. Nothing is written.
    """
    from evalkit.render.protocol_file import protocol_file

    if path.exists():
        raise EvalkitError("file.exists", path=path)
    known = choices(protocols, plugins)
    refuse_errors(unknown_choices(draft.model_dump(), protocols, known))
    measures = {measure.id: measure for measure in known.measures}
    requires = [(_required(id, draft, known), measures[id]) for id in draft.measures]
    text = protocol_file(draft, known.basisset, requires, path.name, known.types[0].id)
    resolved, findings = resolve_protocol(
        ProtocolFile(path.name, text), protocols.files, protocols.offer
    )
    if resolved is None:
        raise FindingsError(map(_at_option, findings))
    _write(path, text)
    return resolved


def unknown_choices(
    values: Mapping[str, Any], protocols: Protocols, known: Choices
) -> Iterator[Finding]:
    """Measures and types that are not there, with the nearest, and an id that is taken."""
    if values["id"] in protocols.files:
        yield finding("protocol.duplicate", Place(key="--id"), id=values["id"], where="evalkit")
    offered: tuple[tuple[str, Sequence[str], list[str], str], ...] = (
        ("measure", values["measures"], [m.id for m in known.measures], "protocol.measure_unknown"),
        ("type", values["project_types"], [t.id for t in known.types], "protocol.type_unknown"),
    )
    for name, chosen, ids, code in offered:
        for id in chosen:
            if id not in ids:
                said = {name: id, "known": nearest_first(id, ids)}
                yield finding(code, Place(key=f"--{name}"), **said)


def _required(id: str, draft: ProtocolDraft, known: Choices) -> Requirement:
    """When a measure is taken: as the basisset says, else as a project type does, else twice."""
    inherited = {r.measure: r for r in known.basisset.requires}
    if id in inherited:
        return Requirement(measure=id, waves=inherited[id].waves, arms=inherited[id].arms)
    waves = {wave.id for wave in known.basisset.waves}
    for type in sorted(known.types, key=lambda type: type.id not in draft.project_types):
        for asked in type.requires:
            if asked.measure == id and waves.issuperset(asked.waves):
                return Requirement(measure=id, waves=asked.waves, arms=asked.arms)
    return Requirement(measure=id, waves=("baseline", "post"))


def _write(path: Path, text: str) -> None:
    """Write a file that must not be there yet."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise EvalkitError("file.exists", path=path) from None
