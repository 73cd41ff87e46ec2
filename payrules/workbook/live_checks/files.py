"""The checks of what came in, file by file, and of counts on pages and sheets."""

from collections.abc import Iterator
from decimal import Decimal

from payrules.engine.rule import STATUSES
from payrules.workbook.columns import is_added_up
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas, is_plain
from payrules.workbook.xlsx.references import column_letters, quoted, reference


def of_files(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare what came in, file by file, with lines and rejects."""
    status, charge = formulas.of_lines("status"), formulas.of_lines("charge_amount")
    rejects = formulas.count(formulas.rejects)
    if rejects is None and formulas.figures.rejects.is_empty():
        rejects = "0"
    for area, kind in formulas.places.files:
        if not area.total:
            continue
        whole = area.cell("B", area.total)
        outcomes = "CDEFGHI" if kind == "rows" and formulas.figures.set_aside else "CDEFGH"
        parts = "-".join(area.column(each) for each in outcomes)
        tests = [f"SUMPRODUCT(--(ABS({area.column('B')}-{parts})<{formulas.near}))"]
        figures = area.last - area.first + 1
        for letters in f"B{outcomes}":
            cells, cell = area.column(letters), area.cell(letters, area.total)
            tests.append(f"(ABS(SUM({cells})-{cell})<{formulas.near})")
            figures += 1
        for letters, each in zip("CDEFG", STATUSES, strict=True):
            if status and (charge or kind == "rows"):
                cell = area.cell(letters, area.total)
                found = (
                    f"COUNTIFS({status},{formulas.status(each)})"
                    if kind == "rows"
                    else f"SUMIFS({charge},{status},{formulas.status(each)})"
                )
                tests.append(f"(ABS({found}-{cell})<{formulas.near})")
                figures += 1
        if kind == "rows" and rejects:
            tests.append(f"({rejects}={area.cell('H', area.total)})")
            figures += 1
            file = formulas.of(formulas.rejects, "file")
            apart = formulas.figures.has_files_apart
            if file and apart and is_plain(formulas.figures.by_file["file"]):
                found = f'COUNTIFS({file},"="&{area.column("A")})'
                tests.append(f"SUMPRODUCT(--({found}={area.column('H')}))")
                figures += area.last - area.first + 1
        count = Decimal(figures)
        yield LiveCheck(
            f"{kind.capitalize()} by file: figures that agree with lines and rejects",
            f"{figures}+0*ROWS({whole})",
            "+".join(tests),
            count,
            count,
            "files / rows",
            counts=True,
        )


def of_counts(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare counts on the pages, and rows on the sheets, with the tables."""
    rows = {
        "Lines": formulas.count(formulas.lines),
        "Rejects": formulas.count(formulas.rejects),
        "Adjustment steps": formulas.count(formulas.steps),
    }
    if rows["Lines"] and (rows["Rejects"] or formulas.figures.rejects.is_empty()):
        aside = f"+{formulas.figures.set_aside}" if formulas.figures.set_aside else ""
        rows["Rows read"] = f"{rows['Lines']}+{rows['Rejects'] or 0}{aside}"
    for label, cell, value in formulas.places.counts:
        formula = rows.get(label)
        if formula:
            yield LiveCheck(
                f"About: {label}", cell, formula, Decimal(value), Decimal(value),
                "About / rows", counts=True,
            )  # fmt: skip
    for table in formulas.filled:
        if table.sheet.style == "plain":
            continue
        for place, column in enumerate(table.columns):
            if table.frame[column.name].null_count() == 0:
                letters = column_letters(place)
                besides = (
                    1
                    + (bool(table.note) and place == 0)
                    + (table.sheet.totals and place == 0)
                    + (table.sheet.totals and place > 0 and is_added_up(column))
                )
                count = Decimal(table.frame.height)
                sheet = quoted(table.sheet.name)
                yield LiveCheck(
                    f"{table.sheet.name}: rows on the sheet are the rows of its table",
                    f"COUNTA({sheet}!${letters}:${letters})-{besides}",
                    f"COUNTA({reference(table.name, column.heading)})",
                    count,
                    count,
                    "sheet / table",
                    counts=True,
                )
                break
