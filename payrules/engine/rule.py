"""What a rule is: a function of its terms that decides, with its citation and its day.

kind        "edit" decides whether a line is paid, "amount" how much is allowed, "payment" who
pays it
reads       the columns of a line that it looks at (`payrules.engine.adjustment` says where)
needs       the table of edits without which it does not run
reads_on    further columns that it reads on some value of a term
every_schedule  whether it sees the lines that another schedule than physicians' pays as well:
            drugs, vaccines, laboratory tests; the others are about physicians' services
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal, get_args

import polars as pl

from payrules.dated import PROCESSED, ByDay, Dated, day_of, on_any_day, processed_days
from payrules.engine.adjustment import (
    BUNDLED,
    BY_REPORT,
    DENIED,
    NOT_ANESTHESIA,
    NOT_ON_SCHEDULE,
    PRICED,
    STATE,
    STATUSES,
    Adjustment,
    Facts,
    Hints,
    Note,
    Outcome,
    bundle,
    cap,
    denied_by_a_stand_in,
    deny,
    deny_noncovered,
    each_condition,
    in_order,
    keep,
    leave_off,
    note,
    part_left,
    pay,
    pay_units,
    refer,
    scale,
    so_far,
    text,
)
from payrules.engine.readable import SETTLED
from payrules.engine.soundness import READABLE, empty_tables, faults
from payrules.engine.tables import TABLES, Tables
from payrules.errors import RuleError
from payrules.frozen import frozen
from payrules.money import dollars
from payrules.nearest import perhaps

Kind = Literal["edit", "amount", "payment"]

_MEDICARES = "payrules.rules."
#: The term by which Medicare's rules know a payer's shares that stand in their place.
HANDED_ON = "own_shares"
#: Terms that no file says of a rule: what the payer says elsewhere is handed on to it by these.
NOT_SAID = (HANDED_ON, "own_prices")


@frozen
class Rule:
    """A payment rule on its terms: what a payer's order lists."""

    name: str
    kind: Kind
    title: str
    cites: str
    effective: date
    reads: tuple[str, ...]
    decide: Callable[..., Adjustment]
    defaults: Mapping[str, Any]
    needs: str | None = None  # the table of edits without which it does not run
    every_schedule: bool = False  # whether it sees drugs and laboratory tests as well
    terms: Mapping[str, Any] = field(default_factory=dict)
    reads_on: Mapping[str, Mapping[Any, Sequence[str]]] = field(default_factory=dict)
    in_force: ByDay | None = None  # by day of service; None: always, from `effective` on
    pages: tuple[tuple[date, str], ...] = ()  # its citation by day of service, where that changes
    before: date | None = None  # of a version: the first day that is another's
    # Of each term that a payer says, its citation by day of service ("" before it begins); and what
    # is cited of the others.
    term_pages: Mapping[str, tuple[tuple[date, str], ...]] = field(default_factory=dict)
    law: str = ""

    def __post_init__(self) -> None:
        """Refuse a rule that is written wrongly, as far as that shows before any batch.

        What Medicare's own rules decide is held to that by their tests: at each start it would take
        a tenth of a short command. On other terms they are looked at as every rule is.
        """
        found = [*self._faults()]
        if not found and (self.terms or not self.decide.__module__.startswith(_MEDICARES)):
            tables = empty_tables([self.needs] if self.needs else [])
            found += faults(self.adjustment(), kind=self.kind, reads=self.reads, tables=tables)
        if found:
            raise RuleError(*(f"Rule {self.name} {each}." for each in dict.fromkeys(found)))

    def _faults(self) -> Iterator[str]:
        """Give what is wrong with what a rule says of itself."""
        if self.kind not in get_args(Kind):
            kinds = ", ".join(get_args(Kind))
            yield f"is of kind {self.kind!r}, and there are {kinds}{perhaps(self.kind, kinds)}"
        if not isinstance(self.cites, str) or not self.cites.strip():
            yield "needs a citation: the law or manual, with its section"
        if not self.title:
            yield "needs a first sentence that says what it does"
        if self.needs is not None and self.needs not in TABLES:
            yield f"needs a table {self.needs!r}; the tables are {', '.join(TABLES)}"
        for name in self.reads:
            if name in SETTLED and self.kind != "payment":
                yield f"reads {name!r}, which is settled when it is decided who pays: kind payment"
            if name not in READABLE:
                yield f"reads {name!r}, and no line has such a column{perhaps(name, READABLE)}"

    def __getstate__(self) -> dict[str, Any]:
        """Travel to another process without the decision, which is made again there."""
        made = {"_decision", "versions", "processed_days", "asked"}
        return {name: value for name, value in vars(self).items() if name not in made}

    @cached_property
    def _decision(self) -> Adjustment:
        return self.decide(**{**self.defaults, **_on_day(self.terms, date.max)})

    @property
    def has_days(self) -> bool:
        """Whether it is one thing on some days and another, or off, on others."""
        return self.in_force is not None or any(
            isinstance(each, ByDay) for each in self.terms.values()
        )

    @cached_property
    def versions(self) -> "tuple[Rule, ...]":
        """The rule as it is on each of its days: itself, unless a word or a switch has days.

        They are applied one after another, each to the lines of its own days.
        """
        if not self.has_days:
            return (self,)
        by_day = [each for each in (*self.terms.values(), self.in_force) if isinstance(each, ByDay)]
        days = {self.effective, *(first for each in by_day for first, _ in each.values)}
        days = {day for day in days if day >= self.effective}
        spans = pairwise((*sorted(days), None))
        return tuple(
            replace(
                self,
                effective=first,
                before=last,
                terms=_on_day(self.terms, first),
                in_force=None,
            )
            for first, last in spans
            if first is not None and (self.in_force is None or self.in_force.at(first))
        )

    def columns(self) -> list[str]:
        """Name the columns that its pool has, beside what facts add."""
        by_day = ("service_date",) if self.pages or self.processed_days else ()
        return list(dict.fromkeys(("row", "status", "amount", *by_day, *self.reads)))

    @cached_property
    def processed_days(self) -> tuple[date, ...]:
        """The first days, among its terms', that go by the day on which a claim is processed.

        Shares that are handed on to it are another rule's.
        """
        own = (each for name, each in self.terms.items() if name not in NOT_SAID)
        return tuple(sorted({day for each in own for day in processed_days(each)}))

    def cited_on(self) -> pl.Expr:
        """Give its citation on a line's day, as text; reads `service_date` where it changes."""
        return self._by_day(self.pages) if self.pages else pl.lit(self.cites)

    def _by_day(self, pages: Sequence[tuple[date, str]]) -> pl.Expr:
        """Give a citation on a line's day; before the first day the first."""
        (_, first_page), *later = pages
        source = pl.lit(first_page)
        for first, page in later:
            begun = day_of(processed=first in self.processed_days) >= first
            source = pl.when(begun).then(pl.lit(page)).otherwise(source)
        return source

    def cited_of(self, terms: Sequence[str]) -> pl.Expr:
        """Give the citation of some terms on a line's day: their pages, or the law's.

        Of an entry (`shares.podiatrist`) it is its own page, or that of all of them.
        """
        found = [
            self.term_pages[place]
            for term in terms
            if (place := term if term in self.term_pages else term.partition(".")[0])
            in self.term_pages
        ]
        if not found:
            return pl.lit(self.law)
        of_day = [self._by_day(each) for each in found]
        said = pl.concat_list([pl.when(each != "").then(each) for each in of_day])
        joined = said.list.drop_nulls().list.unique(maintain_order=True).list.join("; ")
        return pl.when(joined == "").then(pl.lit(self.law)).otherwise(joined)

    @cached_property
    def asked(self) -> dict[Any, Any]:
        """What its conditions ask, by what there is to read: kept from one batch to the next."""
        return {}

    def adjustment(self) -> Adjustment:
        """Give its decision, on its terms."""
        return self._decision

    def on_terms(self, *, cites: str, **terms: Any) -> "Rule":
        """Give the same rule on a payer's own terms, with the contract as its citation."""
        unknown = sorted(set(terms) - set(self.defaults))
        if unknown:
            known = ", ".join(self.defaults) or "none"
            raise RuleError(f"Rule {self.name} has no term {unknown[0]!r}; its terms are: {known}.")
        for term, value in terms.items():
            _must_be_within_reason(f"{self.name}, {term}", value, self.defaults[term])
        # A term may bring along the columns it reads, so that no payer without it has them.
        brought = [
            column
            for term, value in terms.items()
            for each in on_any_day(value)
            for column in (
                self.reads_on[term].get(each, ())
                if term in self.reads_on
                else getattr(each, "reads", ())
            )
        ]
        if any(True for value in terms.values() for _ in processed_days(value)):
            brought.append(PROCESSED)
        reads = tuple(dict.fromkeys((*self.reads, *brought)))
        return replace(
            self,
            cites=cites,
            pages=(),
            term_pages={},
            reads=reads,
            terms={**self.terms, **terms},
        )


