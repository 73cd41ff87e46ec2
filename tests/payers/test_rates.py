"""The rates of a contract: which lines each is for, what it pays, and what is said of a slip."""

from pathlib import Path

import polars as pl
import pytest

from payrules.content import content_folder
from payrules.errors import PayerError, ScheduleError
from payrules.payers import differences
from payrules.payers.left_open import sentences
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.scenarios import Comparison, baseline
from payrules.scenarios.plan import totals_of
from payrules.scenarios.scenario import scenario
from payrules.scenarios.tornado import tornado
from payrules.schedules import load_schedules
from tests.payers.files import HEAD, OWN, RELEASE, batch, payer, priced, rules_of
from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line, parts

WHOLE = (
    "the dollars are for the whole service, and this line is for a component of it, or was ended"
    " (53): priced without them"
)
CODES = by_hand(
    *(code(hcpcs, "100.00") for hcpcs in ("20000", "64483", "99213", "70010")),
    code("30000", "100.00", multiple="2"),
    code("30001", "80.00", multiple="2", assistant="2"),
    code("90000", status="C"),
    code("80000", status="X"),
    code("S2000", status="I"),
    code("00100", status="J"),
    code("01999", status="J"),
    code("50000", status="N"),
    code("60000", status="B"),
)


def rate(*settings: str) -> str:
    return "[[rate]]\n" + "\n".join(settings) + "\n"


def pays(service: str, amount: str, said: str, **named: str):
    return line(service, amount, f"contract, {said}", **named)


