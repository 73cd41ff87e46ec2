"""What to do about a comparison, and until when.

Decisions:

* What a letter would ask for, and what would be given back, stands on the payer's terms. Where the
  claim's payer was not given, and another's terms priced it, both wait for these: `review_terms`,
  and no day to appeal by. It is the same where the remittance is another payer's than the one whose
  terms priced it (`another_payer`), and where Medicare's did for want of others, and the remittance
  is of a payer nobody knows.
* Where nothing is to be done there is no day to do it by.
* A decision that the payer says cannot be appealed (N211) is no appeal: what is left is to look
  whether the claim can be corrected and sent again. A clerical error is reopened all the same, with
  a letter that names no day: a reopening changes a decision that is binding, and needs no right to
  appeal it. [42 CFR 405.980(a)(1), (3)]
* What is denied as the patient's (PR) is his where he was told before, as a modifier of a notice
  says. Else it is asked first whether his plan covers it, and whether he was told.
"""

from datetime import date as Date  # noqa: N812
from datetime import timedelta

from payrules.engine.tables import Edits
from payrules.money import WHOLE
from payrules.payers import Payer
from payrules.payers.payer import MEDICARE_APPEAL_DAYS
from payrules.rules.coverage import NOTICE
from payrules.rules.therapy_assistant import therapy_assistant
from payrules.variance.codes import NO_APPEAL, UNEXPLAINED
from payrules.variance.comparison import (
    DENIED,
    NO_REMITTANCE,
    OVERPAID,
    PAID_AS_EXPECTED,
    REVERSED,
    UNDERPAID,
    PaymentComparison,
)
from payrules.variance.denied import is_put_to_patient, is_within_deductible
from payrules.variance.netted_lines import left_over
from payrules.variance.policies_found import COVERAGE, HeldAgainstPolicies
from payrules.variance.terms import is_medicare
from payrules.variance.terms_wanted import REVIEWED, WORDS, why_it_waits
from payrules.variance.units_denied import LOOK, ONE_IS_PAID
from payrules.variance.variants import is_on_one_line
from payrules.x12.values import dollars

UNPROCESSABLE = "MA130"
#: Clerical errors of a contractor are reopened, not appealed. [42 CFR 405.980(a)(3)]
_REOPENED = frozenset(
    (
        *("setting", "locality", "release", "conversion_factor", "duplicate_claim"),
        *("deductible", "coinsurance"),
    )
)
#: Another payer, or none, is responsible: a capitation, or cover that had ended.
_OF_ANOTHER_PAYER = frozenset(("other_payer", "capitation", "eligibility"))
_OF_CODING = frozenset(("coding", "modifier", "role", "component"))
#: What a plan does not cover, or no longer: the patient's, where it is denied under PR.
_OF_BENEFITS = frozenset(("non_covered", "benefit_limit"))
#: Modifiers of a notice to the patient before the service, or of what no law covers.
_NOTICES = frozenset((*NOTICE, "GX", "GY"))
#: Cause, as `Tables` calls the table of edits that decides it → that table in words.
_TABLE_WORDS = {
    "procedure_pairs": "pair table",
    "unlikely_units": "table of unlikely units",
    "add_on": "add-on table",
}
#: The causes of denials that a policy at hand may find, too.
OF_POLICIES = frozenset((COVERAGE, "medical_necessity"))
OWED = frozenset((UNDERPAID, DENIED))
#: Of a payment that was right: what was taken back of it all the same.
TAKEN_BACK = "taken_back"
#: Of a payment that was right: what an adjustment of the same kind added all the same.
GIVEN_BACK = "given_back"
#: Days after the service from which an answer is asked for.
FOLLOWED_UP_AFTER = 30
#: What is only done on the payer's own terms.
_ON_TERMS = frozenset(("appeal", "reopen", "refund", REVIEWED))
#: What asks the payer for money.
_ASKS_FOR_MONEY = frozenset(("appeal", "reopen"))


