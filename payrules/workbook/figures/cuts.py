"""Whether sequestration is in the terms of a payer: where it is in none, nothing is said of it.

Decision: a payer whose terms have it shows the amount also where it is 0.00, as in May 2020 to
March 2022: it was looked at, and took nothing. A payer without it, as commercial payers are, has
no such amount. Of several payers one that prices a line is enough; a payer that was given and
prices no line is not.
"""

from collections.abc import Collection

import polars as pl

from payrules.runs.record import RunRecord
from payrules.runs.who_paid import as_named

_RULE, _AMOUNT, _PART = "sequestration", "sequestration_amount", "primary_payer_adjustment"
#: What the accrual calls what nobody pays.
CONTRACTUAL, WITH_IT = "Contractual adjustment", "Contractual adjustment, with sequestration"
#: What the first sheet calls what nobody pays of the allowed amount.
CUTS, OTHER_CUTS = "Sequestration and other cuts", "Other cuts"


def has_sequestration(run: RunRecord, named: Collection[str] = ()) -> bool:
    """Whether a payer of the run has a sequestration; of those that price lines, where `named`.

    `named` are the payers of the lines, by name; one that was not given is priced as the first.
    """
    if float(run.totals.get(_AMOUNT, 0)):
        return True
    every = [as_named(each.name) for each in run.every_payer]
    pricing = {name if name in every else every[0] for name in named} or {*every}
    return any(
        not rule.of or pricing & {as_named(each) for each in rule.of}
        for rule in run.rules
        if rule.name == _RULE
    )


def blank_where_none(lines: pl.DataFrame, run: RunRecord) -> pl.DataFrame:
    """Give lines without an amount of a sequestration that no payer of theirs has: 0.00 is one."""
    if has_sequestration(run, lines["payer_name"].unique().to_list()):
        return lines
    return lines.with_columns(pl.lit(None, dtype=lines.schema[_AMOUNT]).alias(_AMOUNT))


def named_cuts(*, sequestration: bool) -> str:
    """Name what nobody pays of the allowed amount."""
    return CUTS if sequestration else OTHER_CUTS


def named_cuts_of(run: RunRecord) -> str:
    """Name what neither the payers nor patients pay: another payer's part is among it, if any."""
    name = named_cuts(sequestration=has_sequestration(run))
    return name + ", with another payer's part" * bool(float(run.totals.get(_PART, 0)))


def taken_off(*, sequestration: bool) -> str:
    """Name what is taken off the allowed amount before the payer pays."""
    if sequestration:
        return "deductible, coinsurance and sequestration"
    return "deductible and coinsurance"
