"""What payers take back of a claim by a provider adjustment (PLB WO), and no reversal says so.

Such money is gone from a later payment already: it is not given back once more. Decisions, where
the guide is silent:

* An adjustment is of the claim whose number it names (`references`), if it is by the payer that
  answers this claim. One that comes to a reversal's own amount, or to what a reversal
  and its correction leave together, only moves when that is taken (`forwarded`): it counts for
  nothing here.
* Of a claim's lines that were paid too much, the one that comes to the amount was taken back; else
  it counts for them in their order.
* What was taken back beyond that is due again, whatever else is due on the claim: it stands once,
  on the line that was paid as much, else on the claim's first, in `recovered_beyond_amount`. What
  came in parts to a reversal's amount is that reversal's.
* A payer takes back what it paid. What is more than these files say was paid on the claim is of a
  payment that they do not have, or an error: it is told with its amount, and due is none of it.
* One that is negative adds to its payment: a recovery that is given back, or money that the payer
  leaves with the practice and takes later. What all of a claim's together add is in no amount of
  its lines, and is told with what to do. A line that is short of no more than that is asked about,
  not appealed: it may have been paid so.
* A line keeps its status: what was paid against what is due. `overpaid_amount` is what may still be
  asked back, and the note says what was taken.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from payrules.counted import one_or_more
from payrules.frozen import frozen
from payrules.variance.answers import are_of_one_payer
from payrules.variance.comparison import (
    COMPARED,
    OUR_NOTE,
    OVERPAID,
    PAID_AS_EXPECTED,
    PaymentComparison,
    bearing,
)
from payrules.variance.netting import NettedClaim
from payrules.variance.paid import PayerClaim
from payrules.variance.references import claims_named
from payrules.variance.remittances import Remittances
from payrules.x12.columns_835 import RECOVERY
from payrules.x12.values import dollars


@frozen
class Taken:
    """An amount, in cents, that a payer took back of a claim: by what number it names that."""

    number: str
    amount: int
    on: str | None
    payer: tuple[str | None, str | None]


def named_by_recoveries(read: Remittances) -> pl.Series:
    """Give the numbers (CLP01) of payer claims of which something is taken back."""
    return recoveries_of(read)["claim_id"].drop_nulls().unique()


def recoveries_of(read: Remittances) -> pl.DataFrame:
    """Give the provider adjustments by which payers take back what was too much."""
    return read.used("provider_adjustments").filter(pl.col("reason_code") == RECOVERY)


def added_in_words(read: Remittances) -> list[str]:
    """Say what such adjustments add to payments and none takes again, and what to do about it."""
    payers = read.tables["remittances"].select("remittance", "payer_name", "payer_tin")
    added = (
        recoveries_of(read)
        .join(payers, on="remittance")
        .group_by("payer_name", "payer_tin", "reference")
        .agg(
            (pl.col("provider_adjustment_amount") < 0).sum().alias("adjustments"),
            pl.col("provider_adjustment_amount").sum().alias("amount"),
        )
        .filter(pl.col("amount") < 0)
    )
    many = int(added["adjustments"].sum())
    if not many:
        return []
    told = (
        f"{'One' if many == 1 else f'{many:,}'} provider"
        f" {one_or_more(many, 'adjustment (PLB WO) adds', 'adjustments (PLB WO) add')}"
        f" {dollars(-int(added['amount'].sum()))} to {one_or_more(many, 'a payment', 'payments')}"
    )
    return [
        f"{told}, and none in these files takes it again: a recovery given back, or money left with"
        " the practice until the payer decides anew, and then takes it. Post it to the claim that"
        " its reference names, where it names one, and ask the payer what it is for; Provider"
        " adjustments lists it."
    ]


def tell_recoveries(
    comparisons: Sequence[PaymentComparison], by_reference: Mapping[str, Sequence[Taken]]
) -> None:
    """Write into comparisons, before their causes, what the payer has taken back of them.

    `by_reference` is as `taken_by_reference` gives it.
    """
    if not by_reference:
        return
    of_claims: dict[int, list[PaymentComparison]] = defaultdict(list)
    for each in comparisons:
        if each.netted is not None:
            of_claims[id(each.claim)].append(each)
    named: dict[str, list[list[PaymentComparison]]] = defaultdict(list)
    for made in of_claims.values():
        for reference in sorted(_numbers(made[0].netted) & by_reference.keys()):
            named[reference].append(made)
    taken: dict[int, list[Taken]] = defaultdict(list)
    for reference, several in named.items():
        if len(several) == 1:  # else nothing says of which claim it is
            made = several[0]
            taken[id(made[0].claim)] += _own(by_reference[reference], made[0].netted)
    for claim, own in taken.items():
        _take(of_claims[claim], own)


def taken_by_reference(read: Remittances) -> dict[str, list[Taken]]:
    """Give what was taken back of claims that were read, by the number that it names them by."""
    rows = recoveries_of(read).filter(pl.col("claim_id").is_not_null())
    named = claims_named(read.tables, rows["reference"].unique())
    payments = read.tables["remittances"].select(
        *("remittance", "payer_name", "payer_tin"),
        on=pl.coalesce("payment_date", "production_date"),
    )
    found: dict[str, list[Taken]] = defaultdict(list)
    for reference, amount, on, *payer in (
        rows.join(payments, on="remittance", how="left", maintain_order="left")
        .select("reference", "provider_adjustment_amount", "on", "payer_name", "payer_tin")
        .rows()
    ):
        number = named[reference].number
        found[number].append(Taken(number, amount, on, (payer[0], payer[1])))
    return found


def _claims(netted: NettedClaim | None) -> Iterable[PayerClaim]:
    if netted is None:
        return ()
    taken_back = (one for both in netted.reversed for one in both if one is not None)
    return (*netted.standing, *netted.repeats, *taken_back)


def _numbers(netted: NettedClaim | None) -> set[str]:
    """Give the numbers that name a claim: ours as the payer gives it back, and the payer's."""
    both = ((each.claim_id, each.control) for each in _claims(netted))
    return {number for numbers in both for number in numbers if number}


