"""Component: when the professional (26) and technical (TC) parts of a test may be billed."""

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.engine.rule import Adjustment, deny, rule

PCTC = pl.col("pctc_indicator")
PLACE = pl.col("place_of_service_code")
HOSPITAL = ("19", "21", "22", "23")
INPATIENT = "21"
THERAPISTS = ("physical_therapist", "occupational_therapist", "speech_language_pathologist")


@rule(
    cites="CMS RVU file documentation, Attachment A, PC/TC indicator; CMS Pub. 100-04, ch. 13, §20",
    effective="1992-01-01",
    kind="edit",
    reads=(
        "pctc_indicator",
        "modifiers",
        "row_modifier",
        "place_of_service_code",
        "practitioner_type",
    ),
)
def component() -> Adjustment:
    """Professional and technical components are billed only where the test has them."""
    wrong_26 = billed_with("26") & ~pl.col("_has_26")
    wrong_tc = billed_with("TC") & ~pl.col("_has_tc")
    in_hospital = PLACE.is_in(HOSPITAL)
    by_therapist = pl.col("_is_therapy") & pl.col("practitioner_type").is_in(THERAPISTS)
    not_inpatient = pl.col("_inpatients_only") & (PLACE != INPATIENT)
    return Adjustment(
        marks={
            "_has_26": PCTC.is_in(["1", "6"]),
            "_has_tc": PCTC == "1",
            "_is_technical": ((PCTC == "1") & (pl.col("row_modifier") != "26"))
            | PCTC.is_in(["3", "4", "5"]),
            "_is_therapy": PCTC == "7",
            "_inpatients_only": PCTC == "8",
        },
        among=wrong_26
        | wrong_tc
        | ((pl.col("_is_technical") | pl.col("_is_therapy")) & in_hospital)
        | not_inpatient,
        outcomes=(
            deny(
                wrong_26 | wrong_tc,
                pl.format(
                    "PC/TC indicator {}: modifier {} does not apply to this code",
                    PCTC,
                    pl.when(wrong_26).then(pl.lit("26")).otherwise(pl.lit("TC")),
                ),
                carc="4",
            ),
            deny(
                in_hospital & pl.col("_is_technical"),
                pl.format(
                    "PC/TC indicator {} in place of service {}: the hospital is paid for "
                    "the technical component",
                    PCTC,
                    PLACE,
                ),
                carc="5",
            ),
            deny(
                in_hospital & by_therapist,
                pl.format(
                    "PC/TC indicator 7 in place of service {}: an independent therapist is not"
                    " paid in a hospital",
                    PLACE,
                ),
                carc="5",
            ),
            deny(
                not_inpatient,
                pl.format("PC/TC indicator 8: paid for inpatients only, not in {}", PLACE),
                carc="5",
            ),
        ),
    )
