"""Finds the claim of each payer claim, and the claim line of each payer line; how is written down.

A rule counts only where it finds exactly one; what is ambiguous stays unmatched, with the number of
candidates.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence, Set

from payrules.frozen import frozen
from payrules.variance.amounts import payer_amounts
from payrules.variance.expected import ExpectedClaim, ExpectedLine
from payrules.variance.paid import PayerAdjudicatedLine, PayerClaim, thousandths
from payrules.variance.several_to_one import (
    LineMatches,
    LinePair,
    add_free_lines,
    bundles,
    pair_splits,
    put_bundles_together,
    take,
)

AMBIGUOUS, NO_CLAIM = "ambiguous", "no_claim"
#: What answers a claim of the batch that could not be read.
REJECTED_CLAIM = "rejected_claim"
#: A receiver need keep no more of a claim's number. [X12's answer 525]
KEPT = 20
PATIENT_KEY = re.compile("-[0-9a-f]{8}")


@frozen
class ClaimMatch:
    """The claim of a payer claim and the rule that found it; without one how many came near."""

    claim: ExpectedClaim | None
    method: str
    candidates: int = 0


class ClaimIndex:
    """The claims of a batch, by what payers name them."""

    def __init__(self, claims: Sequence[ExpectedClaim], refused: Set[str] = frozenset()) -> None:
        self._refused = refused
        self._by_number: dict[str, list[ExpectedClaim]] = defaultdict(list)
        self._by_start: dict[str, list[ExpectedClaim]] = defaultdict(list)
        self._by_person: dict[tuple[str, int, str], list[ExpectedClaim]] = defaultdict(list)
        self._by_void: dict[str, list[ExpectedClaim]] = defaultdict(list)
        for claim in claims:
            self._by_number[claim.control].append(claim)
            if claim.voided_as:
                self._by_void[claim.voided_as].append(claim)
            if len(claim.control) > KEPT:
                self._by_start[claim.control[:KEPT]].append(claim)
            first = min(each.date for each in claim.lines)
            for person in {claim.person, PATIENT_KEY.sub("", claim.person)}:
                self._by_person[person, claim.charge, first].append(claim)

    def find(self, paid: PayerClaim) -> ClaimMatch:
        """Find the claim that a payer claim answers."""
        voided = self._by_void.get(paid.control or "", [])
        if len(voided) == 1:
            return ClaimMatch(voided[0], "replacement")
        every, method = self._by_number.get(paid.claim_id or "", []), "claim_id"
        if not every and paid.claim_id and len(paid.claim_id) == KEPT:
            every, method = self._by_start.get(paid.claim_id, []), "claim_id_20"
        old = [each for each in every if each.superseded]
        named = [each for each in every if not each.superseded]
        if old:
            return _of_replaced(paid, old, named or self._in_place_of(old))
        if len(named) > 1 and method == "claim_id":
            return self._of_several(paid, named)
        if named:
            return _the_one(named, method)
        if paid.claim_id in self._refused:
            # It answers a claim that was rejected: no other claim of the person is meant.
            return ClaimMatch(None, REJECTED_CLAIM)
        return _the_one(self._of_person(paid), "person_charge_date")

    def _in_place_of(self, old: Sequence[ExpectedClaim]) -> list[ExpectedClaim]:
        """Give the claims, of other numbers, that stand in the place of some."""
        numbers = dict.fromkeys(each.by for each in old if each.by)
        found = (each for number in numbers for each in self._by_number.get(number, []))
        return [each for each in found if not each.superseded]

    def _of_several(self, paid: PayerClaim, named: list[ExpectedClaim]) -> ClaimMatch:
        """Tell claims of one number apart by person and charge, then by a day in common."""
        own = [e for e in named if _is_person(e, paid) and e.charge == abs(paid.charge)]
        if len(own) > 1:
            dates = {line.date for line in paid.lines}
            own = [each for each in own if dates & {line.date for line in each.lines}]
        if len(own) == 1:
            return ClaimMatch(own[0], "claim_id_person")
        return ClaimMatch(None, AMBIGUOUS, len(named))

    def _of_person(self, paid: PayerClaim) -> list[ExpectedClaim]:
        first = paid.first_date
        if first is None:
            return []
        found: dict[str, ExpectedClaim] = {}
        for person in {paid.person, paid.corrected} - {None}:
            for each in self._by_person.get((str(person), abs(paid.charge), first), []):
                if each.lines[0].billing_npi == paid.payee_npi:
                    found[each.claim_id] = each
        return list(found.values())


def _of_replaced(
    paid: PayerClaim, old: list[ExpectedClaim], named: list[ExpectedClaim]
) -> ClaimMatch:
    """Tell the answer to a claim from that to its replacement: payers give both one number.

    [X12's answer 1945] Decision: where charge and line numbers are those of both, the payer's own
    number tells: the one that the replacement names (REF*F8) is the earlier claim's.
    """
    of_new = [each for each in named if _agrees(each, paid)]
    of_old = [each for each in old if _agrees(each, paid)]
    if len(of_new) == 1 and not of_old:
        return ClaimMatch(of_new[0], "replacement")
    if of_new and of_old:
        is_earlier = any(each.answers and each.answers == paid.control for each in named)
        of_new, of_old = ([], of_old) if is_earlier else (of_new, [])
    if not (of_new or of_old):
        of_new, of_old = named, old if not named else []
    return _the_one(of_new or of_old, "claim_id")


def _agrees(claim: ExpectedClaim, paid: PayerClaim) -> bool:
    """Tell whether charge or line control numbers are those of a claim."""
    controls = {each.control for each in paid.lines if each.control}
    own = {each.control for each in claim.lines if each.control}
    return claim.charge == abs(paid.charge) or bool(controls & own)


def _the_one(found: list[ExpectedClaim], method: str) -> ClaimMatch:
    if len(found) == 1:
        return ClaimMatch(found[0], method)
    return ClaimMatch(None, AMBIGUOUS if found else NO_CLAIM, len(found))


def _is_person(claim: ExpectedClaim, paid: PayerClaim) -> bool:
    """Tell whether a payer claim is of a claim's person: a dependent's key holds the member's."""
    persons = {paid.person, paid.corrected} - {None}
    return claim.person in persons or PATIENT_KEY.sub("", claim.person) in persons


# -- lines -------------------------------------------------------------------------------------


def match_lines(lines: Sequence[ExpectedLine], paid: Sequence[PayerAdjudicatedLine]) -> LineMatches:
    """Pair a claim's lines with its payer lines: splits and bundles first, then one by one."""
    pairs = _by_control(lines, paid) or _by_code_and_charge(lines, paid)
    if pairs is not None:
        return LineMatches(pairs)
    left = LineMatches(lines=list(lines), paid=list(paid))
    in_bundle = {id(each): code for code, group in bundles(left.paid).items() for each in group}
    pair_splits(left, in_bundle)
    for method, of_line, of_paid in _KEYS:
        if left.lines and left.paid:
            _pair_unique(left, method, of_line, of_paid)
    if left.lines and left.paid:
        _pair_equal(left)
    if len(left.lines) == len(left.paid) == 1 and left.lines[0].charge == left.paid[0].charge:
        left.pairs.append(LinePair(left.lines, left.paid, "last_line"))
        left.lines, left.paid = [], []
    put_bundles_together(left, in_bundle)
    add_free_lines(left)
    return left


def _by_control(
    lines: Sequence[ExpectedLine], paid: Sequence[PayerAdjudicatedLine]
) -> list[LinePair] | None:
    """Pair lines whose own numbers all came back, each once, and no code was changed: most do."""
    if len(lines) != len(paid):
        return None
    of_control = {each.control: each for each in paid if each.control and not each.original_code}
    if len(of_control) < len(paid) or {line.control for line in lines} != {*of_control}:
        return None
    return [LinePair([line], [of_control[line.control or ""]], "line_control") for line in lines]


def _by_code_and_charge(
    lines: Sequence[ExpectedLine], paid: Sequence[PayerAdjudicatedLine]
) -> list[LinePair] | None:
    """Pair lines that came back as they were sent, each once, without numbers: most others."""
    if len(lines) != len(paid) or any(each.control or each.original_code for each in paid):
        return None
    method, of_line, of_paid = _KEYS[2]
    by_key = {of_paid(each): each for each in paid}
    if len(by_key) < len(paid):
        return None
    found = [(line, by_key.get(of_line(line))) for line in lines]
    pairs = [LinePair([line], [each], method) for line, each in found if each is not None]
    return pairs if len({id(each) for _, each in found}) == len(pairs) == len(lines) else None


_LineKey = Callable[[ExpectedLine], Hashable]
_PaidKey = Callable[[PayerAdjudicatedLine], Hashable]
_KEYS: tuple[tuple[str, _LineKey, _PaidKey], ...] = (
    ("line_control", lambda line: line.control, lambda paid: paid.control),
    (
        "line_number",
        lambda line: None if line.control else str(line.number),
        lambda paid: paid.control,
    ),
    (
        "code_and_charge",
        lambda line: (line.code, frozenset(line.modifiers), line.date, line.charge, line.units),
        lambda paid: (*paid.sent_as, paid.date, paid.charge, thousandths(paid.original_units)),
    ),
    (
        "code_date_charge",
        lambda line: (line.code, line.date, line.charge),
        lambda paid: (paid.sent_as[0], paid.date, paid.charge),
    ),
    (
        "code_charge",
        lambda line: (line.code, line.charge),
        lambda paid: (paid.sent_as[0], paid.charge),
    ),
    (
        "code_date",
        lambda line: (line.code, line.date),
        lambda paid: (paid.sent_as[0], paid.date),
    ),
)


def _pair_unique(left: LineMatches, method: str, of_line: _LineKey, of_paid: _PaidKey) -> None:
    """Pair what has the same key, where the key is there once on both sides."""
    ours: dict[Hashable, list[ExpectedLine]] = defaultdict(list)
    theirs: dict[Hashable, list[PayerAdjudicatedLine]] = defaultdict(list)
    for line in left.lines:
        if (key := of_line(line)) is not None:
            ours[key].append(line)
    for each in left.paid:
        if (key := of_paid(each)) is not None:
            theirs[key].append(each)
    for key, lines in ours.items():
        paid = theirs.get(key, [])
        if len(lines) == len(paid) == 1:
            take(left, LinePair(lines, paid, method))


def _pair_equal(left: LineMatches) -> None:
    """Pair equal lines, as many on both sides, in the order of their amounts.

    Where as much is expected of several the first of them was paid the most, as rules rank them.
    Those of all modifiers first; then of any, since a payer may leave out which side a line is of.
    """
    for _, of_line, of_paid in _KEYS[2:4]:
        _pair_in_order(left, of_line, of_paid)


def _pair_in_order(left: LineMatches, of_line: _LineKey, of_paid: _PaidKey) -> None:
    ours: dict[Hashable, list[ExpectedLine]] = defaultdict(list)
    theirs: dict[Hashable, list[PayerAdjudicatedLine]] = defaultdict(list)
    for line in left.lines:
        ours[of_line(line)].append(line)
    for each in left.paid:
        theirs[of_paid(each)].append(each)
    for key, lines in ours.items():
        paid = theirs.get(key, [])
        if len(lines) == len(paid) > 1:
            by_expected = sorted(lines, key=lambda line: (line.allowed or 0, -line.number))
            by_paid = sorted(
                paid,
                key=lambda each: (payer_amounts([each], lines).allowed, each.paid, -each.number),
            )
            for line, each in zip(by_expected, by_paid, strict=True):
                take(left, LinePair([line], [each], "equal_lines"))
