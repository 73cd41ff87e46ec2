"""Fees: the amount of one unit, by relative values or in dollars; releases compared."""
