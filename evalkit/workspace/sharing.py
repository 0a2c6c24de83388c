"""Work that several processes share, where there is much of it."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

_RARELY = (100_000, 50, 100)
"""Objects that came and stayed after which garbage that refers to itself is looked for, and how
often among older ones. Of what comes and goes here little does, and each look at all the rest
takes longer the more there is."""


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Work that makes very many objects, without a look at all of them time and again."""
    before = gc.get_threshold()
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def several(
    processes: int, first: Callable[..., None] | None = None, *of: Any
) -> ProcessPoolExecutor:
    """So many new processes, which have nothing of what this one has open.

    Args:
        processes: how many.
        first: what each does first.
        of: what ``first`` is given.
    """
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, context, _begin, (first, of))


def _begin(first: Callable[..., None] | None, of: tuple[Any, ...]) -> None:
    gc.set_threshold(*_RARELY)
    if first is not None:
        first(*of)
    gc.freeze()
