"""History and policies give the same in parts, some persons at a time, and with several payers."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from payrules.__main__ import main
from payrules.coverage.policy import Covering
from payrules.coverage.policy_file import read_policies
from payrules.errors import ClaimsError
from payrules.front_door.terms import find_covering
from payrules.payers import load_payer
from payrules.runs.estimate import estimate
from payrules.runs.in_parts import Outputs, estimate_in_parts
from payrules.runs.setup import Setup
from tests.coverage.policies import FACET, written
from tests.rules.test_coverage import KX_DAYS, batch, line

PAST = {"history_only": True, "charge_amount": "100", "note": "past"}
NOW = {"history_only": False, "charge_amount": "100", "note": "now"}


def with_history() -> pl.DataFrame:
    """Give six persons, of whom some have history that reaches the limit, and a repeat of it."""
    cases = {
        name: [
            *(line(day, "64493", "KX", **PAST) for day in KX_DAYS[: number + 1]),
            *(line(day, "64493", "KX", **NOW) for day in ("2026-05-01", "2026-06-10")),
        ]
        for number, name in enumerate("ABCDEF")
    }
    claims = batch(cases)
    # A row of history that is a line of the batch as well repeats nothing.
    again = (
        claims.filter(pl.col("note") == "now")
        .head(1)
        .with_columns(history_only=True, note=pl.lit("past"))
    )
    return pl.concat([again, claims])


def test_parts_with_history_are_as_at_once(tmp_path: Path) -> None:
    path = written(tmp_path)
    setup = Setup(covering=Covering(read_policies([path]), enforced=True))
    claims = tmp_path / "claims.parquet"
    with_history().write_parquet(claims)
    wanted = estimate(claims, setup)
    assert wanted.lines["status"].to_list().count("denied") == 7
    assert wanted.run.counts.history == 19
    found = Outputs(
        *(tmp_path / f"{name}.parquet" for name in ("lines", "adjustments", "rejects")),
        tmp_path / "run.json",
    )
    record = estimate_in_parts(claims, found, setup, lines_a_part=7).run
    assert_frame_equal(pl.read_parquet(tmp_path / "lines.parquet"), wanted.lines)
    assert_frame_equal(pl.read_parquet(tmp_path / "adjustments.parquet"), wanted.adjustments)
    told = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    for said in (record.as_json(), told):
        assert {**said, "at": "", "seconds": 0} == {**wanted.run.as_json(), "at": "", "seconds": 0}


def test_history_counts_for_its_own_payer(tmp_path: Path) -> None:
    written(tmp_path, FACET.replace('"LCD"', '"payer"').replace("macs =", "# macs ="))
    (tmp_path / "acme.toml").write_text(
        'name = "Acme"\ncontract = "Acme agreement"\nplan = "commercial"\n'
        '[coverage]\npolicies = ["facet.toml"]\nmode = "enforce"\n',
        encoding="utf-8",
    )
    acme = load_payer(tmp_path / "acme.toml")
    past = [line(day, "64493", "KX", payer="acme", **PAST) for day in KX_DAYS]
    cases = {
        "A": [*past, line("2026-05-01", "64493", "KX", payer="Acme", **NOW)],
        "B": [*past, line("2026-05-01", "64493", "KX", payer="medicare", **NOW)],
    }
    setup = Setup(payers={"acme": acme})
    results = estimate(batch(cases), setup)
    assert results.lines["status"].to_list() == ["denied", "priced"]
    assert results.lines["coverage_policy"].to_list() == ["L38801 version 20, article A58403", None]
    alone = estimate(batch({"B": cases["B"]}), setup)
    assert alone.lines["status"].to_list() == ["priced"]
    (step,) = results.adjustments.filter(pl.col("rule") == "coverage").iter_rows(named=True)
    assert step["cites"].startswith("L38801 version 20")
    assert acme.files["facet.toml"]


def test_medicare_s_policies_bind_no_other_plan(tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_text(
        'name = "Acme"\ncontract = "Acme agreement"\nplan = "commercial"\n', encoding="utf-8"
    )
    (tmp_path / "advantage.toml").write_text(
        'name = "Plus"\ncontract = "Plus agreement"\nplan = "medicare_advantage"\n',
        encoding="utf-8",
    )
    payers = {
        each.name.lower(): each
        for each in map(load_payer, (tmp_path / "acme.toml", tmp_path / "advantage.toml"))
    }
    covering = Covering(read_policies([written(tmp_path)]), enforced=True)
    cases = {
        name: [line("2026-05-01", "64493", payer=name, diagnosis_code_1="M54.16")]
        for name in ("Acme", "Plus", "medicare")
    }
    lines = estimate(batch(cases), Setup(payers=payers, covering=covering)).lines
    assert lines["status"].to_list() == ["priced", "denied", "denied"]


def test_the_rules_of_a_payer_with_policies_of_its_own_name_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, FACET.replace('"LCD"', '"payer"'))
    payer = tmp_path / "acme.toml"
    payer.write_text(
        'name = "Acme"\ncontract = "Acme agreement"\nplan = "commercial"\n'
        '[coverage]\npolicies = ["facet.toml"]\n',
        encoding="utf-8",
    )
    assert main(["rules", "--payer", str(payer)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "coverage edit" in said
    assert "(facet.toml), from 2025-07-17: is reported, and denies nothing" in said
    assert main(["rules"]) == 0
    assert "coverage edit" not in " ".join(capsys.readouterr().out.split())


def test_what_is_reported_takes_nothing_out_of_what_is_enforced(tmp_path: Path) -> None:
    """A payer denies by its own policy, whatever Medicare's would deny of the same lines."""
    own = FACET.replace('"LCD"', '"payer"').replace("macs =", "# macs =").replace("L38801", "OWN")
    written(tmp_path, own, "own.toml")
    (tmp_path / "plus.toml").write_text(
        'name = "Plus"\ncontract = "Plus agreement"\nplan = "medicare_advantage"\n'
        '[coverage]\npolicies = ["own.toml"]\nmode = "enforce"\n',
        encoding="utf-8",
    )
    setup = Setup(payer=load_payer(tmp_path / "plus.toml"))
    medicare_s = FACET.replace('"64492", "64495"', '"64492", "64494"').replace(
        "sessions = 4", "sessions = 1"
    )
    reported = Covering(read_policies([written(tmp_path, medicare_s)]))
    claims = batch(
        {
            "diagnosis": [line("2026-05-01", "64494", diagnosis_code_1="M54.16")],
            "frequency": [line(day, "64493", "KX") for day in (*KX_DAYS, "2026-05-01")],
        }
    )
    alone = estimate(claims, setup).lines
    both = estimate(claims, replace(setup, covering=reported)).lines
    assert alone["status"].to_list() == ["denied", *["priced"] * 4, "denied"]
    amounts = ["status", "allowed_amount", "carc", "rarc"]
    assert_frame_equal(both.select(amounts), alone.select(amounts))
    assert both["coverage_outcome"].to_list() == (
        ["denied", "no policy at hand objects", *["would be denied"] * 3, "denied"]
    )


