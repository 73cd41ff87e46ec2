"""A file's name is a name, never a pattern: that file is read, and its own bytes are hashed."""

import hashlib
import json
from pathlib import Path

import pytest

from payrules.claims import read_batch
from payrules.content import content_folder
from payrules.errors import ClaimsError
from payrules.payers import load_payer
from payrules.runs.in_parts import Outputs, estimate_in_parts
from payrules.runs.setup import Setup
from payrules.schedules import load_schedules
from tests.claims.batches import LOCALITIES, frame_of

#: Names that a pattern would take for another file's, and the name of that file.
NAMES = [("jan[1]", "jan1"), ("claims*", "claims-of-may"), ("q?", "q1"), ("{a,b}", "a"), ("~", "a")]


def write(frame, path: Path) -> Path:
    writers = {".csv": "write_csv", ".parquet": "write_parquet", ".xlsx": "write_excel"}
    getattr(frame, writers[path.suffix])(path)
    return path


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".xlsx"])
@pytest.mark.parametrize(("name", "other"), NAMES)
def test_the_file_of_that_name_is_priced_and_hashed(tmp_path, name, other, ending):
    write(frame_of({"claim_id": "OTHER"}), tmp_path / f"{other}{ending}")
    path = write(frame_of({"claim_id": "THIS"}), tmp_path / f"{name}{ending}")
    batch = read_batch(path, localities=LOCALITIES)
    assert batch.lines["claim_id"].to_list() == ["THIS"]
    (file,) = batch.files
    assert (file.name, file.rows) == (path.name, 1)
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize(("name", "other"), NAMES)
def test_in_parts_the_file_of_that_name_is_priced(tmp_path, name, other, ending):
    folder = tmp_path / "run[1]"
    for each in (folder, tmp_path / "run1"):
        each.mkdir()
    write(frame_of({"claim_id": "OTHER"}), folder / f"{other}{ending}")
    path = write(frame_of({"claim_id": "THIS"}), folder / f"{name}{ending}")
    outputs = Outputs(folder / "lines*.csv", run=folder / "run.json")
    schedules = load_schedules(content_folder("fee_schedules"))
    estimate_in_parts(path, outputs, Setup(schedules=schedules, locality="national"))
    assert "THIS" in outputs.lines.read_text(encoding="utf-8")
    assert "OTHER" not in outputs.lines.read_text(encoding="utf-8")
    (file,) = json.loads((folder / "run.json").read_text(encoding="utf-8"))["inputs"]
    assert file["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_pattern_that_is_no_file_is_said_to_be_none(tmp_path):
    write(frame_of({}), tmp_path / "claims1.csv")
    with pytest.raises(ClaimsError, match=r"no file .*claims\*\.csv; wildcards are not expanded"):
        read_batch(tmp_path / "claims*.csv", localities=LOCALITIES)


def test_a_fee_schedule_is_the_file_of_that_name_and_hashed_as_read(tmp_path):
    for name, amount in (("fees[1].csv", "80.00"), ("fees1.csv", "999.00")):
        (tmp_path / name).write_text(f"hcpcs_code,facility_amount\n99213,{amount}\n")
    toml = 'name = "A"\ncontract = "C"\n[fee_schedule]\nfile = "fees[1].csv"\n'
    (tmp_path / "a.toml").write_text(toml)
    payer = load_payer(tmp_path / "a.toml")
    assert payer.dollars.rows["facility_amount"].to_list() == [8_000]
    sha256 = hashlib.sha256((tmp_path / "fees[1].csv").read_bytes()).hexdigest()
    assert payer.files["fees[1].csv"] == sha256


def test_a_file_that_changes_while_it_is_read_in_parts_is_refused(tmp_path, monkeypatch):
    path = write(frame_of({}), tmp_path / "claims.parquet")
    hashed = estimate_in_parts.__globals__["hashed"]

    def hashed_and_changed(file, fault):
        found = hashed(file, fault)
        write(frame_of({}, {}), path)
        return found

    monkeypatch.setitem(estimate_in_parts.__globals__, "hashed", hashed_and_changed)
    schedules = load_schedules(content_folder("fee_schedules"))
    with pytest.raises(ClaimsError, match=r"claims\.parquet changed while it was being read"):
        estimate_in_parts(path, Outputs(tmp_path / "lines.csv"), Setup(schedules=schedules))
