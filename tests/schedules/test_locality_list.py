"""`payrules localities`: keys, names and counties of all, of a state, by name and by ZIP."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from payrules.cli.commands import cli
from payrules.content import content_folder
from payrules.errors import ScheduleError
from payrules.schedules import Schedules, import_schedule, load_schedules
from payrules.schedules.locality_list import list_localities
from tests.schedules.test_published_files import zip9


@pytest.fixture(scope="module")
def starter() -> Schedules:
    return load_schedules(content_folder("fee_schedules"))


def keys(schedules: Schedules, sought: str | None = None) -> list[str]:
    return [each.key for each in list_localities(schedules, sought)]


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("IL", ["06102-12", "06102-15", "06102-16", "06102-99"]),
        ("il", ["06102-12", "06102-15", "06102-16", "06102-99"]),
        ("Chicago", ["06102-15", "06102-16"]),
        ("IL suburban", ["06102-15"]),
        ("06102-16", ["06102-16"]),
        (" Marin ", ["01112-52"]),
    ],
)
def test_localities_by_state_name_and_key(
    sought: str, found: list[str], starter: Schedules
) -> None:
    assert keys(starter, sought) == found


def test_all_are_those_of_the_releases(starter: Schedules) -> None:
    assert {*keys(starter), "national"} == starter.localities()
    assert keys(starter) == sorted(keys(starter))


def test_what_fits_none_is_refused_with_what_is_near(starter: Schedules) -> None:
    with pytest.raises(ScheduleError, match="perhaps 06102-12"):
        keys(starter, "IL Nowhere")
    with pytest.raises(ScheduleError, match="perhaps '06102-1"):
        keys(starter, "06102-11")
    with pytest.raises(ScheduleError, match="or takes in, 'Nowhere'"):
        keys(starter, "Nowhere")


@pytest.mark.parametrize("sought", ["60601", "60601-1234", "606011234"])
def test_a_zip_code_without_a_table_says_what_to_import(sought: str, starter: Schedules) -> None:
    with pytest.raises(ScheduleError, match="Import CMS's ZIP5 file") as told:
        keys(starter, sought)
    assert "payrules schedules import" in str(told.value)


def test_a_zip_code_by_its_table_and_plus_four(starter: Schedules, tmp_path: Path) -> None:
    records = [zip9("60601", "1234", "0610216"), zip9("60601", "9999", "0610215")]
    path = tmp_path / "ZIP9_OCT2025.txt"
    path.write_text("\r\n".join(records), encoding="ascii")
    import_schedule(path, tmp_path / "store")
    known = Schedules(starter.releases, load_schedules(tmp_path / "store").tables)
    assert keys(known, "60601") == ["06102-15", "06102-16"]
    assert keys(known, "60601-9999") == ["06102-15"]
    assert keys(known, "60601-0000") == ["06102-15", "06102-16"]
    with pytest.raises(ScheduleError, match="00001 is not in CMS's ZIP table"):
        keys(known, "00001")


def test_counties_and_state_names_of_the_real_files(real: Schedules) -> None:
    (cook,) = list_localities(real, "Cook, IL")
    assert (cook.key, cook.name, "COOK" in cook.counties.upper()) == ("06102-16", "CHICAGO", True)
    assert keys(real, "Illinois") == keys(real, "IL")
    assert keys(real, "60601") == ["06102-16"]


def test_the_command_prints_a_table_or_json() -> None:
    said = CliRunner().invoke(cli, ["localities", "Chicago"], catch_exceptions=False).output
    assert "06102-16  IL     CHICAGO" in said
    assert "Give a key as --locality" in said
    said = CliRunner().invoke(cli, ["localities", "01112-51", "--json"]).output
    assert [each["key"] for each in json.loads(said)] == ["01112-51"]
