"""The verbs of the program as functions, a module each: they take paths and records, print nothing, and return records.

The command line and batches call them; so does Python code.
"""

from forecaster.reading.tables.sources import expand

__all__ = ["expand"]
