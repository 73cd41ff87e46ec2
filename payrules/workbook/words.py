"""Names and numbers in words, as every report writes them."""

from collections.abc import Sequence


def in_words(name: str) -> str:
    """Write a status or rule as words: `not_on_schedule` is "Not on schedule"."""
    return name.replace("_", " ").capitalize().replace("Mips", "MIPS")


#: No cell lists more.
_MOST_LISTED = 10


def in_a_row(parts: Sequence[str], between: str = "; ") -> str:
    """List parts, of many the first ten and how many there are more."""
    more = [f"and {len(parts) - _MOST_LISTED:,} more"] if len(parts) > _MOST_LISTED else []
    return between.join((*parts[:_MOST_LISTED], *more))


#: How many bars a chart of the largest shows.
CHARTED = 10


def largest(title: str, many: int) -> str:
    """Title a chart of the largest: it says where it leaves some out."""
    return title if many <= CHARTED else f"{title}, the {CHARTED} largest of {many:,}"


#: What a what-if attributes a change to (`payrules.scenarios.plan`).
CAUSES = {
    "mix": "Claims billed otherwise",
    "price": "Fee schedule",
    "terms": "Terms",
    "volume": "Volume",
}


def term_in_words(place: str) -> str:
    """Write a place of a payer file as words: `terms.co_surgery.each` is "Co surgery, each"."""
    rule, *term = place.removeprefix("terms.").split(".")
    return ", ".join((in_words(rule), *(each.replace("_", " ") for each in term)))
