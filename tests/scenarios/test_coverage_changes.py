"""What a batch loses if coverage policies are enforced, and what it gains if they are off."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import payrules
from payrules.__main__ import main
from payrules.coverage.policy import Covering
from payrules.coverage.policy_file import read_policies
from payrules.errors import CoverageError, ScenarioError, UsageError
from payrules.scenarios import Baseline, baseline, scenario
from payrules.scenarios.comparison import compare
from payrules.scenarios.marginal import marginal
from payrules.scenarios.plan import plan, total_of
from payrules.scenarios.scenario import Scenario
from payrules.scenarios.sensitivity import read_sweep, sweep
from tests.coverage.policies import FACET, written
from tests.variance.small import MEDICARE

HEAD = {"claim_line_number": 1, "place_of_service_code": "11", "locality": "01112-05"}
GOOD, OTHER = "M47.816", "M54.16"


def row(claim: str, person: str, day: str, code: str, diagnosis: str, number: int = 1) -> Any:
    return {
        **HEAD,
        "claim_id": claim,
        "claim_line_number": number,
        "person_id": person,
        "claim_line_start_date": day,
        "hcpcs_code": code,
        "diagnosis_code_1": diagnosis,
        "history_only": None,
    }


#: A diagnosis that is not listed takes the add-on along; a fifth session counts by its history.
ROWS = [
    row("A", "P1", "2026-03-02", "64493", OTHER),
    row("A", "P1", "2026-03-02", "64494", GOOD, 2),
    row("B", "P2", "2026-03-02", "64493", GOOD),
    row("C", "P3", "2026-06-01", "64493", GOOD),
    *(
        row(f"H{month}", "P3", f"2026-0{month}-10", "64493", GOOD) | {"history_only": "true"}
        for month in (1, 2, 3, 4)
    ),
]
CLAIMS = pl.DataFrame(ROWS)


def says(**what: Any) -> Scenario:
    return scenario({"title": "T", "cites": "C", **what}, f"s{len(what)}{min(what)}")


def of_policies(folder: Path, mode: str = "report", text: str = FACET) -> Baseline:
    covering = Covering(read_policies([written(folder, text)]), mode == "enforce")
    return baseline(CLAIMS, replace(MEDICARE, covering=covering))


def test_what_enforced_policies_cost_adds_up_by_rule(tmp_path: Path) -> None:
    base = of_policies(tmp_path)
    planned = plan(base, says(coverage="enforce"))
    (one,) = compare(base, [planned])
    assert planned.words() == ["coverage policies are enforced, and deny: 2 lines"]
    denied = of_policies(tmp_path, "enforce")
    totals = {each["measure"]: each["after"] for each in one.totals.to_dicts()}
    assert totals == {measure: denied.total(measure) for measure in totals}
    by_rule = dict(one.bridge.select("rule", "change").rows())
    assert sum(by_rule.values()) == one.change < 0
    assert {"coverage", "add_on"} <= {*by_rule}
    assert one.status_changes["claim_id"].to_list().count("A") == 2
    assert {*one.status_changes["claim_id"]} == {"A", "C"}
    assert total_of(base, says(coverage="enforce")) == denied.total()
    # And the other way round.
    (off,) = compare(denied, [plan(denied, says(coverage="off"))])
    assert off.change == -one.change
    assert {*off.bridge["rule"]} == {*one.bridge["rule"]}


def test_history_counts_for_lines_that_several_scenarios_price_at_once(tmp_path: Path) -> None:
    """Priced as the claims of others, a person's lines had no history: the fifth was paid."""
    denied = of_policies(tmp_path, "enforce")
    tried = [
        replace(says(claims=[{"where": {"claim_id": "C"}, "add_modifier": side}]), name=f"s{side}")
        for side in ("RT", "LT")
    ]
    together = compare(denied, [plan(denied, each) for each in tried])
    assert [one.change for one in together] == [0, 0]
    worth = marginal(denied, "C")
    assert (worth.total, worth.lines["worth"].to_list()) == (0, [0])
    gains = dict(worth.otherwise.select("what", "difference").rows())
    assert gains.pop("were it not for the coverage policies that deny") > 0
    assert not any(gains.values())


def test_a_contract_with_policies_of_its_own_is_compared_with_them(tmp_path: Path) -> None:
    denied = of_policies(tmp_path, "enforce")
    written(tmp_path, FACET.replace('authority = "LCD"', 'authority = "payer"'), "own.toml")
    payer = tmp_path / "acme.toml"
    payer.write_text(
        'name = "Acme"\ncontract = "Agreement"\nplan = "medicare"\n'
        '[coverage]\npolicies = ["own.toml"]\nmode = "enforce"\n',
        encoding="utf-8",
    )
    found = payrules.whatif(CLAIMS, contracts=["medicare", payer])
    assert found.contracts is not None
    ranking = dict(found.contracts["ranking"].select("payer", "allowed_amount").rows())
    assert min(ranking, key=lambda name: ranking[name]) == "Acme"
    assert ranking["Acme"] * 100 == denied.total()
    (term,) = found.contracts["terms"].iter_rows(named=True)
    assert (term["rule"], term["term"], term["cites"]) == ("coverage", "policies", "Agreement")
    assert (term["reference"], term["value"]) == (
        "none",
        "deny by L38801 version 20, article A58403",
    )
    assert term["change"] == ranking["Acme"] - ranking["medicare"] < 0


