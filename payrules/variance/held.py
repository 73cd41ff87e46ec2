"""The tables of remittances as they are held, and as they are told.

Of a million lines a row is held in few bytes (`tables`). The file and the status of a row are those
of its payment, the claim's number (CLP01) of a line or an adjustment is that of its payer claim:
both are put in where they are asked for, and texts and numbers made what they are elsewhere.
"""

from collections.abc import Iterator, Mapping

import polars as pl
from polars import selectors as cs

from payrules.frozen import frozen
from payrules.variance.tables import LARGE
from payrules.x12.columns_835 import TABLES

READ, DUPLICATE = "read", "duplicate"
#: Tables whose rows name the segment they stand in, beside their columns.
_WITH_POSITION = ("payer_claims", "payer_lines")


@frozen
class Held(Mapping[str, pl.DataFrame]):
    """Tables by name, each made whole when it is asked for; `frames` are they as they are held.

    A payer claim's lines and adjustments are there where it is, and all go up by its number.
    """

    frames: Mapping[str, pl.DataFrame]

    def __getitem__(self, table: str) -> pl.DataFrame:
        """Give a whole table."""
        return self.whole(table, self.frames[table])

    def __iter__(self) -> Iterator[str]:
        """Give the names of the tables."""
        return iter(self.frames)

    def __len__(self) -> int:
        """Count the tables."""
        return len(self.frames)

    def used(self, table: str) -> pl.DataFrame:
        """Give a table's rows, as they are held, without those that were handed in before."""
        rows, is_read = self.frames[table], self.frames["remittances"]["status"] == READ
        if is_read.all():
            return rows
        return rows.filter(is_read.gather(rows["remittance"] - 1))

    def whole(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        """Give some rows of a table with all its columns, as they are told."""
        if table not in LARGE:
            return rows
        payments, put_in = self.frames["remittances"], []
        if payments.height == 1:
            put_in = [pl.lit(payments[name].item()).alias(name) for name in ("file", "status")]
        else:
            of_rows = payments.select("file", "status")[rows["remittance"] - 1]
            put_in = [pl.lit(each) for each in of_rows]
        if "claim_id" not in rows.columns:
            put_in.append(pl.lit(self.claim_ids(rows["payer_claim"])))
        names = [each.name for each in TABLES[table]]
        position = ["position"] if table in _WITH_POSITION else []
        return told(rows).with_columns(put_in).select(*names, *position)

    def claim_ids(self, numbers: pl.Series) -> pl.Series:
        """Give the claims' numbers (CLP01) of some payer claims that are there."""
        claims = self.frames["payer_claims"]
        return claims["claim_id"].gather(claims["payer_claim"].search_sorted(numbers))

    def with_frames(self, frames: Mapping[str, pl.DataFrame]) -> "Held":
        """Give these tables with others, as they are held, in place of some."""
        return Held({**self.frames, **frames})


def told(rows: pl.DataFrame) -> pl.DataFrame:
    """Give rows that are held with their columns as they are elsewhere: texts, and 64 bits."""
    return rows.with_columns(
        cs.categorical().cast(pl.String), cs.by_dtype(pl.UInt32).cast(pl.Int64)
    )
