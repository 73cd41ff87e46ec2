"""Lines of the sides of one service, of which the payer allowed as much in sum, otherwise shared.

The second side is paid in part, and a payer may take either for the second, pay each at the same
part, or all on one line. Decision: where the lines of both sides of one code and day in a claim
differ by side alone, one of them is short by what another has too much, and all together come to
what is expected within the tolerance, they are compared as a group: nothing is due and nothing to
be given back, and the group says that the payer shared it out otherwise. A line that is denied is
one of them only where the payer says that another line holds its payment, or repeats it: any other
denial stands by itself, with its day to appeal by.
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
from payrules.variance.several_to_one import BUNDLED, LinePair

#: Which side a line is of, and that it is one of its own: beside a side neither changes what all
#: are paid together.
_OF_SIDES = frozenset(("RT", "LT", "59", "XE", "XP", "XS", "XU"))
_SIDES = frozenset(("RT", "LT"))
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
        line = each.lines[0]
        of_a_side = not _SIDES.isdisjoint(line.modifiers) and not _is_denied_by_itself(each)
        if each.level == "line" and each.status in _TOLD and of_a_side:
            modifiers = frozenset(line.modifiers) - _OF_SIDES
            of_service[line.code, line.date, modifiers].append(each)
        else:
            found.append(each)
    for own in of_service.values():
        whole = _whole(own, again)
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
    if not all(any(side in line.modifiers for line in lines) for side in _SIDES):
        return None
    paid = [line for each in own for line in each.paid_lines]
    methods = dict.fromkeys(each.method for each in own)
    whole = again(LinePair(lines, paid, next(iter(methods)), lines[0].code))
    if whole.status != PAID_AS_EXPECTED:
        return None
    whole.notes.append(OTHERWISE_SHARED)
    return whole


def of_sides_unlike(paired: pl.DataFrame) -> pl.Series:
    """Give the claims, of lines compared in columns, that may have such lines.

    Those are looked at one by one.
    """
    status = pl.col("variance_status")
    differ = paired.select("claim", "code", "date", "variance_status").filter(
        status.is_in([*_SHORT, OVERPAID])
    )
    both = differ.group_by("claim", "code", "date").agg(
        over=(status == OVERPAID).any(), short=(status != OVERPAID).any()
    )
    return both.filter(pl.col("over") & pl.col("short"))["claim"].unique()
