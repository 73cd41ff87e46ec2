"""Inheritance: a payer file on another, several deep: what stands nearer goes before."""

from pathlib import Path

import pytest

from payrules.errors import PayerError
from payrules.payers import Payer, differences, load_payer
from payrules.payers.left_open import sentences
from tests.payers.files import HEAD, batch, payer, priced

POLICY = """
name = "Blue"
contract = "Blue payment policies 2025"
plan = "commercial"
[terms.multiple_procedure]
third = 0.25
[terms.assistant_at_surgery]
physician = 0.20
[terms.coinsurance]
patient = 0.20
"""
STATE = """
name = "Blue of the state"
contract = "Blue, state bulletin 7"
base = "policy.toml"
[terms.assistant_at_surgery]
physician = 0.18
other = 0.12
"""
OURS = """
name = "Blue, our rate"
contract = "Blue agreement 2026"
base = "policies/state.toml"
percent_of_medicare = 120
[terms.coinsurance]
off = true
"""


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / ("." if name == "ours" else "policies") / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "ours.toml"


@pytest.fixture
def ours(tmp_path: Path) -> Payer:
    return load_payer(written(tmp_path, policy=POLICY, state=STATE, ours=OURS))


def test_three_files_make_one_payer_and_each_term_cites_its_own(ours: Payer) -> None:
    assert (ours.name, ours.contract, ours.plan) == (
        *("Blue, our rate", "Blue agreement 2026"),
        "commercial",
    )
    found = {(each.rule, each.term): each[3:] for each in differences(ours)}
    start = "from 1992-01-01"
    assert found["multiple_procedure", "third"] == (
        *(f"0.25 {start}", "Blue payment policies 2025", "policy.toml"),
    )
    assert found["assistant_at_surgery", "physician"][1:] == (
        *("Blue, state bulletin 7", "state.toml"),
    )
    assert found["contract_rate", "overall"] == (
        *(f"120 % {start}", "Blue agreement 2026", "ours.toml"),
    )
    assert found["coinsurance", "off"] == ("off", "Blue agreement 2026", "ours.toml")
    assert found["sequestration", "off"][2] == "plan = commercial"
    assert [*ours.files] == ["policy.toml", "state.toml", "ours.toml"]
    assert not ours.taken_over
    assert not ours.left_open


def test_the_trail_cites_the_file_that_says_the_term(ours: Payer) -> None:
    lines = batch({"hcpcs_code": "27130", "hcpcs_modifier_1": "80"})
    steps = priced(lines, ours, locality="national").adjustments
    cites = dict(zip(steps["rule"], steps["cites"], strict=True))
    assert cites["assistant_at_surgery"] == "Blue, state bulletin 7"
    assert cites["contract_rate"] == "Blue agreement 2026"


def test_a_base_is_the_same_as_its_terms_copied(tmp_path: Path) -> None:
    ours = load_payer(written(tmp_path, policy=POLICY, state=STATE, ours=OURS))
    copied = (
        OURS.replace('base = "policies/state.toml"', 'plan = "commercial"')
        + """
[terms.multiple_procedure]
third = 0.25
[terms.assistant_at_surgery]
physician = 0.18
other = 0.12
"""
    )
    alone = load_payer(written(tmp_path / "alone", ours=copied))
    assert [(r.name, r.terms) for r in ours.rules] == [(r.name, r.terms) for r in alone.rules]


def test_dollars_and_days_to_appeal_come_along(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "fees.csv").write_text("hcpcs_code,facility_amount\n99213,100.00\n")
    policy = 'indicators = "release"\n' + POLICY + '[fee_schedule]\nfile = "fees.csv"\n'
    policy += "[remittance]\nappeal_days = 90\n"
    rate = OURS.replace("percent_of_medicare = 120\n", "").replace("state.toml", "policy.toml")
    ours = load_payer(written(tmp_path, policy=policy, ours=rate))
    assert ours.dollars is not None
    assert ours.appeal_days == 90
    assert [*ours.files] == ["policy.toml", "ours.toml", "fees.csv"]
    with pytest.raises(PayerError, match=r"ours\.toml, percent_of_medicare: .* cannot be combined"):
        load_payer(written(tmp_path, ours=OURS.replace("state.toml", "policy.toml")))


def test_two_files_of_one_name_are_both_in_the_record(tmp_path: Path) -> None:
    text = OURS.replace("policies/state.toml", "policies/ours.toml")
    written(tmp_path, ours=text)
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "ours.toml").write_text(POLICY)
    assert [*load_payer(tmp_path / "ours.toml").files] == [
        "policies/ours.toml",
        f"{tmp_path.name}/ours.toml",
    ]


