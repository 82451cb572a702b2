"""Judge forecasts: folds, metrics, comparisons between methods, and the verdict in sentences.

`workflow` calls it to score a training on held-out rows and to run backtests.
"""
