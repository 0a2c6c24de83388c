"""Which modules of evalkit a plugin imports: only the public rooms hold from version to version."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

PUBLIC = ("evalkit", "evalkit.plugin", "evalkit.testing")


def check_imports(package: str) -> Iterator[str]:
    """A message for each import from evalkit that is not public, in all modules of a package."""
    for path in _modules(package):
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        for node in ast.walk(tree):
            for wrong in _private(node):
                yield f"{path.name}, line {getattr(node, 'lineno', 0)}: {wrong}"


def _modules(package: str) -> list[Path]:
    spec = find_spec(package)
    if spec is None:
        return []
    if spec.submodule_search_locations:
        return sorted(p for d in spec.submodule_search_locations for p in Path(d).rglob("*.py"))
    return [Path(spec.origin)] if spec.origin else []


def _private(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if _inside(alias.name) and alias.name not in PUBLIC:
                yield f"imports {alias.name}, which is not public"
    elif isinstance(node, ast.ImportFrom) and not node.level and _inside(node.module or ""):
        assert node.module is not None
        if node.module not in PUBLIC:
            yield f"imports from {node.module}, which is not public"
            return
        public = (*import_module(node.module).__all__, "__version__", *_rooms(node.module))
        for alias in node.names:
            if alias.name not in public:
                yield f"imports {alias.name} from {node.module}, which is not public"


def _inside(module: str) -> bool:
    return module == "evalkit" or module.startswith("evalkit.")


def _rooms(module: str) -> tuple[str, ...]:
    return tuple(room.rpartition(".")[2] for room in PUBLIC if room.startswith(f"{module}."))