NO_SPECIALTY = (
    "contract, orthopedic surgeons: for specialty 20 207X, and the line names none: priced without"
    " it"
)
#: Tennessee, Rules 0800-02-18 and the fee guidelines; Texas, 28 TAC 134.203; Texas Medicaid.
TABLE = CaseTable(
    "contract_rate",
    [
        case(
            "orthopedic surgeons at 275 % of surgery",
            pays(
                *("20000", "275.00", "orthopedic surgeons: 275 % of Medicare"),
                rendering_taxonomy="207X00000X",
                factor="2.75",
            ),
        ),
        case(
            "so by the specialty's number",
            pays("20000", "275.00", "orthopedic surgeons: 275 % of Medicare", specialty="20"),
        ),
        case(
            "all other surgery at 200 %",
            pays("20000", "200.00", "surgery: 200 % of Medicare", review=NO_SPECIALTY),
        ),
        case(
            "and without a note where the line names another specialty",
            pays("20000", "200.00", "surgery: 200 % of Medicare", specialty="06"),
        ),
        case(
            "in the office surgery is paid as all else",
            pays("20000", "150.00", "rate 6: 150 % of Medicare", pos="11", review=NO_SPECIALTY),
        ),
        case(
            "a modifier of its own",
            pays("70010 59", "90.00", "rate 3: 90 % of Medicare", carc="45"),
        ),
        case(
            "dollars a unit, whatever ranking left",
            pays("30001", "310.25", "flat: $310.25 a unit"),
            line("30000", "200.00", "contract, surgery: 200 % of Medicare", review=NO_SPECIALTY),
        ),
        case("of each unit", pays("30001", "620.50", "flat: $310.25 a unit", units="2")),
        case(
            "no more than the charge",
            line(
                "30001",
                "300.00",
                "contract, flat: $310.25 a unit",
                charge="300.00",
                carc="45",
                codes=(None, None, None),
            ),
        ),
        case(
            "80 % of the charge where Medicare has no price",
            pays("90000", "400.00", "without a price: 80 % of the charge", charge="500.00"),
        ),
        case(
            "so of a code that the schedule does not pay",
            pays("S2000", "16.00", "without a price: 80 % of the charge", charge="20.00"),
        ),
        case(
            "a test whose price stands in a file that is not at hand is not without one",
            line(
                "80000",
                None,
                status="not_on_schedule",
                charge="20.00",
            ),
        ),
        case(
            "nor is anesthesia, which lacks its minutes",
            line("00100", None, status="by_report", charge="500.00"),
        ),
        case(
            "unlisted anesthesia is without one",
            pays("01999", "400.00", "without a price: 80 % of the charge", charge="500.00"),
        ),
        case(
            "without a charge such a line stays for a person",
            line(
                *("90000", None),
                status="by_report",
                review="contract, without a price: a percentage of the charge, and the line has"
                " none",
            ),
        ),
        case(
            "an assistant is paid 16 % of the dollars of the whole service",
            pays("30001 80", "49.64", "flat: $310.25 a unit, part or role at 16 %"),
        ),
        case(
            "what a modifier left to a person is no line without a price",
            line("30001 53", None, status="by_report", charge="500.00"),
        ),
        *(
            case(
                f"nor is one that {modifier} ends by itself",
                line(f"90000 {modifier}", None, status="by_report", charge="500.00"),
            )
            for modifier in ("GY", "GZ", "PA", "74")
        ),
        case(
            "what Medicare does not cover no percentage pays",
            line("50000", "0.00", status="denied", carc="96", charge="500.00"),
        ),
        case(
            "nor what it bundles",
            line("60000", "0.00", status="bundled", carc="97", charge="500.00"),
        ),
        case(
            "a percentage is of what Medicare's rules left",
            pays(
                *("99213", "127.50", "rate 6: 150 % of Medicare"),
                kind="nurse_practitioner",
                carc="45",
                codes=(None, None, None),
            ),
        ),
    ],
    CODES,
    rules=rules_of(
        '[codes]\nsurgery = ["10004-69990"]\n'
        + rate('name = "flat"', 'codes = ["30001"]', 'amount = "310.25"')
        + rate(
            'name = "orthopedic surgeons"',
            'codes = ["@surgery"]',
            'specialty = ["207X", "20"]',
            "percent_of_medicare = 275",
        )
        + rate('modifier = "59"', "percent_of_medicare = 90")
        + rate(
            'name = "surgery"',
            'codes = ["@surgery"]',
            'setting = "facility"',
            "percent_of_medicare = 200",
        )
        + rate('name = "without a price"', 'when = "no_price"', "percent_of_charge = 80")
        + rate("percent_of_medicare = 150")
    ),
)
DATED = CaseTable(
    "contract_rate",
    [
        case("before its first value", line("20000", "100.00", date="2024-12-31")),
        case("110 %", pays("20000", "110.00", "rate 1: 110 % of Medicare", date="2025-01-01")),
        # 110 × 1.03 = 113.3; × 1.025 = 116.1325
        case(
            "an escalator",
            pays("20000", "113.30", "rate 1: 113.3 % of Medicare", date="2026-01-01"),
        ),
        case(
            "and the next upon it",
            pays("20000", "116.13", "rate 1: 116.13 % of Medicare", date="2027-01-01"),
        ),
        case(
            "dollars by date, each with its escalator",
            pays("30000", "206.00", "rate 2: $206.00 a unit", date="2026-02-01"),
        ),
    ],
    CODES,
    rules=rules_of(
        rate(
            'codes = ["20000"]',
            "percent_of_medicare = { 2025-01-01 = 110 }",
            "escalator = { 2026-01-01 = 1.03, 2027-01-01 = 1.025 }",
        )
        + rate(
            'codes = ["30000"]',
            'amount = { 2025-01-01 = "200.00" }',
            "escalator = { 2026-01-01 = 1.03 }",
        )
    ),
)

