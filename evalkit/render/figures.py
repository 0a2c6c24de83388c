"""The figures of evalkit; each returns a drawing."""

from evalkit.render.forest import ForestLabels, ForestPooled, ForestRow, forest, forest_parts
from evalkit.render.timeline import Band, Milestone, TimelineEntry, timeline

__all__ = [
    "Band",
    "ForestLabels",
    "ForestPooled",
    "ForestRow",
    "Milestone",
    "TimelineEntry",
    "forest",
    "forest_parts",
    "timeline",
]
