"""What changed since last time: lines new, dropped and priced otherwise, and how things stand now.

Last time's totals, less what was dropped, with what is new and what is priced otherwise, are the
totals of now: for charges, allowed amount, payment and what patients owe alike.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import polars as pl

from payrules.frozen import frozen
from payrules.payers.left_open import is_left_blank, owes_unsaid, where_on_file
from payrules.runs.record import RunRecord
from payrules.runs.results import Estimate
from payrules.runs.who_paid import as_named
from payrules.workbook.figures.labels import payer_names
from payrules.workbook.figures.standing import differences, standing_of
from payrules.workbook.figures.totals import DOLLARS, HEADLINE_AMOUNTS, ZERO, total
from payrules.workbook.figures.why_changed import BILLED, OTHER_AMOUNTS, WHY, are_other, as_billed
from payrules.workbook.last_pack import COMPARED, KEY, LastPack

NEW, DROPPED, REPRICED = "New", "Dropped", "Priced otherwise"
LAST, NOW = "Last time", "Now"
#: What a step of the comparison is.
WHAT = {
    LAST: "The lines that it is compared with",
    DROPPED: "Lines of last time not priced now: left out of the batch, or rejected",
    NEW: "Lines that were not there last time",
    REPRICED: "Lines whose payer, code, status, charge or amounts are others; the difference",
    NOW: "The lines of this batch",
}
_TOTALS_ALONE = (
    "A run record holds no lines: which are new, dropped or priced otherwise is not told."
)
_LINES_ALONE = (
    "A file of lines holds no rules, terms and files of releases: these are not compared. Give its"
    " run record beside it, with a second --compare."
)
_NOTHING = "Nothing: version, fee schedules, rules and terms are those of last time."
_NO_RELEASE = "The same releases price lines; of the rest nothing is known."


@frozen
class ChangeStep:
    """A step from last time to now: how many lines, and their charges, allowed, paid, patients'.

    What patients owe is None where 0.00 would say that they owe nothing, and no file says so.
    """

    label: str
    lines: int | None
    amounts: tuple[Decimal | None, ...]


@frozen
class Changes:
    """The comparison: its steps, the lines that changed, what stands otherwise, what is not told.

    `lines` has a row a changed line: claim_id, claim_line_number, change, why of one priced
    otherwise, then what is compared, each as it was (`…_before`) and is, and the change of the
    allowed amount and the payment. The payers are there where a line's is another.
    `nothing` is said where nothing stands otherwise; `of_others` tells that last time's amounts are
    those of other payers, too; `is_share_open` that some of what patients owe is on no file, last
    time or now.
    """

    steps: tuple[ChangeStep, ...]
    lines: pl.DataFrame
    otherwise: tuple[tuple[str, str, str, str], ...]
    nothing: str
    notes: tuple[str, ...]
    of_others: bool = False
    is_share_open: bool = False

    @property
    def frame(self) -> pl.DataFrame:
        """The steps as rows: step, lines, and the amounts."""
        return pl.DataFrame(
            [(step.label, step.lines, *step.amounts) for step in self.steps],
            schema={
                "step": pl.String,
                "lines": pl.Int64,
                **dict.fromkeys(HEADLINE_AMOUNTS, DOLLARS),
            },
            orient="row",
        )


def changes_of(results: Estimate, last: LastPack) -> Changes:
    """Compare a batch with last time."""
    standing = standing_of(results.run.as_json())
    stood = [] if last.standing is None else differences(last.standing, standing)
    changed = _changed(results.lines, last.lines, results.run, stood)
    lines = _with_open_shares_blank(changed, results.run, last.open_shares)
    now = _amounts_of(results.lines, results.run)
    if last.lines is None:
        steps, was_open = _steps_of_totals(now, last), any(last.open_shares.values())
    else:
        then = _amounts_of(last.lines, results.run, last.open_shares)
        steps, was_open = _steps(now, then, lines), _is_open(then)
    nothing = _NOTHING
    notes = [*last.remarks, *([_TOTALS_ALONE] if last.lines is None else [])]
    if last.standing is None:
        notes.append(_LINES_ALONE)
        stood, nothing = _releases_of_lines(results.lines, last.lines), _NO_RELEASE
    run = results.run
    before = (
        {*payer_names(last.lines["payer"], run.every_payer)} if last.lines is not None else set()
    )
    before = {*before, *(last.standing.payers if last.standing is not None else ())}
    of_others = not before <= {as_named(each.name) for each in run.every_payer}
    return Changes(
        steps, lines, tuple(stood), nothing, tuple(notes), of_others, was_open or _is_open(now)
    )


def _changed(
    now: pl.DataFrame,
    last: pl.DataFrame | None,
    run: RunRecord,
    stood: Sequence[tuple[str, str, str, str]],
) -> pl.DataFrame:
    """Give the lines that are new, dropped or priced otherwise, as terms and rules `stood`."""
    told = (*COMPARED, "release", "payer")
    given = [each for each in told if each in now.columns]
    lines = now.select(
        *KEY,
        *given,
        *(
            pl.lit(None, DOLLARS if each.endswith("_amount") else pl.String).alias(each)
            for each in told
            if each not in given
        ),
        *as_billed(now.columns, are_all=True),
        pl.lit(value=True).alias("_now"),
    )
    none = lines.drop("_now").clear().with_columns(is_share_open=pl.lit(value=False))
    before = none if last is None else last
    both = lines.join(
        before.with_columns(pl.lit(value=True).alias("_last")),
        on=list(KEY),
        how="full",
        coalesce=True,
        suffix="_before",
        maintain_order="left_right",
    )
    # A line names its payer as it came; what prices it is compared. A file of lines without any
    # payer says of none which it was.
    said = last is not None and last["payer"].count() > 0
    both = both.with_columns(
        payer_names(both[name], run.every_payer).alias(name) for name in ("payer", "payer_before")
    )
    is_other = {each: pl.col(each).ne_missing(pl.col(f"{each}_before")) for each in COMPARED}
    is_other = {"payer": pl.col("payer").ne(pl.col("payer_before")) & pl.lit(said)} | is_other
    change = (
        pl.when(pl.col("_last").is_null())
        .then(pl.lit(NEW))
        .when(pl.col("_now").is_null())
        .then(pl.lit(DROPPED))
        .when(pl.any_horizontal(*is_other.values()))
        .then(pl.lit(REPRICED))
    )
    # What is not known of last time is not other.
    is_other |= {
        each: pl.col(each).ne(pl.col(f"{each}_before")).fill_null(value=False)
        for each in (*BILLED, "release")
    }
    is_other["terms"] = pl.lit(are_other(stood, both["payer"]))
    why = pl.coalesce(
        *(pl.when(is_other[each]).then(pl.lit(words)) for each, words in WHY.items()),
        pl.lit(OTHER_AMOUNTS),
    )
    why = pl.when(change == REPRICED).then(why)
    sides = [name for each in told for name in (f"{each}_before", each)]
    # Between no amount and none there is no change, either: 0.00 would be one.
    moved = (
        pl.when(pl.any_horizontal(pl.col(each, f"{each}_before").is_not_null()))
        .then(pl.col(each).fill_null(ZERO) - pl.col(f"{each}_before").fill_null(ZERO))
        .cast(DOLLARS)
        .alias(each.replace("_amount", "_change"))
        for each in ("allowed_amount", "medicare_amount")
    )
    named = change.alias("change"), why.alias("why")
    found = both.select(*KEY, *named, *sides, *moved, "is_share_open")
    found = found.filter(pl.col("change").is_not_null() & pl.lit(last is not None))
    return found.sort(
        *(pl.col("allowed_change").abs(), *KEY),
        descending=[True, False, False],
        nulls_last=True,
        maintain_order=True,
    )


def _unsaid(
    lines: pl.DataFrame, run: RunRecord, side: str = "", told: Mapping[str, bool] | None = None
) -> pl.Expr:
    """Mark lines whose patient's share no file says.

    Last time's payers are taken as its run record `told`, else by the files of now: a pack holds no
    others. A share that it left blank was on no file, whoever paid. Of now `told` is None.
    """
    files = {as_named(each.name): bool(each.says_no_coinsurance) for each in run.every_payer}
    files |= told or {}
    are_open = [name for name, is_open in files.items() if is_open]
    names = lines[f"payer{side}"]
    first_is_open = bool(run.payer.says_no_coinsurance)
    of_open = names.is_in(are_open) | (~names.is_in(list(files)) & first_is_open)
    unsaid = pl.lit(of_open) & owes_unsaid(f"allowed_amount{side}")
    return unsaid if told is None else unsaid | pl.col("is_share_open").fill_null(value=False)


def _amounts_of(
    lines: pl.DataFrame, run: RunRecord, told: Mapping[str, bool] | None = None
) -> pl.DataFrame:
    """Give the amounts of a side's lines, without the 0.00 of shares that no file says."""
    there = [each for each in (*HEADLINE_AMOUNTS, "payer") if each in lines.columns]
    absent = {*HEADLINE_AMOUNTS, "payer"} - {*there}
    flag = ["is_share_open"] if told is not None else []
    side = lines.select(*there, *flag, *(pl.lit(None, DOLLARS).alias(each) for each in absent))
    side = side.with_columns(payer_names(side["payer"], run.every_payer).alias("payer"))
    unsaid = _unsaid(side, run, told=told)
    return side.select(*HEADLINE_AMOUNTS[:-1], where_on_file(HEADLINE_AMOUNTS[-1], unsaid))


