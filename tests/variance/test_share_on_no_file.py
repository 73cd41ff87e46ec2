"""Expected against paid where a payer's file says no coinsurance, and no remittance was given."""

from pathlib import Path

import openpyxl
import polars as pl
import pytest

from payrules.__main__ import main

FILE = (
    'name = "Acme"\ncontract = "Acme agreement"\nplan = "commercial"\npercent_of_medicare = 110\n'
)
NOTE = "Acme, no coinsurance on file: expected payments hold what patients owe of it;"


def test_the_share_is_told_and_no_remittance_is_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither screen nor sheets said it; Lines missed a remittance; a denial was unexplained."""
    (tmp_path / "acme.toml").write_text(FILE, encoding="utf-8")
    line = {
        "claim_line_number": 1,
        "person_id": "p1",
        "claim_line_start_date": "2025-06-03",
        "place_of_service_code": "11",
        "locality": "national",
        "charge_amount": "300.00",
    }
    pl.DataFrame(
        [
            {**line, "claim_id": "paid", "hcpcs_code": "99213", "a": "101.00", "p": "80.00"},
            {**line, "claim_id": "open", "hcpcs_code": "99214", "a": "", "p": ""},
            # A bundled code: nothing is expected, and nothing came.
            {**line, "claim_id": "none", "hcpcs_code": "97010", "a": "0.00", "p": "0.00"},
        ]
    ).rename({"a": "allowed_amount", "p": "paid_amount"}).write_csv(tmp_path / "batch.csv")
    book, page = tmp_path / "v.xlsx", tmp_path / "v.html"
    files = ["--output", str(book), "--html", str(page)]
    main(["variance", str(tmp_path / "batch.csv"), "--payer", str(tmp_path / "acme.toml"), *files])
    assert "Acme: no coinsurance is taken" in capsys.readouterr().out
    assert NOTE in page.read_text(encoding="utf-8")
    sheets = openpyxl.load_workbook(book, data_only=True)
    summary = [str(cell.value) for cell in sheets["Summary"]["B"]]
    assert any(each.startswith(NOTE) for each in summary)
    names, *rows = sheets["Lines"].iter_rows(values_only=True)
    lines = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
    assert lines["open"]["Variance status"] == "No paid amount"
    assert lines["none"]["Variance status"] == "Denied as expected"
    assert (lines["none"]["Variance cause"], lines["none"]["Cause detail"]) == (None, None)
    (_, missing) = sheets["Unmatched"].iter_rows(max_row=2, values_only=True)
    assert missing[0] == "No paid amount"
    assert "No remittance" not in {
        cell for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row
    }
