"""Shares by modifier: what payers print for 22, 52, 53, 54 and others, in Medicare's place.

Where a payer prints a number, the amount is worked out on CMS's 2026C, national: 62323 in the
office 273.22, 27447 in a facility 1,159.35.
"""

from collections.abc import Sequence
from random import Random

import polars as pl
import pytest

from payrules.claims import read_batch
from payrules.content import content_folder
from payrules.engine.modifier_share import SHARED
from payrules.engine.pricing import price
from payrules.errors import PayerError
from payrules.payers import MEDICARE, differences
from payrules.payers.medicare import RULES
from payrules.runs.setup import Setup
from payrules.scenarios import baseline
from payrules.scenarios.plan import totals_of
from payrules.scenarios.scenario import scenario
from payrules.scenarios.sensitivity import read_sweep, sweep
from payrules.scenarios.tornado import tornado
from payrules.schedules import load_schedules
from tests import generated
from tests.payers.files import HEAD, batch, payer, rules_of
from tests.pricing_cases import STARTER, CaseTable, Line, by_hand, case, code, every_case, line
from tests.test_agreement import as_frame

#: The starter's releases hold the two codes as CMS's whole release does.
OFFICE = {"date": "2026-03-02", "pos": "11"}
FACILITY = {"date": "2026-03-02"}
IN_FULL_22, IN_FULL_52 = (
    f"modifier {modifier}: full amount; the payer decides on {what} case by case"
    for modifier, what in (("22", "additional payment"), ("52", "a reduction"))
)
ASSUMED = "55 without days of care: all days assumed"


def said(*shares: str) -> str:
    return "".join(f"[[terms.modifier.share]]\n{each}\n" for each in shares)


def by(modifiers: str, percent: str) -> str:
    plural = "s" if " " in modifiers else ""
    return f"contract: modifier{plural} {modifiers} at {percent} %"


def cut(service: str, pays: str, why: str, carc: str = "45", **named: str) -> Line:
    return line(service, pays, why, carc=carc, **named)


