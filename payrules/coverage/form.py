"""What a policy file may say, and each fault in it as a sentence."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from payrules.coverage.fields import (
    Carc,
    Category,
    Code,
    Contractor,
    Diagnosis,
    Done,
    Modifier,
    Name,
    Person,
    Place,
    Rarc,
    Some,
    Text,
    TimeWindow,
)
from payrules.coverage.policy import CODES
from payrules.files.toml import TomlFile
from payrules.nearest import perhaps
from payrules.within_reason import shown

#: A limit of sessions or levels beyond this is a slip.
_MOST = 999


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class VerificationEntry(_Section):
    """Who compared the file with the document, and when."""

    by: Person
    on: Done


class PolicyEntry(_Section):
    """The document: what it is, whose, for whom and from when."""

    id: Name
    title: Text
    authority: Literal["NCD", "LCD", "payer"]
    effective_from: date
    source: Text
    effective_to: date | None = None
    article: Name | None = None
    macs: Annotated[list[Contractor], Some] | None = None
    document_version: Name | None = None
    read_on: Done | None = None
    verified: VerificationEntry | None = None

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise ValueError("has its effective_to before its effective_from")
        if self.macs is not None and len({*self.macs}) < len(self.macs):
            raise ValueError("names a contractor twice in macs")
        if self.authority == "NCD" and self.macs is not None:
            raise ValueError("is an NCD, which is the nation's: remove macs")
        return self


class CountedFamilyEntry(_Section):
    """A family's regions and the codes of each."""

    regions: Annotated[dict[str, Annotated[list[Code], Some]], Some]


class _Tagged(_Section):
    tag: Literal["v", "s", "k"] | None = None
    source: Text | None = None


class NonCoveredEntry(_Tagged):
    """Codes that the document lists as not covered."""

    codes: Annotated[list[Code], Some]
    why: Text
    by_statute: bool = False


class DiagnosesEntry(_Tagged):
    """The diagnoses that families, or codes, need one of."""

    families: list[str] = Field(default_factory=list)
    codes: list[Code] = Field(default_factory=list)
    closed: bool = False
    any_of: list[Diagnosis] = Field(default_factory=list)
    starts_with: list[Category] = Field(default_factory=list)
    all_of: list[Annotated[list[Diagnosis], Some]] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.families and not self.codes:
            raise ValueError("is of no code; name families, or codes")
        if not (self.any_of or self.starts_with or self.all_of):
            raise ValueError("lists no diagnosis; write any_of, starts_with or all_of")
        return self


