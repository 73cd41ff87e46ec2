"""The checks every report has, live where their rows stand on sheets."""

from collections.abc import Iterator

from payrules.engine.rule import STATUSES
from payrules.workbook.live_checks.amounts import ENDS, PAID
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas

_OF_THE_TRAIL = frozenset(
    (
        "Each step starts where the last one ended",
        "Each chain ends at its line's allowed amount",
    )
)


def of_run(formulas: Formulas) -> Iterator[LiveCheck]:
    """Give the checks of `Figures.checks`, as formulas where sheets hold their rows."""
    lines, rejects = formulas.count(formulas.lines), formulas.count(formulas.rejects)
    live: dict[str, tuple[str | None, str | None]] = {}
    rows_in = next(
        (a.cell("B", a.total) for a, k in formulas.places.files if k == "rows" and a.total), None
    )
    no_rejects = formulas.figures.rejects.is_empty()
    if lines and (rejects or no_rejects):
        aside = f"+{formulas.figures.set_aside}" if formulas.figures.set_aside else ""
        live["Rows read are lines and rejects"] = (rows_in, f"{lines}+{rejects or 0}{aside}")
    status = formulas.of_lines("status")
    if status:
        kinds = "+".join(f"COUNTIFS({status},{formulas.status(each)})" for each in STATUSES)
        live["Every line has a status"] = (kinds, lines)
    rows = formulas.figures.bridge["label"].to_list()
    for area in formulas.places.bridges:
        for said, label in (
            ("the allowed amount", "Allowed amount"),
            (formulas.figures.payment, PAID),
        ):
            reached = area.cell("C", area.first + rows.index(formulas.shown(label)))
            live[f"The bridge ends at {said}"] = (reached, formulas.sum(ENDS[label]))
    for table in formulas.filled:
        sheet, cells = table.sheet, formulas.of(table, "allowed_amount")
        if sheet.content == "lines" and sheet.group_by and table.is_complete and cells:
            label = {"hcpcs_code": "code"}.get(sheet.group_by[0], sheet.group_by[0])
            added = f"SUMPRODUCT(ROUND({cells}*100,0))/100"
            live[f"Allowed amount by {label}"] = (added, formulas.sum("allowed_amount"))
    for check in formulas.figures.checks:
        left, right = live.get(check.name, (None, None))
        if check.name.endswith(": lines and run record"):
            column = check.of[1] if check.of else ""
            of_lines = formulas.lines.sheet.name if formulas.lines else ""
            left, right = formulas.sum(column), formulas.places.control.get((of_lines, column))
        # What no sheet holds is told only where it does not agree: constants prove nothing.
        if not (left and right) and not check.difference:
            continue
        if (
            check.name in _OF_THE_TRAIL
            and formulas.steps is not None
            and formulas.lines is not None
        ):
            continue  # told step by step below
        yield LiveCheck(
            check.name,
            left,
            right,
            check.left,
            check.right,
            f"{check.left_is} / {check.right_is}",
            check.counts,
        )
