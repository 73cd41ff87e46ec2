"""Files are put in place whole, together, or not at all."""

from pathlib import Path

import pytest

from payrules.errors import ReportError, UsageError
from payrules.files.whole import put_in_place


def test_files_get_their_names_together(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("old", encoding="utf-8")
    with put_in_place(one, two) as partials:
        for number, partial in enumerate(partials):
            partial.write_text(f"new {number}", encoding="utf-8")
            assert one.read_text(encoding="utf-8") == "old"
    assert (one.read_text(encoding="utf-8"), two.read_text(encoding="utf-8")) == ("new 0", "new 1")
    assert sorted(tmp_path.iterdir()) == [one, two]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("old", encoding="utf-8")

    def fail(partial: Path) -> None:
        partial.write_text("half of", encoding="utf-8")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), put_in_place(path) as (partial,):
        fail(partial)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("fault", [UsageError, ReportError])
def test_what_cannot_be_written_is_told(tmp_path: Path, fault: type[Exception]) -> None:
    path = tmp_path / "nowhere" / "one.csv"
    with (
        pytest.raises(fault, match=r"one\.csv cannot be written: No such file"),
        put_in_place(path, fault=fault) as (partial,),
    ):
        partial.write_text("all", encoding="utf-8")
