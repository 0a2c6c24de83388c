"""Whether what a project wrote says anything: not whether it is true, or wise.

A program can tell a text from a blank, a placeholder or a rating word. What a text is worth stays
with a reader; the rules and findings claim no more than is looked at here.
"""

from __future__ import annotations

import re

from evalkit.model.project import Goal, Project

SHORTEST_DESCRIPTION = 30
"""Characters below which a description cannot say aim, target group and approach."""

_WORD = re.compile(r"[^\W\d_]{3,}")
_PLACEHOLDER = re.compile(
    r"(n\.?\s?v\.?\s?t|n\.?/?a|niet van toepassing|not applicable|geen|none|niets?|niks|nothing"
    r"|nee|no|tbd|t\.?b\.?d|todo|p\.?m|onbekend|unknown|later|volgt( nog)?|nog invullen"
    r"|to (be determined|follow)|x+|lorem ipsum.*)[.!]?",
    re.IGNORECASE | re.DOTALL,
)
"""What people type where they have nothing to say."""

_RESEARCH = re.compile(
    r"onderzo[ec]k|\bstud(ies?|y)\b|studie\b|\bevaluatie\b|meta-?analy|literatuur"
    r"|\bresearch|\bliterature|\bevidence|\breview|\bevaluation|\btrials?\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(19|20)\d\d\b")
_ADDRESS = re.compile(r"https?://|\bdoi\b", re.IGNORECASE)
_CITATION = re.compile(
    r"[A-Z][\w’'-]+(?:\s+(?:et al\.|e\.a\.|c\.s\.|(?:&|en|and)\s+[A-Z][\w’'-]+)"
    r"(?:,\s*|\s*\(|\s+)|,\s*|\s*\()(?:19|20)\d\d\b"
)
"""Author and year: Hattie (2009); Hattie & Yates, 2014; Marzano et al. 2001. A year alone may be
any date.
"""

_RATINGS = frozenset(
    re.findall(
        r"\w+",
        "slecht zwak onvoldoende matig redelijk voldoende goed zeer heel uitstekend veel minder "
        "meer "
        "gelijk zoals verwacht dan bad poor weak insufficient moderate fair sufficient good very "
        "excellent much less more same as expected than worse better beter slechter",
    )
)
"""Words of a scale that says how good something is, not what is seen."""


def is_said(text: str | None) -> bool:
    """Whether a text says anything: it has a word, and is no placeholder such as "n.v.t."."""
    said = (text or "").strip()
    return bool(_WORD.search(said)) and not _PLACEHOLDER.fullmatch(said)


def names_research(text: str | None) -> bool:
    """Whether a text names research so that it can be found.

    By author and year, an address, or a study with its year.
    """
    if not text:
        return False
    dated = _RESEARCH.search(text) and _YEAR.search(text)
    return bool(dated or _ADDRESS.search(text) or _CITATION.search(text))


def is_described(project: Project) -> bool:
    """Whether the description has some substance."""
    said = (project.description or "").strip()
    return is_said(said) and len(said) >= SHORTEST_DESCRIPTION


def is_measurable(goal: Goal) -> bool:
    """Whether the five levels of a goal differ and say what would be seen, not how good it is."""
    levels = {level.strip().casefold() for level in goal.levels}
    seen = [level for level in levels if re.search(r"\d", level) or is_said(level)]
    return len(seen) == 5 and not all(_RATINGS.issuperset(re.findall(r"\w+", s)) for s in seen)
