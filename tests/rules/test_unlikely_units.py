"""Unlikely units: the medically unlikely edits (CMS NCCI Policy Manual, ch. 1, §V)."""

from datetime import date

import polars as pl

from payrules.engine.rule import Tables
from tests.pricing_cases import (
    STANDS_IN,
    STARTER_TABLES,
    CaseTable,
    by_hand,
    case,
    code,
    every_case,
    line,
)

CODES = by_hand(
    *(code(f"4000{n}", "10.00", assistant="2") for n in range(7)),
    code("40007", "10.00", pctc="1"),
    code("40007", "4.00", modifier="26", pctc="1"),
    code("40007", "6.00", modifier="TC", pctc="1"),
    code("J0001", "10.00"),
)
LIMITS = Tables(
    unlikely_units=pl.DataFrame(
        [
            ("40001", 2, "1", date(2000, 1, 1), None),
            ("40002", 2, "2", date(2000, 1, 1), None),
            ("40003", 2, "3", date(2000, 1, 1), None),
            ("40004", 1, "2", date(2025, 3, 1), date(2025, 3, 31)),
            # One code's edition, and the next.
            ("40005", 1, "1", date(2000, 1, 1), date(2025, 3, 31)),
            ("40005", 3, "1", date(2025, 4, 1), None),
            ("40006", 1000, "1", date(2000, 1, 1), None),
            ("40007", 2, "2", date(2000, 1, 1), None),
            ("J0001", 1, "3", date(2000, 1, 1), None),
        ],
        schema={
            "hcpcs_code": pl.String,
            "mue_value": pl.Int64,
            "adjudication_indicator": pl.String,
            "effective_from": pl.Date,
            "effective_to": pl.Date,
        },
        orient="row",
    )
)
ON_THE_LINE = "{} units on the line; the medically unlikely edit allows {} (MAI 1)"
ON_THE_DAY = "{} units on the day; the medically unlikely edit allows {} (MAI {})"
FIFTY = "; Medicare requires one line with modifier 50 and one unit"


def denied(service: str, why: str, **columns):
    return line(service, "0.00", why, status="denied", carc="222", rarc="N362", **columns)


