"""Every cell of every sheet of a pack, anew: plain sums over the results as Parquet has them.

Nothing of the writers is used: lines, steps, rejects and run record are read back from the files
that a run writes, and added up here with dictionaries.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import openpyxl
import polars as pl
import pytest

from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate, write_frame, write_run
from payrules.workbook import write_workbook
from tests.workbook.conftest import claims

Row = dict[str, Any]
NOTHING = Decimal(0)
STATUSES = ("priced", "bundled", "denied", "by_report", "not_on_schedule")
AMOUNTS = ("charge_amount", "allowed_amount", "medicare_amount", "patient_amount")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Estimate:
    """The batch of every status with a payer's answers and two other payers, over three months."""
    folder = tmp_path_factory.mktemp("batch")
    number = pl.col("claim_id").str.slice(1).cast(pl.Int64)
    batch = claims().with_columns(
        claim_line_start_date=pl.when(number < 20)
        .then(pl.format("2025-0{}-11", 4 + number // 2 % 3))
        .otherwise("claim_line_start_date"),
        payer=number.replace_strict({1: "Acme", 2: "Other", 3: "Acme"}, default=""),
        paid_amount=pl.Series(["400.00", "", "90.00", *[""] * 17]),
        allowed_amount=pl.Series(["500.00", "", "100.00", *[""] * 17]),
    )
    batch.write_csv(folder / "claims.csv")
    return estimate(folder / "claims.csv")


@pytest.fixture(scope="module")
def parquet(results: Estimate, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    """Lines, steps and rejects as rows, from the files that a run writes."""
    folder = tmp_path_factory.mktemp("parquet")
    for name in ("lines", "adjustments", "rejects"):
        write_frame(getattr(results, name), folder / f"{name}.parquet")
    write_run(results.run, folder / "run.json")
    read = {
        name: pl.read_parquet(folder / f"{name}.parquet").to_dicts()
        for name in ("lines", "adjustments", "rejects")
    }
    return {**read, "run": [json.loads((folder / "run.json").read_text(encoding="utf-8"))]}


@pytest.fixture(scope="module")
def pack(results: Estimate, tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    path = tmp_path_factory.mktemp("pack") / "pack.xlsx"
    assert write_workbook(results, path).differences == ()
    return openpyxl.load_workbook(path, data_only=True)


# -- how cells and rows are read ------------------------------------------------------------------


def table(book: openpyxl.Workbook, name: str) -> list[Row]:
    """Give the rows of a sheet by their headings, without the total row."""
    headings, *rows = book[name].iter_rows(values_only=True)
    totals = any(each.totalsRowCount for each in book[name].tables.values())
    return [dict(zip(headings, row, strict=True)) for row in (rows[:-1] if totals else rows)]


def total_row(book: openpyxl.Workbook, name: str) -> Row:
    headings, *_, last = book[name].iter_rows(values_only=True)
    return dict(zip(headings, last, strict=True))


def cell(value: Any) -> Any:
    """Give a value as a cell holds it."""
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    if isinstance(value, str):
        return _plain(value) or None
    return value


def _plain(text: str) -> str:
    """Leave out what no cell can hold, or openpyxl reads its own way."""
    return "".join(mark for mark in text if mark >= " " and mark not in "␇␀\ufeff")


def held(found: Any) -> Any:
    if hasattr(found, "isoformat"):
        return found.isoformat()[:10]
    return _plain(found.replace("_x005F_", "_")) if isinstance(found, str) else found


def same(found: Any, wanted: Any, where: str) -> None:
    found, wanted = held(found), cell(wanted)
    if isinstance(wanted, float):
        assert found == pytest.approx(wanted, abs=1e-9), where
    else:
        assert found == wanted, where


def added(rows: Iterable[Row], name: str) -> Decimal | None:
    """Add up an amount; None where no row has one: no amount is no 0.00."""
    amounts = [row[name] for row in rows if row.get(name) is not None]
    return sum(amounts, NOTHING) if amounts else None


def needs_review(row: Row) -> bool:
    return row["status"] != "priced" or row["review"] is not None


def at_stake(row: Row) -> Decimal | None:
    """What a line would bring at most."""
    if not needs_review(row):
        return None
    if row["status"] == "priced":
        return row["allowed_amount"]
    fee, charge = row["fee_schedule_amount"], row["charge_amount"]
    if fee is None:
        return charge
    fee *= row["service_unit_quantity"]
    return fee if charge is None else min(fee, charge)


def payer(row: Row) -> str:
    return (row["payer"] or "").strip() or "Medicare"


def parts(row: Row) -> dict[str, Decimal]:
    """What becomes of a charge."""
    owed = (row["medicare_amount"] or NOTHING) + (row["patient_amount"] or NOTHING)
    rest = (row["charge_amount"] or NOTHING) - owed
    kind = {"priced": "adjustment", "bundled": "adjustment", "denied": "denied"}
    found = dict.fromkeys(("adjustment", "denied", "pending"), NOTHING)
    return found | {kind.get(row["status"], "pending"): rest}


# -- the sheets -----------------------------------------------------------------------------------

LINES = {
    "Claim": "claim_id",
    "Line": "claim_line_number",
    "Person": "person_id",
    "Date of service": "claim_line_start_date",
    "Code": "hcpcs_code",
    "Units": "service_unit_quantity",
    "POS": "place_of_service_code",
    "Charge": "charge_amount",
    "Status": "status",
    "Fee schedule amount": "fee_schedule_amount",
    "Allowed amount": "allowed_amount",
    "Medicare pays": "medicare_amount",
    "Patient owes": "patient_amount",
    "CARC": "carc",
    "RARC": "rarc",
    "Review": "review",
    "Reason": "reason",
    "Deductible": "deductible_amount",
    "Coinsurance": "coinsurance_amount",
    "Sequestration": "sequestration_amount",
    "Limiting charge": "limiting_charge",
    "Release": "release",
    "Locality": "locality",
    "Allowed by payer": "payer_allowed_amount",
    "Paid by payer": "paid_amount",
}


def test_lines_and_steps(pack: openpyxl.Workbook, parquet: dict[str, list[Row]]) -> None:
    shown = table(pack, "Lines")
    assert len(shown) == len(parquet["lines"]) == 18
    for row, line in zip(shown, parquet["lines"], strict=True):
        for heading, name in LINES.items():
            same(row[heading], line[name], f"Lines, {heading}")
        same(row["At stake"], at_stake(line), "Lines, At stake")
        same(row["Month"], line["claim_line_start_date"].isoformat()[:7], "Lines, Month")
        assert row["Payer 2" if "Payer 2" in row else "Payer"] in {payer(line), line["payer"]}
    steps = table(pack, "Adjustments")
    assert len(steps) == len(parquet["adjustments"])
    for row, step in zip(steps, parquet["adjustments"], strict=True):
        for heading, name in {
            "Claim": "claim_id",
            "Line": "claim_line_number",
            "Step": "step",
            "Rule": "rule",
            "Before": "before",
            "Factor": "factor",
            "After": "after",
            "Group": "group_code",
            "CARC": "carc",
            "RARC": "rarc",
            "Detail": "detail",
            "Citation": "cites",
        }.items():
            same(row[heading], step[name], f"Adjustments, {heading}")
        change = (step["after"] or NOTHING) - (step["before"] or NOTHING)
        same(row["Change"], change if step["step"] else None, "Adjustments, Change")
    assert len(table(pack, "Rejects")) == len(parquet["rejects"]) == 2
    for row, reject in zip(table(pack, "Rejects"), parquet["rejects"], strict=True):
        for name in ("row", "column", "value", "reason"):
            same(row[name.capitalize()], reject[name], f"Rejects, {name}")


GROUPS = {
    "By code": ("Code", lambda row: row["hcpcs_code"]),
    "By practitioner": (
        "Practitioner",
        lambda row: row["rendering_npi"] or row.get("billing_npi") or "not given",
    ),
    "By claim": ("Claim", lambda row: row["claim_id"]),
}


@pytest.mark.parametrize("name", GROUPS)
def test_groups(name: str, pack: openpyxl.Workbook, parquet: dict[str, list[Row]]) -> None:
    heading, key = GROUPS[name]
    groups: dict[str, list[Row]] = defaultdict(list)
    for line in parquet["lines"]:
        groups[key(line)].append(line)
    shown = table(pack, name)
    assert {row[heading] for row in shown} == set(groups)
    for row in shown:
        lines = groups[row[heading]]
        priced = sum(line["status"] == "priced" for line in lines)
        allowed, charges = added(lines, "allowed_amount"), added(lines, "charge_amount")
        stakes = [{"stake": at_stake(line)} for line in lines]
        wanted: Row = {
            "Lines": len(lines),
            "Charge": charges,
            "Allowed amount": allowed,
            "Medicare pays": added(lines, "medicare_amount"),
            "Patient owes": added(lines, "patient_amount"),
            "Priced lines": priced,
            "Lines to review": sum(map(needs_review, lines)),
            "Allowed of charge": None
            if not charges or allowed is None
            else float(allowed) / float(charges),
        }
        if name != "By claim":
            wanted["Claims"] = len({line["claim_id"] for line in lines})
            wanted["Units"] = sum(line["service_unit_quantity"] for line in lines)
            wanted["At stake"] = added(stakes, "stake")
        for column, value in wanted.items():
            same(row[column], value, f"{name}, {row[heading]}, {column}")
    last = total_row(pack, name)
    for column, amount in zip(("Charge", "Allowed amount"), AMOUNTS, strict=False):
        same(last[column], added(parquet["lines"], amount) or NOTHING, f"{name}, total")


def test_accrual_and_journal(pack: openpyxl.Workbook, parquet: dict[str, list[Row]]) -> None:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for line in parquet["lines"]:
        groups[payer(line), line["claim_line_start_date"].isoformat()[:7]].append(line)
    shown = table(pack, "Accrual")
    assert {(row["Payer"], row["Month"]) for row in shown} == set(groups)
    columns = {
        "Contractual adjustment": "adjustment",
        "Denied": "denied",
        "Pending a price": "pending",
    }
    expected = {"Expected net, payer": "medicare_amount", "Expected, patient": "patient_amount"}
    balances: dict[tuple[str, str], Decimal] = defaultdict(lambda: NOTHING)
    for row in shown:
        lines = groups[row["Payer"], row["Month"]]
        same(row["Charges"], added(lines, "charge_amount"), "Accrual, Charges")
        balances[row["Payer"], row["Month"]] = added(lines, "charge_amount") or NOTHING
        for heading, part in columns.items():
            same(row[heading], sum((parts(line)[part] for line in lines), NOTHING), heading)
        for heading, name in expected.items():
            same(row[heading], added(lines, name), heading)
    debits: dict[tuple[str, str], float] = defaultdict(float)
    credited: dict[tuple[str, str], float] = defaultdict(float)
    accounts: dict[str, float] = defaultdict(float)
    for row in table(pack, "Journal"):
        key = row["Payer"], row["Month"]
        debits[key] += row["Debit"] or 0
        credited[key] += row["Credit"] or 0
        accounts[row["Account"]] += (row["Debit"] or 0) - (row["Credit"] or 0)
    assert debits == pytest.approx(credited)
    whole = parquet["lines"]
    for account, amount in {
        "[Patient service revenue, gross]": -(added(whole, "charge_amount") or NOTHING),
        "[Receivable from payers]": added(whole, "medicare_amount"),
        "[Receivable from patients]": added(whole, "patient_amount"),
        "[Denied charges]": sum((parts(line)["denied"] for line in whole), NOTHING),
        "[Contractual adjustments]": sum((parts(line)["adjustment"] for line in whole), NOTHING),
        "[Receivable, price pending]": sum((parts(line)["pending"] for line in whole), NOTHING),
    }.items():
        same(round(accounts[account], 2), amount, account)


def test_review_and_against_paid(pack: openpyxl.Workbook, parquet: dict[str, list[Row]]) -> None:
    lines = {(line["claim_id"], line["claim_line_number"]): line for line in parquet["lines"]}
    wanted = {key for key, line in lines.items() if needs_review(line)}
    shown = table(pack, "Review")
    assert {(row["Claim"], row["Line"]) for row in shown} == wanted
    stakes: dict[int, Decimal] = defaultdict(lambda: NOTHING)
    for row in shown:
        line = lines[row["Claim"], row["Line"]]
        same(row["At stake"], at_stake(line), "Review, At stake")
        said = "; ".join(each for each in (line["reason"], line["review"]) if each)
        same(row["What is so"], said, "Review, What is so")
        day = line["claim_line_start_date"]
        by = day.replace(year=day.year + 1) if payer(line) == "Medicare" else None
        same(row["File by (Medicare)"], by, "Review, File by")
        stakes[row["Act"]] += at_stake(line) or NOTHING
    assert [*stakes] == sorted(stakes)
    assert [*stakes.values()] == sorted(stakes.values(), reverse=True)
    differ = {}
    for key, line in lines.items():
        pairs = (("payer_allowed_amount", "allowed_amount"), ("paid_amount", "medicare_amount"))
        found = [
            line[theirs] - line[ours] if None not in (line[theirs], line[ours]) else None
            for theirs, ours in pairs
        ]
        if any(each is not None and abs(each) > Decimal("0.01") for each in found):
            differ[key] = found
    against = table(pack, "Against paid")
    assert {(row["Claim"], row["Line"]) for row in against} == set(differ)
    for row in against:
        allowed, paid = differ[row["Claim"], row["Line"]]
        same(row["Payer less expected"], allowed, "Against paid, allowed")
        same(row["Paid less expected"], paid, "Against paid, paid")


def labelled(sheet: Any, label: int, first: int, last: int) -> dict[str, list[Any]]:
    """Give the rows of a page by the words in their first column."""
    rows = sheet.iter_rows(min_row=first, max_row=last, values_only=True)
    return {str(row[label]): list(row) for row in rows if row[label] is not None}


def section(sheet: Any, title: str) -> dict[str, list[Any]]:
    """Give the rows of a section of the Summary, up to the first blank one."""
    first = next(row for row in range(1, 300) if sheet.cell(row, 2).value == title) + 2
    last = next(row for row in range(first, 400) if sheet.cell(row, 2).value is None)
    return labelled(sheet, 1, first, last)


def test_the_summary(pack: openpyxl.Workbook, parquet: dict[str, list[Row]]) -> None:
    sheet, lines = pack["Summary"], parquet["lines"]
    told = {label: row[2] for label, row in labelled(sheet, 1, 1, 30).items()}
    allowed, charges = added(lines, "allowed_amount"), added(lines, "charge_amount")
    assert allowed is not None
    assert charges is not None
    patients = (added(lines, "deductible_amount") or NOTHING) + (
        added(lines, "coinsurance_amount") or NOTHING
    )
    paid = added(lines, "medicare_amount")
    assert paid is not None
    stakes = [{"stake": at_stake(line)} for line in lines]
    for label, value in {
        "Expected allowed amount": allowed,
        "Medicare pays": paid,
        "Patients pay": patients,
        "Sequestration and other cuts": allowed - paid - patients,
        "Charges": charges,
        "Not allowed": allowed - charges,
        "To review": added(stakes, "stake"),
        "Checks (must read 0)": 0,
    }.items():
        same(told[label], value, f"Summary, {label}")
    for title, key in {
        "By status": lambda row: row["status"].replace("_", " ").capitalize(),
        "By payer": payer,
        "By month of service": lambda row: row["claim_line_start_date"].isoformat()[:7],
        "Top codes": lambda row: row["hcpcs_code"],
    }.items():
        groups: dict[str, list[Row]] = defaultdict(list)
        for line in lines:
            groups[key(line)].append(line)
        shown = section(sheet, title)
        for label, row in shown.items():
            if label == "Total" or label.startswith("All others"):
                continue
            of_group = groups.get(label, [])
            same(row[2], len(of_group), f"{title}, {label}")
            for place, name in enumerate(AMOUNTS, 3):
                none = None if of_group else NOTHING
                value = added(of_group, name)
                same(row[place], none if value is None else value, f"{title}, {label}, {name}")
        for place, name in enumerate(AMOUNTS, 3):
            same(shown["Total"][place], added(lines, name), f"{title}, total, {name}")


def test_the_bridge(pack: openpyxl.Workbook, parquet: dict[str, list[Row]]) -> None:
    """From charges to payment: each step begins where the last ended, and is its lines' sum."""
    lines, sheet = parquet["lines"], pack["Bridge"]
    key = ("claim_id", "claim_line_number")
    priced = {
        tuple(line[name] for name in key) for line in lines if line["allowed_amount"] is not None
    }
    changes: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    for step in parquet["adjustments"]:
        if step["step"] and tuple(step[name] for name in key) in priced:
            rule = step["rule"].replace("_", " ").capitalize()
            changes[rule] += (step["after"] or NOTHING) - (step["before"] or NOTHING)
    running, seen = None, set()
    for label, change, reached, *_ in sheet.iter_rows(min_row=2, values_only=True):
        if reached is None:
            break
        if change is not None:
            assert running is not None
            running += change
            assert reached == pytest.approx(running)
            if label in changes and label not in {"Deductible", "Coinsurance", "Sequestration"}:
                seen.add(label)
                same(round(change, 2), changes[label], f"Bridge, {label}")
        running = reached
        for name, words in (
            ("charge_amount", "Charges"),
            ("allowed_amount", "Allowed amount"),
            ("medicare_amount", "Medicare pays"),
        ):
            if label == words:
                same(reached, added(lines, name), f"Bridge, {label}")
    assert len(seen) > 5


def test_the_reconciliation(pack: openpyxl.Workbook, parquet: dict[str, list[Row]]) -> None:
    sheet, run = pack["Reconciliation"], parquet["run"][0]
    by_status = [sum(line["status"] == each for line in parquet["lines"]) for each in STATUSES]
    rejects = len(parquet["rejects"])
    wanted = [len(parquet["lines"]) + rejects, *by_status, rejects]
    first = next(
        row
        for row in sheet.iter_rows(min_row=1, max_row=12, values_only=True)
        if row[0] == "claims.csv"
    )
    assert list(first[1:8]) == wanted
    hashes = {row[0]: row[1] for row in sheet.iter_rows(values_only=True) if row[1]}
    assert run["inputs"][0]["sha256"] in hashes.values()
