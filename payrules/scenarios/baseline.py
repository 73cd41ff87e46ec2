"""The baseline: a batch priced once as it is, which every scenario is compared with."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import polars as pl

from payrules.claims import Batch, Claims
from payrules.claims.code_families import code_family
from payrules.engine.pricing import Priced
from payrules.errors import ScenarioError
from payrules.fees.other_schedules import PHYSICIANS
from payrules.money import WHOLE, adding_up, sum_of, total
from payrules.nearest import perhaps
from payrules.payers import Payer
from payrules.runs.by_person import history_of_others
from payrules.runs.record import RunRecord, run_record
from payrules.runs.setup import Setup, payers_named
from payrules.runs.tally import tally
from payrules.scenarios.fee_rows import FeeRows

#: What is added up, in cents.
MEASURES = ("allowed_amount", "medicare_amount", "patient_amount")


class Baseline:
    """A batch priced as it is: what every scenario is compared with.

    `lines` are the priced lines and `trail` their chains, in cents (`payrules.engine.pricing`).
    """

    def __init__(self, batch: Batch, setup: Setup) -> None:
        self.batch = batch
        self.setup = setup
        self.priced = self.price(batch.lines, setup, looked_at=True)
        self.lines = self.priced.lines
        category = pl.Categorical(pl.Categories.random())
        self._person = batch.lines["person_id"].cast(category).to_physical().cast(pl.Int64)
        self._met: dict[str, pl.Series] = {}
        self._groups: dict[str, pl.DataFrame] = {}

    @property
    def trail(self) -> pl.DataFrame:
        """The steps of every line: row, step, rule, before, after (cents) and why."""
        assert self.priced.trail is not None
        return self.priced.trail

    def price(
        self,
        lines: pl.DataFrame,
        setup: Setup,
        *,
        trail: bool = True,
        looked_at: bool = False,
        persons: pl.Series | None = None,
    ) -> Priced:
        """Price some of the lines with a setup.

        `persons` are whose lines these are where they are priced as the claims of others.
        """
        history = self.batch.history
        if persons is not None:
            history = history_of_others(history, persons, lines["person_id"])
        return setup.price(lines, history=history, trail=trail, looked_at=looked_at)

    def met(self, rule: str) -> pl.Series:
        """Mark the lines that a rule met."""
        if rule not in self._met:
            rows = self.trail.filter(pl.col("rule") == rule)["row"].unique()
            marks = self.nowhere()
            self._met[rule] = marks.scatter(rows, values=True) if len(rows) else marks
        return self._met[rule]

    def looked_at(self, rule: str) -> pl.Series:
        """Mark the lines that a rule looked at, whether it left a step or a remark or nothing."""
        marks = self.priced.looked_at.get(rule)
        # What a rule asks of a column that a line does not fill is neither true nor false.
        return self.nowhere() if marks is None else marks.fill_null(value=False)

    def nowhere(self) -> pl.Series:
        """Mark no line."""
        return pl.repeat(value=False, n=self.lines.height, dtype=pl.Boolean, eager=True)

    def everywhere(self) -> pl.Series:
        """Mark every line."""
        return ~self.nowhere()

    def of_their_persons(self, marked: pl.Series) -> pl.Series:
        """Mark every line of the persons of whom a line is marked."""
        if not marked.any() or marked.all():
            return marked
        highest = self._person.max()
        assert isinstance(highest, int)
        persons = pl.repeat(value=False, n=highest + 1, dtype=pl.Boolean, eager=True)
        return persons.scatter(self._person.filter(marked).unique(), values=True).gather(
            self._person
        )

    @cached_property
    def fee_rows(self) -> FeeRows:
        """Which fee each line is paid by."""
        return FeeRows(self.batch.lines, self.setup)

    @cached_property
    def conversion_factors(self) -> dict[str, list[str]]:
        """The conversion factors that price lines of the physician fee schedule, with their years.

        In the order of the days of service they first price.
        """
        asked = ("service_date", "qualifying_apm_participant", "release")
        theirs = self.lines.filter(pl.col("schedule") == PHYSICIANS).select(asked).unique()
        found: dict[str, list[str]] = {}
        for day, is_apm, name in theirs.sort(asked).iter_rows():
            release = self.setup.schedules.named(name)
            years = found.setdefault(str(release.conversion_factor(day, bool(is_apm))), [])
            if str(day.year) not in years:
                years.append(str(day.year))
        return found

    @cached_property
    def record(self) -> RunRecord:
        """The run record of the baseline, as an estimate of the batch has it."""
        counted = tally(self.priced, self.batch, self.setup)
        return run_record(self.setup, self.batch, counted, rejects=self.batch.rejects.height)

    def record_under(self, payers: Sequence[Payer]) -> RunRecord:
        """Give the run record of the batch as all of it is priced by each of these payers.

        What the baseline's own payer came to (totals, steps) is not theirs, and not said.
        """
        first, *others = payers
        setup = replace(self.setup, payer=first, payers={each.name: each for each in others})
        counted = tally(self.priced, self.batch, self.setup)
        told = run_record(setup, self.batch, counted, rejects=self.batch.rejects.height)
        return replace(
            told,
            totals={},
            counts=replace(told.counts, adjustments=0, statuses={}),
            lines_of_other_payers=0,
            payers_not_given=(),
        )

    def total(self, measure: str = "allowed_amount") -> int:
        """Give a total, cents."""
        return sum_of(self.lines[measure])

    def grouped(self, key: str) -> pl.DataFrame:
        """Give the allowed amount by a key (`group_key`), cents: see `grouped`, by `before`."""
        if key not in self._groups:
            self._groups[key] = grouped(self.lines, self.group_key(self.lines, key), "before")
        return self._groups[key]

    def group_key(self, lines: pl.DataFrame, key: str) -> pl.Series:
        """Give what lines are grouped by: payer, practitioner, code_family, or a column.

        `lines` are all, or some with their number in a column `row`. Raises ScenarioError where
        there is no such column.
        """
        if key == "payer":
            return self.payer_names(lines).alias(key)
        if key == "practitioner":
            return lines.select(pl.coalesce("rendering_npi", "billing_npi").alias(key)).to_series()
        if key == "code_family":
            return code_family(lines["hcpcs_code"]).cast(pl.String).alias(key)
        if key in lines.columns:
            return lines[key]
        carried = self.batch.carried
        if key not in carried.columns:
            known = [*lines.columns, *carried.columns]
            raise ScenarioError(
                f"There is no column '{key}' to group by{perhaps(key, known)}. Lines are grouped by"
                " payer, practitioner, code_family, or a column of the claims or of the results."
            )
        return carried[key].gather(lines["row"]) if "row" in lines.columns else carried[key]

    @cached_property
    def by_rule(self) -> pl.DataFrame:
        """What each step up to the allowed amount adds or takes, cents: columns rule, before."""
        return rule_totals(self.trail, payment_rules(self.setup), "before")

    @cached_property
    def payers_of_lines(self) -> frozenset[str]:
        """The names of the payers that price lines."""
        return frozenset(self.payer_names(self.lines).unique())

    def payer_names(self, lines: pl.DataFrame, setup: Setup | None = None) -> pl.Series:
        """Name the payer that prices each line, in this setup or another."""
        setup = setup or self.setup
        known = setup.every_payer
        return payers_named(lines).replace_strict(
            {key: payer.name for key, payer in known.items()},
            default=setup.payer.name,
            return_dtype=pl.String,
        )


def baseline(
    batch: Claims, setup: Setup | None = None, *, compared: Sequence[Payer] = ()
) -> Baseline:
    """Read a batch and price it once, as `payrules.runs.estimate.estimate` does.

    `compared` are payers that the lines will be priced with later: where one pays by relative
    values, lines must name a locality.
    """
    setup = setup or Setup()
    return Baseline(setup.read(batch, *compared), setup)


def at_volume(cents: pl.Series, volume: pl.Series) -> pl.Series:
    """Count each amount as often as its line happens (ten-thousandths), half up to the cent."""
    if (volume == WHOLE).all():
        return cents
    # The whole and the rest are multiplied apart, so that no product leaves 64 bits.
    return cents // WHOLE * volume + (cents % WHOLE * volume + WHOLE // 2) // WHOLE


def grouped(lines: pl.DataFrame, keys: pl.Series, name: str) -> pl.DataFrame:
    """Add up the allowed amount by key: columns key, `name` (cents), `name`_lines that have one."""
    amounts = lines["allowed_amount"].alias(name)
    together = pl.DataFrame([keys, amounts])
    with adding_up():
        return together.group_by(keys.name, maintain_order=True).agg(
            total(pl.col(name)), pl.col(name).count().cast(pl.Int64).alias(f"{name}_lines")
        )


def payment_rules(*setups: Setup) -> list[str]:
    """Name the rules after the allowed amount: who pays it."""
    return sorted(
        {
            rule.name
            for setup in setups
            for payer in setup.every_payer.values()
            for rule in payer.rules
            if rule.kind == "payment"
        }
    )


def rule_totals(trail: pl.DataFrame, after_allowed: Sequence[str], name: str) -> pl.DataFrame:
    """Add up what each step before the allowed amount adds or takes, cents."""
    change = pl.col("after").fill_null(0) - pl.col("before").fill_null(0)
    with adding_up():
        totals = trail.group_by("rule").agg(total(change).alias(name))
    return (
        totals.with_columns(pl.col("rule").cast(pl.String))
        .filter(~pl.col("rule").is_in(after_allowed))
        .sort("rule")
    )
