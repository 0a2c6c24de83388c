"""A document as one accessible HTML file: no script, nothing fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, singledispatchmethod
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evalkit.library.shipped import shipped
from evalkit.render import palette
from evalkit.render.blocks import (
    EMPTY_CELL,
    Block,
    Bullets,
    Callout,
    Document,
    Figure,
    Heading,
    KeyValues,
    Labels,
    PageBreak,
    Paragraph,
    Questions,
    Stats,
    Table,
    inline,
    prepared,
)
from evalkit.render.svg import embedded

_DEEPEST_CONTENTS = 2


def to_html(document: Document) -> str:
    """The document as HTML; the same document gives the same text."""
    document = prepared(document)
    views = _Views(document.labels)
    summary = [views.view(block) for block in document.summary]
    blocks = [views.view(block) for block in document.blocks]
    return (
        _environment()
        .get_template("documents/document.html")
        .render(
            document=document,
            labels=document.labels,
            # Of the summary only the first heading: it is one page.
            contents=_contents([*summary[:1], *blocks]),
            summary=summary,
            blocks=blocks,
            metadata=_json_inside(document.metadata),
            palette=palette,
            toned=any(isinstance(block, Table) and block.tones for block in document.blocks),
            empty=EMPTY_CELL,
        )
    )


def _json_inside(metadata: str) -> Markup:
    """JSON that cannot end the element it stands in; its meaning stays the same."""
    for sign in "<>&":
        metadata = metadata.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(metadata)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(shipped("templates")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )


def _contents(blocks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The headings of levels 1 and 2 as a tree."""
    sections: list[dict[str, Any]] = []
    for block in blocks:
        if block["kind"] == "heading" and block["level"] <= _DEEPEST_CONTENTS:
            entry = {"key": block["key"], "text": block["text"], "parts": []}
            (sections[-1]["parts"] if block["level"] > 1 else sections).append(entry)
    return sections


class _Views:
    """Turns blocks into what the template shows, and numbers them as the PDF does."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self._counts = dict.fromkeys(("section", "figure", "table", "callout"), 0)

    def _key(self, kind: str) -> str:
        self._counts[kind] += 1
        return f"{kind}-{self._counts[kind]}"

    def _named(self, kind: str, block: Any) -> dict[str, Any]:
        key = self._key(kind)
        label = f"{getattr(self.labels, kind)} {self._counts[kind]}"
        return {"kind": kind, "key": key, "label": label, "block": block}

    @singledispatchmethod
    def view(self, block: Block) -> dict[str, Any]:
        """One block, as ``kind`` and what the template needs for it."""
        raise TypeError(f"not a block: {block!r}")

    @view.register
    def _(self, block: Heading) -> dict[str, Any]:
        # The title of the document is the one h1.
        return {
            "kind": "heading",
            "key": self._key("section"),
            "level": block.level,
            "tag": f"h{block.level + 1}",
            "text": block.text,
        }

    @view.register
    def _(self, block: Paragraph) -> dict[str, Any]:
        return {"kind": "paragraph", "spans": inline(block.text)}

    @view.register
    def _(self, block: Bullets) -> dict[str, Any]:
        tag = "ol" if block.ordered else "ul"
        return {"kind": "bullets", "tag": tag, "items": [inline(item) for item in block.items]}

    @view.register
    def _(self, block: KeyValues) -> dict[str, Any]:
        return {"kind": "pairs", "pairs": block.pairs}

    @view.register
    def _(self, block: Callout) -> dict[str, Any]:
        return {
            "kind": "callout",
            "key": self._key("callout"),
            "block": block,
            "sign": palette.CALLOUTS[block.kind][2],
            "spans": inline(block.text),
        }

    @view.register
    def _(self, block: Stats) -> dict[str, Any]:
        return {"kind": "stats", "items": block.items}

    @view.register
    def _(self, block: Questions) -> dict[str, Any]:
        return {"kind": "questions", "block": block}

    @view.register
    def _(self, block: Figure) -> dict[str, Any]:
        view = self._named("figure", block)
        picture = Markup(embedded(block.picture, view["key"], block.alt))
        return view | {"picture": picture, "percent": f"{100 * block.width:g}"}

    @view.register
    def _(self, block: Table) -> dict[str, Any]:
        tones = [(tone, palette.TONES[tone][2]) for tone in block.tones]
        view = self._named("table", block)
        return view | {"note": inline(block.note.strip()), "tones": tones}

    @view.register
    def _(self, block: PageBreak) -> dict[str, Any]:
        return {"kind": "page_break"}
