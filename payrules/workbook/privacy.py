"""Results for readers who need not know the patient: without identifiers, or with pseudonyms."""

import hashlib
import hmac
import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import polars as pl

from payrules.claims.columns import is_known
from payrules.counted import counted
from payrules.errors import UsageError
from payrules.files.tables import must_be_file
from payrules.runs.lines import PricedLines
from payrules.runs.results import Estimate
from payrules.workbook.columns import LINE_COLUMNS, PERSON_COLUMNS

_SHORTEST_KEY, _SAFE_LENGTH, _LONGEST_KEY = 16, 32, 1 << 16
_FEWEST_DIFFERENT = 6
_WORDS_OF_PASSWORDS = (
    *(b"password", b"passwort", b"passphrase", b"secret", b"qwert", b"letmein", b"changeme"),
    *(b"payrules", b"medicare", b"123456", b"abcdef"),
)
#: What is kept of a rejected row: where columns have slid, any cell of it may hold a person.
_KEPT_OF_REJECTS = ("file", "row", "column", "reason")


def minimal(results: Estimate) -> Estimate:
    """Drop person identifiers, and every carried column: payrules cannot know what they hold.

    Claim numbers stay, so that a line can be found again. Of a rejected row its number, the column
    and the reason stay: where columns have slid, any cell may hold a person.
    """
    lines = _without_carried(results).drop(PERSON_COLUMNS, strict=False)
    return _with_note(results, lines, "person identifiers and carried columns left out")


def pseudonymize(results: Estimate, keyfile: Path) -> Estimate:
    """Replace person identifiers by HMAC-SHA256 under the key in `keyfile`, in hex.

    The same person and key give the same pseudonym, in every file and every run, so tables stay
    joinable; carried columns are dropped, and rejected rows but for number, column and reason.
    Raises UsageError for a key that cannot be read or is shorter than 16 bytes; line ends after it
    are no part of it.
    """
    key = read_key(Path(keyfile))
    lines = _without_carried(results)
    lines = lines.with_columns(
        _pseudonyms(lines[name], key).alias(name)
        for name in PERSON_COLUMNS
        if name in lines.columns
    )
    note = "person identifiers replaced by keyed hashes (HMAC-SHA256), carried columns left out"
    return _with_note(results, lines, note)


#: Of what payers paid: columns that tell of a person, and those that name a claim of one.
_PAID_PERSONS = ("person_id", "corrected_person_id")
_PAID_CLAIMS = (
    *("claim_id", "patient_control_number", "payer_claim_control_number"),
    *("line_control_number", "reference", "by_claim"),
)
#: What a reference of a provider adjustment may be without telling of a person.
_NUMBERS = ("trace_number", "payer_claim_control_number", "claim_id", "patient_control_number")
#: What a sentence says of the sessions that a coverage policy counted, by claim, to its end.
_SESSIONS = r"(?s)counted: [0-9]{4}-.*$"
_SENTENCES = ("expected_because",)
#: What is left of a reference of a provider adjustment that may hold more than a claim's number.
WITHHELD = "(withheld)"
#: What a reject quotes.
_QUOTED = "value"


