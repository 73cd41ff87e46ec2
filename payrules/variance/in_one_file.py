"""Files that hold claims and remittances: what is not read of one on one side is on the other.

Each reader rejects the sets of the other kind, since by itself nothing else would tell of them.
Where the same file is given as claims and as remittance both kinds are read, and none is rejected.
"""

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import replace

import polars as pl

from payrules.claims import Batch
from payrules.claims.batch import BatchFile
from payrules.variance.remittances import Remittances
from payrules.x12.envelope import PROFESSIONAL, REMITTANCE, other_not_read
from payrules.x12.facts_835 import RemittanceFile


def read_on_both_sides(batch: Batch, read: Remittances) -> tuple[Batch, Remittances]:
    """Give a batch and remittances without the rejects of sets that the other of them has read."""
    both = {each.sha256 for each in batch.files} & {each.sha256 for each in read.files}
    if not both:
        return batch, read
    paid = read.rejects.filter(~_is_read(read.rejects, PROFESSIONAL, _names(read.files, both)))
    claims = batch.rejects.filter(~_is_read(batch.rejects, REMITTANCE, _names(batch.files, both)))
    files = tuple(
        replace(each, rows=each.rows - fewer_there)
        for each, fewer_there in zip(batch.files, _fewer(batch, claims), strict=True)
    )
    fewer = batch.rejects.height - claims.height
    batch = replace(batch, rejects=claims, rows_in=batch.rows_in - fewer, files=files)
    return batch, replace(read, rejects=paid)


def _names(files: Sequence[BatchFile] | Sequence[RemittanceFile], both: Container[str]) -> set[str]:
    """Name the files that both sides read; none whose name another file has, too.

    Rejects name their file by its name alone: of two of one name each keeps its own.
    """
    times = Counter(each.name for each in files)
    return {each.name for each in files if each.sha256 in both and times[each.name] == 1}


def _is_read(rejects: pl.DataFrame, kind: str, names: set[str]) -> pl.Expr:
    """Mark rejects of sets of a kind in some files; of a batch of one file none is named."""
    is_of_kind = (pl.col("reason") == other_not_read(kind)).fill_null(value=False)
    if "file" not in rejects.columns:
        return is_of_kind if names else pl.lit(value=False)
    return is_of_kind & pl.col("file").is_in(sorted(names))


def _fewer(batch: Batch, kept: pl.DataFrame) -> list[int]:
    """Count the rejects that each file of a batch has less."""
    if "file" not in kept.columns:
        return [batch.rejects.height - kept.height for _ in batch.files]

    def of(rejects: pl.DataFrame, name: str) -> int:
        return int(rejects["file"].eq(name).sum())

    return [of(batch.rejects, each.name) - of(kept, each.name) for each in batch.files]