#: Each with the policy that prints it.
PRINTED = (
    # BCBSNE RP-X-007; Blue Cross NC, Harvard Pilgrim, Sanford, the Alliance, Priority Health alike.
    'modifier = "52"\nshare = { 2022-10-15 = 0.50 }\ncites = "BCBSNE RP-X-007 (2022-10-15)"',
    # UnitedHealthcare, Increased Procedural Services: 20 percent on top, not over the charge.
    'modifier = "22"\nshare = 1.20',
    'modifier = "63"\nshare = 1.20',
    # Humana, 2015-06-22.
    'modifier = "53"\nshare = 0.29',
    # The Alliance's guide.
    'modifier = "78"\nshare = 0.70',
    # Mich. Admin. Code R 418.10101 ff.
    'modifier = "81"\nshare = 0.13',
    # BCBSND NDRP-Surg-004: per surgeon and procedure, then multiple surgery reductions.
    'modifier = "66"\nshare = { 2018-07-01 = 0.625 }',
    # UnitedHealthcare, Advanced Practice Health Care Provider: incident to, in full.
    'modifier = "SA"\nshare = 1.00',
)
PAPER = CaseTable(
    "modifier_share",
    [
        case("52 at half", cut("62323 52", "136.61", by("52", "50"), factor="0.5", **OFFICE)),
        case("22 at 120 %", line("62323 22", "327.86", by("22", "120"), factor="1.2", **OFFICE)),
        case("63 at 120 %", line("62323 63", "327.86", by("63", "120"), **OFFICE)),
        case(
            "22 is not paid over the charge",
            cut(
                *("62323 22", "300.00", by("22", "120")),
                charge="300.00",
                codes=(None, None, None),
                **OFFICE,
            ),
        ),
        case("53 at 29 %", cut("62323 53", "79.23", by("53", "29"), **OFFICE)),
        case("78 at 70 %", cut("27447 78", "811.55", by("78", "70"), "B10", **FACILITY)),
        case(
            "81 at 13 %, where Medicare pays it as 80",
            cut("27447 81", "150.72", by("81", "13"), rarc="N646", **FACILITY),
        ),
        case(
            "80, which no share names, stays Medicare's 16 %",
            line("27447 80", "185.50", carc="45", rarc="N646", **FACILITY),
        ),
        case(
            "81 beside AS is no physician's, so Medicare's 13.6 %",
            line("27447 81 AS", "157.67", carc="45", rarc="N646", **FACILITY),
        ),
        # 273.22 × 1.2 = 327.864; 327.86 × 0.5 = 163.93
        case(
            "two modifiers, one share after the other, to the cent",
            cut(
                *("62323 22 52", "163.93"),
                "contract: modifier 22 at 120 %, modifier 52 at 50 %",
                **OFFICE,
            ),
        ),
        case("no modifier, no share", line("27447", "1159.35", **FACILITY)),
        case(
            "SA in full, where a nurse practitioner is paid 85 %",
            line("62323 SA", "273.22", by("SA", "100"), kind="nurse_practitioner", **OFFICE),
        ),
        case(
            "without SA a nurse practitioner is paid 85 %",
            line("62323", "232.24", carc="45", kind="nurse_practitioner", **OFFICE),
        ),
    ],
    rules=rules_of(said(*PRINTED)),
)
CODES = by_hand(
    code("10000", "100.00"),
    code("20000", "200.00", multiple="2"),
    code("30000", "100.00", multiple="2", team="1", co_surgeon="2", assistant="2"),
    code("40000", "50.00", "53"),
    code("40000", "100.00"),
    code("50000", "100.05", days="090", shares=(10, 69, 21), assistant="2"),
    code("80000", "300.00", multiple="2", days="090", shares=(10, 69, 21)),
    code("99213", "50.00"),
    code("60000", "100.00", days="000", assistant="1"),
)
CARE = "postoperative care for {} of 90 global days"
SPLIT = CaseTable(
    "split_care",
    [
        # Sanford, Highmark, the Alliance: 54 at 70 or 80 %, 55 at 20 %, 56 at 10 %.
        case(
            "54 at 70 % of the whole",
            cut("27447 54", "811.55", "contract: 54 at 70 %", "B20", **FACILITY),
        ),
        case(
            "55 at 20 %, all its days",
            cut(
                *("27447 55", "231.87", f"contract: 55 at 20 %, {CARE.format(90)}", "B20"),
                review=ASSUMED,
                **FACILITY,
            ),
        ),
        # 1159.35 × 0.20 × 31 / 90 = 79.8663
        case(
            "55 at 20 %, of which its days of care",
            cut(
                *("27447 55", "79.87", f"contract: 55 at 20 %, {CARE.format(31)}", "B20"),
                care="31",
                **FACILITY,
            ),
        ),
        case(
            "56 at 10 %, which Medicare denies",
            cut("27447 56", "115.94", "contract: 56 at 10 %", "B20", **FACILITY),
        ),
        # 1159.35 × (0.70 + 0.20) = 1043.415
        case(
            "54 and 55 on one line are added up",
            cut(
                "27447 54 55",
                "1043.42",
                f"contract: 54 at 70 %; 55 at 20 %, {CARE.format(90)}",
                "B20",
                review=ASSUMED,
                **FACILITY,
            ),
        ),
        case("no modifier", line("27447", "1159.35", **FACILITY)),
    ],
    rules=rules_of(
        said(
            'modifier = "54"\nshare = 0.70',
            'modifier = "55"\nshare = 0.20',
            'modifier = "56"\nshare = 0.10',
        )
    ),
)
SPLIT_IN_PART = CaseTable(
    "split_care",
    [
        # 100.05 × (0.70 + 0.21) = 91.0455
        case(
            "of 54 and 55 the one without a share is the code's own",
            cut(
                "50000 54 55",
                "91.05",
                f"contract: 54 at 70 %; 55 at the code's own 21 %, {CARE.format(90)}",
                "B20",
                review=ASSUMED,
            ),
        ),
        case(
            "55 alone stays Medicare's",
            cut(
                *("50000 55", "21.01"),
                f"55: {CARE.format(90)}; pre 10 %, intra 69 %, post 21 %",
                "B20",
                review=ASSUMED,
            ),
        ),
        case(
            "a combination stands for both of its modifiers",
            line("50000 54 80", "8.00", carc="45", rarc="N646"),
        ),
        case(
            "a combination with one part of the care is no price of both parts",
            cut(
                "50000 54 55 80",
                "14.57",
                f"contract: 54 at 70 %; 55 at the code's own 21 %, {CARE.format(90)}",
                "45",
                rarc="N646",
                codes=("CO", "B20", None),
                review=ASSUMED,
            ),
        ),
    ],
    CODES,
    rules=rules_of(
        said(
            'modifier = "54"\nshare = 0.70',
            'modifier = "80 54"\nshare = 0.08',
        )
    ),
)
#: Between Medicare's rules: shares of half, so that their place shows.
BESIDE = CaseTable(
    "modifier_share",
    [
        # Ranked by 200 and 100: 100 × 0.5 = 50, × 0.5 = 25.
        case(
            "after ranking: the share changes no rank",
            cut("20000 52", "100.00", by("52", "50")),
            line("30000", "50.00", carc="59"),
        ),
        case(
            "and takes its part of what ranking left",
            line("20000", "200.00"),
            cut("30000 52", "25.00", by("52", "50")),
        ),
        case(
            "of both sides' amount and of all units",
            cut("10000 52", "150.00", by("52", "50"), units="3"),
        ),
        case(
            "co-surgeons at the payer's share",
            cut("30000 62", "60.00", by("62", "60"), "B20"),
        ),
        case(
            "an assistant's share and a reduction",
            cut(
                *("30000 52 82", "8.50"),
                "contract: modifier 52 at 50 %, modifier 82 at 17 %",
                rarc="N646",
            ),
        ),
        case(
            "the narrower share decides: codes before none",
            cut("60000 52", "75.00", by("52", "75")),
        ),
        case(
            "22 with documents",
            line("10000 22", "125.00", by("22", "125"), documents="true"),
        ),
        case(
            "22 without documents is paid in full, and says what the share is for",
            line(
                "10000 22",
                "100.00",
                review="modifier 22: full amount; the contract's share is for lines with documents"
                " (documentation_submitted)",
            ),
        ),
        case(
            "the fee schedule's own price with 53 is reduced already",
            line(
                *("40000 53", "50.00"),
                review="53: the fee schedule's own price with 53 stands; the contract's share is"
                " not taken of it",
            ),
        ),
        case("53 without such a price", cut("10000 53", "50.00", by("53", "50"))),
        case("on the last day", cut("10000 63", "50.00", by("63", "50"), date="2025-06-30")),
        case("after the last day", line("10000 63", "100.00", date="2025-07-01")),
        case("before the first day", line("10000 63", "100.00", date="2025-05-31")),
        case(
            "a team whose members the payer prices",
            cut("30000 66", "62.50", by("66", "62.5"), "B20"),
        ),
        case(
            "where the service is rendered: in a facility",
            cut("10000 SB", "70.00", by("SB", "70"), pos="21"),
        ),
        case("in an office", cut("10000 SB", "90.00", by("SB", "90"), pos="11")),
        case("before all places", cut("10000 SB", "80.00", by("SB", "80"), pos="24")),
        case("none", line("10000", "100.00")),
    ],
    CODES,
    rules=rules_of(
        '[codes]\nscopes = ["60000-60009"]\n'
        + said(
            'modifier = "52"\nshare = 0.50',
            'modifier = "52"\nshare = 0.75\ncodes = ["@scopes"]',
            'modifier = "62"\nshare = 0.60',
            'modifier = "82"\nshare = 0.17',
            'modifier = "22"\nshare = 1.25\nwhen = "documentation_submitted"',
            'modifier = "53"\nshare = 0.50',
            'modifier = "63"\nshare = 0.50\nfirst_day = 2025-06-01\nlast_day = 2025-06-30',
            'modifier = "66"\nshare = 0.625',
            'modifier = "SB"\nshare = 0.70\nplaces = ["21", "22"]',
            'modifier = "SB"\nshare = 0.90\nsetting = "nonfacility"',
            'modifier = "SB"\nshare = 0.80',
        )
    ),
)
#: What a share does not lift: a modifier that the procedure does not take.
DENIED = CaseTable(
    "modifier",
    [
        case(
            "54 of a procedure without days after it",
            line(
                "60000 54",
                "0.00",
                "modifiers 54 and 55 need a procedure with split global payment; global days 000"
                " has none",
                status="denied",
                carc="4",
            ),
        ),
        case(
            "56 of such a procedure",
            line(
                "60000 56",
                "0.00",
                "modifiers 54 and 55 need a procedure with split global payment; global days 000"
                " has none",
                status="denied",
                carc="4",
            ),
        ),
        case(
            "a team where none is permitted", line("10000 66", "0.00", status="denied", carc="54")
        ),
        case(
            "an assistant where none is paid", line("60000 80", "0.00", status="denied", carc="54")
        ),
        case(
            "the care before an operation ranks with no other procedure, and holds no visit",
            line("80000 56", "30.00", carc="B20", date="2025-06-02"),
            line("30000", "100.00", date="2025-06-02"),
            line("99213", "50.00", date="2025-06-09"),
        ),
        case(
            "before a share's first day 52 is for a person",
            line("10000 52", "100.00", review=IN_FULL_52, date="2022-10-14"),
        ),
    ],
    CODES,
    rules=rules_of(
        said(
            'modifier = "54"\nshare = 0.70',
            'modifier = "56"\nshare = 0.10',
            'modifier = "66"\nshare = 0.625',
            'modifier = "80"\nshare = 0.20',
            'modifier = "52"\nshare = { 2022-10-15 = 0.5 }',
        )
    ),
)


