"""What the tests of pricing in parts share: no memory to price at once in, unless one gives it."""

import pytest

from payrules.runs import large


@pytest.fixture(autouse=True)
def no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a batch that is large enough for parts go into parts, however large the machine is."""
    monkeypatch.setattr(large, "free_memory", lambda: None)
