"""Lines of one code and day that CMS's edit of unlikely units takes to 0.00, and the payer pays.

The edit counts the units of all lines together, and denies each of them where they are too many: a
line that was sent twice by slip, or two sides on a line each. Decisions:

* What lines come to together without the edit explains what all were allowed, however the payer
  shared it out among them.
* What is paid of several lines may be right, and their coding wrong: that is looked at before any
  is given back.
* Where the payer paid one of lines of one side, as much as it is due alone under all other
  rules, and denied the others, it did what the edit is for: nothing is given back. One that is not
  due alone either, as an add-on without its procedure, is given back as any other; of both sides
  the coding is looked at.
* Of the units of one line, of which the payer denied some by the edit, or paid fewer or less than
  were sent, those that it paid may be right, and the number sent wrong: that is looked at, too.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence

import polars as pl

from payrules.counted import counted
from payrules.variance.comparison import (
    DENIED,
    DENIED_AS_EXPECTED,
    OVERPAID,
    PaymentComparison,
)
from payrules.variance.paid import ONE_UNIT
from payrules.variance.several_to_one import SIDES
from payrules.variance.steps_more import allowed_by_payer
from payrules.variance.variants import paid_units
from payrules.x12.values import dollars

RULE = "unlikely_units"
LOOK = "look which coding is right before any is given back"
ONE_IS_PAID = (
    "one of the lines that are too many together is paid and the others are denied: as it would be"
    " if it was sent once, so nothing is given back"
)


def denied_together(
    comparisons: Sequence[PaymentComparison],
    rules_met: Callable[[Sequence[int]], Mapping[int, Collection[str]]],
) -> list[list[PaymentComparison]]:
    """Give lines that the edit denies together, of which some were paid; `rules_met` of rows."""
    of_service: dict[Hashable, list[PaymentComparison]] = defaultdict(list)
    for each in comparisons:
        line = each.lines[0]
        if _is_denied(each) and each.status in {OVERPAID, DENIED_AS_EXPECTED}:
            of_service[id(each.claim), line.code, line.date].append(each)
    several = [
        own
        for own in of_service.values()
        if len(own) > 1 and any(each.status == OVERPAID for each in own)
    ]
    met = rules_met([each.lines[0].row for own in several for each in own]) if several else {}
    return [own for own in several if all(RULE in met[each.lines[0].row] for each in own)]


def tell_denied_together(
    groups: Sequence[Sequence[PaymentComparison]],
    amounts_without: Callable[[str, Sequence[PaymentComparison]], Mapping[int, int]],
) -> None:
    """Write into lines that are denied together what explains their amounts, and what to do."""
    paid_of = [_paid(own) for own in groups]
    unlike = [paid for paid in paid_of if any(each.cause != RULE for each in paid)]
    asked = {
        id(each): each for paid in paid_of if len(paid) == 1 or paid in unlike for each in paid
    }
    amounts = amounts_without(RULE, [*asked.values()]) if asked else {}
    for paid in unlike:
        allowed = sum(map(allowed_by_payer, paid))
        whole = sum(amounts.get(each.lines[0].row, 0) for each in paid)
        if abs(whole - allowed) <= sum(each.tolerance for each in paid):
            for each in paid:
                each.cause, each.confidence = RULE, "exact"
                each.detail = (
                    f"{dollars(allowed)} of {counted(len(paid), 'line')} together is the amount"
                    f" without the rule {RULE.replace('_', ' ')}"
                )
    for own, paid in zip(groups, paid_of, strict=True):
        sides = {SIDES.intersection(each.lines[0].modifiers) for each in own}
        if len(sides) > 1 or len(paid) > 1:
            for each in paid:
                each.too_many = LOOK
        elif _is_due_alone(paid[0], amounts):
            paid[0].too_many = ONE_IS_PAID


def tell_denied_in_part(
    comparisons: Sequence[PaymentComparison],
    told_by: Callable[[PaymentComparison], Collection[str]],
    rules_met: Callable[[Sequence[int]], Mapping[int, Collection[str]]],
    amounts_without: Callable[[str, Sequence[PaymentComparison]], Mapping[int, int]],
) -> None:
    """Ask which number is right of lines of whose units the payer denied some as too many.

    `told_by` names the causes that the payer's codes speak of, `rules_met` the rules that rows met.
    """
    several = [
        each
        for each in comparisons
        if _is_denied(each) and each.status == OVERPAID and each.lines[0].units > ONE_UNIT
    ]
    met = rules_met([each.lines[0].row for each in several]) if several else {}
    several = [each for each in several if RULE in met[each.lines[0].row]]
    whole = amounts_without(RULE, several) if several else {}
    for each in several:
        line = each.lines[0]
        is_less = allowed_by_payer(each) < whole.get(line.row, 0) - each.tolerance
        if is_less or 0 < paid_units(each.paid_lines) < line.units or RULE in told_by(each):
            each.too_many = LOOK


def _is_denied(each: PaymentComparison) -> bool:
    """Tell whether we deny a line that is compared alone."""
    line = each.lines[0]
    return each.level == "line" and line.status == DENIED and line.allowed == 0


def _is_due_alone(paid: PaymentComparison, amounts: Mapping[int, int]) -> bool:
    """Tell whether what was paid is what the line comes to under all other rules."""
    line = paid.lines[0]
    is_due = abs(amounts.get(line.row, 0) - allowed_by_payer(paid)) <= paid.tolerance
    return is_due and line.units == ONE_UNIT  # several may be too many alone


def _paid(own: Sequence[PaymentComparison]) -> list[PaymentComparison]:
    return [each for each in own if each.status == OVERPAID]


def of_lines_denied(paired: pl.DataFrame) -> pl.Series:
    """Give the claims, of lines compared in columns, that may have such lines.

    Those are looked at one by one.
    """
    is_over = (pl.col("variance_status") == OVERPAID) & (pl.col("expected_allowed") == 0)
    asked = paired.select("claim").filter(paired.select(is_over).to_series())["claim"].unique()
    own = paired.filter(pl.col("claim").is_in(asked.implode()))
    services = own.group_by("claim", "code", "date").agg(many=pl.len(), over=is_over.any())
    return services.filter(pl.col("over") & (pl.col("many") > 1))["claim"].unique()
