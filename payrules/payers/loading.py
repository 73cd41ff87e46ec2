"""A payer by what a user calls it: Medicare, a preset, or a file of terms."""

from pathlib import Path

from payrules.payers.payer import MEDICARE, Payer, is_payer_file


def load_payer(name_or_path: str | Path) -> Payer:
    """Give a payer: `medicare`, a preset by its name, or a payer file.

    Raises PayerError: the file, the place in it, what is wrong and what to write.
    """
    if str(name_or_path).lower() == MEDICARE.name and not is_payer_file(Path(name_or_path)):
        return MEDICARE
    # What reads files takes a third of the start of a run that has none (pydantic).
    from payrules.payers.payer_file import read_payer  # noqa: PLC0415

    return read_payer(name_or_path)
