"""Whoever pays is named: nothing that is shown of a payer's claims says Medicare of it."""

import ast
import re
import zipfile
from pathlib import Path

import polars as pl
import pytest

from payrules.__main__ import main
from payrules.payers import MEDICARE, Payer
from payrules.runs.results import Estimate
from payrules.workbook import write_html, write_workbook
from tests.payers.files import HEAD, batch, payer, priced

PACKAGE = Path(__file__).parents[1] / "payrules"
#: Said of a payment or a share, these words speak of who pays.
SAID = re.compile(r"Medicare (pays|paid)|Medicare['’]s (payment|share|part|and the patient)")
#: What speaks of Medicare's own payment, whoever asks: the pages of a code and of CMS's modifiers,
#: the search for what makes a figure of Medicare's, and notes on its rules.
OF_MEDICARE = {
    "answers/which.py",
    "code_page/modifier_effects.py",
    "rules/anesthesia.py",
    "cli/estimate.py",  # --settlement: what Medicare pays beside the claims
    "workbook/columns.py",  # the column's own heading, in place of which a batch's payer stands
}
MA = HEAD + 'plan = "medicare_advantage"\npercent_of_medicare = 102\n'
UNASSIGNED = {"participating": "n", "assignment_accepted": "n", "charge_amount": "400.00"}
LINES = [
    {"hcpcs_code": "99213", **UNASSIGNED, "mips_adjustment_percent": "1.00"},
    {"hcpcs_code": "97110", "hcpcs_modifier_1": "CQ", "hcpcs_modifier_2": "GP"},
]


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Payer:
    return payer(tmp_path_factory.mktemp("acme"), MA)


@pytest.fixture(scope="module")
def results(acme: Payer) -> Estimate:
    return priced(batch(*LINES, place="11"), acme, locality="national")


def texts_of(workbook: Path) -> str:
    with zipfile.ZipFile(workbook) as parts:
        names = [each for each in parts.namelist() if each.endswith(".xml")]
        return "\n".join(parts.read(name).decode() for name in names).replace("&apos;", "'")


def test_sheets_and_the_web_page(results: Estimate, tmp_path: Path) -> None:
    for layout in ("estimate", "audit"):
        write_workbook(results, tmp_path / f"{layout}.xlsx", layout=layout)
        told = texts_of(tmp_path / f"{layout}.xlsx")
        assert not [each.group() for each in SAID.finditer(told) if "shown" not in each.group()]
        assert "Acme pays" in told
    write_html(results, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8").replace("&#x27;", "'")
    assert not SAID.search(page)
    assert "From the fee schedule amounts to Acme's payment" in page
    assert results.adjustments["detail"].str.contains(SAID.pattern.replace("’", "")).sum() == 0


def test_medicares_own_sheets_say_medicare(tmp_path: Path) -> None:
    medicare = priced(batch(*LINES, place="11"), MEDICARE, locality="national")
    write_html(medicare, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert ">Medicare pays</th>" in page
    assert "From the fee schedule amounts to Medicare&#x27;s payment" in page


def test_several_payers_are_payers(acme: Payer, tmp_path: Path) -> None:
    lines = batch(*LINES, place="11").with_columns(payer=pl.Series(["Acme", None]))
    both = priced(lines, MEDICARE, payers={"acme": acme}, locality="national")
    write_html(both, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert ">Payers pay</th>" in page
    assert "From the fee schedule amounts to the payers&#x27; payment" in page
    assert "Contract rate, overall" in page
    assert acme.files["acme.toml"] in page
    write_workbook(both, tmp_path / "both.xlsx")
    told = texts_of(tmp_path / "both.xlsx")
    for said in ("Acme (medicare advantage): Acme agreement 2026", "Medicare: Social Security Act"):
        assert said in told
    assert "102 % from 1992-01-01" in told
    assert acme.files["acme.toml"] in told


def test_screens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "acme.toml").write_text(MA)
    lines = batch(*LINES, place="11").with_columns(payer=pl.Series(["Acme", "Other"]))
    lines.write_csv(tmp_path / "claims.csv")
    how = [str(tmp_path / "claims.csv"), "--locality", "national"]
    own = ["--payer", str(tmp_path / "acme.toml")]
    for command in (["estimate", *how], ["explain", *how, "--claim", "A"]):
        assert main([*command, *own]) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert not SAID.search(told)
        assert "Acme pays" in told
    assert main(["explain", *how, "--claim", "A", "--payer", "medicare", *own]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert re.findall(r"; (\w+) pays", told) == ["Acme", "Medicare"]


def test_no_sentence_says_medicare_of_whoever_pays() -> None:
    """As a kind: a text in the code that is shown, not a docstring, names the payer by its name."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        where = path.relative_to(PACKAGE).as_posix()
        if where in OF_MEDICARE:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        found += [
            f"{where}, line {node.lineno}: {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            if id(node) not in docstrings and SAID.search(node.value)
        ]
    assert found == []
