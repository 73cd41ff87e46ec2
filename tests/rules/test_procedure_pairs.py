"""Procedure pairs: column two is not paid beside column one (NCCI Manual, ch. 1, §A)."""

from datetime import date

import polars as pl

from payrules.engine.rule import Tables
from tests.generated import words
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
    *(code(f"5000{n}", "10.00") for n in range(10)),
    code("50010", status="C"),
    code("50011", "10.00"),
)
PAIRS = Tables(
    procedure_pairs=pl.DataFrame(
        [
            ("50001", "50002", "1"),
            ("50002", "50003", "1"),
            ("50004", "50005", "0"),
            ("50006", "50007", "9"),
            ("50010", "50002", "1"),
            ("50000", "50005", "1"),
            ("50011", "50002", "1"),
        ],
        schema=["column_1_code", "column_2_code", "modifier_indicator"],
        orient="row",
    )
    .with_columns(effective_from=pl.lit(date(2000, 1, 1)), effective_to=pl.lit(None, dtype=pl.Date))
    .vstack(
        pl.DataFrame(
            [
                # In force in March; then again, in another way, from May.
                ("50008", "50009", "1", date(2025, 3, 1), date(2025, 3, 31)),
                ("50008", "50009", "0", date(2025, 5, 1), None),
            ],
            schema={
                "column_1_code": pl.String,
                "column_2_code": pl.String,
                "modifier_indicator": pl.String,
                "effective_from": pl.Date,
                "effective_to": pl.Date,
            },
            orient="row",
        )
    )
)
BESIDE = "NCCI: not paid with {} (modifier indicator {})"
ALONE = (
    "NCCI pair {} and {} is bypassed by {} alone: CMS allows that only for separate sites "
    "or sessions"
)
LIFTS = words(
    "E1 E2 E3 E4 FA F1 F2 F3 F4 F5 F6 F7 F8 F9 TA T1 T2 T3 T4 T5 T6 T7 T8 T9 LT RT LC LD LM RC RI"
    " 24 25 27 57 58 59 78 79 91 XE XS XP XU"
)
PLACES = {*words("RT LT FA TA LC LD LM RC RI"), *words("E1 E2 E3 E4 F1 F2 F3 F4 F5 F6 F7 F8 F9")}
PLACES |= {f"T{toe}" for toe in range(1, 10)}


def by_a_place(modifiers: str) -> str | None:
    """Give the note of a pair that a place of the body alone lifts; none of another modifier."""
    named = set(modifiers.split(", "))
    return ALONE.format("50001", "50002", modifiers) if named <= PLACES else None


def denied(service: str, one: str, indicator: str = "1", **columns):
    why = BESIDE.format(one, indicator)
    return line(service, "0.00", why, status="denied", carc="236", **columns)


