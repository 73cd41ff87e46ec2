"""The checks of the bridge: its steps, its counts, who bears the allowed amount."""

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from payrules.engine.rule import STATUSES
from payrules.workbook.figures.bridge import CHARGES
from payrules.workbook.figures.totals import total
from payrules.workbook.live_checks.amounts import ENDS, HEADLINE, OTHER_CUTS, TAKEN_BY
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas
from payrules.workbook.live_checks.places import Area
from payrules.workbook.live_checks.texts import held as texts_held
from payrules.workbook.words import in_words
from payrules.workbook.xlsx.references import column_letters


def of_bridge(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare the bridge with the rows and with itself, and who bears what with the lines."""
    bridge = formulas.figures.bridge
    for area in formulas.places.bridges:
        expected = _bridge_formulas(formulas)
        counted = _bridge_counts(formulas)
        for place, row in enumerate(bridge.iter_rows(named=True)):
            letters = "C" if row["kind"] == "total" else "B"
            formula = expected[place]
            if formula:
                yield LiveCheck(
                    f"Bridge: {row['label']}",
                    area.cell(letters, area.first + place),
                    formula,
                    row["amount"],
                    row["amount"],
                    "Bridge / rows",
                )
        steps = bridge.height - 1
        now, then = area.column("C", area.first + 1), area.column("C", last=area.last - 1)
        change = area.column("B", area.first + 1)
        count = Decimal(steps)
        yield LiveCheck(
            "Bridge: steps that start where the last one ended",
            f"ROWS({change})",
            f"SUMPRODUCT(--(ABS({now}-{then}-{change})<{formulas.near}))",
            count,
            count,
            "Bridge / itself",
            counts=True,
        )
        if counted is not None:
            formula, number = counted
            yield LiveCheck(
                "Bridge: lines of its steps", f"SUM({area.column('D')})", formula,
                Decimal(number), Decimal(number), "Bridge / rows", counts=True,
            )  # fmt: skip
        yield from _texts(formulas, area)
    for label, name, cell, value in formulas.places.shares:
        formula = formulas.sum(name) if name else None
        if name == "other":
            formula = formulas.sums(OTHER_CUTS)
        elif name.startswith("-"):
            formula = formulas.sums((("-", name[1:]),))
        elif name == "beyond":
            formula = formulas.sums(HEADLINE["Patients owe beyond it"])
        if formula:
            yield LiveCheck(
                f"Bridge, who bears it: {label}", cell, formula, value, value, "Bridge / lines"
            )


def _texts(formulas: Formulas, area: Area) -> Iterator[LiveCheck]:
    """Hold the labels of the steps that are drawn; the page's own are held with its texts."""
    bridge, places = formulas.figures.bridge, formulas.places
    texts = [
        (drawn.column(column_letters(column)), bridge["label"][begins:])
        for drawn, column, begins in places.waterfalls
        if drawn.sheet == area.sheet
    ]
    yield from texts_held(f"{area.sheet}, the chart", texts, {})


def _bridge_formulas(formulas: Formulas) -> list[str | None]:
    """Give each row of the bridge as the rows make it; None where no sheet can."""
    charge, allowed = formulas.of_lines("charge_amount"), formulas.of_lines("allowed_amount")
    fee, status = formulas.of_lines("fee_schedule_amount"), formulas.of_lines("status")
    rule, change = formulas.of_steps("rule"), formulas.of_steps("change_amount")
    statuses = {in_words(each): each for each in STATUSES}
    priced = formulas.figures.lines.filter(pl.col("allowed_amount").is_not_null())
    uncharged = priced.filter(pl.col("charge_amount").is_null())
    of_rules = formulas.changes_of_rules()
    found: list[str | None] = []
    for row in formulas.figures.bridge.iter_rows(named=True):
        label, name, amount = row["label"], row["rule"], row["amount"]
        formula = None
        if row["kind"] == "total":
            ends = {formulas.shown(end): amount for end, amount in ENDS.items()}
            if label in ends:
                formula = formulas.sum(ends[label])
            elif fee and allowed and total(priced["fee_schedule_amount"]) == amount:
                formula = f'SUMIFS({fee},{allowed},"<>")'
        elif label in statuses and not name and charge and status and allowed:
            formula = f'-SUMIFS({charge},{status},{formulas.status(statuses[label])},{allowed},"=")'
        elif label == "Billed without a charge" and fee and charge and allowed:
            if total(uncharged["fee_schedule_amount"]) == amount:
                formula = _uncharged(f"SUMIFS({fee},", charge, allowed)
        elif name == "fee_schedule_amount" and fee and charge and allowed:
            fees = total(priced["fee_schedule_amount"]) - total(uncharged["fee_schedule_amount"])
            if fees - total(priced["charge_amount"]) == amount:
                fees_of = f'SUMIFS({fee},{charge},"<>",{allowed},"<>")'
                formula = f'{fees_of}-SUMIFS({charge},{allowed},"<>")'
        elif label == "All rules" and charge and allowed:
            formula = f'SUM({allowed})-SUMIFS({charge},{allowed},"<>")'
        elif name in TAKEN_BY:
            formula = formulas.sums(TAKEN_BY[name])
        elif name and rule and change and of_rules.get(name) == amount:
            formula = f"SUMIFS({change},{rule},{formulas.rule(name)})"
        found.append(formula)
    return found


def _bridge_counts(formulas: Formulas) -> tuple[str, int] | None:
    """Give the lines of all steps together as the rows make them."""
    lines, status = formulas.count(formulas.lines), formulas.of_lines("status")
    charge, allowed = formulas.of_lines("charge_amount"), formulas.of_lines("allowed_amount")
    rule, change = formulas.of_steps("rule"), formulas.of_steps("change_amount")
    if not (lines and status and charge and allowed and rule and change):
        return None
    statuses = {in_words(each): each for each in STATUSES}
    moved = formulas.figures.adjustments.filter(pl.col("change_amount") != 0)
    by_rule = dict(moved.group_by("rule").agg(pl.len()).rows())
    parts = []
    for row in formulas.figures.bridge.iter_rows(named=True):
        label, name = row["label"], row["rule"]
        if row["kind"] == "total":
            part: str | None = lines if label == CHARGES else f'COUNTIFS({allowed},"<>")'
        elif label in statuses and not name:
            part = f'COUNTIFS({status},{formulas.status(statuses[label])},{allowed},"=")'
        elif label == "Billed without a charge":
            part = _uncharged("COUNTIFS(", charge, allowed)
        elif name == "fee_schedule_amount":
            part = f'COUNTIFS({charge},"<>",{allowed},"<>")'
        elif name in TAKEN_BY and name != "therapy_assistant":
            ((_, taken),) = TAKEN_BY[name]
            of_taken = formulas.of_lines(taken)
            # What MIPS moves may be less than nothing.
            signs = (f'COUNTIFS({of_taken},"{sign}0")' for sign in (">", "<"))
            part = "+".join(signs) if of_taken else None
        elif name == "therapy_assistant":
            part = f"COUNTIFS({rule},{formulas.rule(name)})"
        elif by_rule.get(name, 0) == row["lines"]:
            part = f'COUNTIFS({rule},{formulas.rule(name)},{change},"<>0",{change},"<>")'
        else:
            part = None
        if part is None:
            return None
        parts.append(part)
    return "+".join(parts), int(formulas.figures.bridge["lines"].sum())


def _uncharged(opening: str, charge: str, allowed: str) -> str:
    """Add up lines that have an amount and no charge, by a function whose `opening` is given.

    Told by taking off: LibreOffice's criterion "=" leaves blank cells out below the last that is
    filled.
    """
    return f'{opening}{allowed},"<>")-{opening}{charge},"<>",{allowed},"<>")'
