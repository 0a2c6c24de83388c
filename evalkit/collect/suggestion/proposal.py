"""What is proposed: for each column what it probably means, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from evalkit.collect.mapping import Mapping as ExportMapping
from evalkit.model.submission import Grain
from evalkit.model.text import Text
from evalkit.model.vocabulary import Respondent

CERTAIN = 0.75
"""Confidence from which a proposal is written down without asking."""

LIKELY = 0.4
"""Confidence from which it is worth a question or a comment."""


@dataclass(frozen=True)
class Target:
    """What a column may be: a column of the design, in one wave where the file has several."""

    name: str
    """Its name, or a key of the mapping itself: ``wave_column``."""
    wave: str | None = None

    @property
    def is_key(self) -> bool:
        """Whether it is a key of the mapping and no column of the design."""
        return self.name in KEYS


KEYS = ("wave_column", "measure_column", "value_column", "taken_column")


@dataclass(frozen=True)
class Proposal:
    """What one column of the file probably is."""

    column: str
    target: Target | None = None
    confidence: float = 0.0
    why: tuple[Text, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    """Value to value in the design, as far as it is known."""
    open: tuple[str, ...] = ()
    """Values that somebody has to say the meaning of."""
    others: tuple[tuple[Target, float], ...] = ()
    """What else it may be, the likeliest first."""
    personal: str | None = None
    """Code of what is personal in it; then it is never proposed."""
    sample: tuple[str, ...] = ()
    """A few of its values."""

    @property
    def is_certain(self) -> bool:
        """Whether it is written down without asking."""
        return self.target is not None and self.confidence >= CERTAIN

    @property
    def is_likely(self) -> bool:
        """Whether it is worth a question."""
        return self.target is not None and self.confidence >= LIKELY


@dataclass(frozen=True)
class Suggestion:
    """A mapping as far as it can be guessed."""

    file: str
    project: str
    respondent: Respondent
    grain: Grain
    wave: str | None
    """The one wave; none if the file tells several apart, or none is known."""
    proposals: tuple[Proposal, ...]
    waves: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    known_waves: tuple[str, ...] = ()
    """Waves to choose from."""
    labels: Mapping[str, Text] = field(default_factory=dict)
    """Target to what it is called."""
    required: tuple[str, ...] = ()
    """Targets without which the rows cannot be read."""
    options: Mapping[str, tuple[tuple[str, Text], ...]] = field(default_factory=dict)
    """Target to the values it may have, each with its meaning."""

    @property
    def certain(self) -> tuple[Proposal, ...]:
        """The proposals that are written down without asking."""
        return tuple(p for p in self.proposals if p.is_certain)

    @property
    def unsure(self) -> tuple[Proposal, ...]:
        """Columns that somebody must decide on."""
        return tuple(p for p in self.proposals if p.is_likely and not p.is_certain)

    @property
    def needs_wave(self) -> bool:
        """Whether the wave still has to be said."""
        told = any(p.target and (p.target.wave or p.target.name == "wave_column")
                   for p in self.certain)  # fmt: skip
        return self.wave is None and not told

    @property
    def has_waves(self) -> bool:
        """Whether it certainly tells several moments apart."""
        parts = {p.target.wave for p in self.certain if p.target and p.target.wave}
        return bool(parts) or self.key("wave_column") is not None

    @property
    def missing(self) -> tuple[str, ...]:
        """Targets that are needed and that no column is certain to be."""
        there = {p.target.name for p in self.certain if p.target} | set(self.fixed)
        return tuple(target for target in self.required if target not in there)

    def key(self, name: str) -> str | None:
        """The column that is certainly that key of the mapping."""
        return next((p.column for p in self.certain if p.target == Target(name)), None)

    def decided(self, column: str, target: Target | None) -> Suggestion:
        """The same, with what a person said of a column."""

        def one(p: Proposal) -> Proposal:
            if p.column != column:
                return p
            if target is None:
                return replace(p, target=None, confidence=0.0, values={}, open=())
            kept = p.values if target == p.target else {}
            unknown = p.open if target == p.target else ()
            return replace(p, target=target, confidence=1.0, values=kept, open=unknown)

        return replace(self, proposals=tuple(map(one, self.proposals)))

    def meaning(self, column: str, value: str, meant: str) -> Suggestion:
        """The same, with what a person said that a value means."""

        def one(p: Proposal) -> Proposal:
            if p.column != column:
                return p
            left = tuple(other for other in p.open if other != value)
            return replace(p, values={**p.values, value: meant}, open=left)

        return replace(self, proposals=tuple(map(one, self.proposals)))

    def mapping(self) -> ExportMapping | None:
        """The mapping of all that is certain; none if nothing is.

        Values that somebody must say the meaning of are left out.
        """
        if not any(p.target and not p.target.is_key for p in self.certain):
            return None
        shared: dict[str, str] = {}
        parts: dict[str, dict[str, str]] = {}
        values: dict[str, dict[str, str]] = {}
        by_part: dict[str, dict[str, dict[str, str]]] = {}
        for p in self.certain:
            if p.target is None or p.target.is_key:
                continue
            if p.target.wave is None:
                shared[p.target.name] = p.column
                values |= {p.target.name: dict(p.values)} if p.values else {}
            else:
                wave = p.target.wave
                parts.setdefault(wave, {})[p.target.name] = p.column
                if p.values:
                    by_part.setdefault(wave, {})[p.target.name] = dict(p.values)
        content: dict[str, object] = {
            "project": self.project,
            "sheet": self.sheet,
            "wave": self.wave,
            "respondent": self.respondent,
            "grain": self.grain,
            "columns": shared,
            "values": values,
            "fixed": {t: v for t, v in self.fixed.items() if t not in shared},
            **{name: self.key(name) for name in KEYS},
        }
        if self.key("wave_column"):
            content |= {"waves": dict(self.waves), "wave": None}
        if self.key("measure_column") and self.key("value_column"):
            content["measures"] = dict(self.measures)
        else:
            content |= {"measure_column": None, "value_column": None}
        if parts:
            content["wave"] = None
            content["parts"] = [
                {"wave": wave, "columns": parts[wave], "values": by_part.get(wave, {})}
                for wave in sorted(parts, key=self.known_waves.index)
            ]
        return ExportMapping.model_validate(content)
