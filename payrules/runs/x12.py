"""What a run tells of claims that came in X12: files, counts, checks that failed, notes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from payrules.counted import counted

if TYPE_CHECKING:
    from payrules.x12.found import X12File

#: So many failed checks of a kind are told; more are counted.
_MOST_TOLD = 3
NONE_IS_X12 = "--superseded applies to X12 claims, and no file in the batch is X12."


def x12_record(files: "Sequence[X12File]") -> list[dict[str, Any]]:
    """Say of each X12 file what was read; no personal data."""
    return [
        {
            "name": file.name,
            "segments": file.segments,
            "transaction_sets": dict(sorted(file.sets.items())),
            "claims": file.claims_read,
            "service_lines": file.service_lines,
            "truncated": file.truncated,
            "test": file.is_test,
            "latin_1": file.latin_1,
            "unknown_segments": dict(file.unknown),
            "notes": dict(sorted(file.notes.items())),
            "failed_checks": [
                {"check": each.what, "segment": each.position, "says": each.words()}
                for each in file.checks
            ],
        }
        for file in files
    ]


def x12_failed(files: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether an X12 file of a run is cut short, or a count or sum in it does not agree."""
    return any(file["truncated"] or file["failed_checks"] for file in files)


def cut_short(files: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Say first of all which files end before they should."""
    for file in files:
        if file["truncated"]:
            yield (
                f"{file['name']} is cut short: it, or a part of it, ends before it is closed. The"
                " last claim there is rejected; ask for the whole file."
            )


def not_whole(files: Sequence[Mapping[str, Any]]) -> str:
    """Say which X12 file may lack claims, as its end or its own counts tell; "" where none may.

    The first page says so: what it adds up is right for what was read.
    """
    told = [*cut_short(files), *(said for file in files for said in _failed_checks(file))]
    more = f" {len(told) - 1:,} more: see About or the run record." if told[1:] else ""
    return f"{told[0]}{more}" if told else ""


def x12_remarks(files: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Say what of the X12 files did not agree, or was read in a way that may not be meant."""
    for file in files:
        yield from _failed_checks(file)
        yield from read_otherwise([file])


def _failed_checks(file: Mapping[str, Any]) -> Iterator[str]:
    from payrules.x12.found import of_check  # noqa: PLC0415 - of X12 alone: it takes long to load

    by_kind: dict[str, list[str]] = {}
    for each in file["failed_checks"]:
        by_kind.setdefault(each["check"], []).append(each["says"])
    for kind, told in by_kind.items():
        if len(told) == 1:
            yield f"{file['name']}: a check failed. {told[0]}"
            continue
        first = " ".join(told[:_MOST_TOLD])
        listed = " The run record lists all: --run run.json" if told[_MOST_TOLD:] else ""
        checks = counted(len(told), "check")
        yield f"{file['name']}: {checks} of {of_check(kind)} failed. {first}{listed}"


def read_otherwise(files: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Say what of the X12 files was read in a way that may not be meant."""
    for file in files:
        name = file["name"]
        if file["test"]:
            yield f"{name} says that it is a test (ISA15 T)."
        if file["latin_1"]:
            yield f"{name} is not all UTF-8: what is not was read as Latin-1."
        if file["unknown_segments"]:
            kinds = ", ".join(f"{kind} {n:,}" for kind, n in file["unknown_segments"].items())
            yield f"{name}: segments passed over, because no 837P has them: {kinds}."


def with_notes(lines: pl.DataFrame, notes: pl.Series | None) -> pl.DataFrame:
    """Put what was noted when lines were read before what their pricing noted, as `review`."""
    if notes is None or not notes.count():
        return lines
    both = pl.concat_str(pl.lit(notes), "review", separator="; ", ignore_nulls=True)
    return lines.with_columns(review=pl.when(both != "").then(both))
