"""A rate of a contract: which lines it is for, and what it pays of them."""

from datetime import date
from functools import cached_property
from typing import Literal

import polars as pl

from payrules.claims.modifiers import billed_with, columns_of
from payrules.claims.places_of_service import is_facility
from payrules.code_ranges import ANESTHESIA
from payrules.dated import PROCESSED, Dated, day_of, turning_days
from payrules.engine import whole_dollars
from payrules.engine.adjustment import BY_REPORT, NOT_ON_SCHEDULE, PRICED
from payrules.engine.codes import codes_in_words, in_codes
from payrules.engine.rate_limits import (
    RateLimit,
    by_day,
    cents_by_day,
    numbers_by_day,
    on_its_day,
)
from payrules.engine.whole_dollars import COMPONENTS, IS_COMPONENT, NAMED, PARTS
from payrules.frozen import frozen
from payrules.money import WHOLE, dollars, percentage, scaled_text

Pays = Literal[
    "percent_of_medicare",
    "percent_of_charge",
    "amount",
    "conversion_factor",
    "flat_rate",
    "case_rate",
]
#: One amount for a code's session, whatever its units, sides and lines (`rules.case_rate`).
OF_SESSION: tuple[Pays, ...] = ("flat_rate", "case_rate")
#: Those that a line without Medicare's price is paid by, too.
WITHOUT_MEDICARE = ("percent_of_charge", "amount", *OF_SESSION)
#: Statuses of codes that Medicare bundles (B, P) or does not cover (N).
NOT_PAID = ("B", "N", "P")
#: Of anesthesia: a factor for it is dollars a unit of time and base, and names its codes.
OF_ANESTHESIA = in_codes([ANESTHESIA])
#: What Medicare prices by minutes and base units: all of it but the unlisted code.
_BY_TIME = (pl.col("status_code") == "J") & (pl.col("hcpcs_code") != "01999")
#: Modifiers that leave a line to a person or deny it, whatever its code.
ENDED = ("53", "66", "73", "74", "GY", "GZ", "PA", "PB", "PC")
STATUS, CHARGE = pl.col("status"), pl.col("charge_amount")
#: Statuses of the lines that Medicare gives no amount and does not refuse.
WITHOUT_PRICE = (BY_REPORT, NOT_ON_SCHEDULE)


