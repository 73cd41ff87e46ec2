"""Numbers in sentences: one line, two lines."""


def counted(number: int, noun: str, several: str | None = None) -> str:
    """Count things in words: "1 line", "2,000 lines", "3 branches" where the plural is given."""
    return f"{number:,} {one_or_more(number, noun, several or f'{noun}s')}"


def one_or_more(number: int, one: str, several: str) -> str:
    """Give the word, such as a verb, that agrees with a number: "is" for one, "are" for others."""
    return one if number == 1 else several
