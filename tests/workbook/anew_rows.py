"""The sheets of rows of an estimate pack, worked out anew."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from payrules.workbook.columns import AT_STAKE, LINE_COLUMNS
from payrules.workbook.work_list import DISPOSITIONS
from tests.workbook.anew import (
    NOTHING,
    OPEN,
    OWES,
    Results,
    added,
    at_stake,
    grouped,
    key_of,
    month,
    needs_review,
    of,
    on_file,
    owed,
    parts,
    payer,
    practitioner,
    share,
    stakes,
)
from tests.workbook.ledger import Ledger, Row, any_of, some_text

CENT = Decimal("0.01")
COINSURANCE = "Coinsurance, where on file"
#: Heading → column, of the sheet of lines.
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
    "Payers pay": "medicare_amount",
    OWES: "patient_amount",
    "CARC": "carc",
    "RARC": "rarc",
    "Review": "review",
    "Reason": "reason",
    "Deductible": "deductible_amount",
    COINSURANCE: "coinsurance_amount",
    "Sequestration": "sequestration_amount",
    "Limiting charge": "limiting_charge",
    "Release": "release",
    "Schedule": "schedule",
    "Locality": "locality",
    "Setting": "setting",
    "Rendering NPI": "rendering_npi",
    "Specialty": "rendering_specialty",
    "Allowed by payer": "payer_allowed_amount",
    "Paid by payer": "paid_amount",
    "Deductible remaining": "deductible_remaining",
    "Participating": "participating",
    "Assignment accepted": "assignment_accepted",
    "MIPS": "mips_amount",
    "First payer's part": "primary_payer_adjustment",
    "Coverage": "coverage_outcome",
    "Coverage policy": "coverage_policy",
    "Found by policy": "coverage_finding",
    "Sessions counted": "coverage_sessions",
    "History counted": "coverage_history",
    "Policy cited": "coverage_cites",
}
PLACES = {
    "11": "11 Office",
    "21": "21 Inpatient hospital",
    "22": "22 On-campus outpatient hospital",
    "24": "24 Ambulatory surgical center",
}
#: The families of the codes of the batch, as the Summary groups them.
FAMILIES = {
    "2": "Bones, joints and muscles",
    "4": "Digestive system",
    "6": "Nervous system and pain",
    "992": "Visits",
    "97": "Therapy",
    "G": "HCPCS G: CMS's own procedures",
    "99999": "Medicine: tests and treatments",
    "36": "Heart and vessels",
}


def family(row: Row) -> str:
    """Name the family of a code by its beginning, the longest that is known."""
    code = row["hcpcs_code"]
    return next(FAMILIES[code[:n]] for n in range(5, 0, -1) if code[:n] in FAMILIES)


def modifiers(row: Row) -> str | None:
    """Give the modifiers of a line as its sheet shows them."""
    given = [row.get(f"hcpcs_modifier_{n}") for n in range(1, 6)]
    return " ".join(filter(None, given)) or row.get("modifiers")


def of_line(line: Row, results: Results) -> Row:
    """Give every column that a sheet may show of a line, by its heading."""
    theirs = (("payer_allowed_amount", "allowed_amount"), ("paid_amount", "medicare_amount"))
    off = [
        line[one] - line[other] if None not in (line[one], line[other]) else None
        for one, other in theirs
    ]
    shown = {heading: line[name] for heading, name in LINES.items() if name in line}
    shown |= {head: on_file(line, LINES[head]) for head in (OWES, COINSURANCE)}
    carried = {
        name: line[name] for name in results.run["carried"] if name not in shown and name in line
    }
    return {
        **carried,
        **line,
        **{each.heading: line.get(name) for name, each in LINE_COLUMNS.items()},
        **shown,
        "Payer": payer(line),
        "Payer in the batch": line["payer"],
        "Diagnosis code 1": line.get("diagnosis_code_1"),
        "Modifiers": modifiers(line),
        "Month": month(line),
        "Code family": family(line),
        "Place of service": PLACES[line["place_of_service_code"]],
        "Practitioner": practitioner(line),
        AT_STAKE: at_stake(line),
        "Payer less expected": off[0],
        "Payer less expected, %": share(off[0], line["allowed_amount"]),
        "Paid less expected": off[1],
        **_compared(line, off),
    }


def _compared(line: Row, off: Sequence[Any]) -> Row:
    """Give the amounts that are compared, and those of payments that are not."""
    ours, theirs = line.get("allowed_amount"), line.get("payer_allowed_amount")
    expected, paid = line.get("medicare_amount"), line.get("paid_amount")
    allowed, payments = (each is not None for each in off)
    payments &= not (payer(line) == OPEN and off[1] is not None and off[1] < -CENT)
    return {
        "Allowed amount, answered": ours if allowed else None,
        "Allowed by payer, answered": theirs if allowed else None,
        "Expected payment, answered": expected if payments else None,
        "Paid by payer, answered": paid if payments else None,
        "Expected payment, not compared": None if payments else expected,
        "Paid by payer, not compared": None if payments else paid,
        **({} if payments else {"Paid less expected": None}),
    }


def lines_sheet(ledger: Ledger, results: Results) -> None:
    """Hold every line, in the order of the batch."""
    ledger.table("Lines", [of_line(line, results) for line in results.lines])


def steps_sheet(ledger: Ledger, results: Results) -> None:
    """Hold every step of the trail."""
    ledger.table(
        "Adjustments",
        [
            {
                "Claim": step["claim_id"],
                "Line": step["claim_line_number"],
                "Step": step["step"],
                "Rule": step["rule"],
                "Before": step["before"],
                "Factor": step["factor"],
                "After": step["after"],
                "Change": (step["after"] or NOTHING) - (step["before"] or NOTHING)
                if step["step"]
                else None,
                "Group": step["group_code"],
                "CARC": step["carc"],
                "RARC": step["rarc"],
                "Detail": step["detail"],
                "Citation": step["cites"],
            }
            for step in results.steps
        ],
    )


def heading_of_claims(name: str) -> str:
    """Head a column of the claims as the sheets of lines do."""
    known = LINE_COLUMNS.get(name)
    if known is None:
        apart = {"hcpcs_modifiers": "HCPCS modifiers", "diagnosis_code_1": "Diagnosis code 1"}
        return apart.get(name, name)
    return known.heading


def number(name: str, value: Any) -> Any:
    """Give a charge, units or a line's number as the number that it is."""
    is_counted = name in LINE_COLUMNS and LINE_COLUMNS[name].format in {
        *("money", "quantity", "integer")
    }
    is_number = isinstance(value, str) and value.replace(".", "").isdigit()
    return Decimal(value) if is_counted and is_number else value


