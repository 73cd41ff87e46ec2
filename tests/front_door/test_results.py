"""What the front door gives back: results and answers that show and write themselves."""

import json
import re
import warnings
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

import payrules
from payrules.__main__ import main
from payrules.content import content_folder
from payrules.demo import BATCH
from payrules.runs.setup import Setup
from payrules.scenarios import baseline, compare, plan, read_scenario
from payrules.workbook.xlsx.written import Written
from tests.pricing_cases import STARTER

EXAMPLES = Path(__file__).parents[2] / "examples" / "scenarios"
AT_40 = EXAMPLES / "02-later-procedures-at-40.toml"


def priced(claims: Any = BATCH, *payer: Any, **how: Any) -> payrules.Results:
    return payrules.estimate(claims, *payer, **{"schedules": STARTER, **how})


@pytest.fixture(scope="module")
def results() -> payrules.Results:
    return priced()


def test_results_are_what_the_command_line_writes(
    results: payrules.Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payrules.schedules.store.default_folder", lambda: tmp_path / "imported")
    files = {name: tmp_path / f"{name}.parquet" for name in ("lines", "adjustments", "rejects")}
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    assert main(["estimate", str(BATCH), *options]) == 1
    for name, path in files.items():
        assert pl.read_parquet(path).equals(getattr(results, name))


def test_results_show_the_totals_in_three_lines(results: payrules.Results) -> None:
    heading, amounts, counts = repr(results).splitlines()
    assert heading == (
        "Results of 66 claim lines: payer medicare, fee schedule release starter-2025, starter-2026"
    )
    for word, name in (("charge", "charge_amount"), ("allowed", "allowed_amount")):
        assert f"{word} {results.lines[name].sum():,.2f}" in amounts
    assert "52 priced, 4 bundled, 7 denied" in counts
    assert "1 rejected" in counts
    assert f"{len(results.remarks)} in remarks" in counts
    page = results._repr_html_()
    assert "<th>Medicare pays</th>" in page
    assert f"<td>{results.lines['medicare_amount'].sum():,.2f}</td>" in page


def test_what_shows_itself_shows_no_person_and_no_claim() -> None:
    text = pl.read_csv(BATCH, infer_schema=False).with_columns(
        person_id=pl.format("person-{}", "person_id"),
        claim_id=pl.format("claim-{}", "claim_id"),
        rendering_npi=pl.lit("1999999984"),
        Name=pl.lit("<b>Ada Lovelace</b>"),
        hcpcs_code=pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("Ada")).otherwise("hcpcs_code"),
    )
    results = priced(text)
    answer = payrules.whatif(text, AT_40, schedules=STARTER)
    for shown in (
        *(repr(results), str(results), results._repr_html_()),
        *(repr(answer), str(answer), answer._repr_html_()),
    ):
        assert "priced" in shown or "What-if" in shown
        for person in ("person-", "claim-", "1999999984", "Ada", "Lovelace"):
            assert person not in shown
        assert len(shown) < 1_000


