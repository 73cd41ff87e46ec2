"""The schedule row that each combination is priced from, and its place; or why there is none."""

from collections.abc import Sequence

import polars as pl

from payrules.claims.modifiers import flags
from payrules.fees.columns import DOLLARS, NO_ROWS
from payrules.fees.dollar_schedule import DollarSchedule, dollar_rows
from payrules.fees.periods import Period
from payrules.locality import NATIONAL, NO_LOCALITY
from payrules.money import WHOLE
from payrules.schedules.rvus import RVUS, has_amounts

#: The modifiers that choose a row, as flags; a number of them is at most `CHOOSING`.
_HAS_TC, _HAS_26, _HAS_53 = (flags([modifier]) for modifier in ("TC", "26", "53"))
CHOOSING = _HAS_TC | _HAS_26 | _HAS_53


def rates_of(
    codes: Sequence[str], periods: Sequence[Period], dollars: DollarSchedule | None
) -> pl.DataFrame:
    """Give the schedule rows of some codes in every period, with what prices them.

    Those of their endoscopic bases too.
    """
    codes = [*codes, *_bases_of(codes, periods, dollars)]
    prices = RVUS if dollars is None else DOLLARS
    found = []
    for number, period in enumerate(periods):
        rows = None
        if period.release is not None:
            rows = period.release.codes.filter(pl.col("hcpcs_code").is_in(codes))
        if dollars is not None:
            rows = dollar_rows(dollars, period.day, codes, rows)
        if rows is not None:
            found.append(_with_every_column(rows, number, prices))
    if not found:
        return _with_every_column(pl.DataFrame(schema=NO_ROWS), 0, prices)
    return pl.concat(found, how="diagonal_relaxed") if len(found) > 1 else found[0]


def _with_every_column(rows: pl.DataFrame, period: int, prices: Sequence[str]) -> pl.DataFrame:
    """Give a period's rows with the columns that any schedule's have."""
    there = rows.schema
    columns = {
        name: pl.col(name).cast(dtype) if name in there else pl.lit(None, dtype=dtype)
        for name, dtype in NO_ROWS.items()
    }
    columns["period"] = pl.lit(period, dtype=pl.Int64)
    columns["fee_share"] = columns["fee_share"].fill_null(WHOLE)
    columns |= {name: pl.col(name) for name in there if name not in NO_ROWS}
    # Beside the code, so that a constant is said of every row.
    return rows.select(**columns, has_rvus=has_amounts([columns[name] for name in prices]))


def _bases_of(
    codes: Sequence[str], periods: Sequence[Period], dollars: DollarSchedule | None
) -> set[str]:
    """Give the endoscopic bases that any schedule names for some codes."""
    named = [each.release.bases_named for each in periods if each.release is not None]
    if dollars is not None and "endoscopic_base_code" in dollars.rows.columns:
        named.append(dollars.rows.select("hcpcs_code", "endoscopic_base_code"))
    found = set[str]()
    for each in named:
        met = each.filter(pl.col("hcpcs_code").is_in(codes))["endoscopic_base_code"]
        found |= {*met.drop_nulls()}
    return found - {"", *codes}


def all_bases(periods: Sequence[Period], dollars: DollarSchedule | None) -> pl.DataFrame:
    """Mark the codes that are some family's endoscopic base, in each period."""
    found = [pl.DataFrame(schema=_BASES)]
    for number, period in enumerate(periods):
        sources = []
        if period.release is not None and not (dollars and dollars.own_indicators):
            sources.append(period.release.endoscopic_bases)
        if dollars is not None:
            named = dollars.rows["endoscopic_base_code"].drop_nulls()
            sources.append(named.filter(named != "").alias("hcpcs_code"))
        if sources:
            codes = sources[0] if dollars is None else pl.concat(sources).unique()
            found.append(pl.DataFrame([codes, _same("period", number, len(codes))]))
    bases = pl.concat(found)
    return bases.hstack([_same("_is_base", value=True, height=bases.height)])


_BASES = {"hcpcs_code": pl.String, "period": pl.Int64}


def _same(name: str, value: bool | int, height: int) -> pl.Series:
    """Give a column that says the same of every row."""
    return pl.Series(name, [value]).new_from_index(0, height)


