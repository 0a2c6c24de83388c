"""The installed plugins: loaded in a stable order, checked, and reported one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

import pluggy

from evalkit.errors import FindingsError, finding
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.measure import Measure
from evalkit.model.project_type import ProjectType
from evalkit.plugin import hookspecs

GROUP = "evalkit"


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
        for name in sorted(sources):
            try:
                self._add(name, sources[name])
            except FindingsError:
                raise
            except Exception as error:
                if self._manager.has_plugin(name):
                    self._manager.unregister(name=name)
                detail = f"{type(error).__name__}: {error}"
                broken.append(finding("plugin.broken", Place(key=name), name=name, detail=detail))
        self.findings: tuple[Finding, ...] = (*broken, *self._misspelt())

    def _add(self, name: str, source: Source) -> None:
        plugin = source.load()
        self._manager.register(plugin, name=name)
        measures = self._own(name, plugin, "evalkit_measures")
        types = self._own(name, plugin, "evalkit_project_types")
        self.measures.update({m.id: m for m in measures})
        self.types.update({t.id: t for t in types})
        callers = self._manager.get_hookcallers(plugin) or []
        self.plugins[name] = PluginInfo(
            name=name,
            version=source.version,
            hooks=tuple(sorted(caller.name for caller in callers)),
            project_types=tuple(t.id for t in types),
            measures=tuple(m.id for m in measures),
        )

    def _own(self, name: str, plugin: Any, hook: str) -> tuple[Any, ...]:
        """What one plugin returns for a hook; its ids are its own and nobody else's."""
        if not hasattr(plugin, hook):
            return ()
        brought = tuple(getattr(plugin, hook)())
        wrong = []
        for thing in brought:
            place = Place(key=thing.id)
            if thing.id in self._owners:
                first = self._owners[thing.id]
                wrong.append(
                    finding("plugin.duplicate_id", place, id=thing.id, first=first, second=name)
                )
            elif not thing.id.startswith(f"{name}."):
                wrong.append(finding("plugin.foreign_id", place, name=name, id=thing.id))
            self._owners[thing.id] = name
        if wrong:
            raise FindingsError(wrong)
        return brought

    def _misspelt(self) -> list[Finding]:
        """Findings on implementations of hooks that do not exist; their plugins stay in use."""
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError:
            return [
                finding("plugin.unknown_hook", Place(key=name), name=name, hook=attribute)
                for name, plugin in self._in_order()
                for attribute in dir(plugin)
                if self._manager.parse_hookimpl_opts(plugin, attribute) is not None
                and not hasattr(hookspecs, attribute)
            ]
        return []

    def _in_order(self) -> list[tuple[str, Any]]:
        return sorted(self._manager.list_name_plugin(), key=lambda pair: pair[0])

    def owner(self, id: str) -> PluginInfo | None:
        """The plugin that brought a measure or project type."""
        name = self._owners.get(id)
        return self.plugins[name] if name else None

    def check_design(self, design: Design) -> tuple[Finding, ...]:
        """The remarks of all plugins on a design, in the order of the plugins' names."""
        found: list[Finding] = []
        for _, plugin in self._in_order():
            if hasattr(plugin, "evalkit_check_design"):
                found += plugin.evalkit_check_design(design=design)
        return tuple(found)


def load_plugins(found: Iterable[EntryPoint] | None = None) -> Registry:
    """Load the plugins of the entry points (by default: all that are installed).

    The order is that of their names, whatever the path. A plugin that cannot be imported is
    reported in ``Registry.findings`` and skipped.

    Raises:
        FindingsError: two plugins bring the same id, or one brings a foreign id.
    """
    points = entry_points(group=GROUP) if found is None else found
    sources: dict[str, Source] = {}
    values: dict[str, str] = {}
    for point in sorted(points, key=lambda p: (p.name, p.value)):
        if point.name in sources:
            first = values[point.name]
            double = finding("plugin.duplicate_id", id=point.name, first=first, second=point.value)
            raise FindingsError([double])
        sources[point.name] = Source(point.load, point.dist.version if point.dist else "0")
        values[point.name] = point.value
    return Registry(sources)
