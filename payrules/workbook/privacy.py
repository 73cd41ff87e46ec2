"""Results for readers who need not know the patient: without identifiers, or with pseudonyms."""

import hashlib
import hmac
from pathlib import Path

import polars as pl

from payrules.claims.columns import is_known, normal
from payrules.errors import UsageError
from payrules.results import Results
from payrules.workbook.columns import LINE_COLUMNS, PERSON_COLUMNS

_SHORTEST_KEY = 16
_VERDICT = ("file", "row", "column", "value", "reason")


def minimal(results: Results) -> Results:
    """Drop person identifiers, and every carried column: payrules cannot know what they hold.

    Claim numbers stay, so that a line can be found again. A rejected row keeps the columns that
    payrules knows; a rejected identifier loses its value.
    """
    lines = _without_carried(results).drop(PERSON_COLUMNS, strict=False)
    rejects = _without_carried_raw(results.rejects)
    raw = [name for name in rejects.columns[_verdicts(rejects) :] if _is_person(name)]
    rejects = _change_value(rejects.drop(raw), pl.lit(None, dtype=pl.String))
    return _with_note(results, lines, rejects, "person identifiers and carried columns left out")


def pseudonymize(results: Results, keyfile: Path) -> Results:
    """Replace person identifiers by HMAC-SHA256 under the key in `keyfile`, in hex.

    The same person and key give the same pseudonym, in every file and every run, so tables stay
    joinable; carried columns are dropped. Raises UsageError for a key that cannot be read or is
    shorter than 16 bytes; line ends after it are no part of it.
    """
    key = read_key(Path(keyfile))
    lines = _without_carried(results)
    lines = lines.with_columns(
        _pseudonyms(lines[name], key).alias(name)
        for name in PERSON_COLUMNS
        if name in lines.columns
    )
    rejects = _without_carried_raw(results.rejects)
    raw = [name for name in rejects.columns[_verdicts(rejects) :] if _is_person(name)]
    rejects = rejects.with_columns(_pseudonyms(rejects[name], key).alias(name) for name in raw)
    if "value" in rejects.columns:
        rejects = _change_value(rejects, _pseudonyms(rejects["value"], key))
    note = "person identifiers replaced by keyed hashes (HMAC-SHA256), carried columns left out"
    return _with_note(results, lines, rejects, note)


def read_key(keyfile: Path) -> bytes:
    """Read the key of pseudonyms; UsageError if it is no file or shorter than 16 bytes."""
    try:
        key = keyfile.read_bytes().rstrip(b"\r\n")
    except OSError as fault:
        raise UsageError(f"The key file {keyfile} cannot be read: {fault.strerror}.") from fault
    if len(key) < _SHORTEST_KEY:
        raise UsageError(
            f"The key in {keyfile.name} has {len(key)} bytes; use at least {_SHORTEST_KEY} random"
            " ones and keep the file secret."
        )
    return key


def _pseudonyms(names: pl.Series, key: bytes) -> pl.Series:
    distinct = names.cast(pl.String).unique().drop_nulls().to_list()
    if not distinct:
        return names
    hashed = [hmac.new(key, name.encode(), hashlib.sha256).hexdigest() for name in distinct]
    return names.cast(pl.String).replace_strict(distinct, hashed, default=None)


def _is_person(heading: str) -> bool:
    return normal(heading).removeprefix("input_") in PERSON_COLUMNS


def _without_carried(results: Results) -> pl.DataFrame:
    """Keep the columns payrules knows: of the claim, and its own results."""
    carried = set(results.carried)
    return results.lines.select(
        name
        for name in results.lines.columns
        if name not in carried and (is_known(name) or name in LINE_COLUMNS)
    )


def _verdicts(rejects: pl.DataFrame) -> int:
    """Count the columns that say what is wrong; the raw row follows them."""
    return sum(name in _VERDICT for name in rejects.columns)


def _without_carried_raw(rejects: pl.DataFrame) -> pl.DataFrame:
    raw = rejects.columns[_verdicts(rejects) :]
    return rejects.drop(name for name in raw if not is_known(normal(name)))


def _change_value(rejects: pl.DataFrame, value: pl.Expr | pl.Series) -> pl.DataFrame:
    """Give a rejected person identifier another value; others stay as they came."""
    if "value" not in rejects.columns:
        return rejects
    of_person = pl.col("column").is_in(list(PERSON_COLUMNS))
    return rejects.with_columns(pl.when(of_person).then(value).otherwise("value").alias("value"))


def _with_note(results: Results, lines: pl.DataFrame, rejects: pl.DataFrame, note: str) -> Results:
    run = {**results.run, "privacy": note}
    return Results(lines=lines, adjustments=results.adjustments, rejects=rejects, run=run)