@every_case(DENIED, PAPER, SPLIT, SPLIT_IN_PART, BESIDE)
def test_modifier_share(table: CaseTable, case) -> None:
    table.check(case)


#: Texas Medicaid (TMPPM 12/2016): co-surgeons at 62.5 % of the intraoperative share; Michigan, R
#: 418.10101 ff.: who is no physician assists at 13 %.
BY_WHOM_AND_OF_WHAT = CaseTable(
    "modifier_share",
    [
        case(
            # 1,000.00 × 0.625 × 0.69 = 431.25, in one rounding
            "a share of the intraoperative part",
            line(
                "27447 62",
                "431.25",
                "contract: modifier 62 at 62.5 % of the intraoperative part, 69 %",
                carc="B20",
            ),
        ),
        case(
            "of a code without parts it is of the whole",
            line(
                "64483 62", "62.50", "contract: modifier 62 at 62.5 %", carc="B20", factor="0.625"
            ),
        ),
        case(
            "an assistant's share by who assists",
            line(
                *("27447 82", "130.00", "contract: modifier 82 at 13 %"),
                carc="45",
                rarc="N646",
                kind="podiatrist",
            ),
        ),
        case(
            "of all others",
            line(
                *("27447 82", "200.00", "contract: modifier 82 at 20 %"),
                carc="45",
                rarc="N646",
                kind="physician",
            ),
        ),
    ],
    by_hand(
        code(
            *("27447", "1000.00"),
            days="090",
            shares=(10, 69, 21),
            co_surgeon="2",
            assistant="2",
        ),
        code("64483", "100.00", co_surgeon="2", assistant="2"),
    ),
    rules=rules_of(
        '[[terms.modifier.share]]\nmodifier = "62"\nshare = 0.625\nof = "intraoperative"\n'
        '[[terms.modifier.share]]\nmodifier = "82"\nshare = 0.20\n'
        '[[terms.modifier.share]]\nmodifier = "82"\nshare = 0.13\n'
        'practitioner_type = ["podiatrist"]\n'
    ),
)


