"""The house as it stands: layers, rules one a file, what they read, what a wheel holds."""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import pytest

from payrules.claims.modifiers import MORE_MODIFIERS
from payrules.coverage.policy import Applied, Policies
from payrules.coverage.policy_file import read_policies
from payrules.dated import Dated
from payrules.engine.codes import Codes, Families, Family, Ladder, SharesByCode
from payrules.engine.modifier_share import ModifierShare, ModifierShares
from payrules.engine.rate_limits import RateLimit, ScheduleAmounts
from payrules.engine.rate_list import Rates
from payrules.engine.rates import Rate
from payrules.engine.rule import Rule
from payrules.payers.medicare import RULES
from payrules.schedules.cost_sharing import CostSharing, SharedCost
from payrules.testing import check_rule

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "payrules"
#: Imports point down this list, never up and never sideways; the documentation draws it.
LAYERS = [
    set(layer["modules"])
    for layer in tomllib.loads((ROOT / "docs" / "layers.toml").read_text(encoding="utf-8"))["layer"]
]
HEIGHT = {name: -place for place, names in enumerate(LAYERS) for name in names}
SOURCES = sorted(PACKAGE.rglob("*.py"))
RULE_FILES = sorted(
    path.stem for path in (PACKAGE / "rules").glob("*.py") if path.stem != "__init__"
)
#: Where amounts are made and changed.
PRICING = [
    *(PACKAGE / "rules").glob("*.py"),
    *(PACKAGE / "engine").glob("*.py"),
    *(each for each in (PACKAGE / "fees").glob("*.py") if each.stem != "diff"),
]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree(path)))


def imported(path: Path) -> Iterator[tuple[str, ...]]:
    """Give what a file imports of payrules, as path parts below the package."""
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            first, *rest = (node.module or "").split(".")
            if first == "payrules":
                yield from [(*rest, each.name) for each in node.names]
        elif isinstance(node, ast.Import):
            for each in node.names:
                first, *rest = each.name.split(".")
                if first == "payrules":
                    yield tuple(rest)


def ids(paths: Sequence[Path]) -> list[str]:
    return [path.relative_to(PACKAGE).as_posix() for path in paths]


@pytest.mark.parametrize("path", SOURCES, ids=ids(SOURCES))
def test_imports_point_down_only(path: Path) -> None:
    here = path.relative_to(PACKAGE).with_suffix("").parts[0]
    if here == "__init__":  # what it names is loaded when it is used: see tests/front_door
        return
    assert here in HEIGHT, f"say in docs/layers.toml where {here} stands"
    for parts in imported(path):
        if parts[0] != here:
            assert HEIGHT[parts[0]] < HEIGHT[here], f"{here} imports {'.'.join(parts)}"


def test_every_layer_holds_modules_that_are_there() -> None:
    names = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in SOURCES}
    assert set(HEIGHT) == names - {"__init__"}


@pytest.mark.parametrize("name", RULE_FILES)
def test_rules_never_import_each_other(name: str) -> None:
    parts = imported(PACKAGE / "rules" / f"{name}.py")
    assert [each for each in parts if each[0] == "rules"] == []


@pytest.mark.parametrize("path", PRICING, ids=ids(PRICING))
def test_pricing_neither_rounds_nor_leaves_integers(path: Path) -> None:
    """Only money.py rounds; a float or a decimal could not stay exact."""
    for node in nodes(path):
        where = f"{path.name}, line {getattr(node, 'lineno', 0)}"
        assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)), where
        if isinstance(node, ast.Attribute):
            banned = {"Float64", "Float32", "Decimal", "round", "truediv", "mean"}
            assert node.attr not in banned, where
        if isinstance(node, ast.Name):
            assert node.id not in {"float", "round", "Decimal"}, where


#: A path that polars or fastexcel is handed may be taken for a pattern: these two hand them none.
READERS = [PACKAGE / "files" / name for name in ("tables.py", "worksheets.py", "old_workbooks.py")]


@pytest.mark.parametrize("path", SOURCES, ids=ids(SOURCES))
def test_a_file_is_opened_in_one_place(path: Path) -> None:
    """Everywhere else a name could be read as a pattern, and other bytes than were hashed."""
    if path in READERS:
        return
    for node in nodes(path):
        if isinstance(node, ast.Attribute):
            reader = re.fullmatch("(?:read|scan)_(?!text|bytes)[a-z]+", node.attr)
            library = isinstance(node.value, ast.Name) and node.value.id in {"pl", "polars"}
            assert not (reader and library), f"{path.name}, line {node.lineno}: {node.attr}"
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [each.name for each in node.names] + [getattr(node, "module", None) or ""]
            assert "fastexcel" not in names, f"{path.name} imports fastexcel"


def test_names_are_compared_in_one_place() -> None:
    """So that one slip is judged alike wherever it is made."""
    importers = {
        path.relative_to(PACKAGE).as_posix()
        for path in SOURCES
        for node in nodes(path)
        if (isinstance(node, ast.ImportFrom) and node.module == "difflib")
        or (isinstance(node, ast.Import) and any(each.name == "difflib" for each in node.names))
    }
    assert importers == {"nearest.py"}


