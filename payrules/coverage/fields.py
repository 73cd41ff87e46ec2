"""What one field of a policy file may hold: codes, diagnoses, contractors, windows, days, texts."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from payrules.claims.modifiers import modifier_table
from payrules.claims.places_of_service import VALID
from payrules.coverage.policy import Window
from payrules.nearest import perhaps
from payrules.within_reason import shown

_WINDOW = re.compile(r"([1-9][0-9]{0,3}) (month|day)s?")
_CONTRACTOR = re.compile(r"[0-9]{5}")
_DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?")
_CATEGORY = re.compile(r"[A-Z][0-9][0-9A-Z]?(\.?[0-9A-Z]{0,4})?")
_CARC = re.compile(r"[A-Z]?[0-9]{1,3}")
_RARC = re.compile(r"[A-Z]{1,2}[0-9]{1,4}")


def is_procedure(code: str) -> bool:
    """Say whether a text is written as a procedure code is, in capitals."""
    return len(code) == 5 and code.isascii() and code.isalnum() and code == code.upper()


def is_diagnosis(code: str) -> bool:
    """Say whether a text is written as an ICD-10 code is, in capitals, with its dot or without."""
    return _DIAGNOSIS.fullmatch(code) is not None


def is_contractor(number: str) -> bool:
    """Say whether a text is a contractor's number: five digits."""
    return _CONTRACTOR.fullmatch(number) is not None


def _code(written: str) -> str:
    code = written.strip().upper()
    if not is_procedure(code):
        raise ValueError(f"'{shown(written)}' is no procedure code; write its five characters")
    return code


def _contractor(written: str) -> str:
    if not is_contractor(written):
        raise ValueError(
            f"'{shown(written)}' is no contractor number; write its five digits in quotation"
            ' marks, such as "01112"'
        )
    return written


def _modifier(written: str) -> str:
    known = written.strip().upper()
    if known not in modifier_table():
        raise ValueError(f"'{shown(written)}' is no modifier{perhaps(known, modifier_table())}")
    return known


def undotted(written: str) -> str:
    """Write a diagnosis as it is compared: capitals, without its dot."""
    return written.strip().upper().replace(".", "")


def _diagnosis(written: str) -> str:
    if not is_diagnosis(written.strip().upper()):
        raise ValueError(f"'{shown(written)}' is no ICD-10 code; write it as \"M47.816\"")
    return undotted(written)


def _category(written: str) -> str:
    if not _CATEGORY.fullmatch(written.strip().upper()):
        raise ValueError(f"'{shown(written)}' begins no ICD-10 code; write it as \"M54.1\"")
    return undotted(written)


def _place(written: str) -> str:
    if written not in VALID:
        raise ValueError(f"'{shown(written)}' is no place of service; write two digits, as \"11\"")
    return written


def _window(written: Any) -> Window:
    if written == "calendar year":
        return Window()
    found = _WINDOW.fullmatch(written.strip()) if isinstance(written, str) else None
    if found is None:
        raise ValueError(
            'is no window; write "12 months", "90 days" or "calendar year" in quotation marks'
        )
    number = int(found[1])
    return Window(months=number) if found[2] == "month" else Window(days=number)


def _carc(written: str) -> str:
    if not _CARC.fullmatch(written):
        raise ValueError(f"'{shown(written)}' is no CARC; write it as \"119\"")
    return written


def _rarc(written: str) -> str:
    if not _RARC.fullmatch(written):
        raise ValueError(f"'{shown(written)}' is no RARC; write it as \"N115\"")
    return written


def _said(written: str) -> str:
    if not written.strip():
        raise ValueError("is blank")
    return " ".join(written.split())


def _named(written: str) -> str:
    said = _said(written)
    if ";" in said:
        raise ValueError("has a semicolon, which parts the names of policies in results; remove it")
    return said


def _person(written: str) -> str:
    said = _said(written)
    if said.upper() == "NAME":
        raise ValueError("names nobody; write who compared the file with the document")
    return said


def _past(day: date) -> date:
    if day > date.today():
        raise ValueError(f"is {day}, which is still to come; write the day on which it was done")
    return day


Text = Annotated[str, AfterValidator(_said)]
Name = Annotated[str, AfterValidator(_named)]
Code = Annotated[str, AfterValidator(_code)]
Modifier = Annotated[str, AfterValidator(_modifier)]
Diagnosis = Annotated[str, AfterValidator(_diagnosis)]
Category = Annotated[str, AfterValidator(_category)]
Contractor = Annotated[str, AfterValidator(_contractor)]
Place = Annotated[str, AfterValidator(_place)]
TimeWindow = Annotated[Window, BeforeValidator(_window)]
Carc = Annotated[str, AfterValidator(_carc)]
Rarc = Annotated[str, AfterValidator(_rarc)]
Person = Annotated[str, AfterValidator(_person)]
Done = Annotated[date, AfterValidator(_past)]
Some = Field(min_length=1)
