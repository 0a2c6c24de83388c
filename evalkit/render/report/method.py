"""Method, versions and hashes, and how to cite."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit import __version__
from evalkit.model.hashing import short
from evalkit.model.rows import values
from evalkit.render.blocks import Block, Bullets, Heading, KeyValues, Paragraph, literal
from evalkit.render.report.context import Context
from evalkit.render.report.question import schemes
from evalkit.render.wording import day


def the_method(context: Context) -> Iterator[Block]:
    """How numbers were made, from which versions, and how to name this report."""
    t = context.t
    yield Heading(1, t("Method and provenance"))
    yield Paragraph(
        t(
            "Effects are pooled by random effects: REML for the differences between projects, intervals by Knapp and Hartung (2003), prediction intervals with k − 2 degrees of freedom. Only contrasts of the same measure, version, moment and scale are taken together. analysis.R computes every pooled number again with metafor."
        )
    )
    formulas = dict.fromkeys(filter(None, values(context.found.effects, "formula")))
    if formulas:
        yield Paragraph(t("Formulas of the effects in this report, with their sources:"))
        yield Bullets(tuple(literal(formula) for formula in formulas))
    yield Heading(2, t("Versions and hashes"))
    yield KeyValues(tuple(_versions(context)))
    yield Heading(2, t("How to cite"))
    yield Paragraph(citation(context))


def _versions(context: Context) -> Iterator[tuple[str, str]]:
    t, found = context.t, context.found
    designs = found.designs
    yield "evalkit", __version__
    yield t("Made for the day"), day(context.day, context.lang)
    protocols = sorted({f"{d.protocol} {d.protocol_version}" for d in designs})
    yield t("Protocols"), "; ".join(protocols)
    types = sorted({f"{d.type.id} {d.type.version}" for d in designs})
    yield t("Types of project"), "; ".join(types)
    plugins = sorted({f"{name} {version}" for d in designs for name, version in d.plugins.items()})
    if plugins:
        yield t("Plugins"), "; ".join(plugins)
    yield t("Tables"), found.hash
    if context.large:
        text = t("{n} designs; their hashes are in ro-crate-metadata.json")
        yield t("Designs"), text.format(n=len(designs))
    else:
        for design in designs:
            yield design.project.id, t("design") + f" {design.hash}"


def citation(context: Context) -> str:
    """The reference to this report, in the manner of APA 7 for a work without an author."""
    t = context.t
    title = t("evalkit synthesis of {schemes}").format(schemes="; ".join(schemes(context)))
    text = t(
        "*{title}: results of {n} projects* ({year}). Synthesis report made with evalkit {version}; tables SHA-256 {hash}."
    )
    return text.format(
        title=literal(title),
        n=len(context.designs),
        year=context.day.year,
        version=__version__,
        hash=short(context.found.hash),
    )
