"""How many threads polars works with: one alone where a command reads little.

Threads hand each query on to each other, a thousand times in a run. Of some ten thousand lines a
run is no sooner with more of them (measured: benchmarks/RESULTS.md), and takes a tenth of processor
time more with two, a quarter with eight. Results are the same with any number.

Decision: set for the whole process, in the variable that polars reads once, when it is loaded
(https://docs.pola.rs/user-guide/misc/multiprocessing/). What a user has set stands.
"""

import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from payrules.errors import UsageError

#: Where polars looks for the number of its threads.
MOST_THREADS = "POLARS_MAX_THREADS"
#: So many bytes of text are some forty thousand lines.
LITTLE = 4_000_000
#: More threads than any machine's processors: to start a million takes longer than anybody waits.
_MANY = 10_000
#: Packed files hold some ten times their bytes of text.
_PACKED, _TIMES = (".parquet", ".xlsx", ".xlsm", ".xlsb", ".zip", ".gz"), 10


def one_for_little(arguments: Iterable[str]) -> None:
    """Take one thread where the files that a command's arguments name are small.

    A file that is put in the place of another counts as that one: it is about as large. Raises
    UsageError for a number of threads that polars cannot start.
    """
    asked = os.environ.get(MOST_THREADS, "").strip()
    if "polars" in sys.modules or asked:
        if asked.isdigit() and not 1 <= int(asked) <= _MANY:
            raise UsageError(
                f"{MOST_THREADS} is {asked[:20]} in the environment: set it to a number of threads"
                f" from 1 to {_MANY:,}, or leave it out."
            )
        return
    if sum(map(_text_of, arguments)) <= LITTLE:
        os.environ[MOST_THREADS] = "1"


def _text_of(argument: str) -> int:
    """Give about how many bytes of text a file holds: too many of a folder or a pipe."""
    if argument == "-":
        return LITTLE + 1
    try:
        found = Path(argument).stat()
    except (OSError, ValueError):  # a word, an option, a file to be written
        return 0
    if not stat.S_ISREG(found.st_mode):
        return LITTLE + 1
    return found.st_size * (_TIMES if argument.lower().endswith(_PACKED) else 1)
