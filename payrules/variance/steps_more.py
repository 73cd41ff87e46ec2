"""What a line comes to with one rule more than ours: shares of what is expected, exact in cents."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date as Date  # noqa: N812

from payrules.frozen import frozen
from payrules.money import WHOLE
from payrules.rules.equipment import COMPUTED_RADIOGRAPHY, FILM, OLD_CT
from payrules.variance.amounts import payer_amounts, share
from payrules.variance.codes import OF_INDICATOR
from payrules.variance.comparison import PaymentComparison
from payrules.variance.expected import ExpectedLine
from payrules.variance.paid import thousandths

_ASSISTANTS = {"80": 1600, "81": 1600, "82": 1600, "AS": 1360}
_ORDER = (
    *("recoded", "units", "without", "with", "setting", "release", "conversion_factor"),
    *("locality", "component", "contract_rate", "lesser_of_charge", "sequestration"),
)
#: Rules that pay one unit of a line otherwise than the next.
_UNLIKE_UNITS = frozenset((*OF_INDICATOR.values(), "bilateral"))
#: Of what there may be several that come to an amount, and how they are told; so many are named.
_NAMED = {"locality": "in each of the localities", "release": "of each of the releases"}
MOST_NAMED = 5


@frozen
class Candidate:
    """An amount, in cents, that a cause would come to; `kind` gives its place in the order.

    `name` is that of the locality or release that it is the amount of; `names` are so many.
    """

    cause: str
    kind: str
    amount: int
    words: str
    name: str = ""
    names: int = 1

    @property
    def place(self) -> int:
        """Its place among those that explain the same amount."""
        return _ORDER.index(self.kind)


def allowed_by_payer(compared: PaymentComparison) -> int:
    """Give what the payer allowed; 0 where it says nothing."""
    return 0 if compared.payer is None else compared.payer.allowed


def explains(compared: PaymentComparison, amount: int) -> bool:
    """Tell whether an amount is what the payer allowed, and not what was expected anyway."""
    allowed = allowed_by_payer(compared)
    expected, tolerance = compared.expected_allowed or 0, compared.tolerance
    return abs(amount - allowed) <= tolerance < abs(amount - expected)


def is_paid_unlike(compared: PaymentComparison, steps: Collection[str]) -> bool:
    """Tell whether several payer lines answer the units of a line, that are alike, otherwise each.

    Then no share of the whole explains what they come to: none of them shows it. `steps` are the
    rules in the line's trail, some of which pay one unit otherwise than the next.
    """
    if len(compared.paid_lines) < 2 or not _UNLIKE_UNITS.isdisjoint(steps):
        return False
    parts = [
        (thousandths(each.units), payer_amounts([each], compared.lines).allowed)
        for each in compared.paid_lines
    ]
    units, whole = compared.lines[0].units, sum(allowed for _, allowed in parts)
    is_of_units = sum(own for own, _ in parts) == units
    return is_of_units and any(
        abs(allowed * units - whole * own) > compared.tolerance * units for own, allowed in parts
    )


def named_together(found: Sequence[Candidate], allowed: int) -> list[Candidate]:
    """Put the localities that explain an amount into one candidate, and so the releases.

    The nearest come first: one named alone would be accused for the others.
    """
    together = [each for each in found if not each.name]
    for kind, told in _NAMED.items():
        of_kind = [each for each in found if each.name and each.kind == kind]
        nearest = sorted(of_kind, key=lambda each: abs(each.amount - allowed))
        names = [*dict.fromkeys(each.name for each in nearest)]
        if len(names) > 1:
            words = f"the amount {told} {_listed(names)}"
            together.append(replace(nearest[0], words=words, names=len(names)))
        else:
            together += nearest
    return together


def _listed(names: Sequence[str]) -> str:
    """Name some, at most so many, and count the rest."""
    more = len(names) - MOST_NAMED
    shown = [*names[:MOST_NAMED], f"{more} more"] if more > 0 else [*names]
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def with_a_step_more(
    line: ExpectedLine,
    facts: Mapping[str, object],
    taken: Mapping[str, int | None],
    parts: Mapping[str, int],
) -> Iterator[tuple[str, int, str]]:
    """Give what the line comes to with a rule that its code and modifiers allow: cause, cents, how.

    `taken` are the rules in its trail with its amount without each: a share that the payer may have
    taken in place of ours is of that amount. `parts` are the amounts of 26 and TC.
    """
    expected = line.allowed or 0
    if expected <= 0:
        return
    indicator = str(facts.get("multiple_procedure_indicator") or "")
    yield from _of_shares(line, facts, taken, indicator)
    yield from _of_equipment(line, taken, parts)
    if indicator == "3" and isinstance(base := facts.get("base_amount"), int):
        yield "endoscopy", expected - base, "what is expected less the family's base code"
    for amount, words in _of_parts(indicator, line, expected, parts):
        yield OF_INDICATOR[indicator], amount, words
    reduced, cap = facts.get("therapy_reduced_amount"), facts.get("cap_amount")
    if indicator == "5" and isinstance(reduced, int):
        yield "therapy", share(reduced, line.units, 1000), "reduced on every unit"
    if "imaging_cap" not in taken and isinstance(cap, int):
        amount = share(cap, line.units, 1000)
        if 0 < amount < expected:
            yield "imaging_cap", amount, "the hospital outpatient cap"


def _of_shares(
    line: ExpectedLine,
    facts: Mapping[str, object],
    taken: Mapping[str, int | None],
    indicator: str,
) -> Iterator[tuple[str, int, str]]:
    """Give each share, in ten-thousandths, that a rule may take of a line, and what it comes to."""
    modifiers = {*line.modifiers}
    shares: list[tuple[str, int]] = []
    if indicator in {"1", "2", "3"}:
        shares += [("multiple_procedure", 5000), ("multiple_procedure", 2500)]
    if facts.get("bilateral_indicator") in {"1", "3"} and (
        {"50", "RT", "LT"} & modifiers or line.units == 2000
    ):
        shares += [("bilateral", 10000), ("bilateral", 15000), ("bilateral", 20000)]
    shares += [
        ("assistant_at_surgery", each)
        for each in sorted({*_ASSISTANTS.values()})
        if modifiers & {*_ASSISTANTS}
    ]
    shares += [("practitioner", 8500), ("practitioner", 7500), ("nonparticipating", 9500)]
    if "62" in modifiers:
        shares.append(("co_surgery", 6250))
    before, during, after = (
        each if isinstance(each := facts.get(f"{name}operative"), int) else 0
        for name in ("pre", "intra", "post")
    )
    if "54" in modifiers:
        shares += [("split_care", (before + during) * 100), ("split_care", during * 100)]
    if "55" in modifiers:
        shares.append(("split_care", after * 100))
    if "78" in modifiers:
        shares.append(("return_to_operating_room", during * 100))
    expected = line.allowed or 0
    for cause, by in shares:
        if not by:
            continue
        whole = taken.get(cause)
        if cause == "multiple_procedure" or cause not in taken:
            yield cause, share(expected, by, 10_000), f"{by / 100:g} % of what is expected"
        if whole is not None:
            words = f"{by / 100:g} % of the amount without the rule {cause}"
            yield cause, share(whole, by, 10_000), words


def _of_equipment(
    line: ExpectedLine, taken: Mapping[str, int | None], parts: Mapping[str, int]
) -> Iterator[tuple[str, int, str]]:
    """Give what a test comes to with its technical part reduced for the equipment billed."""
    factors = {"CT": OLD_CT, "FX": FILM, "FY": COMPUTED_RADIOGRAPHY}
    for modifier in sorted({*line.modifiers} & {*factors}):
        factor = factors[modifier].at(Date.fromisoformat(line.date))
        if factor is None or "equipment" in taken:
            continue
        by, of_professional = int(factor * WHOLE), parts.get("26")
        words = f"the technical part at {by / 100:g} %"
        if "TC" in line.modifiers:
            yield "equipment", share(line.allowed or 0, by, WHOLE), words
        elif of_professional is not None and "TC" in parts:
            yield "equipment", of_professional + share(parts["TC"], by, WHOLE), words


def _of_parts(
    indicator: str, line: ExpectedLine, expected: int, parts: Mapping[str, int]
) -> list[tuple[int, str]]:
    """Give what a diagnostic service comes to with its parts reduced as for a second one."""
    technical, professional = {
        "4": (5000, 9500),
        "6": (7500, 10_000),
        "7": (8000, 10_000),
    }.get(indicator, (0, 0))
    if not technical:
        return []
    if "TC" in line.modifiers:
        return [(share(expected, technical, 10_000), f"{technical / 100:g} % of what is expected")]
    if "26" in line.modifiers:
        by = professional
        return [(share(expected, by, 10_000), f"{by / 100:g} % of what is expected")]
    if "TC" not in parts or "26" not in parts:
        return []
    whole, reduced = parts["26"], share(parts["TC"], technical, 10_000)
    of_professional = share(whole, professional, 10_000)
    return [
        (whole + reduced, "the technical part reduced"),
        (of_professional + reduced, "both parts reduced"),
        (of_professional + parts["TC"], "the professional part reduced"),
    ]
