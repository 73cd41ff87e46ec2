"""The page of each command: its arguments and options, as click knows them."""

from collections.abc import Iterator

import click

from docs.generator import DocsError, code, page, table
from payrules.cli.commands import cli


def commands(
    group: click.Group = cli, name: str = "payrules"
) -> Iterator[tuple[str, click.Command]]:
    """Give every command that does something, by its whole name."""
    for each, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {each}")
        else:
            yield f"{name} {each}", command


def commands_page() -> str:
    """Write the page of all commands."""
    said = [_group_options(), *(_command(name, command) for name, command in commands())]
    return page("Commands", *said)


def _group_options() -> str:
    rows = [
        _option(option, "payrules") for option in cli.params if isinstance(option, click.Option)
    ]
    status = (cli.epilog or "").removeprefix("Exit status: ")
    return (
        "Made from the program itself; `payrules COMMAND --help` says the same. These go with every"
        f" command:\n\n{table(('option', 'what it does'), rows)}\n"
        f"**Exit status:** {status} An existing file is only replaced with `--force`; the claims"
        " never are.\n\n"
        "| environment variable | what it does |\n|---|---|\n"
        "| `PAYRULES_DEBUG` | the same as `--debug` |\n"
        "| `XDG_DATA_HOME` | where imported releases are kept, on Linux; other systems have their"
        " own place |\n"
        "| `SOURCE_DATE_EPOCH` | fixes the time stamp of reports (seconds since 1970), so that two"
        " runs give the same bytes |\n"
    )


def _command(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    parts = [
        f"## `{name}`",
        "",
        f"```text\n{name} {usage}\n```",
        "",
        *(" ".join(each.split()) + "\n" for each in (command.help or "").split("\n\n")),
    ]
    if not command.help:
        raise DocsError(f"{name} has no help")
    options = [each for each in command.params if isinstance(each, click.Option)]
    if options:
        rows = [_option(option, name) for option in options]
        parts.append(table(("option", "what it does"), rows))
    return "\n".join(parts)


def _option(option: click.Option, command: str) -> tuple[str, str]:
    if not option.help:
        raise DocsError(f"{command} {option.opts[0]} has no help")
    named = option.opts[0]
    if not (option.is_flag or option.count):
        kind = option.type
        choices = "|".join(map(str, kind.choices)) if isinstance(kind, click.Choice) else None
        named += f" {option.metavar or choices or kind.name.upper()}"
    said = option.help
    if option.show_default and option.default is not None:
        said += f" Default: `{option.default}`."
    if option.required:
        said += " Required."
    if option.multiple and "repeated" not in said:
        said += " May be repeated."
    return code(named), said
