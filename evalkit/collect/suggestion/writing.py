"""A suggestion as a mapping file, with the reasons beside each line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from evalkit.collect.suggestion.proposal import KEYS, Proposal, Suggestion, Target
from evalkit.collect.veil import veiled
from evalkit.language import Translate, translator
from evalkit.model.text import Lang


def mapping_file(suggestion: Suggestion, lang: Lang, name: str = "mapping.yaml") -> str:
    """The YAML text of a mapping file.

    What is certain is in force; what is likely stands there as a comment, ready to be used.

    Args:
        suggestion: What is proposed.
        lang: Language of the comments.
        name: Name that the file will have.
    """
    return "\n".join(_Writing(suggestion, lang, name).lines()) + "\n"


def scalar(text: str) -> str:
    """A text as YAML writes it on one line, in quotes where it must."""
    plain = _dumped(text, allow_unicode=True)
    one_line = len(plain.splitlines()) == 1
    return plain if one_line else _dumped(text, allow_unicode=False, default_style='"')


def _dumped(text: str, **style: Any) -> str:
    dumped = yaml.safe_dump(text, default_flow_style=True, width=float("inf"), **style)
    return str(dumped).removesuffix("\n").removesuffix("\n...")


class _Writing:
    def __init__(self, suggestion: Suggestion, lang: Lang, name: str) -> None:
        self.suggestion, self.lang, self.name = suggestion, lang, name
        self.t: Translate = translator(lang)

    def lines(self) -> Iterator[str]:
        s, t = self.suggestion, self.t
        yield "# " + t("What the columns of {file} mean, as evalkit proposes it.").format(
            file=" ".join(veiled(s.file).split())
        )
        yield "# " + t("Behind each line stand how sure it is (0 to 1) and why.")
        yield "# " + t("Check it, and then: {command}").format(command=self._command())
        yield ""
        yield f"project: {s.project}"
        if s.sheet:
            yield f"sheet: {scalar(s.sheet)}"
        if s.wave:
            yield f"wave: {s.wave}"
        elif s.needs_wave:
            known = ", ".join(s.known_waves)
            yield f"# wave: {s.known_waves[0]}  # " + t("Say which moment: {known}.").format(
                known=known
            )
        if s.missing:
            needed = self.t(
                "Still needed: {targets}. Name the column under 'columns', or the one value "
                "under 'fixed'."
            )
            yield "# " + needed.format(targets=", ".join(s.missing))
        yield f"respondent: {s.respondent.value}"
        if s.grain.value != "unit":
            yield f"grain: {s.grain.value}"
        yield from self._long()
        yield from self._section("columns", self._shared(), "")
        yield from self._values(self._shared(), "")
        fixed = {k: v for k, v in s.fixed.items() if k not in {p.target.name for p in s.certain
                                                                if p.target}}  # fmt: skip
        if fixed:
            yield "fixed:"
            yield from (f"  {target}: {scalar(value)}" for target, value in fixed.items())
        yield from self._parts()
        yield from self._unread()

    def _command(self) -> str:
        file, s = scalar(veiled(self.suggestion.file)), self.suggestion
        said = f"evalkit collect {file} --mapping {scalar(self.name)}"
        if s.needs_wave:
            said += f" --wave {s.known_waves[0]}"
        if s.key("taken_column") or s.has_waves:
            return said  # Each moment has its own day, in the file itself.
        return f"{said} --taken-on {self._no_day}"

    def _day(self, indent: str) -> Iterator[str]:
        """A line for the day of a part, where no column has it."""
        if self.suggestion.key("taken_column"):
            return
        said = self.t("Fill in the day it was taken, and take away the first #.")
        yield f"{indent}# taken_on: {self._no_day}  # {said}"

    @property
    def _no_day(self) -> str:
        return self.t("YYYY-MM-DD")

    def _days(self) -> Iterator[str]:
        """The days of the moments that a column tells apart, where no column has the day."""
        s = self.suggestion
        if not s.key("wave_column") or s.key("taken_column"):
            return
        said = self.t("Fill in the day of each moment, and take away the first #.")
        yield f"# days:  # {said}"
        for wave in s.known_waves:
            yield f"#   {wave}: {self._no_day}"

    def _long(self) -> Iterator[str]:
        s = self.suggestion
        for key in KEYS:
            column = s.key(key)
            if column is None or (key in KEYS[1:3] and not self._has_measures()):
                continue
            proposal = next(p for p in s.proposals if p.column == column)
            yield f"{key}: {scalar(column)}{self._why(proposal)}"
            if key == "wave_column":
                yield from self._meanings("waves", s.waves)
                yield from self._days()
            if key == "measure_column":
                yield from self._meanings("measures", s.measures)

    def _has_measures(self) -> bool:
        return bool(self.suggestion.key("measure_column") and self.suggestion.key("value_column"))

    def _meanings(self, name: str, pairs: Mapping[str, str]) -> Iterator[str]:
        if not pairs:
            return
        yield f"{name}:"
        for value, meant in pairs.items():
            remark = "" if meant else "  # " + self.t("not asked: left out")
            yield f"  {scalar(value)}: {scalar(meant)}{remark}"

    def _shared(self) -> list[Proposal]:
        return [
            p for p in self.suggestion.proposals
            if p.is_likely and p.target and not p.target.is_key and p.target.wave is None
        ]  # fmt: skip

    def _section(self, name: str, proposals: list[Proposal], indent: str) -> Iterator[str]:
        if not proposals:
            return
        certain = any(p.is_certain for p in proposals)
        yield f"{indent}{name}:" if certain else f"{indent}# {name}:"
        for p in sorted(proposals, key=lambda p: not p.is_certain):
            mark = "" if p.is_certain else "# "
            target = p.target.name if p.target else ""
            yield f"{indent}  {mark}{target}: {scalar(p.column)}{self._why(p)}"

    def _why(self, p: Proposal) -> str:
        reasons = "; ".join(text.to(self.lang) for text in p.why)
        check = "" if p.is_certain else self.t(" Right? Then take away the first #.")
        return f"  # {p.confidence:.2f}: {reasons}.{check}"

    def _values(self, proposals: list[Proposal], indent: str) -> Iterator[str]:
        told = [p for p in proposals if p.values or p.open]
        if not told:
            return
        active = [p for p in told if p.is_certain and p.values]
        yield f"{indent}values:" if active else f"{indent}# values:"
        for p in sorted(told, key=lambda p: p not in active):
            target = p.target.name if p.target else ""
            mark = "" if p in active else "# "
            yield f"{indent}  {mark}{target}:"
            for value, meant in p.values.items():
                remark = "" if meant else "  # " + self.t("no value")
                yield f"{indent}    {mark}{scalar(value)}: {scalar(meant)}{remark}"
            said = self.t("Say what it means: {known}.").format(known=self._known(target))
            for value in p.open:
                yield f'{indent}    # {scalar(value)}: ""  # {said}'

    def _known(self, target: str) -> str:
        options = self.suggestion.options.get(target, ())
        return ", ".join(value for value, _ in options[:20]) or "…"

    def _parts(self) -> Iterator[str]:
        by_wave: dict[str, list[Proposal]] = {}
        for p in self.suggestion.proposals:
            if p.is_likely and p.target and p.target.wave:
                by_wave.setdefault(p.target.wave, []).append(p)
        certain = [w for w, ps in by_wave.items() if any(p.is_certain for p in ps)]
        if not by_wave:
            return
        yield "parts:" if certain else "# parts:"
        for wave in sorted(by_wave, key=self.suggestion.known_waves.index):
            mark = "" if wave in certain else "# "
            lines = [
                f"  - wave: {wave}",
                *self._day("    "),
                *self._section("columns", by_wave[wave], "    "),
                *self._values(by_wave[wave], "    "),
            ]
            yield from (f"{mark}{line}" for line in lines)

    def _unread(self) -> Iterator[str]:
        """Columns that the mapping does not read, and why."""
        left = [p for p in self.suggestion.proposals if not p.is_likely]
        if not left:
            return
        yield ""
        yield "# " + self.t("Not read:")
        for p in left:
            if p.personal:
                said = " ".join(text.to(self.lang) for text in p.why)
                more = self.t("Delete it from the file before you deliver it.")
                yield f"#   {scalar(veiled(p.column))}: {said} {more}"
            else:
                yield f"#   {scalar(veiled(p.column))}{self._perhaps(p)}"

    def _perhaps(self, p: Proposal) -> str:
        first = p.target or (p.others[0][0] if p.others else None)
        if first is None:
            return ""
        return ": " + self.t("perhaps {target}?").format(target=_shown(first))


def _shown(target: Target) -> str:
    return f"{target.name} ({target.wave})" if target.wave else target.name
