"""What the plain reader of 837P files cuts a file into, and what it says of it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Segment:
    """A segment's position and elements."""

    position: int
    elements: list[str]
    component: str

    @property
    def id(self) -> str:
        return self.elements[0]

    def __getitem__(self, place: int) -> str:
        return self.elements[place] if place < len(self.elements) else ""

    def parts(self, place: int) -> list[str]:
        return self[place].split(self.component)

    def part(self, place: int, number: int) -> str:
        parts = self.parts(place)
        return parts[number - 1] if number <= len(parts) else ""


@dataclass
class Loop:
    """Segments without those of loops within, and the loops within by kind."""

    segments: list[Segment] = field(default_factory=list)
    parties: list[tuple[str, Segment, list[Segment]]] = field(default_factory=list)
    loops: dict[str, list["Loop"]] = field(default_factory=dict)

    def add(self, segment: Segment) -> None:
        self.segments.append(segment)
        if segment.id == "NM1":
            self.parties.append((segment[1], segment, []))
        elif self.parties:
            self.parties[-1][2].append(segment)

    def last(self, id_: str, first: str | None = None) -> Segment | None:
        found = [s for s in self.segments if s.id == id_ and first in (None, s[1])]
        return found[-1] if found else None

    def party(self, code: str) -> tuple[Segment, list[Segment]] | None:
        return next(((nm1, rest) for kind, nm1, rest in self.parties if kind == code), None)


@dataclass
class Answer:
    """What one file gives."""

    name: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[tuple[int, str, int | None]] = field(default_factory=list)
    superseded: list[tuple[int, str]] = field(default_factory=list)
    checks: list[tuple[str, int]] = field(default_factory=list)
    truncated: bool = False
    unknown: Counter[str] = field(default_factory=Counter)
    service_lines: int = 0
    sets: int = 0


@dataclass
class Judged:
    """A claim and its lines, before the other claims of the run are looked at."""

    answer: Answer
    position: int
    number: str
    person: str | None
    frequency: str
    primary: bool
    medicare_second: bool
    same: tuple[Any, ...]
    rows: list[dict[str, Any]]
    cut: bool = False
    fate: str = "priced"
