"""Make the weights of a network that ships with the package, from simulated series.

python -m forecaster.forecasting.pretrained levels [--updates N] [--seed K] [--output FILE]
"""
