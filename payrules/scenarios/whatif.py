"""What-if: the same claims priced twice, before and after a scenario, and what lies between.

The baseline is priced once. A scenario prices again only the persons it can reach, because no
rule looks from one person to another: those whose claims it bills differently, whose fees it
changes, or whom a rule on other terms met.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from payrules.claims import Batch, check_batch, read_batch
from payrules.dated import Dated
from payrules.estimate import load_tables, price_by_payer
from payrules.payers import MEDICARE, Payer, load_payer, read_dollar_schedule
from payrules.payers.payer_file import changed_rules
from payrules.pricing import Priced
from payrules.rule import Rule, Tables
from payrules.scenarios.claims_changes import ChangedClaims, change_claims
from payrules.scenarios.scenario import (
    PRICES,
    TERMS,
    Scenario,
    count_of_lines,
    terms_said,
)
from payrules.scenarios.schedule_changes import (
    change_dollars,
    change_schedules,
    reached_by_prices,
)
from payrules.schedules import Schedules, load_schedules

#: What is added up, in cents.
MEASURES = ("allowed_amount", "medicare_amount", "patient_amount")
#: What the bridge attributes a change to, in the order in which the changes are made.
MIX, PRICE, TERM, VOLUME = "mix", "price", "terms", "volume"


@dataclass(frozen=True)
class Setup:
    """What lines are priced with: payers, fee schedules, tables of edits, a release for all."""

    payer: Payer
    payers: Mapping[str, Payer]
    schedules: Schedules
    tables: Tables
    release: str | None = None

    @property
    def every_payer(self) -> dict[str, Payer]:
        """The payers by name, lower case; the first prices lines that name none."""
        return {
            self.payer.name.lower(): self.payer,
            **{name.lower(): payer for name, payer in self.payers.items()},
        }


class Baseline:
    """A batch priced as it is: what every scenario is compared with.

    `lines` are the priced lines and `trail` their chains, both in cents (`payrules.pricing`).
    """

    def __init__(self, batch: Batch, setup: Setup) -> None:
        self.batch = batch
        self.setup = setup
        self.priced = self.price(batch.lines, setup)
        self.lines = self.priced.lines
        category = pl.Categorical(pl.Categories.random())
        self._person = batch.lines["person_id"].cast(category).to_physical().cast(pl.Int64)
        self._met: dict[str, pl.Series] = {}

    @property
    def trail(self) -> pl.DataFrame:
        """The steps of every line: row, step, rule, before, after (cents) and why."""
        assert self.priced.trail is not None
        return self.priced.trail

    def price(self, lines: pl.DataFrame, setup: Setup, *, trail: bool = True) -> Priced:
        """Price some of the lines with a setup."""
        return price_by_payer(
            replace(self.batch, lines=lines),
            setup.payer,
            setup.every_payer,
            setup.schedules,
            setup.release,
            setup.tables,
            trail,
            None,
        )

    def met(self, rule: str) -> pl.Series:
        """Mark the lines that a rule met."""
        if rule not in self._met:
            rows = self.trail.filter(pl.col("rule") == rule)["row"].unique()
            marks = self.nowhere()
            self._met[rule] = marks.scatter(rows, values=True) if len(rows) else marks
        return self._met[rule]

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

    def total(self, measure: str = "allowed_amount") -> int:
        """Give a total, cents."""
        return _sum(self.lines[measure])

    def payer_names(self, lines: pl.DataFrame) -> pl.Series:
        """Name the payer that prices each line."""
        known = self.setup.every_payer
        named = lines["payer"].str.to_lowercase().str.strip_chars()
        return named.replace_strict(
            {key: payer.name for key, payer in known.items()},
            default=self.setup.payer.name,
            return_dtype=pl.String,
        )


def baseline(
    batch: Path | Sequence[Path] | pl.DataFrame,
    *,
    payer: Payer = MEDICARE,
    payers: Mapping[str, Payer] | None = None,
    schedules: Schedules | None = None,
    locality: str | None = None,
    release: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Baseline:
    """Read a batch and price it once; the arguments are those of `payrules.estimate.estimate`."""
    schedules = schedules or load_schedules()
    setup = Setup(payer, payers or {}, schedules, load_tables(schedules), release)
    intake: dict[str, Any] = {
        "columns": columns,
        "localities": schedules.localities(),
        "default_locality": locality,
        "zips": schedules.table("zip"),
        "needs_locality": all(each.dollars is None for each in setup.every_payer.values()),
    }
    if isinstance(batch, pl.DataFrame):
        return Baseline(check_batch(batch, **intake), setup)
    return Baseline(read_batch(batch, **intake), setup)


# -- what a scenario changes -------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """A scenario set upon a baseline: what is priced again, with what.

    `stages` are the changes one after the other (mix, price, terms), each with the setup it
    leads to; `reached` marks the lines to price again after each; `met` says in words what the
    scenario changes, and how many lines each change meets.
    """

    scenario: Scenario
    claims: ChangedClaims
    stages: tuple[tuple[str, Setup, pl.Series], ...]
    met: tuple[tuple[str, int], ...]

    def words(self) -> list[str]:
        """Say what a scenario changes, for a dry run."""
        return [f"{what}: {count_of_lines(lines)}" for what, lines in self.met]


def plan(base: Baseline, scenario: Scenario) -> Plan:
    """Set a scenario upon a baseline, without pricing.

    Raises ScenarioError where a change meets no line, or where two contradict each other.
    """
    setup = base.setup
    claims = change_claims(base.batch.lines, scenario.says.claims, setup.schedules, scenario.refuse)
    met = list(claims.met)
    reached = claims.changed
    stages = []
    parts = scenario.changes
    if claims.changed.any():
        stages.append((MIX, setup, base.of_their_persons(reached)))
    if any(part in PRICES for part in parts):
        _check_prices(setup, scenario)
        by_price, words = reached_by_prices(
            # Who is billed otherwise is reached already: those lines count as they came.
            base.lines.with_columns(claims.lines[name] for name in ("hcpcs_code", "locality")),
            setup.schedules,
            scenario,
            setup.payer.dollars,
        )
        setup = _with_prices(setup, scenario)
        reached = reached | by_price
        met += words
        stages.append((PRICE, setup, base.of_their_persons(reached)))
    if any(part in TERMS for part in parts):
        on_terms = _with_terms(setup, scenario)
        reached = reached | _reached_by_terms(base, setup, on_terms)
        met += _terms_met(base, scenario)
        setup = on_terms
        stages.append((TERM, setup, base.of_their_persons(reached)))
    return Plan(scenario, claims, tuple(stages), tuple(met))


def _check_prices(setup: Setup, scenario: Scenario) -> None:
    if setup.payer.dollars is None and scenario.says.fee_schedule is None:
        return
    if (
        scenario.says.release
        and scenario.says.fee_schedule is None
        and (setup.payer.dollars and setup.payer.dollars.own_indicators)
    ):
        raise scenario.refuse(
            "release",
            f"changes nothing: fees and indicators are those of {setup.payer.dollars.name}",
        )


def _with_prices(setup: Setup, scenario: Scenario) -> Setup:
    says = scenario.says

    def priced(payer: Payer) -> Payer:
        if says.fee_schedule is not None:
            file = Path(says.fee_schedule.file)
            if not file.is_file():
                raise scenario.refuse(
                    "fee_schedule.file", f"there is no file {file.name} beside it"
                )
            own = says.fee_schedule.indicators == "own"
            payer = replace(
                payer, dollars=read_dollar_schedule(file, own_indicators=own, cites=scenario.cites)
            )
        if payer.dollars is None or (says.payer and says.fee_schedule is None):
            return payer
        return replace(payer, dollars=change_dollars(payer.dollars, scenario))

    return replace(
        setup,
        payer=priced(setup.payer),
        payers={name: priced(each) for name, each in setup.payers.items()},
        schedules=change_schedules(setup.schedules, scenario),
        release=says.release or setup.release,
    )


def _with_terms(setup: Setup, scenario: Scenario) -> Setup:
    says = scenario.says

    def on_terms(payer: Payer) -> Payer:
        if says.percent_of_medicare is not None and payer.dollars is not None:
            raise scenario.refuse(
                "percent_of_medicare",
                f"does not go with the dollars of {payer.dollars.name}; scale them with [[fees]]",
            )
        rules = changed_rules(payer.rules, says, scenario.cites, scenario.refuse)
        return replace(payer, rules=rules)

    if says.payer is None:
        return replace(
            setup,
            payer=on_terms(setup.payer),
            payers={name: on_terms(each) for name, each in setup.payers.items()},
        )
    other = load_payer(says.payer)
    if other.dollars is not None:
        if says.fee_schedule is not None:
            raise scenario.refuse(
                "fee_schedule", f"and payer {other.name} each bring fees in dollars; take one out"
            )
        other = replace(other, dollars=change_dollars(other.dollars, scenario))
    elif says.fee_schedule is not None:
        other = replace(other, dollars=setup.payer.dollars)
    return replace(setup, payer=on_terms(other), payers={})


def _reached_by_terms(base: Baseline, before: Setup, after: Setup) -> pl.Series:
    """Mark the lines whose payment another payer or other terms may change."""
    reached = base.nowhere()
    names = base.payer_names(base.lines).str.to_lowercase()
    for name, old in before.every_payer.items():
        new = after.every_payer.get(name, after.payer)
        here = names == name
        if old is new or not here.any():
            continue
        if old.dollars is not new.dollars:
            reached |= here
            continue
        was, now = ({rule.name: rule for rule in each.rules} for each in (old, new))
        for rule in {**was, **now}:
            reached |= here & _reach(base, was.get(rule), now.get(rule))
    return reached


def _reach(base: Baseline, was: Rule | None, now: Rule | None) -> pl.Series:
    """Mark the lines that a rule met, or may meet once it is on other terms."""
    if was is None:
        return base.everywhere()
    if now is None:
        return base.met(was.name)
    terms_were, terms_are = ({**rule.defaults, **rule.terms} for rule in (was, now))
    if terms_were == terms_are:
        return base.nowhere()
    differ = [term for term in terms_were if terms_were[term] != terms_are[term]]
    if all(_same_reach(terms_were[term], terms_are[term]) for term in differ):
        return base.met(was.name)
    return base.everywhere()


def _same_reach(was: Any, now: Any) -> bool:
    """Say whether a rule meets the same lines on both terms: other numbers, from the same day."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        return set(was) == set(now) and all(_same_reach(was[key], now[key]) for key in was)
    if not (isinstance(was, Dated) and isinstance(now, Dated)):
        return False
    nowhere_nothing = all(value for each in (was, now) for _, value in each.values)
    return nowhere_nothing and now.values[0][0] <= was.values[0][0]


