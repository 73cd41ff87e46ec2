"""Writes a made-up download of the Medicare Coverage Database, in the layout that was recorded."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

Row = Mapping[str, str]
_ARTICLE = "article_id,article_version,"
_CONTRACTOR = "contractor_id,contractor_type_id,contractor_version,"

#: The headings of each table, as a loader's manifest recorded them; of `article` those that
#: loaders read.
HEADINGS = {
    "article": _ARTICLE
    + "article_type,title,article_pub_date,article_eff_date,article_end_date,description,status,"
    "last_updated,article_rev_end_date,date_retired,cms_cov_policy,display_id",
    "article_x_hcpc_code": _ARTICLE
    + "hcpc_code_id,hcpc_code_version,hcpc_code_group,range,last_updated,long_description,"
    "short_description",
    "article_x_hcpc_code_group": _ARTICLE + "hcpc_code_group,paragraph,last_updated",
    "article_x_hcpc_modifier": _ARTICLE
    + "hcpc_modifier_code_id,hcpc_modifier_code_version,hcpc_modifier_group,last_updated,"
    "description",
    "article_x_icd10_covered": _ARTICLE
    + "icd10_code_id,icd10_code_version,icd10_covered_group,range,last_updated,sort_order,"
    "description,asterisk",
    "article_x_icd10_covered_group": _ARTICLE
    + "icd10_covered_group,paragraph,last_updated,icd10_covered_ast",
    "article_x_icd10_noncovered": _ARTICLE
    + "icd10_code_id,icd10_code_version,icd10_noncovered_group,range,last_updated,sort_order,"
    "description",
    "article_x_icd10_noncovered_group": _ARTICLE + "icd10_noncovered_group,paragraph,last_updated",
    "article_x_contractor": _ARTICLE + "article_type," + _CONTRACTOR + "last_updated",
    "article_related_documents": _ARTICLE
    + "related_num,r_article_id,r_article_version,r_lcd_id,r_lcd_version,r_contractor_id,"
    "last_updated",
    "article_x_bill_code": _ARTICLE + "bill_code_id,bill_code_version,last_updated,description",
    "contractor": _CONTRACTOR
    + "contractor_bus_name,contractor_number,dmerc_rgn,address1,address2,address3,city,state_id,"
    "zipcode,phone,fax,status,last_updated,url,email,ignore,status_flag,cmd_name,cmd_title,"
    "contractor_subtype_id",
    "contractor_jurisdiction": _CONTRACTOR + "state_id,last_updated,active_date,term_date",
    "contractor_type_lookup": "contractor_type_id,description",
    "state_lookup": "state_id,state_abbrev,description",
    "lcd": "lcd_id,lcd_version,title,determination_number,orig_det_eff_date,ent_det_end_date,"
    "rev_eff_date,rev_end_date,indication,status,last_updated,display_id,date_retired",
    "lcd_future_retire": "lcd_id,retire_dt",
    "ncd_trkg": "NCD_id,NCD_vrsn_num,natl_cvrg_type,cvrg_lvl_cd,NCD_mnl_sect,NCD_mnl_sect_title,"
    "NCD_efctv_dt,NCD_impltn_dt,NCD_trmntn_dt,itm_srvc_desc",
}
#: What no draft may hold.
DESCRIPTOR = "INJECTION OF A DESCRIPTOR"


def _rows(names: str, *rows: Sequence[str], **everywhere: str) -> list[Row]:
    return [{**dict(zip(names.split(), row, strict=True)), **everywhere} for row in rows]


def tables() -> dict[str, list[Row]]:
    """Give the rows of a small download with every quirk that loaders tell of."""
    codes = "article_id article_version hcpc_code_id hcpc_code_group range"
    described = {"long_description": DESCRIPTOR, "short_description": DESCRIPTOR}
    return {
        "article": _rows(
            "article_id article_version title article_pub_date article_eff_date article_end_date"
            " article_rev_end_date status display_id",
            # Two versions, the first with both ends; never merged.
            ("58403", "23", "Facet joints", "04/25/2021", "03/01/2024", "", "12/31/2024", "R", ""),
            (
                "58403",
                "24",
                "Facet &amp; joints",
                "2021-04-25",
                "2025-01-01 00:00:00.000",
                "",
                "",
                "A",
                "A58403",
            ),
            # Never revised: only the day of publication; Latin-1; its LCD is named by two.
            ("59244", "17", "Sacroiliac joint – é", "06/01/2024", "", "", "", "A", ""),
            ("59245", "1", "Sacroiliac joint, more", "", "2024-06-01", "", "", "A", ""),
            # Its LCD will be retired.
            ("58405", "21", "Facet joints elsewhere", "", "2025-01-01", "", "", "A", ""),
            # Passed over: proposed, draft, no day, no Part B contractor, no codes, bad day.
            ("60000", "1", "Proposed", "", "2025-01-01", "", "", "P", ""),
            ("60001", "1", "Draft", "", "2025-01-01", "", "", "A", "DA60001"),
            ("60002", "1", "Dateless", "", "", "", "", "A", ""),
            ("60003", "1", "Equipment", "", "2025-01-01", "", "", "A", ""),
            ("60004", "1", "Response to comments", "", "2025-01-01", "", "", "A", ""),
            ("60005", "1", "Bad day", "", "1 January 2025", "", "", "A", ""),
            ("60006", "1", "Ended without a day", "", "2025-01-01", "", "", "R", ""),
        ),
        "article_x_hcpc_code": [
            *_rows(
                codes,
                ("58403", "23", "64492", "1", "N"),
                ("58403", "24", "64490", "1", ""),
                ("58403", "24", "64493", "1", "N"),
                ("58403", "24", "64633", "2", "N"),
                ("58403", "24", "64493", "2", "N"),
                ("58403", "24", "6449", "1", "N"),
                ("59244", "17", "27096", "1", "N"),
                ("59245", "1", "64451", "1", "N"),
                ("58405", "21", "64490", "1", "N"),
                ("60003", "1", "E0100", "1", "N"),
                **described,
            )
        ],
        "article_x_hcpc_code_group": _rows(
            "article_id article_version hcpc_code_group paragraph",
            ("58403", "24", "1", "<p>Injections of the\r\n<b>facet</b> joints</p>\n<p>, see</p>"),
            ("58403", "24", "2", f"Long: {'word ' * 100}"),
        ),
        "article_x_hcpc_modifier": _rows(
            "article_id article_version hcpc_modifier_code_id hcpc_modifier_group",
            ("58403", "24", "KX", "1"),
            ("58403", "24", "50", "1"),
        ),
        "article_x_icd10_covered": _rows(
            "article_id article_version icd10_code_id icd10_covered_group range asterisk",
            ("58403", "23", "M47.811", "1", "N", ""),
            ("58403", "24", "M47.812", "1", "B", ""),
            ("58403", "24", "M47.813", "1", "M", "Y"),
            ("58403", "24", "M47.814", "1", "E", ""),
            ("58403", "24", "M47.816", "2", "N", ""),
            ("58403", "24", "M47.817", "2", "Q", ""),
            ("58403", "24", "XX000", "2", "N", ""),
            ("59244", "17", "M53.3", "1", "N", ""),
            ("58405", "21", "M47.812", "1", "N", ""),
            description=DESCRIPTOR,
        ),
        "article_x_icd10_covered_group": _rows(
            "article_id article_version icd10_covered_group paragraph icd10_covered_ast",
            ("58403", "24", "1", 'A code from "Group 1" and a code from Group 2', "Only with one."),
            ("59245", "1", "1", "Any diagnosis that the record supports.", ""),
        ),
        "article_x_icd10_noncovered": _rows(
            "article_id article_version icd10_code_id icd10_noncovered_group range",
            ("58403", "24", "M54.16", "1", "N"),
            description=DESCRIPTOR,
        ),
        "article_x_icd10_noncovered_group": _rows(
            "article_id article_version icd10_noncovered_group paragraph",
            ("58403", "24", "1", "Not for these."),
            # No code, and what makes a list a closed one.
            ("58403", "24", "2", "All codes that are not listed above."),
        ),
        "article_x_contractor": _rows(
            "article_id article_version contractor_id contractor_type_id contractor_version",
            *(("58403", version, "362", "9", "1") for version in ("23", "24")),
            ("58403", "24", "363", "9", "1"),
            ("58403", "24", "362", "8", "1"),
            ("58403", "24", "364", "9", "1"),
            ("59244", "17", "362", "9", "1"),
            ("59245", "1", "362", "9", "1"),
            ("58405", "21", "365", "9", "1"),
            ("60003", "1", "140", "4", "2"),
            ("60004", "1", "362", "9", "1"),
        ),
        "article_related_documents": _rows(
            "article_id article_version related_num r_article_id r_lcd_id r_lcd_version",
            ("58403", "23", "1", "", "38801", "20"),
            ("58403", "24", "1", "", "38801", "20"),
            ("58403", "24", "2", "59244", "", ""),
            ("59244", "17", "1", "", "39462", "4"),
            ("59245", "1", "1", "", "39462", "4"),
            ("58405", "21", "1", "", "38803", "16"),
        ),
        "article_x_bill_code": _rows("article_id article_version bill_code_id", ("1", "1", "11X")),
        "contractor": _rows(
            "contractor_id contractor_type_id contractor_version contractor_bus_name"
            " contractor_number status",
            ("362", "9", "1", "A Contractor, LLC", "01112", "A"),
            ("363", "9", "1", "A Contractor, LLC", "01182", "A"),
            ("362", "8", "1", "A Contractor, LLC", "01111", "A"),
            ("364", "9", "1", "An Earlier Contractor", "00890", "A"),
            ("365", "9", "1", "Another Contractor", "02102", "A"),
            ("140", "4", "2", "For Equipment", "19003", "A"),
        ),
        "contractor_jurisdiction": _rows(
            "contractor_id contractor_type_id contractor_version state_id active_date term_date",
            ("362", "9", "1", "6", "2013-09-16", ""),
            ("363", "9", "1", "6", "2013-09-16", ""),
            ("364", "9", "1", "6", "2000-01-01", "09/15/2013"),
            ("365", "9", "1", "2", "2013-09-16", ""),
        ),
        "contractor_type_lookup": _rows(
            "contractor_type_id description",
            ("8", "MAC - Part A"),
            ("9", "MAC - Part B"),
            ("4", "DME MAC"),
        ),
        "state_lookup": _rows("state_id state_abbrev", ("6", "CA"), ("2", "AK")),
    }


def lcd_tables() -> dict[str, list[Row]]:
    """Give the rows of a download of LCDs that goes with `tables`."""
    names = "lcd_id lcd_version title rev_eff_date rev_end_date status date_retired"
    both = tables()
    return {
        "lcd": _rows(
            names,
            ("38801", "20", "Facet joints", "07/17/2025", "", "A", ""),
            ("38803", "16", "Facet joints", "2024-12-01", "", "A", ""),
            ("39462", "4", "Sacroiliac joint", "2023-03-19", "", "A", ""),
            ("40000", "1", "Proposed", "", "", "P", ""),
        ),
        "ncd_trkg": _rows("NCD_id NCD_vrsn_num NCD_mnl_sect NCD_efctv_dt", ("1", "2", "160.7", "")),
        "lcd_future_retire": _rows("lcd_id retire_dt", ("38803", "2026-04-16 00:00:00")),
        **{name: both[name] for name in ("contractor", "contractor_type_lookup")},
    }


def csv_text(table: str, rows: Sequence[Row]) -> str:
    """Write a table as CMS does: with all its headings, cells in quotes where they need them."""
    written = io.StringIO()
    headings = HEADINGS[table].split(",")
    assert {name for row in rows for name in row} <= {*headings}
    writer = csv.DictWriter(written, headings, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def files(said: Mapping[str, Sequence[Row]]) -> dict[str, bytes]:
    """Give the files of a download: `article` in Latin-1, the others with a byte order mark."""
    return {
        f"{name}.csv": text.replace("–", "-").encode("latin-1")
        if name == "article"
        else text.encode("utf-8-sig")
        for name, rows in said.items()
        for text in [csv_text(name, rows)]
    }


def zipped(path: Path, said: Mapping[str, bytes], *, inner: bool = True) -> Path:
    """Write a download as CMS packs it: a ZIP with a ZIP `…_csv.zip` in it."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in said.items():
            archive.writestr(name, content)
    if not inner:
        path.write_bytes(packed.getvalue())
        return path
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr(f"{path.stem}_csv.zip", packed.getvalue())
        archive.writestr("readme.txt", "Read me")
    return path
