"""Protocols: list, show, check, add."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from evalkit.errors import EvalkitError, FindingsError, finding
from evalkit.library.protocols import (
    Offer,
    ProtocolFile,
    Resolved,
    resolve_protocol,
    shipped_protocols,
)
from evalkit.library.yaml_file import YamlSource, read_text
from evalkit.model.finding import Finding
from evalkit.model.protocol import ResolvedProtocol
from evalkit.plugin.registry import Registry
from evalkit.workspace.workspace import Workspace


class Protocols(NamedTuple):
    """The protocols within reach: the shipped ones, and a workspace's own if there is one."""

    files: dict[str, ProtocolFile]
    offer: Offer

    @classmethod
    def of(cls, workspace: Workspace | None, plugins: Registry) -> Protocols:
        """The protocols of a workspace, or without one those that ship with evalkit."""
        files = workspace.protocol_files() if workspace else shipped_protocols()
        return cls(files, Offer(plugins.measures, tuple(plugins.types)))

    def all(self) -> tuple[ResolvedProtocol, ...]:
        """All protocols that resolve, the basisset first, then by id."""
        resolved = (resolve_protocol(file, self.files, self.offer)[0] for file in self._files())
        found = [protocol for protocol in resolved if protocol]
        return tuple(sorted(found, key=lambda p: (len(p.lineage) > 1, p.id)))

    def _files(self) -> tuple[ProtocolFile, ...]:
        return tuple(self.files.values())

    def get(self, id: str) -> ResolvedProtocol:
        """The protocol with that id, with everything it inherits.

        Raises:
            EvalkitError: there is none.
            FindingsError: it has errors.
        """
        if id not in self.files:
            known = ", ".join(sorted(self.files))
            raise EvalkitError("protocol.unknown", id=id, known=known)
        resolved, findings = resolve_protocol(self.files[id], self.files, self.offer)
        if resolved is None:
            raise FindingsError(findings)
        return resolved

    def check(self, path: Path) -> Resolved:
        """A protocol file held against what it inherits: the result and all findings.

        Raises:
            EvalkitError: the file does not exist or is not text.
        """
        file = ProtocolFile(path.name, read_text(path))
        resolved, findings = resolve_protocol(file, self.files, self.offer)
        return (None if any(f.is_error for f in findings) else resolved), findings


def add_protocol(workspace: Workspace, path: Path) -> tuple[ResolvedProtocol, tuple[Finding, ...]]:
    """Add a funder's own protocol to the workspace; a new version replaces its earlier one.

    Raises:
        EvalkitError: the file does not exist or is not text.
        FindingsError: it has errors, or takes the id of a shipped protocol.
    """
    protocols = Protocols.of(workspace, workspace.plugins)
    resolved, findings = protocols.check(path)
    if resolved is None:
        raise FindingsError(findings)
    text = read_text(path)
    if resolved.id in shipped_protocols():
        source, _ = YamlSource.parse(text, path.name)
        place = source.place(("id",)) if source else None
        raise FindingsError([finding("protocol.duplicate", place, id=resolved.id, where="evalkit")])
    known = workspace.store.protocol_texts().get(resolved.id)
    if known is not None and known != text:
        earlier, _ = resolve_protocol(
            ProtocolFile(path.name, known), protocols.files, protocols.offer
        )
        if earlier and earlier.version == resolved.version:
            source, _ = YamlSource.parse(text, path.name)
            place = source.place(("version",)) if source else None
            values = {"id": resolved.id, "version": resolved.version}
            raise FindingsError([finding("protocol.same_version", place, **values)])
    workspace.store.add_protocol(resolved.id, resolved.version, text)
    return resolved, findings
