"""Remittances (835): every element is read, every cent accounted for, nothing of a person told."""

import random
from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrules.errors import ClaimsError
from payrules.variance.remittances import Remittances, record, remittances_of
from payrules.variance.tables import in_dollars, packed
from payrules.x12.columns_835 import PERSONAL, TABLES
from payrules.x12.remittance_835 import read_835
from tests.fuzzing import PERSONS, _damaged_x12
from tests.real_files import CLAIMS, CLAIMS_835, are_here
from tests.x12.drawn_835 import PLAIN, VERSION, drawn, file_of
from tests.x12.reference_835 import Paid
from tests.x12.reference_835 import read as read_slowly
from tests.x12.writer import CANARIES, Signs, written

HEAD = (
    "BPR*I*80.00*C*ACH************20260316",
    "TRN*1*T1*1000000000",
    "DTM*405*20260315",
    "N1*PR*MADE UP MAC*XV*01112",
    "N1*PE*MADE UP CLINIC*XX*1000000001",
    "LX*1",
)
CLAIM = (
    "CLP*C1*1*150.00*80.00*20.00*MB*ICN1*11*1",
    f"NM1*QC*1*{CANARIES[1]}*{CANARIES[0]}****MI*M100",
    "DTM*050*20260305",
)
LINE = (
    "SVC*HC:99213:25*150.00*80.00**1",
    "DTM*472*20260302",
    "CAS*CO*45*50.00",
    "CAS*PR*2*20.00",
    "REF*6R*L1",
    "AMT*B6*100.00",
    "LQ*HE*N807",
)
#: What stands in a claim alone, and how a note counts it where it stands in none.
OUTSIDE = {
    "LX*2": {"a CAS": 2, "a DTM": 1, "a REF": 1, "an AMT": 1, "an LQ": 1},
    "PLB*1000000001*20261231*WO:X*0": {"a CAS": 2, "a DTM": 1, "a REF": 1, "an AMT": 1, "an LQ": 1},
}
SAMPLES = [CLAIMS / name for name in CLAIMS_835 if are_here(CLAIMS / name)]


def read(*contents: str | bytes) -> Remittances:
    """Read the files of a run, named 1, 2 and so on."""
    return remittances_of(
        [
            read_835(BytesIO(each.encode() if isinstance(each, str) else each), str(number), packed)
            for number, each in enumerate(contents, 1)
        ]
    )


def paid(*segments: str, head: Sequence[str] = HEAD, signs: Signs = PLAIN) -> str:
    return written([[*head, *segments]], signs, version=VERSION, kind="835")


def row(read_: Remittances, table: str) -> dict[str, Any]:
    """Give the one row of a table, in dollars."""
    (only,) = in_dollars(table, read_.tables[table]).rows(named=True)
    return {name: value for name, value in only.items() if value is not None}


# -- elements ----------------------------------------------------------------------------------


def test_a_remittance_gives_its_payment_claim_line_and_adjustments() -> None:
    found = read(paid(*CLAIM, *LINE))
    payment = row(found, "remittances")
    assert payment["payer_name"] == "MADE UP MAC"
    assert payment["payer_id"] == "01112"
    assert payment["payee_npi"] == "1000000001"
    assert payment["trace_number"] == "T1"
    assert str(payment["payment_date"]) == "2026-03-16"
    assert str(payment["production_date"]) == "2026-03-15"
    assert payment["payment_amount"] == Decimal("80.00")
    claim = row(found, "payer_claims")
    assert claim["claim_id"] == "C1"
    assert claim["person_id"] == "M100"
    assert claim["payer_claim_control_number"] == "ICN1"
    assert str(claim["received_date"]) == "2026-03-05"
    line = row(found, "payer_lines")
    assert (line["hcpcs_code"], line["hcpcs_modifier_1"]) == ("99213", "25")
    assert line["payer_allowed_amount"] == Decimal("100.00")
    assert (line["line_control_number"], line["remarks"]) == ("L1", "N807")
    assert (line["paid_units"], line["original_units"]) == ("1", "1")
    adjustments = found.tables["payer_adjustments"]
    assert adjustments.select("level", "group_code", "carc", "adjustment_amount").rows() == [
        ("line", "CO", "45", 5000),
        ("line", "PR", "2", 2000),
    ]
    assert not found.failed


