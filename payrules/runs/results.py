"""What a run gives back: lines, adjustments, rejects and the run record, in dollars."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from payrules.claims.columns import (
    listed,
    shown,
)
from payrules.counted import counted
from payrules.errors import PayrulesError, UsageError
from payrules.files.formula_guard import guarded
from payrules.files.parquet import sink_parquet
from payrules.files.whole import put_in_place
from payrules.files.worksheet_words import first_sheet_read
from payrules.frozen import frozen
from payrules.payers.left_open import owed_on_file
from payrules.runs.causes import Cause, causes_of
from payrules.runs.covered import in_sentences as coverage_in_sentences
from payrules.runs.edits_at_hand import BRING_IN, edit_words, in_sentences
from payrules.runs.lines import PricedLines
from payrules.runs.mips_file import PERCENT
from payrules.runs.record import RunRecord
from payrules.runs.steps import Steps
from payrules.runs.tally import MOST_SHARE
from payrules.runs.who_paid import pays
from payrules.runs.x12 import x12_remarks

if TYPE_CHECKING:
    from payrules.runs.facility_side import FacilitySide

#: What the totals of a run are called, and their names in its record; before the last stands what
#: is paid, under the name of who pays it.
TOTAL_WORDS = {
    "charge": "charge_amount",
    "allowed": "allowed_amount",
    "sequestration": "sequestration_amount",
    "patient pays": "patient_amount",
}
#: And of the totals that only some batches have.
_SELDOM_WORDS = {"first payer's part": "primary_payer_adjustment", "MIPS": "mips_amount"}
#: No sentence names more payers.
_MOST_NAMED = 10
#: How hard zstd presses an output in Parquet where its usual way is not the best: at the least,
#: lines take no more room and a tenth less time; adjustments would take a sixth more room.
PRESSED: Mapping[str, int | None] = {"lines": 1}


def totals_in_words(run: RunRecord) -> dict[str, str | None]:
    """Give the totals of a run under the names that people read, in the order of payment.

    What patients owe is None where 0.00 would say that they owe nothing, and a payer's file says no
    coinsurance. Decision: it is so also where none of the lines is that payer's.
    """
    seldom = {word: name for word, name in _SELDOM_WORDS.items() if name in run.totals}
    *first, cut, (patient, owed) = TOTAL_WORDS.items()
    paid = (pays(run.every_payer), "medicare_amount")
    told = {word: run.totals.get(name) for word, name in (*first, *seldom.items(), cut, paid)}
    if not any(each.says_no_coinsurance for each in run.every_payer):
        return told | {patient: run.totals.get(owed)}
    amounts = (Decimal(run.totals[name]) for name in (owed, "allowed_amount", "deductible_amount"))
    known = owed_on_file(*amounts)
    return told | {f"{patient}, where on file": None if known is None else run.totals[owed]}


@frozen
class Estimate:
    """A priced batch: `lines`, `adjustments` and `rejects` in dollars, and the run record `run`.

    Money is Decimal(38, 2). `priced` is what `lines` are made of, and `steps` what `adjustments`
    are: empty where no trail was asked for. `run` holds no personal data. `carried` names the
    columns of `lines` that payrules does not know: they were put aside while the lines were priced.
    `superseded` lists the lines of claims in X12 in whose place another claim stands; None where no
    claims came so. `reversed` lists credits and the lines that they take back, `history` the rows
    that only count for coverage policies; None where there are none. `facility` is what facilities
    are paid beside, where it was asked for.
    """

    priced: PricedLines
    steps: Steps
    rejects: pl.DataFrame
    run: RunRecord
    carried: tuple[str, ...] = ()
    superseded: pl.DataFrame | None = None
    reversed: pl.DataFrame | None = None
    history: pl.DataFrame | None = None
    facility: "FacilitySide | None" = None

    @property
    def lines(self) -> pl.DataFrame:
        """Every line, with its results: put into dollars when they are first asked for."""
        return self.priced.whole()

    @property
    def adjustments(self) -> pl.DataFrame:
        """Every step of every line: put into dollars when they are first asked for."""
        return self.steps.whole()

    def summary(self) -> "Summary":
        """Say in short what came out."""
        return Summary(self.run, self.priced.noted(), causes_of([self.rejects]))


@frozen
class Summary:
    """What came out in short: the run record, lines with a review note, causes of rejects."""

    run: RunRecord
    noted: int
    causes: tuple[Cause, ...]


def write_frame(
    frame: pl.DataFrame | pl.LazyFrame,
    path: Path,
    *,
    guard: bool = True,
    pressed: int | None = None,
    fault: type[PayrulesError] = UsageError,
) -> None:
    """Write a frame as CSV or Parquet, by the path's ending; never half a file.

    In CSV, text is guarded (see `guarded`), unless the file is for payrules to read again.
    Parquet is `pressed` by that level of zstd. `fault` says why a path cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in {".csv", ".parquet"}:
        raise UsageError(
            f"{path.name}: write .csv or .parquet; {ending or 'no ending'} is neither."
        )
    with put_in_place(path, fault=fault) as (partial,):
        if ending == ".csv":
            table = frame.lazy()
            (guarded(table) if guard else table).sink_csv(partial)
        else:
            sink_parquet(frame.lazy(), partial, pressed=pressed)


