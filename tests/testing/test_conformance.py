"""The checks for plugin authors find what is wrong, in words that name it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from evalkit.testing import assert_conforms, check_plugin

Make = Callable[..., str]
_numbers = count()

PLUGIN = """\
from evalkit.plugin import hookimpl, load_content

@hookimpl
def evalkit_measures():
    return load_content(__package__).measures

@hookimpl
def evalkit_project_types():
    return load_content(__package__).project_types
"""

CONTENT = """\
measures:
  - id: NAME.satisfaction
    label: {nl: tevredenheid, en: satisfaction}
    description: {nl: Hoe tevreden men is., en: How satisfied people are.}
    kind: outcome
    level: micro
    respondent: teacher
    source: survey
    scale:
      type: ordinal
      minimum: 1
      maximum: 2
      choices:
        - {value: 1, label: {nl: nee, en: "no"}}
        - {value: 2, label: {nl: ja, en: "yes"}}
    minutes: 1
    origin: {document: own, place: here}
project_types:
  - id: NAME.type
    label: {nl: soort, en: type}
    description: {nl: Een soort project., en: A type of project.}
    sectors: [po]
    requires:
      - {measure: NAME.satisfaction, waves: [baseline, post]}
    comparisons: [comparison_group]
    procedure:
      - {id: think, phase: plan, label: {nl: bedenken, en: think}}
      - {id: try, phase: do, label: {nl: proberen, en: try}}
      - {id: decide, phase: act, label: {nl: besluiten, en: decide}}
      - {id: again, phase: plan, label: {nl: opnieuw bedenken, en: think again}}
    card:
      aspects: [leadership]
    origin: {document: own, place: here}
"""

CHECK = """\

from evalkit import Finding, Place, Text

@hookimpl
def evalkit_check_design(design):
    said = Text(nl="maat", en="measure")
    yield Finding(code="CODE", severity="info", place=Place(), wrong=said, remedy=said)
"""


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Install a plugin in a folder of its own and give its name."""
    made: list[str] = []

    def install(code: str = PLUGIN, content: str = CONTENT) -> str:
        name = f"fake{next(_numbers)}"
        made.append(name)
        package = tmp_path / name
        info = tmp_path / f"{name}-1.0.dist-info"
        package.mkdir()
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[evalkit]\n{name} = {name}.plugin\n")
        (package / "__init__.py").write_text("")
        (package / "plugin.py").write_text(code.replace("NAME", name))
        (package / "content.yaml").write_text(content.replace("NAME", name))
        return name

    monkeypatch.syspath_prepend(tmp_path)
    yield install
    for name in made:
        for module in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
            del sys.modules[module]


def changed(old: str, new: str) -> str:
    assert old in CONTENT
    return CONTENT.replace(old, new)


def test_a_good_plugin_passes(make: Make) -> None:
    name = make()
    assert check_plugin(name) == []
    assert_conforms(name)


def test_assert_conforms_says_all(make: Make) -> None:
    name = make(content=changed("minutes: 1", "minutes: 0").replace("[leadership]", "[weather]"))
    with pytest.raises(AssertionError, match=r"(?s)minutes is 0.*'weather'"):
        assert_conforms(name)


def test_a_plugin_that_is_not_installed() -> None:
    assert check_plugin("nowhere") == [
        "no entry point 'nowhere' in the group 'evalkit' is installed"
    ]