def test_an_adjustment_segment_holds_six_triples_and_a_plb_six_pairs() -> None:
    triples = "*".join(f"{carc}*1.00*{carc}" for carc in (1, 2, 3, 45, 66, 122))
    found = read(
        paid(
            "CLP*C1*1*6.00*0.00*0*MB*ICN1*11*1",
            "SVC*HC:99213*6.00*0.00",
            f"CAS*CO*{triples}",
            "PLB*1000000001*20261231*" + "*".join(f"WO:{n}*1.00" for n in range(6)),
            head=("BPR*I*6.00*D*ACH************20260316", *HEAD[1:]),
        )
    )
    assert found.tables["payer_adjustments"]["carc"].to_list() == ["1", "2", "3", "45", "66", "122"]
    assert found.tables["payer_adjustments"]["adjustment_quantity"][3] == "45"
    provider = found.tables["provider_adjustments"]
    assert provider["reference"].to_list() == [*"012345"]
    assert provider["meaning"].unique().to_list() == ["overpayment recovery"]
    assert found.payments == -600
    assert not found.failed


def test_the_claim_a_provider_adjustment_names_is_told() -> None:
    plb = "PLB*1000000001*20261231*WO:ICN1*10.00*FB:OTHER*-10.00"
    found = read(paid(*CLAIM, *LINE, plb))
    assert found.tables["provider_adjustments"]["claim_id"].to_list() == ["C1", None]


def test_blank_units_are_one_and_original_units_those_paid() -> None:
    line = "SVC*HC:99213*150.00*80.00***HC:99214:25*2", *LINE[1:]
    found = row(read(paid(*CLAIM, *line)), "payer_lines")
    assert (found["paid_units"], found["original_units"]) == ("1", "2")
    assert (found["original_code"], found["original_modifier_1"]) == ("99214", "25")


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (("DTM*472*20260302", "DTM*150*20260301"), "2026-03-02"),
        (("DTM*150*20260301", "DTM*151*20260303"), "2026-03-01"),
        ((), "2026-02-28"),
    ],
)
def test_the_day_of_a_line_is_its_own_else_the_claim_s(
    dates: tuple[str, ...], expected: str
) -> None:
    claim = *CLAIM, "DTM*232*20260228"
    found = row(read(paid(*claim, LINE[0], *dates, *LINE[2:])), "payer_lines")
    assert str(found["service_date"]) == expected


# -- separators, envelopes ---------------------------------------------------------------------


def test_interchanges_of_other_separators_are_read_alike() -> None:
    whole = paid(*CLAIM, *LINE) + paid(*CLAIM, *LINE, signs=Signs("|", ">", "'", ""))
    found = read(whole)
    # The same payment in other separators is the same payment: it is used once.
    assert found.tables["remittances"]["status"].to_list() == ["read", "duplicate"]
    assert found.payments == 8000
    assert found.remainder == 0
    assert not found.failed


@pytest.mark.parametrize(
    "signs",
    [
        Signs("\x1d", "\x1f", "\x1c", ""),
        Signs("\x1f", "\x1e", "\x1d", ""),
        Signs("§", "¦", "¬", ""),
    ],
)
def test_a_payment_in_odd_separators_is_the_same_payment(signs: Signs) -> None:
    """The signs 1D to 1F took the places of each other, and the payment was used twice."""
    found = read(paid(*CLAIM, *LINE), paid(*CLAIM, *LINE, signs=signs))
    assert found.tables["remittances"]["status"].to_list() == ["read", "duplicate"]
    assert found.payments == 8000


