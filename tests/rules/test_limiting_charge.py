"""Limiting charge: what a patient owes a physician who takes no assignment (SSA 1848(g))."""

from payrules.dated import Dated
from payrules.payers.medicare import RULES
from payrules.rules.contract_rate import contract_rate
from tests.pricing_cases import (
    FACTORS_2025,
    SAN_FRANCISCO,
    CaseTable,
    by_hand,
    case,
    code,
    every_case,
    line,
    rows_of_72191,
)

CODES = by_hand(
    code("27000", "1052.63", bilateral="1", multiple="2"),
    code("27001", "2000.00", multiple="2"),
    code("27002", status="C"),
    code("00100", status="J"),
    code("27003", "100.05"),
)


def billed(service: str, pays: str, owes: str, **terms):
    """A line without assignment and with a charge: `owes` is the charge or its limit."""
    given = {"participating": False, "assignment": False, "carc": "45", **terms}
    why = f"the patient owes ${owes} minus what is paid"
    return line(service, pays, why, codes=(None, None, None), **given)


def limited(service: str, pays: str, limit: str, **terms):
    """A line without a charge."""
    given = {"participating": False, "assignment": False, "carc": "45", **terms}
    why = f"the limiting charge for one unit is ${limit}"
    return line(service, pays, why, codes=(None, None, None), limit=limit, **given)


TABLE = CaseTable(
    "limiting_charge",
    [
        # 1,052.63 × 0.95 = 999.9985; 20 % is 200.00; 800.00 − 16.00 = 784.00.
        # 1,052.63 × 1.0925 = 1,149.998
        case(
            "the published example: 1,150.00 − 784.00 = 366.00",
            billed(
                "27000",
                "1000.00",
                "1150.00",
                charge="1200.00",
                limit="1150.00",
                coinsurance="200.00",
                sequestered="16.00",
                medicare="784.00",
                patient="366.00",
            ),
        ),
        case(
            "a charge below the limit is what the patient owes, less Medicare",
            billed(
                "27000",
                "1000.00",
                "1100.00",
                charge="1100.00",
                limit="1150.00",
                medicare="784.00",
                patient="316.00",
            ),
        ),
        case(
            "a charge below the allowed amount",
            # 900.00: 720.00 − 14.40 = 705.60
            billed(
                "27000",
                "900.00",
                "900.00",
                charge="900.00",
                limit="1150.00",
                medicare="705.60",
                patient="194.40",
            ),
        ),
        case(
            "without a charge the patient owes deductible and coinsurance",
            limited("27000", "1000.00", "1150.00", deductible="100.00", patient="280.00"),
        ),
        case(
            # 900.00, 20 % is 180.00, 720.00 − 14.40 = 705.60
            "with a deductible Medicare pays less and the patient more",
            billed(
                "27000",
                "1000.00",
                "1150.00",
                charge="1150.00",
                deductible="100.00",
                limit="1150.00",
                medicare="705.60",
                patient="444.40",
            ),
        ),
        case(
            # 100.05 × 1.0925 = 109.304625; × 0.95 = 95.0475; 95.05 − 19.01 = 76.04 − 1.52
            "the limit is rounded once, of the fee",
            billed(
                "27003",
                "95.05",
                "109.30",
                charge="500.00",
                limit="109.30",
                medicare="74.52",
                patient="34.78",
            ),
        ),
        case(
            # 3 × 100.05 = 300.15 × 0.95 = 285.1425; × 1.0925 = 327.913875
            "the patient's limit is of the whole line, the column's of one unit",
            billed(
                "27003",
                "285.14",
                "327.91",
                charge="500.00",
                units=3,
                limit="109.30",
                # 285.14 − 57.03 = 228.11 − 4.56 = 223.55
                medicare="223.55",
                patient="104.36",
            ),
        ),
        case(
            # ranked second: 526.32 (526.315) × 0.95 = 500.004; × 1.0925 = 575.0046
            "the limit is of the amount that ranking left",
            billed(
                "27000",
                "500.00",
                "575.00",
                charge="2000.00",
                limit="1150.00",
                # 400.00 − 8.00 = 392.00
                medicare="392.00",
                patient="183.00",
            ),
            line("27001", "2000.00", npi="1"),
            line("27001 76", "1900.00", participating=False, carc="45"),
        ),
        case(
            "with assignment there is no limit",
            line(
                "27000",
                "1000.00",
                participating=False,
                carc="45",
                charge="1200.00",
                limit=None,
                patient="200.00",
            ),
        ),
        case(
            "a participating physician has none",
            line(
                "27000", "1052.63", assignment=False, limit=None, charge="1200.00", patient="210.53"
            ),
        ),
        case(
            "a nurse practitioner has none",
            line(
                "27000",
                "894.74",
                participating=False,
                assignment=False,
                kind="nurse_practitioner",
                carc="45",
                limit=None,
                charge="1200.00",
                patient="178.95",
            ),
        ),
        case(
            "a denied line has none",
            line(
                "27000 GY",
                "0.00",
                status="denied",
                carc="96",
                participating=False,
                assignment=False,
                charge="1200.00",
                limit=None,
                patient="0.00",
            ),
        ),
        case(
            "nor has a line by report",
            line(
                "27002",
                None,
                status="by_report",
                participating=False,
                assignment=False,
                charge="1200.00",
                limit=None,
                patient=None,
            ),
        ),
        case(
            # 1,000.00 − 200.00: no sequestration in 1992
            "before 1993 there is no limit",
            line(
                "27000",
                "1000.00",
                participating=False,
                assignment=False,
                carc="45",
                charge="1200.00",
                date="1992-12-31",
                limit=None,
                patient="200.00",
            ),
        ),
        case(
            "from 1993 there is",
            billed(
                "27000",
                "1000.00",
                "1150.00",
                charge="1200.00",
                date="1993-01-01",
                limit="1150.00",
                patient="350.00",
            ),
        ),
    ],
    CODES,
)

