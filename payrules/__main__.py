"""Starts payrules from a shell: text in UTF-8, one line for every fault, an exit status."""

import atexit
import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from traceback import format_exception, walk_tb
from types import FrameType
from typing import Any

import click

from payrules.cli.commands import cli
from payrules.errors import PayrulesError, UsageError
from payrules.terminal import say
from payrules.threads import one_for_little

#: Python's own threshold of circular objects, and the one of a command: looking through all that it
#: imports, again and again, took a tenth of a short one.
_USUAL_CIRCLES, _CIRCLES = 700, 100_000
NOTHING_RUN = 2
INTERRUPTED = 130
READER_GONE = 141


class Ended(BaseException):
    """The process was told to end (SIGTERM, SIGHUP): what it was writing is taken away first."""

    def __init__(self, number: int) -> None:
        self.exit_status = 128 + number


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let a signal to end unwind what is being done, as an interruption does."""

    def end(number: int, _frame: FrameType | None) -> None:
        for each in signals:  # once is enough: tidying up is not broken off
            signal.signal(each, signal.SIG_IGN)
        raise Ended(number)

    signals = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        signals = []
    # Who starts it may have it survive a hang-up (nohup): that stays so.
    signals = [each for each in signals if signal.getsignal(each) is signal.SIG_DFL]
    for each in signals:
        signal.signal(each, end)
    try:
        yield
    finally:
        for each in signals:
            signal.signal(each, signal.SIG_DFL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and give its exit status (docs, Reference, Commands)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    wants_traceback = "--debug" in given or bool(os.environ.get("PAYRULES_DEBUG"))
    given = [argument for argument in given if argument != "--debug"] or ["--help"]
    if gc.get_threshold()[0] == _USUAL_CIRCLES:  # whoever set another knows why
        gc.set_threshold(_CIRCLES)
        atexit.register(gc.freeze)  # a process that ends lets go of all: nothing is looked through
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Windows pipe speaks the old code page
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        _check_text(given)
        one_for_little(given)
        with _ended_by_signals():
            status = cli.main(given, prog_name="payrules", standalone_mode=False)
            sys.stdout.flush()
    except PayrulesError as fault:
        _say(*fault.args, *_notes(fault))
        if fault.to_keep:
            say("", *fault.to_keep, error=True)
        return fault.exit_status
    except click.ClickException as fault:
        context = getattr(fault, "ctx", None)
        hint = f" (see: {context.command_path} --help)" if context else ""
        _say(fault.format_message().replace("\n", " ") + hint)
        return NOTHING_RUN
    except (KeyboardInterrupt, click.Abort, Ended) as fault:
        # click puts its own word in the place of an interruption.
        notes = _notes(fault.__cause__ or fault)
        _say("interrupted; no unfinished output was left.", *notes)
        return fault.exit_status if isinstance(fault, Ended) else INTERRUPTED
    except (BrokenPipeError, SystemExit):  # click leaves when the reader of a pipe has gone
        _show_nothing_more()
        return READER_GONE
    except BaseException as fault:  # a panic inside polars is no Exception
        if wants_traceback:
            sys.excepthook = _show_traceback
            raise
        if isinstance(fault, OSError):  # a full disk, say: nothing more is shown on it
            _show_nothing_more()
        _say(_refusal(fault) if isinstance(fault, OSError) else _bug(fault), *_notes(fault))
        return NOTHING_RUN
    return status if isinstance(status, int) else 0


def _open_what_is_closed() -> None:
    """Let nothing else take the place of a standard stream that is closed: it is shown nowhere."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the end
            setattr(sys, name, nowhere)


def _show_nothing_more() -> None:
    """Turn standard output to nothing, so that what is left of it fails no more."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(*sentences: object) -> None:
    say(*(f"payrules: {each}" for each in sentences), error=True)


def _notes(fault: BaseException) -> Sequence[str]:
    """Give what was noted of a fault on its way: how a run in parts is gone on with, say."""
    return getattr(fault, "__notes__", ())


def _show_traceback(kind: type[BaseException], fault: BaseException, _: Any) -> None:
    """Print a traceback: its messages may quote anything, and go out as any text does."""
    parts = format_exception(kind, fault, fault.__traceback__)
    say(*(line for part in parts for line in part.rstrip("\n").split("\n")), error=True)


def _bug(fault: BaseException) -> str:
    return (
        f"this is a bug in payrules: {type(fault).__name__} at {_place(fault)}. "
        "Please report it; add --debug to see the traceback (it may quote claims)."
    )


def _refusal(fault: OSError) -> str:
    """Say what the machine refused: too long a name, no space left. That is no bug."""
    where = f" ({str(fault.filename)[:200]})" if fault.filename else ""
    return f"the system refused: {fault.strerror or fault}{where}."


def _check_text(given: Sequence[str]) -> None:
    """Refuse a file name whose bytes are no text: it can stand in no record and no message."""
    if any("\ud800" <= character <= "\udfff" for word in given for character in word):
        raise UsageError("A file name is not valid UTF-8; rename the file.")


def _place(fault: BaseException) -> str:
    """Name the line of payrules that a fault came through, and nothing of the claims."""
    here = Path(__file__).parent
    place = "an unknown place"
    for frame, line in walk_tb(fault.__traceback__):
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(here):
            place = f"{file.relative_to(here).as_posix()} line {line}"
    return place


if __name__ == "__main__":
    sys.exit(main())
