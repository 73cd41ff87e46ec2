"""Preventive services: what the patient owes of each, by code, modifier and date.

The table is `fee_schedules/cost_sharing.csv`: 250 rows of 229 codes, compiled from the Social
Security Act, 42 CFR 410.152 and 410.160, CMS's manual and its contractors' pages, each with its
citation. So far only G2211 asks it which services are preventive.
"""

import csv
from collections import defaultdict
from datetime import date
from functools import cache

import polars as pl

from payrules.content import content_folder


@cache
def _without_coinsurance() -> dict[tuple[date, date], list[str]]:
    """Give the codes of which the patient owes no coinsurance, by the days their rows are in force.

    Rows that ask for a modifier are not among them.
    """
    codes = defaultdict(list)
    path = content_folder("fee_schedules") / "cost_sharing.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["coinsurance_percent"] == "0" and not row["modifier"]:
                last = row["effective_to"] or date.max.isoformat()
                days = date.fromisoformat(row["effective_from"]), date.fromisoformat(last)
                codes[days].append(row["hcpcs_code"])
    return dict(codes)


def without_coinsurance() -> frozenset[str]:
    """Give the codes of which the patient owes no coinsurance, on whatever day."""
    return frozenset(code for codes in _without_coinsurance().values() for code in codes)


def owes_no_coinsurance() -> pl.Expr:
    """Say of which lines the patient owes no coinsurance on the day of service, by their code."""
    return pl.any_horizontal(
        pl.col("hcpcs_code").is_in(codes) & pl.col("service_date").is_between(first, last)
        for (first, last), codes in _without_coinsurance().items()
    )