HERE = {"pos": "11", "locality": "01112-05"}
# Imaging above its hospital cap: 345.41 × 1.0925 = 377.360; the fee alone would give 439.21.
CAPPED = CaseTable(
    "limiting_charge",
    [
        case(
            "the limit of capped imaging is of the capped amount, not of the fee",
            # 345.41 × 0.95
            limited("72191", "328.14", "377.36", **HERE, patient="65.63"),
        ),
        case(
            "and so is what the patient may be asked",
            billed(
                "72191",
                "328.14",
                "377.36",
                **HERE,
                charge="600.00",
                limit="377.36",
                # 262.51 − 5.25
                medicare="257.26",
                patient="120.10",
            ),
        ),
        case(
            "of several units the limit is one capped unit's",
            # 345.41, and of the second unit 402.02 − 154.21 − 4.68: 588.54 × 0.95
            limited("72191", "559.11", "377.36", **HERE, units=2, patient="111.82"),
        ),
        case(
            "a technical line's is of its own cap",
            # (5.48 × 1.419 + 0.02 × 0.445) × 32.3465 = 251.816; × 0.95; × 1.0925
            limited("72191 TC", "239.23", "275.11", **HERE, patient="47.85"),
        ),
        case(
            "a professional line has no cap",
            limited("72191 26", "88.92", "102.26", **HERE, patient="17.78"),
        ),
    ],
    by_hand(*rows_of_72191(), factors=FACTORS_2025, places=[SAN_FRANCISCO]),
)
# A contract that pays three times Medicare's amount, and bounds no amount by the charge.
GENEROUS = CaseTable(
    "limiting_charge",
    [
        case(
            # 95.05 × 3 = 285.15, 57.03, 228.12 − 4.56 = 223.56; 100.05 × 3 × 1.0925 = 327.91
            "the limit is a multiple of what the contract pays, not of Medicare's fee",
            billed(
                "27003",
                "285.15",
                "327.91",
                charge="500.00",
                limit="327.91",
                medicare="223.56",
                patient="104.35",
            ),
        ),
    ],
    CODES,
    rules=[
        contract_rate.on_terms(
            cites="a contract", overall=Dated({"1992-01-01": "3"}, cites="a contract")
        )
        if each.name == "lesser_of_charge"
        else each
        for each in RULES
    ],
)


@every_case(TABLE, CAPPED, GENEROUS)
def test_limiting_charge(table: CaseTable, case) -> None:
    table.check(case)
