"""What statute takes of every Medicare payment, by date: coinsurance and sequestration."""

from payrules.dated import Dated

#: The patient's share of what is allowed after the deductible.
PATIENT_SHARE = Dated({"1966-07-01": "0.20"}, cites="SSA 1833(a)(1)")
#: What the budget law takes of what Medicare would pay.
SEQUESTRATION = Dated(
    {
        "2013-04-01": "0.02",
        "2020-05-01": "0.00",
        "2022-04-01": "0.01",
        "2022-07-01": "0.02",
    },
    cites="BBEDCA §251A; CARES Act §3709; Public Laws 116-260, 117-7, 117-71",
)
