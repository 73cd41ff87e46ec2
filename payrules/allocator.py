"""How long polars keeps memory that it has freed: long enough to be used again.

Pricing makes and drops columns of some megabytes by the thousand. As polars sets its allocator
(jemalloc), pages are handed back to the system after half a second, and asked for anew, which the
system clears one by one: a fifth of the processor time of pricing a million lines again and again,
a tenth of a large batch in parts. The peak of memory stays as it was: what is kept is used again.

Decision: set for the whole process, in the variable that polars itself reads and sets before it is
loaded (https://github.com/pola-rs/polars/issues/18088; options: https://jemalloc.net/jemalloc.3.html).
Where polars is there before payrules, its own settings stand; what a user has set comes last, and
so wins.
"""

import os
import sys

#: Where the jemalloc that polars is built with looks for its options.
OPTIONS = "_RJEM_MALLOC_CONF"
#: One arena, so that what one thread has freed another uses; large pieces in it, too; freed pages
#: handed back after ten seconds, and then only as the system wants them.
KEPT = "narenas:1,oversize_threshold:0,dirty_decay_ms:10000,muzzy_decay_ms:-1"


def keep_freed_memory() -> None:
    """Tell polars' allocator, unless polars is there already."""
    told = os.environ.get(OPTIONS, "")
    if "polars" not in sys.modules and KEPT not in told:
        os.environ[OPTIONS] = f"{KEPT},{told}".rstrip(",")
