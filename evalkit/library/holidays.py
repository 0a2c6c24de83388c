"""School holidays: the file that ships with evalkit, or a funder's own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from evalkit.library.shipped import shipped
from evalkit.library.yaml_file import read_model
from evalkit.model.holidays import Holidays


@cache
def shipped_holidays() -> Holidays:
    """The holidays of the Netherlands, as shipped."""
    return read_holidays(shipped("protocols", "content", "holidays.yaml"))


def read_holidays(path: Path) -> Holidays:
    """The holidays in a file.

    Raises:
        EvalkitError: the file does not exist or is not text.
        FindingsError: all that is wrong in it, each with its line.
    """
    return read_model(path, Holidays)
