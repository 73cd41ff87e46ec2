"""Replacements and voids: what pays them, and what answers the claims in whose place they stand."""

from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from payrules.__main__ import main
from tests.variance.small import Answer, Paid, claim, compared, payment, rows
from tests.variance.written_cases import claims_of

USUAL = "CO-45 84.81, CO-253 1.52, PR-2 19.04"
LINE = Paid("99213", "180", "74.63", USUAL)
FIRST = claim("A1", "99213 180")


def test_a_replacement_of_another_number_is_found_by_what_the_payer_answered(
    tmp_path: Path,
) -> None:
    """Both are of one day and person: the earlier one must not be ranked with the later."""
    later = claim("B7", "99213 200", frequency="7", original="ICN1")
    first = Answer("A1", (LINE,))
    again = Answer("B7", (Paid("99213", "200", "74.63", "CO-45 104.81, CO-253 1.52, PR-2 19.04"),))
    later_on = payment(first.reversed(), Answer(**{**vars(again), "control": "ICN2"}), trace="T2")
    found = compared(tmp_path, [FIRST, later], payment(first), later_on)
    new, old = rows(found)
    assert (new["claim_id"], new["variance_status"]) == ("B7", "paid_as_expected")
    assert (old["claim_id"], old["variance_status"]) == ("A1", "superseded")
    assert old["cause_detail"] == "another claim stands in its place"
    assert old["payer_paid_amount"] == 0
    assert found.batch.superseded is not None
    assert found.batch.superseded.select("claim_id", "reason", "by_claim").rows() == [
        ("A1", "replaced", "B7")
    ]
    # Payers answer a replacement under the original's number: charge and line numbers tell.
    under_old = Answer("A1", again.lines, control="ICN2")
    found = compared(tmp_path, [FIRST, later], payment(first), payment(under_old, trace="T2"))
    told = {each["claim_id"]: each for each in rows(found)}
    assert told["B7"]["claim_match"] == "replacement"
    assert told["B7"]["variance_status"] == "paid_as_expected"
    assert told["A1"]["payer_paid_amount"] == 7463


def test_a_void_of_another_number_takes_the_claim_that_the_payer_answered(tmp_path: Path) -> None:
    void = claim("V8", "99213 180", frequency="8", original="ICN1")
    first = Answer("A1", (LINE,))
    # The reversal answers the void under the void's own number.
    back = Answer("V8", (LINE,)).reversed()
    found = compared(tmp_path, [FIRST, void], payment(first), payment(back, trace="T2"))
    (row,) = rows(found)
    assert (row["claim_id"], row["variance_status"]) == ("A1", "superseded")
    # No other claim stands in its place.
    assert row["cause_detail"] == "it was voided"
    assert row["claim_match"] == "replacement"
    assert row["payer_paid_amount"] == 0
    assert not found.unmatched.height


def test_without_what_the_payer_answered_nothing_is_replaced(tmp_path: Path) -> None:
    later = claim("B7", "99213 200", frequency="7", original="ICN9")
    found = compared(tmp_path, [FIRST, later], payment(Answer("A1", (LINE,))))
    assert [each["claim_id"] for each in rows(found)] == ["A1", "B7"]
    assert found.batch.superseded is not None
    assert not found.batch.superseded.height


def test_a_batch_from_standard_input_keeps_what_it_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It can be read but once: the claims that were voided are not read again."""
    void = claim("A1", "99213 180", frequency="8", original="ICN1")
    content = claims_of(FIRST, void).encode()
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(content)))
    paid = tmp_path / "paid.835"
    paid.write_text(payment(Answer("A1", (LINE,))), encoding="utf-8")
    given = ["variance", "-", "--remittance", str(paid), "--locality", "national"]
    assert main(given) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "0 of 0 claims matched" in said
    assert "superseded 1 0.00 74.63" in said


def test_a_claim_compared_as_a_whole_hides_nothing_of_the_one_in_its_place(
    tmp_path: Path,
) -> None:
    """Both have one number; `compared` demands that every cent of the payments is accounted for."""
    lines = ("99213 180", "20610 200")
    sent = [claim("A1", *lines), claim("A1", *lines, frequency="7", original="ICN1")]
    visit = Paid("99213", "180", "90.00", "CO-45 90.00")
    injection = Paid("20610", "200", "60.00", "CO-45 140.00")
    whole = Answer("A1", (visit, injection), control="ICN1", adjusted="CO-253 3.00")
    by_line = Answer("A1", (visit, injection), control="ICN2")
    found = compared(tmp_path, sent, payment(whole), payment(by_line, on="20260401", trace="T2"))
    statuses = [row["variance_status"] for row in rows(found)]
    assert "superseded" in statuses
    assert found.payments == 14_700 + 15_000


@pytest.mark.parametrize(
    ("sent", "paid", "method"),
    [
        (
            ("64450 400 2",),
            (Paid("64450", "200", "80", "CO-45 120"), Paid("64450", "200", "40", "CO-45 160")),
            "split",
        ),
        (
            ("64450 200", "64450 200"),
            (Paid("64450", "400", "120", "CO-45 280", units="2"),),
            "bundle",
        ),
        (
            ("20610:50 400",),
            (
                Paid("20610:RT", "200", "60", "CO-45 140"),
                Paid("20610:LT", "200", "30", "CO-45 170"),
            ),
            "split",
        ),
        (("20610:RT 200",), (Paid("20610:RT", "200", "60", "CO-45 140"),), "code_and_charge"),
    ],
)
def test_lines_of_a_replaced_claim_are_found_in_parts_and_together(
    tmp_path: Path, sent: tuple[str, ...], paid: tuple[Paid, ...], method: str
) -> None:
    """Their units and modifiers were not known: what was paid on them was of no claim line."""
    claims = [claim("A1", *sent), claim("B1", "99213 600", frequency="7", original="ICN1")]
    found = compared(tmp_path, claims, payment(Answer("A1", paid)))
    _, *old = rows(found)
    assert {row["variance_status"] for row in old} == {"superseded"}
    assert {row["match_method"] for row in old} == {method}
    assert (
        sum(row["payer_paid_amount"] for row in old) == sum(int(each.paid) for each in paid) * 100
    )
    assert found.unmatched.is_empty()
