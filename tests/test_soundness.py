"""A rule's author cannot go wrong silently: each slip is refused when the rule or payer is made."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from payrules.claims.modifiers import billed_with, columns_of, encode, modifier_table
from payrules.engine.pricing import Priced, price
from payrules.engine.readable import OF_A_CLAIM, OF_A_SCHEDULE, POOLS
from payrules.engine.rule import (
    DENIED,
    STATE,
    STATUSES,
    Adjustment,
    Hints,
    Outcome,
    Rule,
    bundle,
    deny,
    keep,
    note,
    pay,
    rule,
    scale,
)
from payrules.engine.session import GROUP_DAY, SESSION, identify
from payrules.engine.tables import TABLES
from payrules.errors import RuleError
from payrules.fees.amounts import attach_fees
from payrules.payers import MEDICARE
from payrules.payers.medicare import RULES
from tests.pricing_cases import STARTER, STARTER_TABLES, checked

EVERY = pl.lit(value=True)
CODE = pl.col("hcpcs_code")


def lines(*modifiers: str) -> pl.DataFrame:
    """An office visit a claim, each with a modifier ("" for none)."""
    rows = [
        {
            "claim_id": str(number),
            "claim_line_number": "1",
            "person_id": "1",
            "claim_line_start_date": "2025-06-02",
            "hcpcs_code": "99213",
            "place_of_service_code": "11",
            "locality": "national",
            "hcpcs_modifiers": each,
        }
        for number, each in enumerate(modifiers or ("",))
    ]
    return checked(rows, STARTER)


def made(
    adjustment: Any = None,
    *,
    reads: Sequence[str] = ("hcpcs_code",),
    cites: str = "a contract, §1",
    effective: str = "1992-01-01",
    kind: Any = "amount",
    needs: str | None = None,
    **parts: Any,
) -> Rule:
    """Make a rule that decides as told."""

    def my_rule() -> Adjustment:
        """A rule of a test."""
        return adjustment if adjustment is not None else Adjustment(**{"among": EVERY, **parts})

    return rule(cites=cites, effective=effective, reads=reads, kind=kind, needs=needs)(my_rule)


def priced(*rules: Rule, modifiers: Sequence[str] = ("",)) -> Priced:
    return price(lines(*modifiers), rules, STARTER)


# --------------------------------------------------------------------------- what it says of itself


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"kind": "amuont"}, "of kind 'amuont', and there are edit, amount, payment"),
        ({"cites": ""}, "needs a citation"),
        ({"cites": "  "}, "needs a citation"),
        ({"effective": "2025-02-30"}, "effective from '2025-02-30', which is no day"),
        ({"needs": "mue"}, "needs a table 'mue'; the tables are unlikely_units"),
        ({"reads": ("hcpcs_cod",)}, "reads 'hcpcs_cod', and no line has .* perhaps 'hcpcs_code'"),
        ({"reads": "hcpcs_kode"}, "reads 'hcpcs_kode', and no line has"),
        ({"adjustment": 5}, "gives int where an Adjustment is wanted"),
    ],
)
def test_a_rule_that_says_too_little_of_itself_is_refused(terms: Any, said: str) -> None:
    with pytest.raises(RuleError, match=f"Rule my_rule .*{said}"):
        made(**terms)


def test_one_column_needs_no_comma() -> None:
    assert made(reads="hcpcs_code").reads == ("hcpcs_code",)


def test_a_rule_without_a_sentence_is_refused() -> None:
    with pytest.raises(RuleError, match="Rule <lambda> needs a first sentence"):
        rule(cites="a contract", effective="1992-01-01", reads=())(lambda: Adjustment(EVERY))


# -------------------------------------------------------------------------- what it reads, anywhere

UNSAID = pl.col("charge_amount")


def joining(pool: pl.LazyFrame, _tables: Any) -> pl.LazyFrame:
    return pool.with_columns(_x=UNSAID)


@pytest.mark.parametrize(
    ("position", "parts"),
    [
        ("among", {"among": UNSAID > 0}),
        ("among", {"among": (EVERY, UNSAID > 0)}),
        ("among", {"among": lambda _: UNSAID > 0}),
        ("marks", {"marks": {"_x": UNSAID > 0}}),
        ("triggers", {"hints": Hints(triggers=UNSAID > 0), "pool": SESSION}),
        ("crowded", {"hints": Hints(crowded=UNSAID > 0), "pool": SESSION}),
        ("facts, number 1", {"facts": ({"_x": UNSAID},)}),
        ("facts, number 1", {"facts": (joining,)}),
        ("outcomes, number 1", {"outcomes": (scale(UNSAID > 0, pl.lit(5000), "x"),)}),
        ("outcomes, number 1", {"outcomes": (scale(EVERY, UNSAID, "x"),)}),
        ("outcomes, number 1", {"outcomes": (scale(EVERY, pl.lit(1), pl.format("{}", UNSAID)),)}),
        ("outcomes, number 1, amount", {"outcomes": (pay(EVERY, UNSAID, "x"),)}),
        ("tells, pair", {"tells": {"pair": UNSAID}}),
        ("notes, number 1", {"notes": (note(UNSAID > 0, "x"),)}),
        ("notes, number 1", {"notes": (note(EVERY, pl.format("{}", UNSAID)),)}),
    ],
)
def test_a_column_that_is_read_and_not_declared_is_named_with_its_place(
    position: str, parts: Any
) -> None:
    with pytest.raises(
        RuleError, match=f"reads 'charge_amount' in `{position}` and does not declare it"
    ):
        made(reads=("hcpcs_code", SESSION), **parts)
    made(reads=("hcpcs_code", SESSION, "charge_amount"), **parts)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"pool": SESSION}, "reads 'session' as `pool` and does not declare it"),
        ({"pool": "sesion"}, "has 'sesion' as `pool`, and there is none; perhaps 'session'"),
        ({"pool": "hcpcs_code"}, "numbers no pool"),
        (
            {"pool": GROUP_DAY, "hints": Hints(alike="status_code"), "reads": (GROUP_DAY,)},
            "reads 'status_code' as `alike` and does not declare it",
        ),
        ({"hints": Hints(crowded=True)}, "has hints and no pool"),
        ({"among": pl.col("hcpcs_kode") == "1"}, "no such column; perhaps 'hcpcs_code'"),
        ({"among": pl.any_horizontal(pl.all())}, "reads columns by a pattern in `among`"),
        ({"marks": {"amount": EVERY}}, "names a column 'amount' in `marks` that a line has"),
        ({"facts": ({"hcpcs_code": EVERY},)}, "names a column 'hcpcs_code' in `facts, number 1`"),
        ({"among": CODE}, "gives String in `among` where true or false is wanted"),
        ({"among": CODE + 1 == 1}, "has an expression in `among` that polars refuses"),
        ({"outcomes": scale(EVERY, pl.lit(1), "x")}, "needs several `outcomes`"),
        ({"tells": {"pare": pl.lit(1)}}, "sets 'pare', .* perhaps 'pair'"),
        ({"tells": {"amount": pl.lit(1)}}, "without a sentence for the trail .tells."),
        ({"tells": {"pair": CODE}}, "gives String in `tells, pair` where whole numbers"),
        ({"standing": (7,)}, "has 7 in `standing`; the statuses are priced"),
    ],
)
def test_what_the_pipeline_could_not_follow_is_refused(parts: Any, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        made(**parts)


@pytest.mark.parametrize("position", ["among", "marks"])
def test_a_rule_that_asks_a_table_it_does_not_need_is_refused(position: str) -> None:
    def asks(tables: Any) -> Any:
        found = CODE.is_in(tables.in_use("add_on")["add_on_code"].implode())
        return found if position == "among" else {"_x": found}

    with pytest.raises(RuleError, match="no table 'add_on'"):
        made(**{position: asks})
    made(**{position: asks}, needs="add_on")


# ---------------------------------------------------------------------------------- what it decides


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (pay(EVERY, pl.col("amount") * 0.5, "x"), "gives Float64 .* where whole numbers"),
        (pay(EVERY, pl.lit(-1), "x"), "sets 'amount' to -1: it is 0 or more"),
        (pay(EVERY, pl.lit(1), "x", sets={"amuont": pl.lit(1)}), "'amuont', .* perhaps 'amount'"),
        (keep(EVERY, {"amount": pl.lit(1)}), "without a sentence for the trail"),
        (replace(deny(EVERY, "x", carc="4"), carc=None), "the status denied without a CARC"),
        (replace(deny(EVERY, "x", carc="4"), group_code=None), "CARC 4 without a group code"),
        (replace(deny(EVERY, "x", carc="4"), group_code="C0"), "group code 'C0'; they are CO"),
        (Outcome(EVERY, {"status": pl.lit(DENIED)}, pl.lit("x"), "CO", "4"), "leaves the amount"),
        (
            Outcome(EVERY, {"status": pl.lit(9), "amount": pl.lit(0)}, pl.lit("x")),
            "sets the status 9; it is one of priced, bundled, denied",
        ),
        (
            Outcome(EVERY, {"status": pl.lit(DENIED), "amount": pl.lit(5)}, pl.lit("x"), "CO", "4"),
            "the status denied and an amount other than 0",
        ),
    ],
)
def test_an_outcome_gives_whole_cents_and_a_known_status(outcome: Outcome, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        made(outcomes=(outcome,))


def test_a_payment_rule_denies_nothing() -> None:
    with pytest.raises(RuleError, match="a status in a payment rule"):
        made(kind="payment", outcomes=(bundle(EVERY, "x", carc="97"),))


def test_an_amount_below_nothing_is_refused_where_only_a_batch_shows_it() -> None:
    taking = made(outcomes=(pay(EVERY, pl.col("amount") - 1_000_000, "x"),))
    with pytest.raises(RuleError, match=r"Rule my_rule sets 'amount' to -\d+: it is 0 or more"):
        priced(taking)


def test_a_status_that_none_is_refused_where_only_a_batch_shows_it() -> None:
    status = pl.col("row").cast(pl.Int64) + 7
    wild = made(outcomes=(Outcome(EVERY, {"status": status, "amount": pl.lit(0)}, pl.lit("x")),))
    with pytest.raises(RuleError, match="a status that is none of priced, bundled"):
        priced(wild)


def test_a_line_given_twice_by_facts_is_refused() -> None:
    """It would have two steps of one rule."""

    def twice(pool: pl.LazyFrame, _tables: Any) -> pl.LazyFrame:
        return pl.concat([pool, pool])

    with pytest.raises(RuleError, match="Rule my_rule gives a line twice in its facts"):
        priced(made(facts=(twice,)))


# ------------------------------------------------------------------------------------------- payers


def test_an_amount_rule_after_a_payment_rule_is_refused() -> None:
    late = made(outcomes=(scale(EVERY, pl.lit(5000), "half", carc="45"),))
    with pytest.raises(RuleError, match=r"my_rule \(amount\) stands after preventive \(payment\)"):
        replace(MEDICARE, rules=(*RULES, late))
    with pytest.raises(RuleError, match="put it before the payment rules"):
        priced(*RULES, late)


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(RuleError, match=f"Two rules are named {RULES[0].name}"):
        replace(MEDICARE, rules=(*RULES[:20], RULES[0]))


def test_a_rule_travels_without_its_decision() -> None:
    (units,) = (each for each in RULES if each.name == "units")
    assert units.adjustment() is units.adjustment()
    assert "_decision" not in pickle.loads(pickle.dumps(replace(units, decide=plain))).__dict__


def plain() -> Adjustment:
    return Adjustment(among=EVERY)


# ---------------------------------------------------------------------------------------- modifiers


@pytest.mark.parametrize(
    ("name", "said"),
    [("A0", "no modifier 'A0' .*nearest: A"), ("aq", "no modifier 'aq' .*nearest: AQ"), ("", "''")],
)
def test_a_modifier_that_is_none_is_refused_with_the_nearest(name: str, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        billed_with(name)
    with pytest.raises(RuleError, match="asks for no modifier"):
        billed_with()


def test_every_modifier_of_the_table_can_be_asked_for() -> None:
    """`billed_with("AQ")` never held, and said nothing."""
    names = sorted(modifier_table())
    found = encode(lines(*names))
    for place, name in enumerate(names):
        marking = made(
            reads=columns_of(name), among=billed_with(name), notes=(note(EVERY, "it is"),)
        )
        if place % 40 == 0:
            told = priced(marking, modifiers=names).lines["review"].str.contains("it is")
            assert told.fill_null(value=False).arg_true().to_list() == [place]
    assert found.height == 427


def test_one_modifier_of_those_that_share_a_flag_is_told_from_the_others() -> None:
    marking = made(reads=columns_of("81"), among=billed_with("81"), notes=(note(EVERY, "it is"),))
    told = priced(marking, modifiers=("80", "81", "82", "81 80", "")).lines["review"]
    assert [bool(said) and "it is" in said for said in told] == [False, True, False, True, False]


def test_a_modifier_s_column_is_to_be_declared() -> None:
    with pytest.raises(RuleError, match="a modifier whose bit stands in 'more_modifiers_"):
        made(reads=("modifiers",), among=billed_with("AQ"))


def test_modifiers_of_medicare_s_rules_stand_in_one_column() -> None:
    assert columns_of("25", "RT", "80", "81", "82") == ("modifiers",)


# --------------------------------------------------------------------------------- what may be read


def test_what_a_rule_may_read_is_what_lines_and_schedules_have() -> None:
    typed = lines()
    told, fees = attach_fees(encode(typed), STARTER, medicare_beside=True)
    of_a_claim = {name: kind for name, kind in OF_A_CLAIM.items() if name not in columns_of("AQ")}
    encoded = dict(told.drop("fee_row").schema)
    assert {name: of_a_claim[name] for name in encoded} == encoded
    assert {name: fees.schema[name] for name in OF_A_SCHEDULE} == OF_A_SCHEDULE
    pools = identify(encode(typed), POOLS).select(list(POOLS))
    assert dict(pools.schema) == POOLS
    assert not {*STATE} & {*OF_A_CLAIM}


def test_tables_have_the_columns_a_rule_may_count_on() -> None:
    for name, columns in TABLES.items():
        table = getattr(STARTER_TABLES, name)
        assert {column: table.schema[column] for column in columns} == columns


def test_a_rule_reads_the_claims_locality_and_not_the_schedule_rows() -> None:
    """A line without one meets a row of the place ""."""
    of_no_place = made(
        reads=("locality",),
        kind="edit",
        standing=tuple(range(len(STATUSES))),
        notes=(note(pl.col("locality").is_null(), "no place"),),
    )
    nowhere = lines().with_columns(locality=pl.lit(None, dtype=pl.String))
    for claims, said in ((lines(), None), (nowhere, "no place")):
        assert price(claims, (of_no_place,), STARTER).lines["review"].item() == said
