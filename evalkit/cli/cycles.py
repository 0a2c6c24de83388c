"""``evalkit cycle`` and ``evalkit card``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.cli.options import FILE, Session, common, reading
from evalkit.cli.showing import print_json, say, show_findings, table, translate

if TYPE_CHECKING:
    from evalkit.model.synthesis import LoggedCycle
    from evalkit.model.text import Lang


@click.group()
def cycle() -> None:
    """PDCA cycles: plan, do, check, act."""


@cycle.command()
@click.argument("file", type=FILE)
@common
def add(session: Session, file: Path) -> None:
    """Log a cycle from its file, or complete one that is logged in part."""
    from evalkit.workspace.cycles import add_cycle

    t = translate(session.lang)
    with session.open() as workspace:
        logged, findings = add_cycle(workspace, file)
    show_findings(findings, session.lang)
    text = t("Logged cycle {number} of {project}: {title}")
    say(text.format(number=logged.number, project=logged.project, title=logged.title))


@cycle.command("list")
@click.option("--project", metavar="ID", help="Only of this project.")
@reading
def list_(session: Session, project: str | None) -> None:
    """List the cycles, with how complete each is."""
    from evalkit.workspace.cycles import cycles

    t, lang = translate(session.lang), session.lang
    with session.open() as workspace:
        found = cycles(workspace, project)
    if session.as_json:
        print_json(found)
        return
    features = [v.label.to(lang) for v in found[0].verdict] if found else []
    table(
        (t("Project"), t("Cycle"), t("Title"), *features),
        [
            (
                one.cycle.project,
                one.cycle.number,
                one.cycle.title,
                *("✓" if v.met else "–" for v in one.verdict),
            )
            for one in found
        ],
    )


@cycle.command()
@click.argument("project")
@click.argument("number", type=int)
@reading
def show(session: Session, project: str, number: int) -> None:
    """Show one cycle and what would make it complete."""
    from evalkit.workspace.cycles import cycle as find

    t, lang = translate(session.lang), session.lang
    with session.open() as workspace:
        one = find(workspace, project, number)
    if session.as_json:
        print_json(one)
        return
    logged = one.cycle
    say(f"{logged.project} {logged.number}: {logged.title}")
    say("  " + t("Plan: {text}").format(text=logged.plan.aim))
    if logged.plan.prediction:
        text = t("Prediction ({day}): {text}")
        say("  " + text.format(day=logged.plan.made_on, text=logged.plan.prediction))
    if logged.do:
        text = t("Do ({first} – {last}): {text}")
        do = logged.do
        say("  " + text.format(first=do.starts, last=do.ends, text=do.done))
    if logged.check:
        for point in logged.check.data:
            say(f"    {point.date}  {point.value:g}" + (f"  (n = {point.n})" if point.n else ""))
        say("  " + t("Check: {text}").format(text=logged.check.findings))
    if logged.act:
        text = t("Act: {decision}. {text}")
        act = logged.act
        say("  " + text.format(decision=act.decision.label.to(lang), text=act.reason))
    _say_steps(one, lang)
    for verdict in one.verdict:
        mark = "✓" if verdict.met else "–"
        remedy = f": {verdict.remedy.to(lang)}" if verdict.remedy else ""
        say(f"  {mark} {verdict.label.to(lang)}{remedy}")


def _say_steps(one: LoggedCycle, lang: Lang) -> None:
    """The steps that were logged, each with what was decided and where it goes back to."""
    t = translate(lang)
    labels = {step.id: step.label.to(lang) for step in one.procedure}
    if one.cycle.steps:
        say("  " + t("Steps"))
    for logged in one.cycle.steps:
        decided = logged.verdict.label.to(lang) if logged.verdict else ""
        step = labels.get(logged.back_to, logged.back_to) if logged.back_to else ""
        back = step and t("back to: {step}").format(step=step)
        more = ", ".join(filter(None, (decided, back)))
        name = labels.get(logged.step, logged.step)
        say(f"    {logged.done_on}  {name}: {logged.outcome}" + (f" ({more})" if more else ""))


@click.group()
def card() -> None:
    """Digital cards: what is recorded of every evaluated project."""


@card.command("add")
@click.argument("file", type=FILE)
@common
def add_card(session: Session, file: Path) -> None:
    """Store what a project says on its card."""
    from evalkit.workspace.cycles import add_card

    t = translate(session.lang)
    with session.open() as workspace:
        stored = add_card(workspace, file)
    say(t("Stored the card of {project}.").format(project=stored.project))


@card.command("show")
@click.argument("project")
@reading
def show_card(session: Session, project: str) -> None:
    """Show a project's card, filled as far as is known."""
    from evalkit.render.report import card_labels, card_value
    from evalkit.workspace.synthesis import card as find

    with session.open() as workspace:
        found = find(workspace, project)
    if session.as_json:
        print_json(found)
        return
    for field, label in card_labels(session.lang).items():
        say(f"{label}: {card_value(found, field, session.lang)}".rstrip())
