"""Memory that polars has freed is used again, and what a user has set stands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from payrules.allocator import KEPT, OPTIONS

ROOT = Path(__file__).parents[1]
#: Prices a batch again and again, and says how many pages the system had to clear meanwhile.
_AGAIN = """
import {first}
import resource
from benchmarks.batches import make_batch
from payrules.runs.setup import Setup
setup = Setup()
lines = setup.read(make_batch(100_000)).lines
setup.price(lines, trail=False)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(6):
    setup.price(lines, trail=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
_SAYS = f"import os, payrules, polars; print(os.environ[{OPTIONS!r}])"


def _said(program: str, **more: str) -> str:
    told = {name: value for name, value in os.environ.items() if name != OPTIONS} | more
    ran = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={**told, "PYTHONPATH": str(ROOT)},
    )
    return ran.stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="pages are counted as Linux counts them")
def test_memory_that_was_freed_is_used_again():
    # What threads hold at the same time differs from run to run, the more the busier a machine is.
    found: list[tuple[int, ...]] = []
    while len(found) < 5 and not any(ours * 2 < theirs for ours, theirs in found):
        found.append(tuple(int(_said(_AGAIN.format(first=it))) for it in ("payrules", "polars")))
    assert any(ours * 2 < theirs for ours, theirs in found), found


def test_what_a_user_has_set_comes_last_and_so_stands():
    assert _said(_SAYS).endswith(KEPT)
    assert _said(_SAYS, **{OPTIONS: "narenas:2"}).endswith(f"{KEPT},narenas:2")


def test_a_process_of_ours_that_starts_another_says_it_once():
    assert _said(_SAYS, **{OPTIONS: _said(_SAYS)}).count(KEPT) == 1


def test_where_polars_is_there_before_its_own_settings_stand():
    assert KEPT not in _said(f"import polars; {_SAYS}")
