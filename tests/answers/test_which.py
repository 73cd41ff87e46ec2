"""`payrules which`: what makes a figure so, found by pricing every way the engine knows."""

import json
from pathlib import Path

import pytest

from payrules.__main__ import main
from payrules.answers import FigureAnswer, price_session, read_line, which
from payrules.content import content_folder
from payrules.errors import UsageError
from payrules.runs.setup import Setup
from payrules.schedules import Schedules, load_schedules

STARTER = load_schedules(content_folder("fee_schedules"))


@pytest.fixture(autouse=True)
def _only_the_starter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("payrules.schedules.store.default_folder", lambda: tmp_path / "imported")


def found(code: str, amount: str, schedules: Schedules = STARTER, **how: str) -> FigureAnswer:
    return which(read_line(code), amount, schedules, **how)


def told(answer: FigureAnswer) -> list[tuple[str, ...]]:
    return [
        (way.release, way.setting, "/".join(way.modifiers), way.billed_by, *way.localities)
        for way in answer.ways
    ]


def test_a_figure_of_a_whole_release(whole: Schedules) -> None:
    answer = found("64483", "264.87", whole)
    assert ("2026C", "nonfacility", "", "physician", "national") in told(answer)
    (first, *_) = answer.ways
    assert (first.conversion_factor, first.qualifying_apm) == ("33.4009", False)
    assert answer.releases == ("2026C", "2025D")


def test_an_amount_of_one_locality_does_not_hide_what_medicare_pays(whole: Schedules) -> None:
    """98.14 is allowed a non-participating physician in one place, and paid in the whole nation."""
    first, *others = found("99214", "98.14", whole).ways
    assert (first.figure, first.billed_by) == (
        "paid by Medicare, after sequestration",
        "physician",
    )
    assert "national" in first.localities
    assert "allowed" in {each.figure for each in others}


@pytest.mark.parametrize(
    ("code", "amount", "way"),
    [
        ("64493", "88.31", ("starter-2025", "facility", "", "physician", "national")),
        ("64483", "354.20", ("starter-2025", "nonfacility", "50", "physician", "national")),
        ("64483-50", "354.20", ("starter-2025", "nonfacility", "50", "physician", "national")),
    ],
)
def test_a_figure_is_found_with_what_makes_it(code: str, amount: str, way: tuple[str, ...]) -> None:
    answer = found(code, amount)
    assert way in told(answer)
    assert {each.figure for each in answer.ways} == {"allowed"}
    assert answer.nearest == ()


def test_a_factor_of_qualifying_participants_is_told_apart() -> None:
    plain, apm = (
        {
            each.conversion_factor
            for each in found("99213", amount).ways
            if each.qualifying_apm is is_apm
        }
        for amount, is_apm in (("95.19", False), ("95.66", True))
    )
    assert plain == {"33.4009"}
    assert apm == {"33.5675"}


def test_every_way_that_is_told_prices_to_the_figure() -> None:
    """Each is priced again, alone, by what it says of itself."""
    answer = found("64483", "245.73")  # Chicago, 2025
    assert ("starter-2025", "nonfacility", "", "physician", "06102-16") in told(answer)
    for way in answer.ways:
        for key in way.localities:
            for modifier in way.modifiers:
                line = read_line("64483" + (f"-{modifier}" if modifier else ""))
                setup = Setup(schedules=STARTER, release=way.release)
                place = "11" if way.setting == "nonfacility" else "22"
                (priced,) = price_session([line], setup, place=place, locality=key).lines
                if way.billed_by == "physician" and not way.qualifying_apm:
                    assert priced.allowed_amount == "245.73"


def test_a_figure_may_be_what_is_paid_of_the_amount() -> None:
    (share,) = {each.figure for each in found("64483", "188.90", release="starter-2025").ways}
    assert share == "Medicare's share, before sequestration"  # 80 % of 236.13
    (paid,) = {each.figure for each in found("64483", "185.12", release="starter-2025").ways}
    assert paid == "paid by Medicare, after sequestration"


def test_none_is_said_with_the_nearest() -> None:
    answer = found("64483", "236.14", release="starter-2025")
    assert answer.ways == ()
    assert answer.nearest
    assert answer.nearest[0].amount == "236.13"
    assert answer.tried > 400


def test_the_same_question_has_the_same_answer() -> None:
    assert found("99213", "80") == found("99213", "80")


def test_a_locality_or_a_release_narrows_it() -> None:
    assert {way.release for way in found("64493", "88.31", release="starter-2025").ways} == {
        "starter-2025"
    }
    assert all(
        way.localities == ("06102-16",) for way in found("64483", "245.73", locality="Chicago").ways
    )
    assert found("64483", "236.13", locality="Chicago").ways == ()


def test_a_code_without_amounts_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["which", "0001F", "5"]) == 1
    assert capsys.readouterr().out.startswith("0001F has no amount of the physician ")
    # Denied with this modifier everywhere: 0.00 is no amount of it, and none is nearest.
    assert main(["which", "99213-26", "5"]) == 1
    assert capsys.readouterr().out.startswith("99213-26 has no amount of the physician ")


def test_a_drug_or_test_is_sent_to_its_limits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["which", "J3301", "0.90"]) == 1
    assert "payrules code J3301 shows them" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(UsageError, match="80305 is paid by the laboratory fee schedule, the same"):
        found("80305", "12.60")


def test_anesthesia_is_of_an_hour() -> None:
    answer = found("00300", "1")
    assert answer.remark == "Anesthesia is priced for 60 minutes."
    assert {each.conversion_factor for each in answer.nearest} == {"anesthesia"}


@pytest.mark.parametrize(
    ("code", "amount", "said"),
    [
        ("64483x2", "5", "leave the units out"),
        ("99999", "5", "has no code '99999'"),
        ("64483", "nine", "amount 'nine' is not an amount"),
        ("64483", "-5", "amount '-5' is not an amount"),
        ("64483", "236,13", "amount '236,13' is not an amount"),
        ("64483", "9" * 40, "is not an amount"),
    ],
)
def test_nonsense_is_refused(code: str, amount: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        found(code, amount)


def test_on_the_screen_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["which", "64493", "88.31", "--release", "starter-2025"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("64493, 88.31: allowed\n")
    assert "starter-2025  32.3465  facility  none" in out
    assert main(["which", "64483", "236.14", "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert record["ways"] == []
    assert record["nearest"][0]["amount"] in {"236.13", "236.15"}
