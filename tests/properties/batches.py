"""Batches for the properties: drawn line by line, so that what fails shrinks; and by volume.

A drawn batch has up to five encounters of a few persons, whose codes meet one another in rules:
a family of scopes, tests of one indicator, visits and what prolongs them. Volumes come from the
generator, hundreds of lines by a seed: they meet what drawing seldom finds.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
from tests.generated import Codes, random_batch, small_tables
from tests.pricing_cases import STARTER
from tests.properties.drawn_lines import drawn_lines, groups_of_codes
from tests.test_agreement import as_frame, as_tables

LINES = 500
#: Batches that each property sees; a longer look: `PAYRULES_EXAMPLES=500 pytest tests/properties`.
EXAMPLES = int(os.environ.get("PAYRULES_EXAMPLES", "6"))
KEY = ["claim_id", "claim_line_number"]
YEARS = {2025: "starter-2025", 2026: "starter-2026"}
#: One price() call costs tens of milliseconds: few examples, large frames.
few = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True)
class Sample:
    """A batch with its tables of edits, and its results."""

    lines: pl.DataFrame
    tables: Tables = field(repr=False)
    priced: Priced = field(repr=False)
    #: Whether it is large enough for every property to meet what it is about.
    is_volume: bool

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


def _sample(batch: Sequence[Mapping[str, Any]], year: int, seed: int, *, is_volume: bool) -> Sample:
    """Price lines, under random tables of edits unless the seed leaves them out."""
    tables = Tables()
    if seed % 4:
        used = sorted({line["hcpcs_code"] for line in batch})
        tables = as_tables(small_tables(Random(seed), used, _rows(year), lines=batch, year=year))
    checked = read_batch(as_frame(batch), localities=STARTER.localities())
    assert checked.rejects.is_empty(), checked.rejects
    found = price(checked.lines, RULES, STARTER, tables=tables)
    return Sample(checked.lines, tables, found, is_volume)


@cache
def sample(seed: int) -> Sample:
    """Make the large batch of a seed, and price it."""
    year = (2025, 2026)[seed % 2]
    batch = random_batch(Random(seed), _rows(year), LINES, year=year)
    return _sample(batch, year, seed, is_volume=True)


@cache
def _groups(year: int) -> list[list[str]]:
    return groups_of_codes(Codes(Random(year), _rows(year)))


@st.composite
def drawn(draw: st.DrawFn) -> Sample:
    """Draw a small batch line by line, and price it."""
    year = draw(st.sampled_from(sorted(YEARS)))
    batch = draw(drawn_lines(_groups(year), year))
    return _sample(batch, year, draw(st.integers(0, 7)), is_volume=False)


#: Batches drawn line by line, and volumes by seed; the seeds are few, so that the properties of one
#: run share them.
samples = drawn() | st.integers(0, 31).map(sample)


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