def test_claims_in_the_same_file_are_told_and_not_read() -> None:
    found = read(paid(*CLAIM, *LINE) + written([["BHT*0019*00*1"]]))
    assert found.rejects["reason"].to_list() == ["837 professional claims: not read"]
    assert found.tables["payer_claims"].height == 1


def test_a_remittance_without_isa_is_refused() -> None:
    with pytest.raises(ClaimsError, match="no ISA segment stands before it"):
        read("ST*835*1~BPR*I*1~")


def test_nothing_in_it_is_nothing() -> None:
    isa = written([], version=VERSION, kind="835")
    found = read(isa)
    assert not found.failed
    assert found.tables["payer_claims"].height == 0


def test_a_file_cut_short_rejects_its_last_claim_and_counts_what_it_paid() -> None:
    whole = paid(*CLAIM, *LINE, "CLP*C2*1*5.00*5.00", "SVC*HC:99213*5.00*5.00")
    found = read(whole[: whole.index("SE*")])
    assert found.truncated == ["1"]
    assert found.rejects.select("claim_id", "payer_line").rows() == [("C2", 1)]
    assert found.tables["payer_claims"]["claim_id"].to_list() == ["C1"]
    assert {each.name: each.amount for each in found.terms}["rejected_claims"] == 500
    assert found.remainder == 0


# -- balance -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "segments"),
    [
        ("line_balance", (*CLAIM, *LINE[:2], "CAS*CO*45*49.00", "CAS*CO*A1*0", *LINE[3:])),
        ("claim_balance", ("CLP*C1*1*150.00*81.00*20.00*MB*ICN1*11*1", *CLAIM[1:], *LINE)),
        ("claim_charge", ("CLP*C1*1*151.00*80.00*20.00*MB*ICN1*11*1", *CLAIM[1:], *LINE)),
        ("patient_amount", ("CLP*C1*1*150.00*80.00*19.00*MB*ICN1*11*1", *CLAIM[1:], *LINE)),
        ("interest", (*CLAIM, "AMT*I*2.00", *LINE)),
        ("payment_balance", (*CLAIM, *LINE, "PLB*1*20261231*WO:1*5.00")),
    ],
)
def test_each_check_that_fails_is_a_row(what: str, segments: tuple[str, ...]) -> None:
    found = read(paid(*segments))
    failed = found.checks.filter(pl.col("check") == what)
    assert failed.height == 1
    assert failed["difference"].item() == failed["left"].item() - failed["right"].item() != 0
    assert found.failed
    assert found.remainder == 0


def test_a_payment_that_does_not_balance_says_every_amount() -> None:
    found = read(paid(*CLAIM, *LINE, head=(HEAD[0].replace("80.00", "90.00"), *HEAD[1:])))
    (check,) = found.checks.rows(named=True)
    assert check["check"] == "payment_balance"
    assert check["says"].startswith(
        "BPR02 90.00, claims 80.00, provider adjustments 0.00, difference 10.00: BPR02 must"
    )
    assert check["difference"] == 1000


def test_interest_that_does_not_balance_says_both_amounts() -> None:
    """It read "PLB L6 is the negative of the sum of AMT*I", with neither."""
    found = read(paid(*CLAIM, "AMT*I*2.00", *LINE))
    (check,) = found.checks.filter(check="interest").rows(named=True)
    assert check["says"] == (
        "interest of the claims (AMT*I) 2.00, paid with the payment (PLB L6, whose sign is the"
        " other) 0.00: both must be the same"
    )


def test_claim_adjustments_stand_beside_those_of_lines_and_add_up() -> None:
    claim = ("CLP*C1*1*150.00*70.00*20.00*MB*ICN1*11*1", "CAS*CO*45*10.00", *CLAIM[1:])
    found = read(paid(*claim, *LINE, head=(HEAD[0].replace("80.00", "70.00"), *HEAD[1:])))
    assert not found.failed
    assert {each.name: each.amount for each in found.terms if each.amount} == {
        "lines": 8000,
        "claim_adjustments": -1000,
    }


