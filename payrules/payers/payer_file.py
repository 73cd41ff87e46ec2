"""Reads a payer file: a contract written as TOML becomes an ordered tuple of rules.

A payer is Medicare's order of rules on the terms of its kind of plan, then of the files that its
file begins from, then its own, so that a file holds only what differs.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from payrules.coverage.policy import NO_POLICIES, Applied, Policies
from payrules.coverage.policy_file import must_be_verified, read_policies
from payrules.dated import ByDay, on_any_day
from payrules.engine.rate_limits import ScheduleAmounts
from payrules.engine.rule import Rule
from payrules.errors import CoverageError, PayerError, PayrulesError
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.files.toml import is_file
from payrules.money import WHOLE
from payrules.nearest import perhaps
from payrules.payers.citations import (
    Layer,
    cite_entries,
    cited,
    first_days,
    sayings_of,
    taken_over_edits,
)
from payrules.payers.cost_sharing import read_cost_sharing
from payrules.payers.dollar_schedule import read_dollar_schedule
from payrules.payers.hidden_rates import never_asked
from payrules.payers.inheritance import PayerFile, chain, hashes, preset_file, presets
from payrules.payers.payer import MEDICARE, Payer, Saying, contradiction, is_payer_file
from payrules.payers.plan import on_plan, plans, rules_given_terms, taken_over
from payrules.payers.sources import SETTINGS, as_medicare, by_term, days_as_medicare
from payrules.payers.terms import changed_rules, rule_is_off, terms_of_rules_off
from payrules.payers.without_effect import must_act
from payrules.rules.coinsurance import coinsurance
from payrules.rules.contract_rate import contract_rate
from payrules.rules.deductible import deductible
from payrules.rules.preventive import preventive
from payrules.schedules.cost_sharing import SharedCost
from payrules.within_reason import shown

#: How the contract begins of a preset that is an example, and no agreement.
_EXAMPLE = "Example: "
#: A release of CMS's is named by its year: 2024, 2024D, 2024-corrected.
_OF_YEAR = re.compile(r"(19|20)[0-9]{2}([^0-9]|$)")
#: Settings beside terms, each with a page of its own.
_CITED_SETTINGS = ("cost_sharing", "base_release", "fee_schedule", "remittance", "timely_filing")
_NO_QUARTER = re.compile(r"[0-9]{4}[E-Z]", re.I)


def read_payer(name_or_path: str | Path) -> Payer:
    """Give the payer that a file says, or a preset by its name.

    Raises PayerError: the file, the place in it, what is wrong and what to write.
    """
    path = Path(name_or_path)
    if is_payer_file(path):
        return _payer(chain(path))
    name = str(name_or_path)
    if preset := preset_file(name):
        payer = _payer(chain(preset))
        return replace(payer, is_example=payer.contract.startswith(_EXAMPLE))
    known = [MEDICARE.name, *presets()]
    raise PayerError(
        f"There is no payer '{shown(name)}'{perhaps(name, known)}. Give a payer file that ends in"
        f" .toml, or one of {', '.join(known)}."
    )


def _payer(files: Sequence[PayerFile]) -> Payer:
    """Make the payer that a checked file says, after the files that it begins from."""
    last = files[-1]
    plan = next((plans()[each.said.plan] for each in reversed(files) if each.said.plan), None)
    given_terms = set[str]().union(*(rules_given_terms(each.said) for each in files))
    rules, said = MEDICARE.rules, dict[str, Saying]()
    if plan is not None:
        rules, said = on_plan(rules, plan, given_terms)
    own = dict[str, Saying]()
    lists = dict[str, list[str]]()
    layers: list[Layer] = [(dict(said), {})]
    dollars: DollarSchedule | None = None
    further: dict[str, str] = {}
    notes: tuple[str, ...] = ()
    hidden = list[str]()
    policies = NO_POLICIES
    for number, file in enumerate(files):
        contract, before = file.said.contract.strip(), dict(own)
        base = files[number - 1].said.name.strip() if number else MEDICARE.name
        for name in on_any_day(file.said.base_release):
            if fault := _no_release(name):
                raise file.refuse(
                    "base_release", f'{fault}; name a release, such as "2024D", or a year, "2024"'
                )
        for name in terms_of_rules_off(rules, file.said):
            raise file.refuse(f"terms.{name}", rule_is_off(base))
        cites = by_term(file.said.source)
        cite_entries(file.said, cites)
        beside = SchedulesBeside(file.path.parent, file.refuse)
        changed = changed_rules(
            rules, file.said, contract, file.refuse, lists=lists, schedule=beside.read
        )
        lists |= file.said.codes
        must_act(file.said, file.written, rules, changed, file.refuse)
        hidden += never_asked(rules, changed)
        rules = changed
        own |= dict(sayings_of(file.said, cites=contract, file=file.path.name, sources=cites))
        rules, shared, told = _cost_sharing(rules, file, contract)
        if file.said.coverage is not None:
            policies = _policies(file)
        for setting in _CITED_SETTINGS:
            if (section := getattr(file.said, setting)) is not None:
                source = _cites_of(setting, section, file) or cites.get(setting, contract)
                own[SETTINGS[setting]] = Saying(source, file.path.name)
        theirs, read = _dollars(file, own)
        further |= {**shared, **read, **beside.files}
        notes += (*told, *beside.notes, *(theirs.notes if theirs else ()))
        dollars = theirs or dollars
        frozen = any(each.said.base_release is not None for each in files[: number + 1])
        if frozen and dollars is not None and dollars.own_indicators:
            raise file.refuse(
                "base_release" if file.said.base_release is not None else "fee_schedule",
                f"{dollars.name} with its own indicators uses no release, so none can be frozen;"
                ' write indicators = "release", or remove base_release',
            )
        if found := contradiction(rules, dollars):
            raise file.refuse(found.written_at(file.said), found.fault)
        own |= dict(as_medicare(file.said.source, rules, own, file.path.name, file.refuse))
        theirs_alone = {place: each for place, each in own.items() if before.get(place) is not each}
        layers.append((theirs_alone, first_days(file.said) | days_as_medicare(file.said.source)))
    said |= own
    has_rate = dollars is not None or any(each.name == contract_rate.name for each in rules)
    left_open = {} if plan is None else plan.open
    return Payer(
        name=last.said.name.strip(),
        contract=last.said.contract.strip(),
        rules=taken_over_edits(cited(rules, said, layers), said, plan),
        dollars=dollars,
        files={
            **hashes(files),
            **further,
            **{each.policy.file: each.policy.sha256 for each in policies.each},
        },
        policies=policies,
        base_release=_base_release([each.said.base_release for each in files]),
        appeal_days=next(
            (each.said.remittance.appeal_days for each in reversed(files) if each.said.remittance),
            None,
        ),
        filing_days=next(
            (each.said.timely_filing.days for each in reversed(files) if each.said.timely_filing),
            None,
        ),
        plan=None if plan is None else plan.name,
        said=said,
        taken_over=tuple(taken_over(rules, own)) if has_rate and plan is None else (),
        sources=tuple(source for each in files for source in each.said.source),
        left_open={
            rule: open_
            for rule, open_ in left_open.items()
            if not any(place.startswith(f"{rule}.") for place in own)
        },
        hidden_rates=tuple(hidden),
        notes=notes,
    )


def _policies(file: PayerFile) -> Policies:
    """Read the coverage policies that a file names; those that deny must be verified."""
    said = file.said.coverage
    paths = [file.path.parent / name for name in said.policies]
    for name, path in zip(said.policies, paths, strict=True):
        if not is_file(path):
            raise file.refuse("coverage.policies", _not_there(name))
    try:
        found = read_policies(paths)
        if said.mode == "enforce":
            must_be_verified(found)
    except CoverageError as fault:
        raise PayerError(*(f"{file.path.name}, coverage: {each}" for each in fault.args)) from None
    return Policies(tuple(Applied(each, said.mode == "enforce") for each in found))


def _base_release(said: Sequence[str | ByDay | None]) -> str | ByDay | None:
    """Give the release that the last of several files freezes; before its days, that of the base.

    None where none does: then the release in force serves each day.
    """
    found: str | ByDay | None = None
    for each in said:
        if isinstance(each, ByDay):
            found = each.after(found, date.min)
        elif each is not None:
            found = each
    return found


def _no_release(name: str | None) -> str | None:
    """Say why a name can be none of a release; None where it may be one."""
    if name is None:
        return None
    if not name.strip():
        return "is blank"
    if name.strip()[0].isdigit() and not _OF_YEAR.match(name.strip()):
        return f"'{shown(name)}' begins with no year"
    if _NO_QUARTER.match(name.strip()):
        return f"'{shown(name)}' names no quarter, which CMS letters A to D"
    return None


def _cost_sharing(
    rules: tuple[Rule, ...], file: PayerFile, contract: str
) -> tuple[tuple[Rule, ...], Mapping[str, str], tuple[str, ...]]:
    """Put the rule on preventive services on the table that a file names, or on its entries."""
    said = file.said.cost_sharing
    if said is None:
        return rules, {}, ()
    rule = next((each for each in rules if each.name == preventive.name), None)
    if rule is None:
        raise file.refuse(
            "cost_sharing", f"the rule {preventive.name} is off; remove one of the two"
        )
    base = {**rule.defaults, **rule.terms}["services"]
    read = read_cost_sharing(said, base, file.path.parent, contract, file.refuse)
    theirs = frozenset(base.rows)
    _must_act([row for row in read.table.rows if row not in theirs], rules, file)
    changed = rule.on_terms(cites=contract, services=read.table)
    rules = tuple(changed if each is rule else each for each in rules)
    return rules, read.files, read.notes


def _must_act(own: Sequence[SharedCost], rules: tuple[Rule, ...], file: PayerFile) -> None:
    """Refuse an entry that changes nothing: a share that no rule takes, or that is not the least.

    The smaller of an entry's share and every service's counts, and there is none to be smaller than
    where the plan takes no coinsurance.
    """
    there = {each.name: each for each in rules}
    rule, deducted = there.get(coinsurance.name), deductible.name in there
    most = None
    if rule is not None:
        most = max(value for _, value in {**rule.defaults, **rule.terms}["patient"].values)
    for row in own:
        code = row.first if row.first == row.last else f"{row.first}-{row.last}"
        if most is None:
            if row.share == 0 and row.deductible_waived and deducted:
                continue  # it waives the deductible
            raise file.refuse(
                "cost_sharing",
                f"the patient's share of {code}, {row.share / 100:g} percent, is never taken,"
                " because coinsurance is off for this payer; write that of every service,"
                " [terms.coinsurance] with on = true and patient = 0.20, or remove it",
            )
        if row.share > most * WHOLE:
            raise file.refuse(
                "cost_sharing",
                f"the patient's share of {code}, {row.share / 100:g} percent, is more than the"
                f" {float(most * 100):g} of every service, and the smaller counts; raise it with"
                " [terms.coinsurance] patient",
            )


class SchedulesBeside:
    """Reads the schedules in dollars that limits of a file name, each once."""

    def __init__(self, folder: Path, refuse: Callable[[str, str], PayrulesError]) -> None:
        self._folder = folder
        self._refuse = refuse
        self._read = dict[str, ScheduleAmounts]()
        #: The hash of each by its name, and what of it was read although it is hidden.
        self.files = dict[str, str]()
        self.notes: tuple[str, ...] = ()

    def read(self, name: str, place: str) -> ScheduleAmounts:
        """Give what a file in the folder pays; raises what `refuse` makes where there is none."""
        if name not in self._read:
            path = self._folder / name
            if not is_file(path):
                raise self._refuse(place, _not_there(path.name))
            dollars = read_dollar_schedule(path, own_indicators=True, cites="")
            self.files[dollars.name] = dollars.sha256
            self.notes += dollars.notes
            columns = ("effective_from", "effective_to", "facility_amount", "nonfacility_amount")
            rows = dollars.rows.select("hcpcs_code", "modifier", *columns).sort(pl.all())
            self._read[name] = ScheduleAmounts(dollars.name, tuple(rows.rows()))
        return self._read[name]


def _not_there(name: str) -> str:
    return (
        f"there is no file '{shown(name)}' next to it; paths are relative to the folder of the file"
        " that names it"
    )


def _cites_of(setting: str, section: Any, file: PayerFile) -> str | None:
    """Give the page that a section of a file cites itself; None where it cites none."""
    cites: str | None = getattr(section, "cites", None)
    if cites is not None and not cites.strip():
        raise file.refuse(f"{setting}.cites", "is blank; name the page, or remove it")
    return cites


def _dollars(
    file: PayerFile, pages: Mapping[str, Saying]
) -> tuple[DollarSchedule | None, Mapping[str, str]]:
    """Read the schedule in dollars a file names, with its page."""
    said: Any = file.said
    chosen = {said.indicators, said.fee_schedule and said.fee_schedule.indicators} - {None}
    if said.fee_schedule is None:
        if chosen:
            raise file.refuse(
                "indicators",
                "sets the source of a fee schedule's indicators, but there is no "
                "[fee_schedule]; add one, or remove this",
            )
        return None, {}
    if len(chosen) > 1:
        raise file.refuse("indicators", "is in the file twice with different values; remove one")
    path = file.path.parent / said.fee_schedule.file
    if not is_file(path):
        raise file.refuse("fee_schedule.file", _not_there(said.fee_schedule.file))
    cites = pages[SETTINGS["fee_schedule"]].cites
    dollars = read_dollar_schedule(path, own_indicators=chosen == {"own"}, cites=cites)
    return dollars, {dollars.name: dollars.sha256}