def _terms_met(base: Baseline, scenario: Scenario) -> list[tuple[str, int]]:
    says = scenario.says
    met = []
    if says.payer is not None:
        met.append((f"{load_payer(says.payer).name} pays", base.lines.height))
    if says.percent_of_medicare is not None:
        met.append(("a percentage of Medicare is paid", base.lines.height))
    for rule, term, value in terms_said(says):
        label = rule.replace("_", " ")
        if term == "off":
            words = f"rule {label} is {'off' if value else 'on'}"
        else:
            words = f"rule {label}, {term.replace('_', ' ')} becomes {_term_words(value)}"
        met.append((f"{words} (lines the rule meets today)", int(base.met(rule).sum())))
    return met


def _term_words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_term_words(each)}" for key, each in value.items())
    if isinstance(value, tuple):
        return "; ".join(
            format(share, "f") + (f" from {first}" if isinstance(first, date) else "")
            for first, share in value
        )
    return str(value)


# -- totals only -------------------------------------------------------------------------------


def total_of(base: Baseline, scenario: Scenario, measure: str = "allowed_amount") -> int:
    """Give a scenario's total, cents; quicker than a comparison, which explains it."""
    changed = plan(base, scenario)
    total = base.total(measure)
    volume = changed.claims.volume
    touched = volume != 10_000
    if changed.stages:
        _, setup, reached = changed.stages[-1]
        touched = touched | reached
    else:
        reached = base.nowhere()
    total -= _sum(base.lines[measure].filter(touched))
    only_volume = touched & ~reached
    total += _sum(_weighted(base.lines[measure].filter(only_volume), volume.filter(only_volume)))
    if changed.stages and reached.any():
        priced = base.price(changed.claims.lines.filter(reached), setup, trail=False)
        total += _sum(_weighted(priced.lines[measure], volume.filter(reached)))
    return total


