"""Sources: where a payer's terms are printed, and which of them are as Medicare has them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from payrules.engine.rule import Rule
from payrules.errors import PayerError
from payrules.nearest import perhaps
from payrules.payers.payer import MEDICARE_RULES, Saying
from payrules.rules.contract_rate import contract_rate
from payrules.within_reason import shown

#: Settings of a payer file that a source may be of, and the places that they are said at.
SETTINGS = {
    "plan": "plan.kind",
    "percent_of_medicare": contract_rate.name,
    "rate": f"{contract_rate.name}.rates",
    "not_under": f"{contract_rate.name}.not_under",
    "not_over": f"{contract_rate.name}.not_over",
    "fee_schedule": "fee_schedule_amount.source",
    "cost_sharing": "preventive.services",
    "base_release": "fee_schedule_amount.base_release",
    "remittance": "remittance.appeal_days",
    "timely_filing": "timely_filing.days",
}


def _listed(value: Any) -> Any:
    """Read one term, or a list of them."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise ValueError(
            "is a term in quotation marks, or a list of them:"
            ' ["bilateral", "multiple_procedure.third"]'
        )
    return listed


class PrintedSource(BaseModel):
    """A `[[source]]` of a payer file: of which terms, what it is, and how it was read.

    A term is written `RULE.TERM`, or `RULE` for all that the file says of it. With
    `same_as_medicare` the payer prints what Medicare does: nothing is set, and the payer is cited.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    term: Annotated[
        list[str],
        BeforeValidator(_listed),
        Field(min_length=1),
    ]
    title: str
    number: str = ""
    address: str = ""
    effective: date | None = None
    read: Literal["whole", "excerpt", "summary"] | None = None
    confidence: Literal["A", "B", "C"] | None = None
    same_as_medicare: bool = False

    @field_validator("title")
    @classmethod
    def _is_said(cls, written: str) -> str:
        if not written.strip():
            raise ValueError("is blank; every step by these terms cites it")
        return written.strip()

    @field_validator("term")
    @classmethod
    def _are_terms(cls, written: list[str]) -> list[str]:
        for each in written:
            rule, _, term = each.partition(".")
            if rule in SETTINGS and not term:
                continue
            if rule not in MEDICARE_RULES:
                known = [*SETTINGS, *MEDICARE_RULES]
                raise ValueError(f"names no rule '{shown(rule)}'{perhaps(rule, known)}")
            terms = [*MEDICARE_RULES[rule].defaults, "off"]
            if term and term.partition(".")[0] not in terms:
                raise ValueError(
                    f"'{shown(each)}' is no term of {rule}{perhaps(term, terms)}; its terms are"
                    f" {', '.join(terms)}"
                )
        return written

    def in_words(self) -> str:
        """Write it as a citation."""
        since = f", from {self.effective}" if self.effective else ""
        return f"{self.title}{f', {self.number}' if self.number else ''}{since}"


def by_term(sources: Sequence[PrintedSource]) -> dict[str, str]:
    """Give the citation of each term that has one; of several, one after another."""
    cites: dict[str, list[str]] = {}
    for each in sources:
        for term in each.term:
            if not each.same_as_medicare:
                cites.setdefault(term, []).append(each.in_words())
    return {term: "; ".join(dict.fromkeys(said)) for term, said in cites.items()}


def as_medicare(
    sources: Sequence[PrintedSource],
    rules: Sequence[Rule],
    said: Mapping[str, Saying],
    file: str,
    refuse: Callable[[str, str], PayerError],
) -> Iterator[tuple[str, Saying]]:
    """Give the places at which a payer prints what Medicare does, each with its citation.

    Raises PayerError for a source of what this file does not say, and for one that says that a
    term is Medicare's where it is not.
    """
    there = {rule.name: rule for rule in rules}
    printed: dict[str, list[str]] = {}
    for number, source in enumerate(sources, 1):
        for term in source.term:
            where = f"source entry {number}.term"
            place = SETTINGS.get(term, term)
            if not source.same_as_medicare:
                setting = {saying.file for each, saying in said.items() if _within(each, place)}
                if term != "plan" and not setting:
                    raise refuse(
                        where,
                        f"'{term}' is set by no file of this payer; set it, or write"
                        " same_as_medicare = true where it is as Medicare's",
                    )
                if term != "plan" and file not in setting:
                    raise refuse(
                        where,
                        f"'{term}' is set by {sorted(setting)[-1]}, which its steps cite; name the"
                        " page there, or set the term in this file too",
                    )
            elif other := _not_medicares(there.get(place.partition(".")[0]), place):
                raise refuse(
                    where, f"'{term}' is not as Medicare's, because {other}; remove one of the two"
                )
            else:
                printed.setdefault(_place_of(place), []).append(source.in_words())
    # Of several pages each is cited.
    for place, pages in printed.items():
        yield place, Saying("; ".join(dict.fromkeys(pages)), file)


def days_as_medicare(sources: Sequence[PrintedSource]) -> dict[str, date]:
    """Give the places at which a payer prints what Medicare does from a day on, with that day."""
    days: dict[str, list[date | None]] = {}
    for source in sources:
        for term in source.term if source.same_as_medicare else ():
            days.setdefault(_place_of(SETTINGS.get(term, term)), []).append(source.effective)
    return {
        place: min(each for each in found if each is not None)
        for place, found in days.items()
        if None not in found
    }


def _within(said: str, place: str) -> bool:
    return said == place or said.startswith((f"{place}.", f"{place} "))


def _place_of(place: str) -> str:
    """Give the place a saying stands at: all of a rule is no term of it."""
    return place if "." in place else f"{place}.as_medicare"


def _not_medicares(rule: Rule | None, place: str) -> str | None:
    """Say why a rule, or a term, is not Medicare's; None where it is."""
    name, _, term = place.partition(".")
    usual = MEDICARE_RULES.get(name)
    if usual is None:
        return "Medicare has no such term"
    if rule is None or rule.in_force is not None:
        return f"the rule {name} is switched off"
    ours: dict[str, Any] = {**rule.defaults, **rule.terms}
    term, _, key = term.partition(".")
    for each in [term] if term and term != "off" else usual.defaults:
        was, now = usual.defaults[each], ours[each]
        if key:
            was, now = was.get(key), now.get(key)
        if term != "off" and was != now:
            return f"terms.{name}.{each} is set otherwise"
    return None
