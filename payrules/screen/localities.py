"""What `payrules localities` prints: keys, names and counties of localities."""

from collections.abc import Sequence

from payrules.counted import counted
from payrules.schedules.locality_list import Locality
from payrules.screen.printed import Part, Table, words


def locality_tables(found: Sequence[Locality]) -> list[Part]:
    """List localities; a claim gives the key, or `--locality` for all lines without one."""
    has_counties = any(each.counties for each in found)
    table = Table("key", "state", "name", *(["counties"] if has_counties else []))
    for each in found:
        table.add_row(*(each if has_counties else each[:-1]))
    parts: list[Part] = [table]
    if len(found) == 1:
        parts.append(words(f"Give it as --locality {found[0].key}, or in a column locality."))
    else:
        parts.append(
            words(
                f"{counted(len(found), 'locality', 'localities')}. Give a key as --locality, or in"
                " a column locality;"
                " `national` stands for the whole country, with every GPCI 1."
            )
        )
    if not has_counties:
        parts.append(words("Counties are not known: no release loaded has CMS's LOCCO file."))
    return parts
