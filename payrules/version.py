"""The version of payrules: in every record and workbook."""

__version__ = "0.1.0"