def of_who_renders(kind: str, pays: str, service: str, why: str | None = None, /, **named: str):
    """Give a case of an operation of 1,000.00."""
    return case(f"{service}, {kind}", line(service, pays, why, carc="45", kind=kind, **named))


ASSISTS = {"rarc": "N646"}
#: Where a share of the payer's meets the practitioner's, 85 percent: 82 at 13 % of 1,000.00 is
#: 130.00 for whom it names, and not 110.50.
BESIDE_THE_PRACTITIONER = CaseTable(
    "modifier_share",
    [
        of_who_renders("physician_assistant", "130.00", "27447 82", by("82", "13"), **ASSISTS),
        # No share names the nurse practitioner: the surgeon's 20 %, of which 85 %.
        of_who_renders(
            *("nurse_practitioner", "170.00", "27447 82", by("82", "20")),
            codes=("CO", "45", "N646"),
        ),
        # What is reduced is not who renders it: 1,000.00 × 0.5 × 0.85.
        of_who_renders("nurse_practitioner", "425.00", "27447 52", by("52", "50")),
        of_who_renders("nurse_practitioner", "600.00", "27447 22", by("22", "60")),
        # `of = "practitioner"`: 1,000.00 × 0.7 × 0.85.
        of_who_renders(
            *("physician_assistant", "595.00", "27447 78", by("78", "70")),
            codes=("CO", "B10", None),
        ),
        # A care of the operation is paid by another rule.
        case("54", line("27447 54", "400.00", carc="B20", kind="physician_assistant")),
        of_who_renders(
            *("physician_assistant", "65.00", "27447 52 82"),
            "contract: modifier 52 at 50 %, modifier 82 at 13 %",
            **ASSISTS,
        ),
        of_who_renders("physician_assistant", "140.00", "27447 AS", by("AS", "14"), **ASSISTS),
        of_who_renders("clinical_social_worker", "750.00", "27447"),
    ],
    by_hand(code("27447", "1000.00", days="090", shares=(10, 69, 21), assistant="2")),
    rules=rules_of(
        said(
            'modifier = "82"\nshare = 0.20',
            'modifier = "82"\nshare = 0.13\npractitioner_type = ["physician_assistant"]',
            'modifier = "AS"\nshare = 0.14\npractitioner_type = ["physician_assistant"]',
            'modifier = "52"\nshare = 0.50',
            'modifier = "22"\nshare = 0.60\nof = "physician"',
            'modifier = "54"\nshare = 0.40\npractitioner_type = ["physician_assistant"]',
            'modifier = "78"\nshare = 0.70\nof = "practitioner"\n'
            'practitioner_type = ["physician_assistant"]',
        )
    ),
)


