"""Amounts that would explain what a payer allowed: the line priced again with one change.

Each is exact, in cents. A line is priced again among its person's other lines, as the claims of
another person, so that rankings and sessions are those of the claim. Left out is every rule that
left a step in the line's trail; added are the rules that the code's indicators allow.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import polars as pl

from payrules.claims.modifiers import encode
from payrules.dated import Dated
from payrules.engine.rule import Rule
from payrules.engine.trail import FEE_SCHEDULE_AMOUNT
from payrules.fees.amounts import attach_fees
from payrules.fees.other_schedules import WHY_NOT
from payrules.payers import Payer
from payrules.rules.bilateral import bilateral
from payrules.rules.contract_rate import contract_rate
from payrules.runs.by_person import history_of_others
from payrules.runs.setup import Setup
from payrules.schedules import LocalityNames
from payrules.variance.comparison import PaymentComparison
from payrules.variance.places import among
from payrules.variance.steps_more import (
    Candidate,
    allowed_by_payer,
    explains,
    is_paid_unlike,
    named_together,
    with_a_step_more,
)
from payrules.variance.variants import (
    LOCALITY,
    PARTICIPANT,
    PLACE,
    SharedFacts,
    Variant,
    alone,
    by_coverage,
    is_on_one_line,
    of_lines,
    on_one_line,
    without_edits,
    without_rules,
)

#: Rules that say what a line is, not what it is paid: leaving them out says nothing.
_ALWAYS_ON = frozenset(("status_code", "anesthesia", "component", "role", "units", "modifier"))
#: A person with more lines is priced again by the day.
MOST_LINES = 40
_MARK = "\x1f"


class Repricing:
    """A batch and how it was priced, to be priced again with one change."""

    def __init__(
        self,
        lines: pl.DataFrame,
        trail: pl.DataFrame | None,
        setup: Setup,
        history: pl.DataFrame | None = None,
    ) -> None:
        self._lines, self._setup, self._history = lines, setup, history
        self._trail = trail
        self._rows_of: dict[str, list[int]] = {}
        self._known: dict[int, SharedFacts] = {}

    def _look_up(self, rows: Sequence[int]) -> None:
        """Find all lines of some lines' persons."""
        persons = self._lines[list(rows)]["person_id"].unique()
        found = (
            self._lines.select(
                *("person_id", "service_date", "claim_id", PARTICIPANT, PLACE, LOCALITY)
            )
            .with_row_index("row")
            .filter(pl.col("person_id").is_in(persons.implode()))
        )
        self._rows_of, self._known = defaultdict(list), {}
        for row, *known in found.rows():
            self._known[row] = SharedFacts(*known)
            self._rows_of[self._known[row].person].append(row)

    def candidates(self, compared: Sequence[PaymentComparison]) -> dict[int, list[Candidate]]:
        """Give the candidates that explain lines, and groups on one line, by their first row.

        A group's is what its lines come to together, with one change of each that it is one of.
        """
        whole = {
            each.lines[0].row: each
            for each in compared
            if each.level == "line" or is_on_one_line(each)
        }
        if not whole:
            return {}
        groups = [each for each in whole.values() if each.level != "line"]
        lines = {row: each for row, each in whole.items() if each.level == "line"}
        lines |= {line.row: alone(each, line) for each in groups for line in each.lines}
        of_group = {line.row: each.lines[0].row for each in groups for line in each.lines}
        found: dict[int, list[Candidate]] = defaultdict(list)

        def add(row: int, candidate: Candidate) -> None:
            if explains(whole[row], candidate.amount):
                found[row].append(candidate)

        self._look_up([*lines])
        parts: dict[tuple[int, Candidate], dict[int, int]] = defaultdict(dict)
        for row, one in self._of_each(lines):
            if row in of_group:
                parts[of_group[row], replace(one, amount=0)][row] = one.amount
            else:
                add(row, one)
        for (row, one), amounts in parts.items():
            own = (amounts.get(line.row, line.allowed or 0) for line in whole[row].lines)
            add(row, replace(one, amount=sum(own)))
        variants = [variant for each in groups for variant in on_one_line(each)]
        for variant, row, amount in self._priced(variants):
            add(row, variant.candidate(amount))
        return {
            row: named_together(each, allowed_by_payer(whole[row])) for row, each in found.items()
        }

    def amounts_without(self, rule: str, compared: Sequence[PaymentComparison]) -> dict[int, int]:
        """Give what lines come to, by their rows, without a rule on any of their persons' lines."""
        self._look_up([each.lines[0].row for each in compared])
        variants = [variant for each in compared for variant in without_rules(each, {rule})]
        return {row: amount for _, row, amount in self._priced(variants)}

    def _of_each(self, lines: Mapping[int, PaymentComparison]) -> Iterator[tuple[int, Candidate]]:
        """Give all candidates of lines, by their rows, whatever their payer allowed."""
        facts = self._facts(list(lines))
        steps = self.rules_met(list(lines))
        by_fee = self._rules_of_fees()
        edits = self._edits() - by_fee
        # What coverage denies is paid by no other row; and of many lines only a day's are priced
        # again, where sessions would be too few.
        changed = [each for row, each in lines.items() if not by_coverage(each, steps[row])]
        near = {row: {other: self._known[other] for other in self._near(row)} for row in lines}
        variants = of_lines(changed, facts, steps, near, self._states)
        for row, each in lines.items():
            variants += without_rules(each, steps[row] - by_fee)
            variants += without_edits(each, steps[row] & edits, edits)
        parts: dict[int, dict[str, int]] = defaultdict(dict)
        without: dict[int, dict[str, int]] = defaultdict(dict)
        for variant, row, amount in self._priced(variants):
            yield row, variant.candidate(amount)
            if variant.cause == "component":
                parts[row][variant.words] = amount
            if variant.without:
                without[row][variant.cause] = amount
        for row, one, is_without in self._of_fees(steps, by_fee):
            yield row, one
            if is_without:
                without[row][one.cause] = one.amount
        for name, row, amount in self._by_other_releases(list(lines)):
            told = f"the amount of release {name}"
            yield row, Candidate("release", "release", amount, told, name)
        for row, each in lines.items():
            line = each.lines[0]
            taken = {rule: without[row].get(rule) for rule in steps[row]}
            for cause, amount, words in with_a_step_more(line, facts[row], taken, parts[row]):
                if cause == bilateral.name or not is_paid_unlike(each, steps[row]):
                    yield row, Candidate(cause, "with", amount, words)
            if line.charge is not None:
                yield row, Candidate(*("lesser_of_charge",) * 2, line.charge, "the charge")

    def _of_fees(
        self, steps: Mapping[int, Collection[str]], by_fee: Collection[str]
    ) -> Iterator[tuple[int, Candidate, bool]]:
        """Give what lines come to without each rule of fees, and by an earlier rate: which it is.

        `steps` are the rules that left a step in the trail of each.
        """
        for rule in sorted({rule for each in steps.values() for rule in each if rule in by_fee}):
            rows = [row for row, rules in steps.items() if rule in rules]
            is_rate = rule == contract_rate.name
            kind = "contract_rate" if is_rate else "without"
            words = f"the amount without the rule {rule}"
            words = "the amount at 100 % of what the contract is a share of" if is_rate else words
            for row, amount in self._without(rule, rows).items():
                yield row, Candidate(rule, kind, amount, words), True
            for which, otherwise in _OTHER_RATES.items() if is_rate else ():
                words = f"the amount at the contract's {which}"
                for row, amount in self._again(rows, self._at_rates(otherwise)).items():
                    yield row, Candidate(rule, kind, amount, words), False

    # -- what is known ---------------------------------------------------------------------

    def _facts(self, rows: list[int]) -> dict[int, dict[str, object]]:
        """Give the schedule's indicators of some lines."""
        names = [
            *("multiple_procedure_indicator", "bilateral_indicator", "pctc_indicator"),
            *("co_surgeon_indicator", "assistant_indicator", "base_amount"),
            *("therapy_reduced_amount", "preoperative", "intraoperative", "postoperative"),
            "cap_amount",
        ]
        lines = self._lines[rows]
        priced, fees = attach_fees(
            encode(lines.rechunk()), self._setup.schedules, release=self._setup.release
        )
        told = fees.select(name for name in names if name in fees.columns)
        return dict(zip(rows, told[priced["fee_row"]].rows(named=True), strict=True))

    def rules_met(self, rows: Sequence[int]) -> dict[int, set[str]]:
        """Name the rules of edits and amounts that left a step in the trail of some lines."""
        of_payment = self._named(lambda rule: rule.kind == "payment")
        steps: dict[int, set[str]] = {row: set() for row in rows}
        if self._trail is None:
            return steps
        met = self._trail.filter(pl.col("row").is_in(rows)).select(
            pl.col("row"), pl.col("rule").cast(pl.String)
        )
        for row, rule in met.rows():
            if rule not in of_payment | _ALWAYS_ON | {FEE_SCHEDULE_AMOUNT}:
                steps[row].add(rule)
        return steps

    def _edits(self) -> set[str]:
        """Name the edits that deny lines that could be paid."""
        return self._named(lambda rule: rule.kind == "edit") - _ALWAYS_ON

    def _rules_of_fees(self) -> set[str]:
        """Name the rules that say which schedule makes the fee: without one no fee is as it was."""
        return {contract_rate.name} | self._named(lambda rule: WHY_NOT in rule.reads)

    def _named(self, is_meant: Callable[[Rule], bool]) -> set[str]:
        """Name the rules of any payer's that are meant."""
        payers = self._setup.every_payer.values()
        return {rule.name for payer in payers for rule in payer.rules if is_meant(rule)}

    def _by_other_releases(self, rows: list[int]) -> Iterator[tuple[str, int, int]]:
        """Give what lines come to by each loaded release that did not price them, newest first."""
        releases = sorted(
            self._setup.schedules.releases, key=lambda each: each.effective_from, reverse=True
        )
        for name in (each.name for each in releases if each.name != self._setup.release):
            for row, amount in self._again(rows, replace(self._setup, release=name)).items():
                yield name, row, amount

    @cached_property
    def _states(self) -> dict[str, str]:
        """The state of each locality at hand."""
        return {each.key: each.state for each in LocalityNames(self._setup.schedules).places}

    def indicators(self, rows: Sequence[int]) -> dict[int, str | None]:
        """Give the multiple-procedure indicators of some lines, by their rows."""
        facts = self._facts(list(rows)) if rows else {}
        return {row: _text(each.get("multiple_procedure_indicator")) for row, each in facts.items()}

    # -- pricing again ---------------------------------------------------------------------

    def _priced(self, variants: Sequence[Variant]) -> list[tuple[Variant, int, int]]:
        """Price each variant among its person's lines, all at once.

        Give each line that it is asked for, with its amount where it has one.
        """
        if not variants:
            return []
        rows: list[int] = []
        persons: list[str] = []
        asked: list[tuple[Variant, int, int]] = []
        changes: dict[str, list[tuple[int, object]]] = defaultdict(list)
        left_out: dict[str, list[int]] = defaultdict(list)
        for number, variant in enumerate(variants):
            begin = len(rows)
            own = [each for each in self._near(variant.rows[0]) if each not in variant.omitted]
            asked += [(variant, row, begin + own.index(row)) for row in variant.rows]
            for name, value in variant.change.items():
                changes[name] += [(begin + own.index(row), value) for row in variant.changed]
            for rule in variant.without:
                left_out[rule] += range(begin, begin + len(own))
            rows += own
            persons += [f"{number}{_MARK}"] * len(own)
        lines = self._lines[rows].with_columns(
            pl.Series("person_id", persons) + pl.col("person_id")
        )
        for name, places in sorted(changes.items()):
            column = lines[name].clone()
            values = pl.Series([value for _, value in places], dtype=column.dtype)
            lines = lines.with_columns(column.scatter([at for at, _ in places], values))
        without = {rule: among(len(rows), pl.Series(at)) for rule, at in left_out.items()}
        history = history_of_others(
            self._history, self._lines["person_id"][rows], lines["person_id"]
        )
        priced = self._setup.price(lines, history=history, trail=False, without=without).lines
        amounts = priced["allowed_amount"].gather([at for *_, at in asked]).to_list()
        return [
            (variant, row, amount)
            for (variant, row, _), amount in zip(asked, amounts, strict=True)
            if amount is not None
        ]

    def _near(self, row: int) -> list[int]:
        known = self._known[row]
        rows = self._rows_of[known.person]
        if len(rows) > MOST_LINES:
            rows = [each for each in rows if self._known[each].date == known.date]
        return rows

    def _without(self, rule: str, rows: list[int]) -> dict[int, int]:
        """Price some lines' persons by their payers without a rule of fees."""

        def less(payer: Payer) -> Payer:
            return replace(payer, rules=tuple(e for e in payer.rules if e.name != rule))

        return self._again(rows, self._setup.with_payers(less))

    def _at_rates(self, changed: Callable[[Rule], Rule]) -> Setup:
        """Give the setup with other rates of contracts: each rule is given `changed`."""

        def otherwise(payer: Payer) -> Payer:
            return replace(payer, rules=tuple(map(changed, payer.rules)))

        return self._setup.with_payers(otherwise)

    def _again(self, rows: list[int], setup: Setup) -> dict[int, int]:
        near = sorted({each for row in rows for each in self._near(row)})
        again = setup.price(self._lines[near], history=self._history, trail=False).lines
        amounts = again["allowed_amount"].to_list()
        priced = dict(zip(near, amounts, strict=True))
        return {row: priced[row] for row in rows if priced[row] is not None}


