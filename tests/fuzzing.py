"""Damages every kind of input at random, by a seed, and holds payrules to its word.

Whatever comes in, a command ends with a documented exit status, never says "this is a bug", leaves
nothing of its own behind where it fails, and tells no value of a column that may hold a person. A
failure is one line; a columns file to keep, which is whole TOML, may stand under it, nothing else.

    python -m tests.fuzzing --cases 5000            # thousands of each kind
    python -m tests.fuzzing --kind scenario --seed 7 --cases 1 --keep folder   # one again

A case is told as kind and seed; `--keep` leaves its files in a folder. `tests/test_fuzzing.py` runs
those of each kind that were chosen for what they reach (`tests/distilled.py`).
"""

import argparse
import contextlib
import io
import random
import re
import shutil
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from unittest import mock

import openpyxl
import polars as pl
from openpyxl.worksheet.table import Table

from payrules.__main__ import main
from payrules.content import content_folder
from payrules.payers.medicare import RULES
from payrules.schedules.records import _sealed
from tests.schedules.conftest import GPCI, pprrvu_csv
from tests.x12.drawn_835 import drawn, file_of
from tests.x12.writer import CANARIES, CLAIM, LINE, Signs, one_claim, written

#: docs, Reference, Commands: "Exit status".
DOCUMENTED = {0, 1, 2, 3}
FAILED = {2, 3}
ROOT = Path(__file__).parents[1]
#: Values of columns that may hold a person; none may stand in a message.
PERSONS = ("Zyxwilda", "Quovadisson", "1931-02-29", "555-0173-Q")
CLAIMS = (
    "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,hcpcs_modifiers,"
    "place_of_service_code,charge_amount,units,patient_name,birth_date,phone\n"
    + "".join(
        f"C{claim},{line},P{claim},2025-10-0{line},{code},{modifier},22,{charge},1,"
        f"{PERSONS[0]} {PERSONS[1]},{PERSONS[2]},{PERSONS[3]}\n"
        for claim, line, code, modifier, charge in (
            (1, 1, "64483", "50", "1200.00"),
            (1, 2, "64493", "KX", "640.00"),
            (2, 1, "77003", "26", "120.00"),
            (2, 2, "00400", "AA", "900"),
            (3, 3, "99213", "", "150.5"),
        )
    )
)
PAYER = """name = "Acme"
contract = "Acme agreement 2026, exhibit B"
percent_of_medicare = { 2025-01-01 = 110, 2026-01-01 = 112.5 }
[terms.multiple_procedure]
later = 0.40
third = 0.25
rank_by = "amount"
[terms.coinsurance]
patient = 0.20
[terms.practitioner.shares]
nurse_practitioner = 0.90
[terms.lesser_of_charge]
off = true
"""
#: Every kind of term that a policy prints.
POLICY = """name = "Policy"
contract = "Acme policies 2026"
plan = "commercial"
base_release = "starter-2025"
[codes]
lesions = ["11400-11446", "64493"]
fractures = ["21310-21470", "@lesions"]
[terms.multiple_procedure]
ladder = [1.0, { 2025-01-01 = 0.60, 2026-01-01 = 0.50 }, 0.25]
rank_by = { 2015-11-15 = "total_rvu", 2026-01-01 = "charge" }
never = ["77003"]
cites.rank_by = "policy 4, page 2"
[[terms.multiple_procedure.also]]
codes = ["@fractures"]
ladder = [1.0, 0.5, 0.1]
[terms.endoscopy]
off = { until = 2016-07-31 }
percent = { 45380 = 0.4, 45385 = { 2025-01-01 = 0.35 } }
[[terms.modifier.share]]
modifier = "54 80"
share = { 2022-10-15 = 0.08 }
except_codes = ["@lesions"]
cites = "policy RP-007"
[[terms.modifier.share]]
modifier = "22"
share = 1.20
codes = ["64400-64999"]
when = "documentation_submitted"
first_day = 2024-01-01
last_day = 2027-12-31
[[source]]
term = ["multiple_procedure.ladder", "modifier.share"]
title = "Acme, Multiple procedures"
number = "4"
address = "https://example.org/4"
effective = 2025-01-01
read = "excerpt"
confidence = "A"
[[source]]
term = "bilateral.both"
title = "Acme policy 4, page 3"
same_as_medicare = true
"""
#: Every kind of rate that a contract has, upon another payer's file.
RATES = """name = "Rates"
contract = "Our agreement, 2026"
base = "few_rules.toml"
not_under = { percent_of_charge = 10, cites = "article 5" }
not_over = { amount = { 2025-01-01 = "900.00" } }
[codes]
injections = ["64483", "64490-64495"]
[remittance]
appeal_days = 180
[[rate]]
name = "flat"
codes = ["99213"]
setting = "facility"
amount = { 2025-01-01 = "85.50" }
escalator = { 2026-01-01 = 1.03, 2027-01-01 = 1.025 }
not_over = { percent_of_charge = 80 }
[[rate]]
name = "knees"
codes = ["27447"]
case_rate = "1500.00"
includes = ["@injections"]
[[rate]]
codes = ["64635"]
flat_rate = 700
[[rate]]
codes = ["@injections"]
except_codes = ["64493"]
places = ["22", "24"]
conversion_factor = "52.83"
[[rate]]
when = "no_price"
percent_of_charge = 80
[[rate]]
specialty = ["207X", "20"]
practitioner_type = ["physician", "podiatrist"]
modifier = "26"
first_day = 2025-01-01
last_day = 2026-12-31
percent_of_charge = 62.5
cites = "exhibit C"
[[rate]]
setting = "nonfacility"
amount = 40
not_under = { schedule = "fees.csv", cites = "exhibit D" }
[percent_of_medicare]
overall = { 2025-01-01 = 110 }
[[percent_of_medicare.by_code]]
first = "77000"
last = "77999"
percent = 95
"""
#: Medicare with few rules. What is damaged beside it is read, checked, written and shown as under
#: all of them, at half the cost; of damaged claims, one in four is priced by every rule. Rules meet
#: each kind of line that intake passes on in tests/properties and in the agreement.
FEW_RULES = 'name = "Few rules"\ncontract = "Few rules, 1"\n' + "".join(
    f"[terms.{rule.name}]\noff = true\n"
    for rule in RULES
    if rule.name not in {"status_code", "anesthesia", "component", "multiple_procedure"}
)
IN_DOLLARS = 'name = "D"\ncontract = "D, 1"\n[fee_schedule]\nfile = "fees.csv"\n'
FEES = (
    "hcpcs_code,modifier,facility_amount,nonfacility_amount,effective_from,effective_to,"
    'multiple_procedure\n64483,,300.00,410.5,2025-01-01,2025-12-31,2\n64493,,"$1,200",,,,2\n'
    "77003,26,27.17,,,,0\n99213,,60,92.03,,,0\n"
)
COLUMNS = (
    '[columns]\nclaim_id = "claim_id"\nhcpcs_code = "hcpcs_code"\nservice_unit_quantity = "units"\n'
)
#: What upsets readers of numbers, of text and of tables.
UPSETTING = (
    *("inf", "-inf", "nan", "1e400", "1e-400", "9999999999", "-1", "0", "3", "0.00000001", "-0"),
    *("99999999999999999999999", "true", "1_000", "0x10", "2025-13-45", "9999-12-31", "0001-01-01"),
    *("", " ", "\t", "\n", "\r", "\0", '"', "'", ",", ";", "=", "[", "]]", "{", "}", "#", "\\"),
    *("\ufeff", "é", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "\x1b[31m"),
    *("#N/A", "=1+1", "null", "a" * 300, "[" * 2000, "a." * 500, "{a=" * 400, "1" * 5000),
)


