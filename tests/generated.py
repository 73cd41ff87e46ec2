"""Generated claim batches: random lines in which every payment rule, and each pair of them, meet.

Deterministic from the random generator given. Codes, families and indicators come from the rows of
a release, so a batch works on any release; nothing here knows what a line should pay.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

Rows = Mapping[tuple[str, str], dict[str, Any]]


def words(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


LOCALITIES = ("national", "01112-05", "02102-01", "10112-00")
PLACES = ["11"] * 14 + ["22"] * 4 + ["24"] * 8 + ["21"] * 2
PLACES += ["19", "23", "02", "10", "31", "32", "49", "53", "61", "81", "99"]
TYPES = ["physician"] * 12 + words(
    "nurse_practitioner physician_assistant clinical_nurse_specialist dietitian crna "
    "certified_nurse_midwife clinical_psychologist physical_therapist occupational_therapist "
    "speech_language_pathologist audiologist clinical_social_worker marriage_family_therapist "
    "mental_health_counselor"
)
TAXONOMIES = words("207X00000X 363LF0000X 363A00000X 367500000X 225100000X 225X00000X 1041C0700X")
WHO = words("rendering_npi billing_npi billing_tin rendering_specialty")
KEYS: list[tuple[str, ...]] = [
    (),
    ("rendering_npi",),
    ("billing_npi",),
    ("billing_tin",),
    ("rendering_npi", "billing_npi"),
    ("rendering_npi", "billing_tin"),
    ("billing_tin", "rendering_specialty"),
    ("rendering_npi", "billing_tin", "rendering_specialty"),
    ("rendering_npi", "billing_npi", "billing_tin", "rendering_specialty"),
    ("rendering_npi", "billing_npi", "billing_tin", "rendering_specialty"),
]
# Any of these may fall on any line, sensible or not.
STRAY = words(
    "22 52 51 59 59 XE XS XP XU 76 77 RT LT 50 26 TC 53 73 GY CT FX FY CQ CO KX GP 54 55 56 58 78 "
    "79 80 81 82 AS 62 66 24 25 57 FT 91 E1 F3 AA QK AD P3 95 ZQ 4Z"
)
SURGERY: Sequence[tuple[str, ...]] = (
    [()] * 16
    + [("59",), ("51",), ("XS",), ("RT",), ("LT",), ("50",), ("50",), ("78",), ("79",), ("58",)]
    + [("62",), ("80",), ("82",), ("AS",), ("66",), ("54",), ("55",), ("54", "55"), ("22",)]
    + [("50", "78"), ("50", "80"), ("AS", "50"), ("54", "78"), ("62", "59"), ("RT", "59")]
)
TESTS: list[tuple[str, ...]] = [(), (), (), ("26",), ("TC",)] * 4
TESTS += [("59",), ("26", "59"), ("TC", "XE"), ("RT",), ("LT",), ("50",), ("26", "50"), ("CT",)]
TESTS += [("FX",), ("FY",), ("TC", "CT"), ("FX", "FY"), ("TC", "FY"), ("26", "FX"), ("26", "TC")]
VISIT: list[tuple[str, ...]] = [()] * 6 + [("25",)] * 3
VISIT += [("24",), ("57",), ("FT",), ("24", "25"), ("25", "57"), ("95",)]
WINDOW_DAYS = [-2, -1, -1, 0, 0, 0, 1, 5, 9, 10, 11, 30, 89, 90, 91]


@dataclass
class Service:
    """A line to be: what was done, and how many days after the encounter's day."""

    code: str
    modifiers: tuple[str, ...] = ()
    units: int = 1
    days: int = 0
    columns: dict[str, Any] = field(default_factory=dict)


