"""Rates and limits of a contract, as a scenario's sentences write them: "60 % of the charge"."""

from decimal import Decimal
from pathlib import Path

from payrules.payers.rate_form import LimitEntry, RateEntry
from payrules.scenarios.term_words import value_words

_OF_SESSION = ("flat_rate", "case_rate")


def limit_words(limit: LimitEntry) -> str:
    """Say what a floor or ceiling is: "80 % of the charge"."""
    if limit.schedule is not None:
        return f"the dollars of {Path(limit.schedule).name}"
    return _shares_or_dollars(limit)


def rate_words(rate: RateEntry) -> str:
    """Say what a rate pays, and its limits: "60 % of the charge, not over $310.25 a unit"."""
    said = [_shares_or_dollars(rate)]
    if rate.conversion_factor is not None:
        said = [f"a conversion factor of {value_words(rate.conversion_factor, str)}"]
    for name in _OF_SESSION:
        if (amounts := getattr(rate, name)) is not None:
            said = [f"{value_words(amounts, _dollars)} for the session"]
    if rate.escalator is not None:
        said.append(f"times {value_words(rate.escalator, str)}")
    for words, limit in (("not under", rate.not_under), ("not over", rate.not_over)):
        if limit is not None:
            said.append(f"{words} {limit_words(limit)}")
    return ", ".join(said)


def _shares_or_dollars(said: LimitEntry | RateEntry) -> str:
    if said.percent_of_medicare is not None:
        return f"{value_words(said.percent_of_medicare)} of Medicare"
    if said.percent_of_charge is not None:
        return f"{value_words(said.percent_of_charge)} of the charge"
    return f"{value_words(said.amount, _dollars)} a unit"


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}"
