"""The batch and the setup that every way of pricing is held to: at once, in parts, on Spark."""

from datetime import date
from pathlib import Path

import polars as pl

from benchmarks.batches import make_batch
from payrules.claims.columns_toml import columns_file
from payrules.coverage.policy import Covering
from payrules.coverage.policy_file import read_policies
from payrules.engine.rule import Rule
from payrules.payers import Payer, load_payer
from payrules.runs.mips_file import read_mips_file
from payrules.runs.setup import Setup
from payrules.testing import in_its_place
from tests.coverage.policies import written

NPI = make_batch(1)["rendering_npi"][0]


def batch() -> pl.DataFrame:
    """Give a batch with what any rule or count looks at: payers, history, credits, what was paid.

    Rows repeat others, of the same person and of another; some have faults.
    """
    lines = make_batch(400)
    row = pl.int_range(pl.len())
    lines = lines.with_columns(
        payer=pl.when(row % 5 == 0).then(pl.lit("acme")).otherwise(pl.lit("medicare")),
        diagnosis_code_1=pl.when(row % 2 == 0).then(pl.lit("M47.816")).otherwise(pl.lit("M54.50")),
        billing_tin=pl.lit("123456789"),
        allowed_amount=pl.when(row % 3 == 0).then(pl.lit("81.00")),
        history_only=row % 40 == 39,
        note=pl.lit("kept, as it is"),
    ).with_columns(pl.all().cast(pl.String))
    turned = lines.filter(row % 90 == 7).with_columns(
        charge_amount="-" + pl.col("charge_amount"), allowed_amount=None
    )
    return pl.concat(
        [
            lines.with_columns(
                hcpcs_code=pl.when(row % 97 == 0).then(pl.lit("12")).otherwise("hcpcs_code")
            ),
            turned,
            lines.slice(100, 20).with_columns(person_id=pl.lit("P-other")),
            lines.slice(200, 10),
        ],
        how="diagonal_relaxed",
    )


def setup(folder: Path, *rules: Rule) -> Setup:
    """Give a setup with all that may be said of a run: payers, policies, factors, a bonus."""
    (folder / "acme.toml").write_text(
        'name = "acme"\ncontract = "Acme contract 2025"\n'
        'percent_of_medicare = { overall = "120", cites = "§2" }\n',
        "utf-8",
    )
    (folder / "mips.csv").write_text(
        f"billing_tin,rendering_npi,year,percent\n123456789,{NPI},2025,1.5\n", "utf-8"
    )
    acme = load_payer(str(folder / "acme.toml"))
    if rules:
        acme = Payer("acme", "Acme contract 2025", in_its_place(*rules))
    return Setup(
        payers={"acme": acme},
        locality="national",
        columns=columns_file({"columns": {}, "values": {"place_of_service_code": {"x": "11"}}}),
        mips=read_mips_file(folder / "mips.csv"),
        settlement=True,
        covering=Covering(read_policies([written(folder)]), True, date(2025, 1, 1)),
    )
