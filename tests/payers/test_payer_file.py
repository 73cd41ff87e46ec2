"""The payer file: what it may say, what comes of it, and what is said of a slip."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from payrules.engine.rule import Rule
from payrules.errors import PayerError
from payrules.payers import MEDICARE, differences, load_payer
from tests.payers.files import HEAD, OWN, RELEASE, allowed, batch, payer, priced

FEES = "hcpcs_code,facility_amount\n99213,100.00\n"


def rule_of(folder: Path, text: str, name: str) -> Rule:
    return {rule.name: rule for rule in payer(folder, text).rules}[name]


def test_a_payer_without_terms_is_medicare_under_its_own_name(tmp_path: Path) -> None:
    acme = payer(tmp_path, HEAD)
    assert (acme.name, acme.contract) == ("Acme", "Acme agreement 2026, exhibit B")
    assert acme.rules == MEDICARE.rules
    assert differences(acme) == []
    assert list(acme.files) == ["acme.toml"]


def test_medicare_by_name() -> None:
    assert load_payer("Medicare") is MEDICARE


@pytest.mark.parametrize(
    ("written", "day", "share"),
    [
        pytest.param("0.25", date(2026, 1, 1), "0.25", id="number"),
        pytest.param('"0.25"', date(2026, 1, 1), "0.25", id="text"),
        pytest.param("1", date(2026, 1, 1), "1", id="whole"),
        pytest.param("0.3333", date(1992, 1, 1), "0.3333", id="from the rule's first day"),
        pytest.param("{ 2025-07-01 = 0.30 }", date(2025, 7, 1), "0.30", id="its first day"),
        pytest.param("{ 2025-07-01 = 0.30 }", date(2025, 6, 30), "0.50", id="Medicare until then"),
        pytest.param(
            "{ 2026-01-01 = 0.40, 2025-07-01 = 0.30 }", date(2026, 1, 1), "0.40", id="any order"
        ),
    ],
)
def test_factor(tmp_path: Path, written: str, day: date, share: str) -> None:
    text = f"{HEAD}[terms.multiple_procedure]\nlater = {written}\n"
    later = rule_of(tmp_path, text, "multiple_procedure").terms["later"]
    assert str(later.at(day)) == share
    assert later.cites == "Acme agreement 2026, exhibit B"


def test_terms_cite_the_contract_and_the_rest_cites_the_law(tmp_path: Path) -> None:
    text = HEAD + "[terms.assistant_at_surgery]\nphysician = 0.20\n"
    acme = payer(tmp_path, text)
    changed = [rule for rule in acme.rules if rule not in MEDICARE.rules]
    assert [(rule.name, rule.cites) for rule in changed] == [
        ("assistant_at_surgery", "Acme agreement 2026, exhibit B")
    ]
    assert [rule.name for rule in acme.rules] == [rule.name for rule in MEDICARE.rules]


@pytest.mark.parametrize(
    "name", ["lesser_of_charge", "sequestration", "endoscopy", "procedure_pairs", "coinsurance"]
)
def test_a_rule_is_switched_off(tmp_path: Path, name: str) -> None:
    acme = payer(tmp_path, f"{HEAD}[terms.{name}]\noff = true\n")
    assert [rule for rule in MEDICARE.rules if rule not in acme.rules] == [
        rule for rule in MEDICARE.rules if rule.name == name
    ]
    assert differences(acme) == [(name, "off", "on", "off", acme.contract, "acme.toml")]


def test_the_check_of_a_rule_goes_with_it(tmp_path: Path) -> None:
    """With secondary_payer off a line with a first payment and no charge was still by report."""
    claims = batch({"hcpcs_code": "99213", "primary_paid_amount": "10"})
    off = HEAD + "[terms.secondary_payer]\noff = true\n"
    for text, status, names in (
        (HEAD, "by_report", []),
        (off, "priced", ["secondary_claim", "secondary_payer"]),
        (off + "[terms.secondary_claim]\non = true\n", "by_report", ["secondary_payer"]),
        (HEAD + "[terms.secondary_claim]\noff = true\n", "priced", ["secondary_claim"]),
    ):
        acme = payer(tmp_path, text)
        assert priced(claims, acme, locality="national").lines["status"].to_list() == [status]
        told = differences(acme)
        assert [each[0] for each in told] == names
        assert {each[-1] for each in told} <= {"acme.toml"}
    dated = HEAD + "[terms.secondary_payer]\noff = { until = 2025-12-31 }\n"
    for day, status in (("2025-03-03", "priced"), ("2026-03-03", "by_report")):
        claims = batch({"hcpcs_code": "99213", "primary_paid_amount": "10"}, day=day)
        lines = priced(claims, payer(tmp_path, dated), locality="national").lines
        assert lines["status"].to_list() == [status]


def test_practitioners_that_are_not_named_keep_their_share(tmp_path: Path) -> None:
    text = HEAD + "[terms.practitioner.shares]\nnurse_practitioner = 0.80\ncrna = 0.90\n"
    shares = rule_of(tmp_path, text, "practitioner").terms["shares"]
    found = {kind: str(shares[kind].at(date(2025, 1, 1))) for kind in shares}
    assert found["nurse_practitioner"] == "0.80"
    assert found["crna"] == "0.90"
    assert found["physician_assistant"] == "0.85"
    lines = batch({"hcpcs_code": "99213", "practitioner_type": "nurse_practitioner"})
    result = priced(lines, payer(tmp_path, text), locality="national").lines
    fee, paid = result["fee_schedule_amount"][0], result["allowed_amount"][0]
    assert paid == (fee * 80 / 100).quantize(fee)


def test_a_preset_as_base_keeps_its_terms(tmp_path: Path) -> None:
    text = HEAD + 'base = "100-50-25"\n[terms.assistant_at_surgery]\nphysician = 0.20\n'
    found = [(each.rule, each.term) for each in differences(payer(tmp_path, text))]
    assert found == [("multiple_procedure", "third"), ("assistant_at_surgery", "physician")]


def test_a_rule_the_base_switched_off_is_switched_on_again(tmp_path: Path) -> None:
    text = HEAD + 'base = "no-sequestration"\n[terms.sequestration]\noff = false\n'
    assert payer(tmp_path, text).rules == MEDICARE.rules


RANGES = """
[percent_of_medicare]
overall = { 2025-01-01 = 110, 2025-07-01 = 112.5 }
[[percent_of_medicare.by_code]]
first = "64483"
last = "64484"
percent = 150
[[percent_of_medicare.by_code]]
first = "64400"
last = "64530"
percent = "125"
"""


@pytest.mark.parametrize(
    ("text", "code", "day", "percent"),
    [
        pytest.param("percent_of_medicare = 110\n", "99213", "2025-03-03", 11000, id="overall"),
        pytest.param("percent_of_medicare = 92.5\n", "99213", "2025-03-03", 9250, id="below"),
        pytest.param(RANGES, "99213", "2025-03-03", 11000, id="dated"),
        pytest.param(RANGES, "99213", "2025-07-01", 11250, id="dated, later"),
        pytest.param(RANGES, "64405", "2025-03-03", 12500, id="in a range"),
        pytest.param(RANGES, "64483", "2025-03-03", 15000, id="the first range that holds it"),
        pytest.param(
            '[[percent_of_medicare]]\nfirst = "64483"\npercent = 150\n',
            "64484",
            "2025-03-03",
            10000,
            id="outside every range as Medicare",
        ),
    ],
)
def test_percentage_of_medicare(
    tmp_path: Path, text: str, code: str, day: str, percent: int
) -> None:
    acme = payer(tmp_path, HEAD + text)
    lines = batch({"hcpcs_code": code}, {"hcpcs_code": code, "claim_id": "B", "person_id": "Q"})
    lines = lines.with_columns(claim_line_start_date=pl.lit(day))
    theirs = priced(lines, acme, locality="national")
    cents = priced(lines, MEDICARE, locality="national").lines["allowed_amount"][0] * 100
    expected = (int(cents) * percent + 5000) // 10000
    assert allowed(theirs)[0] == f"{expected / 100:.2f}"


def test_the_contract_rate_is_capped_by_the_charge(tmp_path: Path) -> None:
    acme = payer(tmp_path, HEAD + "percent_of_medicare = 110\n")
    names = [rule.name for rule in acme.rules]
    assert names.index("contract_rate") == names.index("lesser_of_charge") - 1
    lines = batch({"hcpcs_code": "99213", "charge_amount": "20.00"})
    assert allowed(priced(lines, acme, locality="national")) == ["20.00"]


def test_the_contract_rate_stands_before_payment_without_lesser_of(tmp_path: Path) -> None:
    text = HEAD + "percent_of_medicare = 110\n[terms.lesser_of_charge]\noff = true\n"
    names = [rule.name for rule in payer(tmp_path, text).rules]
    assert names.index("contract_rate") == names.index("secondary_claim") - 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(OWN, id="in its section"),
        pytest.param(
            HEAD + 'indicators = "own"\n[fee_schedule]\nfile = "fees.csv"\n', id="at the top"
        ),
    ],
)
def test_own_indicators(tmp_path: Path, text: str) -> None:
    acme = payer(tmp_path, text, FEES)
    assert acme.dollars is not None
    assert acme.dollars.own_indicators
    assert list(acme.files) == ["acme.toml", "fees.csv"]
    assert [each.payer for each in differences(acme)] == ["dollars of fees.csv, its own indicators"]


def test_indicators_come_from_the_release_unless_told(tmp_path: Path) -> None:
    acme = payer(tmp_path, RELEASE, FEES)
    assert acme.dollars is not None
    assert not acme.dollars.own_indicators


def test_notepad_marks_a_file_and_it_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_text("\ufeff" + HEAD, encoding="utf-8", newline="\r\n")
    assert load_payer(str(tmp_path / "acme.toml")).name == "Acme"


T = "[terms.multiple_procedure]\n"
SAID = [
    ('name = "Acme"\n', "contract: is missing; name the agreement"),
    ('name = "Acme"\ncontract = " "\n', "contract: is blank"),
    ('contract = "x"\n', "name: is missing"),
    ("name = 5\ncontract = 'x'\n", "name: is text; put it in quotation marks"),
    (HEAD + 'bsae = "medicare"\n', "bsae: payrules does not read this; perhaps 'base'"),
    (
        HEAD + 'base = "my/acme.toml"\n',
        "base: there is no file 'my/acme.toml'; paths are relative",
    ),
    (HEAD + 'base = "100-50-20"\n', "base: there is no payer '100-50-20'; perhaps '100-50-25'"),
    (HEAD + "sequestration = false\n", r"put its terms under \[terms.sequestration\]"),
    (HEAD + "[terms.multiple_procedures]\nlater = 0.5\n", "perhaps 'multiple_procedure'"),
    (HEAD + "[terms.contract_rate]\noverall = 1.1\n", "is written as percent_of_medicare = 110"),
    (HEAD + T + "thrid = 0.25\n", "multiple_procedure.thrid: the rule has no such term; perhaps"),
    (HEAD + "[terms.units]\nmost = 5\n", "Its terms are none; or switch it off with off = true"),
    (HEAD + T + "later = 50\n", "later: cannot be 50; a factor is a share of one"),
    (HEAD + T + "later = -0.5\n", "later: cannot be -0.5; it is a number from 0"),
    (HEAD + T + "later = 0.12345\n", "at most four decimals"),
    (HEAD + T + 'later = "half"\n', "later: cannot be 'half'; write a number, such as 0.25"),
    (HEAD + T + "later = true\n", "later: cannot be 'True'; write a number"),
    (HEAD + T + "later = nan\n", "later: cannot be NaN"),
    (HEAD + T + "later = { July = 0.5 }\n", "holds 'July', which is not a date"),
    (HEAD + T + "later = {}\n", "later: is empty; give it a number"),
    (HEAD + T + 'rank_by = "rvu"\n', "rank_by: cannot be 'rvu'; it is 'amount', 'total_rvu', "),
    (HEAD + T + "off = true\nlater = 0.5\n", "is switched off but has terms"),
    (HEAD + "[terms.endoscopy]\nonly_in_facilities = 1\n", "only_in_facilities: is true or false"),
    (HEAD + "[terms.status_code]\noff = true\n", "status_code.off: this rule cannot be switched"),
    (HEAD + "terms = 5\n", "terms: is a table of terms, not a single value"),
    (HEAD + "[terms.practitioner.shares]\nnurse = 0.8\n", "shares.nurse: there is no such pract"),
    (HEAD + "percent_of_medicare = 1.1\n", "percent_of_medicare: cannot be 1.1; it is a percent"),
    (HEAD + "percent_of_medicare = 110.123\n", "at most two decimals"),
    (HEAD + "[percent_of_medicare]\n", "percent_of_medicare: is empty"),
    (HEAD + '[[percent_of_medicare]]\nfirst = "64483"\n', "entry 1.percent: is missing"),
    (HEAD + "[[percent_of_medicare]]\nfirst = 64483\npercent = 9\n", r"\(1 more after this one"),
    (HEAD + '[[percent_of_medicare]]\nfirst = "644"\npercent = 90\n', "'644' is not a code"),
    (
        HEAD + '[[percent_of_medicare]]\nfirst = "64530"\nlast = "64400"\npercent = 90\n',
        "by_code entry 1.last: 64400 comes before 64530",
    ),
    (HEAD + 'indicators = "own"\n', r"indicators: sets the source .* there is no \[fee_schedule\]"),
    (HEAD + 'indicators = "mine"\n', "indicators: cannot be 'mine'; it is 'own' or 'release'"),
    (HEAD + '[fee_schedule]\nindicators = "own"\n', "fee_schedule.file: is missing"),
    (HEAD + '[fee_schedule]\nfile = "none.csv"\n', "there is no file 'none.csv' next to it"),
    ("percent_of_medicare = 110\n" + OWN, "cannot be combined with a fee_schedule"),
    ('indicators = "release"\n' + OWN, "indicators: is in the file twice with different values"),
    (OWN + T + 'rank_by = "total_rvu"\n', "total_rvu needs the RVUs of a release"),
    (HEAD + 'base_release = { 2025-01-01 = "2024Z" }\n', "base_release: '2024Z' names no quarter"),
    (
        HEAD + 'base_release = { next = "2024" }\n',
        "base_release: holds 'next', which",
    ),
    (OWN + "[terms.therapy]\nwithout_gpci = true\n", "is told by the RVUs of a release"),
    ("name = \n", "is not valid TOML"),
]


@pytest.mark.parametrize(("text", "said"), SAID)
def test_refusals_name_file_place_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PayerError, match=said) as fault:
        payer(tmp_path, text, FEES)
    assert "acme.toml" in str(fault.value)
    assert "\n" not in str(fault.value)


def test_no_such_payer() -> None:
    with pytest.raises(PayerError, match="no payer 'medicar'; perhaps 'medicare'"):
        load_payer("medicar")


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(PayerError, match=r"no payer file .*none\.toml"):
        load_payer(tmp_path / "none.toml")


def test_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_bytes(b'name = "Acm\xe9"\n')
    with pytest.raises(PayerError, match="not UTF-8"):
        load_payer(tmp_path / "acme.toml")


def test_a_share_that_begins_later_leaves_medicare_until_then(tmp_path: Path) -> None:
    acme = payer(tmp_path, HEAD + "[terms.multiple_procedure]\nthird = { 2026-01-01 = 0.25 }\n")
    third = [{"hcpcs_code": "11042"}, {"hcpcs_code": "20610"}, {"hcpcs_code": "20600"}]
    for day, share in (("2025-12-31", 50), ("2026-01-01", 25)):
        results = priced(batch(*third, day=day), acme, locality="national")
        fee, paid = results.lines["fee_schedule_amount"][2], results.lines["allowed_amount"][2]
        assert int(paid * 100) == (int(fee * 100) * share + 50) // 100
