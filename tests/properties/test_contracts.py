"""Properties of contracts: Medicare's own terms are Medicare's, order is nothing, limits bind."""

from functools import cache
from itertools import permutations
from random import Random
from typing import Any

import polars as pl
import pytest

from payrules.claims import read_batch
from payrules.claims.columns import MODIFIERS
from payrules.engine.pricing import Priced, price
from payrules.payers import MEDICARE
from tests.drawn_contract import drawn
from tests.generated import random_batch
from tests.payers.files import rules_of, rules_of_written
from tests.pricing_cases import STARTER
from tests.properties.batches import EXAMPLES, rows_of
from tests.test_agreement import as_frame

LINES = 1500
#: What a line is paid and why; a contract's own step may stand in its trail, with its own words.
RESULTS = (
    *("status", "allowed_amount", "medicare_amount", "patient_amount", "deductible_amount"),
    *("coinsurance_amount", "sequestration_amount", "limiting_charge", "carc", "rarc"),
)
RELEASE = STARTER.named("starter-2026")


@cache
def batch() -> pl.DataFrame:
    """Lines of 2026, drawn; nobody is a qualifying participant, whose factor is another."""
    lines = random_batch(Random(20261126), rows_of(RELEASE), LINES, year=2026)
    frame = as_frame([{**line, "qualifying_apm_participant": False} for line in lines])
    return read_batch(frame, localities=STARTER.localities()).lines


def priced(rules: Any) -> pl.DataFrame:
    found: Priced = price(batch(), rules, STARTER)
    return found.lines


@cache
def by_medicare() -> pl.DataFrame:
    return priced(MEDICARE.rules)


OF_ALL = "\n[[rate]]\npercent_of_medicare = 100\n"
#: A term as a contract writes it that is Medicare's own.
SAME = {
    "62 and assistants' shares": (
        "[terms.modifier]\nshare = { 62 = 0.625, 80 = 0.16, 81 = 0.16, 82 = 0.16, AS = 0.136 }\n"
    ),
    "a rate of all of Medicare": OF_ALL,
    "the factor of the year": "[[rate]]\nconversion_factor = 33.4009\n",
    "not under Medicare": "not_under = { percent_of_medicare = 100 }\n" + OF_ALL,
    "not over Medicare": "not_over = { percent_of_medicare = 100 }\n" + OF_ALL,
    "the factor of the year, not under Medicare": (
        'not_under = "medicare"\nnot_over = "medicare"\n[[rate]]\nconversion_factor = 33.4009\n'
    ),
    "a ranking by the amount": '[terms.multiple_procedure]\nrank_by = "amount"\nlater = 0.50\n',
    "an empty family, and nothing spared": "[terms.multiple_procedure]\nnever = ['0000Z']\n",
    "a rate that no line has": "[[rate]]\ncodes = ['0000Z']\namount = 5\n",
    "both sides, and what follows": "[terms.bilateral]\nboth = 1.50\n",
    "assistants' shares, of who assists": (
        "[[terms.modifier.share]]\nmodifier = '80'\nshare = 0.16\nof = 'practitioner'\n"
        "[[terms.modifier.share]]\nmodifier = '81'\nshare = 0.16\nsetting = 'facility'\n"
        "[[terms.modifier.share]]\nmodifier = '81'\nshare = 0.16\nsetting = 'nonfacility'\n"
        "[[terms.modifier.share]]\nmodifier = '82'\nshare = 0.16\n"
        "[[terms.modifier.share]]\nmodifier = '82'\nshare = 0.136\nof = 'physician'\n"
        "practitioner_type = ['nurse_practitioner', 'physician_assistant',"
        " 'clinical_nurse_specialist']\n"
    ),
    "places and lists from a day on": (
        "[terms.multiple_procedure]\nladder = [1.0, { 2026-01-01 = 0.5 }]\n"
        "never = { 2026-01-01 = ['0000Z'] }\n"
    ),
}


@pytest.mark.parametrize("said", SAME)
def test_a_contract_that_says_medicares_terms_pays_what_medicare_pays(said: str) -> None:
    ours = priced(rules_of(SAME[said])).select(RESULTS)
    theirs = by_medicare().select(RESULTS)
    assert ours.equals(theirs), _differing(ours, theirs)


def _differing(ours: pl.DataFrame, theirs: pl.DataFrame) -> Any:
    both = pl.concat(
        [batch(), ours, theirs.select(pl.all().name.suffix("_wanted"))], how="horizontal"
    )
    wrong = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_wanted")) for name in RESULTS)
    return both.filter(wrong).head(2).to_dicts()


#: Numbers of many rules, shares, and rates, each from a day of the batch.
BY_DAY = """
[terms.multiple_procedure]
ladder = [1.0, {{ 2026-04-01 = 0.6 }}, {{ 2026-04-01 = 0.2 }}]
{by}[terms.imaging]
whole = {{ 2026-04-01 = 0.5 }}
{by}[terms.practitioner.shares]
nurse_practitioner = {{ 2026-04-01 = 0.7 }}
[terms.practitioner]
{by}[terms.endoscopy.percent]
45380 = {{ 2026-04-01 = 0.4 }}
[terms.endoscopy]
{by}[terms.coinsurance]
patient = {{ 2026-04-01 = 0.1 }}
{by}[[terms.modifier.share]]
modifier = "54"
share = {{ 2026-04-01 = 0.7 }}
{by}[[terms.modifier.share]]
modifier = "80"
share = 0.3
first_day = 2026-04-01
{by}[[rate]]
codes = ["64483"]
case_rate = 400
includes = "all"
first_day = 2026-04-01
{by}[[rate]]
setting = "facility"
conversion_factor = {{ 2026-04-01 = 50 }}
{by}"""


