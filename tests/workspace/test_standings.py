"""Where each awarded project stands, from what really came in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from evalkit.model.standing import NoResult
from evalkit.model.vocabulary import BaselineStatus
from evalkit.render.flow import flow
from evalkit.workspace import designs
from evalkit.workspace.synthesis import synthesize
from evalkit.workspace.workspace import Workspace

from . import rounds

SCORE = "fonds.score"


def test_every_awarded_project_has_a_standing(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "werk", today=rounds.TODAY) as workspace:
        rounds.add_protocol(workspace, tmp_path)
        full = rounds.designed(workspace, tmp_path, rounds.project_text("vol"))
        late = rounds.designed(workspace, tmp_path, rounds.project_text("laat"))
        half = rounds.designed(workspace, tmp_path, rounds.project_text("half"))
        rounds.designed(workspace, tmp_path, rounds.project_text("stil"))
        text = rounds.written(tmp_path, "kaal.yaml", rounds.project_text("kaal"))
        designs.add_project(workspace, text)
        rounds.deliver(workspace, full, rounds.both_waves(), tmp_path)
        after = {"baseline": dt.date(2025, 9, 20)}
        rounds.deliver(workspace, late, rounds.both_waves(seed=2), tmp_path, taken=after)
        only = {rounds.BASELINE: rounds.pupils("baseline", seed=3)}
        rounds.deliver(workspace, half, only, tmp_path)
        found = synthesize(workspace)
    standings = {one.project: one for one in found.standings}
    assert len(standings) == found.awarded == 5
    assert {n: (s.designed, s.delivered) for n, s in standings.items()} == {
        "vol": (True, True), "laat": (True, True), "half": (True, True), "stil": (True, False),
        "kaal": (False, False),
    }  # fmt: skip
    assert {n: s.baseline for n, s in standings.items() if s.delivered} == {
        "vol": BaselineStatus.proven, "laat": BaselineStatus.late, "half": BaselineStatus.proven,
    }  # fmt: skip
    owed = {n: {(o.wave, o.measure) for o in s.owed} for n, s in standings.items()}
    assert ("post", SCORE) in owed["half"] & owed["stil"]
    assert ("post", SCORE) not in owed["vol"] | owed["laat"]
    assert ("baseline", SCORE) in owed["stil"] - owed["half"]
    assert owed["kaal"] == set()
    counted = flow(found)
    assert counted.delivered.lost == {NoResult.no_design: 1, NoResult.no_data: 1}
    assert counted.afterwards.lost == {NoResult.no_outcome: 1}
    assert set(counted.usable.projects) == {"vol", "laat"}