def rejects_sheet(ledger: Ledger, results: Results) -> None:
    """Hold every rejected row."""
    (file,) = results.run["inputs"]
    named = ("row", "column", "value", "reason")
    ledger.table(
        "Rejects",
        [
            {
                **{name: number(name, value) for name, value in each.items()},
                "File": file["name"],
                **{name.capitalize(): each[name] for name in named},
            }
            for each in results.rejects
        ],
    )


GROUPS: dict[str, tuple[str, Any]] = {
    "By code": ("Code", lambda row: row["hcpcs_code"]),
    "By practitioner": ("Practitioner", practitioner),
    "By claim": ("Claim", lambda row: row["claim_id"]),
}


def group_sheet(name: str, ledger: Ledger, results: Results) -> None:
    """Hold the lines added up by code, practitioner or claim, the most allowed first."""
    heading, key = GROUPS[name]
    groups = grouped(results.lines, key)
    found = [row[0].value for row in ledger.book[name].iter_rows(min_row=2)][:-1]
    assert sorted(found) == sorted(groups)
    rows: list[Row] = []
    for group in found:
        lines = groups[group]
        priced = [line for line in lines if line["status"] == "priced"]
        allowed, charges = added(lines, "allowed_amount"), added(lines, "charge_amount")
        mean = None
        if priced and allowed is not None:
            mean = (allowed / len(priced)).quantize(CENT, ROUND_HALF_UP)
        rows.append(
            {
                heading: group,
                "Person": lines[0]["person_id"],
                "Lines": len(lines),
                "Claims": len({line["claim_id"] for line in lines}),
                "Units": sum(line["service_unit_quantity"] for line in lines),
                "Charge": charges,
                "Allowed amount": allowed,
                "Allowed of charge": share(allowed, charges),
                "Allowed per line": mean,
                "Payers pay": added(lines, "medicare_amount"),
                OWES: owed(lines),
                "Priced lines": len(priced),
                "Lines to review": sum(map(needs_review, lines)),
                AT_STAKE: stakes(lines),
            }
        )
    whole = results.lines
    totals: Row = {
        "Lines": len(whole),
        "Units": sum(line["service_unit_quantity"] for line in whole),
        "Charge": of(whole, "charge_amount"),
        "Allowed amount": of(whole, "allowed_amount"),
        "Payers pay": of(whole, "medicare_amount"),
        OWES: owed(whole),
        "Priced lines": sum(line["status"] == "priced" for line in whole),
        "Lines to review": sum(map(needs_review, whole)),
        AT_STAKE: stakes(whole),
    }
    ledger.table(name, rows, totals)


