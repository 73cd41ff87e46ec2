"""Tells who decides payer claims, as their remittance says: Medicare, another payer, or who knows.

A batch without a payer is priced as Medicare's, or by the one plan that was given; and a claim may
be sent to one payer and paid by another. Decisions, since the guide is silent:

* A number of a contractor of ours is Medicare's, whatever else stands there. A payer's numbers are
  that of its name (N104) and its further one (REF*2U).
* Else a claim filing indicator (CLP06) of a kind that is not Medicare's, 16 (Medicare Advantage)
  among them, is another's: insurers are called as contractors are, and some are both.
* Else a contractor's name, or one that says Medicare Part B or the Centers for Medicare, is
  Medicare's; and the number or the name of a large insurer or programme is another's. Which one
  is told where its number and its name do not speak of two.
* Else a name with Medicare in it, or one that may be a contractor's, is another's where it is a
  plan's too: Palmetto Health Plan, Devoted Health Medicare.
* Else MB, or a name with Medicare in it, says that it is Medicare's. A plan of Medicare Advantage
  is sent claims filed as MB, and may be called so: of its claims that says nothing.
* Else a name that may be a contractor's (NGS, WPS) is perhaps Medicare's: no plan's but of one that
  is called so, too.
* Else MA says nothing (it is Part A's, and some mean Medicare Advantage), nor does no name. Another
  name is of a payer nobody knows: where nobody told either whose the claim is, Medicare's terms
  priced it for want of others.
* Terms of no kind of plan that the batch does not name, and examples, may be held against what
  Medicare paid (`terms.is_apart_from_medicare`): that is what they were given for.
* What one of the insurers that can be told decides is not another one's, by the name of whose terms
  priced it, or by how the batch names it. Where either is not told nothing is said.
* What a payer pays for as Medicare Advantage, Medicaid and the like, by CLP06, else by its name, is
  not what terms of another kind of plan are for: Aetna's commercial contract is not Aetna Better
  Health's. MB of a payer that is not Medicare is its Medicare Advantage. Other kinds of CLP06 say
  nothing of that: plans of Medicare Advantage send 12 and CI.
"""

import re
from collections.abc import Set

import polars as pl

from payrules.variance.deciders import (
    ANOTHERS,
    DECIDED_BY,
    FILED,
    LIABILITY,
    MEDICARES,
    NAMED,
    OTHERS,
    PERHAPS,
    UNKNOWN,
    UNTOLD,
    VETERANS,
    Decider,
    in_words,
)
from payrules.variance.expected import ExpectedLine
from payrules.variance.insurers import INSURERS, spaced
from payrules.variance.remittances import Remittances
from payrules.variance.terms import ADVANTAGE, is_apart_from_medicare, is_medicare, kind_of_plan

#: Why what a payer claim decides is not held against the terms that priced its line.
BY_ANOTHER, BY_MEDICARE = "paid by another payer", "paid by Medicare"
BY_PERHAPS_MEDICARE = "perhaps paid by Medicare"
BY_OTHER_PLAN, BY_OTHER_BUSINESS = "paid by another plan", "paid as another kind of plan"
#: CLP06: preferred and exclusive providers, indemnity, dental, motor and other liability, Blue
#: Cross, commercial, CHAMPUS, disability, the federal employees' plan, maintenance organizations,
#: Medicaid, other federal and maternal programmes, veterans, workers' compensation.
_KINDS_OF_OTHERS = (
    *("11", "12", "13", "14", "15", "16", "17", "AM", "BL", "CH", "CI", "DS", "FI", "HM", "LM"),
    *("MC", "OF", "TV", "VA", "WC"),
)
_PART_A, _PART_B = "MA", "MB"
#: Medicare's own contractors for claims of Part B, and what remittances of theirs call Medicare.
_NAMES_OF_MEDICARE = (
    r"(?i)\b(?:medicare (?:part )?b\b|centers for medicare|noridian|novitas|palmetto gba"
    r"|first coast serv|cgs admin|cigna gov|nat(?:iona)?l gov(?:ernmen)?t\.? (?:serv|svc)"
    r"|wisconsin physicians serv|wps gov|(?:cgs|ngs|railroad|wps) medicare)"
)
_SAYS_MEDICARE = r"(?i)\bmedicare\b"
#: Names that may be a contractor's, and may not.
_PERHAPS_MEDICARES = (
    r"(?i)\b(?:cgs|cms|fcso|first coast|mac|ngs|palmetto|part b|wisconsin physicians|wps)\b"
)
#: What else is in the name of a plan that says Medicare, or is called as a contractor is.
_SAYS_PLAN = (
    r"(?i)\b(?:advantage|assurance|choice|complete|dual|gold|hmo|insurance|mutual|plans?|plus|ppo"
    r"|preferred)\b"
)
_SAYS_HEALTH = r"(?i)\bhealth\b"  # WPS Health Solutions is a contractor
#: Names of others, beside the insurers that are told apart.
_NAMES_OF_OTHERS = (
    r"(?i)\b(?:anthem|blue ?cross|blue ?shield|bcbs|centene|champva|kaiser|medicaid|medi[- ]cal"
    r"|medicare adv|molina|tricare|wellcare|workers'? comp)"
)
#: What a payer that is not Medicare pays for, by CLP06, and by what is in its name.
_BUSINESS_OF_KINDS = {
    **dict.fromkeys(("16", _PART_B), ADVANTAGE),
    "MC": "medicaid",
    "CH": "tricare",
    "WC": "workers_compensation",
    **dict.fromkeys(("AM", "LM"), LIABILITY),
    "VA": VETERANS,
}
_BUSINESS_OF_NAMES = {
    ADVANTAGE: r"(?i)\b(?:medicare|dual complete|healthspring)\b",
    "medicaid": r"(?i)\b(?:better health|community plan|healthy horizons|medicaid|medi cal)\b",
    "tricare": r"(?i)\b(?:champus|military|tricare)\b",
    "workers_compensation": r"(?i)\bworkers'? comp",
    VETERANS: r"(?i)\bchampva\b",
}


