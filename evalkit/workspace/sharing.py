"""Work that several processes share, where there is much of it."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


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


def collected(found: T) -> T:
    """The same, after garbage was collected that refers to itself."""
    gc.collect()
    return found


def _begin(first: Callable[..., None] | None, of: tuple[Any, ...]) -> None:
    gc.disable()  # What comes and goes has no cycles; `collected` takes what has, now and then.
    if first is not None:
        first(*of)
    gc.freeze()
