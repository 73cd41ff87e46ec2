"""Tells of payer claims that another payer than Medicare decides, as their remittance says.

A batch without a payer is priced as Medicare's, and a claim may be sent to one payer and paid by
another. Decisions, since the guide is silent:

* A number of a contractor of ours is Medicare's, whatever else stands there; so is a contractor's
  name, or one that says Medicare Part B or the Centers for Medicare: some are insurers besides.
* Else the number or the name of a large insurer or programme is another's, and so is a claim filing
  indicator (CLP06) of a kind that is not Medicare's, 16 (Medicare Advantage) among them. MA and MB
  are no contradiction; ZZ, an unknown one and none say nothing.
"""

from collections.abc import Set

import polars as pl

from payrules.variance.remittances import Remittances

#: CLP06: preferred and exclusive providers, indemnity, dental, motor and other liability, Blue
#: Cross, commercial, CHAMPUS, disability, the federal employees' plan, maintenance organizations,
#: Medicaid, other federal and maternal programmes, veterans, workers' compensation.
_KINDS_OF_OTHERS = (
    *("11", "12", "13", "14", "15", "16", "17", "AM", "BL", "CH", "CI", "DS", "FI", "HM", "LM"),
    *("MC", "OF", "TV", "VA", "WC"),
)
#: Medicare's own contractors for claims of Part B, and what remittances of theirs call Medicare.
_NAMES_OF_MEDICARE = (
    r"(?i)\b(?:medicare part b|centers for medicare|noridian|novitas|palmetto|first coast|cgs admin"
    r"|national government services|wisconsin physicians|wps gov)"
)
#: What claims are sent to the largest insurers by: Aetna, Humana, Cigna, UnitedHealthcare.
_NUMBERS_OF_OTHERS = ("60054", "61101", "62308", "87726")
_NAMES_OF_OTHERS = (
    r"(?i)\b(?:aetna|anthem|blue ?cross|blue ?shield|bcbs|centene|champva|cigna|humana|kaiser"
    r"|medicaid|medi-cal|molina|tricare|uhc|united ?health|wellcare|workers'? comp)"
)


def decided_by_others(read: Remittances, contractors: Set[str]) -> pl.Series:
    """Give the payer claims, by their numbers, that another payer than Medicare decides."""
    number = pl.col("payer_id").fill_null("").str.strip_chars()
    name = pl.col("payer_name").fill_null("")
    payments = read.tables["remittances"].select(
        "remittance",
        is_ours=number.is_in([*contractors]) | name.str.contains(_NAMES_OF_MEDICARE),
        is_others=number.is_in(_NUMBERS_OF_OTHERS) | name.str.contains(_NAMES_OF_OTHERS),
    )
    ours = payments.filter("is_ours")["remittance"].implode()
    others = payments.filter("is_others")["remittance"].implode()
    kind = pl.col("claim_filing_indicator_code")
    is_of_others = pl.col("remittance").is_in(others) | kind.is_in(_KINDS_OF_OTHERS).fill_null(
        value=False
    )
    paid = read.tables.used("payer_claims")
    return paid.filter(is_of_others & ~pl.col("remittance").is_in(ours))["payer_claim"]
