"""The program as a Python library: `Forecaster` and `read_series`, on frames of pandas, Polars and PyArrow."""
