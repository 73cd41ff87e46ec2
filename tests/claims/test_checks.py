"""Each check of a claim column: what it accepts and as what, what it rejects and why."""

from datetime import date, datetime
from functools import cache

import polars as pl
import pytest

from payrules.claims import read_batch
from payrules.claims.places_of_service import FACILITY, VALID, is_facility
from payrules.claims.practitioners import BY_TAXONOMY, PHYSICIANS, TYPES
from payrules.errors import ClaimsError
from tests.claims.batches import GOOD, LOCALITIES, checked, frame_of, line, reject

ACCEPTED = [
    # column, cell, column among the lines, value
    ("claim_id", " 0007 ", "claim_id", "0007"),
    ("claim_line_number", "12", "claim_line_number", 12),
    ("claim_line_number", "3.0", "claim_line_number", 3),
    ("claim_line_start_date", "2025-01-31", "service_date", date(2025, 1, 31)),
    ("claim_line_start_date", "01/31/2025", "service_date", date(2025, 1, 31)),
    ("claim_line_start_date", "1/5/2025", "service_date", date(2025, 1, 5)),
    ("claim_line_start_date", "2025-01-31T08:15:00", "service_date", date(2025, 1, 31)),
    ("claim_line_start_date", "2025-01-31 23:59:59.123Z", "service_date", date(2025, 1, 31)),
    ("claim_line_start_date", "2025-01-31T08:15:00+02:00", "service_date", date(2025, 1, 31)),
    ("claim_line_start_date", "1/5/2025 12:00 AM", "service_date", date(2025, 1, 5)),
    ("claim_line_start_date", "1992-01-01", "service_date", date(1992, 1, 1)),
    ("claim_line_start_date", "2100-12-31", "service_date", date(2100, 12, 31)),
    ("hcpcs_code", "00100", "hcpcs_code", "00100"),
    ("hcpcs_code", " g0442", "hcpcs_code", "G0442"),
    ("place_of_service_code", "02", "place_of_service_code", "02"),
    ("place_of_service_code", "2", "place_of_service_code", "02"),
    ("place_of_service_code", "99", "place_of_service_code", "99"),
    ("hcpcs_modifier_3", "rt", "hcpcs_modifier_3", "RT"),
    ("hcpcs_modifier_1", "", "hcpcs_modifier_1", None),
    ("service_unit_quantity", "3", "units_thousandths", 3_000),
    ("service_unit_quantity", "1.000", "units_thousandths", 1_000),
    ("service_unit_quantity", "", "units_thousandths", 1_000),
    ("service_unit_quantity", "999,999", "units_thousandths", 999_999_000),
    ("charge_amount", "$1,234.50", "charge_amount", 123_450),
    ("charge_amount", "0", "charge_amount", 0),
    ("charge_amount", " ", "charge_amount", None),
    ("deductible_remaining", "257", "deductible_remaining", 25_700),
    ("deductible_remaining", "", "deductible_remaining", 0),
    ("paid_amount", "80.1", "paid_amount", 8_010),
    ("allowed_amount", "100", "payer_allowed_amount", 10_000),
    ("rendering_npi", "0012345678", "rendering_npi", "0012345678"),
    ("billing_tin", "", "billing_tin", None),
    ("payer", "Acme", "payer", "Acme"),
    ("diagnosis_code_12", " M54.5", "diagnosis_code_12", "M54.5"),
    ("locality", "NATIONAL", "locality", "national"),
    ("locality", "0111205", "locality", "01112-05"),
    ("locality", "1112-5", "locality", "01112-05"),
    ("locality", "01112/05", "locality", "01112-05"),
    ("locality", "01112_05", "locality", "01112-05"),
    ("locality", "01112 05", "locality", "01112-05"),
    ("practitioner_type", "Nurse Practitioner", "practitioner_type", "nurse_practitioner"),
    ("practitioner_type", "CRNA", "practitioner_type", "crna"),
    ("practitioner_type", "", "practitioner_type", "physician"),
    ("participating", "N", "participating", False),
    ("participating", "", "participating", True),
    ("assignment_accepted", "0", "assignment_accepted", False),
    ("qualifying_apm_participant", "TRUE", "qualifying_apm_participant", True),
    ("documentation_submitted", "yes", "documentation_submitted", True),
    ("present_at_induction", "t", "present_at_induction", True),
    ("present_at_induction", "", "present_at_induction", False),
    ("postoperative_days", "0", "postoperative_days", 0),
    ("postoperative_days", "90", "postoperative_days", 90),
    ("care_assumed_date", "2025-06-20", "care_assumed_date", date(2025, 6, 20)),
    ("care_relinquished_date", "06/20/2025", "care_relinquished_date", date(2025, 6, 20)),
    ("anesthesia_minutes", "125", "anesthesia_minutes", 125),
    ("anesthesia_minutes", "", "anesthesia_minutes", None),
    ("unit_qualifier", "mj", "unit_qualifier", "MJ"),
    ("unit_qualifier", "F2", "unit_qualifier", "F2"),
    ("unit_qualifier", " ", "unit_qualifier", None),
]


