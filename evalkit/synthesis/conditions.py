"""Conditions on digital cards: ``rung >= 3 and aspects contains leadership``.

The grammar, loosest first::

    condition = both {"or" both}          both = one {"and" one}
    one       = "not" one | "(" condition ")" | test
    test      = column comparison value
              | column ["not"] "in" "[" value {"," value} "]"
              | column ["not"] "contains" value or list
              | value ["not"] "in" column
              | column "is" ("known" | "unknown")

Nothing is evaluated as Python. What a card does not say makes a test undecided, and so does a value
that its source leaves open; and, or, not are those of Kleene (1938): undecided stays undecided
unless the other side settles it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any, Literal, NamedTuple

from evalkit.errors import FindingsError, finding
from evalkit.library.nearest import nearest_first
from evalkit.model.finding import Finding, Place
from evalkit.model.reference import Outcome
from evalkit.model.text import Text
from evalkit.synthesis.card_records import SINGLE, Record

LONGEST, DEEPEST = 2000, 40
"""Characters of a condition, and parentheses within one another, that are read."""

VariableKind = Literal["number", "ordered", "code", "codes", "text"]


class Variable(NamedTuple):
    """A column that a condition can name."""

    name: str
    kind: VariableKind
    codes: tuple[str, ...] = ()
    """Its codes; those of an ordered column from low to high. None: any word will do."""
    words: Mapping[str, str] = {}
    """Other words for a code, in lower case: labels."""


class Test(NamedTuple):
    """One test of one column."""

    variable: Variable
    operator: str
    values: tuple[Any, ...]

    @property
    def names(self) -> frozenset[str]:
        """The columns it names."""
        return frozenset((self.variable.name,))

    def judge(self, card: Record) -> Outcome:
        """Whether a card meets it."""
        stated = card.values.get(self.variable.name, ())
        if self.operator in ("known", "unknown"):
            return Outcome.meets if bool(stated) == (self.operator == "known") else Outcome.fails
        if not stated:
            return Outcome.undecided
        if self.variable.kind == "codes":
            found = (value in stated for value in self.values)
            held = all(found) if self.operator == "contains" else any(found)
            return Outcome.meets if held else Outcome.fails
        if self.variable.kind == "text":
            texts = [t.casefold() for item in stated for t in _texts(item)]
            parts = [str(value).casefold() for value in self.values]
            met = all(any(part in text for text in texts) for part in parts)
            return Outcome.meets if met else Outcome.fails
        return Outcome.meets if self._holds(stated[0]) else Outcome.fails

    def _holds(self, value: Any) -> bool:
        if value is None:  # It does not apply to the card.
            return self.operator == "!="
        if self.operator == "in":
            return value in self.values
        codes = self.variable.codes
        ordered = self.variable.kind == "ordered"
        one, other = (codes.index(v) if ordered else v for v in (value, self.values[0]))
        return _COMPARED[self.operator](one, other)


class Joined(NamedTuple):
    """Conditions joined by and, or; or one that is turned round by not."""

    word: Literal["and", "or", "not"]
    parts: tuple[Condition, ...]

    @property
    def names(self) -> frozenset[str]:
        """The columns it names."""
        return frozenset(name for part in self.parts for name in part.names)

    def judge(self, card: Record) -> Outcome:
        """Whether a card meets it."""
        found = [part.judge(card) for part in self.parts]
        if self.word == "not":
            turned = {Outcome.meets: Outcome.fails, Outcome.fails: Outcome.meets}
            return turned.get(found[0], Outcome.undecided)
        first = (Outcome.fails, Outcome.undecided, Outcome.meets)
        order = first if self.word == "and" else first[::-1]
        return next(outcome for outcome in order if outcome in found)


Condition = Test | Joined

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}
_SAME = {"=": "==", "<>": "!=", "≤": "<=", "≥": ">=", "≠": "!="}
_FITTING: dict[VariableKind, tuple[str, ...]] = {
    "number": (*_COMPARED, "in"),
    "ordered": (*_COMPARED, "in"),
    "code": ("==", "!=", "in"),
    "codes": ("contains", "in"),
    "text": ("contains",),
}
_KEYWORDS = ("and", "or", "not", "in", "contains", "is", "known", "unknown")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)(?![\w.])|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<word>[^\W\d]\w*(?:[.-]\w+)*)|(?P<sign><=|>=|==|!=|<>|[=<>≤≥≠()\[\],])|(?P<other>\S))"
)


class _Token(NamedTuple):
    kind: str
    text: str
    position: int


def _texts(item: Any) -> tuple[str, ...]:
    return (item.nl, item.en) if isinstance(item, Text) else (str(item),)


def judge(condition: Condition, card: Record) -> Outcome:
    """Whether a card meets a condition, whichever holds of the values that its source leaves open.

    So a card on rung 4 or 5 meets ``rung == 4 or rung == 5``.
    """
    names = [name for name in SINGLE if name in condition.names and len(card.values[name]) > 1]
    found = {
        condition.judge(card._replace(values={**card.values, **dict(zip(names, one, strict=True))}))
        for one in product(*([(value,) for value in card.values[name]] for name in names))
    }
    return found.pop() if len(found) == 1 else Outcome.undecided


def read_condition(
    text: str,
    variables: Iterable[Variable],
    synonyms: Mapping[str, str] | None = None,
    place: Place | None = None,
) -> Condition:
    """The condition that a text says.

    Args:
        text: the text.
        variables: the columns it can name.
        synonyms: other names of columns.
        place: where the text stands.

    Raises:
        FindingsError: what is wrong in it: the first place where it cannot be read, or else all
            columns, comparisons and values that are unknown. Positions count characters from 1.
    """
    return _Reader(text, {v.name: v for v in variables}, synonyms or {}, place or Place()).whole()


class _Reader:
    """Reads one condition, from left to right."""

    def __init__(
        self, text: str, known: dict[str, Variable], synonyms: Mapping[str, str], place: Place
    ) -> None:
        self.known, self.synonyms, self.place = known, synonyms, place
        self.wrong: list[Finding] = []
        self.at = self.depth = 0
        if len(text) > LONGEST:
            raise FindingsError([finding("query.long", place, longest=LONGEST)])
        self.tokens = [
            _Token(
                match.lastgroup or "", match[match.lastgroup or 0], match.start(match.lastgroup) + 1
            )
            for match in _TOKEN.finditer(text)
            if match.lastgroup
        ]
        self.tokens.append(_Token("end", "", len(text.rstrip()) + 1))

    def whole(self) -> Condition:
        found = self.either()
        if self.next.kind != "end":
            self.stop("and, or")
        if self.wrong:
            raise FindingsError(self.wrong)
        return found

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.next
        self.at += token.kind != "end"
        return token

    def says(self, *words: str) -> str | None:
        """The next word or sign, taken, if it is one of these."""
        token = self.next
        word = token.text.lower() if token.kind in ("word", "sign") else ""
        if word in words:
            self.take()
            return word
        return None

    def stop(self, expected: str | Text) -> None:
        """Raise: it cannot be read on from here."""
        found = self.next.text or Text(nl="het einde", en="the end")
        where = self.next.position
        raise FindingsError(
            [*self.wrong, finding("query.syntax", self.place, position=where, found=found,
                                  expected=expected)]
        )  # fmt: skip

    def either(self) -> Condition:
        parts = [self.both()]
        while self.says("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def both(self) -> Condition:
        parts = [self.one()]
        while self.says("and"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def one(self) -> Condition:
        self.depth += 1
        if self.depth > DEEPEST:
            raise FindingsError([finding("query.long", self.place, longest=LONGEST)])
        try:
            if self.says("not"):
                return Joined("not", (self.one(),))
            if self.says("("):
                inside = self.either()
                if not self.says(")"):
                    self.stop(")")
                return inside
            return self.test()
        finally:
            self.depth -= 1

    def test(self) -> Condition:
        first = self.take()
        if first.kind not in ("word", "text", "number") or first.text.lower() in _KEYWORDS:
            self.at -= first.kind != "end"
            self.stop(", ".join(self.known))
        if first.kind != "word" or (not self.variable(first) and self.is_in()):
            turned = bool(self.says("not"))
            if not self.says("in"):
                self.stop("in")
            column = self.take()
            return self.made(column, "contains", [first], turned)
        if self.says("is"):
            word = self.says("known", "unknown")
            if not word:
                self.stop("known, unknown")
            return self.made(first, word or "", [], False)
        turned = bool(self.says("not"))
        operator = self.says("in", "contains") or (not turned and self.says(*_COMPARED, *_SAME))
        if not operator:
            self.stop("in, contains" if turned else ", ".join((*_COMPARED, "in", "contains", "is")))
        operator = _SAME.get(str(operator), str(operator))
        listed = operator in ("in", "contains") and self.says("[", "(")
        values = [self.value()]
        while listed and self.says(","):
            values.append(self.value())
        if listed and not self.says("]" if listed == "[" else ")"):
            self.stop(", ]")
        return self.made(first, operator, values, turned)

    def is_in(self) -> bool:
        """Whether ``in COLUMN`` or ``not in COLUMN`` comes next."""
        ahead = self.tokens[self.at : self.at + 3]
        words = [token.text.lower() for token in ahead if token.kind == "word"]
        column = (
            words[2:3] if words[:2] == ["not", "in"] else words[1:2] if words[:1] == ["in"] else []
        )
        return bool(column) and self.synonyms.get(column[0], column[0]) in self.known

    def value(self) -> _Token:
        token = self.next
        if token.kind not in ("word", "text", "number"):
            self.stop(Text(nl="een waarde", en="a value"))
        return self.take()

    def variable(self, token: _Token) -> Variable | None:
        name = token.text.lower()
        return self.known.get(self.synonyms.get(name, name))

    def made(self, column: _Token, operator: str, values: list[_Token], turned: bool) -> Condition:
        """The test, or a remark on its column, comparison or values."""
        variable = self.variable(column)
        if variable is None:
            known = nearest_first(column.text.lower(), self.known)
            self.remark("query.column", column, name=column.text, known=known)
            return Joined("and", ())
        fits = (*_FITTING[variable.kind], "known", "unknown")
        if operator not in fits:
            fitting = ", ".join(_FITTING[variable.kind])
            self.remark(
                "query.operator", column, name=column.text, operator=operator, known=fitting
            )
            return Joined("and", ())
        found = Test(variable, operator, tuple(self.coded(variable, value) for value in values))
        return Joined("not", (found,)) if turned else found

    def coded(self, variable: Variable, token: _Token) -> Any:
        """The value that a word stands for in a column."""
        text = token.text[1:-1] if token.kind == "text" else token.text
        if variable.kind == "number":
            if token.kind == "number" and float(text).is_integer():
                return int(float(text))
            self.remark("query.number", token, name=variable.name, value=text)
        if variable.kind == "text" or not variable.codes or text in variable.codes:
            return text
        code = variable.words.get(text.casefold(), text.lower())
        if code not in variable.codes:
            known = nearest_first(text, variable.codes)
            self.remark("query.value", token, name=variable.name, value=text, known=known)
        return code

    def remark(self, code: str, token: _Token, **values: Any) -> None:
        self.wrong.append(finding(code, self.place, position=token.position, **values))
