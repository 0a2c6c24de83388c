"""The checklist of an evaluation design, answered as far as the design can by itself.

Questions after overview 7 (quality of studies) and recommendations I and III of the
meta-analysis.
"""

from __future__ import annotations

from evalkit.model.design import ChecklistItem, PlannedWave
from evalkit.model.project import Project
from evalkit.model.text import Text
from evalkit.model.vocabulary import WaveKind


def checklist(project: Project, waves: tuple[PlannedWave, ...]) -> tuple[ChecklistItem, ...]:
    """The questions, with an answer where the design has one."""
    baseline = next((wave for wave in waves if wave.kind is WaveKind.baseline), None)
    return (
        ChecklistItem(
            question=Text(
                nl="Is de evaluatie ontworpen voordat het project begint, met een nulmeting?",
                en="Is the evaluation designed before the project starts, with a baseline?",
            ),
            answer=baseline
            and Text(
                nl=f"Ja: de nulmeting sluit op {baseline.closes:%d-%m-%Y}, de start is op "
                f"{project.start:%d-%m-%Y}.",
                en=f"Yes: the baseline closes on {baseline.closes}, the project starts on "
                f"{project.start}.",
            ),
        ),
        ChecklistItem(
            question=Text(
                nl="Zijn de aannames over oorzaak en gevolg opgeschreven?",
                en="Are the assumptions about cause and effect written down?",
            ),
            answer=_said(project.theory),
        ),
        ChecklistItem(
            question=Text(
                nl="Staat vooraf vast wat er verwacht wordt?",
                en="Is it stated beforehand what is expected?",
            ),
            answer=_said("; ".join(project.predictions)),
        ),
        ChecklistItem(
            question=Text(
                nl="Waarmee wordt vergeleken, en hoe zijn de groepen ontstaan?",
                en="What is it compared with, and how did the groups come about?",
            ),
            answer=project.comparison.label,
        ),
        *(
            ChecklistItem(question=question)
            for question in (
                Text(
                    nl="Hoe is de schoolleiding betrokken (leiderschap)?",
                    en="How is the school's leadership involved?",
                ),
                Text(
                    nl="Hoeveel tijd is ervoor vrijgemaakt, en voor wie?",
                    en="How much time is set free for it, and for whom?",
                ),
                Text(
                    nl="Welke (financiële) middelen zijn er, ook na afloop?",
                    en="Which (financial) resources are there, also afterwards?",
                ),
                Text(
                    nl="Hoe representatief zijn de deelnemers voor de hele school?",
                    en="How representative are the participants of the whole school?",
                ),
                Text(
                    nl="Welke tekortkomingen heeft deze evaluatie?",
                    en="Which shortcomings does this evaluation have?",
                ),
            )
        ),
    )


def _said(text: str | None) -> Text | None:
    return Text(nl=text, en=text) if text else None
