"""The reference pricer: every payment rule once more, slow and plain, to check the engine against.

Written from a specification of the law and of CMS's manuals, and from no line of `payrules`: it
shares no code with it, and must not. It uses `decimal`, dicts and loops, expands every line into
its units and ranks them one at a time. Two readings of the same rules that agree to the cent are
worth more than one. One function per rule, in the order the rules apply (`EDITS`, `AMOUNT_RULES`,
`CONTRACT_RULES`, then the payment rules in `price`).

Numbers such as 3.21 or a bare § are that specification's; what each says stands beside it, and its
law on the page of the rule (docs, Reference). A comment that begins with
"Choice" marks a place where the texts leave room, and says what was taken: the most literal
reading.
"""

from __future__ import annotations

import csv
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from tests import reference_coverage
from tests import reference_schedules as others
from tests.reference_contract import CARE, NAMED, Contract, OwnRate, cases_of, paid_for
from tests.reference_plans import MEDICARE, ReferencePlan

CENT = Decimal("0.01")
NONFACILITY = "nonfacility_amount"
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
ANATOMICAL = words(
    "E1 E2 E3 E4 FA F1 F2 F3 F4 F5 F6 F7 F8 F9 TA T1 T2 T3 T4 T5 T6 T7 T8 T9 LT RT LC LD LM RC RI"
)
SIDES = ANATOMICAL | {"50"}  # 9.1: the side modifiers
SHIPPED = Path(__file__).parents[1] / "fee_schedules"
AMBULANCE_PLACES = frozenset("DEGHIJNPRSX")
# 3.3: on one line with GX.
NOT_WITH_GX = words("GA GZ EY GL KB QL TQ")
CHIROPRACTIC = words("98940 98941 98942")
# 3.8: what a resident may do alone; the second row in the public health emergency only.
PRIMARY_CARE = words("99202 99203 99211 99212 99213 G0402 G0438 G0439")
PRIMARY_CARE_IN_THE_EMERGENCY = words("99204 99205 99214 99215")
EMERGENCY = (date(2020, 3, 1), date(2023, 5, 11))
# 3.12 and 3.13: add-ons with a list of their own.
PROLONGED = {
    "G2212": words("99205 99215 99483"),
    "G0316": words("99223 99233 99236"),
    "G0317": words("99306 99310"),
    "G0318": words("99345 99350"),
    "99292": words("99291"),
}
# 3.14: the visits of G2211.
OFFICE_VISITS = words("99202 99203 99204 99205 99211 99212 99213 99214 99215")
HOME_VISITS = words("99341 99342 99344 99345 99347 99348 99349 99350")
# 3.16: beside the codes of cost_sharing.csv.
PREVENTIVE_BESIDE = words(
    "90460 90461 90471 90472 90473 90474 80081 G0108 G0109 G0102 G0117 G0118 G0403"
)
NO_TIME_UNITS = frozenset({"01995", "01996"})  # 3.38
ANESTHESIA_ADD_ONS = frozenset({"01953", "01968", "01969"})  # 3.40
MAY_REFUSE_ASSIGNMENT = THERAPISTS | words(
    "physician chiropractor optometrist podiatrist audiologist"
)  # 3.53, 9.11
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


@dataclass(frozen=True)
class FeeChange:
    """What a what-if does to the fee of one row: a scale, or one amount for each setting."""

    scale: Decimal | None = None
    facility: Decimal = ZERO
    nonfacility: Decimal = ZERO


@dataclass
class ReferenceSchedule:
    """One release: its rows, GPCIs and conversion factors, and the days it serves.

    Of a payer's schedule in dollars each row has `dollars` beside its indicators: facility_amount,
    nonfacility_amount, work_amount, pe_amount, mp_amount (None where the payer gives none).
    """

    name: str
    effective_from: date
    effective_to: date
    rows: dict[tuple[str, str], dict[str, Any]]
    gpcis: dict[str, tuple[Decimal, Decimal, Decimal]]
    conversion_factors: list[tuple[date, bool, Decimal]]
    anesthesia_factors: dict[str, Decimal] = field(default_factory=dict)
    file_factors: list[tuple[date, bool, Decimal]] | None = None  # where a what-if has others
    changes: dict[tuple[str, str], FeeChange] = field(default_factory=dict)
    whole: bool = True  # False where it has selected codes only: another may have its price

    def __post_init__(self) -> None:
        self.gpcis = {**self.gpcis, "national": (ONE, ONE, ONE)}
        self.amounts: dict[tuple[Any, ...], Decimal | None] = {}
        self.in_dollars = any("dollars" in row for row in self.rows.values())

    def file_factor(self, day: date) -> Decimal:
        """Return the factor the hospital caps' RVUs were made with: everybody else's, as filed."""
        factors = self.conversion_factors if self.file_factors is None else self.file_factors
        return latest_factor(factors, day, qualifying_apm=False)

    def conversion_factor(self, day: date, qualifying_apm: bool) -> Decimal:
        """Return the factor of a line."""
        return latest_factor(self.conversion_factors, day, qualifying_apm)

    def fee(
        self, code: str, modifier: str, locality: str, facility: bool, factor: Decimal
    ) -> Decimal | None:
        """Return the amount of one unit; None where the row is absent or not paid by RVUs."""
        key = (code, modifier, locality, facility, factor)
        if key not in self.amounts:
            row = self.rows.get((code, modifier))
            paid = row is not None and has_amount(row)
            self.amounts[key] = (
                self.changed(row, self.exact(row, locality, facility, factor), facility)
                if row is not None and paid
                else None
            )
        return self.amounts[key]

    def exact(self, row: dict[str, Any], locality: str, facility: bool, factor: Decimal) -> Decimal:
        """Return the amount of a row as filed, before any rounding."""
        if "dollars" in row:
            amount: Decimal = row["dollars"]["facility_amount" if facility else NONFACILITY]
            return amount
        return relative_value(row, self.gpcis[locality], facility) * factor

    def change_of(self, row: dict[str, Any]) -> FeeChange | None:
        """Return what a what-if does to the row."""
        return self.changes.get((row["hcpcs_code"], row["modifier"]))

    def changed(self, row: dict[str, Any], exact: Decimal, facility: bool) -> Decimal:
        """Return the amount of a row as a what-if leaves it: a scale, too, is rounded once."""
        change = self.change_of(row)
        if change is None:
            return to_cents(exact)
        if change.scale is not None:
            return to_cents(exact * change.scale)
        return change.facility if facility else change.nonfacility


def latest_factor(
    factors: list[tuple[date, bool, Decimal]], day: date, qualifying_apm: bool
) -> Decimal:
    """Return the latest factor at or before the day.

    Choice: a qualifying participant takes the everybody-else factor where the release has no
    other; a day before every factor (possible with `release=`) takes the release's first one.
    """
    mine = [one for one in factors if one[1] == qualifying_apm]
    mine = sorted(mine or [one for one in factors if not one[1]])
    past = [one for one in mine if one[0] <= day]
    return (past[-1] if past else mine[0])[2]


@dataclass
class ReferenceTables:
    """The edit tables, as lists of dicts; None where a table is absent and its edit does not run.

    mue: hcpcs_code, mue_value, adjudication_indicator, effective_from, effective_to.
    ptp: column_1_code, column_2_code, modifier_indicator, effective_from, effective_to.
    add_on: add_on_code, add_on_type, primary_code (or None), effective_from, effective_to.
    base_units: hcpcs_code, base_units, effective_from, effective_to.
    effective_to is the last day in force, or None.
    quarters: the payment limits of drugs and laboratory rates at hand (`reference_schedules`).
    policies: coverage policies, enforced (`reference_coverage`).
    """

    mue: list[dict[str, Any]] | None = None
    ptp: list[dict[str, Any]] | None = None
    add_on: list[dict[str, Any]] | None = None
    base_units: list[dict[str, Any]] | None = None
    quarters: list[others.QuarterFile] = field(default_factory=list)
    policies: Sequence[dict[str, Any]] = ()


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


def cost_sharing() -> list[dict[str, Any]]:
    """Read the shipped table of preventive services: data with citations, not code."""
    with (SHIPPED / "cost_sharing.csv").open(encoding="utf-8", newline="") as stream:
        return [
            {
                **row,
                "effective_from": date.fromisoformat(row["effective_from"]),
                "effective_to": date.fromisoformat(row["effective_to"] or "9999-12-31"),
            }
            for row in csv.DictReader(stream)
        ]


def modifier_table() -> dict[str, str]:
    """Read the shipped table of modifiers: each with whether it is in force."""
    with (SHIPPED / "modifiers.csv").open(encoding="utf-8", newline="") as stream:
        return {row["modifier"]: row["in_force"] for row in csv.DictReader(stream)}


