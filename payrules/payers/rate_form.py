"""What a payer file may say of rates: percentages of Medicare, rates, floors and ceilings."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from payrules.payers.vocabulary import ALL
from payrules.payers.written import DayOf, Section, Shares, by_date
from payrules.within_reason import (
    CONVERSION_FACTOR,
    ESCALATOR,
    FEE,
    PERCENT_OF_CHARGE,
    PERCENT_OF_MEDICARE,
    shown,
)


def read_percentages(value: Any) -> Any:
    """Take a number, or dates and numbers, for the percentage of every code."""
    if isinstance(value, list):
        return {"by_code": value}
    if not isinstance(value, dict) or (value and all(day[:1].isdigit() for day in value)):
        return {"overall": value}
    return value


def _percentages_by_date(value: Any) -> Shares:
    return tuple((day, number / 100) for day, number in by_date(value, PERCENT_OF_MEDICARE))


_Percent = Annotated[Shares, BeforeValidator(_percentages_by_date)]


class _CodeRange(Section):
    first: str
    last: str | None = None
    percent: _Percent

    def codes(self) -> tuple[str, str]:
        return self.first.upper(), (self.last or self.first).upper()


class Percentages(Section):
    """A percentage of Medicare: of every code, and of ranges of codes."""

    overall: _Percent | None = None
    by_code: list[_CodeRange] = Field(default_factory=list)
    by_day_of: DayOf = "service"
    cites: str | None = None


def _charges_by_date(value: Any) -> Shares:
    return tuple((day, number / 100) for day, number in by_date(value, PERCENT_OF_CHARGE))


_PercentOfCharge = Annotated[Shares, BeforeValidator(_charges_by_date)]
_Dollars = Annotated[Shares, BeforeValidator(lambda value: by_date(value, FEE))]


def _medicare(value: Any) -> Any:
    """Take the word "medicare" for all of Medicare's amount; leave what else is written."""
    if not isinstance(value, str):
        return value
    if value.strip().lower() != "medicare":
        raise ValueError(
            f"cannot be '{shown(value)}'; write \"medicare\", or of what it is, such as"
            " { percent_of_charge = 80 }"
        )
    return {"percent_of_medicare": 100}


class LimitEntry(Section):
    """A floor or ceiling of what is paid: `not_under`, `not_over`."""

    percent_of_medicare: _Percent | None = None
    percent_of_charge: _PercentOfCharge | None = None
    amount: _Dollars | None = None
    schedule: str | None = None
    cites: str | None = None


#: A limit as it is written: in full, or "medicare".
Limit = Annotated[LimitEntry, BeforeValidator(_medicare)]


def _included(value: Any) -> Any:
    """Read the codes that a case rate includes; "all" is every other code of the session."""
    if not isinstance(value, str):
        return value
    if value.strip().lower() not in {"all", ALL}:
        raise ValueError(f"cannot be '{shown(value)}'; write \"all\", or a list of codes")
    return [ALL]


class RateEntry(Section):
    """A rate of a contract: what it pays, and what narrows it."""

    name: str | None = None
    percent_of_medicare: _Percent | None = None
    percent_of_charge: _PercentOfCharge | None = None
    amount: _Dollars | None = None
    conversion_factor: (
        Annotated[Shares, BeforeValidator(lambda value: by_date(value, CONVERSION_FACTOR))] | None
    ) = None
    escalator: (
        Annotated[Shares, BeforeValidator(lambda value: by_date(value, ESCALATOR))] | None
    ) = None
    flat_rate: _Dollars | None = None
    case_rate: _Dollars | None = None
    includes: Annotated[list[str], BeforeValidator(_included)] | None = None
    codes: list[str] | None = None
    except_codes: list[str] | None = None
    setting: Literal["facility", "nonfacility"] | None = None
    places: list[str] | None = None
    specialty: list[str] | None = None
    practitioner_type: list[str] | None = None
    modifier: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    by_day_of: DayOf = "service"
    when: Literal["always", "no_price"] = "always"
    not_under: Limit | None = None
    not_over: Limit | None = None
    cites: str | None = None
