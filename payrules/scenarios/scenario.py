"""A scenario: what to change, as a TOML file says it, before claims are priced again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    model_validator,
)

from payrules.errors import ScenarioError
from payrules.money import WHOLE
from payrules.payers.payer_file import changes_form, first_fault
from payrules.toml_files import is_file, read_toml
from payrules.within_reason import CONVERSION_FACTOR, FEE, GEOGRAPHIC_INDEX, SCALE, Range
from payrules.workbook.code_families import FAMILIES

_CENT = Decimal("0.01")


# -- what a file may say -----------------------------------------------------------------------


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
        for code in self.codes or []:
            first, _, last = code.partition("-")
            for each in (first, last or first):
                if len(each.strip()) != 5 or not each.strip().isalnum():
                    raise ValueError(f"holds '{code}'; write a code, or a range \"64400-64530\"")
            if last and last.strip().upper() < first.strip().upper():
                raise ValueError(f"holds '{code}', whose last code comes before its first")
        for family in self.family or []:
            if family not in FAMILIES:
                raise ValueError(
                    f"names the family '{family}'{perhaps(family, FAMILIES)}. The families are"
                    f" {', '.join(FAMILIES)}"
                )
        return self

    def ranges(self) -> list[tuple[str, str]]:
        """Give first and last code of each range."""
        split = [code.upper().split("-") for code in self.codes or []]
        return [(parts[0].strip(), parts[-1].strip()) for parts in split]

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
    set_: dict[str, str | int | bool | date | Decimal] = Field(default_factory=dict, alias="set")
    add_modifier: Several | None = None
    drop_modifier: Several | None = None
    volume: Share | None = None

    @model_validator(mode="after")
    def _some_change(self) -> Self:
        if not (self.set_ or self.add_modifier or self.drop_modifier or self.volume is not None):
            raise ValueError(
                "changes nothing; give 'set', 'add_modifier', 'drop_modifier' or 'volume'"
            )
        both = {each.upper() for each in self.add_modifier or []} & {
            each.upper() for each in self.drop_modifier or []
        }
        if both:
            raise ValueError(f"adds modifier {min(both)} and drops it; take one out")
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
TERMS = ("payer", "terms", "percent_of_medicare")


# -- the scenario ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scenario:
    """What to change: `says` is the checked form, `written` what the files wrote."""

    name: str
    written: Mapping[str, Any]
    says: Any

    @property
    def title(self) -> str:
        """Its title, as the file gives it."""
        return str(self.says.title)

    @property
    def cites(self) -> str:
        """Where the change is from."""
        return str(self.says.cites)

    @property
    def changes(self) -> tuple[str, ...]:
        """The parts of the form that say something."""
        return tuple(
            part
            for part in (*CLAIMS, *PRICES, *TERMS)
            if part in self.written and self.written[part] not in ({}, [])
        )

    def only(self, parts: Sequence[str]) -> "Scenario":
        """Give the scenario with these parts alone."""
        kept = {
            key: value for key, value in self.written.items() if key in (*parts, "title", "cites")
        }
        return scenario(kept, self.name)

    def refuse(self, place: str, fault: str) -> ScenarioError:
        """Make the error for a place in the scenario."""
        return ScenarioError(f"{self.name}, {place}: {fault}.")


def scenario(written: Mapping[str, Any], name: str = "scenario", text: str = "") -> Scenario:
    """Check what a scenario says, given as the tables of its TOML (numbers as int or Decimal).

    `text` is what its file holds. Raises ScenarioError: the place, what is wrong and what to
    write.
    """
    try:
        says = form().model_validate(dict(written))
    except ValidationError as error:
        raise ScenarioError(first_fault(name, written, error, form(), text)) from None
    for place in ("title", "cites"):
        if not getattr(says, place).strip():
            raise ScenarioError(f"{name}, {place}: is blank; the comparison shows it.")
    return Scenario(name, written, says)


def read_scenario(path: str | Path) -> Scenario:
    """Read a scenario file, or several stacked: "cf.toml+site.toml" applies both.

    A payer file or fee schedule that a scenario names is looked for beside it. Raises
    ScenarioError, also where two of the stacked files set the same thing differently.
    """
    whole = Path(path)
    paths = [whole] if is_file(whole) else [Path(each) for each in str(path).split("+")]
    return stack([_read(each) for each in paths])


def _read(path: Path) -> Scenario:
    if not _is_there(path):
        raise ScenarioError(
            f"There is no scenario file {str(path)[:200]}{_beside(path)}. Stack several with +,"
            " such as cf.toml+site.toml."
        )
    file = read_toml(path, "scenario", ScenarioError)
    written = file.written
    checked = scenario(written, path.name, file.text)
    if checked.says.payer and is_file(path.parent / checked.says.payer):
        written["payer"] = str(path.parent / checked.says.payer)
    if checked.says.fee_schedule:
        written["fee_schedule"]["file"] = str(path.parent / checked.says.fee_schedule.file)
    return scenario(written, path.name)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _beside(path: Path) -> str:
    folder = path.parent if _is_there(path.parent) else Path()
    files = [each.name for each in folder.glob("*.toml")]
    return perhaps(path.name, files)


def stack(scenarios: Sequence[Scenario]) -> Scenario:
    """Put scenarios together, in order; ScenarioError where two set the same thing differently."""
    if len(scenarios) == 1:
        return scenarios[0]
    together: dict[str, Any] = {}
    for each in scenarios:
        _merge(together, {k: v for k, v in each.written.items() if k not in _HEAD}, each.name)
    for key, mark in _HEAD.items():
        together[key] = mark.join(dict.fromkeys(str(each.written[key]) for each in scenarios))
    return scenario(together, "+".join(each.name for each in scenarios))


def set_upon(on: Scenario | None, tried: Scenario) -> Scenario:
    """Put a value that is being tried upon a scenario; where the scenario sets it, it yields."""
    if on is None:
        return tried
    together = dict(on.written)
    said = {key: value for key, value in tried.written.items() if key not in _HEAD}
    _merge(together, said, tried.name, overriding=True)
    return scenario(together, on.name)


_HEAD = {"title": " + ", "cites": "; "}


def _merge(
    into: dict[str, Any],
    more: Mapping[str, Any],
    name: str,
    place: str = "",
    *,
    overriding: bool = False,
) -> None:
    for key, value in more.items():
        where = f"{place}.{key}" if place else key
        earlier = into.get(key)
        if key not in into:
            into[key] = dict(value) if isinstance(value, Mapping) else value
        elif isinstance(earlier, list) and isinstance(value, list):
            into[key] = [*earlier, *value]
        elif (
            isinstance(earlier, Mapping)
            and isinstance(value, Mapping)
            and where not in {"conversion_factor", "anesthesia_conversion_factor", "fee_schedule"}
        ):
            into[key] = dict(earlier)
            _merge(into[key], value, name, where, overriding=overriding)
        elif overriding:
            into[key] = value
        elif earlier != value:
            raise ScenarioError(
                f"{name}, {where}: another scenario of the stack changes this too, to"
                f" {_shown(earlier)} and not {_shown(value)}; take one out."
            )


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    return str(value)


# -- words -------------------------------------------------------------------------------------


def scaled(value: int, share: int) -> int:
    """Multiply by a share in ten-thousandths, rounded half up."""
    product = Decimal(value) * share / WHOLE
    return int(product.to_integral_value(rounding=ROUND_HALF_UP))


def plain(ten_thousandths: int) -> str:
    """Write ten-thousandths as a number: 10500 is "1.05"."""
    return format((Decimal(ten_thousandths) / WHOLE).normalize(), "f")


def dollars(cents: int) -> str:
    """Write cents as dollars: "$310.25"."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${(Decimal(abs(cents)) * _CENT):,.2f}"


def count_of_lines(lines: int) -> str:
    """Say how many lines: "1 line", "1,204 lines"."""
    return f"{lines:,} line{'' if lines == 1 else 's'}"


def perhaps(name: str, names: Any) -> str:
    """Give "; perhaps 'x'" where some name looks like this one."""
    near = get_close_matches(name, list(names), 2)
    return f"; perhaps {' or '.join(repr(each) for each in near)}" if near else ""


def terms_said(says: Any) -> Iterator[tuple[str, str, Any]]:
    """Give rule, term and value of every term a checked scenario sets."""
    for rule in sorted(says.terms.model_fields_set):
        terms = getattr(says.terms, rule)
        for term in sorted(terms.model_fields_set) if terms is not None else []:
            yield rule, term, getattr(terms, term)
