"""Rows of the tables that digital cards are counted from."""

from __future__ import annotations

from pydantic import Field

from evalkit.model.base import Identifier, Model
from evalkit.model.text import Text
from evalkit.model.vocabulary import GoalReached, Level, Phase, Side


class StatedValue(Model):
    """One value that a card states: the moederbestand in long form. Unknown has no row."""

    project: Identifier = Field(description="Id of the project.")
    variable: Identifier = Field(description="Variable of the card; a column of moederbestand.")
    code: str | None = Field(None, description="Code of the value; empty for text.")
    value: str = Field(description="The code in words, or the text.")
    remark: str | None = Field(None, description="Of a factor: what it was here.")
    certain: bool = Field(
        True, description="FALSE if the source leaves open which of several values holds."
    )


class FactorRow(Model):
    """One factor that one project names, with what it can be counted by."""

    project: Identifier = Field(description="Id of the project.")
    factor: Identifier = Field(description="Code of the factor.")
    label: Text = Field(description="What the factor is about.")
    side: Side = Field(description="Whether it promoted or hindered.")
    category: Identifier = Field(description="Category of the factor on that side.")
    category_label: Text = Field(description="The category in words.")
    remark: str | None = Field(None, description="What it was here.")
    phase: Phase | None = Field(description="Phase of the innovation process, if it is certain.")
    levels: tuple[Level, ...] = Field(description="Levels of the school organisation.")
    ladder_rung: int | None = Field(description="Rung of the effect ladder, if it is certain.")
    goal_reached: GoalReached | None = Field(
        description="How far the goals were reached, if it is certain."
    )


class FactorCount(Model):
    """In how many projects a factor, or any of a category, promoted or hindered."""

    side: Side = Field(description="Whether it promoted or hindered.")
    category: Identifier = Field(description="Category of the factor on that side.")
    factor: Identifier | None = Field(description="Code of the factor; empty for its category.")
    by: str = Field(description="What is counted by: all, phase, level, ladder_rung, goal_reached.")
    value: str = Field(
        description="The projects that are counted: all, or a code of what is counted by. unknown: "
        "the card does not say, or leaves it open."
    )
    projects: int = Field(description="Projects that name it; each counts once.")
    out_of: int = Field(description="Projects with this value that have a card.")