MODIFIERS = modifier_table()


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

    plan = MEDICARE

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
    operation: Line | None = None
    before_participation: Decimal | None = ZERO  # None: a contract's price, no schedule's
    other = False  # priced by another schedule than physicians'
    schedule_name: str | None = None
    limit: Decimal | None = None
    share = Decimal("0.20")
    deductible_waived = False
    deductible = ZERO
    coinsurance = ZERO
    primary_adjustment: Decimal | None = None
    mips: Decimal | None = None
    hpsa_bonus: Decimal | None = None
    before_mips = ZERO
    medicare = ZERO
    sequestration = ZERO
    patient = ZERO
    limiting_charge: Decimal | None = None
    chargeable: Decimal | None = None
    carc: str | None = None
    rarc: str | None = None
    group_code: str | None = None
    part_of_whole = Fraction(1)  # what shares for a part or a role leave of the service
    contract: Contract | None = None
    own_factor: Decimal | None = None
    referred_by_rank = False
    medicare_fee: Decimal | None = None  # where the contract's own factor makes the fee
    price_unknown = False  # a file or place that is not at hand may have its price

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
        self.primary_paid: Decimal | None = get("primary_paid_amount")
        self.primary_allowed: Decimal | None = get("primary_allowed_amount")
        self.obligated: Decimal | None = get("primary_obligated_amount")
        self.mips_percent: Decimal | None = get("mips_adjustment_percent")
        self.unit_qualifier = get("unit_qualifier") or ""
        self.care_assumed: date | None = get("care_assumed_date")
        self.care_relinquished: date | None = get("care_relinquished_date")
        self.present_at_induction = bool(get("present_at_induction"))
        self.processed: date = get("processed_date") or self.day

        self.practitioner = practitioner_key(given, self.claim_id)
        self.group = group_key(given, self.claim_id)
        self.assistant = bool(self.modifiers & ASSISTANT)
        self.encounter = (self.person, self.day, self.practitioner)
        self.session = (*self.encounter, self.assistant)
        # 3.42: who rendered the line, as MUE sees it.
        self.rendering = ("rendering_npi", npi) if (npi := get("rendering_npi")) else None
        self.rendering = self.rendering or self.practitioner
        self.sides = self.modifiers & SIDES
        # 3.22: aftercare alone. A line with 54 and 55 is an operation.
        self.aftercare = self.has("55") and not self.has("54")
        # 3.23, 9.3: the units of a line with 55 are days, and the line is one unit.
        self.billed = ONE if self.has("55") else self.quantity
        self.pool = (self.person, self.day, self.group)
        # Choice: before 2024 place 10 (telehealth at home) is a facility.
        self.facility = self.place in FACILITY or (self.place == "10" and self.day.year < 2024)

        listed = (get("diagnosis_code_1"), get("diagnosis_code_2"))
        self.diagnoses = tuple(each.replace(".", "") for each in listed if each)

        self.row: dict[str, Any] = {}
        self.units: list[Unit] = []
        self.notes: list[str] = []
        self.why: str | None = None
        self.steps: list[tuple[str, Decimal | None, Decimal | None]] = []

    def of_whole(self, dollars: Decimal) -> Decimal:
        """Give dollars of a whole service for the units, sides, part and role of the line."""
        units = (
            sum((unit.scale for unit in self.units), ZERO) if self.bilateral_used else self.billed
        )
        return fraction_to_cents(Fraction(dollars) * Fraction(units) * self.part_of_whole)

    @property
    def alive(self) -> bool:
        """Not taken out by any rule so far."""
        return self.status is None

    @cached_property
    def own(self) -> dict[frozenset[str], Decimal]:
        """The payer's own shares by modifier that the line is paid by."""
        if self.contract is None or not self.row:
            return {}
        return self.contract.taken(self)

    def shared(self, *modifiers: str) -> bool:
        """Whether a share of the payer's own stands for one of these modifiers."""
        return any(not each.isdisjoint(modifiers) for each in self.own)

    def part(self, modifier: str) -> Decimal | None:
        """Return the payer's own share of one part of the care, alone."""
        return self.own.get(frozenset({modifier}))

    @property
    def care_before(self) -> bool:
        """The care before an operation alone: a contract's share pays it, Medicare nothing."""
        return self.has("56") and not self.has("54", "55")

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
        return not self.modifiers.isdisjoint(modifiers)

    @property
    def one_side(self) -> str | None:
        """RT or LT, where the line names one of them alone."""
        named = self.modifiers & {"RT", "LT"}
        return next(iter(named)) if len(named) == 1 else None

    @property
    def has_both_sides(self) -> bool:
        """Whether RT and LT stand on the line."""
        return {"RT", "LT"} <= self.modifiers

    def note(self, text: str) -> None:
        """Add a review note."""
        self.notes.append(text)

    def take_out(
        self,
        status: str,
        rule: str,
        carc: str | None,
        why: str,
        rarc: str | None = None,
        group: str = "CO",
    ) -> None:
        """End the line here: denied, bundled, by report or not on the schedule."""
        after = ZERO if status in {"denied", "bundled"} else None
        self.steps.append((rule, self.amount if self.amount else self.fee, after))
        self.status = status
        self.carc, self.rarc = carc, rarc
        self.group_code = group if carc else None
        self.amount = ZERO
        self.units = []
        self.why = why

    def pay_ranked(self) -> None:
        """Pay what ranking left of the units; by report where the payer's ladder says so of one."""
        if self.referred_by_rank:
            self.take_out("by_report", "multiple_procedure", None, "the payer's ladder")
        else:
            self.sum_units("multiple_procedure", "59")

    def change(self, rule: str, after: Decimal, carc: str | None, rarc: str | None = None) -> None:
        """Set the amount; a step is recorded when it changed, its codes when it fell."""
        if after == self.amount:
            return
        self.steps.append((rule, self.amount, after))
        if after < self.amount and carc is not None:
            self.carc, self.rarc = carc, rarc
        self.amount = after

    def sum_units(self, rule: str, carc: str | None, rarc: str | None = None) -> None:
        """Make the amount the sum of the units again."""
        self.change(rule, sum((unit.amount for unit in self.units), ZERO), carc, rarc)

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
    return to_cents(relative_value(row, gpci, facility, pe_share) * factor)


def relative_value(
    row: dict[str, Any],
    gpci: tuple[Decimal, Decimal, Decimal],
    facility: bool,
    pe_share: Decimal = ONE,
) -> Decimal:
    """Work + PE + MP, each times its GPCI, exactly."""
    work, pe, mp = gpci
    pe_rvu = row["facility_pe_rvu"] if facility else row["nonfacility_pe_rvu"]
    return row["work_rvu"] * work + pe_rvu * pe_share * pe + row["malpractice_rvu"] * mp


