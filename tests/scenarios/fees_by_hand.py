"""Fee schedules changed by hand: copies of a release's tables, and schedules in dollars.

Written from the README and the specification; it shares no code with `payrules.scenarios`. RVUs are
hundredths, indices thousandths, as the tables of a release hold them.
"""

import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import polars as pl

from payrules.content import content_folder
from tests.reference import is_between

Tables = dict[str, Any]
SHIPPED = content_folder("fee_schedules")
#: First codes of the families (README, "code_family"): enough for the codes of the tests.
FAMILIES = (
    ("00000", "Anesthesia"),
    ("10004", "Skin and breast"),
    ("20000", "Bones, joints and muscles"),
    ("30000", "Nose, lungs and airways"),
    ("33016", "Heart and vessels"),
    ("38100", "Blood, lymph and chest"),
    ("40490", "Digestive system"),
    ("50010", "Kidney and urinary tract"),
    ("60000", "Glands"),
    ("61000", "Nervous system and pain"),
    ("65091", "Eye"),
    ("70010", "Imaging"),
    ("80000", "Laboratory and pathology"),
    ("90281", "Medicine: tests and treatments"),
    ("97010", "Therapy"),
    ("97802", "Medicine: tests and treatments"),
    ("99202", "Visits"),
)
SUFFIXED = {"T": "New technology"}
LETTERED = {"G": "HCPCS G: CMS's own procedures", "J": "HCPCS J: drugs"}
SCHEDULE = ("facility_amount", "nonfacility_amount", "work_amount", "pe_amount", "mp_amount")


class ContradictionError(Exception):
    """Two changes of a scenario say different things of one line or code."""


class NotByHandError(Exception):
    """A change that no claims, payer file or release can say."""


# -- half up -----------------------------------------------------------------------------------


def half_up(value: Decimal, decimals: int = 0) -> Decimal:
    """Round half up."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def counted(cents: int | None, times: Decimal) -> int | None:
    """Count an amount as often as its line happens, half up to the cent."""
    return None if cents is None else int(half_up(cents * times))


def scaled(units: int | None, share: Decimal) -> int | None:
    """Multiply a whole number of units by a share, half up."""
    return None if units is None else int(half_up(units * share))


def family(code: str) -> str:
    """Name a code's family; blank where the tests bill none of it."""
    if code[0].isalpha():
        return LETTERED.get(code[0], "")
    if code[-1].isalpha():
        return SUFFIXED.get(code[-1], "")
    return next(name for first, name in reversed(FAMILIES) if code >= first)


# -- releases ----------------------------------------------------------------------------------


@cache
def shipped() -> Mapping[str, Tables]:
    """Read the starter releases as rows: RVUs in hundredths, indices in thousandths."""
    found = {}
    for folder in sorted(SHIPPED.glob("starter-20*")):
        record = tomllib.loads((folder / "release.toml").read_text(encoding="utf-8"))
        tables = {path.stem: pl.read_parquet(path).to_dicts() for path in folder.glob("*.parquet")}
        found[str(record["name"])] = {"record": record, **tables}
    return found


def of_codes(code: str, change: Tables) -> bool:
    """Say whether a change of fees or relative values is about a code."""
    listed = change.get("codes", [])
    if not listed and "family" not in change:
        return True
    ranges = [(each[:5], each[-5:]) for each in listed]
    named = any(is_between(code, first, last) for first, last in ranges)
    return named or (family(code) in change.get("family", []))


PARTS = {
    "work": ("work_rvu",),
    "practice_expense": ("nonfacility_pe_rvu", "facility_pe_rvu"),
    "malpractice": ("malpractice_rvu",),
}
INDICES = {"work": "work_gpci", "practice_expense": "pe_gpci", "malpractice": "mp_gpci"}


def releases_by_hand(
    releases: Mapping[str, Tables], says: Tables, *, qualifying: bool
) -> Mapping[str, Tables]:
    """Change the tables of every release: factors, relative values, indices.

    The hospital caps were made with the factor that is not for qualifying participants. So that
    they stay, a changed factor is made that of qualifying participants, whom all lines then name.
    """
    changed = {}
    for name, tables in releases.items():
        codes = [dict(row) for row in tables["codes"]]
        for part, columns in PARTS.items():
            about = [e for e in says.get("relative_values", []) if part in _parts(e)]
            for row in codes:
                found = [each for each in about if of_codes(row["hcpcs_code"], each)]
                if len(found) > 1:
                    raise ContradictionError
                for column in columns if found else ():
                    row[column] = scaled(row[column], found[0]["scale"])
        places = [dict(row) for row in tables["localities"]]
        for row in places:
            about = [
                each
                for each in says.get("geographic_indices", [])
                if "locality" not in each or row["locality"] in each["locality"]
            ]
            if len(about) > 1:
                raise ContradictionError
            for part, column in INDICES.items() if about else ():
                if "scale" in about[0]:
                    row[column] = scaled(row[column], about[0]["scale"])
                elif part in about[0]:
                    row[column] = int(about[0][part] * 1000)
        record = deepcopy(tables["record"])
        if "conversion_factor" in says:
            record["conversion_factors"] = _factors(
                record["conversion_factors"], says["conversion_factor"], qualifying
            )
        changed[name] = tables | {"codes": codes, "localities": places, "record": record}
        if "anesthesia_factors" in tables:
            changed[name]["anesthesia_factors"] = [
                row
                | {
                    "conversion_factor": int(
                        _moved(
                            Decimal(row["conversion_factor"]) / 10_000,
                            says.get("anesthesia_conversion_factor"),
                        )
                        * 10_000
                    )
                }
                for row in tables["anesthesia_factors"]
            ]
    return changed