#: Texas, 28 TAC 134.203 and its preamble: 66.32 for surgery in a facility, 52.83 for all other.
FACTORS = CaseTable(
    "contract_rate",
    [
        case(
            "surgery in a facility by its own factor",
            pays("20000", "6632.00", "surgery: conversion factor 66.3200", fee="6632.00"),
        ),
        case(
            "in the office by the other",
            pays("20000", "5283.00", "rate 2: conversion factor 52.8300", pos="11"),
        ),
        # 80 × 52.83 = 4226.40 is more than 60 × 66.32 = 3979.20, half of which is paid.
        case(
            "procedures rank by what the contract makes of them",
            pays(
                "30002",
                "1989.60",
                "surgery: conversion factor 66.3200",
                carc="59",
                codes=(None, None, None),
            ),
            pays("90001", "4226.40", "rate 2: conversion factor 52.8300"),
        ),
        # 200 − 100 of base, each at 66.32.
        case(
            "an endoscopy is less its base by the same factor",
            pays("45385", "19896.00", "surgery: conversion factor 66.3200"),
            pays(
                "45380",
                "6632.00",
                "surgery: conversion factor 66.3200",
                carc="59",
                codes=(None, None, None),
            ),
        ),
        case(
            "its professional part alone",
            pays("76000 26", "2113.20", "rate 2: conversion factor 52.8300"),
        ),
        case(
            "before its first day Medicare's factor",
            line("20000", "100.00", date="2008-02-28"),
        ),
    ],
    by_hand(
        code("20000", "100.00"),
        code("30002", "60.00", multiple="2"),
        code("90001", "80.00", multiple="2"),
        code("45378", "100.00", multiple="2"),
        code("45380", "200.00", multiple="3", base="45378"),
        code("45385", "300.00", multiple="3", base="45378"),
        *parts("76000", "40.00", "60.00"),
    ),
    rules=rules_of(
        rate(
            'name = "surgery"',
            'codes = ["10004-69990"]',
            'setting = "facility"',
            'conversion_factor = { 2008-03-01 = "66.32" }',
        )
        + rate('conversion_factor = { 2008-03-01 = "52.83" }')
    ),
)


#: Of the starter's selection of codes, 2026; 71046-26 is (0.18 + 0.10 + 0.02) × 40 = 12.00.
NOT_AT_HAND = CaseTable(
    "contract_rate",
    [
        case(
            f"a price that is not at hand is not none: {service}, {day}",
            line(service, None, status="not_on_schedule", charge="500.00", date=day),
        )
        for service, day in (
            ("21015", "2026-03-02"),
            ("J9271", "2026-03-02"),
            ("A0429", "2026-03-02"),
            ("99214", "2019-03-02"),
        )
    ]
    + [
        case(
            "the first rate that pays a line makes its factor, not one in dollars for the whole",
            pays(
                *("71046 26", "12.00", "rate 4: conversion factor 40.0000"),
                fee="12.00",
                review=f"contract, rate 2: {WHOLE}",
            ),
        ),
        case(
            "nor a share of a charge that the line has not: (1.30 + 0.33 + 0.09) × 40",
            pays(
                *("99213", "68.80", "rate 4: conversion factor 40.0000"),
                fee="68.80",
                review="contract, rate 3: a percentage of the charge, and the line has none: priced"
                " without it",
            ),
        ),
    ],
    rules=rules_of(
        rate('when = "no_price"', "percent_of_charge = 80")
        + rate('codes = ["71046"]', "amount = 310")
        + rate('codes = ["99213"]', "percent_of_charge = 50")
        + rate("conversion_factor = 40")
    ),
    date="2026-03-02",
)


@every_case(TABLE, DATED, FACTORS, NOT_AT_HAND)
def test_rates(table: CaseTable, case) -> None:
    table.check(case)


def test_a_file_s_rates_are_asked_before_its_base_s(tmp_path) -> None:
    base = HEAD + rate('name = "theirs"', "percent_of_medicare = 110")
    (tmp_path / "policy.toml").write_text(base, encoding="utf-8")
    acme = payer(
        tmp_path,
        HEAD + 'base = "policy.toml"\n' + rate('name = "ours"', 'codes = ["20000"]', "amount = 1"),
    )
    assert [each.term for each in differences(acme)] == ["ours", "theirs"]


