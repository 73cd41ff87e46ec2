"""The pages of an estimate pack, worked out anew, from Summary to About."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from payrules.workbook.figures.changes import WHAT
from tests.workbook.anew import (
    AMOUNTS,
    GROUPED,
    NOTHING,
    OPEN,
    STATUSES,
    Results,
    added,
    grouped,
    in_words,
    key_of,
    many,
    month,
    of,
    on_file,
    owed,
    payer,
    practitioner,
    share,
    stakes,
)
from tests.workbook.anew_about import hold_about, of_rule, since
from tests.workbook.anew_rows import OF_TRICARE_PAID, PLACES, changed, family
from tests.workbook.ledger import Ledger, Row, begins, check_rows, some_text

#: What stands right of what is read: the figures behind charts.
BEHIND = {"Summary": 21, "Bridge": 9}
PAGE = 9
GIVEN = {"Medicare", "tricare"}
CENT = Decimal("0.01")
DAY_0 = datetime(1899, 12, 30)


def group_row(label: str, lines: Sequence[Row], *, total: bool = False) -> list[Any]:
    """Give a row of a table of groups: lines, amounts, the share of charges."""
    amounts = [(of if total else added)(lines, name) for name in AMOUNTS]
    amounts[-1] = owed(lines) if lines and not (total and amounts[-1] == 0) else amounts[-1]
    return [label, len(lines), *amounts, share(amounts[1], amounts[0])]


def group_table(
    title: str,
    lines: Sequence[Row],
    key: Callable[[Row], str],
    *,
    order: Callable[[tuple[str, Sequence[Row]]], Any] | None = None,
    most: int | None = None,
) -> list[list[Any]]:
    """Give a table of groups, the most allowed first; the smaller ones together."""
    groups = sorted(
        grouped(lines, key).items(),
        key=order or (lambda each: (-of(each[1], "allowed_amount"), -of(each[1], "charge_amount"))),
    )
    shown = [group_row(label, rows) for label, rows in groups[:most]]
    if most is not None and groups[most:]:
        rest = [line for _, rows in groups[most:] for line in rows]
        shown.append(group_row(f"All others ({len(groups) - most})", rest, total=True))
    return [[title], [*GROUPED], *shown, group_row("Total", lines, total=True)]


def headline(results: Results) -> list[list[Any]]:
    """Give the answer, row by row."""
    lines = results.lines
    allowed, charges = of(lines, "allowed_amount"), of(lines, "charge_amount")
    paid = of(lines, "medicare_amount")
    patients = of(lines, "deductible_amount") + of(lines, "coinsurance_amount")
    beyond = of(lines, "patient_amount") - patients
    of_payers = sorted(
        grouped(lines, payer).items(), key=lambda each: -of(each[1], "medicare_amount")
    )
    uncharged = sum(line["charge_amount"] is None for line in lines)
    review = [line for line in lines if stakes([line]) is not None]
    reviewed = sum(line["status"] != "priced" or line["review"] is not None for line in lines)
    rejected = [each["charge_amount"] for each in results.rejects]
    read = [Decimal(each) for each in rejected if each.replace(".", "").isdigit()]
    unread = len(rejected) - len(read)
    last = of(results.last, "allowed_amount")
    return [
        ["Expected allowed amount", allowed, f"{100 * allowed / charges:.1f} % of charges"],
        ["Payers pay", paid],
        *(
            [
                name,
                of(rows, "medicare_amount"),
                f"of {of(rows, 'allowed_amount'):,.2f} allowed on {many(len(rows), 'line')}"
                + ("" if name in GIVEN else "; not given, so priced as Medicare")
                + ("; with the coinsurance, which its file does not say" if name == OPEN else ""),
            ]
            for name, rows in of_payers
        ),
        [
            "Patients pay",
            patients,
            f"deductible and coinsurance; not known of {OPEN}, with no coinsurance on file",
        ],
        ["Sequestration and other cuts", allowed - paid - patients, "nobody pays these"],
        ["Patients owe beyond it", beyond, "assignment not accepted: up to the limiting charge"],
        [
            "Charges",
            charges,
            f"{many(len(lines), 'line')}, {uncharged} of them without a charge",
        ],
        ["Not allowed", allowed - charges, "reductions, denials, lines without an amount"],
        [
            "Since last time",
            allowed - last,
            f"allowed, from {last:,.2f} to {allowed:,.2f}: see what changed since last time",
        ],
        ["To review", stakes(review), begins(f"at stake on {many(reviewed, 'line')}")],
        [
            "Rejected rows",
            sum(read, NOTHING),
            f"charges on {many(len(rejected), 'row')} that were not priced; not readable and"
            f" counted as 0.00 on {unread} of them",
        ],
        ["Checks (must read 0)", 0, lambda said: said.split(" of ")[0] in said.split(" of ")[1]],
        ["Prepared by", "Date"],
        ["Reviewed by", "Date"],
    ]


def to_look_at(ledger: Ledger, results: Results) -> list[list[Any]]:
    """Give what to look at first: the work list by act, added up."""
    lines = {key_of(line): line for line in results.lines}
    names, *rows = ledger.book["Review"].iter_rows(values_only=True)
    listed = [dict(zip(names, row, strict=True)) for row in rows]
    found = []
    for acts in grouped(listed, lambda row: f"{row['Act']:05}").values():
        own = [lines[row["Claim"], row["Line"]] for row in acts]
        status = in_words(own[0]["status"])
        words = "Priced with a note" if status == "Priced" else status
        advice = acts[0]["What to do"]
        if status == "Priced":
            advice = begins(advice[:22])
        found.append([words, len(own), stakes(own), advice])
    found.sort(key=lambda row: -row[2])
    return [[begins("What to look at first (")], ["Lines", "At stake", "What to do"], *found]


#: What was expected, what the payer says of it, and the words for both.
MEASURES = (
    ("allowed_amount", "payer_allowed_amount", "Allowed"),
    ("medicare_amount", "paid_amount", "Paid"),
)
NOTES = (
    ["Variance: the payer's amount less what was expected of the lines that it answered."],
    ["Pending: expected of lines without an answer yet; they are in no variance."],
    ["Lines pending: all without an answer, also those that have no expected amount."],
)
SET_APART = "Not comparable: the patient's share is not on file"
OPEN_PAID = [OF_TRICARE_PAID]


def answers(results: Results, ours: str, theirs: str, words: str) -> list[list[Any]]:
    """Give what each payer answered: expected, answered, theirs, variance, pending."""

    def is_apart(line: Row) -> bool:
        less = line[theirs] - line[ours] < -CENT
        return less and payer(line) == OPEN and ours == "medicare_amount"

    def row_of(label: str, lines: Sequence[Row]) -> list[Any]:
        both = [line for line in lines if None not in (line[ours], line[theirs])]
        apart = [line for line in both if is_apart(line)]
        both = [line for line in both if not is_apart(line)]
        pending = [line for line in lines if line[ours] is not None and line[theirs] is None]
        answered, told = added(both, ours), added(both, theirs)
        if apart and not answered and not told:
            answered = told = None
        off = None if told is None or answered is None else told - answered
        of_both = [added(lines, ours), answered, told, off, added(pending, ours)]
        return [label, *of_both, sum(line[theirs] is None for line in lines)]

    groups = sorted(
        grouped(results.lines, payer).items(), key=lambda each: -of(each[1], "allowed_amount")
    )
    told = [line for line in results.lines if None not in (line[ours], line[theirs])]
    apart = [line for line in told if is_apart(line)]
    return [
        [f"Expected against {words.lower()}, by payer"],
        ["Expected", "Answered", f"Payer {words.lower()}", "Variance", "Pending", "Lines pending"],
        *(row_of(name, lines) for name, lines in groups),
        row_of("Total", results.lines),
        *([[SET_APART, added(apart, ours), added(apart, theirs)]] if apart else []),
        *NOTES,
        *([OPEN_PAID] if ours == "medicare_amount" else []),
    ]


def against_paid(results: Results) -> list[list[Any]]:
    """Give the lines that are less, as, and more than expected."""
    found: list[list[Any]] = [
        ["Expected against paid"],
        ["Lines", "Expected", "By payer", "Difference", "Of expected"],
    ]
    for ours, theirs, words in MEASURES:
        kinds: dict[str, list[Row]] = {"less": [], "as": [], "more": []}
        apart: list[Row] = []
        for line in results.lines:
            if None not in (line[ours], line[theirs]):
                off = line[theirs] - line[ours]
                if off < -CENT and payer(line) == OPEN and ours == "medicare_amount":
                    apart.append(line)
                    continue
                kinds["as" if abs(off) <= CENT else "less" if off < 0 else "more"].append(line)
        whole = [line for lines in kinds.values() for line in lines]
        aside = [line for line in results.lines if line not in [*whole, *apart]]
        labels = {
            f"{words} less than expected": kinds["less"],
            f"{words} as expected": kinds["as"],
            f"{words} more than expected": kinds["more"],
            f"{words}, compared": whole,
        }
        for label, lines in labels.items():
            expected, told = of(lines, ours), of(lines, theirs)
            off = told - expected
            found.append([label, len(lines), expected, told, off, share(off, expected)])
        if apart:
            label = f"{words} not comparable: the patient's share is not on file"
            found.append([label, len(apart), of(apart, theirs)])
        found.append(
            [f"{words} not compared, an amount is missing", len(aside), added(aside, theirs)]
        )
    return [*found, [begins("Whether a difference is owed, why, and what to appeal:")], OPEN_PAID]


def summary(ledger: Ledger, results: Results) -> None:
    """Hold the first sheet, and what stands behind its charts."""
    lines, run = results.lines, results.run
    days = sorted(str(line["claim_line_start_date"])[:10] for line in lines)
    at = run["at"].replace("T", " ")[:16]
    told = f"payrules {run['payrules']}  ·  {at} UTC  ·  an estimate, not a claim decision"
    what = [
        *("claims.csv", f"services of {days[0]} to {days[-1]}", "payers Medicare, tricare"),
        f"fee schedule {', '.join(each['name'] for each in run['releases'])}",
    ]
    statuses = [
        group_row(in_words(status), [line for line in lines if line["status"] == status])
        for status in STATUSES
    ]
    labels = (("By payer", payer), ("By practitioner", practitioner))
    groups = [group_table(title, lines, key) for title, key in labels]
    # The bridge's chart stands behind the tables that fill the page before it.
    column = [cell.value for cell in ledger.book["Summary"]["B"]]
    chart = next(n for n, each in enumerate(column) if str(each).startswith("The chart begins"))
    before = sum(column.index(title) < chart for title, _ in labels)
    ledger.page(
        "Summary",
        [
            ["What the payers allow"],
            ["  ·  ".join(what)],
            [told],
            *headline(results),
            *to_look_at(ledger, results),
            *(row for measure in MEASURES for row in answers(results, *measure)),
            *against_paid(results),
            ["By status"],
            [*GROUPED],
            *statuses,
            group_row("Total", lines, total=True),
            *(row for group in groups[:before] for row in group),
            [begins("The chart begins at the fee schedule amounts:")],
            *(row for group in groups[before:] for row in group),
            *group_table(
                "By place of service", lines, lambda line: PLACES[line["place_of_service_code"]]
            ),
            *group_table("By code family", lines, family),
            *group_table("By month of service", lines, month, order=lambda each: each[0]),
            *group_table("Top codes", lines, lambda line: line["hcpcs_code"], most=10),
        ],
        last=BEHIND["Summary"] - 1,
    )
    bars = drawn(bridge_rows(results))
    reduced = sorted(
        ((label, -change) for label, change, *_ in rule_changes(results) if change < 0),
        key=lambda each: (-each[1], each[0]),
    )[:10]
    codes = grouped(lines, lambda line: line["hcpcs_code"])
    most = sorted(codes, key=lambda code: -of(codes[code], "allowed_amount"))[:10]
    beside = [[*each] for each in reduced]
    for place, code in enumerate(most):
        while len(beside) <= place:
            beside.append([])
        beside[place] += [code, of(codes[code], "allowed_amount")]
    ledger.page(
        "Summary",
        [["Figures behind the charts"], BAR_NAMES, *bars, *beside],
        first=BEHIND["Summary"],
    )


# -- the bridge -------------------------------------------------------------------------------

BAR_NAMES = ["Step", "Base", "Total", "Decrease", "Increase", "Room", "Top"]
#: Between the allowed amount and the payment: whose they are.
OF_PATIENT = {"deductible", "coinsurance"}
AFTER_ALLOWED = ("deductible", "coinsurance", "therapy_assistant", "sequestration")


def rule_changes(results: Results) -> list[tuple[str, Decimal, int, str]]:
    """Give what each rule changed of the lines that have an amount, in the order they ran."""
    allowed = {key_of(line) for line in results.lines if line["allowed_amount"] is not None}
    found = []
    for rule in dict.fromkeys(each["name"] for each in results.run["rules"]):
        steps = [
            step
            for step in results.steps
            if step["rule"] == rule
            and step["step"]
            and key_of(step) in allowed
            and step["after"] != step["before"]
        ]
        change = sum(
            ((each["after"] or NOTHING) - (each["before"] or NOTHING) for each in steps), NOTHING
        )
        if steps and rule not in AFTER_ALLOWED:
            found.append((in_words(rule), change, len({key_of(each) for each in steps}), rule))
    return found


def bridge_rows(results: Results) -> list[tuple[str, Decimal | None, Decimal, int, str]]:
    """Give each row of the bridge: label, change, what is reached, lines, the rule."""
    lines = results.lines
    reached = of(lines, "charge_amount")
    rows: list[tuple[str, Decimal | None, Decimal, int, str]] = [
        ("Charges", None, reached, len(lines), "")
    ]

    def step(label: str, change: Decimal, count: int, rule: str = "") -> None:
        nonlocal reached
        if count or change:
            reached += change
            rows.append((label, change, reached, count, rule))

    amountless = [line for line in lines if line["allowed_amount"] is None]
    for status in STATUSES:
        left = [line for line in amountless if line["status"] == status]
        step(in_words(status), -of(left, "charge_amount"), len(left))
    priced = [line for line in lines if line["allowed_amount"] is not None]
    with_amount = len(priced)
    fees = {key_of(each): each["after"] for each in results.steps if each["step"] == 0}
    charged = [
        line for line in priced if line["charge_amount"] is not None and key_of(line) in fees
    ]
    free = [line for line in priced if line["charge_amount"] is None and key_of(line) in fees]
    step("Billed without a charge", sum((fees[key_of(x)] for x in free), NOTHING), len(free))
    off = sum((fees[key_of(x)] for x in charged), NOTHING) - of(charged, "charge_amount")
    step("Charge above fee schedule", off, len(charged))
    rows.append(("Fee schedule amounts", None, reached, with_amount, ""))
    for label, change, count, rule in rule_changes(results):
        step(label, change, count, rule)
    assert reached == of(lines, "allowed_amount")
    rows.append(("Allowed amount", None, reached, with_amount, ""))
    owed = {"deductible": "deductible_amount", "coinsurance": "coinsurance_amount"}
    owed["sequestration"] = "sequestration_amount"
    for rule in AFTER_ALLOWED:
        label = in_words(rule) + (" (patient)" if rule in OF_PATIENT else "")
        if rule in owed:
            taken = [line for line in lines if line[owed[rule]]]
            step(label, -of(taken, owed[rule]), len(taken), rule)
        else:
            own = [each for each in results.steps if each["rule"] == rule and each["step"]]
            change = sum((each["after"] - each["before"] for each in own), NOTHING)
            step(label, change, len({key_of(each) for each in own}), rule)
    assert reached == of(lines, "medicare_amount")
    rows.append(("Payers pay", None, reached, with_amount, ""))
    return rows


def drawn(rows: Sequence[tuple[str, Decimal | None, Decimal, int, str]]) -> list[list[Any]]:
    """Give the bars of a bridge from the fee schedule amounts on, and the room for their labels."""
    first = next(at for at, row in enumerate(rows) if row[0] == "Fee schedule amounts")
    bars = []
    for label, change, reached, *_ in rows[first:]:
        if change is None:
            bars.append([label, NOTHING, reached])
        else:
            bars.append([label, min(reached, reached - change), abs(change)])
    tops = [bar[1] + bar[2] for bar in bars]
    room = (max(tops) / 8).quantize(CENT)
    return [[*bar, room, top] for bar, top in zip(bars, tops, strict=True)]


def bridge(ledger: Ledger, results: Results) -> None:
    """Hold the bridge: each step begins where the last ended, and is its lines' sum."""
    rules = {}
    for each in results.run["rules"]:
        rules.setdefault(each["name"], []).append(each)
    rows: list[list[Any]] = []
    for label, change, reached, count, rule in bridge_rows(results):
        what: list[Any] = [some_text]
        if rule:
            what = [
                lambda said, rule=rule: (
                    said in {x["title"] for x in rules[rule]} or said.endswith("'s own terms.")
                ),
                lambda said, rule=rule: any(x["cites"] in said for x in rules[rule]),
            ]
        elif label == "Charge above fee schedule":
            what.append(begins("42 CFR 414"))
        changes = [] if change is None else [change]
        rows.append([label, *changes, reached, count, *what])
    lines = results.lines
    patients = [of(lines, "deductible_amount"), of(lines, "coinsurance_amount")]
    paid, cut = of(lines, "medicare_amount"), of(lines, "sequestration_amount")
    allowed = of(lines, "allowed_amount")
    ledger.page(
        "Bridge",
        [
            ["Step", "Change", "Reached", "Lines", "What it does", "Citation"],
            *rows,
            [begins("A line without an amount leaves the bridge with its whole charge.")],
            ["Who bears the allowed amount"],
            ["Payers pay", paid],
            ["Deductible", patients[0]],
            ["Coinsurance, where on file", patients[1]],
            ["Sequestration", cut],
            ["Therapy assistants' reduction", allowed - paid - sum(patients) - cut],
            ["Allowed amount", allowed],
            ["Patients owe beyond it", of(lines, "patient_amount") - sum(patients)],
        ],
        last=BEHIND["Bridge"] - 1,
    )
    bars = drawn(bridge_rows(results))
    ledger.page("Bridge", [["Figures behind the chart"], BAR_NAMES, *bars], first=BEHIND["Bridge"])


