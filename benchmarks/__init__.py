"""Measurements: each script prints ratios measured in one run."""

import payrules  # noqa: F401  # before polars, as in a command: it tells polars' allocator
