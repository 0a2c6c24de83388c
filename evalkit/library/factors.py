"""The code list of promoting and hindering factors, from the shipped ``factors.yaml``."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Self

from pydantic import Field, model_validator

from evalkit.library.shipped import shipped
from evalkit.library.yaml_file import read_model
from evalkit.model.base import Model
from evalkit.model.factor import Factor, FactorCategory
from evalkit.model.text import Text
from evalkit.model.vocabulary import Side


class Factors(Model):
    """All factors and their categories; each published row stands under one factor."""

    categories: tuple[FactorCategory, ...] = Field(description="Categories on each side.")
    factors: tuple[Factor, ...] = Field(description="The factors.")

    @model_validator(mode="after")
    def _hang_together(self) -> Self:
        names = [*(category.id for category in self.categories), *self.codes()]
        names += [f"{row.side} {row.row}" for factor in self.factors for row in factor.counts]
        wrong = [f"{name} twice" for name, n in Counter(names).items() if n > 1]
        known = {(category.side, category.id) for category in self.categories}
        for factor in self.factors:
            for side in Side:
                if (side, factor.category(side)) not in known:
                    wrong.append(f"{factor.id}: no {side} category {factor.category(side)}")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def codes(self) -> tuple[str, ...]:
        """The codes a card or a cycle can hold."""
        return tuple(factor.id for factor in self.factors)

    def factor(self, code: str) -> Factor:
        """The factor with a code.

        Raises:
            KeyError: there is none.
        """
        return {factor.id: factor for factor in self.factors}[code]

    def label(self, code: str, side: Side | None = None) -> Text:
        """What people read for a code: its neutral label, or the phrase for one side.

        Raises:
            KeyError: there is no such code.
        """
        factor = self.factor(code)
        return factor.phrase(side) if side else factor.label

    def must_address(self) -> tuple[Factor, ...]:
        """The factors every design must address, each with the reason."""
        return tuple(factor for factor in self.factors if factor.must_address)

    def of_category(self, category: str) -> tuple[Factor, ...]:
        """The factors of a category, in the order of the list.

        Raises:
            KeyError: there is no such category.
        """
        side = {entry.id: entry.side for entry in self.categories}[category]
        return tuple(factor for factor in self.factors if factor.category(side) == category)


@cache
def factors() -> Factors:
    """The shipped factors."""
    return read_model(shipped("protocols", "content", "factors.yaml"), Factors)
