"""What the columns of a claims file are: `columns`."""

# Heavy imports wait inside the commands, so that --help is quick.
# ruff: noqa: PLC0415

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from payrules.cli.options import CLAIMS_FILE, columns_option, read_as, sheet_option
from payrules.terminal import say


@click.command()
@click.argument("file", type=CLAIMS_FILE)
@columns_option
@sheet_option
def columns(file: Path, **how: Any) -> None:
    """Say what the columns of a claims file may be, as a columns file to look over and keep.

    It is told of each heading what it is read as, what is guessed from its values, and what is
    missing: payrules columns export.csv > ours.toml
    """
    from payrules.claims.guess import columns_text
    from payrules.claims.readers import read_files
    from payrules.claims.reading import Reading
    from payrules.claims.sheet import Sheet
    from payrules.files.worksheet_words import first_sheet_read
    from payrules.screen.printed import show
    from payrules.screen.reading import reading_report

    said = read_as(how)["columns"]
    for read in read_files([file], said):
        if read.x12 is not None:
            show(*reading_report(Sheet.of_x12(read.x12, said).reading))
            continue
        reading = read.reading or Reading(read.name)
        if read.further_sheets:
            other = first_sheet_read(read.name, read.further_sheets, reading.sheet)
            reading = replace(reading, notes=(*reading.notes, other))
        say(*columns_text(read.name, read.rows, reading).splitlines())
