"""Pairs claim lines with what was paid for them and taken back again, so that the sum nets.

A payer line that takes one back goes with the line that it takes back; where that one is not in the
files, with the claim line that it would be of were its amounts not negative.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from payrules.variance.amounts import has_money
from payrules.variance.expected import ExpectedLine
from payrules.variance.matching import match_lines
from payrules.variance.netting import NettedClaim, takes_all_back, takes_line_back
from payrules.variance.paid import PayerAdjudicatedLine, PayerClaim
from payrules.variance.several_to_one import LineMatches
from payrules.x12.values import dollars

ADDED_UP = "decided more than once without a reversal: the amounts are added"


def match_netted(lines: Sequence[ExpectedLine], netted: NettedClaim) -> LineMatches:
    """Pair a claim's lines with the payer lines that stand, and with those not taken back whole.

    A line that nothing else answers is paired with what was taken back of it, last: it shows that
    it was paid once.
    """
    paid, stands_for = _once(lines, netted.standing)
    gone: list[PayerAdjudicatedLine] = []
    for original, reversal in netted.shown:
        left = [] if original is None else [*original.lines]
        for line in reversal.lines:
            own = _taken_back_by(line, left)
            if own is None:
                own = _turned(line)
                paid.append(own)
                stands_for[id(own)] = [line]
                continue
            left = [each for each in left if each is not own]
            stands_for[id(own)] = [own, line]
            if takes_line_back(line, own):
                gone.append(own)
            elif (now := _decided_anew(own, paid, stands_for)) is not None:
                # What is left over of the earlier decision is added to the later one's.
                stands_for[id(now)] = [own, line, *stands_for.get(id(now), [now])]
            else:
                paid.append(own)
        paid += left
    found = _matched(lines, paid)
    if gone and found.lines:
        of_gone = match_lines(found.lines, gone)
        found.pairs += of_gone.pairs
        found.lines = of_gone.lines
    if stands_for:
        for pair in found.pairs:
            pair.paid = _in_place(pair.paid, stands_for)
        found.paid = _in_place(found.paid, stands_for)
    return found


def taken_back_of(lines: Sequence[ExpectedLine], netted: NettedClaim) -> set[int]:
    """Give the rows of a claim's lines that were answered, and of which nothing stands.

    A line that none of the answers taken back held was never paid: nobody answered it.
    """
    if netted.current is not None:
        return set()
    found: set[int] = set()
    for original, _ in netted.reversed:
        if original is None or not original.lines:
            return {line.row for line in lines}
        pairs = match_lines(lines, original.lines).pairs
        found |= {line.row for pair in pairs for line in pair.lines}
    return found


def _matched(lines: Sequence[ExpectedLine], paid: Sequence[PayerAdjudicatedLine]) -> LineMatches:
    """Pair lines with what several decisions say of them: what one leaves over, another may answer.

    What is left over once all are looked at together is so since decisions answer one line twice:
    then they are looked at one by one, and their amounts are added.
    """
    found = match_lines(lines, paid)
    decisions = dict.fromkeys(each.claim for each in paid)
    if len(decisions) < 2:
        return found
    heard = {each.claim for pair in found.pairs for each in pair.paid}
    if unheard := [each for each in found.paid if heard and each.claim not in heard]:
        # The parts of a line may stand in several decisions.
        _add(found, match_lines(lines, unheard))
    for decision in decisions:
        own = [each for each in found.paid if each.claim == decision]
        if own:
            told = {
                id(line)
                for pair in found.pairs
                if any(each.claim == decision for each in pair.paid)
                for line in pair.lines
            }
            _add(found, match_lines([each for each in lines if id(each) not in told], own))
    return found


def _add(found: LineMatches, more: LineMatches) -> None:
    """Add pairs to those of the same lines; a pair of lines of several others is none."""
    of_line = {id(line): pair for pair in found.pairs for line in pair.lines}
    for pair in more.pairs:
        known = {id(of_line[id(line)]) for line in pair.lines if id(line) in of_line}
        is_new = not known
        if not is_new and (len(known) > 1 or any(id(line) not in of_line for line in pair.lines)):
            continue
        if is_new:
            found.pairs.append(pair)
            of_line.update((id(line), pair) for line in pair.lines)
        else:
            of_line[id(pair.lines[0])].paid += pair.paid
        taken = {id(each) for each in pair.paid}
        answered = {id(line) for line in pair.lines}
        found.paid = [each for each in found.paid if id(each) not in taken]
        found.lines = [each for each in found.lines if id(each) not in answered]


def _once(
    lines: Sequence[ExpectedLine], standing: Sequence[PayerClaim]
) -> tuple[list[PayerAdjudicatedLine], dict[int, list[PayerAdjudicatedLine]]]:
    """Give the lines that stand, one paid again by a later adjudication once, and what it is of.

    A later adjudication without a reversal adds to an earlier one, line by line: so it is where a
    line comes back as often as it was never billed. Decision: of lines that nothing tells apart one
    of which nothing was allowed is decided anew first, where not all of them come back.
    """
    paid = [line for each in standing for line in each.lines]
    if len(standing) < 2:
        return paid, {}
    billed: Counter[tuple[object, ...]] = Counter(
        (line.code, frozenset(line.modifiers), line.date, line.charge) for line in lines
    )
    answered = Counter(_key(line) for line in paid)
    more = {key for key, times in answered.items() if 0 < billed[key] < times}
    if not more:
        return paid, {}
    first: list[PayerAdjudicatedLine] = []
    stands_for: dict[int, list[PayerAdjudicatedLine]] = {}
    for each in standing:
        before = [*first]
        counts = Counter((one.control, *_key(one)) for one in first)
        counts.subtract((one.control, *_key(one)) for one in each.lines)
        for line in each.lines:
            own = [one for one in before if _is_again(line, one)]
            if counts[line.control, *_key(line)] > 0 and has_money(line):
                own.sort(key=has_money)
            if not own or _key(line) not in more:
                first.append(line)
            else:
                before = [one for one in before if one is not own[0]]
                stands_for.setdefault(id(own[0]), [own[0]]).append(line)
    return first, stands_for


def said_now(
    paid: Sequence[PayerAdjudicatedLine], netted: NettedClaim
) -> tuple[list[PayerAdjudicatedLine], list[str]]:
    """Give what several decisions on a line came to, and what is to be noted of that.

    What a reversal takes back says nothing more where another decision stands, though it may not
    take back all amounts of it.
    """
    of_lines = {line.claim for line in paid}
    backs = [(one, back) for one, back in netted.unequal if back.number in of_lines]
    taken = {each.number for both in backs for each in both}
    standing = [line for line in paid if line.claim not in taken] or [*paid]
    now = latest_of(standing)
    notes = [ADDED_UP] if len(now) < len(standing) else []
    for one, back in backs:
        before = [line for line in paid if line.claim == one.number]
        after = [line for line in paid if line.claim == back.number]
        if not takes_all_back(after, before):
            notes.append(not_whole(sum(e.paid for e in before), sum(e.paid for e in after)))
    return now, notes


def left_over(
    paid: Sequence[PayerAdjudicatedLine], netted: NettedClaim, *, of_whole_claim: bool
) -> int:
    """Give what reversals left of what was paid on some payer lines, or on the whole claim."""
    if of_whole_claim:
        return sum(one.paid + back.paid for one, back in netted.unequal)
    of_lines = {line.claim for line in paid}
    backs = [both for both in netted.unequal if both[1].number in of_lines]
    taken = {each.number for both in backs for each in both}
    return sum(line.paid for line in paid if line.claim in taken)


def not_whole(paid: int, back: int) -> str:
    """Say that a reversal takes back other amounts than those that were decided."""
    told = f"{dollars(-back)} of the {dollars(paid)} paid" if paid != -back else "other amounts"
    return f"a reversal takes back {told}: see Checks; what is left over stays in the sums"


def latest_of(paid: Sequence[PayerAdjudicatedLine]) -> list[PayerAdjudicatedLine]:
    """Give what several decisions on a line came to: of each part of it the last says why."""
    if len(paid) < 2:
        return [*paid]
    last = {(line.control, *_key(line)): line.claim for line in paid}
    return [line for line in paid if line.claim == last[line.control, *_key(line)]]


def _key(line: PayerAdjudicatedLine) -> tuple[object, ...]:
    return (*line.sent_as, line.date, line.charge)


def _is_again(line: PayerAdjudicatedLine, earlier: PayerAdjudicatedLine) -> bool:
    return (line.control, *_key(line)) == (earlier.control, *_key(earlier))


def _decided_anew(
    line: PayerAdjudicatedLine,
    paid: Sequence[PayerAdjudicatedLine],
    stands_for: Mapping[int, Sequence[PayerAdjudicatedLine]],
) -> PayerAdjudicatedLine | None:
    """Give the line that stands for one, not taken back whole, by a later decision; the first."""
    return next(
        (
            each
            for each in paid
            if each.claim != line.claim
            and _is_again(each, line)
            and all(one.charge >= 0 for one in stands_for.get(id(each), ()))
        ),
        None,
    )


def _in_place(
    paid: Sequence[PayerAdjudicatedLine], stands_for: dict[int, list[PayerAdjudicatedLine]]
) -> list[PayerAdjudicatedLine]:
    return [line for each in paid for line in stands_for.get(id(each), [each])]


def _taken_back_by(
    line: PayerAdjudicatedLine, left: Sequence[PayerAdjudicatedLine]
) -> PayerAdjudicatedLine | None:
    """Give the line that one takes back: of the same code, the more alike the better."""
    same = [each for each in left if (each.code, each.date) == (line.code, line.date)]

    def alike(each: PayerAdjudicatedLine) -> tuple[bool, ...]:
        return (
            each.control == line.control,
            each.charge == -line.charge,
            each.modifiers == line.modifiers,
            each.paid == -line.paid,
        )

    return max(same, key=alike, default=None)


def _turned(line: PayerAdjudicatedLine) -> PayerAdjudicatedLine:
    """Give a line that takes another back as that other was, for it to be found by its charge."""
    return replace(
        line,
        charge=-line.charge,
        paid=-line.paid,
        units=line.units.removeprefix("-"),
        original_units=line.original_units.removeprefix("-"),
        allowed=None if line.allowed is None else -line.allowed,
        adjustments=[(group, carc, -amount) for group, carc, amount in line.adjustments],
    )
