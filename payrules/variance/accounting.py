"""Every cent accounted for: from what was expected to what was paid, and on to the payments."""

from collections import Counter
from collections.abc import Mapping, Sequence

import polars as pl

from payrules.money import sum_of
from payrules.payers.left_open import owes_unsaid
from payrules.runs.against_paid import NOT_COMPARABLE as SHARE_NOT_ON_FILE
from payrules.variance.compare import Compared
from payrules.variance.comparison import (
    COMPARED,
    NOT_COMPARABLE,
    OTHER_PAYER,
    PaymentComparison,
)
from payrules.variance.expected import ExpectedLine
from payrules.variance.remittances import Remittances, Term

#: Payer, as the rows call it → step of the bridge → cents.
Steps = dict[str, Counter[str]]
#: The step of what was put to patients whose share no file says.
UNKNOWN_SHARE = "unknown_share"


def steps_of(comparisons: Sequence[PaymentComparison]) -> Steps:
    """Add up, by payer, in what expected and paid differ, over what was compared."""
    found: Steps = {}
    for each in comparisons:
        payer = each.payer
        if payer is None or each.status not in COMPARED:
            continue
        allowed, paid = each.expected_allowed or 0, each.expected_paid or 0
        of_patient = sum(line.deductible + line.coinsurance for line in each.lines)
        patient = payer.patient - of_patient
        after_allowed = payer.after_allowed - (allowed - of_patient - paid)
        if payer.told("patient") is None:
            patient, after_allowed = patient + after_allowed, 0
        unknown = max(patient, 0) if any(map(_is_share_unknown, each.lines)) else 0
        found.setdefault(each.payer_name, Counter()).update(
            {
                "expected": paid,
                "allowed": payer.allowed - allowed,
                "patient": patient - unknown,
                UNKNOWN_SHARE: unknown,
                "after_allowed": after_allowed,
                "to_patient": payer.to_patient,
                "b6": payer.b6_difference,
            }
        )
    return found


def _is_share_unknown(line: ExpectedLine) -> bool:
    """Whether the patient owes of a line what no file says: of one with more than a deductible."""
    is_more_owed = line.allowed is not None and line.allowed != line.deductible
    return is_more_owed and line.is_share_open


def steps_of_lines(paired: pl.DataFrame, names: pl.Expr) -> Steps:
    """Add up the same over lines compared in columns (`paired_lines`); `names` tells payers."""
    of_patient = pl.col("deductible") + pl.col("coinsurance")
    allowed, paid = pl.col("expected_allowed"), pl.col("expected_paid")
    is_unknown = pl.col("is_share_open") & owes_unsaid("allowed", "deductible")
    patient = pl.col("patient") - of_patient
    unknown = pl.when(is_unknown).then(patient.clip(0)).otherwise(0)
    sums = (
        # Of the many columns only these are copied.
        paired.lazy()
        .filter(pl.col("variance_status").is_in(COMPARED))
        .group_by(names.alias("payer"))
        .agg(
            unknown.sum().alias(UNKNOWN_SHARE),
            expected=paid.sum(),
            allowed=(pl.col("payer_allowed") - allowed).sum(),
            patient=(patient - unknown).sum(),
            after_allowed=(pl.col("after_allowed") - (allowed - of_patient - paid)).sum(),
            to_patient=pl.col("to_patient").sum(),
            b6=pl.col("b6_difference").sum(),
        )
        .collect()
    )
    return {row.pop("payer"): Counter(row) for row in sums.iter_rows(named=True)}


def added(*parts: Steps) -> Steps:
    """Add up the steps of several parts, payer by payer."""
    found: Steps = {}
    for part in parts:
        for payer, steps in part.items():
            found.setdefault(payer, Counter()).update(steps)
    return found


def all_of(steps: Steps) -> Counter[str]:
    """Add up the steps of all payers."""
    whole: Counter[str] = Counter()
    for each in steps.values():
        whole.update(each)
    return whole


