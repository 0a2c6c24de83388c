"""All digital cards together: select from them, name a selection, write them as tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from evalkit.errors import EvalkitError, FindingsError, finding
from evalkit.library.card_words import label, labels
from evalkit.library.nearest import nearest_first
from evalkit.library.queries import query_file, read_queries, shipped_queries
from evalkit.library.reference import reference_base
from evalkit.model.base import ID_PATTERN
from evalkit.model.card import Card
from evalkit.model.finding import Place
from evalkit.model.query import CardSource, Query
from evalkit.model.reference import Outcome
from evalkit.model.text import Lang, Text
from evalkit.synthesis.card_records import (
    CODED,
    SINGLE,
    VARIABLES,
    Record,
    project_record,
    reference_record,
)
from evalkit.synthesis.conditions import Condition, Variable, VariableKind, judge, read_condition
from evalkit.workspace.files import Written, write_all, write_whole
from evalkit.workspace.synthesis import card as project_card_of
from evalkit.workspace.workspace import Workspace

SYNONYMS = {"rung": "ladder_rung", "goal": "goal_reached", "id": "project"}
"""Other names of columns."""

COLUMNS = ("project", "source", *VARIABLES)
"""What a condition can name, and what can be shown."""

_WORDS = {"goal_reached": {"full": "fully"}}


class Found(NamedTuple):
    """What a condition gives: the cards that meet it, that cannot be told, and that do not."""

    where: str
    query: Query | None
    names: tuple[str, ...]
    """The columns that the condition names, in the order of the card."""
    outcomes: Mapping[Outcome, tuple[Record, ...]]

    def open(self, record: Record) -> tuple[str, ...]:
        """The columns it names that a card leaves unknown or open."""
        values = {name: record.values.get(name, ()) for name in self.names}
        return tuple(
            name
            for name, stated in values.items()
            if not stated or (name in SINGLE and len(stated) > 1)
        )


def workspace_cards(workspace: Workspace) -> Iterator[Card]:
    """The card of each project that has a design, and results or a card file of its own."""
    for project in workspace.store.projects():
        design = workspace.store.current_design(project.id)
        if design and (
            workspace.store.card(project.id)
            or workspace.store.submissions(project=project.id, accepted_only=True)
        ):
            yield project_card_of(workspace, project.id)


def records(workspace: Workspace | None, source: str = "all") -> tuple[Record, ...]:
    """The cards of the projects, of the meta-analysis, or both; without a workspace the latter."""
    found: list[Record] = []
    if workspace is not None and source != CardSource.reference:
        titles = {project.id: project.title for project in workspace.store.projects()}
        found += [project_record(c, titles[c.project]) for c in workspace_cards(workspace)]
    if source != CardSource.workspace:
        found += [reference_record(card) for card in reference_base().cards]
    return tuple(found)


def variables() -> tuple[Variable, ...]:
    """The columns that a condition can name, with their codes and labels."""
    return tuple(_variable(name) for name in COLUMNS)


def _variable(name: str) -> Variable:
    known = labels(name)
    codes = tuple(known)
    if name == "goal_reached":
        codes = codes[::-1]  # The list starts at fully.
    words = {text.casefold(): c for c, label in known.items() for text in (label.nl, label.en)}
    return Variable(name, _kind(name), codes, {**words, **_WORDS.get(name, {})})


def _kind(name: str) -> VariableKind:
    kinds: dict[str, VariableKind] = {
        "ladder_rung": "number",
        "goal_reached": "ordered",
        "phase": "ordered",
        "project": "code",
        "source": "code",
    }
    return kinds.get(name, "codes" if name in CODED else "text")


def select(
    workspace: Workspace | None, where: str | None, name: str | None = None, source: str = "all"
) -> Found:
    """The cards that meet a condition.

    Args:
        workspace: the workspace, if there is one.
        where: the condition, see :mod:`evalkit.synthesis.conditions`.
        name: or the name of a query.
        source: workspace, reference, or all.

    Raises:
        EvalkitError: there is no query of that name.
        FindingsError: everything that is wrong in the condition.
    """
    query = named(workspace, name) if name else None
    text = query.where if query else where or ""
    condition = _read(text, Place(key=name) if name else Place(key="--where"))
    groups: dict[Outcome, list[Record]] = {outcome: [] for outcome in Outcome}
    for record in records(workspace, source):
        groups[judge(condition, record)].append(record)
    names = tuple(name for name in COLUMNS if name in condition.names)
    return Found(text, query, names, {outcome: tuple(got) for outcome, got in groups.items()})


def _read(text: str, place: Place) -> Condition:
    return read_condition(text, variables(), SYNONYMS, place)


def queries(workspace: Workspace | None) -> tuple[Query, ...]:
    """The named queries: those that ship with evalkit, then those of the workspace.

    Raises:
        FindingsError: the workspace's own file is damaged.
    """
    return (*shipped_queries(), *_saved(workspace))


def _saved(workspace: Workspace | None) -> tuple[Query, ...]:
    path = workspace and workspace.path / "queries.yaml"
    return read_queries(path) if path and path.exists() else ()


def named(workspace: Workspace | None, name: str) -> Query:
    """The query of a name.

    Raises:
        EvalkitError: there is none.
    """
    known = {query.id: query for query in queries(workspace)}
    if name not in known:
        raise EvalkitError("query.unknown", name=name, known=nearest_first(name, known))
    return known[name]


def save(workspace: Workspace, name: str, where: str) -> Query:
    """Keep a condition under a name in the workspace. The same again changes nothing.

    Raises:
        EvalkitError: the name is taken by another query, or cannot be a name.
        FindingsError: everything that is wrong in the condition.
    """
    if not re.match(ID_PATTERN, name) or len(name) > 80:
        raise EvalkitError("query.name", name=name)
    _read(where, Place(key="--where"))
    query = Query(id=name, where=where)
    taken = {one.id: one for one in queries(workspace)}.get(name)
    if taken is not None and taken.where == query.where:
        return taken
    if taken is not None:
        raise EvalkitError("query.exists", name=name, where=taken.where)
    write_whole(workspace.path / "queries.yaml", query_file((*_saved(workspace), query)))
    return query


def chosen_columns(asked: str | None, found: Found) -> tuple[str, ...]:
    """The columns to show: those asked, separated by commas, else those of the condition.

    Raises:
        FindingsError: all columns that a card does not have.
    """
    if asked is None:
        return tuple(name for name in found.names if name not in ("project", "source"))
    names = [SYNONYMS.get(name, name) for name in re.split(r"[,\s]+", asked.strip()) if name]
    wrong = [
        finding("query.column", Place(key="--columns"), position=at, name=name,
                known=nearest_first(name, COLUMNS))
        for at, name in enumerate(names, start=1)
        if name not in COLUMNS
    ]  # fmt: skip
    if wrong:
        raise FindingsError(wrong)
    return tuple(dict.fromkeys(name for name in names if name not in ("project", "source")))


def shown(record: Record, name: str, lang: Lang) -> str:
    """A column of a card in words; what is possible is joined by ``or``."""
    # Of a rung its number says enough.
    texts = [
        str(value) if isinstance(value, int) else label(name, value).to(lang)
        for value in record.values.get(name, ())
    ]
    either = {"nl": " of ", "en": " or "}[lang]
    return (either if name in SINGLE else "; ").join(texts)


def export(workspace: Workspace | None, out: Path, source: str) -> tuple[Written, ...]:
    """Write the moederbestand, wide and long, the factors and their counts, and a codebook.

    Args:
        workspace: the workspace; not needed for the cards of the meta-analysis.
        out: the folder.
        source: workspace or reference.

    Raises:
        EvalkitError: no project has a card yet.
    """
    from evalkit.synthesis.card_tables import factor_counts, factor_rows, stated_values, wide
    from evalkit.synthesis.tables import TABLES, codebook, frame, to_csv

    found = records(workspace, source)
    if not found:
        raise EvalkitError("card.none")
    rows = {
        "moederbestand-long": tuple(stated_values(found)),
        "factors": tuple(factor_rows(found)),
        "factor-counts": tuple(factor_counts(found)),
    }
    about = {name: TABLES[name] for name in ("moederbestand", *rows)}
    files = {
        "moederbestand.csv": to_csv(wide(found)),
        **{f"{name}.csv": to_csv(frame(got, TABLES[name])) for name, got in rows.items()},
        "codebook.csv": to_csv(codebook(tables=about)),
    }
    return write_all(out, files)


def selection_csv(found: Found, columns: Sequence[str], lang: Lang) -> bytes:
    """The cards that meet a condition and those that cannot be told, with their codes, as CSV."""
    import pandas as pd

    from evalkit.synthesis.tables import LIST_SEPARATOR, to_csv

    rows = [
        {
            "project": record.id,
            "title": record.title.to(lang) if isinstance(record.title, Text) else record.title,
            "source": record.source.value,
            "outcome": outcome.value,
            **{
                name: LIST_SEPARATOR.join(
                    code.to(lang) if isinstance(code, Text) else str(code)
                    for code in record.values.get(name, ())
                    if code is not None
                )
                for name in columns
            },
        }
        for outcome in (Outcome.meets, Outcome.undecided)
        for record in found.outcomes[outcome]
    ]
    names = ["project", "title", "source", "outcome", *columns]
    return to_csv(pd.DataFrame(rows, columns=names, dtype=object))
