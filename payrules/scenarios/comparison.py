"""The comparison: a scenario beside its baseline, and the bridge between them, to the cent."""

from collections.abc import Sequence
from functools import cached_property

import polars as pl

from payrules.claims.columns import MODIFIERS
from payrules.engine.pricing import Priced
from payrules.money import WHOLE, adding_up, sum_of, total
from payrules.runs.setup import Setup
from payrules.runs.who_paid import in_order
from payrules.scenarios.baseline import (
    MEASURES,
    Baseline,
    at_volume,
    grouped,
    payment_rules,
    rule_totals,
)
from payrules.scenarios.on_file import is_open, is_unknown, no_amount_nobody_knows, setup_of
from payrules.scenarios.plan import CAUSES, MIX, VOLUME, Plan, plan
from payrules.scenarios.scenario import Scenario


class Comparison:
    """A scenario beside the baseline: totals, groups, changed lines, and the bridge between.

    Frames are in cents. `rows` numbers the lines looked at again; `before` and `after` hold
    these lines, with a column `row`, priced both ways; amounts after count the volume.
    """

    def __init__(
        self,
        base: Baseline,
        scenario: Scenario,
        planned: Plan | None = None,
        mixed: Priced | None = None,
    ) -> None:
        """Compare; `mixed` are the lines of the first stage where `compare` priced them."""
        self.base = base
        self.scenario = scenario
        self.plan = planned or plan(base, scenario)
        claims = self.plan.claims
        volume = claims.volume
        touched = (volume != WHOLE) | (
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
            if not reached.any():
                continue
            rows = everywhere.filter(reached)
            if cause == MIX and mixed is not None:
                priced = mixed
            else:
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
            *(at_volume(lines[name], own).alias(name) for name in MEASURES), own.alias("volume")
        )
        by_volume = sum_of(self.after["allowed_amount"]) - sum_of(lines["allowed_amount"])
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
            after = before + sum_of(self.after[measure]) - sum_of(self.before[measure])
            rows.append((measure, before, after))
        return _with_change(
            pl.DataFrame(rows, schema={"measure": pl.String, **_AMOUNTS}, orient="row")
        )

    @cached_property
    def of_open(self) -> tuple[pl.Series, pl.Series]:
        """Mark the lines, before and after, whose payer's file says no coinsurance."""
        base, after = self.base, setup_of(self.base, self.plan)
        return (
            is_open(base, base.lines, base.setup),
            is_open(base, self.plan.claims.lines, after),
        )

    @cached_property
    def is_open(self) -> bool:
        """Whether a payer's file says no coinsurance of a line, before or after."""
        return any(bool(each.any()) for each in self.of_open)

    @cached_property
    def totals_on_file(self) -> pl.DataFrame:
        """The totals with null where 0.00, or a change, would say what nobody knows."""
        if not self.is_open:
            return self.totals
        was, now = self.of_open
        before, after = (is_unknown(self.base.lines, each) for each in (was, now))
        again = is_unknown(self.after, now.gather(self.rows))
        return no_amount_nobody_knows(self.totals, (before, after.scatter(self.rows, again)))

    @property
    def change(self) -> int:
        """The change of the allowed amount, cents."""
        return int(self.totals["change"][0])

    def by(self, key: str) -> pl.DataFrame:
        """Give the allowed amount before and after by payer, practitioner, place or code.

        `key` is payer, practitioner, place_of_service_code, hcpcs_code, code_family or any
        column of the lines, also one that is only carried; lines without a key are one group. A
        group without an amount before and after has null. Highest change first; payers in the one
        order of payers (`in_order`). Raises ScenarioError where there is no such column.
        """
        base = self.base
        today = base.grouped(key)
        was = grouped(self.before, base.group_key(self.before, key), "was")
        now = grouped(self.after, base.group_key(self.after, key), "now")
        if key == "payer" and self.plan.stages:
            was, now = self._by_payer(self.plan.stages[-1][1])
        joined = _beside(_beside(today, was, key), now, key)
        after = pl.col("before") - pl.col("was") + pl.col("now")
        lines_after = pl.col("before_lines") - pl.col("was_lines") + pl.col("now_lines")
        there = (pl.col("before_lines") > 0) | (lines_after > 0)
        changed = _with_change(
            joined.select(
                key, before=pl.when(there).then("before"), after=pl.when(there).then(after)
            )
        )
        if key != "payer":
            return changed
        order = in_order(today.select(key, "before").iter_rows())
        order += [payer for payer in changed[key] if payer not in order]
        return changed.sort(pl.col(key).cast(pl.Enum(order)))

    def _by_payer(self, setup: Setup) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Group by payer, both ways: who pays a line may change though its amount does not."""
        base = self.base
        names = base.payer_names(base.lines).alias("payer")
        names_after = base.payer_names(self.plan.claims.lines, setup).alias("payer")
        untouched = ~base.nowhere().scatter(self.rows, values=True)
        rows = (untouched & (names != names_after)).arg_true()
        moved = base.lines[rows].select("allowed_amount")
        sides = []
        for lines, paid_by, name in ((self.before, names, "was"), (self.after, names_after, "now")):
            both = pl.concat([lines.select("allowed_amount"), moved])
            keys = pl.concat([paid_by.gather(self.rows), paid_by.gather(rows)])
            sides.append(grouped(both, keys, name))
        return sides[0], sides[1]

    @cached_property
    def by_rule(self) -> pl.DataFrame:
        """What each rule takes or adds, before and after: columns rule, before, after, change."""
        today = self.base.by_rule
        change = total(pl.col("after") - pl.col("before")).alias("delta")
        with adding_up():
            delta = self._bridge_parts.group_by("rule").agg(change)
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
        on top of the last, and parted by the step of the chain they show in, the largest first.
        Sums exactly.
        """
        changed = self._bridge_parts.with_columns(change=pl.col("after") - pl.col("before"))
        steps = changed.filter(pl.col("change") != 0).select("cause", "rule", "change")
        order = (pl.col("cause").cast(pl.Enum(CAUSES)), pl.col("change").abs(), "rule")
        return steps.sort(order, descending=[False, True, False])

    def largest_steps(self, most: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Part the bridge, in its order, into the steps that change most and all the others."""
        place = self.bridge["change"].abs().rank("ordinal", descending=True)
        return self.bridge.filter(place <= most), self.bridge.filter(place > most)

    # -- lines -------------------------------------------------------------------

    @cached_property
    def lines(self) -> pl.DataFrame:
        """The lines that changed, the largest effect first: both ways, amounts in cents."""
        shown = ("hcpcs_code", "place_of_service_code", "status", "fee_schedule_amount", *MEASURES)
        # Both frames hold the same lines in the same order.
        differ = pl.repeat(value=False, n=self.before.height, dtype=pl.Boolean, eager=True)
        for name in (*shown, *MODIFIERS):
            differ |= self.before[name].ne_missing(self.after[name])
        before, after = self.before.filter(differ), self.after.filter(differ)
        return (
            before.select(
                "row", "claim_id", "claim_line_number", "person_id", "service_date", *shown
            )
            .with_columns(
                _modifiers(before).alias("modifiers"),
                after["volume"],
                *(after[name].alias(f"{name}_after") for name in shown),
                _modifiers(after).alias("modifiers_after"),
                after["reason"].alias("reason_after"),
            )
            .with_columns(
                change=pl.col("allowed_amount_after").fill_null(0)
                - pl.col("allowed_amount").fill_null(0)
            )
            .sort(pl.col("change").abs(), "row", descending=[True, False])
        )

    @cached_property
    def status_changes(self) -> pl.DataFrame:
        """The changed lines whose status is another."""
        return self.lines.filter(pl.col("status") != pl.col("status_after"))

    def chains(self, rows: Sequence[int]) -> pl.DataFrame:
        """Give the steps of some lines both ways, side by side by rule.

        Columns row, rule, before_change, after_change (cents: what the step adds or takes),
        before_detail, after_detail. Steps are of a line that happens once: of one whose volume
        alone changes, both sides are the same.
        """
        wanted = pl.Series(rows, dtype=pl.UInt32).implode()
        today = self.base.trail.filter(pl.col("row").is_in(wanted))
        again = self._trail_after.filter(pl.col("row").is_in(wanted))
        kept = today.filter(~pl.col("row").is_in(again["row"].unique().implode()))
        sides = [
            trail.select(
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
                ("before", today),
                ("after", pl.concat([again, kept], how="vertical_relaxed")),
            )
        ]
        joined = sides[0].join(sides[1], on=["row", "rule"], how="full", coalesce=True)
        order = pl.coalesce("step_before", "step_after")
        return joined.sort("row", order, maintain_order=True).drop("step_before", "step_after")


def _modifiers(lines: pl.DataFrame) -> pl.Series:
    joined = pl.concat_str(MODIFIERS, separator=" ", ignore_nulls=True)
    return lines.select(joined).to_series()


_AMOUNTS = {"before": pl.Int64, "after": pl.Int64}
_BRIDGE = {"rule": pl.String, **_AMOUNTS, "cause": pl.String}


def _beside(groups: pl.DataFrame, more: pl.DataFrame, key: str) -> pl.DataFrame:
    """Put the amounts of groups beside others, nothing where a group is in one of them only.

    A key that is missing is a key: an ordinary join would take each such row for another group.
    """
    joined = groups.join(more, on=key, how="full", coalesce=True, nulls_equal=True)
    return joined.with_columns(pl.exclude(key).fill_null(0))


def _with_change(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the change, cents, and its share of what was before; the largest change first.

    The share has the sign of the change: a reduction of 100 that grows to 120 is -20 percent.
    """
    change = pl.col("after") - pl.col("before")
    frame = frame.with_columns(
        change=change, share=pl.when(pl.col("before") != 0).then(change / pl.col("before").abs())
    )
    if "measure" in frame.columns:
        return frame
    return frame.sort(
        pl.col("change").abs(), frame.columns[0], descending=[True, False], nulls_last=[True, False]
    )


def _by_rule(
    was: pl.DataFrame, now: pl.DataFrame, setup_was: Setup, setup_now: Setup
) -> pl.DataFrame:
    """Give what each step of two trails adds or takes: columns rule, before, after (cents)."""
    payment = payment_rules(setup_was, setup_now)
    before, after = rule_totals(was, payment, "before"), rule_totals(now, payment, "after")
    return (
        before.join(after, on="rule", how="full", coalesce=True)
        .with_columns(pl.col("before", "after").fill_null(0))
        .sort("rule")
    )


def compare(base: Baseline, plans: Sequence[Plan]) -> list[Comparison]:
    """Set scenarios beside one baseline.

    Claims billed otherwise are priced as the baseline's are, so those of all scenarios are priced
    in one go, as the claims of other persons.
    """
    mixes = [each for each in plans if each.stages and each.stages[0][0] == MIX]
    mixed = {id(each): priced for each, priced in zip(mixes, _together(base, mixes), strict=True)}
    return [Comparison(base, each.scenario, each, mixed.get(id(each))) for each in plans]


def _together(base: Baseline, plans: Sequence[Plan]) -> list[Priced | None]:
    """Price the first stage of several plans at once; None where they are too many lines."""
    parts = [each.claims.lines.filter(each.stages[0][2]) for each in plans]
    if len(parts) < 2 or sum(part.height for part in parts) > base.lines.height:
        return [None] * len(parts)
    marked = [
        part.with_columns(person_id=pl.format("{}\x1f{}", pl.lit(number), "person_id"))
        for number, part in enumerate(parts)
    ]
    persons = pl.concat([part["person_id"] for part in parts])
    priced = base.price(pl.concat(marked), base.setup, persons=persons)
    assert priced.trail is not None
    found: list[Priced | None] = []
    first = 0
    for part in parts:
        last = first + part.height
        lines = priced.held[first:last].with_columns(part["person_id"])
        trail = priced.trail.filter(pl.col("row").is_between(first, last, closed="left"))
        found.append(Priced(lines, trail.with_columns(pl.col("row") - first)))
        first = last
    return found