def test_dollars_and_a_share_of_the_charge_stand_beside_a_fee_schedule(tmp_path) -> None:
    fees = "hcpcs_code,facility_amount\n99213,100.00\n"
    text = OWN + rate('when = "no_price"', "percent_of_charge = 80")
    assert "contract_rate" in [each.name for each in payer(tmp_path, text, fees).rules]
    with pytest.raises(PayerError, match="rate: a percentage of Medicare cannot be combined"):
        payer(tmp_path, OWN + rate("percent_of_medicare = 80"), fees)


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ("", "does not say what is paid; give one of percent_of_medicare"),
        ("percent_of_medicare = 110\namount = 5", "says percent_of_medicare and amount"),
        ("percent_of_medicare = 1.1", "cannot be 1.1; it is a percentage of Medicare"),
        ("percent_of_charge = 0.8", "cannot be 0.8; it is a percentage of the charge"),
        ("percent_of_charge = 120", "cannot be 120"),
        ('percent_of_medicare = 110\nwhen = "no_price"', "needs Medicare's price"),
        ('percent_of_medicare = 110\nsetting = "office"', "cannot be 'office'"),
        ('percent_of_medicare = 110\nplaces = ["2"]', "'2' is no place of service"),
        ('percent_of_medicare = 110\nplaces = ["37"]', "'37' is no place of service"),
        ('percent_of_medicare = 110\nspecialty = ["x y"]', "is no specialty"),
        ('percent_of_medicare = 110\nspecialty = ["ABC"]', "'ABC' is no specialty"),
        ('percent_of_medicare = 110\nspecialty = ["6"]', "neither list ships with payrules"),
        ('percent_of_medicare = 110\nspecialty = ["207X00000Y"]', "is no specialty"),
        ('percent_of_medicare = 110\nmodifier = "ZZ9"', "'ZZ9' is no modifier"),
        ('percent_of_medicare = 110\npractitioner_type = ["np"]', "no such practitioner type"),
        ('percent_of_medicare = 110\ncodes = ["@x"]', "there is no list '@x'"),
        ("percent_of_medicare = 110\nescalator = 1.03", "needs its first days"),
        ("percent_of_medicare = 900\nescalator = { 2026-01-01 = 1.9 }", "makes 1710"),
        ("percent_of_medicare = 110\nescalator = { 2026-01-01 = 3 }", "cannot be 3"),
        ('percent_of_medicare = 110\ncites = " "', "cites: is blank"),
        (
            "percent_of_medicare = 110\nfirst_day = 2026-02-01\nlast_day = 2026-01-01",
            "comes before first_day",
        ),
        ('conversion_factor = 66.32\nmodifier = "26"', "cannot narrow a conversion factor"),
        ("conversion_factor = 6632", "cannot be 6632; a conversion factor is dollars a unit"),
        ("percent_of_medicare = 110\nspecialty = []", "specialty: is empty"),
        ('percent_of_medicare = 110\ncodes = "27447"', "codes: is a list; write it in brackets"),
        ("percent_of_medicare = 110\nplace = 5", "place: payrules does not read this"),
    ],
)
def test_a_rate_that_says_no_price_is_refused(tmp_path, settings: str, fault: str) -> None:
    with pytest.raises(PayerError) as refused:
        payer(tmp_path, HEAD + rate(settings))
    assert fault in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_what_if_sets_a_rate_and_a_tornado_moves_it(tmp_path) -> None:
    acme = payer(tmp_path, HEAD + rate('name = "ours"', "percent_of_medicare = 110"))
    lines = batch({"hcpcs_code": "62323"}, day="2026-03-02", place="11")
    starter = load_schedules(content_folder("fee_schedules"))
    base = baseline(lines, Setup(payer=acme, schedules=starter, locality="national"))
    assert base.total() == 30054
    draft = {"title": "dearer", "cites": "a draft", "rate": [{"percent_of_medicare": "120"}]}
    assert totals_of(base, scenario(draft, "draft"))["allowed_amount"] == 32786
    moved = (pl.col("term") == "rate.ours") & (pl.col("measure") == "allowed_amount")
    (row,) = tornado(base).filter(moved).to_dicts()
    assert (row["low"], row["high"]) == ("99", "121")


def test_a_contract_is_frozen_on_a_release(tmp_path) -> None:
    lines = batch({"hcpcs_code": "62323"}, day="2026-03-02", place="11")
    starter = load_schedules(content_folder("fee_schedules"))

    def priced(text: str, **asked: str) -> tuple[str, str]:
        setup = Setup(
            payer=payer(tmp_path, HEAD + text), schedules=starter, locality="national", **asked
        )
        row = estimate(lines, setup).lines.row(0, named=True)
        return row["release"], str(row["allowed_amount"])

    today = priced("")
    frozen = priced('base_release = "starter-2025"\n')
    assert today == ("starter-2026", "273.22")
    assert frozen[0] == "starter-2025"
    assert frozen[1] != today[1]
    # The release that is asked for goes before.
    assert priced('base_release = "starter-2025"\n', release="starter-2026") == today
    with pytest.raises(ScheduleError, match="Acme's base_release: There is no release"):
        priced('base_release = "2019"\n')


