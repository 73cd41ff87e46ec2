"""Practitioner: what practitioners other than physicians are paid of the fee schedule."""

from collections.abc import Mapping

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.dated import Dated
from payrules.engine.codes import NO_CODES, Codes, in_codes
from payrules.engine.modifier_share import NO_SHARES, ModifierShares
from payrules.engine.rule import Adjustment, note, rule, scale

_NURSES = "SSA 1833(a)(1)(O); 42 CFR 414.56"
SHARES: Mapping[str, Dated] = {
    "nurse_practitioner": Dated({"1998-01-01": "0.85"}, cites=_NURSES),
    "clinical_nurse_specialist": Dated({"1998-01-01": "0.85"}, cites=_NURSES),
    "physician_assistant": Dated({"1998-01-01": "0.85"}, cites="42 CFR 414.52"),
    "dietitian": Dated({"2002-01-01": "0.85"}, cites="42 CFR 414.64"),
    "clinical_social_worker": Dated({"1992-01-01": "0.75"}, cites="SSA 1833(a)(1)(F)"),
    "marriage_family_therapist": Dated({"2024-01-01": "0.75"}, cites="SSA 1833(a)(1)(FF)"),
    "mental_health_counselor": Dated({"2024-01-01": "0.75"}, cites="SSA 1833(a)(1)(FF)"),
}
KIND = pl.col("practitioner_type")
_IN_WORDS = KIND.str.replace_all("_", " ", literal=True)


@rule(
    cites="CMS Pub. 100-04, ch. 12, §110, §120, §150; 42 CFR 414.52, 414.54, 414.56",
    effective="1992-01-01",
    reads=("practitioner_type", "modifiers", "service_date"),
)
def practitioner(
    *,
    shares: Mapping[str, Dated] = SHARES,
    except_codes: Codes = NO_CODES,
    own_shares: ModifierShares = NO_SHARES,
) -> Adjustment:
    """Practitioners other than physicians are paid 85 or 75 percent; not again on AS lines.

    Decision: a payer's own share for a modifier is one of what the service is worth, of which this
    share is taken as Medicare's is of 16 percent for 80 (42 CFR 414.52(d), 414.56(c): 85 percent of
    it). It stands back for a share of SA or SB, and for one that is of the physician's amount: said
    so, or narrowed to who renders the service, so that it is the price of what that one does. A
    payer may pay some codes in full whoever renders them (`except_codes`: Texas Medicaid's X-rays).
    """
    share = pl.lit(None, dtype=pl.Int64)
    for kind, dated in shares.items():
        share = pl.when(kind == KIND).then(dated.on()).otherwise(share)
    spared = [~in_codes(except_codes.ranges)] if except_codes.ranges else []
    return Adjustment(
        among=(
            KIND.is_in(list(shares)) & ~billed_with("AS"),
            *spared,
            *own_shares.spare_practitioners(),
        ),
        facts=({"_share": share},),
        outcomes=(
            scale(
                pl.col("_share").is_not_null(),
                pl.col("_share"),
                pl.format("practitioner type {}", _IN_WORDS),
                carc="45",
                of_term=pl.format("shares.{}", KIND),
            ),
        ),
        notes=(
            note(
                pl.col("_share").is_null(),
                pl.format(
                    "a {} could not bill Medicare on this date; amount not reduced", _IN_WORDS
                ),
            ),
        ),
    )
