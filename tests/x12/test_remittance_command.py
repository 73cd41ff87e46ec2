"""`payrules remittance`: read, balanced, told and written; nobody named where nobody shall be."""

import gzip
import json
import random
import re
from hashlib import sha256
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from payrules.__main__ import main
from payrules.variance.codes import cause_of_code
from payrules.variance.remittances import read_remittances
from payrules.version import __version__
from tests.x12.drawn_835 import drawn, file_of
from tests.x12.test_remittance import CLAIM, LINE, paid
from tests.x12.writer import CANARIES, one_claim, written

WHOLE = paid(*CLAIM, *LINE)
KEY = "9f86d081884c7d659a2feaa0c55ad015"


def put(folder: Path, text: str, name: str = "paid.835") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_its_pages_say_when_they_were_made_and_add_up_by_payer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first page said no time, the sheet's totals no counts, and the web page none at all."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000000")
    book, page = tmp_path / "paid.xlsx", tmp_path / "paid.html"
    one = put(tmp_path, WHOLE)
    other = put(tmp_path, WHOLE.replace("*T1*", "*T2*").replace("PAYER", "SECOND PAYER"), "2.835")
    given = ["remittance", str(one), str(other), "--output", str(book), "--html", str(page)]
    assert main(given) == 0
    sheets = openpyxl.load_workbook(book, data_only=True)
    made = f"payrules {__version__}  ·  2025-10-09 08:53 UTC"
    for name in ("Summary", "About"):
        cells = [cell for row in sheets[name].iter_rows(values_only=True) for cell in row]
        assert made in cells
    headings, *rows = sheets["By payer"].iter_rows(values_only=True)
    total = dict(zip(headings, rows[-1], strict=True))
    assert total["Payer"] == "Total"
    for name in ("Payments", "Claims", "Denied claims", "Payment amount", "Interest"):
        assert total[name] == sum(row[headings.index(name)] for row in rows[:-1])
    assert total["Payments"] == total["Claims"] == 2
    text = page.read_text("utf-8")
    assert made in text
    foot = re.findall(r"<tfoot>.*?</tfoot>", text)
    assert len(foot) >= 2
    assert re.sub(r"<[^>]+>", " ", foot[0]).split()[:4] == ["Total", "2", "160.00", "2"]


