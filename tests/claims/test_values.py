"""Values as people write them: each read one way or refused, and told in the reading report."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrules.claims import read_batch
from payrules.claims.columns_file import FileForm
from payrules.claims.practitioners import IN_SHORT, TYPES
from payrules.claims.spellings import as_meant
from payrules.errors import ClaimsError
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from tests.claims.batches import GOOD, LOCALITIES, checked, frame_of, line, reject

DATE, DAY = "claim_line_start_date", date(2026, 1, 5)
DAYS = [
    "2026-01-05",
    "2026-1-5",
    "01/05/2026",
    "1/5/26",
    "01-05-2026",
    "1-5-26",
    "20260105",
    "20260105.0",
    "2026/01/05",
    "2026/1/5",
    "05-Jan-2026",
    "5-JAN-26",
    "05 jan 2026",
    "05Jan2026",
    "Jan 5, 2026",
    "46027",
    "46027.0",
    "46027.4375",
    " 1/5/26 ",
    "20260105 08:15",
    "01-05-2026 12:00 AM",
    "05-Jan-2026 08:15:00",
]


@pytest.mark.parametrize("cell", DAYS)
def test_a_day_is_read(cell):
    assert line({DATE: cell})["service_date"] == DAY


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("12/31/69", None),  # 2069-12-31: read, and in no fee schedule
        ("1/5/92", date(1992, 1, 5)),
        ("43200", date(2018, 4, 10)),
        ("36526", date(2000, 1, 1)),
        ("02-29-2024", date(2024, 2, 29)),
    ],
)
def test_years_and_day_numbers_have_bounds(cell, day):
    assert line({DATE: cell})["service_date"] == (day or date(2069, 12, 31))


@pytest.mark.parametrize(
    "cell",
    [
        "40125",  # a day number, or 4-01-25
        "50126",
        "010526",
        "10526",
        "01052026",
        "25012026",
        "20261305",
        "202601",
        "2026",
        "33603x",
        "05-Jän-2026",
        "05-Foo-2026",
        "02-30-2026",
        "31-Feb-2026",
        "1/5",
        "1/5/126",
        "05.01.2026",
        "-46027",
        "1/5-2026",
        "#N/A",
    ],
)
def test_what_is_no_day_or_may_be_two_is_refused(cell):
    assert reject({DATE: cell})["column"] == DATE


def test_years_before_1992_are_out_of_time():
    assert "not between 1992 and 2100" in reject({DATE: "1/5/70"})["reason"]
    assert "not between 1992 and 2100" in reject({DATE: "05-Jan-91"})["reason"]


def test_numbers_of_any_kind_are_days_too():
    for cells in (
        pl.Series([20260105, 20260105]),
        pl.Series([46027, 46027], dtype=pl.Int32),
        pl.Series([46027.0, 46027.5]),
        pl.Series(["46027", "20260105"]),
    ):
        frame = frame_of({}, {}).with_columns(cells.alias(DATE))
        batch = read_batch(frame, localities=LOCALITIES)
        assert batch.lines["service_date"].to_list() == [DAY, DAY]


def test_a_day_first_date_alone_is_rejected_and_told_what_to_say():
    assert 'date_format = "DD/MM/YYYY"' in reject({DATE: "25/03/2026"})["reason"]


@pytest.mark.parametrize(
    ("day_first", "either", "form"),
    [
        ("25/03/2026", "03/04/2026", 'date_format = "DD/MM/YYYY", or "MM/DD/YYYY"'),
        ("25-03-2026", "3-4-26", 'date_format = "DD-MM-YY", or "MM-DD-YY"'),
        ("25/03/26", "03/04/2026 08:15", 'date_format = "DD/MM/YYYY", or "MM/DD/YYYY"'),
    ],
)
def test_a_date_that_may_be_either_is_a_question(day_first, either, form):
    with pytest.raises(ClaimsError) as asked:
        checked({DATE: either}, {DATE: "2026-01-05"}, {DATE: day_first})
    assert form in str(asked.value).replace(" 08:15", "")
    assert day_first[:5] in str(asked.value)
    # Where columns have slid, a day with its year may be one of birth.
    assert day_first not in str(asked.value)


def test_the_answer_is_taken():
    rows = {DATE: "03/04/2026"}, {DATE: "25/03/2026"}
    told = {"file": {"date_format": "DD/MM/YYYY"}}
    batch = checked(*rows, columns=told)
    assert batch.lines["service_date"].to_list() == [date(2026, 4, 3), date(2026, 3, 25)]
    batch = checked(*rows, columns={"file": {"date_format": "MM/DD/YYYY"}})
    assert batch.lines["service_date"].to_list() == [date(2026, 3, 4)]


def test_a_day_that_is_the_same_both_ways_is_no_question():
    batch = checked({DATE: "03/03/2026"}, {DATE: "25/03/2026"}, {DATE: "03/25/2026"})
    assert (batch.lines.height, batch.rejects.height) == (2, 1)


COMMAS = {"file": {"decimal": ","}}


def test_in_a_file_of_decimal_commas_a_date_that_may_be_either_is_a_question():
    rows = {DATE: "03/04/2026", "charge_amount": "185,00"}, {DATE: "2026-01-05"}
    said = (
        "its amounts have a decimal comma, so its dates may be day first, or month first: 03/04/…"
    )
    with pytest.raises(ClaimsError, match=said) as asked:
        checked(*rows, columns=COMMAS)
    assert 'date_format = "DD/MM/YYYY", or "MM/DD/YYYY"' in str(asked.value)
    for form, day in (("DD/MM/YYYY", date(2026, 4, 3)), ("MM/DD/YYYY", date(2026, 3, 4))):
        told = {"file": {"decimal": ",", "date_format": form}}
        assert checked(rows[0], columns=told).lines["service_date"].to_list() == [day]


@pytest.mark.parametrize(
    "rows",
    [
        [{DATE: "03/25/2026"}, {DATE: "03/04/2026"}],  # the first cannot be day first
        [{DATE: "03/04/2026"}, {"care_assumed_date": "3/25/26"}],
        [{DATE: "03/03/2026"}],
        [{DATE: "2026-03-04"}, {DATE: "05-Jan-2026"}],
    ],
)
def test_in_a_file_of_decimal_commas_other_dates_are_none(rows):
    assert checked(*rows, columns=COMMAS).lines.height == len(rows)


def test_other_columns_of_days_prove_it_too():
    with pytest.raises(ClaimsError, match="may be either"):
        checked({DATE: "03/04/2026"}, {"care_assumed_date": "25/03/2026"})


@pytest.mark.parametrize("amount", ["1.200", "1,200", "$1,200"])
def test_an_amount_that_may_be_either_is_a_question(amount):
    with pytest.raises(ClaimsError, match='decimal = ","'):
        checked({"charge_amount": amount}, {"charge_amount": "185,00"})
    assert line({"charge_amount": amount})["charge_amount"] in {120, 120_000}


@pytest.mark.parametrize(
    ("cell", "cents"),
    [("1.200,00", 120_000), ("185,5", 18_550), ("1200", 120_000), ("1 200,00", 120_000)],
)
def test_amounts_with_a_decimal_comma(cell, cents):
    told = {"file": {"decimal": ","}}
    assert line({"charge_amount": cell}, columns=told)["charge_amount"] == cents
    if "," in cell:
        assert "charge_amount" in reject({"charge_amount": cell})["reason"]


WHOLE = [
    ("place_of_service_code", "11.0", "11"),
    ("place_of_service_code", "2.0", "02"),
    ("hcpcs_code", "64493.0", "64493"),
    ("hcpcs_modifier_1", "50.0", "50"),
    ("hcpcs_modifiers", "50.0", "50"),
    ("claim_line_number", "1.0", 1),
    ("claim_id", "1001.0", "1001"),
    ("person_id", "7.0", "7"),
    ("rendering_npi", "1234567893.0", "1234567893"),
    ("diagnosis_code_1", "250.0", "250.0"),
    ("claim_id", "A1.0", "A1.0"),
    ("claim_id", "1001.50", "1001.50"),
    ("participating", "1.0", True),
    ("service_zip", "60601.0", "60601"),
]


@pytest.mark.parametrize(("column", "cell", "value"), WHOLE)
def test_whole_numbers_of_pandas(column, cell, value):
    name = "hcpcs_modifier_1" if column == "hcpcs_modifiers" else column
    assert line({column: cell})[name] == value


@pytest.mark.parametrize("cell", ["11.5", "11.00001", ".0", "11.", "-11.0"])
def test_what_is_no_whole_number_is_refused(cell):
    assert reject({"place_of_service_code": cell})["column"] == "place_of_service_code"


BLANK = ["NULL", "null", " N/A ", "n/a", "-", "--", "NaN", "nan", "<NA>", "NaT", "(null)"]


@pytest.mark.parametrize("cell", BLANK)
def test_blanks_in_words(cell):
    assert line({"hcpcs_modifier_1": cell})["hcpcs_modifier_1"] is None
    assert line({"charge_amount": cell})["charge_amount"] is None
    assert line({"payer": cell})["payer"] is None
    assert line({"service_unit_quantity": cell})["units_thousandths"] == 1_000
    assert reject({"person_id": cell})["reason"] == "person_id is missing"
    assert reject({DATE: cell})["reason"] == f"{DATE} is missing"


@pytest.mark.parametrize("cell", ["#N/A", "#NULL!", "NA?"])
def test_an_error_of_a_spreadsheet_is_no_blank(cell):
    assert reject({"hcpcs_modifier_1": cell})["column"] == "hcpcs_modifier_1"


def test_blanks_among_many_values():
    rows = [{"person_id": f"P{number}"} for number in range(1_500)]
    rows[700] = {"person_id": " N/A "}
    rows[701] = {"person_id": "12.0"}
    batch = checked(*rows)
    assert batch.rejects["reason"].to_list() == ["person_id is missing"]
    assert batch.lines["person_id"][700] == "12"


@pytest.mark.parametrize(
    ("cell", "modifiers"),
    [
        ("RT/59", ["RT", "59"]),
        ("RT-59", ["RT", "59"]),
        ("rt - 59", ["RT", "59"]),
        ("RT59", ["RT", "59"]),
        ("5059RT", ["50", "59", "RT"]),
        ("RT/59-25", ["RT", "59", "25"]),
    ],
)
def test_modifiers_run_together(cell, modifiers):
    found = line({"hcpcs_modifiers": cell})
    there = [found[f"hcpcs_modifier_{place}"] for place in range(1, 6)]
    assert there == [*modifiers, *[None] * (5 - len(modifiers))]


@pytest.mark.parametrize(
    ("cells", "modifiers"),
    [
        (["RT/59"], ["RT", "59"]),
        (["rt59", "25"], ["RT", "59", "25"]),
        (["25", "RT, 59"], ["25", "RT", "59"]),
        ([None, "RT-59", "", "50"], ["RT", "59", "50"]),
        (["RT 59", "50 51", "25"], ["RT", "59", "50", "51", "25"]),
    ],
)
def test_modifiers_together_in_a_numbered_column_get_one_each(cells, modifiers):
    row = {f"hcpcs_modifier_{place}": cell for place, cell in enumerate(cells, 1)}
    batch = checked(row, {"hcpcs_modifier_1": "59"}, {})
    found = batch.lines.select(f"hcpcs_modifier_{place}" for place in range(1, 6)).rows()
    nothing = (None,) * 4
    assert found == [
        (*modifiers, *[None] * (5 - len(modifiers))),
        ("59", *nothing),
        (None, *nothing),
    ]
    told = {each.heading for each in batch.readings[0].columns if "RT/59" in each.note}
    assert told == {name for name, cell in row.items() if len(cell or "") > 2}


@pytest.mark.parametrize(
    "cells", [["RT/5"], ["JO AN"], ["RT/59", "X"], ["RT 59 25 LT", "76 50"], ["-59"], ["RTZZ"]]
)
def test_modifiers_together_that_may_be_none_are_refused_as_written(cells):
    row = {f"hcpcs_modifier_{place}": cell for place, cell in enumerate(cells, 1)}
    found = reject(row)
    assert found["column"] == "hcpcs_modifier_1"
    assert [found[name] for name in row] == cells


@pytest.mark.parametrize("cell", ["RT5", "XQ4%", "R/T59", "RTZ#", "RT--5", "-59", "RT59252"])
def test_what_may_be_no_modifiers_is_refused(cell):
    assert reject({"hcpcs_modifiers": cell})["column"] == "hcpcs_modifiers"


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("Chiropractor", "chiropractor"),
        ("D.C.", "chiropractor"),
        ("optometrist", "optometrist"),
        ("OD", "optometrist"),
        ("DPM", "podiatrist"),
        ("NP", "nurse_practitioner"),
        ("PA-C", "physician_assistant"),
        ("lcsw", "clinical_social_worker"),
        ("MD", "physician"),
        ("Physician Assistant", "physician_assistant"),
    ],
)
def test_types_in_the_words_of_the_field(cell, kind):
    assert line({"practitioner_type": cell})["practitioner_type"] == kind


@pytest.mark.parametrize("cell", ["APRN", "ARNP", "psychologist", "PhD", "nurse", "NPA"])
def test_types_that_may_be_several_are_refused(cell):
    assert reject({"practitioner_type": cell})["column"] == "practitioner_type"


def test_every_type_in_short_is_one():
    assert set(IN_SHORT.values()) <= set(TYPES)


def test_the_reading_report_says_what_was_understood():
    row = {
        DATE: "1/5/26",
        "hcpcs_modifiers": "RT/59",
        "payer": "NULL",
        "place_of_service_code": "11.0",
        "charge_amount": "$1,200.00",
        "practitioner_type": "NP",
    }
    (reading,) = checked(row).readings
    notes = {each.read_as: each.note for each in reading.columns}
    assert notes[DATE] == "two-digit years as 1970 to 2069"
    assert notes["payer"] == "NULL, N/A, - and the like as blank"
    assert notes["place_of_service_code"] == "numbers such as 11.0 as 11"
    assert notes["charge_amount"] == "dollar signs; thousands commas"
    assert notes["hcpcs_modifiers"] == "RT/59, RT-59 or RT59 as two modifiers"
    assert notes["practitioner_type"] == "types in short, such as NP, PA or LCSW"
    said = " ".join(reading.sentences())
    assert "reads two-digit years as 1970 to 2069" in said


def written_days(day: date) -> list[str]:
    number = str((day - date(1899, 12, 30)).days)
    forms = ["%Y-%m-%d", "%m/%d/%Y", "%m-%d-%y", "%m-%d-%Y", "%Y%m%d", "%d-%b-%Y", "%Y/%m/%d"]
    return [*(day.strftime(form) for form in forms), number, f"{number}.0"]


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            DATE: st.integers(0, 300).map(lambda days: date(2025, 1, 1) + timedelta(days)),
            "hcpcs_code": st.sampled_from(["99213", "20610", "64483"]),
            "place_of_service_code": st.sampled_from(["11", "22"]),
            "hcpcs_modifiers": st.sampled_from([None, "RT", "RT 59", "25"]),
            "charge_amount": st.sampled_from([None, "1200.00", "185.50"]),
            "practitioner_type": st.sampled_from([None, "nurse_practitioner", "physician"]),
        }
    ),
    min_size=1,
    max_size=6,
)


def respelled(draw, column, value):
    if value is None:
        return draw(st.sampled_from([None, "", "NULL", "N/A", "-"]))
    if column == DATE:
        return draw(st.sampled_from(written_days(value)))
    spelled = {
        "place_of_service_code": [value, f"{value}.0"],
        "hcpcs_code": [value, f"{value}.0", f" {value}"],
        "charge_amount": [value, f"${value}", value.replace("1200", "1,200")],
        "hcpcs_modifiers": [value, value.replace(" ", "/"), value.replace(" ", "")],
        "practitioner_type": {"nurse_practitioner": ["NP", value], "physician": ["M.D.", value]},
    }
    ways = spelled[column]
    return draw(st.sampled_from(ways[value] if isinstance(ways, dict) else ways))


SETUP = Setup(locality="national")


@settings(max_examples=12)
@given(ROWS, st.data())
def test_a_batch_in_any_spelling_prices_equal(rows, data):
    plain = [{**row, DATE: row[DATE].isoformat(), "locality": None} for row in rows]
    strange = [
        {name: respelled(data.draw, name, value) for name, value in row.items()} for row in rows
    ]
    one = estimate(frame_of(*plain), SETUP, trail=False).lines.drop("locality")
    other = estimate(
        frame_of(*({**row, "locality": None} for row in strange)), SETUP, trail=False
    ).lines.drop("locality")
    assert one.equals(other.select(one.columns))


def test_files_read_as_frames_do(tmp_path):
    rows = [{**GOOD, DATE: cell, "claim_id": f"C{at}"} for at, cell in enumerate(DAYS)]
    frame = pl.DataFrame(rows)
    frame.write_csv(tmp_path / "claims.csv")
    frame.write_parquet(tmp_path / "claims.parquet")
    frame.write_excel(tmp_path / "claims.xlsx")
    for ending in ("csv", "parquet", "xlsx"):
        batch = read_batch(tmp_path / f"claims.{ending}", localities=LOCALITIES)
        assert batch.lines["service_date"].to_list() == [DAY] * len(DAYS)


def test_days_of_a_workbook_beside_days_as_text_are_a_question(tmp_path):
    import xlsxwriter  # noqa: PLC0415

    book = xlsxwriter.Workbook(tmp_path / "claims.xlsx")
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "mm/dd/yyyy"})
    for row, cell in enumerate([None, date(2026, 3, 4), "25/03/2026"]):
        values = list(GOOD) if row == 0 else [*{**GOOD, "claim_id": f"C{row}", DATE: cell}.values()]
        for column, value in enumerate(values):
            if isinstance(value, date):
                sheet.write_datetime(row, column, value, day)
            else:
                sheet.write(row, column, value)
    book.close()
    with pytest.raises(ClaimsError, match="which a spreadsheet may have read month first"):
        read_batch(tmp_path / "claims.xlsx", localities=LOCALITIES)


def test_how_amounts_are_written_is_told_of_all_values_that_seem_few() -> None:
    """Different values stand in no order: which are the first of them is chance."""
    many, step = 200_000, 20  # rows of the sample by which values seem few
    charges = ["1.00" if row % step == 0 else f"{row}.00" for row in range(many)]
    charges[-1] = "$1,200.00"
    spelled = as_meant({"charge_amount": pl.Series(charges)}, FileForm())
    assert spelled.told == {"charge_amount": "dollar signs; thousands commas"}
    assert spelled.different["charge_amount"] is not None
