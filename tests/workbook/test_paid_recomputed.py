"""Every cell of the workbooks of payments, of findings by policies and of fee guides, anew."""

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import openpyxl
import polars as pl

from payrules.variance.results import variance_tables
from payrules.workbook.columns import headings_of
from payrules.workbook.remittance import SHEETS, remittance_tables
from tests.workbook.anew import grouped
from tests.workbook.anew_about import About, hold_about, over_the_page
from tests.workbook.answered import (
    compared_with_payments,
    found_by_policies,
    guide,
    paid_books,
)
from tests.workbook.ledger import Ledger, Row, begins, check_rows, some_text
from tests.workbook.test_answers_recomputed import CHECK_HEADINGS, SIGNED

NOTHING = Decimal(0)
ANSWERED = ("underpaid", "overpaid", "denied", "denied_as_expected", "paid_as_expected")
#: Money of which no total row is made.
NOT_ADDED_UP = {"left", "right", "claim_underpaid_amount"}
#: Counts of remittances that a total row has.
COUNTED = {"By payer": ("payments", "claims", "denied_claims"), "By code": ("adjustments",)}


def hold_table(
    ledger: Ledger,
    sheet: str,
    rows: Sequence[Row],
    frame: pl.DataFrame,
    *,
    summed: bool = True,
    counted: Collection[str] = (),
) -> None:
    """Hold a sheet to rows, and its total row to their sums without what was handed in before."""
    headings = headings_of(frame.columns)
    once = [row for row in rows if row.get("status") != "duplicate"]
    money = {
        name
        for name, kind in frame.schema.items()
        if kind.is_decimal()
        and not name.endswith(("_percent", "_quantity"))
        and any(row[name] is not None for row in rows)  # else 0.00 stood under blank cells
    } - NOT_ADDED_UP
    totals = {
        headings[name]: sum((row[name] or NOTHING for row in once), NOTHING) for name in money
    }
    shown = [{headings[name]: value for name, value in row.items()} for row in rows]
    totals |= {headings[name]: sum(row[name] or 0 for row in once) for name in counted}
    note = some_text if ledger.book[sheet].freeze_panes[1:] != "2" else None
    ledger.table(sheet, shown, totals if rows and money and summed else None, note=note)


def cents(amount: int | None) -> Decimal:
    return Decimal(amount or 0) / 100


def lines_of() -> list[Row]:
    return variance_tables(compared_with_payments())["Lines"].to_dicts()


def added(rows: Sequence[Row], name: str) -> Decimal:
    return sum((row[name] or NOTHING for row in rows), NOTHING)


BEYOND = "recovered_beyond_amount"
SUMS = (
    *("expected_allowed_amount", "payer_allowed_amount", "allowed_variance_amount"),
    *("expected_paid_amount", "payer_paid_amount", "underpaid_amount", "overpaid_amount"),
)


def test_groups_of_payments_are_the_sums_of_their_lines() -> None:
    tables, lines = variance_tables(compared_with_payments()), lines_of()
    answered = [line for line in lines if line["variance_status"] in ANSWERED]
    for sheet, keys in (("By payer", ("payer",)), ("By code", ("payer", "hcpcs_code"))):
        groups = grouped(answered, lambda line, keys=keys: "\t".join(line[key] for key in keys))
        rows = tables[sheet].to_dicts()
        assert len(rows) == len(groups)
        for row in rows:
            own = groups["\t".join(row[key] for key in keys)]
            assert row["lines"] == len(own)
            assert {name: row[name] or NOTHING for name in SUMS} == {
                name: added(own, name) for name in SUMS
            }
    due = [
        line for line in answered if "as_expected" not in line["variance_status"] or line[BEYOND]
    ]
    names = ("payer", "variance_status", "variance_cause", "hcpcs_code")
    causes = grouped(due, lambda line: "\t".join(line[name] for name in names))
    for row in tables["By cause"].to_dicts():
        own = causes.pop("\t".join(row[name] for name in names))
        assert (row["lines"], row["claims"]) == (len(own), len({x["claim_id"] for x in own}))
        assert row["underpaid_amount"] == added(own, "underpaid_amount")
        assert row["overpaid_amount"] == added(own, "overpaid_amount")
        assert row[BEYOND] == added(own, BEYOND)
    assert causes == {}
    work = [line for line in lines if line["variance_status"] == "underpaid"]
    worked = added(tables["Work list"].to_dicts(), "underpaid_amount")
    assert worked == added(work, "underpaid_amount")


