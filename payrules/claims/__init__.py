"""The intake of claims: files in, checked claim lines and reasoned rejects out."""

from payrules.claims.batch import Batch, BatchFile, read_batch
from payrules.claims.columns import read_columns_map
from payrules.claims.in_memory import Claims

__all__ = ["Batch", "BatchFile", "Claims", "read_batch", "read_columns_map"]
