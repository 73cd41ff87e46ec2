"""Modifiers as one integer of flags per line, so that a rule asks for one in a single step.

Only modifiers that a payment rule reads have a flag of their own. The anatomical
modifiers that lift an NCCI pair share one. Modifiers that change no amount are known
without a flag; any other is unknown, and the line carries a note that names it.
"""

from collections.abc import Sequence

import polars as pl

MODIFIER_COLUMNS = tuple(f"hcpcs_modifier_{place}" for place in range(1, 6))

_ANATOMICAL = (
    *(f"E{n}" for n in range(1, 5)),
    "FA",
    *(f"F{n}" for n in range(1, 10)),
    "TA",
    *(f"T{n}" for n in range(1, 10)),
    *("LC", "LD", "LM", "RC", "RI"),
)
_READ_BY_A_RULE = (
    *("26", "TC", "53", "50", "RT", "LT", "59", "XE", "XS", "XP", "XU"),
    *("80", "81", "82", "AS", "62", "66", "54", "55", "56", "78", "79", "58"),
    *("24", "25", "57", "FT", "27", "91", "GY", "73", "74", "22", "52"),
    *("CT", "FX", "FY", "CQ", "CO", "AA", "QK", "QX", "QY", "QZ", "AD"),
)
#: Spec §9: these change no amount.
_CHANGES_NOTHING = (
    *("51", "76", "77", "KX", "GC", "AG", "AQ", "GA", "GP", "GO", "GN", "95"),
    *(f"P{n}" for n in range(1, 7)),
    *(f"X{n}" for n in range(1, 6)),
)

_FLAGS: dict[str, int] = {modifier: 1 << bit for bit, modifier in enumerate(_READ_BY_A_RULE)}
_FLAGS |= dict.fromkeys(_ANATOMICAL, 1 << len(_READ_BY_A_RULE))
_FLAGS |= dict.fromkeys(_CHANGES_NOTHING, 0)
_UNKNOWN = 1 << (len(_READ_BY_A_RULE) + 1)

ASSISTANT = ("80", "81", "82", "AS")
#: NCCI modifiers: with a modifier indicator of 1, one of these on either line lifts the pair.
NCCI = (
    *("E1", "RT", "LT", "24", "25", "27", "57", "58", "59", "78", "79", "91"),
    *("XE", "XS", "XP", "XU"),
)


def flags(modifiers: Sequence[str]) -> int:
    """Give the flags of some modifiers together."""
    together = 0
    for modifier in modifiers:
        together |= _FLAGS[modifier]
    return together


def billed_with(*modifiers: str) -> pl.Expr:
    """Whether a line carries any of these modifiers; reads the column `modifiers`."""
    return (pl.col("modifiers") & flags(modifiers)) != 0


def encode(lines: pl.DataFrame) -> pl.DataFrame:
    """Add `modifiers` (Int64 flags) and `unknown_modifiers` (text, or null) to claim lines."""
    filled = [name for name in MODIFIER_COLUMNS if lines[name].null_count() < lines.height]
    together = pl.zeros(lines.height, pl.Int64, eager=True).alias("modifiers")
    for name in filled:  # few lines carry one, fewer a second
        rows = lines[name].is_not_null().arg_true()
        of_rows = (
            lines[name].gather(rows).replace_strict(_FLAGS, default=_UNKNOWN, return_dtype=pl.Int64)
        )
        together = together.scatter(rows, together.gather(rows) | of_rows)
    unknown = ((together & _UNKNOWN) != 0).arg_true()
    named = pl.Series("unknown_modifiers", [None], dtype=pl.String).new_from_index(0, lines.height)
    if len(unknown):
        texts = lines.select(pl.col(filled).gather(unknown)).select(
            pl.concat_str(
                *(pl.when(~pl.col(name).is_in(list(_FLAGS))).then(name) for name in filled),
                separator=" ",
                ignore_nulls=True,
            )
        )
        named = named.scatter(unknown, texts.to_series())
    return lines.with_columns(together, named)
