"""Procedure pairs: NCCI's column-two code is not paid beside its column-one code."""

from collections.abc import Sequence

import polars as pl

from payrules.claims import columns
from payrules.claims.modifiers import NCCI, SIDES_AND_SITES, billed_with, named
from payrules.dated import in_force
from payrules.engine.rule import Adjustment, Hints, Tables, denied_by_a_stand_in, deny, note, rule
from payrules.engine.session import PRACTITIONER_DAY
from payrules.few import at_hand, worked_out

DENIED = pl.col("column_1_code").is_not_null()
#: What says that the services are distinct; a place of the body alone does not (NCCI Policy
#: Manual, ch. 1, §E).
DISTINCT = tuple(modifier for modifier in NCCI if modifier not in SIDES_AND_SITES)
#: What lines of a day are alike in, for a pair; with the places that they name besides.
_ALIKE = [PRACTITIONER_DAY, "hcpcs_code", "_lifted", "_distinct"]
_IN_PLACE = [*_ALIKE, "_places"]


def _pairs_among(lines: pl.LazyFrame, alike: Sequence[str], tables: Tables) -> pl.LazyFrame:
    """Pair the codes of each day, and give the pairs that deny or that a place alone lifts.

    Columns: those in which lines are alike, of the column-two line, the same of the column-one
    line (`_one` and the name), `modifier_indicator` and `_denied`.
    """
    codes = lines.select(*alike, "service_date").unique()
    one = codes.select(PRACTITIONER_DAY, pl.col(alike[1:]).name.prefix("_one"))
    lifted = pl.col("_lifted") | pl.col("_one_lifted")
    denied = (pl.col("modifier_indicator") == "0") | ~lifted
    return (
        codes.join(one, on=PRACTITIONER_DAY)
        .filter(pl.col("_onehcpcs_code") != pl.col("hcpcs_code"))
        .join(
            tables.in_use("procedure_pairs").lazy(),
            left_on=["_onehcpcs_code", "hcpcs_code"],
            right_on=["column_1_code", "column_2_code"],
        )
        .with_columns(_denied=denied)
        .filter(
            pl.col("modifier_indicator").is_in(["0", "1"]),
            pl.col("_denied") | ~(pl.col("_distinct") | pl.col("_one_distinct")),
            in_force(pl.col("service_date")),
        )
    )


def with_column_one(pool: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
    """Join, to each column-two line, the column-one code that denies it; keep only those lines.

    Kept too, without such a code, are lines whose pairs a place of the body alone lifted:
    `_beside` names the column-one codes, `_by` the modifiers.

    The codes of a day are paired first and looked up then: CMS's table has thousands of
    column-one codes to a common column-two code, a day has few codes.
    """
    there = at_hand(pool).with_columns(_lifted=billed_with(*NCCI), _distinct=billed_with(*DISTINCT))
    lines = there.lazy()
    plan = _pairs_among(lines, _ALIKE, tables).sort("_onehcpcs_code", "modifier_indicator")
    found = worked_out(plan, there)
    if there.height and not found.height:
        return there.clear().lazy()
    pairs = found.lazy()
    denying = (
        pairs.filter("_denied")
        .group_by(_ALIKE)
        .agg(
            column_1_code=pl.col("_onehcpcs_code").first(),
            modifier_indicator=pl.col("modifier_indicator").first(),
        )
    )
    by_place = pairs.filter(~pl.col("_denied"))
    denied = lines.join(denying, on=_ALIKE)
    stands_in = tables.standing_in("procedure_pairs").alias("_stands_in")
    if found.height and found["_denied"].all():
        no_text = pl.lit(None, dtype=pl.String)
        return denied.with_columns(no_text.alias("_beside"), no_text.alias("_by"), stands_in)
    others = lines.join(denying, on=_ALIKE, how="anti")
    noted = others.join(_by_place_alone(lines, by_place, tables), on="row")
    return pl.concat([denied, noted], how="diagonal").with_columns(stands_in)


def _by_place_alone(lines: pl.LazyFrame, pairs: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
    """Say of lines in column two of pairs that a place lifts which codes and places these are."""
    sides = [
        pairs.select(_ALIKE),
        pairs.select(PRACTITIONER_DAY, *(pl.col(f"_one{name}").alias(name) for name in _ALIKE[1:])),
    ]
    # Few lines: only of these the places are read.
    of_pairs = lines.join(pl.concat(sides).unique(), on=_ALIKE, how="semi").with_columns(
        _places=pl.when(billed_with(*SIDES_AND_SITES)).then(named(SIDES_AND_SITES)),
    )
    named_pairs = (
        _pairs_among(of_pairs, _IN_PLACE, tables)
        .filter(~pl.col("_denied"))
        .sort("_onehcpcs_code", "modifier_indicator", "_one_places")
        .group_by(_IN_PLACE)
        .agg(
            _beside=pl.col("_onehcpcs_code").unique(maintain_order=True).str.join(", "),
            _by=pl.concat([pl.col("_places"), pl.col("_one_places")])
            .drop_nulls()
            .unique(maintain_order=True)
            .str.join(", "),
        )
    )
    found = of_pairs.join(named_pairs, on=_IN_PLACE, nulls_equal=True)
    return found.select("row", "_beside", "_by")


def may_be_paired(tables: Tables) -> dict[str, pl.Expr]:
    """Mark the codes of any pair, and those of a pair that no modifier lifts."""
    pairs = tables.in_use("procedure_pairs")

    def among(those: pl.DataFrame) -> pl.Expr:
        codes = pl.concat([those["column_1_code"], those["column_2_code"]]).unique()
        return pl.col("hcpcs_code").is_in(codes.implode())

    never_lifted = pairs.filter(pl.col("modifier_indicator") == "0")
    return {"_is_in_pairs": among(pairs), "_is_never_lifted": among(never_lifted)}


def in_column_two(tables: Tables) -> pl.Expr:
    """Say which lines' codes another code could deny."""
    codes = tables.in_use("procedure_pairs")["column_2_code"].unique()
    return pl.col("hcpcs_code").is_in(codes.implode())


@rule(
    cites="CMS NCCI Policy Manual, ch. 1, §A, §E; NCCI practitioner PTP edit table",
    effective="1996-01-01",
    kind="edit",
    needs="procedure_pairs",
    every_schedule=True,
    reads=("hcpcs_code", "service_date", "modifiers", *columns.MODIFIERS, PRACTITIONER_DAY),
)
def procedure_pairs() -> Adjustment:
    """A column-two code is denied beside its column-one code unless a modifier separates them."""
    return Adjustment(
        marks=may_be_paired,
        # What says it is distinct lifts its pairs, all but those that nothing lifts.
        among=(pl.col("_is_in_pairs"), ~billed_with(*DISTINCT) | pl.col("_is_never_lifted")),
        pool=PRACTITIONER_DAY,
        hints=Hints(triggers=in_column_two, crowded=True),
        facts=(with_column_one,),
        outcomes=(
            deny(
                DENIED,
                pl.format(
                    "NCCI: not paid with {} (modifier indicator {})",
                    "column_1_code",
                    "modifier_indicator",
                ),
                carc="236",
            ),
        ),
        notes=(
            denied_by_a_stand_in(DENIED),
            note(
                ~DENIED,
                pl.format(
                    "NCCI pair {} and {} is bypassed by {} alone: CMS allows that only "
                    "for separate sites or sessions",
                    "_beside",
                    "hcpcs_code",
                    "_by",
                ),
                of_amount=True,
            ),
        ),
    )
