"""One operation: what one procedure is billed on, where that is more than one line."""

import polars as pl

from payrules.claims import columns
from payrules.claims.modifiers import ANATOMICAL, ASSISTANT, billed_with
from payrules.engine.global_surgery import (
    CARE_ONLY,
    FOLLOW_UP,
    IS_DIVIDED,
    READS,
    SURGERY,
    WHOLE_SHARE,
    operations,
    own_share_left,
    share_left,
)
from payrules.engine.modifier_share import CARE, NO_SHARES, ModifierShares
from payrules.engine.rule import BUNDLED, NOT_ANESTHESIA, PRICED, Adjustment, Outcome, Tables, rule
from payrules.engine.session import GROUP_DAY, SESSION

SIDES = ("RT", "LT", "50", *ANATOMICAL)
#: A line of these is a service apart from the other of its code.
APART = ("59", "XE", "76", "77")
RANKED = pl.col("multiple_procedure_indicator").is_in(["1", "2", "3"])
STANDS = pl.col("status") == PRICED
ONE_COMPONENT = pl.col("row_modifier").is_in(["26", "TC"])


def _of(modifiers: tuple[str, ...]) -> pl.Expr:
    """Give those of some modifiers that a line carries, in one order, as text."""
    carried = pl.concat_list(columns.MODIFIERS)
    return carried.list.set_intersection(list(modifiers)).list.sort().list.join(" ")


def _components(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Join the professional and the technical line of each test, in order of claim and line."""
    alike = [GROUP_DAY, "hcpcs_code", "units_thousandths", "_assists", "_sides", "_seventy_eight"]
    found = (
        lines.filter(pl.col("_is_ranked") & ONE_COMPONENT, _of(APART) == "")
        .sort("line_order")
        .with_columns(
            _assists=billed_with(*ASSISTANT),
            _seventy_eight=billed_with("78"),
        )
        .with_columns(_place=pl.int_range(pl.len()).over([*alike, "row_modifier"]))
    )
    professional, technical = (
        found.filter(pl.col("row_modifier") == part) for part in ("26", "TC")
    )
    both = professional.join(technical, on=[*alike, "_place"], suffix="_technical")
    return pl.concat(
        [
            both.select("row", operation="row", partner="row_technical", ranking=SESSION),
            both.select(row="row_technical", operation="row", partner="row", ranking=SESSION),
        ]
    )


def with_operations(pool: pl.LazyFrame, _tables: Tables) -> pl.LazyFrame:
    """Give the lines of one procedure its first line's row, and the other line's claim and number.

    An operation on both sides is one procedure: its row is that of the first side.
    """
    lines = pool.filter(STANDS | pl.col("pair").is_not_null())
    lines = lines.with_columns(_sides=_of(SIDES))
    found = pl.concat(
        [operations(lines).with_columns(ranking=pl.lit(None, dtype=pl.Int64)), _components(lines)]
    )
    named = lines.select(
        partner="row",
        _claim="claim_id",
        _line="claim_line_number",
    )
    roots = lines.select(operation="row", _root=pl.coalesce("pair", pl.col("row").cast(pl.Int64)))
    return (
        lines.join(found, on="row", how="left")
        .join(named, on="partner", how="left")
        .join(roots, on="operation", how="left")
    )


@rule(
    cites="CMS Pub. 100-04, ch. 12, §40.4 (54 and 55 of one surgeon); CMS RVU file documentation,"
    " PC/TC indicator 1 (26 and TC)",
    effective="1992-01-01",
    reads=(
        *READS,
        *columns.MODIFIERS,
        "status_code",
        "multiple_procedure_indicator",
        "hcpcs_code",
        "row_modifier",
        "pair",
        "claim_id",
        "claim_line_number",
        "line_order",
        GROUP_DAY,
        SESSION,
    ),
)
def one_operation(*, own_shares: ModifierShares = NO_SHARES) -> Adjustment:
    """One procedure on two lines, as 54 and 55 or 26 and TC, is ranked once; 55 alone is none.

    Decision: CMS's manual bills an operation and its surgeon's care on two lines (Dr Jones, §40.4)
    and says nothing of ranking them; the 26 and TC rows of a test add up to its global row. Lines
    pair in order of claim and line. The procedure ranks in the session of its 54 or 26 line, by
    what 54 and 55 leave of it: the payer's own shares where it has some.
    """
    if own_shares.name_any(*CARE):
        share, over = own_share_left(own_shares)
        divided = own_shares.stand_alone_for(*CARE) | IS_DIVIDED
    else:
        share, over = share_left()
        share, divided = share * 100, IS_DIVIDED
    matched = pl.col("operation").is_not_null() & STANDS
    with_other = pl.format("with claim {} line {}", "_claim", "_line")
    return Adjustment(
        marks={"_is_ranked": RANKED},
        among=(
            NOT_ANESTHESIA,
            SURGERY | FOLLOW_UP | (billed_with("26", "TC") & pl.col("_is_ranked")),
        ),
        standing=(PRICED, BUNDLED),
        facts=(with_operations,),
        outcomes=(
            Outcome(
                when=matched & (SURGERY | FOLLOW_UP),
                sets={
                    "operation": pl.col("_root"),
                    # Over ninety: exact for ten and for ninety days.
                    "ranked_share": pl.when(divided).then(
                        pl.min_horizontal(share * (90 // over), WHOLE_SHARE)
                    ),
                },
                detail=pl.concat_str(
                    pl.lit("54 and 55 of one operation, "), with_other, pl.lit(": ranked as one")
                ),
            ),
            Outcome(
                when=matched,
                sets={"operation": pl.col("_root"), "ranking": pl.col("ranking")},
                detail=pl.concat_str(
                    pl.lit("26 and TC of one test, "), with_other, pl.lit(": ranked as one")
                ),
            ),
            Outcome(
                when=CARE_ONLY & pl.col("_is_ranked") & STANDS,
                sets={},
                detail=pl.lit(
                    "55 without its line with 54: not an operation on this day, so not ranked"
                ),
            ),
        ),
    )