def _on_day(terms: Mapping[str, Any], day: date) -> dict[str, Any]:
    """Give terms as they are on a day; numbers by date look at each line's day themselves."""
    return {name: each.at(day) if isinstance(each, ByDay) else each for name, each in terms.items()}


def must_be_in_order(rules: Sequence[Rule]) -> None:
    """Refuse two rules of one name, and one that decides what is paid after one on who pays it.

    Of the first no report could say which was meant; the second would change an amount that was
    settled. Raises RuleError.
    """
    seen = set[str]()
    payment = ""
    for each in rules:
        if each.name in seen:
            raise RuleError(f"Two rules are named {each.name}: give one of them another name.")
        seen.add(each.name)
        if each.kind == "payment":
            payment = payment or each.name
        elif payment:
            raise RuleError(
                f"Rule {each.name} ({each.kind}) stands after {payment} (payment), when the allowed"
                " amount is settled: put it before the payment rules."
            )


def looks_alike(one: Rule, other: Rule) -> bool:
    """Say whether two rules look at the same lines, whatever they make of them."""
    if one.has_days or other.has_days:
        return len(one.versions) == len(other.versions) and all(
            (was.effective, was.before) == (now.effective, now.before) and looks_alike(was, now)
            for was, now in zip(one.versions, other.versions, strict=True)
        )
    ours, theirs = one.adjustment(), other.adjustment()
    return (
        (one.effective, one.needs, one.every_schedule, ours.pool, tuple(ours.standing))
        == (other.effective, other.needs, other.every_schedule, theirs.pool, tuple(theirs.standing))
        and ours.hints.alike == theirs.hints.alike
        and _alike(ours.among, theirs.among)
        and _alike(ours.hints.triggers, theirs.hints.triggers)
        and _alike(ours.hints.crowded, theirs.hints.crowded)
        and _alike(ours.marks, theirs.marks)
    )


