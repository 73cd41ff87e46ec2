"""Tells who decides payer claims, as their remittance says: Medicare, another payer, or who knows.

A batch without a payer is priced as Medicare's, or by the one plan that was given; and a claim may
be sent to one payer and paid by another. Decisions, since the guide is silent:

* A number of a contractor of ours is Medicare's, whatever else stands there; so is a contractor's
  name, or one that says Medicare Part B or the Centers for Medicare: some are insurers besides. A
  payer's numbers are that of its name (N104) and its further one (REF*2U).
* Else the number or the name of a large insurer or programme is another's, and so is a claim filing
  indicator (CLP06) of a kind that is not Medicare's, 16 (Medicare Advantage) among them.
* Else MB, or a name with Medicare in it, says that it is Medicare's. A plan of Medicare Advantage
  is sent claims filed as MB, and may be called so: of its claims that says nothing.
* Else MA says nothing (it is Part A's, and some mean Medicare Advantage), nor does a name that may
  be a contractor's, or none. Another name is of a payer nobody knows: where nobody told either
  whose the claim is, Medicare's terms priced it for want of others.
* Terms that are a percentage of Medicare's amounts, or of no kind of plan, may be held against what
  Medicare paid: that is what they were given for.
"""

from collections.abc import Set

import polars as pl

from payrules.payers import Payer
from payrules.variance.remittances import DECIDED_BY, DECIDERS, Remittances
from payrules.variance.terms import ADVANTAGE, is_apart_from_medicare, is_medicare

#: Who decides a payer claim; FILED: Medicare, for all that its kind or its name says.
MEDICARES, FILED, ANOTHERS, UNKNOWN, UNTOLD = DECIDERS
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
    r"(?i)\b(?:medicare (?:part )?b\b|centers for medicare|noridian|novitas|palmetto|first coast"
    r"|cgs admin|cigna government|national government services|wisconsin physicians|wps gov"
    r"|(?:cgs|ngs|railroad|wps) medicare)"
)
_SAYS_MEDICARE = r"(?i)\bmedicare\b"
#: Names that may be a contractor's, and may not.
_PERHAPS_MEDICARES = r"(?i)\b(?:cgs|cms|fcso|mac|ngs|part b|wps)\b"
#: What claims are sent to the largest insurers by: Aetna, Humana, Cigna, UnitedHealthcare.
_NUMBERS_OF_OTHERS = ("60054", "61101", "62308", "87726")
_NAMES_OF_OTHERS = (
    r"(?i)\b(?:aetna|anthem|blue ?cross|blue ?shield|bcbs|centene|champva|cigna|humana|kaiser"
    r"|medicaid|medi-cal|medicare adv|molina|tricare|uhc|united ?health|wellcare|workers'? comp)"
)


def deciders(read: Remittances, contractors: Set[str]) -> pl.Series:
    """Give who decides each payer claim, by its number in the run."""
    name = pl.col("payer_name").fill_null("")
    payments = read.tables["remittances"].select(
        is_ours=_is_numbered(read, contractors) | name.str.contains(_NAMES_OF_MEDICARE),
        is_others=_is_numbered(read, {*_NUMBERS_OF_OTHERS}) | name.str.contains(_NAMES_OF_OTHERS),
        is_filed=name.str.contains(_SAYS_MEDICARE),
        is_untold=(name.str.strip_chars() == "") | name.str.contains(_PERHAPS_MEDICARES),
    )
    claims = read.tables.frames["payer_claims"]
    kind = pl.col("kind")
    of_claims = payments[claims["remittance"] - 1]
    decided = of_claims.with_columns(claims["claim_filing_indicator_code"].alias("kind")).select(
        pl.when("is_ours")
        .then(pl.lit(MEDICARES))
        .when(pl.col("is_others") | kind.is_in(_KINDS_OF_OTHERS).fill_null(value=False))
        .then(pl.lit(ANOTHERS))
        .when(pl.col("is_filed") | (kind == _PART_B).fill_null(value=False))
        .then(pl.lit(FILED))
        .when(pl.col("is_untold") | (kind == _PART_A).fill_null(value=False))
        .then(pl.lit(UNTOLD))
        .otherwise(pl.lit(UNKNOWN))
        .cast(DECIDED_BY)
        .alias("decided_by")
    )
    numbers = claims["payer_claim"]
    last = numbers.max()
    many = last + 1 if isinstance(last, int) else 0
    nobody = pl.repeat(UNTOLD, many, dtype=DECIDED_BY, eager=True)
    return nobody.scatter(numbers, decided["decided_by"])


def _is_numbered(read: Remittances, numbers: Set[str]) -> pl.Series:
    """Mark the payments whose payer one of its numbers says: of its name (N104), or REF*2U."""
    further = (
        pl.Series([each.further_payer_id for each in file.payments], dtype=pl.String)
        for file in read.files
    )
    first = read.tables["remittances"]["payer_id"]
    both = zip(first, pl.concat([pl.Series(dtype=pl.String), *further]), strict=True)
    return pl.Series([not numbers.isdisjoint(each) for each in both], dtype=pl.Boolean)


def is_of_another(payer: Payer, decider: str) -> bool:
    """Tell whether who decided is another than the payer by whose terms a line was priced."""
    if is_medicare(payer):
        return decider == ANOTHERS
    if not is_apart_from_medicare(payer):
        return False
    return decider == MEDICARES or (decider == FILED and payer.plan != ADVANTAGE)
