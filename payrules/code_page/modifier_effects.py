"""What each modifier does to a code's payment: found by pricing it with and without."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.claims.modifiers import modifier_table
from payrules.code_page.indicators import MODIFIERS
from payrules.frozen import frozen
from payrules.payers import MEDICARE
from payrules.rules.preventive import preventive
from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.schedules import Schedules

OFFICE, HOSPITAL, SURGERY_CENTER = "11", "22", "24"
#: An hour, so that an anesthesia code has an amount to compare.
ANESTHESIA_MINUTES = 60
_BOTH_SIDES = "LT RT"
#: Where these change nothing a note says no more than that.
_NOTED = frozenset(("CT", "FX", "FY", "33"))
_ANESTHESIA_ONLY = frozenset(("AA", "QZ", "QK", "QX", "QY", "AD"))
#: A code alone stands for itself here: it needs no primary code or visit beside it.
_NEEDS_ANOTHER = frozenset(("add_on", "visit_complexity"))
ALONE = replace(
    MEDICARE, rules=tuple(rule for rule in MEDICARE.rules if rule.name not in _NEEDS_ANOTHER)
)
#: These follow on every line, whatever its modifiers.
_FINAL = frozenset(("deductible", "coinsurance", "sequestration", "limiting_charge"))
_PRICED = "priced"
#: What tells the outcome of a claim.
_OF_LINES = ("claim_id", "status", "allowed_amount", "medicare_amount", "reason", "review")
_OF_STEPS = ("claim_id", "step", "rule", "before", "after", "detail")


@frozen
class ModifierEffect:
    """What a modifier does: the status and allowed amount with it, the share of that without.

    `why` is what the rules say of it; amounts are dollars as text, None where there is none.
    """

    modifier: str
    meaning: str
    status: str
    amount: str | None
    share: str | None
    why: str


@frozen
class ModifierEffects:
    """What the modifiers of CMS's table do to one code.

    `effects` change its payment or leave a note; `nothing` are the common ones that do neither, and
    `information` the others; Medicare pays by those `not_worked_out`, and no rule of payrules does;
    `ended` ones are no longer in force.
    """

    effects: tuple[ModifierEffect, ...] = ()
    nothing: tuple[str, ...] = ()
    information: tuple[str, ...] = ()
    not_worked_out: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()


@frozen
class PricedAlone:
    """A code priced alone: its status, allowed amount, and what the rules and notes say."""

    status: str
    amount: Decimal | None
    medicare_amount: Decimal | None
    sentences: tuple[str, ...]

    @property
    def why(self) -> str:
        """The sentences, joined."""
        return "; ".join(self.sentences)


def price_alone(
    code: str,
    wanted: Iterable[tuple[str, str]],
    schedules: Schedules,
    *,
    release: str,
    day: date,
    locality: str,
) -> Mapping[tuple[str, str], PricedAlone]:
    """Price one unit of a code for each (modifiers, place of service), each on its own claim.

    Modifiers are parted by blanks, and each of "LT RT" has a line.
    """
    asked = [
        {
            "claim_id": f"{modifiers}/{place}",
            "claim_line_number": number,
            "person_id": f"{modifiers}/{place}",
            "claim_line_start_date": day,
            "hcpcs_code": code,
            "place_of_service_code": place,
            "hcpcs_modifier_1": modifier or None,
            "anesthesia_minutes": ANESTHESIA_MINUTES,
        }
        for modifiers, place in wanted
        for number, modifier in enumerate(modifiers.split() or [""], 1)
    ]
    batch = pl.DataFrame(asked, schema_overrides={"hcpcs_modifier_1": pl.String})
    results = estimate(batch, Setup(ALONE, schedules=schedules, locality=locality, release=release))
    outcomes = _outcomes(results)
    return {(modifiers, place): outcomes[f"{modifiers}/{place}"] for modifiers, place in wanted}


def _outcomes(results: Estimate) -> Mapping[str, PricedAlone]:
    """Give what became of each claim, in one pass: a query for each takes far longer."""
    lines, steps = defaultdict(list), defaultdict(list)
    for line in results.lines.select(*_OF_LINES).iter_rows(named=True):
        lines[line["claim_id"]].append(line)
    for step in results.adjustments.select(*_OF_STEPS).iter_rows(named=True):
        steps[step["claim_id"]].append(step)
    return {claim: _outcome(of_claim, steps[claim]) for claim, of_claim in lines.items()}


def _outcome(lines: Sequence[Mapping[str, Any]], steps: Sequence[Mapping[str, Any]]) -> PricedAlone:
    is_priced = lines[0]["status"] == _PRICED
    said = [
        step["detail"]
        for step in steps
        if step["step"] > 0
        and step["rule"] not in _FINAL
        and (step["before"] != step["after"] or step["rule"] == preventive.name or not is_priced)
    ]
    said += [line[column] for column in ("reason", "review") for line in lines]

    def total(column: str) -> Decimal | None:
        amounts = [line[column] for line in lines if line[column] is not None]
        return sum(amounts, Decimal(0)) if amounts else None

    return PricedAlone(
        status=lines[0]["status"],
        amount=total("allowed_amount"),
        medicare_amount=total("medicare_amount"),
        sentences=tuple(dict.fromkeys(each for each in said if each)),
    )


def acting_modifiers(*, is_anesthesia: bool) -> list[str]:
    """Give the modifiers that some rule reads, in the order a biller looks for them."""
    table = modifier_table()
    here = _of_kind(is_anesthesia)
    return [each for each in here if each in MODIFIERS or table[each].is_acted_on]


def _of_kind(is_anesthesia: bool) -> list[str]:
    return [
        modifier
        for modifier in (*MODIFIERS, *(each for each in modifier_table() if each not in MODIFIERS))
        if is_anesthesia or modifier not in _ANESTHESIA_ONLY
    ]


def modifier_effects(
    code: str,
    schedules: Schedules,
    *,
    release: str,
    day: date,
    locality: str,
    place: str,
    is_anesthesia: bool,
    has_sides: bool,
) -> ModifierEffects:
    """Price a code with each modifier of CMS's table.

    All is empty where the code has no amount without modifiers.
    """
    table = modifier_table()
    here = _of_kind(is_anesthesia)
    acting = acting_modifiers(is_anesthesia=is_anesthesia)
    wanted = [(modifier, place) for modifier in ("", *acting)]
    wanted += [(_BOTH_SIDES, place)] * has_sides
    found = price_alone(code, wanted, schedules, release=release, day=day, locality=locality)
    plain = found["", place]
    if plain.amount is None or plain.status != _PRICED:
        return ModifierEffects()
    effects: list[ModifierEffect] = []
    nothing: list[str] = []
    silent: list[str] = []
    for modifier, _ in wanted[1:]:
        outcome = found[modifier, place]
        own = tuple(said for said in outcome.sentences if said not in plain.sentences)
        alike = replace(outcome, sentences=()) == replace(plain, sentences=())
        if alike and (not own or modifier in _NOTED):
            (silent if modifier in table and modifier not in MODIFIERS else nothing).append(
                modifier
            )
            continue
        share = f"{outcome.amount / plain.amount:.1%}" if outcome.amount and plain.amount else None
        less = outcome.amount == plain.amount and outcome.medicare_amount != plain.medicare_amount
        if less and outcome.medicare_amount and plain.medicare_amount:
            share = f"{outcome.medicare_amount / plain.medicare_amount:.1%} of Medicare's part"
        effects.append(
            ModifierEffect(
                modifier=modifier.replace(" ", " + "),
                meaning=_meaning(modifier),
                status=outcome.status.replace("_", " "),
                amount=None if outcome.amount is None else str(outcome.amount),
                share=share,
                why="; ".join(own),
            )
        )
    passive = [table[each] for each in here if each not in acting]
    return ModifierEffects(
        effects=tuple(effects),
        nothing=tuple(nothing),
        information=(
            *silent,
            *(e.modifier for e in passive if e.in_force and not e.needs_a_rule_that_is_not_here),
        ),
        not_worked_out=tuple(e.modifier for e in passive if e.needs_a_rule_that_is_not_here),
        ended=tuple(each.modifier for each in passive if not each.in_force),
    )


def _meaning(modifier: str) -> str:
    if modifier == _BOTH_SIDES:
        return "left and right side on two lines"
    return MODIFIERS.get(modifier) or modifier_table()[modifier].medicare_does
