"""The tables of edits that rules join, and what a rule may count on in each."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Protocol

import polars as pl

from payrules.dated import StandIn
from payrules.errors import RuleError
from payrules.frozen import frozen

#: The columns of each table whose codes must be billed for a row to matter.
CODES_OF_TABLES = {
    "unlikely_units": ("hcpcs_code",),
    "procedure_pairs": ("column_1_code", "column_2_code"),
    "add_on": ("add_on_code",),
    "anesthesia_base_units": ("hcpcs_code",),
}
_IN_FORCE = {"effective_from": pl.Date, "effective_to": pl.Date}
#: The columns of each table that a rule may count on.
TABLES: dict[str, dict[str, Any]] = {
    "unlikely_units": {
        "hcpcs_code": pl.String,
        "mue_value": pl.Int64,
        "adjudication_indicator": pl.String,
        **_IN_FORCE,
    },
    "procedure_pairs": {
        "column_1_code": pl.String,
        "column_2_code": pl.String,
        "modifier_indicator": pl.String,
        **_IN_FORCE,
    },
    "add_on": {
        "add_on_code": pl.String,
        "add_on_type": pl.String,
        "primary_code": pl.String,
        **_IN_FORCE,
    },
    "anesthesia_base_units": {"hcpcs_code": pl.String, "base_units": pl.Int64, **_IN_FORCE},
}


def are_about(name: str, codes: pl.Series) -> pl.Expr:
    """Say of a table's rows which can concern a batch of these codes."""
    return pl.all_horizontal(pl.col(CODES_OF_TABLES[name]).is_in(codes.implode()))


class Edits(Protocol):
    """Tables of edits at hand: in memory, or in a store that is read when the codes are known."""

    def has(self, name: str) -> bool:
        """Say whether there is a table that rules call so."""

    def about(self, codes: pl.Series) -> "Tables":
        """Give the tables with only the rows that can concern a batch of these codes."""


@frozen
class Tables:
    """Tables of edits a rule may join: None where the schedules hold none of that kind."""

    unlikely_units: pl.DataFrame | None = None
    procedure_pairs: pl.DataFrame | None = None
    add_on: pl.DataFrame | None = None
    anesthesia_base_units: pl.DataFrame | None = None
    #: Lines that are never priced and count for coverage policies, with the columns of claim lines.
    history: pl.DataFrame | None = None
    #: Of each table, the spans of dates that an earlier quarter's edits stand in for.
    stand_ins: Mapping[str, Sequence[StandIn]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Say whether there is a table that rules call so."""
        return getattr(self, name) is not None

    def about(self, codes: pl.Series) -> "Tables":
        """Give the tables with only the rows that can concern a batch of these codes."""
        cut = {}
        for name in CODES_OF_TABLES:
            table = getattr(self, name)
            if table is not None:
                cut[name] = table.filter(are_about(name, codes))
        return replace(self, **cut)

    def standing_in(self, name: str) -> pl.Expr:
        """Say of a line's day which earlier quarter's edits of a table stand in; null for its own.

        Text, such as "July 2024"; reads the column `service_date`.
        """
        said = pl.lit(None, dtype=pl.String)
        for each in self.stand_ins.get(name, ()):
            said = pl.when(each.holds(pl.col("service_date"))).then(pl.lit(each.of)).otherwise(said)
        return said

    def in_use(self, name: str) -> pl.DataFrame:
        """Give a table that a rule `needs`; such a rule only runs where there is one."""
        table = getattr(self, name)
        if not isinstance(table, pl.DataFrame):
            raise RuleError(f"There is no table {name!r}; a rule that joins it must need it.")
        return table
