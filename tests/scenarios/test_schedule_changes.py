"""Fee schedules derived for a scenario: the same formula on other numbers, rounded once."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrules.engine.pricing import price
from payrules.errors import ScenarioError
from payrules.fees.formula import OfEach, unit_amount
from payrules.payers import MEDICARE, Payer
from payrules.runs.setup import Setup
from payrules.scenarios import Comparison, baseline
from payrules.scenarios.schedule_changes import change_dollars, change_schedules
from payrules.schedules import Schedules
from tests.pricing_cases import FACTORS_2025, by_hand, code, in_dollars, rows_of_72191
from tests.pricing_cases import priced as price_rows
from tests.scenarios.grounds import demo, says

CENT = Decimal("0.01")
PLACE = "15202-00"


def rows(**lines: str) -> list[dict[str, str]]:
    return [
        {
            "claim_id": claim,
            "claim_line_number": "1",
            "person_id": claim,
            "claim_line_start_date": "2025-06-02",
            "hcpcs_code": service.split()[0],
            "hcpcs_modifiers": " ".join(service.split()[1:]),
            "place_of_service_code": "11",
            "locality": PLACE,
        }
        for claim, service in lines.items()
    ]


def fees(schedules: Schedules, **lines: str) -> list[int | None]:
    return price_rows(rows(**lines), schedules=schedules).lines["fee_schedule_amount"].to_list()


def hand(*codes: dict[str, Any], factor: str = "32.3465") -> Schedules:
    return by_hand(
        *codes, factors=[("1992-01-01", factor, False)], places=[(PLACE, 1017, 953, 612)]
    )


ONE = code("64483", "1.90", pe="5.61", facility_pe="1.03", malpractice="0.16")


def expected(
    work: str = "1.90",
    pe: str = "5.61",
    mp: str = "0.16",
    *,
    factor: str = "32.3465",
    indices: tuple[str, str, str] = ("1.017", "0.953", "0.612"),
    share: str = "1",
) -> int:
    """Price 64483 by the formula, in Decimal."""
    relative = sum(Decimal(a) * Decimal(b) for a, b in zip((work, pe, mp), indices, strict=True))
    amount = relative * Decimal(factor) * Decimal(share)
    return int(amount.quantize(CENT, ROUND_HALF_UP) * 100)


@pytest.mark.parametrize(
    ("written", "result"),
    [
        ({}, expected()),
        ({"conversion_factor": 40}, expected(factor="40")),
        ({"conversion_factor": {"scale": Decimal("1.025")}}, expected(factor="33.1552")),
        ({"fees": [{"scale": Decimal("1.0733")}]}, expected(share="1.0733")),
        ({"fees": [{"codes": "64483", "amount": Decimal("310.25")}]}, 31_025),
        (
            {"fees": [{"codes": "64483", "facility_amount": 1, "nonfacility_amount": 2}]},
            200,
        ),
        ({"relative_values": [{"scale": Decimal("1.05")}]}, expected("2.00", "5.89", "0.17")),
        ({"relative_values": [{"parts": ["work"], "scale": Decimal("0.975")}]}, expected("1.85")),
        (
            {"geographic_indices": [{"locality": PLACE, "practice_expense": Decimal("1.1")}]},
            expected(indices=("1.017", "1.1", "0.612")),
        ),
        (
            {"geographic_indices": [{"scale": Decimal("1.05")}]},
            expected(indices=("1.068", "1.001", "0.643")),
        ),
    ],
    ids=str,
)
def test_a_change_goes_through_the_formula(written: dict[str, Any], result: int) -> None:
    changed = change_schedules(hand(ONE), says(**written))
    assert fees(changed, a="64483") == [result]


@settings(max_examples=60)
@given(
    *(st.integers(0, 90_000) for _ in range(3)),
    st.integers(1, 600_000),
    st.integers(0, 100_000),
)
def test_a_share_of_a_fee_is_rounded_once_and_never_overflows(work, pe, mp, factor, share) -> None:
    values = {"work": work, "pe": pe, "mp": mp, "share": share}
    frame = pl.DataFrame({name: [value] for name, value in values.items()})
    gpci = pl.lit(1_234, dtype=pl.Int64)
    rvus = OfEach(pl.col("work"), pl.col("pe"), pl.col("mp"))
    amount = unit_amount(rvus, factor, OfEach(gpci, gpci, gpci), share=pl.col("share"))
    found = frame.select(amount).item()
    exact = Decimal((work + pe + mp) * 1_234 * factor * share) / 10**13
    assert found == int(exact.quantize(CENT, ROUND_HALF_UP) * 100)


def capped_at(change: Any, service: str = "72191", *others: str) -> list[int | None]:
    """Price 72191 of 2025D in an office, at another conversion factor."""
    filed = by_hand(*rows_of_72191(), factors=FACTORS_2025, places=[(PLACE, 1000, 1000, 1000)])
    changed = change_schedules(filed, says(conversion_factor=change))
    services = {str(place): each for place, each in enumerate((service, *others))}
    lines = [{**row, "person_id": "p", "rendering_npi": "1"} for row in rows(**services)]
    return price_rows(lines, schedules=changed).lines["allowed_amount"].to_list()


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        # (1.81 + 0.62 + 0.10) × 3.23465 = 8.184 beside 259.742
        ({"scale": Decimal("1.1")}, 26_793),
        ({"scale": 1}, 25_974),
        # 2.53 × 16.17325 = 40.918 less; the fee is 9.27 × 16.17325 = 149.93, below it
        ({"scale": Decimal("0.5")}, 14_993),
        # 2.53 × (36 − 32.3465) = 9.243
        (36, 26_899),
        # The fee itself is nothing, and so is what is paid.
        (0, 0),
    ],
    ids=str,
)
def test_the_cap_of_a_whole_test_moves_by_its_physicians_part_with_the_factor(
    change: Any, allowed: int
) -> None:
    """The hospital's dollars stay, the physician's part moves: not 259.74 at 1.10 times."""
    assert capped_at(change) == [allowed]


@pytest.mark.parametrize("change", [{"scale": Decimal("1.1")}, 40, 999])
def test_the_cap_of_a_technical_row_does_not_follow_the_conversion_factor(change: Any) -> None:
    assert capped_at(change, "72191 TC") == [17_791]


def test_a_capped_test_is_paid_what_its_two_parts_are_at_any_factor() -> None:
    for factor in (33, 36, 40, 77):
        (whole,) = capped_at(factor)
        parts_of_it = [capped_at(factor, f"72191 {part}")[0] for part in ("26", "TC")]
        assert None not in (whole, *parts_of_it)
        # CMS's own caps of the two rows differ by 0.07 relative values, and each is rounded.
        assert abs(whole - sum(parts_of_it)) <= 2, factor


def test_a_reduced_technical_part_keeps_the_hospitals_cap_at_another_factor() -> None:
    """At three times the factor half the technical part, 327.03, is above its cap of 177.91."""
    paid = capped_at({"scale": 3}, "72191", "72191 59")
    assert paid[0] == capped_at({"scale": 3})[0]
    twice = capped_at({"scale": 3}, "72191", "72191 76")
    # The second: 899.56 − 327.02 − 12.28 (5 percent of 245.51) − (327.03 − 177.91) = 411.14
    assert twice == [paid[0], 41_114]


def test_a_set_fee_of_therapy_is_reduced_in_the_proportion_of_its_practice_expense() -> None:
    therapy = hand(code("97110", "0.45", pe="0.40", malpractice="0.02", multiple="5"))
    lines = [
        {**row, "claim_id": "a", "person_id": "a", "claim_line_number": str(place)}
        for place, row in enumerate(rows(a="97110", b="97110"), 1)
    ]
    changed = change_schedules(therapy, says(fees=[{"codes": "97110", "amount": 100}]))
    paid = price_rows(lines, schedules=changed).lines["allowed_amount"].to_list()
    # 27.53 in full and 21.36 with half the practice expense: 77.59 percent.
    assert paid == [10_000, 7_759]


def test_the_trail_says_what_a_scenario_did_to_a_fee() -> None:
    compared = Comparison(demo(), says(fees=[{"codes": "64483", "scale": Decimal("1.1")}]))
    first = compared.chains([compared.lines["row"][0]]).row(0, named=True)
    assert first["after_detail"].startswith("1.1000 × (work 1.85")
    compared = Comparison(demo(), says(fees=[{"codes": "64483", "amount": 300}]))
    first = compared.chains([compared.lines["row"][0]]).row(0, named=True)
    assert first["after_detail"] == "fee set to $300.00, facility"


def test_dollars_are_scaled_and_set_to_the_cent() -> None:
    schedule = in_dollars(
        {"hcpcs_code": "64483", "facility_amount": "100.05", "nonfacility_amount": "200.10"},
        {"hcpcs_code": "20610", "facility_amount": "50.00", "nonfacility_amount": "80.00"},
        own_indicators=False,
    )
    said = says(
        fees=[{"codes": "64483", "scale": Decimal("1.1")}, {"codes": "20610", "amount": 75}]
    )
    changed = change_dollars(schedule, said)
    result = price(
        baseline(
            pl.DataFrame(rows(a="64483", b="20610")), Setup(schedules=demo().setup.schedules)
        ).batch.lines,
        MEDICARE.rules,
        demo().setup.schedules,
        dollars=changed,
    )
    assert result.lines["fee_schedule_amount"].to_list() == [22_011, 7_500]


def test_relative_values_mean_nothing_to_a_schedule_in_dollars() -> None:
    schedule = in_dollars({"hcpcs_code": "64483", "status_code": "A", "nonfacility_amount": "1.00"})
    payer = Payer("Acme", "contract", MEDICARE.rules, schedule)
    base = baseline(
        pl.DataFrame(rows(a="64483")), Setup(payer=payer, schedules=demo().setup.schedules)
    )
    for part in ("conversion_factor", "relative_values", "geographic_indices", "release"):
        value = {"conversion_factor": 33, "release": "starter-2026"}.get(part, [{"scale": 2}])
        with pytest.raises(ScenarioError, match=f"{part}: changes nothing: fees are the dollars"):
            Comparison(base, says(**{part: value}))
