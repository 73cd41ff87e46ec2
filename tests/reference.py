"""The reference pricer: every payment rule once more, slow and plain, to check the engine against.

Written from the specification alone. It uses `decimal`, dicts and loops, expands every line into
its units and ranks them one at a time. It shares no code with `payrules`, and must not: two
readings of the same rules that agree to the cent are worth more than one. One function per rule, in
the order the rules apply (`EDITS`, `AMOUNT_RULES`, then the payment rules in `price`).

A comment that begins with "Choice" marks a place where the specification leaves room, and says what
was taken: the most literal reading.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
ONE = Decimal(1)


def words(text: str) -> frozenset[str]:
    """Return the set of the words of a text."""
    return frozenset(text.split())


FACILITY = words("02 19 21 22 23 24 26 31 34 41 42 51 52 53 56 61")
HOSPITAL = frozenset({"19", "21", "22", "23"})
ASSISTANT = frozenset({"80", "81", "82", "AS"})
THERAPISTS = frozenset(
    {"physical_therapist", "occupational_therapist", "speech_language_pathologist"}
)
GLOBAL_DAYS = {"000": 0, "010": 10, "090": 90}
PAIR_MODIFIERS = words(
    "E1 E2 E3 E4 FA F1 F2 F3 F4 F5 F6 F7 F8 F9 TA T1 T2 T3 T4 T5 T6 T7 T8 T9 LT RT LC LD LM RC RI "
    "24 25 27 57 58 59 78 79 91 XE XS XP XU"
)
KNOWN_MODIFIERS = (
    PAIR_MODIFIERS
    | ASSISTANT
    | words(
        "22 26 50 51 52 53 54 55 56 62 66 73 74 76 77 95 TC FT GY CT FX FY CQ CO AA QZ QK QX QY AD "
        "KX GC AG AQ GA GP GO GN P1 P2 P3 P4 P5 P6 X1 X2 X3 X4 X5"
    )
)
TECHNICAL_CODES = {
    "93000": ("93005",),
    "93015": ("93017",),
    "93040": ("93041",),
    "93224": ("93225", "93226"),
    "93241": ("93242", "93243"),
    "93245": ("93246", "93247"),
    "93268": ("93270", "93271"),
    "93784": ("93786", "93788"),
}
CONVERSION_FACTORS = (
    (date(2024, 1, 1), False, Decimal("32.7442")),
    (date(2024, 3, 9), False, Decimal("33.2875")),
    (date(2025, 1, 1), False, Decimal("32.3465")),
    (date(2026, 1, 1), True, Decimal("33.5675")),
    (date(2026, 1, 1), False, Decimal("33.4009")),
)
PRACTITIONER_FACTORS = {
    "nurse_practitioner": Decimal("0.85"),
    "clinical_nurse_specialist": Decimal("0.85"),
    "physician_assistant": Decimal("0.85"),
    "dietitian": Decimal("0.85"),
    "clinical_social_worker": Decimal("0.75"),
    "marriage_family_therapist": Decimal("0.75"),
    "mental_health_counselor": Decimal("0.75"),
}
TAXONOMIES = (
    ("363L", "nurse_practitioner"),
    ("363A", "physician_assistant"),
    ("364S", "clinical_nurse_specialist"),
    ("367A", "certified_nurse_midwife"),
    ("3675", "crna"),
    ("103T", "clinical_psychologist"),
    ("1041C", "clinical_social_worker"),
    ("106H", "marriage_family_therapist"),
    ("101YM", "mental_health_counselor"),
    ("133V", "dietitian"),
    ("2251", "physical_therapist"),
    ("225X", "occupational_therapist"),
    ("235Z", "speech_language_pathologist"),
    ("231H", "audiologist"),
)


# ---------------------------------------------------------------------------------------- inputs


@dataclass
class ReferenceSchedule:
    """One release: its rows, GPCIs and conversion factors, and the days it serves."""

    name: str
    effective_from: date
    effective_to: date
    rows: dict[tuple[str, str], dict[str, Any]]
    gpcis: dict[str, tuple[Decimal, Decimal, Decimal]]
    conversion_factors: list[tuple[date, bool, Decimal]]
    anesthesia_factors: dict[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.gpcis = {**self.gpcis, "national": (ONE, ONE, ONE)}
        self.amounts: dict[tuple[Any, ...], Decimal | None] = {}

    def conversion_factor(self, day: date, qualifying_apm: bool) -> Decimal:
        """Return the latest factor at or before the day.

        Choice: a qualifying participant takes the everybody-else factor where the release has no
        other; a day before every factor (possible with `release=`) takes the release's first one.
        """
        mine = [one for one in self.conversion_factors if one[1] == qualifying_apm]
        mine = sorted(mine or [one for one in self.conversion_factors if not one[1]])
        past = [one for one in mine if one[0] <= day]
        return (past[-1] if past else mine[0])[2]

    def fee(
        self, code: str, modifier: str, locality: str, facility: bool, factor: Decimal
    ) -> Decimal | None:
        """Return the amount of one unit; None where the row is absent or not paid by RVUs."""
        key = (code, modifier, locality, facility, factor)
        if key not in self.amounts:
            row = self.rows.get((code, modifier))
            paid = row is not None and has_amount(row)
            self.amounts[key] = (
                amount_of(row, self.gpcis[locality], factor, facility)
                if row is not None and paid
                else None
            )
        return self.amounts[key]


@dataclass
class ReferenceTables:
    """The edit tables, as lists of dicts; None where a table is absent and its edit does not run.

    mue: hcpcs_code, mue_value, adjudication_indicator, effective_from, effective_to.
    ptp: column_1_code, column_2_code, modifier_indicator, effective_from, effective_to.
    add_on: add_on_code, add_on_type, primary_code (or None), effective_from, effective_to.
    base_units: hcpcs_code, base_units, effective_from, effective_to.
    effective_to is the last day in force, or None.
    """

    mue: list[dict[str, Any]] | None = None
    ptp: list[dict[str, Any]] | None = None
    add_on: list[dict[str, Any]] | None = None
    base_units: list[dict[str, Any]] | None = None


def entries_by(table: list[dict[str, Any]], *columns: str) -> dict[Any, list[dict[str, Any]]]:
    """Return the table's entries by the value of one column or the values of several."""
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for entry in table:
        values = tuple(entry[column] for column in columns)
        found[values if len(columns) > 1 else values[0]].append(entry)
    return found


def in_force(entries: Iterable[dict[str, Any]], day: date) -> list[dict[str, Any]]:
    """Return the entries whose dates hold the day."""
    return [
        entry
        for entry in entries
        if entry["effective_from"] <= day
        and (entry.get("effective_to") is None or day <= entry["effective_to"])
    ]


# ---------------------------------------------------------------------------------- a line, a unit


@dataclass(eq=False, slots=True)
class Unit:
    """One unit of a line, with its own amount and the technical share of it."""

    line: Line
    number: int
    scale: Decimal
    amount: Decimal
    professional: Decimal | None
    technical: Decimal | None
    technical_reduced: bool = False
    family: list[Entry] | None = None


