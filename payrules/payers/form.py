"""What a payer file may say: its settings, and the terms that the rules take."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from inspect import isclass
from typing import (
    Annotated,
    Any,
    Literal,
    Self,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    WrapValidator,
    create_model,
    model_validator,
)

from payrules.dated import Dated
from payrules.engine.codes import Codes, Families, Ladder, SharesByCode
from payrules.engine.modifier_share import ModifierShares
from payrules.engine.rule import NOT_SAID, Rule
from payrules.nearest import perhaps
from payrules.payers import modifier_shares
from payrules.payers.cost_sharing import CostSharingSection
from payrules.payers.days import OffDays, Switch, word_by_day
from payrules.payers.payer import MEDICARE
from payrules.payers.rate_form import Limit, Percentages, RateEntry, read_percentages
from payrules.payers.sources import PrintedSource
from payrules.payers.vocabulary import BY_REPORT, OF_TERMS, PLANS
from payrules.payers.written import DayOf, Section, Shares, by_date
from payrules.schedules.cost_sharing import CostSharing
from payrules.within_reason import (
    MODIFIER_SHARE,
    SHARE,
    shown,
)


class ShareEntry(Section):
    """A share by modifier: what is paid of a line that carries one, or all of several."""

    modifier: str
    share: (
        Annotated[Shares, BeforeValidator(lambda value: by_date(value, MODIFIER_SHARE))] | None
    ) = None
    codes: list[str] | None = None
    except_codes: list[str] | None = None
    by_day_of: DayOf = "service"
    when: Literal["always", "documentation_submitted"] = "always"
    first_day: date | None = None
    last_day: date | None = None
    practitioner_type: list[str] | None = None
    setting: Literal["facility", "nonfacility"] | None = None
    places: list[str] | None = None
    of: Literal["intraoperative", "physician", "practitioner"] | None = None
    cites: str | None = None
    off: bool | None = None

    @property
    def name(self) -> str:
        """Name it by its modifiers, in order."""
        return " ".join(sorted(self.modifier.upper().replace(",", " ").split()))


class _FeeSchedule(Section):
    file: str
    indicators: Literal["own", "release"] | None = None
    cites: str | None = None


class _Remittance(Section):
    """How long a payer's decision can be appealed: days from the payment date."""

    appeal_days: int = Field(ge=1, le=3660)
    cites: str | None = None


class _TimelyFiling(Section):
    """How long a payer takes claims: days from the day of service."""

    days: int = Field(ge=1, le=3660)
    cites: str | None = None


class _Coverage(Section):
    """A payer's own coverage policies: files beside the payer file, and whether they deny."""

    policies: list[str] = Field(min_length=1)
    mode: Literal["report", "enforce"] = "report"


_Share = Annotated[Shares, BeforeValidator(lambda value: by_date(value, SHARE))]


def _place(value: Any) -> Any:
    """Read a place of a ladder: a share, or the word of what the payer prices by report."""
    if isinstance(value, str) and value.strip().lower().replace(" ", "_") == BY_REPORT:
        return BY_REPORT
    return by_date(value, SHARE)


_Place = Annotated[Any, BeforeValidator(_place)]


class FamilyEntry(Section):
    """Codes that are ranked among themselves, on a ladder of their own."""

    codes: list[str]
    ladder: list[_Place]
    first_day: date | None = None
    last_day: date | None = None
    cites: str | None = None


#: What a file writes for the terms that are more than a number or a word.
_WRITTEN: dict[Any, Any] = {
    Codes: list[str],
    Ladder: list[_Place],
    Families: list[FamilyEntry],
    SharesByCode: dict[str, _Share],
}


def _kind(hint: Any, default: Any, *, by_day: bool) -> Any:
    """Give what a file may write for a term that a rule takes; a word `by_day` where that may be.

    Numbers may always be by day.
    """
    if hint is ModifierShares:
        return Annotated[list[ShareEntry], BeforeValidator(modifier_shares.in_full)]
    if hint in _WRITTEN:
        written = _WRITTEN[hint]
        # A table of shares by code has first days of its own.
        by_list = by_day and hint is not SharesByCode
        return Annotated[written, WrapValidator(word_by_day)] if by_list else written
    if not is_dated(hint):
        is_word = hint is bool or get_origin(hint) is Literal
        return Annotated[hint, WrapValidator(word_by_day)] if by_day and is_word else hint
    usual = next(iter(default.values()), None) if isinstance(default, Mapping) else default
    within = usual.within if isinstance(usual, Dated) else SHARE
    factor = Annotated[Shares, BeforeValidator(lambda value: by_date(value, within))]
    return dict[str, factor] if is_mapping(hint) else factor


def is_dated(hint: Any) -> bool:
    """Say whether a term is a number by date, or several of them by name."""
    return hint is Dated or (get_origin(hint) is not None and Dated in get_args(hint))


