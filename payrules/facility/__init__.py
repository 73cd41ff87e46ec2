"""What Medicare pays the facility beside the practitioner, of one encounter: national rates.

A site-of-service question, not a pricer of facility claims: what is not settled is said, and an
encounter with such a line has no total. Nothing here changes a practitioner's amount.
"""

from payrules.facility.asc_rates import AscRates, asc_rates_on
from payrules.facility.steps import encounter_totals
from payrules.facility.surgical_center import price_in_surgical_center

__all__ = ["AscRates", "asc_rates_on", "encounter_totals", "price_in_surgical_center"]
