"""Ladders, rankings and lists of codes: how payers rank procedures otherwise than Medicare."""

import pytest

from payrules.errors import PayerError
from payrules.payers import differences
from payrules.runs.setup import Setup
from payrules.scenarios import baseline
from payrules.scenarios.contracts import compare_contracts
from tests.payers.files import HEAD, OWN, allowed, batch, payer, priced, rules_of
from tests.pricing_cases import STARTER, CaseTable, Line, by_hand, case, code, every_case, line

NONE = (None, None, None)
CODES = by_hand(
    *(code(f"20{fee:03}", f"{fee}.00", multiple="2") for fee in (100, 90, 80, 40)),
    code("10080", "80.00", multiple="1"),
    code("11400", "60.00", multiple="2"),
    code("11401", "50.00", multiple="0"),
    code("30070", "70.00", multiple="2", bilateral="1"),
    code("30090", "90.00", multiple="2"),
    # 60 of work: in the office 90 and in a facility 65 of practice expense and work.
    code("40060", "60.00", multiple="2", pe="30.00", facility_pe="5.00"),
    code("40070", "62.00", multiple="2", pe="10.00", facility_pe="10.00"),
)
LADDER = "ladder = [1.00, 0.50, 0.50, 0.25, 0.25, 0.25, 0.25, 0.25, 0.10]"
TERMS = "[terms.multiple_procedure]\n"


def ranked(service: str, pays: str, rank: int, of: int, **named: str) -> Line:
    """A line of one unit, with its rank; the first carries no code."""
    codes = {"codes": NONE} if rank == 1 else {"carc": "59"}
    return line(service, pays, f"rank {rank} of {of} in the session", **{**codes, **named})


def by(text: str, *cases) -> CaseTable:
    return CaseTable("multiple_procedure", list(cases), CODES, rules=rules_of(text))