class Line:
    """One billed line while it is priced. `status` None means: still in."""

    schedule: ReferenceSchedule | None = None
    row_modifier = ""
    factor = ZERO
    fee: Decimal | None = None
    anesthesia = False
    add_on = False
    status: str | None = None
    amount = ZERO
    bilateral_used = False
    pair: tuple[Line, Line] | None = None
    paid_nothing_as_second_side = False
    before_participation = ZERO
    deductible = ZERO
    coinsurance = ZERO
    medicare = ZERO
    sequestration = ZERO
    patient = ZERO
    limiting_charge: Decimal | None = None
    carc: str | None = None

    def __init__(self, position: int, given: dict[str, Any]) -> None:
        get = given.get
        self.position = position
        self.claim_id = str(given["claim_id"])
        self.number = int(given["claim_line_number"])
        self.order = (self.claim_id, self.number)
        self.person = given["person_id"]
        self.day: date = given["claim_line_start_date"]
        self.code: str = given["hcpcs_code"]
        self.place: str = given["place_of_service_code"]
        self.modifiers = frozenset(get("modifiers") or ())
        quantity = get("service_unit_quantity")
        self.quantity = ONE if quantity is None else Decimal(quantity)
        self.charge: Decimal | None = get("charge_amount")
        self.locality: str = given["locality"]
        self.practitioner_type = get("practitioner_type") or by_taxonomy(get("rendering_taxonomy"))
        self.participating = default_true(get("participating"))
        self.assignment_accepted = default_true(get("assignment_accepted"))
        self.qualifying_apm = bool(get("qualifying_apm_participant"))
        self.documentation = bool(get("documentation_submitted"))
        self.postoperative_days: int | None = get("postoperative_days")
        self.deductible_remaining = Decimal(get("deductible_remaining") or 0)
        self.anesthesia_minutes: int | None = get("anesthesia_minutes")
        self.present_at_induction = bool(get("present_at_induction"))

        self.practitioner = practitioner_key(given, self.claim_id)
        self.group = group_key(given, self.claim_id)
        self.assistant = bool(self.modifiers & ASSISTANT)
        self.encounter = (self.person, self.day, self.practitioner)
        self.session = (*self.encounter, self.assistant)
        self.pool = (self.person, self.day, self.group)
        # Choice: before 2024 place 10 (telehealth at home) is a facility.
        self.facility = self.place in FACILITY or (self.place == "10" and self.day.year < 2024)

        self.row: dict[str, Any] = {}
        self.units: list[Unit] = []
        self.notes: list[str] = []
        self.steps: list[tuple[str, Decimal | None, Decimal | None]] = []

    @property
    def alive(self) -> bool:
        """Not taken out by any rule so far."""
        return self.status is None

    @property
    def by_units(self) -> bool:
        """Whether rules 9 to 22 see the line."""
        return self.status is None and not self.anesthesia

    @property
    def counts_as_service(self) -> bool:
        """Surviving or by report: what `add_on` and `injection` look for."""
        return self.status is None or self.status == "by_report"

    def has(self, *modifiers: str) -> bool:
        """Whether the line carries any of these modifiers."""
        return any(modifier in self.modifiers for modifier in modifiers)

    def note(self, text: str) -> None:
        """Add a review note."""
        self.notes.append(text)

    def take_out(self, status: str, rule: str, carc: str | None, why: str) -> None:
        """End the line here: denied, bundled, by report or not on the schedule."""
        after = ZERO if status in {"denied", "bundled"} else None
        self.steps.append((rule, self.amount if self.amount else self.fee, after))
        self.status = status
        self.carc = carc
        self.amount = ZERO
        self.units = []
        self.note(why)

    def change(self, rule: str, after: Decimal, carc: str | None) -> None:
        """Set the amount; a step is recorded when it changed, a CARC when it fell."""
        if after == self.amount:
            return
        self.steps.append((rule, self.amount, after))
        if after < self.amount and carc is not None:
            self.carc = carc
        self.amount = after

    def sum_units(self, rule: str, carc: str | None) -> None:
        """Make the amount the sum of the units again."""
        self.change(rule, sum((unit.amount for unit in self.units), ZERO), carc)

    def fee_of(self, code: str, modifier: str = "") -> Decimal | None:
        """Return another row's fee in this line's locality, setting, date and conversion factor."""
        assert self.schedule is not None
        facility = self.facility and self.row["multiple_procedure_indicator"] != "5"
        return self.schedule.fee(code, modifier, self.locality, facility, self.factor)


def default_true(value: bool | None) -> bool:
    """Read a boolean column whose default is true."""
    return True if value is None else bool(value)


def by_taxonomy(taxonomy: str | None) -> str:
    """Return the practitioner type of a NUCC taxonomy code, `physician` for all others."""
    for start, practitioner_type in TAXONOMIES:
        if taxonomy and taxonomy.startswith(start):
            return practitioner_type
    return "physician"


def practitioner_key(given: dict[str, Any], claim_id: str) -> tuple[str, ...]:
    """Return who rendered the line; keys of different kinds never equal one another."""
    if given.get("billing_tin") and given.get("rendering_specialty"):
        return ("tin and specialty", given["billing_tin"], given["rendering_specialty"])
    for column in ("rendering_npi", "billing_npi"):
        if given.get(column):
            return (column, given[column])
    return ("claim_id", claim_id)


def group_key(given: dict[str, Any], claim_id: str) -> tuple[str, ...]:
    """Return which group billed the line."""
    for column in ("billing_npi", "billing_tin", "rendering_npi"):
        if given.get(column):
            return (column, given[column])
    return ("claim_id", claim_id)


# ------------------------------------------------------------------------------------------- money


def to_cents(amount: Decimal) -> Decimal:
    """Round half up to the cent."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def fraction_to_cents(amount: Fraction) -> Decimal:
    """Round a non-negative exact fraction half up to the cent."""
    return Decimal((amount * 200 + 1) // 2).scaleb(-2)


def amount_of(
    row: dict[str, Any],
    gpci: tuple[Decimal, Decimal, Decimal],
    factor: Decimal,
    facility: bool,
    pe_share: Decimal = ONE,
) -> Decimal:
    """(work + PE + MP, each times its GPCI) × CF, rounded once."""
    work, pe, mp = gpci
    pe_rvu = row["facility_pe_rvu"] if facility else row["nonfacility_pe_rvu"]
    total = row["work_rvu"] * work + pe_rvu * pe_share * pe + row["malpractice_rvu"] * mp
    return to_cents(total * factor)


def has_rvus(row: dict[str, Any]) -> bool:
    """Any RVU of the row, in either setting, is not zero."""
    return any(
        row[column]
        for column in ("work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "malpractice_rvu")
    )


def has_amount(row: dict[str, Any]) -> bool:
    """Say whether the row's RVUs are used for payment: status A or T, or R with RVUs."""
    return row["status_code"] in {"A", "T"} or (row["status_code"] == "R" and has_rvus(row))


# ------------------------------------------------------------------------------ release, row, fee


def release_in_force(
    schedules: Sequence[ReferenceSchedule], day: date, release: str | None
) -> ReferenceSchedule | None:
    """Return the named release, else the one whose days hold the date.

    Choice: of several in force, the one that began last; of equals, the last given.
    """
    if release is not None:
        return next(one for one in schedules if one.name == release)
    found = [one for one in schedules if one.effective_from <= day <= one.effective_to]
    return max(reversed(found), key=lambda one: one.effective_from) if found else None


def find_row(line: Line, schedule: ReferenceSchedule) -> None:
    """Give the line its row: 53, then 26, then TC where such a row exists, else blank."""
    for modifier in ("53", "26", "TC"):
        if line.has(modifier) and (line.code, modifier) in schedule.rows:
            line.row, line.row_modifier = schedule.rows[line.code, modifier], modifier
            return
    blank = schedule.rows.get((line.code, ""))
    if blank is None:
        line.take_out("not_on_schedule", "fee_schedule_amount", None, "no row in the schedule")
        return
    line.row = blank
    indicator = blank["pctc_indicator"]
    missing = (line.has("26") and indicator in {"1", "6"}) or (line.has("TC") and indicator == "1")
    if missing:
        line.take_out("not_on_schedule", "fee_schedule_amount", None, "no row for the component")


