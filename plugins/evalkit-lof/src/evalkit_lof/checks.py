"""What a LOF design can show, and the remarks where that is less than it could be."""

import re
from collections.abc import Iterator

from evalkit import ArmRole, Comparison, Design, Finding, Place, Text

_SELECTION = re.compile(
    # Dutch
    r"\b(ge)?lo(o?t|ting|ten)\b|\brang|\bscore|\bpunten|\bcriteri|\bbeoorde|\bjury|\bcommissie"
    r"|\bvolgorde|\bbudget|\bplafond|\bdrempel|\bselecti|\bgeselecteerd|\btoegewezen"
    # English
    r"|\blotter|\bdrawn\b|\brank|\bcommittee|\bpanel\b|\border\b|\bfirst come|\bceiling|\bthreshold"
    r"|\bselect|\bassigned",
    re.IGNORECASE,
)
"""Words by which a project says how applications were decided on."""

_APPLICATION = re.compile(r"aanvra|afgewezen|applica|reject", re.IGNORECASE)
"""Words that show that a prediction is about the applications, not about a result."""


def check_comparison(design: Design) -> Iterator[Finding]:
    """A note if there is no comparison group: what the project can then show."""
    if design.project.has_comparison:
        return
    yield Finding(
        code="lof.no_comparison",
        severity="info",
        place=Place(key="arms"),
        wrong=Text(
            nl="Dit LOF-project heeft geen vergelijkingsgroep. Het kan laten zien of de eigen "
            "doelen zijn gehaald en of er iets veranderde, niet of dat door het project kwam.",
            en="This LOF project has no comparison group. It can show whether its own goals were "
            "reached and whether something changed, not whether the project did that.",
        ),
        remedy=Text(
            nl="Vraag afgewezen aanvragers dezelfde vragenlijst in te vullen, met comparison: "
            "rejected_applicants. Lukt dat niet, meet dan goed vooraf en achteraf.",
            en="Ask rejected applicants to fill in the same questionnaire, with comparison: "
            "rejected_applicants. If that cannot be done, measure well before and after.",
        ),
    )


def check_selection(design: Design) -> Iterator[Finding]:
    """A warning if applicants are compared and nothing says how they were selected.

    Whoever was granted a project may have had the better plan from the start. How the applications
    were decided on tells how far the two groups can be compared.
    """
    project = design.project
    if project.comparison is not Comparison.rejected_applicants:
        return
    arms = {arm.role: (number, arm.label) for number, arm in enumerate(project.arms)}
    number, label = arms[ArmRole.comparison]
    about = (p.text for p in project.predictions if _APPLICATION.search(p.text))
    if any(_SELECTION.search(text) for text in (label, *about)):
        return
    yield Finding(
        code="lof.selection_unsaid",
        severity="warning",
        place=Place(key=f"arms[{number}].label"),
        wrong=Text(
            nl="De vergelijkingsgroep bestaat uit afgewezen aanvragers, maar er staat niet hoe "
            "over de aanvragen is beslist. Misschien waren de toegekende plannen al beter.",
            en="The comparison group consists of rejected applicants, but nothing says how the "
            "applications were decided on. Perhaps the plans that were granted were better anyway.",
        ),
        remedy=Text(
            nl="Zeg het in het label van de groep of in een voorspelling: door loting, op volgorde "
            "van binnenkomst tot het budget op was, of op de score van een commissie.",
            en="Say so in the label of the group or in a prediction: by lottery, in order of "
            "arrival until the budget was spent, or on the score of a committee.",
        ),
    )