@cache
def together(*cells):
    """Check a row for each of some columns' cells, all of a column at once."""
    found = {}
    for column in dict.fromkeys(column for column, _ in cells):
        own = [cell for name, cell in cells if name == column]
        batch = checked(*({column: cell} for cell in own))
        rejects = {each["row"]: each for each in batch.rejects.to_dicts()}
        lines = iter(batch.lines.to_dicts())
        for row, cell in enumerate(own, 1):
            found[column, cell] = rejects[row] if row in rejects else next(lines)
    return found


@pytest.mark.parametrize(("column", "cell", "name", "value"), ACCEPTED)
def test_accepted(column, cell, name, value):
    found = together(*(each[:2] for each in ACCEPTED))[column, cell]
    assert "reason" not in found
    assert found[name] == value


REJECTED = [
    # column, cell, words of the reason
    ("claim_id", " ", "claim_id is missing"),
    ("claim_line_number", None, "claim_line_number is missing"),
    ("claim_line_number", "0", "claim line number 0 is not a whole number from 1"),
    ("claim_line_number", "1.5", "not a whole number from 1"),
    ("claim_line_number", "one", "not a whole number from 1"),
    ("person_id", "", "person_id is missing"),
    ("claim_line_start_date", "", "claim_line_start_date is missing"),
    (
        "claim_line_start_date",
        "2025-02-29",
        "(10 characters, not shown) is not a date",
    ),
    ("claim_line_start_date", "31/01/2025", "is not a date"),
    ("claim_line_start_date", "1991-12-31", "not between 1992 and 2100"),
    ("claim_line_start_date", "2101-01-01", "not between 1992 and 2100"),
    ("hcpcs_code", "", "hcpcs_code is missing"),
    ("hcpcs_code", "100", "a spreadsheet may have dropped leading zeros (00100)"),
    ("hcpcs_code", "992133", "HCPCS code 992133 is not five letters and digits"),
    ("hcpcs_code", "9921-", "not five letters and digits"),
    ("hcpcs_code", "ßßß", "not five letters and digits"),
    ("place_of_service_code", "", "place_of_service_code is missing"),
    ("place_of_service_code", "77", "place of service 77 is not a code CMS lists"),
    ("place_of_service_code", "0", "not a code CMS lists"),
    ("place_of_service_code", "011", "not a code CMS lists"),
    ("hcpcs_modifier_2", "2", "modifier 2 is not two letters or digits"),
    ("hcpcs_modifier_2", "R-", "modifier (2 characters, not shown) is not two"),
    ("hcpcs_modifiers", "26 5", "modifier 5 is not two"),
    ("hcpcs_modifiers", "26,51,59,RT,LT,XS", "at most 5 modifiers, not 6"),
    ("service_unit_quantity", "0", "units must be more than 0, not 0"),
    ("service_unit_quantity", "-1", "units must be more than 0, not -1"),
    ("service_unit_quantity", "1.5", "units 1.5 must be whole"),
    ("service_unit_quantity", "0.5", "units 0.5 must be whole"),
    ("service_unit_quantity", "1000000", "more than 999,999"),
    ("service_unit_quantity", "two", "not a number of at most 3 decimals"),
    ("charge_amount", "-0.01", "charge_amount -0.01 is negative"),
    ("charge_amount", "(12.50)", "is negative"),
    ("allowed_amount", "12,50", "not an amount in dollars and cents"),
    ("charge_amount", "1.005", "not an amount in dollars and cents"),
    ("charge_amount", "1000000000", "more than 999,999,999 dollars"),
    ("deductible_remaining", "-1", "is negative"),
    ("paid_amount", "x", "not an amount"),
    ("allowed_amount", "-2", "allowed_amount -2 is negative"),
    (
        "locality",
        "01112-06",
        "locality 01112-06 is not in any loaded fee schedule (perhaps '01112-05'",
    ),
    ("locality", "Boise", "locality (5 characters, not shown) is not in any loaded fee schedule"),
    ("locality", "", "no locality"),
    ("practitioner_type", "dietitien", "unknown (perhaps 'dietitian')"),
    ("practitioner_type", "nurse", "'nurse_practitioner'"),
    ("participating", "maybe", "participating (5 characters, not shown) is neither true nor"),
    ("qualifying_apm_participant", "2", "is neither true nor false"),
    ("postoperative_days", "1000", "not a whole number from 0 to 999"),
    ("postoperative_days", "-1", "not a whole number from 0 to 999"),
    ("postoperative_days", "4.5", "not a whole number from 0 to 999"),
    (
        "care_assumed_date",
        "20.06.2025",
        "(10 characters, not shown) is not a date",
    ),
    ("care_relinquished_date", "1899-12-31", "is not between 1992 and 2100"),
    ("anesthesia_minutes", "-1", "anesthesia_minutes -1 is not a whole number"),
    ("anesthesia_minutes", "1h", "anesthesia_minutes 1h is not a whole number"),
    (
        "unit_qualifier",
        "minutes",
        "unit qualifier (7 characters, not shown) is not two letters or digits",
    ),
    ("unit_qualifier", "M", "unit qualifier M is not two letters or digits"),
]


