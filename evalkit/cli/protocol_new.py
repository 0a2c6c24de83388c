"""``evalkit protocol new``."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from evalkit.cli.options import FILE, Session, common
from evalkit.cli.showing import say, translate

if TYPE_CHECKING:
    from evalkit.language import Translate
    from evalkit.workspace.protocol_writing import Choices

ValueT = TypeVar("ValueT")

_NEEDED = {"id": "--id", "title_nl": "--title-nl", "title_en": "--title-en"}


@click.command()
@click.argument("file", type=FILE)
@click.option("--id", help="Id of the scheme: lower case, with hyphens.")
@click.option("--title-nl", help="Name of the scheme in Dutch.")
@click.option("--title-en", help="Name of the scheme in English.")
@click.option("--description-nl", help="What it is for, in Dutch.")
@click.option("--description-en", help="What it is for, in English.")
@click.option(
    "--language", "written_in", type=click.Choice(["nl", "en"]), help="Language of its documents."
)
@click.option("--type", "types", multiple=True, help="Project type it is open to; may be repeated.")
@click.option("--variant", type=click.Choice(["small", "large"]), help="Default: size decides.")
@click.option(
    "--comparison-required/--no-comparison-required", default=None, help="Comparison group needed."
)
@click.option("--cycles", type=int, help="PDCA cycles a year, at least.")
@click.option("--measure", "measures", multiple=True, help="Measure to add; may be repeated.")
@click.option("--threshold", type=int, help="Number below which nothing is published.")
@click.option(
    "--review/--no-review", default=None, help="You accept each delivery before it counts."
)
@click.option("--contact", help="Whom a school asks: a role with e-mail or telephone, no name.")
@click.option("--yes", is_flag=True, help="Ask nothing; take the defaults.")
@common
def new(session: Session, file: Path, yes: bool, **options: Any) -> None:
    """Write the file of a new protocol, with comments.

    On a terminal it asks what the options do not say.
    """
    from evalkit.errors import EvalkitError
    from evalkit.plugin.registry import load_plugins
    from evalkit.workspace.protocol_writing import (
        choices,
        make_draft,
        new_protocol,
        unknown_choices,
    )

    t = translate(session.lang)
    if file.exists():
        raise EvalkitError("file.exists", path=file)
    plugins = load_plugins()
    protocols = session.protocols(plugins)
    known = choices(protocols, plugins)
    if sys.stdin.isatty() and not yes:
        _Questions(session, known, options).ask()
    missing = [option for name, option in _NEEDED.items() if not options[name]]
    if missing:
        raise EvalkitError("protocol.choices_missing", options=", ".join(missing))
    values = _values(options, known)
    draft = make_draft(values, unknown_choices(values, protocols, known))
    written = new_protocol(protocols, plugins, file, draft)
    say(t("Written: {path}").format(path=file))
    text = t(
        "It asks the {core} measures of the basisset, which cannot be dropped, and {more} more."
    )
    say(text.format(core=len(written.core), more=len(written.measures) - len(written.core)))
    say(t("Next: evalkit protocol check {path}").format(path=file))


def _values(options: dict[str, Any], known: Choices) -> dict[str, Any]:
    """The options as the fields of a draft; what was not said is as in the basisset."""
    title = {"nl": options["title_nl"], "en": options["title_en"]}
    basisset = known.basisset
    return {
        "id": options["id"],
        "title": title,
        "description": {
            "nl": options["description_nl"] or f"De regeling {title['nl']}.",
            "en": options["description_en"] or f"The scheme {title['en']}.",
        },
        "language": options["written_in"] or "nl",
        "project_types": list(dict.fromkeys(options["types"])),
        "variant": options["variant"],
        "comparison_required": bool(options["comparison_required"]),
        "cycles": _or(options["cycles"], basisset.cadence.cycles_per_year),
        "threshold": _or(options["threshold"], basisset.privacy.suppression_threshold),
        "review": bool(options["review"]),
        "contact": options["contact"] or None,
        "measures": list(dict.fromkeys(options["measures"])),
    }


def _or(given: int | None, otherwise: int) -> int:
    return otherwise if given is None else given


class _Questions:
    """Asks for the options that were not given; Enter takes what stands in brackets."""

    def __init__(self, session: Session, known: Choices, options: dict[str, Any]) -> None:
        self.lang = session.lang
        self.t: Translate = translate(session.lang)
        self.known = known
        self.options = options

    def ask(self) -> None:
        t, options = self.t, self.options
        say(t("A new protocol. Press Enter to take what stands in brackets; Ctrl-C stops."))
        say(
            t(
                "The basisset ({count} measures) is always in and cannot be dropped; "
                "you decide what comes on top."
            ).format(count=len(self.known.basisset.core))
        )
        self._text("title_nl", t("Name of the scheme in Dutch"))
        self._text("title_en", t("Name of the scheme in English"), options["title_nl"])
        self._text(
            "id", t("Id, for file names and commands"), _id_of(options["title_nl"]), self._id
        )
        name = options["title_nl"], options["title_en"]
        self._text("description_nl", t("What it is for, in Dutch"), f"De regeling {name[0]}.")
        self._text("description_en", t("What it is for, in English"), f"The scheme {name[1]}.")
        self._one("written_in", t("Language of documents and forms"), ["nl", "en"], self.lang)
        self._several("types", t("Which project types can take part?"), self._types(), t("all"))
        say(
            t(
                "Variant small: own goals and looking back, little work. "
                "Variant large: pupils and teachers are asked too."
            )
        )
        self._one("variant", t("Variant"), ["small", "large", "size"], "size")
        if options["variant"] == "size":
            options["variant"] = None
        if options["comparison_required"] is None:
            options["comparison_required"] = self._yes(t("Must a project have a comparison group?"))
        basisset = self.known.basisset
        cycles, least = basisset.cadence.cycles_per_year, basisset.privacy.suppression_threshold
        self._number("cycles", t("PDCA cycles a year, at least"), cycles, 12)
        self._number("threshold", t("Publish nothing of fewer persons than"), least, 50)
        if options["review"] is None:
            options["review"] = self._yes(t("Do you accept each delivery before it counts?"))
        if options["contact"] is None:
            question = t("Whom does a school ask? A role with e-mail or telephone; - for none")
            options["contact"] = self._prompt(question, "-", lambda answer: answer.strip("-"))
        self._several(
            "measures",
            t("Which measures do you add to the basisset?"),
            self._measures(),
            t("none"),
        )

    def _types(self) -> list[tuple[str, str]]:
        return [(type.id, type.label.to(self.lang)) for type in self.known.types]

    def _measures(self) -> list[tuple[str, str]]:
        """The measures of the chosen types, and those of the basisset not every project takes."""
        types = [
            x
            for x in self.known.types
            if not self.options["types"] or x.id in self.options["types"]
        ]
        labels = {m.id: m.label.to(self.lang) for m in self.known.measures}
        variant = self.options["variant"]
        ids = [r.measure for type in types for r in type.requires]
        ids += [
            r.measure
            for r in self.known.basisset.requires
            if len(r.variants) == 1 and variant not in r.variants
        ]
        return [(id, labels[id]) for id in dict.fromkeys(ids) if id in labels]

    def _text(
        self,
        name: str,
        question: str,
        default: str | None = None,
        read: Callable[[str], str] | None = None,
    ) -> None:
        if not self.options[name]:
            self.options[name] = self._prompt(question, default, read or self._filled)

    def _number(self, name: str, question: str, least: int, most: int) -> None:
        def read(answer: str) -> int:
            if not answer.isdecimal() or not least <= int(answer) <= most:
                text = self.t("Answer with a number from {least} to {most}.")
                raise ValueError(text.format(least=least, most=most))
            return int(answer)

        if self.options[name] is None:
            self.options[name] = self._prompt(question, str(least), read)

    def _one(self, name: str, question: str, words: Sequence[str], default: str) -> None:
        if not self.options[name]:
            self.options[name] = self._choice(question, words, default)

    def _choice(self, question: str, words: Sequence[str], default: str) -> str:
        """One of some words, or the start of one."""

        def read(answer: str) -> str:
            for word in words:
                if answer and word.startswith(answer.lower()):
                    return word
            raise ValueError(self.t("Choose from: {words}.").format(words=", ".join(words)))

        return self._prompt(f"{question} ({'/'.join(words)})", default, read)

    def _yes(self, question: str) -> bool:
        words = ("ja", "nee") if self.lang == "nl" else ("yes", "no")
        return self._choice(question, words, words[1]) == words[0]

    def _several(self, name: str, question: str, offered: list[tuple[str, str]], none: str) -> None:
        """Ask for numbers or ids from a list, with commas between them."""
        if self.options[name]:
            return
        say(question)
        for number, (id, label) in enumerate(offered, start=1):
            say(f"  {number:>2}  {label} ({id})")
        ids = [id for id, _ in offered]

        def read(answer: str) -> list[str]:
            return [] if answer == none else self._chosen(answer, ids)

        self.options[name] = self._prompt(self.t("Numbers, with commas between them"), none, read)

    def _chosen(self, answer: str, ids: Sequence[str]) -> list[str]:
        chosen = []
        for part in filter(None, (part.strip() for part in answer.split(","))):
            if part in ids:
                chosen.append(part)
            elif part.isdecimal() and 0 < int(part) <= len(ids):
                chosen.append(ids[int(part) - 1])
            else:
                text = self.t("'{part}' is not on the list: give numbers from 1 to {count}.")
                raise ValueError(text.format(part=part, count=len(ids)))
        return list(dict.fromkeys(chosen))

    def _filled(self, answer: str) -> str:
        if not answer:
            raise ValueError(self.t("Fill something in."))
        return answer

    def _id(self, answer: str) -> str:
        from evalkit.model.base import ID_PATTERN

        if not re.fullmatch(ID_PATTERN, answer) or len(answer) > _LONGEST_ID:
            text = self.t("Use lower case letters, digits and hyphens, like '{example}'.")
            raise ValueError(text.format(example=_id_of(answer) or "my-fund"))
        return answer

    def _prompt(self, question: str, default: str | None, read: Callable[[str], ValueT]) -> ValueT:
        """Ask until the answer can be read; Enter takes the default."""
        while True:
            answer: str = click.prompt(question, default=default or None, value_proc=str.strip)
            try:
                return read(answer)
            except ValueError as wrong:
                say(f"  {wrong}")


_LONGEST_ID = 80


def _id_of(title: str) -> str:
    """The id a title suggests: ``rekenen-in-de-klas``; empty if it holds no letters."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    return "-".join(words).lstrip("0123456789-")[:_LONGEST_ID].rstrip("-")
