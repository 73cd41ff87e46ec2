"""Every sentence of the guide on reading X12: separators, envelope, levels, what is cut short."""

from collections.abc import Sequence

import pytest

from payrules.claims.x12_claims import X12Claims
from payrules.errors import ClaimsError
from payrules.x12.segments import is_x12, lacks_isa
from tests.x12.reading import one, read, rows_of
from tests.x12.writer import CLAIM, HEAD, LINE, Signs, one_claim, written

PLAIN = written([one_claim()])


def only(text: str | bytes) -> X12Claims:
    (claims,) = read(text)
    return claims


def refusal_of(text: str | bytes) -> str:
    with pytest.raises(ClaimsError) as raised:
        read(text)
    return str(raised.value)


# -- 3.1 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n "])
def test_a_file_is_x12_by_its_first_characters(before: bytes) -> None:
    content = before + PLAIN.encode()
    assert is_x12(content)
    assert rows_of(only(content)) == rows_of(only(PLAIN))


def test_utf_16_with_its_mark_is_read() -> None:
    assert is_x12(PLAIN.encode("utf-16"))
    assert rows_of(only(PLAIN.encode("utf-16"))) == rows_of(only(PLAIN))


@pytest.mark.parametrize(
    "head",
    [b"claim_id,x\n", b"ISAAC,claim_id", b"PK\x03\x04", b"", b"ST,claim_id\n", b"GS\tx", b"isa*"],
)
def test_a_table_is_no_x12(head: bytes) -> None:
    assert not is_x12(head)


# -- 3.2, 3.4, 3.5 -----------------------------------------------------------------------------

SEPARATORS = [
    Signs("|", ">", "~", "\r\n"),
    Signs("^", "\\", "'", "", "U"),
    Signs("\x1d", "\x1f", "\x1c", ""),
    Signs("*", ":", "\n", ""),
    Signs("*", ":", "\r", "\n"),
    Signs("*", "_", "~", " \n "),
    Signs("+", ":", "!", "\n\n\n"),
]


@pytest.mark.parametrize("signs", SEPARATORS)
def test_separators_are_those_of_the_isa(signs: Signs) -> None:
    assert rows_of(only(written([one_claim()], signs))) == rows_of(only(PLAIN))


def test_each_interchange_has_its_own_separators() -> None:
    claims = [one_claim(claim=(CLAIM[0].replace("C1", f"C{n}"), CLAIM[1])) for n in range(7)]
    text = "".join(
        written([claim], signs, control=n + 1)
        for n, (claim, signs) in enumerate(zip(claims, SEPARATORS, strict=True))
    )
    found = only(text)
    assert found.lines["claim_id"].to_list() == [f"C{n}" for n in range(7)]
    assert found.file.checks == []
    assert not found.file.truncated


def test_blanks_within_elements_stay_and_those_of_ids_go() -> None:
    text = PLAIN.replace("*MI*M100", "*MI* 9999 ").replace("ZYXWILDA", " ZYX WILDA ")
    assert one(text)["person_id"] == "9999"


# -- 3.3 ---------------------------------------------------------------------------------------

ISA_FAULTS = [
    (
        lambda isa: isa.replace("*00*          *00*", "*00*         *00*", 1),
        "ISA02 has 9 characters",
    ),
    (lambda isa: isa.replace("SUBMITTER      ", "SUBMITTER       "), "ISA06 has 16 characters"),
    (lambda isa: isa.replace("*1253*", "*125*"), "ISA10 has 3 characters"),
    (lambda isa: isa.replace("*P*:", "*P*"), "ISA16"),
    (lambda isa: isa.replace("*P*:", "*P*A"), "ISA16"),
    (lambda isa: isa.replace("*P*:", "*P**"), "an element too"),
    (lambda isa: isa[:60], "ends within ISA08"),
]


@pytest.mark.parametrize(("damage", "said"), ISA_FAULTS)
def test_an_isa_of_another_length_is_refused_by_its_element(damage: object, said: str) -> None:
    plain = written([one_claim()], Signs(between=""))
    isa, rest = plain.split("~", 1)
    damaged = damage(isa)  # type: ignore[operator]
    text = damaged if len(damaged) < 80 else damaged + "~" + rest
    assert said in refusal_of(text)
    # Nor is it where a file holds another before it.
    assert said in refusal_of(PLAIN + text)
    assert "SUBMITTER" not in refusal_of(text)


