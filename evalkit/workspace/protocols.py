"""Protocols: list, show, check, compare, add, and write as a document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from evalkit.design.burden import check_typical_burden, typical_burden
from evalkit.design.power import check_typical_power
from evalkit.design.protocol_difference import protocol_changes
from evalkit.errors import EvalkitError, FindingsError, finding
from evalkit.library.nearest import nearest_first
from evalkit.library.protocols import (
    Offer,
    ProtocolFile,
    Resolved,
    resolve_protocol,
    shipped_protocols,
)
from evalkit.library.yaml_file import YamlSource, read_text
from evalkit.model.change import Change
from evalkit.model.design import TypicalBurden
from evalkit.model.finding import Finding
from evalkit.model.protocol import ResolvedProtocol
from evalkit.model.text import Lang
from evalkit.plugin.registry import Registry
from evalkit.workspace.files import Written, write_all
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
            raise EvalkitError("protocol.unknown", id=id, known=nearest_first(id, self.files))
        resolved, findings = resolve_protocol(self.files[id], self.files, self.offer)
        if resolved is None:
            raise FindingsError(findings)
        return resolved

    def find(self, id_or_file: str) -> ResolvedProtocol:
        """The protocol with that id, or else the one in that file.

        Raises:
            EvalkitError: there is neither.
            FindingsError: it has errors.
        """
        path = Path(id_or_file)
        if id_or_file in self.files or not (path.suffix or path.exists()):
            return self.get(id_or_file)
        resolved, findings = self.check(path)
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
        if resolved:
            findings = (*findings, *self._taken(file, resolved), *_of_typical(file, resolved))
        return (None if any(f.is_error for f in findings) else resolved), findings

    def _taken(self, file: ProtocolFile, resolved: ResolvedProtocol) -> Iterator[Finding]:
        """A finding if there is another protocol under this id, or under this id and version."""
        known = self.files.get(resolved.id)
        if known is None or known.text == file.text:
            return
        source, _ = YamlSource.parse(file.text, file.name)
        assert source is not None
        earlier, _ = resolve_protocol(known, self.files, self.offer)
        if resolved.id in shipped_protocols():
            if earlier != resolved:
                place = source.place(("id",))
                yield finding("protocol.duplicate", place, id=resolved.id, where="evalkit")
        elif earlier and earlier.version == resolved.version:
            values = {"id": resolved.id, "version": resolved.version}
            yield finding("protocol.same_version", source.place(("version",)), **values)


def _of_typical(file: ProtocolFile, resolved: ResolvedProtocol) -> Iterator[Finding]:
    """What is wrong for a typical project, with its line: ceilings passed, a target unseen."""
    source, _ = YamlSource.parse(file.text, file.name)
    for remark in (*check_typical_burden(resolved), *check_typical_power(resolved)):
        key = tuple((remark.place.key or "").split("."))
        yield remark.model_copy(update={"place": source.place(key) if source else remark.place})


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
    workspace.store.add_protocol(resolved.id, resolved.version, text)
    return resolved, findings


def burden_of(protocol: ResolvedProtocol) -> TypicalBurden:
    """What a protocol costs a project as its funder expects it."""
    return typical_burden(protocol)


def compare(
    protocols: Protocols, before: str, after: str
) -> tuple[ResolvedProtocol, ResolvedProtocol, tuple[Change, ...]]:
    """Two protocols, by id or file, and what differs between them.

    Raises:
        EvalkitError: there is no such protocol.
        FindingsError: one of them has errors.
    """
    old, new = protocols.find(before), protocols.find(after)
    return old, new, protocol_changes(old, new)


def write_document(
    protocols: Protocols,
    plugins: Registry,
    id_or_file: str,
    out: Path,
    language: Lang | None = None,
) -> tuple[Written, ...]:
    """Write what a protocol asks as an annex of a grant call, PDF and HTML, into ``out``.

    Args:
        protocols: those within reach.
        plugins: they name the project types.
        id_or_file: which protocol.
        out: the folder.
        language: of the document; by default the protocol's own.

    Raises:
        EvalkitError: there is no such protocol.
        FindingsError: it has errors. Nothing is written.
    """
    from evalkit.render.html import to_html
    from evalkit.render.pdf import to_pdf
    from evalkit.render.protocol_document import protocol_document

    protocol = protocols.find(id_or_file)
    types = {type.id: type.label for type in plugins.types.values()}
    document = protocol_document(
        protocol, typical_burden(protocol), types, language or protocol.language
    )
    files = {
        "protocol.pdf": to_pdf(document),
        "protocol.html": to_html(document).encode("utf-8"),
    }
    return write_all(out, files)
