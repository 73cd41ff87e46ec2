"""Pricing alone: lines per second, peak memory, the core rules each way, cost per rule.

    python -m benchmarks.pricing [LINES]

One million lines unless told, trail off and on, with all of Medicare rules.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.all import core_table, main_table, rules_table
from benchmarks.batches import batch_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", nargs="?", type=int, default=1_000_000)
    lines = parser.parse_args().lines
    with tempfile.TemporaryDirectory() as folder:
        print(main_table(Path(folder), lines, repeats=3)[0])
        print(core_table(Path(folder), lines, repeats=3)[0])
        print(rules_table(batch_file(Path(folder), lines)))


if __name__ == "__main__":
    main()