@dataclass(frozen=True)
class Kind:
    """A kind of input: whole files to damage, and the commands that read them.

    `seeds` maps the name of a file to its bytes; `commands` write, where they write, under `out`.
    """

    seeds: Callable[[], dict[str, bytes]]
    commands: Callable[[Path, Path], Sequence[Sequence[str | Path]]]
    damage: Callable[[random.Random, bytes, str], bytes] | None = None


# -- damage ------------------------------------------------------------------------------------


def damaged(chance: random.Random, content: bytes, name: str) -> bytes:
    """Damage a file once or a few times, as bytes or as what it is made of."""
    inside = {".xlsx": _damaged_zip, ".zip": _damaged_zip, ".parquet": _damaged_parquet}
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        way = inside.get(Path(name).suffix)
        if way is not None and chance.random() < 0.7:
            content = way(chance, content)
        elif way is None and chance.random() < 0.7:
            content = _damaged_text(chance, content)
        else:
            content = _damaged_bytes(chance, content)
    return content


def _damaged_bytes(chance: random.Random, content: bytes) -> bytes:
    first = chance.randrange(len(content) + 1)
    last = min(len(content), first + chance.choice((1, 1, 2, 8, 64, 1000)))
    some = content[first:last]
    put = chance.choice(
        (
            b"",
            chance.randbytes(last - first),
            some + some,
            chance.randbytes(chance.choice((1, 4, 40))),
            bytes(byte ^ (1 << chance.randrange(8)) for byte in some[:1]) + some[1:],
            content[: chance.randrange(len(content) + 1)][-200:],
            b"\xff\xfe",
            b"\0" * 8,
        )
    )
    if chance.random() < 0.1:
        return content[:first]
    return content[:first] + put + content[last:]