class Actions:
    """Gives comparisons that have their cause an action and a deadline."""

    def __init__(self, tables: Edits, policies: HeldAgainstPolicies) -> None:
        """`tables` are the edits at hand, `policies` what those found."""
        self._tables, self._policies = tables, policies

    def act(self, each: PaymentComparison, as_of: str | None) -> None:
        """Write action and deadline into a comparison, and what is to be said of them."""
        each.action = self._action(each, as_of)
        each.waits = why_it_waits(each)
        if each.waits and each.action in _ON_TERMS:
            each.action = REVIEWED
            each.note(WORDS[each.waits])
        is_final = {UNPROCESSABLE, NO_APPEAL} & {*each.remarks}
        if each.action and (each.status in OWED or each.is_due) and not is_final:
            each.appeal_by = _appeal_by(each)
        if NO_APPEAL in each.remarks and each.action == "reopen":
            each.note(
                f"this decision cannot be appealed ({NO_APPEAL}), and a clerical error is reopened"
                " all the same"
            )
        if NO_APPEAL in each.remarks and each.action == "appeal":
            each.action = "review_coding"
            each.detail += f"; the payer says that this decision cannot be appealed ({NO_APPEAL})"
            each.note("look whether the claim can be corrected and sent again")
        if each.taken_unduly and each.waits:
            if not each.action:
                each.note(WORDS[each.waits])
            each.action = each.action or REVIEWED
        elif each.taken_unduly:
            each.action = each.action or "follow_up"
            if each.status == PAID_AS_EXPECTED:
                # What the patient is to pay of it explains nothing of what was taken back.
                each.cause, each.confidence, each.detail = TAKEN_BACK, "", ""
            each.cause = each.cause or TAKEN_BACK
            each.detail = f"{each.detail}; {each.taken_unduly}".removeprefix("; ")
        if each.added_beside:
            _ask_what_was_added(each)

    def lacks_table(self, each: PaymentComparison) -> str:
        """Name CMS's table that would decide a denial and is not at hand; "" where none would."""
        words = _TABLE_WORDS.get(each.cause, "") if each.status == DENIED else ""
        return words if words and not self._tables.has(each.cause) else ""

    def _action(self, each: PaymentComparison, as_of: str | None) -> str:
        if each.status == OVERPAID and not each.is_due:
            return _of_overpaid(each)
        if each.status in {REVERSED, NO_REMITTANCE}:
            is_late = _days(each.lines[0].date, as_of) > FOLLOWED_UP_AFTER
            return "follow_up" if each.status == REVERSED or is_late else ""
        in_deductible = is_within_deductible(each)
        if not (each.is_due or in_deductible):
            return ""
        if each.payer and is_put_to_patient(each.payer.codes):
            told = _of_patient(each, in_deductible=in_deductible)
            if told is not None:
                return told
        if in_deductible:
            each.note("it is within the deductible: while it is denied, nobody owes it")
        return self._of_cause(each)

    def _of_cause(self, each: PaymentComparison) -> str:
        of_cause = (
            # More is allowed than is expected, and yet less paid: the patient's share is too large.
            ("reopen", each.by_medicare and each.status == OVERPAID),
            ("resubmit", UNPROCESSABLE in each.remarks or each.cause == "claim_form"),
            ("check_filing_proof", each.cause == "timely_filing"),
            # The first payer of a claim that is sent to a second one was billed already.
            ("review_terms", each.cause == "other_payer" and each.lines[0].secondary),
            # A plan that pays by the head has paid, and nobody else is to be billed.
            ("review_terms", each.cause == "capitation" and not each.by_medicare),
            ("bill_other_payer", each.cause in _OF_ANOTHER_PAYER),
            ("review_coding", each.cause in _OF_CODING or bool(self.lacks_table(each))),
            # Decision: where a policy at hand finds the same, asks for a review, or could find it
            # had it seen the person's history, the record is looked at first.
            ("review_coding", each.cause in OF_POLICIES and self._policies.object(each)),
            ("review_coding", each.cause == COVERAGE and self._policies.is_uncounted(each)),
            ("review_terms", each.cause == UNEXPLAINED or _is_uncited(each)),
            # Only Medicare's law, or terms that say so, tell what an assistant is paid.
            ("review_terms", each.cause == therapy_assistant.name and not _is_paid_less(each)),
            ("review_terms", each.cause == "sequestration" and not each.lines[0].withheld_rate),
            ("reopen", each.by_medicare and each.cause in _REOPENED),
        )
        return next((action for action, holds in of_cause if holds), "appeal")


