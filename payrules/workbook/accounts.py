"""The accounts that the journal posts to: of a TOML file, or the placeholders that ship."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from payrules.errors import ReportError
from payrules.files.toml import TomlFile, read_toml
from payrules.nearest import perhaps
from payrules.workbook.figures.accrual import PARTS, Accounts
from payrules.workbook.layout.sheets import Layout

SHIPPED = Path(__file__).with_name("accounts.toml")
_LONGEST = 100


#: The table of payers that post to accounts of their own: `[payers.Acme]`.
_OF_PAYERS = "payers"


def read_accounts(path: Path | None = None) -> Accounts:
    """Read the account of each part of the accrual; without a path, the placeholders.

    Under `[payers.NAME]` stand those that are others of one payer. Raises ReportError that names
    the line: of a part that there is none of, one that is missing,
    and of what is no account.
    """
    file = read_toml(SHIPPED if path is None else Path(path), "accounts file", ReportError)
    known = [part.name for part in PARTS]
    usual = {name: account for name, account in file.written.items() if name != _OF_PAYERS}
    of_payers = file.written.get(_OF_PAYERS, {})
    if not (_is_table(of_payers) and all(map(_is_table, of_payers.values()))):
        raise ReportError(
            f"{_where(file, _OF_PAYERS)}: accounts of one payer stand in a table of its own, such"
            ' as [payers.Acme], with payer = "1205" under it.'
        )
    _must_be_parts(file, (), usual, known)
    for name in known:
        _must_be_account(file, (name,), usual)
    read: dict[str, dict[str, str]] = {}
    for payer, own in of_payers.items():
        place, key = (_OF_PAYERS, payer), payer.strip().lower()
        if key in read:
            raise ReportError(f"{_where(file, *place)}: the payer {payer} stands there twice.")
        _must_be_parts(file, place, own, known)
        for name in own:
            _must_be_account(file, (*place, name), own)
        read[key] = {name: account.strip() for name, account in own.items()}
    return Accounts({name: usual[name].strip() for name in known}, read)


def _is_table(written: object) -> bool:
    return isinstance(written, Mapping)


def _must_be_parts(
    file: TomlFile, place: tuple[str, ...], written: Mapping[str, object], known: Sequence[str]
) -> None:
    for name in written:
        if name not in known:
            raise ReportError(
                f"{_where(file, *place, name)}: '{name}' is no part of the accrual"
                f"{perhaps(name, known)}. It has {', '.join(known)}."
            )


def posts_to_accounts(layout: Layout) -> bool:
    """Whether a sheet of a layout posts to accounts: the journal."""
    return any(sheet.content == "journal" for sheet in layout.sheets)


def accounts_for(layout: Layout, path: str | Path | None) -> Accounts:
    """Read the accounts of a report; ReportError where a file is given that no sheet asks for."""
    if path is not None and not posts_to_accounts(layout):
        raise ReportError(
            f"The accounts file {Path(path).name} is for a sheet of the journal, and the layout"
            f" '{layout.title}' has none; use the layout estimate, give your own a sheet with"
            ' content = "journal", or write a web page beside it (--html), which has the journal.'
        )
    return read_accounts(None if path is None else Path(path))


def _must_be_account(file: TomlFile, place: tuple[str, ...], written: Mapping[str, object]) -> None:
    name = place[-1]
    if name not in written:
        raise ReportError(
            f'{file.name}: {name} is missing; name the account it is posted to, as {name} = "1200".'
        )
    account = written[name]
    fits = isinstance(account, str) and account.strip() and account.isprintable()
    if not (fits and len(str(account)) <= _LONGEST):
        raise ReportError(
            f"{_where(file, *place)}: {name} must be an account's number or name in quotes, on one"
            f' line, of at most {_LONGEST} characters, such as {name} = "1200".'
        )


def _where(file: TomlFile, *place: str) -> str:
    line = file.line(place)
    return file.name if line is None else f"{file.name}, line {line}"
