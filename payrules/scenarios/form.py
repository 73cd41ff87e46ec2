"""The form of a scenario file: what it may say, part by part, checked by pydantic."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    create_model,
    model_validator,
)

from payrules.claims.code_families import FAMILIES
from payrules.nearest import perhaps
from payrules.payers.form import changes_form
from payrules.scenarios.words import dollars, plain, scaled
from payrules.within_reason import (
    CONVERSION_FACTOR,
    FEE,
    GEOGRAPHIC_INDEX,
    SCALE,
    SHARE,
    Range,
    shown,
)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


def _units(kind: Range) -> BeforeValidator:
    """Read a number of a kind, without quotation marks, into its whole units."""
    return BeforeValidator(lambda value: kind.units(kind.read_number(value)))


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Share = Annotated[int, _units(SCALE)]
Factor = Annotated[int, _units(CONVERSION_FACTOR)]
Cents = Annotated[int, _units(FEE)]
Index = Annotated[int, _units(GEOGRAPHIC_INDEX)]
Part = Literal["work", "practice_expense", "malpractice"]
PARTS: tuple[Part, ...] = ("work", "practice_expense", "malpractice")
Several = Annotated[list[str], BeforeValidator(_several), Field(min_length=1)]


def code_range(written: str) -> tuple[str, str]:
    """Read a code, or a range "64400-64530", into its first and last; ValueError says the fault."""
    first, dash, last = (part.strip().upper() for part in written.partition("-"))
    for each in (first, last if dash else first):
        if len(each) != 5 or not (each.isascii() and each.isalnum()):
            raise ValueError(f"holds '{shown(written)}'; write a code, or a range \"64400-64530\"")
    if dash and last < first:
        raise ValueError(f"holds '{written}', whose last code comes before its first")
    return first, last or first


def cell(value: Any) -> Any:
    """Check what a column of the claims is compared with or set to: text, a number, a day."""
    if isinstance(value, float):
        value = Decimal(str(value))
    if not isinstance(value, str | int | date | Decimal):
        raise ValueError("is a list or a table where one value belongs")  # noqa: TRY004 - as above
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"cannot be {value}; write a number, a day, or text in quotation marks")
    return value


class SetOrScale(_Section):
    """A number set to a value, or scaled; one of the two."""

    set_: Factor | None = Field(None, alias="set")
    scale: Share | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.set_ is None) == (self.scale is None):
            raise ValueError("is either set or scaled; give one of 'set' and 'scale'")
        return self

    def of(self, value: int) -> int:
        """Give the changed value; a scaled one is rounded half up, to four decimals."""
        if self.set_ is not None:
            return self.set_
        assert self.scale is not None
        return scaled(value, self.scale)

    def words(self) -> str:
        """Say the change."""
        if self.set_ is not None:
            return f"set to {plain(self.set_)}"
        return f"times {plain(self.scale or 0)}"


class _OfCodes(_Section):
    """Codes a change is about: single ones, ranges "64400-64530", a family; none named: all."""

    codes: Several | None = None
    family: Several | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        self.ranges()
        for family in self.family or []:
            if family not in FAMILIES:
                raise ValueError(
                    f"names the family '{family}'{perhaps(family, FAMILIES)}. The families are"
                    f" {', '.join(FAMILIES)}"
                )
        return self

    def ranges(self) -> list[tuple[str, str]]:
        """Give first and last code of each range."""
        return [code_range(code) for code in self.codes or []]

    def words(self) -> str:
        """Name the codes."""
        named = [*(self.codes or []), *(f"family {name}" for name in self.family or [])]
        return ", ".join(named) or "every code"


class Fee(_OfCodes):
    """Fee schedule amounts: scaled, or set in dollars (one amount, or one for each setting)."""

    modifier: Literal["", "26", "TC", "53"] | None = None
    scale: Share | None = None
    amount: Cents | None = None
    facility_amount: Cents | None = None
    nonfacility_amount: Cents | None = None

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        by_setting = (self.facility_amount, self.nonfacility_amount)
        ways = (self.scale is not None) + (self.amount is not None) + (by_setting != (None, None))
        if ways != 1:
            raise ValueError(
                "needs one of 'scale', 'amount', or facility_amount with nonfacility_amount"
            )
        if by_setting != (None, None) and None in by_setting:
            raise ValueError("needs both facility_amount and nonfacility_amount; or give 'amount'")
        if self.scale is None and not (self.codes or self.family):
            raise ValueError("sets one amount for every code; name the codes it is for")
        return self

    def change(self) -> str:
        """Say the change."""
        if self.scale is not None:
            return f"fees times {plain(self.scale)}"
        if self.amount is not None:
            return f"the fee is {dollars(self.amount)}"
        return (
            f"the fee is {dollars(self.facility_amount or 0)} in a facility,"
            f" {dollars(self.nonfacility_amount or 0)} elsewhere"
        )


class RelativeValue(_OfCodes):
    """Relative value units scaled, all three parts or some; rounded to hundredths as CMS does."""

    scale: Share
    parts: Annotated[list[Part], BeforeValidator(_several)] = Field(default=[*PARTS], min_length=1)


class GeographicIndex(_Section):
    """Geographic indices of some localities, or of all: set by part, or scaled."""

    locality: Several | None = None
    work: Index | None = None
    practice_expense: Index | None = None
    malpractice: Index | None = None
    scale: Share | None = None

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        values = (self.work, self.practice_expense, self.malpractice)
        if (self.scale is None) == (values == (None, None, None)):
            raise ValueError(
                "needs either 'scale', or one or more of work, practice_expense, malpractice"
            )
        return self


class Claims(_Section):
    """Claim lines that `where` meets, and what they would be billed as."""

    where: dict[str, Any] = Field(default_factory=dict)
    set_: dict[str, Annotated[Any, BeforeValidator(cell)]] = Field(
        default_factory=dict, alias="set"
    )
    add_modifier: Several | None = None
    drop_modifier: Several | None = None
    site_of_service: Literal["office", "asc", "hospital"] | None = None
    part: Annotated[int, _units(SHARE)] | None = None
    volume: Share | None = None

    @model_validator(mode="after")
    def _some_change(self) -> Self:
        billed = self.set_ or self.add_modifier or self.drop_modifier or self.site_of_service
        if not (billed or self.volume is not None):
            raise ValueError(
                "changes nothing; give 'set', 'site_of_service', 'add_modifier', 'drop_modifier'"
                " or 'volume'"
            )
        if self.site_of_service and "place_of_service_code" in self.set_:
            raise ValueError("sets place_of_service_code, and site_of_service does; remove one")
        if self.part == 0:
            raise ValueError("is of no part of the encounters; give more than 0, such as 0.3")
        both = {each.upper() for each in self.add_modifier or []} & {
            each.upper() for each in self.drop_modifier or []
        }
        if both:
            raise ValueError(f"adds modifier {min(both)} and drops it; remove one")
        return self


class DollarFile(_Section):
    """A schedule in dollars put in the place of relative values."""

    file: str
    indicators: Literal["own", "release"] = "release"


def _set_or_scale(value: Any) -> Any:
    return value if isinstance(value, Mapping) else {"set": value}


Changed = Annotated[SetOrScale, BeforeValidator(_set_or_scale)] | None


@cache
def form() -> type[BaseModel]:
    """Give the form of a scenario file."""
    fields: dict[str, Any] = {
        "title": (str, ...),
        "cites": (str, ...),
        "payer": (str | None, None),
        **changes_form(),
        "fee_schedule": (DollarFile | None, None),
        "release": (str | None, None),
        "conversion_factor": (Changed, None),
        "anesthesia_conversion_factor": (Changed, None),
        "fees": (list[Fee], Field(default_factory=list)),
        "relative_values": (list[RelativeValue], Field(default_factory=list)),
        "geographic_indices": (list[GeographicIndex], Field(default_factory=list)),
        "coverage": (Literal["enforce", "off"] | None, None),
        "claims": (list[Claims], Field(default_factory=list)),
    }
    return create_model("scenario", __base__=_Section, **fields)


#: What each part of a scenario changes, in the order in which the bridge takes them.
CLAIMS = ("claims",)
PRICES = (
    "fee_schedule",
    "release",
    "conversion_factor",
    "anesthesia_conversion_factor",
    "fees",
    "relative_values",
    "geographic_indices",
)
TERMS = (
    *("payer", "terms", "percent_of_medicare", "rate", "not_under", "not_over"),
    "coverage",
)
#: Whole other fees; what else is of `PRICES` changes the numbers of those there are.
SOURCES = ("fee_schedule", "release")


def terms_said(says: Any) -> Iterator[tuple[str, str, Any]]:
    """Give rule, term and value of every term a checked scenario sets."""
    for rule in sorted(says.terms.model_fields_set):
        terms = getattr(says.terms, rule)
        for term in sorted(terms.model_fields_set) if terms is not None else []:
            yield rule, term, getattr(terms, term)
