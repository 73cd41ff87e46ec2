"""Keeps Python's collector of cycles from walking millions of objects that are in none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Make many objects that all live to the end, with the collector at rest.

    It would look at all of them again and again, a third of the time, and find nothing: claims,
    lines and comparisons refer to each other one way. What is let go is freed at once all the same.
    """
    was_at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_at_work:
            gc.enable()
