"""Every cell of the facility's sheets of a pack, and of the workbook of sites, anew."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from payrules.facility.sites import SITE_WORDS
from payrules.runs.estimate import estimate
from payrules.runs.facility_side import BOTH_SIDES, FacilitySide
from payrules.runs.results import Estimate
from payrules.scenarios import baseline
from payrules.scenarios.sites import AS_BILLED, SitesCompared, compare_sites
from payrules.workbook import write_workbook
from payrules.workbook.about import ASSUMPTIONS
from payrules.workbook.columns import FACILITY_COLUMNS, heading_of
from payrules.workbook.sites import _ASSUMED, write_sites_book
from tests.facility.test_facility_side import batch_of
from tests.facility.test_sites import ENCOUNTERS, SITES, medicare
from tests.workbook.anew_about import hold_about
from tests.workbook.anew_facility import FACILITY
from tests.workbook.ledger import Ledger, Row, begins, check_rows, some_text
from tests.workbook.tampered import read_after, untouched
from tests.workbook.test_answer_books import cell_of, under
from tests.workbook.test_house_template import filled_from

pytestmark = pytest.mark.usefixtures("imported")
NOTHING = Decimal(0)
WORDS = {AS_BILLED: "as billed", **SITE_WORDS}
#: Amounts of one unit, and numbers of things: no total row adds them up.
OF_ONE = {"Rate", "At wage index", "Less device", "As stopped", "One unit"}
NAMES = {"Encounter", "Line", "Step"}


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("claims") / "claims.csv"
    pl.DataFrame(batch_of(ENCOUNTERS)).write_csv(path)
    return path


@pytest.fixture(scope="module")
def priced(imported: None, claims: Path) -> Estimate:
    return estimate(claims, medicare())


@pytest.fixture(scope="module")
def compared(imported: None, claims: Path) -> SitesCompared:
    return compare_sites(baseline(claims, medicare()), SITES)


@pytest.fixture(scope="module")
def book(compared: SitesCompared, claims: Path) -> Path:
    path = claims.with_name("sites.xlsx")
    assert write_sites_book(compared, path).differences == ()
    return path


def shown(row: Row) -> Row:
    """Give a row under its sheet's headings: dollars, sites in words, lists as texts."""
    found: Row = {}
    for name, value in row.items():
        told = value
        if isinstance(value, int) and name.endswith(("amount", "_change", "before", "after")):
            told = Decimal(value) / 100
        elif isinstance(value, list):
            told = ("; " if name == "why" else " ").join(value) or None
        elif name in {"site", "billed_site", "at"}:
            told = WORDS.get(value, value)
        renamed = "claim_line_start_date" if name == "service_date" else name
        column = FACILITY_COLUMNS.get(renamed)
        found[column.heading if column else heading_of(renamed)] = told
    return found


def totals(rows: list[Row]) -> Row:
    names = {name for row in rows for name, value in row.items()} - OF_ONE - NAMES
    return {
        name: sum((row[name] for row in rows if row[name] is not None), 0)
        for name in names
        if any(isinstance(row[name], Decimal | int) for row in rows)
    }


def steps_of(side: FacilitySide) -> list[Row]:
    lines = {each["row"]: each for each in side.lines.to_dicts()}
    names = ("encounter_id", "site", "claim_id", "claim_line_number", "facility_code")
    ordered = sorted(side.steps.to_dicts(), key=lambda step: [*lines].index(step["row"]))
    return [
        shown({**{name: lines[step["row"]][name] for name in names}, **step}) for step in ordered
    ]


def test_every_cell_of_the_facility_s_sheets(priced: Estimate, claims: Path) -> None:
    path = claims.with_name("pack.xlsx")
    assert write_workbook(priced, path).differences == ()
    ledger, side = Ledger(path), priced.facility
    assert side is not None
    encounters = [shown(each) for each in side.encounters.to_dicts()]
    lines = [shown(each) for each in side.lines.to_dicts()]
    paid = {each["Encounter"]: NOTHING for each in encounters}
    for line in lines:
        paid[line["Encounter"]] += line["Facility's amount"] or NOTHING
    for each in encounters:
        if each["Facility"] is not None:
            assert each["Facility"] == paid[each["Encounter"]]
        if each["Both"] is not None:
            assert each["Both"] == each["Practitioner"] + each["Facility"]
    assert {*FACILITY} <= {*ledger.book.sheetnames}
    # Sums with open parts left out would be none of both sides.
    ledger.table("Facility", encounters)
    ledger.table("Facility lines", lines, totals(lines))
    ledger.table("Facility steps", steps_of(side))
    assert not {*FACILITY} & {*ledger.unheld()}


def test_a_house_s_template_is_filled_with_the_facility_s_sheets(
    priced: Estimate, claims: Path
) -> None:
    """They were nothing that its tables could name."""
    pack = claims.with_name("packed.xlsx")
    write_workbook(priced, pack)
    names = ["Facility", "Facility lines", "Facility steps"]
    filled = filled_from(pack, claims.with_name("filled.xlsx"), names, results=priced)
    assert {*filled} == {name.replace(" ", "_") for name in names}


