"""What part of a unit's amount is professional and what technical, from the rows of its kin."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from payrules.fees.unit import UnitAmounts
from payrules.money import dollars_text, half_up

#: For tests that are only billed whole (PC/TC 4), the codes of their technical component.
#: Decision: CMS's file does not link them; the RVUs of each group add up exactly (2025D, 2026C).
TECHNICAL_CODES = {
    "93000": ("93005",),
    "93015": ("93017",),
    "93040": ("93041",),
    "93224": ("93225", "93226"),
    "93241": ("93242", "93243"),
    "93245": ("93246", "93247"),
    "93268": ("93270", "93271"),
    "93784": ("93786", "93788"),
}


class Related(NamedTuple):
    """A row that a combination's fee needs beside its own: its code and modifier.

    `target` is what its amounts are named after, `asked` which of them are asked for: amount,
    filed, moved, cap (`UnitAmounts`).
    """

    target: str
    code: pl.Expr
    modifier: str
    asked: Sequence[str]


def with_related(
    priced: pl.DataFrame, rates: pl.DataFrame, related: Sequence[Related], own: UnitAmounts
) -> pl.DataFrame:
    """Price related rows (the base, components) in each combination's place and setting."""
    prefix, height = "_related_", priced.height
    measures = {"amount": own.unit, "filed": own.filed, "moved": own.moved, "cap": own.cap}
    amounts = {name: measure(prefix) for name, measure in measures.items()}
    read = {name for each in amounts.values() for name in each.meta.root_names()}
    # Each combination once for each related row: one join finds them all, one query prices them.
    places = priced.select("period", *sorted(name for name in read if not name.startswith(prefix)))
    codes = priced.select(each.code.alias(each.target) for each in related)
    modifiers = (pl.Series([each.modifier]).new_from_index(0, height) for each in related)
    wanted = pl.concat([places] * len(related)).hstack(
        [pl.concat([*codes]).alias("_code"), pl.concat([*modifiers]).alias("_modifier")]
    )
    theirs = rates.select(
        "period",
        _code="hcpcs_code",
        _modifier="modifier",
        **{f"{prefix}{name}": name for name in own.columns()},
    )
    found = wanted.join(
        theirs, on=["_code", "_modifier", "period"], how="left", maintain_order="left"
    ).select("period", **amounts)
    return priced.hstack(
        [
            found[name].slice(number * height, height).alias(f"{each.target}_{name}")
            for number, each in enumerate(related)
            for name in each.asked
        ]
    )


def with_components(priced: pl.DataFrame) -> pl.DataFrame:
    """Give the professional and technical component of one unit, and what the schedule contradicts.

    Decision: a fee that a what-if changes takes its parts along in proportion, unless it changes
    their rows too; and no part is more than the whole, whatever its own row says, with a note.
    """
    pctc = pl.col("pctc_indicator")
    amount = pl.col("fee_schedule_amount")
    is_whole = pl.col("row_modifier") == ""
    has_part_1 = pl.col("hcpcs_code").is_in(
        [whole for whole, parts in TECHNICAL_CODES.items() if len(parts) > 1]
    )
    of_parts = pl.col("_part_0_amount") + pl.when(has_part_1).then("_part_1_amount").otherwise(0)

    def along(part: pl.Expr, *changed: str) -> pl.Expr:
        moves = pl.col("_filed").is_not_null() & pl.all_horizontal(pl.col(changed).is_null())
        return pl.coalesce(pl.when(moves).then(half_up(part * amount, pl.col("_filed"))), part)

    technical = (
        pl.when((pl.col("row_modifier") == "TC") | (pctc == "3"))
        .then(amount)
        .when(is_whole & (pctc == "1"))
        .then(along(pl.col("_technical_amount"), "_technical_filed"))
        .when(is_whole & (pctc == "4"))
        .then(along(of_parts, "_part_0_filed", "_part_1_filed"))
    )
    professional = (
        pl.when((pl.col("row_modifier") == "26") | (pctc == "2"))
        .then(amount)
        .when(is_whole & (pctc == "1"))
        .then(along(pl.col("_professional_amount"), "_professional_filed"))
    )
    priced = priced.with_columns(technical_share=technical, professional_share=professional)
    return (
        _with_contradictions(priced)
        .with_columns(
            *(
                pl.when(pl.col(share) > amount).then(amount).otherwise(share).alias(share)
                for share in ("technical_share", "professional_share")
            ),
            pl.when(is_whole & (pctc == "1")).then("_technical_cap").alias("technical_cap_amount"),
            pl.col("_base_amount").alias("base_amount"),
            pl.col("unpriced").is_not_null().alias("is_unpriced"),
        )
        .drop(pl.selectors.starts_with("_"))
    )


def _with_contradictions(priced: pl.DataFrame) -> pl.DataFrame:
    """Say in `parts_note` which part of a schedule's amount is more than the amount itself."""
    amount = pl.col("fee_schedule_amount")
    parts = {name: pl.col(f"{name}_share") for name in ("technical", "professional")}
    beyond = {name: (part > amount).fill_null(value=False) for name, part in parts.items()}
    if not priced.select(pl.any_horizontal(*beyond.values(), "_expense_beyond").any()).item():
        return priced.with_columns(parts_note=pl.lit(None, dtype=pl.String))
    whole = pl.concat_str(pl.lit("the whole, $"), dollars_text(amount))
    remarks = [
        pl.when(beyond[name]).then(
            pl.format(
                f"the schedule's {name} part, ${{}}, is more than {{}}: treated as the whole",
                dollars_text(part),
                whole,
            )
        )
        for name, part in parts.items()
    ]
    expense = pl.format(
        "the schedule's therapy amount in parts (work, practice expense, malpractice) is more "
        "than {}: treated as the whole",
        whole,
    )
    remarks.append(pl.when("_expense_beyond").then(expense))
    said = pl.concat_str(remarks, separator="; ", ignore_nulls=True)
    return priced.with_columns(parts_note=said.replace("", None))
