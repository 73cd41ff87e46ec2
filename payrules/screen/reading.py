"""What a batch was read as, for a terminal: each file, its columns, and what is not there."""

from payrules.claims import Batch
from payrules.claims.columns import shown
from payrules.claims.reading import Reading, taken_instead
from payrules.runs.causes import causes_of
from payrules.screen.printed import Part, Table, words
from payrules.screen.rejected import rejected


def dry_run(batch: Batch) -> list[Part]:
    """Tell how the files of a batch are read, how many rows are lines, and why others are not."""
    parts: list[Part] = [part for each in batch.readings for part in reading_report(each)]
    rows = Table("", "rows", right=("rows",))
    rows.add_row("rows in", f"{batch.rows_in:,}")
    rows.add_row("  lines", f"{batch.lines.height:,}")
    rows.add_row("  rejected", f"{batch.rejects.height:,}")
    if batch.superseded is not None:
        rows.add_row("  superseded", f"{batch.superseded.height:,}")
    if batch.reversed is not None:
        rows.add_row("  reversed", f"{batch.reversed.height:,}")
    if batch.facility is not None:
        rows.add_row("  facility", f"{batch.facility.height:,}")
    if batch.history is not None:
        rows.add_row("  history", f"{batch.history.height:,}")
    why = rejected(causes_of([batch.rejects]), "")
    return [*parts, rows, *why, words("Nothing was priced.")]


def reading_report(reading: Reading) -> list[Part]:
    """Tell of one file: what kind it is, as what each column is read, what is not there."""
    table = Table("column", "read as", "how")
    for each in reading.columns:
        heading = "" if each.heading is None else shown(each.heading)
        how = f"{each.how}; {each.note}" if each.note else each.how
        table.add_row(heading, each.read_as or "", how)
    absent = [words(f"Not there: {', '.join(reading.absent)}.")] if reading.absent else []
    if instead := taken_instead(reading.absent):
        absent.append(words(f"Priced without: {instead}."))
    return [words(reading.first_line(), bold=True), table, *absent, *map(words, reading.notes)]