#: Florida Medicaid, bulletin of summer 2008: 100, 50 and 25 percent of the fee.
FLORIDA = by(
    TERMS + "ladder = [1.0, 0.5, 0.25]\n",
    case(
        "100, 50, 25, and the last goes on",
        ranked("20100", "100.00", 1, 4),
        ranked("20090", "45.00", 2, 4),
        ranked("20080", "20.00", 3, 4),
        ranked("20040", "10.00", 4, 4),
    ),
    case(
        "whatever the indicator",
        ranked("20100", "100.00", 1, 3),
        ranked("20090", "45.00", 2, 3),
        ranked("10080", "20.00", 3, 3),
    ),
    case(
        "a sixth is what the contract says, so no note of CMS's",
        *(
            ranked("20100", "100.00" if n == 1 else "50.00" if n == 2 else "25.00", n, 6)
            for n in range(1, 7)
        ),
    ),
)
IN_2025, IN_2026 = {"date": "2025-06-02"}, {"date": "2026-03-02"}
#: Places, whole ladders, lists and families from a first day on: before it what Medicare has
#: stands, and not the procedure in full.
PLACES_FROM_A_DAY = by(
    TERMS
    + "ladder = [1.0, { 2026-01-01 = 0.4 }, { 2026-01-01 = 0.2 }]\n"
    + 'never = { 2026-01-01 = ["20080"] }\n'
    + '[terms.multiple_procedure.also]\n2026-01-01 = [{ codes = ["30070", "30090"], '
    + "ladder = [1.0, 0.3] }]\n",
    case(
        "before the first day half",
        ranked("20100", "100.00", 1, 3, **IN_2025),
        ranked("20090", "45.00", 2, 3, **IN_2025),
        ranked("20080", "40.00", 3, 3, **IN_2025),
    ),
    case(
        "from it the places, and what is spared",
        ranked("20100", "100.00", 1, 2, **IN_2026),
        ranked("20090", "36.00", 2, 2, **IN_2026),
        line("20080", "80.00", **IN_2026),
    ),
    case(
        "before it there is no family",
        ranked("20100", "100.00", 1, 3, **IN_2025),
        ranked("30090", "45.00", 2, 3, **IN_2025),
        ranked("30070", "35.00", 3, 3, **IN_2025),
    ),
    case(
        "from it there is",
        line("20100", "100.00", **IN_2026),
        ranked("30090", "90.00", 1, 2, **IN_2026),
        ranked("30070", "21.00", 2, 2, **IN_2026),
    ),
)
#: A ladder of its own from a day on, after one that the payer printed before.
LADDER_BY_DAY = by(
    TERMS + "[terms.multiple_procedure.ladder]\n1992-01-01 = [1.0, 0.6]\n"
    "2026-01-01 = [1.0, 0.5, 0.25]\n",
    case(
        "of the first",
        ranked("20100", "100.00", 1, 3, **IN_2025),
        ranked("20090", "54.00", 2, 3, **IN_2025),
        ranked("20080", "48.00", 3, 3, **IN_2025),
    ),
    case(
        "of the second",
        ranked("20100", "100.00", 1, 3, **IN_2026),
        ranked("20090", "45.00", 2, 3, **IN_2026),
        ranked("20080", "20.00", 3, 3, **IN_2026),
    ),
)
#: BCBSSC State Health Plan, CAM 564: benign skin lesions on a ladder of their own.
LESIONS = by(
    f'[codes]\nlesions = ["11400-11446"]\n[[terms.multiple_procedure.also]]\n'
    f'codes = ["@lesions"]\n{LADDER}\n',
    case(
        "ten lesions: 100, two at 50, five at 25, the rest at 10 percent",
        line("11400", "207.00", "ranks 1 to 10 of 10 in the session", units="10", carc="59"),
    ),
    case(
        "ranked among themselves, apart from the session's other procedures",
        ranked("20100", "100.00", 1, 2),
        ranked("20080", "40.00", 2, 2),
        ranked("11400", "60.00", 1, 2),
        ranked("11401", "25.00", 2, 2),
    ),
    case(
        "a code of the family without an indicator of ranking is in it",
        line("11401", "100.00", "ranks 1 to 3 of 3 in the session", units="3", carc="59"),
    ),
    case("one alone is not reduced", line("11400", "60.00")),
)
#: Scopes of one family on two ladders: each part is one amount where it is ranked.
PARTED = CaseTable(
    "multiple_procedure",
    [
        case(
            "of a scope family those on a ladder of their own have their place there",
            # 200 less 100 and 150 less 100 of the base are 150 together, before 60.
            ranked("45380", "100.00", 1, 2, carc="59"),
            ranked("45384", "50.00", 1, 2, carc="59"),
            ranked("11400", "30.00", 2, 2),
            ranked("45385", "300.00", 1, 2),
            ranked("20290", "145.00", 2, 2),
        ),
        case(
            "and raise nothing on the other",
            # 300 is below 310, whatever the 100 that is left of its family elsewhere.
            line("45380", "100.00", carc="59"),
            ranked("45385", "150.00", 2, 2),
            ranked("20310", "310.00", 1, 2),
        ),
    ],
    by_hand(
        code("45378", "100.00", multiple="2"),
        code("11400", "60.00", multiple="2"),
        code("20290", "290.00", multiple="2"),
        code("20310", "310.00", multiple="2"),
        *(
            code(hcpcs, fee, multiple="3", base="45378")
            for hcpcs, fee in (("45380", "200.00"), ("45384", "150.00"), ("45385", "300.00"))
        ),
    ),
    rules=rules_of(
        "[[terms.multiple_procedure.also]]\n"
        'codes = ["45380", "45384", "11400"]\nladder = [1.0, 0.5]\n'
    ),
)
#: BCBSTX, Multiple Surgery Pricing (2010-07-01): lesion removal and fracture care are exempt.
EXEMPT = by(
    TERMS + 'never = ["11400-11446", "20080"]\n',
    case(
        "never reduced, and takes no place",
        ranked("20100", "100.00", 1, 2),
        ranked("20040", "20.00", 2, 2),
        line("20080", "80.00"),
        line("11400", "60.00"),
    ),
    case("beside one other nothing is ranked", line("20100", "100.00"), line("20080", "80.00")),
)
#: TRICARE 6010.61-M 1-16: the procedures that are reduced are its own list, not indicator 2.
OWN_LIST = by(
    TERMS + 'only = ["11401", "20040", "20100"]\n',
    case(
        "the payer's own list is ranked, and no other code",
        ranked("20100", "100.00", 1, 2),
        ranked("20040", "20.00", 2, 2),
        line("20080", "80.00"),
    ),
    case(
        "beside one of the list nothing is ranked", line("20100", "100.00"), line("20080", "80.00")
    ),
)
#: BCBS of Minnesota's manual (2013): by the billed charge.
CHARGE = by(
    TERMS + 'rank_by = "charge"\n',
    case(
        "the dearest charge is first, whatever its amount",
        ranked("20040", "40.00", 1, 2, charge="900.00"),
        ranked("20100", "50.00", 2, 2, charge="500.00"),
    ),
    case(
        "of one charge the higher amount is first",
        ranked("20040", "20.00", 2, 2, charge="500.00"),
        ranked("20100", "100.00", 1, 2, charge="500.00"),
    ),
    case(
        "without a charge a line is last",
        ranked("20100", "50.00", 2, 2),
        ranked("20040", "40.00", 1, 2, charge="100.00"),
    ),
    case(
        "the charge of one unit counts",
        line(
            "20040",
            "40.00",
            "ranks 2 to 3 of 3 in the session",
            units="2",
            charge="800.00",
            carc="59",
        ),
        ranked("20100", "100.00", 1, 3, charge="500.00"),
    ),
)
#: UnitedHealthcare Community Plan: facility RVUs rank, wherever the service is.
FACILITY = by(
    TERMS + 'rank_by = "facility_rvu"\n',
    case(
        "in the office by the facility's RVUs",
        ranked("40060", "45.00", 2, 2, pos="11"),
        ranked("40070", "72.00", 1, 2, pos="11"),
    ),
)
#: The same from a first day; before it, and of other days, by the amount.
FROM_A_DAY = by(
    TERMS + 'rank_by = { 2025-07-01 = "facility_rvu" }\n',
    case(
        "before the day by the amount in the office",
        ranked("40060", "90.00", 1, 2, pos="11", date="2025-06-30"),
        ranked("40070", "36.00", 2, 2, pos="11", date="2025-06-30"),
    ),
    case(
        "from the day by the facility's RVUs",
        ranked("40060", "45.00", 2, 2, pos="11", date="2025-07-01"),
        ranked("40070", "72.00", 1, 2, pos="11", date="2025-07-01"),
    ),
)
#: BCBSTX CPCP015 (2021-02-15): a bilateral procedure ranks by one side's amount.
ONE_SIDE = by(
    TERMS + 'rank_by = "one_side"\n',
    case(
        "another procedure above one side's amount: both sides at 75 percent together",
        ranked("30090", "90.00", 1, 2),
        ranked("30070 50", "52.50", 2, 2, rarc=None),
    ),
    case(
        "so do two lines of two sides, which rank as one",
        ranked("30090", "90.00", 1, 2),
        ranked("30070 RT", "35.00", 2, 2),
        ranked("30070 LT", "17.50", 2, 2),
    ),
)
#: Florida Blue publishes a percent for each endoscopy code; the code and number are made up.
PERCENT = CaseTable(
    "endoscopy",
    [
        case(
            "a scope that is not the highest is paid its printed percent, not less its base",
            line(
                "45385",
                "300.00",
                "endoscopy family of 45378 with 2 members: highest in full, others less the base's"
                " $100.00",
                codes=NONE,
            ),
            line(
                "45380",
                "80.00",
                "endoscopy family of 45378 with 2 members: paid at 40 %, as the payer prints for"
                " 45380",
                carc="59",
            ),
        ),
        case(
            "a code without a printed percent is paid less its base",
            line(
                "45385",
                "300.00",
                "endoscopy family of 45378 with 2 members: highest in full,"
                " others less the base's $100.00",
                codes=NONE,
            ),
            line(
                "45384",
                "50.00",
                "endoscopy family of 45378 with 2 members: paid less the base's $100.00",
                carc="59",
            ),
        ),
    ],
    by_hand(
        code("45378", "100.00", multiple="2"),
        *(
            code(hcpcs, fee, multiple="3", base="45378")
            for hcpcs, fee in (("45380", "200.00"), ("45384", "150.00"), ("45385", "300.00"))
        ),
    ),
    rules=rules_of("[terms.endoscopy.percent]\n45380 = 0.40\n"),
)


