"""Lines priced again with one change: what is changed, on which lines, and for which it is asked.

Place, locality and factor are a claim's as a rule: a line is priced again together with the lines
of its claim, and of its day, that have the same. At another place it may be ranked otherwise alone
than among them: there it is priced alone, too. Localities and factors are too near to each other.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import date as Date  # noqa: N812
from typing import NamedTuple

from payrules.claims.columns import MODIFIERS
from payrules.frozen import frozen
from payrules.rules.bilateral import bilateral
from payrules.rules.coverage import coverage
from payrules.variance.amounts import has_money
from payrules.variance.comparison import DENIED, PaymentComparison
from payrules.variance.expected import ExpectedLine
from payrules.variance.paid import ONE_UNIT, TWO_UNITS, PayerAdjudicatedLine, thousandths
from payrules.variance.several_to_one import BOTH_SIDES, SIDES
from payrules.variance.steps_more import Candidate

PARTICIPANT, PLACE, LOCALITY = "qualifying_apm_participant", "place_of_service_code", "locality"
_OFFICE, _HOSPITAL = "11", "22"
#: From this year Medicare has two conversion factors. [42 CFR 414.24]
_TWO_FACTORS_FROM = "2026"
_ONE_SIDE = "the amount of one side alone"
#: Of one line that answers several, so many units at most are tried one after the other.
_MOST_UNITS = 12
#: Multiple-procedure indicators of codes that no rule of Medicare's ranks.
_UNRANKED = frozenset(("", "0", "9"))


class SharedFacts(NamedTuple):
    """What is known of a line that is priced again, or among which one is."""

    person: str
    date: Date
    claim: str
    participant: bool
    place: str | None
    locality: str | None

    def of(self, column: str) -> object:
        """Give what a line has in a column that a claim's lines share."""
        return {PARTICIPANT: self.participant, PLACE: self.place, LOCALITY: self.locality}[column]


@frozen
class Variant:
    """Lines to be priced again: with a change, or `without` some of their payer's rules.

    `changed` are the rows of the lines that are, among which `rows` are asked for.
    """

    rows: Sequence[int]
    changed: Sequence[int]
    cause: str
    kind: str
    words: str
    change: Mapping[str, object] = field(default_factory=dict)
    without: Collection[str] = ()
    name: str = ""
    #: Lines that are not priced beside them: another stands for theirs.
    omitted: Collection[int] = ()

    def candidate(self, amount: int) -> Candidate:
        """Give the amount it comes to as one that may explain what a payer allowed."""
        return Candidate(self.cause, self.kind, amount, self.words, self.name)


@frozen
class _Change:
    """A change of one line, as it is asked for; `column` is set where a claim's lines share it."""

    cause: str
    words: str
    change: Mapping[str, object]
    column: str = ""
    name: str = ""

    def of(self, rows: Sequence[int], changed: Sequence[int], words: str) -> Variant:
        """Give it for the lines of some rows that are changed, asked for some of them."""
        return Variant(
            *(rows, changed, self.cause, self.cause, words), change=self.change, name=self.name
        )


def of_lines(
    compared: Sequence[PaymentComparison],
    facts: Mapping[int, Mapping[str, object]],
    steps: Mapping[int, Collection[str]],
    near: Mapping[int, Mapping[int, SharedFacts]],
    states: Mapping[str, str],
) -> list[Variant]:
    """Give the changes that lines are priced again with, each once for all lines of a claim.

    `near` are the lines among which each is priced, `steps` the rules in its trail, `states` that
    of each locality.
    """
    found: list[Variant] = []
    together: dict[tuple[object, ...], Variant] = {}
    for each in compared:
        line, others = each.lines[0], near[each.lines[0].row]
        row = line.row
        indicator = str(facts[row].get("multiple_procedure_indicator") or "")
        may_fall = indicator not in _UNRANKED or bool(steps[row])
        for one in _changes(each, facts[row], others[row], states):
            scopes = _sharing(row, others, one.column) if one.column else {}
            if not scopes or (may_fall and one.column == PLACE):
                found.append(one.of((row,), (row,), one.words))
            for rows, of in scopes.items():
                key = rows, one.cause, one.name
                before = together[key].rows if key in together else ()
                words = f"{one.words}, the {of}'s other lines priced so too"
                together[key] = one.of((*before, row), rows, words)
    return [*found, *together.values()]


