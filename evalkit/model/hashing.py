"""Content hashes: the same content always has the same hash."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def content_hash(content: Any) -> str:
    """SHA-256 of the canonical JSON (sorted keys, no blanks, UTF-8) of plain data."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def short(hash: str) -> str:
    """The first twelve characters, for people."""
    return hash[:12]
