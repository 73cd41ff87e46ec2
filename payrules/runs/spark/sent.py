"""The fee schedules a Spark run sends: the bytes they are stored as, verified where they arrive."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from pyspark.broadcast import Broadcast

from payrules.errors import ScheduleError
from payrules.fees.other_schedules import KIND_OF_SCHEDULE
from payrules.schedules import Release, Schedules, load_schedules

_here: dict[int, Schedules] = {}


def pack(schedules: Schedules) -> dict[str, bytes]:
    """Give the stored files of all releases and tables at hand, with the records of hashes."""
    if any(type(release) is not Release for release in schedules.releases):
        raise ScheduleError(
            "A what-if's changed releases are not stored, so Spark workers cannot verify them: "
            "price it on one machine."
        )
    entries = {release.folder for release in schedules.releases}
    entries |= {table.stored.path.parent for table in schedules.tables}
    return {
        f"{number}-{entry.name}/{path.name}": path.read_bytes()
        for number, entry in enumerate(sorted(entries))
        for path in sorted(entry.iterdir())
        if path.suffix in {".toml", ".parquet"}
    }


def unpack(packed: Mapping[str, bytes]) -> Schedules:
    """Load packed schedules and verify every hash; AlteredError if a byte is another."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in packed.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        schedules = load_schedules(Path(folder))
        for release in schedules.releases:  # what is read once stays at hand
            _ = release.codes, release.localities, release.anesthesia_factors
        for table in schedules.tables:
            schedules.table(table.kind)
        for kind in KIND_OF_SCHEDULE.values():
            schedules.quarters(kind)
    return schedules


def at_hand(carried: Broadcast[dict[str, bytes]]) -> Schedules:
    """Give the schedules a worker was sent, unpacked once a process."""
    key = id(carried.value)
    if key not in _here:
        _here[key] = unpack(carried.value)
    return _here[key]
