"""What of priced lines a run record counts and adds up, part by part or at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from decimal import Decimal

import polars as pl

from payrules.claims import Batch
from payrules.claims.checks.numbers import MOST_MIPS
from payrules.claims.columns import RESULTS
from payrules.engine.pricing import Priced
from payrules.fees.other_schedules import KIND_OF_SCHEDULE
from payrules.frozen import frozen
from payrules.runs.against_paid import against_paid
from payrules.runs.covered import covered, history_by_payer
from payrules.runs.mips_file import PERCENT
from payrules.runs.settled import beside_the_claims
from payrules.runs.setup import Setup, payers_named

#: What the run record adds up.
TOTALS = (
    "charge_amount",
    "allowed_amount",
    "deductible_amount",
    "coinsurance_amount",
    "sequestration_amount",
    "medicare_amount",
    "patient_amount",
)
#: What it adds up besides, where a batch has the column of the input.
SELDOM_TOTALS = {
    "primary_payer_adjustment": "primary_paid_amount",
    "mips_amount": PERCENT,
}
#: The largest MIPS adjustment as a share of one, which as a percentage hardly any is as small as.
MOST_SHARE = Decimal(MOST_MIPS) / 10_000
#: What a tally counts of the lines' percentages: all that are not 0, and such as may be shares.
TOLD, SMALL = "told", "small"


@frozen
class Tally:
    """What of priced lines a run record counts and adds up; those of parts add up to the whole's.

    `days` (ISO) and `codes` count the lines of each, `other_payers` those of each payer that was
    not given, `of_quarters` those of drugs and tests by kind of schedule and day ("asp
    2025-02-04"); `totals` are cents; `releases` priced a line.
    """

    statuses: Mapping[str, int] = field(default_factory=dict)
    releases: tuple[str, ...] = ()
    totals: Mapping[str, int] = field(default_factory=dict)
    adjustments: int = 0
    other_payers: Mapping[str, int] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)
    adjusted_by_mips: int = 0
    percentages: Mapping[str, int] = field(default_factory=dict)
    of_quarters: Mapping[str, int] = field(default_factory=dict)
    beside: Mapping[str, int] = field(default_factory=dict)
    against_paid: Mapping[str, int] = field(default_factory=dict)
    coverage: Mapping[str, int] = field(default_factory=dict)

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return sum(self.statuses.values())


def tally(priced: Priced, batch: Batch, setup: Setup) -> Tally:
    """Count and add up priced lines, of which `batch` has the columns that were given."""
    lines = priced.held
    cents = [pl.col(name).cast(pl.Int128).sum() for name in totals_of(batch, setup)]
    return Tally(
        statuses=counted_by(lines["status"]),
        releases=tuple(lines["release"].drop_nulls().unique().sort()),
        totals=lines.select(cents).row(0, named=True),
        adjustments=0 if priced.trail is None else priced.trail.height,
        other_payers=counted_by(setup.payers_not_given(lines)),
        days=counted_by(lines["service_date"]),
        codes=counted_by(lines["hcpcs_code"]),
        adjusted_by_mips=lines["mips_amount"].count(),
        percentages=_percentages(lines[PERCENT]),
        of_quarters=_of_quarters(lines),
        beside=_beside(lines, setup) if setup.settlement else {},
        against_paid=against_paid(lines, _lines_of(setup.without_coinsurance, lines, setup)),
        coverage=covered_of(lines, batch.history) if setup.has_policies else {},
    )


def covered_of(lines: pl.DataFrame, history: pl.DataFrame | None) -> dict[str, int]:
    """Count what policies found, and history by its payer."""
    payers = None if history is None else history["payer"].str.strip_chars().fill_null("")
    return covered(lines) | history_by_payer({} if payers is None else counted_by(payers))


def _beside(lines: pl.DataFrame, setup: Setup) -> dict[str, int]:
    """Add up what is paid beside the claims of those payers who pay so."""
    return beside_the_claims(lines, ~_lines_of(setup.without_settlement, lines, setup))


def _lines_of(payers: Sequence[str], lines: pl.DataFrame, setup: Setup) -> pl.Series:
    """Tell whose lines these payers' are; of "" those of the run's own payer."""
    if not payers:
        return pl.repeat(False, lines.height, eager=True)
    named = payers_named(lines)
    theirs = named.is_in(payers)
    if "" in payers:  # whoever is not named, or named and not given, is the run's own payer
        theirs |= ~named.is_in([*setup.every_payer])
    return theirs.fill_null(value="" in payers)


def _percentages(hundredths: pl.Series) -> dict[str, int]:
    """Count the percentages that move an amount, and of these such as may be shares of one."""
    if not hundredths.count():
        return {}
    size = hundredths.abs()
    small = size.is_between(1, int(MOST_SHARE * 100))
    return {TOLD: int((size > 0).sum()), SMALL: int(small.sum())}


def _of_quarters(lines: pl.DataFrame) -> dict[str, int]:
    """Count the lines of other schedules than physicians' by kind of schedule and day."""
    days = lines.select("schedule", "service_date")
    others = days.filter(pl.col("schedule").is_in([*KIND_OF_SCHEDULE]))
    kind = pl.col("schedule").replace(KIND_OF_SCHEDULE)
    day = pl.col("service_date").cast(pl.String)
    return counted_by(others.select(pl.concat_str(kind, day, separator=" ")).to_series())


def totals_of(batch: Batch, setup: Setup) -> list[str]:
    """Name what is added up: of the input's amounts those that were given."""
    given = {*batch.given} | ({PERCENT} if setup.mips else set())
    totals = [name for name in TOTALS if name in RESULTS or name in given]
    return totals + [name for name, column in SELDOM_TOTALS.items() if column in given]


def counted_by(values: pl.Series) -> dict[str, int]:
    """Count the lines of each value, in the order of the values as text."""
    counted = values.rename("value").value_counts()
    return dict(counted.with_columns(pl.col("value").cast(pl.String)).sort("value").iter_rows())


def together(parts: Iterable[Tally]) -> Tally:
    """Add up the tallies of parts."""
    whole = Tally()
    for part in parts:
        whole = Tally(
            statuses=_added(whole.statuses, part.statuses),
            releases=tuple(sorted({*whole.releases, *part.releases})),
            totals=_added(whole.totals, part.totals),
            adjustments=whole.adjustments + part.adjustments,
            other_payers=_added(whole.other_payers, part.other_payers),
            days=_added(whole.days, part.days),
            codes=_added(whole.codes, part.codes),
            adjusted_by_mips=whole.adjusted_by_mips + part.adjusted_by_mips,
            percentages=_added(whole.percentages, part.percentages),
            of_quarters=_added(whole.of_quarters, part.of_quarters),
            beside=_added(whole.beside, part.beside),
            against_paid=_added(whole.against_paid, part.against_paid),
            coverage=_added(whole.coverage, part.coverage),
        )
    return whole


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}


def all_small(percentages: Mapping[str, int]) -> bool | None:
    """Tell whether all percentages may be shares of one; None, which no record says, where not."""
    small = percentages.get(SMALL, 0)
    return True if small and small == percentages[TOLD] else None
