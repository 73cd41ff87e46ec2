"""What holds for the tests themselves."""

import re
import runpy
from pathlib import Path

import pytest

from tests.conftest import CORE

TESTS = Path(__file__).parent


def test_one_module_alone_knows_where_the_real_files_are_and_none_looks_for_them() -> None:
    """New data beside the checkout must change no test: files are named, not found."""
    places = re.compile(r"""["'/]shared["'/]""")
    looks = re.compile(r"\b(CMS|MEDICARE|NCCI|SHARED|shared)\b[^\n]*\.(r?glob|iterdir|walk)\(")
    for path in sorted(TESTS.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.name not in {"real_files.py", Path(__file__).name}:
            assert not places.findall(text), f"{path.name}: take the file from tests.real_files"
        assert not looks.search(text), f"{path.name}: name the files"


def test_the_lowest_bounds_of_the_dependencies_are_written_as_constraints(tmp_path: Path) -> None:
    script = runpy.run_path(str(TESTS.parent / ".ci" / "lowest_bounds.py"))
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text(
        '[project]\ndependencies = ["click>=8.1,<9"]\n'
        '[project.optional-dependencies]\ntest = ["pytest>=8"]\nbad = ["numpy"]\n',
        encoding="utf-8",
    )
    assert script["lowest_bounds"](pyproject, "test") == ["click==8.1", "pytest==8"]
    with pytest.raises(SystemExit, match="numpy: give it a lower bound"):
        script["lowest_bounds"](pyproject, "bad")
    assert script["lowest_bounds"](TESTS.parent / "pyproject.toml", "core")


def test_every_place_of_the_subset_core_is_there() -> None:
    assert [name for name in CORE if not (TESTS / name).exists()] == []
