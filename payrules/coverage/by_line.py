"""What a policy says of a line by itself: codes not covered, diagnoses, places of service."""

from collections.abc import Iterator

import polars as pl

from payrules.claims.diagnoses import LINE_DIAGNOSES, UNREADABLE
from payrules.coverage.findings import denials, reviews
from payrules.coverage.policy import Diagnoses, Policy


def not_covered(lines: pl.DataFrame, policy: Policy, number: int) -> Iterator[pl.DataFrame]:
    """Find the codes that the document lists as not covered."""
    for each in policy.noncovered:
        met = lines.filter(pl.col("hcpcs_code").is_in(each.codes))
        if met.height:
            codes = policy.denial("noncovered", by_statute=each.by_statute)
            text = pl.format("{} is listed as not covered: {}", "hcpcs_code", pl.lit(each.why))
            yield denials(met, number, codes, text)


def other_diagnosis(lines: pl.DataFrame, policy: Policy, number: int) -> Iterator[pl.DataFrame]:
    """Find lines without a diagnosis of the policy's list.

    A line without any, in a batch that has diagnoses, is reviewed and never denied: that is a fault
    of the input. So is one whose pointers cannot be read, whatever the claim's other diagnoses are:
    which of them the line has is not known. A batch without the columns says nothing.
    """
    for each in policy.diagnoses:
        codes = {*policy.of_families(each.families), *each.codes}
        said = lines.filter(pl.col("hcpcs_code").is_in(codes), pl.col(LINE_DIAGNOSES).is_not_null())
        if not said.height:
            continue
        none = said.filter(pl.col(LINE_DIAGNOSES) == "")
        if none.height:
            yield reviews(none, number, "the line has no diagnosis")
        unread = pl.col(LINE_DIAGNOSES).str.starts_with(UNREADABLE)
        unreadable = said.filter(unread)
        if unreadable.height:
            yield reviews(unreadable, number, "its diagnosis pointers cannot be read")
        others = _without_one(said.filter(~unread), each)
        if not others.height:
            continue
        if each.closed:
            text = "no diagnosis of the line is on the policy's closed list"
            yield denials(others, number, policy.denial("diagnosis"), text)
        else:
            yield reviews(others, number, "no diagnosis of the line is on the policy's list")


def _without_one(lines: pl.DataFrame, wanted: Diagnoses) -> pl.DataFrame:
    """Give the lines that have diagnoses, and none that is wanted.

    Each different text is judged once: a practice has few.
    """
    any_of, groups = frozenset(wanted.any_of), [frozenset(each) for each in wanted.all_of]
    starts = wanted.starts_with

    def misses(text: str) -> bool:
        codes = text.split()
        if groups and all(not each.isdisjoint(codes) for each in groups):
            return False
        if not any_of.isdisjoint(codes):
            return False
        return not (starts and any(code.startswith(starts) for code in codes))

    texts = lines[LINE_DIAGNOSES].unique()
    missing = [text for text in texts.to_list() if text and misses(text)]
    return lines.filter(pl.col(LINE_DIAGNOSES).is_in(missing))


def elsewhere(lines: pl.DataFrame, policy: Policy, number: int) -> Iterator[pl.DataFrame]:
    """Find lines of a place of service that the policy does not name; they are reviewed."""
    for each in policy.sessions:
        if each.place_of_service:
            codes = {*policy.of_families(each.families), *each.codes}
            met = lines.filter(
                pl.col("hcpcs_code").is_in(codes),
                ~pl.col("place_of_service_code").is_in(each.place_of_service),
            )
            if met.height:
                text = pl.format(
                    "place of service {}; the policy names {}",
                    "place_of_service_code",
                    pl.lit(", ".join(each.place_of_service)),
                )
                yield reviews(met, number, text)
