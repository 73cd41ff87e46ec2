"""Names and numbers in words, as every report writes them."""


def in_words(name: str) -> str:
    """Write a status or rule as words: `not_on_schedule` is "Not on schedule"."""
    return name.replace("_", " ").capitalize().replace("Mips", "MIPS")


#: How many bars a chart of the largest shows.
CHARTED = 10


def largest(title: str, many: int) -> str:
    """Title a chart of the largest: it says where it leaves some out."""
    return title if many <= CHARTED else f"{title}, the {CHARTED} largest of {many:,}"