def test_rejected_rows_are_no_sessions_and_that_is_said(tmp_path: Path) -> None:
    """A rejected row of history was counted for nobody, and the history was called whole."""
    past = [line(day, "64493", "KX", **PAST) for day in (*KX_DAYS[:3], "2026-02-30")]
    cases = {"A": [*past, line("2026-05-01", "64493", "KX", **NOW)]}
    setup = Setup(covering=Covering(read_policies([written(tmp_path)]), enforced=True))
    results = estimate(batch(cases), setup)
    assert results.rejects.height == 1
    assert results.run.coverage is not None
    assert results.run.coverage.notes[0] == (
        "1 row was rejected, and no session of it was counted: a person may have had more than"
        " were found."
    )


def test_history_of_a_payer_that_was_not_given_is_refused_as_its_lines_are(tmp_path: Path) -> None:
    past = [line(day, "64493", "KX", payer="Other", **PAST) for day in KX_DAYS]
    claims = tmp_path / "claims.parquet"
    batch({"A": [*past, line("2026-05-01", "64493", "KX", payer=None, **NOW)]}).write_parquet(
        claims
    )
    covering = Covering(read_policies([written(tmp_path)]))
    setup = Setup(covering=covering, refuses_unknown_payers=True)
    with pytest.raises(ClaimsError, match="names payers that were not given: Other"):
        estimate(claims, setup)
    with pytest.raises(ClaimsError, match="names payers that were not given: Other"):
        estimate_in_parts(claims, Outputs(tmp_path / "lines.parquet"), setup)
    # Where the first payer prices them, the run says whose sessions it counted.
    known = replace(setup, refuses_unknown_payers=False)
    at_once = estimate(claims, known).run
    in_parts = estimate_in_parts(claims, Outputs(tmp_path / "lines.parquet"), known).run
    assert at_once.coverage is not None
    assert at_once.coverage.notes[0] == (
        "4 rows of history name a payer that was not given, and are counted as medicare's: Other."
    )
    assert at_once.coverage == in_parts.coverage


