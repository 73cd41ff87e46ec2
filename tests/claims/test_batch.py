"""The batch as a whole: repeats, several files, several faults, and counts that add up."""

import string
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from payrules.claims import columns, faultless, read_batch
from payrules.claims.checks import judging
from payrules.claims.checks.judging import any_fault
from payrules.claims.sheet import Sheet
from payrules.errors import ClaimsError
from tests.claims.batches import GOOD, LOCALITIES, checked, frame_of


def test_all_faults_of_a_row_are_told_the_first_is_named():
    batch = checked({"hcpcs_code": "9", "place_of_service_code": "77", "charge_amount": "-1"}, {})
    assert (batch.rows_in, batch.lines.height, batch.rejects.height) == (2, 1, 1)
    rejected = batch.rejects.row(0, named=True)
    assert (rejected["row"], rejected["column"], rejected["value"]) == (1, "hcpcs_code", "9")
    assert [reason.split()[0] for reason in rejected["reason"].split("; ")] == [
        "HCPCS",
        "place",
        "charge_amount",
    ]


def test_faults_are_told_of_a_batch_in_several_chunks():
    """A large CSV is read in chunks, and what a filter leaves of one may be empty."""
    parts = [frame_of(*({"claim_id": f"{part}-{n}"} for n in range(8))) for part in range(4)]
    parts[2] = parts[2].with_columns(claim_line_start_date=pl.lit("soon"))
    batch = read_batch(pl.concat(parts, rechunk=False), localities=LOCALITIES)
    assert batch.lines.height == 24
    assert batch.rejects["row"].to_list() == list(range(17, 25))
    assert (
        batch.rejects["reason"]
        .str.contains("date of service (4 characters, not shown)", literal=True)
        .all()
    )


def test_a_repeated_claim_line_is_rejected_the_first_stays():
    rows = [{"claim_id": "A", "claim_line_number": number} for number in ("1", "2", "01", "1.0")]
    batch = checked(*rows, {"claim_id": "B"})
    assert batch.lines["claim_line_number"].to_list() == [1, 2, 1]
    assert batch.rejects["row"].to_list() == [3, 4]
    assert batch.rejects["column"].unique().to_list() == ["claim_line_number"]
    assert batch.rejects["value"].to_list() == ["01", "1.0"]
    assert batch.rejects["reason"].unique().to_list() == [
        "claim line 1 of this claim was already seen in row 1"
    ]


def test_a_corrected_line_does_not_repeat_its_rejected_one():
    batch = checked({"claim_id": "A", "hcpcs_code": "?"}, {"claim_id": "A"}, {"claim_id": "A"})
    assert batch.rejects["row"].to_list() == [1, 3]
    assert "already seen in row 2" in batch.rejects["reason"][1]


def test_several_files(tmp_path):
    frame_of({}, {"hcpcs_code": "?"}, {"note": "n"}).write_csv(tmp_path / "a.csv")
    second = [{"claim_id": "C3"}, {"claim_id": "C9", "payer": "Acme"}, {"claim_line_number": "x"}]
    frame_of(*second).write_parquet(tmp_path / "b.parquet")
    batch = read_batch([tmp_path / "a.csv", tmp_path / "b.parquet"], localities=LOCALITIES)
    assert batch.lines["claim_id"].to_list() == ["C1", "C3", "C9"]
    assert batch.carried["note"].to_list() == [None, "n", None]
    assert batch.lines["payer"].to_list() == [None, None, "Acme"]
    assert batch.rejects.select("file", "row", "column").rows() == [
        ("a.csv", 3, "hcpcs_code"),
        ("b.parquet", 1, "claim_line_number"),
        ("b.parquet", 3, "claim_line_number"),
    ]
    assert batch.rejects["reason"][1].endswith("already seen in row 4 of a.csv")
    assert [(file.name, file.rows) for file in batch.files] == [("a.csv", 3), ("b.parquet", 3)]
    assert batch.rows_in == 6


