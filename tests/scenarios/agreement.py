"""Holds an answer to figures made a second way: tables, JSON and workbook, to the cent."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl

from payrules.claims.code_families import place_of_service
from payrules.scenarios.answer import Answer, as_record
from payrules.scenarios.scenario import Scenario
from payrules.workbook.columns import heading_of
from payrules.workbook.what_if import write_whatif
from payrules.workbook.what_if_words import MEASURED
from payrules.workbook.words import CAUSES, in_words
from tests.scenarios.by_hand import ByHand
from tests.scenarios.plain_estimates import GROUPS, SHOWN, Estimated, Figures, Pair, figures

CHANGED_FEE = re.compile(
    r"(?P<of>\w+ amount of the payer's fee schedule),"
    r" (?:\$[\d,]+\.\d\d|none), changed to \$(?P<now>[\d,]+\.\d\d)"
)
NAMES = {"place_of_service_code": "place of service", "hcpcs_code": "code"}


def cents(value: Any) -> Any:
    """Give dollars as cents, whatever they are written as."""
    if value is None or value == "":
        return None
    return round(Decimal(str(value)) * 100)


def assert_agrees(
    answered: Answer, number: int, base: Estimated, made: ByHand, *, details: bool = True
) -> Figures:
    """Hold scenario `number` of an answer to the figures made by hand."""
    wanted = figures(base, made)
    one = answered.comparisons[number]
    mine = pl.col("scenario") == one.scenario.name
    statuses = {
        key: (both["status"], both["status_after"])
        for key, both in wanted.lines.items()
        if both["status"] != both["status_after"]
    }
    parts: dict[str, Callable[[], None]] = {
        "totals": lambda: same(_totals(answered.totals.filter(mine)), wanted.totals),
        "bridge": lambda: same(_bridge(answered.bridge.filter(mine)), wanted.bridge),
        "rules": lambda: same(_rules(answered.rules.filter(mine)), wanted.rules),
        "groups": lambda: _assert_groups(answered.groups.filter(mine), wanted),
        "lines": lambda: _assert_lines(answered.lines.filter(mine), wanted),
        "statuses": lambda: same(_statuses(answered.statuses.filter(mine)), statuses),
        "chains": lambda: _assert_chains(answered.chains.filter(mine), wanted, details=details),
        "lines met": lambda: same([lines for _, lines in one.plan.met][: len(made.met)], made.met),
        "record": lambda: _assert_record(answered, number, wanted),
    }
    for key in GROUPS:
        parts[f"by {key}"] = partial(_assert_group, one.by(key), key, wanted)
    assert_parts(parts)
    return wanted


def assert_parts(parts: Mapping[str, Callable[[], None]]) -> None:
    """Check every part, and tell all that differ."""
    faults = {}
    for name, check in parts.items():
        try:
            check()
        except AssertionError as fault:
            faults[name] = str(fault)
    if faults:
        raise DifferError(", ".join(faults), "\n".join(f"{k}: {v}" for k, v in faults.items()))


class DifferError(AssertionError):
    """What differs (`parts`, by name), and how."""

    def __init__(self, parts: str, words: str) -> None:
        super().__init__(words)
        self.parts = parts


def same(found: Any, wanted: Any) -> None:
    """Say what of two tables is not the same."""
    if isinstance(found, dict) and found != wanted:
        keys = {**wanted, **found}
        differ = {
            key: (found.get(key, "not there"), wanted.get(key, "not there"))
            for key in keys
            if found.get(key, "not there") != wanted.get(key, "not there")
        }
        raise AssertionError(f"found and wanted: {differ}")
    assert found == wanted, f"found {found}, wanted {wanted}"


def _statuses(rows: pl.DataFrame) -> dict[tuple[str, int], tuple[str, str]]:
    return {
        (row["claim_id"], row["claim_line_number"]): (row["status"], row["status_after"])
        for row in rows.iter_rows(named=True)
    }


def _assert_group(rows: pl.DataFrame, key: str, wanted: Figures) -> None:
    same(_group(rows, key), wanted.groups[key])


def _totals(rows: pl.DataFrame) -> dict[str, tuple[int, int]]:
    found = {}
    for row in rows.iter_rows(named=True):
        before, after = cents(row["before"]), cents(row["after"])
        _assert_change(row)
        found[row["measure"]] = (before, after)
    return found


def _assert_change(row: Mapping[str, Any]) -> None:
    before, after = cents(row["before"]), cents(row["after"])
    if before is None:
        assert after is row["change"] is row["share"] is None
        return
    assert cents(row["change"]) == after - before
    share = row["share"]
    assert share == ((after - before) / abs(before) if before else None)


def _bridge(rows: pl.DataFrame) -> dict[tuple[str, str], int]:
    assert not rows.select("cause", "rule").is_duplicated().any()
    return {(row["cause"], row["rule"]): cents(row["change"]) for row in rows.iter_rows(named=True)}


def _rules(rows: pl.DataFrame) -> dict[str, tuple[int, int]]:
    for row in rows.iter_rows(named=True):
        _assert_change(row)
    assert not rows["rule"].is_duplicated().any()
    return {
        row["rule"]: (cents(row["before"]), cents(row["after"]))
        for row in rows.iter_rows(named=True)
    }


def _group(rows: pl.DataFrame, key: str) -> dict[str | None, Pair]:
    found: dict[str | None, Pair] = {}
    for name, before, after, change, share in rows.select(
        key, "before", "after", "change", "share"
    ).iter_rows():
        assert name not in found, f"{key} {name} stands twice"
        assert change == (None if before is None else after - before)
        assert share == (change / before if before else None)
        found[name] = (before, after)
    return found


def _assert_groups(rows: pl.DataFrame, wanted: Figures) -> None:
    for by in rows["by"].unique():
        key = {words: name for name, words in NAMES.items()}.get(by, by.replace(" ", "_"))
        own = rows.filter(pl.col("by") == by)
        assert own.height == len(wanted.groups[key]), by
        for row in own.iter_rows(named=True):
            _assert_change(row)
            assert (cents(row["before"]), cents(row["after"])) == wanted.groups[key][row["name"]]


def _assert_lines(rows: pl.DataFrame, wanted: Figures) -> None:
    found = {(row["claim_id"], row["claim_line_number"]): row for row in rows.iter_rows(named=True)}
    assert len(found) == rows.height
    assert set(found) == set(wanted.lines)
    for key, both in wanted.lines.items():
        for name, value in both.items():
            shown = found[key][name]
            if name.removesuffix("_after").endswith("amount") or name == "change":
                shown = cents(shown)
            if name.startswith("modifiers"):
                shown = shown or ""
            assert shown == value, (key, name)
    sizes = [abs(cents(row["change"])) for row in rows.iter_rows(named=True)]
    assert sizes == sorted(sizes, reverse=True), "the largest effect comes first"


def _assert_chains(rows: pl.DataFrame, wanted: Figures, *, details: bool) -> None:
    found = {}
    for row in rows.iter_rows(named=True):
        key = row["claim_id"], row["claim_line_number"], row["rule"]
        assert key not in found
        found[key] = tuple(
            value
            for side in ("before", "after")
            for value in (
                cents(row[f"{side}_change"]),
                cents(row[f"{side}_amount"]),
                _plain(row[f"{side}_detail"], row[f"{side}_amount"]) if details else None,
            )
        )
    told = wanted.chains
    if not details:
        told = {key: (*one[:2], None, *one[3:5], None) for key, one in told.items()}
    same(found, told)


def _plain(detail: str | None, amount: Any) -> str | None:
    """Leave out that a fee in dollars was changed: a plain estimate of the new fee knows no other.

    What it is said to be changed to must be the amount of its step.
    """
    said = CHANGED_FEE.fullmatch(detail or "")
    if said is None:
        return detail
    assert cents(said["now"].replace(",", "")) == cents(amount), detail
    return said["of"]


# -- programs and workbooks --------------------------------------------------------------------


def _assert_record(answered: Answer, number: int, wanted: Figures) -> None:
    """Hold the JSON record of a scenario to the figures."""
    record = json.loads(json.dumps(as_record(answered)))["scenarios"][number]
    assert {row["measure"]: _pair(row) for row in record["totals"]} == wanted.totals
    told = {(row["cause"], row["rule"]): cents(row["change"]) for row in record["bridge"]}
    assert told == wanted.bridge
    assert {row["rule"]: _pair(row) for row in record["rules"]} == wanted.rules
    assert record["lines_changed"] == len(wanted.lines)
    assert record["statuses_changed"] == sum(
        both["status"] != both["status_after"] for both in wanted.lines.values()
    )
    _assert_named_groups(record["groups"], wanted)


def _pair(row: Mapping[str, Any]) -> Pair:
    before, after = cents(row["before"]), cents(row["after"])
    assert cents(row["change"]) == (None if before is None else after - before)
    return before, after


def _assert_named_groups(
    rows: Iterable[Mapping[str, Any]], wanted: Figures, *, in_workbook: bool = False
) -> None:
    found: dict[str, dict[str | None, Pair]] = {}
    for row in rows:
        key = {words: name for name, words in NAMES.items()}.get(
            row["by"].lower(), row["by"].lower().replace(" ", "_")
        )
        own = found.setdefault(key, {})
        assert row["name"] not in own
        own[row["name"]] = _pair(row)
    groups = {key: wanted.groups[key] for key in found}
    if in_workbook:
        groups = {
            key: {"not given" if name is None else name: pair for name, pair in group.items()}
            for key, group in groups.items()
        }
    if in_workbook and "place_of_service_code" in groups:
        group = groups["place_of_service_code"]
        names = dict(
            zip(group, place_of_service(pl.Series([*group], dtype=pl.String)), strict=True)
        )
        groups["place_of_service_code"] = {names[code] or code: group[code] for code in group}
    if in_workbook and "payer" in groups:
        shown = {"medicare": "Medicare"}
        groups["payer"] = {shown.get(name, name): pair for name, pair in groups["payer"].items()}
    assert found == groups


#: What heads a figure that some payers' files do not say.
_ON_FILE = ", where on file"


def _titled(answered: Answer, scenario: Scenario) -> str:
    """Name a scenario as a workbook does: by its title, where no other has it."""
    titles = [one.scenario.title for one in answered.comparisons]
    return scenario.title if titles.count(scenario.title) == 1 else scenario.name


def assert_workbook_agrees(answered: Answer, wanted: list[Figures], folder: Path) -> None:
    """Hold every cell of the workbook's tables to the figures of each scenario."""
    path = folder / "whatif.xlsx"
    write_whatif(answered, path, force=True)
    book = openpyxl.load_workbook(path)
    of_rows = ("Totals", "Bridge", "Groups", "Rules", "Lines", "Statuses", "Chains")
    sheets = {name: list(_rows(book[name])) for name in book.sheetnames if name in of_rows}
    for one, told in zip(answered.comparisons, wanted, strict=True):
        own = {
            name: [row for row in rows if row["scenario"] == _titled(answered, one.scenario)]
            for name, rows in sheets.items()
        }
        totals = {MEASURED[name]: pair for name, pair in told.totals.items()}
        shown = {row["measure"].removesuffix(_ON_FILE): _pair(row) for row in own["Totals"]}
        for measure, pair in totals.items():
            found = shown.pop(measure)
            assert found == pair or (found == (None, None) and pair == (0, 0))
        # What is left is what nobody pays.
        allowed, *parts = totals.values()
        left = tuple(one - sum(each) for one, *each in zip(allowed, *parts, strict=True))
        assert [*shown.values()] == ([left] if any(left) else [])
        bridge = {(row["cause"], row["rule"]): cents(row["change"]) for row in own["Bridge"]}
        assert bridge == {
            (CAUSES[cause], in_words(rule)): change for (cause, rule), change in told.bridge.items()
        }
        rules = {in_words(rule): pair for rule, pair in told.rules.items()}
        assert {row["rule"]: _pair(row) for row in own["Rules"]} == rules
        _assert_named_groups(own["Groups"], told, in_workbook=True)
        assert {(row["claim"], row["line"]) for row in own["Lines"]} == set(told.lines)
        for row in own["Lines"]:
            both = told.lines[row["claim"], row["line"]]
            for name in (*SHOWN, *(f"{each}_after" for each in SHOWN)):
                cell = row[heading_of(name).lower()]
                if name.startswith("patient_amount") and cell is None:
                    assert not both[name], name  # where on file
                    continue
                shown = in_words(both[name]) if name.startswith("status") else both[name]
                assert (cents(cell) if "amount" in name else cell) == shown, name
        if len(told.lines) <= 100:
            steps = {
                (row["claim"], row["line"], row["rule"]): tuple(
                    cents(row[f"{side} {what}"])
                    for side in ("before", "after")
                    for what in ("change", "amount")
                )
                for row in own["Chains"]
            }
            assert steps == {
                (claim, line, in_words(rule)): (*c[:2], *c[3:5])
                for (claim, line, rule), c in told.chains.items()
            }
    _assert_front(book["What if"], answered, wanted)


