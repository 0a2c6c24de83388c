"""The synthesis report: what all projects together show, and how sure that is."""

from evalkit.render.report.cards import card_labels, card_value
from evalkit.render.report.document import synthesis_report

__all__ = ["card_labels", "card_value", "synthesis_report"]
