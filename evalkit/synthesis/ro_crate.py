"""What a synthesis consists of and came from, as a Research Object Crate (RO-Crate 1.1)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from evalkit.model.design import Design

METADATA = "ro-crate-metadata.json"

_KINDS = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "pdf": "application/pdf",
    "html": "text/html",
    "svg": "image/svg+xml",
    "png": "image/png",
    "R": "text/x-r-source",
    "ipynb": "application/x-ipynb+json",
}


def ro_crate(
    files: Mapping[str, tuple[str, str, int]],
    designs: Iterable[Design],
    *,
    version: str,
    hash: str,
    day: str,
) -> bytes:
    """``ro-crate-metadata.json``: the files, the software, and the designs behind them.

    No data of schools or persons are in it; what came in is named by the hash of its design.

    Args:
        files: path to what it is for, its SHA-256 and its size in bytes.
        designs: designs that the tables were made from.
        version: version of evalkit.
        hash: hash of the tables.
        day: the day the tables are as of, ISO.
    """
    made_with = {"@id": "#evalkit"}
    designed = [_design(design) for design in designs]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": "evalkit synthesis",
        "description": "Effect sizes, pooled estimates and digital cards of a programme of "
        "school-innovation projects. Positive effects are better.",
        "datePublished": day,
        "identifier": hash,
        "license": {"@id": "#terms"},
        "hasPart": [{"@id": path} for path in files],
        "mentions": [{"@id": entity["@id"]} for entity in designed],
    }
    graph: list[dict[str, Any]] = [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "about": {"@id": "./"},
        },
        root,
        {
            "@id": "#evalkit",
            "@type": "SoftwareApplication",
            "name": "evalkit",
            "version": version,
            "softwareVersion": version,
        },
        {
            "@id": "#terms",
            "@type": "CreativeWork",
            "name": "Terms of the grant scheme",
            "description": "Who may use these tables is for the funder of the scheme to say.",
        },
        {
            "@id": "#synthesis",
            "@type": "CreateAction",
            "name": "evalkit synthesize",
            "instrument": made_with,
            "object": [{"@id": entity["@id"]} for entity in designed],
            "result": [{"@id": path} for path in files],
        },
        *(_file(path, *about) for path, about in files.items()),
        *designed,
    ]
    crate = {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}
    return (json.dumps(crate, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _file(path: str, about: str, sha256: str, size: int) -> dict[str, Any]:
    kind = _KINDS.get(path.rsplit(".", 1)[-1], "application/octet-stream")
    return {
        "@id": path,
        "@type": "File",
        "name": path.rsplit("/", 1)[-1],
        "description": about,
        "encodingFormat": kind,
        "contentSize": str(size),
        "sha256": sha256,
    }


def _design(design: Design) -> dict[str, Any]:
    plugins = ", ".join(f"{name} {version}" for name, version in design.plugins.items())
    return {
        "@id": f"#design-{design.hash}",
        "@type": "CreativeWork",
        "name": f"Evaluation design of {design.project.id}",
        "identifier": design.hash,
        "version": f"{design.protocol} {design.protocol_version}",
        "description": f"Project type {design.type.id} {design.type.version}; {plugins}".rstrip(
            "; "
        ),
    }
