"""What a batch of claim lines is paid, and results that show and write themselves."""

# `help()` then shows the names of types, not all that they stand for.
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from decimal import Decimal
from os import fspath
from pathlib import Path
from typing import TypeAlias

import polars as pl

from payrules.claims import Claims
from payrules.counted import counted
from payrules.engine.rule import STATUSES
from payrules.errors import ReportError
from payrules.files.whole import all_or_none
from payrules.front_door.shown import place_of
from payrules.front_door.terms import (
    ADay,
    AFile,
    ColumnsMap,
    Facility,
    FeeSchedules,
    Payers,
    Policies,
    setup_of,
)
from payrules.frozen import frozen
from payrules.runs.estimate import estimate as price_batch
from payrules.runs.results import (
    PRESSED,
    Estimate,
    remarks,
    totals_in_words,
    write_frame,
    write_run,
)
from payrules.runs.x12 import cut_short

#: Is called with the name of each rule as it is applied.
Progress: TypeAlias = Callable[[str], None]


@frozen
class Results(Estimate):
    """A priced batch: `lines`, `adjustments` and `rejects`, polars frames in dollars, and `run`.

    `lines` has every line that was read, in its order, with its amounts, status and reason;
    `adjustments` every step of every line, with its citation; `rejects` every row that could not
    be read, and why; `run` what was run, with what, and the totals. Money is Decimal(38, 2).
    """

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader should know: edits that ran in part, input not read, sums that differ."""
        return (*cut_short(self.run.x12), *remarks(self.run))

    def to_excel(
        self,
        path: AFile,
        report: AFile = "estimate",
        *,
        accounts: AFile | None = None,
        compare: Sequence[AFile] = (),
        force: bool = False,
    ) -> Path:
        """Write a workbook by a report's name or layout file; give its path.

        `accounts` is a TOML file of the accounts that the journal posts to; `compare` are last
        time's lines (.parquet), pack (.xlsx) or run record (.json).

        Nothing that is there is replaced without `force`. Warns where a check of the report does
        not read 0, and where a sheet is too long for Excel and lies beside the workbook. Raises
        ReportError for a layout or a path that cannot be used.
        """
        from payrules.workbook import write_workbook  # noqa: PLC0415 - takes long to load

        posts_to = None if accounts is None else fspath(accounts)
        return place_of(
            write_workbook(
                self,
                Path(path),
                layout=fspath(report),
                accounts=posts_to,
                compare=[fspath(each) for each in compare],
                force=force,
            )
        )

    def to_parquet(self, folder: AFile, *, force: bool = False) -> tuple[Path, ...]:
        """Write lines, adjustments and rejects as Parquet files and the run record as JSON.

        The folder is made where it is not there. All the files are written, or none; nothing that
        is there is replaced without `force`. Raises ReportError.
        """
        from payrules.workbook.xlsx.written import refuse_overwriting  # noqa: PLC0415

        folder = Path(folder)
        frames: dict[str, pl.DataFrame | pl.LazyFrame] = {
            "lines": self.priced.to_write(),
            "adjustments": self.steps.to_write(),
            "rejects": self.rejects,
        }
        paths = tuple(folder / f"{name}.parquet" for name in frames)
        run = folder / "run.json"
        refuse_overwriting([*paths, run], force=force)
        with all_or_none() as together:
            together.folder(folder, fault=ReportError)
            for path, (name, frame) in zip(paths, frames.items(), strict=True):
                write_frame(frame, path, pressed=PRESSED.get(name), fault=ReportError)
            write_run(self.run, run, fault=ReportError)
        return (*paths, run)

    def __repr__(self) -> str:
        amounts = ", ".join(f"{word} {amount}" for word, amount in self._totals().items())
        return "\n  ".join((self._heading(), amounts, self._counts()))

    def _repr_html_(self) -> str:
        from html import escape  # noqa: PLC0415 - a hundredth of a short command

        totals = self._totals()
        return (
            f"<p>{escape(self._heading())}</p>"
            f"<table><tr>{''.join(f'<th>{word}</th>' for word in totals)}</tr>"
            f"<tr>{''.join(f'<td>{amount}</td>' for amount in totals.values())}</tr></table>"
            f"<p>{escape(self._counts())}</p>"
        )

    # What these say holds nothing of a person: they are shown wherever a notebook is.

    def _heading(self) -> str:
        releases = ", ".join(each.name for each in self.run.releases) or "none"
        return (
            f"Results of {counted(self.run.counts.lines, 'claim line')}: payer"
            f" {self.run.payer.name}, fee schedule release {releases}"
        )

    def _totals(self) -> dict[str, str]:
        told = totals_in_words(self.run).items()
        return {word: f"{Decimal(total):,.2f}" for word, total in told if total is not None}

    def _counts(self) -> str:
        counts = self.run.counts
        lines = {status: counts.statuses.get(status, 0) for status in STATUSES}
        said = [f"{n:,} {status.replace('_', ' ')}" for status, n in lines.items() if n]
        said.append(f"{counts.rejects:,} rejected")
        if noted := self.priced.noted():
            said.append(f"{noted:,} with a review note")
        if self.remarks:
            said.append(f"{len(self.remarks):,} in remarks")
        return ", ".join(said)


def estimate(
    batch: Claims,
    payer: Payers = "medicare",
    *,
    locality: str | None = None,
    release: str | None = None,
    schedules: FeeSchedules | None = None,
    columns: ColumnsMap | None = None,
    unknown_payer: str = "price",
    mips: AFile | None = None,
    settlement: bool = False,
    coverage: Policies | None = None,
    coverage_mode: str = "report",
    history_from: ADay | None = None,
    facility: Facility = False,
    trail: bool = True,
    progress: Progress | None = None,
) -> Results:
    """Price claim lines, and say of every line what is allowed, who pays it and why.

    `batch`      CSV, Parquet or Excel files, a polars or pandas frame, a LazyFrame, an Arrow table,
                 or dicts, one a line
    `payer`      "medicare", a preset, a payer file or a Payer; of several, the first prices the
                 lines whose column `payer` names none of the others
    `locality`   for lines that name none: "01112-05", "IL Chicago" or "national"
    `release`    prices every line by this release, whatever its date
    `schedules`  a folder of releases, or what `load_schedules` gives; else the starter and your own
    `columns`    our column names and your headings, or a columns file, or its tables
    `unknown_payer`  "refuse" stops where the batch names a payer that is none of those given
    `mips`       a file of clinicians' adjustments: billing_tin, rendering_npi, year, percent
    `settlement`  adds what Medicare pays beside the claims: a column, and totals in the run record
    `coverage`   coverage policies: a file, a folder, or a list; adds columns, and moves no amount
    `coverage_mode`  "enforce" denies what verified policies do not allow
    `history_from`   since when the persons' history in the batch is whole, for counting sessions
    `facility`   True adds what the surgical center or the hospital is paid: `Results.facility`;
                 `WageIndices` says at which wage indices, else 1.000
    `trail`      False leaves `adjustments` empty, and is quicker
    `progress`   is called with the name of each rule as it is applied

    A line that cannot be priced is a row with a status, a row that cannot be read one of the
    rejects. Raises ClaimsError, CoverageError, PayerError, ScheduleError or UsageError, each one
    clear sentence.
    """
    how = setup_of(
        payer,
        locality=locality,
        release=release,
        schedules=schedules,
        columns=columns,
        unknown_payer=unknown_payer,
        mips=mips,
        settlement=settlement,
        coverage=coverage,
        coverage_mode=coverage_mode,
        history_from=history_from,
        facility=facility,
    )
    priced = price_batch(batch, how, trail=trail, progress=progress)
    return Results(**{each.name: getattr(priced, each.name) for each in fields(priced)})