def _at_earlier_rate(rule: Rule) -> Rule:
    """Give a contract's rate with each dated share as it was before; other rules as they are."""
    if rule.name != contract_rate.name:
        return rule
    overall = rule.terms.get("overall")
    ranges = rule.terms.get("by_code", ())
    rates = {**rule.defaults, **rule.terms}["rates"]
    terms = {
        "overall": None if overall is None else _earlier(overall),
        "by_code": tuple((first, last, _earlier(dated)) for first, last, dated in ranges),
        "rates": replace(
            rates,
            each=tuple(
                each if each.value is None else replace(each, value=_earlier(each.value))
                for each in rates.each
            ),
        ),
    }
    return replace(rule, terms={**rule.terms, **terms})


def _at_overall_rate(rule: Rule) -> Rule:
    """Give a contract's rate without what is agreed for some codes (a carve-out).

    Decision: what is agreed for all codes is tried where it is; without that a payer that missed
    the codes' own rate pays what the contract is a share of, which is tried anyway.
    """
    if rule.name != contract_rate.name or rule.terms.get("overall") is None:
        return rule
    rates = {**rule.defaults, **rule.terms}["rates"]
    # Its floor and ceiling stand for all codes.
    return replace(rule, terms={**rule.terms, "by_code": (), "rates": replace(rates, each=())})


#: Rates of a contract that a payer may take in place of the one that is due.
_OTHER_RATES = {"earlier rate": _at_earlier_rate, "rate for other codes": _at_overall_rate}


def _earlier(dated: Dated) -> Dated:
    """Give, from each later day of a dated value, the value before; itself where it has but one."""
    pairs = zip(dated.values, dated.values[1:], strict=False)
    values = {day.isoformat(): str(value) for (_, value), (day, _) in pairs}
    return Dated(values, cites=dated.cites, within=dated.within) if values else dated


def _text(value: object) -> str | None:
    return None if value is None else str(value)
