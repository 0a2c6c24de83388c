"""``evalkit reference``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from evalkit.cli.options import Session, reading
from evalkit.cli.showing import print_json, say, table, translate

if TYPE_CHECKING:
    from evalkit.language import Translate
    from evalkit.model.reference import Outcome, ReferenceCard, Selected, Sourced
    from evalkit.model.text import Lang
    from evalkit.synthesis.selections import CountCheck, Reproduction


class _ListsByDefault(click.Group):
    """A group that lists when it is asked for nothing in particular."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ListsByDefault)
def reference() -> None:
    """The 32 interventions of the meta-analysis, each value with its place in the source."""


@reference.command("list")
@reading
def list_(session: Session) -> None:
    """List the interventions: year, types of school, rung of the effect ladder."""
    from evalkit.workspace.reference import base

    t, lang, found = translate(session.lang), session.lang, base()
    if session.as_json:
        rows = [
            {
                "id": card.id,
                "title": card.title,
                "report": found.report(card.id).id,
                "year": found.report(card.id).year,
                "school_types": sorted(card.codes("school_types")),
                "rungs": sorted(card.codes("rungs")) if card.rungs else None,
            }
            for card in found.cards
        ]
        print_json(
            {
                "interventions": rows,
                "reports": len(found.reports),
                "published_reports": found.published.reports,
                "counting": found.published.counting,
            }
        )
        return
    table(
        (t("Intervention"), t("Title"), t("Year"), t("Type of school"), t("Rung")),
        [
            (
                card.id,
                card.title.to(lang),
                found.report(card.id).year or "–",
                ", ".join(sorted(card.codes("school_types"))) or "–",
                _rung(card, t),
            )
            for card in found.cards
        ],
    )
    text = t("Interventions: {cards}. Reports: {reports}.")
    say(text.format(cards=len(found.cards), reports=len(found.reports)))
    say(found.published.counting.to(lang))


@reference.command()
@click.argument("id")
@reading
def show(session: Session, id: str) -> None:
    """Show one card: its values, where the source states them, and what is unknown."""
    from evalkit.workspace.reference import VARIABLES, find, value_text

    t, lang = translate(session.lang), session.lang
    card, report = find(id)
    if session.as_json:
        print_json({"card": card, "report": report.model_copy(update={"interventions": ()})})
        return
    say(f"{card.title.to(lang)} ({card.id})")
    year = f" ({report.year})" if report.year else ""
    say(f"{report.authors}{year}. {report.title}.")
    if report.kind:
        say(f"  {value_text('kind', report.kind, lang)}  [{report.kind.source.place}]")
    labels, unknown = _labels(t, lang), []
    for variable in VARIABLES:
        items = card.stated(variable)
        if not items:
            unknown.append(labels[variable])
            continue
        say(labels[variable])
        for item in items:
            _say_value(variable, item, t, lang)
    if unknown:
        say(t("No source states: {variables}.").format(variables="; ".join(unknown)))


@reference.command()
@reading
def selections(session: Session) -> None:
    """Make the selections of the report again, and hold them against what it published.

    To select by conditions of your own: evalkit cards select --source reference.
    """
    from evalkit.workspace.reference import selections

    t, lang, found = translate(session.lang), session.lang, selections()
    if session.as_json:
        print_json([_reproduced(made) for made in found])
        return
    for made in found:
        _show_reproduction(made, t, lang)


@reference.command()
@click.option("--all", "every", is_flag=True, help="The factors too.")
@reading
def counts(session: Session, every: bool) -> None:
    """Hold the published numbers against what the sources state card by card."""
    from evalkit.workspace.reference import base, counts

    t, lang, checks = translate(session.lang), session.lang, counts()
    published = base().published
    if session.as_json:
        print_json({"counts": checks, "remarks": published.remarks})
        return
    labels = _labels(t, lang)
    shown = [check for check in checks if every or not check.variable.endswith("factors")]
    headers = t("What was counted"), t("Published"), t("Stated"), t("Ours"), t("Unknown")
    table(
        (*headers, t("Verdict"), t("Source")),
        [
            (
                f"{labels[check.variable]}: {_counted(check, t, lang)}",
                " + ".join(map(str, check.published)),
                check.supported,
                check.by_our_code,
                check.unknown,
                check.verdict.label.to(lang),
                check.source.place,
            )
            for check in shown
        ],
    )
    say(t("Stated: cards of which a source says so, some by a code of ours for its words (Ours)."))
    say(t("Unknown: cards of which no source says anything. Other cards may still lack values."))
    say(t("A number that cannot be recounted is no error: the source does not say which cards."))
    if not every:
        say(t("The factors too: evalkit reference counts --all"))
    else:
        say(t("Of a factor with several rows, an intervention may be in more than one."))
    for note in dict.fromkeys(check.note.to(lang) for check in shown if check.note):
        say(f"– {note}")
    for remark in published.remarks:
        say(f"– {remark.value.to(lang)} [{remark.source.place}]")