def _factors(factors: Sequence[Tables], change: Any, qualifying: bool) -> list[Tables]:
    """Give the factors with the changed one, of the kind that the lines have, for qualifying."""
    own = {each["qualifying_apm"]: each for each in factors}
    paid = own.get(qualifying, own[False])
    moved = paid | {"value": str(_moved(Decimal(paid["value"]), change)), "qualifying_apm": True}
    return [own[False], moved]


def _parts(entry: Tables) -> list[str]:
    return list(entry.get("parts", PARTS))


def _moved(value: Decimal, change: Any) -> Decimal:
    if change is None:
        return value
    if isinstance(change, Mapping):
        return half_up(value * change["scale"], 4) if "scale" in change else change["set"]
    return Decimal(change)


def dollars_by_hand(rows: Sequence[Tables], fees: Sequence[Tables]) -> list[Tables]:
    """Change the fees of a schedule in dollars, whose rows are those of its CSV."""
    changed = []
    for row in rows:
        about = [each for each in fees if _is_row(row, each)]
        if len(about) > 1:
            raise ContradictionError
        changed.append(_with_fee(row, about[0]) if about else dict(row))
    return changed


def _is_row(row: Tables, fee: Tables) -> bool:
    if not of_codes(row["hcpcs_code"], fee):
        return False
    modifier = fee.get("modifier", None if "scale" in fee else "")
    return modifier is None or row.get("modifier", "") == modifier


def _with_fee(row: Tables, fee: Tables) -> Tables:
    changed = dict(row)
    if "scale" in fee:
        for name in SCHEDULE:
            exact = row.get(f"exact_{name}", row.get(name))
            changed[name] = None if exact is None else half_up(exact * fee["scale"], 2)
    else:
        changed["facility_amount"] = fee.get("facility_amount", fee.get("amount"))
        changed["nonfacility_amount"] = fee.get("nonfacility_amount", fee.get("amount"))
    return changed


#: Tests that are billed whole, and the code of their technical part.
TECHNICAL = {"93000": "93005", "93040": "93041"}


def with_parts(
    before: Sequence[Tables], after: Sequence[Tables], billed: set[tuple[str, str]]
) -> list[Tables]:
    """Take the parts of a changed fee along in proportion, where nothing else changes them.

    Where a line bills such a part, its own row must stay, and no schedule can say both.
    """
    was, now = (
        {(row["hcpcs_code"], row["modifier"], row.get("effective_from")): dict(row) for row in rows}
        for rows in (before, after)
    )
    for (code, modifier, first), row in list(now.items()):
        own = was[code, modifier, first]
        if modifier or all(row[name] == own[name] for name in SETTINGS):
            continue
        for part in ((code, "26"), (code, "TC"), (TECHNICAL.get(code, ""), "")):
            key = (*part, first)
            if key not in was or any(was[key][name] != now[key][name] for name in SETTINGS):
                continue
            if part in billed:
                raise NotByHandError
            for name in SETTINGS:
                moved = Decimal(was[key][name]) * Decimal(row[name]) / Decimal(own[name])
                now[key][name] = half_up(moved, 2)
    return list(now.values())


SETTINGS = ("facility_amount", "nonfacility_amount")


def as_dollars(
    releases: Mapping[str, Tables], locality: str, only: str | None, *, qualifying: bool = False
) -> list[Tables]:
    """Work a release's amounts out for one locality, as a schedule in dollars.

    The exact amounts stand beside the rounded ones, so that a scaled fee is rounded once.
    """
    found = []
    for name, tables in releases.items():
        if only not in (None, name):
            continue
        record = tables["record"]
        own = {each["qualifying_apm"]: each["value"] for each in record["conversion_factors"]}
        factor = Decimal(own.get(qualifying, own[False]))
        place = {row["locality"]: row for row in tables["localities"]}.get(locality)
        work, expense, malpractice = (
            Decimal(1000 if place is None else place[column]) / 1000
            for column in ("work_gpci", "pe_gpci", "mp_gpci")
        )
        for row in tables["codes"]:
            rvus = [
                row["work_rvu"],
                row["malpractice_rvu"],
                row["facility_pe_rvu"],
                row["nonfacility_pe_rvu"],
            ]
            if row["status_code"] not in ("A", "R", "T") or not any(rvus):
                continue
            own = {"hcpcs_code": row["hcpcs_code"], "modifier": row["modifier"]}
            if only is None:
                own |= {k: record[k].isoformat() for k in ("effective_from", "effective_to")}
            for setting in ("facility", "nonfacility"):
                exact = factor * (
                    row["work_rvu"] * work
                    + row[f"{setting}_pe_rvu"] * expense
                    + row["malpractice_rvu"] * malpractice
                )
                exact = Decimal(exact) / 100
                own[f"exact_{setting}_amount"] = exact
                own[f"{setting}_amount"] = half_up(exact, 2)
            found.append(own)
    return found