class Codes:
    """The codes of a release by what they show, and rough amounts to draw charges from."""

    def __init__(self, rng: Random, rows: Rows) -> None:
        self.rng = rng
        self.rows = rows
        self.by_kind: dict[str, list[str]] = defaultdict(list)
        self.families: dict[str, list[str]] = defaultdict(list)
        self.amounts: dict[tuple[str, bool], Decimal] = {}
        for (code, modifier), row in sorted(rows.items()):
            if modifier:
                self.by_kind["row " + modifier].append(code)
                continue
            for kind in kinds(row):
                self.by_kind[kind].append(code)
            if row["endoscopic_base_code"] and row["status_code"] == "A":
                self.families[row["endoscopic_base_code"]].append(code)
        # Most lines draw from a few codes of each kind, so that codes meet again.
        self.often = {
            kind: rng.sample(codes, min(12, len(codes))) for kind, codes in self.by_kind.items()
        }
        self.bases = sorted(self.families)

    def pick(self, kind: str) -> str:
        """Return a code of a kind; a code no schedule has, where the release has none."""
        pool = self.often.get(kind) if self.rng.random() < 0.6 else self.by_kind.get(kind)
        return self.rng.choice(pool) if pool else "0000Z"

    def near(self, kind: str, code: str) -> str:
        """Return a code of a kind whose number is near another's."""
        pool = self.by_kind.get(kind)
        if not pool:
            return "0000Z"
        place = bisect_left(pool, code) + self.rng.randint(-3, 3)
        return pool[max(0, min(place, len(pool) - 1))]

    def amount(self, code: str, facility: bool) -> Decimal:
        """Return the national amount of the blank row with the year's factor, near enough."""
        key = (code, facility)
        if key not in self.amounts:
            row = self.rows.get((code, ""))
            rvus = Decimal(1)
            if row:
                pe_rvu = row["facility_pe_rvu" if facility else "nonfacility_pe_rvu"]
                rvus = row["work_rvu"] + pe_rvu + row["malpractice_rvu"]
            amount = rvus * Decimal("33.4009")
            self.amounts[key] = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
        return self.amounts[key]


def kinds(row: dict[str, Any]) -> list[str]:
    """Return what a blank row shows."""
    status, indicator = row["status_code"], row["multiple_procedure_indicator"]
    found = ["status " + status]
    if status not in {"A", "R", "T"}:
        return found
    code = row["hcpcs_code"]
    found.append("pctc " + row["pctc_indicator"])
    found.append("global " + row["global_days"])
    if indicator in {"4", "5", "6", "7"}:
        found.append("multiple " + indicator)
        found.append(f"multiple {indicator} pctc {row['pctc_indicator']}")
    if indicator in {"1", "2", "3"}:
        found.append("surgery")
        found.append("surgery " + row["global_days"])
        found.append("bilateral " + row["bilateral_indicator"])
    if row["cap_nonfacility_pe_rvu"]:
        found.append("capped")
    if row["assistant_indicator"] in {"0", "2"} and row["global_days"] == "090":
        found.append("assistant")
    if code.isdigit() and (99202 <= int(code) <= 99499 or 92002 <= int(code) <= 92014):
        found.append("visit")
    return found


# ------------------------------------------------------------------------ encounters: what was done


def visit_and_procedures(codes: Codes) -> list[Service]:
    """Return a visit with minor procedures and what goes with it."""
    rng = codes.rng
    services = [Service(codes.pick("visit"), rng.choice(VISIT))]
    for _ in range(rng.randint(0, 3)):
        code = codes.pick(rng.choice(["surgery 000", "surgery 010", "global XXX", "status T"]))
        services.append(Service(code, rng.choice(SURGERY), some_units(rng)))
    return services


def surgery(codes: Codes) -> list[Service]:
    """Return an operation: ranked procedures, twins, add-ons, several roles."""
    rng = codes.rng
    services: list[Service] = []
    for _ in range(rng.choice([1, 2, 2, 3, 3, 4, 6, 8])):
        if services and rng.random() < 0.25:
            code = rng.choice(services).code
        else:
            code = codes.pick(rng.choice(["surgery", "surgery 090", "surgery 010", "assistant"]))
        service = Service(code, rng.choice(SURGERY), some_units(rng))
        if "55" in service.modifiers and rng.random() < 0.7:
            service.columns["postoperative_days"] = rng.choice([0, 1, 7, 10, 30, 45, 90, 120])
        services.append(service)
        if rng.random() < 0.3:
            services.append(Service(codes.near("global ZZZ", code), rng.choice(SURGERY)))
    if rng.random() < 0.15:
        modifiers = (rng.choice(["80", "81", "82", "AS"]),)
        services += [Service(one.code, modifiers, one.units) for one in services]
    return services


def endoscopies(codes: Codes) -> list[Service]:
    """Return one or two families, with or without their bases, and other surgery."""
    rng = codes.rng
    services: list[Service] = []
    for base in rng.sample(codes.bases, min(len(codes.bases), rng.choice([1, 1, 1, 2]))):
        for _ in range(rng.randint(1, 4)):
            code = rng.choice(codes.families[base])
            services.append(Service(code, rng.choice(SURGERY), some_units(rng)))
        if rng.random() < 0.35:
            services.append(Service(base, rng.choice([(), (), ("59",), ("53",), ("78",), ("RT",)])))
    if rng.random() < 0.4:
        services.append(Service(codes.pick("surgery"), rng.choice(SURGERY), some_units(rng)))
    return services


