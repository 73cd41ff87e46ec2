"""The checks of what was paid against what is expected: each figure with the lines."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from payrules.runs.against_paid import AS_EXPECTED, IN_WORDS, LESS, MORE, PAID, TOLERANCE
from payrules.workbook.figures import answers
from payrules.workbook.figures.against_paid import TITLE, PaidMeasure
from payrules.workbook.figures.answers import AnswersBlock
from payrules.workbook.figures.labels import APART
from payrules.workbook.figures.totals import ZERO
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas, is_plain
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
            yield _agree(f"{TITLE}, {IN_WORDS[measure.expected].lower()}", area, tests)
        if measure.expected == PAID:
            yield from _not_compared(formulas, area, measure)


def _not_compared(formulas: Formulas, area: Area, measure: PaidMeasure) -> Iterator[LiveCheck]:
    """Compare what was paid and is not compared with each sheet that lists all such lines."""
    last = area.first + len(measure.compared) + len(measure.not_compared)
    under = area.column("E", area.first + len(measure.compared) + 1, last)
    _, paid = APART
    for table in formulas.filled:
        sheet, cells = table.sheet, formulas.of(table, paid)
        each = [one for test in sheet.filters for one in test.any if one.column == paid]
        is_whole = len(sheet.filters) == 1 and any(one.empty is False for one in each)
        if cells and sheet.content == "lines" and not sheet.group_by and is_whole:
            amount = sum((one.paid or ZERO for one in measure.not_compared), ZERO)
            yield LiveCheck(
                f"{sheet.name}: paid and not compared, as on {area.sheet}",
                f"SUMPRODUCT(ROUND({cells}*100,0))/100",
                f"SUM({under})",
                amount,
                amount,
                f"{sheet.name} / {area.sheet}",
            )


def of_answers(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare what each payer answered, row by row, with the lines, and with its own row."""
    for area, block in formulas.places.answers:
        tests = _answers(formulas, area, block)
        yield _agree(answers.TITLES[block.measure.expected], area, tests)


def _agree(title: str, area: Area, tests: Sequence[str]) -> LiveCheck:
    """Check that all figures of a block agree with the lines."""
    count = Decimal(len(tests))
    return LiveCheck(
        f"{title}: figures that agree with the lines",
        f"{len(tests)}+0*ROWS({area.column('B')})",
        "+".join(tests),
        count,
        count,
        "Summary / lines",
        counts=True,
    )


def _answers(formulas: Formulas, area: Area, block: AnswersBlock) -> list[str]:
    """Test every row: by payer where a spreadsheet tells payers apart, the total in any case."""
    ours = formulas.of_lines(block.measure.expected)
    theirs = formulas.of_lines(block.measure.theirs)
    payer = formulas.of_lines("payer_name")
    tests: list[str] = []
    last, apart = area.last + 1, ""
    if ours and theirs and block.apart:
        apart = _not_comparable(formulas, ours, theirs)
    if ours and theirs and payer and is_plain(formulas.figures.lines["payer_name"]):
        for row in range(area.first, area.last - area.others + 1):
            cell = area.cell("B", row)
            less = f"{apart}*({payer}={cell})" if apart else ""
            tests += _answered(formulas, area, row, (ours, theirs, f'{payer},"="&{cell}', less))
    if ours and theirs and (apart or not block.apart):
        tests += _answered(formulas, area, last, (ours, theirs, "", apart))
        for row, _ in enumerate(block.apart, last + 1):
            tests += _amounts(formulas, area, row, apart, {"C": ours, "E": theirs})
    for row in (*range(area.first, area.last + 1), last):
        expected, answered, paid, variance, pending = (area.cell(each, row) for each in "CDEFG")
        if not block.apart:
            tests.append(f"(ABS({answered}+{pending}-{expected})<{formulas.near})")
        elif row == last:
            below = area.cell("C", last + 1)
            tests.append(f"(ABS({answered}+{pending}+{below}-{expected})<{formulas.near})")
        tests.append(f"(ABS({paid}-{answered}-{variance})<{formulas.near})")
    for letters in "CDEFGH":
        cells, whole = area.column(letters), area.cell(letters, last)
        tests.append(f"(ABS(SUM({cells})-{whole})<{formulas.near})")
    return tests


