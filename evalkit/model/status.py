"""Where deliveries stand: per project and wave, and of a whole portfolio."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from evalkit.model.base import Identifier, MeasureId, Model
from evalkit.model.identifiers import Brin
from evalkit.model.text import Text
from evalkit.model.vocabulary import BaselineStatus, DeliveryStatus

ASKED_NOW = (
    DeliveryStatus.late,
    DeliveryStatus.returned,
    DeliveryStatus.partial,
    DeliveryStatus.due,
)
"""States in which something is owed now, the most pressing first."""


class WaveStatus(Model):
    """Where one wave of one project stands."""

    project: Identifier = Field(description="Id of the project.")
    title: str = Field(description="Title of the project.")
    wave: Identifier = Field(description="Id of the wave.")
    label: Text = Field(description="Name of the wave.")
    opens: dt.date = Field(description="First day of the window.")
    closes: dt.date = Field(description="Last day of the window; the deadline.")
    status: DeliveryStatus = Field(description="Where it stands.")
    delivered: tuple[MeasureId, ...] = Field(description="Mandatory measures that are in.")
    delivered_core: tuple[MeasureId, ...] = Field(
        (), description="Those of the basisset among them."
    )
    missing: tuple[MeasureId, ...] = Field(description="Mandatory measures still owed.")
    missing_labels: tuple[Text, ...] = Field(description="Their names.")
    missing_core: tuple[MeasureId, ...] = Field(description="Those of the basisset among them.")
    schools_missing: int = Field(ge=0, description="Schools of which nothing came in.")
    missing_schools: tuple[Brin, ...] = Field((), description="Their BRIN numbers.")
    schools: int = Field(ge=0, description="Schools of the project that something is asked of.")
    returned: dt.date | None = Field(
        None, description="Day a file was returned with errors, if nothing came in since."
    )
    baseline: BaselineStatus | None = Field(
        description="For a baseline wave with data: whether it proves to be a nulmeting."
    )
    warnings: int = Field(ge=0, description="Warnings stored beside the data.")
    drafts: tuple[str, ...] = Field(
        (), description="Ids of drafts, which do not count until they are submitted."
    )

    @property
    def mandatory(self) -> int:
        """How many measures must be delivered."""
        return len(self.delivered) + len(self.missing)

    @property
    def core(self) -> int:
        """How many of these are of the basisset."""
        return len(self.delivered_core) + len(self.missing_core)

    @property
    def is_overdue(self) -> bool:
        """Whether something mandatory did not come in by the deadline."""
        return self.status is DeliveryStatus.late

    @property
    def is_complete(self) -> bool:
        """Whether everything mandatory is in."""
        return self.status in (DeliveryStatus.complete, DeliveryStatus.complete_late)


class StatusRow(Model):
    """One wave of one project as a row of a table."""

    as_of: dt.date = Field(description="The day things stood so.")
    project: Identifier = Field(description="Id of the project.")
    title: str = Field(description="Title of the project.")
    wave: Identifier = Field(description="Id of the wave.")
    label: str = Field(description="Name of the wave.")
    opens: dt.date = Field(description="First day of the window.")
    closes: dt.date = Field(description="The deadline.")
    status: DeliveryStatus = Field(description="Where it stands.")
    mandatory: int = Field(description="Measures that must be delivered.")
    delivered: int = Field(description="Of these, how many are in.")
    basisset: int = Field(description="Measures of the basisset that must be delivered.")
    basisset_delivered: int = Field(description="Of these, how many are in.")
    missing: tuple[MeasureId, ...] = Field(description="Mandatory measures still owed.")
    schools: int = Field(description="Schools that something is asked of.")
    missing_schools: tuple[Brin, ...] = Field(description="Those of which nothing came in.")
    returned: dt.date | None = Field(description="Day a file was returned with errors.")
    baseline: BaselineStatus | None = Field(description="Whether it proves to be a nulmeting.")
    warnings: int = Field(description="Warnings stored beside the data.")


class ReportStatus(Model):
    """A report to the funder that is still to come."""

    project: Identifier = Field(description="Id of the project.")
    title: str = Field(description="Title of the project.")
    id: Identifier = Field(description="Id of the deadline.")
    label: Text = Field(description="What is due.")
    due: dt.date = Field(description="The day.")


class CycleStatus(Model):
    """A project that logged fewer PDCA cycles than its plan has ended by now."""

    project: Identifier = Field(description="Id of the project.")
    planned: int = Field(ge=0, description="Cycles that have ended by the plan.")
    logged: int = Field(ge=0, description="Cycles that were logged.")


class PortfolioSummary(Model):
    """How many projects stand where; each project with a design counts once."""

    projects: int = Field(ge=0, description="Projects with a design.")
    complete: int = Field(ge=0, description="All that was asked so far is in.")
    late: int = Field(ge=0, description="Something mandatory is overdue.")
    returned: int = Field(ge=0, description="A file was returned with errors; nothing is overdue.")
    due: int = Field(ge=0, description="Something is asked now, and nothing of that is the case.")
    waiting: int = Field(ge=0, description="Nothing was asked yet.")


class Portfolio(Model):
    """Where all projects, or one, stand on a day."""

    as_of: dt.date = Field(description="The day.")
    waves: tuple[WaveStatus, ...] = Field(description="Each wave of each project.")
    reports: tuple[ReportStatus, ...] = Field((), description="Reports that are still to come.")
    cycles: tuple[CycleStatus, ...] = Field((), description="Projects behind with PDCA cycles.")
    without_design: tuple[Identifier, ...] = Field((), description="Projects without a design.")

    @property
    def is_overdue(self) -> bool:
        """Whether anything mandatory is overdue."""
        return any(row.is_overdue for row in self.waves)

    @property
    def summary(self) -> PortfolioSummary:
        """How many projects stand where."""
        stands: dict[str, str] = {}
        for project in dict.fromkeys(row.project for row in self.waves):
            rows = [row for row in self.waves if row.project == project]
            states = {row.status for row in rows}
            first = next((state for state in ASKED_NOW if state in states), None)
            if first is not None:
                known = (DeliveryStatus.late, DeliveryStatus.returned)
                stands[project] = first.value if first in known else "due"
            else:
                begun = any(row.is_complete for row in rows)
                stands[project] = "complete" if begun else "waiting"
        counts = {
            name: sum(state == name for state in stands.values())
            for name in ("complete", "late", "returned", "due", "waiting")
        }
        return PortfolioSummary(projects=len(stands), **counts)
