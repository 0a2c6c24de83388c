"""A figure of a synthesis with the words around it, drawn when asked.

What makes them, each ``(found: Synthesis, lang: Lang) -> Iterator[Picture]``:

- :func:`evalkit.render.flow.flow_pictures`: one at most, of the projects themselves;
- :func:`evalkit.render.forests.forest_pictures`: one for each measure and wave;
- :func:`evalkit.render.funnel.funnel_pictures`, :func:`evalkit.render.checks.cumulative_pictures`
  and :func:`evalkit.render.checks.influence_pictures`: one for each pool;
- :func:`evalkit.render.changes.change_pictures`: one for each measure and wave with a baseline;
- :func:`evalkit.render.evidence.evidence_pictures` and
  :func:`evalkit.render.factor_diagram.factor_pictures`: one at most for the whole programme.

:func:`evalkit.render.pictures.pictures` gives them all. Where there is nothing to show there is no
picture. To place one in a document: ``Figure(one.draw("svg"), one.caption, one.alt)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from evalkit.render.canvas import Format


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure.

    ``kind`` is flow, forest, funnel, cumulative, influence, change, evidence_map or factors.
    ``measure`` and ``wave`` are empty where it is about the whole programme. ``draw`` gives the
    bytes.
    """

    kind: str
    name: str
    caption: str
    alt: str
    draw: Callable[[Format], bytes]
    measure: str = ""
    wave: str = ""