def test_history_that_names_no_payer_counts_for_each_and_that_is_said(tmp_path: Path) -> None:
    """It was the first payer's alone, and the other's line was called one of whole history."""
    own = FACET.replace('"LCD"', '"payer"').replace("sessions = 4", "sessions = 2")
    written(tmp_path, own.replace("macs =", "# macs ="), "own.toml")
    (tmp_path / "acme.toml").write_text(
        'name = "Acme"\ncontract = "Acme agreement"\nplan = "commercial"\n'
        '[coverage]\npolicies = ["own.toml"]\nmode = "enforce"\n',
        encoding="utf-8",
    )
    past = [
        line(day, "64493", "KX", payer=payer, **PAST)
        for day, payer in zip(KX_DAYS[:3], (None, "", " acme "), strict=True)
    ]
    past.append(line(KX_DAYS[3], "64493", "KX", payer="Medicare", **PAST))
    claims = tmp_path / "claims.parquet"
    now = line("2026-05-01", "64493", "KX", payer="Acme", **NOW)
    batch(
        {"A": [*past[:2], now], "B": [past[0], *past[2:], now], "C": [past[0], past[3], now]}
    ).write_parquet(claims)
    acme = load_payer(str(tmp_path / "acme.toml"))
    setup = Setup(payers={"acme": acme}, covering=Covering(read_policies([written(tmp_path)])))
    at_once = estimate(claims, setup)
    assert at_once.lines["status"].to_list() == ["denied", "denied", "priced"]
    assert at_once.run.coverage is not None
    assert at_once.run.coverage.notes[:2] == (
        "History counts for the policies of the payer that it names alone: medicare 2 rows, Acme 1"
        " row.",
        "4 rows of history name no payer, and count for the policies of each.",
    )
    in_parts = estimate_in_parts(claims, Outputs(tmp_path / "lines.parquet"), setup).run
    assert at_once.run.coverage == in_parts.coverage


def test_files_of_one_document_are_said_to_be_counted_together(tmp_path: Path) -> None:
    written(tmp_path, FACET.replace("2025-07-17", "2025-07-17\neffective_to = 2026-02-14"))
    written(tmp_path, FACET.replace("2025-07-17", "2026-02-15"), "later.toml")
    setup = Setup(covering=Covering(read_policies([tmp_path])))
    claims = {"A": [line(day, "64493", "KX") for day in KX_DAYS]}
    run = estimate(batch(claims), setup).run.coverage
    assert run is not None
    assert [each.lines for each in run.policies] == [4, 4]
    assert run.notes[0] == (
        "facet.toml, later.toml are of one document, LCD L38801 version 20, article A58403: the"
        " lines that each of them met are counted together."
    )


def test_medicare_s_policies_that_bind_no_payer_given_are_said_to(tmp_path: Path) -> None:
    """Beside a payer's own policies they were held against no line, without a word."""
    written(tmp_path, FACET.replace('"LCD"', '"payer"'), "own.toml")
    (tmp_path / "acme.toml").write_text(
        'name = "Acme"\ncontract = "Acme agreement"\nplan = "commercial"\n'
        '[coverage]\npolicies = ["own.toml"]\n',
        encoding="utf-8",
    )
    (tmp_path / "lcd").mkdir()
    covering = find_covering(
        written(tmp_path / "lcd"), "report", None, [load_payer(tmp_path / "acme.toml")]
    )
    assert covering is not None
    assert covering.notes == (
        "Medicare's policies bind Medicare and Medicare Advantage, and no payer given is one.",
    )
