"""Every kind of what-if made a second way: by hand in claims, release or payer file, then priced.

    python -m tests.scenarios.second_way --scenarios 5000          # thousands, of every kind
    python -m tests.scenarios.second_way --kind fees --seed 7 --shrink   # one fault made small

Hypothesis draws batch, payers and scenario together. Each kind of difference is told with the
smallest case that was met. `tests/scenarios/test_second_way.py` runs a few dozen.
"""

import argparse
import json
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

from payrules.errors import PayerError, PayrulesError, ScenarioError
from payrules.scenarios import baseline, read_scenario
from payrules.scenarios.answer import answer
from tests.scenarios import payer_worlds, worlds
from tests.scenarios.agreement import DifferError, assert_agrees, assert_workbook_agrees
from tests.scenarios.by_hand import World, by_hand, off_rules
from tests.scenarios.fees_by_hand import ContradictionError, NotByHandError, Tables
from tests.scenarios.plain_estimates import (
    estimated,
    figures,
    setting_of,
    write_claims,
    write_scenario,
)
from tests.scenarios.second_checks import assert_canary_agrees, assert_diff_agrees
from tests.scenarios.second_commands import (
    assert_contracts_agree,
    assert_marginal_agrees,
    assert_solution_agrees,
    assert_sweep_agrees,
    at,
)


@dataclass(frozen=True)
class Case:
    """A world and a scenario; `details` says whether the steps tell the same details."""

    world: World
    says: Tables
    details: bool = True
    parted: bool = False
    ask: Callable[[Path], None] | None = None
    tried: tuple[Tables, ...] = ()


def agree(case: Case) -> None:
    """Answer a scenario, make it by hand, and hold the one to the other."""
    if case.ask is not None:
        with TemporaryDirectory() as made_folder:
            try:
                case.ask(Path(made_folder))
            except (ContradictionError, NotByHandError):
                assume(False)
            except ScenarioError as refused:
                assert_changes_nothing(case, str(refused))
        return
    try:
        made = by_hand(case.world, case.says)
    except (ContradictionError, NotByHandError):
        assume(False)
    with TemporaryDirectory() as made_folder:
        folder = Path(made_folder)
        claims = write_claims(case.world.rows, folder / "claims.csv")
        base = baseline(claims, **setting_of(case.world, folder))
        try:
            asked = read_scenario(write_scenario(case.says, folder, parted=case.parted))
            answered = answer(base, [asked])
        except PayrulesError as refused:
            assert_changes_nothing(case, str(refused))
            return
        plain = estimated(case.world)
        try:
            wanted = assert_agrees(answered, 0, plain, made, details=case.details)
        except PayerError as refused:
            raise DifferError("accepted", f"a payer file refuses it: {refused}") from None
        assert_workbook_agrees(answered, [wanted], folder)


def assert_changes_nothing(case: Case, refused: str) -> None:
    """A scenario is refused where a part of it changes nothing: made by hand, nothing moves."""
    plain = estimated(case.world)
    for part in parts_of(case.says):
        try:
            told = figures(plain, by_hand(case.world, part))
        except PayerError:
            return
        if not (told.lines or told.bridge):
            return
    moved = [figures(plain, by_hand(case.world, tried)).lines for tried in case.tried]
    if moved and not any(moved):
        return
    raise DifferError("refused", f"though each part moves something: {refused}")


def parts_of(says: Tables) -> list[Tables]:
    """Give each change of a scenario alone."""
    found: list[Tables] = []
    beside = {k: v for k, v in says.items() if k.endswith("_tables")}
    for name, value in says.items():
        if name == "terms":
            for rule, terms in value.items():
                found += [{"terms": {rule: {term: each}}} for term, each in terms.items()]
        elif isinstance(value, list):
            found += [{name: [each]} for each in value]
        elif not name.endswith("_tables"):
            found.append({name: value})
    return [beside | each for each in found]


# -- kinds of change ---------------------------------------------------------------------------


@st.composite
def worlds_of(
    draw: Any,
    kinds: tuple[str, ...] = tuple(worlds.SERVICES),
    *,
    payers: int = 2,
    dollars: bool | None = False,
    place: str | None = None,
    release: bool = False,
    percentage: bool = True,
) -> World:
    """Draw a batch with its payers."""
    files = tuple(
        draw(payer_worlds.payer_files(name, dollars, percentage=percentage))
        for name in ("alpha", "beta")[: draw(st.integers(1 if dollars else 0, payers))]
    )
    names = ("", *(each["name"] for each in files[1:]))
    rows = draw(worlds.batches(kinds, names, place))
    if draw(st.booleans()):
        rows = [row | {"qualifying_apm_participant": "true"} for row in rows]
    named = draw(st.sampled_from((None, "starter-2026"))) if release else None
    return World(tuple(rows), files, release=named)