# -- what changed, what was read, About -------------------------------------------------------


def changes(ledger: Ledger, results: Results) -> None:
    """Hold the steps from last time to now, and what stands otherwise."""

    def step(label: str, was: Sequence[Row], now: Sequence[Row], count: int) -> list[Any]:
        *amounts, owes = [of(now, name) - of(was, name) for name in AMOUNTS]
        priced = [each for each in (*was, *now) if each["allowed_amount"] is not None]
        is_open = any(on_file(each, "patient_amount") is None for each in priced)
        return [label, count, *amounts, None if is_open and not owes else owes, WHAT[label]]

    rows = []
    for label in ("Dropped", "New", "Priced otherwise"):
        own = [each for each in changed(results) if each[0] == label]
        was = [each[1] for each in own if each[1] is not None]
        now = [each[2] for each in own if each[2] is not None]
        rows.append(step(label, was, now, len(own)))
    last, now_ = results.last_run, results.run
    otherwise = [[each["name"], "Payer", "not there", "given"] for each in now_["other_payers"]]
    held = {each["name"]: each for each in last["rules"]}
    for each in now_["rules"]:
        said = f"{each['cites']}, since {each['effective']}"
        before = held.get(each["name"])
        was_said = (
            "not there" if before is None else f"{before['cites']}, since {before['effective']}"
        )
        if "medicare" in each["of"] and was_said != said:
            otherwise.append([f"Medicare: {in_words(each['name'])}", "Rule", was_said, said])
    for other in now_["other_payers"]:
        for term in other.get("terms", []):
            what = in_words(term["rule"])
            what += "" if term["term"] == "off" else f", {of_rule(term)}"
            value = since(term["payer"])
            otherwise.append([f"{other['name']}: {what}", "Term", "not there", value])
    ledger.page(
        "Changes",
        [
            ["What changed since last time"],
            ["Compared with last.parquet, last.json."],
            ["From last time to now"],
            ["Lines", "Charges", "Allowed", "Payers pay", "Patients owe, where on file"],
            step("Last time", [], results.last, len(results.last)),
            *rows,
            step("Now", [], results.lines, len(results.lines)),
            ["What stands otherwise"],
            ["What is otherwise", "Kind", "Last time", "Now"],
            *otherwise,
        ],
    )


