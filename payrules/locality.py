"""What a text that should name a Medicare locality is found to mean."""

from typing import NamedTuple

#: Where every GPCI is 1: no locality of CMS's, but the key that stands for the whole country.
NATIONAL = "national"
#: Why a line without a locality is not priced.
NO_LOCALITY = "no locality: give --locality or a column locality, such as 01112-05 or `national`"


class Found(NamedTuple):
    """The locality a text names, or else those it may mean, as "06102-16 (IL CHICAGO)".

    `fits`: the text is true of each of the candidates; otherwise they only look like it.
    """

    locality: str | None
    candidates: tuple[str, ...] = ()
    fits: bool = False

    @property
    def ambiguity(self) -> str:
        """Say which localities the text fits and what to write; "" where it fits none."""
        if not self.fits:
            return ""
        named = ", ".join(self.candidates)
        if len(self.candidates) == 1:
            return f"is part of the name of {named}: write its state too, or its key"
        return f"fits more than one locality, {named}: give the key of the right one"