def bridge_of(steps: Mapping[str, int], *, of_columns: bool = False) -> tuple[Term, ...]:
    """Lead from what was expected to what was paid.

    Columns of a batch do not say what is not paid of the allowed amount: that is one step then.
    What was put to patients whose share no file says is no difference: it has a step of its own.
    """
    first = (
        Term("expected", steps.get("expected", 0), "expected to be paid"),
        Term("allowed_variance", steps.get("allowed", 0), "allowed otherwise than expected"),
    )
    patient, unknown = steps.get("patient", 0), steps.get(UNKNOWN_SHARE, 0)
    last = (Term(UNKNOWN_SHARE, -unknown, SHARE_NOT_ON_FILE),) if unknown else ()
    if of_columns:
        words = "put to the patient, or taken off after the allowed amount, otherwise than expected"
        return (*first, Term("patient_and_after_allowed", -patient, words), *last)
    after, to_patient = steps.get("after_allowed", 0), steps.get("to_patient", 0)
    b6 = steps.get("b6", 0)
    return (
        *first,
        Term("patient", -patient, "put to the patient otherwise than expected"),
        Term("after_allowed", -after, "taken off after the allowed amount otherwise than expected"),
        Term("to_patient", -to_patient, "paid to the patients themselves"),
        Term("b6", -b6, "allowed amounts (B6) that are not what was paid and left to others"),
        *last,
    )


def paid_of(comparisons: Sequence[PaymentComparison]) -> Counter[str]:
    """Add up what was paid: `compared`, by `others`, `not_compared`, and of these `unsaid`.

    What is `unsaid` was paid where the batch says nothing of what was allowed.
    """
    found: Counter[str] = Counter()
    whole = {id(each.claim) for each in comparisons if each.level == "claim"}
    for each in comparisons:
        if each.payer is None or (each.level != "claim" and id(each.claim) in whole):
            continue
        kind = "others" if each.status == OTHER_PAYER else "not_compared"
        if each.status == NOT_COMPARABLE and each.payer.told("allowed") is None:
            kind = "unsaid"
        found["compared" if each.status in COMPARED else kind] += each.payer.paid
    return found


def paid_of_lines(paired: pl.DataFrame) -> Counter[str]:
    """Add up the same over lines compared in columns (`paired_lines`)."""
    is_compared = paired["variance_status"].is_in(COMPARED)
    is_unsaid = (paired["variance_status"] == NOT_COMPARABLE) & paired["payer_allowed"].is_null()
    paid = paired["payer_paid"]
    compared, unsaid = (sum_of(paid.filter(each)) for each in (is_compared, is_unsaid))
    rest = sum_of(paid) - compared - unsaid
    return Counter(compared=compared, unsaid=unsaid, not_compared=rest)


def terms_of(read: Remittances, found: Compared, paid: Mapping[str, int]) -> tuple[Term, ...]:
    """Account for every cent of the payments; `paid` is what `paid_of` adds up, of all lines."""
    compared, others, apart, unsaid = (
        paid.get(each, 0) for each in ("compared", "others", "not_compared", "unsaid")
    )
    by_name = {each.name: each.amount for each in read.terms}
    return (
        Term("compared", compared, "paid and compared"),
        Term("other_payers", others + found.by_other_payers, "paid by other payers"),
        Term("not_compared", apart, "paid and not compared: nothing is expected, or all reversed"),
        Term("allowed_unsaid", unsaid, "paid and not compared: the allowed amount is blank"),
        Term("beside", found.beside, "paid on matched claims beside their lines"),
        Term(
            "unmatched",
            sum(each.paid for each, _ in found.unmatched),
            "paid on claims that this batch does not hold",
        ),
        Term("rejected_claims", by_name["rejected_claims"], "payer claims that could not be read"),
        Term("provider_adjustments", by_name["provider_adjustments"], "provider adjustments"),
        Term(
            "payments_unbalanced",
            by_name["payments_unbalanced"],
            "payments that are not the sum of their claims and provider adjustments",
        ),
    )
