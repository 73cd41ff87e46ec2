"""Visit complexity: G2211 is paid beside an office or home visit that stands on its own."""

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.dated import Dated
from payrules.engine.rule import (
    BUNDLED,
    DENIED,
    PRICED,
    STATUSES,
    Adjustment,
    Hints,
    bundle,
    deny,
    note,
    rule,
)
from payrules.engine.session import PRACTITIONER_DAY
from payrules.engine.visits import HOME_VISITS, OFFICE_VISITS
from payrules.schedules.cost_sharing import owes_no_coinsurance, without_coinsurance

#: First days from which home visits count, and a preventive service beside a visit with 25.
AT_HOME = Dated({"2026-01-01": "1"}, cites="CY2026 PFS rule: G2211 with home visits")
BESIDE_PREVENTIVE = Dated({"2025-01-01": "1"}, cites="CY2025 PFS rule; CR 13705")
#: CR 13705 lists these beside the services without coinsurance.
ALSO_PREVENTIVE = (
    *("90460", "90461", "90471", "90472", "90473", "90474", "80081"),
    *("G0108", "G0109", "G0102", "G0117", "G0118", "G0403"),
)
CODE, STATUS = pl.col("hcpcs_code"), pl.col("status")


@rule(
    cites="CMS Pub. 100-04, ch. 12, §30.6.7; CY2024 to CY2026 PFS rules; CR 13705",
    effective="2024-01-01",
    kind="edit",
    every_schedule=True,
    reads=("hcpcs_code", "service_date", "modifiers", PRACTITIONER_DAY),
)
def visit_complexity(
    *, at_home: Dated = AT_HOME, beside_preventive: Dated = BESIDE_PREVENTIVE
) -> Adjustment:
    """G2211 needs a visit without 25; from 2025 beside 25 a preventive service suffices.

    Decision: CMS's list of preventive services was read from a secondary copy, and a line bundled
    for want of one says so.
    """
    home = pl.col("_is_home") & (at_home.on() > 0).fill_null(value=False)
    visit = (pl.col("_is_office") | home) & (STATUS == PRICED)
    listed = CODE.is_in(ALSO_PREVENTIVE) | owes_no_coinsurance()
    given = pl.col("_is_preventive") & listed & ~STATUS.is_in([DENIED, BUNDLED])
    line = pl.col("_is_complexity") & (STATUS == PRICED)
    counts = (beside_preventive.on() > 0).fill_null(value=False)
    only_with_25 = line & pl.col("_has_visit") & ~pl.col("_has_plain_visit")
    return Adjustment(
        marks={
            "_is_complexity": CODE == "G2211",
            "_is_office": CODE.is_in(OFFICE_VISITS),
            "_is_home": CODE.is_in(HOME_VISITS),
            "_is_preventive": CODE.is_in([*without_coinsurance(), *ALSO_PREVENTIVE]),
        },
        among=pl.any_horizontal("_is_complexity", "_is_office", "_is_home", "_is_preventive"),
        # A vaccine whose file is not at hand was given all the same.
        standing=tuple(range(len(STATUSES))),
        pool=PRACTITIONER_DAY,
        hints=Hints(triggers=pl.col("_is_complexity")),
        facts=(
            {
                "_has_visit": visit.any().over(PRACTITIONER_DAY),
                "_has_plain_visit": (visit & ~billed_with("25")).any().over(PRACTITIONER_DAY),
                "_has_preventive": given.any().over(PRACTITIONER_DAY),
            },
        ),
        outcomes=(
            deny(
                line & ~pl.col("_has_visit"),
                pl.when(at_home.on() > 0)
                .then(pl.lit("G2211 without a paid office or home visit"))
                .otherwise(pl.lit("G2211 without a paid office visit")),
                carc="107",
                rarc="N122",
            ),
            bundle(
                only_with_25 & ~counts,
                "G2211: every visit on the day has modifier 25",
                carc="97",
            ),
            bundle(
                only_with_25 & ~pl.col("_has_preventive"),
                "G2211: every visit on the day has modifier 25, and no preventive service is "
                "billed with it",
                carc="97",
            ),
        ),
        notes=(
            note(
                only_with_25 & counts & ~pl.col("_has_preventive"),
                "G2211: CMS's list of preventive services was taken from a secondary copy",
            ),
        ),
    )
