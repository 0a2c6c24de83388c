"""What a cross-over of subjects should have, and the remarks if it does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from evalkit import ArmRole, AssignmentLevel, Comparison, Design, Finding, Place, Project, Text
from evalkit_iio.crossover import (
    TYPES,
    Group,
    choices,
    groups,
    same_school,
    shared_controls,
    treated_controls,
)

_MOST_NAMED = 8
"""Schools that a finding names before it counts the rest."""


def check_crossover(design: Design) -> Iterator[Finding]:
    """What is wrong or remarkable in a cross-over of subjects; nothing for other comparisons."""
    if design.project.comparison is not Comparison.cross_over:
        return
    if design.type.id not in TYPES:
        yield _no_crossover(design)
        return
    yield from _check_subjects(design.project)
    yield from _check_treated_controls(design)
    for group, possible in choices(design.project, design.type.id).items():
        if not possible:
            yield _no_control(design.project, group)
    yield from _check_assignment(design)
    yield from _remark_on_similar(design)
    yield from _remark_on_shared(design)


def _no_crossover(design: Design) -> Finding:
    name = design.type.label
    return Finding(
        code="iio.crossover_type",
        severity="error",
        place=Place(key="comparison"),
        wrong=Text(
            nl=f"{name.nl} verandert de hele school. Er zijn dan geen vakken die gewoon doorgaan "
            "en als controle kunnen dienen.",
            en=f"{name.en} changes the whole school. There are then no subjects that go on as "
            "before and can serve as controls.",
        ),
        remedy=Text(
            nl="Vergelijk met andere scholen: kies bij 'comparison' voor matched of "
            "comparison_group.",
            en="Compare with other schools: choose matched or comparison_group for 'comparison'.",
        ),
    )


def _check_subjects(project: Project) -> Iterator[Finding]:
    """Errors on schools without subjects, and on subjects that contradict a school's arms."""
    without = [number for number, school in enumerate(project.schools) if not school.subjects]
    if without:
        yield _no_subjects(project, without)
    for number, school in enumerate(project.schools):
        if school.subjects and set(school.subjects.values()) != set(school.arms):
            arms, found = _roles(school.arms), _roles(school.subjects.values())
            yield Finding(
                code="iio.crossover_arms",
                severity="error",
                place=Place(key=f"schools[{number}].subjects"),
                wrong=Text(
                    nl=f"School {school.brin} zit volgens 'arms' in {arms}, maar haar vakken "
                    f"zitten in {found}.",
                    en=f"School {school.brin} is in {arms} according to 'arms', but its subjects "
                    f"are in {found}.",
                ),
                remedy=Text(
                    nl=f"Zet onder 'arms' wat de vakken zeggen ({found}), of verbeter de vakken.",
                    en=f"Put under 'arms' what the subjects say ({found}), or mend the subjects.",
                ),
            )


def _no_subjects(project: Project, numbers: Sequence[int]) -> Finding:
    """One error on all schools without subjects, at the first of them."""
    brins = [project.schools[number].brin for number in numbers]
    named, rest = ", ".join(brins[:_MOST_NAMED]), len(brins) - _MOST_NAMED
    if len(brins) == 1:
        wrong = Text(
            nl=f"School {named} noemt geen vakken, en een kruisopzet vergelijkt vakken.",
            en=f"School {named} names no subjects, and a cross-over compares subjects.",
        )
    else:
        all_nl, all_en = named, named
        if rest > 0:
            all_nl, all_en = f"{named} en nog {rest}", f"{named} and {rest} more"
        wrong = Text(
            nl=f"{len(brins)} scholen noemen geen vakken ({all_nl}), en een kruisopzet vergelijkt "
            "vakken.",
            en=f"{len(brins)} schools name no subjects ({all_en}), and a cross-over compares "
            "subjects.",
        )
    return Finding(
        code="iio.crossover_no_subjects",
        severity="error",
        place=Place(key=f"schools[{numbers[0]}]"),
        wrong=wrong,
        remedy=Text(
            nl="Zet bij elke school onder 'subjects' elk vak dat gemeten wordt, met intervention "
            "of comparison.",
            en="Put each subject that is measured under 'subjects' of each school, with "
            "intervention or comparison.",
        ),
    )


def _roles(roles: Iterable[ArmRole]) -> str:
    """The arms that occur, by their codes, in a fixed order."""
    present = set(roles)
    return ", ".join(role.value for role in ArmRole if role in present)


