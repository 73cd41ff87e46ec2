"""What `payrules schedules` prints: releases and tables, verified files, recomputed amounts."""

from collections.abc import Sequence

from payrules.fees.recompute import Recomputed
from payrules.schedules import Schedules, Verified, dates_served
from payrules.screen.printed import Part, Table, words

EDITS_BUILT_IN = "built in: edits for the starter's codes only"


def schedule_tables(schedules: Schedules) -> list[Part]:
    """List the releases and tables at hand, and which serves which dates of service."""
    releases = Table(
        "release", "in force", "published for", "codes", "localities", "",
        right=("codes", "localities"),
    )  # fmt: skip
    for release in schedules.releases:
        releases.add_row(
            release.name,
            f"{release.effective_from} to {release.effective_to}",
            release.published_for.isoformat(),
            f"{release.rows['codes']:,}",
            f"{release.rows['localities']:,}",
            "built in: selected codes only" if release.starter else "",
        )
    served = Table("dates of service", "priced with", "conversion factor", "")
    for span in dates_served(schedules):
        standing_in = ", ".join(span.stands_in_for)
        served.add_row(
            f"{span.first_day} to {span.last_day}",
            span.name or "GAP: no release loaded",
            ", ".join(span.conversion_factors),
            f"used in place of {standing_in}" if standing_in else "",
        )
    tables = Table("table", "of", "published for", "rows", "", right=("rows",))
    for table in schedules.tables:
        part_of_pairs = table.lacks if table.kind == "ptp" else None
        tables.add_row(
            table.kind,
            table.name,
            table.published_for.isoformat(),
            f"{table.rows:,}",
            ("built in: selected codes only" if table.kind in ("asp", "clfs") else EDITS_BUILT_IN)
            if table.starter
            else part_of_pairs or "",
        )
    return [releases, served, tables]


def verified_table(files: Sequence[Verified]) -> Table:
    """List the stored files that are as they were imported."""
    table = Table("verified", "file", "rows", right=("rows",))
    for each in files:
        table.add_row(each.entry, each.file, f"{each.rows:,}")
    return table


def recomputed_table(amounts: Sequence[Recomputed]) -> list[Part]:
    """Tell how many of CMS's published amounts come out to the cent, and which do not."""
    if not amounts:
        return [
            words(
                "There are no published amounts to compare with (PFALL, PFREV, or a release's "
                "OPPSCAP)."
            )
        ]
    table = Table("published", "amounts", "release", "matched/total", "", right=("matched/total",))
    for each in amounts:
        notes = []
        if each.differing:
            notes.append(f"{'FAILED' if each.failed else 'differ'}: {', '.join(each.differing)}")
        if not each.same_quarter:
            notes.append("the release is from another quarter")
        if each.not_compared:
            notes.append(f"{each.not_compared:,} not compared: contractor-priced")
        table.add_row(
            each.published,
            each.amounts,
            each.release,
            f"{each.matched}/{each.total}",
            "; ".join(notes),
        )
    return [table]
