"""YAML files that people write, read into models, with the line of everything wrong."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from evalkit.errors import EvalkitError, FindingsError, finding
from evalkit.library.nearest import nearest_first
from evalkit.model.base import ID_PATTERN, MEASURE_PATTERN, VERSION_PATTERN
from evalkit.model.finding import Finding, Place
from evalkit.model.invalid import InvalidError
from evalkit.model.text import Text

ModelT = TypeVar("ModelT", bound=BaseModel)
Key = tuple[str | int, ...]

_EXPECTED: dict[str, Text] = {
    "string_type": Text(
        nl="tekst; zet een getal, datum, ja/nee of tekst met een komma tussen aanhalingstekens",
        en="text; put a number, a date, yes/no or a text with a comma in quotes",
    ),
    "date": Text(nl="een datum als 2026-09-01", en="a date like 2026-09-01"),
    "bool": Text(nl="true of false", en="true or false"),
    "int": Text(nl="een geheel getal", en="a whole number"),
    "float": Text(nl="een getal", en="a number"),
    "tuple": Text(nl="een lijst: regels die met - beginnen", en="a list: lines that start with -"),
    "list": Text(nl="een lijst: regels die met - beginnen", en="a list: lines that start with -"),
    "dict": Text(nl="sleutels met waarden", en="keys with values"),
    "model": Text(nl="sleutels met waarden", en="keys with values"),
    "string_pattern": Text(nl="de vorm {pattern}", en="the form {pattern}"),
    "too_short": Text(nl="ten minste {min_length}", en="at least {min_length}"),
    "too_long": Text(nl="hooguit {max_length}", en="at most {max_length}"),
    "string_too_short": Text(nl="een tekst die niet leeg is", en="a text that is not empty"),
    "string_too_long": Text(nl="hooguit {max_length} tekens", en="at most {max_length} characters"),
    "greater_than_equal": Text(nl="ten minste {ge}", en="at least {ge}"),
    "greater_than": Text(nl="meer dan {gt}", en="more than {gt}"),
    "less_than_equal": Text(nl="hooguit {le}", en="at most {le}"),
    "less_than": Text(nl="minder dan {lt}", en="less than {lt}"),
    "finite_number": Text(nl="een gewoon getal", en="an ordinary number"),
}

_FORMS: dict[str, Text] = {
    ID_PATTERN: Text(
        nl="kleine letters, cijfers en _, met - of . ertussen, zoals mijn-fonds",
        en="lower case letters, digits and _, with - or . between, like my-fund",
    ),
    MEASURE_PATTERN: Text(
        nl="een naam en een maat met een punt ertussen, in kleine letters, zoals fonds.leesplezier",
        en="a name and a measure with a dot between, in lower case, like fund.reading_pleasure",
    ),
    VERSION_PATTERN: Text(
        nl='twee of drie getallen met een punt ertussen, tussen aanhalingstekens: "1.0"',
        en='two or three numbers with a dot between, in quotes: "1.0"',
    ),
}
"""Patterns of the models, in words."""

_BOTH_LANGUAGES = Text(
    nl="de tekst in twee talen: {nl: …, en: …}", en="the text in two languages: {nl: …, en: …}"
)

_EMPTY = Text(nl="leeg", en="empty")

_PROBLEMS: dict[str, Text] = {
    "references that repeat too much": Text(
        nl="er staat te veel in, of verwijzingen (* en &) herhalen elkaar",
        en="it holds too much, or references (* and &) repeat each other",
    ),
    "found character '\\t'": Text(
        nl="een tab; spring in met spaties", en="a tab; use spaces to indent"
    ),
    "that cannot start any token": Text(
        nl="een teken waarmee tekst niet kan beginnen; zet de tekst tussen aanhalingstekens",
        en="a character that no text can start with; put the text in quotes",
    ),
    "mapping values are not allowed": Text(
        nl="een dubbele punt op een plaats waar dat niet kan; zet een tekst met een dubbele punt "
        "tussen aanhalingstekens",
        en="a colon where none can be; put a text with a colon in quotes",
    ),
    "expected <block end>": Text(
        nl="de inspringing past niet bij de regels erboven",
        en="the indentation does not fit the lines above",
    ),
    "could not find expected ':'": Text(
        nl="een sleutel zonder dubbele punt, of een regel die verkeerd inspringt",
        en="a key without a colon, or a line with the wrong indentation",
    ),
    "unexpected end of stream": Text(
        nl="een aanhalingsteken is niet gesloten", en="a quote is not closed"
    ),
    "expected ',' or ']'": Text(
        nl="een lijst met [ zonder ] aan het eind", en="a list with [ without ] at its end"
    ),
    "expected ',' or '}'": Text(
        nl="een blok met { zonder } aan het eind", en="a block with { without } at its end"
    ),
}
"""What the YAML parser says most often, in words; other problems are told in its own."""

_TOO_MUCH = "references that repeat too much"
_TOO_DEEP = Text(
    nl="het verwijst naar zichzelf of is te diep genest",
    en="it refers to itself or is nested too deep",
)

_UNCAUGHT = (ValueError, AttributeError, KeyError, IndexError, TypeError, OverflowError)
"""What PyYAML raises on a tag that does not fit its value."""


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        EvalkitError: it does not exist, or is not UTF-8 text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise EvalkitError("file.missing", path=path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise EvalkitError("file.unreadable", path=path, detail=error) from None


def read_model(path: Path, model: type[ModelT]) -> ModelT:
    """The model in a YAML file.

    Raises:
        EvalkitError: the file does not exist or is not text.
        FindingsError: all that is wrong in it, each with its line.
    """
    parsed, findings = parse_model(read_text(path), model, path.name)
    if parsed is None:
        raise FindingsError(findings)
    return parsed


def parse_model(
    text: str, model: type[ModelT], file: str
) -> tuple[ModelT | None, tuple[Finding, ...]]:
    """The model in a YAML text, or else all findings on it."""
    source, findings = YamlSource.parse(text, file)
    if source is None or findings:
        return None, findings
    return source.read(model)


class _Loader(yaml.SafeLoader):
    """PyYAML's loader, which leaves a day that does not exist (2026-02-30) as it is written.

    It is then told like every other value of the wrong form, with its key and beside the rest.
    """


class _FastLoader(yaml.CSafeLoader):
    """The same on libyaml, which is ten times as fast and crashes on what is nested too deep."""


def _day_or_text(loader: _Loader | _FastLoader, node: yaml.ScalarNode) -> Any:
    """The day or moment, or its text if there is none such."""
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return loader.construct_scalar(node)


for _each in (_Loader, _FastLoader):
    _each.add_constructor("tag:yaml.org,2002:timestamp", _day_or_text)

_DEEPEST = 100
"""Levels up to which libyaml reads a file; Python's own parser tells what is wrong deeper down."""

