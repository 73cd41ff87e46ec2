"""What a payer file says without effect is refused in one sentence; what acts is not."""

from pathlib import Path

import pytest

from payrules.errors import PayerError
from payrules.payers import load_payer
from tests.payers.files import HEAD, payer

PLAN = 'plan = "commercial"\n'
OURS = HEAD + PLAN + "percent_of_medicare = 110\n"
SHARE = '[[terms.modifier.share]]\nmodifier = "{}"\n'
RANKING = "[terms.multiple_procedure]\n"
BASES = {
    "ladder": RANKING + "ladder = [1.0, 0.5, 0.25]\n",
    "share": SHARE.format("62") + "share = 0.65\n",
    "lists": '[codes]\nscopes = ["43200-43278"]\n[terms.multiple_procedure]\nnever = ["@scopes"]\n',
    "families": '[[terms.multiple_procedure.also]]\ncodes = ["11401"]\nladder = [1.0, 0.5]\n',
}

#: What is written after the name, contract and plan, and what is said of it.
REFUSED = [
    # A rate behind a wider one, a percentage behind a rate.
    ("[[rate]]\npercent_of_medicare = 140\n" * 2, "rate entry 2: is never asked, .* rate entry 1"),
    (
        '[[rate]]\ncodes = ["20000-29999"]\npercent_of_charge = 80\n'
        '[[rate]]\ncodes = ["20610"]\npercent_of_charge = 70\n',
        "rate entry 2: is never asked, because rate entry 1 fits every line of it",
    ),
    (
        "percent_of_medicare = 110\n[[rate]]\npercent_of_medicare = 140\n",
        "percent_of_medicare: is never asked",
    ),
    (
        '[[rate]]\nspecialty = ["207"]\npercent_of_medicare = 140\n'
        '[[rate]]\nspecialty = ["207X"]\nsetting = "facility"\npercent_of_medicare = 150\n',
        "rate entry 2: is never asked",
    ),
    (
        '[[percent_of_medicare]]\nfirst = "20000"\nlast = "29999"\npercent = 120\n'
        '[[percent_of_medicare]]\nfirst = "20610"\npercent = 130\n',
        "by_code entry 2: is never asked, because percent_of_medicare.by_code entry 1",
    ),
    # Conditions that no line meets.
    (
        '[[rate]]\nsetting = "facility"\nplaces = ["11"]\npercent_of_medicare = 140\n',
        "entry 1.places: none of them is paid the facility amount",
    ),
    (
        '[[rate]]\ncodes = ["20610"]\nexcept_codes = ["20600-20611"]\npercent_of_medicare = 140\n',
        "rate entry 1.except_codes: spares all of its codes",
    ),
    (
        SHARE.format("52") + 'share = 0.5\ncodes = ["20610"]\nexcept_codes = ["20600-20611"]\n',
        "share entry 1.except_codes: spares all of its codes",
    ),
    # Days that no service reaches.
    (
        "[[rate]]\npercent_of_medicare = { 2027-01-01 = 140 }\nlast_day = 2026-12-31\n",
        "entry 1.percent_of_medicare: has a value from 2027-01-01, after last_day, 2026-12-31",
    ),
    (
        "[[rate]]\namount = 80\nescalator = { 2027-01-01 = 1.03 }\nlast_day = 2026-12-31\n",
        "entry 1.escalator: has a value from 2027-01-01, after last_day",
    ),
    (
        SHARE.format("52")
        + "share = { 2025-01-01 = 0.5, 2027-01-01 = 0.4 }\nlast_day = 2026-12-31\n",
        "entry 1.share: has a value from 2027-01-01, after last_day",
    ),
    (
        SHARE.format("52")
        + "share = { 2024-01-01 = 0.5, 2025-01-01 = 0.4 }\nfirst_day = 2026-01-01\n",
        "entry 1.share: has a value from 2024-01-01 that another follows by first_day, 2026-01-01",
    ),
    (
        "[[rate]]\namount = { 2026-01-01 = 80 }\nescalator = { 2025-01-01 = 1.03 }\n",
        "entry 1.escalator: has a factor from 2025-01-01, before the rate itself, 2026-01-01",
    ),
    # A blank citation was taken for none.
    (SHARE.format("52") + 'share = 0.5\ncites = ""\n', "entry 1.cites: is blank"),
    ('[[rate]]\namount = 80\ncites = ""\n', "entry 1.cites: is blank"),
    (
        RANKING + "off = { until = 1990-01-01 }\n",
        "multiple_procedure.off: ends on 1990-01-01, before the rule begins on 1992-01-01",
    ),
    # Terms that others stand in place of, here or in the base.
    (
        "[terms.co_surgery]\neach = 0.6\n" + SHARE.format("62") + "share = 0.65\n",
        r"terms.co_surgery.each: is never asked, because shares by modifier \(62\)",
    ),
    (
        "[terms.assistant_at_surgery]\nphysician = 0.2\n"
        + "".join(SHARE.format(each) + "share = 0.15\n" for each in ("80", "81", "82")),
        r"assistant_at_surgery.physician: is never asked, .* \(80, 81, 82\)",
    ),
    ('base = "share.toml"\n[terms.co_surgery]\neach = 0.6\n', "terms.co_surgery.each: is never"),
    (
        'base = "ladder.toml"\n' + RANKING + "third = 0.1\n",
        "multiple_procedure.third: is never asked, because the base payer has a ladder",
    ),
    # Lists that nothing asks for, and nothing at all.
    ('[codes]\nscopes = ["43200"]\n', 'codes.scopes: is a list that nothing .* "@scopes"'),
    ('[codes]\na = ["@b"]\nb = ["43200"]\n', "codes.a: is a list that nothing"),
    ('base = "lists.toml"\n[codes]\nscopes = ["45378"]\n', "What a base asks for is its own list"),
    ("rate = []\n", "rate: is an empty list"),
    ("source = []\n", "source: is an empty list"),
    ("[terms.bilateral]\n", "terms.bilateral: is empty"),
    ("[terms.practitioner]\nshares = {}\n", "terms.practitioner.shares: is empty"),
    ("[terms.modifier]\nshare = []\n", "terms.modifier.share: is empty"),
    (RANKING + "also = []\n", "multiple_procedure.also: is empty"),
]

