"""Generated what-ifs: a batch, its payers and a scenario drawn together, so that they shrink.

A batch is a few claims of a few persons, of the kinds of service that the rules are about, so that
every rule meets a line of some batch. Nothing here knows what a line should pay.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.scenarios.by_hand import Row, World
from tests.scenarios.fees_by_hand import Tables, family

#: Services that stand together on a claim: code, then its modifiers as they may be.
SERVICES: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "pain": (
        ("64483", ("", "50", "RT", "KX", "59")),
        ("64484", ("", "RT")),
        ("64493", ("", "50", "KX")),
        ("64494", ("", "59")),
        ("62323", ("",)),
        ("20610", ("", "RT", "LT", "50", "59")),
        ("20553", ("", "59")),
        ("77003", ("26", "", "TC")),
        ("99213", ("25", "")),
    ),
    "visits": (
        ("99213", ("", "25", "24", "95")),
        ("99214", ("25", "")),
        ("99204", ("", "25")),
        ("G2211", ("",)),
        ("96372", ("", "59")),
        ("36415", ("",)),
    ),
    "surgery": (
        ("63047", ("", "62", "80", "AS", "54", "55", "78")),
        ("63030", ("", "50", "59", "AS")),
        ("22551", ("", "62", "80")),
        ("22552", ("", "62", "80")),
        ("47562", ("", "54", "78", "AS")),
        ("27447", ("RT", "LT", "50", "80")),
        ("99213", ("24", "")),
    ),
    "scopes": (
        ("45378", ("", "59")),
        ("45380", ("", "59")),
        ("45385", ("", "59")),
        ("43239", ("",)),
        ("43235", ("", "59")),
        ("29881", ("RT", "LT", "")),
        ("29870", ("RT", "")),
    ),
    "imaging": (
        ("70553", ("", "26", "TC")),
        ("72148", ("", "26", "TC")),
        ("72141", ("", "26")),
        ("71250", ("", "CT", "TC")),
        ("72100", ("", "FX", "FY", "TC")),
        ("74177", ("", "26", "CT")),
    ),
    # A study whose fee is above the hospital's rate.
    "capped": (("71275", ("", "TC", "26")), ("72100", ("",))),
    "hearts": (
        ("93306", ("", "26", "TC")),
        ("93880", ("", "26", "TC")),
        ("93000", ("",)),
        ("93005", ("",)),
        ("93010", ("",)),
        ("78452", ("", "26")),
    ),
    "eyes": (
        ("92133", ("", "26", "TC")),
        ("92083", ("", "26")),
        ("92250", ("", "TC")),
        ("66984", ("RT", "LT", "55")),
        ("92014", ("", "25")),
    ),
    "therapy": (
        ("97110", ("GP", "GP CQ", "GP KX")),
        ("97140", ("GP", "GP 59", "GP CQ")),
        ("97112", ("GP",)),
        ("97161", ("GP",)),
    ),
    "anesthesia": (
        ("00400", ("AA", "QK", "QZ", "AD")),
        ("00142", ("AA", "QX", "QS AA")),
        ("01996", ("AA",)),
    ),
}
TYPES = {"therapy": ("physical_therapist",), "anesthesia": ("", "crna")}
#: Kinds of service without hospital caps, therapy's half or time units: their fees can be written
#: as a schedule in dollars that says everything of them.
IN_DOLLARS = ("pain", "visits", "surgery", "scopes")
OTHERS = ("", "nurse_practitioner", "physician_assistant", "clinical_social_worker")
PLACES = ("11", "22", "24", "21")
DAYS = ("2025-10-02", "2025-10-03", "2025-11-20", "2026-01-13")
PLACE_KEYS = ("national", "01112-05", "15202-00")
CHARGES = ("", "50.00", "123.45", "400.00", "2000.00")
NPIS = ("1000000010", "1000000021", "")
PERSONS = ("P1", "P2", "P3")
SITES = ("east", "west", "")


def one(values: Sequence[Any]) -> st.SearchStrategy[Any]:
    """Draw one of some values; it shrinks to the first."""
    return st.sampled_from(list(values))


@st.composite
def batches(
    draw: Any,
    kinds: Sequence[str],
    payers: Sequence[str],
    place: str | None,
    persons: Sequence[str] = PERSONS,
) -> list[Row]:
    """Draw claims: each a person, day and practitioner with lines of one kind of service."""
    rows: list[Row] = []
    for claim in range(draw(st.integers(1, 10))):
        kind = draw(one(kinds))
        head = {
            "claim_id": f"C{claim + 1}",
            "person_id": draw(one(persons)),
            "claim_line_start_date": draw(one(DAYS)),
            "rendering_npi": draw(one(NPIS)),
            "billing_npi": draw(one(("", "1000000070"))),
            "practitioner_type": draw(one(TYPES.get(kind, OTHERS))),
            "participating": draw(one(("", "", "false"))),
            "assignment_accepted": draw(one(("", "", "false"))),
            "deductible_remaining": draw(one(("", "", "80.00"))),
            "locality": place or draw(one(PLACE_KEYS)),
            "place_of_service_code": draw(one(PLACES)),
            "documentation_submitted": "true",
            "payer": draw(one(payers)),
        }
        for line in range(draw(st.integers(1, 4))):
            code, billed = draw(one(SERVICES[kind]))
            rows.append(
                head
                | {
                    "claim_line_number": str(line + 1),
                    "hcpcs_code": code,
                    "hcpcs_modifiers": draw(one(billed)),
                    "service_unit_quantity": draw(one(("1", "1", "2"))),
                    "charge_amount": draw(one(CHARGES)),
                    "anesthesia_minutes": draw(one(("47", "120"))) if kind == "anesthesia" else "",
                    "site": draw(one(SITES)),
                }
            )
    return rows


# -- scenarios ---------------------------------------------------------------------------------


@st.composite
def wheres(draw: Any, rows: Sequence[Row]) -> Tables:
    """Draw conditions that a line of the batch meets, of one kind or several."""
    row = draw(one(rows))
    code = row["hcpcs_code"]
    fits: dict[str, list[Any]] = {
        "hcpcs_code": [code, [code, "99499"], f"{code[:3]}00-{code[:3]}99", ["10000-19999", code]],
        "place_of_service_code": [
            row["place_of_service_code"],
            [row["place_of_service_code"], "99"],
        ],
        "claim_line_start_date": [
            row["claim_line_start_date"],
            {"from": "2025-10-02", "to": row["claim_line_start_date"]},
            {"to": "2026-12-31"},
        ],
        "service_unit_quantity": [int(row["service_unit_quantity"]), {"from": 1, "to": 2}],
        "practitioner_type": [row["practitioner_type"] or "physician"],
        "modifier": [row["hcpcs_modifiers"].split(), [*row["hcpcs_modifiers"].split(), ""]]
        if row["hcpcs_modifiers"]
        else ["", ["", "25"]],
        "code_family": [family(code), [family(code), "Visits", "Imaging"]],
        "participating": [row["participating"] != "false"],
        "locality": [row["locality"]],
        "person_id": [row["person_id"]],
        "rendering_npi": [row["rendering_npi"]],
        "charge_amount": [{"from": 50}, {"to": 2000}, Decimal(row["charge_amount"] or 0)],
        "site": [row["site"], [row["site"], "north"]],
        "payer": [row["payer"]],
    }
    for name in ("rendering_npi", "charge_amount", "site", "payer"):
        if not row[name]:
            del fits[name]
    names = draw(st.lists(one(list(fits)), max_size=2, unique=True))
    return {name: draw(one(fits[name])) for name in names}


SETS: dict[str, tuple[Any, ...]] = {
    "place_of_service_code": ("11", "22", "24"),
    "practitioner_type": ("nurse_practitioner", "physician", "physician_assistant"),
    "hcpcs_code": ("64483", "99213", "45380", "20610"),
    "service_unit_quantity": (1, 2, 3),
    "charge_amount": (Decimal("77.77"), 300),
    "rendering_npi": ("1000000099", "1000000010"),
    "participating": (True, False),
    "assignment_accepted": (True, False),
    "locality": PLACE_KEYS,
    "claim_line_start_date": ("2025-10-02", "2025-12-01"),
    "hcpcs_modifiers": ("59", "RT 59", "25"),
    "deductible_remaining": (Decimal("55.55"),),
}


@st.composite
def claims_entries(draw: Any, world: World) -> list[Tables]:
    """Draw changes of the claims."""
    entries = []
    rows = world.rows
    names = list(SETS)
    if len(world.payers) > 1:
        names.append("payer")
    for _ in range(draw(st.integers(1, 2))):
        entry: Tables = {}
        if where := draw(wheres(rows)):
            entry["where"] = where
        way = draw(one(("set", "volume", "add", "drop", "set and volume")))
        if way.startswith("set"):
            name = draw(one(names))
            values = [each["name"] for each in world.payers] if name == "payer" else SETS[name]
            entry["set"] = {name: draw(one(values))}
        if way.endswith("volume"):
            entry["volume"] = draw(one((Decimal("1.2"), Decimal("0.3333"), Decimal(0), Decimal(2))))
        if way == "add":
            entry["add_modifier"] = [draw(one(("59", "50", "25", "AS", "GZ", "78", "52")))]
        if way == "drop":
            there = sorted({each for row in rows for each in row["hcpcs_modifiers"].split()})
            entry["drop_modifier"] = [draw(one(there or ["59"]))]
        entries.append(entry)
    return entries


@st.composite
def of_codes(draw: Any, rows: Sequence[Row]) -> Tables:
    """Draw which codes a change is about."""
    code = draw(one([row["hcpcs_code"] for row in rows]))
    return draw(
        one(
            (
                {"codes": [code]},
                {"codes": [code, "99499"]},
                {"codes": [f"{code[:2]}000-{code[:2]}999"]}
                if code[0] != "G"
                else {"codes": [code]},
                {"family": [family(code)]},
                {"family": [family(code), "Digestive system"]},
                {"codes": [code, "45378"]},
                {},
            )
        )
    )


@st.composite
def fee_entries(draw: Any, world: World, modifiers: Sequence[str] = ("",)) -> list[Tables]:
    """Draw changes of fees: scaled, in dollars, by setting, by modifier."""
    entries = []
    for _ in range(draw(st.integers(1, 2))):
        entry = dict(draw(of_codes(world.rows)))
        way = draw(one(("scale", "amount", "settings") if entry else ("scale",)))
        if way == "scale":
            entry["scale"] = draw(one((Decimal("1.08"), Decimal("0.9"), Decimal("1.3333"))))
        elif way == "amount":
            entry["amount"] = draw(st.decimals(1, 900, places=2))
        else:
            entry["facility_amount"] = draw(st.decimals(1, 500, places=2))
            entry["nonfacility_amount"] = draw(st.decimals(1, 900, places=2))
        if entry.get("codes") and (modifier := draw(one(modifiers))):
            entry["modifier"] = modifier
        entries.append(entry)
    return entries


FACTORS = (Decimal("33.5"), {"scale": Decimal("1.025")}, {"set": Decimal("30.1234")})
RELEASE_CHANGES: dict[str, Any] = {
    "conversion_factor": one(FACTORS),
    "anesthesia_conversion_factor": one((Decimal("21.5"), {"scale": Decimal("0.9")})),
}


@st.composite
def release_changes(draw: Any, world: World) -> Tables:
    """Draw changes of a release's tables."""
    said: Tables = {}
    names = (*RELEASE_CHANGES, "relative_values", "geographic_indices", "release")
    for name in draw(st.lists(one(names), min_size=1, max_size=2, unique=True)):
        if name in RELEASE_CHANGES:
            said[name] = draw(RELEASE_CHANGES[name])
        elif name == "release":
            said[name] = draw(one(("starter-2026", "starter-2025")))
        elif name == "relative_values":
            entry = draw(of_codes(world.rows)) | {
                "scale": draw(one((Decimal("0.975"), Decimal(2))))
            }
            parts = draw(one((None, ["work"], ["practice_expense"], ["malpractice", "work"])))
            said[name] = [entry | ({"parts": parts} if parts else {})]
        else:
            places = draw(one((None, ["01112-05"], ["15202-00", "01112-05"])))
            change = draw(
                one(
                    (
                        {"scale": Decimal("1.1")},
                        {"work": Decimal("1.25")},
                        {"practice_expense": Decimal("1.4"), "malpractice": Decimal("0.5")},
                    )
                )
            )
            said[name] = [change | ({"locality": places} if places else {})]
    return said
