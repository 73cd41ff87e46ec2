"""A pack that somebody changed: one figure each, and the check over it and the verdict turn."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from payrules.runs.lines import PricedLines
from payrules.runs.results import Estimate
from payrules.runs.steps import Steps
from payrules.workbook import write_workbook
from payrules.workbook.columns import AT_STAKE
from tests.workbook.tampered import Book, Tampering, read_after, untouched


def heading(sheet: Any, name: str) -> int:
    """Give the column of a heading in the first row."""
    return next(cell.column for cell in sheet[1] if cell.value == name)


def row_of(sheet: Any, label: str, column: int = 2, after: str = "") -> int:
    """Give the row of a label, under a section's heading where one is named."""
    found = not after
    for row in sheet.iter_rows(min_col=column, max_col=column):
        found = found or row[0].value == after
        if found and row[0].value == label:
            return int(row[0].row)
    raise AssertionError(label)


def add(sheet: str, column: str, row: int, amount: float) -> Tampering:
    """Add to a cell under a heading."""

    def tamper(book: Book) -> None:
        cell = book[sheet].cell(row, heading(book[sheet], column))
        if isinstance(cell.value, datetime):
            cell.value += timedelta(days=amount)
        else:
            cell.value = (cell.value if isinstance(cell.value, int | float) else 0) + amount

    return tamper


def set_headline(label: str, value: float) -> Tampering:
    def tamper(book: Book) -> None:
        sheet = book["Summary"]
        sheet.cell(row_of(sheet, label), 3).value = value

    return tamper


#: The heading of the work list on the Summary.
WORK = "What to look at first (at stake, if unpaid: the fee before contract, one side)"


def set_group(section: str, offset: int, column: int, value: float) -> Tampering:
    """Set a figure of a table on the Summary: `offset` rows under its headings."""

    def tamper(book: Book) -> None:
        sheet = book["Summary"]
        sheet.cell(row_of(sheet, section) + 1 + offset, column).value = value

    return tamper


def set_total(section: str, column: int, value: float) -> Tampering:
    def tamper(book: Book) -> None:
        sheet = book["Summary"]
        sheet.cell(row_of(sheet, "Total", after=section), column).value = value

    return tamper


def set_bridge(label: str, column: int, change: float) -> Tampering:
    def tamper(book: Book) -> None:
        sheet = book["Bridge"]
        cell = sheet.cell(row_of(sheet, label, 1), column)
        cell.value = (cell.value if isinstance(cell.value, int | float) else 0) + change

    return tamper


def set_cell(sheet: str, place: str, value: object) -> Tampering:
    def tamper(book: Book) -> None:
        book[sheet][place].value = value

    return tamper


def other_bar(book: Book) -> None:
    """Draw a bar as beginning elsewhere, and so much longer: it ends where it did."""
    page = book["Summary"]
    for column, more in (("V", -1), ("W", 1)):
        page[f"{column}4"].value = (page[f"{column}4"].value or 0) + more


def set_label(sheet: str, label: str, column: int, value: float, by: int = 1) -> Tampering:
    def tamper(book: Book) -> None:
        book[sheet].cell(row_of(book[sheet], label, by), column).value = value

    return tamper


def total_row(sheet: str, column: str, value: float) -> Tampering:
    def tamper(book: Book) -> None:
        page = book[sheet]
        page.cell(page.max_row, heading(page, column)).value = value

    return tamper


def without_row(sheet: str, row: int) -> Tampering:
    def tamper(book: Book) -> None:
        book[sheet].delete_rows(row)

    return tamper


def with_row_twice(sheet: str, row: int) -> Tampering:
    def tamper(book: Book) -> None:
        page = book[sheet]
        last = page.max_row + 1
        for column, cell in enumerate(page[row], 1):
            twin = page.cell(last, column)
            twin.value, twin.data_type = cell.value, cell.data_type

    return tamper


def swapped(sheet: str, column: str, one: int, other: int) -> Tampering:
    """Move an amount from one row to another: every total stays."""

    def tamper(book: Book) -> None:
        page = book[sheet]
        place = heading(page, column)
        first, second = page.cell(one, place), page.cell(other, place)
        first.value, second.value = second.value, first.value

    return tamper


def swapped_cells(sheet: str, one: str, other: str, row: int) -> Tampering:
    """Change two amounts of one row for each other: what the row adds up to stays."""

    def tamper(book: Book) -> None:
        page = book[sheet]
        first, second = (page.cell(row, heading(page, name)) for name in (one, other))
        first.value, second.value = second.value, first.value

    return tamper


