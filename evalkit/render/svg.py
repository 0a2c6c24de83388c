"""A drawing as SVG. Letters are outlines, so that it looks the same wherever it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from xml.etree.ElementTree import Element, SubElement, tostring

from evalkit.render.drawing import EDGE, Drawing, Line, Mark, Point, Shape, Words
from evalkit.render.fonts import outline, units_per_em
from evalkit.render.typography import width_in


def to_svg(drawing: Drawing) -> bytes:
    """The drawing as an SVG file; each text is there as the label of its letters."""
    root = _Picture(drawing, "", "xlink:href", labelled=True).root
    root.set("xmlns", "http://www.w3.org/2000/svg")
    root.set("xmlns:xlink", "http://www.w3.org/1999/xlink")
    root.set("width", f"{_number(drawing.width)}pt")
    root.set("height", f"{_number(drawing.height)}pt")
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def embedded(drawing: Drawing, name: str, alt: str) -> str:
    """The drawing as an HTML element that fills its box, with ``alt`` as its name.

    ``name`` is unique within the page.
    """
    root = _Picture(drawing, f"{name}-", "href").root
    title = Element("title", {"id": f"{name}-alt"})
    title.text = alt
    root.insert(0, title)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-alt")
    return tostring(root, encoding="unicode")


class _Picture:
    """Builds the element; ``prefix`` goes before every id, ``href`` names a reference."""

    def __init__(self, drawing: Drawing, prefix: str, href: str, labelled: bool = False) -> None:
        self.prefix, self.href, self.labelled = prefix, href, labelled
        size = f"0 0 {_number(drawing.width)} {_number(drawing.height)}"
        self.root = Element("svg", {"viewBox": size})
        self.letters = SubElement(self.root, "defs")
        self.known: set[str] = set()
        for mark in drawing.marks:
            self._add(mark)

    def _add(self, mark: Mark) -> None:
        if isinstance(mark, Words):
            self._words(mark)
        elif isinstance(mark, Line):
            look = {"fill": "none", "stroke": mark.color, "stroke-width": _number(mark.width)}
            if mark.dashes:
                look["stroke-dasharray"] = " ".join(map(_number, mark.dashes))
            look["stroke-linejoin"] = "round"
            SubElement(self.root, "path", {"d": _path(mark.points), **look})
        else:
            SubElement(self.root, "path", {"d": _path(mark.points) + "z", **_filled(mark)})

    def _words(self, words: Words) -> None:
        units = units_per_em(words.face)
        scale = f"{words.size / units:.6f}"
        place = f"translate({_number(words.left)} {_number(words.y)}) scale({scale} -{scale})"
        group = SubElement(self.root, "g", {"fill": words.color, "transform": place})
        if self.labelled:
            group.set("aria-label", words.text)
        widths = [width_in(character, words.face, units) for character in words.text]
        for character, x in zip(words.text, accumulate(widths, initial=0.0), strict=False):
            if shape := outline(character, words.face):
                id = self._letter(f"{words.face}-{ord(character):x}", shape)
                SubElement(group, "use", {self.href: f"#{id}", "x": f"{x:.0f}"})

    def _letter(self, id: str, shape: str) -> str:
        """The id of a letter, which is described once."""
        id = self.prefix + id
        if id not in self.known:
            self.known.add(id)
            SubElement(self.letters, "path", {"id": id, "d": shape})
        return id


def _filled(shape: Shape) -> dict[str, str]:
    edge = {"stroke": shape.edge, "stroke-width": _number(EDGE)} if shape.edge else {}
    return {"fill": shape.fill, **edge}


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def _number(value: float) -> str:
    """To a hundredth of a point, without needless signs."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
