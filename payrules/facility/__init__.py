"""What Medicare pays the facility beside the practitioner, of one encounter: national rates.

A site-of-service question, not a pricer of facility claims: what is not settled is said, and an
encounter with such a line has no total. Nothing here changes a practitioner's amount.
"""

from payrules.facility.asc_rates import AscRates, asc_rates_on
from payrules.facility.hospital_rates import HospitalRates, hospital_rates_on
from payrules.facility.outpatient_hospital import price_in_hospital
from payrules.facility.payment import paid_in_hospital, paid_in_surgical_center
from payrules.facility.prior_authorization import prior_authorization_note
from payrules.facility.steps import encounter_totals
from payrules.facility.surgical_center import price_in_surgical_center

__all__ = [
    "AscRates",
    "HospitalRates",
    "asc_rates_on",
    "encounter_totals",
    "hospital_rates_on",
    "paid_in_hospital",
    "paid_in_surgical_center",
    "price_in_hospital",
    "price_in_surgical_center",
    "prior_authorization_note",
]
