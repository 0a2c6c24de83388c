"""evalkit: evaluation protocols for school-innovation grants.

The names of the model that authors of plugins need are here too: ``from evalkit import Measure``.
They are looked up when first used, so that ``import evalkit`` itself stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalkit.model.design import ComparisonPair, Design, PlannedWave, ScheduleEntry
    from evalkit.model.finding import Finding, Place
    from evalkit.model.measure import Choice, Item, Measure, Scale, SourceRef
    from evalkit.model.project import Arm, Goal, Instrument, Prediction, Project, School
    from evalkit.model.project_type import (
        CardDefaults,
        DesignFeature,
        ProjectType,
        ReferenceResult,
        Scenario,
        Step,
    )
    from evalkit.model.protocol import Requirement
    from evalkit.model.text import Text
    from evalkit.model.vocabulary import (
        ArmRole,
        AssignmentLevel,
        Comparison,
        CyclePhase,
        Direction,
        Domain,
        Kind,
        Level,
        Nature,
        Respondent,
        ScaleType,
        Sector,
        Source,
        WaveKind,
    )

__version__ = "0.1.0"

__all__ = [
    "Arm",
    "ArmRole",
    "AssignmentLevel",
    "CardDefaults",
    "Choice",
    "Comparison",
    "ComparisonPair",
    "CyclePhase",
    "Design",
    "DesignFeature",
    "Direction",
    "Domain",
    "Finding",
    "Goal",
    "Instrument",
    "Item",
    "Kind",
    "Level",
    "Measure",
    "Nature",
    "Place",
    "PlannedWave",
    "Prediction",
    "Project",
    "ProjectType",
    "ReferenceResult",
    "Requirement",
    "Respondent",
    "Scale",
    "ScaleType",
    "Scenario",
    "ScheduleEntry",
    "School",
    "Sector",
    "Source",
    "SourceRef",
    "Step",
    "Text",
    "WaveKind",
]

_ROOMS = {
    "design": ("ComparisonPair", "Design", "PlannedWave", "ScheduleEntry"),
    "finding": ("Finding", "Place"),
    "measure": ("Choice", "Item", "Measure", "Scale", "SourceRef"),
    "project": ("Arm", "Goal", "Instrument", "Prediction", "Project", "School"),
    "project_type": (
        "CardDefaults",
        "DesignFeature",
        "ProjectType",
        "ReferenceResult",
        "Scenario",
        "Step",
    ),
    "protocol": ("Requirement",),
    "text": ("Text",),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = import_module(f"evalkit.model.{_HOME.get(name, 'vocabulary')}")
    value = globals()[name] = getattr(room, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
