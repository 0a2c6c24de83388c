"""``evalkit type`` and ``evalkit measure``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from evalkit.cli.options import Session, reading
from evalkit.cli.showing import print_json, say, table, translate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evalkit.language import Translate
    from evalkit.model.measure import Measure, SourceRef
    from evalkit.model.project_type import ProjectType
    from evalkit.model.text import Lang


@click.group()
def type() -> None:
    """Project types: what plugins know of each kind of innovation."""


@type.command("list")
@reading
def list_types(session: Session) -> None:
    """List the project types."""
    from evalkit.plugin.registry import load_plugins

    t, lang = translate(session.lang), session.lang
    found = load_plugins().types
    if session.as_json:
        print_json(list(found.values()))
        return
    table(
        (t("Project type"), t("Name"), t("Sector"), t("Measures")),
        [(id, x.label.to(lang), ", ".join(x.sectors), len(x.requires)) for id, x in found.items()],
    )


@type.command("show")
@click.argument("id")
@reading
def show_type(session: Session, id: str) -> None:
    """Show all that is known of a project type."""
    from evalkit.plugin.registry import load_plugins
    from evalkit.workspace.content import measures, project_type

    plugins = load_plugins()
    found = project_type(plugins, id)
    if session.as_json:
        print_json(found)
        return
    known = {i: m for i, (m, _) in measures(session.protocols(plugins), plugins).items()}
    _Account(found, known, session.lang).print()


class _Account:
    """A readable account of a project type."""

    def __init__(self, type: ProjectType, measures: dict[str, Measure], lang: Lang) -> None:
        self.type = type
        self.measures = measures
        self.lang: Lang = lang
        self.t: Translate = translate(lang)

    def print(self) -> None:
        t, lang, type = self.t, self.lang, self.type
        say(f"{type.label.to(lang)} ({type.id} {type.version})")
        say(type.description.to(lang))
        sectors = ", ".join(sector.label.to(lang) for sector in type.sectors)
        say(t("Sector: {names}").format(names=sectors))
        compared = ", ".join(c.label.to(lang) for c in type.comparisons)
        say(t("Comparison design: {names}").format(names=compared))
        if type.variant:
            say(t("Variant: {name}").format(name=type.variant.label.to(lang)))
        self._list(t("Goals"), (f"{g.level.label.to(lang)}: {g.text.to(lang)}" for g in type.goals))
        self._list(
            t("Periods"), (f"{p.label.to(lang)}: {p.description.to(lang)}" for p in type.periods)
        )
        self._list(
            t("Scenarios"),
            (f"{s.id}: {s.label.to(lang)}. {s.description.to(lang)}" for s in type.scenarios),
        )
        self._list(
            t("Features that may explain results"), map(self._feature, range(len(type.features)))
        )
        self._measures()
        self._list(
            t("Steps"),
            (f"{s.id}: {s.label.to(lang)} ({s.phase.label.to(lang)})" for s in type.procedure),
        )
        say()
        self._results()
        self._factors()
        self._list(
            t("Yields"),
            (
                f"{y.level.label.to(lang)}: {y.text.to(lang)} {self._source(y.source)}"
                for y in type.yields
            ),
        )
        say()
        say(t("Source: {source}").format(source=self._source(type.origin)))

    def _list(self, title: str, lines: Iterable[str]) -> None:
        shown = list(lines)
        if shown:
            say()
            say(title)
            for line in shown:
                say(f"  - {line}")

    def _feature(self, number: int) -> str:
        feature = self.type.features[number]
        unit = f" ({feature.unit.to(self.lang)})" if feature.unit else ""
        return f"{feature.id}: {feature.label.to(self.lang)}{unit}"

    def _measures(self) -> None:
        t, lang = self.t, self.lang
        say()
        table(
            (t("Measure"), t("Name"), t("Kind"), t("Moments"), t("Mandatory")),
            [
                (
                    r.measure,
                    self.measures[r.measure].label.to(lang),
                    self.measures[r.measure].kind.label.to(lang),
                    ", ".join(r.waves),
                    t("yes") if r.mandatory else t("no"),
                )
                for r in self.type.requires
            ],
            title=t("Measures this type adds to the basisset"),
        )

    def _results(self) -> None:
        t, lang = self.t, self.lang
        rows = []
        for r in self.type.reference_results:
            low, high = r.percent_low, r.percent_high
            figure = "" if low is None else f"{low:+g}%"
            figure += "" if high is None else f" … {high:+g}%"
            text = r.result.to(lang) + (f" {r.condition.to(lang)}" if r.condition else "")
            rows.append((r.measure, r.kind.label.to(lang), figure, text, self._source(r.source)))
        if rows:
            headers = (t("Measure"), t("What it says"), t("Change"), t("Result"), t("Source"))
            table(headers, rows, title=t("Expected and published results"))

    def _factors(self) -> None:
        t, lang = self.t, self.lang
        rows = [
            (f.side.label.to(lang), f.rank, f.text.to(lang), f.factor, self._source(f.source))
            for f in sorted(self.type.factors, key=lambda f: (f.side != "promoting", f.rank))
        ]
        if rows:
            headers = (t("Side"), t("Rank"), t("What was named"), t("Factor"), t("Source"))
            table(headers, rows, title=t("Success and failure factors"))

    def _source(self, source: SourceRef) -> str:
        return source_text(source)


def source_text(source: SourceRef) -> str:
    """A source in short: ``[001_iio_vo_summary, top-5, 2015]``."""
    year = f", {source.year}" if source.year else ""
    return f"[{source.document}, {source.place}{year}]"


@click.group()
def measure() -> None:
    """Measures: what is measured, always in the same way."""


@measure.command("list")
@reading
def list_measures(session: Session) -> None:
    """List all measures of protocols and plugins."""
    from evalkit.plugin.registry import load_plugins
    from evalkit.workspace.content import measures

    t, lang = translate(session.lang), session.lang
    plugins = load_plugins()
    found = measures(session.protocols(plugins), plugins)
    if session.as_json:
        print_json([m for m, _ in found.values()])
        return
    table(
        (t("Measure"), t("Version"), t("Name"), t("Kind"), t("From whom"), t("Minutes"), t("Of")),
        [
            (
                id,
                m.version,
                m.label.to(lang),
                m.kind.label.to(lang),
                m.respondent.label.to(lang),
                f"{m.minutes:g}",
                owner,
            )
            for id, (m, owner) in found.items()
        ],
    )


@measure.command("show")
@click.argument("id")
@reading
def show_measure(session: Session, id: str) -> None:
    """Show one measure with its items and scale."""
    from evalkit.plugin.registry import load_plugins
    from evalkit.workspace.content import measure as find

    t, lang = translate(session.lang), session.lang
    plugins = load_plugins()
    found, owner = find(session.protocols(plugins), plugins, id)
    if session.as_json:
        print_json(found)
        return
    scale = found.scale
    say(f"{found.label.to(lang)} ({found.name})")
    say(found.description.to(lang))
    bounds = (
        ""
        if scale.minimum is None or scale.maximum is None
        else f"{scale.minimum:g}–{scale.maximum:g}"
    )
    facts = (
        (t("Kind"), found.kind.label.to(lang)),
        (t("Level"), found.level.label.to(lang)),
        (t("From whom"), found.respondent.label.to(lang)),
        (t("Source"), found.source.label.to(lang)),
        (t("Scale"), f"{scale.type.label.to(lang)} {bounds}".strip()),
        (t("Unit"), scale.unit.to(lang) if scale.unit else ""),
        (t("Direction"), scale.better.label.to(lang)),
        (t("Minutes"), f"{found.minutes:g}"),
        (t("Computed from"), ", ".join(found.computed_from)),
        (t("A case of"), found.specialises or ""),
        (t("Defined by"), owner),
        (t("Origin"), source_text(found.origin) if found.origin else ""),
    )
    for name, value in facts:
        if value:
            say(f"  {name}: {value}")
    for number, item in enumerate(found.items, start=1):
        turned = " " + t("(turned round in the score)") if item.reverse else ""
        say(f"  {number}. {item.text.to(lang)}{turned}")
    if scale.choices:
        say("  " + " · ".join(f"{c.value} = {c.label.to(lang)}" for c in scale.choices))
