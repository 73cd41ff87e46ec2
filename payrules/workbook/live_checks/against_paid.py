"""The checks of what was paid against what is expected: each figure with the lines."""

from collections.abc import Iterator
from decimal import Decimal

from payrules.runs.against_paid import AS_EXPECTED, IN_WORDS, LESS, MORE, TOLERANCE
from payrules.workbook.figures.against_paid import TITLE, PaidMeasure
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas
from payrules.workbook.live_checks.places import Area

#: Cents of difference, by group.
_TESTS = {
    LESS: f"({{cents}}<-{TOLERANCE})",
    AS_EXPECTED: f"(ABS({{cents}})<={TOLERANCE})",
    MORE: f"({{cents}}>{TOLERANCE})",
}


def of_against_paid(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare every figure of the block on the Summary with the lines, and with their sum."""
    for area, measure in formulas.places.against_paid:
        tests = _of_lines(formulas, area, measure)
        if tests:
            count = Decimal(len(tests))
            yield LiveCheck(
                f"{TITLE}, {IN_WORDS[measure.expected].lower()}: figures that agree with the lines",
                f"{len(tests)}+0*ROWS({area.column('B')})",
                "+".join(tests),
                count,
                count,
                "Summary / lines",
                counts=True,
            )


def _of_lines(formulas: Formulas, area: Area, measure: PaidMeasure) -> list[str]:
    ours, theirs = formulas.of_lines(measure.expected), formulas.of_lines(measure.theirs)
    if not (ours and theirs):
        return []
    both = f'({ours}<>"")*({theirs}<>"")'
    cents = f"ROUND(({theirs}-{ours})*100,0)"
    row = area.first
    tests: list[str] = []
    for group in measure.compared:
        lines = f"{both}*{_TESTS[group.group].format(cents=cents)}"
        tests += _row(formulas, area, row, lines, {"D": ours, "E": theirs})
        row += 1
    tests += [
        f"(ABS(SUM({area.column(each, last=row - 1)})-{area.cell(each, row)})<{formulas.near})"
        for each in "CDE"
    ]
    tests += _row(formulas, area, row + 1, f"(1-{both})", {"E": theirs})
    return tests


def _row(
    formulas: Formulas, area: Area, row: int, lines: str, amounts: dict[str, str]
) -> Iterator[str]:
    """Compare a row: how many lines are of it, and the sums of their amounts."""
    yield f"(ABS(SUMPRODUCT({lines}*1)-{area.cell('C', row)})<{formulas.near})"
    for letters, amount in amounts.items():
        added = f"SUMPRODUCT({lines}*ROUND({amount}*100,0))/100"
        yield f"(ABS({added}-{area.cell(letters, row)})<{formulas.near})"
