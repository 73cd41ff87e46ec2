"""What a batch is priced by, as users name it, made what runs and scenarios take."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeAlias

from payrules.claims import AnyColumns, ColumnsFile, columns_file, read_columns_file
from payrules.coverage.policy import NO_POLICIES, Covering, Policy
from payrules.errors import UsageError
from payrules.facility.wage import WageIndices
from payrules.payers import Payer, by_name, load_payer
from payrules.payers.covering import policies_of
from payrules.runs.mips_file import MipsFactors, read_mips_file
from payrules.runs.setup import Setup
from payrules.schedules import Schedules, load_schedules

AFile: TypeAlias = str | PathLike[str]
Payers: TypeAlias = AFile | Payer | Sequence[AFile | Payer]
FeeSchedules: TypeAlias = AFile | Schedules
ColumnsMap: TypeAlias = AFile | AnyColumns
Policies: TypeAlias = AFile | Sequence[AFile]
Facility: TypeAlias = bool | WageIndices
ADay: TypeAlias = date | str
_A_PAYER = "a payer's name, its file, a Payer, or a list of these"


def setup_of(
    payer: Payers | None = "medicare",
    *,
    locality: str | None = None,
    release: str | None = None,
    schedules: FeeSchedules | None = None,
    columns: ColumnsMap | None = None,
    unknown_payer: str = "price",
    mips: AFile | None = None,
    settlement: bool = False,
    coverage: Policies | None = None,
    coverage_mode: str = "report",
    history_from: ADay | None = None,
    facility: Facility = False,
) -> Setup:
    """Give what lines are priced with, of what users name.

    Of several payers the first prices every line whose column `payer` names none of the others;
    None is Medicare, and that nobody chose it.
    Raises PayerError, ScheduleError, CoverageError or ClaimsError for a name that names nothing.
    """
    if unknown_payer not in {"price", "refuse"}:
        raise wrong("unknown_payer", unknown_payer, "'price' or 'refuse'")
    chosen = find_payers("medicare" if payer is None else payer)
    if not chosen:
        raise UsageError("No payer was given; leave `payer` out for Medicare.")
    return Setup(
        payer=chosen[0],
        payers=by_name((each.name, each) for each in chosen),
        schedules=find_schedules(schedules),
        locality=checked_text("locality", locality),
        release=checked_text("release", release),
        columns=find_columns(columns),
        refuses_unknown_payers=unknown_payer == "refuse",
        mips=find_mips(mips),
        settlement=settlement,
        covering=find_covering(coverage, coverage_mode, history_from, chosen),
        facility=find_wages(facility),
        payer_given=payer is not None,
    )


def find_wages(given: Facility) -> WageIndices | None:
    """Give the wage indices of facilities that are to be priced; None where none is."""
    if isinstance(given, WageIndices):
        return given
    return WageIndices() if given else None


def find_payers(given: Payers) -> list[Payer]:
    """Give payers by their names or their files, or as they are."""
    several: Any = [given] if isinstance(given, str | PathLike | Payer) else given
    if not isinstance(several, Sequence):
        raise wrong("payer", given, _A_PAYER)
    return [find_payer(each) for each in several]


def find_payer(given: AFile | Payer) -> Payer:
    """Give a payer by its name or its file, or as it is."""
    if isinstance(given, Payer):
        return given
    if isinstance(given, str | PathLike):
        return load_payer(fspath(given))
    raise wrong("payer", given, _A_PAYER)


def find_schedules(given: FeeSchedules | None) -> Schedules:
    """Give the schedules of a folder, or as they are; None: the starter and the user's own."""
    if isinstance(given, Schedules):
        return given
    if given is None or isinstance(given, str | PathLike):
        return load_schedules(given)
    raise wrong("schedules", given, "a folder, or what load_schedules gives")


