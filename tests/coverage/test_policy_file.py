"""A policy file is read whole, or refused with its line, the place and what to write."""

from datetime import date
from pathlib import Path

import pytest

from payrules.coverage.policy import Verification, Window
from payrules.coverage.policy_file import must_be_verified, read_policies
from payrules.errors import CoverageError
from tests.coverage.policies import FACET, written


def test_a_policy_is_read_whole(tmp_path: Path) -> None:
    (policy,) = read_policies([written(tmp_path)])
    assert policy.name == "LCD L38801 version 20, article A58403"
    assert policy.verified == Verification("A. Reader", date(2026, 11, 25))
    assert policy.families[0].regions[1] == ("lumbar_sacral", ("64493", "64494"))
    assert policy.diagnoses[0].any_of[4] == "M47816"
    assert policy.frequency[0].window == Window(months=12)
    assert policy.codes >= {"64490", "64495", "64636"}
    assert policy.denial("frequency") == ("151", "N115")


FAULTS = [
    ('id = "L38801"', "", "policy.id: is missing; give the number that the document has"),
    ("most_levels = 2", "most_level = 2", "payrules does not read this; perhaps 'most_levels'"),
    ('"12 months"', '"a year"', 'write "12 months", "90 days" or "calendar year"'),
    ('"01112"', '"1112"', "'1112' is no contractor number"),
    ('"M47.812"', '"M47.81234"', "'M47.81234' is no ICD-10 code"),
    ('with_modifier = "KX"', 'with_modifier = "ZZ"', "'ZZ' is no modifier"),
    ('"64494"]', '"64490"]', "has 64490, which is in facet_injection.cervical_thoracic already"),
    ('family = "facet_denervation"', 'family = "facets"', "names the family 'facets'"),
    ("sessions = 4", "sessions = 0", "cannot be 0; it is a whole number from 1 to 999"),
    ("closed = true", 'closed = "yes"', "is true or false, without quotation marks"),
    ("2025-07-17", "2025-07-17\neffective_to = 2025-01-01", "has its effective_to before"),
    ('authority = "LCD"', 'authority = "NCD"', "is an NCD, which is the nation's: remove macs"),
    ('"A. Reader"', '"NAME"', "policy.verified.by: names nobody"),
    ("2026-11-25", "2999-01-01", "policy.verified.on: is 2999-01-01, which is still to come"),
    ('"20"', '"20"\nread_on = 2999-01-01', "policy.read_on: is 2999-01-01, which is still to come"),
    ('"L38801"', '"L38801; L1"', "policy.id: has a semicolon"),
    ('= "KX"', '= "KX"\nwithout_modifier = "KX"', "counts no line: none is with KX and without it"),
    ('["epidural"', '["facet_injection"', "wants facet_injection apart from itself"),
    ("why =", "by_statute = true\nwhy =", "entry 1.by_statute: is said of an NCD alone"),
    ("[documentation]", "[codes.carc]\nsession = '119'\n[documentation]", "codes.carc.session"),
]


@pytest.mark.parametrize(("written_so", "instead", "said"), FAULTS)
def test_each_fault_is_one_sentence(
    tmp_path: Path, written_so: str, instead: str, said: str
) -> None:
    path = written(tmp_path, FACET.replace(written_so, instead, 1))
    with pytest.raises(CoverageError) as fault:
        read_policies([path])
    (sentence,) = fault.value.args
    assert said in sentence
    assert sentence.startswith("facet.toml")
    assert sentence.endswith(".")


def test_two_files_of_one_document_and_day_are_refused(tmp_path: Path) -> None:
    written(tmp_path)
    later = FACET.replace("2025-07-17", "2026-04-16").replace('"20"', '"21"')
    written(tmp_path, later, "later.toml")
    with pytest.raises(CoverageError, match="both say L38801 for contractor 01112 on 2026-04-16"):
        read_policies([tmp_path])
    ended = FACET.replace("2025-07-17", "2025-07-17\neffective_to = 2026-04-15")
    written(tmp_path, ended)
    assert len(read_policies([tmp_path])) == 2
    elsewhere = later.replace('"01112", "01182", "01212", "01312"', '"02102"')
    written(tmp_path, elsewhere, "later.toml")
    written(tmp_path)
    assert len(read_policies([tmp_path])) == 2


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert len(read_policies([tmp_path, path, tmp_path / "." / path.name])) == 1


def test_a_folder_without_a_policy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CoverageError, match="holds no policy file"):
        read_policies([tmp_path])


def test_an_unverified_policy_may_not_deny(tmp_path: Path) -> None:
    must_be_verified(read_policies([written(tmp_path)]))
    unverified = FACET.replace("verified =", "# verified =")
    policies = read_policies([written(tmp_path, unverified)])
    with pytest.raises(CoverageError) as fault:
        must_be_verified(policies)
    told, what_to_do = fault.value.args
    assert told.startswith("facet.toml is not verified: nobody is named who compared it with LCD")
    assert 'verified = { by = "NAME", on = 2026-11-25 }' in what_to_do
    with pytest.raises(CoverageError) as fault:
        must_be_verified(policies * 12)
    assert fault.value.args[10] == "Nor are 2 more files."
