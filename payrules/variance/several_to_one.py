"""Lines that are not answered one by one: in parts, together, twice, or bundled into one code."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from payrules.variance.expected import ExpectedLine
from payrules.variance.paid import PayerAdjudicatedLine, thousandths

BUNDLED = frozenset(("97", "234", "B15"))
#: The modifiers of a service to both sides, and to one of them.
BOTH_SIDES, SIDES = "50", frozenset(("RT", "LT"))


@dataclass(slots=True)
class LinePair:
    """Claim lines and the payer lines that answer them, and the rule that put them together."""

    lines: list[ExpectedLine]
    paid: list[PayerAdjudicatedLine]
    method: str
    group: str | None = None


@dataclass(slots=True)
class LineMatches:
    """The pairs of a claim, and what is left over on either side."""

    pairs: list[LinePair] = field(default_factory=list)
    lines: list[ExpectedLine] = field(default_factory=list)
    paid: list[PayerAdjudicatedLine] = field(default_factory=list)


def take(left: LineMatches, pair: LinePair) -> None:
    """Take a pair out of what is left over."""
    left.pairs.append(pair)
    taken = {id(each) for each in (*pair.lines, *pair.paid)}
    left.lines = [each for each in left.lines if id(each) not in taken]
    left.paid = [each for each in left.paid if id(each) not in taken]


def bundles(paid: Iterable[PayerAdjudicatedLine]) -> dict[str, list[PayerAdjudicatedLine]]:
    """Give payer lines that were paid together as one code, by that code."""
    by_code: dict[str, list[PayerAdjudicatedLine]] = defaultdict(list)
    for each in paid:
        if each.code:
            by_code[each.code].append(each)
    return {
        code: group
        for code, group in by_code.items()
        if len(group) > 1
        and any(each.original_code not in {None, code} for each in group)
        and any(
            each.paid == 0 and not each.allowed and BUNDLED & {c for _, c, _ in each.adjustments}
            for each in group
        )
    }


def pair_splits(left: LineMatches, in_bundle: dict[int, str]) -> None:
    """Pair a line with several payer lines, and several lines with the one that adds them up."""
    _pair_by_control(left, in_bundle)
    for of_line, of_paid in _SERVICES:
        _pair_by_code(left, in_bundle, of_line, of_paid)


def _pair_by_control(left: LineMatches, in_bundle: dict[int, str]) -> None:
    """Pair a line with several payer lines that bear its number."""
    by_control: dict[str, list[PayerAdjudicatedLine]] = defaultdict(list)
    for each in left.paid:
        if each.control and id(each) not in in_bundle:
            by_control[each.control].append(each)
    of_control: dict[str, list[ExpectedLine]] = defaultdict(list)
    for line in left.lines:
        if line.control:
            of_control[line.control].append(line)
    for control, parts in by_control.items():
        lines = of_control.get(control, [])
        if len(parts) > 1 and len(lines) == 1:
            adds_up = sum(each.charge for each in parts) == lines[0].charge
            # Samples repeat a number on every line: then it tells nothing.
            if adds_up or len(by_control) > 1 or len(left.lines) == 1:
                take(left, LinePair(lines, parts, "split"))


#: What tells a service, with its modifiers first: of two sides one may be answered twice.
_SERVICES: tuple[
    tuple[Callable[[ExpectedLine], Hashable], Callable[[PayerAdjudicatedLine], Hashable]], ...
] = (
    (
        lambda line: (line.code, line.date, frozenset(line.modifiers)),
        lambda paid: (paid.sent_as[0], paid.date, paid.sent_as[1]),
    ),
    (lambda line: (line.code, line.date), lambda paid: (paid.sent_as[0], paid.date)),
)


def _pair_by_code(
    left: LineMatches,
    in_bundle: dict[int, str],
    of_line: Callable[[ExpectedLine], Hashable],
    of_paid: Callable[[PayerAdjudicatedLine], Hashable],
) -> None:
    """Pair a line with payer lines of its code that add up to it or answer it again, or so back."""
    ours: dict[Hashable, list[ExpectedLine]] = defaultdict(list)
    theirs: dict[Hashable, list[PayerAdjudicatedLine]] = defaultdict(list)
    for line in left.lines:
        ours[of_line(line)].append(line)
    for each in left.paid:
        if id(each) not in in_bundle:
            theirs[of_paid(each)].append(each)
    for key, parts in theirs.items():
        billed = ours.get(key, [])
        if len(billed) == 1 < len(parts):
            line = billed[0]
            is_whole = _are_parts(line, parts) or _are_sides_again(line, parts)
            if is_whole or _are_repeats(line, parts, left):
                take(left, LinePair(billed, parts, "split"))
        elif len(parts) == 1 < len(billed) and _is_of_all(parts[0], billed):
            take(left, LinePair(billed, parts, "bundle", parts[0].code))


def _are_parts(line: ExpectedLine, parts: Sequence[PayerAdjudicatedLine]) -> bool:
    """Tell whether payer lines add up to a line; of both sides (50) a part may be a unit, too."""
    units = sum(thousandths(each.original_units) for each in parts)
    of_sides = len(parts) == len(SIDES) and BOTH_SIDES in line.modifiers
    return sum(each.charge for each in parts) == line.charge and (units == line.units or of_sides)


def answer_again(line: ExpectedLine, parts: Sequence[PayerAdjudicatedLine]) -> bool:
    """Tell whether each of several payer lines answers the whole charge of a line."""
    return len(parts) > 1 and all(each.charge == line.charge for each in parts)


def is_more_than_billed(line: ExpectedLine, parts: Sequence[PayerAdjudicatedLine]) -> bool:
    """Tell whether payer lines of one decision answer more than a line charges."""
    return answer_again(line, parts) or (
        len(parts) > 1 and sum(each.charge for each in parts) > (line.charge or 0)
    )


def _are_repeats(
    line: ExpectedLine, parts: Sequence[PayerAdjudicatedLine], left: LineMatches
) -> bool:
    """Tell whether payer lines of one decision each answer the whole of a line, as billed.

    Decision: what comes back more often than it was billed is all of the one line: each amount
    counts once, and what was paid twice is told. It is not where another line of the code and day
    has the same charge, and its modifiers alone were left out; nor where the numbers that come back
    are those of several lines.
    """
    service = line.code, line.date, line.charge
    billed = sum((one.code, one.date, one.charge) == service for one in left.lines)
    answered = sum((one.sent_as[0], one.date, one.charge) == service for one in left.paid)
    numbers = {one.control or str(one.number) for one in left.lines}
    if answered <= billed or len(numbers & {each.control for each in parts}) > 1:
        return False
    as_billed = (line.code, frozenset(line.modifiers)), line.units
    is_one_decision = len({each.claim for each in parts}) == 1
    return (
        is_one_decision
        and answer_again(line, parts)
        and all((each.sent_as, thousandths(each.original_units)) == as_billed for each in parts)
    )


def _are_sides_again(line: ExpectedLine, parts: Sequence[PayerAdjudicatedLine]) -> bool:
    """Tell whether payer lines of one decision are the sides of a line (50), one more than once."""
    sides: dict[frozenset[str], set[int]] = defaultdict(set)
    for each in parts:
        sides[each.sent_as[1] & SIDES].add(each.charge)
    return (
        BOTH_SIDES in line.modifiers
        and len({each.claim for each in parts}) == 1
        and set(map(len, sides)) == {1}
        and len(sides) == len(SIDES) < len(parts)
        and all(len(charges) == 1 for charges in sides.values())
        and sum(sum(charges) for charges in sides.values()) == line.charge
    )


def _is_of_all(paid: PayerAdjudicatedLine, lines: Sequence[ExpectedLine]) -> bool:
    """Tell whether a payer line answers several lines of its code: those of two sides, as a rule.

    Decision: they are compared as a group, since nothing says what is paid for which.
    """
    units = thousandths(paid.original_units)
    of_sides = len(lines) == len(SIDES) and BOTH_SIDES in paid.sent_as[1]
    return 0 < paid.charge == sum(line.charge or 0 for line in lines) and (
        units == sum(line.units for line in lines) or of_sides
    )


def put_bundles_together(left: LineMatches, in_bundle: dict[int, str]) -> None:
    """Compare what was paid as one code as one group."""
    groups: dict[str, LinePair] = {}
    kept = []
    for pair in left.pairs:
        code = next((in_bundle[id(each)] for each in pair.paid if id(each) in in_bundle), None)
        if code is None:
            kept.append(pair)
            continue
        group = groups.setdefault(code, LinePair([], [], "bundle", code))
        group.lines += pair.lines
        group.paid += pair.paid
    left.pairs = [*kept, *groups.values()]


def add_free_lines(left: LineMatches) -> None:
    """Put a payer's own line without a charge to the pair of its code."""
    for each in list(left.paid):
        if each.charge == 0:
            own = [pair for pair in left.pairs if any(p.code == each.code for p in pair.paid)]
            if len(own) == 1:
                own[0].paid.append(each)
                left.paid.remove(each)