def has_rvus(row: dict[str, Any]) -> bool:
    """Any RVU of the row, in either setting, is not zero; of a schedule in dollars any amount."""
    if "dollars" in row:
        return any(row["dollars"].values())
    return any(
        row[column]
        for column in ("work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "malpractice_rvu")
    )


def has_amount(row: dict[str, Any]) -> bool:
    """Say whether the row's RVUs are used for payment: status A or T, or R with RVUs.

    A payer's own dollars are a price of anesthesia, too (6.1).
    """
    if row["status_code"] == "J":
        return "dollars" in row
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
        line.price_unknown = line.price_unknown or not schedule.whole
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
    blank = line.schedule.rows.get((line.code, "")) if line.schedule else None
    in_dollars = line.schedule is not None and line.schedule.in_dollars
    if not in_dollars and others.another_schedule(
        line, blank["status_code"] if blank else None, tables.quarters
    ):
        return
    if line.schedule is None:
        line.price_unknown = True
        line.take_out("not_on_schedule", "fee_schedule_amount", None, "no release in force")
        return
    find_row(line, line.schedule)
    status = line.row.get("status_code")
    if in_dollars and line.row:
        line.schedule_name = "payer"
    elif status is not None and status in "ARTCJBNP":
        line.schedule_name = "anesthesia" if status == "J" else "mpfs"
    if not line.alive:
        return
    if line.locality not in line.schedule.gpcis:
        # Choice: only possible with several releases; a missing fact is a status, not a price.
        line.price_unknown = True
        line.take_out("not_on_schedule", "fee_schedule_amount", None, "locality not in release")
        return
    of_day = line.day, line.qualifying_apm
    line.factor = line.schedule.conversion_factor(*of_day)
    line.own_factor = line.contract.factor(line) if line.contract else None
    if line.own_factor is not None:
        line.factor = line.own_factor
    line.anesthesia = line.row["status_code"] == "J"
    by_time = line.anesthesia and not in_dollars
    line.medicare_fee = line.fee = fee_of_unit(line, tables, by_time, line.own_factor)
    if line.own_factor is not None:
        said = [*line.notes]
        line.factor = line.schedule.conversion_factor(*of_day)
        line.medicare_fee = fee_of_unit(line, tables, by_time, None)
        line.factor, line.notes = line.own_factor, said
    if line.fee is not None:
        line.amount = line.fee
        if line.anesthesia and in_dollars and line.code == "01996":
            line.amount = line.fee * line.quantity  # its days
        line.steps.append(("fee_schedule_amount", None, line.fee))
    # Choice: `setting` follows the place of service also for therapy codes, whose PE is always
    # the non-facility one. The note looks at the PE RVU that is used.
    facility = line.facility and line.row["multiple_procedure_indicator"] != "5"
    not_here = line.row["facility_na" if facility else "nonfacility_na"]
    # 3.26: aftercare is given in the office, wherever the operation was.
    if line.fee is not None and not_here and not (line.aftercare and not facility):
        line.note("rarely or never performed in this setting")


def fee_of_unit(
    line: Line, tables: Tables, by_time: bool, own_factor: Decimal | None
) -> Decimal | None:
    """Return the fee of a line at its factor, of anesthesia at the contract's where it has one."""
    if by_time:
        return anesthesia_fee(line, tables, own_factor)
    return line.fee_of(line.code, line.row_modifier)


def anesthesia_fee(line: Line, tables: Tables, own: Decimal | None = None) -> Decimal | None:
    """Return (base + time units) × the anesthesia factor, before AA … QY; None if unknown.

    Choice: only the minutes are excused for AD; it too needs the code's base units to be on file.
    """
    assert line.schedule is not None
    found = in_force(tables.base_units.get(line.code, ()), line.day)
    factor = own or line.schedule.anesthesia_factors.get(line.locality)
    if not found or factor is None:
        return None
    base_units = Decimal(found[0]["base_units"])
    if line.contract:
        base_units = line.contract.base_units(line.code, base_units)
    if line.has("AD"):
        return to_cents((3 + int(line.present_at_induction)) * factor)
    if line.code in NO_TIME_UNITS:
        # 3.38, 9.14: 01996 by the day, 01995 once; neither asks for minutes.
        return to_cents(base_units * (line.quantity if line.code == "01996" else 1) * factor)
    minutes = minutes_of(line)
    if minutes is None:
        return None
    time_units = (minutes / 15).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return to_cents((base_units + time_units) * factor)


def minutes_of(line: Line) -> Decimal | None:
    """Return the minutes of an anesthesia line: its own column, else 3.36 its units.

    Choice (3.37): MJ says that the units are minutes, so one unit is one minute, for a person to
    look at; without a qualifier one unit is no statement of time.
    """
    if line.anesthesia_minutes is not None:
        return Decimal(line.anesthesia_minutes)
    if line.unit_qualifier == "MJ":
        if line.quantity == 1:
            line.note("one minute (MJ)")
        return line.quantity
    if line.unit_qualifier == "UN" or line.quantity <= 1:
        return None
    if line.quantity < 10:
        line.note("looks like time units, Medicare wants minutes")
    return line.quantity


class Tables:
    """The edit tables, by code; an absent table stays None."""

    def __init__(self, tables: ReferenceTables) -> None:
        self.mue = None if tables.mue is None else entries_by(tables.mue, "hcpcs_code")
        self.ptp = (
            None if tables.ptp is None else entries_by(tables.ptp, "column_1_code", "column_2_code")
        )
        self.add_on = None if tables.add_on is None else entries_by(tables.add_on, "add_on_code")
        self.base_units = entries_by(tables.base_units or [], "hcpcs_code")
        self.quarters = tables.quarters
        self.policies = tables.policies
        self.cost_sharing = cost_sharing()
        self.sharing_by_code: dict[str, list[dict[str, Any]]] = {"several codes": []}
        for row in self.cost_sharing:
            one = row["hcpcs_code"] if len(row["hcpcs_code"]) == 5 else "several codes"
            self.sharing_by_code.setdefault(one, []).append(row)

    def free(self, day: date) -> list[dict[str, Any]]:
        """3.16: the rows of preventive services without coinsurance and without a modifier."""
        free = (
            row
            for row in self.cost_sharing
            if row["coinsurance_percent"] == "0" and not row["modifier"]
        )
        return in_force(free, day)


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
        elif status in {"B", "N", "P"} and line.contract and line.contract.has_a_price(line):
            line.take_out("not_on_schedule", "status_code", None, "the payer has its own price")
        elif status in {"B", "P"}:
            line.take_out("bundled", "status_code", "97", "always bundled")
        elif status == "N":
            # Choice: what Medicare never covers is the patient's, as with GY (3.2).
            line.take_out("denied", "status_code", "96", "not covered", group="PR")
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
    elif indicator == "1":
        line.note("co-surgeon paid on documentation")


def team_allowed(line: Line) -> None:
    """66 against the team indicator."""
    indicator = line.row["team_indicator"]
    if indicator == "9":
        line.take_out("denied", "role", "4", "no team concept")
    elif indicator == "0":
        line.take_out("denied", "role", "54", "team not paid")
    elif indicator in {"1", "2"} and not line.shared("66"):
        line.take_out("by_report", "role", None, "team surgery is by report")


Verdict = tuple[str, str | None, str, str]


def modifier(lines: list[Line], tables: Tables) -> None:
    """3b: modifiers that end a line by themselves; the first that matches (3.1 to 3.9, then §5)."""
    for line in lines:
        if not line.alive:
            continue
        verdict = by_notice(line) or by_who_and_where(line)
        if not line.other:  # 6.3
            verdict = verdict or by_operation(line)
        if verdict is None:
            notices(line)
        else:
            status, carc, why, group = verdict
            line.take_out(status, "modifier", carc, why, group=group)


def by_notice(line: Line) -> Verdict | None:
    """3.1 to 3.6: what the notices on the line say, the contradictions before all others."""
    if (line.has("GX") and line.has(*NOT_WITH_GX)) or contradiction(line):
        return "denied", "4", "notices that contradict one another", "CO"
    if line.has("GZ") and line.day >= date(2011, 7, 1):
        return "denied", "50", "expected to be denied as not necessary", "CO"
    if line.has("GY"):
        return "denied", "96", "statutorily excluded", "PR"
    if line.code in CHIROPRACTIC and not line.has("AT") and line.day >= date(2004, 10, 1):
        return "denied", "50", "maintenance care", "PR" if line.has("GA") else "CO"
    return None


def by_who_and_where(line: Line) -> Verdict | None:
    """3.7 to 3.9: wrong surgery, a resident alone, a laboratory elsewhere."""
    if line.has("PA", "PB", "PC"):
        return "denied", "233", "wrong surgery", "CO"
    if line.has("GE") and not line.other and not resident_may(line):
        return "denied", "4", "not for a resident alone", "CO"
    if line.has("90"):
        return "denied", "4", "the laboratory that did it bills it", "CO"
    return None


def by_operation(line: Line) -> Verdict | None:
    """§5: facility modifiers, discontinued, both sides, parts of the global package."""
    if line.has("73", "74"):
        return "denied", "4", "facility modifier", "CO"
    if line.has("53") and line.row_modifier != "53" and not line.shared("53"):
        return "by_report", None, "discontinued, no row for it", "CO"
    if line.has("50") and line.row["bilateral_indicator"] == "9":
        return "denied", "4", "no bilateral concept", "CO"
    if line.has("56") and not line.shared("56"):
        return "denied", "4", "preoperative share is paid with 54", "CO"
    # 3.51: where the days say that there is no package, too.
    divided = any(percentages(line.row))
    unshared = any(line.has(each) and not line.shared(each) for each in ("54", "55"))
    in_package = line.row["global_days"] in {"010", "090"}
    if line.has("54", "55", "56") and not (in_package and (divided or not unshared)):
        return "denied", "4", "no global package to split", "CO"
    return None


def contradiction(line: Line) -> bool:
    """3.5: two of GA, GY, GZ on a line."""
    return sum(line.has(one) for one in ("GA", "GY", "GZ")) > 1


def resident_may(line: Line) -> bool:
    """3.8: the primary care exception."""
    emergency = EMERGENCY[0] <= line.day <= EMERGENCY[1]
    return line.code in PRIMARY_CARE or (emergency and line.code in PRIMARY_CARE_IN_THE_EMERGENCY)


def notices(line: Line) -> None:
    """3.3, 3.4, 3.6: what a notice on a priced line says."""
    if line.has("GX"):
        line.note("GX alone: CR 6563 returns lines with covered charges; add GY")
    for one in ("GA", "GU"):
        if line.has(one):
            line.note(f"{one}: if Medicare denies for necessity, the patient owes it (PR 50)")
    if line.has("AT") and line.has("GA"):
        line.note("AT with GA: a contractor rejects the pair")


def percentages(row: dict[str, Any]) -> tuple[Decimal, Decimal, Decimal]:
    """Return the preoperative, intraoperative and postoperative percentages."""
    return row["preoperative"], row["intraoperative"], row["postoperative"]


def unlikely_units(lines: list[Line], tables: Tables) -> None:
    """4: medically unlikely edits, by who rendered (3.42); lines with 55 stand outside (3.43).

    Choice: with indicator 2 or 3 the units of every living line of the group are summed, and a line
    with 50 counts its billed units.
    """
    if tables.mue is None:
        return
    billed: dict[Any, list[Line]] = group_by(
        (line for line in lines if line.alive and not line.has("55")), unlikely_units_key
    )
    for group in billed.values():
        found = in_force(tables.mue.get(group[0].code, ()), group[0].day)
        if not found:
            continue
        limit, indicator = found[0]["mue_value"], str(found[0]["adjudication_indicator"])
        over_all = sum(line.quantity for line in group) > limit
        for line in group:
            over = line.quantity > limit if indicator == "1" else over_all
            if over:
                why = f"more than {limit} units"
                line.take_out("denied", "unlikely_units", "222", why, rarc="N362")


def unlikely_units_key(line: Line) -> tuple[Any, ...]:
    """3.42, 3.43: person, date, code, who rendered, role, and 26 and TC lines apart."""
    component = line.row_modifier if line.row_modifier in {"26", "TC"} else ""
    return (line.person, line.day, line.code, line.rendering, line.assistant, component)


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
                    lifting = (first.modifiers | second.modifiers) & PAIR_MODIFIERS
                    if indicator == "0" or (indicator == "1" and not lifting):
                        denied[second.position] = (second, first.code)
                    elif indicator == "1" and lifting <= ANATOMICAL:
                        # 3.45: only separate sites or sessions are meant.
                        sides = " ".join(sorted(lifting))
                        second.note(f"pair {first.code} {second.code} lifted by {sides} alone")
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
        and not line.care_before
    )


def care_days(line: Line) -> int:
    """3.23: the days of a line with 55: its own column, else its units, else all; never more."""
    length = GLOBAL_DAYS.get(line.row["global_days"], 0)
    days = line.postoperative_days
    if days is None:
        days = int(line.quantity) if line.quantity > 1 else length
    return min(days, length)


def days_of_aftercare(line: Line) -> tuple[date, date]:
    """3.24, 9.6: first and last day of a 55-only line's window; empty if the first is later.

    Choice: a care date replaces the end it speaks of, also where no days are billed. With the date
    of relinquishing alone the days are counted back from it, or to the day after the surgery where
    the line does not say how many. Whatever the dates say, the window stays between that day and
    the last of the global period.
    """
    end = line.day + timedelta(GLOBAL_DAYS[line.row["global_days"]])
    start = line.day + timedelta(1)
    if not (care_days(line) or line.care_assumed or line.care_relinquished):
        return start, line.day
    last = line.care_relinquished or end
    first = last - timedelta(care_days(line) - 1)
    if line.care_relinquished and line.postoperative_days is None and line.quantity <= 1:
        first = start
    return max(line.care_assumed or first, start), min(last, end)


def visit_excused(visit: Line, procedure: Line) -> bool | None:
    """Whether a modifier lifts the visit out of the window; None if it does not stand in it."""
    global_days = procedure.row["global_days"]
    if procedure.aftercare:
        first, last = days_of_aftercare(procedure)
        return visit.has("24", "FT") if first <= visit.day <= last else None
    days = (visit.day - procedure.day).days
    if days == -1 and global_days == "090":
        return visit.has("57", "FT")
    if days == 0:
        return visit.has("25", "FT") or (global_days == "090" and visit.has("57"))
    if 0 < days <= GLOBAL_DAYS[global_days]:
        return visit.has("24", "FT")
    return None


def later_days(procedure: Line) -> tuple[date, date]:
    """Return the days of a procedure's window after its own day."""
    if procedure.aftercare:
        return days_of_aftercare(procedure)
    length = GLOBAL_DAYS[procedure.row["global_days"]]
    return procedure.day + timedelta(1), procedure.day + timedelta(length)


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
                        why = f"with {procedure.order}"
                        line.take_out("bundled", "global_period", "97", why, rarc="M144")
                        break
            elif line.row["global_days"] in GLOBAL_DAYS and not line.has("58", "78", "79"):
                for procedure in procedures:
                    first, last = later_days(procedure)
                    if first <= line.day <= last:
                        line.note(f"in the global period of {procedure.order}")


def coverage(lines: list[Line], tables: Tables) -> None:
    """coverage.md 4: 6b, of lines that no edit took out; PR instead of CO with GA."""
    judged = [line for line in lines if line.counts_as_service or line.status == "not_on_schedule"]
    claims = [
        reference_coverage.Claim(
            person=line.person,
            day=line.day,
            claim=line.claim_id,
            number=line.number,
            code=line.code,
            modifiers=line.modifiers,
            units=math.ceil(line.quantity),
            diagnoses=line.diagnoses,
            contractor=line.locality[:5],
            place=line.place,
        )
        for line in judged
    ]
    add_ons = {line.code for line in lines if line.row.get("global_days") == "ZZZ"}
    reference_coverage.judge(claims, tables.policies, add_ons | {*(tables.add_on or {})})
    for line, claim in zip(judged, claims, strict=True):
        if claim.denied:
            carc, rarc = claim.denied
            group = "PR" if line.has("GA") or line.has("GU") else "CO"  # GU the same (3.4)
            line.take_out("denied", "coverage", carc, "coverage", rarc=rarc, group=group)


