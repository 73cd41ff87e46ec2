"""Add-on: a procedure that is only ever done with another is paid only beside it."""

from datetime import date
from itertools import chain

import polars as pl

from payrules.dated import in_force
from payrules.engine.rule import (
    BY_REPORT,
    PRICED,
    STATUSES,
    Adjustment,
    Hints,
    Tables,
    deny,
    note,
    rule,
)
from payrules.engine.session import PRACTITIONER_DAY, SESSION
from payrules.engine.visits import HOME_VISITS, OFFICE_VISITS
from payrules.few import at_hand, worked_out

ZZZ = pl.col("global_days") == "ZZZ"
LISTED = pl.col("_listed")
STANDS = pl.col("status").is_in([PRICED, BY_REPORT])
CODE = pl.col("hcpcs_code")


#: What CMS's rules name beside its add-on table, which decides alone of what it lists on a day:
#: prolonged visits and critical care (whole list), and the visits that G2211 may go with.
NAMED_PRIMARIES = {
    "G2212": ("99205", "99215", "99483"),
    "G0316": ("99223", "99233", "99236"),
    "G0317": ("99306", "99310"),
    "G0318": ("99345", "99350"),
    "99292": ("99291",),
    "G2211": (*OFFICE_VISITS, *HOME_VISITS),
}
NAMED = pl.DataFrame(
    {
        "add_on_code": [code for code, primaries in NAMED_PRIMARIES.items() for _ in primaries],
        "add_on_type": "1",
        "primary_code": [*chain.from_iterable(NAMED_PRIMARIES.values())],
        "effective_from": date(1992, 1, 1),
    }
).with_columns(effective_to=pl.lit(None, dtype=pl.Date))


def links_in_force(lines: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Give each line's links of its day: the table's, or where it has none, those rules name."""
    links = NAMED.lazy().with_columns(_by_name=pl.lit(value=True))
    if tables.add_on is not None:
        listed = tables.add_on.lazy().select(NAMED.columns)
        links = pl.concat([listed.with_columns(_by_name=pl.lit(value=False)), links])
    asked = lines.lazy().select("row", PRACTITIONER_DAY, "service_date", "hcpcs_code")
    plan = asked.join(links, left_on="hcpcs_code", right_on="add_on_code").filter(
        in_force(pl.col("service_date"))
    )
    found = worked_out(plan, lines)
    if not found["_by_name"].any():
        return found
    listed_rows = found.filter(~pl.col("_by_name"))["row"]
    return found.filter(~pl.col("_by_name") | ~pl.col("row").is_in(listed_rows.implode()))


def with_primaries(pool: pl.LazyFrame, tables: Tables) -> pl.LazyFrame:
    """Say of each line whether it is an add-on, what supports it, and which primary fell.

    With the table a type I add-on wants one of its listed codes, types II and III any procedure.
    A ZZZ code that no link in force lists (none before the table's first day) is judged as without
    a table: CMS has add-ons that only the fee schedule marks (MPFSDB global ZZZ).
    """
    lines = at_hand(pool)
    links = links_in_force(lines, tables)
    is_listed = pl.col("row").is_in(links["row"].implode())
    lines = lines.with_columns(_listed=is_listed, _is_add_on=is_listed | ZZZ)
    of_type_1 = links["add_on_type"] == "1"
    by_any = links["row"].filter(~of_type_1).implode()
    typed = links.filter(of_type_1 & links["primary_code"].is_not_null())
    procedures = lines.filter(~pl.col("_is_add_on"))
    standing = procedures.filter(STANDS)
    of_day, of_session = (standing[pool].implode() for pool in (PRACTITIONER_DAY, SESSION))
    # A procedure stands by the last line: it is one of its own session.
    lines = lines.with_columns(
        _settled=(pl.col("status") == BY_REPORT)
        | (pl.col("row").is_in(by_any) & pl.col(PRACTITIONER_DAY).is_in(of_day))
        | (~LISTED & pl.col(SESSION).is_in(of_session)),
    )
    # A denied primary takes its add-ons with it, and they theirs: until nothing more falls.
    standing = lines.filter(STANDS)
    while True:
        supported = typed.join(_primaries(standing), on=_PRIMARY, how="semi")["row"]
        kept = standing.filter(pl.col("_settled") | pl.col("row").is_in(supported.implode()))
        if kept.height == standing.height:
            break
        standing = kept
    is_supported = pl.col("row").is_in(standing["row"].implode())
    if lines.height and standing.height == lines.height:
        nothing = pl.lit(None, dtype=pl.String)
        return lines.lazy().with_columns(_supported=is_supported, _fallen=nothing)
    fell = _primaries(lines.filter(~is_supported)).unique()
    fallen = typed.join(fell, on=_PRIMARY).group_by("row").agg(_fallen=pl.col("primary_code").min())
    beside = procedures.filter(~STANDS).group_by(SESSION).agg(_fallen_beside=CODE.min())
    return (
        lines.lazy()
        .with_columns(_supported=is_supported)
        .join(fallen.lazy(), on="row", how="left")
        .join(beside.lazy(), on=SESSION, how="left")
        .with_columns(
            _fallen=pl.coalesce("_fallen", pl.when(~LISTED).then(pl.col("_fallen_beside")))
        )
    )


_PRIMARY = [PRACTITIONER_DAY, "primary_code"]


def _primaries(lines: pl.DataFrame) -> pl.DataFrame:
    """Give the codes of some lines by day, as primaries that an add-on may want."""
    return lines.select(PRACTITIONER_DAY, primary_code="hcpcs_code")


def may_be_add_on(tables: Tables) -> pl.Expr:
    """Say which lines can be add-ons: by the table, by name, or by their global days."""
    listed = NAMED if tables.add_on is None else tables.add_on
    named = pl.concat([listed["add_on_code"], NAMED["add_on_code"]]).unique()
    return ZZZ | CODE.is_in(named.implode())


@rule(
    cites="CMS Pub. 100-04, ch. 12, §30 (add-on codes); NCCI add-on code edits; MPFSDB global ZZZ",
    effective="1992-01-01",
    kind="edit",
    reads=("global_days", "hcpcs_code", "service_date", PRACTITIONER_DAY, SESSION),
)
def add_on() -> Adjustment:
    """An add-on is paid only with a primary procedure that is paid, or may be."""
    add_on_line = pl.col("_is_add_on") & (pl.col("status") == PRICED)
    return Adjustment(
        among=pl.lit(value=True),
        # What is denied supports nothing, but says why.
        standing=tuple(range(len(STATUSES))),
        pool=PRACTITIONER_DAY,
        hints=Hints(triggers=may_be_add_on),
        facts=(with_primaries,),
        outcomes=(
            deny(
                add_on_line & ~pl.col("_supported"),
                pl.format(
                    "add-on {} without a payable primary procedure: {}",
                    CODE,
                    pl.when(pl.col("_fallen").is_null())
                    .then(pl.lit("none is billed with it"))
                    .otherwise(pl.format("{} is not paid", "_fallen")),
                ),
                carc="107",
                rarc="N122",
            ),
        ),
        notes=(
            note(
                add_on_line & ~LISTED & pl.col("_supported"),
                "no CMS add-on table: any procedure in the session was accepted as primary",
            ),
        ),
    )
