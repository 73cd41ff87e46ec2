"""The command line: what it writes, what it says, and with which exit status it ends."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from payrules.__main__ import main
from payrules.code_page import code_page
from payrules.content import content_folder
from payrules.demo import BATCH
from payrules.payers import MEDICARE
from payrules.schedules import load_schedules

HEADINGS = (
    "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,"
    "place_of_service_code,hcpcs_modifiers,charge_amount,locality"
)
#: Lower back injections of one session: 161.57 and half of 88.31, and guidance that is inside.
ROWS = (
    "A1,1,P1,2025-10-02,64483,22,50,900.00,national",
    "A1,2,P1,2025-10-02,64493,22,,800.00,national",
    "A1,3,P1,2025-10-02,77003,22,26,100.00,national",
)
BAD_ROW = "A2,1,P-secret,2025-10-02,64483,98,,900.00,national"


@pytest.fixture(autouse=True)
def _only_the_starter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("payrules.schedules.store.default_folder", lambda: tmp_path / "imported")


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    return written(tmp_path / "claims.csv", HEADINGS, *ROWS)


def written(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


class Ended:
    """How a command ended: its status, and what it printed."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    def refused_with(self, status: int) -> str:
        """Give the one line on standard error of a command that did nothing.

        Behind it there may be the columns file that a batch without our headings could have.
        """
        assert (self.status, self.out) == (status, "")
        assert self.err.startswith("payrules: ")
        said, _, kept = self.err.partition("\n\n")
        assert len(said.splitlines()) == 1, self.err
        assert not kept or kept.startswith("# A columns file for")
        assert "Traceback" not in self.err
        return self.err


Payrules = Callable[..., Ended]


@pytest.fixture
def payrules(capsys: pytest.CaptureFixture[str]) -> Payrules:
    def run(*arguments: str | Path) -> Ended:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ended(status, captured.out, captured.err)

    return run


def shell(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "payrules", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
        cwd=Path(__file__).parent.parent,
    )


def counted(out: str, what: str) -> int:
    found = re.search(rf"^ *{what} +([0-9,]+)", out, re.MULTILINE)
    assert found, out
    return int(found[1].replace(",", ""))


# -- estimate ----------------------------------------------------------------------------------


def test_every_output_is_written_and_the_counts_add_up(
    payrules: Payrules, batch: Path, tmp_path: Path
) -> None:
    written(batch, HEADINGS, *ROWS, BAD_ROW)
    outputs = {
        "--output": tmp_path / "estimate.xlsx",
        "--lines": tmp_path / "lines.csv",
        "--adjustments": tmp_path / "adjustments.parquet",
        "--rejects": tmp_path / "rejects.csv",
        "--run": tmp_path / "run.json",
    }
    options = [part for option in outputs.items() for part in option]
    ended = payrules("estimate", batch, *options)
    assert (ended.status, ended.err) == (1, "")
    for path in outputs.values():
        assert path.is_file()
        assert str(path) in ended.out
    lines = pl.read_csv(outputs["--lines"], infer_schema=False)
    assert lines["allowed_amount"].to_list() == ["161.57", "44.16", "0.00"]
    assert lines["status"].to_list() == ["priced", "priced", "denied"]
    steps = pl.read_parquet(outputs["--adjustments"])
    assert steps.filter(pl.col("step") == 0).height == 3
    rejects = pl.read_csv(outputs["--rejects"], infer_schema=False)
    assert rejects.select("row", "column", "value").rows() == [("5", "place_of_service_code", "98")]
    run = json.loads(outputs["--run"].read_text(encoding="utf-8"))
    counts = run["counts"]
    assert counts["rows_in"] == 4 == counts["lines"] + counts["rejects"]
    assert counted(ended.out, "rows in") == 4
    parts = ("priced", "bundled", "denied", "by report", "not on schedule", "rejected")
    assert sum(counted(ended.out, part) for part in parts) == 4
    assert "205.73" in ended.out  # 161.57 + 44.16


def test_a_clean_batch_ends_with_0_and_no_files(
    payrules: Payrules, batch: Path, tmp_path: Path
) -> None:
    ended = payrules("estimate", batch)
    assert (ended.status, ended.err) == (0, "")
    assert "written" not in ended.out
    assert [path.name for path in tmp_path.iterdir()] == ["claims.csv"]


