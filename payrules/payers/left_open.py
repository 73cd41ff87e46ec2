"""Left open: what a payer's files do not say of who pays, in sentences for readers of amounts."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

import polars as pl

from payrules.dated import PROCESSED
from payrules.engine.rate_limits import RateLimit
from payrules.engine.rate_list import Rates
from payrules.engine.rates import Rate
from payrules.payers.payer import Payer
from payrules.payers.taken_twice import taken_twice
from payrules.payers.vocabulary import PLANS

#: The totals of a run that tell what a rule took.
TAKEN = {
    "coinsurance": "coinsurance_amount",
    "deductible": "deductible_amount",
    "sequestration": "sequestration_amount",
}
#: Beside what a payer pays whose file says no coinsurance.
BESIDE_PAYER = "with the coinsurance, which its file does not say"


def sentences(payer: Payer, totals: Mapping[str, str]) -> Iterator[str]:
    """Say what a payer takes over from Medicare unsaid, and what its kind of plan leaves open.

    `totals` are dollars as text by name, where they are all of this payer.
    """
    if payer.taken_over:
        taken = ", ".join(_with_amount(name, totals) for name in payer.taken_over)
        are = "is" if len(payer.taken_over) == 1 else "are"
        yield (
            f"{payer.name}'s file says no plan, so {taken} {are} taken over from Medicare. Write"
            f' which it is, such as plan = "commercial" ({", ".join(PLANS)}).'
        )
    if payer.files and payer.plan is None and not payer.has_rate:
        yield (
            f"{payer.name}'s file says neither plan nor rate, so it pays as Medicare does but for"
            f' the terms in it. Write plan = "medicare" if that is meant; else its plan'
            f" ({', '.join(PLANS[1:])}) and its rate."
        )
    if payer.plan not in {None, "medicare"} and not payer.has_rate:
        yield (
            f"{payer.name} names no rate, so its dollars are Medicare's. Begin a file of yours from"
            f" it (base) and give percent_of_medicare or [fee_schedule]."
        )
    if payer.leaves_codes_at_medicare_s:
        yield (
            f"{payer.name} pays lines that none of its rates fits as Medicare does, at 100 percent."
            " A last [[rate]] that nothing narrows, such as percent_of_medicare = 100, says what"
            " these are paid."
        )
    for said in payer.hidden_rates:
        yield f"{payer.name}: {said}."
    if unpriced := [*_without_a_price(payer)]:
        yield (
            f"{payer.name}: {', '.join(unpriced)} pays lines that Medicare has no price for, and"
            " Medicare's edits (units of a day, pairs, add-ons) are not asked of these."
        )
    for said in taken_twice(payer.rules):
        yield f"{payer.name}: {said}"
    for rule in payer.left_open:
        yield of_rule(payer, rule)


def of_rule(payer: Payer, rule: str) -> str:
    """Say what its kind of plan leaves open of a rule."""
    said = payer.left_open[rule]
    return f"{payer.name}: {said}. [terms.{rule}] in its file can say otherwise."


def says_no_coinsurance(payer: Payer) -> bool:
    """Whether its files leave open what patients owe, so that what it pays includes it."""
    return "coinsurance" in payer.left_open


def owes_unsaid(allowed: str = "allowed_amount", deductible: str | None = None) -> pl.Expr:
    """Whether no file says what the patient owes of a line of a payer that says no coinsurance.

    A deductible is known: where it is all that is allowed, as where nothing is, no more is owed.
    Where no column has it, whatever is owed is more than 0.00.
    """
    known = pl.lit(0) if deductible is None else pl.col(deductible).fill_null(0)
    return (pl.col(allowed) != known).fill_null(value=False)


def where_on_file(owed: str, unsaid: pl.Expr) -> pl.Expr:
    """Give what patients owe but where it is `unsaid`: 0.00 would say that nothing is owed."""
    return pl.when(~(unsaid & (pl.col(owed) == 0)).fill_null(value=False)).then(owed).alias(owed)


def owed_on_file(
    owed: Decimal | None, allowed: Decimal | None, deductible: Decimal | None
) -> Decimal | None:
    """Give what is owed of amounts, as `where_on_file` does, of a payer that says no coinsurance.

    None where 0.00 would say that nothing is owed.
    """
    return owed if owed or allowed == (deductible or 0) else None


def is_left_blank(owed: str) -> pl.Expr:
    """Whether what a patient owes of a line with an amount is not known."""
    return pl.col(owed).is_null() & pl.col("allowed_amount").is_not_null()


def _without_a_price(payer: Payer) -> Iterator[str]:
    """Name the rates that pay only what Medicare has no price for."""
    for rule in payer.rules:
        for value in rule.terms.values():
            if isinstance(value, Rates) and rule.name == "contract_rate":
                yield from (rate.name for rate in value.each if rate.unpriced)


def of_claims(payer: Payer, given: Collection[str], days: Collection[str]) -> Iterator[str]:
    """Say which rates and limits could pay no line, and of which days none pays.

    `given` are the columns that the claims have, `days` their days of service (ISO).
    """
    begins = payer.rate_begins
    if begins is not None and days and (first := min(days)) < begins.isoformat():
        yield (
            f"{payer.name}'s rate for every line begins on {begins}, and the claims on {first}:"
            " lines of earlier days are paid as Medicare does, at 100 percent, where no other rate"
            " fits. Write the rate of those days too."
        )
    processed = [day for rule in payer.rules for day in rule.processed_days]
    if processed and PROCESSED not in given and days and min(days) < max(processed).isoformat():
        yield (
            f"{payer.name} has terms that begin with claims processed from {max(processed)} on, and"
            f" the claims have no column {PROCESSED}: of lines of earlier service the day of"
            " service stands for it, with a note on each line that it may change."
        )
    for rule in payer.rules:
        for value in rule.terms.values():
            if isinstance(value, Rates) and rule.name == "contract_rate":
                yield from _of_rates(payer.name, value, given)


def _of_rates(payer: str, rates: Rates, given: Collection[str]) -> Iterator[str]:
    limits = [("", limit) for limit in (rates.not_under, rates.not_over)]
    for rate in rates.each:
        for asked, columns in _asked(rate):
            if not {*columns} & {*given}:
                # A taxonomy code that stands as the specialty is read as one.
                paid = (
                    "it can pay only lines whose rendering_specialty is a taxonomy code"
                    if columns == ("rendering_taxonomy",) and "rendering_specialty" in given
                    else "it paid no line"
                )
                yield (
                    f"{payer}: {rate.name} is for {asked}, and the claims have no column"
                    f" {' or '.join(columns)}: {paid}."
                )
        limits += [(f"{rate.name}, ", limit) for limit in rate.limits]
    for of, limit in limits:
        if _is_of_charge(limit) and "charge_amount" not in given:
            yield (
                f"{payer}: {of}the limit of a percentage of the charge is left out, for the claims"
                " have no column charge_amount."
            )


def _asked(rate: Rate) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give what of a line a rate asks for, in words, and the columns of which one must say it."""
    if rate.specialty:
        by = {
            "rendering_specialty" if len(each) == 2 else "rendering_taxonomy"
            for each in rate.specialty
        }
        yield f"specialty {' '.join(rate.specialty)}", tuple(sorted(by))
    if rate.practitioner_type and "physician" not in rate.practitioner_type:
        types = " ".join(rate.practitioner_type)
        yield f"practitioner_type {types}", ("practitioner_type", "rendering_taxonomy")
    if rate.pays == "percent_of_charge":
        yield "a percentage of the charge", ("charge_amount",)


def _is_of_charge(limit: RateLimit | None) -> bool:
    return limit is not None and limit.of == "percent_of_charge"


def _with_amount(name: str, totals: Mapping[str, str]) -> str:
    label, amount = name.replace("_", " "), totals.get(TAKEN.get(name, ""))
    return f"{label} ({amount})" if amount else label
