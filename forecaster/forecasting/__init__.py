"""Forecast a panel: the recipe of a training, its methods, their blend, and the forecaster that joins them.

`workflow` and `evaluation` train and predict with it; no file is known here.
"""