def set_rule(one: str, other: str) -> Tampering:
    """Give the first step of a rule to another rule."""

    def tamper(book: Book) -> None:
        page = book["Adjustments"]
        page.cell(row_of(page, one, heading(page, "Rule")), heading(page, "Rule")).value = other

    return tamper


def set_factors(book: Book) -> None:
    """Swap the first two factors that differ, of steps that start with an amount."""
    page = book["Adjustments"]
    factor, before = heading(page, "Factor"), heading(page, "Before")
    cells = [row[factor - 1] for row in page.iter_rows(min_row=2) if row[before - 1].value]
    given = [cell for cell in cells if cell.value is not None]
    first, second = given[0], next(cell for cell in given if cell.value != given[0].value)
    first.value, second.value = second.value, first.value


#: Each change, and words of a check that must turn.
TAMPERINGS: dict[str, tuple[Tampering, str]] = {
    "headline charges": (set_headline("Charges", 1), "Summary: Charges"),
    "headline allowed set to 1": (set_headline("Expected allowed amount", 1), "Summary: Expected"),
    "headline Medicare": (set_headline("Medicare pays", 1), "Summary: Medicare pays"),
    "headline patient": (
        set_headline("Patients pay", 1),
        "Summary: Patients pay",
    ),
    "headline cuts": (set_headline("Sequestration and other cuts", 0), "Summary: Sequestration"),
    "headline to review": (set_headline("To review", 0), "Summary: To review"),
    "headline rejected": (set_headline("Rejected rows", 0), "Summary: Rejected rows"),
    "status lines": (set_group("By status", 1, 3, 99), "By status: figures"),
    "payer allowed": (set_group("By payer", 1, 5, 99), "By payer: figures"),
    "practitioner charges": (set_group("By practitioner", 2, 4, 1), "By practitioner: figures"),
    "place Medicare pays": (set_group("By place of service", 1, 6, 1), "By place of service"),
    "code family patient": (set_group("By code family", 1, 7, 1), "By code family: figures"),
    "month allowed": (set_group("By month of service", 1, 5, 1), "By month: figures"),
    "top code allowed": (set_group("Top codes", 1, 5, 1), "By code: figures"),
    "top codes, all others": (set_group("Top codes", 11, 5, 1), "By code: figures"),
    "allowed less than expected": (
        set_group("Expected against paid", 1, 5, 1),
        "Expected against paid, allowed: figures",
    ),
    "expected of answered lines": (
        set_group("Expected against allowed, by payer", 1, 4, 1),
        "Expected against allowed, by payer: figures",
    ),
    "pending made an underpayment": (
        set_group("Expected against allowed, by payer", 1, 6, -1),
        "Expected against allowed, by payer: figures",
    ),
    "lines pending": (
        set_group("Expected against allowed, by payer", 1, 8, 1),
        "Expected against allowed, by payer: figures",
    ),
    "lines that are not compared": (
        set_group("Expected against paid", 5, 3, 1),
        "Expected against paid, allowed: figures",
    ),
    "share of charges": (set_group("By payer", 1, 8, 0.5), "By payer: figures"),
    "total of a group": (set_total("By payer", 5, 1), "By payer: allowed amount"),
    "what to look at, dollars": (
        set_group(WORK, 1, 4, 1),
        "What to look at first",
    ),
    "bridge step by -500": (set_bridge("Multiple procedure", 2, -500), "Bridge: Multiple"),
    "bridge fee step by -500": (set_bridge("Charge above fee schedule", 2, -500), "Bridge: steps"),
    "bridge reached": (set_bridge("Bilateral", 3, 100), "Bridge: steps that start"),
    "bridge fee schedule amounts": (
        set_label("Bridge", "Fee schedule amounts", 3, 1),
        "Bridge: Fee schedule amounts",
    ),
    "bridge lines": (set_bridge("Bilateral", 4, 1), "Bridge: lines of its steps"),
    "bridge end": (set_label("Bridge", "Medicare pays", 3, 1), "Bridge: Medicare pays"),
    "bridge chart of the Summary": (set_cell("Summary", "W4", 1), "steps of the chart"),
    "bridge chart of the Bridge": (set_cell("Bridge", "M5", 1), "steps of the chart"),
    "room of the Summary's chart": (set_cell("Summary", "Z4", 1), "each figure in its place"),
    "room of the Bridge's chart": (set_cell("Bridge", "N5", 1), "each figure in its place"),
    "bars of the chart that stand elsewhere": (other_bar, "each figure in its place"),
    "by code allowed": (add("By code", "Allowed amount", 2, 1), "By code: rows that agree"),
    "by code, a swap": (swapped("By code", "Patient owes", 2, 3), "By code: rows that agree"),
    "by code mean": (add("By code", "Allowed per line", 2, 1), "By code: shares and means"),
    "by code claims": (add("By code", "Claims", 2, 1), "By code: claims"),
    "by practitioner, claims swapped": (
        swapped("By practitioner", "Claims", 2, 3),
        "By practitioner: claims",
    ),
    "by code total": (total_row("By code", "Charge", 1), "By code: totals"),
    "by practitioner units": (add("By practitioner", "Units", 2, 1), "By practitioner: rows"),
    "by claim charge": (add("By claim", "Charge", 3, 500), "By claim: rows that agree"),
    "by claim, a swap": (swapped("By claim", "Allowed amount", 2, 3), "By claim: rows"),
    "line allowed": (add("Lines", "Allowed amount", 2, 500), "Each chain ends"),
    "line units": (add("Lines", "Units", 3, 1), "By code: rows that agree"),
    "line fee": (add("Lines", "Fee schedule amount", 2, 1), "Fee schedule amount: control"),
    "line limiting charge": (add("Lines", "Limiting charge", 15, 1), "Limiting charge: control"),
    "line fees swapped": (swapped("Lines", "Fee schedule amount", 2, 3), "Each chain starts"),
    "line coinsurance swapped": (
        swapped("Lines", "Coinsurance", 2, 3),
        "Lines: allowed amounts less their shares",
    ),
    "line sequestration swapped": (
        swapped("Lines", "Sequestration", 2, 3),
        "Lines: allowed amounts less their shares",
    ),
    "line date of another month": (add("Lines", "Date of service", 2, 31), "Lines: months"),
    "a line left out": (without_row("Lines", 4), "Rows read are lines and rejects"),
    "a line twice": (with_row_twice("Lines", 4), "Lines: rows on the sheet"),
    "adjustment after": (add("Adjustments", "After", 3, 1), "Each step"),
    "adjustment before": (add("Adjustments", "Before", 4, 1), "Each step"),
    "adjustment factors swapped": (set_factors, "Each step's after is its before"),
    "adjustment of another rule": (set_rule("Coinsurance", "Sequestration"), "Adjustments: coin"),
    "adjustment change": (add("Adjustments", "Change", 3, 1), "Each step's change"),
    "a step left out": (without_row("Adjustments", 3), "About: Adjustment steps"),
    "accrual denied": (add("Accrual", "Denied", 2, 1), "Accrual: Denied"),
    "accrual charges": (add("Accrual", "Charges", 2, 1), "Accrual: charges that their parts"),
    "accrual, from a part to another": (
        swapped_cells("Accrual", "Contractual adjustment, with sequestration", "Denied", 2),
        "Accrual: Contractual adjustment",
    ),
    "journal debit": (add("Journal", "Debit", 3, 1), "Journal: debits are credits"),
    "journal, from an account to another": (swapped("Journal", "Debit", 3, 4), "Journal: account"),
    "journal date": (add("Journal", "Date", 2, -1), "Journal: rows of the last day"),
    "journal on both sides": (add("Journal", "Credit", 3, 1), "Journal: rows with one amount"),
    "a posting left out": (without_row("Journal", 4), "Journal: rows whose entry balances"),
    "review at stake": (add("Review", AT_STAKE, 2, 1), "Review: rows that agree"),
    "review charge": (add("Review", "Charge", 2, 1), "Review: rows that agree"),
    "a reject left out": (without_row("Rejects", 3), "Rows read are lines and rejects"),
    "a reject twice": (with_row_twice("Rejects", 3), "Rejects: rows on the sheet"),
    "a reject of another file": (set_cell("Rejects", "A2", "first.csv"), "Rejects: texts"),
    "a reject of another row": (set_cell("Rejects", "B2", 77), "Rejects, Row: control total"),
    "a reject for another reason": (set_cell("Rejects", "E2", "none"), "Rejects: texts"),
    "rows of a file": (set_label("Reconciliation", "first.csv", 2, 99), "Rows by file"),
    "rows read on About": (set_label("About", "Rows read", 2, 99), "About: Rows read"),
}


