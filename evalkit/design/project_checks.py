"""What is wrong or remarkable in a project, given its protocol and type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evalkit.design.assignment import assigned_units, contradictions
from evalkit.design.ladder import Plan, fits_type
from evalkit.design.reasoning import is_described, is_measurable, is_said, names_research
from evalkit.errors import finding
from evalkit.library.nearest import nearest_first
from evalkit.model.factor import Factor
from evalkit.model.finding import Finding, Place
from evalkit.model.project import Prediction, Project
from evalkit.model.project_type import ProjectType
from evalkit.model.protocol import ResolvedProtocol
from evalkit.model.text import Text
from evalkit.model.vocabulary import ArmRole, Nature, Side

FEWEST_PUPILS, MOST_PUPILS = 5, 60
"""Pupils per class beyond which the numbers of an arm are probably a mistake."""


def check_project(
    project: Project, protocol: ResolvedProtocol, type: ProjectType
) -> Iterator[Finding]:
    """Findings on how the project stands to its protocol and its type."""
    if protocol.project_types and type.id not in protocol.project_types:
        known = ", ".join(protocol.project_types)
        yield finding(
            "project.type_not_open",
            Place(key="type"),
            protocol=protocol.id,
            type=type.id,
            known=known,
        )
    if protocol.comparison_required and not project.has_comparison:
        yield finding("project.comparison_required", Place(key="arms"), protocol=protocol.id)
    if project.sector not in type.sectors:
        yield finding(
            "project.sector_unusual",
            Place(key="sector"),
            type=type.label,
            sectors=_listed(sector.label for sector in type.sectors),
            sector=project.sector.label,
        )
    scenarios = [scenario.id for scenario in type.scenarios]
    if project.scenario is not None and project.scenario not in scenarios:
        yield finding(
            "project.scenario_unknown",
            Place(key="scenario"),
            scenario=project.scenario,
            type=type.id,
            known=", ".join(scenarios) or "—",
        )
    features = [feature.id for feature in type.features]
    for name in project.features:
        if name not in features:
            yield finding(
                "project.feature_unknown",
                Place(key=f"features.{name}"),
                feature=name,
                type=type.id,
                known=", ".join(features) or "—",
            )


def _listed(texts: Iterable[Text]) -> Text:
    found = list(texts)
    return Text(nl=", ".join(t.nl for t in found), en=", ".join(t.en for t in found))


def check_comparison(project: Project, type: ProjectType) -> Iterator[Finding]:
    """Findings on the comparison: whether it fits the type, the schools, and is large enough."""
    if not fits_type(project, type):
        yield finding(
            "project.comparison_unfit",
            Place(key="comparison"),
            comparison=project.comparison.label,
            type=type.label,
            known=", ".join(type.comparisons),
        )
    for code in contradictions(project):
        yield finding(code, Place(key="assignment"), level=project.assignment.label)
    if project.has_comparison and min(assigned_units(project, role) for role in ArmRole) < 2:
        level = project.effective_assignment.label
        yield finding("project.one_per_arm", Place(key="arms"), level=level)


def check_sizes(project: Project) -> Iterator[Finding]:
    """A finding for each arm whose numbers cannot all be right."""
    for i, arm in enumerate(project.arms):
        size = arm.size
        if size is None or size.classes is None:
            continue
        schools = sum(arm.role in school.arms for school in project.schools)
        each = None if size.pupils is None else size.pupils / size.classes
        fits = each is None or FEWEST_PUPILS <= each <= MOST_PUPILS
        if not fits or schools > size.classes:
            yield finding(
                "project.sizes_odd",
                Place(key=f"arms[{i}].size"),
                role=arm.role.label,
                schools=schools,
                classes=size.classes,
                pupils="–" if size.pupils is None else size.pupils,
                fewest=FEWEST_PUPILS,
                most=MOST_PUPILS,
            )


def check_reasoning(plan: Plan) -> Iterator[Finding]:
    """Findings on why it should work, what is expected and what else could explain it."""
    project = plan.project
    if not is_described(project):
        yield finding("project.no_description", Place(key="description"))
    if project.nature is Nature.renewal and not names_research(project.theory):
        yield finding("project.renewal_without_evidence", Place(key="theory"))
    elif not is_said(project.theory):
        yield finding("project.no_theory", Place(key="theory"))
    twice = plan.twice()
    named = False
    for i, prediction in enumerate(project.predictions):
        named = named or prediction.measure is not None
        if prediction.measure is not None and prediction.measure not in twice:
            exists = prediction.measure in plan.measures
            yield finding(
                "project.prediction_not_taken" if exists else "project.prediction_unknown",
                Place(key=f"predictions[{i}].measure"),
                measure=prediction.measure,
                known=nearest_first(prediction.measure, sorted(twice)),
            )
        yield from _check_relation(plan, i, prediction)
    if not project.predictions:
        yield finding("project.no_predictions", Place(key="predictions"))
    elif not named:
        yield finding("project.predictions_unmeasured", Place(key="predictions"))
    for i, goal in enumerate(project.goals):
        if not is_measurable(goal):
            yield finding("project.goal_levels", Place(key=f"goals[{i}].levels"), goal=goal.id)
    if not any(is_said(a.text) and is_said(a.check) for a in project.alternatives):
        yield finding("project.no_alternatives", Place(key="alternatives"))


def _check_relation(plan: Plan, index: int, prediction: Prediction) -> Iterator[Finding]:
    """Findings on a relation that cannot be computed: it takes two measures of the same persons."""
    other = prediction.goes_with
    if other is None:
        return
    place = Place(key=f"predictions[{index}].goes_with")
    taken = plan.together(prediction.measure) if prediction.measure else frozenset()
    if other not in taken:
        known = nearest_first(other, sorted(taken))
        yield finding("project.relation_not_taken", place, measure=other, known=known)


def check_conditions(project: Project, factors: Iterable[Factor]) -> Iterator[Finding]:
    """A finding for each factor a project must see to and says nothing about.

    Args:
        project: the project.
        factors: the factors that every design must address, with their published counts; their
            ids are the fields of ``Conditions``.
    """
    for factor in factors:
        said = getattr(project.conditions, factor.id, None)
        if not is_said(said):
            yield finding(
                "project.condition_unsaid",
                Place(key=f"conditions.{factor.id}"),
                factor=factor.label,
                hindering=factor.total(Side.hindering),
                promoting=factor.total(Side.promoting),
                reason=factor.reason,
            )