_TOKEN = re.compile(r"[A-Za-z0-9_.$-]+|\S")


def _damaged_text(chance: random.Random, content: bytes) -> bytes:
    text = content.decode("utf-8", "surrogateescape")
    tokens = list(_TOKEN.finditer(text))
    if not tokens:
        return chance.choice(UPSETTING).encode()
    token = chance.choice(tokens)
    way = chance.randrange(6)
    if way <= 2:
        new = chance.choice(UPSETTING)
    elif way == 3:
        new = chance.choice(tokens).group()
    else:
        lines = text.splitlines(keepends=True)
        at = chance.randrange(len(lines))
        other = lines[chance.randrange(len(lines))]
        lines[at : at + 1] = chance.choice(([], [lines[at], other], [other], [lines[at]] * 3))
        return "".join(lines).encode("utf-8", "surrogateescape")
    return (text[: token.start()] + new + text[token.end() :]).encode("utf-8", "surrogateescape")


def _damaged_zip(chance: random.Random, content: bytes) -> bytes:
    """Damage a part and pack it well again, or pack parts that no archive should have."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [(part.filename, archive.read(part)) for part in archive.infolist()]
    except Exception:
        return _damaged_bytes(chance, content)
    if not parts:
        return content
    at = chance.randrange(len(parts))
    name, part = parts[at]
    way = chance.randrange(8)
    if way <= 2:
        parts[at] = (name, _damaged_text(chance, part))
    elif way == 3:
        parts[at] = (name, _damaged_bytes(chance, part))
    elif way == 4:
        parts[at : at + 1] = chance.choice(([], [(name, part)] * 2, [(name.upper(), part)]))
    elif way == 5:
        parts.append((chance.choice(("/abs/", "../../", "a/" * 40, "\u202e")) + name, part))
    elif way == 6:
        parts.append((f"again{chance.choice(('.zip', '.csv', '.xlsx'))}", content))
    else:
        parts.append((f"wide{chance.choice(('.csv', '.xml'))}", b"0," * 2_000_000))
    packed = io.BytesIO()
    with contextlib.suppress(UserWarning), zipfile.ZipFile(packed, "w", 8) as archive:
        for name, part in parts:
            archive.writestr(zipfile.ZipInfo(name), part, 8)
    whole = bytearray(packed.getvalue())
    if chance.random() < 0.1:  # said to be encrypted
        for mark, place in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
            found = whole.find(mark)
            if found >= 0:
                whole[found + place] |= 1
    return bytes(whole)


def _damaged_parquet(chance: random.Random, content: bytes) -> bytes:
    """Write the table well again with a column that holds something else."""
    try:
        frame = pl.read_parquet(io.BytesIO(content))
    except KeyboardInterrupt:
        raise
    except BaseException:  # polars panics over some damage, and a panic is no Exception
        return _damaged_bytes(chance, content)
    if not (frame.width and frame.height):
        return content
    name = chance.choice(frame.columns)
    height = frame.height
    values: pl.Series = chance.choice(
        (
            pl.Series([None] * height, dtype=pl.Null),
            pl.Series([float("nan"), float("inf"), -1.0, 1e300, 2.9999999][:height]),
            pl.Series([2**63 - 1, -(2**63), 0, 1, 7][:height], dtype=pl.Int64),
            pl.Series([2**64 - 1] * height, dtype=pl.UInt64),
            pl.Series([[1, 2]] * height),
            pl.Series([{"a": "x"}] * height),
            pl.Series([b"\xff\x00"] * height, dtype=pl.Binary),
            pl.Series([True, False, None, True, False][:height]),
            pl.Series([chance.choice(UPSETTING) for _ in range(height)]),
            pl.Series([chance.choice(UPSETTING) for _ in range(height)], dtype=pl.Categorical),
            pl.Series(["2025-10-01"] * height).str.to_date(),
            pl.Series(["2025-10-01 12:30"] * height).str.to_datetime(),
            pl.Series([1] * height, dtype=pl.Duration),
            pl.Series([1] * height, dtype=pl.Time),
            pl.Series(["12.345"] * height).cast(pl.Decimal(38, 10)),
        )
    )
    if values.len() == height:
        frame = frame.with_columns(values.alias(name))
    if chance.random() < 0.2:
        frame = frame.rename({name: chance.choice(UPSETTING) or "x"}, strict=False)
    if chance.random() < 0.1:
        frame = frame.clear()
    written = io.BytesIO()
    frame.write_parquet(written)
    return written.getvalue()


# -- what is damaged, and who reads it ---------------------------------------------------------


@cache
def _as_parquet() -> bytes:
    written = io.BytesIO()
    pl.read_csv(CLAIMS.encode(), infer_schema=False).write_parquet(written)
    return written.getvalue()


@cache
def _as_workbook(text: str) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in pl.read_csv(text.encode(), infer_schema=False, has_header=False).rows():
        book.active.append(line)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@cache
def _house() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for place, heading in enumerate(("Code", "allowed amount", "Net"), 1):
        sheet.cell(3, place, heading)
    sheet["A4"], sheet["B4"], sheet["C4"] = "12345", 1.5, "=B4*0.9"
    sheet.add_table(Table(displayName="tbl_By_Code", ref="A3:C4"))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


@cache
def _published() -> dict[str, bytes]:
    from tests.schedules.test_damaged_files import KINDS  # noqa: PLC0415 - for these kinds alone

    return {file: text.encode("latin-1") for file, text, _, _ in KINDS.values()}


def _releases() -> dict[str, bytes]:
    release = {"PPRRVU2025_Oct.csv": pprrvu_csv().encode(), "GPCI2025.csv": GPCI.encode("latin-1")}
    books = {
        "MUE.xlsx": _as_workbook("a,b\n1,2\n"),
        "AA.xlsx": _as_workbook("HCPCS Code,Payment Rate\n64483,5.00\n"),
    }
    inner = {"inside.zip": _zipped(release), "readme.txt": b"CMS"}
    return {**_published(), "rvu25d.zip": _zipped(release), "2025D.zip": _zipped(inner)} | books


@cache
def _store() -> dict[str, bytes]:
    starter = content_folder("fee_schedules")
    entry = next(path.parent for path in sorted(starter.rglob("release.toml")))
    return {path.name: path.read_bytes() for path in sorted(entry.iterdir()) if path.is_file()}


def _estimate(*files: Path, out: Path, more: Sequence[str | Path] = ()) -> list[str | Path]:
    named = [*files, "--locality", "national", "--lines", out / "lines.csv"]
    return ["estimate", *named, "--rejects", out / "rejects.csv", *more]


def _claims(file: Path, out: Path) -> list[list[str | Path]]:
    """Read damaged claims: one in four under every rule of Medicare's, the others under few."""
    return [_estimate(file, out=out, more=_rules_for(file))]


