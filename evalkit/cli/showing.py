"""How things look in the terminal: tables, findings, JSON, problems."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from evalkit.model.safe_text import escaped, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

    from evalkit.language import Translate
    from evalkit.model.finding import Finding
    from evalkit.model.text import Lang
    from evalkit.workspace.files import Written


def console(stderr: bool = False) -> Console:
    """The terminal. Where output goes to a file or pipe it is wide and plain."""
    from rich.console import Console

    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(
        stderr=stderr, highlight=False, soft_wrap=not terminal, width=None if terminal else 160
    )


def say(text: str = "") -> None:
    """Print a line, above the progress bar where there is one.

    The bar stands in for ``sys.stdout`` while it is drawn; ``click.echo`` would write past it.
    """
    print("\n".join(map(printable, text.split("\n"))))


def translate(lang: Lang) -> Translate:
    """The translator of a language."""
    from evalkit.language import translator

    return translator(lang)


def print_json(content: Any) -> None:
    """Print models, or plain data that hold them, as JSON."""
    text = json.dumps(_plain(content), indent=2, ensure_ascii=False)
    click.echo(escaped(text))


def _plain(content: Any) -> Any:
    if hasattr(content, "model_dump"):
        return content.model_dump(mode="json")
    if hasattr(content, "_asdict"):
        return _plain(content._asdict())
    if isinstance(content, dict):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(part) for part in content]
    if isinstance(content, str | int | float | bool | None):
        return content
    return str(content)


def table(
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    title: str = "",
    whole: Collection[str] = (),
) -> None:
    """Print a table; the cells of the columns ``whole`` are never broken over lines."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    def plain(cell: object, style: str = "") -> Text:
        lines = "" if cell is None else str(cell)
        return Text("\n".join(map(printable, lines.split("\n"))), style=style)

    shown = Table(box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    shown.title = plain(title, "table.title") if title else None
    for header in headers:
        shown.add_column(plain(header), overflow="fold", no_wrap=header in whole)
    for row in rows:
        shown.add_row(*map(plain, row))
    console().print(shown)


def show_findings(findings: Sequence[Finding], lang: Lang, stderr: bool = False) -> None:
    """Print findings: worst first, each with place, what is wrong and how to mend it.

    On a terminal as a table; where output goes to a file or pipe two lines each, as wide as they
    are, to be searched.
    """
    if not findings:
        return
    t = translate(lang)
    words = {"error": t("error"), "warning": t("warning"), "info": t("note")}
    styles = {"error": "bold red", "warning": "yellow", "info": "cyan"}
    order = ("error", "warning", "info")
    out = console(stderr)
    from rich.text import Text

    listed = sorted(findings, key=lambda f: (order.index(f.severity), _where(f)))
    if out.is_terminal:
        out.print(_findings_table(listed, lang, words, styles, out.width))
    for finding in () if out.is_terminal else listed:
        place = finding.place.to(lang)
        line = Text.assemble(
            (words[finding.severity], styles[finding.severity]),
            f" {place}: " if place else ": ",
            finding.wrong.to(lang),
        )
        out.print(line)
        out.print(Text(f"    {finding.remedy.to(lang)} [{finding.code}]"))
    counted = (
        (t("errors: {count}"), "error"),
        (t("warnings: {count}"), "warning"),
        (t("notes: {count}"), "info"),
    )
    counts = [(text, sum(f.severity == word for f in findings)) for text, word in counted]
    out.print(Text(", ".join(text.format(count=count) for text, count in counts if count)))


_WIDE = 120
"""Signs on a line from which the codes of findings have a column of their own."""
_WIDEST_PLACE = 26


def _findings_table(
    findings: Sequence[Finding],
    lang: Lang,
    words: Mapping[str, str],
    styles: Mapping[str, str],
    width: int,
) -> Table:
    """Place, what is wrong, what to do and code; what they have in common stands above."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    t = translate(lang)
    shared, places = _places(findings, lang)
    wide = width >= _WIDE
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True, leading=1)
    shown.title, shown.title_justify = Text(shared) if shared else None, "left"
    longest = max(len(found.code) for found in findings)
    shown.add_column(t("Where"), width=min(longest, _WIDEST_PLACE), overflow="fold")
    shown.add_column(t("What is wrong"), ratio=1, overflow="fold")
    shown.add_column(t("What to do"), ratio=1, overflow="fold")
    if wide:
        shown.add_column(t("Code"), width=longest, style="dim")
    for found, place in zip(findings, places, strict=True):
        where = Text.assemble((words[found.severity], styles[found.severity]))
        for text, style in ((place, ""), ("" if wide else found.code, "dim")):
            where.append(f"\n{printable(text)}" if text else "", style)
        cells = [where, Text(printable(found.wrong.to(lang)))]
        cells.append(Text(printable(found.remedy.to(lang))))
        shown.add_row(*cells, *([found.code] if wide else []))
    return shown


def _places(findings: Sequence[Finding], lang: Lang) -> tuple[str, list[str]]:
    """The file and sheet that all findings are in, and where in it each is."""
    first = findings[0].place
    names: dict[str, str | None] = {}
    if all(found.place.file == first.file for found in findings):
        names["file"] = first.file
        if all(found.place.sheet == first.sheet for found in findings):
            names["sheet"] = first.sheet
    common = type(first)(**names).to(lang)
    rest = [found.place.model_copy(update=dict.fromkeys(names)) for found in findings]
    return printable(common), [place.to(lang) for place in rest]


def _where(finding: Finding) -> tuple[str, str, int]:
    """Findings on one file stand in the order of its sheets and rows."""
    place = finding.place
    return (place.file or "", place.sheet or "", place.row or place.line or 0)


def progress_bar() -> Progress:
    """A progress bar on a terminal; nothing where there is none."""
    from rich.console import Console
    from rich.progress import Progress

    terminal = sys.stderr.isatty()
    return Progress(
        console=Console(stderr=True, highlight=False, soft_wrap=True),
        transient=True,
        disable=not terminal,
        redirect_stdout=sys.stdout.isatty(),
    )


_MOST_LISTED = 6
"""Files of one folder that are listed one by one."""


def show_files(files: Sequence[Written], lang: Lang) -> None:
    """Print the files that were made, each with what it is for; a full folder in one line."""
    from evalkit.workspace.files import ABOUT

    t = translate(lang)
    top = min(len(file.path.parts) for file in files)
    inside = Counter(file.path.parent for file in files)
    lines: dict[str, str] = {}
    for file in files:
        folder = file.path.parent
        if len(file.path.parts) > top and inside[folder] > _MOST_LISTED and folder.name in ABOUT:
            text = t("{count} files: {what}")
            what = ABOUT[folder.name].to(lang)
            lines[f"{folder}{os.sep}"] = text.format(count=inside[folder], what=what)
        else:
            lines[str(file.path)] = file.about.to(lang)
    width = max(map(len, lines))
    for path, text in lines.items():
        say(f"  {path:<{width}}  {text}")


def show_problem(error: Exception, arguments: Sequence[str]) -> int | None:
    """Print an expected problem and return its exit code; None if it is not expected."""
    from evalkit.cli.options import Session
    from evalkit.errors import EvalkitError, FindingsError
    from evalkit.workspace.workspace import damage_of

    lang = Session(None, _asked_language(arguments)).lang
    if isinstance(error, EvalkitError):
        found = error.finding
        click.echo(f"evalkit: {found.wrong.to(lang)} {found.remedy.to(lang)}", err=True)
        return 1
    damage = damage_of(error)
    if damage:
        return show_problem(damage, arguments)
    if isinstance(error, FindingsError):
        if "--json" in arguments:
            print_json({"findings": error.findings})
        else:
            show_findings(error.findings, lang, stderr=True)
        return 2
    return None


def _asked_language(arguments: Sequence[str]) -> str | None:
    for i, argument in enumerate(arguments):
        if argument == "--lang" and i + 1 < len(arguments):
            return arguments[i + 1]
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
    return None
