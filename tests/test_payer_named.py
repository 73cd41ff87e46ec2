"""Whoever pays is named: nothing that is shown of a payer's claims says Medicare of it."""

import ast
import re
import zipfile
from pathlib import Path

import polars as pl
import pytest

from payrules.__main__ import main
from payrules.claims.modifiers import modifier_table
from payrules.engine.modifier_share import SHARED
from payrules.payers import MEDICARE, Payer
from payrules.payers.by_modifier import DECIDED_BY
from payrules.runs.results import Estimate
from payrules.screen.estimate import summary
from payrules.screen.explain import chains
from payrules.screen.printed import show
from payrules.workbook import write_html, write_workbook
from payrules.workbook.about import rules, run_facts
from payrules.workbook.figures import Figures
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
    "facility/payment.py",  # Medicare's facility rates: other payers' lines are refused beside them
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
    assert "102 %" in told
    assert "102 % from" not in told  # its file gives no first day
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


#: A contract with pages of its own: a ladder, a share for a modifier, two rates, a frozen release.
PAGES = (
    HEAD
    + 'plan = "commercial"\nbase_release = "starter-2025"\n'
    + '[terms.multiple_procedure]\nladder = [1.0, 0.5, 0.25]\ncites = "Acme policy, page 1"\n'
    + '[[terms.modifier.share]]\nmodifier = "52"\nshare = 0.60\ncites = "Acme policy, page 2"\n'
    + '[[rate]]\ncodes = ["99213"]\npercent_of_medicare = 110\ncites = "Acme agreement, page 3"\n'
    + '[[rate]]\npercent_of_medicare = 120\ncites = "Acme agreement, page 4"\n'
)
PAGED = [
    {"hcpcs_code": "29881", "hcpcs_modifier_1": "LT"},
    {"hcpcs_code": "64721", "hcpcs_modifier_1": "59"},
    {"hcpcs_code": "62323", "hcpcs_modifier_1": "52", "person_id": "P2"},
    {"hcpcs_code": "99213", "person_id": "P3"},
]


@pytest.fixture(scope="module")
def paged(tmp_path_factory: pytest.TempPathFactory) -> Estimate:
    acme = payer(tmp_path_factory.mktemp("pages"), PAGES)
    return priced(batch(*PAGED, place="24"), acme, locality="national")


