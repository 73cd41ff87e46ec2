"""The pack in LibreOffice: every formula calculated anew, nothing left of the written values."""

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.workbook import write_workbook
from tests.payers.files import payer
from tests.workbook import office
from tests.workbook.conftest import claims
from tests.workbook.office import calculated_anew

LAYOUTS = ("estimate", "audit", "summary")


def test_calculated_anew_all_checks_read_0_and_no_cell_fails(
    results: Estimate, tmp_path: Path
) -> None:
    _assert_calculates(results, LAYOUTS, tmp_path)


def test_so_it_does_where_credits_set_rows_aside(tmp_path: Path) -> None:
    """Rows that are neither lines nor rejects have a column of their own before the difference."""
    batch = claims()
    taken = batch[:1].with_columns(claim_line_number=pl.lit("8"), charge_amount=pl.lit("77.00"))
    credit = taken.with_columns(claim_line_number=pl.lit("9"), charge_amount=pl.lit("-77.00"))
    pl.concat([batch[:10], taken, credit]).write_csv(tmp_path / "first.csv")
    batch[10:].write_csv(tmp_path / "second.csv")
    results = estimate([tmp_path / "first.csv", tmp_path / "second.csv"])
    assert results.run.counts.reversed == 2
    _assert_calculates(results, LAYOUTS, tmp_path)


def test_so_it_does_where_the_last_lines_have_no_charge(tmp_path: Path) -> None:
    """LibreOffice counts no blank cells below the last that is filled."""
    batch = claims()[:18]
    last = pl.int_range(pl.len()) >= batch.height - 2
    charge = pl.when(last).then(pl.lit("")).otherwise(pl.col("charge_amount"))
    batch.with_columns(charge_amount=charge).write_csv(tmp_path / "claims.csv")
    results = estimate(tmp_path / "claims.csv")
    assert results.lines["allowed_amount"][-1] is not None
    _assert_calculates(results, ("estimate", "audit"), tmp_path)


@pytest.mark.parametrize(
    ("layouts", "percent"), [(("estimate", "summary"), "-9.00"), (("audit",), "1.40")]
)
def test_so_it_does_where_another_payer_paid_first_and_mips_adjusts(
    layouts: Sequence[str], percent: str, tmp_path: Path
) -> None:
    """Both move what is Medicare's and the patient's; everything adds up with them."""
    first = pl.when(pl.col("charge_amount") != "")
    batch = claims().with_columns(
        primary_paid_amount=first.then(pl.lit("40.00")),
        primary_allowed_amount=pl.lit("90.00"),
        mips_adjustment_percent=pl.lit(percent),
    )
    batch.write_csv(tmp_path / "claims.csv")
    results = estimate(tmp_path / "claims.csv")
    assert results.lines["primary_payer_adjustment"].cast(pl.Float64).sum() > 0
    assert results.lines["mips_amount"].cast(pl.Float64).sum() != 0
    _assert_calculates(results, layouts, tmp_path)


def test_so_it_does_where_a_note_moves_tables_down_and_claims_are_partly_reviewed(
    tmp_path: Path,
) -> None:
    """What stands under a note is found there; claims to review in part are told apart by line."""
    text = 'name = "Acme"\ncontract = "A"\nplan = "commercial"\npercent_of_medicare = 110\n'
    rows = [
        {
            "claim_id": claim,
            "claim_line_number": line,
            "person_id": claim,
            "claim_line_start_date": "2025-10-07",
            "hcpcs_code": code,
            "place_of_service_code": "11",
            "locality": "national",
            "charge_amount": "200.00",
            "payer": name,
        }
        for claim, line, code, name in (
            ("a", "1", "99213", "Acme"),
            ("b", "1", "99213", ""),
            ("b", "2", "99999", ""),
            ("b", "3", "20610", ""),
        )
    ]
    results = estimate(pl.DataFrame(rows), Setup(payers={"acme": payer(tmp_path, text)}))
    write_workbook(results, tmp_path / "noted.xlsx")
    told = openpyxl.load_workbook(tmp_path / "noted.xlsx")["Accrual"]["A1"].value
    assert told.startswith("Acme: the payer's file says no coinsurance.")
    _assert_calculates(results, ("estimate", "audit"), tmp_path)


def _assert_calculates(results: Estimate, layouts: Sequence[str], tmp_path: Path) -> None:
    """Write packs without their values, calculate them anew in one run, and compare every cell."""
    packs, bare = ([tmp_path / f"{kind}-{each}.xlsx" for each in layouts] for kind in ("made", ""))
    for layout, pack, without in zip(layouts, packs, bare, strict=True):
        write_workbook(results, pack, layout=layout)
        with zipfile.ZipFile(pack) as made, zipfile.ZipFile(without, "w") as copy:
            for name in made.namelist():
                content = made.read(name)
                if name.startswith("xl/worksheets/sheet"):
                    content = re.sub(rb"</f><v>[^<]*</v>", rb"</f>", content)
                copy.writestr(name, content)
    for layout, pack, anew in zip(layouts, packs, calculated_anew(bare, tmp_path), strict=True):
        _assert_same(pack, anew, least=60 if layout == "summary" else 100)


def _assert_same(pack: Path, anew_file: Path, *, least: int) -> None:
    """Hold every formula's value, calculated anew, to the one that was written beside it."""
    values = openpyxl.load_workbook(pack, data_only=True)
    again = openpyxl.load_workbook(anew_file, data_only=True)
    formulas = openpyxl.load_workbook(pack)
    compared = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                anew = again[sheet.title][cell.coordinate].value
                written = values[sheet.title][cell.coordinate].value
                assert anew == pytest.approx(written, abs=0.004), (sheet.title, cell.coordinate)
                compared += 1
    assert compared > least
    errors = [
        (sheet.title, cell.coordinate)
        for sheet in again
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "e" and values[sheet.title][cell.coordinate].value != cell.value
    ]
    assert errors == []


def test_without_libreoffice_it_is_skipped_here_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What skips itself everywhere proves nothing."""
    monkeypatch.setattr(office, "OFFICE", None)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="LibreOffice is not installed"):
        calculated_anew([tmp_path / "a.xlsx"], tmp_path)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="LibreOffice is not installed"):
        calculated_anew([tmp_path / "a.xlsx"], tmp_path)
