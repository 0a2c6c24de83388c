"""Protocols: found, resolved along ``extends``, and checked against what they inherit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from evalkit.errors import FindingsError, finding
from evalkit.library.nearest import nearest_first
from evalkit.library.shipped import shipped
from evalkit.library.yaml_file import Key, ModelT, YamlSource, parse_model, read_text
from evalkit.model.base import Model
from evalkit.model.finding import Finding, Place
from evalkit.model.hashing import content_hash
from evalkit.model.measure import Measure
from evalkit.model.protocol import (
    BASISSET,
    Analysis,
    BurdenRules,
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


_ABSENT: dict[str, Any] = {
    "id": "nameless",
    "version": "0.0",
    "title": {"nl": "–", "en": "–"},
    "description": {"nl": "–", "en": "–"},
    "extends": BASISSET,
}
"""Stand-ins that let a file with a fault in one of these keys be checked further."""

Resolved = tuple[ResolvedProtocol | None, tuple[Finding, ...]]


def shipped_protocols() -> dict[str, ProtocolFile]:
    """The protocols that ship with evalkit, by id."""
    files = sorted(shipped("protocols").glob("*.yaml"))
    return {path.stem: ProtocolFile(path.name, read_text(path)) for path in files}


def core_measures() -> tuple[str, ...]:
    """Ids of the measures of the basisset."""
    return _basisset().core


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
    if file.text == _shipped_basisset().text:
        return _basisset(), ()
    source, findings = YamlSource.parse(file.text, file.name)
    if source is None or findings:
        return None, findings
    protocol, findings = source.read(Protocol)
    wrong = () if protocol else tuple(_naming_core(findings, source))
    if protocol is None:
        source = source.mended(Protocol, _ABSENT)
        protocol, _ = source.read(Protocol)
    if protocol is None:
        return None, wrong
    resolved, rest = _against_parent(source, protocol, known, offer, below)
    return (None if wrong else resolved), (*wrong, *rest)


def _against_parent(
    source: YamlSource,
    protocol: Protocol,
    known: Mapping[str, ProtocolFile],
    offer: Offer,
    below: tuple[str, ...],
) -> Resolved:
    if protocol.id == BASISSET:
        return _as_basisset(source, protocol)
    if protocol.extends is None:
        return None, (_lacks_core("protocol.not_on_basisset", source.place(("id",))),)
    place = source.place(("extends",))
    line = (*below, protocol.id)
    if protocol.extends in line or protocol.id in below:
        circle = finding("protocol.circular", place, line=" → ".join((*line, protocol.extends)))
        return None, (circle, _lacks_core("protocol.not_on_basisset", place))
    if protocol.extends not in known:
        names = nearest_first(protocol.extends, sorted(known))
        return None, (finding("protocol.unknown", place, id=protocol.extends, known=names),)
    parent, above = _resolve(known[protocol.extends], known, offer, line)
    if parent is None:
        return None, above
    check = ProtocolCheck(source, protocol, parent, offer)
    findings = tuple(check.findings())
    if any(f.is_error for f in findings):
        return None, findings
    return check.merge(), findings


def _shipped_basisset() -> ProtocolFile:
    path = shipped("protocols", f"{BASISSET}.yaml")
    return ProtocolFile(path.name, read_text(path))


def _basisset() -> ResolvedProtocol:
    """The basisset, resolved.

    Raises:
        FindingsError: the shipped file has errors.
    """
    return _resolve_basisset(_shipped_basisset())


@lru_cache(maxsize=1)
def _resolve_basisset(file: ProtocolFile) -> ResolvedProtocol:
    source, findings = YamlSource.parse(file.text, file.name)
    protocol, wrong = source.read(Protocol) if source else (None, ())
    findings = (*findings, *wrong)
    if source and protocol:
        check = ProtocolCheck(source, protocol, None, Offer({}, ()))
        findings = (*findings, *check.findings())
        if not any(f.is_error for f in findings):
            return check.merge()
    raise FindingsError(findings)


def _as_basisset(source: YamlSource, protocol: Protocol) -> Resolved:
    """The basisset, if that is what the file holds but for comments and layout."""
    basisset, _ = parse_model(_shipped_basisset().text, Protocol, source.file)
    if protocol == basisset:
        return _basisset(), ()
    return None, (_lacks_core("protocol.core_replaced", source.place(("id",))),)


def _lacks_core(code: str, place: Place) -> Finding:
    return finding(code, place, measures=", ".join(core_measures()))


def _naming_core(findings: Iterable[Finding], source: YamlSource) -> Iterator[Finding]:
    """The findings on a malformed protocol; those by which a core measure goes name it."""
    removed = {f.place.key: f for f in _removed_core(source)}
    yield from _removed_core(source)
    for found in findings:
        if found.place.key not in removed:
            yield found


def _removed_core(source: YamlSource) -> Iterator[Finding]:
    """A finding for each core measure that is named under a key no protocol has (remove,
    exclude, …), or required in no wave at all.
    """
    core = set(core_measures())
    for key, value in source.data.items():
        if key not in Protocol.model_fields:
            for measure in sorted(core & set(_words(value))):
                yield finding("protocol.core_removed", source.place((key,)), measure=measure)
    requires = source.data.get("requires")
    for i, entry in enumerate(requires if isinstance(requires, list) else ()):
        if isinstance(entry, dict) and not entry.get("waves", True):
            place = source.place(("requires", i, "waves"))
            for measure in core & set(_words(entry.get("measure"))):
                yield finding("protocol.core_removed", place, measure=measure)


def _words(value: object) -> Iterator[str]:
    """All texts in a value, however deep."""
    if isinstance(value, str):
        yield from re.findall(r"[\w.]+", value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _words(key)
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)


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
        yield from self._doubles()
        yield from self._measures()
        yield from self._waves()
        yield from self._requirements()
        yield from self._floors()
        for i, name in enumerate(self._protocol.project_types):
            if name not in self._offer.types:
                known = nearest_first(name, sorted(self._offer.types))
                yield self._at(
                    ("project_types", i), "protocol.type_unknown", type=name, known=known
                )
        yield from self._idle()

    def _at(self, key: Key, code: str, **values: object) -> Finding:
        return finding(code, self._source.place(key), **values)

    def _doubles(self) -> Iterator[Finding]:
        parts = {
            "waves": [wave.id for wave in self._protocol.waves],
            "measures": [measure.id for measure in self._protocol.measures],
            "requires": [requirement.measure for requirement in self._protocol.requires],
            "deadlines": [deadline.id for deadline in self._protocol.deadlines],
            "project_types": list(self._protocol.project_types),
        }
        for part, ids in parts.items():
            for i, id in enumerate(ids):
                if id in ids[:i]:
                    yield self._at((part, i), "protocol.double", id=id, part=part)

    def _measures(self) -> Iterator[Finding]:
        inherited = {m.id for m in self._parent.measures} if self._parent else set()
        taken = {name.split(".")[0] for name in self._offer.measures}
        required = {requirement.measure for requirement in self._protocol.requires}
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
            elif measure.id not in required and self._parent:
                yield self._at(("measures", i), "protocol.measure_unused", measure=measure.id)

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
                    known=nearest_first(requirement.measure, sorted(known)),
                )
            for wave in requirement.waves:
                if wave not in waves:
                    names = nearest_first(wave, waves)
                    yield self._at((*key, "waves"), "protocol.wave_unknown", wave=wave, known=names)
            if requirement.measure in inherited:
                yield from self._weakened(key, requirement, inherited[requirement.measure])

    def _weakened(self, key: Key, new: Requirement, old: Requirement) -> Iterator[Finding]:
        assert self._parent is not None
        said = {"measure": new.measure, "owner": self._parent.owners[new.measure]}
        if old.mandatory and not new.mandatory:
            yield self._at((*key, "mandatory"), "protocol.core_optional", **said)
        if old.arms == "all" and new.arms != "all":
            yield self._at((*key, "arms"), "protocol.core_fewer_arms", **said)
        kinds = [k.value for k in (*old.variants, *old.natures)]
        left_out = [k for k in kinds if k not in (*new.variants, *new.natures)]
        if left_out:
            yield self._at(key, "protocol.core_fewer_kinds", kinds=", ".join(left_out), **said)
        missing = [wave for wave in old.waves if wave not in new.waves]
        if missing:
            yield self._at(
                (*key, "waves"), "protocol.core_fewer_waves", waves=", ".join(missing), **said
            )

    def _idle(self) -> Iterator[Finding]:
        """What stands in the file and changes nothing."""
        protocol, parent = self._protocol, self._parent
        if parent is None:
            return
        variant = protocol.variant or parent.variant
        if variant and protocol.small_projects:
            yield self._at(("small_projects",), "protocol.limits_idle", variant=variant)
        for i, requirement in enumerate(protocol.requires):
            if variant and variant not in requirement.variants:
                measure = requirement.measure
                yield self._at(
                    ("requires", i, "variants"),
                    "protocol.never_asked",
                    measure=measure,
                    variant=variant,
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
            for name in sorted(own.model_fields_set) if own else ():
                value, floor = getattr(own, name), getattr(inherited, name)
                if value < floor:
                    yield self._looser((part, name), value, floor)
        if "comparison_required" in protocol.model_fields_set and (
            protocol.comparison_required < parent.comparison_required
        ):
            yield self._looser(("comparison_required",), "false", "true")
        if "review" in protocol.model_fields_set and protocol.review < parent.review:
            yield self._looser(("review",), "false", "true")

    def _looser(self, key: tuple[str, ...], value: object, floor: object) -> Finding:
        assert self._parent is not None
        return self._at(
            key,
            "protocol.core_looser",
            what=".".join(key),
            value=value,
            floor=floor,
            owner=self._parent.id,
        )

    def merge(self) -> ResolvedProtocol:
        """The protocol with everything it inherits. Call it when no finding is an error."""
        protocol, parent = self._protocol, self._parent
        requires = {r.measure: r for r in (parent.requires if parent else ())}
        owners = dict(parent.owners) if parent else {}
        for requirement in protocol.requires:
            requires[requirement.measure] = _reasoned(requirement, requires)
            owners.setdefault(requirement.measure, protocol.id)
        known = self._known()
        waves = {w.id: w for w in (*(parent.waves if parent else ()), *protocol.waves)}
        reports = (*(parent.deadlines if parent else ()), *protocol.deadlines)
        deadlines = {deadline.id: deadline for deadline in reports}
        defined = (*(parent.measures if parent else ()), *protocol.measures)
        names = dict.fromkeys((*requires, *(m.id for m in defined)))
        starts = [p.valid_from for p in (parent, protocol) if p and p.valid_from]
        speaks = "language" in protocol.model_fields_set
        return ResolvedProtocol(
            id=protocol.id,
            version=protocol.version,
            lineage=(*(parent.lineage if parent else ()), f"{protocol.id}@{protocol.version}"),
            title=protocol.title,
            description=protocol.description,
            language=protocol.language if speaks or parent is None else parent.language,
            valid_from=max(starts, default=None),
            variant=protocol.variant or (parent.variant if parent else None),
            small_projects=protocol.small_projects or (parent.small_projects if parent else None),
            project_types=protocol.project_types or (parent.project_types if parent else ()),
            comparison_required=protocol.comparison_required
            or bool(parent and parent.comparison_required),
            waves=tuple(waves.values()),
            measures=tuple(known[name] for name in names),
            requires=tuple(requires.values()),
            owners=owners,
            cadence=_over(parent.cadence if parent else Cadence(), protocol.cadence),
            privacy=_over(parent.privacy if parent else Privacy(), protocol.privacy),
            analysis=_over(parent.analysis if parent else Analysis(), protocol.analysis),
            deadlines=tuple(deadlines.values()),
            burden=_over(parent.burden if parent else BurdenRules(), protocol.burden),
            review=protocol.review or bool(parent and parent.review),
            contact=protocol.contact or (parent.contact if parent else None),
            core=parent.core if parent else tuple(requires),
            core_hash=parent.core_hash if parent else _core_hash(protocol),
        )


def _reasoned(requirement: Requirement, inherited: Mapping[str, Requirement]) -> Requirement:
    """The requirement, with the reason it inherits if it gives none of its own."""
    above = inherited.get(requirement.measure)
    if requirement.why or above is None:
        return requirement
    return requirement.model_copy(update={"why": above.why})


def _over(inherited: ModelT, own: ModelT | None) -> ModelT:
    """What is inherited, with the values a protocol sets itself in their place."""
    if own is None:
        return inherited
    return inherited.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})


def _core_hash(basisset: Protocol) -> str:
    """The hash of what is locked; the reasons given for it may be worded better."""
    reasons = {"requires": {"__all__": {"why"}}}
    parts = {"waves", "measures", "requires"}
    locked = basisset.model_dump(mode="json", include=parts, exclude=reasons)
    return content_hash(locked)