@pytest.mark.parametrize(("column", "cell", "reason"), REJECTED)
def test_rejected(column, cell, reason):
    rejected = together(*(each[:2] for each in REJECTED))[column, cell]
    assert (rejected["column"], rejected["value"]) == (column, cell or None)
    assert reason in rejected["reason"]
    assert "; " not in rejected["reason"]


@pytest.mark.parametrize(
    "code",
    ["J1100", "q2043", "Q9967", "A9500", "C9290", "P9016", "S0020", "Q0138", "Q4081", "90371"],
)
def test_drugs_are_billed_in_fractions(code):
    row = {"hcpcs_code": code, "service_unit_quantity": "0.125"}
    assert line(row)["units_thousandths"] == 125
    assert "at most 3 decimals" in reject({**row, "service_unit_quantity": "0.1255"})["reason"]


@pytest.mark.parametrize(
    "code",
    ["99213", "Q3014", "Q4010", "90715", "A9270", "Q1004", "A0428", "S2900", "G0008", "1J100"],
)
def test_services_are_not_billed_in_fractions(code):
    rejected = reject({"hcpcs_code": code, "service_unit_quantity": "1.5"})
    assert "must be whole" in rejected["reason"]


def modifiers(row):
    found = line(row)
    return [found[f"hcpcs_modifier_{place}"] for place in range(1, 6)]


@pytest.mark.parametrize(
    "joined", ["25 59 rt", "25,59,RT", "25:59:RT", "25;59;RT", " 25, 59;; RT ;", ":25  59\tRT"]
)
def test_joined_modifiers_are_split(joined):
    assert modifiers({"hcpcs_modifiers": joined}) == ["25", "59", "RT", None, None]


def test_numbered_modifiers_are_read_and_joined_ones_must_be_among_them():
    """They won, and 25 and 59 were passed over."""
    other = reject({"hcpcs_modifiers": "25 59", "hcpcs_modifier_2": "LT"})
    assert other["column"] == "hcpcs_modifiers"
    assert "that the numbered modifier columns of the row have not" in other["reason"]
    assert modifiers({"hcpcs_modifiers": "lt", "hcpcs_modifier_2": "LT"}) == [
        None,
        "LT",
        None,
        None,
        None,
    ]


def test_blank_numbered_modifiers_leave_the_joined_ones():
    row = {"hcpcs_modifiers": "25 59", "hcpcs_modifier_1": " "}
    assert modifiers(row) == ["25", "59", None, None, None]


def test_only_separators_are_no_modifier():
    assert modifiers({"hcpcs_modifiers": ",;"}) == [None] * 5


