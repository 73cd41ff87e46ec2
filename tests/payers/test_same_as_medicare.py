"""A file that says only Medicare's terms gives Medicare's result; its order changes nothing."""

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from payrules.dated import Dated
from payrules.demo import BATCH
from payrules.engine.rule import Rule
from payrules.payers import MEDICARE, Payer, differences, load_payer
from payrules.payers.form import terms_of
from payrules.runs.estimate import estimate
from payrules.runs.results import Estimate
from payrules.runs.setup import Setup
from tests.payers.files import HEAD, payer

AMOUNTS = ("status", "allowed_amount", "medicare_amount", "patient_amount", "carc", "review")


def written(value: Any) -> str | None:
    """Write a term as a payer file has it; None for a kind that Medicare leaves empty."""
    if isinstance(value, Dated):
        return "{ " + ", ".join(f"{day} = {share}" for day, share in value.values) + " }"
    if isinstance(value, Mapping):
        inner = (f"{key} = {written(each)}" for key, each in value.items())
        return "{ " + ", ".join(inner) + " }"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else None


def sections(cites: str = "") -> Iterator[str]:
    """Give a section of every rule whose terms are numbers and words, each Medicare's own."""
    for rule in MEDICARE.rules:
        told = {term: written(rule.defaults[term]) for term in terms_of(rule)}
        lines = [f"{term} = {value}" for term, value in told.items() if value is not None]
        if lines:
            yield "\n".join(
                [f"[terms.{rule.name}]", *lines, *([f'cites = "{cites}"'] * bool(cites))]
            )


def _turned(section: str, drawn: random.Random) -> str:
    """Give a section with its lines in another order, its heading first."""
    heading, *lines = section.splitlines()
    return "\n".join([heading, *drawn.sample(lines, len(lines))])


def priced(chosen: Payer) -> Estimate:
    return estimate(BATCH, Setup(payer=chosen, locality="national"))


@pytest.fixture(scope="module")
def medicare() -> Estimate:
    return priced(MEDICARE)


def test_medicares_terms_give_medicares_result(medicare: Estimate, tmp_path: Path) -> None:
    text = "\n\n".join([HEAD + 'plan = "medicare"', *sections()])
    acme = payer(tmp_path, text)
    assert differences(acme) == []
    theirs = priced(acme)
    assert theirs.lines.select(AMOUNTS).equals(medicare.lines.select(AMOUNTS))
    kept = theirs.adjustments.drop("cites")
    assert kept.equals(medicare.adjustments.drop("cites"))


def test_a_source_for_every_rule_that_is_medicares_moves_nothing(
    medicare: Estimate, tmp_path: Path
) -> None:
    named = [text.split("]")[0].removeprefix("[terms.") for text in sections()]
    sources = "\n".join(
        f'[[source]]\nterm = "{name}"\ntitle = "Acme, page {number}"\nsame_as_medicare = true'
        for number, name in enumerate(named)
    )
    acme = payer(tmp_path, f'{HEAD}plan = "medicare"\n{sources}')
    assert differences(acme) == []
    cited = {rule.name: rule.cites for rule in acme.rules}
    assert {cited[name] for name in named} == {f"Acme, page {n}" for n in range(len(named))}
    theirs = priced(acme)
    assert theirs.lines.select(AMOUNTS).equals(medicare.lines.select(AMOUNTS))


def test_the_order_of_a_file_changes_nothing(tmp_path: Path) -> None:
    drawn = random.Random(20251126)
    parts = [
        '[terms.multiple_procedure]\nthird = 0.25\nrank_by = { 2020-01-01 = "total_rvu" }',
        "[terms.coinsurance]\npatient = 0.10",
        "[terms.endoscopy]\nonly_in_facilities = true",
        "[terms.imaging]\nprofessional = 0.75\ntechnical = 0.50\ncites.professional = 'Page 4'",
        "[terms.practitioner.shares]\nnurse_practitioner = 0.90\npodiatrist = 0.95",
        "[[source]]\nterm = 'imaging.technical'\ntitle = 'Page 5'",
        "[[source]]\nterm = 'bilateral'\ntitle = 'Page 6'\nsame_as_medicare = true",
    ]
    heads = [*HEAD.splitlines(), 'plan = "commercial"', "percent_of_medicare = 120"]
    first: tuple[Rule, ...] | None = None
    for _ in range(6):
        drawn.shuffle(parts)
        drawn.shuffle(heads)
        turned = [_turned(part, drawn) for part in parts]
        rules = payer(tmp_path, "\n".join([*heads, *turned])).rules
        told = tuple((rule.name, rule.cites, dict(rule.terms)) for rule in rules)
        first = first or told  # type: ignore[assignment]
        assert told == first


def test_every_term_of_a_payer_is_cited_as_the_payers(tmp_path: Path) -> None:
    """As a kind: no rule with a term of the payer's own cites the law, also where they agree."""
    acme = payer(tmp_path, "\n\n".join([HEAD, *sections(cites="Acme, page 9")]))
    law = {rule.name: rule.cites for rule in MEDICARE.rules}
    own = {text.split("]")[0].removeprefix("[terms.") for text in sections()}
    assert len(own) > 15
    for rule in acme.rules:
        assert rule.cites == ("Acme, page 9" if rule.name in own else law[rule.name])
    steps = priced(acme).adjustments
    of_own = steps.filter(steps["rule"].is_in(sorted(own)) & (steps["rule"] != "coinsurance"))
    assert of_own["cites"].unique().to_list() == ["Acme, page 9"]


def test_a_plan_under_a_base_is_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(HEAD + 'plan = "commercial"\n')
    (tmp_path / "own.toml").write_text(HEAD + 'base = "policy.toml"\nplan = "medicare"\n')
    assert differences(load_payer(tmp_path / "own.toml")) == []
