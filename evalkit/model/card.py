"""The digital evaluation card; all cards together are the *moederbestand*.

Overview 9 of the meta-analysis lists eighteen variables that describe an intervention, its
effects and their meaning, then the position on the effect ladder and a summary.
"""

from __future__ import annotations

from pydantic import Field

from evalkit.model.base import Identifier, Model
from evalkit.model.vocabulary import GoalReached, Level, Phase, Sector


class Card(Model):
    """What is recorded of every evaluated intervention. Unknown stays unknown."""

    project: Identifier = Field(description="Id of the project.")
    # Type
    school_type: Sector | None = Field(None, description="1. Type of school.")
    # Description
    intervention: str | None = Field(None, description="2. The intervention and its goals.")
    aspects: tuple[Identifier, ...] = Field((), description="3. Aspects it is aimed at.")
    core_activities: str | None = Field(None, description="4. Features and core activities.")
    target_groups: tuple[Identifier, ...] = Field((), description="5. Target groups.")
    levels: tuple[Level, ...] = Field((), description="6. Levels.")
    # Effects
    outcome_measures: str | None = Field(None, description="7. Outcome measures.")
    outcomes: str | None = Field(None, description="8. Outcomes.")
    goal_reached: GoalReached | None = Field(None, description="9. How far goals were reached.")
    # Meaning of the outcomes
    phase: Phase | None = Field(None, description="10. Phase of the innovation process.")
    determinants: tuple[Identifier, ...] = Field((), description="11. Determinants of lasting.")
    indicators: tuple[Identifier, ...] = Field((), description="12. Indicators of lasting.")
    sustained_results: str | None = Field(None, description="13. What remained afterwards.")
    support_structure: str | None = Field(None, description="14. Support structure.")
    # Factors and side effects
    promoting_factors: dict[Identifier, str] = Field(
        default_factory=dict, description="15. Promoting factors: code, and what it was here."
    )
    hindering_factors: dict[Identifier, str] = Field(
        default_factory=dict, description="16. Hindering factors: code, and what it was here."
    )
    positive_side_effects: str | None = Field(None, description="17. Positive side effects.")
    unwanted_side_effects: str | None = Field(None, description="18. Unwanted side effects.")
    # Position and summary
    ladder_rung: int | None = Field(None, ge=0, le=5, description="Position on the effect ladder.")
    summary: str | None = Field(None, description="Summary.")


CARD_GROUPS: dict[str, tuple[str, ...]] = {
    "type": ("school_type",),
    "description": (
        "intervention",
        "aspects",
        "core_activities",
        "target_groups",
        "levels",
    ),
    "effects": ("outcome_measures", "outcomes", "goal_reached"),
    "meaning": (
        "phase",
        "determinants",
        "indicators",
        "sustained_results",
        "support_structure",
    ),
    "factors": (
        "promoting_factors",
        "hindering_factors",
        "positive_side_effects",
        "unwanted_side_effects",
        "ladder_rung",
    ),
    "summary": ("summary",),
}
"""The six groups of overview 9 and their variables, in its order."""