def test_taxonomy_tells_the_practitioner():
    kinds = {prefix.ljust(9, "0") + "X": kind for prefix, kind in BY_TAXONOMY.items()}
    kinds |= {"363lf0000x": "nurse_practitioner", "207L00000X": "physician"}
    kinds |= {"101YA0400X": "physician", "": "physician"}
    batch = checked(*({"rendering_taxonomy": taxonomy} for taxonomy in kinds))
    assert batch.lines["practitioner_type"].to_list() == list(kinds.values())


def test_a_taxonomy_in_the_place_of_the_specialty_is_the_lines_taxonomy():
    """A nurse practitioner exported so was paid as a physician, in silence."""
    rows = [
        ({"rendering_specialty": "363LF0000x"}, "363LF0000x", "nurse_practitioner"),
        ({"rendering_specialty": "50"}, None, "physician"),
        ({"rendering_specialty": "Family Prax"}, None, "physician"),
        (
            {"rendering_specialty": "363L00000X", "rendering_taxonomy": "207X00000X"},
            "207X00000X",
            "physician",
        ),
    ]
    lines = checked(*(row for row, _, _ in rows)).lines
    wanted = [(taxonomy, kind) for _, taxonomy, kind in rows]
    assert lines.select("rendering_taxonomy", "practitioner_type").rows() == wanted
    assert lines["rendering_specialty"].to_list()[0] == "363LF0000x"


def test_the_practitioner_type_comes_before_the_taxonomy():
    row = {"rendering_taxonomy": "363L00000X", "practitioner_type": "crna"}
    assert line(row)["practitioner_type"] == "crna"
    assert line({**row, "practitioner_type": ""})["practitioner_type"] == "nurse_practitioner"


def test_every_taxonomy_prefix_leads_to_a_type_longest_first():
    assert set(BY_TAXONOMY.values()) | set(PHYSICIANS) == set(TYPES)
    for short in BY_TAXONOMY:
        longer = [prefix for prefix in BY_TAXONOMY if prefix != short and prefix.startswith(short)]
        order = list(BY_TAXONOMY)
        assert all(order.index(prefix) < order.index(short) for prefix in longer)


def test_places_of_service():
    assert len(VALID) == 52
    assert FACILITY < VALID
    places = pl.DataFrame(
        {
            "place_of_service_code": ["11", "22", "02", "10", "10"],
            "service_date": [date(2025, 1, 1)] * 4 + [date(2023, 12, 31)],
        }
    )
    assert places.select(is_facility()).to_series().to_list() == [False, True, True, False, True]


ZIPS = pl.DataFrame(
    {
        "zip": ["90001", "02134", "83814", "99999"],
        "plus_four_needed": [False, False, True, False],
        "locality": ["01182-18", "13202-01", "01112-05", "99999-99"],
    }
)


@pytest.mark.parametrize(
    ("given", "locality"),
    [
        ("90001", "01182-18"),
        ("90001-1234", "01182-18"),
        ("900011234", "01182-18"),
        ("2134", "13202-01"),
        ("21340001", "13202-01"),
    ],
)
def test_zip_tells_the_locality(given, locality):
    found = line({"locality": "", "service_zip": given}, zips=ZIPS)
    assert (found["locality"], found["service_zip"]) == (locality, given)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("12345", "ZIP code 12345 is not in CMS's ZIP table"),
        ("9000", "ZIP code 9000 is not in CMS's ZIP table"),
        ("Boston", "ZIP code (6 characters, not shown) is not in CMS's ZIP table"),
        ("83814", "lies in more than one locality and only ZIP+4 can tell"),
        ("99999", "is in locality 99999-99, which is not in any loaded fee schedule"),
    ],
)
def test_zip_that_tells_no_locality(given, reason):
    rejected = reject({"locality": "", "service_zip": given}, zips=ZIPS)
    assert (rejected["column"], rejected["value"]) == ("service_zip", given)
    assert reason in rejected["reason"]


def test_zip_without_a_table():
    rejected = reject({"locality": "", "service_zip": "90001"})
    assert rejected["reason"] == ("no ZIP table is loaded: give locality or import CMS's ZIP5 file")


def test_a_locality_for_the_whole_batch_serves_where_no_zip_table_is_loaded():
    lines = checked({"locality": "", "service_zip": "90001"}, default_locality="national").lines
    assert lines["locality"].to_list() == ["national"]


