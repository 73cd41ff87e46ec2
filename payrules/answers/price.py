"""What a few codes are paid in one session: the engine's own answer, in short.

The codes are a small batch like any other, one claim of one person on one day, and nothing is
computed here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import polars as pl

from payrules.answers.unused import without_use
from payrules.answers.written import AskedLine, read_amount
from payrules.claims.columns import MODIFIERS
from payrules.claims.practitioners import TYPES
from payrules.code_page import chosen_locality, chosen_release
from payrules.counted import counted
from payrules.errors import UsageError
from payrules.frozen import frozen
from payrules.locality import NATIONAL
from payrules.payers.left_open import owes_unsaid, where_on_file
from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate, remarks
from payrules.runs.setup import Setup
from payrules.schedules import LocalityNames

#: A claim and a person that stand for one session.
_SESSION = "session"
_ZIP = re.compile(r"[0-9]{5}(?:-?[0-9]{4})?")
#: What these do is told by the amounts of who pays.
_WHO_PAYS = frozenset(("fee_schedule_amount", "deductible", "sequestration", "limiting_charge"))
#: What says how a line is paid where it changes no amount: a contract's factor made the fee.
_TELLING = frozenset(("preventive", "contract_rate"))
#: What a session is paid in all.
TOTALS = ("allowed_amount", "medicare_amount", "sequestration_amount", "patient_amount")

#: What is not known of a payer whose file says no coinsurance.
_OWED = ("patient_amount", "coinsurance_amount")


@frozen
class Reason:
    """A step that changed a line: the rule, its share of the amount, its code and its fact."""

    rule: str
    detail: str
    factor: str | None
    code: str
    before: str | None
    after: str | None
    cites: str


@frozen
class LineAnswer:
    """What one line is paid: amounts are dollars as text, None where there is none.

    `medicare_amount` is what the payer pays, whoever that is; where its file says no coinsurance,
    that is in it, and what the patient owes is None. `reasons` are the steps that changed
    the amount or who pays it; `schedule` set the fee and `fee_detail` says how; `reason` says why
    there is no amount, `review` what a person decides.
    """

    code: str
    modifiers: tuple[str, ...]
    units: str
    charge_amount: str | None
    release: str | None
    schedule: str | None
    setting: str | None
    status: str
    fee_schedule_amount: str | None
    fee_detail: str | None
    allowed_amount: str | None
    deductible_amount: str | None
    coinsurance_amount: str | None
    medicare_amount: str | None
    sequestration_amount: str | None
    patient_amount: str | None
    limiting_charge: str | None
    reasons: tuple[Reason, ...]
    reason: str | None
    review: str | None

    @property
    def name(self) -> str:
        """The line as it is written: `64483-50`."""
        return "-".join((self.code, *self.modifiers))


@frozen
class SessionAnswer:
    """What the lines of one session are paid: who pays, when, where, each line and in all.

    `totals` leave out lines without an amount; what the patient owes is None where it is so of a
    line, and nothing of any. `remarks` say what of the question makes no
    difference, and which edits ran in part.
    """

    payer: str
    day: date
    place: str
    locality: str
    locality_name: str
    lines: tuple[LineAnswer, ...]
    totals: Mapping[str, str | None]
    remarks: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every line has an amount."""
        return all(line.allowed_amount is not None for line in self.lines)

    def as_json(self) -> dict[str, Any]:
        """Give the answer as JSON takes it: the same for one line and for many."""
        return asdict(replace(self, totals=dict(self.totals))) | {"day": self.day.isoformat()}


