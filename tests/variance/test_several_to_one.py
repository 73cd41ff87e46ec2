"""Lines answered in two, together or twice: what pairs them, and that each amount counts once."""

from dataclasses import replace
from pathlib import Path

import pytest

from payrules.front_door.terms import setup_of
from tests.variance.small import Answer, Paid, claim, compared, payment, rows

RIGHT = Paid("20610:RT", "200", "53.95", "CO-45 131.19, CO-253 1.10, PR-2 13.76")
VISIT = Paid("99213", "200", "74.63", "CO-45 104.81, CO-253 1.52, PR-2 19.04")
AGAIN = Paid("99213", "200", "0", "CO-18 200")


def of(code: str, charge: str, allowed: str) -> Paid:
    """Write a line that is paid in full of what is allowed, without the usual codes."""
    return Paid(code, charge, allowed, f"CO-45 {float(charge) - float(allowed):.2f}")


@pytest.mark.parametrize(
    "parts",
    [
        (of("64483", "450", "264.87"), of("64483", "450", "132.44")),
        (of("64483:LT", "450", "264.87"), of("64483:RT", "450", "132.44")),
        (of("64483:LT", "300", "264.87"), of("64483:RT", "600", "132.44")),
    ],
)
def test_both_sides_billed_as_one_line_and_answered_as_two(
    parts: tuple[Paid, ...], tmp_path: Path
) -> None:
    """They are two units where one was billed, and were answered as no line of the claim."""
    found = compared(tmp_path, [claim("A", "64483:50 900")], payment(Answer("A", parts)))
    (row,) = rows(found)
    assert (row["match_method"], row["compared_at"]) == ("split", "line")
    assert row["payer_allowed_amount"] == row["expected_allowed_amount"] == 39731
    assert row["notes"] is None
    assert found.unmatched.is_empty()


@pytest.mark.parametrize("sent", ["20610:RT 200", "20610:RT 200 1 L1"])
def test_two_sides_billed_as_two_lines_and_answered_as_one_are_a_group(
    sent: str, tmp_path: Path
) -> None:
    sent_too = sent.replace("RT", "LT").replace("L1", "L2")
    both = Paid("20610:50", "400", "103.22", "CO-45 296.78", control="L1" if "L1" in sent else "")
    found = compared(tmp_path, [claim("A", sent, sent_too)], payment(Answer("A", (both,))))
    (row,) = rows(found)
    assert (row["match_method"], row["compared_at"], row["line_group"]) == (
        *("bundle", "group"),
        "20610",
    )
    assert row["payer_allowed_amount"] == row["expected_allowed_amount"] == 10322
    assert found.unmatched.is_empty()


def test_units_billed_as_two_lines_and_answered_as_one_are_a_group(tmp_path: Path) -> None:
    both = Paid("97110", "200", "50", "CO-45 150", units="2")
    sent = claim("A", "97110:GP 100", "97110:GP:59 100")
    (row,) = rows(compared(tmp_path, [sent], payment(Answer("A", (both,)))))
    assert (row["match_method"], row["payer_paid_amount"]) == ("bundle", 5000)


def test_one_line_that_answers_less_than_two_is_not_put_in_their_place(tmp_path: Path) -> None:
    one = Paid("20610:50", "300", "103.22", "CO-45 196.78")
    found = compared(
        tmp_path, [claim("A", "20610:RT 200", "20610:LT 200")], payment(Answer("A", (one,)))
    )
    assert {row["variance_status"] for row in rows(found)} == {"no_remittance"}
    assert found.unmatched["paid_amount"].to_list() == [10322]


def test_sides_that_the_payer_leaves_out_are_paired_by_their_amounts(tmp_path: Path) -> None:
    """Both lines came back without RT and LT, and were answered as no line of the claim."""
    paid = (of("20610", "200", "68.81"), of("20610", "200", "34.41"))
    sent = claim("A", "20610:RT 200", "20610:LT 200")
    found = rows(compared(tmp_path, [sent], payment(Answer("A", paid))))
    assert [row["match_method"] for row in found] == ["equal_lines"] * 2
    assert [row["allowed_variance_amount"] for row in found] == [0, 0]


