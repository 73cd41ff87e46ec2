"""The workbook, read back: values, types, formats, names, links, limits, bytes."""

import datetime as dt
import re
import zipfile
from decimal import Decimal
from pathlib import Path

import fastexcel
import openpyxl
import polars as pl
import pytest
from conftest_workbook import HOSTILE  # noqa: F401
