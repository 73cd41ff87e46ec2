"""The documentation: everything has its entry, it builds strictly, what it cites is there."""

import ast
import csv
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from docs import generator
from docs.generate import pages
from docs.generator import commands, rejects, rules
from payrules.claims.batch import read_batch
from payrules.claims.columns import KNOWN, RESULTS
from payrules.cli.commands import cli
from payrules.engine.rule import NOT_SAID, STATUSES
from payrules.payers.inheritance import presets
from payrules.runs.steps import ADJUSTMENTS
from payrules.workbook.columns import ADJUSTMENT_COLUMNS, COUNT_COLUMNS, LINE_COLUMNS
from tests.test_readme import PAGES, ROOT

PAPERS = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", ROOT / "CHANGELOG.md"]
each_paper = pytest.mark.parametrize(
    "path", PAPERS, ids=lambda path: path.relative_to(ROOT).as_posix()
)
SOURCES = [
    path
    for folder in ("payrules", "tests", "benchmarks", "docs", "reports", "fee_schedules")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".toml"}
]
#: Papers that lie in no repository.
NOT_HERE = re.compile(r"interface\.md|whole-claim|payment-rules|\bspec(?:ification)? §?[0-9]")


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return dict(pages())


# ------------------------------------------------------------------------------- what has an entry


def test_every_rule_has_a_page_with_law_example_and_dates(made: dict[str, str]) -> None:
    for rule in rules.RULES:
        page = made[f"rules/{rule.name}.md"]
        assert rule.title in page
        assert rule.cites in page.replace("\\|", "|")
        assert rule.effective.isoformat() in page
        assert f"Claim {rule.name} line 1:" in page
        assert f"rules/{rule.name}" in made["rules.md"]
        for term in rule.defaults:
            told = f"`{term}`" in page or term in NOT_SAID
            assert told or rule.name in rules.BEFORE, (rule.name, term)


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.name)
def test_the_worked_example_of_a_rule_shows_that_rule(rule: rules.Rule) -> None:
    assert rules.shows_rule(rule.name)


def test_every_command_and_option_has_its_entry(made: dict[str, str]) -> None:
    found = list(commands.commands())
    assert len(found) > 12
    for name, command in found:
        section = made["commands.md"].split(f"## `{name}`\n")[1].split("\n## ")[0]
        for parameter in command.params:
            assert parameter.opts[0] in section or parameter.human_readable_name in section
    assert all(option.opts[0] in made["commands.md"] for option in cli.params)


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("claims-file", KNOWN),
        ("results", (*RESULTS, *ADJUSTMENTS)),
        ("statuses", STATUSES),
        ("layouts", (*LINE_COLUMNS, *COUNT_COLUMNS, *ADJUSTMENT_COLUMNS)),
        ("payer-files", presets()),
        ("rejects", tuple(rejects.reasons())),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_every_column_status_preset_and_reason_has_its_entry(
    page: str, names: tuple[str, ...], made: dict[str, str]
) -> None:
    for name in names:
        assert re.search(rf"^\| `?{re.escape(name)}`? \|", made[f"{page}.md"], re.MULTILINE), name


def test_every_reason_code_of_a_rule_has_its_label(made: dict[str, str]) -> None:
    for rule in rules.RULES:
        for outcome in rule.adjustment().outcomes:
            for code in filter(None, (outcome.carc, outcome.rarc)):
                assert f"| `{code}` |" in made["codes.md"]


def test_the_reason_of_a_repeated_line_is_the_one_that_is_listed() -> None:
    line = dict.fromkeys(KNOWN, None) | {
        "claim_id": "1",
        "claim_line_number": "1",
        "person_id": "1",
        "claim_line_start_date": "2025-10-07",
        "hcpcs_code": "99213",
        "place_of_service_code": "11",
        "locality": "national",
    }
    frame = pl.DataFrame([line, line], schema=dict.fromkeys(KNOWN, pl.String))
    (reason,) = read_batch(frame, localities=["national"]).rejects["reason"]
    assert re.sub("[0-9]+", "…", reason) in rejects.reasons()


def test_a_page_is_refused_where_the_code_has_what_it_says_nothing_of() -> None:
    with pytest.raises(generator.DocsError, match="says nothing of b; speaks of c, which"):
        generator.of_each(["a", "b"], {"a": "A.", "c": "C."}, "letters")


# --------------------------------------------------------------------------------------- the build


def test_the_documentation_builds_strictly(tmp_path: Path) -> None:
    for needed in ("sphinx", "myst_parser", "furo"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed; CI builds the documentation")
    build = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q"]
    done = subprocess.run(
        [*build, "-d", str(tmp_path / "trees"), "docs", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "site" / "reference" / "rules" / "sequestration.html").is_file()


# ---------------------------------------------------------------------------------- code and links


def _as_csv(text: str) -> None:
    assert len({len(row) for row in csv.reader(text.splitlines())}) == 1


#: How a block of each language is read; one of another language is not.
READERS: dict[str, Callable[[str], object]] = {
    "toml": tomllib.loads,
    "python": ast.parse,
    "json": json.loads,
    "csv": _as_csv,
}


@each_paper
def test_every_code_block_can_be_read(path: Path) -> None:
    for language, block in re.findall(
        r"^```(\w+)\n(.*?)^```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    ):
        assert language in {*READERS, "sh", "console", "text"}, language
        if language in READERS:
            READERS[language](block)


@each_paper
def test_every_link_leads_to_a_file_that_is_there(path: Path, made: dict[str, str]) -> None:
    reference = {ROOT / "docs" / "reference" / name for name in made}
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"https?:|#", target):
            led_to = (path.parent / target.partition("#")[0]).resolve()
            assert led_to.exists() or led_to in reference, target


@each_paper
def test_every_file_a_page_names_is_there(path: Path) -> None:
    folders = r"(?:payrules|tests|docs|benchmarks|examples|reports|fee_schedules|\.ci|\.github)"
    for name in re.findall(rf"`({folders}/[^\s`*]*)`", path.read_text(encoding="utf-8")):
        assert (ROOT / name).exists() or "my_rule" in name, name


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_source_cites_a_paper_that_is_not_in_the_repository(path: Path) -> None:
    if path == Path(__file__):
        return
    text = path.read_text(encoding="utf-8")
    assert NOT_HERE.findall(text) == []
    for name in re.findall(r"\b[\w/-]+\.md\b", text):
        if path.parts[len(ROOT.parts)] == "payrules":
            assert (ROOT / name).exists(), name
