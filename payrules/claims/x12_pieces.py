"""Claims in X12 of a batch too large to hold: read in one pass, their rows kept as Parquet files.

Of each claim stays in memory what tells how it stands to the others; of its lines where they stand.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import count
from pathlib import Path

import polars as pl

from payrules.claims.x12_claims import (
    NOTES,
    Settling,
    X12Claims,
    in_order,
    no_rows,
    packed_rows,
    read_stream,
)
from payrules.errors import ClaimsError
from payrules.files.tables import HashedFile, scan_parquet, shown_name
from payrules.files.whole import put_in_own_folder
from payrules.frozen import frozen
from payrules.x12.columns_837p import BEFORE, BEHIND
from payrules.x12.found import Row, X12File
from payrules.x12.superseded import settle

_POSITION = "_payrules_position"


@frozen
class X12Pieces:
    """One X12 file's lines to price, in Parquet files; `empty` is what it is without them.

    `rejects` and `superseded` are whole, in the order of the segments.
    """

    empty: X12Claims
    scan: pl.LazyFrame
    rejects: pl.DataFrame
    superseded: pl.DataFrame

    @cached_property
    def positions(self) -> pl.Series:
        """The position of each line to price, in order."""
        return self.scan.select(_POSITION).collect().to_series()

    def piece(self, first: int, rows: int) -> X12Claims:
        """Give some of the lines to price."""
        some = self.scan.slice(first, rows).collect()
        return replace(
            self.empty,
            lines=some.drop(_POSITION, NOTES),
            positions=some.get_column(_POSITION).alias("row"),
            notes=some.get_column(NOTES),
        )

    def rejects_of(self, first: int, rows: int) -> pl.DataFrame:
        """Give the rejects that stand behind the lines before some, up to the last of these.

        The first have those before them, too, and the last those behind them.
        """
        row, positions = pl.col("row"), self.positions
        after = row > positions[first - 1] if first else pl.lit(value=True)
        is_last = first + rows >= len(positions)
        until = pl.lit(value=True) if is_last else row <= positions[first + rows - 1]
        return self.rejects.filter(after & until)


def read_in_pieces(files: Sequence[HashedFile], folder: Path) -> list[X12Pieces]:
    """Read the X12 files of a run, in the order given, and write their rows to a folder.

    Raises ClaimsError where `read_x12` would.
    """
    found = [_read(file, folder / f"x12-{number}") for number, file in enumerate(files)]
    standings = settle(found)
    pieces = [_settled(Settling(found, standings, at), file) for at, file in enumerate(found)]
    for file in found:
        file.let_claims_go()
    return pieces


def _read(file: HashedFile, blocks: Path) -> X12File:
    numbers = count()

    def kept(rows: Sequence[Row]) -> Path:
        path = blocks.with_name(f"{blocks.name}-{next(numbers)}.parquet")
        _write(packed_rows(rows), path)
        return path

    with file.path.open("rb") as stream:
        found = read_stream(stream, shown_name(file.path), kept)
    file.check_unchanged(ClaimsError)
    found.sha256 = file.sha256
    return found


def _settled(settling: Settling, file: X12File) -> X12Pieces:
    rejects, superseded = [settling.rejects()], []
    empty = settling.parted(no_rows().select(in_order(no_rows().columns)))
    scans = []
    for path in file.blocks:
        rows = pl.concat([no_rows(), scan_parquet(path).collect()], how="diagonal")
        claims = settling.parted(rows.select(in_order(rows.columns)))
        position = claims.positions.alias(_POSITION)
        _write(claims.lines.with_columns(position, claims.notes), path)
        scans.append(scan_parquet(path))
        rejects.append(claims.rejects)
        superseded.append(claims.superseded)
    without = empty.lines.with_columns(empty.positions.alias(_POSITION), empty.notes)
    scan = pl.concat([without.lazy(), *scans], how="diagonal")
    names = in_order(scan.collect_schema().names())
    scan = scan.select(
        *(each for each in names if each not in {*BEFORE, *BEHIND}), _POSITION, NOTES
    )
    return X12Pieces(
        replace(empty, lines=scan.head(0).drop(_POSITION, NOTES).collect()),
        scan,
        pl.concat(rejects).sort("row", maintain_order=True),
        pl.concat([empty.superseded, *superseded]),
    )


def _write(rows: pl.DataFrame, path: Path) -> None:
    with put_in_own_folder(path) as unfinished:
        rows.write_parquet(unfinished, compression="lz4", statistics=False)
