"""The work of a run in parts: pieces checked, repeats found, parts priced, each step done once."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import polars as pl

from payrules.claims.batch import is_history
from payrules.claims.columns import HISTORY_ONLY, KEY, MODIFIERS
from payrules.claims.pieces import NOTE, PLACE, Piece, PiecedBatch, first_places
from payrules.claims.questions import Evidence
from payrules.claims.reversals import pairs
from payrules.few import filled
from payrules.files.tables import scan_parquet
from payrules.runs.in_parts.folder import write_json, write_part
from payrules.runs.lines import have_fractions
from payrules.runs.part_sizes import lines_a_part_of
from payrules.runs.setup import Setup
from payrules.runs.tally import tally

#: Claim line keys looked at together when repeats are sought.
_KEYS_AT_ONCE = 2_000_000
#: Columns of a piece's lines that its file has even where it has no lines.
_ALWAYS = (*KEY, "person_id", PLACE)
_PART, _KEY = "_payrules_part", "_payrules_key"

#: Does the steps of a stage that are named by their numbers; gives each number when it is done.
Each = Callable[[str, Sequence[int]], Iterator[int]]


class Parts:
    """The parts of one run: its batch, what it is priced with, and the folder where they are."""

    def __init__(
        self,
        folder: Path,
        batch: PiecedBatch,
        setup: Setup,
        *,
        keep_trail: bool,
        lines_a_part: int | None = None,
    ) -> None:
        self._folder = folder
        self._batch = batch
        self._setup = setup
        self._keep_trail = keep_trail
        #: How many lines there are to price, and how many a part has about.
        self.rows = sum(file.rows for file in batch.files)
        self.lines_a_part = lines_a_part or lines_a_part_of(self.rows)
        self._pieces = batch.pieces(self.lines_a_part)
        self._parts = max(-(-self.rows // self.lines_a_part), 1)
        self._buckets = -(-self.rows // _KEYS_AT_ONCE)
        self._shape = batch.without_rows()

    def steps(self, each: Each | None = None) -> Iterator[str]:
        """Do all steps that are not yet done; say each that is.

        `each` does some steps of a stage, in whatever order, and gives the number of each when it
        is done: workers, or else this process, one after the other.
        """
        each = each or self.one_by_one
        yield from self._all("checked", len(self._pieces), each)
        evidence = [Evidence(*record["evidence"]) for record in self._checked]
        self._batch.ask(self._pieces, evidence)
        yield from self._all("reversed", 1, each)
        yield from self._all("repeats", self._buckets, each)
        yield from self._all("priced", self._parts, each)

    def _all(self, stage: str, count: int, each: Each) -> Iterator[str]:
        """Do the steps of a stage: the record of each, written last, says that it is done."""
        left = [number for number in range(count) if not self._record(stage, number).exists()]
        for done in range(1, count - len(left) + 1):
            yield f"{stage} {done} of {count}"
        for done, _ in enumerate(each(stage, left), count - len(left) + 1):
            yield f"{stage} {done} of {count}"

    def one_by_one(self, stage: str, numbers: Sequence[int]) -> Iterator[int]:
        """Do steps one after the other; each has work for several processors."""
        for number in numbers:
            self.do(stage, number)
            yield number

    def do(self, stage: str, number: int) -> None:
        """Do one step, in whatever process: what it gives lies in the folder."""
        work = {
            "checked": self._check,
            "reversed": self._net,
            "repeats": self._find_repeats,
            "priced": self._price,
        }
        write_json(self._record(stage, number), work[stage](number))

    def _record(self, stage: str, number: int) -> Path:
        return self._folder / f"{stage}-{number}.json"

    def _records(self, stage: str, count: int) -> list[dict[str, Any]]:
        paths = (self._record(stage, number) for number in range(count))
        return [json.loads(path.read_text(encoding="utf-8")) for path in paths]

    @cached_property
    def _checked(self) -> list[dict[str, Any]]:
        return self._records("checked", len(self._pieces))

    @cached_property
    def _priced(self) -> list[dict[str, Any]]:
        return self._records("priced", self._parts)

    def _file(self, name: str, number: int) -> Path:
        return self._folder / f"{name}-{number}.parquet"

    def _slices(
        self, name: str, counts: Sequence[Sequence[int]], place: int
    ) -> Iterator[pl.DataFrame]:
        """Read the rows of one place from each of a stage's files.

        `counts` says of each file how many rows of each place are in it, one after the other.
        One file is read after the other: each is mapped into memory.
        """
        for number, rows in enumerate(counts):
            scan = scan_parquet(self._file(name, number))
            yield scan.slice(sum(rows[:place]), rows[place]).collect()

    def _whole(self, lines: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """Put lines together, with the columns that none of them fills, and `PLACE`."""
        empty = self._shape.lines.with_columns(
            pl.lit(0, dtype=pl.Int64).alias(PLACE), pl.lit(None, dtype=pl.String).alias(NOTE)
        )
        return pl.concat([empty, *lines], how="diagonal", rechunk=True)

    # -- check ---------------------------------------------------------------------

    def _check(self, number: int) -> Mapping[str, Any]:
        piece = self._pieces[number]
        checked = self._batch.check(piece)
        lines = checked.lines
        self._setup.check_payers(lines)
        past = is_history(lines)
        lines = (
            lines.select(list(dict.fromkeys((*filled(lines, lines.columns), *_ALWAYS))))
            .with_columns(_part(self._parts), _hash_of_key().alias(_KEY))
            .sort(_PART, maintain_order=True)
        )
        dealt = _counts(lines[_PART], range(1, self._parts + 1))
        write_part(lines.drop(_PART), self._file("claims", number), self._parts)
        write_part(checked.rejects, self._file("rejects", number), 1)
        if checked.credits is not None:
            write_part(checked.credits, self._file("credits", number), 1)
        if checked.carried.width:
            write_part(checked.carried, self._file("carried", number), 1)
        return {
            "file": piece.file,
            "rows": checked.rows,
            "rejects": checked.rejects.height,
            "lines": dealt,
            "evidence": list(checked.evidence),
            "told": dict(checked.told),
            "totals": [*checked.totals],
            "met": dict(checked.met),
            "credits": 0 if checked.credits is None else checked.credits.height,
            "history": 0 if past is None else int(past.sum()),
        }

    # -- reversed ------------------------------------------------------------------

    def _net(self, number: int) -> Mapping[str, Any]:
        """Pair the credits of all pieces with the lines that they take back."""
        pieces = [each for each, record in enumerate(self._checked) if record["credits"]]
        if not pieces:
            return {"pairs": 0}
        taking_back = self._whole(
            [scan_parquet(self._file("credits", each)).collect() for each in pieces]
        )
        claims = pl.col("claim_id").is_in(taking_back["claim_id"].unique().implode())
        lines = self._whole(
            [
                scan_parquet(self._file("claims", each)).filter(claims).drop(_KEY).collect()
                for each in range(len(self._pieces))
            ]
        ).sort(PLACE)
        lines, taking_back = lines.drop(NOTE), taking_back.drop(NOTE)
        found = pairs(lines, taking_back, PLACE)
        both = (
            found.select(pl.col(side).alias(PLACE)).join(rows, on=PLACE, maintain_order="left")
            for side, rows in (("line", lines), ("credit", taking_back))
        )
        write_part(self._batch.reversed_of(*both), self._file("reversed", number), 1)
        write_part(found, self._file("pairs", number), 1)
        return {"pairs": found.height}

    @cached_property
    def _pairs(self) -> pl.DataFrame | None:
        """Give the places of credits and of the lines that they take back; None without any."""
        (record,) = self._records("reversed", 1)
        return scan_parquet(self._file("pairs", 0)).collect() if record["pairs"] else None

    def _listed(self) -> pl.DataFrame | None:
        """List credits and the lines that they take back."""
        return None if self._pairs is None else scan_parquet(self._file("reversed", 0)).collect()

    # -- repeats -------------------------------------------------------------------

    def _find_repeats(self, bucket: int) -> Mapping[str, Any]:
        claims = [scan_parquet(self._file("claims", n)) for n in range(len(self._pieces))]
        of_bucket = pl.col(_KEY) % self._buckets == bucket
        seen = pl.concat([each.select(_KEY).filter(of_bucket).collect() for each in claims])
        again = seen.filter(pl.col(_KEY).is_duplicated())[_KEY].unique()
        if not len(again):
            return {"rows": 0}
        # Few keys have the hash of another; whether they are the same is seen by the keys.
        suspects = pl.col(_KEY).is_in(again.implode())
        keys = pl.concat(
            [each.filter(suspects).select(*KEY, PLACE, "person_id").collect() for each in claims]
        )
        # Neither a line that a credit takes back nor one of history repeats another.
        taken_back = [] if self._pairs is None else [self._pairs["line"]]
        for places in (*taken_back, *self._past.values()):
            keys = keys.filter(~pl.col(PLACE).is_in(places.implode()))
        repeats = first_places(keys).join(keys.select(PLACE, _part(self._parts)), on=PLACE)
        write_part(repeats, self._file("repeats", bucket), 1)
        return {"rows": repeats.height}

    @cached_property
    def _repeated(self) -> list[int]:
        """Say how many repeats each bucket has."""
        return [record["rows"] for record in self._records("repeats", self._buckets)]

    def _repeats(self, among: pl.Expr) -> pl.DataFrame | None:
        """Give some of the repeats; None where the batch repeats nothing."""
        found = [
            scan_parquet(self._file("repeats", bucket)).filter(among).collect()
            for bucket, rows in enumerate(self._repeated)
            if rows
        ]
        return pl.concat(found) if found else None

    def _gone(self, among: pl.Expr) -> pl.Series:
        """Give the places of lines that repeat one, some of these, or are priced in no way.

        Those are lines that a credit takes back, and history.
        """
        repeats = self._repeats(among)
        gone = [] if repeats is None else [repeats[PLACE]]
        gone += [] if self._pairs is None else [self._pairs["line"]]
        gone += self._past.values()
        return pl.concat([pl.Series(dtype=pl.Int64), *(each.cast(pl.Int64) for each in gone)])

    @cached_property
    def _past(self) -> dict[int, pl.Series]:
        """Give the places of the lines of history that no credit takes back, by their piece."""
        found = {}
        for number, record in enumerate(self._checked):
            if record["history"]:
                lines = scan_parquet(self._file("claims", number)).filter(HISTORY_ONLY)
                places = lines.select(pl.col(PLACE).cast(pl.Int64)).collect()[PLACE]
                if self._pairs is not None:
                    places = places.filter(~places.is_in(self._pairs["line"].implode()))
                found[number] = places
        return found

    def _without_gone(self, lines: pl.DataFrame, among: pl.Expr) -> pl.DataFrame:
        gone = self._gone(among)
        return lines if gone.is_empty() else lines.filter(~pl.col(PLACE).is_in(gone.implode()))

    # -- price ---------------------------------------------------------------------

    def _price(self, part: int) -> Mapping[str, Any]:
        shape = self._shape
        dealt = self._slices("claims", [record["lines"] for record in self._checked], part)
        lines = self._whole([each.drop(_KEY) for each in dealt])
        past = is_history(lines)
        history = None
        if past is not None:
            history = lines.filter(past)
            if self._pairs is not None:
                history = history.filter(~pl.col(PLACE).is_in(self._pairs["line"].implode()))
            history = history.drop(PLACE, NOTE)
        lines = self._without_gone(lines, pl.col(_PART) == part)
        of_pieces = _counts(lines[PLACE], [each.start + each.rows for each in self._pieces])
        batch = replace(shape, lines=lines.drop(PLACE, NOTE), history=history)
        notes = lines[NOTE]
        del lines
        priced = self._setup.price(batch.lines, history=history, trail=self._keep_trail)
        results = priced.lines.drop(shape.lines.columns)
        steps = []
        if priced.trail is not None:
            steps = _counts(priced.trail["row"], list(accumulate(of_pieces)))
            # What the order of the steps tells is not written.
            trail = priced.trail.drop("row", "before")
            write_part(trail, self._file("adjustments", part), len(self._pieces))
        write_part(results, self._file("lines", part), len(self._pieces))
        return {
            "tally": asdict(tally(priced, batch, self._setup)),
            "modifiers": filled(batch.lines, MODIFIERS),
            "fractions": have_fractions(batch.lines),
            "noted": int((results["review"].is_not_null() | notes.is_not_null()).sum()),
            "lines": of_pieces,
            "steps": steps,
        }


def _hash_of_key() -> pl.Expr:
    return pl.struct(KEY).hash()


def _part(parts: int) -> pl.Expr:
    """Deal lines into parts by their person."""
    return (pl.col("person_id").hash() % parts).cast(pl.UInt32).alias(_PART)


def within(piece: Piece) -> pl.Expr:
    """Choose the rows of a piece."""
    return pl.col(PLACE).is_between(piece.start, piece.start + piece.rows - 1)


def _counts(sorted_numbers: pl.Series, ends: Sequence[int]) -> list[int]:
    """Count the numbers below the first end, from there to the second, and so on."""
    below = [int(sorted_numbers.search_sorted(end, side="left")) for end in ends]
    return [high - low for low, high in pairwise([0, *below])]
