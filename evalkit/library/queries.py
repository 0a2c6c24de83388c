"""Named queries: those that ship with evalkit, and those that a workspace saved."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

from evalkit.errors import finding, refuse_errors
from evalkit.library.shipped import shipped
from evalkit.library.yaml_file import read_model
from evalkit.model.finding import Place
from evalkit.model.query import Queries, Query


@cache
def shipped_queries() -> tuple[Query, ...]:
    """The queries that ship with evalkit."""
    return read_queries(shipped("protocols", "content", "queries.yaml"))


def read_queries(path: Path) -> tuple[Query, ...]:
    """The queries in a file.

    Raises:
        EvalkitError: the file is missing or is not text.
        FindingsError: everything that is wrong in it.
    """
    found = read_model(path, Queries).queries
    place, ids = Place(file=path.name), Counter(query.id for query in found)
    refuse_errors(finding("file.duplicate_key", place, key=id) for id, n in ids.items() if n > 1)
    return found


def query_file(queries: tuple[Query, ...]) -> bytes:
    """The text of a file with these queries."""
    import yaml

    plain = Queries(queries=queries).model_dump(mode="json", exclude_none=True)
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False).encode("utf-8")