@every_case(BESIDE_THE_PRACTITIONER)
def test_a_share_of_who_renders_the_service_is_cut_no_more(table: CaseTable, case) -> None:
    table.check(case)


@every_case(BY_WHOM_AND_OF_WHAT)
def test_a_share_by_whom_and_of_what(table: CaseTable, case) -> None:
    table.check(case)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('modifier = "54"\nshare = 0.5\nof = "intraoperative"', "54, 55, 56 and 78 are parts"),
        ('modifier = "62"\nshare = 0.5\nof = "half"', "cannot be 'half'"),
        ('modifier = "52"\nshare = 0.5\nplaces = ["00"]', "places: '00' is no place of service"),
        ('modifier = "52"\nshare = 0.5\nplaces = []', "places: is empty"),
        ('modifier = "52"\nshare = 0.5\nsetting = "facility"\nplaces = ["11"]', "no line fits"),
        (
            'modifier = "52"\nshare = 0.5\nsetting = "facility"\n'
            '[[terms.modifier.share]]\nmodifier = "52"\nshare = 0.6\nplaces = ["21"]',
            "two shares are of the same lines",
        ),
        ('modifier = "AS"\nshare = 0.5\nof = "practitioner"', "stand in place of it"),
        ('modifier = "82"\nshare = 0.5\npractitioner_type = ["pa"]', "no such practitioner type"),
        ('modifier = "82"\nshare = 0.5\npractitioner_type = []', "practitioner_type: is empty"),
        (
            'modifier = "82"\nshare = 0.5\npractitioner_type = ["physician"]\n'
            '[[terms.modifier.share]]\nmodifier = "82"\nshare = 0.6\n'
            'practitioner_type = ["podiatrist", "physician"]',
            "two shares are of the same lines",
        ),
    ],
)
def test_by_whom_and_of_what_is_refused(tmp_path, text: str, fault: str) -> None:
    with pytest.raises(PayerError) as refused:
        payer(tmp_path, HEAD + "[[terms.modifier.share]]\n" + text + "\n")
    assert fault in str(refused.value)