def fee_schedule_amount(
    line: Line, schedules: Sequence[ReferenceSchedule], release: str | None, tables: Tables
) -> None:
    """Step 0: release, row, conversion factor, and the amount of one unit."""
    line.schedule = release_in_force(schedules, line.day, release)
    if line.schedule is None:
        line.take_out("not_on_schedule", "fee_schedule_amount", None, "no release in force")
        return
    find_row(line, line.schedule)
    if not line.alive:
        return
    if line.locality not in line.schedule.gpcis:
        # Choice: only possible with several releases; a missing fact is a status, not a price.
        line.take_out("not_on_schedule", "fee_schedule_amount", None, "locality not in release")
        return
    line.factor = line.schedule.conversion_factor(line.day, line.qualifying_apm)
    line.anesthesia = line.row["status_code"] == "J"
    if line.anesthesia:
        line.fee = anesthesia_fee(line, tables)
    else:
        line.fee = line.fee_of(line.code, line.row_modifier)
    if line.fee is not None:
        line.amount = line.fee
        line.steps.append(("fee_schedule_amount", None, line.fee))
    # Choice: `setting` follows the place of service also for therapy codes, whose PE is always
    # the non-facility one. The note looks at the PE RVU that is used.
    facility = line.facility and line.row["multiple_procedure_indicator"] != "5"
    if line.fee is not None and line.row["facility_na" if facility else "nonfacility_na"]:
        line.note("rarely or never performed in this setting")


def anesthesia_fee(line: Line, tables: Tables) -> Decimal | None:
    """Return (base + time units) × the anesthesia factor, before AA … QY; None if unknown.

    Choice: only the minutes are excused for AD; it too needs the code's base units to be on file.
    """
    assert line.schedule is not None
    found = in_force(tables.base_units.get(line.code, ()), line.day)
    factor = line.schedule.anesthesia_factors.get(line.locality)
    if not found or factor is None:
        return None
    if line.has("AD"):
        return to_cents((3 + int(line.present_at_induction)) * factor)
    if line.anesthesia_minutes is None:
        return None
    time_units = (Decimal(line.anesthesia_minutes) / 15).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return to_cents((found[0]["base_units"] + time_units) * factor)


class Tables:
    """The edit tables, by code; an absent table stays None."""

    def __init__(self, tables: ReferenceTables) -> None:
        self.mue = None if tables.mue is None else entries_by(tables.mue, "hcpcs_code")
        self.ptp = (
            None if tables.ptp is None else entries_by(tables.ptp, "column_1_code", "column_2_code")
        )
        self.add_on = None if tables.add_on is None else entries_by(tables.add_on, "add_on_code")
        self.base_units = entries_by(tables.base_units or [], "hcpcs_code")


# ------------------------------------------------------------------------------------------- edits


def group_by(lines: Iterable[Line], key: Callable[[Line], Any]) -> dict[Any, list[Line]]:
    """Return the lines by a key, in input order."""
    groups: dict[Any, list[Line]] = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    return groups


def status_code(lines: list[Line], tables: Tables) -> None:
    """1: what the status code says about payment."""
    for line in lines:
        if not line.alive:
            continue
        status = line.row["status_code"]
        if status in {"A", "T"}:
            continue
        if status == "R":
            if not has_rvus(line.row):
                line.take_out("by_report", "status_code", None, "status R without RVUs")
        elif status == "J":
            # Choice: an anesthesia line without its facts is by report here, before every edit.
            if line.fee is None:
                line.take_out("by_report", "status_code", None, "minutes or base units missing")
        elif status == "C":
            line.take_out("by_report", "status_code", None, "the contractor prices it")
        elif status in {"B", "P"}:
            line.take_out("bundled", "status_code", "97", "always bundled")
        elif status == "N":
            line.take_out("denied", "status_code", "96", "not covered")
        else:
            line.take_out("not_on_schedule", "status_code", None, f"status {status}")


def component(lines: list[Line], tables: Tables) -> None:
    """2: 26 and TC against the PC/TC indicator, and what a hospital is paid for."""
    for line in lines:
        if not line.alive:
            continue
        indicator = line.row["pctc_indicator"]
        hospital = line.place in HOSPITAL
        if (line.has("26") and indicator not in {"1", "6"}) or (
            line.has("TC") and indicator != "1"
        ):
            line.take_out("denied", "component", "4", "component modifier not valid here")
        elif hospital and (
            # Choice: a line with 26 and TC bills what its row is: the professional component.
            (indicator == "1" and line.row_modifier != "26")
            or indicator in {"3", "4", "5"}
            or (indicator == "7" and line.practitioner_type in THERAPISTS)
        ):
            line.take_out("denied", "component", "5", "the hospital is paid for it")
        elif indicator == "8" and line.place != "21":
            line.take_out("denied", "component", "5", "only for hospital inpatients")


def role(lines: list[Line], tables: Tables) -> None:
    """3: whether an assistant, a co-surgeon, a team may be paid; in that order."""
    for line in lines:
        if line.alive and line.assistant:
            assistant_allowed(line)
        if line.alive and line.has("62"):
            co_surgeon_allowed(line)
        if line.alive and line.has("66"):
            team_allowed(line)


def assistant_allowed(line: Line) -> None:
    """80 81 82 AS against the assistant indicator."""
    indicator = line.row["assistant_indicator"]
    if indicator == "9":
        line.take_out("denied", "role", "4", "no assistant concept")
    elif indicator == "1" or (indicator == "0" and not line.documentation):
        line.take_out("denied", "role", "54", "assistant not paid")
    elif indicator == "0":
        line.note("assistant paid on documentation")


def co_surgeon_allowed(line: Line) -> None:
    """62 against the co-surgeon indicator."""
    indicator = line.row["co_surgeon_indicator"]
    if indicator == "9":
        line.take_out("denied", "role", "4", "no co-surgeon concept")
    elif indicator == "0" or (indicator == "1" and not line.documentation):
        line.take_out("denied", "role", "54", "co-surgeon not paid")


def team_allowed(line: Line) -> None:
    """66 against the team indicator."""
    indicator = line.row["team_indicator"]
    if indicator == "9":
        line.take_out("denied", "role", "4", "no team concept")
    elif indicator == "0":
        line.take_out("denied", "role", "54", "team not paid")
    elif indicator in {"1", "2"}:
        line.take_out("by_report", "role", None, "team surgery is by report")


def modifier(lines: list[Line], tables: Tables) -> None:
    """3b: modifiers that end a line by themselves; the first that matches."""
    for line in lines:
        if not line.alive:
            continue
        row = line.row
        if line.has("GY"):
            line.take_out("denied", "modifier", "96", "statutorily excluded")
        elif line.has("73", "74"):
            line.take_out("denied", "modifier", "4", "facility modifier")
        elif line.has("53") and line.row_modifier != "53":
            line.take_out("by_report", "modifier", None, "discontinued, no row for it")
        elif line.has("50") and row["bilateral_indicator"] == "9":
            line.take_out("denied", "modifier", "4", "no bilateral concept")
        elif line.has("56"):
            line.take_out("denied", "modifier", "4", "preoperative share is paid with 54")
        elif line.has("54", "55") and not any(percentages(row)):
            line.take_out("denied", "modifier", "4", "no global package to split")


