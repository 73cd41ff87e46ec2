"""A payer's own cost sharing of preventive services: a table in a file, or entries of its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import polars as pl
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from payrules.claims.checks.dates import read_day
from payrules.claims.columns import normal
from payrules.claims.modifiers import modifier_table
from payrules.claims.readers import read_file
from payrules.counted import counted
from payrules.errors import ClaimsError, PayerError
from payrules.files.toml import is_file
from payrules.money import WHOLE
from payrules.schedules.cost_sharing import CostSharing, SharedCost, codes_of
from payrules.within_reason import shown

_COLUMNS = ("hcpcs_code", "deductible_waived", "coinsurance_percent", "effective_from")
_MAY_HAVE = ("modifier", "effective_to", "citation", "condition", "schedule", "tag")
_YES_OR_NO = {"y": True, "yes": True, "true": True, "n": False, "no": False, "false": False}


class OwnEntry(BaseModel):
    """An entry of a payer file: `[[cost_sharing.services]]`; a row of a table has the same names.

    It stands for the table's rows of its code and modifier, on its days.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    hcpcs_code: str
    modifier: str = ""
    deductible_waived: bool
    coinsurance_percent: int | float | Decimal
    effective_from: date
    effective_to: date | None = None
    citation: str = ""

    @field_validator("hcpcs_code")
    @classmethod
    def _is_code(cls, written: str) -> str:
        first, last = codes_of(written.strip().upper() if written != "Q3-donor" else written)
        for each in (first, last):
            if len(each) != 5 or not (each.isascii() and each.isalnum()):
                raise ValueError(
                    f"'{shown(written)}' is no code; write five characters, a range such as"
                    ' "10000-69999", or "*" for any'
                )
        if last < first:
            raise ValueError(f"'{shown(written)}' has its last code before its first; swap them")
        return written.strip() if first != last else first

    @field_validator("modifier")
    @classmethod
    def _is_modifier(cls, written: str) -> str:
        known = written.strip().upper()
        if known and known not in modifier_table():
            raise ValueError(f"'{shown(written)}' is no modifier of CMS's table")
        return known

    @field_validator("coinsurance_percent")
    @classmethod
    def _is_percent(cls, written: Decimal) -> Decimal:
        percent = Decimal(str(written))
        if not percent.is_finite() or not 0 <= percent <= 100 or percent * 100 % 1:
            raise ValueError("is a percentage from 0 to 100 with at most two decimals, such as 20")
        if 0 < percent < 1:
            raise ValueError(
                f"is a percentage: write {float(percent * 100):g} for a share of {percent}"
            )
        return percent

    @model_validator(mode="after")
    def _in_order(self) -> "OwnEntry":
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise ValueError("ends before it begins; correct effective_from or effective_to")
        return self

    def row(self, cites: str) -> SharedCost:
        """Give it as a row of a table; the contract is cited where it names no source."""
        first, last = codes_of(self.hcpcs_code)
        return SharedCost(
            first=first,
            last=last,
            modifier=self.modifier,
            deductible_waived=self.deductible_waived,
            share=int(Decimal(self.coinsurance_percent) * WHOLE / 100),
            effective_from=self.effective_from,
            effective_to=self.effective_to or date.max,
            cites=self.citation.strip() or cites,
        )


class CostSharingSection(BaseModel):
    """What a payer file says of cost sharing: a table in place of Medicare's, entries, or both."""

    model_config = ConfigDict(extra="forbid", strict=True)

    file: str | None = None
    services: list[OwnEntry] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> "CostSharingSection":
        if self.file is None and not self.services:
            raise ValueError("is empty; name a file, or list [[cost_sharing.services]]")
        return self


class ReadCostSharing(NamedTuple):
    """A payer's table, the hash of its file by name, and what of the file is to be said."""

    table: CostSharing
    files: Mapping[str, str]
    notes: tuple[str, ...]


