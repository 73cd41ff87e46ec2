"""The pages about files: claims, results, layouts, payer and scenario files, bounds, modifiers."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
from pydantic import BaseModel

from docs.generator import code, of_each, page, table
from docs.generator.rules import examples
from payrules import within_reason
from payrules.claims import columns, practitioners
from payrules.claims.code_families import FAMILIES
from payrules.claims.columns import RESULTS
from payrules.claims.modifiers import Modifier, modifier_table
from payrules.claims.places_of_service import VALID as PLACES
from payrules.code_page.modifier_readers import readers
from payrules.payers.dollar_schedule import COLUMNS as DOLLAR_COLUMNS
from payrules.payers.form import form as payer_form
from payrules.payers.inheritance import presets
from payrules.payers.plan import plans, terms_of_plan
from payrules.runs.record import RunRecord
from payrules.runs.steps import ADJUSTMENTS
from payrules.scenarios.form import (
    Claims,
    DollarFile,
    Fee,
    GeographicIndex,
    RelativeValue,
    SetOrScale,
)
from payrules.scenarios.form import form as scenario_form
from payrules.within_reason import Range
from payrules.workbook import layout
from payrules.workbook.about import glossary
from payrules.workbook.columns import (
    ADJUSTMENT_COLUMNS,
    CHANGED_COLUMNS,
    COUNT_COLUMNS,
    DERIVED,
    JOURNAL_COLUMNS,
    LINE_COLUMNS,
    REJECT_COLUMNS,
    REVIEW_COLUMNS,
)
from payrules.workbook.layout import sheets
from payrules.x12.columns_835 import TABLES as PAID_TABLES
from payrules.x12.columns_837p import COLUMNS as X12_COLUMNS

Said = Mapping[str, Any]


# -- claims ------------------------------------------------------------------------------------


def x12_page(said: Said) -> str:
    """Write the page of claims in X12: from which element each column is read."""
    rows = [(code(each.name), each.read_from, each.rule) for each in X12_COLUMNS]
    return page(
        "Claims in X12",
        said["x12_claims"],
        "## Columns",
        table(("column", "read from", "rule"), rows),
        said["x12_claims_rejects"],
    )


def remittance_page(said: Said) -> str:
    """Write the page of remittances: from which element each column of each table is read."""
    tables = [
        f"## {name.replace('_', ' ').capitalize()}\n\n"
        + table(("column", "read from"), [(code(each.name), each.read_from) for each in columns])
        for name, columns in PAID_TABLES.items()
    ]
    return page("Remittances", said["remittances"], *tables, said["remittances_checks"])


def claims_page(said: Said) -> str:
    """Write the page of the claims file's columns."""
    meaning = of_each(columns.KNOWN, said["claims"], "claims")
    rows = [(code(name), _where_blank(name), text) for name, text in meaning.items()]
    rows.append((code("diagnosis_code_1") + " …", "blank", said["diagnosis"]))
    return page(
        "The claims file",
        said["claims_file"],
        said["claims_values"],
        "## Columns",
        table(("column", "where it is blank or absent", "meaning"), rows),
        said["claims_headings"],
        "## Practitioner types",
        "In `practitioner_type`; where that is blank, the first characters of `rendering_taxonomy`"
        " tell the type, and any other taxonomy code is a physician's.",
        table(
            ("type", "taxonomy codes that begin with"),
            [
                (
                    code(kind),
                    ", ".join(
                        code(prefix)
                        for prefix, each in practitioners.BY_TAXONOMY.items()
                        if each == kind
                    ),
                )
                for kind in practitioners.TYPES
            ],
        ),
        "## Places of service",
        "Two digits; these are CMS's: " + ", ".join(map(code, sorted(PLACES))) + ".",
    )


def _where_blank(name: str) -> str:
    if name in columns.REQUIRED:
        return "**needed**"
    if name in columns.YES_OR_NO:
        return str(columns.YES_OR_NO[name]).lower()
    defaults = {
        "service_unit_quantity": "1",
        "deductible_remaining": "0",
        "practitioner_type": "by taxonomy, else physician",
        "locality": "by `service_zip`, else `--locality`, else rejected",
    }
    return defaults.get(name, "blank")


# -- results -----------------------------------------------------------------------------------


