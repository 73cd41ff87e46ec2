"""Reads a payer file: a contract written as TOML becomes an ordered tuple of rules.

A payer is Medicare's order of rules with its own terms, so that a file holds only what differs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from hashlib import sha256
from inspect import isclass
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    Self,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    model_validator,
)

from payrules.claims import practitioners
from payrules.dated import Dated
from payrules.engine.rule import Rule
from payrules.errors import PayerError, PayrulesError
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.files.toml import is_file, line_of, read_toml
from payrules.nearest import perhaps
from payrules.payers.dollar_schedule import read_dollar_schedule
from payrules.payers.payer import MEDICARE, Payer, contradiction
from payrules.rules.contract_rate import contract_rate
from payrules.within_reason import PERCENT_OF_MEDICARE, SHARE, Range, shown

_PRESETS = Path(__file__).parent / "presets"
_SWITCHES = {"off", "on"}
#: Without these a line would be priced without an amount.
ALWAYS_ON = ("status_code", "anesthesia")
MEDICARE_RULES = {rule.name: rule for rule in MEDICARE.rules}

#: A share by its first day; None = from the rule's own first day.
_Shares = tuple[tuple[date | None, Decimal], ...]


class Difference(NamedTuple):
    """Where a payer leaves Medicare: rule, term, both values in words, and the citation."""

    rule: str
    term: str
    medicare: str
    payer: str
    cites: str


# -- what a file may say -----------------------------------------------------------------------


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _by_date(value: Any, within: Range) -> _Shares:
    """Read one number, or a table of first day = number."""
    if not isinstance(value, dict):
        return ((None, within.read(value)),)
    if not value:
        raise ValueError(f"is empty; give it a number, such as {within.such_as}")
    shares = []
    for day, number in value.items():
        try:
            first = date.fromisoformat(day)
        except ValueError:
            raise ValueError(
                f"holds '{shown(day)}', which is no day; write the first day each number is in"
                f" force, such as 2026-01-01 = {within.such_as}"
            ) from None
        shares.append((first, within.read(number)))
    return tuple(sorted(shares))


def _read_percentages(value: Any) -> Any:
    """Take a number, or dates and numbers, for the percentage of every code."""
    if isinstance(value, list):
        return {"by_code": value}
    if not isinstance(value, dict) or (value and all(day[:1].isdigit() for day in value)):
        return {"overall": value}
    return value


def _percentages_by_date(value: Any) -> _Shares:
    return tuple((day, number / 100) for day, number in _by_date(value, PERCENT_OF_MEDICARE))


_Percent = Annotated[_Shares, BeforeValidator(_percentages_by_date)]


class _CodeRange(_Section):
    first: str
    last: str | None = None
    percent: _Percent

    def codes(self) -> tuple[str, str]:
        return self.first.upper(), (self.last or self.first).upper()


class _Percentages(_Section):
    overall: _Percent | None = None
    by_code: list[_CodeRange] = Field(default_factory=list)


class _FeeSchedule(_Section):
    file: str
    indicators: Literal["own", "release"] | None = None


def _kind(hint: Any, default: Any) -> Any:
    """Give what a file may write for a term that a rule takes."""
    if not _is_dated(hint):
        return hint
    usual = next(iter(default.values()), None) if isinstance(default, Mapping) else default
    within = usual.within if isinstance(usual, Dated) else SHARE
    factor = Annotated[_Shares, BeforeValidator(lambda value: _by_date(value, within))]
    return dict[str, factor] if _is_mapping(hint) else factor


def _is_dated(hint: Any) -> bool:
    return hint is Dated or (get_origin(hint) is not None and Dated in get_args(hint))


def _is_mapping(hint: Any) -> bool:
    return isclass(get_origin(hint)) and issubclass(get_origin(hint), Mapping)


def _terms_of(rule: Rule) -> dict[str, Any]:
    hints = get_type_hints(rule.decide)
    return {term: hints[term] for term in rule.defaults}


class _RuleTerms(_Section):
    off: bool | None = None
    on: bool | None = None

    @model_validator(mode="after")
    def _one_switch(self) -> Self:
        if self.off is not None and self.off == self.on:
            raise ValueError("is switched on and off at once; take 'on' or 'off' out")
        return self

    @property
    def switches(self) -> bool | None:
        """Whether the rule is switched on, or off; None where it stays as it is."""
        return not self.off if self.on is None and self.off is not None else self.on


@cache
def changes_form() -> Mapping[str, Any]:
    """Give the fields of a form that says what a payer changes: `terms`, `percent_of_medicare`.

    The terms are those that the rules take.
    """
    rules: dict[str, Any] = {}
    for rule in MEDICARE.rules:
        terms: dict[str, Any] = {
            term: (_kind(hint, rule.defaults[term]) | None, None)
            for term, hint in _terms_of(rule).items()
        }
        rules[rule.name] = (create_model(rule.name, __base__=_RuleTerms, **terms) | None, None)
    terms_model = create_model("terms", __base__=_Section, **rules)
    percentages = Annotated[_Percentages, BeforeValidator(_read_percentages)] | None
    return {
        "terms": (terms_model, Field(default_factory=terms_model)),
        "percent_of_medicare": (percentages, None),
    }


@cache
def form() -> type[BaseModel]:
    """Give the form of a payer file."""
    fields: dict[str, Any] = {
        "name": (str, ...),
        "contract": (str, ...),
        "base": (str, "medicare"),
        **changes_form(),
        "fee_schedule": (_FeeSchedule | None, None),
        "indicators": (Literal["own", "release"] | None, None),
    }
    return create_model("payer", __base__=_Section, **fields)


# -- reading -----------------------------------------------------------------------------------


def presets() -> list[str]:
    """Give the names of the payers that ship with payrules, as examples with a printed source."""
    return sorted(preset.stem for preset in _PRESETS.glob("*.toml"))


def load_payer(name_or_path: str | Path) -> Payer:
    """Give a payer: `medicare`, a preset by its name, or a payer file.

    Raises PayerError: the file, the place in it, what is wrong and what to write.
    """
    name = str(name_or_path)
    path = Path(name_or_path)
    if path.suffix.lower() == ".toml" or is_file(path):
        return _read(path)
    return _named(name, "There is no payer")


def _named(name: str, fault: str) -> Payer:
    if name.lower() == MEDICARE.name:
        return MEDICARE
    for preset in presets():
        if preset == name.lower():
            return _read(_PRESETS / f"{preset}.toml")
    known = [MEDICARE.name, *presets()]
    raise PayerError(
        f"{fault} '{shown(name)}'{perhaps(name, known)}. Give a payer file that ends in"
        f" .toml, or one of {', '.join(known)}."
    )


def _read(path: Path) -> Payer:
    file = read_toml(path, "payer file", PayerError)
    model = form()
    try:
        said = model.model_validate(file.written)
    except ValidationError as error:
        raise PayerError(first_fault(file.name, file.written, error, model, file.text)) from None
    return _payer(said, path, sha256(file.content).hexdigest())


def _payer(said: Any, path: Path, digest: str) -> Payer:
    """Make the payer a checked file says."""

    def refuse(place: str, fault: str) -> PayerError:
        return PayerError(f"{path.name}, {place}: {fault}.")

    for place in ("name", "contract"):
        if not getattr(said, place).strip():
            raise refuse(place, "is blank; every step of a price cites it")
    fault = name_fault(said.name)
    if fault:
        raise refuse("name", fault)
    base = _named(said.base, f"{path.name}, base: there is no payer")
    for name in terms_of_rules_off(base.rules, said):
        raise refuse(f"terms.{name}", rule_is_off(base.name))
    rules = changed_rules(base.rules, said, said.contract, refuse)
    dollars, files = _dollars(said, path, refuse)
    if found := contradiction(rules, dollars):
        raise refuse(found.written_at(said), found.fault)
    return Payer(
        name=said.name.strip(),
        contract=said.contract.strip(),
        rules=rules,
        dollars=dollars,
        files={path.name: digest, **files},
    )


def changed_rules(
    base: Sequence[Rule], said: Any, contract: str, refuse: Callable[[str, str], PayrulesError]
) -> tuple[Rule, ...]:
    """Give rules on the terms that a checked form says (`changes_form`), in Medicare's order.

    `contract` is cited for what changes; `refuse` makes the error for a place and a fault. A rule
    that is off stays off unless it is switched on (`terms_of_rules_off`).
    """
    rules = {rule.name: rule for rule in base}
    for name in said.terms.model_fields_set:
        terms = getattr(said.terms, name)
        if terms is None:
            continue
        place = f"terms.{name}"
        if terms.switches is False and terms.model_fields_set - _SWITCHES:
            raise refuse(place, "is switched off and has terms; take out 'off' or the terms")
        if terms.switches is False and name in ALWAYS_ON:
            raise refuse(
                f"{place}.off",
                "this rule cannot be switched off, it says which lines have an amount at all",
            )
        if name not in rules and not terms.switches:
            continue  # a rule that is off is not switched on by its terms
        rule = rules.pop(name, MEDICARE_RULES[name])
        if terms.switches is not False:
            rules[name] = _on_terms(rule, terms, contract, refuse)
    if said.percent_of_medicare is not None:
        rules[contract_rate.name] = _rate(said.percent_of_medicare, contract, refuse)
    return tuple(_in_order(rules))


def _in_order(rules: Mapping[str, Rule]) -> Iterator[Rule]:
    """Give rules in Medicare's order; the contract rate comes after every other amount rule."""
    for name in MEDICARE_RULES:
        if name == "lesser_of_charge" and contract_rate.name in rules:
            yield rules[contract_rate.name]
        if name in rules:
            yield rules[name]


