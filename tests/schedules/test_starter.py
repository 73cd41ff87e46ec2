"""The starter: what it holds, that it is CMS's numbers, and no CPT descriptor."""

import csv
import importlib.util
from pathlib import Path

import polars as pl
import pytest

from payrules.content import content_folder
from payrules.schedules import Schedules, load_schedules, store, verify
from payrules.schedules.cms.relative_values import must_hold_bases
from tests.real_files import BASE_UNITS, DRUG_LIMITS, EDITS, LABORATORY, NCCI, skip_without

STARTER = content_folder("fee_schedules")


@pytest.fixture
def starter() -> Schedules:
    return load_schedules(STARTER)


def test_starter_is_as_it_was_built(starter: Schedules) -> None:
    assert len(verify(starter)) == 12


def test_starter_is_whole(starter: Schedules) -> None:
    for release in starter.releases:
        assert release.starter
        assert release.localities.height == 109
        must_hold_bases(release.name, release.codes)
        assert (release.codes["label"] != "").all()
    assert starter.named("starter-2025").anesthesia_factors.height == 110


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("status_code", set("ABCEIJMNPRTX")),
        ("multiple_procedure_indicator", set("0234567")),
        ("bilateral_indicator", set("01239")),
        ("assistant_indicator", set("0129")),
        ("co_surgeon_indicator", set("0129")),
        ("team_indicator", set("029")),
        ("pctc_indicator", set("01234578")),
        ("modifier", {"", "26", "TC", "53"}),
        ("global_days", {"000", "010", "090", "XXX", "ZZZ", "MMM"}),
    ],
)
def test_starter_shows_every_rule(column: str, values: set[str], starter: Schedules) -> None:
    for release in starter.releases:
        assert values <= set(release.codes[column])


def test_starter_holds_what_a_pain_practice_injects_and_tests(starter: Schedules) -> None:
    drugs, tests = starter.table("asp"), starter.table("clfs")
    assert drugs is not None
    assert tests is not None
    wanted = {"J3301", "J1010", "J1100", "J0665", "Q9965", "Q9966", "Q9967", "90662"}
    for _, of_quarter in drugs.group_by("effective_from"):
        assert wanted <= set(of_quarter["hcpcs_code"])
    wanted = {"80305", "80306", "80307", "G0480", "G0481", "G0482", "G0483", "G0659", "36415"}
    assert wanted <= set(tests["hcpcs_code"])
    named = {
        quarter.name: quarter.is_whole
        for kind in ("asp", "clfs")
        for quarter in starter.quarters(kind)
    }
    assert named == dict.fromkeys(
        ("starter-asp-2025Q1", "starter-asp-2026Q1", "starter-clfs-2025Q1"), False
    )


def test_starter_holds_the_families_of_the_issue(starter: Schedules) -> None:
    wanted = {*map(str, range(62320, 62328)), *map(str, range(64490, 64496)), "27096", "76942"}
    wanted |= {"77002", "77003", "20610", "80506", "85060", "77090", "77091", "92227", "92229"}
    wanted |= {"45378", "44388", "43235", "52000", "29870", "29805", "G0105", "G0121"}
    for release in starter.releases:
        assert wanted <= set(release.codes["hcpcs_code"])


def test_starter_edits_concern_its_own_codes(starter: Schedules) -> None:
    codes = set(starter.named("starter-2026").codes["hcpcs_code"])
    for kind, columns in {
        "ptp": ["column_1_code", "column_2_code"],
        "add_on": ["add_on_code"],  # with all their primaries
        "mue": ["hcpcs_code"],
        "anesthesia_base_units": ["hcpcs_code"],
    }.items():
        table = starter.table(kind)
        assert table is not None
        assert {code for column in columns for code in table[column]} <= codes
    assert all(source["cites"] for source in starter.table_sources())


