"""Plugins load in a stable order; a broken one is reported and the others work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from evalkit import Design, Finding, Measure, Place, ProjectType, Scale, SourceRef, Text
from evalkit.errors import FindingsError
from evalkit.plugin import hookimpl, load_content
from evalkit.plugin.hookspecs import evalkit_check_design
from evalkit.plugin.registry import HOOKS, Registry, Source, load_plugins
from evalkit.testing import sample_design
from evalkit.testing.sample import foreign_type

SAID = Text(nl="maat", en="measure")


def measure(id: str) -> Measure:
    return Measure(
        id=id,
        label=SAID,
        description=SAID,
        kind="outcome",
        level="micro",
        respondent="pupil",
        source="register",
        scale=Scale(type="interval"),
        minutes=0,
    )


def project_type(id: str) -> ProjectType:
    return foreign_type().model_copy(update={"id": id})


def plugin(
    measures: tuple[str, ...] = (),
    types: tuple[str, ...] = (),
    check: Callable[[Design], Any] | None = None,
    **attributes: Any,
) -> Source:
    module = ModuleType("fake")
    if measures:
        module.evalkit_measures = hookimpl(lambda: map(measure, measures))
    if types:
        module.evalkit_project_types = hookimpl(lambda: map(project_type, types))
    if check:

        def evalkit_check_design(design: Design) -> Any:
            return check(design)

        module.evalkit_check_design = hookimpl(evalkit_check_design)
    vars(module).update(attributes)
    return Source(lambda: module, "1.0")


def fails(error: Exception) -> Source:
    def load() -> Any:
        raise error

    return Source(load, "1.0")


def codes(findings: tuple[Finding, ...]) -> list[tuple[str, str | None]]:
    return [(f.code, f.place.key) for f in findings]


def design() -> Design:
    return sample_design(foreign_type())


def remark(code: str) -> Finding:
    return Finding(code=code, severity="info", place=Place(), wrong=SAID, remedy=SAID)


def test_what_plugins_bring_is_there_with_its_owner() -> None:
    registry = Registry({"a": plugin(("a.x", "a.y"), ("a.type",)), "b": plugin(("b.x",))})
    assert registry.findings == ()
    assert list(registry.measures) == ["a.x", "a.y", "b.x"]
    assert list(registry.types) == ["a.type"]
    owner = registry.owner("a.y")
    assert owner is not None
    assert (owner.name, owner.version, owner.measures) == ("a", "1.0", ("a.x", "a.y"))
    assert owner.hooks == ("evalkit_measures", "evalkit_project_types")
    assert registry.owner("c.x") is None


def test_order_is_that_of_the_names() -> None:
    sources = {"b": plugin(("b.x",)), "a": plugin(("a.x",)), "c": plugin(("c.x",))}
    registry = Registry(sources)
    assert list(registry.plugins) == ["a", "b", "c"]
    assert list(registry.measures) == ["a.x", "b.x", "c.x"]


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_order_does_not_depend_on_the_path(
    order: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, name in (("one", "zz_alpha"), ("two", "zz_beta")):
        site = tmp_path / folder
        info = site / f"{name}-1.2.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[evalkit]\n{name} = {name}\n")
        (site / f"{name}.py").write_text("")
        monkeypatch.delitem(sys.modules, name, raising=False)
    for folder in order:
        monkeypatch.syspath_prepend(tmp_path / folder)
    registry = load_plugins()
    assert registry.findings == ()
    assert list(registry.plugins)[-2:] == ["zz_alpha", "zz_beta"]
    assert list(registry.plugins) == sorted(registry.plugins)
    assert registry.plugins["zz_beta"].version == "1.2"
    for name in ("zz_alpha", "zz_beta"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def test_the_same_id_from_two_plugins_is_refused_naming_both() -> None:
    with pytest.raises(FindingsError) as caught:
        Registry({"a": plugin(("a.x", "b.x")), "b": plugin(("b.x",))})
    findings = caught.value.findings
    assert codes(findings) == [("plugin.foreign_id", "b.x"), ("plugin.duplicate_id", "b.x")]
    assert "from 'a' and from 'b'" in findings[1].wrong.en
    assert "bij 'a' en bij 'b'" in findings[1].wrong.nl


def test_the_same_id_twice_in_one_plugin_is_refused() -> None:
    with pytest.raises(FindingsError) as caught:
        Registry({"a": plugin(("a.x", "a.x"))})
    assert codes(caught.value.findings) == [("plugin.duplicate_id", "a.x")]


def test_all_wrong_ids_are_said_at_once() -> None:
    with pytest.raises(FindingsError) as caught:
        Registry({"a": plugin(("b.x", "c.x")), "ab": plugin(("a.y",)), "core": plugin()})
    assert codes(caught.value.findings) == [
        ("plugin.foreign_id", "b.x"),
        ("plugin.foreign_id", "c.x"),
        ("plugin.foreign_id", "a.y"),
        ("plugin.reserved_name", "core"),
    ]


def test_two_distributions_with_one_name_are_refused_naming_both() -> None:
    points = [EntryPoint("a", value, "evalkit") for value in ("second.plugin", "first.plugin")]
    with pytest.raises(FindingsError) as caught:
        load_plugins(points)
    assert codes(caught.value.findings) == [("plugin.duplicate_name", "a")]
    assert "first.plugin and second.plugin" in caught.value.findings[0].wrong.en


BROKEN = {
    "import": fails(ImportError("no module named nowhere")),
    "hook raises": plugin(evalkit_measures=hookimpl(lambda: 1 / 0)),
    "second hook raises": plugin(("bad.x",), evalkit_project_types=hookimpl(lambda: [][0])),
    "hook returns nothing": plugin(evalkit_measures=hookimpl(lambda: None)),
    "hook returns something else": plugin(evalkit_measures=hookimpl(lambda: [1])),
    "hook raises half way": plugin(
        evalkit_measures=hookimpl(lambda: (measure(id) for id in ("bad.x", "Bad")))
    ),
    "hook with another argument": plugin(evalkit_check_design=hookimpl(lambda desing: ())),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_reported_and_the_others_work(name: str) -> None:
    ask = plugin(("a.x",), check=lambda _: [remark("a.said")])
    last = plugin(("z.x",), ("z.type",))
    registry = Registry({"a": ask, "bad": BROKEN[name], "z": last})
    assert codes(registry.findings) == [("plugin.broken", "bad")]
    assert registry.findings[0].severity == "warning"
    assert list(registry.plugins) == ["a", "z"]
    assert list(registry.measures) == ["a.x", "z.x"]
    assert list(registry.types) == ["z.type"]
    assert registry.owner("bad.x") is None
    assert [f.code for f in registry.check_design(design())] == ["a.said"]


def test_a_plugin_that_cannot_be_imported_is_named() -> None:
    registry = load_plugins([EntryPoint("a", "evalkit_nowhere.plugin", "evalkit")])
    assert codes(registry.findings) == [("plugin.broken", "a")]
    assert "evalkit_nowhere" in registry.findings[0].wrong.en


def content_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> str:
    package = tmp_path / "content_of_a_plugin"
    package.mkdir()
    (package / "__init__.py").write_text("")
    for name, text in files.items():
        (package / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, package.name, raising=False)
    return package.name


MEASURE = """\
measures:
  - id: bad.{name}
    label: {{nl: maat, en: measure}}
    description: {{nl: maat, en: measure}}
    kind: outcome
    level: micro
    respondent: pupil
    source: register
    scale: {{type: {type}}}
    minutes: 0
