"""Contract rate: what a payer's contract pays of Medicare, of the charge, or in dollars."""

from collections.abc import Sequence

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.dated import Dated
from payrules.engine.rates import NO_RATES, PARTS, WITHOUT_PRICE, Rate, Rates
from payrules.engine.rule import PRICED, Adjustment, Note, Outcome, note, pay, rule, scale
from payrules.money import short_text

RATE = pl.col("_rate")


def _of_rate(number: int, rate: Rate) -> Outcome:
    """Pay what a rate says; a line that Medicare has no price for is priced by it."""
    return pay(
        RATE.eq(number),
        rate.paid,
        rate.in_words,
        factor=rate.value.on() if rate.pays == "percent_of_medicare" and rate.value else None,
        carc="45",
        cites=pl.lit(rate.cites),
    )


def _is_no_whole(rate: Rate) -> Note:
    """Leave a remark where a rate in dollars is for the code, and the line no whole service."""
    return note(
        rate.is_for & billed_with(*PARTS) & (pl.col("status") == PRICED),
        f"contract, {rate.name}: the dollars are for the whole service, and this line's modifier is"
        " for a part, both sides or a role: priced without them",
    )


def _by_factor(number: int, rate: Rate) -> Outcome:
    """Name the factor that made the fee, of which all rules' amounts are: it changes none now."""
    return Outcome(when=RATE.eq(number), sets={}, detail=rate.in_words, cites=pl.lit(rate.cites))


def _priced_anew(number: int, rate: Rate) -> Outcome:
    """Price a line without an amount, or above it: what reduced it before is no longer true."""
    priced = _of_rate(number, rate)
    is_less = (pl.col("status") == PRICED) & (rate.paid < pl.col("amount"))
    return Outcome(
        when=priced.when & ~is_less,
        sets={**priced.sets, "status": pl.lit(PRICED, dtype=pl.UInt8)},
        detail=priced.detail,
        cites=priced.cites,
    )


@rule(
    cites="the payer's contract",
    effective="1992-01-01",
    every_schedule=True,
    reads=("hcpcs_code", "service_date"),
)
def contract_rate(
    *,
    overall: Dated | None = None,
    by_code: Sequence[tuple[str, str, Dated]] = (),
    rates: Rates = NO_RATES,
) -> Adjustment:
    """A percentage of what Medicare allows; the first rate or code range that fits decides.

    Decisions: rates are asked before ranges of codes, and those before the overall percentage. A
    rate in dollars is the price agreed for a unit of the whole service, and stands in place of what
    ranking left: a line with a modifier for a part of it, both sides or a role is not paid by it
    unless the rate names the modifier, and has a note. A code that contractors price, or that the
    schedule does not list, is priced by a rate of the charge or in dollars; what a modifier left to
    a person stays there, and what Medicare denies or bundles is paid nothing.
    """
    code = pl.col("hcpcs_code")
    share = pl.lit(None, dtype=pl.Int64) if overall is None else overall.on()
    for first, last, dated in reversed(by_code):
        share = (
            pl.when(code.is_between(pl.lit(first), pl.lit(last))).then(dated.on()).otherwise(share)
        )
    facts = {"_share": share}
    of_rates: list[Outcome] = []
    for number, rate in enumerate(rates.each):
        if rate.factors:
            of_rates.append(_by_factor(number, rate))
            continue
        if rate.pays != "percent_of_medicare":
            of_rates.append(_priced_anew(number, rate))
        of_rates.append(_of_rate(number, rate))
    if rates.each:
        facts["_rate"] = rates.first_that_fits()
    return Adjustment(
        among=pl.lit(value=True),
        standing=(PRICED, *WITHOUT_PRICE) if rates.each else (PRICED,),
        facts=(facts,),
        notes=tuple(_is_no_whole(rate) for rate in rates.each if rate.is_of_whole),
        outcomes=(
            *of_rates,
            scale(
                pl.col("_share").is_not_null() & (pl.col("status") == PRICED),
                pl.col("_share"),
                pl.format(
                    "contract: {} % of Medicare",
                    short_text(pl.col("_share"), 2),
                ),
                carc="45",
            ),
        ),
    )
