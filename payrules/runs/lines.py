"""The lines of a priced batch: what was given of each, and what it is paid, in dollars."""

from collections.abc import Collection
from typing import NamedTuple

import polars as pl

from payrules.claims.checks.numbers import UNIT
from payrules.claims.columns import AMOUNTS, PERCENTAGES, RESULTS, SELDOM_RESULTS
from payrules.few import are_few, repeat
from payrules.money import as_decimal, as_dollars
from payrules.runs.held import HeldTable

_OURS = (*RESULTS, *SELDOM_RESULTS)
#: Result columns that hold money.
MONEY = tuple(
    name
    for name in _OURS
    if name.endswith("_amount") or name in {"limiting_charge", "primary_payer_adjustment"}
)
#: Input columns that hold money.
_INPUT_MONEY = tuple(AMOUNTS.values())
#: The pricing's own names for input columns, and the names users gave them.
_INPUT_NAMES = {"service_date": "claim_line_start_date"}
_UNITS = "units_thousandths"
#: Results in sentences, of which most batches have few.
_SENTENCES = ("review", "reason")


def shown_of(priced: pl.DataFrame, given: Collection[str]) -> pl.DataFrame:
    """Give of priced lines what users see: the columns that they gave, then the results."""
    return priced.select(name for name in priced.columns if name in {*given, *_OURS})


def have_fractions(priced: pl.DataFrame) -> bool:
    """Say whether any line has a fraction of a unit: units are written with decimals then."""
    return _UNITS in priced.columns and bool((priced[_UNITS] % UNIT != 0).any())


def lines_in_dollars(priced: pl.DataFrame, *, fractions: bool) -> pl.DataFrame:
    """Give priced lines the names and types that users see, units with decimals or without."""
    money = [name for name in (*_INPUT_MONEY, *MONEY, *PERCENTAGES) if name in priced.columns]
    renamed = {**_INPUT_NAMES}
    quantities = []
    if _UNITS in priced.columns:
        units = pl.col(_UNITS)
        quantities = [as_decimal(units, 3) if fractions else units // UNIT]
        renamed[_UNITS] = "service_unit_quantity"
    results = [name for name in priced.columns if name in _OURS]
    inputs = [name for name in priced.columns if name not in _OURS]
    return (
        priced.with_columns(*(as_dollars(pl.col(name)) for name in money), *quantities)
        .select(*inputs, *results)
        .rename(renamed)
    )


def with_carried(lines: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Join what was only carried to its lines again, row by row: between inputs and results."""
    if not carried.width:
        return lines
    inputs = [each for each in lines if each.name not in _OURS]
    results = [each for each in lines if each.name in _OURS]
    return pl.DataFrame([*inputs, *carried, *results])


class _AsPriced(NamedTuple):
    """Lines as they are priced, what they carry, and the categories of sentences that repeat."""

    lines: pl.DataFrame
    carried: pl.DataFrame
    fractions: bool
    categories: dict[str, pl.Categorical]


class PricedLines(HeldTable[_AsPriced]):
    """The lines of a batch: as they were priced, or a table of them in dollars."""

    @classmethod
    def of(
        cls, priced: pl.DataFrame, given: Collection[str], carried: pl.DataFrame
    ) -> "PricedLines":
        """Hold what is shown of priced lines."""
        shown = shown_of(priced, given)
        many = not are_few(shown)
        repeating = [name for name in _SENTENCES if many and repeat(shown[name])]
        categories = {name: pl.Categorical(pl.Categories.random()) for name in repeating}
        return cls(_AsPriced(shown, carried, have_fractions(shown), categories))

    def noted(self) -> int:
        """Count the lines with a review note."""
        held = self._held
        return (held if isinstance(held, pl.DataFrame) else held.lines)["review"].count()

    @staticmethod
    def height_of(priced: _AsPriced) -> int:
        """Give the number of lines."""
        return priced.lines.height

    @staticmethod
    def in_dollars(priced: _AsPriced, begin: int, many: int | None = None) -> pl.DataFrame:
        """Put some lines into dollars; sentences that repeat are categories."""
        lines = lines_in_dollars(priced.lines.slice(begin, many), fractions=priced.fractions)
        lines = lines.with_columns(
            pl.col(name).cast(kind) for name, kind in priced.categories.items()
        )
        return with_carried(lines, priced.carried.slice(begin, many))