ACCRUED = {
    "Contractual adjustment, with sequestration": "adjustment",
    "Denied": "denied",
    "Pending a price": "pending",
}


#: What stands above what is accrued: of one payer the patients' share is not known.
OF_TRICARE = (
    "tricare: the payer's file says no coinsurance. What its patients owe of it is not known, and"
    " stands in what the payer pays."
)
#: And above what it paid otherwise.
OF_TRICARE_PAID = (
    "tricare, no coinsurance on file: expected payments hold what patients owe of it; paid less by"
    " that is not underpaid."
)


def _rows_of(ledger: Ledger, sheet: str) -> list[Any]:
    """Give the cells of a sheet's table, row by row."""
    page = ledger.book[sheet]
    (area,) = page.tables.values()
    return [*page[area.ref]]


def accrual_sheet(ledger: Ledger, results: Results) -> None:
    """Hold what the charges of each payer and month become."""

    def row_of(lines: list[Row]) -> Row:
        return {
            "Lines": len(lines),
            "Charges": of(lines, "charge_amount"),
            **{
                heading: sum((parts(line)[part] for line in lines), NOTHING)
                for heading, part in ACCRUED.items()
            },
            "Expected net, payer": of(lines, "medicare_amount"),
            "Expected, patient": of(lines, "patient_amount"),
            "Paid by first payer": of(lines, "primary_paid_amount"),
        }

    groups = grouped(results.lines, lambda line: f"{payer(line)}\t{month(line)}")
    found = [(row[0].value, row[1].value) for row in _rows_of(ledger, "Accrual")[1:-1]]
    assert sorted(found) == sorted(tuple(each.split("\t")) for each in groups)
    rows = [
        {"Payer": who, "Month": when, **row_of(groups[f"{who}\t{when}"])} for who, when in found
    ]
    for row in rows:  # a group without an amount is blank, and 0.00 where it adds up to it
        lines = groups[f"{row['Payer']}\t{row['Month']}"]
        for heading, name in (
            ("Charges", "charge_amount"),
            ("Expected net, payer", "medicare_amount"),
            ("Paid by first payer", "primary_paid_amount"),
        ):
            row[heading] = added(lines, name)
        row["Expected, patient"] = owed(lines)
    whole = row_of(list(results.lines))
    # A column without an amount has no total, as a group without one is blank.
    whole["Paid by first payer"] = added(results.lines, "primary_paid_amount")
    ledger.table("Accrual", rows, whole, note=OF_TRICARE)


#: Account → the part of the accrual that it takes, and on which side.
ACCOUNTS: dict[str, tuple[str, int]] = {
    "[Patient service revenue, gross]": ("charge", -1),
    "[Receivable from payers]": ("payer", 1),
    "[Receivable from patients]": ("patient", 1),
    "[Denied charges]": ("denied", 1),
    "[Contractual adjustments]": ("adjustment", 1),
    "[Receivable, price pending]": ("pending", 1),
}


