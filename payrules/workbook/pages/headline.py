"""The headline of a batch: the allowed amount, who pays it, what to look at, the checks."""

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from payrules.counted import counted
from payrules.payers.left_open import BESIDE_PAYER
from payrules.runs.settled import BONUS
from payrules.runs.who_paid import as_named
from payrules.workbook.coinsurance import beside_patients
from payrules.workbook.figures import Figures
from payrules.workbook.figures.cuts import named_cuts
from payrules.workbook.figures.totals import HEADLINE_AMOUNTS, ZERO, added, total
from payrules.workbook.live_checks.amounts import ALLOWED, CUT_BY, PATIENTS, SINCE_LAST
from payrules.workbook.pages.front import HeadlineRow

#: No headline lists more payers.
_MOST_PAYERS = 10


def headline_rows(figures: Figures) -> list[HeadlineRow]:
    """Give the answer: the allowed amount, who pays it, the charges, what to do, the checks."""
    totals = figures.totals
    charges, allowed = totals["charge_amount"], totals["allowed_amount"]
    of_patient = totals["deductible_amount"] + totals["coinsurance_amount"]
    cuts = allowed - totals["medicare_amount"] - of_patient
    unknown = beside_patients(figures.no_coinsurance.of_files)
    share = f"{100 * allowed / charges:.1f} % of charges" if charges else ""
    lines, uncharged = figures.lines.height, figures.lines["charge_amount"].null_count()
    rows = [
        HeadlineRow(ALLOWED, allowed, share or counted(lines, "line"), strong=True),
        HeadlineRow(figures.pays, totals["medicare_amount"], _of_one_payer(figures), indent=1),
        *_each_payer(figures),
        HeadlineRow(PATIENTS, of_patient, f"deductible and coinsurance{unknown}", indent=1),
    ]
    has_one = figures.has_sequestration
    if has_one or cuts or any(totals.get(name) for name in CUT_BY):
        # No other payer than Medicare's plans has a sequestration: then there is nothing to show.
        name = named_cuts(sequestration=has_one)
        rows.append(HeadlineRow(name, cuts, _who_pays_cuts(figures, cuts), indent=1))
    if figures.unassigned_amount:
        words = "assignment not accepted: up to the limiting charge"
        if _has_first_payers(figures):
            words += "; less where another payer paid first"
        rows.append(
            HeadlineRow("Patients owe beyond it", figures.unassigned_amount, words, indent=1)
        )
    if uncharged < lines or not lines:
        words = counted(lines, "line")
        words += f", {uncharged:,} of them without a charge" if uncharged else ""
        not_allowed = "reductions, denials, lines without an amount"
        rows += [
            HeadlineRow("Charges", charges, words, after_space=True),
            HeadlineRow("Not allowed", allowed - charges, not_allowed),
        ]
    rows += _since_last_time(figures)
    for label, amount in beside_the_claims(figures):
        rows.append(HeadlineRow(label, amount, "paid beside the claims, in no other figure"))
    at_stake = f"at stake on {counted(figures.to_review.height, 'line')}"
    if figures.to_review.filter(pl.col("status") != "priced")["at_stake_amount"].count():
        at_stake += "; unpaid ones at the fee before contract, one side"
    rows.append(HeadlineRow("To review", totals["at_stake_amount"], at_stake, after_space=True))
    if rejected := figures.results.rejects.height:
        words = f"charges on {counted(rejected, 'row')} that were not priced"
        if unread := figures.rejected_charges.null_count():
            why = "left out" if figures.run.privacy else "not readable"
            words += f"; {why} and counted as 0.00 on {unread:,} of them"
        rows.append(HeadlineRow("Rejected rows", total(figures.rejected_charges), words))
    failed = sum(bool(check.difference) for check in figures.checks)
    # A page that has no formulas says these; a workbook counts all of its own checks instead.
    every = counted(len(figures.checks), "check")
    words = f"{len(figures.checks) - failed} of {every} of totals hold; a workbook has more"
    rows.append(HeadlineRow("Checks (must read 0)", Decimal(failed), words, is_check=True))
    return rows


def _of_one_payer(figures: Figures) -> str:
    """Say what stands beside what the only payer pays."""
    is_alone = figures.paid_by_payer.height < 2
    return BESIDE_PAYER if is_alone and figures.no_coinsurance.of_files else ""


def _each_payer(figures: Figures) -> list[HeadlineRow]:
    """Give what each payer pays, who allows most first, where a batch has several."""
    paid = figures.paid_by_payer
    if paid.height < 2:
        return []
    given = {as_named(each.name) for each in figures.run.every_payer}
    first = as_named(figures.run.payer.name)
    unsaid = figures.no_coinsurance.of_lines
    rows = []
    for each in paid.head(_MOST_PAYERS).iter_rows(named=True):
        words = _allowed_on(each["allowed_amount"], each["lines"])
        if each["payer_name"] not in given:
            words += f"; not given, so priced as {first}"
        if each["payer_name"] in unsaid:
            words += f"; {BESIDE_PAYER}"
        rows.append(
            HeadlineRow(each["payer_name"], each["medicare_amount"], words, indent=2, of_payer=True)
        )
    rest = paid[_MOST_PAYERS:]
    if rest.height:
        words = _allowed_on(added(rest["allowed_amount"]), int(rest["lines"].sum()))
        label = f"{counted(rest.height, 'payer')} more"
        amount = added(rest["medicare_amount"])
        rows.append(HeadlineRow(label, amount, words, indent=2, of_payer=True))
    return rows


def _allowed_on(allowed: Decimal | None, lines: int) -> str:
    """Say what is allowed on so many lines, or that none of them has an amount."""
    of_lines = counted(lines, "line")
    if allowed is None:
        return f"no amount on {of_lines}"
    return f"of {allowed:,.2f} allowed on {of_lines}"


def _who_pays_cuts(figures: Figures, cuts: Decimal) -> str:
    """Say who bears what is neither the payer's nor the patient's."""
    if not _has_first_payers(figures):
        return "nobody pays these"
    part = figures.totals["primary_payer_adjustment"]
    if part == cuts:
        return "another payer's part"
    return f"{part:,} of it another payer's part; nobody pays the rest"


def _since_last_time(figures: Figures) -> list[HeadlineRow]:
    """Say by what the allowed amount is another than that of the pack it is compared with."""
    if figures.changes is None:
        return []
    last, *_, now = figures.changes.steps
    place = HEADLINE_AMOUNTS.index("allowed_amount")
    before, after = (step.amounts[place] or ZERO for step in (last, now))
    words = f"allowed, from {before:,.2f} to {after:,.2f}: see what changed since last time"
    return [HeadlineRow(SINCE_LAST, after - before, words, after_space=True)]


def beside_the_claims(figures: Figures) -> Iterator[tuple[str, Decimal]]:
    """Name what Medicare pays beside the claims, where that was asked for, and how much it is."""
    for name, amount in (figures.run.settlement or {}).items():
        year = name.removeprefix("apm_incentive_amount_")
        label = "HPSA bonus" if name == BONUS else f"APM incentive of {year}"
        yield label, Decimal(amount)


def _has_first_payers(figures: Figures) -> bool:
    """Whether another payer paid first on any line."""
    return figures.lines["primary_payer_adjustment"].count() > 0