def percentages(row: dict[str, Any]) -> tuple[Decimal, Decimal, Decimal]:
    """Return the preoperative, intraoperative and postoperative percentages."""
    return row["preoperative"], row["intraoperative"], row["postoperative"]


def unlikely_units(lines: list[Line], tables: Tables) -> None:
    """4: medically unlikely edits.

    Choice: with indicator 2 or 3 the units of every living line of the code are summed, assistants'
    too, and a line with 50 counts its billed units.
    """
    if tables.mue is None:
        return
    billed: dict[Any, list[Line]] = group_by(
        (line for line in lines if line.alive), lambda line: (line.encounter, line.code)
    )
    for (_, code), group in billed.items():
        found = in_force(tables.mue.get(code, ()), group[0].day)
        if not found:
            continue
        limit, indicator = found[0]["mue_value"], str(found[0]["adjudication_indicator"])
        over_all = sum(line.quantity for line in group) > limit
        for line in group:
            over = line.quantity > limit if indicator == "1" else over_all
            if over:
                line.take_out("denied", "unlikely_units", "222", f"more than {limit} units")


def procedure_pairs(lines: list[Line], tables: Tables) -> None:
    """5: NCCI procedure-to-procedure edits, all judged at once on the lines alive.

    Choice: judged line by line: one column-1 line without a modifier denies a column-2 line without
    one, whatever other lines of the column-1 code carry.
    """
    if tables.ptp is None:
        return
    denied: dict[int, tuple[Line, str]] = {}
    living = group_by((line for line in lines if line.alive), lambda line: line.encounter)
    for group in living.values():
        for first in group:
            for second in group:
                if first is second:
                    continue
                found = tables.ptp.get((first.code, second.code))
                for edit in in_force(found, second.day) if found else ():
                    indicator = str(edit["modifier_indicator"])
                    lifted = bool((first.modifiers | second.modifiers) & PAIR_MODIFIERS)
                    if indicator == "0" or (indicator == "1" and not lifted):
                        denied[second.position] = (second, first.code)
    for line, other in denied.values():
        line.take_out("denied", "procedure_pairs", "236", f"not paid with {other}")


def is_visit(line: Line) -> bool:
    """Say whether the line is evaluation and management, or an eye visit, with status A."""
    if not line.code.isdigit() or line.row["status_code"] != "A":
        return False
    return 99202 <= int(line.code) <= 99499 or 92002 <= int(line.code) <= 92014


def opens_window(line: Line) -> bool:
    """Whether a living procedure opens a global window: not 78, assistants, status T."""
    return (
        line.row["global_days"] in GLOBAL_DAYS
        and not line.has("78")
        and not line.assistant
        and line.row["status_code"] != "T"
    )


def visit_excused(visit: Line, procedure: Line) -> bool | None:
    """Whether a modifier lifts the visit out of the window; None if it does not stand in it."""
    global_days = procedure.row["global_days"]
    days = (visit.day - procedure.day).days
    if days == -1 and global_days == "090":
        return visit.has("57", "FT")
    if days == 0:
        return visit.has("25", "FT") or (global_days == "090" and visit.has("57"))
    if 0 < days <= GLOBAL_DAYS[global_days]:
        return visit.has("24", "FT")
    return None


def global_period(lines: list[Line], tables: Tables) -> None:
    """6: visits inside the global window of a procedure of the same practitioner."""
    by_practitioner = group_by(
        (line for line in lines if line.alive), lambda line: (line.person, line.practitioner)
    )
    for group in by_practitioner.values():
        procedures = [line for line in group if opens_window(line)]
        if not procedures:
            continue
        for line in group:
            if is_visit(line):
                # A visit must satisfy every window it stands in.
                for procedure in procedures:
                    if procedure is not line and visit_excused(line, procedure) is False:
                        line.take_out("bundled", "global_period", "97", f"with {procedure.order}")
                        break
            elif line.row["global_days"] in GLOBAL_DAYS and not line.has("58", "78", "79"):
                for procedure in procedures:
                    last = procedure.day + timedelta(GLOBAL_DAYS[procedure.row["global_days"]])
                    if procedure.day < line.day <= last:
                        line.note(f"in the global period of {procedure.order}")


def add_on(lines: list[Line], tables: Tables) -> None:
    """7: an add-on needs its primary."""
    if tables.add_on is None:
        add_on_without_table(lines)
        return
    for line in lines:
        line.add_on = bool(in_force(tables.add_on.get(line.code, ()), line.day))
    for group in group_by(lines, lambda line: line.encounter).values():
        waiting = True
        # A denied primary takes its add-ons with it: look again until nobody else is denied.
        # Choice: with a table the session's role is not looked at, only person, date and key.
        while waiting:
            lost = [
                line
                for line in group
                if line.alive and line.add_on and not has_primary(line, group, tables)
            ]
            for line in lost:
                line.take_out("denied", "add_on", "107", "no primary on the day")
            waiting = bool(lost)


def has_primary(line: Line, group: list[Line], tables: Tables) -> bool:
    """Whether one of the table's entries for the add-on finds its primary.

    Choice: a primary is a surviving or by-report line. A bundled one, or one the schedule does not
    pay, is "out of every later rule", so it does not serve. Types II and III take any such line
    that is no add-on, a visit too. Several types on file for one code: any satisfied entry will do.
    """
    assert tables.add_on is not None
    others = [other for other in group if other is not line and other.counts_as_service]
    for entry in in_force(tables.add_on[line.code], line.day):
        if str(entry["add_on_type"]) == "1":
            if any(other.code == entry["primary_code"] for other in others):
                return True
        elif any(not other.add_on for other in others):
            return True
    return False


def add_on_without_table(lines: list[Line]) -> None:
    """7, no table: a ZZZ code needs any non-ZZZ line of its session."""
    for group in group_by(lines, lambda line: line.session).values():
        primary = any(line.counts_as_service and line.row["global_days"] != "ZZZ" for line in group)
        for line in group:
            if not line.alive or line.row["global_days"] != "ZZZ":
                continue
            if primary:
                line.note("add-on judged by ZZZ alone: no add-on table")
            else:
                line.take_out("denied", "add_on", "107", "no primary in the session")


def injection(lines: list[Line], tables: Tables) -> None:
    """8: a status T service is paid only if nothing else is."""
    for group in group_by(lines, lambda line: line.encounter).values():
        others = any(line.counts_as_service and line.row["status_code"] != "T" for line in group)
        for line in group:
            if line.alive and others and line.row["status_code"] == "T":
                line.take_out("bundled", "injection", "97", "another service on the day")


EDITS: tuple[Callable[[list[Line], Tables], None], ...] = (
    status_code,
    component,
    role,
    modifier,
    unlikely_units,
    procedure_pairs,
    global_period,
    add_on,
    injection,
)


# ----------------------------------------------------------------------------------- amount rules


def make_units(line: Line, scales: list[Decimal]) -> None:
    """Expand the line into units, each with its own rounded amount and components."""
    assert line.fee is not None
    professional, technical = professional_fee(line), technical_fee(line)
    for number, scale in enumerate(scales, start=1):
        line.units.append(
            Unit(
                line,
                number,
                scale,
                to_cents(line.fee * scale),
                None if professional is None else to_cents(professional * scale),
                None if technical is None else to_cents(technical * scale),
            )
        )


def professional_fee(line: Line) -> Decimal | None:
    """Return the PC of one unit: 26 rows and PC/TC 2 whole, the 26 row of a global; else None."""
    indicator = line.row["pctc_indicator"]
    if line.row_modifier == "26" or indicator == "2":
        return line.fee
    if indicator == "1" and line.row_modifier == "":
        return line.fee_of(line.code, "26")
    return None