def test_the_locality_comes_before_the_zip():
    row = {"locality": "01112-05", "service_zip": "12345"}
    assert line(row, zips=ZIPS)["locality"] == "01112-05"
    assert line(row)["locality"] == "01112-05"


def test_the_default_serves_lines_without_locality_and_zip():
    batch = checked(
        {"locality": "", "service_zip": "90001"},
        {"locality": "01112-05", "service_zip": ""},
        {"locality": "", "service_zip": " "},
        zips=ZIPS,
        default_locality="1320201",
    )
    assert batch.lines["locality"].to_list() == ["01182-18", "01112-05", "13202-01"]


def test_an_unknown_default_is_refused():
    with pytest.raises(ClaimsError, match=r"locality '01112-06' .* perhaps '01112-05'"):
        checked({}, default_locality="01112-06")


def test_a_schedule_in_dollars_needs_no_locality():
    batch = checked(
        {"locality": ""},
        {"locality": "Boise"},
        {"locality": "", "service_zip": "1"},
        needs_locality=False,
    )
    assert batch.lines["locality"].to_list() == [None, "Boise", None]


def test_without_a_locality_column():
    frame = frame_of({}).drop("locality")
    rejected = read_batch(frame, localities=LOCALITIES).rejects.row(0, named=True)
    assert (rejected["column"], rejected["value"]) == ("locality", None)
    assert "no locality" in rejected["reason"]


def test_typed_columns_are_used_as_they_are():
    frame = pl.DataFrame(
        {
            **{name: [cell] * 2 for name, cell in GOOD.items()},
            "claim_line_number": pl.Series([1, 2], dtype=pl.UInt8),
            "claim_line_start_date": [date(2025, 3, 4), date(2025, 3, 5)],
            "place_of_service_code": [2, 22],
            "hcpcs_code": pl.Series(["99213", "J1100"], dtype=pl.Categorical),
            "hcpcs_modifier_1": [26.0, None],
            "service_unit_quantity": [1.0, 0.5],
            "charge_amount": pl.Series(["12.50", None]).cast(pl.Decimal(10, 4)),
            "paid_amount": [10.1, float("nan")],
            "participating": [False, None],
            "postoperative_days": [float("nan"), 3.0],
            "care_assumed_date": [datetime(2025, 3, 9, 8, 30), None],
            "care_relinquished_date": [date(2025, 3, 9), None],
            "billing_npi": [1234567890, None],
        }
    )
    batch = read_batch(frame, localities=LOCALITIES)
    assert batch.rejects.is_empty()
    found = batch.lines.to_dict(as_series=False)
    expected = {
        "claim_line_number": [1, 2],
        "service_date": [date(2025, 3, 4), date(2025, 3, 5)],
        "place_of_service_code": ["02", "22"],
        "hcpcs_code": ["99213", "J1100"],
        "hcpcs_modifier_1": ["26", None],
        "units_thousandths": [1_000, 500],
        "charge_amount": [1_250, None],
        "paid_amount": [1_010, None],
        "participating": [False, True],
        "postoperative_days": [None, 3],
        "care_assumed_date": [date(2025, 3, 9), None],
        "care_relinquished_date": [date(2025, 3, 9), None],
        "billing_npi": ["1234567890", None],
    }
    assert {name: found[name] for name in expected} == expected


def test_care_that_ends_before_it_begins_is_rejected():
    cells = {"care_assumed_date": "2025-06-11", "care_relinquished_date": "06/10/2025"}
    rejected = reject(cells)
    assert rejected["column"] == "care_relinquished_date"
    said = "care_relinquished_date (10 characters, not shown) is before care_assumed_date"
    assert rejected["reason"] == said
    assert rejected["value"] == "06/10/2025"


def test_typed_faults_show_their_values():
    frame = frame_of({}).with_columns(
        claim_line_start_date=pl.lit(date(1991, 1, 1)),
        service_unit_quantity=pl.lit(-1.5),
        charge_amount=pl.lit("-3.00").cast(pl.Decimal(8, 2)),
    )
    rejected = read_batch(frame, localities=LOCALITIES).rejects.row(0, named=True)
    assert (rejected["column"], rejected["value"]) == ("claim_line_start_date", "1991-01-01")
    for words in ("not shown) is not between", "more than 0, not -1.5", "-3.00 is negative"):
        assert words in rejected["reason"]