def _labels(t: Translate, lang: Lang) -> dict[str, str]:
    """Names of the variables of a reference card."""
    from evalkit.render.report import card_labels

    own = card_labels(lang)
    return {
        **own,
        "programme": t("Programme"),
        "school_types": own["school_type"],
        "description": own["intervention"],
        "rungs": own["ladder_rung"],
        "baseline": t("Measured before the start"),
    }


def _rung(card: ReferenceCard, t: Translate) -> str:
    """The rung in short: ``4``, ``4 or 5``, not applicable, or a dash if unknown."""
    if card.rungs is None:
        return "–"
    word = t("or")
    return f" {word} ".join(map(str, card.rungs.value)) or t("not applicable")


def _say_value(variable: str, item: Sourced[Any], t: Translate, lang: Lang) -> None:
    from evalkit.workspace.reference import code_label, value_text

    text = value_text(variable, item, lang) or t("not applicable")
    code = getattr(item.value, "code", None)
    if code:
        text += f" ({code_label(variable, code).to(lang)})"
    marks = []
    if item.coded:
        marks.append(t("our code"))
    if item.stated_by_selection:
        marks.append(t("known only from the selection"))
    marked = f" ({', '.join(marks)})" if marks else ""
    say(f"  {text}{marked}  [{item.source.document}: {item.source.place}]")
    if item.note:
        say(f"    {item.note.to(lang)}")


def _counted(check: CountCheck, t: Translate, lang: Lang) -> str:
    """What was counted, in words: the codes, and whether with or without others."""
    from evalkit.workspace.reference import code_label

    labels = [code_label(check.variable, code).to(lang) for code in check.codes]
    word = t("and") if check.rule == "all" else t("or")
    joined = f" {word} ".join(labels)
    return t("only {what}").format(what=joined) if check.rule == "only" else joined


def _show_group(outcome: Outcome, found: Selected, t: Translate, lang: Lang) -> None:
    """The cards of one group, and what they say of every criterion."""
    cards: tuple[ReferenceCard, ...] = getattr(found, outcome.value)
    say(f"{outcome.label.to(lang)}: {len(cards)}")
    if cards and outcome == "fails":
        say("  " + ", ".join(card.id for card in cards))
    elif cards:
        variables, labels = tuple(found.criteria.required()), _labels(t, lang)
        table(
            (t("Intervention"), t("Title"), *(labels[variable] for variable in variables)),
            [
                (card.id, card.title.to(lang), *(_short(card, v, t, lang) for v in variables))
                for card in cards
            ],
        )


def _short(card: ReferenceCard, variable: str, t: Translate, lang: Lang) -> str:
    from evalkit.workspace.reference import value_text

    if not card.stated(variable):
        return t("unknown")
    if variable == "rungs":
        return _rung(card, t)
    return "; ".join(value_text(variable, item, lang) for item in card.stated(variable))


def _show_selected(found: Selected, t: Translate, lang: Lang) -> None:
    from evalkit.model.reference import Outcome

    for outcome in Outcome:
        _show_group(outcome, found, t, lang)
    labels = _labels(t, lang)
    by_selection = sorted({v for names in found.by_selection.values() for v in names})
    if by_selection:
        text = t("Known only because the report lists them in a selection: {variables}.")
        say(text.format(variables="; ".join(labels[v] for v in by_selection)))


def _show_reproduction(made: Reproduction, t: Translate, lang: Lang) -> None:
    from evalkit.workspace.reference import code_label

    say(f"{made.selection.label.to(lang)}  [{made.selection.source.place}]")
    _show_selected(made.found, t, lang)
    if made.missing or made.extra:
        text = t("Published but not found: {missing}. Found but not published: {extra}.")
        say(text.format(missing=", ".join(made.missing) or "–", extra=", ".join(made.extra) or "–"))
    else:
        say(t("The interventions are those of the report."))
    rungs = ", ".join(map(str, made.selection.rungs))
    ok = t("yes") if made.rungs_agree else t("no")
    say(t("On a rung that fits ({rungs}), by the summaries: {ok}").format(rungs=rungs, ok=ok))
    if made.aspects_agree is None:
        return
    table(
        (t("Aspect"), t("Interventions")),
        [(code_label("aspects", code).to(lang), n) for code, n in made.aspects.items()],
    )
    ok = t("yes") if made.aspects_agree else t("no")
    say(t("The shared aspects are those of the report: {ok}").format(ok=ok))


def _reproduced(made: Reproduction) -> dict[str, object]:
    found = made.found
    return {
        "criteria": found.criteria,
        "meets": [card.id for card in found.meets],
        "undecided": [card.id for card in found.undecided],
        "fails": [card.id for card in found.fails],
        "stated_by_selection": found.by_selection,
        "selection": made.selection,
        "agrees": made.agrees,
        "missing": made.missing,
        "extra": made.extra,
        "rungs_agree": made.rungs_agree,
        "aspects": made.aspects,
        "aspects_agree": made.aspects_agree,
    }