def _rules_for(file: Path) -> list[str | Path]:
    by_all = sha256(file.read_bytes()).digest()[0] % 4 == 0
    return [] if by_all else _few_rules(file)


def _few_rules(file: Path) -> list[str | Path]:
    return ["--payer", file.parent / "few_rules.toml"]


def _payers(file: Path, out: Path) -> list[list[str | Path]]:
    return [
        ["rules", "--payer", file],
        _estimate(file.parent / "claims.csv", out=out, more=["--payer", file]),
    ]


def _scenarios(file: Path, out: Path) -> list[list[str | Path]]:
    asked = ["whatif", file.parent / "claims.csv", "--locality", "national", "--scenario", file]
    return [[*asked, "--dry-run"], [*asked, "--json", out / "whatif.json"]]


def _imports(file: Path, out: Path) -> list[list[str | Path]]:
    import_ = ["schedules", "import", file, "--schedules", out, "--effective-from", "2025-10-01"]
    return [[*import_, "--name", "2025D"]]


def _reads_of_store(file: Path, _out: Path) -> list[list[str | Path]]:
    entry = file.parent / "store" / "2025D"
    if not entry.is_dir():
        entry.mkdir(parents=True)
        for name, content in _store().items():
            (entry / name).write_bytes(content)
        shutil.copy(file, entry / file.name)
    store: list[str | Path] = ["--schedules", entry.parent]
    return [
        ["schedules", "list", *store],
        ["schedules", "verify", *store],
        ["code", "64483", *store],
    ]