def add_on(lines: list[Line], tables: Tables) -> None:
    """7: an add-on needs its primary.

    An add-on is what the table lists on the day, a ZZZ code that it does not list (3.44), or one of
    the codes with a list of their own (3.12, 3.13). Before the first day of a table nothing of it
    is in force, so that 9.13 needs no words here.
    """
    for line in lines:
        line.add_on = bool(add_on_entries(line, tables)) or (
            line.row.get("global_days") == "ZZZ" or line.code in PROLONGED
        )
    for group in group_by(lines, lambda line: line.encounter).values():
        waiting = True
        # A denied primary takes its add-ons with it: look again until nobody else is denied.
        while waiting:
            lost = [
                line
                for line in group
                if line.alive and line.add_on and not has_primary(line, group, tables)
            ]
            for line in lost:
                line.take_out("denied", "add_on", "107", "no primary on the day", rarc="N122")
            waiting = bool(lost)
    for line in lines:
        own_list = line.code in PROLONGED or line.code == "G2211"
        if line.alive and line.add_on and not own_list and not add_on_entries(line, tables):
            line.note("add-on judged by ZZZ alone: no add-on table lists it")


def add_on_entries(line: Line, tables: Tables) -> list[dict[str, Any]]:
    """Return what the add-on table says of the line's code on its day."""
    return in_force((tables.add_on or {}).get(line.code, ()), line.day)


def has_primary(line: Line, group: list[Line], tables: Tables) -> bool:
    """Whether the add-on finds a primary among the lines of the day and practitioner.

    Choice: a primary is a surviving or by-report line. A bundled one, or one the schedule does not
    pay, is "out of every later rule", so it does not serve. Types II and III take any such line
    that is no add-on, a visit too. Several types on file for one code: any satisfied entry will do.
    With a table, or a list of the code's own, the session's role is not looked at. G2211 has its
    list in `visit_complexity`, so that ZZZ alone says nothing of it.
    """
    others = [other for other in group if other is not line and other.counts_as_service]
    entries = add_on_entries(line, tables)
    if not entries and line.code in PROLONGED:
        return any(other.code in PROLONGED[line.code] for other in others)
    if not entries and line.code == "G2211":
        return True
    if not entries:
        return any(other.session == line.session and not other.add_on for other in others)
    for entry in entries:
        if str(entry["add_on_type"]) == "1":
            if any(other.code == entry["primary_code"] for other in others):
                return True
        elif any(not other.add_on for other in others):
            return True
    return False


def visit_complexity(lines: list[Line], tables: Tables) -> None:
    """7b: G2211 beside a visit (3.14 to 3.16), then G0102 beside one (3.20).

    Choice: a row of the list counts while it is in force on the day.
    """
    for group in group_by(lines, lambda line: line.encounter).values():
        for line in group:
            if line.alive and line.code == "G2211":
                complexity_of_a_visit(line, group, tables)
        for line in group:
            if line.alive and line.code == "G0102" and any(map(surviving_visit, group)):
                line.take_out("bundled", "visit_complexity", "97", "inside the visit")


def surviving_visit(line: Line) -> bool:
    """3.20: 99202 to 99499 with status A."""
    return line.alive and is_visit(line) and line.code >= "99202"


def complexity_of_a_visit(line: Line, group: list[Line], tables: Tables) -> None:
    """3.14, 3.15: G2211 needs a visit; beside visits with 25 only, a preventive service too."""
    codes = OFFICE_VISITS | (HOME_VISITS if line.day >= date(2026, 1, 1) else frozenset())
    visits = [other for other in group if other.alive and other.code in codes]
    if not visits:
        line.take_out("denied", "visit_complexity", "107", "no visit on the day", rarc="N122")
    elif all(visit.has("25") for visit in visits):
        preventive = PREVENTIVE_BESIDE | {row["hcpcs_code"] for row in tables.free(line.day)}
        given = any(
            other.code in preventive and other.status not in {"denied", "bundled"}
            for other in group
        )
        if not given or line.day < date(2025, 1, 1):
            why = "the visit carries 25 (list read from a secondary copy)"
            line.take_out("bundled", "visit_complexity", "97", why)


def injection(lines: list[Line], tables: Tables) -> None:
    """8: a status T service is paid only if nothing else is."""
    for group in group_by(lines, lambda line: line.encounter).values():
        others = any(line.counts_as_service and line.row["status_code"] != "T" for line in group)
        for line in group:
            if line.alive and others and line.row["status_code"] == "T":
                line.take_out("bundled", "injection", "97", "another service on the day")


def discarded_drug(lines: list[Line], tables: Tables) -> None:
    """3c: JW and JZ, then the second drug test of a day."""
    others.discarded_drugs(lines)
    others.drug_tests(lines)


EDITS: tuple[Callable[[list[Line], Tables], None], ...] = (
    status_code,
    component,
    role,
    modifier,
    discarded_drug,
    unlikely_units,
    procedure_pairs,
    global_period,
    coverage,
    add_on,
    visit_complexity,
    injection,
)
# 6.3: what looks at the lines of other schedules; visits ask which services were given (3.16).
SEE_OTHERS = {
    *(modifier, discarded_drug, unlikely_units, procedure_pairs, coverage, visit_complexity)
}


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
    """Return the PC of one unit: 26 rows and PC/TC 2 whole, the 26 row of a global; else None.

    No part is ever more than the whole (the schedule contradicts itself, and a note says so).
    """
    part = professional_row(line)
    return part if part is None or line.fee is None else min(part, line.fee)


def technical_fee(line: Line) -> Decimal | None:
    """Return the TC of one unit: TC rows and PC/TC 3 whole, the TC of a global; else None."""
    part = technical_row(line)
    return part if part is None or line.fee is None else min(part, line.fee)


def in_proportion(line: Line, part: Decimal | None, *rows: tuple[str, str]) -> Decimal | None:
    """Take a part along with a whole that a what-if changed, unless it changed the part's rows.

    Choice: of the cents of both, one rounding; a whole of nothing has no proportion.
    """
    assert line.schedule is not None
    if line.fee is None:  # a contract's own price of what Medicare has none for
        return part
    changes = line.schedule.changes
    if part is None or (line.code, "") not in changes or any(row in changes for row in rows):
        return part
    facility = line.facility and line.row["multiple_procedure_indicator"] != "5"
    filed = to_cents(line.schedule.exact(line.row, line.locality, facility, line.factor))
    return (
        fraction_to_cents(Fraction(part) * Fraction(line.fee) / Fraction(filed)) if filed else part
    )


def contradictions(line: Line) -> None:
    """Note where a part is more than the whole, in a schedule or in what a what-if made of it."""
    if line.fee is None or line.anesthesia:
        return
    for part in (professional_row(line), technical_row(line)):
        if part is not None and part > line.fee:
            line.note("a part is more than the whole")
    if line.row["multiple_procedure_indicator"] == "5" and "dollars" in line.row:
        whole, expense, half = therapy_dollars(line)
        if expense is not None and half is not None and max(expense, half) > whole:
            line.note("a part is more than the whole")


def professional_row(line: Line) -> Decimal | None:
    """Return the PC of one unit as the rows have it."""
    indicator = line.row["pctc_indicator"]
    if line.row_modifier == "26" or indicator == "2":
        return line.fee
    if indicator == "1" and line.row_modifier == "":
        return in_proportion(line, line.fee_of(line.code, "26"), (line.code, "26"))
    return None


def technical_row(line: Line) -> Decimal | None:
    """Return the TC of one unit as the rows have it."""
    indicator = line.row["pctc_indicator"]
    if all_technical(line):
        return line.fee
    if indicator == "1" and line.row_modifier == "":
        return in_proportion(line, line.fee_of(line.code, "TC"), (line.code, "TC"))
    if indicator == "4" and line.row_modifier == "" and line.code in TECHNICAL_CODES:
        fees = [line.fee_of(code) for code in TECHNICAL_CODES[line.code]]
        if None not in fees:
            both = sum((fee for fee in fees if fee is not None), ZERO)
            return in_proportion(line, both, *((code, "") for code in TECHNICAL_CODES[line.code]))
    return None


def all_technical(line: Line) -> bool:
    """Whether the whole amount is technical."""
    return line.row_modifier == "TC" or line.row["pctc_indicator"] == "3"


def bilateral(lines: list[Line]) -> None:
    """9: both sides. Sets the units of the lines it matches, before any ranking."""
    find_operations(lines)
    find_pairs(lines)
    for line in lines:
        if not line.by_units:
            continue
        indicator = line.row["bilateral_indicator"]
        if line.has("50") or both_sides_named(line):
            factor = {"0": "1", "1": "1.5", "2": "1", "3": "2"}[indicator]
            bilateral_amount(line, Decimal(factor))
            notes_on_sides(line)
        elif line.pair is not None:
            first, _ = line.pair
            if line is first or indicator == "1":
                bilateral_amount(line, ONE if line is first else Decimal("0.5"))
            else:
                why = "other side of the pair is paid"
                line.take_out("bundled", "bilateral", "97", why, rarc="N644")
                line.paid_nothing_as_second_side = True
        elif line.billed >= 2 and line.one_side:
            # 3.29: services on one side, for the units rule. Choice: the note where two units
            # could have meant both sides.
            if line.row["global_days"] != "ZZZ" and indicator in {"1", "2", "3"}:
                line.note("two units on one side")
        elif line.billed == 2 and indicator in {"1", "2", "3"}:
            bilateral_amount(line, Decimal({"1": "1.5", "2": "1", "3": "2"}[indicator]))
            if line.row["global_days"] == "ZZZ":
                line.note("2 units read as both sides (CMS text)")  # 3.30


def both_sides_named(line: Line) -> bool:
    """3.31, 9.5: RT and LT on one line are a third way to report both sides."""
    indicator = line.row["bilateral_indicator"]
    return line.has_both_sides and line.billed <= 2 and indicator in {"0", "1", "2", "3"}


def notes_on_sides(line: Line) -> None:
    """3.31, 3.32 and §6: what is odd about a line that is both sides."""
    if not line.has("50"):
        line.note("RT and LT on one line: priced as both sides")
    elif line.billed > 1:
        line.note("one bilateral service whatever its units")
    if line.has("50") and line.one_side:
        line.note("50 says both sides, RT (LT) says one")


def find_operations(lines: list[Line]) -> None:
    """3.21, 9.1: a 54 line and a 55 line of one operation, paired in order of claim and line.

    Choice: a line with both 54 and 55 is a whole operation by itself, and no half of one.
    """
    halves: dict[Any, tuple[list[Line], list[Line]]] = defaultdict(lambda: ([], []))
    for line in sorted(lines, key=lambda line: line.order):
        surgical_care = line.has("54") and not line.has("55")
        one = line.billed == 1 or line.has("50")
        if line.by_units and ((surgical_care and one) or line.aftercare):
            key = (line.session, line.code, line.row_modifier, line.sides, line.has("78"))
            halves[key][1 if line.aftercare else 0].append(line)
    for surgical, after in halves.values():
        for one, other in zip(surgical, after, strict=False):
            one.operation, other.operation = other, one