def find_columns(given: ColumnsMap | None) -> ColumnsFile:
    """Give what is said of columns, from its file or as it is."""
    if isinstance(given, str | PathLike):
        return read_columns_file(Path(given))
    if given is None or isinstance(given, Mapping | ColumnsFile):
        return columns_file(given)
    raise wrong("columns", given, "our column names and your headings, or a file with them")


def find_mips(given: AFile | None) -> MipsFactors | None:
    """Read the clinicians' MIPS adjustments from their file; None where there is none."""
    if given is None:
        return None
    if isinstance(given, str | PathLike):
        return read_mips_file(Path(given))
    raise wrong("mips", given, "a file of TIN, NPI, year and percentage")


_BINDS = "Medicare's policies bind Medicare and Medicare Advantage, and no payer given is one."


def find_covering(
    given: Policies | None,
    mode: str,
    history_from: ADay | None,
    payers: Sequence[Payer],
) -> Covering | None:
    """Read the coverage policies of files and folders; None where there are none, and no payer's.

    Raises CoverageError for a policy that cannot be read, or enforced, and UsageError where none
    of them binds a payer: a run that held no line against them would say nothing of it.
    """
    if mode not in {"report", "enforce"}:
        raise wrong("coverage_mode", mode, "'report' or 'enforce'")
    known_from = a_day(history_from, "history_from")
    if given is None:
        if mode == "enforce":
            raise UsageError("No coverage policy was given to enforce: name a file or a folder.")
        if known_from is not None and not any(each.policies.each for each in payers):
            raise UsageError(
                "history_from says since when sessions can be counted, and no coverage policy was"
                " given that counts any: name a file or a folder of policies."
            )
        return None if known_from is None else Covering(history_from=known_from)
    files = find_policy_files(given) or []
    # pydantic takes a tenth of a second to load: only for policies.
    from payrules.coverage.policy_file import must_be_verified, read_policies  # noqa: PLC0415

    found = read_policies(files)
    own = [each for each in found if each.authority == "payer"]
    policies = tuple(each for each in found if each.authority != "payer")
    if mode == "enforce":
        must_be_verified(policies)
    notes = tuple(map(_of_payer, own))
    covering = Covering(policies, mode == "enforce", known_from)
    if not any(policies_of(each.plan, NO_POLICIES, covering).each for each in payers):
        # What --coverage gives is held against no line.
        if policies:
            notes = (*notes, _BINDS)
        if not any(each.policies.each for each in payers):
            raise UsageError("No line would be held against the coverage policies given.", *notes)
    return replace(covering, notes=notes)


def find_policy_files(given: Policies | None) -> list[Path] | None:
    """Give the files and folders of coverage policies that are named; None where none is."""
    if given is None:
        return None
    several: Any = [given] if isinstance(given, str | PathLike) else given
    if not isinstance(several, Sequence) or not all(
        isinstance(each, str | PathLike) for each in several
    ):
        raise wrong("coverage", given, "a policy file, a folder of them, or a list of these")
    return [Path(each) for each in several]


def _of_payer(policy: Policy) -> str:
    return (
        f"{policy.file} is a payer's own policy: it applies where the payer's file names it, under"
        " [coverage]."
    )


def a_day(given: date | str | None, name: str = "day") -> date | None:
    """Read a day; UsageError for anything else."""
    if isinstance(given, str):
        try:
            return date.fromisoformat(given)
        except ValueError:
            raise UsageError(
                f"`{name}` cannot be '{given[:40]}': write it as 2025-10-07, or give a date."
            ) from None
    if given is None or isinstance(given, date):
        return given.date() if isinstance(given, datetime) else given
    raise wrong(name, given, "a date")


def checked_text(name: str, given: Any) -> Any:
    """Give a text, or None, as it is; UsageError for anything else."""
    if given is None or isinstance(given, str):
        return given
    raise wrong(name, given, "a text")


def wrong(name: str, given: object, wanted: str) -> UsageError:
    """Say of an argument that it is of a kind that cannot be read."""
    return UsageError(f"`{name}` cannot be a {type(given).__name__}: it is {wanted}.")