def technical_fee(line: Line) -> Decimal | None:
    """Return the TC of one unit: TC rows and PC/TC 3 whole, the TC of a global; else None."""
    indicator = line.row["pctc_indicator"]
    if all_technical(line):
        return line.fee
    if indicator == "1" and line.row_modifier == "":
        return line.fee_of(line.code, "TC")
    if indicator == "4" and line.code in TECHNICAL_CODES:
        fees = [line.fee_of(code) for code in TECHNICAL_CODES[line.code]]
        if None not in fees:
            return sum((fee for fee in fees if fee is not None), ZERO)
    return None


def all_technical(line: Line) -> bool:
    """Whether the whole amount is technical."""
    return line.row_modifier == "TC" or line.row["pctc_indicator"] == "3"


def bilateral(lines: list[Line]) -> None:
    """9: both sides. Sets the units of the lines it meets, before any ranking."""
    find_pairs(lines)
    for line in lines:
        if not line.by_units:
            continue
        indicator = line.row["bilateral_indicator"]
        if line.has("50"):
            factor = {"0": "1", "1": "1.5", "2": "1", "3": "2"}[indicator]
            bilateral_amount(line, Decimal(factor))
            if line.quantity > 1:
                line.note("one bilateral service whatever its units")
        elif line.pair is not None:
            first, _ = line.pair
            if line is first or indicator == "1":
                bilateral_amount(line, ONE if line is first else Decimal("0.5"))
            else:
                line.take_out("bundled", "bilateral", "97", "other side of the pair is paid")
                line.paid_nothing_as_second_side = True
        elif line.quantity == 2 and indicator in {"1", "2", "3"}:
            bilateral_amount(line, Decimal({"1": "1.5", "2": "1", "3": "2"}[indicator]))
            if line.has("RT", "LT"):
                line.note("two units with one side")


def bilateral_amount(line: Line, factor: Decimal) -> None:
    """Make the line one bilateral unit, or the two units of indicator 3 in the pools of 4, 6, 7."""
    line.bilateral_used = True
    pools = line.row["multiple_procedure_indicator"] in {"4", "6", "7"}
    make_units(line, [ONE, ONE] if factor == 2 and pools else [factor])
    # Decision: the half of a second side is a reduction like those of rule 12; increases have none.
    line.sum_units("bilateral", "59")


def find_pairs(lines: list[Line]) -> None:
    """RT and LT lines of one code and row in a session, one unit each, paired in order.

    Choice: a line that carries both RT and LT is neither an RT line nor an LT line. Pairs of
    indicators 3 and 9 change nothing, so they are not marked.
    """
    sides: dict[Any, tuple[list[Line], list[Line]]] = defaultdict(lambda: ([], []))
    for line in lines:
        one_side = line.has("RT") != line.has("LT")
        if line.by_units and one_side and line.quantity == 1 and not line.has("50"):
            key = (line.session, line.code, line.row_modifier, line.has("78"))
            sides[key][0 if line.has("RT") else 1].append(line)
    for right, left in sides.values():
        if right[0:1] and right[0].row["bilateral_indicator"] not in {"0", "1", "2"}:
            continue
        in_order = zip(
            sorted(right, key=lambda line: line.order),
            sorted(left, key=lambda line: line.order),
            strict=False,
        )
        for one, other in in_order:
            first, second = sorted((one, other), key=lambda line: line.order)
            first.pair = second.pair = (first, second)


def units(lines: list[Line]) -> None:
    """10: one unit after another, unless `bilateral` used them up.

    Choice: a fraction of a unit is one more, smaller unit.
    """
    for line in lines:
        if not line.by_units or line.bilateral_used:
            continue
        whole = int(line.quantity)
        scales = [ONE] * whole
        if line.quantity != whole:
            scales.append(line.quantity - whole)
        make_units(line, scales)
        line.sum_units("units", None)


@dataclass(eq=False, slots=True)
class Entry:
    """What ranks as one amount: a unit, an RT/LT pair, or an endoscopy family."""

    units: list[Unit]

    def rank_key(self, amount: Decimal | None = None) -> tuple[Any, ...]:
        """Highest amount first; ties: higher charge, no charge last; claim, line, unit."""
        charges = [charge_of(unit) for unit in self.units]
        given = [charge for charge in charges if charge is not None]
        first = min((*unit.line.order, unit.number) for unit in self.units)
        total = self.amount if amount is None else amount
        return (-total, not given, -sum(given), first)

    @property
    def amount(self) -> Decimal:
        """The sum of the units."""
        return sum((unit.amount for unit in self.units), ZERO)


def charge_of(unit: Unit) -> Fraction | None:
    """Return the line's charge for one unit.

    Choice: a bilateral service is one unit (two in the pools of 4, 6 and 7 with indicator 3),
    whatever the units billed; other lines divide by the billed units.
    """
    line = unit.line
    if line.charge is None:
        return None
    if line.bilateral_used:
        return Fraction(line.charge) / len(line.units)
    return Fraction(line.charge) / Fraction(line.quantity)


def rank_entries(lines: Iterable[Line]) -> list[Entry]:
    """One entry for each unit; the two units of a pair of indicator 1 are one entry."""
    entries = []
    for line in lines:
        if line.pair is not None and line.row["bilateral_indicator"] == "1":
            first, second = line.pair
            if line is first:
                entries.append(Entry([*first.units, *second.units]))
        else:
            entries += [Entry([unit]) for unit in line.units]
    return entries


def by_session(lines: list[Line], indicators: str) -> Iterable[list[Line]]:
    """Return the living lines with these indicators, without 78, session by session."""
    ranked = (
        line
        for line in lines
        if line.by_units
        and line.row["multiple_procedure_indicator"] in indicators
        and not line.has("78")
    )
    return group_by(ranked, lambda line: line.session).values()


def endoscopy(lines: list[Line]) -> None:
    """11: in a family the highest is paid in full, every other less the base."""
    bases = group_by(
        (line for line in lines if line.by_units and not line.has("78")),
        lambda line: (line.session, line.code),
    )
    for session in by_session(lines, "3"):
        for base_code, members in group_by(
            session, lambda line: line.row["endoscopic_base_code"]
        ).items():
            for line in bases.get((members[0].session, base_code), ()):
                if line.alive:
                    line.take_out("bundled", "endoscopy", "97", "the base of a family billed")
            one_family(base_code, members)


def one_family(base_code: str, members: list[Line]) -> None:
    """Subtract the base from all but the highest member, and make the family one amount."""
    entries = sorted(rank_entries(members), key=lambda entry: entry.rank_key())
    if len(entries) < 2:
        return
    if any(line.fee_of(base_code) is None for line in members):
        # Choice: a base that is on file but has no amount (status C) is "not on the schedule".
        for line in members:
            line.note("base code not on the schedule: members ranked one by one")
        return
    for entry in entries[1:]:
        # A pair subtracts once: from its first line, and what is left from its second.
        left = entry.units[0].line.fee_of(base_code) or ZERO
        for unit in entry.units:
            taken = min(left, unit.amount)
            unit.amount -= taken
            left -= taken
        if any(unit.scale != 1 for unit in entry.units):
            entry.units[0].line.note("base subtracted once from a bilateral amount")
    for entry in entries:
        for unit in entry.units:
            unit.family = entries
    for line in members:
        # Choice: the specification gives no CARC for the subtraction; 59 as in rule 12.
        line.sum_units("endoscopy", "59")


