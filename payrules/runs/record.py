"""The run record: what was run, on what, with what, and what came out; no personal data.

Every way of running a batch counts a `Tally` of its lines and makes the record of it here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from payrules.claims import Batch
from payrules.claims.reading import Reading
from payrules.engine.rule import STATUSES, Rule
from payrules.facility.sites import ENCOUNTER_ID
from payrules.fees.other_schedules import KIND_OF_SCHEDULE
from payrules.frozen import frozen
from payrules.payers import Payer
from payrules.payers.covering import with_coverage
from payrules.payers.vocabulary import AS_MEDICARE
from payrules.runs.against_paid import told
from payrules.runs.covered import RunCoverage, run_coverage
from payrules.runs.edits_at_hand import EditsAtHand, edits_at_hand
from payrules.runs.mips_file import PERCENT
from payrules.runs.settled import dollars_of, settled
from payrules.runs.setup import Setup
from payrules.runs.tally import MOST_SHARE, Tally, all_small, counted_by, totals_of
from payrules.runs.who_paid import RunPayer, run_payer
from payrules.runs.x12 import x12_record
from payrules.schedules import Schedules
from payrules.version import __version__

if TYPE_CHECKING:
    from payrules.runs.facility_record import RunFacility

#: A field that the JSON leaves out where it says nothing.
_WHERE_SAID = {"where_said": True}


@frozen
class RunFile:
    """A claims file of a run: its name without folder, its sha256, its number of rows.

    `further_sheets` numbers the worksheets that hold something and were not read; `set_aside`
    counts its rows that are neither lines nor rejects, where there are any: superseded or reversed.
    """

    name: str
    sha256: str
    rows: int
    further_sheets: tuple[int, ...] = field(default=(), metadata=_WHERE_SAID)
    set_aside: int | None = field(default=None, metadata=_WHERE_SAID)


@frozen
class RunMips:
    """The file of MIPS adjustments: its name, sha256 and rows, and how many lines were adjusted.

    `least` and `most` are its smallest and largest percentage, None where it has no rows.
    """

    name: str
    sha256: str
    rows: int
    lines: int
    least: str | None
    most: str | None

    @property
    def may_be_shares(self) -> bool:
        """Whether the percentages are such as a spreadsheet keeps of cells that show a percentage.

        A law's percentages written as shares of one are none above 0.20.
        """
        told = [abs(Decimal(each)) for each in (self.least, self.most) if each is not None]
        return any(told) and max(told) <= MOST_SHARE


@frozen
class RunRelease:
    """A release that priced a line: its days (ISO), source, and files with their sha256."""

    name: str
    effective_from: str
    effective_to: str
    source: str
    files: Mapping[str, str]


@frozen
class RunTable:
    """A table of edits, base units, limits, rates or ZIP codes that was at hand.

    `lines` counts those that a quarter's drug payment limits, or laboratory rates, priced.
    """

    kind: str
    name: str
    published_for: str
    rows: int
    sha256: str
    cites: str
    lines: int | None = field(default=None, metadata=_WHERE_SAID)


@frozen
class RunRule:
    """A rule of the payers: `ran` is False without its table, a text where it has a part.

    Those of the first payer in their order, then those that others have beside them, or with other
    pages; `of` names the payers whose it is, where there are several.
    """

    name: str
    kind: str
    title: str
    cites: str
    effective: str
    ran: bool | str
    of: tuple[str, ...] = field(default=(), metadata=_WHERE_SAID)


@frozen
class RunCounts:
    """Rows in, lines, rejects, lines by status, steps.

    `superseded` is of claims in X12 only, `reversed` where credits take back lines, `history` where
    rows only count for coverage policies, `facility` where rows are facilities' own bills.
    """

    rows_in: int = 0
    lines: int = 0
    rejects: int = 0
    superseded: int | None = None
    reversed: int | None = None
    history: int | None = None
    facility: int | None = None
    statuses: Mapping[str, int] = field(default_factory=dict)
    adjustments: int = 0

    def as_json(self) -> dict[str, Any]:
        """Give the counts under one another."""
        return {
            "rows_in": self.rows_in,
            "lines": self.lines,
            "rejects": self.rejects,
            **({} if self.superseded is None else {"superseded": self.superseded}),
            **({} if self.reversed is None else {"reversed": self.reversed}),
            **({} if self.history is None else {"history": self.history}),
            **({} if self.facility is None else {"facility": self.facility}),
            **self.statuses,
            "adjustments": self.adjustments,
        }


@frozen
class RunRecord:
    """What was run, on what, with what, and what came out; no personal data.

    `lines_of_other_payers` counts the lines whose payer none of those given is, which
    `payers_not_given` names: the first of those given prices these too. `other_payers` are those
    given beside `payer`. `readings` are the reading
    reports of the files; what a reader of remittances tells belongs beside them, as `x12` does.
    `mips_may_be_shares` is True where the lines' own percentages all are such as a spreadsheet
    keeps of cells that show a percentage; `side_files` says of fee schedules and other files beside
    the claims what of them is hidden. `totals` are dollars as text. `against_paid` holds what
    payers paid against what is expected, where the batch says what they paid; `coverage` what
    coverage policies found, where lines are held against some; `facility` what facilities are
    paid beside, where that was asked for. Without a run
    (`RunRecord()`) it says nothing.
    """

    payrules: str = ""
    at: str = ""
    payer: RunPayer = field(default_factory=RunPayer)
    release_asked_for: str | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    columns_file: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[RunFile, ...] = ()
    carried: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    lines_of_other_payers: int = 0
    payers_not_given: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    x12: tuple[Mapping[str, Any], ...] = field(default=(), metadata=_WHERE_SAID)
    mips: RunMips | None = field(default=None, metadata=_WHERE_SAID)
    mips_may_be_shares: bool | None = field(default=None, metadata=_WHERE_SAID)
    side_files: tuple[str, ...] = field(default=(), metadata=_WHERE_SAID)
    settlement: Mapping[str, str] | None = field(default=None, metadata=_WHERE_SAID)
    against_paid: Mapping[str, Mapping[str, Mapping[str, int | str]]] | None = field(
        default=None, metadata=_WHERE_SAID
    )
    coverage: RunCoverage | None = field(default=None, metadata=_WHERE_SAID)
    facility: "RunFacility | None" = field(default=None, metadata=_WHERE_SAID)
    releases: tuple[RunRelease, ...] = ()
    tables: tuple[RunTable, ...] = ()
    rules: tuple[RunRule, ...] = ()
    edits: tuple[EditsAtHand, ...] = ()
    counts: RunCounts = field(default_factory=RunCounts)
    totals: Mapping[str, str] = field(default_factory=dict)
    other_payers: tuple[RunPayer, ...] = field(default=(), metadata=_WHERE_SAID)
    seconds: float | None = field(default=None, metadata=_WHERE_SAID)
    privacy: str | None = field(default=None, metadata=_WHERE_SAID)

    @property
    def every_payer(self) -> tuple[RunPayer, ...]:
        """The payers that were given, the first of them first."""
        return (self.payer, *self.other_payers)

    def as_json(self) -> dict[str, Any]:
        """Give the record as its JSON file has it."""
        return {name: as_plain(value) for name, value in _said(self)}

    def __getitem__(self, key: str) -> Any:
        """Give what the JSON file has under a key."""
        return self.as_json()[key]


def _said(record: Any) -> Iterable[tuple[str, Any]]:
    for each in fields(record):
        value = getattr(record, each.name)
        if not (each.metadata.get("where_said") and (value is None or value == ())):
            yield each.name, value


def as_plain(value: Any) -> Any:
    """Give what is said in a record as its JSON file has it."""
    if hasattr(value, "as_json"):
        return value.as_json()
    if is_dataclass(value):
        return {name: as_plain(part) for name, part in _said(value)}
    if isinstance(value, Mapping):
        return {name: as_plain(part) for name, part in value.items()}
    return [as_plain(part) for part in value] if isinstance(value, tuple | list) else value


def run_record(setup: Setup, batch: Batch, counted: Tally, *, rejects: int) -> RunRecord:
    """Make the run record of a batch; of its rows only `rows_in` is read, and no line."""
    payer, schedules, tables = setup.payer, setup.schedules, setup.tables
    totals = {name: dollars_of(counted.totals.get(name, 0)) for name in totals_of(batch, setup)}
    others = {id(each): each for each in setup.every_payer.values() if each is not payer}
    rules_of = _rules_of(setup, (payer, *others.values()))
    every_rule = [rule for rule, _ in rules_of]
    edits = tuple(edits_at_hand(every_rule, schedules, counted.days, counted.codes))
    in_part = {each.rule: each.in_part for each in edits if each.in_part}
    without = {each.name for each in every_rule if each.needs and not tables.has(each.needs)}
    aside = [
        each["file"]
        for each in (batch.superseded, batch.reversed, batch.history, batch.facility)
        if each is not None
    ]
    set_aside = counted_by(pl.concat(aside)) if aside else {}
    return RunRecord(
        payrules=__version__,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        payer=run_payer(payer, {} if others else totals, batch.given, counted.days),
        release_asked_for=setup.release,
        **setup.columns_file.record(),
        inputs=tuple(
            RunFile(
                each.name,
                each.sha256,
                each.rows,
                tuple(each.further_sheets),
                set_aside.get(each.name),
            )
            for each in batch.files
        ),
        # Which lines are one encounter is asked where the facility's side is.
        carried=tuple(
            name for name in batch.carried.columns if setup.facility is None or name != ENCOUNTER_ID
        ),
        renamed=dict(batch.renamed),
        lines_of_other_payers=sum(counted.other_payers.values()),
        payers_not_given=tuple(sorted(counted.other_payers)),
        readings=batch.readings,
        x12=tuple(x12_record(batch.x12)),
        mips=None
        if setup.mips is None
        else RunMips(
            *(setup.mips.name, setup.mips.sha256, setup.mips.rows.height),
            counted.adjusted_by_mips,
            *setup.mips.bounds,
        ),
        mips_may_be_shares=all_small(counted.percentages) if PERCENT in batch.given else None,
        side_files=tuple(setup.beside_the_claims),
        settlement=settled(counted.beside) if setup.settlement else None,
        against_paid=told(counted.against_paid),
        coverage=run_coverage(setup, counted.coverage, batch.given, rejects=rejects),
        releases=tuple(
            RunRelease(
                each.name,
                each.effective_from.isoformat(),
                each.effective_to.isoformat(),
                each.source,
                dict(each.files),
            )
            for each in schedules.releases
            if each.name in counted.releases
        ),
        tables=tuple(_tables(schedules, counted.of_quarters)),
        rules=tuple(
            RunRule(
                each.name,
                each.kind,
                each.title,
                each.cites,
                each.effective.isoformat(),
                f"in part: {in_part[each.name]}"
                if each.name in in_part
                else each.name not in without,
                of if others else (),
            )
            for each, of in rules_of
        ),
        edits=edits,
        counts=RunCounts(
            rows_in=batch.rows_in,
            lines=counted.lines,
            rejects=rejects,
            superseded=None if batch.superseded is None else batch.superseded.height,
            reversed=None if batch.reversed is None else batch.reversed.height,
            history=None if batch.history is None else batch.history.height,
            facility=None if batch.facility is None else batch.facility.height,
            statuses={status: counted.statuses.get(status, 0) for status in STATUSES},
            adjustments=counted.adjustments,
        ),
        totals=totals,
        other_payers=tuple(
            run_payer(each, {}, batch.given, counted.days) for each in others.values()
        ),
    )


def _rules_of(setup: Setup, payers: Iterable[Payer]) -> list[tuple[Rule, tuple[str, ...]]]:
    """Give each rule on each page once, with the payers whose it is; those of the first, first."""
    found: dict[tuple[str, str], tuple[Rule, tuple[str, ...]]] = {}
    for payer in payers:
        rules = payer.rules
        if setup.has_policies:
            rules = with_coverage(rules, setup.policies_of(payer))
        for each in rules:
            told = each.name, each.cites.removesuffix(AS_MEDICARE)
            rule, of = found.get(told, (each, ()))
            found[told] = (rule, (*of, payer.name))
    return [*found.values()]


def _tables(schedules: Schedules, of_quarters: Mapping[str, int]) -> Iterator[RunTable]:
    """Give the tables at hand; of each quarter of drugs and tests, how many lines it priced."""
    for each in schedules.table_sources():
        lines = 0 if each["kind"] in KIND_OF_SCHEDULE.values() else None
        if lines is not None and of_quarters:
            (days,) = [
                (quarter.first_day.isoformat(), quarter.last_day.isoformat())
                for quarter in schedules.quarters(each["kind"])
                if quarter.name == each["name"]
            ]
            lines = sum(
                count
                for key, count in of_quarters.items()
                if key.split()[0] == each["kind"] and days[0] <= key.split()[1] <= days[1]
            )
        yield RunTable(**each, lines=lines)
