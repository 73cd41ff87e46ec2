"""The checks of a workbook: every figure it shows against the rows it comes from, as formulas.

Both sides of a check are formulas over tables and cells, so a figure that anybody changes turns
its check. They take one pass over the rows, in Excel and in LibreOffice alike: where every row of
a table is looked up in another, that is done for small tables only (`may_look_up`); in larger
ones the rows are added up with weights made from their keys, in one pass over either side.

Amounts are added up as whole cents: a double holds 15 digits, and a sum of many cents loses some.
"""

from collections.abc import Sequence

from payrules.workbook.live_checks import (
    accrual,
    against_paid,
    bridge,
    changes,
    charts,
    control,
    files,
    groups,
    headline,
    lines,
    run,
    tables,
    texts,
    trail,
)
from payrules.workbook.live_checks.check import ControlTotal, LiveCheck
from payrules.workbook.live_checks.formulas import Formulas


def checks_of_figures(formulas: Formulas) -> tuple[LiveCheck, ...]:
    """Give the checks of what stands in its place when no control total does yet.

    A page counts its checks before it writes them, and these take long: they are made once.
    """
    return (
        *headline.of_headline(formulas),
        *groups.of_groups(formulas),
        *groups.of_work_list(formulas),
        *against_paid.of_answers(formulas),
        *against_paid.of_against_paid(formulas),
        *lines.of_shares(formulas),
        *lines.of_labels(formulas),
        *bridge.of_bridge(formulas),
        *charts.of_charts(formulas),
        *tables.of_groups(formulas),
        *tables.of_work_list(formulas),
        *tables.of_total_rows(formulas),
        *accrual.of_accrual(formulas),
        *changes.of_changes(formulas),
        *trail.of_trail(formulas),
        *files.of_files(formulas),
        *files.of_counts(formulas),
        *texts.of_texts(formulas),
        *texts.of_pages(formulas),
    )


def every_check(
    formulas: Formulas, of_figures: Sequence[LiveCheck], controls: Sequence[ControlTotal] = ()
) -> tuple[LiveCheck, ...]:
    """Give all checks, those of the figures among them, in the order a reader would ask.

    Those of the run's totals read the cells of control totals: they are made whenever asked for.
    """
    return (
        *run.of_run(formulas),
        *of_figures,
        *control.of_control_totals(formulas, controls),
    )
