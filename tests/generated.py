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
    "mental_health_counselor chiropractor optometrist podiatrist"
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
    "79 80 81 82 AS 62 66 24 25 57 FT 91 E1 F3 AA QK AD P3 95 ZQ 4Z GZ GX GA GU AT PA PB PC GE 90 "
    "FS 93 FQ QW AI QS JZ EY GL QL RH Q6 CS PT 33 Q3 AQ AQ"
)
NOTICES: list[tuple[str, ...]] = [("GZ",), ("GX",), ("GA",), ("GU",), ("GY",), ("GX", "GY")]
NOTICES += [("GX", one) for one in words("GA GZ EY GL KB QL TQ")]
NOTICES += [
    ("GA", "GZ"),
    ("GA", "GY"),
    ("GZ", "GY"),
    ("GA", "GY", "GX"),
    ("GZ", "RT"),
    ("GA", "50"),
]
WHO_AND_WHERE: list[tuple[str, ...]] = [
    ("PA",),
    ("PB", "RT"),
    ("PC",),
    ("GE",),
    ("GE", "25"),
    ("90",),
]
WHO_AND_WHERE += [("GC",), ("GE", "GZ"), ("90", "GA"), ("PA", "54"), ("QW",), ("FS",), ("AI",)]
SPLIT_CARE: list[tuple[str, ...]] = [
    (),
    (),
    (),
    ("RT",),
    ("LT",),
    ("RT",),
    ("50",),
    ("E1",),
    ("78",),
]
SPLIT_CARE += [
    ("RT", "79"),
    ("LT", "78"),
    ("50", "78"),
    ("80",),
    ("62",),
    ("AS", "RT"),
    ("62", "LT"),
]
PRIMARY_CARE = words(
    "99202 99203 99204 99211 99212 99213 99213 99214 99214 99215 99348 99350 99341"
)
PROLONGED = words("G2211 G2211 G2211 G2211 G2212 G0316 G0317 G0318 99292 99417 99418 99415 G0513")
LONG_VISITS = words("99205 99215 99483 99223 99233 99236 99306 99310 99345 99350 99291 99291")
PREVENTIVE = words("G0102 G0102 G0402 G0438 G0439 G0101 G0403 G0108 G0117 G0008 G0009 90471 77067 ")
PREVENTIVE += words("G0444 G0442 99497 G0447 76706 90480 80081 G0202 Q0091 82270 45378 G0121 G0105")
#: Screenings of the colon, what they turn into, and what stands beside both.
COLON = words("45378 45380 45385 45381 45384 G0105 G0121 G0104 88305 G0500 99153 00811 00812 99213")
COLON_MODIFIERS: list[tuple[str, ...]] = [()] * 4 + [("PT",)] * 5 + [("33",), ("33", "PT")]
COLON_MODIFIERS += [("PT", "59"), ("KX",), ("53",), ("Q3",), ("CS",), ("26",), ("GY", "PT")]
WELLNESS = words("G0438 G0439 99497 99498 G0136 99213 G0402 G0513 77067 77063 G0008 99406 97802")
WELLNESS_MODIFIERS: list[tuple[str, ...]] = [(), (), ("33",), ("33",), ("33", "25"), ("33", "Q3")]
DRUGS = words("J3301 J3301 J1010 J1100 J0897 J0897 J0665 J7325 Q9966 Q4186 J0739 J0171 J7190")
DRUGS += words("90662 90677 90714 90707 Q0249 P9047 A9606 J3490 J9999 J2003 J1030 J9998")
DISCARDED: list[tuple[str, ...]] = [("JZ",)] * 6 + [("JW",)] * 3 + [(), (), ("JW", "JZ")]
DISCARDED += [("JZ", "GZ"), ("JW", "50"), ("JZ", "AS"), ("JZ", "54"), ("KX",), ("JZ", "GX", "GY")]
LABORATORY = words("80305 80305 80306 80307 80307 G0480 G0481 G0483 G0659 80053 80053 85025 36415")
LABORATORY += words("0001U 0020M P2031 81599 87999 0420U 80048 G0103 G0471 Q0112 U0002 99000")
CHIROPRACTIC = words("98940 98941 98941 98942 98943")
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
VISIT += [("24",), ("57",), ("FT",), ("24", "25"), ("25", "57"), ("95",), ("FS",), ("GE",), ("93",)]
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
        if row["pctc_indicator"] == "1":
            found.append("ranked test")
        found.append("surgery " + row["global_days"])
        found.append("bilateral " + row["bilateral_indicator"])
    if row["cap_nonfacility_pe_rvu"]:
        found.append("capped")
    if row["postoperative"]:
        found.append("package")
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
        services += sides_of(rng, code, more)
        if rng.random() < 0.15:
            services.append(Service(code, (*rng.choice([(), ("RT",), ("50",)]), *more)))
        if rng.random() < 0.2:
            services.append(Service(code, rng.choice(SURGERY)))
        if rng.random() < 0.3:
            side = rng.choice([("50",), (), ("RT",), ("RT", "LT")])
            services.append(Service(codes.near("global ZZZ", code), side, rng.choice([1, 1, 2])))
    if rng.random() < 0.5:
        services.append(Service(codes.pick("surgery"), rng.choice(SURGERY)))
    return services


