"""Days of terms: a word, a switch and a number each begin on a day, and cite their own page."""

from pathlib import Path

import polars as pl
import pytest

from payrules.errors import PayerError
from payrules.payers import MEDICARE, Payer, differences, load_payer
from payrules.rules.endoscopy import endoscopy
from tests.payers.files import HEAD, batch, payer, priced

#: 64633 has the more RVUs, and where practice expense is cheap the lower fee.
RANKED = ({"hcpcs_code": "64628"}, {"hcpcs_code": "64633"})
SCOPES = ({"hcpcs_code": "45385"}, {"hcpcs_code": "45380"})
RANKING = """
[terms.multiple_procedure]
rank_by = { 2025-06-01 = "total_rvu" }
third = { 2025-06-01 = 0.25 }
cites.rank_by = "Acme policy 4, page 2"
"""


def in_full(chosen: Payer, day: str) -> list[bool]:
    lines = priced(batch(*RANKED, day=day, place="11"), chosen, locality="15102-00").lines
    return (lines["allowed_amount"] == lines["fee_schedule_amount"]).to_list()


def test_a_word_begins_on_its_day(tmp_path: Path) -> None:
    acme = payer(tmp_path, HEAD + RANKING)
    assert in_full(acme, "2025-05-31") == [True, False]
    assert in_full(acme, "2025-06-01") == [False, True]
    found = {each.term: (each.payer, each.cites) for each in differences(acme)}
    assert found["rank_by"] == (
        *("amount from 1992-01-01; total_rvu from 2025-06-01", "Acme policy 4, page 2"),
    )
    assert found["third"] == ("0.25 from 2025-06-01", "Acme agreement 2026, exhibit B")


def test_sessions_before_and_after_a_words_day_in_one_batch(tmp_path: Path) -> None:
    acme = payer(tmp_path, HEAD + RANKING)
    rows = [{**each, "claim_line_start_date": day} for each in RANKED for day in DAYS]
    together = priced(batch(*rows, place="11"), acme, locality="15102-00")
    apart = {day: in_full(acme, day) for day in DAYS}
    lines = together.lines
    is_full = (lines["allowed_amount"] == lines["fee_schedule_amount"]).to_list()
    by_day: dict[str, list[bool]] = {day: [] for day in DAYS}
    for day, full in zip(lines["claim_line_start_date"], is_full, strict=True):
        by_day[day.isoformat()].append(full)
    assert by_day == apart


DAYS = ("2025-05-31", "2025-06-01")


@pytest.mark.parametrize(
    ("written", "on"),
    [
        ("off = { until = 2025-02-28 }", {"2025-02-28": False, "2025-03-01": True}),
        ("off = { from = 2025-03-01 }", {"2025-02-28": True, "2025-03-01": False}),
        (
            "off = { from = 2025-03-01, until = 2025-03-31 }",
            {"2025-02-28": True, "2025-03-01": False, "2025-03-31": False, "2025-04-01": True},
        ),
        (
            "off = { from = 1970-01-01, until = 2025-02-28 }",
            {"2025-03-01": True, "2025-01-01": False},
        ),
        ("off = true", {"2025-03-01": False}),
    ],
)
def test_a_switch_has_days(tmp_path: Path, written: str, on: dict[str, bool]) -> None:
    acme = payer(tmp_path, f"{HEAD}[terms.endoscopy]\n{written}\n")
    for day, is_on in on.items():
        steps = priced(batch(*SCOPES, day=day), acme, locality="national").adjustments
        assert ("endoscopy" in steps["rule"].to_list()) is is_on, day
    (said,) = [each for each in differences(acme) if each.rule == "endoscopy"]
    days = written.removeprefix("off = ").strip("{ }").replace(" =", "").replace(",", "")
    days = days.removeprefix("from 1970-01-01 ")  # before the rule's own first day
    assert said.payer == ("off" if days == "true" else f"off {days}")


def test_a_rule_off_until_a_day_has_terms_from_then_on(tmp_path: Path) -> None:
    text = "[terms.endoscopy]\noff = { until = 2016-07-31 }\nonly_in_facilities = true\n"
    acme = payer(tmp_path, HEAD + text + 'cites.off = "Acme notice 2016"\n')
    rule = next(each for each in acme.rules if each.name == "endoscopy")
    assert [each.effective.isoformat() for each in rule.versions] == ["2016-08-01"]
    found = {each.term: (each.payer, each.cites) for each in differences(acme)}
    assert found["off"] == ("off until 2016-07-31", "Acme notice 2016")
    assert found["only_in_facilities"][0] == "yes"


