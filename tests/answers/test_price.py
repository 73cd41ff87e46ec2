"""`payrules price`: one line for an answer, and it is the engine's own."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from payrules.__main__ import main
from payrules.answers import AskedLine, SessionAnswer, price_session, read_line
from payrules.answers.price import TOTALS
from payrules.content import content_folder
from payrules.errors import UsageError
from payrules.payers import load_payer
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.schedules import load_schedules

IN_2025 = date(2025, 10, 2)
STARTER = load_schedules(content_folder("fee_schedules"))
SETUP = Setup(schedules=STARTER)


def priced(*codes: str, setup: Setup = SETUP, place: str = "22", **how: object) -> SessionAnswer:
    asked = [read_line(each) for each in codes]
    return price_session(asked, setup, place=place, **({"day": IN_2025} | how))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _only_the_starter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("payrules.schedules.store.default_folder", lambda: tmp_path / "imported")


# ------------------------------------------------------------------------------ how a line is said


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("64483", AskedLine("64483")),
        (" 64483-50 ", AskedLine("64483", ("50",))),
        ("64494x2", AskedLine("64494", (), "2")),
        ("64494-59x2", AskedLine("64494", ("59",), "2")),
        ("64494-59-rtX2", AskedLine("64494", ("59", "RT"), "2")),
        ("64494-X2", AskedLine("64494", ("X2",))),  # an HCPCS modifier, and no units
        ("64494-x2x3", AskedLine("64494", ("X2",), "3")),
        ("j3301x0.5", AskedLine("J3301", (), "0.5")),
        ("0213TX2", AskedLine("0213T", (), "2")),
    ],
)
def test_a_line_is_written_in_one_word(given: str, read: AskedLine) -> None:
    assert read_line(given) == read


@pytest.mark.parametrize(
    "given", ["6448", "644833", "64483-5", "64483-500", "64483x", "64483 50", "64483*2", "", "-50"]
)
def test_what_is_no_line_is_refused_with_how_to_write_one(given: str) -> None:
    with pytest.raises(UsageError, match="is no code: write 64483"):
        read_line(given)


def test_more_modifiers_than_a_line_takes_are_refused() -> None:
    with pytest.raises(UsageError, match="64483 has 6 modifiers; a claim line takes 5"):
        read_line("64483-50-51-59-RT-LT-KX")


# ----------------------------------------------------------------------------------- what is paid


def test_an_answer_is_that_of_the_same_batch() -> None:
    codes = ("64483-50", "64493", "77003-26", "99213-25", "20610-RT", "99999")
    charges = ("900", "800.00", "100", "200", "$1,180", "5")
    answer = priced(*codes, charges=charges, locality="Chicago", place="11")
    rows = [
        {
            "claim_id": "A",
            "claim_line_number": number,
            "person_id": "P",
            "claim_line_start_date": IN_2025,
            "hcpcs_code": code[:5],
            "hcpcs_modifiers": code[6:] or None,
            "place_of_service_code": "11",
            "charge_amount": charge,
            "locality": "06102-16",
        }
        for number, (code, charge) in enumerate(zip(codes, charges, strict=True), 1)
    ]
    lines = estimate(pl.DataFrame(rows), SETUP).lines
    for name in ("fee_schedule_amount", *TOTALS):
        told = [getattr(line, name) for line in answer.lines]
        assert told == [None if each is None else f"{each:.2f}" for each in lines[name]]
    assert [line.status for line in answer.lines] == lines["status"].to_list()
    assert [line.name for line in answer.lines] == list(codes)
    assert not answer.is_whole
    for name, total in answer.totals.items():
        assert total == f"{lines[name].sum():.2f}"


def test_codes_of_one_session_change_each_other() -> None:
    first, second, guidance = priced("64483-50", "64493", "77003-26").lines
    assert (first.allowed_amount, second.allowed_amount) == ("161.57", "44.16")
    (reason,) = [each for each in second.reasons if each.rule == "multiple_procedure"]
    assert (reason.factor, reason.code, reason.before) == ("0.5000", "CO-59", "88.31")
    assert guidance.status == "denied"
    assert priced("64493").lines[0].allowed_amount == "88.31"


def test_units_charge_deductible_practitioner_and_minutes_are_the_line_s_own() -> None:
    (line,) = priced("99213x2", deductible="30", practitioner="NP", charges=["1,000"]).lines
    assert (line.units, line.charge_amount) == ("2", "1000.00")
    (line,) = priced("99213", deductible="30", practitioner="NP").lines
    assert line.deductible_amount == "30.00"
    assert [each.factor for each in line.reasons if each.rule == "practitioner"] == ["0.8500"]


def test_a_payer_pays_by_its_own_terms() -> None:
    own = Setup(load_payer("110-percent-of-medicare"), schedules=STARTER)
    assert priced("99213", setup=own).payer == "110-percent-of-medicare"
    by_medicare = priced("99213").lines[0].allowed_amount
    assert priced("99213", setup=own).lines[0].allowed_amount != by_medicare


def test_a_contract_s_factor_is_told_though_its_step_changes_no_amount(tmp_path: Path) -> None:
    """The fee was made by it already: the answer gave 66.32 a unit and no word of why."""
    path = tmp_path / "acme.toml"
    path.write_text(
        'name = "Acme"\ncontract = "Acme 2025"\nplan = "commercial"\n'
        '[[rate]]\nconversion_factor = 66.32\ncites = "Acme 2025, page 4"\n',
        encoding="utf-8",
    )
    answer = priced("64483", setup=Setup(load_payer(path), schedules=STARTER, locality="national"))
    (reason,) = answer.lines[0].reasons
    assert (reason.rule, reason.before) == ("contract_rate", reason.after)
    assert "66.32" in reason.detail


def test_the_day_is_the_newest_release_s_own_as_on_the_code_s_page() -> None:
    answer = priced("64483", day=None)
    assert answer.day == date(2026, 7, 1)
    assert answer.lines[0].release == "starter-2026"
    of_2025 = Setup(schedules=STARTER, release="starter-2025")
    assert priced("64483", day=None, setup=of_2025).day == date(2025, 10, 1)


def test_a_locality_is_given_by_key_name_or_zip() -> None:
    by_key = priced("64483", locality="06102-16")
    assert by_key.locality_name == "IL CHICAGO"
    assert priced("64483", locality="Chicago") == by_key
    assert priced("64483", locality="0610216") == by_key
    with pytest.raises(UsageError, match="no ZIP table is loaded"):
        priced("64483", locality="60601")


def test_a_day_without_a_release_is_told_by_the_line() -> None:
    answer = priced("64483", day=date(2031, 1, 1))
    assert not answer.is_whole
    assert "no release is in force" in (answer.lines[0].reason or "")


@pytest.mark.parametrize(
    ("codes", "how", "said"),
    [
        (("64483",), {"place": "98"}, "place of service 98"),
        (("64483x0",), {}, "units must be more than 0"),
        (("64483",), {"locality": "Chcago"}, "has no locality 'Chcago'"),
        (("64483",), {"charges": ["-5"]}, "charge '-5' is not an amount"),
        (("64483",), {"charges": ["nine"]}, "charge 'nine' is not an amount"),
        # Never 1,005 for a decimal comma, nor none for a blank.
        (("64483",), {"charges": ["100,5"]}, "charge '100,5' is not an amount"),
        (("64483",), {"charges": ["1,00.00"]}, "charge '1,00.00' is not an amount"),
        (("64483",), {"charges": [""]}, "charge '' is not an amount"),
        (("64483",), {"deductible": ""}, "deductible '' is not an amount"),
        (("64483",), {"charges": ["9" * 30]}, "is not an amount"),
        (("64483",), {"deductible": "1.005"}, "deductible '1.005' is not an amount"),
        (("64483", "64493"), {"charges": ["5"]}, "1 charge for 2 codes: give one"),
        (("00100",), {"minutes": "x"}, "anesthesia_minutes"),
        (("64483",), {"practitioner": "zoo keeper"}, "There is no practitioner type 'zoo keeper'"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(
    codes: tuple[str, ...], how: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageError) as refused:
        priced(*codes, **how)  # type: ignore[arg-type]
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_commas_part_thousands() -> None:
    for written, charge in (("1,250.50", "1250.50"), ("$1,250,000", "1250000.00"), (".5", "0.50")):
        (line,) = priced("64483", charges=[written]).lines
        assert line.charge_amount == charge


def test_a_modifier_nobody_knows_is_told_with_the_answer() -> None:
    (line,) = priced("64483-5B").lines
    assert "5B" in (line.review or "")


def test_a_drug_is_priced_by_its_own_schedule() -> None:
    (line,) = priced("J3301x4", place="11", day=date(2026, 3, 1)).lines
    assert (line.schedule, line.status) == ("asp", "priced")
    assert priced("64483").lines[0].schedule == "mpfs"


# ------------------------------------------------------------------------------ on the command line


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["price", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_one_code_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "64483-50", "--pos", "22", "--date", "2025-10-02")
    assert status == 0
    assert out == (
        "64483-50, 2025-10-02, place 22, national, release starter-2025: allowed 161.57, Medicare "
        "pays 126.67 after 2.59 sequestration, the patient 32.31. Why: fee schedule amount 107.71; "
        "150% bilateral indicator 1, modifier 50.\n"
    )
    assert "Edits ran in part" in err


def test_several_codes_are_a_line_each_and_what_they_come_to(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, _ = run(
        capsys, "64483-50", "64493", "77003-26", "99999", "--pos", "22", "--date", "2025-10-02"
    )
    assert status == 1  # of one of them there is no amount
    heading, *lines, total = out.splitlines()
    assert heading == "2025-10-02, place 22, national, release starter-2025"
    assert [line.partition(":")[0] for line in lines] == ["64483-50", "64493", "77003-26", "99999"]
    assert "50% rank 2 of 2 in the session (CO-59)" in lines[1]
    assert "denied, allowed 0.00" in lines[2]
    assert lines[3] == (
        "99999: not on schedule, no amount. Why: 99999 has no row in release starter-2025, which "
        "has selected codes only: import CMS's whole release with 'payrules schedules import'."
    )
    assert total == (
        "In all: allowed 205.73, Medicare pays 161.29 after 3.30 sequestration, the patient 41.14; "
        "1 without an amount left out."
    )


def test_json_is_of_one_shape(capsys: pytest.CaptureFixture[str]) -> None:
    _, one, err = run(capsys, "64493", "--pos", "22", "--json")
    _, two, _ = run(capsys, "64493", "77003-26x2", "--pos", "22", "--json")
    assert err == ""
    first, second = json.loads(one), json.loads(two)
    assert first.keys() == second.keys()
    assert [len(each["lines"]) for each in (first, second)] == [1, 2]
    assert first["lines"][0].keys() == second["lines"][1].keys()
    assert second["lines"][1]["modifiers"] == ["26"]
    assert second["lines"][1]["units"] == "2"


def test_units_of_a_single_code_have_their_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "64493", "--pos", "22", "--units", "2") == run(
        capsys, "64493x2", "--pos", "22"
    )
    for codes in (("64493", "64483"), ("64493x2",)):
        status, out, err = run(capsys, *codes, "--pos", "22", "--units", "2")
        assert (status, out) == (2, "")
        assert "--units is for a single code" in err


# ------------------------------------------------------------------ what no code has a use for


DOLLARS = 'name = "Acme"\ncontract = "c"\nindicators = "own"\n[fee_schedule]\nfile = "f.csv"\n'
UNUSED = {
    # codes, what is asked, the beginning of what is said
    "minutes of a visit": (("99213", "64483"), {"minutes": "60"}, "The minutes (60) change"),
    "minutes of anesthesia": (("00400", "99213"), {"minutes": "60"}, None),
    "a place of a drug": (
        ("J3301", "80305"),
        {"locality": "Chicago", "practitioner": "nurse_practitioner"},
        "The locality (Chicago) and the practitioner (nurse_practitioner) change nothing: drugs",
    ),
    "a release of a drug": (
        ("J3301",),
        {"setup": Setup(schedules=STARTER, release="starter-2025")},
        "The release (starter-2025) changes nothing: drugs and tests (J3301) have national",
    ),
    "a place of one of two": (("J3301", "99213"), {"locality": "Chicago"}, None),
    "deductible of a test": (("80305",), {"deductible": "5"}, "The deductible (5) changes"),
    "deductible of a waived visit": (("G0402",), {"deductible": "$5"}, "The deductible (5)"),
    "deductible of a drug": (("80305", "J3301"), {"deductible": "5"}, None),
    "no deductible": (("80305",), {"deductible": "0"}, None),
    "a charge": (("80305",), {"charges": ("5",)}, None),
    "nothing": (("80305",), {}, None),
}


@pytest.mark.parametrize("named", UNUSED)
def test_what_no_code_has_a_use_for_is_said(named: str) -> None:
    """`--minutes` of a visit changed nothing, and nobody was told."""
    codes, how, said = UNUSED[named]
    told = priced(*codes, **{"day": date(2025, 2, 4)} | how).remarks
    found = [each for each in told if "nothing:" in each]
    assert [each.startswith(said or "-") for each in found] == ([True] if said else [])


def test_a_payer_without_places_or_charges_says_so(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("hcpcs_code,facility_amount\n99213,100\n")
    off = "[terms.lesser_of_charge]\noff = true\n"
    (tmp_path / "a.toml").write_text(DOLLARS + off)
    setup = Setup(load_payer(tmp_path / "a.toml"), schedules=STARTER)
    told = priced("99213", setup=setup, locality="Chicago", charges=("1",)).remarks
    assert told[:2] == (
        "The locality (Chicago) changes nothing: Acme pays by its own fee schedule, which knows"
        " none.",
        "The charge changes nothing: Acme does not limit what it pays to the charge.",
    )


def test_a_limit_of_three_decimals_is_told_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """4 units at "0.90" came to 3.59, and nothing said of what."""
    _, out, _ = run(capsys, "J3301x4", "--pos", "11", "--date", "2025-02-10")
    assert "allowed 3.59" in out
    assert (
        "Why: fee schedule amount 0.90 (drug payment limits: limit 0.898 × 4 units of 10 MG,"
        " starter-asp-2025Q1); 4 units." in out
    )
    _, told, _ = run(capsys, "J3301x4", "--pos", "11", "--date", "2025-02-10", "--json")
    (line,) = json.loads(told)["lines"]
    assert line["fee_detail"] == "limit 0.898 × 4 units of 10 MG, starter-asp-2025Q1"
