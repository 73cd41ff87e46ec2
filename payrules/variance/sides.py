"""Lines of the sides of one service, of which the payer allowed as much in sum, otherwise shared.

The second side is paid in part, and a payer may take either for the second, pay each at the same
part, or all on one line. Decisions:

* Where the lines of both sides of one code and day in a claim differ by side alone, one of them is
  short by what another has too much, and all together come to what is expected, to the cent a line,
  they are compared as a group: nothing is due and nothing to be given back, and the group says that
  the payer shared it out otherwise.
* Beside a side may stand what changes neither what the service is nor what all are paid together:
  that it comes after others (51), was done again (76, 77), or meets a policy (KX). A line of its
  own (59, XE, XP, XS, XU) is one of them on the other side, and on the same one another service.
* Lines of one side that differ by these alone are such a group only where each is allowed what
  another of them was to be: the payer ranked them otherwise. A sum that agrees by chance is none.
* A line of several units is no side, and stands by itself.
* A line that is denied is one of them only where the payer says that another line holds its
  payment, or repeats it: any other denial stands by itself, with its day to appeal by. Columns of a
  batch say no such thing.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable

import polars as pl

from payrules.variance.comparison import (
    DENIED,
    OVERPAID,
    PAID_AS_EXPECTED,
    UNDERPAID,
    PaymentComparison,
)
from payrules.variance.paid import ONE_UNIT
from payrules.variance.several_to_one import BUNDLED, SIDES, LinePair

#: What may stand beside a side without another service being meant, and a line of its own.
_BESIDE = frozenset(("51", "76", "77", "KX"))
_OF_ITS_OWN = frozenset(("59", "XE", "XP", "XS", "XU"))
_SHORT = frozenset((UNDERPAID, DENIED))
#: Bundled into another line, or repeated: what else denies a line is no sharing out.
_HELD_ELSEWHERE = frozenset((*BUNDLED, "18"))
_TOLD = frozenset((*_SHORT, OVERPAID, PAID_AS_EXPECTED))
OTHERWISE_SHARED = (
    "the payer shared the amount out among these lines otherwise, and allowed as much in sum"
)


def sides_together(
    made: Iterable[PaymentComparison], again: Callable[[LinePair], PaymentComparison]
) -> list[PaymentComparison]:
    """Put lines of a claim together whose differences make each other up; `again` compares them."""
    of_service: dict[Hashable, list[PaymentComparison]] = defaultdict(list)
    found = []
    for each in made:
        if _is_of_a_side(each):
            of_service[_service(each, SIDES | _BESIDE | _OF_ITS_OWN)].append(each)
        else:
            found.append(each)
    for own in of_service.values():
        whole = _whole(own, again) if _are_both(own) else None
        found += _ranked(own, again) if whole is None else [whole]
    return found


def _is_of_a_side(each: PaymentComparison) -> bool:
    """Tell whether a comparison is of a line of one side that may be one of several."""
    line = each.lines[0]
    return (
        each.level == "line"
        and each.status in _TOLD
        and line.units == ONE_UNIT
        and not SIDES.isdisjoint(line.modifiers)
        and not _is_denied_by_itself(each)
    )


def _service(each: PaymentComparison, beside: Collection[str]) -> Hashable:
    """Tell a service apart from others, whatever modifiers of some stand `beside` it."""
    line = each.lines[0]
    return line.code, line.date, frozenset(line.modifiers).difference(beside)


def _are_both(own: Collection[PaymentComparison]) -> bool:
    """Tell whether lines are of both sides."""
    return all(any(side in each.lines[0].modifiers for each in own) for side in SIDES)


def _ranked(
    made: Iterable[PaymentComparison], again: Callable[[LinePair], PaymentComparison]
) -> list[PaymentComparison]:
    """Put lines of one side together that are allowed what others of them were to be."""
    of_side: dict[Hashable, list[PaymentComparison]] = defaultdict(list)
    for each in made:
        of_side[_service(each, _BESIDE)].append(each)
    found = []
    for own in of_side.values():
        expected = sorted(each.expected_allowed or 0 for each in own)
        allowed = sorted(each.payer.allowed for each in own if each.payer)
        is_ranked = all(abs(one - other) <= 1 for one, other in zip(expected, allowed, strict=True))
        whole = _whole(own, again) if is_ranked else None
        found += own if whole is None else [whole]
    return found


def _is_denied_by_itself(each: PaymentComparison) -> bool:
    """Tell of a denied line that no code says where its payment is."""
    codes = {carc for _, carc in each.payer.codes} if each.payer else set()
    return each.status == DENIED and not codes & _HELD_ELSEWHERE


def _whole(
    own: Collection[PaymentComparison], again: Callable[[LinePair], PaymentComparison]
) -> PaymentComparison | None:
    """Compare lines as one where that is as expected, and they by themselves are not."""
    statuses = {each.status for each in own}
    if OVERPAID not in statuses or not _SHORT & statuses:
        return None
    lines = [line for each in own for line in each.lines]
    paid = [line for each in own for line in each.paid_lines]
    methods = dict.fromkeys(each.method for each in own)
    whole = again(LinePair(lines, paid, next(iter(methods)), lines[0].code))
    # What rounding each line may leave, whatever else is tolerated.
    if whole.status != PAID_AS_EXPECTED or abs(whole.allowed_variance or 0) > len(lines):
        return None
    whole.notes.append(OTHERWISE_SHARED)
    return whole


def of_sides_unlike(paired: pl.DataFrame) -> pl.Series:
    """Give the claims, of lines compared in columns, that may have such lines.

    Those are looked at one by one.
    """
    status = pl.col("variance_status")
    differ = paired.select("claim", "code", "date", "modifiers", "variance_status").filter(
        status.is_in([*_SHORT, OVERPAID]) & pl.col("modifiers").str.contains("RT|LT")
    )
    both = differ.group_by("claim", "code", "date").agg(
        over=(status == OVERPAID).any(), short=(status != OVERPAID).any()
    )
    return both.filter(pl.col("over") & pl.col("short"))["claim"].unique()