def test_no_sentence_has_medicares_percentages_under_a_payers_page(
    paged: Estimate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for parts in chains(paged, paged.lines["claim_id"][0], None):
        show(*parts)
    told = " ".join(capsys.readouterr().out.split())
    assert "Multiple procedures: on the payer's own terms. Acme policy, page 1" in told
    assert "the others at half" not in told
    assert "52: the payer's own share, 0.60 from 1992-01-01 (Acme policy, page 2)" in told
    assert "LT, as Medicare has it: " in told
    write_workbook(paged, tmp_path / "pages.xlsx")
    sheets = texts_of(tmp_path / "pages.xlsx")
    assert "the others at half" not in sheets
    assert "Multiple procedures: on the payer's own terms." in sheets


def test_the_bridge_cites_every_page_that_decided(paged: Estimate) -> None:
    bridge = Figures(paged).bridge
    rates = bridge.filter(pl.col("rule") == "contract_rate")["cites"].item()
    assert rates == "Acme agreement, page 4; Acme agreement, page 3"


def test_a_frozen_release_is_named_where_the_release_is(paged: Estimate) -> None:
    facts = [said for what, said in run_facts(Figures(paged)) if what == "Release"]
    assert facts == [
        "the one in force on each line's date",
        "of Acme: starter-2025, whatever the day of service (Acme agreement 2026, exhibit B)",
    ]


def test_a_screen_begins_with_every_payer(acme: Payer, capsys: pytest.CaptureFixture[str]) -> None:
    lines = batch(*LINES, place="11").with_columns(payer=pl.Series(["Acme", None]))
    both = priced(lines, MEDICARE, payers={"acme": acme}, locality="national")
    show(*summary(both.summary(), {}))
    assert capsys.readouterr().out.startswith("payers: medicare, Acme; ")


def test_a_rule_that_the_payer_has_off_or_changed_is_the_payers_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rule that is off leaves no step, and of 50 the explanation said "as Medicare has it"."""
    acme = payer(
        tmp_path,
        HEAD
        + '[terms.bilateral]\noff = true\ncites.off = "Acme policy, page 5"\n'
        + '[terms.assistant_at_surgery]\nphysician = 0.2\ncites = "Acme policy, page 6"\n'
        + "[terms.co_surgery]\noff = { until = 2016-07-31 }\n"
        + '[[terms.modifier.share]]\nmodifier = "54 62"\nshare = 0.4\n',
    )
    lines = [
        {"hcpcs_code": "20610", "hcpcs_modifier_1": "50"},
        {"hcpcs_code": "29881", "hcpcs_modifier_1": "80"},
        {"hcpcs_code": "29881", "hcpcs_modifier_1": "AS"},
        {"hcpcs_code": "29881", "hcpcs_modifier_1": "62"},
    ]
    found = priced(batch(*lines, place="24"), acme, locality="national")
    both = [{"hcpcs_code": "29881", "hcpcs_modifiers": "62 54"}]
    joined = priced(batch(*both, place="24"), acme, locality="national")
    show(*next(iter(chains(joined, joined.lines["claim_id"][0], None))))
    # A combination is said once of a line that has all of it, and of no other.
    assert capsys.readouterr().out.count("54 62: the payer's own share") == 1
    for parts in chains(found, found.lines["claim_id"][0], None):
        show(*parts)
    told = " ".join(capsys.readouterr().out.split())
    assert "50: the payer has the rule bilateral off (Acme policy, page 5)" in told
    assert "50, as Medicare has it" not in told
    own = "80: the payer's own assistant at surgery, physician: 0.2 from 1992-01-01"
    assert f"{own} (Acme policy, page 6)" in told
    assert "80, as Medicare has it" not in told
    assert "AS: the payer's own" not in told
    assert "AS, as Medicare has it" in told
    assert "62: the payer has the rule co surgery off until 2016-07-31 (Acme agreement" in told
    assert "62, as Medicare has it" in told
    assert "54 62" not in told


def test_what_decides_by_a_modifier_is_a_rule_and_one_of_its_terms() -> None:
    rules = {rule.name: rule for rule in MEDICARE.rules}
    for modifier, decided in DECIDED_BY.items():
        assert modifier in modifier_table()
        for each in decided:
            name, _, term = each.partition(".")
            assert not term or term in rules[name].defaults
    assert {*SHARED} - {"63"} <= {*DECIDED_BY}


COMMERCIAL = HEAD + 'plan = "commercial"\npercent_of_medicare = 102\n'
OWN = "[terms.multiple_procedure]\nlater = 0.4\n"
SHARE = '[[terms.modifier.share]]\nmodifier = "22"\nshare = 1.2\n'
SILENT = "Medicare's rule: Acme's files say nothing of it."


def _rules_of(folder: Path, text: str, *, first: bool = True) -> dict[str, tuple[str, ...]]:
    """Give About's rows of rules by rule: of Acme alone, or with Medicare before it."""
    own = payer(folder, text)
    lines = batch(*LINES, place="11")
    if first:
        run = priced(lines, own, locality="national").run
    else:
        named = lines.with_columns(payer=pl.Series(["Acme", None]))
        run = priced(named, MEDICARE, payers={"acme": own}, locality="national").run
    return {row[0]: row for row in rules(run)}


def test_about_says_of_each_rule_whether_it_is_the_payers_own_or_medicares(tmp_path: Path) -> None:
    """Some 20 read "as Medicare, for the payer's files say nothing else", and amounts nothing."""
    told = _rules_of(tmp_path, COMMERCIAL + OWN + SHARE)
    for rule in ("Global period", "Bilateral", "Lesser of charge", "Modifier"):
        assert told[rule][1].endswith(SILENT), rule
        assert "as Medicare" not in told[rule][2]
    assert told["Multiple procedure"][1] == "Multiple procedures: on Acme's own terms."
    for rule in ("Contract rate", "Modifier share", "Coinsurance"):
        assert "Medicare's rule" not in told.get(rule, ("", ""))[1]


@pytest.mark.parametrize("plan", ["medicare_advantage", "medicare"])
def test_about_says_nothing_of_plans_that_medicares_rules_bind(tmp_path: Path, plan: str) -> None:
    told = _rules_of(tmp_path, COMMERCIAL.replace("commercial", plan))
    assert not [row for row in told.values() if "say nothing of it" in row[1]]


def test_about_names_of_several_payers_the_one_whose_files_are_silent(tmp_path: Path) -> None:
    """The row of a rule of both said nothing where Medicare stood first."""
    told = _rules_of(tmp_path, COMMERCIAL, first=False)
    for rule in ("Global period", "Bilateral"):
        assert told[rule][1].endswith("Of Acme it is Medicare's rule: its files say nothing of it.")
        assert told[rule][4].endswith(", of Medicare, Acme")


def test_an_edit_is_medicares_where_a_file_says_a_share_by_modifier_alone(tmp_path: Path) -> None:
    """What denies by CMS's table of modifiers read as a rule of the payer's own."""
    (edit,) = (
        each for each in payer(tmp_path, COMMERCIAL + SHARE).rules if each.name == "modifier"
    )
    assert edit.cites.endswith("; as Medicare, for the payer's files say nothing else")