@pytest.mark.parametrize("path", SOURCES, ids=ids(SOURCES))
def test_every_file_says_first_what_it_is(path: Path) -> None:
    words = ast.get_docstring(tree(path))
    assert words
    assert words.splitlines()[0].endswith((".", ":"))


def test_every_public_class_has_a_name_of_its_own() -> None:
    """A name that means two things is read as the wrong one."""
    where: dict[str, list[str]] = {}
    for path in SOURCES:
        for node in nodes(path):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where.setdefault(node.name, []).append(path.relative_to(PACKAGE).as_posix())
    assert {name: places for name, places in where.items() if len(places) > 1} == {}


# ------------------------------------------------------------------------------------------ rules


def rule_of(name: str) -> Rule:
    return getattr(importlib.import_module(f"payrules.rules.{name}"), name)


ALL_RULES = [rule_of(name) for name in RULE_FILES]
NAMES = [each.name for each in ALL_RULES]


@pytest.mark.parametrize("name", RULE_FILES)
def test_file_function_and_rule_share_one_name(name: str) -> None:
    module = importlib.import_module(f"payrules.rules.{name}")
    rules = {key: value for key, value in vars(module).items() if isinstance(value, Rule)}
    assert list(rules) == [name]
    assert rules[name].name == name


@pytest.mark.parametrize("name", RULE_FILES)
def test_every_rule_has_its_test_file(name: str) -> None:
    module = tree(ROOT / "tests" / "rules" / f"test_{name}.py")
    tests = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
    assert f"test_{name}" in tests


HALF = Dated({"1992-01-01": "0.50"}, cites="a contract, §1")
OWN_SHARING = CostSharing(
    "a contract's",
    (SharedCost("99213", "99213", "U1", True, 0, date(2020, 1, 1), date.max, "a contract, §1"),),
)
OWN_SHARES = ModifierShares(
    (
        *(ModifierShare((each,), HALF) for each in ("54", "62", "66", "78", "SA")),
        ModifierShare(("52", "80"), HALF, codes=(("10000", "19999"),), documented=True),
        ModifierShare(("82",), HALF, practitioner_type=("podiatrist",), of_operation=True),
    )
)
OWN_RATES = Rates(
    (
        Rate("percent_of_medicare", "surgery", "a contract", HALF, codes=(("10000", "69999"),)),
        Rate("conversion_factor", "own", "a contract", factors=((date(2020, 1, 1), 400000),)),
        Rate("percent_of_charge", "no price", "a contract", HALF, unpriced=True),
        Rate(
            "amount",
            "flat",
            "a contract",
            cents=((date(2020, 1, 1), 5000),),
            setting="facility",
            places=("22",),
            specialty=("207X", "20"),
            practitioner_type=("physician",),
            modifiers=("26",),
            not_under=RateLimit("percent_of_medicare", "a contract", HALF),
            not_over=RateLimit("percent_of_charge", "a contract", HALF),
        ),
        Rate(
            *("case_rate", "knee", "a contract"),
            cents=((date(2020, 1, 1), 250000),),
            includes=(("10000", "19999"),),
            not_under=RateLimit(
                "amount", "a contract", cents=((date(2020, 1, 1), 9000),), of_session=True
            ),
        ),
        Rate(
            *("case_rate", "day", "a contract"),
            cents=((date(2020, 1, 1), 6500),),
            codes=(("97110", "97140"),),
            includes_all=True,
        ),
    ),
    not_under=RateLimit(
        "schedule",
        "a contract",
        schedule=ScheduleAmounts("panel.csv", (("10000", "", None, date(2020, 1, 1), 1, 2),)),
    ),
    not_over=RateLimit("amount", "a contract", cents=((date(2020, 1, 1), 9000),)),
)
POLICIES = Policies(
    tuple(
        Applied(replace(each, macs=None), enforced=True)
        for each in read_policies([ROOT / "docs" / "rule_examples" / "facet-policy.toml"])
    )
)
#: Terms under which a rule reads more than it does for Medicare.
TERMS = {
    "endoscopy": [
        {"only_in_facilities": True},
        {"percent": SharesByCode((("45380", HALF),))},
    ],
    "multiple_procedure": [
        *({"rank_by": each} for each in ("total_rvu", "facility_rvu", "charge", "one_side")),
        {"third": HALF},
        {
            "ladder": Ladder((HALF, HALF)),
            "never": Codes((("11400", "11446"),)),
            "only": Codes((("10000", "29999"),)),
            "also": Families((Family(Codes((("20000", "29999"),)), Ladder((HALF, HALF))),)),
        },
    ],
    **{name: [{"share": OWN_SHARES}] for name in ("modifier", "modifier_share")},
    **{
        name: [{"own_shares": OWN_SHARES}]
        for name in (
            *("role", "split_care", "return_to_operating_room", "co_surgery"),
            *("assistant_at_surgery", "practitioner"),
        )
    },
    "practitioner": [{"own_shares": OWN_SHARES, "except_codes": Codes((("71045", "71048"),))}],
    "preventive": [{"services": OWN_SHARING}],
    "contract_rate": [
        {"overall": HALF},
        {"by_code": [("10000", "19999", HALF)]},
        {"rates": OWN_RATES},
    ],
    "case_rate": [{"own_rates": OWN_RATES}],
    "status_code": [{"own_prices": OWN_RATES}],
    "coverage": [{"policies": POLICIES}],
}


