"""The verbs of the program as functions, one module each: they take paths and records, and return records.

The command line, batches and Python code call them; nothing is printed here.
"""

from forecaster.reading.tables.sources import expand_sources

__all__ = ["expand_sources"]
