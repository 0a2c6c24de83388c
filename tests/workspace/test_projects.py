"""A workspace, its protocols, its projects and their designs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from evalkit.errors import EvalkitError, FindingsError, finding
from evalkit.model.design import Design
from evalkit.plugin.registry import Registry
from evalkit.workspace import designs, protocols
from evalkit.workspace.workspace import Workspace

from . import rounds


def refused(workspace: Workspace, folder: Path, text: str) -> list[tuple[str, int | None]]:
    """Code and line of each finding for which a project file is refused; nothing is stored."""
    before = workspace.store.projects()
    with pytest.raises(FindingsError) as caught:
        designs.add_project(workspace, rounds.written(folder, "project.yaml", text))
    assert workspace.store.projects() == before
    assert {f.place.file for f in caught.value.findings} == {"project.yaml"}
    return [(f.code, f.place.line) for f in caught.value.findings if f.is_error]


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if part in line)


# The workspace itself


def test_a_folder_holds_one_workspace(tmp_path: Path) -> None:
    Workspace.create(tmp_path / "een").close()
    with pytest.raises(EvalkitError) as caught:
        Workspace.create(tmp_path / "een")
    assert caught.value.finding.code == "workspace.exists"


def test_refusing_to_make_a_second_workspace_leaves_the_first_alone(
    workspace: Workspace, design: Design
) -> None:
    with pytest.raises(EvalkitError):
        Workspace.create(workspace.path)
    with Workspace.open(workspace.path) as again:
        assert again.current_design(design.project.id) == design


@pytest.mark.parametrize("folder", ["nergens", "."])
def test_a_folder_without_a_workspace_is_none(tmp_path: Path, folder: str) -> None:
    with pytest.raises(EvalkitError) as caught:
        Workspace.open(tmp_path / folder)
    assert caught.value.finding.code == "workspace.none"
    assert not (tmp_path / "nergens").exists()


def test_a_workspace_remembers(workspace: Workspace, design: Design) -> None:
    with Workspace.open(workspace.path) as again:
        assert again.store.projects() == workspace.store.projects()
        assert again.current_design("units-oost") == design
        assert "fonds-klein" in again.protocol_files()


# Protocols of a funder's own


def test_a_funders_protocol_stands_beside_the_shipped_ones(workspace: Workspace) -> None:
    found = protocols.Protocols.of(workspace, workspace.plugins).all()
    ids = [p.id for p in found]
    assert ids[0] == "basisset"
    assert {"fonds-klein", "iio-slimfit-large"} < set(ids)
    assert ids[1:] == sorted(ids[1:])


def test_a_new_version_of_a_protocol_replaces_the_earlier_one(
    workspace: Workspace, tmp_path: Path
) -> None:
    rounds.add_protocol(workspace, tmp_path, rounds.PROTOCOL.replace('"1.0"', '"1.1"', 1))
    found = protocols.Protocols.of(workspace, workspace.plugins).get("fonds-klein")
    assert found.version == "1.1"


def test_a_protocol_cannot_take_the_name_of_a_shipped_one(
    workspace: Workspace, tmp_path: Path
) -> None:
    text = rounds.PROTOCOL.replace("fonds-klein", "iio-slimfit-large")
    with pytest.raises(FindingsError) as caught:
        rounds.add_protocol(workspace, tmp_path, text)
    assert [(f.code, f.place.line) for f in caught.value.findings] == [("protocol.duplicate", 1)]


def test_an_unknown_protocol_is_named_as_such(workspace: Workspace) -> None:
    with pytest.raises(EvalkitError) as caught:
        protocols.Protocols.of(workspace, workspace.plugins).get("fonds")
    assert caught.value.finding.code == "protocol.unknown"


# Projects


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("protocol: fonds-klein", "protocol: fonds", "protocol.unknown"),
        ("type: iio.slimfit", "type: iio.nonsense", "protocol.type_unknown"),
        ("type: iio.slimfit", "type: lof.project", "project.type_not_open"),
        ("sector: po", "sector: primary", "file.value_choice"),
        ("brin: 12AB01", "brin: 12A", "model.brin"),
        ("start: 2025-09-01", "start: 1 september", "file.value_type"),
        ("end: 2026-07-03", "end: 9999-12-31", "file.value_type"),
        ("assignment: pupil", "asignment: pupil", "file.key_unknown"),
    ],
)
def test_a_project_that_is_wrong_is_refused_with_its_line(
    workspace: Workspace, tmp_path: Path, old: str, new: str, code: str
) -> None:
    text = rounds.project_text().replace(old, new)
    assert refused(workspace, tmp_path, text) == [(code, line_of(text, new))]


def test_all_that_is_wrong_is_said_at_once_each_with_its_line(
    workspace: Workspace, tmp_path: Path
) -> None:
    more = """\
        scenario: klein
        features:
          unit_size: 80
          unit_sise: 80
        instruments:
          - {measure: iio.language, wave: post, name: Taal, minimum: 0, maximum: 60}
          - {measure: iio.langauge, wave: post, name: Taal, minimum: 0, maximum: 60}
          - {measure: iio.language, wave: follow_up_1, name: Taal, minimum: 0, maximum: 60}
        """
    text = rounds.project_text(more=more)
    assert refused(workspace, tmp_path, text) == [
        ("project.scenario_unknown", line_of(text, "scenario:")),
        ("project.feature_unknown", line_of(text, "unit_sise")),
        ("project.instrument_unknown", line_of(text, "iio.langauge")),
        ("project.instrument_unknown", line_of(text, "follow_up_1")),
    ]


def test_remarks_do_not_stop_a_project_and_have_their_line(
    workspace: Workspace, tmp_path: Path
) -> None:
    text = rounds.project_text(arms=rounds.ONE_ARM, schools={"05KO": "intervention"})
    project, changed, findings = designs.add_project(
        workspace, rounds.written(tmp_path, "project.yaml", text)
    )
    assert changed
    found = {f.code: f.place.line for f in findings}
    assert found["iio.no_comparison"] == line_of(text, "arms:")
    assert workspace.store.projects() == (project,)


@pytest.mark.parametrize("variant", ["small", "large"])
def test_a_scheme_that_requires_a_comparison_refuses_a_project_without(
    workspace: Workspace, tmp_path: Path, variant: str
) -> None:
    text = rounds.PROTOCOL.replace(
        "variant: large", f"variant: {variant}\ncomparison_required: true"
    )
    text = text.replace("fonds-klein", "fonds-streng")
    rounds.add_protocol(workspace, tmp_path, text)
    alone = rounds.project_text(
        protocol="fonds-streng", arms=rounds.ONE_ARM, schools={"05KO": "intervention"}
    )
    assert ("project.comparison_required", line_of(alone, "arms:")) in refused(
        workspace, tmp_path, alone
    )
    assert workspace.store.projects() == ()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.not_a_mapping"),
        (b"- een\n- twee\n", "file.not_a_mapping"),
        (b"gewone tekst", "file.not_a_mapping"),
        (b"id: [\n", "file.yaml"),
        (b"id: a\nid: b\n", "file.duplicate_key"),
        ("title: caf\u00e9".encode("latin-1"), "file.unreadable"),
        (b"\x00\x01\x02", "file.yaml"),
    ],
)
def test_a_file_that_holds_no_project_is_refused(
    workspace: Workspace, tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "project.yaml"
    path.write_bytes(content)
    with pytest.raises((EvalkitError, FindingsError)) as caught:
        designs.add_project(workspace, path)
    error = caught.value
    found = error.findings if isinstance(error, FindingsError) else (error.finding,)
    assert code in [f.code for f in found]
    assert workspace.store.projects() == ()


@pytest.mark.parametrize(("name", "code"), [("x.yaml", "file.missing"), (".", "file.unreadable")])
def test_a_file_that_is_not_there_is_refused(
    workspace: Workspace, tmp_path: Path, name: str, code: str
) -> None:
    with pytest.raises(EvalkitError) as caught:
        designs.add_project(workspace, tmp_path / name)
    assert caught.value.finding.code == code


def test_adding_the_same_project_again_changes_nothing(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = rounds.written(tmp_path, "project.yaml", rounds.project_text())
    assert [designs.add_project(workspace, path)[1] for _ in range(3)] == [True, False, False]
    relaid = rounds.project_text().replace("sector: po\n", "\n# opmerking\nsector:    po\n")
    path = rounds.written(tmp_path, "project.yaml", relaid)
    assert designs.add_project(workspace, path)[1] is False
    path = rounds.written(tmp_path, "project.yaml", relaid.replace("Project units", "Units"))
    assert designs.add_project(workspace, path)[1] is True
    assert [p.title for p in workspace.store.projects()] == ["Units-oost"]


def test_an_unknown_project_is_named_as_such(workspace: Workspace) -> None:
    for ask in (
        workspace.project,
        workspace.current_design,
        lambda id: designs.make(workspace, id),
    ):
        with pytest.raises(EvalkitError) as caught:
            ask("west")
        assert caught.value.finding.code == "project.unknown"


# Designs


def test_a_design_is_stored_and_current(workspace: Workspace, tmp_path: Path) -> None:
    path = rounds.written(tmp_path, "project.yaml", rounds.project_text())
    project, _, _ = designs.add_project(workspace, path)
    with pytest.raises(EvalkitError) as caught:
        workspace.current_design(project.id)
    assert caught.value.finding.code == "design.none"
    made = designs.make(workspace, project.id)
    assert workspace.current_design(project.id) == made
    assert workspace.store.design(made.hash) == made
    assert designs.make(workspace, project.id) == made
    assert workspace.store.design_hashes(project.id) == (made.hash,)


def test_a_changed_project_has_a_new_current_design_and_the_old_one_stays(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    text = rounds.project_text(more="features: {unit_size: 80}")
    newer = rounds.designed(workspace, tmp_path, text)
    assert newer.hash != design.hash
    assert workspace.current_design("units-oost") == newer
    assert workspace.store.design(design.hash) == design
    back = rounds.designed(workspace, tmp_path)
    assert back.hash == design.hash
    assert workspace.current_design("units-oost") == design
    assert workspace.store.design_hashes("units-oost") == (design.hash, newer.hash)


def test_another_remark_of_a_plugin_does_not_make_another_design(
    workspace: Workspace, design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plugin installed later may remark on designs that were made before."""
    monkeypatch.setattr(
        Registry, "check_design", lambda self, design: (finding("project.no_theory"),)
    )
    made = designs.make(workspace, design.project.id)
    assert made.hash == design.hash
    assert workspace.current_design(design.project.id).hash == design.hash


