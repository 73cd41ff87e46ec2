"""Which codes a practice bills, and how often: of a batch, without pricing it."""

from collections.abc import Mapping

import polars as pl

from payrules.claims.columns_file import ColumnsFile
from payrules.claims.in_memory import Claims, files_or_frame
from payrules.claims.readers import read_files
from payrules.claims.sheet import IN_MEMORY, Sheet


def codes_of(claims: Claims) -> Mapping[str, int]:
    """Count the rows of each code in claims, right or wrong otherwise.

    Raises ClaimsError where the claims cannot be read or have no column of codes.
    """
    given, said = files_or_frame(claims), ColumnsFile()
    if isinstance(given, pl.DataFrame):
        sheets = [Sheet.of(IN_MEMORY, given, said)]
    else:
        sheets = [
            Sheet.of_x12(read.x12, said)
            if read.x12 is not None
            else Sheet.of(read.name, read.rows, read.said or said, read=read.reading)
            for read in read_files(given, said)
        ]
    codes = pl.concat(
        [sheet.cells("hcpcs_code").cast(pl.String).rename("code") for sheet in sheets]
    )
    counted = codes.drop_nulls().str.strip_chars().str.to_uppercase().value_counts()
    return dict(counted.sort("code").iter_rows())