def test_a_contract_moves_to_another_release_on_a_day(tmp_path) -> None:
    """Rates by year of service: "2025 Medicare until June 2026, then that of 2026"."""
    starter = load_schedules(content_folder("fee_schedules"))
    policy = HEAD.replace("Acme", "Policy", 1) + 'base_release = { 2026-01-01 = "starter-2025" }\n'
    (tmp_path / "policy.toml").write_text(policy, encoding="utf-8")
    text = 'base = "policy.toml"\nbase_release = { 2026-07-01 = "starter-2026" }\n'
    acme = payer(tmp_path, HEAD + text)
    lines = pl.concat(
        batch({"hcpcs_code": "62323", "person_id": day, "claim_id": day}, day=day, place="11")
        for day in ("2025-03-03", "2026-03-02", "2026-07-01")
    )
    setup = Setup(payer=acme, schedules=starter, locality="national")
    found = estimate(lines, setup)
    assert found.lines["release"].to_list() == ["starter-2025", "starter-2025", "starter-2026"]
    first = found.adjustments.filter(pl.col("step") == 0)
    assert [cites.endswith("; Acme agreement 2026, exhibit B") for cites in first["cites"]] == [
        *(False, True, True)
    ]
    (said,) = (each for each in differences(acme) if each.term == "base_release")
    assert said.payer == (
        "the release in force on the day; starter-2025 from 2026-01-01; starter-2026 from"
        " 2026-07-01"
    )
    asked = estimate(
        lines, Setup(payer=acme, schedules=starter, locality="national", release="starter-2026")
    )
    assert asked.lines["release"].unique().to_list() == ["starter-2026"]


def test_a_frozen_release_is_a_difference(tmp_path) -> None:
    acme = payer(tmp_path, HEAD + 'base_release = "2024"\n')
    (found,) = differences(acme)
    assert (found.term, found.payer) == ("base_release", "2024, whatever the day of service")


def test_a_what_if_sets_a_conversion_factor_of_a_contract(tmp_path) -> None:
    acme = payer(tmp_path, HEAD + rate("conversion_factor = 40"))
    lines = batch({"hcpcs_code": "62323"}, day="2026-03-02", place="11")
    starter = load_schedules(content_folder("fee_schedules"))
    base = baseline(lines, Setup(payer=acme, schedules=starter, locality="national"))
    draft = scenario(
        {"title": "dearer", "cites": "a draft", "rate": [{"conversion_factor": "80"}]}, "draft"
    )
    before = base.total()
    assert abs(totals_of(base, draft)["allowed_amount"] - 2 * before) <= 1
    one = Comparison(base, draft)
    assert one.after["allowed_amount"].sum() - before in {before - 1, before, before + 1}


def test_a_source_of_rates_and_shares_is_what_their_steps_cite(tmp_path) -> None:
    text = (
        rate("percent_of_medicare = 110")
        + '[[terms.modifier.share]]\nmodifier = "52"\nshare = 0.5\n'
        + '[[terms.modifier.share]]\nmodifier = "53"\nshare = 0.5\ncites = "page 3"\n'
        + '[[source]]\nterm = "rate"\ntitle = "Exhibit B"\n'
        + '[[source]]\nterm = "modifier.share"\ntitle = "Reduced Services"\n'
    )
    acme = payer(tmp_path, HEAD + text)
    found = {each.term: each.cites for each in differences(acme)}
    assert found == {"share 52": "Reduced Services", "share 53": "page 3", "rate 1": "Exhibit B"}
    lines = batch({"hcpcs_code": "62323", "hcpcs_modifiers": "52"}, day="2026-03-02", place="11")
    starter = load_schedules(content_folder("fee_schedules"))
    priced = estimate(lines, Setup(payer=acme, schedules=starter, locality="national"))
    cites = dict(priced.adjustments.select("rule", "cites").rows())
    assert cites["modifier_share"] == "Reduced Services"
    assert cites["contract_rate"] == "Exhibit B"


def test_a_blank_release_is_no_release_to_freeze_on(tmp_path) -> None:
    with pytest.raises(PayerError, match="base_release: is blank; name a release"):
        payer(tmp_path, HEAD + 'base_release = " "\n')


