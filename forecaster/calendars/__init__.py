"""When a series has rows: its calendar, learned from its own time stamps or taken from an exchange.

`series` counts steps and continues time stamps with it; no values are known here.
"""