def _alike(ours: Any, theirs: Any) -> bool:
    """Say whether conditions are the same: expression by expression, a function only as itself."""
    if isinstance(ours, pl.Expr) and isinstance(theirs, pl.Expr):
        return ours.meta.eq(theirs)
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return list(ours) == list(theirs) and all(_alike(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, Sequence) and isinstance(theirs, Sequence):
        return len(ours) == len(theirs) and all(map(_alike, ours, theirs))
    # An expression is equal to nothing, and says so by making another.
    return ours is theirs


def _must_be_within_reason(place: str, value: Any, default: Any) -> None:
    """Refuse a term beyond what the rule's own says is within reason: a share beyond one."""
    if isinstance(value, Mapping) and isinstance(default, Mapping):
        usual = next(iter(default.values()), None)
        for key, each in value.items():
            _must_be_within_reason(f"{place}.{key}", each, default.get(key, usual))
    elif isinstance(value, Dated) and isinstance(default, Dated):
        for _, number in value.values:
            if number > default.within.most:
                within = default.within
                raise RuleError(
                    f"Rule {place}: cannot be {number}; {within.means}; the range is from "
                    f"{within.bounds}."
                )


def rule(
    *,
    cites: str,
    effective: str,
    reads: Sequence[str],
    kind: Kind = "amount",
    needs: str | None = None,
    every_schedule: bool = False,
    reads_on: Mapping[str, Mapping[Any, Sequence[str]]] | None = None,
) -> Callable[[Callable[..., Adjustment]], Rule]:
    """Make a rule of a function; its name, first sentence and default terms become the rule's."""

    def decorate(decide: Callable[..., Adjustment]) -> Rule:
        defaults = dict(decide.__kwdefaults__ or {})
        try:
            first_day = date.fromisoformat(effective)
        except (TypeError, ValueError):
            raise RuleError(
                f"Rule {decide.__name__} is effective from {effective!r}, which is no day such as"
                " '2025-01-01'."
            ) from None
        return Rule(
            name=decide.__name__,
            kind=kind,
            title=next(iter((decide.__doc__ or "").strip().splitlines()), ""),
            cites=cites,
            effective=first_day,
            reads=(reads,) if isinstance(reads, str) else tuple(reads),
            decide=decide,
            defaults=defaults,
            needs=needs,
            every_schedule=every_schedule,
            reads_on=reads_on or {},
        )

    return decorate


__all__ = [
    "BUNDLED",
    "BY_REPORT",
    "DENIED",
    "NOT_ANESTHESIA",
    "NOT_ON_SCHEDULE",
    "PRICED",
    "STATE",
    "STATUSES",
    "Adjustment",
    "Dated",
    "Facts",
    "Hints",
    "Note",
    "Outcome",
    "Rule",
    "Tables",
    "bundle",
    "cap",
    "denied_by_a_stand_in",
    "deny",
    "deny_noncovered",
    "dollars",
    "each_condition",
    "in_order",
    "keep",
    "leave_off",
    "looks_alike",
    "must_be_in_order",
    "note",
    "part_left",
    "pay",
    "pay_units",
    "refer",
    "rule",
    "scale",
    "so_far",
    "text",
]
