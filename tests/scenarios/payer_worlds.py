"""Generated payer files, their terms and their schedules in dollars."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from payrules.dated import Dated
from payrules.payers import MEDICARE as MEDICARE_PAYER
from payrules.payers.form import terms_of
from tests.scenarios.by_hand import OFF_IN
from tests.scenarios.fees_by_hand import Tables, as_dollars, shipped
from tests.scenarios.worlds import SERVICES, one


def term_values() -> Mapping[str, Tables]:
    """Give for each rule the values that each of its terms may take."""
    found: dict[str, Tables] = {}
    for rule in MEDICARE_PAYER.rules:
        terms: Tables = {}
        for term in terms_of(rule):
            if term == "without_gpci":
                continue  # refused beside dollars with their own indicators; see `drawn_contract`
            value = rule.defaults[term]
            if isinstance(value, Dated):
                within = value.within
                places = min(within.decimals, 2)
                terms[term] = _numbers(within.least, within.most, places)
            elif isinstance(value, Mapping):
                shares = _numbers(Decimal(0), Decimal(1))
                terms[term] = st.dictionaries(one(list(value)), shares, min_size=1, max_size=2)
            elif isinstance(value, bool):
                terms[term] = st.booleans()
            elif value is None:
                terms[term] = _numbers(Decimal(0), Decimal(1))
            elif isinstance(value, str):
                terms[term] = one(("total_rvu", "amount"))
            # Ladders, lists of codes and shares by modifier or code are written otherwise.
        found[rule.name] = terms
    return found


def _numbers(least: Decimal, most: Decimal, places: int = 2) -> st.SearchStrategy[Any]:
    number = st.decimals(least, most, places=places, allow_nan=False)
    dated = st.tuples(number, number).map(lambda two: {"2025-01-01": two[0], "2025-11-01": two[1]})
    return st.one_of(number, number, number, dated)


TERM_VALUES = term_values()
WITH_TERMS = [name for name, terms in TERM_VALUES.items() if terms]
CAN_BE_OFF = [name for name in TERM_VALUES if name not in ("status_code", "anesthesia", "units")]


@st.composite
def terms(draw: Any, most: int = 2) -> Tables:
    """Draw terms of one rule or two."""
    said: Tables = {}
    for rule in draw(st.lists(one(WITH_TERMS), min_size=1, max_size=most, unique=True)):
        values = TERM_VALUES[rule]
        names = draw(st.lists(one(list(values)), min_size=1, max_size=2, unique=True))
        said[rule] = {name: draw(values[name]) for name in names}
    if draw(st.booleans()):
        rule = draw(one(CAN_BE_OFF))
        if rule not in said:
            said[rule] = {"off": True}
    return said


PERCENTAGES = st.one_of(
    one((Decimal(110), Decimal("95.5"), Decimal(133))),
    st.just({"2025-01-01": Decimal(105), "2026-01-01": Decimal(112)}),
    st.just(
        [
            {"first": "64400", "last": "64999", "percent": Decimal(120)},
            {"first": "99213", "percent": Decimal(90)},
        ]
    ),
)
PRESETS = ("medicare", "100-50-25", "assistant-20-as-10", "no-sequestration")


SHARES = (
    {"modifier": "AS", "share": Decimal("0.17")},
    {"modifier": "78 AS", "share": Decimal("0.09")},
    {"modifier": "78", "share": {"2025-11-01": Decimal("0.7")}},
    {"modifier": "80", "share": Decimal("0.2"), "codes": ["20000-29999"]},
    {"modifier": "52", "share": Decimal("0.5"), "practitioner_type": ["physician"]},
    {"modifier": "82", "share": Decimal("0.13"), "of": "physician"},
    {
        **{"modifier": "62", "share": Decimal("0.6"), "of": "practitioner"},
        "practitioner_type": ["nurse_practitioner"],
    },
    {"modifier": "54", "share": {"2025-11-01": Decimal("0.7")}, "setting": "facility"},
    {"modifier": "22", "share": Decimal("1.25"), "places": ["11", "22"]},
)
#: In the order in which they are asked; the last two may not stand beside a schedule in dollars.
RATES = (
    {"codes": ["20610", "99213"], "amount": Decimal("85.00")},
    {"codes": ["29881", "45385"], "amount": Decimal("640.00"), "modifier": "50"},
    {"codes": ["29881", "45385"], "amount": {"2025-11-01": Decimal("410.00")}},
    {"codes": ["64483"], "case_rate": Decimal("410.00"), "includes": ["64493", "99213"]},
    {"codes": ["45378-45385"], "percent_of_charge": Decimal(60), "places": ["11", "22"]},
    {"when": "no_price", "percent_of_charge": Decimal(80)},
    {
        **{"codes": ["62000-63999", "27447"], "percent_of_medicare": Decimal(140)},
        "not_over": {"percent_of_charge": Decimal(90)},
    },
    {"setting": "facility", "conversion_factor": {"2025-11-01": Decimal(40)}},
)
RANKED = (
    {"ladder": [Decimal(1), Decimal("0.5"), Decimal("0.25")], "never": ["11042"]},
    {"also": [{"codes": ["64400-64999"], "ladder": [Decimal(1), Decimal("0.4")]}]},
    {
        "also": [
            {
                **{"codes": ["64400-64999"], "ladder": [Decimal(1), Decimal("0.4")]},
                "cites": "page 9",
            }
        ]
    },
    {"rank_by": "charge"},
    {"ladder": [Decimal(1), Decimal("0.5"), "by_report"]},
    {"rank_by": {"2025-11-01": "one_side"}},
    {"ladder": {"2025-11-01": [Decimal(1), Decimal("0.4")]}, "never": {"2025-11-01": ["11042"]}},
    {"ladder": [Decimal(1), {"2025-11-01": Decimal("0.4")}]},
    {"also": {"2025-11-01": [{"codes": ["64400-64999"], "ladder": [Decimal(1), Decimal("0.4")]}]}},
)
OF_TESTS = ({"imaging": {"whole": Decimal("0.5")}}, {"endoscopy": {"percent": {"45380": "0.4"}}})


@st.composite
def contract_terms(draw: Any, payer: Tables) -> Tables:
    """Draw what a contract says beside one percentage: shares, rates, a ladder, a limit of all.

    They stand beside what the payer file has: no two of them say the same.
    """
    in_dollars = "fee_schedule" in payer
    terms = {
        rule: said for rule, said in payer.get("terms", {}).items() if rule != "modifier"
    } or {}
    if shares := draw(st.lists(one(SHARES), max_size=3, unique_by=lambda each: each["modifier"])):
        terms["modifier"] = {"share": shares}
    if "multiple_procedure" not in terms and draw(st.booleans()):
        terms["multiple_procedure"] = draw(one(RANKED))
    of_tests = draw(one(OF_TESTS))
    if not terms.keys() & of_tests.keys() and draw(st.booleans()):
        terms |= of_tests
    said: Tables = {**payer, "terms": terms} if terms else dict(payer)
    rates = [each for each in RATES[: 6 if in_dollars else None] if draw(st.booleans())]
    if rates:
        said["rate"] = rates
    if draw(st.booleans()):
        limits: list[Any] = [{"percent_of_charge": Decimal(75)}]
        if payer.get("fee_schedule", {}).get("indicators") != "own":
            limits.append("medicare")
        said[draw(one(("not_over", "not_under")))] = draw(one(limits))
    return said


@st.composite
def payer_files(
    draw: Any,
    name: str,
    dollars: bool | None = None,
    *,
    percentage: bool = True,
    contract: bool = False,
) -> Tables:
    """Draw a payer file; as a `contract` with rates, shares and a ladder of its own, too."""
    payer: Tables = {"name": name, "contract": f"{name} agreement", "base": draw(one(PRESETS))}
    if draw(st.booleans()):
        payer["terms"] = draw(terms())
        for rule in OFF_IN.get(payer["base"], ()):
            if rule in payer["terms"] and "off" not in payer["terms"][rule]:
                payer["terms"][rule]["on"] = True  # terms alone do not switch it on
    if draw(st.booleans()) if dollars is None else dollars:
        payer["fee_schedule"] = draw(dollar_schedules())
        ranked = payer.get("terms", {}).get("multiple_procedure", {})
        if payer["fee_schedule"]["indicators"] == "own" and "rank_by" in ranked:
            del payer["terms"]["multiple_procedure"]  # without RVUs a payer file refuses it
    elif percentage and draw(st.booleans()):
        payer["percent_of_medicare"] = draw(PERCENTAGES)
    return draw(contract_terms(payer)) if contract else payer


@st.composite
def dollar_schedules(draw: Any) -> Tables:
    """Draw a schedule in dollars: Medicare's amounts of a place, so much more, some left out."""
    times = draw(one((Decimal("1.15"), Decimal("0.9"), Decimal("1.5"))))
    left_out = draw(st.lists(one(("64493", "99214", "45380")), max_size=1))
    codes = {code for lines in SERVICES.values() for code, _ in lines} | {"29870", "43235"}
    rows = [
        {
            "hcpcs_code": row["hcpcs_code"],
            "modifier": row["modifier"],
            "facility_amount": round(row["facility_amount"] * times, 2),
            "nonfacility_amount": round(row["nonfacility_amount"] * times, 2),
        }
        for row in as_dollars(shipped(), "national", "starter-2025")
        if row["hcpcs_code"] in codes and row["hcpcs_code"] not in left_out
    ]
    return {"rows": rows, "indicators": draw(one(("release", "own")))}
