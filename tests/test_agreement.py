"""The engine against the reference pricer: every amount, to the cent, on generated batches.

Over the starter, and over the whole code sets of CMS's 2025D and 2026C where they lie beside the
checkout (`shared/`); with small random tables of edits, with none, and with CMS's whole tables.
`PAYRULES_AGREEMENT_LINES=2000000 pytest tests/test_agreement.py -n 0` makes the run larger;
`PAYRULES_AGREEMENT_SEED` draws other lines.
"""

import os
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import polars as pl
import pytest

from payrules.claims import read_batch
from payrules.content import content_folder
from payrules.coverage.policy import Applied, Policies
from payrules.coverage.policy_file import read_policies
from payrules.engine.pricing import Priced, price
from payrules.engine.rule import Rule, Tables
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.payers import load_payer
from payrules.payers.covering import with_coverage
from payrules.payers.medicare import RULES
from payrules.payers.settlement import with_settlement
from payrules.runs.lines import have_fractions, lines_in_dollars
from payrules.runs.setup import load_tables
from payrules.runs.steps import adjustments_in_dollars
from payrules.scenarios import scenario
from payrules.scenarios.schedule_changes import change_dollars, change_schedules
from payrules.schedules import Release, Schedules, import_schedule, load_schedules
from tests import changed, drawn_contract, generated, reference, reference_coverage
from tests.coverage.policies import FACET, written
from tests.payers.files import rules_of_written
from tests.real_files import BASE_UNITS, CMS, DRUG_LIMITS, EDITS, LABORATORY, are_here, need
from tests.reference_plans import PLANS
from tests.reference_schedules import QuarterFile, read_drugs, read_laboratory

