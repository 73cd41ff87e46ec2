"""Imaging cap: no more for the technical part than a hospital gets (DRA 2005 §5102(b))."""

from tests.pricing_cases import (
    FACTORS_2025,
    SAN_FRANCISCO,
    CaseTable,
    by_hand,
    case,
    code,
    every_case,
    line,
    parts,
    rows_of_72191,
)

IMAGING = {"multiple": "4", "family": "88"}


def cut_whole(hcpcs: str, technical_cap: str, **columns: str):
    """Give a test of 50.00 and 70.00 whose whole cap, 30.01, is below its professional part."""
    columns = {"pctc": "1", **columns}
    return (
        code(hcpcs, "30.00", pe="70.00", malpractice="20.00", cap="0.01", **columns),
        code(hcpcs, "30.00", "26", malpractice="20.00", **columns),
        code(hcpcs, "0.00", "TC", pe="70.00", cap=technical_cap, **columns),
    )


CODES = by_hand(
    *parts("70001", "30.00", "70.00", cap="50.00"),  # the whole test's cap: 80.00
    *parts("70002", "30.00", "70.00", cap="70.00"),
    *parts("70003", "30.00", "70.00", cap="50.00", **IMAGING),
    *parts("70004", "30.00", "120.00", cap="50.00", **IMAGING),
    *parts("70005", "30.00", "70.00", cap="50.00", bilateral="1"),
    *parts("70006", "30.00", "70.00", cap="50.00", bilateral="3", **IMAGING),
    *parts("70007", "90.00", "500.00", **IMAGING),
    *parts("70008", "30.00", "70.00", cap="50.00", multiple="6"),
    *parts("70009", "30.00", "300.00", multiple="6"),
    code("77090", pe="40.00", cap="25.00", pctc="3"),
    # The whole test's cap is the one CMS compares, also where it is not the parts' sum.
    code("70010", "30.00", pe="70.00", pctc="1", cap="49.00"),
    code("70010", "30.00", "26", pctc="1"),
    code("70010", "0.00", "TC", pe="70.00", pctc="1", cap="50.00"),
    # The TC row's cap is far below its share of the whole test's.
    *parts("70012", "30.00", "70.00", cap="70.00", technical_cap="10.00", **IMAGING),
    *parts("70013", "30.00", "70.00", cap="50.00", technical_cap="5.00", **IMAGING),
    *parts("70014", "5.00", "20.00", **IMAGING),
    *parts("70015", "30.00", "70.01", cap="70.00"),
    *cut_whole("70016", "0.01"),
    *cut_whole("70017", "10.02", **IMAGING),
    *cut_whole("70018", "10.03", **IMAGING),
    code(
        "70011",
        "0.00",
        pe="40.00",
        facility_pe="40.00",
        cap="25.00",
        cap_facility="30.00",
        pctc="3",
    ),
    factors=(
        ("1992-01-01", "1.0000", False),
        ("2026-01-01", "1.1000", True),
        ("2026-01-01", "1.0000", False),
    ),
)
NONE = (None, None, None)


def capped(service: str, pays: str, less: str, **terms):
    why = f"hospital outpatient cap: ${less} less"
    return line(service, pays, why, **{"carc": "45", "pos": "11", **terms})


