"""Do what a command does, as a function: one module for each command. They take paths and records and return records.

`cli`, `batch` and Python code call them; nothing is printed here.
"""

from forecaster.reading.tables.sources import expand

__all__ = ["expand"]