def test_claims_processed_on_their_day_of_service_are_paid_as_by_that_day() -> None:
    """And so are those that do not say when they were, but for the note."""
    by_processing = rules_of(BY_DAY.format(by='by_day_of = "processing"\n'))
    by_service = priced(rules_of(BY_DAY.format(by=""))).select(RESULTS)
    on_the_day = batch().with_columns(processed_date=pl.col("service_date"))
    assert price(on_the_day, by_processing, STARTER).lines.select(RESULTS).equals(by_service)
    assert priced(by_processing).select(RESULTS).equals(by_service)
    assert not by_medicare().select(RESULTS).equals(by_service)


RANKED = "terms.multiple_procedure"
#: Sections of a contract that may stand in any order; one rate decides where several fit.
SECTIONS = (
    "[codes]\nlesions = ['11400-11446']\nscopes = ['45378-45385']",
    f"[[{RANKED}.also]]\ncodes = ['@lesions']\nladder = [1.0, 0.5, 0.1]",
    f"[[{RANKED}.also]]\ncodes = ['@scopes']\nladder = [1.0, 0.4]",
    "[[terms.modifier.share]]\nmodifier = '52'\nshare = 0.5",
    "[[terms.modifier.share]]\nmodifier = '52 62'\nshare = 0.4",
    "[[terms.modifier.share]]\nmodifier = '52'\nshare = 0.6\ncodes = ['20610', '64483']",
    "[[terms.modifier.share]]\nmodifier = '80'\nshare = 0.2\nsetting = 'facility'",
    "[[terms.modifier.share]]\nmodifier = '80'\nshare = 0.18\nof = 'physician'",
    "[[terms.modifier.share]]\nmodifier = '22'\nshare = 1.2\nwhen = 'documentation_submitted'",
    "[terms.endoscopy.percent]\n45380 = 0.4\n45385 = 0.5",
)
RATES = (
    "[[rate]]\nname = 'a'\ncodes = ['20000-29999']\npercent_of_medicare = 140",
    "[[rate]]\nname = 'b'\ncodes = ['60000-69999']\nsetting = 'facility'\nconversion_factor = 40",
    "[[rate]]\nname = 'c'\ncodes = ['60000-69999']\nsetting = 'nonfacility'\namount = 90",
    "[[rate]]\nname = 'd'\nwhen = 'no_price'\npercent_of_charge = 80",
)


def test_the_order_of_sections_is_nothing() -> None:
    chance = Random(7)
    orders = [SECTIONS, SECTIONS[::-1], *(chance.sample(SECTIONS, len(SECTIONS)) for _ in range(4))]
    told = [
        tuple((rule.name, rule.cites, dict(rule.terms)) for rule in rules_of("\n".join(order)))
        for order in orders
    ]
    # Shares are asked by what narrows them, wherever they stand.
    lines = [priced(rules_of("\n".join(order))).select(RESULTS) for order in orders[:2]]
    assert lines[0].equals(lines[1])
    names = [[each[0] for each in one] for one in told]
    assert names == names[:1] * len(names)


def test_the_order_of_rates_that_no_line_has_two_of_is_nothing() -> None:
    first = None
    for order in [*permutations(RATES)][::7]:
        lines = priced(rules_of("\n".join(order))).select(RESULTS)
        first = lines if first is None else first
        assert lines.equals(first)


@pytest.mark.parametrize("seed", range(max(EXAMPLES // 6, 1)))
def test_a_floor_lowers_no_line_and_a_ceiling_raises_none(seed: int) -> None:
    """And what is paid is never above the ceiling, wherever the ceiling has an answer."""
    chance = Random(seed)
    said = drawn(chance, sorted({*batch()["hcpcs_code"]})).written
    percent = chance.choice((30, 60, 90))
    free: dict[str, Any] = {
        "terms": {"multiple_procedure": said["terms"]["multiple_procedure"]},
        "rate": [
            {name: each for name, each in rate.items() if not name.startswith("not_")}
            for rate in said["rate"]
            # The limit of an amount for a session is of all its lines' charges.
            if not {"flat_rate", "case_rate"} & {*rate}
        ],
    }
    most, least = {"percent_of_charge": str(percent)}, {"percent_of_charge": "95"}
    limited: dict[str, dict[str, Any]] = {
        "free": {},
        "under": {"not_over": most},
        "over": {"not_under": most},
        "within": {"not_over": most, "not_under": least},
    }
    amounts = {
        name: priced(rules_of_written(free | limits))["allowed_amount"]
        for name, limits in limited.items()
    }
    # Two sides that are paid at their charges together are one amount.
    alone = ~pl.any_horizontal(pl.col(name).is_in(["RT", "LT"]) for name in MODIFIERS)
    held = batch().hstack(pl.DataFrame(amounts)).filter(alone.fill_null(value=True))
    held = held.filter(pl.col("free").is_not_null())
    assert held.filter(pl.col("under") > pl.col("free")).is_empty()
    assert held.filter(pl.col("over") < pl.col("free")).is_empty()
    charge = pl.col("charge_amount")
    for name in ("under", "within"):
        above = pl.col(name) > (charge * percent + 50) // 100
        assert held.filter(charge.is_not_null(), above).is_empty()
    assert held.filter(pl.col("over") > pl.col("free")).height > 20
    assert held.filter(pl.col("under") < pl.col("free")).height > 20
