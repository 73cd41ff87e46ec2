"""What holds for every test."""

import gc
import os
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from payrules.schedules import Schedules, import_schedule, load_schedules
from tests.real_files import CMS, skip_without

# A test asserts what comes out, never how long it took: a busy machine is no fault of the code.
# `PAYRULES_EXAMPLES=500` makes every property look longer.
settings.register_profile(
    "payrules", deadline=None, max_examples=int(os.environ.get("PAYRULES_EXAMPLES", "50"))
)
settings.load_profile("payrules")

# The tests' own processes share the cores; two threads of polars in each would wait for each other,
# which took a sixth of the processor time. `.ci/core` runs with more.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("POLARS_MAX_THREADS", "1")

TESTS = Path(__file__).parent
#: What the fixture `whole` has.
WHOLE = ("2025D", "2026C", "facility/opps_addendum_b_2025.xlsx", "facility/asc_2026_04")

#: What takes longest begins first: begun last, it would run on while the other worker idles.
LONGEST = (
    "test_tampering.py",
    "test_fuzzing.py",
    "test_large.py",
    "test_second_way.py",
    "test_agreement.py",
)

#: The subset `core`: what a line pays and why, claims in, results out. It needs neither CMS's whole
#: files nor LibreOffice, takes less than two minutes of processor time, and also runs on the lowest
#: versions of the dependencies and on other Pythons (`.ci/core`).
CORE = (
    "cms_examples",
    "field_cases",
    "claims/test_checks.py",
    "claims/test_columns.py",
    "payers",
    "properties/test_ranking.py",
    "rules",
    "schedules/test_store.py",
    "schedules/test_importing.py",
    "test_archives.py",
    "test_money.py",
    "test_suite.py",
    "test_whole_files.py",
    "test_within_reason.py",
    "workbook/test_data_files.py",
)


@cache
def is_core(path: Path) -> bool:
    """Whether a file of tests, or a folder that may hold one, belongs to the subset `core`."""
    chosen = [TESTS / name for name in CORE]
    return any(
        path == each or each in path.parents or (path.is_dir() and path in each.parents)
        for each in chosen
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave unread what `-m core` would deselect."""
    alone = config.option.markexpr == "core" and TESTS in collection_path.parents
    return True if alone and not is_core(collection_path) else None


def pytest_collection_finish() -> None:
    """Look for circles of objects seldom, and never among what every test shares.

    Batches in Python are objects by the million without a circle: looking through them, and through
    all modules and tests besides, took a fifth of the processor time of the reference.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the subset `core`; put the longest tests first, the rest keeps its order."""
    for item in items:
        if is_core(item.path):
            item.add_marker(pytest.mark.core)
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Schedules:
    """2025D and 2026C whole, with the facility addenda; no tables of edits.

    They are imported once for all tests and workers: CMS's workbook alone takes four seconds.
    """
    skip_without(CMS)
    base = tmp_path_factory.getbasetemp()
    store = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "whole-releases"
    with FileLock(f"{store}.lock"):
        if not store.exists():
            unfinished = store.with_suffix(".unfinished")
            for name in WHOLE:
                import_schedule(CMS / name, unfinished)
            unfinished.rename(store)
    return load_schedules(store)
