"""Columns between polars, Arrow and Spark: their types, and their names in Spark's language."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import polars as pl
import pyarrow as pa

Batches: TypeAlias = Iterator[pa.RecordBatch]


def as_arrow(frame: pl.DataFrame, schema: pl.Schema) -> Batches:
    """Give rows as Spark takes them: its column types, not polars' wider ones."""
    table = frame.select(schema.names()).cast(schema).to_arrow()
    fields = [(name, _arrow_type(dtype)) for name, dtype in schema.items()]
    yield from table.cast(pa.schema(fields)).to_batches()


def _arrow_type(dtype: Any) -> pa.DataType:
    if isinstance(dtype, pl.List):
        return pa.list_(_arrow_type(dtype.inner))
    if isinstance(dtype, pl.Struct):
        return pa.struct([(field.name, _arrow_type(field.dtype)) for field in dtype.fields])
    if isinstance(dtype, pl.Decimal):
        return pa.decimal128(dtype.precision or 38, dtype.scale)
    return {
        pl.String: pa.string(),
        pl.Int64: pa.int64(),
        pl.Boolean: pa.bool_(),
        pl.Date: pa.date32(),
    }[dtype.base_type()]


def ddl(schema: pl.Schema) -> str:
    """Write columns as Spark's own language of types."""
    return ", ".join(f"{quoted(name)} {_ddl_type(dtype)}" for name, dtype in schema.items())


def _ddl_type(dtype: Any) -> str:
    if isinstance(dtype, pl.List):
        return f"array<{_ddl_type(dtype.inner)}>"
    if isinstance(dtype, pl.Struct):
        fields = (f"{quoted(field.name)}: {_ddl_type(field.dtype)}" for field in dtype.fields)
        return f"struct<{', '.join(fields)}>"
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision}, {dtype.scale})"
    return {pl.String: "string", pl.Int64: "bigint", pl.Boolean: "boolean", pl.Date: "date"}[
        dtype.base_type()
    ]


def quoted(name: str) -> str:
    """Write a heading as a name in Spark's language."""
    return "`" + name.replace("`", "``") + "`"
