"""How claims of a run stand to each other: names, replacements, voids, second payers, repeats."""

import pytest

from payrules.claims.x12_claims import X12Claims
from tests.x12.reading import read
from tests.x12.writer import BILLING, CLAIM, HEAD, LINE, SUBSCRIBER, written


def claim(number: str, frequency: str = "1", code: str = "99213", f8: str = "") -> list[str]:
    """Give the segments of a claim of one line; another code is another claim."""
    clm = f"CLM*{number}*150.5***11:B:{frequency}*Y*A*Y*Y"
    more = [f"REF*F8*{f8}"] if f8 else []
    return [clm, *more, CLAIM[1], LINE[0], LINE[1].replace("99213", code), LINE[2]]


def file_of(*claims: list[str], responsibility: str = "P", member: str = "M100") -> str:
    """Write a file of claims below one subscriber."""
    below = [
        each.replace("SBR*P", f"SBR*{responsibility}").replace("M100", member)
        for each in SUBSCRIBER
    ]
    return written([[*HEAD, *BILLING, *below, *(each for of_one in claims for each in of_one)]])


def told(*texts: str) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    """Give the claims that are priced, those superseded and why, and the reasons of rejects."""
    found: list[X12Claims] = read(*texts)
    for each in found:
        lines = each.lines.height + each.superseded.height + each.rejects.height
        assert lines == each.file.service_lines
    priced = [name for each in found for name in each.lines["claim_id"]]
    superseded = [
        row for each in found for row in each.superseded.select("claim_id", "reason").rows()
    ]
    return priced, superseded, [reason for each in found for reason in each.rejects["reason"]]


def test_claims_of_one_number_get_names_of_their_own() -> None:
    first, second = claim("C1"), claim("C1", code="99214")
    third, taken = claim("C1", code="99215"), claim("C1#2")
    assert told(file_of(first, second, third))[0] == ["C1", "C1#2", "C1#3"]
    assert told(file_of(first, second, third, taken))[0] == ["C1", "C1#3", "C1#4", "C1#2"]
    # In file order over all files of a run.
    assert told(file_of(second), file_of(first, taken))[0] == ["C1", "C1#3", "C1#2"]


def test_the_number_is_carried_as_it_was_sent() -> None:
    (found,) = read(file_of(claim("C1"), claim("C1", code="99214")))
    assert found.lines["patient_control_number"].to_list() == ["C1", "C1"]


def test_a_replacement_supersedes_the_claim_before_it() -> None:
    original, replacement = claim("C1"), claim("C1", "7", "99214")
    assert told(file_of(original, replacement)) == (["C1"], [("C1", "replaced")], [])
    assert told(file_of(original), file_of(replacement)) == (["C1"], [("C1", "replaced")], [])
    # One that comes first is no replacement of what comes later: it says so.
    assert told(file_of(replacement), file_of(original))[0] == ["C1", "C1#2"]


def test_the_table_names_the_claim_that_did_it() -> None:
    original, replacement = read(file_of(claim("C1")), file_of(claim("C9"), claim("C1", "7")))
    (row,) = original.superseded.rows(named=True)
    assert (row["file"], row["by_file"], row["by_claim"]) == ("1", "2", "C1")
    assert row["by_row"] == replacement.file.claims[1].position


def test_a_replacement_of_a_replacement() -> None:
    claims = claim("C1"), claim("C1", "7", "99214"), claim("C1", "7", "99215")
    assert told(file_of(*claims))[:2] == (["C1"], [("C1", "replaced"), ("C1", "replaced")])


def test_a_void_takes_the_claim_away_and_is_not_priced() -> None:
    assert told(file_of(claim("C1"), claim("C1", "8"))) == (
        [],
        [("C1", "voided"), ("C1", "void")],
        [],
    )


def test_what_has_no_original_is_told() -> None:
    (found,) = read(file_of(claim("C1", "7", f8="ICN1"), claim("C2", "8")))
    assert found.lines["claim_id"].to_list() == ["C1"]
    assert "original claim is not read" in found.notes[0]
    assert found.superseded["reason"].to_list() == [
        "void, whose original claim is not read in this run before it"
    ]


def test_a_replacement_is_of_its_own_persons_claim() -> None:
    ann, ted = file_of(claim("C1")), file_of(claim("C1"), member="M200")
    replacement = file_of(claim("C1", "7", "99214"))
    assert told(ann, ted, replacement)[:2] == (["C1", "C1#2"], [("C1", "replaced")])
    found = read(ann, ted, replacement)
    assert [each.superseded.height for each in found] == [1, 0, 0]


