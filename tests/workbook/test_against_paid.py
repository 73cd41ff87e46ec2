"""Expected against paid in the estimate pack: where a batch says what was paid, and only there."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from payrules.errors import ReportError
from payrules.runs.against_paid import against_paid, in_words, told
from payrules.runs.estimate import estimate
from payrules.runs.in_parts import Outputs, estimate_in_parts
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.runs.tally import together
from payrules.screen.estimate import summary
from payrules.workbook import write_html, write_sheets, write_workbook
from payrules.workbook.figures import Figures
from tests.payers.files import batch, payer


def paid_batch(folder: Path, **columns: list[str]) -> Path:
    """Write four visits, each expected alike, with what payers said of them."""
    rows = {
        "claim_id": ["1", "2", "3", "4"],
        "claim_line_number": ["1"] * 4,
        "person_id": ["a", "b", "c", "d"],
        "claim_line_start_date": ["2025-02-03"] * 4,
        "hcpcs_code": ["99213", "99213", "99213", "99999"],
        "place_of_service_code": ["11"] * 4,
        "locality": ["15202-00"] * 4,
        "charge_amount": ["300.00"] * 4,
        **columns,
    }
    path = folder / "claims.csv"
    pl.DataFrame(rows).write_csv(path)
    return path


@pytest.fixture
def priced(tmp_path: Path) -> Callable[..., Estimate]:
    return lambda **columns: estimate(paid_batch(tmp_path, **columns))


def test_each_line_is_less_more_as_expected_or_not_compared() -> None:
    lines = pl.DataFrame(
        {
            "allowed_amount": [10_000, 10_000, 10_000, 10_000, None],
            "payer_allowed_amount": [9_998, 9_999, 10_001, 10_002, 700],
            "medicare_amount": [8_000] * 5,
            "paid_amount": [None] * 5,
        },
        schema_overrides={"paid_amount": pl.Int64},
    )
    added = against_paid(lines, pl.repeat(False, lines.height, eager=True))
    record = told(added)
    assert record == {
        "allowed_amount": {
            "less": {"lines": 1, "expected_amount": "100.00", "payer_amount": "99.98"},
            "as_expected": {"lines": 2, "expected_amount": "200.00", "payer_amount": "200.00"},
            "more": {"lines": 1, "expected_amount": "100.00", "payer_amount": "100.02"},
            "not_compared": {"lines": 1, "expected_amount": "0.00", "payer_amount": "7.00"},
        }
    }
    assert in_words(record) == [
        "Allowed by payers: 1 line less than expected (-0.02), 2 lines as expected, 1 line more"
        " than expected (+0.02), 1 line not compared."
    ]


@pytest.mark.parametrize(
    ("columns", "measures"),
    [
        ({"paid_amount": ["1.00", "", "", ""]}, {"medicare_amount"}),
        ({"allowed_amount": ["1.00", "", "", ""]}, {"allowed_amount"}),
        (
            {"allowed_amount": ["1.00", "", "", ""], "paid_amount": ["1.00", "", "", "5.00"]},
            {"allowed_amount", "medicare_amount"},
        ),
    ],
)
def test_pack_screen_page_and_record_say_the_same(
    priced: Callable[..., Estimate],
    columns: dict[str, list[str]],
    measures: set[str],
    tmp_path: Path,
) -> None:
    results = priced(**columns)
    figures = Figures(results)
    assert {each.expected for each in figures.against_paid} == {*(results.run.against_paid or ())}
    assert {*(results.run.against_paid or ())} == measures
    assert not any(check.difference for check in figures.checks)
    for each in figures.against_paid:
        assert each.total.lines + each.aside.lines == results.lines.height
        theirs = results.lines[each.theirs].sum()
        assert (each.total.paid or 0) + (each.aside.paid or 0) == theirs
    assert write_workbook(results, tmp_path / "pack.xlsx").differences == ()
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx", data_only=True)
    (rows,) = ([row[0].value for row in book["Against paid"].iter_rows(min_row=4, max_row=4)],)
    assert rows == ["1"]
    words = [row[1].value for row in book["Summary"].iter_rows()]
    assert "Expected against paid" in words
    write_html(results, tmp_path / "page.html")
    assert "Expected against paid" in (tmp_path / "page.html").read_text(encoding="utf-8")
    said = str([str(getattr(part, "text", part)) for part in summary(results.summary(), {})])
    assert "by payers: 1 line less than expected" in said


def test_in_parts_and_added_up_it_is_the_same(tmp_path: Path) -> None:
    path = paid_batch(tmp_path, paid_amount=["1.00", "", "999.00", ""])
    in_parts = estimate_in_parts(path, Outputs(tmp_path / "l.csv"), Setup(), lines_a_part=1).run
    assert in_parts.against_paid == estimate(path).run.against_paid is not None
    assert together([]).against_paid == {}


@pytest.mark.parametrize("columns", [{}, {"paid_amount": [""] * 4}])
def test_a_batch_that_does_not_say_it_has_no_block_no_sheet_and_no_key(
    priced: Callable[..., Estimate], columns: dict[str, list[str]], tmp_path: Path
) -> None:
    results = priced(**columns)
    assert results.run.against_paid is None
    assert "against_paid" not in results.run.as_json()
    write_workbook(results, tmp_path / "pack.xlsx")
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx")
    assert "Against paid" not in book.sheetnames
    assert "Expected against paid" not in [row[1].value for row in book["Summary"].iter_rows()]
    write_html(results, tmp_path / "page.html")
    assert "Expected against" not in (tmp_path / "page.html").read_text(encoding="utf-8")
    names = {path.stem for path in write_sheets(results, tmp_path / "sheets")}
    assert "lines" in names
    assert "against_paid" not in names


def test_what_a_payer_paid_less_stands_beside_each_line(priced: Callable[..., Estimate]) -> None:
    lines = Figures(priced(paid_amount=["1.00", "", "", ""])).lines
    first = lines.row(0, named=True)
    assert first["paid_difference_amount"] == Decimal("1.00") - first["medicare_amount"]
    assert lines["paid_difference_amount"].null_count() == 3


def test_a_layout_of_nothing_that_this_batch_has_is_refused(
    priced: Callable[..., Estimate], tmp_path: Path
) -> None:
    layout = tmp_path / "paid.toml"
    layout.write_text(
        'title = "Paid"\n[[sheets]]\nname = "Paid"\ncontent = "lines"\ncolumns = ["claim_id"]\n'
        'only_with = ["paid_amount"]\n'
    )
    with pytest.raises(ReportError, match="only_with columns that no line of this batch has"):
        write_workbook(priced(), tmp_path / "pack.xlsx", layout=layout)
    layout.write_text(layout.read_text().replace('["paid_amount"]', '["paid_amuont"]'))
    with pytest.raises(ReportError, match="paid_amount"):
        write_workbook(priced(), tmp_path / "pack.xlsx", layout=layout)


def test_every_payment_that_is_not_compared_is_listed_with_its_payer(tmp_path: Path) -> None:
    """Lines whose allowed amount agreed were left out, and the Summary's sum stood on nothing."""
    text = 'name = "Beta"\ncontract = "Beta agreement"\nplan = "commercial"\n'
    beta = payer(tmp_path, f"{text}percent_of_medicare = 100\n")
    lines = batch(*({"hcpcs_code": "99213"} for _ in range(3)), place="11").with_columns(
        payer=pl.Series(["Beta", "Beta", "medicare"]), paid_amount=pl.Series(["50.00", "", "60.00"])
    )
    told = estimate(lines, Setup(payers={"beta": beta}, locality="national"))
    write_workbook(told, tmp_path / "pack.xlsx")
    book = openpyxl.load_workbook(tmp_path / "pack.xlsx", data_only=True)
    names, *rows = book["Against paid"].iter_rows(min_row=3, values_only=True)
    shown = [dict(zip(names, row, strict=True)) for row in rows]
    apart = [each for each in shown if each["Payer"] == "Beta"]
    assert [each["Paid by payer, not compared"] for each in apart] == [50]
    checks = {row[0]: row[1:5] for row in book["Reconciliation"].iter_rows(values_only=True)}
    assert checks["Against paid: paid and not compared, as on Summary"] == (50, 50, 0, "OK")
