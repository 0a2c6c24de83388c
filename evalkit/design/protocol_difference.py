"""What differs between two protocols, for who knows one and is held to the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from evalkit.design.burden import typical_burden
from evalkit.library import protocol_wording as words
from evalkit.model.change import Change
from evalkit.model.measure import Measure
from evalkit.model.protocol import Deadline, Requirement, ResolvedProtocol, Wave
from evalkit.model.text import Text
from evalkit.model.vocabulary import Respondent

PartT = TypeVar("PartT")


def protocol_changes(before: ResolvedProtocol, after: ResolvedProtocol) -> tuple[Change, ...]:
    """All differences, with everything each protocol inherits; none if they ask the same.

    Ids, versions and lineage of the protocols themselves are no differences.
    """
    return (
        *_introduction(before, after),
        *_who(before, after),
        *_waves(before, after),
        *_measures(before, after),
        *_rules(before, after),
        *_deadlines(before, after),
        *_burden(before, after),
    )


def _changed(
    what: Text, before: Text | None, after: Text | None, consequence: Text | None = None
) -> Iterator[Change]:
    """The change from one text to another, if they differ."""
    if before != after:
        kind = "added" if before is None else "removed" if after is None else "changed"
        yield Change.model_validate(
            {
                "kind": kind,
                "what": what,
                "before": before,
                "after": after,
                "consequence": consequence,
            }
        )


def _parts(
    before: Mapping[str, PartT],
    after: Mapping[str, PartT],
    what: Callable[[PartT], Text],
    said: Callable[[PartT], Text],
) -> Iterator[Change]:
    """The changes in parts that have an id: added, removed, changed, in the order of after."""
    for id in dict.fromkeys((*after, *before)):
        old, new = before.get(id), after.get(id)
        named = new if new is not None else old
        assert named is not None
        yield from _changed(
            what(named),
            None if old is None else said(old),
            None if new is None else said(new),
        )


def _introduction(before: ResolvedProtocol, after: ResolvedProtocol) -> Iterator[Change]:
    yield from _changed(Text(nl="naam", en="name"), before.title, after.title)
    yield from _changed(
        Text(nl="omschrijving", en="description"), before.description, after.description
    )
    languages = {"nl": Text(nl="Nederlands", en="Dutch"), "en": Text(nl="Engels", en="English")}
    yield from _changed(Text(nl="loopt vanaf", en="runs from"), _since(before), _since(after))
    yield from _changed(
        Text(nl="taal van formulieren en documenten", en="language of forms and documents"),
        languages[before.language],
        languages[after.language],
    )


def _since(protocol: ResolvedProtocol) -> Text | None:
    day = protocol.valid_from
    return Text(nl=day.isoformat(), en=day.isoformat()) if day else None


def _who(before: ResolvedProtocol, after: ResolvedProtocol) -> Iterator[Change]:
    yield from _changed(
        Text(nl="soorten projecten die mee kunnen doen", en="project types that can take part"),
        _types(before),
        _types(after),
    )
    yield from _changed(
        Text(nl="variant", en="variant"), _variant(before), _variant(after), _less(before, after)
    )
    if before.variant is None and after.variant is None:
        yield from _changed(
            Text(nl="grens van een klein project", en="limit of a small project"),
            words.small(before.small_projects),
            words.small(after.small_projects),
        )
    needed = Text(
        nl="een project zonder vergelijkingsgroep wordt geweigerd",
        en="a project without a comparison group is refused",
    )
    free = Text(
        nl="een project zonder vergelijkingsgroep kan weer meedoen",
        en="a project without a comparison group can take part again",
    )
    yield from _changed(
        Text(nl="vergelijkingsgroep", en="comparison group"),
        _comparison(before),
        _comparison(after),
        needed if after.comparison_required else free,
    )


def _types(protocol: ResolvedProtocol) -> Text:
    if not protocol.project_types:
        return Text(nl="alle", en="all")
    names = ", ".join(protocol.project_types)
    return Text(nl=names, en=names)


def _variant(protocol: ResolvedProtocol) -> Text:
    return protocol.variant.label if protocol.variant else _BY_SIZE


_BY_SIZE = Text(nl="de grootte van het project beslist", en="the size of the project decides")


def _less(before: ResolvedProtocol, after: ResolvedProtocol) -> Text | None:
    """How many measures the change of variant adds and drops, where a variant is fixed."""
    old, new = (
        {r.measure for r in p.requires if p.variant is None or p.variant in r.variants}
        for p in (before, after)
    )
    shared = {r.measure for r in before.requires} & {r.measure for r in after.requires}
    fewer, more = len((old - new) & shared), len((new - old) & shared)
    parts = []
    if fewer:
        parts.append(
            Text(
                nl=f"{fewer} maten worden niet meer gevraagd",
                en=f"{fewer} measures are no longer asked",
            )
        )
    if more:
        parts.append(
            Text(
                nl=f"{more} maten worden nu ook gevraagd",
                en=f"{more} measures are asked now as well",
            )
        )
    return words.joined(parts) if parts else None


def _comparison(protocol: ResolvedProtocol) -> Text:
    if protocol.comparison_required:
        return Text(nl="verplicht", en="required")
    return Text(nl="niet verplicht", en="not required")


def _waves(before: ResolvedProtocol, after: ResolvedProtocol) -> Iterator[Change]:
    def what(wave: Wave) -> Text:
        label = wave.label
        return Text(nl=f"meetmoment '{label.nl}'", en=f"moment '{label.en}'")

    def said(wave: Wave) -> Text:
        return words.joined(dict.fromkeys((wave.label, wave.kind.label, words.window(wave))))

    yield from _parts(_by_id(before.waves), _by_id(after.waves), what, said)


def _by_id(parts: Iterable[PartT]) -> dict[str, PartT]:
    return {str(part.id): part for part in parts}  # type: ignore[attr-defined]


def _measures(before: ResolvedProtocol, after: ResolvedProtocol) -> Iterator[Change]:
    old, new = ({r.measure: r for r in p.requires} for p in (before, after))
    known = {m.id: m for m in (*before.measures, *after.measures)}
    defined = {m.id: m for m in before.measures}
    for id in dict.fromkeys((*new, *old)):
        measure = known[id]
        what = Text(
            nl=f"maat '{measure.label.nl}' ({id})", en=f"measure '{measure.label.en}' ({id})"
        )
        yield from _changed(
            what,
            _required(old[id], defined[id], before) if id in old else None,
            _required(new[id], measure, after) if id in new else None,
            _minutes(
                _spent(old.get(id), defined.get(id)),
                _spent(new.get(id), measure),
                measure.respondent,
            ),
        )
        if id in old and id in new and defined[id] != measure:
            yield from _definition(what, defined[id], measure)


def _required(requirement: Requirement, measure: Measure, protocol: ResolvedProtocol) -> Text:
    limit = words.limited_to(requirement)
    return words.joined(
        (
            measure.respondent.label,
            words.moments(requirement.waves, protocol.waves),
            words.arms(requirement),
            words.mandatory(requirement),
            *((limit,) if limit else ()),
        ),
        "; ",
    )


def _spent(requirement: Requirement | None, measure: Measure | None) -> float:
    """Minutes one respondent spends on a measure over the whole project."""
    if requirement is None or measure is None:
        return 0
    return 0 if measure.computed_from else measure.minutes * len(requirement.waves)


def _minutes(old: float, new: float, who: Respondent) -> Text | None:
    if old == new:
        return None
    sign = "+" if new > old else "−"
    count = words.number(abs(new - old))
    person = words.PERSON[who]
    return Text(
        nl=f"{sign}{count.nl} minuten per {person.nl} over het hele project",
        en=f"{sign}{count.en} minutes per {person.en} over the whole project",
    )


def _definition(what: Text, old: Measure, new: Measure) -> Iterator[Change]:
    pooled = old.version == new.version or old.version in new.compatible_with
    apart = Text(
        nl="oude en nieuwe resultaten worden niet samengenomen",
        en="old and new results are not pooled",
    )
    of = Text(nl=f"{what.nl}, omschrijving", en=f"{what.en}, definition")
    told = [_defined(measure) for measure in (old, new)]
    if told[0] == told[1]:  # A difference in wording, scale or items that the version tells.
        differ = Text(nl="anders verwoord", en="worded differently")
        told[1] = words.joined((told[1], differ), "; ")
    yield from _changed(of, told[0], told[1], None if pooled else apart)


def _defined(measure: Measure) -> Text:
    count = len(measure.items)
    minutes = words.number(measure.minutes)
    items = Text(nl=f"{count} vragen", en=f"{count} questions")
    return words.joined(
        (
            Text(nl=f"versie {measure.version}", en=f"version {measure.version}"),
            measure.label,
            *((items,) if count else ()),
            Text(nl=f"{minutes.nl} minuten", en=f"{minutes.en} minutes"),
        ),
        "; ",
    )


def _rules(before: ResolvedProtocol, after: ResolvedProtocol) -> Iterator[Change]:
    yield from _changed(
        Text(nl="PDCA-cycli per jaar", en="PDCA cycles a year"),
        words.number(before.cadence.cycles_per_year),
        words.number(after.cadence.cycles_per_year),
    )
    yield from _changed(
        Text(
            nl="aantal waaronder niets wordt gepubliceerd",
            en="number below which nothing is published",
        ),
        words.number(before.privacy.suppression_threshold),
        words.number(after.privacy.suppression_threshold),
        Text(
            nl="meer cellen blijven in gepubliceerde tabellen leeg",
            en="more cells stay empty in published tables",
        )
        if before.privacy.suppression_threshold < after.privacy.suppression_threshold
        else None,
    )
    yield from _changed(
        Text(nl="een aanlevering telt mee", en="a delivery counts"),
        _counts(before),
        _counts(after),
    )
    for name, what in _ANALYSIS.items():
        old, new = getattr(before.analysis, name), getattr(after.analysis, name)
        yield from _changed(
            what,
            None if old is None else words.number(old),
            None if new is None else words.number(new),
        )
    yield from _changed(
        Text(nl="van wie dat effect wordt verwacht", en="of whom that effect is expected"),
        _of_whom(before),
        _of_whom(after),
    )
    yield from _changed(
        Text(nl="bij wie een school vragen stelt", en="whom a school asks its questions"),
        _asked(before),
        _asked(after),
    )


def _of_whom(protocol: ResolvedProtocol) -> Text | None:
    """Whose outcomes; nothing where no effect is expected."""
    if protocol.analysis.target_effect is None:
        return None
    return words.joined(who.label for who in protocol.analysis.target_for)


def _asked(protocol: ResolvedProtocol) -> Text | None:
    return Text(nl=protocol.contact, en=protocol.contact) if protocol.contact else None


def _counts(protocol: ResolvedProtocol) -> Text:
    if protocol.review:
        return Text(
            nl="zodra de subsidiegever haar aanvaardt", en="once the funder has accepted it"
        )
    return Text(nl="zodra zij zonder fouten binnenkomt", en="once it comes in without errors")


_ANALYSIS: dict[str, Text] = {
    "icc_achievement": Text(
        nl="aangenomen intraklassecorrelatie van leerresultaten", en="assumed ICC of achievement"
    ),
    "icc_attitude": Text(
        nl="aangenomen intraklassecorrelatie van gedrag en beleving", en="assumed ICC of attitudes"
    ),
    "pretest_correlation": Text(
        nl="aangenomen samenhang tussen voor- en nameting",
        en="assumed correlation between before and after",
    ),
    "target_effect": Text(nl="effect dat wordt verwacht", en="effect that is expected"),
    "alpha": Text(nl="significantieniveau", en="significance level"),
    "power": Text(nl="kans om dat effect te vinden", en="chance of finding that effect"),
}


def _deadlines(before: ResolvedProtocol, after: ResolvedProtocol) -> Iterator[Change]:
    def what(deadline: Deadline) -> Text:
        label = deadline.label
        return Text(nl=f"termijn '{label.nl}'", en=f"deadline '{label.en}'")

    def said(deadline: Deadline) -> Text:
        return words.joined((deadline.label, words.moment(deadline.due)))

    yield from _parts(_by_id(before.deadlines), _by_id(after.deadlines), what, said)


def _burden(before: ResolvedProtocol, after: ResolvedProtocol) -> Iterator[Change]:
    yield from _changed(
        Text(nl="grens van de belasting", en="burden ceiling"),
        words.ceiling(before.burden),
        words.ceiling(after.burden),
    )
    yield from _changed(
        Text(nl="aangenomen kosten", en="assumed costs"),
        words.rates(before.burden),
        words.rates(after.burden),
    )
    yield from _changed(
        Text(nl="project zoals verwacht", en="project as expected"),
        words.typical(before.burden.typical),
        words.typical(after.burden.typical),
    )
    old, new = typical_burden(before), typical_burden(after)
    yield from _changed(
        Text(
            nl="belasting van een school in haar zwaarste schooljaar",
            en="burden of a school in its heaviest school year",
        ),
        _hours(old.hours_per_school_year),
        _hours(new.hours_per_school_year),
        _more_hours(new.hours_per_school_year - old.hours_per_school_year),
    )


def _hours(value: float) -> Text:
    count = words.number(round(value, 1))
    return Text(nl=f"{count.nl} uur", en=f"{count.en} hours")


def _more_hours(value: float) -> Text:
    count = words.number(abs(round(value, 1)))
    sign = "+" if value > 0 else "−"
    return Text(
        nl=f"{sign}{count.nl} uur voor een project zoals verwacht",
        en=f"{sign}{count.en} hours for a project as expected",
    )