def terms_of_rules_off(rules: Sequence[Rule], said: Any) -> list[str]:
    """Name the rules that a checked form gives terms, and that are off and stay so."""
    there = {rule.name for rule in rules}
    return [
        name
        for name in sorted(said.terms.model_fields_set - there)
        if (terms := getattr(said.terms, name)) and terms.switches is None
    ]


def rule_is_off(payer: str) -> str:
    """Say why terms of a rule that is off change nothing."""
    return (
        f"the rule is off in {payer}, and terms do not switch it on; add on = true to switch it"
        " on with these terms, or take them out"
    )


def _on_terms(rule: Rule, said: Any, contract: str, refuse: Any) -> Rule:
    """Put a rule on the terms a file gives."""
    terms: dict[str, Any] = {}
    for term, hint in _terms_of(rule).items():
        value = getattr(said, term)
        if value is None:
            continue
        base = {**rule.defaults, **rule.terms}[term]
        if _is_mapping(hint):
            for kind in value:
                if kind not in practitioners.TYPES:
                    raise refuse(
                        f"terms.{rule.name}.{term}.{kind}",
                        "there is no such practitioner type"
                        f"{perhaps(kind, practitioners.TYPES)}. There are"
                        f" {', '.join(practitioners.TYPES)}",
                    )
            # Who is not named keeps the share of the base payer.
            terms[term] = base | {
                kind: _dated(share, rule.effective, contract, base.get(kind))
                for kind, share in value.items()
            }
        elif _is_dated(hint):
            terms[term] = _dated(value, rule.effective, contract, base)
        else:
            terms[term] = value
    return rule.on_terms(cites=contract, **terms) if terms else rule


