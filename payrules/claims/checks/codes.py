"""The checks of codes: the procedure, its place of service, its modifiers, the unit's qualifier."""

from collections.abc import Iterable, Mapping

import polars as pl

from payrules.claims import columns
from payrules.claims.checks.cells import cell
from payrules.claims.checks.fault import Check, Fault, missing
from payrules.claims.checks.quoting import quoted, says
from payrules.claims.places_of_service import VALID as VALID_PLACES

#: A code with modifiers behind it: 64483-50.
_WITH_MODIFIERS = r"^(?:[0-9]{4}[0-9A-Za-z]|[A-Za-z][0-9]{4})[\s,:/-][0-9A-Za-z]{2}(?:[\s,:/-]|$)"
_JOINED = ": if modifiers stand behind it, say so in a columns file, [joined]"
_IN_WORDS = (
    ": if its places are in words, say which each is in a columns file,"
    " [values.place_of_service_code]"
)
_MOST_MODIFIERS = len(columns.MODIFIERS)


def procedure() -> Check:
    """Check the HCPCS code: five letters and digits."""
    name = "hcpcs_code"
    given = pl.col(name)
    with_modifiers = given.str.contains(_WITH_MODIFIERS)
    digits_lost = given.str.contains("^[0-9]{2,4}$")
    reason = (
        pl.when(digits_lost)
        .then(
            says(
                "HCPCS code {} is too short: a spreadsheet may have dropped leading zeros ({})",
                name,
                given.str.zfill(5),
            )
        )
        .otherwise(
            says("HCPCS code {} is not five letters and digits", name)
            + pl.when(with_modifiers).then(pl.lit(_JOINED)).otherwise(pl.lit(""))
        )
    )
    # Every code has a digit; five letters are a name.
    wrong = ~(given.str.contains("^[A-Za-z0-9]{5}$") & given.str.contains("[0-9]"))
    return Check(name, given.str.to_uppercase(), [missing(name), Fault(name, wrong, reason)])


def place_of_service() -> Check:
    """Check the place of service: two digits of CMS's list."""
    name = "place_of_service_code"
    given = pl.col(name)
    # Spreadsheets drop the zero of 02.
    place = pl.when(given.str.len_bytes() == 1).then(given.str.zfill(2)).otherwise(given)
    in_words = given.str.contains("[A-Za-z]{3}").fill_null(False)
    hint = pl.when(in_words).then(pl.lit(_IN_WORDS)).otherwise(pl.lit(""))
    reason = says("place of service {} is not a code CMS lists", name) + hint
    return Check(
        name, place, [missing(name), Fault(name, ~place.is_in(sorted(VALID_PLACES)), reason)]
    )


def modifiers(schema: Mapping[str, pl.DataType]) -> list[Check]:
    """Check the modifiers, numbered or joined in one column."""
    numbered = {name: cell(name, schema) for name in columns.MODIFIERS}
    found = []
    if columns.JOINED_MODIFIERS not in schema:
        for name, given in numbered.items():
            found.append(Check(name, given.str.to_uppercase(), _not_a_modifier(name, given)))
        return found
    joined = columns.JOINED_MODIFIERS
    parts = pl.col(joined).str.replace_all(r"[\s,:;]+", " ").str.strip_chars().str.split(" ")
    in_numbered = pl.any_horizontal(
        pl.lit(False), *(pl.col(name).is_not_null() for name in columns.MODIFIERS if name in schema)
    )
    for place, (name, given) in enumerate(numbered.items()):
        part = parts.list.get(place, null_on_oob=True)
        part = pl.when(~in_numbered & (part != "")).then(part)
        faults = [*_not_a_modifier(name, given), *_not_a_modifier(joined, part)]
        if place == 0:
            too_many = ~in_numbered & (parts.list.len() > _MOST_MODIFIERS)
            reason = f"a line has at most {_MOST_MODIFIERS} modifiers, not {{}}"
            faults.append(Fault(joined, too_many, pl.format(reason, parts.list.len())))
            faults.append(_otherwise_joined(parts, numbered.values(), in_numbered))
        found.append(Check(name, pl.coalesce(given, part).str.to_uppercase(), faults))
    return found


def _otherwise_joined(parts: pl.Expr, numbered: Iterable[pl.Expr], in_numbered: pl.Expr) -> Fault:
    """Find lines with a modifier in the one column that is in none of the others.

    Decision: the numbered columns are those that are read; what only the joined one has would be
    passed over without a word, so such a line is rejected.
    """
    joined = columns.JOINED_MODIFIERS
    told = pl.concat_list(*(given.str.to_uppercase() for given in numbered))
    others = parts.list.eval(pl.element().str.to_uppercase()).list.set_difference(told)
    return Fault(
        joined,
        in_numbered & pl.col(joined).is_not_null() & (others.list.len() > 0),
        pl.lit(f"{joined} has a modifier that the numbered modifier columns of the row have not"),
    )


def _not_a_modifier(name: str, given: pl.Expr) -> list[Fault]:
    wrong = ~given.str.contains("^[A-Za-z0-9]{2}$")
    shown = quoted(name, given)
    return [Fault(name, wrong, pl.format("modifier {} is not two letters or digits", shown))]


def unit_qualifier(schema: Mapping[str, pl.DataType]) -> Check:
    """Check what kind of unit is counted, such as MJ."""
    name = "unit_qualifier"
    given = cell(name, schema)
    wrong = ~given.str.contains("^[A-Za-z0-9]{2}$")
    reason = pl.format(
        "unit qualifier {} is not two letters or digits, such as MJ (minutes) or UN (units)",
        quoted(name, given),
    )
    return Check(name, given.str.to_uppercase(), [Fault(name, wrong, reason)])