_MOST_VALUES = 200_000
"""Values in a file, what references repeat counted each time."""


def _depth(text: str, parser: type[yaml.SafeLoader] | type[yaml.CSafeLoader]) -> int:
    """How deep a text is nested.

    Raises:
        yaml.YAMLError: it is not well-formed, or with every reference written out too large: a few
            lines can stand for more than any memory holds.
    """
    deepest = total = 0
    anchored: dict[str | None, int] = {}
    opened: list[tuple[str | None, int]] = []
    for event in yaml.parse(text, Loader=parser):
        if isinstance(event, yaml.AliasEvent):
            # One that is still open refers to itself, which the loader tells.
            total += anchored.get(event.anchor, 1)
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            anchored[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, total))
            total += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            anchored[anchor] = total - before
        deepest = max(deepest, len(opened))
        if total > _MOST_VALUES:
            mark: Any = event.start_mark
            raise _TooLargeError(problem=_TOO_MUCH, problem_mark=mark)
    return deepest


class _TooLargeError(yaml.MarkedYAMLError):
    """What a text stands for is too large to read."""


def _loader(text: str) -> _Loader | _FastLoader:
    """The fast loader for what is well-formed and not nested too deep, else the explaining one.

    Raises:
        yaml.YAMLError: it is too large with every reference written out.
    """
    try:
        return (_FastLoader if _depth(text, yaml.CSafeLoader) <= _DEEPEST else _Loader)(text)
    except _TooLargeError:
        raise
    except yaml.YAMLError:
        pass
    try:
        # What libyaml refuses may be well-formed to Python's own parser.
        _depth(text, yaml.SafeLoader)
    except _TooLargeError:
        raise
    except yaml.YAMLError:
        pass
    return _Loader(text)