def reconciliation(ledger: Ledger, results: Results) -> None:
    """Hold rows and charges by file, and every check."""
    of_status = [[line for line in results.lines if line["status"] == each] for each in STATUSES]
    rejected = [each["charge_amount"] for each in results.rejects]
    lost = sum((Decimal(each) for each in rejected if each.replace(".", "").isdigit()), NOTHING)
    rows = [*map(len, of_status), len(rejected)]
    charges = [*(of(lines, "charge_amount") for lines in of_status), lost]
    names = [*map(in_words, STATUSES), "Rejected", "Difference"]
    file = results.run["inputs"][0]["name"]
    whole = [sum(rows), *rows, 0]
    dollars = [sum(charges, NOTHING), *charges, 0]
    page = ledger.book["Reconciliation"]
    first = next(cell.row for cell in page["A"] if cell.value == "Checks")
    found = [
        [cell for cell in row if cell.value is not None] for row in page.iter_rows(max_row=first)
    ]
    wanted = [
        ["Reconciliation"],
        [begins("Rows and charges of every file are accounted for.")],
        ["Rows by file"],
        ["File", "Rows in", *names],
        [file, *whole],
        ["All files", *whole],
        ["Charges by file"],
        ["File", "Charges in", *names],
        [file, *dollars],
        ["All files", *dollars],
        ["Checks"],
    ]
    for cells, row in zip(filter(None, found), wanted, strict=True):
        for cell, value in zip(cells, row, strict=True):
            ledger.hold("Reconciliation", cell, value)
    check_rows(
        ledger,
        "Reconciliation",
        ("Check", "Figure", "Compared with", "Difference", "Reads", "Of"),
    )
    left = sorted({page[each].row for each in ledger.left["Reconciliation"]})
    rest = [[cell for cell in page[row] if cell.value is not None] for row in left]
    unread, uncharged = len(rejected), sum(x["charge_amount"] is None for x in results.lines)
    unread -= sum(each.replace(".", "").isdigit() for each in rejected)
    said = [
        ["Hashes"],
        ["File", "SHA-256"],
        [file, results.run["inputs"][0]["sha256"]],
        [f"{many(unread, 'rejected row')} whose charge cannot be read: counted as 0.00."],
        [f"{many(uncharged, 'line')} billed without a charge: counted as 0.00."],
        ["Control totals of the run"],
        ["Sheet and column", "Sum"],
    ]
    for cells in rest[len(said) :]:
        said.append([cells[0].value, added_up(ledger, *cells[0].value.split(", ", 1))])
    for cells, row in zip(rest, said, strict=True):
        for cell, value in zip(cells, row, strict=True):
            ledger.hold("Reconciliation", cell, value)


def added_up(ledger: Ledger, sheet: str, heading: str) -> float:
    """Add up a column of a sheet, whose cells are held to the results: days as Excel counts them.

    The run adds up each of them when it writes the sheet.
    """
    (area,) = ledger.book[sheet].tables.values()
    headings, *rows = ledger.book[sheet][area.ref]
    place = [cell.value for cell in headings].index(heading)
    rows = rows[: len(rows) - bool(area.totalsRowCount)]
    cells = [row[place].value for row in rows if row[place].value is not None]
    days = [(each - DAY_0).days if hasattr(each, "year") else each for each in cells]
    return round(float(sum(days)), 6)


def about(ledger: Ledger, results: Results) -> None:
    """Hold the run, its sources with their hashes, terms, rules and words."""
    hold_about(
        ledger,
        results.run,
        "About this estimate",
        beside=[
            ["Compared with", name, results.hashes[name]] for name in ("last.parquet", "last.json")
        ],
    )


PAGES = {
    "Summary": summary,
    "Bridge": bridge,
    "Changes": changes,
    "Reconciliation": reconciliation,
    "About": about,
}
