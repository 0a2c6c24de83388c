"""What is not pooled, why, and what could be done about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from evalkit.model.base import computed
from evalkit.model.effect import EffectSize
from evalkit.model.programme import Refusal
from evalkit.model.rows import Rows, values
from evalkit.model.text import Text
from evalkit.model.vocabulary import NotPooled
from evalkit.synthesis.pooled import Key

REMEDIES: Mapping[NotPooled, Text] = {
    NotPooled.single_group: Text(
        nl="Voeg bij een volgend project een vergelijkingsgroep toe; de rij blijft in de tabel.",
        en="Add a comparison group to a next project; the row stays in the table.",
    ),
    NotPooled.relation: Text(
        nl="Een samenhang is geen vergelijking: neem samenhangen apart samen "
        "(evalkit pool --all --subset metric=ZCOR).",
        en="A relation is no comparison: pool relations by themselves "
        "(evalkit pool --all --subset metric=ZCOR).",
    ),
    NotPooled.no_post: Text(
        nl="Lever de meting na afloop nog aan.", en="Deliver the measurement afterwards as yet."
    ),
    NotPooled.no_intervention: Text(
        nl="Lever de gegevens van de interventiegroep nog aan.",
        en="Deliver the data of the intervention group as yet.",
    ),
    NotPooled.too_few: Text(
        nl="Vraag meer personen per groep; ten minste twee zijn nodig.",
        en="Ask more persons per group; two at least are needed.",
    ),
    NotPooled.too_few_clusters: Text(
        nl="Vraag meer klassen of scholen per groep; ten minste twee zijn nodig.",
        en="Ask more classes or schools per group; two at least are needed.",
    ),
    NotPooled.no_sd: Text(
        nl="Lever rijen per persoon aan, of de standaardafwijking bij de totalen.",
        en="Deliver rows per person, or the standard deviation with the totals.",
    ),
    NotPooled.no_variance: Text(
        nl="Controleer of iedereen echt dezelfde waarde heeft.",
        en="Check whether everybody really has the same value.",
    ),
    NotPooled.no_direction: Text(
        nl="Beschrijf het verschil; van deze maat is geen richting beter.",
        en="Describe the difference; no direction of this measure is better.",
    ),
    NotPooled.small_group: Text(
        nl="Neem meer personen per groep; in de onderzoeksuitvoer staat de rij wel.",
        en="Take more persons per group; the research export does hold the row.",
    ),
    NotPooled.nonpositive_mean: Text(
        nl="Vraag een andere metriek (--metric SMD).", en="Ask another metric (--metric SMD)."
    ),
    NotPooled.subgroup: Text(
        nl="Niets: de deelgroep telt mee in de rij van het geheel.",
        en="Nothing: the subgroup counts in the row of the whole.",
    ),
    NotPooled.interim: Text(
        nl="Niets: de meting na afloop telt mee.",
        en="Nothing: the measurement afterwards counts.",
    ),
    NotPooled.other_version: Text(
        nl="Zijn de versies vergelijkbaar, zeg dat dan in 'compatible_with' van de nieuwste.",
        en="If the versions can be compared, say so in 'compatible_with' of the newest version.",
    ),
    NotPooled.other_family: Text(
        nl="Vraag voor alle projecten dezelfde metriek (--metric), of lees de twee groepen apart.",
        en="Ask the same metric for all projects (--metric), or read the two sets apart.",
    ),
}
"""What could be done, for each reason."""


def refusals(effects: Sequence[EffectSize], pools: Iterable[Key]) -> Rows[Refusal]:
    """One row for each effect that counts in no pool, and for each set that stands apart.

    A set stands apart if effects of the same measure and wave are pooled in another version or on
    another scale: then there are two pools where a reader may expect one.

    Args:
        effects: rows of the effect table.
        pools: the keys of the sets that are pooled.
    """
    names = ("project", "measure", "wave", "subgroup", "measure_version", "not_pooled_because")
    columns = zip(*(values(effects, name) for name in names), strict=True)
    left_out = sorted((row for row in columns if row[-1] is not None), key=lambda row: row[:4])
    found = Rows(Refusal)
    found.extend(_refusal(*row) for row in left_out)
    keys = tuple(pools)
    for measure, version, wave, family in keys:
        others = [key for key in keys if (key[0], key[2]) == (measure, wave)]
        apart = [
            (NotPooled.other_version, any(v != version and f == family for _, v, _, f in others)),
            (NotPooled.other_family, any(f != family for _, _, _, f in others)),
        ]
        found.extend(
            _refusal(None, measure, wave, family, version, reason)
            for reason, stands in apart
            if stands
        )
    return found


def _refusal(
    project: str | None, measure: str, wave: str, subgroup: str, version: str, reason: NotPooled
) -> Refusal:
    return computed(
        Refusal,
        {
            "project": project,
            "measure": measure,
            "measure_version": version,
            "wave": wave,
            "subgroup": subgroup,
            "reason": reason,
            "remedy": REMEDIES[reason],
        },
    )
