"""Runs: a batch of claim lines is read, priced by its payers' rules, and given back with a record.

`estimate` prices a batch at once; `results` is what comes back, in dollars, and its files.
"""
