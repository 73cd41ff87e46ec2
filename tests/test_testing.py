"""`check_rule` finds what cannot be told when a rule is made."""

from typing import Any

import polars as pl
import pytest

from payrules.dated import Dated
from payrules.engine.rule import Adjustment, Hints, note, pay, rule, scale
from payrules.engine.session import PRACTITIONER_DAY
from payrules.errors import RuleError
from payrules.payers.medicare import RULES
from payrules.testing import check_rule, in_its_place

EVERY = pl.lit(value=True)
PAID = pl.col("amount") > 0
CITED = {"cites": "a contract, §1", "effective": "1992-01-01"}


HALF = Dated({"1992-01-01": "0.50"}, cites="a contract, §1")


@rule(**CITED, reads=("service_date",))
def sound(*, share: Dated = HALF) -> Adjustment:
    """All is paid at half."""
    return Adjustment(among=PAID, outcomes=(scale(EVERY, share.on(), "half", carc="45"),))


@rule(**CITED, reads=("service_date", "hcpcs_code"))
def reading_in_vain() -> Adjustment:
    """All is left as it is."""
    return Adjustment(among=PAID, notes=(note(pl.col("service_date").is_null(), "no day"),))


@rule(cites="a book", effective="1992-01-01", reads=())
def badly_cited() -> Adjustment:
    """All is left as it is"""  # noqa: D400
    return Adjustment(among=PAID)


@rule(**CITED, reads=(PRACTITIONER_DAY,))
def resting_on_its_hint() -> Adjustment:
    """Lines of a day with others are paid at half."""
    return Adjustment(
        among=PAID,
        pool=PRACTITIONER_DAY,
        hints=Hints(crowded=True),
        outcomes=(scale(EVERY, pl.lit(5_000), "half", carc="45"),),
    )


@rule(**CITED, reads=(PRACTITIONER_DAY,))
def resting_on_the_order() -> Adjustment:
    """The first line of a day in the file is paid at half."""
    first = pl.col("row") == pl.col("row").first().over(PRACTITIONER_DAY)
    return Adjustment(
        among=PAID,
        pool=PRACTITIONER_DAY,
        facts=({"_first": first},),
        outcomes=(scale(pl.col("_first"), pl.lit(5_000), "half", carc="45"),),
    )


@rule(**CITED, reads=())
def without_a_word() -> Adjustment:
    """All is paid at 1 cent, and nothing says why."""
    return Adjustment(
        among=pl.col("amount") > 1,
        outcomes=(pay(EVERY, pl.lit(1), pl.lit(None, dtype=pl.String)),),
    )


def test_a_sound_rule_passes() -> None:
    check_rule(sound)


@pytest.mark.parametrize(
    ("faulty", "said"),
    [
        (reading_in_vain, ["declares 'hcpcs_code' and does not read it"]),
        (badly_cited, ["cites 'a book'", "does not end on its line"]),
        (resting_on_its_hint, ["other results without its hints"]),
        (resting_on_the_order, ["in another order"]),
        (without_a_word, ["a step without a sentence", "pays less without a CARC"]),
    ],
)
def test_what_is_not_sound_is_said(faulty: Any, said: list[str]) -> None:
    with pytest.raises(RuleError) as refused:
        check_rule(faulty)
    sentences = str(refused.value).splitlines()
    assert len(sentences) == len(said)
    for sentence, each in zip(sentences, said, strict=True):
        assert sentence.startswith(f"Rule {faulty.name} ")
        assert each in sentence


def test_claims_that_a_rule_does_not_look_at_check_nothing() -> None:
    lines = pl.DataFrame(
        {
            "claim_id": ["1"],
            "claim_line_number": [1],
            "person_id": ["1"],
            "claim_line_start_date": ["2025-06-02"],
            "hcpcs_code": ["99999"],
            "place_of_service_code": ["11"],
        }
    )
    with pytest.raises(RuleError, match="looks at no line of the claims"):
        check_rule(sound, claims=lines)
    with pytest.raises(RuleError, match="of which none is a line"):
        check_rule(sound, claims=lines.with_columns(place_of_service_code=pl.lit("0")))


def test_a_source_that_divides_is_named_with_its_line(tmp_path: Any, monkeypatch: Any) -> None:
    (tmp_path / "dividing.py").write_text(
        "import polars as pl\n"
        "from payrules.engine.rule import Adjustment, note, rule\n"
        '@rule(cites="a contract, §1", effective="1992-01-01", reads=())\n'
        "def dividing() -> Adjustment:\n"
        '    """It divides."""\n'
        '    half = pl.col("amount") / 2\n'
        '    return Adjustment(among=half > 1, notes=(note(half > 2, "much"),))\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    from dividing import dividing  # noqa: PLC0415

    with pytest.raises(RuleError, match="divides by / in line 6 of its file"):
        check_rule(dividing)


def test_a_rule_s_place_is_behind_the_last_of_its_kind() -> None:
    names = [each.name for each in in_its_place(sound)]
    assert names[names.index("sound") - 1 : names.index("sound") + 2] == [
        "lesser_of_charge",
        "sound",
        "secondary_claim",
    ]
    assert in_its_place(RULES[3]) == RULES
