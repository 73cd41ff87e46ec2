"""Parts of a fee: what rules divide goes along with a changed fee, and is never beyond it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from payrules.fees.dollar_schedule import DollarSchedule
from payrules.scenarios.schedule_changes import change_dollars, change_schedules
from payrules.schedules import Schedules
from tests.pricing_cases import (
    FACTORS_2025,
    by_hand,
    code,
    in_dollars,
    parts,
    priced,
    rows_of_72191,
)
from tests.scenarios.grounds import says

IMAGING = {"multiple": "4", "family": "88"}
#: 72191 at 299.85 beside a larger test; a heart test billed whole beside its technical code.
SCHEDULES = by_hand(
    *rows_of_72191(),
    *parts("74177", "3.00", "9.00", **IMAGING),
    code("93000", "0.20", pe="0.40", pctc="4", multiple="6"),
    code("93005", pe="0.20", pctc="3", multiple="6"),
    *parts("93306", "1.50", "4.00", multiple="6"),
    *parts("76514", "0.20", "0.10", multiple="7"),
    code("97110", "0.45", pe="0.40", malpractice="0.02", multiple="5"),
    factors=FACTORS_2025,
)
BEYOND = "is more than the whole"


def session(*services: str, place: str = "11") -> list[dict[str, Any]]:
    """Bill services on one day, in an office unless another place is given."""
    return [
        {
            "claim_id": "c",
            "claim_line_number": str(number),
            "person_id": "p",
            "rendering_npi": "1",
            "claim_line_start_date": "2025-06-02",
            "hcpcs_code": service.split()[0],
            "hcpcs_modifiers": " ".join(service.split()[1:]),
            "place_of_service_code": place,
            "locality": "national",
        }
        for number, service in enumerate(services, 1)
    ]


def paid(
    *services: str,
    schedules: Schedules = SCHEDULES,
    dollars: DollarSchedule | None = None,
    fees: list[dict[str, Any]] | None = None,
) -> list[tuple[int | None, str | None]]:
    """Price one session in an office: of each line its allowed amount and its note."""
    changed = says(fees=fees) if fees else None
    if changed is not None and dollars is not None:
        dollars = change_dollars(dollars, changed)
    elif changed is not None:
        schedules = change_schedules(schedules, changed)
    lines = session(*services)
    found = priced(lines, schedules=schedules, dollars=dollars).lines
    return found.select("allowed_amount", "review").rows()


def test_a_set_fee_in_a_session_takes_its_parts_along_and_is_never_below_nothing() -> None:
    """72191 at 100.00 as the second study was −13.10: half of its untouched TC row's 218.02."""
    # 218.02 × 100 / 299.85 = 72.71, half of it 36.36; 81.84 × 100 / 299.85 = 27.29, at 95 percent
    # 25.93: 100.00 − 36.35 − 1.36.
    first, second = paid("74177", "72191", fees=[{"codes": "72191", "amount": 100}])
    assert first == (38_816, None)
    assert second == (6_229, None)


@pytest.mark.parametrize(
    ("fees", "allowed"),
    [
        # Of 30.00: 21.81, half of it lost is 10.90; 8.19 less 0.41.
        ({"amount": 30}, 1_869),
        ({"facility_amount": 500, "nonfacility_amount": 30}, 1_869),
        ({"amount": 0}, 0),
        ({"amount": Decimal("0.01")}, 1),
        # The whole alone is halved, 149.93: 218.02 → 109.01 and 81.84 → 40.92.
        ({"modifier": "", "scale": Decimal("0.5")}, 9_338),
        # All its rows are: 109.01 and 40.92 as well.
        ({"scale": Decimal("0.5")}, 9_338),
    ],
    ids=str,
)
def test_the_parts_of_a_changed_whole_are_in_proportion(fees: dict[str, Any], allowed: int) -> None:
    assert paid("74177", "72191", fees=[{"codes": "72191", **fees}])[1] == (allowed, None)