def sides_of(rng: Random, code: str, more: tuple[str, ...]) -> list[Service]:
    """Return one service on both sides, or twice on one, in each way that it may be billed."""
    style = rng.random()
    if style < 0.6:
        services = []
        for _ in range(rng.choice([1, 1, 1, 2])):
            odd = ("78",) if rng.random() < 0.06 else ()
            services += [Service(code, ("RT", *more)), Service(code, ("LT", *more, *odd))]
        return services
    if style < 0.8:
        return [Service(code, ("50", *more), rng.choice([1, 1, 1, 2]))]
    if style < 0.88:
        return [Service(code, (*rng.choice([(), ("RT",), ("LT",)]), *more), 2)]
    if style < 0.95:
        side = rng.choice([("RT", "LT"), ("RT", "LT"), ("50", "RT"), ("RT", "LT", "50")])
        return [Service(code, (*side, *more), rng.choice([1, 1, 2, 2, 3]))]
    return [Service(code, (*rng.choice([("RT",), ("LT",)]), *more), 3)]


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


def primary_care(codes: Codes) -> list[Service]:
    """Return visits with what may be paid beside them: G2211, prolonged, preventive."""
    rng = codes.rng
    visit: list[tuple[str, ...]] = [
        (),
        (),
        ("25",),
        ("25",),
        ("95",),
        ("GE",),
        ("25", "FS"),
        ("GZ",),
    ]
    services = [
        Service(
            rng.choice(rng.choice([PRIMARY_CARE, PRIMARY_CARE, LONG_VISITS])), rng.choice(visit)
        )
        for _ in range(rng.choice([0, 1, 1, 1, 2]))
    ]
    for often, names in ((0.75, PROLONGED), (0.5, PREVENTIVE), (0.15, PROLONGED)):
        if rng.random() < often:
            modifiers = rng.choice([()] * 8 + [("33",), ("GY",), ("80",), ("25",)])
            services.append(Service(rng.choice(names), modifiers, some_units(rng)))
    if rng.random() < 0.3:
        services.append(Service(codes.pick(rng.choice(["surgery 000", "status T", "global XXX"]))))
    if rng.random() < 0.1:
        services.append(Service(rng.choice(words("99243 99254 99024 99459 90480 0001A"))))
    return services


def colon(codes: Codes) -> list[Service]:
    """Return a screening of the colon, or what it turned into, and services beside it."""
    rng = codes.rng
    services = []
    for _ in range(rng.choice([1, 2, 2, 3, 4])):
        units = rng.choice([1, 1, 1, 2])
        services.append(Service(rng.choice(COLON), rng.choice(COLON_MODIFIERS), units))
    if rng.random() < 0.3:
        services.append(Service(codes.pick("surgery")))
    return services


def wellness(codes: Codes) -> list[Service]:
    """Return a wellness visit and what is free beside it, or is not."""
    rng = codes.rng
    return [
        Service(rng.choice(WELLNESS), rng.choice(WELLNESS_MODIFIERS))
        for _ in range(rng.choice([1, 2, 3, 4]))
    ]