def _reads_of_forged_store(file: Path, out: Path) -> list[list[str | Path]]:
    """Put a table whose record was written anew in its place, as only malice does."""
    entry = file.parent / "store" / "2025D"
    if not entry.is_dir():
        entry.mkdir(parents=True)
        for name, content in _store().items():
            (entry / name).write_bytes(content)
        record = entry / "release.toml"
        _, _, text = record.read_text(encoding="utf-8").partition("\n")
        was, now = (sha256(each).hexdigest() for each in (_store()[file.name], file.read_bytes()))
        record.write_text(_sealed(text.replace(was, now)), encoding="utf-8")
        shutil.copy(file, entry / file.name)
    commands = _reads_of_store(file, out)
    store = commands[0][-2:]
    return [*commands, _estimate(file.parent / "claims.csv", out=out, more=store)]


def _only(out: Path, *more: str | Path) -> Callable[[Path], list[str | Path]]:
    return lambda file: _estimate(
        file.parent / "claims.csv", out=out, more=[*more, *_few_rules(file)]
    )


def _seeds(**files: str) -> Callable[[], dict[str, bytes]]:
    return lambda: {name.replace("__", "."): text.encode() for name, text in files.items()}


def _examples() -> dict[str, bytes]:
    files = sorted((ROOT / "examples" / "scenarios").glob("*.toml"))
    ours = 'title = "t"\ncites = "c"\n[[relative_values]]\ncodes = "64483"\nscale = 1.1\n'
    return {path.name: path.read_bytes() for path in files} | {"ours.toml": ours.encode()}


def _layouts() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in content_folder("reports").glob("*.toml")}


#: A command line to damage: its words, of which the file of claims and outputs stay.
LINES = (
    "whatif CLAIMS --locality national --payer FEW --solve conversion_factor --target +3%",
    "whatif CLAIMS --locality national --payer FEW --solve fee:64483 --target allowed=1250",
    "whatif CLAIMS --payer FEW --locality national"
    " --sweep terms.multiple_procedure.later=0.25:0.75:0.25",
    "whatif CLAIMS --locality national --contract medicare --contract 100-50-25",
    "explain CLAIMS --locality national --payer FEW --claim C1 --line 1",
    "estimate CLAIMS --locality 15202-00 --release starter-2025 --payer medicare",
    "code 64483 64493 --date 2025-10-07 --locality 15202-00",
    "code 64490-64495 --release starter-2025",
    "rules --payer medicare",
    "schedules diff starter-2025 starter-2026 --locality national",
    "schedules remove 2025D --schedules OUT",
    "schedules import CLAIMS --name 2025D --effective-from 2025-10-01 --schedules OUT",
)


def _damaged_line(chance: random.Random, content: bytes, _name: str) -> bytes:
    words = content.decode().split(" ")
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.randrange(1, len(words))
        if words[at] in {"CLAIMS", "OUT", "FEW", "import"}:
            continue
        if chance.random() < 0.5:
            words[at] = chance.choice(UPSETTING).replace(" ", "_").replace("\0", "")
        else:
            words[at] = (
                (_damaged_text(chance, words[at].encode()).decode("utf-8", "replace"))
                .replace(" ", "_")
                .replace("\0", "")
            )
    return " ".join(words).encode()


