"""The parts of the document, and what stands around them."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit import __version__
from evalkit.model.design import Design
from evalkit.model.hashing import short
from evalkit.model.registration import Registration
from evalkit.render.blocks import Block, Document
from evalkit.render.design_document.burden import burden
from evalkit.render.design_document.comparison import comparison
from evalkit.render.design_document.identity import identity, json_ld, registered
from evalkit.render.design_document.ladder import ladder
from evalkit.render.design_document.measures import measures
from evalkit.render.design_document.power import power
from evalkit.render.design_document.practice import checklist, cycles, privacy
from evalkit.render.design_document.project import project, remarks
from evalkit.render.design_document.schedule import schedule
from evalkit.render.design_document.summary import summary
from evalkit.render.design_document.words import Words
from evalkit.render.known_before import known_before
from evalkit.render.wording import labels


def design_document(design: Design, registration: Registration | None = None) -> Document:
    """The document of a design, in the design's language.

    Args:
        design: the design.
        registration: under which it is frozen, if it is.
    """
    words = Words(design)
    t = words.t
    return Document(
        title=t("Evaluation design"),
        subtitle=design.project.title,
        language=design.language,
        author="evalkit",
        identity=_cover(words, registration),
        labels=labels(design.language),
        summary=tuple(summary(words)),
        blocks=tuple(_blocks(words, registration)),
        footer=f"{design.project.id} · " + t("design") + f" {short(design.hash)}",
        keywords=(
            "evalkit",
            f"design {design.hash}",
            f"protocol {design.protocol} {design.protocol_version}",
            f"project {design.project.id}",
        ),
        metadata=json_ld(words),
    )


def _blocks(words: Words, registration: Registration | None) -> Iterator[Block]:
    parts = (
        remarks,
        project,
        schedule,
        burden,
        comparison,
        power,
        ladder,
        checklist,
        cycles,
        privacy,
        measures,
    )
    for part in parts:
        yield from part(words)
    yield from known_before(words.design.type, words.measure, words.lang)
    yield from identity(words, registration)


def _cover(words: Words, registration: Registration | None) -> tuple[tuple[str, str], ...]:
    design, t = words.design, words.t
    brins = [school.brin for school in design.project.schools]
    schools = words.some(brins, 8)
    if len(brins) > 1:
        schools = t("{n} schools: {brins}").format(n=len(brins), brins=schools)
    return (
        (t("Project"), design.project.id),
        (t("Schools (BRIN)"), schools),
        (t("Project type"), design.type.label.to(words.lang)),
        (t("Scheme"), design.protocol_title.to(words.lang)),
        (t("Period"), words.days(design.project.start, design.project.end)),
        (t("Protocol"), f"{design.protocol} {design.protocol_version}"),
        (t("Design"), short(design.hash)),
        (t("Registered"), registered(words, registration)),
        (t("Made with"), f"evalkit {__version__}"),
    )
