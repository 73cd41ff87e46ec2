"""What a code's page says of coverage: a contractor's policies alone, and never that it is paid."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import payrules
from payrules.__main__ import main
from payrules.code_page.policies import coverage_of
from payrules.content import content_folder
from payrules.errors import CoverageError
from payrules.schedules import load_schedules
from payrules.screen.code_coverage import coverage_parts
from payrules.screen.printed import show
from tests.coverage.policies import FACET, written

DAY = date(2026, 3, 2)
JE, JF, NOVITAS, NO_SUCH = "01112-05", "02102-01", "12302-01", "99992-00"


def test_the_contractor_s_policy_is_told_with_its_limits_of_the_code(tmp_path: Path) -> None:
    found = coverage_of("64493", JE, DAY, [written(tmp_path)])
    assert found is not None
    (policy,) = found.policies
    assert (found.contractor, found.examples, found.other_days) == ("01112", False, ())
    assert (policy.family, policy.region) == ("facet_injection", "lumbar_sacral")
    assert (policy.verified, policy.doubts) == ("by A. Reader on 2026-11-25", ())
    said = [(each.of, each.words) for each in policy.limits]
    assert ("facet injection with KX", "at most 4 sessions of a region in 12 months") in said
    assert "M47.816" in said[0][1]
    assert said[0][1].endswith("(a closed list)")
    # Of another family, or of other codes, nothing.
    assert not [of for of, _ in said if of == "facet denervation"]
    (listed,) = coverage_of("64495", JE, DAY, [tmp_path]).policies  # type: ignore[union-attr]
    assert [each.words for each in listed.limits] == ["listed as non-covered: three or more levels"]
    assert listed.family is None


@pytest.mark.parametrize(
    ("locality", "day", "policies", "other_days"),
    [
        (JE, DAY, 1, 0),
        (JE, date(2025, 7, 16), 0, 1),
        (NOVITAS, DAY, 0, 0),
        (NO_SUCH, DAY, 0, 0),
        ("national", DAY, 1, 0),
    ],
)
def test_a_policy_holds_on_its_days_and_for_its_contractors(
    tmp_path: Path, locality: str, day: date, policies: int, other_days: int
) -> None:
    found = coverage_of("64493", locality, day, [written(tmp_path)])
    assert found is not None
    assert (len(found.policies), len(found.other_days)) == (policies, other_days)


def test_the_examples_are_read_where_none_is_given_and_are_unverified() -> None:
    assert coverage_of("99213", JE, DAY, None) is None
    before, after = (coverage_of("64493", JF, date(2026, 4, day), None) for day in (15, 16))
    assert before is not None
    assert after is not None
    assert [each.policy[:10] for each in (*before.policies, *after.policies)] == [
        "LCD L38803",
        "LCD L38801",
    ]
    assert before.examples
    assert {each.verified for each in (*before.policies, *after.policies)} == {None}
    every = coverage_of("64493", "national", DAY, None)
    assert every is not None
    assert len(every.policies) == 8  # of seven contractors, one of them in two jurisdictions


def test_a_payer_s_own_policy_is_not_medicare_s(tmp_path: Path) -> None:
    path = written(tmp_path, FACET.replace('authority = "LCD"', 'authority = "payer"'))
    found = coverage_of("64493", JE, DAY, [path])
    assert found is not None
    assert found.policies == ()
    assert found.remarks == (
        "facet.toml is a payer's own policy: it holds for that payer's lines alone",
    )


def test_the_page_never_says_that_it_is_paid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    starter = load_schedules(content_folder("fee_schedules"))
    path = written(tmp_path)
    page = payrules.code("64493", "2026-03-02", locality=JE, coverage=path, schedules=starter)
    expected = {
        JE: "In force from 2025-07-17; verified by A. Reader on 2026-11-25. File facet.toml.",
        NOVITAS: "No policy at hand for this contractor (12302) speaks of 64493 on 2026-03-02:"
        " that says nothing of its coverage.",
        "national": "A contractor's policy never stands in for another's.",
    }
    for locality, said in expected.items():
        found = page.coverage if locality == JE else coverage_of("64493", locality, DAY, [path])
        show(*coverage_parts(replace(page, coverage=found)))
        shown = " ".join(capsys.readouterr().out.split())
        assert said in shown
        never = (" is covered", "medically necessary", "will be paid")
        assert not [each for each in never if each in shown]


def test_the_command_tells_it_as_json_and_takes_a_single_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--coverage", str(written(tmp_path)), "--date", "2026-03-02"]
    assert main(["code", "64493", "--locality", JE, "--json", *given]) == 0
    (page,) = json.loads(capsys.readouterr().out)["pages"]
    (policy,) = page["coverage"]["policies"]
    assert policy["effective_from"] == "2025-07-17"
    assert policy["contractors"] == ["01112", "01182", "01212", "01312"]
    for codes in (["64493", "64494"], ["64493", "--guide"]):
        assert main(["code", *codes, *given]) == 2
        assert "--coverage" in capsys.readouterr().err


def test_a_file_that_is_no_policy_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("[policy]\n", encoding="utf-8")
    with pytest.raises(CoverageError):
        coverage_of("64493", JE, DAY, [tmp_path])
