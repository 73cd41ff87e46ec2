"""Tornado: every payer's own terms moved a little, one measure a table."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache

import polars as pl
import pytest

from payrules.demo import BATCH
from payrules.money import sum_of
from payrules.payers import load_payer
from payrules.runs.setup import Setup
from payrules.scenarios import Baseline, baseline, total_of
from payrules.scenarios.answer import Answer, as_record
from payrules.scenarios.baseline import MEASURES
from payrules.scenarios.tornado import tornado
from payrules.screen.printed import show
from payrules.screen.what_if import told
from tests.pricing_cases import STARTER
from tests.scenarios.grounds import demo, says

ACME = """
name = "Acme"
contract = "Acme agreement"
percent_of_medicare = 105
[terms.multiple_procedure]
later = 0.40
[terms.coinsurance]
patient = 0.10
"""
ByTwo = Callable[[str, str], Baseline]
BETA = """
name = "Beta"
contract = "Beta agreement"
[percent_of_medicare]
overall = 95
[[percent_of_medicare.by_code]]
first = "64400"
last = "64999"
percent = 120
[terms.multiple_procedure]
later = 0.60
"""


@cache
def of_the_demo() -> pl.DataFrame:
    return tornado(demo())


def test_the_tornado_ranks_every_term_that_moves_something() -> None:
    found = of_the_demo()
    allowed = found.filter(pl.col("measure") == "allowed_amount")
    assert allowed["term"][0] == "conversion_factor"
    terms = set(allowed["term"])
    assert {
        "anesthesia_conversion_factor",
        "terms.multiple_procedure.later",
        "terms.practitioner.shares.nurse_practitioner",
    } <= terms
    assert not [term for term in terms if term.startswith("terms.cardiovascular")]
    assert set(found["payer"]) == {"medicare"}
    row = allowed.filter(pl.col("term") == "terms.bilateral.both").row(0, named=True)
    assert (row["low"], row["high"]) == ("1.35", "1.65")
    up = says(terms={"bilateral": {"both": Decimal("1.65")}})
    assert row["high_change"] == total_of(demo(), up) - demo().total()
    factor = allowed.row(0, named=True)
    up = says(conversion_factor={"scale": Decimal("1.1")})
    assert factor["high_change"] == total_of(demo(), up) - demo().total()
    shares = allowed.filter(pl.col("term") == "terms.imaging.professional")["high"].item()
    assert shares == "1 from 2010-07-01; 0.825 from 2012-01-01; 1 from 2017-01-01"


def test_measures_are_never_ranked_against_each_other() -> None:
    """Coinsurance moves what payer and patient pay, and stood among changes of the allowed."""
    found = of_the_demo()
    assert found["measure"].unique(maintain_order=True).to_list() == list(MEASURES)
    for measure in MEASURES:
        bars = found.filter(pl.col("measure") == measure)
        ends = pl.DataFrame([bars["low_change"], bars["high_change"]]).with_columns(nothing=0)
        widths = ends.max_horizontal() - ends.min_horizontal()
        assert widths.is_sorted(descending=True)
        assert (widths > 0).all()
    moved = found.filter(pl.col("term") == "terms.coinsurance.patient")
    assert moved["measure"].to_list() == ["medicare_amount", "patient_amount"]
    owed = total_of(
        demo(), says(terms={"coinsurance": {"patient": Decimal("0.22")}}), "patient_amount"
    )
    assert moved["high_change"][1] == owed - demo().total("patient_amount")


@pytest.fixture(scope="module")
def by_two(tmp_path_factory: pytest.TempPathFactory) -> ByTwo:
    """Price the demonstration by two payers, given as their files' texts: every other person."""

    def price(*texts: str) -> Baseline:
        path = tmp_path_factory.mktemp("payers") / "payer.toml"
        payers = []
        for text in texts:
            path.write_text(text, encoding="utf-8")
            payers.append(load_payer(path))
        first, second = payers
        every_other = pl.col("person_id").rank("dense") % 2 == 0
        lines = pl.read_csv(BATCH, infer_schema=False).with_columns(
            payer=pl.when(every_other).then(pl.lit(first.name)).otherwise(pl.lit(second.name))
        )
        return baseline(lines, Setup(payer=first, payers={"beta": second}, schedules=STARTER))

    return price


