"""What else may be asked of a batch, made a second way: from sweep to `schedules diff`.

Each answer's figures are held to plain estimates of worlds that were changed by hand.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from payrules.payers import load_payer
from payrules.scenarios import baseline, read_scenario
from payrules.scenarios.answer import answer, by_payer_in_dollars
from payrules.scenarios.marginal import marginal
from tests.scenarios.agreement import assert_parts, cents, same
from tests.scenarios.by_hand import MEDICARE, Row, World, by_hand, modifiers
from tests.scenarios.fees_by_hand import Tables, family
from tests.scenarios.plain_estimates import (
    Estimated,
    counted,
    estimated,
    setting_of,
    write_claims,
    write_payer,
    write_scenario,
)

DISTINCT = ("59", "XE", "XS", "XP", "XU")
#: What `--marginal` calls a rule that costs money, by the rule it is about.
COSTS = {
    "the base code": "endoscopy",
    "the order": "multiple_procedure",
    "a missing primary": "add_on",
    "the code pair": "procedure_pairs",
    "the global period": "global_period",
    "a charge below the fee": "lesser_of_charge",
}


def total_by_hand(world: World, says: Tables, measure: str = "allowed_amount") -> int:
    """Give the total of a scenario that was made by hand, cents."""
    made = by_hand(world, says)
    last = estimated(made.stages[-1][1] if made.stages else world)
    return sum(
        counted(line[measure], times) or 0
        for line, times in zip(last.lines, made.volumes, strict=True)
    )


def at(place: str, value: Any) -> Tables:
    """Give a scenario that says one value at a dotted place."""
    for part in reversed(place.split(".")):
        value = {part: value}
    return dict(value)


def upon(says: Tables, more: Tables) -> Tables:
    """Put a value that is tried upon a scenario."""
    together = deepcopy(says)
    for key, value in more.items():
        own = together.get(key)
        if isinstance(own, dict) and isinstance(value, Mapping):
            together[key] = upon(own, dict(value))
        elif isinstance(own, list):
            together[key] = [*own, *value]
        else:
            together[key] = value
    return together


# -- sweep and solve ---------------------------------------------------------------------------


def assert_sweep_agrees(
    world: World, says: Tables, place: str, values: tuple[Decimal, Decimal, Decimal], folder: Path
) -> None:
    """Hold each row of a sweep to the value put in by hand."""
    first, last, step = values
    base, on = _asked(world, says, folder)
    answered = answer(base, on, swept=f"{place}={first}:{last}:{step}")
    assert answered.sweep is not None
    rows = answered.sweep[1].rows(named=True)
    wanted = [first + step * number for number in range(int((last - first) / step) + 1)]
    same([Decimal(row["value"]) for row in rows], wanted)
    today = estimated(world).total()
    for row in rows:
        total = total_by_hand(world, upon(says, at(place, Decimal(row["value"]))))
        same(
            (row["value"], row["allowed_amount"], row["allowed_change"]),
            (row["value"], total, total - today),
        )


def _asked(world: World, says: Tables, folder: Path) -> tuple[Any, Any]:
    base = baseline(write_claims(world.rows, folder / "claims.csv"), setting_of(world, folder))
    return base, [read_scenario(write_scenario(says, folder))] if says else []


def assert_solution_agrees(
    world: World, says: Tables, unknown: str, target: str, folder: Path
) -> None:
    """Hold a solution to its value put in by hand, and to values that would also do."""
    base, on = _asked(world, says, folder)
    found = answer(base, on, unknown=unknown, target=target).solution
    assert found is not None

    def total(value: Decimal) -> int:
        kind, _, code = unknown.partition(":")
        tried = at(kind, value) if not code else {"fees": [{"codes": [code], "amount": value}]}
        return total_by_hand(world, upon(says, tried), found.target.measure)

    told = [*found.nearest]
    if found.value is not None:
        told.append((found.value, found.total))
    if found.value_beside is not None:
        told.append((found.value_beside, found.total_beside))
    same(dict(told), {value: total(value) for value, _ in told})
    if found.value is not None and found.value_beside is not None:
        off, other = (each - found.target.cents for each in (found.total, found.total_beside or 0))
        assert off * other < 0
        assert abs(off) <= abs(other)
    if found.is_exact:
        same(found.total, found.target.cents)
    if found.value is None:
        nearest = min(abs(each - found.target.cents) for _, each in told)
        for value in TRIED:
            assert abs(total(value) - found.target.cents) >= nearest, f"{value} comes nearer"


#: Values that a solution without an answer is held against.
TRIED = (Decimal(11), Decimal(40), Decimal(250))


# -- contracts ---------------------------------------------------------------------------------


def assert_contracts_agree(world: World, payers: list[Tables], folder: Path) -> None:
    """Hold the comparison of payers to each payer's plain estimate, and each term's to its own."""
    base = baseline(write_claims(world.rows, folder / "claims.csv"), setting_of(world, folder))
    files = [load_payer(write_payer(each, folder)) for each in payers]
    compared = answer(base, contracts=files).contracts
    assert compared is not None
    alone = {each["name"]: estimated(replace(world, payers=(each,))) for each in payers}
    first = payers[0]["name"]
    ranking = {
        name: (
            priced.total(),
            priced.total() - alone[first].total(),
            priced.total("medicare_amount"),
            sum(line["allowed_amount"] is not None for line in priced.lines),
        )
        for name, priced in alone.items()
    }
    parts = {
        "ranking": lambda: same(
            {
                row["payer"]: (
                    row["allowed_amount"],
                    row["change"],
                    row["medicare_amount"],
                    row["priced"],
                )
                for row in compared.ranking.rows(named=True)
            },
            ranking,
        ),
        "ranked": lambda: same(
            compared.ranking["allowed_amount"].to_list(),
            sorted((each[0] for each in ranking.values()), reverse=True),
        ),
        "families": lambda: _assert_families(compared, alone),
        "terms": lambda: _assert_terms(compared, world, payers, alone),
    }
    assert_parts(parts)


def _assert_families(compared: Any, alone: Mapping[str, Estimated]) -> None:
    sums: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(alone, 0))
    for name, priced in alone.items():
        for row, line in zip(priced.world.rows, priced.lines, strict=True):
            sums[family(row["hcpcs_code"])][name] += line["allowed_amount"] or 0
    wanted = {}
    for key, amounts in sums.items():
        best, second = sorted(amounts.values(), reverse=True)[:2]
        who = next(name for name, each in amounts.items() if each == best)
        wanted[key] = amounts | {"best": who if best > second else "equal", "lead": best - second}
    found = {}
    for row in by_payer_in_dollars(compared.families).rows(named=True):
        key = row.pop("code_family")
        found[key] = {k: v if k == "best" else cents(v) for k, v in row.items()}
    same(found, wanted)


def _assert_terms(
    compared: Any, world: World, payers: list[Tables], alone: Mapping[str, Estimated]
) -> None:
    """Put each term of another payer into the first's file by hand, one at a time."""
    first = payers[0]
    was = [alone[first["name"]].total(name) for name in ("allowed_amount", "medicare_amount")]
    for payer in payers[1:]:
        rows = [row for row in compared.terms.rows(named=True) if row["payer"] == payer["name"]]
        sums = [0, 0]
        for row in rows:
            sums = [sums[0] + row["change"], sums[1] + row["paid_change"]]
            if row["term"] == "together":
                continue
            with_term = _with_term(first, payer, row["rule"], row["term"])
            if {"fee_schedule", "percent_of_medicare"} <= with_term.keys():
                continue  # no payer file says both
            priced = estimated(replace(world, payers=(with_term,)))
            now = [priced.total(name) for name in ("allowed_amount", "medicare_amount")]
            same(
                (row["rule"], row["term"], row["change"], row["paid_change"]),
                (row["rule"], row["term"], now[0] - was[0], now[1] - was[1]),
            )
        told = {(row["rule"], row["term"]) for row in rows}
        for rule, term in _differing(first, payer) - told:
            now = estimated(replace(world, payers=(_with_term(first, payer, rule, term),)))
            same((rule, term, now.total()), (rule, term, was[0]))
        whole = [
            alone[payer["name"]].total(name) - before
            for name, before in zip(("allowed_amount", "medicare_amount"), was, strict=True)
        ]
        same((payer["name"], *sums), (payer["name"], *whole))


