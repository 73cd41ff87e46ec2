"""The columns of a schedule's rows that fees are made of."""

import polars as pl

from payrules.schedules.rvus import RVUS

INDICATORS = (
    "status_code",
    "pctc_indicator",
    "global_days",
    "multiple_procedure_indicator",
    "bilateral_indicator",
    "assistant_indicator",
    "co_surgeon_indicator",
    "team_indicator",
    "endoscopic_base_code",
    "imaging_family",
)
PERCENTAGES = ("preoperative", "intraoperative", "postoperative")

CAP_RVUS = ("cap_nonfacility_pe_rvu", "cap_facility_pe_rvu", "cap_malpractice_rvu")
DOLLARS = ("facility_amount", "nonfacility_amount", "work_amount", "pe_amount", "mp_amount")
#: Columns that a what-if adds to a release's codes: a share of the fee (ten-thousandths), or the
#: fee itself in each setting (cents). No release of CMS has them.
FEE_CHANGES = ("fee_share", "facility_fee", "nonfacility_fee")
#: And to a schedule in dollars, whose amounts it changes in place: what the row said before, and
#: the non-facility amount that its work, expense and malpractice are still parts of (cents).
FILED = ("filed_facility_amount", "filed_nonfacility_amount", "divided_amount")
NO_ROWS = (
    {"hcpcs_code": pl.String, "modifier": pl.String, "period": pl.Int64}
    | dict.fromkeys((*INDICATORS, "schedule_note", "_medicare_status"), pl.String)
    | dict.fromkeys((*PERCENTAGES, *RVUS, *CAP_RVUS, *DOLLARS, *FEE_CHANGES, *FILED), pl.Int64)
    | dict.fromkeys(("nonfacility_na", "facility_na"), pl.Boolean)
)
