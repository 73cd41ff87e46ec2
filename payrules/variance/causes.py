"""Why a payer paid otherwise: the candidate that comes to its amount, else what its codes speak of.

One cause a comparison. Of several candidates that explain, those whose code stands on the payer
line come first, then the order of the candidates; others are named, and the confidence is
`several`. None is `unexplained`, never a guess. A denial is held against our own edits.
"""

from collections.abc import Mapping, Sequence

from payrules.engine.tables import Edits
from payrules.money import WHOLE
from payrules.rules.lesser_of_charge import lesser_of_charge
from payrules.rules.therapy_assistant import therapy_assistant
from payrules.variance.actions import OF_POLICIES, Actions
from payrules.variance.amounts import PayerAmounts, cost_sharing, share
from payrules.variance.assistants import assistant_said_otherwise, by_assistant_otherwise
from payrules.variance.candidates import Repricing
from payrules.variance.codes import (
    AFTER_ALLOWED,
    CONTRACTUAL,
    COST_SHARING,
    INCENTIVE,
    PATIENT,
    UNEXPLAINED,
    cause_of_code,
)
from payrules.variance.comparison import (
    ALSO,
    DENIED,
    DENIED_AS_EXPECTED,
    OTHER_PAYER,
    OVERPAID,
    PAID_AS_EXPECTED,
    UNDERPAID,
    PaymentComparison,
)
from payrules.variance.paid import ONE_UNIT
from payrules.variance.paid_twice import PAID_TWICE, added_up, paid_twice
from payrules.variance.policies_found import COVERAGE, HeldAgainstPolicies
from payrules.variance.steps_more import Candidate
from payrules.variance.units_denied import (
    denied_together,
    tell_denied_in_part,
    tell_denied_together,
)
from payrules.x12.values import dollars

EXACT, SEVERAL, BY_CODE, NONE = "exact", "several", "code", "none"
#: The code that may speak of any of the multiple-procedure rules.
_OF_SEVERAL = "59"
_SEQUESTRATION = "253"
#: What of the cost sharing is restated: deductible, coinsurance, copayment.
_OWN_SHARES = frozenset(("1", "2", "3"))
#: The same by its names, in the order of what `cost_sharing` gives.
_SHARES = ("deductible", "copayment", "coinsurance")
#: A contractor prints the sequestration so: it is known by its amount.
_PRINTED_AS = "243"
PRINTED_AS_WORDS = "the sequestration is printed as 243"
COST_SHARING_ALONE = "the amount allowed is as expected; the payment differs by this alone"


