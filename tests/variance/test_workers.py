"""Of what workers' compensation allows nothing is the worker's: what is put to him is due."""

from pathlib import Path

import pytest

from payrules.front_door.terms import setup_of
from payrules.runs.setup import Setup
from tests.variance.small import Answer, Paid, of_batch, payment, rows

CSV = """\
claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,charge_amount,place_of_service_code
A,1,P,2026-03-02,99213,400,11
"""
WHOLE = {"payer": "OHIO COMP", "number": "W9", "filed": "WC"}


def comp(folder: Path, *more: str) -> Setup:
    said = (
        *('name = "comp"', 'contract = "Fee schedule"', 'plan = "workers_compensation"'),
        *("percent_of_medicare = 140", *more, ""),
    )
    file = folder / "comp.toml"
    file.write_text("\n".join(said), encoding="utf-8")
    return setup_of(str(file), locality="national")


@pytest.mark.parametrize(
    ("paid", "shares", "due", "cause"),
    [
        ("{0:.2f}", "", 0, ""),
        ("0", ", PR-1 {0:.2f}", 1.0, "deductible"),
        ("{1:.2f}", ", PR-2 {2:.2f}", 0.2, "coinsurance"),
        ("{1:.2f}", ", PR-3 {2:.2f}", 0.2, "copayment"),
    ],
)
@pytest.mark.parametrize("is_plain", [True, False])
def test_what_is_put_to_a_worker_is_due(
    paid: str, shares: str, due: float, cause: str, is_plain: bool, tmp_path: Path
) -> None:
    """A payment of 0.00 read as paid as expected, since all was said to be the worker's."""
    setup = comp(tmp_path)
    (expected,) = rows(of_batch(tmp_path, CSV, payment(**WHOLE), setup=setup))
    allowed = expected["expected_allowed_amount"]
    fifth = round(allowed * 0.2)
    amounts = [each / 100 for each in (allowed, allowed - fifth, fifth)]
    off = f"CO-45 {400 - amounts[0]:.2f}{shares.format(*amounts)}"
    answer = Answer("A", (Paid("99213", "400", paid.format(*amounts), off),), person="P")
    # A claim that was taken back and paid again is looked at by itself.
    answers = [answer] if is_plain else [answer, answer.reversed(), answer]
    payments = [
        payment(each, on=f"202604{at:02}", trace=f"T{at}", **WHOLE)
        for at, each in enumerate(answers, 1)
    ]
    (row,) = rows(of_batch(tmp_path, CSV, *payments, setup=setup))
    short = {0: 0, 1.0: allowed, 0.2: fifth}[due]
    assert (row["underpaid_amount"], row["variance_cause"] or "") == (short, cause)
    assert row["action"] == ("appeal" if short else "")


def test_columns_of_a_batch_are_told_alike(tmp_path: Path) -> None:
    head, line, *_ = CSV.splitlines()
    setup = comp(tmp_path)
    csv = "\n".join([f"{head},paid_amount,allowed_amount", f"{line},100.00,133.27", ""])
    (row,) = rows(of_batch(tmp_path, csv, setup=setup))
    assert row["underpaid_amount"] == row["expected_allowed_amount"] - 10_000


def test_a_file_that_takes_a_share_takes_it(tmp_path: Path) -> None:
    """What a payer's own file says goes before the law of its kind."""
    setup = comp(tmp_path, "[terms.coinsurance]", "patient = 0.20", 'cites = "page 2"')
    line = Paid("99213", "400", "106.61", "CO-45 266.74, PR-2 26.65")
    answer = payment(Answer("A", (line,), person="P"), **WHOLE)
    (row,) = rows(of_batch(tmp_path, CSV, answer, setup=setup))
    assert (row["variance_status"], row["action"]) == ("paid_as_expected", "")
