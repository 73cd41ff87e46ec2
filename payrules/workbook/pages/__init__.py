"""The pages of a workbook: Summary, Bridge, Reconciliation and About, written with XlsxWriter.

Totals and checks are formulas, each with its value written beside it, so that programs that do
not calculate read the same figures.
"""

from collections.abc import Sequence
from typing import Any

from payrules.workbook.layout.sheets import ReportSheet
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas
from payrules.workbook.pages.about import EstimateAbout
from payrules.workbook.pages.bridge import BridgePage
from payrules.workbook.pages.changes import ChangesPage
from payrules.workbook.pages.reconciliation import ReconciliationPage
from payrules.workbook.pages.report_page import PageSources, ReportPage
from payrules.workbook.pages.summary import SummaryPage

_WRITERS: dict[str, type[ReportPage]] = {
    "summary": SummaryPage,
    "bridge": BridgePage,
    "reconciliation": ReconciliationPage,
    "about": EstimateAbout,
    "changes": ChangesPage,
}


def write_pages(
    sources: PageSources, sheets: Sequence[tuple[ReportSheet, Any]]
) -> tuple[LiveCheck, ...]:
    """Write the pages, the checks of what they show last; gives the checks."""
    formulas = Formulas(sources.figures, sources.tables, sources.places)
    proofs = [each for each in sheets if each[0].content == "reconciliation"]
    summaries = []
    written: tuple[LiveCheck, ...] = ()
    for sheet, page in sorted(sheets, key=lambda each: each in proofs):
        writer = _WRITERS[sheet.content](sources, sheet, page)
        writer.write()
        if isinstance(writer, SummaryPage):
            summaries.append(writer)
        if isinstance(writer, ReconciliationPage):
            written = writer.proof(formulas)
    if summaries and not proofs:
        written = summaries[0].proof(formulas)
    for summary in summaries:
        summary.verdict(written, sources.places.verdict)
    return written
