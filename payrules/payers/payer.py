"""Payer: who pays, by which rules in which order, and from whose fee schedule."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from payrules.counted import counted
from payrules.coverage.policy import NO_POLICIES, Policies
from payrules.dated import ByDay, on_any_day
from payrules.engine.rate_list import Rates
from payrules.engine.rule import Rule, must_be_in_order
from payrules.errors import PayerError
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.files.toml import is_file
from payrules.frozen import frozen
from payrules.payers.medicare import RULES
from payrules.rules.contract_rate import contract_rate


class Saying(NamedTuple):
    """What a payer's files say at a place: the citation of it, and the file's name."""

    cites: str
    file: str


@frozen
class Payer:
    """Who pays: the contract that is cited, the rules in their order, a schedule in dollars.

    `dollars` is None where fees come from relative values; `files` names the payer files and their
    fee schedule with the sha256 of each, for the run record; `appeal_days` are those from a payment
    in which its decision can be appealed, `filing_days` those from a service in which its claim may
    be filed; `base_release` the release of Medicare's fee schedule on
    which its rates are frozen, by day of service where it moves (None: each day's own). `plan` is
    the kind of payer (`payrules.payers.plan`), None where no file says it; `said` tells of each
    place at which a file says something what it cites and which file; `taken_over` names Medicare's
    own payment rules that a payer with a rate has without saying so; `left_open` says what its kind
    of plan leaves to others, `hidden_rates` which rates of a base pay no line any more; `notes`
    what of its files was read although it is hidden; `sources` are those that its files name
    (`payrules.payers.sources.PrintedSource`); `policies` the payer's own coverage policies.
    """

    name: str
    contract: str
    rules: tuple[Rule, ...]
    dollars: DollarSchedule | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    appeal_days: int | None = None
    filing_days: int | None = None
    base_release: str | ByDay | None = None
    plan: str | None = None
    said: Mapping[str, Saying] = field(default_factory=dict)
    taken_over: tuple[str, ...] = ()
    left_open: Mapping[str, str] = field(default_factory=dict)
    hidden_rates: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[Any, ...] = ()
    policies: Policies = NO_POLICIES
    #: Whether it is an example that ships with payrules: nobody's agreement.
    is_example: bool = False

    def __post_init__(self) -> None:
        """Refuse rules in an order that would pay wrongly and say nothing (RuleError)."""
        must_be_in_order(self.rules)

    @property
    def base_release_cites(self) -> str | None:
        """The page that freezes its rates on a release; None where none does."""
        if self.base_release is None:
            return None
        said = self.said.get("fee_schedule_amount.base_release")
        return self.contract if said is None else said.cites

    @property
    def frozen_from(self) -> date:
        """The first day of service that its rates are frozen for."""
        if not isinstance(self.base_release, ByDay):
            return date.min
        return min(first for first, name in self.base_release.values if name is not None)

    @property
    def has_rate(self) -> bool:
        """Whether it pays by a percentage or by dollars of its own."""
        rated = any(rule.name == contract_rate.name for rule in self.rules)
        return rated or self.dollars is not None

    @property
    def is_limited_by_medicare(self) -> bool:
        """Whether a floor or ceiling of what it pays is a percentage of Medicare."""
        rule = next((each for each in self.rules if each.name == contract_rate.name), None)
        return rule is not None and _rates_of(rule).limited_by_medicare

    @property
    def asks_for_places(self) -> bool:
        """Whether the locality of a line moves what it pays: not where dollars alone decide."""
        return self.dollars is None or self.is_limited_by_medicare

    @property
    def leaves_codes_at_medicare_s(self) -> bool:
        """Whether each of its rates is of some lines only, so that the others are Medicare's."""
        rule = next((each for each in self.rules if each.name == contract_rate.name), None)
        if rule is None or self.dollars is not None:
            return False
        terms = {**rule.defaults, **rule.terms}
        rates, some = terms["rates"].each, bool(terms["by_code"])
        if terms["overall"] is not None or any(each.is_of_every_line for each in rates):
            return False
        return some or bool(rates)

    @property
    def rate_begins(self) -> date | None:
        """The day from which it has a rate for every line; None without such a rate."""
        rule = next((each for each in self.rules if each.name == contract_rate.name), None)
        if rule is None or self.dollars is not None:
            return None
        terms = {**rule.defaults, **rule.terms}
        every = [each.begins for each in terms["rates"].each if each.is_not_narrowed]
        if terms["overall"] is not None:
            every.append(terms["overall"].values[0][0])
        return min(every, default=None)

    def __repr__(self) -> str:
        return f"Payer({self.name!r}, {counted(len(self.rules), 'rule')})"


MEDICARE = Payer("medicare", "Social Security Act §1848; 42 CFR part 414", RULES, plan="medicare")
MEDICARE_RULES = {rule.name: rule for rule in MEDICARE.rules}


def by_name(payers: Iterable[tuple[str, Payer]]) -> dict[str, Payer]:
    """Give payers by the name that lines call them, in lower case.

    Raises PayerError where two payers have one name: nobody could say whose terms a line gets.
    """
    known: dict[str, Payer] = {}
    for name, payer in payers:
        if known.setdefault(name.strip().lower(), payer) is not payer:
            raise PayerError(
                f"Two of the payers are named '{name}', so a line that names it is ambiguous. Give"
                " each payer its own name."
            )
    return known


#: Medicare's redetermination is asked for within 120 days of receipt, which is presumed 5 days
#: after the date. [42 CFR 405.942]
MEDICARE_APPEAL_DAYS = 125

#: What procedures are ranked by that only a release knows.
BY_RVU = ("total_rvu", "facility_rvu")


class Contradiction(NamedTuple):
    """What no payer can be: where a form may say it, the likeliest first, and the fault."""

    places: Sequence[str]
    fault: str

    def written_at(self, said: Any) -> str:
        """Give the first place at which a checked form says something; else the last."""
        return next((each for each in self.places if _says(said, each)), self.places[-1])


def _says(said: Any, place: str) -> bool:
    for part in place.split("."):
        said = getattr(said, part, None)
    return said is not None and said != []


def _rates_of(rule: Rule) -> Rates:
    """Give the rates and limits of the rule that pays a contract's."""
    rates: Rates = {**rule.defaults, **rule.terms}["rates"]
    return rates


def _is_of_medicare(rate: Rule) -> bool:
    """Say whether a contract's rate pays a percentage of Medicare."""
    terms = {**rate.defaults, **rate.terms}
    return terms["overall"] is not None or bool(terms["by_code"]) or terms["rates"].of_medicare


def contradiction(rules: Iterable[Rule], dollars: DollarSchedule | None) -> Contradiction | None:
    """Say where a payer's rules and its fees contradict each other, by whatever way they met.

    Payer files and scenarios both ask this of the payer they come to, so that what a base, a
    payer's name or a schedule brings along is judged like what they write themselves.
    """
    by_name = {rule.name: rule for rule in rules}
    if dollars is None:
        return None
    rate = by_name.get(contract_rate.name)
    if rate and dollars.own_indicators and _rates_of(rate).limited_by_medicare:
        return Contradiction(
            ("not_under", "not_over", "rate", "fee_schedule", "payer", "base"),
            f"a limit of a percentage of Medicare needs the relative values of a release, and"
            f" {dollars.name} with its own indicators uses none; write indicators ="
            ' "release", or give the limit as percent_of_charge or amount',
        )
    if rate and _is_of_medicare(rate):
        return Contradiction(
            ("percent_of_medicare", "rate", "fee_schedule", "payer", "base"),
            f"a percentage of Medicare cannot be combined with a fee_schedule ({dollars.name}),"
            " whose dollars are the payer's own; remove one, or scale the dollars themselves",
        )
    ranking = by_name.get("multiple_procedure")
    words = on_any_day(ranking.terms.get("rank_by")) if ranking else ()
    rank_by = next((each for each in words if each in BY_RVU), None)
    if dollars.own_indicators and rank_by:
        return Contradiction(
            ("terms.multiple_procedure.rank_by", "fee_schedule", "payer", "base"),
            f"ranking by {rank_by} needs the RVUs of a release, and {dollars.name} with its own"
            ' indicators uses none; write indicators = "release", or rank by amount',
        )
    therapy = by_name.get("therapy")
    if dollars.own_indicators and therapy and True in on_any_day(therapy.terms.get("without_gpci")):
        return Contradiction(
            ("terms.therapy.without_gpci", "fee_schedule", "payer", "base"),
            f"a share of practice expense without GPCIs is told by the RVUs of a release, and"
            f" {dollars.name} with its own indicators uses none; write indicators ="
            ' "release", or remove the term',
        )
    return None


def is_payer_file(path: Path) -> bool:
    """Whether a user means a file, and not a name."""
    return path.suffix.lower() == ".toml" or is_file(path)
