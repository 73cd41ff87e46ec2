"""Drugs and laboratory tests, whatever else stands on the line: exact, and by their quarter."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl
from hypothesis import given, settings
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


def of_persons(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Give each line a claim and a person of its own."""
    return [
        {**row, "claim_id": str(number), "person_id": str(number)}
        for number, row in enumerate(rows, 1)
    ]


def several(*parts: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Draw what up to eight lines say: a batch costs hardly more to price than a line."""
    return st.lists(st.tuples(*parts), min_size=1, max_size=8)


@settings(max_examples=15)
@given(several(limits, percents, units, days, others))
def test_a_drug_is_its_limit_times_its_units_rounded_once(
    drawn: list[tuple[Decimal, Decimal, Decimal, date, dict[str, str]]],
) -> None:
    codes = [f"J{3300 + number}" for number in range(len(drawn))]
    file = quarter(
        *(drug(name, str(each[0]), str(each[1])) for name, each in zip(codes, drawn, strict=True))
    )
    rows = [
        one(name, day, quantity, said)
        for name, (_, _, quantity, day, said) in zip(codes, drawn, strict=True)
    ]
    lines = priced(of_persons(rows), schedules=with_quarters(PHYSICIANS, file)).lines
    for (limit, percent, quantity, _, said), line in zip(drawn, lines.to_dicts(), strict=True):
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


@settings(max_examples=15)
@given(several(rates, whole_units, days, others))
def test_a_laboratory_test_costs_the_patient_nothing(
    drawn: list[tuple[Decimal, Decimal, date, dict[str, str]]],
) -> None:
    codes = [f"8{53 + number:04}" for number in range(len(drawn))]
    file = quarter(
        *(laboratory(name, str(each[0])) for name, each in zip(codes, drawn, strict=True))
    )
    rows = [
        one(name, day, quantity, said)
        for name, (_, quantity, day, said) in zip(codes, drawn, strict=True)
    ]
    lines = priced(of_persons(rows), schedules=with_quarters(PHYSICIANS, file)).lines
    for (rate, quantity, *_), line in zip(drawn, lines.to_dicts(), strict=True):
        assert (line["schedule"], line["status"]) == ("clfs", "priced")
        assert line["allowed_amount"] == rate * quantity * 100
        shared = line["deductible_amount"], line["coinsurance_amount"], line["patient_amount"]
        assert shared == (0, 0, 0)


@settings(max_examples=15)
@given(limits, several(st.dates(date(2020, 1, 1), date(2030, 1, 1)), others))
def test_no_other_quarter_prices_a_drug(
    limit: Decimal, drawn: list[tuple[date, dict[str, str]]]
) -> None:
    schedules = with_quarters(
        PHYSICIANS,
        quarter(drug("J3301", str(limit))),
        quarter(drug("J3301", "1.000"), days=(date(2026, 1, 1), date(2026, 3, 31))),
    )
    rows = [one("J3301", day, Decimal(1), said) for day, said in drawn]
    lines = priced(of_persons(rows), schedules=schedules).lines
    for (day, _), line in zip(drawn, lines.to_dicts(), strict=True):
        held = {2025: rounded(limit), 2026: Decimal("1.00")}.get(day.year)
        if held is None or day.month > 3:
            assert (line["status"], line["allowed_amount"]) == ("not_on_schedule", None)
            of_day = f"{day.year}Q{(day.month - 1) // 3 + 1}"
            assert line["reason"].endswith(f"load the drug payment limit (ASP) file for {of_day}")
        else:
            assert line["allowed_amount"] == held * 100


@settings(max_examples=20)
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