def _answered(
    formulas: Formulas, area: Area, row: int, columns: tuple[str, str, str, str]
) -> Iterator[str]:
    """Test a row's figures against the lines.

    `columns` are expected, the payer's, criteria of its payer, and its lines that are set apart.
    """
    ours, theirs, same, apart = columns
    of_payer = f",{same}" if same else ""
    found = {
        "C": f'SUMIFS({ours},{ours},"<>"{of_payer})',
        "D": f'SUMIFS({ours},{theirs},"<>"{of_payer})',
        "E": f'SUMIFS({theirs},{ours},"<>"{of_payer})',
    }
    # What is pending is told by taking off: LibreOffice's criterion "=" leaves blank cells out
    # below the last that is filled.
    found["G"] = f"{found['C']}-{found['D']}"
    if apart:
        found["D"] += f"-{_added(apart, ours)}"
        found["E"] += f"-{_added(apart, theirs)}"
    # A line without an expected amount waits for an answer all the same.
    lines = f"COUNTIFS({same})" if same else f"ROWS({theirs})"
    found["H"] = f'{lines}-COUNTIFS({theirs},"<>"{of_payer})'
    for letters, formula in found.items():
        yield f"(ABS({formula}-{area.cell(letters, row)})<{formulas.near})"


def _of_lines(formulas: Formulas, area: Area, measure: PaidMeasure) -> list[str]:
    ours, theirs = formulas.of_lines(measure.expected), formulas.of_lines(measure.theirs)
    if not (ours and theirs):
        return []
    both = f'({ours}<>"")*({theirs}<>"")'
    open_ = _share_unknown(formulas) if measure.apart else ""
    if open_ is None:
        return []
    cents = f"ROUND(({theirs}-{ours})*100,0)"
    row = area.first
    tests: list[str] = []
    for group in measure.compared:
        lines = f"{both}*{_TESTS[group.group].format(cents=cents)}"
        if open_ and group.group == LESS:
            lines += f"*(1-{open_})"
        tests += _row(formulas, area, row, lines, {"D": ours, "E": theirs})
        row += 1
    tests += [
        f"(ABS(SUM({area.column(each, last=row - 1)})-{area.cell(each, row)})<{formulas.near})"
        for each in "CDE"
    ]
    for _ in measure.apart:
        row += 1
        lines = _not_comparable(formulas, ours, theirs)
        tests += _row(formulas, area, row, lines, {"E": theirs})
    tests += _row(formulas, area, row + 1, f"(1-{both})", {"E": theirs})
    return tests


def _not_comparable(formulas: Formulas, ours: str, theirs: str) -> str:
    """Tell the lines paid less with a share in it that no file says; "" where no sheet does."""
    open_ = _share_unknown(formulas)
    less = _TESTS[LESS].format(cents=f"ROUND(({theirs}-{ours})*100,0)")
    return f'({ours}<>"")*({theirs}<>"")*{less}*{open_}' if open_ else ""


def _share_unknown(formulas: Formulas) -> str | None:
    """Tell the lines whose payer's file says no coinsurance; None where no sheet tells them."""
    payer = formulas.of_lines("payer_name")
    if payer is None:
        return None
    names = (each.replace('"', '""') for each in formulas.figures.no_coinsurance.of_lines)
    return "(" + "+".join(f'EXACT({payer},"{each}")' for each in names) + ")"


def _row(
    formulas: Formulas, area: Area, row: int, lines: str, amounts: dict[str, str]
) -> Iterator[str]:
    """Compare a row: how many lines are of it, and the sums of their amounts."""
    yield f"(ABS(SUMPRODUCT({lines}*1)-{area.cell('C', row)})<{formulas.near})"
    yield from _amounts(formulas, area, row, lines, amounts)


def _amounts(
    formulas: Formulas, area: Area, row: int, lines: str, amounts: dict[str, str]
) -> Iterator[str]:
    """Compare the sums of a row's amounts."""
    for letters, amount in amounts.items():
        yield f"(ABS({_added(lines, amount)}-{area.cell(letters, row)})<{formulas.near})"


def _added(lines: str, amount: str) -> str:
    """Add up an amount of some lines."""
    return f"SUMPRODUCT({lines}*ROUND({amount}*100,0))/100"
