"""MIPS: what Medicare pays, more or less (SSA 1848(q)(6)(E))."""

import pytest

from tests.pricing_cases import CaseTable, Line, by_hand, case, checked, code, every_case, line

CODES = by_hand(
    code("99214", "125.18"),
    code("27000", "0.01"),
    code("27001", "100.00"),
    code("27002", status="C"),
    code("00300", status="J"),
)
LESS, MORE = ("CO", "237", "N807"), ("CO", "144", "N807")


def adjusted(service: str, pays: str, percent: str, after: str, moved: str, **terms) -> Line:
    """A line with a percentage: what Medicare pays after it, and by how much that moved."""
    codes = (None, None, "N807")
    if moved not in {"0.00", "-0.00"}:
        codes = LESS if moved.startswith("-") else MORE
    sign = "" if percent.startswith("-") else "+"
    shown = percent.rstrip("0").rstrip(".") if "." in percent else percent
    return line(
        service,
        pays,
        f"MIPS, {sign}{shown} % of what is paid",
        codes=codes,
        mips_adjustment_percent=percent,
        after=after,
        mips=moved,
        **terms,
    )


def untouched(service: str, pays: str | None, **terms) -> Line:
    return line(service, pays, mips=None, **terms)


TABLE = CaseTable(
    "mips",
    [
        case(
            "4.6 125.18 at -9 %: 91.13, less 1.82",
            adjusted(
                "99214",
                "125.18",
                "-9.00",
                "91.13",
                "-9.01",
                coinsurance="25.04",
                sequestered="1.82",
                medicare="89.31",
                patient="25.04",
            ),
        ),
        case(
            "4.6 125.18 at +1.40 %: 101.54, less 2.03",
            adjusted(
                "99214",
                "125.18",
                "1.40",
                "101.54",
                "1.40",
                sequestered="2.03",
                medicare="99.51",
                patient="25.04",
            ),
        ),
        case("4.4 half a cent is rounded up", adjusted("27001", "100.00", "0.03", "80.02", "0.02")),
        case(
            "4.4 of a cent nothing is left to move",
            adjusted("27000", "0.01", "-9", "0.01", "0.00"),
        ),
        case(
            "0.1 after a second payer's part",
            adjusted(
                "27001",
                "100.00",
                "-5",
                "38.00",
                "-2.00",
                charge="100.00",
                primary_paid_amount="60.00",
                taken="40.00",
                medicare="37.24",
            ),
        ),
        case(
            "4.2 not without assignment",
            untouched(
                "27001",
                "95.00",
                participating="false",
                assignment="false",
                mips_adjustment_percent="-9",
                carc="45",
                limit="109.25",
            ),
        ),
        case(
            "4.2 a nonparticipating practitioner's assigned line",
            adjusted(
                "27001",
                "95.00",
                "-9",
                "69.16",
                "-6.84",
                participating="false",
                carc="45",
            ),
        ),
        case(
            "4.1 a percentage of nothing", untouched("27001", "100.00", mips_adjustment_percent="0")
        ),
        case("4.1 no percentage", untouched("27001", "100.00")),
        case(
            "a denied line has none",
            untouched("27001 GZ", "0.00", status="denied", carc="50", mips_adjustment_percent="-9"),
        ),
        case(
            "where the deductible takes all there is nothing to move",
            untouched("27001", "100.00", mips_adjustment_percent="-9", deductible="100.00"),
        ),
    ],
    CODES,
)


@every_case(TABLE)
def test_mips(table: CaseTable, case) -> None:
    table.check(case)


@pytest.mark.parametrize("percent", ["-9.01", "20.01", "1.005", "nine", "9%"])
def test_a_percentage_out_of_range_rejects_the_row(percent: str) -> None:
    """4.5: -9 is the worst since 2022, and nobody was paid 20 % more."""
    with pytest.raises(AssertionError, match="mips_adjustment_percent"):
        checked(
            [
                {
                    "claim_id": "1",
                    "claim_line_number": "1",
                    "person_id": "P",
                    "claim_line_start_date": "2025-06-02",
                    "hcpcs_code": "99214",
                    "place_of_service_code": "11",
                    "locality": "national",
                    "mips_adjustment_percent": percent,
                }
            ],
            CODES,
        )