# -- first pages ------------------------------------------------------------------------------


def facts_of(steps: Sequence[Any]) -> list[list[Any]]:
    return [[f"{x.words[:1].upper()}{x.words[1:]}", cents(x.amount)] for x in steps]


def opening(title: str, said: Sequence[Any], answer: Sequence[list[Any]]) -> list[list[Any]]:
    verdict = ["Checks (must read 0)", 0, some_text]
    return [[title], *([each] for each in said), *answer, verdict, *SIGNED]


def hold_variance(ledger: Ledger) -> None:
    found, lines = compared_with_payments(), lines_of()
    of = grouped(lines, lambda line: line["variance_status"])
    paid = added([line for line in lines if line["variance_status"] in ANSWERED], SUMS[4])
    expected = added([line for line in lines if line["variance_status"] in ANSWERED], SUMS[3])
    assert cents(found.bridge[0].amount) == expected
    payers = []
    for payer, steps in found.bridges().items():
        own = [x for x in lines if x["payer"] == payer and x["variance_status"] in ANSWERED]
        assert cents(steps[0].amount) == added(own, SUMS[3])
        assert cents(steps[1].amount) == added(own, SUMS[2])
        whole = ["Paid and compared", added(own, SUMS[4])]
        payers += [[f"The same for {payer}"], *facts_of(steps), whole]
    statuses = [
        [name.replace("_", " ").capitalize(), len(of[name])]
        for name in (*ANSWERED, "reversed", "other_payer", "superseded", "no_remittance")
        if name in of
    ]
    once = [x for x in found.read.tables["remittances"].to_dicts() if x["status"] == "read"]
    ledger.page(
        "Summary",
        [
            *opening(
                "Expected against paid",
                [begins("claims.837, paid00.835, "), begins("payrules ")],
                [
                    [
                        "Underpaid",
                        added(of["underpaid"], "underpaid_amount"),
                        "1 line; on Work list 2 lines (1 of another status)",
                    ],
                    ["Denied, expected to be paid", 0, "0 lines"],
                    [
                        "Overpaid: may be asked back",
                        added(of["overpaid"], "overpaid_amount"),
                        "1 line",
                    ],
                    ["Taken back beyond what was overpaid", added(lines, BEYOND), "1 line"],
                ],
            ),
            ["From what was expected to what was paid"],
            *facts_of(found.bridge),
            ["Paid and compared", paid],
            ["Bridge remainder", 0],
            *payers,
            ["Every cent is accounted for"],
            *facts_of(found.terms),
            ["Payments", cents(sum(x["payment_amount"] for x in once))],
            ["Remainder", 0],
            ["Lines by status"],
            *statuses,
            ["Claims matched", found.compared.matched_claims],
            ["Payer claims without a claim", len(found.compared.unmatched)],
            ["Payer lines without a claim line", len(found.compared.unmatched_lines)],
            ["Reversals of what is not here", len(found.compared.without_original)],
        ],
    )
    files = [
        ["Remittance", f"{each.name} ({len(each.payments)} payment)", each.sha256]
        for each in found.read.files
    ]
    hold_about(
        ledger,
        found.run.as_json(),
        "About this comparison",
        set_aside=[["Superseded", 0]],
        facts=[
            ["As of", found.as_of],
            ["Tolerance", "0.01 for each payer line"],
            ["Work list", "lines below 5 and 1 % are left out"],
        ],
        beside=files,
        pays="Medicare pays",
    )


