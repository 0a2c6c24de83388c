"""Where deliveries stand: one row per project and wave."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from evalkit.model.base import Identifier, MeasureId, Model
from evalkit.model.text import Text
from evalkit.model.vocabulary import BaselineStatus, DeliveryStatus


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
    missing: tuple[MeasureId, ...] = Field(description="Mandatory measures still owed.")
    missing_labels: tuple[Text, ...] = Field(description="Their names.")
    missing_core: tuple[MeasureId, ...] = Field(description="Those of the basisset among them.")
    schools_missing: int = Field(ge=0, description="Schools of which nothing came in.")
    schools: int = Field(ge=0, description="Schools of the project that something is asked of.")
    baseline: BaselineStatus | None = Field(
        description="For a baseline wave with data: whether it proves to be a nulmeting."
    )
    warnings: int = Field(ge=0, description="Warnings stored beside the data.")
