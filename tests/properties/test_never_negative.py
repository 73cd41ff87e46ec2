"""No amount is ever negative, whatever the schedule says, and what it contradicts is noted."""

from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payrules.dated import Dated
from payrules.engine.pricing import Priced
from payrules.engine.rule import Rule
from payrules.errors import ScenarioError
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.payers.medicare import RULES
from payrules.rules.cardiovascular import cardiovascular
from payrules.rules.imaging import imaging
from payrules.rules.ophthalmology import ophthalmology
from payrules.scenarios import scenario
from payrules.scenarios.schedule_changes import change_dollars, change_schedules
from payrules.schedules import Schedules
from tests.pricing_cases import by_hand, code, in_dollars, priced

#: Tests of every rule that divides, therapy, scopes: each with all the rows that rules read.
WHOLE = {"70001": "4", "70002": "4", "93306": "6", "93307": "6", "76510": "7", "76511": "7"}
OTHERS = ("93000", "93005", "97110", "97112", "45378", "45380", "45385", "27000", "77090")
AMOUNTS = ("facility_amount", "nonfacility_amount", "work_amount", "pe_amount", "mp_amount")
KEYS = [(each, modifier) for each in WHOLE for modifier in ("", "26", "TC")]
KEYS += [(each, "") for each in OTHERS]
MODIFIERS = ("", "", "", "26", "TC", "50", "CT", "FX", "59", "RT", "LT", "62", "80", "78", "CQ")
BEYOND = "treated as the whole"
cents = st.one_of(st.integers(0, 3), st.integers(0, 20_000)).map(lambda each: Decimal(each) / 100)
examples = settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def indicators(hcpcs: str) -> dict[str, str]:
    """Give the indicators of a code, as a release's row has them."""
    if hcpcs in WHOLE:
        return {"pctc": "1", "multiple": WHOLE[hcpcs], "family": "88", "bilateral": "1"}
    return {
        "93000": {"pctc": "4", "multiple": "6"},
        "93005": {"pctc": "3", "multiple": "6"},
        "77090": {"pctc": "3", "multiple": "4", "family": "88"},
        "97110": {"multiple": "5"},
        "97112": {"multiple": "5"},
        "45378": {"multiple": "2", "days": "000"},
        "45380": {"multiple": "3", "base": "45378", "days": "000", "bilateral": "1"},
        "45385": {"multiple": "3", "base": "45378", "days": "000", "bilateral": "1"},
        "27000": {
            "multiple": "2",
            "days": "090",
            "bilateral": "1",
            "co_surgeon": "2",
            "assistant": "2",
            "shares": (10, 70, 20),
        },
    }[hcpcs]


lines = st.lists(
    st.fixed_dictionaries(
        {
            "hcpcs_code": st.sampled_from([*WHOLE, *OTHERS]),
            "hcpcs_modifiers": st.sampled_from(MODIFIERS),
            "person_id": st.sampled_from("pqr"),
            "place_of_service_code": st.sampled_from(["11", "24"]),
            "service_unit_quantity": st.sampled_from(["1", "1", "2", "3"]),
            "charge_amount": st.one_of(st.none(), cents.map(str)),
            "participating": st.sampled_from(["true", "false"]),
            "deductible_remaining": st.sampled_from([None, "10.00"]),
        }
    ),
    min_size=8,
    max_size=40,
)
dollars = st.lists(
    st.fixed_dictionaries({name: st.one_of(st.none(), cents) for name in AMOUNTS[2:]}).flatmap(
        lambda parts: st.tuples(cents, cents, st.just(parts))
    ),
    min_size=len(KEYS),
    max_size=len(KEYS),
)
fees = st.lists(
    st.tuples(
        st.sampled_from(KEYS),
        st.one_of(
            st.fixed_dictionaries({"scale": st.sampled_from(["0", "0.01", "0.5", "1.1", "10"])}),
            st.fixed_dictionaries({"amount": cents}),
            st.fixed_dictionaries({"facility_amount": cents, "nonfacility_amount": cents}),
        ),
    ),
    max_size=6,
    unique_by=lambda each: each[0],
)
rvus = st.lists(st.tuples(cents, cents, cents, cents), min_size=len(KEYS), max_size=len(KEYS))
scales = st.sampled_from(["0", "0.01", "0.9", "1", "1.1", "10"])
#: Contracts that pay the later parts of a day nothing, and Medicare.
NOTHING = Dated({"1992-01-01": "0"}, cites="a contract")
OFF = {
    "imaging": imaging.on_terms(cites="a contract", technical=NOTHING, professional=NOTHING),
    "cardiovascular": cardiovascular.on_terms(cites="a contract", later=NOTHING),
    "ophthalmology": ophthalmology.on_terms(cites="a contract", later=NOTHING),
}
orders = st.sampled_from([RULES, tuple(OFF.get(each.name, each) for each in RULES)])


