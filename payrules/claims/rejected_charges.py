"""What rejected rows would have been charged: made, and read, as the charges of lines are."""

import polars as pl

from payrules.claims.checks.numbers import written
from payrules.claims.columns_file import ColumnsFile, FileForm
from payrules.claims.made_columns import make_columns
from payrules.claims.matching import Matched
from payrules.claims.reading import Reading
from payrules.claims.rejects_file import heading_among_rejects
from payrules.money import scaled

_CHARGE = "charge_amount"


def charges_in_cents(
    rejects: pl.DataFrame, reading: Reading, said: ColumnsFile
) -> pl.Series | None:
    """Give the charge of each rejected row of a file; null where it cannot be read.

    `reading` says what the file's headings were read as, `said` is the run's columns file. None
    where the rejects hold no charges: those of X12 hold no line.
    """
    given = {
        each.heading: rejects.get_column(heading_among_rejects(each.heading))
        for each in reading.columns
        if each.heading is not None and heading_among_rejects(each.heading) in rejects.columns
    }
    if not given or reading.kind.startswith("X12"):
        return None
    rows = pl.DataFrame([cells.alias(heading) for heading, cells in given.items()])
    charged = {each.read_as: each.heading for each in reading.columns if each.heading in given}
    heading = charged.get(_CHARGE)
    of_file = said.of_file(reading.rows_of or reading.file)
    known = {} if heading is None else {_CHARGE: heading}
    cells = make_columns(rows, Matched(known), of_file).get(_CHARGE)
    form = of_file.form
    if cells is None and heading is not None:
        cells, form = given[heading], FileForm(decimal=reading.decimal)
    if cells is None:
        return None
    # Under our name: polars takes some headings for patterns.
    text = cells.alias(_CHARGE).cast(pl.String).str.strip_chars().to_frame()
    cents = scaled(written(pl.col(_CHARGE), pl.String(), form), pl.String(), 2)
    return text.select(cents).to_series()