def journal_sheet(ledger: Ledger, results: Results) -> None:
    """Hold every posting: its account's part of its payer and month, and that entries balance."""
    groups = grouped(results.lines, lambda line: f"{payer(line)}\t{month(line)}")
    headings, *postings = _rows_of(ledger, "Journal")
    names = [cell.value for cell in headings]
    found = [dict(zip(names, (cell.value for cell in row), strict=True)) for row in postings[:-1]]
    rows, seen = [], defaultdict(Decimal)
    for each in found:
        lines = groups[f"{each['Payer']}\t{each['Month']}"]
        part, side = ACCOUNTS[each["Account"]]
        amounts = {
            "charge": of(lines, "charge_amount"),
            "payer": of(lines, "medicare_amount"),
            "patient": of(lines, "patient_amount"),
            **{
                name: sum((parts(line)[name] for line in lines), NOTHING)
                for name in ("denied", "adjustment", "pending")
            },
        }
        amount = side * amounts[part]
        seen[each["Entry"]] += amount
        year, of_year = map(int, each["Month"].split("-"))
        last = 30 if of_year in {4, 6} else 31
        rows.append(
            {
                "Entry": some_text if isinstance(each["Entry"], str) else each["Entry"],
                "Date": f"{year}-{of_year:02}-{last}",
                "Account": each["Account"],
                "Debit": amount if amount > 0 else None,
                "Credit": -amount if amount < 0 else None,
                "Memo": some_text,
                "Payer": each["Payer"],
                "Month": each["Month"],
            }
        )
    assert set(seen.values()) == {NOTHING}
    posted = sum((row["Debit"] or NOTHING for row in rows), NOTHING)
    ledger.table("Journal", rows, {"Debit": posted, "Credit": posted}, note=OF_TRICARE)
    # Nothing is left out: all of the charges are posted.
    credited = sum((row["Credit"] or NOTHING for row in rows if "gross" in row["Account"]), NOTHING)
    assert credited == of(results.lines, "charge_amount")


def review_sheet(ledger: Ledger, results: Results) -> None:
    """Hold the work list: each line once, by the act that mends it, the most dollars first."""
    lines = {key_of(line): line for line in results.lines}
    page = ledger.book["Review"]
    names = [cell.value for cell in page[1]]
    found = [
        dict(zip(names, (cell.value for cell in row), strict=True))
        for row in page.iter_rows(min_row=2)
    ]
    wanted = {key for key, line in lines.items() if needs_review(line)}
    assert sorted((row["Claim"], row["Line"]) for row in found) == sorted(wanted)
    rows, of_act, words = [], defaultdict(Decimal), defaultdict(set)
    for each in found:
        line = lines[each["Claim"], each["Line"]]
        told = of_line(line, results)
        day, who = line["claim_line_start_date"], payer(line)
        words[each["Act"]].add(each["What to do"])
        of_act[each["Act"]] += at_stake(line) or NOTHING
        rows.append(
            {
                **told,
                "Act": each["Act"],
                "What to do": some_text,
                "What is so": "; ".join(filter(None, (line["reason"], line["review"]))),
                "File by": day.replace(year=day.year + 1) if who == "Medicare" else None,
                "Owner": None,
                "Due": None,
                "Disposition": any_of({None, *DISPOSITIONS}),
            }
        )
    # One act is one sentence; acts are numbered by the dollars that they may bring.
    assert sorted(map(len, words.values())) == [1] * len(words)
    assert [*of_act] == sorted(of_act)
    assert [*of_act.values()] == sorted(of_act.values(), reverse=True)
    ledger.table("Review", rows)


def against_paid_sheet(ledger: Ledger, results: Results) -> None:
    """Hold the lines that a payer allowed or paid otherwise, the least first."""
    rows = []
    for line in results.lines:
        told = of_line(line, results)
        off = [told["Payer less expected"], told["Paid less expected"]]
        is_apart = told["Paid by payer, not compared"] is not None
        if is_apart or any(each is not None and abs(each) > CENT for each in off):
            rows.append(told)
    rows.sort(key=lambda row: (row["Payer less expected"], row["Paid less expected"]))
    totals = {
        heading: sum((row[heading] or NOTHING for row in rows), NOTHING)
        if any(row[heading] is not None for row in rows)
        else None
        for heading in (
            *("Units", "Charge", "Allowed amount", "Payer less expected", "Paid less expected"),
            *("Allowed amount, answered", "Allowed by payer, answered"),
            *("Expected payment, answered", "Paid by payer, answered"),
            *("Expected payment, not compared", "Paid by payer, not compared"),
        )
    }
    for theirs, ours, off in (
        ("Allowed by payer, answered", "Allowed amount, answered", "Payer less expected"),
        ("Paid by payer, answered", "Expected payment, answered", "Paid less expected"),
    ):
        if totals[off] is not None:
            assert totals[theirs] - totals[ours] == totals[off]
    left_out = "Lines off by more than a cent, or not compared; those that agree are left out."
    ledger.table("Against paid", rows, totals, note=f"{left_out} {OF_TRICARE_PAID}")


