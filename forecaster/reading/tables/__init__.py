"""Bytes to text cells: sources, archives, encodings, delimiters and headers. No panel is known here."""
