"""Case tables: claim lines as short rows, each with what it should pay and why.

A case is one person with some lines. All cases of a table are priced together, once. A line says
its result in full: what is not written must not be there (no CARC, no note, no step of the rule).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from payrules.claims import read_batch
from payrules.content import content_folder
from payrules.engine.pricing import Priced, price
from payrules.engine.rule import Rule, Tables
from payrules.fees.columns import INDICATORS, PERCENTAGES
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.payers.medicare import RULES
from payrules.runs.setup import load_tables
from payrules.schedules import ConversionFactor, Release, Schedules, load_schedules

#: Our short names of input columns.
_SHORT = {
    "date": "claim_line_start_date",
    "pos": "place_of_service_code",
    "units": "service_unit_quantity",
    "charge": "charge_amount",
    "claim": "claim_id",
    "number": "claim_line_number",
    "person": "person_id",
    "npi": "rendering_npi",
    "group": "billing_npi",
    "tin": "billing_tin",
    "specialty": "rendering_specialty",
    "kind": "practitioner_type",
    "documents": "documentation_submitted",
    "care": "postoperative_days",
    "assumed": "care_assumed_date",
    "relinquished": "care_relinquished_date",
    "minutes": "anesthesia_minutes",
    "qualifier": "unit_qualifier",
    "deductible": "deductible_remaining",
    "assignment": "assignment_accepted",
    "qualifying": "qualifying_apm_participant",
}
_DEFAULTS = {"place_of_service_code": "22", "locality": "national"}
#: Results a line may say beside its status, allowed amount, codes, note and reason.
_ALSO = {
    "fee": "fee_schedule_amount",
    "medicare": "medicare_amount",
    "patient": "patient_amount",
    "coinsurance": "coinsurance_amount",
    "sequestered": "sequestration_amount",
    "deducted": "deductible_amount",
    "limit": "limiting_charge",
    "taken": "primary_payer_adjustment",
    "mips": "mips_amount",
    "bonus": "hpsa_bonus_amount",
    "setting": "setting",
    "release": "release",
    "schedule": "schedule",
}


@dataclass(frozen=True)
class Line:
    """A claim line, and its result."""

    given: Mapping[str, str]
    expected: Mapping[str, Any]
    step: Mapping[str, Any] | None  # of the rule the table is about; None: it does not meet it


def line(
    service: str,
    pays: str | None,
    why: str | None = None,
    *,
    status: str | None = None,
    carc: str | None = None,
    rarc: str | None = None,
    review: str | None = None,
    codes: tuple[str | None, str | None, str | None] | None = None,
    **named: Any,
) -> Line:
    """Give a line ("45380 59": code and modifiers), its allowed amount and why.

    `why` is the sentence of the rule's step, and the reason where the line is not priced. `codes`
    are the step's group code, CARC and RARC, where they are not the line's own. `named` holds
    input columns, by short names, and further results.
    """
    code, *modifiers = service.split()
    given = {"hcpcs_code": code, "hcpcs_modifiers": " ".join(modifiers)}
    expected = {
        "status": status or "priced",
        "allowed_amount": _cents(pays),
        "carc": carc,
        "rarc": rarc,
        "review": review,
    }
    step = None
    if why is not None:
        group_code, step_carc, step_rarc = codes or ("CO" if carc else None, carc, rarc)
        step = {"detail": why, "group_code": group_code, "carc": step_carc, "rarc": step_rarc}
        for name in ("factor", "after"):
            if name in named:
                step[name] = (_cents if name == "after" else _scaled)(named.pop(name))
    for name, value in named.items():
        if name in _ALSO:
            is_text = name in {"setting", "release", "schedule"}
            expected[_ALSO[name]] = value if is_text else _cents(value)
        else:
            given[_SHORT.get(name, name)] = str(value)
    if why is not None and expected["status"] != "priced":
        expected["reason"] = why
    return Line(given, expected, step)


def _cents(dollars: str | None) -> int | None:
    return None if dollars is None else int(Decimal(dollars) * 100)


def _scaled(factor: str) -> int:
    return int(Decimal(factor) * 10_000)


@dataclass(frozen=True)
class Case:
    """One person's lines, and the sentence they prove."""

    sentence: str
    lines: Sequence[Line]


