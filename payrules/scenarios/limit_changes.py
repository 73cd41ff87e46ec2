"""Changes of what other schedules pay: payment limits of drugs, and rates of laboratory tests.

Decision: they have one amount, whatever the setting, and whether QW is billed: a fee by setting, or
of a 26, TC or 53 row, is none of theirs. A change of every code's fee is a change of theirs, too.
"""

from collections.abc import Iterable

import polars as pl

from payrules.fees.other_schedules import DRUGS, LABORATORY
from payrules.money import percentage
from payrules.scenarios.changed_rows import each_once, must_stay
from payrules.scenarios.scenario import Scenario
from payrules.schedules import PublishedTable, Release, Schedules
from payrules.within_reason import FEE, PAYMENT_LIMIT

#: Kind of table → its column of amounts, what is within reason there, and its units in a cent.
_AMOUNTS = {DRUGS: ("payment_limit", PAYMENT_LIMIT, 10), LABORATORY: ("rate", FEE, 1)}


class ChangedSchedules(Schedules):
    """Schedules whose quarters of drugs and laboratory tests a scenario changes."""

    def __init__(
        self, releases: Iterable[Release], tables: Iterable[PublishedTable], scenario: Scenario
    ) -> None:
        super().__init__(releases, tables)
        self._scenario = scenario
        self._changed: dict[str, pl.DataFrame | None] = {}

    def table(self, kind: str) -> pl.DataFrame | None:
        """Give the rows of all tables of a kind, changed."""
        rows = super().table(kind)
        if rows is None or kind not in _AMOUNTS or not self._scenario.says.fees:
            return rows
        if kind not in self._changed:
            self._changed[kind] = _with_amounts(rows, kind, self._scenario)
        return self._changed[kind]

    def rows_where(self, kind: str, holds: pl.Expr) -> pl.DataFrame | None:
        """Give the rows of `table` for which a condition on its key holds, changed."""
        if kind not in _AMOUNTS:
            return super().rows_where(kind, holds)
        rows = self.table(kind)
        return None if rows is None else rows.filter(holds)

    def check_limits(self) -> None:
        """Change the quarters, so that a contradiction is told before a line is priced."""
        for kind in _AMOUNTS:
            self.table(kind)


def _with_amounts(rows: pl.DataFrame, kind: str, scenario: Scenario) -> pl.DataFrame:
    """Scale or set the amounts of the rows that a scenario's fees are about."""
    column, range_, of_a_cent = _AMOUNTS[kind]
    keys = rows.select("hcpcs_code", modifier=pl.lit(""))
    for here, fee in each_once(keys, scenario.says.fees, "fees", scenario.refuse):
        if fee.scale is not None:
            changed = percentage(pl.col(column), fee.scale)
        elif fee.amount is not None:
            changed = pl.lit(fee.amount * of_a_cent, dtype=pl.Int64)
        else:
            continue
        rows = rows.with_columns(pl.when(here).then(changed).otherwise(column).alias(column))
    must_stay(rows, [column], range_, "fees", scenario.refuse)
    return rows