def notices(codes: Codes) -> list[Service]:
    """Return services with notices of what Medicare may not pay, and others beside them."""
    rng = codes.rng
    services = []
    for _ in range(rng.choice([1, 2, 3, 4])):
        kind = rng.choice(["surgery", "surgery", "visit", "multiple 4", "multiple 5", "status J"])
        modifiers = rng.choice([*NOTICES, *WHO_AND_WHERE, (), (), ("RT",), ("59",)])
        services.append(Service(codes.pick(kind), modifiers, some_units(rng)))
        if rng.random() < 0.25:
            services.append(Service(codes.near("global ZZZ", services[-1].code)))
    return services


def chiropractic(codes: Codes) -> list[Service]:
    """Return manipulations, active treatment or maintenance care."""
    rng = codes.rng
    modifiers: list[tuple[str, ...]] = [
        ("AT",),
        ("AT",),
        (),
        ("GA",),
        ("AT", "GA"),
        ("GY",),
        ("GZ",),
    ]
    services = [
        Service(rng.choice(CHIROPRACTIC), rng.choice(modifiers))
        for _ in range(rng.choice([1, 1, 2]))
    ]
    services.append(
        Service(codes.pick(rng.choice(["multiple 5", "visit"])), rng.choice([(), ("25",)]))
    )
    return services


def split_care(codes: Codes) -> list[Service]:
    """Return operations in parts: 54 and 55 lines of one surgeon or two, and visits thereafter."""
    rng = codes.rng
    services: list[Service] = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        code = codes.pick(rng.choice(["package", "package", "surgery 090", "surgery 010"]))
        if rng.random() < 0.2 and codes.bases:
            base = rng.choice(codes.bases)
            code = rng.choice([base, *codes.families[base]])
        more = rng.choice(SPLIT_CARE)
        sides = [more, tuple({"RT": "LT", "LT": "RT"}.get(one, one) for one in more)]
        for modifiers in sides[: rng.choice([1, 1, 1, 2])]:
            if rng.random() < 0.8:
                units = rng.choice([1] * 12 + [2, 3])
                services.append(Service(code, ("54", *modifiers), units))
            for _ in range(rng.choice([0, 1, 1, 1, 2])):
                services.append(aftercare(codes, code, modifiers))
    if rng.random() < 0.5:
        services.append(Service(codes.pick("surgery"), rng.choice(SURGERY), some_units(rng)))
    for _ in range(rng.choice([0, 0, 1, 2])):
        later = rng.choice([*WINDOW_DAYS, 2, 20, 60, 80])
        services.append(Service(codes.pick("visit"), rng.choice(VISIT), days=later))
    rng.shuffle(services)
    return services


def aftercare(codes: Codes, code: str, modifiers: tuple[str, ...]) -> Service:
    """Return a 55 line: days in their column, in the units, in both, or nowhere; care dates."""
    rng = codes.rng
    columns: dict[str, Any] = {}
    units = 1
    style = rng.random()
    days = rng.choice([0, 1, 2, 5, 7, 9, 10, 30, 45, 60, 80, 89, 90, 120])
    if style < 0.45 or style > 0.85:
        columns["postoperative_days"] = days
    if style > 0.45:
        units = max(days, 1) if style < 0.93 else rng.choice([2, 10, 90])
    if rng.random() < 0.15:
        columns["care_assumed_after"] = rng.choice([-1, 0, 1, 5, 11, 30, 95])
    if rng.random() < 0.1:
        last = rng.choice([0, 3, 10, 60, 90, 120])
        columns["care_relinquished_after"] = max(last, columns.get("care_assumed_after", last))
    odd = rng.choice([()] * 15 + [("54",)])
    return Service(code, ("55", *odd, *modifiers), units, columns=columns)


