"""The checks of the accrual and its journal: with the lines, with the Summary, with themselves."""

from collections.abc import Iterator
from decimal import Decimal

from payrules.workbook.figures.accrual import KEYS, OWED, PARTS, REST, Part
from payrules.workbook.figures.totals import total
from payrules.workbook.live_checks.check import LiveCheck
from payrules.workbook.live_checks.formulas import Formulas, is_plain, may_look_up
from payrules.workbook.tables import ReportTable


def of_accrual(formulas: Formulas) -> Iterator[LiveCheck]:
    """Compare each sheet that parts the charges with the lines, and each journal with it."""
    accruals = [table for table in formulas.filled if _is_accrual(table)]
    for table in accruals:
        yield from _parts_add_up(formulas, table)
        yield from _rest_of_lines(formulas, table)
    for table in formulas.filled:
        if table.sheet.content == "journal" and table.is_complete:
            yield from _journal(formulas, table)
            if accruals:
                yield from _accounts(formulas, table, accruals[0])


def _is_accrual(table: ReportTable) -> bool:
    return (
        table.sheet.content == "lines"
        and {*table.sheet.group_by} == {*KEYS}
        and table.is_complete
        and all(table.heading_of(name) for name in (*REST, "charge_amount"))
    )


def _counted(name: str, rows: str, tests: str, count: int, of: str) -> LiveCheck:
    return LiveCheck(name, rows, tests, Decimal(count), Decimal(count), of, counts=True)


def _parts_add_up(formulas: Formulas, table: ReportTable) -> Iterator[LiveCheck]:
    """Compare the charges of each row with what became of them."""
    charge = formulas.of(table, "charge_amount")
    lines = formulas.figures.lines
    needed = [name for name in OWED if name in lines.columns and lines[name].count()]
    parts = [formulas.of(table, name) for name in (*needed, *REST)]
    if charge and all(parts):
        test = f"--(ABS({'+'.join(map(str, parts))}-{charge})<{formulas.near})"
        yield _counted(
            f"{table.sheet.name}: charges that their parts add up to",
            f"ROWS({charge})",
            f"SUMPRODUCT({test})",
            table.frame.height,
            f"{table.sheet.name} / itself",
        )


def _rest_of_lines(formulas: Formulas, table: ReportTable) -> Iterator[LiveCheck]:
    """Compare what is left of the charges, by the status of the lines: row by row, and in all."""
    status = formulas.of_lines("status")
    columns = [("", "charge_amount")]
    lines = formulas.figures.lines
    columns += [("-", name) for name in OWED if name in lines.columns and lines[name].count()]
    cells = [(sign, formulas.of_lines(name)) for sign, name in columns]
    if not (status and all(each for _, each in cells)):
        return
    keys = [(formulas.of_lines(key), formulas.of(table, key)) for key in KEYS]
    plain = all(ours and theirs for ours, theirs in keys) and is_plain(
        *(lines[key] for key in KEYS)
    )
    small = may_look_up(table.frame.height * lines.height)
    same = "".join(f',{ours},"="&{theirs}' for ours, theirs in keys) if plain and small else ""
    for name, statuses in REST.items():
        heading, shown = table.heading_of(name), formulas.of(table, name)
        found = "".join(
            f"{sign or '+'}SUMIFS({each},{status},{formulas.status(kind)}{{same}})"
            for kind in statuses
            for sign, each in cells
        ).lstrip("+")
        added = total(table.frame[name])
        yield LiveCheck(
            f"{table.sheet.name}: {heading}, in all",
            f"SUMPRODUCT(ROUND({shown}*100,0))/100",
            found.format(same=""),
            added,
            added,
            f"{table.sheet.name} / lines",
        )
        if same:
            yield _counted(
                f"{table.sheet.name}: {heading}, rows that agree with the lines",
                f"ROWS({shown})",
                f"SUMPRODUCT(--(ABS({found.format(same=same)}-{shown})<{formulas.near}))",
                table.frame.height,
                f"{table.sheet.name} / lines",
            )


