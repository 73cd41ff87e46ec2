"""Addenda for the tests of facilities: imported once among the user's own schedules."""

from collections.abc import Iterator

import pytest

from tests.facility.addenda import import_addenda


@pytest.fixture(scope="package")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("addenda")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        import_addenda(folder)
        yield
