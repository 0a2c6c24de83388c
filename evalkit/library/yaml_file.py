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
from evalkit.library.file_faults import fault
from evalkit.library.nearest import nearest_first
from evalkit.library.yaml_wording import (
    BAD_TAG,
    BOTH_LANGUAGES,
    EMPTY,
    EXPECTED,
    FORMS,
    TOO_DEEP,
    TOO_MUCH,
    UNFIT,
    told,
    why_no_day,
)
from evalkit.model.finding import Finding, Place
from evalkit.model.invalid import InvalidError
from evalkit.model.text import Text

ModelT = TypeVar("ModelT", bound=BaseModel)
Key = tuple[str | int, ...]

MOST_BYTES = 10 * 10**6
"""The largest file that is read; a protocol with everything in it has a hundredth of that."""

_UNCAUGHT = (ValueError, AttributeError, KeyError, IndexError, TypeError, OverflowError)
"""What PyYAML raises on a tag that does not fit its value."""


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        EvalkitError: it does not exist, is not UTF-8 text, or is larger than such files ever are.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise EvalkitError(
                "file.too_large", path=path, size=size // 10**6, limit=MOST_BYTES // 10**6
            )
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise EvalkitError("file.missing", path=path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise EvalkitError("file.unreadable", path=path, detail=fault(error)) from None


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
            raise _TooLargeError(problem=TOO_MUCH, problem_mark=mark)
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
            return None, (finding("file.yaml", place, detail=told(problem)),)
        except RecursionError:
            return None, (finding("file.yaml", Place(file=file), detail=TOO_DEEP),)
        except _UNCAUGHT:
            line = _line_of_value(root) if root else getattr(loader, "line", 0) + 1
            return None, (finding("file.yaml", Place(file=file, line=line), detail=BAD_TAG),)
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
            said = Text(nl="wat daar hoort, staat in docs/files.md", en=_description(model, key))
            return finding("file.key_missing", place, key=key[-1], meaning=said)
        if kind == "extra_forbidden":
            known = nearest_first(str(key[-1]), _model_at(model, key[:-1]).model_fields)
            return finding("file.key_unknown", place, key=key[-1], known=known)
        value = EMPTY if error["input"] is None else _short(error["input"])
        if kind in ("enum", "literal_error"):
            known_values = context["expected"].replace(" or ", ", ").replace("'", "")
            if not isinstance(value, Text):
                known_values = nearest_first(value, known_values.split(", "))
            return finding("file.value_choice", place, key=name, value=value, known=known_values)
        if kind.startswith("model") and _model_at(model, key) is Text:
            return finding("file.value_type", place, key=name, value=value, expected=BOTH_LANGUAGES)
        if context.get("pattern") in FORMS:
            form = FORMS[context["pattern"]]
            return finding("file.value_type", place, key=name, value=value, expected=form)
        if kind.startswith("date") and (why := why_no_day(error["input"])):
            return finding("file.no_such_day", place, key=name, value=value, why=why)
        for prefix, expected in EXPECTED.items():
            if kind.startswith(prefix):
                values = {k: _plain(v) for k, v in context.items() if not isinstance(v, Exception)}
                filled = Text(
                    nl=expected.nl.format(**values) if values else expected.nl,
                    en=expected.en.format(**values) if values else expected.en,
                )
                return finding("file.value_type", place, key=name, value=value, expected=filled)
        return finding("file.value_invalid", place, key=name, detail=UNFIT)


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
    return (field.description if field else None) or str(key[-1])
