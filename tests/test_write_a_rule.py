"""The guide "Write a rule" tells the truth: its examples run, and pay what their tests say."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "how-to" / "write-a-rule.md").read_text(encoding="utf-8")
#: A file of the examples: `<!-- file: by_video.py -->`, then a fenced block with its content.
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n+```python\n(.*?)```", GUIDE, re.DOTALL))


@pytest.mark.parametrize("name", ["by_video", "second_visit"])
def test_the_examples_of_the_guide_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in (f"{name}.py", f"test_{name}.py"):
        (tmp_path / file).write_text(FILES[file], encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    tests = vars(importlib.import_module(f"test_{name}"))
    run = [test for function, test in tests.items() if function.startswith("test_")]
    assert len(run) == 2
    for test in run:
        test()


def test_every_example_of_the_guide_is_run() -> None:
    assert len(FILES) == GUIDE.count("```python") == 4


def test_every_place_that_the_guide_names_is_there() -> None:
    named = set(re.findall(r"`((?:payrules|tests)/[\w/]+\.py)`", GUIDE))
    assert len(named) >= 6
    missing = {each for each in named if "my_rule" not in each and not (ROOT / each).is_file()}
    assert missing == set()
