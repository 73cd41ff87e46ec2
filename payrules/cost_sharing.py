"""Preventive services: what the patient owes of each, by code, modifier and date.

The table is `fee_schedules/cost_sharing.csv`: 250 rows of 229 codes, compiled from the Social
Security Act, 42 CFR 410.152 and 410.160, CMS's manual and its contractors' pages, each with its
citation. So far only G2211 asks it which services are preventive.
"""

import csv
from functools import cache

from payrules.content import content_folder


@cache
def without_coinsurance() -> frozenset[str]:
    """Give the codes of which the patient owes no coinsurance, whatever their modifiers."""
    path = content_folder("fee_schedules") / "cost_sharing.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return frozenset(
            row["hcpcs_code"]
            for row in csv.DictReader(file)
            if row["coinsurance_percent"] == "0" and not row["modifier"]
        )