def test_a_design_names_the_plugins_it_rests_on(design: Design) -> None:
    assert list(design.plugins) == ["iio"]


def test_the_documents_of_a_design_are_written(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    out = tmp_path / "uit" / "diep"
    made, files = designs.write(workspace, design.project.id, out)
    assert made == design
    names = ["design.pdf", "design.html", "design.json", "workbook.xlsx"]
    names += ["schedule.csv", "submission.schema.json", "calendar.ics"]
    assert [file.path.relative_to(out).as_posix() for file in files] == names
    assert sorted(path.name for path in out.iterdir()) == sorted(names)
    assert Design.model_validate_json((out / "design.json").read_text("utf-8")) == design
    assert json.loads((out / "design.json").read_text("utf-8"))["hash"] == design.hash
    assert (out / "design.pdf").read_bytes().startswith(b"%PDF-")
    for file in files:
        assert file.about.nl != file.about.en
    first = {file.path: file.path.read_bytes() for file in files}
    designs.write(workspace, design.project.id, out)
    assert {path: path.read_bytes() for path in first} == first


@pytest.mark.parametrize(
    ("old", "new", "code", "key"),
    [
        ("end: 2026-07-03", "end: 2025-07-03", "model.dates", "end"),
        ("comparison: matched", "comparison: single_group", "model.comparison_arms", "comparison"),
        ("brin: 12AB01", "brin: 05KO", "model.schools_double", "schools[1].brin"),
    ],
)
def test_what_does_not_hang_together_points_at_its_line(
    workspace: Workspace, tmp_path: Path, old: str, new: str, code: str, key: str
) -> None:
    text = rounds.project_text()
    if old.startswith("comparison"):
        old = next(line for line in text.splitlines() if line.startswith("comparison:"))
    assert old in text
    text = text.replace(old, new)
    with pytest.raises(FindingsError) as caught:
        designs.add_project(workspace, rounds.written(tmp_path, "p.yaml", text))
    (wrong,) = caught.value.findings
    assert (wrong.code, wrong.place.key) == (code, key)
    assert wrong.place.line is not None
    assert new.split()[-1] in text.splitlines()[wrong.place.line - 1]


def test_misspelt_ids_get_the_nearest(workspace: Workspace, tmp_path: Path) -> None:
    text = rounds.project_text().replace("type: iio.slimfit", "type: iio.slimfitt")
    with pytest.raises(FindingsError) as caught:
        designs.add_project(workspace, rounds.written(tmp_path, "p.yaml", text))
    assert "iio.slimfit (did you mean this?)" in caught.value.findings[0].remedy.en
    predicted = re.sub(
        r"(?m)^predictions:.*(\n(?: +|-).*)*$",
        'predictions: [{text: "Beter.", measure: fonds.scorre, direction: higher}]',
        rounds.project_text(),
    )
    _, _, findings = designs.add_project(workspace, rounds.written(tmp_path, "q.yaml", predicted))
    (remark,) = (f for f in findings if f.code == "project.prediction_unknown")
    assert "fonds.score (did you mean this?)" in remark.remedy.en


def test_a_goal_with_four_levels_is_told_how_many_it_needs(
    workspace: Workspace, tmp_path: Path
) -> None:
    goal = 'goals:\n  - {id: lezen, text: "Lezen.", levels: [a, b, c, d]}\n'
    text = rounds.project_text() + goal
    with pytest.raises(FindingsError) as caught:
        designs.add_project(workspace, rounds.written(tmp_path, "p.yaml", text))
    (wrong,) = caught.value.findings
    assert (wrong.code, wrong.place.key) == ("model.goal_levels", "goals[0].levels")
    assert "4" in wrong.wrong.en
