"""The demonstration batch: made-up claims of an interventional pain practice."""

from pathlib import Path

#: The batch, as a practice system would export it.
BATCH = Path(__file__).parent / "claims.csv"


def was_written_by_demo(claims: Path) -> bool:
    """Tell whether a folder's claims file is the demonstration batch, byte for byte."""
    return claims.is_file() and claims.read_bytes() == BATCH.read_bytes()
