"""Small addenda in CMS's layouts, with the published rates of some codes, imported for tests."""

from pathlib import Path

from payrules.schedules import import_schedule

#: Of October 2025: code, discounted, indicator, rate.
_SURGERY = (
    ("45380", "Y", "A2", "$632.96"),
    ("62323", "Y", "G2", "$371.75"),
    ("64483", "Y", "A2", "$477.94"),
    ("64484", "N", "N1", ""),
    ("64493", "Y", "G2", "$477.94"),
    ("64494", "N", "N1", ""),
    ("64635", "Y", "G2", "$924.93"),
    ("G0260", "Y", "A2", "$371.75"),
)
_ANCILLARY = (("77003", "N1"), ("J3301", "N1"))
#: Of January 2025: code, status indicator, APC, rate, least copayment.
_HOSPITAL = (
    ("22558", "C", "", "", ""),
    ("27096", "B", "", "", ""),
    ("62323", "T", "5442", "692.52", "138.51"),
    ("64483", "T", "5443", "890.29", "178.06"),
    ("64484", "N", "", "", ""),
    ("64493", "T", "5443", "890.29", "178.06"),
    ("64494", "N", "", "", ""),
    ("64635", "J1", "5431", "1,952.77", "390.56"),
    ("77003", "N", "", "", ""),
    ("93306", "S", "5524", "548.30", "109.66"),
    ("99213", "B", "", "", ""),
    ("G0260", "T", "5442", "692.52", "138.51"),
    ("J3301", "N", "", "", ""),
)
_TITLE = "Addendum {} -- ASC {} for CY 2025,,,,,,\r\n,,,,,,\r\nHCPCS Code,,Short Descriptor,"


def _texts() -> dict[str, str]:
    """Write the files, by name."""
    quarter = "October 2025"
    surgery = "".join(f"{code},,,{y},{si},,{rate}\r\n" for code, y, si, rate in _SURGERY)
    ancillary = "".join(f"{code},,,,{si},,,\r\n" for code, si in _ANCILLARY)
    hospital = "".join(
        f'{code},,{si},{apc},,"{rate}",.,{copay}\r\n' for code, si, apc, rate, copay in _HOSPITAL
    )
    return {
        "AA.csv": _TITLE.format("AA", "Covered Surgical Procedures")
        + f"Subject to Multiple Procedure Discounting,{quarter} Payment Indicator,"
        f"{quarter} Payment Weight  ,{quarter} Payment Rate \r\n" + surgery,
        "BB.csv": _TITLE.format("BB", "Covered Ancillary Services")
        + "Drug and Device Pass-Through Expiration during Calendar Year,"
        f"{quarter} Payment Indicator,{quarter} Payment Weight  ,{quarter} Payment Rate ,\r\n"
        + ancillary,
        "January 2025 Web Addendum B.csv": ",Addendum B.-- OPPS Payment by HCPCS Code for CY 2025"
        ",,,,\r\nHCPCS Code,Short Descriptor,SI,APC,Relative Weight,Payment Rate,"
        "National Unadjusted Copayment,Minimum Unadjusted Copayment\r\n" + hospital,
        "wage_index_2025.txt": "CBSA,CBSA Name,WI25\r\n01,ALABAMA,0.6471\r\n01,ALABAMA,0.7158\r\n"
        '12420,"Austin, TX",0.9880\r\n',
    }


def import_addenda(folder: Path) -> None:
    """Import the files among the user's own schedules."""
    for name, text in _texts().items():
        path = folder / name
        path.write_bytes(text.encode("latin-1"))
        import_schedule(path)
