"""The facility's sheets of a pack, which only a run with --facility has.

`tests/facility/test_books_recomputed.py` works them out anew, beside the rates that it needs.
"""

FACILITY = ("Facility", "Facility lines", "Facility steps")
