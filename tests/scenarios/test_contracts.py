"""Contracts side by side: ranked, by code family, and term by term."""

import gc
import re
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from payrules.demo import BATCH
from payrules.engine.pricing import Priced
from payrules.errors import PayerError, UsageError
from payrules.payers import MEDICARE, Payer, load_payer
from payrules.payers.left_open import owes_unsaid, where_on_file
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.scenarios import Baseline, baseline, contracts
from payrules.scenarios.answer import answer
from payrules.scenarios.contracts import SHARES, compare_contracts
from payrules.scenarios.scenario import scenario
from payrules.scenarios.sensitivity import read_sweep, sweep
from payrules.screen import what_if as what_if_screen
from payrules.screen.printed import show
from payrules.workbook.figures import Figures
from payrules.workbook.what_if import write_whatif
from tests.payers.files import batch
from tests.pricing_cases import STARTER
from tests.scenarios.grounds import assert_right, demo, says

ACME = """
name = "Acme"
contract = "Acme agreement"
percent_of_medicare = 105
[terms.multiple_procedure]
later = 0.40
[terms.assistant_at_surgery]
other = 0.20
[terms.lesser_of_charge]
off = true
[terms.practitioner.shares]
nurse_practitioner = 0.90
"""


@pytest.fixture
def acme(tmp_path: Path) -> Payer:
    path = tmp_path / "acme.toml"
    path.write_text(ACME, encoding="utf-8")
    return load_payer(path)


def total(payer: Payer) -> int:
    return baseline_of(payer)["allowed_amount"].sum()


def baseline_of(payer: Payer) -> pl.DataFrame:
    return baseline(BATCH, Setup(payer=payer, schedules=STARTER)).lines


def test_payers_are_ranked_by_what_they_allow(acme: Payer) -> None:
    other = load_payer("110-percent-of-medicare")
    found = compare_contracts(demo(), [MEDICARE, acme, other])
    assert found.ranking["payer"][0] == other.name
    for name, amount, change in found.ranking.select("payer", "allowed_amount", "change").rows():
        payer = {each.name: each for each in (MEDICARE, acme, other)}[name]
        assert amount == total(payer)
        assert change == amount - demo().total()


def test_each_line_stands_under_each_contract_and_adds_up(acme: Payer, tmp_path: Path) -> None:
    """The workbook had no sheet of lines, and nothing of what patients owe."""
    told = answer(demo(), [], contracts=[MEDICARE, acme])
    assert told.contracts is not None
    lines, ranking = told.contracts.lines, told.contracts.ranking
    assert lines.height == demo().lines.height
    for payer in (MEDICARE, acme):
        of_payer = baseline_of(payer)
        assert lines[payer.name].to_list() == of_payer["allowed_amount"].to_list()
        (row,) = ranking.filter(payer=payer.name).iter_rows(named=True)
        assert (row["patient_amount"] or 0) == of_payer["patient_amount"].sum()
    both = lines.drop_nulls([MEDICARE.name, acme.name])
    apart = (both[acme.name] - both[MEDICARE.name]).to_list()
    assert both[f"{acme.name}, against {MEDICARE.name}"].to_list() == apart
    assert write_whatif(told, tmp_path / "contracts.xlsx").differences == ()
    book = openpyxl.load_workbook(tmp_path / "contracts.xlsx", data_only=True)
    headings, *rows = book["Contract lines"].iter_rows(values_only=True)
    assert headings[:5] == ("Claim", "Line", "Code", "Medicare", acme.name)
    shares = [f"{n}: {words}" for n in ("Medicare", acme.name) for words in SHARES.values()]
    assert headings[5:] == (f"{acme.name}, against Medicare", *shares)
    assert len(rows) == lines.height
    for payer in (MEDICARE, acme):
        for amount, words in SHARES.items():
            assert lines[f"{payer.name}: {words}"].equals(baseline_of(payer)[amount])
    page = [row[1:5] for row in book["What if"].iter_rows(values_only=True)]
    start = next(n for n, row in enumerate(page) if row[0] == "Who pays it, under each contract")
    assert page[start + 1] == ("Payer", "Allowed amount", "Payer pays", "Patient owes")
    for row in ranking.iter_rows(named=True):  # every row of it adds up
        owed = row["allowed_amount"] + row["beyond_amount"]
        parts = ("medicare_amount", "patient_amount", "cuts_amount")
        assert owed == sum(row[each] or 0 for each in parts)
        of_payer = baseline_of({each.name: each for each in (MEDICARE, acme)}[row["payer"]])
        assert row["cuts_amount"] == of_payer["sequestration_amount"].sum()
    shown = {row[0]: row[3] for row in page[start + 2 : start + 4]}
    assert round(shown["Medicare"] * 100) == baseline_of(MEDICARE)["patient_amount"].sum()


