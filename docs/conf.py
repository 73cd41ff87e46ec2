"""How Sphinx builds the documentation: `sphinx-build -W --keep-going -n docs site`, offline."""

import sys
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.highlighting import lexers

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from docs.generate import FOLDER, write  # noqa: E402
from payrules import __version__  # noqa: E402

write(HERE / FOLDER)

project = "payrules"
author = "The payrules authors"
copyright = "2026, the payrules authors; CPT © American Medical Association"  # noqa: A001
version = release = __version__
extensions = ["myst_parser"]
exclude_patterns = ["generator", "rule_examples", "**/__pycache__"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
# Text pages only: what a browser would run or fetch is none of ours.
html_theme = "furo"
html_title = f"payrules {release}"
html_copy_source = False
html_show_sphinx = False
pygments_style = "default"
lexers["csv"] = TextLexer()  # Pygments has none
