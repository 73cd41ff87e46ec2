"""A policy and the lines that it met."""

from typing import NamedTuple

import polars as pl

from payrules.coverage.lines import Lines
from payrules.coverage.policy import Policy


class Met(NamedTuple):
    """A policy, its place among those that apply, and masks of the lines it met.

    `within` are all lines of its days and contractors, whatever their code, `judged` those of its
    codes that nothing denied before.
    """

    lines: Lines
    policy: Policy
    number: int
    within: pl.Series
    judged: pl.Series
