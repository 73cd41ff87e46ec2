"""A plan's terms and Medicare's remittance; Medicare's terms for want of others; REF*2U."""

from pathlib import Path

import pytest

from payrules.front_door.terms import setup_of
from payrules.runs.setup import Setup
from payrules.screen.variance import variance
from payrules.variance.analysis import Variance
from payrules.variance.another_payer import BY_ANOTHER, BY_MEDICARE
from payrules.variance.appeals import write_appeals
from payrules.variance.results import variance_tables
from payrules.variance.terms_wanted import BY_UNKNOWN, WORDS
from payrules.workbook.variance import write_variance_page
from tests.variance.small import MEDICARE, of_batch, rows
from tests.variance.test_another_payer import BATCH, answered

AETNA = setup_of("aetna-commercial", locality="national")
NOBODY = setup_of(None, locality="national")


def of(folder: Path, setup: Setup, *said: str, further: str = "", batch: str = BATCH) -> Variance:
    text = answered(*said)
    if further:
        start = text.index("N1*PE*")
        text = f"{text[:start]}REF*2U*{further}~\n{text[start:]}"
    return of_batch(folder, batch, text, setup=setup)


def actions(found: Variance) -> list[str]:
    return [each["action"] for each in rows(found)]


@pytest.mark.parametrize(
    ("said", "is_medicares"),
    [
        (("MADE UP", "01112", "MB"), True),
        (("MADE UP", "01112", "CI"), True),
        (("NOVITAS SOLUTIONS", "99999", ""), True),
        (("MADE UP", "99999", "MB"), True),
        (("MEDICARE", "99999", ""), True),
        (("AETNA", "60054", "CI"), False),
        (("AETNA", "99999", "CI"), False),
        (("MADE UP", "99999", "12"), False),
        # What says nothing goes on as it did: the plan was named.
        (("MADE UP", "99999", "ZZ"), False),
        (("MADE UP", "99999", "MA"), False),
    ],
)
def test_medicares_remittance_is_not_held_against_a_plans_terms(
    said: tuple[str, str, str], is_medicares: bool, tmp_path: Path
) -> None:
    """Medicare was sent an appeal by Aetna's terms, and money was to be sent back by them."""
    found = of(tmp_path, AETNA, *said)
    wanted = ["review_terms"] * 2 if is_medicares else ["appeal", "refund"]
    assert actions(found) == wanted
    for each in rows(found):
        assert (WORDS[BY_MEDICARE] in (each["cause_detail"] or "")) == is_medicares
        assert not (is_medicares and each["appeal_by_date"])
    assert write_appeals(found, tmp_path / "letters").written == (not is_medicares)
    told = " ".join(map(str, variance(found, {})))
    assert ("2 lines that another payer's terms priced are paid by Medicare" in told) == (
        is_medicares
    )


@pytest.mark.parametrize(
    ("said", "action"),
    [
        (("MADE UP", "01112", "MB"), "review_terms"),
        (("NOVITAS SOLUTIONS", "99999", "MB"), "review_terms"),
        (("UHC MEDICARE ADVANTAGE", "99999", "MB"), "appeal"),
        (("MADE UP", "99999", "MB"), "appeal"),
        (("DUAL COMPLETE MEDICARE", "99999", "16"), "appeal"),
    ],
)
def test_a_plan_of_medicare_advantage_answers_claims_filed_as_medicares(
    said: tuple[str, str, str], action: str, tmp_path: Path
) -> None:
    found = of(tmp_path, setup_of("uhc-medicare-advantage", locality="national"), *said)
    assert actions(found)[0] == action


@pytest.mark.parametrize("payer", ["110-percent-of-medicare", "100-50-25"])
def test_terms_of_medicares_amounts_are_held_against_what_it_paid(
    payer: str, tmp_path: Path
) -> None:
    found = of(tmp_path, setup_of(payer, locality="national"), "MADE UP", "01112", "MB")
    assert all(WORDS[BY_MEDICARE] not in (each["cause_detail"] or "") for each in rows(found))


