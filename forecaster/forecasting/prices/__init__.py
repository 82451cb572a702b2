"""How far prices move: quantiles of past moves, drift, and the volatility network with its pretrained weights.

`forecasting` uses it in `returns` mode, in which the point forecast is the last value.
"""
