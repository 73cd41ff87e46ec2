"""Split care: 54, 55 and the days of care (CMS Pub. 100-04, ch. 12, §40.2, §40.4)."""

from payrules.payers.medicare import RULES
from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, in_dollars, line

CODES = by_hand(
    code("27000", "100.05", days="090", shares=(10, 69, 21)),
    code("28000", "100.05", days="010", shares=(10, 80, 10)),
    code("29000", "100.00", days="090"),
    code("27003", "100.05", days="090", shares=(0, 1, 0)),
    code("27006", "100.05", days="090", shares=(10, 69, 21), na=(True, False)),
    code("27005", "100.05", days="090", shares=(10, 69, 21), bilateral="1"),
    code("27004", "100.05", days="YYY", shares=(10, 69, 21)),
    code("27001", "100.00", days="090", shares=(10, 70, 20), multiple="2"),
    code("27002", "200.00", days="090", shares=(10, 70, 20), multiple="2"),
)
MAJOR = "{}; pre 10 %, intra 69 %, post 21 %"
MINOR = "{}; pre 10 %, intra 80 %, post 10 %"
SURGERY = "54: surgery without postoperative care"
CARE = "55: postoperative care for {} of {} global days"
BOTH = "54 and 55: surgery and postoperative care for {} of {} global days"
RARELY = "NA indicator: CMS says this service is rarely or never performed in this setting"
ASSUMED = "55 without days of care: all days assumed"
BEYOND = "55 with {} days of care: paid for the 10 global days"
DATES = "55 pays {} days of care, but its dates of care span {} days of the global period"
FROM_UNITS = ", days from the units field"
IN_FULL = "54 or 55: this code's global payment is not split; paid in full"
ALL_CARE = "55: all postoperative care; its global days are not counted"


def split(service: str, pays: str, shares: str, how: str, **terms):
    return line(service, pays, shares.format(how), carc="B20", **terms)