def test_rejects_stand_in_the_order_of_the_rows():
    rows = [{"claim_id": "A"}, {"hcpcs_code": "?"}, {"claim_id": "A"}, {"hcpcs_code": "?"}]
    assert checked(*rows).rejects["row"].to_list() == [2, 3, 4]


def test_a_row_without_any_cell_is_rejected_in_memory():
    frame = pl.concat([frame_of({}), frame_of({}).clear().clear(n=1)])
    batch = read_batch(frame, localities=LOCALITIES)
    assert (batch.rows_in, batch.lines.height) == (2, 1)
    assert batch.rejects["column"].to_list() == ["claim_id"]


def test_a_long_cell_is_cut_in_the_reason_only():
    rejected = checked({"hcpcs_code": "x" * 10_000}).rejects.row(0, named=True)
    assert len(rejected["reason"]) < 100
    assert len(rejected["value"]) == len(rejected["hcpcs_code"]) == 10_000


def test_many_different_wrong_values_take_no_longer_than_a_few():
    rows = [{"locality": f"{number:05}-99"} for number in range(2_000)]
    assert checked(*rows).rejects.height == 2_000


texts = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.text(alphabet=string.digits + " .,-/:()$", max_size=12),
    st.sampled_from([*GOOD.values(), "1", "25 59", "true", "0", "-1", "90001", "99213"]),
)
NAMES = [*columns.KNOWN, "diagnosis_code_1", "note", "row", "status"]


@st.composite
def frames(draw, cells):
    height = draw(st.integers(0, 6))
    optional = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=8))
    names = list(dict.fromkeys([*columns.REQUIRED, *optional]))
    return {
        name: [draw(st.one_of(st.just(GOOD.get(name)), cells)) for _ in range(height)]
        for name in names
    }


zip_tables = st.sampled_from(
    [None, pl.DataFrame({"zip": ["90001"], "plus_four_needed": [False], "locality": ["01112-05"]})]
)
anything = settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])


def adds_up(frame, batch):
    assert batch.rows_in == frame.height == batch.lines.height + batch.rejects.height
    assert batch.rejects["reason"].null_count() == batch.rejects["column"].null_count() == 0
    assert batch.rejects["row"].is_sorted()
    assert batch.lines.select("claim_id", "claim_line_number").is_unique().all()
    needed = ["claim_id", "person_id", "service_date", "hcpcs_code", "place_of_service_code"]
    assert not batch.lines.select(pl.col(needed).is_null().any()).row(0).count(True)
    assert (batch.lines["units_thousandths"] > 0).all()


@anything
@given(frames(texts), st.sampled_from([None, "national"]), zip_tables, st.booleans())
def test_any_text_is_priced_or_rejected(cells, default, zips, needed):
    frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
    batch = read_batch(
        frame,
        localities=LOCALITIES,
        default_locality=default,
        zips=zips,
        needs_locality=needed,
    )
    adds_up(frame, batch)
    if needed:
        assert batch.lines["locality"].is_in(LOCALITIES).all()


@anything
@given(frames(texts), st.sampled_from([None, "national"]), zip_tables)
def test_a_value_is_judged_as_each_row_with_it_is(cells, default, zips):
    frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
    frame = pl.concat([frame, frame.reverse()])
    terms = {"localities": LOCALITIES, "default_locality": default, "zips": zips}
    by_value = read_batch(frame, **terms)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(judging, "_FEW_VALUES", 0)
        by_row = read_batch(frame, **terms)
    assert_frame_equal(by_value.lines, by_row.lines)
    assert_frame_equal(by_value.rejects, by_row.rejects)
    assert by_value.given == by_row.given


#: Services in whole units, a drug in fractions; localities that are known, blank, and of nobody.
of_lines = st.fixed_dictionaries(
    {
        "hcpcs_code": st.sampled_from(["99213", "J1100"]),
        "service_unit_quantity": st.sampled_from(["1", "2", " 3.0", "0.5", "1.5", "0", "many", ""]),
        "locality": st.sampled_from([*LOCALITIES, "", "99999-99", "#REF!"]),
        "service_zip": st.sampled_from(["", "90001", "9000"]),
    }
)
#: What checks of two columns say by their own column alone, where that is all right.
all_right = st.lists(
    of_lines.map(lambda row: row | {"service_unit_quantity": "2", "locality": LOCALITIES[0]}),
    min_size=1,
    max_size=6,
)


