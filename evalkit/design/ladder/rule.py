"""What a rule of the effect ladder is: one condition, with why it is one and what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from evalkit.model.text import Text

Facts = TypeVar("Facts")
Condition = Callable[[Facts], bool]
Said = tuple[str, str]
"""A text in Dutch and in English."""


def rung_of(id: str) -> int:
    """The rung that a rule is a condition of: the number in its id."""
    return int(id.split(".")[1])


@dataclass(frozen=True)
class Rule(Generic[Facts]):
    """One condition of one rung, of what is planned or of what was found."""

    id: str
    rung: int
    source: str
    met: Text
    unmet: Text
    lift: Text
    holds: Condition[Facts]
    after: str | None = None
    """The rule that must hold before this one can be looked at."""

    def reason(self, facts: Facts) -> Text:
        """Why it does or does not hold."""
        return self.met if self.holds(facts) else self.unmet


class Rules(Generic[Facts]):
    """The rules of one kind, in the order they are written down; an id occurs once."""

    def __init__(self) -> None:
        self._rules: dict[str, Rule[Facts]] = {}

    def __iter__(self) -> Iterator[Rule[Facts]]:
        return iter(self._rules.values())

    def rule(
        self, id: str, source: str, met: Said, unmet: Said, lift: Said, after: str | None = None
    ) -> Callable[[Condition[Facts]], Condition[Facts]]:
        """Make the function below a rule; its rung is the number in its id.

        Args:
            id: id of the rule: ladder.4.alternatives.
            source: where the rule comes from.
            met: what is so if it holds.
            unmet: what is so if it does not.
            lift: what would make it hold, as the end of a sentence.
            after: a rule above it without which it cannot be looked at.
        """

        def add(holds: Condition[Facts]) -> Condition[Facts]:
            if id in self._rules:
                raise ValueError(f"two rules are called {id}")
            if after is not None and after not in self._rules:
                raise ValueError(f"{id} comes after {after}, which is not above it")
            yes, no, mend = (Text(nl=nl, en=en) for nl, en in (met, unmet, lift))
            self._rules[id] = Rule(id, rung_of(id), source, yes, no, mend, holds, after)
            return holds

        return add