def bilateral_amount(line: Line, factor: Decimal) -> None:
    """Make the line one bilateral unit, or the two units of indicator 3 in the pools of 4, 6, 7."""
    line.bilateral_used = True
    pools = line.row["multiple_procedure_indicator"] in {"4", "6", "7"}
    make_units(line, [ONE, ONE] if factor == 2 and pools else [factor])
    # Decision: the half of a second side is a reduction like those of rule 12; increases have none.
    line.sum_units("bilateral", "59", rarc="N644")


def find_pairs(lines: list[Line]) -> None:
    """RT and LT lines of one code and row in a session, one unit each, paired in order.

    9.2: aftercare pairs only with aftercare, and only where each line has its 54 line.
    Choice: a line that carries both RT and LT is neither an RT line nor an LT line. Pairs of
    indicators 3 and 9 change nothing, so they are not marked.
    """
    sides: dict[Any, tuple[list[Line], list[Line]]] = defaultdict(lambda: ([], []))
    for line in lines:
        alone = line.aftercare and line.operation is None
        if (
            line.by_units
            and line.one_side
            and line.billed == 1
            and not line.has("50")
            and not alone
        ):
            key = (line.session, line.code, line.row_modifier, line.has("78"), line.aftercare)
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
        whole = int(line.billed)
        scales = [ONE] * whole
        if line.billed != whole:
            scales.append(line.billed - whole)
        make_units(line, scales)
        line.sum_units("units", None)


@dataclass(eq=False, slots=True)
class Entry:
    """What ranks as one amount: a unit, an RT/LT pair, an operation, 26 and TC, or a family."""

    units: list[Unit]

    def rank_key(self, amount: Decimal | None = None, by: str = "amount") -> tuple[Any, ...]:
        """Highest amount first; ties: higher charge, no charge last; claim, line, unit.

        `by` is a payer's ranking: by the charge, whoever has none is last.
        """
        charges = [charge_of(unit) for unit in self.units]
        given = [charge for charge in charges if charge is not None]
        first = min((*unit.line.order, unit.number) for unit in self.units)
        total = self.height(by) if amount is None else amount
        if by == "charge":
            return (not given, -sum(given), -total, first)
        return (-total, not given, -sum(given), first)

    def height(self, by: str) -> Fraction:
        """The sum of the units; of an operation's lines what `split_care` will leave (3.21)."""
        return sum((height_of(unit, by) for unit in self.units), Fraction(0))


def height_of(unit: Unit, by: str) -> Fraction:
    """Return what the unit brings to what is ranked: cents, or RVUs of its sides.

    Choice: of one side's amount the second side of a pair brings nothing; dollars to the cent.
    """
    line = unit.line
    height = Fraction(unit.amount)
    if by == "one_side":
        second = line.pair is not None and line.pair[0] is not line
        height = Fraction(fraction_to_cents(height / Fraction(unit.scale)))
        height = Fraction(0) if second else height
    elif by in {"total_rvu", "facility_rvu"}:
        facility = by == "facility_rvu" or line.facility
        height = Fraction(relative_value(line.row, (ONE, ONE, ONE), facility) * unit.scale)
    if line.operation is None:
        return height
    left = height * share_of_care(line)
    return left if by in {"total_rvu", "facility_rvu"} else Fraction(fraction_to_cents(left))


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
    return Fraction(line.charge) / Fraction(line.billed)


def ranked(line: Line, indicators: str) -> bool:
    """Whether rule 12 (or 11) sees the line: its indicator, no 78, no aftercare alone (3.22)."""
    return (
        line.by_units
        and line.row["multiple_procedure_indicator"] in indicators
        and not line.has("78")
        and not (line.aftercare and line.operation is None)
        and not line.care_before
    )


def partners(line: Line) -> list[Line]:
    """Return the lines that are one ranked amount with this one, directly.

    Choice: which sides are one procedure is said by the operations; their aftercare follows them.
    """
    found = []
    # A second side of indicator 0 or 2 is paid nothing, but its aftercare may be the first side's.
    if line.pair is not None and not line.aftercare:
        found += [other for other in line.pair if other is not line]
    if line.operation is not None:
        found.append(line.operation)
    return found


def one_procedure(line: Line) -> list[Line]:
    """Return the line with its other side, the other half of its care, and theirs."""
    found = [line]
    for one in found:
        found += [other for other in partners(one) if other not in found]
    return found


def rank_entries(lines: Iterable[Line]) -> list[Entry]:
    """One entry for each unit; the lines of one procedure are one entry."""
    entries = []
    seen: set[int] = set()
    for line in lines:
        procedure = one_procedure(line)
        if len(procedure) == 1:
            entries += [Entry([unit]) for unit in line.units]
        elif line.position not in seen:
            seen |= {one.position for one in procedure}
            entries.append(Entry([unit for one in procedure for unit in one.units]))
    return entries


def endoscopy(lines: list[Line]) -> None:
    """11: in a family the highest is paid in full, every other less the base."""
    bases = group_by(
        (
            line
            for line in lines
            if line.by_units
            and not line.has("78")
            and not (line.aftercare and line.operation is None)
        ),
        lambda line: (line.session, line.code),
    )
    members = (line for line in lines if ranked(line, "3"))
    for session in group_by(members, lambda line: line.session).values():
        for base_code, members in group_by(
            session, lambda line: line.row["endoscopic_base_code"]
        ).items():
            billed = bases.get((members[0].session, base_code), [])
            on_different_sides(members, billed)
            for line in billed:
                if line.alive:
                    line.take_out("bundled", "endoscopy", "97", "the base of a family billed")
            one_family(base_code, members)


def on_different_sides(members: list[Line], billed_bases: list[Line]) -> None:
    """3.52: a note where one member stands on the right and another on the left.

    Choice: a member that is itself both sides (50, an RT/LT pair) stands on neither, and the note
    falls to the lines that name the one or the other.
    """
    one_sided = [line for line in [*members, *billed_bases] if line.one_side and not line.pair]
    if {line.one_side for line in one_sided} == {"RT", "LT"}:
        for line in one_sided:
            line.note("family members on different sides")


def one_family(base_code: str, members: list[Line]) -> None:
    """Subtract the base from all but the highest member, and make the family one amount.

    A payer may print a percent for a code: that of its own amount is paid, in place of the rest.
    """
    entries = sorted(rank_entries(members), key=lambda entry: entry.rank_key())
    if len(entries) < 2:
        return
    printed = members[0].contract.scopes if members[0].contract else {}
    if any(line.fee_of(base_code) is None for line in members):
        # Choice: a base that is on file but has no amount (status C) is "not on the schedule".
        for line in members:
            if line.code not in printed:
                line.note("base code not on the schedule: members ranked one by one")
        own = [entry for entry in entries if entry.units[0].line.code in printed]
    else:
        own = entries
    for entry in own:
        if entry is not entries[0]:
            reduce_member(entry, base_code, printed.get(entry.units[0].line.code))
    for entry in own:
        for unit in entry.units:
            unit.family = own
    for line in members:
        # Choice: the specification gives no CARC for the subtraction; 59 as in rule 12.
        line.sum_units("endoscopy", "59")


def reduce_member(entry: Entry, base_code: str, share: Decimal | None) -> None:
    """Pay a member that is not the highest its printed share, else what the base leaves of it."""
    if share is not None:
        for unit in entry.units:
            unit.amount = to_cents(unit.amount * share)
        return
    # 9.1: from the 54 line and from the 55 line, each being a share of the rest.
    for aftercare in (False, True):
        subtract_base(base_code, [one for one in entry.units if one.line.aftercare == aftercare])


def subtract_base(base_code: str, units_of_a_member: list[Unit]) -> None:
    """Subtract the base once: from the first line of a pair, and what is left from its second."""
    if not units_of_a_member:
        return
    in_order = sorted(units_of_a_member, key=lambda unit: unit.line.order)
    left = in_order[0].line.fee_of(base_code) or ZERO
    for unit in in_order:
        taken = min(left, unit.amount)
        unit.amount -= taken
        left -= taken
    if any(unit.scale != 1 for unit in in_order):
        for unit in in_order:
            unit.line.note("base subtracted once from a bilateral amount")


STANDARD = [Decimal(one) for one in ("1", "0.5", "0.5", "0.5", "0.5", "0.5")]
BEFORE_1995 = [Decimal(one) for one in ("1", "0.5", "0.25", "0.25", "0.25", "0.25")]


def ladder_of(line: Line) -> int:
    """Number the ladder of a line's code: a family under `also` has its own."""
    return line.contract.ladder_number(line) if line.contract else 0


def has_place(line: Line) -> bool:
    """Whether rule 12 sees the line; a payer's family whatever its indicator, but tests' parts."""
    if line.contract and line.code in line.contract.never:
        return False
    if line.contract and line.contract.only and not ladder_of(line):
        return line.code in line.contract.only and ranked(line, "1230 9")
    return ranked(line, "1230 9" if ladder_of(line) else "123")


def multiple_procedure(lines: list[Line]) -> None:
    """12: the highest amount of the session in full, the others at their percentage."""
    in_question = [line for line in lines if has_place(line)]
    technical = components_of_one_test([line for line in in_question if ranked(line, "123")])
    sessions: dict[Any, list[Entry]] = defaultdict(list)
    families = set()
    for (session, ladder), members in group_by(
        in_question, lambda line: (line.session, ladder_of(line))
    ).items():
        for entry in rank_entries(members):
            family = entry.units[0].family
            if family is None:
                if any(unit in technical.values() for unit in entry.units):
                    continue
                entry.units += [technical[unit] for unit in entry.units if unit in technical]
                sessions[session, ladder].append(entry)
            elif (id(family), ladder) not in families:
                families.add((id(family), ladder))
                # What is never reduced has no place, and its amount makes none higher; of a family
                # on two ladders each part has its place on its own.
                units = [unit for member in family for unit in member.units]
                whole = Entry([unit for unit in units if unit.line in members])
                sessions[session, ladder].append(whole)
    for (_, ladder), entries in sessions.items():
        contract = entries[0].units[0].line.contract or Contract()
        places = contract.places(ladder)
        by_place = sorted(entries, key=lambda entry: entry.rank_key(by=contract.rank_by))
        for rank, entry in enumerate(by_place):
            for unit in entry.units:
                older = unit.line.row["multiple_procedure_indicator"] == "1"
                usual = BEFORE_1995 if older else STANDARD
                percentage = (places or usual)[min(rank, len(places or usual) - 1)]
                if percentage is None:
                    unit.line.referred_by_rank = True
                    continue
                unit.amount = to_cents(unit.amount * percentage)
                if unit.technical is not None:
                    # 3.50: the technical share stands where ranking left it.
                    unit.technical = to_cents(unit.technical * percentage)
                if rank >= 5 and not places:
                    unit.line.note("sixth or later procedure: by report, never below this")
    for line in in_question:
        line.pay_ranked()