BETA = """
name = "Beta Health"
contract = "Beta agreement 2025"
plan = "commercial"
percent_of_medicare = 130
"""


def test_contracts_alone_are_not_of_medicare(tmp_path: Path) -> None:
    """The title named Medicare, whose baseline stood unsaid beside what both contracts allow."""
    (tmp_path / "beta.toml").write_text(BETA, encoding="utf-8")
    terms = "[terms.coinsurance]\npatient = 0.10\n"
    gamma = BETA.replace("Beta", "Gamma") + terms
    (tmp_path / "gamma.toml").write_text(gamma, encoding="utf-8")
    payers = [load_payer(tmp_path / f"{name}.toml") for name in ("beta", "gamma")]
    told = answer(demo(), [], contracts=payers)
    assert write_whatif(told, tmp_path / "contracts.xlsx").differences == ()
    book = openpyxl.load_workbook(tmp_path / "contracts.xlsx", data_only=True)
    texts = [
        str(cell)
        for name in ("What if", "Contract lines", "Contracts", "Families", "Places")
        for row in book[name].iter_rows(values_only=True)
        for cell in row
    ]
    assert not [each for each in texts if "Medicare" in each or "claims stand" in each]
    assert any("payers Beta Health, Gamma Health" in each for each in texts)
    about = [
        cells
        for row in book["About"].iter_rows(values_only=True)
        if (cells := [str(each) for each in row if each is not None])
    ]
    said = {row[0] for row in about}
    assert "Payers pay" in said
    assert not said & {"Medicare pays", "Adjustment steps"}
    told_of = [row[1] for row in about if row[0] == "Payer" and "(commercial)" in row[1]]
    assert [each.partition(" (")[0] for each in told_of] == ["Beta Health", "Gamma Health"]
    assert [row[-1] for row in about if row[0] == "Sequestration"] == [
        "Beta Health",
        "Gamma Health",
    ]
    # What Beta's file does not say is blank, but for the deductible.
    owed = told.contracts.lines["Beta Health: patient owes"]
    assert 0 < owed.null_count() < owed.len()
    assert "Patient owes, where on file" in texts
    # Of contracts beside a sweep the baseline is told, and by whom it is priced.
    told = answer(demo(), [], swept="conversion_factor=30:31:1", contracts=payers)
    write_whatif(told, tmp_path / "both.xlsx")
    page = openpyxl.load_workbook(tmp_path / "both.xlsx", data_only=True)["What if"]
    rows = {row[1]: row[3] for row in page.iter_rows(values_only=True)}
    assert rows["Allowed as the claims stand"] == "priced by Medicare"


def test_whose_figures_the_first_page_has_is_held(tmp_path: Path) -> None:
    """Another payer's name beside an amount of the first page turned no check."""
    told = answer(demo(), [], contracts=[MEDICARE, load_payer("110-percent-of-medicare")])
    assert write_whatif(told, tmp_path / "contracts.xlsx").differences == ()
    book = openpyxl.load_workbook(tmp_path / "contracts.xlsx")
    formulas = [str(row[1].value) for row in book["Checks"].iter_rows()]
    named = [
        cell
        for (cell,) in book["What if"].iter_rows(min_col=2, max_col=2)
        if cell.value in {"Medicare", "110-percent-of-medicare"}
    ]
    assert len(named) == 6
    for cell in named:
        held = f"EXACT('What if'!${cell.column_letter}${cell.row},\"{cell.value}\")"
        assert any(held in each for each in formulas), cell.coordinate


def test_a_title_as_wide_as_the_page_wraps(tmp_path: Path) -> None:
    """Two scenarios in one: the title was cut in print, and so was the column Scenario."""
    title = "Injections in the office instead of the hospital + Later procedures at 40 percent"
    draft = {"title": title, "cites": "a draft", "conversion_factor": {"scale": 2}}
    write_whatif(answer(demo(), [scenario(draft, "draft")]), tmp_path / "if.xlsx")
    book = openpyxl.load_workbook(tmp_path / "if.xlsx")
    page = book["What if"]
    assert page["B1"].value == f"What if: {title}"
    assert page["B1"].alignment.wrap_text
    assert page.row_dimensions[1].height == 60
    assert book["Totals"]["A2"].alignment.wrap_text