#: What looks like the above, and acts.
TAKEN = [
    # The narrower before the wider; other days, settings, statuses.
    (
        '[[rate]]\ncodes = ["20610"]\npercent_of_charge = 70\n'
        '[[rate]]\ncodes = ["20000-29999"]\npercent_of_charge = 80\n'
    ),
    (
        "percent_of_medicare = 110\n[[rate]]\npercent_of_medicare = 140\nlast_day = 2025-12-31\n"
        "[[rate]]\npercent_of_medicare = { 2026-06-01 = 150 }\n"
    ),
    'percent_of_medicare = 110\n[[rate]]\nwhen = "no_price"\npercent_of_charge = 80\n',
    # A line without a charge is the percentage's; one for a part is not the dollars'.
    "percent_of_medicare = 110\n[[rate]]\npercent_of_charge = 80\n",
    "percent_of_medicare = 110\n[[rate]]\namount = 80\n",
    # A factor without codes is of no anesthesia.
    "percent_of_medicare = 110\n[[rate]]\nconversion_factor = 50\n",
    '[[rate]]\nsetting = "facility"\nplaces = ["11", "22"]\npercent_of_medicare = 140\n',
    '[[rate]]\nsetting = "facility"\nplaces = ["10"]\npercent_of_medicare = 140\n',
    # A share of some lines leaves the term to the others.
    ("[terms.co_surgery]\neach = 0.6\n" + SHARE.format("62") + 'share = 0.65\ncodes = ["63047"]\n'),
    "[terms.co_surgery]\neach = 0.6\n" + SHARE.format("62") + "share = { 2026-01-01 = 0.65 }\n",
    "[terms.assistant_at_surgery]\nphysician = 0.2\n" + SHARE.format("81") + "share = 0.1\n",
    # An empty list takes the base's away.
    'base = "families.toml"\n' + RANKING + "also = []\n",
    '[codes]\na = ["@b"]\nb = ["43200"]\n' + RANKING + 'never = ["@a"]\n',
]


@pytest.fixture(autouse=True)
def bases(tmp_path: Path) -> None:
    for name, text in BASES.items():
        (tmp_path / f"{name}.toml").write_text(OURS + text, encoding="utf-8")


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_no_line_is_paid_by_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PayerError, match=rf"^acme\.toml, .*{said}") as refused:
        payer(tmp_path, HEAD + PLAN + text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", TAKEN)
def test_what_acts_is_taken(tmp_path: Path, text: str) -> None:
    assert payer(tmp_path, HEAD + PLAN + text).name == "Acme"


def test_ranges_that_take_away_the_percentage_of_other_codes_are_refused(tmp_path: Path) -> None:
    """A base of 110 percent, and 125 for one code: every other code was paid 100, unsaid."""
    (tmp_path / "base.toml").write_text(OURS, encoding="utf-8")
    ranges = '[[{}]]\nfirst = "64483"\npercent = 125\n'
    begun = HEAD + 'base = "base.toml"\n'
    with pytest.raises(PayerError, match="takes away the base payer's percentage of every other"):
        payer(tmp_path, begun + ranges.format("percent_of_medicare"))
    both = "[percent_of_medicare]\noverall = 110\n" + ranges.format("percent_of_medicare.by_code")
    assert payer(tmp_path, begun + both).plan == "commercial"


def test_a_percentage_behind_the_base_s_rate_names_it(tmp_path: Path) -> None:
    base = HEAD + PLAN + '[[rate]]\nname = "all"\npercent_of_medicare = 140\n'
    (tmp_path / "base.toml").write_text(base, encoding="utf-8")
    with pytest.raises(PayerError, match=r"percent_of_medicare: is never asked, .* the base's all"):
        payer(tmp_path, HEAD + 'base = "base.toml"\npercent_of_medicare = 115\n')
    own = "[[rate]]\npercent_of_medicare = 115\n"
    assert payer(tmp_path, HEAD + 'base = "base.toml"\n' + own).name == "Acme"


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ("0", "cannot be 0, which is less than the least, 1"),
        ("9999", "cannot be 9999, which is more than the most, 3660"),
        ('"90"', "is a whole number, such as 90"),
        ("90.5", "is a whole number, such as 90"),
    ],
)
def test_days_to_appeal_out_of_bounds_are_said_to_be(tmp_path: Path, days: str, said: str) -> None:
    (tmp_path / "acme.toml").write_text(OURS + f"[remittance]\nappeal_days = {days}\n", "utf-8")
    with pytest.raises(PayerError, match=rf"remittance\.appeal_days: {said}"):
        load_payer(tmp_path / "acme.toml")
