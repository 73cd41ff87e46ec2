"""Payers: an ordered tuple of rules, each on the payer's terms."""

from payrules.payers.differences import Difference, differences
from payrules.payers.dollar_schedule import read_dollar_schedule
from payrules.payers.inheritance import presets
from payrules.payers.payer import MEDICARE, Payer, by_name
from payrules.payers.payer_file import load_payer
from payrules.payers.portrait import Portrait, known_payers, portrait

__all__ = [
    "MEDICARE",
    "Difference",
    "Payer",
    "Portrait",
    "by_name",
    "differences",
    "known_payers",
    "load_payer",
    "portrait",
    "presets",
    "read_dollar_schedule",
]
