"""Limits of a contract's rates: what is paid is not under the one, and not over the other."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.dated import Dated, day_of
from payrules.engine import whole_dollars
from payrules.engine.whole_dollars import PARTS
from payrules.frozen import frozen
from payrules.money import WHOLE, dollars, half_up, percentage, short_text

LimitOf = Literal["percent_of_medicare", "percent_of_charge", "amount", "schedule"]
#: Those that are of what Medicare's rules left of the line, as a percentage of Medicare is.
AS_LEFT = ("percent_of_medicare", "schedule")
FEE = pl.coalesce("fee_schedule_amount", "anesthesia_amount")
#: What the schedule says of Medicare's own fee, where a rule asks for it.
OF_MEDICARE = ("medicare_amount", "medicare_anesthesia_factor", "medicare_unknown")
#: Tenths of units made an anesthesia amount: so they are told from it, and Medicare's from them.
_TENTHS = half_up(pl.col("anesthesia_amount") * 1_000, pl.col("anesthesia_factor"))
_OF_ANESTHESIA = pl.col("fee_schedule_amount").is_null() & pl.col("anesthesia_amount").is_not_null()
#: Medicare's own fee of a line, of one unit as `FEE` is: a contract's factor or dollars may make
#: the latter; a price of another schedule (drugs, laboratory tests) is Medicare's.
MEDICARE_FEE = (
    pl.when(pl.col("is_of_other_schedule").fill_null(value=False))
    .then(FEE)
    .when(_OF_ANESTHESIA)
    .then(half_up(_TENTHS * pl.col("medicare_anesthesia_factor"), 1_000))
    .otherwise(pl.col("medicare_amount"))
)


def by_day(values: Sequence[tuple[date, int]], *, processed: bool = False) -> pl.Expr:
    """Give the value in force on a line's day, of service or processing; null before the first."""
    found = pl.lit(None, dtype=pl.Int64)
    day = day_of(processed=processed)
    for first, each in values:
        found = pl.when(day >= first).then(each).otherwise(found)
    return found


def on_its_day(
    of: str,
    value: Dated | None,
    of_cents: pl.Expr,
    *,
    of_session: bool = False,
) -> pl.Expr:
    """Say what a share, or else dollars, are on a line's day: "80 % of the charge"."""
    if value is None:
        per = "for the session" if of_session else "a unit"
        return pl.format("{} {}", dollars(of_cents), pl.lit(per))
    whole = "the session's charges" if of_session else _whole(of)
    return pl.format("{} % of {}", short_text(value.on(), 2), pl.lit(whole))


def cents_by_day(cents: Sequence[tuple[date, int]], per: str) -> str:
    """Write dollars by day: "$310.25 a unit from 2025-01-01"."""
    return "; ".join(f"${each // 100}.{each % 100:02} {per} from {first}" for first, each in cents)


def numbers_by_day(of: str, value: Dated | None, cents: Sequence[tuple[date, int]]) -> str:
    """Write a share, or else dollars, by day: "80 % from 2025-01-01 of the charge"."""
    if value is None:
        return cents_by_day(cents, "a unit")
    shares = (f"{(share * 100).normalize():f} % from {first}" for first, share in value.values)
    return f"{'; '.join(shares)} of {_whole(of)}"


def _as_left(fee: pl.Expr, share: pl.Expr | int = WHOLE) -> pl.Expr:
    """Give a share of another fee in the proportion of a line's amount to its own, cents.

    One rounding; in 128 bits, for of amounts that units carry the products may leave 64. Decision:
    the proportion is the roundest, to a hundredth of a percent, that makes the amount of the fee
    (16 %, not 15.9997 %: the amount is rounded, and what was taken of it was not); else as it is.
    """
    amount, own = (each.cast(pl.Int128) for each in (pl.col("amount"), FEE))
    other = fee.cast(pl.Int128) * share
    left = half_up(other * amount, own * WHOLE)
    for finest in (1, 10, 100):  # ten-thousandths, the roundest last
        part = half_up(amount * WHOLE, own * finest) * finest
        makes_it = half_up(own * part, WHOLE) == amount
        left = pl.when(makes_it).then(half_up(other * part, WHOLE * WHOLE)).otherwise(left)
    return left.cast(pl.Int64, strict=False)


