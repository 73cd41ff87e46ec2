"""Modifiers that a what-if adds to lines and drops from them."""

from collections.abc import Mapping

import polars as pl

from payrules.claims import columns
from payrules.scenarios.conditions import Refuse


def with_modifiers(
    lines: pl.DataFrame,
    added: Mapping[str, pl.Series],
    dropped: Mapping[str, pl.Series],
    refuse: Refuse,
) -> pl.DataFrame:
    """Add and drop modifiers; on the lines that are met, those that stay move up."""
    if not (added or dropped):
        return lines
    for modifier in added:
        if len(modifier) != 2 or not modifier.isalnum():
            raise refuse(
                "add_modifier", f"'{modifier}' is not a modifier: a modifier has two characters"
            )
    touched = pl.repeat(value=False, n=lines.height, dtype=pl.Boolean, eager=True)
    for mask in (*added.values(), *dropped.values()):
        touched |= mask
    rows = touched.arg_true()
    kept = pl.concat_list(columns.MODIFIERS)
    for modifier, mask in dropped.items():
        without = kept.list.filter(pl.element() != modifier)
        kept = pl.when(pl.lit(mask.gather(rows))).then(without).otherwise(kept)
    kept = kept.list.drop_nulls()
    for modifier, mask in added.items():
        missing = pl.lit(mask.gather(rows)) & ~kept.list.contains(modifier)
        more = pl.concat_list(kept, pl.lit(modifier))
        kept = pl.when(missing).then(more).otherwise(kept)
    billed = lines.select(columns.MODIFIERS)[rows].select(modifiers=kept)["modifiers"]
    over = int((billed.list.len() > len(columns.MODIFIERS)).sum())
    if over:
        raise refuse(
            "add_modifier",
            f"{over:,} of the lines it matches already carry five modifiers, the most a line has",
        )
    return lines.with_columns(
        lines[name].clone().scatter(rows, billed.list.get(place, null_on_oob=True))
        for place, name in enumerate(columns.MODIFIERS)
    )