def case(sentence: str, *lines: Line, **of_each: Any) -> Case:
    """Give a case; `of_each` holds input columns of all its lines."""
    shared = {_SHORT.get(name, name): str(value) for name, value in of_each.items()}
    return Case(
        sentence,
        [Line({**shared, **one.given}, one.expected, one.step) for one in lines],
    )


@dataclass(eq=False)
class CaseTable:
    """Cases about one rule, priced together once."""

    rule: str
    cases: Sequence[Case]
    schedules: Schedules = field(default_factory=lambda: STARTER)
    tables: Tables = field(default_factory=Tables)
    dollars: DollarSchedule | None = None
    rules: Sequence[Rule] = RULES
    date: str = "2025-06-02"

    def __post_init__(self) -> None:
        sentences = [each.sentence for each in self.cases]
        assert len(set(sentences)) == len(sentences), "two cases have one sentence"

    @cached_property
    def priced(self) -> Priced:
        """All cases' lines, priced."""
        rows = []
        for number, each in enumerate(self.cases):
            claims: dict[str, int] = {}
            for one in each.lines:
                row = {"claim_line_start_date": self.date, **_DEFAULTS, **one.given}
                row.setdefault("claim_id", f"case {number}")
                row.setdefault("person_id", f"person {number}")
                claims[row["claim_id"]] = claims.get(row["claim_id"], 0) + 1
                row.setdefault("claim_line_number", str(claims[row["claim_id"]]))
                rows.append(row)
        return priced(
            rows,
            self.rules,
            self.schedules,
            tables=self.tables,
            dollars=self.dollars,
        )

    def check(self, wanted: Case) -> None:
        """Compare the lines of a case with what they say."""
        before = 0
        for each in self.cases:
            if each is wanted:
                break
            before += len(each.lines)
        found = self.priced.lines[before : before + len(wanted.lines)]
        for place, one in enumerate(wanted.lines):
            result = found.row(place, named=True)
            steps = _trail_of(self, before + place)
            chain = "\n".join(
                f"{step['rule']}: {step['before']} to {step['after']}, {step['detail']}"
                for step in steps
            )
            where = f"line {place + 1} of the case:\n{chain}"
            wrong = {
                name: (result[name], value)
                for name, value in one.expected.items()
                if result[name] != value
            }
            assert not wrong, f"(found, expected) {wrong} on {where}"
            assert (result["reason"] is None) == (result["status"] == "priced")
            met = [step for step in steps if step["rule"] == self.rule]
            assert len(met) == (one.step is not None), f"{len(met)} steps on {where}"
            if one.step is not None:
                differs = {
                    name: (met[0][name], value)
                    for name, value in one.step.items()
                    if met[0][name] != value
                }
                assert not differs, f"(found, expected) {differs} on {where}"


def _trail_of(table: CaseTable, row: int) -> list[dict[str, Any]]:
    trail = table.priced.trail
    assert trail is not None
    return trail.filter(pl.col("row") == row).to_dicts()


def every_case(*tables: CaseTable) -> pytest.MarkDecorator:
    """Parametrize a test with the cases of some tables, under their sentences."""
    return pytest.mark.parametrize(
        ("table", "case"),
        [
            pytest.param(table, each, id=each.sentence.replace(" ", "_"))
            for table in tables
            for each in table.cases
        ],
    )


def priced(
    rows: Sequence[Mapping[str, str]],
    rules: Iterable[Rule] = RULES,
    schedules: Schedules | None = None,
    *,
    tables: Tables | None = None,
    dollars: DollarSchedule | None = None,
) -> Priced:
    """Price rows of text."""
    schedules = schedules or STARTER
    return price(checked(rows, schedules), rules, schedules, tables=tables, dollars=dollars)


