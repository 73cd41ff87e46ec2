"""Flat and case rates in a payer file: what is refused, cited, compared, and asked in what-if."""

from pathlib import Path

import polars as pl
import pytest

from payrules.content import content_folder
from payrules.errors import PayerError
from payrules.payers import Payer, differences
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.scenarios import baseline
from payrules.scenarios.contracts import compare_contracts
from payrules.scenarios.plan import totals_of
from payrules.scenarios.scenario import scenario
from payrules.schedules import load_schedules
from tests.payers.files import HEAD, allowed, batch, payer, priced


def rate(*settings: str) -> str:
    return "[[rate]]\n" + "\n".join(settings) + "\n"


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ('case_rate = "2500"', "includes: is missing; list the codes paid within the case rate"),
        ('case_rate = "2500"\nincludes = []', "includes: is empty"),
        ('case_rate = "2500"\nincludes = "27447"', "cannot be '27447'; write \"all\", or a list"),
        ('case_rate = "2500"\nincludes = ["@x"]', "there is no list '@x'"),
        ('flat_rate = "2500"\nincludes = "all"', "is of a case rate, and this pays flat_rate"),
        ('flat_rate = "2500"\namount = 3', "says amount and flat_rate; give one of"),
        ('flat_rate = "-1"', "cannot be -1"),
        (
            'flat_rate = "2500"\nnot_under = { percent_of_medicare = 100 }',
            "not_under.percent_of_medicare: needs Medicare's amount",
        ),
        (
            'flat_rate = "2500"\nlast_day = 2026-01-01\nescalator = { 2026-02-01 = 1.03 }',
            "has a value from 2026-02-01, after last_day",
        ),
    ],
)
def test_a_case_rate_that_says_too_little_or_too_much_is_refused(
    tmp_path: Path, settings: str, fault: str
) -> None:
    with pytest.raises(PayerError) as refused:
        payer(tmp_path, HEAD + rate('codes = ["27447"]', settings))
    assert fault in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_rate_behind_a_flat_rate_of_its_codes_is_refused(tmp_path: Path) -> None:
    flat = rate('codes = ["27447"]', "flat_rate = 5")
    behind = rate('codes = ["27447"]', "amount = 5")
    with pytest.raises(PayerError, match="rate entry 2: is never asked, because rate entry 1"):
        payer(tmp_path, HEAD + flat + flat)
    # An amount a unit pays an assistant, whom the session's amount does not; and before the flat
    # rate it leaves both sides of what Medicare has no price for.
    payer(tmp_path, HEAD + flat + behind)
    payer(tmp_path, HEAD + behind + flat)


def knee(folder: Path, *, name: str = "Acme", amount: str = "2500.00") -> Payer:
    return payer(
        folder,
        HEAD.replace("Acme", name)
        + rate(
            'name = "knee"',
            'codes = ["27447"]',
            f'case_rate = "{amount}"',
            'includes = ["20610"]',
            'cites = "Exhibit C, page 2"',
        ),
    )


def test_every_step_of_a_case_cites_the_payer_s_page(tmp_path: Path) -> None:
    acme = knee(tmp_path)
    (found,) = differences(acme)
    assert (found.term, found.payer) == (
        "knee",
        "case rate $2500.00 for the session from 1992-01-01; includes 20610; codes 27447",
    )
    lines = batch({"hcpcs_code": "27447"}, {"hcpcs_code": "20610"})
    found = priced(lines, acme, locality="national")
    assert allowed(found) == ["2500.00", "0.00"]
    steps = found.adjustments.filter(pl.col("rule") == "case_rate")
    assert steps["cites"].to_list() == ["Exhibit C, page 2"] * 2


def test_a_what_if_sets_a_case_rate_and_contracts_are_told_apart_by_it(tmp_path: Path) -> None:
    acme = knee(tmp_path)
    lines = batch({"hcpcs_code": "27447"}, {"hcpcs_code": "20610"}, day="2026-03-02")
    starter = load_schedules(content_folder("fee_schedules"))
    base = baseline(lines, Setup(payer=acme, schedules=starter, locality="national"))
    assert base.total() == 250000
    draft = {
        "title": "dearer",
        "cites": "a draft",
        "rate": [{"codes": ["27447"], "case_rate": "3000.00", "includes": "all"}],
    }
    assert totals_of(base, scenario(draft, "draft"))["allowed_amount"] == 300000
    (tmp_path / "other").mkdir()
    other = knee(tmp_path / "other", name="Other", amount="1900.00")
    effects = compare_contracts(base, [acme, other]).terms
    assert effects.select("rule", "term", "change").rows() == [("contract_rate", "rates", -60000)]
    (tmp_path / "no rate").mkdir()
    without = payer(tmp_path / "no rate", HEAD.replace("Acme", "Medicare"))
    effects = compare_contracts(base, [acme, without]).terms
    whole = estimate(lines, Setup(payer=without, schedules=starter, locality="national"))
    total = sum(int(each * 100) for each in whole.lines["allowed_amount"])
    assert effects.filter(pl.col("rule") == "contract_rate")["change"].sum() == (total - 250000)