CONTENTS: dict[str, tuple[str, str, str]] = {
    "measure of nobody": (
        "measure: NAME.satisfaction",
        "measure: other.satisfaction",
        "NAME.type: requires other.satisfaction, which neither",
    ),
    "wave of nobody": ("[baseline, post]", "[baseline, spring]", "in wave 'spring'"),
    "untranslated": (
        "en: How satisfied people are.",
        "en: Hoe tevreden men is.",
        "NAME.satisfaction: description is the same in Dutch and English: 'Hoe tevreden men is.'",
    ),
    "no time for questions": ("minutes: 1", "minutes: 0", "minutes is 0"),
    "no source": (
        "    origin: {document: own, place: here}\nproject_types",
        "project_types",
        "origin is missing",
    ),
    "no bounds": ("      maximum: 2\n", "", "needs minimum and maximum"),
    "choices out of order": ("{value: 1, label", "{value: 3, label", "not in the order"),
    "choice twice": ("{value: 1, label", "{value: 2, label", "the same value"),
    "choice out of bounds": ("maximum: 2", "maximum: 1.5", "lies outside"),
    "choice of text": ("{value: 1, label", "{value: one, label", "need numbers"),
    "do before plan": (
        "{id: think, phase: plan",
        "{id: think, phase: do",
        "starts with 'do' instead of 'plan'",
    ),
    "back from check to do": (
        "{id: decide, phase: act, label: {nl: besluiten, en: decide}}",
        "{id: look, phase: check, label: {nl: kijken, en: look}}\n"
        "      - {id: decide, phase: do, label: {nl: besluiten, en: decide}}",
        "step 'decide' (do) comes after a step of 'check'",
    ),
    "step twice": ("{id: try,", "{id: think,", "'think' is there twice under procedure"),
    "unknown aspect": ("[leadership]", "[weather]", "card.aspects has 'weather'"),
    "weaker than the basisset": (
        "requires:\n",
        "requires:\n      - {measure: core.workload, waves: [post]}\n",
        "a protocol cannot require this: protocol.core_fewer_waves",
    ),
    "foreign id": ("- id: NAME.type", "- id: other.type", "plugin.foreign_id"),
    "measure twice": (
        "project_types:\n",
        "  - {id: NAME.satisfaction, label: {nl: a, en: b}, description: {nl: a, en: b}, "
        "kind: outcome, level: micro, respondent: pupil, source: log, scale: {type: ratio}, "
        "minutes: 1, origin: {document: own, place: here}}\nproject_types:\n",
        "plugin.duplicate_id",
    ),
    "empty text": ("{nl: soort, en: type}", "{nl: ' ', en: type}", "plugin.broken"),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_wrong_content_is_found(name: str, make: Make) -> None:
    old, new, message = CONTENTS[name]
    made = make(content=changed(old, new))
    messages = [found.replace(made, "NAME") for found in check_plugin(made)]
    assert any(message in found for found in messages), messages


CODES: dict[str, tuple[str, str]] = {
    "private room": (
        "from evalkit.model.design import Design\n" + PLUGIN,
        "plugin.py, line 1: imports from evalkit.model.design, which is not public",
    ),
    "private module": (
        PLUGIN + "import evalkit.library.protocols\n",
        "imports evalkit.library.protocols, which is not public",
    ),
    "private name": (
        "from evalkit.plugin import registry\n" + PLUGIN,
        "imports registry from evalkit.plugin, which is not public",
    ),
    "private name of the top": (
        "def later():\n    from evalkit import errors\n" + PLUGIN,
        "imports errors from evalkit, which is not public",
    ),
    "misspelt hook": (
        PLUGIN + "\n@hookimpl\ndef evalkit_designs():\n    return ()\n",
        "plugin.unknown_hook",
    ),
    "unmarked hook": (
        PLUGIN.replace("@hookimpl\ndef evalkit_project", "def evalkit_project"),
        "plugin.unmarked_hook",
    ),
    "cannot be imported": ("import nowhere_at_all\n", "plugin.broken"),
    "hook raises": (
        PLUGIN.replace("return load_content(__package__).measures", "raise OSError('gone')"),
        "OSError: gone",
    ),
    "remarks on others' types": (PLUGIN + CHECK, "on a type of another plugin"),
    "remark with a foreign code": (
        PLUGIN + CHECK.replace("    yield", "    if design.type.id[:4] == 'fake': yield"),
        "gives code 'CODE'; let it start with",
    ),
    "hook that fails on some designs": (
        PLUGIN + CHECK.replace("    yield", "    design.project.features['size']\n    yield"),
        "KeyError: 'size'",
    ),
}


@pytest.mark.parametrize("name", CODES)
def test_wrong_code_is_found(name: str, make: Make) -> None:
    code, message = CODES[name]
    messages = check_plugin(make(code))
    assert any(message in found for found in messages), messages
    assert len(set(messages)) == len(messages)


def test_public_imports_pass(make: Make) -> None:
    imports = """\
import evalkit
import evalkit.plugin
from evalkit import Design, Finding, __version__, plugin, testing
from evalkit.testing import check_plugin
"""
    assert check_plugin(make(imports + PLUGIN)) == []


def test_a_hook_that_remarks_on_its_own_types_passes(make: Make) -> None:
    check = CHECK.replace("CODE", "NAME.said").replace(
        "    yield",
        "    if design.type.id == 'NAME.type' and not design.project.has_comparison: yield",
    )
    assert check_plugin(make(PLUGIN + check)) == []
