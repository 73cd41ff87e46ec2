"""Where the parts of a run lie, and whether one was stopped: loads nothing that makes them."""

from pathlib import Path

#: How the name of the folder of parts ends.
PARTS = ".parts"
#: The file in it that says what a run was asked.
ASKED = "asked.json"


def folder_of(lines: Path) -> Path:
    """Give the folder of the parts of a run that writes its lines to a file."""
    return lines.with_name(f".{lines.name}{PARTS}")


def was_begun(lines: Path) -> bool:
    """Whether a run in parts into this file was stopped, or still runs."""
    return (folder_of(lines) / ASKED).exists()