def components_of_one_test(lines: list[Line]) -> dict[Unit, Unit]:
    """3.27, 9.4: the units of a TC line by those of the 26 line with which they are one test.

    They may stand in different sessions of one group: the test ranks in that of its 26 line.
    Choice: a line with 26 and TC is a 26 line, as its row says; one with 59, XE, 76 or 77 is no
    candidate, whatever other lines there are.
    """
    halves: dict[Any, tuple[list[Line], list[Line]]] = defaultdict(lambda: ([], []))
    for line in sorted(lines, key=lambda line: line.order):
        if line.row_modifier in {"26", "TC"} and not line.has("59", "XE", "76", "77"):
            key = (line.pool, line.code, line.quantity, line.assistant, line.sides)
            halves[key][0 if line.row_modifier == "26" else 1].append(line)
    found = {}
    for professional, technical in halves.values():
        for one, other in zip(professional, technical, strict=False):
            found |= dict(zip(one.units, other.units, strict=False))
    return found


def by_pool(lines: list[Line], indicator: str) -> Iterable[list[Line]]:
    """Return the living lines with one indicator, by person, date and group."""
    pooled = (
        line
        for line in lines
        if line.by_units and line.row["multiple_procedure_indicator"] == indicator
    )
    return group_by(pooled, lambda line: line.pool).values()


def beyond_the_first(cut: list[Unit], pool: list[Line]) -> list[Unit]:
    """Give the whole images that are not first of all with either of their parts."""
    everything = [unit for line in pool for unit in line.units]
    rankings = [
        ranked_by_part([unit for unit in everything if getattr(unit, part) is not None], part, cut)
        for part in ("technical", "professional")
    ]
    return [unit for unit in cut if any(ranking[0] is not unit for ranking in rankings)]


def ranked_by_part(units: list[Unit], part: str, whole: Sequence[Unit] = ()) -> list[Unit]:
    """Rank units by one of their parts, those that are cut whole by the whole."""
    is_whole = {id(unit) for unit in whole}

    def key(unit: Unit) -> tuple[Any, ...]:
        height = unit.amount if id(unit) in is_whole else getattr(unit, part)
        return Entry([unit]).rank_key(height)

    return sorted(units, key=key)


def reduce_technical(pool: list[Line], factor: Decimal, whole: Sequence[Unit] = ()) -> None:
    """Pay the highest technical unit of the pool in full, the others at the factor.

    Units that are cut `whole` are ranked by the whole, and left.
    """
    technical = [unit for line in pool for unit in line.units if unit.technical is not None]
    for unit in ranked_by_part(technical, "technical", whole)[1:]:
        if any(unit is each for each in whole):
            continue
        assert unit.technical is not None
        reduced = to_cents(unit.technical * factor)
        unit.amount = max(ZERO, unit.amount - (unit.technical - reduced))
        unit.technical = reduced
        unit.technical_reduced = factor != 1


def reduce_professional(pool: list[Line], factor: Decimal, whole: Sequence[Unit] = ()) -> None:
    """Pay the highest professional unit of the pool in full, the others at the factor."""
    professional = [unit for line in pool for unit in line.units if unit.professional is not None]
    for unit in ranked_by_part(professional, "professional", whole)[1:]:
        if any(unit is each for each in whole):
            continue
        assert unit.professional is not None
        reduced = to_cents(unit.professional * factor)
        unit.amount = max(ZERO, unit.amount - (unit.professional - reduced))
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
        share = pool[0].contract.whole_image if pool[0].contract else None
        whole = [
            unit
            for line in (pool if share is not None else ())
            for unit in line.units
            if unit.technical is not None and unit.professional is not None
        ]
        cut = beyond_the_first(whole, pool)
        reduce_technical(pool, Decimal("0.5") if day >= date(2010, 7, 1) else ONE, whole)
        if day >= date(2017, 1, 1):
            reduce_professional(pool, Decimal("0.95"), whole)
        elif day >= date(2012, 1, 1):
            reduce_professional(pool, Decimal("0.75"), whole)
        for unit in cut:
            assert unit.technical is not None
            unit.amount = to_cents(unit.amount * share)
            unit.technical = to_cents(unit.technical * share)
            unit.technical_reduced = True
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
            half = half_expense(line)
            if half is None:
                continue
            unit.amount = half if unit.scale == 1 else to_cents(half * unit.scale)
        for line in pool:
            # Choice: on every line of the pool, also that of the unit paid in full.
            if len(everything) > 1 and half_expense(line) is None:
                line.note("therapy: no practice expense")
            line.sum_units("therapy", "59")


def half_expense(line: Line) -> Decimal | None:
    """Return the amount of one unit with half its practice expense; None where there is none.

    Choice: a fee that a what-if sets is reduced in the proportion of the fee it replaces.
    """
    assert line.schedule is not None
    change = line.schedule.change_of(line.row)
    if "dollars" in line.row:
        whole, _, half = therapy_dollars(line)
        half = None if half is None else min(half, whole)
    else:
        gpci = line.schedule.gpcis[line.locality]
        exact = relative_value(line.row, gpci, facility=False, pe_share=Decimal("0.5"))
        half, whole = exact * line.factor, relative_value(line.row, gpci, False) * line.factor
        if change is not None and change.scale is not None:
            half *= change.scale
        half, whole = to_cents(half), to_cents(whole)
    if line.contract and line.contract.therapy_without_gpci and half is not None:
        total = relative_value(line.row, (ONE, ONE, ONE), facility=False)
        if total:  # half the share that the practice expense has of all RVUs
            assert line.fee is not None
            spared = 1 - Fraction(line.row["nonfacility_pe_rvu"]) / (2 * Fraction(total))
            return fraction_to_cents(Fraction(line.fee) * spared)
    if half is None or change is None or change.scale is not None:
        return half
    if not whole:
        return None
    return fraction_to_cents(Fraction(change.nonfacility) * Fraction(half) / Fraction(whole))


def therapy_dollars(line: Line) -> tuple[Decimal, Decimal | None, Decimal | None]:
    """Return what a schedule in dollars divides, its practice expense, and it with half of that.

    A schedule gives all three parts, or the practice expense alone, or nothing to halve. A scale
    makes a schedule of other dollars, each rounded; a set amount leaves them, for the proportion.
    """
    assert line.schedule is not None
    change = line.schedule.change_of(line.row)
    scale = ONE if change is None or change.scale is None else change.scale
    dollars = {
        name: None if value is None else to_cents(value * scale)
        for name, value in line.row["dollars"].items()
    }
    whole, expense = dollars[NONFACILITY], dollars["pe_amount"]
    if expense is None:
        return whole, None, None
    work, malpractice = dollars["work_amount"], dollars["mp_amount"]
    if work is None or malpractice is None:
        of_whole = min(expense, whole)
        return whole, expense, whole - of_whole + to_cents(of_whole / 2)
    return whole, expense, work + to_cents(expense / 2) + malpractice


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
        assert line.fee is not None
        # §7: what the limiting charge is of. Choice: also where MPPR left less than the cap.
        line.chargeable = min(line.fee, cap)
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
    unit.amount = max(ZERO, unit.amount - cut)
    if unit.technical is not None:
        unit.technical = max(ZERO, unit.technical - cut)


def cap_amount(line: Line, row: dict[str, Any]) -> Decimal | None:
    """Return the OPPS cap of a row, with the file's conversion factor; None if no cap.

    Of a global row the physician's part moves with the line's factor: the 26 row's fee at it less
    that at the file's, one rounding of all, and never below nothing.
    Choice: a row has a cap if any of its three cap RVUs is not zero; without a 26 row it stays.
    """
    assert line.schedule is not None
    if "dollars" in row:
        return None
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
    factor = line.schedule.file_factor(line.day)
    gpci = line.schedule.gpcis[line.locality]
    cap = relative_value(capped, gpci, line.facility) * factor
    professional = line.schedule.rows.get((line.code, "26"))
    whole_test = row["modifier"] == "" and row["pctc_indicator"] == "1"
    if whole_test and professional is not None and has_amount(professional):
        of_physician = relative_value(professional, gpci, line.facility)
        cap += of_physician * line.factor - of_physician * factor
    return max(ZERO, to_cents(cap))


