"""What the fee schedule knows of one code: indicators in words, amounts, and where it is held."""

from bisect import bisect
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

import polars as pl

from payrules.errors import UsageError
from payrules.fee_schedule import NATIONAL, attach_fees
from payrules.modifiers import encode
from payrules.money import dollars_text, percentage, scaled_text
from payrules.rules.limiting_charge import LIMIT
from payrules.schedules import Release, Schedules

#: Places of service that stand for the two settings.
_PLACES = {"nonfacility": "11", "facility": "22"}

_STATUS = {
    "A": "active: paid by the fee schedule when covered",
    "B": "bundled: always paid inside another service",
    "C": "the contractor sets the price, usually after reading a report",
    "D": "deleted",
    "E": "kept out of the fee schedule by regulation",
    "F": "deleted, without a grace period",
    "G": "Medicare uses another code (with a grace period)",
    "H": "deleted modifier",
    "I": "Medicare uses another code",
    "J": "anesthesia: base and time units instead of RVUs",
    "M": "for measuring and reporting only",
    "N": "not covered by Medicare",
    "P": "bundled or excluded: no separate payment",
    "R": "restricted coverage: special instructions apply",
    "T": "paid only when nothing else is payable that day",
    "X": "not a physician service by statute: paid elsewhere, if at all",
}
_PCTC = {
    "0": "a physician's service: 26 and TC do not apply",
    "1": "a diagnostic test with both parts: 26 and TC apply",
    "2": "the professional part only, as a code of its own",
    "3": "the technical part only, as a code of its own",
    "4": "the whole test only; its two parts have codes of their own",
    "5": "incident to a physician's service: not paid in a hospital",
    "6": "a laboratory test that a physician interprets: 26 applies",
    "7": "therapy that is not paid to independent therapists in a hospital",
    "8": "a physician's reading of an abnormal smear of a hospital inpatient",
    "9": "does not apply",
}
_GLOBAL = {
    "000": "the day of the procedure",
    "010": "the day of the procedure and 10 days after",
    "090": "the day before, the day, and 90 days after",
    "MMM": "maternity: the usual period does not apply",
    "XXX": "no global period",
    "YYY": "the contractor decides",
    "ZZZ": "an add-on: it shares the period of the service it is added to",
}
_MULTIPLE = {
    "0": "never reduced beside other procedures",
    "1": "100, 50, 25, 25, 25 percent by rank",
    "2": "100 percent for the highest of the session, 50 for the others",
    "3": "endoscopy: less the family's base, then ranked as one family",
    "4": "imaging: later technical parts 50 percent, professional parts 95",
    "5": "therapy: half the practice expense after the first unit of the day",
    "6": "cardiovascular: later technical parts 25 percent less",
    "7": "ophthalmology: later technical parts 20 percent less",
    "9": "does not apply",
}
_BILATERAL = {
    "0": "100 percent for both sides together",
    "1": "150 percent for both sides",
    "2": "both sides are already in the amount",
    "3": "100 percent for each side",
    "9": "does not apply",
}
_ASSISTANT = {
    "0": "not paid unless documents show the need",
    "1": "not paid, by statute",
    "2": "may be paid",
    "9": "does not apply",
}
_CO_SURGEON = {
    "0": "not allowed",
    "1": "with documents that show the need",
    "2": "allowed, two specialties",
    "9": "does not apply",
}
_TEAM = {
    "0": "not allowed",
    "1": "with documents that show the need; priced by report",
    "2": "allowed; priced by report",
    "9": "does not apply",
}
_SUPERVISION = {
    "01": "general",
    "02": "direct",
    "03": "personal",
    "04": "none for psychologists, otherwise general",
    "05": "none for audiologists, otherwise general",
    "06": "a physician, or a physical therapist certified in electrophysiology",
    "21": "general with a certified technician, otherwise direct",
    "22": "a technician in contact with a physician on line",
    "66": "a physician, or a physical therapist certified in this procedure",
    "6A": "as 66; that therapist may supervise another",
    "77": "a certified therapist; others and technicians under supervision",
    "7A": "as 77; that therapist may supervise another",
    "09": "does not apply",
}
_FAMILY = {
    "88": "technical and professional parts are reduced beside other imaging",
    "99": "does not apply",
}
#: Name on the page, column of the release, its values in words.
_INDICATORS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("status", "status_code", _STATUS),
    ("PC/TC", "pctc_indicator", _PCTC),
    ("global period", "global_days", _GLOBAL),
    ("multiple procedures", "multiple_procedure_indicator", _MULTIPLE),
    ("bilateral", "bilateral_indicator", _BILATERAL),
    ("assistant at surgery", "assistant_indicator", _ASSISTANT),
    ("co-surgeons", "co_surgeon_indicator", _CO_SURGEON),
    ("team surgery", "team_indicator", _TEAM),
    ("endoscopic base", "endoscopic_base_code", {}),
    ("supervision", "supervision_code", _SUPERVISION),
    ("imaging family", "imaging_family", _FAMILY),
)