@pytest.mark.parametrize("control", ["", "L1"])
def test_a_line_paid_twice_in_one_claim_is_told(control: str, tmp_path: Path) -> None:
    """With its number it read "unexplained" and, without, as no line of the claim."""
    paid = Paid(VISIT.code, VISIT.charge, VISIT.paid, VISIT.adjusted, control=control)
    sent = claim("A", f"99213 200 1 {control or '-'}")
    found = compared(tmp_path, [sent], payment(Answer("A", (paid, paid))))
    (row,) = rows(found)
    assert (row["match_method"], row["variance_cause"], row["action"]) == (
        *("split", "paid_twice"),
        "refund",
    )
    assert (row["payer_paid_amount"], row["overpaid_amount"]) == (14926, 7463)
    assert row["cause_detail"].startswith(
        "paid 74.63 (allowed 95.19) on 2026-03-16 and paid 74.63 (allowed 95.19) on 2026-03-16"
    )
    assert "one decision answers this line more than once" in row["notes"]


@pytest.mark.parametrize("control", ["", "L1"])
def test_a_line_paid_once_and_then_denied_as_a_repeat_is_paid(control: str, tmp_path: Path) -> None:
    paid = tuple(
        Paid(each.code, each.charge, each.paid, each.adjusted, control=control)
        for each in (VISIT, AGAIN)
    )
    sent = claim("A", f"99213 200 1 {control or '-'}")
    (row,) = rows(compared(tmp_path, [sent], payment(Answer("A", paid))))
    assert (row["variance_status"], row["payer_paid_amount"]) == ("paid_as_expected", 7463)
    assert "one decision answers this line more than once" in row["notes"]


def test_a_line_paid_twice_in_each_of_two_payments_counts_every_amount_once(
    tmp_path: Path,
) -> None:
    twice = Answer("A", (VISIT, VISIT))
    paid = payment(twice), payment(twice, trace="T2", on="20260320")
    (row,) = rows(compared(tmp_path, [claim("A", "99213 200")], *paid))
    assert (row["payer_paid_amount"], row["variance_cause"]) == (4 * 7463, "paid_twice")


HALF = {
    side: Paid(f"20610:{side}", "200", "26.97", "CO-45 165.60, CO-253 0.55, PR-2 6.88")
    for side in ("RT", "LT")
}


@pytest.mark.parametrize("control", ["", "12"])
def test_a_side_answered_twice_is_found_by_its_modifiers(tmp_path: Path, control: str) -> None:
    """All lines of the code were looked at together: the side read as answered by nobody."""
    first, second = (control[:1], control[1:])
    left = replace(HALF["LT"], control=second)
    answer = Answer("A", (replace(RIGHT, control=first), left, left))
    right, twice = rows(
        compared(tmp_path, [claim("A", "20610:RT 200", "20610:LT 200")], payment(answer))
    )
    assert (right["variance_status"], right["action"]) == ("paid_as_expected", "")
    assert (twice["match_method"], twice["variance_cause"]) == ("split", "paid_twice")
    assert twice["overpaid_amount"] in {2696, 2697}


@pytest.mark.parametrize("control", ["", "L1"])
def test_of_both_sides_the_one_answered_twice_is_told(tmp_path: Path, control: str) -> None:
    """Without a number the line read as answered by nobody; with it, as paid at 200 percent."""
    right, left = (replace(each, control=control) for each in (RIGHT, HALF["LT"]))
    sent = claim("A", f"20610:50 400 1 {control}")
    (row,) = rows(compared(tmp_path, [sent], payment(Answer("A", (right, left, left)))))
    assert (row["match_method"], row["variance_cause"]) == ("split", "paid_twice")
    assert (row["overpaid_amount"], row["action"]) == (2696, "refund")
    assert row["cause_detail"] == (
        "20610 LT is answered 2 times, each paid 26.97 (allowed 34.40), and no reversal takes one"
        " back"
    )


