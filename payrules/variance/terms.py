"""What of a payer's terms a comparison needs: whether it is Medicare, and what it withholds."""

from datetime import date as Date  # noqa: N812 - a day is what a date of service is called

from payrules.dated import Dated
from payrules.money import WHOLE
from payrules.payers import Payer

MEDICARE = "medicare"
#: The plan of those who pay in place of Medicare.
ADVANTAGE = "medicare_advantage"
_WORKERS = "workers_compensation"


def is_medicare(payer: Payer) -> bool:
    """Tell whether a payer is Medicare itself, not one that pays a percentage of it."""
    return payer.name == MEDICARE


def is_apart_from_medicare(payer: Payer, *, is_named: bool) -> bool:
    """Tell whether a payer's terms are not to be held against what is Medicare's.

    They are a plan's where a file says its kind, and where the batch names whose they are.
    Decision: terms of no kind of plan that no line names are of Medicare's own amounts, as are the
    examples that payrules brings: nobody's agreement, to be held against what Medicare paid.
    """
    return payer.plan != MEDICARE if is_named else kind_of_plan(payer, is_named=False) != ""


def kind_of_plan(payer: Payer, *, is_named: bool) -> str:
    """Give the kind of plan, not Medicare's, that a payer's terms are for; "" where none is said.

    Examples that no line names are nobody's agreement.
    """
    if payer.plan in {None, MEDICARE} or (payer.is_example and not is_named):
        return ""
    return payer.plan or ""


def leaves_patients_nothing(payer: Payer) -> bool:
    """Tell whether by law the patients of a payer owe nothing of what it allows: workers.

    [5 U.S.C. 8103; the states' acts] Unless its own file says that they do. Examples, which are
    nobody's agreement, are held against what any payer put to the patient.
    """
    takes_shares = any(rule.name == "coinsurance" for rule in payer.rules)
    return kind_of_plan(payer, is_named=False) == _WORKERS and not takes_shares


class Withheld:
    """What payers withhold on a day, in ten-thousandths, each looked up once."""

    def __init__(self) -> None:
        """Begin with nothing looked up."""
        self._found: dict[tuple[str, str], int] = {}

    def on(self, payer: Payer, date: str) -> int:
        """Give the rate: Medicare's, or that of a payer whose plan or own terms say so; else 0.

        Decision: a file that names its plan says whether sequestration is taken; one that names
        none takes the rule over without a word, and no cut is put into a payer's mouth for that.
        """
        key = payer.name, date
        if key not in self._found:
            self._found[key] = _rate(payer, date)
        return self._found[key]


def _rate(payer: Payer, date: str) -> int:
    rule = next((each for each in payer.rules if each.name == "sequestration"), None)
    if rule is None or not (is_medicare(payer) or payer.plan or rule.terms):
        return 0
    day = Date.fromisoformat(date)
    if rule.in_force is not None and not rule.in_force.at(day):
        return 0
    cut = rule.terms.get("cut", rule.defaults.get("cut"))
    rate = cut.at(day) if isinstance(cut, Dated) else None
    return int(rate * WHOLE) if rate is not None else 0
