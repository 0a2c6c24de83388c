"""A whole grant round, from protocol to synthesis, on real data."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from evalkit.errors import EvalkitError
from evalkit.language import Translate, translator
from evalkit.library.shipped import shipped
from evalkit.model.text import Lang
from evalkit.model.vocabulary import NotPooled
from evalkit.workspace import cycles, designs, intake, synthesis
from evalkit.workspace.demo_data import (
    BASELINE_TAKEN,
    POST_TAKEN,
    PROJECTS,
    Pupils,
    deliver,
    load_pupils,
)
from evalkit.workspace.files import Written
from evalkit.workspace.keys import place_key
from evalkit.workspace.protocols import Protocols
from evalkit.workspace.workspace import Workspace

MARK = ".evalkit-demo"
"""A file in the demo's folder, so that a second run may replace it and nothing else."""

STARTED = dt.date(2025, 8, 20)
"""Day of the demo on which designs are made."""

ENDED = dt.date(2026, 7, 10)
"""Day of the demo on which results come in and status is asked."""

Say = Callable[[str], None]
Advance = Callable[[int, int], None]


def play(out: Path, lang: Lang, say: Say, advance: Advance) -> tuple[Written, ...]:
    """Play the round in ``out``, which is made anew, and return the files to look at.

    Args:
        out: the folder for everything.
        lang: language of what is said, and of the report.
        say: told each line.
        advance: told how many steps of how many are done.

    Raises:
        EvalkitError: the data are not installed, or ``out`` holds something else.
    """
    pupils = load_pupils()
    _make_folder(out)
    return _Round(out, lang, say, advance, pupils).play()


def _make_folder(out: Path) -> None:
    if out.exists() and any(out.iterdir()):
        if not (out / MARK).exists():
            raise EvalkitError("workspace.not_empty", path=out)
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).touch()


