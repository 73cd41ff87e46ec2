"""Holds what was paid against what was expected: every claim line once, every payment somewhere."""

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from payrules.counted import counted
from payrules.variance.amounts import (
    PREDETERMINATION,
    PRIOR_PAYER,
    SECONDARY,
    PayerAmounts,
    payer_amounts,
    restated,
)
from payrules.variance.answers import parted
from payrules.variance.assistants import read_reduction_out
from payrules.variance.comparison import (
    DENIED,
    DENIED_AS_EXPECTED,
    NO_REMITTANCE,
    NOT_COMPARABLE,
    OTHER_PAYER,
    OVERPAID,
    PAID_AS_EXPECTED,
    REVERSED,
    SUPERSEDED,
    UNDERPAID,
    PaymentComparison,
    bearing,
)
from payrules.variance.denied import restate_denied
from payrules.variance.expected import ExpectedClaim, ExpectedLine
from payrules.variance.matching import ClaimIndex, ClaimMatch, match_lines
from payrules.variance.netted_lines import match_netted, not_whole, said_now, taken_back_of
from payrules.variance.netting import WITHOUT_ORIGINAL, NettedClaim, net
from payrules.variance.paid import PayerAdjudicatedLine, PayerClaim
from payrules.variance.paid_twice import last_paid
from payrules.variance.several_to_one import LineMatches, LinePair, is_more_than_billed
from payrules.variance.sides import sides_together
from payrules.x12.values import dollars

#: Notes on a comparison.
NEGATIVE = "a negative payment that is no reversal: used as it was sent"
NEGATED = "a negative payment that is no reversal (22) takes back what was paid, as one does"
UNLIKE_B6 = "the payer's allowed amount (B6) is not what it paid and left to others"
BEFORE_SERVICE = "paid before the day of service: a date of the claim or the payment is wrong"
IN_PART_TO_PATIENT = "part of the benefit may go to the patient"
ANSWERED_AGAIN = "one decision answers this line more than once: the amounts are added"
OTHER_CHARGE = "the payer answers another charge than the claim's (CLP03)"


@dataclass(slots=True)
class Compared:
    """All comparisons, and what is left over on the payer's side."""

    comparisons: list[PaymentComparison] = field(default_factory=list)
    unmatched: list[tuple[PayerClaim, ClaimMatch]] = field(default_factory=list)
    unmatched_lines: list[tuple[PayerClaim, PayerAdjudicatedLine, ExpectedClaim]] = field(
        default_factory=list
    )
    #: An adjudication, the reversal that does not take it back whole, and their claim.
    unequal: list[tuple[PayerClaim, PayerClaim, ExpectedClaim]] = field(default_factory=list)
    #: Reversals whose original is in none of the files, beside what stands of their claim.
    without_original: list[tuple[PayerClaim, ExpectedClaim]] = field(default_factory=list)
    matched_claims: int = 0
    #: What was paid on matched claims that no comparison holds: repeats, reversals left over, lines
    #: that match none.
    beside: int = 0
    #: What other payers paid on claims of which the own payer's payments are compared.
    by_other_payers: int = 0


def compare(
    claims: Sequence[ExpectedClaim],
    paid: Sequence[PayerClaim],
    *,
    tolerance: int = 1,
    refused: Set[str] = frozenset(),
) -> Compared:
    """Compare claims with payer claims; `tolerance` is in cents, for each payer line.

    `refused` are the numbers of claims that were rejected.
    """
    found = Compared()
    index = ClaimIndex(claims, refused)
    of_claim: dict[tuple[str, int], list[tuple[PayerClaim, str]]] = defaultdict(list)
    for each in paid:
        match = index.find(each)
        if match.claim is None:
            found.unmatched.append((each, match))
        else:
            of_claim[_key(match.claim)].append((each, match.method))
    for claim in claims:
        answers = of_claim.get(_key(claim))
        if claim.superseded:
            if answers:
                _superseded(found, claim, answers, tolerance)
            continue
        if not answers:
            found.comparisons += [
                PaymentComparison(
                    claim,
                    [line],
                    "line",
                    NO_REMITTANCE,
                    expected_allowed=line.allowed,
                    expected_paid=line.paid,
                )
                for line in claim.lines
            ]
            continue
        found.matched_claims += 1
        _claim(found, claim, answers, tolerance)
    return found


