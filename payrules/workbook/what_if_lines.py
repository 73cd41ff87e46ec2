"""The changed lines of a what-if, as its sheet shows them: by whom, and no 0.00 nobody knows."""

import polars as pl

from payrules.runs.who_paid import as_named
from payrules.scenarios.answer import Answer
from payrules.scenarios.on_file import setup_of


def lines_of(answered: Answer) -> pl.DataFrame:
    """Give the changed lines, with the payer of each, before and after, of several payers."""
    base, lines = answered.base, answered.lines
    sides = {"": pl.Series("payer", dtype=pl.String), "_after": pl.Series("", dtype=pl.String)}
    for one in answered.comparisons:
        after = setup_of(base, one.plan)
        for side, names in (
            ("", base.payer_names(base.lines)),
            ("_after", base.payer_names(one.plan.claims.lines, after)),
        ):
            sides[side] = pl.concat([sides[side], names.gather(one.lines["row"])])
    was, now = sides.values()
    if pl.concat([was, now.alias("payer")]).n_unique() < 2:
        return lines
    named = {name: as_named(name) for name in {*was, *now}}
    lines = lines.with_columns(was.replace(named).alias("payer"))
    if was.equals(now):
        return lines
    return lines.with_columns(now.replace(named).alias("payer_after"))