def _check_treated_controls(design: Design) -> Iterator[Finding]:
    """An error for each control that is itself treated."""
    treated = groups(design.project, ArmRole.intervention)
    used = {Group(pair.control_school, pair.control_subject) for pair in design.pairs}
    wrong = {
        control
        for control in used
        if any(
            group.subject == control.subject and same_school(group.school, control.school)
            for group in treated
        )
    }
    for group in sorted(wrong | set(treated_controls(design.project))):
        yield Finding(
            code="iio.control_treated",
            severity="error",
            place=_place(design.project, group),
            wrong=Text(
                nl=f"{group.subject} op school {group.school} is controle, maar doet zelf mee aan "
                "de vernieuwing.",
                en=f"{group.subject} at school {group.school} is a control, but takes part in the "
                "innovation itself.",
            ),
            remedy=Text(
                nl="Laat dit vak hier niet als controle dienen. Staan een school en een "
                "vestiging ervan allebei in het project, kies er dan één.",
                en="Do not use this subject here as a control. If a school and a location of it "
                "are both in the project, choose one of them.",
            ),
        )


def _no_control(project: Project, group: Group) -> Finding:
    return Finding(
        code="iio.no_control",
        severity="error",
        place=_place(project, group),
        wrong=Text(
            nl=f"Voor {group.subject} op school {group.school} is geen controle: geen andere "
            "school in het project geeft dit vak, of een vak dat erop lijkt, zonder de "
            "vernieuwing.",
            en=f"There is no control for {group.subject} at school {group.school}: no other "
            "school in the project teaches this subject, or one like it, without the innovation.",
        ),
        remedy=Text(
            nl=f"Zet bij een andere school {group.subject} onder 'subjects' met comparison, of "
            "kies een andere vergelijking.",
            en=f"Put {group.subject} under 'subjects' with comparison at another school, or choose "
            "another comparison.",
        ),
    )


def _place(project: Project, group: Group) -> Place:
    numbers = {school.brin: number for number, school in enumerate(project.schools)}
    if group.school not in numbers:
        return Place(key="schools")
    return Place(key=f"schools[{numbers[group.school]}].subjects.{group.subject}")


def _check_assignment(design: Design) -> Iterator[Finding]:
    """A warning if the assignment is not by subject: standard errors follow from it."""
    if design.project.assignment is not AssignmentLevel.subject:
        yield Finding(
            code="iio.crossover_assignment",
            severity="warning",
            place=Place(key="assignment"),
            wrong=Text(
                nl="In een kruisopzet doet een vak als geheel mee of niet, maar 'assignment' "
                "zegt iets anders. De onzekerheid van de resultaten klopt dan niet.",
                en="In a cross-over a subject takes part as a whole or not, but 'assignment' says "
                "something else. The uncertainty of the results is then wrong.",
            ),
            remedy=Text(
                nl="Zet 'assignment' op subject.",
                en="Set 'assignment' to subject.",
            ),
        )


def _remark_on_similar(design: Design) -> Iterator[Finding]:
    """A remark that names the pairs of unlike subjects."""
    similar = [pair for pair in design.pairs if pair.subject != pair.control_subject]
    if similar:
        named = "; ".join(
            f"{p.subject} ({p.school}) – {p.control_subject} ({p.control_school})" for p in similar
        )
        yield Finding(
            code="iio.control_similar",
            severity="info",
            place=Place(key="comparison"),
            wrong=Text(
                nl="Voor sommige vakken is de controle een ander vak, dat er alleen op lijkt: "
                f"{named}.",
                en="For some subjects the control is another subject, which only resembles it: "
                f"{named}.",
            ),
            remedy=Text(
                nl="Noem dit bij de tekortkomingen, en vergelijk verschillen in cijfers met "
                "voorzichtigheid.",
                en="Name this among the shortcomings, and compare differences in grades with care.",
            ),
        )


def _remark_on_shared(design: Design) -> Iterator[Finding]:
    """A remark that names the controls that serve more than once."""
    shared = [f"{g.subject} ({g.school}): {count}" for g, count in shared_controls(design)]
    if shared:
        listed = "; ".join(shared)
        yield Finding(
            code="iio.control_shared",
            severity="info",
            place=Place(key="comparison"),
            wrong=Text(
                nl=f"Een controle dient hier voor meer dan één vak: {listed}. Die resultaten "
                "hangen met elkaar samen.",
                en=f"A control serves for more than one subject here: {listed}. Those results hang "
                "together.",
            ),
            remedy=Text(
                nl="Zoek meer scholen die het vak gewoon geven, of houd er bij het samenvoegen "
                "rekening mee.",
                en="Find more schools that teach the subject as before, or allow for it when "
                "pooling.",
            ),
        )
