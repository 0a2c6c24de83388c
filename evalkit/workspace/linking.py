"""What comes in, beside what came in before of the same persons."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from evalkit.collect.delivery import Checked, Part
from evalkit.collect.earlier import check_earlier
from evalkit.collect.pseudonyms import pseudonymised
from evalkit.model.design import Design
from evalkit.model.finding import Finding
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent, WaveKind
from evalkit.workspace.keys import has_codes, kept_rows, known_key
from evalkit.workspace.workspace import Workspace


def link_findings(
    workspace: Workspace, design: Design, pairs: Sequence[tuple[Part, Checked]]
) -> list[tuple[Finding, ...]]:
    """For each part, findings on its persons against earlier waves, delivered before or with it.

    Raises:
        EvalkitError: the project's key is lost, damaged or another.
    """
    accepted = workspace.store.submissions(design.project.id, accepted_only=True)
    stored = [s for s in accepted if has_codes(s)]
    key = known_key(workspace, design.project.id)
    order = {wave.id: number for number, wave in enumerate(design.waves)}
    first = {wave.id for wave in design.waves if wave.kind is WaveKind.baseline}
    found: list[tuple[Finding, ...]] = []
    for part, checked in pairs:
        rows: list[tuple[str, pd.DataFrame]] = []
        if _has_persons(part):
            before = {wave for wave in order if order[wave] < order[part.wave]}
            rows = [
                (s.wave, kept_rows(workspace, s))
                for s in stored
                if s.respondent is part.respondent and s.wave in before
            ]
            rows += [
                (p.wave, _hidden(c.frame, key, p.respondent))
                for p, c in pairs
                if _has_persons(p) and p.respondent is part.respondent and p.wave in before
            ]
        if not rows:
            found.append(())
            continue
        rows.sort(key=lambda pair: order[pair[0]])
        baseline = [frame for wave, frame in rows if wave in first]
        frame = _hidden(checked.frame, key, part.respondent)
        found.append(
            check_earlier(
                part,
                frame,
                pd.concat([frame for _, frame in rows], ignore_index=True),
                pd.concat(baseline, ignore_index=True) if baseline else None,
            )
        )
    return found


def _has_persons(part: Part) -> bool:
    return part.grain is Grain.unit and part.respondent is not Respondent.school


def _hidden(rows: pd.DataFrame, key: bytes | None, respondent: Respondent) -> pd.DataFrame:
    """Rows as they compare with what is kept; as long as there is no key that is as they came."""
    return rows if key is None else pseudonymised(rows, key, respondent)