STANDARD = [Decimal(one) for one in ("1", "0.5", "0.5", "0.5", "0.5", "0.5")]
BEFORE_1995 = [Decimal(one) for one in ("1", "0.5", "0.25", "0.25", "0.25", "0.25")]


def multiple_procedure(lines: list[Line]) -> None:
    """12: the highest amount of the session in full, the others at their percentage."""
    for session in by_session(lines, "123"):
        entries = []
        families = set()
        for entry in rank_entries(session):
            family = entry.units[0].family
            if family is None:
                entries.append(entry)
            elif id(family) not in families:
                families.add(id(family))
                entries.append(Entry([unit for member in family for unit in member.units]))
        for rank, entry in enumerate(sorted(entries, key=lambda entry: entry.rank_key())):
            for unit in entry.units:
                older = unit.line.row["multiple_procedure_indicator"] == "1"
                percentage = (BEFORE_1995 if older else STANDARD)[min(rank, 5)]
                unit.amount = to_cents(unit.amount * percentage)
                if rank >= 5:
                    unit.line.note("sixth or later procedure: by report, never below this")
        for line in session:
            line.sum_units("multiple_procedure", "59")


def by_pool(lines: list[Line], indicator: str) -> Iterable[list[Line]]:
    """Return the living lines with one indicator, by person, date and group."""
    pooled = (
        line
        for line in lines
        if line.by_units and line.row["multiple_procedure_indicator"] == indicator
    )
    return group_by(pooled, lambda line: line.pool).values()


def reduce_technical(pool: list[Line], factor: Decimal) -> None:
    """Pay the highest technical unit of the pool in full, the others at the factor."""
    technical = [unit for line in pool for unit in line.units if unit.technical is not None]
    technical.sort(key=lambda unit: Entry([unit]).rank_key(unit.technical))
    for unit in technical[1:]:
        assert unit.technical is not None
        reduced = to_cents(unit.technical * factor)
        unit.amount -= unit.technical - reduced
        unit.technical = reduced
        unit.technical_reduced = factor != 1


def reduce_professional(pool: list[Line], factor: Decimal) -> None:
    """Pay the highest professional unit of the pool in full, the others at the factor."""
    professional = [unit for line in pool for unit in line.units if unit.professional is not None]
    professional.sort(key=lambda unit: Entry([unit]).rank_key(unit.professional))
    for unit in professional[1:]:
        assert unit.professional is not None
        reduced = to_cents(unit.professional * factor)
        unit.amount -= unit.professional - reduced
        unit.professional = reduced


def imaging(lines: list[Line]) -> None:
    """13: later images of the day: technical component at half, professional at 95 %.

    Choice: a global line's tie-break charge is its whole charge per unit, for both components;
    modifier 78 means nothing here.
    """
    for everything in by_pool(lines, "4"):
        pool = [line for line in everything if not line.has("59", "XE")]
        if not pool:
            continue
        day = pool[0].day
        reduce_technical(pool, Decimal("0.5") if day >= date(2010, 7, 1) else ONE)
        if day >= date(2017, 1, 1):
            reduce_professional(pool, Decimal("0.95"))
        elif day >= date(2012, 1, 1):
            reduce_professional(pool, Decimal("0.75"))
        for line in pool:
            line.sum_units("imaging", "59")


def therapy(lines: list[Line]) -> None:
    """14: one unit of the day in full, every other with half the practice expense."""
    for pool in by_pool(lines, "5"):
        if pool[0].day < date(2013, 4, 1):
            continue
        everything = [unit for line in pool for unit in line.units]
        everything.sort(
            key=lambda unit: (
                -unit.line.row["nonfacility_pe_rvu"],
                -(unit.line.fee or ZERO),
                *unit.line.order,
                unit.number,
            )
        )
        for unit in everything[1:]:
            line = unit.line
            assert line.schedule is not None
            gpci = line.schedule.gpcis[line.locality]
            half = amount_of(line.row, gpci, line.factor, facility=False, pe_share=Decimal("0.5"))
            unit.amount = half if unit.scale == 1 else to_cents(half * unit.scale)
        for line in pool:
            line.sum_units("therapy", "59")


def cardiovascular(lines: list[Line]) -> None:
    """15: later cardiovascular tests of the day: technical component at 75 %."""
    technical_pool(lines, "6", Decimal("0.75"), "cardiovascular")


def ophthalmology(lines: list[Line]) -> None:
    """16: later eye tests of the day: technical component at 80 %."""
    technical_pool(lines, "7", Decimal("0.80"), "ophthalmology")


def technical_pool(lines: list[Line], indicator: str, factor: Decimal, rule: str) -> None:
    """Rules 15 and 16: only the technical component."""
    for pool in by_pool(lines, indicator):
        if pool[0].day < date(2013, 1, 1):
            continue
        reduce_technical(pool, factor)
        for line in pool:
            line.sum_units(rule, "59")


def imaging_cap(lines: list[Line]) -> None:
    """17: the technical component is not paid above the outpatient hospital amount."""
    for line in lines:
        if not line.by_units:
            continue
        cap = cap_amount(line, line.row)
        if cap is None:
            continue
        if all_technical(line):
            for unit in line.units:
                unit.amount = min(unit.amount, to_cents(cap * unit.scale))
                unit.technical = unit.amount
        elif line.row["pctc_indicator"] == "1" and line.row_modifier == "":
            for unit in line.units:
                cap_global_unit(unit, cap)
        line.sum_units("imaging_cap", "45")


def cap_global_unit(unit: Unit, cap: Decimal) -> None:
    """Cap a global unit: by the global row, or by the TC row where the TC was already reduced."""
    line = unit.line
    assert line.fee is not None
    assert line.schedule is not None
    if unit.technical_reduced:
        assert unit.technical is not None
        technical_cap = cap_amount(line, line.schedule.rows[line.code, "TC"])
        if technical_cap is None:
            return
        cut = max(ZERO, unit.technical - to_cents(technical_cap * unit.scale))
    else:
        cut = max(ZERO, to_cents(line.fee * unit.scale) - to_cents(cap * unit.scale))
    unit.amount -= cut
    if unit.technical is not None:
        unit.technical = max(ZERO, unit.technical - cut)


def cap_amount(line: Line, row: dict[str, Any]) -> Decimal | None:
    """Return the OPPS cap of a row, with the conversion factor of everybody else; None if no cap.

    Choice: a row has a cap if any of its three cap RVUs is not zero.
    """
    assert line.schedule is not None
    capped = {
        "work_rvu": row["work_rvu"],
        "facility_pe_rvu": row["cap_facility_pe_rvu"],
        "nonfacility_pe_rvu": row["cap_nonfacility_pe_rvu"],
        "malpractice_rvu": row["cap_malpractice_rvu"],
    }
    if (
        not any((row["cap_facility_pe_rvu"], row["cap_nonfacility_pe_rvu"]))
        and not row["cap_malpractice_rvu"]
    ):
        return None
    factor = line.schedule.conversion_factor(line.day, qualifying_apm=False)
    return amount_of(capped, line.schedule.gpcis[line.locality], factor, line.facility)


def equipment(lines: list[Line]) -> None:
    """18: older equipment: CT, FX, FY, one rounding each, on the line's whole technical share.

    Choice: rule 12 does not touch the technical share of a global line (its TC row's fee × units),
    but the share is never more than the line's amount.
    """
    for line in lines:
        if not line.by_units or not line.has("CT", "FX", "FY"):
            continue
        shares = [unit.technical for unit in line.units if unit.technical is not None]
        if all_technical(line):
            share = line.amount
        elif len(shares) == len(line.units):
            share = min(line.amount, sum(shares, ZERO))
        else:
            continue
        for one, factor in equipment_factors(line.day):
            if line.has(one):
                reduced = to_cents(share * factor)
                line.change("equipment", line.amount - (share - reduced), "237")
                share = reduced


