"""Case rates: which lines of a session a contract's flat or case rate pays for, and how much.

A case is a code's lines in a session, all its units and sides, at one rate. The frames here are of
lines with `row`, `session`, `line_order`, and `_rate`, the number of the first rate that fits.
"""

from dataclasses import replace

import polars as pl

from payrules.dated import PROCESSED
from payrules.engine.codes import in_codes
from payrules.engine.rate_limits import RateLimit, RateLimits
from payrules.engine.rate_list import Rates
from payrules.engine.rates import Rate
from payrules.engine.session import SESSION

RATE = pl.col("_rate")
#: What the columns that `told_of_cases` adds are of a line that is in no case.
NOTHING = pl.lit(None, dtype=pl.String)


def limits_of_session(rates: Rates, rate: Rate) -> RateLimits:
    """Give the limits of a flat or case rate: its own, and those of all charges the contract pays.

    Decision: a limit of the whole contract in dollars a unit, or of a percentage of Medicare, has
    no answer for a session, of which Medicare's amount is not worked out (`unanswered`).
    """

    def of_all(limit: RateLimit | None) -> RateLimit | None:
        if limit is None or limit.of != "percent_of_charge":
            return None
        return replace(limit, of_session=True)

    return Rates((), of_all(rates.not_under), of_all(rates.not_over)).limits_of(rate)


def unanswered(rates: Rates) -> tuple[tuple[str, RateLimit], ...]:
    """Give the limits of the whole contract that are not asked of a session, with their names."""
    limits = rates.limits_of(None).each
    return tuple((name, limit) for name, limit in limits if limit.of != "percent_of_charge")


def told_of_cases(lines: pl.DataFrame, rates: Rates) -> pl.DataFrame:
    """Join to each line the case it is paid in, null where it is in none.

    `_case` is the row of the case's first line, `_is_own` whether the line is of the case's code;
    `_cents` what is paid, `_words` and `_cites` what decided it, `_charge` the sum of its charges
    (null where one is unknown), `_claim` and `_line` name its first line.
    """
    cases = _standing(_cases(lines, rates), rates)
    members = _members(lines, cases, rates)
    charge = pl.col("charge_amount")
    charges = (
        lines.select("row", "charge_amount")
        .join(members, on="row")
        .group_by("_case")
        .agg(charge_amount=pl.when(~charge.is_null().any()).then(charge.sum()))
    )
    named = lines.select(
        _case=pl.col("row").cast(pl.Int64), _claim="claim_id", _line="claim_line_number"
    )
    paid = cases.join(charges, on="_case", how="left").join(named, on="_case", how="left")
    told = paid.select("_case", "_claim", "_line", _charge="charge_amount", **_paid(rates))
    return lines.join(members, on="row", how="left").join(told, on="_case", how="left")


def _cases(lines: pl.DataFrame, rates: Rates) -> pl.DataFrame:
    """Give each case of the lines: its session and code, rate, first line, and amount."""
    cents = pl.lit(None, dtype=pl.Int64)
    for number, rate in rates.of_session:
        cents = pl.when(number == RATE).then(rate.paid).otherwise(cents)
    days = [name for name in ("service_date", PROCESSED) if name in lines.columns]
    return (
        lines.filter(RATE.is_in([number for number, _ in rates.of_session]))
        .with_columns(_own=cents)
        .sort("line_order")
        .group_by(SESSION, "hcpcs_code", "_rate", maintain_order=True)
        .agg(
            pl.col("row").first().cast(pl.Int64).alias("_case"),
            pl.col("_own", *days).first(),
            pl.col("line_order").first().alias("_order"),
        )
    )


def _standing(cases: pl.DataFrame, rates: Rates) -> pl.DataFrame:
    """Give the cases that are paid: all but those whose code a higher one that is paid includes.

    Of equal amounts the one billed first is the higher.
    """
    own, other = pl.col("_own"), pl.col("_own_right")
    is_first = pl.col("_order_right") < pl.col("_order")
    pairs = (
        cases.join(cases.select(SESSION, "_case", "_rate", "_own", "_order"), on=SESSION)
        .filter((other > own) | ((other == own) & is_first))
        .filter(_included_by(rates, "_rate_right"))
    )
    paid = cases
    while True:
        # Each round settles the next highest of a session: what is within a paid one is not paid.
        within = pairs.filter(pl.col("_case_right").is_in(paid["_case"].implode()))["_case"]
        now = cases.filter(~pl.col("_case").is_in(within.implode()))
        if now["_case"].equals(paid["_case"]):
            return paid
        paid = now


def _members(lines: pl.DataFrame, cases: pl.DataFrame, rates: Rates) -> pl.DataFrame:
    """Give the lines of each case: those of its code and rate, and those that it includes."""
    theirs = cases.select(SESSION, "_case", "_own", "_order", _code="hcpcs_code", _of_rate="_rate")
    met = lines.select("row", SESSION, "hcpcs_code", "_rate").join(theirs, on=SESSION)
    is_own = (pl.col("hcpcs_code") == pl.col("_code")) & RATE.eq_missing(pl.col("_of_rate"))
    own = met.filter(is_own)
    # What an earlier rate fits, that is none of a session, is carved out of the case.
    carved_out = (pl.col("_of_rate") > RATE) & RATE.is_in([number for number, _ in rates.by_line])
    included = (
        met.join(own.select("row"), on="row", how="anti")
        .filter(_included_by(rates, "_of_rate") & ~carved_out.fill_null(value=False))
        .sort("_own", "_order", descending=[True, False])
        .unique("row", keep="first", maintain_order=True)
    )
    return pl.concat(
        [
            own.select("row", "_case", _is_own=pl.lit(value=True)),
            included.select("row", "_case", _is_own=pl.lit(value=False)),
        ]
    )


def _included_by(rates: Rates, of: str) -> pl.Expr:
    """Say whether the rate whose number stands in a column includes a line's code."""
    included = pl.lit(value=False)
    for number, rate in rates.of_session:
        of_it = pl.lit(value=True) if rate.includes_all else in_codes(rate.includes)
        included = pl.when(pl.col(of) == number).then(of_it).otherwise(included)
    return included


def _paid(rates: Rates) -> dict[str, pl.Expr]:
    """Give what a case is paid within its limits, in words, and the page of what decides it."""
    cents, words, cites = pl.lit(None, dtype=pl.Int64), NOTHING, NOTHING
    for number, rate in rates.of_session:
        limits = limits_of_session(rates, rate)
        said, source = rate.in_words, pl.lit(rate.cites)
        for place, (name, limit) in enumerate(limits.each):
            decides = limits.deciding(rate.paid).eq_missing(place)
            limited = pl.format("{}, but {} {}", rate.in_words, pl.lit(name), limit.in_words)
            said = pl.when(decides).then(limited).otherwise(said)
            source = pl.when(decides).then(pl.lit(limit.cites)).otherwise(source)
        of_it = number == RATE
        cents = pl.when(of_it).then(limits.applied(rate.paid)).otherwise(cents)
        words = pl.when(of_it).then(said).otherwise(words)
        cites = pl.when(of_it).then(source).otherwise(cites)
    return {"_cents": cents, "_words": words, "_cites": cites}
