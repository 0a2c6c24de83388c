"""For plugin authors: the marker for hooks and the loader of content files."""

from evalkit.plugin.content import Content, load_content
from evalkit.plugin.hookspecs import hookimpl

__all__ = ["Content", "hookimpl", "load_content"]