TABLE = CaseTable(
    "imaging_cap",
    [
        case("a whole test is paid its own cap", capped("70001", "80.00", "20.00")),
        case("a technical line is paid its own cap", capped("70001 TC", "50.00", "20.00")),
        case("a professional line has no cap", line("70001 26", "30.00", pos="11")),
        case("at the cap nothing is cut", line("70002", "100.00", pos="11")),
        case(
            "the whole row's cap is compared, not the parts'",
            capped("70010", "79.00", "21.00"),
            capped("70010 TC", "50.00", "20.00"),
        ),
        case("a technical code is paid its own cap", capped("77090", "25.00", "15.00")),
        case(
            "in a facility the facility cap serves",
            capped("70011", "30.00", "10.00", pos="24"),
        ),
        case("elsewhere the other", capped("70011", "25.00", "15.00")),
        case(
            "every unit is capped",
            capped("70001", "160.00", "40.00", units=2),
        ),
        # After the imaging rule.
        case(
            "a technical part halved below its cap is not cut",
            line("70007", "590.00", pos="11"),
            # 35.00 + 28.50
            line("70003", "63.50", pos="11", carc="59"),
        ),
        case(
            "a technical part halved and still above its cap is cut to the TC row's",
            line("70007", "590.00", pos="11"),
            # 60.00 + 28.50, the technical part 10.00 less
            capped("70004", "78.50", "10.00"),
        ),
        case(
            "a halved TC line is cut to its cap",
            line("70007", "590.00", pos="11"),
            capped("70004 TC", "50.00", "10.00"),
        ),
        case(
            "a whole test whose professional part alone was reduced: its fee and its whole cap",
            line("70007 26", "90.00", pos="11"),
            # 98.50 less (100.00 − 80.00)
            capped("70003", "78.50", "20.00"),
        ),
        case(
            "a technical part that is not reduced is not compared with the TC row's cap",
            line("70012", "100.00", pos="11"),
            line("70014", "14.75", pos="11", carc="59"),
        ),
        case(
            "a whole test is cut by its own cap alone, however low the TC row's",
            capped("70013", "80.00", "20.00"),
            line("70014", "14.75", pos="11", carc="59"),
        ),
        case("a cent above the cap is cut", capped("70015", "100.00", "0.01")),
        case(
            "of two units the first is whole, the second halved below its cap",
            # (100.00 − 20.00) + (35.00 + 28.50)
            capped("70003", "143.50", "20.00", units=2),
        ),
        case(
            "of two units both are cut, each its own way",
            # 150.00 − 70.00 = 80.00; 60.00 + 28.50 − 10.00 = 78.50
            capped("70004", "158.50", "80.00", units=2),
        ),
        case(
            "both sides of indicator 3 are two units",
            capped("70006 50", "143.50", "20.00"),
        ),
        case(
            "a bilateral unit's cap is scaled like the unit: 150.00 and 120.00",
            capped("70005 50", "120.00", "30.00"),
        ),
        case(
            "so is a technical line's: 105.00 and 75.00",
            capped("70005 TC 50", "75.00", "30.00"),
        ),
        case(
            "and a second side's: 50.00 and 40.00",
            capped("70005 RT", "80.00", "20.00"),
            capped("70005 LT", "40.00", "10.00"),
        ),
        case(
            "a heart test's technical part reduced by a quarter, then cut",
            line("70009", "330.00", pos="11"),
            # 52.50 + 30.00, the technical part 2.50 less
            capped("70008", "80.00", "2.50"),
        ),
        # 120.00, whole, are cut to 30.01: more than the technical 70.00.
        case(
            "a technical part cut to nothing is no less on old equipment",
            capped("70016 FX", "120.04", "359.96", units=4),
        ),
        *(
            case(
                f"of two units the first has no technical part left, the second {left}",
                # 30.01 + 47.50 + what is left × 0.80
                capped(f"{test} FX", pays, less, units=2, carc="237", codes=("CO", "45", None)),
            )
            for test, left, pays, less in (
                ("70017", "10.02", "85.53", "114.97"),
                ("70018", "10.03", "85.53", "114.96"),
            )
        ),
        # The caps come from the file of everybody else: its factor is not a qualifying one's.
        case(
            "of a qualifying participant's cap the physician's part rises, the hospital's does not",
            # 50.00 + 30.00 × 1.10
            capped("70001", "83.00", "27.00", date="2026-05-04", qualifying=True, fee="110.00"),
        ),
        case(
            "a technical line's cap is the hospital's, for qualifying participants too",
            capped("70001 TC", "50.00", "27.00", date="2026-05-04", qualifying=True, fee="77.00"),
        ),
        case(
            "anybody else's",
            capped("70001", "80.00", "20.00", date="2026-05-04"),
        ),
        case("before 2007 there is no cap", line("70001", "100.00", pos="11", date="2006-12-31")),
        case("from 2007 there is", capped("70001", "80.00", "20.00", date="2007-01-01")),
    ],
    CODES,
)
# (1.81 + 6.10 + 0.12) × 32.3465 = 259.742; (1.81 × 1.088 + 6.10 × 1.419 + 0.12 × 0.445) × 32.3465
# = 345.414; of the TC row (5.48 + 0.02) × 32.3465 = 177.906.
REAL = CaseTable(
    "imaging_cap",
    [
        case(
            "72191, as CMS published its cap",
            capped("72191", "259.74", "40.11"),
        ),
        case("and its technical row's", capped("72191 TC", "177.91", "40.11")),
        case("and in San Francisco", capped("72191", "345.41", "56.61", locality="01112-05")),
    ],
    by_hand(*rows_of_72191(), factors=FACTORS_2025, places=[SAN_FRANCISCO]),
)
# 77090, office, 2025: 0.09 × 32.3465 = 2.91, far below its cap. 93971: 3.54 × 32.3465 = 114.51 and
# its cap (0.45 + 3.41 + 0.05) = 3.91 → 126.47.
STARTER_TABLE = CaseTable(
    "imaging_cap",
    [
        case(
            "real tests below their caps",
            line("77090", "2.91", pos="11"),
            line("93971", "114.51", pos="11"),
        ),
    ],
)


@every_case(TABLE, REAL, STARTER_TABLE)
def test_imaging_cap(table: CaseTable, case) -> None:
    table.check(case)
