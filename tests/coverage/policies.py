"""Policies that tests write: the facet policy of the specification, and changes of it."""

from pathlib import Path

#: The example of a policy file; its list of diagnoses is a part of the document's.
FACET = """\
[policy]
id = "L38801"
article = "A58403"
title = "Facet joint interventions"
authority = "LCD"
macs = ["01112", "01182", "01212", "01312"]
effective_from = 2025-07-17
source = "https://www.cms.gov/medicare-coverage-database/view/lcd.aspx?lcdid=38801"
document_version = "20"
verified = { by = "A. Reader", on = 2026-11-25 }

[families.facet_injection]
regions.cervical_thoracic = ["64490", "64491"]
regions.lumbar_sacral = ["64493", "64494"]
[families.facet_denervation]
regions.cervical_thoracic = ["64633", "64634"]
regions.lumbar_sacral = ["64635", "64636"]

[[noncovered]]
codes = ["64492", "64495"]
why = "three or more levels"

[[diagnoses]]
families = ["facet_injection", "facet_denervation"]
closed = true
any_of = ["M47.812", "M47.813", "M47.814", "M47.815", "M47.816", "M47.817"]

[[frequency]]
family = "facet_injection"
with_modifier = "KX"
sessions = 4
window = "12 months"
least_days_between = 14
[[frequency]]
family = "facet_injection"
without_modifier = "KX"
sessions = 4
window = "12 months"
[[frequency]]
family = "facet_denervation"
sessions = 2
window = "12 months"

[[session]]
families = ["facet_injection", "facet_denervation"]
most_levels = 2
not_with = ["epidural", "sacroiliac", "trigger_point"]

[documentation]
asks = ["three months of axial pain on a scale", "no untreated radiculopathy"]
"""


def written(folder: Path, text: str = FACET, name: str = "facet.toml") -> Path:
    """Write a policy file and give its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
