"""Properties of who pays: waivers, another payer that paid first, MIPS."""

import polars as pl
from hypothesis import given
from polars.testing import assert_frame_equal

from payrules.claims.columns import RESULTS
from payrules.engine.pricing import Priced, price
from payrules.payers.medicare import RULES
from tests.pricing_cases import STARTER
from tests.properties.batches import KEY, Sample, chains, few, samples


def without(one: Sample, *names: str) -> Priced:
    """Price a sample again without some rules."""
    rules = [rule for rule in RULES if rule.name not in names]
    return price(one.lines, rules, STARTER, tables=one.tables)


@few
@given(samples)
def test_waiving_never_raises_what_a_patient_owes_in_a_year(one: Sample) -> None:
    """The deductible moves on to other services; half a cent a line may be rounded up there."""
    person = ["person_id", pl.col("service_date").dt.year().alias("year")]
    owed = pl.col("patient_amount").fill_null(0).sum()
    after = one.priced.lines.group_by(person).agg(owed, lines=pl.len())
    before = without(one, "preventive").lines.group_by(person).agg(before=owed)
    both = after.join(before, on=["person_id", "year"])
    assert both.height == after.height
    assert both.filter(pl.col("patient_amount") > pl.col("before") + pl.col("lines")).is_empty()


@few
@given(samples)
def test_a_second_payer_never_pays_more_than_alone(one: Sample) -> None:
    behind, alone = one.priced.lines, without(one, "secondary_payer").lines
    both = behind.with_columns(alone=alone["medicare_amount"], owed=alone["patient_amount"])
    assert both.filter(pl.col("medicare_amount") > pl.col("alone")).is_empty()
    assert both.filter(pl.col("patient_amount") > pl.col("owed")).is_empty()
    met = both.filter(pl.col("primary_payer_adjustment").is_not_null())
    most = pl.min_horizontal("charge_amount", "primary_obligated_amount")
    unadjusted = pl.col("mips_amount").is_null() | (pl.col("mips_amount") <= 0)
    collected = pl.sum_horizontal("medicare_amount", "patient_amount", "primary_paid_amount")
    over = collected > pl.max_horizontal(most, "primary_paid_amount")
    assert met.filter(unadjusted & over).is_empty()


@few
@given(samples)
def test_mips_moves_what_medicare_pays_and_nothing_else(one: Sample) -> None:
    """Where the limiting charge tells what the patient owes, that follows Medicare's payment."""
    plain = without(one, "mips").lines
    moved = {"mips_amount", "medicare_amount", "sequestration_amount"}
    assigned = pl.col("limiting_charge").is_null()
    same = [name for name in RESULTS if name not in moved]
    assert_frame_equal(
        one.priced.lines.filter(assigned).select(same), plain.filter(assigned).select(same)
    )
    met = one.priced.lines.with_columns(plain=plain["medicare_amount"]).filter(
        pl.col("mips_amount").is_not_null()
    )
    change = pl.col("medicare_amount") - pl.col("plain")
    assert met.filter(change.sign() * pl.col("mips_amount").sign() < 0).is_empty()


@few
@given(samples)
def test_persons_that_these_rules_do_not_meet_are_priced_as_before(one: Sample) -> None:
    rules = ("secondary_claim", "secondary_payer", "mips", "preventive")
    # Other amounts of a first payer than what it paid leave a note.
    of_first = ("primary_paid_amount", "primary_allowed_amount", "primary_obligated_amount")
    columns = (*of_first, "mips_adjustment_percent")
    said = pl.any_horizontal(pl.col(columns).is_not_null())
    steps = chains(one.priced).filter(pl.col("rule") == "preventive").select(KEY)
    waived = one.lines.select(*KEY, "person_id").join(steps, on=KEY)["person_id"]
    noted = one.priced.lines["review"].str.contains("33:").fill_null(value=False)
    met = {*one.lines.filter(said)["person_id"], *waived, *one.lines.filter(noted)["person_id"]}
    others = ~one.lines["person_id"].is_in(met)
    assert_frame_equal(one.priced.lines.filter(others), without(one, *rules).lines.filter(others))
