"""What a payer takes off after the allowed amount: an incentive, an assistant's share."""

from pathlib import Path

import pytest

from payrules.front_door.terms import setup_of
from tests.variance.small import (
    Answer,
    Paid,
    claim,
    compared,
    of_batch,
    payment,
    plan_payment,
    rows,
)


@pytest.mark.parametrize("modifier", ["CQ", "CO"])
@pytest.mark.parametrize("carc", ["144", "45"])
@pytest.mark.parametrize("given", ["", "51.27"])
def test_what_a_therapy_assistant_is_paid_less_is_no_underpayment(
    modifier: str, carc: str, given: str, tmp_path: Path
) -> None:
    """As 144 it lowered what was allowed, and the law's own reduction was appealed."""
    code, sent = f"97110:GP:{modifier}", claim("A", f"97110:GP:{modifier} 200 2")
    plain = rows(compared(tmp_path, [sent], payment(Answer("B"))))[0]
    allowed = plain["expected_allowed_amount"]
    share = (allowed * 20 + 50) // 100
    reduction = allowed - share - ((allowed - share) * 85 + 50) // 100
    withheld = plain["expected_paid_amount"]
    off = allowed - share - reduction - withheld
    codes = (
        f"CO-45 {(20000 - allowed) / 100:.2f}, CO-253 {off / 100:.2f},"
        f" CO-{carc} {reduction / 100:.2f}, PR-2 {share / 100:.2f}"
    )
    paid = Paid(
        *(code, "200", f"{withheld / 100:.2f}", codes),
        allowed=f"{allowed / 100:.2f}" if given else "",
        units="2",
        remarks="N851",
    )
    (row,) = rows(compared(tmp_path, [sent], payment(Answer("A", (paid,)))))
    assert (row["variance_status"], row["action"]) == ("paid_as_expected", "")
    assert row["payer_allowed_amount"] == allowed
    assert row["b6_difference_amount"] == 0
    assert row["payer_after_allowed_amount"] == off + reduction


def test_an_incentive_that_names_no_program_is_taken_after_the_allowed_amount(
    tmp_path: Path,
) -> None:
    file = tmp_path / "acme.toml"
    said = ('name = "Acme"', 'contract = "Acme agreement"', 'plan = "commercial"', "")
    file.write_text("\n".join(said), encoding="utf-8")
    head = (
        "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,charge_amount,"
        "place_of_service_code\n"
    )
    paid = Paid("99214", "250", "113.32", "CO-45 114.39, CO-144 8.73, PR-2 13.56", "135.61")
    found = of_batch(
        tmp_path,
        f"{head}A,1,P,2026-03-02,99214,250,11\n",
        plan_payment(Answer("A", (paid,), person="P")),
        setup=setup_of(str(file), locality="national"),
    )
    (row,) = rows(found)
    assert row["expected_allowed_amount"] == 13561
    assert (row["variance_status"], row["variance_cause"]) == ("paid_as_expected", "incentive")
    assert (row["b6_difference_amount"], row["notes"]) == (0, None)
