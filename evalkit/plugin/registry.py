"""The installed plugins: loaded in a stable order, checked, and reported one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import pluggy

from evalkit.errors import FindingsError, finding, refuse_errors
from evalkit.model.base import Model
from evalkit.model.design import ComparisonPair, Design
from evalkit.model.finding import Finding, Place
from evalkit.model.measure import Measure
from evalkit.model.project_type import ProjectType
from evalkit.plugin import hookspecs

if TYPE_CHECKING:
    import pandas as pd

GROUP = "evalkit"
HOOKS = tuple(name for name in dir(hookspecs) if name.startswith("evalkit_"))
RESERVED = ("core",)
"""Names no plugin can take: the measures of the basisset start with them."""

ModelT = TypeVar("ModelT", bound=Model)


class PluginInfo(NamedTuple):
    """One installed plugin."""

    name: str
    version: str
    hooks: tuple[str, ...]
    project_types: tuple[str, ...]
    measures: tuple[str, ...]


class Source(NamedTuple):
    """Where a plugin comes from: how to import it, and the version of its distribution."""

    load: Callable[[], Any]
    version: str


class Registry:
    """What the installed plugins contribute, in the order of their names.

    Attributes:
        plugins: the plugins that work, by name.
        measures: their measures, by id.
        types: their project types, by id.
        findings: plugins that are broken or misspell a hook; the others go on.
    """

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self.plugins: dict[str, PluginInfo] = {}
        self.measures: dict[str, Measure] = {}
        self.types: dict[str, ProjectType] = {}
        self._owners: dict[str, str] = {}
        self._manager = pluggy.PluginManager("evalkit")
        self._manager.add_hookspecs(hookspecs)
        broken: list[Finding] = []
        wrong: list[Finding] = []
        for name in sorted(sources):
            try:
                measures, types = self._load(name, sources[name])
            except Exception as error:
                detail = f"{type(error).__name__}: {error}"
                broken.append(finding("plugin.broken", Place(key=name), name=name, detail=detail))
            else:
                wrong += self._claim(name, [m.id for m in measures] + [t.id for t in types])
                self._add(name, sources[name].version, measures, types)
        refuse_errors(wrong)
        self.findings: tuple[Finding, ...] = (*broken, *self._misspelt())

    def _load(
        self, name: str, source: Source
    ) -> tuple[tuple[Measure, ...], tuple[ProjectType, ...]]:
        plugin = source.load()
        try:
            self._manager.register(plugin, name=name)
            return (
                self._ask(plugin, "evalkit_measures", Measure),
                self._ask(plugin, "evalkit_project_types", ProjectType),
            )
        except Exception:
            if self._manager.has_plugin(name):
                self._manager.unregister(name=name)
            raise

    def _ask(self, plugin: Any, hook: str, kind: type[ModelT]) -> tuple[ModelT, ...]:
        """What one plugin returns for a hook that takes no arguments.

        Raises:
            TypeError: it returns something else than the hook asks for.
        """
        if not self._implements(plugin, hook):
            return ()
        brought = tuple(getattr(plugin, hook)())
        for thing in brought:
            if not isinstance(thing, kind):
                raise TypeError(f"{hook} returned {type(thing).__name__}, not {kind.__name__}")
        return brought

    def _implements(self, plugin: Any, hook: str) -> bool:
        return self._manager.parse_hookimpl_opts(plugin, hook) is not None

    def _add(
        self,
        name: str,
        version: str,
        measures: tuple[Measure, ...],
        types: tuple[ProjectType, ...],
    ) -> None:
        self.measures.update({m.id: m for m in measures})
        self.types.update({t.id: t for t in types})
        callers = self._manager.get_hookcallers(self._manager.get_plugin(name)) or []
        self.plugins[name] = PluginInfo(
            name=name,
            version=version,
            hooks=tuple(sorted(caller.name for caller in callers if caller.has_spec())),
            project_types=tuple(t.id for t in types),
            measures=tuple(m.id for m in measures),
        )

    def _claim(self, name: str, ids: list[str]) -> Iterator[Finding]:
        """Make the ids the plugin's own; they must be its own and nobody else's."""
        if name in RESERVED:
            yield finding("plugin.reserved_name", Place(key=name), name=name)
        for id in ids:
            if id in self._owners:
                values = {"id": id, "first": self._owners[id], "second": name}
                yield finding("plugin.duplicate_id", Place(key=id), **values)
            if not id.startswith(f"{name}."):
                yield finding("plugin.foreign_id", Place(key=id), name=name, id=id)
            self._owners.setdefault(id, name)

    def _misspelt(self) -> list[Finding]:
        """Findings on hooks that do not exist and on hooks that lack their marker; their
        plugins stay in use.
        """
        found = [
            finding("plugin.unmarked_hook", Place(key=name), name=name, hook=hook)
            for name, plugin in self._in_order()
            for hook in HOOKS
            if callable(getattr(plugin, hook, None)) and not self._implements(plugin, hook)
        ]
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError:
            found += [
                finding("plugin.unknown_hook", Place(key=name), name=name, hook=attribute)
                for name, plugin in self._in_order()
                for attribute in dir(plugin)
                if self._implements(plugin, attribute) and attribute not in HOOKS
            ]
        return found

    def _in_order(self) -> list[tuple[str, Any]]:
        return sorted(self._manager.list_name_plugin(), key=lambda pair: pair[0])

    def owner(self, id: str) -> PluginInfo | None:
        """The plugin that brought a measure or project type."""
        name = self._owners.get(id)
        return self.plugins[name] if name else None

    def comparison_pairs(
        self, design: Design
    ) -> tuple[tuple[ComparisonPair, ...], tuple[Finding, ...]]:
        """Who serves as whose control, by all plugins, and findings on plugins that failed."""
        found, failed = self._call("evalkit_comparison_pairs", ComparisonPair, design=design)
        return found, failed

    def computed_measures(
        self, design: Design, wave: str, rows: pd.DataFrame
    ) -> tuple[dict[str, pd.Series], tuple[Finding, ...]]:
        """Values of computed measures for rows that came in, and findings on plugins that failed.

        Only of measures the design takes in that wave, each from the plugin that owns it.
        """
        wanted = {entry.measure for entry in design.entries(wave) if entry.computed}
        computed: dict[str, pd.Series] = {}
        failed: list[Finding] = []
        for name, plugin in self._in_order():
            mine = {id for id in wanted if self._owners.get(id) == name}
            if mine and self._implements(plugin, "evalkit_computed_measures"):
                try:
                    values = plugin.evalkit_computed_measures(design=design, wave=wave, rows=rows)
                    for id in sorted(mine & set(values)):
                        computed[id] = values[id].astype(float).reindex(rows.index)
                except Exception as error:
                    failed.append(_failure(name, error))
        return computed, tuple(failed)

    def check_design(self, design: Design) -> tuple[Finding, ...]:
        """The remarks of all plugins on a design, in the order of the plugins' names.

        A plugin that fails on it is reported after them; the others go on.
        """
        found, failed = self._call("evalkit_check_design", Finding, design=design)
        return (*found, *failed)

    def _call(
        self, hook: str, kind: type[ModelT], **arguments: Any
    ) -> tuple[tuple[ModelT, ...], tuple[Finding, ...]]:
        """What all plugins return for a hook, and a finding for each that fails on it."""
        found: list[ModelT] = []
        failed: list[Finding] = []
        for name, plugin in self._in_order():
            if not self._implements(plugin, hook):
                continue
            try:
                brought = tuple(getattr(plugin, hook)(**arguments))
                for thing in brought:
                    if not isinstance(thing, kind):
                        raise TypeError(f"it returned {type(thing).__name__}, not {kind.__name__}")
            except Exception as error:
                failed.append(_failure(name, error))
            else:
                found += brought
        return tuple(found), tuple(failed)


def _failure(name: str, error: Exception) -> Finding:
    detail = f"{type(error).__name__}: {error}"
    return finding("plugin.hook_failed", Place(key=name), name=name, detail=detail)


def load_plugins(found: Iterable[EntryPoint] | None = None) -> Registry:
    """Load the plugins of the entry points (by default: all that are installed).

    The order is that of their names, whatever the path. A plugin that cannot be imported is
    reported in ``Registry.findings`` and skipped.

    Raises:
        FindingsError: two plugins have the same name or bring the same id, or one brings an id
            that does not start with its own name.
    """
    points = entry_points(group=GROUP) if found is None else found
    sources: dict[str, Source] = {}
    origins: dict[str, str] = {}
    for point in sorted(points, key=lambda p: (p.name, _distribution(p))):
        if point.name in sources:
            first, second = origins[point.name], _distribution(point)
            said = {"name": point.name, "first": first, "second": second}
            raise FindingsError([finding("plugin.duplicate_name", Place(key=point.name), **said)])
        sources[point.name] = Source(point.load, point.dist.version if point.dist else "0")
        origins[point.name] = _distribution(point)
    return Registry(sources)


def _distribution(point: EntryPoint) -> str:
    """Where an entry point comes from: its distribution and module."""
    return f"{point.dist.name} ({point.value})" if point.dist else point.value
