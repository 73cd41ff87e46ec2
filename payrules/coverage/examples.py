"""Where the example policies lie that come with payrules: none of them is verified."""

from pathlib import Path

from payrules.content import content_folder

#: What their folder is called on the command line.
EXAMPLES = "examples"


def example_folder() -> Path:
    """Give the folder of the examples."""
    return content_folder("fee_schedules") / "coverage-examples"


def example_files() -> list[Path]:
    """Give the examples, each a policy file."""
    return sorted(example_folder().glob("*.toml"))
