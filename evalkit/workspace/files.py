"""Write the files of a use case: each whole, or not there."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from evalkit.model.text import Text

ABOUT: dict[str, Text] = {
    "protocol.pdf": Text(
        nl="wat de regeling vraagt, als bijlage bij een oproep",
        en="what the scheme asks, as an annex of a call",
    ),
    "protocol.html": Text(
        nl="dezelfde bijlage voor de browser", en="the same annex for the browser"
    ),
    "design.pdf": Text(
        nl="het evaluatieontwerp, om te lezen en te bespreken",
        en="the evaluation design, to read and discuss",
    ),
    "design.html": Text(
        nl="hetzelfde ontwerp voor de browser", en="the same design for the browser"
    ),
    "design.json": Text(nl="hetzelfde ontwerp voor computers", en="the same design for machines"),
    "workbook.xlsx": Text(
        nl="het werkboek dat de school invult", en="the workbook the school fills in"
    ),
    "findings.html": Text(
        nl="de opmerkingen, om aan de school te mailen", en="the findings, to mail to the school"
    ),
    "marked.xlsx": Text(
        nl="een kopie van het bestand met de opmerkingen erin",
        en="a copy of the file with the findings in it",
    ),
    "submission.json": Text(
        nl="de aanlevering: wie, wanneer, onder welk ontwerp, en wat ermee gebeurde",
        en="the submission: who, when, under which design, and what became of it",
    ),
    "rows": Text(nl="de rijen, met pseudoniemen", en="the rows, with pseudonyms"),
    "submission.schema.json": Text(
        nl="wat een systeem mag aanleveren, als JSON Schema",
        en="what a system may deliver, as a JSON Schema",
    ),
    "schedule.csv": Text(
        nl="wat wanneer van wie gemeten wordt, als tabel",
        en="what is measured when and from whom, as a table",
    ),
    "calendar.ics": Text(
        nl="alle data, om in de agenda te zetten", en="all days, to import in an agenda"
    ),
    "xlsform": Text(nl="formulier voor KoboToolbox en ODK", en="form for KoboToolbox and ODK"),
    "redcap": Text(nl="gegevenswoordenboek voor REDCap", en="data dictionary for REDCap"),
    "effects.csv": Text(
        nl="één rij per effect: klaar voor metafor of pandas",
        en="one row per effect: ready for metafor or pandas",
    ),
    "pooled.csv": Text(
        nl="de gezamenlijke schatting per maat", en="the pooled estimate per measure"
    ),
    "process.csv": Text(
        nl="procesmaten per project en groep", en="process measures per project and arm"
    ),
    "moederbestand.csv": Text(
        nl="alle digitale kaarten in één tabel", en="all digital cards in one table"
    ),
    "moederbestand-long.csv": Text(
        nl="dezelfde kaarten, één rij per ingevulde waarde",
        en="the same cards, one row per value that is filled in",
    ),
    "factors.csv": Text(
        nl="wat per project bevorderde en belemmerde",
        en="what promoted and what hindered, per project",
    ),
    "factor-counts.csv": Text(
        nl="in hoeveel projecten, naar fase, niveau, trede en doelbereik",
        en="in how many projects, by phase, level, rung and goal reached",
    ),
    "goals.csv": Text(
        nl="hoe ver elk project met zijn eigen doelen was, per meting",
        en="how far each project was with its own goals, per wave",
    ),
    "goals-pooled.csv": Text(
        nl="eigen doelen over projecten samen, waarbij elk project één keer telt",
        en="own goals over projects, each project counting once",
    ),
    "lasting.csv": Text(
        nl="voorwaarden en tekenen van duurzame invoering, per meting",
        en="conditions and signs of lasting introduction, per wave",
    ),
    "registered.csv": Text(
        nl="per maat: wat was vastgelegd en wat is gemeten",
        en="per measure: what was registered and what was reported",
    ),
    "sensitivity.csv": Text(
        nl="dezelfde schattingen op andere manieren, en zonder elk project",
        en="the same estimates made in other ways, and without each project",
    ),
    "multilevel.csv": Text(
        nl="per domein: alle uitkomsten samen, in projecten",
        en="per domain: all outcomes together, in projects",
    ),
    "moderators.csv": Text(
        nl="wat verschillen tussen projecten verklaart",
        en="what explains differences between projects",
    ),
    "not_pooled.csv": Text(
        nl="wat niet is samengenomen, waarom, en wat eraan te doen is",
        en="what was not pooled, why, and what could be done",
    ),
    "wwc-samples.csv": Text(
        nl="per vergelijking: hoe de groepen ontstonden en wat ervan overbleef (WWC)",
        en="per contrast: how groups were formed, and what is left of them (WWC)",
    ),
    "wwc-baseline.csv": Text(
        nl="per vergelijking: of de groepen bij de start gelijk waren (WWC)",
        en="per contrast: whether the groups were equivalent at the start (WWC)",
    ),
    "wwc-outcomes.csv": Text(
        nl="per uitkomst: hoe, wanneer en hoe betrouwbaar gemeten (WWC)",
        en="per outcome: how, when and how reliably it was measured (WWC)",
    ),
    "wwc-findings.csv": Text(
        nl="per vergelijking: gemiddelden, effect en toets (WWC)",
        en="per contrast: means, effect and test (WWC)",
    ),
    "units.csv": Text(
        nl="de waarden per persoon, onder pseudoniemen van alleen deze export",
        en="the values per person, under pseudonyms of this export alone",
    ),
    "codebook.csv": Text(
        nl="wat elke kolom van die tabellen betekent", en="what each column of those tables means"
    ),
    "datapackage.json": Text(
        nl="de tabellen beschreven voor software (Data Package)",
        en="the tables described for software (Data Package)",
    ),
    "parquet": Text(nl="dezelfde tabellen als Parquet", en="the same tables as Parquet"),
    "synthesis.xlsx": Text(nl="alle tabellen in één werkboek", en="all tables in one workbook"),
    "analysis.ipynb": Text(
        nl="dezelfde analyse in Python, uit de formules en zonder evalkit",
        en="the same analysis in Python, from the formulas and without evalkit",
    ),
    "ro-crate-metadata.json": Text(
        nl="waaruit deze map bestaat en waar het vandaan komt (RO-Crate)",
        en="what this folder consists of and came from (RO-Crate)",
    ),
    "analysis.R": Text(
        nl="dezelfde analyse in R, met metafor", en="the same analysis in R, with metafor"
    ),
    "report.pdf": Text(nl="het rapport, om te lezen", en="the report, to read"),
    "report.html": Text(nl="hetzelfde rapport voor de browser", en="the report for the browser"),
    "figures": Text(nl="figuren, als SVG, PDF en PNG", en="figures, as SVG, PDF and PNG"),
}

FIGURES: dict[str, Text] = {
    "flow": Text(
        nl="figuur: van toegekende projecten naar bruikbare",
        en="figure: from awarded projects to usable ones",
    ),
    "forest": Text(nl="figuur: effecten per project", en="figure: effects per project"),
    "funnel": Text(nl="figuur: trechter van de effecten", en="figure: funnel of the effects"),
    "cumulative": Text(
        nl="figuur: de schatting zoals die groeide per jaar",
        en="figure: the estimate as it grew by year",
    ),
    "influence": Text(
        nl="figuur: de schatting zonder elk project", en="figure: the estimate without each project"
    ),
    "change": Text(
        nl="figuur: van nulmeting naar later, per school",
        en="figure: from baseline to later, per school",
    ),
    "evidence-map": Text(
        nl="figuur: kaart van wat er gemeten is", en="figure: map of what was measured"
    ),
    "factors": Text(
        nl="figuur: wat bevorderde en wat belemmerde",
        en="figure: what promoted and what hindered",
    ),
}
"""What a figure is, by how the name of its file starts."""


class Written(NamedTuple):
    """A file that was written, and what it is for."""

    path: Path
    about: Text


def about(name: str) -> Text:
    """What a file is for, by its name within the folder; of a figure, by how its name starts."""
    folder, _, file = name.rpartition("/")
    if folder == "figures":
        return next(
            (text for kind, text in FIGURES.items() if file.startswith(kind)), ABOUT[folder]
        )
    return ABOUT[name if name in ABOUT else name.split("/")[0]]


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name first, so that it is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def hand_over(source: Path, path: Path) -> None:
    """Give a file that nobody writes any more a second name, or copy it to another disk.

    Under a temporary name first, so that it is there whole or not at all.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


Content = bytes | Path
"""What comes into a file: these bytes, or what was written elsewhere and nobody writes any more."""


def measured(content: Content) -> tuple[str, int]:
    """SHA-256 and size in bytes."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest(), len(content)
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), content.stat().st_size


def write_all(out: Path, files: Mapping[str, Content]) -> tuple[Written, ...]:
    """Write the files into ``out``, each under a temporary name first."""
    written = []
    for name, content in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            write_whole(path, content)
        else:
            hand_over(content, path)
        written.append(Written(path, about(name)))
    return tuple(written)