def results_page(said: Said) -> str:
    """Write the page of the four results and their columns."""
    lines = of_each(RESULTS, said["lines"], "lines")
    steps = of_each(ADJUSTMENTS, said["adjustments"], "adjustments")
    rejects = of_each(REJECT_COLUMNS, said["rejects"], "rejects")
    record = of_each(examples().run.as_json(), said["run"], "run")
    types = {**examples().lines.schema, **examples().adjustments.schema}
    return page(
        "Results",
        said["results"],
        "## Lines",
        "Every accepted line, in input order: the columns it came with, under their own names, then"
        " these. Money is decimal with two places, and null where there is no amount.",
        table(
            ("column", "type", "meaning"),
            [(code(name), _type(types[name]), text) for name, text in lines.items()],
        ),
        "The batch's own `allowed_amount` is called `payer_allowed_amount` among the results. Any"
        " other column of the batch that has the name of a result is written as `input_…`.",
        "## Adjustments",
        "Every step of every line. Step 0 is the fee schedule amount with its RVUs, GPCIs and"
        " conversion factor. The chain is a proof: each `before` is the last `after`.",
        table(
            ("column", "type", "meaning"),
            [(code(name), _type(types[name]), text) for name, text in steps.items()],
        ),
        "## Rejects",
        "The rows that could not be read as claim lines, and the row as it came. See"
        " [why rows are rejected](rejects.md).",
        table(("column", "meaning"), [(code(name), text) for name, text in rejects.items()]),
        "## Run record",
        "`--run F.json`: what was run. It holds no personal data.",
        table(("key", "meaning"), [(code(name), text) for name, text in record.items()]),
    )


def _type(kind: pl.DataType) -> str:
    if kind.is_decimal():
        return "decimal"
    return {pl.String: "text", pl.Date: "date"}.get(kind, "integer")


# -- layouts -----------------------------------------------------------------------------------


def layouts_page(said: Said) -> str:
    """Write the page of layouts: settings and columns."""
    shipped = [(code(each.name), each.description) for each in layout.layouts()]
    sections = (
        ("At the head", sheets.Layout, "layout"),
        ("`[[sheets]]`", sheets.ReportSheet, "sheet"),
        ("A column, where it is more than its name", sheets.ColumnChoice, "column_choice"),
        ("A filter", sheets.Condition, "filter"),
    )
    parts = []
    for heading, model, key in sections:
        settings = of_each(_settings(model), said[key], key)
        parts += [
            f"## {heading}",
            table(("setting", "meaning"), [(code(name), text) for name, text in settings.items()]),
        ]
    made = of_each(sorted(DERIVED), said["derived"], "derived")
    own = [name for name in JOURNAL_COLUMNS if name not in LINE_COLUMNS]
    of_journal = of_each(own, said["journal"], "journal")
    counts = of_each(COUNT_COLUMNS, said["counts"], "counts")
    return page(
        "Layouts",
        said["layouts"],
        table(("layout", "what it is"), shipped),
        *parts,
        "## Columns of lines and of the work list",
        "The batch's own, the [results](results.md), and those made for reports.",
        _report_columns(REVIEW_COLUMNS, made),
        "## Columns of lines grouped together",
        "The columns in `group_by`, these counts, and the sum of every column of money or units.",
        _report_columns(COUNT_COLUMNS, counts),
        "## Columns of adjustments",
        _report_columns(ADJUSTMENT_COLUMNS, made),
        "## Columns of rejects",
        _report_columns(REJECT_COLUMNS, {}),
        "## Columns of changed lines",
        "Each as it was and as it is; blank on the side where the line is not there.",
        _report_columns(CHANGED_COLUMNS, {}),
        "## Columns of the journal",
        _report_columns(JOURNAL_COLUMNS, made | of_journal),
    )


def _report_columns(found: Mapping[str, Any], said: Mapping[str, str]) -> str:
    return table(
        ("column", "heading", "format", "made from"),
        [
            (code(name), column.heading, column.format, said.get(name, ""))
            for name, column in found.items()
        ],
    )


