"""Numbers within reason: refused where they enter, and the largest allowed never overflow."""

from decimal import Decimal
from pathlib import Path

import pytest

from payrules import within_reason
from payrules.dated import Dated
from payrules.errors import PayerError, RuleError, ScenarioError
from payrules.payers import load_payer
from payrules.payers.medicare import RULES
from payrules.scenarios.sensitivity import read_sweep, sweep
from payrules.scenarios.solve import read_target
from payrules.within_reason import Range
from tests.scenarios.grounds import demo

HEAD = 'name = "Acme"\ncontract = "c"\n'
KINDS = {name: each for name, each in vars(within_reason).items() if isinstance(each, Range)}
ABSURD = ("inf", "-inf", "nan", "1e400", "9" * 5000, "9999999999999999", "-1e13", "", "x", "0x10")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_takes_its_bounds_and_refuses_what_is_beyond(kind: str) -> None:
    within = KINDS[kind]
    for number in (within.least, within.most, within.such_as):
        read = within.read(number)
        assert within.units(read) == read * 10**within.decimals
    step = Decimal(1).scaleb(-within.decimals)
    for number in (within.least - step, within.most + step, within.least + step / 10, *ABSURD):
        with pytest.raises(ValueError, match=r"^cannot be .* from .* to "):
            within.read(number)
    for odd in (True, None, [1], {"a": 1}):
        with pytest.raises(ValueError, match="cannot be"):
            within.read(odd)
    with pytest.raises(ValueError, match="without quotation marks"):
        within.read_number("1")


def test_the_largest_fee_within_reason_fits_64_bits_thirty_times() -> None:
    fee = 3 * KINDS["RELATIVE_VALUE"].most_units * KINDS["GEOGRAPHIC_INDEX"].most_units
    assert 30 * fee * KINDS["CONVERSION_FACTOR"].most_units < 2**63


@pytest.mark.parametrize("term", ["coinsurance.patient", "sequestration.cut", "co_surgery.each"])
@pytest.mark.parametrize("value", ["3", "1.0001", "-0.1", "inf", "nan", "1e30"])
def test_a_share_beyond_one_is_refused_in_a_payer_file(
    term: str, value: str, tmp_path: Path
) -> None:
    rule, _, name = term.partition(".")
    path = tmp_path / "acme.toml"
    path.write_text(f"{HEAD}[terms.{rule}]\n{name} = {value}\n", encoding="utf-8")
    with pytest.raises(PayerError, match=rf"acme\.toml, line 4, terms\.{term}: cannot be .*0 to 1"):
        load_payer(path)
    path.write_text(f"{HEAD}[terms.{rule}]\n{name} = 1\n", encoding="utf-8")
    assert load_payer(path).name == "Acme"


def test_a_rule_takes_no_term_beyond_reason_from_python_either() -> None:
    rules = {rule.name: rule for rule in RULES}
    three = Dated({"2020-01-01": "3"}, cites="a contract")
    with pytest.raises(RuleError, match="coinsurance, patient: cannot be 3; a factor is a share"):
        rules["coinsurance"].on_terms(cites="c", patient=three)
    with pytest.raises(RuleError, match=r"practitioner, shares.physician: cannot be 3"):
        rules["practitioner"].on_terms(cites="c", shares={"physician": three})
    with pytest.raises(RuleError, match="the range is from 0 to 10"):
        Dated({"2020-01-01": "10.1"}, cites="a contract")


@pytest.mark.parametrize(
    "target",
    ["allowed=inf", "allowed=nan", "medicare=1e400", "+inf%", "+1001%", "-101%"],
)
def test_a_target_beyond_reason_is_refused(target: str) -> None:
    with pytest.raises(ScenarioError, match=r"--target .* cannot be read"):
        read_target(target, demo())


def test_a_total_below_nothing_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"--target allowed=-5: .*A total has no sign"):
        read_target("allowed=-5", demo())


@pytest.mark.parametrize("part", ["inf", "nan", "1e400", "-inf", "1e-400", "9" * 60])
def test_a_sweep_beyond_reason_is_refused(part: str) -> None:
    for text in (f"{part}:2:1", f"1:{part}:1", f"1:2:{part}"):
        with pytest.raises(ScenarioError, match="--sweep"):
            read_sweep(f"conversion_factor={text}")
    with pytest.raises(ScenarioError, match=r"--sweep, conversion_factor: .*0 to 999.9999"):
        sweep(demo(), read_sweep("conversion_factor=900:1100:100"))