def test_a_circle_is_refused_in_one_sentence(tmp_path: Path) -> None:
    circle = POLICY.replace("plan =", 'base = "../ours.toml"\nplan =')
    with pytest.raises(PayerError) as fault:
        load_payer(written(tmp_path, policy=circle, state=STATE, ours=OURS))
    assert str(fault.value) == (
        "policy.toml, base: goes round in a circle (ours.toml → state.toml → policy.toml →"
        " ours.toml); let one begin from medicare."
    )
    own = OURS.replace("policies/state.toml", "ours.toml")
    with pytest.raises(PayerError, match=r"in a circle \(ours\.toml → ours\.toml\)"):
        load_payer(written(tmp_path, ours=own))


def test_a_base_that_is_wrong_is_named_as_it_is(tmp_path: Path) -> None:
    ours = written(tmp_path, policy=POLICY.replace("0.25", "25"), state=STATE, ours=OURS)
    with pytest.raises(PayerError, match=r"^policy\.toml, line 6, terms\.mult"):
        load_payer(ours)
    with pytest.raises(PayerError, match=r"^state\.toml, base: there is no file 'gone\.toml'"):
        load_payer(written(tmp_path, state=STATE.replace("policy.toml", "gone.toml")))


def test_too_many_files_deep(tmp_path: Path) -> None:
    for number in range(12):
        text = STATE.replace("policy.toml", f"{number + 1}.toml")
        (tmp_path / f"{number}.toml").write_text(text)
    with pytest.raises(PayerError, match="is the 10th file that begins from another"):
        load_payer(tmp_path / "0.toml")


def test_rates_and_a_frozen_release_name_their_file_and_citation(tmp_path: Path) -> None:
    """The column "from" was blank for them, and the release cited a contract silent on it."""
    rate = '[[rate]]\ncodes = ["{}"]\npercent_of_medicare = {}\n'
    base = 'name = "Policy"\ncontract = "Policy 1"\nplan = "commercial"\nbase_release = "2025"\n'
    named = rate.format("20610", 140) + 'name = "joints"\ncites = "Policy 1, page 4"\n'
    unnamed = rate.format("99213", 120)
    (tmp_path / "policy.toml").write_text(base + named + unnamed, encoding="utf-8")
    own = 'name = "Ours"\ncontract = "Our contract"\nbase = "policy.toml"\n'
    (tmp_path / "ours.toml").write_text(own + rate.format("64483", 150), encoding="utf-8")
    found = {
        each.term: (each.cites, each.file)
        for each in differences(load_payer(tmp_path / "ours.toml"))
        if each.rule in {"contract_rate", "fee_schedule_amount"}
    }
    assert found == {
        "base_release": ("Policy 1", "policy.toml"),
        "rate 1": ("Our contract", "ours.toml"),
        "joints": ("Policy 1, page 4", "policy.toml"),
        "rate 2": ("Policy 1", "policy.toml"),
    }


def test_an_amended_rate_stands_in_place_of_the_base_s(tmp_path: Path) -> None:
    """Behind one for the same lines it is never asked, and was shown as a rate of the payer."""
    knee = '[[rate]]\nname = "knee"\ncodes = ["27447"]\namount = 2500\n'
    hip = '[[rate]]\nname = "hip"\ncodes = ["27130"]\namount = 2400\n'
    (tmp_path / "policy.toml").write_text(HEAD + hip + knee, encoding="utf-8")
    own = knee.replace("2500", "2600")
    for text, names in (
        (own, ["knee", "hip"]),
        # From a day on it does not: the base's is that of the days before.
        (own + "first_day = 2027-01-01\n", ["knee", "hip", "knee"]),
        (own + 'setting = "facility"\n', ["knee", "hip", "knee"]),
    ):
        acme = payer(tmp_path, HEAD + 'base = "policy.toml"\n' + text)
        (rule,) = (each for each in acme.rules if each.name == "contract_rate")
        assert [each.name for each in rule.terms["rates"].each] == names


def test_rates_of_the_base_that_pay_no_line_any_more_are_told(tmp_path: Path) -> None:
    """An amended rate of all else took epidurals at 140 percent to 120, and nothing was said."""
    rest = '[[rate]]\nname = "rest"\npercent_of_medicare = {}\n'
    base = (
        '[[rate]]\nname = "epidurals"\ncodes = ["62323"]\npercent_of_medicare = 140\n'
        '[[rate]]\nname = "joints"\ncodes = ["20610"]\namount = { 2025-01-01 = "85.00" }\n'
    )
    joints = '[[rate]]\nname = "joints"\ncodes = ["20610"]\namount = "70.00"\n'
    first = HEAD + 'plan = "workers_compensation"\n' + base + rest.format(125)
    (tmp_path / "first.toml").write_text(first, encoding="utf-8")
    said = (
        "Acme: rest is asked before the base's rates and fits all their lines, so that of these"
        " no line is paid: epidurals. Write again, before it, what is meant to stay."
    )
    for own, told in ((joints, []), (joints + rest.format(120), [said])):
        amended = payer(tmp_path, HEAD + 'base = "first.toml"\n' + own)
        assert [*sentences(amended, {})] == told