def components(codes: Codes) -> list[Service]:
    """Return 26 and TC lines of tests that rank, on old equipment too, beside other surgery."""
    rng = codes.rng
    services: list[Service] = []
    more: list[tuple[str, ...]] = [()] * 8 + [("59",), ("76",), ("XE",), ("78",), ("RT",), ("CT",)]
    for _ in range(rng.choice([1, 1, 2])):
        code = codes.pick("ranked test")
        units = some_units(rng)
        shared = rng.choice([(), (), (), ("RT",), ("78",), ("80",)])
        if rng.random() < 0.25:
            older = rng.choice([("CT",), ("FX",), ("FY",), ("FX", "FY"), ()])
            services.append(Service(code, older, units))
        for component in rng.choice([["26", "TC"]] * 4 + [["26"], ["TC"], ["TC", "26", "TC"]]):
            billed = units if rng.random() < 0.9 else some_units(rng)
            services.append(Service(code, (component, *shared, *rng.choice(more)), billed))
            if rng.random() < 0.3:
                # Another doctor of the same group reads it.
                services[-1].columns = {"rendering_npi": f"18{rng.randint(1, 6):08}"}
    for _ in range(rng.choice([0, 1, 2])):
        services.append(Service(codes.pick("surgery"), rng.choice(SURGERY), some_units(rng)))
    rng.shuffle(services)
    return services


def team_of_a_group(codes: Codes) -> list[Service]:
    """Return surgeon and assistant, or two co-surgeons, of one group with NPIs of their own."""
    rng = codes.rng
    services: list[Service] = []
    pair = rng.choice([((), ("80",)), ((), ("AS",)), (("62",), ("62",)), ((), ("82",)), ((), ())])
    same = {"billing_tin": f"9{rng.randint(1, 3):08}", "rendering_specialty": "20"}
    for _ in range(rng.choice([1, 2, 3])):
        code = codes.pick(rng.choice(["assistant", "surgery 090", "package"]))
        side = rng.choice([(), ("RT",), ("LT",), ("50",)])
        for number, role in enumerate(pair, start=1):
            columns: dict[str, Any] = {**same, "rendering_npi": f"180000000{number}"}
            services.append(Service(code, (*role, *side), some_units(rng), columns=columns))
        if rng.random() < 0.3:
            services.append(aftercare(codes, code, side))
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
    roles += [("AA", "GZ"), ("QZ", "QS"), ("GA", "GX"), ("AA", "GE"), ("QK", "23")]
    for _ in range(rng.choice([1, 1, 2])):
        columns: dict[str, Any] = {"present_at_induction": rng.random() < 0.5}
        units = 1
        if rng.random() < 0.5:
            columns["anesthesia_minutes"] = rng.randint(1, 400)
        if rng.random() < 0.6:
            units = rng.choice([1, 2, 4, 9, 10, 15, 47, 95, rng.randint(2, 300)])
        if rng.random() < 0.4:
            columns["unit_qualifier"] = rng.choice(["MJ", "MJ", "UN", "F2"])
        code = codes.pick("status J")
        if rng.random() < 0.15:
            code = rng.choice(["01995", "01996", "01996", "01967", "01968", "01953"])
        services.append(Service(code, rng.choice(roles), units, columns=columns))
    if rng.random() < 0.3:
        services.append(Service(codes.pick(rng.choice(["surgery", "status T", "visit"]))))
    return services


