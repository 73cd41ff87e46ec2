"""Claims files damaged on the way: read, or refused in one sentence, and never a crash."""

import random
import zipfile
from io import BytesIO

import pytest

from payrules.__main__ import main
from payrules.claims import read_batch
from payrules.content import content_folder
from payrules.errors import PayrulesError
from payrules.runs.in_parts import Outputs, estimate_in_parts
from payrules.runs.setup import Setup
from payrules.schedules import load_schedules
from tests.claims.batches import LOCALITIES, frame_of

FRAME = frame_of(*({"charge_amount": str(place), "note": "Findable"} for place in range(40)))


def parquet() -> bytes:
    FRAME.write_parquet(made := BytesIO(), compression="uncompressed")
    return made.getvalue()


def workbook() -> bytes:
    """Give a workbook that is not packed, so that what is damaged is the sheet itself."""
    FRAME.write_excel(packed := BytesIO())
    with zipfile.ZipFile(packed) as parts, zipfile.ZipFile(made := BytesIO(), "w") as plain:
        for part in parts.namelist():
            plain.writestr(part, parts.read(part))
    return made.getvalue()


def damaged(content: bytes, seed: int) -> bytes:
    """Cut, overwrite or exchange some bytes, by the seed."""
    chance = random.Random(seed)
    if seed % 4 == 0:
        return content[: chance.randrange(1, len(content))]
    made = bytearray(content)
    for _ in range(chance.choice([1, 3, 30])):
        made[chance.randrange(len(made))] = chance.randrange(256)
    return bytes(made)


def repacked(content: bytes, seed: int) -> bytes:
    """Damage one part of a workbook, and pack it so that its checksum is right again."""
    chance = random.Random(seed)
    with zipfile.ZipFile(BytesIO(content)) as parts, zipfile.ZipFile(out := BytesIO(), "w") as made:
        chosen = chance.choice([*parts.namelist(), "xl/worksheets/sheet1.xml"])
        for part in parts.namelist():
            inside = parts.read(part)
            made.writestr(part, damaged(inside, seed) if part == chosen else inside)
    return out.getvalue()


def says_one_sentence(read) -> None:
    said = ""
    try:
        read()
    except PayrulesError as fault:
        said = str(fault)
    assert len(said.splitlines()) <= 1
    assert "Findable" not in said


@pytest.mark.parametrize("begin", range(0, 120, 40))
@pytest.mark.parametrize("kind", ["parquet", "xlsx", "repacked.xlsx"])
def test_a_damaged_file_is_read_or_refused_in_one_sentence(tmp_path, kind, begin):
    content = parquet() if kind == "parquet" else workbook()
    path = tmp_path / f"claims.{kind}"
    for seed in range(begin, begin + 40):
        path.write_bytes((repacked if kind.startswith("re") else damaged)(content, seed))
        says_one_sentence(lambda: read_batch(path, localities=LOCALITIES))


def test_a_damaged_parquet_file_in_parts_is_refused_in_one_sentence(tmp_path):
    content, schedules = parquet(), load_schedules(content_folder("fee_schedules"))
    for seed in range(40):
        path = tmp_path / f"claims-{seed}.parquet"
        path.write_bytes(damaged(content, seed))
        outputs = Outputs(tmp_path / f"lines-{seed}.csv")
        says_one_sentence(lambda: estimate_in_parts(path, outputs, Setup(schedules=schedules)))  # noqa: B023


def test_a_name_that_is_no_text_is_refused_in_words(capsys):
    assert main(["estimate", "caf\udce9.csv"]) == 2
    assert "A file name is not valid UTF-8" in capsys.readouterr().err