def test_no_screen_says_medicare_of_what_other_payers_pay(
    acme: Payer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beta's payment stood in a column `medicare`, and so did that of four payers together."""
    told = answer(demo(), [], contracts=[acme, load_payer("110-percent-of-medicare")])
    show(*what_if_screen.told(told))
    shown = capsys.readouterr().out
    assert "  payer pays  " in shown
    assert "  medicare  " not in shown
    several = Setup(payers={acme.name: acme}, schedules=STARTER)
    swept = answer(baseline(BATCH, several), [], swept="conversion_factor=30:31:1")
    show(*what_if_screen.told(swept))
    # Above it what the values take the place of is said.
    shown = capsys.readouterr().out.splitlines()
    headings = re.split(" {2,}", next(each for each in shown if "  payers pay" in each))
    paid = headings.index("payers pay")
    assert headings[paid - 1 : paid + 2] == ["change of allowed", "payers pay", "patient owes"]
    assert "medicare" not in headings


def test_contracts_that_price_fewer_lines_are_told_like_for_like(tmp_path: Path) -> None:
    """A payer of a few dollars led with what it allows less, though it allows more of each."""
    (tmp_path / "fees.csv").write_text(
        "hcpcs_code,facility_amount,nonfacility_amount\n99213,200.00,200.00\n", encoding="utf-8"
    )
    (tmp_path / "few.toml").write_text(
        'name = "Few"\ncontract = "Few agreement"\nplan = "commercial"\n'
        '[fee_schedule]\nfile = "fees.csv"\ncites = "page 1"\n',
        encoding="utf-8",
    )
    few = load_payer(tmp_path / "few.toml")
    found = compare_contracts(demo(), [MEDICARE, few]).ranking.rows_by_key(
        "payer", named=True, unique=True
    )
    ours, theirs = baseline_of(MEDICARE), baseline_of(few)
    both = ours["allowed_amount"].is_not_null() & theirs["allowed_amount"].is_not_null()
    of_both = [int(each["allowed_amount"].filter(both).sum()) for each in (ours, theirs)]
    assert found["Few"]["both_change"] == of_both[1] - of_both[0] > 0 > found["Few"]["change"]
    assert found["Few"]["priced_by_both"] == both.sum() < found["medicare"]["priced"]
    for each in found.values():
        assert each["both_change"] + each["others_change"] == each["change"]
    assert [*found] == ["Few", "medicare"]
    # On the first page of the workbook, like for like stands first.
    told = answer(demo(), [], contracts=[MEDICARE, few])
    write_whatif(told, tmp_path / "contracts.xlsx")
    page = openpyxl.load_workbook(tmp_path / "contracts.xlsx", data_only=True)["What if"]
    rows = [row[1:4] for row in page.iter_rows(values_only=True)]
    label, amount, words = next(row for row in rows if row[1] is not None)
    assert label == "Few against Medicare, on lines both price"
    assert round(amount * 100) == found["Few"]["both_change"]
    assert "lines that one prices alone" in words
    # And what patients owe of a file that says no coinsurance is told to be unknown, also above
    # what its terms change of what the payer pays.
    said = "Few: the payer's file says no coinsurance"
    assert any(str(row[0]).startswith(said) for row in rows)
    book = openpyxl.load_workbook(tmp_path / "contracts.xlsx", data_only=True)
    assert book["Terms"]["A1"].value.startswith(said)
    # Checks of the first page name payers as their files do; they read "against medicare".
    checks = [str(row[0]) for row in book["Checks"].iter_rows(values_only=True)]
    assert any("contract Few, against Medicare, " in each for each in checks)


@pytest.fixture
def beta(tmp_path: Path) -> Payer:
    """A payer whose file says no coinsurance."""
    path = tmp_path / "beta.toml"
    path.write_text(BETA, encoding="utf-8")
    return load_payer(path)


def test_patients_of_lines_on_which_nothing_is_allowed_owe_nothing_and_that_is_known(
    beta: Payer,
) -> None:
    """The ranking had no amount of it, as where no file says the patients' share."""
    denied = baseline(
        batch({"hcpcs_code": "99213", "hcpcs_modifier_1": "GZ"}).with_columns(
            locality=pl.lit("national")
        ),
        Setup(payer=MEDICARE, schedules=STARTER),
    )
    found = compare_contracts(denied, [MEDICARE, beta])
    assert found.ranking.select("allowed_amount", "patient_amount").rows() == [(0, 0)] * 2
    assert found.lines["Beta Health: patient owes"].to_list() == [0]


def test_one_rule_says_where_nothing_is_known_of_what_patients_owe(beta: Payer) -> None:
    """Contracts, sheets of lines and changes since last time each had a rule of its own."""
    cases = pl.DataFrame(
        {
            "patient_amount": [0, 0, 0, 40, 100, None],
            "allowed_amount": [100, 0, 100, 100, 100, None],
            "deductible_amount": [None, 0, 100, 40, 100, None],
        }
    )
    unsaid = owes_unsaid(deductible="deductible_amount")
    assert cases.select(where_on_file("patient_amount", unsaid)).to_series().to_list() == [
        *(None, 0, 0, 40, 100, None)
    ]
    lines = compare_contracts(demo(), [MEDICARE, beta]).lines["Beta Health: patient owes"]
    estimated = estimate(BATCH, Setup(payer=beta, schedules=STARTER))
    shown = Figures(estimated).lines.sort("_line")["patient_amount"]
    assert ((shown * 100).cast(pl.Int64)).equals(lines, check_names=False)


def test_of_a_contract_only_the_columns_of_its_tables_are_kept(
    acme: Payer, beta: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every contract's whole lines were held at once: memory of contracts times lines."""
    base, whole, held = demo(), [], []
    price, put_together = Baseline.price, contracts._lines

    def priced(*args: Any, **options: Any) -> Priced:
        found = price(*args, **options)
        if found.lines.height == base.lines.height:
            whole.append(weakref.ref(found.lines))
        return found

    def looked_at(*args: Any) -> pl.DataFrame:
        gc.collect()
        held.append(sum(each() is not None for each in whole))
        return put_together(*args)

    monkeypatch.setattr(Baseline, "price", priced)
    monkeypatch.setattr(contracts, "_lines", looked_at)
    others = [load_payer("110-percent-of-medicare"), load_payer("no-sequestration")]
    compare_contracts(base, [MEDICARE, *others, beta, acme])
    assert len(whole) >= 4
    assert held[0] <= 1  # the last one's, whose turn has just ended


def test_a_scenario_s_own_payer_is_asked_for_its_coinsurance_too(tmp_path: Path) -> None:
    """Its page said that patients owe 0.00 instead, and not that nobody knows."""
    (tmp_path / "few.toml").write_text(
        'name = "Few"\ncontract = "Few agreement"\nplan = "commercial"\n'
        '[[rate]]\npercent_of_medicare = 140\ncites = "Few agreement, page 1"\n',
        encoding="utf-8",
    )
    draft = {"title": "Few pays", "cites": "a draft", "payer": str(tmp_path / "few.toml")}
    write_whatif(answer(demo(), [scenario(draft, "draft")]), tmp_path / "if.xlsx")
    page = openpyxl.load_workbook(tmp_path / "if.xlsx", data_only=True)["What if"]
    said = [str(row[1]) for row in page.iter_rows(values_only=True)]
    assert any(each.startswith("Few: the payer's file says no coinsurance") for each in said)


def test_a_long_title_of_a_scenario_takes_no_check_away(tmp_path: Path) -> None:
    """Of a title above 120 characters a third of the checks had no formula, in silence."""
    counts = []
    for number, title in enumerate(("short", "t" * 250, "t" * 300)):
        draft = {"title": title, "cites": "a draft", "conversion_factor": {"scale": 2}}
        path = tmp_path / f"{number}.xlsx"
        write_whatif(answer(demo(), [scenario(draft, "draft")]), path)
        checks = openpyxl.load_workbook(path)["Checks"]
        cells = [cell.value for row in checks.iter_rows() for cell in row]
        counts.append(sum(str(each).startswith("=") for each in cells))
    assert counts[0] == counts[1] == counts[2]


def test_the_effect_of_each_term_and_of_all_together_add_up(acme: Payer) -> None:
    found = compare_contracts(demo(), [MEDICARE, acme])
    terms = found.terms
    assert terms["change"].sum() == total(acme) - demo().total()
    paid = baseline_of(acme)["medicare_amount"].sum()
    assert terms["paid_change"].sum() == paid - demo().total("medicare_amount")
    assert set(terms.select("rule", "term").rows()) == {
        ("contract_rate", "on"),
        ("multiple_procedure", "later"),
        ("assistant_at_surgery", "other"),
        ("lesser_of_charge", "off"),
        ("practitioner", "shares.nurse_practitioner"),
        ("all terms", "together"),
    }
    rate = terms.filter(rule="contract_rate").row(0, named=True)
    assert rate["reference"] == "off"
    assert "%" in rate["value"]  # "on" alone says nothing of what it pays
    assert [each.split(",")[0] for each in found.left_open] == ["Acme's file says no plan"]
    later = terms.filter(pl.col("term") == "later").row(0, named=True)
    assert later["change"] == -11_384
    assert later["reference"].startswith("0.50 from")


def test_families_say_where_each_is_better(acme: Payer) -> None:
    ours = load_payer("100-50-25")
    found = compare_contracts(demo(), [ours, acme])
    families = found.families
    lines = [baseline_of(each) for each in (ours, acme)]
    for row in families.iter_rows(named=True):
        amounts = (row[ours.name], row[acme.name])
        if amounts == (None, None):  # by report: there is nothing to compare
            assert (row["best"], row["lead"]) == (None, None)
            continue
        best = (
            "equal" if amounts[0] == amounts[1] else (ours.name, acme.name)[amounts[1] > amounts[0]]
        )
        assert row["best"] == best
        assert row["lead"] == abs(amounts[0] - amounts[1])
    for payer, priced in zip((ours, acme), lines, strict=True):
        assert families[payer.name].sum() == priced["allowed_amount"].sum()


def test_contracts_that_are_alike_differ_in_nothing() -> None:
    twin = Payer("twin", "the same", MEDICARE.rules)
    found = compare_contracts(demo(), [MEDICARE, twin])
    assert found.terms.is_empty()
    assert set(found.families["best"].drop_nulls()) == {"equal"}


@pytest.mark.parametrize("payers", [[MEDICARE], [MEDICARE, MEDICARE]], ids=["one", "twice"])
def test_one_contract_is_no_comparison(payers: list[Payer]) -> None:
    with pytest.raises(UsageError, match="two or more at a time"):
        compare_contracts(demo(), payers)


def test_each_term_alone_counts_when_the_first_contract_is_the_runs_own_payer(acme: Payer) -> None:
    # The command knows the run's payers by name too; each variant of the first bears that name.
    known = baseline(BATCH, Setup(payers={MEDICARE.name: MEDICARE}, schedules=STARTER))
    found = compare_contracts(known, [MEDICARE, acme]).terms
    assert found.equals(compare_contracts(demo(), [MEDICARE, acme]).terms)
    alone = found.filter(pl.col("rule") != "all terms")
    assert (alone["change"] != 0).sum() == 5
    assert found.filter(pl.col("term") == "later")["change"].to_list() == [-11_384]


def test_two_payers_of_one_name_are_refused(acme: Payer) -> None:
    twin = replace(MEDICARE, rules=acme.rules)
    with pytest.raises(PayerError, match="Two of the payers are named 'medicare'"):
        baseline_of_two(MEDICARE, twin)


def baseline_of_two(payer: Payer, other: Payer) -> Baseline:
    return baseline(BATCH, Setup(payer=payer, payers={other.name: other}, schedules=STARTER))


def test_a_scenario_that_names_a_payer_of_the_run_pays_every_line_by_it(acme: Payer) -> None:
    lines = pl.read_csv(BATCH, infer_schema=False).with_columns(
        payer=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("acme")).otherwise(pl.lit(""))
    )
    two = baseline(lines, Setup(payers={"Acme": acme}, schedules=STARTER))
    compared = assert_right(two, says(payer="medicare"))
    assert compared.base.total() + compared.change == demo().total()
    shares = compared.by("payer")
    assert shares.filter(pl.col("payer") == "Acme")["after"].to_list() == [0]
    assert shares.filter(pl.col("payer") == "medicare")["after"].to_list() == [demo().total()]


def test_a_contract_that_is_frozen_on_a_release_moves_every_line(tmp_path: Path) -> None:
    """Only the release differs, no rule does: as a payer's name and as a term it moved nothing."""
    text = 'name = "{0}"\ncontract = "{0} agreement"\nplan = "commercial"\n{1}'
    for name, more in (("open", ""), ("frozen", 'base_release = "starter-2025"\n')):
        (tmp_path / f"{name}.toml").write_text(text.format(name, more), encoding="utf-8")
    ours, frozen = (load_payer(tmp_path / f"{name}.toml") for name in ("open", "frozen"))
    line = {"hcpcs_code": "27447", "hcpcs_modifier_1": ""}
    lines = batch(line, day="2026-03-02")
    setup = Setup(ours, schedules=STARTER, locality="national")
    # 34.71 × 33.4009, and of 2025 38.88 × 32.3465 = 1,257.63.
    compared = assert_right(baseline(lines, setup), says(payer=str(tmp_path / "frozen.toml")))
    assert (compared.base.total(), compared.change) == (115_935, 9_828)
    (row,) = compare_contracts(baseline(lines, setup), [ours, frozen]).terms.iter_rows(named=True)
    assert (row["rule"], row["term"]) == ("fee_schedule_amount", "base_release")
    assert (row["reference"], row["value"]) == ("the release in force on the day", "starter-2025")
    assert row["change"] == 9_828
    # By day, and only from a day on.
    for day, moved in (("2026-01-01", 9_828), ("2026-04-01", 0)):
        by_day = text.format("moved", f'base_release = {{ {day} = "starter-2025" }}\n')
        (tmp_path / "moved.toml").write_text(by_day, encoding="utf-8")
        theirs = load_payer(tmp_path / "moved.toml")
        terms = compare_contracts(baseline(lines, setup), [ours, theirs]).terms
        assert [(each["value"], each["change"]) for each in terms.to_dicts()] == [
            (f"the release in force on the day; starter-2025 from {day}", moved)
        ]


def test_a_sweep_moves_the_terms_of_payers_that_lines_name(acme: Payer) -> None:
    known = baseline(BATCH, Setup(payers={MEDICARE.name: MEDICARE}, schedules=STARTER))
    asked = read_sweep("terms.multiple_procedure.later=0.25:0.75:0.25")
    assert sweep(known, asked).equals(sweep(demo(), asked))


@pytest.mark.parametrize("name", ["best", "Lead", "code_family", "Code family"])
def test_a_payer_with_the_name_of_a_column_does_not_take_its_place(name: str) -> None:
    # "lead" stood in the table by family as the lead itself, and the payer's dollars nowhere.
    named = replace(MEDICARE, name=name)
    with pytest.raises(UsageError, match=rf"A payer named '{name}' would stand under the heading"):
        compare_contracts(demo(), [MEDICARE, named])


def test_names_that_differ_in_case_alone_head_one_column() -> None:
    with pytest.raises(UsageError, match="each with a name of its own; given: medicare, Medicare"):
        compare_contracts(demo(), [MEDICARE, replace(MEDICARE, name="Medicare")])


def test_a_rule_that_is_off_on_some_days_is_a_term_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "late.toml"
    days = "[terms.multiple_procedure]\noff = { until = 2025-12-31 }\n"
    path.write_text(f'name = "Late"\ncontract = "Late agreement"\n{days}', encoding="utf-8")
    late = load_payer(path)
    (row,) = compare_contracts(demo(), [MEDICARE, late]).terms.iter_rows(named=True)
    assert (row["rule"], row["term"]) == ("multiple_procedure", "off")
    assert (row["reference"], row["value"]) == ("on", "off until 2025-12-31")
    assert row["change"] == total(late) - demo().total()


def test_rates_in_place_of_a_percentage_are_one_term(tmp_path: Path) -> None:
    """Without its percentage alone a contract lost all that its rates then paid again."""
    head = 'name = "{0}"\ncontract = "{0} 2026"\nplan = "commercial"\n'
    rates = '[[rate]]\nname = "surgery"\ncodes = ["27447"]\npercent_of_medicare = 135\n'
    texts = {
        "One": "percent_of_medicare = 128\n",
        "Other": f'{rates}[[rate]]\nname = "all else"\npercent_of_medicare = 118\n',
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.toml").write_text(head.format(name) + text, "utf-8")
    visit = {"hcpcs_code": "99213", "hcpcs_modifier_1": "57"}
    lines = batch({"hcpcs_code": "27447"}, visit, day="2026-03-02")
    on = baseline(lines, Setup(schedules=STARTER, locality="national"))
    found = compare_contracts(on, [load_payer(tmp_path / f"{name}.toml") for name in texts])
    (row,) = found.terms.iter_rows(named=True)
    assert (row["rule"], row["term"]) == ("contract_rate", "rates")
    assert row["reference"] == "overall 128 % from 1992-01-01"
    assert row["value"].startswith("rates surgery: 135 % from 1992-01-01 of Medicare; codes 27447;")
    # 1,159.35 × 1.35 = 1,565.12 and 57.45 × 1.18 = 67.79, of 1,483.97 and 73.54 at 1.28.
    assert row["change"] == 156_512 + 6_779 - 148_397 - 7_354


def test_shares_by_modifier_stand_in_words(tmp_path: Path) -> None:
    share = '[[terms.modifier.share]]\nmodifier = "52"\nshare = 0.50\n'
    (tmp_path / "half.toml").write_text(f'name = "Half"\ncontract = "Half agreement"\n{share}')
    terms = compare_contracts(demo(), [MEDICARE, load_payer(tmp_path / "half.toml")]).terms
    row = terms.filter(pl.col("rule") == "modifier").row(0, named=True)
    assert (row["reference"], row["value"]) == ("none", "52: 0.50 from 1992-01-01")


def test_shares_by_modifier_are_one_term_and_rates_are_in_words(tmp_path: Path) -> None:
    """Each rule that knows the shares was a term, and moved money that no contract moves."""
    head = 'name = "{0}"\ncontract = "{0} 2026"\nplan = "commercial"\n'
    share = '[[terms.modifier.share]]\nmodifier = "62"\nshare = {}\n'
    rate = "[[rate]]\npercent_of_medicare = {}\n"
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text(head.format("One") + share.format("0.65") + rate.format(140), "utf-8")
    other.write_text(head.format("Other") + share.format("0.60") + rate.format(100), "utf-8")
    line = {"hcpcs_code": "63047", "hcpcs_modifier_1": "62"}
    on = baseline(batch(line), Setup(schedules=STARTER, locality="national"))
    found = compare_contracts(on, [load_payer(one), load_payer(other)])
    said = found.terms.select("rule", "term", "reference", "value").rows()
    assert said[:2] == [
        ("modifier", "share", "62: 0.65 from 1992-01-01", "62: 0.60 from 1992-01-01"),
        (
            *("contract_rate", "rates", "rate 1: 140 % from 1992-01-01 of Medicare"),
            "rate 1: 100 % from 1992-01-01 of Medicare",
        ),
    ]
    fee = found.ranking["allowed_amount"].to_list()
    assert fee[0] > fee[1] > 0
    assert found.terms["change"].sum() == fee[1] - fee[0]
    assert {each[0] for each in said} <= {"modifier", "contract_rate", "all terms"}


AGREED = """
plan = "commercial"

[[terms.modifier.share]]
modifier = "52"
share = {half}

[[terms.modifier.share]]
modifier = "22"
share = {more}

[[rate]]
name = "visits"
codes = ["99202-99215"]
percent_of_medicare = {visits}

[[rate]]
name = "surgery"
codes = ["10004-69990"]
percent_of_medicare = {surgery}
"""


def test_an_amendment_is_told_share_by_share_and_rate_by_rate(tmp_path: Path) -> None:
    """All shares were one row of it, and all rates another."""
    agreed = {"half": "0.50", "more": "1.20", "visits": 110, "surgery": 150}
    amended = {"half": "0.60", "more": "1.25", "visits": 115, "surgery": 140}
    for name, numbers in (("Agreed", agreed), ("Amended", amended)):
        text = f'name = "{name}"\ncontract = "{name} 2026"\n{AGREED.format(**numbers)}'
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    lines = [
        {"hcpcs_code": "62323", "hcpcs_modifier_1": "52", "person_id": "A"},
        {"hcpcs_code": "62323", "hcpcs_modifier_1": "22", "person_id": "B"},
        {"hcpcs_code": "99213", "person_id": "C"},
        {"hcpcs_code": "62323", "person_id": "D"},
    ]
    on = baseline(batch(*lines, day="2026-03-02"), Setup(schedules=STARTER, locality="national"))
    payers = [load_payer(tmp_path / f"{name}.toml") for name in ("Agreed", "Amended")]
    terms = compare_contracts(on, payers).terms
    fees = [line["allowed_amount"] for line in on.lines.iter_rows(named=True)]
    epidural, visit = fees[3], fees[2]

    def paid(fee: int, *percents: int) -> int:
        for percent in percents:
            fee = (fee * percent + 50) // 100
        return fee

    said = {row["reference"].split(":")[0]: row for row in terms.iter_rows(named=True)}
    assert said["22"]["change"] == paid(epidural, 125, 150) - paid(epidural, 120, 150)
    assert said["52"]["change"] == paid(epidural, 60, 150) - paid(epidural, 50, 150)
    assert said["visits"]["change"] == paid(visit, 115) - paid(visit, 110)
    assert said["visits"]["value"] == (
        "visits: 115 % from 1992-01-01 of Medicare; codes 99202-99215"
    )
    assert said["surgery"]["change"] == sum(
        paid(epidural, *shares, 140) - paid(epidural, *shares, 150)
        for shares in ((50,), (120,), (100,))
    )
    ranking = compare_contracts(on, payers).ranking
    by_payer = dict(ranking.select("payer", "allowed_amount").rows())
    assert terms["change"].sum() == by_payer["Amended"] - by_payer["Agreed"]


SELECTED = {
    "visits": 'codes = ["99202-99215"]\n',
    "surgery": 'codes = ["10004-69990"]\n',
    "facility": 'setting = "facility"\n',
    "rest": "",
}
#: What an amendment leaves, adds, takes away and asks in another order, and the rows it is told in.
AMENDMENTS = {
    "one added": (
        [("visits", 110), ("rest", 100)],
        [("visits", 110), ("surgery", 150), ("rest", 100)],
        [("none", "rate 2: 150 %", "exhibit 1")],
    ),
    "one taken away, one moved": (
        [("visits", 110), ("surgery", 150), ("rest", 100)],
        [("surgery", 140), ("rest", 100)],
        [
            ("rate 1: 110 %", "none", "Amended 2026"),
            ("rate 2: 150 %", "rate 1: 140 %", "exhibit 0"),
        ],
    ),
    "another order": (
        [("facility", 120), ("surgery", 150), ("rest", 100)],
        [("surgery", 150), ("facility", 130), ("rest", 100)],
        [
            ("rate 1: 120 %", "rate 2: 130 %", "exhibit 1"),
            (
                "asked in the order rate 1, rate 2, rate 3",
                "asked in the order rate 2, rate 1, rate 3",
                "exhibit 0",
            ),
        ],
    ),
    "nothing in common": (
        [("visits", 110)],
        [("surgery", 140)],
        [("rate 1: 110 %", "rate 1: 140 %", "Amended 2026")],
    ),
}


def test_rates_of_an_amendment_are_aligned_by_what_they_ask_for(tmp_path: Path) -> None:
    """A rate that was added, taken away or asked elsewhere made one row of all rates."""
    lines = [
        {"hcpcs_code": code, "place_of_service_code": place, "person_id": f"{code} {place}"}
        for code in ("62323", "99213", "70551")
        for place in ("11", "22")
    ]
    on = baseline(batch(*lines, day="2026-03-02"), Setup(schedules=STARTER, locality="national"))
    for name, (agreed, amended, wanted) in AMENDMENTS.items():
        payers = []
        for title, rates in (("Agreed", agreed), ("Amended", amended)):
            text = f'name = "{title}"\ncontract = "{title} 2026"\nplan = "commercial"\n'
            for number, (kind, percent) in enumerate(rates):
                text += f"[[rate]]\npercent_of_medicare = {percent}\n{SELECTED[kind]}"
                text += f'cites = "exhibit {number}"\n'
            (tmp_path / f"{title}.toml").write_text(text, "utf-8")
            payers.append(load_payer(tmp_path / f"{title}.toml"))
        found = compare_contracts(on, payers)
        told = [
            (row["reference"].split(" from")[0], row["value"].split(" from")[0], row["cites"])
            for row in found.terms.iter_rows(named=True)
            if row["term"] == "rates"
        ]
        assert told == wanted, name
        by_payer = dict(found.ranking.select("payer", "allowed_amount").rows())
        assert found.terms["change"].sum() == by_payer["Amended"] - by_payer["Agreed"], name


def test_a_percent_of_each_code_cites_the_payer_s_page(tmp_path: Path) -> None:
    """The table of terms cited CMS for it, where the trail cited the payer."""
    (tmp_path / "acme.toml").write_text(
        'name = "Acme"\ncontract = "Acme agreement"\nplan = "medicare"\n'
        '[terms.endoscopy]\npercent = { "45380" = 0.40 }\ncites = "Acme endo p5"\n',
        "utf-8",
    )
    lines = [{"hcpcs_code": code, "place_of_service_code": "24"} for code in ("45385", "45380")]
    on = baseline(batch(*lines, day="2026-03-02"), Setup(schedules=STARTER, locality="national"))
    terms = compare_contracts(on, [MEDICARE, load_payer(tmp_path / "acme.toml")]).terms
    assert terms.filter(pl.col("term") == "percent")["cites"].to_list() == ["Acme endo p5"]
