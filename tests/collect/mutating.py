"""Damages files the way transmission, other programs and ill will do, the same for a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

Parts = dict[str, bytes]

VALUES = (
    b"", b" ", b"0", b"-1", b"1e308", b"1e999", b"-1e999", b"NaN", b"INF", b"9" * 400, b"1" * 5_000,
    b"2958466", b"-700000", b"1e15", b"0.1", b"true", b"#N/A", b"#DIV/0!", b"=1+1", b"=cmd|'/c'!A0",
    b"99999999", b"&#x1b;[31m", b"&#8238;abc", b"&amp;lt;", b"\xc3\x28", b"&unknown;", b"&#0;",
    b"\xf0\x9f\x98\x80", b"_x000D_", b"_xD83D_", b"2026-02-30", b"24:61:61", b"../../etc/passwd",
)  # fmt: skip
"""What a cell or attribute may suddenly hold."""

SNIPPETS = (
    b"<!DOCTYPE a>", b"<!-- a -->", b"<![CDATA[a]]>", b"<?a b?>", b"<a/>", b"<a>", b"</a>", b"<v/>",
    b"<f>1/0</f>", b"<f t='shared' si='9'/>", b"<is><t>a</t></is>", b"</sheetData>", b"<row/>",
    b"<row r='1'/>", b"<c r='XFD1048576'><v>1</v></c>", b"<c r='A0'/>", b"<mergeCell ref='A1:B'/>",
    b"<hyperlink ref='A1' location='x'/>", b"\x00", b"\xff\xfe", b"<sst/>", b"<sheet name='a'/>",
)  # fmt: skip

TYPES = (b"s", b"n", b"b", b"e", b"str", b"inlineStr", b"d", b"x", b"")


def parts_of(workbook: bytes) -> Parts:
    with ZipFile(BytesIO(workbook)) as package:
        return {name: package.read(name) for name in package.namelist()}


def zipped(parts: Parts, level: int = 1) -> bytes:
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=level) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return target.getvalue()


def flipped(content: bytes, dice: random.Random, most: int = 8) -> bytes:
    """With some bytes replaced."""
    changed = bytearray(content)
    for _ in range(dice.randint(1, most)):
        if changed:
            changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def spliced(content: bytes, dice: random.Random) -> bytes:
    """With a piece left out, put in twice, or moved."""
    if len(content) < 4:
        return content
    a, b, c = sorted(dice.randrange(len(content)) for _ in range(3))
    return dice.choice(
        (
            content[:a] + content[b:],
            content[:b] + content[a:],
            content[:a] + content[b:c] + content[a:b] + content[c:],
            content[:c],
        )
    )


def _one(pattern: bytes, content: bytes, dice: random.Random, new: bytes) -> bytes:
    found = list(re.finditer(pattern, content))
    if not found:
        return content
    match = dice.choice(found)
    return content[: match.start(1)] + new + content[match.end(1) :]


def _a_part(parts: Parts, dice: random.Random) -> str:
    sheets = [name for name in parts if "worksheets/" in name]
    return dice.choice(sheets if sheets and dice.random() < 0.5 else list(parts))


def _flip(parts: Parts, dice: random.Random) -> None:
    name = _a_part(parts, dice)
    parts[name] = flipped(parts[name], dice)


def _splice(parts: Parts, dice: random.Random) -> None:
    name = _a_part(parts, dice)
    parts[name] = spliced(parts[name], dice)


def _drop(parts: Parts, dice: random.Random) -> None:
    del parts[_a_part(parts, dice)]


def _swap(parts: Parts, dice: random.Random) -> None:
    one, other = _a_part(parts, dice), _a_part(parts, dice)
    parts[one], parts[other] = parts[other], parts[one]


def _rename(parts: Parts, dice: random.Random) -> None:
    name = _a_part(parts, dice)
    parts[dice.choice((name.upper(), f"x/{name}", name.replace("sheet", "blad")))] = parts.pop(name)


def _value(parts: Parts, dice: random.Random) -> None:
    name = _a_part(parts, dice)
    parts[name] = _one(rb"<(?:v|t|f)>([^<]*)<", parts[name], dice, dice.choice(VALUES))


def _attribute(parts: Parts, dice: random.Random) -> None:
    name = _a_part(parts, dice)
    parts[name] = _one(rb'\s[\w:]+="([^"]*)"', parts[name], dice, dice.choice(VALUES))


def _type(parts: Parts, dice: random.Random) -> None:
    name = _a_part(parts, dice)
    parts[name] = _one(
        rb'<c r="[A-Z]+[0-9]+"[^>]* t="(\w+)"', parts[name], dice, dice.choice(TYPES)
    )


def _snippet(parts: Parts, dice: random.Random) -> None:
    name = _a_part(parts, dice)
    parts[name] = _one(rb"()<", parts[name], dice, dice.choice(SNIPPETS))


_MUTATIONS: tuple[Callable[[Parts, random.Random], None], ...] = (
    _flip, _splice, _drop, _swap, _rename, _value, _value, _attribute, _attribute, _type, _snippet,
)  # fmt: skip


def mutated_workbook(parts: Parts, seed: int) -> bytes:
    """The workbook with one to three things wrong in it, or its zip damaged."""
    dice = random.Random(seed)
    changed = dict(parts)
    for _ in range(dice.randint(1, 3)):
        dice.choice(_MUTATIONS)(changed, dice)
    content = zipped(changed)
    if dice.random() < 0.1:
        content = dice.choice((flipped, spliced))(content, dice)
    return content


def mutated_text(content: bytes, seed: int) -> bytes:
    """A CSV, JSON or YAML text with one to four things wrong in it."""
    dice = random.Random(seed)
    for _ in range(dice.randint(1, 4)):
        kind = dice.randrange(4)
        if kind == 0:
            content = flipped(content, dice)
        elif kind == 1:
            content = spliced(content, dice)
        elif kind == 2:
            at = dice.randrange(len(content) + 1)
            content = content[:at] + dice.choice(VALUES + SNIPPETS) + content[at:]
        else:
            content = _one(rb'[;,:\s"]([\w.]+)[;,\s"]', content, dice, dice.choice(VALUES))
    return content


ODD: tuple[object, ...] = (
    None, True, 0, -1, 10**30, 10**400, 1e308, float("nan"), float("inf"), "", " ", "=1+1",
    "\x1b[31m",
    "\u202eabc", "\ud800", "a" * 100_000, [], {}, [[]], [None], {"": None}, {"a": {"b": [1]}},
    "2026-02-30", "../../etc/passwd", "/etc/passwd", "C:\\a", "pupil", "unit", "\x00", "١٢",
)  # fmt: skip
"""What a value in JSON or YAML may be besides what is asked."""


def mutated_tree(data: object, dice: random.Random) -> object:
    """JSON data with one to three values, keys or items changed."""
    for _ in range(dice.randint(1, 3)):
        data = _tree_once(data, dice)
    return data


def _tree_once(data: object, dice: random.Random) -> object:
    if not isinstance(data, dict | list) or not data or dice.random() < 0.05:
        return dice.choice(ODD)
    keys: list[object] = list(data) if isinstance(data, dict) else list(range(len(data)))
    changed: Any = dict(data) if isinstance(data, dict) else list(data)
    key: Any = dice.choice(keys)
    kind = dice.random()
    if kind < 0.7:
        changed[key] = _tree_once(changed[key], dice)
    elif kind < 0.8:
        del changed[key]
    elif isinstance(changed, dict):
        odd = dice.choice(ODD)
        changed[odd if isinstance(odd, str) else str(key)] = dice.choice(ODD)
    else:
        changed.append(dice.choice([*ODD, changed[key]]))
    return changed