def test_a_batch_of_rejects_only_is_written_all_the_same(
    payrules: Payrules, batch: Path, tmp_path: Path
) -> None:
    written(batch, HEADINGS, BAD_ROW)
    ended = payrules("estimate", batch, "--lines", tmp_path / "lines.csv")
    assert (ended.status, ended.err) == (1, "")
    assert pl.read_csv(tmp_path / "lines.csv", infer_schema=False).height == 0
    assert "place of service 98" in ended.out
    assert "P-secret" not in ended.out


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_dialects_give_one_answer(
    payrules: Payrules, tmp_path: Path, separator: str, encoding: str
) -> None:
    lines = [HEADINGS + ",site", *(row + ",Hôpital" for row in ROWS)]
    batch = written(
        tmp_path / "claims.csv",
        *(line.replace(",", separator) for line in lines),
        encoding=encoding,
    )
    assert payrules("estimate", batch, "--lines", tmp_path / "lines.csv").status == 0
    priced = pl.read_csv(tmp_path / "lines.csv", infer_schema=False)
    assert priced["site"].to_list() == ["Hôpital"] * 3
    assert priced["allowed_amount"].to_list() == ["161.57", "44.16", "0.00"]


def test_several_files_are_one_batch(payrules: Payrules, batch: Path, tmp_path: Path) -> None:
    second = written(tmp_path / "more.csv", HEADINGS, ROWS[0].replace("A1", "A9"))
    ended = payrules("estimate", batch, second)
    assert counted(ended.out, "rows in") == 4


def test_a_column_map_names_other_headings(payrules: Payrules, batch: Path, tmp_path: Path) -> None:
    written(batch, HEADINGS.replace("hcpcs_code", "Service done"), *ROWS)
    columns = written(tmp_path / "map.toml", "[columns]", 'hcpcs_code = "Service done"')
    assert "hcpcs_code" in payrules("estimate", batch).refused_with(2)
    assert payrules("estimate", batch, "--columns", columns).status == 0


def test_a_payer_prices_by_its_own_terms(payrules: Payrules, batch: Path) -> None:
    ended = payrules("estimate", batch, "--payer", "110-percent-of-medicare")
    assert ended.status == 0
    assert "226.31" in ended.out  # 177.73 + 48.58


def test_a_payer_named_on_the_lines_prices_those(
    payrules: Payrules, batch: Path, tmp_path: Path
) -> None:
    rows = [row + payer for row, payer in zip(ROWS, (",Medicare", ",b", ",medicare"), strict=True)]
    written(batch, HEADINGS + ",payer", *rows)
    payer = written(
        tmp_path / "b.toml", 'name = "b"', 'contract = "Made up, §1"', "percent_of_medicare = 50"
    )
    lines = tmp_path / "lines.csv"
    ended = payrules("estimate", batch, "--payer", "medicare", "--payer", payer, "--lines", lines)
    assert ended.status == 0
    allowed = pl.read_csv(lines, infer_schema=False)["allowed_amount"].to_list()
    assert allowed == ["161.57", "44.16", "0.00"]  # 88.31 alone with b, half of it


def test_without_an_mue_and_a_pair_table_the_summary_says_so(
    payrules: Payrules, batch: Path, tmp_path: Path
) -> None:
    schedules = tmp_path / "schedules"
    shutil.copytree(content_folder("fee_schedules") / "starter-2025", schedules / "starter-2025")
    ended = payrules("estimate", batch, "--schedules", schedules)
    said = " ".join(ended.out.split())
    assert ended.status == 0
    assert (
        "Not applied, because a table is not loaded: medically unlikely edits, "
        "procedure-to-procedure edits." in said
    )
    assert "Not applied" not in payrules("estimate", batch).out


# -- what is refused ---------------------------------------------------------------------------


