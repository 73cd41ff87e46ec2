"""Words of a payer file that more readers know than its form."""

from typing import Literal

SWITCHES = {"off", "on"}
#: Added to the law's citation of an edit that a payer only takes over.
AS_MEDICARE = "; as Medicare, for the payer's files say nothing else"
#: Plans that Medicare's edits bind: 42 CFR 422.101(b).
BY_LAW = ("medicare", "medicare_advantage")
#: What a rule's section says of its terms.
OF_TERMS = {"cites", "by_day_of"}
#: What it says beside them.
NO_TERMS = {*SWITCHES, *OF_TERMS}
#: A floor and a ceiling of all that a contract pays.
LIMITS_OF_ALL = ("not_under", "not_over")
#: Of the codes that a case rate includes: every one of the session.
ALL: Literal["*"] = "*"
#: Kinds of plan; `payrules.payers.plan` says what each is.
PLANS = (
    "medicare",
    "medicare_advantage",
    "commercial",
    "medicaid",
    "workers_compensation",
    "tricare",
)
#: The last place of a ladder may be this word, in place of a share.
BY_REPORT = "by_report"