def _key(claim: ExpectedClaim) -> tuple[str, int]:
    """Tell a claim from the one that it replaces, which has its number."""
    return claim.claim_id, id(claim) if claim.superseded else 0


def _superseded(
    found: Compared, claim: ExpectedClaim, answers: Sequence[tuple[PayerClaim, str]], tolerance: int
) -> None:
    """Keep what answers a claim that was replaced or voided: in the sums, and not compared."""
    before = len(found.comparisons)
    _claim(found, claim, answers, tolerance)
    for each in found.comparisons[before:]:
        each.status = SUPERSEDED
        each.detail = "it was voided" if claim.is_voided else "another claim stands in its place"
        each.expected_allowed = each.expected_paid = each.restated = None


def _claim(
    found: Compared, claim: ExpectedClaim, answers: Sequence[tuple[PayerClaim, str]], tolerance: int
) -> None:
    """Compare a claim: its primary adjudications first; those of other payers apart."""
    method = answers[0][1]
    # Where lines stand in the batch decides nothing: they are taken by their numbers.
    lines = sorted(claim.lines, key=lambda line: line.number)
    main, aside = parted([each for each, _ in answers], lines[0])
    netted = net(main)
    found.unequal += [(*each, claim) for each in netted.unequal]
    found.without_original += [(each, claim) for each in netted.beside]
    before = len(found.comparisons)
    matches = match_netted(lines, netted)
    claim_level = _is_claim_level(claim, netted)
    taken_back = set() if matches.paid else taken_back_of(lines, netted)

    def compared(pair: LinePair) -> PaymentComparison:
        return _pair(claim, pair, netted, tolerance, claim_level, taken_back)

    pairs = [*matches.pairs, *(LinePair([line], [], "") for line in matches.lines)]
    found.comparisons += sides_together(map(compared, pairs), compared)
    if claim_level:
        found.comparisons.append(_whole(claim, lines, matches, netted, tolerance))
    found.comparisons[before:] = made = sorted(found.comparisons[before:], key=_place)
    restate_denied(made)
    _first_payments(made, lines, netted)
    charges = [abs(each.charge) for each in netted.standing]
    is_other_charge = bool(charges) and claim.charge not in {*charges, sum(charges)}
    answer = netted.said_last(())
    if answer is not None and not claim_level:
        # Each with the payment that it stands in, of a claim that several answer.
        of = {one.number: one for one in main}
        found.unmatched_lines += [
            (of.get(each.claim, answer), each, claim) for each in matches.paid
        ]
    for each in made:
        each.claim_match = method
        if each.status == NO_REMITTANCE:
            each.detail = _unanswered(matches)
        elif matches.paid and not claim_level:
            each.notes.append(_unanswered(matches))
        if aside:
            each.notes.append("another payer answers this claim too")
        if is_other_charge and each.payer is not None:
            each.notes.append(OTHER_CHARGE)
    paid_by_all = sum(each.paid for each, _ in answers)
    _all_payers(made, claim, paid_by_all, several=bool(aside))
    held = sum(
        each.payer.paid
        for each in made
        if each.payer is not None and not (claim_level and each.level != "claim")
    )
    found.beside += sum(each.paid for each in main) - held
    found.by_other_payers += sum(each.paid for each in aside)


def _unanswered(matches: LineMatches) -> str:
    """Say of a line that got no answer what the payer's answer to its claim holds instead."""
    if not matches.paid:
        return "the payer answered this claim without this line"
    paid = dollars(sum(each.paid for each in matches.paid))
    return (
        f"the payer's answer to this claim has {counted(len(matches.paid), 'line')} that could not"
        f" be matched, paid {paid}: see Unmatched"
    )


def _place(made: PaymentComparison) -> tuple[bool, int]:
    """Tell where a comparison stands among those of its claim: as its lines do in the batch."""
    return made.level == "claim", min(line.row for line in made.lines)


