"""Tornado, canary files and the difference of two releases made a second way."""

from collections import defaultdict
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from click.testing import CliRunner

from payrules.cli.commands import cli
from payrules.scenarios import baseline
from payrules.scenarios.answer import answer
from payrules.scenarios.canary import check_canary, record_canary
from tests.scenarios.agreement import cents, same
from tests.scenarios.by_hand import MEDICARE, World, by_hand
from tests.scenarios.plain_estimates import MEASURES, estimated, setting_of, write_claims

#: Bars of a tornado that are made by hand; each costs two estimates.
BARS = 2


def assert_tornado_agrees(world: World, first: int, folder: Path) -> None:
    """Hold bars of a tornado, from one on, to the payer's file with that value written by hand."""
    base = baseline(write_claims(world.rows, folder / "claims.csv"), setting_of(world, folder))
    table = answer(base, with_tornado=True).tornado
    assert table is not None
    told: dict[tuple[str, str, str, str], dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in table.rows(named=True):
        bar = row["payer"], row["term"], row["low"], row["high"]
        told[bar][row["measure"]] = row["low_change"], row["high_change"]
    today = estimated(world)
    written = [bar for bar in told if ".by_code" not in bar[1]]
    for bar in (written[first % len(written) :] if written else [])[:BARS]:
        payer, term, *values = bar
        ends = [estimated(_with_value(world, payer, term, value)) for value in values]
        wanted = {
            name: (ends[0].total(name) - today.total(name), ends[1].total(name) - today.total(name))
            for name in MEASURES
        }
        moved = {name: change for name, change in wanted.items() if any(change)}
        same({bar: told[bar]}, {bar: moved})


def _with_value(world: World, payer: str, term: str, value: str) -> World:
    """Write a value, as a tornado shows it, into a payer's file, or into the releases."""
    if value.startswith("× "):
        return by_hand(world, {term: {"scale": Decimal(value[2:])}}).stages[-1][1]
    parts = [each.split(" from ") for each in value.split("; ")]
    number: Any = {each[1]: Decimal(each[0]) for each in parts} if len(parts[0]) > 1 else None
    number = number or Decimal(value)
    payers = []
    for each in world.payers or (MEDICARE,):
        own = deepcopy(each)
        if own["name"] == payer:
            *place, last = term.split(".")
            there = own
            for name in place:
                there = there.setdefault(name, {})
            there[last] = number
        payers.append(own)
    return replace(world, payers=tuple(payers))


def assert_canary_agrees(world: World, other: World, folder: Path) -> None:
    """Hold what a canary file says has moved to the two estimates, line by line."""
    claims = write_claims(world.rows, folder / "claims.csv")
    recorded = folder / "canary.csv"
    here = folder / "here"
    here.mkdir()
    setting = setting_of(world, here)
    record_canary(claims, recorded, setting)
    same(check_canary(recorded, setting).moved, ())
    there = folder / "there"
    there.mkdir()
    checked = check_canary(recorded, setting_of(other, there))
    was, now = estimated(world), estimated(other)
    wanted = {}
    for place, (before, after) in enumerate(zip(was.lines, now.lines, strict=True)):
        key = before["claim_id"], before["claim_line_number"]
        names = ("status", "allowed_amount", "medicare_amount", "patient_amount")
        differ = {
            (*key, name): (before[name], after[name])
            for name in names
            if before[name] != after[name]
        }
        chains = [
            [(step["rule"], step["after"]) for step in priced.steps[place]] for priced in (was, now)
        ]
        wanted |= differ
        if not differ and chains[0] != chains[1]:
            wanted[*key, "steps"] = (None, None)
    found = {
        (each.claim_id, each.claim_line_number, each.what): (None, None)
        if each.what == "steps"
        else (each.expected, each.found)
        if each.what == "status"
        else tuple(None if one == "none" else cents(one) for one in (each.expected, each.found))
        for each in checked.moved
    }
    same(found, wanted)


def assert_diff_agrees(world: World, folder: Path) -> None:
    """Hold `schedules diff --batch` to the batch priced with either release."""
    claims = write_claims(world.rows, folder / "claims.csv")
    path = folder / "diff.xlsx"
    releases = ("starter-2025", "starter-2026")
    ran = CliRunner().invoke(
        cli, ["schedules", "diff", *releases, "--batch", str(claims), "--output", str(path)]
    )
    assert ran.exit_code == 0, ran.output
    was, now = (estimated(replace(world, payers=(), release=each)) for each in releases)
    wanted: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for before, after in zip(was.lines, now.lines, strict=True):
        shown = {"facility": "Facility", "nonfacility": "Non-facility"}[before["setting"]]
        row = wanted[before["hcpcs_code"], shown]
        row[0] += 1
        row[1] += before["allowed_amount"] or 0
        row[2] += after["allowed_amount"] or 0
        row[3] += before["status"] != after["status"]
    sheet = openpyxl.load_workbook(path)["Your volume"]
    headings, *rows = sheet.iter_rows(values_only=True)
    found = {}
    for cells in rows:
        row = dict(zip(map(str.lower, headings), cells, strict=True))
        found[row["code"], row["setting"]] = [
            row["lines"],
            cents(row["allowed before"]),
            cents(row["allowed after"]),
            row["changed status"],
        ]
        same(cents(row["effect"]), cents(row["allowed after"]) - cents(row["allowed before"]))
    same(found, dict(wanted))
