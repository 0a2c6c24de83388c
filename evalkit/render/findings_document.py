"""What a school is told of its file, as a document to mail: what, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evalkit.language import translator
from evalkit.model.finding import Finding, Severity
from evalkit.model.text import Lang
from evalkit.render.blocks import (
    Block,
    Bullets,
    Callout,
    Column,
    Document,
    Heading,
    Paragraph,
    Stat,
    Stats,
    Table,
    literal,
)
from evalkit.render.wording import labels

_ORDER: tuple[Severity, ...] = ("error", "warning", "info")


class Sent(NamedTuple):
    """What was sent in, as far as it is known."""

    file: str
    project: str | None
    """Its title."""
    received: str
    """The day, in words."""
    stored: bool
    """Whether anything in it was stored, or was there already."""
    contact: str | None
    """Whom the school asks."""


def findings_document(sent: Sent, findings: Sequence[Finding], lang: Lang) -> Document:
    """All findings on one file, sheet by sheet, worst first."""
    return _Writer(sent, findings, lang).document()


class _Writer:
    def __init__(self, sent: Sent, findings: Sequence[Finding], lang: Lang) -> None:
        self.sent, self.lang = sent, lang
        self.t = translator(lang)
        self.findings = sorted(
            findings, key=lambda f: (_ORDER.index(f.severity), f.place.row or f.place.line or 0)
        )
        self.counts = {kind: sum(f.severity == kind for f in findings) for kind in _ORDER}

    def document(self) -> Document:
        t, sent = self.t, self.sent
        about = ((t("File"), sent.file), (t("Received"), sent.received))
        blocks = (*self._outcome(), *self._sheets(), *self._next())
        return Document(
            title=t("What we found in your file"),
            subtitle=sent.project or "",
            language=self.lang,
            author="evalkit",
            identity=about,
            labels=labels(self.lang),
            blocks=blocks,
            footer=sent.file,
        )

    def _outcome(self) -> Iterator[Block]:
        t = self.t
        if not self.findings:
            yield Callout("success", t("All is well"), t("Nothing was found, and all is stored."))
            return
        if self.counts["error"]:
            text = t("Nothing is stored yet. Mend what is called an error and send the file again.")
            yield Callout("warning", t("Please mend this"), text)
        elif self.sent.stored:
            text = t("Your data are stored. What is below is kept beside them.")
            yield Callout("success", t("Accepted, with remarks"), text)
        names = {"error": t("errors"), "warning": t("warnings"), "info": t("notes")}
        yield Stats(tuple(Stat(str(self.counts[kind]), names[kind]) for kind in _ORDER))

    def _sheets(self) -> Iterator[Block]:
        sheets = dict.fromkeys(f.place.sheet for f in self.findings)
        for sheet in sorted(sheets, key=lambda name: name is not None):
            here = [f for f in self.findings if f.place.sheet == sheet]
            title = self.t("The whole file") if sheet is None else sheet
            if sheet is None and any(f.place.row or f.place.column for f in here):
                title = self.sent.file
            yield Heading(1, title)
            yield self._table(title, here)

    def _table(self, title: str, findings: Sequence[Finding]) -> Table:
        t = self.t
        kinds = {"error": t("error"), "warning": t("warning"), "info": t("note")}
        return Table(
            columns=(
                Column(t("Where"), width=1.7),
                Column(t("Kind"), width=1.75),
                Column(t("What is wrong"), width=3),
                Column(t("What to do"), width=3.2),
            ),
            rows=tuple(
                (
                    self._where(finding),
                    kinds[finding.severity],
                    f"{finding.wrong.to(self.lang)}\n[{finding.code}]",
                    finding.remedy.to(self.lang),
                )
                for finding in findings
            ),
            caption=t("Findings: {name}").format(name=title),
            tones=tuple(finding.severity for finding in findings),
        )

    def _where(self, finding: Finding) -> str:
        place = finding.place.model_copy(update={"file": None, "sheet": None})
        return place.to(self.lang) or (
            self.t("the whole sheet") if finding.place.sheet else self.t("the whole file")
        )

    def _next(self) -> Iterator[Block]:
        t = self.t
        if self.findings:
            yield Heading(1, t("How to go on"))
            yield Bullets(tuple(self._steps()), ordered=bool(self.counts["error"]))
        if self.sent.contact:
            text = t("Questions? {contact}")
            yield Paragraph(text.format(contact=literal(self.sent.contact)))

    def _steps(self) -> Iterator[str]:
        t = self.t
        if self.counts["error"]:
            yield t("Open your own file and go to the sheet, row and column that are named.")
            yield t("Mend every **error**. A value you do not know may stay empty.")
            yield t("Look at the **warnings**: if a value is right as it is, leave it.")
            yield t("Save the file and send all of it in again.")
            return
        if self.counts["warning"]:
            yield t("A **warning**: look whether it is right. If not, send in a corrected file.")
        if self.counts["info"]:
            yield t("A **note** is for your information; nothing needs to be done.")