@dataclass(frozen=True)
class Indicator:
    """A policy indicator of a code, and what it means."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True)
class Amount:
    """A row of the code in one setting: RVUs as text, amounts as dollars or None."""

    modifier: str
    setting: str
    qualifying_apm: bool
    work_rvu: str
    expense_rvu: str
    malpractice_rvu: str
    amount: str | None
    limiting_charge: str | None


@dataclass(frozen=True)
class Holder:
    """A release that holds the code."""

    name: str
    effective_from: date
    effective_to: date
    published_for: date


@dataclass(frozen=True)
class CodePage:
    """Everything a release says of one code on one day, in one locality."""

    code: str
    label: str
    release: str
    day: date
    locality: str
    conversion_factor: str
    indicators: tuple[Indicator, ...]
    amounts: tuple[Amount, ...]
    remarks: tuple[str, ...]
    releases: tuple[Holder, ...]


def code_page(
    code: str,
    schedules: Schedules,
    *,
    day: date | None = None,
    locality: str = NATIONAL,
    release: str | None = None,
) -> CodePage:
    """Look a HCPCS code up in the release of a day (default: the newest release's own day).

    Raises UsageError for a code, day or locality that the schedules do not hold, with the nearest
    codes; ScheduleError for an unknown release.
    """
    code = code.strip().upper()
    chosen, day = _release(schedules, day, release)
    holders = [each for each in schedules.releases if _rows(each, code).height]
    rows = _rows(chosen, code)
    if not rows.height:
        raise UsageError(_unknown(code, chosen, holders))
    if locality not in {NATIONAL, *chosen.localities["locality"]}:
        near = ", ".join(get_close_matches(locality, chosen.localities["locality"].to_list()))
        raise UsageError(
            f"Release {chosen.name} has no locality '{locality}'; it is the MAC and the locality, "
            f"such as 01112-05, or national." + (f" Nearest: {near}." if near else "")
        )
    first = rows.row(0, named=True)
    factor = chosen.conversion_factor(day)
    return CodePage(
        code=code,
        label=first["label"],
        release=chosen.name,
        day=day,
        locality=locality,
        conversion_factor=str(factor),
        indicators=tuple(_indicators(first)),
        amounts=tuple(_amounts(rows, schedules, chosen, day, locality)),
        remarks=tuple(_remarks(first, chosen)),
        releases=tuple(
            Holder(each.name, each.effective_from, each.effective_to, each.published_for)
            for each in holders
        ),
    )


def as_record(page: CodePage) -> dict[str, Any]:
    """Give a page as JSON takes it: dates as text."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [plain(each) for each in value]
        return value.isoformat() if isinstance(value, date) else value

    record: dict[str, Any] = plain(asdict(page))
    return record


def _release(schedules: Schedules, day: date | None, name: str | None) -> tuple[Release, date]:
    if not schedules.releases:
        raise UsageError("No release is at hand; bring one in with: payrules schedules import PATH")
    if name is not None:
        named = schedules.named(name)
        return named, day or named.published_for
    day = day or max(release.published_for for release in schedules.releases)
    in_force = schedules.in_force(day)
    if in_force is None:
        held = ", ".join(
            f"{each.name} ({each.effective_from} to {each.effective_to})"
            for each in schedules.releases
        )
        raise UsageError(f"No release is in force on {day}; there are: {held}.")
    return in_force, day


def _rows(release: Release, code: str) -> pl.DataFrame:
    """Give the rows of a code, the whole service first, then its modifiers."""
    return release.codes.filter(pl.col("hcpcs_code") == code).sort("modifier")


def _unknown(code: str, release: Release, holders: Iterable[Release]) -> str:
    elsewhere = ", ".join(each.name for each in holders)
    if elsewhere:
        return f"Release {release.name} has no code {code}; held by: {elsewhere} (use --release)."
    near = _nearest(code, release.codes["hcpcs_code"].unique().to_list())
    nearest = f"; nearest: {', '.join(near)}" if near else ""
    partial = " The starter holds a selection of codes only." if release.starter else ""
    return f"Release {release.name} has no code '{code}'{nearest}.{partial}"


def _nearest(code: str, codes: Iterable[str]) -> list[str]:
    """Give the neighbours of a code among those that begin alike, or else codes that look alike."""
    ordered = sorted(codes)
    place = bisect(ordered, code)
    neighbours = ordered[max(0, place - 3) : place + 2]
    alike = [each for each in neighbours if each[:2] == code[:2]]
    return alike or get_close_matches(code, ordered, 5)


def _indicators(row: Mapping[str, Any]) -> Iterable[Indicator]:
    for name, column, meanings in _INDICATORS:
        value = row[column]
        if column == "endoscopic_base_code":
            if value:
                yield Indicator(name, value, "its amount is inside every scope of the family")
            continue
        yield Indicator(name, value or "", meanings.get(value, "not said by CMS's documentation"))
    if row["preoperative"] or row["intraoperative"] or row["postoperative"]:
        shares = pl.DataFrame(
            {name: [row[name]] for name in ("preoperative", "intraoperative", "postoperative")}
        )
        before, during, after = shares.select(scaled_text(pl.all(), 2)).row(0)
        yield Indicator("shares", f"{before} {during} {after}", "before, during and after surgery")


def _amounts(
    rows: pl.DataFrame, schedules: Schedules, release: Release, day: date, locality: str
) -> Iterable[Amount]:
    """Price every row of the code in both settings, as a claim line would be."""
    apm = {factor.qualifying_apm for factor in release.conversion_factors}
    asked = pl.DataFrame(
        [
            {
                "hcpcs_code": row["hcpcs_code"],
                "hcpcs_modifier_1": row["modifier"] or None,
                "place_of_service_code": place,
                "qualifying_apm_participant": qualifying,
            }
            for row in rows.iter_rows(named=True)
            for qualifying in sorted(apm)
            for place in _PLACES.values()
        ],
        schema_overrides={"hcpcs_modifier_1": pl.String},
    ).with_columns(
        *(pl.lit(None, dtype=pl.String).alias(f"hcpcs_modifier_{place}") for place in range(2, 6)),
        service_date=pl.lit(day),
        locality=pl.lit(locality),
    )
    lines, fees = attach_fees(encode(asked), schedules, release=release.name)
    expense = pl.when(pl.col("place_of_service_code") == _PLACES["facility"])
    words = (
        lines.select(
            "fee_row", "qualifying_apm_participant", "service_date", "place_of_service_code"
        )
        .join(fees, on="fee_row", how="left", maintain_order="left")
        .select(
            modifier="row_modifier",
            setting="setting",
            qualifying_apm="qualifying_apm_participant",
            work_rvu=scaled_text(pl.col("work_rvu"), 2),
            expense_rvu=scaled_text(
                expense.then("facility_pe_rvu").otherwise("nonfacility_pe_rvu"), 2
            ),
            malpractice_rvu=scaled_text(pl.col("malpractice_rvu"), 2),
            amount=dollars_text(pl.col("fee_schedule_amount")),
            limiting_charge=dollars_text(percentage(pl.col("fee_schedule_amount"), LIMIT.on())),
        )
    )
    for row in words.iter_rows(named=True):
        yield Amount(**row)


def _remarks(row: Mapping[str, Any], release: Release) -> Iterable[str]:
    if row["nonfacility_na"]:
        yield "NA outside facilities: CMS says it is rarely or never done there."
    if row["facility_na"]:
        yield "NA in facilities: CMS says it is rarely or never done there."
    if row["multiple_procedure_indicator"] == "5":
        yield "Therapy is paid at the non-facility amount everywhere."
    if release.starter:
        yield (
            "The starter release holds a selection of codes; "
            "bring in CMS's whole release with: payrules schedules import PATH"
        )
