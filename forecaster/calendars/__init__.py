"""When a series has rows: its schedule, learned from its own time stamps or taken from an exchange.

Series, reading and forecasting use it to find missing rows and future time stamps.
"""
