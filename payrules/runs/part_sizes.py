"""How large the parts of a run are, and how many workers price them, told before it begins.

Apart from what prices in parts, since many a run asks and then prices at once.
"""

import polars as pl

from payrules.runs.memory import free_memory

#: Lines of a piece and, about, of a part: so many that there are `_PARTS` of them, within these.
#: With the trail the most take about 0.8 GB, the least 0.5, and 3 percent more processor time.
_LEAST_A_PART, _MOST_A_PART, _PARTS = 250_000, 500_000, 8
#: Bytes that a worker takes: its program, and each line of a part. Measured with the trail are 0.5
#: and 0.86 GB of a quarter and of half a million lines.
_BYTES, _BYTES_A_LINE = 150_000_000, 1_700
#: Fewer lines a worker do not pay for its start.
_LINES_A_WORKER = 250_000
#: Workers where the system does not say what memory is free.
_UNKNOWING = 2


def lines_a_part_of(rows: int) -> int:
    """Give how many lines a part has about, whoever prices it: results lie in its row groups."""
    return min(max(-(-rows // _PARTS), _LEAST_A_PART), _MOST_A_PART)


def workers_for(rows: int, lines_a_part: int, asked: int | None = None) -> int:
    """Give how many workers a run of so many lines takes; 1 means that this process does it all.

    Unasked as many as there are processors, as long as each has its memory and a part to price.
    """
    parts = max(-(-rows // lines_a_part), 1)
    if asked is not None:
        return min(asked, parts)
    # polars has a thread for each processor that the system and the container leave to it.
    processors, free = pl.thread_pool_size(), free_memory()
    by_memory = _UNKNOWING if free is None else free // bytes_a_worker(lines_a_part)
    by_lines = rows // _LINES_A_WORKER
    return max(min(processors, by_memory, by_lines, parts), 1)


def bytes_a_worker(lines_a_part: int) -> int:
    """Give the memory that a worker takes at the most, unless one person has more lines."""
    return _BYTES + _BYTES_A_LINE * lines_a_part