@pytest.fixture(scope="module")
def two(by_two: ByTwo) -> Baseline:
    return by_two(ACME, BETA)


@pytest.fixture(scope="module")
def bars(two: Baseline) -> pl.DataFrame:
    return tornado(two)


@pytest.mark.parametrize(
    ("payer", "term", "was", "low", "high"),
    [
        ("Acme", "terms.multiple_procedure.later", "later = 0.40", "0.36", "0.44"),
        ("Beta", "terms.multiple_procedure.later", "later = 0.60", "0.54", "0.66"),
        ("Acme", "percent_of_medicare", "percent_of_medicare = 105", "94.5", "115.5"),
        ("Beta", "percent_of_medicare", "overall = 95", "85.5", "104.5"),
        ("Beta", "percent_of_medicare.by_code 64400-64999", "percent = 120", "108", "132"),
        ("Acme", "terms.coinsurance.patient", "patient = 0.10", "0.09", "0.11"),
    ],
)
def test_each_payer_s_own_term_is_moved_by_a_tenth_of_itself(
    by_two: ByTwo,
    two: Baseline,
    bars: pl.DataFrame,
    payer: str,
    term: str,
    was: str,
    low: str,
    high: str,
) -> None:
    """The first payer's terms, moved, were put upon every payer; by hand, in the payer file."""
    here = bars.filter(pl.col("payer") == payer, pl.col("term") == term)
    assert set(here.select("low", "high").rows()) == {(low, high)}
    name = was.partition(" = ")[0]
    for column, value in (("low_change", low), ("high_change", high)):
        moved = f"{name} = {value}"
        texts = [text.replace(was, moved) if payer in text else text for text in (ACME, BETA)]
        again = by_two(*texts)
        told = dict(here.select("measure", column).rows())
        for measure in MEASURES:
            change = sum_of(again.lines[measure]) - sum_of(two.lines[measure])
            assert told.get(measure, 0) == change, measure


def test_one_conversion_factor_moves_all_who_pay_by_relative_values(
    two: Baseline, bars: pl.DataFrame
) -> None:
    row = bars.filter(pl.col("term") == "conversion_factor").row(0, named=True)
    assert row["payer"] == "all by relative values"
    up = says(conversion_factor={"scale": Decimal("1.1")})
    assert row["high_change"] == total_of(two, up) - two.total()


def test_a_term_that_leaves_no_step_today_is_moved_all_the_same(by_two: ByTwo) -> None:
    """A factor of one leaves no step, and had no bar."""
    base = by_two(ACME.replace("later = 0.40", "later = 1.0"), BETA)
    here = tornado(base).filter(
        pl.col("payer") == "Acme", pl.col("term") == "terms.multiple_procedure.later"
    )
    row = here.row(0, named=True)
    assert (row["low"], row["high"], row["high_change"]) == ("0.9", "1", 0)
    lower = by_two(ACME.replace("later = 0.40", "later = 0.9"), BETA)
    assert row["low_change"] == lower.total() - base.total() < 0


def test_print_and_json_give_one_measure_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    answered = Answer(demo(), (), tornado=of_the_demo())
    record = as_record(answered)["tornado"]
    assert list(record) == list(MEASURES)
    for measure, rows in record.items():
        bars = answered.bars[measure]
        assert [row["term"] for row in rows] == bars["term"].to_list()
        assert rows[0]["low_change"] == f"{Decimal(bars['low_change'][0]) / 100:.2f}"
    show(*told(answered))
    printed = capsys.readouterr().out
    places = [printed.index(f"Change in what is {words}") for words in _WORDS]
    assert places == sorted(places)


_WORDS: Sequence[str] = ("allowed", "paid by the payer", "owed by the patient")
