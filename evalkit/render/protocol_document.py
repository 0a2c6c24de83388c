"""What a scheme asks, as an annex of its grant call: for who considers to apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evalkit.language import translator
from evalkit.library import protocol_wording as words
from evalkit.model.design import TypicalBurden
from evalkit.model.hashing import content_hash, short
from evalkit.model.measure import Measure
from evalkit.model.protocol import Requirement, ResolvedProtocol
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import RUNG_LABELS, Kind, Variant, WaveKind
from evalkit.render.blocks import (
    Block,
    Bullets,
    Callout,
    Column,
    Document,
    Heading,
    KeyValues,
    Paragraph,
    Stat,
    Stats,
    Table,
    literal,
)
from evalkit.render.wording import capital, day, labels, number


def protocol_document(
    protocol: ResolvedProtocol,
    burden: TypicalBurden,
    types: Mapping[str, Text],
    language: Lang,
) -> Document:
    """The annex of a protocol.

    Args:
        protocol: the protocol, with everything it inherits.
        burden: what it costs a project as its funder expects it.
        types: names of the installed project types, by id.
        language: of the document.
    """
    return _Writer(protocol, burden, types, language).document()


class _Writer:
    def __init__(
        self,
        protocol: ResolvedProtocol,
        burden: TypicalBurden,
        types: Mapping[str, Text],
        lang: Lang,
    ) -> None:
        self.protocol = protocol
        self.burden = burden
        self.types = types
        self.lang: Lang = lang
        self.t = translator(lang)
        self.hash = content_hash(protocol.model_dump(mode="json"))
        self.measures = {measure.id: measure for measure in protocol.measures}
        variants = (protocol.variant,) if protocol.variant else tuple(Variant)
        self.asked = [r for r in protocol.requires if set(variants) & set(r.variants)]

    def document(self) -> Document:
        protocol, t = self.protocol, self.t
        parts = (
            self._moments,
            self._requirements,
            self._reasons,
            self._practice,
            self._cost,
            self._evidence,
            self._privacy,
            self._delivery,
            self._identity,
        )
        return Document(
            title=t("Evaluation: what this scheme asks"),
            subtitle=protocol.title.to(self.lang),
            language=self.lang,
            author="evalkit",
            identity=(
                (t("Scheme"), protocol.title.to(self.lang)),
                (t("Protocol"), f"{protocol.id} {protocol.version}"),
                (t("Hash"), short(self.hash)),
            ),
            labels=labels(self.lang),
            blocks=tuple(block for part in parts for block in part()),
            summary=(*self._summary(), *self._whom()),
            footer=f"{protocol.id} {protocol.version} · {short(self.hash)}",
        )

    def _summary(self) -> Iterator[Block]:
        protocol, t, lang = self.protocol, self.t, self.lang
        yield Heading(1, t("In short"))
        yield Paragraph(literal(protocol.description.to(lang)))
        yield Stats(
            (
                Stat(str(len(protocol.waves)), t("measurement moments")),
                Stat(str(len(self.asked)), t("measures, each for the projects it fits")),
                Stat(str(protocol.cadence.cycles_per_year), t("PDCA cycles a year, at least")),
                Stat(
                    number(self.burden.hours_per_school_year, lang, 0),
                    t("hours of a school in its heaviest school year, as expected"),
                ),
            )
        )
        first = next(wave for wave in protocol.waves if wave.kind is WaveKind.baseline)
        yield Callout(
            "info",
            t("First: the baseline, before the start"),
            t(
                "The {wave} is taken {window}. Without it, effects that did happen cannot be "
                "shown afterwards; a later first measurement does not count as a baseline."
            ).format(
                wave=literal(first.label.to(lang)), window=literal(words.window(first).to(lang))
            ),
        )
        own = sum(r.measure not in protocol.core for r in self.asked)
        yield Bullets(
            (
                t(
                    "**What every project measures:** the basisset, in each scheme the same. No "
                    "scheme can drop or weaken any of it, so that small projects count in a large "
                    "comparison too."
                ),
                *((self._adds(own),) if own else ()),
                t(
                    "**What is never asked:** names, birth dates and personal numbers. They may "
                    "not be delivered."
                ),
            )
        )

    def _adds(self, count: int) -> str:
        t = self.t
        one = t("**What this scheme adds:** {count} measure.")
        more = t("**What this scheme adds:** {count} measures.")
        return (one if count == 1 else more).format(count=count)

    def _whom(self) -> Iterator[Block]:
        protocol, t = self.protocol, self.t
        yield Heading(1, t("For whom"))
        facts = (
            (t("Project types"), self._types()),
            (t("Projects start from"), self._since()),
            (t("Variant"), self._variant()),
            (t("Comparison group"), self._comparison()),
        )
        yield KeyValues(tuple((name, value) for name, value in facts if value))
        both = protocol.variant is None
        small = t(
            "**Small, mainly qualitative:** one form before and one after, goals of the school's "
            "own, PDCA cycles, and looking back with the team. Pupils and teachers are asked "
            "nothing unless the table says so."
        )
        large = t(
            "**Large, mainly quantitative:** pupils and teachers are asked as well, before and "
            "after, in all groups."
        )
        yield Bullets(
            tuple(
                said
                for variant, said in ((Variant.small, small), (Variant.large, large))
                if both or variant is protocol.variant
            )
        )

    def _types(self) -> str:
        if not self.protocol.project_types:
            return self.t("all")
        names = (
            self.types[id].to(self.lang) if id in self.types else id
            for id in self.protocol.project_types
        )
        return ", ".join(names)

    def _since(self) -> str | None:
        first = self.protocol.valid_from
        return day(first, self.lang) if first else None

    def _variant(self) -> str:
        protocol, t = self.protocol, self.t
        if protocol.variant:
            return protocol.variant.label.to(self.lang)
        limits = words.small(protocol.small_projects)
        if limits is None:
            return t("the size of the project decides")
        return t("small up to {limits}; larger projects take the large variant").format(
            limits=limits.to(self.lang)
        )

    def _comparison(self) -> str:
        t = self.t
        if self.protocol.comparison_required:
            return t("required: a project without one is refused")
        return t("not required, but without one a project cannot show that it caused the change")

    def _moments(self) -> Iterator[Block]:
        t, lang = self.t, self.lang
        yield Heading(1, t("When is measured"))
        yield Paragraph(
            t(
                "All windows are counted from the start and end of a project. Its evaluation "
                "design turns them into days."
            )
        )
        yield Table(
            columns=(
                Column(t("Moment"), width=1.4),
                Column(t("Opens"), width=1.6),
                Column(t("Closes"), width=1.6),
                Column(t("Measures"), "right", 0.7),
            ),
            rows=tuple(
                (
                    wave.label.to(lang),
                    capital(words.moment(wave.opens).to(lang)),
                    capital(words.moment(wave.closes).to(lang)),
                    str(sum(wave.id in r.waves for r in self.asked)),
                )
                for wave in words.in_order(self.protocol.waves)
            ),
            caption=t("Measurement moments"),
        )

    def _requirements(self) -> Iterator[Block]:
        t, protocol = self.t, self.protocol
        yield Heading(1, t("What is measured, when and of whom"))
        if protocol.variant:
            yield from self._required(t("What every project measures"), self.asked)
            return
        every = [r for r in self.asked if len(r.variants) == len(Variant)]
        yield from self._required(t("What every project measures"), every)
        for variant, title in (
            (Variant.small, t("What small projects measure besides")),
            (Variant.large, t("What large projects measure besides")),
        ):
            rest = [r for r in self.asked if r not in every and variant in r.variants]
            yield from self._required(title, rest)

    def _required(self, title: str, requires: list[Requirement]) -> Iterator[Block]:
        t = self.t
        if requires:
            yield Table(
                columns=(
                    Column(t("Measure"), width=2.3),
                    Column(t("From whom"), width=1.0),
                    Column(t("Moments"), width=2.0),
                    Column(t("Groups"), width=1.4),
                    Column(t("Mandatory"), width=1.1),
                    Column(t("Asked by"), width=1.2),
                ),
                rows=tuple(self._row(requirement) for requirement in requires),
                caption=title,
            )

    def _row(self, requirement: Requirement) -> tuple[str, ...]:
        lang, protocol = self.lang, self.protocol
        measure = self.measures[requirement.measure]
        natures = words.limited_to(requirement.model_copy(update={"variants": tuple(Variant)}))
        name = capital(measure.label.to(lang))
        owner = protocol.owners[requirement.measure]
        return (
            f"{name} ({natures.to(lang)})" if natures else name,
            measure.respondent.label.to(lang),
            words.moments(requirement.waves, protocol.waves).to(lang),
            words.arms(requirement).to(lang),
            words.mandatory(requirement).to(lang),
            self.t("basisset") if requirement.measure in protocol.core else owner,
        )

    def _reasons(self) -> Iterator[Block]:
        t, lang = self.t, self.lang
        yield Heading(1, t("What each measure is, and why it is asked"))
        yield Paragraph(
            t(
                "Whatever is mandatory is so in every project it fits: results of projects can "
                "only be put together on what they all measured."
            )
        )
        for kind in Kind:
            rows = [
                (r, self.measures[r.measure])
                for r in self.asked
                if self.measures[r.measure].kind is kind
            ]
            if rows:
                yield Table(
                    columns=(
                        Column(t("Measure"), width=1.3),
                        Column(t("What it is"), width=2.6),
                        Column(t("Why it is asked"), width=2.2),
                    ),
                    rows=tuple(self._reason(requirement, measure) for requirement, measure in rows),
                    caption=capital(kind.label.to(lang)),
                )

    def _reason(self, requirement: Requirement, measure: Measure) -> tuple[str | None, ...]:
        why = requirement.why
        return (
            capital(measure.label.to(self.lang)),
            measure.description.to(self.lang),
            why.to(self.lang) if why else None,
        )

    def _practice(self) -> Iterator[Block]:
        protocol, t, lang = self.protocol, self.t, self.lang
        yield Heading(1, t("During the project"))
        yield Paragraph(
            t(
                "A project works in PDCA cycles, at least {count} a year: it plans a change and "
                "says beforehand what it expects, does it, checks it against figures, and decides "
                "what to do next. Each cycle is logged."
            ).format(count=protocol.cadence.cycles_per_year)
        )
        if protocol.deadlines:
            yield Table(
                columns=(Column(t("Report")), Column(t("Due"), width=1.5)),
                rows=tuple(
                    (
                        capital(deadline.label.to(lang)),
                        capital(words.moment(deadline.due).to(lang)),
                    )
                    for deadline in protocol.deadlines
                ),
                caption=t("Reports to the funder"),
            )

    def _cost(self) -> Iterator[Block]:
        protocol, t, lang = self.protocol, self.t, self.lang
        yield Heading(1, t("What it costs a school"))
        size = words.typical(protocol.burden.typical).to(lang)
        yield Paragraph(
            t(
                "Worked out for a project as the scheme expects it: {size}. What a project type "
                "adds comes on top; the evaluation design of each project states its own total."
            ).format(size=size)
        )
        ceiling = words.ceiling(protocol.burden)
        facts = (
            (
                t("Hours of a school in its heaviest school year"),
                number(self.burden.hours_per_school_year, lang, 1),
            ),
            (t("At most, by this scheme"), ceiling.to(lang) if ceiling else None),
            (t("Cost of those hours, whole project"), self._euros()),
        )
        yield KeyValues(tuple((name, value) for name, value in facts if value))
        yield Table(
            columns=(
                Column(t("School year"), width=1.3),
                Column(t("From whom")),
                Column(t("Minutes each"), "right"),
                Column(t("Persons or schools"), "right", 1.2),
                Column(t("Hours together"), "right"),
            ),
            rows=tuple(
                (
                    words.project_year(year.school_year).to(lang),
                    year.respondent.label.to(lang),
                    number(year.minutes, lang, 0),
                    None if year.persons is None else str(year.persons),
                    None if year.hours is None else number(year.hours, lang, 1),
                )
                for year in self.burden.yearly
            ),
            caption=t("Time per school year"),
        )
        yield Table(
            columns=(
                Column(t("Measure"), width=2.5),
                Column(t("From whom")),
                Column(t("Minutes each, in all"), "right"),
                Column(t("Hours together"), "right"),
            ),
            rows=tuple(
                (
                    capital(self.measures[cost.measure].label.to(lang)),
                    self.measures[cost.measure].respondent.label.to(lang),
                    number(cost.minutes, lang, 0),
                    None if cost.hours is None else number(cost.hours, lang, 1),
                )
                for cost in self.burden.costly
            ),
            caption=t("The five measures that cost most, over the whole project"),
        )

    def _euros(self) -> str | None:
        rates = words.rates(self.protocol.burden)
        if self.burden.cost is None or rates is None:
            return None
        text = self.t("€ {euros}, at rates the scheme assumes: {rates}")
        return text.format(euros=number(self.burden.cost, self.lang, 0), rates=rates.to(self.lang))

    def _evidence(self) -> Iterator[Block]:
        protocol, t, lang = self.protocol, self.t, self.lang
        yield Heading(1, t("What the evaluation can show"))
        yield Paragraph(
            t(
                "How well an evaluation can tell whether the project worked is read from the "
                "effect ladder. The design of each project says which rung it can reach and what "
                "would lift it. A low rung means little evidence, not a bad project."
            )
        )
        yield Table(
            columns=(Column(t("Rung"), width=0.4), Column(t("What can be said"), width=4)),
            rows=tuple(
                (str(rung), capital(RUNG_LABELS[rung].to(lang))) for rung in sorted(RUNG_LABELS)
            ),
            caption=t("The effect ladder"),
        )
        target = protocol.analysis.target_effect
        if target is not None:
            yield Paragraph(
                t(
                    "The scheme expects an effect of {effect} standard deviations. The design of "
                    "each project says whether it is large enough to show that, with a chance of "
                    "{power}%."
                ).format(
                    effect=number(target, lang, 2),
                    power=number(100 * protocol.analysis.power, lang, 0),
                )
            )

    def _privacy(self) -> Iterator[Block]:
        t = self.t
        yield Heading(1, t("Privacy"))
        yield Bullets(
            (
                t(
                    "Pupils and teachers appear under a code that the school makes itself; the "
                    "school keeps the list."
                ),
                t(
                    "BSN, onderwijsnummer and names as codes are refused; birth dates are never "
                    "asked."
                ),
                t("Results of fewer than {n} persons or schools are not published.").format(
                    n=self.protocol.privacy.suppression_threshold
                ),
            )
        )

    def _delivery(self) -> Iterator[Block]:
        t = self.t
        yield Heading(1, t("What a school gets and delivers"))
        yield Bullets(
            (
                t(
                    "**With the award:** an evaluation design with all days, a workbook to fill "
                    "in, and the PDCA plan. Nothing has to be made up."
                ),
                t(
                    "**At each moment:** the school delivers the workbook, or a CSV export of a "
                    "system it has. Everything that is wrong in it is told at once, with the "
                    "place and the remedy."
                ),
                t(
                    "**After each delivery:** what was delivered is frozen. A correction is a new "
                    "delivery that says why; both are kept."
                ),
                *self._accepted(),
                t(
                    "**In the end:** results of its own, set beside those of comparable projects, "
                    "and a digital evaluation card."
                ),
                *self._contact(),
            )
        )

    def _accepted(self) -> Iterator[str]:
        if self.protocol.review:
            yield self.t("**Then the funder looks at it:** a delivery counts once it is accepted.")

    def _contact(self) -> Iterator[str]:
        if self.protocol.contact:
            yield self.t("**Questions?** {contact}").format(contact=literal(self.protocol.contact))

    def _identity(self) -> Iterator[Block]:
        protocol, t = self.protocol, self.t
        yield Heading(1, t("Identity of this protocol"))
        yield Paragraph(
            t(
                "The hash is a fingerprint of everything this scheme asks. Two documents with the "
                "same hash ask the same."
            )
        )
        yield KeyValues(
            (
                (t("Protocol"), protocol.id),
                (t("Version"), protocol.version),
                (t("Builds on"), " → ".join(protocol.lineage)),
                (t("Hash"), self.hash),
                (t("Locked core"), protocol.core_hash),
            )
        )
