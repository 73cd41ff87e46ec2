"""Modifier: modifiers that end a line, and those that only ask for a person's look."""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from payrules.claims.modifiers import NOT_BESIDE_GX, THERAPY_PLAN, WRONG_SURGERY, billed_with
from payrules.dated import Dated
from payrules.engine.modifier_share import NO_SHARES, ModifierShares
from payrules.engine.rule import Adjustment, Note, deny, deny_noncovered, note, refer, rule

#: First days on which a line is denied (1) or paid (0).
GZ_DENIED = Dated({"2011-07-01": "1"}, cites="CR 7228, MM7228: automatic denial")
MAINTENANCE_DENIED = Dated(
    {"2004-10-01": "1"}, cites="CMS Pub. 100-02, ch. 15, §240; SE1601: AT on active treatment"
)
#: Visits of moderate complexity under the primary care exception (1), during the emergency.
RESIDENT_EXCEPTION_WIDENED = Dated(
    {"2020-03-01": "1", "2023-05-12": "0"},
    cites="42 CFR 415.174; the public health emergency of 2020 to 2023",
)
MANIPULATION = ("98940", "98941", "98942")
RESIDENT_ALONE = ("99202", "99203", "99211", "99212", "99213", "G0402", "G0438", "G0439")
RESIDENT_ALONE_WIDENED = ("99204", "99205", "99214", "99215")
TELEHEALTH_PLACES = ("02", "10")
HOSPITAL_PLACES = ("19", "21", "22", "23")
THERAPISTS = ("physical_therapist", "occupational_therapist", "speech_language_pathologist")
#: First and last codes: psychiatry, behavioral assessment, and care management of behavior.
BEHAVIORAL = (("90785", "90899"), ("96116", "96171"), ("99484", "99484"), ("99492", "99494"))
BEHAVIORAL_HCPCS = ("G0323", "G0560", "G2214")

CODE, DAY, PLACE = (
    pl.col("hcpcs_code"),
    pl.col("service_date"),
    pl.col("place_of_service_code"),
)
#: What GA and GU say: of any denial that asks whether the service was needed, also PR 151.
OWED_BY_PATIENT = (
    "if it is denied for medical necessity, the patient owes it (group PR, such as PR 50)"
)
SERVICES_BY_95 = pl.date(2024, 1, 1)
FLEXIBILITIES_END = pl.date(2027, 12, 31)
NO_SPLIT = (
    pl.sum_horizontal("preoperative", "intraoperative", "postoperative", ignore_nulls=False) == 0
)
IS_BEHAVIORAL = CODE.is_in(BEHAVIORAL_HCPCS) | pl.any_horizontal(
    CODE.is_between(pl.lit(first), pl.lit(last)) for first, last in BEHAVIORAL
)
NEEDS_AT = pl.col("_is_manipulation") & ~billed_with("AT")

#: Global days of which no payment after the operation is divided, whatever a payer's own
#: schedule says (CMS RVU file documentation: PRE, INTRA and POST are of 010 and 090 procedures).
UNDIVIDED_DAYS = ("000", "MMM", "XXX", "YYY", "ZZZ")


#: Of a drug, vaccine or test only what says that it is not paid for counts.
OF_PHYSICIANS = ~pl.col("is_of_other_schedule")


def _holds(term: Dated) -> pl.Expr:
    return (term.on() > 0).fill_null(value=False)