TABLE = CaseTable(
    "procedure_pairs",
    [
        case(
            "the column-two code is denied",
            line("50001", "10.00"),
            denied("50002", "50001"),
        ),
        case(
            "whichever line comes first",
            denied("50002", "50001"),
            line("50001", "10.00"),
        ),
        *(
            case(
                f"{lifts} on the column-two line separates them",
                line("50001", "10.00"),
                line(f"50002 {lifts}", "10.00", review=by_a_place(lifts)),
            )
            for lifts in LIFTS
        ),
        *(
            case(
                f"{lifts} on the column-one line separates them",
                line(f"50001 {lifts}", "10.00"),
                line("50002", "10.00", review=by_a_place(lifts)),
            )
            for lifts in ("59", "RT", "T5", "25")
        ),
        *(
            case(
                f"two places are named in one order, {first} first",
                line(f"50001 {first}", "10.00"),
                line(f"50001 {then}", "10.00"),
                line("50002", "10.00", review=by_a_place("T1, T2")),
            )
            for first, then in (("T1", "T2"), ("T2", "T1"))
        ),
        case(
            "a place on either line lifts a pair: both are named",
            line("50001 LT", "10.00"),
            line("50002 RT", "10.00", review=by_a_place("RT, LT")),
        ),
        case(
            "what says the services are distinct needs no note, whatever place is beside it",
            line("50001 LT", "10.00"),
            line("50002 RT 59", "10.00"),
        ),
        case(
            "every pair that a place alone lifts is named",
            line("50001", "10.00"),
            line("50011", "10.00"),
            line(
                "50002 F1",
                "10.00",
                review=ALONE.format("50001, 50011", "50002", "F1"),
            ),
        ),
        case(
            "a pair that denies stands before one that a place lifts",
            line("50001 RT", "10.00"),
            line("50011", "10.00"),
            denied("50002", "50011"),
        ),
        *(
            case(
                f"{other} does not separate them",
                line("50001", "10.00"),
                denied(f"50002 {other}", "50001"),
            )
            for other in ("51", "76", "77", "GP", "KX")
        ),
        case(
            "one column-one line without a modifier is enough",
            line("50001 59", "10.00"),
            line("50001", "10.00"),
            denied("50002", "50001"),
        ),
        case(
            "each column-two line is judged by its own modifier",
            line("50001", "10.00"),
            denied("50002", "50001"),
            line("50002 XU", "10.00"),
        ),
        case(
            "no modifier lifts a pair of indicator 0",
            line("50004 59", "10.00"),
            denied("50005 59", "50004", "0"),
        ),
        case(
            "a pair of indicator 9 is no edit",
            line("50006", "10.00"),
            line("50007", "10.00"),
        ),
        case(
            "of two column-one codes the first by code is named",
            line("50004", "10.00"),
            line("50000", "10.00"),
            denied("50005", "50000"),
        ),
        case(
            "all pairs are judged at once: a denied line still denies",
            line("50001", "10.00"),
            denied("50002", "50001"),
            denied("50003", "50002"),
        ),
        case(
            "a line denied before the step denies nothing",
            line("50001 GY", "0.00", status="denied", carc="96"),
            line("50002", "10.00"),
        ),
        case(
            "a line by report is not alive in the step",
            line("50010", None, status="by_report"),
            line("50002", "10.00"),
        ),
        case(
            "another day, practitioner or person is no pair",
            line("50001", "10.00", npi="1"),
            line("50002", "10.00", npi="2"),
            line("50002", "10.00", npi="1", date="2025-06-03"),
            line("50002", "10.00", npi="1", person="somebody else"),
        ),
        case(
            "one practitioner's claims are judged together",
            line("50001", "10.00", npi="1", claim="ptp a"),
            denied("50002", "50001", npi="1", claim="ptp b"),
        ),
        *(
            case(
                f"before, between and after editions: {day}",
                line("50008", "10.00", date=day),
                line("50009", "10.00", date=day),
            )
            for day in ("2025-02-28", "2025-04-01", "2025-04-30")
        ),
        *(
            case(
                f"on the first and last day of an edition: {day}",
                line("50008", "10.00", date=day),
                denied("50009", "50008", indicator, date=day),
            )
            for day, indicator in (
                ("2025-03-01", "1"),
                ("2025-03-31", "1"),
                ("2025-05-01", "0"),
            )
        ),
        case(
            "the edition of the day says whether a modifier helps",
            line("50008", "10.00", date="2025-03-31"),
            line("50009 59", "10.00", date="2025-03-31"),
            line("50008", "10.00", date="2025-05-01"),
            denied("50009 59", "50008", "0", date="2025-05-01"),
        ),
    ],
    CODES,
    tables=PAIRS,
)
WITHOUT_A_TABLE = CaseTable(
    "procedure_pairs",
    [case("without a table the edit does not run", line("50001", "10.00"), line("50002", "10.00"))],
    CODES,
)
# 64483, office: (1.90 + 5.24 + 0.16) × 32.3465 = 236.129
STARTER_TABLE = CaseTable(
    "procedure_pairs",
    [
        case(
            "guidance is inside a transforaminal epidural",
            line("64483", "236.13", pos="11"),
            denied("77003 26", "64483", pos="11", review=STANDS_IN),
        ),
        case(
            "a pair that a side lifted needs no note where the visit is in the global period",
            line("20610 RT", "63.40", pos="11"),
            line("99213", "0.00", status="bundled", carc="97", rarc="M144", pos="11"),
        ),
    ],
    tables=STARTER_TABLES,
)


@every_case(TABLE, WITHOUT_A_TABLE, STARTER_TABLE)
def test_procedure_pairs(table: CaseTable, case) -> None:
    table.check(case)
