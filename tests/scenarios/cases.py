"""Kinds of what-if as Hypothesis draws them, and how each is held to the same made by hand."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, assume
from hypothesis import strategies as st

from payrules.errors import PayerError, PayrulesError, ScenarioError
from payrules.scenarios import baseline, read_scenario
from payrules.scenarios.answer import answer
from tests.scenarios import payer_worlds, worlds
from tests.scenarios.agreement import DifferError, assert_agrees, assert_workbook_agrees
from tests.scenarios.by_hand import World, by_hand, off_rules
from tests.scenarios.fees_by_hand import ContradictionError, NotByHandError, Tables
from tests.scenarios.plain_estimates import (
    SHOWN,
    estimated,
    figures,
    setting_of,
    write_claims,
    write_scenario,
)
from tests.scenarios.second_checks import (
    assert_canary_agrees,
    assert_diff_agrees,
    assert_tornado_agrees,
)
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
    beside: Tables | None = None


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
    asked = [case.says, *([case.beside] if case.beside else [])]
    try:
        made = [by_hand(case.world, says) for says in asked]
    except (ContradictionError, NotByHandError):
        assume(False)
    with TemporaryDirectory() as made_folder:
        folder = Path(made_folder)
        claims = write_claims(case.world.rows, folder / "claims.csv")
        base = baseline(claims, setting_of(case.world, folder))
        try:
            files = [
                write_scenario(says, folder, f"scenario{number}-", parted=case.parted)
                for number, says in enumerate(asked)
            ]
            answered = answer(base, [read_scenario(file) for file in files])
        except PayrulesError as refused:
            assert_changes_nothing(case, str(refused))
            return
        plain = estimated(case.world)
        try:
            wanted = [
                assert_agrees(answered, number, plain, each, details=case.details)
                for number, each in enumerate(made)
            ]
        except PayerError as refused:
            raise DifferError("accepted", f"a payer file refuses it: {refused}") from None
        assert_workbook_agrees(answered, wanted, folder)


def assert_changes_nothing(case: Case, refused: str) -> None:
    """A scenario is refused where a part of it changes nothing: made by hand, nothing moves."""
    plain = estimated(case.world)
    for says in (case.says, case.beside or {}):
        for part in parts_of(says):
            try:
                told = figures(plain, by_hand(case.world, part))
                moves = bool(told.lines or told.bridge)
            except PayerError:
                return
            except NotByHandError:
                moves = True
            if not moves or _adds_nothing(case.world, says, part):
                return
    moved = [figures(plain, by_hand(case.world, tried)).lines for tried in case.tried]
    if moved and not any(moved):
        return
    raise DifferError("refused", f"though each part moves something: {refused}")


def _adds_nothing(world: World, says: Tables, part: Tables) -> bool:
    """Say whether a scenario comes to the same without one of its parts: others hide it."""
    name = next(each for each in reversed(part) if not each.endswith("_tables"))
    rest = {key: value for key, value in says.items() if key != name}
    if isinstance(says[name], list):
        rest[name] = [each for each in says[name] if each not in part[name]]
    try:
        made = [by_hand(world, each) for each in (says, rest)]
    except NotByHandError:
        return False
    ends = [estimated(each.stages[-1][1] if each.stages else world) for each in made]
    shown = [[[line[name] for name in SHOWN] for line in each.lines] for each in ends]
    return shown[0] == shown[1] and made[0].volumes == made[1].volumes


def parts_of(says: Tables) -> list[Tables]:
    """Give each change of a scenario alone."""
    found: list[Tables] = []
    beside = {k: v for k, v in says.items() if k.endswith("_tables")}
    for name, value in says.items():
        if name == "terms":
            for rule, terms in value.items():
                found += [{"terms": {rule: {term: each}}} for term, each in terms.items()]
        elif name == "claims":
            for entry in value:
                where = {k: v for k, v in entry.items() if k == "where"}
                found += [{name: [where | {k: v}]} for k, v in entry.items() if k != "where"]
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
    contract: bool = False,
    persons: tuple[str, ...] = worlds.PERSONS,
) -> World:
    """Draw a batch with its payers."""
    files = tuple(
        draw(payer_worlds.payer_files(name, dollars, percentage=percentage, contract=contract))
        for name in ("alpha", "beta")[: draw(st.integers(1 if dollars else 0, payers))]
    )
    names = ("", *(each["name"] for each in files[1:]))
    rows = draw(worlds.batches(kinds, names, place, persons))
    if draw(st.booleans()):
        rows = [row | {"qualifying_apm_participant": "true"} for row in rows]
    named = draw(st.sampled_from((None, "starter-2026"))) if release else None
    return World(tuple(rows), files, release=named)


@st.composite
def of_claims(draw: Any) -> Case:
    world = draw(worlds_of(dollars=None, contract=True))
    beside = {"claims": draw(worlds.claims_entries(world))} if draw(st.booleans()) else None
    return Case(world, {"claims": draw(worlds.claims_entries(world))}, beside=beside)


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
    contract = draw(st.booleans())
    gamma = draw(payer_worlds.payer_files("gamma", contract=contract))
    says: Tables = {"payer": "gamma.toml", "payer_tables": gamma}
    if not contract and draw(st.booleans()):
        says["terms"] = draw(payer_worlds.terms(1))
    return Case(world, says)


@st.composite
def of_releases(draw: Any) -> Case:
    world = draw(worlds_of(release=True, contract=True))
    return Case(world, draw(worlds.release_changes(world)))


@st.composite
def of_factors(draw: Any) -> Case:
    """Imaging, whose hospital caps stay where the factor moves."""
    world = draw(worlds_of(("capped", "imaging"), release=True, payers=1))
    return Case(world, {"conversion_factor": draw(st.sampled_from(worlds.FACTORS))})


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
    world = draw(worlds_of(dollars=None, persons=("P1",)))
    claim = draw(st.sampled_from([row["claim_id"] for row in world.rows]))
    return Case(world, {"claim": claim}, ask=partial(assert_marginal_agrees, world, claim))


@st.composite
def of_canaries(draw: Any) -> Case:
    world = draw(worlds_of(dollars=None))
    alpha = draw(payer_worlds.payer_files("alpha", contract=True))
    other = replace(world, payers=(alpha, *world.payers[1:]))
    return Case(world, {"then": other.payers}, ask=partial(assert_canary_agrees, world, other))


@st.composite
def of_tornados(draw: Any) -> Case:
    world = draw(worlds_of(dollars=None))
    first = draw(st.integers(0, 30))
    return Case(world, {}, ask=partial(assert_tornado_agrees, world, first))


@st.composite
def of_diffs(draw: Any) -> Case:
    world = draw(worlds_of(payers=0))
    return Case(world, {}, ask=partial(assert_diff_agrees, world))


KINDS: dict[str, Callable[[], st.SearchStrategy[Case]]] = {
    "claims": of_claims,
    "terms": of_terms,
    "payers": of_payers,
    "releases": of_releases,
    "factors": of_factors,
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
    "tornado": of_tornados,
}
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
