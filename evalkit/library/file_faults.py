"""Why a file could not be read or written, in words."""

from __future__ import annotations

from evalkit.library.damage import damage
from evalkit.model.text import Text

_SAID: dict[type[OSError], Text] = {
    FileNotFoundError: Text(
        nl="er is geen bestand of map met die naam", en="there is no file or folder of that name"
    ),
    IsADirectoryError: Text(nl="het is een map", en="it is a folder"),
    NotADirectoryError: Text(
        nl="een deel van het pad is geen map", en="a part of the path is no folder"
    ),
    PermissionError: Text(
        nl="je hebt er geen rechten voor", en="you do not have the rights for it"
    ),
    FileExistsError: Text(
        nl="er staat al een bestand met die naam", en="there is a file of that name already"
    ),
}


def fault(error: OSError | UnicodeDecodeError) -> Text:
    """What is the matter, in both languages; of what is rare, as the computer says it."""
    if isinstance(error, UnicodeDecodeError):
        return damage(error)
    for kind, text in _SAID.items():
        if isinstance(error, kind):
            return text
    said = error.strerror or type(error).__name__
    return Text(nl=f"de computer meldt '{said}'", en=f"the computer says '{said}'")
