"""Contract rate: what a payer's contract pays of Medicare, of the charge, or in dollars."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from payrules.code_ranges import in_ranges
from payrules.dated import Dated
from payrules.engine.rate_limits import AS_LEFT, RateLimit, RateLimits
from payrules.engine.rate_list import NO_RATES, Rates
from payrules.engine.rates import CHARGE, WITHOUT_PRICE, Rate
from payrules.engine.rule import PRICED, Adjustment, Note, Outcome, note, pay, rule, scale
from payrules.money import percentage, short_text

RATE = pl.col("_rate")
#: What may be charged without assignment is a multiple of these: of the line, and of one unit.
BEFORE = pl.col("amount_before_nonparticipating")
UNIT = pl.coalesce("capped_fee", "fee_schedule_amount", "anesthesia_amount")


def _chargeable(
    amount: pl.Expr, share: pl.Expr | None = None, *, of_unit: pl.Expr | None = None
) -> dict[str, pl.Expr]:
    """Keep what the contract pays in full, of the line and of a unit: a limit is a multiple of it.

    Where a `share` decides it is that of both; else the amount, which no reduction was taken of.
    """
    line, unit = amount, amount if of_unit is None else of_unit
    if share is not None:
        line = pl.coalesce(percentage(BEFORE, share), amount)
        unit = pl.coalesce(percentage(UNIT, share), unit)
    return {
        "amount_before_nonparticipating": pl.when(BEFORE.is_not_null()).then(line),
        "contract_fee": unit,
    }


def _of_rate(number: int, rate: Rate) -> Outcome:
    """Pay what a rate says; a line that Medicare has no price for is priced by it."""
    return pay(
        RATE.eq(number),
        rate.paid,
        rate.in_words,
        factor=rate.value.on() if rate.pays == "percent_of_medicare" and rate.value else None,
        carc="45",
        cites=pl.lit(rate.cites),
        sets=_chargeable(
            rate.paid,
            rate.value.on() if rate.pays == "percent_of_medicare" and rate.value else None,
            of_unit=rate.of_unit if rate.pays == "amount" else None,
        ),
    )


def _is_no_whole(rate: Rate) -> Note:
    """Leave a remark where a rate in dollars is for the code, and the line no whole service."""
    return note(
        rate.is_for & rate.is_for_a_part & (pl.col("status") == PRICED),
        f"contract, {rate.name}: the dollars are for the whole service, and this line is for a"
        " component of it, or was ended (53): priced without them",
    )


def _lacks(number: int, rate: Rate) -> Iterator[Note]:
    """Leave a remark where a line lacks what a rate asks for, and is paid by none before it.

    It is paid by the next rate, or as Medicare does, and with the charge or the specialty it might
    not be.
    """
    statuses = WITHOUT_PRICE if rate.unpriced else (PRICED,)
    waits = RATE.is_null() | (number < RATE)
    waits &= pl.any_horizontal(pl.col("status") == each for each in statuses)
    if rate.pays == "percent_of_charge":
        yield note(
            waits & rate.is_for & CHARGE.is_null() & rate.is_in_force,
            f"contract, {rate.name}: a percentage of the charge, and the line has none"
            f"{'' if rate.unpriced else ': priced without it'}",
            of_amount=True,
        )
    if rate.specialty:
        named = pl.col("rendering_taxonomy").is_not_null()
        named |= pl.col("rendering_specialty").is_not_null()
        # Of claims that name none at all the run says so, once.
        yield note(
            waits & replace(rate, specialty=()).is_for & ~named & named.any() & rate.is_in_force,
            f"contract, {rate.name}: for specialty {' '.join(rate.specialty)}, and the line names"
            " none: priced without it",
            of_amount=True,
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


def _within(
    limits: RateLimits,
    met: pl.Expr,
    paid: pl.Expr,
    said: pl.Expr,
    *,
    factor: pl.Expr | None = None,
    cites: str | None = None,
    in_dollars: bool = False,
    of_unit: pl.Expr | None = None,
    by_factor: bool = False,
) -> tuple[Outcome, ...]:
    """Pay what a rate says within its limits; the step names the limit that decides, and its page.

    What is paid `in_dollars`, or at a floor of the charge or in dollars, is priced anew, unless it
    is less than the amount: what reduced it before is no longer true. A share of Medicare keeps it.
    """
    amount, deciding = limits.applied(paid), limits.deciding(paid)
    words, source, anew = said, pl.lit(cites, dtype=pl.String), pl.lit(value=in_dollars)
    for place, (name, limit) in enumerate(limits.each):
        decides = deciding.eq_missing(place)
        is_floor, of_medicare = place < len(limits.floors), limit.of in AS_LEFT
        named = pl.format("{}, but {} {}", said, pl.lit(name), limit.in_words)
        words = pl.when(decides).then(named).otherwise(words)
        source = pl.when(decides).then(pl.lit(limit.cites)).otherwise(source)
        still_anew = not of_medicare and (is_floor or in_dollars)
        anew = pl.when(decides).then(pl.lit(value=still_anew)).otherwise(anew)
    is_less = (pl.col("status") == PRICED) & (amount < pl.col("amount"))
    by_share = None if factor is None else pl.when(deciding.is_null()).then(factor)
    chargeable = _chargeable(
        amount,
        by_share if of_unit is None else None,
        of_unit=None if of_unit is None else pl.when(deciding.is_null()).then(of_unit),
    )
    chargeable["contract_fee"] = pl.coalesce(chargeable["contract_fee"], amount)
    if by_factor:  # which made the fee
        kept = deciding.is_null()
        chargeable = {
            "amount_before_nonparticipating": pl.when(kept)
            .then(BEFORE)
            .otherwise(chargeable["amount_before_nonparticipating"]),
            "contract_fee": pl.when(~kept).then(amount),
        }
    return (
        Outcome(
            when=met & anew & ~is_less,
            sets={"amount": amount, "status": pl.lit(PRICED, dtype=pl.UInt8), **chargeable},
            detail=words,
            cites=source,
        ),
        pay(
            met,
            amount,
            words,
            factor=by_share,
            carc="45",
            cites=source,
            sets=chargeable,
        ),
    )


def _of_rate_within(number: int, rate: Rate, limits: RateLimits) -> tuple[Outcome, ...]:
    """Pay what a rate says within its limits and the contract's."""
    return _within(
        limits,
        RATE.eq(number),
        # A factor made the fee, of which all rules' amounts are.
        pl.col("amount") if rate.factors else rate.paid,
        rate.in_words,
        factor=rate.value.on() if rate.pays == "percent_of_medicare" and rate.value else None,
        cites=rate.cites,
        in_dollars=rate.pays in {"amount", "percent_of_charge"},
        of_unit=rate.of_unit if rate.pays == "amount" else None,
        by_factor=bool(rate.factors),
    )


