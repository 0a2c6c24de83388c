"""``evalkit mapping``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.cli.options import FILE, Session, reading
from evalkit.cli.showing import print_json, say, table, translate

if TYPE_CHECKING:
    from evalkit.collect.suggestion.proposal import Proposal, Suggestion, Target
    from evalkit.language import Translate

_MOST_ASKED = 30
"""Values of one column of which the meaning is asked."""


@click.group()
def mapping() -> None:
    """Mappings: what the columns of a school's own export mean."""


@mapping.command()
@click.argument("file", type=FILE)
@click.option("--project", metavar="ID", required=True, help="The project.")
@click.option("--wave", metavar="ID", help="The measurement moment, if the file has only one.")
@click.option(
    "--respondent",
    type=click.Choice(["pupil", "teacher", "parent", "school"]),
    help="From or about whom the rows are. Default: as the columns say.",
)
@click.option("--sheet", metavar="NAME", help="Sheet of a workbook. Default: the first with data.")
@click.option("--out", type=FILE, help="File to write. Default: print it.")
@click.option("--yes", is_flag=True, help="Ask nothing; leave what is not sure as comments.")
@reading
def suggest(
    session: Session,
    file: Path,
    project: str,
    wave: str | None,
    respondent: str | None,
    sheet: str | None,
    out: Path | None,
    yes: bool,
) -> None:
    """Propose a mapping for FILE: an export as CSV, xlsx, SPSS (.sav) or Parquet.

    Each column is compared with what the design asks, by its name and its values. On a terminal
    it asks about what is not sure. Columns about who somebody is are never proposed.
    """
    from evalkit.errors import EvalkitError
    from evalkit.model.vocabulary import Respondent
    from evalkit.workspace.mappings import as_data, suggest_mapping, written_mapping

    if out is not None and out.exists():
        raise EvalkitError("file.exists", path=out)
    about = next((r for r in Respondent if r.value == respondent), None)
    with session.open() as workspace:
        found = suggest_mapping(workspace, file, project, wave=wave, respondent=about, sheet=sheet)
        if sheet is not None:
            found = replace(found, sheet=sheet)
    if sys.stdin.isatty() and not yes and not session.as_json:
        found = _Questions(session, found).ask()
    text = written_mapping(found, session.lang, out)
    if session.as_json:
        print_json(as_data(found))
    elif out is None:
        say(text.rstrip("\n"))
    else:
        _show(found, session)
        t = translate(session.lang)
        say(t("Written: {path}").format(path=out))
        if found.missing:
            text = t("Still needed in it: {targets}.")
            say(text.format(targets=", ".join(found.missing)))
        if found.unsure:
            say(t("Columns to decide on in that file: {count}.").format(count=len(found.unsure)))


def _show(found: Suggestion, session: Session) -> None:
    t, lang = translate(session.lang), session.lang
    rows = []
    for p in found.proposals:
        meant = _name(p.target) if p.target and p.is_likely else "–"
        sure = f"{p.confidence:.2f}" if p.is_likely else ""
        why = "; ".join(text.to(lang) for text in p.why) if p.is_likely or p.personal else ""
        rows.append((p.column, meant, sure, why))
    table((t("Column"), t("Is"), t("Confidence"), t("Why")), rows)


def _name(target: Target) -> str:
    return f"{target.name} ({target.wave})" if target.wave else target.name


class _Questions:
    """Asks about what is not sure. Questions go to stderr: stdout may be the file itself."""

    def __init__(self, session: Session, found: Suggestion) -> None:
        self.lang, self.found = session.lang, found
        self.t: Translate = translate(session.lang)

    def ask(self) -> Suggestion:
        """The suggestion with what was answered."""
        t = self.t
        unsure = self.found.unsure
        if unsure or self.found.needs_wave or any(p.open for p in self.found.certain):
            self._say(t("Press Enter to take what stands in brackets; Ctrl-C stops."))
        if self.found.needs_wave:
            self._ask_wave()
        for proposal in unsure:
            self._ask_column(proposal)
        for proposal in self.found.certain:
            if len(proposal.open) <= _MOST_ASKED:
                self._ask_values(proposal)
        return self.found

    def _say(self, text: str) -> None:
        click.echo(text, err=True)

    def _ask_wave(self) -> None:
        waves = self.found.known_waves
        lines = [*waves, self.t("none of these, or several")]
        number = self._choice(self.t("Which moment are these data of?"), lines, None)
        if number < len(waves):
            self.found = replace(self.found, wave=waves[number])

    def _ask_column(self, proposal: Proposal) -> None:
        t = self.t
        taken = {p.target for p in self.found.certain}
        offered = [proposal.target, *(target for target, _ in proposal.others)]
        targets = [x for x in dict.fromkeys(offered) if x is not None and x not in taken]
        if not targets:
            self.found = self.found.decided(proposal.column, None)
            return
        sample = ", ".join(proposal.sample)
        question = t("What is column '{column}' ({sample}, …)?").format(
            column=proposal.column, sample=sample
        )
        lines = [*map(self._described, targets), t("something else: do not read it")]
        number = self._choice(question, lines, 0)
        chosen = targets[number] if number < len(targets) else None
        self.found = self.found.decided(proposal.column, chosen)

    def _described(self, target: Target) -> str:
        label = self.found.labels.get(target.name)
        return f"{_name(target)}: {label.to(self.lang)}" if label else _name(target)

    def _ask_values(self, proposal: Proposal) -> None:
        if proposal.target is None:
            return
        options = self.found.options.get(proposal.target.name, ())
        for value in proposal.open if options else ():
            question = self.t("What does '{value}' in column '{column}' mean?").format(
                value=value, column=proposal.column
            )
            lines = [_option(code, label.to(self.lang)) for code, label in options]
            lines += [self.t("no value"), self.t("later, in the file")]
            number = self._choice(question, lines, len(options) + 1)
            if number <= len(options):
                meant = options[number][0] if number < len(options) else ""
                self.found = self.found.meaning(proposal.column, value, meant)

    def _choice(self, question: str, lines: Sequence[str], default: int | None) -> int:
        """Which of some lines, from 0."""
        self._say(question)
        for number, line in enumerate(lines, start=1):
            self._say(f"  {number:>2}  {line}")
        shown = None if default is None else default + 1
        while True:
            answer = str(click.prompt(self.t("Number"), default=shown, err=True, type=str)).strip()
            if answer.isdecimal() and 0 < int(answer) <= len(lines):
                return int(answer) - 1
            text = self.t("Answer with a number from {least} to {most}.")
            self._say("  " + text.format(least=1, most=len(lines)))


def _option(code: str, label: str) -> str:
    return code if code == label else f"{code}: {label}"
