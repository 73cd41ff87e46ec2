"""Rejected rows on the screen: each cause once, with its number of rows and the first of them."""

from collections.abc import Iterator, Sequence

from payrules.counted import counted
from payrules.runs.causes import Cause
from payrules.runs.record import RunCounts
from payrules.screen.printed import Part, Table, words

#: So many causes are listed; the rest is counted.
_MOST_CAUSES = 10


def of_every_row(causes: Sequence[Cause], counts: RunCounts) -> Iterator[str]:
    """Say first of all that no row could be read, where all of them fail for one cause."""
    shared = [each.says for each in causes if each.rows == counts.rejects == counts.rows_in]
    if shared:
        rows = (
            "The only row"
            if counts.rows_in == 1
            else f"Every one of the {counted(counts.rows_in, 'row')}"
        )
        yield f"{rows} is rejected: {'; '.join(shared)}."


def rejected(causes: Sequence[Cause], see_all: str) -> list[Part]:
    """List the causes; `see_all` is what to type to get every row, "" where there is no need."""
    if not causes:
        return []
    table = Table("rejected", "because", "first rows", right=("rejected",))
    for each in causes[:_MOST_CAUSES]:
        further = " …" if each.rows > len(each.first) else ""
        table.add_row(f"{each.rows:,}", each.says, ", ".join(each.first) + further)
    said = []
    if (more := len(causes) - _MOST_CAUSES) > 0:
        said.append(words(f"{more:,} more reason{'s' if more > 1 else ''}."))
    if see_all:
        said.append(words(f"See all rows with: {see_all}"))
    return [(table, *said)]