def test_two_rates_of_one_name_are_refused(tmp_path) -> None:
    """A step names the rate that pays: of two of one name nobody could tell which."""
    first = rate('name = "Surgery"', 'codes = ["20000"]', "percent_of_medicare = 110")
    second = rate('name = "surgery"', "percent_of_medicare = 120")
    said = "rate entry 2.name: 'surgery' is the name of rate entry 1 too"
    with pytest.raises(PayerError, match=said):
        payer(tmp_path, HEAD + first + second)
    with pytest.raises(PayerError, match="'rate 2' is the name of rate entry 1 too"):
        payer(tmp_path, HEAD + first.replace("Surgery", "rate 2") + rate("amount = 5"))
    # A file's own rate may bear the name of its base's, before which it is asked.
    (tmp_path / "policy.toml").write_text(HEAD + first, encoding="utf-8")
    assert payer(tmp_path, HEAD + 'base = "policy.toml"\n' + second)


def test_a_file_asks_for_the_lists_of_its_base(tmp_path) -> None:
    lists = '[codes]\nscopes = ["45378"]\nsurgery = ["10004-69990"]\n'
    asks = rate('codes = ["@scopes", "@surgery"]', "percent_of_medicare = 110")
    (tmp_path / "policy.toml").write_text(HEAD + asks + lists, encoding="utf-8")
    own = HEAD + 'base = "policy.toml"\n' + rate('codes = ["@scopes"]', "amount = 5")

    def codes(text: str) -> list[tuple[tuple[str, str], ...]]:
        rules = {each.name: each for each in payer(tmp_path, text).rules}
        return [each.codes for each in rules["contract_rate"].terms["rates"].each]

    theirs = (("10004", "69990"), ("45378", "45378"))
    assert codes(own) == [(("45378", "45378"),), theirs]
    # One of its own name is for its own terms; the base's stay as they are.
    assert codes(own + '[codes]\nscopes = ["43235"]\n') == [(("43235", "43235"),), theirs]


@pytest.mark.parametrize("name", ["20x4", "24D", "2O24", "20245"])
def test_a_release_that_begins_with_no_year_is_refused(tmp_path, name: str) -> None:
    with pytest.raises(PayerError, match=f"base_release: '{name}' begins with no year"):
        payer(tmp_path, HEAD + f'base_release = "{name}"\n')


def test_dollars_with_their_own_indicators_use_no_release_to_freeze(tmp_path) -> None:
    fees = "hcpcs_code,facility_amount\n99213,100.00\n"
    said = "with its own indicators uses no release"
    with pytest.raises(PayerError, match=f"base_release: fees.csv {said}"):
        payer(tmp_path, HEAD + 'base_release = "2024D"\n' + OWN.removeprefix(HEAD), fees)
    (tmp_path / "policy.toml").write_text(HEAD + 'base_release = "2024D"\n', encoding="utf-8")
    with pytest.raises(PayerError, match=f"fee_schedule: fees.csv {said}"):
        payer(tmp_path, HEAD + 'base = "policy.toml"\n' + OWN.removeprefix(HEAD), fees)
    assert payer(tmp_path, HEAD + 'base_release = "2024D"\n' + RELEASE.removeprefix(HEAD), fees)


@pytest.mark.parametrize(
    ("written", "is_told"),
    [
        (rate('codes = ["20000"]', "percent_of_medicare = 110"), True),
        (rate("amount = 5"), True),
        (rate('when = "no_price"', "percent_of_charge = 80"), True),
        ('[[percent_of_medicare]]\nfirst = "20000"\npercent = 110\n', True),
        (rate("percent_of_medicare = 110"), False),
        # Drugs, laboratory tests and anesthesia are none of its lines.
        (rate("conversion_factor = 40"), True),
        ("percent_of_medicare = 110\n" + rate('codes = ["20000"]', "amount = 5"), False),
        ("", False),
    ],
)
def test_codes_that_no_rate_fits_are_said_to_be_paid_as_medicare_s(
    tmp_path, written: str, is_told: bool
) -> None:
    acme = payer(tmp_path, HEAD + 'plan = "commercial"\n' + written)
    told = [each for each in sentences(acme, {}) if "that none of its rates fits" in each]
    assert bool(told) is is_told


