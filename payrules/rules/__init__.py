"""Payment rules, one a file: file, function, name in the report and test share one name.

The order in which Medicare applies them stands in `payrules/payers/medicare.py`.
"""
