"""Where each awarded project stands: what it delivered, and what it still owes."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from evalkit.model.base import Identifier, MeasureId, Model
from evalkit.model.text import Text
from evalkit.model.vocabulary import BaselineStatus, Term


class NoResult(Term):
    """Why a project has no result from after its start."""

    no_design = "no_design", "nog geen ontwerp", "no design yet"
    no_data = "no_data", "niets aangeleverd", "nothing delivered"
    no_outcome = (
        "no_outcome",
        "geen uitkomst van na de start",
        "no outcome from after the start",
    )


class Owed(Model):
    """A mandatory measure of one wave that did not come in."""

    measure: MeasureId = Field(description="Id of the measure.")
    label: Text = Field(description="Its name.")
    wave: Identifier = Field(description="Id of the wave.")
    wave_label: Text = Field(description="Its name.")
    closes: dt.date = Field(description="Last day on which it could be measured in time.")


class ProjectStanding(Model):
    """One awarded project, whether or not anything came in of it."""

    project: Identifier = Field(description="Id of the project.")
    title: str = Field(description="Its title.")
    designed: bool = Field(description="Whether it has a design.")
    delivered: bool = Field(description="Whether any of its data were accepted.")
    baseline: BaselineStatus = Field(
        description="The best first measurement it delivered, over all its measures."
    )
    owed: tuple[Owed, ...] = Field(
        (), description="Mandatory measures that did not come in, whether or not they are due yet."
    )
