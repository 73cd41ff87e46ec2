"""The figures every report is made of: lines with their labels, groups, bridge, review, checks.

Workbook, web page and data files all read these frames, so they cannot disagree.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property

import polars as pl

from payrules.engine.rule import STATUSES
from payrules.payers import MEDICARE
from payrules.runs.facility_side import FacilitySide
from payrules.runs.results import Estimate
from payrules.runs.who_paid import pays, whose
from payrules.workbook.coinsurance import NOT_ON_FILE, ON_FILE, NoCoinsurance, sum_on_file
from payrules.workbook.columns import LINE_COLUMNS, PAID, TO_FILL_IN
from payrules.workbook.figures.accrual import KEYS, PARTS, Accounts, journal_of
from payrules.workbook.figures.against_paid import PaidMeasure, measures_of
from payrules.workbook.figures.answers import AnswersBlock, answers_of
from payrules.workbook.figures.bridge import bridge_of
from payrules.workbook.figures.changes import Changes, changes_of
from payrules.workbook.figures.cuts import WITH_IT, blank_where_none, has_sequestration
from payrules.workbook.figures.groups import ALLOWED_SHARE, grouped_by
from payrules.workbook.figures.labels import NEEDS_REVIEW, labelled
from payrules.workbook.figures.months import with_every_month
from payrules.workbook.figures.order import payers_of
from payrules.workbook.figures.reconciliation import (
    FigureCheck,
    broken_chains_of,
    charges_of_rejects,
    checks_of,
    files_of,
)
from payrules.workbook.figures.totals import (
    DOLLARS,
    HEADLINE_AMOUNTS,
    OTHERS,
    ZERO,
    total,
)
from payrules.workbook.last_pack import LastPack


def _aside(name: str, taken: Sequence[str]) -> str:
    """Give a carried column a name that no other column has: `input_…`."""
    while name in taken:
        name = f"input_{name}"
    return name


class Figures:
    """Everything the reports show of one batch of results."""

    def __init__(
        self,
        results: Estimate,
        accounts: Accounts | None = None,
        last: LastPack | None = None,
    ) -> None:
        """Take results, the accounts that the journal posts to, and what to compare with."""
        self.results = results
        self.last = last
        self.accounts = accounts or Accounts({part.name: f"[{part.name}]" for part in PARTS})
        self.run = results.run
        self._grouped: dict[tuple[str, ...], pl.DataFrame] = {}
        #: Rules that say who pays the allowed amount; every other rule changes it. The record
        #: tells those of the first payer only; another payer's lines may meet Medicare's.
        self.payment_rules = [
            *(rule.name for rule in MEDICARE.rules if rule.kind == "payment"),
            *(each.name for each in self.run.rules if each.kind == "payment"),
        ]

    @property
    def facility(self) -> FacilitySide:
        """The facility's side; ValueError where it was not asked for."""
        if self.results.facility is None:
            raise ValueError("the facility's side was not asked for")
        return self.results.facility

    @property
    def pays(self) -> str:
        """What is paid, under the name of who pays: "Acme pays"."""
        return pays(self.run.every_payer)

    def heading(self, column: str) -> str:
        """Head a column of the lines: what is paid, under the name of who pays."""
        if column == "contractual_amount" and self.has_sequestration:
            return WITH_IT
        heading = LINE_COLUMNS[column].heading
        if column in NOT_ON_FILE and self.no_coinsurance.is_open:
            return ON_FILE.format(heading)
        return self.pays if column == PAID else heading

    @cached_property
    def no_coinsurance(self) -> NoCoinsurance:
        """The payers whose files say no coinsurance."""
        return NoCoinsurance(self.run, self.lines)

    @cached_property
    def has_sequestration(self) -> bool:
        """Whether a payer that prices a line has a sequestration in its terms."""
        return has_sequestration(self.run, self.lines["payer_name"].unique().to_list())

    @property
    def payment(self) -> str:
        """Whose payment it is: "Acme's payment"."""
        return f"{whose(self.run.every_payer)} payment"

    @property
    def bridge_title(self) -> str:
        """What the bridge is, under the name of who pays."""
        return f"From the fee schedule amounts to {self.payment}"

    # -- lines -----------------------------------------------------------------

    @cached_property
    def lines(self) -> pl.DataFrame:
        """The lines with the labels reports group by, and `_line`, their place in the batch.

        What patients owe is blank where no file says it. What was only carried follows; where a
        label has its name, it is `input_…`.
        """
        aside = set(self.results.carried)
        known = [each for each in self.results.lines if each.name not in aside]
        lines = blank_where_none(labelled(pl.DataFrame(known), self.run.every_payer), self.run)
        lines = NoCoinsurance(self.run, lines).blank()
        taken = {*lines.columns, *aside}
        for each in self.results.lines.get_columns():
            if each.name in aside:
                name = each.name
                while name in lines.columns or (name != each.name and name in taken):
                    name = f"input_{name}"
                lines.insert_column(lines.width, each.alias(name))
        return lines

    @cached_property
    def to_review(self) -> pl.DataFrame:
        """The work list: every line not priced or with a note, by what one act mends.

        `act` numbers the acts, the one with the most dollars at stake first, as the Summary lists
        them; within an act the most dollars stand first.
        """
        acts = self.review_by_reason.select("status", "what_to_do").with_row_index("act", offset=1)
        lines = self.lines.filter(NEEDS_REVIEW)
        # What a batch carries under the name of a column that people fill in is not that column.
        names = [name for name in ("act", *TO_FILL_IN) if name in lines.columns]
        return (
            lines.rename({name: _aside(name, lines.columns) for name in names})
            .join(
                acts.with_columns(pl.col("act").cast(pl.Int64)),
                on=["status", "what_to_do"],
                how="left",
                nulls_equal=True,
            )
            .sort(
                *("act", "at_stake_amount", "_line"),
                descending=[False, True, False],
                nulls_last=True,
            )
        )

    @cached_property
    def rejects(self) -> pl.DataFrame:
        """The rejected rows, each with the name of its file."""
        rejects, files = self.results.rejects, self.run.inputs
        if "file" in rejects.columns or len(files) != 1:
            return rejects
        return rejects.select(pl.lit(files[0].name).alias("file"), pl.all())

    @cached_property
    def review_by_reason(self) -> pl.DataFrame:
        """The work list counted by status and what to do: lines and dollars at stake."""
        return (
            self.lines.filter(NEEDS_REVIEW)
            .group_by("status", "what_to_do")
            .agg(
                pl.len().cast(pl.Int64).alias("lines"),
                pl.col("at_stake_amount").sum(),
            )
            .sort(
                *("at_stake_amount", "status", "what_to_do"),
                descending=[True, False, False],
                nulls_last=True,
            )
        )

    def by(self, *keys: str, lines: pl.DataFrame | None = None) -> pl.DataFrame:
        """Group lines: counts, sums of money and units, and shares.

        Most allowed first; months stand in their order, those of a payer together.
        """
        if lines is not None and lines is not self.lines:
            return grouped_by(keys, lines, self.payer_order)
        if keys not in self._grouped:  # sheets and pages show the same groups
            self._grouped[keys] = grouped_by(keys, self.lines, self.payer_order)
        return self._grouped[keys]

    @cached_property
    def by_status(self) -> pl.DataFrame:
        """Lines and dollars of every status, in the order of the statuses, zeros included.

        Of a status whose lines have no amount there is none, as on the sheets.
        """
        every = pl.DataFrame({"status": list(STATUSES)})
        found = self.by("status").select("status", "lines", *HEADLINE_AMOUNTS, "allowed_share")
        joined = every.join(found, on="status", how="left", maintain_order="left")
        none = pl.col("lines").is_null()
        return joined.with_columns(
            pl.when(none).then(ZERO).otherwise(pl.col(HEADLINE_AMOUNTS)).cast(DOLLARS).name.keep(),
            pl.col("lines").fill_null(0),
        )

    @cached_property
    def codes_by_allowed(self) -> pl.DataFrame:
        """The codes that are allowed anything, the most first: as `by` groups them."""
        return self.by("hcpcs_code").filter(pl.col("allowed_amount") != 0)

    def top(self, key: str, rows: int) -> pl.DataFrame:
        """Group by one column and keep the largest; the rest together, so that the sum stays.

        Months are kept all, in their order: of the largest alone no year can be read. A group
        whose lines have no amount has none, as on the sheets.
        """
        grouped = self.by(key).select(key, "lines", *HEADLINE_AMOUNTS)
        if key == "month":
            grouped = with_every_month(grouped)
        if grouped.height > rows and key != "month":
            rest = grouped[rows:].select(
                pl.lit(f"{OTHERS} ({grouped.height - rows:,})").alias(key),
                pl.col("lines").sum(),
                *map(sum_on_file, HEADLINE_AMOUNTS),
            )
            grouped = pl.concat([grouped[:rows], rest])
        return grouped.with_columns(ALLOWED_SHARE)

    @cached_property
    def against_paid(self) -> tuple[PaidMeasure, ...]:
        """What payers allowed and paid against what is expected, where the batch says it."""
        return measures_of(self.lines, self.no_coinsurance.of_lines)

    @cached_property
    def answers(self) -> tuple[AnswersBlock, ...]:
        """What each payer answered, where the batch says it: allowed, paid."""
        order = self.payer_order
        return tuple(answers_of(self.lines, each, order) for each in self.against_paid)

    @cached_property
    def paid_by_payer(self) -> pl.DataFrame:
        """What each payer pays: payer_name, lines, allowed_amount, medicare_amount.

        In the one order of payers; one whose lines have no amount has none.
        """
        return self.by("payer_name")["payer_name", "lines", "allowed_amount", "medicare_amount"]

    @cached_property
    def payer_order(self) -> tuple[str, ...]:
        """The payers as every table by payer has them: who allows most stands first."""
        return payers_of(self.lines)

    @cached_property
    def journal(self) -> pl.DataFrame:
        """The entries that post the accrual: see `journal_of`."""
        return journal_of(self.by(*KEYS), self.accounts)

    @cached_property
    def changes(self) -> Changes | None:
        """What changed since last time; None where nothing is given to compare with."""
        return None if self.last is None else changes_of(self.results, self.last)

    @property
    def changed_lines(self) -> pl.DataFrame:
        """The lines that are new, dropped or priced otherwise: see `Changes`."""
        return pl.DataFrame() if self.changes is None else self.changes.lines

    # -- totals ----------------------------------------------------------------

    @cached_property
    def totals(self) -> dict[str, Decimal]:
        """The sum of every amount of the lines, and of the dollars at stake in review."""
        names = [name for name, kind in self.lines.schema.items() if kind == DOLLARS]
        totals = {name: total(self.lines[name]) for name in names}
        return totals | {"at_stake_amount": total(self.to_review["at_stake_amount"])}

    @cached_property
    def unassigned_amount(self) -> Decimal:
        """What patients owe beyond the allowed amount, where assignment was not accepted.

        Less than nothing where other payers paid first: patients owe less than their share then.
        """
        shares = (self.totals[f"{name}_amount"] for name in ("deductible", "coinsurance"))
        return self.totals["patient_amount"] - sum(shares)

    # -- adjustments -----------------------------------------------------------

    @cached_property
    def adjustments(self) -> pl.DataFrame:
        """The trail with the change of each step; nothing counts as 0.00."""
        steps = self.results.adjustments
        first = pl.col("step") == 0
        change = pl.col("after").fill_null(ZERO) - pl.col("before").fill_null(ZERO)
        return steps.with_columns(pl.when(~first).then(change).cast(DOLLARS).alias("change_amount"))

    @cached_property
    def bridge(self) -> pl.DataFrame:
        """The dollars from charge to the payer's payment: every rule's change, adding up exactly.

        Columns: label, rule, kind ("total" or "change"), lines, amount, running_total, what,
        cites. A line without an amount (by report, not on schedule) leaves with its charge.
        """
        return bridge_of(self)

    @cached_property
    def reductions_by_rule(self) -> pl.DataFrame:
        """The rules that took dollars from the allowed amount: label, amount; most first."""
        allowed_at = int(self.bridge.with_row_index().filter(label="Allowed amount")["index"][0])
        return (
            self.bridge[:allowed_at]
            .filter((pl.col("amount") < 0) & ~pl.col("rule").is_in(["", "fee_schedule_amount"]))
            .select("label", -pl.col("amount"), "lines")
            .sort("amount", "label", descending=[True, False])
        )

    # -- reconciliation --------------------------------------------------------

    @cached_property
    def rejected_charges(self) -> pl.Series:
        """The charge of each rejected row where it can be read; null where it cannot."""
        return charges_of_rejects(self)

    @cached_property
    def by_file(self) -> pl.DataFrame:
        """Rows and charges of each file: in, by status, rejected; the differences must read 0.

        Lines keep the order of the files, so a file's accepted rows stand together.
        """
        return files_of(self)

    @property
    def has_files_apart(self) -> bool:
        """Whether every file of the batch has a name of its own, by which rejects name it."""
        names = [file.name for file in self.run.inputs]
        return len(set(names)) == len(names)

    @property
    def rows_in(self) -> int:
        """How many rows were read."""
        return self.run.counts.rows_in or self.results.lines.height

    @property
    def set_aside(self) -> int:
        """How many rows are neither lines nor rejects: superseded, reversed, or history."""
        counts = self.run.counts
        return sum(
            each or 0
            for each in (counts.superseded, counts.reversed, counts.history, counts.facility)
        )

    @cached_property
    def checks(self) -> tuple[FigureCheck, ...]:
        """Every figure that must agree with another; see `FigureCheck`."""
        return checks_of(self)

    @cached_property
    def broken_chains(self) -> tuple[int, int]:
        """Count the steps that do not start where the last ended, and the ends that are astray."""
        return broken_chains_of(self)
