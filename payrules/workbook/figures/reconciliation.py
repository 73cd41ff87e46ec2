"""Rows and charges of every file, and the figures that must agree with each other."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from payrules.claims.columns import normal
from payrules.claims.columns_toml import columns_file_of_record
from payrules.claims.matching import BY_NAME
from payrules.claims.reading import ColumnRead, Reading
from payrules.claims.rejected_charges import charges_in_cents
from payrules.counted import counted
from payrules.engine.rule import STATUSES
from payrules.frozen import frozen
from payrules.money import as_dollars
from payrules.runs.against_paid import IN_WORDS
from payrules.runs.record import RunFile
from payrules.workbook.figures.totals import HEADLINE_AMOUNTS, ZERO, added, total

if TYPE_CHECKING:
    from payrules.workbook.figures import Figures


@frozen
class FigureCheck:
    """Two figures that must agree: their difference must read 0."""

    name: str
    left: Decimal
    right: Decimal
    left_is: str
    right_is: str
    of: tuple[str, str] | None = None  # the content and column that a live formula adds up
    counts: bool = False  # rows rather than dollars

    @property
    def difference(self) -> Decimal:
        """What is left between the two."""
        return self.left - self.right


def charges_of_rejects(figures: "Figures") -> pl.Series:
    """Give the charge of each rejected row where it can be read; null where it cannot.

    It stands where its own file has it, under whatever heading, and as that file writes amounts, or
    is made of what stands there, as the columns file says. Decision: where files that share a name
    are read unlike, it cannot be read: nobody can tell which of them the row is of.
    """
    rejects = figures.results.rejects
    said = columns_file_of_record(figures.run.columns_file)
    none = pl.Series("charge_amount", [None] * rejects.height, dtype=pl.Int64)
    by_file: dict[str, pl.Series] = {}
    for reading in figures.run.readings or (_by_name(rejects),):
        read = charges_in_cents(rejects, reading, said)
        read = none if read is None else read
        namesake = by_file.get(reading.file, read)
        by_file[reading.file] = read.set(read.ne_missing(namesake), None)
    charges = none
    for file, read in by_file.items():
        named = "file" in rejects.columns and bool(figures.run.readings)
        theirs = read.set(rejects.get_column("file") != file, None) if named else read
        charges = charges.zip_with(charges.is_not_null(), theirs)
    return charges.to_frame().select(as_dollars(pl.col("charge_amount"))).to_series()


def _by_name(rejects: pl.DataFrame) -> Reading:
    """Say how rejects of which nothing says how they were read are: a charge is one by its name."""
    charged = [each for each in rejects.columns if normal(each) == "charge_amount"]
    columns = tuple(ColumnRead(each, "charge_amount", BY_NAME) for each in charged[:1])
    return Reading("", columns=columns)


def files_of(figures: "Figures") -> pl.DataFrame:
    """Give rows and charges of each file: in, by status, rejected; the differences must read 0.

    Lines keep the order of the files, so a file's accepted rows stand together. Decision: where
    two files share a name nobody can tell whose a rejected row is, so all stand as one. The last
    columns count the rows that are in a sum of charges with 0.00, for none can be read.
    """
    lines, rejects = figures.lines, figures.results.rejects
    files = figures.run.inputs
    if not files:
        files = (RunFile("Claims in memory", "", figures.rows_in, (), figures.set_aside),)
    elif not figures.has_files_apart:
        aside_of_all = sum(file.set_aside or 0 for file in files)
        rows_of_all = sum(file.rows for file in files)
        files = (
            RunFile(
                f"{counted(len(files), 'file')}, some of one name",
                "",
                rows_of_all,
                (),
                aside_of_all,
            ),
        )
    rows, first = [], 0
    for file in files:
        mine = pl.lit(value=True) if len(files) == 1 else pl.col("file") == file.name
        chosen = rejects.with_columns(figures.rejected_charges.alias("_charge")).filter(mine)
        aside = file.set_aside or 0
        accepted = lines[first : first + file.rows - chosen.height - aside]
        first += accepted.height
        row: dict[str, Any] = {"file": file.name, "sha256": file.sha256, "rows": file.rows}
        for status in STATUSES:
            of_status = accepted.filter(pl.col("status") == status)
            row |= {f"{status}_rows": of_status.height}
            row |= {f"{status}_charges": total(of_status["charge_amount"])}
        row["set_aside_rows"] = aside
        row |= {"rejected_rows": chosen.height, "rejected_charges": total(chosen["_charge"])}
        row["charges"] = total(accepted["charge_amount"]) + total(chosen["_charge"])
        row["lines_without_charge"] = accepted["charge_amount"].null_count()
        row["rejected_rows_without_charge"] = chosen["_charge"].null_count()
        rows.append(row)
    return pl.DataFrame(rows)


def checks_of(figures: "Figures") -> tuple[FigureCheck, ...]:
    """Give every figure that must agree with another; see `FigureCheck`."""
    totals, lines = figures.totals, figures.lines
    run_totals = figures.run.totals
    reached = figures.bridge.filter(pl.col("kind") == "total")
    ends = dict(zip(reached["label"], reached["running_total"], strict=True))
    checks = [
        _count(
            "Rows read are lines and rejects",
            figures.rows_in,
            lines.height + figures.results.rejects.height + figures.set_aside,
            "rows read",
            "lines + rejects" + (" + set aside" if figures.set_aside else ""),
        ),
        _count(
            "Every line has a status",
            int(figures.by_status["lines"].sum()),
            lines.height,
            "lines by status",
            "lines",
        ),
    ]
    for name in HEADLINE_AMOUNTS:
        told = Decimal(str(run_totals.get(name, totals[name])))
        heading = figures.heading(name)
        checks.append(
            FigureCheck(
                f"{heading}: lines and run record",
                totals[name],
                told,
                "lines",
                "run record",
                of=("lines", name),
            )
        )
    checks += [
        FigureCheck(
            "The bridge ends at the allowed amount",
            ends["Allowed amount"],
            totals["allowed_amount"],
            "bridge",
            "lines",
        ),
        FigureCheck(
            f"The bridge ends at {figures.payment}",
            ends[figures.pays],
            totals["medicare_amount"],
            "bridge",
            "lines",
        ),
    ]
    if not figures.adjustments.is_empty():
        broken, astray = figures.broken_chains
        checks += [
            _count("Each step starts where the last one ended", broken, 0, "breaks", "none"),
            _count(
                "Each chain ends at its line's allowed amount",
                astray,
                0,
                "lines astray",
                "none",
            ),
        ]
    checks += _paid_checks(figures)
    for label, key in (("code", "hcpcs_code"), ("practitioner", "practitioner")):
        checks.append(
            FigureCheck(
                f"Allowed amount by {label}",
                total(figures.by(key)["allowed_amount"]),
                totals["allowed_amount"],
                f"by {label}",
                "lines",
                of=(key, "allowed_amount"),
            )
        )
    return tuple(checks)


def _paid_checks(figures: "Figures") -> list[FigureCheck]:
    """Compare what payers allowed and paid with the run record, where that has it."""
    return [
        FigureCheck(
            f"{IN_WORDS[each.expected]} by payers: the lines and what the run added up",
            added(group.paid for group in (each.total, *each.not_compared)) or ZERO,
            sum((Decimal(str(group["payer_amount"])) for group in told.values()), Decimal("0.00")),
            "lines",
            "run record",
        )
        for each in figures.against_paid
        if (told := (figures.run.against_paid or {}).get(each.expected))
    ]


def broken_chains_of(figures: "Figures") -> tuple[int, int]:
    """Count the steps that do not start where the last ended, and the ends that are astray."""
    key = ["claim_id", "claim_line_number"]
    steps = figures.results.adjustments
    before = pl.col("before")
    previous = pl.col("after").shift(1)
    broken = steps.filter((pl.col("step") > 0) & before.ne_missing(previous)).height
    last = (
        steps.filter(~pl.col("rule").is_in(figures.payment_rules))
        .group_by(key)
        .agg(pl.col("after").last())
    )
    ends = figures.results.lines.select(*key, "allowed_amount").join(last, on=key, how="left")
    astray = ends.filter(pl.col("allowed_amount").ne_missing(pl.col("after"))).height
    return broken, astray


def _count(name: str, left: int, right: int, left_is: str, right_is: str) -> FigureCheck:
    return FigureCheck(name, Decimal(left), Decimal(right), left_is, right_is, counts=True)
