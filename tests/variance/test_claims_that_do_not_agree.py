"""What the claims themselves say wrong is told by `variance`, as `estimate` tells it."""

import re
from pathlib import Path

import polars as pl
import pytest

from payrules.__main__ import main
from tests.variance.small import Answer, Paid, claim, payment
from tests.variance.written_cases import claims_of

VISIT = Paid("99213", "180", "74.63", "CO-45 84.81, CO-253 1.52, PR-2 19.04")
CLAIMS = claims_of(claim("A1", "99213 180"), claim("A2", "99213 180"))
BOTH = payment(Answer("A1", (VISIT,)), Answer("A2", (VISIT,), control="ICN2"))


def told(
    folder: Path, claims: str, capsys: pytest.CaptureFixture[str], name: str = "claims.837"
) -> tuple[int, str, dict[str, pl.DataFrame]]:
    batch, paid = folder / name, folder / "paid.835"
    batch.write_text(claims, encoding="utf-8", newline="")
    paid.write_text(BOTH, encoding="utf-8", newline="")
    out = {each: folder / f"{each}.parquet" for each in ("checks", "unmatched", "lines")}
    options = [part for each, path in out.items() for part in (f"--{each}", str(path))]
    where = ["--locality", "national", "--remittance", str(paid)]
    status = main(["variance", str(batch), *where, *options])
    said = " ".join(capsys.readouterr().out.split())
    return status, said, {name: pl.read_parquet(path) for name, path in out.items()}


@pytest.mark.parametrize(
    ("pattern", "instead", "check", "says"),
    [
        (r"CLM\*A1\*180", "CLM*A1*190", "claim_charge", "CLM02 190.00; there is 180.00 in SV102"),
        (r"SE\*28", "SE*9", "SE01", "says SE01 9; there is 28"),
        (r"IEA\*1", "IEA*7", "IEA01", "says IEA01 7; there is 1"),
    ],
)
def test_a_check_that_fails_is_told_listed_and_in_the_exit_status(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    pattern: str,
    instead: str,
    check: str,
    says: str,
) -> None:
    """It was in no table and on no screen, and the exit status was 0."""
    status, said, tables = told(tmp_path, re.sub(pattern, instead, CLAIMS, count=1), capsys)
    assert status == 1
    assert f"check {check} failed: claims.837, segment" in said
    assert says in said
    (row,) = tables["checks"].rows(named=True)
    assert (row["check"], row["file"], row["claim_id"]) == (check, "claims.837", None)
    assert says in row["says"]


def test_claims_that_are_cut_short_are_told_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer to the claim that was cut went to another of the person, as paid twice."""
    status, said, tables = told(tmp_path, CLAIMS[: CLAIMS.index("SE*")], capsys)
    assert status == 1
    assert said.startswith("claims.837 is cut short: it, or a part of it, ends before it is closed")
    assert "1 of them because the claim was rejected" in said
    (row,) = tables["lines"].rows(named=True)
    assert (row["claim_id"], row["variance_status"]) == ("A1", "paid_as_expected")
    assert tables["unmatched"].select("what", "claim_id").rows() == [("rejected_claim", "A2")]


def test_what_was_passed_over_in_the_claims_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = CLAIMS.replace("*0*P*:~", "*0*T*:~").replace("HI*ABK:M5416~", "XYZ*1~HI*ABK:M5416~", 1)
    status, said, _ = told(tmp_path, sent.replace("SE*28", "SE*29"), capsys)
    assert status == 0
    assert "claims.837 says that it is a test (ISA15 T)." in said
    assert "claims.837: segments passed over, because no 837P has them: XYZ 1." in said


@pytest.mark.parametrize("heading", ["claim_id", "Claim Number"])
@pytest.mark.parametrize("refused", [True, False])
def test_a_rejected_claim_is_known_whatever_its_file_calls_the_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], heading: str, *, refused: bool
) -> None:
    """The file's own headings stand in its rejects: asking for `claim_id` ended in a bug."""
    place = "98" if refused else "11"
    batch = (
        f"{heading},claim_line_number,person_id,claim_line_start_date,hcpcs_code,"
        "place_of_service_code,charge_amount\n"
        "A1,1,M1,2026-03-02,99213,11,180\n"
        f"A2,1,M2,2026-03-02,99213,{place},180\n"
    )
    _, said, tables = told(tmp_path, batch, capsys, "claims.csv")
    assert "Please report it" not in said
    unmatched = tables["unmatched"].select("what", "claim_id").rows()
    assert unmatched == ([("rejected_claim", "A2")] if refused else [])
