"""The drawing of the layers, from the list that the architecture test reads."""

import textwrap
import tomllib

from docs.generator import DOCS

_WIDTH = 84


def layers() -> str:
    """Draw the layers, top first: a box each, and an arrow down between them."""
    listed = tomllib.loads((DOCS / "layers.toml").read_text(encoding="utf-8"))["layer"]
    edge = "─" * (_WIDTH - 2)
    boxes = []
    for layer in listed:
        named = textwrap.wrap("   ".join(layer["modules"]), _WIDTH - 4)
        said = textwrap.wrap(layer["says"], _WIDTH - 6)
        inside = [f"│ {line:<{_WIDTH - 4}} │" for line in (*named, *(f"  {each}" for each in said))]
        boxes.append("\n".join((f"┌{edge}┐", *inside, f"└{edge}┘")))
    return f"\n{'▼':^{_WIDTH}}\n".join(boxes) + "\n"