def both_sides(codes: Codes) -> list[Service]:
    """Return RT and LT lines, 50 and two units of codes of each bilateral indicator."""
    rng = codes.rng
    services: list[Service] = []
    for _ in range(rng.randint(1, 3)):
        code = codes.pick(
            rng.choice(["bilateral 0", "bilateral 1", "bilateral 1", "bilateral 2", "bilateral 9"])
        )
        if rng.random() < 0.2:
            base = rng.choice(codes.bases) if codes.bases else code
            code = rng.choice([base, *codes.families.get(base, ())])
        if rng.random() < 0.2:
            code = codes.pick(rng.choice(["multiple 4", "multiple 6", "multiple 7", "visit"]))
        more = rng.choice([(), (), (), (), ("78",), ("80",), ("62",), ("26",), ("TC",), ("59",)])
        style = rng.random()
        if style < 0.6:
            for _ in range(rng.choice([1, 1, 1, 2])):
                services.append(Service(code, ("RT", *more)))
                odd = ("78",) if rng.random() < 0.06 else ()
                services.append(Service(code, ("LT", *more, *odd)))
        elif style < 0.8:
            services.append(Service(code, ("50", *more), rng.choice([1, 1, 1, 2])))
        else:
            services.append(Service(code, (*rng.choice([(), ("RT",), ("LT",)]), *more), 2))
        if rng.random() < 0.2:
            services.append(Service(code, rng.choice(SURGERY)))
        if rng.random() < 0.3:
            side = rng.choice([("50",), (), ("RT",)])
            services.append(Service(codes.near("global ZZZ", code), side))
    if rng.random() < 0.5:
        services.append(Service(codes.pick("surgery"), rng.choice(SURGERY)))
    return services


def tests_of(indicator: str) -> Callable[[Codes], list[Service]]:
    """Return the maker of a day of diagnostic tests of one multiple-procedure indicator."""

    def tests(codes: Codes) -> list[Service]:
        rng = codes.rng
        services: list[Service] = []
        for _ in range(rng.choice([1, 2, 2, 3, 3, 4, 6])):
            if services and rng.random() < 0.2:
                code = services[-1].code
            else:
                component = rng.choice(["", "", "", " pctc 1", " pctc 3", " pctc 4"])
                kind = f"multiple {indicator}{component}"
                code = codes.pick(kind if kind in codes.by_kind else f"multiple {indicator}")
            services.append(Service(code, rng.choice(TESTS), some_units(rng)))
        if rng.random() < 0.3:
            services.append(Service(codes.pick("pctc 2"), rng.choice([(), ("26",), ("59",)])))
        return services

    return tests


def therapy_day(codes: Codes) -> list[Service]:
    """Return therapy of several disciplines in units of fifteen minutes."""
    rng = codes.rng
    modifiers = [("GP",), ("GO",), ("GN",), ("GP", "CQ"), ("GO", "CO"), ("GP", "59"), ("GP", "KX")]
    return [
        Service(codes.pick("multiple 5"), rng.choice(modifiers), rng.choice([1, 1, 2, 2, 3, 4]))
        for _ in range(rng.choice([1, 2, 2, 3, 5]))
    ]


def capped_tests(codes: Codes) -> list[Service]:
    """Return technical tests that have an OPPS cap, on old and new equipment."""
    rng = codes.rng
    return [
        Service(codes.pick(rng.choice(["capped", "capped", "pctc 3"])), rng.choice(TESTS), units)
        for units in (some_units(rng) for _ in range(rng.randint(1, 4)))
    ]


def odd_statuses(codes: Codes) -> list[Service]:
    """Return codes the schedule does not simply pay, with and without company."""
    rng = codes.rng
    services = [
        Service(codes.pick("status " + rng.choice("BCNPRTTXIEMJ")), rng.choice(SURGERY[:31]))
        for _ in range(rng.choice([1, 1, 2, 3]))
    ]
    for kind in ("status T", "global ZZZ", "row 53", "row 26", "row TC", "pctc 5", "pctc 8"):
        if rng.random() < 0.2:
            modifiers = [(), (), ("53",), ("26",), ("TC",), ("26", "53")]
            services.append(Service(codes.pick(kind), rng.choice(modifiers)))
    if rng.random() < 0.05:
        services.append(Service(rng.choice(["0000Z", "ZZZZ9", "1234Q"])))
    return services


