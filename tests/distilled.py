"""Chooses few of a kind's fuzzing cases that together reach what many of them reach.

    python -m tests.distilled --kind scenario     # weigh 200 cases, and write the chosen down

What a case reaches is each branch of payrules that it goes through, and the sentence it ends with
(numbers, files and quoted words aside). `fuzzing_seeds.toml` keeps the chosen seeds, and those that
ever found a fault; `tests/test_fuzzing.py` runs them. Choose anew when a kind's files or its damage
change: a seed means another case then.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import coverage

from tests import fuzzing

KEPT = Path(__file__).with_name("fuzzing_seeds.toml")
HEAD = """\
# The cases of damaged input that every run of the tests meets, by kind (tests/distilled.py):
#   found    seeds that once found a fault; they stay
#   reach    of the seeds 0 to 199, those that together reach every branch of payrules that the 200
#            reach, and every sentence they end with
# A kind that is not here is run with all 200.
"""
CASES = 200
_ASIDE = re.compile(r"'[^']*'|\S*/\S*|\d+")


def kept() -> dict[str, dict[str, list[int]]]:
    """Give the seeds written down, by kind."""
    return tomllib.loads(KEPT.read_text(encoding="utf-8"))


def seeds_of(kind: str) -> list[int]:
    """Give the seeds that every run of the tests meets."""
    said = kept().get(kind)
    return list(range(CASES)) if said is None else sorted({*said["found"], *said["reach"]})


def reached(kind: str, seed: int) -> set[str]:
    """Run a case, and name the branches it goes through and the sentences it ends with."""
    package = Path(fuzzing.ROOT, "payrules")
    watch = coverage.Coverage(
        data_file=None, include=[f"{package}/*"], branch=True, config_file=False
    )
    ends: list[str] = []
    watch.start()
    try:
        fuzzing.faults(kind, seed, ended=lambda status, said: ends.append(f"{status} {said}"))
    finally:
        watch.stop()
    data = watch.get_data()
    branches = {
        f"{file}:{first}>{then}"
        for file in data.measured_files()
        for first, then in data.arcs(file) or []
    }
    sentences = {each.partition("\n")[0] for each in ends}
    return branches | {_ASIDE.sub("#", sentence) for sentence in sentences}


def chosen(reaches: Mapping[int, set[str]]) -> list[int]:
    """Give few seeds that together reach all: the one that adds most first."""
    left = set().union(*reaches.values())
    seeds = []
    while left:
        seeds.append(max(reaches, key=lambda seed: (len(reaches[seed] & left), -seed)))
        left -= reaches[seeds[-1]]
    return sorted(seeds)


def written(said: Mapping[str, Mapping[str, list[int]]]) -> str:
    """Write the seeds as the file has them, a list a line."""
    lines = [HEAD]
    for kind in sorted(said):
        lines.append(f'["{kind}"]')
        lines += [f"{name} = {said[kind][name]}" for name in ("found", "reach")] + [""]
    return "\n".join(lines)


def _main() -> int:
    parser = argparse.ArgumentParser(description="Choose fuzzing cases that reach what all do.")
    parser.add_argument("--kind", choices=[*fuzzing.KINDS], action="append", required=True)
    for kind in parser.parse_args().kind:
        seeds = chosen({seed: reached(kind, seed) for seed in range(CASES)})
        said = kept()
        said[kind] = {"found": said.get(kind, {}).get("found", []), "reach": seeds}
        KEPT.write_text(written(said), encoding="utf-8")
        print(f"{kind}: {len(seeds)} of {CASES}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