def test_a_rate_for_what_has_no_price_says_that_no_edit_is_asked_there(tmp_path: Path) -> None:
    """Nine units of 80 percent of the charge were paid, and nothing said that no edit saw them."""
    head = f'{HEAD}plan = "commercial"\npercent_of_medicare = 110\n'
    rate = '[[rate]]\nname = "by report"\nwhen = "no_price"\npercent_of_charge = 80\n'
    said = "Acme: by report pays lines that Medicare has no price for, and Medicare's edits"
    for text, is_told in ((head, False), (head + rate, True)):
        told = [*sentences(payer(tmp_path, text), {})]
        assert any(each.startswith(said) for each in told) is is_told


NOT_ASKED = """
not_over = { percent_of_charge = 90 }
[[rate]]
name = "surgeons"
specialty = ["207X"]
percent_of_medicare = 275
[[rate]]
name = "nurses"
practitioner_type = ["nurse_practitioner"]
percent_of_medicare = 180
[[rate]]
name = "all else"
percent_of_medicare = 200
not_over = { percent_of_charge = 80 }
"""


@pytest.mark.parametrize(
    ("column", "value", "silent"),
    [
        ("rendering_taxonomy", "208000000X", ("surgeons", "nurses")),
        ("rendering_specialty", "20", ()),
        ("practitioner_type", "dietitian", ("nurses",)),
        ("charge_amount", "90.00", ("all else, ", "Acme: the limit")),
    ],
)
def test_a_rate_that_the_claims_cannot_answer_is_told(
    tmp_path, column: str, value: str, silent: tuple[str, ...]
) -> None:
    """A batch without a column of specialties was paid by the next rate, and nothing was said."""
    acme = payer(tmp_path, f'{HEAD}plan = "workers_compensation"\n{NOT_ASKED}')
    found = priced(batch({"hcpcs_code": "99213", column: value}), acme, locality="national")
    told = {
        "surgeons": "Acme: surgeons is for specialty 207X, and the claims have no column"
        " rendering_taxonomy: it paid no line.",
        "nurses": "Acme: nurses is for practitioner_type nurse_practitioner, and the claims have no"
        " column practitioner_type or rendering_taxonomy: it paid no line.",
        "Acme: the limit": "Acme: the limit of a percentage of the charge is left out, for the"
        " claims have no column charge_amount.",
        "all else, ": "Acme: all else, the limit of a percentage of the charge is left out, for the"
        " claims have no column charge_amount.",
    }
    if column == "rendering_specialty":
        told["surgeons"] = told["surgeons"].replace(
            "it paid no line", "it can pay only lines whose rendering_specialty is a taxonomy code"
        )
    wanted = [sentence for name, sentence in told.items() if name not in silent]
    assert [*found.run.payer.left_open] == wanted


def test_lines_before_the_rate_begins_are_told(tmp_path: Path) -> None:
    """They were paid as Medicare does, and nothing said so."""
    head = HEAD + 'plan = "commercial"\n'
    for text, day, begins in (
        ("percent_of_medicare = { 2025-06-01 = 150 }\n", "2025-03-03", True),
        ("percent_of_medicare = { 2025-06-01 = 150 }\n", "2025-06-01", False),
        ("[[rate]]\npercent_of_medicare = { 2025-06-01 = 150 }\n", "2025-03-03", True),
        ("percent_of_medicare = { 2024-06-01 = 120, 2025-06-01 = 150 }\n", "2025-03-03", False),
    ):
        acme = payer(tmp_path, head + text)
        found = priced(batch({"hcpcs_code": "99213"}, day=day), acme, locality="national")
        told = " ".join(found.run.payer.left_open)
        said = f"begins on 2025-06-01, and the claims on {day}: lines of earlier days are paid as"
        assert (said in told) is begins, (text, day)


