"""A what-if the second way: the change made by hand in claims, release or payer file, then priced.

Written from the README and the specification. It shares no code with `payrules.scenarios`: the
claims are CSV rows, a payer is the tables of its TOML, a release is a changed copy of its tables
with a seal of its own; each world is written to a folder and priced by a plain `estimate`. What a
scenario says is the tables of its TOML, numbers as Decimal.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tests.scenarios.fees_by_hand import (
    ContradictionError,
    NotByHandError,
    Tables,
    as_dollars,
    dollars_by_hand,
    family,
    releases_by_hand,
    shipped,
    with_parts,
)

Row = dict[str, str]
FIVE = 5
#: What a blank cell says (README, "The claims file").
BLANK = {
    "practitioner_type": "physician",
    "service_unit_quantity": "1",
    "participating": "true",
    "assignment_accepted": "true",
    "qualifying_apm_participant": "false",
    "documentation_submitted": "false",
    "deductible_remaining": "0",
}
NUMBERS = ("service_unit_quantity", "charge_amount", "deductible_remaining", "claim_line_number")
NUMBERS += ("anesthesia_minutes",)
TRUTHS = ("participating", "assignment_accepted", "qualifying_apm_participant")


@dataclass(frozen=True)
class World:
    """Claims as CSV rows, payer files as tables (none: Medicare), releases by name, `--release`.

    A release is its tables by name: `codes`, `localities`, `anesthesia` (rows) and `record`.
    """

    rows: tuple[Row, ...]
    payers: tuple[Tables, ...] = ()
    releases: Mapping[str, Tables] | None = None
    release: str | None = None

    def first_payer(self) -> str:
        """Name who pays the lines that name nobody."""
        return str(self.payers[0]["name"]) if self.payers else "medicare"

    def payer_of(self, row: Row) -> str:
        """Name who pays a line."""
        named = row.get("payer", "").strip().lower()
        names = [str(each["name"]) for each in self.payers]
        return next((each for each in names if each.lower() == named), self.first_payer())


# -- claims ------------------------------------------------------------------------------------


def modifiers(row: Row) -> list[str]:
    """Give a line's modifiers."""
    return row.get("hcpcs_modifiers", "").split()


def meets(row: Row, where: Mapping[str, Any]) -> bool:
    """Say whether a line is one that a `where` is about."""
    return all(_holds(row, name, value) for name, value in where.items())


def _holds(row: Row, name: str, value: Any) -> bool:
    wanted = list(value) if isinstance(value, list) else [value]
    if name == "modifier":
        there = modifiers(row) or [""]
        return any(str(each).upper() in there for each in wanted)
    if name == "code_family":
        return family(row["hcpcs_code"]) in wanted
    cell = row.get(name, "") or BLANK.get(name, "")
    return cell != "" and any(_is(cell, name, each) for each in wanted)


def _is(cell: str, name: str, wanted: Any) -> bool:
    if name in NUMBERS:
        read: Any = Decimal
    elif name in TRUTHS:
        read = "true".__eq__
    else:
        read = str
    if isinstance(wanted, Mapping):
        low = "from" not in wanted or read(cell) >= read(str(wanted["from"]))
        return low and ("to" not in wanted or read(cell) <= read(str(wanted["to"])))
    if name in TRUTHS:
        return (cell == "true") is wanted
    if name == "hcpcs_code" and "-" in wanted:
        first, last = wanted.split("-")
        return bool(first <= cell <= last)
    return bool(read(cell) == read(str(wanted)))


def _changes(row: Row, entry: Tables) -> bool:
    """Say whether a line is not already as an entry has it."""
    billed = set(modifiers(row))
    return (
        entry.get("volume", 1) != 1
        or any(not _is_so(row, name, value) for name, value in entry.get("set", {}).items())
        or not set(entry.get("add_modifier", [])) <= billed
        or bool(set(entry.get("drop_modifier", [])) & billed)
    )


def _is_so(row: Row, name: str, value: Any) -> bool:
    cell = row.get(name, "") or BLANK.get(name, "")
    return cell != "" and _is(cell, name, value)


def claims_by_hand(
    rows: Sequence[Row], entries: Sequence[Tables]
) -> tuple[tuple[Row, ...], list[Decimal], list[int]]:
    """Bill lines otherwise: the rows, how often each counts, and how many each entry meets."""
    billed, volumes = [], []
    met = [0] * len(entries)
    for came in rows:
        row, written, volume = dict(came), dict[str, Any](), None
        added: list[str] = []
        dropped: set[str] = set()
        for number, entry in enumerate(entries):
            if not meets(came, entry.get("where", {})):
                continue
            met[number] += _changes(came, entry)
            for name, value in entry.get("set", {}).items():
                if written.setdefault(name, value) != value:
                    raise ContradictionError
                row[name] = str(value).lower() if isinstance(value, bool) else str(value)
            added += entry.get("add_modifier", [])
            dropped |= set(entry.get("drop_modifier", []))
            if "volume" in entry:
                if volume not in (None, entry["volume"]):
                    raise ContradictionError
                volume = entry["volume"]
        if set(added) & dropped:
            raise ContradictionError
        kept = [each for each in modifiers(row) if each not in dropped]
        kept += [each for each in dict.fromkeys(added) if each not in kept]
        if len(kept) > FIVE:
            raise NotByHandError
        row["hcpcs_modifiers"] = " ".join(kept)
        billed.append(row)
        volumes.append(Decimal(1) if volume is None else volume)
    return tuple(billed), volumes, met


