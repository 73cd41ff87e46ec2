"""Generated batches for the properties: many persons, sessions and rules in every frame."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

import polars as pl
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from payrules.claims import read_batch
from payrules.engine.pricing import Priced, price
from payrules.engine.rule import Tables
from payrules.payers.medicare import RULES
from payrules.schedules import Release
from tests.generated import random_batch, small_tables
from tests.pricing_cases import STARTER
from tests.test_agreement import as_frame, as_tables

LINES = 500
KEY = ["claim_id", "claim_line_number"]
YEARS = {2025: "starter-2025", 2026: "starter-2026"}
#: One price() call costs tens of milliseconds: few examples, large frames.
few = settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Sample:
    """A batch with its tables of edits, and its results."""

    lines: pl.DataFrame
    tables: Tables
    priced: Priced

    def price(self, lines: pl.DataFrame) -> Priced:
        """Price other lines under the same tables."""
        return price(lines, RULES, STARTER, tables=self.tables)


def rows_of(release: Release) -> dict[tuple[str, str], dict[str, Any]]:
    """Give a release's rows as the generator reads them: RVUs are decimals."""
    rows = {}
    for row in release.codes.to_dicts():
        rvus = {
            name: Decimal(value).scaleb(-2) for name, value in row.items() if name.endswith("_rvu")
        }
        rows[row["hcpcs_code"], row["modifier"]] = row | rvus
    return rows


@cache
def _rows(year: int) -> dict[tuple[str, str], dict[str, Any]]:
    return rows_of(STARTER.named(YEARS[year]))


@cache
def sample(seed: int) -> Sample:
    """Make the batch of a seed, and price it."""
    rng = Random(seed)
    year = (2025, 2026)[seed % 2]
    batch = random_batch(rng, _rows(year), LINES, year=year)
    tables = Tables()
    if seed % 4:
        used = sorted({line["hcpcs_code"] for line in batch})
        tables = as_tables(small_tables(rng, used, _rows(year), lines=batch, year=year))
    checked = read_batch(as_frame(batch), localities=STARTER.localities())
    assert checked.rejects.is_empty()
    return Sample(checked.lines, tables, price(checked.lines, RULES, STARTER, tables=tables))


#: Samples by seed; the seeds are few, so that the properties of one run share their batches.
samples = st.integers(0, 31).map(sample)


def chains(priced: Priced) -> pl.DataFrame:
    """Give the trail by claim line instead of by row, sorted."""
    assert priced.trail is not None
    rows = priced.trail["row"]
    named = priced.trail.drop("row").with_columns(priced.lines[name].gather(rows) for name in KEY)
    texts = [name for name, kind in named.schema.items() if isinstance(kind, pl.Categorical)]
    return named.with_columns(pl.col(texts).cast(pl.String)).sort(*KEY, "step")


def results(priced: Priced) -> pl.DataFrame:
    """Give the lines sorted by claim line."""
    return priced.lines.sort(KEY)
