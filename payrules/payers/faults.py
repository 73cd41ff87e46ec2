"""Puts the faults of a file that people write into words: where, what, and what to write."""

from collections.abc import Iterator, Mapping, Sequence
from inspect import isclass
from typing import (
    Any,
    get_args,
)

from pydantic import (
    BaseModel,
    ValidationError,
)

from payrules.counted import counted
from payrules.files.toml import line_of
from payrules.nearest import perhaps
from payrules.payers.payer import MEDICARE_RULES
from payrules.payers.vocabulary import NO_TERMS
from payrules.rules.case_rate import case_rate
from payrules.rules.contract_rate import contract_rate
from payrules.rules.modifier_share import modifier_share
from payrules.within_reason import shown


def first_fault(
    file: str,
    written: Mapping[str, Any],
    error: ValidationError,
    model: type[BaseModel],
    text: str = "",
) -> str:
    """Put the first fault of a file into words a contract analyst understands.

    `text` is what the file holds: where it is given, the line is told too.
    """
    faults = error.errors()
    fault = faults[0]
    more = f" ({len(faults) - 1} more after this one.)" if len(faults) > 1 else ""
    path = list(_as_written(fault["loc"], written, fault["type"]))
    place = ".".join(
        f"entry {part + 1}" if isinstance(part, int) else shown(part) for part in path
    ).replace(".entry", " entry")
    line = line_of(text, path)
    where = f"{file}, line {line}" if line else file
    return f"{where}, {place or 'the file'}: {_words(fault, model)}.{more}"


def _as_written(place: Sequence[int | str], written: Any, kind: str) -> Iterator[int | str]:
    """Follow a place only as far as the file itself goes: a bare percentage has no 'overall'."""
    for part in place:
        if isinstance(written, list) and isinstance(part, str):
            continue  # a list of code ranges without the name 'by_code'
        if part in _WAYS and not (isinstance(written, dict) and part in written):
            continue  # one of several ways to write a value, which no file names
        inside = (isinstance(written, dict) and part in written) or (
            isinstance(written, list) and isinstance(part, int)
        )
        if not inside:
            if kind == "missing":
                yield part
            return
        yield part
        written = written[part]


#: How `off` may be written (`payrules.payers.days`): alone, or as days.
_WAYS = frozenset(("switch", "days"))


def _words(fault: Any, model: type[BaseModel]) -> str:
    kind, place = fault["type"], fault["loc"]
    if kind == "missing":
        of_source = _MISSING_OF_SOURCE if place[0] == "source" else {}
        said = {**_MISSING, **of_source}.get(str(place[-1]), "give it a value")
        return f"is missing; {said}"
    if kind == "extra_forbidden" and "days" in place:
        return "is no day of 'off'; write off = { from = 2026-01-01 }, until, or both"
    if kind == "extra_forbidden":
        return _unknown(str(place[-1]), _model_at(model, place[:-1]), place)
    if kind == "literal_error":
        return f"cannot be '{shown(fault['input'])}'; it is {fault['ctx']['expected']}"
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    return _wrong_type(fault, kind, place)


def _wrong_type(fault: Any, kind: str, place: Sequence[int | str]) -> str:
    if kind in {"greater_than_equal", "less_than_equal"}:
        limit = next(iter(fault["ctx"].values()))
        than = "less than the least" if kind == "greater_than_equal" else "more than the most"
        return f"cannot be {shown(fault['input'])}, which is {than}, {limit}"
    if kind == "list_type" and place[-1] in _LISTS:
        return f"is a list; write it in brackets, such as {place[-1]} = {_LISTS[str(place[-1])]}"
    if kind == "list_type":
        table = ".".join(part for part in place if isinstance(part, str))
        return f"is a list of tables; begin each with [[{table}]]"
    if kind in {"model_type", "dict_type"} and place[0] not in {"terms", "percent_of_medicare"}:
        return "is a table, not a single value; put each of its settings on its own line"
    return _WRONG_TYPE.get(
        kind, "is a table of terms, not a single value; put each term on its own line"
    )


