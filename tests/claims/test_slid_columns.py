"""Where columns have slid, a person's name stands in no message and in no private output."""

import io
import tomllib

import polars as pl
import pytest

from payrules.claims import columns
from payrules.claims.batch import read_batch
from payrules.claims.columns_file import ColumnsFile
from payrules.claims.matching import match_headings
from payrules.content import content_folder
from payrules.errors import ClaimsError
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.schedules import load_schedules
from payrules.terminal import escaped
from payrules.workbook import minimal, pseudonymize, write_sheets, write_workbook
from tests.claims.batches import GOOD, LOCALITIES, checked, frame_of, reject

NAMES = ["Findable", "Findable, Ann", "O'Findable 3rd", "Findable 12", "Ann", "Li", "F. A."]
NUMBERS_OF_PERSONS = ["123-45-6789", "AB123456C", "12 Findable St"]
#: Columns whose cells are judged; the others are kept as they came.
JUDGED = [
    *(name for name in columns.REQUIRED if not name.endswith("_id")),
    "hcpcs_modifiers",
    "service_unit_quantity",
    *columns.AMOUNTS,
    "locality",
    "practitioner_type",
    *columns.YES_OR_NO,
    "unit_qualifier",
    "postoperative_days",
    "anesthesia_minutes",
    *columns.CARE_DATES,
]


@pytest.mark.parametrize("name", JUDGED)
def test_a_name_in_another_column_is_in_no_reason(name):
    persons = [*NAMES, *NUMBERS_OF_PERSONS]
    if name in {"hcpcs_modifiers", "unit_qualifier"}:
        persons.remove("Li")  # two letters: such a code
    batch = checked(*({name: person} for person in persons))
    assert batch.lines.is_empty()
    for person, found in zip(persons, batch.rejects.to_dicts(), strict=True):
        assert person not in found["reason"]
        assert "not shown" in found["reason"]
        assert found["value"] == person, "the rejects of a run without options keep the row"


@pytest.mark.parametrize("name", ["claim_line_start_date", *columns.CARE_DATES])
@pytest.mark.parametrize(
    "born",
    ["1931-02-28", "1931-02-29", "28.02.1931", "28/02/1931", "1931-28-02", "28.2.31", "19310228"],
)
def test_a_day_of_birth_where_a_date_of_service_should_be_is_in_no_reason(name, born):
    """A birth date in a row that lost cells was quoted on the screen, as no date of service."""
    found = reject({name: born})
    assert not [day for day in (born, "1931-02-28") if day in found["reason"]]
    assert "characters, not shown)" in found["reason"]
    assert found["value"] == born


def test_rows_under_an_unclosed_quotation_mark_are_in_no_columns_file_that_ends_an_error(tmp_path):
    path = tmp_path / "claims.csv"
    headings = ",".join(each for each in GOOD if each != "hcpcs_code")
    rows = "C1,1,P1,2025-10-01,11,Findable\n" * 2
    path.write_text(f'{headings},"note,x\n{rows}","y"\nC1,1\n', encoding="utf-8")
    with pytest.raises(ClaimsError, match="no column 'hcpcs_code'") as refused:
        read_batch(path, localities=LOCALITIES)
    assert "Findable" not in "".join((str(refused.value), *refused.value.to_keep))


def test_a_columns_file_that_ends_an_error_is_toml_as_a_terminal_shows_it(tmp_path):
    r"""What a terminal would obey was shown as `\x8f`, which no TOML string may hold."""
    path = tmp_path / "claims.csv"
    headings = ",".join("od\x8fd" if each == "hcpcs_code" else each for each in GOOD)
    path.write_text(f"{headings},\u2028,\U0001f600,a\x07\n", encoding="utf-8")
    with pytest.raises(ClaimsError, match="no column 'hcpcs_code'") as refused:
        read_batch(path, localities=LOCALITIES)
    shown = "\n".join(map(escaped, refused.value.to_keep))
    assert "od\x8fd" in tomllib.loads(shown)["carry"]


@pytest.mark.parametrize(
    ("name", "cell", "quoted"),
    [
        ("claim_line_start_date", "2025-13-40", "2025-13-40"),
        ("hcpcs_code", "9921", "9921"),
        ("place_of_service_code", "77", "77"),
        ("hcpcs_modifier_1", "5O3", "(3 characters, not shown)"),
        ("hcpcs_modifier_1", "5", "modifier 5 is"),
        ("service_unit_quantity", "2.9999999", "2.9999999"),
        ("charge_amount", "12,50", "12,50"),
        ("locality", "01112-99", "01112-99"),
        ("hcpcs_code", "SMITH", "(5 characters, not shown)"),
        ("practitioner_type", "physician asistant", "(perhaps 'physician_assistant"),
    ],
)
def test_what_cannot_be_a_person_is_quoted(name, cell, quoted):
    assert quoted in reject({name: cell})["reason"]


@pytest.fixture
def slid():
    """Price two lines, and one whose cells stand one column further right from the person on."""
    good = {**GOOD, "charge_amount": "100", "rendering_npi": "1", "note": "x"}
    cells = ["C9", "1", "P9", "Findable, Ann", *list(good.values())[3:-1]]
    moved = dict(zip(good, cells, strict=True))
    frame = frame_of(good, {**good, "claim_id": "C2"}, moved)
    return estimate(frame, Setup(schedules=load_schedules(content_folder("fee_schedules"))))


def private(results, tmp_path):
    (tmp_path / "key").write_bytes(b"9f86d081884c7d659a2feaa0c55ad015")
    return [minimal(results), pseudonymize(results, tmp_path / "key")]


def test_rejects_keep_row_column_and_reason_only(slid, tmp_path):
    assert "Findable, Ann" in str(slid.rejects.to_dicts())
    for results in private(slid, tmp_path):
        assert results.rejects.columns == ["row", "column", "reason"]
        assert "Findable" not in str(results.rejects.to_dicts())
        assert "Findable" not in str(results.summary())


def test_every_output_is_written_without_the_rest_of_a_rejected_row(slid, tmp_path):
    for number, results in enumerate(private(slid, tmp_path)):
        for layout in ("estimate", "audit"):
            path = tmp_path / f"{layout}-{number}.xlsx"
            write_workbook(results, path, layout=layout)
            sheets = pl.read_excel(io.BytesIO(path.read_bytes()), sheet_id=0)
            assert "Findable" not in str([sheet.to_dicts() for sheet in sheets.values()])
        folder = tmp_path / f"sheets-{number}"
        write_sheets(results, folder, ".csv")
        assert all("Findable" not in each.read_text("utf-8") for each in folder.iterdir())


def test_a_title_above_the_headings_is_not_quoted_as_headings() -> None:
    """A report's first line, "Zyxwilda Quovadisson", was listed as what columns there are."""
    with pytest.raises(ClaimsError) as refused:
        match_headings(
            ["Statement of Zyxwilda Quovadisson", "column_2"], ColumnsFile(), "claims.xlsx"
        )
    assert "Zyxwilda" not in str(refused.value)
    assert "no cell of its first row is like one" in str(refused.value)
