"""The checks of what changed since last time: it adds up, to the lines and to their list."""

from collections.abc import Iterator
from decimal import Decimal

from payrules.workbook.figures.changes import DROPPED, NEW, REPRICED
from payrules.workbook.figures.totals import HEADLINE_AMOUNTS
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas

_COLUMNS = dict(zip("CDEF", HEADLINE_AMOUNTS, strict=True))


def of_changes(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare each step with the list of changed lines, and what is reached with the lines."""
    changes = formulas.figures.changes
    if changes is None:
        return
    for area in formulas.places.changes:
        at = {step.label: area.first + place for place, step in enumerate(changes.steps)}
        tests: list[str] = []
        for letters, name in _COLUMNS.items():
            rows, reached = area.column(letters, last=area.last - 1), area.cell(letters, area.last)
            tests.append(f"(ABS(SUM({rows})-{reached})<{formulas.near})")
            whole = formulas.sum(name)
            if whole:
                tests.append(f"(ABS({whole}-{reached})<{formulas.near})")
            tests += [
                f"(ABS({found}-{area.cell(letters, at[kind])})<{formulas.near})"
                for kind in (DROPPED, NEW, REPRICED)
                if kind in at and (found := _listed(formulas, kind, name))
            ]
        count = Decimal(len(tests))
        yield LiveCheck(
            f"{area.sheet}: figures that add up and agree with the lines",
            f"{len(tests)}+0*ROWS({area.column('A')})",
            "+".join(tests),
            count,
            count,
            f"{area.sheet} / lines",
            counts=True,
        )


def _listed(formulas: Formulas, kind: str, name: str) -> str:
    """Add up what the list of changed lines has of a kind: now less last time."""
    table = formulas.whole("changed_lines")
    change = formulas.of(table, "change")
    before, after = formulas.of(table, f"{name}_before"), formulas.of(table, name)
    if not (change and before and after):
        return ""
    return f'SUMIFS({after},{change},"{kind}")-SUMIFS({before},{change},"{kind}")'
