"""Forecast time series with recurrent networks written in NumPy."""

__version__ = "0.1.0"