def referred(service: str, place: int, of: int, **named: str) -> Line:
    """A line whose last unit is at a place that the payer prices by report."""
    why = f"place {place} of {of} in the session: the payer prices it by report"
    return line(service, None, why, status="by_report", **named)


#: BCBS of South Carolina prints places and "by report" behind them; the numbers are CMS's own of
#: indicator 2, which are 100, 50 to the fifth and by report.
SIXTH = by(
    TERMS + 'ladder = [1.0, 0.5, 0.5, 0.5, 0.5, "by_report"]\n',
    case(
        "the sixth and seventh are by report",
        *(ranked("20100", "100.00" if n == 1 else "50.00", n, 7) for n in range(1, 6)),
        referred("20090", 6, 7),
        referred("20080", 7, 7),
    ),
    case(
        "the fifth is not",
        *(ranked("20100", "100.00" if n == 1 else "50.00", n, 5) for n in range(1, 6)),
    ),
    case(
        "a line is one: with its last unit all of it is by report",
        ranked("20100", "100.00", 1, 7),
        ranked("20090", "45.00", 2, 7),
        referred("20080", 7, 7, units="5"),
    ),
    case(
        "what is paid nothing takes no place",
        *(ranked("20100", "100.00" if n == 1 else "50.00", n, 5) for n in range(1, 6)),
        line("11401", "50.00"),
    ),
)
SECOND = by(
    '[[terms.multiple_procedure.also]]\ncodes = ["30070", "30090"]\nladder = [1.0, "By report"]\n',
    case(
        "a family's own place by report leaves the session's as it is",
        ranked("30090", "90.00", 1, 2),
        referred("30070", 2, 2),
        ranked("20100", "100.00", 1, 2),
        ranked("20090", "45.00", 2, 2),
    ),
)