def _command_lines(file: Path, out: Path) -> list[list[str | Path]]:
    put: dict[str, str | Path] = {
        "CLAIMS": file.parent / "claims.csv",
        "FEW": file.parent / "few_rules.toml",
        "OUT": out,
    }
    words = file.read_bytes().decode().split(" ")
    return [[put.get(word, word) for word in words]]


def _x12(*signs: str) -> bytes:
    """Give an 837P: claims that replace each other, a patient, a second payer, and persons."""
    names = dict(zip(("ZYXWILDA", "QUOVADISSON", "19310229"), PERSONS, strict=False))
    segments = one_claim(
        claim=(*CLAIM, "NM1*82*1*QUOVADISSON*ZYXWILDA****XX*1932041526", "PRV*PE*PXC*207X00000X"),
        lines=(*LINE, "LX*2", "SV1*HC:64483:50*99*UN*1***1", LINE[2], "REF*6R*L2"),
    )
    segments += ["HL*3*2*23*0", "PAT*19", "NM1*QC*1*QUOVADISSON*ZYXWILDA", "DMG*D8*19310229*F"]
    for frequency in "178":
        segments += [CLAIM[0].replace(":1*", f":{frequency}*"), CLAIM[1], *LINE]
    text = written([segments], Signs(*signs))
    for canary, person in names.items():
        text = text.replace(canary, person)
    return text.encode()


def _damaged_x12(chance: random.Random, content: bytes, _name: str) -> bytes:
    """Cut a file, drop, double or swap its segments, or replace a byte."""
    text = content.decode()
    sign = text[105]
    for _ in range(chance.choice((1, 1, 2))):
        segments = text.split(sign)
        at, other = chance.randrange(len(segments)), chance.randrange(len(segments))
        way = chance.randrange(6)
        if way == 0:
            text = text[: chance.randrange(len(text) + 1)] or "\n"
            continue
        if way == 1:
            del segments[at]
        elif way == 2:
            segments.insert(at, segments[at])
        elif way == 3:
            segments[at], segments[other] = segments[other], segments[at]
        text = sign.join(segments)
        if way > 3 and text:
            put = chance.randrange(len(text))
            text = text[:put] + chance.choice("*:~|>'X1 \n\0é-") + text[put + 1 :]
    return text.encode()


def _remittances() -> dict[str, bytes]:
    """Give remittances, right and odd ones, with persons in them."""
    names = dict(zip(CANARIES[:3], PERSONS, strict=False))
    seeds = {}
    for number, signs in enumerate((Signs(), Signs("|", ">", "'", ""))):
        text = file_of(drawn(random.Random(number), payments=3, odd=number == 1)[0], signs).decode()
        for canary, person in names.items():
            text = text.replace(canary, person)
        seeds[f"paid{number}.835"] = text.encode()
    return seeds


def _claims_and_payments() -> dict[str, bytes]:
    """Give claims, and the remittance that answers some of them, paid, taken back and denied."""
    lines = (
        *("SVC*HC:99213:25*150.50*80.00**1", "DTM*472*20251007", "CAS*CO*45*50.50"),
        *("CAS*PR*2*20.00", "AMT*B6*100.00"),
    )
    paid = (
        *("BPR*I*80.00*C*ACH************20260316", "TRN*1*T1*1000000000", "N1*PR*PAYER*XV*01112"),
        *("LX*1", "CLP*C1*1*150.50*80.00*20.00*MB*ICN1*11*1"),
        *(f"NM1*QC*1*{PERSONS[1]}*{PERSONS[0]}****MI*M100", *lines),
        *("CLP*C1*22*-150.50*-80.00*-20.00*MB*ICN1*11*1", *(_negative(each) for each in lines)),
        *("CLP*C1*1*150.50*80.00*20.00*MB*ICN2*11*1", *lines),
    )
    return {"claims.837": _x12(), "paid.835": file_of([list(paid)])}