def add_ons(codes: Codes) -> list[Service]:
    """Return add-ons with and without a primary, and with a primary that is not paid."""
    rng = codes.rng
    primary = codes.pick("surgery")
    services = [
        Service(codes.near("global ZZZ", primary), rng.choice(SURGERY), some_units(rng))
        for _ in range(rng.randint(1, 3))
    ]
    if rng.random() < 0.75:
        spoiled = [("GY",), ("56",), ("53",), ("66",), ("80",), ("73",)]
        services.append(Service(primary, rng.choice([*SURGERY, *spoiled])))
    elif rng.random() < 0.5:
        services.append(Service(codes.pick("status " + rng.choice("CBNJT"))))
    return services


def global_sequence(codes: Codes) -> list[Service]:
    """Return a procedure, and visits and procedures before, on and after its day."""
    rng = codes.rng
    days = rng.choice(["000", "010", "090", "090"])
    opening = rng.choice([()] * 8 + [("54",), ("55",), ("78",), ("58",), ("80",), ("AS",), ("62",)])
    services = [Service(codes.pick("surgery " + days), opening)]
    for _ in range(rng.randint(1, 5)):
        later = rng.choice(WINDOW_DAYS)
        if rng.random() < 0.7:
            services.append(Service(codes.pick("visit"), rng.choice(VISIT), days=later))
        else:
            modifiers = rng.choice([(), ("58",), ("78",), ("79",), ("76",), ("78", "62")])
            services.append(Service(codes.pick("surgery"), modifiers, days=later))
    return services


def anesthesia_day(codes: Codes) -> list[Service]:
    """Return anesthesia services, alone and beside the surgeon's lines."""
    rng = codes.rng
    services: list[Service] = []
    roles = [(), ("AA",), ("QZ",), ("QK",), ("QX",), ("QY",), ("AD",), ("AA", "P3"), ("QK", "GY")]
    for _ in range(rng.choice([1, 1, 2])):
        columns: dict[str, Any] = {"present_at_induction": rng.random() < 0.5}
        if rng.random() < 0.85:
            columns["anesthesia_minutes"] = rng.randint(1, 400)
        service = Service(codes.pick("status J"), rng.choice(roles), columns=columns)
        services.append(service)
    if rng.random() < 0.3:
        services.append(Service(codes.pick(rng.choice(["surgery", "status T", "visit"]))))
    return services


def anything(codes: Codes) -> list[Service]:
    """Return codes drawn from everywhere with any modifiers."""
    rng = codes.rng
    everywhere = sorted(codes.by_kind)
    return [
        Service(
            codes.pick(rng.choice(everywhere)),
            tuple(rng.sample(STRAY, rng.choice([0, 0, 1, 1, 2, 3]))),
            some_units(rng),
        )
        for _ in range(rng.choice([1, 2, 3, 5, 8, 12]))
    ]


ENCOUNTERS: tuple[tuple[int, Callable[[Codes], list[Service]]], ...] = (
    (3, visit_and_procedures),
    (5, surgery),
    (5, endoscopies),
    (5, both_sides),
    (4, tests_of("4")),
    (3, therapy_day),
    (3, tests_of("6")),
    (2, tests_of("7")),
    (2, capped_tests),
    (2, odd_statuses),
    (2, add_ons),
    (3, global_sequence),
    (2, anesthesia_day),
    (3, anything),
)


def some_units(rng: Random) -> int:
    """Return mostly one unit, often two, sometimes many."""
    return rng.choice([1] * 14 + [2, 2, 2, 2, 3, 4, 6])


# ------------------------------------------------------------------------------- lines of a batch


