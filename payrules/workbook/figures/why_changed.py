"""Why a line is priced otherwise than last time: the first that is other of what decides it.

A line whose amounts alone are others was billed otherwise (its date, modifiers, units), or its
payer's terms are others: a reader looks for that next, and nothing else on the sheet shows it.
"""

from collections.abc import Collection, Iterator, Sequence

import polars as pl

#: What of a line is other, the first of these that is. Those of `BILLED` change no amount by
#: themselves: they say why one is another.
WHY = {
    "payer": "another payer",
    "hcpcs_code": "another code",
    "billed_date": "another date of service",
    "billed_modifiers": "other modifiers",
    "billed_units": "other units",
    "billed_place": "another place of service",
    "billed_locality": "another locality",
    "billed_practitioner": "another practitioner",
    "billed_deductible": "another deductible remaining",
    "status": "another status",
    "charge_amount": "another charge",
    "release": "another release",
    "terms": "other terms",
}
OTHER_AMOUNTS = "other amounts"

#: What a line is billed with → its column of results and packs.
BILLED = {
    "billed_date": "claim_line_start_date",
    "billed_modifiers": "modifiers",
    "billed_units": "service_unit_quantity",
    "billed_place": "place_of_service_code",
    "billed_locality": "locality",
    "billed_practitioner": "practitioner_type",
    "billed_deductible": "deductible_remaining",
}
_EACH_MODIFIER = "hcpcs_modifier_"


def as_billed(columns: Collection[str], *, are_all: bool) -> Iterator[pl.Expr]:
    """Give what lines are billed with as texts, alike whatever file holds them.

    Null where nobody knows: a sheet may leave columns out. Where these are all columns of a batch,
    one that is not there says nothing on any line.
    """
    for name, column in BILLED.items():
        if name == "billed_modifiers":
            yield _modifiers(columns, are_all=are_all).alias(name)
        elif column not in columns:
            unsaid = "1.0" if name == "billed_units" else ""
            yield pl.lit(unsaid if are_all else None, pl.String).alias(name)
        else:
            yield _text(name, pl.col(column).cast(pl.String)).alias(name)


def _text(name: str, cells: pl.Expr) -> pl.Expr:
    """Write dates, numbers, places and names as text: a workbook has its own ways for each."""
    match name:
        case "billed_date":
            return cells.str.slice(0, 10)
        case "billed_units":
            return cells.cast(pl.Float64, strict=False).fill_null(1).cast(pl.String)
        case "billed_deductible":
            return cells.cast(pl.Float64, strict=False).cast(pl.String).fill_null("")
        case "billed_place":
            return cells.str.zfill(2).fill_null("")
    return cells.str.to_lowercase().str.replace_all("_", " ", literal=True).fill_null("")


def _modifiers(columns: Collection[str], *, are_all: bool) -> pl.Expr:
    each = [name for name in columns if name.startswith(_EACH_MODIFIER)]
    if "modifiers" in columns:
        told = pl.col("modifiers").cast(pl.String)
    elif each:
        told = pl.concat_str(each, separator=" ", ignore_nulls=True)
    else:
        return pl.lit("" if are_all else None, pl.String)
    words = told.fill_null("").str.to_uppercase().str.extract_all("[0-9A-Z]+")
    return words.list.sort().list.join(" ")


def are_other(otherwise: Sequence[tuple[str, str, str, str]], payers: pl.Series) -> pl.Series:
    """Tell the lines of payers whose terms or rules stand otherwise than last time.

    Of a payer that one of the runs did not have, nothing is known of its terms there.
    """
    alone = {what for kind, what, *_ in otherwise if kind == "Payer"}
    told = [what for kind, what, *_ in otherwise if kind in {"Rule", "Term"}]
    of_one = any(kind == "Rule" and ": " not in what for kind, what, *_ in otherwise)
    names = [
        name
        for name in payers.drop_nulls().unique()
        if name not in alone
        if of_one or any(what.startswith(f"{name}: ") for what in told)
    ]
    return payers.is_in(names).fill_null(value=False)
