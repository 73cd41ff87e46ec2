"""CMS's real files, where they lie beside the checkout, each by its name.

The one place that knows where they are. Nothing is looked for: what else lies in these folders, or
comes to lie there, changes no test.
"""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"
CMS, MEDICARE, CLAIMS = SHARED / "cms", SHARED / "medicare", SHARED / "claims"
NCCI = MEDICARE / "ncci"

#: Files under `CMS`, and as what kind of file payrules knows each; None: as none.
KNOWN_AS = {
    "2025D/25LOCCO.csv": "counties",
    "2025D/ANES2025.csv": "anes",
    "2025D/GPCI2025.csv": "gpci",
    "2025D/OPPSCAP_Oct.csv": "opps_cap",
    "2025D/PPRRVU2025_Oct.csv": "relative_values",
    "2025D/PPRRVU2025_Oct.txt": "relative_values",
    "2025D/RVU25D.extracted.txt": None,
    "2026C/GPCI2026.csv": "gpci",
    "2026C/PPRRVU2026_Jul_nonQPP.csv": "relative_values",
    "2026C-qpp-sample/seen-institute_worth_pprrvu-qpp-2026q3_sample.csv": "relative_values",
    "anesthesia/CY_2022_Anesthesia_Base_Units_110921.xlsx": "anesthesia_base_units",
    "anesthesia/Section 508 compliant version of CY_2022_Anesthesia_Base_Units_110921.txt": (
        "anesthesia_base_units"
    ),
    "facility/asc_2026_04/AA.csv": "asc",
    "facility/opps_addendum_b_2025.xlsx": "opps",
    "published/PF25A_excerpts.csv": None,
    "published/PF25A_oppscap_excerpts.csv": None,
    "published/PF25PD.layout.txt": None,
    "published/PFREV4_2025Q4.txt": "amounts",
    "zip/ZIP5_OCT2025.txt": "zip",
    "zip/ZIP5lyout.txt": None,
}
#: Anesthesia base units as a workbook and as text.
BASE_UNITS = tuple(CMS / name for name, kind in KNOWN_AS.items() if kind == "anesthesia_base_units")
#: Medicare's whole tables of edits, July 2024.
EDITS = tuple(
    NCCI / "2024Q3" / name
    for name in (
        "AOC_V2024Q3-MCR.zip",
        "MCR_MUE_PractitionerServices_Eff_07-01-2024.zip",
        *(f"ccipra-v302r0-f{part}.zip" for part in (1, 2, 3, 4)),
    )
)
#: ASC addenda of fifteen quarters.
ASC_ADDENDA = tuple(
    MEDICARE / "asc" / f"asc-{quarter // 4}-{3 * (quarter % 4) + 1:02}.zip"
    for quarter in range(2023 * 4, 2026 * 4 + 3)
)
#: ASC wage indices of four years; the last as CSV.
ASC_WAGE_INDICES = tuple(
    MEDICARE / "asc" / f"wage_index_{year}.{form}"
    for year, form in ((2023, "txt"), (2024, "txt"), (2025, "txt"), (2026, "csv"))
)
#: Headings of a download of the Medicare Coverage Database, and the index of policies on pain.
COVERAGE_HEADINGS = MEDICARE / "mcd" / "mcd_columns.csv"
COVERAGE_INDEX = MEDICARE / "mcd" / "pain_policies_2025-08.csv"
#: Payment limits of drugs (January 2025, January 2026), and the laboratory fee schedule.
DRUG_LIMITS = (
    MEDICARE / "asp" / "section 508 version of Jan 2025 ASP Pricing File updated 030725.csv",
    MEDICARE
    / "asp"
    / "section 508 version of January 2026 Medicare Part B Payment Limit File 121725.csv",
)
LABORATORY = MEDICARE / "clfs" / "CLFS 2025 Q1V1.csv"
#: Public 835 files, by their names under `CLAIMS`; the first has no ISA.
CLAIMS_835 = (
    "835_bundled_lines.txt",
    "835_claim_id_not_unique.txt",
    "835_denied_ranges.txt",
    "835_same_claim_id_three_patients.edi",
    "835_secondary_higher_fee.edi",
    "835_two_dates_same_code.txt",
    "835_wrong_component_separator.835",
    "835_x12ex1_medicare_part_a.835",
    "835_x12ex2_managed_care.835",
    "835_x12ex3_secondary.835",
    "835_x12ex3_tertiary.edi",
)
#: Worked cases of what was expected against what was paid.
VARIANCE_CASES = SHARED / "examples" / "variance_cases.json"
#: Public 837P files, by their names under `CLAIMS`.
CLAIMS_837P = (
    "837p_auto_accident.837",
    "837p_home_infusion_ndc.edi",
    "837p_many_claims.txt",
    "837p_many_other_payers.txt",
    "837p_missing_loops.txt",
    "837p_msp_cob.edi",
    "837p_no_isa.txt",
    "837p_other_separators.txt",
    "837p_out_of_order.txt",
    "837p_oxygen.edi",
    "837p_ppo_repriced.edi",
    "837p_several_gs.txt",
    "837p_several_isa.txt",
    "837p_several_st.txt",
    "837p_short_isa.txt",
    "837p_sv1_without_lx.txt",
    "837p_wheelchair.edi",
    "837p_wrong_component_separator.837",
    "837p_x12ex01_commercial_dependent.837",
    "837p_x12ex02_encounter.837",
    "837p_x12ex03a_cob_primary.837",
    "837p_x12ex03b_cob_secondary.837",
    "837p_x12ex03c_payer_to_payer.837",
    "837p_x12ex04_medicare_secondary.837",
    "837p_x12ex05_ambulance.837",
    "837p_x12ex09_anesthesia.edi",
    "837p_x12ex10_drug_units.837",
    "837p_x12ex10_home_infusion.837",
    "837p_x12ex11.837",
)


def are_here(*files: Path) -> bool:
    """Whether all of these files or folders are beside the checkout."""
    return all(path.exists() for path in files)


def need(*files: Path) -> pytest.MarkDecorator:
    """Skip a test where one of these files or folders is not beside the checkout."""
    return pytest.mark.skipif(not are_here(*files), reason="CMS's real files are not here")


def skip_without(*files: Path) -> None:
    """Skip the test that asks, or all that use the fixture that asks, without these files."""
    if not are_here(*files):
        pytest.skip("CMS's real files are not here")