def equipment_factors(day: date) -> list[tuple[str, Decimal]]:
    """Return CT, FX and FY with their factor of the day, in the order they apply."""
    factors = []
    if day.year >= 2016:
        factors.append(("CT", Decimal("0.95" if day.year == 2016 else "0.85")))
    if day.year >= 2017:
        factors.append(("FX", Decimal("0.80")))
    if day.year >= 2018:
        factors.append(("FY", Decimal("0.93" if day.year <= 2022 else "0.90")))
    return factors


def split_care(lines: list[Line]) -> None:
    """19: surgery and aftercare by different practitioners.

    Choice: where the percentages are not zero but the global days are neither 010 nor 090, 55 pays
    the whole postoperative share (no CMS row is like that).
    """
    for line in lines:
        if not line.by_units or not line.has("54", "55"):
            continue
        preoperative, intraoperative, postoperative = percentages(line.row)
        share = Fraction(0)
        if line.has("54"):
            share += Fraction(preoperative) + Fraction(intraoperative)
        if line.has("55"):
            length = GLOBAL_DAYS.get(line.row["global_days"], 0)
            if length and line.postoperative_days is not None:
                days = min(line.postoperative_days, length)
                share += Fraction(postoperative) * days / length
            else:
                share += Fraction(postoperative)
        line.change("split_care", fraction_to_cents(Fraction(line.amount) * share), "B20")


def return_to_operating_room(lines: list[Line]) -> None:
    """20: 78 pays the intraoperative share of a 010 or 090 procedure."""
    for line in lines:
        if not line.by_units or not line.has("78"):
            continue
        if line.row["global_days"] in {"010", "090"} and any(percentages(line.row)):
            after = to_cents(line.amount * line.row["intraoperative"])
            line.change("return_to_operating_room", after, "B10")


def co_surgery(lines: list[Line]) -> None:
    """21: two surgeons, each at 62.5 %."""
    for line in lines:
        if line.by_units and line.has("62"):
            line.change("co_surgery", to_cents(line.amount * Decimal("0.625")), "B20")


def assistant_at_surgery(lines: list[Line]) -> None:
    """22: 16 %, or 13.6 % in one step for AS. Choice: AS wins over 80, 81, 82 beside it."""
    for line in lines:
        if line.by_units and line.assistant:
            factor = Decimal("0.136") if line.has("AS") else Decimal("0.16")
            line.change("assistant_at_surgery", to_cents(line.amount * factor), "45")


def anesthesia(lines: list[Line]) -> None:
    """§8: medical direction. Rules 9 to 22 do not see these lines; rules 23 to 26 do.

    Choice: AD first, then QK, QX, QY; none of the modifiers pays in full.
    """
    for line in lines:
        if line.alive and line.anesthesia and not line.has("AD") and line.has("QK", "QX", "QY"):
            # The specification names no CARC here.
            line.change("anesthesia", to_cents(line.amount * Decimal("0.5")), None)


def practitioner(lines: list[Line]) -> None:
    """23: practitioners paid at a share of the physician's amount; not again on AS lines.

    Choice: before 2024 counselors and family therapists have no factor.
    """
    for line in lines:
        factor = PRACTITIONER_FACTORS.get(line.practitioner_type, ONE)
        since_2024 = line.practitioner_type in {
            "marriage_family_therapist",
            "mental_health_counselor",
        }
        if since_2024 and line.day < date(2024, 1, 1):
            factor = ONE
        if line.alive and not line.has("AS"):
            line.change("practitioner", to_cents(line.amount * factor), "45")


def nonparticipating(lines: list[Line]) -> None:
    """24: 95 % for a physician who does not participate."""
    for line in lines:
        line.before_participation = line.amount
        if line.alive and not line.participating and line.practitioner_type == "physician":
            line.change("nonparticipating", to_cents(line.amount * Decimal("0.95")), "45")


def lesser_of_charge(lines: list[Line]) -> None:
    """25: no more than the charge; RT + LT pairs together.

    Choice: a pair is judged only while its first line is paid (both lines of a pair of endoscopy
    bases are bundled, and stay so). A side that gets more than its amount carries no CARC.
    """
    for line in lines:
        if line.pair is None:
            if line.alive and line.charge is not None:
                line.change("lesser_of_charge", min(line.amount, line.charge), "45")
            continue
        first, second = line.pair
        if line is not first or not first.alive:
            continue
        if not second.alive and not second.paid_nothing_as_second_side:
            continue
        if first.charge is None or second.charge is None:
            continue
        if first.charge + second.charge < first.amount + second.amount:
            second.status = None
            for side in (first, second):
                # Decision: paid as billed, so that what reduced it before is no longer true.
                if side.charge > side.amount or side.paid_nothing_as_second_side:
                    side.carc = None
                side.change("lesser_of_charge", side.charge, "45")
                # Decision: the limit of a pair paid at its charges is never below those charges.
                side.before_participation = max(side.before_participation, side.charge)


AMOUNT_RULES: tuple[Callable[[list[Line]], None], ...] = (
    bilateral,
    units,
    endoscopy,
    multiple_procedure,
    imaging,
    therapy,
    cardiovascular,
    ophthalmology,
    imaging_cap,
    equipment,
    split_care,
    return_to_operating_room,
    co_surgery,
    assistant_at_surgery,
    anesthesia,
    practitioner,
    nonparticipating,
    lesser_of_charge,
)


# ---------------------------------------------------------------------------------------- payment


def deductible(lines: list[Line]) -> None:
    """26a: what is left of the person's deductible, used up in order of date, claim, line."""
    years = group_by(lines, lambda line: (line.person, line.day.year))
    for group in years.values():
        left = max(line.deductible_remaining for line in group)
        if not left:
            continue
        for line in sorted(group, key=lambda line: (line.day, *line.order)):
            if line.alive:
                line.deductible = min(left, line.amount)
                left -= line.deductible


def coinsurance(line: Line) -> None:
    """26b: 20 % of what is allowed above the deductible."""
    line.coinsurance = to_cents((line.amount - line.deductible) * Decimal("0.20"))
    line.medicare = line.amount - line.deductible - line.coinsurance


def therapy_assistant(line: Line) -> None:
    """26c: CQ and CO take 15 % of Medicare's share from 2022."""
    if line.has("CQ", "CO") and line.day >= date(2022, 1, 1):
        line.medicare = to_cents(line.medicare * Decimal("0.85"))


def sequestration(line: Line) -> None:
    """26d: the sequester of the day, off what is left."""
    rate = Decimal(0)
    for start, value in (
        (date(2013, 4, 1), "0.02"),
        (date(2020, 5, 1), "0"),
        (date(2022, 4, 1), "0.01"),
        (date(2022, 7, 1), "0.02"),
    ):
        if line.day >= start:
            rate = Decimal(value)
    line.sequestration = to_cents(line.medicare * rate)
    line.medicare -= line.sequestration


def patient_share(line: Line) -> None:
    """Set what the patient pays, up to the limiting charge where assignment is not taken.

    Choice: never below zero. That can only happen to the side of a pair that `lesser_of_charge`
    raised to its own charge, for which the specification gives no limit.
    """
    line.patient = line.deductible + line.coinsurance
    unassigned = not line.participating and not line.assignment_accepted
    if not unassigned or line.practitioner_type != "physician":
        return
    assert line.fee is not None
    line.limiting_charge = to_cents(line.fee * Decimal("1.0925"))
    if line.charge is not None:
        limit = to_cents(line.before_participation * Decimal("1.0925"))
        line.patient = max(ZERO, min(line.charge, limit) - line.medicare)


