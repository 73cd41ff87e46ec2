"""Denials by a coverage policy: what the payer's codes say, and what policies at hand find."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from payrules.coverage.policy import Covering
from payrules.coverage.policy_file import read_policies
from payrules.front_door.terms import setup_of
from payrules.runs.setup import Setup
from payrules.screen.variance import variance
from payrules.variance.appeals import write_appeals
from payrules.variance.policies_found import HeldAgainstPolicies
from payrules.workbook.privacy import with_pseudonyms
from tests.coverage.policies import written
from tests.variance.small import Answer, Paid, of_batch, payment, rows

HEAD = (
    "claim_id,claim_line_number,person_id,claim_line_start_date,hcpcs_code,charge_amount,"
    "place_of_service_code,locality,diagnosis_code_1"
)
#: Claim → locality, diagnosis, the payer's codes and remark.
CLAIMS = {
    "MISS": ("01112-05", "M54.16", "CO-50 900", "N115"),
    "LISTED": ("01112-05", "M47.816", "CO-151 900", "N115"),
    "ELSEWHERE": ("12302-01", "M54.16", "CO-119 900", ""),
    "NECESSITY": ("01112-05", "M54.16", "CO-50 900", ""),
    "NEEDED": ("01112-05", "M47.816", "CO-50 900", ""),
    "UNSAID": ("01112-05", "", "CO-50 900", "N115"),
    "UNITS": ("01112-05", "M54.16", "CO-151 900", "N362"),
}
BATCH = "\n".join(
    [
        HEAD,
        *(
            f"{name},1,{name},2026-03-02,64493,900,11,{locality},{diagnosis}"
            for name, (locality, diagnosis, *_) in CLAIMS.items()
        ),
    ]
)
PAYMENT = payment(
    *(
        Answer(
            name,
            (Paid("64493", "900", "0", codes, remarks=remark),),
            person=name,
            control=f"ICN{name}",
            status="4",
        )
        for name, (_, _, codes, remark) in CLAIMS.items()
    )
)


def held(folder: Path, *, enforced: bool = False) -> Setup:
    found = read_policies([written(folder)])
    return replace(setup_of("medicare"), covering=Covering(found, enforced))


@pytest.fixture
def by_claim(tmp_path: Path) -> dict[str, dict[str, str]]:
    found = of_batch(tmp_path, BATCH, PAYMENT, setup=held(tmp_path))
    return {row["claim_id"]: row for row in rows(found)}


def test_a_denial_says_what_the_policies_at_hand_find(by_claim: dict[str, dict[str, str]]) -> None:
    told = {name: (row["variance_cause"], row["action"]) for name, row in by_claim.items()}
    assert told == {
        "MISS": ("coverage", "review_coding"),
        "LISTED": ("coverage", "review_coding"),
        "UNSAID": ("coverage", "review_coding"),
        "NECESSITY": ("medical_necessity", "review_coding"),
        "NEEDED": ("medical_necessity", "appeal"),
        "ELSEWHERE": ("coverage", "appeal"),
        "UNITS": ("unlikely_units", "appeal"),
    }
    details = {name: row["cause_detail"] for name, row in by_claim.items()}
    assert "a policy at hand finds the same (LCD L38801 version 20" in details["MISS"]
    assert "a policy at hand finds the same (LCD L38801 version 20" in details["NECESSITY"]
    assert "policy" not in details["NEEDED"]
    assert details["LISTED"].endswith(
        "our note: no policy at hand objects (LCD L38801 version 20, article A58403), with sessions"
        " counted in this batch only: count the person's history before appealing"
    )
    assert details["ELSEWHERE"].endswith("no policy at hand for this contractor, code and day")
    assert "policy" not in details["UNITS"]


def test_a_count_of_the_whole_history_lets_a_frequency_be_appealed(tmp_path: Path) -> None:
    """Both read alike: one session was no ground against a denial for too many."""
    setup = held(tmp_path)
    assert setup.covering is not None
    known = replace(setup, covering=replace(setup.covering, history_from=date(2020, 1, 1)))
    found = of_batch(tmp_path, BATCH, PAYMENT, setup=known)
    (row,) = (row for row in rows(found) if row["claim_id"] == "LISTED")
    assert row["action"] == "appeal"
    assert row["cause_detail"].endswith(
        "our note: no policy at hand objects (LCD L38801 version 20, article A58403)"
    )


@pytest.mark.parametrize("with_policies", [True, False])
def test_no_letter_tells_what_our_own_policies_find(tmp_path: Path, *, with_policies: bool) -> None:
    """A practice told its payer "hold the claims against the policy before appealing"."""
    setup = held(tmp_path) if with_policies else setup_of("medicare")
    found = of_batch(tmp_path, BATCH, PAYMENT, setup=setup)
    write_appeals(found, tmp_path / "letters")
    letters = [path.read_text(encoding="utf-8") for path in (tmp_path / "letters").iterdir()]
    assert any("The reason given is CO-119 900.00." in each for each in letters)
    assert not any("policy" in each or "our note" in each for each in letters)


def test_the_screen_says_what_policies_were_not_asked(tmp_path: Path) -> None:
    found = of_batch(tmp_path, BATCH, PAYMENT, setup=held(tmp_path))
    shown = "\n".join(str(part) for part in variance(found, {}))
    assert "Frequency was counted in this batch only on" in shown
    assert "was met by no coverage policy at hand: that says nothing" in shown


def test_without_policies_a_denial_asks_for_them(tmp_path: Path) -> None:
    found = of_batch(tmp_path, BATCH, PAYMENT, setup=setup_of("medicare"))
    (row,) = (row for row in rows(found) if row["claim_id"] == "MISS")
    assert (row["variance_cause"], row["action"]) == ("coverage", "appeal")
    assert row["cause_detail"].endswith(
        "hold the claims against the policy (--coverage) before appealing"
    )


def test_what_an_enforced_policy_denies_is_denied_as_expected_or_overpaid(tmp_path: Path) -> None:
    paid = Paid("64493", "900", "80", "CO-45 800, PR-2 20")
    answer = Answer("MISS", (paid,), person="MISS")
    setup = held(tmp_path, enforced=True)
    denied = of_batch(tmp_path, BATCH, PAYMENT, setup=setup)
    (row,) = (row for row in rows(denied) if row["claim_id"] == "MISS")
    assert (row["variance_status"], row["variance_cause"]) == ("denied_as_expected", "coverage")
    found = of_batch(tmp_path, BATCH, payment(answer), setup=setup)
    (row,) = (row for row in rows(found) if row["claim_id"] == "MISS")
    assert (row["variance_status"], row["action"]) == ("overpaid", "refund")


def test_sessions_that_were_counted_name_no_claim_under_pseudonyms(tmp_path: Path) -> None:
    """The step of a denial names the claims that it counted; a claim's number is a patient's."""
    days = ("2026-01-10", "2026-01-31", "2026-03-01", "2026-04-01", "2026-05-01")
    lines = [f"ACCOUNT{day},1,P,{day},64493,900,11,01112-05,M47.816" for day in days]
    paid = Paid("64493", "900", "80", "CO-45 800, PR-2 20", day="20260501")
    answer = Answer("ACCOUNT2026-05-01", (paid,), person="P")
    setup = held(tmp_path, enforced=True)
    found = of_batch(tmp_path, "\n".join([HEAD, *lines]), payment(answer), setup=setup)
    said = found.lines["expected_because"].drop_nulls()
    assert said.str.contains("counted: 2026-01-10 claim ACCOUNT2026-01-10").any()
    key = tmp_path / "key"
    key.write_text("a key of more than sixteen bytes", encoding="utf-8")
    hidden = with_pseudonyms({"lines": found.lines}, key)["lines"]
    assert hidden["expected_because"].str.contains("the sessions counted are left out").any()
    assert "ACCOUNT" not in hidden.write_csv()


def test_of_a_claim_s_lines_each_is_said_as_it_was_judged() -> None:
    """One that an earlier rule took out was said to have no policy; one denied, to need review."""
    lines = pl.DataFrame(
        {
            "coverage_outcome": [None, None, "denied"],
            "coverage_policy": [None, None, "LCD L1"],
            "coverage_finding": [None, None, "too often"],
            "status": ["denied", "priced", "denied"],
            "coverage_history": pl.Series([None, None, None], dtype=pl.String),
        }
    )
    claim = SimpleNamespace(claim=SimpleNamespace(superseded=False))
    claim.lines = [SimpleNamespace(row=row) for row in range(3)]
    claim.payer = SimpleNamespace(codes={("CO", "151"): 100})
    held_against = HeldAgainstPolicies(lines)
    assert held_against.object(claim)
    assert held_against.in_words(claim) == (
        "an earlier rule takes the line out, and no policy was asked; no policy at hand for this"
        " contractor, code and day; a policy at hand finds the same (LCD L1): too often"
    )
