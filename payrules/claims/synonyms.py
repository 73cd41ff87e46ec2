"""What other systems call the columns of claims: known synonyms, and headings that ask a question.

The words are data, in `synonyms.toml` beside this file, with the public pages they were read on.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from payrules.claims.columns import KNOWN, MODIFIERS, is_one_slip
from payrules.errors import ClaimsError
from payrules.files.toml import read_toml
from payrules.nearest import misspelt

_DATA = Path(__file__).with_name("synonyms.toml")
#: As many diagnoses as a professional claim holds (CMS-1500, item 21).
_MOST_DIAGNOSES = 12
#: Words of a heading: letters that belong together, digits, or the sign for "number".
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+|#|[^\W\d_]+")
#: Shorter headings are like another by chance; and shorter ones still are one letter from another.
_SHORTEST_ALIKE, _SHORTEST_SLIP = 8, 5


class Meaning(NamedTuple):
    """What a heading is read as: a column of ours, and whether first (1) or for want of it (2)."""

    ours: str
    rank: int


def key_of(heading: str) -> str:
    """Give what is compared of a heading: its words written out, without blanks and signs."""
    words = _data()["words"]
    found = [word.lower() for word in _WORD.findall(heading)]
    return "".join(words.get(word, word) for word in found)


def meaning_of(heading: str) -> Meaning | None:
    """Say which column a heading is known to name, our own names written otherwise included."""
    return _meanings().get(key_of(heading))


def asks(heading: str, absent: Iterable[str]) -> str | None:
    """Give the column, of those not there, that a heading may name or may not; None for none."""
    key = key_of(heading)
    absent = set(absent)
    if _questions().get(key) in absent:
        return _questions()[key]
    names = {
        known: ours
        for known, (ours, _) in _meanings().items()
        if ours in absent and len(known) >= _SHORTEST_SLIP
    }
    long_ones = [known for known in names if len(known) >= _SHORTEST_ALIKE]
    meant = misspelt(key, long_ones) if len(key) >= _SHORTEST_ALIKE else None
    meant = meant or next((known for known in names if is_one_slip(key, known)), None)
    return names.get(meant or "")


def systems() -> list[Mapping[str, Any]]:
    """List the practice systems: name, page, and the headings that were read on it."""
    return list(_data()["system"])


@cache
def _data() -> dict[str, Any]:
    return read_toml(_DATA, "list of synonyms", ClaimsError).written


@cache
def _meanings() -> dict[str, Meaning]:
    """Map what is compared of each heading to its meaning; our own names come first."""
    found: dict[str, Meaning] = {}
    for pattern, ranks in _data()["headings"].items():
        for rank, listed in enumerate(ranks, 1):
            for heading in listed:
                for ours, written in _numbered(pattern, heading):
                    found.setdefault(key_of(written), Meaning(ours, rank))
    names = [*KNOWN, *(f"diagnosis_code_{n}" for n in range(1, _MOST_DIAGNOSES + 1))]
    return found | {key_of(name): Meaning(name, 1) for name in names}


@cache
def _questions() -> dict[str, str]:
    return {
        key_of(heading): ours
        for ours, headings in _data()["questions"].items()
        for heading in headings
    }


def _numbered(pattern: str, heading: str) -> Iterator[tuple[str, str]]:
    if "{n}" not in pattern:
        yield pattern, heading
        return
    most = len(MODIFIERS) if "modifier" in pattern else _MOST_DIAGNOSES
    for number in map(str, range(1, most + 1)):
        yield pattern.replace("{n}", number), heading.replace("{n}", number)
