"""What payers allowed and paid, held against what is expected: the lines counted and added up."""

from decimal import Decimal

import polars as pl

from payrules.frozen import frozen
from payrules.runs import against_paid
from payrules.runs.against_paid import AS_EXPECTED, IN_WORDS, LESS, MEASURES, MORE, NOT_COMPARED
from payrules.workbook.figures.totals import CENTS

TITLE = "Expected against paid"
WHAT_NEXT = (
    "Whether a difference is owed, why, and what to appeal: payrules variance. What is paid also"
    " depends on deductible and coinsurance; what is allowed does not."
)
_GROUPS = {
    LESS: "less than expected",
    AS_EXPECTED: "as expected",
    MORE: "more than expected",
    NOT_COMPARED: "not compared, an amount is missing",
}


@frozen
class PaidGroup:
    """Lines that were paid less, more or as expected, or not compared; amounts in dollars."""

    group: str
    label: str
    lines: int
    expected: Decimal
    paid: Decimal

    @property
    def difference(self) -> Decimal:
        """Payer's amount less the expected one."""
        return self.paid - self.expected

    @property
    def share(self) -> Decimal | None:
        """The difference as a share of what was expected."""
        return self.difference / self.expected if self.expected > 0 else None


@frozen
class PaidMeasure:
    """What payers allowed, or paid: `expected` and `theirs` name the columns of lines compared."""

    expected: str
    theirs: str
    compared: tuple[PaidGroup, ...]
    aside: PaidGroup

    @property
    def total(self) -> PaidGroup:
        """All that was compared."""
        return PaidGroup(
            "",
            f"{IN_WORDS[self.expected]}, compared",
            sum(each.lines for each in self.compared),
            sum((each.expected for each in self.compared), Decimal("0.00")),
            sum((each.paid for each in self.compared), Decimal("0.00")),
        )


def measures_of(lines: pl.DataFrame) -> tuple[PaidMeasure, ...]:
    """Compare lines in dollars; nothing of a batch that does not say what was paid."""
    there = [name for pair in MEASURES.items() for name in pair if name in lines.columns]
    cents = lines.select((pl.col(name) * CENTS).cast(pl.Int64) for name in there)
    found = []
    for measure, groups in against_paid.groups_of(against_paid.against_paid(cents)).items():
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
        found.append(PaidMeasure(measure, MEASURES[measure], tuple(rows[:-1]), rows[-1]))
    return tuple(found)