def without_persons(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Drop the columns of tables of payments that tell of a person.

    Decision: a payer may put a member's number beside the claim's into the reference of a provider
    adjustment. One that is no number of a claim or a payment that was read, and nothing else, is
    withheld; the claim that it names stands beside it.
    """
    personal = (*_PAID_PERSONS, _QUOTED)
    asked = [each["reference"].unique() for each in tables.values() if "reference" in each.columns]
    numbers = [
        frame[column].filter(frame[column].is_in(each.implode()))
        for each in asked
        for frame in tables.values()
        for column in _NUMBERS
        if column in frame.columns and "reference" not in frame.columns
    ]
    known = pl.col("reference").is_in({one for each in numbers for one in each} - {None})
    withheld = pl.when(pl.col("reference").is_null() | known).then("reference")
    return {
        name: (
            frame.with_columns(withheld.otherwise(pl.lit(WITHHELD)).alias("reference"))
            if "reference" in frame.columns
            else frame
        ).drop(personal, strict=False)
        for name, frame in tables.items()
    }


def with_pseudonyms(tables: Mapping[str, pl.DataFrame], keyfile: Path) -> dict[str, pl.DataFrame]:
    """Replace persons' and claims' numbers in tables of payments by keyed hashes.

    Claims' numbers are patients' accounts: they are hashed too, so that two runs join and nobody is
    named. Raises UsageError for a key that cannot be used.
    """
    key = read_key(Path(keyfile))
    return {
        name: frame.with_columns(
            *(
                _pseudonyms(frame[column], key).alias(column)
                for column in (*_PAID_PERSONS, *_PAID_CLAIMS)
                if column in frame.columns
            ),
            *(
                pl.col(column).str.replace(_SESSIONS, "the sessions counted are left out)")
                for column in _SENTENCES
                if column in frame.columns
            ),
        ).drop(_QUOTED, strict=False)
        for name, frame in tables.items()
    }


def read_key(keyfile: Path) -> bytes:
    """Read the key of pseudonyms; UsageError if it is no file, or a key that can be guessed.

    Who has the key can try every member's number against the pseudonyms. Decision: refused is what
    is certainly no random key, because a program cannot tell a good one: fewer than 16 bytes, few
    different ones, a piece that repeats, a run such as "abcdefgh…", or, in a key shorter than 32,
    a word that passwords are made of.
    """
    must_be_file(keyfile, UsageError)
    try:
        with keyfile.open("rb") as opened:
            content = opened.read(_LONGEST_KEY + 1)
    except OSError as fault:
        raise UsageError(f"The key file {keyfile} cannot be read: {fault.strerror}.") from fault
    weakness = _weakness(content.rstrip(b"\r\n"))
    if weakness:
        raise UsageError(
            f"The key in {keyfile.name} {weakness}; use at least {_SHORTEST_KEY} random bytes (such"
            " as: openssl rand -hex 32) and keep the file secret."
        )
    return content.rstrip(b"\r\n")


def _weakness(key: bytes) -> str | None:
    """Say why a key can be guessed; None where nothing says that it can."""
    steps = {(later - former) % 256 for former, later in pairwise(key)}
    plain = key.lower()
    # A random key of 16 bytes, or its 32 hexadecimal digits, has fewer once in ten million.
    weaknesses = {
        f"has {len(key)} bytes": len(key) < _SHORTEST_KEY,
        f"is larger than {_LONGEST_KEY:,} bytes, so it is some other file": len(key) > _LONGEST_KEY,
        f"has only {counted(len(set(key)), 'different byte')}": len(set(key)) < _FEWEST_DIFFERENT,
        "is one piece that repeats": (key + key).find(key, 1) < len(key),
        "is bytes in a row": len(steps) <= 2,
        "holds a word that passwords are made of": len(key) < _SAFE_LENGTH
        and any(word in plain for word in _WORDS_OF_PASSWORDS),
    }
    return next((said for said, holds in weaknesses.items() if holds), None)


def readable_by_others(keyfile: Path) -> str | None:
    """Say that other users of this machine can read a key file; None where they cannot.

    Decision: told, not refused, because secrets that are mounted into a container are often
    readable by all. Windows keeps no such permissions.
    """
    mode = keyfile.stat().st_mode
    if os.name == "nt" or not mode & (stat.S_IRGRP | stat.S_IROTH):
        return None
    return (
        f"The key file {keyfile.name} can be read by other users of this machine, who could then"
        " tell whose each pseudonym is; let nobody else read it (chmod 600)."
    )


def _pseudonyms(names: pl.Series, key: bytes) -> pl.Series:
    distinct = names.cast(pl.String).unique().drop_nulls().to_list()
    if not distinct:
        return names
    hashed = [hmac.new(key, name.encode(), hashlib.sha256).hexdigest() for name in distinct]
    return names.cast(pl.String).replace_strict(distinct, hashed, default=None)


def _without_carried(results: Estimate) -> pl.DataFrame:
    """Keep the columns payrules knows: of the claim, and its own results."""
    carried = set(results.carried)
    return results.lines.select(
        name
        for name in results.lines.columns
        if name not in carried and (is_known(name) or name in LINE_COLUMNS)
    )


def _with_note(results: Estimate, lines: pl.DataFrame, note: str) -> Estimate:
    rejects = results.rejects.select(
        name for name in _KEPT_OF_REJECTS if name in results.rejects.columns
    )
    # A heading payrules does not know may be anything, a person's name where a file has none.
    readings = tuple(
        replace(each, columns=tuple(column for column in each.columns if column.read_as))
        for each in results.run.readings
    )
    run = replace(
        results.run,
        carried=(),
        readings=readings,
        columns_file={
            part: said for part, said in results.run.columns_file.items() if part != "carry"
        },
        privacy=note,
    )
    # The rest names claims, as lines do, and no person. History is whole rows of persons.
    return replace(
        results, priced=PricedLines(lines), rejects=rejects, run=run, carried=(), history=None
    )
