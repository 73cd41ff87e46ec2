"""Taken twice: a rate below all of Medicare for whom, or what, Medicare already pays a share.

"85 percent for physician assistants" written as a percentage of Medicare pays 85 of Medicare's 85
percent. The file may mean it, so that it is priced as it stands and said.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from payrules.dated import Dated
from payrules.engine.modifier_share import NO_SHARES, SHARED
from payrules.engine.rate_list import NO_RATES, Rates
from payrules.engine.rates import Rate
from payrules.engine.rule import Rule
from payrules.rules.contract_rate import contract_rate
from payrules.rules.practitioner import practitioner


def taken_twice(rules: Sequence[Rule]) -> Iterator[str]:
    """Say which rates are a percentage of a share, and what both make."""
    terms = {each.name: {**each.defaults, **each.terms} for each in rules}
    rates: Rates = terms.get(contract_rate.name, {}).get("rates", NO_RATES)
    shares: Mapping[str, Dated] = terms.get(practitioner.name, {}).get("shares", {})
    own = terms.get("modifier", {}).get("share", NO_SHARES)
    for rate in rates.each:
        percent = _below_all(rate)
        if percent is None:
            continue
        last = {
            kind: shares[kind].values[-1][1] for kind in rate.practitioner_type if kind in shares
        }
        of_whom = [(kind, share) for kind, share in last.items() if share < 1]
        for kind, share in of_whom[:1]:
            yield (
                f"{rate.name} pays {_percent(percent)} of what Medicare's terms pay a {kind}, which"
                f" is {_percent(share)} of the physician's already: {_percent(percent * share)} in"
                " all. Where the contract means a percentage of the physician's, write it as"
                " [terms.practitioner.shares]."
            )
        of_what = [each for each in rate.modifiers if each in SHARED and each not in {"22", "63"}]
        if of_what and not any({*each.modifiers} & {*of_what} for each in own.shares):
            yield (
                f"{rate.name} pays {_percent(percent)} of what Medicare's terms leave of a line"
                f" with {' '.join(of_what)}, not of the whole service. Where the contract means a"
                " share of the whole, write it as [[terms.modifier.share]]."
            )


def _below_all(rate: Rate) -> Decimal | None:
    """Give a percentage of Medicare of less than all; of several by day the last."""
    if rate.pays != "percent_of_medicare" or rate.value is None:
        return None
    last = rate.value.values[-1][1]
    return last if last < 1 else None


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"
