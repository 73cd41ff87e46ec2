"""Encounters for tests of facilities: lines written short."""

import polars as pl

SCHEMA = {
    "encounter_id": pl.String,
    "line_number": pl.Int64,
    "hcpcs_code": pl.String,
    "units": pl.Int64,
    "modifiers": pl.List(pl.String),
    "charge_amount": pl.Int64,
}
Line = tuple[str, int, str, int, list[str], int | None]


def lines_of(encounter: str, said: str) -> list[Line]:
    """Write an encounter's lines: "64493-50 64494x2 62323@30000", the charge in cents."""
    lines: list[Line] = []
    for number, each in enumerate(said.split(), 1):
        rest, _, charge = each.partition("@")
        rest, _, units = rest.partition("x")
        code, *modifiers = rest.split("-")
        lines.append(
            (encounter, number, code, int(units or 1), modifiers, int(charge) if charge else None)
        )
    return lines