def _sharing(row: int, near: Mapping[int, SharedFacts], column: str) -> dict[tuple[int, ...], str]:
    """Give the lines of a line's claim, and of all its claims, of its day that share a column.

    Each set once, with whose it is; none where the line is alone.
    """
    own = near[row]
    of_day = [
        other
        for other, each in near.items()
        if each.date == own.date and each.of(column) == own.of(column)
    ]
    of_claim = [other for other in of_day if near[other].claim == own.claim]
    scopes = {tuple(of_day): "day", tuple(of_claim): "claim"}
    return {rows: of for rows, of in scopes.items() if len(rows) > 1}


def paid_units(paid: Sequence[PayerAdjudicatedLine]) -> int:
    """Give how many units a payer paid of a line, in thousandths; 0 where that is not told.

    Of a line that one decision answers in parts those count of which something is allowed.
    """
    if len(paid) == 1:
        return thousandths(paid[0].units)
    allowed = [each for each in paid if each.allowed or has_money(each)]
    is_one_decision = len({each.claim for each in paid}) == 1
    return sum(thousandths(each.units) for each in allowed) if is_one_decision else 0


def _changes(
    compared: PaymentComparison,
    facts: Mapping[str, object],
    known: SharedFacts,
    states: Mapping[str, str],
) -> Iterator[_Change]:
    line, paid = compared.lines[0], compared.paid_lines
    as_paid = [each for each in paid if each.code and each.code != line.code]
    if len(paid) == 1 and as_paid:
        code, modifiers = as_paid[0].code, as_paid[0].modifiers
        change = {"hcpcs_code": code, **_modifiers(modifiers)}
        yield _Change("recoded", f"the amount of {code}", change)
    units = paid_units(paid)
    if 0 < units < line.units:
        yield _Change("units", _amount_of(units), {"units_thousandths": units})
    is_facility = line.setting == "facility"
    place = _OFFICE if is_facility else _HOSPITAL
    told = f"the amount {'outside of' if is_facility else 'in'} a facility"
    yield _Change("setting", told, {PLACE: place}, PLACE)
    if facts.get("pctc_indicator") == "1":
        plain = [each for each in line.modifiers if each not in {"26", "TC"}]
        for told, own in (("26", ["26"]), ("TC", ["TC"]), ("global", [])):
            if set(own) != set(line.modifiers) & {"26", "TC"}:
                yield _Change("component", told, _modifiers([*own, *plain]))
    if line.date >= _TWO_FACTORS_FROM:
        told = "the amount by the other conversion factor"
        change = {PARTICIPANT: not known.participant}
        yield _Change("conversion_factor", told, change, PARTICIPANT)
    for locality in _of_same_state(line.locality, states):
        told = f"the amount in locality {locality}"
        yield _Change("locality", told, {LOCALITY: locality}, LOCALITY, locality)


def is_on_one_line(compared: PaymentComparison) -> bool:
    """Tell whether one payer line answers the lines of a group: of sides, or of single units."""
    return compared.level == "group" and len(compared.paid_lines) == 1


def alone(group: PaymentComparison, line: ExpectedLine) -> PaymentComparison:
    """Give a line of a group by itself: what answers the group is not its own."""
    return replace(group, lines=[line], level="line", paid_lines=())


