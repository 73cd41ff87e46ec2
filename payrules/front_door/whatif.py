"""What happens to the payment if claims, fee schedule or terms change, and answers that show it."""

# `help()` then shows the names of types, not all that they stand for.
from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from payrules.claims import Claims
from payrules.counted import counted
from payrules.errors import UsageError
from payrules.front_door.shown import Shown, place_of
from payrules.front_door.terms import (
    ADay,
    AFile,
    ColumnsMap,
    FeeSchedules,
    Payers,
    Policies,
    find_payers,
    setup_of,
)
from payrules.scenarios import Scenario, baseline, read_scenario, scenario
from payrules.scenarios.answer import Answer, answer, as_record, by_payer_in_dollars, dollars_of

AScenario: TypeAlias = AFile | Mapping[str, Any] | Scenario
Scenarios: TypeAlias = AScenario | Sequence[AScenario]
#: What a scenario written in Python is called where it does not say.
_HEAD = {"title": "What if", "cites": "given in Python"}


class WhatIf(Shown):
    """The answer to a what-if: polars frames in dollars, each with a column `scenario`."""

    def __init__(self, answered: Answer) -> None:
        self._answered = answered

    @property
    def totals(self) -> pl.DataFrame:
        """What all lines come to: scenario, measure, before, after, change, share."""
        return self._answered.totals

    @property
    def bridge(self) -> pl.DataFrame:
        """From the allowed amount before to the one after: scenario, cause, rule, change."""
        return self._answered.bridge

    @property
    def rules(self) -> pl.DataFrame:
        """What each rule adds or takes: scenario, rule, before, after, change, share."""
        return self._answered.rules

    @property
    def groups(self) -> pl.DataFrame:
        """By payer, practitioner, place and code: scenario, by, name, before, after, change."""
        return self._answered.groups

    @property
    def lines(self) -> pl.DataFrame:
        """The lines that changed, the largest effect first, amounts before and after."""
        return self._answered.lines

    @property
    def chains(self) -> pl.DataFrame:
        """Every step of the lines that changed, before and after, side by side."""
        return self._answered.chains

    @property
    def statuses(self) -> pl.DataFrame:
        """The lines whose status changed, and why."""
        return self._answered.statuses

    @property
    def rejects(self) -> pl.DataFrame:
        """The rows that could not be read, and why; no total has them."""
        return self._answered.base.batch.rejects

    @property
    def solution(self) -> Mapping[str, Any] | None:
        """What `solve` found: `value`, the `total` it leads to, whether `exact`, and `in_words`."""
        return self.record.get("solve")

    @property
    def sweep(self) -> pl.DataFrame | None:
        """The totals at each value of the sweep."""
        asked = self._answered.sweep
        return None if asked is None else dollars_of(asked[1])

    @property
    def tornado(self) -> pl.DataFrame | None:
        """What each term moves when it is moved by a tenth, the largest first."""
        return None if self._answered.tornado is None else dollars_of(self._answered.tornado)

    @property
    def contracts(self) -> Mapping[str, pl.DataFrame] | None:
        """The contracts compared: frames `ranking`, `families`, `places`, `terms` and `lines`."""
        compared = self._answered.contracts
        if compared is None:
            return None
        return {
            "ranking": dollars_of(compared.ranking),
            "families": by_payer_in_dollars(compared.families),
            "places": by_payer_in_dollars(compared.places),
            "terms": dollars_of(compared.terms),
            "lines": by_payer_in_dollars(compared.lines),
        }

    @cached_property
    def record(self) -> dict[str, Any]:
        """All of it but the lines, as one record for JSON; amounts as text."""
        return as_record(self._answered)

    def to_excel(self, path: AFile, *, force: bool = False) -> Path:
        """Write the comparison as a workbook; give its path.

        Nothing that is there is replaced without `force`. Warns where a sheet is too long for
        Excel and lies beside the workbook. Raises ReportError.
        """
        from payrules.workbook.what_if import write_whatif  # noqa: PLC0415 - takes long to load

        return place_of(write_whatif(self._answered, Path(path), force=force))

    def _in_words(self) -> list[str]:
        """Say the totals; nothing of a person: it is shown wherever a notebook is."""
        base = self._answered.base
        said = [
            f"What-if on {counted(base.lines.height, 'claim line')}: payer {base.setup.payer.name},"
            f" {base.batch.rejects.height:,} rejected"
        ]
        if self._answered.comparisons:
            allowed = self.totals.filter(measure="allowed_amount")
            said += [
                f"{name}: allowed {before:,.2f}, then {after:,.2f} ({change:+,.2f})"
                for name, before, after, change in allowed.select(
                    "scenario", "before", "after", "change"
                ).iter_rows()
            ]
        said += self._answered.every_left_open
        if self.solution is not None:
            said.append(self.solution["in_words"])
        for name in ("sweep", "tornado", "contracts"):
            if getattr(self, name) is not None:
                said.append(f"more in .{name}")
        return said


