"""Files cut, segments dropped, doubled and swapped, bytes replaced: counted, told, private."""

import random

import polars as pl

from payrules.claims.x12_claims import X12Claims
from payrules.errors import ClaimsError
from payrules.runs.x12 import cut_short, x12_record, x12_remarks
from tests.fuzzing import PERSONS, _damaged_x12, _x12
from tests.x12.reading import read

#: Cases; each takes milliseconds. Through the command: tests/fuzzing.py, "claims x12".
CASES = 400


def told_of(claims: X12Claims) -> str:
    """Give all that rejects, the table of superseded lines, record and screen say."""
    record = x12_record([claims.file])
    said = [*cut_short(record), *x12_remarks(record), str(record)]
    frames = claims.rejects, claims.superseded
    return "\n".join([*said, *(each.cast(pl.String).write_csv() for each in frames)])


def test_damaged_files_are_counted_and_tell_of_nobody() -> None:
    whole = [_x12(), _x12("|", ">", "'", "")]
    refused = 0
    for seed in range(CASES):
        chance = random.Random(seed)
        content = _damaged_x12(chance, chance.choice(whole), "")
        try:
            (claims,) = read(content)
        except ClaimsError as error:
            said, refused = str(error), refused + 1
        else:
            said = told_of(claims)
            rows = claims.lines.height + claims.rejects.height + claims.superseded.height
            beyond = sum(not each.is_line for each in claims.file.rejects)
            assert rows == claims.file.service_lines + beyond, seed
            assert content.count(b"SV1") >= claims.file.service_lines, seed
        for person in PERSONS:
            assert person not in said, seed
    assert refused < CASES // 4
