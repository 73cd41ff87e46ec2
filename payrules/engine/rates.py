"""Rates of a contract: which of them a line is paid by, and what each pays."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

import polars as pl

from payrules.claims.modifiers import billed_with, columns_of
from payrules.dated import Dated
from payrules.engine.adjustment import BY_REPORT, NOT_ON_SCHEDULE, PRICED
from payrules.engine.codes import codes_in_words, in_codes
from payrules.money import dollars, half_up, percentage, short_text

Pays = Literal["percent_of_medicare", "percent_of_charge", "amount"]
STATUS, CHARGE = pl.col("status"), pl.col("charge_amount")
#: Statuses of the lines that Medicare gives no amount and does not refuse.
WITHOUT_PRICE = (BY_REPORT, NOT_ON_SCHEDULE)


@dataclass(frozen=True)
class Rate:
    """What a contract pays of some lines: a share of Medicare or the charge, or dollars a unit.

    Every condition that is given must hold: codes, setting, places of service, the rendering
    practitioner's specialty (a taxonomy code's beginning, or CMS's two digits) or type, modifiers
    (all of them) and days. `unpriced`: only where Medicare has no price. A percentage is the share
    `value`, an amount `cents` of one unit by their first days.
    """

    pays: Pays
    name: str
    cites: str
    value: Dated | None = None
    cents: tuple[tuple[date, int], ...] = ()
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

    @property
    def reads(self) -> tuple[str, ...]:
        """Name the columns that it reads."""
        read = ["hcpcs_code", "service_date"]
        asked = (
            (self.setting, ("setting",)),
            (self.places, ("place_of_service_code",)),
            (self.specialty, ("rendering_taxonomy", "rendering_specialty")),
            (self.practitioner_type, ("practitioner_type",)),
            (self.pays == "percent_of_charge", ("charge_amount",)),
            (self.pays == "amount", ("units_thousandths",)),
        )
        read += [name for has, names in asked if has for name in names]
        read += [column for each in self.modifiers for column in columns_of(each)]
        return tuple(read)

    @cached_property
    def fits(self) -> pl.Expr:
        """Say whether a line is paid by it, if by no rate before it."""
        statuses = [*WITHOUT_PRICE] if self.unpriced else [PRICED, *WITHOUT_PRICE]
        if self.pays == "percent_of_medicare":
            statuses = [PRICED]
        held = [pl.any_horizontal(each == STATUS for each in statuses), self.paid.is_not_null()]
        if self.codes:
            held.append(in_codes(self.codes))
        if self.except_codes:
            held.append(~in_codes(self.except_codes))
        if self.setting is not None:
            held.append(pl.col("setting") == self.setting)
        if self.places:
            held.append(pl.col("place_of_service_code").is_in(self.places))
        if self.specialty:
            taxonomy, specialty = pl.col("rendering_taxonomy"), pl.col("rendering_specialty")
            held.append(
                pl.any_horizontal(
                    specialty == each if len(each) == 2 else taxonomy.str.starts_with(each)
                    for each in self.specialty
                )
            )
        if self.practitioner_type:
            held.append(pl.col("practitioner_type").is_in(self.practitioner_type))
        held += [billed_with(each) for each in self.modifiers]
        if self.first_day is not None:
            held.append(pl.col("service_date") >= self.first_day)
        if self.last_day is not None:
            held.append(pl.col("service_date") <= self.last_day)
        return pl.all_horizontal([each.fill_null(value=False) for each in held])

    @property
    def paid(self) -> pl.Expr:
        """Give what it pays of a line, cents; null before its first day and without a charge."""
        if self.value is None:
            return half_up(self.of_unit * pl.col("units_thousandths"), 1000)
        of = pl.col("amount") if self.pays == "percent_of_medicare" else CHARGE
        return percentage(of, self.value.on())

    @property
    def of_unit(self) -> pl.Expr:
        """Give the dollars of one unit, in cents; null before the first day."""
        cents = pl.lit(None, dtype=pl.Int64)
        for first, each in self.cents:
            cents = pl.when(pl.col("service_date") >= first).then(each).otherwise(cents)
        return cents

    @property
    def in_words(self) -> pl.Expr:
        """Say what it pays: "contract, surgery: 210 % of Medicare"."""
        if self.value is None:
            said = pl.format("{} a unit", dollars(self.of_unit))
        else:
            of = "Medicare" if self.pays == "percent_of_medicare" else "the charge"
            said = pl.format("{} % of {}", short_text(self.value.on(), 2), pl.lit(of))
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
        if self.first_day is not None:
            said.append(f"from {self.first_day}")
        if self.last_day is not None:
            said.append(f"to {self.last_day}")
        if self.unpriced:
            said.append("without a price of Medicare's")
        return ", ".join(said)

    @property
    def in_full(self) -> str:
        """Write what it pays and of what lines."""
        return f"{self.in_numbers}; {self.conditions}" if self.conditions else self.in_numbers

    @property
    def in_numbers(self) -> str:
        """Write what it pays: "2.1 from 2025-01-01", of an amount in dollars."""
        if self.value is None:
            return "; ".join(f"${cents / 100:.2f} a unit from {day}" for day, cents in self.cents)
        of = "Medicare" if self.pays == "percent_of_medicare" else "the charge"
        each = (f"{(share * 100).normalize():f} % from {day}" for day, share in self.value.values)
        return f"{'; '.join(each)} of {of}"


@dataclass(frozen=True)
class Rates:
    """All of a contract's rates, in the order in which a line is asked."""

    each: tuple[Rate, ...] = ()

    @property
    def reads(self) -> tuple[str, ...]:
        """Name the columns that they read."""
        return tuple(dict.fromkeys(name for rate in self.each for name in rate.reads))

    @property
    def of_medicare(self) -> bool:
        """Whether one is a percentage of Medicare."""
        return any(rate.pays == "percent_of_medicare" for rate in self.each)

    def first_that_fits(self) -> pl.Expr:
        """Give the number of the first rate that fits a line, from 0; null where none does."""
        number = pl.lit(None, dtype=pl.Int64)
        for place, rate in reversed(list(enumerate(self.each))):
            number = pl.when(rate.fits).then(place).otherwise(number)
        return number


NO_RATES = Rates()