@every_case(
    SIXTH,
    SECOND,
    PERCENT,
    FLORIDA,
    LESIONS,
    PARTED,
    EXEMPT,
    OWN_LIST,
    CHARGE,
    FACILITY,
    FROM_A_DAY,
    ONE_SIDE,
    FROM_A_DAY,
    LADDER_BY_DAY,
)
def test_ladders(table: CaseTable, case) -> None:
    table.check(case)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (TERMS + "ladder = [1.0]\n", "ladder: has 1 place; write 2 to 50"),
        (TERMS + "ladder = [0.5, 0.25]\n", "begins below 1"),
        (TERMS + 'ladder = [1.0, "by_report", 0.5]\n', "has by_report at place 2, and more after"),
        (TERMS + 'ladder = ["by_report", "by_report"]\n', "has by_report at place 1"),
        (TERMS + 'ladder = [1.0, "report"]\n', "ladder entry 2: cannot be 'report'"),
        (TERMS + "ladder = [1.0, 0.25, 0.5]\n", "goes up at place 3"),
        (
            TERMS + "ladder = [1.0, { 1992-01-01 = 0.5, 2026-01-01 = 0.3 }, 0.4]\n",
            "goes up at place 3",
        ),
        (TERMS + "ladder = { 2026-01-01 = [1.0] }\n", "ladder: has 1 place; write 2 to 50"),
        (TERMS + "never = { }\n", "never: is empty"),
        (TERMS + "ladder = [100, 50, 25]\n", "cannot be 100; a factor is a share of one"),
        (TERMS + "ladder = 0.5\n", "ladder: is a list"),
        (TERMS + "ladder = [1.0, 0.5]\nthird = 0.25\n", "says the places that third says too"),
        (TERMS + 'never = ["@lesions"]\n', "there is no list '@lesions'"),
        (TERMS + "never = []\n", "never: is empty"),
        (
            TERMS + 'never = ["11400"]\n[[terms.multiple_procedure.also]]\n'
            f'codes = ["11400-11446"]\n{LADDER}\n',
            "never: has code 11400, which a family under 'also' ranks",
        ),
        (
            f'[[terms.multiple_procedure.also]]\ncodes = ["11400"]\n{LADDER}\n'
            f'[[terms.multiple_procedure.also]]\ncodes = ["11000-11500"]\n{LADDER}\n',
            "has code 11400 in two families",
        ),
        (f"[[terms.multiple_procedure.also]]\n{LADDER}\n", "codes: is missing"),
        ("[terms.endoscopy.percent]\n45380-45385 = 0.4\n", "is a range; write a share for each"),
        ("[terms.endoscopy.percent]\n4538 = 0.4\n", "'4538' is not a code"),
        ("[terms.endoscopy.percent]\n45380 = 40\n", "cannot be 40; a factor is a share of one"),
    ],
)
def test_a_bad_ladder_or_list_is_refused(tmp_path, text: str, fault: str) -> None:
    with pytest.raises(PayerError) as refused:
        payer(tmp_path, HEAD + text)
    assert fault in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_ranking_by_facility_rvu_needs_a_release(tmp_path) -> None:
    with pytest.raises(PayerError, match="ranking by facility_rvu needs the RVUs of a release"):
        payer(
            tmp_path,
            OWN + TERMS + 'rank_by = "facility_rvu"\n',
            "hcpcs_code,facility_amount\n99213,100.00\n",
        )