class Causes:
    """Gives comparisons their cause, and what to do about it."""

    def __init__(
        self,
        repricing: Repricing,
        tables: Edits,
        policies: HeldAgainstPolicies,
    ) -> None:
        """Explain by pricing again; `tables` are the edits at hand, `policies` what those found."""
        self._repricing, self._policies = repricing, policies
        self._actions = Actions(tables, policies)
        self._indicators: dict[int, str | None] = {}

    def explain(self, comparisons: Sequence[PaymentComparison], as_of: str | None) -> None:
        """Write cause, confidence, detail, action and deadline into comparisons."""
        twice = {id(each): words for each in comparisons if (words := paid_twice(each))}
        differ = [
            each
            for each in comparisons
            if each.status in {UNDERPAID, OVERPAID}
            and id(each) not in twice
            and each.allowed_variance is not None
            and abs(each.allowed_variance) > each.tolerance
        ]
        speak = [
            each
            for each in comparisons
            if each.payer
            and any(group != "PR" and carc == _OF_SEVERAL for group, carc in each.payer.codes)
            and not each.claim.superseded
        ]
        self._indicators = self._repricing.indicators([each.lines[0].row for each in speak])
        candidates = self._repricing.candidates(differ)
        together = denied_together(comparisons, self._repricing.rules_met)
        for each in comparisons:
            if id(each) in twice:
                each.cause, each.confidence, each.detail = PAID_TWICE, EXACT, twice[id(each)]
            else:
                self._cause(each, candidates)
        tell_denied_together(together, self._repricing.amounts_without)
        tell_denied_in_part(
            comparisons,
            self._told_by,
            self._repricing.rules_met,
            self._repricing.amounts_without,
        )
        for each in comparisons:
            self._actions.act(each, as_of)

    def _cause(self, each: PaymentComparison, candidates: Mapping[int, list[Candidate]]) -> None:
        payer = each.payer
        if payer is None:
            return
        if each.status == OTHER_PAYER:
            each.cause, each.confidence = "other_payer", BY_CODE
        elif each.status in {DENIED, DENIED_AS_EXPECTED}:
            self._by_code(each, payer, denied=True)
            if each.status == DENIED:
                self._against_our_edits(each)
            elif each.cause == UNEXPLAINED and not payer.codes:
                # Nothing was expected and nothing came: there is nothing to explain.
                each.cause = each.confidence = each.detail = ""
        elif each.status == PAID_AS_EXPECTED:
            self._cost_sharing(each, payer)
        elif each.status in {UNDERPAID, OVERPAID}:
            variance = each.allowed_variance
            if variance is None or abs(variance) <= each.tolerance:
                self._of_payment(each, payer)
            else:
                is_whole = each.level == "claim"
                own = [] if is_whole else candidates.get(each.lines[0].row, [])
                self._exact(each, payer, own)

    # -- kinds of causes -------------------------------------------------------------------

    def _exact(
        self, each: PaymentComparison, payer: PayerAmounts, candidates: Sequence[Candidate]
    ) -> None:
        if not candidates and payer.source == "derived" and self._of_assistant(each, payer):
            return
        if not (candidates and payer.allowed):
            self._by_code(each, payer, denied=False)
            return
        told = self._told_by(each)
        fits = sorted(candidates, key=lambda one: (one.cause not in told, one.place))
        first = fits[0]
        others = list(dict.fromkeys(one.cause for one in fits if one.cause != first.cause))
        # Of several releases each is an old one; of several places the payer may mean any.
        is_any = first.cause == "locality" and first.names > 1
        each.cause, each.confidence = first.cause, SEVERAL if others or is_any else EXACT
        each.detail = f"{dollars(payer.allowed)} is {_words(first)}"
        if others:
            each.detail += f"{ALSO}{', '.join(map(_name, others))}"

    def _told_by(
        self, each: PaymentComparison, codes: Mapping[tuple[str, str], int] | None = None
    ) -> dict[str, int]:
        """Give the causes that the payer's codes, or some of them, speak of, with their amounts."""
        line, payer = each.lines[0], each.payer
        told: dict[str, int] = {}
        if payer is None:
            return told
        for (group, carc), amount in (payer.codes if codes is None else codes).items():
            cause = cause_of_code(
                group,
                carc,
                remarks=payer.remarks,
                modifiers=[one for each_ in each.lines for one in each_.modifiers],
                multiple_procedure_indicator=self._indicators.get(line.row),
                service_date=line.date,
                several_units=any(one.units > ONE_UNIT for one in each.lines),
                by_medicare=each.by_medicare,
            )
            if carc == _PRINTED_AS and self._is_withheld(each, amount):
                cause = "sequestration"
                each.notes.append(PRINTED_AS_WORDS)
            if cause is not None:
                told[cause] = told.get(cause, 0) + abs(amount)
        return told

    @staticmethod
    def _is_withheld(each: PaymentComparison, amount: int) -> bool:
        """Tell whether an amount is what the payer withholds of what it would pay."""
        if each.payer is None or not each.lines[0].withheld_rate:
            return False
        withheld = share(each.payer.paid + amount, each.lines[0].withheld_rate, WHOLE)
        return amount > 0 and abs(amount - withheld) <= each.tolerance

    def _by_code(self, each: PaymentComparison, payer: PayerAmounts, *, denied: bool) -> None:
        """Take the cause of the code with the largest amount that could lower what is allowed."""
        codes = {
            (group, carc): amount
            for (group, carc), amount in payer.codes.items()
            if carc != CONTRACTUAL
            # What came off after the allowed amount did not lower it.
            and not (carc == INCENTIVE and (payer.incentive or payer.assistant))
            and (denied or not (carc in AFTER_ALLOWED or (group == "PR" and carc in COST_SHARING)))
        }
        largest = max(codes, key=lambda code: (abs(codes[code]), code), default=None)
        told = None
        if largest is not None:
            told = next(iter(self._told_by(each, {largest: codes[largest]})), None)
        if not codes and each.expected_allowed == 0 and each.is_uncharged:
            each.cause, each.confidence = lesser_of_charge.name, EXACT
            each.detail = "nothing was charged (0.00), so nothing is expected"
            return
        if told is None or largest is None:
            each.cause, each.confidence = UNEXPLAINED, NONE
            why = "no code says why"
            if largest is not None:
                why = f"{largest[0]}-{largest[1]} {dollars(codes[largest])} speaks of no cause here"
            each.detail = f"no rule or fact comes to this amount, and {why}{added_up(each)}"
            return
        each.cause, each.confidence = told, BY_CODE
        code = f"{largest[0]}-{largest[1]} {dollars(codes[largest])}"
        each.detail = f"the reason given is {code}{added_up(each)}"

    def _of_payment(self, each: PaymentComparison, payer: PayerAmounts) -> None:
        """Explain a payment that differs where the allowed amount does not."""
        line = each.lines[0]
        rate = line.withheld_rate
        owed = each.owed or 0
        cut = share(each.restated or 0, rate, WHOLE - rate) if rate else 0
        if rate and min(abs(owed + cut), abs(owed - cut)) <= each.tolerance:
            each.cause, each.confidence = "sequestration", EXACT
            taken = "not taken" if owed < 0 else "taken twice"
            each.detail = f"the payment differs by the sequestration of {dollars(cut)}, {taken}"
            return
        if self._of_assistant(each, payer):
            return
        if otherwise := assistant_said_otherwise(each, payer):
            each.cause, each.confidence, each.detail = therapy_assistant.name, BY_CODE, otherwise
            return
        if self._of_patient(each, payer):
            return
        withheld = sum(
            amount for (_, carc), amount in payer.codes.items() if carc == _SEQUESTRATION
        )
        if payer.incentive:
            each.cause, each.confidence = "incentive", BY_CODE
        elif not rate and withheld and abs(owed - withheld) <= each.tolerance:
            each.cause, each.confidence = "sequestration", BY_CODE
            each.detail = (
                f"{dollars(withheld)} was withheld as sequestration (253), and the payer's file has"
                " no [terms.sequestration] that says it may"
            )
        else:
            each.cause, each.confidence = UNEXPLAINED, NONE
            what = "a second payer's amount" if line.secondary else "allowed as expected"
            off = [
                f"{group}-{carc} {dollars(amount)}"
                for (group, carc), amount in sorted(payer.codes.items())
                if carc in AFTER_ALLOWED and carc != _SEQUESTRATION
            ]
            put = [
                f"{group}-{carc} {dollars(amount)}"
                for (group, carc), amount in sorted(payer.codes.items())
                if group == PATIENT and carc in COST_SHARING - _OWN_SHARES
            ]
            told = [f"{' '.join(off)} came off after the allowed amount"] if off else []
            told += [f"{' '.join(put)} was put to the patient"] if put else []
            why = " and ".join(told) or "no code says why"
            each.detail = f"{what}, and paid otherwise: {why}"

    @staticmethod
    def _of_patient(each: PaymentComparison, payer: PayerAmounts) -> bool:
        """Take as the cause what was put to the patient beyond what the law lets be taken."""
        own = [shares for _, *shares in cost_sharing(each.lines, payer)]
        put = payer.deductible, payer.copayment, payer.coinsurance
        beyond = [
            amount - sum(those) for amount, those in zip(put, zip(*own, strict=True), strict=True)
        ]
        over, rate = sum(beyond), each.lines[0].withheld_rate
        due = over - share(over, rate, WHOLE)
        is_by_law = each.by_medicare or each.lines[0].owes_nothing
        if not is_by_law or over <= each.tolerance or abs((each.owed or 0) - due) > each.tolerance:
            return False
        each.cause = next(name for name, more in zip(_SHARES, beyond, strict=True) if more > 0)
        each.confidence = EXACT
        each.detail = (
            f"{dollars(sum(put))} was put to the patient; the line's own rule allows"
            f" {dollars(over)} less"
        )
        return True

    @staticmethod
    def _of_assistant(each: PaymentComparison, payer: PayerAmounts) -> bool:
        detail = by_assistant_otherwise(each, payer)
        if detail:
            each.cause, each.confidence, each.detail = therapy_assistant.name, EXACT, detail
        return bool(detail)

    def _cost_sharing(self, each: PaymentComparison, payer: PayerAmounts) -> None:
        """Name what made a payment differ that is as it should be: nothing to do."""
        if each.paid_variance is None or abs(each.paid_variance) <= each.tolerance:
            return
        expected = sum(line.deductible for line in each.lines)
        if payer.to_patient:
            each.cause = "paid_to_patient"
        elif payer.deductible != expected:
            each.cause = "deductible"
        elif payer.copayment:
            each.cause = "copayment"
        elif payer.incentive:
            each.cause = "incentive"
        else:
            each.cause = "coinsurance"
        each.confidence = BY_CODE
        each.detail = COST_SHARING_ALONE

    def _against_our_edits(self, each: PaymentComparison) -> None:
        """Say of a denial whether the table or policy that would decide it is at hand."""
        objects = each.cause in OF_POLICIES and self._policies.object(each)
        if each.cause == COVERAGE or objects:
            each.note(self._policies.in_words(each))
        if table := self._actions.lacks_table(each):
            each.note(f"load CMS's {table} before appealing")


def _words(candidate: Candidate) -> str:
    if candidate.cause == "component":
        return f"the amount of the service as {candidate.words}"
    rule = f"the rule {candidate.cause}"
    if candidate.kind == "with" and rule not in candidate.words:
        return _name(f"{candidate.words}, as by {rule}")
    return _name(candidate.words)


def _name(cause: str) -> str:
    return cause.replace("_", " ")
