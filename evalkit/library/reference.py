"""The reference moederbestand, from the shipped ``content/reference`` folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from evalkit.errors import finding, refuse_errors
from evalkit.library.factors import factors
from evalkit.library.shipped import shipped
from evalkit.library.vocabularies import vocabularies
from evalkit.library.yaml_file import read_model
from evalkit.model.finding import Finding, Place
from evalkit.model.measure import SourceRef
from evalkit.model.reference import VARIABLES, Published, ReferenceBase, ReferenceReport

LISTED = ("aspects", "target_groups", "determinants", "indicators")
"""Variables that take their codes from the word lists."""

FACTORS = ("promoting_factors", "hindering_factors")
"""Variables that take their codes from the list of factors."""


@cache
def reference_base() -> ReferenceBase:
    """The shipped reference moederbestand, its reports by id.

    Raises:
        FindingsError: everything that is wrong in its files.
    """
    return read_reference(shipped("protocols", "content", "reference"))


def read_reference(folder: Path) -> ReferenceBase:
    """The reference moederbestand in a folder: ``published.yaml`` and ``reports/*.yaml``.

    Raises:
        EvalkitError: a file is missing or is not text.
        FindingsError: everything that is wrong in a file, or in all of them together.
    """
    paths = sorted((folder / "reports").glob("*.yaml"))
    reports = {path.name: read_model(path, ReferenceReport) for path in paths}
    published = read_model(folder / "published.yaml", Published)
    refuse_errors(_check(reports, published))
    return ReferenceBase(reports=tuple(reports.values()), published=published)


def _check(reports: dict[str, ReferenceReport], published: Published) -> Iterator[Finding]:
    """Ids that come twice, and codes and documents that no list knows."""
    words = vocabularies()
    documents = tuple(document.id for document in words.documents)
    known = {key: words.codes(key) for key in LISTED} | dict.fromkeys(FACTORS, factors().codes())
    ids = Counter(report.id for report in reports.values())
    ids.update(card.id for report in reports.values() for card in report.interventions)
    for file, report in reports.items():
        place = Place(file=file)
        for id in (report.id, *(card.id for card in report.interventions)):
            if ids[id] > 1:
                yield finding("file.duplicate_key", place, key=id)
        for ref in places(report):
            if ref.document not in documents:
                yield _unknown(place, "document", ref.document, documents)
        for card in report.interventions:
            for key, codes in known.items():
                for code in sorted(card.codes(key) - set(codes)):
                    yield _unknown(place, f"{card.id}.{key}", code, codes)
    place = Place(file="published.yaml")
    for number in published.counts:
        if number.variable not in VARIABLES:
            yield _unknown(place, "variable", number.variable, VARIABLES)
        for asked in number.codes:
            if number.variable in known and asked not in known[number.variable]:
                yield _unknown(place, number.variable, asked, known[number.variable])
    for selection in published.selections:
        for card_id in selection.cards:
            if card_id not in ids:
                yield _unknown(place, selection.id, card_id, tuple(ids))


def _unknown(place: Place, key: str, value: object, known: tuple[str, ...]) -> Finding:
    return finding("card.vocabulary", place, key=key, value=value, known=", ".join(known))


def places(report: ReferenceReport) -> Iterator[SourceRef]:
    """Every place in the sources that a report's file names."""
    yield report.source
    yield report.summarised
    if report.kind:
        yield report.kind.source
    for card in report.interventions:
        for variable in VARIABLES:
            for item in card.stated(variable):
                yield item.source
