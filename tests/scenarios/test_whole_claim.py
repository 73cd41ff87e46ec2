"""What-if on who pays: preventive services, MIPS, a second payer, switched, set and swept."""

from functools import cache
from typing import Any

import pytest

from payrules.runs.setup import Setup
from payrules.scenarios import Baseline, baseline
from payrules.scenarios.sensitivity import read_sweep, sweep
from tests.payers.files import batch
from tests.scenarios.grounds import STARTER, assert_right, says

LINES = (
    # A screening with PT, a line of a second payer, one with an adjustment.
    {"hcpcs_code": "45385", "hcpcs_modifiers": "PT", "charge_amount": "1800.00"},
    {"hcpcs_code": "99214", "charge_amount": "175.00", "primary_paid_amount": "100.00"},
    {"hcpcs_code": "99213", "mips_adjustment_percent": "-9.00"},
)


@cache
def base() -> Baseline:
    lines = [
        {**each, "claim_id": f"C{number}", "person_id": f"P{number}"}
        for number, each in enumerate(LINES)
    ]
    return baseline(batch(*lines, place="11"), Setup(schedules=STARTER, locality="national"))


@pytest.mark.parametrize(
    ("written", "met"),
    [
        ({"terms": {"mips": {"off": True}}}, 1),
        ({"terms": {"preventive": {"off": True}}}, 1),
        ({"terms": {"secondary_payer": {"off": True}}}, 1),
        ({"terms": {"preventive": {"converted_screening": 0}}}, 1),
        ({"claims": [{"set": {"mips_adjustment_percent": 5}}]}, 3),
        ({"claims": [{"where": {"hcpcs_code": "99214"}, "set": {"primary_paid_amount": 90}}]}, 1),
    ],
    ids=str,
)
def test_who_pays_is_switched_and_set(written: dict[str, Any], met: int) -> None:
    compared = assert_right(base(), says(**written))
    assert [lines for _, lines in compared.plan.met] == [met]
    assert compared.change == 0  # of what is allowed
    before = base().lines["medicare_amount"].gather(compared.rows).sum()
    assert compared.after["medicare_amount"].sum() != before


def test_the_share_of_a_screening_turned_treatment_is_swept() -> None:
    found = sweep(base(), read_sweep("terms.preventive.converted_screening=0:0.20:0.05"))
    owed = found["patient_amount"]
    assert owed.is_sorted()
    assert owed.n_unique() == 5
    assert owed[3] == base().total("patient_amount")  # 15 percent in 2025