def test_both_sides_in_full_are_not_one_twice(tmp_path: Path) -> None:
    """Each is billed and answered once: the rule is what was left out."""
    both = tuple(replace(RIGHT, code=f"20610:{side}") for side in ("RT", "LT"))
    (row,) = rows(compared(tmp_path, [claim("A", "20610:50 400")], payment(Answer("A", both))))
    assert row["variance_cause"] == "bilateral"


BOTH = "20610:RT 200", "20610:LT 200"


def test_sides_on_one_line_that_are_paid_as_one_lack_the_rule(tmp_path: Path) -> None:
    """No rule was tried on lines answered together: no rule or fact came to it."""
    one = of("20610:50", "400", "68.81")
    (row,) = rows(compared(tmp_path, [claim("A", *BOTH)], payment(Answer("A", (one,)))))
    assert (row["match_method"], row["compared_at"]) == ("bundle", "group")
    assert (row["variance_cause"], row["cause_confidence"]) == ("bilateral", "exact")
    assert row["cause_detail"] == "68.81 is the amount without the rule bilateral"
    assert row["action"] == "appeal"


@pytest.mark.parametrize(
    ("allowed", "cause"), [("397.31", "recoded"), ("264.87", "bilateral"), ("300", "unexplained")]
)
def test_sides_that_are_paid_as_one_line_alone_are_looked_at(
    tmp_path: Path, allowed: str, cause: str
) -> None:
    """An edit denies them on two lines; on one they are due, so the coding is looked at."""
    sent = claim("A", "64483:RT 600", "64483:LT 600")
    answer = Answer("A", (of("64483:50", "1200", allowed),))
    (row,) = rows(compared(tmp_path, [sent], payment(answer)))
    assert (row["expected_allowed_amount"], row["variance_status"]) == (0, "overpaid")
    assert (row["variance_cause"], row["action"]) == (cause, "review_coding")
    assert row["expected_because"].startswith("on each of 2 lines: 264.87 = ")
    assert row["expected_because"].count("264.87") == 1


# -- units billed apart and answered together, and so back ----------------------------------------

APART, ONE_LINE = ("64450 200", "64450 200"), ("64450 400 2",)
NO_RANKING = "161.66 is the amount without the rule multiple procedure"
#: 80.83 for the first, half of it for the second; 57.62 and 28.81 in a facility.
TOGETHER = [
    ("161.66", "2", "", "multiple_procedure", NO_RANKING),
    ("80.83", "2", "", "units", "80.83 is the amount of 1 unit"),
    ("80.83", "1", "2", "units", "80.83 is the amount of 64450 as one line of 1 unit"),
    ("400", "2", "", "lesser_of_charge", "400.00 is the charge"),
    ("300", "2", "", "unexplained", "no rule or fact comes to this amount"),
]


@pytest.mark.parametrize(("allowed", "units", "sent", "cause", "detail"), TOGETHER)
def test_units_on_two_lines_answered_as_one_have_a_cause(
    tmp_path: Path, allowed: str, units: str, sent: str, cause: str, detail: str
) -> None:
    """Nothing was tried on lines answered together, unless they were sides: all was unexplained."""
    one = replace(of("64450", "400", allowed), units=units, sent_units=sent)
    one = replace(one, sent="64450" if sent else "")
    (row,) = rows(compared(tmp_path, [claim("A", *APART)], payment(Answer("A", (one,)))))
    assert (row["match_method"], row["compared_at"]) == ("bundle", "group")
    assert row["expected_allowed_amount"] == 12125
    assert row["variance_cause"] == cause
    assert row["cause_detail"].startswith(detail)


