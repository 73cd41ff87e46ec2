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
* Else MB, or a name with Medicare in it, says that it is Medicare's. A plan of Medicare Advantage
  is sent claims filed as MB, and may be called so: of its claims that says nothing.
* Else MA says nothing (it is Part A's, and some mean Medicare Advantage), nor does a name that may
  be a contractor's, or none. Another name is of a payer nobody knows: where nobody told either
  whose the claim is, Medicare's terms priced it for want of others.
* Terms of no kind of plan that the batch does not name, and examples, may be held against what
  Medicare paid (`terms.is_apart_from_medicare`): that is what they were given for.
* What one of the insurers that can be told decides is not another one's, by the name of whose terms
  priced it, or by how the batch names it. Where either is not told nothing is said.
"""

from collections.abc import Set

import polars as pl

from payrules.variance.expected import ExpectedLine
from payrules.variance.insurers import INSURERS
from payrules.variance.remittances import DECIDED_BY, DECIDERS, Remittances
from payrules.variance.terms import ADVANTAGE, is_apart_from_medicare, is_medicare

#: Who decides a payer claim; FILED: Medicare, for all that its kind or its name says.
MEDICARES, FILED, ANOTHERS, NAMED, UNKNOWN, UNTOLD = DECIDERS[len(INSURERS) :]
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
#: Names of others, beside the insurers that are told apart.
_NAMES_OF_OTHERS = (
    r"(?i)\b(?:anthem|blue ?cross|blue ?shield|bcbs|centene|champva|kaiser|medicaid|medi[- ]cal"
    r"|medicare adv|molina|tricare|wellcare|workers'? comp)"
)


def deciders(read: Remittances, contractors: Set[str]) -> pl.Series:
    """Give who decides each payer claim, by its number in the run."""
    name = pl.col("payer_name").fill_null("").str.replace_all("[-_]", " ")
    one = [_is_numbered(read, {each.number}) | name.str.contains(each.names) for each in INSURERS]
    which = [
        pl.when(is_it).then(pl.lit(each.name)) for is_it, each in zip(one, INSURERS, strict=True)
    ]
    payments = read.tables["remittances"].select(
        is_ours=_is_numbered(read, contractors),
        is_called_ours=name.str.contains(_NAMES_OF_MEDICARE),
        is_others=pl.any_horizontal(*one) | name.str.contains(_NAMES_OF_OTHERS),
        is_filed=name.str.contains(_SAYS_MEDICARE),
        is_untold=(name.str.strip_chars() == "") | name.str.contains(_PERHAPS_MEDICARES),
        which=pl.when(pl.sum_horizontal(*one) == 1)
        .then(pl.coalesce(which))
        .when(name.str.contains(_NAMES_OF_OTHERS))
        .then(pl.lit(NAMED))
        .otherwise(pl.lit(ANOTHERS)),
    )
    claims = read.tables.frames["payer_claims"]
    kind = pl.col("kind")
    of_claims = payments[claims["remittance"] - 1]
    is_of_another_kind = kind.is_in(_KINDS_OF_OTHERS).fill_null(value=False)
    decided = of_claims.with_columns(claims["claim_filing_indicator_code"].alias("kind")).select(
        pl.when("is_ours")
        .then(pl.lit(MEDICARES))
        .when(is_of_another_kind)
        .then("which")
        .when("is_called_ours")
        .then(pl.lit(MEDICARES))
        .when("is_others")
        .then("which")
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


def is_of_another(line: ExpectedLine, decider: str) -> bool:
    """Tell whether who decided is another than the payer by whose terms a line was priced."""
    payer = line.payer
    if is_medicare(payer):
        return decider == ANOTHERS or is_insurer(decider)
    if is_insurer(decider):
        # Whose terms are no insurer's that can be told may be anyone's.
        return bool(line.insurer) and line.insurer != decider
    if not is_apart_from_medicare(payer, is_named=line.names_payer):
        return False
    # Of a plan whose kind no file says nobody knows that it is sent nothing filed as Medicare's.
    return decider == MEDICARES or (decider == FILED and payer.plan not in {None, ADVANTAGE})


def is_insurer(decider: str) -> bool:
    """Tell whether who decided is an insurer or programme that is told by its name or number."""
    return decider == NAMED or any(each.name == decider for each in INSURERS)
