"""The names of `import payrules`: exactly these, each where it is said to be, loaded when used."""

import ast
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from types import FunctionType

import pytest

import payrules
from payrules.demo import BATCH
from tests.front_door import user_script

ROOT = Path(payrules.__file__).parents[1]
HEAVY = ("polars", "pydantic", "pandas", "pyarrow", "xlsxwriter", "openpyxl", "rich")
PUBLIC = {
    "__version__",
    *("code", "estimate", "import_schedule", "load_payer", "load_schedules", "whatif"),
    *("FigureAnswer", "SessionAnswer", "price", "which"),
    *("AtSites", "WageIndices", "sites"),
    *("CodePage", "Imported", "Payer", "Results", "Schedules", "WhatIf"),
    *("PayrulesError", "UsageError", "ClaimsError", "ScheduleError", "AlteredError"),
    *("PayerError", "CoverageError", "ScenarioError", "ReportError", "RuleError"),
}
FUNCTIONS = [name for name in payrules.__all__ if isinstance(getattr(payrules, name), FunctionType)]


def for_type_checkers() -> dict[str, list[str]]:
    """What `payrules/__init__.py` imports for type checkers: names by module."""
    source = ast.parse(Path(payrules.__file__).read_text(encoding="utf-8"))
    (block,) = (
        node
        for node in source.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    others = [node for node in source.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in others] == [
        "from importlib import import_module",
        "from typing import TYPE_CHECKING",
        "from payrules.allocator import keep_freed_memory",
        "from payrules.version import __version__",
    ]
    return {
        str(node.module).removeprefix("payrules."): [each.name for each in node.names]
        for node in block.body
        if isinstance(node, ast.ImportFrom)
    }


def run(code: str) -> str:
    """Run Python in a process of its own."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_all_is_exact() -> None:
    assert sorted(payrules.__all__) == sorted(PUBLIC)
    assert set(payrules.__all__) <= set(dir(payrules))
    for name in payrules.__all__:
        assert getattr(payrules, name) is not None


def test_type_checkers_are_told_what_is_loaded() -> None:
    assert for_type_checkers() == payrules._HOMES
    told = [name for names in for_type_checkers().values() for name in names]
    assert sorted([*told, "__version__"]) == sorted(payrules.__all__)


def test_a_name_that_is_none_is_told_so() -> None:
    with pytest.raises(AttributeError, match="module 'payrules' has no attribute 'estimte'"):
        payrules.estimte  # noqa: B018


@pytest.mark.parametrize(
    "code",
    [
        "import payrules; dir(payrules); payrules.PayrulesError",
        "from payrules.__main__ import main; main(['--help'])",
        "from payrules.__main__ import main; main(['estimate', '--help'])",
    ],
)
def test_importing_payrules_and_its_help_loads_nothing_heavy(code: str) -> None:
    said = run(f"import json, sys; {code}; print(); print(json.dumps(sorted(sys.modules)))")
    loaded = json.loads(said.splitlines()[-1])
    assert [name for name in HEAVY if name in loaded] == []


def test_pricing_needs_neither_pandas_nor_pyarrow() -> None:
    code = (
        "import sys; sys.modules['pandas'] = sys.modules['pyarrow'] = None; import payrules;"
        f"print(payrules.estimate({str(BATCH)!r}).lines.height)"
    )
    assert run(code).strip() == "66"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_help_shows_a_short_signature_with_names_for_defaults(name: str) -> None:
    function = getattr(payrules, name)
    signature = inspect.signature(function)
    assert len(f"{name}{signature}") < 500
    for parameter in signature.parameters.values():
        default = parameter.default
        assert default is parameter.empty or isinstance(default, str | bool | tuple | None)
    assert inspect.getdoc(function)


def test_a_payer_is_shown_by_its_name() -> None:
    assert repr(payrules.load_payer("medicare")).startswith("Payer('medicare', ")
    assert "Rule(" not in str(inspect.signature(payrules.runs.estimate.estimate))


SLIPS = [
    "payrules.estimte('claims.csv')",
    "payrules.estimate('claims.csv', localty='national')",
    "payrules.estimate(5)",
    "payrules.estimate('claims.csv').line",
    "payrules.code(64483)",
    "payrules.load_payer('medicare').contrct",
]


def test_mypy_reads_a_users_script_strictly_and_finds_each_slip(tmp_path: Path) -> None:
    good, slips = tmp_path / "good.py", tmp_path / "slips.py"
    good.write_bytes(Path(user_script.__file__).read_bytes())
    slips.write_text("\n".join(["import payrules", *SLIPS, ""]), encoding="utf-8")
    checked = subprocess.run(
        # As of a package that is installed: its types are trusted, its code is not checked anew.
        [
            *(sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"),
            *("--no-error-summary", good.name, slips.name),
        ],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    faults = [line for line in checked.stdout.splitlines() if " error: " in line]
    assert [line.split(":")[:2] for line in faults] == [
        ["slips.py", str(place)] for place in range(2, len(SLIPS) + 2)
    ], checked.stdout + checked.stderr


def test_a_users_script_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payrules.schedules.store.default_folder", lambda: tmp_path / "imported")
    assert user_script.price(BATCH, tmp_path) < 0
