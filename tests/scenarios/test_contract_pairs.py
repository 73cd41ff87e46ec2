"""Contracts side by side, term by term: every pair of kinds of term, in the one and in the other.

Kinds are numbered; of each bit of those numbers two contracts are made, of the kinds that have it
and of those that have not, so that any two kinds stand once in the one and the other way round.
Every figure is held to plain estimates of payer files: the two contracts', and of the first with
one term of the second in its place. A contract is priced some ten times a comparison, so three of
nine comparisons are always made, and all with `PAYRULES_EVERY_PAIR=1`.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from payrules.payers import Payer, load_payer
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.scenarios import Baseline, baseline
from payrules.scenarios.contracts import Contracts, compare_contracts
from payrules.schedules import Schedules
from tests.scenarios.fees_by_hand import family
from tests.scenarios.plain_estimates import as_toml, starter

Tables = dict[str, Any]


def rates(*entries: Tables) -> Tables:
    return {"rate": [*entries]}


def ranked(**terms: Any) -> Tables:
    return {"terms": {"multiple_procedure": terms}}


def shares(**named: str) -> Tables:
    entries = [{"modifier": name.strip("_"), "share": share} for name, share in named.items()]
    return {"terms": {"modifier": {"share": entries}}}


#: A kind of term → what the first contract and what the other writes of it.
KINDS: Mapping[str, tuple[Tables, Tables]] = {
    "share": (shares(_52="0.5", _62="0.6"), shares(_52="0.75", _22="1.2", _80="0.2")),
    "ladder": (ranked(ladder=["1", "0.5", "0.25"]), ranked(ladder=["1", "0.6", "0.4", "0.2"])),
    "never": (
        ranked(never=["@spared"]) | {"codes": {"spared": ["11042", "20610"]}},
        ranked(never=["20610"]),
    ),
    "also": (
        ranked(also=[{"codes": ["64490-64495", "@scopes"], "ladder": ["1", "0.7", "0.3"]}])
        | {"codes": {"scopes": ["45380"]}},
        ranked(also=[{"codes": ["45378-45385", "64483"], "ladder": ["1", "0.4"]}]),
    ),
    "rank_by": (ranked(rank_by="total_rvu"), ranked(rank_by={"2026-02-01": "charge"})),
    "percent": (
        {"terms": {"endoscopy": {"percent": {"45380": "0.4"}}}},
        {"terms": {"endoscopy": {"percent": {"45380": "0.6", "45384": "0.3"}}}},
    ),
    "practitioner": (
        {"terms": {"practitioner": {"shares": {"nurse_practitioner": "0.92"}}}},
        {"terms": {"practitioner": {"shares": {"nurse_practitioner": {"2026-03-01": "1"}}}}},
    ),
    "of_medicare": (
        rates({"name": "of ours", "codes": ["20000-29999"], "percent_of_medicare": "140"}),
        rates(
            {
                **{"name": "escalated", "places": ["11", "24"], "percent_of_medicare": "110"},
                "escalator": {"2026-03-01": "1.03"},
            }
        ),
    ),
    "of_charge": (
        rates({"when": "no_price", "percent_of_charge": "80"}),
        rates({"codes": ["99213"], "percent_of_charge": "55", "not_over": {"amount": "90"}}),
    ),
    "in_dollars": (
        rates({"codes": ["64483"], "amount": "120", "not_under": {"percent_of_charge": "30"}}),
        rates({"codes": ["27447"], "setting": "facility", "conversion_factor": "44.5"}),
    ),
    "of_session": (
        rates({"codes": ["27447"], "case_rate": "1400", "includes": ["27130", "@knees"]})
        | {"codes": {"knees": ["20610", "27445-27449"]}},
        rates({"codes": ["64483"], "flat_rate": "210", "not_over": {"percent_of_charge": "70"}}),
    ),
    "limits": (
        {"not_over": {"percent_of_charge": "90"}},
        {"not_under": {"amount": "50"}},
    ),
    "plan": ({"plan": "commercial"}, {"plan": "medicare_advantage"}),
    "frozen": ({"base_release": "starter-2025"}, {"base_release": "starter-2025"}),
    "charge": (
        {"terms": {"lesser_of_charge": {"off": True}}},
        {"terms": {"lesser_of_charge": {"off": {"until": date(2026, 2, 28)}}}},
    ),
}
#: Kinds that are one term of the comparison.
RATES = ("of_medicare", "of_charge", "in_dollars", "of_session", "limits")
ALONE = {
    **{kind: ("multiple_procedure", kind) for kind in ("ladder", "never", "also", "rank_by")},
    "share": ("modifier", "share"),
    "percent": ("endoscopy", "percent"),
    "practitioner": ("practitioner", "shares.nurse_practitioner"),
    "frozen": ("fee_schedule_amount", "base_release"),
    "charge": ("lesser_of_charge", None),
    "rates": ("contract_rate", None),
}
NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
BITS = range((len(KINDS) - 1).bit_length())
EVERY = bool(os.environ.get("PAYRULES_EVERY_PAIR"))

#: Service, place, charge and who; persons by number, days by turns.
CLAIMS: list[list[tuple[str, str, str]]] = [
    [("64483", "24", "250"), ("64493", "24", "400"), ("11042", "24", "90"), ("20610", "24", "")],
    [("62323 52", "11", "300"), ("20610 50", "11", "150"), ("64483 50", "11", "500")],
    [("45385", "24", "900"), ("45380", "24", "700"), ("45384", "24", "")],
    [("27447 22", "21", "9000"), ("27447 80", "21", "2000")],
    [("63047 62", "21", "3000"), ("27130", "21", "1000")],
    [("64633", "11", "450"), ("64628", "11", "600"), ("64483", "11", "140")],
    [("99213", "11", "150"), ("0075T", "22", "500"), ("97110", "11", "40")],
    [("27447 54", "22", "2000"), ("66984 RT", "24", "700"), ("99213", "22", "30")],
]


@cache
def claims() -> pl.DataFrame:
    """The batch: two practitioners, every session once before March and once after."""
    rows = [
        {
            **{"claim_id": f"C{number}-{month}", "person_id": f"P{number}-{month}"},
            "claim_line_number": str(place),
            "claim_line_start_date": f"2026-0{month}-10",
            "hcpcs_code": service.split()[0],
            "hcpcs_modifiers": " ".join(service.split()[1:]),
            "place_of_service_code": where,
            "charge_amount": charge or None,
            "practitioner_type": "nurse_practitioner" if service.startswith("99213") else None,
            "documentation_submitted": "Y",
            "locality": "national",
        }
        for number, lines in enumerate(CLAIMS)
        for month in (1, 4)
        for place, (service, where, charge) in enumerate(lines, 1)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def merged(*parts: Tables) -> Tables:
    """Put fragments of a payer file together; lists of entries are joined."""
    found: Tables = {}
    for part in parts:
        for key, value in part.items():
            if isinstance(value, Mapping) and key in found:
                found[key] = merged(found[key], value)
            elif isinstance(value, list) and key in found:
                found[key] = [*found[key], *value]
            else:
                found[key] = deepcopy(value)
    return found


@cache
def loaded(name: str, text: str) -> Payer:
    """Load a payer file of a contract."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        return load_payer(path)