# ------------------------------------------------------------------------------------------- price


def price(
    lines: list[dict[str, Any]],
    schedules: list[ReferenceSchedule],
    tables: ReferenceTables | None = None,
    release: str | None = None,
) -> list[dict[str, Any]]:
    """Price a batch: a result per line, in input order.

    A line has the interface's columns with Python values (`modifiers` a list of str); missing keys
    take the interface's defaults, except `locality`, which has none.
    """
    edit_tables = Tables(tables or ReferenceTables())
    batch = [Line(position, given) for position, given in enumerate(lines)]
    for line in batch:
        fee_schedule_amount(line, schedules, release, edit_tables)
        modifier_notes(line)
    on_schedule = [line for line in batch if line.row]
    for edit in EDITS:
        edit(on_schedule, edit_tables)
    paid = [line for line in on_schedule if line.alive]
    for rule in AMOUNT_RULES:
        rule(paid)
    deductible(batch)
    for line in paid:
        if line.alive:
            coinsurance(line)
            therapy_assistant(line)
            sequestration(line)
            patient_share(line)
            line.status = "priced"
    return [result(line) for line in batch]


def modifier_notes(line: Line) -> None:
    """§9: 22 and 52 are for a person to look at, unknown modifiers too."""
    for one in sorted(line.modifiers):
        if one in {"22", "52"}:
            line.note(f"{one}: contractor considers individually")
        elif one not in KNOWN_MODIFIERS:
            line.note(f"{one}: modifier not known")


def result(line: Line) -> dict[str, Any]:
    """Return the line's row of results."""
    known = line.status in {"priced", "denied", "bundled"}
    return {
        "status": line.status,
        "release": line.schedule.name if line.schedule else None,
        "setting": "facility" if line.facility else "nonfacility",
        "fee_schedule_amount": line.fee,
        "allowed_amount": line.amount if known else None,
        "deductible_amount": line.deductible if known else None,
        "coinsurance_amount": line.coinsurance if known else None,
        "medicare_amount": line.medicare if known else None,
        "sequestration_amount": line.sequestration if known else None,
        "patient_amount": line.patient if known else None,
        "limiting_charge": line.limiting_charge if line.status == "priced" else None,
        "carc": line.carc,
        "notes": line.notes,
        "steps": line.steps,
    }


# ------------------------------------------------------------------------------------- CMS release

# Column positions in the 31-column layout of 2025. The 32-column layout of 2026 has PRIC IND at
# position 23, which moves ENDO BASE and all behind it by one.
TEXT_COLUMNS = {
    "status_code": 3,
    "pctc_indicator": 13,
    "global_days": 14,
    "multiple_procedure_indicator": 18,
    "bilateral_indicator": 19,
    "assistant_indicator": 20,
    "co_surgeon_indicator": 21,
    "team_indicator": 22,
    "endoscopic_base_code": 23,
    "supervision_code": 25,
    "imaging_family": 27,
}
DECIMAL_COLUMNS = {
    "work_rvu": 5,
    "nonfacility_pe_rvu": 6,
    "facility_pe_rvu": 8,
    "malpractice_rvu": 10,
    "preoperative": 15,
    "intraoperative": 16,
    "postoperative": 17,
    "cap_nonfacility_pe_rvu": 28,
    "cap_facility_pe_rvu": 29,
    "cap_malpractice_rvu": 30,
}
CONVERSION_FACTOR_COLUMN = 24
FIRST_SHIFTED = 23


def read_csv(path: Path) -> list[list[str]]:
    """Read a CMS file as rows of text."""
    with path.open(encoding="latin-1", newline="") as stream:
        return list(csv.reader(stream))


def read_rvus(path: Path) -> tuple[dict[tuple[str, str], dict[str, Any]], Decimal]:
    """Read a PPRRVU CSV: its rows by (HCPCS, modifier), and its one conversion factor."""
    table = read_csv(path)
    start = next(number for number, row in enumerate(table) if row[0] == "HCPCS")
    stacked = [
        " ".join(column).split() for column in zip(*table[start - 4 : start + 1], strict=True)
    ]
    shift = {31: 0, 32: 1}[len(stacked)]
    if shift and stacked[FIRST_SHIFTED] != ["PRIC", "IND"]:
        raise ValueError(f"{path.name}: column 24 is not PRIC IND")
    for heading, position in (("BASE", 23), ("FACTOR", 24), ("FLAG", 26)):
        if heading not in stacked[position + shift]:
            raise ValueError(f"{path.name}: {heading} not in column {position + shift + 1}")
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    factors = set()
    for cells in table[start + 1 :]:
        row: dict[str, Any] = {"hcpcs_code": cells[0], "modifier": cells[1].strip(), "label": ""}
        for column, position in TEXT_COLUMNS.items():
            row[column] = cells[position + shift * (position >= FIRST_SHIFTED)].strip()
        for column, position in DECIMAL_COLUMNS.items():
            row[column] = Decimal(cells[position + shift * (position >= FIRST_SHIFTED)])
        row["nonfacility_na"] = cells[7].strip() == "NA"
        row["facility_na"] = cells[9].strip() == "NA"
        factors.add(Decimal(cells[CONVERSION_FACTOR_COLUMN + shift]))
        rows[row["hcpcs_code"], row["modifier"]] = row
    (factor,) = factors
    return rows, factor


def read_gpcis(path: Path) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Read a GPCI CSV: MAC-locality → work, PE, MP."""
    return {
        f"{row[0].strip()}-{row[2].strip()}": (Decimal(row[4]), Decimal(row[5]), Decimal(row[6]))
        for row in read_csv(path)
        if row and re.fullmatch(r"\d{5}", row[0].strip())
    }


def read_anesthesia_factors(path: Path) -> dict[str, Decimal]:
    """Read an ANES CSV: MAC-locality → conversion factor, and the national one of its heading."""
    factors = {}
    for row in read_csv(path):
        national = re.search(r"National Anes CF of ([\d.]+)", " ".join(row))
        if national:
            factors["national"] = Decimal(national[1])
        elif row and re.fullmatch(r"\d{5}", row[0].strip()):
            factors[f"{row[0].strip()}-{row[1].strip()}"] = Decimal(row[3].strip())
    return factors


def load_cms_release(
    folder: Path,
    name: str,
    effective_from: date | None = None,
    effective_to: date | None = None,
) -> ReferenceSchedule:
    """Read a CMS release folder; without dates it serves the year of its name (`2025D`)."""
    year = int(name[:4])
    effective_from = effective_from or date(year, 1, 1)
    effective_to = effective_to or date(year, 12, 31)
    rows, factor = read_rvus(next(folder.glob("PPRRVU*.csv")))
    factors = [one for one in CONVERSION_FACTORS if effective_from <= one[0] <= effective_to]
    if factor not in {one[2] for one in factors if not one[1]}:
        raise ValueError(f"{folder.name}: the file's conversion factor {factor} is not the year's")
    anesthesia_files = list(folder.glob("ANES*.csv"))
    return ReferenceSchedule(
        name,
        effective_from,
        effective_to,
        rows,
        read_gpcis(next(folder.glob("GPCI*.csv"))),
        factors,
        read_anesthesia_factors(anesthesia_files[0]) if anesthesia_files else {},
    )
