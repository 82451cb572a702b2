"""Bytes to text cells: sources, archives, encodings, delimiters and headers.

`reading` takes its tables from here; no panel is known.
"""
