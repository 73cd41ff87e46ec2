"""What a change takes the place of is said: in the printed text, the record and the workbook."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from payrules.errors import PayerError
from payrules.payers import MEDICARE, load_payer
from payrules.runs.setup import Setup
from payrules.scenarios import Baseline, baseline, plan
from payrules.scenarios.answer import Answer, answer, as_record
from payrules.scenarios.solve import read_target
from payrules.screen.printed import Part, show
from payrules.screen.what_if import dry_run, told
from payrules.workbook.what_if import write_whatif
from tests.pricing_cases import STARTER
from tests.scenarios.grounds import demo, says
from tests.scenarios.test_contradictions import DOLLARS, LINES, PAYER, base, write

BY_CODE = """
[percent_of_medicare]
overall = 110
[[percent_of_medicare.by_code]]
first = "64400"
last = "64484"
percent = 125
"""


def replaced(on: Baseline, **written: Any) -> tuple[str, ...]:
    return plan(on, says(**written), weighed=False).replaced


@pytest.fixture
def texts(capsys: pytest.CaptureFixture[str]) -> Callable[[list[Part]], str]:
    """Give everything that is printed, as one line."""

    def read(parts: list[Part]) -> str:
        capsys.readouterr()
        show(*parts)
        return " ".join(capsys.readouterr().out.split())

    return read


def test_a_percentage_says_that_it_takes_the_place_of_a_list_by_code(tmp_path: Path, texts) -> None:
    acme = load_payer(write(tmp_path, PAYER + BY_CODE))
    said = (
        "the percentage of Medicare takes the place of Acme's own: 64400 to 64484 at 125 %;"
        " every other code at 110 %"
    )
    tried = says(percent_of_medicare=120)
    answered = answer(base(acme), [tried])
    assert answered.comparisons[0].plan.replaced == (said,)
    assert said in texts(told(answered))
    assert said in texts(dry_run([plan(base(acme), tried)]))
    record = json.loads(json.dumps(as_record(answered)))
    assert record["scenarios"][0]["replaces"] == [said]
    write_whatif(answered, tmp_path / "w.xlsx")
    page = openpyxl.load_workbook(tmp_path / "w.xlsx")["What if"]
    assert said in {cell.value for row in page.iter_rows() for cell in row}
    # It does take its place: every line is paid 120 percent.
    paid = answered.comparisons[0].after
    assert paid["allowed_amount"].equals(
        plan_of(base(), percent_of_medicare=120), check_names=False
    )


def plan_of(on: Baseline, **written: Any) -> pl.Series:
    """Give what a scenario allows on each line."""
    return answer(on, [says(**written)]).comparisons[0].after["allowed_amount"]


def test_medicares_terms_of_one_value_are_replaced_without_a_word() -> None:
    later = {"multiple_procedure": {"later": Decimal("0.4")}}
    assert replaced(base(), terms=later) == ()
    assert replaced(base(), percent_of_medicare=110) == ()


def test_a_term_says_that_it_takes_the_place_of_the_payers_own() -> None:
    third = {"multiple_procedure": {"third": Decimal("0.4")}}
    assert replaced(base(load_payer("100-50-25")), terms=third) == (
        "what is said of multiple procedures takes the place of 100-50-25's own, the third and each"
        " later one at 25 %",
    )
    (said,) = replaced(base(), terms={"sequestration": {"cut": Decimal("0.01")}})
    assert said.startswith(
        "what is said of sequestration takes the place of Medicare's own, a cut of 2 % from 2013"
    )


def test_a_rule_that_one_payer_has_off_is_said_to_stay_off_there() -> None:
    on = base(MEDICARE, off=load_payer("no-sequestration"))
    said = replaced(on, terms={"sequestration": {"cut": Decimal("0.01")}})
    assert "sequestration: the rule is off in no-sequestration, and stays off there" in said
    assert len(said) == 2


def test_a_payer_a_schedule_and_a_release_say_what_they_take_the_place_of(tmp_path: Path) -> None:
    acme = load_payer(write(tmp_path, PAYER + DOLLARS.format("release")))
    both = base(MEDICARE, Acme=acme)
    assert replaced(both, payer="no-sequestration") == (
        "no-sequestration takes the place of Medicare, Acme, whatever payer a line names",
    )
    assert replaced(both, payer="medicare") == (
        "Medicare takes the place of Acme, whatever payer a line names",
    )
    assert replaced(base(), payer="medicare", conversion_factor=40) == ()
    (tmp_path / "more.csv").write_text("hcpcs_code,facility_amount\n64483,400\n", "utf-8")
    schedule = {"file": str(tmp_path / "more.csv"), "indicators": "release"}
    assert replaced(both, fee_schedule=schedule) == (
        "the dollars of more.csv take the place of Acme's, fees.csv",
    )
    fixed = baseline(LINES, Setup(schedules=STARTER, release="starter-2025"))
    assert replaced(fixed, release="starter-2026") == (
        "release starter-2026 takes the place of starter-2025, the release asked for",
    )


def test_amounts_that_a_factor_cannot_move_are_said_to_stand() -> None:
    assert replaced(
        base(), fees=[{"codes": "64483", "amount": 100}], conversion_factor={"scale": 2}
    ) == ("the amounts of fees entry 1 stand, whatever the factor and the indices",)


@pytest.fixture(scope="module")
def everything() -> Answer:
    """Solve, sweep, tornado and contracts beside two scenarios."""
    first = says(
        conversion_factor={"scale": Decimal("1.02")},
        terms={"multiple_procedure": {"later": Decimal("0.4")}},
    )
    second = says(conversion_factor=40)
    object.__setattr__(second, "name", "second")
    return answer(
        base(),
        [first, second],
        unknown="conversion_factor",
        target="+3%",
        swept="terms.multiple_procedure.later=0.4:0.6:0.1",
        with_tornado=True,
        contracts=[MEDICARE, load_payer("110-percent-of-medicare")],
    )


def test_what_solve_sweep_tornado_and_contracts_stand_on_is_said(
    everything: Answer, tmp_path: Path, texts
) -> None:
    said = (
        "The solve stands on scenario, the first of 2 scenarios; its value takes the place of"
        " what is said there of conversion factor (scale 1.02).",
        "The sweep stands on scenario, the first of 2 scenarios; its value takes the place of"
        " what is said there of multiple procedures (0.4).",
        "The tornado stands on scenario, the first of 2 scenarios: it moves the terms that are in"
        " force there.",
        "The contracts are compared on scenario, the first of 2 scenarios: on its claims and the"
        " releases it changes; terms and fees in dollars are each contract's own.",
    )
    assert everything.standing == said
    assert as_record(everything)["stands_on"] == list(said)
    printed = texts(told(everything))
    write_whatif(everything, tmp_path / "w.xlsx")
    page = openpyxl.load_workbook(tmp_path / "w.xlsx")["What if"]
    written = {cell.value for row in page.iter_rows() for cell in row}
    for sentence in said:
        assert sentence in printed
        assert sentence in written


def test_a_tornado_and_contracts_stand_on_the_scenario_to_the_cent(everything: Answer) -> None:
    first = everything.comparisons[0]
    assert everything.contracts is not None
    assert everything.tornado is not None
    ranked = dict(everything.contracts.ranking.select("payer", "allowed_amount").iter_rows())
    # The contract of Medicare has Medicare's terms: of the scenario only the factor stays.
    factor = answer(base(), [says(conversion_factor={"scale": Decimal("1.02")})]).comparisons[0]
    assert ranked["medicare"] == factor.totals["after"][0]
    bars = everything.tornado.filter(pl.col("measure") == "allowed_amount")
    later = bars.row(by_predicate=pl.col("term") == "terms.multiple_procedure.later", named=True)
    assert (later["low"], later["high"]) == ("0.36", "0.44")
    moved = {"multiple_procedure": {"later": Decimal("0.44")}}
    both = answer(
        base(), [says(conversion_factor={"scale": Decimal("1.02")}, terms=moved)]
    ).comparisons[0]
    assert later["high_change"] == both.change - first.change


def test_a_scenario_of_volumes_is_not_stood_on_and_why_is_said() -> None:
    twice = says(claims=[{"volume": 2}])
    answered = answer(
        base(),
        [twice],
        with_tornado=True,
        contracts=[MEDICARE, load_payer("110-percent-of-medicare")],
    )
    assert answered.standing == tuple(
        f"The {what} stands on the claims as they came, without scenario: its volumes count lines"
        " otherwise than once."
        for what in ("tornado", "comparison of contracts")
    )
    assert answered.contracts is not None
    ranked = answered.contracts.ranking.filter(pl.col("payer") == "medicare")
    assert ranked["allowed_amount"].item() == base().total()


def test_nothing_stands_on_no_scenario() -> None:
    assert answer(base(), with_tornado=True).standing == ()


def test_a_solve_and_a_sweep_say_whose_terms_their_value_takes_the_place_of(
    tmp_path: Path, texts
) -> None:
    acme = load_payer(write(tmp_path, PAYER + "percent_of_medicare = 115\n"))
    both = base(MEDICARE, Acme=acme)
    said = [
        "the percentage of Medicare takes the place of Medicare's own: every code at 100 %",
        "the percentage of Medicare takes the place of Acme's own: every code at 115 %",
    ]
    # A scenario of the same says so too.
    assert [*replaced(both, percent_of_medicare=120)] == said
    answered = answer(
        both,
        unknown="percent_of_medicare",
        target="+3%",
        swept="percent_of_medicare=100:140:20",
    )
    sentences = [f"In the {what}, {each}." for what in ("solve", "sweep") for each in said]
    assert [*answered.standing] == sentences
    assert as_record(answered)["stands_on"] == sentences
    printed = texts(told(answered))
    write_whatif(answered, tmp_path / "w.xlsx")
    book = openpyxl.load_workbook(tmp_path / "w.xlsx")
    for sheet in ("What if", "About"):
        written = {cell.value for row in book[sheet].iter_rows() for cell in row}
        assert written.issuperset(sentences)
    assert all(each in printed for each in sentences)


def test_a_fee_that_is_solved_for_or_swept_says_whose_it_is_and_today_s(tmp_path: Path) -> None:
    both = base(MEDICARE, Acme=load_payer(write(tmp_path, PAYER + "percent_of_medicare = 115\n")))
    code = both.lines["hcpcs_code"][0]
    answered = answer(both, unknown=f"fee:{code}", target="+1%", swept=f"fee:{code}=1:2:1")
    theirs = both.lines.with_columns(payer=both.payer_names(both.lines)).filter(hcpcs_code=code)
    said = []
    for payer in theirs["payer"].unique(maintain_order=True):
        fees = theirs.filter(payer=payer)["fee_schedule_amount"]
        today = " to ".join(f"${each / 100:,.2f}" for each in sorted({fees.min(), fees.max()}))
        whose = payer.replace("medicare", "Medicare")
        place = f"the fee of {code} takes the place of the schedules' on lines of {whose}"
        said.append(f"{place}, {today} today")
    sentences = [f"In the {what}, {each}." for what in ("solve", "sweep") for each in said]
    assert sentences
    assert [*answered.standing] == sentences


def test_a_sweep_of_a_term_says_what_every_payer_holds_today() -> None:
    both = base(MEDICARE, other=load_payer("100-50-25"))
    swept = answer(both, swept="terms.multiple_procedure.later=0.3:0.5:0.1")
    said = "In the sweep, what is said of multiple procedures takes the place of"
    each = "each later one at"
    assert swept.standing == (
        f"{said} Medicare's own, {each} 50 %.",
        f"{said} 100-50-25's own, {each} 50 %.",
    )


def test_one_conversion_factor_says_which_ones_of_today_it_takes_the_place_of() -> None:
    on = base()
    solved = answer(on, unknown="conversion_factor", target="+3%")
    today = " and ".join(
        f"{factor} ({', '.join(years)})" for factor, years in on.conversion_factors.items()
    )
    said = f"the one conversion factor takes the place of today's {today}"
    assert solved.standing == (f"In the solve, {said}.",)
    two_years = demo()
    assert len(two_years.conversion_factors) > 1
    (told_of,) = plan(two_years, says(conversion_factor=33)).replaced
    for factor in two_years.conversion_factors:
        assert factor in told_of


# -- words -----------------------------------------------------------------------------------------


def test_the_share_of_a_reduction_that_grows_has_the_sign_of_its_change() -> None:
    later = {"multiple_procedure": {"later": Decimal("0.4")}}
    rules = answer(demo(), [says(terms=later)]).comparisons[0].by_rule
    row = rules.row(by_predicate=pl.col("rule") == "multiple_procedure", named=True)
    assert row["before"] < 0
    assert row["change"] < 0
    assert row["share"] == row["change"] / -row["before"] == pytest.approx(-0.2, abs=1e-4)


def test_tables_that_stop_at_twelve_rows_say_how_many_more_there_are(texts) -> None:
    answered = answer(demo(), [says(conversion_factor={"scale": Decimal("1.05")})])
    one = answered.comparisons[0]
    codes = one.by("hcpcs_code").filter(pl.col("change") != 0).height
    assert codes > 12
    assert f"and {codes - 12} more" in texts(told(answered))
    none = says(claims=[{"set": {"hcpcs_code": "99999"}}])
    answered = answer(demo(), [none])
    changes = answered.comparisons[0].status_changes.height
    assert changes > 12
    assert f"and {changes - 12} more" in texts(told(answered))


def test_a_target_of_what_is_paid_does_not_say_medicare() -> None:
    for target, said in (
        ("medicare=300", "paid by the payer"),
        ("medicare=+3%", "paid by the payer, +3% on the baseline"),
        ("medicare=baseline", "paid by the payer, the baseline"),
        ("allowed=300", "allowed"),
        ("+3%", "+3% on the baseline"),
    ):
        assert read_target(target, base()).words == said


def test_what_a_payer_pays_is_not_called_medicare(tmp_path: Path, texts) -> None:
    acme = load_payer("no-sequestration")
    answered = answer(
        base(acme),
        [says(conversion_factor=40)],
        contracts=[acme, load_payer("110-percent-of-medicare")],
    )
    printed = texts(told(answered))
    assert "paid by the payer" in printed
    write_whatif(answered, tmp_path / "w.xlsx")
    book = openpyxl.load_workbook(tmp_path / "w.xlsx")
    for sheet in ("Contracts", "Lines"):
        headings = [cell.value for cell in next(book[sheet].iter_rows())]
        assert any(name.lower().startswith("payer pays") for name in headings)
        assert not any("medicare" in name.lower() for name in headings)


def test_a_scenario_names_a_payer_of_the_baseline_by_its_name(tmp_path: Path) -> None:
    """It was told that there is no payer of that name."""
    acme = load_payer(write(tmp_path, PAYER + "percent_of_medicare = 115\n"))
    both = base(MEDICARE, Acme=acme)
    assert plan(both, says(payer="acme")).replaced[0].startswith("Acme takes the place of Medicare")
    with pytest.raises(PayerError, match="The baseline's own are Medicare, Acme"):
        plan(both, says(payer="Acne"))