def equipment(lines: list[Line]) -> None:
    """18: older equipment: CT, FX, FY, one rounding each, on the line's whole technical share.

    3.50: where rule 12 paid a unit at a percentage, its share stands at that percentage.
    Choice: what an endoscopy family takes is not taken from the share, but the share is never more
    than the line's amount.
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
    """19: surgery and aftercare by different practitioners; `modifier` leaves only 010 and 090."""
    for line in lines:
        if not line.by_units or not line.has(*CARE):
            continue
        if any(len(each) > 1 and each & CARE for each in line.own):
            continue
        line.part_of_whole *= share_of_care(line)
        line.change(
            "split_care", fraction_to_cents(Fraction(line.amount) * share_of_care(line)), "B20"
        )
        days_in_units = line.has("55") and line.quantity > 1
        if days_in_units and line.postoperative_days not in {None, line.quantity}:
            line.note("postoperative days and units differ")  # 3.23
        if line.has("55") and line.postoperative_days is None and not days_in_units:
            line.note("55 without days of care: all days assumed")


def share_of_care(line: Line) -> Fraction:
    """Return the share of the package that a line with 54, 55 or both is paid for."""
    preoperative, intraoperative, postoperative = percentages(line.row)
    share = Fraction(0)
    if line.has("54"):
        own = line.part("54")
        share += Fraction(preoperative + intraoperative if own is None else own)
    if line.has("55"):
        length = GLOBAL_DAYS[line.row["global_days"]]
        own = line.part("55")
        share += Fraction(postoperative if own is None else own) * care_days(line) / length
    if line.has("56"):
        share += Fraction(line.part("56") or 0)
    return share


def return_to_operating_room(lines: list[Line]) -> None:
    """20: 78 pays the intraoperative share of a 010 or 090 procedure."""
    for line in lines:
        if not line.by_units or not line.has("78") or line.shared("78"):
            continue
        if line.row["global_days"] in {"010", "090"} and any(percentages(line.row)):
            after = to_cents(line.amount * line.row["intraoperative"])
            line.part_of_whole *= Fraction(line.row["intraoperative"])
            line.change("return_to_operating_room", after, "B10")


def co_surgery(lines: list[Line]) -> None:
    """21: two surgeons, each at 62.5 %."""
    for line in lines:
        if line.by_units and line.has("62") and not line.shared("62"):
            line.part_of_whole *= Fraction(Decimal("0.625"))
            line.change("co_surgery", to_cents(line.amount * Decimal("0.625")), "B20")


def assistant_at_surgery(lines: list[Line]) -> None:
    """22: 16 %, or 13.6 % in one step for AS. Choice: AS wins over 80, 81, 82 beside it."""
    for line in lines:
        if line.by_units and line.assistant and not line.shared(*ASSISTANT):
            factor = Decimal("0.136") if line.has("AS") else Decimal("0.16")
            after = to_cents(line.amount * factor)
            line.part_of_whole *= Fraction(factor)
            line.change("assistant_at_surgery", after, "45", rarc="N646")


def anesthesia(lines: list[Line]) -> None:
    """§8: medical direction. Rules 9 to 22 do not see these lines; rules 23 to 26 do.

    Choice: AD first, then QK, QX, QY; none of the modifiers pays in full.
    """
    for line in lines:
        # Choice: of a payer's own price a supervisor is paid as who directs.
        own_price = line.schedule is not None and line.schedule.in_dollars
        directed = line.has("QK", "QX", "QY") and not line.has("AD")
        if own_price:
            directed = line.has("QK", "QX", "QY", "AD")
        if line.alive and line.anesthesia and directed:
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
        if line.alive and not (
            line.has("AS")
            or line.shared("SA", "SB")
            or (line.contract and line.contract.pays_in_full(line))
        ):
            line.change("practitioner", to_cents(line.amount * factor), "45")


def modifier_share(lines: list[Line]) -> None:
    """A payer's own shares, one after the other, each to the cent; parts of the care are not."""
    for line in lines:
        taken = [each for each in line.own if len(each) > 1 or not each & CARE]
        if not line.alive or not taken:
            continue
        after = line.amount
        for each in sorted(taken, key=lambda each: (-len(each), sorted(each))):
            after = to_cents(after * line.own[each])
            line.part_of_whole *= Fraction(line.own[each])
        billed = frozenset().union(*taken)
        carc, rarc = "45", None
        if billed & ASSISTANT:
            rarc = "N646"
        elif billed & {"62", "66"}:
            carc = "B20"
        elif "78" in billed:
            carc = "B10"
        elif billed & CARE:
            carc = "B20"
        line.change("modifier_share", after, carc, rarc=rarc)


def case_rate(lines: list[Line], contract: Contract | None) -> list[Line]:
    """Pay a contract's flat and case rates; give the lines of their sessions.

    No rule on amounts sees those again. Of the charge no more is paid for a session than all of it.
    """
    settled: list[Line] = []
    if contract is None:
        return settled
    for session in group_by(lines, lambda line: line.session).values():
        for case in cases_of(session, contract):
            first, *others = case.lines
            first.status = first.why = None  # what Medicare has no price for has one
            first.change("case_rate", paid_for(case, contract), "45")
            first.before_participation = first.chargeable = first.amount
            # Choice: a limit is of the amount before the charge, as of any other rate.
            charges = [line.charge for line in (*case.lines, *case.included)]
            if None not in charges:
                first.change("lesser_of_charge", min(first.amount, sum(charges)), "45")
            for line in (*others, *case.included):
                line.take_out("bundled", "case_rate", "97", "within the session's amount")
            settled += [*case.lines, *case.included]
    return settled


def contract_rate(lines: list[Line]) -> None:
    """A payer's own rates: the first that pays, not under its floors and not over its ceilings.

    Dollars a unit or of the charge, and a floor of the charge or in dollars, replace what reduced
    the line; a line without an amount is priced by them.
    """
    for line in lines:
        if line.contract is None:
            continue
        rate = line.contract.rate(line, of_sessions=False)
        if not (line.alive or rate):
            continue
        after, anew = line.amount, rate is not None and rate.in_dollars
        if rate is not None and rate.percent is not None:
            after = to_cents(line.amount * rate.percent)
        elif rate is not None and rate.of_charge is not None:
            assert line.charge is not None
            after = to_cents(line.charge * rate.of_charge)
        elif rate is not None and rate.amount is not None:
            of_whole = rate.is_of_whole
            after = line.of_whole(rate.amount) if of_whole else to_cents(rate.amount * line.billed)
        limited = False
        for kind, limits in (
            (max, line.contract.floors(rate)),
            (min, line.contract.ceilings(rate)),
        ):
            for limit in limits:
                # The rate's own, and no limit of the whole contract that reads alike.
                of_rate = rate is not None and any(limit is each for each in rate.limits)
                any_part = of_rate and rate is not None and bool(rate.modifiers & NAMED)
                own = limit.of_line(line, any_part=any_part)
                if own is None or (own := to_cents(own)) == after or kind(own, after) == after:
                    continue
                after, limited = own, True
                in_dollars = rate is not None and rate.in_dollars
                as_left = limit.of in {"percent_of_medicare", "schedule"}
                anew = not as_left and (kind is max or in_dollars)
        if rate is None and not limited:
            continue
        chargeable_under(line, rate, after, limited=limited)
        if not line.alive:
            line.status, line.why, line.before_participation = None, None, None
        elif anew and after >= line.amount:
            line.carc, line.rarc = None, None
        line.change("contract_rate", after, "45")


def chargeable_under(line: Line, rate: OwnRate | None, paid: Decimal, *, limited: bool) -> None:
    """A limit of what may be charged is a multiple of what the contract pays in full.

    Choice: of the line before the 95 percent, and of one unit; where dollars, the charge or a limit
    decide, the line's amount is both.
    """
    whole, unit = line.before_participation, line.chargeable or line.fee
    if rate is not None and rate.factor is not None and not limited:
        return  # which made the fee
    line.before_participation = line.chargeable = paid
    if rate is not None and rate.percent is not None and not limited:
        assert whole is not None
        assert unit is not None
        line.before_participation = to_cents(whole * rate.percent)
        line.chargeable = to_cents(unit * rate.percent)
    elif rate is not None and rate.amount is not None and not limited:
        line.chargeable = rate.amount


def nonparticipating(lines: list[Line]) -> None:
    """24: 95 % for who may refuse assignment and does not participate (3.53, 3.41)."""
    for line in lines:
        line.before_participation = line.amount
        may_refuse = line.practitioner_type in MAY_REFUSE_ASSIGNMENT
        share = line.plan.nonparticipating
        if line.alive and not line.participating and may_refuse and share is not None:
            line.change("nonparticipating", to_cents(line.amount * share), "45")


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
                    side.carc = side.rarc = side.group_code = None
                side.change("lesser_of_charge", side.charge, "45")
                # Decision: the limit of a pair paid at its charges is never below those charges.
                side.before_participation = max(side.before_participation or ZERO, side.charge)


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
    modifier_share,
    practitioner,
    nonparticipating,
)
#: What a contract says of every schedule's lines, and no more than the charge.
CONTRACT_RULES: tuple[Callable[[list[Line]], None], ...] = (contract_rate, lesser_of_charge)


# ---------------------------------------------------------------------------------------- payment


# 1.14: the deductible of a year, as far as it is known.
YEARLY_DEDUCTIBLE = dict.fromkeys(range(1991, 2005), Decimal(100)) | {
    2005: Decimal(110),
    2022: Decimal(233),
    2023: Decimal(226),
    2024: Decimal(240),
    2025: Decimal(257),
    2026: Decimal(283),
}
WELLNESS_VISITS = {"G0438", "G0439"}
COLON_SCREENINGS = {"G0104", "G0105", "G0121"}


def cost_sharing_of(batch: list[Line], table: dict[str, list[dict[str, Any]]]) -> None:
    """§1: of which lines the table waives the deductible, and what it leaves of the coinsurance."""
    visits = group_by(batch, lambda line: (line.claim_id, line.encounter))
    days = group_by(batch, lambda line: (line.person, line.day))
    for line in batch:
        day = days[line.person, line.day]
        visit = visits[line.claim_id, line.encounter]
        lacking = False
        if line.has("33"):  # 1.5
            if line.code in {"99497", "99498", "G0136"}:
                lacking = not any(other.code in WELLNESS_VISITS and other.alive for other in visit)
            elif line.code in {"G0500", "99153"}:
                lacking = not any(other.code in COLON_SCREENINGS and other.alive for other in day)
        waiving = [
            row
            for row in in_force(table.get(line.code, []) + table["several codes"], line.day)
            if row["deductible_waived"] == "y" and is_of(row, line)
            if not (lacking and row["modifier"] == "33")
        ]
        surgical = is_between(line.code, "10000", "69999") and line.day >= date(2011, 1, 1)
        if (surgical and any(other.has("PT") for other in day)) or waiving:  # 1.6
            line.deductible_waived = True
        elif line.has("33") and line.alive:
            free_beside = "33: free only beside"
            line.note(free_beside if lacking else "33: not a waived preventive service")
        shares = [Decimal(row["coinsurance_percent"]) for row in waiving]
        if shares:
            line.share = min(line.share, *(share / 100 for share in shares))


def is_of(row: dict[str, Any], line: Line) -> bool:
    """1.4: whether a row of the table is of the line's code, with its modifier on the line."""
    if row["modifier"] and not line.has(row["modifier"]):
        return False
    written = row["hcpcs_code"]
    if written in {"*", "Q3-donor"}:
        return True
    first, _, last = written.partition("-")
    return is_between(line.code, first, last or first)


def is_between(code: str, first: str, last: str) -> bool:
    """Whether a code stands in a range of codes that end as it does, in a digit or its letter."""
    end, *ends = ("" if one[-1].isdigit() else one[-1] for one in (code, first, last))
    return first <= code <= last and (end == ends[0] or ends[0] != ends[1])


def deductible(lines: list[Line]) -> None:
    """26a: what is left of the person's deductible, used up in order of date, claim, line."""
    for line in lines:
        yearly = YEARLY_DEDUCTIBLE.get(line.day.year)
        of_part_b = line.plan.deductible and line.plan.part_b_deductible
        if of_part_b and yearly is not None and line.deductible_remaining > yearly:  # 1.15
            line.note("more than the year's deductible")
    years = group_by(lines, lambda line: (line.person, line.day.year))
    for group in years.values():
        left = max(line.deductible_remaining for line in group)
        if not left:
            continue
        for line in sorted(group, key=lambda line: (line.day, *line.order)):
            if line.alive and not line.deductible_waived and line.plan.deductible:
                line.deductible = min(left, line.amount)
                left -= line.deductible


