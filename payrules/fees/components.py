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
    filed, moved, cap (`UnitAmounts`); `wanted` says of each combination whether it has such a row.
    """

    target: str
    code: pl.Expr
    modifier: str
    asked: Sequence[str]
    wanted: pl.Series


def _kin(priced: pl.DataFrame) -> list[Related]:
    """Name the rows that a fee may need: of the family's base, of a test's components."""
    code = pl.col("hcpcs_code")
    whole = priced["pctc_indicator"] == "1"
    related = [
        Related(
            "_base",
            pl.col("endoscopic_family"),
            "",
            ["amount"],
            priced["endoscopic_family"].is_not_null(),
        ),
        Related("_professional", code, "26", ["amount", "filed", "moved"], whole),
        Related("_technical", code, "TC", ["amount", "filed", "cap"], whole),
    ]
    for place in (0, 1):
        codes = {
            whole: parts[place] for whole, parts in TECHNICAL_CODES.items() if place < len(parts)
        }
        part = code.replace_strict(codes, default=None, return_dtype=pl.String)
        divided = priced["hcpcs_code"].is_in([*codes])
        related.append(Related(f"_part_{place}", part, "", ["amount", "filed"], divided))
    return related


def with_related(priced: pl.DataFrame, rates: pl.DataFrame, own: UnitAmounts) -> pl.DataFrame:
    """Price related rows (the base, components) in each combination's place and setting.

    What no combination has a row for is null of all: nothing is joined for it.
    """
    kin = _kin(priced)
    none = [
        pl.Series(f"{each.target}_{name}", [None], dtype=pl.Int64).new_from_index(0, priced.height)
        for each in kin
        for name in each.asked
        if not each.wanted.any()
    ]
    related = [each for each in kin if each.wanted.any()]
    priced = priced.hstack(none)
    if not related:
        return priced
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


def with_components(priced: pl.DataFrame, cap: pl.Expr, *, any_changed: bool) -> pl.DataFrame:
    """Give the professional and technical component of one unit, and what the schedule contradicts.

    `cap` is the limit of one unit; `any_changed` says whether a what-if changed any fee.

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
        if not any_changed:
            return part
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
    priced = priced.with_columns(
        cap_amount=cap, technical_share=technical, professional_share=professional
    )
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
    parts = {name: pl.col(f"{name}_share") for name in ("technical", "professional")}
    whole_amount = priced["fee_schedule_amount"]
    contradicted = priced["_expense_beyond"].any() or any(
        (priced[f"{name}_share"] > whole_amount).any() for name in parts
    )
    if not contradicted:
        return priced.with_columns(parts_note=pl.lit(None, dtype=pl.String))
    amount = pl.col("fee_schedule_amount")
    beyond = {name: (part > amount).fill_null(value=False) for name, part in parts.items()}
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
