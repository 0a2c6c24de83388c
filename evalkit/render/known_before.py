"""What is known of a project type from before: published results, factors, yields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from evalkit.language import translator
from evalkit.library.vocabularies import vocabularies
from evalkit.model.measure import SourceRef
from evalkit.model.project_type import ProjectType, ReferenceResult
from evalkit.model.text import Lang
from evalkit.model.vocabulary import Side
from evalkit.render.blocks import Block, Bullets, Column, Heading, Table, literal
from evalkit.render.wording import number


class _Sources:
    """Numbers the source documents of a table, and names them in its note."""

    def __init__(self) -> None:
        self._used: list[str] = []

    def mark(self, source: SourceRef) -> str:
        """``[1] place, year``."""
        if source.document not in self._used:
            self._used.append(source.document)
        year = f", {source.year}" if source.year else ""
        return f"[{self._used.index(source.document) + 1}] {source.place}{year}"

    def note(self) -> str:
        """The documents by their numbers."""
        known = {document.id: document for document in vocabularies().documents}
        return " · ".join(
            literal(f"[{i}] {known[id].author}: {known[id].title}")
            for i, id in enumerate(self._used, start=1)
            if id in known
        )


def known_before(type: ProjectType, name: Callable[[str], str], lang: Lang) -> Iterator[Block]:
    """All that is known of a type, under one heading; nothing where nothing is.

    Args:
        type: the project type.
        name: the label of a measure by its id.
        lang: the language.
    """
    t = translator(lang)
    found = (named_factors(type, lang), yields(type, lang))
    if not type.reference_results and not any(found):
        return
    yield Heading(1, t("What was found before"))
    if type.reference_results:
        yield published_results(type.reference_results, name, lang)
    for title, block in zip((t("Factors"), t("Yields")), found, strict=True):
        if block:
            yield Heading(2, title)
            yield block


def published_results(
    results: Sequence[ReferenceResult], name: Callable[[str], str], lang: Lang
) -> Table:
    """A table of what was expected and found before, with conditions and sources.

    Args:
        results: the results.
        name: the label of a measure by its id.
        lang: the language.
    """
    t, sources = translator(lang), _Sources()
    rows = tuple(
        (
            name(r.measure),
            r.kind.label.to(lang),
            _figure(r, lang),
            r.result.to(lang) + (f" {r.condition.to(lang)}" if r.condition else ""),
            sources.mark(r.source),
        )
        for r in results
    )
    return Table(
        columns=(
            Column(t("Measure"), width=1.3),
            Column(t("What it says"), width=1.1),
            Column(t("Change"), "right", 0.9),
            Column(t("Result"), width=2.8),
            Column(t("Source"), width=1.6),
        ),
        rows=rows,
        caption=t("Expected and published results"),
        note=sources.note(),
    )


def _figure(result: ReferenceResult, lang: Lang) -> str | None:
    low, high = result.percent_low, result.percent_high
    if low is None:
        return None
    shown = number(low, lang, 0, sign=True)
    return f"{shown}%" if high is None else f"{shown} – {number(high, lang, 0, sign=True)}%"


def named_factors(type: ProjectType, lang: Lang) -> Table | None:
    """Success and failure factors that were named for the type, by rank."""
    if not type.factors:
        return None
    t, sources = translator(lang), _Sources()
    ranked = sorted(type.factors, key=lambda f: (f.side is Side.hindering, f.rank))
    rows = tuple(
        (f.side.label.to(lang), str(f.rank), f.text.to(lang), sources.mark(f.source))
        for f in ranked
    )
    return Table(
        columns=(
            Column(t("Side"), width=1.1),
            Column(t("Rank"), "right", 0.5),
            Column(t("What was named"), width=3),
            Column(t("Source"), width=1.4),
        ),
        rows=rows,
        caption=t("Success and failure factors"),
        note=sources.note(),
    )


def yields(type: ProjectType, lang: Lang) -> Block | None:
    """What the type yielded, per level."""
    if not type.yields:
        return None
    return Bullets(
        tuple(f"**{y.level.label.to(lang)}**: {literal(y.text.to(lang))}" for y in type.yields)
    )
