"""All figures of a synthesis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang
from evalkit.render.changes import change_pictures
from evalkit.render.checks import cumulative_pictures, influence_pictures
from evalkit.render.evidence import evidence_pictures
from evalkit.render.factor_diagram import factor_pictures
from evalkit.render.flow import flow_pictures
from evalkit.render.forests import forest_pictures
from evalkit.render.funnel import funnel_pictures
from evalkit.render.picture import Format, Picture

FORMATS: tuple[Format, ...] = ("svg", "pdf", "png")

_MAKERS = (
    flow_pictures,
    forest_pictures,
    funnel_pictures,
    cumulative_pictures,
    influence_pictures,
    change_pictures,
    evidence_pictures,
    factor_pictures,
)


def pictures(found: Synthesis, lang: Lang) -> tuple[Picture, ...]:
    """Every figure that there is something to show in; drawn when asked."""
    return tuple(picture for make in _MAKERS for picture in make(found, lang))


def picture_files(all_pictures: Iterable[Picture]) -> Iterator[tuple[str, bytes]]:
    """The figures in each format, by file name."""
    for picture in all_pictures:
        for kind in FORMATS:
            yield f"{picture.name}.{kind}", picture.draw(kind)