def test_the_order_of_families_and_codes_changes_nothing() -> None:
    one = '[[terms.multiple_procedure.also]]\ncodes = ["20000", "11400"]\nladder = [1.0, 0.5]\n'
    other = '[[terms.multiple_procedure.also]]\ncodes = ["30000-30009"]\nladder = [1.0, 0.2]\n'
    turned = one.replace('"20000", "11400"', '"11400", "20000"')
    assert _also(one + other) == _also(other + turned)


def _also(text: str):
    (rule,) = (each for each in rules_of(text) if each.name == "multiple_procedure")
    return rule.terms["also"]


def test_a_place_by_report_is_cited_counted_and_worth_what_it_takes(tmp_path) -> None:
    """The step has the payer's page; a line without an amount is none of the totals."""
    head = HEAD + TERMS + "cites = 'BCBSSC CAM 564'\n"
    acme = payer(tmp_path, head + 'ladder = [1.0, "by_report"]\n')
    assert {each.term: each.payer for each in differences(acme)} == {"ladder": "1.0, by report"}
    lines = batch({"hcpcs_code": "62323"}, {"hcpcs_code": "20610"}, day="2026-03-02", place="11")
    run = priced(lines, acme, locality="national")
    assert run.lines["status"].to_list() == ["priced", "by_report"]
    assert allowed(run) == ["273.22", None]
    _, step = run.adjustments.filter(rule="multiple_procedure").rows(named=True)
    assert step["cites"] == "BCBSSC CAM 564"
    half = payer(tmp_path, head.replace('"Acme"', '"Half"') + "ladder = [1.0, 0.5]\n")
    base = baseline(lines, Setup(payer=half, schedules=STARTER, locality="national"))
    terms = compare_contracts(base, [half, acme]).terms
    assert terms["term"].to_list() == ["ladder"]
    assert terms["change"].sum() == 27322 - base.total()
    # By report until a day, and paid from then on: the base payer's place would be lost.
    (tmp_path / "base.toml").write_text(head + 'ladder = [1.0, "by_report"]\n', "utf-8")
    later = 'base = "base.toml"\n' + TERMS + "ladder = [1.0, { 2026-01-01 = 0.5 }]\n"
    with pytest.raises(PayerError, match="place 2, which the base payer prices by report until"):
        payer(tmp_path, HEAD.replace("Acme", "Later") + later)
    later = later.replace("[1.0, { 2026-01-01 = 0.5 }]", "{ 2026-03-01 = [1.0, 0.5] }")
    by_day = payer(tmp_path, HEAD.replace("Acme", "Later") + later)
    assert allowed(priced(lines, by_day, locality="national"))[1] is not None