def _differing(first: Tables, payer: Tables) -> set[tuple[str, str]]:
    """Name the terms that two payer files write differently, where neither has the rule off."""
    ours, theirs = (each.get("terms", {}) for each in (first, payer))
    return {
        (rule, term)
        for rule in {**ours, **theirs}
        if not (ours.get(rule, {}).get("off") or theirs.get(rule, {}).get("off"))
        for term in {**ours.get(rule, {}), **theirs.get(rule, {})}
        if ours.get(rule, {}).get(term) != theirs.get(rule, {}).get(term) and term != "shares"
    }


def _with_term(first: Tables, payer: Tables, rule: str, term: str) -> Tables:
    """Give the first payer's file with one term of another's."""
    changed = deepcopy(first)
    if rule == "contract_rate":
        changed.pop("percent_of_medicare", None)
        if "percent_of_medicare" in payer:
            changed["percent_of_medicare"] = payer["percent_of_medicare"]
        return changed
    if rule == "fee_schedule_amount":
        changed.pop("fee_schedule", None)
        return changed | (
            {"fee_schedule": payer["fee_schedule"]} if "fee_schedule" in payer else {}
        )
    terms = changed.setdefault("terms", {})
    theirs = payer.get("terms", {}).get(rule, {})
    if term in ("off", "on"):
        terms.pop(rule, None)
        if theirs:
            terms[rule] = theirs
        return changed
    own = terms.setdefault(rule, {})
    name, _, key = term.partition(".")
    if key:
        own[name] = {k: v for k, v in own.get(name, {}).items() if k != key}
        if key in theirs.get(name, {}):
            own[name][key] = theirs[name][key]
        if not own[name]:
            del own[name]
    else:
        own.pop(name, None)
        if name in theirs:
            own[name] = theirs[name]
    if not own:
        del terms[rule]
    return changed