def _compared(file: Path, out: Path) -> list[list[str | Path]]:
    """Compare claims with payments, of which one file is damaged and the other whole."""
    for name, text in _claims_and_payments().items():
        if name != file.name:
            (file.parent / name).write_bytes(text)
    return [
        [
            *("variance", file.parent / "claims.837", "--locality", "national"),
            *("--remittance", file.parent / "paid.835", "--output", out / "v.xlsx"),
            *("--lines", out / "lines.csv", "--appeals", out / "letters"),
        ]
    ]


def _negative(segment: str) -> str:
    return re.sub(r"\*(?=[0-9]+\.[0-9]{2})", "*-", segment)


KINDS = {
    "claims csv": Kind(_seeds(batch__csv=CLAIMS), _claims),
    "claims parquet": Kind(lambda: {"batch.parquet": _as_parquet()}, _claims),
    "claims xlsx": Kind(lambda: {"batch.xlsx": _as_workbook(CLAIMS)}, _claims),
    "claims in parts": Kind(
        lambda: {"batch.csv": CLAIMS.encode(), "batch.parquet": _as_parquet()},
        lambda file, out: [
            [
                *("estimate", file, "--locality", "national", "--in-parts"),
                *("--lines", out / "l.parquet", *_rules_for(file)),
            ]
        ],
    ),
    "payer": Kind(
        _seeds(acme__toml=PAYER, dollars__toml=IN_DOLLARS, policy__toml=POLICY, rates__toml=RATES),
        _payers,
    ),
    "scenario": Kind(_examples, _scenarios),
    "layout": Kind(_layouts, lambda file, _: [["reports", "check", file]]),
    "columns map": Kind(
        _seeds(map__toml=COLUMNS), lambda file, out: [_only(out, "--columns", file)(file)]
    ),
    "dollar schedule": Kind(
        lambda: {"fees.csv": FEES.encode()},
        lambda file, out: _payers(file.parent / "dollars.toml", out)[:1],
    ),
    "dollar schedule xlsx": Kind(
        lambda: {"fees.xlsx": _as_workbook(FEES)},
        lambda file, out: _payers(file.parent / "dollars_xlsx.toml", out)[:1],
    ),
    "release": Kind(_releases, _imports),
    "store": Kind(_store, _reads_of_store),
    "forged store": Kind(
        lambda: {name: each for name, each in _store().items() if name.endswith(".parquet")},
        _reads_of_forged_store,
    ),
    "house template": Kind(
        lambda: {"house.xlsx": _house()},
        lambda file, out: [
            [
                *("estimate", file.parent / "claims.csv", "--locality", "national"),
                *("--template", file, "--output", out / "filled.xlsx", *_few_rules(file)),
            ]
        ],
    ),
    "key file": Kind(
        _seeds(key__bin="9f86d081884c7d659a2feaa0c55ad015"),
        lambda file, out: [_only(out, "--pseudonymize", file)(file)],
    ),
    "claims x12": Kind(
        lambda: {"claims.837": _x12(), "claims.txt": _x12("|", ">", "'", "")},
        lambda file, out: [
            [
                *_estimate(file, out=out, more=_few_rules(file)),
                *("--superseded", out / "superseded.csv", "--run", out / "run.json"),
            ]
        ],
        _damaged_x12,
    ),
    "remittance": Kind(
        _remittances,
        lambda file, out: [
            ["remittance", file, "--sheets", out / "tables", "--run", out / "run.json"],
            ["remittance", file, "--output", out / "paid.xlsx", "--minimal"],
        ],
        _damaged_x12,
    ),
    "variance": Kind(_claims_and_payments, _compared, _damaged_x12),
    "canary": Kind(
        _seeds(canary__csv=CLAIMS.replace("units,", "expected_allowed_amount,")),
        lambda file, _: [["canary", file, "--locality", "national", *_few_rules(file)]],
    ),
    "command line": Kind(
        lambda: {f"line{number}.txt": line.encode() for number, line in enumerate(LINES)},
        _command_lines,
        _damaged_line,
    ),
}


# -- one case ----------------------------------------------------------------------------------


