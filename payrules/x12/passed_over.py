"""Segments that an 837P may hold and that say nothing for the price, and those it does not know."""

import re
from collections import Counter
from collections.abc import Mapping

#: Segments of an 837P that say nothing for the price: passed over without a word.
PASSED_OVER = frozenset(
    (
        *("CR1", "CR2", "CR3", "CRC", "CUR", "DSB", "FRM", "HCP", "K3", "LQ", "MEA", "MIA"),
        *("MOA", "N2", "N3", "NTE", "OI", "PER", "PS1", "QTY", "SV4", "SV5", "TA1", "UR"),
    )
)
#: A terminator within a name makes an id of the rest of it: what stands behind these is not told.
OF_PERSONS = frozenset(("NM1", "N2", "N3", "N4", "DMG", "PAT", "PER", "REF"))
NOT_SHOWN = "(not shown)"
_AN_ID = re.compile("[A-Z][A-Z0-9]{1,3}")


def known_ids(counted: Mapping[str, int]) -> dict[str, int]:
    """Give how often each id stood that no 837P has; what is no id is not written out."""
    found: Counter[str] = Counter()
    for each, times in counted.items():
        found[each if _AN_ID.fullmatch(each) else NOT_SHOWN] += times
    return dict(sorted(found.items()))
