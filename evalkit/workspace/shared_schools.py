"""What is said of projects that rest on the same schools."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.errors import finding
from evalkit.model.finding import Finding, Place
from evalkit.synthesis.shared_schools import MOST_NAMED, InPools, sets_of


def shared_schools_findings(shared: InPools) -> Iterator[Finding]:
    """A remark for each set of projects that share schools and are in a pool together."""
    sets, place = sets_of(shared), Place(file="sensitivity.csv")
    for one in sets[:MOST_NAMED]:
        yield finding(
            "synthesis.shared_schools",
            place,
            projects=one.name.replace("+", ", "),
            schools=one.schools,
            comparison=one.comparison,
            crosswise=one.crosswise,
        )
    if len(sets) > MOST_NAMED:
        yield finding("synthesis.shared_schools_more", place, count=len(sets) - MOST_NAMED)