def remarks(run: RunRecord) -> list[str]:
    """Say of a run what a reader of its amounts should know: edits left open, input not read.

    First what did not agree in claims that came in X12.
    """
    missing = [*dict.fromkeys(edit_words(rule.name) for rule in run.rules if not rule.ran)]
    said = who_pays(run) + in_sentences(run.edits) + passed_over(run)
    for name, amount in (run.settlement or {}).items():
        what = name.replace("_amount", "").replace("_", " ").replace("hpsa", "HPSA")
        said.append(f"Beside the claims, in no total: {what.replace('apm', 'APM')} {amount}.")
    if run.mips is not None:
        lines = f"{counted(run.mips.lines, 'line')}"
        check = "" if run.mips.lines else ": check the TINs, NPIs and years of file and claims"
        said.append(f"MIPS adjusts {lines}, by {run.mips.name}{check}.")
        if run.mips.may_be_shares:
            said.append(
                f"The percentages of {run.mips.name} are {run.mips.least} to {run.mips.most}, and"
                " read so: a spreadsheet's cell that shows 9 % holds 0.09. Write 9.00."
            )
    if run.mips_may_be_shares:
        said.append(
            f"The percentages of {PERCENT} are all between -{MOST_SHARE:.2f} and"
            f" {MOST_SHARE:.2f}, and read so: a spreadsheet's cell that shows 9 % holds 0.09. Write"
            " 9.00."
        )
    if run.coverage is not None:
        said += coverage_in_sentences(run.coverage)
    if run.facility is not None:
        from payrules.runs.facility_record import in_sentences as of_facility  # noqa: PLC0415

        said += of_facility(run.facility)
    said += run.side_files
    if missing:
        said.insert(
            0, f"Not applied, because a table is not loaded: {', '.join(missing)}. {BRING_IN}"
        )
    return [*x12_remarks(run.x12), *said]


def who_pays(run: RunRecord) -> list[str]:
    """Say what the payers' files leave unsaid of who pays what is allowed."""
    return [said for each in run.every_payer for said in each.left_open]


def passed_over(run: RunRecord) -> list[str]:
    """Say what of the input was not read, or not as it might have been meant."""
    said = [sentence for reading in run.readings for sentence in reading.sentences()]
    titles = {each.file: each.sheet for each in run.readings}
    said += [
        first_sheet_read(
            file.name,
            file.further_sheets,
            titles.get(file.name) if 1 in file.further_sheets else None,
        )
        for file in run.inputs
        if file.further_sheets
    ]
    if run.lines_of_other_payers:
        said.append(payers_not_given(run))
    if run.carried:
        said.append(f"Columns carried along, not read: {listed(run.carried)}.")
    if run.renamed:
        names = [f"'{shown(name)}' as '{shown(new)}'" for name, new in run.renamed.items()]
        said.append(f"Columns of the claims that share a result's name: {', '.join(names)}.")
    return said


def payers_not_given(run: RunRecord) -> str:
    """Say which payers the batch names that were not given, and who priced their lines."""
    names, lines = run.payers_not_given, run.lines_of_other_payers
    shown_names = ", ".join(map(shown, names[:_MOST_NAMED]))
    if len(names) > _MOST_NAMED:
        shown_names += f" and {len(names) - _MOST_NAMED:,} more"
    what = "1 payer" if len(names) == 1 else f"{counted(len(names), 'payer')}"
    is_unknown = "is unknown" if len(names) == 1 else "are unknown"
    return (
        f"{what} named in the batch {is_unknown} and priced as {run.payer.name} ("
        f"{counted(lines, 'line')}): {shown_names}."
    )


def write_run(
    run: RunRecord | Mapping[str, Any], path: Path, *, fault: type[PayrulesError] = UsageError
) -> None:
    """Write the run record as JSON, or another that is made for it; `fault` as above."""
    said = run.as_json() if isinstance(run, RunRecord) else run
    with put_in_place(path, fault=fault) as (partial,):
        text = json.dumps(said, indent=2, default=str) + "\n"
        partial.write_text(text, encoding="utf-8", newline="\n")
