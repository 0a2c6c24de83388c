"""Reportlab's paragraphs and tables for a document that is laid out twice, to count its pages."""

from __future__ import annotations

from typing import Any

from reportlab.platypus import Flowable, Paragraph, Table


class Counted(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A flowable that is not drawn in the first pass, which only finds the page numbers."""

    def draw(self) -> None:
        """Draw it on its canvas, once the pages are counted."""
        if self.canv._doctemplate.total:
            super().draw()


class Grid(Counted, Table):  # type: ignore[misc]  # reportlab has no types
    """A table."""


class Para(Counted, Paragraph):  # type: ignore[misc]  # reportlab has no types
    """A paragraph that is broken into lines once for a width, however often that is asked.

    For another width reportlab would start from the broken words, and lose the hyphens at which
    lines ended: ``PAL-student`` became ``PALstudent``.
    """

    frags: Any
    _measured = (0.0, 0.0)
    _written: Any = None

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Its width and height, in points."""
        if width != self._measured[0] or not hasattr(self, "blPara"):
            self._written = self.frags = self._written or self.frags
            self._measured = super().wrap(width, height)
        return self._measured
