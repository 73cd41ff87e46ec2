"""Prints the lowest version that pyproject.toml allows of each dependency, as pip's constraints.

python .ci/lowest_bounds.py core > lowest.txt && pip install -e ".[core]" -c lowest.txt
"""

import re
import sys
import tomllib
from pathlib import Path


def lowest_bounds(pyproject: Path, *extras: str) -> list[str]:
    """Give `name==version` of each dependency, and of each in these extras."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    required = [*project["dependencies"]]
    for extra in extras:
        required += project["optional-dependencies"][extra]
    found = []
    for requirement in dict.fromkeys(required):
        bound = re.fullmatch(r"([\w.-]+)>=([\d.]+)(,<[\d.]+)?(; .+)?", requirement)
        if bound is None:
            raise SystemExit(f"{requirement}: give it a lower bound, as name>=version,<version")
        found.append(f"{bound[1]}=={bound[2]}{bound[4] or ''}")
    return found


if __name__ == "__main__":
    print("\n".join(lowest_bounds(Path(__file__).parents[1] / "pyproject.toml", *sys.argv[1:])))