def checked(rows: Sequence[Mapping[str, str]], schedules: Schedules) -> pl.DataFrame:
    """Check rows of text as a batch would be; every row must be accepted."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    frame = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in names},
        schema=dict.fromkeys(names, pl.String),
    )
    batch = read_batch(frame, localities=schedules.localities())
    assert batch.rejects.is_empty(), batch.rejects.select("row", "column", "value", "reason")
    return batch.lines


# ------------------------------------------------------------------------- schedules made by hand


@dataclass(frozen=True, eq=False)
class HandMade(Release):
    """A release whose tables are written in a test."""

    made: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def _read(self, file: str) -> pl.DataFrame:
        return self.made[file]


def code(
    hcpcs: str,
    fee: str = "0.00",
    modifier: str = "",
    *,
    pe: str | None = None,
    facility_pe: str | None = None,
    malpractice: str = "0.00",
    status: str = "A",
    pctc: str = "0",
    days: str = "XXX",
    shares: tuple[int, int, int] = (0, 0, 0),
    multiple: str = "0",
    bilateral: str = "0",
    assistant: str = "0",
    co_surgeon: str = "0",
    team: str = "0",
    base: str = "",
    family: str = "99",
    cap: str = "0.00",
    cap_facility: str | None = None,
    na: tuple[bool, bool] = (False, False),
) -> dict[str, Any]:
    """Give a row of a release whose conversion factor is 1: RVUs are dollars.

    `fee` is the work RVU; `pe`, `facility_pe` and `malpractice` come on top; `cap` is the practice
    expense of the hospital cap; `shares` the percentages before, in and after the operation.
    """
    expense = _cents(pe or "0.00")
    hospital = _cents(cap)
    return {
        "hcpcs_code": hcpcs,
        "modifier": modifier,
        "label": "",
        "status_code": status,
        "work_rvu": _cents(fee),
        "nonfacility_pe_rvu": expense,
        "facility_pe_rvu": expense if facility_pe is None else _cents(facility_pe),
        "malpractice_rvu": _cents(malpractice),
        "nonfacility_na": na[0],
        "facility_na": na[1],
        "pctc_indicator": pctc,
        "global_days": days,
        "preoperative": shares[0],
        "intraoperative": shares[1],
        "postoperative": shares[2],
        "multiple_procedure_indicator": multiple,
        "bilateral_indicator": bilateral,
        "assistant_indicator": assistant,
        "co_surgeon_indicator": co_surgeon,
        "team_indicator": team,
        "endoscopic_base_code": base,
        "supervision_code": "09",
        "imaging_family": family,
        "cap_nonfacility_pe_rvu": hospital,
        "cap_facility_pe_rvu": hospital if cap_facility is None else _cents(cap_facility),
        "cap_malpractice_rvu": 0,
    }


def parts(
    hcpcs: str,
    professional: str,
    technical: str,
    *,
    cap: str = "0.00",
    technical_cap: str | None = None,
    **columns: Any,
) -> list[dict[str, Any]]:
    """Give the three rows of a test with a professional and a technical component.

    `cap` is the technical row's hospital cap, unless `technical_cap` is; the whole test's is the
    professional part more than `cap`.
    """
    return [
        code(hcpcs, professional, pe=technical, pctc="1", cap=cap, **columns),
        code(hcpcs, professional, "26", pctc="1", **columns),
        code(hcpcs, "0.00", "TC", pe=technical, pctc="1", cap=technical_cap or cap, **columns),
    ]


def rows_of_72191() -> list[dict[str, Any]]:
    """Give the three rows of 72191 in 2025D: real imaging whose fee is above its hospital cap.

    With `FACTORS_2025` its fee is 299.85 and its cap 259.74, in San Francisco 402.02 and 345.41.
    """
    columns = {"pctc": "1", "multiple": "4", "family": "88"}
    whole = code("72191", "1.81", pe="7.33", malpractice="0.13", cap="6.10", **columns)
    professional = code("72191", "1.81", "26", pe="0.62", malpractice="0.10", **columns)
    technical = code("72191", "0.00", "TC", pe="6.71", malpractice="0.03", cap="5.48", **columns)
    return [
        whole | {"cap_malpractice_rvu": 12},
        professional,
        technical | {"cap_malpractice_rvu": 2},
    ]


#: The factor and the indices of San Francisco in 2025D.
FACTORS_2025 = (("2025-01-01", "32.3465", False),)
SAN_FRANCISCO = ("01112-05", 1088, 1419, 445)

_PLACES = {"locality": pl.String, "work_gpci": pl.Int64, "pe_gpci": pl.Int64, "mp_gpci": pl.Int64}


def schedule(
    *codes: dict[str, Any],
    first: str = "1992-01-01",
    last: str = "2099-12-31",
    factors: Sequence[tuple[str, str, bool]] = (("1992-01-01", "1.0000", False),),
    places: Sequence[tuple[str, int, int, int]] = (),
    anesthesia: Mapping[str, str] | None = None,
    name: str = "by hand",
) -> Release:
    """Give a release with these rows. Its conversion factor is one dollar unless told."""
    made = {
        "codes.parquet": pl.DataFrame(list(codes), infer_schema_length=None),
        "localities.parquet": pl.DataFrame(list(places), schema=_PLACES, orient="row"),
        "anesthesia_factors.parquet": pl.DataFrame(
            [(place, _scaled(factor)) for place, factor in (anesthesia or {}).items()],
            schema={"locality": pl.String, "conversion_factor": pl.Int64},
            orient="row",
        ),
    }
    return HandMade(
        name=name,
        effective_from=date.fromisoformat(first),
        effective_to=date.fromisoformat(last),
        published_for=date.fromisoformat(first),
        starter=False,
        source="a test",
        sources={},
        files=dict.fromkeys(made, ""),
        rows={},
        conversion_factors=tuple(
            ConversionFactor(date.fromisoformat(day), _scaled(value), qualifying, "a test")
            for day, value, qualifying in factors
        ),
        folder=Path(),
        made=made,
    )


def by_hand(*codes: dict[str, Any], **terms: Any) -> Schedules:
    """Give schedules of one hand-made release and no tables; see `schedule`."""
    return Schedules([schedule(*codes, **terms)], [])


def in_dollars(
    *rows: Mapping[str, Any], own_indicators: bool = True, name: str = "contract"
) -> DollarSchedule:
    """Give a payer's schedule in dollars; columns as in a payer's file, amounts as text."""
    amounts = ("facility_amount", "nonfacility_amount", "work_amount", "pe_amount", "mp_amount")
    schema = (
        {"hcpcs_code": pl.String, "modifier": pl.String}
        | dict.fromkeys(amounts, pl.Int64)
        | {"effective_from": pl.Date, "effective_to": pl.Date}
        | dict.fromkeys(INDICATORS, pl.String)
        | dict.fromkeys(PERCENTAGES, pl.Int64)
    )
    table = [
        {
            "modifier": "",
            **{key: _cents(value) if key in amounts else value for key, value in row.items()},
        }
        for row in rows
    ]
    frame = pl.DataFrame({key: [row.get(key) for row in table] for key in schema}, schema=schema)
    return DollarSchedule(name, frame, own_indicators)


#: The release and tables that ship with payrules, without anything a user imported.
STARTER = load_schedules(content_folder("fee_schedules"))
STARTER_TABLES = load_tables(STARTER)
#: The note on a denial by the starter's edits on a date after their quarter.
STANDS_IN = (
    "denied by an edit of July 2024, used because this quarter's is not loaded: check it in CMS's"
    " table"
)