def _first_payments(
    made: Sequence[PaymentComparison], lines: Sequence[ExpectedLine], netted: NettedClaim
) -> None:
    """Tell what the first adjudication paid of each comparison, where another followed."""
    first = netted.first
    if first is None or netted.payments < 2:
        return
    paid = {id(line): pair for pair in match_lines(lines, first.lines).pairs for line in pair.lines}
    for each in made:
        if each.level == "claim":
            each.first_paid = first.paid
        elif each.payer is not None:
            pairs = {id(pair): pair for line in each.lines if (pair := paid.get(id(line)))}
            is_whole = all(id(line) in paid for line in each.lines)
            of_pairs = (one.paid for pair in pairs.values() for one in pair.paid)
            each.first_paid = sum(of_pairs) if is_whole else None
        each.last_paid = last_paid(each)


def _all_payers(
    made: Sequence[PaymentComparison], claim: ExpectedClaim, paid_by_all: int, *, several: bool
) -> None:
    """Say once of a claim what all payers paid, and of several whether it is more than expected."""
    if not made:
        return
    bears = bearing(made)
    bears.all_payers_paid = paid_by_all
    allowed = [line.allowed for line in claim.lines]
    if several and None not in allowed and paid_by_all > sum(each or 0 for each in allowed):
        bears.notes.append("all payers together paid more than is expected to be allowed")


def _is_claim_level(claim: ExpectedClaim, netted: NettedClaim) -> bool:
    """Tell whether the payer's figures are the claim's: no lines, or adjustments of the whole."""
    if netted.current is None or len(claim.lines) == 0:
        return False
    if any(not each.lines or each.rejected_lines for each in netted.standing):
        return True
    own = [triple for each in netted.standing for triple in each.adjustments]
    if not own or len(claim.lines) == 1:
        return False
    return not (
        all((group, carc) == PRIOR_PAYER for group, carc, _ in own)
        and sum(amount for *_, amount in own) == 0
    )


def _pair(
    claim: ExpectedClaim,
    pair: LinePair,
    netted: NettedClaim,
    tolerance: int,
    is_claim_level: bool,
    taken_back: Set[int],
) -> PaymentComparison:
    made = PaymentComparison(claim, pair.lines, "group" if pair.group else "line", NO_REMITTANCE)
    made.method, made.group, made.netted = pair.method, pair.group, netted
    made.current = netted.said_last(pair.paid)
    made.paid_lines = pair.paid
    _expect(made)
    if not pair.paid:
        if is_claim_level:
            made.status, made.level = NOT_COMPARABLE, "line"
            made.detail = "the payer answers the claim as a whole: see its row"
        elif pair.lines[0].row in taken_back:
            made.status = REVERSED
        return made
    current = made.current
    of_claim = (
        [t for each in netted.standing for t in each.adjustments]
        if len(claim.lines) == 1 and not is_claim_level
        else []
    )
    remarks = [] if current is None else list(current.remarks)
    paid_of_claim = None
    if of_claim:
        paid_of_claim = sum(each.paid for each in netted.standing)
    made.payer = payer_amounts(
        pair.paid, pair.lines, of_claim, claim_paid=paid_of_claim, remarks=remarks
    )
    spoken, told = said_now(pair.paid, netted)
    made.notes += [*told, *_repeats(pair)]
    if len(spoken) < len(pair.paid):
        now = payer_amounts(spoken, pair.lines, of_claim, remarks=remarks)
        made.payer.codes, made.payer.remarks = now.codes, now.remarks
    if is_claim_level:
        # The line shows the payer's figures; the claim's row carries the variance.
        made.status = NOT_COMPARABLE
        made.detail = "adjustments of the whole claim: its row is compared"
        made.expected_allowed = made.expected_paid = None
        return made
    _judge(made, tolerance * max(len(pair.paid), len(pair.lines)))
    return made


def _repeats(pair: LinePair) -> list[str]:
    """Note that payer lines of one decision each answer the whole of a line."""
    by_decision: dict[int, list[PayerAdjudicatedLine]] = defaultdict(list)
    for each in pair.paid if pair.method == "split" else ():
        by_decision[each.claim].append(each)
    is_again = any(is_more_than_billed(pair.lines[0], each) for each in by_decision.values())
    return [ANSWERED_AGAIN] if is_again else []