def test_a_trace_number_used_again_with_other_content_is_told_and_both_are_used() -> None:
    other = paid("CLP*C2*1*80.00*80.00", "SVC*HC:99213*80.00*80.00")
    found = read(paid(*CLAIM, *LINE), other)
    assert found.checks["check"].to_list() == ["trace_number_reused"]
    assert found.payments == 16000


def test_a_payment_handed_in_twice_is_used_once() -> None:
    one = paid(*CLAIM, *LINE)
    found = read(one, one)
    assert found.tables["payer_lines"]["status"].to_list() == ["read", "duplicate"]
    assert found.payments == 8000
    assert not found.failed
    assert record(found)["duplicate_remittances"] == 1


@pytest.mark.parametrize(
    "resent",
    [
        pytest.param(("LQ*HE*N807", "LQ*HE*N807**"), id="elements"),
        pytest.param(("SVC*HC:99213:25*", "SVC*HC:99213:25::*"), id="components"),
        pytest.param(("CAS*PR*2*20.00", "CAS*PR*2*20.00*:"), id="an element of components"),
    ],
)
def test_empty_ends_make_no_other_payment_of_it(resent: tuple[str, str]) -> None:
    """A payment that was sent again with them was used twice, and read as paid twice."""
    one = paid(*CLAIM, *LINE)
    again = one.replace(*resent)
    assert again != one
    found = read(one, again)
    assert found.tables["payer_lines"]["status"].to_list() == ["read", "duplicate"]
    assert record(found)["duplicate_remittances"] == 1


# -- rejects -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("segments", "column", "reason"),
    [
        ((*CLAIM, "SVC*HC:59426******742*742**1"), "2110 SVC02", "SVC02, SVC03 empty"),
        (
            (*CLAIM, "SVC*HC:99213*150*"),
            "2110 SVC03",
            "SVC03 is blank, and must have an amount in dollars and cents",
        ),
        ((*CLAIM, "SVC*HC>99213*150*80"), "2110 SVC01", "ISA16 declares ':', SVC01 uses '>'"),
        (
            ("CLP*C1*1*150.00*a80", *LINE),
            "2100 CLP04",
            "CLP04 is not an amount in dollars and cents",
        ),
        ((*CLAIM, *LINE, "CAS*CO*45*1.005"), "2110 CAS03", "CAS03 is not an amount in dollars"),
        (("SVC*HC:99213*150*80",), "2100 CLP", "the payer's line stands in no claim"),
        ((*CLAIM, *LINE, "PLB*1*20261231*WO:1*x"), "PLB04", "PLB04 is not an amount in dollars"),
        (
            (*CLAIM, "SVC*HC:99213*999999999999*0"),
            "2110 SVC02",
            "SVC02 is more than 100,000,000,000 dollars, which no payer pays",
        ),
        (
            (*CLAIM, f"SVC*HC:99213*{'9' * 30}*0"),
            "2110 SVC02",
            "SVC02 is more than 100,000,000,000 dollars, which no payer pays",
        ),
        (
            (*CLAIM, *LINE, "AMT*B6*"),
            "2110 AMT02",
            "AMT02 is blank, and must have an amount in dollars and cents",
        ),
    ],
)
def test_what_cannot_be_read_is_a_reject_with_its_element(
    segments: tuple[str, ...], column: str, reason: str
) -> None:
    found = read(paid(*segments))
    (reject,) = found.rejects.rows(named=True)
    assert reject["column"] == column
    assert reject["reason"].startswith(reason)
    assert found.remainder == 0
    lines = found.tables["payer_lines"].height
    rejected = found.rejects["payer_line"].count() + (column == "2100 CLP")
    assert lines + rejected == found.files[0].service_lines


# -- the samples, the reference ----------------------------------------------------------------


