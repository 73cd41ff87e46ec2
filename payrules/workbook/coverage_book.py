"""Writes what coverage policies find of a batch: a workbook, or a file of rows."""

from decimal import Decimal
from pathlib import Path

from payrules.counted import counted
from payrules.errors import ReportError
from payrules.runs.causes import causes_of
from payrules.runs.coverage_check import CoverageCheck
from payrules.runs.covered import in_sentences
from payrules.runs.results import write_frame
from payrules.version import __version__
from payrules.workbook.about import AboutText, sources_of_policies
from payrules.workbook.answer_book import OfSheet
from payrules.workbook.pages.front import HeadlineRow
from payrules.workbook.paid_book import Fact, PageBlock, PaidAnswer, write_paid_book
from payrules.workbook.xlsx.limits import ROW_LIMIT
from payrules.workbook.xlsx.written import refuse_overwriting

_TITLE, _SHEET = "Coverage policies", "Coverage"
#: What is assumed where findings are looked for and nothing is priced.
_ASSUMED = (
    "Nothing is priced here: a line that an edit or a global period would take out counts as a"
    " session, and in an estimate it does not.",
    "A policy speaks of the lines of its own payer, on the days on which it is in force.",
)


def write_findings(
    checked: CoverageCheck, path: Path, *, force: bool = False, row_limit: int = ROW_LIMIT
) -> Path:
    """Write the findings by the path's ending: .xlsx, .csv or .parquet; ReportError if it cannot.

    The workbook's first page counts the rows and the outcomes, and says what was not asked.
    """
    if path.suffix.lower() != ".xlsx":
        refuse_overwriting([path], force=force)
        write_frame(checked.findings, path, fault=ReportError)
        return path
    rows = [
        Fact("Lines", checked.lines),
        Fact("History, only counted", checked.history),
        Fact("Rejected", checked.rejects.height),
        Fact("Rows in", checked.rows_in, last=True),
    ]
    found = set(checked.findings["coverage_outcome"])
    outcomes = [
        # The lines that no policy objects to, or speaks of, are on no sheet.
        Fact(
            name,
            many,
            of=OfSheet(_SHEET, where={"coverage_outcome": name}) if name in found else None,
        )
        for name, many in checked.coverage.outcomes.items()
    ]
    outcomes.append(Fact("Lines", checked.lines, last=True))
    return write_paid_book(
        path,
        _answer(checked),
        [PageBlock("Rows", rows), PageBlock("Lines by outcome", outcomes)],
        {_SHEET: checked.findings},
        notes=in_sentences(checked.coverage),
        force=force,
        row_limit=row_limit,
    ).path


def _answer(checked: CoverageCheck) -> PaidAnswer:
    """Say how many lines policies find something of."""
    rows: list[tuple[HeadlineRow, OfSheet | None]] = [
        (
            HeadlineRow(
                "Lines with a finding",
                Decimal(checked.findings.height),
                f"of {counted(checked.lines, 'line')}",
                strong=True,
                counts=True,
            ),
            OfSheet(_SHEET),
        )
    ]
    if rejects := checked.rejects.height:
        words = "not read, so held against nothing; see About"
        rows.append((HeadlineRow("Rejected rows", Decimal(rejects), words, counts=True), None))
    about = AboutText(
        title="About these findings",
        facts=[
            ("Made by", f"payrules {__version__}"),
            ("Rows read", f"{checked.rows_in:,}"),
            ("Lines", f"{checked.lines:,}"),
            ("Rejects", f"{checked.rejects.height:,}"),
        ],
        sources=[
            *(
                ("Claims", each.name, counted(each.rows, "row"), each.sha256)
                for each in checked.inputs
            ),
            *sources_of_policies(checked.coverage),
        ],
        assumptions=_ASSUMED,
        left_out=[
            f"{counted(each.rows, 'row')} rejected: {each.says} (row {', '.join(each.first)})"
            for each in causes_of([checked.rejects])
        ],
    )
    files = ", ".join(each.name for each in checked.inputs) or "claims in memory"
    return PaidAnswer(_TITLE, (files, f"payrules {__version__}"), rows, about)
