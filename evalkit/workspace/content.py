"""What protocols and plugins offer: measures and project types, wherever they come from."""

from __future__ import annotations

from evalkit.errors import EvalkitError
from evalkit.model.measure import Measure
from evalkit.model.project_type import ProjectType
from evalkit.plugin.registry import Registry
from evalkit.workspace.protocols import Protocols


def measures(protocols: Protocols, plugins: Registry) -> dict[str, tuple[Measure, str]]:
    """All measures by id, each with who defines it: a protocol or a plugin."""
    found: dict[str, tuple[Measure, str]] = {}
    for protocol in protocols.all():
        for measure in protocol.measures:
            found.setdefault(measure.id, (measure, protocol.owners.get(measure.id, protocol.id)))
    for measure in plugins.measures.values():
        owner = plugins.owner(measure.id)
        found[measure.id] = (measure, owner.name if owner else "")
    return dict(sorted(found.items()))


def measure(protocols: Protocols, plugins: Registry, id: str) -> tuple[Measure, str]:
    """One measure, with who defines it.

    Raises:
        EvalkitError: there is none with that id.
    """
    known = measures(protocols, plugins)
    if id not in known:
        raise EvalkitError("content.measure_unknown", id=id, known=", ".join(known))
    return known[id]


def project_type(plugins: Registry, id: str) -> ProjectType:
    """One project type.

    Raises:
        EvalkitError: none with that id is installed.
    """
    if id not in plugins.types:
        known = ", ".join(plugins.types) or "—"
        raise EvalkitError("protocol.type_unknown", type=id, known=known)
    return plugins.types[id]
