"""Assistant at surgery: an assistant is paid a share of the surgeon's amount."""

import polars as pl

from payrules.claims.modifiers import ASSISTANT, billed_with
from payrules.dated import Dated
from payrules.engine.modifier_share import NO_SHARES, ModifierShares
from payrules.engine.rule import NOT_ANESTHESIA, Adjustment, note, rule, scale

PHYSICIAN = Dated({"1992-01-01": "0.16"}, cites="42 CFR 414.40, 414.56; SSA 1848(i)(2)")
#: Decision: 85 % of 16 % in one step, so that one rounding serves (ch. 12, §110.2).
OTHER_PRACTITIONER = Dated({"1998-01-01": "0.136"}, cites="42 CFR 414.52(d), 414.56(c)")
BY_OTHER = billed_with("AS")


@rule(
    cites="CMS Pub. 100-04, ch. 12, §20.4.3, §110.2; 42 CFR 414.52, 414.56",
    effective="1992-01-01",
    reads=("modifiers", "service_date", "status_code", "part_of_whole"),
)
def assistant_at_surgery(
    *,
    physician: Dated = PHYSICIAN,
    other: Dated = OTHER_PRACTITIONER,
    own_shares: ModifierShares = NO_SHARES,
) -> Adjustment:
    """Assistants at surgery: 16 percent (80 81 82), 13.6 percent for other practitioners (AS)."""
    share = pl.when(BY_OTHER).then(other.on()).otherwise(physician.on())
    return Adjustment(
        among=(billed_with(*ASSISTANT), NOT_ANESTHESIA, *own_shares.spare(*ASSISTANT)),
        outcomes=(
            scale(
                pl.lit(value=True),
                share,
                pl.when(BY_OTHER)
                .then(pl.lit("modifier AS: assistant other than a physician"))
                .otherwise(pl.lit("modifier 80, 81 or 82: assistant at surgery")),
                carc="45",
                rarc="N646",
                of_whole=True,
                of_term=pl.when(BY_OTHER).then(pl.lit("other")).otherwise(pl.lit("physician")),
            ),
        ),
        notes=(
            note(
                share.is_null(),
                "no assistant-at-surgery percentage is in force on this date; amount not reduced",
            ),
        ),
    )