def read_cost_sharing(
    said: CostSharingSection,
    base: CostSharing,
    folder: Path,
    contract: str,
    refuse: Callable[[str, str], PayerError],
) -> ReadCostSharing:
    """Give a payer's table on what its file says, and the hash of the file that was read."""
    files: dict[str, str] = {}
    notes: tuple[str, ...] = ()
    table = base
    if said.file is not None:
        path = folder / said.file
        if not is_file(path):
            raise refuse(
                "cost_sharing.file",
                f"there is no file '{said.file}' next to it; paths are relative to the payer"
                " file's folder",
            )
        try:
            read = read_file(path)
        except ClaimsError as error:
            raise PayerError(f"The cost sharing cannot be used: {error}") from None
        if read.further_sheets:
            raise PayerError(
                f"{read.name} has data on other worksheets too (number "
                f"{', '.join(map(str, read.further_sheets))}); cost sharing is read from one sheet."
                " Save that sheet as its own file."
            )
        notes = read.told_of_hidden()
        for heading in read.rows.columns:
            if normal(heading) == "coinsurance_percent":
                read, as_shown = read.with_percentages(heading)
                notes += as_shown
        rows = tuple(_rows(read.rows, read.name, contract))
        _refuse_repeats(rows, read.name)
        table = CostSharing(f"{counted(len(rows), 'row')} of {read.name}", rows)
        files[read.name] = read.sha256
    if said.services:
        own = [entry.row(contract) for entry in said.services]
        _refuse_repeats(own, "cost_sharing.services")
        table = table.with_own(own, "its own")
    return ReadCostSharing(table, files, notes)


def _rows(table: pl.DataFrame, file: str, contract: str) -> Iterator[SharedCost]:
    """Read each row of a table in a file; ordinary cost sharing, as of Medicare's, is left out."""
    names = {heading: normal(heading) for heading in table.columns}
    for name in _COLUMNS:
        if [*names.values()].count(name) != 1:
            raise PayerError(f"{file} needs one column {name}; it has {', '.join(table.columns)}.")
    for heading, name in names.items():
        if name not in (*_COLUMNS, *_MAY_HAVE):
            raise PayerError(
                f"{file} has a column '{shown(heading)}', which payrules does not read. Rename it,"
                " or remove it."
            )
    renamed = table.rename(names)
    days = {
        name: read_day(pl.col(name)) for name in ("effective_from", "effective_to")
        if name in renamed.columns
    }  # fmt: skip
    texts = renamed.select(pl.all().str.strip_chars().fill_null(""))
    read = texts.select(**days)
    for number, (row, its_days) in enumerate(
        zip(texts.to_dicts(), read.to_dicts(), strict=True), 1
    ):
        if any(row.values()):
            yield from _row(row, its_days, f"{file}, row {number} under the headings", contract)


def _row(
    row: Mapping[str, str], days: Mapping[str, date | None], where: str, contract: str
) -> Iterator[SharedCost]:
    for name, day in days.items():
        if (row[name] or name == "effective_from") and day is None:
            raise PayerError(f"{where}, column {name}: write the day as 2026-01-31 or 01/31/2026.")
    waived = _YES_OR_NO.get(row["deductible_waived"].lower())
    if waived is None:
        raise PayerError(f"{where}, column deductible_waived: write y or n.")
    if not waived and not row["coinsurance_percent"]:
        return  # not covered: nothing to share
    try:
        percent = Decimal(row["coinsurance_percent"])
    except ArithmeticError:
        raise PayerError(
            f"{where}, column coinsurance_percent: write a percentage such as 20."
        ) from None
    texts = {name: row[name] for name in ("hcpcs_code", "modifier", "citation") if name in row}
    said = {**texts, **days, "deductible_waived": waived, "coinsurance_percent": percent}
    try:
        entry = OwnEntry.model_validate(said)
    except ValidationError as error:
        fault = error.errors()[0]
        column = fault["loc"][0] if fault["loc"] else "effective_to"
        raise PayerError(f"{where}, column {column}: {fault['ctx']['error']}.") from None
    yield entry.row(contract)


def _refuse_repeats(rows: Iterable[SharedCost], where: str) -> None:
    """Refuse two rows of one code and modifier on one day: nobody could say which is meant."""
    by_code: dict[tuple[str, str, str], list[SharedCost]] = {}
    for row in rows:
        by_code.setdefault((row.first, row.last, row.modifier), []).append(row)
    for (first, last, modifier), same in by_code.items():
        same.sort(key=lambda row: row.effective_from)
        for earlier, later in pairwise(same):
            if later.effective_from <= earlier.effective_to:
                code = first if first == last else f"{first}-{last}"
                with_modifier = f" with {modifier}" if modifier else ""
                raise PayerError(
                    f"{where}: {code}{with_modifier} stands twice for"
                    f" {later.effective_from.isoformat()}; give the two separate days, or remove"
                    " one."
                )