def test_a_part_whose_own_row_is_changed_is_as_its_row_says() -> None:
    whole = {"codes": "72191", "amount": 100}
    technical = {"codes": "72191", "modifier": "TC", "amount": 80}
    # Half of 80.00, and 27.29 × 5 percent: 100.00 − 40.00 − 1.36.
    assert paid("74177", "72191", fees=[whole, technical])[1] == (5_864, None)
    # Above the whole it is the whole, for a person to look at: 100.00 − 50.00 − 1.36.
    found = paid("74177", "72191", fees=[whole, {**technical, "amount": 150}])[1]
    assert found[0] == 4_864
    assert found[1] == (
        "the schedule's technical part, $150.00, is more than the whole, $100.00: treated as the"
        " whole"
    )


def test_a_technical_row_raised_above_its_whole_is_noted_on_the_whole_test() -> None:
    (found,) = paid("72191", fees=[{"codes": "72191", "modifier": "TC", "amount": 1000}])
    assert found[0] == 25_974
    assert BEYOND in (found[1] or "")


def test_a_test_billed_whole_takes_the_technical_code_it_is_divided_by_along() -> None:
    # 0.60 × 32.3465 = 19.41, and its technical code 6.47; at 3.00: 1.00, a quarter of it lost.
    assert paid("93306", "93000")[1] == (1_941 - 162, None)
    changed = paid("93306", "93000", fees=[{"codes": "93000", "amount": 3}])
    assert changed[1] == (275, None)
    # The technical code raised above the whole is the whole: 19.41 less a quarter.
    changed = paid("93306", "93000", fees=[{"codes": "93005", "amount": 1000}])
    assert changed[1][0] == 1_456
    assert BEYOND in (changed[1][1] or "")


def test_old_equipment_takes_its_share_of_a_set_fee() -> None:
    # 72.71 × 0.85 = 61.80: 100.00 − 10.91. With the untouched row the cut was 32.70.
    assert paid("72191 CT", fees=[{"codes": "72191", "amount": 100}]) == [(8_909, None)]


# ------------------------------------------------------------------------- schedules in dollars


def contract(*rows: Mapping[str, Any]) -> DollarSchedule:
    return in_dollars(
        *({**row, "facility_amount": row["nonfacility_amount"]} for row in rows),
        own_indicators=False,
    )


def study(whole: str, technical: str, professional: str) -> DollarSchedule:
    return contract(
        {"hcpcs_code": "74177", "nonfacility_amount": "9000.00"},
        {"hcpcs_code": "74177", "modifier": "TC", "nonfacility_amount": "5000.00"},
        {"hcpcs_code": "74177", "modifier": "26", "nonfacility_amount": "4000.00"},
        {"hcpcs_code": "72191", "nonfacility_amount": whole},
        {"hcpcs_code": "72191", "modifier": "TC", "nonfacility_amount": technical},
        {"hcpcs_code": "72191", "modifier": "26", "nonfacility_amount": professional},
    )


def test_a_contract_whose_technical_row_exceeds_the_whole_never_pays_below_nothing() -> None:
    """It was 100.00 − 109.01 − 4.09 = −13.10, without a word."""
    found = paid("74177", "72191", dollars=study("100.00", "218.02", "81.84"))
    # 100.00 − 50.00 − 4.09
    assert found[1][0] == 4_591
    assert found[1][1] == (
        "the schedule's technical part, $218.02, is more than the whole, $100.00: treated as the"
        " whole"
    )


def test_a_contract_whose_professional_row_exceeds_the_whole_is_noted_too() -> None:
    found = paid("74177", "72191", dollars=study("10.00", "5.00", "3000.00"))
    # 10.00 − 2.50 − 0.50
    assert found[1][0] == 700
    assert "professional part, $3000.00, is more than the whole, $10.00" in (found[1][1] or "")


def test_a_contract_whose_parts_agree_has_no_note() -> None:
    assert paid("74177", "72191", dollars=study("299.85", "218.02", "81.84"))[1] == (18_675, None)


def test_a_set_fee_of_a_contract_takes_its_parts_along() -> None:
    dollars = study("299.85", "218.02", "81.84")
    found = paid("74177", "72191", dollars=dollars, fees=[{"codes": "72191", "amount": 100}])
    assert found[1] == (6_229, None)


