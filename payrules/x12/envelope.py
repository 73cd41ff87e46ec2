"""The envelope of an X12 file: interchanges, groups and sets, of what kind, counted, cut short.

Everything is read whatever the counts say; a difference is a check that failed. Decision: a set
that ends without SE, wherever it stands, is as one that the end of the file cuts: its last claim
may lack lines, and is rejected. So is the last claim of an interchange without IEA.
"""

import re

from payrules.x12.facts_835 import RemittanceFile
from payrules.x12.found import FailedCheck, Reject, X12File
from payrules.x12.values import at

PROFESSIONAL = "837P"
REMITTANCE = "835"
#: GS08 → what the sets of the group are.
KINDS = {
    **dict.fromkeys(("005010X222", "005010X222A1", "005010X222A2"), PROFESSIONAL),
    **dict.fromkeys(("005010X221", "005010X221A1"), REMITTANCE),
}
#: ST01 of the sets of each kind.
_OF_KIND = {PROFESSIONAL: "837", REMITTANCE: "835"}
#: GS08 begins → what its sets are, in our words, for the reject.
_NOT_READ = {
    "005010X223": "837 institutional",
    "005010X224": "837 dental",
    "005010X222": "837 professional of another version than 005010X222A1",
    "005010X221": "835 remittance of another version than 005010X221A1",
    "004010X091": "835 remittance of version 4010",
    "004010X096": "837 institutional of version 4010",
    "004010X097": "837 dental of version 4010",
    "004010X098": "837 professional of version 4010",
}
#: Kind → what its sets are where the other kind is read, in our words.
_OF_OTHER = {PROFESSIONAL: "837 professional claims", REMITTANCE: "835 remittance"}
_SET = re.compile("[0-9]{3}")
_NUMBER = re.compile("[A-Za-z0-9]{1,9}")


class Envelope:
    """Where a reader is between ISA and IEA; `reading` tells whether the set is of its kind.

    `refused` is the reject of a set that is not.
    """

    SEGMENTS = frozenset(("ISA", "GS", "ST", "SE", "GE", "IEA"))

    def __init__(self, found: X12File | RemittanceFile, kind: str = PROFESSIONAL) -> None:
        """Tell `found` what of an envelope does not agree; sets of `kind` are read."""
        self._found, self._kind = found, kind
        self.reading = False
        self.refused: Reject | None = None
        self._interchange: list[str] | None = None
        self._group: list[str] | None = None
        self._set: list[str] | None = None
        self._groups = self._sets = self._began = 0
        self._last_of_set: int | None = None
        self._last: int | None = None

    def see(self, kind: str, elements: list[str], position: int) -> None:
        """Take in a segment of the envelope."""
        if kind != "SE" and self._set is not None:
            self._cut(self._last_of_set)
            self._set = None
        if kind == "ISA":
            self._end_interchange()
            self._interchange, self._groups, self._last = elements, 0, None
            self._group = None
            self._found.is_test |= at(elements, 15) == "T"
        elif kind == "GS":
            self._group, self._sets = elements, 0
            self._groups += 1
        elif kind == "ST":
            self._begin_set(elements, position)
        elif kind == "SE":
            if self._set is None:
                says = f"SE01 {_number(at(elements, 1).strip(' '))}"
                self._found.checks.append(FailedCheck("SE01", position, says, "no ST before it"))
            else:
                self._compare("SE01", position, at(elements, 1), position - self._began + 1)
            self._same("SE02", position, at(elements, 2), at(self._set or (), 2))
            self._set, self.reading = None, False
        elif kind == "GE":
            self._compare("GE01", position, at(elements, 1), self._sets)
            self._same("GE02", position, at(elements, 2), at(self._group or (), 6))
            self._group = None
        else:
            self._compare("IEA01", position, at(elements, 1), self._groups)
            self._same("IEA02", position, at(elements, 2), at(self._interchange or (), 13))
            self._interchange = None

    def seen_claim(self, number: int) -> None:
        """Take in that a claim was read: the last of its set, so far."""
        self._last_of_set = self._last = number

    def end(self) -> None:
        """Take in that the file ends."""
        if self._set is not None:
            self._cut(self._last_of_set)
            self._set = None
        self._end_interchange()

    def _end_interchange(self) -> None:
        if self._interchange is not None:
            self._cut(self._last)
            self._interchange = None

    def _begin_set(self, elements: list[str], position: int) -> None:
        self._set, self._began, self._last_of_set = elements, position, None
        self._sets += 1
        version = at(self._group or (), 8).strip(" ") or at(elements, 3).strip(" ")
        kind, said = KINDS.get(version), at(elements, 1).strip(" ")
        self.reading = kind == self._kind and said == _OF_KIND[self._kind]
        self.refused = None
        told = kind if kind and said == _OF_KIND[kind] else "other"
        self._found.sets[told] += 1
        if self.reading:
            return
        named = said if _SET.fullmatch(said) else "set"
        what = next((name for start, name in _NOT_READ.items() if version.startswith(start)), "")
        if told in _OF_OTHER:
            what = _OF_OTHER[told]
        elif kind is not None:
            what = f"{named} in a group of {kind} (GS08)"
        unknown = f"{named}, not {self._kind} by GS08"
        if named == self._kind:  # "835, not 835" says nothing
            unknown = f"{named} of another version (GS08) than payrules reads"
        reason = _not_read(what or unknown)
        self.refused = Reject(position, "GS08", None, reason, None, None, is_line=False)

    def _cut(self, last: int | None) -> None:
        self._found.truncated = True
        self.reading = False
        if last is not None:
            self._found.cut(last)

    def _compare(self, what: str, position: int, said: str, is_there: int) -> None:
        said = said.strip(" ")
        if not (said.isascii() and said.isdigit() and int(said[:9]) == is_there):
            self._found.checks.append(
                FailedCheck(what, position, f"{what} {_number(said)}", str(is_there))
            )

    def _same(self, what: str, position: int, said: str, opened: str) -> None:
        said, opened = said.strip(" "), opened.strip(" ")
        if said != opened:
            self._found.checks.append(
                FailedCheck(
                    what, position, f"{what} {_number(said)}", f"{_number(opened)} where it begins"
                )
            )


def other_not_read(kind: str) -> str:
    """Say that a set of a kind was not read, since sets of the other are."""
    return _not_read(_OF_OTHER[kind])


def _not_read(what: str) -> str:
    return f"{what}: not read"


def _number(text: str) -> str:
    return text if _NUMBER.fullmatch(text) else "(no number)"