def test_a_missing_column_is_named_with_those_that_are_there(
    payrules: Payrules, batch: Path
) -> None:
    written(batch, HEADINGS.replace("place_of_service_code", "where"), *ROWS)
    said = payrules("estimate", batch).refused_with(2)
    assert "'place_of_service_code'" in said
    assert "where" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--lines", "lines.txt"], "must end in .csv or .parquet"),
        (["--lines", "lines"], "must end in .csv or .parquet"),
        (["--output", "estimate.xls"], "must end in .xlsx"),
        (["--run", "run.csv"], "must end in .json"),
        (["--lines", "nowhere/lines.csv"], "The folder nowhere does not exist"),
        (["--lines", "a_folder.csv"], "is a folder"),
        (["--lines", "same.csv", "--rejects", "same.csv"], "named for two outputs"),
        (["--lines", "claims.csv", "--force"], "never overwritten"),
        (["--lines", "there.csv"], "--force"),
        (["--output", "there.xlsx"], "--force"),
        (["--output", "estimate.xlsx", "--report", "estimat"], "estimate"),
        (["--payer", "medicar"], "medicare"),
        (["--payer", "gone.toml"], "gone.toml"),
        (["--locality", "99999-99"], "99999-99"),
        (["--release", "2031A"], "There is no release named '2031A'"),
        (["--schedules", "gone"], "The fee schedule folder gone does not exist"),
        (["--columns", "gone.toml"], "gone.toml"),
        (["--colums", "map.toml"], "--columns"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_slip_is_refused_before_any_work(
    payrules: Payrules,
    batch: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    says: str,
) -> None:
    monkeypatch.chdir(batch.parent)
    Path("a_folder.csv").mkdir()
    for name in ("there.csv", "there.xlsx"):
        written(Path(name), "mine")
    before = {path: path.read_bytes() for path in Path.cwd().iterdir() if path.is_file()}
    assert says in payrules("estimate", batch.name, *arguments).refused_with(2)
    assert {path: path.read_bytes() for path in Path.cwd().iterdir() if path.is_file()} == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("claims.csv", None),
        ("claims.docx", b"words"),
        ("claims.csv", b""),
        ("claims.parquet", b"not parquet"),
        ("claims.xlsx", b"not a workbook"),
    ],
)
def test_a_batch_that_cannot_be_read_is_refused(
    payrules: Payrules, tmp_path: Path, name: str, content: bytes | None
) -> None:
    batch = tmp_path / name
    if content is not None:
        batch.write_bytes(content)
    assert name in payrules("estimate", batch).refused_with(2)


@pytest.mark.parametrize(
    "arguments", [["estimat"], ["estimate"], ["code"], ["explain", "x.csv"], ["schedules", "lst"]]
)
def test_a_wrong_command_is_one_line_that_points_to_help(
    payrules: Payrules, arguments: list[str]
) -> None:
    assert "--help" in payrules(*arguments).refused_with(2)


def test_force_replaces_what_is_there(payrules: Payrules, batch: Path, tmp_path: Path) -> None:
    outputs = ("--lines", tmp_path / "lines.csv", "--output", tmp_path / "estimate.xlsx")
    assert payrules("estimate", batch, *outputs).status == 0
    payrules("estimate", batch, *outputs).refused_with(2)
    (tmp_path / "lines.csv").write_text("old", encoding="utf-8")
    assert payrules("estimate", batch, *outputs, "--force").status == 0
    assert (tmp_path / "lines.csv").read_text(encoding="utf-8") != "old"


