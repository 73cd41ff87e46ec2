"""What a user may write: type checkers read it strictly, and it runs."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

import payrules


def price(claims: Path, folder: Path) -> Decimal:
    """Price claims in every way that there is."""
    results: payrules.Results = payrules.estimate(claims, locality="IL Chicago")
    frame: pl.DataFrame = results.lines
    payrules.estimate(
        [str(claims)], payer=["110-percent-of-medicare", payrules.load_payer("medicare")]
    )
    payrules.estimate(pl.scan_csv(claims, infer_schema=False), trail=False)
    again = payrules.estimate(frame.to_dicts(), columns={"charge_amount": "charge_amount"})
    written: Path = results.to_excel(folder / "estimate.xlsx", report="summary")
    files: tuple[Path, ...] = results.to_parquet(str(folder / "files"))
    assert written.exists()
    assert all(each.exists() for each in files)
    assert again.rejects.is_empty() or again.remarks

    answer: payrules.WhatIf = payrules.whatif(claims, conversion_factor={"scale": 0.975})
    answer.to_excel(folder / "whatif.xlsx")
    changed: pl.DataFrame = answer.totals.filter(measure="allowed_amount")
    page: payrules.CodePage = payrules.code("64483", date(2025, 10, 7))
    assert page.releases
    with suppress(payrules.PayrulesError):
        payrules.load_payer("nobody")
    schedules: payrules.Schedules = payrules.load_schedules()
    assert schedules.releases
    return Decimal(changed["change"].item())
