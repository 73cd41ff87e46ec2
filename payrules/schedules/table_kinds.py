"""The kinds of tables beside the fee schedule: what identifies a row, and what each is called."""

from collections.abc import Mapping

#: Kind of table → the columns that identify a row among the tables of that kind.
TABLE_KEYS: Mapping[str, tuple[str, ...]] = {
    "mue": ("hcpcs_code", "effective_from"),
    "ptp": ("column_1_code", "column_2_code", "effective_from"),
    "add_on": ("add_on_code", "primary_code", "effective_from"),
    "anesthesia_base_units": ("hcpcs_code", "effective_from"),
    "zip": ("zip",),
    "zip9": ("zip", "plus_four"),
    "asc": ("hcpcs_code", "effective_from"),
    "opps": ("hcpcs_code", "effective_from"),
    "opps_cap": ("hcpcs_code", "modifier", "locality"),
    "counties": (),
    "amounts": (),
}
#: Kinds whose rows have their own first and last day; each file restates the years before it.
SELF_DATED = frozenset(("ptp", "add_on"))
#: Kind of table → what it is, in words.
TABLE_WORDS = {
    "mue": "medically unlikely edits",
    "ptp": "procedure-to-procedure edits",
    "add_on": "add-on code edits",
    "anesthesia_base_units": "anesthesia base units",
    "opps": "OPPS addendum B (hospital outpatient rates)",
    "asc": "ASC addendum AA (surgical center rates)",
    "zip": "ZIP code localities",
    "zip9": "ZIP+4 localities",
}
#: The kinds that claim lines are priced with; the others inform, or check.
PRICING_KINDS = ("mue", "ptp", "add_on", "anesthesia_base_units", "zip", "zip9")
