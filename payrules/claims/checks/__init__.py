"""The checks of each claim column: what a good cell means, and what to tell a biller of a bad one.

Each check gives the column's value and its faults as polars expressions. The values and one mask
"has any fault" are worked out for every row, or for every different value of a column that has few;
the reasons only for the rows that have a fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from payrules.claims import columns
from payrules.claims.checks import codes, dates, localities, numbers, people
from payrules.claims.checks.fault import Check
from payrules.claims.checks.localities import Places
from payrules.claims.columns_file import AS_USUAL, FileForm


def checks_of(
    schema: Mapping[str, pl.DataType], places: Places, form: FileForm = AS_USUAL
) -> list[Check]:
    """List the checks of a claims file in the order of the lines' columns.

    `schema` holds the columns that are there, under our names: text (trimmed, blank as null), or
    dates, numbers and booleans as they were typed; `form` is how dates and numbers are written.
    """
    found = [
        people.identity("claim_id", schema),
        numbers.line_number(schema),
        people.identity("person_id", schema),
        dates.service_date(schema, form),
        codes.procedure(),
        codes.place_of_service(),
    ]
    found += codes.modifiers(schema)
    found += [numbers.units_of_service(schema, form), codes.unit_qualifier(schema)]
    found += [numbers.amount(ours, name, schema, form) for ours, name in columns.AMOUNTS.items()]
    found += [localities.service_locality(schema, places), people.practitioner_type(schema)]
    found += [
        people.taxonomy(schema) if name == "rendering_taxonomy" else people.text(name, schema)
        for name in columns.TEXTS
    ]
    found += [
        people.yes_or_no(name, default, schema) for name, default in columns.YES_OR_NO.items()
    ]
    found += [
        numbers.count("postoperative_days", numbers.MOST_DAYS, schema),
        *dates.care_dates(schema, form),
        numbers.count("anesthesia_minutes", numbers.MOST_MINUTES, schema),
        numbers.mips_percent(schema, form),
        *dates.processed_date(schema, form),
    ]
    found += [people.text(name, schema) for name in schema if columns.is_diagnosis(name)]
    if columns.BILL_TYPE in schema:
        found.append(people.bill_type(taken=places.facility_bills))
    found += _for_coverage(schema, form)
    return _but_of_history(found, schema) if columns.HISTORY_ONLY in schema else found


def _but_of_history(found: Sequence[Check], schema: Mapping[str, pl.DataType]) -> list[Check]:
    """Take out the faults of what nothing reads of history, which is never priced.

    Decision: a row that was rejected would be a session too few; so it needs no place of service.
    """
    priced = ~people.yes_or_no(columns.HISTORY_ONLY, False, schema).value
    return [
        check
        if check.name in columns.READ_OF_HISTORY or not check.faults
        else replace(
            check,
            faults=[replace(fault, when=fault.when & priced) for fault in check.faults],
            alone=check.alone or check,
        )
        for check in found
    ]


def _for_coverage(schema: Mapping[str, pl.DataType], form: FileForm) -> list[Check]:
    """List the checks of what only coverage policies ask, where it is there."""
    found = [people.text(columns.POINTERS, schema)] if columns.POINTERS in schema else []
    if columns.HISTORY_FROM in schema:
        found.append(dates.day(columns.HISTORY_FROM, schema, form))
    yes_or_no = [
        people.yes_or_no(name, default, schema)
        for name, default in columns.COVERAGE_YES_OR_NO.items()
        if name in schema
    ]
    # Decision: unlike the other yes-or-no columns this one moves no amount, and only silences what
    # a policy asks of the records. What cannot be read is null, silences nothing, and is counted
    # (`payrules.runs.covered`); the line is priced.
    return found + [
        replace(each, value=pl.when(~each.faults[0].when).then(each.value), faults=())
        if each.name == columns.ATTESTED and each.faults
        else each
        for each in yes_or_no
    ]