class YamlSource:
    """A parsed YAML mapping that still knows the line of each key."""

    def __init__(
        self,
        file: str,
        root: yaml.MappingNode,
        data: dict[str, Any],
        kept: Mapping[str, list[int]] | None = None,
    ) -> None:
        self.file = file
        self.data = data
        self._root = root
        self._kept = kept or {}
        """Of lists that lost parts: the place of each remaining part in the file."""

    @classmethod
    def parse(cls, text: str, file: str) -> tuple[YamlSource | None, tuple[Finding, ...]]:
        """The source, or findings if it is no YAML mapping or repeats a key."""
        root: yaml.Node | None = None
        try:
            loader = _loader(text)
            root = loader.get_single_node()
            if not isinstance(root, yaml.MappingNode):
                return None, (finding("file.not_a_mapping", Place(file=file, line=1)),)
            double = tuple(_duplicate_keys(root, file))
            data = loader.construct_document(root)
        except yaml.YAMLError as error:
            place = Place(file=file, line=_line_of(error, text))
            problem = getattr(error, "problem", None) or str(error).splitlines()[0]
            return None, (finding("file.yaml", place, detail=_told(problem)),)
        except RecursionError:
            return None, (finding("file.yaml", Place(file=file), detail=_TOO_DEEP),)
        except _UNCAUGHT as error:
            line = _line_of_value(root) if root else getattr(loader, "line", 0) + 1
            return None, (finding("file.yaml", Place(file=file, line=line), detail=error),)
        return cls(file, root, data), double

    def read(self, model: type[ModelT]) -> tuple[ModelT | None, tuple[Finding, ...]]:
        """The model in this source, or else all findings on it."""
        try:
            return model.model_validate(self.data), ()
        except ValidationError as error:
            return None, tuple(self.explain(detail, model) for detail in _causes(error))

    def mended(self, model: type[ModelT], absent: Mapping[str, Any]) -> YamlSource:
        """This source without the parts that ``model`` refuses, so that the rest can be checked.

        Args:
            model: what it should hold.
            absent: values for keys that ``model`` needs and that are missing or refused.
        """
        data, kept = dict(self.data), dict(self._kept)
        try:
            model.model_validate(data)
        except ValidationError as error:
            wrong = [detail["loc"] for detail in error.errors() if detail["loc"]]
        else:
            return self
        for top in dict.fromkeys(loc[0] for loc in wrong):
            key, value = str(top), data.pop(str(top), None)
            parts = {loc[1] for loc in wrong if loc[0] == top and len(loc) > 1}
            if isinstance(value, list) and parts and all(isinstance(part, int) for part in parts):
                kept[key] = [i for i in range(len(value)) if i not in parts]
                data[key] = [value[i] for i in kept[key]]
            elif key in absent:
                data[key] = absent[key]
        return YamlSource(self.file, self._root, data, kept)

    def place(self, key: Key) -> Place:
        """The place of a key, or of the nearest key above it that is there."""
        if len(key) > 1 and isinstance(key[1], int) and key[0] in self._kept:
            key = (key[0], self._kept[str(key[0])][key[1]], *key[2:])
        node: yaml.Node = self._root
        line = node.start_mark.line + 1
        for part in key:
            child = _child(node, part)
            if child is None:
                break
            label, node = child
            line = label.start_mark.line + 1
        return Place(file=self.file, line=line, key=_show(key) or None)

    def explain(self, error: ErrorDetails, model: type[BaseModel]) -> Finding:
        """The finding for one error of pydantic."""
        key: Key = tuple(part for part in error["loc"] if part != "[key]")
        place, name = self.place(key), _show(key) or str(error["loc"])
        context = error.get("ctx", {})
        cause = context.get("error")
        if isinstance(cause, InvalidError):
            at = self.place((*key, *cause.at)) if cause.at else place
            return finding(cause.code, at, **cause.values)
        kind = error["type"]
        if kind == "missing" and isinstance(key[-1], int):  # a list of fixed length
            above, more = _show(key[:-1]), Text(nl="meer regels in de lijst", en="more lines")
            shown = _short(error["input"])
            return finding("file.value_type", place, key=above, value=shown, expected=more)
        if kind == "missing":
            return finding("file.key_missing", place, key=key[-1], meaning=_description(model, key))
        if kind == "extra_forbidden":
            known = nearest_first(str(key[-1]), _model_at(model, key[:-1]).model_fields)
            return finding("file.key_unknown", place, key=key[-1], known=known)
        value = _EMPTY if error["input"] is None else _short(error["input"])
        if kind in ("enum", "literal_error"):
            known_values = context["expected"].replace(" or ", ", ").replace("'", "")
            if not isinstance(value, Text):
                known_values = nearest_first(value, known_values.split(", "))
            return finding("file.value_choice", place, key=name, value=value, known=known_values)
        if kind.startswith("model") and _model_at(model, key) is Text:
            return finding(
                "file.value_type", place, key=name, value=value, expected=_BOTH_LANGUAGES
            )
        if context.get("pattern") in _FORMS:
            form = _FORMS[context["pattern"]]
            return finding("file.value_type", place, key=name, value=value, expected=form)
        for prefix, expected in _EXPECTED.items():
            if kind.startswith(prefix):
                values = {k: _plain(v) for k, v in context.items() if not isinstance(v, Exception)}
                filled = Text(
                    nl=expected.nl.format(**values) if values else expected.nl,
                    en=expected.en.format(**values) if values else expected.en,
                )
                return finding("file.value_type", place, key=name, value=value, expected=filled)
        return finding("file.value_invalid", place, key=name, detail=error["msg"])


