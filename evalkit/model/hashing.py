"""Content hashes: the same content always has the same hash."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def content_hash(content: Any) -> str:
    """SHA-256 of the canonical JSON (sorted keys, no blanks, UTF-8) of plain data."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


UNHASHED = ("findings", "hash")
"""What of a design its hash is not taken of."""


def stored_hash(content: dict[str, Any]) -> str:
    """SHA-256 of a design as it was written: all its content but the remarks and the hash itself.

    It takes the plain data of the file and not the model read from it, so that what an earlier
    evalkit wrote keeps its hash.
    """
    return content_hash({k: v for k, v in content.items() if k not in UNHASHED})


def short(hash: str) -> str:
    """The first twelve characters, for people."""
    return hash[:12]
