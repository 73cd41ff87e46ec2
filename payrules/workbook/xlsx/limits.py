"""What Excel takes at most."""

ROW_LIMIT = 1_048_576
CELL_TEXT_LIMIT = 32_767
LINK_LIMIT = 65_530
#: Of a sheet, as Excel counts: in UTF-16 units.
SHEET_NAME_LIMIT = 31
#: A sentence above the headings of a sheet, and the blank row under it.
ROWS_OF_NOTE = 2
