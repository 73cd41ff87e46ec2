"""Sources: each term is the payer's, with its page; also one that is as Medicare's."""

from pathlib import Path

import pytest

from payrules.errors import PayerError
from payrules.payers import MEDICARE, differences
from tests.payers.files import HEAD, batch, payer, priced

THREE = [{"hcpcs_code": code} for code in ("20610", "64483", "11042")]
SOURCE = """
[terms.multiple_procedure]
rank_by = "total_rvu"
third = 0.25
cites.third = "Acme policy 9"

[[source]]
term = "multiple_procedure.rank_by"
title = "Multiple procedures"
number = "RP-12"
address = "https://acme.example/rp-12"
effective = 2025-02-01
read = "excerpt"
confidence = "A"

[[source]]
term = ["multiple_procedure.later", "bilateral"]
title = "Surgery guideline 3"
same_as_medicare = true
"""


def cited(text: str, folder: Path) -> dict[str, str]:
    steps = priced(batch(*THREE), payer(folder, text), locality="national").adjustments
    return dict(zip(steps["rule"], steps["cites"], strict=True))


def test_a_source_is_the_citation_of_its_term(tmp_path: Path) -> None:
    acme = payer(tmp_path, HEAD + SOURCE)
    assert {each.term: each.cites for each in differences(acme)} == {
        "rank_by": "Multiple procedures, RP-12, from 2025-02-01",
        "third": "Acme policy 9",
    }
    assert [each.confidence for each in acme.sources] == ["A", None]


def test_the_trail_cites_the_payer_for_what_is_as_medicares_too(tmp_path: Path) -> None:
    said = SOURCE.split("[[source]]")[2]
    acme = payer(tmp_path, HEAD + "[[source]]" + said)
    assert differences(acme) == []
    assert cited(HEAD + "[[source]]" + said, tmp_path)["multiple_procedure"] == (
        "Surgery guideline 3"
    )
    cites = {rule.name: rule.cites for rule in acme.rules}
    assert cites["bilateral"] == "Surgery guideline 3"
    others = {rule.name: rule.cites for rule in MEDICARE.rules} | {
        name: cites[name] for name in ("bilateral", "multiple_procedure")
    }
    assert cites == others


def test_of_several_pages_of_one_rule_those_that_a_step_is_by_are_cited(tmp_path: Path) -> None:
    """All of them stood on each step."""
    steps = priced(batch(*THREE), payer(tmp_path, HEAD + SOURCE), locality="national").adjustments
    ranked = steps.filter(steps["rule"] == "multiple_procedure").sort("after", descending=True)
    order = "Multiple procedures, RP-12, from 2025-02-01"
    assert ranked["cites"].to_list() == [
        *[f"Surgery guideline 3; {order}"] * 2,
        f"Acme policy 9; {order}",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[source]]\ntitle = 'x'\n", r"source entry 1\.term: is missing; say of which term"),
        ("[[source]]\nterm = 'units'\n", "title: is missing; name the page"),
        ("[[source]]\nterm = 5\ntitle = 'x'\n", "term: is a term in quotation marks, or a list"),
        ("[[source]]\nterm = 'unit'\ntitle = 'x'\n", "names no rule 'unit'; perhaps 'units'"),
        (
            "[[source]]\nterm = 'endoscopy.of'\ntitle = 'x'\n",
            "'endoscopy.of' is no term of endoscopy; perhaps 'off'",
        ),
        ("[[source]]\nterm = 'endoscopy.off'\ntitle = ' '\n", "title: is blank"),
        (
            "[[source]]\nterm = 'endoscopy'\ntitle = 'x'\n",
            "source entry 1.term: 'endoscopy' is set by no file of this payer",
        ),
        (
            "[terms.co_surgery]\neach = 0.6\n[[source]]\nterm = 'co_surgery.each'\ntitle = 'x'\n"
            "same_as_medicare = true\n",
            "not as Medicare's, because terms.co_surgery.each is set otherwise",
        ),
        (
            "[terms.endoscopy]\noff = true\n[[source]]\nterm = 'endoscopy'\ntitle = 'x'\n"
            "same_as_medicare = true\n",
            "because the rule endoscopy is switched off",
        ),
        (
            "[[source]]\nterm = 'percent_of_medicare'\ntitle = 'x'\nsame_as_medicare = true\n",
            "because Medicare has no such term",
        ),
        (
            "[[source]]\nterm = 'units'\ntitle = 'x'\nread = 'skimmed'\n",
            "read: cannot be 'skimmed'; it is 'whole', 'excerpt' or 'summary'",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PayerError, match=said) as fault:
        payer(tmp_path, HEAD + text)
    assert str(fault.value).startswith("acme.toml")


def test_each_page_that_prints_a_term_as_medicare_has_it_is_cited(tmp_path: Path) -> None:
    """Only the last of them was."""
    pages = "".join(
        f'[[source]]\nterm = "bilateral"\ntitle = "Page {each}"\nsame_as_medicare = true\n'
        for each in (1, 2)
    )
    acme = payer(tmp_path, HEAD + 'plan = "commercial"\n' + pages)
    cites = [rule.cites for rule in acme.rules if rule.name == "bilateral"]
    assert cites == ["Page 1; Page 2"]


def test_a_source_of_a_term_that_only_the_base_sets_is_refused(tmp_path: Path) -> None:
    """It was taken, and the steps cited the base's contract all the same."""
    base = 'name = "Policy"\ncontract = "Policy 1"\n[terms.multiple_procedure]\nthird = 0.25\n'
    (tmp_path / "policy.toml").write_text(base, encoding="utf-8")
    own = HEAD + 'base = "policy.toml"\n'
    source = '[[source]]\nterm = "multiple_procedure.third"\ntitle = "Page 3"\n'
    with pytest.raises(PayerError, match=r"third' is set by policy\.toml, which its steps cite"):
        payer(tmp_path, own + source)
    term = "[terms.multiple_procedure]\nthird = 0.25\n"
    assert payer(tmp_path, own + term + source).said["multiple_procedure.third"].cites == "Page 3"


def test_a_frozen_release_has_its_page(tmp_path: Path) -> None:
    """The commonest clause of a contract could not name its article."""
    source = '[[source]]\nterm = "base_release"\ntitle = "Acme agreement, article 9"\n'
    text = HEAD + f'plan = "commercial"\nbase_release = "2025D"\n{source}'
    (frozen,) = [each for each in differences(payer(tmp_path, text)) if each.term == "base_release"]
    assert frozen.cites == "Acme agreement, article 9"
    with pytest.raises(PayerError, match="'base_release' is set by no file of this payer"):
        payer(tmp_path, HEAD + 'plan = "commercial"\n' + source)
