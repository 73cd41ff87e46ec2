"""What CMS's table says of modifiers, and what payrules does by them."""

from collections.abc import Sequence
from typing import Any

from payrules.claims.modifiers import Modifier, is_ambulance_trip, modifier_table
from payrules.errors import UsageError
from payrules.nearest import nearest_modifiers


def are_modifiers(asked: Sequence[str]) -> bool:
    """Say whether what was asked for are modifiers, of two characters, and not codes."""
    return all(len(each.strip()) == 2 for each in asked)


def modifier_rows(asked: Sequence[str]) -> tuple[Modifier, ...]:
    """Give the rows of modifiers, each once, in the order asked; UsageError for an unknown one.

    All of them where none is asked for.
    """
    table = modifier_table()
    if not asked:
        return tuple(table.values())
    found = {}
    for each in asked:
        name = each.strip().upper()
        if name not in table:
            near = ", ".join(nearest_modifiers(name, table))
            trip = " It may name an ambulance's trip." if is_ambulance_trip(name) else ""
            raise UsageError(
                f"There is no modifier '{each}' in CMS's table.{trip}"
                + (f" Nearest: {near}." if near else "")
            )
        found[name] = table[name]
    return tuple(found.values())


def as_records(rows: Sequence[Modifier]) -> dict[str, Any]:
    """Give rows as JSON takes them."""
    return {
        "modifiers": [
            {
                "modifier": row.modifier,
                "kind": row.kind,
                "in_force": row.in_force,
                "medicare_does": row.medicare_does,
                "denial": row.denial_group_carc,
                "payment_effect": row.payment_effect,
                "here": row.here,
                "citation": row.citation,
            }
            for row in rows
        ]
    }
