"""The figures of evalkit; each returns a picture as bytes of SVG (default), PDF or PNG."""

from evalkit.render.canvas import Format
from evalkit.render.forest import ForestLabels, ForestPooled, ForestRow, forest
from evalkit.render.timeline import Band, Milestone, TimelineEntry, timeline

__all__ = [
    "Band",
    "ForestLabels",
    "ForestPooled",
    "ForestRow",
    "Format",
    "Milestone",
    "TimelineEntry",
    "forest",
    "timeline",
]
