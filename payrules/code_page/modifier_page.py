"""What CMS's table says of modifiers, and what payrules does by them."""

from collections.abc import Sequence
from typing import Any

from payrules.claims.modifiers import Modifier, is_ambulance_trip, modifier_table
from payrules.code_page.modifier_readers import PAGE, here, readers
from payrules.errors import UsageError
from payrules.nearest import nearest_modifiers


def are_modifiers(asked: Sequence[str]) -> bool:
    """Say whether what was asked for are modifiers, of two characters, and not codes."""
    return all(len(each.strip()) == 2 for each in asked)


def modifier_rows(asked: Sequence[str]) -> tuple[tuple[Modifier, ...], tuple[str, ...]]:
    """Give the rows of modifiers, each once, in the order asked; then, in sentences, what is none.

    All of them where none is asked for; UsageError where none of those asked for is one.
    """
    table = modifier_table()
    if not asked:
        return tuple(table.values()), ()
    found: dict[str, Modifier] = {}
    failed: dict[str, None] = {}
    for each in asked:
        name = each.strip().upper()
        if name not in table:
            near = ", ".join(nearest_modifiers(name, table))
            trip = " It may name an ambulance's trip." if is_ambulance_trip(name) else ""
            told = f"There is no modifier '{each}' in CMS's table.{trip}"
            failed[told + (f" Nearest: {near}." if near else "")] = None
        else:
            found[name] = table[name]
    if not found:
        raise UsageError(next(iter(failed)))
    return tuple(found.values()), tuple(failed)


def as_records(rows: Sequence[Modifier], not_found: Sequence[str] = ()) -> dict[str, Any]:
    """Give rows as JSON takes them, with the rules that read each; then what is no modifier."""
    return {
        "modifiers": [
            {
                "modifier": row.modifier,
                "kind": row.kind,
                "in_force": row.in_force,
                "medicare_does": row.medicare_does,
                "denial": row.denial_group_carc,
                "payment_effect": row.payment_effect,
                "here": here(row),
                "rules": [
                    {
                        "rule": rule.name,
                        "title": rule.title,
                        "cites": rule.cites,
                        "page": f"{PAGE}{rule.name}",
                    }
                    for rule in readers().get(row.modifier, ())
                ],
                "citation": row.citation,
            }
            for row in rows
        ],
        "not_found": list(not_found),
    }
