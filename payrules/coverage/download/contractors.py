"""The contractors of a download: who of them processes Part B claims, where, and still does."""

import re
from collections import Counter, defaultdict
from datetime import date

import polars as pl

from payrules.coverage.download.dates import as_date
from payrules.coverage.download.tables import Download
from payrules.coverage.fields import is_contractor
from payrules.errors import CoverageError
from payrules.frozen import frozen

#: How a download names a contractor: its number, kind and version in the database.
Triple = tuple[str, str, str]
_PART_B = re.compile(r"\bMAC\b.*\bPart B\b", re.I)


@frozen
class Contractors:
    """Part B contractors in office: their number, and name with states, by the download's key."""

    in_office: dict[Triple, tuple[str, str]]
    others: dict[Triple, str]

    @classmethod
    def of(cls, download: Download, day: date) -> "Contractors":
        """Sort a download's contractors; a jurisdiction that ended before `day` is out."""
        part_b = {
            row["contractor_type_id"]
            for row in download.table("contractor_type_lookup").iter_rows(named=True)
            if _PART_B.search(row["description"] or "")
        }
        if not part_b:
            raise CoverageError(
                "contractor_type_lookup names no 'MAC - Part B'; give the download as CMS"
                " publishes it."
            )
        states = _states(download, day)
        in_office: dict[Triple, tuple[str, str]] = {}
        others: dict[Triple, str] = {}
        for row in download.table("contractor").iter_rows(named=True):
            triple = _triple(row)
            number = row["contractor_number"] or ""
            if triple[1] not in part_b:
                others[triple] = ""
            elif (row["status"] or "").upper() == "D":
                others[triple] = "Part B contractors that are deleted"
            elif not is_contractor(number):
                others[triple] = "Part B contractors whose number is not five digits"
            elif triple in states and not states[triple]:
                others[triple] = "Part B contractors whose jurisdictions have all ended"
            else:
                where = ", ".join(sorted(states.get(triple, ())))
                name = row["contractor_bus_name"] or "a contractor"
                told = number, f"{name} ({where})" if where else name
                if in_office.setdefault(triple, told)[0] != number:
                    raise CoverageError(
                        f"One contractor has the numbers {in_office[triple][0]} and {number}: the"
                        " downloads are of different days. Give those of one day."
                    )
        return cls(in_office, others)

    def of_articles(
        self, table: pl.DataFrame, passed_over: Counter[str]
    ) -> dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]]:
        """Give each article's contractor numbers, in order, and the names that go with them."""
        found: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        out: set[tuple[str, Triple]] = set()
        for row in table.iter_rows(named=True):
            triple = _triple(row)
            if triple in self.in_office:
                found[row["article_id"], row["article_version"]].add(self.in_office[triple])
            else:
                out.add(
                    (self.others.get(triple, "contractors that the download does not list"), triple)
                )
        passed_over.update(why for why, _ in out if why)
        return {
            key: (
                tuple(sorted({number for number, _ in each})),
                tuple(sorted({name for _, name in each})),
            )
            for key, each in found.items()
        }


def _triple(row: dict[str, str]) -> Triple:
    return row["contractor_id"], row["contractor_type_id"], row["contractor_version"]


def _states(download: Download, day: date) -> dict[Triple, set[str]]:
    """Give the states in which each contractor still has its jurisdiction; maybe none."""
    names = {
        row["state_id"]: row["state_abbrev"]
        for row in download.table("state_lookup").iter_rows(named=True)
    }
    found: dict[Triple, set[str]] = defaultdict(set)
    for row in download.table("contractor_jurisdiction").iter_rows(named=True):
        try:
            ended = as_date(row["term_date"])
        except ValueError:
            raise CoverageError(
                "contractor_jurisdiction has a term_date that is no date; give the download as CMS"
                " publishes it."
            ) from None
        here = found[_triple(row)]
        if ended is None or ended >= day:
            here.add(names.get(row["state_id"]) or f"state {row['state_id']}")
    return found