def test_starter_edits_are_cms_rows_for_all_its_codes(starter: Schedules) -> None:
    rows = {source["kind"]: source["rows"] for source in starter.table_sources()}
    assert (rows["mue"], rows["ptp"], rows["add_on"]) == (451, 23_843, 1_047)
    limits, links = starter.table("mue"), starter.table("add_on")
    assert limits is not None
    assert links is not None
    epidurals = limits.filter(pl.col("hcpcs_code").is_in(["62321", "62323"]))
    assert epidurals.select("mue_value", "adjudication_indicator").rows() == [(1, "3"), (1, "3")]
    assert "CCCCC" not in links["primary_code"]
    # Types 2 and 3: the contractor says which primaries.
    assert links.filter(pl.col("primary_code").is_null())["add_on_code"].to_list() == [
        "0054T",
        "61783",
    ]


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("mue", ("hcpcs_code",)),
        ("ptp", ("column_1_code", "column_2_code")),
        ("add_on", ("add_on_code", "primary_code")),
    ],
)
def test_starter_edits_are_those_of_a_join_made_elsewhere(
    kind: str, key: tuple[str, ...], shared: Path, starter: Schedules
) -> None:
    path = NCCI / f"starter_{kind}_2024q3.csv"
    skip_without(path)
    ours = starter.table(kind)
    assert ours is not None
    theirs = pl.read_csv(path, infer_schema=False, null_values=["", "CCCCC"]).select(
        pl.col(name).str.to_date() if dtype == pl.Date else pl.col(name).cast(dtype)
        for name, dtype in ours.schema.items()
    )
    assert ours.sort(key).equals(theirs.sort(key))


def test_labels_are_not_cpt_descriptors(shared: Path) -> None:
    path = shared / "2026C" / "PPRRVU2026_Jul_nonQPP.csv"
    with path.open(encoding="latin-1", newline="") as opened:
        descriptors = {(row[0], row[2].strip().lower()) for row in csv.reader(opened)}
    with (STARTER / "starter_codes.csv").open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    labels = {(row["hcpcs_code"], row["label"].lower()) for row in rows}
    assert len(labels) == len(rows)
    assert not labels & descriptors


def test_starter_is_rebuilt_from_cms_files(shared: Path, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("build_starter", STARTER / "build_starter.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    skip_without(*EDITS, *DRUG_LIMITS, LABORATORY)
    base_units = next(path for path in BASE_UNITS if path.suffix == ".txt")
    quarters = [*DRUG_LIMITS, LABORATORY]
    releases = shared / "2025D", shared / "2026C"
    script.build(*releases, base_units, NCCI / "2024Q3", quarters, tmp_path)
    built, committed = load_schedules(tmp_path), load_schedules(STARTER)
    for ours, theirs in zip(built.releases, committed.releases, strict=True):
        assert ours.name == theirs.name
        assert ours.conversion_factors == theirs.conversion_factors
        assert (ours.sources, ours.rows) == (theirs.sources, theirs.rows)
        assert ours.codes.equals(theirs.codes)
        assert ours.localities.equals(theirs.localities)
        assert ours.anesthesia_factors.equals(theirs.anesthesia_factors)
    for kind in store.TABLE_KEYS:
        mine, old = built.table(kind), committed.table(kind)
        assert (mine is None) == (old is None)
        assert mine is None or (old is not None and mine.equals(old))


def test_starter_numbers_are_those_of_the_whole_release(
    real: Schedules, starter: Schedules
) -> None:
    for name, whole in (("starter-2025", "2025D"), ("starter-2026", "2026C")):
        ours = starter.named(name).codes.drop("label")
        theirs = real.named(whole).codes.drop("label")
        assert ours.height == ours.join(theirs, on=ours.columns, how="semi").height
        chosen = pl.col("hcpcs_code").is_in(ours["hcpcs_code"].unique().implode())
        assert theirs.filter(chosen).height == ours.height  # every modifier row of a code