@pytest.mark.parametrize(
    ("parts_of_it", "allowed", "noted"),
    [
        ({"pe_amount": "12.00"}, 2_400, False),
        ({"work_amount": "16.00", "pe_amount": "12.00", "mp_amount": "2.00"}, 2_400, False),
        # The practice expense is at most the whole: −10.00 was paid.
        ({"pe_amount": "80.00"}, 1_500, True),
        # The parts are at most the whole: 96.00 was more than the unit in full.
        ({"work_amount": "88.00", "pe_amount": "12.00", "mp_amount": "2.00"}, 3_000, True),
    ],
    ids=str,
)
def test_therapy_of_a_contract_is_reduced_by_no_more_than_it_is(
    parts_of_it: dict[str, str], allowed: int, noted: bool
) -> None:
    dollars = contract({"hcpcs_code": "97110", "nonfacility_amount": "30.00", **parts_of_it})
    first, second = paid("97110", "97110", dollars=dollars)
    assert (first[0], second[0]) == (3_000, allowed)
    assert (BEYOND.removeprefix("is ") in (second[1] or "")) == noted


@pytest.mark.parametrize("alone", [True, False])
def test_a_set_fee_of_therapy_takes_its_practice_expense_along_in_a_contract(alone: bool) -> None:
    """30.00 with 12.00 of practice expense, set to 10.00: at 24.00 of 30.00, not −2.00 or 24.00."""
    others = {} if alone else {"work_amount": "16.00", "mp_amount": "2.00"}
    row = {"hcpcs_code": "97110", "nonfacility_amount": "30.00", "pe_amount": "12.00", **others}
    fees = [{"codes": "97110", "amount": 10}]
    found = paid("97110", "97110", dollars=contract(row), fees=fees)
    assert found == [(1_000, None), (800, None)]


def test_a_scaled_contract_is_the_contract_with_every_amount_scaled() -> None:
    row = {"hcpcs_code": "97110", "nonfacility_amount": "30.00", "pe_amount": "13.33"}
    by_file = {"hcpcs_code": "97110", "nonfacility_amount": "33.00", "pe_amount": "14.66"}
    fees = [{"codes": "97110", "scale": Decimal("1.1")}]
    assert paid("97110", "97110", dollars=contract(row), fees=fees) == paid(
        "97110", "97110", dollars=contract(by_file)
    )


def test_a_fee_set_where_there_are_no_relative_values_says_that_nothing_was_reduced() -> None:
    nothing = by_hand(code("97110", multiple="5"), factors=FACTORS_2025)
    found = paid("97110", "97110", schedules=nothing, fees=[{"codes": "97110", "amount": 10}])
    assert found[1][0] == 1_000
    assert "no practice expense amount, so nothing was reduced" in (found[1][1] or "")


@pytest.mark.parametrize(
    ("place", "row", "change", "said"),
    [
        ("22", {}, {}, "facility amount of the payer's fee schedule"),
        (
            "22",
            {},
            {"scale": Decimal("1.1")},
            "facility amount of the payer's fee schedule, $30.00, changed to $33.00",
        ),
        (
            "11",
            {},
            {"amount": 10},
            "nonfacility amount of the payer's fee schedule, none, changed to $10.00",
        ),
        # Therapy is paid the non-facility amount everywhere, and its step said the facility's.
        (
            "22",
            {"multiple_procedure_indicator": "5", "nonfacility_amount": "40.00"},
            {},
            "nonfacility amount of the payer's fee schedule",
        ),
    ],
)
def test_the_first_step_says_what_a_scenario_did_to_a_fee_in_dollars(
    place: str, row: dict[str, str], change: dict[str, Any], said: str
) -> None:
    dollars = in_dollars({"hcpcs_code": "97110", "facility_amount": "30.00", **row})
    if change:
        dollars = change_dollars(dollars, says(fees=[{"codes": "97110", **change}]))
    trail = priced(session("97110", place=place), schedules=SCHEDULES, dollars=dollars).trail
    assert trail is not None
    assert trail.row(0, named=True)["detail"] == said
