"""Memory that a run may take: what the machine has free, and what its container allows."""

from collections.abc import Iterator
from pathlib import Path

#: Of the machine, and of the control group (a container, a service) that this process is in.
_MACHINE = Path("/proc/meminfo")
_OWN_GROUP = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")
#: What each version of control groups calls a limit, what is taken, and files that can be let go.
_VERSIONS = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


def free_memory() -> int | None:
    """Give the bytes that can still be taken; None where the system does not say (not Linux)."""
    try:
        said = dict(line.split(":") for line in _MACHINE.read_text().splitlines())
        free = int(said["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None
    return max(min([free, *_left_in_groups()]), 0)


def _left_in_groups() -> Iterator[int]:
    """Give what is left of each limit that this process stands under."""
    for group in _groups():
        for limit, taken, files in _VERSIONS:
            try:
                most = int((group / limit).read_text())  # "max" where there is none
                now = int((group / taken).read_text())
                stat = dict(
                    line.split() for line in (group / "memory.stat").read_text().splitlines()
                )
            except (OSError, ValueError):
                continue
            yield most - now + int(stat.get(files, 0))


def _groups() -> Iterator[Path]:
    """Give the folders of this process's group and of those it is within.

    In a container its own group is often shown as the root.
    """
    yield from (_GROUPS, _GROUPS / "memory")
    try:
        lines = _OWN_GROUP.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        root = _GROUPS / controllers if controllers else _GROUPS
        own = root / path.strip("/")
        while own != root:
            yield own
            own = own.parent