def whatif(
    batch: Claims,
    scenario: Scenarios = (),
    *,
    payer: Payers = "medicare",
    locality: str | None = None,
    release: str | None = None,
    schedules: FeeSchedules | None = None,
    columns: ColumnsMap | None = None,
    coverage: Policies | None = None,
    coverage_mode: str = "report",
    history_from: ADay | None = None,
    solve: str | None = None,
    target: str | None = None,
    sweep: str | None = None,
    tornado: bool = False,
    contracts: Payers = (),
    **changes: Any,
) -> WhatIf:
    """Price claim lines as they are and as they would be, and explain every cent between.

    `scenario`   a scenario file, a dict that says what such a file says, or several of them
    `solve`      "conversion_factor", "percent_of_medicare" or "fee:64483": the value that reaches
                 `target`: "allowed=1250000", "baseline" or "+3%"
    `sweep`      "terms.multiple_procedure.later=0.25:0.75:0.05"
    `tornado`    moves every term by a tenth
    `contracts`  two or more payers, compared on these claims
    `changes`    one scenario in keywords: conversion_factor={"scale": 0.975}

    `batch` and the others are those of `estimate`: of `coverage` the policies that today's payment
    is held against, which the scenario {"coverage": "enforce"} enforces. `payer` is who pays today
    (a scenario in a dict may name another). Raises ScenarioError, or what `estimate` raises, each
    one clear sentence.
    """
    compared = find_payers(contracts)
    asked = _scenarios(scenario, changes)
    how = setup_of(
        payer,
        locality=locality,
        release=release,
        schedules=schedules,
        columns=columns,
        coverage=coverage,
        coverage_mode=coverage_mode,
        history_from=history_from,
    )
    return WhatIf(
        answer(
            baseline(batch, how, compared=compared),
            asked,
            unknown=solve,
            target=target,
            swept=sweep,
            with_tornado=tornado,
            contracts=compared,
        )
    )


def _scenarios(given: Scenarios, changes: Mapping[str, Any]) -> list[Scenario]:
    several: list[Any] = [given]
    if isinstance(given, Sequence) and not isinstance(given, str):
        several = list(given)
    if changes:
        several.append(changes)
    return [
        one_scenario(each, f"scenario {place}" if len(several) > 1 else "scenario")
        for place, each in enumerate(several, 1)
    ]


def one_scenario(given: Any, name: str) -> Scenario:
    """Give a scenario by its file, by what such a file says, or as it is."""
    if isinstance(given, Scenario):
        return given
    if isinstance(given, str | PathLike):
        return read_scenario(fspath(given))
    if isinstance(given, Mapping):
        return scenario({**_HEAD, **given}, name)
    raise UsageError(
        f"A scenario cannot be a {type(given).__name__}: give a scenario file, or a dict."
    )