def test_a_remittance_needs_no_claims(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "tables"
    book, run = tmp_path / "paid.xlsx", tmp_path / "run.json"
    given = ["remittance", str(put(tmp_path, WHOLE)), "--sheets", str(folder)]
    assert main([*given, "--output", str(book), "--run", str(run)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("1 file; 1 payment of 80.00; 1 payer claim; 1 payer line")
    assert "remainder 0.00" in " ".join(said.split())
    lines = pl.read_csv(folder / "payer_lines.csv", infer_schema=False)
    assert lines["payer_allowed_amount"].to_list() == ["100.00"]
    told = json.loads(run.read_text())
    assert told["payments"] == "80.00"
    assert told["remainder"] == "0.00"
    assert not re.search(r"\bT1\b", run.read_text())  # the hour of a time reads T1, too
    sheets = openpyxl.load_workbook(book)
    assert sheets.sheetnames == [
        *("Summary", "By payer", "By code", "Remittances", "Payer claims", "Payer lines"),
        *("Adjustments", "Provider adjustments", "Remittance checks", "Rejects"),
        *("Checks", "About"),
    ]
    assert sheets["Remittance checks"]["A1"].value == "No rows."
    # On the first page what payers took off is below 0.00; here it is named for what it is.
    for name in ("By payer", "Remittances", "Provider adjustments"):
        cells = [cell.value for row in sheets[name].iter_rows(max_row=3) for cell in row]
        assert "Taken off the payment" in cells
    # No heading of a count breaks within its word.
    headings = {cell.value: cell.column_letter for cell in sheets["By code"][1]}
    wide = sheets["By code"].column_dimensions[headings["Adjustments"]].width
    assert wide > len("Adjustments") * 1.1


def test_a_folder_stands_for_its_remittances(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "b.835.gz").write_bytes(gzip.compress(WHOLE.encode()))
    put(folder, WHOLE, "a.txt")
    put(folder, "claim,amount\n1,2\n", "notes.csv")
    put(folder, "", "empty")
    put(folder, written([one_claim()]), "claims.837")
    assert main(["remittance", str(folder)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 files; 1 payment of 80.00")
    assert "1 payment was handed in before and is used once." in said
    assert "hold no remittance: claims.837, empty, notes.csv." in said


@pytest.mark.parametrize(
    ("text", "status", "says"),
    [
        (WHOLE.replace("BPR*I*80.00", "BPR*I*90.00"), 1, "check payment_balance failed"),
        (WHOLE.replace("IEA*1*000000905~\n", ""), 1, "paid.835 is cut short"),
        (WHOLE.replace("150.00*80.00**1", "x*80.00**1"), 1, "SVC02 is not an amount"),
        (WHOLE[WHOLE.index("ST*") :], 2, "no ISA segment stands before it"),
        (written([one_claim()]), 2, "holds claims (837P), not what a payer paid"),
        ("claim_id,paid\n", 2, "is no X12 file: a remittance (835) begins with an ISA"),
        (written([], version="005010X221A1", kind="835"), 0, "0 payments of 0.00"),
    ],
)
def test_exit_statuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, status: int, says: str
) -> None:
    assert main(["remittance", str(put(tmp_path, text))]) == status
    printed = capsys.readouterr()
    assert says in printed.out + printed.err


def test_nothing_is_replaced_and_no_input_overwritten(tmp_path: Path) -> None:
    source = put(tmp_path, WHOLE)
    run = put(tmp_path, "{}", "run.json")
    assert main(["remittance", str(source), "--run", str(run)]) == 2
    assert run.read_text() == "{}"
    assert main(["remittance", str(source), "--run", str(run), "--force"]) == 0


@pytest.mark.parametrize("how", [(), ("--minimal",), ("--pseudonymize", "key")])
def test_no_output_names_a_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], how: tuple[str, ...]
) -> None:
    content = file_of(drawn(random.Random(3), payments=9)[0]).replace(b"MI*M", b"MI*MEMBERX")
    source = tmp_path / "paid.835"
    source.write_bytes(content)
    (tmp_path / "key").write_text(KEY)
    out = tmp_path / "out"
    options = [str(tmp_path / each) if each == "key" else each for each in how]
    page, run = tmp_path / "page.html", tmp_path / "run.json"
    files = ["--sheets", str(out), "--run", str(run), "--html", str(page)]
    assert main(["remittance", str(source), *files, *options]) == 0
    texts = [each.read_text() for each in (*out.iterdir(), run)]
    assert "MEMBERX" not in page.read_text()
    assert not re.search(r"\bC[0-9]+\b", page.read_text())
    texts.append(page.read_text())
    said = "\n".join([*texts, *capsys.readouterr()])
    assert not [each for each in (*CANARIES, "1234567890") if each in said]
    assert ("MEMBERX" in said) is not bool(how)
    claims = pl.read_csv(out / "payer_claims.csv", infer_schema=False)
    assert ("person_id" in claims.columns) is ("--minimal" not in how)
    assert claims["claim_id"].str.starts_with("C").all() is ("--pseudonymize" not in how)


def test_a_folder_without_remittances_is_nothing_paid(tmp_path: Path) -> None:
    assert main(["remittance", str(tmp_path)]) == 2


@pytest.mark.parametrize(
    ("code", "beside", "cause"),
    [
        (("CO", "59"), {"multiple_procedure_indicator": "3"}, "endoscopy"),
        (("CO", "97"), {"remarks": ["M144"]}, "global_period"),
        (("CO", "97"), {}, "bundled"),
        (("CO", "237"), {"remarks": ["N807"]}, "incentive"),
        (("CO", "237"), {}, "equipment"),
        (("CO", "B20"), {"modifiers": ["62"]}, "co_surgery"),
        (("PR", "1"), {}, "deductible"),
        (("PR", "96"), {}, "non_covered"),
        (("PR", "96"), {"remarks": ["N386"]}, "coverage"),
        (("PR", "31"), {}, "eligibility"),
        (("PR", "119"), {}, "benefit_limit"),
        (("PR", "119"), {"remarks": ["N115"]}, "coverage"),
        (("PR", "45"), {}, None),
        (("CO", "144"), {}, "incentive"),
        (("CO", "144"), {"by_medicare": True}, None),
        (("CO", "144"), {"by_medicare": True, "remarks": ["N807"]}, "incentive"),
        (("CO", "144"), {"remarks": ["N851"], "modifiers": ["CQ"]}, "therapy_assistant"),
        (("CO", "151"), {"remarks": ["N115"]}, "coverage"),
        (("CO", "151"), {}, "coverage"),
        (("CO", "151"), {"remarks": ["N362"]}, "unlikely_units"),
        (("CO", "151"), {"several_units": True}, "unlikely_units"),
        (("CO", "151"), {"several_units": True, "remarks": ["N115"]}, "coverage"),
        (("CO", "119"), {"several_units": True}, "coverage"),
        (("CO", "50"), {"remarks": ["N115"]}, "coverage"),
        (("CO", "50"), {"remarks": ["N386"]}, "coverage"),
        (("CO", "50"), {}, "medical_necessity"),
        (("CO", "96"), {"remarks": ["N386"]}, "coverage"),
        (("CO", "96"), {"remarks": ["N115"]}, "non_covered"),
        (("PR", "50"), {"remarks": ["N115"]}, "coverage"),
        (("CO", "45"), {}, None),
        (("CO", "223"), {"service_date": "2013-05-01"}, "sequestration"),
    ],
)
def test_a_code_speaks_of_a_cause(
    code: tuple[str, str], beside: dict[str, object], cause: str | None
) -> None:
    assert cause_of_code(*code, **beside) == cause  # type: ignore[arg-type]


def test_a_remittance_is_never_held_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read from the disk piece by piece, and what is hashed is what was read."""
    path = put(tmp_path, WHOLE)
    digest = sha256(path.read_bytes()).hexdigest()
    monkeypatch.delattr(Path, "read_bytes")
    (found,) = read_remittances([path]).files
    assert found.sha256 == digest


def test_references_are_looked_for_only_where_some_adjustment_has_one(tmp_path: Path) -> None:
    """A claim named twice is nobody's; one that is named once is found by either number."""
    second = [each.replace("CLP*C1*", "CLP*C2*") for each in CLAIM]
    text = paid(
        *(*CLAIM, *LINE, *second, *LINE),
        "PLB*1*20261231*WO:ICN1*0*CS:C2*0*FB:T99*0",
    )
    read = read_remittances([put(tmp_path, text)])
    told = read.tables["provider_adjustments"].select("reference", "claim_id").rows()
    assert told == [("ICN1", None), ("C2", "C2"), ("T99", None)]


def test_a_check_that_failed_says_what_must_be_and_both_amounts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It read "SVC02 less the line's CAS is SVC03" where it was not, and no amount."""
    given = put(tmp_path, WHOLE.replace("CAS*CO*45*50.00", "CAS*CO*45*40.00"))
    assert main(["remittance", str(given)]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "SVC02 less the line's CAS must be SVC03, and 90.00 is not 80.00." in said
    # A check that adds up more than two amounts says them itself.
    given = put(tmp_path, WHOLE.replace("BPR*I*80.00", "BPR*I*90.00"))
    assert main(["remittance", str(given)]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "difference 10.00: BPR02 must be the sum of CLP04 less that of PLB." in said