@pytest.mark.parametrize(
    ("said", "is_unknown"),
    [
        (("ACME HEALTH", "99999", "ZZ"), True),
        (("ACME HEALTH", "99999", ""), True),
        (("ACME HEALTH", "", "U1"), True),
        (("ACME HEALTH", "99999", "MB"), False),
        (("ACME HEALTH", "99999", "MA"), False),
        (("ACME HEALTH", "01112", "ZZ"), False),
        (("", "99999", ""), False),
        (("NORIDIAN HEALTHCARE SOLUTIONS", "", ""), False),
        (("NOVITAS SOLUTIONS INC", "", ""), False),
        (("NGS MEDICARE", "", ""), False),
        (("NATIONAL GOVERNMENT SERVICES", "", ""), False),
        (("PALMETTO GBA", "", ""), False),
        (("CGS", "", ""), False),
        (("CIGNA GOVERNMENT SERVICES", "", ""), False),
        (("FIRST COAST SERVICE OPTIONS", "", ""), False),
        (("WPS GHA", "", ""), False),
        (("WISCONSIN PHYSICIANS SERVICE", "", ""), False),
        (("MEDICARE B KY", "", ""), False),
    ],
)
def test_what_nobody_says_is_medicares_is_told_and_waits(
    said: tuple[str, str, str], is_unknown: bool, tmp_path: Path
) -> None:
    """A payer on no list passed for Medicare, with its law in a letter and its day to appeal."""
    found = of(tmp_path, NOBODY, *said)
    assert actions(found) == (["review_terms"] * 2 if is_unknown else ["appeal", "refund"])
    assert (rows(found)[0]["appeal_by_date"] is None) == is_unknown
    assert (WORDS[BY_UNKNOWN] in (rows(found)[0]["cause_detail"] or "")) == is_unknown
    assert write_appeals(found, tmp_path / "letters").written == (not is_unknown)
    sentence = "2 lines answered by ACME HEALTH were priced as Medicare's, since nothing says whose"
    told = " ".join(map(str, variance(found, {})))
    assert (sentence in told) == is_unknown
    page = tmp_path / "page.html"
    write_variance_page(found, variance_tables(found), page)
    shown = page.read_text(encoding="utf-8").replace("&#x27;", "'").replace("&#39;", "'")
    assert (sentence in shown) == is_unknown
    # Whoever names Medicare has said whose they are.
    found = of(tmp_path, MEDICARE, *said)
    assert actions(found) == ["appeal", "refund"]
    assert found.terms_wanted.unsaid() == []


def test_a_line_that_names_its_payer_says_whose_it_is(tmp_path: Path) -> None:
    head, first, second = BATCH.split()
    named = "\n".join([f"{head},payer", f"{first},medicare", f"{second},", ""])
    found = of(tmp_path, NOBODY, "ACME HEALTH", "99999", "ZZ", batch=named)
    assert actions(found) == ["appeal", "review_terms"]
    (said,) = found.terms_wanted.unsaid()
    assert said.startswith("1 line answered by ACME HEALTH was priced as Medicare's, since nothing")


@pytest.mark.parametrize(
    ("said", "further", "why"),
    [
        (("MADE UP", "99999", ""), "60054", BY_ANOTHER),
        (("MADE UP", "", ""), "87726", BY_ANOTHER),
        (("AETNA", "99999", "CI"), "01112", ""),
        (("ACME HEALTH", "99999", "ZZ"), "01112", ""),
        (("ACME HEALTH", "01112", "ZZ"), "60054", ""),
        (("ACME HEALTH", "99999", "ZZ"), "88888", BY_UNKNOWN),
    ],
)
def test_a_payers_further_number_counts_as_its_first(
    said: tuple[str, str, str], further: str, why: str, tmp_path: Path
) -> None:
    """REF*2U was looked at by nobody where the payer's name had a number, too."""
    found = of(tmp_path, NOBODY, *said, further=further)
    assert actions(found) == (["review_terms"] * 2 if why else ["appeal", "refund"])
    assert not why or WORDS[why] in rows(found)[0]["cause_detail"]