def _of_no_rate_within(limits: RateLimits) -> tuple[Outcome, ...]:
    """Keep what no rate pays within the contract's limits: a percentage of Medicare, or all."""
    share, amount = pl.col("_share"), pl.col("amount")
    has_share = share.is_not_null()
    paid = pl.when(has_share).then(percentage(amount, share)).otherwise(amount)
    said = pl.format("contract: {} % of Medicare", short_text(share, 2))
    return _within(
        limits,
        (pl.col("status") == PRICED) & (has_share | limits.deciding(paid).is_not_null()),
        paid,
        pl.coalesce(said, pl.lit("contract: the amount")),
        factor=share,
    )


def _left_out(rates: Rates) -> Iterator[Note]:
    """Leave a remark where a limit is for a line and cannot be asked of it."""
    priced = pl.col("status") == PRICED
    if rates.by_line:
        priced |= RATE.is_not_null()
    limited: list[tuple[str, pl.Expr, str, RateLimit]] = [
        ("contract", priced, name, limit) for name, limit in rates.limits_of(None).each
    ]
    for number, rate in rates.by_line:
        own = Rates((), rate.not_under, rate.not_over).limits_of(None)
        limited += [
            (f"contract, {rate.name}", RATE.eq(number), name, limit) for name, limit in own.each
        ]
    for label, met, name, limit in limited:
        if limit.left_out is not None:
            when, why = limit.left_out
            said = pl.format(
                "{}: {} {} is {}", *map(pl.lit, (label, name)), limit.in_words, pl.lit(why)
            )
            yield note(met & when, said, of_amount=True)


