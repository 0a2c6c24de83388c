"""A drawing in PDF: lines, shapes and real text, on a page of a document or on its own sheet."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from evalkit.render.drawing import EDGE, Drawing, Line, Words
from evalkit.render.typography import SANS, named, register_fonts

_MITER, _ROUND = 0, 1


def paint(drawing: Drawing, canvas: Any) -> None:
    """Draw it with its lower left corner at the origin of reportlab's canvas."""
    for mark in drawing.marks:
        if isinstance(mark, Words):
            canvas.setFillColor(HexColor(mark.color))
            canvas.setFont(named(mark.face), mark.size)
            canvas.drawString(mark.left, drawing.height - mark.y, mark.text)
            continue
        path = canvas.beginPath()
        for index, (x, y) in enumerate(mark.points):
            (path.lineTo if index else path.moveTo)(x, drawing.height - y)
        if isinstance(mark, Line):
            canvas.setStrokeColor(HexColor(mark.color))
            canvas.setLineWidth(mark.width)
            canvas.setLineJoin(_ROUND)
            canvas.setDash(list(mark.dashes or ()))
            canvas.drawPath(path, stroke=1, fill=0)
        else:
            path.close()
            canvas.setFillColor(HexColor(mark.fill))
            if mark.edge:
                canvas.setStrokeColor(HexColor(mark.edge))
                canvas.setLineWidth(EDGE)
                canvas.setLineJoin(_MITER)
                canvas.setDash([])
            canvas.drawPath(path, stroke=bool(mark.edge), fill=1)


def to_pdf_sheet(drawing: Drawing) -> bytes:
    """The drawing as a PDF of one page of its size; the same drawing gives the same bytes."""
    register_fonts()
    out = BytesIO()
    size = (drawing.width, drawing.height)
    canvas = Canvas(out, pagesize=size, invariant=1, initialFontName=SANS)
    canvas.setCreator("evalkit")
    paint(drawing, canvas)
    canvas.save()
    return out.getvalue()
