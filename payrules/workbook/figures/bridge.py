"""The bridge: the dollars from charge to the payer's payment, every rule's change."""

from collections.abc import Sequence
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import polars as pl

from payrules.counted import counted
from payrules.engine.rule import STATUSES
from payrules.payers.vocabulary import AS_MEDICARE
from payrules.runs.record import RunRecord
from payrules.runs.who_paid import as_named, what_it_does, whose
from payrules.workbook.figures.cuts import taken_off
from payrules.workbook.figures.totals import DOLLARS, ZERO, total
from payrules.workbook.words import in_a_row, in_words

if TYPE_CHECKING:
    from payrules.workbook.figures import Figures

#: What stands between the allowed amount and the payment: rule, column, what it takes, whose it is.
_TAKEN = (
    ("deductible", "deductible_amount", 1, " (patient)"),
    ("coinsurance", "coinsurance_amount", 1, " (patient)"),
    ("secondary_payer", "primary_payer_adjustment", 1, ""),
    ("mips", "mips_amount", -1, ""),
    ("sequestration", "sequestration_amount", 1, ""),
)


#: A contract has a page for each of its rates; the steps name every one.
_MOST_PAGES = 6

#: Where the chart of the bridge begins: a charge is the practice's own figure, and many times as
#: high as all that the rules change.
FEES = "Fee schedule amounts"
#: Where a bridge begins, with every line that was read.
CHARGES = "Charges"


def charted(bridge: pl.DataFrame) -> int:
    """Give the row at which the chart of a bridge begins: the second that says what is reached."""
    reached = bridge.with_row_index("row").filter(pl.col("kind") == "total")["row"]
    return int(reached[1])


class _Steps:
    """The steps of a bridge as they come, each from where the last one ended."""

    def __init__(self, charges: Decimal, lines: int) -> None:
        self.rows: list[dict[str, Any]] = []
        self._running, self.lines = charges, lines

    def change(self, label: str, amount: Decimal, count: int, what: str = "", **more: str) -> None:
        """Add a change; nothing where no line has it."""
        if not count and not amount:
            return
        self._running += amount
        self.rows.append(
            {"label": label, "kind": "change", "amount": amount, "running_total": self._running}
            | {"lines": count, "what": what, "rule": "", "cites": "", **more}
        )

    def reached(self, label: str, what: str) -> None:
        """Say what is reached."""
        running = self._running
        self.rows.append(
            {"label": label, "kind": "total", "amount": running, "running_total": running}
            | {"lines": self.lines, "what": what, "rule": "", "cites": ""}
        )