@st.composite
def of_claims(draw: Any) -> Case:
    world = draw(worlds_of(dollars=None))
    return Case(world, {"claims": draw(worlds.claims_entries(world))})


@st.composite
def of_terms(draw: Any) -> Case:
    world = draw(worlds_of(dollars=None))
    says: Tables = {"terms": draw(payer_worlds.terms(3))}
    off = sorted({rule for each in world.payers for rule in off_rules(each)})
    if off and draw(st.booleans()):
        rule = draw(st.sampled_from(off))
        own = {k: v for k, v in says["terms"].get(rule, {}).items() if k != "off"}
        says["terms"][rule] = own | {"on": True}
    in_dollars = any("fee_schedule" in each for each in world.payers)
    if not in_dollars and draw(st.booleans()):
        says["percent_of_medicare"] = draw(payer_worlds.PERCENTAGES)
    return Case(world, says)


@st.composite
def of_payers(draw: Any) -> Case:
    world = draw(worlds_of(dollars=None))
    says: Tables = {"payer": "gamma.toml", "payer_tables": draw(payer_worlds.payer_files("gamma"))}
    if draw(st.booleans()):
        says["terms"] = draw(payer_worlds.terms(1))
    return Case(world, says)


@st.composite
def of_releases(draw: Any) -> Case:
    world = draw(worlds_of(release=True))
    return Case(world, draw(worlds.release_changes(world)))


@st.composite
def of_fees_in_dollars(draw: Any) -> Case:
    world = draw(worlds_of(dollars=True, payers=2))
    return Case(world, {"fees": draw(worlds.fee_entries(world, ("", "26", "TC")))})


@st.composite
def of_fees(draw: Any) -> Case:
    place = draw(st.sampled_from(worlds.PLACE_KEYS))
    world = draw(worlds_of(worlds.IN_DOLLARS, place=place, release=True, percentage=False))
    says: Tables = {"fees": draw(worlds.fee_entries(world))}
    if draw(st.booleans()):
        says["conversion_factor"] = draw(st.sampled_from(worlds.FACTORS))
    return Case(world, says, details=False)


@st.composite
def of_schedules(draw: Any) -> Case:
    world = draw(worlds_of(percentage=False))
    says: Tables = {
        "fee_schedule": True,
        "fee_schedule_tables": draw(payer_worlds.dollar_schedules()),
    }
    if draw(st.booleans()):
        says["fees"] = draw(worlds.fee_entries(world))
    return Case(world, says)


@st.composite
def of_everything(draw: Any) -> Case:
    world = draw(worlds_of(release=True))
    says: Tables = {"claims": draw(worlds.claims_entries(world))}
    says |= draw(worlds.release_changes(world))
    if draw(st.booleans()):
        says["terms"] = draw(payer_worlds.terms(1))
    return Case(world, says, parted=draw(st.booleans()))


@st.composite
def of_sweeps(draw: Any) -> Case:
    world = draw(worlds_of())
    share = (Decimal("0.25"), Decimal("0.75"), Decimal("0.25"))
    place, values = draw(
        st.sampled_from(
            (
                ("conversion_factor", (Decimal(30), Decimal(34), Decimal(2))),
                ("percent_of_medicare", (Decimal(90), Decimal(110), Decimal(10))),
                *((f"terms.{rule}.{term}", share) for rule, term in SWEPT),
            )
        )
    )
    says = {"claims": draw(worlds.claims_entries(world))} if draw(st.booleans()) else {}
    ask = partial(assert_sweep_agrees, world, says, place, values)
    return Case(world, says, ask=ask, tried=(at(place, values[0]), at(place, values[1])))


SWEPT = (
    ("multiple_procedure", "later"),
    ("equipment", "ct"),
    ("imaging", "technical"),
    ("practitioner", "shares.nurse_practitioner"),
    ("co_surgery", "each"),
    ("coinsurance", "patient"),
)


@st.composite
def of_solutions(draw: Any) -> Case:
    fees = draw(st.booleans())
    world = draw(
        worlds_of(worlds.IN_DOLLARS, place="national", percentage=False) if fees else worlds_of()
    )
    code = draw(st.sampled_from([row["hcpcs_code"] for row in world.rows]))
    unknown = (
        f"fee:{code}"
        if fees
        else draw(st.sampled_from(("conversion_factor", "percent_of_medicare")))
    )
    target = draw(st.sampled_from(("+3%", "-5%", "allowed=500", "medicare=-2%", "baseline")))
    says = {"claims": draw(worlds.claims_entries(world))} if draw(st.booleans()) else {}
    ask = partial(assert_solution_agrees, world, says, unknown, target)
    few = (Decimal(20), Decimal(200))
    if fees:
        return Case(
            world,
            says,
            ask=ask,
            tried=tuple({"fees": [{"codes": [code], "amount": each}]} for each in few),
        )
    return Case(world, says, ask=ask, tried=tuple({unknown: each} for each in few))