def _dated(shares: _Shares, start: date, cites: str, base: Dated | None = None) -> Dated:
    """Give the shares by their first days; before the first, those of the base payer stand."""
    begun = {first or start: share for first, share in shares}
    earlier = {} if base is None else {d: s for d, s in base.values if d < min(begun)}
    values = {first.isoformat(): format(share, "f") for first, share in (earlier | begun).items()}
    return Dated(values, cites=cites)


def _rate(said: _Percentages, contract: str, refuse: Any) -> Rule:
    """Make the rule that pays a percentage of Medicare."""
    start = contract_rate.effective
    ranges = []
    for number, entry in enumerate(said.by_code, 1):
        place = f"percent_of_medicare.by_code entry {number}"
        first, last = entry.codes()
        for key, code in (("first", first), ("last", last)):
            if len(code) != 5 or not code.isalnum() or not code.isascii():
                raise refuse(
                    f"{place}.{key}", f"'{code}' is no code; a code has five characters: \"64400\""
                )
        if last < first:
            raise refuse(f"{place}.last", f"{last} comes before {first}; exchange first and last")
        ranges.append((first, last, _dated(entry.percent, start, contract)))
    if said.overall is None and not ranges:
        raise refuse("percent_of_medicare", "is empty; write a number such as 110")
    overall = None if said.overall is None else _dated(said.overall, start, contract)
    return contract_rate.on_terms(cites=contract, overall=overall, by_code=tuple(ranges))


def _dollars(said: Any, path: Path, refuse: Any) -> tuple[DollarSchedule | None, Mapping[str, str]]:
    """Read the schedule in dollars a file names."""
    chosen = {said.indicators, said.fee_schedule and said.fee_schedule.indicators} - {None}
    if said.fee_schedule is None:
        if chosen:
            raise refuse(
                "indicators",
                "says where a fee schedule's indicators come from, and there is no [fee_schedule]",
            )
        return None, {}
    if len(chosen) > 1:
        raise refuse("indicators", "stands in the file twice, and differs; take one out")
    file = path.parent / said.fee_schedule.file
    if not is_file(file):
        raise refuse(
            "fee_schedule.file",
            f"there is no file '{said.fee_schedule.file}' beside it; paths are taken from the"
            " payer file's folder",
        )
    dollars = read_dollar_schedule(
        file, own_indicators=chosen == {"own"}, cites=said.contract.strip()
    )
    return dollars, {dollars.name: dollars.sha256}


# -- what was wrong ----------------------------------------------------------------------------


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
        inside = (isinstance(written, dict) and part in written) or (
            isinstance(written, list) and isinstance(part, int)
        )
        if not inside:
            if kind == "missing":
                yield part
            return
        yield part
        written = written[part]


