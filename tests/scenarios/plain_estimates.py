"""Worlds written as files and priced by a plain `estimate`, and the figures an answer must show.

It shares no code with `payrules.scenarios`: sums are Python's, over the lines and steps of
`estimate`, in cents.
"""

import csv
import hashlib
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from payrules.payers import Payer, load_payer
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.schedules import Schedules, load_schedules
from tests.scenarios.by_hand import MEDICARE, ByHand, Row, World, modifiers
from tests.scenarios.fees_by_hand import SHIPPED, Tables, counted, family

HEAD = {"title": "Made twice", "cites": "tests"}
MEASURES = ("allowed_amount", "medicare_amount", "patient_amount")
#: Rules that say who pays what is allowed (README, "Rules").
WHO_PAYS = (
    *("preventive", "deductible", "coinsurance", "therapy_assistant", "sequestration"),
    "limiting_charge",
)


# -- files -------------------------------------------------------------------------------------


@cache
def starter() -> Schedules:
    """Load the starter as it is."""
    return load_schedules(SHIPPED)


def as_toml(tables: Mapping[str, Any]) -> str:
    """Write tables as TOML: those inside a key in line."""
    return "".join(f"{_text(key)} = {_value(value)}\n" for key, value in tables.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_text(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_claims(rows: Sequence[Row], path: Path) -> Path:
    """Write claims as CSV."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_payer(payer: Tables, folder: Path) -> Path:
    """Write a payer file, and its schedule in dollars beside it."""
    said = dict(payer)
    if payer["name"] == "medicare":
        said["name"] = "by hand"
    if "fee_schedule" in payer:
        file = write_dollars(payer["fee_schedule"]["rows"], folder / f"{payer['name']}.csv")
        indicators = payer["fee_schedule"]["indicators"]
        said["fee_schedule"] = {"file": file.name, "indicators": indicators}
    path = folder / f"{payer['name']}.toml"
    path.write_text(as_toml(said), encoding="utf-8")
    return path


def write_dollars(rows: Sequence[Tables], path: Path) -> Path:
    """Write a schedule in dollars."""
    kept = [{k: v for k, v in row.items() if not k.startswith("exact_")} for row in rows]
    return write_claims(kept, path)


def write_scenario(says: Tables, folder: Path, stem: str = "part", *, parted: bool = False) -> Path:
    """Write a scenario file with what it names beside it; parted, as two that are stacked."""
    said = {k: v for k, v in says.items() if not k.endswith("_tables")}
    if "fee_schedule" in says:
        write_dollars(says["fee_schedule_tables"]["rows"], folder / "scenario-fees.csv")
        said["fee_schedule"] = {
            "file": "scenario-fees.csv",
            "indicators": says["fee_schedule_tables"]["indicators"],
        }
    if "payer" in says:
        said["payer"] = write_payer(says["payer_tables"], folder).name
    parts = [said]
    if parted and len(said) > 1:
        first = next(iter(said))
        parts = [{first: said[first]}, {k: v for k, v in said.items() if k != first}]
    paths = []
    for number, part in enumerate(parts):
        path = folder / f"{stem}{number}.toml"
        path.write_text(as_toml(HEAD | part), encoding="utf-8")
        paths.append(str(path))
    return Path("+".join(paths))


def written_releases(releases: Mapping[str, Tables], folder: Path) -> Schedules:
    """Write changed releases beside the tables of edits as they are, and load them."""
    for record in SHIPPED.glob("*/table.toml"):
        shutil.copytree(record.parent, folder / record.parent.name)
    for name, tables in releases.items():
        place = folder / name
        shutil.copytree(SHIPPED / name, place)
        for stem in ("codes", "localities", "anesthesia_factors"):
            if stem in tables:
                like = pl.read_parquet(place / f"{stem}.parquet").schema
                pl.DataFrame(tables[stem], schema=like).write_parquet(place / f"{stem}.parquet")
        (place / "release.toml").write_text(_sealed(place, tables["record"]), encoding="utf-8")
    return load_schedules(folder)


def _sealed(place: Path, record: Tables) -> str:
    record = deepcopy(record)
    for file in record["files"]:
        file["sha256"] = hashlib.sha256((place / file["name"]).read_bytes()).hexdigest()
    text = as_toml(record)
    return f"# sha256 of the lines below: {hashlib.sha256(text.encode()).hexdigest()}\n{text}"


def setting_of(world: World, folder: Path) -> Setup:
    """Write a world's payers and releases; give them as `estimate` and `baseline` take them."""
    payers = [
        load_payer(write_payer(each, folder)) if each != MEDICARE else load_payer("medicare")
        for each in world.payers or (MEDICARE,)
    ]
    others: dict[str, Payer] = {each.name.lower(): each for each in payers[1:]}
    schedules = starter()
    if world.releases is not None:
        place = folder / "releases"
        place.mkdir()
        schedules = written_releases(world.releases, place)
    return Setup(payers[0], others, schedules, release=world.release)


# -- plain estimates ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Estimated:
    """A world priced: a dict a line with amounts in cents, and the steps of each line."""

    world: World
    lines: list[dict[str, Any]]
    steps: list[list[dict[str, Any]]]

    def total(self, measure: str = "allowed_amount") -> int:
        """Add up a measure, cents."""
        return sum(line[measure] or 0 for line in self.lines)

    def by_rule(self) -> dict[str, int]:
        """Add up what each step up to the allowed amount adds or takes."""
        found: dict[str, int] = defaultdict(int)
        for chain in self.steps:
            for step in chain:
                if step["rule"] not in WHO_PAYS:
                    found[step["rule"]] += (step["after"] or 0) - (step["before"] or 0)
        return dict(found)


def estimated(world: World) -> Estimated:
    """Price a world by a plain estimate."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        claims = write_claims(world.rows, folder / "claims.csv")
        results = estimate(claims, setting_of(world, folder))
    assert not results.rejects.height, results.rejects
    lines = [_in_cents(line) for line in results.lines.iter_rows(named=True)]
    place = {
        (line["claim_id"], line["claim_line_number"]): number for number, line in enumerate(lines)
    }
    steps: list[list[dict[str, Any]]] = [[] for _ in lines]
    for step in results.adjustments.iter_rows(named=True):
        steps[place[step["claim_id"], step["claim_line_number"]]].append(_in_cents(step))
    return Estimated(world, lines, steps)


def _in_cents(row: dict[str, Any]) -> dict[str, Any]:
    money = ("before", "after")
    return {
        name: int(value * 100)
        if isinstance(value, Decimal) and (name.endswith("amount") or name in money)
        else value
        for name, value in row.items()
    }


# -- figures -----------------------------------------------------------------------------------

GROUPS = (
    "payer",
    "practitioner",
    "place_of_service_code",
    "hcpcs_code",
    "code_family",
    "site",
)
#: What a line shows both ways; one that is another makes it a changed line.
SHOWN = ("hcpcs_code", "place_of_service_code", "status", "fee_schedule_amount", *MEASURES)
Key = tuple[str, int]
#: Cents before and after; None where there is no amount.
Pair = tuple[int | None, int | None]


@dataclass(frozen=True)
class Figures:
    """What an answer must show of a scenario that was made by hand; amounts are cents.

    Pairs are before and after; `chains` has, by line and rule, what the step adds or takes, the
    amount after it and its detail, before and after.
    """

    totals: dict[str, tuple[int, int]]
    bridge: dict[tuple[str, str], int]
    rules: dict[str, tuple[int, int]]
    groups: dict[str, dict[str | None, Pair]]
    lines: dict[Key, dict[str, Any]]
    chains: dict[tuple[str, int, str], tuple[Any, ...]]


def figures(base: Estimated, made: ByHand) -> Figures:
    """Work out every figure from estimates: of the claims as they are, and after each change."""
    last = base
    bridge: dict[tuple[str, str], int] = {}
    for cause, world in made.stages:
        now = estimated(world)
        was, became = last.by_rule(), now.by_rule()
        for rule in {**was, **became}:
            bridge[cause, rule] = became.get(rule, 0) - was.get(rule, 0)
        last = now
    after = [
        line | {name: counted(line[name], times) for name in MEASURES} | {"volume": times}
        for line, times in zip(last.lines, made.volumes, strict=True)
    ]
    by_volume = sum(line["allowed_amount"] or 0 for line in after) - last.total()
    bridge["volume", "volume"] = by_volume
    was, became = base.by_rule(), last.by_rule()
    became |= {"volume": by_volume} if by_volume else {}
    changed = [place for place, line in enumerate(after) if _differs(base, last, after, place)]
    return Figures(
        totals={
            name: (base.total(name), sum(line[name] or 0 for line in after)) for name in MEASURES
        },
        bridge={key: change for key, change in bridge.items() if change},
        rules={rule: (was.get(rule, 0), became.get(rule, 0)) for rule in {**was, **became}},
        groups={
            key: _grouped(_keys(base.world, key), base.lines, _keys(last.world, key), after)
            for key in GROUPS
        },
        lines={_key_of(base, place): _both(base, last, after, place) for place in changed},
        chains={
            (*_key_of(base, place), rule): steps
            for place in changed
            for rule, steps in _chains(base.steps[place], last.steps[place]).items()
        },
    )


def _key_of(base: Estimated, place: int) -> Key:
    return base.lines[place]["claim_id"], base.lines[place]["claim_line_number"]


def _keys(world: World, key: str) -> list[str | None]:
    if key == "payer":
        return [world.payer_of(row) for row in world.rows]
    if key == "practitioner":
        return [row.get("rendering_npi") or row.get("billing_npi") or None for row in world.rows]
    if key == "code_family":
        return [family(row["hcpcs_code"]) for row in world.rows]
    return [row.get(key) or None for row in world.rows]


def _grouped(
    was: Sequence[str | None],
    before: Sequence[dict[str, Any]],
    now: Sequence[str | None],
    after: Sequence[dict[str, Any]],
) -> dict[str | None, Pair]:
    """Add up by key; a group none of whose lines has an amount on either side has none."""
    sums: dict[str | None, list[int]] = {key: [0, 0] for key in (*was, *now)}
    with_amount = set()
    for side, keys, lines in ((0, was, before), (1, now, after)):
        for key, line in zip(keys, lines, strict=True):
            if line["allowed_amount"] is not None:
                sums[key][side] += line["allowed_amount"]
                with_amount.add(key)
    return {
        key: (first, second) if key in with_amount else (None, None)
        for key, (first, second) in sums.items()
    }


def _both(base: Estimated, last: Estimated, after: Any, place: int) -> dict[str, Any]:
    """Give what a line shows, before and after."""
    was, now = base.lines[place], after[place]
    shown = {name: was[name] for name in SHOWN}
    shown |= {f"{name}_after": now[name] for name in SHOWN}
    shown["modifiers"] = " ".join(modifiers(base.world.rows[place]))
    shown["modifiers_after"] = " ".join(modifiers(last.world.rows[place]))
    shown["volume"] = now["volume"]
    shown["reason_after"] = now["reason"]
    shown["change"] = (now["allowed_amount"] or 0) - (was["allowed_amount"] or 0)
    return shown


def _differs(base: Estimated, last: Estimated, after: Any, place: int) -> bool:
    both = _both(base, last, after, place)
    return any(both[name] != both[f"{name}_after"] for name in (*SHOWN, "modifiers"))


def _chains(was: Any, now: Any) -> dict[str, tuple[Any, ...]]:
    sides = []
    for chain in (was, now):
        steps = {step["rule"]: step for step in chain}
        assert len(steps) == len(chain), "a rule stands twice in a chain"
        sides.append(steps)
    found = {}
    for rule in {**sides[0], **sides[1]}:
        told: list[Any] = []
        for steps in sides:
            step = steps.get(rule)
            told += (
                (None, None, None)
                if step is None
                else ((step["after"] or 0) - (step["before"] or 0), step["after"], step["detail"])
            )
        found[rule] = tuple(told)
    return found