def _settings(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


# -- payer and scenario files ------------------------------------------------------------------


def payer_page(said: Said) -> str:
    """Write the page of payer files."""
    settings = of_each(_settings(payer_form()), said["payer"], "payer")
    dollars = of_each(DOLLAR_COLUMNS, said["dollars"], "dollars")
    of_preset = of_each(presets(), said["presets"], "presets")
    return page(
        "Payer files",
        said["payer_file"],
        table(("setting", "meaning"), [(code(name), text) for name, text in settings.items()]),
        "## Kinds of plan",
        said["payer_plans"],
        table(("plan", "what it is", "rule", "its term", "citation"), [*_plan_rows()]),
        "## Terms",
        said["payer_terms"],
        "## A fee schedule in dollars",
        said["fee_schedule"],
        table(("column", "meaning"), [(code(name), text) for name, text in dollars.items()]),
        "## Presets",
        "They ship with payrules; `--payer NAME` takes one, and a file of yours may begin from one"
        " (`base`). Some are examples with their printed source; the others are payers' published"
        " policies as far as they were read, without a rate. `payrules payers show NAME` says of"
        " each term the page, and how it was read. Confirm a term against the payer's own paper.",
        table(("preset", "what it is"), [(code(name), text) for name, text in of_preset.items()]),
    )


def _plan_rows() -> Iterator[tuple[str, str, str, str, str]]:
    """Give each term of each kind of plan; one without any is Medicare's."""
    for name, plan in plans().items():
        first = (code(name), plan.title)
        for place, term in terms_of_plan(plan):
            yield *first, *(code(each) for each in place.split(".")), term.cites
            first = ("", "")
        if first[0]:
            yield *first, "", "as Medicare has them", ""


def scenario_page(said: Said) -> str:
    """Write the page of scenario files."""
    sections: tuple[tuple[str, type[BaseModel], str], ...] = (
        ("At the head", scenario_form(), "scenario"),
        ("`[[claims]]`", Claims, "scenario_claims"),
        ("`[[fees]]`", Fee, "scenario_fees"),
        ("`[[relative_values]]`", RelativeValue, "scenario_relative_values"),
        ("`[[geographic_indices]]`", GeographicIndex, "scenario_geographic_indices"),
        ("`[fee_schedule]`", DollarFile, "scenario_fee_schedule"),
        ("`conversion_factor`", SetOrScale, "scenario_set_or_scale"),
    )
    parts = []
    for heading, model, key in sections:
        settings = of_each(_settings(model), said[key], key)
        parts += [
            f"## {heading}",
            table(("setting", "meaning"), [(code(name), text) for name, text in settings.items()]),
        ]
    return page(
        "Scenario files",
        said["scenario_file"],
        *parts,
        "## Code families",
        "In `family`, and in conditions on `code_family`: "
        + ", ".join(f"`{name}`" for name in FAMILIES)
        + ".",
    )


# -- bounds, modifiers, glossary ---------------------------------------------------------------


def bounds() -> Iterator[tuple[str, Range]]:
    """Give every kind of number that has bounds."""
    for name, value in vars(within_reason).items():
        if isinstance(value, Range):
            yield name, value


def bounds_page() -> str:
    """Write the page of what is within reason."""
    rows = [
        (name.lower().replace("_", " "), each.bounds, each.decimals, each.means)
        for name, each in bounds()
    ]
    return page(
        "Numbers within reason",
        "A number outside these bounds is refused where it enters, with its place: in payer files,"
        " scenarios, layouts, options and imported files. Beyond them lies a slip, such as a"
        " percentage written for a share.",
        table(("number", "goes from", "decimals", "what it is"), rows),
    )


def _here(modifier: Modifier) -> str:
    """Say which rules read a modifier, each with its page; else what payrules does."""
    by = readers().get(modifier.modifier, ()) if modifier.in_force else ()
    links = ", ".join(f"[{rule.name}](rules/{rule.name}.md)" for rule in by)
    return f"read by {links}" if links else modifier.here


def modifiers_page() -> str:
    """Write the page of CMS's modifiers."""
    rows = [
        (code(each.modifier), each.kind, each.medicare_does, _here(each), each.citation)
        for each in modifier_table().values()
    ]
    return page(
        "Modifiers",
        "What each modifier does on a professional claim, in our own words. `payrules code GZ` says"
        " it on the screen, and `payrules code 64483` prices a code with each.",
        table(("modifier", "kind", "what Medicare does", "here", "citation"), rows),
    )


def glossary_page(said: Said) -> str:
    """Write the glossary: the terms of the workbook, and more of the field."""
    terms = {**dict(glossary(RunRecord(), sequestration=True)), **said["glossary"]}
    entries = "\n\n".join(f"{term}\n: {terms[term]}" for term in sorted(terms, key=str.lower))
    return page(
        "Glossary", "```{glossary}\n:sorted:\n\n" + entries.replace("\n: ", "\n  ") + "\n```"
    )
