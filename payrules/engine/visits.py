"""Visits: the evaluation and management codes that several rules ask for."""

import polars as pl

OFFICE_VISITS = (
    *("99202", "99203", "99204", "99205"),
    *("99211", "99212", "99213", "99214", "99215"),
)
HOME_VISITS = (
    *("99341", "99342", "99344", "99345"),
    *("99347", "99348", "99349", "99350"),
)
#: Evaluation and management in general: numbers alone, of codes the schedule pays.
IS_EVALUATION = (
    pl.col("hcpcs_code").str.contains(r"^[0-9]{5}$")
    & pl.col("hcpcs_code").is_between(pl.lit("99202"), pl.lit("99499"))
    & (pl.col("status_code") == "A")
)
