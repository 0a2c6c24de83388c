"""Work that several processes share, where there is much of it."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

PRELOADED = (
    "evalkit.workspace.gathering",
    "evalkit.workspace.outputs",
    "evalkit.synthesis.formats",
)
"""Modules that the processes have in common, so that these are in memory once."""


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def several(
    processes: int, first: Callable[..., None] | None = None, *of: Any
) -> ProcessPoolExecutor:
    """So many processes, which do not have what this one has open.

    Args:
        processes: how many.
        first: what each does first.
        of: what ``first`` is given.
    """
    known = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in known else "spawn")
    if context.get_start_method() == "forkserver":
        context.set_forkserver_preload(list(PRELOADED))
    return ProcessPoolExecutor(processes, context, _begin, (first, of))


def collected(found: T) -> T:
    """The same, after garbage was collected that refers to itself."""
    gc.collect()
    return found


def _begin(first: Callable[..., None] | None, of: tuple[Any, ...]) -> None:
    gc.freeze()
    gc.disable()  # What comes and goes has no cycles; `collected` takes what has, now and then.
    if first is not None:
        first(*of)
