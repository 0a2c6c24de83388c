"""The evaluation design as a document, for school and funder."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.language import translator
from evalkit.model.design import Design, PlannedWave, ScheduleEntry
from evalkit.model.finding import Finding
from evalkit.model.hashing import short
from evalkit.model.measure import Measure
from evalkit.model.vocabulary import RUNG_LABELS, ArmRole, Kind, Respondent
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
from evalkit.render.figures import Milestone, TimelineEntry, timeline
from evalkit.render.known_before import named_factors, published_results, yields
from evalkit.render.wording import capital, day, labels, number


def design_document(design: Design) -> Document:
    """The document of a design, in the design's language."""
    return _Writer(design).document()


class _Writer:
    def __init__(self, design: Design) -> None:
        self.design = design
        self.lang = design.language
        self.t = translator(design.language)

    def document(self) -> Document:
        design, t = self.design, self.t
        parts = (
            self._summary,
            self._project,
            self._schedule,
            self._measures,
            self._comparison,
            self._ladder,
            self._before,
            self._cycles,
            self._checklist,
            self._privacy,
            self._remarks,
            self._identity,
        )
        return Document(
            title=t("Evaluation design"),
            subtitle=design.project.title,
            language=self.lang,
            author="evalkit",
            identity=(
                (t("Project"), design.project.id),
                (t("Project type"), design.type.label.to(self.lang)),
                (t("Scheme"), design.protocol_title.to(self.lang)),
                (t("Period"), self._period()),
                (t("Design"), short(design.hash)),
            ),
            labels=labels(self.lang),
            blocks=tuple(block for part in parts for block in part()),
            footer=f"{design.project.id} · " + t("design") + f" {short(design.hash)}",
        )

    def _period(self) -> str:
        project = self.design.project
        return f"{day(project.start, self.lang)} – {day(project.end, self.lang)}"

    def _window(self, wave: PlannedWave) -> str:
        return f"{day(wave.opens, self.lang)} – {day(wave.closes, self.lang)}"

    def _summary(self) -> Iterator[Block]:
        design, t, lang = self.design, self.t, self.lang
        yield Heading(1, t("What you do, what it costs, what you get"))
        minutes: dict[Respondent, float] = {}
        for part in design.burden:
            minutes[part.respondent] = minutes.get(part.respondent, 0) + part.minutes
        teacher = minutes.get(Respondent.teacher)
        yield Stats(
            tuple(
                Stat(value, label)
                for value, label in (
                    (str(len(design.waves)), t("measurement moments")),
                    (str(len(design.cycles)), t("PDCA cycles")),
                    (
                        number(teacher, lang, 0) if teacher else "",
                        t("minutes per teacher, all moments together"),
                    ),
                    (str(design.expected_rung), t("expected rung on the effect ladder (0–5)")),
                )
                if value
            )
        )
        baseline = design.waves[0]
        yield Callout(
            "info",
            t("First: the baseline, before the start"),
            t(
                "Take the {wave} between {opens} and {closes}. Without it, effects that did happen cannot be shown afterwards."
            ).format(
                wave=literal(baseline.label.to(lang).lower()),
                opens=day(baseline.opens, lang),
                closes=day(baseline.closes, lang),
            ),
        )
        yield Bullets(
            (
                t(
                    "**What you do:** fill in the workbook that comes with this design, one sheet per group and moment, and log a PDCA cycle each time."
                ),
                t(
                    "**What you get:** your own results after each delivery, a comparison with similar projects, and an evaluation that counts."
                ),
                t(
                    "**What is not needed:** names, birth dates and personal numbers. They may never be delivered."
                ),
            )
        )
        yield Table(
            columns=(
                Column(t("Moment"), width=1.4),
                Column(t("Window"), width=2.2),
                *(Column(capital(who.label.to(lang)), "right") for who in minutes),
            ),
            rows=tuple(self._burden_row(wave, tuple(minutes)) for wave in design.waves),
            caption=t("Minutes per person and moment"),
        )

    def _burden_row(self, wave: PlannedWave, who: tuple[Respondent, ...]) -> tuple[str | None, ...]:
        cost = {b.respondent: b.minutes for b in self.design.burden if b.wave == wave.id}
        cells = (number(cost[r], self.lang, 0) if r in cost else None for r in who)
        return (wave.label.to(self.lang), self._window(wave), *cells)

    def _project(self) -> Iterator[Block]:
        project, t, lang = self.design.project, self.t, self.lang
        yield Heading(1, t("The project"))
        yield Paragraph(literal(project.description or self.design.type.description.to(lang)))
        facts = (
            (t("Project type"), self.design.type.label.to(lang)),
            (t("Variant"), self.design.variant.label.to(lang)),
            (t("Sector"), project.sector.label.to(lang)),
            (t("Nature"), project.nature.label.to(lang)),
            (t("Board"), project.board),
            (t("Number of schools"), str(len(project.schools))),
            (t("Scenario"), self._scenario()),
            (t("Why it should work"), project.theory),
        )
        yield KeyValues(tuple((name, value) for name, value in facts if value))
        if project.predictions:
            yield Heading(2, t("What is expected, said beforehand"))
            yield Bullets(tuple(literal(text) for text in project.predictions))
        if project.goals:
            yield Heading(2, t("Goals of your own"))
            yield Table(
                columns=(
                    Column(t("Goal"), width=2),
                    *(Column(f"{n:+d}".replace("-", "−")) for n in range(-2, 3)),
                ),
                rows=tuple((goal.text, *goal.levels) for goal in project.goals),
                caption=t("Own goals on an attainment scale; 0 is what you expect"),
            )

    def _scenario(self) -> str | None:
        scenarios = {s.id: s.label.to(self.lang) for s in self.design.type.scenarios}
        return scenarios.get(self.design.project.scenario or "")

    def _schedule(self) -> Iterator[Block]:
        design, t, lang = self.design, self.t, self.lang
        yield Heading(1, t("Schedule"))
        yield Figure(
            timeline(self._entries(), self._milestones(), language=lang),
            caption=t("What happens when"),
            alt=t(
                "Timeline of the measurement moments and PDCA cycles; the tables below give the same days."
            ),
        )
        yield Table(
            columns=(
                Column(t("Moment"), width=1.5),
                Column(t("Opens")),
                Column(t("Deadline")),
                Column(t("Measures"), "right", 0.8),
                Column(t("From whom"), width=2),
            ),
            rows=tuple(self._wave_row(wave) for wave in design.waves),
            caption=t("Measurement moments"),
        )
        yield Heading(2, t("What is measured at each moment"))
        for wave in design.waves:
            entries = design.entries(wave.id)
            if entries:
                yield Table(
                    columns=(
                        Column(t("Measure"), width=2.6),
                        Column(t("From whom"), width=1.3),
                        Column(t("Groups"), width=1.7),
                        Column(t("Mandatory"), width=1.0),
                        Column(t("Asked by"), width=1.5),
                        Column(t("Minutes"), "right", 0.9),
                    ),
                    rows=tuple(self._entry_row(entry) for entry in entries),
                    caption=f"{wave.label.to(lang)}, {self._window(wave)}",
                )

    def _entries(self) -> tuple[TimelineEntry, ...]:
        t = self.t
        waves = [
            TimelineEntry(t("Measuring"), wave.label.to(self.lang), wave.opens, wave.closes)
            for wave in self.design.waves
        ]
        cycles = [
            TimelineEntry(t("PDCA"), str(cycle.number), cycle.starts, cycle.ends)
            for cycle in self.design.cycles
        ]
        return (*waves, *cycles)

    def _milestones(self) -> tuple[Milestone, ...]:
        project, t = self.design.project, self.t
        return (Milestone(t("start"), project.start), Milestone(t("end"), project.end))

    def _wave_row(self, wave: PlannedWave) -> tuple[str | None, ...]:
        entries = self.design.entries(wave.id)
        who = dict.fromkeys(entry.respondent.label.to(self.lang) for entry in entries)
        return (
            wave.label.to(self.lang),
            day(wave.opens, self.lang),
            day(wave.closes, self.lang),
            str(len(entries)),
            ", ".join(who) or None,
        )

    def _entry_row(self, entry: ScheduleEntry) -> tuple[str | None, ...]:
        t = self.t
        every = len(entry.arms) == len(self.design.project.arms)
        name = self._label(entry.measure)
        if entry.covered_by:
            cases = ", ".join(self._label(measure) for measure in entry.covered_by)
            name = t("{name} (through {cases})").format(name=name, cases=cases)
        elif entry.computed:
            name = t("{name} (computed)").format(name=name)
        return (
            name,
            entry.respondent.label.to(self.lang),
            t("all") if every else ", ".join(role.label.to(self.lang) for role in entry.arms),
            t("yes") if entry.mandatory else t("no"),
            t("basisset") if entry.measure in self.design.core else entry.required_by,
            number(entry.minutes, self.lang, 0),
        )

    def _measures(self) -> Iterator[Block]:
        t, lang = self.t, self.lang
        yield Heading(1, t("Measures"))
        for kind in Kind:
            measures = [m for m in self.design.measures if m.kind is kind]
            if measures:
                yield Heading(2, capital(kind.label.to(lang)))
            for measure in measures:
                yield from self._measure(measure)

    def _measure(self, measure: Measure) -> Iterator[Block]:
        t, lang = self.t, self.lang
        yield Heading(3, capital(measure.label.to(lang)))
        yield Paragraph(literal(measure.description.to(lang)))
        tests = [
            f"{e.instrument} ({self.design.wave(e.wave).label.to(lang)})"
            for e in self.design.schedule
            if e.measure == measure.id and e.instrument
        ]
        yield KeyValues(
            (
                (t("Measure"), measure.name),
                (t("Source"), measure.source.label.to(lang)),
                (t("Scale"), self._scale(measure)),
                *(((t("Test"), "; ".join(tests)),) if tests else ()),
            )
        )
        if measure.items:
            answers = " · ".join(f"{c.value} = {c.label.to(lang)}" for c in measure.scale.choices)
            yield Paragraph(t("Answers: {answers}").format(answers=literal(answers)))
            yield Bullets(tuple(literal(item.text.to(lang)) for item in measure.items), True)

    def _scale(self, measure: Measure) -> str:
        scale, lang, t = measure.scale, self.lang, self.t
        parts = [scale.type.label.to(lang)]
        if scale.minimum is not None and scale.maximum is not None:
            parts.append(f"{scale.minimum:g}–{scale.maximum:g}")
        if scale.unit:
            parts.append(scale.unit.to(lang))
        parts.append(scale.better.label.to(lang))
        if not scale.shared_across_waves:
            parts.append(t("different tests per moment: gains are not compared"))
        return ", ".join(parts)

    def _comparison(self) -> Iterator[Block]:
        project, t, lang = self.design.project, self.t, self.lang
        yield Heading(1, t("Comparison"))
        yield KeyValues(
            (
                (t("Comparison design"), project.comparison.label.to(lang)),
                (t("Assigned as a whole"), project.assignment.label.to(lang)),
                *((arm.role.label.to(lang), arm.label) for arm in project.arms),
            )
        )
        if not project.has_comparison:
            yield Callout(
                "warning",
                t("No comparison group"),
                t(
                    "This project shows change, not how much of it the intervention caused. It stays out of the pooled contrasts of the synthesis, and is named there as a single group."
                ),
            )
        roles = [arm.role for arm in project.arms]
        yield Table(
            columns=(
                Column(t("Group"), width=1.1),
                Column(t("Number"), "right", 0.6),
                Column(t("Schools (BRIN)"), width=4),
            ),
            rows=tuple(self._schools_row(role) for role in roles),
            caption=t("Schools and groups"),
            note=t("A school with classes in both groups is named in both."),
        )
        if self.design.pairs:
            yield self._pairs()

    def _pairs(self) -> Table:
        t = self.t
        return Table(
            columns=(
                Column(t("School")),
                Column(t("Subject")),
                Column(t("School of the control")),
                Column(t("Subject of the control")),
            ),
            rows=tuple(
                (p.school, p.subject, p.control_school, p.control_subject)
                for p in self.design.pairs
            ),
            caption=t("Which subject is compared with which"),
            note=t(
                "A control is never treated itself. The synthesis compares all treated groups with all other groups together."
            ),
        )

    def _schools_row(self, role: ArmRole) -> tuple[str, str, str]:
        brins = [school.brin for school in self.design.project.schools if role in school.arms]
        return (role.label.to(self.lang), str(len(brins)), " ".join(brins))

    def _ladder(self) -> Iterator[Block]:
        design, t, lang = self.design, self.t, self.lang
        yield Heading(1, t("What this evaluation can show"))
        yield Paragraph(
            t(
                "Expected rung on the effect ladder: **{rung}** ({meaning}). A low rung means little evidence, not a bad intervention."
            ).format(rung=design.expected_rung, meaning=RUNG_LABELS[design.expected_rung].to(lang))
        )
        yield Table(
            columns=(
                Column(t("Rung"), "right", 0.5),
                Column(t("Meaning"), width=1.8),
                Column(t("Condition"), width=2.2),
                Column(t("What would lift it"), width=2.2),
            ),
            rows=tuple(
                (
                    str(step.rung),
                    RUNG_LABELS[step.rung].to(lang),
                    ("✓ " if step.met else "✗ ") + step.reason.to(lang),
                    step.lift.to(lang) if step.lift else None,
                )
                for step in design.ladder
            ),
            caption=t("The effect ladder"),
            note=t(
                "Source: meta-analysis of 25 years of support for school development, overview 8."
            ),
        )

    def _before(self) -> Iterator[Block]:
        type, t = self.design.type, self.t
        found = (named_factors(type, self.lang), yields(type, self.lang))
        if not type.reference_results and not any(found):
            return
        yield Heading(1, t("What was found before"))
        if type.reference_results:
            yield published_results(type.reference_results, self._label, self.lang)
        for title, block in zip((t("Factors"), t("Yields")), found, strict=True):
            if block:
                yield Heading(2, title)
                yield block

    def _label(self, measure: str) -> str:
        found = [m.label.to(self.lang) for m in self.design.measures if m.id == measure]
        return found[0] if found else measure

    def _cycles(self) -> Iterator[Block]:
        design, t, lang = self.design, self.t, self.lang
        yield Heading(1, t("PDCA plan"))
        yield Paragraph(
            t(
                "Log each cycle in four short parts: plan (with a prediction, before there are data), do, check, act."
            )
        )
        yield Table(
            columns=(Column(t("Cycle"), "right"), Column(t("From")), Column(t("To"))),
            rows=tuple(
                (str(c.number), day(c.starts, lang), day(c.ends, lang)) for c in design.cycles
            ),
            caption=t("Planned cycles"),
        )
        if design.procedure:
            yield Heading(2, t("Steps of this project type"))
            yield Bullets(
                tuple(
                    f"{literal(step.label.to(lang))} ({step.phase.label.to(lang)})"
                    for step in design.procedure
                ),
                ordered=True,
            )

    def _checklist(self) -> Iterator[Block]:
        t, lang = self.t, self.lang
        yield Heading(1, t("Checklist"))
        yield Table(
            columns=(Column(t("Question"), width=2.2), Column(t("Answer"), width=2.4)),
            rows=tuple(
                (
                    item.question.to(lang),
                    item.answer.to(lang) if item.answer else t("To be answered by the school."),
                )
                for item in self.design.checklist
            ),
            caption=t("Checklist of the evaluation design"),
        )

    def _privacy(self) -> Iterator[Block]:
        t = self.t
        yield Heading(1, t("Privacy"))
        yield Bullets(
            (
                t(
                    "Pupils and teachers appear under a code that the school makes itself; the school keeps the list."
                ),
                t(
                    "BSN, onderwijsnummer and names as codes are refused; birth dates are never asked."
                ),
                t("Results of fewer than {n} persons or schools are not published.").format(
                    n=self.design.privacy.suppression_threshold
                ),
            )
        )

    def _remarks(self) -> Iterator[Block]:
        if self.design.findings:
            yield Heading(1, self.t("Remarks on this design"))
            for remark in self.design.findings:
                yield self._remark(remark)

    def _remark(self, remark: Finding) -> Block:
        kind = "info" if remark.severity == "info" else "warning"
        text = f"{literal(remark.remedy.to(self.lang))} `{remark.code}`"
        return Callout(kind, remark.wrong.to(self.lang), text)  # type: ignore[arg-type]

    def _identity(self) -> Iterator[Block]:
        design, t = self.design, self.t
        yield Heading(1, t("Identity of this design"))
        yield Paragraph(
            t(
                "Every delivery names the hash of the design it was collected under; so a later change of plan never changes what was collected before."
            )
        )
        yield KeyValues(
            (
                (t("Design"), design.hash),
                (t("Protocol"), f"{design.protocol} {design.protocol_version}"),
                (t("Builds on"), " → ".join(design.lineage)),
                (t("Locked core"), design.core_hash),
                (t("Project type"), f"{design.type.id} {design.type.version}"),
                (t("Plugins"), ", ".join(f"{k} {v}" for k, v in design.plugins.items())),
            )
        )