def test_an_equal_claim_is_a_repeat() -> None:
    assert told(file_of(claim("C1"), claim("C1")))[2] == ["claim already read at segment 21"]
    assert told(file_of(claim("C1")), file_of(claim("C1")))[2] == [
        "claim already read at segment 21 of 1"
    ]
    # Another person's is none; nor is one of another number.
    assert told(file_of(claim("C1")), file_of(claim("C1"), member="M2"))[0] == ["C1", "C1#2"]
    assert told(file_of(claim("C1"), claim("C2")))[0] == ["C1", "C2"]


def test_a_second_payers_claim_beside_the_first_payers_is_not_priced() -> None:
    first, second = file_of(claim("C1")), file_of(claim("C1"), responsibility="S", member="M7")
    assert told(first, second) == (["C1"], [("C1", "secondary claim")], [])
    assert told(second, first) == (["C1"], [("C1", "secondary claim")], [])


@pytest.mark.parametrize(
    ("sbr", "reason"),
    [
        ("SBR*S*18*******CI", "not Medicare (SBR09 is not MB)"),
        ("SBR*S*18", "not Medicare (SBR09 is not MB)"),
        ("SBR*T*18*******MB", "later payer than the second"),
        ("SBR*U*18*******MB", "later payer than the second"),
    ],
)
def test_a_claim_to_a_later_payer_than_medicare_as_second_is_not_priced(
    sbr: str, reason: str
) -> None:
    text = file_of(second()).replace("SBR*P*18*******MB", sbr)
    priced, _, reasons = told(text)
    assert priced == []
    assert reason in reasons[0]


#: What the first payer decided on a line: paid 80.00, and 15.00 of coinsurance.
DECIDED = ("SVD*P1*80*HC:99213**1", "CAS*PR*2*15")
FIRST_PAYER = ("SBR*P*18", "AMT*D*80", "NM1*PR*2*ONE*****PI*P1")


def second(*lines: tuple[str, ...], payers: tuple[str, ...] = FIRST_PAYER) -> list[str]:
    """Give the segments of a claim after another payer's: a line each of what was decided."""
    decided = lines or (DECIDED,)
    of_lines = ([f"LX*{number}", LINE[1], LINE[2], *each] for number, each in enumerate(decided, 1))
    return [*CLAIM, *payers, *(each for of_one in of_lines for each in of_one)]


def to_medicare(*claims: list[str]) -> str:
    return file_of(*claims, responsibility="S")


def test_medicare_as_second_payer_is_priced_without_the_first_payers_claim() -> None:
    (found,) = read(to_medicare(second()))
    names = ("primary_paid_amount", "primary_allowed_amount")
    assert found.lines.select(names).rows() == [("80.00", "95.00")]
    assert told(to_medicare(second(()))) == (["C1"], [], [])  # one line: AMT*D is what was paid
    # Beside the first payer's claim it is the same service.
    first = file_of(second())
    assert told(to_medicare(second()), first)[:2] == (["C1"], [("C1", "secondary claim")])
    assert told(to_medicare(second(), second()))[2] == ["claim already read at segment 21"]


def test_a_line_on_which_the_first_payment_is_not_told_is_not_priced() -> None:
    (found,) = read(to_medicare(second(DECIDED, ())))
    assert found.lines["claim_line_number"].to_list() == [1]
    assert found.rejects.select("column", "value", "claim_line_number").rows() == [
        ("2430 SVD02", None, "2")
    ]
    priced, _, reasons = told(to_medicare(second((), ())))
    assert priced == []
    assert len(reasons) == 2
    assert all("what the first payer paid on this line" in each for each in reasons)


def test_what_several_payers_left_is_not_computed() -> None:
    later = (*FIRST_PAYER, "SBR*S*18", "AMT*D*5", "NM1*PR*2*TWO*****PI*P2")
    by_both = second((*DECIDED, "SVD*P2*5*HC:99213**1"), payers=later)
    for text in (to_medicare(by_both), to_medicare(second((), payers=later))):
        priced, _, reasons = told(text)
        assert priced == []
        assert "after several payers" in reasons[0]


def test_a_second_payers_replacement_supersedes_no_claim_to_the_first() -> None:
    first = file_of(claim("C1"))
    second = file_of(claim("C1", "7"), responsibility="S")
    assert told(first, second)[:2] == (["C1"], [("C1", "secondary claim")])
