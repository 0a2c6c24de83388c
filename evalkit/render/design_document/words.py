"""A design and the words it is told in."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from evalkit.language import translator
from evalkit.model.design import Design, PlannedWave
from evalkit.model.project import Project
from evalkit.model.text import Text
from evalkit.render.blocks import literal
from evalkit.render.wording import dated, day, number

_KEYS = re.compile(rf" \((?:{'|'.join(map(re.escape, Project.model_fields))})(?:, [a-z_]+)*\)")


class Words:
    """A design with its language; what every part of the document asks."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.lang = design.language
        self.t = translator(design.language)
        self._labels = {m.id: m.label.to(self.lang) for m in design.measures}

    def said(self, text: Text) -> str:
        """A text in the language, as it is: its signs are no markup."""
        return literal(text.to(self.lang))

    def plainly(self, text: Text) -> str:
        """The same without the keys of the project file in brackets: ``(theory)``."""
        return _KEYS.sub("", self.said(text))

    def measure(self, id: str) -> str:
        """The name of a measure; its id where the design does not take it."""
        return self._labels.get(id, id)

    def measures(self, ids: Iterable[str]) -> str:
        """The names of measures, one after the other."""
        return ", ".join(self.measure(id) for id in ids)

    def asked(self, wave: PlannedWave) -> tuple[str, ...]:
        """Measures someone is asked for in a wave: not those computed or covered by others."""
        entries = self.design.entries(wave.id)
        asked = (e.measure for e in entries if not (e.computed or e.covered_by))
        return tuple(dict.fromkeys(asked))

    def day(self, value: dt.date) -> str:
        """A day in words."""
        return day(value, self.lang)

    def dated(self, text: Text) -> str:
        """A sentence of the design, with the days in it as the rest of the document has them."""
        return dated(text.to(self.lang), self.lang)

    def days(self, first: dt.date, last: dt.date) -> str:
        """A window of days; a year or month that is the same stands once."""
        start, end = self.day(first), self.day(last)
        if first == last:
            return end
        if first.year == last.year:
            start = start.rpartition(" ")[0]
            if first.month == last.month:
                start = start.rpartition(" ")[0]
        return f"{start} – {end}"

    def window(self, wave: PlannedWave) -> str:
        """The days of a wave."""
        return self.days(wave.opens, wave.closes)

    def number(self, value: float | None, digits: int = 0) -> str | None:
        """A number with that many decimals; none stays none."""
        return None if value is None else number(value, self.lang, digits)

    def hours(self, value: float | None) -> str | None:
        """Hours: one decimal below ten, whole above."""
        return self.number(value, 1 if value is not None and 0 < value < 9.95 else 0)

    def euros(self, value: float | None) -> str | None:
        """An amount in whole euros."""
        if value is None:
            return None
        amount = f"{round(value):,}".replace(",", "." if self.lang == "nl" else ",")
        return f"€\N{NO-BREAK SPACE}{amount}" if self.lang == "nl" else f"€{amount}"

    def some(self, names: Iterable[str], most: int) -> str:
        """The first ``most`` names and how many more there are."""
        known = list(names)
        if len(known) <= most + 1:
            return ", ".join(known)
        rest = self.t("and {n} more").format(n=len(known) - most)
        return ", ".join(known[:most]) + " " + rest
