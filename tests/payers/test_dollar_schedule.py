"""The fee schedule in dollars: how its file is read, and how lines are priced from it."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from payrules.errors import PayerError
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.payers import read_dollar_schedule
from tests.payers.files import OWN, RELEASE, allowed, batch, payer, priced
from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, in_dollars, line


def read(folder: Path, text: str, name: str = "fees.csv", *, own: bool = True) -> DollarSchedule:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return read_dollar_schedule(folder / name, own_indicators=own, cites="Acme, exhibit B")


def test_every_column(tmp_path: Path) -> None:
    schedule = read(
        tmp_path,
        "hcpcs_code,modifier,facility_amount,nonfacility_amount,work_amount,pe_amount,mp_amount,"
        "effective_from,effective_to,status_code,pctc_indicator,global_days,preoperative,"
        "intraoperative,postoperative,multiple_procedure,bilateral,assistant,co_surgeon,team,"
        "endoscopic_base,imaging_family\n"
        '00100,26,"$1,234.50",99,10,20.5,.05,2025-01-01,12/31/2025,a,1,10,0.10,69,0.21,3,1,2,0,9,'
        "45378,5\n",
    )
    assert (schedule.name, schedule.own_indicators, schedule.cites) == (
        "fees.csv",
        True,
        "Acme, exhibit B",
    )
    assert schedule.rows.row(0, named=True) == {
        "hcpcs_code": "00100",
        "modifier": "26",
        "facility_amount": 123450,
        "nonfacility_amount": 9900,
        "work_amount": 1000,
        "pe_amount": 2050,
        "mp_amount": 5,
        "effective_from": date(2025, 1, 1),
        "effective_to": date(2025, 12, 31),
        "status_code": "A",
        "pctc_indicator": "1",
        "global_days": "010",
        "preoperative": 10,
        "intraoperative": 69,
        "postoperative": 21,
        "multiple_procedure_indicator": "3",
        "bilateral_indicator": "1",
        "assistant_indicator": "2",
        "co_surgeon_indicator": "0",
        "team_indicator": "9",
        "endoscopic_base_code": "45378",
        "imaging_family": "05",
    }


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        pytest.param("hcpcs_code,facility_amount", "99213,90.00", id="facility alone"),
        pytest.param("hcpcs_code,nonfacility_amount", "99213,90.00", id="non-facility alone"),
        pytest.param(" HCPCS Code ;Facility Amount", "99213 ; $90.00 ", id="forgiven headings"),
        pytest.param("hcpcs_code,facility_amount,Description", "99213,90,own words", id="unknown"),
        pytest.param(
            "hcpcs_code,facility_amount,nonfacility_amount", "99213,,90.0", id="one cell blank"
        ),
    ],
)
def test_one_amount_serves_both_settings(tmp_path: Path, heading: str, row: str) -> None:
    rows = read(tmp_path, f"{heading}\n{row}\n").rows
    assert rows.select("facility_amount", "nonfacility_amount").row(0) == (9000, 9000)
    assert rows["status_code"].to_list() == [None]


def test_blank_lines_are_no_rows_but_are_counted(tmp_path: Path) -> None:
    assert read(tmp_path, "hcpcs_code,facility_amount\n99213,90\n\n,\n99214,95\n").rows.height == 2
    with pytest.raises(PayerError, match="row 4 under the headings, column hcpcs_code"):
        read(tmp_path, "hcpcs_code,facility_amount\n99213,90\n,\n,\n9921,95\n")


def test_excel_numbers_and_text(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "fees.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["HCPCS Code", "Modifier", "Facility Amount", "Global Days", "Bilateral"])
    sheet.write_row(1, 0, ["00100", None, 1409.26, 0, 1])
    sheet.write_row(2, 0, [99213, 26, 0.07, 90, 9])
    book.close()
    schedule = read_dollar_schedule(tmp_path / "fees.xlsx", own_indicators=True, cites="x")
    columns = ("hcpcs_code", "modifier", "facility_amount", "global_days", "bilateral_indicator")
    assert schedule.rows.select(columns).rows() == [
        ("00100", "", 140926, "000", "1"),
        ("99213", "26", 7, "090", "9"),
    ]


OWN_PRICE = "the payer's own price of the service, whatever its time"
C = "hcpcs_code,facility_amount"
REFUSED = [
    ("code,facility_amount\n99213,1\n", "has no column hcpcs_code; it has code, facility_amount"),
    ("hcpcs_code,amount\n99213,1\n", "no column facility_amount or nonfacility_amount"),
    (f"{C},non_facility_amount\n99213,1,2\n", "perhaps 'nonfacility_amount' is meant"),
    (f"{C},multiple_procedures\n99213,1,2\n", "perhaps 'multiple_procedure' is meant"),
    (f"{C},HCPCS CODE\n99213,1,2\n", "two columns 'hcpcs_code'"),
    (f"{C}\n", "has no rows under its headings"),
    ("", "is empty"),
    (f"{C}\n99213,1\n9921,2\n", "row 2 under the headings, column hcpcs_code: '9921' is not valid"),
    (f"{C}\n,2\n", "column hcpcs_code: is blank"),
    (f'{C}\n99213,"12,50"\n', "column facility_amount: '12,50' is not valid there; write dollars"),
    (f"{C}\n99213,1409.261\n", "'1409.261' is not valid there"),
    (f"{C}\n99213,-1.00\n", "'-1.00' is not valid there"),
    (f"{C}\n99213,10000000.01\n", "up to 10,000,000"),
    (f"{C}\n99213,\n", "column facility_amount: neither this nor nonfacility_amount holds"),
    (f"{C},modifier\n99213,1,NU\n", "column modifier: 'NU' is not valid there; only 26, TC, 53"),
    (f"{C},bilateral\n99213,1,4\n", "column bilateral: '4' is not valid .* one of 0, 1, 2, 3, 9"),
    (f"{C},global_days\n99213,1,30\n", "column global_days: '30' is not valid there"),
    (f"{C},preoperative\n99213,1,1.5\n", "column preoperative: '1.5' is not valid there"),
    (
        f"{C},preoperative,intraoperative,postoperative\n99213,1,0.5,0.4,20\n",
        "add up to more than 100 percent",
    ),
    (f"{C},effective_from\n99213,1,2025-02-30\n", "effective_from: '2025-02-30' is not valid"),
    (
        f"{C},effective_from,effective_to\n99213,1,2025-02-01,2025-01-31\n",
        "column effective_to: is before effective_from",
    ),
    (f"{C}\n99214,1\n99213,1\n99213,2\n", "has 99213 twice for the same days, in rows 2 and 3"),
    (f"{C},modifier\n99213,1,26\n99213,2,26\n", "has 99213-26 twice"),
    (
        f"{C},effective_from,effective_to\n99213,1,2025-01-01,2025-12-31\n99213,2,2025-12-31,\n",
        "rows 1 and 2",
    ),
    (f"{C},effective_to\n99213,1,2025-01-01\n99213,2,2024-01-01\n", "rows 1 and 2"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_refusals_name_row_and_column(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PayerError, match=said) as fault:
        read(tmp_path, text)
    assert "fees.csv" in str(fault.value)


def test_a_slip_in_a_heading_that_is_there_too_is_only_an_unknown_column(tmp_path: Path) -> None:
    assert read(tmp_path, f"{C},faclity_amount\n99213,1,2\n").rows["facility_amount"][0] == 100


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PayerError, match=r"must end in \.csv or \.xlsx"):
        read(tmp_path, "x", "fees.ods")


def test_rows_follow_each_other_by_date(tmp_path: Path) -> None:
    fees = (
        f"{C},effective_from,effective_to\n99213,90,,2024-12-31\n99213,95,2025-01-01,2025-06-30\n"
        "99213,99,2025-07-01,\n"
    )
    acme = payer(tmp_path, OWN, fees)
    days = ["2005-03-03", "2024-12-31", "2025-01-01", "2025-06-30", "2025-07-01", "2031-01-01"]
    lines = batch(
        *({"hcpcs_code": "99213", "claim_line_start_date": d, "person_id": d} for d in days)
    )
    assert allowed(priced(lines, acme)) == ["90.00", "90.00", "95.00", "95.00", "99.00", "99.00"]


def test_outside_its_days_a_row_is_not_there(tmp_path: Path) -> None:
    acme = payer(tmp_path, OWN, f"{C},effective_from\n99213,90,2025-01-01\n")
    (line,) = priced(batch({"hcpcs_code": "99213"}, day="2024-12-31"), acme).lines.to_dicts()
    assert (line["status"], line["allowed_amount"]) == ("not_on_schedule", None)
    assert line["reason"] == "99213 has no row in the payer's fee schedule on this date"


SETTINGS = "hcpcs_code,facility_amount,nonfacility_amount\n99213,70.00,100.00\n"


@pytest.mark.parametrize(("place", "amount"), [("22", "70.00"), ("11", "100.00")])
def test_settings(tmp_path: Path, place: str, amount: str) -> None:
    results = priced(batch({"hcpcs_code": "99213"}, place=place), payer(tmp_path, OWN, SETTINGS))
    assert allowed(results) == [amount]
    step = results.adjustments.row(0, named=True)
    assert step["cites"] == "Acme agreement 2026, exhibit B"
    assert "amount of the payer's fee schedule" in step["detail"]


# 29880 and 29881 are of the family of 29870; 29827 ranks beside it.
BILLED = [{"hcpcs_code": code} for code in ("29881", "29880", "29827")]


def test_indicators_of_the_release(tmp_path: Path) -> None:
    text = "hcpcs_code,facility_amount\n29880,900\n29881,700\n29870,400\n29827,1500\n"
    results = priced(batch(*BILLED), payer(tmp_path, RELEASE, text))
    # The family, 900 + (700 − 400), is second to 1,500.
    assert allowed(results) == ["150.00", "450.00", "1500.00"]
    assert results.lines["release"].unique().to_list() == ["starter-2025"]


def test_own_indicators_alone(tmp_path: Path) -> None:
    text = (
        "hcpcs_code,facility_amount,multiple_procedure,endoscopic_base\n"
        "29880,900,3,29870\n29881,700,3,29870\n29870,400,2,\n29827,1500,,\n"
    )
    results = priced(batch(*BILLED), payer(tmp_path, OWN, text))
    # Without an indicator 29827 does not rank: the family stands alone.
    assert allowed(results) == ["300.00", "900.00", "1500.00"]


def test_a_column_of_its_own_goes_before_the_release(tmp_path: Path) -> None:
    text = "hcpcs_code,facility_amount,multiple_procedure\n29880,900,\n29881,700,0\n29827,1500,\n"
    results = priced(batch(*BILLED), payer(tmp_path, RELEASE, text))
    assert allowed(results) == ["700.00", "450.00", "1500.00"]


def test_a_base_without_dollars_leaves_the_family_ranked_one_by_one(tmp_path: Path) -> None:
    text = "hcpcs_code,facility_amount\n29880,900\n29881,700\n29827,1500\n"
    results = priced(batch(*BILLED), payer(tmp_path, RELEASE, text))
    assert allowed(results) == ["350.00", "450.00", "1500.00"]
    assert "endoscopic base 29870 is not on the schedule" in results.lines["review"][0]


def test_a_base_billed_with_its_scope_is_bundled(tmp_path: Path) -> None:
    text = (
        "hcpcs_code,facility_amount,multiple_procedure,endoscopic_base\n"
        "45385,374.56,3,45378\n45378,255.40,2,\n"
    )
    lines = batch({"hcpcs_code": "45378"}, {"hcpcs_code": "45385"})
    assert allowed(priced(lines, payer(tmp_path, OWN, text))) == ["0.00", "374.56"]


PARTS = (
    "hcpcs_code,modifier,facility_amount{0}\n70551,,250{1}\n70551,26,80{1}\n70551,TC,170{1}\n"
    "70552,,350{1}\n70552,26,100{1}\n70552,TC,250{1}\n"
)


@pytest.mark.parametrize(
    ("text", "fees"),
    [
        pytest.param(RELEASE, PARTS.format("", ""), id="release"),
        pytest.param(OWN, PARTS.format(",pctc_indicator,multiple_procedure", ",1,4"), id="own"),
    ],
)
def test_component_rows(tmp_path: Path, text: str, fees: str) -> None:
    acme = payer(tmp_path, text, fees)
    whole = batch({"hcpcs_code": "70551"}, {"hcpcs_code": "70552"}, place="11")
    # 70551 loses half of 170 and a twentieth of 80.
    assert allowed(priced(whole, acme)) == ["161.00", "350.00"]
    parts = batch(
        {"hcpcs_code": "70551", "hcpcs_modifier_1": "26"},
        {"hcpcs_code": "70552", "hcpcs_modifier_1": "TC"},
        place="11",
    )
    assert allowed(priced(parts, acme)) == ["80.00", "250.00"]


def test_a_component_without_a_row_is_never_paid_the_whole(tmp_path: Path) -> None:
    acme = payer(tmp_path, RELEASE, f"{C}\n70551,250\n")
    line = batch({"hcpcs_code": "70551", "hcpcs_modifier_1": "26"}, place="11")
    results = priced(line, acme)
    assert results.lines["status"].to_list() == ["not_on_schedule"]
    assert results.lines["reason"].to_list() == [
        "70551-26 has no row of its own in the fee schedule"
    ]


THERAPY = "hcpcs_code,facility_amount,work_amount,pe_amount,mp_amount{}\n97110,{}\n97140,{}\n"
ALONE = "hcpcs_code,facility_amount,pe_amount,multiple_procedure\n97110,30,14,5\n97140,28,15.01,5\n"


@pytest.mark.parametrize(
    ("text", "fees", "amounts"),
    [
        # The release ranks by its practice expense RVUs: 97110 is paid in full.
        pytest.param(
            RELEASE, THERAPY.format("", "30,15,14,1", "28,12,15.01,0.99"), ["30.00", "20.50"]
        ),
        # Without RVUs the payer's own practice expense ranks: 97140 is paid in full.
        pytest.param(
            OWN,
            THERAPY.format(",multiple_procedure", "30,15,14,1,5", "28,12,15.01,0.99,5"),
            ["23.00", "28.00"],
        ),
        pytest.param(OWN, ALONE, ["23.00", "28.00"]),
    ],
    ids=["release", "own", "practice expense alone"],
)
def test_half_of_therapy_s_practice_expense(
    tmp_path: Path, text: str, fees: str, amounts: list[str]
) -> None:
    lines = batch({"hcpcs_code": "97110"}, {"hcpcs_code": "97140"}, place="11")
    assert allowed(priced(lines, payer(tmp_path, text, fees))) == amounts


def test_therapy_without_a_practice_expense_says_so(tmp_path: Path) -> None:
    fees = f"{C},multiple_procedure\n97110,30,5\n97140,28,5\n"
    lines = batch({"hcpcs_code": "97110"}, {"hcpcs_code": "97140"}, place="11")
    results = priced(lines, payer(tmp_path, OWN, fees))
    assert allowed(results) == ["30.00", "28.00"]
    assert "no practice expense amount" in results.lines["review"][0]


@pytest.mark.parametrize("day", ["2005-03-03", "2015-03-03"])
def test_own_indicators_need_neither_release_nor_locality(tmp_path: Path, day: str) -> None:
    fees = f"{C},multiple_procedure\n11042,100,2\n11043,200,2\n"
    lines = batch({"hcpcs_code": "11042"}, {"hcpcs_code": "11043"}, day=day)
    results = priced(lines, payer(tmp_path, OWN, fees))
    assert results.rejects.is_empty()
    assert allowed(results) == ["50.00", "200.00"]
    assert results.lines["release"].to_list() == [None, None]


def test_indicators_of_no_release_are_not_guessed(tmp_path: Path) -> None:
    results = priced(
        batch({"hcpcs_code": "99213"}, day="2015-03-03"),
        payer(tmp_path, RELEASE, f"{C}\n99213,9\n"),
    )
    assert results.lines["status"].to_list() == ["not_on_schedule"]
    assert "which supplies the payer's indicators" in results.lines["reason"][0]


def test_a_code_the_release_does_not_list_is_paid_with_a_note(tmp_path: Path) -> None:
    results = priced(batch({"hcpcs_code": "S9083"}), payer(tmp_path, RELEASE, f"{C}\nS9083,150\n"))
    assert allowed(results) == ["150.00"]
    assert "does not list this code" in results.lines["review"][0]
    own = priced(batch({"hcpcs_code": "S9083"}), payer(tmp_path, OWN, f"{C}\nS9083,150\n"))
    assert own.lines["review"].to_list() == [None]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("A", "priced"),
        ("R", "priced"),
        ("B", "bundled"),
        ("N", "denied"),
        ("C", "by_report"),
        ("X", "not_on_schedule"),
        ("J", "priced"),
    ],
)
def test_status_codes_of_its_own(tmp_path: Path, status: str, outcome: str) -> None:
    fees = f"{C},status_code\n99213,90,{status}\n"
    results = priced(batch({"hcpcs_code": "99213"}, day="2005-03-03"), payer(tmp_path, OWN, fees))
    assert results.lines["status"].to_list() == [outcome]


#: 62 minutes in the units of a line made 49,600.00 of 800.00, and a code that the release lists
#: was left by report, or paid Medicare's amount.
OF_ANESTHESIA = CaseTable(
    "anesthesia",
    [
        case(
            "a price of anesthesia is of the service, whatever minutes its units hold",
            line(
                *("00840", "800.00", f"{OWN_PRICE}: $800.00"),
                units="62",
                factor="1",
            ),
        ),
        case(
            "whether the release lists the code or not",
            line("00100", "500.00", f"{OWN_PRICE}: $500.00", minutes="30", factor="1"),
        ),
        case(
            "who directs is paid the share of direction",
            line(
                *("00840 QK", "400.00", f"{OWN_PRICE}: $800.00, 50 % under medical direction"),
                factor="0.5",
            ),
        ),
        case(
            "and who supervises",
            line(
                *("00840 AD", "400.00", f"{OWN_PRICE}: $800.00, 50 % under medical direction"),
                factor="0.5",
            ),
        ),
        case(
            "a catheter's is by the day",
            line("01996", "200.00", f"{OWN_PRICE}: $200.00 for 2 day(s)", units="2", factor="1"),
        ),
    ],
    by_hand(code("00100", status="J")),
    dollars=in_dollars(
        {"hcpcs_code": "00840", "facility_amount": "800.00"},
        {"hcpcs_code": "00100", "facility_amount": "500.00"},
        {"hcpcs_code": "01996", "facility_amount": "100.00"},
        own_indicators=True,
    ),
)


@every_case(OF_ANESTHESIA)
def test_a_payer_s_own_dollars_are_a_price_of_anesthesia(table: CaseTable, case) -> None:
    table.check(case)


NO_ANESTHESIA = "own price of a code that is no anesthesia, though as text it lies among them: {}"
#: As text these lie between 00100 and 01999.
AMONG_ANESTHESIA = CaseTable(
    "bilateral",
    [
        case(
            NO_ANESTHESIA.format("by the unit"),
            line("0054T", "300.00", units="3"),
        ),
        case(NO_ANESTHESIA.format("a test, too"), line("0172U", "500.00", units="2")),
        case(
            NO_ANESTHESIA.format("both sides"),
            line(
                "0101T 50",
                "150.00",
                "bilateral indicator 1, modifier 50",
                factor="1.5",
                codes=(None, None, "N644"),
            ),
        ),
        case(
            NO_ANESTHESIA.format("a note on its sides"),
            line(
                "0054T RT 50",
                "100.00",
                "bilateral indicator 0, modifier 50",
                factor="1",
                codes=(None, None, "N644"),
                review="50 means both sides, RT means one: priced as both",
            ),
        ),
    ],
    by_hand(
        code("0054T", status="C", bilateral="0"),
        code("0101T", status="C", bilateral="1"),
        code("0172U", status="X"),
    ),
    dollars=in_dollars(
        {"hcpcs_code": "0054T", "facility_amount": "100.00"},
        {"hcpcs_code": "0101T", "facility_amount": "100.00"},
        {"hcpcs_code": "0172U", "facility_amount": "250.00"},
        own_indicators=False,
    ),
)


@every_case(AMONG_ANESTHESIA)
def test_own_dollars_of_new_technology_are_not_taken_for_anesthesia(table: CaseTable, case) -> None:
    """Three units of 0054T were paid as one, for their number was taken for minutes."""
    table.check(case)


STATUSES = "ABCDEFGHIJMNPRTX"
EACH_STATUS = CaseTable(
    "status_code",
    [
        case(
            f"status {status} of the release is no bar to the payer's own dollars",
            line(
                f"1{number:04}",
                "50.00",
                review=f"Medicare bundles this code (status {status}); the payer's own price is"
                " paid"
                if status in "BP"
                else None,
            ),
        )
        for number, status in enumerate(STATUSES)
    ],
    by_hand(*(code(f"1{number:04}", status=each) for number, each in enumerate(STATUSES))),
    dollars=in_dollars(
        *(
            {"hcpcs_code": f"1{number:04}", "facility_amount": "50.00"}
            for number in range(len(STATUSES))
        ),
        own_indicators=False,
    ),
)


@every_case(EACH_STATUS)
def test_a_payer_s_own_dollars_are_a_price(table: CaseTable, case) -> None:
    table.check(case)


def test_split_care_by_the_payer_s_own_shares(tmp_path: Path) -> None:
    fees = f"{C},global_days,preoperative,intraoperative,postoperative\n42145,100,090,10,73,17\n"
    lines = batch(
        {"hcpcs_code": "42145", "hcpcs_modifier_1": "54"},
        {"hcpcs_code": "42145", "hcpcs_modifier_1": "55", "rendering_npi": "2"},
    )
    assert allowed(priced(lines, payer(tmp_path, OWN, fees))) == ["83.00", "17.00"]


def test_a_row_53_serves_a_discontinued_procedure(tmp_path: Path) -> None:
    fees = "hcpcs_code,modifier,facility_amount\n45378,,255.40\n45378,53,127.70\n"
    line = batch({"hcpcs_code": "45378", "hcpcs_modifier_1": "53"})
    assert allowed(priced(line, payer(tmp_path, OWN, fees))) == ["127.70"]


def test_lines_keep_their_order_and_number(tmp_path: Path) -> None:
    acme = payer(tmp_path, OWN, f"{C}\n99213,90\n99214,120\n")
    lines = batch({"hcpcs_code": "99214"}, {"hcpcs_code": "0000X"}, {"hcpcs_code": "99213"})
    found = priced(lines, acme).lines.select("claim_line_number", "allowed_amount")
    assert found["claim_line_number"].to_list() == [1, 2, 3]
    assert found["allowed_amount"].cast(pl.String).to_list() == ["120.00", None, "90.00"]
