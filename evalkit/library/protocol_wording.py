"""What a protocol says, in words for who is held to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evalkit.model.protocol import (
    BurdenRules,
    Moment,
    Requirement,
    SmallProjects,
    TypicalProject,
    Wave,
)
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import Nature, Respondent, Variant, WaveKind

_FAR = 90
"""From this many days on, a moment is told in months and years too."""

_MONTH = 365.25 / 12


def number(value: float) -> Text:
    """A number as each language writes it, in at most six digits."""
    en = f"{value:g}"
    return Text(nl=en.replace(".", ","), en=en)


def joined(parts: Iterable[Text], mark: str = ", ") -> Text:
    """Texts one after the other; a dash if there are none."""
    given = tuple(parts)
    return Text(
        nl=mark.join(part.nl for part in given) or "–",
        en=mark.join(part.en for part in given) or "–",
    )


def moment(day: Moment) -> Text:
    """A day counted from the start or end: ``30 days after the end``."""
    anchor = {
        "start": Text(nl="de start", en="the start"),
        "end": Text(nl="het einde", en="the end"),
    }
    at = anchor[day.anchor]
    if day.days == 0:
        return Text(nl=f"op de dag van {at.nl}", en=f"on the day of {at.en}")
    count = abs(day.days)
    side = Text(nl="voor", en="before") if day.days < 0 else Text(nl="na", en="after")
    length = Text(
        nl=f"{count} dag{'en' if count > 1 else ''}", en=f"{count} day{'s' if count > 1 else ''}"
    )
    far = f" ({_about(count, 'nl')})", f" ({_about(count, 'en')})"
    nl, en = far if count >= _FAR else ("", "")
    return Text(
        nl=f"{length.nl} {side.nl} {at.nl}{nl}",
        en=f"{length.en} {side.en} {at.en}{en}",
    )


def _about(days: int, lang: Lang) -> str:
    years, months = divmod(round(days / _MONTH), 12)
    parts = []
    if years:
        parts.append(f"{years} jaar" if lang == "nl" else f"{years} year{'s' * (years > 1)}")
    if months:
        unit = ("maand", "maanden") if lang == "nl" else ("month", "months")
        parts.append(f"{months} {unit[months > 1]}")
    return ("circa " if lang == "nl" else "about ") + (" en " if lang == "nl" else " and ").join(
        parts
    )


def window(wave: Wave) -> Text:
    """The first and last day of a wave."""
    opens, closes = moment(wave.opens), moment(wave.closes)
    return Text(nl=f"van {opens.nl} tot en met {closes.nl}", en=f"from {opens.en} to {closes.en}")


def in_order(waves: Iterable[Wave]) -> tuple[Wave, ...]:
    """Waves as they come: those counted from the start, then those counted from the end."""
    return tuple(sorted(waves, key=lambda wave: (wave.opens.anchor == "end", wave.opens.days)))


def moments(ids: Sequence[str], waves: Sequence[Wave]) -> Text:
    """Waves by their labels, in order; all follow-ups together are called that."""
    follow_ups = [w.id for w in waves if w.kind is WaveKind.follow_up]
    every = len(follow_ups) > 1 and set(follow_ups) <= set(ids)
    parts = [w.label for w in in_order(waves) if w.id in ids and not (every and w.id in follow_ups)]
    if every:
        parts.append(Text(nl="alle vervolgmetingen", en="all follow-ups"))
    return joined(parts)


def limited_to(requirement: Requirement) -> Text | None:
    """The variant and nature a requirement is limited to; None if it holds for every project."""
    parts = []
    if len(requirement.variants) < len(Variant):
        parts += [
            Text(nl=f"alleen {_SHORT[v].nl} variant", en=f"{_SHORT[v].en} variant only")
            for v in requirement.variants
        ]
    if len(requirement.natures) < len(Nature):
        parts += [
            Text(nl=f"alleen {_SHORT[n].nl}", en=f"{_SHORT[n].en} only")
            for n in requirement.natures
        ]
    return joined(parts) if parts else None


_SHORT: dict[str, Text] = {
    Variant.small: Text(nl="kleine", en="small"),
    Variant.large: Text(nl="grote", en="large"),
    Nature.innovation: Text(nl="innovatie", en="innovation"),
    Nature.renewal: Text(nl="vernieuwing", en="renewal"),
}


def arms(requirement: Requirement) -> Text:
    """The groups a requirement holds for."""
    if requirement.arms == "all":
        return Text(nl="alle groepen", en="all groups")
    return Text(nl="interventiegroep", en="intervention group")


def mandatory(requirement: Requirement) -> Text:
    """Whether a measure must be delivered."""
    if requirement.mandatory:
        return Text(nl="verplicht", en="mandatory")
    return Text(nl="vrijwillig", en="optional")


def small(limits: SmallProjects | None) -> Text | None:
    """Up to which size a project is small; None without limits."""
    if limits is None:
        return None
    parts = []
    if limits.max_schools is not None:
        n = limits.max_schools
        parts.append(
            Text(
                nl=f"hooguit {n} {'school' if n == 1 else 'scholen'}",
                en=f"at most {n} school{'s' * (n > 1)}",
            )
        )
    if limits.max_grant is not None:
        euros = f"{limits.max_grant:,}"
        parts.append(
            Text(
                nl=f"een subsidie van hooguit € {euros.replace(',', '.')}",
                en=f"a grant of at most €{euros}",
            )
        )
    if not parts:
        return None
    return Text(nl=" en ".join(p.nl for p in parts), en=" and ".join(p.en for p in parts))


PERSON: dict[Respondent, Text] = {
    Respondent.pupil: Text(nl="leerling", en="pupil"),
    Respondent.teacher: Text(nl="leraar", en="teacher"),
    Respondent.parent: Text(nl="ouder", en="parent"),
    Respondent.school: Text(nl="school", en="school"),
}
"""One of a respondent group."""


def ceiling(rules: BurdenRules) -> Text | None:
    """What measuring may cost at most; None without a ceiling."""
    parts = []
    if rules.max_hours is not None:
        hours = number(rules.max_hours)
        unit = "hour" if rules.max_hours == 1 else "hours"
        parts.append(
            Text(
                nl=f"{hours.nl} uur per school en schooljaar",
                en=f"{hours.en} {unit} per school and school year",
            )
        )
    for who, most in rules.max_minutes.items():
        count = number(most)
        parts.append(
            Text(
                nl=f"{count.nl} minuten per {PERSON[who].nl} en schooljaar",
                en=f"{count.en} minutes per {PERSON[who].en} and school year",
            )
        )
    return joined(parts) if parts else None


def rates(rules: BurdenRules) -> Text | None:
    """The hourly rates by which hours become euros; None without."""
    parts = []
    for who, rate in rules.hourly_rate.items():
        euros = number(rate)
        parts.append(
            Text(
                nl=f"{who.label.nl} € {euros.nl} per uur", en=f"{who.label.en} €{euros.en} an hour"
            )
        )
    return joined(parts) if parts else None


def typical(project: TypicalProject) -> Text:
    """The size of the project a funder expects."""
    counts = (
        (project.schools, "school", "scholen", "school", "schools"),
        (project.years, "jaar", "jaar", "year", "years"),
        (project.classes, "klas", "klassen", "class", "classes"),
        (project.pupils, "leerling", "leerlingen", "pupil", "pupils"),
        (project.teachers, "leraar", "leraren", "teacher", "teachers"),
        (project.parents, "ouder", "ouders", "parent", "parents"),
    )
    return joined(
        Text(
            nl=f"{number(count).nl} {nl if count == 1 else more_nl}",
            en=f"{number(count).en} {en if count == 1 else more_en}",
        )
        for count, nl, more_nl, en, more_en in counts
    )


def project_year(number: str) -> Text:
    """A school year of a typical project by its number; year 0 is the one before the start."""
    if number == "0":
        return Text(nl="vóór de start", en="before the start")
    return Text(nl=f"schooljaar {number}", en=f"school year {number}")
