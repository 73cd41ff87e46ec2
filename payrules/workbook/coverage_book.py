"""Writes what coverage policies find of a batch: a workbook, or a file of rows."""

from pathlib import Path

from payrules.runs.coverage_check import CoverageCheck
from payrules.runs.covered import in_sentences
from payrules.runs.results import write_frame
from payrules.workbook.paid_book import Fact, PageBlock, write_paid_book
from payrules.workbook.xlsx.limits import ROW_LIMIT


def write_findings(
    checked: CoverageCheck, path: Path, *, force: bool = False, row_limit: int = ROW_LIMIT
) -> Path:
    """Write the findings by the path's ending: .xlsx, .csv or .parquet; ReportError if it cannot.

    The workbook's first page counts the rows and the outcomes, and says what was not asked.
    """
    if path.suffix.lower() != ".xlsx":
        write_frame(checked.findings, path)
        return path
    rows = [
        Fact("Lines", checked.lines),
        Fact("History, only counted", checked.history),
        Fact("Rejected", checked.rejects.height),
        Fact("Rows in", checked.rows_in, last=True),
    ]
    outcomes = [Fact(name, many) for name, many in checked.coverage.outcomes.items()]
    outcomes.append(Fact("Lines", checked.lines, last=True))
    return write_paid_book(
        path,
        "Coverage policies",
        [PageBlock("Rows", rows), PageBlock("Lines by outcome", outcomes)],
        {"Coverage": checked.findings},
        notes=in_sentences(checked.coverage),
        force=force,
        row_limit=row_limit,
    ).path