def test_a_file_on_a_file_keeps_the_word_until_its_own_day(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(HEAD + RANKING)
    text = HEAD + 'base = "policy.toml"\n[terms.multiple_procedure]\n'
    (tmp_path / "ours.toml").write_text(text + 'rank_by = { 2026-01-01 = "amount" }\n')
    ours = load_payer(tmp_path / "ours.toml")
    found = {each.term: each.payer for each in differences(ours)}
    assert found["rank_by"] == (
        "amount from 1992-01-01; total_rvu from 2025-06-01; amount from 2026-01-01"
    )


def test_a_rule_that_is_switched_on_is_on_every_day(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(
        HEAD + "[terms.endoscopy]\noff = { until = 2016-07-31 }\n"
    )
    text = HEAD + 'base = "policy.toml"\n[terms.endoscopy]\non = true\n'
    assert differences(payer(tmp_path, text)) == []


def test_a_rule_without_days_is_its_own_version() -> None:
    assert endoscopy.versions == (endoscopy,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[terms.endoscopy]\noff = { }\n", r"endoscopy\.off: has no day; write off = true"),
        (
            "[terms.endoscopy]\noff = { from = 2025-02-01, until = 2025-01-01 }\n",
            "ends before it begins",
        ),
        (
            "[terms.endoscopy]\noff = { after = 2025-01-01 }\n",
            r"endoscopy\.off\.after: is no day of 'off'; write off = \{ from",
        ),
        ("[terms.endoscopy]\noff = { from = 5 }\n", r"off\.from: is a date, such as"),
        ("[terms.endoscopy]\noff = 5\n", r"endoscopy\.off: is true or false"),
        ("[terms.status_code]\noff = { until = 2020-01-01 }\n", "cannot be switched off"),
        (
            '[terms.multiple_procedure]\nrank_by = { July = "amount" }\n',
            "holds 'July', which is not a date",
        ),
        (
            '[terms.multiple_procedure]\nrank_by = { 2025-01-01 = "dollars" }\n',
            "rank_by: cannot be 'dollars'; it is",
        ),
        ("[terms.multiple_procedure]\nrank_by = { }\n", "rank_by: is empty"),
        (
            '[terms.endoscopy]\noff = true\ncites.only_in_facilities = "x"\n',
            "cites 'only_in_facilities', which this section does not set; it sets off",
        ),
        ('[terms.endoscopy]\ncites = "Page 4"\n', "has a citation and no term"),
        ('[terms.endoscopy]\noff = true\ncites = " "\n', "has a blank citation"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PayerError, match=said) as fault:
        payer(tmp_path, HEAD + text)
    assert "more after this one" not in str(fault.value)


LAW = {rule.name: rule.cites for rule in MEDICARE.rules}
ASSISTS = {"hcpcs_code": "22551", "hcpcs_modifiers": "80"}


def page(chosen: Payer, day: str, *, rule: str, lines: tuple[dict[str, str], ...]) -> str:
    steps = priced(batch(*lines, day=day), chosen, locality="national").adjustments
    (cites,) = {*steps.filter(pl.col("rule") == rule)["cites"]}
    return str(cites)


def test_a_step_cites_the_payer_from_the_first_day_of_its_term(tmp_path: Path) -> None:
    text = (
        "[terms.assistant_at_surgery]\nphysician = { 2025-06-01 = 0.20 }\n"
        'cites.physician = "Acme policy 7"\n'
    )
    acme = payer(tmp_path, HEAD + text)
    ours = "assistant_at_surgery"
    assert page(acme, "2025-05-31", rule=ours, lines=(ASSISTS,)) == LAW[ours]
    assert page(acme, "2025-06-01", rule=ours, lines=(ASSISTS,)) == "Acme policy 7"


def test_before_its_first_day_the_base_s_page_stands(tmp_path: Path) -> None:
    text = '[terms.assistant_at_surgery]\nphysician = {{ {} = {} }}\ncites = "{}"\n'
    (tmp_path / "policy.toml").write_text(
        HEAD + text.format("2025-02-01", "0.18", "policy 2024"), encoding="utf-8"
    )
    acme = payer(
        tmp_path, HEAD + 'base = "policy.toml"\n' + text.format("2025-06-01", "0.20", "amendment")
    )
    found = {
        day: page(acme, day, rule="assistant_at_surgery", lines=(ASSISTS,))
        for day in ("2025-01-31", "2025-02-01", "2025-06-01")
    }
    assert list(found.values()) == [LAW["assistant_at_surgery"], "policy 2024", "amendment"]


def test_of_two_terms_the_one_that_has_begun_is_cited(tmp_path: Path) -> None:
    text = (
        "[terms.multiple_procedure]\nlater = 0.40\nthird = { 2025-06-01 = 0.25 }\n"
        'cites.later = "page 1"\ncites.third = "page 2"\n'
    )
    acme = payer(tmp_path, HEAD + text)
    ranked = [{"hcpcs_code": code} for code in ("45385", "64633", "64493")]
    for day, pages in (("2025-05-31", {"page 1"}), ("2025-06-01", {"page 1", "page 2"})):
        steps = priced(batch(*ranked, day=day), acme, locality="national").adjustments
        assert {*steps.filter(pl.col("rule") == "multiple_procedure")["cites"]} == pages


def test_what_a_payer_prints_as_medicare_has_it_is_cited_from_that_day(tmp_path: Path) -> None:
    text = (
        '[[source]]\nterm = "assistant_at_surgery"\ntitle = "Acme policy 9"\n'
        "effective = 2025-06-01\nsame_as_medicare = true\n"
    )
    acme = payer(tmp_path, HEAD + text)
    ours = "assistant_at_surgery"
    assert page(acme, "2025-05-31", rule=ours, lines=(ASSISTS,)) == LAW[ours]
    after = page(acme, "2025-06-01", rule=ours, lines=(ASSISTS,))
    assert after == "Acme policy 9, from 2025-06-01"
