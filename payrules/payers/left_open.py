"""Left open: what a payer's files do not say of who pays, in sentences for readers of amounts."""

from collections.abc import Iterator, Mapping

from payrules.payers.payer import Payer
from payrules.payers.vocabulary import PLANS

#: The totals of a run that tell what a rule took.
TAKEN = {
    "coinsurance": "coinsurance_amount",
    "deductible": "deductible_amount",
    "sequestration": "sequestration_amount",
}


def sentences(payer: Payer, totals: Mapping[str, str]) -> Iterator[str]:
    """Say what a payer takes over from Medicare unsaid, and what its kind of plan leaves open.

    `totals` are dollars as text by name, where they are all of this payer.
    """
    if payer.taken_over:
        taken = ", ".join(_with_amount(name, totals) for name in payer.taken_over)
        are = "is" if len(payer.taken_over) == 1 else "are"
        yield (
            f"{payer.name}'s file says no plan, so {taken} {are} taken over from Medicare. Write"
            f' which it is, such as plan = "commercial" ({", ".join(PLANS)}).'
        )
    if payer.plan not in {None, "medicare"} and not payer.has_rate:
        yield (
            f"{payer.name} names no rate, so its dollars are Medicare's. Begin a file of yours from"
            f" it (base) and give percent_of_medicare or [fee_schedule]."
        )
    if payer.leaves_codes_at_medicare_s:
        yield (
            f"{payer.name} pays lines that none of its rates fits as Medicare does, at 100 percent."
            " A last [[rate]] that nothing narrows, such as percent_of_medicare = 100, says what"
            " these are paid."
        )
    for rule, said in payer.left_open.items():
        yield f"{payer.name}: {said}. [terms.{rule}] in its file says otherwise."


def _with_amount(name: str, totals: Mapping[str, str]) -> str:
    label, amount = name.replace("_", " "), totals.get(TAKEN.get(name, ""))
    return f"{label} ({amount})" if amount else label
