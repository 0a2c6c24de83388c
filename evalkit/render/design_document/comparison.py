"""What is compared with what, and what that can and cannot say."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.model.claims import CLAIMS
from evalkit.model.project import Arm
from evalkit.model.vocabulary import ArmRole, Comparison
from evalkit.render.blocks import Block, Bullets, Callout, Column, Heading, KeyValues, Table
from evalkit.render.design_document.words import Words


def comparison(words: Words) -> Iterator[Block]:
    """The groups, the claims, other explanations, the schools."""
    project, t, lang = words.design.project, words.t, words.lang
    yield Heading(1, t("Comparison"))
    yield KeyValues(
        (
            (t("Comparison design"), project.comparison.label.to(lang)),
            (t("Assigned as a whole"), project.effective_assignment.label.to(lang)),
            *((arm.role.label.to(lang), _arm(arm, words)) for arm in project.arms),
        )
    )
    if not project.has_comparison:
        yield Callout(
            "warning",
            t("No comparison group"),
            t(
                "This project shows change, not how much of it the intervention caused. It stays out of the pooled contrasts of the synthesis, and is named there as a single group."
            ),
        )
    can, cannot = claims(project.comparison, words)
    yield Bullets(
        (
            t("**What this comparison can say:** {claim}").format(claim=can),
            t("**What it cannot say:** {claim}").format(claim=cannot),
        )
    )
    yield Heading(2, t("Other explanations"))
    if project.alternatives:
        yield Table(
            columns=(
                Column(t("What else could explain the outcome"), width=1.2),
                Column(t("How that is examined"), width=1.4),
            ),
            rows=tuple((other.text, other.check) for other in project.alternatives),
            caption=t("Other explanations and how each is examined"),
        )
    else:
        yield Callout(
            "info",
            t("No other explanations are named yet"),
            t(
                "Think of what else changes at the same time: other lessons, other teachers, who leaves or stays. Name it under 'alternatives' in the project file, each with how you will tell it apart."
            ),
        )
    yield from _schools(words)


def claims(kind: Comparison, words: Words) -> tuple[str, str]:
    """What a comparison can say and what it cannot, in plain words."""
    can, cannot = CLAIMS[kind]
    return can.to(words.lang), cannot.to(words.lang)


def _arm(arm: Arm, words: Words) -> str:
    t, size = words.t, arm.size
    if size is None:
        return arm.label
    counts = (
        (size.classes, t("classes")),
        (size.pupils, t("pupils")),
        (size.teachers, t("teachers")),
        (size.parents, t("parents")),
    )
    said = ", ".join(f"{words.number(count)} {name}" for count, name in counts if count)
    return f"{arm.label} ({said})" if said else arm.label


def _schools(words: Words) -> Iterator[Block]:
    project, t = words.design.project, words.t
    shared = any(len(school.arms) > 1 for school in project.schools)
    yield Table(
        columns=(
            Column(t("Group"), width=1.1),
            Column(t("Number"), "right", 0.6),
            Column(t("Schools (BRIN)"), width=4),
        ),
        rows=tuple(_schools_row(arm.role, words) for arm in project.arms),
        caption=t("Schools and groups"),
        note=t("A school with classes in both groups is named in both.") if shared else "",
    )
    if words.design.pairs:
        yield Table(
            columns=(
                Column(t("School")),
                Column(t("Subject")),
                Column(t("School of the control")),
                Column(t("Subject of the control")),
            ),
            rows=tuple(
                (p.school, p.subject, p.control_school, p.control_subject)
                for p in words.design.pairs
            ),
            caption=t("Which subject is compared with which"),
            note=t(
                "A control is never treated itself. The synthesis compares each treated subject with its own control where rows per person come in, and all treated groups with all others together where only totals do."
            ),
        )


def _schools_row(role: ArmRole, words: Words) -> tuple[str, str, str]:
    brins = [school.brin for school in words.design.project.schools if role in school.arms]
    return (role.label.to(words.lang), str(len(brins)), " ".join(brins))
