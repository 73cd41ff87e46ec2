"""The figures every report is made of: lines with their labels, groups, bridge, review, checks.

Workbook, web page and data files all read these frames, so they cannot disagree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import polars as pl

from payrules.claims.code_families import code_family, place_of_service
from payrules.claims.columns import normal
from payrules.engine.rule import STATUSES
from payrules.money import as_dollars, half_up, read_scaled
from payrules.payers import MEDICARE
from payrules.runs.results import Estimate
from payrules.workbook.columns import LINE_COLUMNS, SINGLE_MODIFIERS
from payrules.workbook.work_list import what_to_do

DOLLARS = pl.Decimal(38, 2)
ZERO = Decimal("0.00")
#: What a total of lines shows, in this order.
HEADLINE_AMOUNTS = ("charge_amount", "allowed_amount", "medicare_amount", "patient_amount")
_CENT = pl.lit(100, dtype=pl.Int64)
OTHERS = "All others"


def in_words(name: str) -> str:
    """Write a status or rule as words: `not_on_schedule` is "Not on schedule"."""
    return name.replace("_", " ").capitalize()


def counted(number: int, noun: str) -> str:
    """Count things in words: "1 line", "2 lines"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def total(amounts: pl.Series) -> Decimal:
    """Add up an amount column; nothing is 0.00."""
    added = amounts.sum()
    return Decimal(str(added)).quantize(ZERO) if added is not None else ZERO


@dataclass(frozen=True)
class FigureCheck:
    """Two figures that must agree: their difference must read 0."""

    name: str
    left: Decimal
    right: Decimal
    left_is: str
    right_is: str
    of: tuple[str, str] | None = None  # the content and column that a live formula adds up
    counts: bool = False  # rows rather than dollars

    @property
    def difference(self) -> Decimal:
        """What is left between the two."""
        return self.left - self.right


