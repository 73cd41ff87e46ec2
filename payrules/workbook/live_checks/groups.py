"""The checks of the groups on the Summary, and of what to look at first."""

from collections.abc import Iterator
from decimal import Decimal

from payrules.workbook.figures.totals import HEADLINE_AMOUNTS, total
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas, is_plain, may_look_up, share_test
from payrules.workbook.live_checks.places import Area
from payrules.workbook.xlsx.references import column_letters

_GROUP_COLUMNS = ("lines", *HEADLINE_AMOUNTS)
_GROUP_WORDS = {
    "status": "status",
    "payer_name": "payer",
    "practitioner": "practitioner",
    "place_of_service": "place of service",
    "code_family": "code family",
    "month": "month",
    "hcpcs_code": "code",
}


def of_groups(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare every group on the Summary with the lines."""
    for area in formulas.places.groups:
        yield from _group(formulas, area)


def _group(formulas: Formulas, area: Area) -> Iterator[LiveCheck]:
    """Compare a group on the Summary with the lines: its rows, its total, its shares."""
    title = _GROUP_WORDS.get(area.key, area.key)
    last = area.last - area.others
    labels = area.column("B", last=last)
    criterion = labels
    if area.key == "status" and formulas.lines and formulas.lines.sheet.field_names:
        criterion = f'SUBSTITUTE(LOWER({labels})," ","_")'
    key = formulas.of_lines(area.key)
    allowed = total(formulas.figures.lines["allowed_amount"])
    if area.total and (whole := formulas.sum("allowed_amount")):
        cell = area.cell("E", area.total)
        yield LiveCheck(
            f"By {title}: allowed amount", cell, whole, allowed, allowed, "Summary / lines"
        )
    figures, agree = 0, []
    rows = max(last - area.first + 1, 0)
    small = may_look_up(rows * formulas.figures.lines.height)
    if key and small and is_plain(formulas.figures.lines[area.key]):
        for place, name in enumerate(_GROUP_COLUMNS):
            cells = area.column(column_letters(2 + place), last=last)
            column = formulas.of_lines(name)
            if name == "lines":
                found = f'COUNTIFS({key},"="&{criterion})'
            elif column:
                found = f'SUMIFS({column},{key},"="&{criterion})'
            else:
                continue
            agree.append(f"SUMPRODUCT(--(ABS({found}-{cells})<{formulas.near}))")
            figures += rows
    if area.total:
        lines = formulas.count(formulas.lines)
        for place, name in enumerate(_GROUP_COLUMNS):
            letters = column_letters(2 + place)
            whole = lines if name == "lines" else formulas.sum(name)
            if lines is None:
                whole = _other_group(formulas, area, letters) or whole
            cells, cell = area.column(letters), area.cell(letters, area.total)
            agree.append(f"(ABS(SUM({cells})-{cell})<{formulas.near})")
            figures += 1
            if whole:
                agree.append(f"(ABS({whole}-{cell})<{formulas.near})")
                figures += 1
        agree.append(_share_agrees(area, area.last))
        figures += area.last - area.first + 1
        agree.append(_share_agrees(Area(area.sheet, area.total, area.total), area.total))
        figures += 1
    if agree:
        count = Decimal(figures)
        yield LiveCheck(
            f"By {title}: figures that agree with the lines",
            f"{figures}+0*ROWS({area.column('B')})",
            "+".join(agree),
            count,
            count,
            "Summary / lines",
            counts=True,
        )


def _other_group(formulas: Formulas, area: Area, letters: str) -> str | None:
    """Add up a column of another group of the same lines, where no sheet has the lines."""
    for other in formulas.places.groups:
        if other is not area and other.total:
            return f"SUM({other.column(letters)})"
    return None


def of_work_list(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare what to look at first with the work list."""
    status, what = (
        formulas.of_review("status"),
        formulas.of_review("what_to_do"),
    )
    stake = formulas.of_review("at_stake_amount")
    if not (status and what and stake):
        return
    if not is_plain(formulas.figures.to_review["what_to_do"]):
        return
    for area in formulas.places.reviews:
        words = area.column("B")
        state = f'SUBSTITUTE({words}," with a note","")'
        if formulas.review and formulas.review.sheet.field_names:
            state = f'SUBSTITUTE(LOWER({state})," ","_")'
        both = f'{status},"="&{state},{what},"="&{area.column("E")}'
        lines = f"ABS(COUNTIFS({both})-{area.column('C')})<{formulas.near}"
        dollars = f"ABS(SUMIFS({stake},{both})-{area.column('D')})<{formulas.near}"
        count = Decimal(area.last - area.first + 1)
        yield LiveCheck(
            "What to look at first: rows that agree with Review",
            f"ROWS({words})",
            f"SUMPRODUCT(--({lines}),--({dollars}))",
            count,
            count,
            "Summary / Review",
            counts=True,
        )


def _share_agrees(area: Area, last: int) -> str:
    share, allowed, charge = (area.column(letters, last=last) for letters in "HED")
    return f"SUMPRODUCT({share_test(share, allowed, charge)})"