def drugs_and_tests(codes: Codes) -> list[Service]:
    """Return what is injected and tested in an office, vaccines, and a visit or injection."""
    rng = codes.rng
    services: list[Service] = []
    for _ in range(rng.choice([1, 2, 3, 4, 6])):
        if rng.random() < 0.5:
            units = rng.choice([1, 1, 2, 4, 10, 40, 120, 600, Decimal("0.5"), Decimal("1.375")])
            code = rng.choice(DRUGS)
            units = units if code[0] == "J" else int(units) or 1
            services.append(Service(code, rng.choice(DISCARDED), units))
        else:
            modifiers = rng.choice([(), (), (), ("QW",), ("90",), ("GY",), ("GA",), ("59",)])
            services.append(Service(rng.choice(LABORATORY), modifiers, some_units(rng)))
    if rng.random() < 0.3:
        services.append(Service(services[0].code, rng.choice(DISCARDED)))
    if rng.random() < 0.5:
        code = codes.pick(rng.choice(["visit", "surgery 000", "status T", "global ZZZ"]))
        services.append(Service(code, rng.choice(VISIT)))
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
    (4, primary_care),
    (3, colon),
    (3, wellness),
    (2, notices),
    (1, chiropractic),
    (5, split_care),
    (2, components),
    (3, team_of_a_group),
    (3, drugs_and_tests),
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
            is_second = rng.random() < 0.08
            for service in rng.choice(makers)(codes):
                line = random_line(rng, codes, service, place)
                line["person_id"] = f"P{person}"
                served = min(max(day + timedelta(service.days), first), last)
                line["claim_line_start_date"] = served
                line["locality"] = rng.choice(localities) if rng.random() < 0.03 else locality
                line |= practitioner
                if rng.random() < 0.03:
                    line |= random_practitioner(rng)
                line |= service.columns
                for end in ("assumed", "relinquished"):
                    after = line.pop(f"care_{end}_after", None)
                    if after is not None:
                        line[f"care_{end}_date"] = served + timedelta(after)
                if has_deductible and rng.random() < 0.6:
                    line["deductible_remaining"] = Decimal(rng.randrange(0, 28700)).scaleb(-2)
                if rng.random() < (0.7 if is_second else 0.01):
                    line |= first_payer(rng, line["charge_amount"])
                if rng.random() < 0.08:
                    percent = rng.choice([-900, 105, 140, 2000, rng.randint(-900, 2000)])
                    line["mips_adjustment_percent"] = Decimal(percent).scaleb(-2)
                encounter.append(line)
            number_lines(rng, encounter, claims)
            batch += encounter
    del batch[lines:]
    rng.shuffle(batch)
    return batch


def first_payer(rng: Random, charge: Decimal | None) -> dict[str, Any]:
    """Return what another payer allowed, paid and obliges the practice to, near the charge."""
    around = charge or Decimal(rng.randrange(1, 50000)).scaleb(-2)

    def part(low: int, high: int) -> Decimal:
        return (around * rng.randint(low, high) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)

    paid = Decimal(0) if rng.random() < 0.2 else part(0, 110)
    return {
        "primary_paid_amount": None if rng.random() < 0.05 else paid,
        "primary_allowed_amount": part(20, 120) if rng.random() < 0.6 else None,
        "primary_obligated_amount": part(20, 120) if rng.random() < 0.5 else None,
    }


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
        return amount.quantize(Decimal("0.01"))
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
    # Now and then a whole table begins mid-year: the lines before it are not edited.
    since = {
        kind: date(year, 7, 1) if rng.random() < 0.15 else None for kind in ("mue", "ptp", "add_on")
    }
    status = {code: rows[code, ""]["status_code"] for code in used if (code, "") in rows}
    zzz = [one for one in used if one in status and rows[one, ""]["global_days"] == "ZZZ"]
    plain = [one for one in used if one not in zzz]
    mue = [
        {
            "hcpcs_code": code,
            "mue_value": rng.choice([1, 1, 2, 3, 4]),
            "adjudication_indicator": rng.choice("123"),
            **dates(rng, year, since["mue"]),
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
            **dates(rng, year, since["ptp"]),
        }
        for first, second in together
        if first != second and rng.random() < 0.5
    }
    # A pair stands one way round.
    pairs = [edit for (first, second), edit in ptp.items() if (second, first) not in ptp]
    add_on = []
    for place, code in enumerate(zzz):
        if rng.random() < (0.75 if code in PROLONGED else 0.2):
            # 372 payable ZZZ codes stand in no table of CMS's.
            continue
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
                    **dates(rng, year, since["add_on"]),
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


def dates(rng: Random, year: int, since: date | None = None) -> dict[str, date | None]:
    """Return the days an entry is in force: mostly always, sometimes from or until mid-year."""
    style = rng.random()
    turn = date(year, rng.randint(1, 12), rng.choice([1, 15, 28]))
    first = since or date(2000, 1, 1)
    return {
        "effective_from": max(turn, first) if style < 0.1 else first,
        "effective_to": max(turn, first) if style > 0.9 else None,
    }