@pytest.mark.parametrize(
    ("modifiers", "allowed", "units"),
    [
        (("97110:GP", "97110:GP:59"), "29.06", 1),
        (("97110:GP", "97110:GP"), "29.06", 1),
        (("97110:GP", "97110:GP:59", "97110:GP:76"), "51.27", 2),
        (("20610:RT", "20610:RT:59"), "68.81", 1),
    ],
)
def test_lines_that_are_no_sides_are_short_of_units(
    tmp_path: Path, modifiers: tuple[str, ...], allowed: str, units: int
) -> None:
    """A letter of exercise asked for a side; and of three units that were paid as two nothing."""
    sent = claim("A", *(f"{each} 100" for each in modifiers))
    many = len(modifiers)
    one = replace(of(modifiers[0], str(100 * many), allowed), units=str(many))
    (row,) = rows(compared(tmp_path, [sent], payment(Answer("A", (one,)))))
    assert (row["match_method"], row["variance_cause"], row["action"]) == (
        *("bundle", "units"),
        "appeal",
    )
    of_units = f"{allowed} is the amount of {units} unit{'s' if units > 1 else ''}"
    assert row["cause_detail"].split(";")[0] == of_units


def test_sides_on_one_line_of_two_units_are_short_of_one(tmp_path: Path) -> None:
    one = replace(of("20610:RT", "400", "68.81"), units="2")
    (row,) = rows(compared(tmp_path, [claim("A", *BOTH)], payment(Answer("A", (one,)))))
    assert row["variance_cause"] == "bilateral"
    assert row["cause_detail"].startswith("68.81 is the amount of one side alone")


@pytest.mark.parametrize(
    ("parts", "cause"),
    [(("117.57", "58.79"), "unexplained"), (("88.18", "88.18"), "practitioner")],
    ids=["one in full", "alike"],
)
def test_parts_that_differ_are_no_share_of_the_whole(
    tmp_path: Path, parts: tuple[str, ...], cause: str
) -> None:
    """One unit in full and one at half read as 75 %, which neither shows, with a letter."""
    sent = claim("A", "64483:RT 900", "64484:RT 900 2")
    first = of("64483:RT", "900", "264.87")
    answer = Answer("A", (first, *(of("64484:RT", "450", each) for each in parts)))
    _, row = rows(compared(tmp_path, [sent], payment(answer)))
    assert (row["match_method"], row["expected_allowed_amount"]) == ("split", 23514)
    assert row["variance_cause"] == cause


def test_two_lines_answered_as_one_round_twice(tmp_path: Path) -> None:
    """Each is rounded by itself on our side: two cents were to be given back."""
    sent = claim("A", "64483:RT 900", "64484:RT 450", "64484:RT:76 450")
    both = Paid("64484:RT", "900", "239.64", "CO-45 594.34, CO-253 4.89, PR-2 61.13", units="2")
    answer = Answer("A", (Paid("64483:RT", "900", "273.16", "CO-45 626.84"), both))
    san_francisco = setup_of("medicare", locality="01112-05")
    _, row = rows(compared(tmp_path, [sent], payment(answer), setup=san_francisco))
    assert (row["restated_paid_amount"], row["variance_status"]) == (23962, "paid_as_expected")
    assert (row["compared_at"], row["action"]) == ("group", "")


def test_a_group_is_explained_by_what_all_its_lines_come_to(tmp_path: Path) -> None:
    in_facility = compared(tmp_path, [claim("A", *APART, place="22")], payment(Answer("B")))
    amount = sum(each["expected_allowed_amount"] for each in rows(in_facility)) / 100
    assert 0 < amount < 121.25
    one = replace(of("64450", "400", f"{amount:.2f}"), units="2")
    (row,) = rows(compared(tmp_path, [claim("A", *APART)], payment(Answer("A", (one,)))))
    assert (row["variance_cause"], row["cause_confidence"]) == ("setting", "exact")
    assert row["action"] == "reopen"


@pytest.mark.parametrize(
    ("first", "second", "cause"),
    [
        ("80.83", "80.83", "bilateral"),
        ("80.83", "0", "units"),
        ("40.42", "40.42", "bilateral"),
        ("100", "0", "unexplained"),
    ],
)
def test_units_on_one_line_answered_as_two_have_a_cause(
    tmp_path: Path, first: str, second: str, cause: str
) -> None:
    parts = (of("64450", "200", first), of("64450", "200", second))
    (row,) = rows(compared(tmp_path, [claim("A", *ONE_LINE)], payment(Answer("A", parts))))
    assert (row["match_method"], row["compared_at"]) == ("split", "line")
    assert row["variance_cause"] == cause