def test_terms_of_contracts_add_up_where_policies_deny(tmp_path: Path) -> None:
    """A commercial plan is not held against Medicare's policies: that is a term, too."""
    payer = tmp_path / "acme.toml"
    payer.write_text(
        'name = "Acme"\ncontract = "Agreement"\nplan = "commercial"\n[terms.add_on]\noff = true\n',
        encoding="utf-8",
    )
    found = payrules.whatif(
        CLAIMS,
        contracts=["medicare", payer],
        coverage=written(tmp_path),
        coverage_mode="enforce",
    )
    assert found.contracts is not None
    terms = found.contracts["terms"]
    of_policies = terms.filter(pl.col("rule") == "coverage").row(0, named=True)
    assert of_policies["reference"] == "deny by LCD L38801 version 20, article A58403"
    assert of_policies["value"] == "none"
    assert of_policies["change"] > 0
    moved = dict(found.contracts["ranking"].select("payer", "change").rows())
    assert terms["change"].sum() == moved["Acme"]


@pytest.mark.parametrize(
    ("mode", "change", "fault"),
    [
        ("enforce", "enforce", "already is"),
        ("report", "off", "a report moves no amount"),
        (None, "enforce", "no coverage policy was given"),
        (None, "off", "no coverage policy was given"),
    ],
)
def test_a_change_that_changes_nothing_is_refused(
    tmp_path: Path, mode: str | None, change: str, fault: str
) -> None:
    base = baseline(CLAIMS, MEDICARE) if mode is None else of_policies(tmp_path, mode)
    with pytest.raises(ScenarioError, match=fault):
        plan(base, says(coverage=change))


def test_an_unverified_policy_is_not_enforced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\n".join(each for each in FACET.splitlines() if not each.startswith("verified"))
    policy = written(tmp_path, text)
    with pytest.raises(CoverageError, match="not verified"):
        payrules.whatif(CLAIMS, {"coverage": "enforce"}, coverage=policy)
    batch, asked = tmp_path / "batch.csv", tmp_path / "cf.toml"
    CLAIMS.write_csv(batch)
    asked.write_text('title = "T"\ncites = "C"\nconversion_factor = 34\n', encoding="utf-8")
    assert main(["whatif", str(batch), "--scenario", str(asked), "--coverage", str(policy)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "would be denied" in said
    assert "facet.toml is not verified" in said
    assert 'a what-if with coverage = "enforce" prices that' in said


def test_a_what_if_that_enforces_is_not_sent_to_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch, asked = tmp_path / "batch.csv", tmp_path / "enforce.toml"
    CLAIMS.write_csv(batch)
    asked.write_text('title = "T"\ncites = "C"\ncoverage = "enforce"\n', encoding="utf-8")
    how = ["--scenario", str(asked), "--coverage", str(written(tmp_path))]
    assert main(["whatif", str(batch), *how]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Coverage policies met" in said
    assert "prices that" not in said


def test_what_policies_took_of_a_claim_is_said(tmp_path: Path) -> None:
    worth = marginal(of_policies(tmp_path, "enforce"), "A")
    gains = dict(worth.otherwise.select("what", "difference").rows())
    paid = of_policies(tmp_path).lines.filter(pl.col("claim_id") == "A")["allowed_amount"].sum()
    assert gains["were it not for the coverage policies that deny"] == paid > 0
    reported = marginal(of_policies(tmp_path), "A").otherwise["what"]
    assert not reported.str.contains("coverage").any()


def test_a_sweep_stands_on_what_policies_leave(tmp_path: Path) -> None:
    """Each value is what an estimate of the lines that are left gives; so of a tornado, a solve."""
    swept = sweep(of_policies(tmp_path, "enforce"), read_sweep("conversion_factor=30:36:6"))
    left = baseline(CLAIMS.filter(pl.col("claim_id") == "B"), MEDICARE)
    alone = sweep(left, read_sweep("conversion_factor=30:36:6"))
    assert swept["allowed_amount"].to_list() == alone["allowed_amount"].to_list()


def test_a_modifier_added_on_paper_is_counted_with_the_history(tmp_path: Path) -> None:
    """With KX the fifth is of another counter, and of a diagnosis nothing is said."""
    denied = of_policies(tmp_path, "enforce")
    added = says(claims=[{"where": {"claim_id": "C"}, "add_modifier": "KX"}])
    (one,) = compare(denied, [plan(denied, added)])
    changed = CLAIMS.with_columns(
        hcpcs_modifier_1=pl.when(pl.col("claim_id") == "C").then(pl.lit("KX"))
    )
    whole = baseline(changed, denied.setup)
    assert one.change == whole.total() - denied.total() > 0


def test_a_claim_of_history_is_not_said_to_be_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    CLAIMS.write_csv(tmp_path / "batch.csv")
    said = "The claim's rows are history_only: they count for coverage policies"
    assert main(["explain", str(tmp_path / "batch.csv"), "--claim", "H1"]) == 2
    assert said in capsys.readouterr().err
    with pytest.raises(UsageError, match=said):
        marginal(of_policies(tmp_path), "H1")