def random_batch(
    rng: Random,
    rows: Rows,
    lines: int,
    *,
    year: int = 2026,
    localities: Sequence[str] = LOCALITIES,
) -> list[dict[str, Any]]:
    """Return claim lines with the interface's columns, `modifiers` as a list, in shuffled order.

    Persons have encounters on near days with one to three practitioners of a few groups, so that
    sessions, pools, global windows and deductible years overlap within and between claims.
    """
    codes = Codes(rng, rows)
    makers = [maker for weight, maker in ENCOUNTERS for _ in range(weight)]
    first, last = date(year, 1, 1), date(year, 12, 31)
    batch: list[dict[str, Any]] = []
    claims = 0
    person = 0
    while len(batch) < lines:
        person += 1
        anchor = first + timedelta(rng.randrange((last - first).days + 1))
        practitioners = [random_practitioner(rng) for _ in range(rng.choice([1, 1, 2, 3]))]
        place, locality = rng.choice(PLACES), rng.choice(localities)
        has_deductible = rng.random() < 0.4
        days = [0]
        for _ in range(rng.choice([1, 1, 2, 3, 4])):
            days.append(rng.choice([0, 0, 0, 1, 7, 40, 90, 200]))
            day = anchor + timedelta(days[-1])
            practitioner = rng.choice(practitioners)
            if rng.random() < 0.2:
                place = rng.choice(PLACES)
            claims += rng.choice([1, 1, 1, 2])
            encounter = []
            for service in rng.choice(makers)(codes):
                line = random_line(rng, codes, service, place)
                line["person_id"] = f"P{person}"
                served = min(max(day + timedelta(service.days), first), last)
                line["claim_line_start_date"] = served
                line["locality"] = rng.choice(localities) if rng.random() < 0.03 else locality
                line |= practitioner
                if rng.random() < 0.03:
                    line |= random_practitioner(rng)
                if has_deductible and rng.random() < 0.6:
                    line["deductible_remaining"] = Decimal(rng.randrange(0, 25700)).scaleb(-2)
                encounter.append(line)
            number_lines(rng, encounter, claims)
            batch += encounter
    del batch[lines:]
    rng.shuffle(batch)
    return batch


def number_lines(rng: Random, encounter: list[dict[str, Any]], claims: int) -> None:
    """Give the lines of an encounter claim ids and numbers: one claim, or two that interleave.

    A claim id is text: `C10` sorts before `C9`. Now and then a line without any key stands beside
    one whose NPI reads like its claim id: keys of different kinds must not be taken for equal.
    """
    look = rng.choice(["C{}", "C{}", "{}", "18{:08}"])
    names = [look.format(claims), f"{look.format(claims)}-2"]
    split = len(encounter) > 1 and rng.random() < 0.2
    numbers = list(range(1, len(encounter) + 1))
    if rng.random() < 0.3:
        rng.shuffle(numbers)
    for line, number in zip(encounter, numbers, strict=True):
        line["claim_id"] = names[int(split and rng.random() < 0.5)]
        line["claim_line_number"] = number
    if split and rng.random() < 0.2:
        keyless, other = rng.sample(encounter, 2)
        for column in WHO:
            keyless[column] = other[column] = None
        other[rng.choice(["rendering_npi", "billing_npi"])] = keyless["claim_id"]


def random_practitioner(rng: Random) -> dict[str, Any]:
    """Return the columns that say who: any combination of the keys, type, participation."""
    values = {
        "rendering_npi": f"18{rng.randint(1, 6):08}",
        "billing_npi": f"18{rng.randint(4, 8):08}",
        "billing_tin": f"9{rng.randint(1, 3):08}",
        "rendering_specialty": rng.choice(["20", "06", "65"]),
    }
    columns: dict[str, Any] = dict.fromkeys(values)
    columns |= {column: values[column] for column in rng.choice(KEYS)}
    style = rng.random()
    if style < 0.7:
        columns["practitioner_type"] = rng.choice(TYPES)
    elif style < 0.8:
        columns["practitioner_type"] = None
        columns["rendering_taxonomy"] = rng.choice(TAXONOMIES)
    if rng.random() < 0.2:
        columns["participating"] = False
        columns["assignment_accepted"] = rng.random() < 0.5
    columns["qualifying_apm_participant"] = rng.random() < 0.15
    return columns


def random_line(rng: Random, codes: Codes, service: Service, place: str) -> dict[str, Any]:
    """Return a service's line, with a stray modifier now and then, units and a charge."""
    modifiers = list(service.modifiers)
    if rng.random() < 0.06:
        modifiers += rng.sample(STRAY, rng.choice([1, 1, 2]))
    units = service.units if rng.random() < 0.998 else rng.randint(5, 40)
    if rng.random() < 0.02:
        place = rng.choice(PLACES)
    amount = codes.amount(service.code, place in {"21", "22", "24", "19", "23"})
    return {
        "hcpcs_code": service.code,
        "modifiers": list(dict.fromkeys(modifiers))[:5],
        "place_of_service_code": place,
        "service_unit_quantity": units,
        "charge_amount": random_charge(rng, amount * units),
        "documentation_submitted": rng.random() < 0.3,
        **service.columns,
    }


