"""What holds for the tests themselves."""

import re
from pathlib import Path

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
