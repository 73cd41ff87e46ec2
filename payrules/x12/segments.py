"""Cuts an X12 file into segments: separators from each ISA, several interchanges, in one pass.

A segment is its text between two terminators, without blanks and line ends around it; a text of
nothing is no segment. Positions count segments from 1 through the whole file.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Protocol

from payrules.counted import counted
from payrules.errors import ClaimsError
from payrules.frozen import frozen

#: What may stand around a segment. The signs 1C to 1F are none of these: they are separators.
BLANKS = " \t\r\n"
_CHUNK = 1 << 20
#: No segment of claims or payments has a thousandth of so many characters.
_LONGEST = 1 << 24
_ISA_LENGTH = 106
#: How many characters ISA01 to ISA16 have.
_ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
#: Where an ISA of the right length has its element separators.
_ISA_SIGNS = tuple(sum(_ISA_WIDTHS[:place]) + place + 3 for place in range(16))
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_IS_X12 = re.compile(rf"[{BLANKS}]*ISA[^A-Za-z0-9_]")
#: A payer's sample may begin with these; so may the headings of a table, with a comma or a tab.
_WITHOUT_ISA = re.compile(rf"[{BLANKS}]*(GS|ST)[^A-Za-z0-9_{BLANKS},;\"']")
_LATIN_1 = "payrules_latin_1"


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_LATIN_1, _as_latin_1)


class Bytes(Protocol):
    """What gives a file's bytes piece by piece."""

    def read(self, size: int, /) -> bytes:
        """Give the next bytes, at most so many; none at the end."""


@frozen
class Separators:
    """The signs of one interchange; `repetition` is "" where ISA11 is a letter or digit."""

    element: str
    component: str
    repetition: str
    terminator: str


@frozen
class Block:
    """Some segments of one interchange, uncut, in order; the first is number `first` of the file.

    An ISA is the first segment of its block.
    """

    separators: Separators
    first: int
    segments: list[str]


def is_x12(head: bytes) -> bool:
    """Tell whether a file is X12 by its first characters, blanks and a byte order mark aside."""
    return _IS_X12.match(_text(head)) is not None or lacks_isa(head) is not None


def lacks_isa(head: bytes) -> str | None:
    """Give the segment, GS or ST, that a file without an ISA begins with; None for any other."""
    found = _WITHOUT_ISA.match(_text(head))
    return found[1] if found else None


def _text(head: bytes) -> str:
    encoding = next((each for mark, each in _MARKS.items() if head.startswith(mark)), "utf-8")
    # Half a character at the end of a head is no fault of the file.
    return codecs.getincrementaldecoder(encoding)("replace").decode(head)