def _with_open_shares_blank(
    changed: pl.DataFrame, run: RunRecord, told: Mapping[str, bool]
) -> pl.DataFrame:
    """Leave out the 0.00 of what patients owe that no file says, and the payers where all stay."""
    for side, of_side in (("", None), ("_before", told)):
        unsaid = _unsaid(changed, run, side, of_side)
        changed = changed.with_columns(where_on_file(f"patient_amount{side}", unsaid))
    changed = changed.drop("is_share_open")
    if not (changed["why"] == WHY["payer"]).any():
        return changed.drop("payer", "payer_before")
    is_there = (("payer_before", NEW), ("payer", DROPPED))
    return changed.with_columns(
        pl.when(pl.col("change") != lacks).then(name).alias(name) for name, lacks in is_there
    )


def _is_open(side: pl.DataFrame) -> bool:
    """Whether what the patient owes of a line is on no file."""
    return bool(side.select(is_left_blank("patient_amount").any()).item())


def _step(
    label: str, lines: int | None, amounts: Sequence[Decimal], *, is_open: bool
) -> ChangeStep:
    """Make a step; what patients owe `is_open` where some of it is on no file."""
    *others, owed = amounts
    return ChangeStep(label, lines, (*others, None if is_open and not owed else owed))


def _sums(side: pl.DataFrame) -> list[Decimal]:
    return [total(side[name]) for name in HEADLINE_AMOUNTS]