class Figures:
    """Everything the reports show of one batch of results."""

    def __init__(self, results: Estimate) -> None:
        self.results = results
        self.run: Mapping[str, Any] = results.run
        #: Rules that say who pays the allowed amount; every other rule changes it. The record
        #: tells those of the first payer only; another payer's lines may meet Medicare's.
        self.payment_rules = [
            *(rule.name for rule in MEDICARE.rules if rule.kind == "payment"),
            *(each["name"] for each in self.run.get("rules", ()) if each["kind"] == "payment"),
        ]

    # -- lines -----------------------------------------------------------------

    @cached_property
    def lines(self) -> pl.DataFrame:
        """The lines with the labels reports group by, and `_line`, their place in the batch.

        What was only carried follows; where a label has its name, it is `input_…`.
        """
        aside = set(self.results.carried)
        known = [each for each in self.results.lines if each.name not in aside]
        lines = self._labelled(pl.DataFrame(known))
        taken = {*lines.columns, *aside}
        for each in self.results.lines.get_columns():
            if each.name in aside:
                name = each.name
                while name in lines.columns or (name != each.name and name in taken):
                    name = f"input_{name}"
                lines.insert_column(lines.width, each.alias(name))
        return lines

    def _labelled(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Give lines with their labels."""
        lines = lines.with_columns(
            absent.alias(name) for name, absent in _ABSENT.items() if name not in lines.columns
        )
        payer = self.run.get("payer", {}).get("name", MEDICARE.name)
        expected = pl.col("allowed_amount")
        modifiers = [name for name in SINGLE_MODIFIERS if name in lines.columns]
        joined = (
            pl.concat_str(modifiers, separator=" ", ignore_nulls=True)
            if modifiers
            else pl.lit(None, dtype=pl.String)
        )
        cents = (pl.col("fee_schedule_amount") * _CENT).cast(pl.Int64)
        thousandths = (pl.col("service_unit_quantity") * 1000).cast(pl.Int64)
        of_units = as_dollars(half_up(cents * thousandths, 1000))
        lines = lines.with_columns(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("_line"),
            pl.when(joined != "").then(joined).alias("modifiers"),
            pl.col("claim_line_start_date").dt.strftime("%Y-%m").alias("month"),
            code_family(lines["hcpcs_code"]).alias("code_family"),
            place_of_service(lines["place_of_service_code"]).alias("place_of_service"),
            pl.coalesce("rendering_npi", "billing_npi", pl.lit("not given")).alias("practitioner"),
            pl.coalesce("payer", pl.lit(payer)).alias("payer_name"),
            (pl.col("charge_amount") - expected).alias("reduction_amount"),
            (pl.col("payer_allowed_amount") - expected).alias("difference_amount"),
            pl.when(expected > 0)
            .then(pl.col("payer_allowed_amount").cast(pl.Float64) / expected.cast(pl.Float64) - 1.0)
            .alias("difference_share"),
            # Of a line that has no payment: what it would bring, at most what was charged.
            pl.when(NEEDS_REVIEW)
            .then(
                pl.when(pl.col("status") == "priced")
                .then("allowed_amount")
                .otherwise(
                    pl.coalesce(pl.min_horizontal(of_units, "charge_amount"), "charge_amount")
                )
            )
            .alias("at_stake_amount"),
        )
        return lines.with_columns(what_to_do(lines).alias("what_to_do"))

    @cached_property
    def to_review(self) -> pl.DataFrame:
        """The work list: every line not priced or with a note, most dollars at stake first."""
        return self.lines.filter(NEEDS_REVIEW).sort(
            "at_stake_amount", "_line", descending=[True, False], nulls_last=True
        )

    @cached_property
    def rejects(self) -> pl.DataFrame:
        """The rejected rows, each with the name of its file."""
        rejects, files = self.results.rejects, self.run.get("inputs", ())
        if "file" in rejects.columns or len(files) != 1:
            return rejects
        return rejects.select(pl.lit(files[0]["name"]).alias("file"), pl.all())

    @cached_property
    def review_by_reason(self) -> pl.DataFrame:
        """The work list counted by status and what to do: lines and dollars at stake."""
        return (
            self.to_review.group_by("status", "what_to_do")
            .agg(
                pl.len().cast(pl.Int64).alias("lines"),
                pl.col("at_stake_amount").sum(),
            )
            .sort("at_stake_amount", "status", "what_to_do", descending=[True, False, False])
        )

    def by(self, *keys: str, lines: pl.DataFrame | None = None) -> pl.DataFrame:
        """Group lines: counts, sums of money and units, and shares; most allowed first."""
        lines = self.lines if lines is None else lines
        summed = [
            name
            for name, column in LINE_COLUMNS.items()
            if column.format in {"money", "quantity"}
            and name not in {"limiting_charge", "fee_schedule_amount"}
            and name in lines.columns
        ]
        money = [name for name in summed if LINE_COLUMNS[name].format == "money"]
        grouped = lines.group_by(keys).agg(
            pl.len().cast(pl.Int64).alias("lines"),
            pl.col("claim_id").n_unique().cast(pl.Int64).alias("claims"),
            (pl.col("status") == "priced").sum().cast(pl.Int64).alias("priced_lines"),
            NEEDS_REVIEW.sum().cast(pl.Int64).alias("review_lines"),
            *(
                pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name)
                for name in summed
            ),
            pl.col("_line").min(),
        )
        has_charge = pl.col("charge_amount") > 0
        return (
            grouped.with_columns(
                pl.when(has_charge)
                .then(
                    pl.col("allowed_amount").cast(pl.Float64)
                    / pl.col("charge_amount").cast(pl.Float64)
                )
                .alias("allowed_share"),
                as_dollars(
                    half_up(
                        (pl.col("allowed_amount") * _CENT).cast(pl.Int64), pl.col("priced_lines")
                    )
                ).alias("mean_allowed_amount"),
                *(pl.col(name).cast(DOLLARS) for name in money),
            )
            .sort("allowed_amount", "_line", descending=[True, False], nulls_last=True)
            .drop("_line")
        )

    @cached_property
    def by_status(self) -> pl.DataFrame:
        """Lines and dollars of every status, in the order of the statuses, zeros included."""
        every = pl.DataFrame({"status": list(STATUSES)})
        found = self.by("status").select("status", "lines", *HEADLINE_AMOUNTS, "allowed_share")
        return every.join(found, on="status", how="left", maintain_order="left").with_columns(
            pl.col("lines").fill_null(0), pl.col(HEADLINE_AMOUNTS).fill_null(ZERO)
        )

    def top(self, key: str, rows: int) -> pl.DataFrame:
        """Group by one column and keep the largest; the rest together, so that the sum stays."""
        columns = (key, "lines", *HEADLINE_AMOUNTS)
        grouped = (
            self.by(key).select(columns).with_columns(pl.col(HEADLINE_AMOUNTS).fill_null(ZERO))
        )
        if key == "month":
            grouped = grouped.sort(key)
        if grouped.height > rows:
            rest = grouped[rows:].select(
                pl.lit(f"{OTHERS} ({grouped.height - rows:,})").alias(key),
                pl.col("lines").sum(),
                *(pl.col(name).sum() for name in HEADLINE_AMOUNTS),
            )
            grouped = pl.concat([grouped[:rows], rest])
        return grouped.with_columns(
            pl.when(pl.col("charge_amount") > 0)
            .then(
                pl.col("allowed_amount").cast(pl.Float64) / pl.col("charge_amount").cast(pl.Float64)
            )
            .alias("allowed_share")
        )

    # -- totals ----------------------------------------------------------------

    @cached_property
    def totals(self) -> dict[str, Decimal]:
        """The sum of every amount of the lines, and of the dollars at stake in review."""
        names = [name for name, kind in self.lines.schema.items() if kind == DOLLARS]
        totals = {name: total(self.lines[name]) for name in names}
        return totals | {"at_stake_amount": total(self.to_review["at_stake_amount"])}

    @cached_property
    def unassigned_amount(self) -> Decimal:
        """What patients owe beyond the allowed amount, where assignment was not accepted."""
        totals = self.totals
        return totals["patient_amount"] - totals["deductible_amount"] - totals["coinsurance_amount"]

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
        """The dollars from charge to Medicare's payment: every rule's change, adding up exactly.

        Columns: label, rule, kind ("total" or "change"), lines, amount, running_total, what,
        cites. A line without an amount (by report, not on schedule) leaves with its charge.
        """
        lines = self.lines.select(
            "claim_id", "claim_line_number", "status", "charge_amount", "allowed_amount"
        )
        rows: list[dict[str, Any]] = []
        running = total(lines["charge_amount"])

        def change(label: str, amount: Decimal, count: int, what: str = "", **more: str) -> None:
            nonlocal running
            if not count and not amount:
                return
            running += amount
            rows.append(
                {"label": label, "kind": "change", "amount": amount, "running_total": running}
                | {"lines": count, "what": what, "rule": "", "cites": "", **more}
            )

        def reached(label: str, what: str) -> None:
            rows.append(
                {"label": label, "kind": "total", "amount": running, "running_total": running}
                | {"lines": lines.height, "what": what, "rule": "", "cites": ""}
            )

        reached("Charges", "What the practice charged for every line that was read")
        amountless = lines.filter(pl.col("allowed_amount").is_null())
        for status in STATUSES:
            left = amountless.filter(pl.col("status") == status)
            change(
                in_words(status),
                -total(left["charge_amount"]),
                left.height,
                "Charges of lines that the schedule gives no amount for",
            )
        priced = lines.filter(pl.col("allowed_amount").is_not_null())
        if self.adjustments.is_empty():
            rest = total(priced["allowed_amount"]) - total(priced["charge_amount"])
            change("All rules", rest, priced.height, "The run kept no trail of its rules")
        else:
            self._add_rules(priced, change)
        reached("Allowed amount", "Medicare's and the patient's share together")
        self._add_payment(change)
        reached("Medicare pays", "After deductible, coinsurance and sequestration")
        return pl.DataFrame(
            rows,
            schema={
                "label": pl.String,
                "rule": pl.String,
                "kind": pl.String,
                "lines": pl.Int64,
                "amount": DOLLARS,
                "running_total": DOLLARS,
                "what": pl.String,
                "cites": pl.String,
            },
        )

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

    def _add_rules(self, priced: pl.DataFrame, change: Any) -> None:
        """Add what the fee schedule and each rule changed, in the order the rules ran."""
        key = ["claim_id", "claim_line_number"]
        steps = self.adjustments.join(
            priced.select(*key, "charge_amount"), on=key, how="inner", maintain_order="left"
        ).filter(~pl.col("rule").is_in(self.payment_rules))
        fees = steps.filter(pl.col("step") == 0)
        uncharged = pl.col("charge_amount").is_null()
        change(
            "Billed without a charge",
            total(fees.filter(uncharged)["after"]),
            fees.filter(uncharged).height,
            "Fee schedule amounts of lines that have no charge to compare with",
        )
        charged = fees.filter(~uncharged)
        change(
            "Charge above fee schedule",
            total(charged["after"]) - total(charged["charge_amount"]),
            charged.height,
            "From the charge to the fee schedule amount of one unit",
            rule="fee_schedule_amount",
            cites=charged["cites"][0] if charged.height else "",
        )
        by_rule = (
            steps.filter(pl.col("step") > 0)
            .group_by("rule", maintain_order=True)
            .agg(
                pl.col("change_amount").sum(),
                (pl.col("change_amount") != 0).sum().alias("lines"),
                pl.col("cites").first(),
            )
        )
        ran = {rule["name"]: place for place, rule in enumerate(self.run.get("rules", ()))}
        titles = {rule["name"]: rule["title"] for rule in self.run.get("rules", ())}
        met = sorted(by_rule.iter_rows(named=True), key=lambda row: ran.get(row["rule"], len(ran)))
        for row in met:
            change(
                in_words(row["rule"]),
                row["change_amount"] or ZERO,
                row["lines"],
                titles.get(row["rule"], ""),
                rule=row["rule"],
                cites=row["cites"] or "",
            )

    def _add_payment(self, change: Any) -> None:
        """Add what stands between the allowed amount and Medicare's payment."""
        totals, paid = self.totals, self.lines
        taken = ("deductible_amount", "coinsurance_amount", "sequestration_amount")
        other = (
            totals["allowed_amount"]
            - totals["medicare_amount"]
            - sum((totals[name] for name in taken), ZERO)
        )
        said = {rule["name"]: rule for rule in self.run.get("rules", ())}

        def share(name: str, label: str, amount: Decimal, count: int) -> None:
            rule = said.get(name, {"title": "", "cites": ""})
            change(label, -amount, count, rule["title"], rule=name, cites=rule["cites"])

        for name in taken:
            rule = name.removesuffix("_amount")
            count = paid.filter(pl.col(name) > 0).height
            label = in_words(rule) + (" (patient)" if rule != "sequestration" else "")
            if rule == "sequestration":
                assisted = self.adjustments.filter(pl.col("rule") == "therapy_assistant").height
                share("therapy_assistant", "Therapy assistant", other, assisted)
            share(rule, label, totals[name], count)

    # -- reconciliation --------------------------------------------------------

    @cached_property
    def rejected_charges(self) -> pl.Series:
        """The charge of each rejected row where it can be read; null where it cannot."""
        rejects = self.results.rejects
        found = [name for name in rejects.columns if normal(name) == "charge_amount"]
        if not found:
            return pl.Series("charge_amount", [None] * rejects.height, dtype=DOLLARS)
        text = pl.col(found[0]).cast(pl.String)
        return rejects.select(as_dollars(read_scaled(text, 2)).alias("charge_amount")).to_series()

    @cached_property
    def by_file(self) -> pl.DataFrame:
        """Rows and charges of each file: in, by status, rejected; the differences must read 0.

        Lines keep the order of the files, so a file's accepted rows stand together.
        """
        lines, rejects = self.lines, self.results.rejects
        files = list(self.run.get("inputs", ()))
        if not files:
            files = [{"name": "Claims in memory", "sha256": "", "rows": self.rows_in}]
        rows, first = [], 0
        for file in files:
            mine = pl.lit(value=True) if len(files) == 1 else pl.col("file") == file["name"]
            chosen = rejects.with_columns(self.rejected_charges.alias("_charge")).filter(mine)
            accepted = lines[first : first + file["rows"] - chosen.height]
            first += accepted.height
            row = {"file": file["name"], "sha256": file["sha256"], "rows": file["rows"]}
            for status in STATUSES:
                of_status = accepted.filter(pl.col("status") == status)
                row |= {f"{status}_rows": of_status.height}
                row |= {f"{status}_charges": total(of_status["charge_amount"])}
            row |= {"rejected_rows": chosen.height, "rejected_charges": total(chosen["_charge"])}
            row["charges"] = total(accepted["charge_amount"]) + row["rejected_charges"]
            rows.append(row)
        return pl.DataFrame(rows)

    @property
    def rows_in(self) -> int:
        """How many rows were read."""
        counted = self.run.get("counts", {}).get("rows_in")
        return int(counted if counted is not None else self.results.lines.height)

    @cached_property
    def checks(self) -> tuple[FigureCheck, ...]:
        """Every figure that must agree with another; see `FigureCheck`."""
        totals, lines = self.totals, self.lines
        run_totals = self.run.get("totals", {})
        reached = self.bridge.filter(pl.col("kind") == "total")
        ends = dict(zip(reached["label"], reached["running_total"], strict=True))
        checks = [
            _count(
                "Rows read are lines and rejects",
                self.rows_in,
                lines.height + self.results.rejects.height,
                "rows read",
                "lines + rejects",
            ),
            _count(
                "Every line has a status",
                int(self.by_status["lines"].sum()),
                lines.height,
                "lines by status",
                "lines",
            ),
        ]
        for name in HEADLINE_AMOUNTS:
            told = Decimal(str(run_totals.get(name, totals[name])))
            heading = LINE_COLUMNS[name].heading
            checks.append(
                FigureCheck(
                    f"{heading}: lines and run record",
                    totals[name],
                    told,
                    "lines",
                    "run record",
                    of=("lines", name),
                )
            )
        checks += [
            FigureCheck(
                "The bridge ends at the allowed amount",
                ends["Allowed amount"],
                totals["allowed_amount"],
                "bridge",
                "lines",
            ),
            FigureCheck(
                "The bridge ends at Medicare's payment",
                ends["Medicare pays"],
                totals["medicare_amount"],
                "bridge",
                "lines",
            ),
        ]
        if not self.adjustments.is_empty():
            broken, astray = self.broken_chains
            checks += [
                _count("Each step starts where the last one ended", broken, 0, "breaks", "none"),
                _count(
                    "Each chain ends at its line's allowed amount",
                    astray,
                    0,
                    "lines astray",
                    "none",
                ),
            ]
        for label, key in (("code", "hcpcs_code"), ("practitioner", "practitioner")):
            checks.append(
                FigureCheck(
                    f"Allowed amount by {label}",
                    total(self.by(key)["allowed_amount"]),
                    totals["allowed_amount"],
                    f"by {label}",
                    "lines",
                    of=(key, "allowed_amount"),
                )
            )
        return tuple(checks)

    @cached_property
    def broken_chains(self) -> tuple[int, int]:
        """Count the steps that do not start where the last ended, and the ends that are astray."""
        key = ["claim_id", "claim_line_number"]
        steps = self.results.adjustments
        before = pl.col("before")
        previous = pl.col("after").shift(1)
        broken = steps.filter((pl.col("step") > 0) & before.ne_missing(previous)).height
        last = (
            steps.filter(~pl.col("rule").is_in(self.payment_rules))
            .group_by(key)
            .agg(pl.col("after").last())
        )
        ends = self.results.lines.select(*key, "allowed_amount").join(last, on=key, how="left")
        astray = ends.filter(pl.col("allowed_amount").ne_missing(pl.col("after"))).height
        return broken, astray


#: A line that a person should look at.
NEEDS_REVIEW = (pl.col("status") != "priced") | pl.col("review").is_not_null()
#: What figures read of columns that a batch need not have.
_ABSENT = {
    "rendering_npi": pl.lit(None, dtype=pl.String),
    "billing_npi": pl.lit(None, dtype=pl.String),
    "payer": pl.lit(None, dtype=pl.String),
    "charge_amount": pl.lit(None, dtype=DOLLARS),
    "payer_allowed_amount": pl.lit(None, dtype=DOLLARS),
    "service_unit_quantity": pl.lit(1, dtype=pl.Int64),
}


def _count(name: str, left: int, right: int, left_is: str, right_is: str) -> FigureCheck:
    return FigureCheck(name, Decimal(left), Decimal(right), left_is, right_is, counts=True)