def billed(
    given_lines: list[dict[str, Any]],
    rules: tuple[Rule, ...],
    schedules: Schedules,
    contract: DollarSchedule | None = None,
) -> Priced:
    """Price the lines, and check that nothing is below nothing."""
    rows = [
        {
            **each,
            "claim_id": str(place),
            "claim_line_number": "1",
            "rendering_npi": "1",
            "claim_line_start_date": "2025-06-02",
            "assignment_accepted": each["participating"],
            "locality": "national",
        }
        for place, each in enumerate(given_lines)
    ]
    found = priced(rows, rules, schedules, dollars=contract)
    shown = found.lines.select(pl.selectors.ends_with("_amount"), "limiting_charge")
    assert (shown.select(pl.min_horizontal(pl.all()).min()).item() or 0) >= 0
    assert found.trail is not None
    assert (found.trail["after"].min() or 0) >= 0  # type: ignore[operator]
    return found


def released(values: list[tuple[Decimal, Decimal, Decimal, Decimal]]) -> Schedules:
    """Give a release of these relative values: work, expense, malpractice and the hospital's."""
    rows = [
        code(
            hcpcs,
            str(work),
            modifier,
            pe=str(expense),
            malpractice=str(malpractice),
            cap=str(cap) if hcpcs in WHOLE or hcpcs == "77090" else "0.00",
            **indicators(hcpcs),
        )
        for (hcpcs, modifier), (work, expense, malpractice, cap) in zip(KEYS, values, strict=True)
    ]
    return by_hand(*rows)


def said(written: list[tuple[tuple[str, str], dict[str, Any]]], **more: Any) -> Any:
    """Give a scenario of these changes of fees."""
    entries = [
        {"codes": hcpcs, "modifier": modifier}
        | {key: Decimal(value) for key, value in change.items()}
        for (hcpcs, modifier), change in written
    ]
    return scenario({"title": "t", "cites": "c", "fees": entries, **more})


@examples
@given(lines, rvus, fees, scales, orders)
def test_no_amount_is_negative_whatever_a_scenario_makes_of_a_release(
    given_lines, values, written, scale, rules
) -> None:
    schedules = released(values)
    try:
        changed = change_schedules(
            schedules, said(written, conversion_factor={"scale": Decimal(scale)})
        )
    except ScenarioError:
        return
    billed(given_lines, rules, changed)


@examples
@given(lines, dollars, fees, orders)
def test_no_amount_is_negative_and_no_note_missing_whatever_a_contract_says(
    given_lines, amounts, written, rules
) -> None:
    schedules = released([(Decimal(1),) * 4] * len(KEYS))
    rows = [
        {
            "hcpcs_code": hcpcs,
            "modifier": modifier,
            "facility_amount": str(facility),
            "nonfacility_amount": str(elsewhere),
            **{name: None if value is None else str(value) for name, value in parts.items()},
        }
        for (hcpcs, modifier), (facility, elsewhere, parts) in zip(KEYS, amounts, strict=True)
    ]
    contract = in_dollars(*rows, own_indicators=False)
    filed = dict(zip(KEYS, amounts, strict=True))
    found = billed(given_lines, rules, schedules, contract)
    for line in found.lines.iter_rows(named=True):
        if line["status"] == "priced" and line["hcpcs_modifier_1"] not in {"26", "TC"}:
            contradicted = any(
                amount > filed[line["hcpcs_code"], ""][place]
                for place in [0 if line["setting"] == "facility" else 1]
                for part in ("26", "TC")
                if line["hcpcs_code"] in WHOLE
                for amount in [filed[line["hcpcs_code"], part][place]]
            )
            if contradicted:
                assert BEYOND in (line["review"] or ""), line
    billed(given_lines, rules, schedules, change_dollars(contract, said(written)))
