"""Reads a payer file: a contract written as TOML becomes an ordered tuple of rules.

A payer is Medicare's order of rules with its own terms, so that a file holds only what differs.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import (
    Any,
)

from pydantic import (
    ValidationError,
)

from payrules.engine.rule import Rule
from payrules.errors import PayerError
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.files.toml import is_file, read_toml
from payrules.nearest import perhaps
from payrules.payers.cost_sharing import read_cost_sharing
from payrules.payers.dollar_schedule import read_dollar_schedule
from payrules.payers.faults import first_fault, name_fault
from payrules.payers.form import form
from payrules.payers.payer import MEDICARE, Payer, contradiction
from payrules.payers.terms import changed_rules, rule_is_off, terms_of_rules_off
from payrules.rules.preventive import preventive
from payrules.within_reason import shown

_PRESETS = Path(__file__).parent / "presets"


def presets() -> list[str]:
    """Give the names of the payers that ship with payrules, as examples with a printed source."""
    return sorted(preset.stem for preset in _PRESETS.glob("*.toml"))


def load_payer(name_or_path: str | Path) -> Payer:
    """Give a payer: `medicare`, a preset by its name, or a payer file.

    Raises PayerError: the file, the place in it, what is wrong and what to write.
    """
    name = str(name_or_path)
    path = Path(name_or_path)
    if path.suffix.lower() == ".toml" or is_file(path):
        return _read(path)
    if payer := _named(name):
        return payer
    known = [MEDICARE.name, *presets()]
    raise PayerError(
        f"There is no payer '{shown(name)}'{perhaps(name, known)}. Give a payer file that ends in"
        f" .toml, or one of {', '.join(known)}."
    )


def _named(name: str) -> Payer | None:
    """Give Medicare or a preset by its name; None where it is neither's."""
    if name.lower() == MEDICARE.name:
        return MEDICARE
    for preset in presets():
        if preset == name.lower():
            return _read(_PRESETS / f"{preset}.toml")
    return None


def _base(name: str, refuse: Callable[[str, str], PayerError]) -> Payer:
    """Give the payer that a file begins from."""
    if payer := _named(name):
        return payer
    known = [MEDICARE.name, *presets()]
    if name.lower().endswith(".toml") or set(name) & {"/", "\\"}:
        raise refuse(
            "base",
            f"'{shown(name)}' is a file, but a base must be a built-in payer: write one of "
            f"{', '.join(known)}, and copy your own file's terms into this one",
        )
    raise refuse(
        "base",
        f"there is no payer '{shown(name)}'{perhaps(name, known)}. Write one of {', '.join(known)}",
    )


def _read(path: Path) -> Payer:
    file = read_toml(path, "payer file", PayerError)
    model = form()
    try:
        said = model.model_validate(file.written)
    except ValidationError as error:
        raise PayerError(first_fault(file.name, file.written, error, model, file.text)) from None
    return _payer(said, path, sha256(file.content).hexdigest())


def _payer(said: Any, path: Path, digest: str) -> Payer:
    """Make the payer a checked file says."""

    def refuse(place: str, fault: str) -> PayerError:
        return PayerError(f"{path.name}, {place}: {fault}.")

    for place in ("name", "contract"):
        if not getattr(said, place).strip():
            raise refuse(place, "is blank; every step of a price cites it, so fill it in")
    fault = name_fault(said.name)
    if fault:
        raise refuse("name", fault)
    base = _base(said.base, refuse)
    for name in terms_of_rules_off(base.rules, said):
        raise refuse(f"terms.{name}", rule_is_off(base.name))
    rules = changed_rules(base.rules, said, said.contract, refuse)
    rules, shared = _cost_sharing(rules, said, path, refuse)
    dollars, files = _dollars(said, path, refuse)
    if found := contradiction(rules, dollars):
        raise refuse(found.written_at(said), found.fault)
    return Payer(
        name=said.name.strip(),
        contract=said.contract.strip(),
        rules=rules,
        dollars=dollars,
        files={path.name: digest, **shared, **files},
        appeal_days=said.remittance and said.remittance.appeal_days,
    )


def _cost_sharing(
    rules: tuple[Rule, ...], said: Any, path: Path, refuse: Any
) -> tuple[tuple[Rule, ...], Mapping[str, str]]:
    """Put the rule on preventive services on the table that a file names, or on its entries."""
    if said.cost_sharing is None:
        return rules, {}
    rule = next((each for each in rules if each.name == preventive.name), None)
    if rule is None:
        raise refuse("cost_sharing", f"the rule {preventive.name} is off; remove one of the two")
    contract = said.contract.strip()
    base = {**rule.defaults, **rule.terms}["services"]
    table, files = read_cost_sharing(said.cost_sharing, base, path.parent, contract, refuse)
    changed = rule.on_terms(cites=contract, services=table)
    return tuple(changed if each is rule else each for each in rules), files


def _dollars(said: Any, path: Path, refuse: Any) -> tuple[DollarSchedule | None, Mapping[str, str]]:
    """Read the schedule in dollars a file names."""
    chosen = {said.indicators, said.fee_schedule and said.fee_schedule.indicators} - {None}
    if said.fee_schedule is None:
        if chosen:
            raise refuse(
                "indicators",
                "sets the source of a fee schedule's indicators, but there is no "
                "[fee_schedule]; add one, or remove this",
            )
        return None, {}
    if len(chosen) > 1:
        raise refuse("indicators", "is in the file twice with different values; remove one")
    file = path.parent / said.fee_schedule.file
    if not is_file(file):
        raise refuse(
            "fee_schedule.file",
            f"there is no file '{said.fee_schedule.file}' next to it; paths are relative to the "
            "payer file's folder",
        )
    dollars = read_dollar_schedule(
        file, own_indicators=chosen == {"own"}, cites=said.contract.strip()
    )
    return dollars, {dollars.name: dollars.sha256}
