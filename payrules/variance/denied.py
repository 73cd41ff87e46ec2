"""What is due on a denied line: what was expected to be paid, and what its deductible left over.

A denied line shows no cost sharing, since nothing was allowed: to restate it with what its payer
applied, as lines that were paid are, would leave the deductible out, and more would be due than was
expected to be paid. Decisions:

* Due is what was expected to be paid, the deductible and coinsurance taken as they were priced.
* What the payer took as deductible on other lines of the claim, beyond what was expected of those,
  the denied line need not take any more, and as much more of it is due: the deductible is taken
  once of a claim, wherever its payer took it. Of several denied lines the first by number is freed
  first. What was taken on other claims is not known.
* Of a line that lies within the deductible nothing is due from its payer, denied or not; and what
  the patient would owe on it he does not owe while it stands denied under CO. So it is acted on by
  the denial's own cause, unless all that was taken off beside 45 stands under PR: that the patient
  may be billed as it is. [group codes CO and PR: CMS Pub. 100-04, ch. 22, §60]
"""

from collections.abc import Collection, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import polars as pl

from payrules.money import WHOLE
from payrules.variance.amounts import cost_sharing, share
from payrules.variance.codes import CONTRACTUAL, PATIENT
from payrules.variance.comparison import COMPARED, DENIED, PaymentComparison
from payrules.variance.expected import ExpectedLine
from payrules.variance.own_shares import WHOLE_SHARE


class _Denied(NamedTuple):
    """What a denied line was priced with; amounts are cents."""

    allowed: int
    paid: int
    deductible: int
    coinsurance: int
    rate: int
    by_medicare: bool
    withheld_rate: int
    assistant_share: int
    second_payer_most: int | None = None

    def due(self, deductible: int) -> int:
        """Give what is due on it with some deductible."""
        base = self.allowed - deductible
        if self.by_medicare:
            own_share = share(base, self.rate, WHOLE_SHARE)
        else:
            shared = self.allowed - self.deductible
            own_share = share(base, self.coinsurance, shared) if shared > 0 else 0
        payable = share(base - own_share, self.assistant_share, WHOLE)
        if self.second_payer_most is not None:
            payable = max(0, min(payable, self.second_payer_most))
        return payable - share(payable, self.withheld_rate, WHOLE)


def _dues(denied: Sequence[_Denied], taken_elsewhere: int) -> list[int]:
    """Give what is due on a claim's denied lines, which stand by number."""
    left = max(0, taken_elsewhere)
    dues = []
    for line in denied:
        freed = min(left, line.deductible)
        left -= freed
        more = line.due(line.deductible - freed) - line.due(line.deductible) if freed else 0
        dues.append(line.paid + more)
    return dues


def restate_denied(made: Sequence[PaymentComparison]) -> None:
    """Write what is due into the denied ones of a claim's comparisons."""
    denied = [each for each in made if each.status == DENIED]
    if not denied:
        return
    denied.sort(key=lambda each: each.lines[0].number)
    elsewhere = sum(_taken_beyond(each) for each in made if each.status in _ALLOWED)
    dues = iter(_dues([_denied(line) for each in denied for line in each.lines], elsewhere))
    for each in denied:
        each.restated = sum(next(dues) for _ in each.lines)


def is_within_deductible(each: PaymentComparison) -> bool:
    """Tell whether a line was denied on which all that is expected is the patient's deductible."""
    is_due = each.underpaid or each.lines[0].secondary
    return each.status == DENIED and not is_due and any(line.deductible for line in each.lines)


def is_put_to_patient(codes: Collection[tuple[str, str]]) -> bool:
    """Tell whether all that was taken off, beside the contractual difference, is the patient's."""
    groups = {group for group, carc in codes if carc != CONTRACTUAL}
    return groups == {PATIENT}


_ALLOWED = frozenset(COMPARED) - {DENIED}


def _taken_beyond(each: PaymentComparison) -> int:
    """Give what of the payer's deductible is more than was expected of a comparison's lines."""
    assert each.payer is not None
    taken = sum(deductible for _, deductible, *_ in cost_sharing(each.lines, each.payer))
    return taken - sum(line.deductible for line in each.lines)


def _denied(line: ExpectedLine) -> _Denied:
    return _Denied(
        *(line.allowed or 0, line.paid or 0, line.deductible, line.coinsurance, line.rate),
        *(line.by_medicare, line.withheld_rate, line.assistant_share, line.second_payer_most),
    )


def denied_restated(paired: pl.DataFrame) -> pl.DataFrame:
    """Write the same into lines compared in columns: `restated` and `owed` of `with_amounts`."""
    is_denied = paired["variance_status"] == DENIED
    if not is_denied.any():
        return paired
    due = pl.select(pl.when(is_denied).then(paired["expected_paid"]).otherwise(paired["restated"]))
    restated = due.to_series().alias("restated")
    of_claims = paired.select("claim").filter(is_denied & (paired["deductible"] > 0)).to_series()
    if len(of_claims):
        restated = _freed(paired, restated, paired["claim"].is_in(of_claims.implode()))
    return paired.with_columns(restated, owed=restated - paired["received"])


def _freed(paired: pl.DataFrame, restated: pl.Series, is_asked: pl.Series) -> pl.Series:
    """Look, claim by claim, whether the payer took a denied line's deductible elsewhere."""
    rows = paired.with_row_index("_at").filter(is_asked).sort("claim", "number")
    told = rows.select(
        *("_at", "claim", "variance_status"),
        beyond=pl.col("own_deductible") - pl.col("deductible"),
        line=pl.struct(
            *("expected_allowed", "expected_paid", "deductible", "coinsurance", "rate"),
            *("by_medicare", "withheld_rate", "assistant_share"),
        ),
    )
    places: list[int] = []
    dues: list[int] = []
    for _, of_claim in groupby(told.iter_rows(), key=itemgetter(1)):
        claim = [(at, status, beyond, line) for at, _, status, beyond, line in of_claim]
        denied = [
            (at, _Denied(*line.values())) for at, status, _, line in claim if status == DENIED
        ]
        elsewhere = sum(beyond for _, status, beyond, _ in claim if status in _ALLOWED)
        places += [at for at, _ in denied]
        dues += _dues([line for _, line in denied], elsewhere)
    return restated.scatter(places, dues)
