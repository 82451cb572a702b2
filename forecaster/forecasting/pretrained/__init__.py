"""Networks that ship with the package: the simulated series that they learned from, their inputs, and their weights.

`level_network` forecasts any one series; `python -m forecaster.forecasting.pretrained` trains such networks.
"""