def _journal(formulas: Formulas, table: ReportTable) -> Iterator[LiveCheck]:
    """Compare debits with credits, in all and entry by entry, and how each row stands."""
    debit, credit = (formulas.of(table, f"{side}_amount") for side in ("debit", "credit"))
    entry, date = formulas.of(table, "entry"), formulas.of(table, "date")
    name, rows = table.sheet.name, table.frame.height
    if not (debit and credit):
        return
    added = total(table.frame["debit_amount"])
    yield LiveCheck(
        f"{name}: debits are credits",
        f"SUMPRODUCT(ROUND({debit}*100,0))/100",
        f"SUMPRODUCT(ROUND({credit}*100,0))/100",
        added,
        total(table.frame["credit_amount"]),
        "debits / credits",
    )
    if entry and may_look_up(rows * rows):
        both = f"SUMIFS({debit},{entry},{entry})-SUMIFS({credit},{entry},{entry})"
        test = f"SUMPRODUCT(--(ABS({both})<{formulas.near}))"
        yield _counted(
            f"{name}: rows whose entry balances", f"ROWS({entry})", test, rows, "debits / credits"
        )
    sides = f"SUMPRODUCT(--(({debit}>0)+({credit}>0)=1),--({debit}>=0),--({credit}>=0))"
    yield _counted(
        f"{name}: rows with one amount above 0.00",
        f"ROWS({debit})",
        sides,
        rows,
        f"{name} / itself",
    )
    if date:
        yield _counted(
            f"{name}: rows of the last day of a month",
            f"ROWS({date})",
            f"SUMPRODUCT(--(DAY({date}+1)=1))",
            rows,
            f"{name} / itself",
        )


def _accounts(
    formulas: Formulas, journal: ReportTable, accrual: ReportTable
) -> Iterator[LiveCheck]:
    """Compare what each account is posted with the parts of the accrual that go there."""
    debit, credit = (formulas.of(journal, f"{side}_amount") for side in ("debit", "credit"))
    account = formulas.of(journal, "account")
    if not (debit and credit and account and is_plain(journal.frame["account"])):
        return
    lines = formulas.figures.lines
    posted: dict[str, list[str]] = {}
    for part in PARTS:
        cells = formulas.of(accrual, part.column)
        if cells:
            sign = "-" if part.is_credit else "+"
            for name, test in _of_payers(formulas, accrual, part):
                added = f"SUMPRODUCT({test}ROUND({cells}*100,0))/100"
                posted.setdefault(name, []).append(sign + added)
        elif part.column in lines.columns and total(lines[part.column]):
            return
    for place, (name, parts) in enumerate(posted.items(), 1):
        rows = journal.frame.filter(account=name)
        balance = total(rows["debit_amount"]) - total(rows["credit_amount"])
        criterion = '"=' + name.replace('"', '""') + '"'
        yield LiveCheck(
            f"{journal.sheet.name}: account {place}, {name}",
            f"SUMIFS({debit},{account},{criterion})-SUMIFS({credit},{account},{criterion})",
            "".join(parts).lstrip("+"),
            balance,
            balance,
            f"{journal.sheet.name} / {accrual.sheet.name}",
        )


def _of_payers(formulas: Formulas, accrual: ReportTable, part: Part) -> Iterator[tuple[str, str]]:
    """Give each account that a part goes to, with the test of the payers whose rows go there."""
    accounts = formulas.figures.accounts
    payers = accrual.frame.select("payer_name").unique(maintain_order=True)
    posts_to = payers.with_columns(account=accounts.of(part.name))
    if posts_to["account"].n_unique() < 2:
        yield posts_to["account"][0], ""
        return
    named = formulas.of(accrual, "payer_name")
    for name, account in posts_to.iter_rows():
        escaped = str(name).replace('"', '""')
        yield account, f'EXACT({named},"{escaped}")*'