TABLE = CaseTable(
    "split_care",
    [
        # 100.05 × 0.79 = 79.0395; × 0.90 = 90.045
        case(
            "54 pays the shares before and in the operation",
            split("27000 54", "79.04", MAJOR, SURGERY),
        ),
        case("54 of a minor procedure", split("28000 54", "90.05", MINOR, SURGERY)),
        # 100.05 × 0.21 = 21.0105
        case(
            "55 alone pays the whole share after",
            split("27000 55", "21.01", MAJOR, CARE.format(90, 90), review=ASSUMED),
        ),
        case(
            "55 of a minor procedure",
            split("28000 55", "10.01", MINOR, CARE.format(10, 10), review=ASSUMED),
        ),
        # 100.05 × 0.21 × 31 / 90 = 7.23695
        case(
            "55 pays its days of ninety, rounded once",
            split("27000 55", "7.24", MAJOR, CARE.format(31, 90), care=31),
        ),
        # 100.05 × 0.21 × 45 / 90 = 10.50525: of 21.01 rounded first it would be 10.505, so 10.51
        case(
            "the exact fraction is rounded once",
            split("27000 55", "10.51", MAJOR, CARE.format(45, 90), care=45),
        ),
        # 100.05 × 0.10 × 3 / 10 = 3.0015
        case(
            "55 pays its days of ten", split("28000 55", "3.00", MINOR, CARE.format(3, 10), care=3)
        ),
        case("all the days", split("27000 55", "21.01", MAJOR, CARE.format(90, 90), care=90)),
        case(
            "days beyond ten are capped at the global days",
            split(
                "28000 55", "10.01", MINOR, CARE.format(10, 10), care=11, review=BEYOND.format(11)
            ),
        ),
        case(
            "no day of care pays nothing",
            split("27000 55", "0.00", MAJOR, CARE.format(0, 90), care=0),
        ),
        case("one day of care", split("27000 55", "0.23", MAJOR, CARE.format(1, 90), care=1)),
        # 100.05 × (0.79 + 0.21 × 30 / 90) = 86.043
        case(
            "54 and 55 on one line add up",
            split("27000 54 55", "86.04", MAJOR, BOTH.format(30, 90), care=30),
        ),
        case(
            "54 and 55 on one line with all the care are the whole",
            line("27000 54 55", "100.05", MAJOR.format(BOTH.format(90, 90)), review=ASSUMED),
        ),
        case("days of care without 55 are nothing", line("27000", "100.05", care=31)),
        case("days of care do not touch 54", split("27000 54", "79.04", MAJOR, SURGERY, care=31)),
        # 100.05 × 0.01 = 1.0005
        case(
            "a share of one percent is a share",
            split("27003 54", "1.00", "{}; pre 0 %, intra 1 %, post 0 %", SURGERY),
        ),
        # CMS Pub. 100-04, ch. 12, §40.4: of days that are not counted no payment is divided.
        *(
            case(
                f"{mods} of a procedure whose days are not counted is denied before",
                line(f"27004 {mods}", "0.00", status="denied", carc="4"),
            )
            for mods in ("54", "55", "54 55")
        ),
        # The care after an operation is given in an office.
        case(
            "care in an office of what is never done there has no NA note; the operation has",
            split("27006 55", "21.01", MAJOR, CARE.format(90, 90), care=90, pos="11"),
            split("27006 54 76", "79.04", MAJOR, SURGERY, pos="11", review=RARELY),
            split(
                "27006 54 55", "86.04", MAJOR, BOTH.format(30, 90), care=30, pos="11", review=RARELY
            ),
        ),
        case(
            "what is never done in a setting needs no note where it is not paid",
            line("27006 54 GZ", "0.00", status="denied", carc="50", pos="11"),
            line("27006 54", "79.04", MAJOR.format(SURGERY), carc="B20", pos="11", review=RARELY),
        ),
        # CMS Pub. 100-04, ch. 12, §40.2: days in the units field.
        case(
            "units of a 55 line are its days",
            split("27000 55", "7.24", MAJOR, CARE.format(31, 90) + FROM_UNITS, units=31),
        ),
        case(
            "two units of a 55 line are two days, on one side as on none",
            # 100.05 × 0.21 × 2 / 90 = 0.46690
            split("27000 55 RT", "0.47", MAJOR, CARE.format(2, 90) + FROM_UNITS, units=2),
            split("27000 55 76", "0.47", MAJOR, CARE.format(2, 90) + FROM_UNITS, units=2),
        ),
        case(
            "units beyond the global days are capped",
            split(
                "28000 55",
                "10.01",
                MINOR,
                CARE.format(10, 10) + FROM_UNITS,
                units=90,
                review=BEYOND.format(90),
            ),
        ),
        # 100.05 × 0.21 × 60 / 90 = 14.007; × 11 / 90 = 2.56795
        case(
            "days of care beyond their dates, and dates outside the global period, leave a note",
            split(
                "27000 55",
                "14.01",
                MAJOR,
                CARE.format(60, 90) + FROM_UNITS,
                units=60,
                date="2025-06-01",
                assumed="2025-06-10",
                relinquished="2025-06-20",
                review=DATES.format(60, 11),
            ),
            split(
                "27000 55 76",
                "14.01",
                MAJOR,
                CARE.format(60, 90),
                care=60,
                date="2025-06-01",
                assumed="2026-01-01",
                review=DATES.format(60, 0),
            ),
            split(
                "27000 55 77",
                "21.01",
                MAJOR,
                CARE.format(90, 90),
                date="2025-06-01",
                relinquished="2025-06-20",
                review=f"{ASSUMED}; {DATES.format(90, 19)}",
            ),
        ),
        case(
            "days of care that stand between their dates leave none",
            split(
                "27000 55",
                "2.57",
                MAJOR,
                CARE.format(11, 90) + FROM_UNITS,
                units=11,
                date="2025-06-01",
                assumed="2025-06-10",
                relinquished="2025-06-20",
            ),
            split(
                "27000 55 76",
                "14.01",
                MAJOR,
                CARE.format(60, 90),
                care=60,
                date="2025-06-01",
                assumed="2025-06-15",
            ),
        ),
        case(
            "units of a line with 54 and 55 are its days too",
            split("27000 54 55", "86.04", MAJOR, BOTH.format(30, 90) + FROM_UNITS, units=30),
        ),
        case(
            "postoperative days win over other units, with a note",
            split(
                "27000 55",
                "7.24",
                MAJOR,
                CARE.format(31, 90),
                care=31,
                units=60,
                review="55 with 31 postoperative days and 60 units: the postoperative days are"
                " used",
            ),
        ),
        case(
            "postoperative days and as many units are the same days, once",
            split("27000 55", "7.24", MAJOR, CARE.format(31, 90), care=31, units=31),
        ),
        case(
            "no postoperative day wins over one unit",
            split("27000 55", "0.00", MAJOR, CARE.format(0, 90), care=0, units=1),
        ),
        case(
            "both sides with days in the units field are one service on both",
            split("27005 55 50", "10.86", MAJOR, CARE.format(31, 90) + FROM_UNITS, units=31),
        ),
        case(
            "units of a 54 line are no days",
            line("27000 54", "158.08", MAJOR.format(SURGERY), carc="B20", units=2),
        ),
        case(
            "without percentages the line was denied",
            line("29000 54", "0.00", status="denied", carc="4"),
        ),
        case(
            "the share is taken of what ranking left",
            line(
                "27001 54",
                "40.00",
                "54: surgery without postoperative care; pre 10 %, intra 70 %, post 20 %",
                carc="B20",
            ),
            line("27002", "200.00"),
        ),
    ],
    CODES,
)
# 66984, facility, 2025: 16.13 × 32.3465 = 521.75; × 0.80 = 417.40; × 0.20 × 60 / 90 = 69.567.
STARTER_TABLE = CaseTable(
    "split_care",
    [
        case(
            "a cataract between surgeon and optometrist",
            split("66984 54 RT", "417.40", "{}; pre 10 %, intra 70 %, post 20 %", SURGERY),
            split(
                "66984 55 RT",
                "69.57",
                "{}; pre 10 %, intra 70 %, post 20 %",
                CARE.format(60, 90),
                care=60,
                npi="2",
            ),
        ),
        # 521.75 × 0.20 = 104.35: the units were once 90 services, 4,748.01.
        case(
            "ninety days in the units field of a cataract's care are no ninety operations",
            split(
                "66984 55",
                "104.35",
                "{}; pre 10 %, intra 70 %, post 20 %",
                CARE.format(90, 90) + FROM_UNITS,
                units=90,
            ),
        ),
    ],
)
# A payer's order may leave the rule out that denies 54 and 55 without percentages.
UNDIVIDED = CaseTable(
    "split_care",
    [
        case(
            "without percentages a line that was not denied is paid in full",
            line("29000 54", "100.00", review=IN_FULL),
            line("29000 55", "100.00", review=IN_FULL),
        ),
    ],
    CODES,
    rules=[each for each in RULES if each.name != "modifier"],
)
# Nor need a payer's own schedule say the global days of what it divides.
IN_DOLLARS = CaseTable(
    "split_care",
    [
        case(
            "without global days the whole share after, with a note",
            split(
                "27000 55",
                "21.01",
                MAJOR,
                ALL_CARE,
                care=31,
                review=(
                    "55: the fee schedule has no global days for this code; all postoperative "
                    "care is paid"
                ),
            ),
        ),
    ],
    dollars=in_dollars(
        {
            "hcpcs_code": "27000",
            "facility_amount": "100.05",
            "nonfacility_amount": "100.05",
            "preoperative": 10,
            "intraoperative": 69,
            "postoperative": 21,
        }
    ),
)


@every_case(TABLE, STARTER_TABLE, UNDIVIDED, IN_DOLLARS)
def test_split_care(table: CaseTable, case) -> None:
    table.check(case)
