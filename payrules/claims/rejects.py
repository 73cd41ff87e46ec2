"""Rejects: rows that cannot be priced, as they came, and before each where it is and why."""

from collections.abc import Sequence

import polars as pl

from payrules.claims.checks.judging import reasons
from payrules.claims.checks.localities import Places
from payrules.claims.columns import KEY, normal
from payrules.claims.faultless import FILE, ROW
from payrules.claims.reading import Reading
from payrules.claims.rejects_file import heading_among_rejects
from payrules.claims.sheet import Sheet


def faults_of(sheet: Sheet, number: int, places: Places) -> pl.DataFrame:
    """Say of rows that have faults: which column was first, its value, and all the reasons."""
    if sheet.frame.is_empty():  # the reasons are a long query, and few files need it
        nothing = pl.Series(dtype=pl.String)
        return verdicts_on(sheet, number, nothing, nothing)
    prepared = sheet.prepared(places.zips)
    faults = reasons(sheet.checks(places), prepared.collect_schema())
    verdicts = prepared.select(
        column=pl.coalesce(pl.when(fault.when).then(pl.lit(fault.column)) for fault in faults),
        reason=pl.concat_str(
            [pl.when(fault.when).then(fault.reason) for fault in faults],
            separator="; ",
            ignore_nulls=True,
        ),
    ).collect()
    return verdicts_on(sheet, number, verdicts.get_column("column"), verdicts.get_column("reason"))


def repeats_among(
    sheets: Sequence[Sheet], accepted: pl.DataFrame, repeats: pl.DataFrame
) -> list[pl.DataFrame]:
    """Say of repeated claim lines where the line was seen first."""
    if repeats.is_empty():
        return []
    first = accepted.select(*KEY, first_file=FILE, first_row=ROW)
    said = repeats.join(first, on=KEY, how="left", maintain_order="left").rechunk()
    names = [sheet.name for sheet in sheets]
    return [
        repeats_of(sheet, number, said.filter(pl.col(FILE) == number), names)
        for number, sheet in enumerate(sheets)
    ]


def repeats_of(sheet: Sheet, number: int, said: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Say of a file's repeated claim lines where each was seen first.

    `said` has, in row order, the row of each repeat, its line number, `first_file`, `first_row`.
    """
    of_file = pl.col("first_file").replace_strict(
        list(range(len(names))), [f" of {name}" for name in names], return_dtype=pl.String
    )
    reasons = said.select(
        pl.format(
            "claim line {} of this claim was already seen in row {}{}",
            "claim_line_number",
            "first_row",
            of_file if len(names) > 1 else pl.lit(""),
        )
    ).to_series()
    repeated = sheet.only(sheet.rows.is_in(said.get_column(ROW).implode()))
    column = pl.Series("column", ["claim_line_number"]).new_from_index(0, said.height)
    return verdicts_on(repeated, number, column, reasons)


def verdicts_on(sheet: Sheet, number: int, column: pl.Series, reason: pl.Series) -> pl.DataFrame:
    """Put what is wrong before the rows as they came."""
    headings = sheet.frame.columns if sheet.x12 is None else KEY
    raw = pl.DataFrame([sheet.as_text(heading).alias(heading) for heading in sheet.frame.columns])
    values = [
        pl.when(column == ours).then(
            raw.get_column(sheet.matched[ours]) if ours in sheet.matched else sheet.made[ours]
        )
        for ours in column.unique().sort()
        if ours in sheet.there
    ]
    names = {heading: heading_among_rejects(heading) for heading in raw.columns}
    if sheet.numbers_lines:  # the numbers they got go by that name
        given = (each for each in names if normal(each) == "claim_line_number")
        names |= {heading: f"input_{heading}" for heading in given}
    value = pl.select(pl.coalesce(values)).to_series() if values else pl.Series([None] * raw.height)
    verdict = pl.DataFrame(
        [
            column.alias("column"),
            value.cast(pl.String).alias("value"),
            reason.alias("reason"),
        ]
    )
    return pl.DataFrame(
        [
            pl.Series(FILE, [number], pl.Int64).new_from_index(0, raw.height),
            pl.Series("file", [sheet.name]).new_from_index(0, raw.height),
            sheet.rows.alias("row"),
            *(verdict if sheet.x12 is None else sheet.x12.in_elements(verdict)),
            # By name one by one: `select` would read "*" as a pattern.
            *(raw.get_column(heading).alias(names[heading]) for heading in headings),
            *([_numbered(sheet)] if sheet.numbers_lines else []),
        ]
    )


def _numbered(sheet: Sheet) -> pl.Series:
    """Give the numbers that the lines of each claim got: read back alone, a line keeps its own."""
    return sheet.made["claim_line_number"].cast(pl.String).alias("claim_line_number")


def put_to(number: int, name: str, rejects: pl.DataFrame) -> pl.DataFrame:
    """Give the rejects of an X12 file's reading as those of the checks."""
    of_file = pl.lit(number, dtype=pl.Int64).alias(FILE), pl.lit(name).alias("file")
    return rejects.select(*of_file, pl.all())


def rejected_claims(rejects: pl.DataFrame, readings: Sequence[Reading]) -> frozenset[str]:
    """Give the numbers of claims with rejected rows, whatever their files call that column.

    `readings` say what each file's columns were read as: its own headings stand in `rejects`.
    """
    own = {
        column.heading
        for reading in readings
        for column in reading.columns
        if column.read_as == "claim_id" and column.heading is not None
    }
    found = [name for name in {"claim_id", *own} if name in rejects.columns]
    return frozenset(
        number.strip() for name in found for number in rejects[name].cast(pl.String).drop_nulls()
    )