"""


def test_content_files_are_joined_in_the_order_of_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = content_package(
        tmp_path,
        monkeypatch,
        b=MEASURE.format(name="second", type="ratio"),
        a=MEASURE.format(name="first", type="interval"),
    )
    content = load_content(package)
    assert [m.id for m in content.measures] == ["bad.first", "bad.second"]
    assert content.project_types == ()


def test_wrong_content_breaks_its_own_plugin_alone_and_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = content_package(
        tmp_path, monkeypatch, a=MEASURE.format(name="x", type="wild"), b="measures: [\n"
    )
    with pytest.raises(FindingsError) as caught:
        load_content(package)
    places = [(f.code, f.place.file, f.place.line) for f in caught.value.findings]
    assert places == [("file.value_choice", "a.yaml", 9), ("file.yaml", "b.yaml", 2)]
    wrong = plugin(evalkit_measures=hookimpl(lambda: load_content(package).measures))
    registry = Registry({"a": plugin(("a.x",)), "bad": wrong})
    assert codes(registry.findings) == [("plugin.broken", "bad")]
    assert "'wild'" in registry.findings[0].wrong.en
    assert list(registry.measures) == ["a.x"]


def test_a_misspelt_hook_is_reported_and_its_plugin_stays() -> None:
    wrong = plugin(("a.x",), evalkit_project_type=hookimpl(lambda: ()))
    registry = Registry({"a": wrong, "b": plugin(("b.x",))})
    assert codes(registry.findings) == [("plugin.unknown_hook", "a")]
    assert "evalkit_project_type." in registry.findings[0].wrong.en
    assert list(registry.measures) == ["a.x", "b.x"]
    assert registry.plugins["a"].hooks == ("evalkit_measures",)


def test_a_hook_without_its_marker_is_reported_and_not_called() -> None:
    registry = Registry({"a": plugin(evalkit_measures=lambda: [measure("a.x")])})
    assert codes(registry.findings) == [("plugin.unmarked_hook", "a")]
    assert registry.measures == {}


def test_remarks_on_a_design_come_in_the_order_of_the_names() -> None:
    registry = Registry(
        {
            "b": plugin(check=lambda _: [remark("b.one"), remark("b.two")]),
            "a": plugin(check=lambda _: iter([remark("a.one")])),
        }
    )
    assert [f.code for f in registry.check_design(design())] == ["a.one", "b.one", "b.two"]


@pytest.mark.parametrize("check", [lambda _: 1 / 0, lambda _: None, lambda _: ["wrong"]])
def test_a_plugin_that_fails_on_a_design_is_reported_and_the_others_go_on(
    check: Callable[[Design], Any],
) -> None:
    registry = Registry({"a": plugin(check=check), "b": plugin(check=lambda _: [remark("b.one")])})
    found = registry.check_design(design())
    assert codes(found) == [("b.one", None), ("plugin.hook_failed", "a")]


def test_a_plugin_that_fails_half_way_gives_no_half_remarks() -> None:
    def check(_: Design) -> Any:
        yield remark("a.one")
        raise ValueError("half way")

    assert [f.code for f in Registry({"a": plugin(check=check)}).check_design(design())] == [
        "plugin.hook_failed"
    ]


def test_every_hook_is_used_by_an_installed_plugin_and_documented() -> None:
    registry = load_plugins()
    used = {hook for info in registry.plugins.values() for hook in info.hooks}
    assert set(HOOKS) <= used
    assert "Called" in (evalkit_check_design.__doc__ or "")


def test_installed_plugins_load_without_findings() -> None:
    registry = load_plugins()
    assert registry.findings == ()
    assert {"iio.slimfit", "lof.project", "datateams.team"} <= set(registry.types)
    origins = [type.origin for type in registry.types.values()]
    assert all(isinstance(origin, SourceRef) for origin in origins)
