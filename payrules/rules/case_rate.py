"""Case rate: one amount of a contract for a code's session, or for all of a session it includes."""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from payrules.engine.case_rates import limits_of_session, told_of_cases, unanswered
from payrules.engine.codes import in_codes
from payrules.engine.rate_list import NO_RATES, Rates
from payrules.engine.rates import WITHOUT_PRICE
from payrules.engine.rule import (
    PRICED,
    Adjustment,
    Hints,
    Note,
    Outcome,
    Tables,
    bundle,
    note,
    pay,
    rule,
)
from payrules.engine.session import SESSION
from payrules.few import at_hand

CASE = pl.col("_case")
IS_FIRST = pl.col("row").cast(pl.Int64) == CASE
IN_CASE = {"case": CASE}


def _within_the_case() -> Iterator[Outcome]:
    """Pay nothing on a case's further lines: what they are worth is in its amount."""
    paid_on = pl.format("claim {} line {}", "_claim", "_line")
    for when, said in (
        (pl.col("_is_own"), "in the session's amount, paid on"),
        (~pl.col("_is_own"), "included in the session's amount, paid on"),
    ):
        why = pl.format("{}, {} {}", pl.col("_words"), pl.lit(said), paid_on)
        within = bundle(CASE.is_not_null() & when, why, carc="97")
        yield replace(within, sets={**within.sets, **IN_CASE}, cites=pl.col("_cites"))


def _remarks(rates: Rates) -> Iterator[Note]:
    """Leave a remark where a line is not paid by the rate of its code, and on limits not asked."""
    for _, rate in rates.of_session:
        if rate.is_of_whole:
            yield note(
                rate.is_for & rate.is_for_a_part & (pl.col("status") == PRICED) & CASE.is_null(),
                f"contract, {rate.name}: the dollars are for the whole service, and this line's"
                " modifier is for a part or a role: priced without them",
            )
    for name, limit in unanswered(rates):
        yield note(
            IS_FIRST & limit.is_in_force,
            pl.format(
                "contract: {} {} is left out, for the amount is of a whole session",
                pl.lit(name),
                limit.in_words,
            ),
        )
    for number, rate in rates.of_session:
        for name, limit in limits_of_session(rates, rate).each:
            if limit.of == "percent_of_charge":
                yield note(
                    IS_FIRST
                    & (pl.col("_rate") == number)
                    & pl.col("_charge").is_null()
                    & limit.is_in_force,
                    pl.format(
                        "contract, {}: {} {} is left out, for a line of the session has no charge",
                        *map(pl.lit, (rate.name, name)),
                        limit.in_words,
                    ),
                )


@rule(
    cites="the payer's contract",
    effective="1992-01-01",
    every_schedule=True,
    reads=(
        *("hcpcs_code", "service_date", "claim_id", "claim_line_number", "line_order"),
        *("charge_amount", "modifiers", SESSION),
    ),
)
def case_rate(*, own_rates: Rates = NO_RATES) -> Adjustment:
    """One amount for the session of a code (flat rate), with the codes it includes (case rate).

    Decisions, where contracts are silent. A session is the person's, day's and practitioner's, an
    assistant's apart, whatever claim a line is on; 59 or 76 make no other. The amount is that of
    all units, sides and lines of the code, and stands on the first of them; the others, and the
    lines of codes that it includes, are bundled into it at 0.00. It stands alone: its lines are
    in no ranking, reduce and are reduced by nothing, and shares for modifiers, practitioners and
    roles are not taken of it. A line for a part or by a role (26, 54, 62, 80) is not paid by it,
    unless the rate names the modifier. Of two that meet in a session the higher is paid and the
    other's lines are included, where it lists their code; else each is paid. A line that an earlier
    rate of no session fits is carved out, and paid by that one. A limit is of the session: its own
    of all its charges, and the lesser of charge too.
    """
    rates = own_rates
    codes = [rate.codes for _, rate in rates.of_session]
    triggers = [in_codes(each) if each else pl.lit(value=True) for each in codes]

    def with_cases(pool: pl.LazyFrame, _tables: Tables) -> pl.LazyFrame:
        return told_of_cases(at_hand(pool), rates).lazy()

    of_first = {
        **IN_CASE,
        "case_charge": pl.col("_charge"),
        # What is owed without assignment is a limit of what the contract pays.
        "amount_before_nonparticipating": pl.col("_cents"),
        "contract_fee": pl.col("_cents"),
    }
    is_less = (pl.col("status") == PRICED) & (pl.col("_cents") < pl.col("amount"))
    return Adjustment(
        among=pl.lit(value=True),
        pool=SESSION,
        standing=(PRICED, *WITHOUT_PRICE),
        hints=Hints(triggers=pl.any_horizontal(triggers) if triggers else pl.lit(value=False)),
        facts=({"_rate": rates.first_that_fits([*enumerate(rates.each)])}, with_cases),
        notes=tuple(_remarks(rates)),
        outcomes=(
            Outcome(
                when=IS_FIRST & ~is_less,
                sets={
                    "amount": pl.col("_cents"),
                    "status": pl.lit(PRICED, dtype=pl.UInt8),
                    **of_first,
                },
                detail=pl.col("_words"),
                cites=pl.col("_cites"),
            ),
            pay(
                IS_FIRST,
                pl.col("_cents"),
                pl.col("_words"),
                carc="45",
                sets=of_first,
                cites=pl.col("_cites"),
            ),
            *_within_the_case(),
        ),
    )
