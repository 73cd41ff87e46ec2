"""The tables of edits in the store: of CMS's millions of pairs a batch's few rows are read."""

import polars as pl

from payrules.engine.tables import CODES_OF_TABLES, Tables, are_about
from payrules.runs.edits_at_hand import KIND_OF_EDIT
from payrules.schedules import Schedules

#: What rules call a table → the kind of table it is in the store.
_KINDS = {name: KIND_OF_EDIT.get(name, name) for name in CODES_OF_TABLES}


class StoredTables:
    """The tables of edits that schedules hold, read for the codes that are asked about."""

    def __init__(self, schedules: Schedules) -> None:
        """Read nothing yet; AlteredError may come from whatever reads."""
        self._schedules = schedules
        self._stand_ins = {name: schedules.stand_ins(kind) for name, kind in KIND_OF_EDIT.items()}
        #: The codes that were asked about so far, and the rows about them.
        self._read: tuple[pl.Series, Tables] | None = None

    def has(self, name: str) -> bool:
        """Say whether there is a table that rules call so."""
        return bool(self._schedules.tables_in_use(_KINDS[name]))

    def about(self, codes: pl.Series) -> Tables:
        """Give the tables with only the rows that can concern a batch of these codes.

        What was read once serves again: a batch priced in parts, or again for a what-if, has
        mostly the same codes.
        """
        read = self._read
        if read is None or not codes.is_in(read[0].implode()).all():
            every = codes if read is None else pl.concat([read[0], codes]).unique()
            read = self._read = (every, self._about(every))
        return read[1].about(codes)

    def whole(self) -> Tables:
        """Give the tables with all their rows."""
        tables = {name: self._schedules.table(kind) for name, kind in _KINDS.items()}
        return Tables(**tables, stand_ins=self._stand_ins)

    def _about(self, codes: pl.Series) -> Tables:
        tables = {
            name: self._schedules.rows_where(kind, are_about(name, codes))
            for name, kind in _KINDS.items()
        }
        return Tables(**tables, stand_ins=self._stand_ins)