class FrequencyEntry(_Tagged):
    """The most sessions of a family in a window."""

    family: str
    window: TimeWindow
    sessions: Annotated[int, Field(ge=1, le=_MOST)] | None = None
    with_modifier: Modifier | None = None
    without_modifier: Modifier | None = None
    least_days_between: Annotated[int, Field(ge=1, le=_MOST)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.sessions is None and self.least_days_between is None:
            raise ValueError("limits nothing; write sessions, or least_days_between")
        if self.with_modifier is not None and self.with_modifier == self.without_modifier:
            raise ValueError(f"counts no line: none is with {self.with_modifier} and without it")
        return self


class SessionEntry(_Tagged):
    """What one session may hold."""

    families: list[str] = Field(default_factory=list)
    codes: list[Code] = Field(default_factory=list)
    most_levels: Annotated[int, Field(ge=1, le=_MOST)] | None = None
    one_region: bool = False
    sides: Literal["never", "one code"] | None = None
    not_with: list[str] = Field(default_factory=list)
    place_of_service: list[Place] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.families and not self.codes:
            raise ValueError("is of no code; name families, or codes")
        limits = (self.most_levels, self.one_region, self.sides, self.not_with)
        if not (any(limits) or self.place_of_service):
            raise ValueError(
                "limits nothing; write most_levels, one_region, sides, not_with or place_of_service"
            )
        own = sorted({*self.families} & {*self.not_with})
        if own:
            raise ValueError(f"wants {shown(own[0])} apart from itself; not_with names others")
        if self.codes and self.one_region:
            raise ValueError("counts regions, which families have; name families instead of codes")
        return self


class DocumentationEntry(_Section):
    """What the document asks of the record, which no claim shows."""

    asks: Annotated[list[Text], Some]


Finding = Literal["diagnosis", "frequency", "noncovered", "levels", "regions", "sides"]


class CodesEntry(_Section):
    """Codes of denials in place of the usual ones, by what is found."""

    carc: dict[Finding, Carc] = Field(default_factory=dict)
    rarc: dict[Finding, Rarc] = Field(default_factory=dict)


class PolicyForm(_Section):
    """A whole policy file."""

    policy: PolicyEntry
    families: dict[str, CountedFamilyEntry] = Field(default_factory=dict)
    noncovered: list[NonCoveredEntry] = Field(default_factory=list)
    diagnoses: list[DiagnosesEntry] = Field(default_factory=list)
    frequency: list[FrequencyEntry] = Field(default_factory=list)
    session: list[SessionEntry] = Field(default_factory=list)
    documentation: DocumentationEntry | None = None
    codes: CodesEntry = Field(default_factory=CodesEntry)


#: What to write where something is missing.
_MISSING = {
    "policy": 'begin the file with [policy] and its id, such as id = "L38801"',
    "id": 'give the number that the document has, such as id = "L38801"',
    "title": "name the document in your own words",
    "authority": 'say whose it is: authority = "LCD", "NCD" or "payer"',
    "effective_from": "give the first day of the revision, such as effective_from = 2025-07-17",
    "source": "give the address of the document",
    "regions": 'give the codes of each region, such as regions.lumbar_sacral = ["64493", "64494"]',
    "codes": 'list the codes, such as codes = ["64492", "64495"]',
    "why": 'say why, such as why = "three or more levels"',
    "family": 'name the family that is counted, such as family = "facet_injection"',
    "window": 'give the time in which sessions are counted, such as window = "12 months"',
    "by": "name who compared the file with the document",
    "on": "give the day on which it was compared, such as on = 2026-11-25",
    "asks": 'list what is asked, such as asks = ["three months of pain on a scale"]',
}
_WRONG_TYPE = {
    "bool_type": "is true or false, without quotation marks",
    "string_type": "is text; put it in quotation marks",
    "int_type": "is a whole number, without quotation marks",
    "date_type": "is a date, such as 2026-01-01, without quotation marks",
    "list_type": "is a list; write it in brackets",
    "too_short": "is empty; list one or more, or remove it",
    "model_type": "is a table, not a single value; put each of its settings on its own line",
    "dict_type": "is a table, not a single value; put each of its settings on its own line",
}


def checked(file: TomlFile) -> PolicyForm | str:
    """Give a policy file's checked form, or its first fault: line, place, what to write."""
    try:
        return PolicyForm.model_validate(file.written)
    except ValidationError as error:
        faults = error.errors()
        fault = faults[0]
        path = [part for part in fault["loc"] if part != "[key]"]
        place = ".".join(
            f"entry {part + 1}" if isinstance(part, int) else shown(str(part)) for part in path
        ).replace(".entry", " entry")
        line = file.line(path)
        where = f"{file.name}, line {line}" if line else file.name
        more = f" ({len(faults) - 1} more after this one.)" if len(faults) > 1 else ""
        return f"{where}, {place or 'the file'}: {_words(fault)}.{more}"


def _words(fault: Any) -> str:
    kind, place = fault["type"], fault["loc"]
    if kind == "missing":
        return f"is missing; {_MISSING.get(str(place[-1]), 'give it a value')}"
    if kind == "extra_forbidden":
        known = _known_at(place)
        return (
            f"payrules does not read this{perhaps(str(place[-1]), known)}. It reads"
            f" {', '.join(known)}"
        )
    if kind == "literal_error":
        return f"cannot be '{shown(str(fault['input']))}'; it is {fault['ctx']['expected']}"
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    if kind in {"greater_than_equal", "less_than_equal"}:
        return f"cannot be {shown(str(fault['input']))}; it is a whole number from 1 to {_MOST}"
    return _WRONG_TYPE.get(kind, "cannot be read as that")


_SECTIONS: dict[str, type[BaseModel]] = {
    "policy": PolicyEntry,
    "families": CountedFamilyEntry,
    "noncovered": NonCoveredEntry,
    "diagnoses": DiagnosesEntry,
    "frequency": FrequencyEntry,
    "session": SessionEntry,
    "documentation": DocumentationEntry,
    "codes": CodesEntry,
}


def _known_at(place: Any) -> list[str]:
    """Name the settings that are read where an unknown one stands."""
    if len(place) == 1:
        return list(PolicyForm.model_fields)
    if "verified" in place[:-1]:
        return list(VerificationEntry.model_fields)
    if place[0] == "codes" and len(place) > 2:
        return list(CODES)
    return list(_SECTIONS[place[0]].model_fields)
