"""The quick ways that pricing takes give what the plain ones would: order, sums, numbers, pools."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal, assert_series_equal

from benchmarks.batches import make_batch
from payrules import few
from payrules.claims import read_batch
from payrules.claims.modifiers import encode
from payrules.engine import remembered, session
from payrules.engine.ledger import WORDS
from payrules.engine.pricing import Priced, price
from payrules.engine.rule import Tables, in_order, so_far
from payrules.engine.session import LINE_ORDER, POOLS, identify
from payrules.fees.amounts import _distinct
from payrules.few import in_company, looked_up
from payrules.payers import MEDICARE, load_payer
from payrules.runs.setup import Setup, load_tables
from payrules.schedules import load_schedules
from tests.properties.batches import sample

NOTHING = Tables()
SCHEDULES = load_schedules()
amounts = st.one_of(st.none(), st.integers(0, 5))
#: The most lines that are priced the way of few: none of these, and all.
ways = pytest.mark.parametrize("most", [0, few.FEW], ids=["as many", "as few"])


@ways
@given(rows=st.lists(st.tuples(st.integers(0, 3), amounts, amounts), max_size=30))
def test_sorting_by_one_column_after_the_other_is_sorting_by_all(
    most: int, rows: Sequence[tuple[int, int | None, int | None]]
) -> None:
    schema = {"pool": pl.Int64, "amount": pl.Int64, "charge": pl.Int64}
    lines = pl.DataFrame(rows, schema=schema, orient="row").with_row_index("row")
    sort = in_order("pool", ("amount", "highest first"), "charge")
    assert callable(sort)
    wanted = lines.sort(
        ["pool", "amount", "charge"],
        descending=[False, True, False],
        nulls_last=True,
        maintain_order=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(few, "FEW", most)
        found = sort(lines.lazy(), NOTHING).collect()
    assert_frame_equal(found, wanted)


@ways
@given(
    places=st.lists(st.integers(0, 4), max_size=30), yes_or_no=st.integers(0, 70), seed=st.data()
)
def test_rows_looked_up_by_bits_are_the_rows(
    most: int, places: Sequence[int], yes_or_no: int, seed: st.DataObject
) -> None:
    said = st.lists(st.booleans(), min_size=5, max_size=5)
    rows = pl.DataFrame(
        {
            "text": ["a", None, "", "longer than twelve bytes", "b"],
            "maybe": [True, None, False, True, None],  # no bit says nothing
            **{f"{number}": seed.draw(said) for number in range(yes_or_no)},
            "number": [0, 1, None, 3, 4],
        }
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(few, "FEW", most)
        found = looked_up(rows, pl.Series(places, dtype=pl.UInt32))
    assert_frame_equal(found, rows[places] if places else rows.clear())


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), max_size=30))
def test_sums_so_far_are_those_of_a_window(rows: Sequence[tuple[int, int]]) -> None:
    schema = {"pool": pl.Int64, "count": pl.Int64}
    lines = pl.DataFrame(sorted(rows, key=lambda row: row[0]), schema=schema, orient="row")
    found = lines.select(so_far(pl.col("count"), "pool").alias("count"))
    assert_frame_equal(found, lines.select(pl.col("count").cum_sum().over("pool")))


@pytest.mark.parametrize("largest", [20, 10**12], ids=["by a table", "by hashing"])
@given(data=st.data())
def test_numbered_keys_are_found_again(largest: int, data: st.DataObject) -> None:
    keys = pl.Series("key", data.draw(st.lists(st.integers(0, largest), max_size=30)), pl.Int64)
    distinct, places = _distinct(keys)
    assert distinct.n_unique() == len(distinct) == keys.n_unique()
    assert_series_equal(distinct.cast(pl.Int64).gather(places), keys, check_names=False)


@ways
@given(pools=st.lists(st.integers(0, 6), max_size=30))
def test_lines_in_company_are_those_whose_pool_is_met_twice(most: int, pools: list[int]) -> None:
    pool = pl.Series("pool", pools, pl.Int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(few, "FEW", most)
        found = in_company(pool)
    assert found.to_list() == [pools.count(each) > 1 for each in pools]


@pytest.mark.parametrize("seed", range(4))
def test_few_lines_and_many_are_priced_alike(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    given_lines = sample(seed)
    monkeypatch.setattr(few, "FEW", 0)
    found = given_lines.price(given_lines.lines)
    assert_frame_equal(found.lines, given_lines.priced.lines)
    assert_frame_equal(trail_of(found), trail_of(given_lines.priced))


def test_lines_priced_again_on_other_terms_are_priced_as_if_new(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = sample(1).lines.head(200)
    by_factor = Setup(payer=load_payer("110-percent-of-medicare"))
    setups = [Setup(), Setup(release="starter-2025"), by_factor, Setup(settlement=True), Setup()]
    others = lines.with_columns(hcpcs_modifier_1=pl.lit("26"), service_date=date(2025, 6, 2))
    again = [each.price(those) for each in setups for those in (lines, others, lines.head(9))]
    monkeypatch.setattr(remembered, "_LINES", 0)
    anew = [each.price(those) for each in setups for those in (lines, others, lines.head(9))]
    for one, other in zip(again, anew, strict=True):
        assert_frame_equal(one.lines, other.lines)
        assert_frame_equal(trail_of(one), trail_of(other))


def trail_of(priced: Priced) -> pl.DataFrame:
    """Give the trail with its words as text."""
    assert priced.trail is not None
    return priced.trail.with_columns(pl.col(pl.Categorical).cast(pl.String))


@pytest.mark.parametrize(
    ("units", "denied"),
    [(("1", "1"), True), (("1", None), False), (("2", None), True), (("1", "0.5"), True)],
    ids=["two lines", "a line alone", "its own units", "two lines, one in part"],
)
def test_units_are_counted_where_they_could_be_too_many(
    units: tuple[str, str | None], denied: bool
) -> None:
    """A line alone with its code on the day is only looked at for its own units."""
    limit = pl.DataFrame(
        {
            "hcpcs_code": ["99213"],
            "mue_value": [1],
            "adjudication_indicator": ["2"],
            "effective_from": [date(2025, 1, 1)],
            "effective_to": [None],
        },
        schema_overrides={"effective_to": pl.Date},
    )
    batch = pl.DataFrame(
        [
            {
                "claim_id": "1",
                "claim_line_number": str(line),
                "person_id": "A",
                "claim_line_start_date": "2025-03-03",
                "place_of_service_code": "11",
                "rendering_npi": "1000000004",
                "hcpcs_code": code,
                "service_unit_quantity": quantity,
            }
            for line, (code, quantity) in enumerate(
                [("99213", units[0]), ("97110", "9"), ("99213", units[1])], 1
            )
            if quantity is not None
        ]
    )
    lines = read_batch(batch, localities=SCHEDULES.localities()).lines
    tables = Tables(unlikely_units=limit)
    priced = price(lines, MEDICARE.rules, SCHEDULES, tables=tables, trail=False).lines
    visits = priced.filter(pl.col("hcpcs_code") == "99213")
    assert (visits["carc"] == "222").fill_null(value=False).to_list() == [denied] * len(visits)


persons = st.sampled_from(["A", "B", "A\x1fB", "1", "2"])
keys = st.one_of(st.none(), st.sampled_from(["1", "2", "12"]))
claim_lines = st.fixed_dictionaries(
    {
        "claim_id": st.sampled_from(["9", "10", "1"]),
        "person_id": persons,
        "billing_tin": keys,
        "rendering_specialty": keys,
        "rendering_npi": keys,
        "billing_npi": keys,
        "service_date": st.integers(0, 400).map(lambda day: date(2025, 1, 1) + timedelta(days=day)),
        "hcpcs_modifier_1": st.sampled_from([None, "80", "59"]),
    }
)


def plain_pools(line: dict) -> dict[str, tuple]:
    """Say in words what pools a line is in."""
    key = next(
        (kind, *(line[name] for name in kind))
        for kind in (
            ("billing_tin", "rendering_specialty"),
            ("rendering_npi",),
            ("billing_npi",),
            ("claim_id",),
        )
        if all(line[name] is not None for name in kind)
    )
    group = next(
        (kind, line[kind])
        for kind in ("billing_npi", "billing_tin", "rendering_npi", "claim_id")
        if line[kind] is not None
    )
    renderer = key if line["rendering_npi"] is None else ("rendering_npi", line["rendering_npi"])
    person, day = line["person_id"], line["service_date"]
    assists = line["hcpcs_modifier_1"] == "80"
    return {
        "session": (person, day, key, assists),
        "rendering_day": (person, day, renderer, assists),
        "practitioner_day": (person, day, key),
        "group_day": (person, day, group),
        "practitioner_patient": (person, key),
        "person_year": (person, day.year),
        "person": (person,),
    }


@pytest.mark.parametrize("numbers_fit", [True, False])
@settings(deadline=None)  # the first example reads the table of modifiers
@given(st.lists(claim_lines, min_size=1, max_size=40), st.sets(st.sampled_from(POOLS)))
def test_lines_share_a_pool_number_where_they_share_the_pool(
    numbers_fit: bool, lines: list[dict], wanted: set[str]
) -> None:
    frame = pl.DataFrame(lines, infer_schema_length=None).with_columns(
        pl.col("billing_tin", "rendering_specialty", "rendering_npi", "billing_npi").cast(
            pl.String
        ),
        pl.col("hcpcs_modifier_1").cast(pl.String),
        *(pl.lit(None, dtype=pl.String).alias(f"hcpcs_modifier_{place}") for place in range(2, 6)),
        claim_line_number=pl.int_range(pl.len()),
    )
    with pytest.MonkeyPatch.context() as patch:
        if not numbers_fit:
            patch.setattr(session, "_LARGEST", 1)
        found = identify(encode(frame), wanted)
    assert set(found.columns) - set(frame.columns) == wanted | {"modifiers", "modifier_remarks"}
    plain = [plain_pools(line) for line in lines]
    for name in wanted:
        numbers = found[name].to_list()
        together = {(one, other[name]) for one, other in zip(numbers, plain, strict=True)}
        assert len(together) == len(set(numbers)) == len({other[name] for other in plain})


def test_lines_are_in_order_of_claim_id_as_text() -> None:
    lines = make_batch(300).with_columns(
        pl.col("claim_line_start_date").alias("service_date"),
        claim_id=pl.int_range(pl.len()).reverse().cast(pl.String),
        **dict.fromkeys(
            (f"hcpcs_modifier_{place}" for place in (3, 4, 5)), pl.lit(None, pl.String)
        ),
    )
    order = identify(encode(lines), [LINE_ORDER])[LINE_ORDER]
    ids = lines["claim_id"].to_list()
    assert [ids[row] for row in order.arg_sort()] == sorted(ids)


@pytest.mark.parametrize("trail", [True, False])
def test_a_rule_that_meets_most_lines_does_what_it_does_to_few(trail: bool) -> None:
    """Coinsurance and sequestration are the same for lines among many others."""
    most = read_batch(make_batch(600), localities=SCHEDULES.localities()).lines
    # The same lines among three times as many that no release lists.
    unlisted = pl.concat([most] * 3).with_columns(
        hcpcs_code=pl.lit("99999"),
        claim_id=pl.format("N{}-{}", "claim_id", pl.int_range(pl.len())),
        person_id=pl.lit("nobody"),
    )
    few = pl.concat([most, unlisted])
    terms = {"tables": load_tables(SCHEDULES), "trail": trail}
    wanted = price(most, MEDICARE.rules, SCHEDULES, **terms)
    found = price(few, MEDICARE.rules, SCHEDULES, **terms)
    assert wanted.lines["coinsurance_amount"].drop_nulls().len() > most.height // 2
    assert_frame_equal(found.lines.head(most.height), wanted.lines)
    if trail:
        assert_frame_equal(
            found.trail.filter(pl.col("row") < most.height),
            wanted.trail,
            categorical_as_str=True,
        )


def test_lines_have_as_text_what_is_held_as_categories() -> None:
    batch = read_batch(make_batch(60), localities=SCHEDULES.localities())
    priced = price(batch.lines, MEDICARE.rules, SCHEDULES, tables=load_tables(SCHEDULES))
    words = [name for name, kind in priced.held.schema.items() if kind == WORDS]
    assert words == ["release", "schedule", "setting", "status", "carc", "rarc"]
    assert {priced.lines.schema[name] for name in words} == {pl.String()}
    assert_frame_equal(priced.lines, priced.held, categorical_as_str=True, check_dtypes=False)
    assert priced.lines is priced.lines


def test_tables_are_cut_to_the_codes_of_the_batch() -> None:
    pairs = pl.DataFrame({"column_1_code": ["A", "A", "C"], "column_2_code": ["B", "C", "B"]})
    add_ons = pl.DataFrame({"add_on_code": ["A", "Z"], "primary_code": ["Y", "A"]})
    tables = Tables(procedure_pairs=pairs, add_on=add_ons).about(pl.Series(["A", "B"]))
    assert tables.in_use("procedure_pairs").rows() == [("A", "B")]
    # A primary that is not billed still makes its add-on one of the table's.
    assert tables.in_use("add_on").rows() == [("A", "Y")]
    assert tables.unlikely_units is None


cells_of_text = st.lists(
    st.one_of(st.none(), st.sampled_from(["", " ", "a", "A", "\u00e9", "1.00", "\x00"]))
)


@given(cells=cells_of_text)
def test_what_is_said_of_a_value_is_said_of_each_of_its_cells(cells: list[str | None]) -> None:
    column = pl.Series("cells", cells, dtype=pl.String)
    for numbered in (False, True):
        values = few.values_of(column, numbered=numbered)
        different = values.different
        assert set(different.to_list()) == set(cells)
        assert not different.is_duplicated().any()
        for said in (
            different.str.len_bytes().fill_null(99).cast(pl.Int64),
            different.str.to_uppercase(),
            different == "a",
        ):
            of_each = dict(zip(different.to_list(), said.to_list(), strict=True))
            found = few.by_its_value(column, values, said)
            assert found.to_list() == [of_each[cell] for cell in cells]
            assert (found.name, found.dtype) == ("cells", said.dtype)


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["1", "10", "2", None]), st.one_of(st.none(), st.integers(1, 4))),
        max_size=6,
    )
)
def test_rows_that_increase_repeat_nothing(rows: list[tuple[str | None, int | None]]) -> None:
    lines = pl.DataFrame(rows, schema={"claim": pl.String, "line": pl.Int64}, orient="row")
    pairs = [(claim, line) for claim, line in rows if claim is not None and line is not None]
    if few.increase(lines["claim"], lines["line"]):
        assert len(set(rows)) == len(rows)
    if len(pairs) == len(rows):
        in_order = all(one < then for one, then in pairwise(pairs))
        assert few.increase(lines["claim"], lines["line"]) == in_order


def test_columns_that_are_whole_are_not_copied_and_others_are_put_together() -> None:
    whole = pl.DataFrame({"a": [1, 2], "b": ["x", None]}).with_columns(
        c=pl.lit(None, dtype=pl.String)
    )
    assert few.in_one_piece(whole) is whole
    assert few.filled(whole, ["c", "b", "a"]) == ["b", "a"]
    assert few.filled(whole.clear(), ["a", "b"]) == []
    pieces = pl.concat([whole, whole], rechunk=False)
    assert max(pieces.n_chunks("all")) == 2
    assert max(few.in_one_piece(pieces).n_chunks("all")) == 1
    assert few.in_one_piece(pieces).equals(pieces)


@pytest.mark.parametrize("many", [900, 30_000], ids=["few", "many"])
def test_a_claim_line_that_comes_again_far_away_is_found(many: int) -> None:
    """Though the lines before it stand in order, and a sample of the rows does not have it."""
    rows = [f"{number:06}" for number in range(many)]
    lines = pl.DataFrame({"claim_id": [*rows, rows[0]]}).with_columns(
        claim_line_number=pl.lit("1"),
        person_id=pl.lit("P"),
        claim_line_start_date=pl.lit("2025-06-02"),
        hcpcs_code=pl.lit("99213"),
        place_of_service_code=pl.lit("11"),
    )
    batch = read_batch(lines, localities=["national"], default_locality="national")
    assert batch.lines.height == many
    assert batch.rejects["claim_id"].to_list() == ["000000"]


@pytest.mark.parametrize("different", [300, 8_000, 30_000], ids=["few", "of amounts", "many"])
def test_charges_are_read_alike_however_many_different_there_are(different: int) -> None:
    written = [f"{each}.5" if each % 2 else f"${each:,}.00" for each in range(1, different + 1)]
    charges = (written * (60_000 // different))[:30_000]
    lines = pl.DataFrame({"charge_amount": charges}).with_row_index("claim_id")
    lines = lines.with_columns(
        pl.col("claim_id").cast(pl.String),
        claim_line_number=pl.lit("1"),
        person_id=pl.lit("P"),
        claim_line_start_date=pl.lit("2025-06-02"),
        hcpcs_code=pl.lit("99213"),
        place_of_service_code=pl.lit("11"),
    )
    read = read_batch(lines, localities=["national"], default_locality="national").lines
    cents = [round(float(each.replace("$", "").replace(",", "")) * 100) for each in charges]
    assert read["charge_amount"].to_list() == cents
