"""Writes the reference of the documentation: `python docs/generate.py`; a build does it too."""

import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree

sys.path.insert(0, str(Path(__file__).parents[1]))

from docs import generator
from docs.generator import commands, drawing, files, rejects, rules

#: Where the pages go; git ignores it.
FOLDER = "reference"
#: Pages in the order in which a reader looks for them.
ORDER = (
    "commands",
    "claims-file",
    "x12-claims",
    "remittances",
    "rejects",
    "results",
    "statuses",
    "codes",
    "rules",
    "modifiers",
    "layouts",
    "payer-files",
    "scenario-files",
    "bounds",
)


def pages() -> Mapping[str, str]:
    """Make every page of the reference, by its path below `reference/`."""
    said = generator.words()
    made = {
        "commands": commands.commands_page(),
        "claims-file": files.claims_page(said),
        "x12-claims": files.x12_page(said),
        "remittances": files.remittance_page(said),
        "rejects": rejects.rejects_page(said["mending"]),
        "results": files.results_page(said),
        "statuses": rules.statuses_page(said["statuses"]),
        "codes": rules.codes_page(said["codes"]),
        "rules": rules.rules_page(),
        "modifiers": files.modifiers_page(),
        "layouts": files.layouts_page(said),
        "payer-files": files.payer_page(said),
        "scenario-files": files.scenario_page(said),
        "bounds": files.bounds_page(),
        **{f"rules/{rule.name}": rules.rule_page(rule) for rule in rules.RULES},
    }
    index = generator.page(
        "Reference",
        "Made from the code at every build: what it says is what payrules does.",
        "```{toctree}\n:maxdepth: 1\n\n" + "\n".join((*ORDER, "glossary")) + "\n```",
    )
    made |= {"index": index, "glossary": files.glossary_page(said)}
    return {f"{name}.md": text for name, text in made.items()} | {
        "layers.txt": drawing.layers(),
    }


def write(folder: Path) -> None:
    """Put the pages into a folder, in the place of those that were there."""
    if folder.exists():
        rmtree(folder)
    for name, text in pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(generator.DOCS / FOLDER)
