"""Who may decide a payer claim, and by which of its businesses: one word of a column for both."""

from typing import NamedTuple

import polars as pl

from payrules.payers.vocabulary import PLANS
from payrules.variance.insurers import INSURERS

#: Medicare; Medicare for all that a kind or a name says; perhaps Medicare, by a contractor's name.
MEDICARES, FILED, PERHAPS = "medicare", "filed as medicare", "perhaps medicare"
#: Another payer; one that is told by its name or its number, beside the insurers that are.
ANOTHERS, NAMED = "another", "named otherwise"
#: A payer nobody knows; and where nothing says anything.
UNKNOWN, UNTOLD = "unknown", "untold"
OTHERS = (*(each.name for each in INSURERS), NAMED, ANOTHERS)
#: What a payer that is not Medicare may pay for: as one of the kinds of plan, or as none of them.
VETERANS, LIABILITY = "veterans", "liability"
_BUSINESSES = ("", *PLANS, VETERANS, LIABILITY)
_AND = ": "


class Decider(NamedTuple):
    """Who decides a payer claim, and by which of its businesses, where that is told."""

    who: str
    business: str = ""

    @classmethod
    def of(cls, word: str) -> "Decider":
        """Read one from its word."""
        who, _, business = word.partition(_AND)
        return cls(who, business)

    @property
    def word(self) -> str:
        """The one word for both."""
        return _AND.join(part for part in self if part)

    @property
    def is_insurer(self) -> bool:
        """Whether it is an insurer or programme that is told by its name or number."""
        return self.who in OTHERS and self.who != ANOTHERS


DECIDED_BY = pl.Enum(
    [
        *(Decider(who).word for who in (MEDICARES, FILED, PERHAPS, UNKNOWN, UNTOLD)),
        *(Decider(who, business).word for who in OTHERS for business in _BUSINESSES),
    ]
)


def in_words(who: pl.Expr, business: pl.Expr) -> pl.Expr:
    """Give deciders in a column as `DECIDED_BY` has them; of `business` nothing is null."""
    is_told = pl.when(business != "").then(pl.concat_str(pl.lit(_AND), business))
    return pl.concat_str(who, is_told, ignore_nulls=True).cast(DECIDED_BY)