def chosen_rows(distinct: pl.DataFrame, rates: pl.DataFrame) -> pl.LazyFrame:
    """Join the row each combination is priced from: 53 wins, then 26, then TC, then blank.

    A valid 26 or TC without a row of its own (80506) gets none: never the whole amount.
    """
    rows = (
        rates.lazy()
        .group_by("hcpcs_code", "period")
        .agg(
            *(
                (pl.col("modifier") == modifier).any().alias(f"_has_{modifier}")
                for modifier in ("26", "TC", "53")
            ),
            pl.col("pctc_indicator").filter(pl.col("modifier") == "").first().alias("_whole_pctc"),
        )
    )
    joined = distinct.lazy().join(rows, on=["hcpcs_code", "period"], how="left")
    wants = pl.col("_wants")
    chosen = (
        pl.when(((wants & _HAS_53) != 0) & pl.col("_has_53"))
        .then(pl.lit("53"))
        .when(((wants & _HAS_26) != 0) & pl.col("_has_26"))
        .then(pl.lit("26"))
        .when(((wants & _HAS_TC) != 0) & pl.col("_has_TC"))
        .then(pl.lit("TC"))
        .otherwise(pl.lit(""))
    )
    valid_26 = ((wants & _HAS_26) != 0) & pl.col("_whole_pctc").is_in(["1", "6"])
    valid_tc = ((wants & _HAS_TC) != 0) & (pl.col("_whole_pctc") == "1")
    joined = joined.with_columns(chosen.alias("row_modifier")).with_columns(
        ((pl.col("row_modifier") == "") & (valid_26 | valid_tc))
        .fill_null(value=False)
        .alias("_component_missing")
    )
    serving = (
        rates.lazy().rename({"modifier": "row_modifier"}).with_columns(_has_row=pl.lit(value=True))
    )
    return joined.join(serving, on=["hcpcs_code", "row_modifier", "period"], how="left").drop(
        "_has_26", "_has_TC", "_has_53", "_whole_pctc"
    )


_NATION = pl.DataFrame(
    {"locality": [NATIONAL], "work_gpci": [1000], "pe_gpci": [1000], "mp_gpci": [1000]}
)
_NO_PLACES = {"locality": pl.String, "period": pl.Int64} | dict.fromkeys(
    ("work_gpci", "pe_gpci", "mp_gpci", "anesthesia_factor"), pl.Int64
)


def with_places(
    priced: pl.LazyFrame, periods: Sequence[Period], dollars: DollarSchedule | None
) -> pl.LazyFrame:
    """Join the GPCIs and conversion factors, and say why a combination has no price."""
    gpcis = [pl.DataFrame(schema=_NO_PLACES)]
    for number, period in enumerate(periods):
        places = _NATION if period.release is None else period.release.indices
        gpcis.append(places.hstack([_same("period", number, places.height)]))
    factors = pl.DataFrame(
        {
            "period": range(len(periods)),
            "release": [period.release.name if period.release else None for period in periods],
            "conversion_factor": [period.conversion_factor for period in periods],
            "file_conversion_factor": [period.file_conversion_factor for period in periods],
        },
        schema={
            "period": pl.Int64,
            "release": pl.String,
            "conversion_factor": pl.Int64,
            "file_conversion_factor": pl.Int64,
        },
    )
    priced = priced.join(
        pl.concat(gpcis, how="diagonal").lazy(), on=["locality", "period"], how="left"
    ).join(factors.lazy(), on="period", how="left")
    named = (
        pl.when(pl.col("row_modifier") == "")
        .then("hcpcs_code")
        .otherwise(pl.concat_str("hcpcs_code", pl.lit("-"), "row_modifier"))
    )
    asked = pl.when((pl.col("_wants") & _HAS_26) != 0).then(pl.lit("26")).otherwise(pl.lit("TC"))
    no_release = pl.col("release").is_null()
    if dollars is not None:
        no_row = pl.format("{} has no row in the payer's fee schedule on this date", named)
        no_factor = no_place = pl.lit(value=False)
        no_release = no_release & (not dollars.own_indicators)
    else:
        no_row = pl.format("{} has no row in release {}", named, "release")
        no_factor = pl.col("conversion_factor").is_null()
        no_place = pl.col("work_gpci").is_null()
    takes_indicators = "" if dollars is None else ", which supplies the payer's indicators"
    unpriced = (
        pl.when(no_release)
        .then(
            pl.lit(
                f"no release is in force on this date{takes_indicators}; import one with 'payrules"
                " schedules import'"
            )
        )
        .when(pl.col("_component_missing"))
        .then(pl.format("{}-{} has no row of its own in the fee schedule", "hcpcs_code", asked))
        .when(pl.col("_has_row").is_null())
        .then(no_row)
        .when(no_factor)
        .then(pl.format("release {} has no conversion factor for this date", "release"))
        .when(no_place & (pl.col("locality") == ""))
        .then(pl.lit(NO_LOCALITY))
        .when(no_place)
        .then(pl.format("release {} has no GPCI for locality {}", "release", "locality"))
        .otherwise(None)
    )
    # What a file or a place would price is not without a price.
    unknown = pl.any_horizontal(no_release, no_factor, no_place).fill_null(value=False)
    return priced.with_columns(unpriced=unpriced, price_unknown=unknown).drop(
        "_has_row", "_component_missing", "_wants"
    )
