"""A drawing: marks on a sheet measured in points, before any file format.

The origin is the top left corner; x runs right and y down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Point: TypeAlias = tuple[float, float]
Face: TypeAlias = Literal["regular", "bold", "italic", "bold_italic", "mono"]


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text of ``size`` points; ``left`` is where it starts on the base line ``y``."""

    left: float
    y: float
    text: str
    size: float
    face: Face
    color: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points, ``width`` thick; ``dashes`` are the lengths of dash and gap."""

    points: tuple[Point, ...]
    color: str
    width: float
    dashes: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """A closed polygon; without ``edge`` it has no outline."""

    points: tuple[Point, ...]
    fill: str
    edge: str = ""


Mark: TypeAlias = Words | Line | Shape

EDGE = 0.8
"""Width in points of the outline of a shape."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A sheet of ``width`` by ``height`` points with marks, each over those before it."""

    width: float
    height: float
    marks: tuple[Mark, ...]
