"""The example policies say the table of contractors, dated and tagged, and deny nothing."""

import csv
from datetime import date, datetime
from pathlib import Path

import pytest

from payrules.coverage.policy import TAGS, Policy
from payrules.coverage.policy_file import (
    EXAMPLES,
    must_be_verified,
    policy_files,
    read_policies,
    read_policy,
)
from payrules.errors import CoverageError
from tests.real_files import COVERAGE_INDEX, skip_without

#: Contractor: its Part B numbers, and LCD and article of facet joints, epidurals, the sacroiliac
#: joint and trigger points.
NORIDIAN_F = "02102 02202 02302 02402 03102 03202 03302 03402 03502 03602"
DOCUMENTS = {
    "noridian-je": (
        "01112 01182 01212 01312",
        ("L38801 A58403", "L39240 A58993", "L39462 A59244", "L34211 A57701"),
    ),
    "noridian-jf": (
        NORIDIAN_F,
        ("L38803 A58405", "L39242 A58995", "L39464 A59246", "L36859 A57702"),
    ),
    "novitas": (
        "04112 04212 04312 04412 07102 07202 07302 12102 12202 12302 12402 12502",
        ("L34892 A56670", "L36920 A56681", None, "L35010 A57751"),
    ),
    "first-coast": ("09102 09202", ("L33930 A57787", "L33906 A56651", None, "L33912 A57114")),
    "wps": (
        "05102 05202 05302 05402 08102 08202",
        ("L38841 A58477", "L39054 A58777", "L39475 A59257", "L39713 A59553"),
    ),
    "ngs": (
        "06102 06202 06302 13102 13202 13282 13292 14112 14212 14312 14412 14512",
        ("L35936 A57826", "L39036 A58745", "L39455 A59233", "L39662 A59487"),
    ),
    "palmetto": (
        "10112 10212 10312 11202 11302 11402 11502",
        ("L38765 A58350", "L38994 A58695", "L39402 A59192", "L39671 A59498"),
    ),
    "cgs": ("15102 15202", ("L38773 A58364", "L39015 A58731", "L39383 A59154", "L39656 A59480")),
}
KINDS = ("facet", "epidural", "sacroiliac", "trigger-point")
NEXT = "facet-noridian-jf-2026.toml"


@pytest.fixture(scope="module")
def examples() -> dict[str, Policy]:
    return {each.name: read_policy(each) for each in policy_files(Path(EXAMPLES))}


def test_every_document_of_the_table_has_its_file(examples: dict[str, Policy]) -> None:
    assert len(read_policies([Path(EXAMPLES)])) == len(examples)
    left = {*examples} - {NEXT}
    for contractor, (macs, documents) in DOCUMENTS.items():
        for kind, document in zip(KINDS, documents, strict=True):
            name = f"{kind}-{contractor}.toml"
            if document is None:
                assert name not in examples
                continue
            policy = examples[name]
            assert f"{policy.id} {policy.article}" == document
            assert policy.macs == tuple(macs.split())
            assert policy.document_version
            assert policy.read_on == date(2025, 8, 23)
            assert policy.source.endswith(f"lcdid={policy.id[1:]}")
            left -= {name}
    assert not left
    retired, later = examples["facet-noridian-jf.toml"], examples[NEXT]
    assert (retired.effective_to, later.effective_from) == (date(2026, 4, 15), date(2026, 4, 16))
    assert (later.id, later.macs) == ("L38801", tuple(NORIDIAN_F.split()))


def test_days_and_versions_are_those_of_the_index(examples: dict[str, Policy]) -> None:
    """An example says what LCD and article both say, so it begins with the later of them."""
    skip_without(COVERAGE_INDEX)
    with COVERAGE_INDEX.open(encoding="utf-8", newline="") as opened:
        index = {row["document_display_id"]: row for row in csv.DictReader(opened)}
    for name, policy in examples.items():
        if name != NEXT:
            assert policy.article
            rows = index[policy.id], index[policy.article]
            days = [datetime.strptime(row["effective_date"], "%m/%d/%Y").date() for row in rows]
            assert policy.effective_from == max(days), name
            assert policy.document_version == rows[0]["document_version"], name


def test_no_example_denies(examples: dict[str, Policy]) -> None:
    for policy in examples.values():
        with pytest.raises(CoverageError, match="is not verified"):
            must_be_verified([policy])


def test_each_limit_has_its_tag_and_source(examples: dict[str, Policy]) -> None:
    for name, policy in examples.items():
        for each in (
            *(*policy.noncovered, *policy.diagnoses),
            *(*policy.frequency, *policy.sessions),
        ):
            assert each.tag in TAGS, name
            assert each.source, name


def test_counters_are_the_table_s_and_none_is_another_contractor_s(
    examples: dict[str, Policy],
) -> None:
    counted = {
        name: sorted(
            (each.family, each.with_modifier or "", each.without_modifier or "", each.sessions)
            for each in policy.frequency
            if each.sessions is not None
        )
        for name, policy in examples.items()
    }
    denervation = ("facet_denervation", "", "", 2)
    facet = [
        denervation,
        ("facet_injection", "", "KX", 4),
        ("facet_injection", "KX", "", 4),
    ]
    expected = {
        "facet": facet,
        "epidural": [("epidural", "", "", 4)],
        "sacroiliac": [("sacroiliac", "", "KX", 4), ("sacroiliac", "KX", "", 2)],
        "trigger-point": [("trigger_point", "", "", 3)],
    }
    own = {
        # One counter, KX or not; and a counter that nobody has read.
        "facet-first-coast.toml": [denervation, ("facet_injection", "", "", 4)],
        "facet-novitas.toml": [denervation],
    }
    for name, found in counted.items():
        kind = next(kind for kind in KINDS if name.startswith(kind))
        assert found == own.get(name, expected[kind]), name


def test_lists_of_diagnoses_are_closed_only_where_the_article_s_own_was_seen(
    examples: dict[str, Policy],
) -> None:
    closed = {name for name, each in examples.items() if any(d.closed for d in each.diagnoses)}
    own = {f"{kind}-noridian-je.toml" for kind in KINDS if kind != "epidural"}
    assert closed == own | {NEXT}
    for name, policy in examples.items():
        assert bool(policy.diagnoses) == (not name.startswith("epidural")), name


def test_codes_are_the_table_s(examples: dict[str, Policy]) -> None:
    judged = {
        "facet": "64490 64491 64492 64493 64494 64495 64633 64634 64635 64636",
        "epidural": "62320 62321 62322 62323 64479 64480 64483 64484",
        "sacroiliac": "27096 64451 64625",
        "trigger-point": "20552 20553",
    }
    for name, policy in examples.items():
        kind = next(kind for kind in KINDS if name.startswith(kind))
        assert sorted(policy.codes) == judged[kind].split(), name
