"""The file of a new protocol, with comments for who goes on writing it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evalkit.library.protocol_wording import small
from evalkit.library.shipped import shipped
from evalkit.model.measure import Measure
from evalkit.model.protocol import Requirement, ResolvedProtocol
from evalkit.model.protocol_draft import ProtocolDraft
from evalkit.model.text import Text
from evalkit.render.blocks import clean


def protocol_file(
    draft: ProtocolDraft,
    parent: ResolvedProtocol,
    requires: Sequence[tuple[Requirement, Measure]],
    name: str,
    some_type: str,
) -> str:
    """The YAML of a new protocol, its comments in the protocol's language.

    Args:
        draft: what the funder decided.
        parent: the basisset, for the limits it sets.
        requires: the requirements that are added, each with its measure.
        name: name of the file, for the command in its head.
        some_type: a project type, for the example where none was chosen.
    """
    return (
        _environment()
        .get_template(f"protocol/{draft.language}.yaml")
        .render(
            draft=draft,
            title=_one_line(draft.title),
            description=_one_line(draft.description),
            limits=small(parent.small_projects),
            requires=[_row(requirement, measure) for requirement, measure in requires],
            prefix=re.sub(r"[.-]", "_", draft.id),
            file=name,
            some_type=some_type,
        )
    )


def _row(requirement: Requirement, measure: Measure) -> dict[str, Any]:
    return {
        "measure": requirement.measure,
        "label": _one_line(measure.label),
        "waves": requirement.waves,
        "arms": "" if requirement.arms == "all" else f", arms: {requirement.arms}",
    }


def _one_line(text: Text) -> Text:
    nl, en = (" ".join(clean(said).split()) or "–" for said in (text.nl, text.en))
    return Text(nl=nl, en=en)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(shipped("templates")),
        autoescape=False,  # YAML: texts go through the filter 'quoted'.
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters["quoted"] = lambda text: json.dumps(text, ensure_ascii=False)
    return environment