# -- marginal ----------------------------------------------------------------------------------


def assert_marginal_agrees(world: World, claim: str, folder: Path) -> None:
    """Hold what each line is worth to the batch without it, and each wording to the batch with."""
    base = baseline(write_claims(world.rows, folder / "claims.csv"), setting_of(world, folder))
    told = marginal(base, claim)
    today = estimated(world)
    total = _of_claim(today, claim)
    same(told.total, total)
    elsewhere = today.total() - total
    for row in told.lines.rows(named=True):
        line = row["claim_line_number"]
        without = tuple(each for each in world.rows if not _is_line(each, claim, line))
        now = estimated(replace(world, rows=without)) if without else None
        rest = _of_claim(now, claim) if now else 0
        others = now.total() - rest if now else 0
        same(
            (line, row["without"], row["worth"], row["others"]),
            (line, rest, total - rest, elsewhere - others),
        )
    for row in told.otherwise.rows(named=True):
        now = estimated(_otherwise(world, claim, row["what"]))
        same(
            (row["what"], row["total"], row["difference"]),
            (row["what"], _of_claim(now, claim), _of_claim(now, claim) - total),
        )


def _of_claim(priced: Estimated, claim: str) -> int:
    return sum(line["allowed_amount"] or 0 for line in priced.lines if line["claim_id"] == claim)


def _is_line(row: Row, claim: str, line: int) -> bool:
    return row["claim_id"] == claim and row["claim_line_number"] == str(line)


def _otherwise(world: World, claim: str, what: str) -> World:
    """Bill a claim, or pay it, as some words say."""
    if what == "the lines in the opposite order":
        numbers = [int(r["claim_line_number"]) for r in world.rows if r["claim_id"] == claim]
        turned = max(numbers) + 1
        return replace(
            world,
            rows=tuple(
                row | {"claim_line_number": str(turned - int(row["claim_line_number"]))}
                if row["claim_id"] == claim
                else row
                for row in world.rows
            ),
        )
    if found := re.match(r"line (\d+) \w+ (without|with) modifier", what):
        rows = []
        for row in world.rows:
            billed = modifiers(row)
            if _is_line(row, claim, int(found.group(1))):
                kept = [each for each in billed if each not in DISTINCT]
                billed = kept if found.group(2) == "without" else [*billed, "59"]
            rows.append(row | {"hcpcs_modifiers": " ".join(billed)})
        return replace(world, rows=tuple(rows))
    words = what.removeprefix("were it not for ")
    rule = COSTS.get(words.partition(":")[0])
    rule = rule or words.removeprefix("rule ").replace(" ", "_")
    row = next(each for each in world.rows if each["claim_id"] == claim)
    name = world.payer_of(row)
    payer = next((each for each in world.payers if each["name"] == name), MEDICARE)
    off = deepcopy(payer)
    if rule == "contract_rate":
        del off["percent_of_medicare"]
    else:
        off.setdefault("terms", {})[rule] = {"off": True}
    return replace(world, payers=(off,))