def written(name: str, said: Mapping[str, Tables]) -> Payer:
    """Write a contract of some kinds of term as a payer file, and load it."""
    ordered = [said[kind] for kind in KINDS if kind in said]
    tables = {"name": name, "contract": f"{name} agreement"} | merged(*ordered)
    return loaded(name, as_toml(tables))


@cache
def schedules() -> Schedules:
    return Schedules(starter().releases, [])


_PRICED: dict[int, pl.DataFrame] = {}


def plain(payer: Payer) -> pl.DataFrame:
    """Price the batch by a payer file, plainly and once: amounts in cents."""
    if id(payer) not in _PRICED:
        _PRICED[id(payer)] = _plain(payer)
    return _PRICED[id(payer)]


def _plain(payer: Payer) -> pl.DataFrame:
    lines = estimate(claims(), Setup(payer=payer, schedules=schedules())).lines
    amounts = ("allowed_amount", "medicare_amount")
    return lines.with_columns(
        pl.col("allowed_amount").is_not_null().alias("has_amount"),
        *((pl.col(name).fill_null(0) * 100).cast(pl.Int64) for name in amounts),
    ).select("hcpcs_code", "place_of_service_code", "status", "has_amount", *amounts)


def sums(lines: pl.DataFrame) -> tuple[int, int]:
    return lines["allowed_amount"].sum(), lines["medicare_amount"].sum()


@cache
def base() -> Baseline:
    return baseline(claims(), Setup(schedules=schedules()))


def sides(bit: int) -> tuple[dict[str, Tables], dict[str, Tables]]:
    """Give the kinds that have not a bit as the first contract writes them, and the others."""
    ours = {kind: said for kind, (said, _) in KINDS.items() if not NUMBERS[kind] >> bit & 1}
    theirs = {kind: said for kind, (_, said) in KINDS.items() if NUMBERS[kind] >> bit & 1}
    return ours, theirs


