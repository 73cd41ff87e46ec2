"""Mutation testing of the payment rules and of money: it names the slips no test would notice.

    pip install "payrules[mutation]"
    python -m tests.mutation [--processes 2] [RULE ...]

Each mutant is one small change (cosmic-ray's operators: a comparison, a number, a sign, an
arithmetic operator, `and` for `or`) to one rule file, held in memory only. It is killed when the
rule's case table, the interactions, or the comparison with the reference pricer fails. Survivors
are named with their line; equivalent mutants are listed in `tests/mutation_survivors.toml` with
the reason why no test could tell. POSIX only: every mutant runs in a fork of a warm process.
"""

import argparse
import io
import os
import sys
import time
import tomllib
import types
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: One counterpart an operator: all eleven that cosmic-ray knows would say nothing more.
OPERATORS = (
    *("Add_Sub", "Sub_Add", "Mul_Add", "Div_Mul", "FloorDiv_Mul", "Mod_Mul"),
    *("BitAnd_BitOr", "BitOr_BitAnd", "BitXor_BitOr"),
)
COMPARISONS = ("Eq_NotEq", "NotEq_Eq", "Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt")
CHOSEN = (
    *(f"core/ReplaceBinaryOperator_{name}" for name in OPERATORS),
    *(f"core/ReplaceComparisonOperator_{name}" for name in COMPARISONS),
    *("core/NumberReplacer", "core/ReplaceTrueWithFalse", "core/ReplaceFalseWithTrue"),
    *("core/ReplaceUnaryOperator_Delete_Invert", "core/ReplaceUnaryOperator_Delete_USub"),
    *("core/AddNot", "core/ReplaceAndWithOr", "core/ReplaceOrWithAnd"),
    *("core/ReplaceBreakWithContinue", "core/ZeroIterationForLoop"),
)
SURVIVED, KILLED = 0, 1
#: Python modules that are warm already cannot be rewritten by pytest; it would warn, and stop.
QUIETLY = (
    *("-n", "0", "-x", "-q", "-p", "no:cacheprovider"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


@dataclass(frozen=True)
class Mutant:
    """One change to one file: `source` is the whole file as changed."""

    module: str
    line: int
    operator: str
    was: str
    source: str

    def name(self) -> str:
        return f"{self.module}:{self.line} {self.operator.removeprefix('core/')}: {self.was}"


def module_of(path: Path) -> str:
    return "payrules.money" if path.stem == "money" else f"payrules.rules.{path.stem}"


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def mutants(path: Path) -> Iterator[Mutant]:
    """Give every mutant of a file."""
    from cosmic_ray.ast import ast_nodes, get_ast  # noqa: PLC0415
    from cosmic_ray.mutating import MutationVisitor  # noqa: PLC0415
    from cosmic_ray.plugins import get_operator  # noqa: PLC0415

    text = read(path)
    lines = text.splitlines()
    for name in CHOSEN:
        operator = get_operator(name)()
        tree = get_ast(text)
        places = [place for node in ast_nodes(tree) for place in operator.mutation_positions(node)]
        for occurrence, (start, _) in enumerate(places):
            fresh = get_ast(text)
            changed = MutationVisitor(occurrence, operator).walk(fresh).get_code()
            if changed != text:
                was = lines[start[0] - 1].strip()
                yield Mutant(module_of(path), start[0], name, was, changed)


def tests_of(module: str) -> list[list[str]]:
    """Give the tests that should kill a module's mutants, the nearest first."""
    rule = module.rpartition(".")[2]
    own = "tests/test_money.py" if rule == "money" else f"tests/rules/test_{rule}.py"
    near = ["tests/rules/test_interactions.py"] if rule != "money" else ["tests/claims"]
    return [[own], near, ["tests/test_agreement.py"]]


def is_killed(mutant: Mutant) -> bool:
    """Run the tests with the mutant in the place of its module; in a process of its own."""
    changed = types.ModuleType(mutant.module)
    changed.__file__ = str(ROOT / (mutant.module.replace(".", "/") + ".py"))
    changed.__package__ = mutant.module.rpartition(".")[0]
    sys.modules[mutant.module] = changed
    import pytest  # noqa: PLC0415

    try:
        exec(compile(mutant.source, changed.__file__, "exec"), changed.__dict__)
    except Exception:
        return True  # it cannot even be imported
    for chosen in tests_of(mutant.module):
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            status = pytest.main([*chosen, *QUIETLY])
        if status != 0:
            return True
    return False


def judged(mutant: Mutant, patience: float) -> bool:
    """Fork, run, and say whether the mutant was killed; one that hangs is."""
    child = os.fork()
    if child == 0:
        os.environ.update(PAYRULES_AGREEMENT_LINES="5000", POLARS_MAX_THREADS="1")
        try:
            os._exit(KILLED if is_killed(mutant) else SURVIVED)
        except BaseException:
            os._exit(KILLED)
    begun = time.monotonic()
    while time.monotonic() - begun < patience:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) != SURVIVED
        time.sleep(0.05)
    os.kill(child, 9)
    os.waitpid(child, 0)
    print(f"Hung, so killed: {mutant.name()}", file=sys.stderr, flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rules", nargs="*", help="rule names, or money; all without any")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--patience", type=float, default=120, help="seconds a mutant may take")
    asked = parser.parse_args()
    paths = [ROOT / "payrules/money.py", *sorted((ROOT / "payrules/rules").glob("*.py"))]
    chosen = [
        p for p in paths if p.stem != "__init__" and (p.stem in asked.rules or not asked.rules)
    ]
    known = tomllib.loads(read(ROOT / "tests/mutation_survivors.toml"))
    equivalent = {(each["rule"], each["was"], each["operator"]) for each in known["equivalent"]}
    waiting = [mutant for path in chosen for mutant in mutants(path)]
    os.chdir(ROOT)
    import polars  # noqa: F401, PLC0415  # warm what is slow to import and not mutated
    import pytest  # noqa: F401, PLC0415

    survivors, unseen, done = [], 0, 0
    with ThreadPoolExecutor(asked.processes) as pool:
        firsts = [Mutant(module_of(path), 0, "none", "", read(path)) for path in chosen]
        failing = [
            each.module
            for each, killed in zip(
                firsts, pool.map(lambda each: judged(each, asked.patience), firsts), strict=True
            )
            if killed
        ]
        if failing:
            print(f"These fail without any mutation: {failing}.", file=sys.stderr)
            return 2
        for mutant, killed in zip(
            waiting, pool.map(lambda each: judged(each, asked.patience), waiting), strict=True
        ):
            done += 1
            if not killed:
                rule = mutant.module.rpartition(".")[2]
                operator = mutant.operator.removeprefix("core/")
                if (rule, mutant.was, operator) in equivalent:
                    unseen += 1
                else:
                    survivors.append(mutant)
                    print(mutant.name(), flush=True)
            if done % 50 == 0:
                print(f"… {done} of {len(waiting)}", file=sys.stderr, flush=True)
    share = len(survivors) / max(len(waiting) - unseen, 1)
    print(
        f"{len(waiting)} mutants, {unseen} equivalent, {len(survivors)} survived ({share:.1%})",
        flush=True,
    )
    return 0 if share < 0.05 else 1


if __name__ == "__main__":
    sys.exit(main())