# -- 3.6 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["GS", "ST"])
def test_a_file_without_an_isa_is_refused(first: str) -> None:
    text = PLAIN[PLAIN.index(first + "*") :]
    assert is_x12(text.encode())
    assert lacks_isa(text.encode()) == first
    assert f"begins with {first}, and no ISA" in refusal_of(text)


# -- 3.7 ---------------------------------------------------------------------------------------


def test_what_is_not_utf_8_is_read_as_latin_1_and_said() -> None:
    named = PLAIN.replace("ZYXWILDA", "JOSÉ")
    assert not only(named).file.latin_1
    assert only(named.encode("latin-1")).file.latin_1
    by_name = {
        one(named.replace("*MI*M100", "").encode(encoding))["person_id"]
        for encoding in ("utf-8", "latin-1")
    }
    assert len(by_name) == 1


def test_a_character_across_two_pieces_of_a_file_is_one() -> None:
    """Files are read a mebibyte at a time."""
    for more in range(4):
        filler = "K3*" + "x" * ((1 << 20) - len(PLAIN.encode()) + more) + "~\n"
        text = PLAIN.replace("CLM*", filler + "K3*" + "é" * 4000 + "~\nCLM*")
        found = only(text)
        assert not found.file.latin_1
        assert found.lines.height == 1


# -- 3.8 ---------------------------------------------------------------------------------------


def test_unknown_and_misplaced_segments_and_empty_elements_stop_no_claim() -> None:
    lines = (
        *LINE[:1],
        "PLXX*9",
        "ZZZ",
        LINE[1] + "*****",
        "PLXX*8",
        LINE[2],
        "sm ith*X",
        "N4*X",
        "LEE*X",
    )
    found = only(written([one_claim(lines=lines)]))
    assert found.file.unknown == {"(not shown)": 2, "PLXX": 2, "ZZZ": 1}
    assert rows_of(found)[0] == {**rows_of(only(PLAIN))[0], "position": 26}


# -- 3.10, 3.11 --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("005010X223A2", "837 institutional: not read"),
        ("005010X224A2", "837 dental: not read"),
        ("004010X098A1", "837 professional of version 4010: not read"),
        ("005010X222A3", "837 professional of another version than 005010X222A1: not read"),
        ("005010X221A1", "837 in a group of 835 (GS08): not read"),
        ("005010X999", "837, not 837P by GS08: not read"),
    ],
)
def test_another_kind_is_one_reject(version: str, reason: str) -> None:
    found = only(written([one_claim()], version=version) + written([one_claim()], control=2))
    assert found.rejects.select("row", "reason").rows() == [(3, reason)]
    assert found.lines.height == 1
    assert found.file.checks == []


@pytest.mark.parametrize("version", ["005010X222", "005010X222A1", "005010X222A2"])
def test_professional_claims_are_those_of_three_versions(version: str) -> None:
    assert only(written([one_claim()], version=version)).lines.height == 1


def test_remittances_stand_beside_claims() -> None:
    remittance = written([["BPR*I*1", "CLP*C1*1*150.5*80"]], version="005010X221A1").replace(
        "ST*837*", "ST*835*"
    )
    found = only(PLAIN + remittance)
    assert found.rejects["reason"].to_list() == ["835 remittance: not read"]
    assert found.file.sets == {"837P": 1, "835": 1}


# -- 3.12, 3.13 --------------------------------------------------------------------------------


def checks_of(text: str) -> list[str]:
    return [f"{check.what} {check.said}: {check.is_there}" for check in only(text).file.checks]


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("SE*24*0001", "SE*9*0001", ["SE01 SE01 9: 24"]),
        ("SE*24*0001", "SE*24*0002", ["SE02 SE02 0002: 0001 where it begins"]),
        ("SE*24*0001", "SE*NAME*0001", ["SE01 SE01 NAME: 24"]),
        ("GE*1*1", "GE*2*1", ["GE01 GE01 2: 1"]),
        ("GE*1*1", "GE*1*7", ["GE02 GE02 7: 1 where it begins"]),
        ("IEA*1*", "IEA*3*", ["IEA01 IEA01 3: 1"]),
        ("IEA*1*000000905", "IEA*1*1", ["IEA02 IEA02 1: 000000905 where it begins"]),
    ],
)
def test_counts_that_differ_are_told_with_both_numbers(
    right: str, wrong: str, told: list[str]
) -> None:
    assert right in PLAIN
    assert checks_of(PLAIN) == []
    assert checks_of(PLAIN.replace(right, wrong)) == told
    assert only(PLAIN.replace(right, wrong)).lines.height == 1