@rule(
    cites="CMS Pub. 100-04, ch. 12, §30.1, §40.4, §40.7, §100.1.1; ch. 16, §40.1.1; ch. 23, §20.9;"
    " ch. 30, §50; CR 6563, 7228; Pub. 100-02, ch. 15, §240; NCD 140.6 to 140.8",
    effective="1992-01-01",
    kind="edit",
    every_schedule=True,
    reads=(
        "modifiers",
        "modifier_remarks",
        "hcpcs_code",
        "service_date",
        "place_of_service_code",
        "setting",
        "practitioner_type",
        "multiple_procedure_indicator",
        "row_modifier",
        "bilateral_indicator",
        "global_days",
        "is_of_other_schedule",
        "preoperative",
        "intraoperative",
        "postoperative",
    ),
)
def modifier(
    *,
    gz_denied: Dated = GZ_DENIED,
    maintenance_denied: Dated = MAINTENANCE_DENIED,
    resident_exception_widened: Dated = RESIDENT_EXCEPTION_WIDENED,
    share: ModifierShares = NO_SHARES,
) -> Adjustment:
    """Modifiers that cannot be paid as billed; the first that matches decides.

    Decisions, where CMS is silent: a line on which GA, GZ and GY contradict each other is returned
    as one with GX beside GA is; GX alone is priced; GU says what GA says. Modifier 95 outside
    places 02 and 10 is taken for right in a hospital, with GP, GO or GN, on therapy (indicator 5)
    and by therapists; behavioral health is what `BEHAVIORAL` lists.
    """

    def without_share(modifier: str) -> pl.Expr:
        """Whether a line carries a modifier that no share of the payer's own stands for."""
        return pl.all_horizontal(billed_with(modifier), *share.spare(modifier))

    def in_full(modifier: str, on: str) -> Iterator[Note]:
        """Leave a remark on a line that is paid in full for want of a share, or of documents."""
        met = OF_PHYSICIANS & without_share(modifier)
        said = f"modifier {modifier}: full amount; "
        waits = [replace(each, documented=False).holds for each in share.on_documents(modifier)]
        if waits:
            for_want = pl.any_horizontal(waits)
            yield note(
                met & for_want,
                f"{said}the contract's share is for lines with documents (documentation_submitted)",
            )
            met = met & ~for_want
        yield note(met, f"{said}the payer decides on {on} case by case")

    ga, gz, gy, gx = (billed_with(each) for each in ("GA", "GZ", "GY", "GX"))
    refusals = (
        deny(
            gx & (ga | gz | billed_with(*NOT_BESIDE_GX)),
            "GX with GA, GZ, EY, GL, KB, QL or TQ: contradictory modifiers",
            carc="4",
        ),
        deny(
            (ga & gz) | (ga & gy) | (gz & gy),
            "a line may have only one of GA, GZ and GY: contradictory modifiers",
            carc="4",
        ),
        deny(
            gz & _holds(gz_denied),
            "GZ: the practice expects a medical necessity denial and gave no notice",
            carc="50",
        ),
        deny_noncovered(gy, "GY: the practice reports a service that Medicare excludes", carc="96"),
        deny_noncovered(
            NEEDS_AT & ga & _holds(maintenance_denied),
            "spinal manipulation without AT is maintenance care; GA: the patient owes it",
            carc="50",
        ),
        deny(
            NEEDS_AT & _holds(maintenance_denied),
            "spinal manipulation without AT is maintenance care",
            carc="50",
        ),
        deny(
            billed_with(*WRONG_SURGERY),
            "PA, PB, PC: surgery on the wrong body part or patient, or the wrong surgery, is "
            "never covered",
            carc="233",
        ),
        deny(
            OF_PHYSICIANS
            & billed_with("GE")
            & ~CODE.is_in(RESIDENT_ALONE)
            & ~(CODE.is_in(RESIDENT_ALONE_WIDENED) & _holds(resident_exception_widened)),
            pl.format("GE: the primary care exception for residents does not cover {}", CODE),
            carc="4",
        ),
        deny(
            billed_with("90"),
            "modifier 90: a test sent to a reference laboratory is billed by that laboratory",
            carc="4",
        ),
        deny(
            OF_PHYSICIANS & billed_with("73", "74"),
            "modifiers 73 and 74 are for facilities, not practitioners",
            carc="4",
        ),
        refer(
            OF_PHYSICIANS & without_share("53") & (pl.col("row_modifier") != "53"),
            "modifier 53 without its own fee schedule row: contractor-priced",
        ),
        deny(
            OF_PHYSICIANS & billed_with("50") & (pl.col("bilateral_indicator") == "9"),
            "bilateral indicator 9: modifier 50 does not apply to this code",
            carc="4",
        ),
        deny(
            OF_PHYSICIANS & without_share("56"),
            "modifier 56: the preoperative share is paid with modifier 54",
            carc="4",
        ),
        deny(
            OF_PHYSICIANS & (without_share("54") | without_share("55")) & NO_SPLIT,
            "modifiers 54 and 55 need a procedure with split global payment; this one has no "
            "percentages",
            carc="4",
        ),
        deny(
            OF_PHYSICIANS
            & billed_with("54", "55", "56")
            & pl.col("global_days").is_in(UNDIVIDED_DAYS),
            pl.format(
                "modifiers 54 and 55 need a procedure with split global payment; global days "
                "{} has none",
                "global_days",
            ),
            carc="4",
        ),
    )
    refused = pl.any_horizontal(each.when.fill_null(value=False) for each in refusals)
    goes_on = pl.col("_goes_on")
    therapy = (
        billed_with(*THERAPY_PLAN)
        | (pl.col("multiple_procedure_indicator") == "5")
        | pl.col("practitioner_type").is_in(THERAPISTS)
    )
    return Adjustment(
        marks={"_is_manipulation": CODE.is_in(MANIPULATION)},
        among=billed_with(
            *("GZ", "GX", "GA", "GU", "GY", "AT", "GE", "90", "FS", "95", *WRONG_SURGERY),
            *("73", "74", "53", "50", "56", "54", "55", "22", "52"),
        )
        | pl.col("modifier_remarks").is_not_null()
        | NEEDS_AT
        | (DAY > FLEXIBILITIES_END),
        facts=({"_goes_on": ~refused},),
        outcomes=refusals,
        notes=(
            *in_full("22", "additional payment"),
            *in_full("52", "a reduction"),
            note(
                gx & goes_on,
                "GX alone: CR 6563 returns lines with covered charges; add GY",
            ),
            *(
                note(billed_with(each) & goes_on, f"{each}: {OWED_BY_PATIENT}")
                for each in ("GA", "GU")
            ),
            note(
                gz & goes_on,
                "GZ: before automatic denial began, the contractor decided each line",
            ),
            note(
                billed_with("AT") & ga & goes_on,
                "AT with GA: some contractors reject the pair",
            ),
            note(
                OF_PHYSICIANS & billed_with("FS") & (pl.col("setting") == "nonfacility") & goes_on,
                "FS: split visits are payable in facilities only",
            ),
            note(
                OF_PHYSICIANS
                & billed_with("95")
                & ~PLACE.is_in([*TELEHEALTH_PLACES, *HOSPITAL_PLACES])
                & ~therapy
                & (DAY >= SERVICES_BY_95)
                & goes_on,
                "modifier 95 outside places of service 02 and 10 is for a clinician in the "
                "hospital with the patient at home, and for outpatient therapy",
            ),
            note(
                OF_PHYSICIANS
                & (PLACE.is_in(TELEHEALTH_PLACES) | billed_with("95"))
                & ~IS_BEHAVIORAL
                & (DAY > FLEXIBILITIES_END)
                & goes_on,
                "telehealth: for other than behavioral health, the law pays telehealth at home "
                "only until 2027-12-31",
            ),
            note(pl.col("modifier_remarks").is_not_null(), pl.col("modifier_remarks")),
        ),
    )
