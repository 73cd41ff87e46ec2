"""Portrait: what a payer's files say of it: terms, where they are printed, what they leave open."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from payrules.frozen import frozen
from payrules.payers.differences import Difference, differences
from payrules.payers.inheritance import presets
from payrules.payers.left_open import sentences
from payrules.payers.loading import load_payer
from payrules.payers.payer import MEDICARE, Payer


@frozen
class Portrait:
    """A payer as its files have it.

    `terms` are where it leaves Medicare; `sources` the pages that its files name, those of terms
    as Medicare's among them (dates as ISO text); `files` its files with their sha256.
    """

    name: str
    contract: str
    plan: str | None
    terms: tuple[Difference, ...]
    sources: tuple[Mapping[str, Any], ...]
    left_open: tuple[str, ...]
    files: Mapping[str, str]

    @property
    def own_terms(self) -> tuple[Difference, ...]:
        """Its terms that its files set; the others are its kind of plan's."""
        return tuple(each for each in self.terms if each.file in self.files)

    @property
    def read(self) -> str:
        """How surely its pages were read, at least and at best: "A", "A to C"; "" without any."""
        told = sorted({each["confidence"] for each in self.sources if each["confidence"]})
        return " to ".join(dict.fromkeys((told[0], told[-1]))) if told else ""

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON takes it."""
        return asdict(self) | {"terms": [each._asdict() for each in self.terms]}


def portrait(payer: Payer) -> Portrait:
    """Give what a payer's files say of it."""
    return Portrait(
        name=payer.name,
        contract=payer.contract,
        plan=payer.plan,
        terms=tuple(differences(payer)),
        sources=tuple(each.model_dump(mode="json") for each in payer.sources),
        left_open=tuple(sentences(payer, {})),
        files=dict(payer.files),
    )


def known_payers() -> list[Portrait]:
    """Give Medicare and every payer that ships, by name."""
    return [portrait(each) for each in (MEDICARE, *map(load_payer, presets()))]
