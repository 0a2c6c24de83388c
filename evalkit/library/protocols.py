"""Protocols: found, resolved along ``extends``, and checked against what they inherit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from evalkit.errors import finding
from evalkit.library.shipped import shipped
from evalkit.library.yaml_file import Key, YamlSource, parse_model, read_text
from evalkit.model.base import Model
from evalkit.model.finding import Finding
from evalkit.model.hashing import content_hash
from evalkit.model.measure import Measure
from evalkit.model.protocol import (
    BASISSET,
    Analysis,
    Cadence,
    Privacy,
    Protocol,
    Requirement,
    ResolvedProtocol,
)


class ProtocolFile(NamedTuple):
    """A protocol as it was written: file name and text."""

    name: str
    text: str


class Offer(NamedTuple):
    """What plugins offer a protocol to choose from."""

    measures: Mapping[str, Measure]
    types: Collection[str]


Resolved = tuple[ResolvedProtocol | None, tuple[Finding, ...]]


def shipped_protocols() -> dict[str, ProtocolFile]:
    """The protocols that ship with evalkit, by id."""
    files = sorted(shipped("protocols").glob("*.yaml"))
    return {path.stem: ProtocolFile(path.name, read_text(path)) for path in files}


def resolve_protocol(
    file: ProtocolFile, known: Mapping[str, ProtocolFile], offer: Offer
) -> Resolved:
    """A protocol with everything it inherits, and all findings on it.

    Args:
        file: the protocol.
        known: the other protocols, by id, for ``extends``.
        offer: measures and project types of the installed plugins.

    Returns:
        The resolved protocol, or None if a finding is an error.
    """
    return _resolve(file, known, offer, ())


def _resolve(
    file: ProtocolFile,
    known: Mapping[str, ProtocolFile],
    offer: Offer,
    below: tuple[str, ...],
) -> Resolved:
    source, _ = YamlSource.parse(file.text, file.name)
    protocol, findings = parse_model(file.text, Protocol, file.name)
    if protocol is None or source is None:
        return None, (*_removed_core(source, known), *_without_core_keys(findings, source, known))
    if protocol.id in below:
        line = " → ".join((*below, protocol.id))
        return None, (finding("protocol.circular", source.place(("extends",)), line=line),)
    parent: ResolvedProtocol | None = None
    if not _is_basisset(file, protocol):
        if protocol.extends is None:
            return None, (_not_on_basisset(source, known),)
        if protocol.extends not in known:
            names = ", ".join(sorted(known))
            place = source.place(("extends",))
            return None, (finding("protocol.unknown", place, id=protocol.extends, known=names),)
        parent, above = _resolve(known[protocol.extends], known, offer, (*below, protocol.id))
        if parent is None:
            return None, above
    check = ProtocolCheck(source, protocol, parent, offer)
    findings = tuple(check.findings())
    if any(f.is_error for f in findings):
        return None, findings
    return check.merge(), findings


def _is_basisset(file: ProtocolFile, protocol: Protocol) -> bool:
    if protocol.id != BASISSET:
        return False
    return file.text == read_text(shipped("protocols", f"{BASISSET}.yaml"))


def core_measures(known: Mapping[str, ProtocolFile]) -> tuple[str, ...]:
    """Ids of the measures of the basisset."""
    basisset, _ = parse_model(known[BASISSET].text, Protocol, known[BASISSET].name)
    return tuple(r.measure for r in basisset.requires) if basisset else ()


def _not_on_basisset(source: YamlSource, known: Mapping[str, ProtocolFile]) -> Finding:
    measures = ", ".join(core_measures(known))
    return finding("protocol.not_on_basisset", source.place(("id",)), measures=measures)


def _removed_core(
    source: YamlSource | None, known: Mapping[str, ProtocolFile]
) -> Iterator[Finding]:
    """A finding for each core measure named under a key no protocol has (remove, exclude, …)."""
    if source is None:
        return
    core = core_measures(known)
    for key, value in source.data.items():
        if key not in Protocol.model_fields:
            for measure in core:
                if measure in str(value):
                    yield finding("protocol.core_removed", source.place((key,)), measure=measure)


def _without_core_keys(
    findings: tuple[Finding, ...], source: YamlSource | None, known: Mapping[str, ProtocolFile]
) -> Iterator[Finding]:
    """The findings, less 'unknown key' where the key is already said to remove a measure."""
    said = {f.place.key for f in _removed_core(source, known)}
    for found in findings:
        if not (found.code == "file.key_unknown" and found.place.key in said):
            yield found


class ProtocolCheck:
    """One protocol held against what it inherits and what plugins offer."""

    def __init__(
        self,
        source: YamlSource,
        protocol: Protocol,
        parent: ResolvedProtocol | None,
        offer: Offer,
    ) -> None:
        self._source = source
        self._protocol = protocol
        self._parent = parent
        self._offer = offer

    def findings(self) -> Iterator[Finding]:
        """All findings."""
        yield from self._measures()
        yield from self._waves()
        yield from self._requirements()
        yield from self._floors()
        for i, name in enumerate(self._protocol.project_types):
            if name not in self._offer.types:
                known = ", ".join(sorted(self._offer.types))
                yield self._at(
                    ("project_types", i), "protocol.type_unknown", type=name, known=known
                )

    def _at(self, key: Key, code: str, **values: object) -> Finding:
        return finding(code, self._source.place(key), **values)

    def _measures(self) -> Iterator[Finding]:
        inherited = {m.id for m in self._parent.measures} if self._parent else set()
        taken = {name.split(".")[0] for name in self._offer.measures}
        if self._parent:
            taken.add("core")
        for i, measure in enumerate(self._protocol.measures):
            prefix = measure.id.split(".")[0]
            if measure.id in inherited and self._parent:
                owner = self._parent.owners.get(measure.id, self._parent.id)
                yield self._at(
                    ("measures", i), "protocol.core_redefined", measure=measure.id, owner=owner
                )
            elif prefix in taken:
                yield self._at(
                    ("measures", i),
                    "protocol.measure_namespace",
                    measure=measure.id,
                    prefix=f"{prefix}.",
                )

    def _waves(self) -> Iterator[Finding]:
        if self._parent is None:
            return
        inherited = {wave.id: wave for wave in self._parent.waves}
        for i, wave in enumerate(self._protocol.waves):
            if wave.id in inherited and wave != inherited[wave.id]:
                touched = [r.measure for r in self._parent.requires if wave.id in r.waves]
                yield self._at(
                    ("waves", i),
                    "protocol.wave_redefined",
                    wave=wave.id,
                    owner=self._parent.id,
                    measures=", ".join(touched),
                )

    def _known(self) -> dict[str, Measure]:
        own = {m.id: m for m in self._protocol.measures}
        inherited = {m.id: m for m in self._parent.measures} if self._parent else {}
        return {**self._offer.measures, **own, **inherited}

    def _requirements(self) -> Iterator[Finding]:
        known = self._known()
        waves = [w.id for w in (self._parent.waves if self._parent else ())]
        waves += [w.id for w in self._protocol.waves if w.id not in waves]
        inherited = {r.measure: r for r in (self._parent.requires if self._parent else ())}
        for i, requirement in enumerate(self._protocol.requires):
            key = ("requires", i)
            if requirement.measure not in known:
                yield self._at(
                    (*key, "measure"),
                    "protocol.measure_unknown",
                    measure=requirement.measure,
                    known=", ".join(sorted(known)),
                )
            for wave in requirement.waves:
                if wave not in waves:
                    yield self._at(
                        (*key, "waves"), "protocol.wave_unknown", wave=wave, known=", ".join(waves)
                    )
            if requirement.measure in inherited:
                yield from self._weakened(key, requirement, inherited[requirement.measure])

    def _weakened(self, key: Key, new: Requirement, old: Requirement) -> Iterator[Finding]:
        assert self._parent is not None
        said = {"measure": new.measure, "owner": self._parent.owners[new.measure]}
        if old.mandatory and not new.mandatory:
            yield self._at((*key, "mandatory"), "protocol.core_optional", **said)
        if old.arms == "all" and new.arms != "all":
            yield self._at((*key, "arms"), "protocol.core_fewer_arms", **said)
        missing = [wave for wave in old.waves if wave not in new.waves]
        if missing:
            yield self._at(
                (*key, "waves"), "protocol.core_fewer_waves", waves=", ".join(missing), **said
            )

    def _floors(self) -> Iterator[Finding]:
        if self._parent is None:
            return
        protocol, parent = self._protocol, self._parent
        pairs: list[tuple[str, Model | None, Model]] = [
            ("privacy", protocol.privacy, parent.privacy),
            ("cadence", protocol.cadence, parent.cadence),
        ]
        for part, own, inherited in pairs:
            for name in type(own).model_fields if own else ():
                value, floor = getattr(own, name), getattr(inherited, name)
                if value < floor:
                    yield self._at(
                        (part, name),
                        "protocol.core_looser",
                        what=f"{part}.{name}",
                        value=value,
                        floor=floor,
                        owner=parent.id,
                    )

    def merge(self) -> ResolvedProtocol:
        """The protocol with everything it inherits. Call it when no finding is an error."""
        protocol, parent = self._protocol, self._parent
        requires = {r.measure: r for r in (parent.requires if parent else ())}
        owners = dict(parent.owners) if parent else {}
        for requirement in protocol.requires:
            requires[requirement.measure] = requirement
            owners.setdefault(requirement.measure, protocol.id)
        known = self._known()
        waves = {w.id: w for w in (*(parent.waves if parent else ()), *protocol.waves)}
        measures = tuple(known[name] for name in requires)
        core_hash = parent.core_hash if parent else _core_hash(protocol)
        return ResolvedProtocol(
            id=protocol.id,
            version=protocol.version,
            lineage=(*(parent.lineage if parent else ()), f"{protocol.id}@{protocol.version}"),
            title=protocol.title,
            description=protocol.description,
            language=protocol.language,
            variant=protocol.variant or (parent.variant if parent else None),
            project_types=protocol.project_types or (parent.project_types if parent else ()),
            comparison_required=protocol.comparison_required
            or bool(parent and parent.comparison_required),
            waves=tuple(waves.values()),
            measures=measures,
            requires=tuple(requires.values()),
            owners=owners,
            cadence=protocol.cadence or (parent.cadence if parent else Cadence()),
            privacy=protocol.privacy or (parent.privacy if parent else Privacy()),
            analysis=protocol.analysis or (parent.analysis if parent else Analysis()),
            core=parent.core if parent else tuple(requires),
            core_hash=core_hash,
        )


def _core_hash(basisset: Protocol) -> str:
    locked = basisset.model_dump(mode="json", include={"waves", "measures", "requires"})
    return content_hash(locked)