def test_a_specialty_is_met_as_systems_write_it(tmp_path: Path) -> None:
    """Small letters, a spreadsheet's 6 for 06, and a taxonomy as the specialty met no rate."""
    text = HEAD + 'plan = "commercial"\n[[rate]]\nspecialty = ["06", "207X", "C0"]\n'
    acme = payer(tmp_path, text + 'amount = "50.00"\n[[rate]]\namount = "9.00"\n')
    written = [
        ("6", ""),
        ("06", ""),
        ("c0", ""),
        ("", "207x00000x"),
        ("207X00000X", ""),
        ("60", ""),
        ("", "207R00000X"),
    ]
    rows = [
        {
            **{"hcpcs_code": "99213", "person_id": str(number), "claim_id": str(number)},
            **{"rendering_specialty": specialty, "rendering_taxonomy": taxonomy},
        }
        for number, (specialty, taxonomy) in enumerate(written)
    ]
    found = priced(batch(*rows), acme, locality="national").lines["allowed_amount"]
    assert [str(each) for each in found] == [*["50.00"] * 5, *["9.00"] * 2]


def test_a_line_that_lacks_what_a_rate_asks_for_has_a_note(tmp_path: Path) -> None:
    """It was paid by the next rate, or as Medicare does, without a word."""
    text = """plan = "commercial"
[[rate]]
name = "surgeons"
specialty = ["20"]
percent_of_medicare = 275
[[rate]]
name = "injections"
codes = ["20610"]
percent_of_charge = 60
[[rate]]
name = "by report"
when = "no_price"
percent_of_charge = 80
[[rate]]
percent_of_medicare = 200
"""
    acme = payer(tmp_path, HEAD + text)
    lines = [
        ("99213", "20", "100.00"),
        ("99213", "06", "100.00"),
        ("99213", "", "100.00"),
        ("20610", "06", ""),
        ("0075T", "06", ""),
        ("0075T", "06", "500.00"),
    ]
    rows = [
        {
            **{"hcpcs_code": code, "person_id": str(number), "claim_id": str(number)},
            **{"rendering_specialty": specialty, "charge_amount": charge},
        }
        for number, (code, specialty, charge) in enumerate(lines)
    ]
    found = priced(batch(*rows), acme, locality="national").lines
    assert [None if each is None else each[:40] for each in found["review"]] == [
        *(None, None),
        "contract, surgeons: for specialty 20, an",
        "contract, injections: a percentage of th",
        "contract, by report: a percentage of the",
        None,
    ]


def test_a_contract_of_a_conversion_factor_alone_says_what_it_leaves_to_medicare(
    tmp_path: Path,
) -> None:
    """Drugs, laboratory tests and anesthesia were paid all of Medicare without a word."""
    head = HEAD + 'plan = "commercial"\n[[rate]]\nconversion_factor = 60\n'
    (said, _) = sentences(payer(tmp_path, head), {})
    assert said.startswith("Acme pays lines that none of its rates fits as Medicare does")
    rest = "[[rate]]\npercent_of_medicare = 100\n"
    assert len([*sentences(payer(tmp_path, head + rest), {})]) == 1


def test_a_rate_of_what_is_a_share_already_is_told_what_both_make(tmp_path) -> None:
    rate = "[[rate]]\npercent_of_medicare = {}\n"
    nurse = 'practitioner_type = ["nurse_practitioner"]\n'
    own = "[terms.practitioner.shares]\nnurse_practitioner = 1\n"
    of_80 = 'modifier = "80"\n'
    share = "[terms.modifier]\nshare = { 80 = 0.5 }\n"
    cases = (
        (
            rate.format(85) + nurse,
            ["rate 1 pays 85 % of what Medicare's terms pay a nurse_practitioner, which is 85 %"],
        ),
        (rate.format(110) + nurse, []),
        (rate.format(85) + nurse + own, []),
        (rate.format(85) + 'practitioner_type = ["physician"]\n', []),
        (rate.format(16) + of_80, ["rate 1 pays 16 % of what Medicare's terms leave of a line"]),
        (rate.format(16) + of_80 + share, []),
        (rate.format(16) + 'modifier = "26"\n', []),
    )
    for text, expected in cases:
        acme = payer(tmp_path, HEAD + 'plan = "commercial"\n' + text)
        told = [
            each for each in sentences(acme, {}) if "terms pay" in each or "terms leave" in each
        ]
        assert len(told) == len(expected), text
        for one, beginning in zip(told, expected, strict=True):
            assert one.startswith(f"Acme: {beginning}")
