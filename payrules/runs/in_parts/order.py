"""What a run in parts gives: results in the order of the rows, written whole, and the record."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from payrules.claims.batch import BatchFile
from payrules.claims.columns import KEY, MODIFIERS
from payrules.claims.pieces import NOTE, PLACE
from payrules.claims.reversals import no_reversals
from payrules.engine.pricing import Priced
from payrules.files.formula_guard import guarded
from payrules.files.parquet import sink_parquet
from payrules.files.slices import in_slices
from payrules.files.strung import strung
from payrules.files.tables import scan_parquet
from payrules.files.whole import put_in_own_folder, put_in_place
from payrules.frozen import frozen
from payrules.runs.causes import Cause, causes_of
from payrules.runs.in_parts.work import Each, Parts, within
from payrules.runs.lines import lines_in_dollars, with_carried
from payrules.runs.record import RunRecord, run_record
from payrules.runs.results import (
    PRESSED,
    Summary,
    write_frame,
)
from payrules.runs.steps import adjustments_in_dollars
from payrules.runs.tally import Tally, together
from payrules.runs.x12 import with_notes

#: Lines whose results are put into words, and handed to the writer of an output, at once.
_LINES_AT_ONCE = 100_000
#: Rows of a group of an output's Parquet file.
_ROWS_A_GROUP = 100_000
#: The outputs that are made piece by piece.
_ORDERED = ("lines", "adjustments", "rejects")


@frozen
class Outputs:
    """Where a run writes: `.parquet` or `.csv` by the ending, the run record as JSON."""

    lines: Path
    adjustments: Path | None = None
    rejects: Path | None = None
    run: Path | None = None
    reversed: Path | None = None
    superseded: Path | None = None


class PartsInOrder(Parts):
    """The priced parts of one run, put in the order of its rows."""

    def write(self, outputs: Outputs, each: Each | None = None) -> None:
        """Put the results in the order of the input, and write them whole; `each` as in `steps`."""
        each = each or self.one_by_one
        for what in _ORDERED:
            path = getattr(outputs, what)
            if path is not None:
                stage = f"{what}{path.suffix.lower()}"
                with put_in_place(path) as (partial,):
                    strung(self._in_order(stage, each), partial)
        if outputs.reversed:
            listed = self._listed()
            write_frame(no_reversals() if listed is None else listed, outputs.reversed)
        if outputs.superseded and self._batch.superseded is not None:
            write_frame(self._batch.superseded, outputs.superseded)

    def _in_order(self, stage: str, each: Each) -> Iterator[Path]:
        """Give the pieces of an output, each when those before it are there, and done with then."""
        made, turn = set(), 0
        for number in each(stage, range(max(len(self._pieces), 1))):
            made.add(number)
            while turn in made:
                piece = self._ordered(stage, turn)
                yield piece
                piece.unlink()
                turn += 1

    def _ordered(self, stage: str, number: int) -> Path:
        """Name the file of a piece of an output: its stage is what it holds, with its ending."""
        return self._folder / f"ordered-{number}-{stage}"

    def do(self, stage: str, number: int) -> None:
        """Do one step; an output's piece is made anew by a run that is taken up again."""
        what, _, ending = stage.partition(".")
        if not ending:
            super().do(stage, number)
            return
        frames = {"lines": self._lines, "adjustments": self._adjustments, "rejects": self._rejects}
        # Of no rows there is no piece, and yet a file.
        piece = number if self._pieces else None
        with put_in_own_folder(self._ordered(stage, number)) as partial:
            is_csv, pressed = ending == "csv", PRESSED.get(what)
            self._sink(frames[what], piece, partial, is_csv=is_csv, pressed=pressed)

    def _claims(self, number: int | None, columns: Sequence[str]) -> pl.DataFrame:
        """Give columns of a piece's lines as they were dealt, with `PLACE`; of None, no lines."""
        if number is None:
            return self._whole([]).select(*columns, PLACE)
        scan = scan_parquet(self._file("claims", number))
        there = [name for name in scan.collect_schema() if name in columns]
        lines = self._whole([scan.select(*there, PLACE).collect()]).select(*columns, PLACE)
        return self._without_gone(lines, within(self._pieces[number])).rechunk()

    def _results(self, name: str, counted: str, number: int | None) -> pl.DataFrame:
        """Give the results of a piece's lines as they were dealt; of None, of no lines."""
        if number is None:
            return scan_parquet(self._file(name, 0)).head(0).collect()
        counts = [record[counted] for record in self._priced]
        return pl.concat(self._slices(name, counts, number), rechunk=True)

    def _lines(self, number: int | None) -> Iterator[pl.DataFrame]:
        shown = {*self._shape.given, *MODIFIERS, "locality"}
        there = [name for name in self._shape.lines.columns if name in shown]
        claims = self._claims(number, [*there, NOTE])
        carried = self._carried(number)
        priced = claims.hstack(self._results("lines", "lines", number))
        filled = {name for record in self._priced for name in record["modifiers"]}
        empty = set(MODIFIERS) - filled - set(self._shape.given)
        # Units are written with decimals where any line of the batch has a fraction.
        a_fraction = any(record["fractions"] for record in self._priced)
        begin = 0
        for rows in _some(priced.select(pl.arg_sort_by(PLACE).alias("row"))):
            some = priced[rows["row"]]
            some = with_notes(some, some[NOTE]).drop(NOTE, PLACE, *empty, strict=False)
            lines = lines_in_dollars(some, fractions=a_fraction)
            yield with_carried(lines, carried.slice(begin, rows.height))
            begin += rows.height

    def _carried(self, number: int | None) -> pl.DataFrame:
        """Give what a piece's lines carry, in the order of the rows; of None, of no lines."""
        if number is None or not self._shape.carried.width:
            return self._shape.carried
        carried = scan_parquet(self._file("carried", number)).collect()
        gone = self._gone(within(self._pieces[number]))
        if gone.is_empty():
            return carried
        places = scan_parquet(self._file("claims", number)).select(PLACE).collect()[PLACE].sort()
        return carried.filter(~places.is_in(gone.implode()))

    def _adjustments(self, number: int | None) -> Iterator[pl.DataFrame]:
        claims = self._claims(number, KEY)
        trail = self._results("adjustments", "steps", number)
        # The steps of a line lie together: whole chains are put in the order of their lines.
        begin = (trail["step"] == 0).arg_true().alias("begin")
        end = begin.shift(-1, fill_value=trail.height).alias("end")
        for lines in _some(claims.with_columns(begin, end).sort(PLACE)):
            places, row = lines.select(
                pl.int_ranges("begin", "end").explode(),
                pl.int_range(pl.len()).repeat_by(pl.col("end") - pl.col("begin")).explode(),
            )
            chains = trail[places].with_columns(
                row.alias("row"), before=pl.when(pl.col("step") > 0).then(pl.col("after").shift(1))
            )
            yield adjustments_in_dollars(Priced(lines, chains))

    def _rejects(self, number: int | None) -> Iterator[pl.DataFrame]:
        """Give the rejects of a piece's rows: their own faults, and what they repeat."""
        rejects = []
        if number is not None:
            piece = self._pieces[number]
            own = scan_parquet(self._file("rejects", number)).collect()
            if self._pairs is not None and not self._batch.is_x12(piece):
                place = self._batch.place_of(piece, pl.col("row"))
                own = own.filter(~place.is_in(self._pairs["credit"].implode()))
            rejects.append(own)
            repeats = self._repeats(within(piece))
            if repeats is not None and repeats.height:
                rejects.append(self._batch.repeats(piece, repeats))
        rejects = [self._shape.rejects, *rejects]
        yield pl.concat(rejects, how="diagonal").sort("row", maintain_order=True)

    def _sink(
        self,
        ordered: Callable[[int | None], Iterator[pl.DataFrame]],
        number: int | None,
        path: Path,
        *,
        is_csv: bool,
        pressed: int | None,
    ) -> None:
        """Write a piece of an output some lines at a time: of CSV the first has the headings."""
        piece = in_slices(lambda: ordered(number), next(ordered(None)).schema)
        if is_csv:
            guarded(piece).sink_csv(path, include_header=not number)
        else:
            sink_parquet(piece, path, pressed=pressed, rows_a_group=_ROWS_A_GROUP)

    def _causes(self) -> tuple[Cause, ...]:
        """Group the rejected rows by cause."""
        pieces = range(len(self._pieces))
        return causes_of(rejects for number in pieces for rejects in self._rejects(number))

    def summary(self, record: RunRecord) -> Summary:
        """Say in short what came out, beside the run record."""
        return Summary(
            run=record,
            noted=sum(part["noted"] for part in self._priced),
            causes=self._causes() if record.counts.rejects else (),
        )

    def record(self) -> RunRecord:
        """Make the run record of what was counted in the parts."""
        checked = self._checked
        rows = [
            sum(record["rows"] for record in checked if record["file"] == number)
            for number in range(len(self._batch.files))
        ]
        superseded = self._batch.superseded
        if superseded is not None:
            of_files = superseded["file"].value_counts()
            for name, many in of_files.iter_rows():
                rows[[file.name for file in self._batch.files].index(name)] += many
        files = list(zip(self._batch.files, rows, strict=True))
        batch = replace(
            self._shape,
            rows_in=sum(rows),
            superseded=superseded,
            reversed=self._listed(),
            history=self._history_of_files(),
            files=tuple(BatchFile(file.name, file.sha256, many) for file, many in files),
            readings=tuple(
                self._batch.reading_of(
                    number, [each for each in checked if each["file"] == number], many
                )
                for number, (file, many) in enumerate(files)
                if file.reading is not None
            ),
        )
        return run_record(
            self._setup,
            batch,
            together(Tally(**part["tally"]) for part in self._priced),
            rejects=sum(self._repeated)
            + sum(record["rejects"] for record in checked)
            - (0 if self._pairs is None else self._pairs.height),
        )

    def _history_of_files(self) -> pl.DataFrame | None:
        """Name the file of each line of history; None where there is none."""
        names = [
            self._batch.files[self._pieces[number].file].name
            for number, places in self._past.items()
            for _ in places
        ]
        return pl.DataFrame({"file": names}) if names else None


def _some(lines: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Give lines some at a time; where there are none, those."""
    for begin in range(0, max(lines.height, 1), _LINES_AT_ONCE):
        yield lines.slice(begin, _LINES_AT_ONCE)
