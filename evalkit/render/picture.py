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
picture. To place one in a document: a ``Figure`` of each of its ``parts``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from evalkit.render.drawing import Drawing

Format: TypeAlias = Literal["svg", "pdf", "png"]
PAGE = 560.0
"""Height in points of a part of a tall figure, so that on a page its words keep their size."""


def encoded(drawing: Drawing, file_format: Format) -> bytes:
    """The drawing as a file; the same drawing gives the same bytes."""
    # Each format needs a library of its own, that takes time to load.
    if file_format == "svg":
        from evalkit.render.svg import to_svg

        return to_svg(drawing)
    if file_format == "pdf":
        from evalkit.render.vectors import to_pdf_sheet

        return to_pdf_sheet(drawing)
    from evalkit.render.png import to_png

    return to_png(drawing)


def paged(
    made: Callable[[float], list[Drawing]],
) -> tuple[Callable[[], Drawing], Callable[[], list[Drawing]]]:
    """What makes a figure whole, and what makes it in parts that fit on a page.

    Args:
        made: gives the parts of a figure, none taller than so many points.
    """
    return lambda: made(math.inf)[0], lambda: made(PAGE)


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure.

    ``kind`` is flow, forest, funnel, cumulative, influence, change, evidence_map or factors.
    ``measure`` and ``wave`` are empty where it is about the whole programme. ``drawing``
    makes it; ``on_pages``, of a figure that can be too tall for a page, makes it in parts.
    """

    kind: str
    name: str
    caption: str
    alt: str
    drawing: Callable[[], Drawing]
    measure: str = ""
    wave: str = ""
    on_pages: Callable[[], list[Drawing]] | None = None

    def parts(self) -> list[Drawing]:
        """The figure as it stands in a document: in as many parts as it takes pages."""
        return self.on_pages() if self.on_pages else [self.drawing()]

    def draw(self, file_format: Format) -> bytes:
        """The figure as a file."""
        return encoded(self.drawing(), file_format)