def on_one_line(compared: PaymentComparison) -> Iterator[Variant]:
    """Price the lines of a group as the one that the payer makes of them, and as part of that.

    Decision: a part is one side where the lines are of both; of other lines it is fewer units.
    """
    line, paid = compared.lines[0], compared.paid_lines[0]
    as_billed = (paid.code, {*paid.modifiers}) == (line.code, {*line.modifiers})
    cause = "units" if as_billed else "recoded"
    code = " ".join(part for part in (paid.code, *paid.modifiers) if part)
    units = thousandths(paid.units)
    variant = Variant(
        *((line.row,), (line.row,), cause, cause),
        words=f"the amount of {code} as one line{f' of {_counted(units)}' if as_billed else ''}",
        change={
            "hcpcs_code": paid.code,
            **_modifiers(paid.modifiers),
            "units_thousandths": units,
            "charge_amount": sum(each.charge or 0 for each in compared.lines),
        },
        omitted=[each.row for each in compared.lines[1:]],
    )
    yield variant
    rule = bilateral.name
    without = replace(variant, cause=rule, kind="without", without=(rule,))
    if BOTH_SIDES in paid.modifiers:
        yield replace(without, words=f"the amount without the rule {rule}")
    elif SIDES.issubset(one for each in compared.lines for one in each.modifiers):
        if units == TWO_UNITS:
            change = {**variant.change, "units_thousandths": ONE_UNIT}
            yield replace(without, words=_ONE_SIDE, change=change)
    else:
        for fewer in range(ONE_UNIT, min(units, (_MOST_UNITS + 1) * ONE_UNIT), ONE_UNIT):
            change = {**variant.change, "units_thousandths": fewer}
            own = replace(variant, cause="units", kind="units", change=change)
            yield replace(own, words=_amount_of(fewer))


def _amount_of(units: int) -> str:
    return f"the amount of {_counted(units)}"


def _counted(units: int) -> str:
    """Write thousandths of units as units."""
    return f"{units / 1000:g} {'unit' if units == ONE_UNIT else 'units'}"


def _of_same_state(locality: str, states: Mapping[str, str]) -> list[str]:
    """Name the other localities of a line's state: over all a stray amount fits one."""
    if locality not in states:
        return []
    state = states[locality]
    return sorted(key for key, each in states.items() if each == state and key != locality)


def without_rules(compared: PaymentComparison, steps: Collection[str]) -> Iterator[Variant]:
    """Price a line again without each of some rules that left a step in its trail.

    Of two units that are both sides one is paid, too: that is what the line is without the rule.
    """
    line = compared.lines[0]
    rows = (line.row,)
    for rule in sorted(steps):
        words = f"the amount without the rule {rule}"
        variant = Variant(rows, rows, rule, "without", words, without=(rule,))
        yield variant
        if rule == bilateral.name and line.units == TWO_UNITS:
            yield replace(variant, words=_ONE_SIDE, change={"units_thousandths": ONE_UNIT})


def without_edits(
    compared: PaymentComparison, denying: Collection[str], edits: Collection[str]
) -> Iterator[Variant]:
    """Price a line again without the edit that denies it, nor any that would deny it then.

    An add-on beside the procedure that it is a part of is denied by its pair, and as an add-on.
    """
    line = compared.lines[0]
    if line.status == DENIED and len(denying) == 1:
        (rule,) = denying
        words = f"the amount without the rule {rule} and the other edits"
        yield Variant((line.row,), (line.row,), rule, "without", words, without=edits)


def by_coverage(compared: PaymentComparison, steps: Collection[str]) -> bool:
    """Tell whether a coverage policy denies a line: no other row would pay it."""
    return coverage.name in steps and compared.lines[0].status == DENIED


def _modifiers(modifiers: Sequence[str]) -> dict[str, object]:
    """Give the columns of some modifiers."""
    given = [*modifiers[: len(MODIFIERS)], *[None] * (len(MODIFIERS) - len(modifiers))]
    return dict(zip(MODIFIERS, given, strict=True))
