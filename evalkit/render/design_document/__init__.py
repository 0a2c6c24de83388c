"""The evaluation design as a document, for school and funder; one module per part."""

from evalkit.render.design_document.document import design_document

__all__ = ["design_document"]
