"""Every number that a payer prints, in dollars worked out by hand: the national fees of 2026.

A fee is (work + practice expense + malpractice) × 33.4009 of CMS's file 2026C (July), in a facility
(F) or an office (O). All lines are one batch of many payers; each case is a person of one of them.
Of `anthem-commercial`, the thirtieth published file, no percentage was found; its units of
anesthesia to a tenth are Medicare's.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from payrules.content import content_folder
from payrules.payers import MEDICARE, load_payer
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.schedules import Schedules, load_schedules
from tests.payers.files import HEAD, batch
from tests.payers.test_policies import POLICIES

Words = tuple[Any, ...]  # service, amount, and columns where they are not the case's own
O, F, ASC = {"place_of_service_code": "11"}, {"place_of_service_code": "21"}, "24"  # noqa: E741
NP, PA = {"practitioner_type": "nurse_practitioner"}, {"practitioner_type": "physician_assistant"}
MIDWIFE = {"practitioner_type": "certified_nurse_midwife"}
CSW = {"practitioner_type": "clinical_social_worker"}
JULY = {"claim_line_start_date": "2025-07-01"}  # of 2025D: 2.75 × 32.3465 = 88.95
FEBRUARY = {"claim_line_start_date": "2026-02-27"}
SF = {"locality": "01112-05"}
DOCUMENTS = {"documentation_submitted": "Y"}

# The fees.
#   20610 O (0.77 + 1.16 + 0.13) = 2.06 → 68.81        62323 O 8.18 → 273.22
#   27447 F (19.11 + 11.58 + 4.02) = 34.71 → 1,159.35  27130 F 34.79 → 1,162.02
#   63047 F (14.99 + 12.03 + 4.88) = 31.90 → 1,065.49  63081 F 49.70 → 1,660.02
#   99213 O (1.30 + 1.46 + 0.09) = 2.85 → 95.19        F 1.72 → 57.45
#   64483 F 2.98 → 99.53   64493 F 2.44 → 81.50   11042 F 1.67 → 55.78   64483 O 7.93 → 264.87
#   45385 F 6.69 → 223.45  45380 F 5.32 → 177.69  45378 F 4.93 → 164.67
#   64628 O (6.97 + 3.23 + 0.72) = 10.92 → 364.74      64633 O 13.74 → 458.93, F 5.17
#   70551-26 2.03 → 67.80, TC 3.82 → 127.59            72148-26 2.05 → 68.47, TC 3.69 → 123.25
#   93880 5.66 → 189.05, TC 4.54 → 151.64              93306 5.89 → 196.73, TC 3.87 → 129.26
#   92250 1.11 → 37.07, TC 0.50 → 16.70                92134 0.98 → 32.73, TC 0.45 → 15.03
#   97110 0.87 → 29.06     97140 0.83 → 27.72, with half its practice expense 0.635 → 21.21

#: 100, 50, 50: 81.50 / 2 = 40.75; 55.78 / 2 = 27.89.
HALVES = [("64483", "99.53"), ("64493", "40.75"), ("11042", "27.89")]
#: 150 %: 68.81 × 1.5 = 103.215.
BOTH = [("20610 50", "103.22", O)]
HALF_52 = [("20610 52", "34.41", O)]  # 68.81 / 2 = 34.405
TWENTY = [("27130 80", "232.40", F)]  # 1,162.02 × 0.20 = 232.404
SIXTEEN = [("27130 80", "185.92", F)]  # × 0.16 = 185.9232
AS_16 = [("27130 AS", "185.92", F | PA)]
AS_17 = [("27130 AS", "197.54", F | PA)]  # × 0.17 = 197.5434
AS_14 = [("27130 AS", "162.68", F | PA)]  # × 0.14 = 162.6828
AS_13_6 = [("27130 AS", "158.03", F | PA)]  # × 0.136 = 158.0347
CO_62_5 = [("63047 62", "665.93", F)]  # 1,065.49 × 0.625 = 665.93125
NP_85, PA_85 = [("99213", "80.91", O | NP)], [("99213", "80.91", O | PA)]  # 95.19 × 0.85 = 80.9115
#: 45380 less its base: 177.69 − 164.67.
SCOPES = [("45385", "223.45"), ("45380", "13.02")]
#: Of images only one is paid its professional part in full, of the other 67.80 × 0.75 = 50.85.
IMAGES_26 = [("72148 26", "68.47", F), ("70551 26", "50.85", F)]
#: Of 123.25 of technical part a half: 61.625.
IMAGES_TC = [("70551 TC", "127.59", O), ("72148 TC", "61.63", O)]
#: 129.26 × 0.75 = 96.945: 196.73 − (129.26 − 96.95).
#: Global images, 5.85 → 195.40 and 5.74 → 191.72: the second cut whole, × 0.50.
IMAGES_WHOLE = [("70551", "195.40", O), ("72148", "95.86", O)]
HEARTS = [("93880", "189.05", O), ("93306", "164.42", O)]
#: 15.03 × 0.8 = 12.024: 32.73 − (15.03 − 12.02).
EYES = [("92250", "37.07", O), ("92134", "29.72", O)]
THERAPY = [("97110", "29.06", O), ("97140", "21.21", O)]
#: In San Francisco 34.24, with half of 0.39 × 1.410 × 33.4009 less 25.05; by RVUs alone
#: 34.24 × (0.83 − 0.39 / 2) / 0.83 = 26.1957.
THERAPY_WITHOUT_GPCIS = [("97110", "35.91", O | SF), ("97140", "26.20", O | SF)]

PRINTED: Mapping[str, Sequence[Sequence[Words]]] = {
    "aetna-commercial": [
        *([("99213", "80.91", O | who)] for who in (NP, PA, MIDWIFE)),
        *(HEARTS, EYES, THERAPY, THERAPY_WITHOUT_GPCIS),
    ],
    "bcbs-nebraska": [BOTH, CO_62_5, HALF_52],
    "bcbs-north-carolina": [
        *(HALVES, SIXTEEN, HALF_52),
        [("63047 62", "639.29", F)],  # × 0.60 = 639.294
        # In the office 64633 has the more RVUs, 364.74 / 2 = 182.37.
        [("64633", "458.93", O), ("64628", "182.37", O)],
    ],
    "bcbs-north-dakota": [
        *(TWENTY, AS_17),
        [("63081 66", "1037.51", F)],  # 1,660.02 × 0.625 = 1,037.5125
    ],
    "bcbs-south-carolina-state": [HALVES],
    "bcbs-texas": [
        *(HALVES, BOTH),
        [("27447 22", "1449.19", F | DOCUMENTS)],  # 1,159.35 × 1.25 = 1,449.1875
        [("27447 22", "1159.35", F)],  # without documents in full
        # One side, 264.87, is below 273.22: both at 75 %, as 397.31 (150 %) / 2 = 198.655.
        [("62323", "273.22", O), ("64483 50", "198.66", O)],
    ],
    "cigna-commercial": [HALVES, BOTH],
    "florida-medicaid": [
        *(BOTH, HALF_52),
        # The third at 25 %: 55.78 × 0.25 = 13.945.
        [("64483", "99.53"), ("64493", "40.75"), ("11042", "13.95")],
    ],
    "harvard-pilgrim": [
        *(BOTH, SIXTEEN, AS_16, CO_62_5, HALF_52, IMAGES_26, IMAGES_TC, IMAGES_WHOLE),
        # A part beside a whole image: 68.47 × 0.75 = 51.3525.
        [("70551", "195.40", O), ("72148 26", "51.35", O)],
        # Two units: 195.40 + 97.70.
        [("70551", "293.10", O | {"service_unit_quantity": "2"})],
    ],
    "health-net-medi-cal": [TWENTY, [("63047 62", "660.60", F)]],  # × 0.62 = 660.6038
    "highmark-commercial": [
        [("27447 54", "811.55", F)],  # 1,159.35 × 0.70 = 811.545
        [("27447 55", "231.87", O | {"postoperative_days": "90"})],  # × 0.20
    ],
    "horizon-bcbs-new-jersey": [CO_62_5, [("64633", "458.93", O), ("64628", "182.37", O)]],
    "horizon-nj-health": [SIXTEEN, AS_16],
    "humana-commercial": [[("20610 53", "19.95", O)]],  # 68.81 × 0.29 = 19.9549
    "independence-blue-cross": [SIXTEEN, AS_16, HALVES],
    "priority-health": [HALF_52],
    "sanford-health-plan": [
        *(HALVES, BOTH, CO_62_5, HALF_52),
        [("27447 22", "1391.22", F)],  # × 1.20
        [("20610 53", "34.41", O)],
        [("27447 54", "927.48", F)],  # × 0.80
        [("27447 55", "231.87", O | {"postoperative_days": "90"})],
        [("27447 56", "0.00", F)],
    ],
    "security-health-plan": [
        *(HALVES, BOTH, TWENTY, AS_16, SCOPES),
        [("27447 22", "1449.19", F | DOCUMENTS)],
        [("20610 52", "51.61", O)],  # × 0.75 = 51.6075
    ],
    "texas-medicaid": [
        *(HALVES, SIXTEEN),
        [("63047 62", "506.11", F)],  # 1,065.49 × 0.625 × 0.76 = 506.10775
        *([("99213", "87.57", O | who)] for who in (NP, PA, MIDWIFE)),  # 95.19 × 0.92 = 87.5748
    ],
    "the-alliance": [
        *(HALVES, BOTH, TWENTY, AS_14, CO_62_5, HALF_52),
        [("27447 22", "1449.19", F)],
        [("99213 22", "95.19", O)],  # of surgery alone
        [("20610 53", "34.41", O)],
        [("27447 54", "927.48", F)],
        [("27447 55", "231.87", O | {"postoperative_days": "90"})],
        [("27447 56", "115.94", F)],  # × 0.10 = 115.935
        [("27447 63", "1449.19", F)],
        [("27447 78", "811.55", F)],  # × 0.70
        [("27130 81", "116.20", F)],  # 1,162.02 × 0.10 = 116.202
        [("27130 82", "232.40", F)],
    ],
    "tricare": [HALVES],
    "uhc-commercial": [
        *(HALVES, HALF_52, NP_85, PA_85, HEARTS),
        [("99213 SA", "95.19", O | NP)],
        *([(f"27447 {one}", "1391.22", F | DOCUMENTS)] for one in ("22", "63")),
        [("64633", "458.93", O), ("64628", "182.37", O)],
    ],
    "uhc-community-plan": [
        HALVES,
        # By RVUs of a facility 10.92 is before 5.17: 458.93 / 2 = 229.465.
        [("64628", "364.74", O), ("64633", "229.47", O)],
    ],
    "uhc-medicare-advantage": [
        *(NP_85, PA_85),
        [("99213 SA", "95.19", O | NP)],
        [("99213", "88.95", O | NP | JULY | {"processed_date": "2025-07-14"})],
        [("99213", "75.61", O | NP | JULY | {"processed_date": "2025-07-15"})],  # 88.95 × 0.85
    ],
    "wc-california": [SIXTEEN, AS_13_6, NP_85, PA_85, [("99213", "71.39", O | CSW)]],  # × 0.75
    "wc-florida": [
        [("99213", "166.58", O)],  # 95.19 × 1.75 = 166.5825
        [("20610", "144.50", O)],  # 68.81 × 2.10 = 144.501
    ],
    "wc-michigan": [
        *(TWENTY, CO_62_5, IMAGES_26, IMAGES_TC),
        [("27130 81", "151.06", F)],  # 1,162.02 × 0.13 = 151.0626
        [("27130 82", "151.06", F | PA)],  # "as 81 by a PA"
        [("27130 82", "232.40", F)],  # as 80 by a physician
    ],
    # 38.0870 × 2 = 76.1740, × 2.75 = 104.7393.
    "wc-tennessee": [
        # 2.98 → 227.00; 2.44 → 185.86, / 2 = 92.93; 1.67 → 127.21, / 2 = 63.605.
        [("64483", "227.00"), ("64493", "92.93"), ("11042", "63.61")],
        [("27130 80", "530.02", F)],  # 34.79 → 2,650.09, × 0.20 = 530.018
        [("27130 AS", "450.52", F | PA)],  # × 0.17 = 450.5153
        [("45385", "509.60"), ("45380", "29.71")],  # 405.25 − 375.54
        [("27447", "3635.50", F | {"rendering_taxonomy": "207X00000X"})],  # 34.71 × 104.7393
        [("99213", "95.19", O)],  # 100 percent of Medicare
        [("0075T", "400.00", F | {"charge_amount": "500.00"})],  # which has no price
    ],
    "wc-texas": [
        *(HALVES, SIXTEEN, AS_13_6, CO_62_5, NP_85, THERAPY),
        [("97110", "35.91", O | SF), ("97140", "25.05", O | SF)],  # as Medicare
    ],
}

RANKING = "[terms.multiple_procedure]\n"
#: What they print and no shipped file holds, since codes or rates are a contract's.
WRITTEN: Mapping[str, tuple[str, Sequence[Sequence[Words]]]] = {
    "SA at a share of its own, surgery spared (Cigna R37 prints 0.85, which NPs have anyhow)": (
        '[[terms.modifier.share]]\nmodifier = "SA"\nshare = 0.80\nexcept_codes = ["10004-69990"]\n',
        # 95.19 × 0.80 = 76.152; surgery stays at the practitioner's 0.85: 68.81 → 58.4885.
        [[("99213 SA", "76.15", O | NP)], [("20610 SA", "58.49", O | NP)]],
    ),
    "X-ray of nurses in full (Texas Medicaid)": (
        "[terms.practitioner.shares]\nnurse_practitioner = 0.92\n"
        '[[terms.modifier.share]]\nmodifier = "SA"\nshare = 1.00\ncodes = ["70010-79999"]\n',
        # (0.21 + 0.76 + 0.02) × 33.4009 = 33.07.
        [[("71046 SA", "33.07", O | NP)], [("99213 SA", "87.57", O | NP)]],
    ),
    "X-ray in full whoever reads it (Texas Medicaid)": (
        '[terms.practitioner]\nexcept_codes = ["70010-79999"]\n',
        # 95.19 × 0.85 = 80.9115.
        [[("71046", "33.07", O | NP)], [("99213", "80.91", O | NP)]],
    ),
    "never reduced (BCBSTX, Multiple Surgery Pricing)": (
        f'{RANKING}never = ["@lesions"]\n[codes]\nlesions = ["11042"]\n',
        [[("64483", "99.53"), ("64493", "40.75"), ("11042", "55.78")]],
    ),
    "lesions on a ladder of their own (BCBSSC CAM 564)": (
        '[[terms.multiple_procedure.also]]\ncodes = ["11042"]\n'
        "ladder = [1.0, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.1]\n",
        # 55.78 + 2 × 27.89 + 5 × 13.95 + 2 × 5.58 of ten; others rank without them.
        [[("11042", "192.47", {"service_unit_quantity": "10"}), *HALVES[:2]]],
    ),
    "200 and 275 percent of the factor of 2008 (Tennessee)": (
        '[[rate]]\nspecialty = ["207X", "20"]\nconversion_factor = "104.7393"\n'
        '[[rate]]\nconversion_factor = "76.1740"\n',
        # 34.71 × 76.174 = 2,643.99954; × 104.7393 = 3,635.50 (3,635.501103).
        [
            [("27447", "2644.00", F)],
            [("27447", "3635.50", F | {"rendering_taxonomy": "207X00000X"})],
        ],
    ),
    "80 percent of the charge without a price (Tennessee)": (
        '[[rate]]\nwhen = "no_price"\npercent_of_charge = 80\n',
        [[("0075T", "400.00", F | {"charge_amount": "500.00"})]],
    ),
    "two factors: surgery in a facility, and all other (Texas)": (
        '[[rate]]\ncodes = ["10004-69990"]\nsetting = "facility"\nconversion_factor = "66.32"\n'
        '[[rate]]\nconversion_factor = "52.83"\n',
        # 34.71 × 66.32 = 2,301.9672; 2.06 × 52.83 = 108.8298; 2.85 × 52.83 = 150.5655.
        [
            [("27447", "2301.97", F)],
            [("20610", "108.83", O)],
            [("99213", "150.57", O)],
        ],
    ),
    "ranked by the billed charge (BCBS of Minnesota)": (
        f'{RANKING}rank_by = "charge"\n',
        [
            [
                ("64483", "49.77", {"charge_amount": "300.00"}),  # 99.53 / 2 = 49.765
                ("64493", "81.50", {"charge_amount": "301.00"}),
            ]
        ],
    ),
    "60 percent in outpatient hospitals (Texas Medicaid)": (
        '[[rate]]\nplaces = ["22", "19"]\npercent_of_medicare = 60\n',
        # (1.30 + 0.33 + 0.09) × 33.4009 = 57.45; × 0.60.
        [[("99213", "34.47", {"place_of_service_code": "22"})], [("99213", "95.19", O)]],
    ),
    "never less than Medicare (TRICARE)": (
        'not_under = { percent_of_medicare = 100 }\n[[rate]]\ncodes = ["99213"]\namount = "90.00"\n'
        "[[rate]]\npercent_of_medicare = 80\n",
        [[("99213", "95.19", O)], [("20610", "68.81", O)]],
    ),
    "a printed percent for a scope (Florida Blue)": (
        "[terms.endoscopy.percent]\n45380 = 0.40\n",
        [[("45385", "223.45"), ("45380", "71.08")]],  # 177.69 × 0.40 = 71.076
    ),
    "62 on the intraoperative share (Texas Medicaid)": (
        '[[terms.modifier.share]]\nmodifier = "62"\nshare = 0.475\ncodes = ["63047"]\n',
        [[("63047 62", "506.11", F)]],  # 0.76 × 0.625; 1,065.49 × 0.475 = 506.10775
    ),
    "a term from its first day (a third at a quarter)": (
        f"{RANKING}third = {{ 2026-03-02 = 0.25 }}\n",
        [
            [*HALVES[:2], ("11042", "13.95")],
            [(each[0], each[1], {"place_of_service_code": ASC} | FEBRUARY) for each in HALVES],
        ],
    ),
    "22 by the day of processing (Sanford)": (
        '[[terms.modifier.share]]\nmodifier = "22"\nshare = { 2025-11-01 = 1.20 }\n'
        'by_day_of = "processing"\n',
        # 2025: 2.75 × 32.3465 = 88.95; × 1.20 = 106.74.
        [
            [("99213 22", "88.95", O | JULY | {"processed_date": "2025-10-31"})],
            [("99213 22", "106.74", O | JULY | {"processed_date": "2025-11-01"})],
            [("99213 22", "88.95", O | JULY)],
            [("99213 22", "114.23", O)],  # 95.19 × 1.20 = 114.228
        ],
    ),
    "or the panel's amount if greater (Florida)": (
        'not_under = { schedule = "panel.csv" }\n[[rate]]\npercent_of_medicare = 110\n',
        # 95.19 × 1.10 = 104.709; 68.81 × 1.10 = 75.691.
        [[("99213", "120.00", O)], [("20610", "75.69", O)]],
    ),
    "anesthesia to a tenth (Anthem)": (
        # 00400 has 3 base units; 47 minutes are 3.13 of time: 6.1 × 60.00.
        '[[rate]]\ncodes = ["00100-01999"]\nconversion_factor = "60.00"\n',
        [[("00400 AA", "366.00", F | {"anesthesia_minutes": "47"})]],
    ),
    "the third at a quarter in some states (UnitedHealthcare Community Plan)": (
        f'base = "uhc-community-plan"\n{RANKING}third = 0.25\n',
        [[("64483", "99.53"), ("64493", "40.75"), ("11042", "13.95")]],
    ),
}
#: The 15 terms that thirty published policies print and no payer file could say, by the number of
#: payers that print them, with the cases of each.
ROWS: Mapping[int, tuple[str, ...]] = {
    # 1. A fixed share for a modifier: 52, 22, 53, 54 and 55, 63, 81, 56, 78, 66.
    1: ("the-alliance", "sanford-health-plan", "highmark-commercial", "bcbs-north-dakota"),
    # 2. A citation and a first day for each term.
    2: ("a term from its first day (a third at a quarter)",),
    # 3. A percent by modifier SA or SB, and code classes spared.
    3: (
        "SA at a share of its own, surgery spared (Cigna R37 prints 0.85, which NPs have anyhow)",
        "X-ray of nurses in full (Texas Medicaid)",
    ),
    # 4. Variants of one policy by state, product, method.
    4: ("the third at a quarter in some states (UnitedHealthcare Community Plan)",),
    # 5. Codes of its own: never reduced, or on a ladder of their own.
    5: (
        "never reduced (BCBSTX, Multiple Surgery Pricing)",
        "lesions on a ladder of their own (BCBSSC CAM 564)",
    ),
    # 6. A conversion factor of its own, by year, codes, setting.
    6: (
        "200 and 275 percent of the factor of 2008 (Tennessee)",
        "two factors: surgery in a facility, and all other (Texas)",
    ),
    # 7. Ranking by the charge, by one side, by facility RVU.
    7: ("ranked by the billed charge (BCBS of Minnesota)", "bcbs-texas", "uhc-community-plan"),
    # 8. A percent of the charge where there is no price.
    8: ("80 percent of the charge without a price (Tennessee)",),
    # 9. A percent by place of service or setting.
    9: ("60 percent in outpatient hospitals (Texas Medicaid)",),
    # 10. In force by the day on which a claim is processed.
    10: ("uhc-medicare-advantage", "22 by the day of processing (Sanford)"),
    # 11. The greater of a second schedule, a floor.
    11: ("never less than Medicare (TRICARE)", "or the panel's amount if greater (Florida)"),
    # 12. An endoscopy by a published percent for its code.
    12: ("a printed percent for a scope (Florida Blue)",),
    # 13. A ladder past the third: 25 percent five times, then 10.
    13: ("lesions on a ladder of their own (BCBSSC CAM 564)",),
    # 14. A percent by specialty.
    14: ("200 and 275 percent of the factor of 2008 (Tennessee)",),
    # 15. 62 on the intraoperative share; a global image cut whole; therapy without GPCIs;
    # anesthesia to a tenth.
    15: ("texas-medicaid", "harvard-pilgrim", "aetna-commercial", "anesthesia to a tenth (Anthem)"),
}
CASES = {
    **{name: (None, sessions) for name, sessions in PRINTED.items()},
    **WRITTEN,
}


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[str]]]:
    """Every case's amounts, by payer and session: one batch of all payers."""
    folder = tmp_path_factory.mktemp("payers")
    panel = "hcpcs_code,nonfacility_amount,facility_amount\n99213,120.00,80.00\n"
    (folder / "panel.csv").write_text(panel, encoding="utf-8")
    payers = {name: load_payer(name) for name in PRINTED}
    for number, (name, (text, _)) in enumerate(WRITTEN.items()):
        payers[name] = load_payer(_written(folder / f"{number}.toml", text))
    names = [f"payer {number}" for number in range(len(CASES))]
    rows = [
        {
            "place_of_service_code": ASC,
            **(words[2] if len(words) > 2 else {}),
            "hcpcs_code": words[0].split()[0],
            "hcpcs_modifiers": " ".join(words[0].split()[1:]),
            "payer": name,
            "person_id": f"{name} {number}",
            "claim_id": f"{name} {number}",
        }
        for name, (_, sessions) in zip(names, CASES.values(), strict=True)
        for number, session in enumerate(sessions)
        for words in session
    ]
    starter = load_schedules(content_folder("fee_schedules"))
    setup = Setup(
        payer=MEDICARE,
        payers=dict(zip(names, payers.values(), strict=True)),
        schedules=Schedules(starter.releases, starter.tables_in_use("anesthesia_base_units")),
        locality="national",
    )
    results = estimate(batch(*rows, day="2026-03-02"), setup)
    amounts = iter(map(str, results.lines["allowed_amount"]))
    return {
        name: [[next(amounts) for _ in session] for session in sessions]
        for name, (_, sessions) in CASES.items()
    }


def _written(path: Path, text: str) -> Path:
    base = "" if text.startswith("base") else 'plan = "commercial"\n'
    path.write_text(HEAD + base + text, encoding="utf-8")
    return path


def test_every_shipped_policy_has_its_numbers_here() -> None:
    assert [*PRINTED] == POLICIES


def test_each_of_the_fifteen_terms_that_no_file_could_say_has_its_cases() -> None:
    assert [*ROWS] == [*range(1, 16)]
    assert {name for names in ROWS.values() for name in names} <= {*CASES}


@pytest.mark.parametrize("name", CASES)
def test_what_is_printed_is_paid(name: str, paid: dict[str, list[list[str]]]) -> None:
    _, sessions = CASES[name]
    assert paid[name] == [[words[1] for words in session] for session in sessions]