class _Round:
    """One grant round: the funder, the schools, the researcher.

    Its keys are known to all, so that the demo is the same each time; its data are public.
    """

    def __init__(self, out: Path, lang: Lang, say: Say, advance: Advance, pupils: Pupils) -> None:
        self.out = out
        self.lang = lang
        self.say = say
        self.pupils = pupils
        self.t: Translate = translator(lang)
        self.written: list[Written] = []
        self._advance = advance
        self._done = 0

    def play(self) -> tuple[Written, ...]:
        t, say = self.t, self.say
        shutil.copytree(shipped("examples", "grant-round"), self.out / "input")
        say(t("A grant round on real data: 2,287 pupils of 131 Dutch primary schools (nlme::bdf)."))
        say(
            t(
                "The data are real, the grant round is an illustration: mixed-grade classes stand in for the intervention. It says nothing about SlimFit."
            )
        )
        say("")
        folder = self.out / "workspace"
        self._command("init", folder)
        with Workspace.create(folder, today=STARTED) as workspace:
            self._protocol(workspace)
            self._designs(workspace)
            workspace.today = ENDED
            self._results(workspace)
            self._cycles(workspace)
            self._status(workspace)
            self._synthesis(workspace)
        return tuple(self.written)

    def _command(self, *words: object) -> None:
        """Show the command that does the same by hand."""
        self.say("  $ evalkit " + " ".join(str(word) for word in words))

    def _in_workspace(self, *words: object) -> None:
        self._command("-w", self.out / "workspace", *words)

    def _step(self) -> None:
        self._done += 1
        self._advance(self._done, 3 * len(PROJECTS) + 2)

    def _protocol(self, workspace: Workspace) -> None:
        t = self.t
        self.say("")
        self.say(t("1. The funder's scheme"))
        scheme = Protocols.of(workspace, workspace.plugins).get("iio-slimfit-large")
        self._in_workspace("protocol", "show", scheme.id)
        text = t(
            "{title} builds on the basisset: {count} measures, of which {core} are the core that no scheme can drop."
        )
        title = scheme.title.to(self.lang)
        self.say("  " + text.format(title=title, count=len(scheme.measures), core=len(scheme.core)))

    def _designs(self, workspace: Workspace) -> None:
        t = self.t
        self.say("")
        self.say(t("2. Four projects, and an evaluation design for each"))
        for id in PROJECTS.values():
            file = self.out / "input" / "projects" / f"{id}.yaml"
            self._in_workspace("project", "add", file)
            designs.add_project(workspace, file)
            place_key(workspace, id, hashlib.sha256(f"evalkit demo {id}".encode()).digest())
            folder = self.out / "designs" / id
            self._in_workspace("design", id, "--out", folder)
            design, files = designs.write(workspace, id, folder)
            self.written += files
            text = t("{id}: {schools} schools, {comparison}; expected rung {rung}.")
            self.say(
                "  "
                + text.format(
                    id=id,
                    schools=len(design.project.schools),
                    comparison=design.project.comparison.label.to(self.lang),
                    rung=design.expected_rung,
                )
            )
            self._step()

    def _results(self, workspace: Workspace) -> None:
        self.say("")
        self.say(self.t("3. Results come in: workbooks, CSV exports and a JSON package"))
        for id in PROJECTS.values():
            design = workspace.current_design(id)
            workbook = (self.out / "designs" / id / "workbook.xlsx").read_bytes()
            files = deliver(self.pupils, design, workbook, self.out / "input" / "results" / id)
            self._step()
            for file in files:
                self._collect(workspace, id, file)
            self._step()

    def _collect(self, workspace: Workspace, project: str, file: Path) -> None:
        request = intake.Request(file, received_on=ENDED)
        words: list[object] = ["collect", file]
        if file.suffix == ".csv":
            respondent, wave = file.stem.split("-")
            name = {"pupil": "pupils", "school": "schools"}[respondent]
            mapping = self.out / "input" / "mappings" / f"{name}.yaml"
            taken = (BASELINE_TAKEN if wave == "baseline" else POST_TAKEN)[1]
            request = intake.Request(file, project, wave, mapping, taken, ENDED)
            words += ["--project", project, "--wave", wave, "--mapping", mapping]
            words += ["--taken-on", taken]
        self._in_workspace(*words, "--received-on", ENDED)
        result = intake.collect(workspace, request)
        for line in self._stored(result):
            self.say(f"  {line}")

    def _stored(self, result: intake.Result) -> Iterator[str]:
        t = self.t
        for s in result.stored:
            warnings = sum(f.severity == "warning" for f in s.findings)
            text = t("{id}: {rows} rows of {schools} schools; warnings: {warnings}")
            said = text.format(id=s.id, rows=s.rows, schools=len(s.schools), warnings=warnings)
            proof = f" ({s.baseline.label.to(self.lang)})" if s.baseline else ""
            yield said + proof

    def _cycles(self, workspace: Workspace) -> None:
        t = self.t
        self.say("")
        self.say(t("4. Two PDCA cycles of one project"))
        for file in sorted((self.out / "input" / "cycles").glob("*.yaml")):
            self._in_workspace("cycle", "add", file)
            cycles.add_cycle(workspace, file)
        for logged in cycles.cycles(workspace):
            met = sum(verdict.met for verdict in logged.verdict)
            text = t("Cycle {number} shows {met} of the {all} key features of a sound PDCA cycle.")
            number = logged.cycle.number
            self.say("  " + text.format(number=number, met=met, all=len(logged.verdict)))
        card = self.out / "input" / "cards" / "slimfit-public.yaml"
        self._in_workspace("card", "add", card)
        cycles.add_card(workspace, card)

    def _status(self, workspace: Workspace) -> None:
        from evalkit.workspace.portfolio import status

        t = self.t
        self.say("")
        self.say(t("5. Who still owes what"))
        self._in_workspace("status", "--as-of", ENDED)
        for row in status(workspace, ENDED):
            if row.delivered or (row.missing and row.closes < ENDED):
                text = t("{project}, {wave}: {status}; {done} of {all} mandatory measures are in")
                self.say(
                    "  "
                    + text.format(
                        project=row.project,
                        wave=row.label.to(self.lang),
                        status=row.status.label.to(self.lang),
                        done=len(row.delivered),
                        all=len(row.delivered) + len(row.missing),
                    )
                )
        self.say(
            "  "
            + t(
                "The data set holds no teacher or pupil surveys; evalkit says so and goes on with what is there."
            )
        )

    def _synthesis(self, workspace: Workspace) -> None:
        t = self.t
        self.say("")
        self.say(t("6. All projects together"))
        folder = self.out / "synthesis"
        self._in_workspace("synthesize", "--out", folder)
        notice = t(
            "The data are real (nlme::bdf, Snijders & Bosker 1999), the grant round is an illustration: mixed-grade classes stand in for the intervention. This report says nothing about SlimFit."
        )
        found, files = synthesis.write(workspace, folder, self.lang, notice=notice)
        self._step()
        for p in found.pooled:
            selection = {
                "all": t("all contrasts"),
                "equivalent": t("baseline difference at most 0.25 SD"),
            }[p.selection]
            name = found.measures[p.measure].label.to(self.lang)
            interval = f"[{p.ci_low:+.2f}, {p.ci_high:+.2f}]"
            self.say(f"  {name} ({selection}, k = {p.k}): g = {p.estimate:+.3f} {interval}")
        for row in found.effects:
            if row.not_pooled_because is NotPooled.single_group:
                text = t(
                    "{project} is a single group: {measure} stays out of the pooled contrasts."
                )
                self.say("  " + text.format(project=row.project, measure=row.measure))
        self.written += files
        self._step()
        self.say("")
        self.say(t("The files, and what each is for:"))
