"""Properties of ranking: percentages depend on the order of the amounts, and on nothing else."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from payrules.claims.modifiers import encode
from payrules.engine.session import SESSION, identify
from tests.pricing_cases import by_hand, code, priced
from tests.properties.batches import Sample, few, samples

LARGEST = 60
CODES = by_hand(
    *(code(f"2{fee:04}", f"{fee}.00", multiple="2") for fee in range(1, LARGEST + 1)),
    *(code(f"1{fee:04}", f"{fee}.00", multiple="1") for fee in range(1, LARGEST + 1)),
)
sessions = st.lists(
    st.lists(st.integers(1, LARGEST), min_size=2, max_size=8, unique=True),
    min_size=20,
    max_size=40,
)
SHARES = {"2": [10_000, 5_000], "1": [10_000, 5_000, 2_500]}


def share(indicator: str, rank: int) -> int:
    shares = SHARES[indicator]
    return shares[min(rank, len(shares)) - 1]


@few
@given(sessions, st.sampled_from("12"))
def test_percentages_depend_only_on_the_order(amounts: list[list[int]], indicator: str) -> None:
    rows = [
        {
            "claim_id": str(number),
            "claim_line_number": str(place),
            "person_id": str(number),
            "claim_line_start_date": "2025-06-02",
            "hcpcs_code": f"{indicator}{amount:04}",
            "place_of_service_code": "22",
            "locality": "national",
        }
        for number, session in enumerate(amounts)
        for place, amount in enumerate(session, 1)
    ]
    result = priced(rows, schedules=CODES)
    found = iter(result.lines["allowed_amount"])
    for session in amounts:
        ranks = {amount: rank for rank, amount in enumerate(sorted(session, reverse=True), 1)}
        expected = [amount * share(indicator, ranks[amount]) // 100 for amount in session]
        assert [next(found) for _ in session] == expected


@few
@given(samples)
def test_every_rank_of_a_session_is_taken_once_and_amounts_fall_with_it(one: Sample) -> None:
    steps = one.priced.trail.filter(pl.col("rule").cast(pl.String) == "multiple_procedure")
    ranks = pl.col("detail").str.extract_groups(
        r"^ranks? (?<first>\d+)(?: to (?<last>\d+))? of (?<of>\d+) in the session$"
    )
    steps = steps.with_columns(ranks.alias("ranks")).unnest("ranks")
    assert steps["of"].null_count() == 0
    session = identify(encode(one.lines))[SESSION]
    steps = steps.with_columns(
        pl.col("first", "of").cast(pl.Int64),
        pl.coalesce("last", "first").cast(pl.Int64).alias("last"),
        session.gather(steps["row"]).alias("session"),
    )
    # An operation ranks by what its two halves will leave, and a technical line in the session of
    # its professional one: sessions of such lines are held to the reference pricer alone.
    halves = [
        pl.col(f"hcpcs_modifier_{place}").is_in(["54", "55", "26", "TC"]) for place in range(1, 6)
    ]
    apart = one.lines.with_columns(session=session).filter(pl.any_horizontal(halves))["session"]
    steps = steps.filter(~pl.col("session").is_in(apart.implode()))
    # Sides of a pair and members of a family share one rank: together they are one amount.
    places = (
        steps.group_by("session", "first", "last", "of")
        .agg(
            height=pl.col("before").sum() // (pl.col("last") - pl.col("first") + 1).first(),
            shares=pl.col("factor").drop_nulls().n_unique(),
        )
        .sort("session", "first")
    )
    assert places.height > 20 or not one.is_volume
    next_first = pl.col("first").shift(-1).over("session")
    assert places.filter(pl.col("last") + 1 != next_first).is_empty()
    whole = places.group_by("session").agg(
        begins=pl.col("first").min() == 1, ends=pl.col("last").max() == pl.col("of").max()
    )
    assert whole.select(pl.all_horizontal("begins", "ends").all()).item()
    assert places.filter(pl.col("height") < pl.col("height").shift(-1).over("session")).is_empty()
    assert places.filter(pl.col("shares") > 1).is_empty()
    first = steps.filter(pl.col("first") == 1, pl.col("last") == 1)
    assert first.filter(pl.col("after") != pl.col("before")).is_empty()