def two_claims() -> list[str]:
    second = [CLAIM[0].replace("C1", "C2"), *CLAIM[1:], *LINE]
    return [*one_claim(), *second]


@pytest.mark.parametrize("upto", ["SE*", "GE*", "IEA*", "DTP*472*D8*20251007~\nSE"])
def test_of_a_file_cut_short_the_last_claim_is_rejected(upto: str) -> None:
    text = written([two_claims()])
    found = only(text[: text.index(upto)])
    assert found.file.truncated
    assert found.lines["claim_id"].to_list() == ["C1"]
    assert found.rejects["claim_id"].to_list() == ["C2"]
    assert found.lines.height + found.rejects.height == found.file.service_lines


def test_a_set_without_its_end_amid_a_file_is_cut_short_too() -> None:
    text = written([two_claims(), one_claim(claim=(CLAIM[0].replace("C1", "C3"), CLAIM[1]))])
    at = text.index("SE*")
    found = only(text[:at] + text[text.index("ST*837*0002") :])
    assert found.file.truncated
    assert found.lines["claim_id"].to_list() == ["C1", "C3"]


def test_a_test_file_is_said_to_be_one() -> None:
    assert not only(PLAIN).file.is_test
    assert only(written([one_claim()], test="T")).file.is_test


def test_an_interchange_without_sets_has_no_rows() -> None:
    text = written([])
    found = only(text)
    assert found.rows == 0
    assert not found.file.truncated
    assert found.file.checks == []


# -- 3.14, 3.15 --------------------------------------------------------------------------------


def test_an_sv1_without_an_lx_opens_a_line() -> None:
    lines = (*LINE[1:], LINE[1].replace("99213", "99214"), LINE[2])
    found = only(written([one_claim(lines=lines)]))
    assert found.lines["hcpcs_code"].to_list() == ["99213", "99214"]
    assert found.lines["claim_line_number"].to_list() == [1, 2]
    assert found.notes.str.contains("no LX before the SV1").all()


def test_an_sv1_in_no_claim_is_rejected() -> None:
    found = only(written([[*HEAD, *LINE]]))
    assert found.rejects.select("column", "reason").rows() == [
        ("2300 CLM", "the line is in no claim: CLM is missing")
    ]


@pytest.mark.parametrize(
    "between",
    [
        ("SBR*P*18*******12", "AMT*D*80", "NM1*PR*2*X*****PI*9", "REF*F8*NOT", "REF*G1*NOT"),
        (
            "SBR*S*18",
            "NM1*IL*1*OTHER****MI*9",
            "DMG*D8*19990101*M",
            "NM1*82*1*X****XX*9",
            "N4*X*Y*9",
        ),
    ],
)
def test_what_is_another_payers_is_not_ours(between: Sequence[str]) -> None:
    row = one(written([one_claim(claim=(*CLAIM, *between))]))
    ours = one(PLAIN)
    told = {"position", "notes", "other_payer_paid_amount"}
    assert {k: v for k, v in row.items() if k not in told} == {
        k: v for k, v in ours.items() if k not in told
    }


def test_a_claim_has_the_payer_and_patient_it_stands_below() -> None:
    """One library gives a claim the next subscriber's payer."""
    second = [
        "HL*3*1*22*0",
        "SBR*P*18*******CI",
        "NM1*IL*1*ROE*JO****MI*M200",
        "NM1*PR*2*OTHER*****PI*60054",
        CLAIM[0].replace("C1", "C2"),
        *CLAIM[1:],
        *LINE,
    ]
    rows = rows_of(only(written([[*one_claim(), *second]])))
    assert [(row["claim_id"], row["person_id"], row["payer_id"]) for row in rows] == [
        ("C1", "M100", "01112"),
        ("C2", "M200", "60054"),
    ]
