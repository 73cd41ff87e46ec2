"""The checks of the headline: against the rows, and against itself."""

from collections.abc import Iterator
from decimal import Decimal

from payrules.workbook.figures.cuts import CUTS
from payrules.workbook.figures.totals import ZERO, added
from payrules.workbook.live_checks.amounts import ALLOWED, HEADLINE, PAID, PATIENTS, SINCE_LAST
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas, is_plain

_BORNE_BY = (PAID, PATIENTS, CUTS)
_OWED_BY_PATIENTS = (PATIENTS, "Patients owe beyond it")
_HEADLINE_SUMS = dict.fromkeys(name for signs in HEADLINE.values() for _, name in signs)


def of_headline(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare the headline with the rows its figures come from."""
    sums = {name: formulas.sum(name) for name in _HEADLINE_SUMS}
    at_stake = formulas.of_review("at_stake_amount")
    live: dict[str, str | None] = {}
    for label, signs in HEADLINE.items():
        parts = [(sign, sums[name]) for sign, name in signs]
        known = all(part for _, part in parts)
        live[formulas.shown(label)] = (
            "".join(f"{sign}{part}" for sign, part in parts) if known else None
        )
    if at_stake:
        live["To review"] = f"SUMPRODUCT(ROUND({at_stake}*100,0))/100"
    if formulas.figures.run.settlement:
        live["HPSA bonus"] = formulas.sum("hpsa_bonus_amount")
    for area in formulas.places.changes:
        live[SINCE_LAST] = f"{area.cell('D', area.last)}-{area.cell('D', area.first)}"
    for area, kind in formulas.places.files:
        if kind == "charges" and area.total:
            live["Rejected rows"] = area.cell("H", area.total)
    for label, cell, value in formulas.places.headline:
        formula = live.get(label)
        if formula:
            yield LiveCheck(f"Summary: {label}", cell, formula, value, value, "headline / rows")
    if formulas.places.headline:
        yield from _headline_adds_up(formulas)
    yield from _each_payer(formulas)


def _each_payer(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare what each payer pays with the lines, and all of it with what payers pay together."""
    rows = formulas.places.payers
    if not rows:
        return
    whole, paid = formulas.sum("medicare_amount"), formulas.figures.totals["medicare_amount"]
    together = added(value for *_, value in rows) or ZERO
    cells = "+".join(cell for _, cell, _ in rows)
    if whole:
        yield LiveCheck(
            "Summary: what each payer pays, together", cells, whole, together, paid,
            "headline / lines",
        )  # fmt: skip
    payer, amount = formulas.of_lines("payer_name"), formulas.of_lines("medicare_amount")
    names = formulas.figures.lines["payer_name"]
    if not (payer and amount and is_plain(names)):
        return
    known = {*names.unique()}
    tests = []
    for label, cell, _ in rows:
        if label in known:
            criterion = '"="&' + cell.replace("$C$", "$B$")
            found = f"SUMIFS({amount},{payer},{criterion})"
            tests.append(f"(ABS({found}-{cell})<{formulas.near})")
    count = Decimal(len(tests))
    yield LiveCheck(
        "Summary: payers whose payment agrees with the lines",
        f"{len(tests)}+0*ROWS({rows[0][1]})",
        "+".join(tests),
        count,
        count,
        "headline / lines",
        counts=True,
    )


def _headline_adds_up(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare the headline with itself: a page without the lines has nothing else of some."""
    told = {label: (cell, value) for label, cell, value in formulas.places.headline}
    borne_by = [label for each in _BORNE_BY if (label := formulas.shown(each)) in told]
    shares = "+".join(told[label][0] for label in borne_by)
    cell, allowed = told[ALLOWED]
    yield LiveCheck(
        "Summary: who bears the allowed amount",
        cell, shares, allowed, allowed, "headline / itself",
    )  # fmt: skip
    whole, owed = formulas.sum("patient_amount"), formulas.figures.totals["patient_amount"]
    if whole:
        cells = [told[label][0] for label in _OWED_BY_PATIENTS if label in told]
        yield LiveCheck(
            "Summary: what patients owe",
            "+".join(cells), whole, owed, owed, "headline / rows",
        )  # fmt: skip
