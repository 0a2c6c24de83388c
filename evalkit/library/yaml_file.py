"""YAML files that people write, read into models, with the line of everything wrong."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from evalkit.errors import EvalkitError, FindingsError, finding
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
    "string_pattern": Text(
        nl="de vorm {pattern}",
        en="the form {pattern}",
    ),
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

_TOO_DEEP = Text(
    nl="het verwijst naar zichzelf of is te diep genest",
    en="it refers to itself or is nested too deep",
)

_UNCAUGHT = (ValueError, AttributeError, KeyError, IndexError, TypeError, OverflowError)
"""What PyYAML raises on an impossible date (2026-02-30) or a tag that does not fit its value."""


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


class YamlSource:
    """A parsed YAML mapping that still knows the line of each key."""

    def __init__(self, file: str, root: yaml.MappingNode, data: dict[str, Any]) -> None:
        self.file = file
        self.data = data
        self._root = root

    @classmethod
    def parse(cls, text: str, file: str) -> tuple[YamlSource | None, tuple[Finding, ...]]:
        """The source, or findings if it is no YAML mapping or repeats a key."""
        root: yaml.Node | None = None
        try:
            loader = yaml.SafeLoader(text)
            root = loader.get_single_node()
            if not isinstance(root, yaml.MappingNode):
                return None, (finding("file.not_a_mapping", Place(file=file, line=1)),)
            double = tuple(_duplicate_keys(root, file))
            data = loader.construct_document(root)
        except yaml.YAMLError as error:
            place = Place(file=file, line=_line_of(error, text))
            problem = getattr(error, "problem", None) or str(error).splitlines()[0]
            return None, (finding("file.yaml", place, detail=problem),)
        except RecursionError:
            return None, (finding("file.yaml", Place(file=file), detail=_TOO_DEEP),)
        except _UNCAUGHT as error:
            line = _line_of_value(root) if root else loader.line + 1
            return None, (finding("file.yaml", Place(file=file, line=line), detail=error),)
        return cls(file, root, data), double

    def read(self, model: type[ModelT]) -> tuple[ModelT | None, tuple[Finding, ...]]:
        """The model in this source, or else all findings on it."""
        try:
            return model.model_validate(self.data), ()
        except ValidationError as error:
            return None, tuple(self.explain(detail, model) for detail in _causes(error))

    def without_unknown(self, model: type[BaseModel]) -> YamlSource:
        """This source without the top keys that ``model`` does not know."""
        known = {key: value for key, value in self.data.items() if key in model.model_fields}
        return YamlSource(self.file, self._root, known)

    def place(self, key: Key) -> Place:
        """The place of a key, or of the nearest key above it that is there."""
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
            return finding(cause.code, place, **cause.values)
        kind = error["type"]
        if kind == "missing" and isinstance(key[-1], int):  # a list of fixed length
            above, more = _show(key[:-1]), Text(nl="meer regels in de lijst", en="more lines")
            shown = _short(error["input"])
            return finding("file.value_type", place, key=above, value=shown, expected=more)
        if kind == "missing":
            return finding("file.key_missing", place, key=key[-1], meaning=_description(model, key))
        if kind == "extra_forbidden":
            known = tuple(_model_at(model, key[:-1]).model_fields)
            return finding(
                "file.key_unknown", place, key=key[-1], known=_suggest(str(key[-1]), known)
            )
        value = _short(error["input"])
        if kind in ("enum", "literal_error"):
            known_values = context["expected"].replace(" or ", ", ").replace("'", "")
            return finding("file.value_choice", place, key=name, value=value, known=known_values)
        for prefix, expected in _EXPECTED.items():
            if kind.startswith(prefix):
                values = {k: v for k, v in context.items() if not isinstance(v, Exception)}
                filled = Text(
                    nl=expected.nl.format(**values) if values else expected.nl,
                    en=expected.en.format(**values) if values else expected.en,
                )
                return finding("file.value_type", place, key=name, value=value, expected=filled)
        return finding("file.value_invalid", place, key=name, detail=error["msg"])


def _causes(error: ValidationError) -> list[ErrorDetails]:
    """The errors, less those that only say that a part with errors is missing from a list."""
    details = error.errors()
    places = [detail["loc"] for detail in details]
    return [
        detail
        for detail in details
        if detail["type"] != "too_short"
        or not any(
            len(place) > len(detail["loc"]) and place[: len(detail["loc"])] == detail["loc"]
            for place in places
        )
    ]


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


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _suggest(key: str, known: Sequence[str]) -> str:
    close = get_close_matches(key, known, n=1)
    return ", ".join((*close, *(k for k in known if k not in close)))


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