def test_a_changed_byte_in_a_release_ends_with_3(
    payrules: Payrules, batch: Path, tmp_path: Path
) -> None:
    schedules = tmp_path / "schedules"
    shutil.copytree(content_folder("fee_schedules") / "starter-2025", schedules / "starter-2025")
    assert payrules("schedules", "verify", "--schedules", schedules).status == 0
    codes = schedules / "starter-2025" / "codes.parquet"
    content = bytearray(codes.read_bytes())
    content[len(content) // 2] ^= 1
    codes.write_bytes(content)
    for command in (["estimate", batch], ["code", "64483"], ["schedules", "verify"]):
        said = payrules(*command, "--schedules", schedules).refused_with(3)
        assert "codes.parquet" in said


def test_a_bug_is_one_line_without_the_claims(
    payrules: Payrules, batch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise KeyError("P-secret")

    monkeypatch.setattr("payrules.front_door.estimate.estimate", breaks)
    said = payrules("estimate", batch).refused_with(2)
    assert "bug in payrules: KeyError" in said
    assert "--debug" in said
    assert "P-secret" not in said
    with pytest.raises(KeyError):
        main(["estimate", str(batch), "--debug"])
    monkeypatch.setenv("PAYRULES_DEBUG", "1")
    with pytest.raises(KeyError):
        main(["estimate", str(batch)])


def test_an_interrupt_ends_with_130(
    payrules: Payrules, batch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("payrules.front_door.estimate.estimate", stopped)
    ended = payrules("estimate", batch)
    assert ended.status == 130
    assert "Traceback" not in ended.err


# -- explain -----------------------------------------------------------------------------------


def test_explain_tells_the_chain_of_each_line(payrules: Payrules, batch: Path) -> None:
    ended = payrules("explain", batch, "--claim", "A1")
    said = " ".join(ended.out.split())
    assert ended.status == 0
    assert said.count("Claim A1 line") == 3
    assert "64483-50" in said
    assert re.search(r"1 107\.71 150% 161\.57 N644 bilateral: ", said)
    assert re.search(r"1 88\.31 50% 44\.16 CO-59 multiple procedure: rank 2 of 2", said)
    assert "priced: allowed 44.16; Medicare pays 34.62, the patient 8.83." in said
    assert "CO-236" in said
    for citation in ("§40.7", "§40.6", "NCCI"):
        assert citation in said


def test_explain_shows_one_line(payrules: Payrules, batch: Path) -> None:
    out = payrules("explain", batch, "--claim", "A1", "--line", "2").out
    assert "line 2: 64493" in out
    assert "line 1:" not in out


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["--claim", "Z9"], "no such claim"),
        (["--claim", "A1", "--line", "7"], "1, 2, 3"),
    ],
)
def test_explain_of_what_is_not_there_is_refused(
    payrules: Payrules, batch: Path, asked: list[str], says: str
) -> None:
    assert says in payrules("explain", batch, *asked).refused_with(2)


def test_explain_says_what_each_modifier_of_a_line_does(payrules: Payrules, tmp_path: Path) -> None:
    claims = tmp_path / "claims.csv"
    claims.write_text(
        f"{HEADINGS}\nA1,1,P1,2025-10-02,20610,11,RT GZ ZQ,,national\n", encoding="utf-8"
    )
    said = " ".join(payrules("explain", claims, "--claim", "A1").out.split())
    assert "GZ: Practice expects a necessity denial and has no ABN" in said
    assert "RT: Left / right side" in said
    assert "unknown modifier ZQ" in said
    assert "denied: allowed 0.00" in said
    assert "CO-50" in said


# -- code --------------------------------------------------------------------------------------


def test_code_tells_indicators_in_words_and_amounts(payrules: Payrules) -> None:
    ended = payrules("code", "64483", "--date", "2025-10-02")
    said = " ".join(ended.out.split())
    assert ended.status == 0
    for words in (
        "active: paid by the fee schedule when covered",
        "150 percent for both sides",
        "the day of the procedure",
        "32.3465",
        "none facility 1.90 1.27 0.16 107.71 117.67",  # 107.71 × 1.0925
        "none nonfacility 1.90 5.24 0.16 236.13 257.97",
        "starter-2025 2025-01-01 to 2025-12-31",
        "starter-2026",
    ):
        assert words in said


def test_code_in_json_has_every_row_and_setting(payrules: Payrules) -> None:
    ended = payrules("code", "72148", "--release", "starter-2026", "--json")
    (page,) = json.loads(ended.out)["pages"]
    assert (page["release"], page["locality"]) == ("starter-2026", "national")
    found = {
        (row["modifier"], row["setting"], row["qualifying_apm"]): row["amount"]
        for row in page["amounts"]
    }
    assert set(found) == {
        (modifier, setting, qualifying)
        for modifier in ("", "26", "TC")
        for setting in ("facility", "nonfacility")
        for qualifying in (False, True)
    }
    # 2026 pays qualifying participants 33.5675 a unit, others 33.4009.
    assert found["", "nonfacility", False] < found["", "nonfacility", True]
    indicators = {each["name"]: each["value"] for each in page["indicators"]}
    assert indicators["multiple procedures"] == "4"


