"""The intake of claims: files in, checked claim lines and reasoned rejects out."""

from payrules.claims.batch import Batch, BatchFile, read_batch
from payrules.claims.columns_file import AnyColumns, ColumnsFile
from payrules.claims.columns_toml import columns_file, read_columns_file
from payrules.claims.in_memory import Claims

__all__ = [
    "AnyColumns",
    "Batch",
    "BatchFile",
    "Claims",
    "ColumnsFile",
    "columns_file",
    "read_batch",
    "read_columns_file",
]
