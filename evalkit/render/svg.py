"""Pictures in SVG, made safe to stand inside another document.

Only drawing elements survive: no scripts, no style sheets, no references outside the picture.
Style attributes stay, apart from those that name an outside address.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset(
    [
        *("svg", "g", "defs", "use", "symbol", "marker", "clipPath", "pattern"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan"),
        *("linearGradient", "radialGradient", "stop"),
    ]
)
_REFERENCE = re.compile(r"url\(\s*(['\"]?)#([^)'\"]+)\1\s*\)")


def parsed(svg: bytes, prefix: str = "") -> ElementTree.Element:
    """The picture without namespaces and without what may not be embedded.

    ``prefix`` goes before every id, so that two pictures on one page do not meet. Raises
    ValueError when ``svg`` is not an SVG picture with a view box or a size.
    """
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise ValueError(f"the figure is not an SVG picture: {error}") from error
    if root.tag not in ("svg", f"{_SVG}svg"):
        raise ValueError(f"the figure is not an SVG picture: it starts with <{root.tag}>")
    _sanitise(root, prefix)
    if not root.get("viewBox"):
        size = [re.sub(r"(px|pt)$", "", root.get(side, "")) for side in ("width", "height")]
        if not all(re.fullmatch(r"\d+(\.\d+)?", length) for length in size):
            raise ValueError("the figure has no viewBox and no size")
        root.set("viewBox", f"0 0 {size[0]} {size[1]}")
    # What matplotlib says in a style sheet, which would reach beyond the picture.
    root.attrib.setdefault("stroke-linejoin", "round")
    root.attrib.setdefault("stroke-linecap", "butt")
    return root


def _sanitise(element: ElementTree.Element, prefix: str) -> None:
    element.tag = str(element.tag).removeprefix(_SVG)
    attributes = dict(element.attrib)
    element.attrib.clear()
    for name, value in attributes.items():
        local = name.rpartition("}")[2]
        if name.startswith("{") and local != "href":
            continue
        kept = _attribute(local, value, prefix)
        if kept is not None:
            element.set(local, kept)
    for child in list(element):
        if str(child.tag).removeprefix(_SVG) in _ELEMENTS:
            _sanitise(child, prefix)
        else:
            element.remove(child)


def _attribute(name: str, value: str, prefix: str) -> str | None:
    """The value an attribute may keep, or None."""
    if name.lower().startswith("on"):
        return None
    if name == "id":
        return prefix + value
    if name == "href":
        return f"#{prefix}{value[1:]}" if value.startswith("#") else None
    if name == "class" or "\\" in value:
        return None
    value = _REFERENCE.sub(lambda match: f"url(#{prefix}{match.group(2)})", value)
    outside = re.sub(r"url\(#", "", value).lower()
    return None if "url(" in outside or "javascript:" in outside else value


def standalone(svg: bytes) -> bytes:
    """The safe picture as an SVG file. Raises ValueError as :func:`parsed` does."""
    root = parsed(svg)
    for element in root.iter():
        if "href" in element.attrib:
            element.set("xlink:href", element.attrib.pop("href"))
    root.set("xmlns", "http://www.w3.org/2000/svg")
    root.set("xmlns:xlink", "http://www.w3.org/1999/xlink")
    return bytes(ElementTree.tostring(root, encoding="utf-8"))


def embedded(svg: bytes, name: str, alt: str) -> str:
    """The safe picture as an HTML element that fills its box, with ``alt`` as its name.

    ``name`` is unique within the page. Raises ValueError as :func:`parsed` does.
    """
    root = parsed(svg, f"{name}-")
    for side in ("width", "height", "version"):
        root.attrib.pop(side, None)
    title = ElementTree.Element("title", {"id": f"{name}-alt"})
    title.text = alt
    root.insert(0, title)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-alt")
    return ElementTree.tostring(root, encoding="unicode")