def _words(fault: Any, model: type[BaseModel]) -> str:
    kind, place = fault["type"], fault["loc"]
    if kind == "missing":
        return f"is missing; {_MISSING.get(str(place[-1]), 'give it a value')}"
    if kind == "extra_forbidden":
        return _unknown(str(place[-1]), _model_at(model, place[:-1]), place)
    if kind == "literal_error":
        return f"cannot be '{shown(fault['input'])}'; it is {fault['ctx']['expected']}"
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    return _wrong_type(kind, place)


def _wrong_type(kind: str, place: Sequence[int | str]) -> str:
    if kind == "list_type":
        table = ".".join(part for part in place if isinstance(part, str))
        return f"is a list of tables; head each with [[{table}]]"
    if kind in {"model_type", "dict_type"} and place[0] not in {"terms", "percent_of_medicare"}:
        return "is a table, not one value; give each of its settings a line of its own"
    return _WRONG_TYPE.get(kind, "is a table of terms, not one value; give each term its own line")


_WRONG_TYPE = {
    "bool_type": "is true or false, without quotation marks",
    "string_type": "is text; put it in quotation marks",
    "too_short": "is empty; name one or more",
    "date_type": "is a day, such as 2026-01-01, without quotation marks",
}
_MISSING = {
    "name": 'give the payer a name, such as name = "Acme"',
    "contract": 'name the agreement that is cited beside every step, such as contract = "Acme'
    ' agreement 2026, exhibit B"',
    "file": 'name the CSV or Excel file, such as file = "fees.csv"',
    "first": 'name the first code of the range, such as first = "64400"',
    "percent": "give the percentage, such as percent = 125",
    "title": 'say what the scenario is, such as title = "Injections in the office"',
    "cites": 'say where the change is from, such as cites = "Draft amendment, exhibit C"',
    "scale": "give what to multiply by, such as scale = 1.05 for 5 percent more",
}


#: A payer's name stands in columns, headings and names of files.
_LONGEST_NAME = 100


def name_fault(name: str) -> str | None:
    """Say what is wrong with a payer's name; None where nothing is."""
    if len(name) > _LONGEST_NAME:
        return (
            f"has {len(name)} characters, and {_LONGEST_NAME} are the most: it heads columns and"
            " sheets. What else there is to say stands in 'contract'"
        )
    if not name.isprintable():
        return "holds a line end or another character that cannot be printed; write it on one line"
    return None


def _unknown(name: str, section: type[BaseModel], place: Sequence[int | str]) -> str:
    known = list(section.model_fields)
    if place == ("terms", contract_rate.name):
        return "is written as percent_of_medicare = 110, at the head of the file"
    if len(place) == 1 and name in MEDICARE_RULES:
        return f"is a rule; its terms stand under [terms.{name}]"
    if place[0] == "terms" and len(place) == 2:
        return f"there is no such rule{perhaps(name, known)}. The rules are {', '.join(known)}"
    if place[0] == "terms":
        terms = [each for each in known if each not in _SWITCHES]
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


# -- what differs from Medicare ----------------------------------------------------------------


def differences(payer: Payer) -> list[Difference]:
    """Give what a payer does otherwise than Medicare, in the order of the rules."""
    found = []
    if payer.dollars is not None:
        own = "its own indicators" if payer.dollars.own_indicators else "the release's indicators"
        found.append(
            Difference(
                "fee_schedule_amount",
                "source",
                "RVU × GPCI × conversion factor",
                f"dollars of {payer.dollars.name}, {own}",
                payer.contract,
            )
        )
    rules = {rule.name: rule for rule in payer.rules}
    order = _in_order({**MEDICARE_RULES, contract_rate.name: contract_rate})
    for medicare in order:
        rule = rules.get(medicare.name)
        is_rate = medicare.name == contract_rate.name
        if rule is None:
            if not is_rate:
                found.append(Difference(medicare.name, "off", "on", "off", payer.contract))
            continue
        for term, default in medicare.defaults.items():
            theirs = {**rule.defaults, **rule.terms}[term]
            for name, before, after in _compared(term, default, theirs):
                usual = "100 %" if is_rate and name == "overall" else before
                found.append(Difference(rule.name, name, usual, after, rule.cites))
    return found


def _compared(term: str, default: Any, theirs: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(default, Mapping):
        for name in {**default, **theirs}:
            before, after = value_in_words(default.get(name)), value_in_words(theirs.get(name))
            if before != after:
                yield f"{term}.{name}", before, after
    elif term == "by_code":
        for first, last, dated in theirs:
            codes = first if first == last else f"{first} to {last}"
            yield codes, "100 %", value_in_words(dated)
    elif value_in_words(default) != value_in_words(theirs):
        yield term, value_in_words(default), value_in_words(theirs)


def value_in_words(value: Any) -> str:
    """Write a term's value: "0.50 from 1995-01-01"."""
    if value is None:
        return "none"
    if not isinstance(value, Dated):
        return str(value)
    return "; ".join(f"{format(share, 'f')} from {first}" for first, share in value.values)
