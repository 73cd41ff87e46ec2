"""What payers allowed and paid, held against what is expected: the lines counted and added up."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import polars as pl

from payrules.frozen import frozen
from payrules.runs import against_paid
from payrules.runs.against_paid import (
    AS_EXPECTED,
    IN_WORDS,
    LESS,
    MEASURES,
    MORE,
    NOT_COMPARABLE,
    NOT_COMPARED,
    SHARE_UNKNOWN,
)
from payrules.workbook.figures.totals import CENTS, ZERO

TITLE = "Expected against paid"
WHAT_NEXT = (
    "Whether a difference is owed, why, and what to appeal: payrules variance. What is paid also"
    " depends on deductible and coinsurance; what is allowed does not."
)
_GROUPS = {
    LESS: "less than expected",
    AS_EXPECTED: "as expected",
    MORE: "more than expected",
    SHARE_UNKNOWN: NOT_COMPARABLE,
    NOT_COMPARED: "not compared, an amount is missing",
}


@frozen
class PaidGroup:
    """Lines that were paid less, more or as expected, or not compared; amounts in dollars."""

    group: str
    label: str
    lines: int
    expected: Decimal
    paid: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """Payer's amount less the expected one."""
        return None if self.paid is None else self.paid - self.expected

    @property
    def share(self) -> Decimal | None:
        """The difference as a share of what was expected."""
        off = self.difference
        return off / self.expected if off is not None and self.expected > 0 else None


@frozen
class PaidMeasure:
    """What payers allowed, or paid: `expected` and `theirs` name the columns of lines compared.

    `apart` are lines that both amounts are there of, and that cannot be compared all the same.
    """

    expected: str
    theirs: str
    compared: tuple[PaidGroup, ...]
    apart: tuple[PaidGroup, ...]
    aside: PaidGroup

    @property
    def not_compared(self) -> tuple[PaidGroup, ...]:
        """All that stand under the total."""
        return (*self.apart, self.aside)

    @property
    def total(self) -> PaidGroup:
        """All that was compared."""
        return PaidGroup(
            "",
            f"{IN_WORDS[self.expected]}, compared",
            sum(each.lines for each in self.compared),
            sum((each.expected for each in self.compared), ZERO),
            sum((each.paid or ZERO for each in self.compared), ZERO),
        )


def measures_of(lines: pl.DataFrame, unsaid: Sequence[str]) -> tuple[PaidMeasure, ...]:
    """Compare lines in dollars; nothing of a batch that does not say what was paid.

    `unsaid` are the payers whose files say no coinsurance, as the lines name them.
    """
    there = [name for pair in MEASURES.items() for name in pair if name in lines.columns]
    cents = lines.select((pl.col(name) * CENTS).cast(pl.Int64) for name in there)
    found = []
    shares = lines["payer_name"].is_in(list(unsaid))
    for measure, groups in against_paid.groups_of(against_paid.against_paid(cents, shares)).items():
        rows = [
            PaidGroup(
                group,
                f"{IN_WORDS[measure]} {_GROUPS[group]}",
                count,
                Decimal(expected) / 100,
                Decimal(paid) / 100,
            )
            for group, (count, expected, paid) in groups.items()
        ]
        *compared, aside = rows
        apart = [each for each in compared if each.group == SHARE_UNKNOWN]
        compared = [each for each in compared if each not in apart]
        theirs = pl.col(MEASURES[measure]).is_not_null()
        if cents.filter(theirs & pl.col(measure).is_null()).is_empty():
            aside = replace(aside, paid=None)  # no such line has an amount of the payer's either
        found.append(PaidMeasure(measure, MEASURES[measure], tuple(compared), tuple(apart), aside))
    return tuple(found)