class Segments:
    """An X12 file's segments, block by block, in bounded memory.

    `latin_1` tells, once all is read, whether bytes that are not UTF-8 were read as Latin-1.
    """

    def __init__(self, stream: Bytes, name: str) -> None:
        """Read a stream of bytes; `name` is what messages call the file."""
        self._stream, self._name = stream, name
        self._latin_1 = False

    @property
    def latin_1(self) -> bool:
        """Whether some bytes were no UTF-8."""
        return self._latin_1

    def blocks(self) -> Iterator[Block]:
        """Give the blocks; ClaimsError where an ISA says no separators, or is missing."""
        texts = self._texts()
        rest, is_last = next(texts, ("", True))
        rest = rest.lstrip(BLANKS + "\ufeff")
        if not rest.startswith("ISA"):
            raise ClaimsError(
                f"{self._name} begins with {rest[:2]}, and no ISA segment stands before it, which"
                " says how the file is to be read. Ask its sender for it as it was sent."
            )
        separators: Separators | None = None
        another = re.compile("")
        first = 1
        while True:
            if separators is None:
                while len(rest) < 4 * _ISA_LENGTH and not is_last:
                    more, is_last = next(texts, ("", True))
                    rest += more
                separators = self._isa(rest)
                another = _next_isa(separators.terminator)
            found = another.search(rest, _ISA_LENGTH - 1 if rest.startswith("ISA") else 0)
            if found:
                ready, rest = rest[: found.start()], rest[found.end() - 4 :]
            elif is_last:
                ready, rest = rest, ""
            else:
                # The last terminator stays: another interchange may begin behind it.
                cut = max(rest.rfind(separators.terminator), 0)
                if len(rest) - cut > _LONGEST:
                    raise self._unreadable(
                        f"the sign after ISA16 ends no segment for {_LONGEST:,} characters"
                    )
                ready, rest = rest[:cut], rest[cut:]
            segments = _cut(ready, separators.terminator)
            if segments:
                yield Block(separators, first, segments)
                first += len(segments)
            if found:
                separators = None
            elif is_last:
                return
            else:
                more, is_last = next(texts, ("", True))
                rest += more

    def _texts(self) -> Iterator[tuple[str, bool]]:
        """Give the file's text piece by piece, and whether it is the last."""
        given = self._stream.read(_CHUNK)
        encoding = next((each for mark, each in _MARKS.items() if given.startswith(mark)), "utf-8")
        decoder = codecs.getincrementaldecoder(encoding)(_LATIN_1)
        strict = codecs.getincrementaldecoder(encoding)()
        while True:
            following = self._stream.read(_CHUNK)
            if not self._latin_1:
                try:
                    strict.decode(given, not following)
                except UnicodeDecodeError:
                    self._latin_1 = True
            yield decoder.decode(given, not following), not following
            if not following:
                return
            given = following

    def _isa(self, text: str) -> Separators:
        """Read the separators off an ISA of 106 characters, or say which element is wrong."""
        sign = text[3:4]
        isa = text[:_ISA_LENGTH]
        is_right = len(isa) == _ISA_LENGTH and all(isa[at] == sign for at in _ISA_SIGNS)
        if is_right and isa.count(sign) == len(_ISA_SIGNS):
            repetition, component, terminator = text[82], text[104], text[105]
            found = Separators(
                sign, component, "" if repetition.isalnum() else repetition, terminator
            )
            if not _is_sign(sign):
                raise self._unreadable("its element separator is a letter, a digit or a blank")
            if component in {terminator, sign} or not _is_sign(component):
                raise self._unreadable(
                    "ISA16 must be one sign of its own, the component separator, and no letter,"
                    " digit or blank"
                )
            if terminator == sign or terminator.isalnum() or terminator in " \t":
                raise self._unreadable(
                    "the sign after ISA16 ends every segment; it must be one of its own, and no"
                    " letter, digit or blank"
                )
            return found
        if is_right:
            raise self._unreadable("its element separator stands within an element too")
        elements = text[: 4 * _ISA_LENGTH].split(sign or "*")[1:]
        for number, (element, width) in enumerate(zip(elements, _ISA_WIDTHS, strict=False), 1):
            if number < len(_ISA_WIDTHS) and len(element) != width:
                raise self._unreadable(
                    f"ISA{number:02} has {counted(len(element), 'character')} and must have {width}"
                    if number < len(elements)
                    else f"it ends within ISA{number:02}"
                )
        if len(elements) < len(_ISA_WIDTHS):
            raise self._unreadable(f"it ends after ISA{len(elements):02}")
        raise self._unreadable("ISA16 and the sign that ends the segment are missing")

    def _unreadable(self, why: str) -> ClaimsError:
        return ClaimsError(
            f"{self._name} cannot be read as X12: an ISA segment has 16 elements in 106 characters,"
            f" but {why}. Ask whoever wrote the file for it as it was sent."
        )


def _cut(text: str, terminator: str) -> list[str]:
    """Cut a text into segments, without the blanks around them; a text of nothing is none."""
    if terminator not in BLANKS:
        # Most files have line ends behind terminators, or none, and blanks nowhere else.
        text = text.strip(BLANKS)
        for end in ("\r\n", "\n"):
            text = text.replace(terminator + end, terminator)
        if not any(terminator + each in text or each + terminator in text for each in BLANKS):
            return [each for each in text.split(terminator) if each]
    return [each for piece in text.split(terminator) if (each := piece.strip(BLANKS))]


def _is_sign(sign: str) -> bool:
    return not sign.isalnum() and sign not in BLANKS


def _next_isa(terminator: str) -> re.Pattern[str]:
    """Find another interchange: behind a terminator, with whatever separators it has."""
    return re.compile(rf"{re.escape(terminator)}[{BLANKS}]*ISA[^A-Za-z0-9{BLANKS}]")
