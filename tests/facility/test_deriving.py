"""Which lines of practitioners lead to which lines of a facility, case by case."""

from datetime import date

import polars as pl
import pytest

from payrules.facility.deriving import derive

#: At a site, the lines of an encounter → what the facility bills, or why nothing ("?": is open).
#: A line: code, modifiers after hyphens, "xN" units, "!" denied, "=" bundled, "@npi", "#place".
CASES: dict[tuple[str, str], list[str]] = {
    ("asc", "64493-50 64494-50"): ["64493-50", "64494-50"],
    ("asc", "64493-RT-59-KX 64635-XU-GC"): ["64493-RT-59", "64635-XU"],
    ("hospital", "64483-53 64483-73"): ["64483-53", "64483-73"],
    ("asc", "45385-73!4 45380-74!4 62323-73!97 64493!4"): [
        *("45385-73", "45380-74", "denied as billed", "denied as billed"),
    ],
    ("hospital", "64493-PO 62323-PN"): ["64493-PO", "62323-PN"],
    # Who only reads a test leaves the test to the facility; where it is billed besides, once.
    ("hospital", "93306-26"): ["93306"],
    ("hospital", "93306-26 93306-26"): ["93306", "the facility bills it once"],
    ("hospital", "93306-26 93306-26-59"): ["93306", "93306-59"],
    ("hospital", "93306 93306-26"): ["93306", "the facility bills it once"],
    # Both would be paid the technical part; where nothing is, the facility bills it (moved there).
    ("asc", "93306 93306!97"): [
        "? the practitioner is paid the technical part, too",
        "denied as billed",
    ],
    ("asc", "93306-TC"): ["93306"],
    ("hospital", "88305-26"): ["the professional part only"],
    ("hospital", "93306!5"): ["? the facility bills its own part of the test"],
    ("hospital", "96413!5 93000!5 93000!97"): [
        "? no practitioner's at this place",
        "? the facility bills its own part of the test",
        "denied as billed",
    ],
    # The operation is billed once.
    ("asc", "64635-80 64635-AS 64635"): ["an assistant's", "an assistant's", "64635"],
    ("asc", "27447-62@A 27447-62@B"): ["27447", "the facility bills it once"],
    ("asc", "27447-62 27447-62"): ["27447", "the facility bills it once"],
    ("asc", "64493@A 64493@B"): ["64493", "the facility bills it once"],
    ("asc", "64493@A 64493-XP@B"): ["64493", "64493-XP"],
    ("asc", "64493-RT@A 64493-LT@B"): ["64493-RT", "64493-LT"],
    ("asc", "64493-RT@A 64493-LT@A"): ["64493-RT", "64493-LT"],
    ("asc", "66984-55-RT 66984-56-RT 66984-54-55-RT"): [
        "the care before or after the operation only",
        "the care before or after the operation only",
        "66984-RT",
    ],
    ("asc", "01992-QZ 64483-AA"): ["anesthesia", "anesthesia"],
    # What did not survive the edits, and what is no procedure.
    ("asc", "77003! 64483"): ["denied as billed", "64483"],
    ("asc", "A4550="): ["paid as part of another service"],
    ("hospital", "99213"): ["? a visit: a hospital may bill G0463"],
    ("hospital", "99213!"): ["denied as billed"],
    ("asc", "99213 64483"): ["a visit: a surgical center is paid nothing", "64483"],
    ("asc", "J3301x0.5 J1030x4"): ["J3301x1", "J1030x4"],
    # Away from the campus the rate depends on what the claim must say.
    ("hospital", "64493#19"): ["? place 19: PO or PN"],
    ("hospital", "64493!#19"): ["denied as billed"],
    ("hospital", "64493-PN#19"): ["64493-PN"],
}
TESTS = {"93306", "93000"}


def lines_of(encounter: int, site: str, said: str) -> list[dict[str, object]]:
    lines = []
    for each in said.split():
        rest, _, place = each.partition("#")
        rest, _, npi = rest.partition("@")
        status, carc = "priced", None
        for mark, means in (("!", "denied"), ("=", "bundled")):
            if mark in rest:
                rest, _, carc = rest.partition(mark)
                status = means
        rest, _, units = rest.partition("x")
        code, *modifiers = rest.split("-")
        lines.append(
            {
                "encounter_id": encounter,
                "person_id": f"P{encounter}",
                "service_date": date(2025, 10, 15),
                "site": site,
                "hcpcs_code": code,
                "modifiers": modifiers,
                "units_thousandths": round(float(units or 1) * 1000),
                "place_of_service_code": place or {"asc": "24", "hospital": "22"}[site],
                "rendering_npi": npi or None,
                "status": status,
                "carc": carc or None,
                "allowed_amount": 0 if "TC" in modifiers else 100_00,
                "is_test": code in TESTS,
            }
        )
    return lines


SCHEMA = {
    "encounter_id": pl.Int64,
    "person_id": pl.String,
    "service_date": pl.Date,
    "site": pl.String,
    "hcpcs_code": pl.String,
    "modifiers": pl.List(pl.String),
    "units_thousandths": pl.Int64,
    "place_of_service_code": pl.String,
    "rendering_npi": pl.String,
    "status": pl.String,
    "carc": pl.String,
    "allowed_amount": pl.Int64,
    "is_test": pl.Boolean,
}


@pytest.fixture(scope="module")
def derived() -> pl.DataFrame:
    rows = [
        line for number, (site, said) in enumerate(CASES) for line in lines_of(number, site, said)
    ]
    return derive(pl.DataFrame(rows, schema=SCHEMA))


@pytest.mark.parametrize("case", [*enumerate(CASES)], ids=lambda case: " ".join(case[1]))
def test_what_the_facility_bills(derived: pl.DataFrame, case: tuple[int, tuple[str, str]]) -> None:
    number, told = case
    found = derived.filter(encounter_id=number)
    for row, expected in zip(found.iter_rows(named=True), CASES[told], strict=True):
        if row["why_none"] is not None:
            open_mark = "? " if row["is_open"] else ""
            assert f"{open_mark}{row['why_none']}".startswith(expected)
            continue
        units = row["facility_units"]
        billed = "-".join([row["hcpcs_code"], *row["facility_modifiers"]])
        expected_units = expected if "x" in expected else f"{expected}x1"
        assert f"{billed}x{units}" == expected_units


def test_lines_keep_their_order_and_their_columns(derived: pl.DataFrame) -> None:
    assert derived.columns[: len(SCHEMA)] == [*SCHEMA]
    assert derived["encounter_id"].is_sorted()


def test_two_surgeons_claims_are_one_operation_and_others_are_their_own() -> None:
    lines = [
        line
        for number, said in enumerate(("27447-62@A", "27447-62@B", "27447@C", "27447-62@D"))
        for line in lines_of(number, "asc", said)
    ]
    for line in lines[:3]:
        line["person_id"] = "P"
    found = derive(pl.DataFrame(lines, schema=SCHEMA))
    assert found["why_none"].is_null().to_list() == [True, False, True, True]
