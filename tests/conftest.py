"""What holds for every test."""

import pytest
from hypothesis import settings

# A test asserts what comes out, never how long it took: a busy machine is no fault of the code.
settings.register_profile("payrules", deadline=None)
settings.load_profile("payrules")

#: What takes longest begins first: begun last, it would run on while the other worker idles.
LONGEST = (
    "test_tampering.py",
    "test_fuzzing.py",
    "test_large.py",
    "test_second_way.py",
    "test_agreement.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest tests first; the rest keeps its order."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
