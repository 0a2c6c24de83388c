"""Who was in one arm as a whole: how many such units there are, and whether the plan agrees."""

from __future__ import annotations

from evalkit.model.project import GroupSize, Project
from evalkit.model.vocabulary import ArmRole, AssignmentLevel, Comparison


def assigned_units(project: Project, role: ArmRole) -> int:
    """How many units that were in one arm as a whole an arm has, at least.

    As the project plans it (``Arm.size``); a school of the arm holds one unit at least.
    """
    schools = sum(role in school.arms for school in project.schools)
    level = project.effective_assignment
    if level is AssignmentLevel.school:
        return schools
    if level is AssignmentLevel.subject:
        return max(assigned_subjects(project, role), schools)
    size = next((arm.size for arm in project.arms if arm.role is role), None) or GroupSize()
    said = {
        AssignmentLevel.class_: size.classes,
        AssignmentLevel.teacher: size.teachers,
        AssignmentLevel.pupil: size.pupils,
    }[level]
    return max(said or 0, schools)


def assigned_subjects(project: Project, role: ArmRole) -> int:
    """Subjects of schools that are in an arm: in a cross-over each is a group of its own."""
    return sum(arm is role for school in project.schools for arm in school.subjects.values())


def contradictions(project: Project) -> tuple[str, ...]:
    """Codes of what does not agree between the comparison, the assignment and the schools."""
    found = []
    split = [school for school in project.schools if len(set(school.arms)) > 1]
    level = project.assignment
    if level is AssignmentLevel.school and split:
        found.append("project.assignment_arms")
    drawn_within = level in (AssignmentLevel.class_, AssignmentLevel.teacher, AssignmentLevel.pupil)
    if project.comparison is Comparison.randomised and drawn_within and not split:
        found.append("project.assignment_draw")
    by_subject = level is AssignmentLevel.subject
    if by_subject and not any(school.subjects for school in project.schools):
        found.append("project.assignment_subjects")
    return tuple(found)
