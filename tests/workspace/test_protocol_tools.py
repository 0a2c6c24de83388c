"""A funder writes, checks and publishes a protocol."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.errors import EvalkitError, FindingsError
from evalkit.model.protocol_draft import ProtocolDraft
from evalkit.model.safe_text import printable
from evalkit.model.text import Lang, Text
from evalkit.plugin.registry import Registry
from evalkit.workspace.protocol_writing import (
    choices,
    make_draft,
    new_protocol,
    unknown_choices,
)
from evalkit.workspace.protocols import (
    Protocols,
    burden_of,
    compare,
    write_document,
)
from evalkit.workspace.workspace import Workspace

from . import rounds

SAID = {"nl": "Leesfonds", "en": "Reading fund"}


@pytest.fixture(scope="module")
def protocols(plugins: Registry) -> Protocols:
    return Protocols.of(None, plugins)


def draft(**values: object) -> ProtocolDraft:
    return make_draft({"id": "leesfonds", "title": SAID, "description": SAID, **values})


def uncommented(text: str) -> str:
    """The file with all its examples taken into use."""
    return re.sub(r"^#(?=\S|  )", "", text, flags=re.M)


# New


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize(
    "values",
    [
        {},
        {
            "project_types": ["iio.slimfit", "datateams.team"],
            "variant": "large",
            "comparison_required": True,
            "cycles": 4,
            "threshold": 10,
            "measures": ["iio.language", "core.own_goals", "core.reflection"],
        },
    ],
)
def test_a_new_protocol_passes_its_check_without_a_finding(
    protocols: Protocols,
    plugins: Registry,
    tmp_path: Path,
    language: Lang,
    values: dict[str, object],
) -> None:
    path = tmp_path / "leesfonds.yaml"
    wanted = draft(language=language, **values)
    written = new_protocol(protocols, plugins, path, wanted)
    resolved, findings = protocols.check(path)
    assert findings == ()
    assert resolved == written
    assert (resolved.id, resolved.language) == ("leesfonds", language)
    assert (resolved.variant, resolved.project_types) == (wanted.variant, wanted.project_types)
    assert resolved.comparison_required is wanted.comparison_required
    assert resolved.cadence.cycles_per_year == wanted.cycles
    assert resolved.privacy.suppression_threshold == wanted.threshold
    assert {m.id for m in resolved.measures} == {*resolved.core, *wanted.measures}


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("measures", [[], ["iio.language"]])
def test_every_example_in_a_new_protocol_can_be_used(
    protocols: Protocols, plugins: Registry, tmp_path: Path, language: Lang, measures: list[str]
) -> None:
    path = tmp_path / "leesfonds.yaml"
    new_protocol(protocols, plugins, path, draft(language=language, measures=measures))
    text = uncommented(path.read_text(encoding="utf-8"))
    path.write_text(text.replace("variant: small\n", ""), encoding="utf-8")
    resolved, findings = protocols.check(path)
    # The example asks a target that a typical project of the example cannot show: that is told.
    assert {finding.code for finding in findings} <= {"protocol.target_unseen"}
    assert resolved is not None
    assert "leesfonds.joy" in resolved.owners
    assert [d.id for d in resolved.deadlines] == ["interim_report", "final_report"]
    assert resolved.burden.max_hours
    assert resolved.analysis.target_effect
    assert resolved.valid_from
    assert "interim" in [w.id for w in resolved.waves]


def test_both_languages_write_the_same_protocol(
    protocols: Protocols, plugins: Registry, tmp_path: Path
) -> None:
    texts = []
    for language in ("nl", "en"):
        path = tmp_path / f"{language}.yaml"
        values = {"language": language, "measures": ["iio.language"]}
        new_protocol(protocols, plugins, path, draft(**values))
        texts.append(path.read_text(encoding="utf-8").replace(f"language: {language}", ""))
    made = [yaml.safe_load(uncommented(text)) for text in texts]
    contacts = [one.pop("contact") for one in made]
    assert made[0] == made[1]
    assert contacts[0] != contacts[1]  # Whom to ask is said in the language of the scheme.
    assert "De basisset hoort er altijd bij" in texts[0]
    assert "The basisset is always in" in texts[1]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(title=st.text(min_size=1, max_size=40).filter(lambda text: printable(text).strip()))
def test_any_title_gives_a_file_that_can_be_read(
    protocols: Protocols, plugins: Registry, tmp_path: Path, title: str
) -> None:
    path = tmp_path / "titel.yaml"
    path.unlink(missing_ok=True)
    said = Text(nl=title, en=title)
    wanted = ProtocolDraft(id="leesfonds", title=said, description=said)
    new_protocol(protocols, plugins, path, wanted)
    assert protocols.check(path)[1] == ()


def test_a_measure_is_taken_when_its_project_type_takes_it(
    protocols: Protocols, plugins: Registry, tmp_path: Path
) -> None:
    path = tmp_path / "leesfonds.yaml"
    type = plugins.types["datateams.team"]
    waves = {r.measure: r.waves for r in type.requires}
    chosen = [id for id in waves if id in plugins.measures]
    written = new_protocol(
        protocols, plugins, path, draft(project_types=[type.id], measures=chosen)
    )
    assert {r.measure: r.waves for r in written.requires if r.measure in chosen} == waves


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"id": "Lees fonds"}, {("file.value_type", "--id")}),
        ({"id": "lof"}, {("protocol.duplicate", "--id")}),
        ({"cycles": 1}, {("protocol.core_looser", "--cycles")}),
        ({"cycles": 0}, {("file.value_type", "--cycles")}),
        ({"threshold": 3}, {("protocol.core_looser", "--threshold")}),
        ({"variant": "groot"}, {("file.value_choice", "--variant")}),
        ({"title": {"nl": "", "en": "x"}}, {("file.value_type", "--title-nl, --title-en")}),
        (
            {"project_types": ["iio.slim"], "measures": ["iio.langage"]},
            {("protocol.type_unknown", "--type"), ("protocol.measure_unknown", "--measure")},
        ),
    ],
)
def test_what_cannot_be_is_said_with_its_option_and_nothing_is_written(
    protocols: Protocols,
    plugins: Registry,
    tmp_path: Path,
    values: dict[str, object],
    expected: set[tuple[str, str]],
) -> None:
    path = tmp_path / "leesfonds.yaml"
    with pytest.raises(FindingsError) as caught:
        new_protocol(protocols, plugins, path, draft(**values))
    assert {(f.code, f.place.key) for f in caught.value.findings} == expected
    assert not path.exists()


def test_a_file_that_is_there_stays(
    protocols: Protocols, plugins: Registry, tmp_path: Path
) -> None:
    path = tmp_path / "leesfonds.yaml"
    path.write_text("van mij", encoding="utf-8")
    with pytest.raises(EvalkitError) as caught:
        new_protocol(protocols, plugins, path, draft())
    assert caught.value.finding.code == "file.exists"
    assert path.read_text(encoding="utf-8") == "van mij"


def test_all_that_can_be_chosen_is_offered(protocols: Protocols, plugins: Registry) -> None:
    known = choices(protocols, plugins)
    assert {t.id for t in known.types} == set(plugins.types)
    assert {m.id for m in known.measures} >= {*plugins.measures, *known.basisset.core}


# Check


def test_a_ceiling_that_is_passed_is_found_in_its_line(
    protocols: Protocols, tmp_path: Path
) -> None:
    text = rounds.PROTOCOL + "burden:\n  max_hours: 1\n"
    path = rounds.written(tmp_path, "duur.yaml", text.replace("fonds-klein", "fonds-duur"))
    resolved, findings = protocols.check(path)
    assert resolved is not None
    assert {f.code for f in findings} == {"protocol.burden_ceiling"}
    assert {f.place.line for f in findings} == {text.count("\n")}
    assert burden_of(resolved).hours_per_school_year > 1
    assert len(burden_of(resolved).costly) == 5


def test_the_check_says_what_adding_would_refuse(workspace: Workspace, tmp_path: Path) -> None:
    known = Protocols.of(workspace, workspace.plugins)
    same = rounds.written(tmp_path, "zelfde.yaml", rounds.PROTOCOL)
    assert known.check(same)[1] == ()
    changed = rounds.PROTOCOL.replace("variant: large", "variant: small")
    path = rounds.written(tmp_path, "anders.yaml", changed)
    assert [f.code for f in known.check(path)[1]] == ["protocol.same_version"]
    posing = rounds.written(
        tmp_path, "lof.yaml", rounds.PROTOCOL.replace("id: fonds-klein", "id: lof")
    )
    assert [(f.code, f.place.line) for f in known.check(posing)[1]] == [("protocol.duplicate", 1)]


# By id or file


def test_a_protocol_is_found_by_id_and_by_file(protocols: Protocols, tmp_path: Path) -> None:
    path = rounds.written(tmp_path, "eigen.yaml", rounds.PROTOCOL)
    assert protocols.find("lof").id == "lof"
    assert protocols.find(str(path)).id == "fonds-klein"
    with pytest.raises(EvalkitError) as unknown:
        protocols.find("datateam")
    assert "datateams (did you mean this?)" in unknown.value.finding.remedy.en
    with pytest.raises(EvalkitError) as missing:
        protocols.find(str(tmp_path / "weg.yaml"))
    assert missing.value.finding.code == "file.missing"
    wrong = rounds.written(tmp_path, "fout.yaml", rounds.PROTOCOL + "colour: red\n")
    with pytest.raises(FindingsError):
        protocols.find(str(wrong))


def test_a_file_is_compared_with_a_protocol(protocols: Protocols, tmp_path: Path) -> None:
    path = rounds.written(tmp_path, "eigen.yaml", rounds.PROTOCOL)
    before, after, changes = compare(protocols, "basisset", str(path))
    assert (before.id, after.id) == ("basisset", "fonds-klein")
    added = {c.what.en for c in changes if c.kind == "added" and "measure" in c.what.en}
    assert added == {
        "measure 'test score' (fonds.score)",
        "measure 'absence' (fonds.absence)",
        "measure 'school climate' (fonds.climate)",
    }


# Document


@pytest.mark.parametrize(("language", "start"), [(None, "nl"), ("en", "en")])
def test_the_annex_is_written_whole(
    protocols: Protocols, plugins: Registry, tmp_path: Path, language: Lang | None, start: str
) -> None:
    files = write_document(protocols, plugins, "iio", tmp_path / "uit", language)
    assert [f.path.name for f in files] == ["protocol.pdf", "protocol.html"]
    assert files[0].path.read_bytes().startswith(b"%PDF")
    assert f'<html lang="{start}"' in files[1].path.read_text(encoding="utf-8")


def test_a_bad_id_and_unknown_choices_are_told_in_one_go(
    protocols: Protocols, plugins: Registry
) -> None:
    values = {
        "id": "Lees Fonds", "title": SAID, "description": SAID,
        "measures": ["core.workloat"], "project_types": ["iio.slimfitt"],
    }  # fmt: skip
    with pytest.raises(FindingsError) as caught:
        make_draft(values, unknown_choices(values, protocols, choices(protocols, plugins)))
    found = {f.place.key: f for f in caught.value.findings}
    assert set(found) == {"--id", "--measure", "--type"}
    assert "core.workload (did you mean this?)" in found["--measure"].remedy.en
    assert "iio.slimfit (did you mean this?)" in found["--type"].remedy.en


@pytest.mark.parametrize(
    ("ceiling", "key"),
    [("max_hours: 1", "burden.max_hours"), ("max_minutes: {pupil: 1}", "burden.max_minutes.pupil")],
)
def test_a_ceiling_is_pointed_at_where_it_stands(
    protocols: Protocols, tmp_path: Path, ceiling: str, key: str
) -> None:
    text = rounds.PROTOCOL + f"burden:\n  hourly_rate: {{teacher: 50}}\n  {ceiling}\n"
    path = rounds.written(tmp_path, "duur.yaml", text)
    _, findings = protocols.check(path)
    (line,) = {f.place.line for f in findings if f.code == "protocol.burden_ceiling"}
    assert text.splitlines()[line - 1].strip() == ceiling
    assert {f.place.key for f in findings if f.code == "protocol.burden_ceiling"} == {key}
