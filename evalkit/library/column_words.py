"""What schools call their columns, from the shipped ``columns.yaml``."""

from __future__ import annotations

from functools import cache

from pydantic import Field

from evalkit.library.shipped import shipped
from evalkit.library.yaml_file import read_model
from evalkit.model.base import Model
from evalkit.model.vocabulary import ArmRole, Respondent, WaveKind

Words = tuple[str, ...]


class ColumnWords(Model):
    """Words by which a column, or a value in it, is recognised. Lower case, without accents."""

    roles: dict[str, Words] = Field(description="What a column is for, to what it is called.")
    respondents: dict[Respondent, Words] = Field(description="Words for whom it is about.")
    codes: Words = Field(description="Words for a person's code, alone or after those for whom.")
    waves: dict[WaveKind, Words] = Field(description="Words that tell the moment.")
    arms: dict[ArmRole, Words] = Field(description="Words for the groups of the comparison.")
    yes: Words = Field(description="Yes.")
    no: Words = Field(description="No.")
    missing: Words = Field(description="Numbers that stand for no value.")
    alike: tuple[Words, ...] = Field(description="Words that mean the same.")
    idle_answers: Words = Field(description="Words that an answer can do without.")
    weak: Words = Field(description="Words that tell little.")


@cache
def column_words() -> ColumnWords:
    """The shipped words."""
    return read_model(shipped("protocols", "content", "columns.yaml"), ColumnWords)