@rule(
    cites="the payer's contract",
    effective="1992-01-01",
    every_schedule=True,
    reads=(
        *("hcpcs_code", "service_date", "amount_before_nonparticipating", "capped_fee"),
        *("fee_schedule_amount", "anesthesia_amount"),
    ),
)
def contract_rate(
    *,
    overall: Dated | None = None,
    by_code: Sequence[tuple[str, str, Dated]] = (),
    rates: Rates = NO_RATES,
) -> Adjustment:
    """What a contract pays: of Medicare, of the charge or in dollars; the first that fits decides.

    Decisions: rates are asked before ranges of codes, and those before the overall percentage. A
    rate in dollars is the price agreed for a unit of the whole service, and stands in place of what
    ranking left, and of a practitioner's share. Both sides, a part or a role are paid of it what
    the payer's terms leave of a fee (150 percent, 16 percent), unless the rate names the modifier:
    then it is the price of that. A component (26, TC) is not paid by it, and has a note. A
    percentage of the charge is one of what was charged for the line, in place of all that reduced
    its fee, and the step says so. A code that contractors price, or that the schedule does not
    list, is priced by a rate of the charge or in dollars; what a modifier left to a person stays
    there, and what edits and modifiers deny is paid nothing (of a line without a price no edit of
    units or pairs is asked: the run says so); of a code that Medicare bundles or does not cover see
    `payrules.rules.status_code`. A rate for what has no price pays nothing whose price stands in a
    file that is not at hand, or lacks its minutes.

    A flat or case rate is one of a session, and stands where its lines are first looked at: see
    `payrules.rules.case_rate`.

    Decision: a floor or ceiling (`not_under`, `not_over`) is asked of what the line's rate pays, in
    the same step; that of the whole contract also of a line that no rate pays. A percentage of
    Medicare is one of what Medicare's rules and the payer's shares left of the line (half of it for
    52 at half), as the rate's own is; so are another schedule's dollars, and a code that it does
    not list has no such limit. A limit that a line gives no answer to (no charge; dollars for the
    whole service, and a part of it billed) is left out, with a note; so is a rate of the charge on
    a line without one, and a specialty's on a line that names none beside others that do.
    """
    code = pl.col("hcpcs_code")
    share = pl.lit(None, dtype=pl.Int64) if overall is None else overall.on()
    for first, last, dated in reversed(by_code):
        share = pl.when(in_ranges(code, [(first, last)])).then(dated.on()).otherwise(share)
    facts = {"_share": share}
    of_rates: list[Outcome] = []
    for number, rate in rates.by_line:
        if limits := rates.limits_of(rate):
            of_rates += _of_rate_within(number, rate, limits)
            continue
        if rate.factors:
            of_rates.append(_by_factor(number, rate))
            continue
        if rate.pays != "percent_of_medicare":
            of_rates.append(_priced_anew(number, rate))
        of_rates.append(_of_rate(number, rate))
    if rates.by_line:
        facts["_rate"] = rates.first_that_fits(rates.by_line)
    overall_limits = rates.limits_of(None)
    return Adjustment(
        among=pl.lit(value=True),
        standing=(PRICED, *WITHOUT_PRICE) if rates.by_line else (PRICED,),
        facts=(facts,),
        notes=(
            *(_is_no_whole(rate) for _, rate in rates.by_line if rate.is_of_whole),
            *(each for number, rate in rates.by_line for each in _lacks(number, rate)),
            *_left_out(rates),
        ),
        outcomes=(
            *of_rates,
            *(_of_no_rate_within(overall_limits) if overall_limits else ()),
            scale(
                pl.col("_share").is_not_null() & (pl.col("status") == PRICED),
                pl.col("_share"),
                pl.format(
                    "contract: {} % of Medicare",
                    short_text(pl.col("_share"), 2),
                ),
                carc="45",
                sets=_chargeable(pl.col("amount"), pl.col("_share")),
                of_term="overall by_code",
            ),
        ),
    )