def _sum(cents: pl.Series) -> int:
    return int(cents.sum() or 0)


def _weighted(cents: pl.Series, volume: pl.Series) -> pl.Series:
    if (volume == 10_000).all():
        return cents
    return (cents * volume + 5_000) // 10_000


# -- the comparison ----------------------------------------------------------------------------


class Comparison:
    """A scenario beside the baseline: totals, groups, changed lines, and the bridge between.

    Frames are in cents. `rows` numbers the lines looked at again; `before` and `after` hold
    these lines, with a column `row`, priced both ways; amounts after count the volume.
    """

    def __init__(self, base: Baseline, scenario: Scenario) -> None:
        self.base = base
        self.scenario = scenario
        self.plan = plan(base, scenario)
        claims = self.plan.claims
        volume = claims.volume
        touched = (volume != 10_000) | (
            self.plan.stages[-1][2] if self.plan.stages else base.nowhere()
        )
        self.rows = touched.arg_true()
        everywhere = pl.int_range(base.lines.height, dtype=pl.UInt32, eager=True)
        self.before = base.lines[self.rows].with_columns(row=self.rows.cast(pl.UInt32))
        lines, self._trail_after = self.before, base.trail.clear()
        self.repriced = 0
        parts = [pl.DataFrame(schema=_BRIDGE)]
        last: tuple[pl.Series, pl.DataFrame] | None = None
        for cause, setup, reached in self.plan.stages:
            rows = everywhere.filter(reached)
            priced = base.price(claims.lines.filter(reached), setup)
            assert priced.trail is not None
            trail = priced.trail.with_columns(row=rows.gather(priced.trail["row"]))
            step = _by_rule(self._steps_of(reached, last), trail, base.setup, setup)
            parts.append(step.select("rule", "before", "after", cause=pl.lit(cause)))
            last = (reached, trail)
            others = self.before.filter(~reached.gather(self.rows))
            priced_lines = priced.lines.with_columns(row=rows)
            lines = pl.concat([priced_lines, others], how="diagonal_relaxed").sort("row")
            self._trail_after, self.repriced = trail, len(rows)
        own = volume.gather(self.rows)
        self.after = lines.with_columns(
            *(_weighted(lines[name], own).alias(name) for name in MEASURES), own.alias("volume")
        )
        by_volume = _sum(self.after["allowed_amount"]) - _sum(lines["allowed_amount"])
        if by_volume:
            row = {"rule": ["volume"], "before": [0], "after": [by_volume], "cause": [VOLUME]}
            parts.append(pl.DataFrame(row, schema=_BRIDGE))
        self._bridge_parts = pl.concat(parts)

    def _steps_of(
        self, reached: pl.Series, last: tuple[pl.Series, pl.DataFrame] | None
    ) -> pl.DataFrame:
        """Give the chains of the reached lines before this stage: of the last stage, or today's."""
        trail = self.base.trail.select("row", "rule", "before", "after")
        if last is None:
            return trail if reached.all() else trail.filter(reached.gather(trail["row"]))
        newer, stepped = last
        today = trail.filter((reached & ~newer).gather(trail["row"]))
        return pl.concat([today, stepped.select(today.columns)], how="vertical_relaxed")

    # -- totals and groups ------------------------------------------------------

    @cached_property
    def totals(self) -> pl.DataFrame:
        """Each measure before and after: columns measure, before, after, change (cents), share."""
        rows = []
        for measure in MEASURES:
            before = self.base.total(measure)
            after = before + _sum(self.after[measure]) - _sum(self.before[measure])
            rows.append((measure, before, after))
        return _with_change(
            pl.DataFrame(rows, schema={"measure": pl.String, **_AMOUNTS}, orient="row")
        )

    @property
    def change(self) -> int:
        """The change of the allowed amount, cents."""
        return int(self.totals["change"][0])

    def by(self, key: str) -> pl.DataFrame:
        """Give the allowed amount before and after by payer, practitioner, place or code.

        `key` is payer, practitioner, place_of_service_code, hcpcs_code, code_family or any
        column of the lines. Highest change first.
        """
        today = self._grouped(self.base.lines, key, "before")
        was = self._grouped(self.before, key, "was")
        now = self._grouped(self.after, key, "now")
        joined = (
            today.join(was, on=key, how="full", coalesce=True)
            .join(now, on=key, how="full", coalesce=True)
            .with_columns(pl.col("before", "was", "now").fill_null(0))
        )
        return _with_change(
            joined.select(key, "before", after=pl.col("before") - pl.col("was") + pl.col("now"))
        )

    def _grouped(self, lines: pl.DataFrame, key: str, name: str) -> pl.DataFrame:
        keys = group_key(self.base, lines, key, after=name == "now", setup=self._last_setup)
        return (
            pl.DataFrame({key: keys, name: lines["allowed_amount"]})
            .group_by(key, maintain_order=True)
            .agg(pl.col(name).sum())
        )

    @property
    def _last_setup(self) -> Setup:
        return self.plan.stages[-1][1] if self.plan.stages else self.base.setup

    @cached_property
    def by_rule(self) -> pl.DataFrame:
        """What each rule takes or adds, before and after: columns rule, before, after, change."""
        today = _rule_totals(self.base.trail, _payment_rules(self.base.setup), "before")
        delta = self._bridge_parts.group_by("rule").agg(
            (pl.col("after") - pl.col("before")).sum().alias("delta")
        )
        joined = today.join(delta, on="rule", how="full", coalesce=True).with_columns(
            pl.col("before", "delta").fill_null(0)
        )
        return _with_change(
            joined.select("rule", "before", after=pl.col("before") + pl.col("delta"))
        )

    @cached_property
    def bridge(self) -> pl.DataFrame:
        """The payment bridge: columns cause, rule, change (cents).

        From the baseline's allowed amount to the scenario's: the changes are made in the order
        mix (claims billed otherwise), price (fee schedule), terms (payer and rules), volume, each
        on top of the last, and parted by the step of the chain they show in. Sums exactly.
        """
        changed = self._bridge_parts.with_columns(change=pl.col("after") - pl.col("before"))
        return changed.filter(pl.col("change") != 0).select("cause", "rule", "change")

    # -- lines -------------------------------------------------------------------

    @cached_property
    def lines(self) -> pl.DataFrame:
        """The lines that changed, the largest effect first: both ways, amounts in cents."""
        shown = ("hcpcs_code", "place_of_service_code", "status", "fee_schedule_amount", *MEASURES)
        differ = pl.any_horizontal(
            pl.col(f"{name}_after").ne_missing(pl.col(name)) for name in shown
        )
        both = self.before.select(
            "row", "claim_id", "claim_line_number", "person_id", "service_date", *shown
        ).join(
            self.after.select(
                "row", "volume", *(pl.col(name).alias(f"{name}_after") for name in shown),
                *(self._modifiers(self.after).alias("modifiers_after"),),
                reason_after="reason",
            ),
            on="row",
            maintain_order="left",
        )  # fmt: skip
        both = both.with_columns(self._modifiers(self.before).alias("modifiers"))
        return (
            both.filter(differ | (pl.col("modifiers") != pl.col("modifiers_after")))
            .with_columns(
                change=pl.col("allowed_amount_after").fill_null(0)
                - pl.col("allowed_amount").fill_null(0)
            )
            .sort(pl.col("change").abs(), "row", descending=[True, False])
        )

    @staticmethod
    def _modifiers(lines: pl.DataFrame) -> pl.Series:
        return lines.select(
            pl.concat_str(
                [f"hcpcs_modifier_{place}" for place in range(1, 6)],
                separator=" ",
                ignore_nulls=True,
            )
        ).to_series()

    @cached_property
    def status_changes(self) -> pl.DataFrame:
        """The changed lines whose status is another."""
        return self.lines.filter(pl.col("status") != pl.col("status_after"))

    def chain(self, row: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Give the steps of one line before and after; the same where it was not priced again."""
        before = self.base.trail.filter(pl.col("row") == row)
        after = self._trail_after.filter(pl.col("row") == row)
        return before, after if after.height else before

    def chains(self, rows: Sequence[int]) -> pl.DataFrame:
        """Give the steps of some lines both ways, side by side by rule.

        Columns row, rule, before_change, after_change (cents: what the step adds or takes),
        before_detail, after_detail.
        """
        wanted = pl.Series(rows, dtype=pl.UInt32).implode()
        sides = [
            trail.filter(pl.col("row").is_in(wanted)).select(
                "row",
                pl.col("rule").cast(pl.String),
                pl.col("step").alias(f"step_{name}"),
                (pl.col("after").fill_null(0) - pl.col("before").fill_null(0)).alias(
                    f"{name}_change"
                ),
                pl.col("after").alias(f"{name}_amount"),
                pl.col("detail").alias(f"{name}_detail"),
            )
            for name, trail in (
                ("before", self.base.trail),
                ("after", self._trail_after),
            )
        ]
        joined = sides[0].join(sides[1], on=["row", "rule"], how="full", coalesce=True)
        order = pl.coalesce("step_before", "step_after")
        return joined.sort("row", order, maintain_order=True).drop("step_before", "step_after")


_AMOUNTS = {"before": pl.Int64, "after": pl.Int64}
_BRIDGE = {"rule": pl.String, **_AMOUNTS, "cause": pl.String}


def _with_change(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the change, cents, and its share of what was before; the largest change first."""
    change = pl.col("after") - pl.col("before")
    frame = frame.with_columns(
        change=change, share=pl.when(pl.col("before") != 0).then(change / pl.col("before"))
    )
    if "measure" in frame.columns:
        return frame
    return frame.sort(pl.col("change").abs(), frame.columns[0], descending=[True, False])


def _payment_rules(*setups: Setup) -> list[str]:
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


def _rule_totals(trail: pl.DataFrame, after_allowed: Sequence[str], name: str) -> pl.DataFrame:
    """Add up what each step before the allowed amount adds or takes, cents."""
    change = pl.col("after").fill_null(0) - pl.col("before").fill_null(0)
    return (
        trail.group_by("rule")
        .agg(change.sum().alias(name))
        .with_columns(pl.col("rule").cast(pl.String))
        .filter(~pl.col("rule").is_in(after_allowed))
        .sort("rule")
    )


def _by_rule(
    was: pl.DataFrame, now: pl.DataFrame, setup_was: Setup, setup_now: Setup
) -> pl.DataFrame:
    """Give what each step of two trails adds or takes: columns rule, before, after (cents)."""
    payment = _payment_rules(setup_was, setup_now)
    before, after = _rule_totals(was, payment, "before"), _rule_totals(now, payment, "after")
    return (
        before.join(after, on="rule", how="full", coalesce=True)
        .with_columns(pl.col("before", "after").fill_null(0))
        .sort("rule")
    )


def group_key(
    base: Baseline, lines: pl.DataFrame, key: str, *, after: bool, setup: Setup
) -> pl.Series:
    """Give what lines are grouped by."""
    from payrules.workbook.code_families import code_family  # noqa: PLC0415

    if key == "payer":
        of = Baseline.payer_names
        names = of(base, lines)
        if after and setup.payer.name != base.setup.payer.name:
            names = pl.Series([setup.payer.name]).new_from_index(0, lines.height)
        return names.alias(key)
    if key == "practitioner":
        return lines.select(pl.coalesce("rendering_npi", "billing_npi").alias(key)).to_series()
    if key == "code_family":
        return code_family(lines["hcpcs_code"]).alias(key)
    return lines[key]


def compare(base: Baseline, scenarios: Sequence[Scenario]) -> list[Comparison]:
    """Set scenarios beside one baseline."""
    return [Comparison(base, each) for each in scenarios]


__all__ = [
    "MEASURES",
    "Baseline",
    "Comparison",
    "Plan",
    "Setup",
    "baseline",
    "compare",
    "plan",
    "total_of",
]
