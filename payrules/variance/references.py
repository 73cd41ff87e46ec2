"""Which claim the reference of a provider adjustment (PLB) names: it may hold more than a number.

A payer may put the member's number behind the claim's, and Medicare does: in places of their own,
filled up with blanks. [X12's answer 2370; CMS Pub. 100-04, ch. 22] Decisions, where the guide is
silent:

* A reference that is the number of exactly one claim read, ours (CLP01) or the payer's (CLP07),
  names that.
* Else one that is such a number and the number of that claim's member, whatever stands between.
* Else its words do, as blanks and `, ; / |` divide them, where all that are numbers are of one
  claim. A word without a digit, and a short one of digits alone, may be anything: a name, a year.
* The beginning of a longer word is never a number.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

import polars as pl

from payrules.frozen import frozen
from payrules.variance.held import Held

_BETWEEN_WORDS = re.compile(r"[\s,;/|]+")
_BEFORE_MEMBER = " ,;/|-:"
#: A number of fewer digits may be a year or a count.
_LEAST_DIGITS = 6
_PERSONS = ("person_id", "corrected_person_id")


@frozen
class Named:
    """A claim named: by its number (CLP01), and by which of its numbers that was."""

    claim_id: str
    number: str


def claims_named(tables: Held, references: Iterable[str | None]) -> dict[str, Named]:
    """Give of references the claims read that they name; those that name none are not there."""
    asked = {each for each in references if each}
    # Few claims are referred to: of the others nothing is kept.
    numbers = {each for reference in asked for each in _may_be(reference)}
    wanted = pl.Series(sorted(numbers), dtype=pl.String).implode()
    claims = tables.used("payer_claims").filter(
        pl.any_horizontal(
            pl.col(name).is_in(wanted) for name in ("claim_id", "payer_claim_control_number")
        )
    )
    of_number: dict[str, set[str]] = defaultdict(set)
    persons: dict[str, set[str]] = defaultdict(set)
    names = ("claim_id", "payer_claim_control_number", *_PERSONS)
    for claim_id, control, *of_person in claims.select(names).rows():
        for number in {claim_id, control} - {None} if claim_id is not None else ():
            of_number[number].add(claim_id)
            persons[number].update(each for each in of_person if each)
    found = {each: _named(each, of_number, persons) for each in asked}
    return {reference: named for reference, named in found.items() if named is not None}


def _may_be(reference: str) -> set[str]:
    """Give all of a reference that may be a claim's number: it, its beginnings and its words."""
    return {reference, *_beginnings(reference), *_words(reference)} - {""}


def _beginnings(reference: str) -> set[str]:
    """Give what a reference may begin with, if it is a number and a member's behind it."""
    return {reference[:end].rstrip(_BEFORE_MEMBER) for end in range(1, len(reference))}


def _words(reference: str) -> list[str]:
    words = _BETWEEN_WORDS.split(reference)
    return [each for each in words if _is_number(each)]


def _is_number(word: str) -> bool:
    has_digit = any(sign.isdigit() for sign in word)
    return has_digit and not (word.isdigit() and len(word) < _LEAST_DIGITS)


def _named(
    reference: str, of_number: Mapping[str, Collection[str]], persons: Mapping[str, Collection[str]]
) -> Named | None:
    """Give the claim that a reference names: the first way that finds any, if it finds one."""
    before_member = [
        number
        for number in sorted(_beginnings(reference))
        if reference.removeprefix(number).lstrip(_BEFORE_MEMBER) in persons.get(number, ())
    ]
    ways: tuple[list[str], ...] = ([reference], before_member, _words(reference))
    for numbers in ways:
        known = [each for each in numbers if each in of_number]
        claims = {claim for each in known for claim in of_number[each]}
        if known:
            return Named(claims.pop(), known[0]) if len(claims) == 1 else None
    return None