def as_told(found: Remittances) -> dict[str, Any]:
    """Say what one file gave as the reference says it."""
    (file,) = found.files
    claims = found.tables["payer_claims"].select(
        "position", "claim_id", "person_id", "charge_amount", "paid_amount", "patient_amount"
    )
    lines = found.tables["payer_lines"].select(
        *("position", "payer_line", "hcpcs_code", "hcpcs_modifier_1", "original_code"),
        *("charge_amount", "paid_amount", "payer_allowed_amount", "paid_units", "original_units"),
        *("line_control_number", "service_date", "remarks"),
    )
    return {
        "payments": [
            (each.position, each.amount, each.trace, each.payer_id, each.payee_npi, each.paid_on)
            for each in file.payments
        ],
        "claims": claims.rows(),
        "lines": lines.rows(),
        "adjustments": found.tables["payer_adjustments"]
        .select("payer_line", "group_code", "carc", "adjustment_amount")
        .rows(),
        "provider": found.tables["provider_adjustments"]
        .select(
            "payee_npi", "fiscal_date", "reason_code", "reference", "provider_adjustment_amount"
        )
        .rows(),
        "rejects": sorted(found.rejects.select("row", "column").rows()),
        "checks": sorted(each.what for each in file.balance),
        "truncated": file.truncated,
        "service_lines": file.service_lines,
    }


def cents(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount * 100)


def of_reference(paid_: Paid) -> dict[str, Any]:
    return {
        "payments": [
            (
                *(each["position"], cents(each["amount"]), each.get("trace"), each.get("payer")),
                *(each.get("payee"), each.get("paid_on")),
            )
            for each in paid_.payments
        ],
        "claims": [
            (
                *(each["position"], each["claim_id"], each["person"], cents(each["charge"])),
                *(cents(each["paid"]), cents(each["patient"])),
            )
            for each in paid_.claims
        ],
        "lines": [
            (
                *(each["position"], each["number"], each["code"], each["modifier"]),
                *(each["original"], cents(each["charge"]), cents(each["paid"])),
                *(cents(each["allowed"]), each["units"], each["original_units"]),
                *(each["control"], each["date"], each["remarks"]),
            )
            for each in paid_.lines
        ],
        "adjustments": [
            (each["line"], each["group"], each["carc"], cents(each["amount"]))
            for each in paid_.adjustments
        ],
        "provider": [
            (
                *(each[name] for name in ("npi", "date", "reason", "reference")),
                cents(each["amount"]),
            )
            for each in paid_.provider
        ],
        "rejects": sorted(paid_.rejects),
        "checks": sorted(paid_.checks),
        "truncated": paid_.truncated,
        "service_lines": paid_.service_lines,
    }


def agree(content: bytes) -> Remittances:
    found = read(content)
    ours, theirs = as_told(found), of_reference(read_slowly(content))
    for name, value in ours.items():
        assert value == theirs[name], name
    assert found.remainder == 0
    return found


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_public_samples_are_read_as_the_reference_reads_them(path: Path) -> None:
    content = path.read_bytes()
    if b"ISA" not in content[:20]:
        with pytest.raises(ClaimsError, match="no ISA segment"):
            read(content)
        return
    found = agree(content)
    assert found.checks.height == 0
    lines = found.tables["payer_lines"].height + found.rejects["payer_line"].count()
    assert lines == content.count(b"SVC" + content[3:4])


SIGNS = st.sampled_from([PLAIN, Signs("|", ">", "'", ""), Signs("^", "\\", "\n", "", "!")])


@given(st.integers(0, 2**32), st.integers(0, 3), SIGNS)
def test_what_is_written_is_read(seed: int, payments: int, signs: Signs) -> None:
    sets, claims = drawn(random.Random(seed), payments=payments)
    found = agree(file_of(sets, signs))
    assert not found.failed
    told = found.tables["payer_claims"]
    assert told["claim_id"].to_list() == [each.claim_id for each in claims]
    assert told["paid_amount"].to_list() == [cents(each.paid) for each in claims]
    lines = found.tables["payer_lines"].select("charge_amount", "paid_amount").rows()
    assert lines == [
        (cents(charge), cents(amount)) for each in claims for charge, amount in each.lines
    ]
    assert found.payments == sum(each.amount for each in found.terms)


