"""What is done by each ASC payment indicator; one that is not here is left to a person.

Medicare Claims Processing Manual, chapter 14, and addendum DD1 of the ASC payment system.
"""

#: Surgery at the published rate.
SURGERY = frozenset(("A2", "D2", "G2", "P2", "P3", "R2"))
#: Surgery whose rate is in large part a device's.
DEVICE_INTENSIVE = frozenset(("J8",))
#: Radiology and tests, paid beside surgery of addendum AA only.
BESIDE_SURGERY = frozenset(("Z2", "Z3"))
#: No payment of its own.
PACKAGED = frozenset(("N1",))
#: Not a code of that day.
DELETED = frozenset(("D5",))
#: Not payable as it was billed.
DENIED = frozenset(("B5", "C5", "D1", "E5", "M6", "S1", "U5", "X5", "Y5"))
#: The rate is the facility's own part of the service. Others are drugs, devices and supplies.
OF_THE_SERVICE = SURGERY | DEVICE_INTENSIVE | BESIDE_SURGERY | PACKAGED
