"""What several commands share: their options, checks of what they write, a batch priced."""

# Heavy imports wait inside the commands, so that --help is quick.
# ruff: noqa: PLC0415

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from payrules.errors import UsageError

if TYPE_CHECKING:
    from payrules.facility.wage import WageIndices
    from payrules.front_door.estimate import Results
    from payrules.payers import Payer
    from payrules.scenarios import Baseline

#: A batch of more bytes than this takes long enough to show how far it is.
_LONG_BATCH = 4_000_000


#: Who pays where nobody is named.
MEDICARE = "medicare"

FILE = click.Path(path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
#: A file of claims, or `-`: what another program gives.
CLAIMS_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


class _WholeNumber(click.IntRange):
    """A whole number from 1: click's own words for what is none are a programmer's."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number; whoever calls from Python gives one already."""
        is_number = isinstance(value, int) or (value.isascii() and value.isdigit())
        if not is_number or int(value) < 1:
            self.fail(f"{value!r} is not a whole number from 1; give one, such as 4.", param, ctx)
        return int(value)


WHOLE_NUMBER = _WholeNumber(min=1)


def _options(*options: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


schedules_option = click.option(
    "--schedules",
    type=FOLDER,
    metavar="DIR",
    help="Use only the releases in this folder, not the starter or your imported ones.",
)
release_option = click.option(
    "--release", metavar="NAME", help="Price every line with this release, whatever its date."
)
columns_option = click.option(
    "--columns",
    type=EXISTING_FILE,
    metavar="FILE",
    help="A TOML file that says what your headings are and how the file is written; "
    "`payrules columns` writes one to begin with.",
)
sheet_option = click.option(
    "--sheet",
    metavar="NAME",
    help="The worksheet that is read, by its name or number, or `all` (default: the first).",
)
batch_options = _options(
    click.argument("batch", nargs=-1, required=True, type=CLAIMS_FILE),
    click.option(
        "--payer",
        "payers",
        multiple=True,
        metavar="NAME|FILE",
        help=(
            "A payer's name or TOML file (default: medicare). Repeatable: the first prices "
            "every line whose 'payer' column does not name one of the others."
        ),
    ),
    click.option(
        "--locality", metavar="KEY", help="Locality for lines without one: 01112-05, or national."
    ),
    release_option,
    schedules_option,
    columns_option,
    sheet_option,
    click.option(
        "--specialty",
        type=click.Choice(["taxonomy"]),
        help="Where a line has no rendering_specialty, take its taxonomy code: practitioners of a "
        "group are then told apart by it.",
    ),
    click.option(
        "--mips",
        type=EXISTING_FILE,
        metavar="FILE",
        help="MIPS adjustments of clinicians: billing_tin, rendering_npi, year and percent. A "
        "line's own mips_adjustment_percent comes first.",
    ),
    click.option(
        "--coverage",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="DIR|FILE",
        help="Hold Medicare's lines against the coverage policies of this folder or file, or of "
        "`examples`. Repeatable. No amount moves unless they are enforced.",
    ),
    click.option(
        "--coverage-mode",
        type=click.Choice(["report", "enforce"]),
        default="report",
        show_default=True,
        help="Report what the policies would deny, or deny it; to be enforced a policy must be "
        "verified.",
    ),
    click.option(
        "--history-from",
        metavar="DATE",
        help="The first day from which the batch has the persons' whole history: sessions are "
        "counted from there.",
    ),
    click.option(
        "--unknown-payer",
        type=click.Choice(["price", "refuse"]),
        default="price",
        show_default=True,
        help="What happens when the batch names a payer that was not given: "
        "the first payer prices its lines, and the report says so, or nothing runs.",
    ),
)

facility_options = _options(
    click.option(
        "--asc-cbsa",
        metavar="CBSA",
        help="The surgical center's area, whose wage index CMS publishes: 12420, or two digits for "
        "the rural part of a state.",
    ),
    click.option(
        "--asc-wage-index",
        metavar="INDEX",
        help="The surgical center's wage index as a number (default: 1.000, and the answer says "
        "so).",
    ),
    click.option(
        "--hospital-wage-index",
        metavar="INDEX",
        help="The hospital's own wage index, after reclassification (default: 1.000, and the "
        "answer says so).",
    ),
)


def check_outputs(outputs: Iterable[Path], inputs: Sequence[Path], *, force: bool) -> None:
    """Refuse, before any work, what could not or should not be written."""
    seen = set()
    for path in outputs:
        folder = path.parent
        if not folder.is_dir():
            raise UsageError(f"The folder {folder} does not exist; create it to write {path.name}.")
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name a file.")
        if not os.access(folder, os.W_OK):
            raise UsageError(f"{path.name} cannot be written: the folder {folder} is read-only.")
        if path.resolve() in seen:
            raise UsageError(f"{path} is named for two outputs; give each one its own file.")
        if path.resolve() in {each.resolve() for each in inputs}:
            raise UsageError(
                f"{path} is an input of this run and is never overwritten; choose another output "
                "file."
            )
        # An empty file, as programs make to reserve a name, holds nothing that could be lost.
        if path.exists() and path.stat().st_size and not force:
            raise UsageError(f"{path} already exists; add --force to replace it.")
        seen.add(path.resolve())


def read_as(how: dict[str, Any]) -> dict[str, Any]:
    """Put what `--columns`, `--sheet` and `--specialty` say of a batch's files together."""
    from payrules.front_door.terms import find_columns

    sheet, specialty = how.pop("sheet", None), how.pop("specialty", None)
    how["coverage"] = how.get("coverage") or None
    said = find_columns(how.get("columns"))
    if sheet is not None:
        said = said.of_sheet(sheet)
    if specialty is not None:
        said = said.of_specialty(f"rendering_{specialty}")
    return {**how, "columns": said}


def wage_indices(how: dict[str, Any]) -> "WageIndices | None":
    """Take what is said of facilities' wage indices out of a command's options; None: nothing."""
    from payrules.facility.wage import WageIndices, wage_index_read

    area = how.pop("asc_cbsa")
    numbers = {site: how.pop(f"{site}_wage_index") for site in ("asc", "hospital")}
    read = {
        site: None if given is None else wage_index_read(site, given)
        for site, given in numbers.items()
    }
    given = WageIndices(asc_area=area, **read)
    return None if given == WageIndices() else given


def price_batch(
    batch: Sequence[Path], *, payers: Sequence[str] = (), trail: bool = True, **how: Any
) -> "Results":
    """Price a batch with the payers named; how far it is shows where it is long."""
    from payrules.front_door.estimate import estimate
    from payrules.front_door.terms import find_payers

    chosen = find_payers(payers or MEDICARE)
    rules = sum(len(payer.rules) for payer in chosen)
    with _progress(batch, rules) as progress:
        return estimate(list(batch), chosen, trail=trail, progress=progress, **read_as(how))


def _progress(
    batch: Sequence[Path], steps: int
) -> AbstractContextManager[Callable[[str], None] | None]:
    """Show how far a long batch is, on a terminal only; the rules are the steps."""
    from payrules.screen.printed import progress

    size = sum(path.stat().st_size for path in batch if path.is_file())
    return progress(steps, shown=size > _LONG_BATCH)


def price_baseline(
    batch: Sequence[Path], payers: Sequence[str] = (), compared: Sequence["Payer"] = (), **how: Any
) -> "Baseline":
    """Price a batch once, to compare with it."""
    from payrules.front_door.terms import setup_of
    from payrules.scenarios import baseline

    return baseline(list(batch), setup_of(payers or MEDICARE, **read_as(how)), compared=compared)
