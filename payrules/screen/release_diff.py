"""What `payrules schedules diff` prints: what changed between two releases."""

from decimal import Decimal

import polars as pl

from payrules.fees.diff import ReleaseChanges, volume_steps
from payrules.screen.printed import Part, Table, money, words

#: More rows than this are for a file.
_MOST_ROWS = 30
_SIDES = ("before", "after")


def diff_tables(
    difference: ReleaseChanges, volume: pl.DataFrame | None, *, rejected: int
) -> list[Part]:
    """Tell what changed between two releases: counts, the largest, and the effect on a batch."""
    factors = " to ".join(difference.conversion_factors)
    parts: list[Part] = [
        words(
            f"{difference.before} to {difference.after}, locality {difference.locality}, "
            f"conversion factor {factors}",
            bold=True,
        )
    ]
    counts = Table("change", "codes and modifiers", right=("codes and modifiers",))
    for kind, many in (*difference.counts().items(), ("unchanged", difference.unchanged)):
        counts.add_row(kind, f"{many:,}")
    parts.append(counts)
    if volume is not None:
        parts += _volume_tables(difference, volume, rejected)
    amounts = ("non-fac before", "non-fac after", "fac before", "fac after")
    headings = ("code", "change", "what", *amounts)
    largest = Table(*headings, right=amounts)
    for row in difference.rows.head(_MOST_ROWS).iter_rows(named=True):
        billed = "-".join(each for each in (row["hcpcs_code"], row["modifier"]) if each)
        largest.add_row(
            billed,
            row["change"],
            ", ".join(each for each in (row["indicators"], row["rvus"]) if each),
            *(
                money(row[f"{setting}_amount_{side}"])
                for setting in ("nonfacility", "facility")
                for side in ("before", "after")
            ),
        )
    if difference.rows.height:
        parts.append(largest)
    more = difference.rows.height - _MOST_ROWS
    if more > 0:
        parts.append(words(f"{more:,} more; --output F.csv or F.xlsx writes all of them."))
    return parts


def _volume_tables(difference: ReleaseChanges, volume: pl.DataFrame, rejected: int) -> list[Part]:
    steps = Table("your own volume, with every rule applied", "lines", "", right=("lines", ""))
    for step, lines, amount, *_ in volume_steps(difference, volume):
        steps.add_row(step, "" if lines is None else f"{lines:,}", money(amount))
    headings = ("code", "setting", "lines", "allowed before", "after", "effect")
    table = Table(*headings, right=headings[2:])
    for row in volume.head(_MOST_ROWS).iter_rows(named=True):
        has_amounts = [row["lines_in_both"] + row[f"lines_only_{side}"] for side in _SIDES]
        table.add_row(
            row["hcpcs_code"],
            row["setting"],
            f"{row['lines']:,}",
            money(row["allowed_before"]) if has_amounts[0] else "none",
            money(row["allowed_after"]) if has_amounts[1] else "none",
            "none" if row["effect"] is None else money(row["effect"]),
        )
    rest = volume[_MOST_ROWS:]
    if rest.height:
        table.add_row(
            f"and {rest.height:,} more",
            "",
            f"{rest['lines'].sum():,}",
            *(
                money(sum(rest[name].drop_nulls(), start=Decimal(0)))
                for name in ("allowed_before", "allowed_after", "effect")
            ),
        )
    said = [words(f"Rejected rows, not included: {rejected:,}.")] if rejected else []
    return [steps, *said, table]