TABLE = CaseTable(
    "unlikely_units",
    [
        case("units at the limit pass", line("40001", "20.00", units=2)),
        case(
            "MAI 1 denies the line with too many units",
            denied("40001", ON_THE_LINE.format(3, 2), units=3),
        ),
        case(
            "MAI 1 counts each line alone",
            line("40001", "20.00", units=2),
            line("40001 76", "10.00"),
            denied("40001 77", ON_THE_LINE.format(3, 2), units=3),
        ),
        *(
            case(
                f"MAI {mai} counts the code's whole day and denies all its lines",
                denied(f"4000{mai}", ON_THE_DAY.format(3, 2, mai), units=2),
                denied(f"4000{mai} 59", ON_THE_DAY.format(3, 2, mai)),
                line("40000", "10.00"),
            )
            for mai in (2, 3)
        ),
        case(
            "a day's units at the limit pass",
            line("40002", "10.00"),
            line("40002 59", "10.00"),
        ),
        case(
            "another day counts for itself",
            line("40002", "20.00", units=2),
            line("40002", "20.00", units=2, date="2025-06-03"),
        ),
        case(
            "another practitioner counts for oneself",
            line("40002", "20.00", units=2, npi="1"),
            line("40002", "20.00", units=2, npi="2"),
        ),
        case(
            "the same practitioner's claims count together",
            denied("40002", ON_THE_DAY.format(4, 2, 2), units=2, npi="1", claim="mue a"),
            denied("40002", ON_THE_DAY.format(4, 2, 2), units=2, npi="1", claim="mue b"),
        ),
        case(
            "units of another code do not count",
            line("40002", "20.00", units=2),
            line("40003", "20.00", units=2),
        ),
        # Units are summed by who rendered them, not over a group (NCCI Policy Manual, ch. 1, §V).
        case(
            "an assistant's units count apart from the surgeon's",
            line("40002", "20.00", units=2, tin="1", specialty="20"),
            line("40002 80", "3.20", units=2, tin="1", specialty="20", carc="45", rarc="N646"),
        ),
        case(
            "an assistant's own units are limited too",
            line("40002", "10.00", tin="1", specialty="20"),
            denied("40002 80", ON_THE_DAY.format(3, 2, 2), units=3, tin="1", specialty="20"),
        ),
        case(
            "practitioners of one group and specialty count each for oneself",
            line("40002", "20.00", units=2, tin="1", specialty="20", npi="1"),
            line("40002", "20.00", units=2, tin="1", specialty="20", npi="2"),
        ),
        case(
            "without who rendered the group and specialty count together",
            denied("40002", ON_THE_DAY.format(4, 2, 2), units=2, tin="1", specialty="20"),
            denied("40002", ON_THE_DAY.format(4, 2, 2), units=2, tin="1", specialty="20"),
        ),
        case(
            "units of a 55 line may be days: they neither count nor are limited",
            line("40002 55", "0.00", status="denied", carc="4", units=90),
            line("40002", "20.00", units=2),
        ),
        case(
            "the professional and the technical part are counted apart",
            line("40007 26", "8.00", units=2),
            line("40007 TC", "12.00", units=2, pos="11"),
        ),
        case(
            "the parts of one kind are counted together",
            denied("40007 26", ON_THE_DAY.format(3, 2, 2), units=2),
            denied("40007 26", ON_THE_DAY.format(3, 2, 2)),
            line("40007 TC", "6.00", pos="11"),
        ),
        case(
            "both sides on two lines of a code with one unit a day: what Medicare wants is said",
            denied("40004 RT", ON_THE_DAY.format(2, 1, 2) + FIFTY, date="2025-03-01"),
            denied("40004 LT", ON_THE_DAY.format(2, 1, 2) + FIFTY, date="2025-03-01"),
        ),
        case(
            "a line denied before does not count",
            line("40002 GY", "0.00", status="denied", carc="96"),
            line("40002", "20.00", units=2),
        ),
        case(
            "a fraction above the limit is too much",
            denied("J0001", ON_THE_DAY.format("1.001", 1, 3), units="1.001"),
        ),
        case(
            "a limit of a thousand",
            line("40006", "10000.00", units=1000),
            denied("40006 76", ON_THE_LINE.format(1001, 1000), units=1001),
        ),
        # In force from 1 to 31 March.
        case("the day before an edit begins", line("40004", "20.00", units=2, date="2025-02-28")),
        case(
            "the first day of an edit",
            denied("40004", ON_THE_DAY.format(2, 1, 2), units=2, date="2025-03-01"),
        ),
        case(
            "the last day of an edit",
            denied("40004", ON_THE_DAY.format(2, 1, 2), units=2, date="2025-03-31"),
        ),
        case("the day after an edit ends", line("40004", "20.00", units=2, date="2025-04-01")),
        case(
            "the edition of the day decides",
            denied("40005", ON_THE_LINE.format(2, 1), units=2, date="2025-03-31"),
            line("40005", "30.00", units=3, date="2025-04-01"),
            denied("40005", ON_THE_LINE.format(4, 3), units=4, date="2025-04-02"),
        ),
    ],
    CODES,
    tables=LIMITS,
)
WITHOUT_A_TABLE = CaseTable(
    "unlikely_units",
    [case("without a table the edit does not run", line("40002", "990.00", units=99))],
    CODES,
)
# 62323, facility: (1.80 + 1.00 + 0.17) × 32.3465 = 96.07
STARTER_TABLE = CaseTable(
    "unlikely_units",
    [
        case("the starter's own limit: one epidural a day", line("62323", "96.07")),
        case(
            "the starter's own limit: two epidurals are denied",
            denied("62323", ON_THE_DAY.format(2, 1, 3), review=STANDS_IN),
            denied("62323 59", ON_THE_DAY.format(2, 1, 3), review=STANDS_IN),
        ),
    ],
    tables=STARTER_TABLES,
)


@every_case(TABLE, WITHOUT_A_TABLE, STARTER_TABLE)
def test_unlikely_units(table: CaseTable, case) -> None:
    table.check(case)
