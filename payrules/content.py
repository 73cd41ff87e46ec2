"""Finds the data that ships with payrules, in a checkout and installed alike."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def content_folder(name: str) -> Path:
    """Give the folder `fee_schedules` or `reports`: inside the wheel, or beside the package."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
