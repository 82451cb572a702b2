"""How uncertain a forecast is: calibrated intervals, sample paths, and tests of significance.

The methods and the fitted forecaster of `forecasting` use it.
"""
