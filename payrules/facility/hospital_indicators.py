"""What is done by each OPPS status indicator; one that is not here is left to a person.

Addendum D1 of the hospital outpatient prospective payment system; Medicare Claims Processing
Manual, chapter 4.
"""

#: One payment for all of the encounter.
COMPREHENSIVE = "J1"
#: Paid at the rate; of several T services one in full and the others at half.
SURGERY = "T"
PAID_APART = frozenset(("S", SURGERY, "V"))
#: No payment of its own.
PACKAGED = frozenset(("N",))
#: Packaged beside a paid service of these indicators, paid where there is none.
PACKAGED_BESIDE = {"Q1": PAID_APART, "Q2": frozenset((SURGERY,))}
#: What may turn into a service that packages others: observation and composites.
MAY_BE_PAID_APART = frozenset(("J2", "Q3"))
#: Paid beside a comprehensive service, too: by other schedules, at cost, or passed through.
#: Everything else that OPPS pays is packaged into it.
NOT_IN_COMPREHENSIVE = frozenset(("A", "F", "G", "H", "H1", "L", "U", "Y"))
#: Other fee schedules pay: laboratory, therapy, ambulance.
ELSEWHERE = frozenset(("A",))
INPATIENT_ONLY = frozenset(("C",))
NOT_ON_A_HOSPITAL_BILL = frozenset(("B", "E1", "E2", "M"))
