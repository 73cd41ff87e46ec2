"""Tells of a batch's lines whose they are: by whose terms they may be priced, and who said so.

Decisions, since the guide is silent:

* A claim may say itself that it is Medicare's: by its filing indicator (SBR09 MB), or by the number
  of a contractor of ours as its payer's, of its name or its further one (REF*2U). Then Medicare's
  terms are its own though its payer was not given, and those of another kind of plan are not,
  though they alone were given.
* Whatever its claim says, a line of a payer that was given by name is that one's.
* Terms of no kind of plan, and examples, are held against Medicare's claims as they were meant to
  be.
* Else, where a plan's terms alone were given, and the batch names one payer alone, these are its.
"""

import polars as pl

from payrules.claims import Batch
from payrules.frozen import frozen
from payrules.locality import NATIONAL
from payrules.runs.setup import Setup, payers_named
from payrules.variance.terms import ADVANTAGE, is_apart_from_medicare, is_medicare

#: How a claim says that it is for Medicare Part B (SBR09).
_PART_B = "MB"


@frozen
class Whose:
    """What a batch and a run say of whose each line is.

    `named` is the payer that it names, as `Setup.every_payer` has it; `is_given` tells whether that
    one was given. `terms_given` tells whether
    its payer's own terms price it, `is_told` whether anyone said who that is: the run, or the claim
    itself. `not_given` are lines that name a payer that was not given, and do not say that they are
    Medicare's, where Medicare's terms price them.
    """

    named: pl.Series
    is_given: pl.Series
    terms_given: pl.Series
    is_told: pl.Series
    not_given: pl.Series


def whose(batch: Batch, setup: Setup) -> Whose:
    """Tell of a batch's lines whose they are."""
    named = payers_named(batch.lines)
    is_given = named.is_in([*setup.every_payer]).fill_null(value=False)
    is_named, medicares = named.is_not_null(), _says_medicare(batch, named, setup)
    told = ~is_named | is_given
    if is_medicare(setup.payer):
        told |= medicares
    else:
        if len(setup.every_payer) == 1 and named.n_unique() == 1:
            told |= is_named
        if is_apart_from_medicare(setup.payer, is_named=False):
            told &= ~medicares | is_given
    not_given = is_named & ~is_given
    return Whose(
        named,
        is_given,
        terms_given=told,
        is_told=is_named | medicares | setup.payer_given,
        not_given=not_given & ~medicares if is_medicare(setup.payer) else not_given,
    )


def _says_medicare(batch: Batch, named: pl.Series, setup: Setup) -> pl.Series:
    """Tell of the batch's lines whether their claims say that they are for Medicare.

    A plan of Medicare Advantage is sent claims filed as MB all the same.
    """
    numbers = [*contractors(setup)]
    of_number = named.is_in(numbers).fill_null(value=False)
    of_number |= carried(batch, "further_payer_id").is_in(numbers).fill_null(value=False)
    if setup.payer.plan == ADVANTAGE:
        return of_number
    filed = carried(batch, "claim_filing_indicator_code")
    return of_number | (filed == _PART_B).fill_null(value=False)


def contractors(setup: Setup) -> frozenset[str]:
    """Give the numbers of Medicare's contractors: those of its localities."""
    return frozenset(
        key.partition("-")[0] for key in setup.schedules.localities() if key != NATIONAL
    )


def carried(batch: Batch, name: str) -> pl.Series:
    """Give a column that was carried through; nulls where there is none."""
    if name not in batch.carried.columns:
        return pl.Series(name, [None], pl.String).new_from_index(0, batch.lines.height)
    return batch.carried[name].cast(pl.String)
