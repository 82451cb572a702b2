"""The methods that make a point forecast: networks, ridge regression, Theta and the naive baselines.

`forecasting` blends them by their errors on held-out rows.
"""
