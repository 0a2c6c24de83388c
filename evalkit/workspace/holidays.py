"""School holidays: show and replace."""

from __future__ import annotations

from pathlib import Path

from evalkit.errors import EvalkitError
from evalkit.library.holidays import read_holidays, shipped_holidays
from evalkit.library.yaml_file import read_text
from evalkit.model.holidays import Holidays
from evalkit.model.identifiers import normalise_school_year
from evalkit.model.invalid import InvalidError
from evalkit.workspace.files import write_whole
from evalkit.workspace.workspace import Workspace


def holidays_of(workspace: Workspace | None, school_year: str | None) -> tuple[Holidays, bool]:
    """The holidays in use, of one school year if given, and whether they are the workspace's own.

    Raises:
        EvalkitError: that is no school year, or its holidays are not known.
        FindingsError: the workspace's own file is damaged.
    """
    found = workspace.holidays if workspace else shipped_holidays()
    own = workspace is not None and workspace.holidays_path.exists()
    if school_year is None:
        return found, own
    try:
        school_year = normalise_school_year(school_year)
    except InvalidError as error:
        raise EvalkitError(error.code, **error.values) from None
    years = tuple(year for year in found.years if year.school_year == school_year)
    if not years:
        known = ", ".join(year.school_year for year in found.years) or "—"
        raise EvalkitError("holidays.year_unknown", school_year=school_year, known=known)
    return found.model_copy(update={"years": years}), own


def import_holidays(workspace: Workspace, path: Path) -> Holidays:
    """Put a file in the place of the holidays in use; designs made from now on follow it.

    Raises:
        EvalkitError: the file does not exist or is not text.
        FindingsError: all that is wrong in it, each with its line. Nothing is replaced.
    """
    holidays = read_holidays(path)
    write_whole(workspace.holidays_path, read_text(path).encode("utf-8"))
    return holidays
