"""What became of own goals, and of what makes change last, over time."""

from __future__ import annotations

from pydantic import Field

from evalkit.model.base import Identifier, Model
from evalkit.model.text import Text
from evalkit.model.vocabulary import ArmRole, Variant, WaveKind


class GoalRow(Model):
    """How far one project was with one goal of its own in one wave."""

    project: Identifier = Field(description="Id of the project.")
    project_type: Identifier = Field(description="Id of the project type.")
    variant: Variant = Field(description="Variant of the protocol: small or large.")
    wave: Identifier = Field(description="Id of the wave.")
    wave_kind: WaveKind = Field(description="Kind of that wave.")
    goal: Identifier = Field(description="Id of the goal within the project.")
    text: str = Field(description="The goal, in the project's words.")
    weight: float = Field(description="Weight beside the project's other goals.")
    schools: int = Field(description="Schools that rated it.")
    level: float = Field(
        description="Level from -2 to +2, mean over schools; 0 is as expected beforehand."
    )
    t_score: float = Field(
        description="T-score of all goals of the project in this wave, mean over schools; 50 is as "
        "expected (Kiresuk & Sherman 1968, rho = 0.3). The same in each of its rows."
    )


class PooledGoals(Model):
    """Goal attainment over projects in one wave; each project counts once, however small."""

    wave: Identifier = Field(description="Id of the wave.")
    wave_kind: WaveKind = Field(description="Kind of that wave.")
    by: str = Field(description="What projects are taken together by: all, project_type, variant.")
    value: str = Field(description="The projects: all, the type, or the variant.")
    about: str = Field(
        description="level: the T-score in the wave; change: that less the T-score of the "
        "baseline, of projects that have both."
    )
    k: int = Field(description="Projects.")
    mean_t: float = Field(description="Mean over projects.")
    sd: float | None = Field(description="Standard deviation over projects; empty for one.")
    se: float | None = Field(description="Standard error, sd / sqrt(k); empty for one project.")
    ci_low: float | None = Field(description="Lower bound of the 95% interval (t, k - 1).")
    ci_high: float | None = Field(description="Upper bound of the 95% interval.")
    text_nl: str = Field(description="What it says, in Dutch.")
    text_en: str = Field(description="What it says, in English.")


class LastingRow(Model):
    """One determinant or indicator of lasting change in one project and wave."""

    project: Identifier = Field(description="Id of the project.")
    project_type: Identifier = Field(description="Id of the project type.")
    wave: Identifier = Field(description="Id of the wave.")
    wave_kind: WaveKind = Field(description="Kind of that wave.")
    arm: ArmRole = Field(description="Arm.")
    variable: str = Field(description="determinants or indicators, as on the card.")
    code: Identifier = Field(description="Code of the determinant or indicator.")
    label: Text = Field(description="The code in words.")
    item: Identifier = Field(description="Statement; an indicator can have several.")
    n: int | None = Field(description="Respondents.")
    mean: float | None = Field(description="Mean answer.")
    minimum: float | None = Field(description="Lowest answer of the scale.")
    maximum: float | None = Field(description="Highest answer of the scale.")
    suppressed: bool = Field(
        description="Whether the numbers are withheld, as there are few respondents."
    )
    on_card: bool = Field(description="Whether the project's digital card states it.")
