"""The changed lines of a what-if, as its sheet shows them: by whom, and no 0.00 nobody knows."""

from collections.abc import Iterable

import polars as pl

from payrules.payers import Payer
from payrules.payers.left_open import owes_unsaid, says_no_coinsurance, where_on_file
from payrules.runs.who_paid import as_named
from payrules.scenarios.answer import Answer


def lines_of(answered: Answer) -> pl.DataFrame:
    """Give the changed lines with no 0.00 of what patients owe, where no file says it.

    With the payer of each, before and after, where the batch has several.
    """
    base, lines = answered.base, answered.lines
    sides = {"": pl.Series("payer", dtype=pl.String), "_after": pl.Series("", dtype=pl.String)}
    unsaid = dict.fromkeys(sides, pl.Series(dtype=pl.Boolean))
    for one in answered.comparisons:
        setup = one.plan.stages[-1][1] if one.plan.stages else base.setup
        for side, names, payers in (
            ("", base.payer_names(base.lines), base.setup.every_payer),
            ("_after", base.payer_names(one.plan.claims.lines, setup), setup.every_payer),
        ):
            here = names.gather(one.lines["row"])
            sides[side] = pl.concat([sides[side], here])
            unsaid[side] = pl.concat([unsaid[side], here.is_in(_open(payers.values()))])
    for side, is_open in unsaid.items():
        unknown = pl.lit(is_open) & owes_unsaid(f"allowed_amount{side}")
        lines = lines.with_columns(where_on_file(f"patient_amount{side}", unknown))
    before, after = sides.values()
    if pl.concat([before, after.alias("payer")]).n_unique() < 2:
        return lines
    named = {name: as_named(name) for name in {*before, *after}}
    lines = lines.with_columns(before.replace(named).alias("payer"))
    if before.equals(after):
        return lines
    return lines.with_columns(after.replace(named).alias("payer_after"))


def _open(payers: Iterable[Payer]) -> list[str]:
    return [each.name for each in payers if says_no_coinsurance(each)]
