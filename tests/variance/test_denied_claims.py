"""Payer claims denied in whole: told by their amounts, since most say status 1."""

from pathlib import Path

import pytest

from payrules.variance.by_code import by_payer
from payrules.variance.denied_claims import denied_claims
from payrules.variance.remittances import read_remittances
from tests.variance.small import Answer, Paid, payment

NO = Paid("64493", "900", "0", "CO-50 900")


@pytest.mark.parametrize(
    ("answer", "is_denied"),
    [
        (Answer("A", (NO,)), True),
        (Answer("A", (NO,), "4"), True),
        (Answer("A", (Paid("64493", "900", "0", "PR-96 900"),)), True),
        (Answer("A", (Paid("64493", "900", "0", "CO-45 400, CO-97 500"),)), True),
        (Answer("A", (NO, Paid("99213", "0", "0"))), True),
        # A claim that is denied as a whole, without a line.
        (Answer("A", (), "4", adjusted="CO-29 900", charge="900", paid="0"), True),
        (Answer("A", (), "1", adjusted="CO-29 900", charge="900", paid="0"), True),
        (Answer("A", (), "4", charge="900", paid="0"), True),
        # Amounts decide: the deductible takes it whole, on the line or on the claim.
        (Answer("A", (Paid("64493", "900", "0", "CO-45 700, PR-1 200"),), "4"), False),
        (Answer("A", (Paid("64493", "900", "0"),), adjusted="PR-1 900", paid="0"), False),
        (Answer("A", (Paid("64493", "900", "0", "CO-50 900", allowed="200"),)), False),
        (Answer("A", (NO, Paid("99213", "180", "74", "CO-45 106"))), False),
        (Answer("A", (NO, Paid("99213", "180", "0", "CO-45 106, PR-1 74"))), False),
        # Nothing is denied by a reversal, a predetermination, or what another payer paid.
        (Answer("A", (NO,)).reversed(), False),
        (Answer("A", (NO,), "25"), False),
        (Answer("A", (Paid("64493", "900", "0", "OA-23 900"),), "2"), False),
        (Answer("A", (Paid("64493", "900", "0"),)), False),
    ],
)
def test_a_claim_is_denied_by_its_amounts(answer: Answer, is_denied: bool, tmp_path: Path) -> None:
    """A month with nine claims denied in whole read 0: status 4 alone was counted."""
    paid = tmp_path / "paid.835"
    other = Answer("B", (Paid("99213", "180", "74", "CO-45 106"),), control="ICN2")
    paid.write_text(payment(other, answer), encoding="utf-8", newline="")
    read = read_remittances([paid])
    assert len(denied_claims(read)) == is_denied
    assert by_payer(read)["denied_claims"].to_list() == [int(is_denied)]


def test_a_payment_handed_in_twice_is_denied_once(tmp_path: Path) -> None:
    for name in ("1.835", "2.835"):
        text = payment(Answer("A", (NO,)))
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    read = read_remittances([tmp_path / "1.835", tmp_path / "2.835"])
    assert by_payer(read)["denied_claims"].to_list() == [1]