def _causes(error: ValidationError) -> list[ErrorDetails]:
    """The errors, less those that follow from another one.

    These say that a part with errors is missing from a list, or that a key is missing that is
    there under a misspelt name.
    """
    details = error.errors()
    places = [detail["loc"] for detail in details]
    unknown = [d["loc"] for d in details if d["type"] == "extra_forbidden"]

    def follows(detail: ErrorDetails) -> bool:
        loc = detail["loc"]
        if detail["type"] == "too_short":
            return any(len(place) > len(loc) and place[: len(loc)] == loc for place in places)
        if detail["type"] == "missing":
            beside = [str(place[-1]) for place in unknown if place[:-1] == loc[:-1]]
            return bool(get_close_matches(str(loc[-1]), beside, n=1))
        return False

    return [detail for detail in details if not follows(detail)]


def _line_of(error: yaml.YAMLError, text: str) -> int | None:
    mark = getattr(error, "problem_mark", None)
    if mark:
        return int(mark.line) + 1
    position = getattr(error, "position", None)  # of a character YAML does not allow
    return text.count("\n", 0, position) + 1 if position is not None else None


def _line_of_value(node: yaml.Node) -> int | None:
    """The line of the first value in ``node`` that cannot be made into what it says it is."""
    if isinstance(node, yaml.ScalarNode):
        try:
            yaml.SafeLoader("").construct_object(node)
        except _UNCAUGHT:
            return int(node.start_mark.line) + 1
        return None
    for child in node.value:
        for part in child if isinstance(child, tuple) else (child,):
            line = _line_of_value(part)
            if line is not None:
                return line
    return None


def _duplicate_keys(node: yaml.Node, file: str) -> list[Finding]:
    found: list[Finding] = []
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for label, value in node.value:
            if not isinstance(label, yaml.ScalarNode):
                continue  # a list or mapping as key: PyYAML refuses it with its line
            if label.value in seen:
                place = Place(file=file, line=label.start_mark.line + 1, key=label.value)
                found.append(finding("file.duplicate_key", place, key=label.value))
            seen.add(label.value)
            found += _duplicate_keys(value, file)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            found += _duplicate_keys(child, file)
    return found


def _child(node: yaml.Node, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for label, value in node.value:
            if label.value == str(part):
                return label, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def _show(key: Key) -> str:
    shown = ""
    for part in key:
        shown += f"[{part}]" if isinstance(part, int) else (f".{part}" if shown else str(part))
    return shown


def _plain(value: object) -> object:
    """A bound as a person writes it: 5, not 5.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _told(problem: str) -> Text | str:
    """A problem of the YAML parser in words, where it is a common one."""
    return next((text for part, text in _PROBLEMS.items() if part in problem), problem)


def _model_at(model: type[BaseModel], key: Key) -> type[BaseModel]:
    for part in key:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        inner = _inner_model(field.annotation) if field else None
        if inner is None:
            return model
        model = inner
    return model


def _inner_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        inner = _inner_model(argument)
        if inner is not None:
            return inner
    return None


def _description(model: type[BaseModel], key: Key) -> str:
    field = _model_at(model, key[:-1]).model_fields.get(str(key[-1]))
    return (field.description if field else None) or ""
