"""What edits leave open is said: in part, of another quarter, before the table begins."""

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from payrules.content import content_folder
from payrules.payers import MEDICARE, load_payer
from payrules.runs.edits_at_hand import in_sentences
from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.schedules import Schedules, import_schedule, load_schedules
from tests.real_files import CMS, EDITS, need

STARTER = load_schedules(content_folder("fee_schedules"))
STANDS_IN = (
    "denied by an edit of July 2024, used because this quarter's is not loaded: check it in CMS's"
    " table"
)


def priced(*services: str, day: str = "2025-06-02", schedules: Schedules = STARTER) -> Estimate:
    rows = [
        {
            "claim_id": "A",
            "claim_line_number": str(number),
            "person_id": "P",
            "claim_line_start_date": day,
            "place_of_service_code": "11",
            "hcpcs_code": service.split()[0],
            "hcpcs_modifiers": " ".join(service.split()[1:]),
        }
        for number, service in enumerate(services, 1)
    ]
    return estimate(pl.DataFrame(rows), Setup(schedules=schedules, locality="national"))


def test_edits_of_the_starter_alone_are_said_to_run_in_part() -> None:
    run = priced("64483", "99999").run
    ran = {rule.name: rule.ran for rule in run.rules}
    assert ran["unlikely_units"] == "in part: 451 codes"
    assert ran["procedure_pairs"].startswith("in part: ")
    assert ran["add_on"] == "in part: 48 codes"
    assert ran["bilateral"] is True
    (partly, _) = in_sentences(run.edits)
    assert "medically unlikely edits (451 codes)" in partly
    assert "1 line has a code outside them: not edited." in partly
    assert partly.endswith("payrules schedules import PATH")


def test_edits_of_july_2024_stand_in_for_a_later_quarter_and_a_denial_by_them_is_noted() -> None:
    results = priced("62323 KX", "77003 26", day="2025-06-02")
    assert results.lines["status"].to_list() == ["priced", "denied"]
    assert results.lines["review"].to_list() == [None, STANDS_IN]
    (stands_in,) = [each for each in in_sentences(results.run.edits) if "July 2024" in each]
    assert stands_in.startswith("Edits of July 2024 are used for this quarter on 2 lines from")


@pytest.mark.parametrize(("day", "before"), [("2024-06-30", 1), ("2024-07-01", 0)])
def test_lines_dated_before_the_first_table_are_counted_and_said(day: str, before: int) -> None:
    run = priced("64483", day=day).run
    assert [each["lines_before"] for each in run["edits"]] == [before] * 3
    said = [each for each in in_sentences(run.edits) if "before the first day" in each]
    assert len(said) == (before > 0)
    assert all("(2024-07-01): 1 line (" in each for each in said)


def test_the_screen_and_the_about_page_say_what_edits_left_open(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from payrules.screen.estimate import summary  # noqa: PLC0415
    from payrules.screen.printed import show  # noqa: PLC0415
    from payrules.workbook.about import rules, schedule_notes  # noqa: PLC0415

    results = priced("64483")
    show(*summary(results.summary(), {}))
    shown = capsys.readouterr().out
    for sentence in in_sentences(results.run.edits):
        assert sentence.split(":", maxsplit=1)[0] in " ".join(shown.split())
        assert sentence in schedule_notes(results.run)
    assert "in part: 451 codes" in {row[4] for row in rules(results.run)}


ADD_ONS, _, *PAIRS = EDITS


@need(*EDITS)
def test_one_of_four_pair_files_is_said_not_to_be_the_whole_table(tmp_path: Path) -> None:
    store, others = tmp_path / "store", tmp_path / "others"
    import_schedule(PAIRS[0], store)
    imported = load_schedules(store)
    schedules = Schedules(STARTER.releases, imported.tables)
    assert priced("64483", "76942", schedules=schedules).run.edits[0].in_part == ("part 1 of 4")
    others.mkdir()
    for part in PAIRS[1:]:
        shutil.copy(part, others)
    import_schedule(others, store)
    whole = Schedules(STARTER.releases, load_schedules(store).tables)
    results = priced("64483", "76942", schedules=whole)
    assert results.run.edits[0].in_part is None
    assert [str(each) for each in results.lines["allowed_amount"]] == ["236.13", "0.00"]


@need(*EDITS, CMS / "2026C")
def test_37255_is_not_paid_alone_with_a_whole_add_on_table(tmp_path: Path) -> None:
    import_schedule(ADD_ONS, tmp_path)
    import_schedule(CMS / "2026C", tmp_path)
    schedules = load_schedules(tmp_path)
    alone = priced("37255", day="2026-07-15", schedules=schedules).lines.row(0, named=True)
    assert (alone["status"], alone["carc"], alone["rarc"]) == ("denied", "107", "N122")


def test_an_assistant_of_one_group_no_longer_denies_the_surgeon() -> None:
    """27447-RT with 27447-80-RT, same TIN and specialty: both paid (starter of 2026C)."""
    both = {
        "claim_id": ["A", "B"],
        "claim_line_number": ["1", "1"],
        "hcpcs_modifiers": ["RT", "80 RT"],
    }
    lines = pl.DataFrame(both).with_columns(
        person_id=pl.lit("P"),
        claim_line_start_date=pl.lit("2026-07-15"),
        place_of_service_code=pl.lit("21"),
        hcpcs_code=pl.lit("27447"),
        billing_tin=pl.lit("123456789"),
        rendering_specialty=pl.lit("20"),
    )
    paid = estimate(lines, Setup(schedules=STARTER, locality="national")).lines["allowed_amount"]
    assert [str(each) for each in paid] == ["1159.35", "185.50"]


def test_the_code_page_says_of_which_quarter_the_edits_are() -> None:
    from payrules.code_page import code_page  # noqa: PLC0415

    notes = {t.kind: t.note for t in code_page("64483", STARTER, day=date(2025, 6, 2)).tables}
    for kind in ("mue", "ptp", "add_on"):
        assert "in part: " in notes[kind]
        assert "edits of July 2024 are used for this quarter" in notes[kind]


def test_the_edits_of_a_further_payer_are_told_where_the_first_has_them_off(
    tmp_path: Path,
) -> None:
    """They deny the other payer's lines, and were in no record and on no About sheet."""
    off = "".join(f"[terms.{name}]\noff = true\n" for name in ("unlikely_units", "procedure_pairs"))
    acme = tmp_path / "acme.toml"
    acme.write_text(f'name = "acme"\ncontract = "a test"\nplan = "commercial"\n{off}')
    line = {
        "claim_id": "A",
        "claim_line_number": "1",
        "person_id": "P",
        "claim_line_start_date": "2025-06-02",
        "place_of_service_code": "11",
        "hcpcs_code": "64483",
    }
    setup = Setup(
        payer=load_payer(acme),
        payers={"medicare": MEDICARE},
        schedules=STARTER,
        locality="national",
    )
    run = estimate(pl.DataFrame([line]), setup).run
    assert [each.rule for each in run.edits] == ["add_on", "unlikely_units", "procedure_pairs"]
    ran = {rule.name: (rule.ran, rule.of) for rule in run.rules}
    assert ran["unlikely_units"] == ("in part: 451 codes", ("medicare",))
