"""What `payrules variance` prints: each amount once, in sentences."""

import re
from pathlib import Path

import pytest

from payrules.screen.printed import show
from payrules.screen.variance import variance
from payrules.variance.analysis import Variance
from tests.variance.small import Answer, Paid, claim, compared, of_batch, payment, rows


def printed(found: Variance, capsys: pytest.CaptureFixture[str]) -> str:
    show(*variance(found, {}))
    return " ".join(capsys.readouterr().out.split())


def test_a_claim_answered_as_a_whole_counts_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its lines showed what was expected, and its own row did too: the table had both."""
    whole = Answer("A", (), charge="1100", paid="300", adjusted="CO-45 800")
    found = compared(tmp_path, [claim("A", "99213 200", "64493 900")], payment(whole))
    expected = {row["compared_at"]: row["expected_paid_amount"] for row in rows(found)}
    table = printed(found, capsys)
    amounts = re.findall(r"[0-9,]+\.[0-9]{2}", table.partition(" cause ")[0])
    assert amounts.count(f"{expected['claim'] / 100:,.2f}") == 1


def test_a_batch_of_its_own_columns_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It read "the batch its own columns; payments of 74.63"."""
    csv = (
        "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,charge_amount,"
        "place_of_service_code,locality,paid_amount,allowed_amount\n"
        "A,1,P,2026-03-02,99213,200,11,national,74.63,95.19\n"
    )
    assert "; 74.63 paid by the batch's own columns; 1 of 1 claim matched" in printed(
        of_batch(tmp_path, csv), capsys
    )


def test_one_unit_is_one_unit(tmp_path: Path) -> None:
    one = rows(compared(tmp_path, [claim("B", "97110:GP 100")], payment(Answer("C"))))[0]
    allowed = one["expected_allowed_amount"] / 100
    paid = Paid(*("97110:GP", "200", f"{allowed:.2f}", f"CO-45 {200 - allowed:.2f}"), units="1")
    sent = claim("A", "97110:GP 200 2")
    (row,) = rows(compared(tmp_path, [sent], payment(Answer("A", (paid,)))))
    assert row["variance_cause"] == "units"
    assert row["cause_detail"].startswith(f"{allowed:.2f} is the amount of 1 unit")
    assert "1 units" not in row["cause_detail"]