@given(st.integers(0, 2**32), SIGNS)
def test_odd_remittances_are_read_as_the_reference_reads_them(seed: int, signs: Signs) -> None:
    sets, _ = drawn(random.Random(seed), payments=2, odd=True)
    agree(file_of(sets, signs))


@given(st.integers(0, 2**32))
def test_the_order_of_files_and_a_file_twice_change_no_amount(seed: int) -> None:
    chance = random.Random(seed)
    files = [file_of(drawn(chance, payments=2)[0]) for _ in range(2)]
    one, other, twice = read(*files), read(*files[::-1]), read(*files, files[0])
    assert one.payments == other.payments == twice.payments
    assert one.terms == other.terms == twice.terms
    assert one.remainder == other.remainder == twice.remainder == 0


# -- damage, privacy ---------------------------------------------------------------------------

CASES = 300


def told(found: Remittances) -> str:
    """Give all that rejects, checks and the run record say."""
    frames = found.rejects, found.checks
    return "\n".join([str(record(found)), *(each.write_csv() for each in frames)])


def test_damaged_files_are_counted_and_tell_of_nobody() -> None:
    names = dict(zip(CANARIES[:3], PERSONS, strict=False))
    refused = 0
    for seed in range(CASES):
        chance = random.Random(seed)
        whole = file_of(drawn(chance, payments=2, odd=seed % 2 == 0)[0]).decode()
        for canary, person in names.items():
            whole = whole.replace(canary, person)
        content = _damaged_x12(chance, whole.encode(), "")
        try:
            found = read(content)
        except ClaimsError as error:
            said, refused = str(error), refused + 1
        else:
            said = told(found)
            of_no_claim = found.rejects.filter(
                (pl.col("column") == "2100 CLP")
                & pl.col("claim_id").is_null()
                & pl.col("payer_line").is_null()
            ).height
            lines = found.tables["payer_lines"].height + found.rejects["payer_line"].count()
            assert lines <= found.files[0].service_lines <= lines + of_no_claim, seed
            assert found.remainder == 0, seed
        for person in PERSONS:
            assert person not in said, seed
    assert refused < CASES // 4


def test_no_name_address_or_bank_number_is_in_any_table() -> None:
    found = read(file_of(drawn(random.Random(7), payments=20)[0]))
    for name in TABLES:
        told_ = in_dollars(name, found.tables[name]).write_csv()
        for canary in (*CANARIES, "1234567890"):
            assert canary not in told_, name
    assert set(PERSONAL) <= set(found.tables["payer_claims"].columns)


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("004010X091A1", "835 remittance of version 4010: not read"),
        ("005010X228A1", "835 of another version (GS08) than payrules reads: not read"),
    ],
)
def test_a_remittance_of_another_version_is_named_so(version: str, reason: str) -> None:
    """It was "835, not 835 by GS08"."""
    found = read(paid(*CLAIM, *LINE).replace("005010X221A1", version))
    assert found.rejects["reason"].to_list() == [reason]


@pytest.mark.parametrize("misplaced", OUTSIDE)
def test_what_a_misplaced_segment_leaves_in_no_claim_is_told(misplaced: str) -> None:
    """Only adjustments were; an allowed amount (B6) or a remark was lost without a word."""
    service, *rest = LINE
    notes = read(paid(*CLAIM, service, misplaced, *rest)).notes
    expected = {
        f"{each} outside a claim was passed over": n for each, n in OUTSIDE[misplaced].items()
    }
    assert notes == expected
    assert not read(paid(*CLAIM, *LINE, "LX*2", *CLAIM, *LINE)).notes