def random_charge(rng: Random, amount: Decimal) -> Decimal | None:
    """Return no charge, a high one, a low one, the amount itself, or a round one that ties."""
    style = rng.random()
    if style < 0.3:
        return None
    if style < 0.55:
        return (amount * rng.randint(110, 400) / 100).quantize(Decimal("0.01"))
    if style < 0.7:
        return (amount * rng.randint(15, 99) / 100).quantize(Decimal("0.01"))
    if style < 0.8:
        return amount
    return Decimal(rng.choice([0, 50, 100, 100, 200, 400, 1000])).quantize(Decimal("0.01"))


# ------------------------------------------------------------------------------------ edit tables


def small_tables(
    rng: Random,
    codes: Collection[str],
    rows: Rows,
    *,
    lines: Sequence[dict[str, Any]] = (),
    year: int = 2026,
) -> dict[str, list[dict[str, Any]]]:
    """Return random MUE, PTP, add-on and base-unit tables over the codes, as lists of dicts.

    Keys `mue`, `ptp`, `add_on`, `base_units`. Pairs are near neighbours in the code set and, with
    `lines`, codes of one person's day, which is what makes edits bite. Add-ons are ZZZ codes; no
    chain of primaries comes back to itself.
    """
    used = sorted(codes)
    status = {code: rows[code, ""]["status_code"] for code in used if (code, "") in rows}
    zzz = [one for one in used if one in status and rows[one, ""]["global_days"] == "ZZZ"]
    plain = [one for one in used if one not in zzz]
    mue = [
        {
            "hcpcs_code": code,
            "mue_value": rng.choice([1, 1, 2, 3, 4]),
            "adjudication_indicator": rng.choice("123"),
            **dates(rng, year),
        }
        for code in used
        if rng.random() < 0.15
    ]
    together = [(code, used[max(0, n + rng.randint(-6, 5))]) for n, code in enumerate(used[:-5])]
    together += same_day(rng, lines)
    ptp = {
        (first, second): {
            "column_1_code": first,
            "column_2_code": second,
            "modifier_indicator": rng.choice("01119"),
            **dates(rng, year),
        }
        for first, second in together
        if first != second and rng.random() < 0.5
    }
    # A pair stands one way round.
    pairs = [edit for (first, second), edit in ptp.items() if (second, first) not in ptp]
    add_on = []
    for place, code in enumerate(zzz):
        kind = rng.choice("1111123")
        for _ in range(rng.randint(1, 4) if kind == "1" else 1):
            primary = None
            if kind == "1" and plain:
                near = bisect_left(plain, code) + rng.randint(-6, 5)
                primary = plain[min(max(near, 0), len(plain) - 1)]
                if place and rng.random() < 0.25:
                    primary = zzz[place - 1]
            add_on.append(
                {
                    "add_on_code": code,
                    "add_on_type": kind,
                    "primary_code": primary,
                    **dates(rng, year),
                }
            )
    base_units = [
        {
            "hcpcs_code": code,
            "base_units": rng.randint(3, 25),
            "effective_from": date(2000, 1, 1),
            "effective_to": None,
        }
        for code in used
        if status.get(code) == "J" and rng.random() < 0.9
    ]
    return {"mue": mue, "ptp": pairs, "add_on": add_on, "base_units": base_units}


def same_day(rng: Random, lines: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return one pair of codes of every tenth person's day or so."""
    days: dict[Any, list[str]] = defaultdict(list)
    for line in lines:
        days[line["person_id"], line["claim_line_start_date"]].append(line["hcpcs_code"])
    pairs = []
    for met in days.values():
        if len(met) > 1 and rng.random() < 0.1:
            first, second = rng.sample(met, 2)
            pairs.append((first, second))
    return pairs


def dates(rng: Random, year: int) -> dict[str, date | None]:
    """Return the days an entry is in force: mostly always, sometimes from or until mid-year."""
    style = rng.random()
    turn = date(year, rng.randint(1, 12), rng.choice([1, 15, 28]))
    return {
        "effective_from": turn if style < 0.1 else date(2000, 1, 1),
        "effective_to": turn if style > 0.9 else None,
    }
