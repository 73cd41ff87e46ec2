"""What a policy finds of a line: why it would be denied, or what a person should review."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import polars as pl

from payrules.coverage.policy import Policy

#: A finding: the line, the policy's place among those that apply, whether it denies, its codes, the
#: sentence, and the sessions that were counted for it.
FOUND: dict[Any, Any] = {
    "row": pl.UInt32,
    "policy": pl.UInt32,
    "denies": pl.Boolean,
    "carc": pl.String,
    "rarc": pl.String,
    "text": pl.String,
    "sessions": pl.String,
}


def no_findings() -> pl.DataFrame:
    """Give no finding."""
    return pl.DataFrame(schema=FOUND)


def denials(
    lines: pl.DataFrame,
    number: int,
    codes: tuple[str, str],
    text: str | pl.Expr,
    sessions: pl.Expr | None = None,
) -> pl.DataFrame:
    """Find of lines that the policy of this number denies them, with CARC and RARC."""
    return _found(lines, number, text, sessions, codes)


def reviews(
    lines: pl.DataFrame, number: int, text: str | pl.Expr, sessions: pl.Expr | None = None
) -> pl.DataFrame:
    """Find of lines that a person should look at them."""
    return _found(lines, number, text, sessions, None)


def _found(
    lines: pl.DataFrame,
    number: int,
    text: str | pl.Expr,
    sessions: pl.Expr | None,
    codes: tuple[str, str] | None,
) -> pl.DataFrame:
    carc, rarc = codes or (None, None)
    said = {
        "policy": pl.lit(number),
        "denies": pl.lit(codes is not None),
        "carc": pl.lit(carc),
        "rarc": pl.lit(rarc),
        "text": pl.lit(text) if isinstance(text, str) else text,
        "sessions": pl.lit(None) if sessions is None else sessions,
    }
    return lines.select("row", **said).cast(FOUND)


def together(found: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Put findings together in the order in which they were found."""
    each = [one for one in found if one.height]
    return pl.concat(each) if each else no_findings()


def denied_rows(found: pl.DataFrame) -> pl.Series:
    """Give the rows of which a finding denies the line."""
    return found.filter("denies")["row"].unique()


def without(lines: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """Give lines but those of some rows; history has no row and stays."""
    if rows.is_empty():
        return lines
    gone = pl.col("row").is_in(rows.implode()).fill_null(value=False)
    return lines.filter(~gone)


def in_words(name: str) -> str:
    """Write the name of a family or region as words."""
    return name.replace("_", " ")


def listed(names: Sequence[str]) -> str:
    """List names as words."""
    return ", ".join(map(in_words, names))


def denial_codes(policies: Iterable[Policy]) -> list[tuple[str, str, str]]:
    """Give every group, CARC and RARC with which any of the policies may deny."""
    pairs = dict.fromkeys(pair for policy in policies for pair in _pairs_of(policy))
    return [(group, *pair) for pair in pairs for group in ("CO", "PR")]


def _pairs_of(policy: Policy) -> Iterator[tuple[str, str]]:
    for each in policy.noncovered:
        yield policy.denial("noncovered", by_statute=each.by_statute)
    if any(each.closed for each in policy.diagnoses):
        yield policy.denial("diagnosis")
    if policy.frequency:
        yield policy.denial("frequency")
    for limit in policy.sessions:
        if limit.most_levels is not None:
            yield policy.denial("levels")
        if limit.one_region:
            yield policy.denial("regions")
        if limit.one_side:
            yield policy.denial("sides")
