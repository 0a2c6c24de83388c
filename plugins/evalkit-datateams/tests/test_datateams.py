"""The data teams plugin conforms, and its eight steps make a PDCA cycle."""

from itertools import groupby

from evalkit.plugin import load_content
from evalkit.testing import check_plugin


def test_plugin_conforms() -> None:
    assert check_plugin("datateams") == []


def test_eight_steps_go_once_through_plan_do_check_act() -> None:
    (team,) = load_content("evalkit_datateams").project_types
    assert len(team.procedure) == 8
    phases = [phase.value for phase, _ in groupby(team.procedure, key=lambda step: step.phase)]
    assert phases == ["plan", "do", "check", "act"]


def test_exam_grades_share_one_scale() -> None:
    measures = {m.id: m for m in load_content("evalkit_datateams").measures}
    scale = measures["datateams.exam_results"].scale
    assert (scale.minimum, scale.maximum, scale.shared_across_waves) == (1, 10, True)