def test_the_trail_names_the_policy_of_each_share() -> None:
    trail = PAPER.priced.trail
    assert trail is not None
    cites = {row["detail"]: row["cites"] for row in trail.to_dicts()}
    assert cites[by("52", "50")] == "BCBSNE RP-X-007 (2022-10-15)"
    assert cites[by("53", "29")] == "Acme agreement 2026, exhibit B"
    assert (
        cites["contract: modifier 22 at 120 %, modifier 52 at 50 %"]
        == "Acme agreement 2026, exhibit B; BCBSNE RP-X-007 (2022-10-15)"
    )


def test_the_order_of_shares_in_the_file_changes_nothing() -> None:
    shares = [
        *(f'modifier = "{each}"\nshare = 0.5' for each in ("52", "54", "80", "54 80", "52 80")),
        'modifier = "52"\nshare = 0.6\ncodes = ["10000", "20000"]',
        'modifier = "52"\nshare = 0.7\ncodes = ["30000-39999"]',
        'modifier = "52"\nshare = 0.8\nwhen = "documentation_submitted"',
    ]
    first, other = (_shares(shares), _shares(Random(17).sample(shares, len(shares))))
    assert first == other


def _shares(said_: Sequence[str]) -> list[str]:
    (rule,) = (each for each in rules_of(said(*said_)) if each.name == "modifier_share")
    return [repr(each.key) + repr(each.share) for each in rule.terms["share"].shares]


def test_without_shares_no_rule_is_another() -> None:
    assert rules_of("") == MEDICARE.rules


def test_a_file_s_shares_are_its_differences(tmp_path) -> None:
    acme = payer(tmp_path, HEAD + said(*PRINTED))
    found = {each.term: each for each in differences(acme)}
    assert {each.rule for each in found.values()} == {"modifier"}
    assert found["share 53"].payer == "0.29 from 1992-01-01"
    assert found["share 53"].medicare == "by report"
    assert found["share 52"].cites == "BCBSNE RP-X-007 (2022-10-15)"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('modifier = "52"', "entry 1.share: is missing; give the share paid, such as share = 0.5"),
        ("share = 0.5", "entry 1.modifier: is missing"),
        ('modifier = "52"\nshare = 50', "cannot be 50; a modifier's share is of the amount"),
        ('modifier = "54"\nshare = 1.2', "share: is more than 1"),
        ('modifier = "25"\nshare = 0.5', "a share cannot be of '25'"),
        ('modifier = "52 52"\nshare = 0.5', "has 52 twice"),
        ('modifier = "52"\nshare = 0.5\ncodes = []', "codes: is empty"),
        ('modifier = "52"\nshare = 0.5\ncodes = ["@lesions"]', "there is no list '@lesions'"),
        ('modifier = "52"\nshare = 0.5\ncodes = ["1234"]', "'1234' is not a code"),
        ('modifier = "52"\nshare = 0.5\ncodes = ["20000-10000"]', "ends before it begins"),
        ('modifier = "52"\nshare = 0.5\noff = true', "switched off but has a share"),
        ('modifier = "52"\noff = true', "there is no such share of 52 to switch off"),
        ('modifier = "52"\nshare = 0.5\nwhen = "ever"', "cannot be 'ever'; it is 'always' or"),
        (
            'modifier = "52"\nshare = 0.5\nfirst_day = 2026-02-01\nlast_day = 2026-01-01',
            "2026-01-01 comes before first_day",
        ),
        (
            'modifier = "52"\nshare = 0.5\n[[terms.modifier.share]]\nmodifier = "52"\nshare = 0.6',
            "says the same modifiers, codes and days as entry 1",
        ),
        (
            'modifier = "52"\nshare = 0.5\ncodes = ["10000-19999"]\n'
            '[[terms.modifier.share]]\nmodifier = "52"\nshare = 0.6\ncodes = ["15000"]',
            "two shares are of code 15000",
        ),
    ],
)
def test_a_share_that_says_no_price_is_refused(tmp_path, text: str, fault: str) -> None:
    with pytest.raises(PayerError) as refused:
        payer(tmp_path, HEAD + said(text))
    assert fault in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("lists", "fault"),
    [
        ('a = ["@b"]\nb = ["@a"]', "within itself"),
        ("a = []", "codes.a: is empty"),
        ('a = ["x"]', "codes.a: 'x' is not a code"),
        ('a = "27447"', "codes.a"),
    ],
)
def test_a_list_of_codes_that_is_none_is_refused(tmp_path, lists: str, fault: str) -> None:
    with pytest.raises(PayerError) as refused:
        payer(tmp_path, f"{HEAD}[codes]\n{lists}\n")
    assert fault in str(refused.value)


