"""What every part of the report needs: the synthesis, the language, names and drawn figures."""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from evalkit.language import Translate, translator
from evalkit.model.design import Design
from evalkit.model.effect import ALL, EffectSize, PooledEstimate
from evalkit.model.measure import Measure
from evalkit.model.programme import SensitivityRow
from evalkit.model.project_type import ProjectType
from evalkit.model.rows import picked, values
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang
from evalkit.model.vocabulary import WaveKind
from evalkit.render.blocks import Figure, literal
from evalkit.render.picture import Picture
from evalkit.render.pools import differences
from evalkit.render.wording import interval, number

MOST_PROJECTS = 40
"""Projects above which tables and cards of single projects become counts."""

MOST_FIGURED = 20
"""Measures and moments above which their figures are left to the folder beside the report."""

MOST_ROWS = 150
"""Rows of the effect table above which the same holds."""

PoolKey = tuple[str, str, str, str]

_Z = 1.959963984540054  # 97.5% quantile of the standard normal


@dataclass(frozen=True)
class Context:
    """One report in the making; ``day`` is the day on which what was asked is due or not."""

    found: Synthesis
    figures: Sequence[Picture]
    lang: Lang
    day: dt.date

    @property
    def t(self) -> Translate:
        """Into the language of the report."""
        return translator(self.lang)

    @cached_property
    def measures(self) -> dict[str, Measure]:
        """All measures, by id."""
        return self.found.measures

    @cached_property
    def designs(self) -> dict[str, Design]:
        """The design of each project with data, by project."""
        return {design.project.id: design for design in self.found.designs}

    @cached_property
    def types(self) -> dict[str, ProjectType]:
        """The project types, by id."""
        return {design.type.id: design.type for design in self.found.designs}

    @cached_property
    def outcomes(self) -> dict[tuple[str, str], WaveKind]:
        """The measures and waves with results: in the order of the effect table, interim last."""
        columns = (values(self.found.effects, name) for name in ("measure", "wave", "wave_kind"))
        measures, waves, kinds = columns
        known = {(measures[at], waves[at]): kinds[at] for at in self._everyone}
        return dict(sorted(known.items(), key=lambda item: item[1] is WaveKind.interim))

    @cached_property
    def _everyone(self) -> Sequence[int]:
        """Where in the effect table the rows about everyone are."""
        subgroups = values(self.found.effects, "subgroup")
        return array("L", (at for at, name in enumerate(subgroups) if name == ALL))

    @cached_property
    def _final(self) -> Sequence[int]:
        """The same, of the contrasts after the projects ended."""
        kinds = values(self.found.effects, "wave_kind")
        return array("L", (at for at in self._everyone if kinds[at] is not WaveKind.interim))

    @cached_property
    def usable(self) -> set[str]:
        """The projects with a result that counts in a pooled estimate."""
        return {row.project for row in self.each("project", "pooled") if row.pooled}

    @property
    def contrasts(self) -> int:
        """How many rows of the effect table are about everyone."""
        return len(self._everyone)

    @property
    def finals(self) -> int:
        """How many of these are from after the projects ended."""
        return len(self._final)

    def each(self, *names: str, final: bool = False) -> Iterator[EffectSize]:
        """Rows of the effect table about everyone, with these fields alone.

        They are made one by one: all together there can be too many to hold.

        Args:
            names: the fields.
            final: only those from after the projects ended.
        """
        return picked(self.found.effects, names, self._final if final else self._everyone)

    def rows(self, measure: str, wave: str) -> list[EffectSize]:
        """The rows about everyone of one measure and wave."""
        return [row for row in self.found.outcomes[measure, wave] if row.subgroup == ALL]

    @cached_property
    def pools(self) -> list[PooledEstimate]:
        """The pooled estimates of every contrast, in the order of the effect table."""
        order = {key: place for place, key in enumerate(self.outcomes)}
        every = [pooled for pooled in self.found.pooled if pooled.selection == "all"]
        return sorted(every, key=lambda p: order.get((p.measure, p.wave), len(order)))

    @cached_property
    def sensitivity(self) -> dict[PoolKey, list[SensitivityRow]]:
        """The checks on each pool."""
        sets: dict[PoolKey, list[SensitivityRow]] = {}
        for row in self.found.programme.sensitivity:
            sets.setdefault(pool_key(row), []).append(row)
        return sets

    @cached_property
    def moments(self) -> dict[str, str]:
        """The name of each wave, as the first design that has it calls it."""
        names: dict[str, str] = {}
        for design in (*self.found.designs, *self.found.earlier):
            for wave in design.waves:
                names.setdefault(wave.id, wave.label.to(self.lang))
        return names

    @property
    def large(self) -> bool:
        """Whether there are too many projects to tell of each."""
        return len(self.designs) > MOST_PROJECTS

    @property
    def figured(self) -> bool:
        """Whether each measure has its figures in the report."""
        return len(self.outcomes) <= MOST_FIGURED

    def too_long(self, rows: int) -> bool:
        """Whether a table of single results would be too long to read."""
        return self.large or rows > MOST_ROWS

    def name(self, measure: str) -> str:
        """The name of a measure."""
        return self.measures[measure].label.to(self.lang)

    def name_at(self, row: EffectSize | PooledEstimate) -> str:
        """The name of a measure, with the moment where that is not the post-measurement."""
        other = getattr(row, "wave_kind", WaveKind.post)
        kind = self.outcomes.get((row.measure, row.wave), other)
        if kind is WaveKind.post:
            return self.name(row.measure)
        return f"{self.name(row.measure)} ({self.moments.get(row.wave, kind.label.to(self.lang))})"

    def name_of(self, pooled: PooledEstimate) -> str:
        """The same, with what tells a pool from others of its measure and wave."""
        apart = differences(self.found, pooled, self.lang)
        name = self.name_at(pooled)
        return f"{name} ({', '.join(apart)})" if apart else name

    def title(self, project: str) -> str:
        """The title of a project with data."""
        return self.designs[project].project.title

    def titles(self, projects: Iterable[str], most: int = 5) -> str:
        """The titles of a few projects in a row, safe as running text; of more, how many."""
        listed = list(projects)
        shown = [literal(self.title(project)) for project in listed[:most]]
        if len(listed) > most:
            shown.append(self.t("and {n} more").format(n=len(listed) - most))
        return "; ".join(shown)

    def numbers(self, estimate: float, low: float, high: float) -> str:
        """An estimate with its interval: ``+0.12 [−0.03, 0.27]``."""
        return f"{number(estimate, self.lang, sign=True)} {interval(low, high, self.lang)}"

    def p(self, value: float) -> str:
        """A p-value: ``p = 0.031``, ``p < 0.001``."""
        if value < 0.0005:
            return f"p < {number(0.001, self.lang, 3)}"
        return f"p = {number(value, self.lang, 3)}"

    def drawn(self, kind: str, measure: str = "", wave: str = "") -> Iterator[Figure]:
        """The figures of one kind, about one measure and wave."""
        for picture in self.figures:
            if (picture.kind, picture.measure, picture.wave) == (kind, measure, wave):
                parts = picture.parts()
                for place, part in enumerate(parts, start=1):
                    caption = picture.caption
                    if len(parts) > 1:
                        told = self.t("part {place} of {parts}")
                        caption = f"{caption} ({told.format(place=place, parts=len(parts))})"
                    yield Figure(part, caption, picture.alt)


def pool_key(row: PooledEstimate | SensitivityRow) -> PoolKey:
    """Measure, version, wave and family: what tells pools apart."""
    return row.measure, row.measure_version, row.wave, row.family


def bounds(row: EffectSize) -> tuple[float, float] | None:
    """The 95% interval of one result, if it has an estimate."""
    if row.yi is None or row.vi is None:
        return None
    half = _Z * float(row.vi**0.5)
    return row.yi - half, row.yi + half
