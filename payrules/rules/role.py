"""Role: whether a procedure allows an assistant, a co-surgeon or a surgical team."""

import polars as pl

from payrules.claims.modifiers import ASSISTANT, billed_with
from payrules.engine.modifier_share import NO_SHARES, ModifierShares
from payrules.engine.rule import Adjustment, deny, note, refer, rule

ASSISTS = billed_with(*ASSISTANT)
DOCUMENTED = pl.col("documentation_submitted")


@rule(
    cites="CMS RVU file documentation, assistant at surgery, co-surgeons, team surgery;"
    " SSA 1848(i)(2); CMS Pub. 100-04, ch. 12, §20.4.3, §40.8",
    effective="1992-01-01",
    kind="edit",
    reads=(
        "modifiers",
        "assistant_indicator",
        "co_surgeon_indicator",
        "team_indicator",
        "documentation_submitted",
    ),
)
def role(*, own_shares: ModifierShares = NO_SHARES) -> Adjustment:
    """Assistants (80 81 82 AS), co-surgeons (62) and teams (66) only where CMS allows them."""
    assistant, co_surgeon, team = (
        pl.col(f"{name}_indicator") for name in ("assistant", "co_surgeon", "team")
    )
    co = billed_with("62")
    in_team = billed_with("66")
    return Adjustment(
        among=billed_with(*ASSISTANT, "62", "66"),
        outcomes=(
            deny(
                ASSISTS & (assistant == "9"),
                "assistant indicator 9: the concept does not apply",
                carc="4",
            ),
            deny(
                ASSISTS & (assistant == "1"),
                "assistant indicator 1: an assistant is not paid, by statute",
                carc="54",
            ),
            deny(
                ASSISTS & (assistant == "0") & ~DOCUMENTED,
                "assistant indicator 0: an assistant is paid only with documentation of medical "
                "necessity",
                carc="54",
            ),
            deny(
                co & (co_surgeon == "9"),
                "co-surgeon indicator 9: the concept does not apply",
                carc="4",
            ),
            deny(
                co & (co_surgeon == "0"),
                "co-surgeon indicator 0: co-surgeons are not permitted",
                carc="54",
            ),
            deny(
                co & (co_surgeon == "1") & ~DOCUMENTED,
                "co-surgeon indicator 1: needs documentation of the need for two surgeons",
                carc="54",
            ),
            deny(in_team & (team == "9"), "team indicator 9: the concept does not apply", carc="4"),
            deny(
                in_team & (team == "0"),
                "team indicator 0: team surgery is not permitted",
                carc="54",
            ),
            refer(
                pl.all_horizontal(in_team, team.is_in(["1", "2"]), *own_shares.spare("66")),
                pl.format("team indicator {}: team surgery is paid by report", team),
            ),
        ),
        notes=(
            note(
                ASSISTS & (assistant == "0") & DOCUMENTED,
                "assistant indicator 0: paid on the documentation submitted; contractors may "
                "differ",
            ),
            note(
                co & (co_surgeon == "1") & DOCUMENTED,
                "co-surgeon indicator 1: paid on the documentation submitted; contractors may "
                "differ",
            ),
        ),
    )