# -- payers ------------------------------------------------------------------------------------


#: Rules that a preset has off.
OFF_IN = {"no-sequestration": ("sequestration",)}


def off_rules(payer: Tables) -> set[str]:
    """Name the rules that a payer file has off, itself or by its base."""
    own = payer.get("terms", {})
    off = {rule for rule, terms in own.items() if terms.get("off")}
    return off | {
        rule for rule in OFF_IN.get(str(payer.get("base")), ()) if not own.get(rule, {}).get("on")
    }


def payer_by_hand(payer: Tables, says: Tables) -> Tables:
    """Put a scenario's terms into a payer file: they go before the payer's own.

    Terms alone do not switch on a rule that the payer has off; `on = true` does.
    """
    changed = deepcopy(payer)
    terms = changed.setdefault("terms", {})
    for rule, said in says.get("terms", {}).items():
        if said.get("off"):
            terms[rule] = {"off": True}
            continue
        is_off = rule in off_rules(payer)
        if is_off and not said.get("on"):
            continue
        own = terms.setdefault(rule, {})
        if is_off:
            own.pop("off", None)
            own["on"] = True
        for term, value in said.items():
            if term not in ("off", "on"):
                own[term] = _merged(own.get(term), value)
    if "percent_of_medicare" in says:
        changed["percent_of_medicare"] = says["percent_of_medicare"]
    return changed


def _merged(own: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if all(key[:1].isdigit() for key in value):  # by first day: before it, the payer's own stands
        days = dict(own) if isinstance(own, Mapping) else {} if own is None else {EVER: own}
        return {day: each for day, each in days.items() if day < min(value)} | dict(value)
    return (own or {}) | {key: _merged((own or {}).get(key), each) for key, each in value.items()}


#: Before any claim of the tests, after the first day of every rule's term that they date.
EVER = "2024-06-01"


# -- a scenario --------------------------------------------------------------------------------

OF_RELEASES = (
    "conversion_factor",
    "anesthesia_conversion_factor",
    "relative_values",
    "geographic_indices",
)
PRICES = (*OF_RELEASES, "fees", "fee_schedule", "release")
TERMS = ("payer", "terms", "percent_of_medicare")


@dataclass(frozen=True)
class ByHand:
    """A scenario made by hand: the world after each cause, how often lines count, lines met."""

    stages: tuple[tuple[str, World], ...]
    volumes: list[Decimal]
    met: list[int]


def by_hand(world: World, says: Tables) -> ByHand:
    """Make a scenario's changes by hand, one cause on top of the last: mix, price, terms."""
    rows, volumes, met = claims_by_hand(world.rows, says.get("claims", []))
    stages = []
    if rows != tuple(row | {"hcpcs_modifiers": " ".join(modifiers(row))} for row in world.rows):
        world = replace(world, rows=rows)
        stages.append(("mix", world))
    if any(part in says for part in PRICES):
        world = _with_prices(world, says)
        stages.append(("price", world))
    if any(part in says for part in TERMS):
        payers = world.payers or (MEDICARE,)
        if "payer" in says:
            other = deepcopy(says["payer_tables"])
            if "fee_schedule" in says:
                other["fee_schedule"] = says["fee_schedule_tables"]
            payers = (_with_changed_dollars(other, says.get("fees", []), rows),)
        changed = tuple(payer_by_hand(each, says) for each in payers)
        stages.append(("terms", replace(world, payers=changed)))
    return ByHand(tuple(stages), volumes, met)


def is_qualifying(rows: Sequence[Row]) -> bool:
    """Say whether the lines are of qualifying participants: all are, or none."""
    found = {row.get("qualifying_apm_participant", "") == "true" for row in rows}
    if len(found) > 1:
        raise NotByHandError
    return found.pop()


MEDICARE: Tables = {"name": "medicare", "contract": "Medicare's own terms"}


def _with_prices(world: World, says: Tables) -> World:
    releases = world.releases or shipped()
    release = says.get("release", world.release)
    rows = world.rows
    if any(part in says for part in OF_RELEASES):
        releases = releases_by_hand(releases, says, qualifying=is_qualifying(rows))
    if "conversion_factor" in says:
        rows = tuple(row | {"qualifying_apm_participant": "true"} for row in rows)
    payers = world.payers or (MEDICARE,)
    if "fee_schedule" in says:
        payers = tuple(each | {"fee_schedule": says["fee_schedule_tables"]} for each in payers)
    fees = says.get("fees", [])
    if fees and any("fee_schedule" not in each for each in payers):
        localities = {row.get("locality", "") for row in world.rows}
        if len(localities) > 1 or any("fee_schedule" in each for each in payers):
            raise NotByHandError
        amounts = as_dollars(releases, localities.pop(), release, qualifying=is_qualifying(rows))
        dollars = {"rows": amounts, "indicators": "release"}
        payers = tuple(each | {"fee_schedule": dollars} for each in payers)
    return World(
        rows,
        tuple(_with_changed_dollars(each, fees, rows) for each in payers),
        releases,
        release,
    )


def _with_changed_dollars(payer: Tables, fees: Sequence[Tables], rows: Sequence[Row]) -> Tables:
    if "fee_schedule" not in payer or not fees:
        return payer
    dollars = payer["fee_schedule"]["rows"]
    billed = {(row["hcpcs_code"], each) for row in rows for each in ("", *modifiers(row))}
    changed = with_parts(dollars, dollars_by_hand(dollars, fees), billed)
    return payer | {"fee_schedule": payer["fee_schedule"] | {"rows": changed}}
