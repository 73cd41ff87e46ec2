"""The answer to a what-if: everything that was asked of one batch, as tables in dollars."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

import polars as pl

from payrules.errors import UsageError
from payrules.frozen import frozen
from payrules.money import as_decimal, as_dollars
from payrules.payers import Payer
from payrules.payers.left_open import owes_unsaid, where_on_file
from payrules.runs.record import RunRecord
from payrules.runs.results import who_pays
from payrules.scenarios.baseline import Baseline
from payrules.scenarios.comparison import Comparison, compare
from payrules.scenarios.contracts import Contracts, compare_contracts
from payrules.scenarios.on_file import is_open, left_open_after
from payrules.scenarios.plan import plan
from payrules.scenarios.scenario import Scenario
from payrules.scenarios.sensitivity import Sweep, read_sweep, sweep, swept_at
from payrules.scenarios.solve import Solution, read_target, solve, value_tried
from payrules.scenarios.standing import standing, stood_upon
from payrules.scenarios.todays import takes_the_place
from payrules.scenarios.tornado import tornado

#: What a comparison is parted by, and what it is called.
GROUPS = {
    "payer": "payer",
    "practitioner": "practitioner",
    "place_of_service_code": "place of service",
    "hcpcs_code": "code",
}
#: Of so many changed lines a workbook tells both chains.
CHAINS = 100
MEASURES = {
    "allowed_amount": "allowed",
    "medicare_amount": "paid by the payer",
    "patient_amount": "owed by the patient",
}
#: What the run record of the baseline says of the claims that were read.
_OF_THE_CLAIMS = (
    "inputs",
    "carried",
    "renamed",
    "lines_of_other_payers",
    "payers_not_given",
    "readings",
    "x12",
)
_CENTS = ("before", "after", "change", "allowed_amount", "medicare_amount", "patient_amount")


@frozen
class Answer:
    """What was asked of a batch: scenarios compared, and whatever else was asked beside them.

    Scenarios are named after their files; `standing` says in sentences what the rest stands on;
    `compared` are the payers whose `contracts` are compared.
    """

    base: Baseline
    comparisons: tuple[Comparison, ...]
    solution: Solution | None = None
    sweep: tuple[Sweep, pl.DataFrame] | None = None
    tornado: pl.DataFrame | None = None
    contracts: Contracts | None = None
    standing: tuple[str, ...] = ()
    compared: tuple[Payer, ...] = ()

    @property
    def of_contracts_alone(self) -> bool:
        """Whether contracts were compared and nothing else asked: then no baseline is shown."""
        others = (self.solution, self.sweep, self.tornado)
        return self.contracts is not None and not self.comparisons and others == (None,) * 3

    @cached_property
    def record(self) -> RunRecord:
        """The run record of the baseline; of contracts alone, with their payers in its place."""
        return (
            self.base.record_under(self.compared) if self.of_contracts_alone else self.base.record
        )

    @cached_property
    def totals(self) -> pl.DataFrame:
        """Columns scenario, measure, before, after, change, share: null where nobody knows it."""
        return self._each(lambda one: one.totals_on_file)

    @cached_property
    def bridge(self) -> pl.DataFrame:
        """Columns scenario, cause, rule, change: from the baseline's allowed amount, exactly."""
        return self._each(lambda one: one.bridge)

    @cached_property
    def rules(self) -> pl.DataFrame:
        """Columns scenario, rule, before, after, change, share: what each step adds or takes."""
        return self._each(lambda one: one.by_rule)

    @cached_property
    def groups(self) -> pl.DataFrame:
        """Columns scenario, by, name, before, after, change, share, for each of `GROUPS`."""
        return self._each(
            lambda one: pl.concat(
                one.by(key)
                .rename({key: "name"})
                .with_columns(pl.col("name").cast(pl.String))
                .select(pl.lit(words).alias("by"), pl.all())
                for key, words in GROUPS.items()
            )
        )

    @cached_property
    def lines(self) -> pl.DataFrame:
        """The lines that changed, the largest effect first, amounts both ways.

        What a patient owes is null where no file says it.
        """
        return self._each(
            lambda one: (
                lines_on_file(one)
                .drop("row", "person_id")
                .rename({"service_date": "claim_line_start_date"})
                .with_columns(as_decimal(pl.col("volume"), 4))
            )
        )

    @cached_property
    def chains(self) -> pl.DataFrame:
        """Both chains of every changed line, side by side by rule; the largest effects first."""
        return self._each(_chains)

    @cached_property
    def largest_chains(self) -> pl.DataFrame:
        """The chains of the `CHAINS` lines with the largest effects, for a person to read."""
        return self._each(lambda one: _chains(one, CHAINS))

    @cached_property
    def statuses(self) -> pl.DataFrame:
        """The lines whose status changed, and why."""
        told = ("claim_id", "claim_line_number", "hcpcs_code", "status", "status_after")
        return self.lines.filter(pl.col("status") != pl.col("status_after")).select(
            "scenario", *told, "reason_after", "change"
        )

    @cached_property
    def is_open(self) -> bool:
        """Whether a payer's file says no coinsurance of a line, today or in a scenario."""
        base = self.base
        today = is_open(base, base.lines, base.setup)
        return bool(today.any()) or any(one.is_open for one in self.comparisons)

    @cached_property
    def left_open(self) -> tuple[str, ...]:
        """What scenarios' payers leave unsaid of who pays, and today's do not."""
        said = (each for one in self.comparisons for each in left_open_after(self.base, one.plan))
        return tuple(dict.fromkeys(said))

    @cached_property
    def every_left_open(self) -> tuple[str, ...]:
        """What the payers of all that was asked leave unsaid of who pays."""
        of_contracts = () if self.contracts is None else self.contracts.left_open
        return tuple(dict.fromkeys([*who_pays(self.record), *self.left_open, *of_contracts]))

    @cached_property
    def bars(self) -> dict[str, pl.DataFrame]:
        """The tornado's rows of each measure that something moves: one measure a table."""
        return {
            measure: bars.drop("measure")
            for measure in MEASURES
            if self.tornado is not None
            and (bars := self.tornado.filter(pl.col("measure") == measure)).height
        }

    def _each(self, table: Any) -> pl.DataFrame:
        """Put a table of every scenario together, in dollars."""
        parts = [
            table(one).select(pl.lit(one.scenario.name).alias("scenario"), pl.all())
            for one in self.comparisons
        ]
        return dollars_of(pl.concat(parts)) if parts else pl.DataFrame()


