"""What changed since last time: lines new, dropped and priced otherwise, and how things stand now.

Last time's totals, less what was dropped, with what is new and what is priced otherwise, are the
totals of now: for charges, allowed amount, payment and what patients owe alike.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import polars as pl

from payrules.frozen import frozen
from payrules.payers.left_open import owes_unsaid, where_on_file
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
    """A step from last time to now: how many lines, and their charges, allowed, paid, patients'."""

    label: str
    lines: int | None
    amounts: tuple[Decimal, ...]


@frozen
class Changes:
    """The comparison: its steps, the lines that changed, what stands otherwise, what is not told.

    `lines` has a row a changed line: claim_id, claim_line_number, change, why of one priced
    otherwise, then what is compared, each as it was (`…_before`) and is, and the change of the
    allowed amount and the payment. The payers are there where a line's is another.
    `nothing` is said where nothing stands otherwise; `of_others` tells that last time's amounts are
    those of other payers, too.
    """

    steps: tuple[ChangeStep, ...]
    lines: pl.DataFrame
    otherwise: tuple[tuple[str, str, str, str], ...]
    nothing: str
    notes: tuple[str, ...]
    of_others: bool = False

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
    lines = _with_open_shares_blank(changed, results.run)
    steps = (
        _steps_of_totals(results, last.totals, last.counted)
        if last.lines is None
        else _steps(results.lines, last.lines, lines)
    )
    nothing = _NOTHING
    notes = [_TOTALS_ALONE] if last.lines is None else []
    if last.standing is None:
        notes.append(_LINES_ALONE)
        stood, nothing = _releases_of_lines(results.lines, last.lines), _NO_RELEASE
    run = results.run
    before = (
        {*payer_names(last.lines["payer"], run.every_payer)} if last.lines is not None else set()
    )
    before = {*before, *(last.standing.payers if last.standing is not None else ())}
    of_others = not before <= {as_named(each.name) for each in run.every_payer}
    return Changes(steps, lines, tuple(stood), nothing, tuple(notes), of_others)


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
    before = lines.drop("_now").clear() if last is None else last
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
    found = both.select(*KEY, change.alias("change"), why.alias("why"), *sides, *moved)
    found = found.filter(pl.col("change").is_not_null() & pl.lit(last is not None))
    return found.sort(
        *(pl.col("allowed_change").abs(), *KEY),
        descending=[True, False, False],
        nulls_last=True,
        maintain_order=True,
    )


def _with_open_shares_blank(changed: pl.DataFrame, run: RunRecord) -> pl.DataFrame:
    """Leave out the 0.00 of what patients owe that no file says, as the lines do, and the payers.

    Last time's payers are taken by the files of now: a pack holds no others.
    """
    files = {as_named(each.name): bool(each.says_no_coinsurance) for each in run.every_payer}
    are_open = [name for name, is_open in files.items() if is_open]
    first_is_open = bool(run.payer.says_no_coinsurance)
    for side in ("", "_before"):
        names = changed[f"payer{side}"]
        of_open = names.is_in(are_open) | (~names.is_in(list(files)) & first_is_open)
        unsaid = pl.lit(of_open) & owes_unsaid(f"allowed_amount{side}")
        changed = changed.with_columns(where_on_file(f"patient_amount{side}", unsaid))
    if not (changed["why"] == WHY["payer"]).any():
        return changed.drop("payer", "payer_before")
    is_there = (("payer_before", NEW), ("payer", DROPPED))
    return changed.with_columns(
        pl.when(pl.col("change") != lacks).then(name).alias(name) for name, lacks in is_there
    )


def _steps(now: pl.DataFrame, last: pl.DataFrame, changed: pl.DataFrame) -> tuple[ChangeStep, ...]:
    def step(label: str, lines: int, less: pl.DataFrame | None, more: pl.DataFrame) -> ChangeStep:
        """Add up what stands on one side, less what stands on the other."""
        amounts = []
        for name in HEADLINE_AMOUNTS:
            one = total(more[name]) if name in more.columns else ZERO
            other = total(less[f"{name}_before"]) if less is not None else ZERO
            amounts.append(one - other)
        return ChangeStep(label, lines, tuple(amounts))

    def of(kind: str) -> ChangeStep:
        rows = changed.filter(change=kind)
        return step(kind, rows.height, rows, rows)

    return (
        step(LAST, last.height, None, last),
        *(of(kind) for kind in (DROPPED, NEW, REPRICED)),
        step(NOW, now.height, None, now),
    )


def _steps_of_totals(
    results: Estimate, totals: Mapping[str, str], counted: int | None
) -> tuple[ChangeStep, ...]:
    """Give last time's totals and those of now, with the change between them."""
    before = tuple(Decimal(totals.get(name, "0.00")) for name in HEADLINE_AMOUNTS)
    lines = results.lines
    after = tuple(
        total(lines[name]) if name in lines.columns else ZERO for name in HEADLINE_AMOUNTS
    )
    change = tuple(one - other for one, other in zip(after, before, strict=True))
    return (
        ChangeStep(LAST, counted, before),
        ChangeStep("Change", None if counted is None else lines.height - counted, change),
        ChangeStep(NOW, lines.height, after),
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