def test_code_knows_every_indicator_of_the_starter() -> None:
    schedules = load_schedules(content_folder("fee_schedules"))
    codes = schedules.named("starter-2026").codes
    columns = [name for name in codes.columns if name.endswith(("_indicator", "_days"))]
    examples = {
        frame["hcpcs_code"][0] for name in columns for frame in codes.partition_by(name)
    } | {frame["hcpcs_code"][0] for frame in codes.partition_by("status_code")}
    for code in sorted(examples):
        page = code_page(code, schedules)
        assert all("not said" not in each.meaning for each in page.indicators), code


def test_modifiers_says_the_same_and_all_of_them(payrules: Payrules) -> None:
    assert payrules("modifiers", "gz", "PT").out == payrules("code", "gz", "PT").out
    told = json.loads(payrules("modifiers", "--json").out)["modifiers"]
    assert len(told) == 427
    here = {each["modifier"]: each["here"] for each in told}
    assert here["PT"] == "read by preventive"
    assert here["AQ"].endswith("its bonus with --settlement")
    assert here["AR"].endswith("has ended")
    assert "Nearest" in payrules("modifiers", "zz").refused_with(2)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["64482"], "64483"),
        (["J330"], "J3301"),
        (["64483", "--locality", "01112-50"], "01112-05"),
        (["64483", "--date", "1999-01-01"], "No release is in force"),
        (["64483", "--date", "yesterday"], "--date"),
        (["64483", "--release", "2031A"], "starter-2026"),
    ],
)
def test_code_names_the_nearest_of_what_is_not_there(
    payrules: Payrules, asked: list[str], says: str
) -> None:
    assert says in payrules("code", *asked).refused_with(2)


def test_code_says_what_modifiers_do(payrules: Payrules) -> None:
    said = " ".join(payrules("code", "gz", "QS", "CH").out.split())
    for told in ("GZ coverage Practice expects", "QS informational", "CH informational"):
        assert told in said
    (row,) = json.loads(payrules("code", "PD", "--json").out)["modifiers"]
    assert (row["modifier"], row["kind"], row["in_force"]) == ("PD", "pricing", True)
    assert "not worked out" in row["here"]


@pytest.mark.parametrize(
    ("asked", "says"), [("G7Z", "G7Z"), ("Z9", "Nearest"), ("RH", "ambulance")]
)
def test_code_names_the_nearest_of_an_unknown_modifier(
    payrules: Payrules, asked: str, says: str
) -> None:
    assert says in payrules("code", asked).refused_with(2)


def test_explain_of_100000_lines_shows_the_first_and_says_how_to_see_the_others(
    payrules: Payrules, tmp_path: Path
) -> None:
    rows = (f"A1,{n},P1,2025-10-02,99213,11,,100.00,national" for n in range(1, 100_001))
    many = written(tmp_path / "many.csv", HEADINGS, *rows)
    ended = payrules("explain", many, "--claim", "A1")
    assert ended.status == 0
    assert ended.out.count("Claim A1 line") == 100
    assert "the first 100 of the claim's 100,000 lines" in " ".join(ended.out.split())
    assert "--adjustments" in ended.out
    assert "and 99,900 more" in payrules("explain", many, "--claim", "A1", "--line", 0).err


# -- rules, schedules, demo --------------------------------------------------------------------


def test_rules_are_listed_in_the_order_of_the_payer(payrules: Payrules) -> None:
    listed = re.findall(r"^ *[0-9]+  ([a-z_]+) ", payrules("rules").out, re.MULTILINE)
    assert listed == [rule.name for rule in MEDICARE.rules]


def test_rules_of_a_payer_show_what_differs(payrules: Payrules) -> None:
    said = " ".join(payrules("rules", "--payer", "100-50-25").out.split())
    assert "Differs from Medicare" in said
    assert "multiple_procedure third none 0.25" in said
    assert "Differs" not in payrules("rules").out


def test_schedules_are_listed_with_their_dates(payrules: Payrules) -> None:
    said = " ".join(payrules("schedules", "list").out.split())
    assert "starter-2025 2025-01-01 to 2025-12-31 2025-10-01" in said
    for kind in ("mue", "ptp", "add_on", "anesthesia_base_units"):
        assert f"{kind} starter-edits" in said


def test_a_folder_without_cms_files_is_not_imported(payrules: Payrules, tmp_path: Path) -> None:
    written(tmp_path / "notes.csv", "a,b", "1,2")
    said = payrules("schedules", "import", tmp_path, "--name", "2025D").refused_with(2)
    assert "PPRRVU" in said


