"""Canary claims: recorded once, they hold until something moves an answer."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from payrules.demo import BATCH
from payrules.errors import ClaimsError
from payrules.payers import load_payer
from payrules.runs.setup import Setup
from payrules.scenarios.canary import EXPECTED, STEPS, check_canary, record_canary
from tests.pricing_cases import STARTER

HEADINGS = (
    "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,"
    "place_of_service_code,locality"
)


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    """The demonstration batch without the row that is wrong on purpose."""
    path = tmp_path / "claims.csv"
    rows = [row for row in BATCH.read_text(encoding="utf-8").splitlines() if "C134" not in row]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def canary(claims: Path) -> Path:
    path = claims.with_name("canary.csv")
    record_canary(claims, path, Setup(schedules=STARTER))
    return path


def test_what_was_recorded_holds(canary: Path) -> None:
    found = check_canary(canary, Setup(schedules=STARTER))
    assert found.moved == ()
    assert found.lines == 66
    assert found.expectations == 66 * 5


def test_recording_keeps_the_claims_as_they_are(claims: Path, canary: Path) -> None:
    before, after = (pl.read_csv(path, infer_schema=False) for path in (claims, canary))
    assert after.select(before.columns).equals(before)


def test_a_payer_that_moves_an_answer_is_named_by_its_step(canary: Path, tmp_path: Path) -> None:
    payer = tmp_path / "acme.toml"
    payer.write_text(
        'name = "Acme"\ncontract = "A"\n[terms.multiple_procedure]\nlater = 0.40\n',
        encoding="utf-8",
    )
    moved = check_canary(canary, Setup(schedules=STARTER, payer=load_payer(payer))).moved
    allowed = [each for each in moved if each.what == "allowed_amount"]
    assert len(allowed) == 8
    first = allowed[0]
    assert (first.claim_id, first.claim_line_number) == ("C101", 3)
    assert first.step.startswith(
        "Step 1 was multiple_procedure 27.91 and is multiple_procedure 22.32 ("
    )
    assert first.words().startswith(
        "Claim C101 line 3: allowed amount was 27.91 and is 22.32. Step 1"
    )


def test_a_release_that_moves_an_answer_is_named_by_step_0(canary: Path) -> None:
    moved = check_canary(canary, Setup(schedules=STARTER, release="starter-2026")).moved
    assert moved[0].step.startswith("Step 0 was fee_schedule_amount 157.24 and is")
    assert "release starter-2026" in moved[0].step


def test_expectations_may_be_written_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "canary.csv"
    heads = "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,"
    heads += "place_of_service_code,locality,expected_allowed_amount,expected_status\n"
    path.write_text(
        heads + 'A,1,P,2025-06-02,99213,11,national,"$1,000.00",\n'
        "B,1,Q,2025-06-02,0054T,21,national,none,BY_REPORT\n"
        "C,1,R,2025-06-02,99213,11,national,,\n",
        encoding="utf-8",
    )
    found = check_canary(path, Setup(schedules=STARTER))
    assert found.expectations == 3
    (moved,) = found.moved
    assert (moved.claim_id, moved.expected) == ("A", "1000.00")
    assert Decimal(moved.found) < 100
    assert moved.step.startswith("Its steps now: fee_schedule_amount ")


@pytest.mark.parametrize(
    ("cell", "heading", "said"),
    [
        ("much", "expected_allowed_amount", "line 1, expected_allowed_amount: cannot be read"),
        ("155.304", "expected_allowed_amount", "line 1, expected_allowed_amount: cannot be read"),
        ("nan", "expected_medicare_amount", "line 1, expected_medicare_amount: cannot be read"),
        ("#N/A", "expected_patient_amount", "line 1, expected_patient_amount: cannot be read"),
        ("#N/A", "expected_status", "line 1, expected_status: cannot be read; write one of priced"),
        ("5", "expected_status", "line 1, expected_status: cannot be read"),
        ("no", "expected_steps", "line 1, expected_steps: cannot be read"),
        ("5", "expected_alowed_amount", "one slip away from 'expected_allowed_amount'"),
        ("priced", "expected_stauts", "one slip away from 'expected_status'"),
        ("", "expected_allowed_amount", "states no expected values"),
        ("5", "expected", "states no expected values"),
    ],
)
def test_a_file_that_expects_nothing_readable_is_refused(tmp_path, cell, heading, said) -> None:
    path = tmp_path / "canary.csv"
    heads = "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,"
    path.write_text(
        f"{heads}place_of_service_code,locality,{heading}\n"
        f"A,1,P,2025-06-02,99213,11,national,{cell}\n",
        encoding="utf-8",
    )
    with pytest.raises(ClaimsError, match=said):
        check_canary(path, Setup(schedules=STARTER))


@pytest.mark.parametrize("heading", [*EXPECTED, STEPS])
def test_a_name_under_a_slid_expectation_is_told_by_nothing(tmp_path: Path, heading: str) -> None:
    """`Zyxwilda Quovadisson` under expected_status was quoted on the screen."""
    path = tmp_path / "canary.csv"
    path.write_text(
        f"{HEADINGS},{heading}\nA,1,P,2025-06-02,99213,11,national,Zyxwilda Quovadisson\n",
        encoding="utf-8",
    )
    with pytest.raises(ClaimsError) as refused:
        check_canary(path, Setup(schedules=STARTER))
    assert f"line 1, {heading}: cannot be read" in str(refused.value)
    assert "Zyxwilda" not in str(refused.value)


def test_headings_of_expectations_are_read_as_other_headings_are(tmp_path: Path) -> None:
    """`Expected Status` was passed over: the file expected less than it said."""
    path = tmp_path / "canary.csv"
    path.write_text(
        f"{HEADINGS},Expected Status,EXPECTED-ALLOWED-AMOUNT\n"
        "A,1,P,2025-06-02,99213,11,national,denied,1.00\n",
        encoding="utf-8",
    )
    found = check_canary(path, Setup(schedules=STARTER))
    assert [each.what for each in found.moved] == ["status", "allowed_amount"]
    record_canary(path, tmp_path / "again.csv", Setup(schedules=STARTER))
    again = check_canary(tmp_path / "again.csv", Setup(schedules=STARTER))
    assert (again.moved, again.expectations) == ((), 5)


def test_a_row_that_cannot_be_read_is_no_canary() -> None:
    with pytest.raises(ClaimsError, match=r"row 68, column place_of_service_code"):
        check_canary(BATCH, Setup(schedules=STARTER))


@pytest.mark.parametrize("number", ["inf", "-inf", "NaN", "1e400", "155.305", "323465" * 4])
def test_no_absurd_amount_is_expected_of_a_line(claims: Path, number: str) -> None:
    path = claims.with_name("absurd.csv")
    for column in ("expected_allowed_amount", "expected_patient_amount"):
        path.write_text(
            f"{HEADINGS},{column}\n1,1,p,2025-06-02,64483,11,national,{number}\n", encoding="utf-8"
        )
        with pytest.raises(ClaimsError, match=f"line 1, {column}: cannot be read; write 155.30"):
            check_canary(path, Setup(schedules=STARTER))