def _whole(
    claim: ExpectedClaim,
    lines: list[ExpectedLine],
    matches: LineMatches,
    netted: NettedClaim,
    tolerance: int,
) -> PaymentComparison:
    """Compare a whole claim: where its payer gives no lines, or adjusts it as a whole."""
    made = PaymentComparison(claim, lines, "claim", NO_REMITTANCE, netted=netted)
    made.current = netted.current
    paid = [line for each in netted.answering for line in each.lines]
    made.paid_lines = paid
    unread = any(each.rejected_lines and not each.is_balanced for each in netted.standing)
    methods = dict.fromkeys(pair.method for pair in matches.pairs)
    made.method = next(iter(methods), "")
    own = [t for each in netted.standing for t in (*each.adjustments, *each.of_rejected)]
    remarks = [] if netted.current is None else list(netted.current.remarks)
    made.payer = payer_amounts(
        paid,
        lines,
        own,
        claim_paid=sum(each.paid for each in netted.answering),
        of_whole_claim=True,
        remarks=remarks,
    )
    made.notes += [not_whole(one.paid, back.paid) for one, back in netted.unequal]
    _expect(made)
    _judge(made, tolerance * max(len(paid), len(lines)))
    if unread and made.status not in {REVERSED, OTHER_PAYER}:
        made.not_compared("a line of the payer could not be read: what it allowed is not known")
    return made


def _expect(made: PaymentComparison) -> None:
    """Add up what is expected; where one line has no amount nothing is."""
    allowed = [line.allowed for line in made.lines]
    paid = [line.paid for line in made.lines]
    if None not in allowed and None not in paid:
        made.expected_allowed = sum(each or 0 for each in allowed)
        made.expected_paid = sum(each or 0 for each in paid)


def _judge(made: PaymentComparison, tolerance: int) -> None:
    """Give a comparison its status: exactly one, the first that fits."""
    payer, netted, current = made.payer, made.netted, made.current
    assert payer is not None
    assert netted is not None
    made.tolerance = tolerance
    second = made.lines[0].secondary
    if made.expected_allowed is not None:
        read_reduction_out(made.lines, payer, tolerance)
        made.restated = restated(made.lines, payer)
    if WITHOUT_ORIGINAL in netted.notes:
        made.notes.append("a reversal whose original is not in these files")
    made.notes += payer.notes
    if any(each.paid < 0 for each in netted.standing):
        made.notes.append(NEGATIVE)
    if any(back.is_negated for _, back in netted.reversed):
        made.notes.append(NEGATED)
    if payer.b6_difference:
        made.notes.append(UNLIKE_B6)
    if current is not None and (current.paid_on or made.lines[0].date) < made.lines[0].date:
        made.notes.append(BEFORE_SERVICE)
    if (current is not None and (current.patient_paid or 0) > 0) or any(
        line.has_patient_paid for line in made.lines
    ):
        made.notes.append(IN_PART_TO_PATIENT)
    status = "" if current is None else current.status
    only_prior = set(payer.codes) == {PRIOR_PAYER} and payer.paid == 0
    if made.expected_allowed is None or status == PREDETERMINATION or netted.is_history_missing:
        made.not_compared()
    elif netted.are_taken_back(made.paid_lines) or not (netted.standing or made.paid_lines):
        made.status = REVERSED
    elif not second and (status in SECONDARY or only_prior):
        made.status = OTHER_PAYER
        made.expected_allowed = made.expected_paid = made.restated = None
    else:
        made.status = _compared(made, payer, tolerance)


def _compared(made: PaymentComparison, payer: PayerAmounts, tolerance: int) -> str:
    expected, owed = made.expected_allowed or 0, made.owed or 0
    if payer.received == 0 and payer.allowed == 0:
        return DENIED if expected > 0 else DENIED_AS_EXPECTED
    variance = made.allowed_variance
    if variance is None or abs(variance) <= tolerance:
        if abs(owed) <= tolerance:
            return PAID_AS_EXPECTED
        return UNDERPAID if owed > 0 else OVERPAID
    return UNDERPAID if variance < 0 else OVERPAID