def _of_medicare(share: pl.Expr) -> pl.Expr:
    """Give a share of what Medicare's rules leave of its own fee of a line, cents.

    That is its fee in the proportion in which they left the line of the fee it is paid by.
    """
    as_it_is = percentage(pl.col("amount"), share)
    by_units = MEDICARE_FEE.cast(pl.Int128) * pl.col("units_thousandths") * share
    whole = half_up(by_units, 1_000 * WHOLE).cast(pl.Int64, strict=False)
    return (
        pl.when(MEDICARE_FEE.eq_missing(FEE))
        .then(as_it_is)
        .when(FEE > 0)
        .then(_as_left(MEDICARE_FEE, share))
        .when(~billed_with(*PARTS))
        .then(whole)
    )


def _whole(of: str) -> str:
    return "Medicare" if of == "percent_of_medicare" else "the charge"


@frozen
class ScheduleAmounts:
    """Another schedule in dollars, beside that which a line is paid by: what it pays a unit.

    `rows` are (code, modifier, first day, last day, facility, nonfacility), cents; a day is None
    where the row has none.
    """

    name: str
    rows: tuple[tuple[str, str, date | None, date | None, int, int], ...]

    @cached_property
    def of_unit(self) -> pl.Expr:
        """Give its amount of one unit on a line's day and in its setting, cents; null without."""
        found = pl.lit(None, dtype=pl.Int64)
        days = sorted({each[2] or date.min for each in self.rows})
        ends = [each[3] + timedelta(days=1) for each in self.rows if each[3] is not None]
        for first in sorted({*days, *ends}):
            rows = [
                each
                for each in self.rows
                if (each[2] or date.min) <= first <= (each[3] or date.max)
            ]
            found = (
                pl.when(pl.col("service_date") >= first).then(self._of_code(rows)).otherwise(found)
            )
        return found

    @property
    def lists_code(self) -> pl.Expr:
        """Say whether it has the whole service of a line's code on any day."""
        return pl.col("hcpcs_code").is_in(sorted({each[0] for each in self.rows if not each[1]}))

    @staticmethod
    def _of_code(rows: Sequence[tuple[str, str, date | None, date | None, int, int]]) -> pl.Expr:
        codes = [f"{each[0]}-{each[1]}" for each in rows]
        code = pl.concat_str("hcpcs_code", pl.lit("-"), pl.col("row_modifier").fill_null(""))

        def in_setting(place: int) -> pl.Expr:
            amounts = [each[place] for each in rows]
            return code.replace_strict(codes, amounts, default=None, return_dtype=pl.Int64)

        in_facility = pl.col("expense_setting") == "facility"
        return pl.when(in_facility).then(in_setting(4)).otherwise(in_setting(5))


