"""What is asked, in a word: a line (`64483`, `64483-50`, `64494-59x2`), an amount (`1,250.50`)."""

import re

from payrules.claims.columns import MODIFIERS
from payrules.counted import counted
from payrules.errors import UsageError
from payrules.frozen import frozen

#: Decision: units stand behind an x. A code has five characters and a modifier two behind its own
#: hyphen, so `64494x2` is two units, `64494-X2` has the HCPCS modifier X2, and none can be both.
_LINE = re.compile(r"([0-9A-Z]{5})((?:-[0-9A-Z]{2})*)(?:X([0-9]+(?:\.[0-9]+)?))?")
#: A comma parts thousands, as in claims: 100,5 is no amount, lest it be read as 1,005.
_AMOUNT = re.compile(r"(?:[0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?:\.[0-9]{0,2})?|\.[0-9]{1,2}")


@frozen
class AskedLine:
    """A code with its modifiers, and its units as text; None where none are said."""

    code: str
    modifiers: tuple[str, ...] = ()
    units: str | None = None

    @property
    def name(self) -> str:
        """The line as it is written: `64483-50`."""
        return "-".join((self.code, *self.modifiers))


def read_line(given: str) -> AskedLine:
    """Read a line written in one word. Raises UsageError for what is none."""
    found = _LINE.fullmatch(given.strip().upper())
    if found is None:
        raise UsageError(
            f"'{given[:40]}' is no code: write 64483, with modifiers 64483-50, and with units "
            "64494x2 or 64494-59x2."
        )
    code, modifiers, units = found.groups()
    listed = tuple(modifiers.split("-")[1:])
    if len(listed) > len(MODIFIERS):
        raise UsageError(
            f"{code} has {counted(len(listed), 'modifier')}; a claim line takes {len(MODIFIERS)}."
        )
    return AskedLine(code, listed, units)


def read_amount(what: str, given: str) -> str:
    """Give an amount as claims write it; it is the user's own here, so a refusal may show it."""
    written = given.strip().removeprefix("$")
    if _AMOUNT.fullmatch(written) is None:
        raise UsageError(
            f"The {what} '{given[:40]}' is not an amount in dollars and cents, such as 900 or "
            "1250.50."
        )
    return written.replace(",", "")
