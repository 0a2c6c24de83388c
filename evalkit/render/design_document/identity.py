"""The identity of a design, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator

from evalkit import __version__
from evalkit.model.registration import Registration
from evalkit.render.blocks import Block, Heading, KeyValues, Paragraph
from evalkit.render.design_document.words import Words


def registered(words: Words, registration: Registration | None) -> str:
    """As which version the design is frozen and since when."""
    if registration is None:
        return words.t("not registered yet")
    return words.t("version {version}, on {day}").format(
        version=registration.version, day=words.day(registration.date)
    )


def identity(words: Words, registration: Registration | None) -> Iterator[Block]:
    """Hash, registration and versions, in full."""
    design, t = words.design, words.t
    yield Heading(1, t("Identity of this design"))
    yield Paragraph(
        t(
            "Every delivery names the hash of the design it was collected under; so a later change of plan never changes what was collected before."
        )
    )
    yield KeyValues(
        (
            (t("Design"), design.hash),
            (t("Registered"), registered(words, registration)),
            *_why(words, registration),
            (t("Project"), design.project.id),
            (t("Protocol"), f"{design.protocol} {design.protocol_version}"),
            (t("Builds on"), " → ".join(design.lineage)),
            (t("Locked core"), design.core_hash),
            (t("Project type"), f"{design.type.id} {design.type.version}"),
            (t("Plugins"), ", ".join(f"{k} {v}" for k, v in design.plugins.items()) or None),
            (t("Made with"), f"evalkit {__version__}"),
        )
    )
    yield Paragraph(
        t(
            "Machines find the same in `design.json`, in the HTML page as JSON-LD, and in the keywords of the PDF."
        )
    )


def _why(words: Words, registration: Registration | None) -> Iterator[tuple[str, str]]:
    """Why it was changed, and who registered it, where that was said."""
    if registration and registration.reason:
        yield words.t("Why it was changed"), registration.reason
    if registration and registration.registered_by:
        yield words.t("Registered by"), registration.registered_by


def json_ld(words: Words) -> str:
    """The identity as JSON-LD in the terms of schema.org."""
    design = words.design
    software = {"@type": "SoftwareApplication"}
    plugins = [
        {**software, "name": name, "softwareVersion": version}
        for name, version in design.plugins.items()
    ]
    content = {
        "@context": "https://schema.org",
        "@type": "DigitalDocument",
        "identifier": f"sha256:{design.hash}",
        "name": design.project.title,
        "inLanguage": design.language,
        "temporalCoverage": f"{design.project.start}/{design.project.end}",
        "about": {"@type": "Project", "identifier": design.project.id},
        "isBasedOn": [*design.lineage, f"{design.type.id}@{design.type.version}"],
        "creator": [{**software, "name": "evalkit", "softwareVersion": __version__}, *plugins],
    }
    return json.dumps(content, ensure_ascii=False, indent=1)