def is_mapping(hint: Any) -> bool:
    """Say whether a term is several values by name."""
    return isclass(get_origin(hint)) and issubclass(get_origin(hint), Mapping)


def terms_of(rule: Rule) -> dict[str, Any]:
    """Give the terms that a rule takes, each with its type.

    A table is no term of `[terms]`, nor is what a payer's rule hands to Medicare's.
    """
    hints = get_type_hints(rule.decide)
    return {
        term: hints[term]
        for term in rule.defaults
        if hints[term] is not CostSharing and term not in NOT_SAID
    }


class _RuleTerms(Section):
    off: bool | None = None
    on: bool | None = None

    @model_validator(mode="after")
    def _one_switch(self) -> Self:
        if self.off is not None and self.off == self.on:
            raise ValueError("is switched on and off at once; remove 'on' or 'off'")
        return self

    @property
    def switches(self) -> bool | None:
        """Whether the rule is switched on, or off; None where it stays as it is."""
        return not self.off if self.on is None and self.off is not None else self.on

    def cited(self, key: str, term: str) -> str | None:  # noqa: ARG002
        """Give the citation of a term; none, where all of a form has one source."""
        return None


class _CitedTerms(_RuleTerms):
    """A rule's section in a payer file: each term may cite its own page."""

    off: Switch | None = None  # type: ignore[assignment]  # a form says more than its base
    cites: str | dict[str, str] | None = None
    by_day_of: DayOf = "service"

    @property
    def switches(self) -> bool | None:
        """As above; a rule that is off on some days is on."""
        return True if isinstance(self.off, OffDays) else super().switches

    @model_validator(mode="after")
    def _cites_what_is_said(self) -> Self:
        if self.cites is None:
            return self
        said = self.model_fields_set - OF_TERMS
        if not said:
            raise ValueError(
                "has a citation and no term; a term that is as Medicare's is told by a [[source]]"
                " with same_as_medicare = true"
            )
        by_term = {"": self.cites} if isinstance(self.cites, str) else self.cites
        for term, cites in by_term.items():
            if not cites.strip():
                raise ValueError("has a blank citation; name the page, or remove it")
            known = [*said, *(key for each in said for key in _keys(getattr(self, each)))]
            if term and term not in known:
                raise ValueError(
                    f"cites '{shown(term)}'{perhaps(term, known)}, which this section does not"
                    f" set; it sets {', '.join(sorted(said))}"
                )
        return self

    def cited(self, key: str, term: str) -> str | None:
        """Give the citation of a term, or of one of its entries (`shares.podiatrist`)."""
        if self.cites is None or isinstance(self.cites, str):
            return self.cites
        return self.cites.get(key.removeprefix(f"{term}.")) or self.cites.get(term)


def _keys(value: Any) -> Iterable[str]:
    return value if isinstance(value, Mapping) else ()


@cache
def changes_form(*, cited: bool = False) -> Mapping[str, Any]:
    """Give the fields of a form that says what a payer changes: `terms`, `percent_of_medicare`.

    The terms are those that the rules take; where they may be `cited`, each with its own page.
    """
    base = _CitedTerms if cited else _RuleTerms
    rules: dict[str, Any] = {}
    for rule in MEDICARE.rules:
        terms: dict[str, Any] = {
            term: (_kind(hint, rule.defaults[term], by_day=cited) | None, None)
            for term, hint in terms_of(rule).items()
        }
        rules[rule.name] = (create_model(rule.name, __base__=base, **terms) | None, None)
    terms_model = create_model("terms", __base__=Section, **rules)
    percentages = Annotated[Percentages, BeforeValidator(read_percentages)] | None
    return {
        "terms": (terms_model, Field(default_factory=terms_model)),
        "percent_of_medicare": (percentages, None),
        "codes": (dict[str, list[str]], Field(default_factory=dict)),
        "rate": (list[RateEntry], Field(default_factory=list)),
        "not_under": (Limit | None, None),
        "not_over": (Limit | None, None),
    }


@cache
def form() -> type[BaseModel]:
    """Give the form of a payer file."""
    fields: dict[str, Any] = {
        "name": (str, ...),
        "contract": (str, ...),
        "base": (str, "medicare"),
        "plan": (Literal[PLANS] | None, None),
        **changes_form(cited=True),
        "fee_schedule": (_FeeSchedule | None, None),
        "cost_sharing": (CostSharingSection | None, None),
        "indicators": (Literal["own", "release"] | None, None),
        "remittance": (_Remittance | None, None),
        "timely_filing": (_TimelyFiling | None, None),
        "coverage": (_Coverage | None, None),
        "base_release": (Annotated[str, WrapValidator(word_by_day)] | None, None),
        "source": (list[PrintedSource], Field(default_factory=list)),
    }
    return create_model("payer", __base__=Section, **fields)
