"""Drugs and laboratory tests, whatever else stands on the line: exact, and by their quarter."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.pricing_cases import by_hand, code, priced
from tests.quarters import Q1, drug, laboratory, quarter, with_quarters

PHYSICIANS = by_hand(code("99213", "88.95"), code("J3301", status="E"), code("80053", status="X"))
NOTHING_TO_A_DRUG = ("", "50", "RT LT", "80", "AS", "62", "78", "55", "CQ", "53", "22", "59", "CT")
PLACES = ("11", "21", "22", "24", "02", "10")
TYPES = ("physician", "physician_assistant", "clinical_social_worker", "physical_therapist")
CENT = Decimal("0.01")
limits = st.decimals(min_value="0.001", max_value="900000", places=3)
rates = st.decimals(min_value="0.01", max_value="12000", places=2)
percents = st.decimals(min_value=0, max_value=20, places=3)
whole_units = st.integers(1, 9_999).map(Decimal)
units = st.one_of(whole_units, st.decimals(min_value="0.001", max_value=999, places=3))
days = st.integers(0, (Q1[1] - Q1[0]).days).map(lambda after: Q1[0] + timedelta(after))
#: What a line says that no drug's amount depends on.
others = st.fixed_dictionaries(
    {
        "hcpcs_modifiers": st.sampled_from(NOTHING_TO_A_DRUG),
        "place_of_service_code": st.sampled_from(PLACES),
        "practitioner_type": st.sampled_from(TYPES),
        "participating": st.sampled_from(["true", "false"]),
        "assignment_accepted": st.sampled_from(["true", "false"]),
        "deductible_remaining": st.sampled_from(["0", "5.00", "257.00"]),
    }
)


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def one(service: str, day: date, quantity: Decimal, said: dict[str, str]) -> dict[str, str]:
    return {
        "claim_id": "1",
        "claim_line_number": "1",
        "person_id": "1",
        "locality": "national",
        "claim_line_start_date": day.isoformat(),
        "hcpcs_code": service,
        "service_unit_quantity": str(quantity),
        **said,
    }


@given(limits, percents, units, days, others)
def test_a_drug_is_its_limit_times_its_units_rounded_once(
    limit: Decimal, percent: Decimal, quantity: Decimal, day: date, said: dict[str, str]
) -> None:
    schedules = with_quarters(PHYSICIANS, quarter(drug("J3301", str(limit), str(percent))))
    (line,) = priced([one("J3301", day, quantity, said)], schedules=schedules).lines.to_dicts()
    allowed = rounded(limit * quantity)
    assert (line["schedule"], line["status"]) == ("asp", "priced")
    assert line["allowed_amount"] == allowed * 100
    open_of_it = Decimal(said["deductible_remaining"]) if percent else Decimal(0)
    deductible = min(open_of_it, allowed)
    assert line["deductible_amount"] == deductible * 100
    owed = rounded((allowed - deductible) * percent / 100)
    assert line["coinsurance_amount"] == owed * 100
    assert line["patient_amount"] == (deductible + owed) * 100
    paid = line["medicare_amount"] + line["sequestration_amount"] + line["patient_amount"]
    assert paid == line["allowed_amount"]
    assert line["limiting_charge"] is None


@given(rates, whole_units, days, others)
def test_a_laboratory_test_costs_the_patient_nothing(
    rate: Decimal, quantity: Decimal, day: date, said: dict[str, str]
) -> None:
    schedules = with_quarters(PHYSICIANS, quarter(laboratory("80053", str(rate))))
    (line,) = priced([one("80053", day, quantity, said)], schedules=schedules).lines.to_dicts()
    assert (line["schedule"], line["status"]) == ("clfs", "priced")
    assert line["allowed_amount"] == rate * quantity * 100
    assert line["deductible_amount"] == line["coinsurance_amount"] == line["patient_amount"] == 0


@given(limits, st.dates(date(2020, 1, 1), date(2030, 1, 1)), others)
def test_no_other_quarter_prices_a_drug(limit: Decimal, day: date, said: dict[str, str]) -> None:
    schedules = with_quarters(
        PHYSICIANS,
        quarter(drug("J3301", str(limit))),
        quarter(drug("J3301", "1.000"), days=(date(2026, 1, 1), date(2026, 3, 31))),
    )
    (line,) = priced([one("J3301", day, Decimal(1), said)], schedules=schedules).lines.to_dicts()
    held = {2025: rounded(limit), 2026: Decimal("1.00")}.get(day.year) if day.month < 4 else None
    if held is None:
        assert (line["status"], line["allowed_amount"]) == ("not_on_schedule", None)
        of_day = f"{day.year}Q{(day.month - 1) // 3 + 1}"
        assert line["reason"].endswith(f"load the drug payment limit (ASP) file for {of_day}")
    else:
        assert line["allowed_amount"] == held * 100


@given(
    st.lists(st.sampled_from(["99213", "J3301", "80053", "90662", "J9999", "0001U"]), min_size=1)
)
def test_every_line_has_an_amount_or_says_why(services: list[str]) -> None:
    schedules = with_quarters(
        PHYSICIANS, quarter(drug("J3301", "0.898")), quarter(laboratory("80053", "10.56"))
    )
    rows = [
        one(
            service,
            Q1[0],
            Decimal(1),
            {"claim_line_number": str(number), "place_of_service_code": "11"},
        )
        for number, service in enumerate(services, 1)
    ]
    lines = priced(rows, schedules=schedules).lines
    has_amount = pl.col("allowed_amount").is_not_null()
    assert lines.filter(has_amount == pl.col("reason").is_not_null()).is_empty()
    assert lines.filter(has_amount & pl.col("schedule").is_null()).is_empty()