def test_a_payers_name_is_text_in_html(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text('name = "<b>&"\ncontract = "Agreement"\n', encoding="utf-8")
    assert "payer &lt;b&gt;&amp;," in priced(BATCH, file)._repr_html_()


def test_remarks_say_what_the_command_says(results: payrules.Results) -> None:
    assert [each for each in results.remarks if each.startswith("Edits ran in part: ")]
    assert "Columns carried along, not read: site." in results.remarks


# -- writing -----------------------------------------------------------------------------------


def test_to_excel_writes_a_report_and_replaces_nothing_unless_told(
    results: payrules.Results, tmp_path: Path
) -> None:
    path = results.to_excel(str(tmp_path / "summary.xlsx"), report="summary")
    assert path == tmp_path / "summary.xlsx"
    assert "Lines" not in openpyxl.load_workbook(path, read_only=True).sheetnames
    with pytest.raises(payrules.ReportError, match=r"already exists; .* \(in Python force=True\)"):
        results.to_excel(path)
    results.to_excel(path, force=True)
    assert "Lines" in openpyxl.load_workbook(path, read_only=True).sheetnames
    with pytest.raises(payrules.ReportError, match="nothing"):
        results.to_excel(tmp_path / "other.xlsx", report="nothing")
    assert not (tmp_path / "other.xlsx").exists()


def test_to_excel_warns_where_a_check_does_not_read_0(
    results: payrules.Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Written(tmp_path / "x.xlsx", (), {}, ("Lines and totals: 0.01",), ("Sheet is long.",))
    monkeypatch.setattr("payrules.workbook.write_workbook", lambda *_, **__: written)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        results.to_excel(tmp_path / "x.xlsx")
    assert [str(each.message) for each in said] == [
        "A check of the report does not read 0: Lines and totals: 0.01",
        "Sheet is long.",
    ]


def test_to_parquet_writes_all_four_or_none(results: payrules.Results, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    paths = results.to_parquet(folder)
    assert [path.name for path in paths] == [
        *("lines.parquet", "adjustments.parquet", "rejects.parquet", "run.json")
    ]
    for path in paths[:3]:
        assert pl.read_parquet(path).equals(getattr(results, path.stem))
    assert json.loads(paths[3].read_text(encoding="utf-8"))["totals"] == results.run["totals"]
    paths[0].unlink()
    with pytest.raises(payrules.ReportError, match=r"adjustments\.parquet already exists"):
        results.to_parquet(folder)
    assert not paths[0].exists()
    results.to_parquet(folder, force=True)
    assert paths[0].exists()


# -- who prices, by what -----------------------------------------------------------------------


def test_a_payer_is_named_or_a_file_or_itself() -> None:
    named = priced(BATCH, "110-percent-of-medicare")
    path = Path(payrules.__file__).parent / "payers" / "presets" / "110-percent-of-medicare.toml"
    for payer in (path, str(path), payrules.load_payer(path), [path]):
        assert priced(BATCH, payer).lines.equals(named.lines)
    assert priced(payer="medicare").lines["allowed_amount"].sum() < (
        named.lines["allowed_amount"].sum()
    )


def test_lines_are_priced_by_the_payer_they_name_and_by_the_first_otherwise() -> None:
    text = pl.read_csv(BATCH, infer_schema=False)
    both = ["medicare", "110-percent-of-medicare"]
    name = payrules.load_payer(both[1]).name
    mixed = priced(text.with_columns(payer=pl.lit(name)), both)
    alone = priced(text, both[1])
    assert mixed.lines["allowed_amount"].equals(alone.lines["allowed_amount"])
    other = priced(text.with_columns(payer=pl.lit("nobody's")), both)
    assert other.lines["allowed_amount"].equals(priced(text).lines["allowed_amount"])
    said = "1 payer named in the batch is unknown and priced as medicare (66 lines): nobody's."
    assert said in other.remarks


def test_a_release_a_locality_and_schedules_are_named(tmp_path: Path) -> None:
    text = pl.read_csv(BATCH, infer_schema=False).drop("locality")
    folder = content_folder("fee_schedules")
    found = payrules.estimate(
        text, locality="national", release="starter-2026", schedules=str(folder)
    )
    assert found.lines["release"].unique().drop_nulls().to_list() == ["starter-2026"]
    assert found.lines["locality"].unique().to_list() == ["national"]
    again = priced(text, locality="national", release="starter-2026")
    assert again.lines.equals(found.lines)
    columns = tmp_path / "columns.toml"
    columns.write_text('[columns]\nclaim_id = "Claim No"\n', encoding="utf-8")
    renamed = text.rename({"claim_id": "Claim No"})
    for mapped in (columns, str(columns), {"claim_id": "Claim No"}):
        mine = priced(renamed, locality="national", release="starter-2026", columns=mapped)
        assert mine.lines.equals(found.lines)


@pytest.mark.parametrize(
    ("how", "fault", "said"),
    [
        ({"payer": "medicar"}, payrules.PayerError, "There is no payer 'medicar'"),
        ({"payer": 5}, payrules.UsageError, "`payer` cannot be a int: it is a payer's name"),
        ({"payer": ["medicare", 5]}, payrules.UsageError, "`payer` cannot be a int"),
        ({"payer": []}, payrules.UsageError, "No payer was given"),
        ({"release": "2025Z"}, payrules.ScheduleError, "2025Z"),
        ({"release": 2025}, payrules.UsageError, "`release` cannot be a int: it is a text."),
        ({"locality": 5}, payrules.UsageError, "`locality` cannot be a int: it is a text."),
        ({"locality": "IL Chicgo"}, payrules.ClaimsError, "The locality 'IL Chicgo'"),
        ({"schedules": 5}, payrules.UsageError, "`schedules` cannot be a int: it is a folder"),
        ({"schedules": "/nowhere"}, payrules.ScheduleError, "folder /nowhere does not exist"),
        ({"columns": "/nowhere.toml"}, payrules.ClaimsError, "/nowhere.toml"),
        ({"columns": ["claim_id"]}, payrules.UsageError, "`columns` cannot be a list"),
    ],
    ids=str,
)
def test_what_names_nothing_is_told_in_one_sentence(
    how: dict[str, Any], fault: type[payrules.PayrulesError], said: str
) -> None:
    with pytest.raises(fault, match=re.escape(said)) as raised:
        priced(**how)
    assert issubclass(fault, payrules.PayrulesError)
    assert "\n" not in str(raised.value)


# -- what if -----------------------------------------------------------------------------------


def test_a_scenario_is_a_file_a_dict_or_keywords() -> None:
    by_file = payrules.whatif(BATCH, AT_40, schedules=STARTER)
    base = baseline(BATCH, Setup(schedules=STARTER))
    (compared,) = compare(base, [plan(base, read_scenario(AT_40))])
    change = by_file.totals.filter(measure="allowed_amount")["change"].item()
    assert change == Decimal(compared.change) / 100
    terms = {"multiple_procedure": {"later": 0.40}}
    for answer in (
        payrules.whatif(BATCH, {"terms": terms}, schedules=STARTER),
        payrules.whatif(BATCH, {"title": "T", "cites": "C", "terms": terms}, schedules=STARTER),
        payrules.whatif(BATCH, terms=terms, schedules=STARTER),
        payrules.whatif(pl.read_csv(BATCH, infer_schema=False), terms=terms, schedules=STARTER),
    ):
        for table in ("totals", "bridge", "rules", "groups", "lines", "chains", "statuses"):
            ours, theirs = getattr(answer, table), getattr(by_file, table)
            assert ours.drop("scenario").equals(theirs.drop("scenario"))
    assert f"then {by_file.totals['after'][0]:,.2f} ({change:+,.2f})" in repr(by_file)
    assert by_file.rejects.height == 1


def test_several_scenarios_and_questions_are_answered_in_dollars(tmp_path: Path) -> None:
    claims = pl.read_csv(BATCH, infer_schema=False)
    answer = payrules.whatif(
        claims.filter(pl.col("claim_id").is_in(["C101", "C102", "C105", "C117"])),
        [AT_40, {"conversion_factor": {"scale": 0.975}}],
        schedules=STARTER,
        solve="conversion_factor",
        target="baseline",
        sweep="terms.multiple_procedure.later=0.40:0.50:0.10",
        tornado=True,
        contracts=["medicare", "110-percent-of-medicare"],
    )
    assert answer.totals["scenario"].unique(maintain_order=True).to_list() == [
        AT_40.name,
        "scenario 2",
    ]
    allowed = answer.totals.filter(measure="allowed_amount")["before"][0]
    assert answer.solution is not None
    assert answer.solution["in_words"] in repr(answer)
    assert answer.sweep is not None
    assert answer.tornado is not None
    assert answer.contracts is not None
    ranking = answer.contracts["ranking"]
    assert allowed in ranking["allowed_amount"].to_list()
    for frame in (answer.sweep, answer.tornado, *answer.contracts.values()):
        amounts = [name for name, kind in frame.schema.items() if kind.is_decimal()]
        assert amounts
        assert not [name for name in frame.columns if "amount" in name and name not in amounts]
    assert json.dumps(answer.record, default=str)
    path = answer.to_excel(tmp_path / "whatif.xlsx")
    assert path.stat().st_size
    with pytest.raises(payrules.ReportError, match="already exists"):
        answer.to_excel(path)


@pytest.mark.parametrize(
    ("asked", "fault", "said"),
    [
        ({}, payrules.UsageError, "Say what to change"),
        ({"scenario": 5}, payrules.UsageError, "A scenario cannot be a int: give a scenario file"),
        ({"scenario": "nowhere.toml"}, payrules.ScenarioError, "There is no scenario file"),
        ({"conversion_facto": 30}, payrules.ScenarioError, "conversion_facto"),
        ({"terms": {"bilateral": {"both": 5}}}, payrules.ScenarioError, "scenario, terms."),
        ({"contracts": "medicare"}, payrules.UsageError, "Contracts are compared two or more"),
        ({"solve": "conversion_factor"}, payrules.UsageError, "go together"),
    ],
    ids=str,
)
def test_a_what_if_that_asks_nothing_is_told_in_one_sentence(
    asked: dict[str, Any], fault: type[payrules.PayrulesError], said: str
) -> None:
    with pytest.raises(fault, match=re.escape(said)) as raised:
        payrules.whatif(BATCH, **asked, schedules=STARTER)
    assert "\n" not in str(raised.value)


# -- codes and schedules -----------------------------------------------------------------------


def test_a_code_is_looked_up_on_a_day_however_it_is_given() -> None:
    pages = [
        payrules.code("64483", day, schedules=STARTER)
        for day in ("2025-10-07", date(2025, 10, 7), datetime(2025, 10, 7, 8, 15))
    ]
    assert pages[0].release == "starter-2025"
    assert pages == [pages[0]] * 3
    for day in ("10/07/2025", "soon"):
        with pytest.raises(payrules.UsageError, match=f"`day` cannot be '{day}': write it as"):
            payrules.code("64483", day, schedules=STARTER)
    with pytest.raises(payrules.UsageError, match=r"has no code '6448'; nearest: .*64483"):
        payrules.code("6448", schedules=STARTER)
    for how in ({"code": 64483}, {"code": "64483", "day": 5}, {"code": "64483", "release": 2025}):
        with pytest.raises(payrules.UsageError, match=r"^`\w+` cannot be a int: it is a "):
            payrules.code(schedules=STARTER, **how)  # type: ignore[arg-type]


def test_schedules_are_shown_by_their_names_and_imported_from_a_path_as_text() -> None:
    assert repr(payrules.load_schedules(str(content_folder("fee_schedules")))).startswith(
        "Schedules(starter-2025, starter-2026, "
    )
    with pytest.raises(payrules.ScheduleError, match="There is no file or folder /nowhere"):
        payrules.import_schedule("/nowhere")