def _own(taken: Iterable[Taken], netted: NettedClaim | None) -> list[Taken]:
    """Give what the payer of a claim took back beside what it reversed."""
    payers = {(each.payer_name, each.payer_tin) for each in _claims(netted)}
    of_reversals = _of_reversals(netted)
    own = [
        each
        for each in taken
        if any(are_of_one_payer(each.payer, one) for one in payers)
        and abs(each.amount) not in of_reversals
    ]
    return [] if abs(sum(each.amount for each in own)) in of_reversals else own


def _of_reversals(netted: NettedClaim | None) -> set[int]:
    """Give what a claim's reversals take back, and what is left of that with the corrections."""
    if netted is None:
        return set()
    taken_back = [abs(back.paid) for _, back in netted.reversed]
    again = sum(each.paid for each in netted.standing)
    return {*taken_back, *(abs(each - again) for each in (*taken_back, sum(taken_back)) if each)}


def _take(made: Sequence[PaymentComparison], taken: Sequence[Taken]) -> None:
    """Take what was taken back off what the lines of a claim were paid too much, and say so."""
    left = sum(each.amount for each in taken)
    if left < 0:
        _tell_added(made, taken, -left)
    if left <= 0:
        return
    when = _when(each for each in taken if each.amount > 0)
    over = [each for each in made if each.status == OVERPAID and each.overpaid]
    over.sort(key=lambda each: abs((each.overpaid or 0) - left) > each.tolerance)
    for each in over:
        owed = each.overpaid or 0
        amount = min(left, owed)
        if not amount:
            break
        left -= amount
        rest = owed - amount
        each.taken_back = owed if rest <= each.tolerance else amount
        said = f"{dollars(amount)} of what was paid too much was taken back{when}"
        if each.overpaid:
            said += f", and {dollars(each.overpaid)} not yet"
        each.notes.append(said)
    if left > max(each.tolerance for each in made):
        _tell_beyond(made, taken, left, when)


def _when(taken: Iterable[Taken]) -> str:
    days = sorted({each.on for each in taken if each.on})
    return f" by a provider adjustment (PLB WO){' on ' if days else ''}{' and '.join(days)}"


def _tell_added(made: Sequence[PaymentComparison], taken: Sequence[Taken], added: int) -> None:
    """Write what such adjustments added to payments where it is looked for, once."""
    due = [each for each in made if each.is_due]
    same = [
        *(each for each in due if abs((each.underpaid or 0) - added) <= each.tolerance),
        *(
            each
            for each in made
            if each.payer and abs(each.payer.received - added) <= each.tolerance
        ),
    ]
    compared = [each for each in made if each.status in COMPARED]
    bears = same[0] if same else bearing(due or compared or made)
    when = _when(each for each in taken if each.amount < 0)
    bears.notes.append(
        f"{dollars(added)} was added to the payment{when}, and nothing in these files says why"
    )
    of = _named_by(bears, taken)
    bears.added_beside = (
        f"the payer added {dollars(added)}{when}, which names it by {of}, and no line has that"
        " money: it gives back what was taken before, or will be taken again; ask the payer which,"
        " and post it to this claim"
    )
    bears.may_be_paid_so = bears.is_due and (bears.underpaid or 0) <= added + bears.tolerance


def _named_by(bears: PaymentComparison, taken: Sequence[Taken]) -> str:
    """Say by whose number a claim is named; numbers stand in columns that privacy may hide."""
    ours = {bears.claim.claim_id, bears.claim.control}
    is_ours = bool({each.number for each in taken} & ours)
    return "the claim's own number" if is_ours else "the payer's claim number"


def _tell_beyond(
    made: Sequence[PaymentComparison], taken: Sequence[Taken], left: int, when: str
) -> None:
    """Write what was taken back beyond what was paid too much where it is looked for, once.

    Whether it was due is told nowhere: the payer is asked why.
    """
    # Of what is not compared nobody knows what was paid too much.
    compared = [each for each in made if each.status in COMPARED]
    paid_so = [
        each
        for each in compared
        if each.payer and abs(each.payer.received - each.taken_back - left) <= each.tolerance
    ]
    bears = bearing(paid_so or compared or made)
    bears.notes.append(
        f"{dollars(left)} of this claim was taken back{when}, and nothing in these files says why"
    )
    if not compared:
        return
    told = sum(each.payer.received - each.taken_back for each in compared if each.payer)
    bears.taken_beyond = min(left, max(0, told))
    unpaid = left - bears.taken_beyond
    more = "" if unpaid <= bears.tolerance else _more(left, unpaid)
    of = _named_by(bears, taken)
    if bears.status == PAID_AS_EXPECTED:
        bears.taken_unduly = (
            f"the payer took back {dollars(left)}{when}, which names it by {of}, of what it paid"
            f" as it should{more}: ask why, and ask for it back"
        )
    else:
        bears.taken_unduly = (
            f"{dollars(left)} was taken back{when} beyond what was paid too much{more}{OUR_NOTE}it"
            f" names it by {of}: ask why, and ask for it back"
        )


def _more(left: int, unpaid: int) -> str:
    """Say of what was taken back how much these files do not say was paid."""
    of = "" if unpaid == left else f" by {dollars(unpaid)}"
    return f", and more{of} than these files say was paid"
