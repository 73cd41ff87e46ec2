"""What the reading of an X12 file gives: rows, rejects, claims, checks that failed, and notes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

#: A row of a claim line: number of the claim in the file, position of the SV1, then the columns.
Row = tuple[Any, ...]


class Reject(NamedTuple):
    """A line, a claim without lines or a transaction set that was not read, and why."""

    row: int
    column: str
    value: str | None
    reason: str
    claim: int | None
    claim_line_number: int | None
    is_line: bool = True


class FailedCheck(NamedTuple):
    """A check that failed: of what, at which segment, what the file says, and what is there."""

    what: str
    position: int
    said: str
    is_there: str

    def words(self) -> str:
        """Say it in one sentence."""
        what = of_check(self.what)
        return (
            f"{what[0].upper()}{what[1:]} (segment {self.position:,}) says {self.said};"
            f" there is {self.is_there}."
        )


def of_check(what: str) -> str:
    """Say in words of what a check is; an element is told as it is."""
    return {"claim_charge": "the claim's charge"}.get(what, what)


@dataclass(slots=True)
class ClaimRecord:
    """What tells how a claim stands to the others of a run.

    `same` is equal for claims with the same person, dates, codes and charges.
    """

    position: int
    number: str | None
    frequency: str
    responsibility: str
    filing: str | None
    payer_number: str | None
    person: str | None
    same: int
    cut: bool = False


@dataclass
class X12File:
    """What one file gave; `blocks` are its rows as they were packed, in order."""

    name: str
    sha256: str = ""
    blocks: list[Any] = field(default_factory=list)
    claims: list[ClaimRecord] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    checks: list[FailedCheck] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    unknown: Mapping[str, int] = field(default_factory=dict)
    service_lines: int = 0
    segments: int = 0
    sets: Counter[str] = field(default_factory=Counter)
    latin_1: bool = False
    is_test: bool = False
    truncated: bool = False
    #: Claims of which no record is kept any more.
    let_go: int = 0

    @property
    def claims_read(self) -> int:
        """How many claims were read."""
        return self.let_go + len(self.claims)

    def let_claims_go(self) -> None:
        """Keep of the claims how many they are: once all are settled nobody asks for more."""
        self.let_go += len(self.claims)
        self.claims.clear()

    def cut(self, number: int) -> None:
        """Take in that a claim may lack lines."""
        self.claims[number].cut = True
