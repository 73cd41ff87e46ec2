"""Lines that are paid otherwise in one way: one of them is explained, and its cause is all theirs.

Alike are lines that are priced alike, among lines of their persons that are priced alike, and of
which the payer says the same: code, units, amounts, adjustments, remarks. What a line is priced by
are all columns of the batch but who the person is and what the claim is called.
"""

import polars as pl

from payrules.variance.candidates import MOST_LINES
from payrules.variance.comparison import DENIED, DENIED_AS_EXPECTED, OVERPAID, UNDERPAID
from payrules.variance.places import is_among
from payrules.variance.straight import line_key

#: Statuses that ask for a cause, by pricing again or by the payer's codes.
ASK = (UNDERPAID, OVERPAID, DENIED, DENIED_AS_EXPECTED)
_OF_PAYER = [
    *("payer_code", "payer_modifiers", "payer_units", "payer_paid", "payer_given_allowed"),
    *("remarks", "decided_by"),
]
#: What is expected of a line is by what it is priced by: its amounts are held for all that.
_OF_LINE = [
    "allowed",
    "paid",
    "variance_status",
    "terms_given",
    "is_payer_told",
    "names_payer",
    "insurer",
]
_PERSON, _CLAIM = "person_id", "claim_id"
#: What is looked at of lines that ask for a cause.
ASKING = ("row", "claim", "payer_claim", "line_key", "person", *_OF_LINE, *_OF_PAYER)


def alike(
    asking: pl.DataFrame, lines: pl.DataFrame, adjustments: pl.DataFrame | None
) -> pl.DataFrame:
    """Give of the lines that ask for a cause `row` and `as_row`, the first line that is alike.

    `asking` has the columns `ASKING`, `lines` are the batch's as they are priced, `adjustments` the
    payers'.
    """
    if asking.is_empty():
        return asking.select("row", as_row="row")
    told = asking.join(
        _near(asking["person"].unique(), lines), on="row", how="left", maintain_order="left"
    )
    if adjustments is None:
        told = told.with_columns(adjusted_by=pl.lit(None, pl.String))
    else:
        told = told.join(
            _adjusted_by(asking, adjustments),
            on="line_key",
            how="left",
            maintain_order="left",
        )
    key = ["near", "adjusted_by", *_OF_LINE, *_OF_PAYER]
    return told.select("row", as_row=pl.col("row").first().over(key))


def _adjusted_by(asking: pl.DataFrame, adjustments: pl.DataFrame) -> pl.DataFrame:
    """Write the adjustments of some payer lines in one text each, as they were sent."""
    one = pl.concat_str("group_code", "carc", "adjustment_amount", separator=" ")
    # Few claims ask: their rows are found by a mark, and all else is done with these alone.
    own = adjustments.filter(is_among(adjustments["payer_claim"], asking["payer_claim"]))
    own = own.with_columns(line_key=line_key()).filter(
        pl.col("line_key").is_in(asking["line_key"].implode())
    )
    texts = own.select("line_key", adjusted_by=one).group_by("line_key", maintain_order=True)
    return texts.agg("adjusted_by").with_columns(pl.col("adjusted_by").list.join("; "))


def _near(persons: pl.Series, lines: pl.DataFrame) -> pl.DataFrame:
    """Tell of each line of some persons among which lines it is priced: `row`, `near`."""
    priced_by = [name for name in lines.columns if name not in {_PERSON, _CLAIM}]
    of_persons = lines.with_row_index("row").filter(pl.col(_PERSON).is_in(persons.implode()))
    # A column in which nothing stands tells none from another.
    nothing = of_persons.null_count().row(0, named=True)
    told_by = [name for name in priced_by if nothing[name] < of_persons.height]
    kinds = (
        of_persons.group_by(told_by or priced_by)
        .agg("row")
        .with_row_index("kind")
        .select("kind", "row")
    )
    told = of_persons.select("row", _PERSON, _CLAIM).join(
        kinds.explode("row", empty_as_null=False), on="row", maintain_order="left"
    )
    is_alone = pl.col(_PERSON).is_unique()
    alone = told.filter(is_alone).select("row", near=pl.col("kind").cast(pl.String))
    return pl.concat([alone, _among_others(told.filter(~is_alone))])


def _among_others(told: pl.DataFrame) -> pl.DataFrame:
    """Tell the same of lines of persons that have several, by the kinds of all of them."""
    one = pl.concat_str("kind", pl.col(_CLAIM).rank("dense").over(_PERSON), separator=":")
    together = told.group_by(_PERSON, maintain_order=True).agg(
        "row", place=pl.int_range(pl.len()), all=one
    )
    return (
        together.with_columns(
            # A person with more lines is priced again by the day: it is like no other.
            all=pl.when(pl.col("row").list.len() > MOST_LINES)
            .then(_PERSON)
            .otherwise(pl.col("all").list.join(" "))
        )
        .explode("row", "place", empty_as_null=False)
        .select("row", near=pl.concat_str("all", "place", separator="/"))
    )