def hold_remittance(ledger: Ledger) -> None:
    read = compared_with_payments().read
    tables = {name: frame.to_dicts() for name, frame in read.tables.items()}
    used = {n: [x for x in rows if x["status"] == "read"] for n, rows in tables.items()}
    paid = cents(sum(x["payment_amount"] for x in used["remittances"]))
    of_lines = cents(sum(x["paid_amount"] for x in used["payer_lines"]))
    taken = cents(sum(x["provider_adjustment_amount"] for x in used["provider_adjustments"]))
    facts = facts_of(read.terms)
    assert facts[0][1] == of_lines
    assert ["Provider adjustments", -taken] in facts
    names = [each.name for each in read.files]
    ledger.page(
        "Summary",
        [
            *opening(
                "Remittances",
                [", ".join(names), begins("payrules ")],
                [
                    ["Payments", paid, f"on {len(used['payer_claims'])} claims"],
                    ["Checks of the remittances that failed", read.checks.height],
                ],
            ),
            ["Every cent is accounted for"],
            *facts,
            ["Payments (BPR02)", paid],
            ["Remainder", paid - sum(x[1] for x in facts)],
            ["What was read"],
            ["Files", len(names)],
            ["Payments", len(used["remittances"])],
            [
                "Payments handed in before, used once",
                len(tables["remittances"]) - len(used["remittances"]),
            ],
            ["Payer claims", len(used["payer_claims"])],
            ["Payer lines", len(used["payer_lines"])],
            ["Checks that failed", read.checks.height],
            ["Rejects", read.rejects.height],
        ],
    )
    hold_short_about(
        ledger,
        "About these remittances",
        {},
        [["Remittance", f"{x.name} ({len(x.payments)} payment)", x.sha256] for x in read.files],
    )


def hold_coverage(ledger: Ledger) -> None:
    checked = found_by_policies()
    outcomes = checked.coverage.outcomes
    ledger.page(
        "Summary",
        [
            *opening(
                "Coverage policies",
                ["covered.csv", begins("payrules ")],
                [
                    [
                        "Lines with a finding",
                        checked.findings.height,
                        f"of {checked.lines} lines",
                    ],
                    ["Rejected rows", checked.rejects.height, some_text],
                ],
            ),
            ["Rows"],
            ["Lines", checked.lines],
            ["History, only counted", checked.history],
            ["Rejected", checked.rejects.height],
            ["Rows in", checked.lines + checked.history + checked.rejects.height],
            ["Lines by outcome"],
            *([name.capitalize(), many] for name, many in outcomes.items()),
            ["Lines", sum(outcomes.values())],
            [begins("Coverage policies met 6 lines: 2 lines would be denied, 4 lines")],
            [begins("Frequency was counted in this batch only on 6 lines")],
            [begins("Add-on codes would be denied with a primary that would be")],
            [begins("LCD L38801")],
            [begins("1 row was rejected")],
            [begins("facet.toml wants sessions apart")],
        ],
    )
    hold_short_about(
        ledger,
        "About these findings",
        {"Rows read": 7, "Lines": 6, "Rejects": 1},
        [
            *(["Claims", f"{x.name} ({x.rows} rows)", x.sha256] for x in checked.inputs),
            *(
                ["Coverage policy", begins(f"{x.file} ({x.name}"), x.sha256]
                for x in checked.coverage.policies
            ),
        ],
    )