@pytest.mark.parametrize("rule", ALL_RULES, ids=NAMES)
def test_every_rule_is_sound(rule: Rule) -> None:
    check_rule(rule, terms=TERMS.get(rule.name, ()))


def test_medicare_applies_the_rules_in_one_order() -> None:
    # Anesthesia is priced first: without minutes it is by report before any edit looks at it.
    assert " ".join(each.name for each in RULES) == (
        # Is the line paid?
        "schedule status_code anesthesia component role modifier discarded_drug drug_test"
        " unlikely_units procedure_pairs"
        " global_period add_on visit_complexity bundled_screening critical_care injection"
        # How much is allowed?
        # One operation on several lines is found before it is ranked (Pub. 100-04, ch. 12, §40.4).
        " bilateral units one_operation endoscopy multiple_procedure imaging therapy cardiovascular"
        " ophthalmology imaging_cap equipment split_care return_to_operating_room co_surgery"
        " assistant_at_surgery practitioner nonparticipating lesser_of_charge secondary_claim"
        # Who pays it?
        " preventive deductible coinsurance therapy_assistant secondary_payer mips sequestration"
        " limiting_charge"
    )


def test_only_policies_and_a_contract_s_own_rates_and_shares_are_no_rules_of_medicare() -> None:
    own = {"coverage", "case_rate", "contract_rate", "modifier_share"}
    assert set(NAMES) - {each.name for each in RULES} == own


# ------------------------------------------------------------------------------------------ wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names of the files in a wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder)]
    if importlib.util.find_spec("hatchling"):
        build.append("--no-build-isolation")
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    with ZipFile(path) as archive:
        return archive.namelist()


def test_a_wheel_holds_one_package_and_its_content(wheel: list[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"payrules"}
    assert "payrules/py.typed" in wheel
    assert "payrules/fee_schedules/starter-2025/codes.parquet" in wheel
    assert "payrules/fee_schedules/starter-2026/release.toml" in wheel
    assert [name for name in wheel if name.startswith("payrules/reports/")]


def test_a_wheel_holds_every_source_and_no_other_python(wheel: list[str]) -> None:
    inside = {name for name in wheel if name.endswith(".py")}
    ours = {path.relative_to(ROOT).as_posix() for path in SOURCES}
    assert ours <= inside
    assert {name for name in inside - ours if not name.startswith("payrules/fee_schedules/")} == (
        set()
    )


def test_a_wheel_holds_no_leftovers(wheel: list[str]) -> None:
    """Forced content ships files that git ignores, too."""
    tracked = {
        f"payrules/{path.relative_to(ROOT).as_posix()}"
        for folder in ("fee_schedules", "reports")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    content = {
        name for name in wheel if name.startswith(("payrules/fee_schedules/", "payrules/reports/"))
    }
    assert content == tracked
    assert [name for name in wheel if "__pycache__" in name or name.endswith((".pyc", "~"))] == []


X12 = sorted((PACKAGE / "x12").glob("*.py"))


@pytest.mark.parametrize("path", X12, ids=ids(X12))
def test_x12_keeps_money_exact_and_imports_nothing_above_it(path: Path) -> None:
    """Claims are read without floats, and by a reader that remittances can share."""
    for parts in imported(path):
        assert parts[0] in {"x12", "money", "errors", "counted", "frozen"}, ".".join(parts)
    for node in nodes(path):
        assert not (isinstance(node, ast.Name) and node.id == "float"), path.name


VARIANCE = sorted((PACKAGE / "variance").glob("*.py"))


@pytest.mark.parametrize("path", VARIANCE, ids=ids(VARIANCE))
def test_what_was_paid_is_compared_in_whole_cents(path: Path) -> None:
    """No amount of a comparison ever is a float; shares are rounded in one place."""
    for node in nodes(path):
        where = f"{path.name}, line {getattr(node, 'lineno', 0)}"
        assert not (isinstance(node, ast.Name) and node.id in {"float", "round"}), where
        assert not (isinstance(node, ast.Attribute) and node.attr in {"Float64", "Float32"}), where


def test_a_modifier_that_a_rule_of_medicare_s_reads_is_shown_as_read_by_a_rule() -> None:
    """Read by a column of `columns_of`, `payrules code` said "known, changes nothing" of it."""
    for each in RULES:
        beyond = sorted({*each.reads} & {*MORE_MODIFIERS})
        assert not beyond, f"{each.name} reads {beyond}: put its modifiers into `_ALONE`"