def bridge_of(figures: "Figures") -> pl.DataFrame:
    """Give the dollars from charge to the payer's payment: every rule's change, adding up exactly.

    Columns: label, rule, kind ("total" or "change"), lines, amount, running_total, what,
    cites. A line without an amount (by report, not on schedule) leaves with its charge.
    """
    lines = figures.lines.select(
        *("claim_id", "claim_line_number", "status", "charge_amount", "allowed_amount"),
        "payer_name",
    )
    steps = _Steps(total(lines["charge_amount"]), lines.height)
    steps.reached(CHARGES, "What the practice charged for every line that was read")
    amountless = lines.filter(pl.col("allowed_amount").is_null())
    for status in STATUSES:
        left = amountless.filter(pl.col("status") == status)
        steps.change(
            in_words(status),
            -total(left["charge_amount"]),
            left.height,
            "Charges of lines that the schedule gives no amount for",
        )
    priced = lines.filter(pl.col("allowed_amount").is_not_null())
    steps.lines = priced.height  # the others have left the bridge
    if figures.adjustments.is_empty():
        rest = total(priced["allowed_amount"]) - total(priced["charge_amount"])
        steps.change("All rules", rest, priced.height, "The run kept no trail of its rules")
    else:
        _add_rules(figures, priced, steps)
    share = whose(figures.run.every_payer)
    share = share[0].upper() + share[1:]
    steps.reached("Allowed amount", f"{share} and the patient's share together")
    _add_payment(figures, steps)
    taken = taken_off(sequestration=figures.has_sequestration)
    steps.reached(figures.pays, f"After {taken}")
    return pl.DataFrame(
        steps.rows,
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


def _add_rules(figures: "Figures", priced: pl.DataFrame, steps: _Steps) -> None:
    """Add what the fee schedule and each rule changed, in the order the rules ran."""
    key = ["claim_id", "claim_line_number"]
    trail = figures.adjustments.join(
        priced.select(*key, "charge_amount", "payer_name"),
        on=key,
        how="inner",
        maintain_order="left",
    ).filter(~pl.col("rule").is_in(figures.payment_rules))
    fees = trail.filter(pl.col("step") == 0)
    uncharged = pl.col("charge_amount").is_null()
    steps.change(
        "Billed without a charge",
        total(fees.filter(uncharged)["after"]),
        fees.filter(uncharged).height,
        "Fee schedule amounts of lines that have no charge to compare with",
    )
    charged = fees.filter(~uncharged)
    steps.change(
        "Charge above fee schedule",
        total(charged["after"]) - total(charged["charge_amount"]),
        charged.height,
        "From the charge to the fee schedule amount of one unit",
        rule="fee_schedule_amount",
        cites=charged["cites"][0] if charged.height else "",
    )
    steps.reached(FEES, "What the fee schedule gives for one unit of each line, before any rule")
    by_rule = (
        trail.filter(pl.col("step") > 0)
        .group_by("rule", maintain_order=True)
        .agg(
            pl.col("change_amount").sum(),
            (pl.col("change_amount") != 0).sum().alias("lines"),
        )
    )
    cited = _cited(trail, figures.payer_order, len(figures.run.every_payer))
    ran = {rule.name: place for place, rule in reversed([*enumerate(figures.run.rules)])}
    titles = {rule.name: rule.title for rule in figures.run.rules}
    met = sorted(by_rule.iter_rows(named=True), key=lambda row: ran.get(row["rule"], len(ran)))
    for row in met:
        cites = cited.get(row["rule"], "")
        steps.change(
            in_words(row["rule"]),
            row["change_amount"] or ZERO,
            row["lines"],
            _what(figures.run, row["rule"], titles.get(row["rule"], ""), cites),
            rule=row["rule"],
            cites=cites,
        )


def _what(run: RunRecord, rule: str, title: str, cites: str) -> str:
    """Say what a rule does; where several payers' pages decided, that each has terms of its own."""
    told = what_it_does(rule, title, cites)
    named = sum(f"{as_named(each.name)}: " in cites for each in run.every_payer)
    return told.replace("the payer's own terms", "each payer's own terms") if named > 1 else told


def _cited(trail: pl.DataFrame, order: Sequence[str], payers: int) -> dict[str, str]:
    """Give every page that a rule's steps cite; where payers cite different ones, with its payer.

    A contract's step names its own contract, and its own page of it, never the one that happens to
    come first: rates and shares by modifier have a page each. Payers stand in their one `order`.
    """
    of_payers = (
        trail.filter((pl.col("step") > 0) & pl.col("cites").is_not_null())
        .group_by("rule", "payer_name", maintain_order=True)
        .agg(
            (
                pl.col("cites").str.strip_suffix(AS_MEDICARE) if payers > 1 else pl.col("cites")
            ).unique(maintain_order=True)
        )
        .sort(_places_of(order), maintain_order=True)
        .with_columns(pl.col("cites").map_elements(_pages, return_dtype=pl.String))
    )
    cited: dict[str, str] = {}
    for (rule,), pages in of_payers.group_by("rule", maintain_order=True):
        by_payer = [
            f"{payer}: {page}" for payer, page in pages.select("payer_name", "cites").rows()
        ]
        same = pages["cites"].n_unique() == 1
        cited[str(rule)] = pages["cites"][0] if same else in_a_row(by_payer)
    return cited


def _rules_told(run: RunRecord, order: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Give each rule's title and pages; where payers cite different ones, with the payer's name."""
    pages: dict[str, list[tuple[str, str]]] = {}
    place = {payer: number for number, payer in enumerate(order)}
    told_of = []
    for rule in run.rules:
        names = [as_named(each) for each in rule.of or (run.payer.name,)]
        names.sort(key=lambda name: place.get(name, len(place)))
        told_of.append((place.get(names[0], len(place)), rule, in_a_row(names, ", ")))
    for _, rule, named in sorted(told_of, key=itemgetter(0)):
        pages.setdefault(rule.name, []).append((named, rule.cites))
    titles = {rule.name: rule.title for rule in run.rules}
    return {
        name: (
            titles[name],
            told[0][1] if len(told) == 1 else in_a_row([f"{who}: {page}" for who, page in told]),
        )
        for name, told in pages.items()
    }


def _places_of(order: Sequence[str]) -> pl.Expr:
    places = {payer: number for number, payer in enumerate(order)}
    return pl.col("payer_name").replace_strict(places, default=len(order), return_dtype=pl.Int64)


def _pages(cited: pl.Series) -> str:
    beyond = len(cited) - _MOST_PAGES
    more = f"; and {counted(beyond, 'more page')}" if beyond > 0 else ""
    return "; ".join(cited.head(_MOST_PAGES)) + more


def _add_payment(figures: "Figures", steps: _Steps) -> None:
    """Add what stands between the allowed amount and the payer's payment."""
    totals, paid = figures.totals, figures.lines
    other = (
        totals["allowed_amount"]
        - totals["medicare_amount"]
        - sum((sign * totals[name] for _, name, sign, _ in _TAKEN), ZERO)
    )
    said = _rules_told(figures.run, figures.payer_order)

    def share(name: str, label: str, amount: Decimal, count: int) -> None:
        title, cites = said.get(name, ("", ""))
        title = _what(figures.run, name, title, cites)
        steps.change(label, -amount, count, title, rule=name, cites=cites)

    for rule, name, sign, of_whom in _TAKEN:
        if rule == "secondary_payer":
            assisted = figures.adjustments.filter(pl.col("rule") == "therapy_assistant").height
            share("therapy_assistant", "Therapy assistant", other, assisted)
        count = paid.filter(pl.col(name) != 0).height
        share(rule, in_words(rule) + of_whom, sign * totals[name], count)
