"""The accounts that the journal posts to: of a TOML file, or the placeholders that ship."""

from collections.abc import Mapping
from pathlib import Path

from payrules.errors import ReportError
from payrules.files.toml import TomlFile, read_toml
from payrules.nearest import perhaps
from payrules.workbook.figures.accrual import PARTS
from payrules.workbook.layout.sheets import Layout

SHIPPED = Path(__file__).with_name("accounts.toml")
_LONGEST = 100


def read_accounts(path: Path | None = None) -> dict[str, str]:
    """Read the account of each part of the accrual; without a path, the placeholders.

    Raises ReportError that names the line: of a part that there is none of, one that is missing,
    and of what is no account.
    """
    file = read_toml(SHIPPED if path is None else Path(path), "accounts file", ReportError)
    known = [part.name for part in PARTS]
    for name in file.written:
        if name not in known:
            raise ReportError(
                f"{_where(file, name)}: '{name}' is no part of the accrual"
                f"{perhaps(name, known)}. It has {', '.join(known)}."
            )
    for name in known:
        _must_be_account(file, name, file.written)
    return {name: file.written[name].strip() for name in known}


def accounts_for(layout: Layout, path: str | Path | None) -> dict[str, str]:
    """Read the accounts of a report; ReportError where a file is given that no sheet asks for."""
    posts = any(sheet.content == "journal" for sheet in layout.sheets)
    if path is not None and not posts:
        raise ReportError(
            f"The accounts file {Path(path).name} is for a sheet of the journal, and the layout"
            f" '{layout.title}' has none; use the layout estimate, or give your own a sheet with"
            ' content = "journal".'
        )
    return read_accounts(None if path is None else Path(path))


def _must_be_account(file: TomlFile, name: str, written: Mapping[str, object]) -> None:
    if name not in written:
        raise ReportError(
            f'{file.name}: {name} is missing; name the account it is posted to, as {name} = "1200".'
        )
    account = written[name]
    fits = isinstance(account, str) and account.strip() and account.isprintable()
    if not (fits and len(str(account)) <= _LONGEST):
        raise ReportError(
            f"{_where(file, name)}: {name} must be an account's number or name in quotes, on one"
            f' line, of at most {_LONGEST} characters, such as {name} = "1200".'
        )


def _where(file: TomlFile, name: str) -> str:
    line = file.line((name,))
    return file.name if line is None else f"{file.name}, line {line}"