def dollars_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Write columns of cents as dollars, Decimal(38, 2)."""
    cents = [
        name
        for name, kind in frame.schema.items()
        if kind == pl.Int64 and (name in _CENTS or "_amount" in name or name.endswith("_change"))
    ]
    return frame.with_columns(as_dollars(pl.col(name)).alias(name) for name in cents)


def lines_on_file(one: Comparison) -> pl.DataFrame:
    """Give the changed lines with no 0.00 of what patients owe, where no file says it."""
    rows = one.lines["row"]
    return one.lines.with_columns(
        where_on_file(
            f"patient_amount{side}",
            pl.lit(each.gather(rows)) & owes_unsaid(f"allowed_amount{side}"),
        )
        for side, each in zip(("", "_after"), one.of_open, strict=True)
    )


def _chains(one: Comparison, most: int | None = None) -> pl.DataFrame:
    largest = one.lines.head(most or one.lines.height).select(
        "row", "claim_id", "claim_line_number"
    )
    steps = one.chains(largest["row"].to_list())
    order = largest.with_row_index("place")
    return (
        order.join(steps, on="row", maintain_order="left_right")
        .drop("row", "place")
        .with_columns(pl.col("rule").cast(pl.String))
    )


def answer(
    base: Baseline,
    scenarios: Sequence[Scenario] = (),
    *,
    unknown: str | None = None,
    target: str | None = None,
    swept: str | None = None,
    with_tornado: bool = False,
    contracts: Sequence[Payer] = (),
) -> Answer:
    """Answer everything that is asked of a batch.

    `unknown` and `target` are read as `--solve` and `--target`, `swept` as `--sweep`; `contracts`
    are compared with each other. Raises UsageError where nothing, or half a question, is asked.
    """
    if (unknown is None) != (target is None):
        raise UsageError("--solve and --target go together: what to find, and what to reach.")
    if not (scenarios or unknown or swept or with_tornado or contracts):
        raise UsageError(
            "Say what to change: --scenario FILE, --solve with --target, --sweep, --tornado, or"
            " two --contract."
        )
    names = [each.name for each in scenarios]
    if len(set(names)) < len(names):
        raise UsageError("Two scenarios have the same name; give each file a name of its own.")
    first = scenarios[0] if scenarios else None
    asked = read_sweep(swept) if swept else None
    wanted = read_target(target, base) if target else None
    # A fault in the last is told before the first is priced.
    plans = [plan(base, each) for each in scenarios]
    upon = stood_upon(base, plans) if with_tornado or contracts else base
    return Answer(
        base=base,
        comparisons=tuple(compare(base, plans)),
        solution=solve(base, unknown, wanted, first) if unknown and wanted else None,
        sweep=(asked, sweep(base, asked, first)) if asked else None,
        tornado=tornado(upon) if with_tornado else None,
        contracts=compare_contracts(upon, contracts) if contracts else None,
        compared=tuple(contracts),
        standing=(
            *standing(
                plans,
                solved=unknown,
                swept=asked.place if asked else None,
                with_tornado=with_tornado,
                with_contracts=bool(contracts),
            ),
            *takes_the_place(base, plans, _tried(unknown, asked)),
        ),
    )


def _tried(unknown: str | None, asked: Sweep | None) -> Iterator[tuple[str, str, Scenario]]:
    """Give what tries values, at which place, and a scenario of one of them alone."""
    if unknown is not None:
        yield "solve", unknown, value_tried(unknown)
    if asked is not None:
        yield "sweep", asked.place, swept_at(asked.place, asked.values[0])


def as_record(answered: Answer) -> dict[str, Any]:
    """Give the answer as one JSON record; lines are in the CSV and Parquet files."""
    base = answered.base
    run = base.record.as_json()
    record: dict[str, Any] = {
        "payrules": run["payrules"],
        "at": run["at"],
        "payers": sorted({payer.name for payer in base.setup.every_payer.values()}),
        **{name: run[name] for name in _OF_THE_CLAIMS if name in run},
        "lines": base.lines.height,
        "rejects": base.batch.rejects.height,
        "scenarios": [dict(_scenario_record(answered, one)) for one in answered.comparisons],
    }
    if run.get("coverage"):
        record["coverage"] = run["coverage"]
    if answered.every_left_open:
        record["left_open"] = list(answered.every_left_open)
    if answered.standing:
        record["stands_on"] = list(answered.standing)
    if answered.solution is not None:
        found = answered.solution
        record["solve"] = {
            "unknown": found.unknown,
            "target": _dollars(found.target.cents),
            "target_is": found.target.words,
            "value": None if found.value is None else str(found.value),
            "total": _dollars(found.total),
            "exact": found.is_exact,
            "value_beside": None if found.value_beside is None else str(found.value_beside),
            "total_beside": None if found.total_beside is None else _dollars(found.total_beside),
            "nearest": [
                {"value": str(value), "total": _dollars(total)} for value, total in found.nearest
            ],
            "falls": found.falls,
            "turns": found.turns,
            "in_words": found.words(),
        }
    if answered.sweep is not None:
        asked, table = answered.sweep
        record["sweep"] = {"place": asked.place, "rows": _rows(dollars_of(table))}
    if answered.tornado is not None:
        record["tornado"] = {
            measure: _rows(dollars_of(bars)) for measure, bars in answered.bars.items()
        }
    if answered.contracts is not None:
        record["contracts"] = {
            "ranking": _rows(dollars_of(answered.contracts.ranking)),
            "families": _rows(by_payer_in_dollars(answered.contracts.families)),
            "places": _rows(by_payer_in_dollars(answered.contracts.places)),
            "terms": _rows(dollars_of(answered.contracts.terms)),
        }
    return record


def by_payer_in_dollars(table: pl.DataFrame) -> pl.DataFrame:
    """Give a comparison of contracts by family, place or line in dollars: a column a payer."""
    return table.with_columns(as_dollars(pl.selectors.integer().exclude("claim_line_number")))


def _scenario_record(answered: Answer, one: Comparison) -> Iterator[tuple[str, Any]]:
    mine = pl.col("scenario") == one.scenario.name
    yield "name", one.scenario.name
    yield "title", one.scenario.title
    yield "cites", one.scenario.cites
    yield "says", one.scenario.as_json()
    yield "changes", [{"what": what, "lines": lines} for what, lines in one.plan.met]
    yield "replaces", list(one.plan.replaced)
    yield "lines_priced_again", one.repriced
    yield "lines_changed", one.lines.height
    yield "statuses_changed", one.status_changes.height
    for name in ("totals", "bridge", "rules", "groups"):
        yield name, _rows(getattr(answered, name).filter(mine).drop("scenario"))


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    amounts = [name for name, kind in frame.schema.items() if kind.is_decimal()]
    return frame.with_columns(pl.col(amounts).cast(pl.String)).to_dicts()


def _dollars(cents: int) -> str:
    return f"{Decimal(cents) / 100:.2f}"
