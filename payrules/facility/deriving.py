"""Which facility lines practitioners' lines lead to: what the facility bills of an encounter.

An encounter is what one claim bills of a person's day at one site. Nothing is inferred that the
claim does not say: where it cannot be told what the facility bills, the encounter is open.
"""

import polars as pl

from payrules.facility.sites import ASC, HOSPITAL
from payrules.facility.steps import with_any

#: What a facility's line keeps of the practitioner's modifiers. 53 stays, to be told: none of 73
#: and 74 is inferred from it.
KEPT = (
    *("50", "RT", "LT", "59", "XE", "XP", "XS", "XU", "52", "53", "73", "74"),
    *("PO", "PN", "FB", "FC", "CT", "FX", "FY", "33", "PT"),
)
#: Beside these a second surgeon's line of the same code is a procedure of its own.
_DISTINCT = ("59", "XE", "XP", "XS", "XU", "76", "77")
_ASSISTANT = ("80", "81", "82", "AS")
_ANESTHESIA = ("AA", "AD", "QK", "QX", "QY", "QZ")
_TWO_SURGEONS = ("62", "66")
_CARE_AROUND = ("55", "56")
_OFF_CAMPUS = "19"
#: Denied for its place: in a hospital nobody but it is paid for technical parts, for what is done
#: under a practitioner's eye (infusions), and for the whole of a test.
_WRONG_PLACE = "5"
#: Denied for a modifier that is a facility's, which says what the facility bills.
_STOPPED, _WRONG_MODIFIER = ("73", "74"), "4"


def derive(lines: pl.DataFrame) -> pl.DataFrame:
    """Say of each practitioner's line which facility line it leads to; the order stays.

    `lines`: encounter_id, person_id, service_date, site (asc or hospital), hcpcs_code, modifiers (a
    list of text), units_thousandths, place_of_service_code, rendering_npi, status, carc and
    allowed_amount (as priced), is_test (PC/TC indicator 1). Added: why_none (null where it leads to
    a line), is_open (where it leads to none, and the facility may be paid all the same),
    facility_modifiers, facility_units.

    Decision: a test that a practitioner bills with 26 leads to the code itself, once. In a facility
    26 is all that a practitioner may bill of it, and the rest is the facility's.

    Decision: of the lines of two surgeons the first gives the facility's. Of each alone the
    facility would bill nothing of what both did. Each bills a claim of his own: lines with 62 or 66
    are one operation over a person's claims of the day at the site.

    Decision: 73 and 74 on a practitioner's line, which is denied for them, are the facility's words
    for the stopped procedure: it leads to a line all the same.

    Decision: drugs and supplies lead to a line, which says whether they are packaged; where they
    are not, what the facility is paid for them is open. A visit is open in a hospital, which may
    bill G0463, and nothing in a surgical center.
    """
    marked = lines.with_columns(
        why_none=pl.coalesce(
            *(pl.when(holds).then(pl.lit(said)) for holds, said in _ALONE),
        ),
        _side=pl.when(with_any("RT") == with_any("LT"))
        .then(0)
        .when(with_any("RT"))
        .then(1)
        .otherwise(2),
    ).with_columns(_operation=_operation())
    return marked.with_columns(
        why_none=pl.coalesce("why_none", pl.when(_billed_already()).then(pl.lit(_ONCE))),
        is_open=_OPEN,
        facility_modifiers=pl.col("modifiers").list.set_intersection([*KEPT]),
        # Fractions of a unit are drugs', of which only the packaging is asked.
        facility_units=(pl.col("units_thousandths") + 999) // 1000,
    ).drop("_side", "_operation")


_CODE, _SITE = pl.col("hcpcs_code"), pl.col("site")
_IS_VISIT = _CODE.is_between(pl.lit("99202"), pl.lit("99499"))
_NOT_THERE = ((pl.col("status") == "denied") & (pl.col("carc") == _WRONG_PLACE)).fill_null(
    value=False
)
_STOPPED_THERE = (with_any(*_STOPPED) & (pl.col("carc") == _WRONG_MODIFIER)).fill_null(value=False)
_DENIED = (pl.col("status") == "denied") & ~_STOPPED_THERE
_WITHOUT_RATE = (pl.col("place_of_service_code") == _OFF_CAMPUS) & ~with_any("PO", "PN")
#: In a hospital such a line is denied; in a surgical center it is priced whole.
_PAID_TWICE = (
    (_SITE == ASC)
    & pl.col("is_test")
    & ~with_any("26")
    & ~_DENIED
    & (pl.col("status") != "bundled")
    & pl.col("allowed_amount").ne_missing(0)
)
_ONCE = "the facility bills it once: another line of the code gives it"
#: Why a line alone leads to none: the first that holds.
_ALONE: tuple[tuple[pl.Expr, str], ...] = (
    (
        _NOT_THERE & pl.col("is_test"),
        "the facility bills its own part of the test; the practitioner's is 26",
    ),
    (_NOT_THERE, "no practitioner's at this place: what the facility bills of it is not settled"),
    (_DENIED, "denied as billed"),
    (pl.col("status") == "bundled", "paid as part of another service"),
    (_IS_VISIT & (_SITE == HOSPITAL), "a visit: a hospital may bill G0463, which is not settled"),
    (_IS_VISIT & (_SITE == ASC), "a visit: a surgical center is paid nothing for it"),
    (with_any(*_ASSISTANT), "an assistant's: the facility bills the operation once"),
    (
        with_any(*_ANESTHESIA) | _CODE.str.contains(r"^0[01]\d{3}$"),
        "anesthesia: part of what the facility is paid for the operation",
    ),
    (with_any("26") & ~pl.col("is_test"), "the professional part only"),
    (
        with_any(*_CARE_AROUND) & ~with_any("54"),
        "the care before or after the operation only, of which the facility bills nothing",
    ),
    (
        _PAID_TWICE,
        "the practitioner is paid the technical part, too: beside a surgical center 26 is billed",
    ),
    (
        _WITHOUT_RATE,
        "place 19: PO or PN on the line says by which rate an off-campus department is paid",
    ),
)
_PAID = ~(_DENIED | (pl.col("status") == "bundled"))
_OPEN = (
    _NOT_THERE | _PAID_TWICE | (_IS_VISIT & (_SITE == HOSPITAL) & _PAID) | (_WITHOUT_RATE & _PAID)
)


def _operation() -> pl.Expr:
    """Number what lines of a code belong to: their encounter, of two surgeons the first's."""
    of_day = ("person_id", "service_date", "site", "hcpcs_code", "_side")
    first = pl.col("encounter_id").filter(with_any(*_TWO_SURGEONS)).min().over(of_day)
    return pl.when(with_any(*_TWO_SURGEONS)).then(first).otherwise("encounter_id")


def _billed_already() -> pl.Expr:
    """Mark lines of a code that the facility bills by another line of the encounter.

    Those are another surgeon's, and the interpretation of a test that is billed besides.
    """
    gives = pl.col("why_none").is_null()
    same = ("_operation", "hcpcs_code", "_side")
    surgeon = pl.col("rendering_npi").fill_null("")
    first = surgeon.filter(gives).first().over(same)
    is_first = (gives.cum_sum() == 1).over(same)
    shared = with_any("26") | (gives & with_any(*_TWO_SURGEONS)).any().over(same)
    others = gives & ~with_any(*_DISTINCT) & ((surgeon != first) | (shared & ~is_first))
    whole = (gives & ~with_any("26")).any().over("encounter_id", "hcpcs_code")
    return others | (gives & with_any("26") & whole)
