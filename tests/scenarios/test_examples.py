"""The ten worked examples on the demonstration batch: totals and bridges as they were checked.

`PAYRULES_WRITE_GOLDENS=1 pytest tests/scenarios/test_examples.py` writes them anew; read the
difference before keeping it.
"""

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from payrules.scenarios import Comparison, read_scenario
from tests.scenarios.grounds import assert_adds_up, assert_right, demo

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "scenarios").glob("*.toml"))
GOLDENS = Path(__file__).with_name("goldens.toml")


def told(compared: Comparison) -> dict[str, Any]:
    """Give what is kept of a comparison, in cents."""
    by_cause: dict[str, int] = {}
    for cause, _, change in compared.bridge.iter_rows():
        by_cause[cause] = by_cause.get(cause, 0) + change
    return {
        "allowed": compared.totals["after"][0],
        "change": compared.change,
        "medicare_change": compared.totals["change"][1],
        "changed_lines": compared.lines.height,
        "changed_statuses": compared.status_changes.height,
        "causes": by_cause,
        "met": [lines for _, lines in compared.plan.met],
    }


def as_toml(kept: dict[str, dict[str, Any]]) -> str:
    written = ["# Examples on the demonstration batch; cents. Written by test_examples.py."]
    for name, each in kept.items():
        written.append(f'\n["{name}"]')
        for key, value in each.items():
            pairs = ", ".join(f"{k} = {v}" for k, v in value.items()) if key == "causes" else ""
            written.append(f"{key} = {{ {pairs} }}" if pairs else f"{key} = {value}")
    return "\n".join(written) + "\n"


@pytest.mark.skipif("PAYRULES_WRITE_GOLDENS" not in os.environ, reason="goldens are kept")
def test_write_goldens() -> None:
    kept = {path.stem: told(Comparison(demo(), read_scenario(path))) for path in EXAMPLES}
    GOLDENS.write_text(as_toml(kept), encoding="utf-8", newline="\n")


def test_there_are_ten_examples_and_each_has_a_golden() -> None:
    goldens = tomllib.loads(GOLDENS.read_text(encoding="utf-8"))
    assert [path.stem for path in EXAMPLES] == list(goldens)
    assert len(goldens) == 10


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_comes_to_what_it_came_to(path: Path) -> None:
    compared = assert_right(demo(), read_scenario(path))
    assert_adds_up(compared)
    assert told(compared) == tomllib.loads(GOLDENS.read_text(encoding="utf-8"))[path.stem]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_opens_with_what_it_is_about(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")
    assert len(read_scenario(path).title) > 10
