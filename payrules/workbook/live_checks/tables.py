"""The checks of sheets of grouped lines and of the work list, row by row with the lines."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from payrules.workbook.columns import is_added_up
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import (
    SECOND_KEY,
    Formulas,
    is_plain,
    may_look_up,
    share_test,
)
from payrules.workbook.tables import ReportTable
from payrules.workbook.xlsx.references import column_letters, quoted, reference


def of_groups(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare the sheets of grouped lines, row by row, with the lines."""
    for table in formulas.filled:
        if table.sheet.content == "lines" and table.sheet.group_by and table.is_complete:
            yield from _rows_agree(formulas, table, table.sheet.group_by)
            yield from _in_rows(formulas, table)
            yield from _distinct_claims(formulas, table)


def of_work_list(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare the work list with the lines that need it: how many, and row by row."""
    status, note = formulas.of_lines("status"), formulas.of_lines("review")
    if formulas.review is None or not (status and note):
        return
    count = Decimal(formulas.review.frame.height)
    asked = _to_review(formulas, status, note)
    rows = formulas.count(formulas.review)
    yield LiveCheck(
        "Review: lines not priced or with a note", rows, asked, count, count,
        "Review / lines", counts=True,
    )  # fmt: skip
    yield from _rows_agree(formulas, formulas.review, ("claim_id", "claim_line_number"))


def _to_review(formulas: Formulas, status: str, note: str, same: str = "") -> str:
    """Count the lines that are not priced or have a note, of those that a criterion names."""
    priced = formulas.status("priced")
    unpaid = f'COUNTIFS({same}{status},"<>"&{priced})'
    return f'{unpaid}+COUNTIFS({same}{status},{priced},{note},"<>")'


def _rows_agree(formulas: Formulas, table: ReportTable, keys: Sequence[str]) -> Iterator[LiveCheck]:
    """Compare every row of a table with the lines of the same keys."""
    lines = formulas.lines
    if lines is None or table is lines or not formulas.show_alike(table, lines, keys):
        return
    ours = [formulas.of(table, key) for key in keys]
    theirs = [formulas.of(lines, key) for key in keys]
    if not all(ours) or not all(theirs):
        return
    # Where the lines' first key tells the others as well, it alone is looked up. One that is
    # unique in the table may not be so: a claim with one line to review has others beside it.
    known = formulas.figures.lines.select(keys)
    if table.frame[keys[0]].is_unique().all() and known.n_unique() == known[keys[0]].n_unique():
        ours, theirs, keys = ours[:1], theirs[:1], keys[:1]
    pairs = list(zip(map(str, theirs), map(str, ours), strict=True))
    rows = table.frame.height
    agree = (
        _looked_up(formulas, table, pairs)
        if may_look_up(rows * lines.frame.height)
        and is_plain(*(formulas.figures.lines[key] for key in keys))
        else _weighed(formulas, table, pairs, keys)
    )
    if agree:
        yield LiveCheck(
            f"{table.sheet.name}: rows that agree with the lines",
            f"ROWS({ours[0]})",
            agree,
            Decimal(rows),
            Decimal(rows),
            f"{table.sheet.name} / lines",
            counts=True,
        )


def has_keys_of_lines(formulas: Formulas, table: ReportTable) -> bool:
    """Whether a table's groups are compared with the lines, row by row."""
    keys = table.sheet.group_by
    both = (formulas.of(each, key) for key in keys for each in (table, formulas.lines))
    return bool(keys) and table.is_complete and all(both)


def compared(formulas: Formulas, table: ReportTable) -> list[str]:
    """Give the columns of a table that can be had from the lines."""
    grouped = bool(table.sheet.group_by)
    counts = {"lines", "priced_lines", "review_lines"} if grouped else set()
    found = []
    for column in table.columns:
        name = column.name
        summed = column.format in {"money", "quantity"} and formulas.of_lines(name)
        if name in counts or (summed and name != "mean_allowed_amount"):
            found.append(name)
    return found


def _looked_up(formulas: Formulas, table: ReportTable, pairs: Sequence[tuple[str, str]]) -> str:
    """Count the rows whose every figure is that of the lines with the same keys."""
    status, note = formulas.of_lines("status"), formulas.of_lines("review")
    same = ",".join(f'{theirs},"="&{ours}' for theirs, ours in pairs)
    priced, tests = formulas.status("priced"), []
    for name in compared(formulas, table):
        cells = formulas.of(table, name)
        if name == "lines":
            found = f"COUNTIFS({same})"
        elif name in {"priced_lines", "review_lines"}:
            if not status or not note:
                continue
            found = f"COUNTIFS({same},{status},{priced})"
            if name == "review_lines":
                found = _to_review(formulas, status, note, f"{same},")
        else:
            found = f"SUMIFS({formulas.of_lines(name)},{same})"
        tests.append(f"--(ABS({found}-{cells})<{formulas.near})")
    return f"SUMPRODUCT({','.join(tests)})" if tests else ""


def _weighed(
    formulas: Formulas, table: ReportTable, pairs: Sequence[tuple[str, str]], keys: Sequence[str]
) -> str:
    """Compare sums in which every row counts by a weight that its keys make."""
    status, note = formulas.of_lines("status"), formulas.of_lines("review")
    ours, theirs = (
        "("
        + f"+{SECOND_KEY}*".join(
            formulas.weight(pair[side], key) for pair, key in zip(pairs, keys, strict=True)
        )
        + ")"
        for side in (1, 0)
    )
    priced = formulas.status("priced")
    if table is formulas.review:
        if not (status and note):
            return ""
        theirs += f'*(1-({status}={priced})*({note}=""))'
    left, right = [], []
    for number, name in enumerate(compared(formulas, table)):
        place = number % 3 + 1
        if name == "lines":
            of_lines = "1"
        elif name in {"priced_lines", "review_lines"}:
            if not status or not note:
                continue
            of_lines = f"({status}={priced})"
            if name == "review_lines":
                of_lines = f'(1-({status}={priced})*({note}=""))'
        else:
            of_lines = f"ROUND({formulas.of_lines(name)}*100,0)"
        ours_of = formulas.of(table, name)
        cells = ours_of if "_lines" in name or name == "lines" else f"ROUND({ours_of}*100,0)"
        left.append(f"{place}*{cells}")
        right.append(f"{place}*{of_lines}")
    if not left:
        return ""
    added = f"SUMPRODUCT({ours}*({'+'.join(left)}))-SUMPRODUCT({theirs}*({'+'.join(right)}))"
    return f"ROWS({pairs[0][1]})*(ABS({added})<0.5)"


def _in_rows(formulas: Formulas, table: ReportTable) -> Iterator[LiveCheck]:
    """Compare shares and means with the figures of their own row."""
    charge, allowed = formulas.of(table, "charge_amount"), formulas.of(table, "allowed_amount")
    share, mean = formulas.of(table, "allowed_share"), formulas.of(table, "mean_allowed_amount")
    priced = formulas.of(table, "priced_lines")
    tests = []
    if share and charge and allowed:
        tests.append(f"--({share_test(share, allowed, charge)})")
    if mean and priced and allowed:
        # The mean is rounded to cents; a cent's half is lost for every line of it.
        tests.append(f"--(ABS({mean}*{priced}-{allowed})<=0.005*{priced}+{formulas.near}/5)")
    if tests:
        count = Decimal(table.frame.height)
        yield LiveCheck(
            f"{table.sheet.name}: shares and means of their own row",
            f"ROWS({allowed})",
            f"SUMPRODUCT({','.join(tests)})",
            count,
            count,
            f"{table.sheet.name} / itself",
            counts=True,
        )


def of_total_rows(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare the total row of each sheet with the rows above it: it may be written over."""
    for table in formulas.filled:
        if table.sheet.totals:
            yield from _total_row(formulas, table)


def _total_row(formulas: Formulas, table: ReportTable) -> Iterator[LiveCheck]:
    """Compare the total row of a sheet with the rows above it."""
    row, tests = table.total_row, []
    for place, column in enumerate(table.columns):
        if is_added_up(column):
            cell = f"{quoted(table.sheet.name)}!${column_letters(place)}${row}"
            cells = reference(table.name, column.heading)
            # What a filter hides is in neither.
            tests.append(f"(ABS(SUBTOTAL(109,{cells})-{cell})<{formulas.near})")
    if tests:
        count = Decimal(len(tests))
        first = f"{quoted(table.sheet.name)}!$A${row}"
        yield LiveCheck(
            f"{table.sheet.name}: totals that agree with their rows",
            f"{len(tests)}+0*ROWS({first})",
            "+".join(tests),
            count,
            count,
            f"{table.sheet.name} / itself",
            counts=True,
        )


def _distinct_claims(formulas: Formulas, table: ReportTable) -> Iterator[LiveCheck]:
    """Compare the numbers of claims with the lines: each line is its part of a claim."""
    lines, claims = formulas.lines, formulas.of(table, "claims")
    claim = formulas.of(lines, "claim_id")
    keys = [formulas.of(lines, key) for key in table.sheet.group_by]
    if lines is None or not (claims and claim and all(keys)):
        return
    if not formulas.show_alike(table, lines, table.sheet.group_by):
        return
    if not may_look_up(lines.frame.height**2):
        return
    if not is_plain(*(formulas.figures.lines[key] for key in ("claim_id", *table.sheet.group_by))):
        return
    same = ",".join(f'{each},"="&{each}' for each in (claim, *keys))
    count = Decimal(int(table.frame["claims"].sum()))
    group = table.sheet.group_by[0]
    ours = formulas.weight(str(formulas.of(table, group)), group)
    theirs = formulas.weight(str(keys[0]), group)
    of_lines = f"SUMPRODUCT({theirs}/COUNTIFS({same}))"
    yield LiveCheck(
        f"{table.sheet.name}: claims",
        f"SUM({claims})",
        f"SUM({claims})*(ABS(SUMPRODUCT({ours}*{claims})-{of_lines})<0.0001)",
        count,
        count,
        f"{table.sheet.name} / lines",
        counts=True,
    )
