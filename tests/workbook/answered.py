"""Workbooks of every kind but the estimate's, priced and written once for all that look at them."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import polars as pl

from payrules.answers.guide import FeeGuide, fee_guide
from payrules.demo import BATCH
from payrules.fees.diff import ReleaseChanges, diff, volume_effect
from payrules.front_door.terms import setup_of
from payrules.payers import load_payer
from payrules.runs.coverage_check import CoverageCheck, coverage_check
from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from payrules.scenarios import baseline
from payrules.scenarios.answer import Answer, answer
from payrules.scenarios.scenario import read_scenario
from payrules.schedules import Release, load_schedules
from payrules.variance.analysis import Variance
from payrules.variance.results import variance_tables
from payrules.workbook.coverage_book import write_findings
from payrules.workbook.fee_guide import write_fee_guide
from payrules.workbook.release_changes import write_diff
from payrules.workbook.remittance import remittance_tables, write_remittance
from payrules.workbook.variance import write_variance
from payrules.workbook.what_if import write_whatif
from tests.coverage.policies import written as policy_written
from tests.rules.test_coverage import batch, line
from tests.variance.small import Answer as PaidClaim
from tests.variance.small import Paid, claim, compared, payment

EXAMPLES = Path(__file__).parents[2] / "examples" / "scenarios"
RELEASES = ("starter-2025", "starter-2026")
#: Claims with what scenarios, terms and a fee in dollars reach, and one that has no amount.
CLAIMS = ("C101", "C102", "C105", "C117", "C129", "C131", "C133")


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def some_claims() -> Path:
    """Write a file of these claims, and of the row that is wrong on purpose."""
    demo = pl.read_csv(BATCH, infer_schema=False)
    path = _folder() / "claims.csv"
    wrong = pl.col("place_of_service_code") == "98"
    demo.filter(pl.col("claim_id").is_in(CLAIMS) | wrong).write_csv(path)
    return path


@cache
def asked() -> Answer:
    """Ask two scenarios, a solution, a sweep, a tornado and contracts at once, of some claims."""
    contracts = [load_payer("medicare"), load_payer("110-percent-of-medicare")]
    base = baseline(some_claims(), Setup(locality="national"), compared=contracts)
    scenarios = [
        read_scenario(str(EXAMPLES / name))
        for name in ("05-conversion-factor-cut.toml", "04-fees-in-dollars.toml")
    ]
    return answer(
        base,
        scenarios,
        unknown="percent_of_medicare",
        target="+10%",
        swept="conversion_factor=30:40:5",
        with_tornado=True,
        contracts=contracts,
    )


@cache
def sides() -> list[Release]:
    """Give both releases that are compared."""
    schedules = load_schedules()
    return [schedules.named(name) for name in RELEASES]


@cache
def priced() -> list[Estimate]:
    """Price the demonstration batch with either release."""
    return [estimate(BATCH, Setup(locality="national", release=name)) for name in RELEASES]


@cache
def changes() -> ReleaseChanges:
    """Compare both releases."""
    return diff(*sides())


@cache
def books() -> dict[str, Path]:
    """Write a workbook of each."""
    found = {name: _folder() / f"{name}.xlsx" for name in ("whatif", "diff")}
    assert write_whatif(asked(), found["whatif"]).differences == ()
    volume = volume_effect(*(each.lines for each in priced()))
    written = write_diff(changes(), found["diff"], volume, releases=sides(), priced=priced())
    assert written.differences == ()
    return found


#: What is allowed of a visit, as a payer says it.
_USUAL = "CO-45 84.81, CO-253 1.52, PR-2 19.04"


@cache
def compared_with_payments() -> Variance:
    """Hold claims against payments: less, more, denied, another payer's, unmatched, twice."""
    visit = Paid("99213", "180", "74.63", _USUAL)
    less = Paid("99213", "180", "60.00", "CO-45 105.00, PR-2 15.00")
    denied = Paid("20610", "200", "0", "CO-97 200")
    more = Paid("64493", "600", "200.00", "CO-45 350.00, PR-2 50.00")
    first = payment(PaidClaim("A1", (visit,)), PaidClaim("A2", (less,), person="M2"))
    second = payment(
        PaidClaim("A3", (more, denied), person="M3"),
        PaidClaim("ZZ9", (Paid("99213", "180", "30.00", "CO-45 150.00"),), person="M9"),
        trace="T2",
        plb=["WO:A1 5.00"],
        payer="SECOND MAC",
    )
    claims = [
        claim("A1", "99213 180"),
        claim("A2", "99213 180", person="M2"),
        claim("A3", "64493 600", "20610 200", person="M3"),
        claim("A4", "99213 180", person="M4"),
    ]
    return compared(_folder(), claims, first, second, first)


@cache
def found_by_policies() -> CoverageCheck:
    """Hold claims against a policy, and nothing is priced."""
    days = [f"2026-0{month}-10" for month in range(1, 7)]
    lines = [line(day, "64493", "KX") for day in days]
    path = _folder() / "covered.csv"
    batch({"A": lines, "B": [line(days[0], "99213")]}).write_csv(path)
    wrong = path.read_text("utf-8").replace("B,", "B,x", 1)
    path.write_text(wrong, encoding="utf-8")
    policy = policy_written(_folder())
    return coverage_check(path, setup_of("medicare", coverage=[policy]))


@cache
def guide() -> FeeGuide:
    """Look up a range of codes."""
    return fee_guide(["64400-64530"], load_schedules())


@cache
def paid_books() -> dict[str, Path]:
    """Write the workbooks of payments, of findings and of a guide."""
    found = compared_with_payments()
    names = ("variance", "remittance", "coverage", "guide")
    paths = {name: _folder() / f"{name}.xlsx" for name in names}
    every = [
        write_variance(found, variance_tables(found), paths["variance"]),
        write_remittance(found.read, remittance_tables(found.read), paths["remittance"]),
        write_fee_guide(
            guide().rows,
            paths["guide"],
            heading=guide().heading,
            remarks=guide().remarks,
            releases=[load_schedules().named(guide().release)],
        ),
    ]
    assert [each.differences for each in every] == [()] * 3
    write_findings(found_by_policies(), paths["coverage"])
    return paths
