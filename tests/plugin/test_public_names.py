"""The names plugin authors import from ``evalkit``; looked up when used, so that it stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import evalkit


def test_every_public_name_is_there() -> None:
    for name in evalkit.__all__:
        assert getattr(evalkit, name).__name__ == name
    assert set(evalkit.__all__) <= set(dir(evalkit))


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(evalkit.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = [a.name for n in block.body if isinstance(n, ast.ImportFrom) for a in n.names]
    assert sorted(seen) == evalkit.__all__ == sorted(evalkit.__all__)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Protocols"):
        _ = evalkit.Protocols


def test_import_is_light() -> None:
    code = "import evalkit, sys; assert not {'pydantic', 'yaml', 'pluggy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
