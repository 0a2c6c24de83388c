"""What a comparison can say and what it cannot, in plain words."""

from __future__ import annotations

from evalkit.model.text import Text
from evalkit.model.vocabulary import Comparison

CLAIMS: dict[Comparison, tuple[Text, Text]] = {
    Comparison.single_group: (
        Text(
            nl="of de uitkomsten veranderden tussen de eerste en de laatste meting.",
            en="whether the outcomes changed between the first and the last measurement.",
        ),
        Text(
            nl="hoeveel van die verandering door het project komt. Leerlingen worden ouder "
            "en er verandert meer.",
            en="how much of that change the project caused. Pupils grow older and much "
            "else changes too.",
        ),
    ),
    Comparison.comparison_group: (
        Text(
            nl="of de uitkomsten meer veranderden dan in een groep die niet meedeed.",
            en="whether the outcomes changed more than in a group that did not take part.",
        ),
        Text(
            nl="dat alleen het project het verschil maakte. De groepen waren niet vanzelf "
            "gelijk; de nulmeting laat zien hoeveel zij verschilden, en de analyse "
            "houdt daar rekening mee.",
            en="that nothing but the project made the difference. The groups were not "
            "alike by design; the baseline shows how much they differed, and the "
            "analysis takes that into account.",
        ),
    ),
    Comparison.matched: (
        Text(
            nl="of de uitkomsten meer veranderden dan in een groep die vooraf gelijk was "
            "op de punten waarop is gematcht.",
            en="whether the outcomes changed more than in a group that was alike "
            "beforehand in what it was matched on.",
        ),
        Text(
            nl="dat de groepen ook gelijk waren in wat niet is gemeten, zoals motivatie of "
            "een nieuwe schoolleider.",
            en="that the groups were alike in what was not measured, such as motivation or "
            "a new school leader.",
        ),
    ),
    Comparison.randomised: (
        Text(
            nl="dat een verschil na afloop door het project komt: het lot besliste, dus "
            "verschillen de groepen alleen door toeval.",
            en="that a difference afterwards comes from the project: the lot decided, so "
            "the groups differ by chance alone.",
        ),
        Text(
            nl="wat er zou gebeuren op scholen die niet aan een loting meedoen. En vallen "
            "er veel af, dan beschermt het lot niet meer.",
            en="what would happen at schools that would not take part in a lottery. And if "
            "many drop out, the lot no longer protects.",
        ),
    ),
    Comparison.cross_over: (
        Text(
            nl="of vakken die meedoen meer veranderden dan vakken die niet meedoen. Het "
            "zijn dezelfde soort scholen, dus die verklaren weinig van een verschil.",
            en="whether subjects that take part changed more than subjects that do not. "
            "The schools are the same kind of schools, so they explain little of a "
            "difference.",
        ),
        Text(
            nl="dat het project de andere vakken van de school niet raakte, of dat het ene "
            "vak zich anders net zo had ontwikkeld als het andere.",
            en="that the project left the other subjects of the school untouched, or that "
            "one subject would have moved as another did.",
        ),
    ),
    Comparison.rejected_applicants: (
        Text(
            nl="of de uitkomsten meer veranderden dan bij wie hetzelfde wilde en werd "
            "afgewezen; het is dus niet alleen gedrevenheid.",
            en="whether the outcomes changed more than among those who wanted the same and "
            "were rejected; so it is not zeal alone.",
        ),
        Text(
            nl="dat de toegekende plannen niet al de betere waren. Hoe dichter de "
            "aanvragen bij elkaar lagen, hoe minder dat uitmaakt.",
            en="that the awarded plans were not the better ones to begin with. The closer "
            "the decision, the less that matters.",
        ),
    ),
}
"""Ends of the sentences "this comparison can say …" and "it cannot say …"."""