@frozen
class Rate:
    """What a contract pays of some lines: a share of Medicare or the charge, or dollars a unit.

    Every condition that is given must hold: codes, setting, places of service, the rendering
    practitioner's specialty (a taxonomy code's beginning, or CMS's two digits) or type, modifiers
    (all of them) and days. `unpriced`: only where Medicare has no price. A percentage is the share
    `value`, an amount `cents` of one unit by their first days, a conversion factor `factors` in
    ten-thousandths of a dollar: it makes the fee before any rule, and is only named here. A flat or
    case rate is `cents` of the session of a code; a case rate `includes` the session's lines of
    other codes, or all of them (`includes_all`). Its days are those on which claims
    are processed where it is `processed`.
    """

    pays: Pays
    name: str
    cites: str
    value: Dated | None = None
    cents: tuple[tuple[date, int], ...] = ()
    factors: tuple[tuple[date, int], ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    except_codes: tuple[tuple[str, str], ...] = ()
    setting: str | None = None
    places: tuple[str, ...] = ()
    specialty: tuple[str, ...] = ()
    practitioner_type: tuple[str, ...] = ()
    modifiers: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    unpriced: bool = False
    includes: tuple[tuple[str, str], ...] = ()
    includes_all: bool = False
    not_under: RateLimit | None = None
    not_over: RateLimit | None = None
    processed: bool = False

    @property
    def processed_days(self) -> tuple[date, ...]:
        """Give its first days, and the day after its last, where they are of processing."""
        if not self.processed:
            return ()
        turning = turning_days(self.first_day, self.last_day)
        of_value = self.value.processed if self.value is not None else ()
        return (*of_value, *(day for day, _ in (*self.cents, *self.factors)), *turning)

    @property
    def of_session(self) -> bool:
        """Whether it is an amount for a session: a flat or a case rate."""
        return self.pays in OF_SESSION

    @property
    def in_dollars(self) -> bool:
        """Whether it is a price of the payer's own: an amount of a unit, or of a session."""
        return self.pays in {"amount", *OF_SESSION}

    @property
    def reads(self) -> tuple[str, ...]:
        """Name the columns that it reads."""
        read = ["hcpcs_code", "service_date"]
        asked = (
            (self.setting, ("place_of_service_code",)),
            (self.places, ("place_of_service_code",)),
            (self.specialty, ("rendering_taxonomy", "rendering_specialty")),
            (self.practitioner_type, ("practitioner_type",)),
            (self.pays == "percent_of_charge", ("charge_amount", "units_thousandths")),
            (self.pays in WITHOUT_MEDICARE, ("fee_schedule_amount", "modifiers")),
            (self.pays == "amount", whole_dollars.READS),
            (self.factors, ("is_of_other_schedule",)),
            (self.unpriced, ("price_unknown", "status_code")),
            (self.processed, (PROCESSED,)),
        )
        read += [name for has, names in asked if has for name in names]
        read += [column for each in self.modifiers for column in columns_of(each)]
        read += [column for each in self.limits for column in each.reads]
        return tuple(read)

    @property
    def limits(self) -> tuple[RateLimit, ...]:
        """Give the floor and the ceiling of it alone, where it has them."""
        return tuple(each for each in (self.not_under, self.not_over) if each is not None)

    @property
    def is_of_every_line(self) -> bool:
        """Whether nothing narrows it, and it pays what has a price, parts and all.

        A conversion factor makes fees of the physician fee schedule alone: drugs, laboratory tests
        and anesthesia are none of its lines.
        """
        return self.is_not_narrowed and not self.factors

    @property
    def is_not_narrowed(self) -> bool:
        """Whether nothing narrows it, parts and all."""
        return not self.conditions and not self.is_of_whole

    @property
    def is_in_force(self) -> pl.Expr:
        """Say whether a line's day is one on which it pays."""
        if self.factors:
            return self.factor.is_not_null()
        value = self.of_unit if self.value is None else self.value.on()
        return value.is_not_null()

    @property
    def begins(self) -> date:
        """The first day of what it pays."""
        of_value = self.value.values if self.value is not None else ()
        return min(day for day, _ in (*of_value, *self.cents, *self.factors))

    @cached_property
    def fits(self) -> pl.Expr:
        """Say whether a line is paid by it, if by no rate before it."""
        statuses = [*WITHOUT_PRICE] if self.unpriced else [PRICED, *WITHOUT_PRICE]
        if self.pays in {"percent_of_medicare", "conversion_factor"}:
            statuses = [PRICED]
        held = [pl.any_horizontal(each == STATUS for each in statuses), self.paid.is_not_null()]
        if self.pays in WITHOUT_MEDICARE:
            # What a modifier left to a person has a price: it is no line without one. Nor is one
            # that a modifier ends by itself: no rule asked it of a line without an amount.
            referred = pl.col("fee_schedule_amount").is_not_null() | billed_with(*ENDED)
            held.append((STATUS == PRICED) | ~referred)
        if self.is_of_whole:
            # Without Medicare's price nothing tells what both sides, a part or a role are paid.
            held.append((STATUS == PRICED) | ~billed_with(*PARTS))
        if self.unpriced:
            # Decision: a price that a file, a place or the minutes would give is none that lacks,
            # nor is that of what Medicare pays within another service or does not cover.
            held += [~pl.col("price_unknown"), ~_BY_TIME.fill_null(value=False)]
            held.append(~pl.col("status_code").is_in(NOT_PAID).fill_null(value=False))
        if self.factors:
            held.append(~pl.col("is_of_other_schedule"))
        return pl.all_horizontal([*held, self.is_asked]).fill_null(value=False)

    @property
    def is_asked(self) -> pl.Expr:
        """Say whether a line with a price is paid by it, as far as its claim alone says."""
        held = [self.is_for]
        if self.is_of_whole:
            held.append(~self.is_for_a_part)
        if self.factors:
            held += [self.of_anesthesia, self.factor.is_not_null()]
        elif self.value is not None:
            held.append(self.value.on().is_not_null())
        else:
            held.append(self.of_unit.is_not_null())
        if self.pays == "percent_of_charge":
            held.append(CHARGE.is_not_null())
        return pl.all_horizontal(held).fill_null(value=False)

    @property
    def is_of_whole(self) -> bool:
        """Whether it is dollars for the whole service: no modifier of a part or role is named."""
        return self.in_dollars and NAMED.isdisjoint(self.modifiers)

    @property
    def parts(self) -> tuple[str, ...]:
        """Give the modifiers of a line that dollars for the whole do not pay."""
        # Both sides of a procedure are within its session.
        return tuple(each for each in PARTS if each != "50") if self.of_session else COMPONENTS

    @property
    def is_for_a_part(self) -> pl.Expr:
        """Say whether a line is one that dollars for the whole do not pay."""
        return billed_with(*self.parts) if self.of_session else IS_COMPONENT

    @property
    def of_anesthesia(self) -> pl.Expr:
        """Say whether a factor may be an anesthesia line's: dollars of its units, by its codes."""
        return ~OF_ANESTHESIA | pl.lit(value=bool(self.codes))

    @cached_property
    def is_for(self) -> pl.Expr:
        """Say whether a line meets all that narrows it."""
        held = [pl.lit(value=True)]
        if self.codes:
            held.append(in_codes(self.codes))
        if self.except_codes:
            held.append(~in_codes(self.except_codes))
        if self.setting is not None:
            held.append(is_facility() == pl.lit(value=self.setting == "facility"))
        if self.places:
            held.append(pl.col("place_of_service_code").is_in(self.places))
        if self.specialty:
            # As systems write them: small letters, and a spreadsheet's 6 for 06.
            taxonomy, specialty = (
                pl.col(name).str.to_uppercase()
                for name in ("rendering_taxonomy", "rendering_specialty")
            )
            specialty = specialty.str.pad_start(2, "0")
            held.append(
                pl.any_horizontal(
                    specialty == each if len(each) == 2 else taxonomy.str.starts_with(each)
                    for each in self.specialty
                )
            )
        if self.practitioner_type:
            held.append(pl.col("practitioner_type").is_in(self.practitioner_type))
        held += [billed_with(each) for each in self.modifiers]
        day = day_of(processed=self.processed)
        if self.first_day is not None:
            held.append(day >= self.first_day)
        if self.last_day is not None:
            held.append(day <= self.last_day)
        return pl.all_horizontal([each.fill_null(value=False) for each in held])

    @property
    def paid(self) -> pl.Expr:
        """Give what it pays of a line, cents; null before its first day and without a charge."""
        if self.factors:
            return self.factor
        if self.of_session:
            return self.of_unit
        if self.value is None:
            of_line = whole_dollars.of_line if self.is_of_whole else whole_dollars.of_units
            return of_line(self.of_unit)
        of = pl.col("amount") if self.pays == "percent_of_medicare" else CHARGE
        return percentage(of, self.value.on())

    @property
    def of_unit(self) -> pl.Expr:
        """Give the dollars of one unit, or of the session, in cents; null before the first day."""
        return by_day(self.cents, processed=self.processed)

    @property
    def factor(self) -> pl.Expr:
        """Give its conversion factor, in ten-thousandths; null before the first day."""
        return by_day(self.factors, processed=self.processed)

    @property
    def in_words(self) -> pl.Expr:
        """Say what it pays: "contract, surgery: 210 % of Medicare"."""
        if self.factors:
            said = pl.format("conversion factor {}", scaled_text(self.factor, 4))
        elif self.of_session:
            kind = self.pays.replace("_", " ")
            said = pl.format("{} {} for the session", pl.lit(kind), dollars(self.of_unit))
        else:
            said = on_its_day(self.pays, self.value, self.of_unit)
            if self.is_of_whole:
                said = pl.concat_str(said, whole_dollars.in_words())
            if self.pays == "percent_of_charge":
                said = pl.concat_str(said, whole_dollars.in_place_of_reductions())
        return pl.format("contract, {}: {}", pl.lit(self.name), said)

    @property
    def conditions(self) -> str:
        """Name what narrows it: "codes 10004-69990, facility, specialty 207X"."""
        said = []
        for label, codes in (("codes", self.codes), ("but", self.except_codes)):
            if codes:
                said.append(f"{label} {codes_in_words(codes)}")
        if self.setting is not None:
            said.append(self.setting)
        for label, each in (
            ("places", self.places),
            ("specialty", self.specialty),
            ("practitioner_type", self.practitioner_type),
            ("modifier", self.modifiers),
        ):
            if each:
                said.append(f"{label} {' '.join(each)}")
        days = (("from", self.first_day), ("to", self.last_day))
        said += [f"{word} {day}" for word, day in days if day is not None]
        if self.unpriced:
            said.append("without a price of Medicare's")
        if self.processed:
            said.append("by day of processing")
        return ", ".join(said)

    @property
    def in_full(self) -> str:
        """Write what it pays, within which limits, and of what lines."""
        said = [self.in_numbers]
        if self.not_under is not None:
            said.append(f"not under {self.not_under.in_numbers}")
        if self.not_over is not None:
            said.append(f"not over {self.not_over.in_numbers}")
        if self.pays == "case_rate":
            codes = "all" if self.includes_all else codes_in_words(self.includes)
            said.append(f"includes {codes}")
        return "; ".join([*said, self.conditions] if self.conditions else said)

    @property
    def in_numbers(self) -> str:
        """Write what it pays: "2.1 from 2025-01-01", of an amount in dollars."""
        if self.factors:
            made = (
                f"{factor // WHOLE}.{factor % WHOLE:04} from {day}" for day, factor in self.factors
            )
            return f"conversion factor {'; '.join(made)}"
        if self.of_session:
            return f"{self.pays.replace('_', ' ')} {cents_by_day(self.cents, 'for the session')}"
        return numbers_by_day(self.pays, self.value, self.cents)
