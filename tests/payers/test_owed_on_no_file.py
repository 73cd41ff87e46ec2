"""What patients owe of a payer whose file says no coinsurance: no screen says that it is 0.00."""

import json
from pathlib import Path

import pytest

import payrules
from payrules.__main__ import main
from tests.payers.files import HEAD, batch

UNSAID = "with the coinsurance, which its file does not say"
ON_FILE = "patient pays, where on file"
VISIT = {"hcpcs_code": "99213", "locality": "national"}
ECHO = {"hcpcs_code": "93306", "hcpcs_modifier_1": "26", "locality": "national"}


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    file = tmp_path / "acme.toml"
    text = HEAD + 'plan = "commercial"\npercent_of_medicare = 110\n'
    file.write_text(text, encoding="utf-8")
    return file


def told(capsys: pytest.CaptureFixture[str], *command: object) -> str:
    main([str(each) for each in command])
    return capsys.readouterr().out


def test_the_totals_on_screen_are_blank_as_the_workbook_s(
    tmp_path: Path, acme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It read "patient pays 0.00", and on the lines' chains "the patient 0.00" without a word."""
    lines = tmp_path / "lines.csv"
    batch(VISIT, ECHO, place="11").write_csv(lines)
    for payers in (("--payer", acme), ("--payer", acme, "--payer", "medicare")):
        heads, values = _flow(told(capsys, "estimate", lines, *payers))
        assert heads.endswith(ON_FILE)
        assert len(values) == 3  # allowed, sequestration, paid
        assert told(capsys, "explain", lines, "--claim", "A", *payers).count(UNSAID) == 2
    of_medicare = told(capsys, "estimate", lines)
    assert _flow(of_medicare)[0].endswith("patient pays")
    assert UNSAID not in told(capsys, "explain", lines, "--claim", "A")
    shown = repr(payrules.estimate(lines, str(acme)))
    assert "Acme pays" in shown
    assert "patient pays" not in shown


def _flow(screen: str) -> tuple[str, list[str]]:
    """Give the headings and the amounts of the table of totals."""
    rows = screen.splitlines()
    (at,) = [place for place, row in enumerate(rows) if "patient pays" in row]
    return rows[at].rstrip(), rows[at + 1].split()


def test_what_is_known_of_it_stands_there(
    tmp_path: Path, acme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "lines.csv"
    batch(VISIT | {"deductible_remaining": "10.00"}, place="11").write_csv(lines)
    heads, values = _flow(told(capsys, "estimate", lines, "--payer", acme))
    assert heads.endswith(ON_FILE)
    assert values[-1] == "10.00"
    assert "the patient 10.00." in told(capsys, "explain", lines, "--claim", "A", "--payer", acme)
    # All of it deductible: nothing is left that a coinsurance could be of.
    lines.unlink()
    batch(VISIT | {"deductible_remaining": "500.00"}, place="11").write_csv(lines)
    assert UNSAID not in told(capsys, "explain", lines, "--claim", "A", "--payer", acme)
    batch({"hcpcs_code": "97010", "locality": "national"}, place="11").write_csv(lines)
    assert _flow(told(capsys, "estimate", lines, "--payer", acme))[1][-1] == "0.00"


def test_the_price_of_a_code_says_it(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    how = ("--pos", "11", "--payer", acme)
    one = told(capsys, "price", "99213", *how)
    assert f", {UNSAID}. Why" in one
    two = told(capsys, "price", "99213", "93306-26", *how)
    assert two.count(UNSAID) == 3
    assert f"{UNSAID}.\n" in two
    said = json.loads(told(capsys, "price", "99213", *how, "--json"))
    (line,) = said["lines"]
    assert line["patient_amount"] is line["coinsurance_amount"] is None
    assert said["totals"]["patient_amount"] is None
    met = told(capsys, "price", "99213", *how, "--deductible", "10")
    assert "the patient 10.00 (10.00 of it deductible)." in met
