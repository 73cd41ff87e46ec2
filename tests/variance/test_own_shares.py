"""The patient's share of a line is that of its own rule: of a drug, a vaccine, a free service."""

from pathlib import Path

import polars as pl

from payrules.front_door.terms import setup_of
from payrules.variance.amounts import PayerAmounts, restated
from payrules.variance.expected import expected_claims, expected_lines, payers_at_hand
from payrules.variance.own_shares import USUAL, own_shares
from tests.variance.small import Answer, Paid, claim, compared, payment, rows

TRAIL = pl.DataFrame(
    [
        (0, "coinsurance", "the patient's share by this schedule, 18.237 %"),
        (1, "coinsurance", "the patient's share, 20 %"),
        (2, "preventive", "no deductible; the patient's share is 0 %"),
        (2, "coinsurance", "cost sharing waived: the patient's share, 0 %"),
        (3, "preventive", "no deductible; the patient's share is 20 %"),
        (3, "coinsurance", "the patient's share, 20 %"),
        (4, "preventive", "the patient's share is 15 %"),
        (4, "coinsurance", "cost sharing reduced: the patient's share, 15 %"),
        (5, "units", "20 %"),
        (6, "coinsurance", "the patient's share by this schedule, 0 %"),
    ],
    schema=["row", "rule", "detail"],
    orient="row",
)


def test_shares_are_read_exactly_and_waivers_apart() -> None:
    """A drug's lower share leaves its deductible; a waiver may leave the usual share."""
    assert own_shares(TRAIL).rows() == [
        (0, 18_237, False),
        (2, 0, True),
        (3, USUAL, True),
        (4, 15_000, False),
        (6, 0, True),
    ]
    assert own_shares(None).is_empty()


def test_the_engine_s_own_words_are_those_that_are_read() -> None:
    """A vaccine and a wellness visit: free, by the schedule and by the table."""
    setup = setup_of("medicare", locality="national")
    batch = setup.read(
        pl.DataFrame(
            {
                "claim_id": f"C{number}",
                "claim_line_number": 1,
                "person_id": f"P{number}",
                "claim_line_start_date": "2026-03-02",
                "hcpcs_code": code,
                "place_of_service_code": "11",
            }
            for number, code in enumerate(("90677", "99213", "J3301", "99406"))
        )
    )
    lines = [
        line
        for each in expected_claims(
            expected_lines(batch, setup.price(batch.lines), setup), payers_at_hand(setup)
        )
        for line in each.lines
    ]
    told = {line.code: (line.rate, line.is_deductible_waived) for line in lines if line.allowed}
    assert told["90677"] == (0, True)
    assert told["99213"] == told["J3301"] == (USUAL, False)
    drug = next(line for line in lines if line.code == "J3301")
    drug.rate, drug.allowed = 18_237, 100_000
    # 1,000.00 at 18.237 percent: 182.37, and the deductible is due.
    assert restated([drug], PayerAmounts()) == 81_763 - 1635
    assert restated([drug], PayerAmounts(deductible=100_000)) == 0


def test_a_vaccine_takes_no_deductible(tmp_path: Path) -> None:
    line = Paid("90677", "400", "0", "CO-45 87.09, PR-1 312.91", allowed="312.91")
    (row,) = rows(compared(tmp_path, [claim("A1", "90677 400")], payment(Answer("A1", (line,)))))
    assert (row["variance_status"], row["variance_cause"]) == ("underpaid", "deductible")
    assert row["action"] == "reopen"


def test_what_comes_off_otherwise_is_not_called_cost_sharing(tmp_path: Path) -> None:
    """A discount of 5.00 after the allowed amount, beside the coinsurance that is due."""
    line = Paid("99213", "180", "69.63", "CO-45 84.81, PR-2 19.04, CO-253 1.52, CO-44 5.00")
    (row,) = rows(compared(tmp_path, [claim("A1", "99213 180")], payment(Answer("A1", (line,)))))
    assert (row["variance_status"], row["underpaid_amount"]) == ("underpaid", 500)
    assert (row["variance_cause"], row["cause_confidence"]) == ("unexplained", "none")
    assert row["cause_detail"].endswith("CO-44 5.00 came off after the allowed amount")
    # 30 percent in place of 20.
    line = Paid("99213", "180", "65.30", "CO-45 84.81, PR-2 28.56, CO-253 1.33")
    (row,) = rows(compared(tmp_path, [claim("A1", "99213 180")], payment(Answer("A1", (line,)))))
    assert (row["variance_cause"], row["cause_confidence"]) == ("coinsurance", "exact")
    assert "allows 9.52 less" in row["cause_detail"]
