"""Scenario files: what they may say, what is refused and with which suggestion, and stacking."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from payrules.errors import ScenarioError
from payrules.scenarios import plan, read_scenario, scenario, stack
from payrules.scenarios.schedule_changes import change_schedules
from tests.pricing_cases import STARTER
from tests.scenarios.grounds import HEAD, demo, says

FIRST = "\n".join(['title = "A"', 'cites = "a"', "conversion_factor = 33.0", ""])
SECOND = "\n".join(['title = "B"', 'cites = "b"', "[terms.multiple_procedure]", "later = 0.40", ""])


def refused(**written: Any) -> str:
    """Give what is said of a scenario that the form refuses."""
    with pytest.raises(ScenarioError) as fault:
        scenario({**HEAD, **written}, "try.toml")
    return str(fault.value)


def refused_on_claims(**written: Any) -> str:
    """Give what is said of a scenario that does not fit the demonstration batch."""
    with pytest.raises(ScenarioError) as fault:
        plan(demo(), scenario({**HEAD, **written}, "try.toml"))
    return str(fault.value)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"conversion_facter": 33}, "perhaps 'conversion_factor'"),
        ({"terms": {"multiple_procedures": {"later": 1}}}, "perhaps 'multiple_procedure'"),
        (
            {"terms": {"multiple_procedure": {"latter": 1}}},
            "the rule has no such term; perhaps 'later'",
        ),
        ({"conversion_factor": {"set": 33, "scale": 1}}, "give one of 'set' and 'scale'"),
        ({"conversion_factor": {"scale": 105}}, "5 percent more is 1.05"),
        ({"conversion_factor": "33"}, "a number"),
        ({"conversion_factor": Decimal("33.00001")}, "four decimals"),
        ({"fees": [{"codes": "64483"}]}, "needs one of 'scale', 'amount'"),
        ({"fees": [{"amount": 5}]}, "name the codes"),
        ({"fees": [{"codes": "64530-64400", "scale": 1}]}, "last code comes before"),
        ({"fees": [{"codes": "6448", "scale": 1}]}, "write a code, or a range"),
        ({"fees": [{"family": "Visit", "scale": 1}]}, "perhaps 'Visits'"),
        ({"relative_values": [{"scale": 1, "parts": "labor"}]}, "it is 'work', 'practice_expense'"),
        (
            {"geographic_indices": [{"locality": "15202-00"}]},
            "needs either 'scale', or one or more",
        ),
        ({"claims": [{"where": {"hcpcs_code": "64483"}}]}, "changes nothing"),
        (
            {"claims": [{"add_modifier": "59", "drop_modifier": "59"}]},
            "adds modifier 59 and drops it",
        ),
        ({"title": " "}, "title: is blank"),
        ({"conversion_factor": 9_999_999_999}, "the range is from 0 to 999.9999"),
        ({"conversion_factor": Decimal("inf")}, "cannot be Infinity"),
        ({"conversion_factor": Decimal("nan")}, "cannot be NaN"),
        ({"anesthesia_conversion_factor": {"set": 10**400}}, "from 0 to 999.9999"),
        ({"conversion_factor": -1}, "a number from 0 to 999.9999"),
        ({"fees": [{"codes": "64483", "amount": Decimal("1e10")}]}, "from 0 to 10,000,000"),
        ({"fees": [{"codes": "64483", "amount": Decimal("nan")}]}, "cannot be NaN"),
        ({"fees": [{"codes": "64483", "scale": Decimal("inf")}]}, "cannot be Infinity"),
        ({"relative_values": [{"scale": 11}]}, "the range is from 0 to 10"),
        ({"geographic_indices": [{"work": 10}]}, "the range is from 0 to 9.999"),
        ({"claims": [{"volume": Decimal("1e40")}]}, "the range is from 0 to 10"),
        ({"percent_of_medicare": 1001}, "the range is from 10 to 1,000"),
        ({"terms": {"coinsurance": {"patient": 3}}}, "patient: cannot be 3; a factor is a share"),
        ({"terms": {"sequestration": {"cut": 2}}}, "the range is from 0 to 1"),
        ({"terms": {"bilateral": {"both": Decimal("0.5")}}}, "the range is from 1 to 2"),
        ({"terms": {"limiting_charge": {"limit": 4}}}, "the range is from 0 to 3"),
        ({"terms": {"practitioner": {"shares": {"physician": 2}}}}, "the range is from 0 to 1"),
    ],
    ids=lambda each: str(each)[:60],
)
def test_what_the_form_refuses_names_the_place_and_the_way_out(written, said: str) -> None:
    told = refused(**written)
    assert told.startswith("try.toml, ")
    assert said in told


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            {"claims": [{"where": {"hcpcs": "64483"}, "volume": 2}]},
            "the claims have no such column; perhaps 'hcpcs_code'",
        ),
        (
            {"claims": [{"where": {"place_of_service_code": "23"}, "volume": 2}]},
            "matches no line of the batch: 23 Emergency room; there are 10 Telehealth at home, 11",
        ),
        (
            {"claims": [{"where": {"hcpcs_code": "64483", "modifier": "59"}, "volume": 2}]},
            "matches no line: its conditions meet lines alone (hcpcs_code 2, modifier 3), none all",
        ),
        (
            {"claims": [{"where": {"person_id": "nobody"}, "volume": 2}]},
            "person_id: matches no line of the batch.",
        ),
        (
            {"claims": [{"set": {"place_of_service_code": "98"}}]},
            "entry 1.set.place_of_service_code: ",
        ),
        ({"claims": [{"set": {"practitioner_type": "nurse"}}]}, "practitioner_type"),
        ({"claims": [{"set": {"person_id": "x"}}]}, "cannot be changed"),
        ({"claims": [{"set": {"service_zip": "94110"}}]}, "set locality"),
        ({"claims": [{"set": {"participate": True}}]}, "perhaps 'participating'"),
        ({"claims": [{"add_modifier": "596"}]}, "is not a modifier"),
        (
            {
                "claims": [
                    {"where": {"hcpcs_code": "64483"}, "set": {"place_of_service_code": "11"}},
                    {"where": {"charge_amount": 1200}, "set": {"place_of_service_code": "24"}},
                ]
            },
            "sets place_of_service_code of lines that another entry sets to something else",
        ),
        (
            {
                "claims": [
                    {"where": {"modifier": "59"}, "drop_modifier": "59"},
                    {"add_modifier": "59"},
                ]
            },
            "another entry that drops modifier 59",
        ),
        (
            {"claims": [{"volume": 2}, {"where": {"modifier": "59"}, "volume": 3}]},
            "gives lines a volume",
        ),
        (
            {"fees": [{"codes": "64491", "scale": 1}]},
            "matches no line of the batch: 64491; the batch has",
        ),
        ({"geographic_indices": [{"locality": "01112-05", "work": 1}]}, "The batch has 15202-00"),
        (
            {"geographic_indices": [{"locality": "national", "work": 1.1}]},
            "matches no line: each index of `national` is 1, and stays so",
        ),
        (
            {"percent_of_medicare": 110, "fee_schedule": {"file": "04-pain-fees.csv"}},
            "there is no file 04-pain-fees.csv",
        ),
    ],
    ids=lambda each: str(each)[:60],
)
def test_what_the_claims_refuse_is_told_before_any_pricing(written, said: str) -> None:
    assert said in refused_on_claims(**written)


def test_changes_of_one_code_by_two_entries_contradict_each_other() -> None:
    from payrules.scenarios import Comparison  # noqa: PLC0415

    twice = says(
        fees=[{"codes": "64400-64500", "scale": 2}, {"codes": "64483", "amount": Decimal("310.25")}]
    )
    with pytest.raises(ScenarioError, match="changes 64483, which another entry changes too"):
        Comparison(demo(), twice)


def test_numbers_are_exact() -> None:
    said = says(
        conversion_factor=Decimal("32.3465"), fees=[{"codes": "64483", "amount": Decimal("310.25")}]
    )
    assert said.says.conversion_factor.of(0) == 323_465
    assert said.says.fees[0].amount == 31_025
    scaled = says(conversion_factor={"scale": Decimal("1.0250")}).says.conversion_factor
    assert scaled.of(323_465) == 331_552  # 33.1551625, half up to four decimals


def test_a_file_is_read_and_two_are_stacked(tmp_path: Path) -> None:
    for name, text in (("cf.toml", FIRST), ("later.toml", SECOND)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    both = read_scenario(f"{tmp_path / 'cf.toml'}+{tmp_path / 'later.toml'}")
    assert (both.title, both.cites, both.name) == ("A + B", "a; b", "cf.toml+later.toml")
    assert both.changes == ("conversion_factor", "terms")


def test_a_stack_that_contradicts_itself_says_what_and_with_which_values() -> None:
    one, other = (
        says(terms={"multiple_procedure": {"later": Decimal(each)}}) for each in ("0.4", "0.3")
    )
    with pytest.raises(
        ScenarioError, match=r"terms.multiple_procedure.later: .*to 0.4 and not 0.3"
    ):
        stack([one, other])
    assert stack([one, one]).says == one.says
    with pytest.raises(ScenarioError, match="conversion_factor"):
        stack([says(conversion_factor=33), says(conversion_factor={"scale": 1})])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"title = ", "not valid TOML"),
        (b"title = '\xff'", "not UTF-8"),
        (None, "perhaps 'cf.toml'"),
    ],
    ids=["toml", "utf-8", "missing"],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, text, said: str) -> None:
    (tmp_path / "cf.toml").write_text(FIRST, encoding="utf-8")
    path = tmp_path / "cff.toml"
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(ScenarioError, match=said):
        read_scenario(path)


def test_what_a_scenario_names_is_looked_for_beside_it(tmp_path: Path) -> None:
    (tmp_path / "fees.csv").write_text(
        "hcpcs_code,facility_amount\n64483,300.00\n", encoding="utf-8"
    )
    (tmp_path / "in-dollars.toml").write_text(
        'title = "A"\ncites = "a"\n[fee_schedule]\nfile = "fees.csv"\n', encoding="utf-8"
    )
    said = read_scenario(tmp_path / "in-dollars.toml").says
    assert Path(said.fee_schedule.file) == tmp_path / "fees.csv"


def test_a_dry_run_says_in_words_what_changes_and_how_many_lines_it_meets() -> None:
    said = says(
        claims=[
            {
                "where": {"hcpcs_code": "64483", "place_of_service_code": "22"},
                "set": {"place_of_service_code": "11"},
            }
        ],
        conversion_factor={"scale": Decimal("1.025")},
        terms={"multiple_procedure": {"later": Decimal("0.4")}, "lesser_of_charge": {"off": True}},
    )
    assert plan(demo(), said).words() == [
        "place of service becomes 11 Office where the code is 64483 and the place of service is 22"
        " On-campus outpatient hospital:"
        " 1 line",
        "the conversion factor is times 1.025: 59 lines",
        "the lesser of charge and fee: the rule is off: 1 line",
        "multiple procedures: each later one at 40 %: 8 lines",
    ]


def test_the_likeliest_slips_are_told_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "slip.toml"
    for text, said in (
        ('cites = "c"\n', "slip.toml, title: is missing; describe the scenario"),
        ('title = "t"\n', "slip.toml, cites: is missing; give the source of the change"),
        (
            'title = "t"\ncites = "c"\n[[relative_values]]\ncodes = "64483"\n',
            "slip.toml, line 3, relative_values entry 1.scale: is missing; give the factor to",
        ),
        (
            'title = "t"\ncites = "c"\n\n[terms.coinsurance]\npatient = 3\n',
            "slip.toml, line 5, terms.coinsurance.patient: cannot be 3; a factor is a share of one",
        ),
        ('title = "t"\ncites = "c"\nfees = 3\n', "line 3, fees: is a list of tables; begin each"),
        (
            'title = "t"\ncites = "c"\n[[claims]]\nvolume = 1\n[[claims]]\nwhere = 5\nvolume = 1\n',
            "slip.toml, line 6, claims entry 2.where: is a table, not a single value",
        ),
        (f'title = "t"\ncites = "c"\nfees = {"[" * 3000}\n', "nested more than 16 deep"),
        (f"{'a.' * 400}b = 1\n", "nested more than 16 deep"),
        (f"conversion_factor = {'9' * 5000}\n", "contains a number with too many digits"),
        ("conversion_factor = 1e99999999999999999999\n", "contains a number with too many digits"),
        ("# " + "x" * (5 << 20), "has more than 4 MB"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ScenarioError, match=re.escape(said)):
            read_scenario(path)
    path.write_bytes(b'title = "t"\ncites = "\xff"\n')
    with pytest.raises(ScenarioError, match=r"slip\.toml, line 2, is not UTF-8 text"):
        read_scenario(path)


def test_a_scaled_number_stays_within_reason() -> None:
    # 323465 × 10 four times over, as a stack of scales cannot: each scale is of what came in.
    for written, said in (
        ({"conversion_factor": {"scale": 10}}, None),
        ({"anesthesia_conversion_factor": {"scale": 10}}, None),
        ({"geographic_indices": [{"locality": "15202-00", "scale": 10}]}, "geographic_indices"),
    ):
        changed = says(**written)
        if said is None:
            change_schedules(STARTER, changed)
            continue
        release = change_schedules(STARTER, changed).releases[0]
        with pytest.raises(ScenarioError, match=f"{said}: makes a number .* 0 to 9.999 is within"):
            _ = release.localities