def hold_front(ledger: Ledger, compared: SitesCompared) -> None:
    """Hold the answer: what the encounters that are compared come to at each site."""
    rows = [each for each in compared.encounters.to_dicts() if each["compared"]]
    sums = {
        at: [
            sum((Decimal(row[f"{at}_{name}"]) / 100 for row in rows), NOTHING)
            for name in BOTH_SIDES
        ]
        for at in compared.sides
    }
    billed = sums[AS_BILLED]
    answer: list[list[Any]] = []
    for at, amounts in sums.items():
        said = f"{amounts[2] - billed[2]:+,.2f} against as billed"
        words = "as the batch bills them" if at == AS_BILLED else said
        answer.append([f"Practitioner and facility, {WORDS[at]}", amounts[2], words])
    heads = [FACILITY_COLUMNS[name].heading for name in BOTH_SIDES]
    off = {
        at: [a - b for a, b in zip(amounts, billed, strict=True)] for at, amounts in sums.items()
    }
    ledger.page(
        "Sites",
        [
            ["The same services at each site"],
            [begins("claims.csv  ·  services of 2025-10-15")],
            [begins("payrules ")],
            *answer,
            ["Encounters compared", len(rows), begins(f"of {compared.encounters.height}; ")],
            ["Checks (must read 0)", 0, some_text],
            ["Prepared by", "Date"],
            ["Reviewed by", "Date"],
            ["What is allowed"],
            heads,
            *([WORDS[at].capitalize(), *amounts] for at, amounts in sums.items()),
            ["Change against as billed"],
            heads,
            *([WORDS[at].capitalize(), *each] for at, each in off.items() if at != AS_BILLED),
            ["What it stands on"],
            *([sentence] for sentence in compared.sentences),
        ],
    )


def tables_of(compared: SitesCompared) -> Mapping[str, list[Row]]:
    """Give the rows of each sheet."""
    encounters = [
        {
            **{name: row[name] for name in ("encounter_id", "claim_id", "service_date")},
            "at": at,
            "billed_site": row["site"],
            **{name: row[f"{at}_{name}"] for name in BOTH_SIDES},
            "compared": "yes" if row["compared"] else "no",
            "why": row[f"{at}_why"] if row["moves"] else "stays where it is",
        }
        for row in compared.encounters.sort("encounter_id").to_dicts()
        for at in compared.sides
    ]
    sides = compared.sides.items()
    return {
        "Totals": [shown(row) for row in compared.totals.to_dicts()],
        "Encounters": [shown(row) for row in encounters],
        "Lines": [
            {heading: value or None if isinstance(value, str) else value for heading, value in each}
            for each in (shown(row).items() for row in compared.told_lines.to_dicts())
        ],
        "Facility lines": [
            shown({"at": at, **row}) for at, side in sides for row in side.lines.to_dicts()
        ],
        "Facility steps": [
            {"At": WORDS[at], **row} for at, side in sides for row in steps_of(side)
        ],
        "No facility line": [
            shown({"at": at, **row}) for at, side in sides for row in side.without.to_dicts()
        ],
        "Not settled": [shown(row) for row in compared.open.to_dicts()],
    }


def test_every_cell_of_the_workbook_of_sites(compared: SitesCompared, book: Path) -> None:
    ledger, tables = Ledger(book), tables_of(compared)
    assert ledger.book.sheetnames == ["Sites", *tables, "Checks", "About"]
    hold_front(ledger, compared)
    for sheet, rows in tables.items():
        ledger.table(sheet, rows)
    page = ledger.book["Checks"]
    ledger.hold("Checks", page["A1"], "Checks")
    ledger.hold("Checks", page["A2"], begins("Every difference must read 0"))
    headings = ("Check", "Figure", "Compared with", "Difference", "Reads", "Of")
    check_rows(ledger, "Checks", headings)
    stays = ", ".join(
        f"{place} ({lines} line{'s' if lines > 1 else ''})"
        for place, lines in compared.stay.iter_rows()
    )
    hold_about(
        ledger,
        compared.base.record.as_json(),
        "About this comparison",
        sources=[
            ["Facility rates", f"{each.name} ({each.kind}) ({each.published_for})", each.sha256]
            for each in compared.rates
        ],
        assumed=[*ASSUMPTIONS, *_ASSUMED, *compared.sentences],
        left_out=[f"Stays where it was, by place of service: {stays}."],
        pays="Medicare pays",
    )
    assert ledger.unheld() == {}


def test_whoever_changes_a_figure_of_the_sites_turns_a_check(book: Path, tmp_path: Path) -> None:
    tampered = {
        "Sites: Practitioner and facility, office": cell_of("Sites", 6, 3),
        "Sites: What is allowed, surgical center, Facility": cell_of("Sites", 21, 4),
        "Sites: Change against as billed, office, Both": cell_of("Sites", 26, 5),
        "Totals: both": under("Totals", "Both"),
        "Encounters: both parts are the total": under("Encounters", "Practitioner", 3),
        "Lines: Allowed amount": under("Lines", "Allowed amount"),
        "Facility lines: as among all lines": under("Facility lines", "Facility's amount"),
        "Facility steps: After": under("Facility steps", "After"),
        "No facility line: counts": under("No facility line", "Line"),
        "Not settled: counts": under("Not settled", "Encounters"),
        "About: Lines": cell_of("About", 12, 2),
    }
    columns = [("Checks", 0), ("Checks", 4)]
    whole, *read = read_after(book, [untouched, *tampered.values()], columns, tmp_path)
    assert "CHECK" not in whole[1]
    for words, (checks, verdicts) in zip(tampered, read, strict=True):
        turned = [
            said for said, verdict in zip(checks, verdicts, strict=True) if verdict == "CHECK"
        ]
        assert any(words in said for said in turned), (words, turned)
