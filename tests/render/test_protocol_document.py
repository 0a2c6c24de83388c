"""What an applicant finds in the annex of a grant call."""

from __future__ import annotations

from io import BytesIO

import pytest
from lxml import html as lxml_html
from pypdf import PdfReader

from evalkit.design.burden import typical_burden
from evalkit.library.protocols import Offer, resolve_protocol, shipped_protocols
from evalkit.model.protocol import BurdenRules, ResolvedProtocol
from evalkit.model.text import Lang
from evalkit.model.vocabulary import Respondent, Variant
from evalkit.plugin.registry import Registry, load_plugins
from evalkit.render.blocks import Document, Table
from evalkit.render.html import to_html
from evalkit.render.pdf import to_pdf
from evalkit.render.protocol_document import protocol_document

from .sample import squeezed, visible_texts

SHIPPED = sorted(shipped_protocols())


@pytest.fixture(scope="module")
def plugins() -> Registry:
    return load_plugins()


def resolved(id: str, plugins: Registry) -> ResolvedProtocol:
    files = shipped_protocols()
    offer = Offer(plugins.measures, tuple(plugins.types))
    protocol, _ = resolve_protocol(files[id], files, offer)
    assert protocol is not None
    return protocol


def annex(protocol: ResolvedProtocol, plugins: Registry, lang: Lang) -> Document:
    types = {type.id: type.label for type in plugins.types.values()}
    return protocol_document(protocol, typical_burden(protocol), types, lang)


def shown(document: Document) -> str:
    return " ".join(visible_texts((*document.summary, *document.blocks))).lower()


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("id", SHIPPED)
def test_every_measure_that_is_asked_is_there_with_its_reason(
    id: str, lang: Lang, plugins: Registry
) -> None:
    protocol = resolved(id, plugins)
    text = shown(annex(protocol, plugins, lang))
    measures = {m.id: m for m in protocol.measures}
    for requirement in protocol.requires:
        measure = measures[requirement.measure]
        asked = protocol.variant is None or protocol.variant in requirement.variants
        assert requirement.why, requirement.measure  # Of every shipped scheme.
        assert (measure.description.to(lang).lower() in text) is asked
        assert not asked or requirement.why.to(lang).lower() in text
    for deadline in protocol.deadlines:
        assert deadline.label.to(lang).lower() in text
    assert protocol.core_hash in text
    assert " → ".join(protocol.lineage) in text


@pytest.mark.parametrize("id", ["iio", "datateams"])
def test_pdf_and_html_say_the_same_and_stay_the_same(id: str, plugins: Registry) -> None:
    protocol = resolved(id, plugins)
    first, again = (annex(protocol, plugins, "en") for _ in range(2))
    pdf, html = to_pdf(first), to_html(first)
    assert (pdf, html) == (to_pdf(again), to_html(again))
    pages = squeezed("".join(p.extract_text() for p in PdfReader(BytesIO(pdf)).pages))
    page = squeezed(lxml_html.fromstring(html).text_content())
    for text in visible_texts((*first.summary, *first.blocks)):
        assert squeezed(text) in page
        if len(text) < 60:  # Longer cells may be broken by the head of a next page.
            assert squeezed(text) in pages.replace("\xad", "")


def test_what_each_variant_measures_stands_apart(plugins: Registry) -> None:
    protocol = resolved("datateams", plugins)
    tables = [b for b in annex(protocol, plugins, "en").blocks if isinstance(b, Table)]
    rows = {table.caption: [row[0] for row in table.rows] for table in tables}
    assert rows["What small projects measure besides"] == [
        "Looking back: what changed",
        "Looking back: what went differently",
        "Looking back: what next",
    ]
    assert "Pupil satisfaction" in rows["What large projects measure besides"]
    assert "Collaboration between teachers" in rows["What every project measures"]
    fixed = protocol.model_copy(update={"variant": Variant.small})
    captions = [b.caption for b in annex(fixed, plugins, "en").blocks if isinstance(b, Table)]
    assert "What large projects measure besides" not in captions


def test_costs_stand_with_the_assumption_behind_them(plugins: Registry) -> None:
    protocol = resolved("iio", plugins)
    bare = protocol.model_copy(update={"burden": BurdenRules()})
    assert "rates the scheme assumes" not in shown(annex(bare, plugins, "en"))
    rules = BurdenRules(max_hours=12, hourly_rate={Respondent.teacher: 60})
    text = shown(annex(protocol.model_copy(update={"burden": rules}), plugins, "en"))
    assert "12 hours per school and school year" in text
    assert "at rates the scheme assumes: teachers €60 an hour" in text


def test_other_demands_give_another_hash(plugins: Registry) -> None:
    protocol = resolved("lof", plugins)
    other = protocol.model_copy(update={"comparison_required": True})
    hashes = {dict(annex(p, plugins, "nl").identity)["Hash"] for p in (protocol, other)}
    assert len(hashes) == 2