def price_session(
    asked: Sequence[AskedLine],
    setup: Setup,
    *,
    place: str,
    day: date | None = None,
    locality: str = NATIONAL,
    charges: Sequence[str] = (),
    deductible: str | None = None,
    practitioner: str | None = None,
    minutes: str | None = None,
) -> SessionAnswer:
    """Price lines as one claim of one person on one day (default: as `code` has it).

    `charges` are those of the lines in order, or none. Raises UsageError for what no claim can
    say, in the words of the checks that every batch passes, ScheduleError for an unknown release.
    """
    if charges and len(charges) != len(asked):
        raise UsageError(
            f"{counted(len(charges), 'charge')} for {counted(len(asked), 'code')}: give one for"
            " each, in order, or none."
        )
    if day is None:
        _, day = chosen_release(setup.schedules, None, setup.release)
    asked_locality = locality
    by_zip = _ZIP.fullmatch(locality.strip()) is not None
    if not by_zip:
        locality = _locality_of(locality, setup, day)
    left = None if deductible is None else read_amount("deductible", deductible)
    rows = [
        {
            "claim_id": _SESSION,
            "claim_line_number": str(number),
            "person_id": _SESSION,
            "claim_line_start_date": day.isoformat(),
            "hcpcs_code": line.code,
            **dict.fromkeys(MODIFIERS),
            **dict(zip(MODIFIERS, line.modifiers, strict=False)),
            "service_unit_quantity": "1" if line.units is None else line.units,
            "place_of_service_code": place,
            "service_zip" if by_zip else "locality": locality,
            "charge_amount": None if charge is None else read_amount("charge", charge),
            # One deductible is left for the session, and every line says how much.
            "deductible_remaining": left,
            "practitioner_type": practitioner,
            "anesthesia_minutes": minutes,
        }
        for number, (line, charge) in enumerate(zip_longest(asked, charges), 1)
    ]
    results = estimate(pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String)), setup)
    _refuse(results, [line.name for line in asked], practitioner)
    lines = _on_file(results).sort("claim_line_number").to_dicts()
    key = lines[0]["locality"]
    names = {each.key: each.short_name for each in LocalityNames(setup.schedules).places}
    answers = tuple(_answer(line, results) for line in lines)
    unused = without_use(
        answers,
        setup,
        locality=asked_locality,
        charges=charges,
        deductible=left,
        practitioner=practitioner,
        minutes=minutes,
    )
    return SessionAnswer(
        payer=results.run.payer.name,
        day=day,
        place=place,
        locality=key,
        locality_name=names.get(key, ""),
        lines=answers,
        totals={name: _total(lines, name) for name in TOTALS},
        remarks=(*unused, *remarks(results.run)),
    )


def _locality_of(asked: str, setup: Setup, day: date) -> str:
    """Give a locality's key in the release of the day; where none is, the lines will say so."""
    schedules = setup.schedules
    release = schedules.in_force(day) if setup.release is None else schedules.named(setup.release)
    return asked if release is None else chosen_locality(asked, release, schedules)


def _refuse(results: Estimate, names: Sequence[str], practitioner: str | None) -> None:
    """Say in one sentence what no claim could say; a line that is left out is no answer."""
    if not results.rejects.height:
        return
    if practitioner is not None and "practitioner_type" in results.rejects["column"]:
        raise UsageError(
            f"There is no practitioner type '{practitioner[:40]}'; there are: {', '.join(TYPES)}."
        )
    lines: dict[str, list[str]] = {}
    for row in results.rejects.iter_rows(named=True):
        lines.setdefault(row["reason"], []).append(names[int(row["claim_line_number"]) - 1])
    said = [
        reason if len(of) == len(names) else f"{', '.join(of)}: {reason}"
        for reason, of in lines.items()
    ]
    raise UsageError(f"Cannot be priced: {'; '.join(said)}.")


def _on_file(results: Estimate) -> pl.DataFrame:
    """Give the lines without the 0.00 of what the patient owes, where the payer says none of it."""
    if not results.run.payer.says_no_coinsurance:
        return results.lines
    unsaid = owes_unsaid(deductible="deductible_amount")
    return results.lines.with_columns(where_on_file(each, unsaid) for each in _OWED)


def _total(lines: Sequence[Mapping[str, Any]], name: str) -> str | None:
    total = sum((line[name] or Decimal(0) for line in lines), Decimal(0))
    blank = (line[name] is None and line["allowed_amount"] is not None for line in lines)
    return None if name in _OWED and not total and any(blank) else f"{total:.2f}"


def _answer(line: Mapping[str, Any], results: Estimate) -> LineAnswer:
    steps = results.adjustments.filter(pl.col("claim_line_number") == line["claim_line_number"])
    amounts = {
        name: None if line.get(name) is None else f"{line[name]:.2f}"
        for name in (
            "charge_amount",
            "fee_schedule_amount",
            "deductible_amount",
            "coinsurance_amount",
            "limiting_charge",
            *TOTALS,
        )
    }
    return LineAnswer(
        code=line["hcpcs_code"],
        modifiers=tuple(line[name] for name in MODIFIERS if line.get(name)),
        units=str(line["service_unit_quantity"]),
        release=line["release"],
        schedule=line["schedule"],
        setting=line["setting"],
        status=line["status"],
        fee_detail=next(
            iter(steps.filter(pl.col("rule") == "fee_schedule_amount")["detail"]), None
        ),
        reasons=tuple(_reasons(steps)),
        reason=line["reason"],
        review=line["review"],
        **amounts,
    )


def _reasons(steps: pl.DataFrame) -> Iterable[Reason]:
    for step in steps.iter_rows(named=True):
        is_changed = step["before"] != step["after"] or step["rule"] in _TELLING
        if step["rule"] in _WHO_PAYS or not is_changed:
            continue
        codes = (step["group_code"], step["carc"])
        yield Reason(
            rule=step["rule"],
            detail=step["detail"] or "",
            factor=None if step["factor"] is None else str(step["factor"]),
            code="-".join(each for each in codes if each),
            before=_text(step["before"]),
            after=_text(step["after"]),
            cites=step["cites"],
        )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