def _ask_what_was_added(each: PaymentComparison) -> None:
    """Ask what a provider adjustment adds to a payment for, before what it may pay is asked for."""
    if each.waits:
        if not each.action:
            each.note(WORDS[each.waits])
        each.action = each.action or REVIEWED
    elif not each.action or (each.may_be_paid_so and each.action in _ASKS_FOR_MONEY):
        each.action = "follow_up"
    if each.status == PAID_AS_EXPECTED and not each.waits:
        each.cause, each.confidence, each.detail = GIVEN_BACK, "", each.added_beside
    else:
        # What is said to the practice alone is in no letter.
        each.cause = each.cause or GIVEN_BACK
        each.note(each.added_beside)


def _of_patient(each: PaymentComparison, *, in_deductible: bool) -> str | None:
    """Give what is to be done where all that was taken off is put to the patient (PR).

    None where that makes no difference.
    """
    notices = _NOTICES & {one for line in each.lines for one in line.modifiers}
    if in_deductible:
        each.detail += "; it is the patient's, who may be billed: nothing is due of the payer"
        return ""
    if each.cause not in {*_OF_BENEFITS, *OF_POLICIES}:
        return None
    if notices:
        each.note(f"it is the patient's, who may be billed ({', '.join(sorted(notices))})")
        return ""
    if each.cause in OF_POLICIES:
        return None
    each.note(
        "it is put to the patient (PR): look whether the plan covers it, and whether the patient"
        f" was told before{' (ABN)' if each.by_medicare else ''}, then bill or appeal"
    )
    return "review_terms"


def _of_overpaid(each: PaymentComparison) -> str:
    """Give what is to be given back; where only a reversal left it over the payer is asked first.

    Decisions: a slip of the payer's reversal is as likely as money of the payer's; what nobody
    charged and the payer paid all the same was more likely charged wrongly than paid wrongly; and
    of what it paid as another code, or put on one line, ours may be the wrong one.
    """
    if not each.overpaid:
        return ""
    if each.is_uncharged:
        each.note("it was charged at 0.00: look whether that was meant, before any is given back")
        return "review_coding"
    is_of_coding = each.cause == "recoded" or (is_on_one_line(each) and each.expected_allowed == 0)
    if words := each.too_many or (LOOK if is_of_coding else ""):
        each.note(words)
        return "" if words == ONE_IS_PAID else "review_coding"
    if each.netted is None or not each.netted.unequal:
        return "refund"
    left = left_over(each.paid_lines, each.netted, of_whole_claim=each.level == "claim")
    if left <= 0 or each.overpaid - left > each.tolerance:
        return "refund"
    each.detail += (
        f"; {dollars(left)} of it a reversal left over: ask the payer which amounts are right"
        " before any is given back"
    )
    return "follow_up"


def _is_uncited(each: PaymentComparison) -> bool:
    """Tell whether a contract's rate stands on nothing that could be cited."""
    return each.cause == "contract_rate" and not each.lines[0].payer.contract


def _is_paid_less(each: PaymentComparison) -> bool:
    """Tell whether what a therapy assistant does is paid less, by law or by the payer's terms."""
    return each.by_medicare or any(line.assistant_share != WHOLE for line in each.lines)


def _appeal_by(each: PaymentComparison) -> str | None:
    paid_on = None if each.current is None else each.current.paid_on
    days = None if each.waits else days_to_appeal(each.lines[0].payer)
    if paid_on is None or days is None:
        return None
    return (Date.fromisoformat(paid_on) + timedelta(days=days)).isoformat()


def days_to_appeal(payer: Payer) -> int | None:
    """Give within how many days of a payment it can be appealed; None where nobody says."""
    return MEDICARE_APPEAL_DAYS if is_medicare(payer) else payer.appeal_days


def _days(first: str, last: str | None) -> int:
    return 0 if last is None else (Date.fromisoformat(last) - Date.fromisoformat(first)).days
