"""Where the files lie that ship with evalkit: protocols, templates, examples."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def shipped(*parts: str) -> Path:
    """The path of a shipped file or folder: ``shipped("protocols", "basisset.yaml")``.

    In a wheel they lie inside the package; in a checkout beside it.

    Raises:
        FileNotFoundError: it is in neither place.
    """
    for root in (_PACKAGE / "_shipped", _PACKAGE.parent):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError("/".join(parts))