Checks = tuple[str, dict[str, str]]


def checks_after(
    file: Path, tamperings: Mapping[str, Tampering], folder: Path
) -> dict[str, Checks]:
    """Change a pack in each way, and give the Summary's verdict and how each check reads."""
    columns = [("Summary", 1), ("Summary", 2), ("Reconciliation", 0), ("Reconciliation", 4)]
    found = {}
    for name, (labels, figures, checks, reads) in zip(
        tamperings, read_after(file, list(tamperings.values()), columns, folder), strict=True
    ):
        verdict = figures[labels.index("Checks (must read 0)")]
        each = zip(checks, reads, strict=True)
        found[name] = verdict, {check: read for check, read in each if read in {"OK", "CHECK"}}
    return found


def test_every_tampered_figure_turns_its_check_and_an_untouched_pack_stays_green(
    estimate_file: Path, tmp_path: Path
) -> None:
    # One test, so that two workers do not calculate the same pack twice.
    changes = {name: tamper for name, (tamper, _) in TAMPERINGS.items()}
    found = checks_after(estimate_file, {"untouched": untouched, **changes}, tmp_path)
    verdict, reads = found["untouched"]
    assert verdict == "0"
    assert len(reads) > 80
    assert set(reads.values()) == {"OK"}
    unseen = {}
    for name, (_, words) in TAMPERINGS.items():
        verdict, reads = found[name]
        turned = [check for check, read in reads.items() if read == "CHECK"]
        if verdict == "0" or not any(words in check for check in turned):
            unseen[name] = turned
    assert unseen == {}