def test_a_what_if_sets_sweeps_and_switches_a_share(tmp_path) -> None:
    acme = payer(tmp_path, HEAD + said('modifier = "52"\nshare = 0.5'))
    lines = batch({"hcpcs_code": "62323", "hcpcs_modifiers": "52"}, day="2026-03-02", place="11")
    starter = load_schedules(content_folder("fee_schedules"))
    base = baseline(lines, Setup(payer=acme, schedules=starter, locality="national"))
    assert base.total() == 13661
    # 273.22 × 0.3 = 81.966, × 0.4 = 109.288
    swept = sweep(base, read_sweep("terms.modifier.share.52=0.3:0.4:0.1"))
    assert swept["allowed_amount"].to_list() == [8197, 10929]
    without = {"modifier": "52", "off": True}
    off = scenario(
        {"title": "52 in full", "cites": "a draft", "terms": {"modifier": {"share": [without]}}},
        "draft",
    )
    assert totals_of(base, off)["allowed_amount"] == 27322
    (row,) = (
        tornado(base)
        .filter(pl.col("measure") == "allowed_amount", pl.col("term") == "terms.modifier.share.52")
        .to_dicts()
    )
    assert (row["low"], row["high"], row["low_change"]) == ("0.45", "0.55", 12295 - 13661)


def test_shares_and_a_rate_that_are_medicare_s_give_medicare_s_amounts() -> None:
    """What a payer prints as Medicare has it changes no amount, on any line."""
    release = STARTER.named("starter-2026")
    rows = {(row["hcpcs_code"], row["modifier"]): row for row in release.codes.to_dicts()}
    drawn = generated.random_batch(Random(17), rows, 3000, year=2026)
    lines = read_batch(as_frame(drawn), localities=STARTER.localities()).lines
    assistants = ((each, "0.16") for each in ("80", "81", "82"))
    medicare_s = (("62", "0.625"), *assistants, ("AS", "0.136"))
    own = rules_of(
        said(*(f'modifier = "{modifier}"\nshare = {share}' for modifier, share in medicare_s))
        + '[terms.multiple_procedure]\nrank_by = "amount"\nlater = 0.5\nold_rule_third = 0.25\n'
        + "[[rate]]\npercent_of_medicare = 100\n"
    )
    theirs, ours = (price(lines, rules, STARTER, trail=False).lines for rules in (own, RULES))
    names = ("status", "allowed_amount", "medicare_amount", "patient_amount", "carc", "rarc")
    assert theirs.select(names).equals(ours.select(names))


def test_the_expression_of_what_is_paid_grows_with_the_shares_and_does_not_double() -> None:
    """Of fifteen shares it held the amount 32,768 times: two seconds a pricing."""

    def length(count: int) -> int:
        names = [name for name in SHARED if name not in ("54", "55", "56")][:count]
        text = "".join(
            f"[[terms.modifier.share]]\nmodifier = '{name}'\nshare = 0.5\ncodes = ['62323']\n"
            for name in names
        )
        (rule,) = [each for each in rules_of(text) if each.name == "modifier_share"]
        return max(
            len(outcome.sets["amount"].meta.serialize(format="json"))
            for outcome in rule.adjustment().outcomes
        )

    assert length(12) < 4 * length(4)


def test_a_rule_of_medicare_s_has_the_shares_that_could_stand_in_its_place() -> None:
    text = "".join(
        f"[[terms.modifier.share]]\nmodifier = '{name}'\nshare = 0.5\n"
        for name in ("52", "62", "52 62", "22", "80 AS")
    )
    rules = [rule for rule in rules_of(text) if "own_shares" in rule.terms]
    held = {rule.name: rule.terms["own_shares"] for rule in rules}
    assert {name: [each.name for each in of.shares] for name, of in held.items()} == {
        "co_surgery": ["52 62", "52", "62"],
        "assistant_at_surgery": ["80 AS"],
    }
