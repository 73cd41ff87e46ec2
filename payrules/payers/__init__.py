"""Payers: an ordered tuple of rules, each on the payer's terms."""

from payrules.payers.differences import Difference, differences
from payrules.payers.dollar_schedule import read_dollar_schedule
from payrules.payers.loading import load_payer
from payrules.payers.payer import MEDICARE, Payer, by_name

__all__ = [
    "MEDICARE",
    "Difference",
    "Payer",
    "by_name",
    "differences",
    "load_payer",
    "read_dollar_schedule",
]