def _less(amounts: Sequence[Decimal], others: Sequence[Decimal]) -> list[Decimal]:
    return [one - other for one, other in zip(amounts, others, strict=True)]


def _steps(now: pl.DataFrame, last: pl.DataFrame, changed: pl.DataFrame) -> tuple[ChangeStep, ...]:
    """Add up both sides, and what changed between them."""

    def of(kind: str) -> ChangeStep:
        rows = changed.filter(change=kind)
        before = rows.select(pl.col(f"{name}_before").alias(name) for name in HEADLINE_AMOUNTS)
        moved = _less(_sums(rows), _sums(before))
        return _step(kind, rows.height, moved, is_open=_is_open(rows) or _is_open(before))

    return (
        _step(LAST, last.height, _sums(last), is_open=_is_open(last)),
        *(of(kind) for kind in (DROPPED, NEW, REPRICED)),
        _step(NOW, now.height, _sums(now), is_open=_is_open(now)),
    )


def _steps_of_totals(now: pl.DataFrame, last: LastPack) -> tuple[ChangeStep, ...]:
    """Give last time's totals and those of now, with the change between them."""
    before = [Decimal(last.totals.get(name, "0.00")) for name in HEADLINE_AMOUNTS]
    was_open, is_open = any(last.open_shares.values()), _is_open(now)
    more = None if last.counted is None else now.height - last.counted
    return (
        _step(LAST, last.counted, before, is_open=was_open),
        _step("Change", more, _less(_sums(now), before), is_open=was_open or is_open),
        _step(NOW, now.height, _sums(now), is_open=is_open),
    )


def _releases_of_lines(
    now: pl.DataFrame, last: pl.DataFrame | None
) -> list[tuple[str, str, str, str]]:
    """Say which releases priced lines now and did not last time, and the other way round."""
    sides = [
        {} if frame is None else dict(frame["release"].drop_nulls().value_counts().rows())
        for frame in (last, now)
    ]
    names = sorted({*sides[0], *sides[1]})
    return [
        (
            "Fee schedule",
            name,
            *("prices lines" if name in side else "prices none" for side in sides),
        )
        for name in names
        if (name in sides[0]) != (name in sides[1])
    ]
