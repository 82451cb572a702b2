"""Recurrent networks and their training, in NumPy alone.

`forecasting` builds its networks here; no series, no calendar and no file is known.
"""
