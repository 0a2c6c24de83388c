"""A Dutch evaluation design with one block of every kind, and ways to look into a document."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from evalkit.render.blocks import (
    Block,
    Bullets,
    Callout,
    Column,
    Document,
    Figure,
    Heading,
    KeyValues,
    Labels,
    PageBreak,
    Paragraph,
    Question,
    Questions,
    Stat,
    Stats,
    Table,
    inline,
)
from evalkit.render.drawing import Drawing, Shape
from evalkit.render.figures import (
    ForestLabels,
    ForestPooled,
    ForestRow,
    Milestone,
    TimelineEntry,
)

LABELS = Labels(
    contents="Inhoud",
    page="Pagina",
    of="van",
    figure="Figuur",
    table="Tabel",
    skip="Naar de inhoud",
    about="Over dit document",
)
IDENTITY = (("Protocol", "Basisset, versie 1.2"), ("Ontwerpcode", "sha256:" + "3f9a1c7e" * 8))
SQUARE = Drawing(
    100, 40, (Shape(((10.0, 10.0), (90.0, 10.0), (90.0, 30.0), (10.0, 30.0)), "#0b5a63"),)
)

ENTRIES = (
    TimelineEntry("Metingen", "Nulmeting", date(2025, 9, 1), date(2025, 9, 26)),
    TimelineEntry("Metingen", "Tussenmeting", date(2026, 1, 12), date(2026, 2, 6)),
    TimelineEntry("Metingen", "Nameting", date(2026, 6, 1), date(2026, 7, 3)),
    TimelineEntry("PDCA-cycli", "Cyclus 1", date(2025, 10, 6), date(2025, 12, 12)),
    TimelineEntry("PDCA-cycli", "Cyclus 2", date(2025, 12, 1), date(2026, 4, 3)),
    TimelineEntry("Verantwoording", "Eindrapport", date(2026, 9, 1), date(2026, 9, 30)),
)
MILESTONES = (
    Milestone("Start project", date(2025, 10, 1)),
    Milestone("Einde project", date(2026, 7, 31)),
)
ROWS = (
    ForestRow("Openbaar", 0.12, -0.09, 0.33, 0.312, "trede 4 · n = 428"),
    ForestRow("Protestants-christelijk", 0.31, 0.10, 0.52, 0.305, "trede 4 · n = 611"),
    ForestRow("Rooms-katholiek", 0.18, 0.04, 0.32, 0.383, "trede 4 · n = 1.034"),
    ForestRow("Overig bijzonder", note="trede 3", excluded="niet gepoold: geen vergelijkingsgroep"),
)
POOLED = ForestPooled("Gepoold (REML)", 0.20, -0.02, 0.42, 3, 0.0042, 0.31, -0.75, 1.12)
FOREST_LABELS = ForestLabels(
    study="Project",
    estimate="Hedges’ g [95%-BI]",
    weight="Gewicht",
    axis="Verschil in rekenprestatie (Hedges’ g)",
    favours_left="gunstig voor vergelijkingsgroep",
    favours_right="gunstig voor interventie",
    prediction="Predictie-interval",
)


QUESTIONS = Questions(
    (Question("Is er een nulmeting?", "Ja, in *september*."), Question("Hoe representatief?")),
    answered="Beantwoord",
    open="Aan de school",
)
SUMMARY = (
    Heading(1, "Op één pagina"),
    Heading(2, "Wat doen we?"),
    Bullets(("Meten.", "Bijstellen.")),
)


def schedule(rows: int) -> Table:
    """A schedule as long as asked."""
    columns = (
        Column("Maat", width=1.9),
        Column("Omschrijving", width=1.8),
        Column("Meetmoment"),
        Column("Respondent"),
        Column("Periode", width=1.5),
        Column("Minuten", "right", 0.7),
    )
    cells = (
        "core.pupils_per_fte_{}",
        "Leerlingen per fte leraar",
        "Nulmeting",
        "schooladministratie",
        "1 t/m 26 september 2025",
    )
    body = tuple(
        (*(cell.format(n) for cell in cells), str(n) if n % 5 else None) for n in range(rows)
    )
    return Table(columns, body, "Meetschema", "Een streepje: **niemand** is er tijd aan kwijt.")


def document(*blocks: Block, title: str = "Evaluatieontwerp", **changes: Any) -> Document:
    """A small document around the blocks."""
    values: dict[str, Any] = {
        "title": title,
        "subtitle": "Kwantitatieve variant",
        "language": "nl",
        "author": "Stichting Voorbeeld",
        "identity": IDENTITY,
        "labels": LABELS,
        "blocks": blocks,
    }
    return Document(**(values | changes))


def every_block(picture: Drawing = SQUARE, rows: int = 4) -> Document:
    """A document with one block of every kind."""
    return document(
        Heading(1, "Samenvatting"),
        Paragraph("Wat er **gemeten** wordt, *wanneer*, en `hoe`: τ² ≥ 0, 5 % & <script>."),
        Stats((Stat("3", "scholen"), Stat("95 min", "belasting per leraar"))),
        Callout("warning", "Let op", "De nulmeting valt **vóór** de start."),
        Heading(2, "Wat de school doet"),
        Bullets(("Meten bij leraren.", "Elk jaar *drie* cycli."), ordered=True),
        Bullets(("Overzicht", "Kaart")),
        KeyValues((("Opzet", "quasi-experiment"), ("Trede", None))),
        PageBreak(),
        Heading(1, "Planning"),
        Heading(2, "Tijdlijn"),
        Figure(picture, "Tijdlijn van de metingen", "Drie balken", width=0.8),
        Heading(3, "Schema"),
        schedule(rows),
        Callout("success", "Voldoet", "Alle maten staan erin."),
        Callout("info", "Uitleg", "Zie het protocol."),
        QUESTIONS,
        footer="SlimFit · ontwerp 3f9a1c7e",
        summary=SUMMARY,
    )


def visible_texts(value: Any) -> Iterator[str]:
    """What a reader must find of a document, its markup resolved."""
    marked = {Paragraph: "text", Callout: "text", Table: "note", Bullets: "items"}
    silent = {"language", "kind", "align", "picture", "alt", "labels", "keywords", "metadata"}
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from visible_texts(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            content = getattr(value, field.name)
            if field.name == marked.get(type(value)):
                items = content if isinstance(content, tuple) else (content,)
                yield from ("".join(span.text for span in inline(item)) for item in items)
            elif field.name not in silent:
                yield from visible_texts(content)


def squeezed(text: str) -> str:
    """The text without white space, for what is broken over lines."""
    return "".join(text.split())
