"""What is paid less for a therapy assistant's service, whoever pays and however it is coded."""

from pathlib import Path
from typing import Any

import pytest

from payrules.front_door.terms import setup_of
from payrules.runs.setup import Setup
from payrules.variance.appeals import write_appeals
from tests.variance.small import (
    MEDICARE,
    Answer,
    Paid,
    claim,
    compared,
    payment,
    plan_payment,
    rows,
)

PLAN = setup_of("uhc-medicare-advantage", locality="national")
CODE, CHARGE = "97110:GP:CQ", 200_00


def answered(
    folder: Path,
    setup: Setup,
    *,
    coinsurance: bool,
    as_144: bool = False,
    remarks: str = "",
    beyond: int = 0,
    is_cut: bool = True,
    code: str = CODE,
) -> dict[str, Any]:
    """Give the row of a line of which its payer takes the reduction off in one way or another.

    `beyond` is what it takes more than it should; `as_144` says that it stands by itself.
    """
    folder.mkdir(exist_ok=True)
    sent = claim("A", f"{code} {CHARGE // 100} 2")
    allowed = rows(compared(folder, [sent], payment(Answer("B")), setup=setup))[0][
        "expected_allowed_amount"
    ]
    share = (allowed * 20 + 50) // 100 if coinsurance else 0
    payable = allowed - share
    reduction = payable - (payable * 85 + 50) // 100 + beyond if is_cut else 0
    left = payable - reduction
    withheld = (left * 2 + 50) // 100
    said = {
        "CO-45": CHARGE - allowed + (0 if as_144 else reduction),
        "CO-144": reduction if as_144 else 0,
        "CO-253": withheld,
        "PR-2": share,
    }
    codes = ", ".join(f"{each} {amount / 100:.2f}" for each, amount in said.items() if amount)
    paid = f"{(left - withheld) / 100:.2f}"
    line = Paid(code, f"{CHARGE / 100:.2f}", paid, codes, units="2", remarks=remarks)
    # The plan's claims are its own: they name no contractor of Medicare.
    is_medicares = setup is MEDICARE
    named = "01112" if is_medicares else "87726"
    paid_by = payment if is_medicares else plan_payment
    found = compared(folder, [sent], paid_by(Answer("A", (line,))), setup=setup, payer=named)
    (row,) = rows(found)
    letters = write_appeals(found, folder / "letters", force=True).written
    assert row["payer_paid_amount"] == left - withheld
    assert row["b6_difference_amount"] == 0
    return {
        **row,
        "letters": letters,
        "lacking": allowed - row["payer_allowed_amount"],
        "reduction": reduction,
        "off": row["payer_after_allowed_amount"] - withheld,
    }


@pytest.mark.parametrize(
    # Medicare's own coinsurance is taken whatever is said of it.
    ("setup", "coinsurance"),
    [(PLAN, True), (PLAN, False), (MEDICARE, True)],
    ids=["plan", "plan without coinsurance", "medicare"],
)
@pytest.mark.parametrize("as_144", [True, False])
@pytest.mark.parametrize("remarks", ["N851", ""])
def test_the_reduction_is_no_underpayment_whoever_takes_it(
    setup: Setup, coinsurance: bool, as_144: bool, remarks: str, tmp_path: Path
) -> None:
    """A plan's was appealed as a practitioner's 85 %, and one without N851 had a deadline."""
    row = answered(tmp_path, setup, coinsurance=coinsurance, as_144=as_144, remarks=remarks)
    assert (row["variance_status"], row["action"], row["letters"]) == ("paid_as_expected", "", 0)
    assert (row["underpaid_amount"], row["overpaid_amount"]) == (0, 0)
    assert (row["lacking"], row["appeal_by_date"]) == (0, None)
    assert abs(row["off"] - row["reduction"]) <= 1
    assert row["variance_cause"] in {"", "coinsurance"}


def test_a_plan_that_does_not_take_it_paid_too_much(tmp_path: Path) -> None:
    row = answered(tmp_path, PLAN, coinsurance=False, is_cut=False)
    told = row["variance_status"], row["variance_cause"], row["cause_confidence"]
    assert told == ("overpaid", "therapy_assistant", "exact")
    assert row["overpaid_amount"] == row["payer_paid_amount"] - row["expected_paid_amount"] > 0


def test_a_plan_whose_terms_have_no_such_share_is_asked_for_its_terms(tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    said = 'name = "Acme"\ncontract = "Acme agreement"\nplan = "medicare_advantage"\n'
    said += "\n[terms.therapy_assistant.share]\n2022-01-01 = 1.00\n"
    file.write_text(said, encoding="utf-8")
    setup = setup_of(str(file), locality="national")
    row = answered(tmp_path, setup, coinsurance=True, as_144=True, remarks="N851")
    assert row["restated_paid_amount"] > row["payer_paid_amount"]
    assert (row["variance_status"], row["variance_cause"]) == ("underpaid", "therapy_assistant")
    assert (row["cause_confidence"], row["action"], row["letters"]) == ("code", "review_terms", 0)


@pytest.mark.parametrize(("beyond", "action"), [(253, "appeal"), (-253, "refund")])
@pytest.mark.parametrize("setup", [PLAN, MEDICARE], ids=["plan", "medicare"])
def test_another_reduction_than_is_due_is_said(
    setup: Setup, beyond: int, action: str, tmp_path: Path
) -> None:
    """It read "no code says why", though the payer's code says just that."""
    row = answered(tmp_path, setup, coinsurance=True, as_144=True, remarks="N851", beyond=beyond)
    assert (row["variance_cause"], row["cause_confidence"]) == ("therapy_assistant", "code")
    assert row["action"] == action
    taken = f"{row['reduction'] / 100:.2f} came off"
    assert row["cause_detail"].startswith(taken)
    assert f"{(row['reduction'] - beyond) / 100:.2f} is to come off" in row["cause_detail"]


@pytest.mark.parametrize(("beyond", "status"), [(-300, "overpaid"), (300, "underpaid")])
def test_a_plan_s_144_beside_its_share_is_the_reduction_whatever_it_comes_to(
    tmp_path: Path, beyond: int, status: str
) -> None:
    """The reduction was taken once more: what was short read as a refund."""
    row = answered(tmp_path, PLAN, coinsurance=True, as_144=True, beyond=beyond)
    assert row["variance_status"] == status
    over = row["overpaid_amount"] if beyond < 0 else row["underpaid_amount"]
    assert abs(over - 294) <= 1
    assert row["off"] == row["reduction"]


def test_a_144_that_names_no_program_of_medicare_s_says_nothing(tmp_path: Path) -> None:
    """It read "speaks of incentive", and a letter quoted that."""
    for remarks, cause, action in (("", "unexplained", "review_terms"), ("N807", "incentive", "")):
        folder = tmp_path / (remarks or "none")
        row = answered(
            folder,
            MEDICARE,
            coinsurance=True,
            as_144=True,
            remarks=remarks,
            code="97110:GP",
            beyond=-200,
        )
        assert (row["variance_cause"], row["action"]) == (cause, action)
        assert row["letters"] == 0
        assert (row["appeal_by_date"] is None) is (action == "")