#: Lists of plain values, not of tables, and an example of each.
_LISTS = {
    **dict.fromkeys(("codes", "except_codes", "never", "only"), '["27447", "11400-11446"]'),
    "ladder": "[1.0, 0.5, 0.25]",
    "places": '["21", "22"]',
    "policies": '["acme-facet.toml"]',
    "specialty": '["207X", "20"]',
    "practitioner_type": '["physician"]',
}
_WRONG_TYPE = {
    "bool_type": "is true or false, without quotation marks",
    "string_type": "is text; put it in quotation marks",
    "too_short": "is empty; list one or more",
    "int_type": "is a whole number, such as 90, without quotation marks",
    "date_type": "is a date, such as 2026-01-01, without quotation marks",
}
_MISSING = {
    "modifier": 'name the modifier, such as modifier = "52"',
    "name": 'give the payer a name, such as name = "Acme"',
    "contract": (
        'name the agreement to cite with every step, such as contract = "Acme agreement 2026, '
        'exhibit B"'
    ),
    "file": 'name the CSV or Excel file, such as file = "fees.csv"',
    "first": 'name the first code of the range, such as first = "64400"',
    "percent": "give the percentage, such as percent = 125",
    "title": 'describe the scenario, such as title = "Injections in the office"',
    "cites": 'give the source of the change, such as cites = "Draft amendment, exhibit C"',
    "scale": "give the factor to multiply by, such as scale = 1.05 for 5 percent more",
}
_MISSING_OF_SOURCE = {
    "term": 'say of which term it is, such as term = "multiple_procedure.third"',
    "title": 'name the page, such as title = "Payment policy 12, multiple procedures"',
}
#: A payer's name stands in columns, headings and names of files.
_LONGEST_NAME = 100


def name_fault(name: str) -> str | None:
    """Say what is wrong with a payer's name; None where nothing is."""
    if len(name) > _LONGEST_NAME:
        return (
            f"has {counted(len(name), 'character')}; the limit is {_LONGEST_NAME}, because it is a"
            " heading of columns and sheets. Put further detail in 'contract'"
        )
    if not name.isprintable():
        return "contains a line break or another unprintable character; write it on one line"
    return None


#: A contract's own rules, and where a file says their terms.
_WRITTEN_OTHERWISE = {
    contract_rate.name: "is written as percent_of_medicare = 110, at the top of the file",
    case_rate.name: (
        'is written as a [[rate]] with codes, case_rate = "2500.00" and the codes it includes'
    ),
    modifier_share.name: (
        'is written as [[terms.modifier.share]], each with modifier = "52" and share = 0.50'
    ),
}


def _unknown(name: str, section: type[BaseModel], place: Sequence[int | str]) -> str:
    known = list(section.model_fields)
    if place[0] == "terms" and len(place) == 2 and name in _WRITTEN_OTHERWISE:
        return _WRITTEN_OTHERWISE[name]
    if place[:3] == ("terms", "modifier", "share"):
        return f"an entry has no such setting{perhaps(name, known)}. It has {', '.join(known)}"
    if len(place) == 1 and name in MEDICARE_RULES:
        return f"is a rule; put its terms under [terms.{name}]"
    if place[0] == "terms" and len(place) == 2:
        return f"there is no such rule{perhaps(name, known)}. The rules are {', '.join(known)}"
    if place[0] == "terms":
        terms = [each for each in known if each not in NO_TERMS]
        return (
            f"the rule has no such term{perhaps(name, known)}. Its terms are"
            f" {', '.join(terms) or 'none'}; or switch it off with off = true"
        )
    return f"payrules does not read this{perhaps(name, known)}. It reads {', '.join(known)}"


def _model_at(model: type[BaseModel], place: Sequence[int | str]) -> type[BaseModel]:
    """Give the section of the form that a place stands in."""
    for part in place:
        if isinstance(part, str) and part in model.model_fields:
            model = _section(model.model_fields[part].annotation) or model
    return model


def _section(annotation: Any) -> type[BaseModel] | None:
    if isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_section, get_args(annotation))), None)