@anything
@given(
    st.one_of(st.lists(of_lines, min_size=1, max_size=6), all_right),
    st.sampled_from([None, "national"]),
    zip_tables,
    st.booleans(),
)
def test_a_column_judged_alone_is_judged_as_its_rows_are(rows, default, zips, needed):
    terms = {"localities": LOCALITIES, "default_locality": default, "zips": zips}
    terms["needs_locality"] = needed
    alone = read_batch(frame_of(*rows), **terms)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            Sheet,
            "checks",
            lambda sheet, places, checks=Sheet.checks: [
                replace(each, alone=None) for each in checks(sheet, places)
            ],
        )
        by_row = read_batch(frame_of(*rows), **terms)
    assert_frame_equal(alone.lines, by_row.lines)
    assert_frame_equal(alone.rejects, by_row.rejects)


@pytest.mark.parametrize(
    ("row", "by_row"),
    [
        ({"locality": LOCALITIES[0], "service_unit_quantity": "2"}, set()),
        ({"locality": "", "service_unit_quantity": "2"}, {"locality"}),
        ({"locality": "99999-99", "service_unit_quantity": "2"}, {"locality"}),
        ({"hcpcs_code": "J1100", "service_unit_quantity": "0.5"}, {"units_thousandths"}),
    ],
)
def test_rows_are_looked_at_only_where_the_column_alone_has_a_fault(row, by_row, monkeypatch):
    of_rows = []
    monkeypatch.setattr(
        faultless,
        "any_fault",
        lambda checks: of_rows.extend(each.name for each in checks) or any_fault(checks),
    )
    read_batch(frame_of(row, {}), localities=LOCALITIES, default_locality="national")
    assert {"locality", "units_thousandths"} & {*of_rows} == by_row


@pytest.mark.parametrize("few", [0, 1_000])
def test_few_or_many_values_are_judged_alike(few, monkeypatch):
    monkeypatch.setattr(judging, "_FEW_VALUES", few)
    codes = ["99213", " g0442", "", None, "100", "99213"]
    batch = checked(*({"hcpcs_code": code} for code in codes))
    assert batch.lines["hcpcs_code"].to_list() == ["99213", "G0442", "99213"]
    assert batch.rejects["row"].to_list() == [3, 4, 5]
    assert batch.rejects["value"].to_list() == [None, None, "100"]


@anything
@given(frames(texts), st.data())
def test_any_type_is_priced_or_rejected(cells, data):
    frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
    for name in data.draw(st.lists(st.sampled_from(frame.columns), unique=True)):
        kind = data.draw(
            st.sampled_from([st.integers(-(2**63), 2**63 - 1), st.floats(), st.booleans()])
            | st.sampled_from([st.dates(), st.datetimes(), st.integers(0, 99), st.none()])
        )
        column = data.draw(st.lists(kind | st.none(), min_size=frame.height, max_size=frame.height))
        frame = frame.with_columns(pl.Series(name, column))
    try:
        batch = read_batch(frame, localities=LOCALITIES)
    except ClaimsError as refused:  # two identifiers could have become one
        assert "whose last digits are lost" in str(refused)  # noqa: PT017 - or else it is read
        return
    adds_up(frame, batch)


@anything
@given(st.lists(st.fixed_dictionaries({"note": st.none() | st.text(string.printable, min_size=1)})))
def test_csv_gives_what_memory_gives(tmp_path_factory, rows):
    rows = [row if row["note"] else {} for row in rows] or [{}]
    path = tmp_path_factory.mktemp("claims") / "claims.csv"
    frame = frame_of(*rows)
    frame.write_csv(path)
    batch = read_batch(path, localities=LOCALITIES)
    assert batch.lines.equals(read_batch(frame, localities=LOCALITIES).lines)
