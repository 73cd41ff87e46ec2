"""Cost sharing: of which services the patient owes no deductible, and less coinsurance or none.

Medicare's table is `fee_schedules/cost_sharing.csv`: 250 rows of 229 codes, compiled from the
Social Security Act, 42 CFR 410.152 and 410.160, CMS's manual and its contractors' pages, each with
its days and its citation. A payer file may put another in its place, or entries before it.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

import polars as pl

from payrules.content import content_folder
from payrules.frozen import frozen
from payrules.money import WHOLE

#: What the column of codes may say for any code.
ANY_CODE = ("*", "Q3-donor")
_FIRST, _LAST = "00000", "ZZZZZ"


@frozen
class SharedCost:
    """A row: what the patient owes of a code, or a range, on a line with the modifier, if any."""

    first: str
    last: str
    modifier: str
    deductible_waived: bool
    share: int  # the patient's, ten-thousandths
    effective_from: date
    effective_to: date  # the last day
    cites: str

    @property
    def is_of_codes(self) -> bool:
        """Whether it is of a range of codes, or of any."""
        return self.first != self.last

    @property
    def is_of_any(self) -> bool:
        """Whether it is of any code."""
        return (self.first, self.last) == (_FIRST, _LAST)

    def outside(self, own: "SharedCost") -> Iterator["SharedCost"]:
        """Give the row on the days on which an entry of the same code and modifier is not."""
        one, other = ((each.first, each.last, each.modifier) for each in (self, own))
        if one != other:
            yield self
            return
        if self.effective_from < own.effective_from:
            last = min(self.effective_to, own.effective_from - timedelta(days=1))
            yield replace(self, effective_to=last)
        if own.effective_to < self.effective_to:
            first = max(self.effective_from, own.effective_to + timedelta(days=1))
            yield replace(self, effective_from=first)


@frozen
class CostSharing:
    """A table of services whose cost sharing is waived or less, and what it is called."""

    name: str
    rows: tuple[SharedCost, ...]

    def __str__(self) -> str:
        return self.name

    def with_own(self, entries: Iterable[SharedCost], name: str) -> "CostSharing":
        """Give the table with a payer's own entries; each stands for the rows it replaces."""
        own, rows = tuple(entries), self.rows
        for each in own:
            rows = tuple(part for row in rows for part in row.outside(each))
        return CostSharing(f"{self.name}, with {len(own)} of {name}", (*own, *rows))

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The rows as a table: `_number`, codes, modifier, share, days, citation."""
        schema: dict[str, Any] = {
            **dict.fromkeys(("first", "last", "modifier"), pl.String),
            **{"deductible_waived": pl.Boolean, "share": pl.Int64},
            **dict.fromkeys(("effective_from", "effective_to"), pl.Date),
            "cites": pl.String,
        }
        rows = [[getattr(row, name) for name in schema] for row in self.rows]
        return pl.DataFrame(rows, schema=schema, orient="row").with_row_index("_number")

    @cached_property
    def modifiers(self) -> tuple[str, ...]:
        """The modifiers that its rows ask for."""
        return tuple(sorted({row.modifier for row in self.rows} - {""}))

    def codes(self, *, without_modifier: bool = False) -> list[str]:
        """Give the codes it names one by one; of rows without a modifier, if so asked."""
        rows = (row for row in self.rows if not row.is_of_codes)
        return sorted({row.first for row in rows if not (without_modifier and row.modifier)})


def codes_of(written: str) -> tuple[str, str]:
    """Read a code, a range such as `10000-69999`, or a word for any code: the first and last."""
    if written in ANY_CODE:
        return _FIRST, _LAST
    first, _, last = written.partition("-")
    return first, last or first


@cache
def medicare_cost_sharing() -> CostSharing:
    """Give Medicare's table, without what it says of ordinary cost sharing (SSA 1833(a)(1))."""
    path = content_folder("fee_schedules") / "cost_sharing.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = tuple(_row(row) for row in csv.DictReader(file) if row["deductible_waived"] == "y")
    return CostSharing("Medicare's table of preventive services", rows)


def _row(row: Mapping[str, str]) -> SharedCost:
    first, last = codes_of(row["hcpcs_code"])
    return SharedCost(
        first=first,
        last=last,
        modifier=row["modifier"],
        deductible_waived=True,
        share=int(Decimal(row["coinsurance_percent"]) * WHOLE / 100),
        effective_from=date.fromisoformat(row["effective_from"]),
        effective_to=date.fromisoformat(row["effective_to"] or date.max.isoformat()),
        cites=row["citation"],
    )


@cache
def _free_by_days() -> dict[tuple[date, date], list[str]]:
    """Give the codes without coinsurance and modifier, by the days their rows are in force."""
    codes: dict[tuple[date, date], list[str]] = {}
    for row in medicare_cost_sharing().rows:
        if row.share == 0 and not row.modifier:
            codes.setdefault((row.effective_from, row.effective_to), []).append(row.first)
    return codes


def without_coinsurance() -> frozenset[str]:
    """Give the codes of which the patient owes no coinsurance, on whatever day."""
    return frozenset(code for codes in _free_by_days().values() for code in codes)


def owes_no_coinsurance() -> pl.Expr:
    """Say of which lines the patient owes no coinsurance on the day of service, by their code."""
    return pl.any_horizontal(
        pl.col("hcpcs_code").is_in(codes) & pl.col("service_date").is_between(first, last)
        for (first, last), codes in _free_by_days().items()
    )