def compared(ours: Mapping[str, Tables], theirs: Mapping[str, Tables]) -> Contracts:
    """Compare two contracts, and hold totals, places and families to plain estimates."""
    one, other = written("one", ours), written("other", theirs)
    found = compare_contracts(base(), [one, other])
    lines = {"one": plain(one), "other": plain(other)}
    by_payer = {row["payer"]: row for row in found.ranking.iter_rows(named=True)}
    for name, priced in lines.items():
        allowed, paid = sums(priced)
        assert (by_payer[name]["allowed_amount"], by_payer[name]["medicare_amount"]) == (
            allowed,
            paid,
        )
    change = [b - a for a, b in zip(*map(sums, lines.values()), strict=True)]
    assert by_payer["other"]["change"] == change[0]
    assert [found.terms[name].sum() for name in ("change", "paid_change")] == change
    parted(found.families, "code_family", lines, lambda row: family(row["hcpcs_code"]))
    parted(found.places, "place_of_service_code", lines, lambda row: row["place_of_service_code"])
    return found


def parted(found: pl.DataFrame, key: str, lines: Mapping[str, pl.DataFrame], of: Any) -> None:
    """Hold a table by family or place to sums of the plain estimates' lines.

    Where no line of a payer has an amount it is blank, and so is what leads by how much.
    """
    wanted: dict[str, dict[str, int]] = {name: defaultdict(int) for name in lines}
    for name, priced in lines.items():
        for row in priced.iter_rows(named=True):
            if row["has_amount"]:
                wanted[name][of(row)] += row["allowed_amount"]
    for row in found.iter_rows(named=True):
        amounts = {name: wanted[name].get(row[key]) for name in lines}
        assert {name: row[name] for name in lines} == amounts
        there = [each for each in amounts.values() if each is not None]
        assert row["lead"] == (max(there) - min(there) if len(there) == len(lines) else None)


def alone(ours: Mapping[str, Tables], theirs: Mapping[str, Tables], kind: str) -> Payer:
    """The first contract with one term of the other in its place, or without it."""
    kinds: Iterable[str] = RATES if kind == "rates" else (kind,)
    kept = {each: said for each, said in ours.items() if each not in kinds}
    return written("variant", kept | {each: theirs[each] for each in kinds if each in theirs})


def _modifier(row: Mapping[str, Any]) -> str:
    said = row["value"] if row["reference"] == "none" else row["reference"]
    return str(said).partition(":")[0]


def _by_modifier(contract: Mapping[str, Tables]) -> dict[str, Any]:
    if "share" not in contract:
        return {}
    entries = contract["share"]["terms"]["modifier"]["share"]
    return {each["modifier"]: each for each in entries}


def _one_share(ours: Mapping[str, Tables], theirs: Mapping[str, Tables], modifier: str) -> Payer:
    """The first contract with the other's share of one modifier in its place, or without it."""
    entries = {**_by_modifier(ours), modifier: _by_modifier(theirs).get(modifier)}
    share = {"share": [each for each in entries.values() if each]}
    kept = {each: said for each, said in ours.items() if each != "share"}
    return written("variant", kept | {"share": {"terms": {"modifier": share}}})


@pytest.mark.parametrize("bit", BITS if EVERY else BITS[:1])
def test_each_term_of_a_contract_is_what_a_plain_estimate_with_it_alone_makes(bit: int) -> None:
    ours, theirs = sides(bit)
    found = compared(ours, theirs)
    before = sums(plain(written("one", ours)))
    rows = found.terms.rows(named=True)
    for kind, (rule, term) in ALONE.items():
        met = [row for row in rows if row["rule"] == rule and term in {None, row["term"]}]
        by_variant = {kind: alone(ours, theirs, kind)}
        if kind == "share":  # each modifier's is a row
            modifiers = [_modifier(row) for row in met]
            assert sorted(modifiers) == sorted(_by_modifier(ours) | _by_modifier(theirs))
            by_variant = {each: _one_share(ours, theirs, each) for each in modifiers}
        assert len(met) <= len(by_variant)
        told = [(row["change"], row["paid_change"]) for row in met] or [(0, 0)]
        afters = [sums(plain(variant)) for variant in by_variant.values()]
        assert told == [(a - before[0], b - before[1]) for a, b in afters], kind
    named = {row["rule"] for row in rows}
    assert {"multiple_procedure", "contract_rate", "modifier", "practitioner"} <= named


@pytest.mark.parametrize("bit", BITS if EVERY else BITS[1:2])
def test_two_contracts_add_up_the_other_way_round_too(bit: int) -> None:
    ours, theirs = sides(bit)
    compared(theirs, ours)


def test_contracts_that_say_every_kind_otherwise() -> None:
    ours, theirs = ({kind: each[n] for kind, each in KINDS.items()} for n in (0, 1))
    found = compared(ours, theirs)
    told = {(row["rule"], row["term"]) for row in found.terms.iter_rows(named=True)}
    # Both are frozen on one release.
    named = {term for term in ALONE.values() if term[1]} - {ALONE["frozen"]}
    assert named <= told