@st.composite
def of_contracts(draw: Any) -> Case:
    world = draw(worlds_of(payers=0))
    files = [draw(payer_worlds.payer_files(name)) | {"base": "medicare"} for name in "xyz"]
    files = files[: draw(st.integers(2, 3))]
    return Case(world, {"contracts": files}, ask=partial(assert_contracts_agree, world, files))


@st.composite
def of_marginal(draw: Any) -> Case:
    world = draw(worlds_of(dollars=None))
    claim = draw(st.sampled_from([row["claim_id"] for row in world.rows]))
    return Case(world, {"claim": claim}, ask=partial(assert_marginal_agrees, world, claim))


@st.composite
def of_canaries(draw: Any) -> Case:
    world = draw(worlds_of(dollars=None))
    other = replace(world, payers=(draw(payer_worlds.payer_files("alpha")), *world.payers[1:]))
    return Case(world, {"then": other.payers}, ask=partial(assert_canary_agrees, world, other))


@st.composite
def of_diffs(draw: Any) -> Case:
    world = draw(worlds_of(payers=0))
    return Case(world, {}, ask=partial(assert_diff_agrees, world))


KINDS: dict[str, Callable[[], st.SearchStrategy[Case]]] = {
    "claims": of_claims,
    "terms": of_terms,
    "payers": of_payers,
    "releases": of_releases,
    "fees_in_dollars": of_fees_in_dollars,
    "fees": of_fees,
    "schedules": of_schedules,
    "everything": of_everything,
    "sweep": of_sweeps,
    "solve": of_solutions,
    "contracts": of_contracts,
    "marginal": of_marginal,
    "canary": of_canaries,
    "diff": of_diffs,
}
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def run(kind: str, scenarios: int, number: int | None = None, *, shrink: bool = True) -> None:
    """Draw so many scenarios of a kind, and hold each to what is made by hand.

    With `shrink` the first that differs is made small and raised; otherwise all are tried, and
    what differs is told at the end.
    """
    faults: dict[str, tuple[str, str, int]] = {}

    @settings(
        max_examples=scenarios,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
    )
    @given(KINDS[kind]())
    def every_figure(case: Case) -> None:
        if shrink:
            agree(case)
            return
        try:
            agree(case)
        except Exception as fault:  # what may differ is not known beforehand
            if type(fault).__module__.startswith("hypothesis"):
                raise
            told, size = shown(case), len(shown(case))
            where = traceback.extract_tb(fault.__traceback__)[-1]
            place = getattr(fault, "parts", f"{where.name}:{where.lineno}")
            least = faults.get(place, ("", "", 10**9))[2]
            if size < least:
                words = f"{type(fault).__name__}: {str(fault)[:2500]}"
                faults[place] = (told, words, size)
                print(f"\n{kind}: {place}\n{words}\n{told}", flush=True)

    (every_figure if number is None else seed(number)(every_figure))()
    if faults:
        raise AssertionError(f"{kind}: {len(faults)} kinds of difference")


def shown(case: Case) -> str:
    """Write a case short: its claims, and what payers and scenario say."""
    rows = [{k: v for k, v in row.items() if v} for row in case.world.rows]
    payers = [
        {k: v if k != "fee_schedule" else v["indicators"] for k, v in each.items()}
        for each in case.world.payers
    ]
    says = {k: v for k, v in case.says.items() if k != "fee_schedule_tables"}
    asked = case.ask.args[2:] if isinstance(case.ask, partial) else None
    told = {"says": says, "asked": asked, "payers": payers, "release": case.world.release}
    told["rows"] = rows
    return json.dumps(told, default=str)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run scenarios of one kind, or of each; status 1 where any differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", type=int, default=1000, help="how many in all")
    parser.add_argument("--kind", choices=[*KINDS, "all"], default="all")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--shrink", action="store_true", help="make the first small")
    asked = parser.parse_args(arguments)
    kinds = list(KINDS) if asked.kind == "all" else [asked.kind]
    status = 0
    for kind in kinds:
        try:
            run(kind, -(-asked.scenarios // len(kinds)), asked.seed, shrink=asked.shrink)
            print(f"{kind}: every figure agrees", flush=True)
        except AssertionError as fault:
            print(fault, flush=True)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