@frozen
class RateLimit:
    """A floor or a ceiling of what is paid: a share of Medicare or the charge, or dollars a unit.

    A percentage is the share `value`, an amount `cents` of one unit by their first days: of the
    whole service, unless the rate it is of names a part or role, and it is for `any_part`. That of
    a flat or case rate is `of_session`: of all its charges, and dollars for it. Its days are those
    of processing where it is `processed`. Decision: another schedule's dollars (`schedule`) are
    taken in the proportion in which Medicare's rules left the line of its own fee, so that second
    procedures and assistants are compared alike. So is Medicare's own fee of a line that a
    contract's factor or dollars price.
    """

    of: LimitOf
    cites: str
    value: Dated | None = None
    cents: tuple[tuple[date, int], ...] = ()
    any_part: bool = False
    of_session: bool = False
    schedule: ScheduleAmounts | None = None
    processed: bool = False

    @property
    def reads(self) -> tuple[str, ...]:
        """Name the columns that it reads."""
        further = {
            "percent_of_medicare": (
                *OF_MEDICARE,
                *("is_of_other_schedule", "fee_schedule_amount", "anesthesia_amount"),
                *("anesthesia_factor", "units_thousandths", "modifiers"),
            ),
            "percent_of_charge": ("charge_amount",),
            "amount": whole_dollars.READS,
            "schedule": (
                *("hcpcs_code", "row_modifier", "expense_setting", "is_of_other_schedule"),
                *("fee_schedule_amount", "anesthesia_amount", "units_thousandths", "modifiers"),
            ),
        }
        return ("service_date", *further[self.of])

    @property
    def of_line(self) -> pl.Expr:
        """Give the limit of a line, cents; null where there is none.

        That is before its first day, without the charge or Medicare's amount it is a share of, and
        of dollars for the whole service on a line for a part of it.
        """
        if self.schedule is not None:
            by_units = half_up(self.schedule.of_unit * pl.col("units_thousandths"), 1000)
            has_fee = (FEE > 0) & ~pl.col("is_of_other_schedule").fill_null(value=False)
            whole = pl.when(~billed_with(*PARTS)).then(by_units)
            return pl.when(has_fee).then(_as_left(self.schedule.of_unit)).otherwise(whole)
        if self.value is not None:
            if self.of == "percent_of_medicare":
                return _of_medicare(self.value.on())
            return percentage(pl.col("charge_amount"), self.value.on())
        if self.of_session:
            return self._cents
        if self.any_part:
            return whole_dollars.of_units(self._cents)
        return pl.when(whole_dollars.HAS_ANSWER).then(whole_dollars.of_line(self._cents))

    @property
    def is_in_force(self) -> pl.Expr:
        """Say whether a line's day is one of its days."""
        if self.schedule is not None:
            return pl.lit(value=True)
        value = self._cents if self.value is None else self.value.on()
        return value.is_not_null()

    @property
    def _cents(self) -> pl.Expr:
        return by_day(self.cents, processed=self.processed)

    @property
    def left_out(self) -> tuple[pl.Expr, str] | None:
        """Say on which lines it cannot be asked, and why; None where it always can."""
        if self.of == "percent_of_charge" and self.value is not None:
            has_none = pl.col("charge_amount").is_null() & self.value.on().is_not_null()
            return has_none, "left out, for the line has no charge"
        if self.schedule is not None:
            return (
                self.schedule.of_unit.is_null() & self.schedule.lists_code,
                "left out, for it lists the code, and not this line's part or day",
            )
        if self.of == "percent_of_medicare" and self.value is not None:
            return (
                _of_medicare(self.value.on()).is_null()
                & (pl.col("medicare_unknown") | MEDICARE_FEE.is_not_null())
                & pl.all_horizontal(pl.col("amount").is_not_null(), self.value.on().is_not_null()),
                "left out, for what Medicare itself pays of this line cannot be told",
            )
        if self.of == "amount" and not self.any_part:
            return (
                ~whole_dollars.HAS_ANSWER & self._cents.is_not_null(),
                "left out, for the dollars are for the whole service, and this line is for a"
                " component of it, was ended (53), or has no price of Medicare's to be a part of",
            )
        return None

    @property
    def in_words(self) -> pl.Expr:
        """Say what it is on a line's day: "80 % of the charge"."""
        if self.schedule is not None:
            of_line = pl.format("{} of ", dollars(self.of_line)).fill_null("the dollars of ")
            return pl.concat_str(of_line, pl.lit(self.schedule.name))
        return on_its_day(self.of, self.value, self._cents, of_session=self.of_session)

    @property
    def in_numbers(self) -> str:
        """Write it by day: "80 % from 2025-01-01 of the charge", of an amount in dollars."""
        if self.schedule is not None:
            return f"dollars of {self.schedule.name}"
        if self.of_session and self.value is None:
            return cents_by_day(self.cents, "for the session")
        return numbers_by_day(self.of, self.value, self.cents)


@frozen
class RateLimits:
    """All floors and ceilings of what a line is paid: of its rate, and of the whole contract.

    Decision: all hold, whatever their order: the highest floor, then the lowest ceiling. Where a
    floor is above a ceiling the ceiling stands, for "in no event more than" is what it says.
    """

    floors: tuple[RateLimit, ...] = ()
    ceilings: tuple[RateLimit, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.floors or self.ceilings)

    @property
    def each(self) -> tuple[tuple[str, RateLimit], ...]:
        """Give every limit with its name, in words."""
        return (
            *(("not under", each) for each in self.floors),
            *(("not over", each) for each in self.ceilings),
        )

    def lifted(self, paid: pl.Expr) -> pl.Expr:
        """Give what is paid at the highest floor, cents; a floor that a line lacks is none."""
        return pl.max_horizontal(paid, *(each.of_line for each in self.floors))

    def applied(self, paid: pl.Expr) -> pl.Expr:
        """Give what is paid within all limits, cents."""
        return pl.min_horizontal(self.lifted(paid), *(each.of_line for each in self.ceilings))

    def deciding(self, paid: pl.Expr) -> pl.Expr:
        """Give the number, in `each`, of the limit that decides; null where none does."""
        lifted, applied = self.lifted(paid), self.applied(paid)
        number = pl.lit(None, dtype=pl.Int64)
        for place, (_, limit) in reversed([*enumerate(self.each)]):
            is_floor = place < len(self.floors)
            by_its_kind = (applied == lifted) & (lifted > paid) if is_floor else applied < lifted
            number = pl.when(by_its_kind & (limit.of_line == applied)).then(place).otherwise(number)
        return number
