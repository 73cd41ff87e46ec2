"""Why rows were rejected, grouped: a cause, how many rows have it, and the first of them."""

from collections.abc import Iterable

import polars as pl

from payrules.frozen import frozen

#: So many rows of a cause are named.
_FIRST_ROWS = 3
_BETWEEN = "; "
#: What reasons call the cells that they quote, beside the columns' own names.
_CELLS = (
    "claim line number|date of service|HCPCS code|place of service|unit qualifier|ZIP code"
    "|practitioner type|[a-z_0-9]+"
)
#: What a reason quotes of a cell, or tells of one row only, and what stands for it in a cause.
_OF_ONE_ROW = (
    (r"\([0-9]+ characters?, not shown\)", "…"),
    (r"already seen in row .*$", "already seen in another row"),
    (r"^(claim line) [0-9]+ ", "$1 … "),
    (rf"^((?:{_CELLS}) ).+?( (?:is|must|lies|fits)\b)", "$1…$2"),
    (r"(, not )[^ ]+$", "$1…"),
    (r"\([^()]*[0-9][^()]*\)", "(…)"),
    (r"(in locality )[^ ]+,", "$1…,"),
    (r"(more than one locality, ).*?(: give)", "$1…$2"),
    (r"(part of the name of ).*?(: write)", "$1…$2"),
    (r"(spreadsheet's error, )[^,]+", "$1…"),
    (r"\bsegment [0-9,]+", "segment …"),
)


@frozen
class Cause:
    """A cause of rejects: what a biller reads of it, how many rows have it, and the first of those.

    `says` is the reason itself where all rows have the same; else `…` stands for what differs.
    """

    says: str
    rows: int
    first: tuple[str, ...]


def causes_of(rejects: Iterable[pl.DataFrame]) -> tuple[Cause, ...]:
    """Group rejected rows, frame by frame, by each of their reasons; the most frequent cause first.

    A row with several reasons counts for each of them.
    """
    grouped = [_grouped(each) for each in rejects if each.height]
    if not grouped:
        return ()
    together = (
        pl.concat(grouped)
        .group_by("cause", maintain_order=True)
        .agg(
            pl.col("reason").first(),
            different=pl.col("different").any() | (pl.col("reason").n_unique() > 1),
            rows=pl.col("rows").sum(),
            first=pl.col("first").explode().unique(maintain_order=True).head(_FIRST_ROWS),
        )
        .sort("rows", descending=True, maintain_order=True)
    )
    return tuple(
        Cause(cause if different else reason, rows, tuple(first))
        for cause, reason, different, rows, first in together.iter_rows()
    )


def _grouped(rejects: pl.DataFrame) -> pl.DataFrame:
    several = "file" in rejects.columns
    named = pl.format("{} of {}", "row", "file") if several else pl.col("row").cast(pl.String)
    cause = pl.col("reason")
    for pattern, told in _OF_ONE_ROW:
        cause = cause.str.replace_all(pattern, told)
    return (
        rejects.select(named.alias("named"), pl.col("reason").fill_null("").str.split(_BETWEEN))
        .with_row_index("number")
        .explode("reason")
        .with_columns(cause.alias("cause"))
        .unique(["number", "cause"], keep="first", maintain_order=True)
        .group_by("cause", maintain_order=True)
        .agg(
            pl.col("reason").first(),
            different=pl.col("reason").n_unique() > 1,
            rows=pl.len().cast(pl.Int64),
            first=pl.col("named").unique(maintain_order=True).head(_FIRST_ROWS),
        )
    )
