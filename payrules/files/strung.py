"""Files of one kind put behind each other to make one, without reading what is in them.

A CSV file is copied behind the one before. Of a Parquet file the row groups are copied, and its
footer, which says where they lie, is joined to the others' at the end: the footer is a structure
of Apache Thrift's compact protocol (Parquet format, README, "File format").
"""

import shutil
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

#: The bytes that a Parquet file begins and ends with.
_MAGIC = b"PAR1"
#: At the end: how long the footer is, and the bytes that end the file.
_END = 8
#: What the fields of the footer's structures are numbered (parquet.thrift).
_SCHEMA, _ROWS, _GROUPS, _SAID = 2, 3, 4, 5
_COLUMNS, _GROUP_BEGINS, _ORDINAL = 1, 5, 7
_CHUNK_BEGINS, _CHUNK, _INDEXES = 2, 3, range(4, 8)
_PLACES = (9, 10, 11, 14)  # of data pages, index page, dictionary page and Bloom filter

_TRUE, _FALSE, _BYTE, _INTEGERS, _DOUBLE, _BINARY = 1, 2, 3, (4, 5, 6), 7, 8
_LIST, _SET, _STRUCT = 9, 10, 12
#: The fields of a structure by their number, each with its type.
Struct = dict[int, tuple[int, Any]]


def strung(pieces: Iterable[Path], whole: Path) -> None:
    """Put pieces, CSV or Parquet by their ending, into one file, in their order.

    There must be one at least; of CSV the first alone has headings. Each is done with when the next
    is asked for. ValueError where Parquet pieces have not the same columns.
    """
    with whole.open("wb") as out:
        parquet = None
        for path in pieces:
            with path.open("rb") as piece:
                if path.suffix.lower() == ".parquet":
                    parquet = parquet or _Parquet(out)
                    parquet.add(piece)
                else:
                    shutil.copyfileobj(piece, out)
        if parquet is not None:
            parquet.finish()


class _Parquet:
    """A Parquet file that others are put into, one behind the other."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._footer: Struct = {}
        self._groups: list[bytes] = []
        self._rows = 0
        out.write(_MAGIC)

    def add(self, piece: BinaryIO) -> None:
        """Copy the row groups of a file."""
        end = piece.seek(-_END, 2)
        length = int.from_bytes(piece.read(4), "little")
        piece.seek(end - length)
        footer = _struct(BytesIO(piece.read(length)))
        self._footer = self._footer or footer
        if any(self._footer.get(each) != footer.get(each) for each in (_SCHEMA, _SAID)):
            raise ValueError("the pieces of a Parquet file have not the same columns")
        moved = self._out.tell() - len(_MAGIC)
        self._rows += footer[_ROWS][1]
        self._groups += [_encoded(_moved(each, moved)) for each in footer[_GROUPS][1][1]]
        piece.seek(len(_MAGIC))
        _copy(piece, self._out, end - length - len(_MAGIC))

    def finish(self) -> None:
        """Write the footer of all."""
        kind, _ = self._footer[_ROWS]
        groups = (_LIST, (_STRUCT, self._groups))
        footer = _encoded({**self._footer, _ROWS: (kind, self._rows), _GROUPS: groups})
        self._out.write(footer + len(footer).to_bytes(4, "little") + _MAGIC)


def _copy(piece: BinaryIO, out: BinaryIO, size: int) -> None:
    while size > 0:
        some = piece.read(min(size, 1 << 20))
        size -= len(some)
        out.write(some)


def _moved(group: Struct, by: int) -> Struct:
    """Give a row group that lies so many bytes farther on.

    Of what may be left out goes what would not be true of it: its number, and indexes of pages,
    which say in their own bytes where they lie.
    """
    group = _farther({each: said for each, said in group.items() if each != _ORDINAL}, by)
    kind, (of, columns) = group[_COLUMNS]
    moved = []
    for column in columns:
        chunk = {each: said for each, said in column.items() if each not in _INDEXES}
        if _CHUNK in chunk:
            chunk[_CHUNK] = (_STRUCT, _farther(chunk[_CHUNK][1], by, _PLACES))
        moved.append(_farther(chunk, by, (_CHUNK_BEGINS,)))
    return {**group, _COLUMNS: (kind, (of, moved))}


def _farther(said: Struct, by: int, places: Iterable[int] = (_GROUP_BEGINS,)) -> Struct:
    """Move the places that are said; one at 0, where no bytes of a column lie, is not known."""
    there = {each: said[each] for each in places if each in said and said[each][1]}
    return {**said, **{each: (kind, place + by) for each, (kind, place) in there.items()}}


# -- Thrift's compact protocol -------------------------------------------------------------------


def _struct(read: BytesIO) -> Struct:
    """Read a structure: each field's number is told by how far it is from the one before."""
    fields: Struct = {}
    number = 0
    while head := read.read(1)[0]:
        kind = head & 0x0F
        number = number + (head >> 4) if head >> 4 else _integer(read)
        fields[number] = (kind, kind == _TRUE if kind in {_TRUE, _FALSE} else _value(kind, read))
    return fields


def _value(kind: int, read: BytesIO) -> Any:
    if kind == _STRUCT:
        return _struct(read)
    if kind in {_LIST, _SET}:
        head = read.read(1)[0]
        of, size = head & 0x0F, head >> 4
        size = _natural(read) if size == 0x0F else size
        return of, [_value(of, read) for _ in range(size)]
    if kind in _INTEGERS:
        return _integer(read)
    if kind == _BINARY:
        return read.read(_natural(read))
    if kind == _DOUBLE:
        return read.read(8)
    if kind in {_TRUE, _FALSE, _BYTE}:
        return read.read(1)
    raise ValueError(f"a Parquet footer holds a value of type {kind}")


def _natural(read: BytesIO) -> int:
    number = 0
    for shift in count(0, 7):
        byte = read.read(1)[0]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
    return number


def _integer(read: BytesIO) -> int:
    number = _natural(read)
    return (number >> 1) ^ -(number & 1)


def _encoded(fields: Struct) -> bytes:
    """Write a structure."""
    return b"".join(_parts(fields))


def _parts(fields: Struct) -> Iterator[bytes]:
    before = 0
    for number, (kind, value) in sorted(fields.items()):
        is_flag = kind in {_TRUE, _FALSE}  # it is said by its type alone
        shown = (_TRUE if value else _FALSE) if is_flag else kind
        step = number - before
        yield bytes([step << 4 | shown]) if step <= 0x0F else bytes([shown]) + _of_integer(number)
        if not is_flag:
            yield _of_value(kind, value)
        before = number
    yield b"\0"


def _of_value(kind: int, value: Any) -> bytes:
    """Write a value; a structure in bytes is written already."""
    if kind == _STRUCT and not isinstance(value, bytes):
        return _encoded(value)
    if kind in {_LIST, _SET}:
        of, values = value
        size = len(values)
        head = bytes([size << 4 | of]) if size < 0x0F else bytes([0xF0 | of]) + _of_natural(size)
        return head + b"".join(_of_value(of, each) for each in values)
    if kind in _INTEGERS:
        return _of_integer(value)
    if kind == _BINARY:
        return _of_natural(len(value)) + bytes(value)
    return bytes(value)


def _of_natural(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _of_integer(number: int) -> bytes:
    return _of_natural(number << 1 if number >= 0 else (-number << 1) - 1)