def test_demo_writes_everything_and_may_be_run_again(payrules: Payrules, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    ended = payrules("demo", "--output", folder)
    assert (ended.status, ended.err) == (0, "")
    names = {
        "adjustments.csv",
        "claims.csv",
        "estimate.html",
        "estimate.xlsx",
        "lines.csv",
        "rejects.csv",
        "run.json",
    }
    assert {path.name for path in folder.iterdir()} == names
    with BATCH.open(encoding="utf-8", newline="") as opened:
        rows = len(list(csv.DictReader(opened)))
    assert counted(ended.out, "rows in") == rows
    for part in ("priced", "bundled", "denied", "by report", "not on schedule", "rejected"):
        assert counted(ended.out, part) > 0, f"the demo shows no line that is {part}"
    assert payrules("demo", "--output", folder).status == 0


def test_demo_leaves_the_files_of_others_alone(payrules: Payrules, tmp_path: Path) -> None:
    written(tmp_path / "lines.csv", "mine")
    assert "--force" in payrules("demo", "--output", tmp_path).refused_with(2)
    assert (tmp_path / "lines.csv").read_text(encoding="utf-8") == "mine\n"


def test_the_claim_the_demo_points_to_is_there(payrules: Payrules) -> None:
    ended = payrules("explain", BATCH, "--claim", "C107")
    assert ended.status == 0
    assert "161.57" in ended.out


# -- as a process ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["estimate", "--help"],
        ["price", "--help"],
        ["which", "--help"],
        ["--version"],
        [],
    ],
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys; from payrules.__main__ import main; status = main(sys.argv[1:]);"
        "heavy = {'polars', 'pydantic', 'rich', 'openpyxl', 'xlsxwriter'} & set(sys.modules);"
        "print(sorted(heavy), status, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
        cwd=Path(__file__).parent.parent,
    )
    assert done.stderr.strip() == "[] 0"
    assert done.stdout


def test_a_run_loads_nothing_that_it_does_not_ask(
    tmp_path: Path,
) -> None:
    """Pydantic alone was a third of the start of such a run."""
    program = (
        "import sys; from payrules.__main__ import main; status = main(sys.argv[1:]);"
        "heavy = {'pydantic.main', 'openpyxl', 'xlsxwriter', 'fastexcel', 'payrules.x12.found',"
        " 'payrules.runs.in_parts', 'payrules.facility.steps', 'rich.progress'} & set(sys.modules);"
        "print(sorted(heavy), status, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "estimate", BATCH, "--lines", tmp_path / "lines.parquet"],
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
        cwd=Path(__file__).parent.parent,
    )
    assert done.stderr.splitlines()[-1] == "[] 1"  # the demonstration has a rejected row


def test_output_is_utf_8_whatever_the_console_speaks() -> None:
    done = shell("rules", PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert done.returncode == 0
    assert "§40.6" in done.stdout.decode("utf-8")
    assert "×" in done.stdout.decode("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no broken pipe of this kind")
def test_a_reader_that_goes_away_is_no_fault() -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "payrules", "rules"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    )
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    with running.stderr as errors:
        assert errors.read() == b""
    assert running.wait() == 141


def test_no_progress_is_drawn_where_no_terminal_reads(batch: Path) -> None:
    done = shell("estimate", str(batch))
    assert done.returncode == 0
    assert done.stderr == b""
    assert b"\x1b" not in done.stdout


def test_payers_that_ship(payrules: Payrules) -> None:
    told = json.loads(payrules("payers", "list", "--json").out)
    assert {"medicare", "uhc-commercial", "wc-florida"} < {each["name"] for each in told}
    said = " ".join(payrules("payers", "list").out.split())
    assert "humana-commercial commercial 1 C" in said
    shown = " ".join(payrules("payers", "show", "bcbs-north-dakota").out.split())
    assert "0.20 from" in shown
    assert "NDRP-Surg-01" in shown
    assert "names no rate, so its dollars are Medicare's" in shown
    (source, *_) = json.loads(payrules("payers", "show", "wc-florida", "--json").out)["sources"]
    assert (source["confidence"], source["read"]) == ("C", "summary")
    assert "perhaps 'uhc-commercial'" in payrules("payers", "show", "uhc-comercial").refused_with(2)
