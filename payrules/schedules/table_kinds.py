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
    "asc_ancillary": ("hcpcs_code", "effective_from"),
    "asc_device_offset": ("hcpcs_code", "effective_from"),
    "asc_excluded": ("hcpcs_code", "effective_from"),
    "asc_wage_index": ("area", "effective_from"),
    "opps": ("hcpcs_code", "effective_from"),
    "asp": ("hcpcs_code", "effective_from"),
    "clfs": ("hcpcs_code", "modifier", "effective_from"),
    "opps_cap": ("hcpcs_code", "modifier", "locality"),
    "counties": (),
    "amounts": (),
}
#: Kinds whose rows have their own first and last day; each file restates the years before it.
SELF_DATED = frozenset(("ptp", "add_on"))
#: Kinds that price the dates of their own quarter and no other: never the nearest. A quarter of the
#: starter's stays beside an imported one of another quarter.
OF_A_QUARTER = frozenset(("asp", "clfs"))
#: Kind of table → what it is, in words.
TABLE_WORDS = {
    "mue": "medically unlikely edits",
    "ptp": "procedure-to-procedure edits",
    "add_on": "add-on code edits",
    "anesthesia_base_units": "anesthesia base units",
    "opps": "OPPS addendum B (hospital outpatient rates)",
    "asc": "ASC addendum AA (surgical center rates)",
    "asc_ancillary": "ASC addendum BB (ancillary services in surgical centers)",
    "asc_device_offset": "ASC addendum FF (device offsets of surgical centers)",
    "asc_excluded": "ASC addendum EE (surgery excluded from surgical centers)",
    "asc_wage_index": "ASC wage indices",
    "asp": "drug payment limits (ASP)",
    "clfs": "clinical laboratory fee schedule",
    "zip": "ZIP code localities",
    "zip9": "ZIP+4 localities",
}
#: The kinds that claim lines are priced with; the others inform, or check.
PRICING_KINDS = ("mue", "ptp", "add_on", "anesthesia_base_units", "asp", "clfs", "zip", "zip9")