def deciders(read: Remittances, contractors: Set[str]) -> pl.Series:
    """Give who decides each payer claim, by its number in the run."""
    claims = read.tables.frames["payer_claims"]
    of_payments = _told_of_payments(read, contractors)[claims["remittance"] - 1]
    told = of_payments.with_columns(kind=claims["claim_filing_indicator_code"].cast(pl.String))
    of_kind = pl.col("kind").replace_strict(
        _BUSINESS_OF_KINDS, default=None, return_dtype=pl.String
    )
    who = _who()
    is_others = who.is_in(OTHERS)
    business = pl.when(is_others).then(pl.coalesce(of_kind, "business")).otherwise(pl.lit(""))
    decided = told.select(decided_by=in_words(who, business))["decided_by"]
    numbers = claims["payer_claim"]
    last = numbers.max()
    many = last + 1 if isinstance(last, int) else 0
    nobody = pl.repeat(UNTOLD, many, dtype=DECIDED_BY, eager=True)
    return nobody.scatter(numbers, decided)


def _who() -> pl.Expr:
    """Give who decides a payer claim, by its `kind` and what is told of its payment."""
    kind = pl.col("kind")
    return (
        pl.when("is_ours")
        .then(pl.lit(MEDICARES))
        .when(kind.is_in(_KINDS_OF_OTHERS).fill_null(value=False))
        .then("which")
        .when("is_called_ours")
        .then(pl.lit(MEDICARES))
        .when("is_others")
        .then("which")
        .when(pl.col("is_filed") | (kind == _PART_B).fill_null(value=False))
        .then(pl.lit(FILED))
        .when("is_perhaps")
        .then(pl.lit(PERHAPS))
        .when(pl.col("is_nameless") | (kind == _PART_A).fill_null(value=False))
        .then(pl.lit(UNTOLD))
        .otherwise(pl.lit(UNKNOWN))
    )


def _told_of_payments(read: Remittances, contractors: Set[str]) -> pl.DataFrame:
    """Tell of each payment what its payer's numbers and its name say."""
    name = pl.col("payer_name").fill_null("").str.replace_all("[-_]", " ")
    numbers_of = _numbers(read)
    one = [
        _is_among(numbers_of, {each.number}) | name.str.contains(each.names) for each in INSURERS
    ]
    which = [
        pl.when(is_it).then(pl.lit(each.name)) for is_it, each in zip(one, INSURERS, strict=True)
    ]
    says_medicare = name.str.contains(_SAYS_MEDICARE)
    is_perhaps = name.str.contains(_PERHAPS_MEDICARES)
    is_plans = (says_medicare | is_perhaps) & name.str.contains(_SAYS_PLAN)
    is_plans |= says_medicare & name.str.contains(_SAYS_HEALTH)
    is_named = name.str.contains(_NAMES_OF_OTHERS)
    of_names = (
        pl.when(name.str.contains(words)).then(pl.lit(business))
        for business, words in _BUSINESS_OF_NAMES.items()
    )
    return read.tables["remittances"].select(
        is_ours=_is_among(numbers_of, contractors),
        is_called_ours=name.str.contains(_NAMES_OF_MEDICARE),
        is_others=pl.any_horizontal(*one) | is_named | is_plans,
        is_filed=says_medicare,
        is_perhaps=is_perhaps,
        is_nameless=name.str.strip_chars() == "",
        which=pl.when(pl.sum_horizontal(*one) == 1)
        .then(pl.coalesce(which))
        .when(is_named)
        .then(pl.lit(NAMED))
        .otherwise(pl.lit(ANOTHERS)),
        business=pl.coalesce(*of_names, pl.lit("")),
    )


def _numbers(read: Remittances) -> list[frozenset[str | None]]:
    """Give of each payment the numbers of its payer: that of its name (N104), and REF*2U."""
    further = (each.further_payer_id for file in read.files for each in file.payments)
    first = read.tables["remittances"]["payer_id"]
    return [frozenset(both) for both in zip(first, further, strict=True)]


def _is_among(numbers_of: list[frozenset[str | None]], numbers: Set[str]) -> pl.Series:
    return pl.Series([not numbers.isdisjoint(each) for each in numbers_of], dtype=pl.Boolean)


def why_of_another(line: ExpectedLine, decided_by: str) -> str:
    """Say why who decided is another than the payer by whose terms a line was priced; "" if not."""
    decider, payer = Decider.of(decided_by), line.payer
    if is_medicare(payer):
        return BY_ANOTHER if decider.who in OTHERS else ""
    # Whose terms are no insurer's that can be told may be anyone's.
    if decider.is_insurer and line.insurer and line.insurer != decider.who:
        return BY_OTHER_PLAN
    if decider.who in OTHERS:
        kind = kind_of_plan(payer, is_named=line.names_payer)
        return BY_OTHER_BUSINESS if kind and decider.business not in {"", kind} else ""
    if not is_apart_from_medicare(payer, is_named=line.names_payer):
        return ""
    if decider.who == PERHAPS and not re.search(_PERHAPS_MEDICARES, spaced(payer.name)):
        return BY_PERHAPS_MEDICARE
    # Of a plan whose kind no file says nobody knows that it is sent nothing filed as Medicare's.
    is_medicares = decider.who == FILED and payer.plan not in {None, ADVANTAGE}
    return BY_MEDICARE if is_medicares or decider.who == MEDICARES else ""