def test_every_term_of_a_ranking_is_a_difference(tmp_path) -> None:
    text = (
        f"{TERMS}{LADDER}\nnever = ['20080']\nrank_by = 'charge'\n"
        "[[terms.multiple_procedure.also]]\ncodes = ['11400']\nladder = [1.0, 0.5]\n"
        "[terms.endoscopy.percent]\n45380 = 0.4\n"
    )
    found = {each.term: each.payer for each in differences(payer(tmp_path, HEAD + text))}
    assert found == {
        "percent": "45380 0.4",
        "rank_by": "charge",
        "ladder": "1.00, 0.50, 0.50, 0.25, 0.25, 0.25, 0.25, 0.25, 0.10",
        "never": "20080",
        "also": "11400: 1.0, 0.5",
    }


FAMILY = '[[terms.multiple_procedure.also]]\ncodes = ["30070", "30090"]\nladder = [1.0, 0.3]\n'
FAMILIES_BY_DAY = by(
    FAMILY
    + 'first_day = 2026-01-01\nlast_day = 2026-06-30\ncites = "CAM 564"\n'
    + FAMILY.replace("0.3", "0.2")
    + "first_day = 2026-07-01\n",
    case(
        "before its first day it is no family",
        ranked("20100", "100.00", 1, 2, **IN_2025),
        ranked("30090", "45.00", 2, 2, **IN_2025),
    ),
    case(
        "in its days",
        ranked("30090", "90.00", 1, 2, **IN_2026),
        ranked("30070", "21.00", 2, 2, **IN_2026),
    ),
    case(
        "and after them that of the next",
        ranked("30090", "90.00", 1, 2, date="2026-07-01"),
        ranked("30070", "14.00", 2, 2, date="2026-07-01"),
    ),
)


@every_case(FAMILIES_BY_DAY)
def test_a_family_has_days_and_a_page_of_its_own(table: CaseTable, case) -> None:
    table.check(case)
    trail = table.priced.trail
    assert trail is not None
    cites = {row["after"]: row["cites"] for row in trail.to_dicts()}
    assert cites[2100] == "CAM 564"
    assert cites[1400] == "Acme agreement 2026, exhibit B"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("first_day = 2026-02-01\nlast_day = 2026-01-01\n", "comes before first_day"),
        ('cites = " "\n', "cites: is blank"),
        (f"first_day = 2026-01-01\n{FAMILY}last_day = 2026-01-01\n", "in two families"),
    ],
)
def test_days_and_pages_of_a_family_are_checked(tmp_path, text: str, said: str) -> None:
    with pytest.raises(PayerError, match=said):
        payer(tmp_path, HEAD + FAMILY + text)


def test_first_days_within_a_ladder_or_a_list_are_shown(tmp_path) -> None:
    text = (
        f"{TERMS}ladder = [1.0, {{ 2026-01-01 = 0.4 }}]\nnever = {{ 2026-01-01 = ['20080'] }}\n"
        "[terms.endoscopy.percent]\n45380 = { 2026-01-01 = 0.4 }\n"
    )
    found = {each.term: each.payer for each in differences(payer(tmp_path, HEAD + text))}
    assert found == {
        "percent": "45380 (0.4 from 2026-01-01)",
        "ladder": "1.0, (0.50 from 1992-01-01; 0.4 from 2026-01-01)",
        "never": "none from 1992-01-01; 20080 from 2026-01-01",
    }