@pytest.mark.parametrize(
    ("allowed", "detail"),
    [
        ("80.83", "80.83 is the amount of one side alone"),
        ("161.66", "161.66 is 200 % of the amount without the rule bilateral"),
    ],
)
def test_two_units_that_are_both_sides_are_one_without_the_rule(
    tmp_path: Path, allowed: str, detail: str
) -> None:
    """Without the rule two units were ranked, and came to what was expected anyway."""
    one = replace(of("64450", "400", allowed), units="2")
    (row,) = rows(compared(tmp_path, [claim("A", *ONE_LINE)], payment(Answer("A", (one,)))))
    assert (row["variance_cause"], row["cause_confidence"]) == ("bilateral", "exact")
    assert row["cause_detail"].startswith(detail)


# -- lines alike but for modifiers that do not come back -------------------------------------------

FIRST = Paid("64450", "200", "63.37", "CO-45 119.17, CO-253 1.29, PR-2 16.17")
SECOND = Paid("64450", "200", "31.69", "CO-45 159.58, CO-253 0.65, PR-2 8.08")
NONE = Paid("64450", "200", "0", "CO-50 200")
OWN = claim("A", "64450 200", "64450:59 200")


@pytest.mark.parametrize(
    ("paid", "statuses"),
    [
        ((FIRST, SECOND), ["paid_as_expected", "paid_as_expected"]),
        ((SECOND, FIRST), ["paid_as_expected", "paid_as_expected"]),
        ((FIRST, NONE), ["paid_as_expected", "denied"]),
    ],
)
def test_a_line_whose_modifier_does_not_come_back_is_no_repeat_of_another(
    tmp_path: Path, paid: tuple[Paid, ...], statuses: list[str]
) -> None:
    """The first read as paid twice, to be given back, and the second as answered by nobody."""
    found = rows(compared(tmp_path, [OWN], payment(Answer("A", paid))))
    assert [row["variance_status"] for row in found] == statuses
    assert {row["match_method"] for row in found} == {"equal_lines"}


def test_lines_with_the_numbers_of_several_are_no_repeats_of_one(tmp_path: Path) -> None:
    paid = (replace(NONE, control="1"), replace(SECOND, control="2"))
    found = rows(compared(tmp_path, [OWN], payment(Answer("A", paid))))
    assert [row["variance_status"] for row in found] == ["denied", "paid_as_expected"]
    assert {row["match_method"] for row in found} == {"line_number"}


def test_one_of_two_lines_that_comes_back_twice_is_told_all_the_same(tmp_path: Path) -> None:
    sent = claim("A", "64450 200", "64450:59 300")
    first, second = rows(compared(tmp_path, [sent], payment(Answer("A", (FIRST, FIRST)))))
    assert (first["variance_cause"], first["match_method"]) == ("paid_twice", "split")
    assert second["variance_status"] == "no_remittance"


@pytest.mark.parametrize(
    "of_first",
    [
        ("0", "CO-45 119.17, PR-1 80.83"),
        ("0", "CO-45 119.17, PR-2 16.17, CO-253 1.29, OA-100 63.37"),
    ],
    ids=["deductible", "to the patient"],
)
@pytest.mark.parametrize("turned", [False, True])
def test_equal_lines_are_paired_by_what_is_allowed_not_paid(
    tmp_path: Path, of_first: tuple[str, str], turned: bool
) -> None:
    """The deductible on the first made it the least paid: one was appealed, one given back."""
    paid = (Paid("64450", "200", *of_first), SECOND)
    answer = Answer("A", paid[::-1] if turned else paid)
    found = rows(compared(tmp_path, [claim("A", *APART)], payment(answer)))
    assert [row["variance_status"] for row in found] == ["paid_as_expected"] * 2
    assert [row["payer_allowed_amount"] for row in found] == [8083, 4042]
