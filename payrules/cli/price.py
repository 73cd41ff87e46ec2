"""What a few codes are paid, and what makes a figure so: `price` and `which`."""

# Heavy imports wait inside the commands, so that --help is quick.
# ruff: noqa: PLC0415

from datetime import datetime
from pathlib import Path

import click

from payrules.cli.options import MEDICARE, release_option, schedules_option
from payrules.errors import UsageError
from payrules.terminal import say, say_json

_NO_AMOUNT = 1


@click.command()
@click.argument("codes", nargs=-1, required=True, metavar="CODE...")
@click.option("--pos", "place", required=True, metavar="NN", help="Place of service: 11, 22, 24.")
@click.option(
    "--locality",
    default="national",
    show_default=True,
    metavar="KEY|NAME|ZIP",
    help='01112-05, Chicago, "CA Marin", 60601 (with CMS\'s ZIP5 file imported), or national.',
)
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Date of service (default: the day the newest release was published for).",
)
@click.option("--units", metavar="N", help="Units of a single code; of several, write 64494x2.")
@click.option(
    "--charge",
    "charges",
    multiple=True,
    metavar="AMOUNT",
    help="What is charged; of several codes, once for each, in order.",
)
@click.option(
    "--deductible",
    metavar="AMOUNT",
    help="What is left of the patient's deductible (default: nothing, it is met).",
)
@click.option(
    "--practitioner", metavar="TYPE", help="Who renders the service (default: physician)."
)
@click.option("--minutes", metavar="N", help="Minutes of anesthesia.")
@click.option(
    "--payer",
    default=MEDICARE,
    show_default=True,
    metavar="NAME|FILE",
    help="Who pays: a payer's name or TOML file.",
)
@release_option
@schedules_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def price(
    codes: tuple[str, ...],
    place: str,
    locality: str,
    day: datetime | None,
    units: str | None,
    charges: tuple[str, ...],
    deductible: str | None,
    practitioner: str | None,
    minutes: str | None,
    payer: str,
    release: str | None,
    schedules: Path | None,
    as_json: bool,
) -> int:
    """Say what a code is paid, by whom and why: one line, from the same engine as `estimate`.

    A code may have modifiers and units: 64483-50, 64494x2, 64494-59x2. Several codes are one
    session: one person, one practitioner, one day, so that they change each other's payment.
    """
    from dataclasses import replace

    from payrules.answers import price_session, read_line
    from payrules.front_door.terms import setup_of
    from payrules.screen.price import answer_lines
    from payrules.screen.printed import show

    asked = [read_line(each) for each in codes]
    if units is not None:
        if len(asked) > 1 or asked[0].units is not None:
            raise UsageError(
                "--units is for a single code without units of its own; write 64494x2."
            )
        asked = [replace(asked[0], units=units)]
    answer = price_session(
        asked,
        setup_of(payer, release=release, schedules=schedules),
        place=place,
        day=day and day.date(),
        locality=locality,
        charges=charges,
        deductible=deductible,
        practitioner=practitioner,
        minutes=minutes,
    )
    if as_json:
        say_json(answer.as_json())
    else:
        show(answer_lines(answer))
        say(*answer.remarks, error=True)
    return 0 if answer.is_whole else _NO_AMOUNT


@click.command()
@click.argument("code", metavar="CODE")
@click.argument("amount", metavar="AMOUNT")
@click.option(
    "--locality", metavar="KEY|NAME", help="Look in this locality only (default: in every one)."
)
@click.option("--release", metavar="NAME", help="Look in this release only (default: in all).")
@schedules_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def which(
    code: str,
    amount: str,
    locality: str | None,
    release: str | None,
    schedules: Path | None,
    as_json: bool,
) -> int:
    """Say which releases, localities, settings, factors and modifiers make a code worth AMOUNT.

    It is looked for among the allowed amounts; where it is none of them, among what Medicare and
    the patient pay and the limiting charges. With a modifier (64483-50) only with this one. Exit
    status 1: it is none, and the nearest are shown.
    """
    from payrules.answers import read_line
    from payrules.answers import which as found_by
    from payrules.schedules import load_schedules
    from payrules.screen.price import figure_tables
    from payrules.screen.printed import show

    answer = found_by(
        read_line(code), amount, load_schedules(schedules), release=release, locality=locality
    )
    if as_json:
        say_json(answer.as_json())
    else:
        show(*figure_tables(answer))
    return 0 if answer.ways else _NO_AMOUNT
