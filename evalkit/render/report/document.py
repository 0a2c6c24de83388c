"""The synthesis report as one document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from evalkit.language import translator
from evalkit.model.hashing import short
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang
from evalkit.render.blocks import Document
from evalkit.render.picture import Picture
from evalkit.render.report.across import across_measures
from evalkit.render.report.cards import the_cards
from evalkit.render.report.context import Context
from evalkit.render.report.cycles import pdca_cycles
from evalkit.render.report.factors import the_factors
from evalkit.render.report.lasting import own_goals, what_lasts
from evalkit.render.report.method import the_method
from evalkit.render.report.missing import what_is_missing
from evalkit.render.report.process import the_process
from evalkit.render.report.quality import the_quality
from evalkit.render.report.question import schemes, the_question
from evalkit.render.report.results import the_results
from evalkit.render.report.sample import the_sample
from evalkit.render.report.shortcomings import the_shortcomings
from evalkit.render.report.summary import in_short
from evalkit.render.wording import labels

_PARTS = (
    the_question,
    the_sample,
    the_quality,
    the_results,
    across_measures,
    the_process,
    own_goals,
    what_lasts,
    pdca_cycles,
    the_factors,
    the_shortcomings,
    what_is_missing,
    the_method,
    the_cards,
)


def synthesis_report(
    found: Synthesis,
    figures: Sequence[Picture],
    lang: Lang,
    *,
    day: dt.date,
    notice: str | None = None,
) -> Document:
    """The report on a synthesis.

    Args:
        found: the synthesis.
        figures: its figures.
        lang: its language.
        day: the day on which what was asked is due or not; its year is that of the report.
        notice: a remark that must stand first, if there is one.
    """
    t, context = translator(lang), Context(found, figures, lang, day)
    protocols = sorted({f"{d.protocol} {d.protocol_version}" for d in found.designs})
    return Document(
        title=t("Synthesis report"),
        subtitle=", ".join(schemes(context)),
        language=lang,
        author="evalkit",
        identity=(
            (t("Protocol"), ", ".join(protocols)),
            (t("Projects with data"), f"{len(found.designs)} / {found.awarded}"),
            (t("Tables"), short(found.hash)),
        ),
        labels=labels(lang),
        summary=tuple(in_short(context, notice)),
        blocks=tuple(block for part in _PARTS for block in part(context)),
        footer=t("Synthesis report") + f" · {short(found.hash)}",
    )
