"""The checks of lines against themselves: their shares, and the labels they are grouped by."""

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from payrules.workbook.figures.totals import total
from payrules.workbook.live_checks.amounts import HEADLINE, OTHER_CUTS
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas

#: What is left of a line's amount when its shares are taken off: of the allowed amount a therapy
#: assistant's reduction, of the patient's what is owed beyond it.
_LEFT_OVER = {
    "Lines: allowed amounts less their shares": OTHER_CUTS,
    "Lines: patients' amounts less deductible and coinsurance": HEADLINE["Patients owe beyond it"],
}


def of_shares(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare each line's shares with its amounts: what is left over is never less than 0."""
    for title, signed in _LEFT_OVER.items():
        signs = formulas.there(signed)
        columns = [(sign, formulas.of_lines(name)) for sign, name in signs]
        whole = formulas.sums(signs)
        if whole is None or not all(cells for _, cells in columns):
            continue
        left = formulas.figures.lines.select(
            pl.sum_horizontal(
                -pl.col(name).fill_null(0) if sign == "-" else pl.col(name).fill_null(0)
                for sign, name in signs
            )
        ).to_series()
        if left.is_empty() or left.min() < 0:  # type: ignore[operator]
            continue
        each = "".join(f"{sign}{cells}" for sign, cells in columns)
        yield LiveCheck(
            title,
            f"SUMPRODUCT(ABS(ROUND(({each})*100,0)))/100",
            whole,
            total(left),
            total(left),
            "line by line / all together",
        )


def of_labels(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare the labels that lines are grouped by with the date and place of the same row."""
    month, date = formulas.of_lines("month"), formulas.of_lines("claim_line_start_date")
    place, code = formulas.of_lines("place_of_service"), formulas.of_lines("place_of_service_code")
    tests = []
    if month and date:
        tests.append(f'--({month}=YEAR({date})&"-"&RIGHT("0"&MONTH({date}),2))')
    if place and code:
        tests.append(f"--(LEFT({place},LEN({code}))={code})")
    if tests:
        count = Decimal(formulas.figures.lines.height)
        yield LiveCheck(
            "Lines: months and places of their own row",
            f"ROWS({month or place})",
            f"SUMPRODUCT({','.join(tests)})",
            count,
            count,
            "Lines / itself",
            counts=True,
        )