def hold_guide(ledger: Ledger) -> None:
    rows = guide().rows.to_dicts()

    def many(name: str, holds: Callable[[Any], bool]) -> int:
        return sum(row[name] is not None and holds(row[name]) for row in rows)

    sites = {"office": "office", "facility": "facility", "surgical_center": "surgical center"}
    ledger.page(
        "Fee guide",
        opening(
            "Fee guide",
            [guide().heading, *guide().remarks, begins("payrules ")],
            [
                ["Codes", len(rows)],
                *(
                    [f"With an amount: {words}", many(name, lambda _: True)]
                    for name, words in {**sites, "hospital": "hospital"}.items()
                ),
                ["More than last year", many("change", lambda x: x > 0)],
                ["Less than last year", many("change", lambda x: x < 0)],
            ],
        ),
    )
    for row in rows:
        if row["change"] is not None:
            assert row["change"] == (row["office"] or row["facility"]) - row["last_year"]
    hold_table(ledger, "Guide", rows, guide().rows, summed=False)
    page = About(ledger)
    page.hold("", [["About this guide"], [some_text], [some_text]])
    page.hold("This run", [["Made by", begins("payrules ")], ["Looked up in", guide().heading]])
    sources = page.texts("Sources")
    assert all(len(row[2]) == 64 for row in sources[1:])
    assert {row[1].partition("/")[0] for row in sources[1:]} == {guide().release}
    page.hold("Sources", sources)
    page.hold("Where the numbers come from", [[begins(f"{guide().release}: ")]])
    page.hold("Assumptions", [[some_text] for _ in page.texts("Assumptions")])
    page.hold("What is not in it", over_the_page(guide().remarks))
    assert page.sections == {}


def hold_short_about(
    ledger: Ledger, title: str, counts: Mapping[str, int], sources: Sequence[Sequence[Any]]
) -> None:
    """Hold an About page of what priced nothing."""
    page = About(ledger)
    page.hold("", [[title], [some_text], [some_text]])
    held = [[name, many] for name, many in counts.items()]
    page.hold("This run", [["Made by", begins("payrules ")], *held])
    page.hold("Sources", [["What", "Name", "SHA-256"], *sources])
    page.hold("Assumptions", [[some_text] for _ in page.texts("Assumptions")])
    left_out = page.texts("What is not in it")
    page.hold("What is not in it", [[begins("1 row rejected: ")] for _ in left_out])
    assert page.sections == {}


# -- all of them ------------------------------------------------------------------------------


def test_every_cell_and_no_sheet_that_nobody_added_up() -> None:
    read = compared_with_payments().read
    of_read = {SHEETS[name]: frame for name, frame in remittance_tables(read).items()}
    kinds: dict[str, tuple[Callable[[Ledger], None], Mapping[str, pl.DataFrame]]] = {
        "variance": (hold_variance, variance_tables(compared_with_payments())),
        "remittance": (hold_remittance, of_read),
        "coverage": (hold_coverage, {"Coverage": found_by_policies().findings}),
        "guide": (hold_guide, {}),
    }
    for name, path in paid_books().items():
        ledger, (hold, tables) = Ledger(path), kinds[name]
        hold(ledger)
        for sheet, frame in tables.items():
            counted = COUNTED.get(sheet, ()) if name == "remittance" else ()
            hold_table(ledger, sheet, frame.to_dicts(), frame, counted=counted)
        page = ledger.book["Checks"]
        ledger.hold("Checks", page["A1"], "Checks")
        ledger.hold("Checks", page["A2"], begins("Every difference must read 0"))
        check_rows(ledger, "Checks", CHECK_HEADINGS)
        assert ledger.unheld() == {}, name


def test_payers_stand_by_what_they_are_expected_to_allow() -> None:
    """In any order the sums agree; the first page, By payer and the bridges have one order."""
    expected: dict[str, Decimal] = {}
    for line in lines_of():
        own = line["expected_allowed_amount"]
        expected[line["payer"]] = expected.get(line["payer"], NOTHING) + (own or NOTHING)
    rows = variance_tables(compared_with_payments())["By payer"]["payer"].to_list()
    wanted = sorted(expected, key=lambda payer: -expected[payer])
    assert len({*expected.values()}) == len(expected) > 1
    assert rows == [payer for payer in wanted if payer in rows]
    front = openpyxl.load_workbook(paid_books()["variance"]).worksheets[0]
    headed = [str(row[1].value) for row in front.iter_rows()]
    of_payers = [each.partition(" for ")[2] for each in headed if each.startswith("The same for")]
    assert of_payers == rows
