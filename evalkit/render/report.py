"""The synthesis report: what all projects together show, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evalkit.language import translator
from evalkit.library.factors import factors
from evalkit.library.vocabularies import vocabularies
from evalkit.model.card import Card
from evalkit.model.effect import ALL, EffectSize, PooledEstimate
from evalkit.model.hashing import short
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang
from evalkit.model.vocabulary import RUNG_LABELS, BaselineStatus, NotPooled, Verdict, WaveKind
from evalkit.render.blocks import (
    Block,
    Bullets,
    Callout,
    Column,
    Document,
    Figure,
    Heading,
    KeyValues,
    Paragraph,
    Stat,
    Stats,
    Table,
    literal,
)
from evalkit.render.known_before import published_results
from evalkit.render.registered_against_reported import registered_against_reported
from evalkit.render.wording import capital, interval, labels, number


def synthesis_report(
    found: Synthesis, figures: Mapping[str, bytes], lang: Lang, notice: str | None = None
) -> Document:
    """The report on a synthesis.

    Args:
        found: the synthesis.
        figures: forest plots as SVG, by measure and wave as their pictures are named.
        lang: its language.
        notice: a remark that must stand first, if there is one.
    """
    return _Writer(found, figures, lang, notice).document()


class _Writer:
    def __init__(
        self, found: Synthesis, figures: Mapping[str, bytes], lang: Lang, notice: str | None
    ) -> None:
        self.found = found
        self.figures = figures
        self.lang = lang
        self.notice = notice
        self.t = translator(lang)
        self.measures = found.measures

    def document(self) -> Document:
        t, found = self.t, self.found
        parts = (
            self._summary,
            self._sample,
            self._results,
            self._quality,
            self._registered,
            self._process,
            self._cycles,
            self._cards,
            self._method,
        )
        protocols = sorted({f"{d.protocol} {d.protocol_version}" for d in found.designs})
        return Document(
            title=t("Synthesis report"),
            subtitle=", ".join(
                dict.fromkeys(d.protocol_title.to(self.lang) for d in found.designs)
            ),
            language=self.lang,
            author="evalkit",
            identity=(
                (t("Protocol"), ", ".join(protocols)),
                (t("Projects with data"), f"{len(found.designs)} / {found.awarded}"),
                (t("Tables"), short(found.hash)),
            ),
            labels=labels(self.lang),
            blocks=tuple(block for part in parts for block in part()),
            footer=t("Synthesis report") + f" · {short(found.hash)}",
        )

    def _name(self, measure: str) -> str:
        return self.measures[measure].label.to(self.lang)

    def _name_at(self, measure: str, row: EffectSize) -> str:
        """The name of a measure, with the moment where that is not the post-measurement."""
        name = self._name(measure)
        if row.wave_kind is WaveKind.post:
            return name
        return f"{name} ({row.wave_kind.label.to(self.lang)})"

    def _title(self, project: str) -> str:
        return self.found.design(project).project.title

    def _summary(self) -> Iterator[Block]:
        t, found = self.t, self.found
        yield Heading(1, t("In short"))
        if self.notice:
            yield Callout("warning", t("Read this first"), literal(self.notice))
        proven = {r.project for r in found.effects if r.baseline is BaselineStatus.proven}
        usable = {r.project for r in found.effects if r.pooled}
        yield Stats(
            (
                Stat(str(found.awarded), t("projects awarded")),
                Stat(str(len(proven)), t("with a proven baseline")),
                Stat(str(len(found.designs)), t("delivered results")),
                Stat(str(len(usable)), t("in a pooled estimate")),
            )
        )
        order = list(dict.fromkeys((r.measure, r.wave) for r in found.effects))
        main = [p for p in found.pooled if p.selection == "all"]
        main.sort(key=lambda p: order.index((p.measure, p.wave)))
        yield Bullets(tuple(self._sentence(estimate) for estimate in main))

    def _sentence(self, p: PooledEstimate) -> str:
        t, lang = self.t, self.lang
        name = literal(capital(self._name(p.measure)))
        numbers = f"{number(p.estimate, lang, sign=True)} {interval(p.ci_low, p.ci_high, lang)}"
        if p.ci_low <= 0 <= p.ci_high:
            verdict = t("the data do not tell whether the intervention helped or harmed")
        elif p.estimate > 0:
            verdict = t("the intervention group did better")
        else:
            verdict = t("the intervention group did worse")
        text = t("**{name}**: {verdict} ({numbers}, k = {k}).")
        return text.format(name=name, verdict=verdict, numbers=numbers, k=p.k)

    def _sample(self) -> Iterator[Block]:
        t, lang = self.t, self.lang
        yield Heading(1, t("Projects"))
        yield Table(
            columns=(
                Column(t("Project"), width=2.4),
                Column(t("Type"), width=1.4),
                Column(t("Schools"), "right", 0.9),
                Column(t("Comparison design"), width=2),
                Column(t("Expected rung"), "right", 1),
            ),
            rows=tuple(
                (
                    d.project.title,
                    d.type.label.to(lang),
                    str(len(d.project.schools)),
                    d.project.comparison.label.to(lang),
                    str(d.expected_rung),
                )
                for d in self.found.designs
            ),
            caption=t("Projects with results"),
        )
        outside = {
            r.project: r.not_pooled_because
            for r in self.found.effects
            if r.not_pooled_because not in (None, NotPooled.subgroup, NotPooled.interim)
        }
        for project, reason in outside.items():
            yield Callout(
                "info",
                self._title(project),
                t("Not in the pooled estimates: {reason}.").format(
                    reason=literal(reason.label.to(lang))
                ),
            )

    def _results(self) -> Iterator[Block]:
        t = self.t
        yield Heading(1, t("Results per measure"))
        if not self.found.effects:
            yield Paragraph(t("No outcome was delivered after the baseline yet."))
        for measure, wave in dict.fromkeys((r.measure, r.wave) for r in self.found.effects):
            rows = [
                r
                for r in self.found.effects
                if (r.measure, r.wave, r.subgroup) == (measure, wave, ALL)
            ]
            yield Heading(2, capital(self._name_at(measure, rows[0])))
            figure = self.figures.get(f"{measure}-{wave}".replace(".", "-"))
            if figure:
                yield Figure(
                    figure,
                    caption=t("{name}: effect per project").format(name=self._name(measure)),
                    alt=t("Forest plot; the table below gives the same numbers."),
                )
            yield self._effects_table(measure, rows)
            pooled = [p for p in self.found.pooled if (p.measure, p.wave) == (measure, wave)]
            if pooled:
                yield self._pooled_table(pooled)
            before = [
                result
                for type in {d.type.id: d.type for d in self.found.designs}.values()
                for result in type.reference_results
                if result.measure == measure
            ]
            if before:
                yield published_results(before, self._name, self.lang)

    def _effects_table(self, measure: str, rows: list[EffectSize]) -> Table:
        t = self.t
        withheld = any(row.suppressed for row in rows)
        about = t("n and clusters: intervention / comparison. Positive is better.")
        small = (
            t("<: fewer units than the protocol's threshold; not published.") if withheld else ""
        )
        return Table(
            columns=(
                Column(t("Project"), width=2.2),
                Column(t("Effect"), "right", 0.8),
                Column(t("95% CI"), "right", 1.5),
                Column("n", "right", 1.0),
                Column(t("Clusters"), "right", 1.0),
                Column("ICC", "right", 0.7),
                Column(t("Rung"), "right", 0.7),
            ),
            rows=tuple(self._effect_row(row) for row in rows),
            caption=t("Effects on {name}").format(name=self._name(measure)),
            note=" ".join(filter(None, (about, small))),
        )

    def _effect_row(self, row: EffectSize) -> tuple[str | None, ...]:
        lang = self.lang
        ci = None
        if row.yi is not None and row.vi is not None:
            half = 1.959963984540054 * row.vi**0.5
            ci = interval(row.yi - half, row.yi + half, lang)
        clusters = None
        if row.clusters_t is not None or row.clusters_c is not None:
            clusters = f"{row.clusters_t or 0} / {row.clusters_c or 0}"
        return (
            self._title(row.project),
            number(row.yi, lang, sign=True) if row.yi is not None else None,
            ci,
            "<" if row.suppressed else f"{row.n_t} / {row.n_c or 0}",
            clusters,
            number(row.icc, lang) if row.icc is not None else None,
            str(row.ladder_rung),
        )

    def _pooled_table(self, pooled: list[PooledEstimate]) -> Table:
        t, lang = self.t, self.lang
        names = {
            "all": t("all contrasts"),
            "equivalent": t("baseline difference at most 0.25 SD"),
        }
        return Table(
            columns=(
                Column(t("Selection"), width=1.8),
                Column("k", "right", 0.4),
                Column(t("Estimate"), "right", 0.9),
                Column(t("95% CI"), "right", 1.4),
                Column(t("Prediction interval"), "right", 1.5),
                Column("τ²", "right", 0.7),
                Column("I²", "right", 0.7),
            ),
            rows=tuple(
                (
                    names[p.selection],
                    str(p.k),
                    number(p.estimate, lang, sign=True),
                    interval(p.ci_low, p.ci_high, lang),
                    interval(p.pi_low, p.pi_high, lang)
                    if p.pi_low is not None and p.pi_high is not None
                    else None,
                    number(p.tau2, lang, 3),
                    f"{number(p.i2, lang, 0)}%" if p.i2 is not None else None,
                )
                for p in pooled
            ),
            caption=t("Pooled estimates"),
            note=t(
                "Random effects: REML, Knapp-Hartung interval; prediction interval with t, k − 2."
            ),
        )

    def _quality(self) -> Iterator[Block]:
        t, lang = self.t, self.lang
        yield Heading(1, t("Quality of the evidence"))
        yield Table(
            columns=(
                Column(t("Project"), width=2.2),
                Column(t("Measure"), width=1.2),
                Column(t("First measurement"), width=1.5),
                Column(t("Difference at the start"), "right", 1.2),
                Column(t("Verdict"), width=2.1),
                Column(t("Rung"), "right", 0.7),
            ),
            rows=tuple(
                (
                    self._title(row.project),
                    self._name(row.measure),
                    row.baseline.label.to(lang),
                    number(row.baseline_difference, lang, sign=True)
                    if row.baseline_difference is not None
                    else None,
                    row.baseline_verdict.label.to(lang),
                    str(row.ladder_rung),
                )
                for row in self.found.effects
            ),
            caption=t("Baseline equivalence (What Works Clearinghouse)"),
        )
        if any(r.baseline_verdict is Verdict.fails for r in self.found.effects):
            yield Callout(
                "warning",
                t("Groups that differed at the start"),
                t(
                    "Where groups differed more than 0.25 SD at the start, a later difference can have another cause. These results stay at rung 3; where others remain, the pooled estimate is also given without them."
                ),
            )

    def _registered(self) -> Iterator[Block]:
        return registered_against_reported(self.found, self.lang)

    def _process(self) -> Iterator[Block]:
        t, lang = self.t, self.lang
        rows = self.found.process
        if not rows:
            return
        yield Heading(1, t("Process and conditions"))
        yield Table(
            columns=(
                Column(t("Measure"), width=2),
                Column(t("Project"), width=2.2),
                Column(t("Group"), width=1.6),
                Column("n", "right", 0.6),
                Column(t("Mean"), "right", 0.8),
                Column("SD", "right", 0.7),
            ),
            rows=tuple(
                (
                    self._name(row.measure),
                    self._title(row.project),
                    row.arm.label.to(lang),
                    str(row.n) if row.n is not None else "<",
                    number(row.mean, lang),
                    number(row.sd, lang),
                )
                for row in sorted(rows, key=lambda r: (r.measure, r.project, r.wave, r.arm))
            ),
            caption=t("Process measures per project and group"),
            note=t("<: fewer units than the protocol's threshold; not published."),
        )

    def _cycles(self) -> Iterator[Block]:
        t, lang = self.t, self.lang
        if not self.found.cycles:
            return
        yield Heading(1, t("PDCA cycles"))
        features = [v.label.to(lang) for v in self.found.cycles[0].verdict]
        yield Table(
            columns=(
                Column(t("Project and cycle"), width=2.6),
                *(Column(feature, "center", 1.3) for feature in features),
            ),
            rows=tuple(
                (
                    f"{logged.cycle.project} {logged.cycle.number}: {logged.cycle.title}",
                    *("✓" if v.met else "–" for v in logged.verdict),
                )
                for logged in self.found.cycles
            ),
            caption=t("Key features of the cycles"),
            note=t("Features after Taylor et al. (2014); of 72 published projects 3 met them all."),
        )
        for logged in self.found.cycles:
            act = logged.cycle.act
            if act:
                decision = act.decision.label.to(lang)
                yield Paragraph(
                    f"**{literal(logged.cycle.title)}**: {decision}. {literal(act.reason)}"
                )

    def _cards(self) -> Iterator[Block]:
        t = self.t
        yield Heading(1, t("Digital cards"))
        yield Paragraph(
            t(
                "What is known of each project; the moederbestand holds all cards in one table. The position on the effect ladder says how well it was measured, not what came out of it."
            )
        )
        names = card_labels(self.lang)
        for card in self.found.cards:
            yield Heading(2, self._title(card.project))
            values = {name: card_value(card, name, self.lang) for name in names}
            yield KeyValues(tuple((names[n], v) for n, v in values.items() if v))
            unknown = [names[name].lower() for name, value in values.items() if not value]
            if unknown:
                text = t("Not known yet: {names}.").format(names=", ".join(unknown))
                yield Paragraph(f"*{literal(text)}*")

    def _method(self) -> Iterator[Block]:
        t = self.t
        yield Heading(1, t("Method and provenance"))
        formulas = dict.fromkeys(r.formula for r in self.found.effects if r.formula)
        yield Paragraph(t("Formulas of the effects in this report, with their sources:"))
        yield Bullets(tuple(literal(formula) for formula in formulas))
        yield KeyValues(
            (
                (t("Tables"), self.found.hash),
                *((d.project.id, t("design") + f" {d.hash}") for d in self.found.designs),
            )
        )


def card_value(card: Card, name: str, lang: Lang) -> str:
    """One variable of a card in words, codes by their labels; empty if unknown."""
    value = getattr(card, name)
    if name == "ladder_rung" and value is not None:
        return f"{value}: {RUNG_LABELS[value].to(lang)}"
    if isinstance(value, dict):
        said = ((factors().label(code).to(lang), text) for code, text in value.items())
        return "; ".join(f"{label}: {text}" if text else label for label, text in said)
    listed = name in ("aspects", "target_groups", "determinants", "indicators")
    shown = []
    for part in value if isinstance(value, tuple) else (value,):
        label = vocabularies().label(name, part) if listed else getattr(part, "label", None)
        shown.append(label.to(lang) if label else str(part or ""))
    return "; ".join(shown)


def card_labels(lang: Lang) -> dict[str, str]:
    """Names of the variables of the digital card."""
    t = translator(lang)
    return {
        "school_type": t("Type of school"),
        "intervention": t("Intervention"),
        "aspects": t("Aspects"),
        "core_activities": t("Features and core activities"),
        "target_groups": t("Target groups"),
        "levels": t("Levels"),
        "outcome_measures": t("Outcome measures"),
        "outcomes": t("Outcomes"),
        "goal_reached": t("Goal reached"),
        "phase": t("Phase of the innovation process"),
        "determinants": t("Determinants of lasting change"),
        "indicators": t("Indicators of lasting introduction"),
        "sustained_results": t("What remained afterwards"),
        "support_structure": t("Support structure"),
        "promoting_factors": t("Promoting factors"),
        "hindering_factors": t("Hindering factors"),
        "positive_side_effects": t("Positive side effects"),
        "unwanted_side_effects": t("Unwanted side effects"),
        "ladder_rung": t("Position on the effect ladder"),
        "summary": t("Summary"),
    }
