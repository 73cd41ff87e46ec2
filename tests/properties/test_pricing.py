"""Properties of every priced batch, whatever its lines."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from payrules.claims.columns import RESULTS
from payrules.engine.pricing import price
from payrules.engine.rule import STATUSES
from payrules.payers.medicare import RULES
from payrules.runs.estimate import estimate
from payrules.runs.lines import MONEY
from payrules.runs.setup import Setup
from tests.pricing_cases import STARTER
from tests.properties.batches import EXAMPLES, KEY, Sample, chains, few, results, sample, samples

KINDS = {rule.name: rule.kind for rule in RULES}
#: Both sides of a procedure, several units, anesthesia's units, and a pair paid at its charges.
#: `mips` moves what Medicare pays, either way.
MAY_RAISE = ["bilateral", "units", "anesthesia", "lesser_of_charge", "mips"]
#: Settlement figures are only there when they are asked for.
BY_LINE = [name for name in MONEY if name != "hpsa_bonus_amount"]
#: In order. The next after them is `procedure_pairs`, in which a denied line denies others.
FIRST_EDITS = ["status_code", "component", "role", "modifier", "unlikely_units"]
#: Without `injection`: an injection may be the only procedure beside an add-on, and fall to it.
LATER_EDITS = ["global_period", "add_on"]
MODIFIERS = [f"hcpcs_modifier_{place}" for place in range(1, 6)]
#: They tell something and move nothing (their rows in fee_schedules/modifiers.csv).
INFORMATIONAL = ["QS", "G8", "23", "32", "96", "99", "CR", "P3", "Q2", "X5"]


#: What holds of every batch's results as they are; `test_what_always_holds` looks at each.
ALWAYS: list[Callable[[Sample], None]] = []


def always(holds: Callable[[Sample], None]) -> Callable[[Sample], None]:
    ALWAYS.append(holds)
    return holds


def carries(modifier: str) -> pl.Expr:
    return pl.any_horizontal(pl.col(MODIFIERS).eq_missing(modifier))


def assert_same(first, second) -> None:
    assert_frame_equal(results(first), results(second))
    assert_frame_equal(chains(first), chains(second))


@few
@given(samples, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_is_immaterial(one: Sample, random: Random) -> None:
    order = list(range(one.lines.height))
    random.shuffle(order)
    assert_same(one.price(one.lines[order]), one.priced)


@always
def results_are_in_input_order(one: Sample) -> None:
    assert_frame_equal(one.priced.lines.select(KEY), one.lines.select(KEY))


@few
@given(samples)
def test_a_rerun_gives_the_same(one: Sample) -> None:
    assert_same(one.price(one.lines), one.priced)


@few
@given(samples)
def test_without_the_trail_the_amounts_are_the_same(one: Sample) -> None:
    silent = price(one.lines, RULES, STARTER, tables=one.tables, trail=False)
    assert silent.trail is None
    assert_frame_equal(silent.lines, one.priced.lines)


@always
def the_chain_of_each_line_is_unbroken(one: Sample) -> None:
    steps = chains(one.priced)
    assert steps.filter(pl.col("step") == 0).height == one.lines.height
    before = steps.filter(pl.col("step") > 0)
    last = steps.with_columns(pl.col("step") + 1).select(*KEY, "step", last="after")
    joined = before.join(last, on=[*KEY, "step"], how="left")
    assert joined.filter(pl.col("before").ne_missing(pl.col("last"))).is_empty()
    assert steps.filter(pl.col("step") == 0)["rule"].unique().to_list() == ["fee_schedule_amount"]
    assert set(before["rule"]) <= set(KINDS)
    assert steps.select("cites", "detail").null_count().row(0) == (0, 0)
    order = [rule.name for rule in RULES]
    place = before["rule"].replace_strict({name: n for n, name in enumerate(order)})
    assert (
        before.with_columns(place=place)
        .filter(pl.col("place") <= pl.col("place").shift(1).over(KEY))
        .is_empty()
    )


@always
def the_last_amount_step_is_the_allowed_amount_and_the_last_step_what_medicare_pays(
    one: Sample,
) -> None:
    steps = chains(one.priced).with_columns(
        is_payment=pl.col("rule").replace_strict(KINDS, default="amount") == "payment"
    )
    ends = steps.group_by(KEY).agg(
        allowed=pl.col("after").filter(~pl.col("is_payment")).last(),
        paid=pl.col("after").last(),
    )
    both = results(one.priced).join(ends, on=KEY)
    assert both.height == one.lines.height
    assert both.filter(
        pl.col("allowed").ne_missing(pl.col("allowed_amount"))
        | pl.col("paid").ne_missing(pl.col("medicare_amount"))
    ).is_empty()


@always
def money_in_is_money_out(one: Sample) -> None:
    cut = (
        chains(one.priced)
        .filter(pl.col("rule") == "therapy_assistant")
        .select(*KEY, cut=pl.col("before") - pl.col("after"))
    )
    lines = results(one.priced).join(cut, on=KEY, how="left")
    paid = lines.filter(pl.col("allowed_amount").is_not_null())
    assert paid.height > one.lines.height / 3 or not one.is_volume
    out = pl.sum_horizontal(
        "medicare_amount",
        "coinsurance_amount",
        "deductible_amount",
        "sequestration_amount",
        "primary_payer_adjustment",
        -pl.col("mips_amount"),
        "cut",
        ignore_nulls=True,
    )
    assert paid.filter(out != pl.col("allowed_amount")).is_empty()
    seldom = pl.any_horizontal(pl.col("limiting_charge", "primary_payer_adjustment").is_not_null())
    plain = paid.filter(~seldom)
    patient = pl.col("deductible_amount") + pl.col("coinsurance_amount")
    assert plain.filter(pl.col("patient_amount") != patient).is_empty()


@always
def each_status_has_its_amount_and_its_reason(one: Sample) -> None:
    lines = one.priced.lines
    assert set(lines["status"]) <= set(STATUSES)
    none = lines.filter(pl.col("status").is_in(["by_report", "not_on_schedule"]))
    money = [name for name in BY_LINE if name != "fee_schedule_amount"]
    assert none.select(money).null_count().sum_horizontal().sum() == none.height * len(money)
    nothing = lines.filter(pl.col("status").is_in(["bundled", "denied"]))
    # Blank where they do not apply.
    seldom = {"limiting_charge", "primary_payer_adjustment", "mips_amount"}
    owed = [name for name in money if name not in seldom]
    assert nothing.filter(pl.any_horizontal(pl.col(owed).ne_missing(0))).is_empty()
    assert nothing["carc"].null_count() == 0
    priced = lines.filter(pl.col("status") == "priced")
    assert priced.select(owed).null_count().sum_horizontal().sum() == 0
    assert lines.filter(pl.col("reason").is_null() != (pl.col("status") == "priced")).is_empty()


@always
def no_amount_is_negative(one: Sample) -> None:
    unsigned = [name for name in BY_LINE if name != "mips_amount"]  # what MIPS takes is below 0
    assert one.priced.lines.filter(pl.any_horizontal(pl.col(unsigned) < 0)).is_empty()
    assert one.priced.trail.filter((pl.col("before") < 0) | (pl.col("after") < 0)).is_empty()


@always
def edits_caps_and_percentages_never_raise(one: Sample) -> None:
    steps = chains(one.priced).filter(pl.col("step") > 0, ~pl.col("rule").is_in(MAY_RAISE))
    assert steps.filter(pl.col("after") > pl.col("before")).is_empty()
    edits = steps.filter(pl.col("rule").replace_strict(KINDS) == "edit")
    assert edits.filter(pl.col("after").fill_null(0) != 0).is_empty()


@few
@given(samples, st.integers(0, 7))
def test_a_modifier_that_tells_something_moves_nothing(one: Sample, seed: int) -> None:
    random = Random(seed)
    rows = one.lines.to_dicts()
    for row in rows:
        free = next((place for place in MODIFIERS if row[place] is None), None)
        if free and random.random() < 0.5:
            row[free] = random.choice(INFORMATIONAL)
    told = one.price(pl.DataFrame(rows, schema=one.lines.schema))
    is_told = not told.lines.select(MODIFIERS).equals(one.lines.select(MODIFIERS))
    assert is_told or not one.is_volume
    assert_frame_equal(told.lines.select(RESULTS), one.priced.lines.select(RESULTS))
    assert_frame_equal(chains(told), chains(one.priced))


@always
def aftercare_is_never_paid_more_than_its_share_of_both_sides(one: Sample) -> None:
    # A pair of sides may be paid at its charges: leave sides out.
    others = [~carries(modifier) for modifier in ("54", "78", "RT", "LT")]
    alone = one.priced.lines.filter(carries("55"), *others, pl.col("status") == "priced")
    assert not alone.is_empty() or not one.is_volume
    # No package of CMS's gives aftercare more than 23 %, whatever its units say.
    both_sides = pl.col("fee_schedule_amount") * 2
    assert alone.filter(pl.col("allowed_amount") * 4 > both_sides).is_empty()


@few
@given(samples)
def test_a_notice_that_medicare_will_not_pay_leaves_no_amount(one: Sample) -> None:
    noticed = one.priced.lines.filter(carries("GZ") | carries("GY"))
    assert noticed.height > 0 or not one.is_volume
    assert noticed.filter(pl.col("allowed_amount") > 0).is_empty()


@always
def every_denial_and_reduction_says_why(one: Sample) -> None:
    steps = chains(one.priced).filter(pl.col("step") > 0)
    sides = steps.filter(pl.col("rule") == "bilateral")
    assert sides["rarc"].unique().to_list() in ([], ["N644"])
    # Half a unit of a drug is less than its limit for one, and is no reduction.
    lower = steps.filter(pl.col("after") < pl.col("before"), pl.col("rule") != "units")
    assert lower.select("group_code", "carc").null_count().row(0) == (0, 0)
    assert set(lower["group_code"]) <= {"CO", "OA", "PR"}
    assert steps.filter(pl.col("carc").is_not_null(), pl.col("group_code").is_null()).is_empty()


@always
def no_line_is_paid_more_than_its_charge(one: Sample) -> None:
    lines = one.priced.lines.filter(pl.col("allowed_amount") > pl.col("charge_amount"))
    # Of a pair of sides the charges are compared as a sum, or not at all.
    sided = pl.any_horizontal(pl.col("^hcpcs_modifier_.$").is_in(["RT", "LT"]))
    assert lines.filter(~sided.fill_null(value=False)).is_empty()


@settings(few, max_examples=2 * EXAMPLES)
@given(samples)
def test_what_always_holds(one: Sample) -> None:
    """Priced once, looked at by all: a batch costs more to price than to look at."""
    for holds in ALWAYS:
        holds(one)


@few
@given(samples, samples)
def test_an_unrelated_person_changes_nothing(one: Sample, other: Sample) -> None:
    strangers = other.lines.with_columns(
        pl.concat_str(pl.lit("unrelated "), name).alias(name) for name in ("person_id", "claim_id")
    )
    together = one.price(pl.concat([strangers, one.lines], how="diagonal"))
    rows = list(range(strangers.height, strangers.height + one.lines.height))
    assert_frame_equal(together.lines[rows].select(RESULTS), one.priced.lines.select(RESULTS))


@few
@given(samples, st.integers(2, 5))
def test_splitting_a_batch_by_person_changes_nothing(one: Sample, parts: int) -> None:
    part = pl.col("person_id").rank("dense") % parts
    split = [
        one.price(each.drop("part"))
        for each in one.lines.with_columns(part=part).partition_by("part")
    ]
    together = pl.concat([results(each) for each in split]).sort(KEY)
    assert_frame_equal(together, results(one.priced))
    assert_frame_equal(
        pl.concat([chains(each) for each in split]).sort(*KEY, "step"), chains(one.priced)
    )


@few
@given(samples, st.booleans())
def test_what_was_denied_leaves_the_rest_as_if_absent(one: Sample, with_pairs: bool) -> None:
    # A deductible named on a denied line counts all the same, so no line names one here.
    lines = one.lines.with_columns(deductible_remaining=pl.lit(0, dtype=pl.Int64))
    edits, tables = FIRST_EDITS, one.tables
    if not with_pairs:
        # What a later edit denies, units and pairs have still counted: leave those two out.
        edits = [*FIRST_EDITS, *LATER_EDITS]
        tables = replace(tables, unlikely_units=None, procedure_pairs=None)
    one = replace(one, tables=tables)
    whole = one.price(lines)
    gone = (
        chains(whole).filter(pl.col("rule").is_in(edits), pl.col("after") == 0).select(KEY).unique()
    )
    assert gone.height > 10 or not one.is_volume
    left = one.price(lines.join(gone, on=KEY, how="anti", maintain_order="left"))
    expected = results(whole).join(gone, on=KEY, how="anti", maintain_order="left")
    # Why an add-on is denied may name the primary that fell. Known: that several anesthesia codes
    # stand on a day is noted before the edits, so of one that is denied too; no amount follows it.
    # A denied line with PT waives the day's deductible all the same, so that 33 needs no note.
    noted_early = pl.col("review").str.replace_all(
        r"(; )?(several anesthesia codes on this day|33: this code is not a waived)[^;]*", ""
    )
    assert_frame_equal(
        results(left).drop("reason").with_columns(noted_early.replace("", None)),
        expected.drop("reason").with_columns(noted_early.replace("", None)),
    )


@few
@given(st.integers(0, 31), st.randoms(use_true_random=False))
def test_every_row_is_a_line_or_a_reject(seed: int, random: Random) -> None:
    lines = (
        sample(seed)
        .lines.select(
            *KEY,
            "person_id",
            "hcpcs_code",
            "place_of_service_code",
            "locality",
            claim_line_start_date="service_date",
        )
        .with_columns(pl.all().cast(pl.String))
    )
    spoiled = set(random.sample(range(lines.height), 20))
    column = random.choice(["place_of_service_code", "locality", "claim_line_start_date"])
    mark = pl.int_range(pl.len()).is_in(sorted(spoiled))
    lines = lines.with_columns(
        pl.when(mark).then(pl.lit("nowhere")).otherwise(column).alias(column)
    )
    found = estimate(lines, Setup(schedules=STARTER))
    counts = found.run["counts"]
    assert counts["rows_in"] == lines.height == counts["lines"] + counts["rejects"]
    assert counts["rejects"] == found.rejects.height == len(spoiled)
    assert counts["lines"] == sum(counts[status] for status in STATUSES)
    assert counts["adjustments"] == found.adjustments.height
    total = found.lines["allowed_amount"].sum()
    assert found.run["totals"]["allowed_amount"] == f"{total:.2f}"
    assert all(each[-3] == "." for each in found.run["totals"].values())
