"""The largest insurers, which can be told apart: by the number claims are sent by, and by name."""

import re
from collections.abc import Iterable
from typing import NamedTuple

import polars as pl


class Insurer(NamedTuple):
    """An insurer: what it is called here, the number it is sent claims by, how its names begin."""

    name: str
    number: str
    names: str


INSURERS = (
    Insurer("Aetna", "60054", r"(?i)\baetna\b"),
    Insurer("Humana", "61101", r"(?i)\bhumana\b"),
    Insurer("Cigna", "62308", r"(?i)\bcigna\b"),
    Insurer("UnitedHealthcare", "87726", r"(?i)\b(?:uhc|united ?health)"),
)


def spaced(name: str) -> str:
    """Give a payer's name as it is looked at: with blanks for hyphens and the like."""
    return re.sub("[-_]", " ", name)


def insurer_of(name: str | None) -> str:
    """Tell by a name, or a number, which insurer it is; "" where that is none, or two of them."""
    called = spaced(name or "").strip()
    found = [
        each.name for each in INSURERS if called == each.number or re.search(each.names, called)
    ]
    return found[0] if len(found) == 1 else ""


def insurers_of(
    named: pl.Series, further: pl.Series, payers: pl.Series, known: Iterable[str]
) -> pl.Series:
    """Tell of lines which insurer's terms price them; "" where nobody knows.

    `named` is how the batch names their payer, `further` its further number (REF*2U), `payers` the
    place, among the names `known`, of whose terms price them: the terms' own name says it, else the
    batch.
    """
    of_terms = {place: insurer_of(name) or None for place, name in enumerate(known)}
    different = pl.concat([named, further]).unique().drop_nulls()
    of_names = {name: insurer_of(name) or None for name in ("", *different)}
    told = pl.DataFrame(
        [
            payers.replace_strict(of_terms, return_dtype=pl.String).alias("terms"),
            named.replace_strict(of_names, default=None, return_dtype=pl.String).alias("named"),
            further.replace_strict(of_names, default=None, return_dtype=pl.String).alias("further"),
        ]
    )
    return told.select(pl.coalesce("terms", "named", "further", pl.lit(""))).to_series()