def _rows(sheet: Any) -> Iterable[dict[str, Any]]:
    """Give the rows of a sheet by their headings; above these a note may stand."""
    rows = iter(sheet.iter_rows(values_only=True))
    headings = next(row for row in rows if all(cell is not None for cell in row))
    headings = tuple(each.removesuffix(_ON_FILE) for each in headings)
    for row in rows:
        if any(cell is not None for cell in row):
            yield dict(zip(map(str.lower, headings), row, strict=True))


def _assert_front(sheet: Any, answered: Answer, wanted: list[Figures]) -> None:
    """Hold the first page to the figures: its headline, or scenarios side by side."""
    if len(wanted) == 1:
        changes = {name: after - before for name, (before, after) in wanted[0].totals.items()}
        rows = [(sheet.cell(row, 2).value, sheet.cell(row, 3).value) for row in range(5, 10)]
        said = {str(label or "").replace(_ON_FILE, ""): amount for label, amount in rows}
        assert sheet["B5"].value == "Allowed amount changes by"
        assert cents(said["Allowed amount changes by"]) == changes["allowed_amount"]
        assert cents(said["Payer pays, change"]) == changes["medicare_amount"]
        assert (cents(said["Patient owes, change"]) or 0) == changes["patient_amount"]
        cuts = [
            cents(said[each])
            for each in said
            # What is among them, and what they are less by, may stand between.
            if each and "other cuts" in each.lower() and each.endswith(", change")
        ]
        cut = 2 * changes["allowed_amount"] - sum(changes.values())
        assert cuts == ([cut] if cut else [])
        assert said["Changed lines"] == len(wanted[0].lines)
        return
    first = next(row for row in range(1, 40) if sheet.cell(row, 2).value == "Scenario") + 1
    for row, (one, told) in enumerate(zip(answered.comparisons, wanted, strict=True), first):
        cells = [sheet.cell(row, column).value for column in range(2, 8)]
        before, after = told.totals["allowed_amount"]
        assert cells[0] == one.scenario.title
        assert [cents(cell) for cell in cells[1:4]] == [before, after, after - before]
        assert cells[5] == len(told.lines)
