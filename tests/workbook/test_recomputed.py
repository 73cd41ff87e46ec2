"""Every cell of every sheet of a pack, anew: plain sums over the results as Parquet has them."""

import json
import tomllib
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from openpyxl import Workbook
from openpyxl.worksheet.table import Table

from payrules.front_door.terms import setup_of
from payrules.runs.estimate import estimate
from payrules.runs.results import write_frame, write_run
from payrules.workbook import write_workbook
from tests.coverage.policies import FACET, written
from tests.workbook.anew import Results
from tests.workbook.anew_facility import FACILITY
from tests.workbook.anew_pages import PAGES
from tests.workbook.anew_rows import ROWS
from tests.workbook.conftest import claims
from tests.workbook.ledger import Ledger

SHEETS = {**ROWS, **PAGES}
REPORTS = Path(__file__).parents[2] / "reports"


def batch() -> pl.DataFrame:
    """Give the batch of every status: answers, three payers, three months, facets of a contractor.

    One payer is given, one is not, and one is Medicare.
    """
    number = pl.col("claim_id").str.slice(1).cast(pl.Int64)
    return claims().with_columns(
        claim_line_start_date=pl.when(number < 20)
        .then(pl.format("2025-0{}-11", 4 + number // 2 % 3))
        .otherwise("claim_line_start_date"),
        locality=pl.when(number.is_in([4, 2])).then(pl.lit("15202-00")).otherwise("locality"),
        payer=number.replace_strict({1: "tricare", 2: "Other", 3: "tricare"}, default=""),
        paid_amount=pl.Series(["400.00", "", "90.00", *[""] * 17]),
        allowed_amount=pl.Series(["500.00", "", "100.00", *[""] * 17]),
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, Results]:
    """The pack of the batch, compared with last time's, and its results read back from files."""
    folder = tmp_path_factory.mktemp("batch")
    number = pl.col("claim_id").str.slice(1).cast(pl.Int64)
    batch().write_csv(folder / "claims.csv")
    before = batch().filter(number > 1)
    other = pl.when(number == 4).then(pl.lit("555.00")).otherwise("charge_amount")
    dropped = before.filter(number == 9).with_columns(claim_id=pl.lit("c19"))
    pl.concat([before.with_columns(charge_amount=other), dropped]).write_csv(folder / "last.csv")
    policy = written(
        folder, FACET.replace('"01112"', '"15202"').replace("2025-07-17", "2025-01-01")
    )
    setup = setup_of(["medicare", "tricare"], coverage=[policy])
    results, last = estimate(folder / "claims.csv", setup), estimate(folder / "last.csv")
    for name in ("lines", "adjustments", "rejects"):
        write_frame(getattr(results, name), folder / f"{name}.parquet")
    write_run(results.run, folder / "run.json")
    write_frame(last.lines, folder / "last.parquet")
    write_run(last.run, folder / "last.json")
    compare = [folder / "last.parquet", folder / "last.json"]
    assert write_workbook(results, folder / "pack.xlsx", compare=compare).differences == ()

    def rows(name: str) -> list[dict[str, object]]:
        return pl.read_parquet(folder / f"{name}.parquet").to_dicts()

    read = [json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("run", "last")]
    hashes = {each.name: sha256(each.read_bytes()).hexdigest() for each in folder.iterdir()}
    return Ledger(folder / "pack.xlsx"), Results(
        rows("lines"), rows("adjustments"), rows("rejects"), read[0], rows("last"), read[1], hashes
    )


def test_every_sheet_that_a_layout_has_is_worked_out_anew(told: tuple[Ledger, Results]) -> None:
    """A new sheet cannot slip in: nobody would have added it up."""
    (ledger, _), layouts = (
        told,
        [tomllib.loads(each.read_text()) for each in REPORTS.glob("*.toml")],
    )
    written_sheets = {each["name"] for layout in layouts for each in layout["sheets"]}
    assert {*ledger.book.sheetnames} == {*SHEETS}
    assert written_sheets <= {*SHEETS, *FACILITY}


def test_every_cell_of_every_sheet(told: tuple[Ledger, Results]) -> None:
    """One test: each sheet's cells are crossed out as they are held, and none may be left."""
    ledger, results = told
    for hold in SHEETS.values():
        hold(ledger, results)
    assert ledger.unheld() == {}
    # Medicare's lines and another payer's are in this step: neither's terms are all of it.
    told = {row[0].value: row[4].value for row in ledger.book["Bridge"].iter_rows(max_row=30)}
    assert told["Deductible (patient)"] == "On each payer's own terms."


def test_a_cell_that_is_another_and_one_that_nobody_held_are_found(tmp_path: Path) -> None:
    """A ledger proves nothing before it has found both."""
    book = Workbook()
    for row in (["Code", "Lines"], ["99213", 2]):
        book.active.append(row)
    book.active.add_table(Table(displayName="Codes", ref="A1:B2"))
    book.active["D4"] = "a note that nobody looks at"
    book.save(tmp_path / "book.xlsx")
    ledger = Ledger(tmp_path / "book.xlsx")
    with pytest.raises(AssertionError, match="B2"):
        ledger.table("Sheet", [{"Code": "99213", "Lines": 3}])
    with pytest.raises(AssertionError, match="Lines"):
        ledger.table("Sheet", [{"Code": "99213"}])
    ledger.table("Sheet", [{"Code": "99213", "Lines": 2}])
    assert ledger.unheld() == {"Sheet": ["D4"]}
