"""What comparing with payments costs beside pricing: ratios in one run, never seconds."""

import time
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import polars as pl

from benchmarks.planted_causes import remittance, written
from payrules.variance.analysis import VarianceOptions, compared_with
from payrules.variance.remittances import remittances_of
from payrules.variance.tables import packed
from payrules.x12.remittance_835 import read_835
from tests.variance.small import MEDICARE

#: So many claims that each line, not what every run takes once, is what is measured.
RIGHT = 20_000
#: One by one it took 8 to 10 times; in columns, with what is the same for any number of lines, it
#: takes 1 to 2. The rest is for busy machines.
MOST = 3
RUNS = 3


def test_matching_and_comparing_stay_near_to_pricing() -> None:
    """Remittances, and the batch's own columns: both in columns."""
    rows, planted = written(0, RIGHT)
    batch = MEDICARE.read(pl.DataFrame(rows))
    content = remittance(rows, planted, MEDICARE).encode()
    read = remittances_of([read_835(BytesIO(content), "paid.835", packed)])
    priced = MEDICARE.price(batch.lines)

    def seconds(work: Callable[[], object]) -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    allowed, paid = priced.lines["allowed_amount"], priced.lines["medicare_amount"]
    own = priced.lines.with_columns(paid_amount=paid, payer_allowed_amount=allowed)
    nothing = remittances_of([])
    for told, lines in ((read, priced.lines), (nothing, own)):
        given = replace(priced, held=lines)
        ratios: list[float] = []
        while len(ratios) < RUNS and min(ratios, default=MOST + 1) > MOST:
            pricing = seconds(lambda: MEDICARE.price(batch.lines))
            comparing = seconds(
                lambda: compared_with(batch, given, told, MEDICARE, VarianceOptions())  # noqa: B023
            )
            ratios.append(comparing / pricing)
        assert min(ratios) <= MOST, ratios