@contextlib.contextmanager
def grounds(keep: Path | None = None) -> Iterator[Path]:
    """Give a folder with the whole files that a damaged one is read beside."""
    with tempfile.TemporaryDirectory() as made:
        folder = keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in (
            ("claims.csv", CLAIMS),
            ("fees.csv", FEES),
            ("few_rules.toml", FEW_RULES),
            ("dollars.toml", IN_DOLLARS),
            ("dollars_xlsx.toml", IN_DOLLARS.replace("fees.csv", "fees.xlsx")),
        ):
            (folder / name).write_text(text, encoding="utf-8")
        fees = ROOT / "examples" / "scenarios" / "04-pain-fees.csv"
        shutil.copy(fees, folder / fees.name)
        # Nobody's own releases count, and none are left in them.
        own = {"return_value": folder / "nobody's own"}
        with (
            mock.patch("payrules.schedules.store.default_folder", **own),
            mock.patch("payrules.schedules.importing.default_folder", **own),
        ):
            yield folder


def faults(
    kind: str,
    seed: int,
    keep: Path | None = None,
    *,
    ended: Callable[[object, str], None] = lambda _status, _said: None,
) -> list[str]:
    """Run one case of a kind; say what payrules did that it never should.

    `ended` is told the status that each command ends with, and what it said.
    """
    chance = random.Random(f"{kind} {seed}")
    with grounds(keep) as folder:
        seeds = KINDS[kind].seeds()
        name = chance.choice(sorted(seeds))
        file = folder / name
        damage = KINDS[kind].damage or damaged
        file.write_bytes(damage(chance, seeds[name], name))
        # Where damage made a person's name a heading, it is one: headings are named.
        heading = file.read_bytes().partition(b"\n")[0]
        out = folder / "out"
        out.mkdir(exist_ok=True)
        found = []
        for command in KINDS[kind].commands(file, out):
            before = sorted(path.name for path in folder.rglob("*"))
            status, said, shown = _run([str(word) for word in command])
            ended(status, said)
            after = sorted(path.name for path in folder.rglob("*"))
            told = f"{kind}, seed {seed}: {command[0]}"
            if status not in DOCUMENTED:
                found.append(f"{told} ended with {status}: {said[-300:]}")
            if "bug in payrules" in said or "Traceback" in said:
                found.append(f"{told}: {said[-300:]}")
            if status in FAILED and not said.strip():
                found.append(f"{told} ended with {status} and said nothing")
            if status in FAILED and after != before:
                left = sorted(set(after) - set(before))
                found.append(f"{told} failed and left {', '.join(left)}: {said[-200:]}")
            if status in FAILED and not _is_a_sentence(said):
                found.append(f"{told} ended with {status} and said more than a sentence: {said}")
            found += [
                f"{told} tells '{each}': {said[-300:]}"
                for each in PERSONS
                if each in said + shown and each.encode() not in heading
            ]
        return found


def _is_a_sentence(said: str) -> bool:
    """Tell whether a failure said one line, and else no more than a columns file to keep."""
    _, _, more = said.partition("\n")
    if not more:
        return True
    try:
        tomllib.loads(more)
    except tomllib.TOMLDecodeError:
        return False
    return more.startswith("\n# A columns file for ")


def _run(command: list[str]) -> tuple[object, str, str]:
    """Give the exit status of a command, what it said to standard error, and what it showed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status: object = main(command)
        except BaseException as fault:
            return type(fault).__name__, f"{err.getvalue()}\nTraceback: {fault!r}", ""
    return status, err.getvalue(), out.getvalue()


def _main() -> int:
    parser = argparse.ArgumentParser(description="Damage every kind of input, by a seed.")
    parser.add_argument("--cases", type=int, default=1000, help="cases of each kind")
    parser.add_argument("--kind", choices=[*KINDS], action="append", help="these kinds alone")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--keep", type=Path, help="leave the files of one case here")
    asked = parser.parse_args()
    count = 0
    for kind in asked.kind or KINDS:
        for seed in range(asked.seed, asked.seed + asked.cases):
            for fault in faults(kind, seed, asked.keep):
                count += 1
                print(" ".join(fault.split()), flush=True)
        print(f"{kind}: {asked.cases:,} cases", file=sys.stderr)
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(_main())