def test_the_cells_of_a_rejected_row_may_be_corrected(estimate_file: Path, tmp_path: Path) -> None:
    """As the guide to signing says: they are read back as claims."""
    names = ("claim_id", "charge_amount", "hcpcs_code")
    sheet = openpyxl.load_workbook(estimate_file)["Rejects"]
    places = {name: sheet.cell(2, heading(sheet, name)).coordinate for name in names}
    given = {name: set_cell("Rejects", place, 1) for name, place in places.items()}
    for verdict, _ in checks_after(estimate_file, given, tmp_path).values():
        assert verdict == "0"


def test_bars_that_no_sheet_gives_are_held(
    results: Estimate, layout_file: Callable[[str], Path], tmp_path: Path
) -> None:
    """Without a sheet of lines nothing held the amounts of the codes that are drawn."""
    page = '[[sheets]]\nname = "{}"\ncontent = "{}"\n'
    text = page.format("Summary", "summary") + 'charts = ["codes"]\n'
    text = f'title = "Mine"\n{text}{page.format("Reconciliation", "reconciliation")}'
    write_workbook(results, tmp_path / "mine.xlsx", layout=layout_file(text))
    sheet = openpyxl.load_workbook(tmp_path / "mine.xlsx")["Summary"]
    bar = next(row[21] for row in sheet.iter_rows() if isinstance(row[21].value, int | float))
    given = {"untouched": untouched, "bar": set_cell("Summary", bar.coordinate, 1)}
    for name, (_, reads) in checks_after(tmp_path / "mine.xlsx", given, tmp_path).items():
        assert reads["Summary: codes of the chart, each figure in its place"] == (
            "OK" if name == "untouched" else "CHECK"
        )


def test_large_tables_are_compared_by_sums_weighted_by_their_keys(
    results: Estimate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a look-up of every row would take too long, a swap of two rows is seen all the same.

    Claims are numbered as many systems do: what tells them apart is not at the end.
    """
    monkeypatch.setattr("payrules.workbook.live_checks.formulas._MOST_COMPARED", 0)
    numbered = pl.col("claim_id").str.slice(1).str.zfill(3) + "-2025A"
    whole = replace(
        results,
        priced=PricedLines(results.lines.with_columns(numbered)),
        steps=Steps(results.adjustments.with_columns(numbered)),
    )
    write_workbook(whole, tmp_path / "whole.xlsx")
    swaps = {
        "untouched": untouched,
        "By claim": swapped("By claim", "Allowed amount", 2, 3),
        "By code": swapped("By code", "Patient owes", 2, 3),
        "Review": swapped("Review", AT_STAKE, 4, 5),
    }
    read = checks_after(tmp_path / "whole.xlsx", swaps, tmp_path)
    for name, (verdict, reads) in read.items():
        turned = [check for check, read in reads.items() if read == "CHECK"]
        assert (verdict != "0") == (name != "untouched"), turned
        assert (f"{name}: rows that agree with the lines" in turned) == (name != "untouched")
