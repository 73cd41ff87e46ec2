"""Status code: whether the physician fee schedule pays a code at all."""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.engine.rate_list import NO_RATES, Rates
from payrules.engine.rates import ENDED, NOT_PAID
from payrules.engine.rule import (
    Adjustment,
    Note,
    Outcome,
    bundle,
    deny_noncovered,
    leave_off,
    note,
    refer,
    rule,
)

STATUS, CODE = pl.col("status_code"), pl.col("hcpcs_code")
CONSULTATIONS = (("99242", "99245"), ("99252", "99255"))
PROLONGED = ("99417", "99418")
#: Codes that Medicare replaces by others, and what to bill.
INSTEAD = (
    pl.when(pl.any_horizontal(CODE.is_between(pl.lit(a), pl.lit(b)) for a, b in CONSULTATIONS))
    .then(pl.lit("; bill the visit code; AI on the admitting physician's first hospital visit"))
    .when(CODE.is_in(PROLONGED))
    .then(
        pl.lit(
            "; Medicare's prolonged visits are G2212 (with 99205, 99215, 99483), G0316 (99223,"
            " 99233, 99236), G0317 (99306, 99310) and G0318 (99345, 99350)"
        )
    )
    .otherwise(pl.lit(""))
)
PRICE = pl.col("_price")


def _of_prices(rates: Rates) -> Iterator[Note]:
    """Leave a remark where a contract pays what Medicare bundles, or names what it does not pay."""
    for number, each in enumerate(rates.each):
        if each.in_dollars:
            yield note(
                (number == PRICE) & (STATUS != "N"),
                pl.format(
                    "Medicare bundles this code (status {}); the payer's own price is paid", STATUS
                ),
                of_amount=True,
            )
        elif each.codes and not each.unpriced:
            yield note(
                STATUS.is_in(NOT_PAID) & each.is_for & (number == PRICE),
                f"contract, {each.name}: a percentage of the charge is no price of the payer's own,"
                " so that it pays no code that Medicare bundles or does not cover; write an amount"
                " where it is meant to",
            )


def _has_a_price(rates: Rates) -> Iterator[Outcome]:
    """Leave a code that Medicare does not pay to the contract's own dollars for it."""
    does = pl.when(STATUS == "N").then(pl.lit("does not cover")).otherwise(pl.lit("bundles"))
    for number, each in enumerate(rates.each):
        if each.in_dollars:
            said = pl.format(
                "status {}: Medicare {} this service; contract, {}: the payer's own price is paid",
                STATUS,
                does,
                pl.lit(each.name),
            )
            yield replace(leave_off(PRICE.eq(number), said), cites=pl.lit(each.cites))


@rule(
    cites="CMS RVU file documentation, Attachment A, status code; Pub. 100-04, ch. 12, §30.6.10",
    effective="1992-01-01",
    kind="edit",
    reads=("status_code", "has_rvus", "hcpcs_code"),
)
def status_code(*, own_prices: Rates = NO_RATES) -> Adjustment:
    """Only codes of status A, R, T (and J, anesthesia) can be paid by the fee schedule.

    Decision: a contract's rate in dollars is a price, whatever Medicare's status says of the code,
    as a payer's own fee schedule is: who sets a price for a code that Medicare bundles or does not
    cover means to pay it. A percentage of the charge is none, and what Medicare bundles (B, P) or
    does not cover (N) it does not pay. A modifier that ends a line ends this one, too.
    """
    rates = own_prices.each
    price = pl.lit(None, dtype=pl.Int64)
    for number, each in reversed([*enumerate(rates)]):
        if not each.unpriced:
            price = pl.when(each.is_asked).then(number).otherwise(price)
    price = pl.when(STATUS.is_in(NOT_PAID) & ~billed_with(*ENDED)).then(price)
    return Adjustment(
        among=STATUS.is_in(list("BCDEFGHIMNPRX")),
        facts=({"_price": price},) if rates else (),
        notes=tuple(_of_prices(own_prices)),
        outcomes=(
            *_has_a_price(own_prices),
            refer(STATUS == "C", "status C: contractor-priced"),
            refer(
                (STATUS == "R") & ~pl.col("has_rvus"),
                "status R without RVUs: restricted coverage, contractor-priced",
            ),
            bundle(
                STATUS.is_in(["B", "P"]),
                pl.format(
                    "status {}: payment is always bundled into another service", "status_code"
                ),
                carc="97",
            ),
            deny_noncovered(
                STATUS == "N",
                "Medicare's status N: Medicare does not cover this service",
                carc="96",
            ),
            leave_off(
                STATUS != "R",
                pl.format(
                    "status {}: the physician fee schedule does not pay this code{}",
                    STATUS,
                    pl.when(STATUS == "I").then(INSTEAD).otherwise(pl.lit("")),
                ),
            ),
        ),
    )
