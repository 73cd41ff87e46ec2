"""What kind of service a code is: CMS's Restructured BETOS Classification System (RBCS)."""

import csv
import gzip
from datetime import date
from functools import cache

from payrules.content import content_folder
from payrules.frozen import frozen


@frozen
class Classification:
    """A code's category, subcategory and family, and its first and last day as a HCPCS code.

    `procedure` is "Major", "Other" (procedures) or "Non-Procedure"; `last_day` is None while the
    code lives. Source: CMS, RBCS 2024; successor of BETOS.
    """

    category: str
    subcategory: str
    family: str
    procedure: str
    first_day: date | None
    last_day: date | None
    classified_from: date


def classification_of(code: str, day: date) -> Classification | None:
    """Give how RBCS classifies a code on a day: the latest row that is in force; None without one.

    A code is classified from the year in which Medicare first paid it; before that by its first
    row.
    """
    rows = _table().get(code, ())
    begun = [row for row in rows if row.classified_from <= day] or rows[:1]
    return begun[-1] if begun else None


@cache
def _table() -> dict[str, list[Classification]]:
    """Read the whole table, 17,033 rows: by code, the oldest first."""
    path = content_folder("fee_schedules") / "rbcs.csv.gz"
    found: dict[str, list[Classification]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found.setdefault(row["hcpcs_code"], []).append(
                Classification(
                    category=row["category"],
                    subcategory=row["subcategory"],
                    family=row["family"],
                    procedure=row["procedure"],
                    first_day=_day(row["hcpcs_added"]),
                    last_day=_day(row["hcpcs_ended"]),
                    classified_from=date.fromisoformat(row["rbcs_effective"]),
                )
            )
    for rows in found.values():
        rows.sort(key=lambda row: row.classified_from)
    return found


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