LINES = int(os.environ.get("PAYRULES_AGREEMENT_LINES", "60000"))
SEED = int(os.environ.get("PAYRULES_AGREEMENT_SEED", "20000"))
BATCH, SMALL = 25_000, 6_000
#: Releases of CMS's that are priced whole.
WHOLE = ("2025D", "2026C")
#: Batches of changed fees, and of contradicting dollars: what differs there is in few columns.
PLANNED = max(LINES // 100, 1000)
CHANGED = max(LINES // BATCH * 2 // 3, 2)
COMPARED = (
    "status",
    "schedule",
    "setting",
    "fee_schedule_amount",
    "allowed_amount",
    "deductible_amount",
    "coinsurance_amount",
    "primary_payer_adjustment",
    "mips_amount",
    "hpsa_bonus_amount",
    "medicare_amount",
    "sequestration_amount",
    "patient_amount",
    "limiting_charge",
    "carc",
    "rarc",
    "group_code",
)
TEXTS = ("status", "schedule", "setting", "carc", "rarc", "group_code")


#: What the reference says in a note, and the engine in `review`.
NOTED = {
    "rarely or never performed": "rarely or never performed in this setting",
    "contractor considers individually": ": full amount; ",
    "modifier not known": "unknown modifier",
    "has ended": "has ended",
    "paid on documentation": "paid on the documentation submitted",
    "in the global period of": "in the global period of",
    "GX alone": "GX alone",
    "GA: if Medicare denies": "GA: if it is denied",
    "GU: if Medicare denies": "GU: if it is denied",
    "AT with GA": "AT with GA",
    "95 is right only": "modifier 95 outside",
    "split visits exist": "split visits are payable",
    "two units on one side": "units on one side",
    "2 units read as both sides": "2 units priced as both sides",
    "RT and LT on one line: priced as both": "RT and LT on one line: priced as both",
    "50 says both sides": "50 means both sides",
    "one more: three services": "both sides and one more, priced as three services",
    "whatever its units": "priced as one bilateral service",
    "family members on different sides": "family members on different sides",
    "sixth or later": "sixth or later",
    "55 without days": "55 without days",
    "looks like time units": "these look like time units",
    "one minute (MJ)": "one minute (MJ)",
    "judged by ZZZ alone": "no CMS add-on table",
    "a part is more than the whole": "treated as the whole",
    "33: free only beside": "33: free only beside",
    "33: not a waived": "33: this code is not a waived",
    "more than the year's": "deductible_remaining is more than the year's",
    "one contractor's calculator": "one contractor's calculator",
    "without assignment the limit": "second payer: without assignment the limit",
    "a first payer without its payment": "amounts of a first payer without primary_paid_amount",
    "JW: no line bills": "JW: no line bills",
    "JZ says nothing": "JZ says nothing",
    "JW or JZ is required": "JW or JZ is required",
    "a second drug test": "drug test of the person and day",
    "pricing webpage": "payment limit file:",
    "therapy: no practice expense": "has no practice expense amount",
}


def as_frame(lines: list[dict]) -> pl.DataFrame:
    """Write generated lines as a text batch, the way a file would hold them."""
    rows = []
    for line in lines:
        row = {name: None if value is None else str(value) for name, value in line.items()}
        row["hcpcs_modifiers"] = " ".join(line["modifiers"]) or None
        del row["modifiers"]
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


def as_tables(tables: dict) -> Tables:
    schemas = {
        "mue": ("hcpcs_code", "mue_value", "adjudication_indicator"),
        "ptp": ("column_1_code", "column_2_code", "modifier_indicator"),
        "add_on": ("add_on_code", "add_on_type", "primary_code"),
        "base_units": ("hcpcs_code", "base_units"),
    }
    frames = {}
    for kind, columns in schemas.items():
        rows = tables.get(kind)
        names = (*columns, "effective_from", "effective_to")
        frames[kind] = None
        if rows:
            frames[kind] = pl.DataFrame(
                [{name: row.get(name) for name in names} for row in rows],
                infer_schema_length=None,
                schema_overrides={
                    "effective_from": pl.Date,
                    "effective_to": pl.Date,
                    "primary_code": pl.String,
                },
            )
    return Tables(
        unlikely_units=frames["mue"],
        procedure_pairs=frames["ptp"],
        add_on=frames["add_on"],
        anesthesia_base_units=frames["base_units"],
    )


@pytest.fixture(scope="module")
def whole_schedules(tmp_path_factory: pytest.TempPathFactory) -> Schedules:
    """CMS's whole releases, with drugs and tests where they are."""
    folder = tmp_path_factory.mktemp("schedules")
    for name in WHOLE:
        import_schedule(CMS / name, folder)
    for path in (*DRUG_LIMITS, LABORATORY) if are_here(*DRUG_LIMITS, LABORATORY) else ():
        import_schedule(path, folder)
    return load_schedules(folder)


@pytest.fixture(scope="module", params=["starter", pytest.param("whole", marks=need(CMS))])
def schedules(request: pytest.FixtureRequest) -> Schedules:
    """The starter, and CMS's whole releases where they lie beside the checkout.

    The starter always, too: codes are priced by other ways there, for most have no row.
    """
    if request.param == "whole":
        return request.getfixturevalue("whole_schedules")
    return load_schedules(content_folder("fee_schedules"))


def is_whole(release: Release) -> bool:
    """Whether a release is CMS's own, and no part of the starter."""
    return release.name in WHOLE


def quarters_of(schedules: Schedules) -> list[QuarterFile]:
    """Give the reference the quarters at hand: CMS's own files, or the starter's tables."""
    if is_whole(schedules.releases[0]) and are_here(*DRUG_LIMITS, LABORATORY):
        of_laboratory = read_laboratory(LABORATORY, date(2025, 1, 1), date(2025, 3, 31))
        return [*map(read_drugs, DRUG_LIMITS), of_laboratory]
    quarters = []
    for kind, amount, scale in (("asp", "payment_limit", 3), ("clfs", "rate", 2)):
        for each in schedules.quarters(kind):
            (table,) = [one for one in schedules.tables_in_use(kind) if one.name == each.name]
            rows = table.stored.read().to_dicts()
            for row in rows:
                if row[amount] is not None:
                    row[amount] = Decimal(row[amount]).scaleb(-scale)
                if kind == "asp":
                    row["coinsurance"] = Decimal(row["coinsurance"]).scaleb(-3)
            quarters.append(
                QuarterFile(each.first_day, each.last_day, kind == "asp", rows, each.is_whole)
            )
    return quarters


def by_reference(release: Release) -> reference.ReferenceSchedule:
    """Give a release to the reference: from CMS's own file, or what the starter's tables say."""
    if is_whole(release):
        return reference.load_cms_release(CMS / release.name, release.name)
    hundredths = [name for name, kind in release.codes.schema.items() if kind == pl.Int64]
    rows = {}
    for row in release.codes.iter_rows(named=True):
        amounts = {name: Decimal(row[name]) / 100 for name in hundredths}
        rows[row["hcpcs_code"], row["modifier"]] = row | amounts
    return reference.ReferenceSchedule(
        release.name,
        release.effective_from,
        release.effective_to,
        rows,
        {
            key: tuple(Decimal(gpci) / 1000 for gpci in gpcis)
            for key, *gpcis in release.localities.select(
                "locality", "work_gpci", "pe_gpci", "mp_gpci"
            ).iter_rows()
        },
        [
            (each.effective_from, each.qualifying_apm, Decimal(each.value) / 10_000)
            for each in release.conversion_factors
        ],
        {
            key: Decimal(factor) / 10_000
            for key, factor in release.anesthesia_factors.select(
                "locality", "conversion_factor"
            ).iter_rows()
        },
        whole=False,
    )


@pytest.mark.parametrize("number", range(max(LINES // BATCH, 1)))
def test_engine_and_reference_agree_to_the_cent(number: int, schedules: Schedules) -> None:
    release = schedules.releases[number % 2]
    year = release.effective_from.year
    rng = Random(SEED + number)
    schedule = by_reference(release)
    batch = generated.random_batch(rng, schedule.rows, BATCH, year=year)
    tables = None
    if number % 4 < 3:
        used = sorted({line["hcpcs_code"] for line in batch})
        tables = generated.small_tables(rng, used, schedule.rows, lines=batch, year=year)
    quarters = quarters_of(schedules)
    expected = reference.price(
        batch, [schedule], reference.ReferenceTables(**(tables or {}), quarters=quarters)
    )
    assert {each["schedule"] for each in expected} >= {"mpfs", "asp", "vaccine"}
    assert_agreement(batch, expected, schedules, as_tables(tables) if tables else Tables())


@need(CMS, *EDITS)
def test_engine_and_reference_agree_under_whole_tables(
    whole_schedules: Schedules, tmp_path: Path
) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for path in EDITS:
        shutil.copy(path, given)
    for path in (given, BASE_UNITS[0]):
        import_schedule(path, tmp_path / "store")
    tables = load_tables(load_schedules(tmp_path / "store"))
    release = whole_schedules.named("2025D")
    schedule = by_reference(release)
    batch = generated.random_batch(Random(SEED), schedule.rows, BATCH, year=2025)
    of_batch = tables.about(pl.Series(sorted({line["hcpcs_code"] for line in batch})))
    expected = reference.price(
        batch,
        [schedule],
        reference.ReferenceTables(
            mue=of_batch.in_use("unlikely_units").to_dicts(),
            ptp=of_batch.in_use("procedure_pairs").to_dicts(),
            add_on=of_batch.in_use("add_on").to_dicts(),
            base_units=of_batch.in_use("anesthesia_base_units").to_dicts(),
            quarters=quarters_of(whole_schedules),
        ),
    )
    denied = {each["steps"][-1][0] for each in expected if each["status"] == "denied"}
    assert denied >= {"unlikely_units", "procedure_pairs", "add_on"}
    assert_agreement(batch, expected, whole_schedules, tables)


@pytest.mark.parametrize("number", range(CHANGED))
def test_engine_and_reference_agree_at_changed_factors_and_fees(
    number: int, schedules: Schedules
) -> None:
    """A what-if: caps at a factor that is not the file's, wholes without parts and parts alone."""
    release = schedules.releases[number % 2]
    rng = Random(SEED + number)
    schedule = by_reference(release)
    batch = changed.batch_of_parts(rng, schedule.rows, SMALL, year=release.effective_from.year)
    says, changes = changed.fees(rng, schedule.rows, batch)
    scale = rng.choice(changed.FACTORS)
    said = scenario(
        {"title": "t", "cites": "c", "conversion_factor": {"scale": scale}, "fees": says}
    )
    expected = reference.price(batch, [changed.at(schedule, scale, changes)])
    only = Schedules([release], [])
    after = change_schedules(only, said)
    assert_agreement(batch, expected, after, Tables())


@pytest.mark.parametrize("number", range(CHANGED))
def test_engine_and_reference_agree_on_dollars_whose_parts_contradict_the_whole(
    number: int, schedules: Schedules
) -> None:
    """And under a what-if upon them, in every other run."""
    release = schedules.releases[number % 2]
    rng = Random(SEED + number)
    filed = by_reference(release)
    batch = changed.batch_of_parts(rng, filed.rows, SMALL, year=release.effective_from.year)
    rows, dollars = changed.contract(rng, filed.rows, batch)
    schedule = replace(filed, rows=rows)
    if number % 2:
        says, changes = changed.fees(rng, rows, batch)
        dollars = change_dollars(dollars, scenario({"title": "t", "cites": "c", "fees": says}))
        schedule = replace(schedule, changes=changes)
    expected = reference.price(batch, [schedule])
    assert_agreement(batch, expected, Schedules([release], []), Tables(), dollars)


def test_engine_and_reference_agree_under_enforced_policies(
    schedules: Schedules, tmp_path: Path
) -> None:
    """Coverage after NCCI's edits and the global period, before add-ons and injections."""
    release = schedules.releases[0]
    schedule, rng = by_reference(release), Random(SEED)
    year = release.effective_from.year
    batch = generated.random_batch(rng, schedule.rows, SMALL, year=year)
    for line in batch:
        for place in (1, 2):
            line[f"diagnosis_code_{place}"] = rng.choice((None, "M47.816", "M54.16", "M47.812"))
    used = sorted({line["hcpcs_code"] for line in batch})
    billed = Counter(line["hcpcs_code"] for line in batch)
    common = iter(code for code, _ in billed.most_common())
    text = FACET.replace("2025-07-17", f"{year}-02-01").replace("macs = [", "# macs = [")
    text = re.sub(r'"6[0-9]{4}"', lambda _: f'"{next(common)}"', text)
    path = written(tmp_path, text.replace("sessions = 4", "sessions = 1"))
    tables = generated.small_tables(rng, used, schedule.rows, lines=batch, year=year)
    at_hand = reference.ReferenceTables(
        **tables, quarters=quarters_of(schedules), policies=[reference_coverage.read(path)]
    )
    expected = reference.price(batch, [schedule], at_hand)
    steps = Counter(step for each in expected for step, *_ in each["steps"])
    assert steps["coverage"] > SMALL // 100
    enforced = Policies(tuple(Applied(each, enforced=True) for each in read_policies([path])))
    rules = with_coverage(RULES, enforced)
    assert_agreement(batch, expected, schedules, as_tables(tables), rules=rules)


def test_engine_and_reference_agree_on_kinds_of_plan(schedules: Schedules, tmp_path: Path) -> None:
    """Who bears what of each kind; Medicare's own is met by every other test."""
    release = schedules.releases[0]
    schedule = by_reference(release)
    for number, (name, plan) in enumerate(PLANS.items()):
        text = f'name = "Acme"\ncontract = "Acme agreement"\nplan = "{name}"\n'
        (tmp_path / "acme.toml").write_text(text, encoding="utf-8")
        acme = load_payer(tmp_path / "acme.toml")
        year = release.effective_from.year
        batch = generated.random_batch(Random(SEED + number), schedule.rows, PLANNED, year=year)
        quarters = reference.ReferenceTables(quarters=quarters_of(schedules))
        expected = reference.price(batch, [schedule], quarters, plan=plan)
        assert_agreement(batch, expected, schedules, Tables(), rules=acme.rules, plan=name)


@pytest.mark.parametrize("number", range(CHANGED))
def test_engine_and_reference_agree_on_a_payer_s_own_terms(
    number: int, schedules: Schedules
) -> None:
    """Shares by modifier, ladders, rankings, codes never reduced, rates and limits, at random."""
    release = schedules.releases[number % 2]
    rng = Random(SEED + number)
    schedule = by_reference(release)
    # Of the starter's few codes a contract draws most: 6,000 lines keep the reference for a minute.
    lines = SMALL if is_whole(release) else PLANNED
    batch = generated.random_batch(rng, schedule.rows, lines, year=release.effective_from.year)
    paid = ("A", "R", "T")
    of_physicians = {
        code
        for (code, _), row in schedule.rows.items()
        if row["status_code"] in paid and reference.has_rvus(row)
    }
    codes = {line["hcpcs_code"] for line in batch}
    for line in rng.sample(batch, len(batch) // 2):
        later = timedelta(rng.randint(0, 500))
        line["processed_date"] = line["claim_line_start_date"] + later
    own = drawn_contract.drawn(rng, sorted(codes & of_physicians), sorted(codes - of_physicians))
    tables = reference.ReferenceTables(quarters=quarters_of(schedules))
    expected = reference.price(batch, [schedule], tables, contract=own.contract)
    steps = {step for each in expected for step, *_ in each["steps"]}
    assert steps >= {"modifier_share", "contract_rate", "case_rate"}
    rules = rules_of_written(own.written, own.schedule)
    assert_agreement(batch, expected, schedules, Tables(), rules=rules)


def assert_agreement(
    batch: list[dict],
    expected: list[dict],
    schedules: Schedules,
    tables: Tables,
    dollars: DollarSchedule | None = None,
    rules: Sequence[Rule] = RULES,
    plan: str = "medicare",
) -> None:
    checked = read_batch(as_frame(batch), localities=schedules.localities())
    assert checked.rejects.height == 0, checked.rejects["reason"].unique().to_list()
    rules = with_settlement(rules, plan)
    priced = price(checked.lines, rules, schedules, tables=tables, dollars=dollars)
    lines = lines_in_dollars(priced.lines, fractions=have_fractions(priced.lines))
    lines = lines.with_columns(group_code=groups_of_denials(priced))
    wanted = pl.DataFrame(
        [{name: each[name] for name in COMPARED} for each in expected],
        schema={name: pl.String if name in TEXTS else pl.Decimal(38, 2) for name in COMPARED},
    )
    differing = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(f"{name}_wanted")) for name in COMPARED
    )
    both = pl.concat(
        [
            lines.select("claim_id", "claim_line_number", *COMPARED),
            wanted.rename({name: f"{name}_wanted" for name in COMPARED}),
        ],
        how="horizontal",
    ).with_row_index("line")
    wrong = both.filter(differing)
    assert wrong.height == 0, report(wrong, batch, expected, priced)
    signed = "mips_amount"
    amounts = [name for name in COMPARED if name.endswith("_amount") and name != signed]
    assert lines.select(pl.min_horizontal(amounts).min()).item() >= 0
    assert noted_by_one_alone(lines, expected) == []
    trail = adjustments_in_dollars(priced)
    assert trail.height >= lines.height
    assert lines["allowed_amount"].sum() > Decimal(0)
    assert lines["hpsa_bonus_amount"].count() > 0 or lines.height < BATCH


def noted_by_one_alone(lines: pl.DataFrame, expected: list[dict]) -> list[tuple]:
    """Give the priced lines on which only the engine, or only the reference, has a note."""
    notes = pl.Series("notes", ["; ".join(each["notes"]) for each in expected])
    priced = lines.with_columns(notes, pl.col("review").fill_null("")).filter(
        pl.col("status").cast(pl.String) == "priced",
        # A contract's price of what no schedule pays has no remarks of Medicare's.
        pl.col("fee_schedule_amount").is_not_null(),
    )
    return [
        row
        for said, shown in NOTED.items()
        for row in priced.filter(
            pl.col("notes").str.contains(said, literal=True)
            != pl.col("review").str.contains(shown, literal=True)
        )
        .select("claim_id", "claim_line_number", "hcpcs_code", "notes", "review")
        .head(1)
        .rows()
    ]


def groups_of_denials(priced: Priced) -> pl.Series:
    """Give who bears a denied or bundled line: the group of its last step."""
    last = priced.trail.group_by("row").agg(pl.col("group_code").cast(pl.String).last())
    taken_out = pl.col("status").cast(pl.String).is_in(["denied", "bundled"])
    return (
        priced.lines.select(taken_out.alias("taken_out"))
        .with_row_index("row")
        .join(last.cast({"row": pl.UInt32}), on="row", how="left", maintain_order="left")
        .select(pl.when("taken_out").then("group_code"))
        .to_series()
    )


def report(wrong: pl.DataFrame, batch: list[dict], expected: list[dict], priced) -> str:
    """Say how many lines differ, and show the first few with both chains."""
    words = [f"{wrong.height} lines differ"]
    for row in wrong.head(int(os.environ.get("PAYRULES_AGREEMENT_SHOWN", "3"))).iter_rows(
        named=True
    ):
        number = row["line"]
        differs = {
            name: (row[name], row[f"{name}_wanted"])
            for name in COMPARED
            if row[name] != row[f"{name}_wanted"]
        }
        words += [
            f"engine, reference: {differs}",
            f"line: { {k: v for k, v in batch[number].items() if v not in (None, [])} }",
            f"reference: {expected[number]['steps']}",
            f"engine: {priced.trail.filter(pl.col('row') == number).rows()}",
        ]
    return "\n".join(words)
