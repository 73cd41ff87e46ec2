"""What-if on drugs and laboratory tests: their quarters' amounts are changed, no release's."""

from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl
import pytest

from payrules.errors import ScenarioError
from payrules.runs.setup import Setup
from payrules.scenarios import Baseline, baseline
from payrules.scenarios.plan import plan
from payrules.scenarios.schedule_changes import change_schedules
from payrules.scenarios.sensitivity import read_sweep, sweep
from tests.payers.files import batch
from tests.quarters import drug, laboratory, quarter, with_quarters
from tests.scenarios.grounds import STARTER, assert_right, says

SCHEDULES = with_quarters(
    STARTER,
    quarter(
        drug("J1100", "0.112"),
        drug("J3301", "1.234"),
        drug("J7999", None, note="the contractor prices it"),
    ),
    quarter(laboratory("80307", "62.14"), laboratory("80305", "12.60", "QW")),
)


def line(number: str, code: str, modifiers: str = "", units: str = "1") -> dict[str, Any]:
    return {
        "claim_line_number": number,
        "hcpcs_code": code,
        "hcpcs_modifiers": modifiers,
        "service_unit_quantity": units,
        "claim_line_start_date": "2025-02-07",
    }


@cache
def base(*codes: str) -> Baseline:
    lines = [
        line("1", "J1100", units="10"),
        line("2", "J3301"),
        line("3", "80307"),
        line("4", "80305", "QW"),
        line("5", "99213"),
        line("6", "J7999"),
    ]
    lines = [each for each in lines if not codes or each["hcpcs_code"] in codes]
    return baseline(batch(*lines), Setup(schedules=SCHEDULES, locality="national"))


@pytest.mark.parametrize(
    ("fee", "allowed"),
    [
        ({"codes": "J1100", "scale": Decimal("1.5")}, {"J1100": "1.68"}),
        # 0.112 and 0.115 show as 0.11 and 0.12 a unit, 0.112 and 0.114 both as 0.11.
        ({"codes": "J1100", "scale": Decimal("1.018")}, {"J1100": "1.14"}),
        ({"codes": ["J1100"], "amount": Decimal("0.25")}, {"J1100": "2.50"}),
        ({"codes": "80307", "amount": 70}, {"80307": "70.00"}),
        ({"codes": "80305", "amount": 14}, {"80305": "14.00"}),
        ({"codes": "J7999", "amount": 3}, {"J7999": "3.00"}),
        ({"family": "HCPCS J: drugs", "scale": 2}, {"J1100": "2.24", "J3301": "2.47"}),
    ],
    ids=str,
)
def test_a_fee_reaches_limits_and_rates(fee: dict[str, Any], allowed: dict[str, str]) -> None:
    compared = assert_right(base(), says(fees=[fee]))
    lines = base().lines
    codes, was = lines["hcpcs_code"].gather(compared.rows), lines["allowed_amount"]
    before_after = zip(was.gather(compared.rows), compared.after["allowed_amount"], strict=True)
    then = {
        code: f"{after / 100:.2f}"
        for code, (before, after) in zip(codes, before_after, strict=True)
        if after != before
    }
    assert then == allowed
    assert [lines for _, lines in compared.plan.met] == [len(allowed)]


def test_a_change_of_every_fee_changes_drugs_and_tests_too() -> None:
    compared = assert_right(base(), says(fees=[{"scale": 2}]))
    assert [lines for _, lines in compared.plan.met] == [5]


@pytest.mark.parametrize(
    "fee",
    [
        {"codes": "J1100", "facility_amount": 1, "nonfacility_amount": 2},
        {"codes": "80307", "amount": 3, "modifier": "26"},
        {"codes": "80307", "amount": Decimal("62.14")},
    ],
    ids=str,
)
def test_what_no_limit_has_changes_nothing(fee: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError, match="changes nothing"):
        plan(base(), says(fees=[fee]))


def test_two_entries_of_one_drug_are_refused() -> None:
    twice = [{"codes": "J1100", "scale": 2}, {"family": "HCPCS J: drugs", "scale": 3}]
    with pytest.raises(ScenarioError, match="J1100, which another entry changes too"):
        plan(base(), says(fees=twice))


def test_a_limit_beyond_reason_is_refused() -> None:
    dear = with_quarters(STARTER, quarter(drug("J1100", "2000000")))
    priced = baseline(batch(line("1", "J1100")), Setup(schedules=dear, locality="national"))
    with pytest.raises(ScenarioError, match="is within reason"):
        plan(priced, says(fees=[{"codes": "J1100", "scale": 10}]))


def test_a_release_prices_no_drug() -> None:
    assert plan(base(), says(release="starter-2026")).met == (
        ("release starter-2026 prices every line of the physician fee schedule", 1),
    )
    with pytest.raises(
        ScenarioError, match="no line is priced by a release of the physician fee schedule"
    ):
        plan(base("J1100", "80307"), says(release="starter-2026"))


def test_the_fee_of_a_code_is_swept_of_a_drug_and_a_test_too() -> None:
    """`--sweep` knew terms and factors only; of a code that no line has it changed nothing."""
    for code, first, change in (("J3301", "2", 77), ("80307", "70", 786), (" j3301", "1", -23)):
        found = sweep(base(), read_sweep(f"fee:{code}={first}:{first}:1"))
        assert found["allowed_change"].to_list() == [change]
    on = says(fees=[{"codes": "J1100", "scale": 2}])
    both = sweep(base(), read_sweep("fee:J3301=2:3:1"), on)["allowed_change"].to_list()
    assert both == [77 + 112, 177 + 112]
    with pytest.raises(ScenarioError, match=r"^--sweep fee:99998: matches no line of the batch"):
        sweep(base(), read_sweep("fee:99998=1:2:1"))
    with pytest.raises(ScenarioError, match=r"^--sweep fee:99998: matches no line of the batch"):
        sweep(base(), read_sweep("fee:99998=1:2:1"), on)


def test_rows_about_a_code_are_changed_as_the_whole_table_is() -> None:
    changed = change_schedules(SCHEDULES, says(fees=[{"codes": "J1100", "scale": 2}]))
    about = pl.col("hcpcs_code") == "J1100"
    rows, whole = changed.rows_where("asp", about), changed.table("asp")
    assert rows is not None
    assert whole is not None
    assert 224 in rows["payment_limit"]
    assert rows.equals(whole.filter(about))
