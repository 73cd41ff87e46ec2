"""How formulas name what stands in a workbook: sheets, columns of tables, columns of cells."""


def quoted(sheet: str) -> str:
    """Write a sheet's name as a formula does."""
    doubled = sheet.replace("'", "''")
    return f"'{doubled}'"


def reference(table: str, heading: str) -> str:
    """Write a reference to a column of a table: Lines[Allowed amount]."""
    escaped = "".join(f"'{mark}" if mark in "[]#'@" else mark for mark in heading)
    return f"{table}[{escaped}]"


def column_letters(number: int) -> str:
    """Name a column, counted from 0: 0 is A, 26 is AA."""
    letters = ""
    number += 1
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(65 + place) + letters
    return letters
