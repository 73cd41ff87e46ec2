"""Puts files in place whole: a file that has its name is complete, whenever a run was stopped."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from payrules.errors import PayrulesError, UsageError


@contextmanager
def put_in_place(*paths: Path, fault: type[PayrulesError] = UsageError) -> Iterator[list[Path]]:
    """Give partial files to write, and give them their names together once all are whole.

    Where one cannot be written, none is left, and `fault` says why.
    """
    partials = [path.with_name(f".{path.name}.partial") for path in paths]
    try:
        yield partials
        for partial, path in zip(partials, paths, strict=True):
            partial.replace(path)
    except OSError as error:
        raise fault(
            f"{paths[0]} cannot be written: {error.strerror or error}."
            " Close it if it is open in another program, and check that the folder is there."
        ) from error
    finally:
        for partial in partials:
            partial.unlink(missing_ok=True)