def coverage_sheet(ledger: Ledger, results: Results) -> None:
    """Hold the lines that a policy finds something of."""
    rows = [of_line(line, results) for line in results.lines if line["coverage_finding"]]
    assert rows
    totals = {"Allowed amount": sum((row["Allowed amount"] or NOTHING for row in rows), NOTHING)}
    ledger.table("Coverage", rows, totals)


#: Of what changed: heading → column, as it was and as it is.
COMPARED = {
    "Code": "hcpcs_code",
    "Status": "status",
    "Charge": "charge_amount",
    "Allowed": "allowed_amount",
    "Payer pays": "medicare_amount",
    "Patient owes": "patient_amount",
}


#: Why: words → column, in the order in which they are looked at.
BILLED = {
    "another code": "hcpcs_code",
    "another date of service": "claim_line_start_date",
    "other modifiers": "hcpcs_modifier_1",
    "other units": "service_unit_quantity",
    "another place of service": "place_of_service_code",
    "another locality": "locality",
}


def changed(results: Results) -> list[tuple[str, Row | None, Row | None]]:
    """List the lines that are new, dropped or priced otherwise: which, as they were and are."""
    before, now = ({key_of(line): line for line in each} for each in (results.last, results.lines))
    found: list[tuple[str, Row | None, Row | None]] = []
    for key in {**now, **before}:
        was, is_ = before.get(key), now.get(key)
        if was is None or is_ is None:
            found.append(("New" if was is None else "Dropped", was, is_))
        elif any(was[name] != is_[name] for name in COMPARED.values()):
            found.append(("Priced otherwise", was, is_))
    return found


def changed_lines_sheet(ledger: Ledger, results: Results) -> None:
    """Hold each line that changed, as it was and as it is."""
    page = ledger.book["Changed lines"]
    order = [(row[0].value, row[1].value) for row in page.iter_rows(min_row=2)][:-1]
    of_key = {key_of(is_ or was or {}): (what, was, is_) for what, was, is_ in changed(results)}
    assert sorted(order) == sorted(of_key)
    rows: list[Row] = []
    for key in order:
        what, was, is_ = of_key[key]
        sides = (("last", was or {}), ("now", is_ or {}))
        row: Row = {"Claim": key[0], "Line": key[1], "Change": what, "Because of": None}
        if was and is_:
            named = {**BILLED, **{f"another {head}": head for head in ("status", "charge_amount")}}
            row["Because of"] = next(
                (
                    words.removesuffix("_amount")
                    for words, name in named.items()
                    if was.get(name) != is_.get(name)
                ),
                "other amounts",
            )
        for when, line in sides:
            row |= {f"{head}, {when}": line.get(name) for head, name in COMPARED.items()}
            owes = on_file(line, "patient_amount") if line else None
            row[f"Patient owes, {when}, where on file"] = owes
            row[f"Release, {when}"] = line.get("release")
        for heading, name in (
            ("Change of allowed", "allowed_amount"),
            ("Change of payment", "medicare_amount"),
        ):
            pair = [line.get(name) for _, line in sides]
            known = [each for each in pair if each is not None]
            row[heading] = (pair[1] or NOTHING) - (pair[0] or NOTHING) if known else None
        rows.append(row)
    totals = {
        heading: sum((row[heading] or NOTHING for row in rows), NOTHING)
        for heading in rows[0]
        if any(isinstance(row[heading], Decimal) for row in rows)
    }
    ledger.table("Changed lines", rows, totals)


ROWS = {
    "Lines": lines_sheet,
    "Adjustments": steps_sheet,
    "Rejects": rejects_sheet,
    **{
        name: (lambda ledger, results, name=name: group_sheet(name, ledger, results))
        for name in GROUPS
    },
    "Accrual": accrual_sheet,
    "Journal": journal_sheet,
    "Review": review_sheet,
    "Against paid": against_paid_sheet,
    "Coverage": coverage_sheet,
    "Changed lines": changed_lines_sheet,
}
