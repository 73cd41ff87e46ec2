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


def insurers_of(named: pl.Series, payers: pl.Series, known: Iterable[str]) -> pl.Series:
    """Tell of lines which insurer's terms price them; "" where nobody knows.

    `named` is how the batch names their payer, `payers` the place, among the names `known`, of
    whose terms price them: the terms' own name says it, else the batch.
    """
    of_terms = {place: insurer_of(name) for place, name in enumerate(known)}
    of_names = {name: insurer_of(name) for name in ("", *named.unique().drop_nulls())}
    told = pl.DataFrame(
        {
            "terms": payers.replace_strict(of_terms, return_dtype=pl.String),
            "named": named.replace_strict(of_names, default="", return_dtype=pl.String),
        }
    )
    return told.select(pl.when(pl.col("terms") != "").then("terms").otherwise("named")).to_series()