def coinsurance(line: Line) -> None:
    """26b: 20 % of what is allowed above the deductible, or less (§1)."""
    share = min(line.share, Decimal("0.20")) if line.plan.coinsurance else ZERO
    line.coinsurance = to_cents((line.amount - line.deductible) * share)
    line.medicare = line.amount - line.deductible - line.coinsurance


def therapy_assistant(line: Line) -> None:
    """26c: CQ and CO take 15 % of Medicare's share from 2022."""
    if not line.other and line.has("CQ", "CO") and line.day >= date(2022, 1, 1):
        line.medicare = to_cents(line.medicare * Decimal("0.85"))


def needs_the_charge(lines: list[Line]) -> None:
    """5.1, 9.9: behind another payer a line without a charge has no amount; it has ranked.

    Other amounts of the first payer without what it paid are noted.
    """
    for line in lines:
        others = (line.primary_allowed, line.obligated)
        if line.alive and line.primary_paid is None and others != (None, None):
            line.note("a first payer without its payment")
        if line.alive and line.primary_paid is not None and line.charge is None:
            line.take_out("by_report", "secondary_claim", None, "second payer needs the charge")


def secondary_payer(line: Line) -> None:
    """§5: what is left for Medicare where another payer paid first."""
    paid = line.primary_paid
    if paid is None:
        return
    assert line.charge is not None
    alone, most = line.medicare, line.charge
    if line.obligated is not None:
        most = min(most, line.obligated)
    theirs = line.primary_allowed
    if theirs is None:
        theirs = line.obligated if line.obligated is not None else line.amount
    three = [most - paid, alone, max(line.amount, theirs) - paid]
    line.medicare = max(ZERO, min(three))
    line.primary_adjustment = alone - line.medicare
    if not paid and line.obligated is not None:  # 5.9
        theirs = line.primary_allowed if line.primary_allowed is not None else line.amount
        if min(line.charge, alone, max(line.amount, theirs)) != line.medicare:
            line.note("one contractor's calculator")


def mips(line: Line) -> None:
    """4.1 to 4.4: the clinician's percentage of what Medicare would pay."""
    percent = line.mips_percent if line.plan.mips else None
    if not percent or not line.medicare or line.other:  # 4.2
        return
    if not line.participating and not line.assignment_accepted:
        return
    before = line.medicare
    line.medicare = to_cents(before * (100 + percent) / 100)
    line.mips = line.medicare - before


def sequester(day: date) -> Decimal:
    """Give the rate of the sequester on a day."""
    rate = Decimal(0)
    for start, value in (
        (date(2013, 4, 1), "0.02"),
        (date(2020, 5, 1), "0"),
        (date(2022, 4, 1), "0.01"),
        (date(2022, 7, 1), "0.02"),
    ):
        if day >= start:
            rate = Decimal(value)
    return rate


def sequestration(line: Line) -> None:
    """26d: the sequester of the day, off what is left."""
    rate = sequester(line.day) if line.plan.sequestration else ZERO
    line.sequestration = to_cents(line.medicare * rate)
    line.medicare -= line.sequestration


def settlement(line: Line) -> None:
    """4.7, 9.12: the bonus of a shortage area, beside the claim; the ZIP lists are not at hand."""
    if not line.plan.shortage_area:
        return
    physicians = {"physician", "chiropractor", "optometrist", "podiatrist"}
    if not line.has("AQ") or line.practitioner_type not in physicians or line.other:
        return
    payment = line.before_mips - to_cents(line.before_mips * sequester(line.day))
    indicator = line.row.get("pctc_indicator")  # a code that no schedule row prices has none
    share = Fraction(1)
    if line.row_modifier == "TC" or indicator in {"3", "4"}:
        share = Fraction(0)
    elif indicator == "1" and line.row_modifier == "":
        professional = professional_fee(line)
        # Choice: a whole without a 26 row is all professional.
        if professional is not None and line.fee:
            share = Fraction(professional) / Fraction(line.fee)
    line.hpsa_bonus = fraction_to_cents(Fraction(payment) * share / 10)


def patient_share(line: Line) -> None:
    """Set what the patient pays, up to the limiting charge where assignment is not taken.

    Choice: never below zero. That can only happen to the side of a pair that `lesser_of_charge`
    raised to its own charge, for which the specification gives no limit.
    """
    line.patient = line.deductible + line.coinsurance
    if line.primary_paid is not None:  # 5.7
        assert line.charge is not None
        most = line.charge if line.obligated is None else min(line.charge, line.obligated)
        left = most - line.primary_paid - line.before_mips
        line.patient = max(ZERO, min(line.patient - line.primary_paid, left))
    unassigned = not line.participating and not line.assignment_accepted and not line.other
    limit = line.plan.limit
    if limit is None or not unassigned or line.practitioner_type not in MAY_REFUSE_ASSIGNMENT:
        return
    one_unit = line.fee if line.chargeable is None else line.chargeable
    # What no schedule prices has no limit.
    line.limiting_charge = None if one_unit is None else to_cents(one_unit * limit)
    if line.primary_paid is not None:
        line.note("without assignment the limit does not bind")
    elif line.charge is not None:
        most = line.charge
        if line.before_participation is not None:
            most = min(most, to_cents(line.before_participation * limit))
        line.patient = max(ZERO, most - line.medicare)


# ------------------------------------------------------------------------------------------- price


def price(
    lines: list[dict[str, Any]],
    schedules: list[ReferenceSchedule],
    tables: ReferenceTables | None = None,
    release: str | None = None,
    plan: ReferencePlan = MEDICARE,
    contract: Contract | None = None,
) -> list[dict[str, Any]]:
    """Price a batch: a result per line, in input order, as a kind of plan pays it.

    A line has the interface's columns with Python values (`modifiers` a list of str); missing keys
    take the interface's defaults, except `locality`, which has none.
    """
    edit_tables = Tables(tables or ReferenceTables())
    batch = [Line(position, given) for position, given in enumerate(lines)]
    for line in batch:
        line.plan = plan
        line.contract = contract
        fee_schedule_amount(line, schedules, release, edit_tables)
        modifier_notes(line)
    for edit in EDITS:
        seen = batch if edit in SEE_OTHERS else [line for line in batch if not line.other]
        edit(seen, edit_tables)
    paid = [line for line in batch if line.alive]
    review_notes([line for line in paid if not line.other])
    settled = {id(line) for line in case_rate(batch, contract)}
    of_physicians = [line for line in paid if not line.other and id(line) not in settled]
    notes_of_sides(of_physicians)
    for rule in AMOUNT_RULES:
        rule(of_physicians)
    of_others = [line for line in paid if line.other and id(line) not in settled]
    others.amounts(of_others)
    modifier_share(of_others)
    for rule in CONTRACT_RULES:
        rule([line for line in batch if id(line) not in settled])
    needs_the_charge(batch)
    cost_sharing_of(batch, edit_tables.sharing_by_code)
    deductible(batch)
    for line in batch:
        if line.alive:
            coinsurance(line)
            therapy_assistant(line)
            secondary_payer(line)
            line.before_mips = line.medicare
            mips(line)
            sequestration(line)
            settlement(line)
            patient_share(line)
            line.status = "priced"
    return [result(line) for line in batch]


def modifier_notes(line: Line) -> None:
    """§9, 2.2: 22 and 52 are for a person to look at; ended and unknown modifiers too."""
    for one in sorted(line.modifiers):
        if one in {"22", "52"} and not line.other and not line.shared(one):
            line.note(f"{one}: contractor considers individually")
        elif one not in MODIFIERS:
            two_places = len(set(one)) == 2 and set(one) <= AMBULANCE_PLACES
            if not two_places:
                line.note(f"{one}: modifier not known")
        elif MODIFIERS[one] == "no":
            line.note(f"modifier {one} has ended")


def review_notes(lines: list[Line]) -> None:
    """What §3 wants looked at and never takes money for, on the lines alive after the edits."""
    for line in lines:
        contradictions(line)
        if line.has("FS") and not line.facility:
            line.note("split visits exist in facilities only")  # 3.17
        # 3.18. Choice: a hospital's places and therapy are where 95 is right.
        right = line.place in {"02", "10"} | HOSPITAL or line.has("GP", "GO", "GN")
        therapy_code = line.row["multiple_procedure_indicator"] == "5"
        right = right or therapy_code or line.practitioner_type in THERAPISTS
        if line.has("95") and line.day >= date(2024, 1, 1) and not right:
            line.note("95 is right only at home of the patient, and for therapy")
    for group in group_by(lines, lambda line: line.encounter).values():
        critical = any(line.code == "99291" for line in group)
        for line in group:
            other = line.code != "99291" and line.row["global_days"] != "ZZZ"
            if critical and is_visit(line) and other and not line.has("25"):
                line.note("critical care on the day: 25 is needed")  # 3.13


def notes_of_sides(lines: list[Line]) -> None:
    """What is remarked on both sides of a procedure and one more (3.33), by a rule on amounts."""
    for group in group_by(
        lines, lambda line: (line.session, line.code, line.row_modifier)
    ).values():
        # Choice: aftercare alone is no operation (3.22), so it is neither.
        operations = [line for line in group if not line.aftercare]
        both = any(line.has("50") for line in operations)
        fewer = any(not line.has("50") and not both_sides_named(line) for line in operations)
        for line in operations:
            if both and fewer and not (both_sides_named(line) and not line.has("50")):
                line.note("both sides and one more: three services")  # 3.33


def result(line: Line) -> dict[str, Any]:
    """Return the line's row of results."""
    known = line.status in {"priced", "denied", "bundled"}
    return {
        "status": line.status,
        "release": line.schedule.name if line.schedule else None,
        "schedule": line.schedule_name,
        "setting": "facility" if line.facility else "nonfacility",
        "fee_schedule_amount": line.fee,
        "allowed_amount": line.amount if known else None,
        "deductible_amount": line.deductible if known else None,
        "coinsurance_amount": line.coinsurance if known else None,
        "primary_payer_adjustment": line.primary_adjustment,
        "mips_amount": line.mips,
        "hpsa_bonus_amount": line.hpsa_bonus,
        "medicare_amount": line.medicare if known else None,
        "sequestration_amount": line.sequestration if known else None,
        "patient_amount": line.patient if known else None,
        "limiting_charge": line.limiting_charge if line.status == "priced" else None,
        "carc": line.carc,
        "rarc": line.rarc,
        "group_code": line.group_code,
        "notes": line.notes,
        "why": line.why,
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
