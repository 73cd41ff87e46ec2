"""What a line comes to with one rule more than ours: shares of what is expected, exact in cents."""

from collections.abc import Mapping
from dataclasses import dataclass

from payrules.variance.amounts import share
from payrules.variance.codes import OF_INDICATOR
from payrules.variance.expected import ExpectedLine

_ASSISTANTS = {"80": 1600, "81": 1600, "82": 1600, "AS": 1360}
_ORDER = (
    *("recoded", "units", "without", "with", "setting", "release", "conversion_factor"),
    *("locality", "component", "contract_rate", "lesser_of_charge", "sequestration"),
)


@dataclass(frozen=True)
class Candidate:
    """An amount, in cents, that a cause would come to; `kind` gives its place in the order."""

    cause: str
    kind: str
    amount: int
    words: str

    @property
    def place(self) -> int:
        """Its place among those that explain the same amount."""
        return _ORDER.index(self.kind)


def with_a_step_more(
    line: ExpectedLine, facts: Mapping[str, object], steps: set[str], parts: Mapping[str, int]
) -> list[Candidate]:
    """Give what the line comes to with a rule that its code and modifiers allow."""
    expected = line.allowed or 0
    if expected <= 0:
        return []
    shares: list[tuple[str, int]] = []
    modifiers = {*line.modifiers}
    indicator = str(facts.get("multiple_procedure_indicator") or "")
    if indicator in {"1", "2", "3"}:
        shares += [("multiple_procedure", 5000), ("multiple_procedure", 2500)]
    if facts.get("bilateral_indicator") in {"1", "3"} and (
        {"50", "RT", "LT"} & modifiers or line.units == 2000
    ):
        shares += [("bilateral", 15000), ("bilateral", 20000)]
    if "assistant_at_surgery" not in steps:
        shares += [
            ("assistant_at_surgery", _ASSISTANTS[m]) for m in sorted(modifiers & {*_ASSISTANTS})
        ]
    if "practitioner" not in steps:
        shares += [("practitioner", 8500), ("practitioner", 7500)]
    if "nonparticipating" not in steps:
        shares.append(("nonparticipating", 9500))
    if "62" in modifiers and "co_surgery" not in steps:
        shares.append(("co_surgery", 6250))
    found = [
        Candidate(cause, "with", share(expected, by, 10_000), f"{by / 100:g} % of what is expected")
        for cause, by in shares
    ]
    if indicator == "3" and isinstance(base := facts.get("base_amount"), int):
        words = "what is expected less the family's base code"
        found.append(Candidate("endoscopy", "with", expected - base, words))
    found += [
        Candidate(OF_INDICATOR[indicator], "with", amount, words)
        for amount, words in _of_parts(indicator, line, expected, parts)
    ]
    reduced = facts.get("therapy_reduced_amount")
    if indicator == "5" and isinstance(reduced, int):
        amount = share(reduced, line.units, 1000)
        found.append(Candidate("therapy", "with", amount, "reduced on every unit"))
    return found


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
